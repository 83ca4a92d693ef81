"""The adapter of SMS-Pager and its stand-in over real HTTP: what both read from the same documents."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from providers.gateways.sms_pager import CAPABILITIES, Config, Gateway
from providers.http import Http
from providers.model import MessageRef, MessageState, Sms, Submission
from sandbox.sms_pager import SmsPagerServer

NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)
GOOD, FAILS = "79031234511", "79031234501"  # the last two digits say how it ends
REFS = [MessageRef(ref="r1", msisdn=GOOD), MessageRef(ref="r1", msisdn=FAILS)]
BOTH = Submission(ref="r1", sms=tuple(Sms(msisdn=one.msisdn, text="Заказ готов") for one in REFS))


@pytest.fixture
async def stand() -> AsyncIterator[SmsPagerServer]:
    async with SmsPagerServer(
        clock=lambda: NOW, timezone="Asia/Yekaterinburg", recipient_zone="Asia/Vladivostok"
    ) as server:
        yield server


@pytest.fixture
async def gateway(stand: SmsPagerServer) -> AsyncIterator[Gateway]:
    config = Config.model_validate(
        {"url": stand.url, "login": "demo", "password": "demo-password", "timezone": "Asia/Yekaterinburg"}
    )
    async with Http() as http:
        yield Gateway(config, http.channel("acme", CAPABILITIES))


async def test_a_sending_is_found_in_the_history_of_its_hour(gateway: Gateway) -> None:
    await gateway.submit(BOTH)

    (past,) = await gateway.history(NOW, NOW + timedelta(hours=1))

    assert (past.at, past.text, past.total, past.cost) == (NOW, "Заказ готов", 2, Decimal("5.00"))
    assert past.counts[MessageState.DELIVERED] == past.counts[MessageState.UNDELIVERED] == 1
    assert await gateway.history(NOW - timedelta(hours=1), NOW) == []
    by_system_id = [replace(one, ref=past.gateway_id) for one in REFS]
    assert [one.state for one in await gateway.reports(by_system_id)] == [
        MessageState.DELIVERED,
        MessageState.UNDELIVERED,
    ]


async def test_what_could_be_cancelled_is_counted_and_then_cancelled(gateway: Gateway) -> None:
    await gateway.submit(replace(BOTH, send_at=NOW + timedelta(hours=1)))

    assert [await gateway.recallable(REFS), await gateway.recallable(REFS)] == [2, 2]
    assert [await gateway.cancel(REFS), await gateway.recallable(REFS)] == [2, 0]
    assert {one.state for one in await gateway.reports(REFS)} == {MessageState.CANCELLED}


async def test_only_the_delivered_are_paid_for(gateway: Gateway) -> None:
    await gateway.submit(replace(BOTH, options=(("onlydelivery", "1"),)))

    assert (await gateway.balance()).amount == Decimal("997.50")


async def test_a_date_by_either_clock(gateway: Gateway, stand: SmsPagerServer) -> None:
    noon = datetime(2026, 5, 2, 12, tzinfo=UTC)
    by_clock = replace(BOTH, send_at=noon, by_recipient_time=True, options=(("regionalTime", "1"),))

    await gateway.submit(replace(BOTH, send_at=noon))
    await gateway.submit(replace(by_clock, ref="r2"))

    assert {one.send_at for one in stand.journal.accepted if one.ref == "r1"} == {noon}
    assert {one.send_at for one in stand.journal.accepted if one.ref == "r2"} == {noon - timedelta(hours=10)}
