"""Devino's SOAP face, an ASMX service: envelopes of SOAP 1.1 and 1.2 (seed 001, sheet sections 5 to 7)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

from aiohttp import web
from lxml import etree

from sandbox.calls import TOO_MANY_REQUESTS, Call, Reply
from sandbox.devino_account import NO_DATE, REFUSALS, DevinoDesk, DevinoError, Order, SegmentState, read_date
from sandbox.devino_wsdl import NAMESPACE, serve
from sandbox.faults import Refusal

GATEWAY = "devino_soap"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSD = "http://www.w3.org/2001/XMLSchema"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
IDS = re.compile(rb"<(\w+:)?string>(?P<id>\d+)</(\w+:)?string>")
UNPROCESSED = "Server was unable to process request. ---> "


@dataclass(frozen=True, slots=True)
class Version:
    """One version of SOAP: the names of things that differ."""

    namespace: str
    content_type: str
    client: str
    server: str


SOAP_11 = Version("http://schemas.xmlsoap.org/soap/envelope/", "text/xml", "Client", "Server")
SOAP_12 = Version("http://www.w3.org/2003/05/soap-envelope", "application/soap+xml", "Sender", "Receiver")
VERSIONS = {version.content_type: version for version in (SOAP_11, SOAP_12)}


class SoapFault(Exception):
    """`code` without prefix: Client or Sender, Server or Receiver, VersionMismatch."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


Act = Callable[[], etree._Element]


async def understand(desk: DevinoDesk, request: web.Request) -> Call:
    """The operation is the first element in the body; SOAP 1.1 must name it in `SOAPAction` as well.

    A GET of `?WSDL` is answered with the WSDL, and needs no session.
    """
    if request.method == "GET" and request.query_string.lower() == "wsdl":
        return Call("WSDL", {}, "text/xml; charset=utf-8", serve, lambda _: TOO_MANY_REQUESTS)
    body = await request.read()
    version = VERSIONS.get(request.content_type)
    if request.method != "POST" or version is None:
        unsupported = Reply(b"", "text/plain", 415)
        return Call("unknown", {}, "text/plain", lambda: unsupported, lambda _: unsupported)
    content_type = f"{version.content_type}; charset=utf-8"
    refuse = partial(_refuse, version)
    try:
        element = _operation(body, version, request.headers.get("SOAPAction"))
    except SoapFault as fault:
        reply = render_fault(version, fault)
        return Call("unknown", {}, content_type, lambda: reply, refuse)
    operation, fields = etree.QName(element).localname, _fields(element)
    act = partial(_act, version, partial(OPERATIONS[operation], desk, fields, version))
    return Call(operation, dict(fields), content_type, act, refuse, IDS)


def render(version: Version, content: etree._Element, status: int = 200) -> Reply:
    """An envelope around the content; the prefix is `soap` in both versions, as ASMX writes it."""
    envelope = etree.Element(
        f"{{{version.namespace}}}Envelope", nsmap={"soap": version.namespace, "xsi": XSI, "xsd": XSD}
    )
    etree.SubElement(envelope, f"{{{version.namespace}}}Body").append(content)
    text = b'<?xml version="1.0" encoding="utf-8"?>' + etree.tostring(envelope, encoding="utf-8")
    return Reply(
        text, f"{version.content_type}; charset=utf-8", status, {"Cache-Control": "private, max-age=0"}
    )


def render_fault(version: Version, fault: SoapFault) -> Reply:
    """Every fault goes out with HTTP 500, business errors too."""
    soap = f"{{{version.namespace}}}"
    element = etree.Element(f"{soap}Fault", nsmap={"soap": version.namespace})
    if version is SOAP_11:
        etree.SubElement(element, "faultcode").text = f"soap:{fault.code}"
        etree.SubElement(element, "faultstring").text = fault.text
        etree.SubElement(element, "detail")
    else:
        code = etree.SubElement(element, f"{soap}Code")
        etree.SubElement(code, f"{soap}Value").text = f"soap:{fault.code}"
        reason = etree.SubElement(element, f"{soap}Reason")
        etree.SubElement(reason, f"{soap}Text", {XML_LANG: "en"}).text = fault.text
        etree.SubElement(element, f"{soap}Detail")
    return render(version, element, 500)


def _operation(body: bytes, version: Version, action: str | None) -> etree._Element:
    """The element that names the operation. SoapFault: no envelope of this version, no such operation."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        envelope = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise SoapFault(version.client, f"Server was unable to read request. ---> {error}") from None
    if envelope.tag != f"{{{version.namespace}}}Envelope":
        raise SoapFault(
            "VersionMismatch",
            f"Possible SOAP version mismatch: Envelope namespace {etree.QName(envelope).namespace} was "
            f"unexpected. Expecting {version.namespace}.",
        )
    elements = envelope.findall(f"{{{version.namespace}}}Body/{{{NAMESPACE}}}*")
    operation = etree.QName(elements[0]).localname if elements else ""
    # SOAP 1.2 goes by the element alone: ASMX does not look at a `SOAPAction` that came along.
    named = version is SOAP_12 or (action or "").strip('"') == f"{NAMESPACE}/{operation}"
    if operation not in OPERATIONS or not named:
        text = f"Server did not recognize the value of HTTP Header SOAPAction: {action or ''}."
        raise SoapFault(version.client, text)
    return elements[0]


def _fields(element: etree._Element) -> Mapping[str, Any]:
    """Children by name: text, None if nil, a mapping, or the texts of an array.

    An element of another namespace or in the wrong case is read as absent: ASMX ignores it without a word.
    """
    return {etree.QName(child).localname: _value(child) for child in element.findall(f"{{{NAMESPACE}}}*")}


def _value(element: etree._Element) -> Any:
    if element.get(f"{{{XSI}}}nil") in ("true", "1"):
        return None
    items = element.findall(f"{{{NAMESPACE}}}string")
    if items:
        return [item.text or "" for item in items]
    return _fields(element) or element.text or ""


def _array(value: Any) -> list[str]:
    """The items of an ArrayOfString; one that is empty, nil or absent, or holds bare text, has none."""
    return value if isinstance(value, list) else []


def _refuse(version: Version, kind: Refusal) -> Reply:
    if kind == "throttle":
        return TOO_MANY_REQUESTS
    return render_fault(version, SoapFault(version.server, UNPROCESSED + REFUSALS[kind].desc))


def _act(version: Version, act: Act) -> Reply:
    try:
        return render(version, act())
    except SoapFault as fault:
        return render_fault(version, fault)
    except DevinoError as error:
        return render_fault(version, SoapFault(version.server, UNPROCESSED + error.desc))


def _response(operation: str) -> tuple[etree._Element, etree._Element]:
    """`<OpResponse><OpResult/></OpResponse>`, both elements."""
    response = etree.fromstring(f'<{operation}Response xmlns="{NAMESPACE}"/>')
    return response, etree.SubElement(response, f"{{{NAMESPACE}}}{operation}Result")


def _get_session_id(desk: DevinoDesk, fields: Mapping[str, Any], _: Version) -> etree._Element:
    response, result = _response("GetSessionID")
    result.text = desk.log_in(fields.get("login"), fields.get("password"))
    return response


def _get_balance(desk: DevinoDesk, fields: Mapping[str, Any], _: Version) -> etree._Element:
    response, result = _response("GetBalance")
    result.text = str(desk.balance(fields.get("sessionID")))
    return response


def _send_message(desk: DevinoDesk, fields: Mapping[str, Any], _: Version) -> etree._Element:
    """Capital first letters inside `message`, unlike the time-zone operations."""
    message = fields.get("message")
    message = message if isinstance(message, Mapping) else {}
    order = Order(
        session_id=fields.get("sessionID"),
        source=message.get("SourceAddress"),
        destinations=_array(message.get("DestinationAddresses")),
        text=message.get("Data"),
        send_date=message.get("DelayUntilUtc"),
        validity=message.get("Validity"),
        destination_name="destinationAddresses",
    )
    return _sent("SendMessage", desk, order)


def _send_by_time_zone(desk: DevinoDesk, fields: Mapping[str, Any], _: Version) -> etree._Element:
    destination = fields.get("destinationAddress")
    return _sent(
        "SendMessageByTimeZone",
        desk,
        _zoned(fields, [destination] if destination else [], "destinationAddress"),
    )


def _send_by_time_zone_to_addresses(
    desk: DevinoDesk, fields: Mapping[str, Any], _: Version
) -> etree._Element:
    destinations = _array(fields.get("destinationAddresses"))
    return _sent(
        "SendMessageByTimeZoneToAddresses", desk, _zoned(fields, destinations, "destinationAddresses")
    )


def _zoned(fields: Mapping[str, Any], destinations: list[str], destination_name: str) -> Order:
    return Order(
        session_id=fields.get("sessionID"),
        source=fields.get("sourceAddress"),
        destinations=destinations,
        text=fields.get("data"),
        send_date=fields.get("sendDate"),
        validity=fields.get("validity"),
        by_time_zone=True,
        destination_name=destination_name,
    )


def _sent(operation: str, desk: DevinoDesk, order: Order) -> etree._Element:
    response, result = _response(operation)
    for segment in desk.send(order, gateway=GATEWAY, request_id=uuid4().hex):
        etree.SubElement(result, f"{{{NAMESPACE}}}string").text = segment
    return response


def _get_message_state(desk: DevinoDesk, fields: Mapping[str, Any], version: Version) -> etree._Element:
    message_id = fields.get("messageID")
    try:
        number = int(message_id or 0)  # xsd:long; an absent one is read as 0
        if not -(2**63) <= number < 2**63:
            raise ValueError
    except ValueError:
        raise _unreadable(version, "Input string was not in a correct format.") from None
    response, result = _response("GetMessageState")
    _render_state(result, desk.state(fields.get("sessionID"), str(number)))
    return response


def _get_incoming_messages(desk: DevinoDesk, fields: Mapping[str, Any], version: Version) -> etree._Element:
    """Children in the order of the WSDL; the sample of seed 001 has no `ID` and calls the date otherwise."""
    since, until = (_date_in(fields, name, version) for name in ("minDateUTC", "maxDateUTC"))
    response, result = _response("GetIncomingMessages")
    for incoming in desk.incoming(fields.get("sessionID"), since, until):
        children = {
            "ID": str(incoming.id),
            "Data": incoming.text,
            "SourceAddress": incoming.source,
            "DestinationAddress": incoming.destination,
            desk.quirks.date_key: _date(incoming.created),
        }
        _fill(etree.SubElement(result, f"{{{NAMESPACE}}}IncomingMessage"), children)
    return response


def _get_statistics(desk: DevinoDesk, fields: Mapping[str, Any], version: Version) -> etree._Element:
    """The session is `sessionID`, as in the WSDL: the `sessionId` of seed 001 is another element, unread."""
    since, until = (_date_in(fields, name, version) for name in ("startDateTime", "endDateTime"))
    counts = desk.statistics(fields.get("sessionID"), since, until)
    response, result = _response("GetStatistics")
    children = {
        "Sent": counts.sent,
        "Delivered": counts.delivered,
        "Errors": counts.errors,
        "InProcess": counts.in_process,
        "Expired": counts.expired,
        "Rejected": counts.rejected,
        "Optimized": 0,
        "Tarificated": counts.total_with_errors,
        "Total": counts.total,
        "TotalWithErrors": counts.total_with_errors,
        "DeliveryRatio": counts.delivery_ratio,
    }
    _fill(result, {name: str(value) for name, value in children.items()})
    return response


def _date_in(fields: Mapping[str, Any], name: str, version: Version) -> datetime:
    """A dateTime that is absent, or called otherwise, is read as the beginning of .NET's time."""
    written = fields.get(name)
    if written is None:
        return NO_DATE
    try:
        return read_date(written)
    except (TypeError, ValueError):
        raise _unreadable(version, f"The string '{written}' is not a valid AllXsd value.") from None


def _unreadable(version: Version, reason: str) -> SoapFault:
    """What ASMX says of a value that is not of its type in the WSDL."""
    text = f"Server was unable to read request. ---> There is an error in XML document (1, 1). ---> {reason}"
    return SoapFault(version.client, text)


def _render_state(result: etree._Element, state: SegmentState) -> None:
    """Children in the order of the WSDL; the sample of seed 001 has another order and no `TimeStampUtc`."""
    children = {
        "CreationDateUtc": _date(state.created),
        "SubmittedDateUtc": _date(state.submitted),
        "ReportedDateUtc": _date(state.reported),
        "TimeStampUtc": _date(state.timestamp),
        "State": str(state.code),
        "StateDescription": state.description,
        "Price": None if state.price is None else str(state.price),
    }
    _fill(result, children)


def _fill(element: etree._Element, children: Mapping[str, str | None]) -> None:
    """Children in this order; None is nil."""
    for name, text in children.items():
        child = etree.SubElement(element, f"{{{NAMESPACE}}}{name}")
        child.text = text
        if text is None:
            child.set(f"{{{XSI}}}nil", "true")


def _date(date: datetime | None) -> str | None:
    """.NET's form of a date of no particular zone: no `Z`."""
    return None if date is None else date.astimezone(UTC).replace(tzinfo=None).isoformat()


OPERATIONS: dict[str, Callable[[DevinoDesk, Mapping[str, Any], Version], etree._Element]] = {
    "GetSessionID": _get_session_id,
    "GetBalance": _get_balance,
    "SendMessage": _send_message,
    "SendMessageByTimeZone": _send_by_time_zone,
    "SendMessageByTimeZoneToAddresses": _send_by_time_zone_to_addresses,
    "GetMessageState": _get_message_state,
    "GetStatistics": _get_statistics,
    "GetIncomingMessages": _get_incoming_messages,
}
