"""The stand-in of Devino, asked with requests built by hand after the examples of seeds 001 and 004."""

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import quote

import aiohttp
import pytest
from lxml import etree

from sandbox.devino import DevinoServer
from sandbox.faults import PROCESSED, Kind
from sandbox.stand import CUT, WRITTEN
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


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_session_id_is_a_bare_json_string_of_36_capitals_and_digits(
    http: aiohttp.ClientSession, stand: DevinoServer, method: str
) -> None:
    _, session = await rest(http, stand, method, "User/SessionId", "Login=demo&Password=demo-password")
    assert re.fullmatch(r"[A-Z0-9]{36}", session)


async def test_a_password_is_percent_decoded_from_a_form_and_recorded(http: aiohttp.ClientSession) -> None:
    async with DevinoServer(login="Jonathan", password="a+b==13%!") as stand:
        body = b"login=Jonathan&password=a%2Bb%3D%3D13%25!"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        async with http.post(f"{stand.rest_url}user/sessionid", data=body, headers=headers) as response:
            assert response.status == 200
            assert len(await response.read()) == 38
        assert stand.requests == [("SessionId", {"login": "Jonathan", "password": "a+b==13%!"})]


async def test_a_wrong_password_is_code_4_and_http_401(
    http: aiohttp.ClientSession, stand: DevinoServer
) -> None:
    answer = await rest(http, stand, "GET", "user/sessionid", "login=demo&password=x")
    assert answer == (401, {"Code": 4, "Desc": "Invalid user login or password"})


async def test_an_error_is_compact_json_with_quoted_keys(
    http: aiohttp.ClientSession, stand: DevinoServer
) -> None:
    async with http.get(f"{stand.rest_url}user/sessionid?login=demo&password=x") as response:
        assert await response.text() == '{"Code":4,"Desc":"Invalid user login or password"}'


async def test_the_balance_is_a_bare_number(http: aiohttp.ClientSession, stand: DevinoServer) -> None:
    session = await log_in(http, stand)
    stand.balance = Decimal("20015.30")
    async with http.get(f"{stand.rest_url}User/Balance?SessionID={session}") as response:
        assert await response.text() == "20015.30"


async def test_a_session_lives_120_minutes(
    http: aiohttp.ClientSession, stand: DevinoServer, clock: Clock
) -> None:
    session = await log_in(http, stand)
    clock.forward(minutes=119, seconds=59)
    assert (await rest(http, stand, "GET", "User/Balance", f"SessionID={session}"))[0] == 200
    clock.forward(seconds=1)
    answer = await rest(http, stand, "GET", "User/Balance", f"SessionID={session}")
    assert answer == (401, {"Code": 4, "Desc": "SessionID expired"})


async def test_sessions_expire_on_demand_and_one_never_given_is_invalid(
    http: aiohttp.ClientSession, stand: DevinoServer
) -> None:
    session = await log_in(http, stand)
    stand.expire_sessions()
    assert await send(http, stand, session) == (401, {"Code": 4, "Desc": "SessionID expired"})
    assert await send(http, stand, "Z" * 36) == (400, {"Code": 3, "Desc": "Invalid session id"})
    assert stand.journal.accepted == []
    assert (await send(http, stand, await log_in(http, stand)))[0] == 200


async def test_a_send_answers_one_id_a_segment_and_costs_each(
    http: aiohttp.ClientSession, stand: DevinoServer
) -> None:
    session = await log_in(http, stand)
    status, ids = await send(http, stand, session, "%2B79161002030", TWO_SEGMENTS)
    assert status == 200
    assert ids == ["579700854169272358", "579700854169272359"]
    assert stand.balance == Decimal("995.00")
    (accepted,) = stand.journal.accepted
    assert accepted.gateway == "devino_rest"
    assert accepted.login == "demo"
    assert accepted.msisdn == "79161002030"
    assert accepted.text == TWO_SEGMENTS
    assert accepted.sender == "ACME"
    assert accepted.gateway_ids == tuple(ids)
    assert accepted.ref is None
    assert accepted.send_at is None
    assert accepted.accepted_at == NOON
    assert accepted.segments == 2


async def test_names_and_paths_ignore_case_and_eight_means_seven(
    http: aiohttp.ClientSession, stand: DevinoServer
) -> None:
    session = await log_in(http, stand)
    query = f"SESSIONID={session}&destinationaddress=89161002030&SOURCEADDRESS=SHOP&data=x&SendDate="
    assert (await rest(http, stand, "POST", "SMS/SEND", query))[0] == 200
    assert stand.journal.accepted[0].msisdn == "79161002030"
    assert stand.requests[-1][1]["SOURCEADDRESS"] == "SHOP"


async def test_a_bulk_answers_one_flat_list_recipient_after_recipient(
    http: aiohttp.ClientSession, stand: DevinoServer
) -> None:
    """The example of seed 004, with its doubled parameters and a text of two segments."""
    session = await log_in(http, stand)
    text = quote(TWO_SEGMENTS)
    query = (
        f"SessionID={session}&SourceAddress=INFO&DestinationAddresses=79001234567&Data={text}&Validity=10"
        f"&DestinationAddresses=79160000000&data={text}&sendDate=2011-01-28T16:00:00&validity=10"
    )
    status, ids = await rest(http, stand, "POST", "Sms/SendBulk", query)
    assert status == 200
    assert ids == [f"5797008541692723{n}" for n in (58, 59, 60, 61)]
    first, second = stand.journal.accepted
    assert (first.msisdn, first.gateway_ids) == ("79001234567", tuple(ids[:2]))
    assert (second.msisdn, second.gateway_ids) == ("79160000000", tuple(ids[2:]))
    assert first.request_id == second.request_id
    assert first.text == TWO_SEGMENTS
    assert stand.requests[-1][1]["DestinationAddresses"] == ["79001234567", "79160000000"]


@pytest.mark.parametrize(
    ("resource", "destinations", "sent_at"),
    [
        ("Sms/Send", "DestinationAddress=79161002030", datetime(2026, 3, 2, 16, tzinfo=UTC)),
        ("Sms/SendBulk", "DestinationAddresses=79161002030", datetime(2026, 3, 2, 16, tzinfo=UTC)),
        ("Sms/SendByTimeZone", "DestinationAddress=79161002030", datetime(2026, 3, 2, 13, tzinfo=UTC)),
        (
            "Sms/SendByTimeZoneToAddresses",
            "DestinationAddresses=79161002030",
            datetime(2026, 3, 2, 13, tzinfo=UTC),
        ),
    ],
)
async def test_a_send_date_is_utc_or_the_recipients_time(
    http: aiohttp.ClientSession, stand: DevinoServer, resource: str, destinations: str, sent_at: datetime
) -> None:
    session = await log_in(http, stand)
    query = f"SessionID={session}&SourceAddress=ACME&{destinations}&Data=x&SendDate=2026-03-02T16:00:00"
    assert (await rest(http, stand, "POST", resource, query))[0] == 200
    assert stand.journal.accepted[0].send_at == sent_at


async def test_a_time_zone_send_without_a_date_is_code_9_and_http_500(
    http: aiohttp.ClientSession, stand: DevinoServer
) -> None:
    session = await log_in(http, stand)
    query = f"SessionID={session}&SourceAddress=ACME&DestinationAddress=79161002030&Data=x"
    status, error = await rest(http, stand, "POST", "Sms/SendByTimeZone", query)
    assert (status, error["Code"]) == (500, 9)
    assert error["Desc"].startswith(
        "The parameters dictionary contains a null entry for parameter 'sendDate'"
    )


async def test_checks_come_in_the_documented_order(http: aiohttp.ClientSession, stand: DevinoServer) -> None:
    """Everything is wrong at first; each step repairs what the answer complained about."""
    stand.balance = Decimal(0)
    wrong = {
        "SessionID": "Z" * 36,
        "SourceAddress": "NOBODY",
        "DestinationAddress": "1",
        "Data": "",
    }
    repairs: list[tuple[int, int, str, dict[str, str]]] = [
        (400, 1, "Data can not be null or empty", {"Data": "x" * 2001}),
        (400, 3, "Invalid session id", {"SessionID": await log_in(http, stand)}),
        (403, 5, "Not enough credits", {}),
        (400, 6, "Invalid destination address", {"DestinationAddress": "79161002030"}),
        (400, 6, "Invalid source address", {"SourceAddress": "ACME"}),
        (400, 2, "Invalid argument", {"Data": "x" * 2000}),
    ]
    for http_status, code, words, repair in repairs:
        query = "&".join(f"{name}={value}" for name, value in wrong.items())
        status, error = await rest(http, stand, "POST", "Sms/Send", query)
        assert (status, error["Code"]) == (http_status, code)
        assert error["Desc"].startswith(words)
        if code == 5:
            stand.balance = Decimal(1000)
        wrong |= repair
    query = "&".join(f"{name}={value}" for name, value in wrong.items())
    assert (await rest(http, stand, "POST", "Sms/Send", query))[0] == 200


@pytest.mark.parametrize(
    ("senders", "source", "good"),
    [
        ({"ACME"}, "ACME", True),
        ({"ACME"}, "SHOP", False),
        ({"ACME"}, "79161002030", True),
        (set(), "ANYBODY", True),
        (set(), "TWELVELETTER", False),
    ],
)
async def test_senders_are_a_setting(
    http: aiohttp.ClientSession, stand: DevinoServer, senders: set[str], source: str, good: bool
) -> None:
    stand.senders = senders
    session = await log_in(http, stand)
    query = f"SessionID={session}&SourceAddress={source}&DestinationAddress=79161002030&Data=x"
    status, _ = await rest(http, stand, "POST", "Sms/Send", query)
    assert status == (200 if good else 400)


async def test_one_refused_number_refuses_the_whole_bulk(
    http: aiohttp.ClientSession, stand: DevinoServer
) -> None:
    session = await log_in(http, stand)
    query = (
        f"SessionID={session}&SourceAddress=ACME&Data=x"
        "&DestinationAddresses=79161002030&DestinationAddresses=79161002006"
    )
    status, error = await rest(http, stand, "POST", "Sms/SendBulk", query)
    assert (status, error) == (400, {"Code": 6, "Desc": "Invalid destination address"})
    assert stand.journal.accepted == []
    assert stand.balance == Decimal("1000.00")


async def test_a_send_by_get_is_not_found(http: aiohttp.ClientSession, stand: DevinoServer) -> None:
    async with http.get(f"{stand.rest_url}Sms/Send?SessionID=x") as response:
        assert response.status == 404


async def raw_state(http: aiohttp.ClientSession, stand: DevinoServer, session: str, message_id: str) -> str:
    async with http.get(f"{stand.rest_url}Sms/State?sessionId={session}&messageId={message_id}") as response:
        assert response.status == 200
        return await response.text()


async def test_a_state_has_its_keys_in_order_and_dates_with_escaped_slashes(
    http: aiohttp.ClientSession, stand: DevinoServer, clock: Clock
) -> None:
    session = await log_in(http, stand)
    _, (message_id,) = await send(http, stand, session)
    clock.forward(seconds=20)
    at = int(NOON.timestamp() * 1000)
    assert await raw_state(http, stand, session, message_id) == (
        f'{{"State":0,"CreationDateUtc":"\\/Date({at})\\/","SubmittedDateUtc":"\\/Date({at + 10_000})\\/",'
        f'"ReportedDateUtc":"\\/Date({at + 20_000})\\/","TimeStampUtc":"\\/Date({at + 20_000})\\/",'
        '"StateDescription":"Доставлено","Price":2.50}'
    )


async def test_an_unknown_id_is_255_with_the_empty_date_of_dot_net(
    http: aiohttp.ClientSession, stand: DevinoServer
) -> None:
    assert await raw_state(http, stand, await log_in(http, stand), "SAR-W%2B84333") == (
        '{"State":255,"CreationDateUtc":null,"SubmittedDateUtc":null,"ReportedDateUtc":null,'
        '"TimeStampUtc":"\\/Date(-62135596800000)\\/","StateDescription":"Неизвестный","Price":null}'
    )


async def test_an_empty_message_id_is_code_1(http: aiohttp.ClientSession, stand: DevinoServer) -> None:
    session = await log_in(http, stand)
    status, error = await rest(http, stand, "GET", "Sms/State", f"sessionId={session}&messageId=")
    assert status == 400
    assert error == {"Code": 1, "Desc": "MessageID can not be null or empty\r\nParameter name: messageId"}


@pytest.mark.parametrize(
    ("number", "states"),
    [
        ("79161002030", [-2, -1, 0]),
        ("79161002001", [-2, -1, 8]),
        ("79161002002", [-2, -1, 46]),
        ("79161002003", [-2, -1, 42]),
        ("79161002004", [-2, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0]),
        ("79161002005", [-2, -2, -1, 0]),
        ("79161002007", [255, 255, 255]),
    ],
)
async def test_the_number_scripts_the_life_of_every_segment(
    http: aiohttp.ClientSession, stand: DevinoServer, clock: Clock, number: str, states: list[int]
) -> None:
    session = await log_in(http, stand)
    _, ids = await send(http, stand, session, number, TWO_SEGMENTS)
    for state in states:
        for message_id in ids:
            assert json.loads(await raw_state(http, stand, session, message_id))["State"] == state
        clock.forward(seconds=10)


async def test_a_scheduled_message_is_queued_until_its_time_and_255_after_48_hours(
    http: aiohttp.ClientSession, stand: DevinoServer, clock: Clock
) -> None:
    session = await log_in(http, stand)
    query = (
        f"SessionID={session}&SourceAddress=ACME&DestinationAddress=79161002030&Data=x"
        "&SendDate=2026-03-01T13:00:00"
    )
    _, (message_id,) = await rest(http, stand, "POST", "Sms/Send", query)
    clock.forward(minutes=60)
    assert json.loads(await raw_state(http, stand, session, message_id))["State"] == -2
    clock.forward(seconds=20)
    assert json.loads(await raw_state(http, stand, session, message_id))["State"] == 0
    clock.forward(hours=47)
    session = await log_in(http, stand)
    clock.forward(minutes=1)
    assert json.loads(await raw_state(http, stand, session, message_id))["State"] == 255


@pytest.mark.parametrize("content_type", ENVELOPES)
async def test_soap_sends_and_reports_in_the_version_of_the_request(
    http: aiohttp.ClientSession, stand: DevinoServer, clock: Clock, content_type: str
) -> None:
    session = await soap_log_in(http, stand, content_type)
    message = (
        f"<sessionID>{session}</sessionID><message><Data>{TWO_SEGMENTS}</Data>"
        '<DelayUntilUtc xsi:nil="true" /><DestinationAddresses><string>79031234567</string>'
        "<string>+79031234568</string></DestinationAddresses><SourceAddress>ACME</SourceAddress>"
        "<ReceiptRequested>true</ReceiptRequested><Validity>2880</Validity></message>"
    )
    status, response = await soap(http, stand, wrapped("SendMessage", message), content_type)
    assert status == 200
    assert response.tag == f"{WS}SendMessageResponse"
    assert texts(response[0]) == [f"5797008541692723{n}" for n in (58, 59, 60, 61)]
    assert [entry.msisdn for entry in stand.journal.accepted] == ["79031234567", "79031234568"]
    assert {entry.gateway for entry in stand.journal.accepted} == {"devino_soap"}

    clock.forward(seconds=10)
    inner = f"<sessionID>{session}</sessionID><messageID>579700854169272360</messageID>"
    _, response = await soap(http, stand, wrapped("GetMessageState", inner), content_type)
    assert [(etree.QName(child).localname, child.text) for child in response[0]] == [
        ("CreationDateUtc", "2026-03-01T12:00:00"),
        ("SubmittedDateUtc", "2026-03-01T12:00:10"),
        ("ReportedDateUtc", None),
        ("TimeStampUtc", "2026-03-01T12:00:10"),
        ("State", "-1"),
        ("StateDescription", "Отправлено"),
        ("Price", "2.50"),
    ]
    assert response[0][2].get("{http://www.w3.org/2001/XMLSchema-instance}nil") == "true"

    inner = wrapped("GetBalance", f"<sessionID>{session}</sessionID>")
    _, response = await soap(http, stand, inner, content_type)
    assert (response[0].tag, response[0].text) == (f"{WS}GetBalanceResult", "990.00")


@pytest.mark.parametrize(
    ("operation", "destinations", "numbers"),
    [
        (
            "SendMessageByTimeZone",
            "<destinationAddress>79031234567</destinationAddress>",
            ["79031234567"],
        ),
        (
            "SendMessageByTimeZoneToAddresses",
            "<destinationAddresses><string>79031234567</string><string>79031234568</string>"
            "</destinationAddresses>",
            ["79031234567", "79031234568"],
        ),
    ],
)
async def test_soap_time_zone_sends_take_the_recipients_time(
    http: aiohttp.ClientSession, stand: DevinoServer, operation: str, destinations: str, numbers: list[str]
) -> None:
    session = await soap_log_in(http, stand, "application/soap+xml")
    inner = (
        f"<sessionID>{session}</sessionID><sourceAddress>ACME</sourceAddress>{destinations}"
        "<data>test</data><sendDate>2026-03-02T16:00:00</sendDate><validity>10</validity>"
    )
    _, response = await soap(http, stand, wrapped(operation, inner))
    assert len(response[0]) == len(numbers)
    assert [entry.msisdn for entry in stand.journal.accepted] == numbers
    assert {entry.send_at for entry in stand.journal.accepted} == {datetime(2026, 3, 2, 13, tzinfo=UTC)}


async def test_a_soap_12_fault_is_http_500_with_the_documented_words(
    http: aiohttp.ClientSession, stand: DevinoServer
) -> None:
    inner = wrapped("GetSessionID", "<login>demo</login><password>x</password>")
    status, fault = await soap(http, stand, inner)
    soap12 = "{http://www.w3.org/2003/05/soap-envelope}"
    assert status == 500
    assert fault.findtext(f"{soap12}Code/{soap12}Value") == "soap:Receiver"
    text = fault.find(f"{soap12}Reason/{soap12}Text")
    assert text is not None
    assert text.text == "Server was unable to process request. ---> Invalid user login or password"
    assert text.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"


async def test_a_soap_11_fault_has_faultstring(http: aiohttp.ClientSession, stand: DevinoServer) -> None:
    session = await soap_log_in(http, stand, "text/xml")
    stand.expire_sessions()
    inner = wrapped("GetBalance", f"<sessionID>{session}</sessionID>")
    status, fault = await soap(http, stand, inner, "text/xml")
    assert status == 500
    assert fault.findtext("faultcode") == "soap:Server"
    assert fault.findtext("faultstring") == "Server was unable to process request. ---> SessionID expired"


async def test_wrongly_cased_elements_are_ignored_silently(
    http: aiohttp.ClientSession, stand: DevinoServer
) -> None:
    session = await soap_log_in(http, stand, "text/xml")
    _, fault = await soap(http, stand, wrapped("GetBalance", f"<sessionId>{session}</sessionId>"), "text/xml")
    assert "SessionID can not be null or empty" in (fault.findtext("faultstring") or "")


@pytest.mark.parametrize(
    "message",
    [
        "bare text",
        "<Data>x</Data><SourceAddress>ACME</SourceAddress>"
        "<DestinationAddresses>79031234567</DestinationAddresses>",
    ],
)
async def test_bare_text_where_elements_belong_is_read_as_nothing(
    http: aiohttp.ClientSession, stand: DevinoServer, message: str
) -> None:
    session = await soap_log_in(http, stand, "text/xml")
    inner = f"<sessionID>{session}</sessionID><message>{message}</message>"
    _, fault = await soap(http, stand, wrapped("SendMessage", inner), "text/xml")
    assert "can not be null or empty" in (fault.findtext("faultstring") or "")


@pytest.mark.parametrize("message_id", ["SAR-W+84333", str(2**63)])
async def test_a_message_id_that_is_no_long_is_the_clients_fault(
    http: aiohttp.ClientSession, stand: DevinoServer, message_id: str
) -> None:
    session = await soap_log_in(http, stand, "text/xml")
    inner = f"<sessionID>{session}</sessionID><messageID>{message_id}</messageID>"
    _, fault = await soap(http, stand, wrapped("GetMessageState", inner), "text/xml")
    assert fault.findtext("faultcode") == "soap:Client"


@pytest.mark.parametrize(
    ("body", "action", "code"),
    [
        ("not xml", "GetBalance", "soap:Client"),
        ("<a/>", "GetBalance", "soap:VersionMismatch"),
        (
            '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
            '<GetBalance xmlns="http://ws.devinosms.com"/></s:Body></s:Envelope>',
            "SendMessage",
            "soap:Client",
        ),
    ],
)
async def test_an_unreadable_envelope_is_a_fault(
    http: aiohttp.ClientSession, stand: DevinoServer, body: str, action: str, code: str
) -> None:
    headers = {"Content-Type": "text/xml", "SOAPAction": f'"http://ws.devinosms.com/{action}"'}
    async with http.post(stand.soap_url, data=body, headers=headers) as response:
        assert response.status == 500
        assert etree.fromstring(await response.read()).findtext(".//faultcode") == code


@pytest.mark.parametrize(
    ("content_type", "action", "status"),
    [
        ("text/xml", None, 500),
        ("text/xml", "http://ws.devinosms.com/GetSessionID", 200),
        ("application/soap+xml", None, 200),
        ("application/soap+xml", "http://ws.devinosms.com/GetBalance", 200),
        ('application/soap+xml; charset=utf-8; action="http://ws.devinosms.com/GetSessionID"', None, 200),
    ],
)
async def test_only_soap_11_must_name_the_operation_in_a_header(
    http: aiohttp.ClientSession, stand: DevinoServer, content_type: str, action: str | None, status: int
) -> None:
    namespace = ENVELOPES[content_type.partition(";")[0]]
    inner = wrapped("GetSessionID", "<login>demo</login><password>demo-password</password>")
    body = f'<s:Envelope xmlns:s="{namespace}"><s:Body>{inner}</s:Body></s:Envelope>'
    headers = {"Content-Type": content_type} | ({"SOAPAction": action} if action else {})
    async with http.post(stand.soap_url, data=body, headers=headers) as response:
        assert response.status == status


async def test_a_body_of_another_type_is_not_supported(
    http: aiohttp.ClientSession, stand: DevinoServer
) -> None:
    async with http.post(
        stand.soap_url, data=b"{}", headers={"Content-Type": "application/json"}
    ) as response:
        assert response.status == 415


@pytest.mark.parametrize(
    ("kind", "status", "code", "words"),
    [
        ("auth", 401, 4, "Invalid user login or password"),
        ("no_money", 403, 5, "Not enough credits"),
        ("blocked", 403, 7, "Forbidden"),
    ],
)
async def test_refusals_on_order_are_devinos_own(
    http: aiohttp.ClientSession, stand: DevinoServer, kind: Kind, status: int, code: int, words: str
) -> None:
    session = await log_in(http, stand)
    stand.faults.add("send*", kind=kind, times=2)
    assert await send(http, stand, session) == (status, {"Code": code, "Desc": words})
    soap_status, fault = await soap(http, stand, wrapped("SendMessage", ""), "text/xml")
    assert soap_status == 500
    assert fault.findtext("faultstring") == f"Server was unable to process request. ---> {words}"
    assert stand.journal.accepted == []


@pytest.mark.parametrize("face", ["rest", "soap"])
async def test_a_throttle_is_http_429(http: aiohttp.ClientSession, stand: DevinoServer, face: str) -> None:
    stand.faults.add(kind="throttle")
    url = f"{stand.rest_url}User/Balance" if face == "rest" else stand.soap_url
    async with http.post(url, data=b"<a/>", headers={"Content-Type": "text/xml"}) as response:
        assert (response.status, response.headers["Retry-After"]) == (429, "1")


@pytest.mark.parametrize("kind", sorted(PROCESSED - {"accept_then_hang", "accept_late"}))
async def test_a_fault_after_processing_leaves_the_message_accepted(
    http: aiohttp.ClientSession, stand: DevinoServer, kind: Kind
) -> None:
    session = await log_in(http, stand)
    stand.faults.drip_pause = 0
    stand.faults.add("send", kind=kind)
    query = f"SessionId={session}&DestinationAddress=79161002030&SourceAddress=ACME&Data=x"
    try:
        async with http.post(f"{stand.rest_url}Sms/Send?{query}") as response:
            await response.read()
    except aiohttp.ClientError:
        assert kind in CUT | WRITTEN
    assert len(stand.journal.accepted) == 1
    assert stand.faults.applied == [("Send", kind, True)]
