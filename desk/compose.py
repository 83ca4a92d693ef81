"""From a request to a confirmed campaign: choose the account, check, offer, confirm."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from providers.model import Capabilities, Kind, KindLimits, Sms, Submission
from providers.sms import Size, room_of, sender_id_fault, size
from storage import drafts, ledger
from storage.accounts import Account
from storage.db import Transaction

from .hours import Hours, opens
from .reading import (
    OptionProblem,
    Problem,
    Request,
    is_local,
    kind_of,
    read_time,
    read_validity,
    read_wall,
)
from .recipients import STOPPED, Audience, check
from .wall_clock import Local, by_own_clocks


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


_UTC = ZoneInfo("UTC")  # stands in for the zone of a clock of which only the hands are known


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the owner of this desk allows. `undo`: the hold between ✅ and the wire.

    `zone`: of the clock by which times are typed. `hours_zone`: that of all hours; None: the same.
    `abroad`: countries besides the region whose numbers may be written to. `hours`: when SMS may leave, and
    `own_hours` those of accounts that have some of their own, by name; None: always.
    """

    region: str
    recipients: int
    segments: int
    zone: ZoneInfo
    undo: timedelta
    abroad: tuple[str, ...] = ()
    hours: Hours | None = None
    own_hours: Mapping[str, Hours] = field(default_factory=dict)
    hours_zone: ZoneInfo | None = None

    @property
    def has_hours(self) -> bool:
        """Whether there is a time at which SMS may not leave by some account."""
        return self.hours is not None or bool(self.own_hours)

    def in_zone(self, zone: ZoneInfo) -> "Rules":
        """The same where people write times in this zone; the hours stay those of the desk's."""
        return replace(self, zone=zone, hours_zone=self.hours_zone or self.zone)

    def leaves(self, account: str, at: datetime) -> datetime:
        """The first moment from `at` on at which SMS may leave by an account."""
        hours = self.own_hours.get(account, self.hours)
        return at if hours is None else opens(hours, self.hours_zone or self.zone, at)

    def wall(self, account: str, wall: datetime) -> datetime:
        """The same by a recipient's clock, which shows `wall`."""
        hours = self.own_hours.get(account, self.hours)
        return wall if hours is None else opens(hours, _UTC, wall.replace(tzinfo=UTC)).replace(tzinfo=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A checked request, frozen: exactly this is sent when it is confirmed.

    With `by_recipient_time` the gateway sees to the recipients' clocks, and the digits of `send_at` in UTC
    are what they are to show; with `local` alone each message waits here for its own moment. `request` is
    what was asked for, to be asked again for another time.
    """

    request: Request
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
    put_off: bool = False  # by the account's hours

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


def check_options(request: Request, rules: Rules, now: datetime) -> None:
    """What is wrong with the options whatever the account, before more is asked for. Raises Problem."""
    kind_of(request)
    if is_local(request):
        read_wall(request, now)
    elif request.at is not None:
        read_time(request.at, rules.zone, now)
    if request.validity is not None:
        read_validity(request.validity)


def check_options_for(
    request: Request, account: Account, can_of: Callable[[Account], Capabilities], usable: Sequence[Account]
) -> None:
    """What is wrong with the options where this account is to send. Raises Problem."""
    validity_of(request, limits_of(kind_of(request), account, can_of, usable))
    sender_of(request, account, can_of(account))


def audience_of(request: Request, rules: Rules, stopped: Collection[str] = ()) -> Audience:
    """Who of those that were typed gets it; nobody of `stopped`. Raises Problem."""
    if len(request.numbers) > rules.recipients:
        raise Problem("too-many-numbers", count=len(request.numbers), limit=rules.recipients)
    audience = check(request.numbers, region=rules.region, abroad=rules.abroad, stopped=stopped)
    if not audience.msisdns:
        first, count = audience.dropped[0], len(audience.dropped)
        if all(one.why == STOPPED for one in audience.dropped):
            raise Problem("all-stopped", raw=first.raw[:30], count=count)
        raise Problem("all-dropped", raw=first.raw[:30], why=first.why, count=count)
    return audience


def offer(
    request: Request,
    account: Account,
    can: Capabilities,
    rules: Rules,
    now: datetime,
    stopped: Collection[str] = (),
) -> Offer:
    """Check everything that can be checked without asking anybody; `stopped` are numbers on the stop-list.

    Raises Problem.
    """
    audience = audience_of(request, rules, stopped)
    kind = kind_of(request)
    limits = limits_of(kind, account, lambda _: can)
    text_size = _check_text(request.text, kind, account.gateway, limits, rules)
    sender_id = sender_of(request, account, can)
    native = can.by_recipient_time and kind == Kind.SMS
    local = _local(request, audience.msisdns, rules, account, now, native=native)
    if local is not None:
        send_at: datetime | None = local.wall.replace(tzinfo=UTC) if native else local.earliest
    else:
        send_at = when(request, account, rules, now)
    return Offer(
        request=replace(request, account=account.name),
        account_id=account.id,
        account=account.name,
        gateway=account.gateway,
        sender_id=sender_id,
        audience=audience,
        text=request.text,
        size=text_size,
        send_at=send_at,
        validity=validity_of(request, limits),
        quotes=can.quote,
        # A message handed over with a date can leave while we are down, so it is given away only where it can
        # be called back; elsewhere it waits in our ledger, where cancelling is certain. By the recipients'
        # clocks the gateway sends better than we do: it knows whose zone is which.
        hands_over=send_at is not None and (native if local is not None else limits.send_at and can.cancel),
        kind=kind,
        local=local,
        by_recipient_time=local is not None and native,
        put_off=is_put_off(request, account, rules, now),
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
        room = room_of(measured.alphabet, rules.segments)
        raise Problem(
            "too-many-segments",
            segments=measured.segments,
            limit=rules.segments,
            length=measured.units,
            room=room,
        )
    return measured


def sender_of(request: Request, account: Account, can: Capabilities) -> str | None:
    """The sender ID to use, None for the gateway's own. Raises Problem."""
    sender_id = request.sender_id or account.sender_id
    if sender_id is None:
        if can.sender_required:
            raise OptionProblem("sender-needed", gateway=account.gateway)
        return None
    fault = sender_id_fault(sender_id, latin_max=can.sender_latin_max, digits_max=can.sender_digits_max)
    if fault is not None:
        raise OptionProblem(
            "bad-sender", sender=sender_id[:40], latin=can.sender_latin_max, digits=can.sender_digits_max
        )
    return sender_id


def when(request: Request, account: Account, rules: Rules, now: datetime) -> datetime | None:
    """When it is to leave, within the account's hours; None: at once. Raises Problem: no usable time."""
    if request.at is not None:
        return rules.leaves(account.name, read_time(request.at, rules.zone, now))
    opened = rules.leaves(account.name, now)
    return opened if opened > now else None


def is_put_off(request: Request, account: Account, rules: Rules, now: datetime) -> bool:
    """Whether the account's hours put off what was asked for. Raises Problem: no usable time."""
    if is_local(request):
        wall = read_wall(request, now)
        return rules.wall(account.name, wall) != wall
    asked = now if request.at is None else read_time(request.at, rules.zone, now)
    return rules.leaves(account.name, asked) > asked


def _local(
    request: Request,
    msisdns: Sequence[str],
    rules: Rules,
    account: Account,
    now: datetime,
    *,
    native: bool,
) -> Local | None:
    """The recipients' own times, when these were asked for. Raises Problem: no usable time, past.

    A time is past as soon as it may be past for one of them: nothing is sent late or at once by itself.
    """
    if not is_local(request):
        return None
    wall = rules.wall(account.name, read_wall(request, now))
    local = by_own_clocks(msisdns, wall, otherwise=rules.zone)
    if not native:
        local = local.settled()
    past = sum(span.earliest <= now for span in local.spans.values())
    if past:
        raise OptionProblem(
            "local-past",
            typed=(request.at or "")[:40],
            count=past,
            total=len(msisdns),
            known="no" if native else "yes",
        )
    return local


def validity_of(request: Request, limits: KindLimits) -> timedelta | None:
    """Within what the gateway takes of this kind. Raises Problem."""
    if request.validity is None:
        return None
    wanted = read_validity(request.validity)
    if limits.validity is None:
        raise OptionProblem("no-validity")
    shortest, longest = limits.validity
    if not shortest <= wanted <= longest:
        raise OptionProblem(
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
        "request": offered.request.as_json(),
        "hands_over": offered.hands_over,
        "by_recipient_time": offered.by_recipient_time,
        "spans": {}
        if offered.local is None
        else {
            msisdn: [span.earliest.isoformat(), span.latest.isoformat()]
            for msisdn, span in offered.local.spans.items()
        },
    }


def count_of(content: Mapping[str, Any]) -> int:
    """How many messages a draft of this content comes to."""
    return int(content["count"]) if "audience_id" in content else len(content["msisdns"])


def has_passed(draft: drafts.Draft, now: datetime) -> bool:
    """Whether its time is past, or may be by the clock of one recipient: such a card sends nothing.

    Where the gateway sees to the recipients' clocks, `send_at` is no moment but digits.
    """
    starts = [datetime.fromisoformat(earliest) for earliest, _ in draft.content["spans"].values()]
    if not starts and draft.content["send_at"] is not None:
        starts = [datetime.fromisoformat(draft.content["send_at"])]
    return any(start <= now for start in starts)


async def confirm(
    tx: Transaction, draft: drafts.Draft, *, author_id: int, author: str, undo: timedelta, now: datetime
) -> int:
    """Make a campaign of an offered draft. The caller has made sure that this happens once, and in time."""
    content = draft.content
    spans = {msisdn: tuple(map(datetime.fromisoformat, ends)) for msisdn, ends in content["spans"].items()}
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
            msisdns=tuple(content.get("msisdns", ())),
            audience_id=content.get("audience_id"),
            ends=None if content.get("latest") is None else datetime.fromisoformat(content["latest"]),
            again_of=content.get("again_of"),
            columns=content.get("columns"),
            reserved=None if content.get("cost") is None else Decimal(content["cost"]),
            segments=content["segments"],
            kind=Kind(content["kind"]),
            by_recipient_time=content["by_recipient_time"],
            moments={msisdn: earliest for msisdn, (earliest, _) in spans.items()},
            latest={msisdn: latest for msisdn, (_, latest) in spans.items()},
            due_at=max(now + undo, send_at) if waits and send_at is not None else now + undo,
        ),
        now,
    )
