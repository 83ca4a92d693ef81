"""Later, or not at all: schedules, the undo window, what missed its time, and every way to call a halt."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from .desk import DELIVERED, SLOW, UNDELIVERED, Stands, stands, working
from .steps import Ahead, accepted, comes_to, confirmed, offered, toast, tomorrow

A_DAY = timedelta(days=1, minutes=1)
TOO_LATE = timedelta(days=1, hours=1)


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def world(clock: Ahead) -> AsyncIterator[Stands]:
    """Stand-ins on a clock that can be moved; messages take five seconds a step."""
    async with stands(clock=clock, pace=5) as made:
        yield made


@pytest.fixture
async def desk(world: Stands, clock: Ahead, tmp_path: Path) -> AsyncIterator[Stands]:
    """A bot at work among them."""
    async with working(world.settings(tmp_path), clock=clock):
        yield world


async def later(desk: Stands, clock: Ahead, by: timedelta) -> None:
    """Time passes, and somebody says something."""
    clock.by += by
    await desk.ask("/accounts", having="Accounts of this chat")


@pytest.mark.parametrize("kind", ["devino_rest", "devino_soap", "smsc"])
async def test_scheduled_message_waits_here_and_leaves_at_its_time(
    desk: Stands, clock: Ahead, kind: str
) -> None:
    await desk.connect(kind)
    card = await offered(desk, f"/send at={tomorrow()} {DELIVERED} Text")
    assert ": it waits here until then" in card.text
    await desk.press(card, "✅ Schedule")
    await comes_to(desk, clock, card, "Total 1: queued 1")
    assert "🕒" in card.text
    await later(desk, clock, timedelta(hours=23))
    assert not accepted(desk)

    await later(desk, clock, timedelta(hours=1, minutes=1))
    await comes_to(desk, clock, card, "Total 1: delivered 1")
    assert [one.send_at for one in accepted(desk)] == [None]


@pytest.mark.parametrize("press", [True, False], ids=["button", "command"])
async def test_scheduled_message_is_cancelled_before_the_gateway_sees_it(
    desk: Stands, clock: Ahead, press: bool
) -> None:
    await desk.connect("smsc")
    card = await confirmed(desk, f"/send at={tomorrow()} {DELIVERED}, {UNDELIVERED} Text")
    await comes_to(desk, clock, card, "Total 2: queued 2")
    words = "#1: 2 messages will not leave."
    if press:
        assert await desk.press(card, "✖ Cancel") == words
    else:
        assert (await desk.ask("/cancel #1")).text == words
    await comes_to(desk, clock, card, "Total 2: cancelled 2")
    assert not card.keyboard
    assert (await desk.ask("/cancel 1")).text == "#1: nothing is left to stop."
    await later(desk, clock, A_DAY)
    assert not accepted(desk)


@pytest.mark.parametrize("press", [True, False], ids=["button", "command"])
async def test_gateway_that_can_calls_a_scheduled_message_back(
    desk: Stands, clock: Ahead, press: bool
) -> None:
    await desk.connect("sms_pager")
    card = await offered(desk, f"/send at={tomorrow()} {DELIVERED} Text")
    assert "the gateway keeps it until then and can call it back" in card.text
    await desk.press(card, "✅ Schedule")
    await comes_to(desk, clock, card, "Total 1: accepted 1")
    assert [one.send_at is not None for one in accepted(desk)] == [True]

    words = "#1: One message is being called back at the gateway; the card will tell whether that worked."
    if press:
        assert await desk.press(card, "✖ Cancel") == words
    else:
        assert (await desk.ask("/cancel #1")).text == words
    await comes_to(desk, clock, card, "Total 1: cancelled 1")
    assert len(desk.sms_pager.journal.cancelled) == 1
    assert not card.keyboard


async def test_what_has_left_cannot_be_cancelled_and_is_told_so(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    card = await confirmed(desk, f"/send {SLOW} Text")
    await comes_to(desk, clock, card, "Total 1: sent 1")
    assert not card.keyboard
    answer = await desk.ask("/cancel #1")
    assert answer.text == "#1: One message has already left and cannot be stopped."
    await comes_to(desk, clock, card, "sent 1")


async def test_undo_window(world: Stands, clock: Ahead, tmp_path: Path) -> None:
    async with working(world.settings(tmp_path, limits={"undo": "10m"}), clock=clock):
        await world.connect("smsc")
        regretted = await confirmed(world, f"/send {DELIVERED} Regretted")
        await comes_to(world, clock, regretted, "Total 1: queued 1")
        meant = await confirmed(world, f"/send {DELIVERED} Meant")
        assert await world.press(regretted, "✖ Cancel") == "#1: one message will not leave."
        assert not accepted(world)

        await later(world, clock, timedelta(minutes=11))
        await comes_to(world, clock, meant, "Total 1: delivered 1")
        await comes_to(world, clock, regretted, "Total 1: cancelled 1")
        assert [one.text for one in accepted(world)] == ["Meant"]


async def test_message_whose_validity_ends_before_it_leaves(
    world: Stands, clock: Ahead, tmp_path: Path
) -> None:
    async with working(world.settings(tmp_path, limits={"undo": "10m"}), clock=clock):
        await world.connect("smsc")
        card = await confirmed(world, f"/send valid=5m {DELIVERED} Text")
        await comes_to(world, clock, card, "Total 1: queued 1")
        await later(world, clock, timedelta(minutes=6))
        await comes_to(world, clock, card, "Total 1: expired 1")
        failure = await world.answer(card.id, having="one message failed")
        assert "Its validity period ran out before it could be delivered." in failure.text
        await later(world, clock, timedelta(minutes=10))
        assert not accepted(world)


@pytest.mark.parametrize("kind", ["smsc", "devino_rest"])
async def test_campaign_that_missed_its_time_asks(
    world: Stands, clock: Ahead, tmp_path: Path, kind: str
) -> None:
    settings = world.settings(tmp_path)
    async with working(settings, clock=clock):
        await world.connect(kind)
        cards = [
            await confirmed(world, f"/send at={tomorrow()} {DELIVERED} {text}") for text in ("Go", "Stay")
        ]
        for card in cards:
            await comes_to(world, clock, card, "Total 1: queued 1")
    clock.by += TOO_LATE

    async with working(settings, clock=clock):
        go = await world.answer(cards[1].id, having="#1 was to leave at")
        stay = await world.answer(cards[1].id, having="#2 was to leave at")
        assert "and could not. It has not left. Send it now?" in go.text
        await comes_to(world, clock, cards[0], "It missed its time and waits for your word.")
        await later(world, clock, timedelta(hours=1))
        assert not accepted(world)

        release = go.button("✅ Send now")
        assert release is not None
        presses = [world.chat.press(world.anna, go, "✅ Send now") for _ in range(2)]
        toasts = [await toast(world, one) for one in presses]
        assert toasts == ["#1 is in the queue.", "This button no longer works. Nothing was done."]
        assert await world.press(stay, "✖ Cancel") == "#2: one message will not leave."
        await comes_to(world, clock, cards[0], "Total 1: delivered 1")
        await comes_to(world, clock, cards[1], "Total 1: cancelled 1")
        await later(world, clock, timedelta(hours=1))
        assert [one.text for one in accepted(world)] == ["Go"]


async def test_campaign_a_little_late_goes_without_asking(
    world: Stands, clock: Ahead, tmp_path: Path
) -> None:
    settings = world.settings(tmp_path)
    async with working(settings, clock=clock):
        await world.connect("smsc")
        card = await confirmed(world, f"/send at={tomorrow()} {DELIVERED} Text")
        await comes_to(world, clock, card, "Total 1: queued 1")
    clock.by += A_DAY
    async with working(settings, clock=clock):
        await comes_to(world, clock, card, "Total 1: delivered 1")
        assert len(accepted(world)) == 1
