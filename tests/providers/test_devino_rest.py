"""Devino over REST as a whole: its session under many calls, its settings, no blind spot in its tables."""

import asyncio

import pytest
from pydantic import ValidationError

from providers.devino import viber
from providers.devino.vocabulary import STATES, WORDS
from providers.errors import OutcomeUnknown, Unsupported
from providers.faces import faces
from providers.gateways.devino_rest import ENTRIES, ERRORS, Config, Gateway
from providers.model import Charged, Kind, Report
from providers.wire import HttpRequest, HttpResponse
from tests.providers.contract import LOGIN, PASSWORD, SESSION, Case, Raises, Wire, reply, run
from tests.providers.devino.rest import EXPIRED, LOGGED_IN, build, no_io, state
from tests.providers.devino.samples import ID, SINCE, UNTIL, ref, submission
from tests.providers.test_devino_rest_reads import CASES as READS
from tests.providers.test_devino_rest_sends import CASES as SENDS
from tests.providers.test_devino_rest_viber import CASES as VIBER

CASES = [*SENDS, *READS, *VIBER]


@pytest.mark.parametrize(
    "case",
    [no_io("cancel", lambda gateway: gateway.cancel([ref(ID)]), Raises(error=Unsupported))],
    ids=lambda case: case.name,
)
async def test_contract(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await run(case, build, caplog)


def test_every_entry_of_the_tables_has_a_case() -> None:
    sms = [case for case in READS if case.name.startswith("reports: state ")]
    assert {f"reports: state {number}" for number in STATES} <= {case.name for case in sms}
    of_viber = [case for case in VIBER if case.name.startswith("reports: state ")]
    assert {f"reports: state {number}" for number in viber.STATES} <= {case.name for case in of_viber}
    bodies = [answer.body.decode("utf-8", "replace") for answer in answers()]
    for code in ERRORS:
        assert any(f'{{"Code":{code},' in body for body in bodies), code
    for words, _ in WORDS:
        assert any(words in body.casefold() for body in bodies), words


def test_every_entry_of_the_reason_dictionary_is_reached_and_no_other() -> None:
    reached = {case.expect.entry for case in CASES if isinstance(case.expect, Raises)}
    for case in CASES:
        if isinstance(case.expect, list):
            reached |= {one.entry for one in case.expect if isinstance(one, Report)}
    assert reached - {None} == set(ENTRIES)


def answers() -> list[HttpResponse]:
    return [answer for case in CASES for answer in case.wire if isinstance(answer, HttpResponse)]


def test_a_refusal_costs_nothing_and_a_doubt_may() -> None:
    assert ENTRIES["devino-error-5"] is Charged.NO
    assert ENTRIES["devino-said-sender"] is Charged.NO
    assert ENTRIES["devino-error-8"] is Charged.MAYBE
    assert ENTRIES["devino-viber-error-system"] is Charged.MAYBE


def test_the_faces_of_the_gateway() -> None:
    assert faces(Gateway) == {"inbox", "statistics"}


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
    balances = await asyncio.gather(*(gateway.balance() for _ in range(5)))
    assert {str(one.amount) for one in balances} == {"7.5"}
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
    counts = reply('{"Total":1}')
    wire = Wire(
        [
            LOGGED_IN,
            *[reply(f'["{ID}"]')] * 2,
            reply("1"),
            reply(state(0)),
            reply(state(0)),
            reply("[]"),
            counts,
        ]
    )
    gateway = build(wire)
    await gateway.submit(submission())
    await gateway.submit(submission(kind=Kind.VIBER))
    await gateway.balance()
    await gateway.reports([ref(ID), ref(ID, kind=Kind.VIBER)])
    await gateway.inbox(SINCE, UNTIL)
    await gateway.statistics(SINCE, UNTIL)
    assert [one.submits for one in wire.requests] == [False, True, True, False, False, False, False, False]
    assert [one.secret_reply for one in wire.requests] == [True] + [False] * 7
    assert [one.secrets for one in wire.requests] == [(PASSWORD,)] + [(SESSION, PASSWORD)] * 7


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


async def test_an_inbox_without_a_clock_of_its_own_takes_the_machines() -> None:
    gateway = Gateway(Config(login=LOGIN, password=PASSWORD), Wire([]))
    assert await gateway.inbox(SINCE.replace(year=2001), UNTIL.replace(year=2002)) == []


def test_config_takes_https_alone_and_shows_no_secret() -> None:
    config = Config(url="https://sms.example.com/rest", login=LOGIN, password=PASSWORD)
    assert config.url == "https://sms.example.com/rest/"
    assert PASSWORD not in repr(config)
    for url in ("http://integrationapi.net/rest/", "https://me:secret@integrationapi.net/"):
        with pytest.raises(ValidationError) as caught:
            Config(url=url, login=LOGIN, password=PASSWORD)
        assert "secret" not in str(caught.value)
