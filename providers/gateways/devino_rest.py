"""Devino Telecom over REST: forms in, JSON out.

Source: Devino's HTTP API document and the Devino protocol sheet, whose sections the comments name; what both
of Devino's faces share is in `providers.devino`, and so is Viber, which only this face carries. The oddities:

- The documents put login, password and text into the query string; every call takes a POST form as well
  (section 3), so nothing of that is ever in a URL.
- An error is a JSON object with `Code`, whatever the HTTP status; code 4 is a wrong login and an expired
  session alike, and code 9 is a crash and a forgotten parameter alike (section 4).
- There is no reference of ours, no cancel and no price before sending (section 2).
- A long text has one id a segment, and each segment is asked about by itself (sections 3.5 and 3.7).
- State 0 is "delivered" for an SMS and "being sent" for a Viber message, so `MessageRef.kind` decides which
  question is asked and which table is read (section 9.1).
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from ..devino import periods, segments, sending, viber, vocabulary
from ..devino.segments import Segment
from ..devino.session import Session, session_id
from ..devino.vocabulary import Call, Known, Meaning
from ..errors import GatewayError, OutcomeUnknown, Unsupported
from ..faces import Inbound, Statistics
from ..model import Balance, Capabilities, Charged, Kind, MessageRef, Quote, Receipt, Report, Submission
from ..wire import (
    HttpRequest,
    HttpResponse,
    Send,
    as_decimal,
    as_int,
    check_endpoint,
    check_items,
    check_status,
    form_body,
    parse_json,
    unreadable,
)

KIND = "devino_rest"


class Config(BaseModel):
    """One login. `url` is a setting because resellers serve the same API under their own host."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Annotated[str, AfterValidator(check_endpoint)] = "https://integrationapi.net/rest/"
    login: str = Field(min_length=1)
    password: SecretStr = Field(min_length=1)


# Section 4, where the words of `Desc` do not decide already. 9 is also "a parameter is missing", but then
# `Desc` says so.
ERRORS: dict[int, Known] = {
    1: Known(Meaning.REQUEST, "devino-error-1"),
    2: Known(Meaning.REQUEST, "devino-error-2"),
    3: Known(Meaning.SESSION, "devino-error-3"),
    4: Known(Meaning.UNAUTHORIZED, "devino-error-4"),
    5: Known(Meaning.MONEY, "devino-error-5"),
    6: Known(Meaning.REQUEST, "devino-error-6"),
    7: Known(Meaning.FORBIDDEN, "devino-error-7"),
    8: Known(Meaning.UNCLEAR, "devino-error-8", Charged.MAYBE),
    9: Known(Meaning.UNCLEAR, "devino-error-9", Charged.MAYBE),
}

STATES = vocabulary.STATES

# The reason dictionary: whether what an entry tells of was probably charged.
ENTRIES: dict[str, Charged] = {
    **vocabulary.error_entries(*ERRORS.values()),
    **vocabulary.ENTRIES,
    **viber.ENTRIES,
}

CAPABILITIES = Capabilities(
    batch_max=200,  # what Devino's own module sends; the documents name 1000 and 2999 (section 3.5)
    text_max=2000,
    ref_max=0,
    reports_max=50,  # one HTTP call a segment
    rate=10,
    in_flight=4,
    lookup_by_ref=False,
    verdicts=True,
    text_per_number=False,
    quote=False,
    cancel=False,
    send_at=True,
    by_recipient_time=True,
    validity=(timedelta(minutes=1), timedelta(minutes=2880)),
    status_horizon=timedelta(hours=48),
    sender_required=True,
    also=viber.KINDS,
    options=("optional",),  # the parameter of Viber sends whose meaning is not explained (section 9.1)
)

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def build_login(config: Config) -> HttpRequest:
    password = config.password.get_secret_value()
    return HttpRequest(
        operation="user/sessionid",
        method="POST",
        url=config.url + "user/sessionid",
        headers=_FORM,
        body=form_body([("login", config.login), ("password", password)]),
        secrets=(password,),
        secret_reply=True,
    )


def parse_login(response: HttpResponse) -> str:
    """The session id: a JSON string of 36 letters and digits (section 3.1)."""
    return session_id(_value(response, Call.LOGIN), response)


def build_balance(config: Config, session: str) -> HttpRequest:
    return _form(config, session, "User/Balance", [("SessionID", session)])


def parse_balance(response: HttpResponse) -> Balance:
    """A bare number; it may come quoted or with a decimal comma (section 10, 23)."""
    amount = as_decimal(_value(response, Call.READ))
    if amount is None:
        raise unreadable(response, "no balance")
    return Balance(amount=amount)


def build_submit(config: Config, session: str, submission: Submission) -> HttpRequest:
    """One of the four sends of SMS (sections 3.3 to 3.6) or of the four of Viber (section 9.1).

    Raises what `sending.common_text` raises.
    """
    text = sending.common_text(submission)
    many = len(submission.sms) > 1
    pairs = [("SessionID", session), ("SourceAddress", submission.sender_id or "")]
    address = "DestinationAddresses" if many else "DestinationAddress"
    pairs += [(address, one.msisdn) for one in submission.sms]
    pairs += [("Data", text)]
    if (date := sending.send_date(submission)) is not None:
        pairs += [("SendDate", date)]
    if (minutes := sending.validity(submission)) is not None:
        pairs += [("Validity", str(minutes))]
    pairs += [("Optionals" if many else "Optional", value) for _, value in submission.options]
    return _form(config, session, _send_path(submission), pairs, submits=True)


def _send_path(submission: Submission) -> str:
    many = len(submission.sms) > 1
    if submission.kind == Kind.VIBER:
        return "Viber/SendBulk" if many else "Viber/Send"
    if submission.kind == Kind.VIBER_OR_SMS:
        return "Viber/SendWithResendBulk" if many else "Viber/SendWithResend"
    if submission.by_recipient_time:
        return "Sms/SendByTimeZoneToAddresses" if many else "Sms/SendByTimeZone"
    return "Sms/SendBulk" if many else "Sms/Send"


def parse_submit(response: HttpResponse, submission: Submission) -> Receipt:
    """A flat JSON array of ids, one a segment. No id at all is no answer (section 11, 5)."""
    value = _value(response, Call.SEND)
    ids = sending.ids(value) if isinstance(value, list) else []
    if not ids:
        raise unreadable(response, "no list of ids")
    return sending.receipt(submission, sending.common_text(submission), ids)


def build_state(config: Config, session: str, gateway_id: str, kind: Kind = Kind.SMS) -> HttpRequest:
    """The state of a segment of an SMS, or of a Viber message (sections 3.7 and 9.1)."""
    path = "Viber/State" if kind in viber.KINDS else "Sms/State"
    return _form(config, session, path, [("sessionId", session), ("messageId", gateway_id)])


def parse_state(response: HttpResponse, gateway_id: str, kind: Kind = Kind.SMS) -> Segment:
    """The state of one id. A missing, null, boolean or fractional State is not 0."""
    answer = _object(response)
    if kind in viber.KINDS:
        told = viber.outcome(gateway_id, kind, answer)
    else:
        told = segments.segment(gateway_id, answer.get)
    if told is None:
        raise unreadable(response, "no state")
    return told


YEAR = timedelta(days=365, minutes=-10)  # how far back Sms/In goes; a little less, for clocks differ


def build_inbox(config: Config, session: str, since: datetime, until: datetime) -> HttpRequest:
    first, last = periods.span(since, until)
    pairs = [("sessionId", session), ("minDateUTC", first), ("maxDateUTC", last)]
    return _form(config, session, "Sms/In", pairs)


def parse_inbox(response: HttpResponse, since: datetime, until: datetime) -> list[Inbound]:
    """A list, perhaps empty, of objects (section 3.8)."""
    value = _value(response, Call.READ)
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise unreadable(response, "no list of messages")
    check_items(response, value)
    return periods.within((periods.inbound(one.get, since) for one in value), since, until)


def build_statistics(config: Config, session: str, first: str, last: str) -> HttpRequest:
    pairs = [("sessionId", session), ("startDateTime", first), ("endDateTime", last)]
    return _form(config, session, "Sms/Statistics", pairs)


def parse_statistics(response: HttpResponse) -> Mapping[str, int]:
    """The counters of one window (section 3.9)."""
    counted = periods.counters(_object(response).get)
    if counted is None:
        raise unreadable(response, "no counters")
    return counted


def _form(
    config: Config, session: str, path: str, pairs: Sequence[tuple[str, str]], *, submits: bool = False
) -> HttpRequest:
    return HttpRequest(
        operation=path,
        method="POST",
        url=config.url + path,
        headers=_FORM,
        body=form_body(pairs),
        secrets=(session, config.password.get_secret_value()),
        submits=submits,
    )


def _value(response: HttpResponse, call: Call) -> object:
    """The JSON value of a good answer. Raises for an error object first, then by HTTP status."""
    try:
        value = parse_json(response)
    except OutcomeUnknown:
        _check_status(response, call)
        raise
    if isinstance(value, dict) and "Code" in value:
        raise _error(response, value, call)
    _check_status(response, call)
    return value


def _object(response: HttpResponse) -> dict[str, object]:
    """The JSON object of a good answer to a read."""
    value = _value(response, Call.READ)
    if not isinstance(value, dict):
        raise unreadable(response, "no object")
    return value


def _check_status(response: HttpResponse, call: Call) -> None:
    """401 without an error object is the login or the session; the rest is as everywhere (section 4)."""
    if response.status == 401:
        raise vocabulary.error(ERRORS[4], call, code="401", raw=response.excerpt())
    check_status(response)


def _error(response: HttpResponse, value: dict[object, object], call: Call) -> GatewayError:
    """What an error object `{"Code": int, "Desc": text}` comes to; `Code` may be text (section 4)."""
    number = as_int(value["Code"])
    words = str(value.get("Desc") or "")
    known = ERRORS.get(number) if number is not None else None
    # The checks before a send answer under 4xx, or under 200 to clients that read the body alone (section 4).
    refused = known is not None and response.status < 500
    told = vocabulary.told(words, call, refused=refused)
    if known is not None and known.meaning is Meaning.UNCLEAR:
        # An unhandled error may name anything and may have struck after the message was taken, so here
        # only the words for "a parameter is missing" are a refusal (section 11, 5).
        told = vocabulary.MISSING if vocabulary.BAD_PARAMETERS in words.casefold() else None
    elif known is not None and call is Call.SEND and not refused:
        known = vocabulary.UNKNOWN
    if told is None and known is None:
        # An unlisted code: a 4xx is a refusal, except for those that speak for themselves.
        if response.status in {401, 408, 429}:
            _check_status(response, call)
        known = vocabulary.UNLISTED if 400 <= response.status < 500 else vocabulary.UNKNOWN
    return vocabulary.error(
        told or known or vocabulary.UNKNOWN,
        call,
        code=str(response.status if number is None else number),
        raw=vocabulary.said(response, words),
    )


def _now() -> datetime:
    return datetime.now(UTC)


class Gateway:
    """Devino's REST API as a `model.Gateway` with `faces.Inbox` and `faces.Counts`.

    `clock` counts seconds and never jumps; `now` tells the date.
    """

    kind = KIND
    capabilities = CAPABILITIES

    def __init__(
        self,
        config: Config,
        send: Send,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._config = config
        self._session = Session(send, partial(build_login, config), parse_login, clock)
        self._now = now

    async def balance(self) -> Balance:
        return await self._session.call(partial(build_balance, self._config), parse_balance)

    async def quote(self, submission: Submission) -> Quote:
        raise Unsupported(raw="Devino tells no price before sending")

    async def submit(self, submission: Submission) -> Receipt:
        options = CAPABILITIES.options if submission.kind in viber.KINDS else ()
        sending.check(submission, CAPABILITIES, options=options)
        return await self._session.call(
            lambda session: build_submit(self._config, session, submission),
            lambda response: parse_submit(response, submission),
        )

    async def reports(self, refs: Sequence[MessageRef]) -> list[Report]:
        return await segments.reports(refs, self._state, at_once=CAPABILITIES.in_flight)

    async def cancel(self, refs: Sequence[MessageRef]) -> int | None:
        raise Unsupported(raw="Devino cannot call a message back")

    async def inbox(self, since: datetime, until: datetime) -> list[Inbound]:
        """As `faces.Inbox`; of what is older than a year Devino tells nothing."""
        since = max(since, self._now() - YEAR)
        if since >= until:
            return []
        return await self._session.call(
            lambda session: build_inbox(self._config, session, since, until),
            lambda response: parse_inbox(response, since, until),
        )

    async def statistics(self, since: datetime, until: datetime) -> Statistics:
        return await periods.statistics(since, until, self._counters)

    async def _state(self, gateway_id: str, kind: Kind) -> Segment:
        return await self._session.call(
            lambda session: build_state(self._config, session, gateway_id, kind),
            lambda response: parse_state(response, gateway_id, kind),
        )

    async def _counters(self, first: str, last: str) -> Mapping[str, int]:
        return await self._session.call(
            lambda session: build_statistics(self._config, session, first, last), parse_statistics
        )
