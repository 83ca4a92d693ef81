"""Two processes on one PostgreSQL database: one dies, stops or freezes, and nothing is sent twice."""

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.app import Desk
from storage.outage import Unavailable
from storage.schema import leases, messages

from ..postgres import Server
from .desk import ADMIN, DELIVERED, TOKEN, Stands, stands, working
from .steps import accepted, confirmed, offered

OTHER = "+79031234600"


@pytest.fixture
async def world(server: Server) -> AsyncIterator[Stands]:
    with server.fresh() as url:
        async with stands(storage_of=lambda _: url) as made:
            yield made


@asynccontextmanager
async def replica(world: Stands, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process of its own on the database; killed at the end if it has not ended."""
    file = folder / "config.toml"
    file.write_text(
        f'telegram = {{token = "{TOKEN}", api_url = "{world.telegram.url}", admins = [{ADMIN}]}}\n'
        f"storage.url = {json.dumps(world.storage_of(folder))}\n"
        'limits = {undo = "0s"}\nweb.listen = ""\ntracking.first_check = "50ms"\n'
        f'gateways.smsc.url = "{world.smsc.url}"\n',
        "utf-8",
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run", "--config", str(file)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            os.kill(process.pid, signal.SIGCONT)
            process.kill()
            await process.wait()


async def run_out(bot: Desk) -> None:
    """As if the time of the leases of all others had come."""
    theirs = leases.update().where(leases.c.owner != bot.leases.owner)
    while True:
        try:
            async with bot.services.database.write("test") as tx:
                await tx.execute(theirs.values(until=sa.func.clock_timestamp()))
        except Unavailable:
            continue  # who froze within a transaction holds its rows until the server ends it
        break
    bot.leases.bell.ring()


async def states(bot: Desk) -> list[str]:
    async with bot.services.database.read() as tx:
        return list(await tx.scalars(sa.select(messages.c.state).order_by(messages.c.id)))


def elsewhere(folder: Path) -> Path:
    """Another machine, with the same keys."""
    other = folder / "other"
    other.mkdir()
    shutil.copy(folder / "smsdesk.key", other)
    return other


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP])
async def test_who_dies_or_freezes_while_sending_is_replaced_and_nothing_goes_twice(
    world: Stands, tmp_path: Path, end: signal.Signals
) -> None:
    async with replica(world, tmp_path) as first:
        await world.telegram.wait_for(lambda: world.telegram.is_polled, timeout=30)
        await world.connect("smsc")
        card = await offered(world, f"/send {DELIVERED} Text")
        async with working(world.settings(elsewhere(tmp_path))) as second:
            assert second.leases.face() is None
            world.smsc.faults.add("send*", kind="accept_then_hang")
            await world.press(card, "✅")
            await world.smsc.wait_for(lambda: bool(world.smsc.faults.applied))
            os.kill(first.pid, end)
            await run_out(second)
            # What was on the wire is in doubt, the gateway knows it by our id, and it is not sent again.
            await world.becomes(card, "delivered 1")
            fresh = await confirmed(world, f"/send {OTHER} More")
            await world.becomes(fresh, "delivered 1")
            if end == signal.SIGSTOP:
                os.kill(first.pid, signal.SIGCONT)
                first.send_signal(signal.SIGTERM)
                assert await first.wait() == 0
                assert await states(second) == ["delivered", "delivered"]
            await world.ask("/help", having="What I can do")
    assert [one.text for one in accepted(world)] == ["Text", "More"]


async def test_who_stops_hands_over_at_once(world: Stands, tmp_path: Path) -> None:
    async with replica(world, tmp_path) as first:
        await world.telegram.wait_for(lambda: world.telegram.is_polled, timeout=30)
        await world.connect("smsc")
        async with working(world.settings(elsewhere(tmp_path))) as second:
            first.send_signal(signal.SIGTERM)
            assert await first.wait() == 0
            card = await confirmed(world, f"/send {DELIVERED} Text")
            await world.becomes(card, "delivered 1")
            assert second.leases.face() is not None
    assert len(accepted(world)) == 1
