"""Periods as people write them, and the ledger's counts by day, in the desk's zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from desk.statistics import OUTCOMES, Outcome, by_day, by_state, course, read_period
from providers.model import MessageState
from storage.statistics import Tally

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 20, 22, tzinfo=UTC)  # the 21st in Moscow


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("", (11, 15), (11, 21)),
        ("7d", (11, 15), (11, 21)),
        ("30 Д", (10, 23), (11, 21)),
        ("1d", (11, 21), (11, 21)),
        ("today", (11, 21), (11, 21)),
        ("Сегодня", (11, 21), (11, 21)),
        ("yesterday", (11, 20), (11, 20)),
        ("вчера", (11, 20), (11, 20)),
        ("this  month", (11, 1), (11, 21)),
        ("этот месяц", (11, 1), (11, 21)),
        ("2026-11-01..2026-11-20", (11, 1), (11, 20)),
        ("2026-11-03", (11, 3), (11, 3)),
    ],
)
def test_periods(typed: str, first: tuple[int, int], last: tuple[int, int]) -> None:
    period = read_period(typed, MOSCOW, NOW)
    assert period is not None
    assert (period.first, period.last) == (date(2026, *first), date(2026, *last))


@pytest.mark.parametrize(
    "typed",
    ["0d", "367d", "soon", "2026-11-20..2026-11-01", "2026-02-30", "..", "2020-01-01..2026-01-01", "٧d"],
)
def test_what_is_no_period(typed: str) -> None:
    assert read_period(typed, MOSCOW, NOW) is None


def test_a_period_is_whole_days_of_the_zone() -> None:
    period = read_period("2026-10-24..2026-10-25", ZoneInfo("Europe/Berlin"), NOW)
    assert period is not None
    assert period.since == datetime(2026, 10, 23, 22, tzinfo=UTC)
    assert period.until == datetime(2026, 10, 25, 23, tzinfo=UTC)  # a day of 25 hours
    assert len(period.days) == 2


def tally(hour: int, state: MessageState, count: int, account_id: int = 1) -> Tally:
    return Tally(account_id=account_id, at=datetime(2026, 11, 19, hour, tzinfo=UTC), state=state, count=count)


def test_counts_by_day_and_by_state() -> None:
    period = read_period("2026-11-19..2026-11-20", MOSCOW, NOW)
    assert period is not None
    told = [
        tally(20, MessageState.DELIVERED, 3),
        tally(22, MessageState.DELIVERED, 4, account_id=2),  # the next day in Moscow
        tally(22, MessageState.EXPIRED, 1),
        tally(22, MessageState.REJECTED, 1),
    ]
    assert by_day(told, period) == {Outcome.DELIVERED: [3, 4], Outcome.FAILED: [0, 2]}
    assert by_state(told, 1) == {MessageState.DELIVERED: 3, MessageState.EXPIRED: 1, MessageState.REJECTED: 1}


def test_every_state_has_an_outcome() -> None:
    assert set(OUTCOMES) == set(MessageState)


@pytest.mark.parametrize(
    ("seconds", "step", "bars"),
    [
        ((0,), timedelta(minutes=1), 1),
        ((0, 59), timedelta(minutes=1), 1),
        ((0, 60), timedelta(minutes=1), 2),
        ((0, 29 * 60 + 59), timedelta(minutes=1), 30),
        ((0, 30 * 60), timedelta(minutes=10), 4),
        ((0, 86_400), timedelta(hours=1), 25),
        ((0, 40 * 86_400), timedelta(days=1), 41),
    ],
)
def test_the_course_of_a_campaign_has_few_bars_and_loses_nothing(
    seconds: tuple[int, ...], step: timedelta, bars: int
) -> None:
    noon = datetime(2026, 11, 21, 9, tzinfo=UTC)  # in Moscow
    ends = [(noon + timedelta(seconds=one), MessageState.DELIVERED, 7) for one in seconds]
    found = course([*ends, (ends[-1][0], MessageState.REJECTED, 2)], MOSCOW)
    assert found is not None
    assert (found.step, len(found.starts)) == (step, bars)
    assert found.starts[0] <= datetime(2026, 11, 21, 12) < found.starts[0] + step
    assert sum(found.outcomes[Outcome.DELIVERED]) == 7 * len(seconds)
    assert found.outcomes[Outcome.FAILED][-1] == 2


def test_what_has_not_ended_has_no_course() -> None:
    assert course([], MOSCOW) is None
