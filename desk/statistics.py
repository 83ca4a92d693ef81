"""Counts for a period: what people may ask for, and how our ledger answers day by day."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from providers.model import MessageState
from storage.statistics import Tally

from .wall_clock import moment

LONGEST = 366  # days
STEPS = (
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
)
BARS = 30  # of one picture, unless days are too short a step

_S = MessageState


class Outcome(StrEnum):
    """What became of a message, in as few kinds as a picture can tell apart."""

    DELIVERED = "delivered"
    UNDER_WAY = "under_way"
    DOUBTFUL = "doubtful"
    FAILED = "failed"
    STOPPED = "stopped"


OUTCOMES: Mapping[MessageState, Outcome] = {
    _S.QUEUED: Outcome.UNDER_WAY,
    _S.SUBMITTING: Outcome.UNDER_WAY,
    _S.ACCEPTED: Outcome.UNDER_WAY,
    _S.MODERATION: Outcome.UNDER_WAY,
    _S.SENT: Outcome.UNDER_WAY,
    _S.DELIVERED: Outcome.DELIVERED,
    _S.UNDELIVERED: Outcome.FAILED,
    _S.EXPIRED: Outcome.FAILED,
    _S.REJECTED: Outcome.FAILED,
    _S.CANCELLED: Outcome.STOPPED,
    _S.SKIPPED: Outcome.STOPPED,
    _S.UNCERTAIN: Outcome.DOUBTFUL,
    _S.UNTRACKED: Outcome.DOUBTFUL,
    _S.ASSUMED_SENT: Outcome.DOUBTFUL,
    _S.ABANDONED: Outcome.STOPPED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Whole days of the desk's zone, the first and the last included. Times are UTC."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=day) for day in range((self.last - self.first).days + 1)]

    @property
    def since(self) -> datetime:
        return self._midnight(self.first)

    @property
    def until(self) -> datetime:
        return self._midnight(self.last + timedelta(days=1))

    def _midnight(self, day: date) -> datetime:
        return moment(datetime(day.year, day.month, day.day), self.zone)


def read_period(typed: str, zone: ZoneInfo, now: datetime) -> Period | None:
    """`7d`, `30d`, `today`, `yesterday`, `this month`, a day or `2026-11-01..2026-11-20`, in both languages.

    Nothing typed is a week. None: it is none of these, ends before it begins, or is longer than LONGEST.
    """
    today = now.astimezone(zone).date()
    words = " ".join(typed.lower().split())
    days = re.fullmatch(r"(\d{1,3}) ?[dд]", words, re.ASCII)
    if not words or days:
        first, last = today - timedelta(days=(int(days[1]) if days else 7) - 1), today
    elif words in {"today", "сегодня"}:
        first = last = today
    elif words in {"yesterday", "вчера"}:
        first = last = today - timedelta(days=1)
    elif words in {"this month", "month", "этот месяц", "месяц"}:
        first, last = today.replace(day=1), today
    else:
        begin, dots, end = words.partition("..")
        try:
            first = date.fromisoformat(begin)
            last = date.fromisoformat(end) if dots else first
        except ValueError:
            return None
    if not 0 <= (last - first).days < LONGEST or first.year < 2000 or last.year > 9000:
        return None
    return Period(first=first, last=last, zone=zone)


def by_day(tallies: Sequence[Tally], period: Period) -> dict[Outcome, list[int]]:
    """For the chart: of each outcome that occurs its count on each day of the period."""
    counted: Counter[tuple[Outcome, date]] = Counter()
    for tally in tallies:
        counted[OUTCOMES[tally.state], tally.at.astimezone(period.zone).date()] += tally.count
    return {
        outcome: [counted[outcome, day] for day in period.days]
        for outcome in Outcome
        if any(counted[outcome, day] for day in period.days)
    }


def by_state(tallies: Sequence[Tally], account_id: int) -> Counter[MessageState]:
    """How many messages of an account stand in each state."""
    counted: Counter[MessageState] = Counter()
    for tally in tallies:
        if tally.account_id == account_id:
            counted[tally.state] += tally.count
    return counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How the messages of a campaign came to their ends: so many in each step of time, by outcome."""

    starts: tuple[datetime, ...]
    step: timedelta
    outcomes: Mapping[Outcome, Sequence[int]]


def course(ends: Sequence[tuple[datetime, MessageState, int]], zone: ZoneInfo) -> Course | None:
    """In the smallest step that gives few bars, which begin as the zone's clock shows. None: no end yet."""
    if not ends:
        return None
    local = [(at.astimezone(zone).replace(tzinfo=None), state, count) for at, state, count in ends]
    first, last = local[0][0], local[-1][0]
    step = next((one for one in STEPS if (last - first) / one < BARS), STEPS[-1])
    midnight = datetime(first.year, first.month, first.day)
    begin = midnight + (first - midnight) // step * step
    bars = (last - begin) // step + 1
    counted: Counter[tuple[Outcome, int]] = Counter()
    for at, state, count in local:
        counted[OUTCOMES[state], (at - begin) // step] += count
    return Course(
        starts=tuple(begin + place * step for place in range(bars)),
        step=step,
        outcomes={
            outcome: [counted[outcome, place] for place in range(bars)]
            for outcome in Outcome
            if any(known is outcome for known, _ in counted)
        },
    )
