"""Devino Telecom over REST: forms in, JSON out.

Source: Devino's HTTP API document and the Devino protocol sheet, whose sections the comments name; what both
of Devino's faces share is in `providers.devino`. The oddities:

- The documents put login, password and text into the query string; every call takes a POST form as well
  (section 3), so nothing of that is ever in a URL.
- An error is a JSON object with `Code`, whatever the HTTP status; code 4 is a wrong login and an expired
  session alike, and code 9 is a crash and a forgotten parameter alike (section 4).
- There is no reference of ours, no cancel and no price before sending (section 2).
- A long text has one id a segment, and each segment is asked about by itself (sections 3.5 and 3.7).
"""

import re
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from .. import devino
from ..devino import Call, Meaning
from ..errors import GatewayError, OutcomeUnknown, Unsupported
from ..model import Balance, Capabilities, MessageRef, Quote, Receipt, Report, Submission
from ..wire import (
    HttpRequest,
    HttpResponse,
    Send,
    as_decimal,
    as_int,
    check_endpoint,
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
ERRORS: dict[int, Meaning] = {
    1: Meaning.REQUEST,
    2: Meaning.REQUEST,
    3: Meaning.SESSION,
    4: Meaning.UNAUTHORIZED,
    5: Meaning.MONEY,
    6: Meaning.REQUEST,
    7: Meaning.FORBIDDEN,
    8: Meaning.UNCLEAR,
    9: Meaning.UNCLEAR,
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
    return devino.session_id(_value(response, Call.LOGIN), response)


def build_balance(config: Config, session: str) -> HttpRequest:
    return _form(config, session, "User/Balance", [("SessionID", session)])


def parse_balance(response: HttpResponse) -> Balance:
    """A bare number; it may come quoted or with a decimal comma (section 10, 23)."""
    amount = as_decimal(_value(response, Call.READ))
    if amount is None:
        raise unreadable(response, "no balance")
    return Balance(amount=amount)


def build_submit(config: Config, session: str, submission: Submission) -> HttpRequest:
    """One of the four sends: one number or many, by UTC or by the recipient's time (sections 3.3 to 3.6).

    Raises what `devino.common_text` raises.
    """
    text = devino.common_text(submission)
    many = len(submission.sms) > 1
    if submission.by_recipient_time:
        path = "Sms/SendByTimeZoneToAddresses" if many else "Sms/SendByTimeZone"
    else:
        path = "Sms/SendBulk" if many else "Sms/Send"
    address = "DestinationAddresses" if many else "DestinationAddress"
    pairs = [("SessionID", session), ("SourceAddress", submission.sender_id or "")]
    pairs += [(address, one.msisdn) for one in submission.sms]
    pairs += [("Data", text)]
    if (date := devino.send_date(submission)) is not None:
        pairs += [("SendDate", date)]
    if (minutes := devino.validity(submission)) is not None:
        pairs += [("Validity", str(minutes))]
    return _form(config, session, path, pairs, submits=True)


def parse_submit(response: HttpResponse, submission: Submission) -> Receipt:
    """A flat JSON array of ids, one a segment. No id at all is no answer (section 11, 5)."""
    value = _value(response, Call.SEND)
    if not isinstance(value, list) or not all(_is_id(one) for one in value):
        raise unreadable(response, "no list of ids")
    ids = [str(one).strip() for one in value if one is not None]
    ids = [one for one in ids if one]
    if not ids:
        raise unreadable(response, "not one id")
    return devino.receipt(submission, devino.common_text(submission), ids)


def _is_id(value: object) -> bool:
    """Text, or an integer to be ready for (section 10, 8); null and a blank stand for a missing id."""
    if isinstance(value, str):
        return value.isprintable()
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


def build_state(config: Config, session: str, gateway_id: str) -> HttpRequest:
    return _form(config, session, "Sms/State", [("sessionId", session), ("messageId", gateway_id)])


def parse_state(response: HttpResponse, gateway_id: str) -> devino.Segment:
    """The state of one segment (section 3.7). A missing, null, boolean or fractional State is not 0."""
    value = _value(response, Call.READ)
    number = as_int(value.get("State")) if isinstance(value, dict) else None
    if not isinstance(value, dict) or number is None:
        raise unreadable(response, "no state")
    dates = (parse_date(value.get(key)) for key in ("ReportedDateUtc", "TimeStampUtc", "SubmittedDateUtc"))
    return devino.segment(
        gateway_id,
        number,
        price=as_decimal(value.get("Price")),
        at=next((date for date in dates if date is not None), None),
    )


_DATE = re.compile(r"/Date\((-?\d{1,15})([+-]\d{4})?\)/", re.ASCII)


def parse_date(value: object) -> datetime | None:
    """.NET's `/Date(ms)/`, milliseconds since 1970 in UTC; an offset does not change the instant.

    None for anything else, for .NET's empty date and for what no calendar holds (section 10, 20).
    """
    match = _DATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return None
    try:
        return devino.existing(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(match[1])))
    except OverflowError:
        return None


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


def _check_status(response: HttpResponse, call: Call) -> None:
    """401 without an error object is the login or the session; the rest is as everywhere (section 4)."""
    if response.status == 401:
        raise devino.error(Meaning.UNAUTHORIZED, call, code="401", raw=response.excerpt())
    check_status(response)


def _error(response: HttpResponse, value: dict[object, object], call: Call) -> GatewayError:
    """What an error object `{"Code": int, "Desc": text}` comes to; `Code` may be text (section 4)."""
    number = as_int(value["Code"])
    words = str(value.get("Desc") or "")
    meaning = devino.meaning_of(words)
    known = ERRORS.get(number) if number is not None else None
    if known is Meaning.UNCLEAR:
        # An unhandled error may name anything and may have struck after the message was taken, so here
        # only the words for "a parameter is missing" are a refusal (section 11, 5).
        meaning = Meaning.REQUEST if devino.BAD_PARAMETERS in words.casefold() else Meaning.UNCLEAR
    if meaning is None and known is None:
        # An unlisted code: a 4xx is a refusal, except for those that speak for themselves.
        if response.status in {401, 408, 429}:
            _check_status(response, call)
        known = Meaning.REQUEST if 400 <= response.status < 500 else Meaning.UNCLEAR
    return devino.error(
        meaning or known or Meaning.UNCLEAR,
        call,
        code=str(response.status if number is None else number),
        raw=devino.said(response, words),
    )


class Gateway:
    """Devino's REST API as a `model.Gateway`. `clock` counts seconds and never jumps."""

    kind = KIND
    capabilities = CAPABILITIES

    def __init__(self, config: Config, send: Send, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._session = devino.Session(send, partial(build_login, config), parse_login, clock)

    async def balance(self) -> Balance:
        return await self._session.call(partial(build_balance, self._config), parse_balance)

    async def quote(self, submission: Submission) -> Quote:
        raise Unsupported(raw="Devino tells no price before sending")

    async def submit(self, submission: Submission) -> Receipt:
        devino.common_text(submission)  # raises what needs no session to be known
        return await self._session.call(
            lambda session: build_submit(self._config, session, submission),
            lambda response: parse_submit(response, submission),
        )

    async def reports(self, refs: Sequence[MessageRef]) -> list[Report]:
        return await devino.reports(refs, self._state, at_once=CAPABILITIES.in_flight)

    async def cancel(self, refs: Sequence[MessageRef]) -> int | None:
        raise Unsupported(raw="Devino cannot call a message back")

    async def _state(self, gateway_id: str) -> devino.Segment:
        return await self._session.call(
            lambda session: build_state(self._config, session, gateway_id),
            lambda response: parse_state(response, gateway_id),
        )
