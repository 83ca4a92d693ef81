"""Dates as Devino writes and reads them: in UTC, in whole seconds."""

import re
from datetime import UTC, datetime, timedelta

SECOND = timedelta(seconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_JSON_DATE = re.compile(r"/Date\((-?\d{1,15})([+-]\d{4})?\)/", re.ASCII)


def write(at: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SS` in UTC without a suffix, a fraction cut off."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")


def read(value: object) -> datetime | None:
    """.NET's `/Date(ms)/` of JSON, or an xsd:dateTime with or without fraction and zone, none meaning UTC.

    The first counts milliseconds since 1970 in UTC; an offset after them does not change the instant. None
    for anything else, for .NET's empty date, the first day of year 1, and for what no calendar holds
    (section 10, 20).
    """
    if not isinstance(value, str):
        return None
    text = value.strip()
    match = _JSON_DATE.fullmatch(text)
    try:
        if match is not None:
            at = _EPOCH + timedelta(milliseconds=int(match[1]))
        else:
            at = datetime.fromisoformat(text)
            at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return None if at.year == 1 else at


def floor(at: datetime) -> datetime:
    """The whole second at or before."""
    return at.astimezone(UTC).replace(microsecond=0)


def ceiling(at: datetime) -> datetime:
    """The whole second at or after."""
    return floor(at) if at.microsecond == 0 else floor(at) + SECOND
