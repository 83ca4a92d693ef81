"""How SMSC writes its answers in its four formats: 0 text, 1 numbers, 2 XML, 3 JSON. Pure functions to text.

JSON is pretty-printed, one key a line, without indentation or a newline at the end, and money in it is text
(sheet section 1, seed 003). What fmt 2 of sending looks like is not documented: its fields stand in
`<result>`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

CONTENT_TYPES = {0: "text/plain", 1: "text/plain", 2: "text/xml", 3: "application/json"}

Value = str | int | None
Fields = Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Answer of send.php. `cost`, `balance`, `numbers`: None where not asked for."""

    message_id: str
    count: int
    cost: Decimal | None = None
    balance: Decimal | None = None
    numbers: Sequence[Fields] | None = None


def error(fmt: int, number: int, text: str, message_id: str | None = None) -> str:
    """The envelope of every script; send.php adds the id when one was given already."""
    match fmt:
        case 1:
            return f"{message_id or 0},-{number}"
        case 2:
            return _element("result", {"error": text, "error_code": number, "id": message_id})
        case 3:
            return _object({"error": text, "error_code": number, "id": json_id(message_id)})
    tail = "" if message_id is None else f", ID - {message_id}"
    return f"ERROR = {number} ({text}){tail}"


def sent(fmt: int, answer: Sent) -> str:
    """Lists of numbers only exist in XML and JSON here."""
    money = {"COST": answer.cost, "BALANCE": answer.balance}
    given = {name: str(amount) for name, amount in money.items() if amount is not None}
    match fmt:
        case 1:
            return ",".join([answer.message_id, str(answer.count), *given.values()])
        case 2 | 3:
            lower = {name.lower(): amount for name, amount in given.items()}
            fields: dict[str, Value] = {"id": json_id(answer.message_id), "cnt": answer.count, **lower}
            return _with_numbers(fmt, fields, answer.numbers)
    tail = "".join(f", {name} - {amount}" for name, amount in given.items())
    return f"OK - {answer.count} SMS, ID - {answer.message_id}{tail}"


def quoted(fmt: int, cost: Decimal, count: int, numbers: Sequence[Fields] | None) -> str:
    """Answer of send.php with cost=1: the price comes first, and there is no id."""
    match fmt:
        case 1:
            return f"{cost},{count}"
        case 2 | 3:
            return _with_numbers(fmt, {"cost": str(cost), "cnt": count}, numbers)
    return f"{cost} ({count} SMS)"


def balance(fmt: int, amount: Decimal, currency: str | None) -> str:
    """Answer of balance.php; `currency` None unless asked for."""
    match fmt:
        case 2 if currency is None:
            return f"<balance>{amount}</balance>"
        case 2:
            return _element("result", {"balance": str(amount), "currency": currency})
        case 3:
            return _object({"balance": str(amount), "currency": currency})
    return f"{amount}" if currency is None else f"{amount} {currency}"


def done(fmt: int) -> str:
    """Success without data."""
    match fmt:
        case 2:
            return "<result>OK</result>"
        case 3:
            return _object({"result": "OK"})
    return "OK"


def statuses(fmt: int, rows: Sequence[Fields], *, listed: bool) -> str:
    """Answer of status.php: an array for a list, a bare object for one message without trailing commas."""
    if fmt == 3:
        return _array(rows) if listed else _object(rows[0])
    if fmt == 2:
        items = "\n".join(_element("sms", row) for row in rows)
        return f"<list>\n{items}\n</list>" if listed else items
    write = _status_line if fmt == 0 else _status_numbers
    return "\n".join(write(row) for row in rows)


def json_id(message_id: str | None) -> Value:
    """An id is a number in JSON when it was one (sheet 2.2)."""
    return int(message_id) if message_id is not None and message_id.isdecimal() else message_id


_TEXT_NAMES = {"status": "Status", "last_date": "check_time"}
_NOT_IN_TEXT = frozenset({"id", "last_timestamp", "flag", "send_timestamp"})
_NOT_IN_NUMBERS = frozenset({"id", "last_date", "flag", "send_date"})


def _status_line(row: Fields) -> str:
    return ", ".join(
        f"{_TEXT_NAMES.get(name, name)} = {value}" for name, value in row.items() if name not in _NOT_IN_TEXT
    )


def _status_numbers(row: Fields) -> str:
    """A message that is not found has zeros where its dates would be."""
    if "last_timestamp" not in row:
        return f"{row['status']},0,0"
    return ",".join(str(value) for name, value in row.items() if name not in _NOT_IN_NUMBERS)


def _with_numbers(fmt: int, fields: Fields, numbers: Sequence[Fields] | None) -> str:
    if fmt == 2:
        items = "".join(f"\n{_element('phone', number)}" for number in numbers or ())
        return _element("result", fields, inside=f"\n<phones>{items}\n</phones>" if items else "")
    return _object(fields, extra=[] if numbers is None else [f'"phones": {_array(numbers)}'])


def _object(fields: Fields, extra: Sequence[str] = ()) -> str:
    pairs = [
        f'"{name}": {json.dumps(value, ensure_ascii=False)}'
        for name, value in fields.items()
        if value is not None
    ]
    return "{\n" + ",\n".join([*pairs, *extra]) + "\n}"


def _array(rows: Sequence[Fields]) -> str:
    return "[" + ",\n".join(_object(row) for row in rows) + "]"


def _element(name: str, fields: Fields, inside: str = "") -> str:
    children = "".join(
        f"\n<{key}>{escape(str(value), quote=False)}</{key}>"
        for key, value in fields.items()
        if value is not None
    )
    return f"<{name}>{children}{inside}\n</{name}>"
