"""Times as people say them, in two languages: understood word for word, or not at all."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from desk.moments import BadMoment, When, read

BERLIN, MOSCOW = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Moscow")
NOON = datetime(2026, 11, 21, 9, tzinfo=UTC)  # Saturday, 12:00 in Moscow


def said(typed: str, zone: ZoneInfo = MOSCOW, now: datetime = NOON) -> str:
    """What the clocks of the zone show then, or the word of what is wrong."""
    try:
        return read(typed, zone, now).wall.isoformat(" ", "minutes")
    except BadMoment as error:
        return error.word if error.typed == typed else f"of {error.typed}"


@pytest.mark.parametrize(
    ("typed", "wall"),
    [
        ("tomorrow 10:00", "2026-11-22 10:00"),
        ("завтра в 10", "2026-11-22 10:00"),
        ("Завтра, в 10:05", "2026-11-22 10:05"),
        ("завтра 10", "2026-11-22 10:00"),
        ("в 10 завтра", "2026-11-22 10:00"),
        ("послезавтра в 18.30", "2026-11-23 18:30"),
        ("the day after tomorrow at noon", "2026-11-23 12:00"),
        ("сегодня в 8 вечера", "2026-11-21 20:00"),
        ("at 9pm tomorrow", "2026-11-22 21:00"),
        ("tomorrow at 9:30 p.m.", "2026-11-22 21:30"),
        ("завтра в 10 утра", "2026-11-22 10:00"),
        ("завтра в 3 часа дня", "2026-11-22 15:00"),
        ("завтра в 2 ночи", "2026-11-22 02:00"),
        ("завтра в 12 дня", "2026-11-22 12:00"),
        ("завтра в полдень", "2026-11-22 12:00"),
        ("в полдень завтра", "2026-11-22 12:00"),
        ("noon", "2026-11-22 12:00"),
        ("к полудню", "2026-11-22 12:00"),
        ("полночь", "2026-11-22 00:00"),
        ("в полночь", "2026-11-22 00:00"),
        ("at midnight", "2026-11-22 00:00"),
        ("сегодня в полночь", "2026-11-22 00:00"),
        ("завтра в полночь", "2026-11-23 00:00"),
        ("midnight tomorrow", "2026-11-23 00:00"),
        ("через 2 дня в полночь", "2026-11-24 00:00"),
        ("24:00", "2026-11-22 00:00"),
        ("завтра в 24:00", "2026-11-23 00:00"),
        ("1 декабря в 24:00", "2026-12-02 00:00"),
        ("31.12 24:00", "2027-01-01 00:00"),
        ("2026-12-01 24:00", "2026-12-02 00:00"),
        ("в 0 часов", "2026-11-22 00:00"),
        ("Tomorrow at 10 o'clock", "2026-11-22 10:00"),
        ("13:00", "2026-11-21 13:00"),
        ("10:00", "2026-11-22 10:00"),
        ("12:00", "2026-11-22 12:00"),
        ("в 10", "2026-11-22 10:00"),
        ("в пятницу в 9:30", "2026-11-27 09:30"),
        ("friday 9:30", "2026-11-27 09:30"),
        ("во вторник в 10", "2026-11-24 10:00"),
        ("on Saturday at 13:00", "2026-11-21 13:00"),
        ("в субботу в 11", "2026-11-28 11:00"),
        ("1 декабря 10:00", "2026-12-01 10:00"),
        ("1 декабря 2026 г. в 10 часов", "2026-12-01 10:00"),
        ("1-го дек в 10", "2026-12-01 10:00"),
        ("1st of December at 10am", "2026-12-01 10:00"),
        ("Dec 1, 2026 10:00", "2026-12-01 10:00"),
        ("20 ноября 10:00", "2027-11-20 10:00"),
        ("01.12 10:00", "2026-12-01 10:00"),
        ("1.12.2026 в 10.30", "2026-12-01 10:30"),
        ("2026-12-01T10:00", "2026-12-01 10:00"),
        ("2026-12-01 10:00", "2026-12-01 10:00"),
        ("2026-12-01 в 10", "2026-12-01 10:00"),
        ("2026-12-01T10:00+05:00", "2026-12-01 08:00"),
        ("2026-12-01T10:00Z", "2026-12-01 13:00"),
        ("через 2 часа", "2026-11-21 14:00"),
        ("через час", "2026-11-21 13:00"),
        ("через полчаса", "2026-11-21 12:30"),
        ("через 1 час 30 минут", "2026-11-21 13:30"),
        ("in 30 min", "2026-11-21 12:30"),
        ("in 1h30m", "2026-11-21 13:30"),
        ("in an hour and 5 minutes", "2026-11-21 13:05"),
        ("in half an hour", "2026-11-21 12:30"),
        ("через 2 дня", "2026-11-23 12:00"),
        ("через 2 дня в 10:00", "2026-11-23 10:00"),
        ("in a week at 9", "2026-11-28 09:00"),
    ],
)
def test_times_as_people_say_them(typed: str, wall: str) -> None:
    assert said(typed) == wall
    assert said(f"  {typed.upper()} ") == wall


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        *((one, "bad-time") for one in ("", "hello", "10", "через день", "через 5", "через 0 минут", "in")),
        *((one, "bad-time") for one in ("tomorrow or so 10:00", "tomorrow 10:00 11:00", "завтра в")),
        *((one, "bad-time") for one in ("завтра сегодня 10:00", "следующий вторник 10:00", "10:00 мск")),
        *((one, "bad-time") for one in ("25:00", "10:60", "31 ноября 10:00", "32.01 10:00", "01.13 10:00")),
        *((one, "bad-time") for one in ("2026-12-01 25:00", "2026-13-01T10:00", "завтра в 13 вечера")),
        *((one, "bad-time") for one in ("в 12 ночи", "at 12 am", "через 2 часа завтра", "10:00_", "-10:00")),
        *((one, "bad-time") for one in ("in 99999999999 days", "через 2 дня 3 часа в 10", "9/11 10:00")),
        *((one, "bad-time") for one in ("24:01", "завтра в 24:30", "полночь 10:00", "2026-12-01T24:00")),
        *((one, "which-midnight") for one in ("1 декабря в полночь", "midnight on friday", "01.12 полночь")),
        *((one, "no-hour") for one in ("завтра", "1 декабря", "friday", "2026-12-01", "01.12.2026")),
        *((one, "past-time") for one in ("сегодня в 11", "1.12.2025 10:00", "2026-11-21T12:00")),
        *((one, "far-time") for one in ("1.12.2028 10:00", "через 400 дней", "29 февраля 10:00")),
    ],
)  # fmt: skip
def test_what_is_not_understood_wholly_is_not_taken(typed: str, word: str) -> None:
    assert said(typed) == word


def test_a_delay_and_a_zone_are_fixed_and_a_wall_clock_is_not() -> None:
    assert read("через 2 часа", MOSCOW, NOON) == When(
        at=NOON + timedelta(hours=2), wall=datetime(2026, 11, 21, 14), fixed=True
    )
    assert read("2026-12-01T10:00Z", MOSCOW, NOON).fixed
    assert not read("завтра в 10", MOSCOW, NOON).fixed


@pytest.mark.parametrize(
    ("typed", "now", "wall"),
    [
        ("tomorrow 10:00", "2026-11-21T23:59", "2026-11-22 10:00"),
        ("tomorrow 10:00", "2026-11-22T00:00", "2026-11-23 10:00"),
        ("0:00", "2026-11-21T23:59", "2026-11-22 00:00"),
        ("0:00", "2026-11-22T00:00", "2026-11-23 00:00"),
        ("полночь", "2026-11-22T00:00", "2026-11-23 00:00"),
        ("сегодня 24:00", "2026-11-21T23:59", "2026-11-22 00:00"),
        ("31 декабря 24:00", "2026-12-31T23:59", "2027-01-01 00:00"),
        ("20 ноября 24:00", "2026-11-21T00:00", "2027-11-21 00:00"),
        ("tomorrow 0:00", "2026-12-31T23:59", "2027-01-01 00:00"),
        ("29 февраля 10:00", "2027-12-01T10:00", "2028-02-29 10:00"),
        ("29 февраля 10:00", "2028-02-29T09:59", "2028-02-29 10:00"),
        ("29 февраля 10:00", "2027-02-01T10:00", "far-time"),
        ("28 февраля 10:00", "2027-02-28T10:00", "2028-02-28 10:00"),
        ("tomorrow 10:00", "2028-02-28T10:00", "2028-02-29 10:00"),
        ("in a week", "2028-02-22T10:00", "2028-02-29 10:00"),
    ],
)
def test_at_midnight_at_new_year_and_in_leap_years(typed: str, now: str, wall: str) -> None:
    assert said(typed, now=datetime.fromisoformat(now).replace(tzinfo=MOSCOW)) == wall


def test_a_time_that_clocks_skip_is_refused_and_one_they_show_twice_is_the_first() -> None:
    spring = datetime(2026, 3, 28, 12, tzinfo=BERLIN)
    assert said("tomorrow 1:59", BERLIN, spring) == "2026-03-29 01:59"
    assert said("tomorrow 2:00", BERLIN, spring) == "skipped-time"
    assert said("2026-03-29T02:30", BERLIN, spring) == "skipped-time"
    assert said("tomorrow 3:00", BERLIN, spring) == "2026-03-29 03:00"
    autumn = datetime(2026, 10, 24, 12, tzinfo=BERLIN)
    found = read("tomorrow 2:30", BERLIN, autumn)
    assert (found.at, found.twice) == (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), True)
    assert not read("tomorrow 3:00", BERLIN, autumn).twice


def test_hours_pass_by_themselves_and_days_by_the_calendar_when_clocks_change() -> None:
    evening = datetime(2026, 3, 28, 22, tzinfo=BERLIN)
    assert said("in 24 hours", BERLIN, evening) == "2026-03-29 23:00"
    assert said("in 1 day", BERLIN, evening) == "2026-03-29 22:00"


_zones = st.sampled_from([ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Asia/Kamchatka")])
_moments = st.datetimes(datetime(2025, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))


@settings(deadline=None)
@given(zone=_zones, now=_moments, hour=st.integers(0, 23), minute=st.integers(0, 59))
def test_an_hour_alone_is_the_next_time_that_clocks_show_it(
    zone: ZoneInfo, now: datetime, hour: int, minute: int
) -> None:
    try:
        found = read(f"{hour}:{minute:02}", zone, now)
    except BadMoment as error:
        assume(error.word != "skipped-time")
        raise
    assert timedelta() < found.at - now <= timedelta(hours=26)
    assert found.at.astimezone(zone).replace(tzinfo=None) == found.wall
    assert (found.wall.hour, found.wall.minute) == (hour, minute)


@settings(deadline=None)
@given(zone=_zones, now=_moments, ahead=st.integers(1, 500_000))
def test_a_time_written_out_is_read_back(zone: ZoneInfo, now: datetime, ahead: int) -> None:
    at = (now + timedelta(minutes=ahead)).replace(second=0, microsecond=0)
    assume(at > now)
    wall = at.astimezone(zone).replace(tzinfo=None, fold=0)
    for typed in (f"{wall:%d.%m.%Y %H:%M}", f"{wall:%Y-%m-%dT%H:%M}", f"{wall:%H:%M %d.%m.%Y}"):
        try:
            found = read(typed, zone, now)
        except BadMoment as error:
            # The second showing of an hour in autumn, read as the first, may be past already.
            if error.word == "past-time" and at - now <= timedelta(hours=1):
                continue
            raise
        assert found.wall == wall
        assert found.at == at or found.twice


_WORDS = "завтра в 10 10:00 на 1 декабря через 2 часа in at pm friday 01.12 2026 , . - утра полчаса 29 feb"
_WORDS += " of полночь 24:00"


@settings(deadline=None)
@given(st.lists(st.sampled_from(_WORDS.split())).map(" ".join) | st.text(max_size=20))
def test_anything_said_is_a_moment_to_come_or_a_bad_one(typed: str) -> None:
    word = said(typed, BERLIN)
    if word not in {"bad-time", "no-hour", "past-time", "far-time", "skipped-time", "which-midnight"}:
        assert NOON < read(typed, BERLIN, NOON).at <= NOON + timedelta(days=366)
