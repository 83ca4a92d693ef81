"""SMSC: what the documents and the protocol sheet say, and what a server might do besides."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qsl

import pytest
from pydantic import SecretStr, ValidationError

from providers.errors import (
    AccountBlocked,
    AuthFailed,
    GatewayError,
    InsufficientFunds,
    NotReached,
    OutcomeUnknown,
    RequestRefused,
    Throttled,
    Unsupported,
)
from providers.gateways import smsc
from providers.gateways.smsc import Config, build_balance, build_quote, build_status, build_submit
from providers.model import (
    Balance,
    Gateway,
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
from providers.wire import HttpRequest, HttpResponse, Pace, Send
from tests.providers.contract import LOGIN, PASSWORD, Case, Raises, reply, run

ONE, TWO, THREE = "79019011234", "79029021234", "79039031234"
REF = "a1b2c3d4"
KEY = "k&y=+/%Ключ"
CONFIG = Config(login=LOGIN, password=SecretStr(PASSWORD))
KEYED = Config(apikey=SecretStr(KEY))


def build(send: Send) -> Gateway:
    return smsc.Gateway(CONFIG, send)


def submission(*numbers: str, text: str = "Заказ готов") -> Submission:
    return Submission(ref=REF, sms=tuple(Sms(msisdn=one, text=text) for one in numbers))


def submit(asked: Submission) -> Callable[[Gateway], Awaitable[object]]:
    return lambda gateway: gateway.submit(asked)


def quote(gateway: Gateway) -> Awaitable[object]:
    return gateway.quote(submission(ONE))


def reports(*refs: MessageRef) -> Callable[[Gateway], Awaitable[object]]:
    return lambda gateway: gateway.reports(refs)


def balance(gateway: Gateway) -> Awaitable[object]:
    return gateway.balance()


def message(msisdn: str = ONE, ref: str = REF, *gateway_ids: str) -> MessageRef:
    return MessageRef(ref=ref, msisdn=msisdn, gateway_ids=gateway_ids)


def answer(value: object) -> HttpResponse:
    """JSON as this server lays it out: one key a line, and a label that lies."""
    return reply(
        json.dumps(value, indent=1, ensure_ascii=False), content_type="application/json; charset=windows-1251"
    )


def error(code: object, text: str = "описание", **more: object) -> HttpResponse:
    return answer({"error": text, "error_code": code, **more})


def accepted(*numbers: str, gateway_id: str = REF) -> tuple[Verdict, ...]:
    return tuple(
        Verdict(msisdn=one, state=MessageState.ACCEPTED, gateway_ids=(gateway_id,)) for one in numbers
    )


def rejected(msisdn: str, code: str, reason: Reason) -> Verdict:
    return Verdict(msisdn=msisdn, state=MessageState.REJECTED, gateway_ids=(REF,), code=code, reason=reason)


def receipt(
    *verdicts: Verdict, cost: str | None = "1.40", segments: int = 1, gateway_id: str = REF
) -> Receipt:
    return Receipt(
        gateway_id=gateway_id,
        verdicts=verdicts,
        cost=None if cost is None else Decimal(cost),
        segments=segments,
    )


def phone(number: str, status: object, err: object, **more: object) -> dict[str, object]:
    """An item of the `phones` list that `op=1` adds."""
    return {"phone": number, "mccmnc": "25001", "cost": "1.40", "status": status, "error": err, **more}


SENDING = [
    Case(
        name="accepted, one number",
        call=submit(submission(ONE)),
        wire=[answer({"id": REF, "cnt": 1, "cost": "1.40"})],
        expect=receipt(*accepted(ONE)),
        operations=("send",),
    ),
    Case(
        name="accepted, many numbers under one id",
        call=submit(submission(ONE, TWO)),
        wire=[
            answer(
                {
                    "id": REF,
                    "cnt": 4,
                    "cost": "5.6",
                    "phones": [phone(ONE, "-1", "0"), phone(f"+{TWO}", -1, 0)],
                }
            )
        ],
        expect=receipt(*accepted(ONE, TWO), cost="5.6", segments=4),
    ),
    Case(
        name="numbers as strings, a decimal comma",
        call=submit(submission(ONE)),
        wire=[answer({"id": 1234, "cnt": "1", "cost": "1,40"})],
        expect=receipt(*accepted(ONE, gateway_id="1234"), gateway_id="1234"),
    ),
    Case(
        name="an id above 2^63",
        call=submit(submission(ONE)),
        wire=[answer({"id": 98765432109876543210, "cnt": 1})],
        expect=receipt(
            *accepted(ONE, gateway_id="98765432109876543210"), cost=None, gateway_id="98765432109876543210"
        ),
    ),
    Case(
        name="one number refused",
        call=submit(submission(ONE, TWO)),
        wire=[
            answer(
                {
                    "id": REF,
                    "cnt": 1,
                    "cost": "1.40",
                    "phones": [phone(ONE, "-1", "0"), phone(TWO, "23", "254")],
                }
            )
        ],
        expect=receipt(*accepted(ONE), rejected(TWO, "254", Reason.SENDER)),
    ),
    Case(
        name="all refused",
        call=submit(submission(ONE, TWO)),
        wire=[
            answer({"id": REF, "cnt": 0, "cost": "0", "phones": [phone(ONE, 25, 248), phone(TWO, 22, 249)]})
        ],
        expect=receipt(
            rejected(ONE, "248", Reason.ROUTE), rejected(TWO, "249", Reason.RECIPIENT), cost="0", segments=0
        ),
    ),
    Case(
        name="a bad number named without a status",
        call=submit(submission(ONE)),
        wire=[answer({"id": REF, "cnt": 0, "cost": "0", "phones": [{"phone": ONE, "error": "249"}]})],
        expect=receipt(rejected(ONE, "249", Reason.RECIPIENT), cost="0", segments=0),
    ),
    Case(
        name="test mode and a full queue are no refusals",
        call=submit(submission(ONE, TWO)),
        wire=[
            answer(
                {
                    "id": REF,
                    "cnt": 1,
                    "cost": "1.40",
                    "phones": [{"phone": ONE, "error": "200"}, {"phone": TWO, "error": 220}],
                }
            )
        ],
        expect=receipt(*accepted(ONE, TWO)),
    ),
    Case(
        name="a number listed with no status and no error is none of the bad ones",
        call=submit(submission(ONE, TWO)),
        wire=[
            answer(
                {
                    "id": REF,
                    "cnt": 1,
                    "cost": "1.40",
                    "phones": [{"phone": ONE, "error": "0"}, {"phone": TWO}],
                }
            )
        ],
        expect=receipt(*accepted(ONE, TWO)),
    ),
    Case(
        name="a number the list leaves out has no verdict",
        call=submit(submission(ONE, TWO)),
        wire=[answer({"id": REF, "cnt": 1, "cost": "1.40", "phones": [phone(ONE, 0, 0)]})],
        expect=receipt(*accepted(ONE)),
    ),
    Case(
        name="a list that names none of ours",
        call=submit(submission(ONE)),
        wire=[answer({"id": REF, "cnt": 1, "phones": [phone(THREE, 0, 0)]})],
        expect=Raises(error=OutcomeUnknown),
    ),
    Case(
        name="an empty list",
        call=submit(submission(ONE)),
        wire=[answer({"id": REF, "cnt": 1, "cost": "1.40", "phones": []})],
        expect=receipt(*accepted(ONE)),
    ),
    Case(
        name="by the recipient's time: nothing leaves",
        call=submit(
            replace(submission(ONE), send_at=datetime(2026, 5, 1, tzinfo=UTC), by_recipient_time=True)
        ),
        wire=[],
        expect=Raises(error=Unsupported),
    ),
    Case(
        name="what a list of texts cannot carry: nothing leaves",
        call=submit(Submission(ref=REF, sms=(Sms(msisdn=ONE, text="a"), Sms(msisdn=TWO, text="C:\\new")))),
        wire=[],
        expect=Raises(error=RequestRefused, reason=Reason.TEXT),
    ),
    *(
        Case(
            name=f"no documented success: {value}",
            call=submit(submission(ONE)),
            wire=[answer(value)],
            expect=Raises(error=OutcomeUnknown),
        )
        for value in (
            {"id": REF},
            {"cnt": 1},
            {"id": "", "cnt": 1},
            {"id": True, "cnt": 1},
            {"id": REF, "cnt": 0},
            {"id": REF, "cnt": "много"},
        )
    ),
    *(
        Case(
            name=f"refused at once by status {status}",
            call=submit(submission(ONE)),
            wire=[answer({"id": REF, "cnt": 0, "cost": "0", "phones": [phone(ONE, status, 0)]})],
            expect=receipt(rejected(ONE, status, reason), cost="0", segments=0),
        )
        for status, reason in {
            "20": Reason.UNEXPLAINED,
            "22": Reason.RECIPIENT,
            "23": Reason.UNEXPLAINED,
            "24": Reason.MONEY,
            "25": Reason.ROUTE,
        }.items()
    ),
    Case(
        name="quote",
        call=quote,
        wire=[answer({"cost": "1.40", "cnt": 1})],
        expect=Quote(cost=Decimal("1.40"), segments=1),
        operations=("cost",),
    ),
    Case(
        name="a price check that sent",
        call=quote,
        wire=[answer({"id": 1, "cost": "1.40", "cnt": 1})],
        expect=Raises(error=OutcomeUnknown),
    ),
    Case(
        name="a price check without a price",
        call=quote,
        wire=[answer({"cnt": 1})],
        expect=Raises(error=OutcomeUnknown),
    ),
]

# Every number of the tables, by script, with the texts seen in the wild, and what comes of it.
EVERYWHERE: dict[str, tuple[str, type[GatewayError], Reason]] = {
    "1": ("parameters error", RequestRefused, Reason.REQUEST),
    "2": ("authorise error", AuthFailed, Reason.LOGIN),
    "4": ("ip is blocked", AccountBlocked, Reason.ACCOUNT),
    "9": ("duplicate request, wait a minute", Throttled, Reason.BUSY),
}
NUMBERS: dict[str, dict[str, tuple[str, type[GatewayError], Reason]]] = {
    "balance": EVERYWHERE,
    "status": EVERYWHERE,
    "send": {
        **EVERYWHERE,
        "3": ("no money", InsufficientFunds, Reason.MONEY),
        "5": ("invalid date", RequestRefused, Reason.SCHEDULE),
        "6": ("message is denied", RequestRefused, Reason.TEXT),
        "7": ("invalid number", RequestRefused, Reason.RECIPIENT),
        "8": ("can't to deliver", RequestRefused, Reason.RECIPIENT),
    },
}
ASKING: dict[str, Callable[[Gateway], Awaitable[object]]] = {
    "balance": balance,
    "status": reports(message()),
    "send": submit(submission(ONE)),
}
UNLISTED: dict[str, tuple[object, ...]] = {
    "balance": (3, 5, "6"),
    "status": (3, 5, "no"),
    "send": (0, 10, "15", None, -1),
}
REFUSALS = [
    *(
        Case(
            name=f"{script}: error {code} as {type(written).__name__}",
            call=ASKING[script],
            wire=[error(written, text)],
            expect=Raises(error=kind, code=code, reason=reason),
        )
        for script, numbers in NUMBERS.items()
        for code, (text, kind, reason) in numbers.items()
        for written in (code, int(code))
    ),
    *(
        Case(
            name=f"{script}: unlisted error {code}",
            call=ASKING[script],
            wire=[error(code)],
            expect=Raises(error=OutcomeUnknown, code=None if code is None else str(code)),
        )
        for script, codes in UNLISTED.items()
        for code in codes
    ),
    Case(
        name="an error with the id it was given",
        call=submit(submission(ONE)),
        wire=[error(6, "message is denied", id=REF, cnt=1)],
        expect=Raises(error=RequestRefused, code="6", reason=Reason.TEXT),
    ),
    Case(
        name="an error without a number, whatever else is there",
        call=submit(submission(ONE)),
        wire=[answer({"error": "no money", "id": REF, "cnt": 1})],
        expect=Raises(error=OutcomeUnknown),
    ),
    Case(
        name="an error without a text, blanks around its number",
        call=submit(submission(ONE)),
        wire=[answer({"error_code": " 3 ", "id": REF, "cnt": 1})],
        expect=Raises(error=InsufficientFunds, code="3"),
    ),
    Case(
        name="a price check without money",
        call=quote,
        wire=[error(3, "no money")],
        expect=Raises(error=InsufficientFunds, code="3"),
    ),
]

UNREADABLE: dict[str, HttpResponse | GatewayError] = {
    "empty body": reply(""),
    "blank body": reply("\n"),
    "cut body": reply('{\n"id": 1,\n"cnt": 1,\n"cost": "1.4'),
    "garbled body": reply(b"\x00\xff\xfe{"),
    "bare OK": reply("OK"),
    "text form": reply("OK - 1 SMS, ID - 1234"),
    "HTML with 200": reply("<html><body>Работы</body></html>", content_type="text/html"),
    "a bare number": reply("1"),
    "null": reply("null"),
    "an empty object": reply("{}"),
    "NaN": reply('{"id": 1, "cnt": NaN, "balance": NaN, "cost": NaN, "status": NaN}'),
    "HTTP 500": reply('{"id": 1, "cnt": 1, "cost": "1", "balance": "1", "status": 1}', status=500),
    "HTTP 503": reply("<html>Unavailable</html>", status=503),
    "HTTP 302": reply("", status=302, location="https://elsewhere.example/"),
    "the link broke": OutcomeUnknown(raw="ServerDisconnectedError"),
}
TROUBLE = [
    *(
        Case(name=f"{what}: {why}", call=call, wire=[bad], expect=Raises(error=OutcomeUnknown))
        for what, call in {**ASKING, "cost": quote}.items()
        for why, bad in UNREADABLE.items()
    ),
    *(
        Case(
            name=f"{what}: HTTP 429",
            call=call,
            wire=[reply("", status=429, retry_after="7")],
            expect=Raises(error=Throttled, code="429"),
        )
        for what, call in {**ASKING, "cost": quote}.items()
    ),
    *(
        Case(name=f"{what}: not reached", call=call, wire=[NotReached()], expect=Raises(error=NotReached))
        for what, call in {**ASKING, "cost": quote}.items()
    ),
    Case(
        name="send: a list",
        call=submit(submission(ONE)),
        wire=[answer([{"id": REF, "cnt": 1}])],
        expect=Raises(error=OutcomeUnknown),
    ),
]

SUCCESS = '{\n"id": "a1b2c3d4",\n"cnt": 1,\n"cost": "1.40",\n"comment": "Привет"\n}'
DRESSES: dict[str, HttpResponse] = {
    "BOM": reply(b"\xef\xbb\xbf" + SUCCESS.encode()),
    "text/html": reply(SUCCESS, content_type="text/html"),
    "windows-1251 declared": reply(
        SUCCESS.encode("cp1251"), content_type="application/json; charset=windows-1251"
    ),
    "windows-1251 undeclared": reply(SUCCESS.encode("cp1251")),
    "utf-8 declared as windows-1251": reply(SUCCESS, content_type="application/json; charset=windows-1251"),
    "blanks around": reply(f"\r\n {SUCCESS}\n"),
}
DRESSED = [
    Case(name=name, call=submit(submission(ONE)), wire=[dressed], expect=receipt(*accepted(ONE)))
    for name, dressed in DRESSES.items()
]

WHEN = datetime(2018, 9, 29, 12, 7, 39, tzinfo=UTC)
DATED = {"last_date": "29.09.2018 15:07:39", "last_timestamp": int(WHEN.timestamp())}


def report(
    state: MessageState | None,
    raw: str,
    *,
    msisdn: str = ONE,
    gateway_id: str = REF,
    code: str | None = None,
    reason: Reason | None = None,
    at: datetime | None = WHEN,
    read: bool = False,
    provisional: bool = False,
) -> Report:
    return Report(
        msisdn=msisdn,
        ref=REF,
        gateway_id=gateway_id,
        state=state,
        raw=raw,
        code=code,
        reason=reason,
        at=at,
        read=read,
        provisional=provisional,
    )


# Every status of the table, and what it means without a delivery error.
STATUSES: dict[str, Report] = {
    "-2": report(MessageState.ACCEPTED, "-2"),
    "-1": report(MessageState.ACCEPTED, "-1"),
    "0": report(MessageState.SENT, "0"),
    "1": report(MessageState.DELIVERED, "1"),
    "2": report(MessageState.DELIVERED, "2", read=True),
    "3": report(MessageState.EXPIRED, "3", reason=Reason.EXPIRED),
    "4": report(MessageState.DELIVERED, "4", read=True),
    "6": report(MessageState.DELIVERED, "6"),
    "20": report(MessageState.UNDELIVERED, "20", reason=Reason.UNEXPLAINED),
    "22": report(MessageState.REJECTED, "22", reason=Reason.RECIPIENT),
    "23": report(MessageState.REJECTED, "23", reason=Reason.UNEXPLAINED),
    "24": report(MessageState.UNDELIVERED, "24", reason=Reason.MONEY, provisional=True),
    "25": report(MessageState.UNDELIVERED, "25", reason=Reason.ROUTE),
}

# Every delivery error of the table.
DELIVERY: dict[str, Reason] = {
    "1": Reason.RECIPIENT,
    "2": Reason.UNREACHABLE,
    "3": Reason.RECIPIENT,
    "4": Reason.BARRED,
    "6": Reason.UNREACHABLE,
    "11": Reason.RECIPIENT,
    "12": Reason.UNREACHABLE,
    "13": Reason.BARRED,
    "21": Reason.RECIPIENT,
    "200": Reason.ACCOUNT,
    "219": Reason.BARRED,
    "220": Reason.LIMIT,
    "237": Reason.UNREACHABLE,
    "238": Reason.TEXT,
    "239": Reason.ACCOUNT,
    "240": Reason.UNREACHABLE,
    "241": Reason.UNEXPLAINED,
    "242": Reason.UNREACHABLE,
    "243": Reason.ACCOUNT,
    "244": Reason.TEXT,
    "245": Reason.UNEXPLAINED,
    "246": Reason.SCHEDULE,
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


def several(count: int) -> tuple[MessageRef, ...]:
    return tuple(message(str(79000000000 + place)) for place in range(count))


REPORTS = [
    *(
        Case(
            name=f"status {status} as {type(written).__name__}",
            call=reports(message()),
            wire=[answer({"status": written, **DATED, "flag": 0, "err": 0})],
            expect=[expected],
            operations=("status",),
        )
        for status, expected in STATUSES.items()
        for written in (status, int(status))
    ),
    *(
        Case(
            name=f"failed with err {code}",
            call=reports(message()),
            wire=[answer({"status": 22, **DATED, "err": int(code)})],
            expect=[
                report(
                    MessageState.UNTRACKED if code == "245" else MessageState.REJECTED,
                    "22",
                    code=code,
                    reason=reason,
                )
            ],
        )
        for code, reason in DELIVERY.items()
    ),
    Case(
        name="an error the table lacks",
        call=reports(message()),
        wire=[answer({"status": 20, **DATED, "err": "999"})],
        expect=[report(MessageState.UNDELIVERED, "20", code="999", reason=Reason.UNEXPLAINED)],
    ),
    Case(
        name="an error of a message that did not fail: kept, no reason",
        call=reports(message()),
        wire=[answer({"status": 0, **DATED, "err": "220"})],
        expect=[report(MessageState.SENT, "0", code="220")],
    ),
    Case(
        name="not found: moves nothing",
        call=reports(message()),
        wire=[answer({"status": -3, "id": REF, "phone": ONE})],
        expect=[report(None, "-3", at=None)],
    ),
    *(
        Case(
            name=f"unknown status {written!r}",
            call=reports(message()),
            wire=[answer({"status": written, **DATED})],
            expect=[report(None, raw)],
        )
        for written, raw in ((99, "99"), ("novel", "novel"), ("", ""), (None, ""))
    ),
    Case(
        name="an older answer without flag, err and timestamp: Moscow's time",
        call=reports(message()),
        wire=[answer({"status": 1, "last_date": DATED["last_date"]})],
        expect=[report(MessageState.DELIVERED, "1")],
    ),
    Case(
        name="the timestamp goes before a date in an account's own zone",
        call=reports(message()),
        wire=[answer({"status": 1, "last_date": "29.09.2018 17:07:39", "last_timestamp": "1538222859"})],
        expect=[report(MessageState.DELIVERED, "1")],
    ),
    Case(
        name="a date that is none",
        call=reports(message()),
        wire=[answer({"status": 1, "last_date": "вчера", "last_timestamp": 10**20})],
        expect=[report(MessageState.DELIVERED, "1", at=None)],
    ),
    Case(
        name="the id of the receipt is asked for, where it is not ours",
        call=reports(message(ONE, REF, "98765432109876543210")),
        wire=[answer({"status": 1, **DATED})],
        expect=[report(MessageState.DELIVERED, "1", gateway_id="98765432109876543210")],
        sent=(("id=98765432109876543210&",),),
    ),
    Case(
        name="five are asked for one by one",
        call=reports(*several(5)),
        wire=[answer({"status": 0, **DATED})] * 5,
        expect=[report(MessageState.SENT, "0", msisdn=one.msisdn) for one in several(5)],
        operations=("status",) * 5,
    ),
    Case(
        name="six are asked for at once; the answer has its own order and gaps",
        call=reports(*several(6)),
        wire=[
            answer(
                [
                    {"status": "0", **DATED, "id": REF, "phone": "79000000001"},
                    {"status": -3, "id": REF, "phone": "79000000000"},
                    {"status": 1, **DATED, "id": "another", "phone": "79000000002"},
                    {"status": 1, **DATED, "id": REF, "phone": "79990000000"},
                    {"id": REF, "phone": "79000000003"},
                    "novel",
                    {"status": 1, **DATED, "id": REF, "phone": 79000000005},
                ]
            )
        ],
        expect=[
            report(None, "-3", msisdn="79000000000", at=None),
            report(MessageState.SENT, "0", msisdn="79000000001"),
            report(MessageState.DELIVERED, "1", msisdn="79000000005"),
        ],
        operations=("status",),
    ),
    Case(
        name="one answered in the form for many",
        call=reports(message()),
        wire=[answer([{"status": 0, **DATED, "id": REF, "phone": ONE}])],
        expect=[report(MessageState.SENT, "0")],
    ),
    Case(
        name="many answered in the form for one",
        call=reports(*several(6)),
        wire=[answer({"status": 0, **DATED})],
        expect=Raises(error=OutcomeUnknown),
    ),
    Case(
        name="many: the error envelope",
        call=reports(*several(6)),
        wire=[error(9, "duplicate request, wait a minute")],
        expect=Raises(error=Throttled, code="9"),
    ),
    Case(
        name="an unreadable answer costs only its own message",
        call=reports(message(ONE), message(TWO)),
        wire=[reply(""), answer({"status": 0, **DATED})],
        expect=[report(MessageState.SENT, "0", msisdn=TWO)],
    ),
    Case(name="nothing to ask", call=reports(), wire=[], expect=[]),
]

OTHERS = [
    Case(
        name="no cancelling: nothing leaves",
        call=lambda gateway: gateway.cancel([message()]),
        wire=[],
        expect=Raises(error=Unsupported),
    ),
    *(
        Case(name=f"balance {value}", call=balance, wire=[answer(value)], expect=expected)
        for value, expected in (
            ({"balance": "1871.62"}, Balance(amount=Decimal("1871.62"))),
            (
                {"balance": "3215.3097", "currency": "RUR"},
                Balance(amount=Decimal("3215.3097"), currency="RUB"),
            ),
            (
                {"balance": "-5,5", "currency": "KZT", "credit": "100"},
                Balance(amount=Decimal("-5.5"), currency="KZT", credit=Decimal(100)),
            ),
            ({"balance": 0}, Balance(amount=Decimal(0))),
        )
    ),
    Case(
        name="no balance",
        call=balance,
        wire=[answer({"balance": "много"})],
        expect=Raises(error=OutcomeUnknown),
    ),
]

CASES = [*SENDING, *REFUSALS, *TROUBLE, *DRESSED, *REPORTS, *OTHERS]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_contract(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await run(case, build, caplog)


@pytest.mark.parametrize("case", [SENDING[0], REFUSALS[0], TROUBLE[0]], ids=lambda case: case.name)
async def test_a_key_is_no_more_seen_than_a_password(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await run(replace(case, secrets=(KEY,)), lambda send: smsc.Gateway(KEYED, send), caplog)


def test_every_entry_of_the_tables_has_its_case() -> None:
    assert set(STATUSES) == set(smsc.STATES)
    assert set(DELIVERY) == set(smsc.DELIVERY_ERRORS)
    assert {script: set(numbers) for script, numbers in NUMBERS.items()} == {
        script: set(numbers) for script, numbers in smsc.ERRORS.items()
    }


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("Too many concurrent requests", 2), ("duplicate request, wait a minute", 61), ("что-то новое", 61)],
)
def test_the_two_kinds_of_error_9(text: str, seconds: int) -> None:
    with pytest.raises(Throttled) as caught:
        smsc.parse_submit(error(9, text), submission(ONE))

    assert caught.value.retry_after == timedelta(seconds=seconds)


@pytest.mark.parametrize(("code", "field"), [(5, "send_at"), (6, None), (7, "msisdn"), (8, "msisdn")])
def test_a_refusal_names_the_part_to_blame(code: int, field: str | None) -> None:
    with pytest.raises(RequestRefused) as caught:
        smsc.parse_submit(error(code), submission(ONE))

    assert caught.value.field == field


def form(request: HttpRequest) -> dict[str, str]:
    assert request.body is not None
    pairs = parse_qsl(request.body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


PAIR = {"login": LOGIN, "psw": PASSWORD, "charset": "utf-8", "fmt": "3"}
OURS = {"id": REF, "cost": "2", "err": "1", "op": "1"}


def test_a_sending() -> None:
    request = build_submit(CONFIG, submission(ONE, TWO))

    assert request.url == "https://smsc.ru/sys/send.php"
    assert request.headers == {"Content-Type": "application/x-www-form-urlencoded"}
    assert request.submits
    assert request.secrets == (PASSWORD,)
    assert form(request) == {**PAIR, **OURS, "phones": f"+{ONE},+{TWO}", "mes": "Заказ готов"}


def test_a_key_stands_for_the_pair() -> None:
    request = build_submit(CONFIG.model_copy(update={"apikey": SecretStr(KEY)}), submission(ONE))

    assert form(request)["apikey"] == KEY
    assert not {"login", "psw"} & set(form(request))
    assert request.secrets == (KEY,)


def test_different_texts_go_line_by_line() -> None:
    sms = (Sms(msisdn=ONE, text="один: 1\r\nдва\nтри"), Sms(msisdn=TWO, text="`&<\"'+%"))

    sent = form(build_submit(CONFIG, Submission(ref=REF, sms=sms)))

    assert sent["list"] == f"+{ONE}:один: 1\\nдва\\nтри\n+{TWO}:`&<\"'+%"
    assert not {"phones", "mes"} & set(sent)


@pytest.mark.parametrize(
    "text",
    ["`&<\"'=+%;", "Ёлки 🎄 €", "line\nbreak C:\\new", "a" * 1000, "ы" * 1000],
    ids=["markup", "not GSM", "breaks", "long", "long Cyrillic"],
)
def test_a_text_arrives_as_it_is(text: str) -> None:
    assert form(build_submit(CONFIG, submission(ONE, text=text)))["mes"] == text


def test_sender_date_and_validity() -> None:
    asked = replace(
        submission("7&<\"'"),
        sender_id="ACME",
        send_at=datetime(2026, 5, 1, 9, tzinfo=UTC),
        validity=timedelta(hours=1, minutes=5),
    )

    sent = form(build_submit(CONFIG, asked))

    assert (sent["phones"], sent["sender"], sent["time"], sent["valid"]) == (
        "+7&<\"'",
        "ACME",
        "01777626000",
        "01:05",
    )


@pytest.mark.parametrize(
    ("validity", "written"),
    [
        (timedelta(), "00:01"),
        (timedelta(seconds=1), "00:01"),
        (timedelta(seconds=61), "00:02"),
        (timedelta(minutes=59), "00:59"),
        (timedelta(hours=24), "24:00"),
    ],
    ids=str,
)
def test_validity_is_in_hours_and_minutes(validity: timedelta, written: str) -> None:
    assert form(build_submit(CONFIG, replace(submission(ONE), validity=validity)))["valid"] == written


def test_a_price_check_sends_nothing() -> None:
    request = build_quote(CONFIG, submission(ONE))

    assert request.url == "https://smsc.ru/sys/send.php"
    assert not request.submits
    assert form(request) == {**PAIR, "cost": "1", "phones": f"+{ONE}", "mes": "Заказ готов"}


def test_a_balance_with_its_currency() -> None:
    request = build_balance(CONFIG)

    assert (request.operation, request.url) == ("balance", "https://smsc.ru/sys/balance.php")
    assert form(request) == {**PAIR, "cur": "1"}


def test_the_single_form_of_a_status_has_no_pace() -> None:
    request = build_status(CONFIG, [message()])

    assert request.url == "https://smsc.ru/sys/status.php"
    assert request.paces == ()
    assert not request.submits
    assert form(request) == {**PAIR, "id": REF, "phone": ONE, "all": "0"}


def test_the_multi_form_of_a_status_waits_its_minute() -> None:
    request = build_status(CONFIG, [message(ONE), message(TWO, "b", "123")])

    assert request.paces == (Pace(key="status-multi", period=timedelta(seconds=61)),)
    assert form(request) == {**PAIR, "id": f"{REF},123", "phone": f"{ONE},{TWO}", "all": "0"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://smsc.ru/sys/"},
        {"login": ""},
        {"password": ""},
        {"password": None},
        {"apikey": ""},
        {"pasword": "x"},
    ],
    ids=str,
)
def test_a_wrong_setting_shows_no_password(wrong: dict[str, str | None]) -> None:
    with pytest.raises(ValidationError) as caught:
        Config.model_validate({"login": LOGIN, "password": PASSWORD, **wrong})

    assert PASSWORD[:8] not in str(caught.value)


def test_settings_left_alone() -> None:
    config = Config(login="x", password=SecretStr("x"))

    assert (config.url, config.apikey) == ("https://smsc.ru/sys/", None)
    assert Config(apikey=SecretStr("x")).login == ""
    assert hash(config)
    assert smsc.KIND == "smsc"


def test_what_a_list_cannot_carry_is_blamed_on_the_text() -> None:
    sms = (Sms(msisdn=ONE, text="a"), Sms(msisdn=TWO, text="C:\\new"))

    with pytest.raises(RequestRefused) as caught:
        build_submit(CONFIG, Submission(ref=REF, sms=sms))

    assert caught.value.field == "text"


def test_what_it_can_do() -> None:
    can = smsc.CAPABILITIES

    assert (can.quote, can.verdicts, can.send_at, can.text_per_number, can.lookup_by_ref) == (True,) * 5
    assert (can.cancel, can.by_recipient_time) == (False, False)
    assert can.validity == (timedelta(minutes=1), timedelta(hours=24))
    assert can.in_flight < 5  # one page of the documents has error 9 from five at once
