"""The program is killed at every point it passes, once: nothing comes twice, nothing is lost.

`make crash` has more. On a busy machine what takes longer than SECONDS is left out, but for LEAST kills.
"""

import asyncio
import time
from pathlib import Path

import pytest

from .campaign import Campaign, every_point_once
from .points import INCOMING, OUT_OF_REACH, in_source
from .world import KINDS

SECONDS = 170.0
LEAST = 20


async def test_killed_at_every_point_it_sends_nothing_twice_and_loses_nothing(tmp_path: Path) -> None:
    campaign = Campaign(seed="subset", kills=10_000, until=time.monotonic() + SECONDS, least=LEAST)
    async with asyncio.TaskGroup() as group:
        for kind in KINDS:
            group.create_task(campaign.lane(kind, tmp_path / kind, every_point_once(KINDS)))
    assert [(str(one.run), one.count.guilt) for one in campaign.guilty] == []
    elsewhere = {point for point in in_source() if point.startswith(INCOMING)} | OUT_OF_REACH.keys()
    missing = {*in_source()} - campaign.passed.keys() - elsewhere
    if missing and campaign.over:
        pytest.skip(f"after {SECONDS:.0f} s the machine had not come to {', '.join(sorted(missing))}")
    assert not missing


def test_every_point_out_of_reach_exists() -> None:
    assert OUT_OF_REACH.keys() <= {*in_source()}


@pytest.mark.parametrize("point", ["submit.claim committed", "submit.send asks", "migrate done"])
def test_points_are_found_in_the_source(point: str) -> None:
    assert point in in_source()
