"""From a command to a confirmed campaign: read it, ask for what is missing, check, confirm."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from providers.model import Capabilities, Kind, KindLimits, Sms, Submission
from providers.sms import Size, sender_id_fault, size
from storage import drafts, ledger
from storage.accounts import Account
from storage.db import Transaction

from .recipients import Audience, check, split
from .wall_clock import Local, at_the_earliest, by_own_clocks


class Problem(Exception):
    """Something a person must change. `word` names the text; `details` fill it in. Nothing was sent."""

    def __init__(self, word: str, **details: str | int) -> None:
        super().__init__(word)
        self.word = word
        self.details = details


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

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in Request.__dataclass_fields__}

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> "Request":
        return Request(**{**content, "numbers": tuple(content["numbers"])})


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


def read(argument: str) -> Request:
    """`from=ACME at=2026-12-01T10:00 +79031234567, 89031234568 Text`: options, numbers, text."""
    request = Request()
    rest = argument.lstrip()
    while option := _OPTION.match(rest):
        name = option[1].lower()
        if name not in _OPTIONS:
            raise Problem(
                "unknown-option", option=option[1], known=", ".join(f"{known}=" for known in _OPTIONS)
            )
        value = option[2] if option[2] is not None else option[3]
        request = Request.from_json(request.as_json() | {_OPTIONS[name]: value})
        rest = rest[option.end() :]
    kind_of(request)
    _is_local(request)
    numbers, text = split(rest)
    if rest and not numbers:
        raise Problem("no-number", typed=rest[:60])
    return replace(request, numbers=tuple(numbers), text=text)


def kind_of(request: Request) -> Kind:
    """The kind that was asked for, an SMS where none was. Raises Problem."""
    if request.kind is None:
        return Kind.SMS
    try:
        return Kind(request.kind.lower())
    except ValueError:
        raise Problem("unknown-kind", typed=request.kind[:20], known=", ".join(Kind)) from None


def _is_local(request: Request) -> bool:
    """Whether it is to go by the recipients' clocks. Raises Problem."""
    if request.local is None or request.local.lower() in _NO:
        return False
    if request.local.lower() in _YES:
        return True
    raise Problem("bad-local", typed=request.local[:20])


def with_account(request: Request, name: str) -> Request:
    """The answer to "by which account?", typed instead of pressed."""
    return replace(request, account=name.strip())


def with_text(request: Request, text: str) -> Request:
    """The answer to "what is the text?", taken as it is."""
    return replace(request, text=text)


def with_numbers(request: Request, answer: Request) -> Request:
    """The answer to "to which number?"; it may bring the text and options along."""
    given = {name: value for name, value in answer.as_json().items() if value}
    return Request.from_json({**request.as_json(), **given})


def missing(request: Request, accounts: Sequence[Account]) -> str | None:
    """What to ask next: account, numbers, the text where the kind has one; None when all is there."""
    if request.account is None and len(accounts) > 1:
        return "account"
    if not request.numbers:
        return "numbers"
    if not request.text.strip() and kind_of(request).has_text:
        return "text"
    return None


def choose(request: Request, accounts: Sequence[Account]) -> Account:
    """The account to send by. Raises Problem when there is none, or none of that name, or it is stopped."""
    if not accounts:
        raise Problem("no-account")
    named = [one for one in accounts if request.account is None or one.name == request.account]
    if not named:
        raise Problem(
            "unknown-account", name=request.account or "", known=", ".join(one.name for one in accounts)
        )
    if named[0].stopped is not None:
        raise Problem("account-stopped", name=named[0].name, kind=named[0].stopped)
    return named[0]


def limits_of(
    kind: Kind,
    account: Account,
    can_of: Callable[[Account], Capabilities],
    usable: Sequence[Account] = (),
) -> KindLimits:
    """What an account's gateway takes of a kind.

    Raises Problem where it takes none of it, with what it carries, and who else of `usable` does.
    """
    limits = can_of(account).limits(kind)
    if limits is None:
        others = [one.name for one in usable if one.stopped is None and can_of(one).limits(kind)]
        raise Problem(
            "unsupported-kind",
            gateway=account.gateway,
            asked=kind,
            kinds=", ".join(one for one in Kind if can_of(account).limits(one)),
            others=", ".join(others) or "none",
        )
    return limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the owner of this desk allows. `undo`: the hold between ✅ and the wire."""

    region: str
    recipients: int
    segments: int
    zone: ZoneInfo
    undo: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A checked request, frozen: exactly this is sent when it is confirmed.

    With `by_recipient_time` the gateway sees to the recipients' clocks, and the digits of `send_at` in UTC
    are what they are to show; with `local` alone each message waits here for its own moment.
    """

    account_id: int
    account: str
    gateway: str
    sender_id: str | None
    audience: Audience
    text: str
    size: Size | None  # None: this kind is not counted in segments
    send_at: datetime | None
    validity: timedelta | None
    quotes: bool  # the gateway prices beforehand
    hands_over: bool  # the schedule is kept by the gateway
    kind: Kind = Kind.SMS
    local: Local | None = None
    by_recipient_time: bool = False

    @property
    def each(self) -> int:
        return 1 if self.size is None else self.size.segments

    @property
    def segments(self) -> int:
        return self.each * len(self.audience.msisdns)

    def submission(self) -> Submission:
        """The same as one request, to be priced; its ref is never used."""
        return Submission(
            ref="",
            sms=tuple(Sms(msisdn=msisdn, text=self.text) for msisdn in self.audience.msisdns),
            sender_id=self.sender_id,
            validity=self.validity,
            send_at=self.send_at if self.hands_over else None,
            by_recipient_time=self.by_recipient_time,
            kind=self.kind,
        )


def offer(request: Request, account: Account, can: Capabilities, rules: Rules, now: datetime) -> Offer:
    """Check everything that can be checked without asking anybody. Raises Problem."""
    if len(request.numbers) > rules.recipients:
        raise Problem("too-many-numbers", count=len(request.numbers), limit=rules.recipients)
    audience = check(request.numbers, region=rules.region)
    if not audience.msisdns:
        first = audience.dropped[0]
        raise Problem("all-dropped", raw=first.raw[:30], why=first.why, count=len(audience.dropped))
    kind = kind_of(request)
    limits = limits_of(kind, account, lambda _: can)
    text_size = _check_text(request.text, kind, account.gateway, limits, rules)
    sender_id = request.sender_id or account.sender_id
    if sender_id is None and can.sender_required:
        raise Problem("sender-needed", gateway=account.gateway)
    if sender_id is not None:
        _check_sender(sender_id, can)
    native = can.by_recipient_time and kind == Kind.SMS
    local = _read_local(request, audience.msisdns, rules.zone, now, native=native)
    if local is not None:
        send_at: datetime | None = local.wall.replace(tzinfo=UTC) if native else local.earliest
    else:
        send_at = None if request.at is None else read_time(request.at, rules.zone, now)
    return Offer(
        account_id=account.id,
        account=account.name,
        gateway=account.gateway,
        sender_id=sender_id,
        audience=audience,
        text=request.text,
        size=text_size,
        send_at=send_at,
        validity=None if request.validity is None else _read_validity(request.validity, limits),
        quotes=can.quote,
        # A message handed over with a date can leave while we are down, so it is given away only where it can
        # be called back; elsewhere it waits in our ledger, where cancelling is certain. By the recipients'
        # clocks the gateway sends better than we do: it knows whose zone is which.
        hands_over=send_at is not None and (native if local is not None else limits.send_at and can.cancel),
        kind=kind,
        local=local,
        by_recipient_time=local is not None and native,
    )


# What is billed in segments of 3GPP TS 23.040.
_SEGMENTED = frozenset({Kind.SMS, Kind.FLASH})


def _check_text(text: str, kind: Kind, gateway: str, limits: KindLimits, rules: Rules) -> Size | None:
    if not kind.has_text:
        if text.strip():
            raise Problem("text-unwanted", asked=kind, typed=text.strip()[:60])
        return None
    if not text.strip():
        raise Problem("no-text")
    if len(text) > limits.text_max:
        raise Problem("text-too-long", length=len(text), limit=limits.text_max, gateway=gateway)
    if kind not in _SEGMENTED:
        return None
    measured = size(text)
    if measured.segments > rules.segments:
        raise Problem("too-many-segments", segments=measured.segments, limit=rules.segments)
    return measured


def _check_sender(sender_id: str, can: Capabilities) -> None:
    fault = sender_id_fault(sender_id, latin_max=can.sender_latin_max, digits_max=can.sender_digits_max)
    if fault is not None:
        raise Problem(
            "bad-sender", sender=sender_id[:40], latin=can.sender_latin_max, digits=can.sender_digits_max
        )


def read_time(typed: str, zone: ZoneInfo, now: datetime) -> datetime:
    """An ISO time, in the desk's zone unless it names its own. Raises Problem: nonsense, past, far."""
    try:
        parsed = datetime.fromisoformat(typed)
    except ValueError:
        raise Problem("bad-time", typed=typed[:40]) from None
    moment = parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)
    if moment <= now:
        raise Problem("past-time", typed=typed[:40])
    if moment > now + timedelta(days=366):
        raise Problem("far-time", typed=typed[:40])
    return moment


def _read_local(
    request: Request, msisdns: Sequence[str], zone: ZoneInfo, now: datetime, *, native: bool
) -> Local | None:
    """The recipients' own times, when these were asked for. Raises Problem: no time, one with a zone, past.

    A time is past as soon as it may be past for one of them: nothing is sent late or at once by itself.
    """
    if not _is_local(request):
        return None
    if request.at is None:
        raise Problem("local-without-time")
    try:
        wall = datetime.fromisoformat(request.at)
    except ValueError:
        raise Problem("bad-time", typed=request.at[:40]) from None
    if wall.tzinfo is not None:
        raise Problem("local-with-zone", typed=request.at[:40])
    if wall > now.replace(tzinfo=None) + timedelta(days=366):
        raise Problem("far-time", typed=request.at[:40])
    local = (at_the_earliest if native else by_own_clocks)(msisdns, wall, otherwise=zone)
    past = sum(moment <= now for moment in local.moments.values())
    if past:
        raise Problem(
            "local-past",
            typed=request.at[:40],
            count=past,
            total=len(msisdns),
            known="no" if native else "yes",
        )
    return local


_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def _read_validity(typed: str, limits: KindLimits) -> timedelta:
    """`30m`, `2h`, `1d`, within what the gateway takes of this kind."""
    parsed = re.fullmatch(r"(\d{1,5})([mhd])", typed)
    if parsed is None:
        raise Problem("bad-validity", typed=typed[:40])
    if limits.validity is None:
        raise Problem("no-validity")
    wanted = int(parsed[1]) * _UNITS[parsed[2]]
    shortest, longest = limits.validity
    if not shortest <= wanted <= longest:
        raise Problem(
            "validity-range",
            shortest=int(shortest.total_seconds() // 60),
            longest=int(longest.total_seconds() // 60),
        )
    return wanted


def as_json(offered: Offer) -> dict[str, Any]:
    """What a draft keeps of an offer: what will be sent, not how it was shown."""
    return {
        "account_id": offered.account_id,
        "sender_id": offered.sender_id,
        "msisdns": list(offered.audience.msisdns),
        "text": offered.text,
        "kind": offered.kind,
        "segments": offered.each,
        "send_at": None if offered.send_at is None else offered.send_at.isoformat(),
        "validity": None if offered.validity is None else int(offered.validity.total_seconds()),
        "hands_over": offered.hands_over,
        "by_recipient_time": offered.by_recipient_time,
        "moments": {}
        if offered.local is None
        else {msisdn: moment.isoformat() for msisdn, moment in offered.local.moments.items()},
    }


async def confirm(
    tx: Transaction, draft: drafts.Draft, *, author_id: int, author: str, undo: timedelta, now: datetime
) -> int:
    """Make a campaign of an offered draft. The caller has made sure that this happens once."""
    content = draft.content
    send_at = None if content["send_at"] is None else datetime.fromisoformat(content["send_at"])
    waits = send_at is not None and not content["hands_over"]
    return await ledger.create(
        tx,
        ledger.NewCampaign(
            chat_id=draft.place.chat_id,
            thread_id=draft.place.thread_id,
            account_id=content["account_id"],
            author_id=author_id,
            author=author,
            text=content["text"],
            sender_id=content["sender_id"],
            send_at=send_at,
            validity=None if content["validity"] is None else timedelta(seconds=content["validity"]),
            msisdns=tuple(content["msisdns"]),
            segments=content["segments"],
            kind=Kind(content["kind"]),
            by_recipient_time=content["by_recipient_time"],
            moments={msisdn: datetime.fromisoformat(moment) for msisdn, moment in content["moments"].items()},
            due_at=max(now + undo, send_at) if waits and send_at is not None else now + undo,
        ),
        now,
    )
