"""The zone of a number, and the moment at which a recipient's clock shows a time, gaps and folds included."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from desk.wall_clock import Span, by_own_clocks, candidates, moment

BERLIN, MOSCOW = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Moscow")
NEW_YORK, LOS_ANGELES, MOBILE = "12125551234", "14155551234", "79031234567"
NOWHERE = "80012345678"  # an international freephone number: no zone is known of it


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
    assert candidates(NOWHERE) == ()
    assert candidates("74012123456") == (ZoneInfo("Europe/Kaliningrad"),)  # not Bucharest's summer time


def at(*moment: int) -> Span:
    return Span(earliest=datetime(*moment, tzinfo=UTC), latest=datetime(*moment, tzinfo=UTC))  # type: ignore[misc, arg-type]


def test_between_which_moments_a_clock_may_show_it() -> None:
    local = by_own_clocks((NEW_YORK, MOBILE, NOWHERE), datetime(2026, 12, 1, 10), otherwise=MOSCOW)
    assert local.spans[NEW_YORK] == at(2026, 12, 1, 15)
    mobile, nowhere = local.spans[MOBILE], local.spans[NOWHERE]
    assert mobile.earliest == datetime(2026, 11, 30, 22, tzinfo=UTC)  # Kamchatka
    assert mobile.latest == datetime(2026, 12, 1, 8, tzinfo=UTC)  # Kaliningrad
    assert nowhere.earliest == datetime(2026, 11, 30, 20, tzinfo=UTC)  # the first clock of the world
    assert nowhere.latest == datetime(2026, 12, 1, 22, tzinfo=UTC)  # the last
    assert local.unknown == 2
    assert (local.earliest, local.latest) == (nowhere.earliest, nowhere.latest)


def test_a_schedule_of_our_own_has_one_moment_each_and_the_unknown_go_by_the_desks() -> None:
    numbers = (NEW_YORK, LOS_ANGELES, MOBILE, NOWHERE)
    local = by_own_clocks(numbers, datetime(2026, 12, 1, 10), otherwise=MOSCOW).settled()
    assert local.spans == {
        NEW_YORK: at(2026, 12, 1, 15),
        LOS_ANGELES: at(2026, 12, 1, 18),
        MOBILE: at(2026, 12, 1, 7),
        NOWHERE: at(2026, 12, 1, 7),
    }
    assert local.unknown == 2
    assert (local.earliest.hour, local.latest.hour) == (7, 18)


def test_zones_that_agree_on_the_moment_are_as_good_as_one() -> None:
    # Most zones of Australia; they do not agree, so the number counts as unknown.
    assert by_own_clocks(("61412345678",), datetime(2026, 12, 1, 10), otherwise=MOSCOW).unknown == 1
    assert len(candidates("393123456789")) == 2  # Rome, and Vatican City
    assert by_own_clocks(("393123456789",), datetime(2026, 12, 1, 10), otherwise=MOSCOW).unknown == 0
