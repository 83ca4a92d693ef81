"""SMSC over real HTTP against the stand-in, held to the limits of its documents: every operation."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from decimal import Decimal

import pytest
from aiohttp import web

from providers.errors import Forged, NotReached, RequestRefused, Throttled
from providers.faces import Inbound, SenderStatus
from providers.gateways.smsc import CAPABILITIES, Config, Gateway
from providers.http import Http
from providers.model import Balance, Kind, MessageRef, MessageState, Quote, Reason, Report, Sms, Submission
from providers.wire import HttpRequest
from sandbox.smsc import SmscServer
from tests.sandbox.smsc import NOON, Clock

ONE, TWO, UNREACHABLE, REFUSED = "79031234567", "79160000000", "79031234501", "79031234506"
DAY = timedelta(days=1)
CREDENTIALS = {"login": "demo", "password": "demo-password"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def stand(clock: Clock) -> AsyncIterator[SmscServer]:
    async with SmscServer(clock=clock, credit="100", limits=True) as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    async with Http() as client:
        yield client


def at(stand: SmscServer, http: Http, clock: Clock, **settings: object) -> Gateway:
    config = Config.model_validate({"url": stand.url, **CREDENTIALS, **settings})
    return Gateway(config, http.channel("acme", CAPABILITIES), now=clock)


@pytest.fixture
def gateway(stand: SmscServer, http: Http, clock: Clock) -> Gateway:
    return at(stand, http, clock)


def submission(
    *numbers: str, ref: str = "r1", text: str = "Заказ готов", kind: Kind = Kind.SMS
) -> Submission:
    sms = tuple(Sms(msisdn=one, text=text) for one in numbers or (ONE,))
    return Submission(ref=ref, sms=sms, sender_id="ACME", kind=kind)


@pytest.mark.parametrize("written", ["form", "json"])
async def test_from_the_price_to_the_reports(
    stand: SmscServer, http: Http, clock: Clock, written: str
) -> None:
    gateway = at(stand, http, clock, request_format=written)
    asked = submission(ONE, UNREACHABLE, REFUSED)

    assert await gateway.quote(submission()) == Quote(cost=Decimal("2.50"), segments=1)
    receipt = await gateway.submit(asked)

    assert [(one.msisdn, one.state, one.entry) for one in receipt.verdicts] == [
        (ONE, MessageState.ACCEPTED, None),
        (UNREACHABLE, MessageState.ACCEPTED, None),
        (REFUSED, MessageState.REJECTED, "smsc-err-248"),
    ]
    assert (receipt.gateway_id, receipt.cost, receipt.segments) == ("r1", Decimal("5.00"), 2)
    told = await gateway.reports([MessageRef(ref="r1", msisdn=one) for one in (ONE, UNREACHABLE, TWO)])
    assert [(one.state, one.raw, one.reason) for one in told] == [
        (MessageState.DELIVERED, "1", None),
        (MessageState.UNDELIVERED, "20", Reason.UNREACHABLE),
        (None, "-3", None),
    ]
    assert await gateway.balance() == Balance(amount=Decimal("995.00"), currency="RUB", credit=Decimal(100))


async def test_many_reports_in_one_question(gateway: Gateway) -> None:
    numbers = [f"790312345{number}" for number in range(10, 20)]
    await gateway.submit(submission(*numbers))

    told = await gateway.reports([MessageRef(ref="r1", msisdn=one) for one in numbers])

    assert [(one.msisdn, one.state) for one in told] == [(one, MessageState.DELIVERED) for one in numbers]


async def test_the_same_message_does_not_leave_again_within_its_minute(
    stand: SmscServer, gateway: Gateway
) -> None:
    await gateway.submit(submission())

    with pytest.raises(Throttled) as caught:
        await gateway.submit(submission(ref="r2"))

    assert (caught.value.only_this, len(stand.journal.accepted)) == (True, 1)
    await gateway.submit(submission(ref="r3", text="Другое"))


@pytest.mark.parametrize("kind", [Kind.FLASH, Kind.VIBER, Kind.VOICE, Kind.HLR, Kind.PING])
async def test_every_kind_of_message(stand: SmscServer, gateway: Gateway, kind: Kind) -> None:
    await gateway.submit(submission(kind=kind))
    (told,) = await gateway.reports([MessageRef(ref="r1", msisdn=ONE, kind=kind)])

    (taken,) = stand.journal.accepted
    named = "call" if kind == Kind.VOICE else kind
    assert (taken.kind, taken.text) == (named, "Заказ готов" if kind.has_text else "")
    assert (told.state, told.note is not None) == (MessageState.DELIVERED, kind == Kind.HLR)


async def test_what_is_forgotten_is_not_found(gateway: Gateway) -> None:
    one = MessageRef(ref="r1", msisdn=ONE)
    await gateway.submit(submission())

    await gateway.forget([one])

    assert [report.raw for report in await gateway.reports([one])] == ["-3"]


async def test_what_came_in_and_what_was_sent(stand: SmscServer, gateway: Gateway) -> None:
    stand.receive(ONE, "Да, жду", TWO, NOON - timedelta(minutes=5))
    stand.receive(ONE, "Давно", TWO, NOON - 2 * DAY)
    await gateway.submit(submission(ONE, TWO))

    assert await gateway.inbox(NOON - DAY, NOON) == [
        Inbound(key="1", msisdn=ONE, to=TWO, text="Да, жду", at=NOON - timedelta(minutes=5))
    ]
    past = await gateway.history(NOON - 400 * DAY, NOON + DAY)
    assert {(one.msisdn, one.text, one.gateway_id) for one in past} == {
        (ONE, "Заказ готов", "r1"),
        (TWO, "Заказ готов", "r1"),
    }
    counted = await gateway.statistics(NOON - DAY, NOON + DAY)
    assert (counted.total, counted.cost, counted.currency) == (2, Decimal("5.00"), "RUB")
    assert "api" in (await gateway.prices())[0].prices


@pytest.mark.parametrize("fmt", [0, 1, 2, 3])
async def test_sender_ids_in_every_format(stand: SmscServer, http: Http, clock: Clock, fmt: int) -> None:
    gateway = at(stand, http, clock, senders_format=fmt)

    added = await gateway.add_sender("NEWSHOP", "Order notices")
    await gateway.change_sender("NEWSHOP", "Notices")
    listed = {one.name: one for one in await gateway.senders(operators=True)}
    assert (listed["NEWSHOP"].id, listed["NEWSHOP"].status) == (added, SenderStatus.PENDING)
    assert (listed["ACME"].status, len(listed["ACME"].operators)) == (SenderStatus.ALLOWED, 19)

    await gateway.add_sender(ONE, "Our number")
    await gateway.send_sender_code(ONE)
    with pytest.raises(Throttled) as caught:
        await gateway.send_sender_code(ONE)
    assert caught.value.retry_after == timedelta(hours=8)
    with pytest.raises(RequestRefused) as refused:
        await gateway.confirm_sender(ONE, "0")
    assert (refused.value.field, refused.value.entry) == ("code", "smsc-senders-11")
    await gateway.confirm_sender(ONE, stand.code_for(ONE))
    await gateway.delete_sender("NEWSHOP")

    names = {one.name: one.status for one in await gateway.senders()}
    assert (names[ONE], "NEWSHOP" in names) == (SenderStatus.ALLOWED, False)


async def test_templates(gateway: Gateway) -> None:
    added = await gateway.add_template("Ready", "It is ready")
    await gateway.change_template(added, "Ready", "Заказ готов")
    (kept,) = [one for one in await gateway.templates() if one.id == added]
    assert (kept.name, kept.text) == ("Ready", "Заказ готов")

    await gateway.delete_template(added)

    assert added not in {one.id for one in await gateway.templates()}


async def test_campaigns(gateway: Gateway) -> None:
    added, cost = await gateway.add_job("Orders", submission(ONE, TWO))

    assert cost == Decimal("5.00")
    assert added in {one.id for one in await gateway.jobs()}
    assert (await gateway.job(added)).id == added
    await gateway.delete_job(added)


async def test_the_reserve_host(stand: SmscServer, http: Http, clock: Clock) -> None:
    nobody = "http://127.0.0.1:9/sys/"
    with pytest.raises(NotReached):
        await at(stand, http, clock, url=nobody).balance()

    gateway = at(stand, http, clock, url=nobody, reserve_url=stand.url)

    await gateway.submit(submission())
    assert len(stand.journal.accepted) == 1


@pytest.mark.parametrize("query", ["md5", "sha1&charset=utf-8", "md5&fmt=2", "sha1&fmt=3&charset=utf-8"])
async def test_what_it_tells_by_itself(stand: SmscServer, http: Http, clock: Clock, query: str) -> None:
    calls: list[HttpRequest] = []

    async def called(request: web.Request) -> web.Response:
        url, headers, body = str(request.rel_url), dict(request.headers), await request.read()
        received: Mapping[str, str] = {**headers, "x-received-at": NOON.isoformat()}
        calls.append(HttpRequest(operation="push", method="POST", url=url, headers=received, body=body))
        return web.Response(text="OK")

    app = web.Application()
    app.router.add_post("/push", called)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        stand.push_to, stand.push_secret = f"http://127.0.0.1:{runner.addresses[0][1]}/push?{query}", "s3cret"
        gateway = at(stand, http, clock, push_secret="s3cret")
        await gateway.submit(submission())
        came = stand.receive(ONE, "Да, жду", TWO)
        await stand.push_pending()
        told = [one for call in calls for one in gateway.parse_push(call)]
    finally:
        await runner.cleanup()

    reports = [one for one in told if isinstance(one, Report)]
    assert (reports[-1].msisdn, reports[-1].ref, reports[-1].state) == (ONE, "r1", MessageState.DELIVERED)
    assert [one for one in told if isinstance(one, Inbound)] == [
        Inbound(key=str(came.id), msisdn=ONE, to=TWO, text="Да, жду", at=NOON)
    ]
    other = at(stand, http, clock, push_secret="another")
    with pytest.raises(Forged):
        other.parse_push(calls[0])


async def test_counts_and_history_of_two_years(gateway: Gateway) -> None:
    await gateway.submit(submission())

    counted = await gateway.statistics(NOON - 730 * DAY, NOON + DAY)
    assert (counted.total, counted.cost) == (1, Decimal("2.50"))
    assert len(await gateway.history(NOON - 730 * DAY, NOON + DAY)) == 1


async def test_half_a_year_is_the_limit_of_the_history_and_not_of_the_counts(
    stand: SmscServer, http: Http
) -> None:
    """Asked as the adapter does not ask: the stand-in limits what the documents limit."""
    channel = http.channel("acme", CAPABILITIES)
    period = "login=demo&psw=demo-password&fmt=3&start=01.01.2025&end=01.05.2026"
    for command, refused in (("get_stat", False), ("get_messages", True)):
        asked = HttpRequest(
            operation=command,
            method="POST",
            url=f"{stand.url}get.php",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=f"{command}=1&{period}".encode(),
        )
        assert (b'"error_code": 1' in (await channel(asked)).body) is refused
