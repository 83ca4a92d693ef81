"""Every operation of every gateway is fed what real servers, broken lines and attackers send.

Oddities that mean the same are read the same; whatever else comes, nothing but our own errors comes out, and
nothing is ever fetched. `make nightly` feeds far more of the same.
"""

import asyncio
import inspect
import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from providers.errors import GatewayError, OutcomeUnknown
from providers.faces import FACES
from providers.gateways import KINDS
from providers.wire import HttpResponse
from tests.providers import mutations, oddities
from tests.providers.contract import Case, Raises, run
from tests.providers.exchanges import METHODS, Exchange
from tests.providers.mutations import HangError, spoilt, survives, watchdog

BODIES = [one.good.body for one in METHODS]


@pytest.mark.parametrize("kind", KINDS)
def test_every_method_has_its_line(kind: str) -> None:
    """A gateway's faces say which methods it has, its capabilities which of the common ones do something."""
    gateway, can = KINDS[kind].gateway, KINDS[kind].capabilities
    assert isinstance(gateway, type)
    needed = {"balance", "submit", "reports"}
    needed |= {name for name, there in (("quote", can.quote), ("cancel", can.cancel)) if there}
    for face in FACES.values():
        if issubclass(gateway, face):
            needed |= {name for name, _ in inspect.getmembers(face, inspect.isfunction) if name[0] != "_"}

    needed -= {"push_query"}  # says how the gateway is to call, and reads nothing
    assert needed - {one.method for one in METHODS if one.kind == kind} == set()


def test_no_two_lines_have_the_same_name() -> None:
    assert len({one.name for one in METHODS}) == len(METHODS)


@pytest.mark.parametrize("exchange", METHODS, ids=lambda one: one.name)
async def test_a_good_reply_is_read(exchange: Exchange) -> None:
    refused = exchange.what in {"refused", "fault"}

    assert (await survives(exchange, exchange.good) is not None) is refused


# --- Oddities ----------------------------------------------------------------------------------------

# What every gateway has: balance, sendings, and what became of one.
ODD = [
    one
    for one in METHODS
    if one.method in {"balance", "submit", "reports"} and one.what in {"", "many", "viber"}
]
READABLE = [(one, name) for one in ODD for name in oddities.same(one.good)]
UNREADABLE = [(one, name) for one in ODD for name in oddities.spoilt(one.good, "http://127.0.0.1:9/")]


def titled(value: object) -> str:
    return value.name if isinstance(value, Exchange) else str(value)


@pytest.fixture
def trap() -> Iterator[str]:
    """The address of a server of ours that nobody may come to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield f"http://127.0.0.1:{server.getsockname()[1]}/evil.dtd"
        assert not visited(server)


def visited(server: socket.socket) -> bool:
    try:
        visitor, _ = server.accept()
    except BlockingIOError:
        return False
    visitor.close()
    return True


def test_the_trap_notices_who_comes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        assert not visited(server)
        with socket.create_connection(server.getsockname()):
            assert visited(server)


@pytest.mark.parametrize(("exchange", "variant"), READABLE, ids=titled)
async def test_what_means_the_same_is_read_the_same(
    exchange: Exchange, variant: str, caplog: pytest.LogCaptureFixture
) -> None:
    case = Case(
        name=variant,
        call=exchange.call,
        wire=[*exchange.first.values(), oddities.same(exchange.good)[variant]],
        expect=await exchange.play(exchange.good),
    )

    await run(case, exchange.build, caplog)


@pytest.mark.parametrize(("exchange", "variant"), UNREADABLE, ids=titled)
async def test_what_answers_nothing_leaves_the_outcome_unknown(
    exchange: Exchange, variant: str, trap: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = oddities.spoilt(exchange.good, trap)[variant]
    case = Case(
        name=variant,
        call=exchange.call,
        wire=[*exchange.first.values(), answer],
        expect=Raises(error=OutcomeUnknown),
    )

    await run(case, exchange.build, caplog)


# Keys and elements by the name of an exchange: those that may be missing one by one, and those without
# which a reply answers nothing.
OPTIONAL = {
    "devino_rest reports": "CreationDateUtc SubmittedDateUtc ReportedDateUtc TimeStampUtc Price",
    "devino_rest reports viber": "SubmittedDateUtc Price ResentSms",
    "devino_rest statistics": "Total Sent Expired InProcess",
    "devino_rest inbox": "ID DestinationAddress CreatedDateUtc",
    "devino_soap reports": "CreationDateUtc SubmittedDateUtc ReportedDateUtc TimeStampUtc Price",
    "devino_soap statistics": "Total Sent Expired InProcess",
    "sms_pager submit": "smsid datetime allRecivers colNonSendAbonent priceOfSending colsmsOfSending price",
    "sms_pager quote": "descr smsid allRecivers colSendAbonent priceOfSending",
    "sms_pager reports": "descr sms detail delivered notDelivered waiting enqueued number",
    "sms_pager cancel": "descr action cancelCol",
    "sms_pager history": "descr sms smsid datetime text source allCol deliveredCol payment",
    "smsc balance": "currency credit",
    "smsc submit": "cost balance phones mccmnc status error",
    "smsc reports": "last_date last_timestamp err cost cn net",
    "smsc inbox": "id received to_phone sent",
    "smsc history": "last_date err send_date send_timestamp phone cost sender_id message int_id crc",
}
NEEDED = {
    "devino_rest reports": "State",
    "devino_soap balance": "GetBalanceResult GetBalanceResponse Body",
    "devino_soap submit": "string SendMessageResult SendMessageResponse Body",
    "devino_soap reports": "State GetMessageStateResult",
    "sms_pager balance": "code account",
    "sms_pager submit": "code action colSendAbonent",
    "sms_pager quote": "code action",
    "sms_pager reports": "code",
    "sms_pager history": "code",
    "smsc balance": "balance",
    "smsc submit": "id cnt",
    "smsc quote": "cost",
    "smsc reports": "status",
}
NAMED = {one.name: one for one in METHODS}


def lacking(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(name, missing) for name, all_missing in table.items() for missing in all_missing.split()]


@pytest.mark.parametrize(("name", "missing"), lacking(OPTIONAL))
async def test_what_may_be_missing_may_be_missing(name: str, missing: str) -> None:
    good = NAMED[name].good
    less = oddities.without(good, missing)

    assert less != oddities.without(good)
    assert await survives(NAMED[name], less) is None


@pytest.mark.parametrize(("name", "missing"), lacking(NEEDED))
async def test_without_what_is_needed_nothing_is_answered(name: str, missing: str) -> None:
    with pytest.raises(OutcomeUnknown):
        await NAMED[name].play(oddities.without(NAMED[name].good, missing))


# --- Anything at all ---------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(["data", "code", "sms", "detail", "number", "Envelope", "Body", "Fault", "list", "a"])


@st.composite
def documents(draw: st.DrawFn, depth: int = 3) -> etree._Element:
    """An XML document of names that mean something to some gateway."""
    element = etree.Element(draw(NAMES))
    element.text = draw(st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=10))
    for child in draw(st.lists(documents(depth - 1), max_size=3)) if depth else ():
        element.append(child)
    return element


anything = st.one_of(
    st.binary(max_size=100),
    JSON.map(lambda value: json.dumps(value).encode()),
    documents().map(etree.tostring),
)
some = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("exchange", METHODS, ids=lambda one: one.name)
@some
@given(body=anything, status=st.sampled_from([200, 200, 200, 204, 302, 400, 401, 404, 429, 500, 502]))
def test_anything_at_all_is_read_or_refused(exchange: Exchange, body: bytes, status: int) -> None:
    survive(exchange, replace(exchange.good, body=body, status=status))


@pytest.mark.parametrize("exchange", METHODS, ids=lambda one: one.name)
def test_a_spoilt_reply_is_read_or_refused(exchange: Exchange) -> None:
    random = Random(exchange.name)  # noqa: S311 - of test data
    for _ in range(40):
        survive(exchange, spoilt(exchange.good, random, BODIES))


@pytest.mark.parametrize("exchange", [one for one in METHODS if b"ACME" in one.good.body], ids=titled)
async def test_a_nul_within_a_name_is_refused(exchange: Exchange) -> None:
    """In text formats too, where no parser stumbles over it: no database takes it."""
    with pytest.raises(OutcomeUnknown):
        await exchange.play(replace(exchange.good, body=exchange.good.body.replace(b"ACME", b"AC\x00ME")))


def test_the_watchdog_bites_who_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutations, "TIME_LIMIT", 0.01)
    with watchdog() as start, pytest.raises(HangError):
        hang(start)


def hang(start: Callable[[], None]) -> None:
    start()
    while True:
        pass


def survive(exchange: Exchange, response: HttpResponse) -> GatewayError | None:
    with watchdog() as start:
        start()
        return asyncio.run(survives(exchange, response))
