"""A full disk, a database that another program has locked: nothing goes out, and all goes on afterwards."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa
import structlog

import desk.outage
import storage.db
import storage.sqlite
from bot.app import Desk, build

from .desk import DELIVERED, Stands, working
from .steps import accepted, offered

LONG = "word " * 700  # an update that fits in no page that is there


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.outage, "PAUSE", 0.05)
    monkeypatch.setattr(storage.sqlite, "BUSY_TIMEOUT", 0.05)


@dataclass
class Disk:
    """Full: the database may not grow any more. What fits into the pages it has still fits."""

    full: bool = False

    def limit(self, connection: sa.Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages if self.full else 1_000_000}")


@pytest.fixture
def disk() -> Iterator[Disk]:
    made = Disk()
    sa.event.listen(sa.Engine, "begin", made.limit)
    yield made
    sa.event.remove(sa.Engine, "begin", made.limit)


@asynccontextmanager
async def locked(folder: Path) -> AsyncIterator[None]:
    """Another program is writing, and takes its time."""
    other = sqlite3.connect(folder / "smsdesk.db", isolation_level=None, check_same_thread=False)
    try:
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
    finally:
        other.close()


def troubles(logs: list[structlog.typing.EventDict]) -> list[str]:
    return [str(one.get("error")) for one in logs if one["event"] == "the database cannot be used"]


async def probe(bot: Desk, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as client:
        async with client.get(f"http://127.0.0.1:{bot.web_port}/{path}") as answer:
            return answer.status, await answer.text()


async def test_on_a_full_disk_nothing_is_acknowledged_and_nothing_spins(
    world: Stands, tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with working(world.settings(tmp_path)) as bot:
        await world.connect("smsc")
        assert await probe(bot, "readyz") == (200, "ready\n")
        disk.full = True
        with structlog.testing.capture_logs() as logs:
            world.chat.say(world.anna, LONG)
            await world.telegram.wait_for(lambda: len(troubles(logs)) >= 3 or None)
            polls = len([one for one in world.telegram.calls if one.method == "getUpdates"])
            assert len(world.telegram.pending_updates) == 1
            await world.telegram.wait_for(lambda: len(troubles(logs)) >= 6 or None)
            assert len([one for one in world.telegram.calls if one.method == "getUpdates"]) - polls <= 4
        assert set(troubles(logs)) == {"database or disk is full"}
        assert await probe(bot, "readyz") == (503, "the database cannot be written to\n")
        assert "\nsmsdesk_database_up 0.0" in (await probe(bot, "metrics"))[1]
        disk.full = False
        await world.telegram.wait_for(lambda: not world.telegram.pending_updates)
        await world.ask("/help", having="What I can do")
        monkeypatch.setattr(storage.db, "LATELY", 0.0)
        assert await probe(bot, "readyz") == (200, "ready\n")
    assert accepted(world) == []


async def test_while_the_database_is_locked_nothing_is_sent_and_then_it_goes_once(
    world: Stands, tmp_path: Path
) -> None:
    async with working(world.settings(tmp_path, limits={"undo": "300ms"})):
        await world.connect("smsc")
        card = await offered(world, f"/send {DELIVERED} Text")
        await world.press(card, "✅")
        with structlog.testing.capture_logs() as logs:
            async with locked(tmp_path):
                world.chat.say(world.anna, "/help")
                await world.telegram.wait_for(
                    lambda: {one.get("worker") for one in logs} >= {"submitter", "poller"} or None
                )
                assert accepted(world) == []
                assert len(world.telegram.pending_updates) == 1
        assert set(troubles(logs)) == {"database is locked"}
        await world.answer(card.id, having="What I can do")
        await world.becomes(card, "delivered 1")
    assert len(accepted(world)) == 1


async def test_an_answer_that_cannot_be_written_down_is_kept_until_it_can(
    world: Stands, tmp_path: Path
) -> None:
    """The gateway has taken it when the database is locked: a restart would make it a doubt."""
    async with working(world.settings(tmp_path)):
        await world.connect("smsc")
        card = await offered(world, f"/send {DELIVERED} Text")
        world.smsc.faults.add("send*", kind="drip")
        await world.press(card, "✅")
        await world.smsc.wait_for(lambda: bool(world.smsc.faults.applied))
        with structlog.testing.capture_logs() as logs:
            async with locked(tmp_path):
                await world.telegram.wait_for(
                    lambda: any(one.get("worker") == "submitter" for one in logs) or None
                )
        await world.becomes(card, "delivered 1")
    assert len(accepted(world)) == 1


async def test_a_command_that_met_an_outage_is_handled_afterwards_and_once(
    world: Stands, tmp_path: Path
) -> None:
    """It is stored when the database is locked: it is tried again, and nobody gets a code."""
    said = world.chat.say(world.anna, "/help")
    async with build(world.settings(tmp_path), poll_wait=0) as bot:
        polling = asyncio.create_task(bot.poller.run())
        await world.telegram.wait_for(lambda: not world.telegram.pending_updates)
        with structlog.testing.capture_logs() as logs:
            async with locked(tmp_path):
                handling = asyncio.create_task(bot.dispatcher.run())
                await world.telegram.wait_for(lambda: bool(troubles(logs)))
            speaking = asyncio.create_task(bot.notifier.run())
            await world.answer(said.id, having="What I can do")
        bot.dispatcher.stop()
        bot.notifier.stop()
        polling.cancel()
        await asyncio.gather(handling, speaking, polling, return_exceptions=True)
    assert not any("incident" in one for one in logs)
    assert len(world.chat.bot_messages) == 1
