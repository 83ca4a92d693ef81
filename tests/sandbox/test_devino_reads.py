"""Incoming SMS, statistics, the WSDL and the rate of Devino's stand-in."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from lxml import etree
from zeep import Client

from sandbox.devino import REQUESTS_A_SECOND, DevinoServer
from tests.sandbox.devino import (
    ENVELOPES,
    NOON,
    WS,
    Clock,
    log_in,
    rest,
    send,
    soap,
    soap_log_in,
    texts,
    wrapped,
)

TWO_SEGMENTS = "а" * 71
DAY = "minDateUTC=2026-03-01T00:00:00&maxDateUTC=2026-03-02T00:00:00"
XS = "{http://www.w3.org/2001/XMLSchema}"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def stand(clock: Clock) -> AsyncIterator[DevinoServer]:
    async with DevinoServer(clock=clock, pace=10) as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def named(element: etree._Element) -> dict[str, str | None]:
    """Children by name, in the order of the document."""
    return {etree.QName(child).localname: child.text for child in element}


async def soap_with(
    http: aiohttp.ClientSession,
    stand: DevinoServer,
    operation: str,
    fields: str,
    content_type: str = "application/soap+xml",
) -> tuple[int, etree._Element]:
    """An operation with a fresh session in front of its other fields."""
    session = await soap_log_in(http, stand, content_type)
    inner = wrapped(operation, f"<sessionID>{session}</sessionID>{fields}")
    return await soap(http, stand, inner, content_type)


async def test_an_sms_from_a_handset_is_read_with_its_keys_in_order(
    http: aiohttp.ClientSession, stand: DevinoServer
) -> None:
    session = await log_in(http, stand)
    assert stand.receive("+79261234567", 'Привет "desk"', to="79160000000") == "539187174"
    async with http.get(f"{stand.rest_url}Sms/In?sessionId={session}&{DAY}") as response:
        assert await response.text() == (
            '[{"Data":"Привет \\"desk\\"","SourceAddress":"79261234567","DestinationAddress":"79160000000",'
            f'"ID":"539187174","CreatedDateUtc":"\\/Date({int(NOON.timestamp() * 1000)})\\/"}}]'
        )


async def test_the_key_of_the_date_and_the_type_of_ids_are_settable(
    http: aiohttp.ClientSession, stand: DevinoServer
) -> None:
    session = await log_in(http, stand)
    stand.receive("79261234567", "x")
    stand.quirks.date_key = "CreateDateUtc"
    stand.quirks.numeric_ids = True
    _, (incoming,) = await rest(http, stand, "GET", "Sms/In", f"sessionId={session}&{DAY}")
    assert incoming["ID"] == 539187174
    assert set(incoming) == {"Data", "SourceAddress", "DestinationAddress", "ID", "CreateDateUtc"}
    assert await send(http, stand, session) == (200, [579700854169272358])
    _, response = await soap_with(
        http,
        stand,
        "GetIncomingMessages",
        "<minDateUTC>2026-03-01T00:00:00</minDateUTC><maxDateUTC>2026-03-02T00:00:00</maxDateUTC>",
    )
    assert named(response[0][0])["CreateDateUtc"] == "2026-03-01T12:00:00"


@pytest.mark.parametrize(
    ("period", "found"),
    [
        ("minDateUTC=2026-03-01T11:00:00&maxDateUTC=2026-03-01T12:00:00", ["one"]),
        ("minDateUTC=2026-03-01T12:00:00&maxDateUTC=2026-03-01T13:00:00", ["one", "two"]),
        ("minDateUTC=2026-03-01%2012:00:01&maxDateUTC=2026-03-01%2013:00:00", ["two"]),
        ("minDateUTC=2026-03-01T13:00:01&maxDateUTC=2026-03-01T14:00:00", []),
    ],
)
async def test_a_period_has_both_its_ends_and_may_be_empty(
    http: aiohttp.ClientSession, stand: DevinoServer, period: str, found: list[str]
) -> None:
    session = await log_in(http, stand)
    stand.receive("79261234567", "one")
    stand.receive("79261234567", "two", at=NOON + timedelta(hours=1))
    status, answer = await rest(http, stand, "GET", "Sms/In", f"sessionId={session}&{period}")
    assert (status, [incoming["Data"] for incoming in answer]) == (200, found)


@pytest.mark.parametrize(
    ("resource", "query", "missing", "method"),
    [
        ("Sms/In", "minDateUTC=2026-03-01T00:00:00", "maxDateUtc", "In"),
        ("Sms/In", "maxDateUTC=2026-03-01T00:00:00", "minDateUtc", "In"),
        ("Sms/In", "minDateUTC=yesterday&maxDateUTC=2026-03-01T00:00:00", "minDateUtc", "In"),
        ("Sms/Statistics", "startDateTime=2026-03-01T00:00:00", "endDateTime", "Statistics"),
    ],
)
async def test_a_missing_date_is_code_9_before_the_session_is_looked_at(
    http: aiohttp.ClientSession, stand: DevinoServer, resource: str, query: str, missing: str, method: str
) -> None:
    status, error = await rest(http, stand, "GET", resource, f"sessionId={'Z' * 36}&{query}")
    assert status == 500
    assert error == {
        "Code": 9,
        "Desc": f"The parameters dictionary contains a null entry for parameter '{missing}' of non-nullable "
        f"type 'DateTime' for method 'System.Web.Mvc.ActionResult {method}(System.String, DateTime, "
        "DateTime)' in 'RestService.Controllers.SmsController'. An optional parameter must be a reference "
        "type, a nullable type, or be declared as an optional parameter.\r\nParameter name: parameters",
    }


@pytest.mark.parametrize(
    ("resource", "query", "code", "words"),
    [
        ("Sms/In", DAY, 3, "Invalid session id"),
        (
            "Sms/In",
            "minDateUTC=2025-03-01T11:59:59&maxDateUTC=2026-03-01T12:00:00",
            2,
            "Invalid argument\r\nParameter name: minDateUTC",
        ),
        ("Sms/In", "minDateUTC=2025-03-01T12:00:00&maxDateUTC=2026-03-01T12:00:00", None, ""),
        (
            "Sms/In",
            "minDateUTC=2026-03-01T12:00:00&maxDateUTC=2026-03-01T12:00:00",
            2,
            "Invalid argument\r\nParameter name: maxDateUTC",
        ),
        (
            "Sms/Statistics",
            "startDateTime=2026-01-01T00:00:00&endDateTime=2026-04-01T00:00:01",
            2,
            "Нельзя указывать диапазон дат более 90 дней.",
        ),
        ("Sms/Statistics", "startDateTime=2026-01-01T00:00:00&endDateTime=2026-04-01T00:00:00", None, ""),
        (
            "Sms/Statistics",
            "startDateTime=2026-03-02T00:00:00&endDateTime=2026-03-01T00:00:00",
            2,
            "Invalid argument\r\nParameter name: endDateTime",
        ),
    ],
)
async def test_a_period_is_checked_by_its_own_rules(
    http: aiohttp.ClientSession,
    stand: DevinoServer,
    resource: str,
    query: str,
    code: int | None,
    words: str,
) -> None:
    session = "Z" * 36 if code == 3 else await log_in(http, stand)
    status, answer = await rest(http, stand, "GET", resource, f"sessionId={session}&{query}")
    if code is None:
        assert status == 200
    else:
        assert (status, answer) == (400, {"Code": code, "Desc": words})


@pytest.mark.parametrize(
    "period",
    [
        "startDateTime=2026-03-01%2000:00:00&endDateTime=2026-03-01T23:59:00",
        "startDateTime=2026-03-01T00:00:00&endDateTime=2026-03-01+23:59:00",
    ],
)
async def test_statistics_count_where_the_segments_of_the_account_are_now(
    http: aiohttp.ClientSession, stand: DevinoServer, clock: Clock, period: str
) -> None:
    session = await log_in(http, stand)
    for number, text in (
        ("79161002030", TWO_SEGMENTS),
        ("79161002001", "undelivered"),
        ("79161002002", "expired"),
        ("79161002003", "rejected"),
        ("79161002004", "long on its way"),
        ("79161002007", "not in the database"),
    ):
        await send(http, stand, session, number, text)
    clock.forward(seconds=20)
    await send(http, stand, session, "79161002030", "in the queue")
    status, counts = await rest(http, stand, "GET", "Sms/Statistics", f"sessionId={session}&{period}")
    assert status == 200
    assert list(counts.items()) == [
        ("Sent", 1),
        ("Delivered", 2),
        ("Errors", 1),
        ("InProcess", 2),
        ("Expired", 1),
        ("Rejected", 1),
        ("Total", 7),
        ("TotalWithErrors", 8),
        ("DeliveryRatio", 25.0),
    ]


async def test_statistics_leave_out_what_was_accepted_at_another_time(
    http: aiohttp.ClientSession, stand: DevinoServer, clock: Clock
) -> None:
    session = await log_in(http, stand)
    await send(http, stand, session)
    clock.forward(hours=1)
    await send(http, stand, session)
    query = f"sessionId={session}&startDateTime=2026-03-01T12:00:01&endDateTime=2026-03-01T14:00:00"
    _, counts = await rest(http, stand, "GET", "Sms/Statistics", query)
    assert (counts["InProcess"], counts["Total"]) == (1, 1)


@pytest.mark.parametrize("content_type", ENVELOPES)
async def test_soap_reads_incoming_sms_in_the_order_of_the_wsdl(
    http: aiohttp.ClientSession, stand: DevinoServer, content_type: str
) -> None:
    stand.receive("79261234567", "one", to="79160000001")
    stand.receive("79261234568", "", at=NOON.replace(microsecond=500_000))
    # Swapped as in the sample of seed 001: elements are found by name.
    fields = "<maxDateUTC>2026-03-02T00:00:00</maxDateUTC><minDateUTC>2026-03-01T12:00:00Z</minDateUTC>"
    status, response = await soap_with(http, stand, "GetIncomingMessages", fields, content_type)
    assert status == 200
    assert response.tag == f"{WS}GetIncomingMessagesResponse"
    assert response[0].tag == f"{WS}GetIncomingMessagesResult"
    assert [message.tag for message in response[0]] == [f"{WS}IncomingMessage"] * 2
    assert list(named(response[0][0]).items()) == [
        ("ID", "539187174"),
        ("Data", "one"),
        ("SourceAddress", "79261234567"),
        ("DestinationAddress", "79160000001"),
        ("CreatedDateUtc", "2026-03-01T12:00:00"),
    ]
    assert texts(response[0][1])[1:3] == [None, "79261234568"]
    assert named(response[0][1])["CreatedDateUtc"] == "2026-03-01T12:00:00.500000"


async def test_soap_without_incoming_sms_answers_an_empty_array(
    http: aiohttp.ClientSession, stand: DevinoServer
) -> None:
    fields = "<minDateUTC>2026-03-01T00:00:00</minDateUTC><maxDateUTC>2026-03-02T00:00:00</maxDateUTC>"
    _, response = await soap_with(http, stand, "GetIncomingMessages", fields)
    assert etree.QName(response[0]).localname == "GetIncomingMessagesResult"
    assert (len(response[0]), response[0].text) == (0, None)


@pytest.mark.parametrize("content_type", ENVELOPES)
async def test_soap_statistics_have_the_eleven_counters_of_the_wsdl(
    http: aiohttp.ClientSession, stand: DevinoServer, clock: Clock, content_type: str
) -> None:
    session = await log_in(http, stand)
    for number in ("79161002030", "79161002001", "79161002004"):
        await send(http, stand, session, number)
    clock.forward(seconds=20)
    fields = (
        "<startDateTime>2026-03-01T00:00:00</startDateTime>"
        "<endDateTime>2026-03-01T23:59:59+00:00</endDateTime>"
    )
    status, response = await soap_with(http, stand, "GetStatistics", fields, content_type)
    assert status == 200
    assert response.tag == f"{WS}GetStatisticsResponse"
    assert list(named(response[0]).items()) == [
        ("Sent", "1"),
        ("Delivered", "1"),
        ("Errors", "1"),
        ("InProcess", "0"),
        ("Expired", "0"),
        ("Rejected", "0"),
        ("Optimized", "0"),
        ("Tarificated", "3"),
        ("Total", "2"),
        ("TotalWithErrors", "3"),
        ("DeliveryRatio", "33.33"),
    ]


@pytest.mark.parametrize(
    ("operation", "fields", "fault"),
    [
        (
            "GetStatistics",
            "<startDateTime>2026-01-01T00:00:00</startDateTime><endDateTime>2026-06-01T00:00:00</endDateTime>",
            "process request. ---> Нельзя указывать диапазон дат более 90 дней.",
        ),
        (
            "GetStatistics",
            "<StartDateTime>2026-03-01T00:00:00</StartDateTime><endDateTime>2026-03-02T00:00:00</endDateTime>",
            "process request. ---> Нельзя указывать диапазон дат более 90 дней.",
        ),
        (
            "GetIncomingMessages",
            "<minDateUtc>2026-03-01T00:00:00</minDateUtc><maxDateUTC>2026-03-02T00:00:00</maxDateUTC>",
            "process request. ---> Invalid argument\nParameter name: minDateUTC",
        ),
        (
            "GetIncomingMessages",
            "<minDateUTC>today</minDateUTC><maxDateUTC>2026-03-02T00:00:00</maxDateUTC>",
            "read request. ---> There is an error in XML document (1, 1). ---> "
            "The string 'today' is not a valid AllXsd value.",
        ),
        (
            "GetIncomingMessages",
            "<minDateUTC>2026-03-01T00:00:00</minDateUTC><maxDateUTC><a/></maxDateUTC>",
            "read request.",
        ),
    ],
)
async def test_a_date_called_otherwise_is_read_as_the_year_1_and_one_unreadable_is_a_fault(
    http: aiohttp.ClientSession, stand: DevinoServer, operation: str, fields: str, fault: str
) -> None:
    status, element = await soap_with(http, stand, operation, fields, "text/xml")
    assert status == 500
    text = (element.findtext("faultstring") or "").replace("\r\n", "\n")
    assert text.startswith(f"Server was unable to {fault}")
    expected = "soap:Client" if fault.startswith("read") else "soap:Server"
    assert element.findtext("faultcode") == expected


async def test_the_session_id_of_seed_001_is_not_an_element_of_get_statistics(
    http: aiohttp.ClientSession, stand: DevinoServer
) -> None:
    session = await soap_log_in(http, stand, "application/soap+xml")
    dates = "<startDateTime>2026-03-01T00:00:00</startDateTime><endDateTime>2026-03-02T00:00:00</endDateTime>"
    for name, status in (("sessionId", 500), ("sessionID", 200)):
        inner = wrapped("GetStatistics", f"<{name}>{session}</{name}>{dates}")
        assert (await soap(http, stand, inner))[0] == status


@pytest.fixture
async def wsdl(http: aiohttp.ClientSession, stand: DevinoServer) -> bytes:
    async with http.get(f"{stand.soap_url}?WSDL") as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/xml; charset=utf-8"
        assert stand.requests == [("WSDL", {})]
        return await response.read()


async def test_the_wsdl_has_eight_operations_in_two_versions_on_another_host(
    stand: DevinoServer, wsdl: bytes
) -> None:
    client = await asyncio.to_thread(Client, BytesIO(wsdl))
    ports = client.wsdl.services["SmsService"].ports
    assert list(ports) == ["SmsServiceSoap", "SmsServiceSoap12"]
    for port in ports.values():
        assert port.binding_options["address"] == "https://ws-wsdl.devinotele.com/smsservice.asmx"
        operations = port.binding.all()
        assert list(operations) == [
            "GetMessageState",
            "GetSessionID",
            "SendMessage",
            "SendMessageByTimeZone",
            "SendMessageByTimeZoneToAddresses",
            "GetBalance",
            "GetIncomingMessages",
            "GetStatistics",
        ]
        for name, operation in operations.items():
            assert operation.soapaction == f"http://ws.devinosms.com/{name}"


@pytest.mark.parametrize("binding", ["SmsServiceSoap", "SmsServiceSoap12"])
async def test_a_client_made_from_the_wsdl_can_call_all_eight(
    stand: DevinoServer, wsdl: bytes, clock: Clock, binding: str
) -> None:
    """Told where to go, for the address in the WSDL is another: types on the wire are those of the WSDL."""
    stand.receive("79261234567", "MO")
    day = (datetime(2026, 3, 1), datetime(2026, 3, 2))

    def call_all() -> list[Any]:
        client = Client(BytesIO(wsdl))  # type: ignore[no-untyped-call]
        service = client.create_service(f"{WS}{binding}", stand.soap_url)  # type: ignore[no-untyped-call]
        session = service.GetSessionID(login="demo", password="demo-password")
        order = {"sourceAddress": "ACME", "data": "x", "sendDate": day[0], "validity": None}
        numbers = {"string": ["79161002031", "79161002032"]}
        message = {
            "Data": "x",
            "DelayUntilUtc": None,
            "DestinationAddresses": {"string": ["79161002030"]},
            "SourceAddress": "ACME",
            "ReceiptRequested": True,
            "Validity": None,
        }
        return [
            service.SendMessage(session, message),
            service.SendMessageByTimeZone(session, destinationAddress="79161002030", **order),
            service.SendMessageByTimeZoneToAddresses(session, destinationAddresses=numbers, **order),
            service.GetMessageState(session, 579700854169272358).State,
            service.GetBalance(session),
            service.GetIncomingMessages(session, *day)[0].Data,
            service.GetStatistics(session, *day).InProcess,
        ]

    assert await asyncio.to_thread(call_all) == [
        ["579700854169272358"],
        ["579700854169272359"],
        ["579700854169272360", "579700854169272361"],
        -2,
        Decimal("990.00"),
        "MO",
        4,
    ]


async def test_the_wsdl_marks_what_may_be_absent_and_what_may_be_nil(wsdl: bytes) -> None:
    schema = etree.fromstring(wsdl).find(f".//{XS}schema")
    assert schema is not None
    children = {
        (parent.get("name"), child.get("name")): (
            child.get("type"),
            child.get("minOccurs"),
            child.get("maxOccurs"),
            child.get("nillable"),
        )
        for parent in schema
        for child in parent.iterfind(f".//{XS}element")
    }
    assert children["GetMessageState", "messageID"] == ("s:long", "1", "1", None)
    assert children["GetMessageStateResponse", "GetMessageStateResult"] == (
        "tns:SmsMessageStateInfo",
        "0",
        "1",
        None,
    )
    assert children["GetBalanceResponse", "GetBalanceResult"] == ("s:decimal", "1", "1", None)
    assert children["Message", "DelayUntilUtc"] == ("s:dateTime", "1", "1", "true")
    assert children["ArrayOfString", "string"] == ("s:string", "0", "unbounded", "true")
    names = [name for parent, name in children if parent == "GetIncomingMessages"]
    assert names == ["sessionID", "minDateUTC", "maxDateUTC"]


async def test_more_than_ten_requests_in_a_second_are_refused_and_do_nothing(
    http: aiohttp.ClientSession, clock: Clock
) -> None:
    async with DevinoServer(clock=clock, limits=True) as stand:
        session = await log_in(http, stand)
        for _ in range(REQUESTS_A_SECOND - 1):
            assert (await send(http, stand, session))[0] == 200
        clock.forward(seconds=0.999)
        balance = stand.balance
        query = f"SessionID={session}&DestinationAddress=79161002030&SourceAddress=ACME&Data=x"
        async with http.post(f"{stand.rest_url}Sms/Send?{query}") as response:
            assert (response.status, response.headers["Retry-After"]) == (429, "1")
        assert len(stand.journal.accepted) == REQUESTS_A_SECOND - 1
        assert stand.balance == balance
        clock.forward(seconds=0.001)
        assert (await send(http, stand, session))[0] == 200


async def test_the_rate_is_of_each_face_for_itself(http: aiohttp.ClientSession, clock: Clock) -> None:
    async with DevinoServer(clock=clock, limits=True) as stand:
        for _ in range(REQUESTS_A_SECOND):
            await log_in(http, stand)
            await soap_log_in(http, stand, "application/soap+xml")
        inner = wrapped("GetSessionID", "<login>demo</login><password>demo-password</password>")
        envelope = f'<s:Envelope xmlns:s="{ENVELOPES["text/xml"]}"><s:Body>{inner}</s:Body></s:Envelope>'
        headers = {"Content-Type": "text/xml", "SOAPAction": "http://ws.devinosms.com/GetSessionID"}
        async with http.post(stand.soap_url, data=envelope, headers=headers) as response:
            assert response.status == 429


async def test_the_rate_is_not_limited_unless_asked_for(
    http: aiohttp.ClientSession, stand: DevinoServer
) -> None:
    session = await log_in(http, stand)
    for _ in range(REQUESTS_A_SECOND + 1):
        assert (await rest(http, stand, "GET", "User/Balance", f"SessionID={session}"))[0] == 200
