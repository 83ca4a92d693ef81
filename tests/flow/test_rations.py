"""What may be sent and spent within an hour, a day, a month: refused before the card, with what would fit."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from .desk import DELIVERED, SLOW, UNDELIVERED, Stands, StorageOf, stands, working
from .steps import Ahead, accepted, comes_to, confirmed, seen, soon
from .test_lists import drop, many

# A segment costs 2.50 at the stand-in.
TWO, THREE = f"{DELIVERED}, {SLOW}", f"{DELIVERED}, {SLOW}, {UNDELIVERED}"


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def world(storage_of: StorageOf, clock: Ahead) -> AsyncIterator[Stands]:
    """Everybody's clock is the same."""
    async with stands(clock=clock, storage_of=storage_of) as made:
        yield made


@pytest.mark.parametrize("whose", ["account", "person"])
@pytest.mark.parametrize(("span", "length"), [("day", 24), ("month", 30 * 24)])
async def test_messages_are_counted_by_the_day_and_the_month(
    world: Stands, tmp_path: Path, clock: Ahead, whose: str, span: str, length: int
) -> None:
    limits = {"undo": "0s", f"{whose}_messages_{span}": 2}
    async with working(world.settings(tmp_path, limits=limits), clock=clock):
        await world.connect("smsc")
        told = await world.ask(f"/send {THREE} Text", having="2 are left of that time, this is 3")
        assert ("You may send 2 messages" in told.text) == (whose == "person")
        await confirmed(world, f"/send {TWO} Text")
        clock.by += timedelta(hours=length - 1)
        told = await world.ask(f"/send {DELIVERED} Text", having="0 are left")
        assert "There is room from" in told.text
        clock.by += timedelta(hours=1, seconds=5)
        await world.ask(f"/send {DELIVERED} Text", having="Check, then send")


@pytest.mark.parametrize("key", ["account_money", "account_money_month", "person_money_day"])
async def test_money_is_refused_before_the_card_with_the_number_that_would_fit(
    world: Stands, tmp_path: Path, clock: Ahead, key: str
) -> None:
    async with working(world.settings(tmp_path, limits={"undo": "0s", key: 6}), clock=clock):
        await world.connect("smsc")
        told = await world.ask(f"/send {THREE} Text", having="2 of these 3 messages would fit")
        assert "6.00" in told.text
        assert "this costs 7.50" in told.text
        card = await confirmed(world, f"/send {TWO} Text")
        await comes_to(world, clock, card, "delivered")
        await world.ask(f"/send {DELIVERED} Text", having="Not one message fits")
        assert len(accepted(world)) == 2


async def test_a_list_is_refused_before_its_card_too(world: Stands, tmp_path: Path, clock: Ahead) -> None:
    async with working(world.settings(tmp_path, limits={"account_money": "12.50"}), clock=clock):
        await world.connect("smsc")
        told = await drop(world, many(9), having="5 of these 9 messages would fit", caption="Hello")
        assert "Nothing was sent." in told.text
        assert not [one for one in world.chat.bot_messages if "Check, then send" in one.text]
        await drop(world, many(5), having="Check, then send", caption="Hello")


async def test_what_is_confirmed_is_set_aside_and_free_again_when_it_does_not_leave(
    world: Stands, tmp_path: Path, clock: Ahead
) -> None:
    limits = {"undo": "10m", "account_money": 5}
    async with working(world.settings(tmp_path, limits=limits), clock=clock):
        await world.connect("smsc")
        first = await world.ask(f"/send {TWO} One", having="Check, then send")
        second = await world.ask(f"/send {TWO} Two", having="Check, then send")
        assert "is in the queue" in await world.press(first, "✅")
        assert "0.00" in await world.press(second, "✅")
        await world.ask(f"/send {DELIVERED} Three", having="Not one message fits")
        assert not accepted(world)
        await world.press(await seen(world, lambda: first if first.button("✖ Cancel") else None), "✖ Cancel")
        await world.ask(f"/send {DELIVERED} Three", having="Check, then send")
        assert "is in the queue" in await world.press(second, "✅")


@pytest.mark.parametrize(
    ("price", "having"), [(0, "is not known"), ("2.5", "2 of these 3 messages would fit")]
)
async def test_where_no_gateway_tells_the_price_the_owner_does(
    world: Stands, tmp_path: Path, clock: Ahead, price: Any, having: str
) -> None:
    limits = {"undo": "0s", "account_money": 5, "segment_price": price}
    async with working(world.settings(tmp_path, limits=limits), clock=clock):
        await world.connect("devino_rest")
        await world.ask(f"/send {THREE} Text", having=having)
        answer = await world.ask(f"/send {DELIVERED} Text")
        assert ("Check, then send" in answer.text) == bool(price)


async def test_the_last_price_stands_in_where_the_gateway_gives_none_now(
    world: Stands, tmp_path: Path, clock: Ahead
) -> None:
    async with working(world.settings(tmp_path), clock=clock):
        await world.connect("smsc")
        card = await confirmed(world, f"/send {DELIVERED} Text")
        await soon(world, clock, lambda: "delivered" in card.text)
        for _ in range(4):
            world.smsc.faults.add("send*", kind="http_500")
        offer = await world.ask(f"/send {TWO} Text", having="Check, then send")
        assert "about 5.00" in offer.text
