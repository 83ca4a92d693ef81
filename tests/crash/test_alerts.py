"""Killed wherever it decides about an alert or tells it: people hear of it once, or once more as a repeat."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from .play import Kill, Run, Server, play, rehearse, server
from .scenarios import watched

STAGES = ("begun", "done", "committed")
# The alert is the second thing said, after the answer to /alerts; its end is the third.
KILLS = [
    *(Kill(point=f"lookout.asked {stage}", hit=1) for stage in STAGES),
    *(Kill(point=f"lookout.alarms {stage}", hit=hit) for stage in STAGES for hit in (1, 2)),
    *(Kill(point=f"lookout.tell {stage}", hit=1) for stage in STAGES),
    *(Kill(point=f"notifier.say {stage}", hit=hit) for stage in ("asks", "answered") for hit in (2, 3)),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def warm(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Server, Path]]:
    """A warm process and a database to begin with."""
    folder = tmp_path_factory.mktemp("warm")
    async with server(folder / "server.log") as process:
        await rehearse(watched, folder, "smsc", process)
        yield process, folder / "template"


@pytest.mark.parametrize("kill", KILLS, ids=lambda kill: f"{kill.point} {kill.hit}")
@pytest.mark.asyncio(loop_scope="module")
async def test_an_alert_is_neither_lost_nor_told_twice(
    warm: tuple[Server, Path], tmp_path: Path, kill: Kill
) -> None:
    process, template = warm
    outcome = await play(Run(scenario=watched, kind="smsc", kills=[kill]), tmp_path, template, process)
    assert outcome.struck == [kill.point]
    assert outcome.count.guilt == []
