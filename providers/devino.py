"""What both faces of Devino share: the vendor's vocabulary and the rules that hang on it.

REST and SOAP differ in how a call is written. What a state number or an error text means, how ids belong to
recipients, how segments make a message and how long a session lives is the same, and stands here once.
Source: the Devino protocol sheet, whose sections the comments name. No I/O.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, auto
from typing import TypeVar

from . import sms
from .errors import (
    AccountBlocked,
    AccountStopped,
    AuthFailed,
    GatewayError,
    InsufficientFunds,
    NotReached,
    OutcomeUnknown,
    RequestRefused,
    Throttled,
    Unsupported,
)
from .model import MessageRef, MessageState, Reason, Receipt, Report, Submission, Verdict, worst_segment
from .wire import HttpRequest, HttpResponse, Send, redacted_head, unreadable

T = TypeVar("T")
_S, _R = MessageState, Reason

# Section 8. Not here, and so moving nothing: 255 (not in the database yet, or older than 48 hours), 99
# ("unknown"), -100 (a filter of the web pages) and every number that Devino has not published.
STATES: dict[int, tuple[MessageState, Reason | None]] = {
    -200: (_S.UNDELIVERED, _R.UNEXPLAINED),  # the web pages' filter "errors"; should not occur
    -98: (_S.CANCELLED, _R.CANCELLED),  # stopped
    -97: (_S.CANCELLED, _R.CANCELLED),  # deleted; only old clients know it
    -40: (_S.ACCEPTED, None),  # waiting
    -30: (_S.ACCEPTED, None),  # labelled "stopped", but the constant is Sending_To_Gateway
    -20: (_S.SENT, None),
    -10: (_S.SENT, None),
    -3: (_S.UNDELIVERED, _R.SCHEDULE),  # the send date could not be interpreted
    -2: (_S.ACCEPTED, None),  # in Devino's queue
    -1: (_S.SENT, None),  # handed to the mobile network
    0: (_S.DELIVERED, None),  # SMS only: in Viber's table 0 is "being sent"
    8: (_S.UNDELIVERED, _R.UNEXPLAINED),  # System_Error
    10: (_S.REJECTED, _R.SENDER),
    11: (_S.REJECTED, _R.RECIPIENT),
    41: (_S.REJECTED, _R.RECIPIENT),  # Error_Incompatible_Destination
    42: (_S.REJECTED, _R.OPERATOR),  # by the SMS centre
    46: (_S.EXPIRED, _R.EXPIRED),
    47: (_S.CANCELLED, _R.CANCELLED),  # constant Deleted; the SOAP text says "expired"
    48: (_S.REJECTED, _R.UNEXPLAINED),  # by Devino's platform
    69: (_S.REJECTED, _R.UNEXPLAINED),
}


class Meaning(Enum):
    """What an error of Devino comes to, before it is known in which call it came."""

    LOGIN = auto()  # wrong login or password
    SESSION = auto()  # this session is not, or no longer, known
    UNAUTHORIZED = auto()  # one of the two above; only the call tells which
    MONEY = auto()
    SENDER = auto()
    RECIPIENT = auto()
    REQUEST = auto()
    FORBIDDEN = auto()  # the vendor's samples explain it as anti-spam
    UNCLEAR = auto()  # trouble at their side, or nothing the documents know


# Section 4: these decide before any code does, in this order. `Desc` and fault texts are English, Russian or
# raw .NET. "parameters dictionary" is what ASP.NET says of a missing parameter, before any code has run.
BAD_PARAMETERS = "parameters dictionary"
WORDS: tuple[tuple[str, Meaning], ...] = (
    ("login or password", Meaning.LOGIN),
    ("session", Meaning.SESSION),
    ("source address", Meaning.SENDER),
    ("error-subject-", Meaning.SENDER),
    ("destination address", Meaning.RECIPIENT),
    ("error-address-", Meaning.RECIPIENT),
    ("credit", Meaning.MONEY),
    (BAD_PARAMETERS, Meaning.REQUEST),
    ("parameter name", Meaning.REQUEST),
    ("error-system", Meaning.UNCLEAR),
)

_BLAME: dict[Meaning, tuple[Reason, str | None]] = {
    Meaning.SENDER: (_R.SENDER, "sender_id"),
    Meaning.RECIPIENT: (_R.RECIPIENT, "msisdn"),
    Meaning.REQUEST: (_R.REQUEST, None),
    Meaning.FORBIDDEN: (_R.LIMIT, None),
}


class Call(Enum):
    """What kind of call an answer belongs to: the same error asks for something else in each."""

    LOGIN = auto()
    READ = auto()
    SEND = auto()


class SessionRefused(GatewayError):
    """The session was refused, and with it the call, of which nothing was done. `Session` alone sees it."""

    kind = "session_refused"


def meaning_of(text: str) -> Meaning | None:
    """What the words of an error say, None if they are not known."""
    folded = text.casefold()
    return next((meaning for words, meaning in WORDS if words in folded), None)


def said(response: HttpResponse, words: str) -> str:
    """The words of an error for `GatewayError.raw`: one line, redacted, cut."""
    head = redacted_head(words.encode("utf-8", "replace"), 800, response.secrets)
    return f"HTTP {response.status}: {' '.join(head.split())[:200]}"


def error(meaning: Meaning, call: Call, *, code: str | None, raw: str) -> GatewayError:
    """The error the caller gets.

    - A login that is refused for anything but login, money or trouble over there is AccountBlocked: no
      message is to blame, and a person has to look at the account's settings.
    - FORBIDDEN refuses a send for good (sending the same again is what anti-spam punishes), and asks a read
      to wait.
    """
    match meaning, call:
        case (Meaning.UNCLEAR, _) | (Meaning.SESSION, Call.LOGIN):
            return OutcomeUnknown(code=code, raw=raw)
        case (Meaning.MONEY, _):
            return InsufficientFunds(code=code, raw=raw, reason=Reason.MONEY)
        case (Meaning.LOGIN, _) | (Meaning.UNAUTHORIZED, Call.LOGIN):
            return AuthFailed(code=code, raw=raw, reason=Reason.LOGIN)
        case (Meaning.SESSION | Meaning.UNAUTHORIZED, _):
            return SessionRefused(code=code, raw=raw)
        case (_, Call.LOGIN):
            return AccountBlocked(code=code, raw=raw, reason=Reason.ACCOUNT)
        case (Meaning.FORBIDDEN, Call.READ):
            return Throttled(code=code, raw=raw)
    reason, blamed = _BLAME[meaning]
    return RequestRefused(code=code, raw=raw, reason=reason, field=blamed)


def session_id(value: object, response: HttpResponse) -> str:
    """The session id from an answer to a login: letters, digits and dashes, opaque to us (section 3.1)."""
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9-]+", value.strip()):
        return value.strip()
    raise unreadable(response, "no session id")


def common_text(submission: Submission) -> str:
    """The one text of a submission that Devino can be given.

    Raises Unsupported for several texts; RequestRefused, as Devino would, without a sender ID and for
    sending by the recipient's time without a date (sections 3.3 and 3.4). Nothing has left then.
    """
    text = submission.common_text
    if text is None:
        raise Unsupported(raw="one request carries one text for all its numbers")
    if not submission.sender_id:
        raise RequestRefused(raw="a sender ID is required", reason=Reason.SENDER, field="sender_id")
    if submission.by_recipient_time and submission.send_at is None:
        raise RequestRefused(raw="a date is required", reason=Reason.SCHEDULE, field="send_at")
    return text


def send_date(submission: Submission) -> str | None:
    """The date as Devino reads it, `YYYY-MM-DDTHH:MM:SS` in UTC without a suffix; None to send now.

    For sending by the recipient's time the documents say both "UTC" and "with the recipient's zone"
    (section 10, 12): the digits of `send_at` in UTC are what the recipient's clock is meant to show.
    """
    at = submission.send_at
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def validity(submission: Submission) -> int | None:
    """Whole minutes, rounded up, at least one: 0 would mean the default (section 2). None: not given."""
    span = submission.validity
    return None if span is None else max(1, -int(-span.total_seconds() // 60))


def receipt(submission: Submission, text: str, ids: Sequence[str]) -> Receipt:
    """Which ids belong to whom: the answer is one flat list and names nobody (section 3.5).

    All ids are those of a single recipient. Of several, each has as many as `text` (as it was sent) has
    segments, in the order of the request; if the count says otherwise nobody is given any.
    """
    numbers = [one.msisdn for one in submission.sms]
    each = len(ids) if len(numbers) == 1 else sms.size(text).segments
    if len(ids) != len(numbers) * each:
        return Receipt(unmapped_ids=tuple(ids), segments=len(ids))
    return Receipt(
        verdicts=tuple(
            Verdict(
                msisdn=msisdn,
                state=MessageState.ACCEPTED,
                gateway_ids=tuple(ids[place * each : (place + 1) * each]),
            )
            for place, msisdn in enumerate(numbers)
        ),
        segments=len(ids),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """What Devino says of one segment. `raw` is its number, or in words why there is none."""

    gateway_id: str
    raw: str
    code: str | None = None
    state: MessageState | None = None
    reason: Reason | None = None
    price: Decimal | None = None
    at: datetime | None = None


def segment(gateway_id: str, number: int, *, price: Decimal | None, at: datetime | None) -> Segment:
    """A segment from its state number."""
    state, reason = STATES.get(number, (None, None))
    return Segment(
        gateway_id=gateway_id,
        raw=str(number),
        code=str(number),
        state=state,
        reason=reason,
        price=price,
        at=at,
    )


def existing(at: datetime | None) -> datetime | None:
    """An aware date in UTC; None for .NET's empty date, the first day of year 1 (section 10, 20)."""
    if at is None or at.year == 1:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


async def reports(
    refs: Sequence[MessageRef], ask: Callable[[str], Awaitable[Segment]], *, at_once: int
) -> list[Report]:
    """A report on each message, from asking about each of its segments.

    An answer that cannot be read costs only its own message its report. Raises AccountStopped whenever it
    comes, and any other error only if nothing at all could be read.
    """
    asked = dict.fromkeys(gateway_id for ref in refs for gateway_id in ref.gateway_ids)
    segments, errors = await _ask_all(list(asked), ask, at_once)
    errors.sort(key=lambda one: not isinstance(one, AccountStopped))
    if errors and (isinstance(errors[0], AccountStopped) or not segments):
        raise errors[0]
    found = [report(ref, [segments.get(gateway_id) for gateway_id in ref.gateway_ids]) for ref in refs]
    return [one for one in found if one is not None]


_GIVE_UP = 8  # questions in a row without a readable answer: asking on would take minutes each


async def _ask_all(
    gateway_ids: Sequence[str], ask: Callable[[str], Awaitable[Segment]], at_once: int
) -> tuple[dict[str, Segment], list[GatewayError]]:
    """What could be read, by id, and the errors. Stops early when asking on makes no sense."""
    queue = iter(gateway_ids)
    segments: dict[str, Segment] = {}
    errors: list[GatewayError] = []
    stopped, in_vain = False, 0

    async def work() -> None:
        nonlocal stopped, in_vain
        for gateway_id in queue:
            try:
                segments[gateway_id] = await ask(gateway_id)
                in_vain = 0
            except RequestRefused as refused:  # an answer too: of this id Devino tells nothing
                segments[gateway_id] = Segment(gateway_id=gateway_id, raw=refused.raw, code=refused.code)
                in_vain = 0
            except OutcomeUnknown as unread:
                errors.append(unread)
                in_vain += 1
            except GatewayError as halt:
                errors.append(halt)
                stopped = True
            if stopped or in_vain >= _GIVE_UP:
                return

    await asyncio.gather(*(work() for _ in range(at_once)))
    return segments, errors


def report(ref: MessageRef, segments: Sequence[Segment | None]) -> Report | None:
    """The report on a message from its segments, None in place of one that could not be read.

    The worst segment decides and lends the report its code, reason and time. None if what could not be
    read might have decided.
    """
    known = [one for one in segments if one is not None]
    if not segments:
        return Report(msisdn=ref.msisdn, ref=ref.ref, state=None, raw="no id to ask by")
    state = worst_segment(one.state if one is not None else None for one in segments)
    if state is None and len(known) < len(segments):
        return None
    deciding = [one for one in known if one.state == state]
    prices = [one.price for one in segments if one is not None and one.price is not None]
    return Report(
        msisdn=ref.msisdn,
        ref=ref.ref,
        gateway_id=deciding[0].gateway_id,
        state=state,
        raw=", ".join(dict.fromkeys(one.raw for one in known)),
        code=deciding[0].code,
        reason=deciding[0].reason,
        price=sum(prices, Decimal(0)) if len(prices) == len(segments) else None,
        at=max((one.at for one in deciding if one.at is not None), default=None),
    )


class Session:
    """The session of one login, shared by all calls and made when first needed.

    It lives 120 minutes at Devino and 100 here. When an answer says it was refused, it is dropped (if it is
    still the same one), made anew and the call repeated once; nothing was done of a call whose session was
    refused, so this is safe for a send too (section 2). A second refusal is Throttled: nothing was sent,
    the login was just accepted, and perhaps someone else's login ended our session, so trying later is
    right and stopping the account is not.

    A login that gets no readable answer is NotReached: the call it was made for has not left.
    """

    RENEW_AFTER = 100 * 60.0  # seconds

    def __init__(
        self,
        send: Send,
        login: Callable[[], HttpRequest],
        parse: Callable[[HttpResponse], str],
        clock: Callable[[], float],
    ) -> None:
        self._send = send
        self._login = login
        self._parse = parse
        self._clock = clock
        self._lock = asyncio.Lock()
        self._held: _Held | None = None

    async def call(self, build: Callable[[str], HttpRequest], parse: Callable[[HttpResponse], T]) -> T:
        """Build a request with the session, send it and parse its answer."""
        held = await self._current()
        try:
            return parse(await self._send(build(held.token)))
        except SessionRefused:
            held = await self._current(refused=held)
        try:
            return parse(await self._send(build(held.token)))
        except SessionRefused as again:
            raise Throttled(code=again.code, raw=again.raw) from None

    async def _current(self, *, refused: "_Held | None" = None) -> "_Held":
        async with self._lock:
            held, now = self._held, self._clock()
            if held is None or held is refused or now - held.since >= self.RENEW_AFTER:
                self._held = None
                held = self._held = _Held(await self._fresh(), now)
            return held

    async def _fresh(self) -> str:
        try:
            return self._parse(await self._send(self._login()))
        except OutcomeUnknown as unclear:
            raise NotReached(code=unclear.code, raw=unclear.raw) from None


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """A session id and when it was asked for; told apart by identity: an id may be given twice."""

    token: str = field(repr=False)
    since: float
