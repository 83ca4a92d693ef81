"""SIGTERM while a gateway hangs: in less than 15 seconds all is written down, and nothing goes twice."""

import signal
import sqlite3
import time
from pathlib import Path

import pytest

from sandbox.faults import Kind

from ..bot.test_main import config, ended, smsdesk
from .desk import DELIVERED, Stands, working
from .steps import accepted, offered

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
