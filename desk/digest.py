"""The digest: what a chat sent yesterday, or last week, told by its own clock."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from providers.model import MessageState
from storage import conversations, outbox, rhythms, statistics
from storage.db import Transaction
from storage.outbox import Priority
from storage.rhythms import Digest
from storage.statistics import Failed, Spent, Tally

from .statistics import OUTCOMES, Outcome, Period, by_day
from .wall_clock import moment

WEEK = 7  # days: those of a weekly digest, and of the chart of either
UNSENT = frozenset(
    {MessageState.QUEUED, MessageState.SUBMITTING, MessageState.CANCELLED, MessageState.SKIPPED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """`sent`: what left, or may have; `delivered` of it; `failed` by what is told of the reason.

    `waiting`: customers who wait for an answer now.
    `chart`: counts of each day of the week that ends with the period, by outcome.
    """

    period: Period
    sent: int
    delivered: int
    failed: Sequence[Failed]
    spent: Sequence[Spent]
    waiting: int
    week: Period
    chart: Mapping[Outcome, Sequence[int]]


def next_at(minute: int, zone: ZoneInfo, now: datetime, *, weekly: bool) -> datetime:
    """When a digest is told next, after now: at this minute of a day, or of a Monday. In UTC."""
    today = now.astimezone(zone).date()
    for ahead in range(WEEK + 2):
        day = today + timedelta(days=ahead)
        at = moment(datetime.combine(day, time(*divmod(minute, 60))), zone)
        if at > now and (not weekly or day.weekday() == 0):
            return at
    raise LookupError("every week has a Monday")


def period(zone: ZoneInfo, now: datetime, *, weekly: bool) -> Period:
    """Yesterday, or the last whole week."""
    today = now.astimezone(zone).date()
    if not weekly:
        return _days(today - timedelta(days=1), 1, zone)
    return _days(today - timedelta(days=today.weekday() + 1), WEEK, zone)


def _days(last: date, count: int, zone: ZoneInfo) -> Period:
    return Period(first=last - timedelta(days=count - 1), last=last, zone=zone)


async def tell(tx: Transaction, digest: Digest, zone: ZoneInfo, now: datetime) -> None:
    """Put a digest into the outbox, once; of several that were missed the last one."""
    following = next_at(digest.minute, zone, now, weekly=digest.weekly)
    if not await rhythms.turn(tx, digest, following):
        return
    told = period(zone, now, weekly=digest.weekly)
    await outbox.say(
        tx,
        chat_id=digest.chat_id,
        thread_id=digest.thread_id,
        kind="digest",
        content={
            "home_id": digest.home_id,
            "first": told.first.isoformat(),
            "last": told.last.isoformat(),
            "zone": zone.key,
            "place": digest.title,
        },
        language=digest.language,
        priority=Priority.RESULT,
        now=now,
    )


async def figures(tx: Transaction, home_id: int, first: date, last: date, zone: ZoneInfo) -> Figures:
    """Of a chat's campaigns that were confirmed on these days, as they stand now."""
    told = Period(first=first, last=last, zone=zone)
    week = _days(last, WEEK, zone)
    counted = await statistics.tallies(tx, home_id, week.since, week.until)
    states = _states([one for one in counted if one.at >= told.since])
    return Figures(
        period=told,
        sent=sum(count for state, count in states.items() if state not in UNSENT),
        delivered=states[MessageState.DELIVERED],
        failed=await statistics.failed(tx, home_id, told.since, told.until, _failures()),
        spent=await statistics.spent(tx, home_id, told.since, told.until),
        waiting=len(await conversations.waiting(tx, home_id)),
        week=week,
        chart=by_day(counted, week),
    )


def _states(counted: Sequence[Tally]) -> Counter[MessageState]:
    found: Counter[MessageState] = Counter()
    for one in counted:
        found[one.state] += one.count
    return found


def _failures() -> list[MessageState]:
    return [state for state, outcome in OUTCOMES.items() if outcome == Outcome.FAILED]
