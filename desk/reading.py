"""From what a person typed to a request: options, numbers, text. Knows no account and asks nobody."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from providers.model import Kind
from storage.accounts import Account

from . import moments
from .recipients import split
from .wall_clock import WESTERNMOST


class Problem(Exception):
    """Something a person must change. `word` names the text; `details` fill it in. Nothing was sent."""

    def __init__(self, word: str, **details: str | int) -> None:
        super().__init__(word)
        self.word = word
        self.details = details


class OptionProblem(Problem):
    """A problem that another option solves; whoever is asked step by step may answer with just that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a person asked for so far, as typed. Empty fields are asked for."""

    account: str | None = None
    sender_id: str | None = None
    at: str | None = None
    local: str | None = None
    validity: str | None = None
    kind: str | None = None
    numbers: tuple[str, ...] = ()
    text: str = ""
    audience: int | None = None  # instead of numbers
    groups: tuple[str, ...] = ()  # of contacts, besides numbers
    fields: bool = False  # braces in the text are fields: it was saved as such

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in Request.__dataclass_fields__}

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> "Request":
        several = {name: tuple(content.get(name, ())) for name in ("numbers", "groups")}
        return Request(**{**content, **several})

    @property
    def has_recipients(self) -> bool:
        return bool(self.numbers or self.groups) or self.audience is not None


_OPTIONS = {
    "from": "sender_id",
    "at": "at",
    "local": "local",
    "valid": "validity",
    "kind": "kind",
    "via": "account",
}
_YES, _NO = frozenset({"yes", "да"}), frozenset({"no", "нет"})
_OPTION = re.compile(r"([a-zа-я]{2,10})=(?:\"([^\"]*)\"|(\S*))\s*", re.IGNORECASE)
_GROUP = re.compile(r"@([\w-]{1,32})(?:[\s,;]+|$)")


def read(argument: str) -> Request:
    """`from=ACME at=2026-12-01T10:00 @clients +79031234567, 89031234568 Text`: options, recipients, text."""
    request, rest = _read_options(argument)
    groups, rest = read_groups(rest)
    numbers, text = split(rest)
    if rest and not numbers and not groups:
        raise Problem("no-number", typed=rest[:60])
    return replace(request, groups=groups, numbers=tuple(numbers), text=text)


def read_groups(typed: str) -> tuple[tuple[str, ...], str]:
    """The names of groups at the beginning, each once and without its @, and what follows them."""
    groups: dict[str, None] = {}
    while group := _GROUP.match(typed):
        groups[group[1]] = None
        typed = typed[group.end() :]
    return tuple(groups), typed


def read_caption(caption: str, audience: int | None = None) -> Request:
    """`from=ACME Text`: options and text, which came with the numbers."""
    request, text = _read_options(caption)
    return replace(request, text=text, audience=audience)


def _read_options(typed: str) -> tuple[Request, str]:
    """The options at the beginning, and what follows them."""
    options, rest = _leading_options(typed)
    for typed, _ in options:
        if typed.lower() not in _OPTIONS:
            raise OptionProblem(
                "unknown-option", option=typed, known=", ".join(f"{known}=" for known in _OPTIONS)
            )
    request = _with_options(Request(), options)
    kind_of(request)
    is_local(request)
    return request, rest


def amended(request: Request, typed: str) -> Request | None:
    """The request with other options, where these are all that was typed; one without a value goes.

    None: something else was typed, such as a text that begins like an option.
    """
    options, rest = _leading_options(typed)
    if not options or rest or any(name.lower() not in _OPTIONS for name, _ in options):
        return None
    return _with_options(request, [(name, value or None) for name, value in options])


def _leading_options(typed: str) -> tuple[list[tuple[str, str]], str]:
    """The options at the beginning of a line, names as typed, and the rest of it."""
    rest = typed.lstrip()
    found: list[tuple[str, str]] = []
    while option := _OPTION.match(rest):
        found.append((option[1], option[2] if option[2] is not None else option[3]))
        rest = rest[option.end() :]
    return found, rest


def _with_options(request: Request, options: Iterable[tuple[str, str | None]]) -> Request:
    return Request.from_json(request.as_json() | {_OPTIONS[name.lower()]: value for name, value in options})


def kind_of(request: Request) -> Kind:
    """The kind that was asked for, an SMS where none was. Raises Problem."""
    if request.kind is None:
        return Kind.SMS
    try:
        return Kind(request.kind.lower())
    except ValueError:
        raise OptionProblem("unknown-kind", typed=request.kind[:20], known=", ".join(Kind)) from None


def is_local(request: Request) -> bool:
    """Whether it is to go by the recipients' clocks. Raises Problem."""
    if request.local is None or request.local.lower() in _NO:
        return False
    if request.local.lower() in _YES:
        return True
    raise OptionProblem("bad-local", typed=request.local[:20])


def with_account(request: Request, name: str) -> Request:
    """The answer to "by which account?", typed instead of pressed."""
    return replace(request, account=name.strip())


def with_text(request: Request, text: str) -> Request:
    """The answer to "what is the text?", taken as it is."""
    return replace(request, text=text, fields=False)


def with_saved_text(request: Request, text: str) -> Request:
    """The same answer, chosen from what was saved: its braces are fields."""
    return replace(request, text=text, fields=True)


def with_numbers(request: Request, answer: Request) -> Request:
    """The answer to "to which number?"; it may bring the text and options along."""
    given = {name: value for name, value in answer.as_json().items() if value}
    merged = Request.from_json({**request.as_json(), **given})
    return replace(merged, fields=False) if answer.text else merged


def missing(request: Request, accounts: Sequence[Account]) -> str | None:
    """What to ask next: account, numbers, the text where the kind has one; None when all is there."""
    if request.account is None and len(accounts) > 1:
        return "account"
    if not request.has_recipients:
        return "numbers"
    if not request.text.strip() and kind_of(request).has_text:
        return "text"
    return None


def read_time(typed: str, zone: ZoneInfo, now: datetime) -> datetime:
    """A time as people say it, in the desk's zone unless it names its own. Raises Problem."""
    try:
        return moments.read(typed, zone, now).at
    except moments.BadMoment as error:
        raise OptionProblem(error.word, typed=typed[:40]) from None


def read_wall(request: Request, now: datetime) -> datetime:
    """What the recipients' clocks are to show, without a zone.

    Raises Problem: no time, nonsense, one with a zone, far, or shown by every clock of the world already.
    """
    if request.at is None:
        raise OptionProblem("local-without-time")
    typed = request.at[:40]
    try:
        wall = datetime.fromisoformat(request.at)
    except ValueError:
        raise OptionProblem("bad-time", typed=typed) from None
    if wall.tzinfo is not None:
        raise OptionProblem("local-with-zone", typed=typed)
    # The ends of the calendar have no moment in every zone, so this comes before any zone does.
    by_utc = now.astimezone(UTC).replace(tzinfo=None)
    if wall > by_utc + timedelta(days=366):
        raise OptionProblem("far-time", typed=typed)
    if wall <= by_utc - WESTERNMOST:
        raise OptionProblem("past-time", typed=typed)
    return wall


_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def read_validity(typed: str) -> timedelta:
    """`30m`, `2h`, `1d`. Raises Problem."""
    parsed = re.fullmatch(r"(\d{1,5})([mhd])", typed)
    if parsed is None:
        raise OptionProblem("bad-validity", typed=typed[:40])
    return int(parsed[1]) * _UNITS[parsed[2]]
