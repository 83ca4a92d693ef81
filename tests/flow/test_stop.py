"""SIGTERM while a gateway hangs: in less than 15 seconds all is written down, and nothing goes twice."""

import asyncio
import signal
import sqlite3
import sys
import time
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from bot.app import GRACE
from sandbox.faults import Kind

from ..bot.test_main import config, ended, smsdesk
from .desk import DELIVERED, Stands, working
from .steps import accepted, offered
from .test_outages import locked

LIMIT = 15.0  # seconds from the signal to the end


def messages(folder: Path) -> list[tuple[str, str | None]]:
    """State and reason of each message, as they stand on disk."""
    connection = sqlite3.connect(folder / "smsdesk.db")
    try:
        return connection.execute("SELECT state, raw FROM messages ORDER BY id").fetchall()
    finally:
        connection.close()


@pytest.mark.parametrize(("fault", "taken"), [("hang", 0), ("accept_then_hang", 1)])
async def test_a_stop_while_a_gateway_hangs(world: Stands, tmp_path: Path, fault: Kind, taken: int) -> None:
    path = config(world, tmp_path)
    with path.open("a", encoding="utf-8") as file:
        file.write('\n[limits]\nundo = "0s"\n')
    async with smsdesk("run", "--config", path) as process:
        card = await offered(world, f"/send {DELIVERED} Text")
        world.smsc.faults.add("send*", kind=fault)
        await world.press(card, "✅")
        await world.smsc.wait_for(lambda: bool(world.smsc.faults.applied))
        said_at = time.monotonic()
        process.send_signal(signal.SIGTERM)
        code, _, complained = await ended(process, 30)
        took = time.monotonic() - said_at
    assert code == 0
    assert took < LIMIT
    assert "Traceback" not in complained
    ((state, raw),) = messages(tmp_path)
    assert (state, raw) == ("uncertain", "stopped while sending")

    async with working(world.settings(tmp_path)):
        await world.ask("/status 1", having="#1")
    assert len(accepted(world)) == taken


async def test_a_stop_has_an_end_also_while_the_database_hangs(world: Stands, tmp_path: Path) -> None:
    path = config(world, tmp_path)
    with path.open("a", encoding="utf-8") as file:
        file.write('\n[limits]\nundo = "0s"\n')
    sooner = "import bot.__main__ as program; program.STOP_WITHIN = 1.0; program.main()"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", sooner, "run", "--config", path, stdout=PIPE, stderr=PIPE
    )
    try:
        card = await offered(world, f"/send {DELIVERED} Text")
        world.smsc.faults.add("send*", kind="accept_then_hang")
        await world.press(card, "✅")
        await world.smsc.wait_for(lambda: bool(world.smsc.faults.applied))
        async with locked(tmp_path):
            said_at = time.monotonic()
            process.send_signal(signal.SIGTERM)
            code, _, complained = await ended(process, 30)
            took = time.monotonic() - said_at
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert code == 1
    assert took < GRACE
    assert "stopped before all was written down" in complained

    async with working(world.settings(tmp_path)):
        await world.ask("/status 1", having="#1")
    ((state, _),) = messages(tmp_path)
    assert state != "submitting"
    assert len(accepted(world)) == 1
