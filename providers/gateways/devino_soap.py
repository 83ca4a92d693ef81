"""Devino Telecom over SOAP: SmsService.asmx, in SOAP 1.2 or 1.1.

Source: Devino's SOAP document and the Devino protocol sheet, whose sections the comments name; what both of
Devino's faces share is in `providers.devino`. The oddities:

- zeep builds the envelopes from the WSDL beside this module, which we wrote from section 6; the one that
  Devino serves names another host (section 1), so nothing is downloaded and the address is a setting.
- Answers are read by name with lxml: the documents and the WSDL put the same elements in different orders
  (section 10, 6), and a fault of one SOAP version may answer a request of the other (section 7).
- Errors are faults with HTTP 500 and a text, without any code; wrongly named request elements are ignored
  silently (sections 6 and 7).
- A message id is text in one place and a long in another: one that is not a number cannot be asked about
  here (section 10, 7).
- XML cannot carry most control characters, so they are dropped from texts.
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any, Literal

from lxml import etree
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from ..devino import periods, segments, sending, vocabulary
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
    check_endpoint,
    check_items,
    check_status,
    parse_xml,
    unreadable,
)

KIND = "devino_soap"


def _check_service(url: str) -> str:
    """As `check_endpoint`, but this is a file, not a folder."""
    return check_endpoint(url).removesuffix("/")


class Config(BaseModel):
    """One login."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Annotated[str, AfterValidator(_check_service)] = "https://ws.devinotele.com/SmsService.asmx"
    login: str = Field(min_length=1)
    password: SecretStr = Field(min_length=1)
    soap_version: Literal["1.2", "1.1"] = "1.2"


# Section 7, where the words of the fault do not decide already: fault codes of SOAP 1.1 and 1.2.
ERRORS: dict[str, Known] = {
    "Client": Known(Meaning.REQUEST, "devino-fault-client"),
    "Sender": Known(Meaning.REQUEST, "devino-fault-sender"),
    "Server": Known(Meaning.UNCLEAR, "devino-fault-server", Charged.MAYBE),
    "Receiver": Known(Meaning.UNCLEAR, "devino-fault-receiver", Charged.MAYBE),
    "VersionMismatch": Known(Meaning.UNCLEAR, "devino-fault-version"),
    "MustUnderstand": Known(Meaning.UNCLEAR, "devino-fault-understand"),
}

STATES = vocabulary.STATES

# The reason dictionary: whether what an entry tells of was probably charged.
ENTRIES: dict[str, Charged] = {**vocabulary.error_entries(*ERRORS.values()), **vocabulary.ENTRIES}

CAPABILITIES = Capabilities(
    batch_max=200,  # as over REST; the document allows 1000 here (section 5)
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
    options=("optional",),  # `Optionals` of SendMessage, whose meaning is not explained (section 5)
)

NAMESPACE = "http://ws.devinosms.com"
_ENVELOPES = ("http://www.w3.org/2003/05/soap-envelope", "http://schemas.xmlsoap.org/soap/envelope/")
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


def build_login(config: Config) -> HttpRequest:
    password = config.password.get_secret_value()
    return _envelope(
        config,
        "GetSessionID",
        {"login": _legal(config.login), "password": _legal(password)},
        secrets=(password,),
        secret_reply=True,
    )


def parse_login(response: HttpResponse) -> str:
    """The session id."""
    return session_id(_text(_result(response, "GetSessionID", Call.LOGIN)), response)


def build_balance(config: Config, session: str) -> HttpRequest:
    return _envelope(config, "GetBalance", {"sessionID": session}, secrets=_secrets(config, session))


def parse_balance(response: HttpResponse) -> Balance:
    """An overdraft counts in, so it may be negative (section 3.2)."""
    amount = as_decimal(_text(_result(response, "GetBalance", Call.READ)))
    if amount is None:
        raise unreadable(response, "no balance")
    return Balance(amount=amount)


def build_submit(config: Config, session: str, submission: Submission) -> HttpRequest:
    """SendMessage, or one of the two sends by the recipient's time (section 5).

    Raises what `sending.common_text` raises.
    """
    numbers = [one.msisdn for one in submission.sms]
    text = _legal(sending.common_text(submission))
    sender_id = _legal(submission.sender_id or "")
    options = [_legal(value) for _, value in submission.options]
    operation = _send_operation(submission)
    if operation == "SendMessage":
        message = {
            "Data": text,
            "DelayUntilUtc": sending.send_date(submission),
            "DestinationAddresses": {"string": numbers},
            "SourceAddress": sender_id,
            "ReceiptRequested": True,
            "Validity": sending.validity(submission),
            "Optionals": {"string": options} if options else None,
        }
        children: dict[str, object] = {"sessionID": session, "message": message}
    else:
        many = len(numbers) > 1
        children = {
            "sessionID": session,
            "sourceAddress": sender_id,
            "destinationAddresses" if many else "destinationAddress": (
                {"string": numbers} if many else numbers[0]
            ),
            "data": text,
            "sendDate": sending.send_date(submission),
            "validity": sending.validity(submission),
        }
    return _envelope(config, operation, children, secrets=_secrets(config, session), submits=True)


def parse_submit(response: HttpResponse, submission: Submission) -> Receipt:
    """A flat list of ids, one a segment. No id at all is no answer (section 11, 5)."""
    result = _result(response, _send_operation(submission), Call.SEND)
    ids = sending.ids(map(_text, result.iterfind("{*}string"))) if result is not None else []
    if not ids:
        raise unreadable(response, "not one id")
    return sending.receipt(submission, _legal(sending.common_text(submission)), ids)


def _send_operation(submission: Submission) -> str:
    if not submission.by_recipient_time:
        return "SendMessage"
    return "SendMessageByTimeZone" + ("ToAddresses" if len(submission.sms) > 1 else "")


def build_state(config: Config, session: str, gateway_id: str) -> HttpRequest:
    return _envelope(
        config,
        "GetMessageState",
        {"sessionID": session, "messageID": gateway_id},
        secrets=_secrets(config, session),
    )


def parse_state(response: HttpResponse, gateway_id: str) -> Segment:
    """The state of one segment. A missing, nil or fractional State is not 0, which is "delivered"."""
    told = segments.segment(gateway_id, partial(_text, _result(response, "GetMessageState", Call.READ)))
    if told is None:
        raise unreadable(response, "no state")
    return told


def build_inbox(config: Config, session: str, since: datetime, until: datetime) -> HttpRequest:
    """The dates in the order of the WSDL, which is not the document's (section 10, 2)."""
    first, last = periods.span(since, until)
    children = {"sessionID": session, "minDateUTC": first, "maxDateUTC": last}
    return _envelope(config, "GetIncomingMessages", children, secrets=_secrets(config, session))


def parse_inbox(response: HttpResponse, since: datetime, until: datetime) -> list[Inbound]:
    """An absent result is an empty one; a nil entry is none (section 6)."""
    result = _result(response, "GetIncomingMessages", Call.READ)
    entries = list(result.iterfind("{*}IncomingMessage")) if result is not None else []
    check_items(response, entries)
    found = (periods.inbound(partial(_text, one), since) for one in entries if not _is_nil(one))
    return periods.within(found, since, until)


def build_statistics(config: Config, session: str, first: str, last: str) -> HttpRequest:
    """With `sessionID`: the document's `sessionId` would be ignored (section 10, 1)."""
    children = {"sessionID": session, "startDateTime": first, "endDateTime": last}
    return _envelope(config, "GetStatistics", children, secrets=_secrets(config, session))


def parse_statistics(response: HttpResponse) -> Mapping[str, int]:
    """The counters of one window."""
    counted = periods.counters(partial(_text, _result(response, "GetStatistics", Call.READ)))
    if counted is None:
        raise unreadable(response, "no counters")
    return counted


# XML 1.0, production 2: everything that is not a Char. lxml refuses to write it.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _legal(text: str) -> str:
    """Text as XML can carry it."""
    return _ILLEGAL.sub("", text)


def _secrets(config: Config, session: str) -> tuple[str, ...]:
    return session, config.password.get_secret_value()


def _envelope(
    config: Config,
    operation: str,
    children: Mapping[str, object],
    *,
    secrets: tuple[str, ...],
    secret_reply: bool = False,
    submits: bool = False,
) -> HttpRequest:
    port, content_type = {
        "1.2": ("SmsServiceSoap12", "application/soap+xml; charset=utf-8"),
        "1.1": ("SmsServiceSoap", "text/xml; charset=utf-8"),
    }[config.soap_version]
    headers = {"Content-Type": content_type}
    if config.soap_version == "1.1":
        headers["SOAPAction"] = f'"{NAMESPACE}/{operation}"'
    client = _wsdl()
    envelope = client.create_message(client.bind("SmsService", port), operation, **children)
    return HttpRequest(
        operation=operation,
        method="POST",
        url=config.url,
        headers=headers,
        body=etree.tostring(envelope, encoding="utf-8", xml_declaration=True),
        secrets=secrets,
        secret_reply=secret_reply,
        submits=submits,
    )


class _NoTransport:
    """In place of zeep's own HTTP: it may neither load nor send anything."""

    def load(self, url: str) -> bytes:
        raise RuntimeError(f"the WSDL is whole and needs nothing from {url}")


@cache
def _wsdl() -> Any:
    """The service as its WSDL tells it, read once a process. zeep logs while reading it, never after."""
    import zeep  # a tenth of a second and ten megabytes, for those who have such an account

    with Path(__file__).with_suffix(".wsdl").open("rb") as file:
        client: Any = zeep.Client(file, transport=_NoTransport())  # type: ignore[no-untyped-call]  # zeep has types in part only
    client.set_ns_prefix(None, NAMESPACE)  # envelopes look as in Devino's samples
    return client


def _result(response: HttpResponse, operation: str, call: Call) -> etree._Element | None:
    """The `<operation>Result` of a good answer, None if it is absent: most may be (section 5).

    Raises for a fault first, then by HTTP status.
    """
    try:
        root = parse_xml(response)
    except OutcomeUnknown:
        check_status(response)
        raise
    for namespace in _ENVELOPES:
        body = root.find(f"{{{namespace}}}Body") if root.tag == f"{{{namespace}}}Envelope" else None
        fault = body.find(f"{{{namespace}}}Fault") if body is not None else None
        if fault is not None:
            raise _fault(response, fault, call)
        answer = body.find(f"{{{NAMESPACE}}}{operation}Response") if body is not None else None
        if answer is not None:
            check_status(response)
            return answer.find(f"{{*}}{operation}Result")
    check_status(response)
    raise unreadable(response, f"no answer to {operation}")


def _text(parent: etree._Element | None, name: str = "") -> str | None:
    """The text of an element or of its child; None if it is absent, nil or blank."""
    element = parent.find(f"{{*}}{name}") if name and parent is not None else parent
    if element is None or _is_nil(element):
        return None
    return (element.text or "").strip() or None


def _is_nil(element: etree._Element) -> bool:
    return element.get(_NIL, "").strip() in {"true", "1"}


def _fault(response: HttpResponse, fault: etree._Element, call: Call) -> GatewayError:
    """What a fault of either SOAP version comes to: by its words, else by its code (section 7)."""
    value = fault.findtext("{*}Code/{*}Value") or fault.findtext("{*}faultcode") or ""
    code = value.strip().rpartition(":")[2].partition(".")[0]
    texts = [*fault.iterfind("{*}Reason/{*}Text"), *fault.iterfind("{*}faultstring")]
    messages = [_message("".join(map(str, text.itertext()))) for text in texts]
    by_code = ERRORS.get(code, vocabulary.UNKNOWN)
    refused = by_code.meaning is Meaning.REQUEST
    told = (vocabulary.told(message, call, refused=refused) for message in messages)
    by_words = next((known for known in told if known is not None), None)
    return vocabulary.error(
        by_words or by_code,
        call,
        code=code or str(response.status),
        raw=vocabulary.said(response, " / ".join(messages)),
    )


_FAULT_MAX = 4096  # characters; splitting a long run of blanks takes time by the square


def _message(text: str) -> str:
    """The message within "Server was unable to process request. ---> message   at stack trace".

    Devino's document breaks the arrow over two lines. All arrows stand before the first stack trace.
    """
    innermost = re.split(r"---\s*>", text[:_FAULT_MAX])[-1]
    return re.split(r"\s{2,}at |\s+--- End of", innermost, maxsplit=1)[0].strip()


class Gateway:
    """Devino's SOAP service as a `model.Gateway` with `faces.Inbox` and `faces.Counts`.

    `clock` counts seconds and never jumps.
    """

    kind = KIND
    capabilities = CAPABILITIES

    def __init__(self, config: Config, send: Send, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._session = Session(send, partial(build_login, config), parse_login, clock)

    async def balance(self) -> Balance:
        return await self._session.call(partial(build_balance, self._config), parse_balance)

    async def quote(self, submission: Submission) -> Quote:
        raise Unsupported(raw="Devino tells no price before sending")

    async def submit(self, submission: Submission) -> Receipt:
        options = CAPABILITIES.options if not submission.by_recipient_time else ()
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
        if since >= until:
            return []
        return await self._session.call(
            lambda session: build_inbox(self._config, session, since, until),
            lambda response: parse_inbox(response, since, until),
        )

    async def statistics(self, since: datetime, until: datetime) -> Statistics:
        return await periods.statistics(since, until, self._counters)

    async def _state(self, gateway_id: str, kind: Kind) -> Segment:
        # A number of another kind would be read in the wrong table.
        if kind != Kind.SMS or not re.fullmatch(r"\d+", gateway_id, re.ASCII):
            return Segment(gateway_id=gateway_id, raw="not a number, cannot be asked over SOAP", silence=True)
        return await self._session.call(
            lambda session: build_state(self._config, session, gateway_id),
            lambda response: parse_state(response, gateway_id),
        )

    async def _counters(self, first: str, last: str) -> Mapping[str, int]:
        return await self._session.call(
            lambda session: build_statistics(self._config, session, first, last), parse_statistics
        )
