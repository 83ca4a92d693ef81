"""Devino over SOAP, all that only reads: balance, states, incoming messages, statistics, in both versions."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from providers.errors import (
    AuthFailed,
    InsufficientFunds,
    NotReached,
    OutcomeUnknown,
    RequestRefused,
    Throttled,
)
from providers.faces import Inbound, Statistics
from providers.model import Balance, Kind, Reason, Report
from providers.wire import HttpResponse
from tests.providers.contract import PASSWORD, SESSION, Case, Raises, Wire, reply, run
from tests.providers.devino.samples import (
    BIG_ID,
    CAME,
    ID,
    ID_2,
    NO_ID,
    ONE,
    OTHER_SESSION,
    REPORTED,
    SINCE,
    STATE_TABLE,
    TWO,
    UNTIL,
    ref,
    told,
)
from tests.providers.devino.soap import (
    EXPIRED,
    LOGGED_IN,
    LOGGED_IN_AGAIN,
    NAMESPACE,
    SOAP_11,
    SOAP_12,
    build,
    build_11,
    case,
    envelope,
    fault,
    fault_11,
    no_io,
    reports,
    result,
    unanswered,
)


def balances(name: str, answer: HttpResponse, expect: object) -> Case:
    return case(
        f"balance: {name}",
        lambda gateway: gateway.balance(),
        [answer],
        expect,
        operations=("GetSessionID", "GetBalance"),
        sent=((), (f"<GetBalance><sessionID>{SESSION}</sessionID></GetBalance>",)),
    )


BALANCES = [
    balances("a number", result("GetBalance", "20015.30"), Balance(amount=Decimal("20015.30"))),
    balances("overdrawn", result("GetBalance", " -0.1 "), Balance(amount=Decimal("-0.1"))),
    balances("a comma", result("GetBalance", "1 015,30"), Balance(amount=Decimal("1015.30"))),
    balances("a SOAP 1.1 answer", result("GetBalance", "1", soap=SOAP_11), Balance(amount=Decimal(1))),
    balances(
        "any prefixes, no declaration, a wrong type",
        reply(
            f'\ufeff\r\n<x:Envelope xmlns:x="{SOAP_12}"><x:Body><y:GetBalanceResponse xmlns:y="{NAMESPACE}">'
            "<y:GetBalanceResult>\n7\n</y:GetBalanceResult></y:GetBalanceResponse></x:Body></x:Envelope>",
            content_type="text/html",
        ),
        Balance(amount=Decimal(7)),
    ),
    balances("NaN", result("GetBalance", "NaN"), Raises(error=OutcomeUnknown)),
    balances("empty", result("GetBalance", ""), Raises(error=OutcomeUnknown)),
    balances("absent", envelope(f'<GetBalanceResponse xmlns="{NAMESPACE}"/>'), Raises(error=OutcomeUnknown)),
    balances(
        "trouble",
        fault("Timeout expired"),
        Raises(error=OutcomeUnknown, code="Receiver", entry="devino-fault-receiver"),
    ),
    balances(
        "wrong login, in SOAP 1.1", fault_11("Invalid user login or password"), Raises(error=AuthFailed)
    ),
    balances("throttled", reply("", status=429), Raises(error=Throttled)),
    *unanswered("balance", lambda gateway: gateway.balance(), result("GetBalance", "1")),
]


def state(
    value: object, *, reported: str = "", price: str = "", stamp: str = "0001-01-01T00:00:00"
) -> HttpResponse:
    """A state in the order of the WSDL; what is not given is nil."""
    date = (
        f"<ReportedDateUtc>{reported}</ReportedDateUtc>" if reported else '<ReportedDateUtc xsi:nil="true"/>'
    )
    return result(
        "GetMessageState",
        '<CreationDateUtc>2020-12-16T20:44:00Z</CreationDateUtc><SubmittedDateUtc xsi:nil="true" />'
        f"{date}<TimeStampUtc>{stamp}</TimeStampUtc><State>{value}</State>"
        "<StateDescription>Доставлено</StateDescription>"
        + (f"<Price>{price}</Price>" if price else '<Price xsi:nil="true" />'),
    )


def unasked(gateway_id: str) -> Report:
    return Report(
        msisdn=ONE,
        ref="r1",
        gateway_id=gateway_id,
        state=None,
        raw="not a number, cannot be asked over SOAP",
        silence=True,
    )


REPORTS = [
    *(reports(f"state {number}", [ref(ID)], [state(number)], [told(number)]) for number in STATE_TABLE),
    reports(
        "an id above 2^63",
        [ref(BIG_ID)],
        [state(0)],
        [told(0, BIG_ID)],
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
        "of a client of 2012: state, time stamp and description",
        [ref(ID)],
        [
            result(
                "GetMessageState",
                "<State> -1 </State><TimeStampUtc>2020-12-16T20:44:40.0000000Z</TimeStampUtc>"
                "<StateDescription/>",
                soap=SOAP_11,
            )
        ],
        [told(-1, at=REPORTED)],
    ),
    reports(
        "unreadable date and price, state kept",
        [ref(ID)],
        [state(0, reported="yesterday", price="free", stamp="10000-01-01T00:00:00")],
        [told(0)],
    ),
    reports(
        "a label in windows-1251",
        [ref(ID)],
        [reply(state(46).body.decode().replace("utf-8", "windows-1251").encode("cp1251"))],
        [told(46)],
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
        [told(255, "SAR-W+84333", raw="0, not a number, cannot be asked over SOAP", code=None)],
    ),
    reports(
        "an unreadable segment costs only its own message its report",
        [ref(ID), ref(ID_2, number=TWO)],
        [reply("", status=500), state(-1)],
        [told(-1, ID_2, msisdn=TWO)],
    ),
    reports(
        "a refused question is an answer about that id alone",
        [ref(ID), ref(ID_2, number=TWO)],
        [fault("There is an error in XML document (1, 2).", code="Sender"), state(0)],
        [
            Report(
                msisdn=ONE,
                ref="r1",
                gateway_id=ID,
                state=None,
                code="Sender",
                raw="HTTP 500: There is an error in XML document (1, 2).",
                entry="devino-fault-sender",
                silence=True,
            ),
            told(0, ID_2, msisdn=TWO),
        ],
    ),
    reports("throttled", [ref(ID)], [reply("", status=429)], Raises(error=Throttled)),
    reports("nothing reached", [ref(ID)], [NotReached(raw="refused")], Raises(error=NotReached)),
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
            "no result": envelope(f'<GetMessageStateResponse xmlns="{NAMESPACE}" />'),
            "a nil result": envelope(
                f'<GetMessageStateResponse xmlns="{NAMESPACE}"><GetMessageStateResult xsi:nil="true"/>'
                "</GetMessageStateResponse>"
            ),
        }.items()
    ),
    *unanswered("reports", lambda gateway: gateway.reports([ref(ID)]), state(0)),
    no_io("no id to ask by", lambda gateway: gateway.reports([ref()]), [NO_ID]),
    no_io(
        "an id that is no number",
        lambda gateway: gateway.reports([ref("GW0261BBD6B3")]),
        [unasked("GW0261BBD6B3")],
    ),
    no_io(
        "a number that is not of an SMS, whose 0 would be read as delivered",
        lambda gateway: gateway.reports([ref(ID, kind=Kind.VIBER)]),
        [unasked(ID)],
    ),
]


def message(**elements: str | None) -> str:
    """An incoming message in the order of the WSDL; None takes an element away."""
    plain: dict[str, str | None] = {
        "ID": "539187174",
        "Data": "Спасибо",
        "SourceAddress": "79261112233",
        "DestinationAddress": "79160000000",
        "CreatedDateUtc": "2026-11-02T09:30:15",
    }
    inner = "".join(
        f"<{name}>{text}</{name}>" for name, text in {**plain, **elements}.items() if text is not None
    )
    return f"<IncomingMessage>{inner}</IncomingMessage>"


def messages(*entries: str, soap: str = SOAP_12) -> HttpResponse:
    return result("GetIncomingMessages", "".join(entries), soap=soap)


def came(**fields: object) -> Inbound:
    plain: dict[str, object] = {
        "key": "539187174",
        "msisdn": "79261112233",
        "to": "79160000000",
        "text": "Спасибо",
        "at": CAME,
    }
    return Inbound(**{**plain, **fields})  # type: ignore[arg-type]


def inbox(
    name: str,
    answer: HttpResponse,
    expect: object,
    since: datetime = SINCE,
    until: datetime = UNTIL,
    **more: object,
) -> Case:
    return case(f"inbox: {name}", lambda gateway: gateway.inbox(since, until), [answer], expect, **more)


INBOX = [
    inbox(
        "one message",
        messages(message()),
        [came()],
        operations=("GetSessionID", "GetIncomingMessages"),
        sent=(
            (),
            (
                f"<GetIncomingMessages><sessionID>{SESSION}</sessionID>"
                "<minDateUTC>2026-11-01T00:00:00</minDateUTC><maxDateUTC>2026-11-08T00:00:00</maxDateUTC>"
                "</GetIncomingMessages>",
            ),
        ),
    ),
    inbox("nothing came", messages(), []),
    inbox("an absent result", envelope(f'<GetIncomingMessagesResponse xmlns="{NAMESPACE}"/>'), []),
    inbox(
        "a nil entry is none",
        messages('<IncomingMessage xsi:nil="true"/>', message()),
        [came()],
    ),
    inbox(
        "dates in UTC, whole seconds around the period",
        messages(),
        [],
        datetime(2026, 11, 1, 3, 0, 0, 500_000, tzinfo=timezone(timedelta(hours=3))),
        datetime(2026, 11, 2, 3, 0, 0, 500_000, tzinfo=timezone(timedelta(hours=3))),
        sent=(
            (),
            ("<minDateUTC>2026-11-01T00:00:00</minDateUTC><maxDateUTC>2026-11-02T00:00:01</maxDateUTC>",),
        ),
    ),
    inbox(
        "oldest first",
        messages(message(ID="2"), message(ID="1", CreatedDateUtc="2026-11-02T09:30:14")),
        [came(key="1", at=CAME - timedelta(seconds=1)), came(key="2")],
    ),
    inbox(
        "the period has its beginning and not its end",
        messages(message(ID="1"), message(ID="2", CreatedDateUtc="2026-11-02T09:30:16")),
        [came(key="1")],
        CAME,
        CAME + timedelta(seconds=1),
    ),
    *(
        inbox(
            f"a date called {name}",
            messages(message(**{"CreatedDateUtc": None, name: "2026-11-02T09:30:15"})),
            [came()],
        )
        for name in ("CreateDateUtc", "CreatedDateUtc", "CreationDateUtc")
    ),
    *(
        inbox(f"a date {name}", messages(message(CreatedDateUtc=text)), [came()])
        for name, text in {
            "with a zone": "2026-11-02T12:30:15+03:00",
            "with a Z and a fraction": "2026-11-02T09:30:15.0000000Z",
            "with blanks": "\n 2026-11-02T09:30:15 ",
        }.items()
    ),
    *(
        inbox(
            f"a date that is {name} stands for the beginning",
            messages(message(CreatedDateUtc=text)),
            [came(at=SINCE)],
        )
        for name, text in {
            "absent": None,
            "empty": "",
            "the first day of year 1": "0001-01-01T00:00:00",
            "a word": "yesterday",
        }.items()
    ),
    inbox("an id above 2^63", messages(message(ID=BIG_ID)), [came(key=BIG_ID)]),
    inbox(
        "missing and nil elements are empty",
        messages('<IncomingMessage><ID>7</ID><Data xsi:nil="true">x</Data></IncomingMessage>'),
        [came(key="7", msisdn="", to="", text="", at=SINCE)],
    ),
    inbox(
        "a name for a sender, a plus, unknown elements",
        messages(
            message(ID="1", SourceAddress=" Bank ", DestinationAddress="+79160000000", Added="<a>1</a>")
        ),
        [came(key="1", msisdn="Bank")],
    ),
    inbox(
        "markup and emoji in a text",
        messages(message(Data="&lt;да&gt; &amp; 🎉\n!")),
        [came(text="<да> & 🎉\n!")],
    ),
    inbox("a SOAP 1.1 answer", messages(message(), soap=SOAP_11), [came()]),
    inbox(
        "windows-1251, not declared",
        reply(messages(message()).body.decode().partition("?>\n")[2].encode("cp1251")),
        [came()],
    ),
    inbox(
        "refused",
        fault("Parameter name: minDateUTC"),
        Raises(error=RequestRefused, reason=Reason.REQUEST, entry="devino-said-request"),
    ),
    inbox("trouble in SOAP 1.1", fault_11("?"), Raises(error=OutcomeUnknown, entry="devino-fault-server")),
    inbox(
        "session expired",
        EXPIRED,
        [came()],
        wire=[LOGGED_IN, EXPIRED, LOGGED_IN_AGAIN, messages(message())],
        secrets=(PASSWORD, SESSION, OTHER_SESSION),
    ),
    no_io("no period at all", lambda gateway: gateway.inbox(UNTIL, SINCE), []),
    *unanswered("inbox", lambda gateway: gateway.inbox(SINCE, UNTIL), messages(message())),
]

SEED_COUNTS = (
    "<Sent>9</Sent><Delivered>8</Delivered><Errors>7</Errors><InProgress>6</InProgress>"
    "<Expired>5</Expired><Rejected>4</Rejected>"
)
WSDL_COUNTS = (
    SEED_COUNTS.replace("InProgress", "InProcess")
    + "<Optimized>3</Optimized><Tarificated>2</Tarificated><Total>32</Total>"
    "<TotalWithErrors>39</TotalWithErrors><DeliveryRatio>0.25</DeliveryRatio>"
)
COUNTS = {"sent": 9, "delivered": 8, "undelivered": 7, "in_process": 6, "expired": 5, "rejected": 4}


def counts(inner: str, *, soap: str = SOAP_12) -> HttpResponse:
    return result("GetStatistics", inner, soap=soap)


def statistics(
    name: str,
    answers: list[HttpResponse],
    expect: object,
    since: datetime = SINCE,
    until: datetime = UNTIL,
    **more: object,
) -> Case:
    return case(
        f"statistics: {name}", lambda gateway: gateway.statistics(since, until), [*answers], expect, **more
    )


def counted(
    total: int, fields: dict[str, int], since: datetime = SINCE, until: datetime = UNTIL
) -> Statistics:
    return Statistics(since=since, until=until, total=total, **fields)  # type: ignore[arg-type]


NO_SESSION = fault("Value cannot be null. Parameter name: sessionID")
BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
ENDS = BEGINS + timedelta(days=180)
STATISTICS = [
    statistics(
        "all of the WSDL",
        [counts(WSDL_COUNTS)],
        counted(39, COUNTS),
        operations=("GetSessionID", "GetStatistics"),
        sent=(
            (),
            (
                f"<GetStatistics><sessionID>{SESSION}</sessionID>"
                "<startDateTime>2026-11-01T00:00:00</startDateTime>"
                "<endDateTime>2026-11-07T23:59:59.997</endDateTime></GetStatistics>",
            ),
        ),
    ),
    statistics(
        "the sample of the document: InProgress, no total", [counts(SEED_COUNTS)], counted(39, COUNTS)
    ),
    statistics(
        "half a year is two windows, and they add up",
        [counts(WSDL_COUNTS), counts(WSDL_COUNTS, soap=SOAP_11)],
        counted(78, {name: 2 * count for name, count in COUNTS.items()}, BEGINS, ENDS),
        BEGINS,
        ENDS,
        sent=(
            (),
            (
                "<startDateTime>2026-01-01T00:00:00</startDateTime>"
                "<endDateTime>2026-03-31T23:59:59.997</endDateTime>",
            ),
            (
                "<startDateTime>2026-04-01T00:00:00</startDateTime>"
                "<endDateTime>2026-06-29T23:59:59.997</endDateTime>",
            ),
        ),
    ),
    statistics(
        "the session expires between two windows",
        [],
        counted(3, {}, BEGINS, ENDS),
        BEGINS,
        ENDS,
        wire=[
            LOGGED_IN,
            counts("<Total>1</Total>"),
            EXPIRED,
            LOGGED_IN_AGAIN,
            counts("<Total> 2 </Total>"),
        ],
        secrets=(PASSWORD, SESSION, OTHER_SESSION),
    ),
    statistics(
        "an unreadable window leaves no half sums",
        [counts("<Total>1</Total>"), reply("")],
        Raises(error=OutcomeUnknown),
        BEGINS,
        ENDS,
    ),
    statistics(
        "what one window does not count is not known",
        [counts("<Total>1</Total><Sent>1</Sent>"), counts('<Total>2</Total><Sent xsi:nil="true"/>')],
        counted(3, {}, BEGINS, ENDS),
        BEGINS,
        ENDS,
    ),
    statistics(
        "one counter of two", [counts("<Total>3</Total><Sent>many</Sent>")], Raises(error=OutcomeUnknown)
    ),
    statistics("a fraction of a message", [counts("<Total>1.5</Total>")], Raises(error=OutcomeUnknown)),
    statistics("no counters", [counts("<DeliveryRatio>1</DeliveryRatio>")], Raises(error=OutcomeUnknown)),
    statistics(
        "an absent result",
        [envelope(f'<GetStatisticsResponse xmlns="{NAMESPACE}"/>')],
        Raises(error=OutcomeUnknown),
    ),
    statistics(
        "the session was not read",
        [],
        Raises(error=Throttled, entry="devino-said-session"),
        wire=[LOGGED_IN, NO_SESSION, LOGGED_IN, NO_SESSION],
    ),
    statistics(
        "more than three months, were it asked",
        [fault("Нельзя указывать диапазон дат более 90 дней.")],
        Raises(error=OutcomeUnknown, entry="devino-fault-receiver"),
    ),
    no_io(
        "no period for statistics",
        lambda gateway: gateway.statistics(UNTIL, SINCE),
        counted(0, dict.fromkeys(COUNTS, 0), UNTIL, SINCE),
    ),
    *unanswered("statistics", lambda gateway: gateway.statistics(SINCE, UNTIL), counts(WSDL_COUNTS)),
]

CASES = [*BALANCES, *REPORTS, *INBOX, *STATISTICS]

VERSION_11 = [
    case(
        f"{operation}: {name}",
        call,
        [answer],
        expect,
        sent=(
            (),
            (f"'SOAPAction': '\"{NAMESPACE}/{operation}\"'", f'"{SOAP_11}"', "'text/xml; charset=utf-8'"),
        ),
    )
    for operation, call, good, value in (
        ("GetBalance", lambda gateway: gateway.balance(), "1", Balance(amount=Decimal(1))),
        (
            "GetMessageState",
            lambda gateway: gateway.reports([ref(ID)]),
            "<State>0</State>",
            [told(0)],
        ),
        ("GetIncomingMessages", lambda gateway: gateway.inbox(SINCE, UNTIL), message(), [came()]),
        ("GetStatistics", lambda gateway: gateway.statistics(SINCE, UNTIL), WSDL_COUNTS, counted(39, COUNTS)),
    )
    for name, answer, expect in (
        ("answered in SOAP 1.1", result(operation, good, soap=SOAP_11), value),
        ("answered in SOAP 1.2", result(operation, good), value),
        ("a fault of SOAP 1.1", fault_11("Timeout expired"), Raises(error=OutcomeUnknown, code="Server")),
        ("a fault of SOAP 1.2", fault("Timeout expired"), Raises(error=OutcomeUnknown, code="Receiver")),
    )
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_contract(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await run(case, build, caplog)


@pytest.mark.parametrize("case", VERSION_11, ids=lambda case: case.name)
async def test_contract_in_soap_1_1(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await run(case, build_11, caplog)


async def test_without_an_id_the_key_is_derived_and_stays() -> None:
    """The document's sample has no id (section 10, 5); 0 is what .NET writes for none."""
    answer = messages(message(ID=None), message(ID="0", Data="Нет"))
    gateway = build(Wire([LOGGED_IN, answer, answer]))
    first, second = await gateway.inbox(SINCE, UNTIL)
    assert first.key.startswith("sha256-")
    assert first.key != second.key
    assert await gateway.inbox(SINCE, UNTIL + timedelta(days=1)) == [first, second]
