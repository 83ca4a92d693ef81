"""When our own database or Telegram fails at a bad moment: the gate stays shut, and nothing is lost."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError
from telegram.ext import Application

import bot.menus
import bot.updates
from bot import app
from bot.app import CannotStart
from sandbox.telegram import FaultKind, Person
from storage.db import Database, Transaction

from .desk import ADMIN, DELIVERED, LOGIN, PASSWORD, Stands, working
from .steps import connect_group

IN_HANDLER: ContextVar[bool] = ContextVar("whether a write is asked for inside a handler", default=False)


class BusyDatabase:
    """The next writes that begin inside a handler fail, as behind a long backup; others go through."""

    def __init__(self) -> None:
        self.fails = 0
        self.failed = 0
        self.struck = asyncio.Event()
        self.error = DBAPIError("BEGIN IMMEDIATE", {}, Exception("database is locked"))


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> BusyDatabase:
    state = BusyDatabase()
    write, process = Database.write, Application.process_update

    @asynccontextmanager
    async def perhaps(database: Database, point: str = "") -> AsyncIterator[Transaction]:
        if IN_HANDLER.get() and state.fails:
            state.fails -= 1
            state.failed += 1
            state.struck.set()
            raise state.error
        async with write(database, point) as tx:
            yield tx

    async def handling(application: Application, update: object) -> None:  # type: ignore[type-arg]  # any
        inside = IN_HANDLER.set(True)
        try:
            await process(application, update)
        finally:
            IN_HANDLER.reset(inside)

    monkeypatch.setattr(Database, "write", perhaps)
    monkeypatch.setattr(Application, "process_update", handling)
    monkeypatch.setattr(bot.updates, "AFTER_TROUBLE", 0.0)
    return state


@pytest.fixture
def boris(world: Stands) -> Person:
    return world.telegram.person(1002, "Boris", language_code="en")


async def test_a_gate_that_breaks_stays_shut(
    world: Stands, tmp_path: Path, busy: BusyDatabase, boris: Person
) -> None:
    """Whatever fails while a stranger is refused, no handler behind the gate may run."""
    theirs = world.telegram.private(boris)
    async with working(world.settings(tmp_path)):
        busy.fails = 1
        theirs.say(boris, f"/connect smsc {LOGIN} {PASSWORD} EVIL")
        await asyncio.wait_for(busy.struck.wait(), timeout=10)
    # The bot has stopped, so whatever it made of that message is done.
    assert theirs.bot_messages == []
    assert world.smsc.requests == []


async def test_a_press_that_broke_twice_has_its_effect_in_the_end(
    world: Stands, tmp_path: Path, busy: BusyDatabase
) -> None:
    """The handler fails, and parking fails too: the update keeps its row and is tried again."""
    async with working(world.settings(tmp_path)):
        await world.connect("smsc")
        card = await world.ask(f"/send {DELIVERED} Hello", having="Check, then send")
        busy.fails = 2
        assert "#1 is in the queue" in await world.press(card, "✅")
        await world.becomes(card, "delivered 1")
    assert busy.failed == 2
    assert len(world.smsc.journal.accepted) == 1


class Deadlock(Exception):
    sqlstate = "40P01"


async def test_a_press_whose_effect_gave_way_to_another_write_has_it_a_little_later(
    world: Stands, tmp_path: Path, busy: BusyDatabase
) -> None:
    """PostgreSQL's word for: nothing of this was committed. Nobody need hear of it."""
    busy.error = DBAPIError("UPDATE", {}, Deadlock())
    async with working(world.settings(tmp_path)):
        await world.connect("smsc")
        card = await world.ask(f"/send {DELIVERED} Hello", having="Check, then send")
        before = len(world.chat.bot_messages)
        busy.fails = 1
        assert "#1 is in the queue" in await world.press(card, "✅")
        await world.becomes(card, "delivered 1")
    assert busy.failed == 1
    assert len(world.chat.bot_messages) == before
    assert len(world.smsc.journal.accepted) == 1


@pytest.mark.parametrize("method", ["getMe", "setMyCommands"])
async def test_a_429_at_the_start_is_obeyed(world: Stands, tmp_path: Path, method: str) -> None:
    world.telegram.faults.add(method, kind="429", retry_after=1)
    async with working(world.settings(tmp_path)):
        await world.ask("/help", having="What I can do")


@pytest.mark.parametrize("kind", ["429", "502", "reset_before"])
@pytest.mark.parametrize("method", ["deleteMyCommands", "setMyCommands"])
async def test_menus_are_told_behind_the_first_poll_and_until_telegram_has_heard_them(
    world: Stands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, kind: FaultKind
) -> None:
    monkeypatch.setattr(bot.menus, "PAUSE", 0.0)
    settings = world.settings(tmp_path, telegram={"admins": [4242, ADMIN]})  # the first never wrote to it
    for _ in range(2):
        world.telegram.faults.add(method, kind=kind, retry_after=0)
    theirs = json.dumps({"chat_id": ADMIN, "type": "chat"}, sort_keys=True)
    async with working(settings):
        await world.telegram.wait_for(lambda: world.telegram.is_polled)
        assert [call for call in world.telegram.calls if "MyCommands" in call.method] == []
        for language in ("ru", "en", ""):
            await world.telegram.wait_for(partial(world.telegram._world.commands.get, (theirs, language)))
    assert not [language for scope, language in world.telegram._world.commands if "default" in scope]


async def test_it_can_be_stopped_while_telegram_is_out_of_reach(world: Stands, tmp_path: Path) -> None:
    await world.telegram.stop()
    stop = asyncio.Event()
    starting = asyncio.create_task(app.run(world.settings(tmp_path), stop))
    stop.set()
    with pytest.raises(CannotStart, match="stopped before Telegram could be reached"):
        await asyncio.wait_for(starting, timeout=15)


def _stored(folder: Path) -> bytes:
    """Every byte of the database and of its log."""
    return b"".join(path.read_bytes() for path in folder.glob("smsdesk.db*"))


async def test_the_answers_of_a_connect_are_sealed_in_the_database(desk: Stands, tmp_path: Path) -> None:
    which = await desk.ask("/connect", having="Which gateway?")
    await desk.press(which, "SMSC")
    await desk.answer(which.id, having="Login at SMSC?")
    await desk.ask("canary-login", having="Password?")
    await desk.ask("canary-password", having="Sender ID")
    for canary in (b"canary-login", b"canary-password"):
        assert canary not in _stored(tmp_path)
    group = desk.telegram.group(-1001234567890, "Staff", [desk.anna])
    await desk.ask("/cancel", having="Left")
    await connect_group(desk, group)
