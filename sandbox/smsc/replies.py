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
Json = Value | Mapping[str, "Json"] | Sequence["Json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Answer of send.php. `cost`, `balance`, `numbers`: None where not asked for; `code`: if none is made."""

    message_id: str
    count: int
    cost: Decimal | None = None
    balance: Decimal | None = None
    code: str | None = None
    numbers: Sequence[Fields] | None = None


def error(fmt: int, number: int, text: str, message_id: str | None = None) -> str:
    """The envelope of every script; send.php adds the id when one was given already."""
    match fmt:
        case 1:
            return f"{message_id or 0},-{number}"
        case 2:
            return element("result", {"error": text, "error_code": number, "id": message_id})
        case 3:
            return json_text({"error": text, "error_code": number, "id": json_id(message_id)})
    tail = "" if message_id is None else f", ID - {message_id}"
    return f"ERROR = {number} ({text}){tail}"


def sent(fmt: int, answer: Sent) -> str:
    """Lists of numbers only exist in XML and JSON here."""
    extra = {"COST": answer.cost, "BALANCE": answer.balance, "CODE": answer.code}
    given = {name: str(value) for name, value in extra.items() if value is not None}
    match fmt:
        case 1:
            return ",".join([answer.message_id, str(answer.count), *given.values()])
        case 2 | 3:
            lower = {name.lower(): value for name, value in given.items()}
            fields: dict[str, Value] = {"id": json_id(answer.message_id), "cnt": answer.count, **lower}
            return _with_numbers(fmt, fields, answer.numbers)
    tail = "".join(f", {name} - {value}" for name, value in given.items())
    return f"OK - {answer.count} SMS, ID - {answer.message_id}{tail}"


def quoted(fmt: int, cost: Decimal, count: int, numbers: Sequence[Fields] | None) -> str:
    """Answer of send.php with cost=1: the price comes first, and there is no id."""
    match fmt:
        case 1:
            return f"{cost},{count}"
        case 2 | 3:
            return _with_numbers(fmt, {"cost": str(cost), "cnt": count}, numbers)
    return f"{cost} ({count} SMS)"


def balance(fmt: int, amount: Decimal, currency: str | None, credit: Decimal | None) -> str:
    """Answer of balance.php; `currency` None unless asked for, `credit` unless there is a limit too.

    In text the credit is not told (sheet section 6).
    """
    match fmt:
        case 2 if currency is None:
            return f"<balance>{amount}</balance>"
        case 2 | 3:
            told = {"balance": str(amount), "credit": None if credit is None else str(credit)}
            fields = told | {"currency": currency}
            return element("result", fields) if fmt == 2 else json_text(fields)
    return f"{amount}" if currency is None else f"{amount} {currency}"


def done(fmt: int) -> str:
    """Success without data."""
    match fmt:
        case 2:
            return "<result>OK</result>"
        case 3:
            return json_text({"result": "OK"})
    return "OK"


def statuses(fmt: int, rows: Sequence[Fields], *, listed: bool) -> str:
    """Answer of status.php: an array for a list, a bare object for one message without trailing commas."""
    match fmt:
        case 1:
            return "\n".join(map(_status_numbers, rows))
        case 2:
            items = "\n".join(element("sms", row) for row in rows)
            return f"<list>\n{items}\n</list>" if listed else items
        case 3:
            return json_text(rows) if listed else json_text(rows[0])
    return "\n".join(_status_line(row, _NOT_IN_STATUS_TEXT) for row in rows)


def history(fmt: int, rows: Sequence[Fields]) -> str:
    """Answer of get_messages. Only its text and its JSON were ever recorded (sheet 9.1)."""
    if fmt == 0:
        return "\n".join(_status_line(row, _NOT_IN_HISTORY_TEXT) for row in rows)
    return table(fmt, rows, "message")


def created(fmt: int, new_id: int) -> str:
    """Success of an `add` that gives an id."""
    match fmt:
        case 1:
            return str(new_id)
        case 2:
            return element("result", {"id": new_id})
        case 3:
            return json_text({"id": new_id})
    return f"ID = {new_id}"


def job_created(fmt: int, job_id: int, cost: Decimal | None) -> str:
    """Answer of jobs.php to `add`; `cost` None unless asked for."""
    price = None if cost is None else str(cost)
    match fmt:
        case 1:
            return ",".join(filter(None, [str(job_id), price]))
        case 2 | 3:
            fields: Fields = {"id": job_id, "cost": price}
            return element("result", fields) if fmt == 2 else json_text(fields)
    return f"OK, ID - {job_id}" + ("" if price is None else f", COST - {price}")


def table(fmt: int, rows: Sequence[Fields], name: str) -> str:
    """A list whose formats other than JSON are not documented: pairs, values, or elements of a `<list>`."""
    match fmt:
        case 1:
            return "\n".join(",".join(str(value) for value in row.values()) for row in rows)
        case 2:
            return "\n".join(["<list>", *(element(name, row) for row in rows), "</list>"])
        case 3:
            return json_text(rows)
    return "\n".join(map(pairs, rows))


def pairs(row: Fields) -> str:
    """A line of text; names without a value are left out."""
    return ", ".join(f"{name} = {value}" for name, value in row.items() if value is not None)


def prices(fmt: int, zones: Sequence[Fields]) -> str:
    """Answer of get_price: in JSON an object around the list."""
    return json_text({"zones": zones}) if fmt == 3 else table(fmt, zones, "zone")


def one(fmt: int, row: Fields, name: str) -> str:
    """One line of a `table`, without the list around it."""
    match fmt:
        case 2:
            return element(name, row)
        case 3:
            return json_text(row)
    return table(fmt, [row], name)


def json_id(message_id: str | None) -> Value:
    """An id is a number in JSON when it was one (sheet 2.2)."""
    return int(message_id) if message_id is not None and message_id.isdecimal() else message_id


_TEXT_NAMES = {"status": "Status", "last_date": "check_time", "id": "ID"}
_NOT_IN_HISTORY_TEXT = frozenset({"last_timestamp", "flag", "err", "send_timestamp", "comment"})
_NOT_IN_STATUS_TEXT = frozenset(
    {"id", "last_timestamp", "flag", "send_timestamp", "mccmnc", "operator_orig", "sms_cnt"}
)
_NOT_IN_NUMBERS = frozenset({"id", "last_date", "flag", "send_date", "mccmnc", "operator_orig", "sms_cnt"})


def _status_line(row: Fields, left_out: frozenset[str]) -> str:
    return ", ".join(
        f"{_TEXT_NAMES.get(name, name)} = {value}" for name, value in row.items() if name not in left_out
    )


def _status_numbers(row: Fields) -> str:
    """A message that is not found has zeros where its dates would be."""
    if "last_timestamp" not in row:
        return f"{row['status']},0,0"
    return ",".join(str(value) for name, value in row.items() if name not in _NOT_IN_NUMBERS)


def _with_numbers(fmt: int, fields: Fields, numbers: Sequence[Fields] | None) -> str:
    if fmt == 2:
        items = "".join(f"\n{element('phone', number)}" for number in numbers or ())
        return element("result", fields, inside=f"\n<phones>{items}\n</phones>" if items else "")
    return json_text({**fields, "phones": numbers})


def json_text(value: Json) -> str:
    """One key a line; keys without a value are left out."""
    match value:
        case Mapping():
            told = [f'"{name}": {json_text(item)}' for name, item in value.items() if item is not None]
            return "{\n" + ",\n".join(told) + "\n}"
        case None | str() | int():
            return json.dumps(value, ensure_ascii=False)
    return "[" + ",\n".join(map(json_text, value)) + "]"


def element(name: str, fields: Fields, inside: str = "") -> str:
    """An XML element with one child a field; `inside` goes after them."""
    children = "".join(
        f"\n<{key}>{escape(str(value), quote=False)}</{key}>"
        for key, value in fields.items()
        if value is not None
    )
    return f"<{name}>{children}{inside}\n</{name}>"
