"""SMSC as it is, with its limits: what they mean for people, with the window that holds by default."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .desk import Stands, stands, working
from .steps import accepted, confirmed

NUMBERS = [f"+7903123{place}500" for place in range(7)]  # more than are asked about one by one


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Stands]:
    async with stands() as world:
        world.smsc.limits = True
        # The tests' own table of smsc takes the window away; this one leaves it as it is by default.
        async with working(world.settings(tmp_path, gateways={"smsc": {"url": world.smsc.url}})):
            yield world


async def test_the_list_of_sender_ids_may_be_asked_for_three_times_a_minute(desk: Stands) -> None:
    await desk.connect("smsc")
    for _ in range(3):
        await desk.ask("/senders", having="Sender IDs of smsc · SMSC")
    started = time.monotonic()
    told = await desk.ask("/senders", having="smsc")
    assert time.monotonic() - started < 5, told.text
    assert "asks us to wait" in told.text, told.text


async def test_the_balance_is_there_whenever_it_is_asked_for(desk: Stands) -> None:
    await desk.connect("smsc")
    for _ in range(12):
        await desk.ask("/balance", having="Balance")


async def test_a_campaign_is_followed_to_its_end(desk: Stands) -> None:
    await desk.connect("smsc")
    sent = await confirmed(desk, f"/send {','.join(NUMBERS)} Hello")
    await desk.becomes(sent, "Total 7: delivered 7")
    assert len(accepted(desk)) == 7
