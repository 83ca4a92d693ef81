"""How SMS-Pager writes its answers: pure functions from messages to XML (seed 002, sheet sections 2 to 6)."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lxml import etree

from sandbox.account import Message
from sandbox.calls import Reply
from sandbox.handset import FINAL, Stage

# The manual names none; the back end is PHP, whose own default this is. A client must not decide by it.
CONTENT_TYPE = "text/html; charset=UTF-8"

Fields = dict[str, str]
StageOf = Callable[[Message], Stage]
Local = Callable[[datetime], str]

LISTS: Mapping[Stage, str] = {
    Stage.DELIVERED: "delivered",
    Stage.UNDELIVERED: "notDelivered",
    Stage.EXPIRED: "notDelivered",
    Stage.REJECTED: "notDelivered",
    Stage.QUEUED: "waiting",
    Stage.SENT: "enqueued",
    Stage.CANCELLED: "cancel",
    Stage.MODERATION: "onModer",
}
ALWAYS_THERE = (
    "delivered",
    "notDelivered",
    "waiting",
    "enqueued",
)  # empty or not; the sample shows these four
COLUMNS = {
    "deliveredCol": "delivered",
    "notDeliveredCol": "notDelivered",
    "waitingCol": "waiting",
    "enqueuedCol": "enqueued",
}


UNDELIVERED = FINAL - {Stage.DELIVERED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One accepted request. `smsid`: the client's or as answered; `system_id`: that of the list form."""

    system_id: str
    smsid: str
    at: datetime
    text: str
    source: str
    messages: tuple[Message, ...]
    only_delivered: bool = False  # paid for what was delivered, and for nothing else


def render(fields: Fields) -> Reply:
    """`<data>` with one element a field. Business errors are HTTP 200 as well."""
    return _write(_data(fields))


def report(
    head: Fields, found: Sequence[Sending], asked: str, *, stage: StageOf, local: Local, price: Decimal
) -> Reply:
    """The detail form: numbers by list, of all sendings that share the id. An unknown id has empty lists.

    The `<sms>` block is there only when the system's own id was asked.
    """
    data = _data(head)
    for sending in found:
        if sending.system_id == asked:
            data.append(_block(sending, stage, local, price))
    numbers: dict[str, list[str]] = {name: [] for name in ALWAYS_THERE}
    for message in (message for sending in found for message in sending.messages):
        if name := LISTS.get(stage(message)):  # a message of unknown fate is in no list
            numbers.setdefault(name, []).append(message.accepted.msisdn)
    detail = etree.SubElement(data, "detail")
    for name, members in numbers.items():
        element = etree.SubElement(detail, name)
        for number in members:
            etree.SubElement(element, "number").text = number
    return _write(data)


def listing(head: Fields, found: Sequence[Sending], *, stage: StageOf, local: Local, price: Decimal) -> Reply:
    """The list form: one `<sms>` a sending; an empty period has none and is no error."""
    data = _data(head)
    data.extend(_block(sending, stage, local, price) for sending in found)
    return _write(data)


def _block(sending: Sending, stage: StageOf, local: Local, price: Decimal) -> etree._Element:
    """Cancelled, moderated and unknown messages have no column, so the four need not add up to `allCol`."""
    counts = Counter(LISTS.get(stage(message)) for message in sending.messages)
    free = UNDELIVERED if sending.only_delivered else {Stage.CANCELLED}
    paid = [m.accepted.segments for m in sending.messages if stage(m) not in free]
    block = etree.Element("sms")
    fields = {
        "smsid": sending.system_id,
        "datetime": local(sending.at),
        "text": sending.text,
        "source": sending.source,
        "allCol": str(len(sending.messages)),
        **{column: str(counts[name]) for column, name in COLUMNS.items()},
        "payment": str(price * sum(paid)),
    }
    for name, text in fields.items():
        etree.SubElement(block, name).text = text
    return block


def _data(fields: Fields) -> etree._Element:
    data = etree.Element("data")
    for name, text in fields.items():
        etree.SubElement(data, name).text = text
    return data


def _write(data: etree._Element) -> Reply:
    """One element a line, as the manual prints it."""
    text = etree.tostring(data, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return Reply(text, CONTENT_TYPE)
