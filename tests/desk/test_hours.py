"""Allowed hours: their edges, midnight, weekdays, nights on which clocks change, recipients' own zones."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.hours import WEEK, Hours, Stretch, opens, opens_for, read, stretch

BERLIN, MOSCOW = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Moscow")
DAY = Hours(start=time(9), end=time(21))
NIGHT = Hours(start=time(22), end=time(6))
WORK = Hours(start=time(9), end=time(18), weekdays=frozenset(range(5)))


def at(text: str, zone: ZoneInfo = MOSCOW) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("hours", "now", "then"),
    [
        (DAY, "2026-11-21T09:00", "2026-11-21T09:00"),  # the first moment is in
        (DAY, "2026-11-21T08:59:59", "2026-11-21T09:00"),
        (DAY, "2026-11-21T20:59:59", "2026-11-21T20:59:59"),
        (DAY, "2026-11-21T21:00", "2026-11-22T09:00"),  # the last is not
        (DAY, "2026-11-21T00:00", "2026-11-21T09:00"),
        (DAY, "2026-12-31T23:00", "2027-01-01T09:00"),
        (NIGHT, "2026-11-21T23:59", "2026-11-21T23:59"),
        (NIGHT, "2026-11-22T00:00", "2026-11-22T00:00"),
        (NIGHT, "2026-11-22T05:59", "2026-11-22T05:59"),
        (NIGHT, "2026-11-22T06:00", "2026-11-22T22:00"),
        (WORK, "2026-11-20T18:00", "2026-11-23T09:00"),  # Friday evening
        (WORK, "2026-11-22T12:00", "2026-11-23T09:00"),  # Sunday
        (Hours(start=time(0), end=time(0)), "2026-11-21T00:00", "2026-11-21T00:00"),
        (Hours(start=time(0), end=time(0), weekdays=frozenset({0})), "2026-11-24T00:00", "2026-11-30T00:00"),
        (Hours(start=time(22), end=time(2), weekdays=frozenset({4})), "2026-11-21T01:59", "2026-11-21T01:59"),
        (Hours(start=time(22), end=time(2), weekdays=frozenset({4})), "2026-11-22T01:00", "2026-11-27T22:00"),
        (Hours(start=time(9), end=time(10), weekdays=frozenset({5})), "2026-11-21T10:00", "2026-11-28T09:00"),
    ],
)
def test_when_hours_open_next(hours: Hours, now: str, then: str) -> None:
    assert opens(hours, MOSCOW, at(now)) == at(then)


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        # Clocks go from 02:00 to 03:00 on 29 March 2026, and from 03:00 back to 02:00 on 25 October.
        ("2026-03-28T22:00Z", "2026-03-28T22:00Z", "2026-03-29T04:00Z"),
        ("2026-10-24T21:00Z", "2026-10-24T21:00Z", "2026-10-25T05:00Z"),
    ],
)
def test_a_night_on_which_clocks_change_is_shorter_or_longer(now: str, start: str, end: str) -> None:
    night = Hours(start=time(23), end=time(6))
    assert stretch(night, BERLIN, datetime.fromisoformat(now)) == Stretch(
        start=datetime.fromisoformat(start), end=datetime.fromisoformat(end)
    )


def test_a_stretch_that_the_clocks_skip_is_not_there_that_night() -> None:
    skipped = Hours(start=time(2, 15), end=time(2, 45))
    found = opens(skipped, BERLIN, at("2026-03-29T00:30", BERLIN))
    assert found == at("2026-03-29T03:15", BERLIN)  # as RFC 5545 reads 02:15 then
    across = Hours(start=time(2, 30), end=time(3))
    assert opens(across, BERLIN, at("2026-03-29T00:30", BERLIN)) == at("2026-03-30T02:30", BERLIN)


_zones = st.sampled_from(
    [ZoneInfo(name) for name in ("Europe/Berlin", "Asia/Kamchatka", "America/New_York", "UTC")]
)
_moments = st.datetimes(datetime(2025, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))
_hours = st.builds(
    Hours,
    start=st.times(),
    end=st.times(),
    weekdays=st.frozensets(st.sampled_from(sorted(WEEK)), min_size=1),
)


@settings(deadline=None)
@given(hours=_hours, zone=_zones, now=_moments)
def test_the_next_moment_is_within_the_hours_and_none_before_it_is(
    hours: Hours, zone: ZoneInfo, now: datetime
) -> None:
    then = opens(hours, zone, now)
    assert now <= then < now + timedelta(days=15)
    assert opens(hours, zone, then) == then
    found = stretch(hours, zone, now)
    assert found.start <= then < found.end
    day = found.start.astimezone(zone).date()
    assert day.weekday() in hours.weekdays
    between = [now + (then - now) * part / 7 for part in range(7)]
    assert all(opens(hours, zone, one) == then for one in between)


@settings(deadline=None)
@given(zone=_zones, day=st.dates(date(2025, 1, 1), date(2028, 12, 31)), hour=st.integers(9, 20))
def test_an_hour_that_clocks_show_within_the_hours_is_open(zone: ZoneInfo, day: date, hour: int) -> None:
    now = datetime.combine(day, time(hour), zone).astimezone(UTC)
    assert opens(DAY, zone, now) == now
    late = datetime.combine(day, time(21), zone).astimezone(UTC)
    assert opens(DAY, zone, late) == datetime.combine(day + timedelta(days=1), time(9), zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("msisdn", "then"),
    [
        ("12125551234", "2026-11-21T14:00Z"),  # New York
        ("74951234567", "2026-11-21T06:00Z"),  # Moscow
        ("79031234567", "2026-11-21T06:00Z"),  # anywhere in Russia: by the desk's clock
        ("80012345678", "2026-11-21T06:00Z"),  # nowhere
        ("393123456789", "2026-11-21T08:00Z"),  # Rome and the Vatican agree
    ],
)
def test_hours_by_the_recipients_own_clock(msisdn: str, then: str) -> None:
    now = datetime(2026, 11, 21, 2, tzinfo=UTC)
    assert opens_for(msisdn, DAY, now, otherwise=MOSCOW) == datetime.fromisoformat(then)


@pytest.mark.parametrize("weekdays", [frozenset(), frozenset({7}), frozenset({-1, 2})])
def test_hours_that_never_come_are_no_hours(weekdays: frozenset[int]) -> None:
    with pytest.raises(ValueError, match="weekdays"):
        Hours(start=time(9), end=time(21), weekdays=weekdays)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("09:00-21:00", DAY),
        ("9:00 - 18:00 mon-fri", WORK),
        ("22:00-06:00", NIGHT),
        ("10:00-24:00 Mon, wed sat-sun", Hours(start=time(10), end=time(), weekdays=frozenset({0, 2, 5, 6}))),
        ("10:00-11:00 sat-mon", Hours(start=time(10), end=time(11), weekdays=frozenset({5, 6, 0}))),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, hours: Hours) -> None:
    assert read(text) == hours


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9-21",
        "09:00",
        "25:00-26:00",
        "09:00-21:60",
        "9:00-21:00 someday",
        "24:30-1:00",
        "9:00-21:00 mon-",
    ],
)
def test_what_are_no_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a stretch of hours"):
        read(text)
