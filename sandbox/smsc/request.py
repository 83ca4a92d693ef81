"""How SMSC reads a request: charset, recipients, texts, times (sheet sections 1 and 2.1). Pure functions."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qsl

MOSCOW = timezone(timedelta(hours=3))
ENCODINGS = {"utf-8": "utf-8", "koi8-r": "koi8-r"}


@dataclass(frozen=True, slots=True)
class Item:
    """One text to one number. `written`: the number as it came; `msisdn`: None if that is not a number.

    `shift`: hours from Moscow of this line of a `list`. `send_at`: None for at once.
    """

    written: str
    msisdn: str | None
    text: str
    sender: str | None = None
    shift: int | None = None
    send_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """Parameters of any script; all scripts read `fmt` (0 text, 1 numbers, 2 XML, 3 JSON) and `charset`."""

    parameters: Mapping[str, str]

    @property
    def fmt(self) -> int:
        """0 when absent or unreadable."""
        written = self.parameters.get("fmt", "0")
        return int(written) if written in ("1", "2", "3") else 0

    @property
    def encoding(self) -> str:
        """Of the request and of the answer; windows-1251 unless asked otherwise."""
        return encoding_of(self.parameters.get("charset", ""))

    def flag(self, name: str) -> bool:
        """Whether a 0/1 switch is on."""
        return self.parameters.get(name, "0") not in ("", "0")


def encoding_of(charset: str) -> str:
    """Python's name of a `charset` value."""
    return ENCODINGS.get(charset.lower(), "cp1251")


def decode(query: str, body: bytes) -> Request:
    """Parameters of the query and of the form body together, decoded by the `charset` among them."""
    joined = f"{query}&{body.decode('latin-1')}"
    charset = dict(parse_qsl(joined, encoding="latin-1")).get("charset", "")
    encoding = encoding_of(charset)
    raw = body.decode(encoding, "replace")
    return Request(
        dict(parse_qsl(f"{query}&{raw}", keep_blank_values=True, encoding=encoding, errors="replace"))
    )


def decode_json(body: bytes) -> Request:
    """A request of /rest/send/: one flat object. The answer is JSON in UTF-8 unless it asks otherwise.

    A body that is no such object has no parameters: it then fails at the password.
    """
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    if not isinstance(told, dict) or any(isinstance(value, dict | list) for value in told.values()):
        told = {}
    plain = {str(name): _plain(value) for name, value in told.items() if value is not None}
    return Request({"fmt": "3", "charset": "utf-8"} | plain)


def _plain(value: object) -> str:
    """A switch may be true or false in JSON."""
    return str(int(value)) if isinstance(value, bool) else str(value)


def normalise(written: str) -> str | None:
    """MSISDN, or None. A leading plus switches the repair of Russian numbers off."""
    digits = re.sub(r"[ ()\-]", "", written.strip())
    if re.fullmatch(r"9[0-9]{9}", digits):
        return f"7{digits}"
    if re.fullmatch(r"89[0-9]{9}", digits):
        return f"7{digits[1:]}"
    return digits.removeprefix("+") if re.fullmatch(r"\+?[1-9][0-9]{9,14}", digits) else None


def read_items(request: Request, *, wordless: bool = False) -> list[Item]:
    """Who gets what: `phones` with `mes`, or the lines of `list`. ValueError: neither, or no text.

    `wordless`: a lookup or an invisible message, which has no text.
    """
    parameters = request.parameters
    if parameters.get("list"):
        return [item for line in _lines(request) for item in _read_line(line)]
    if not parameters.get("phones") or not (parameters.get("mes") or wordless):
        raise ValueError("phones and mes, or list, are required")
    text = "" if wordless else parameters["mes"]
    return [Item(number, normalise(number), text) for number in split(parameters["phones"])]


def split(phones: str) -> list[str]:
    """Numbers separated by comma or semicolon."""
    return [number.strip() for number in re.split(r"[,;]", phones) if number.strip()]


def _lines(request: Request) -> list[str]:
    """With `nl=1` a line that does not begin with numbers goes on with the text before it."""
    lines: list[str] = []
    for line in request.parameters["list"].splitlines():
        goes_on = request.flag("nl") and lines and not re.match(r"([^|:]*\|)?[+0-9,; ()-]+:", line)
        if goes_on:
            lines[-1] += f"\n{line}"
        elif line.strip():
            lines.append(line)
    return lines


def _read_line(line: str) -> list[Item]:
    """`[sender[,tz]|]phone[,phone..]:text`, where `\\n` stands for a newline."""
    prefix, bar, rest = line.partition("|")
    if not bar or ":" in prefix:
        prefix, rest = "", line
    phones, colon, text = rest.partition(":")
    if not colon or not text:
        raise ValueError(f"no text in {line!r}")
    sender, _, shift = prefix.partition(",")
    text = text.replace("\\n", "\n")
    return [
        Item(number, normalise(number), text, sender or None, int(shift) if shift else None)
        for number in split(phones)
    ]


def read_own_id(written: str | None) -> str | None:
    """The client's id, None if it gave none. ValueError: neither a positive int32 nor 40 plain characters."""
    if not written:
        return None
    if written.isdecimal() and 1 <= int(written) <= 2**31 - 1:
        return str(int(written))
    if not written.isdecimal() and re.fullmatch(r"[A-Za-z0-9._-]{1,40}", written):
        return written
    raise ValueError(f"not an id: {written!r}")


def check_valid(written: str | None) -> None:
    """`valid`: 1 to 24 hours, or hh:mm up to 24:00. ValueError: anything else."""
    if not written:
        return
    hours, _, minutes = written.partition(":")
    total = int(hours) * 60 + int(minutes or 0)
    if not 1 <= total <= 24 * 60:
        raise ValueError(f"not a lifetime: {written!r}")


def read_time(request: Request, now: datetime, shift: int | None = None) -> datetime | None:
    """`time` as an instant, None for "now" and for the past. ValueError: in none of the five notations.

    `shift`: the zone of a line of a `list`, which only works with a full date (sheet 2.1).
    """
    written = request.parameters.get("time", "").strip()
    if written in ("", "0"):
        return None
    if shift is None or not re.fullmatch(r"[0-9]{10}|[0-9.]{8} [0-9:]{5}", written):
        shift = int(request.parameters.get("tz") or 0)  # hours from Moscow
    zone = timezone(MOSCOW.utcoffset(None) + timedelta(hours=shift))
    instant = _instant(written, zone, now)
    return instant.astimezone(UTC) if instant > now else None


def read_date(written: str | None) -> datetime | None:
    """`DD.MM.YYYY` as midnight in Moscow, None if absent. ValueError: not a date."""
    return datetime.strptime(written, "%d.%m.%Y").replace(tzinfo=MOSCOW) if written else None


def read_whole(written: str | None, default: int, most: int) -> int:
    """A whole number from 0 to `most`. ValueError: anything else."""
    number = int(written) if written else default
    if not 0 <= number <= most:
        raise ValueError(f"not from 0 to {most}: {number}")
    return number


def _instant(written: str, zone: timezone, now: datetime) -> datetime:
    if re.fullmatch(r"[0-9]{10}", written):
        return datetime.strptime(written, "%d%m%y%H%M").replace(tzinfo=zone)
    if re.fullmatch(r"0[0-9]{10}", written):
        return datetime.fromtimestamp(int(written), UTC)
    if re.fullmatch(r"\+[0-9]+", written):
        return now + timedelta(minutes=int(written))
    hours = re.fullmatch(r"([0-9]{1,2})-([0-9]{1,2})", written)
    if hours:
        return _within_hours(int(hours[1]), int(hours[2]), now.astimezone(zone))
    return datetime.strptime(written, "%d.%m.%y %H:%M").replace(tzinfo=zone)


def _within_hours(first: int, last: int, now: datetime) -> datetime:
    """Inside the hours now, before them at their beginning, after them at the beginning tomorrow."""
    if first <= now.hour < last:
        return now
    begin = now.replace(hour=first, minute=0, second=0, microsecond=0)
    return begin if begin > now else begin + timedelta(days=1)
