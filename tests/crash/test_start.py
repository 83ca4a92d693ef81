"""The very first start may die as well, wherever it is: the next one carries on."""

from pathlib import Path

import pytest

from .play import Kill, Run, play, server
from .scenarios import quiet


@pytest.mark.parametrize("point", ["migrate begun", "migrate done", "migrate committed", "app.open done"])
async def test_a_first_start_that_dies_is_carried_on(tmp_path: Path, point: str) -> None:
    played = tmp_path / "played"
    played.mkdir()
    run = Run(scenario=quiet, kind="smsc", kills=[Kill(point=point, hit=1)])
    async with server(tmp_path / "server.log") as process:
        outcome = await play(run, played, None, process)
    assert outcome.struck == [point]
    assert outcome.count.guilt == []
