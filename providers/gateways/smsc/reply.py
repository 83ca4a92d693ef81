"""How an answer of SMSC is read: the error envelope of its formats, bare words, numbers, dates.

Errors come with HTTP 200 (section 1.1), and older code paths answer in text where JSON was asked for
(section 13.7): `OK`, `ERROR = N (text)`, or nothing at all for an empty list.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from lxml import etree

from ...errors import GatewayError, OutcomeUnknown, RequestRefused, Throttled
from ...model import Reason
from ...wire import (
    HttpResponse,
    as_int,
    check_items,
    check_status,
    decode,
    parse_json,
    parse_xml,
    unreadable,
)
from .codes import ERRORS, NOTHING_FOUND, REPEATED, TOO_MANY_AT_ONCE

MOSCOW = timezone(timedelta(hours=3))
DATE = "%d.%m.%Y"

_ERROR_TEXT = re.compile(r"ERROR = (\d{1,9}) \(([^)]*)\)")
_ERROR_NUMBERS = re.compile(r"0,-(\d{1,9})")


def read(response: HttpResponse, script: str) -> object:
    """The JSON of a reply that is no error; raises what an error means in this script."""
    text = read_text(response, script)
    if text == "OK":
        return {"result": "OK"}
    value = parse_json(response)
    if isinstance(value, dict) and ("error_code" in value or "error" in value):
        raise _error(word(value.get("error_code")), str(value.get("error")), response, script)
    return value


def read_object(response: HttpResponse, script: str) -> dict[str, object]:
    value = read(response, script)
    if not isinstance(value, dict):
        raise unreadable(response, "not a JSON object")
    return value


def read_sending(response: HttpResponse, script: str) -> dict[str, object]:
    """As `read_object`, of what sends. OutcomeUnknown for "duplicate": an earlier one went through (13.8).

    This process does not send the same twice within a minute, so somebody else did, or an earlier life of
    ours whose answer was lost.
    """
    try:
        return read_object(response, script)
    except Throttled as error:
        if error.code != REPEATED or not error.only_this:
            raise
        raise OutcomeUnknown(
            code=error.code, raw=error.raw, reason=Reason.DUPLICATE, entry=error.entry
        ) from None


def read_list(response: HttpResponse, script: str) -> list[Mapping[str, object]]:
    """The objects of a JSON array; none for an empty body and for "nothing found"."""
    try:
        if not read_text(response, script):
            return []
        value = read(response, script)
    except RequestRefused as error:
        if error.code == NOTHING_FOUND and script in {"get", "templates"}:
            return []
        raise
    if not isinstance(value, list):
        raise unreadable(response, "not a JSON array")
    check_items(response, value)
    return [item for item in value if isinstance(item, dict)]


def read_done(response: HttpResponse, script: str) -> None:
    """Raise unless the reply says OK. An empty body does not."""
    if read_object(response, script).get("result") != "OK":
        raise unreadable(response, "not OK")


def read_text(response: HttpResponse, script: str, fmt: int = 3) -> str:
    """The text of a reply that is no error envelope of text, nor, with fmt 1, one of numbers."""
    check_status(response)
    text = decode(response.body).strip()
    if "\x00" in text:  # nor would JSON and XML take it; a database would not either
        raise unreadable(response, "not text")
    said = _ERROR_TEXT.match(text)
    if said:
        raise _error(said[1], said[2], response, script)
    numbers = _ERROR_NUMBERS.fullmatch(text) if fmt == 1 else None
    if numbers:
        raise _error(numbers[1], "", response, script)
    return text


def read_xml(response: HttpResponse, script: str) -> etree._Element:
    """The root element of a reply that is no error; raises what an error means in this script."""
    read_text(response, script)
    root = parse_xml(response)
    if root.find("error_code") is not None or root.find("error") is not None:
        raise _error(word(root.findtext("error_code")), root.findtext("error") or "", response, script)
    return root


def attributes(element: etree._Element) -> dict[str, str]:
    return {str(name): str(value) for name, value in element.attrib.items()}


def _error(code: str | None, text: str, response: HttpResponse, script: str) -> GatewayError:
    """By the number; the text only tells the two kinds of 9 apart. An unlisted number settles nothing."""
    raw = response.excerpt()
    if code is None or code not in ERRORS[script]:
        return OutcomeUnknown(code=code, raw=raw)
    entry = f"smsc-{script}-{code}"
    if code == REPEATED and TOO_MANY_AT_ONCE in text.lower():
        return Throttled(code=code, raw=raw, entry=entry, retry_after=timedelta(seconds=2))
    return ERRORS[script][code](code=code, raw=raw, entry=entry)


def word(value: object) -> str | None:
    """A number or a word as text, whichever JSON type it came in (section 13.14); None if it is neither."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return str(value).strip() or None


def digits(value: object) -> str:
    written = word(value) or ""
    # Mostly there is nothing to take out, and a reply may have a thousand of these.
    return written if written.isascii() and written.isdigit() else re.sub("[^0-9]", "", written)


def address(value: object) -> str:
    """Who wrote, or to whom: the digits of a number, a name as it is."""
    written = word(value) or ""
    return written.removeprefix("+") if re.fullmatch(r"\+?[0-9]+", written) else written


def moment(stamp: object, date: object, zone: tzinfo) -> datetime | None:
    """Unix time; else the date as text, by the clock of the account's zone (section 1)."""
    seconds = as_int(stamp)
    try:
        if seconds:
            return datetime.fromtimestamp(seconds, UTC)
        local = datetime.strptime(str(date).strip(), f"{DATE} %H:%M:%S")
        return local.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def currency(value: object) -> str | None:
    """Roubles are `RUR` here and `RUB`, their ISO name, with us (section 13.23)."""
    name = word(value)
    return "RUB" if name == "RUR" else name
