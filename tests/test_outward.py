"""What goes out: certificates are always checked, redirects never followed, and no switch changes that."""

import ast
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest
import telegram
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.app import make_bot
from bot.config import Settings, keys
from bot.telegram_http import NotSent, TelegramRequest
from providers.errors import NotReached
from providers.http import Http
from providers.wire import HttpRequest

ROOT = Path(__file__).parents[1]
TOKEN = "110201543:CanaryCanaryCanaryCanaryCanary_-aaa"
CLIENTS = {"bot/telegram_http.py", "providers/http.py"}  # all that reaches beyond this machine


def certificate(folder: Path, address: str, *, days: int = 1) -> Path:
    """A self-signed certificate for an address with its key, in one file; negative `days`: it has run out."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=30))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "server.pem"
    path.write_bytes(secret + made.public_bytes(pem))
    return path


@asynccontextmanager
async def over_tls(chain: Path) -> AsyncIterator[tuple[str, list[str]]]:
    """A server with this certificate: its address, and the paths it was asked for."""
    asked: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.json_response({"ok": True, "result": True})

    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(chain)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        yield f"https://127.0.0.1:{runner.addresses[0][1]}", asked
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("download", [False, True])
async def test_no_token_goes_to_a_bot_api_with_an_unknown_certificate(tmp_path: Path, download: bool) -> None:
    async with over_tls(certificate(tmp_path, "127.0.0.1")) as (url, asked), TelegramRequest() as transport:
        bot = telegram.Bot(TOKEN, base_url=f"{url}/bot", request=transport)
        with pytest.raises(NotSent):
            await (transport.retrieve(f"{url}/file/bot{TOKEN}/photo") if download else bot.log_out())
    assert asked == []


@pytest.mark.parametrize(
    ("address", "days", "reached"),
    [
        pytest.param("127.0.0.1", 1, True, id="good"),
        pytest.param("127.0.0.2", 1, False, id="of somebody else"),
        pytest.param("127.0.0.1", -1, False, id="run out"),
    ],
)
@pytest.mark.parametrize("submits", [False, True])
async def test_a_trusted_authority_is_not_trusted_with_everything(
    tmp_path: Path, address: str, days: int, reached: bool, submits: bool
) -> None:
    chain = certificate(tmp_path, address, days=days)
    async with over_tls(chain) as (url, asked), Http(ca_file=chain) as http:
        request = HttpRequest(operation="try", method="POST", url=f"{url}/", body=b"psw=x", submits=submits)
        if reached:
            assert (await http.exchange("acme", request)).status == 200
        else:
            with pytest.raises(NotReached) as caught:
                await http.exchange("acme", request)
            assert caught.value.raw == "tls"
    assert asked == (["/"] if reached else [])


@pytest.mark.parametrize(("address", "reached"), [("127.0.0.1", True), ("127.0.0.2", False)])
async def test_a_bot_api_of_ones_own_is_reached_by_the_authority_that_is_named(
    tmp_path: Path, address: str, reached: bool
) -> None:
    chain = certificate(tmp_path, address)
    async with over_tls(chain) as (url, asked):
        given = {"token": TOKEN, "api_url": url, "admins": [1001], "ca_file": chain}
        bot = make_bot(Settings.model_validate({"telegram": given}))
        async with bot.request:
            if reached:
                assert await bot.log_out()
            else:
                with pytest.raises(NotSent):
                    await bot.log_out()
    assert len(asked) == reached


# --- No switch ---------------------------------------------------------------------------------------


def calls() -> Iterator[tuple[str, str, dict[str, str]]]:
    """Every call in what is shipped to run: file, name of what is called, keywords as written."""
    for room in ("bot", "desk", "providers", "storage"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_bytes())):
                if isinstance(node, ast.Call):
                    name = ast.unparse(node.func).rpartition(".")[2]
                    given = {word.arg: ast.unparse(word.value) for word in node.keywords if word.arg}
                    yield str(path.relative_to(ROOT)), name, given


def test_two_modules_reach_out_and_no_other() -> None:
    makers = {
        "ClientSession",
        "TCPConnector",
        "urlopen",
        "HTTPSConnection",
        "HTTPConnection",
        "open_connection",
    }
    assert {path for path, name, _ in calls() if name in makers} == CLIENTS


def test_every_request_refuses_redirects() -> None:
    requests = [given for path, name, given in calls() if path in CLIENTS and name == "request"]
    assert len(requests) == len(CLIENTS)
    assert [given.get("allow_redirects") for given in requests] == ["False", "False"]


def test_neither_code_nor_setting_turns_a_check_off() -> None:
    loose = {"ssl": {"False"}, "verify_ssl": {"False"}, "verify": {"False"}, "trust_env": {"True"}}
    switched = [
        (path, name, word)
        for path, name, given in calls()
        for word, value in given.items()
        if value in loose.get(word, ())
    ]
    assert switched == []
    assert [name for _, name, _ in calls() if name in {"_create_unverified_context", "SSLContext"}] == []
    for path in CLIENTS:
        text = (ROOT / path).read_text("utf-8")
        assert "check_hostname" not in text
        assert "verify_mode" not in text
    words = ("verify", "insecure", "unsafe", "skip", "redirect")
    assert [path for path in keys() if any(word in path[-1] for word in words)] == []
