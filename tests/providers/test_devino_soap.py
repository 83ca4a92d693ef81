"""Devino over SOAP as a whole: its WSDL, its session under many calls, no blind spot in its tables."""

import asyncio
import logging
import socket
import time

import pytest
from lxml import etree
from pydantic import ValidationError

from providers.devino.vocabulary import STATES, WORDS
from providers.errors import AccountBlocked, GatewayError, Throttled, Unsupported
from providers.faces import faces
from providers.gateways import devino_soap
from providers.gateways.devino_soap import ENTRIES, ERRORS, Config, Gateway, parse_balance
from providers.model import Charged, Report
from providers.wire import HttpRequest, HttpResponse
from tests.providers.contract import LOGIN, PASSWORD, SESSION, Case, Raises, Wire, run
from tests.providers.devino.samples import AT, ID, ID_2, ONE, SINCE, TWO, UNTIL, ref, submission
from tests.providers.devino.soap import EXPIRED, LOGGED_IN, build, build_11, fault, ids, no_io, result
from tests.providers.test_devino_soap_reads import CASES as READS
from tests.providers.test_devino_soap_sends import CASES as SENDS

CASES = [*SENDS, *READS]
OPERATIONS = [
    "GetMessageState",
    "GetSessionID",
    "SendMessage",
    "SendMessageByTimeZone",
    "SendMessageByTimeZoneToAddresses",
    "GetBalance",
    "GetIncomingMessages",
    "GetStatistics",
]


@pytest.mark.parametrize(
    "case",
    [no_io("cancel", lambda gateway: gateway.cancel([ref(ID)]), Raises(error=Unsupported))],
    ids=lambda case: case.name,
)
async def test_contract(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await run(case, build, caplog)


def test_every_entry_of_the_tables_has_a_case() -> None:
    assert {f"reports: state {number}" for number in STATES} <= {case.name for case in READS}
    bodies = [
        answer.body.decode("utf-8", "replace")
        for case in CASES
        for answer in case.wire
        if isinstance(answer, HttpResponse)
    ]
    for code in ERRORS:
        assert any(f":{code}<" in body for body in bodies), code
    for words, _ in WORDS:
        assert any(words in body.casefold() for body in bodies), words


def test_every_entry_of_the_reason_dictionary_is_reached_and_no_other() -> None:
    reached = {case.expect.entry for case in CASES if isinstance(case.expect, Raises)}
    for case in CASES:
        if isinstance(case.expect, list):
            reached |= {one.entry for one in case.expect if isinstance(one, Report)}
    assert reached - {None} == set(ENTRIES)


def test_a_refusal_costs_nothing_and_a_doubt_may() -> None:
    assert ENTRIES["devino-fault-client"] is Charged.NO
    assert ENTRIES["devino-fault-receiver"] is Charged.MAYBE


def test_the_faces_of_the_gateway() -> None:
    assert faces(Gateway) == {"inbox", "statistics"}


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
    balances = await asyncio.gather(*(gateway.balance() for _ in range(2)))
    assert {str(one.amount) for one in balances} == {"7.5"}
    assert server.logins == 1
    server.oldest = 2
    await asyncio.gather(*(gateway.balance() for _ in range(5)))
    assert server.logins == 2


EVERY_ANSWER = [
    LOGGED_IN,
    ids(ID),
    ids(ID, operation="SendMessageByTimeZone"),
    ids(ID, ID_2, operation="SendMessageByTimeZoneToAddresses"),
    result("GetBalance", "1"),
    result("GetMessageState", "<State>0</State>"),
    result("GetIncomingMessages", ""),
    result("GetStatistics", "<Total>1</Total>"),
]


async def every_operation(gateway: Gateway) -> None:
    await gateway.submit(submission())
    await gateway.submit(submission(send_at=AT, by_recipient_time=True))
    await gateway.submit(submission(ONE, TWO, send_at=AT, by_recipient_time=True))
    await gateway.balance()
    await gateway.reports([ref(ID)])
    await gateway.inbox(SINCE, UNTIL)
    await gateway.statistics(SINCE, UNTIL)


async def test_only_sends_submit_and_only_the_login_answers_a_secret() -> None:
    wire = Wire([*EVERY_ANSWER])
    await every_operation(build(wire))
    assert [one.submits for one in wire.requests] == [False, True, True, True, False, False, False, False]
    assert [one.secret_reply for one in wire.requests] == [True] + [False] * 7
    assert [one.secrets for one in wire.requests] == [(PASSWORD,)] + [(SESSION, PASSWORD)] * 7


async def test_all_eight_operations_go_out_in_both_versions() -> None:
    for make in (build, build_11):
        wire = Wire([*EVERY_ANSWER])
        await every_operation(make(wire))
        assert {one.operation for one in wire.requests} == set(OPERATIONS)
        for request in wire.requests:
            body = etree.fromstring(request.body or b"")[-1]
            assert [child.tag for child in body] == [f"{{http://ws.devinosms.com}}{request.operation}"]


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
    service = devino_soap._wsdl().wsdl.services["SmsService"]
    assert list(service.ports) == ["SmsServiceSoap", "SmsServiceSoap12"]
    for port in service.ports.values():
        assert list(port.binding.all()) == OPERATIONS
        for name, operation in port.binding.all().items():
            assert operation.soapaction == f"http://ws.devinosms.com/{name}"


async def test_the_address_comes_from_the_settings() -> None:
    wire = Wire([LOGGED_IN, result("GetBalance", "1")])
    config = Config(url="https://sms.example.com/Soap.asmx", login=LOGIN, password=PASSWORD)
    await Gateway(config, wire).balance()
    assert {one.url for one in wire.requests} == {"https://sms.example.com/Soap.asmx"}


@pytest.mark.parametrize(
    "wrong", [{"url": "http://ws.devinotele.com/SmsService.asmx"}, {"soap_version": "2"}, {"password": ""}]
)
def test_config_refuses_what_cannot_work(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Config.model_validate({"login": LOGIN, "password": PASSWORD} | wrong)


async def test_a_send_whose_session_is_refused_again_and_again_ends_with_a_person() -> None:
    wire = Wire([])
    gateway = build(wire)
    outcomes: list[type[GatewayError]] = []
    for _ in range(2 * 3):
        wire.replies[:] = [LOGGED_IN, EXPIRED, LOGGED_IN, EXPIRED][1 if wire.requests else 0 :]
        with pytest.raises((Throttled, AccountBlocked)) as caught:
            await gateway.submit(submission())
        outcomes.append(caught.type)
    assert outcomes == [Throttled, Throttled, AccountBlocked] * 2


async def test_a_read_whose_session_is_refused_again_and_again_stops_no_account() -> None:
    wire = Wire([])
    gateway = build(wire)
    for _ in range(5):
        wire.replies[:] = [LOGGED_IN, EXPIRED, LOGGED_IN, EXPIRED][1 if wire.requests else 0 :]
        with pytest.raises(Throttled):
            await gateway.balance()


async def test_one_good_send_begins_the_count_of_refused_sessions_anew() -> None:
    wire = Wire([LOGGED_IN])
    gateway = build(wire)
    for _ in range(3):
        for _ in range(2):
            wire.replies += [EXPIRED, LOGGED_IN, EXPIRED]
            with pytest.raises(Throttled):
                await gateway.submit(submission())
        wire.replies.append(ids(ID))
        await gateway.submit(submission())


@pytest.mark.parametrize("character", [" ", "\n", "-", "--->", " a", "\t \n"])
def test_a_long_fault_is_read_at_once(character: str) -> None:
    started = time.process_time()
    with pytest.raises(GatewayError):
        parse_balance(fault("words" + character * 200_000 + "x"))
    assert time.process_time() - started < 1
