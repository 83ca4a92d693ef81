"""How fast money goes and how long it lasts: pure, over what balances were."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from providers.model import Balance
from storage.balances import Sample

WINDOW = timedelta(days=7)
DAY = timedelta(days=1)


def rate(samples: Sequence[Sample], now: datetime) -> Decimal | None:
    """What is spent a day, by all that went within WINDOW. None: nothing did, or nothing is known.

    What comes in is a top-up or a refund and does not count. Where less than a day is known, what went
    within it counts as that of a day.
    """
    recent = _within(samples, now - WINDOW)
    spent = sum(
        (before.amount - after.amount for before, after in pairwise(recent) if after.amount < before.amount),
        Decimal(0),
    )
    if not spent:
        return None
    known = max(now - max(recent[0].at, now - WINDOW), DAY)
    return spent / Decimal(known / DAY)


def _within(samples: Sequence[Sample], since: datetime) -> list[Sample]:
    """Those since then, and the one before, which is what there was at that time."""
    before = [one for one in samples if one.at <= since][-1:]
    return [*before, *(one for one in samples if one.at > since)]


def days_left(balance: Balance, per_day: Decimal | None) -> Decimal | None:
    """How long it lasts at this rate, in days, with the credit there is. None: nobody can tell."""
    there = balance.amount + (balance.credit or Decimal(0))
    if there <= 0:
        return Decimal(0)
    return None if not per_day else there / per_day


def by_day(samples: Sequence[Sample], last: date, days: int, zone: ZoneInfo) -> list[tuple[date, Decimal]]:
    """What there was at the end of each of so many days, or is now; none of before the first sample."""
    found: list[tuple[date, Decimal]] = []
    for ago in reversed(range(days)):
        day = last - timedelta(days=ago)
        until = [one.amount for one in samples if one.at.astimezone(zone).date() <= day]
        if until:
            found.append((day, until[-1]))
    return found
