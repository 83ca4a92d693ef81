"""The program is killed at every point it passes, once: nothing comes twice, nothing is lost.

`make crash` has more. On a busy machine what takes longer than SECONDS is left out, but for LEAST kills.
"""

import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from .campaign import MOMENTS, Campaign, Passed, deal, tidy
from .play import ServerEnded, server
from .points import INCOMING, ON_THE_WIRE, OUT_OF_REACH, in_source, unreached
from .program import Life
from .scenarios import orders, quiet
from .world import KINDS

SECONDS = 90.0
LEAST = 20


async def test_u55_killed_at_every_point_it_sends_nothing_twice_and_loses_nothing(tmp_path: Path) -> None:
    until = time.monotonic() + SECONDS
    campaign = Campaign(seed="subset", kills=10_000, until=until, rounds=1, least=LEAST)
    try:
        await campaign.play(tmp_path, KINDS)
    except* ServerEnded as several:
        pytest.fail(str(several.exceptions[0]), pytrace=False)
    assert [(str(one.run), one.count.guilt) for one in campaign.guilty] == []
    missing = {*in_source()} - campaign.passed.keys() - unreached().keys()
    if missing and campaign.over:
        pytest.skip(f"after {SECONDS:.0f} s the machine had not come to {', '.join(sorted(missing))}")
    assert not missing


def test_every_point_out_of_reach_exists() -> None:
    assert OUT_OF_REACH.keys() <= {point.partition(" ")[0] for point in in_source()}


def test_every_room_that_only_incoming_comes_to_exists() -> None:
    assert all(any(point.startswith(room) for point in in_source()) for room in INCOMING)


@pytest.mark.parametrize("point", ["submit.claim committed", "submit.send asks", "migrate done"])
def test_points_are_found_in_the_source(point: str) -> None:
    assert point in in_source()


POINTS = [f"room.write {stage}" for stage in ("begun", "done", "committed")]
PASSED = {
    "smsc": [Passed(orders, Counter([*POINTS, "track.recall asks"])), Passed(quiet, Counter(["room.quiet"]))],
    "devino_rest": [Passed(orders, Counter(POINTS))],
}
LANES = ("smsc", "smsc", "devino_rest", "devino_rest")


def _aimed(passed: Mapping[str, list[Passed]], seed: str, rounds: int) -> list[list[str]]:
    """What the kills of each lane are aimed at."""
    hands = [list(deal(LANES, place, passed, seed, rounds)) for place in range(len(LANES))]
    return [
        [str(kill) for run in hand for kill in run.kills if kill.point or kill.hit is None or kill.on]
        for hand in hands
    ]


def test_a_round_is_shared_out_over_the_lanes_and_aims_at_everything_once() -> None:
    hands = _aimed(PASSED, "seed", 1)
    aims = {*POINTS, "room.quiet", "track.recall asks", "submission done", "recall received", "recall done"}
    named = [kill.rpartition(" x")[0] for hand in hands for kill in hand]
    assert all(named.count(aim) == 1 for aim in aims)
    rotation = [point for point in in_source() if point.startswith("rotation")]
    assert all(named.count(point) == 1 for point in rotation)
    everything = len(POINTS) + 2 + len(rotation) + len(MOMENTS) + len(ON_THE_WIRE)
    assert [len(hand) for hand in hands] == pytest.approx([everything / len(LANES)] * len(LANES), abs=1)


def test_a_lane_is_dealt_only_what_its_gateway_comes_to() -> None:
    for hand in _aimed(PASSED, "seed", 3)[2:]:
        assert not [kill for kill in hand if kill.startswith(("room.quiet", "track.recall", "recall"))]


def test_a_seed_repeats_the_choice() -> None:
    assert _aimed(PASSED, "seed", 2) == _aimed(PASSED, "seed", 2) != _aimed(PASSED, "other", 2)


async def test_a_warm_process_that_ends_is_told_in_one_line(tmp_path: Path) -> None:
    life = Life(arguments=["no-such-command"], trace="", log="", in_place=True)
    async with server(tmp_path / "server.log") as warm:
        await warm.start(life)
        with pytest.raises(ServerEnded) as raised:
            await warm.ended()
    assert "\n" not in str(raised.value)
    assert str(raised.value).startswith("the warm process ended with 1; its log says: ")
    assert "No such command" in str(raised.value)


def test_of_a_campaign_only_the_runs_that_went_wrong_are_left(tmp_path: Path) -> None:
    folder = tmp_path / "campaign"
    for path in ("smsc-0/run-1", "smsc-0/run-2", "smsc-1/run-1"):
        (folder / path).mkdir(parents=True)
        (folder / path / "log").touch()
    (folder / "smsc-0" / "server.log").touch()
    tidy(folder, [folder / "smsc-0" / "run-2"])
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*")) == [
        "smsc-0",
        "smsc-0/run-2",
        "smsc-0/run-2/log",
    ]
    tidy(folder, [])
    assert not folder.exists()
