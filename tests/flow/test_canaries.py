"""Nothing leaks: a whole failing run at DEBUG, as a process, and then a search for every secret everywhere.

The secrets have quotes, blanks and percent signs in them, so that each is found also where something escaped
it. What belongs to a place, such as a password at its own gateway, is looked for everywhere else.
"""

import asyncio
import base64
import json
import re
import signal
import socket
import sqlite3
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import aiohttp
import pytest
from cryptography.fernet import Fernet

from providers.wire import redact
from sandbox.devino import DevinoServer
from sandbox.faults import Kind
from sandbox.sms_pager import SmsPagerServer
from sandbox.smsc import SmscServer
from sandbox.stand import Stand
from sandbox.telegram import Person, TelegramServer

from ..bot.test_main import smsdesk
from .desk import ADMIN, LOGIN, meddle

TOKEN = "110201543:CanaryCanaryCanaryCanaryCanary_-aaa"
# In each what some encoder escapes. A person types the fifth, so it has no blank.
DEVINO, PAGER, SMSC, WRONG, TYPED, APIKEY, PUSH = (
    f"Canary{number} p&ss%+'\"wörd<{number}>\\" for number in range(7)
)
TYPED = TYPED.replace(" ", "-")
KEY = Fernet.generate_key().decode()
SECRETS = {
    "token": TOKEN,
    "its half": TOKEN.partition(":")[2],
    "devino": DEVINO,
    "pager": PAGER,
    "smsc": SMSC,
    "wrong": WRONG,
    "typed": TYPED,
    "apikey": APIKEY,
    "push": PUSH,
    "key": KEY,
}
# No secrets, but nothing for a log either: what a customer was told, and their number in full.
CUSTOMERS = {"text": "Canary 7's order is <ready> & готов", "number": "79031234500"}
FAULTS: tuple[Kind, ...] = (
    *("http_500", "http_502_html", "html_200", "empty_200", "garbled_200", "cut_200"),
    *("reset_before", "accept_then_reset", "throttle", "auth", "blocked", "no_money"),
)
PATIENCE = 20.0


# Finding them.


def holds(text: str, secret: str) -> bool:
    """Whether a text has this secret, as it is or in any form that the wire gives it."""
    # How each password begins no encoder escapes: found without the forms that the program itself knows.
    if re.match(r"Canary\d", secret) and secret[:7] in text:
        return True
    plain = base64.b64encode(secret.encode()).decode().rstrip("=")[:-1]
    masked = redact(text, [secret]) != redact(text)
    return masked or secret in text or plain in text


def leaks(found: dict[str, str | bytes], *, but: Callable[[str, str], bool] = lambda *_: False) -> list[str]:
    """Which secret is where."""
    return [
        f"{name} in {place}"
        for place, content in found.items()
        for text in ([content] if isinstance(content, str) else _readings(content))
        for name, secret in SECRETS.items()
        if not but(place, name) and holds(text, secret)
    ]


def _readings(content: bytes) -> Iterator[str]:
    """Bytes as text of any encoding that a secret could be in."""
    yield content.decode("utf-8", "replace")
    yield content.decode("latin-1")
    yield content.decode("utf-16-le", "replace")


FORMS: dict[str, Callable[[str], str | bytes]] = {
    "plain": str,
    "repr": repr,
    "bytes": lambda secret: b"\xff\x00" + secret.encode() + b"\x00\xff",
    "utf-16": lambda secret: secret.encode("utf-16-le"),
    "quoted": quote,
    "as a form": quote_plus,
    "json": json.dumps,
    "json with letters": lambda secret: json.dumps(secret, ensure_ascii=False),
    "html": escape,
    "base64": lambda secret: base64.b64encode(secret.encode()),
    "in a sentence": lambda secret: f"the server said: {secret}, and no more",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", SECRETS)
def test_the_search_finds_a_secret_in_every_form(name: str, form: str) -> None:
    assert f"{name} in here" in leaks({"here": FORMS[form](SECRETS[name])})


def test_the_search_finds_nothing_where_nothing_is() -> None:
    assert leaks({"here": "login=*** Canary, password=***", "there": b"\x00bot***\xff"}) == []


# The run.


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """A world in which everything goes wrong."""

    telegram: TelegramServer
    anna: Person
    devino: DevinoServer
    pager: SmsPagerServer
    smsc: SmscServer
    folder: Path
    port: int

    @property
    def stands(self) -> dict[str, Stand]:
        return {"devino": self.devino, "pager": self.pager, "smsc": self.smsc}

    async def ask(self, text: str, having: str) -> None:
        """Anna says something, and the bot answers with these words."""
        chat = self.telegram.private(self.anna)
        said = chat.say(self.anna, text).id
        await self.telegram.wait_for(
            lambda: next((one for one in chat.bot_messages if one.id > said and having in one.text), None),
            timeout=PATIENCE,
        )

    async def send(self, account: str) -> None:
        """Anna sends an SMS and waits until the bot knows what came of it."""
        chat = self.telegram.private(self.anna)
        said = chat.say(self.anna, f"/send via={account} +{CUSTOMERS['number']} {CUSTOMERS['text']}").id

        def offered() -> Any:
            return next((one for one in chat.bot_messages if one.id > said and one.keyboard), None)

        card = await self.telegram.wait_for(offered, timeout=PATIENCE)
        pressed = chat.press(self.anna, card, "✅ Send")
        await self.telegram.wait_for(lambda: pressed.answer, timeout=PATIENCE)

    def config(self, style: str) -> Path:
        """The configuration, with every secret in a file of its own."""
        secrets = self.folder / "secrets"
        secrets.mkdir(exist_ok=True)
        for name, secret in SECRETS.items():
            (secrets / name).write_text(secret, "utf-8")
        accounts = "\n".join(
            f'[[accounts]]\nname = "{name}"\ngateway = "{kind}"\nsender = "ACME"\nchats = [{ADMIN}]\n{more}'
            for name, kind, more in (
                ("rest", "devino_rest", _login("devino")),
                ("soap", "devino_soap", _login("devino")),
                ("wrong", "devino_rest", _login("wrong")),
                ("pager", "sms_pager", _login("pager")),
                ("smsc", "smsc", _login("smsc") + 'push_secret_file = "secrets/push"\n'),
                ("keyed", "smsc", 'apikey_file = "secrets/apikey"\n'),
            )
        )
        path = self.folder / "smsdesk.toml"
        path.write_text(
            f"""
            [telegram]
            token_file = "secrets/token"
            api_url = "{self.telegram.url}"
            admins = [{ADMIN}]
            rate = 0
            [security]
            key_file = "secrets/key"
            [web]
            listen = "127.0.0.1:{self.port}"
            [log]
            level = "DEBUG"
            format = "{style}"
            [limits]
            undo = "0s"
            [submit]
            retry = "100ms"
            [tracking]
            first_check = "50ms"
            longest_pause = "400ms"
            [gateways.devino_rest]
            url = "{self.devino.rest_url}"
            [gateways.devino_soap]
            url = "{self.devino.soap_url}"
            [gateways.sms_pager]
            url = "{self.pager.url}"
            [gateways.smsc]
            url = "{self.smsc.url}"
            limit_window = "0s"
            """
            + accounts,
            "utf-8",
        )
        return path

    def files(self) -> dict[str, str | bytes]:
        """What lies in the folder, but for the secrets themselves: the database and its log among it."""
        return {
            one.name: one.read_bytes()
            for one in self.folder.rglob("*")
            if one.is_file() and one.parent.name != "secrets"
        }


def _login(name: str) -> str:
    return f'login = "{LOGIN}"\npassword_file = "secrets/{name}"\n'


@pytest.fixture
async def bad(tmp_path: Path) -> AsyncIterator[Bad]:
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(TelegramServer(TOKEN))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        yield Bad(
            telegram=telegram,
            anna=telegram.person(ADMIN, "Anna", language_code="en"),
            devino=await stack.enter_async_context(DevinoServer(LOGIN, DEVINO)),
            pager=await stack.enter_async_context(SmsPagerServer(LOGIN, PAGER)),
            smsc=await stack.enter_async_context(SmscServer(LOGIN, SMSC, apikey=APIKEY)),
            folder=tmp_path,
            port=port,
        )


def command_lines() -> bytes:
    """Of every process there is, as `ps` shows them."""
    found = b""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += path.read_bytes() + b"\n"
        except OSError:
            continue  # it has ended, or is none of ours
    return found


@asynccontextmanager
async def running(bad: Bad, style: str, said: dict[str, str | bytes]) -> AsyncIterator[Process]:
    """The bot as a process; what it writes comes into `said`."""
    async with smsdesk("run", "--config", bad.config(style)) as process:
        writing = asyncio.create_task(process.communicate())
        try:
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(PATIENCE):
                said["stdout"], said["stderr"] = await writing


async def everything_fails(bad: Bad) -> None:
    """Wrong passwords, replies of every bad kind, a gateway that is down, forged calls, a broken handler."""
    await bad.ask("/start", having="Connected here")
    await bad.ask(f"/connect smsc {LOGIN} {TYPED} ACME", having="Nothing was stored")
    await bad.ask("/balance", having="wrong")
    for kind in FAULTS:
        for stand in bad.stands.values():
            stand.faults.add(kind=kind, times=2)
        await bad.ask("/balance", having="rest")
        await bad.ask("/senders smsc", having="smsc")
    for stand in bad.stands.values():
        while stand.faults.take("send") is not None:
            pass
        stand.faults.add("send*", kind="accept_then_500")
        stand.faults.add("send*", kind="html_200")
    for account in ("rest", "soap", "smsc", "keyed", "pager", "wrong"):
        await bad.ask("/accounts", having=account)
    await bad.pager.stop()
    await bad.ask("/balance", having="pager")
    await forged_pushes(bad)
    await broken_handler(bad)
    for fault in ("garbled", "500", "502", "reset_before", "delivered_reset"):
        bad.telegram.faults.add("sendMessage", kind=fault)
    await bad.ask("/status", having="")


async def forged_pushes(bad: Bad) -> None:
    """Calls to the secret address, unsigned, wrongly signed and unreadable; and to a wrong address."""
    with sqlite3.connect(f"file:{bad.folder / 'smsdesk.db'}?mode=ro", uri=True) as database:
        (address,) = database.execute("select id, push_token from accounts where name = 'smsc'").fetchall()
    number, path = address
    async with aiohttp.ClientSession() as client:
        for secret in (path, "wrong"):
            url = f"http://127.0.0.1:{bad.port}/push/{number}/{secret}"
            for body in (
                {"id": "1", "phone": CUSTOMERS["number"], "status": "1", "md5": "0" * 32},
                {"id": "1", "phone": CUSTOMERS["number"], "mes": CUSTOMERS["text"], "md5": "0" * 32},
                {"x": CUSTOMERS["text"]},
            ):
                async with client.post(url, data=body) as answer:
                    assert answer.status in {400, 403, 404}


async def broken_handler(bad: Bad) -> None:
    """Take a table away under the bot, so that a handler breaks with a traceback."""
    await meddle(bad.folder, "alter table balances rename to away")
    await bad.ask("/balance", having="incident")
    await meddle(bad.folder, "alter table away rename to balances")


def of_the_bot(bad: Bad) -> str:
    """All that the bot called and said; what Anna typed is her own affair, and deleted."""
    calls = json.dumps([[one.method, one.params, one.error] for one in bad.telegram.calls], default=str)
    chat = bad.telegram.private(bad.anna)
    kept = [one.text for one in chat.messages if one.sender == "bot" or not one.deleted]
    return calls + "\n".join(kept)


BELONGS = {"devino": {"devino", "wrong"}, "pager": {"pager"}, "smsc": {"smsc", "apikey", "typed"}}


def belongs(place: str, name: str) -> bool:
    """Whether a gateway may know a secret."""
    return name in BELONGS.get(place.removeprefix("requests of "), set())


@pytest.mark.parametrize("style", ["text", "json"])
async def test_no_secret_comes_out_of_a_failing_run(bad: Bad, style: str) -> None:
    found: dict[str, str | bytes] = {}
    async with running(bad, style, found):
        await everything_fails(bad)
        found["ps"] = command_lines()
        found |= {f"{name}, while it runs": content for name, content in bad.files().items()}
    found |= bad.files()
    found["telegram"] = of_the_bot(bad)
    for name, stand in bad.stands.items():
        found[f"requests of {name}"] = json.dumps(stand.requests, default=str, ensure_ascii=False)
    assert b"incident" in bytes(found["stderr"]), "the run was to fail"  # type: ignore[arg-type]
    assert b"DEBUG" in bytes(found["stderr"]).upper()  # type: ignore[arg-type]
    assert "smsdesk.db" in found
    assert "smsdesk.db-wal, while it runs" in found
    assert leaks(found, but=belongs) == []
    assert words_of_customers(bytes(found["stderr"]) + bytes(found["stdout"])) == []  # type: ignore[arg-type]


def words_of_customers(logged: bytes) -> list[str]:
    """What of theirs is in a log."""
    return [name for name, words in CUSTOMERS.items() if any(holds(one, words) for one in _readings(logged))]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", CUSTOMERS)
def test_the_search_finds_words_of_customers_in_every_form(name: str, form: str) -> None:
    content = FORMS[form](CUSTOMERS[name])
    assert words_of_customers(content.encode() if isinstance(content, str) else content) == [name]


@pytest.mark.parametrize("arguments", [("check",), ("gateway", "balance", "--account", "wrong"),
                                       ("gateway", "balance", "--account", "smsc", "--json")])  # fmt: skip
async def test_no_secret_comes_out_of_the_shell(bad: Bad, arguments: tuple[str, ...]) -> None:
    bad.smsc.faults.add(kind="auth", times=9)
    async with smsdesk(*arguments, "--config", bad.config("text")) as process:
        found: dict[str, str | bytes] = {"ps": command_lines()}
        async with asyncio.timeout(PATIENCE):
            found["stdout"], found["stderr"] = await process.communicate()
    assert process.returncode == 1
    assert leaks(found) == []


@pytest.mark.parametrize("spoilt", ["token", "key"])
async def test_no_secret_comes_out_of_a_start_that_fails(bad: Bad, spoilt: str) -> None:
    path = bad.config("text")
    (bad.folder / "secrets" / spoilt).write_text(SECRETS[spoilt][:-1] + "!", "utf-8")
    async with smsdesk("run", "--config", path) as process:
        async with asyncio.timeout(PATIENCE):
            said, complained = await process.communicate()
    assert process.returncode == 1
    cut = SECRETS[spoilt][:-2]
    assert leaks({"stdout": said, "stderr": complained}) == []
    assert not re.search(re.escape(cut[-12:]), (said + complained).decode())
