"""The scripted life of a message: the last two digits of the MSISDN say how it ends.

| digits | life |
| ------ | ---- |
| `01`   | queued, sent, undelivered |
| `02`   | queued, sent, expired |
| `03`   | queued, sent, rejected by the operator |
| `04`   | queued, sent ten times as long, delivered |
| `05`   | held in moderation, queued, sent, delivered |
| `06`   | refused by the gateway at submission: has no life |
| `07`   | unknown from first to last |
| other  | queued, sent, delivered |

Each step takes one `pace` (seconds); with pace 0 the end is there at once. A scheduled message is queued
until its time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Stage(StrEnum):
    """Where a message is; every gateway has its own numbers or words for these."""

    QUEUED = "queued"
    MODERATION = "moderation"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    EXPIRED = "expired"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


NOT_YET_LEFT = frozenset({Stage.QUEUED, Stage.MODERATION})
FINAL = frozenset({Stage.DELIVERED, Stage.UNDELIVERED, Stage.EXPIRED, Stage.REJECTED, Stage.CANCELLED})


@dataclass(frozen=True, slots=True)
class Moment:
    """The message entered this stage at this time (aware UTC)."""

    stage: Stage
    since: datetime


_PLAIN = ((Stage.QUEUED, 1), (Stage.SENT, 1))
_ENDINGS = {"01": Stage.UNDELIVERED, "02": Stage.EXPIRED, "03": Stage.REJECTED}
_DETOURS = {
    "04": ((Stage.QUEUED, 1), (Stage.SENT, 10)),
    "05": ((Stage.MODERATION, 1), (Stage.QUEUED, 1), (Stage.SENT, 1)),
}


def refused_at_submission(msisdn: str) -> bool:
    """Whether a gateway says no to this number straight away."""
    return msisdn.endswith("06")


def life_of(msisdn: str, accepted_at: datetime, send_at: datetime | None, pace: float) -> tuple[Moment, ...]:
    """All stages this message will ever be in, in order; nothing in it depends on the time of asking."""
    if msisdn.endswith("07"):
        return (Moment(Stage.UNKNOWN, accepted_at),)
    digits = msisdn[-2:]
    moments = [Moment(Stage.QUEUED, accepted_at)] if send_at and send_at > accepted_at else []
    at = max(accepted_at, send_at or accepted_at)
    for stage, paces in _DETOURS.get(digits, _PLAIN):
        moments.append(Moment(stage, at))
        at += timedelta(seconds=pace * paces)
    return (*moments, Moment(_ENDINGS.get(digits, Stage.DELIVERED), at))


def so_far(life: Sequence[Moment], now: datetime) -> list[Moment]:
    """The part of a life already lived, latest last; never empty for `now` at or after acceptance."""
    return [moment for moment in life if moment.since <= now]
