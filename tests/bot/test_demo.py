"""The demo: the tour holds, tells when it does not, and a person can take over in the terminal."""

import asyncio
import os
import shlex
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from io import StringIO
from pathlib import Path
from typing import TextIO

import pytest

from bot import app, demo, tour
from bot.words import Words
from sandbox.telegram import Chat, Message, TelegramServer


async def _tour(language: str) -> tuple[int | None, str, str]:
    """The tour as a process: exit code, what it said, what it complained of."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--tour", "--language", language), stdout=PIPE, stderr=PIPE
    )
    try:
        async with asyncio.timeout(60):
            said, complained = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
    return process.returncode, said.decode(), complained.decode()


async def test_the_tour_holds_in_both_languages() -> None:
    held = {"en": "✔ 30 steps held.", "ru": "✔ Шагов прошло: 30."}
    for code, said, complained in await asyncio.gather(*map(_tour, held)):
        assert (code, complained) == (0, "")
        assert held.pop("en" if "steps held" in said else "ru") in said
        for gateway in ("Devino REST", "Devino SOAP", "SMS-Pager", "SMSC"):
            assert f"── {gateway} ──" in said
        assert "Anna: /connect smsc demo ••••••" in said
        assert demo.PASSWORD not in said
        assert "\033" not in said, "colour in something that is no terminal"
    assert held == {}


Spoil = Callable[[demo.World], object]


def _spoiled(monkeypatch: pytest.MonkeyPatch, spoil: Spoil) -> None:
    """Let the demo's world come up with something wrong in it."""
    sound = demo.world

    @asynccontextmanager
    async def world(language: str) -> AsyncIterator[demo.World]:
        async with sound(language) as made:
            spoil(made)
            yield made

    monkeypatch.setattr(demo, "world", world)


SPOILS: dict[str, tuple[Spoil, str]] = {
    "login": (lambda made: made.devino.faults.add(kind="auth", times=99), "connect the account"),
    "sending": (
        lambda made: made.devino.faults.add("send*", kind="http_500", times=99),
        "every state to its end",
    ),
    "password not deleted": (
        lambda made: made.telegram.faults.add("deleteMessage", kind="500", times=None),
        "connect the account",
    ),
    "button not answered": (
        lambda made: made.telegram.faults.add("answerCallbackQuery", kind="500", times=None),
        "one SMS to three",
    ),
}


@pytest.mark.parametrize(("spoil", "step"), SPOILS.values(), ids=SPOILS)
async def test_the_tour_fails_when_a_step_does_not_hold(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], spoil: Spoil, step: str
) -> None:
    _spoiled(monkeypatch, spoil)
    monkeypatch.setattr(tour, "PATIENCE", 3.0)
    monkeypatch.setattr(demo, "configure", lambda *_: None)
    assert await demo.run(tour_only=True, port=0, language="en") == 1
    assert f"✖ This step did not hold: {step}" in capsys.readouterr().out


async def test_a_taken_port_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "configure", lambda *_: None)
    async with TelegramServer(demo.TOKEN) as occupant:
        port = int(occupant.url.rpartition(":")[2])
        assert await demo.run(tour_only=False, port=port, language="en") == 1
    assert capsys.readouterr().err == (
        f"Port {port} is taken. Choose another: smsdesk demo --port {port + 1}\n"
    )


# A person at the terminal.


@asynccontextmanager
async def _terminal(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[demo.World, TextIO]]:
    """The world with the bot at work, and what a person types into."""
    reading, writing = os.pipe()
    stop = asyncio.Event()
    async with demo.world("en") as made:
        bot = asyncio.create_task(app.run(made.settings(folder), stop, poll_wait=1))
        with os.fdopen(reading) as stdin, os.fdopen(writing, "w", buffering=1) as keyboard:
            monkeypatch.setattr(sys, "stdin", stdin)
            talking = asyncio.create_task(demo._talk(made))
            try:
                yield made, keyboard
            finally:
                keyboard.close()
                stop.set()
                await asyncio.gather(talking, bot)


async def _seen(made: demo.World, look: Callable[[], Message | None]) -> Message:
    found = await made.telegram.wait_for(look)
    assert found is not None
    return found


async def test_others_speak_too_in_private_and_in_the_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _terminal(tmp_path, monkeypatch) as (made, keyboard):

        async def hears(chat: Chat, words: str) -> Message:
            return await _seen(
                made, lambda: next((one for one in chat.bot_messages if words in one.text), None)
            )

        theirs = made.telegram.private(made.guest)
        keyboard.write("boris: /help\n")
        await hears(theirs, "This is a work bot")
        keyboard.write(f"anna: /allow {demo.GUEST} operator\n")
        await hears(theirs, "with the role: operator")
        keyboard.write("anna@group: /status\n")
        await hears(made.group, "Nothing has been sent from this chat yet. /send begins.")
        keyboard.write("boris@group: /users\n")
        await hears(made.group, "This takes the role: admin. Yours is: operator.")
        keyboard.write("/balance\n")
        await hears(made.group, "Only an admin can connect one.")


async def test_what_is_typed_is_said_and_a_number_presses_a_button(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _terminal(tmp_path, monkeypatch) as (made, keyboard):

        async def says(words: str) -> Message:
            return await _seen(
                made, lambda: next((one for one in made.chat.bot_messages if words in one.text), None)
            )

        keyboard.write("\n  \n")  # Enter alone is nothing, and not the end
        keyboard.write("/connect smsc demo demo-password\n")
        await says("is connected as")
        keyboard.write("/send +79031234500 Hello\n")
        await says("Check, then send")
        keyboard.write("4\n")  # no such button, so it is something said
        await says("I am not asking anything now")
        keyboard.write("2\n")
        await says("Dismissed")
        keyboard.write("/send\n")
        await says("To which number?")
        keyboard.write("89031234500\n1\n")  # answers to questions, not buttons
        await says("What is the text for +7 903 *** 45 00?")
        await says("To one number: +7 903 *** 45 00")
    assert made.smsc.journal.accepted == []


async def test_without_a_terminal_the_demo_still_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with demo.world("en") as made:
        with (tmp_path / "input").open("w+") as no_pipe:
            monkeypatch.setattr(sys, "stdin", no_pipe)
            await demo._talk(made)


# How it looks.


async def test_the_conversation_is_printed_as_a_person_would_read_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _terminal(tmp_path, monkeypatch) as (made, _):
        made.telegram.subscribe(partial(demo.show, Words("en", demo.ZONE)))
        made.chat.say(made.person, "/connect")
        card = await _seen(made, lambda: next(iter(made.chat.bot_messages), None))
        made.chat.press_data(made.person, card, "no such token")
        await made.telegram.wait_for(lambda: made.chat.presses[0].answer)
        made.chat.say(made.person, "/connect smsc demo wrong")
        await made.telegram.wait_for(lambda: len(made.chat.bot_messages) == 2)
    lines = capsys.readouterr().out.splitlines()
    asked = lines.index("bot │ Which gateway? /cancel leaves.")
    assert lines[asked + 1] == "    │ [1] Devino REST  [2] Devino SOAP  [3] SMS-Pager  [4] SMSC"
    assert "     ⓘ This button no longer works. Nothing was done." in lines
    assert "     (the bot deleted the message)" in lines


def test_colour_is_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    out = StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(demo, "_PLAIN", False)
    demo.said("Anna", "/help")
    monkeypatch.setattr(demo, "_PLAIN", True)
    demo.said("Anna", "/help")
    assert out.getvalue() == "\033[32;1mAnna: \033[0m/help\nAnna: /help\n"


async def test_the_bot_can_be_started_by_itself_into_the_demo(tmp_path: Path) -> None:
    folder = tmp_path / "try out"
    demo_ = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--port", "0", "--outside", str(folder)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=PIPE,
    )
    bot: asyncio.subprocess.Process | None = None
    try:
        async with asyncio.timeout(60):
            said = await _until(demo_, "demo.toml")
            _, _, arguments = said.strip().partition(" ")
            bot = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", *shlex.split(arguments), stderr=asyncio.subprocess.DEVNULL
            )
            await _until(demo_, "/help")  # what the bot answers to the first message of a person
            for process in (bot, demo_):
                process.terminate()
            assert (await bot.wait(), await demo_.wait()) == (0, 0)
    finally:
        for started in (demo_, bot):
            if started is not None and started.returncode is None:
                started.kill()
                await started.wait()
    assert (folder / "demo.db").exists()


async def _until(process: asyncio.subprocess.Process, words: str) -> str:
    """The first line a process says that has these words."""
    assert process.stdout is not None
    while line := await process.stdout.readline():
        if words in line.decode():
            return line.decode()
    raise AssertionError(f"it ended without {words}")
