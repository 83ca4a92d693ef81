"""docs/how-to/add-a-gateway.md, tried: a fifth gateway from one module and one file of cases.

The desk is copied, the module is put into it and into its list of gateways, and nothing else. What runs then
is the program itself, over HTTP.
"""

import asyncio
import json
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from sandbox.telegram import TelegramServer
from tests.providers import toy_gateway
from tests.providers.contract import Case, run
from tests.providers.toy_gateway_cases import CASES, build

ROOT = Path(__file__).parents[2]
ROOMS = ("bot", "desk", "providers", "storage")
TOKEN, ADMIN = "123456:TOKEN-of-the-toy", 1001
LOGIN, PASSWORD = "toymaker", "toy-password-1"
NUMBER = "+79031234567"


# The cases.


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_contract(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await run(case, build, caplog)


@pytest.mark.parametrize("word", [*toy_gateway.STATES, *toy_gateway.ERRORS])
def test_every_state_and_error_has_a_case(word: str) -> None:
    assert [case.name for case in CASES if case.name.endswith(f"-{word}")]


# The program.


@dataclass(slots=True)
class ToyServer:
    """Toy itself: everything that is sent is there at once."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        operation, asked = request.path.rpartition("/")[2], await request.json()
        self.calls.append((operation, asked))
        if (asked["login"], asked["password"]) != (LOGIN, PASSWORD):
            return web.json_response({"error": "who"})
        answers: dict[str, object] = {
            "balance": {"money": 12.5},
            "send": {"id": len(self.calls)},
            "report": {"word": "there"},
            "inbox": {"sms": [[3, "79031234567", "ACME", "Yes", asked.get("until", 1) - 1]]},
        }
        return web.json_response(answers[operation])


@pytest.fixture
async def toy() -> AsyncIterator[ToyServer]:
    server = ToyServer()
    app = web.Application()
    app.router.add_post("/api/{operation}", server.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}/api/"
    yield server
    await runner.cleanup()


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The desk with Toy in it: the module, its import and its place in the list."""
    folder = tmp_path_factory.mktemp("desk")
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "config.example.toml", folder / "config.example.toml")  # the reference quotes it
    shutil.copyfile(ROOT / "tests/providers/toy_gateway.py", folder / "providers/gateways/toy.py")
    listing = folder / "providers/gateways/__init__.py"
    source = listing.read_text("utf-8")
    assert source.count("sms_pager, smsc") == 2
    listing.write_text(source.replace("sms_pager, smsc", "sms_pager, smsc, toy"), "utf-8")
    return folder


@asynccontextmanager
async def smsdesk(copy: Path, *words: str) -> AsyncIterator[Process]:
    """Python in the copied desk as a process, gone at the end."""
    process = await asyncio.create_subprocess_exec(sys.executable, *words, cwd=copy, stdout=PIPE, stderr=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def said(copy: Path, *words: str) -> str:
    """What it said, when all went well."""
    async with smsdesk(copy, *words) as process, asyncio.timeout(60):
        output, complaints = await process.communicate()
    assert process.returncode == 0, complaints.decode()
    return output.decode()


# Commands one after another, each as if it were typed; to load the program takes longer than all of them.
SEVERAL = """
import json, sys
from click.testing import CliRunner
from bot.__main__ import main
results = [CliRunner().invoke(main, words) for words in json.loads(sys.argv[1])]
print(json.dumps([[one.exit_code, json.loads(one.stdout)] for one in results]))
"""


def configure(folder: Path, toy: ToyServer, telegram: str, *, account: bool) -> str:
    path = folder / "config.toml"
    path.write_text(
        f'[telegram]\ntoken = "{TOKEN}"\nadmins = [{ADMIN}]\napi_url = "{telegram}"\n'
        f'[web]\nlisten = ""\n[limits]\nundo = "0s"\n[tracking]\nfirst_check = "100ms"\n'
        f'[gateways.toy]\nurl = "{toy.url}"\ncolour = "blue"\n'
        + (
            f'[[accounts]]\nname = "main"\ngateway = "toy"\nlogin = "{LOGIN}"\npassword = "{PASSWORD}"\n'
            if account
            else ""
        ),
        "utf-8",
    )
    return str(path)


async def test_the_shell_has_it(copy: Path, toy: ToyServer, tmp_path: Path) -> None:
    config = configure(tmp_path, toy, "http://127.0.0.1:9", account=True)
    typed = [
        ["gateway", *words, "--config", config, "--account", "main", "--json"]
        for words in (["send", "--to", NUMBER, "--text", "Hello"], ["inbox"], ["senders"])
    ]
    sending, asking, lacking = json.loads(await said(copy, "-c", SEVERAL, json.dumps(typed)))
    assert [operation for operation, _ in toy.calls] == ["send", "inbox"]
    assert sending[0] == 0
    assert toy.calls[0][1]["colour"] == "blue"
    assert toy.calls[0][1]["ref"] == sending[1]["ref"]
    assert [one["text"] for one in asking[1]["inbox"]] == ["Yes"]
    assert lacking == [1, {"error": {"kind": "unsupported", "code": None, "reason": "unsupported"}}]


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in folder.rglob("*.md")}


async def test_the_reference_has_it(copy: Path, tmp_path: Path) -> None:
    assert await said(copy, "-m", "bot.reference", str(tmp_path)) == ""
    pages = texts(tmp_path)
    assert "[toy](gateways/toy.md)" in pages["gateways.md"]
    assert "| `there` | delivered |" in pages["toy.md"]
    assert "| `who` | auth failed | login |" in pages["toy.md"]
    assert "`gateways.toy.colour`" in pages["toy.md"]


async def test_the_chat_has_it(copy: Path, toy: ToyServer, tmp_path: Path) -> None:
    async with TelegramServer(TOKEN) as telegram:
        anna = telegram.person(ADMIN, "Anna", language_code="en")
        chat = telegram.private(anna)
        config = configure(tmp_path, toy, telegram.url, account=False)

        async def ask(text: str, having: str) -> Any:
            since = chat.say(anna, text).id
            return await telegram.wait_for(
                lambda: next(
                    (one for one in chat.bot_messages if one.id > since and having in one.text), None
                ),
                timeout=30,
            )

        async with smsdesk(copy, "-m", "bot", "run", "--config", config) as process:
            which = await ask("/connect", "Which gateway?")
            assert "toy" in [key.text for row in which.keyboard for key in row]
            await ask(f"/connect toy {LOGIN} {PASSWORD} ACME", "toy is connected as toy")
            card = await ask(f"/send {NUMBER} Hello", "Check, then send")
            chat.press(anna, card, "✅")
            await telegram.wait_for(
                lambda: any("delivered" in one.text for one in chat.bot_messages), timeout=30
            )
            process.terminate()
            async with asyncio.timeout(30):
                await process.communicate()
            assert process.returncode == 0
    (sent,) = [asked for operation, asked in toy.calls if operation == "send"]
    assert sent["sms"] == [["79031234567", "Hello"]]
