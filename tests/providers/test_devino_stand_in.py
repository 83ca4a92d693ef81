"""Both faces of Devino over real HTTP against the stand-in: every operation, one conversation each."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest

from providers.errors import AuthFailed, InsufficientFunds, RequestRefused
from providers.gateways import devino_rest, devino_soap
from providers.http import Http
from providers.model import Kind, MessageRef, MessageState, Reason, Receipt, Report
from sandbox.devino import DevinoServer
from tests.providers.devino.samples import LONG, ONE, TWO, submission
from tests.sandbox.devino import NOON, Clock

AnyGateway = devino_rest.Gateway | devino_soap.Gateway
DateKey = Literal["CreateDateUtc", "CreatedDateUtc", "CreationDateUtc"]
UNDELIVERED, REFUSED = "79031234501", "79031234506"
DAY = timedelta(days=1)
UNPACED = replace(devino_rest.CAPABILITIES, rate=None)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def stand(clock: Clock) -> AsyncIterator[DevinoServer]:
    async with DevinoServer(clock=clock, pace=10) as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    async with Http() as client:
        yield client


@pytest.fixture
def rest(stand: DevinoServer, http: Http, clock: Clock) -> devino_rest.Gateway:
    config = devino_rest.Config(url=stand.rest_url, login="demo", password="demo-password")
    return devino_rest.Gateway(config, http.channel("acme", UNPACED), now=clock)


@pytest.fixture(params=["rest", "soap 1.2", "soap 1.1"])
def gateway(request: pytest.FixtureRequest, stand: DevinoServer, http: Http, rest: AnyGateway) -> AnyGateway:
    if request.param == "rest":
        return rest
    config = devino_soap.Config(
        url=stand.soap_url, login="demo", password="demo-password", soap_version=request.param[5:]
    )
    return devino_soap.Gateway(config, http.channel("acme", UNPACED))


def refs(receipt: Receipt, kind: Kind = Kind.SMS) -> list[MessageRef]:
    return [
        MessageRef(ref="r1", msisdn=one.msisdn, gateway_ids=one.gateway_ids, kind=kind)
        for one in receipt.verdicts
    ]


async def end(gateway: AnyGateway, receipt: Receipt, kind: Kind = Kind.SMS) -> dict[str, Report]:
    return {one.msisdn: one for one in await gateway.reports(refs(receipt, kind))}


async def test_sms_to_one_and_to_many_are_followed_to_their_ends(gateway: AnyGateway, clock: Clock) -> None:
    one = await gateway.submit(submission(text=LONG))
    many = await gateway.submit(submission(TWO, UNDELIVERED, text=LONG))
    assert [len(verdict.gateway_ids) for verdict in (*one.verdicts, *many.verdicts)] == [2, 2, 2]
    assert (await end(gateway, one))[ONE].state == MessageState.ACCEPTED
    clock.forward(minutes=1)
    assert (await end(gateway, one))[ONE].state == MessageState.DELIVERED
    reports = await end(gateway, many)
    assert reports[TWO].state == MessageState.DELIVERED
    assert reports[TWO].price is not None
    assert reports[UNDELIVERED].state not in {MessageState.DELIVERED, None}
    assert reports[UNDELIVERED].entry is not None


async def test_sms_wait_for_a_date_and_for_the_recipients_clock(gateway: AnyGateway, clock: Clock) -> None:
    at = NOON + timedelta(hours=5)
    receipts = [
        await gateway.submit(submission(send_at=at, validity=timedelta(minutes=10))),
        await gateway.submit(submission(send_at=at, by_recipient_time=True)),
        await gateway.submit(submission(ONE, TWO, send_at=at, by_recipient_time=True)),
    ]
    clock.forward(hours=2, minutes=5)  # 17:05 in Moscow
    states = [(await end(gateway, receipt))[ONE].state for receipt in receipts]
    assert states == [MessageState.ACCEPTED, MessageState.DELIVERED, MessageState.DELIVERED]


async def test_refusals_and_a_session_that_ended(gateway: AnyGateway, stand: DevinoServer) -> None:
    with pytest.raises(RequestRefused) as number:
        await gateway.submit(submission(ONE, REFUSED))
    assert (number.value.field, number.value.entry) == ("msisdn", "devino-said-recipient")
    with pytest.raises(RequestRefused) as sender:
        await gateway.submit(submission(sender_id="Я"))
    assert (sender.value.field, sender.value.reason) == ("sender_id", Reason.SENDER)
    with pytest.raises(InsufficientFunds):
        await gateway.submit(submission(*[ONE] * 190, text="x" * 1900))
    stand.expire_sessions()
    assert (await gateway.balance()).amount == 1000


async def test_a_wrong_password(stand: DevinoServer, http: Http) -> None:
    for module, url in ((devino_rest, stand.rest_url), (devino_soap, stand.soap_url)):
        config = module.Config(url=url, login="demo", password="wrong")
        with pytest.raises(AuthFailed):
            await module.Gateway(config, http.channel("acme", UNPACED)).balance()


@pytest.mark.parametrize("date_key", ["CreateDateUtc", "CreatedDateUtc", "CreationDateUtc"])
@pytest.mark.parametrize("numeric_ids", [True, False])
async def test_incoming_messages(
    gateway: AnyGateway, stand: DevinoServer, clock: Clock, date_key: DateKey, *, numeric_ids: bool
) -> None:
    stand.quirks.date_key, stand.quirks.numeric_ids = date_key, numeric_ids
    first = stand.receive(ONE, "Да <&> 🎉")
    stand.receive(ONE, "an hour early", at=NOON - timedelta(hours=1))
    stand.receive(ONE, "at the end", at=NOON + timedelta(hours=1))
    clock.forward(hours=2)
    found = await gateway.inbox(NOON, NOON + timedelta(hours=1))
    assert [(one.key, one.msisdn, one.text, one.at) for one in found] == [(first, ONE, "Да <&> 🎉", NOON)]
    assert len(await gateway.inbox(NOON - DAY, clock())) == 3


async def test_incoming_messages_of_years_over_rest(rest: devino_rest.Gateway, stand: DevinoServer) -> None:
    stand.receive(ONE, "old", at=NOON - 364 * DAY)
    assert len(await rest.inbox(NOON - 4000 * DAY, NOON)) == 1


async def test_statistics_of_years_are_windows_that_count_each_message_once(
    gateway: AnyGateway, stand: DevinoServer, clock: Clock
) -> None:
    begins = clock()
    for _ in range(3):  # at the very beginning of a window, in its last second, within one
        await gateway.submit(submission(ONE))
        clock.forward(days=90, milliseconds=-500)
        await gateway.submit(submission(UNDELIVERED))
        clock.forward(milliseconds=500)
    await gateway.submit(submission(ONE))
    counts = await gateway.statistics(begins, clock())
    assert (counts.total, counts.delivered, counts.undelivered, counts.in_process) == (6, 3, 2, 1)
    clock.forward(milliseconds=1500)
    assert (await gateway.statistics(begins, clock())).total == 7
    asked = [parameters for name, parameters in stand.requests if "Statistics" in name]
    assert len(asked) == 3 + 4


async def test_viber_to_one_and_to_many(rest: devino_rest.Gateway, clock: Clock, stand: DevinoServer) -> None:
    one = await rest.submit(submission(kind=Kind.VIBER, text=LONG, options=(("optional", "x"),)))
    many = await rest.submit(submission(TWO, UNDELIVERED, kind=Kind.VIBER, text=LONG))
    assert (await end(rest, one, Kind.VIBER))[ONE].state == MessageState.ACCEPTED
    clock.forward(seconds=25)
    assert (await end(rest, one, Kind.VIBER))[ONE].state == MessageState.DELIVERED
    clock.forward(minutes=1)
    assert (await end(rest, one, Kind.VIBER))[ONE].read
    failed = (await end(rest, many, Kind.VIBER))[UNDELIVERED]
    assert (failed.state, failed.entry) == (MessageState.UNDELIVERED, "devino-viber-state-4")
    assert not failed.provisional


async def test_viber_or_sms(rest: devino_rest.Gateway, clock: Clock) -> None:
    one = await rest.submit(submission(UNDELIVERED, kind=Kind.VIBER_OR_SMS))
    many = await rest.submit(submission(ONE, UNDELIVERED, kind=Kind.VIBER_OR_SMS))
    clock.forward(minutes=10)
    for receipt in (one, many):
        report = (await end(rest, receipt, Kind.VIBER_OR_SMS))[UNDELIVERED]
        assert (report.state, report.raw) == (MessageState.DELIVERED, "4, 0")
    assert (await end(rest, many, Kind.VIBER_OR_SMS))[ONE].read


async def test_one_bad_number_refuses_viber_to_all(rest: devino_rest.Gateway) -> None:
    with pytest.raises(RequestRefused) as caught:
        await rest.submit(submission(ONE, REFUSED, kind=Kind.VIBER))
    assert (caught.value.field, caught.value.entry) == ("msisdn", "devino-viber-error-address-unknown")
