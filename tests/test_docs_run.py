"""What the pages tell people to type into a shell is run; what cannot be run is named, with the reason."""

import asyncio
import os
import re
import shlex
import shutil
import subprocess
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from bot.app import build
from bot.config import load

from .flow.desk import ADMIN, LOGIN, PASSWORD, TOKEN, Stands, stands
from .test_readme import commands

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0  # seconds; a command takes one or two, the tour some more

# Commands that begin like this are not run, and why.
ELSEWHERE = {
    "docker": "takes a container engine",
    "SMSDESK_HOST=desk.example.com docker": "takes a container engine and a host name",
    "kubectl": "takes a cluster",
    "sudo": "takes root, and changes the machine",
    "python3 -m venv /opt": "writes outside of the folder; `make wheel` does the same in an empty one",
    "/opt/smsdesk/bin/pip": "takes a package index; `make wheel` does the same in an empty folder",
    ".venv/bin/pip": "takes a package index; `make venv` installs the same",
    "smsdesk demo --tour": "tests/bot/test_demo.py plays it, in both languages",
    "/opt/smsdesk/bin/smsdesk demo --tour": "the same; `make wheel` plays it from where it is installed",
}
CONFIG = """
[telegram]
token = "{token}"
api_url = "{telegram}"
admins = [{admin}]
[web]
listen = "127.0.0.1:0"
url = "https://desk.example.com"
[gateways.smsc]
url = "{smsc}"
"""
ACCOUNT = """
[[accounts]]
name = "{name}"
gateway = "smsc"
login = "{login}"
password = "{password}"
sender = "ACME"
chats = [{admin}]
"""


def typed(markdown: str) -> list[str]:
    """What a page tells to type: the commands of its blocks, and those in the text that are whole ones.

    `smsdesk check` in the text is a name; with its options it is to be typed.
    """
    inline = re.findall(r"`((?:smsdesk|make|python3|docker) [^`\n]+)`", markdown)
    whole = (one for one in inline if not one.startswith("smsdesk ") or " --" in one)
    return list(dict.fromkeys([*commands(markdown), *commands("\n".join(["```sh", *whole, "```"]))]))


TYPED = {
    str(page.relative_to(ROOT)): typed(page.read_text("utf-8"))
    for page in [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]
    # The one tells of the past; the other has the same commands as README.md, and a test compares them.
    if page.name not in {"CHANGELOG.md", "README.ru.md"}
}
HERE = {
    page: [one for one in told if not one.startswith(("make ", *ELSEWHERE))] for page, told in TYPED.items()
}
MAKE = sorted({one for told in TYPED.values() for one in told if one.startswith("make ")})


@pytest.fixture
async def world() -> AsyncIterator[Stands]:
    async with stands() as made:
        yield made


def configure(world: Stands, path: Path) -> None:
    """What a reader writes into the file, and where the stand-ins are."""
    told = CONFIG.format(token=TOKEN, telegram=world.telegram.url, admin=ADMIN, smsc=world.smsc.url)
    accounts = (
        ACCOUNT.format(name=name, login=LOGIN, password=PASSWORD, admin=ADMIN) for name in ("main", "smsc")
    )
    path.write_text(told + "".join(accounts), "utf-8")
    path.chmod(0o600)


async def start_once(folder: Path) -> None:
    """Let the bot make its database and key, or look at what is there, and stop."""
    async with build(load(folder / "config.toml")):
        pass


async def restore(folder: Path) -> None:
    """Work on after the copy, then put it in the place of the database, as its page says."""
    await start_once(folder)
    for beside in ("smsdesk.db-wal", "smsdesk.db-shm"):
        (folder / beside).unlink(missing_ok=True)
    (folder / "copy.db").replace(folder / "smsdesk.db")
    await start_once(folder)


BEFORE = {"smsdesk release-hold": restore}
# What runs until it is told to stop, and the words by which it says that it is up.
LASTING = {"run": "running", "demo": "http://127.0.0.1:"}


@asynccontextmanager
async def lasting(words: list[str], up: str, folder: Path) -> AsyncIterator[None]:
    """A program that says that it is up, and at the end stops in order when it is told to."""
    process = await asyncio.create_subprocess_exec(
        *words, cwd=folder, env=ENVIRONMENT, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE):
            said = b""
            while up not in said.decode():
                line = await process.stdout.readline()
                said += line
                assert line, f"{words} ended:\n{said.decode()}"
        yield
        process.terminate()
        async with asyncio.timeout(PATIENCE):
            said, _ = await process.communicate()
        assert process.returncode == 0, f"{words} did not stop in order:\n{said.decode()}"
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def run(words: list[str], folder: Path) -> None:
    """A program that ends, and well; what stands behind > is the file for what it says."""
    words, into = (words[:-2], words[-1]) if words[-2:-1] == [">"] else (words, None)
    process = await asyncio.create_subprocess_exec(
        *words, cwd=folder, env=ENVIRONMENT, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
    )
    try:
        async with asyncio.timeout(PATIENCE):
            said, complained = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
    assert process.returncode == 0, f"{words}:\n{said.decode()}{complained.decode()}"
    if into is not None:
        (folder / into).write_bytes(said)


# The program is run as a module: where a reader has put it is theirs.
PROGRAMS = {"smsdesk": [sys.executable, "-m", "bot"], "python3": [sys.executable]}
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.mark.parametrize("page", [page for page, told in HERE.items() if told])
async def test_what_a_page_tells_people_to_type_works(page: str, world: Stands, tmp_path: Path) -> None:
    shutil.copy(ROOT / "config.example.toml", tmp_path)
    if not any(command.startswith("cp config.example.toml") for command in HERE[page]):
        configure(world, tmp_path / "config.toml")
        await start_once(tmp_path)
    async with AsyncExitStack() as stack:
        for command in HERE[page]:
            program, *rest = shlex.split(command)
            name = Path(program).name
            words = [*PROGRAMS.get(name, [program]), *rest]
            if prepare := BEFORE.get(command.partition(" --")[0]):
                await prepare(tmp_path)
            if name == "smsdesk" and rest[0] in LASTING and "--tour" not in rest:
                port = ["--port", "0"] if rest[0] == "demo" else []  # the usual one may be taken here
                await stack.enter_async_context(lasting([*words, *port], LASTING[rest[0]], tmp_path))
            else:
                await run(words, tmp_path)
            if name == "cp":
                configure(world, tmp_path / "config.toml")


@pytest.mark.parametrize("command", MAKE)
def test_a_target_knows_its_way(command: str) -> None:
    """`make check` and `make test` are what CI runs; of the others make says what it would do."""
    told = subprocess.run(  # noqa: S603 - nothing in it comes from outside
        [*shlex.split(command), "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    assert told.stdout


def test_what_is_not_run_here_still_stands_in_a_page() -> None:
    everything = [command for told in TYPED.values() for command in told]
    assert [start for start in ELSEWHERE if not any(one.startswith(start) for one in everything)] == []
    wanted = [command for told in HERE.values() for command in told]
    assert [start for start in BEFORE if not any(one.startswith(start) for one in wanted)] == []
