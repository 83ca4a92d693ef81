"""How much an account may be given within an hour: pure, over what it has been given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)

# Moments at which messages leave, or left, and how many.
Given = Sequence[tuple[datetime, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Full:
    """There is no room: `left` of the `limit` would do; `free_at` None: the whole limit would not do."""

    limit: int
    left: int
    free_at: datetime | None


def full(given: Given, *, at: datetime, count: int, limit: int) -> Full | None:
    """Whether `count` more at this moment are too many for any hour that holds it; None: they are not."""
    most = _most_around(given, at)
    if most + count <= limit:
        return None
    later = sorted({moment + HOUR for moment, _ in given if moment + HOUR > at})
    free_at = next((one for one in later if _most_around(given, one) + count <= limit), None)
    return Full(limit=limit, left=max(0, limit - most), free_at=free_at)


def _most_around(given: Given, at: datetime) -> int:
    """The most in any hour that holds this moment. An hour begins after its first moment and has its last."""
    ends = [at, *(moment for moment, _ in given if at < moment < at + HOUR)]
    return max(sum(count for moment, count in given if end - HOUR < moment <= end) for end in ends)
