"""The power goes: what was committed before something left must be on the disk, whatever else is not.

The real program plays a scenario on a shadow disk. Its record is cut at random moments, the disk after that
is made up, and the database on it is opened again.
"""

import asyncio
import os
import signal
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from .play import Server, rehearse, rest, server
from .power import after_cut, lay_out
from .program import Life
from .scenarios import Story, orders
from .shadow import Step, read
from .world import copy_template, outside

CUTS = 100
SEED = "power"
# Rows of these tables are never taken back, so their highest numbers only grow.
GROWING = ("attempts", "events", "messages", "outbox", "updates")

Figures = dict[str, int]


async def _recorded(folder: Path, warm: Server, variant: str | None) -> tuple[dict[str, bytes], list[Step]]:
    """The files at the start, and what a scenario did to them."""
    async with outside(folder, "devino_rest") as world:
        before = {"smsdesk.db": world.database.read_bytes()}
        disk = folder / "disk"
        life = Life(
            arguments=["run", "--config", str(world.config)],
            trace=str(folder / "trace"),
            log=str(folder / "log"),
            variant=variant,
            disk=str(disk),
        )
        pid = await warm.start(life)
        story = Story(world)
        try:
            await orders(story)
            await rest(world, story.patience)
        finally:
            os.kill(pid, signal.SIGKILL)
            await warm.ended()
        return before, list(read(disk))


def _figures(files: dict[str, bytes], folder: Path) -> tuple[str, Figures]:
    """What SQLite says of the files, once it has recovered them, and how much they hold."""
    lay_out(files, folder)
    with closing(sqlite3.connect(folder / "smsdesk.db")) as connection:
        sound = str(connection.execute("PRAGMA integrity_check").fetchone()[0])
        held = {
            table: connection.execute(f"SELECT coalesce(max(rowid), 0) FROM {table}").fetchone()[0]  # noqa: S608 - our own words
            for table in GROWING
        }
        ended = connection.execute("SELECT count(*) FROM attempts WHERE ended_at IS NOT NULL").fetchone()[0]
    return sound, held | {"answers": ended}


def _losses(before: dict[str, bytes], steps: Sequence[Step], folder: Path) -> list[str]:
    """What cuts at random moments have lost although it was committed; damaged files too."""
    random = Random(SEED)  # noqa: S311 - repeatable, not secret
    commits = [
        at for at, step in enumerate(steps) if step.what == "passed" and step.name.endswith(" committed")
    ]
    assert len(commits) > CUTS / 4
    losses = []
    for number in range(CUTS):
        commit = random.choice(commits)
        following = next((at for at in commits if at > commit), len(steps))
        cut = random.randint(commit + 1, following)
        _, promised = _figures(after_cut(before, steps[: commit + 1], None), folder / f"whole-{number}")
        sound, held = _figures(after_cut(before, steps[:cut], random), folder / f"cut-{number}")
        if sound != "ok":
            losses.append(f"after {steps[commit].name}: {sound}")
        losses += [
            f"after {steps[commit].name}: {held[table]} of {promised[table]} {table}"
            for table in promised
            if held[table] < promised[table]
        ]
    return losses


@pytest.mark.parametrize("variant", [None, "not-synchronous"])
async def test_what_is_committed_survives_a_power_cut(tmp_path: Path, variant: str | None) -> None:
    warm, played, cuts = tmp_path / "warm", tmp_path / "played", tmp_path / "cuts"
    for folder in (warm, played, cuts):
        folder.mkdir()
    async with server(tmp_path / "server.log") as process:
        await rehearse(orders, warm, "devino_rest", process)
        copy_template(warm / "template", played)
        before, steps = await _recorded(played, process, variant)
    assert any(step.what == "sync" for step in steps)
    losses = await asyncio.to_thread(_losses, before, steps, cuts)
    assert bool(losses) == (variant is not None), losses
