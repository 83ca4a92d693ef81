"""Devino over SOAP against its protocol sheet: both versions, every fault, envelopes as real servers do."""

import asyncio
import logging
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from xml.sax.saxutils import escape

import pytest
from lxml import etree
from pydantic import ValidationError

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
from providers.gateways import devino_soap
from providers.gateways.devino_soap import ERRORS, Config, Gateway
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

SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
OTHER = "Z5CYSZEKDL1DPICU37WEHQVOYKP0T1GSLHX1"
ONE, TWO = "79031234567", "79160000000"
ID, ID_2, ID_3, ID_4 = (f"57970085416927235{digit}" for digit in "8901")
BIG_ID = "98765432109876543210"  # above 2^63


def envelope(body: str, *, soap: str = SOAP_12, prefix: str = "soap12", status: int = 200) -> HttpResponse:
    """A reply as in Devino's document."""
    return reply(
        f'<?xml version="1.0" encoding="utf-8"?>\n<{prefix}:Envelope '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
        f'xmlns:{prefix}="{soap}"><{prefix}:Body>{body}</{prefix}:Body></{prefix}:Envelope>',
        status=status,
        content_type="application/soap+xml; charset=utf-8",
    )


def result(operation: str, inner: str) -> HttpResponse:
    return envelope(
        f'<{operation}Response xmlns="http://ws.devinosms.com"><{operation}Result>{inner}'
        f"</{operation}Result></{operation}Response>"
    )


def ids(*gateway_ids: str, operation: str = "SendMessage") -> HttpResponse:
    return result(operation, "".join(f"<string>{one}</string>" for one in gateway_ids))


def fault(message: str, *, code: str = "Receiver", status: int = 500, prefix: str = "soap") -> HttpResponse:
    """A SOAP 1.2 fault as in Devino's document, with ASP.NET's wrapping around the message."""
    return envelope(
        f"<{prefix}:Fault><{prefix}:Code><{prefix}:Value>{prefix}:{code}</{prefix}:Value></{prefix}:Code>"
        f'<{prefix}:Reason><{prefix}:Text xml:lang="en">Server was unable to process request. ---\n'
        f"    &gt; {escape(message)}</{prefix}:Text></{prefix}:Reason><{prefix}:Detail/></{prefix}:Fault>",
        prefix=prefix,
        status=status,
    )


def fault_11(message: str, *, code: str = "Server", status: int = 500) -> HttpResponse:
    return envelope(
        f"<s:Fault><faultcode>s:{code}</faultcode><faultstring>Server was unable to process request. ---&gt; "
        f"{escape(message)}</faultstring><detail /></s:Fault>",
        soap=SOAP_11,
        prefix="s",
        status=status,
    )


LOGGED_IN = result("GetSessionID", SESSION)
LOGGED_IN_AGAIN = result("GetSessionID", OTHER)
EXPIRED = fault("SessionID expired")


def build(send: Send) -> Gateway:
    return Gateway(Config(login=LOGIN, password=PASSWORD), send)


def build_11(send: Send) -> Gateway:
    return Gateway(Config(login=LOGIN, password=PASSWORD, soap_version="1.1"), send)


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


ONE_ACCEPTED = Receipt(verdicts=(accepted(ONE, ID),), segments=1)
LONG = "Я" * 71
AT = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)

ACCEPTED = [
    submits(
        "one number",
        ids(ID),
        ONE_ACCEPTED,
        operations=("GetSessionID", "SendMessage"),
        sent=(
            (
                "POST https://ws.devinotele.com/SmsService.asmx\n",
                "'Content-Type': 'application/soap+xml; charset=utf-8'",
                f'<soap-env:Envelope xmlns:soap-env="{SOAP_12}"',
                "<login>acme-login</login><password>pa$$ +&amp;=%&lt;word&gt;\"'Я</password>",
            ),
            (
                f"<SendMessage><sessionID>{SESSION}</sessionID><message><Data>Order 42 is ready</Data>"
                "<DelayUntilUtc ",
                f"<DestinationAddresses><string>{ONE}</string></DestinationAddresses>"
                "<SourceAddress>ACME</SourceAddress><ReceiptRequested>true</ReceiptRequested><Validity ",
            ),
        ),
        unsent=("SOAPAction",),
    ),
    submits(
        "several numbers",
        ids(ID, ID_2),
        Receipt(verdicts=(accepted(ONE, ID), accepted(TWO, ID_2)), segments=2),
        submission(ONE, TWO),
        sent=((), (f"<string>{ONE}</string><string>{TWO}</string>",)),
    ),
    submits(
        "long text to several numbers",
        ids(ID, ID_2, ID_3, ID_4),
        Receipt(verdicts=(accepted(ONE, ID, ID_2), accepted(TWO, ID_3, ID_4)), segments=4),
        submission(ONE, TWO, text=LONG),
        sent=((), (f"<Data>{LONG}</Data>",)),
    ),
    submits(
        "ids that do not come out even belong to nobody",
        ids(ID, ID_2, ID_3),
        Receipt(unmapped_ids=(ID, ID_2, ID_3), segments=3),
        submission(ONE, TWO),
    ),
    submits(
        "one number of two without an id: nobody is given the other",
        result(
            "SendMessage", f'<string xsi:nil="true">{ID}</string><string> </string><string>{ID_2}</string>'
        ),
        Receipt(unmapped_ids=(ID_2,), segments=1),
        submission(ONE, TWO),
    ),
    submits(
        "ids above 2^63 and ids that are no numbers",
        ids(BIG_ID, "SAR-W+84333"),
        Receipt(verdicts=(accepted(ONE, BIG_ID, "SAR-W+84333"),), segments=2),
    ),
    submits(
        "non-GSM text, markup, line breaks and emoji",
        ids(ID),
        ONE_ACCEPTED,
        submission(text='Заказ <№1> & "всё" 🎉\r\nдальше ]]>'),
        sent=((), ('<Data>Заказ &lt;№1&gt; &amp; "всё" 🎉&#13;\nдальше ]]&gt;</Data>',)),
    ),
    submits(
        "what XML cannot carry is dropped, and does not count",
        ids(ID, ID_2),
        Receipt(verdicts=(accepted(ONE, ID), accepted(TWO, ID_2)), segments=2),
        submission(ONE, TWO, text="\x00" + "Я" * 70 + "\x1f\x0b\uffff"),
        sent=((), (f"<Data>{'Я' * 70}</Data>",)),
    ),
    submits(
        "date in UTC and validity in minutes",
        ids(ID),
        ONE_ACCEPTED,
        submission(send_at=AT, validity=timedelta(hours=2)),
        sent=((), ("<DelayUntilUtc>2026-12-01T10:00:00</DelayUntilUtc>", "<Validity>120</Validity>")),
    ),
    submits(
        "one number by its own time",
        ids(ID, operation="SendMessageByTimeZone"),
        ONE_ACCEPTED,
        submission(send_at=AT, by_recipient_time=True, validity=timedelta(minutes=10)),
        operations=("GetSessionID", "SendMessageByTimeZone"),
        sent=(
            (),
            (
                f"<SendMessageByTimeZone><sessionID>{SESSION}</sessionID><sourceAddress>ACME</sourceAddress>"
                f"<destinationAddress>{ONE}</destinationAddress><data>Order 42 is ready</data>"
                "<sendDate>2026-12-01T10:00:00</sendDate><validity>10</validity></SendMessageByTimeZone>",
            ),
        ),
    ),
    submits(
        "several numbers by their own time",
        ids(ID, ID_2, operation="SendMessageByTimeZoneToAddresses"),
        Receipt(verdicts=(accepted(ONE, ID), accepted(TWO, ID_2)), segments=2),
        submission(ONE, TWO, send_at=AT, by_recipient_time=True),
        operations=("GetSessionID", "SendMessageByTimeZoneToAddresses"),
        sent=(
            (),
            (
                f"<destinationAddresses><string>{ONE}</string><string>{TWO}</string></destinationAddresses>"
                "<data>Order 42 is ready</data><sendDate>2026-12-01T10:00:00</sendDate><validity ",
            ),
        ),
    ),
    submits(
        "any prefixes, a byte-order mark and a wrong content type",
        reply(
            f'\ufeff<a:Envelope xmlns:a="{SOAP_12}" xmlns:b="http://ws.devinosms.com"><a:Header/><a:Body>'
            f"<b:SendMessageResponse><b:SendMessageResult><b:string>{ID}</b:string></b:SendMessageResult>"
            "</b:SendMessageResponse></a:Body></a:Envelope>",
            content_type="text/html",
        ),
        ONE_ACCEPTED,
    ),
    submits(
        "a SOAP 1.1 answer to a 1.2 request",
        envelope(
            '<SendMessageResponse xmlns="http://ws.devinosms.com"><SendMessageResult>'
            f"<string>{ID}</string></SendMessageResult></SendMessageResponse>",
            soap=SOAP_11,
        ),
        ONE_ACCEPTED,
    ),
]

REFUSALS: dict[str, tuple[HttpResponse, Raises]] = {
    "wrong login": (fault("Invalid user login or password"), Raises(error=AuthFailed, code="Receiver")),
    "no money": (fault("Not enough credits"), Raises(error=InsufficientFunds, reason=Reason.MONEY)),
    "sender ID": (
        fault("Invalid source address"),
        Raises(error=RequestRefused, code="Receiver", reason=Reason.SENDER),
    ),
    "one number refuses all": (
        fault("Invalid destination address"),
        Raises(error=RequestRefused, reason=Reason.RECIPIENT),
    ),
    "unknown words": (fault("Неизвестная ошибка"), Raises(error=OutcomeUnknown, code="Receiver")),
    "only the innermost message counts": (
        fault("Invalid source address ---> Timeout expired.\n   at Session.Get()\n   at X"),
        Raises(error=OutcomeUnknown),
    ),
    "SOAP 1.1 to a 1.2 request": (
        fault_11("Invalid source address"),
        Raises(error=RequestRefused, code="Server", reason=Reason.SENDER),
    ),
    "SOAP 1.1, unknown words": (fault_11("Timeout expired"), Raises(error=OutcomeUnknown, code="Server")),
    "SOAP 1.1, not understood": (
        fault_11("There is an error in XML document (1, 2).", code="Client"),
        Raises(error=RequestRefused, code="Client", reason=Reason.REQUEST),
    ),
    "not understood": (
        fault("There is an error in XML document (1, 2).", code="Sender"),
        Raises(error=RequestRefused, code="Sender", reason=Reason.REQUEST),
    ),
    "a dotted code": (fault_11("?", code="Client.Validation"), Raises(error=RequestRefused, code="Client")),
    "wrong version": (fault("?", code="VersionMismatch"), Raises(error=OutcomeUnknown)),
    "a header not understood": (fault("?", code="MustUnderstand"), Raises(error=OutcomeUnknown)),
    "an unlisted code": (fault("?", code="DataEncodingUnknown"), Raises(error=OutcomeUnknown)),
    "a fault with HTTP 200": (
        fault("Invalid source address", status=200),
        Raises(error=RequestRefused, reason=Reason.SENDER),
    ),
    "an unknown prefix": (
        fault("Invalid source address", prefix="ns7"),
        Raises(error=RequestRefused, code="Receiver", reason=Reason.SENDER),
    ),
    "several languages": (
        envelope(
            "<soap12:Fault><soap12:Code><soap12:Value>soap12:Receiver</soap12:Value></soap12:Code>"
            '<soap12:Reason><soap12:Text xml:lang="ru">Неверный отправитель</soap12:Text>'
            '<soap12:Text xml:lang="en">Invalid source address</soap12:Text></soap12:Reason></soap12:Fault>',
            status=500,
        ),
        Raises(error=RequestRefused, reason=Reason.SENDER),
    ),
    "a fault without anything": (
        envelope("<soap12:Fault/>", status=500),
        Raises(error=OutcomeUnknown, code="500"),
    ),
    "throttled": (reply("<html>slow down</html>", status=429), Raises(error=Throttled, code="429")),
}
REFUSED = [
    submits(f"send: {name}", answer, raises, submission(ONE, TWO))
    for name, (answer, raises) in REFUSALS.items()
]

GARBAGE: dict[str, HttpResponse | GatewayError] = {
    "empty body": reply(""),
    "empty list": envelope(
        '<SendMessageResponse xmlns="http://ws.devinosms.com"><SendMessageResult /></SendMessageResponse>'
    ),
    "no result": envelope('<SendMessageResponse xmlns="http://ws.devinosms.com" />'),
    "cut body": reply(ids(ID).body[:-20]),
    "garbled body": reply(b"\x00\xff\xfe<"),
    "HTML with 200": reply("<html><body>Hello</body></html>"),
    "HTTP 500 with HTML": reply("<html><body>Runtime Error<br></body></html>", status=500),
    "HTTP 500 with ids": replace(ids(ID), status=500),
    "the answer to another operation": result("GetBalance", "1"),
    "an answer in another namespace": reply(ids(ID).body.replace(b"ws.devinosms.com", b"example.com")),
    "an envelope in another namespace": reply(ids(ID).body.replace(SOAP_12.encode(), b"http://example.com")),
    "no body": reply(f'<e:Envelope xmlns:e="{SOAP_12}"/>'),
    "a DOCTYPE": reply(ids(ID).body.replace(b"?>\n", b'?>\n<!DOCTYPE e [<!ENTITY x "1">]>')),
    "no answer": OutcomeUnknown(raw="no whole answer in 90 s"),
}
UNREADABLE = [
    submits(f"send: {name}", answer, Raises(error=OutcomeUnknown)) for name, answer in GARBAGE.items()
]

SESSIONS = [
    submits("not reached", NotReached(raw="ClientConnectorError"), Raises(error=NotReached)),
    submits(
        "session expired: one login, one repeat",
        EXPIRED,
        ONE_ACCEPTED,
        wire=[LOGGED_IN, EXPIRED, LOGGED_IN_AGAIN, ids(ID)],
        operations=("GetSessionID", "SendMessage", "GetSessionID", "SendMessage"),
        sent=((), (SESSION,), (), (f"<sessionID>{OTHER}</sessionID>",)),
        secrets=(PASSWORD, SESSION, OTHER),
    ),
    submits(
        "session refused twice: nothing was sent, try later",
        EXPIRED,
        Raises(error=Throttled, code="Receiver"),
        wire=[LOGGED_IN, EXPIRED, LOGGED_IN_AGAIN, EXPIRED],
        secrets=(PASSWORD, SESSION, OTHER),
    ),
]


def logs_in(name: str, answer: HttpResponse | GatewayError, expect: Raises, *secrets: str) -> Case:
    """A case of a send whose login fails: whatever comes, the message has not left."""
    return Case(
        name=f"login: {name}",
        call=lambda gateway: gateway.submit(submission()),
        wire=[answer],
        expect=expect,
        operations=("GetSessionID",),
        secrets=(PASSWORD, SESSION, *secrets),
    )


LOGINS = [
    logs_in("wrong", fault("Invalid user login or password"), Raises(error=AuthFailed, reason=Reason.LOGIN)),
    logs_in("session expired, of all things", EXPIRED, Raises(error=NotReached)),
    logs_in("not understood", fault("?", code="Sender"), Raises(error=AccountBlocked, reason=Reason.ACCOUNT)),
    logs_in("trouble", fault("Timeout expired"), Raises(error=NotReached, code="Receiver")),
    logs_in("throttled", reply("", status=429), Raises(error=Throttled)),
    logs_in("no answer", OutcomeUnknown(raw="SocketTimeoutError"), Raises(error=NotReached)),
    logs_in("empty", result("GetSessionID", ""), Raises(error=NotReached)),
    logs_in("HTML", reply("<html></html>"), Raises(error=NotReached)),
    logs_in(
        "cut",
        reply(LOGGED_IN.body.partition(SESSION[20:].encode())[0]),
        Raises(error=NotReached),
        SESSION[:20],
    ),
]


def balances(name: str, answer: HttpResponse, expect: object) -> Case:
    return Case(
        name=f"balance: {name}",
        call=lambda gateway: gateway.balance(),
        wire=[LOGGED_IN, answer],
        expect=expect,
        operations=("GetSessionID", "GetBalance"),
        sent=((), (f"<GetBalance><sessionID>{SESSION}</sessionID></GetBalance>",)),
    )


BALANCES = [
    balances("a number", result("GetBalance", "20015.30"), Balance(amount=Decimal("20015.30"))),
    balances("overdrawn", result("GetBalance", " -0.1 "), Balance(amount=Decimal("-0.1"))),
    balances("NaN", result("GetBalance", "NaN"), Raises(error=OutcomeUnknown)),
    balances("empty", result("GetBalance", ""), Raises(error=OutcomeUnknown)),
    balances("trouble", fault("Timeout expired"), Raises(error=OutcomeUnknown, code="Receiver")),
]


def state(
    value: object, *, reported: str = "", price: str = "", stamp: str = "0001-01-01T00:00:00"
) -> HttpResponse:
    """A state in the order of the WSDL; what is not given is nil."""
    return result(
        "GetMessageState",
        '<CreationDateUtc>2020-12-16T20:44:00Z</CreationDateUtc><SubmittedDateUtc xsi:nil="true" />'
        + (
            f"<ReportedDateUtc>{reported}</ReportedDateUtc>"
            if reported
            else '<ReportedDateUtc xsi:nil="true"/>'
        )
        + f"<TimeStampUtc>{stamp}</TimeStampUtc><State>{value}</State>"
        "<StateDescription>Доставлено</StateDescription>"
        + (f"<Price>{price}</Price>" if price else '<Price xsi:nil="true" />'),
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
    known, reason = STATES.get(number, (None, None))
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
        reports(f"state {number}", [ref(ID)], [state(number)], [told(number)])
        for number in (*STATES, -100, 99, 255, 1000)
    ),
    replace(
        reports("an id above 2^63", [ref(BIG_ID)], [state(0)], [told(0, BIG_ID)]),
        operations=("GetSessionID", "GetMessageState"),
        sent=((), (f"<sessionID>{SESSION}</sessionID><messageID>{BIG_ID}</messageID>",)),
    ),
    reports(
        "order and elements of the document, not of the WSDL",
        [ref(ID)],
        [
            result(
                "GetMessageState",
                "<State>0</State><CreationDateUtc>2020-12-16T20:44:00</CreationDateUtc><ReportedDateUtc>"
                "2020-12-16T20:44:40</ReportedDateUtc><Price>1,95</Price><Added>1</Added>",
            )
        ],
        [told(0, price=Decimal("1.95"), at=REPORTED)],
    ),
    reports(
        "the worst segment decides, prices add up",
        [ref(ID, ID_2)],
        [state(0, price="1.95"), state(46, price="1.95", reported="2020-12-16T23:44:40+03:00")],
        [told(46, ID_2, raw="0, 46", price=Decimal("3.90"), at=REPORTED)],
    ),
    reports(
        "a segment that cannot be asked about keeps a message from being delivered",
        [ref(ID, "SAR-W+84333")],
        [state(0)],
        [
            told(
                255,
                "SAR-W+84333",
                raw="0, not a number, cannot be asked over SOAP",
                code=None,
            )
        ],
    ),
    reports(
        "an unreadable segment costs only its own message its report",
        [ref(ID), ref(ID_2, number=TWO)],
        [reply("", status=500), state(-1)],
        [told(-1, ID_2, msisdn=TWO)],
    ),
    reports("throttled", [ref(ID)], [reply("", status=429)], Raises(error=Throttled)),
    reports(
        "no money, of all things", [ref(ID)], [fault("Not enough credits")], Raises(error=InsufficientFunds)
    ),
    *(
        reports(f"{name} is not delivered", [ref(ID)], [answer], Raises(error=OutcomeUnknown))
        for name, answer in {
            "a missing state": result("GetMessageState", "<Price>1</Price>"),
            "a nil state": result("GetMessageState", '<State xsi:nil="true">0</State>'),
            "an empty state": state(""),
            "a fraction": state("0.0"),
            "a word": state("Delivered"),
            "no result": envelope('<GetMessageStateResponse xmlns="http://ws.devinosms.com" />'),
        }.items()
    ),
]

NO_IO = [
    Case(name=name, call=call, wire=[], expect=expect, operations=())
    for name, call, expect in (
        (
            "an id that is no number",
            lambda gateway: gateway.reports([ref("GW0261BBD6B3")]),
            [
                Report(
                    msisdn=ONE,
                    ref="r1",
                    gateway_id="GW0261BBD6B3",
                    state=None,
                    raw="not a number, cannot be asked over SOAP",
                )
            ],
        ),
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
    )
]

CASES = [*ACCEPTED, *REFUSED, *UNREADABLE, *SESSIONS, *LOGINS, *BALANCES, *REPORTS, *NO_IO]

VERSION_11 = [
    submits(
        "one number",
        envelope(
            '<SendMessageResponse xmlns="http://ws.devinosms.com"><SendMessageResult>'
            f"<string>{ID}</string></SendMessageResult></SendMessageResponse>",
            soap=SOAP_11,
            prefix="soap",
        ),
        ONE_ACCEPTED,
        sent=(
            (
                "'Content-Type': 'text/xml; charset=utf-8'",
                "'SOAPAction': '\"http://ws.devinosms.com/GetSessionID\"'",
                f'<soap-env:Envelope xmlns:soap-env="{SOAP_11}"',
            ),
            ("'SOAPAction': '\"http://ws.devinosms.com/SendMessage\"'",),
        ),
    ),
    submits(
        "a SOAP 1.2 fault",
        fault("Invalid source address"),
        Raises(error=RequestRefused, code="Receiver", reason=Reason.SENDER),
    ),
    submits(
        "a SOAP 1.1 fault", fault_11("Not enough credits"), Raises(error=InsufficientFunds, code="Server")
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_contract(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await run(case, build, caplog)


@pytest.mark.parametrize("case", VERSION_11, ids=lambda case: case.name)
async def test_contract_in_soap_1_1(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await run(case, build_11, caplog)


def test_every_state_and_error_has_a_case() -> None:
    answers = b"\n".join(
        answer.body for case in CASES for answer in case.wire if isinstance(answer, HttpResponse)
    )
    for number in STATES:
        assert f"<State>{number}</State>".encode() in answers
    for code in ERRORS:
        assert f":{code}<".encode() in answers, code


class Server:
    """Sessions by number; refuses those below `oldest`. Every answer takes a turn of the loop."""

    def __init__(self) -> None:
        self.logins = 0
        self.oldest = 1

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        await asyncio.sleep(0)
        if request.operation == "GetSessionID":
            self.logins += 1
            return result("GetSessionID", f"S{self.logins}")
        session = int((request.body or b"").partition(b"<sessionID>S")[2].partition(b"<")[0])
        return result("GetBalance", "7.5") if session >= self.oldest else EXPIRED


async def test_concurrent_calls_share_one_login_and_one_renewal() -> None:
    server = Server()
    gateway = build(server)
    assert (
        await asyncio.gather(*(gateway.balance() for _ in range(2))) == [Balance(amount=Decimal("7.5"))] * 2
    )
    assert server.logins == 1
    server.oldest = 2
    await asyncio.gather(*(gateway.balance() for _ in range(5)))
    assert server.logins == 2


async def test_only_sends_submit_and_only_the_login_answers_a_secret() -> None:
    wire = Wire([LOGGED_IN, ids(ID), result("GetBalance", "1"), state(0)])
    gateway = build(wire)
    await gateway.submit(submission())
    await gateway.balance()
    await gateway.reports([ref(ID)])
    assert [one.submits for one in wire.requests] == [False, True, False, False]
    assert [one.secret_reply for one in wire.requests] == [True, False, False, False]
    assert [one.secrets for one in wire.requests] == [(PASSWORD,)] + [(SESSION, PASSWORD)] * 3


async def test_zeep_reads_its_wsdl_without_a_network_and_logs_no_envelope(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_network(*_: object, **__: object) -> None:
        raise AssertionError("zeep reached for the network")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    for name in [name for name in logging.root.manager.loggerDict if name.startswith("zeep")]:
        caplog.set_level(logging.DEBUG, logger=name)
    devino_soap._wsdl.cache_clear()
    await build(Wire([LOGGED_IN, ids(ID)])).submit(submission(text="a text to look for"))
    assert any(record.name.startswith("zeep") for record in caplog.records)
    assert "a text to look for" not in caplog.text
    assert devino_soap._wsdl() is devino_soap._wsdl()


def test_the_wsdl_describes_the_whole_service_in_both_bindings() -> None:
    operations = [
        "GetMessageState",
        "GetSessionID",
        "SendMessage",
        "SendMessageByTimeZone",
        "SendMessageByTimeZoneToAddresses",
        "GetBalance",
        "GetIncomingMessages",
        "GetStatistics",
    ]
    service = devino_soap._wsdl().wsdl.services["SmsService"]
    assert list(service.ports) == ["SmsServiceSoap", "SmsServiceSoap12"]
    for port in service.ports.values():
        assert list(port.binding.all()) == operations
        for name, operation in port.binding.all().items():
            assert operation.soapaction == f"http://ws.devinosms.com/{name}"


async def test_the_address_comes_from_the_settings() -> None:
    wire = Wire([result("GetSessionID", SESSION), result("GetBalance", "1")])
    config = Config(url="https://sms.example.com/Soap.asmx", login=LOGIN, password=PASSWORD)
    await Gateway(config, wire).balance()
    assert {one.url for one in wire.requests} == {"https://sms.example.com/Soap.asmx"}
    for body in (one.body for one in wire.requests):
        etree.fromstring(body or b"")


@pytest.mark.parametrize(
    "wrong", [{"url": "http://ws.devinotele.com/SmsService.asmx"}, {"soap_version": "2"}, {"password": ""}]
)
def test_config_refuses_what_cannot_work(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Config.model_validate({"login": LOGIN, "password": PASSWORD} | wrong)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2020-12-16T20:44:40", REPORTED),
        ("2020-12-16T20:44:40.1234567Z", REPORTED.replace(microsecond=123456)),
        ("2020-12-16T23:44:40+03:00", REPORTED),
        ("0001-01-01T00:00:00", None),
        ("9999-12-31T23:59:59-10:00", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_dates(text: str | None, date: datetime | None) -> None:
    assert devino_soap.parse_date(text) == date
