"""What follows /alerts, read: which account to watch how, the digest, quiet hours and the zone of a chat.

Words may be Russian. An account and a title with blanks stand in quotes.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

OFF = frozenset({"off", "выкл", "нет"})
DIGEST, QUIET = frozenset({"digest", "сводка"}), frozenset({"quiet", "тихо"})
ZONE = frozenset({"zone", "зона"})
DAILY, WEEKLY = frozenset({"daily", "ежедневно", "день"}), frozenset({"weekly", "еженедельно", "неделя"})
TROUBLE = frozenset({"trouble", "сбои"})

_PART = re.compile(r'(?:to|куда)="[^"]*"|"[^"]*"|\S+', re.IGNORECASE)
_TO = re.compile(r'(?:to|куда)=(?:"([^"]*)"|(\S+))', re.IGNORECASE)
_AMOUNT = re.compile(r"-?\d{1,12}(?:[.,]\d{1,4})?", re.ASCII)
_DAYS = re.compile(r"([1-9]\d{0,2})(?:d|д|дн|дня|день|дней|days?)", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2}))?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """`account` None: all of the chat. `off`: watch no more. `to` None: where it was told, else here."""

    account: str | None = None
    below: Decimal | None = None
    days: int | None = None
    off: bool = False
    to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Digesting:
    """`minute` of the day; None: no digest any more."""

    weekly: bool = False
    minute: int | None = None
    to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quieting:
    """Minutes of the day; None: no quiet hours any more."""

    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Zoning:
    zone: str


Wish = Watching | Digesting | Quieting | Zoning


def read(argument: str) -> Wish | None:
    """What is wished for. None: it is none of these."""
    parts = _PART.findall(argument)
    to = None
    for part in [one for one in parts if _TO.fullmatch(one)]:
        found = _TO.fullmatch(part)
        to = found and (found[1] or found[2])
        parts.remove(part)
    first = parts[0].lower() if parts else ""
    if first in ZONE:
        return _zone(parts[1:]) if to is None else None
    if first in QUIET:
        return _quiet(parts[1:]) if to is None else None
    if first in DIGEST:
        return _digest([one.lower() for one in parts[1:]], to)
    return _watch(parts, to)


def _watch(parts: list[str], to: str | None) -> Watching | None:
    """`[account] 500 | 3d | trouble | off`; an account alone is none of these."""
    account = None
    if parts and _threshold(parts) is None:
        account, *parts = parts
        account = account.strip('"')
    threshold = _threshold(parts)
    if threshold is None or account == "":
        return None
    below, days, off = threshold
    return Watching(account=account, below=below, days=days, off=off, to=to)


def _threshold(parts: list[str]) -> tuple[Decimal | None, int | None, bool] | None:
    word = "".join(parts).lower()
    if word in OFF:
        return None, None, True
    if word in TROUBLE:
        return None, None, False
    if _AMOUNT.fullmatch(word):
        return Decimal(word.replace(",", ".")), None, False
    days = _DAYS.fullmatch(word)
    return None if days is None else (None, int(days[1]), False)


def _digest(parts: list[str], to: str | None) -> Digesting | None:
    """`daily|weekly 9[:30] | off`."""
    match parts:
        case [word] if word in OFF and to is None:
            return Digesting()
        case [word, clock] if word in DAILY | WEEKLY and (minute := _minute(clock)) is not None:
            return Digesting(weekly=word in WEEKLY, minute=minute, to=to)
        case _:
            return None


def _quiet(parts: list[str]) -> Quieting | None:
    """`22-8`, `22:00-07:30`, `off`."""
    word = "".join(parts).lower().replace("–", "-")
    if word in OFF:
        return Quieting()
    start, _, end = word.partition("-")
    minutes = _minute(start), _minute(end)
    if None in minutes or minutes[0] == minutes[1]:
        return None
    return Quieting(start=minutes[0], end=minutes[1])


def _zone(parts: list[str]) -> Zoning | None:
    """A name of the IANA list, as `Asia/Omsk`."""
    try:
        return Zoning(zone=ZoneInfo(parts[0]).key) if len(parts) == 1 else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _minute(clock: str) -> int | None:
    """`9` and `09:30` as minutes of the day."""
    found = _CLOCK.fullmatch(clock)
    if found is None or int(found[1]) > 23 or int(found[2] or 0) > 59:
        return None
    return int(found[1]) * 60 + int(found[2] or 0)
