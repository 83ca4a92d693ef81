"""The zone of a number, and the moment at which a recipient's clock shows a time, gaps and folds included."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from desk.wall_clock import at_the_earliest, by_own_clocks, candidates, moment

BERLIN, MOSCOW = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Moscow")
NEW_YORK, LOS_ANGELES, MOBILE = "12125551234", "14155551234", "79031234567"


@pytest.mark.parametrize(
    ("wall", "utc"),
    [
        ("2026-03-29T01:59", "2026-03-29T00:59"),
        ("2026-03-29T02:30", "2026-03-29T01:30"),  # skipped: clocks show 03:30 then
        ("2026-03-29T03:00", "2026-03-29T01:00"),
        ("2026-10-25T01:59", "2026-10-24T23:59"),
        ("2026-10-25T02:30", "2026-10-25T00:30"),  # twice: the first of the two
        ("2026-10-25T03:00", "2026-10-25T02:00"),
        ("2026-12-01T10:00", "2026-12-01T09:00"),
    ],
)
def test_moment_of_a_clock(wall: str, utc: str) -> None:
    assert moment(datetime.fromisoformat(wall), BERLIN) == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    again = datetime.fromisoformat(wall).replace(fold=1)
    assert moment(again, BERLIN) == moment(datetime.fromisoformat(wall), BERLIN)


def test_zone_of_a_number() -> None:
    assert candidates("74951234567") == (MOSCOW,)
    assert candidates(NEW_YORK) == (ZoneInfo("America/New_York"),)
    assert len(candidates(MOBILE)) > 5
    assert candidates("80012345678") == ()


def test_each_leaves_at_its_own_clock_and_the_unknown_at_the_desks() -> None:
    local = by_own_clocks((NEW_YORK, LOS_ANGELES, MOBILE), datetime(2026, 12, 1, 10), otherwise=MOSCOW)
    assert local.moments == {
        NEW_YORK: datetime(2026, 12, 1, 15, tzinfo=UTC),
        LOS_ANGELES: datetime(2026, 12, 1, 18, tzinfo=UTC),
        MOBILE: datetime(2026, 12, 1, 7, tzinfo=UTC),
    }
    assert local.unknown == 1
    assert (local.earliest.hour, local.latest.hour) == (7, 18)


def test_where_the_gateway_knows_better_the_earliest_clock_counts() -> None:
    local = at_the_earliest((NEW_YORK, MOBILE), datetime(2026, 12, 1, 10), otherwise=MOSCOW)
    assert local.moments[NEW_YORK] == datetime(2026, 12, 1, 15, tzinfo=UTC)
    assert local.moments[MOBILE] == datetime(2026, 11, 30, 22, tzinfo=UTC)  # Kamchatka
    assert local.unknown == 1


def test_zones_that_agree_on_the_moment_are_as_good_as_one() -> None:
    # Every zone of Australia but a few; none agrees, so the number counts as unknown.
    assert by_own_clocks(("61412345678",), datetime(2026, 12, 1, 10), otherwise=MOSCOW).unknown == 1
