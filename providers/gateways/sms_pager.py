"""SMS-Pager.COM over HTTPS::XML: one XML document up, one down. Protocol sheet: sms-pager.

What is odd on this wire, with the sheet's section:

- A repeated `smsid` groups, it does not deduplicate (8); asking for it later is what settles a lost answer.
- The reply to a sending only counts recipients (2). Which number was dropped is learnt from reports.
- A missing `action` means a real sending or a real cancelling (9), so it is always written out.
- Failures carry no reason and reports no time (4).
- Dates are the account's local time, both ways (2, 9).
- What later brands of the platform added is sent only when asked for, as `Submission.options` (2).
- Two generations of one platform answer here; code 502 means another thing in each (7).
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import Annotated
from zoneinfo import ZoneInfo

from lxml import etree
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from ..errors import (
    AccountBlocked,
    AccountStopped,
    AuthFailed,
    GatewayError,
    InsufficientFunds,
    OutcomeUnknown,
    RequestRefused,
    Unsupported,
)
from ..faces import Past
from ..model import (
    Balance,
    Capabilities,
    Charged,
    Kind,
    MessageRef,
    MessageState,
    Quote,
    Reason,
    Receipt,
    Report,
    Submission,
)
from ..wire import (
    HttpRequest,
    HttpResponse,
    Send,
    as_decimal,
    as_int,
    check_endpoint,
    check_items,
    check_status,
    check_zone,
    parse_xml,
    unreadable,
)

KIND = "sms_pager"


class Config(BaseModel):
    """One login. `timezone` is that of the city given at registration: the wire has local times only.

    `only_delivered` asks with every sending to pay for delivered messages alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Annotated[str, AfterValidator(check_endpoint)] = "https://transport.sms-pager.com:7214/"
    login: str = Field(min_length=1)
    password: SecretStr = Field(min_length=1)
    timezone: Annotated[str, AfterValidator(check_zone)] = "Europe/Moscow"
    only_delivered: bool = False


# The lists of a detailed report (section 4), the least final first: a number that stands in several lists
# has the first of them. Between two ends the worse one stands first.
STATES = {
    "waiting": MessageState.ACCEPTED,
    "process": MessageState.ACCEPTED,  # only in newer generations of the platform
    "onModer": MessageState.MODERATION,
    "enqueued": MessageState.SENT,
    "notDelivered": MessageState.UNDELIVERED,  # expired ones are here too
    "cancel": MessageState.CANCELLED,
    "delivered": MessageState.DELIVERED,
}
_NEARNESS = {name: place for place, name in enumerate(STATES)}
_REASONS = {
    MessageState.UNDELIVERED: Reason.UNEXPLAINED,  # the report never says why
    MessageState.CANCELLED: Reason.CANCELLED,
}

# The columns of the list form (section 3). Cancelled and moderated messages have none.
COLUMNS = {
    "deliveredCol": MessageState.DELIVERED,
    "notDeliveredCol": MessageState.UNDELIVERED,
    "waitingCol": MessageState.ACCEPTED,
    "enqueuedCol": MessageState.SENT,
}

# Result codes (section 7). 500-504 are SMS-Pager's own manual, the others the newer generation's.
ERRORS: dict[str, Callable[..., GatewayError]] = {
    "500": partial(RequestRefused, reason=Reason.REQUEST),
    "501": partial(AuthFailed, reason=Reason.LOGIN),
    "502": partial(RequestRefused, reason=Reason.SENDER, field="sender_id"),  # see _error
    "503": partial(RequestRefused, reason=Reason.SCHEDULE, field="send_at"),
    "504": partial(RequestRefused, reason=Reason.SENDER, field="sender_id"),
    "510": partial(RequestRefused, reason=Reason.RECIPIENT, field="msisdn"),
    "511": partial(AccountBlocked, reason=Reason.ACCOUNT),
    "512": partial(AccountBlocked, reason=Reason.ACCOUNT),
    "516": partial(InsufficientFunds, reason=Reason.MONEY),
    "517": partial(RequestRefused, reason=Reason.RECIPIENT, field="msisdn"),
    "518": partial(RequestRefused, reason=Reason.SCHEDULE, field="send_at"),
    "519": partial(RequestRefused, reason=Reason.SENDER, field="sender_id"),
    "520": partial(RequestRefused, reason=Reason.RECIPIENT, field="msisdn"),
}
# 70x, 70xx and the newer 7xx: their XML parser stumbled over our document.
_PARSER_ERROR = re.compile(r"7\d{2,}", re.ASCII)

# What each entry of the reason dictionary says of money. A refused request takes none.
ENTRIES = {f"{KIND}-{what}": Charged.NO for what in (*ERRORS, "70x", "none-accepted")} | {
    f"{KIND}-list-notDelivered": Charged.MAYBE,  # not with onlydelivery, else by the tariff
    f"{KIND}-list-cancel": Charged.NO,  # inferred: it never reached the network (section 6)
}

# Elements of a sending that a Submission has no field for, and what each may hold (section 2). All but
# onlydelivery belong to later brands.
_SWITCH = "[01]"
_LIST = "[^,]+(,[^,]+)*"
OPTIONS = {
    "onlydelivery": _SWITCH,
    "stop": _SWITCH,
    "regionalTime": _SWITCH,
    "channel": "[012]",
    "use_alfasource": _SWITCH,
    "allowed_opsos": _LIST,
    "exclude_opsos": _LIST,
    "discountID": ".+",
}

CAPABILITIES = Capabilities(
    batch_max=100,  # not stated; what one public module uses (section 1)
    text_max=1000,  # inferred
    ref_max=21,
    reports_max=100,  # ours: one call a distinct ref
    rate=None,
    in_flight=2,  # ours: nothing is stated
    lookup_by_ref=True,
    verdicts=False,
    text_per_number=True,
    quote=True,
    cancel=True,
    send_at=True,
    by_recipient_time=False,
    validity=(timedelta(minutes=1), timedelta(hours=24)),  # ours: 24 h, the default, is all the manual names
    status_horizon=timedelta(hours=72),  # inferred: how long reports are kept is not stated
    absence=("report",),
    options=tuple(OPTIONS),
)


def build_balance(config: Config) -> HttpRequest:
    return _post(config, "balance", "balance.xml", _data(config))


def parse_balance(response: HttpResponse) -> Balance:
    """The `account` element; the currency is not named."""
    amount = as_decimal(_text(_done(response), "account"))
    if amount is None:
        raise unreadable(response, "no <account>")
    return Balance(amount=amount)


def build_submit(config: Config, submission: Submission) -> HttpRequest:
    """A real sending under our own `smsid`."""
    return _post(config, "send", "send.xml", _sending(config, submission, "send"), submits=True)


def build_quote(config: Config, submission: Submission) -> HttpRequest:
    """The dry run. It carries no `smsid`: whether a check uses one up is not known (section 11)."""
    return _post(config, "check", "send.xml", _sending(config, submission, "check"))


def _sending(config: Config, submission: Submission, action: str) -> etree._Element:
    if submission.kind is not Kind.SMS:
        raise Unsupported(raw=f"no messages of kind {submission.kind}")
    options = _options(config, submission)
    texts = [_legal(one.text) for one in submission.sms]
    if not all(text.strip() for text in texts):
        # An empty <to> takes the common text: the recipient would get somebody else's words.
        raise RequestRefused(raw="an empty text", reason=Reason.TEXT, field="text")
    common = Counter(texts).most_common(1)[0][0]
    data = _data(config)
    if action == "send":
        _add(data, "smsid", submission.ref)
    _add(data, "action", action)
    if submission.send_at is not None:
        # By the recipient's time the digits are what each clock is to show: they go out as they are.
        zone = UTC if submission.by_recipient_time else ZoneInfo(config.timezone)
        _add(data, "datetime", _written(submission.send_at, zone))
    _add(data, "text", common)
    if submission.sender_id is not None:
        _add(data, "source", submission.sender_id)
    if submission.validity is not None:
        _add(data, "vp", str(int(submission.validity.total_seconds())))
    for name, value in options.items():
        _add(data, name, value)
    for one, text in zip(submission.sms, texts, strict=True):
        to = etree.SubElement(data, "to", number=_legal(one.msisdn))
        if text != common:
            to.text = text
    return data


def _options(config: Config, submission: Submission) -> dict[str, str]:
    """The switches of a sending, its own before those of the account.

    Raises RequestRefused for one that is unknown or holds what it may not, and for a date that would be read
    by another clock than it was meant for. Without `regionalTime` there is no recipient's time: Unsupported.
    """
    options = {"onlydelivery": "1"} if config.only_delivered else {}
    for name, value in submission.options:
        if name not in OPTIONS or not re.fullmatch(OPTIONS[name], value):
            raise RequestRefused(raw=f"no option {name}={value}", reason=Reason.REQUEST)
        options[name] = value
    regional = options.get("regionalTime") == "1"
    if submission.by_recipient_time and not regional:
        raise Unsupported(raw="no sending by the recipient's time without the option regionalTime")
    if regional and submission.send_at is not None and not submission.by_recipient_time:
        raise RequestRefused(raw="regionalTime would shift the date", reason=Reason.SCHEDULE, field="send_at")
    return options


_DATETIME = "%Y-%m-%d %H:%M:%S"


def _written(instant: datetime, zone: tzinfo) -> str:
    return f"{instant.astimezone(zone):{_DATETIME}}"


def parse_submit(response: HttpResponse, submission: Submission) -> Receipt:
    """A count of accepted recipients, never names: `verdicts` stays empty.

    An answer without `colSendAbonent`, or with more than were asked for, accepts nobody we could point at:
    OutcomeUnknown, which a report by our ref settles. Zero is a refusal: nobody gets the message (section 9).
    """
    data = _done(response, smsid=submission.ref)
    accepted = as_int(_text(data, "colSendAbonent"))
    if _text(data, "action") != "send":
        raise unreadable(response, "the action is not send")
    if accepted is None or not 0 <= accepted <= len(submission.sms):
        raise unreadable(response, "no usable count of accepted recipients")
    if accepted == 0:
        # allRecivers leaves out what is no mobile number; others are refused for money, black lists "etc.".
        no_mobile = as_int(_text(data, "allRecivers")) == 0
        raise RequestRefused(
            code="1",
            raw=response.excerpt(),
            reason=Reason.RECIPIENT if no_mobile else Reason.UNEXPLAINED,
            entry=f"{KIND}-none-accepted",
            field="msisdn" if no_mobile else None,
        )
    return Receipt(
        gateway_id=_text(data, "smsid") or submission.ref,
        accepted=accepted,
        cost=as_decimal(_text(data, "priceOfSending")),
        segments=as_int(_text(data, "colsmsOfSending")),
    )


def parse_quote(response: HttpResponse, submission: Submission) -> Quote:
    """The price of the whole sending; `refused` counts dropped and refused numbers together."""
    data = _done(response)
    if _text(data, "action") != "check":
        raise unreadable(response, "the action is not check")
    acceptable = as_int(_text(data, "colSendAbonent"))
    return Quote(
        cost=as_decimal(_text(data, "priceOfSending")),
        segments=as_int(_text(data, "colsmsOfSending")),
        refused=None if acceptable is None else max(0, len(submission.sms) - acceptable),
    )


def build_report(config: Config, ref: str) -> HttpRequest:
    """The detailed form: naming a `smsid` makes it so, and ours is as good as the gateway's (section 4)."""
    data = _data(config)
    _add(data, "smsid", ref)
    return _post(config, "report", "report.xml", data)


def parse_report(response: HttpResponse, refs: Sequence[MessageRef]) -> list[Report]:
    """One report for each of `refs`, which share the ref that was asked for.

    What an unknown `smsid` brings is not documented: empty lists or some code (section 4). Neither proves
    anything of the message, so both move nothing and do not keep other refs from being asked.
    """
    data, code = _reply(response)
    if code != "1":
        error = _error(code, response)
        if isinstance(error, AccountStopped):
            raise error
        silence = Report(msisdn="", state=None, raw=code, code=code, silence=error.entry is not None)
        return [replace(silence, msisdn=one.msisdn, ref=one.ref) for one in refs]
    lists = _lists(data)
    return [_report(one, lists.get(one.msisdn, [_NOT_LISTED])) for one in refs]


_NOT_LISTED = ""  # no list has this name: it stands for a number that is in none of them


def _lists(data: etree._Element) -> dict[str, list[str]]:
    """For each number, as bare digits, the names of the lists it stands in."""
    lists: dict[str, list[str]] = {}
    for numbers in data.iterfind("detail/*"):
        for number in numbers.iterfind("number"):
            lists.setdefault(_NO_DIGIT.sub("", number.text or ""), []).append(str(numbers.tag))
    return lists


_NO_DIGIT = re.compile("[^0-9]")


def _report(one: MessageRef, lists: Sequence[str]) -> Report:
    # An unknown list may be a waiting one, so it stands before all others.
    name = lists[0] if len(lists) == 1 else min(lists, key=lambda name: _NEARNESS.get(name, -1))
    state = STATES.get(name)
    reason = _REASONS.get(state) if state else None
    entry = f"{KIND}-list-{name}" if reason else None
    return Report(
        msisdn=one.msisdn,
        ref=one.ref,
        state=state,
        raw=name,
        reason=reason,
        entry=entry,
        silence=name == _NOT_LISTED,
        absent=name == _NOT_LISTED,
    )


def build_history(config: Config, since: datetime, until: datetime) -> HttpRequest:
    """The list form: it is the missing `smsid` that makes it so (section 4). Always with both bounds."""
    data, zone = _data(config), ZoneInfo(config.timezone)
    _add(data, "start", _written(since, zone))
    _add(data, "stop", _written(until + timedelta(microseconds=999_999), zone))  # whole seconds, rounded up
    return _post(config, "history", "report.xml", data)


def parse_history(response: HttpResponse, config: Config, since: datetime, until: datetime) -> list[Past]:
    """One entry a sending of since <= at < until, in the gateway's order; its id is the system's own.

    Which formats bound the period, and how exactly, is not stated (section 3), so what lies outside is left
    out here too. A sending without a readable date stays.
    """
    zone = ZoneInfo(config.timezone)
    told = _done(response).findall("sms")
    check_items(response, told)
    entries = [_past(sms, zone) for sms in told]
    return [one for one in entries if one.at is None or since <= one.at < until]


def _past(sms: etree._Element, zone: ZoneInfo) -> Past:
    columns = {state: as_int(_text(sms, column)) for column, state in COLUMNS.items()}
    counts = {state: count for state, count in columns.items() if count is not None}
    total = as_int(_text(sms, "allCol"))
    return Past(
        gateway_id=_text(sms, "smsid") or "",
        at=_instant(_text(sms, "datetime"), zone),
        text=_text(sms, "text") or "",
        sender_id=_text(sms, "source"),
        counts=counts,
        total=sum(counts.values()) if total is None else total,
        cost=as_decimal(_text(sms, "payment")),
    )


def _instant(written: str | None, zone: ZoneInfo) -> datetime | None:
    """The account's local time as an instant; None for anything else, MySQL's empty 0000-00-00 among it."""
    try:
        return datetime.strptime(written or "", _DATETIME).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def build_cancel(config: Config, ref: str, action: str = "make") -> HttpRequest:
    """`make` cancels, `check` only counts what could be cancelled."""
    data = _data(config)
    _add(data, "action", action)
    _add(data, "smsid", ref)
    return _post(config, "cancel" if action == "make" else "check cancel", "cancel.xml", data)


def parse_cancel(response: HttpResponse, action: str = "make") -> int | None:
    """How many messages were or could be cancelled; None when the reply does not count (section 6)."""
    # The manual prints this closing tag so; should a server send it, only this is put right (section 9).
    body = response.body.replace(b"</ cancelCol >", b"</cancelCol>")
    data = _done(replace(response, body=body))
    if _text(data, "action") not in {action, None}:
        raise unreadable(response, f"the action is not {action}")
    return as_int(_text(data, "cancelCol"))


# Not allowed in XML 1.0 in any form, so they are left out: a parser at the other end would refuse the whole.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _legal(text: str) -> str:
    return _ILLEGAL.sub("", text)


def _add(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = _legal(text)


def _data(config: Config) -> etree._Element:
    data = etree.Element("data")
    _add(data, "login", config.login)
    _add(data, "password", config.password.get_secret_value())
    return data


def _post(
    config: Config, operation: str, document: str, data: etree._Element, *, submits: bool = False
) -> HttpRequest:
    # Never pretty-printed: blanks inside <to> may be taken as part of the text (section 9).
    return HttpRequest(
        operation=operation,
        method="POST",
        url=config.url + document,
        headers={"Content-Type": "text/xml; charset=utf-8"},
        body=etree.tostring(data, xml_declaration=True, encoding="UTF-8"),
        secrets=(config.password.get_secret_value(),),
        submits=submits,
    )


def _text(data: etree._Element, name: str) -> str | None:
    """The text of a child without the blanks the manual prints around it; None if missing or empty."""
    return (data.findtext(name) or "").strip() or None


def _reply(response: HttpResponse) -> tuple[etree._Element, str]:
    """The `<data>` of a reply and its code; OutcomeUnknown for anything else."""
    check_status(response)
    data = parse_xml(response)
    code = _text(data, "code")
    if data.tag != "data" or code is None:
        raise unreadable(response, "no <code>")
    return data, code


def _done(response: HttpResponse, *, smsid: str = "") -> etree._Element:
    """The `<data>` of a reply with code 1; raises what any other code means."""
    data, code = _reply(response)
    if code != "1":
        raise _error(code, response, smsid=smsid)
    return data


def _error(code: str, response: HttpResponse, *, smsid: str = "") -> GatewayError:
    """What a code other than 1 means; one that no table lists says nothing of the outcome.

    502 is "smsid longer than 21" to SMS-Pager and "sender not allowed" to the newer generation: with a short
    smsid it cannot be the length (section 7).
    """
    raw = response.excerpt()
    entry = f"{KIND}-{'70x' if _PARSER_ERROR.fullmatch(code) else code}"
    if code == "502" and len(smsid) > CAPABILITIES.ref_max:
        return RequestRefused(code=code, raw=raw, reason=Reason.REQUEST, entry=entry)
    if code in ERRORS:
        return ERRORS[code](code=code, raw=raw, entry=entry)
    if _PARSER_ERROR.fullmatch(code):
        return RequestRefused(code=code, raw=raw, reason=Reason.REQUEST, entry=entry)
    return OutcomeUnknown(code=code, raw=raw)


class Gateway:
    """One login at SMS-Pager, as a `model.Gateway` with `faces.History` and `faces.Recallable`."""

    kind = KIND
    capabilities = CAPABILITIES

    def __init__(self, config: Config, send: Send) -> None:
        self._config = config
        self._send = send

    async def balance(self) -> Balance:
        return parse_balance(await self._send(build_balance(self._config)))

    async def quote(self, submission: Submission) -> Quote:
        return parse_quote(await self._send(build_quote(self._config, submission)), submission)

    async def submit(self, submission: Submission) -> Receipt:
        return parse_submit(await self._send(build_submit(self._config, submission)), submission)

    async def reports(self, refs: Sequence[MessageRef]) -> list[Report]:
        """One call a distinct ref; an unreadable answer costs only its own ref, unless none is readable.

        Any other error ends the asking; but for AccountStopped, what has been told by then is kept.
        """
        found: list[Report] = []
        unread: list[GatewayError] = []
        for ref in dict.fromkeys(one.ref for one in refs):
            try:
                response = await self._send(build_report(self._config, ref))
                found += parse_report(response, [one for one in refs if one.ref == ref])
            except AccountStopped:
                raise
            except OutcomeUnknown as error:
                unread.append(error)
            except GatewayError as error:
                unread.append(error)
                break
            if len(unread) == 3:  # a gateway that is down takes its time over each
                break
        if unread and not found:
            raise unread[0]
        return found

    async def cancel(self, refs: Sequence[MessageRef]) -> int | None:
        """Cancels by ref, and so every message of a submission that one of `refs` belongs to."""
        return await self._cancel(refs, "make")

    async def recallable(self, refs: Sequence[MessageRef]) -> int | None:
        """Counts by ref, as `cancel` cancels."""
        return await self._cancel(refs, "check")

    async def _cancel(self, refs: Sequence[MessageRef], action: str) -> int | None:
        counts = [
            parse_cancel(await self._send(build_cancel(self._config, ref, action)), action)
            for ref in dict.fromkeys(one.ref for one in refs)
        ]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None

    async def history(self, since: datetime, until: datetime) -> list[Past]:
        response = await self._send(build_history(self._config, since, until))
        return parse_history(response, self._config, since, until)
