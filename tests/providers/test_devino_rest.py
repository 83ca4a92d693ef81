"""Devino over REST against its protocol sheet: every documented answer, and the ways real ones break."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from pydantic import ValidationError

from providers import devino
from providers.devino import STATES
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
from providers.gateways import devino_rest
from providers.gateways.devino_rest import ERRORS, Config, Gateway
from providers.model import (
    Balance,
    MessageRef,
    MessageState,
    Reason,
    Receipt,
    Report,
    Sms,
    Submission,
    Verdict,
)
from providers.wire import HttpRequest, HttpResponse, Send
from tests.providers.contract import LOGIN, PASSWORD, SESSION, Case, Raises, Wire, reply, run

OTHER = "Z5CYSZEKDL1DPICU37WEHQVOYKP0T1GSLHX1"
LOGGED_IN = reply(f'"{SESSION}"')
LOGGED_IN_AGAIN = reply(f'"{OTHER}"')
EXPIRED = reply('{"Code":4,"Desc":"SessionID expired"}', status=401)
ONE, TWO = "79031234567", "79160000000"
ID, ID_2, ID_3, ID_4 = (f"57970085416927235{digit}" for digit in "8901")
BIG_ID = "98765432109876543210"  # above 2^63


def build(send: Send) -> Gateway:
    return Gateway(Config(login=LOGIN, password=PASSWORD), send)


def submission(*msisdns: str, text: str = "Order 42 is ready", **more: object) -> Submission:
    plain = Submission(
        ref="r1", sms=tuple(Sms(msisdn=one, text=text) for one in msisdns or (ONE,)), sender_id="ACME"
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def accepted(msisdn: str, *gateway_ids: str) -> Verdict:
    return Verdict(msisdn=msisdn, state=MessageState.ACCEPTED, gateway_ids=gateway_ids)


def submits(
    name: str,
    answer: HttpResponse | GatewayError,
    expect: object,
    what: Submission | None = None,
    **more: object,
) -> Case:
    """A case of one send in a fresh session."""
    case = Case(
        name=name,
        call=lambda gateway: gateway.submit(what or submission()),
        wire=[LOGGED_IN, answer],
        expect=expect,
    )
    return replace(case, **more)  # type: ignore[arg-type]


def refused(code: int | str, desc: str, status: int) -> HttpResponse:
    quoted = f'"{code}"' if isinstance(code, str) else code
    return reply(f'{{"Code":{quoted},"Desc":"{desc}"}}', status=status)


ONE_ACCEPTED = Receipt(verdicts=(accepted(ONE, ID),), segments=1)
LONG = "Я" * 71
NULL_PARAMETER = (
    "The parameters dictionary contains a null entry for parameter 'sendDate' of non-nullable type 'DateTime'"
)

ACCEPTED = [
    submits(
        "one number",
        reply(f'["{ID}"]'),
        ONE_ACCEPTED,
        operations=("user/sessionid", "Sms/Send"),
        sent=(
            (
                "POST https://integrationapi.net/rest/user/sessionid\n",
                "application/x-www-form-urlencoded",
                "login=acme-login&password=pa%24%24+%2B%26%3D%25%3Cword%3E%22%27%D0%AF",
            ),
            (
                "POST https://integrationapi.net/rest/Sms/Send\n",
                f"SessionID={SESSION}&SourceAddress=ACME&DestinationAddress=79031234567&Data=Order+42+is+ready",
            ),
        ),
        unsent=("SendDate", "Validity"),
    ),
    submits(
        "a plus in a number is %2B",
        reply(f'["{ID}"]'),
        Receipt(verdicts=(accepted("+" + ONE, ID),), segments=1),
        submission("+" + ONE),
        sent=((), ("DestinationAddress=%2B79031234567",)),
    ),
    submits(
        "several numbers",
        reply(f'["{ID}","{ID_2}"]'),
        Receipt(verdicts=(accepted(ONE, ID), accepted(TWO, ID_2)), segments=2),
        submission(ONE, TWO),
        operations=("user/sessionid", "Sms/SendBulk"),
        sent=((), (f"DestinationAddresses={ONE}&DestinationAddresses={TWO}",)),
    ),
    submits(
        "long text to several numbers: ids recipient by recipient",
        reply(f'["{ID}", "{ID_2}", "{ID_3}", "{ID_4}"]'),
        Receipt(verdicts=(accepted(ONE, ID, ID_2), accepted(TWO, ID_3, ID_4)), segments=4),
        submission(ONE, TWO, text=LONG),
        sent=((), ("Data=" + "%D0%AF" * 71,)),
    ),
    submits(
        "one number has all ids, however many",
        reply(f'["{ID}", "{ID_2}", "{ID_3}"]'),
        Receipt(verdicts=(accepted(ONE, ID, ID_2, ID_3),), segments=3),
    ),
    submits(
        "ids that do not come out even belong to nobody",
        reply(f'["{ID}","{ID_2}","{ID_3}"]'),
        Receipt(unmapped_ids=(ID, ID_2, ID_3), segments=3),
        submission(ONE, TWO),
    ),
    submits(
        "ids that come out even but not by segments belong to nobody",
        reply(f'["{ID}","{ID_2}","{ID_3}","{ID_4}"]'),
        Receipt(unmapped_ids=(ID, ID_2, ID_3, ID_4), segments=4),
        submission(ONE, TWO),
    ),
    submits(
        "one number of two without an id: nobody is given the other",
        reply(f'["{ID}",null]'),
        Receipt(unmapped_ids=(ID,), segments=1),
        submission(ONE, TWO),
    ),
    submits(
        "ids as bare numbers and above 2^63 stay exact",
        reply(f'[{BIG_ID}, "GW0261BBD6B3", "SAR-W+84333"]'),
        Receipt(verdicts=(accepted(ONE, BIG_ID, "GW0261BBD6B3", "SAR-W+84333"),), segments=3),
    ),
    submits(
        "non-GSM text, line breaks and emoji",
        reply(f'\ufeff["{ID}"]\r\n', content_type="text/html"),
        ONE_ACCEPTED,
        submission(text="Заказ №1 готов 🎉\n& всё = 100%"),
        sent=((), ("%F0%9F%8E%89%0A%26+", "+%3D+100%25")),
    ),
    submits(
        "date in UTC and validity in minutes, rounded up",
        reply(f'["{ID}"]'),
        ONE_ACCEPTED,
        submission(
            send_at=datetime(2026, 12, 1, 10, 0, tzinfo=timezone(timedelta(hours=3))),
            validity=timedelta(minutes=10, seconds=1),
        ),
        operations=("user/sessionid", "Sms/Send"),
        sent=((), ("SendDate=2026-12-01T07%3A00%3A00&Validity=11",)),
    ),
    submits(
        "one number by its own time",
        reply(f'["{ID}"]'),
        ONE_ACCEPTED,
        submission(send_at=datetime(2026, 12, 1, 10, 0, tzinfo=UTC), by_recipient_time=True),
        operations=("user/sessionid", "Sms/SendByTimeZone"),
        sent=((), (f"DestinationAddress={ONE}", "SendDate=2026-12-01T10%3A00%3A00")),
    ),
    submits(
        "several numbers by their own time",
        reply(f'["{ID}","{ID_2}"]'),
        Receipt(verdicts=(accepted(ONE, ID), accepted(TWO, ID_2)), segments=2),
        submission(ONE, TWO, send_at=datetime(2026, 12, 1, 10, 0, tzinfo=UTC), by_recipient_time=True),
        operations=("user/sessionid", "Sms/SendByTimeZoneToAddresses"),
        sent=((), (f"DestinationAddresses={ONE}&DestinationAddresses={TWO}",)),
    ),
]

# code, Desc, HTTP status of an answer to a send; what comes out
ERROR_TABLE: list[tuple[int | str, str, int, Raises]] = [
    (1, "DestinationAddress can not be null", 400, Raises(error=RequestRefused, reason=Reason.REQUEST)),
    (2, "Нельзя указывать диапазон дат", 400, Raises(error=RequestRefused, reason=Reason.REQUEST)),
    (4, "Invalid user login or password", 401, Raises(error=AuthFailed, reason=Reason.LOGIN)),
    (5, "Мало денег", 403, Raises(error=InsufficientFunds, code="5", reason=Reason.MONEY)),
    (2, "Not enough credits", 403, Raises(error=InsufficientFunds, code="2")),
    (6, "Invalid source address", 400, Raises(error=RequestRefused, code="6", reason=Reason.SENDER)),
    (6, "Invalid destination address", 400, Raises(error=RequestRefused, reason=Reason.RECIPIENT)),
    (6, "Something", 400, Raises(error=RequestRefused, reason=Reason.REQUEST)),
    (1, "error-subject-unknown", 400, Raises(error=RequestRefused, reason=Reason.SENDER)),
    (1, "error-address-format", 400, Raises(error=RequestRefused, reason=Reason.RECIPIENT)),
    (1, "error-system", 400, Raises(error=OutcomeUnknown)),
    (7, "Forbidden", 403, Raises(error=RequestRefused, code="7", reason=Reason.LIMIT)),
    (8, "Gateway error", 500, Raises(error=OutcomeUnknown, code="8")),
    (9, "Object reference not set", 500, Raises(error=OutcomeUnknown, code="9")),
    (9, "No session with SMSC. Parameter name: s", 500, Raises(error=OutcomeUnknown, code="9")),
    (9, NULL_PARAMETER, 500, Raises(error=RequestRefused, code="9", reason=Reason.REQUEST)),
    ("6", "Invalid source address", 400, Raises(error=RequestRefused, code="6")),
    (6, "Invalid source address", 200, Raises(error=RequestRefused, code="6")),
    (77, "New trouble", 400, Raises(error=RequestRefused, code="77", reason=Reason.REQUEST)),
    (77, "New trouble", 500, Raises(error=OutcomeUnknown, code="77")),
    (77, "New trouble", 200, Raises(error=OutcomeUnknown, code="77")),
    (77, "Wait", 429, Raises(error=Throttled, code="429")),
    ("none", "New trouble", 408, Raises(error=OutcomeUnknown, code="408")),
]
REFUSED = [
    submits(f"send: {code} {desc[:30]} HTTP {status}", refused(code, desc, status), raises)
    for code, desc, status, raises in ERROR_TABLE
]

GARBAGE: dict[str, HttpResponse | GatewayError] = {
    "empty body": reply(""),
    "empty list": reply("[]"),
    "a list of blanks": reply('["", null]'),
    "a boolean for an id": reply("[true]"),
    "an object for an id": reply('[{"id": 1}]'),
    "a fraction for an id": reply("[1.5]"),
    "control characters for an id": reply(r'["\ud800"]'),
    "cut body": reply(f'["{ID}","5797'),
    "garbled body": reply(b"\x00\xff\xfe["),
    "HTML with 200": reply("<html><body>Вход</body></html>", content_type="application/json"),
    "HTTP 500": reply("<html>Runtime Error</html>", status=500),
    "HTTP 500 with ids": reply(f'["{ID}"]', status=500),
    "a redirect": reply("", status=302, location="https://example.com/"),
    "a wrong type": reply('{"State":0}'),
    "NaN": reply("[NaN]"),
    "too deep": reply("[" * 100_000),
    "no answer": OutcomeUnknown(raw="no whole answer in 90 s"),
}
UNREADABLE = [
    submits(f"send: {name}", answer, Raises(error=OutcomeUnknown)) for name, answer in GARBAGE.items()
]

SESSIONS = [
    submits("not reached", NotReached(raw="ClientConnectorError"), Raises(error=NotReached)),
    submits("throttled", reply("", status=429, retry_after="7"), Raises(error=Throttled, code="429")),
    submits(
        "session expired: one login, one repeat",
        EXPIRED,
        ONE_ACCEPTED,
        wire=[LOGGED_IN, EXPIRED, LOGGED_IN_AGAIN, reply(f'["{ID}"]')],
        operations=("user/sessionid", "Sms/Send", "user/sessionid", "Sms/Send"),
        sent=((), (SESSION,), (), (f"SessionID={OTHER}",)),
        secrets=(PASSWORD, SESSION, OTHER),
    ),
    submits(
        "session refused twice: nothing was sent, try later",
        EXPIRED,
        Raises(error=Throttled, code="4"),
        wire=[LOGGED_IN, EXPIRED, LOGGED_IN_AGAIN, EXPIRED],
        secrets=(PASSWORD, SESSION, OTHER),
    ),
    submits(
        "the second login is unreadable: nothing was sent",
        EXPIRED,
        Raises(error=NotReached),
        wire=[LOGGED_IN, EXPIRED, reply("", status=500)],
    ),
    *(
        submits(
            f"session refused by {name}",
            answer,
            ONE_ACCEPTED,
            wire=[LOGGED_IN, answer, LOGGED_IN, reply(f'["{ID}"]')],
        )
        for name, answer in {
            "code 3": refused(3, "Неверно", 400),
            "code 4 in unknown words": refused(4, "Unauthorized access", 401),
            "its words under another code": refused(6, "Invalid SessionID", 400),
            "401 without a body": reply("", status=401),
            "401 with HTML": reply("<html>401</html>", status=401),
            "401 with an unlisted code": refused(77, "?", 401),
        }.items()
    ),
]


def logs_in(name: str, answer: HttpResponse | GatewayError, expect: Raises, *secrets: str) -> Case:
    """A case of a send whose login fails: whatever comes, the message has not left."""
    return Case(
        name=f"login: {name}",
        call=lambda gateway: gateway.submit(submission()),
        wire=[answer],
        expect=expect,
        operations=("user/sessionid",),
        secrets=(PASSWORD, SESSION, *secrets),
    )


LOGINS = [
    logs_in("wrong", refused(4, "Invalid user login or password", 401), Raises(error=AuthFailed, code="4")),
    logs_in("401", reply("", status=401), Raises(error=AuthFailed, code="401", reason=Reason.LOGIN)),
    logs_in("code 4 in unknown words", refused(4, "Нет", 401), Raises(error=AuthFailed)),
    logs_in("session expired, of all things", EXPIRED, Raises(error=NotReached)),
    logs_in("forbidden", refused(7, "Forbidden", 403), Raises(error=AccountBlocked, reason=Reason.ACCOUNT)),
    logs_in("refused", refused(1, "login can not be null", 400), Raises(error=AccountBlocked, code="1")),
    logs_in("trouble", refused(8, "Gateway error", 500), Raises(error=NotReached, code="8")),
    logs_in("throttled", reply("", status=429), Raises(error=Throttled)),
    logs_in("no answer", OutcomeUnknown(raw="SocketTimeoutError"), Raises(error=NotReached)),
    logs_in("empty", reply('""'), Raises(error=NotReached)),
    logs_in("null", reply("null"), Raises(error=NotReached)),
    logs_in("HTML", reply("<html></html>"), Raises(error=NotReached)),
    logs_in("a session with blanks", reply('"C0FFEE 5E55"'), Raises(error=NotReached), "C0FFEE 5E55"),
    logs_in("cut", reply(f'"{SESSION[:20]}'), Raises(error=NotReached), SESSION[:20]),
]


def balances(name: str, answer: HttpResponse, expect: object) -> Case:
    return Case(
        name=f"balance: {name}",
        call=lambda gateway: gateway.balance(),
        wire=[LOGGED_IN, answer],
        expect=expect,
        operations=("user/sessionid", "User/Balance"),
        sent=((), ("https://integrationapi.net/rest/User/Balance\n", f"SessionID={SESSION}")),
    )


BALANCES = [
    balances("a number", reply("20015.3"), Balance(amount=Decimal("20015.3"))),
    balances("overdrawn", reply("-0.10"), Balance(amount=Decimal("-0.10"))),
    balances("quoted with a comma", reply('"123,45"'), Balance(amount=Decimal("123.45"))),
    balances("a boolean", reply("true"), Raises(error=OutcomeUnknown)),
    balances("null", reply("null"), Raises(error=OutcomeUnknown)),
    balances("NaN", reply("NaN"), Raises(error=OutcomeUnknown)),
    balances("NaN quoted", reply('"NaN"'), Raises(error=OutcomeUnknown)),
    balances("a list", reply("[1]"), Raises(error=OutcomeUnknown)),
    balances("trouble", refused(9, "Internal server error", 500), Raises(error=OutcomeUnknown, code="9")),
    balances("anti-spam asks a read to wait", refused(7, "Forbidden", 403), Raises(error=Throttled)),
]

# state number -> what it comes to, from the sheet's section 8
STATE_TABLE: dict[int, tuple[MessageState | None, Reason | None]] = {
    -200: (MessageState.UNDELIVERED, Reason.UNEXPLAINED),
    -98: (MessageState.CANCELLED, Reason.CANCELLED),
    -97: (MessageState.CANCELLED, Reason.CANCELLED),
    -40: (MessageState.ACCEPTED, None),
    -30: (MessageState.ACCEPTED, None),
    -20: (MessageState.SENT, None),
    -10: (MessageState.SENT, None),
    -3: (MessageState.UNDELIVERED, Reason.SCHEDULE),
    -2: (MessageState.ACCEPTED, None),
    -1: (MessageState.SENT, None),
    0: (MessageState.DELIVERED, None),
    8: (MessageState.UNDELIVERED, Reason.UNEXPLAINED),
    10: (MessageState.REJECTED, Reason.SENDER),
    11: (MessageState.REJECTED, Reason.RECIPIENT),
    41: (MessageState.REJECTED, Reason.RECIPIENT),
    42: (MessageState.REJECTED, Reason.OPERATOR),
    46: (MessageState.EXPIRED, Reason.EXPIRED),
    47: (MessageState.CANCELLED, Reason.CANCELLED),
    48: (MessageState.REJECTED, Reason.UNEXPLAINED),
    69: (MessageState.REJECTED, Reason.UNEXPLAINED),
    -100: (None, None),
    99: (None, None),
    255: (None, None),
    1000: (None, None),
}


def state(value: object, reported: str = "null", price: str = "null", stamp: str = "-62135596800000") -> str:
    """A state as REST writes it, keys in the order of the wire (section 3.7)."""
    return (
        f'{{"State":{value},"CreationDateUtc":"\\/Date(1608151480000)\\/","SubmittedDateUtc":null,'
        f'"ReportedDateUtc":{reported},"TimeStampUtc":"\\/Date({stamp})\\/",'
        f'"StateDescription":"Доставлено","Price":{price}}}'
    )


def ref(*gateway_ids: str, number: str = ONE) -> MessageRef:
    return MessageRef(ref="r1", msisdn=number, gateway_ids=gateway_ids)


def reports(
    name: str, refs: list[MessageRef], answers: list[HttpResponse | GatewayError], expect: object
) -> Case:
    return Case(
        name=f"reports: {name}",
        call=lambda gateway: gateway.reports(refs),
        wire=[LOGGED_IN, *answers],
        expect=expect,
    )


def told(number: int, gateway_id: str = ID, **more: object) -> Report:
    known, reason = STATE_TABLE[number]
    plain = Report(
        msisdn=ONE,
        ref="r1",
        gateway_id=gateway_id,
        state=known,
        raw=str(number),
        code=str(number),
        reason=reason,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


REPORTED = datetime(2020, 12, 16, 20, 44, 40, tzinfo=UTC)
REPORTS = [
    *(
        reports(f"state {number}", [ref(ID)], [reply(state(number))], [told(number)])
        for number in STATE_TABLE
    ),
    replace(
        reports("an id with a plus", [ref("SAR-W+84333")], [reply(state(0))], [told(0, "SAR-W+84333")]),
        operations=("user/sessionid", "Sms/State"),
        sent=((), (f"sessionId={SESSION}&messageId=SAR-W%2B84333",)),
    ),
    reports(
        "price and date",
        [ref(ID)],
        [reply(state(0, reported='"/Date(1608151480000+0300)/"', price="1.95", stamp="1608151499000"))],
        [told(0, price=Decimal("1.95"), at=REPORTED)],
    ),
    reports(
        "the time of the report stands in for that of delivery",
        [ref(ID)],
        [reply(state(-1, stamp="1608151480000"))],
        [told(-1, at=REPORTED)],
    ),
    reports(
        "and that of handing over for both",
        [ref(ID)],
        [reply('{"State":-1,"SubmittedDateUtc":"\\/Date(1608151480000)\\/"}')],
        [told(-1, at=REPORTED)],
    ),
    reports(
        "unreadable date and price, state kept as text",
        [ref(ID)],
        [reply(state('"0"', reported='"yesterday"', price='"free"', stamp="999999999999999"))],
        [told(0)],
    ),
    reports(
        "all segments delivered: prices add up, the last date counts",
        [ref(ID, ID_2)],
        [
            reply(state(0, reported='"/Date(1608151470000)/"', price="1.95")),
            reply(state(0, reported='"/Date(1608151480000)/"', price="1.95")),
        ],
        [told(0, price=Decimal("3.90"), at=REPORTED)],
    ),
    reports(
        "the worst segment decides",
        [ref(ID, ID_2, ID_3)],
        [reply(state(0, price="2")), reply(state(46)), reply(state(-1))],
        [told(46, ID_2, raw="0, 46, -1")],
    ),
    reports(
        "an unknown segment keeps a message from being delivered",
        [ref(ID, ID_2)],
        [reply(state(0)), reply(state(255))],
        [told(255, ID_2, raw="0, 255")],
    ),
    reports(
        "an unreadable segment costs only its own message its report",
        [ref(ID, ID_2), ref(ID_3, number=TWO)],
        [reply(state(0)), reply("", status=500), reply(state(-1))],
        [told(-1, ID_3, msisdn=TWO)],
    ),
    reports(
        "an unreadable segment cannot save a message",
        [ref(ID, ID_2)],
        [reply("<html>"), reply(state(42))],
        [told(42, ID_2)],
    ),
    reports(
        "a refused question is an answer about that id alone",
        [ref(ID)],
        [
            refused(1, r"MessageID can not be null or empty\r\nParameter name: messageId", 400),
        ],
        [
            Report(
                msisdn=ONE,
                ref="r1",
                gateway_id=ID,
                state=None,
                code="1",
                raw="HTTP 400: MessageID can not be null or empty Parameter name: messageId",
            )
        ],
    ),
    reports(
        "throttled half way: what is known comes back",
        [ref(ID), ref(ID_2, number=TWO)],
        [reply(state(0)), reply("", status=429)],
        [told(0)],
    ),
    reports(
        "the account is stopped half way",
        [ref(ID), ref(ID_2, number=TWO)],
        [reply(state(0)), refused(4, "Invalid user login or password", 401)],
        Raises(error=AuthFailed),
    ),
    reports("nothing reached", [ref(ID)], [NotReached(raw="refused")], Raises(error=NotReached)),
    *(
        reports(f"{name} is not delivered", [ref(ID)], [reply(body)], Raises(error=OutcomeUnknown))
        for name, body in {
            "a missing state": '{"Price":1}',
            "null": state("null"),
            "false": state("false"),
            "0.0": state("0.0"),
            "a word": state('"Delivered"'),
            "no object": "0",
        }.items()
    ),
]

NO_IO = [
    Case(name=name, call=call, wire=[], expect=expect, operations=())
    for name, call, expect in (
        (
            "no id to ask by",
            lambda gateway: gateway.reports([ref()]),
            [Report(msisdn=ONE, ref="r1", state=None, raw="no id to ask by")],
        ),
        ("quote", lambda gateway: gateway.quote(submission()), Raises(error=Unsupported)),
        ("cancel", lambda gateway: gateway.cancel([ref(ID)]), Raises(error=Unsupported)),
        (
            "a text for each number",
            lambda gateway: gateway.submit(
                submission(sms=(Sms(msisdn=ONE, text="a"), Sms(msisdn=TWO, text="b")))
            ),
            Raises(error=Unsupported),
        ),
        (
            "no sender ID",
            lambda gateway: gateway.submit(submission(sender_id=None)),
            Raises(error=RequestRefused, reason=Reason.SENDER),
        ),
        (
            "the recipient's time without a date",
            lambda gateway: gateway.submit(submission(by_recipient_time=True)),
            Raises(error=RequestRefused, reason=Reason.SCHEDULE),
        ),
    )
]

CASES = [*ACCEPTED, *REFUSED, *UNREADABLE, *SESSIONS, *LOGINS, *BALANCES, *REPORTS, *NO_IO]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_contract(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await run(case, build, caplog)


def test_every_state_and_error_has_a_case() -> None:
    assert set(STATES) <= set(STATE_TABLE)
    assert {number for number, known in STATE_TABLE.items() if known != (None, None)} == set(STATES)
    answers = [answer for case in CASES for answer in case.wire if isinstance(answer, HttpResponse)]
    for code in ERRORS:
        assert any(f'{{"Code":{code},'.encode() in answer.body for answer in answers), code


@pytest.mark.parametrize(
    ("desc", "field"), [("Invalid source address", "sender_id"), ("Invalid destination address", "msisdn")]
)
async def test_a_refusal_names_the_field_to_blame(desc: str, field: str) -> None:
    with pytest.raises(RequestRefused) as caught:
        await build(Wire([LOGGED_IN, refused(6, desc, 400)])).submit(submission())
    assert caught.value.field == field


async def test_throttled_says_how_long() -> None:
    with pytest.raises(Throttled) as caught:
        await build(Wire([LOGGED_IN, reply("", status=429, retry_after="7")])).submit(submission())
    assert caught.value.retry_after == timedelta(seconds=7)


class Server:
    """Sessions by number; refuses those below `oldest`. Every answer takes a turn of the loop."""

    def __init__(self) -> None:
        self.logins = 0
        self.oldest = 1
        self.requests: list[HttpRequest] = []

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        await asyncio.sleep(0)
        if request.operation == "user/sessionid":
            self.logins += 1
            return reply(f'"S{self.logins}"')
        session = int((request.body or b"").decode().partition("=S")[2].partition("&")[0])
        return reply("7.5") if session >= self.oldest else EXPIRED


async def test_concurrent_calls_share_one_login() -> None:
    server = Server()
    gateway = build(server)
    assert (
        await asyncio.gather(*(gateway.balance() for _ in range(5))) == [Balance(amount=Decimal("7.5"))] * 5
    )
    assert server.logins == 1


async def test_concurrent_calls_renew_a_refused_session_once() -> None:
    server = Server()
    gateway = build(server)
    await gateway.balance()
    server.oldest = 2
    await asyncio.gather(*(gateway.balance() for _ in range(5)))
    assert server.logins == 2


async def test_a_session_is_renewed_after_100_minutes() -> None:
    now = 1000.0
    server = Server()
    gateway = Gateway(Config(login=LOGIN, password=PASSWORD), server, clock=lambda: now)
    await gateway.balance()
    now += 100 * 60 - 1
    await gateway.balance()
    assert server.logins == 1
    now += 1
    await gateway.balance()
    assert server.logins == 2


async def test_only_sends_submit_and_only_the_login_answers_a_secret() -> None:
    wire = Wire([LOGGED_IN, reply(f'["{ID}"]'), reply("1"), reply(state(0))])
    gateway = build(wire)
    await gateway.submit(submission())
    await gateway.balance()
    await gateway.reports([ref(ID)])
    assert [one.submits for one in wire.requests] == [False, True, False, False]
    assert [one.secret_reply for one in wire.requests] == [True, False, False, False]
    assert [one.secrets for one in wire.requests] == [(PASSWORD,)] + [(SESSION, PASSWORD)] * 3


async def test_a_dead_gateway_is_not_asked_for_every_message() -> None:
    asked = 0

    async def dead(request: HttpRequest) -> HttpResponse:
        nonlocal asked
        await asyncio.sleep(0)
        if request.operation == "user/sessionid":
            return LOGGED_IN
        asked += 1
        raise OutcomeUnknown(raw="SocketTimeoutError")

    with pytest.raises(OutcomeUnknown):
        await build(dead).reports([ref(str(number)) for number in range(50)])
    assert asked < 15


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("/Date(1608151480000)/", REPORTED),
        ("/Date(1608151480000-0300)/", REPORTED),
        ("/Date(-1000)/", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("/Date(-62135596800000)/", None),
        ("/Date(999999999999999)/", None),
        ("2020-12-16T20:44:40", None),
        (None, None),
        (0, None),
    ],
)
def test_dates(text: object, date: datetime | None) -> None:
    assert devino_rest.parse_date(text) == date


def test_config_takes_https_alone_and_shows_no_secret() -> None:
    config = Config(url="https://sms.example.com/rest", login=LOGIN, password=PASSWORD)
    assert config.url == "https://sms.example.com/rest/"
    assert PASSWORD not in repr(config)
    for url in ("http://integrationapi.net/rest/", "https://me:secret@integrationapi.net/"):
        with pytest.raises(ValidationError) as caught:
            Config(url=url, login=LOGIN, password=PASSWORD)
        assert "secret" not in str(caught.value)


def test_the_words_decide_in_the_order_of_the_sheet() -> None:
    assert devino.meaning_of("Session: wrong LOGIN or password") is devino.Meaning.LOGIN
    assert devino.meaning_of("nothing known") is None
