"""What Devino tells of a period: incoming messages, and counts."""

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256

from ..faces import Inbound, Statistics
from ..wire import as_int
from . import dates

LONGEST = timedelta(days=90)  # of statistics; the documents say "3 months" too (section 3.9)

# The documents, the WSDL and a sample client of the vendor call it differently (section 10, 4).
_CREATED = ("CreatedDateUtc", "CreateDateUtc", "CreationDateUtc")


def inbound(get: Callable[[str], object], undated: datetime) -> Inbound:
    """An incoming message from values by name, None if absent.

    Without an id (section 10, 5; 0 is what .NET writes for none) the key is a digest of all there is, so it
    is the same whenever the message is read. `undated` stands in for a date that is missing or unreadable:
    a customer's answer is not dropped for it.
    """
    given = (dates.read(get(name)) for name in _CREATED)
    at = next((date for date in given if date is not None), None)
    source, to, text = (_word(get(name)) for name in ("SourceAddress", "DestinationAddress", "Data"))
    content = json.dumps([source, to, text, at.isoformat() if at else ""])
    key = _word(get("ID")).strip()
    return Inbound(
        key=key if key.strip("0") else f"sha256-{sha256(content.encode()).hexdigest()[:32]}",
        msisdn=_digits(source),
        to=_digits(to),
        text=text,
        at=at or undated,
    )


def _word(value: object) -> str:
    """Text, or a number written without quotes, as text; else empty."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _digits(address: str) -> str:
    """An address without the plus of a number; a name stays as it is."""
    bare = address.strip()
    return bare[1:] if re.fullmatch(r"\+\d+", bare, re.ASCII) else bare


def span(since: datetime, until: datetime) -> tuple[str, str]:
    """The dates to ask by for since <= at < until: whole seconds, so that nothing falls between two."""
    return dates.write(dates.floor(since)), dates.write(dates.ceiling(until))


def within(messages: Iterable[Inbound], since: datetime, until: datetime) -> list[Inbound]:
    """Those of since <= at < until, oldest first. Whether Devino counts the ends in is not documented."""
    return sorted((one for one in messages if since <= one.at < until), key=lambda one: one.at)


# By the field of `Statistics`. The sample in the SOAP document names one otherwise than its table and the
# WSDL (section 10, 3), and has no total. "Total" leaves the errors out, or it would not need its sister.
_COUNTERS: dict[str, tuple[str, ...]] = {
    "total": ("TotalWithErrors", "Total"),
    "sent": ("Sent",),
    "delivered": ("Delivered",),
    "undelivered": ("Errors",),
    "expired": ("Expired",),
    "rejected": ("Rejected",),
    "in_process": ("InProcess", "InProgress"),
}


def counters(get: Callable[[str], object]) -> dict[str, int] | None:
    """The counters of an answer by field of `Statistics`, from values by name, None if absent.

    An absent total is the sum of the others, as it is in the samples. None without any counter, or with one
    that is no number.
    """
    found = {
        field: next((value for name in names if (value := get(name)) is not None), None)
        for field, names in _COUNTERS.items()
    }
    numbers = {field: as_int(value) for field, value in found.items() if value is not None}
    counted = {field: number for field, number in numbers.items() if number is not None}
    if not counted or len(counted) < len(numbers):
        return None
    return {"total": sum(counted.values()), **counted}


# Devino's dates have milliseconds (section 3.8), so a period that ends on a whole second would leave out what
# came within that second, and one that ends where the next begins would count it twice. A fraction is not in
# the documents' samples, but .NET reads it. SQL Server rounds .998 and more up to the next second.
_END_OF_SECOND = ".997"


async def statistics(
    since: datetime, until: datetime, ask: Callable[[str, str], Awaitable[Mapping[str, int]]]
) -> Statistics:
    """Counts of since <= t < until, asked window by window and summed; `ask` gets two dates.

    What one window does not count is None.
    """
    answers = [
        await ask(dates.write(first), dates.write(last) + _END_OF_SECOND)
        for first, last in windows(since, until)
    ]
    fields = [field for field in _COUNTERS if all(field in answer for answer in answers)]
    sums = {field: sum(answer[field] for answer in answers) for field in fields}
    return Statistics(
        since=since,
        until=until,
        total=sums["total"],
        sent=sums.get("sent"),
        delivered=sums.get("delivered"),
        undelivered=sums.get("undelivered"),
        expired=sums.get("expired"),
        rejected=sums.get("rejected"),
        in_process=sums.get("in_process"),
    )


def windows(since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """First and last second of each window, the last one counted in as a whole.

    Each ends a second before the next begins, so that nothing is counted twice, and is within LONGEST.
    """
    found: list[tuple[datetime, datetime]] = []
    first = dates.floor(since)
    end = dates.ceiling(until) if since < until else first
    while first < end:
        following = end if end - first <= LONGEST else first + LONGEST
        found.append((first, following - dates.SECOND))
        first = following
    return found
