"""send.php and what jobs.php shares with it: what is asked for, whether it may be, doing it (sheet 2)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from uuid import uuid4

from sandbox.account import Sms
from sandbox.handset import refused_at_submission
from sandbox.smsc import replies
from sandbox.smsc.errors import (
    BAD_DATE,
    BAD_NUMBER,
    BAD_PARAMETERS,
    DENIED,
    NO_MONEY,
    UNDELIVERABLE,
    SmscError,
)
from sandbox.smsc.kinds import WORDLESS, check_voice, count_parts, count_told, read_kind, shape
from sandbox.smsc.register import WAITING, Register, Verdict
from sandbox.smsc.replies import Fields, Sent
from sandbox.smsc.request import Item, Request, check_valid, read_items, read_own_id, read_time

GATEWAY = "smsc"
TEXT_MAX = 1000
MCCMNC = "25001"
NO_ROUTE: Verdict = (25, 248)
WRONG_FORMAT: Verdict = (22, 249)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a client wants sent. `own_id`: its own, None if it gave none. `code`: made up by the server."""

    kind: str
    items: tuple[Item, ...]
    sender: str | None
    own_id: str | None
    code: str | None = None


def send(register: Register, request: Request) -> str:
    """send.php: `cost` 0 sends, 1 only names the price, 2 and 3 send and name price and balance."""
    order = read_order(request, register.account.now())
    cost_mode = request.parameters.get("cost") or "0"
    if cost_mode not in ("0", "1", "2", "3"):
        raise SmscError(*BAD_PARAMETERS)
    quoting = cost_mode == "1"
    message_id = order.own_id or ("" if quoting else register.new_id())
    good = deliverable(register, order, message_id or None)
    cost, count = price(register, order.kind, good), sum(count_told(order.kind, item.text) for item in good)
    numbers = _numbers(register, request, order)
    if quoting:
        return replies.quoted(request.fmt, cost, count, numbers)
    place(register, order, good, message_id)
    answer = Sent(
        message_id=message_id,
        count=count,
        cost=cost if cost_mode in ("2", "3") else None,
        balance=register.account.balance if cost_mode == "3" else None,
        code=order.code,
        numbers=numbers,
    )
    return replies.sent(request.fmt, answer)


def read_order(request: Request, now: datetime) -> Order:
    """SmscError 1: bad parameters; 5: a bad date."""
    try:
        kind, request = read_kind(request)
        items = read_items(request, wordless=kind in WORDLESS)
        own_id = read_own_id(request.parameters.get("id"))
        check_valid(request.parameters.get("valid"))
        check_voice(request)
        if any(len(item.text) > TEXT_MAX for item in items):
            raise ValueError
        code = _make_up_code(items) if kind == "call" and request.parameters.get("mes") == "code" else None
        items = [replace(item, text=code or shape(item.text, request, kind)) for item in items]
        portion, step = _spread(request, len(items))
    except ValueError:
        raise SmscError(*BAD_PARAMETERS) from None
    try:
        starts = [read_time(request, now, item.shift) for item in items]
    except ValueError:
        raise SmscError(*BAD_DATE) from None
    waits = [step * (index // portion) for index in range(len(items))]
    return Order(
        kind=kind,
        items=tuple(
            replace(item, send_at=(start or now) + wait if wait else start)
            for item, start, wait in zip(items, starts, waits, strict=True)
        ),
        sender=request.parameters.get("sender"),
        own_id=own_id,
        code=code,
    )


def deliverable(register: Register, order: Order, message_id: str | None) -> list[Item]:
    """The items that can go out. A request is refused whole only when none can, or for its sender.

    SmscError 6: the sender; 7: no number among them is one; 8: none can be reached.
    """
    names = (_sender(register, item, order) for item in order.items)
    if not all(map(register.account.approves, names)):
        raise SmscError(*DENIED, message_id)
    good = [item for item in order.items if verdict(item) == WAITING]
    if not good:
        wrong = any(item.msisdn is None for item in order.items) or not order.items
        raise SmscError(*(BAD_NUMBER if wrong else UNDELIVERABLE), message_id)
    return good


def price(register: Register, kind: str, items: Sequence[Item]) -> Decimal:
    """What these cost together."""
    return register.account.price * sum(count_parts(kind, item.text) for item in items)


def place(register: Register, order: Order, good: Sequence[Item], message_id: str) -> None:
    """Send what is deliverable, and remember why the rest is not. SmscError 3: no money for it."""
    if not register.can_pay(price(register, order.kind, good)):
        raise SmscError(*NO_MONEY, message_id)
    for item in order.items:
        if item.msisdn is not None and verdict(item) != WAITING:
            register.keep(message_id, item.msisdn, None, verdict(item))
    request_id = uuid4().hex
    for send_at, items in groupby(good, key=lambda item: item.send_at):
        batch = [_sms(register, item, order, message_id) for item in items]
        for message in register.account.accept(
            GATEWAY, batch, ref=order.own_id, send_at=send_at, request_id=request_id, kind=order.kind
        ):
            register.keep(message_id, message.accepted.msisdn, message)


def verdict(item: Item) -> Verdict:
    """What is said of a number at submission."""
    if item.msisdn is None:
        return WRONG_FORMAT
    return NO_ROUTE if refused_at_submission(item.msisdn) else WAITING


def _sms(register: Register, item: Item, order: Order, message_id: str) -> Sms:
    return Sms(
        msisdn=item.msisdn or "",
        text=item.text,
        sender=_sender(register, item, order),
        segments=count_parts(order.kind, item.text),
        gateway_ids=(message_id,),
    )


def _sender(register: Register, item: Item, order: Order) -> str:
    """A lone dot, like nothing, means the default name: the account's, and not one of its numbers."""
    name = item.sender or order.sender
    if name and name != ".":
        return name
    account = register.account
    return min((one for one in account.senders if not one.isdigit()), default=account.default_sender)


def _make_up_code(items: Sequence[Item]) -> str:
    """Four digits to be read out, the same for the same number each time: tests want no dice."""
    return f"{sum(map(ord, items[0].written)) * 7919 % 10_000:04}"


def _spread(request: Request, count: int) -> tuple[int, timedelta]:
    """`period` (hours) and `freq` (minutes): how many messages leave at once, and the time between.

    ValueError: out of bounds. `freq` means nothing without `period`.
    """
    period, freq = request.parameters.get("period"), int(request.parameters.get("freq") or 60)
    if not 1 <= freq <= 24 * 60:
        raise ValueError(f"not a step: {freq}")
    if not period:
        return max(count, 1), timedelta(0)
    if not 0.1 <= float(period) <= 720:
        raise ValueError(f"not a period: {period}")
    portions = max(int(float(period) * 60 // freq), 1)
    return max(-(-count // portions), 1), timedelta(minutes=freq)


def _numbers(register: Register, request: Request, order: Order) -> list[Fields] | None:
    """All numbers for op=1, the refused ones for err=1; values are text, the codes those of reports."""
    if not request.flag("op") and not request.flag("err"):
        return None
    rows: list[Fields] = []
    for item in order.items:
        status, error = verdict(item)
        if error or request.flag("op"):
            rows.append(
                {
                    "phone": item.msisdn or item.written,
                    "mccmnc": MCCMNC if item.msisdn else "",
                    "cost": "0" if error else str(price(register, order.kind, [item])),
                    "status": str(status),
                    "error": str(error),
                }
            )
    return rows
