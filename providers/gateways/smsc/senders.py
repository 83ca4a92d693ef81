"""senders.php: sender IDs in all four formats of the documents, fmt 0 to 3 (section 8, seed 003)."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ...faces import SenderId, SenderStatus
from ...wire import HttpRequest, HttpResponse, Pace, Send, as_int, check_items, unreadable
from .codes import OPERATOR_STATES, OPERATORS, SENDER_STATES
from .config import Config
from .reply import attributes, read_done, read_list, read_object, read_text, read_xml, word
from .request import Pairs, identical, post, window

SCRIPT = "senders"


def build_senders(config: Config, *, operators: bool) -> HttpRequest:
    asked = [("get", "1"), ("operators" if operators else "all", "1")]
    fmt = _list_format(config, operators=operators)
    pace = identical(config, "senders", asked, most=3)
    return post(config, "senders.get", SCRIPT, asked, fmt=fmt, pace=pace)


def _list_format(config: Config, *, operators: bool) -> int:
    """The list by operators has no form in fmt 1."""
    return 3 if operators and config.senders_format == 1 else config.senders_format


def build_add(config: Config, name: str, comment: str) -> HttpRequest:
    pace = window(config, "senders-add", most=5)
    return _post(config, "add", [("sender", name), ("cmt", comment)], pace=pace)


def build_change(config: Config, name: str, comment: str) -> HttpRequest:
    return _post(config, "chg", [("sender", name), ("cmt", comment)])


def build_send_code(config: Config, name: str) -> HttpRequest:
    return _post(config, "send_code", [("sender", name)])


def build_confirm(config: Config, name: str, code: str) -> HttpRequest:
    return _post(config, "check_code", [("sender", name), ("code", code)])


def build_delete(config: Config, name: str) -> HttpRequest:
    return _post(config, "del", [("sender", name)])


def _post(config: Config, command: str, pairs: Pairs, pace: Pace | None = None) -> HttpRequest:
    asked = [(command, "1"), *pairs]
    return post(config, f"senders.{command}", SCRIPT, asked, fmt=config.senders_format, pace=pace)


async def ask_senders(config: Config, ask: Send, *, operators: bool) -> list[SenderId]:
    """Two lists where the operators matter: the one by operators lacks the status at SMSC itself."""
    names = parse_senders(config, await ask(build_senders(config, operators=False)), operators=False)
    if not operators:
        return names
    by_operator = parse_senders(config, await ask(build_senders(config, operators=True)), operators=True)
    at_operators = {(one.id, one.name): one.operators for one in by_operator}
    known = {(one.id, one.name) for one in names}
    return [
        *(replace(one, operators=at_operators.get((one.id, one.name), {})) for one in names),
        *(one for one in by_operator if (one.id, one.name) not in known),
    ]


def parse_senders(config: Config, response: HttpResponse, *, operators: bool) -> list[SenderId]:
    rows = _ROWS[_list_format(config, operators=operators)](response)
    check_items(response, rows)
    asked = OPERATORS if operators else ()
    return [_sender_id(row, asked) for row in rows if word(row.get("sender"))]


def _sender_id(row: Mapping[str, object], operators: Sequence[str]) -> SenderId:
    status = word(row.get("status"))
    at_operators = {name: code for name in operators if (code := word(row.get(name)))}
    return SenderId(
        name=word(row.get("sender")) or "",
        id=word(row.get("id")),
        status=None if status is None else SENDER_STATES.get(status, SenderStatus.UNKNOWN),
        operators={
            name: OPERATOR_STATES.get(code, SenderStatus.UNKNOWN) for name, code in at_operators.items()
        },
    )


Rows = Sequence[Mapping[str, object]]


def _text_rows(response: HttpResponse) -> Rows:
    """fmt 0, a line a name: `name = S, status = T, id = I`, and by operator a pair for each column."""
    rows: list[Mapping[str, object]] = []
    for line in read_text(response, SCRIPT).splitlines():
        name, *pairs = re.split(r", ([A-Za-z0-9_]+) = ", line.strip())
        if not name.startswith("name = ") or not pairs:
            raise unreadable(response, "not a list of names")
        rows.append(
            {"sender": name.removeprefix("name = "), **dict(zip(pairs[::2], pairs[1::2], strict=True))}
        )
    return rows


def _number_rows(response: HttpResponse) -> Rows:
    """fmt 1, a line a name: `S,T,I`, or `S,I` from a server that gives allowed names only."""
    rows: list[Mapping[str, object]] = []
    for line in read_text(response, SCRIPT, fmt=1).splitlines():
        found = re.fullmatch(r"(.+?)(?:,([0-9]{1,3}))?,([0-9]+)", line.strip())
        if not found:
            raise unreadable(response, "not a list of names")
        rows.append({"sender": found[1], "status": found[2], "id": found[3]})
    return rows


def _xml_rows(response: HttpResponse) -> Rows:
    """fmt 2: `<list><sender status="T" id="I">S</sender></list>`, by operator an attribute a column."""
    if not read_text(response, SCRIPT):
        return []
    root = read_xml(response, SCRIPT)
    if root.tag != "list":
        raise unreadable(response, "not a list of names")
    return [{**attributes(one), "sender": one.text or ""} for one in root.iterfind("sender")]


def _json_rows(response: HttpResponse) -> Rows:
    """fmt 3: bare numbers for all=1, text in every value by operator."""
    return read_list(response, SCRIPT)


_ROWS: Mapping[int, Callable[[HttpResponse], Rows]] = {
    0: _text_rows,
    1: _number_rows,
    2: _xml_rows,
    3: _json_rows,
}


def parse_add(config: Config, response: HttpResponse) -> str:
    """The id, which JSON has under the key `sender`: `ID = I`, `I`, `<sender><id>I</id></sender>` else."""
    match config.senders_format:
        case 0 | 1 as fmt:
            text = read_text(response, SCRIPT, fmt)
            added: object = text.removeprefix("ID = ") if fmt == 0 else text
        case 2:
            added = read_xml(response, SCRIPT).findtext("id")
        case 3:
            added = read_object(response, SCRIPT).get("sender")
    number = as_int(added)
    if number is None or number < 1:
        raise unreadable(response, "no id")
    return str(number)


def parse_done(config: Config, response: HttpResponse) -> None:
    """Of all other commands: `OK`, `<result>OK</result>`, `{"result": "OK"}`; a bare OK does anywhere."""
    fmt = config.senders_format
    text = read_text(response, SCRIPT, fmt)
    if text == "OK":
        return
    match fmt:
        case 2 if (read_xml(response, SCRIPT).text or "").strip() == "OK":
            return
        case 3:
            read_done(response, SCRIPT)
        case _:
            raise unreadable(response, "not OK")
