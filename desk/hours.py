"""The hours and weekdays at which SMS may leave, and the next moment that is within them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .wall_clock import candidates, moment

WEEK = frozenset(range(7))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """From `start`, included, to `end`, not included, on `weekdays` (Monday is 0).

    Where `end` is not after `start` it is on the next day, and the weekday is that of the start; where they
    are equal, whole days are meant.
    """

    start: time
    end: time
    weekdays: frozenset[int] = WEEK

    def __post_init__(self) -> None:
        if not self.weekdays or not self.weekdays <= WEEK:
            raise ValueError("weekdays are some of 0 to 6")


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WRITTEN = re.compile(r"(\d{1,2}:\d\d) ?- ?(\d{1,2}:\d\d)(?:[ ,]+([a-z, -]+))?", re.ASCII)


def read(text: str) -> Hours:
    """`09:00-21:00`, `9:00-18:00 mon-fri`, `10:00-24:00 mon,wed,sat-sun`. Raises ValueError."""
    found = _WRITTEN.fullmatch(text.strip().lower())
    try:
        if found is None:
            raise ValueError
        weekdays = WEEK if found[3] is None else _weekdays(found[3])
        return Hours(start=_hour(found[1]), end=_hour(found[2]), weekdays=weekdays)
    except ValueError:
        raise ValueError(f'"{text[:40]}" is not a stretch of hours') from None


def _hour(text: str) -> time:
    """24:00 is the midnight at which the day ends."""
    hour, _, minute = text.partition(":")
    return time() if text == "24:00" else time(int(hour), int(minute))


def _weekdays(text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in re.split(r"[ ,]+", text.strip(" ,")):
        first, dash, last = part.partition("-")
        start = _DAYS.index(first)
        length = (_DAYS.index(last) - start) % 7 if dash else 0
        found |= {(start + day) % 7 for day in range(length + 1)}
    return frozenset(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One stretch of allowed hours, in UTC; `end` is not in it."""

    start: datetime
    end: datetime


def stretch(hours: Hours, zone: ZoneInfo, at: datetime) -> Stretch:
    """The stretch that `at` is in, else the next one. Where clocks change, a stretch is shorter or longer."""
    return next(one for one in _stretches(hours, zone, at) if one.end > at)


def opens(hours: Hours, zone: ZoneInfo, at: datetime) -> datetime:
    """The first moment from `at` on that is within the hours: `at` itself where it is. In UTC."""
    return max(at.astimezone(UTC), stretch(hours, zone, at).start)


def opens_for(msisdn: str, hours: Hours, at: datetime, *, otherwise: ZoneInfo) -> datetime:
    """The same by the recipient's clock. Where their zones do not agree, or none is known, by `otherwise`."""
    found = {opens(hours, zone, at) for zone in candidates(msisdn)}
    return found.pop() if len(found) == 1 else opens(hours, otherwise, at)


def _stretches(hours: Hours, zone: ZoneInfo, at: datetime) -> Iterator[Stretch]:
    """In order, beginning before `at`. A week and a day on either side: one weekday may be all there is."""
    today = at.astimezone(zone).date()
    overnight = hours.end <= hours.start
    for distance in range(-2, 16):
        day = today + timedelta(days=distance)
        if day.weekday() in hours.weekdays:
            start = moment(datetime.combine(day, hours.start), zone)
            end = moment(datetime.combine(day + timedelta(days=overnight), hours.end), zone)
            if start < end:  # clocks put forward may leave nothing of it
                yield Stretch(start=start, end=end)
