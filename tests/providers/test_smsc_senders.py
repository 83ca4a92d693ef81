"""SMSC: sender IDs, in the four formats that the documents give answer by answer."""

from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta

import pytest

from providers.errors import AuthFailed, GatewayError, NotReached, OutcomeUnknown, RequestRefused, Throttled
from providers.faces import SenderId, SenderIds, SenderStatus, face
from providers.gateways.smsc import codes
from providers.gateways.smsc.senders import build_add, build_senders
from providers.model import Gateway
from providers.wire import HttpResponse
from tests.providers.contract import Case, Raises, reply, run
from tests.providers.smsc.samples import CONFIG, ONE, PAIR, Call, answer, build, configured, error, form

S = SenderStatus
FORMATS = (0, 1, 2, 3)


def senders(gateway: Gateway) -> Awaitable[object]:
    return face(gateway, SenderIds).senders()


def by_operator(gateway: Gateway) -> Awaitable[object]:
    return face(gateway, SenderIds).senders(operators=True)


# The lists as the seed writes them out: allowed names only, and all names with their status.
ALLOWED = {
    0: "name = ACME, id = 101\nname = 79019011234, id = 102\n",
    1: "ACME,101\n79019011234,102\n",
    2: '<list>\n<sender id="101">ACME</sender>\n<sender id="102">79019011234</sender>\n</list>',
    3: '[{\n"sender": "ACME",\n"id": 101\n},\n{\n"sender": "79019011234",\n"id": 102\n}]',
}
ALL = {
    0: "name = ACME, status = 1, id = 101\nname = SHOP, status = 0, id = 102\n"
    "name = OLD, status = 2, id = 103\n",
    1: "ACME,1,101\nSHOP,0,102\nOLD,2,103\n",
    2: '<list>\n<sender status="1" id="101">ACME</sender>\n<sender status="0" id="102">SHOP</sender>\n'
    '<sender status="2" id="103">OLD</sender>\n</list>',
    3: '[{\n"sender": "ACME",\n"status": 1,\n"id": 101\n},\n'
    '{\n"sender": "SHOP",\n"status": 0,\n"id": 102\n},\n'
    '{\n"sender": "OLD",\n"status": 2,\n"id": 103\n}]',
}
NAMED = [
    SenderId(name="ACME", id="101", status=S.ALLOWED),
    SenderId(name="SHOP", id="102", status=S.PENDING),
    SenderId(name="OLD", id="103", status=S.OFF),
]
ALLOWED_NAMED = [SenderId(name="ACME", id="101"), SenderId(name="79019011234", id="102")]

# Every status a name can have at an operator, and two that are not defined, in the order of fmt 0.
AT_OPERATORS: dict[str, tuple[str, SenderStatus]] = {
    "mega_step": ("0", S.PENDING),
    "bee_step": ("1", S.SUBMITTED),
    "motiv_step": ("2", S.ALLOWED),
    "sber_step": ("3", S.REFUSED),
    "winmob_step": ("4", S.OFF),
    "volnamob_step": ("5", S.NO_MONEY),
    "mts_step": ("8", S.PAPERS_NEEDED),
    "tele2_step": ("9", S.FROM_NEXT_MONTH),
    "tele2": ("255", S.ALLOWED_ENDING),
    "ua_reg": ("6", S.UNKNOWN),
    "ua_int": ("7", S.UNKNOWN),
    "mega_int": ("2", S.ALLOWED),
    "motiv_int": ("2", S.ALLOWED),
    "mts_int": ("2", S.ALLOWED),
    "motiv": ("2", S.ALLOWED),
    "by_reg": ("0", S.PENDING),
    "by_int": ("0", S.PENDING),
    "tele2_int": ("2", S.ALLOWED),
    "sber_int": ("2", S.ALLOWED),
}
JSON_ORDER = (
    "mega_step", "mega_int", "bee_step", "motiv", "motiv_step", "motiv_int", "sber_step", "sber_int",
    "winmob_step", "volnamob_step", "mts_step", "mts_int", "tele2_step", "tele2", "tele2_int", "ua_reg",
    "ua_int", "by_reg", "by_int",
)  # fmt: skip
PAIRS = ", ".join(f"{name} = {code}" for name, (code, _) in AT_OPERATORS.items())
ATTRIBUTES = " ".join(f'{name}="{code}"' for name, (code, _) in AT_OPERATORS.items())
KEYS = "".join(f'"{name}": "{AT_OPERATORS[name][0]}",\n' for name in JSON_ORDER)
OPERATOR_LISTS = {
    0: f"name = ACME, {PAIRS}, id = 101\n",
    2: f'<list>\n<sender {ATTRIBUTES} id="101">ACME</sender>\n</list>',
    3: f'[{{\n"sender": "ACME",\n{KEYS}"id": "101"\n}}]',
}
STATUSES = {name: status for name, (_, status) in AT_OPERATORS.items()}
# There is no list by operators in fmt 1, so it is asked for in fmt 3.
LIST_FORMAT = {0: 0, 1: 3, 2: 2, 3: 3}

ADDED = {0: "ID = 104", 1: "104", 2: "<sender>\n<id>104</id>\n</sender>", 3: '{\n"sender": 104\n}'}
DONE = {0: "OK", 1: "OK", 2: "<result>OK</result>", 3: '{\n"result": "OK"\n}'}
FAILED = {
    0: "ERROR = {} (описание)",
    1: "0,-{}",
    2: "<result>\n<error>описание</error>\n<error_code>{}</error_code>\n</result>",
    3: '{{\n"error": "описание",\n"error_code": {}\n}}',
}


def add(gateway: Gateway) -> Awaitable[object]:
    return face(gateway, SenderIds).add_sender("ACME", "Order notices")


COMMANDS: dict[str, tuple[Call, tuple[str, ...]]] = {
    "chg": (
        lambda gateway: face(gateway, SenderIds).change_sender("ACME", "Orders"),
        ("chg=1", "sender=ACME", "cmt=Orders"),
    ),
    "send_code": (
        lambda gateway: face(gateway, SenderIds).send_sender_code(ONE),
        ("send_code=1", f"sender={ONE}"),
    ),
    "check_code": (
        lambda gateway: face(gateway, SenderIds).confirm_sender(ONE, "1234"),
        ("check_code=1", f"sender={ONE}", "code=1234"),
    ),
    "del": (lambda gateway: face(gateway, SenderIds).delete_sender("ACME"), ("del=1", "sender=ACME")),
}
REFUSED: dict[str, type[GatewayError]] = {
    "2": AuthFailed,
    "3": RequestRefused,
    "9": Throttled,
    "11": RequestRefused,
}


def list_cases(fmt: int) -> list[Case]:
    windows = ALL[fmt].replace("SHOP", "МАГ").encode("cp1251")
    return [
        Case(
            name="all names with their status",
            call=senders,
            wire=[reply(ALL[fmt])],
            expect=NAMED,
            operations=("senders.get",),
            sent=(("senders.php", "get=1", "all=1", f"fmt={fmt}"),),
        ),
        Case(
            name="the form without a status", call=senders, wire=[reply(ALLOWED[fmt])], expect=ALLOWED_NAMED
        ),
        Case(
            name="in windows-1251",
            call=senders,
            wire=[reply(windows)],
            expect=[NAMED[0], replace(NAMED[1], name="МАГ"), NAMED[2]],
        ),
        Case(
            name="a status nobody knows",
            call=senders,
            wire=[reply(_with_status(fmt, 7))],
            expect=[SenderId(name="ACME", id="101", status=S.UNKNOWN)],
        ),
        Case(name="blanks and CRLF", call=senders, wire=[reply(_crlf(ALL[fmt]))], expect=NAMED),
        Case(
            name="by operator: both lists, joined by id",
            call=by_operator,
            wire=[reply(ALL[fmt]), reply(OPERATOR_LISTS[LIST_FORMAT[fmt]])],
            expect=[replace(NAMED[0], operators=STATUSES), *NAMED[1:]],
            operations=("senders.get", "senders.get"),
            sent=(("all=1", f"fmt={fmt}"), ("operators=1", f"fmt={LIST_FORMAT[fmt]}")),
        ),
        Case(
            name="by operator: a name that the other list lacks",
            call=by_operator,
            wire=[reply(""), reply(OPERATOR_LISTS[LIST_FORMAT[fmt]])],
            expect=[SenderId(name="ACME", id="101", operators=STATUSES)],
        ),
        Case(
            name="by operator: a substitute name in a field nobody documented",
            call=by_operator,
            wire=[reply(ALL[fmt]), reply(_substituted(LIST_FORMAT[fmt]))],
            expect=[replace(NAMED[0], operators=STATUSES), *NAMED[1:]],
        ),
        Case(name="an empty body", call=senders, wire=[reply("")], expect=[]),
    ]


def _with_status(fmt: int, status: int) -> str:
    return {
        0: f"name = ACME, status = {status}, id = 101",
        1: f"ACME,{status},101",
        2: f'<list><sender status="{status}" id="101">ACME</sender></list>',
        3: f'[{{"sender": "ACME", "status": "{status}", "id": "101"}}]',
    }[fmt]


def _crlf(text: str) -> str:
    return "\r\n " + text.replace("\n", "\r\n") + "\r\n"


def _substituted(fmt: int) -> str:
    return {
        0: OPERATOR_LISTS[0].replace(", bee_step", ", mega_name = ACMERU, bee_step"),
        2: OPERATOR_LISTS[2].replace(" bee_step", ' mega_name="ACMERU" bee_step'),
        3: OPERATOR_LISTS[3].replace('"mega_int"', '"mega_name": "ACMERU",\n"mega_int"'),
    }[fmt]


def command_cases(fmt: int) -> list[Case]:
    return [
        Case(
            name="added: its id",
            call=add,
            wire=[reply(ADDED[fmt])],
            expect="104",
            operations=("senders.add",),
            sent=(("senders.php", "add=1", "sender=ACME", "cmt=Order+notices", f"fmt={fmt}"),),
        ),
        *(
            Case(
                name=f"{command}: {said!r}",
                call=call,
                wire=[reply(said)],
                expect=None,
                operations=(f"senders.{command}",),
                sent=((*asked, f"fmt={fmt}"),),
            )
            for command, (call, asked) in COMMANDS.items()
            for said in dict.fromkeys((DONE[fmt], "OK", " OK\r\n"))  # a bare OK can come in any format
        ),
        *(
            Case(
                name=f"error {code} in {what}",
                call=call,
                wire=[reply(FAILED[fmt].format(code))],
                expect=Raises(error=kind, code=code, entry=f"smsc-senders-{code}"),
            )
            for what, call in {"list": senders, "add": add, "del": COMMANDS["del"][0]}.items()
            for code, kind in REFUSED.items()
        ),
        *(
            Case(
                name=f"a number nobody knows in {what}",
                call=call,
                wire=[reply(FAILED[fmt].format(77))],
                expect=Raises(error=OutcomeUnknown, code="77"),
            )
            for what, call in {"list": senders, "add": add, "del": COMMANDS["del"][0]}.items()
        ),
        *(
            Case(name=f"{what}: {why}", call=call, wire=[said], expect=Raises(error=OutcomeUnknown))
            for what, call in {"list": senders, "add": add, "del": COMMANDS["del"][0]}.items()
            for why, said in _unreadable(what).items()
        ),
        Case(name="not reached", call=senders, wire=[NotReached()], expect=Raises(error=NotReached)),
    ]


def _unreadable(what: str) -> dict[str, HttpResponse]:
    said = {
        "HTML": reply("<html><body>Работы</body></html>"),
        "NO": reply("NO"),
        "an object": reply("{}"),
        "HTTP 500": reply("OK", status=500),
        "another element": reply("<novel/>"),
        "a DOCTYPE": reply('<!DOCTYPE list [<!ENTITY a "b">]><list/>'),
    }
    if what != "list":
        said["an empty body"] = reply("")
    if what != "del":
        said["OK"] = reply("OK")
    if what == "add":
        said |= {"no id": reply("ID = "), "zero": reply("0"), "a null id": answer({"sender": None})}
    return said


CASES = [(fmt, case) for fmt in FORMATS for case in (*list_cases(fmt), *command_cases(fmt))]


@pytest.mark.parametrize(("fmt", "case"), CASES, ids=[f"fmt {fmt}: {case.name}" for fmt, case in CASES])
async def test_contract(fmt: int, case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await run(case, configured(senders_format=fmt), caplog)


ODD = [
    Case(
        name="fmt 3: too many at once",
        call=senders,
        wire=[error(9, "too many concurrent requests")],
        expect=Raises(error=Throttled, code="9"),
    ),
    Case(
        name="fmt 3: names that are none, and numbers as text",
        call=senders,
        wire=[answer([{"sender": "ACME", "status": "1", "id": "101"}, {"id": 5}, "x", {"sender": None}])],
        expect=NAMED[:1],
    ),
    Case(
        name="fmt 3: a column left blank",
        call=by_operator,
        wire=[answer([]), answer([{"sender": "ACME", "mts_step": "", "tele2": None, "motiv": 2, "id": 1}])],
        expect=[SenderId(name="ACME", id="1", operators={"motiv": S.ALLOWED})],
    ),
]


@pytest.mark.parametrize("case", ODD, ids=lambda case: case.name)
async def test_oddities(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await run(case, build, caplog)


async def test_a_comma_in_a_name(caplog: pytest.LogCaptureFixture) -> None:
    case = Case(
        name="read from the right",
        call=senders,
        wire=[reply("A,B,1,101")],
        expect=[SenderId(name="A,B", id="101", status=S.ALLOWED)],
    )
    await run(case, configured(senders_format=1), caplog)


def test_every_status_and_operator_has_its_case() -> None:
    assert set(AT_OPERATORS) == set(JSON_ORDER) == set(codes.OPERATORS)
    assert len(codes.OPERATORS) == 19
    assert {code for code, status in AT_OPERATORS.values() if status != S.UNKNOWN} == set(
        codes.OPERATOR_STATES
    )
    assert {one.status for one in NAMED} == set(codes.SENDER_STATES.values())


def test_the_same_list_three_times_a_minute_and_five_new_names() -> None:
    minute = timedelta(seconds=61)
    listing = build_senders(CONFIG, operators=False).pace
    assert listing is not None
    adding = build_add(CONFIG, "ACME", "").pace
    assert adding is not None

    assert (listing.most, listing.period, adding.most, adding.period) == (3, minute, 5, minute)
    assert build_senders(CONFIG, operators=True).pace != listing
    assert build_add(CONFIG, "OTHER", "x").pace == adding


def test_a_list_is_a_form() -> None:
    request = build_senders(CONFIG, operators=False)

    assert (request.method, request.url) == ("POST", "https://smsc.ru/sys/senders.php")
    assert form(request) == {**PAIR, "get": "1", "all": "1"}
