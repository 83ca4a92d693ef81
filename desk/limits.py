"""How much may be sent or spent within a time: pure, over what was given before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

SPANS: Mapping[str, timedelta] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "month": timedelta(days=30),
}

Amount = int | Decimal  # of messages, or of money
# Moments at which messages leave, or left, and how many, or for how much.
Given = Sequence[tuple[datetime, Amount]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Full:
    """There is no room: `left` of the `limit` would do; `free_at` None: the whole limit would not do."""

    limit: Amount
    left: Amount
    free_at: datetime | None


def full(given: Given, *, at: datetime, amount: Amount, limit: Amount, span: timedelta) -> Full | None:
    """Whether `amount` more at this moment is too much for any span that holds it; None: it is not."""
    most = _most_around(given, at, span)
    if most + amount <= limit:
        return None
    later = sorted({moment + span for moment, _ in given if moment + span > at})
    free_at = next((one for one in later if _most_around(given, one, span) + amount <= limit), None)
    return Full(limit=limit, left=max(0, limit - most), free_at=free_at)


def fitting(left: Amount, amount: Amount, count: int) -> int:
    """How many of `count` messages, which cost `amount` together, can be paid from what is left."""
    return min(count, int(left * count / amount)) if amount else count


def _most_around(given: Given, at: datetime, span: timedelta) -> Amount:
    """The most in any span that holds this moment. It begins after its first moment and has its last."""
    ends = [at, *(moment for moment, _ in given if at < moment < at + span)]
    return max(sum(amount for moment, amount in given if end - span < moment <= end) for end in ends)
