"""The types every room shares: what is sent, what gateways answer, and the life of a message.

All values are frozen. Money is `Decimal`, time is an aware `datetime` in UTC, an MSISDN is E.164 digits
without the plus. The words are those of docs/glossary.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Protocol


class MessageState(StrEnum):
    """Where one message stands. The value is the word used in JSON and in the database."""

    QUEUED = "queued"  # in the ledger, nothing has left
    SUBMITTING = "submitting"  # an attempt is written down; the request may be on the wire
    ACCEPTED = "accepted"  # the gateway took it
    MODERATION = "in_moderation"  # the gateway's people look at it
    SENT = "sent"  # handed to the mobile network
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    EXPIRED = "expired"  # the validity period ran out, at the gateway or before it left us
    REJECTED = "rejected"  # a documented refusal
    CANCELLED = "cancelled"
    SKIPPED = "skipped"  # never meant to leave: stop-list, duplicate, outside limits
    UNCERTAIN = "uncertain"  # a request left and no readable answer came
    UNTRACKED = "untracked"  # accepted, and the gateway no longer tells what became of it
    ASSUMED_SENT = "assumed_sent"  # a named person said so
    ABANDONED = "abandoned"  # a named person gave it up


_S = MessageState
_ENDS_AT_GATEWAY = frozenset(
    {_S.DELIVERED, _S.UNDELIVERED, _S.EXPIRED, _S.REJECTED, _S.CANCELLED, _S.UNTRACKED}
)

# The one transition table. What is not here does not happen; a report that asks for it is kept as an
# event and moves nothing.
TRANSITIONS: dict[MessageState, frozenset[MessageState]] = {
    # Accepted while it waits to be sent again: an earlier attempt is proved to have been taken after all.
    _S.QUEUED: frozenset({_S.SUBMITTING, _S.ACCEPTED, _S.CANCELLED, _S.EXPIRED, _S.SKIPPED}),
    _S.SUBMITTING: frozenset({_S.ACCEPTED, _S.REJECTED, _S.QUEUED, _S.UNCERTAIN}),
    _S.ACCEPTED: frozenset({_S.MODERATION, _S.SENT}) | _ENDS_AT_GATEWAY,
    _S.MODERATION: frozenset({_S.SENT}) | _ENDS_AT_GATEWAY,
    _S.SENT: _ENDS_AT_GATEWAY,
    _S.UNCERTAIN: frozenset({_S.ACCEPTED, _S.MODERATION, _S.SENT, _S.QUEUED, _S.ASSUMED_SENT, _S.ABANDONED})
    | _ENDS_AT_GATEWAY,
    _S.DELIVERED: frozenset(),
    _S.UNDELIVERED: frozenset(),
    _S.EXPIRED: frozenset(),
    _S.REJECTED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.SKIPPED: frozenset(),
    _S.UNTRACKED: frozenset(),
    _S.ASSUMED_SENT: frozenset(),
    _S.ABANDONED: frozenset(),
}

FINAL = frozenset(state for state, onward in TRANSITIONS.items() if not onward)

# While a message stands here the gateway is asked what became of it.
TRACKED = frozenset({_S.ACCEPTED, _S.MODERATION, _S.SENT})

# From good to bad, for a message of several segments: the handset shows it only when all have come, so
# the first bad end decides, then the segment that is least far.
_WORST_FIRST = (
    _S.REJECTED,
    _S.UNDELIVERED,
    _S.EXPIRED,
    _S.CANCELLED,
    _S.ACCEPTED,
    _S.MODERATION,
    _S.SENT,
    _S.UNTRACKED,
    _S.DELIVERED,
)


def worst_segment(states: Iterable[MessageState | None]) -> MessageState | None:
    """The state of a message from the states of its segments; None while one is unknown and none has failed.

    Raises ValueError when a state is one that no gateway reports.
    """
    seen = list(states)
    known = [state for state in seen if state is not None]
    if not known:
        return None
    worst = min(known, key=_WORST_FIRST.index)
    return worst if len(known) == len(seen) or worst in _WORST_FIRST[:4] else None


class Reason(StrEnum):
    """Why a message or a request failed, in the few kinds for which people get different advice."""

    RECIPIENT = "recipient"  # no such subscriber, or not a number an SMS can reach
    UNREACHABLE = "unreachable"  # handset off, out of coverage, memory full
    BARRED = "barred"  # the subscriber or the operator blocks it
    SENDER = "sender"  # the sender ID is not registered or not allowed
    TEXT = "text"  # spam filter, forbidden words or links, no matching template
    SCHEDULE = "schedule"  # a date the gateway cannot use
    MONEY = "money"
    LIMIT = "limit"  # a quota at the gateway or the operator
    ROUTE = "route"  # the gateway has no way to that network
    OPERATOR = "operator"  # refused by the operator without detail
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    DUPLICATE = "duplicate"
    MODERATION = "moderation"  # refused by the gateway's people
    REQUEST = "request"  # the gateway did not understand our request
    LOGIN = "login"
    ACCOUNT = "account"  # blocked, no contract, wrong settings or address
    BUSY = "busy"  # asked to wait
    COUNT_MISMATCH = "count_mismatch"  # the answer does not say which number was taken
    STOP_LIST = "stop_list"  # the customer wants no more SMS: it never left
    UNEXPLAINED = "unexplained"


class Charged(StrEnum):
    """Whether a message that failed has probably cost money."""

    NO = "no"
    YES = "yes"
    MAYBE = "maybe"


class Kind(StrEnum):
    """What a message is on its way to the handset. The value is what people type after `kind=`."""

    SMS = "sms"
    FLASH = "flash"  # shown at once and not kept by the handset
    VIBER = "viber"
    VIBER_OR_SMS = "viber+sms"  # Viber, and an SMS where Viber does not reach
    VOICE = "voice"  # a call that reads the text out
    HLR = "hlr"  # no message: asks the network about the number
    PING = "ping"  # an SMS the handset does not show, to learn whether it is on

    @property
    def has_text(self) -> bool:
        return self not in {Kind.HLR, Kind.PING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    """One text for one number, as it goes to a gateway."""

    msisdn: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One request to send. `ref` is ours, fresh per attempt and in the ledger before the wire.

    With `by_recipient_time` the digits of `send_at` in UTC are what each recipient's clock is to show.
    `options` are switches that only this gateway has, by its own names; one that is not in its capabilities
    is refused before the wire.
    """

    ref: str
    sms: tuple[Sms, ...]
    sender_id: str | None = None
    validity: timedelta | None = None
    send_at: datetime | None = None
    by_recipient_time: bool = False
    kind: Kind = Kind.SMS
    options: tuple[tuple[str, str], ...] = ()

    @property
    def common_text(self) -> str | None:
        """The text if all recipients get the same, else None."""
        texts = {one.text for one in self.sms}
        return texts.pop() if len(texts) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the gateway said of one number: state is ACCEPTED or REJECTED."""

    msisdn: str
    state: MessageState
    gateway_ids: tuple[str, ...] = ()  # one a segment where the gateway says so
    code: str | None = None
    reason: Reason | None = None
    entry: str | None = None  # in the reason dictionary, such as "smsc-err-6"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A readable, documented answer to a submission.

    `verdicts` is empty where the gateway only counts; then `accepted` has the count. Ids that cannot be
    given to a number without guessing stay in `unmapped_ids`.
    """

    gateway_id: str | None = None
    verdicts: tuple[Verdict, ...] = ()
    accepted: int | None = None
    unmapped_ids: tuple[str, ...] = ()
    cost: Decimal | None = None
    segments: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRef:
    """How to ask a gateway about one message: an id may stand for a batch, so the key is id and number."""

    ref: str
    msisdn: str
    gateway_ids: tuple[str, ...] = ()
    kind: Kind = Kind.SMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of one message. `state` None: an unknown or empty word, which moves nothing."""

    msisdn: str
    state: MessageState | None
    raw: str
    ref: str | None = None
    gateway_id: str | None = None
    code: str | None = None
    reason: Reason | None = None
    price: Decimal | None = None
    at: datetime | None = None
    read: bool = False
    entry: str | None = None  # in the reason dictionary, such as "smsc-err-6"
    note: str | None = None  # worth showing beside the state: what an HLR lookup found
    provisional: bool = False  # an end that the gateway may still take back: ask again before believing it
    silence: bool = False  # state is None in words that the documents know: the gateway does not tell
    absent: bool = False  # such a silence in which the gateway says that it has no such message


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The gateway's price for a submission that was not sent. `refused` counts numbers it would not take."""

    cost: Decimal | None
    segments: int | None = None
    refused: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """`currency` None: the gateway does not say (roubles in practice)."""

    amount: Decimal
    currency: str | None = None
    credit: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KindLimits:
    """Within which limits a gateway carries a kind of message besides SMS."""

    text_max: int
    validity: tuple[timedelta, timedelta] | None
    send_at: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a gateway can do, as data: pacing, keyboards, help and the documentation read it from here.

    `text_max`, `validity` and `send_at` are those of an SMS; `also` has those of other kinds. Whether there
    is an inbox, statistics and so on is no data: the class has that face (`providers.faces`) or has not.
    """

    batch_max: int  # recipients in one submission
    text_max: int  # characters in one text
    ref_max: int  # characters of our own id the gateway keeps; 0 = it keeps none
    reports_max: int  # messages in one call of reports()
    rate: float | None  # requests a second; None = not stated
    in_flight: int  # requests at the same time on one login
    lookup_by_ref: bool  # reports() finds a message by our ref alone, so a lost answer can be looked up
    verdicts: bool  # a receipt names each number
    text_per_number: bool
    quote: bool
    cancel: bool  # a message handed over can still be called back before it reaches the network
    send_at: bool
    by_recipient_time: bool
    validity: tuple[timedelta, timedelta] | None  # shortest and longest; None = cannot be set
    status_horizon: timedelta  # past this the gateway no longer tells
    # "report", "history": absence from all of these, told again and again, proves that a ref was not taken
    absence: tuple[str, ...] = ()
    sender_required: bool = False  # there is no default sender ID
    sender_latin_max: int = 11
    sender_digits_max: int = 15
    also: Mapping[Kind, KindLimits] = field(default_factory=dict)
    options: tuple[str, ...] = ()  # names that `Submission.options` may have

    def limits(self, kind: Kind) -> KindLimits | None:
        """The limits of a kind of message; None: this gateway does not carry it."""
        if kind == Kind.SMS:
            return KindLimits(text_max=self.text_max, validity=self.validity, send_at=self.send_at)
        return self.also.get(kind)


class Gateway(Protocol):
    """One login at one gateway: what each gateway must have. `providers.faces` has what some have besides.

    Every method raises `providers.errors.GatewayError` and nothing else. What a gateway lacks raises
    `Unsupported` before any I/O; `capabilities` says so beforehand.
    """

    @property
    def kind(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    async def balance(self) -> Balance: ...

    async def quote(self, submission: Submission) -> Quote: ...

    async def submit(self, submission: Submission) -> Receipt:
        """Ask the gateway to send. `OutcomeUnknown` means it may have been sent: never repeat it."""
        ...

    async def reports(self, refs: Sequence[MessageRef]) -> list[Report]:
        """At most one report a ref, in any order; a ref the gateway says nothing of may be missing."""
        ...

    async def cancel(self, refs: Sequence[MessageRef]) -> int | None:
        """Call messages back. Returns how many the gateway says it cancelled, None if it does not count.

        Reports tell which ones. Safe to repeat.
        """
        ...
