"""SMSC (smsc.ru, .ua, .kz, .tj, smscentre.com) over HTTP: forms in, JSON out. Protocol sheet: smsc.

What is odd on this wire, with the sheet's section:

- The default charset is windows-1251 both ways, and the reply's label lies (1): utf-8 is asked for each time.
- Errors come with HTTP 200, and a number means another thing in each script (11).
- Our own `id` does not deduplicate (13.8); asking for its status is what settles a lost answer.
- One id stands for all recipients of a submission, so the key of a status is id and phone (13.9).
- Statuses of many messages may be asked for once a minute, and then the answer has another shape (5, 10).
- Roubles are `RUR` here (13.23) and `RUB`, their ISO name, in our `Balance`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from ..errors import (
    AccountBlocked,
    AuthFailed,
    GatewayError,
    InsufficientFunds,
    OutcomeUnknown,
    RequestRefused,
    Throttled,
    Unsupported,
)
from ..model import (
    Balance,
    Capabilities,
    MessageRef,
    MessageState,
    Quote,
    Reason,
    Receipt,
    Report,
    Sms,
    Submission,
    Verdict,
)
from ..wire import (
    HttpRequest,
    HttpResponse,
    Pace,
    Send,
    as_decimal,
    as_int,
    check_endpoint,
    check_status,
    form_body,
    parse_json,
    unreadable,
)

KIND = "smsc"


class Config(BaseModel):
    """One login at one front: an account of smsc.kz does not work at smsc.ru. A key stands for the pair."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Annotated[str, AfterValidator(check_endpoint)] = "https://smsc.ru/sys/"
    login: str = ""
    password: SecretStr | None = Field(default=None, min_length=1)
    apikey: SecretStr | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _some_credentials(self) -> Self:
        if self.apikey is None and (not self.login or self.password is None):
            raise ValueError("an apikey, or a login and a password, is needed")
        return self


# Status codes (section 3). -3, "no message with this id and phone", is no state: it moves nothing.
STATES = {
    "-2": MessageState.ACCEPTED,  # held while its campaign is paused, and may be resumed
    "-1": MessageState.ACCEPTED,  # waiting; scheduled ones too
    "0": MessageState.SENT,
    "1": MessageState.DELIVERED,
    "2": MessageState.DELIVERED,  # and read
    "3": MessageState.EXPIRED,
    "4": MessageState.DELIVERED,  # and the link in it opened
    "6": MessageState.DELIVERED,  # and marked as spam
    "20": MessageState.UNDELIVERED,
    "22": MessageState.REJECTED,
    "23": MessageState.REJECTED,
    "24": MessageState.UNDELIVERED,
    "25": MessageState.UNDELIVERED,
}
_READ = frozenset({"2", "4"})
_REFUSED = frozenset({"20", "22", "23", "24", "25"})  # in the answer to a sending
_DOUBTFUL = frozenset({"24"})  # one client sees it come back to life, so it is asked for a while yet

# Why, where a status comes without a delivery error.
_STATUS_REASONS = {"3": Reason.EXPIRED, "22": Reason.RECIPIENT, "24": Reason.MONEY, "25": Reason.ROUTE}

# Delivery errors (section 4), a numbering of its own; 0 is no error.
DELIVERY_ERRORS = {
    "1": Reason.RECIPIENT,
    "2": Reason.UNREACHABLE,  # 2 to 4 are about mailboxes
    "3": Reason.RECIPIENT,
    "4": Reason.BARRED,
    "6": Reason.UNREACHABLE,
    "11": Reason.RECIPIENT,  # no SMS service, roaming or a landline
    "12": Reason.UNREACHABLE,
    "13": Reason.BARRED,
    "21": Reason.RECIPIENT,
    "200": Reason.ACCOUNT,  # the account is in test mode: nothing is really sent
    "219": Reason.BARRED,  # SIM replaced: no alphanumeric senders for 24 h
    "220": Reason.LIMIT,  # the operator's queue is full
    "237": Reason.UNREACHABLE,
    "238": Reason.TEXT,
    "239": Reason.ACCOUNT,
    "240": Reason.UNREACHABLE,
    "241": Reason.UNEXPLAINED,  # sound conversion, or parts missing
    "242": Reason.UNREACHABLE,
    "243": Reason.ACCOUNT,
    "244": Reason.TEXT,  # bulk sending or a link that is not allowed
    "245": Reason.UNEXPLAINED,  # see _UNTOLD
    "246": Reason.SCHEDULE,  # outside the hours the account allows
    "247": Reason.LIMIT,
    "248": Reason.ROUTE,
    "249": Reason.RECIPIENT,
    "250": Reason.ACCOUNT,
    "251": Reason.LIMIT,
    "252": Reason.BARRED,
    "253": Reason.TEXT,
    "254": Reason.SENDER,
    "255": Reason.OPERATOR,
}
_UNTOLD = "245"  # no status from the operator in a day: the sheet calls the result unknown, not failed
_NO_REFUSAL = frozenset({"0", "200", "220"})  # no error, test mode, and "the server tries again itself"

# Request errors by script (section 11). Of "status", 5 is left out: it is about deleting.
_EVERYWHERE: dict[str, Callable[..., GatewayError]] = {
    "1": partial(RequestRefused, reason=Reason.REQUEST),
    # Never tried again by itself: five of these block our address for 30 minutes (section 10).
    "2": partial(AuthFailed, reason=Reason.LOGIN),
    "4": partial(AccountBlocked, reason=Reason.ACCOUNT),
    # The same request within a minute. "Too many at once" has the same number, see _error.
    "9": partial(Throttled, retry_after=timedelta(seconds=61)),
}
ERRORS: dict[str, dict[str, Callable[..., GatewayError]]] = {
    "balance": _EVERYWHERE,
    "status": _EVERYWHERE,
    "send": {
        **_EVERYWHERE,
        "3": partial(InsufficientFunds, reason=Reason.MONEY),
        "5": partial(RequestRefused, reason=Reason.SCHEDULE, field="send_at"),
        "6": partial(RequestRefused, reason=Reason.TEXT),  # or the sender: the number does not say which
        "7": partial(RequestRefused, reason=Reason.RECIPIENT, field="msisdn"),
        "8": partial(RequestRefused, reason=Reason.RECIPIENT, field="msisdn"),
    },
}
_TOO_MANY_AT_ONCE = "too many concurrent requests"

CAPABILITIES = Capabilities(
    batch_max=200,  # not stated; inferred (section 10)
    text_max=1000,
    ref_max=40,
    reports_max=100,  # ours: no limit is stated
    rate=None,
    in_flight=4,  # one page says error 9 comes with 5 at once, the others say 15
    lookup_by_ref=True,
    verdicts=True,
    text_per_number=True,
    quote=True,
    cancel=False,
    send_at=True,
    by_recipient_time=False,
    validity=(timedelta(minutes=1), timedelta(hours=24)),
    status_horizon=timedelta(hours=72),  # inferred: history reaches back half a year, networks do not
)

_ONE_BY_ONE = 5  # up to so many statuses are asked for one by one
# More than one multi request a minute is error 9.
_MULTI_PACE = Pace(key="status-multi", period=timedelta(seconds=61))


def build_balance(config: Config) -> HttpRequest:
    return _post(config, "balance", "balance", [("cur", "1")])


def parse_balance(response: HttpResponse) -> Balance:
    """`{"balance", "currency", "credit"}`, amounts as text; credit only where the account has a limit."""
    value = _object(response, "balance")
    amount = as_decimal(value.get("balance"))
    if amount is None:
        raise unreadable(response, "no balance")
    currency = _word(value.get("currency"))
    return Balance(
        amount=amount,
        currency="RUB" if currency == "RUR" else currency,
        credit=as_decimal(value.get("credit")),
    )


def build_submit(config: Config, submission: Submission) -> HttpRequest:
    """A real sending under our own `id`, answered with its price and a word on each number (`err`, `op`)."""
    asked = [("id", submission.ref), ("cost", "2"), ("err", "1"), ("op", "1")]
    return _post(config, "send", "send", asked + _message(submission), submits=True)


def build_quote(config: Config, submission: Submission) -> HttpRequest:
    """`cost=1` sends nothing (only in this script: in jobs.php it does, section 13.2)."""
    return _post(config, "cost", "send", [("cost", "1"), *_message(submission)])


def _message(submission: Submission) -> list[tuple[str, str]]:
    if submission.by_recipient_time:
        raise Unsupported(raw="no sending by the recipient's time")
    text = submission.common_text
    if text is None:
        pairs = [("list", "\n".join(_line(one) for one in submission.sms))]
    else:
        pairs = [("phones", ",".join(f"+{one.msisdn}" for one in submission.sms)), ("mes", text)]
    if submission.sender_id is not None:
        pairs.append(("sender", submission.sender_id))
    if submission.send_at is not None:
        pairs.append(("time", f"0{int(submission.send_at.timestamp())}"))
    if submission.validity is not None:
        minutes = max(1, -int(-submission.validity.total_seconds() // 60))  # rounded up
        pairs.append(("valid", f"{minutes // 60:02}:{minutes % 60:02}"))
    return pairs


def _line(one: Sms) -> str:
    r"""One line of `list`, where a line break within a text is written as the two characters `\n`.

    Nothing says how to write those two characters themselves: a text that has them would arrive changed.
    """
    if "\\n" in one.text:
        raise RequestRefused(raw=r"a \n within one of several texts", reason=Reason.TEXT, field="text")
    text = re.sub("\r\n|\r|\n", r"\\n", one.text)
    return f"+{one.msisdn}:{text}"  # the plus keeps the server from mending the number silently


def parse_submit(response: HttpResponse, submission: Submission) -> Receipt:
    """`{"id", "cnt", "cost", "phones"}`: one id for all; `cnt` counts segments.

    With a `phones` list each number it names has its own verdict, and one it does not name has none: its
    status tells. Without the list the documented success stands for every number.
    """
    value = _object(response, "send")
    gateway_id, count = _word(value.get("id")), as_int(value.get("cnt"))
    phones = value.get("phones")
    items = [item for item in phones if isinstance(item, dict)] if isinstance(phones, list) else []
    if gateway_id is None or count is None or (count < 1 and not items):
        raise unreadable(response, "no id or no count")
    said = {_digits(item.get("phone")): item for item in items}
    named = [one.msisdn for one in submission.sms if one.msisdn in said or not said]
    if not named:
        raise unreadable(response, "the list names none of our numbers")
    return Receipt(
        gateway_id=gateway_id,
        verdicts=tuple(_verdict(msisdn, said.get(msisdn, {}), gateway_id) for msisdn in named),
        cost=as_decimal(value.get("cost")),
        segments=count,
    )


def _verdict(msisdn: str, item: Mapping[str, object], gateway_id: str) -> Verdict:
    """REJECTED by status, or as one of the bad numbers that `err` lists: an error and no status."""
    status, error = _word(item.get("status")), _word(item.get("error"))
    refused = status in _REFUSED if status else error is not None and error not in _NO_REFUSAL
    return Verdict(
        msisdn=msisdn,
        state=MessageState.REJECTED if refused else MessageState.ACCEPTED,
        gateway_ids=(gateway_id,),
        code=_failure(error) or status if refused else None,
        reason=_reason(status, error) if refused else None,
    )


def parse_quote(response: HttpResponse) -> Quote:
    """`{"cost", "cnt"}`. An id would mean that it was sent after all."""
    value = _object(response, "send")
    cost = as_decimal(value.get("cost"))
    if cost is None or "id" in value:
        raise unreadable(response, "not the answer to a price check")
    return Quote(cost=cost, segments=as_int(value.get("cnt")))


def build_status(config: Config, refs: Sequence[MessageRef]) -> HttpRequest:
    """The single form for one message, the multi form for several: two lists in the same order."""
    asked = [
        ("id", ",".join(_id(one) for one in refs)),
        ("phone", ",".join(one.msisdn for one in refs)),
        ("all", "0"),
    ]
    return _post(config, "status", "status", asked, paces=(_MULTI_PACE,) if len(refs) > 1 else ())


def parse_status(response: HttpResponse, refs: Sequence[MessageRef]) -> list[Report]:
    """A bare object for one message, an array whose items also carry `id` and `phone` for several."""
    value = _value(response, "status")
    if isinstance(value, dict) and "status" in value and len(refs) == 1:
        return [_report(refs[0], value)]
    if not isinstance(value, list):
        raise unreadable(response, "no status")
    items = [item for item in value if isinstance(item, dict) and "status" in item]
    said = {(_word(item.get("id")), _digits(item.get("phone"))): item for item in items}
    return [_report(one, said[_id(one), one.msisdn]) for one in refs if (_id(one), one.msisdn) in said]


def _id(one: MessageRef) -> str:
    """The id of a message is ours; a gateway that answered with another one knows it by that."""
    return one.gateway_ids[0] if one.gateway_ids else one.ref


def _report(one: MessageRef, item: Mapping[str, object]) -> Report:
    status, error = _word(item.get("status")) or "", _word(item.get("err"))
    state = STATES.get(status)
    failed = state in {MessageState.UNDELIVERED, MessageState.EXPIRED, MessageState.REJECTED}
    return Report(
        msisdn=one.msisdn,
        ref=one.ref,
        gateway_id=_id(one),
        state=MessageState.UNTRACKED if failed and error == _UNTOLD else state,
        raw=status,
        code=_failure(error),
        reason=_reason(status, error) if failed else None,
        at=_at(item),
        read=status in _READ,
        provisional=status in _DOUBTFUL,
    )


def _failure(error: str | None) -> str | None:
    return None if error == "0" else error


def _reason(status: str | None, error: str | None) -> Reason:
    by_status = _STATUS_REASONS.get(status or "", Reason.UNEXPLAINED)
    return DELIVERY_ERRORS.get(error or "", by_status)


_MOSCOW = timezone(timedelta(hours=3))


def _at(item: Mapping[str, object]) -> datetime | None:
    """`last_timestamp`, Unix time; else `last_date`, which was Moscow's in all recordings (section 1)."""
    stamp = as_int(item.get("last_timestamp"))
    try:
        if stamp:
            return datetime.fromtimestamp(stamp, UTC)
        local = datetime.strptime(str(item.get("last_date")), "%d.%m.%Y %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return None
    return local.replace(tzinfo=_MOSCOW).astimezone(UTC)


def _post(
    config: Config,
    operation: str,
    script: str,
    pairs: Sequence[tuple[str, str]],
    *,
    submits: bool = False,
    paces: tuple[Pace, ...] = (),
) -> HttpRequest:
    credential = config.apikey or config.password
    secret = "" if credential is None else credential.get_secret_value()
    credentials = [("apikey", secret)] if config.apikey else [("login", config.login), ("psw", secret)]
    return HttpRequest(
        operation=operation,
        method="POST",
        url=f"{config.url}{script}.php",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=form_body([*credentials, ("charset", "utf-8"), ("fmt", "3"), *pairs]),
        secrets=(secret,),
        submits=submits,
        paces=paces,
    )


def _word(value: object) -> str | None:
    """A number or a word as text, whichever JSON type it came in (section 13.14); None if it is neither."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return str(value).strip() or None


def _digits(value: object) -> str:
    return re.sub("[^0-9]", "", _word(value) or "")


def _value(response: HttpResponse, script: str) -> object:
    """The JSON of a reply that is no error envelope (section 1.1); raises what an envelope means."""
    check_status(response)
    value = parse_json(response)
    if isinstance(value, dict) and ("error_code" in value or "error" in value):
        raise _error(_word(value.get("error_code")), str(value.get("error")), response, script)
    return value


def _object(response: HttpResponse, script: str) -> dict[str, object]:
    value = _value(response, script)
    if not isinstance(value, dict):
        raise unreadable(response, "not a JSON object")
    return value


def _error(code: str | None, text: str, response: HttpResponse, script: str) -> GatewayError:
    """By the number; the text only tells the two kinds of 9 apart. An unlisted number settles nothing."""
    raw = response.excerpt()
    if code == "9" and _TOO_MANY_AT_ONCE in text.lower():
        return Throttled(code=code, raw=raw, retry_after=timedelta(seconds=2))
    if code is None or code not in ERRORS[script]:
        return OutcomeUnknown(code=code, raw=raw)
    return ERRORS[script][code](code=code, raw=raw)


class Gateway:
    """One login at SMSC."""

    kind = KIND
    capabilities = CAPABILITIES

    def __init__(self, config: Config, send: Send) -> None:
        self._config = config
        self._send = send

    async def balance(self) -> Balance:
        return parse_balance(await self._send(build_balance(self._config)))

    async def quote(self, submission: Submission) -> Quote:
        return parse_quote(await self._send(build_quote(self._config, submission)))

    async def submit(self, submission: Submission) -> Receipt:
        return parse_submit(await self._send(build_submit(self._config, submission)), submission)

    async def reports(self, refs: Sequence[MessageRef]) -> list[Report]:
        """A few messages are asked for one by one, which may be done at any time; more wait their minute."""
        batches = [[one] for one in refs] if len(refs) <= _ONE_BY_ONE else [list(refs)]
        found: list[Report] = []
        unread: list[OutcomeUnknown] = []
        for batch in batches:
            try:
                found += parse_status(await self._send(build_status(self._config, batch)), batch)
            except OutcomeUnknown as error:  # costs only its own messages their reports
                unread.append(error)
        if unread and not found:
            raise unread[0]
        return found

    async def cancel(self, refs: Sequence[MessageRef]) -> int | None:
        raise Unsupported(raw="a message handed over cannot be called back")
