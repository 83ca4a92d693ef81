"""Later, or not at all: schedules, the undo window, what missed its time, and every way to call a halt."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from .desk import DELIVERED, SLOW, UNDELIVERED, Stands, stands, working
from .steps import Ahead, accepted, comes_to, confirmed, nothing_left, offered, toast, tomorrow

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


# ✅ comes too late


@pytest.mark.parametrize("kind", ["smsc", "sms_pager"])
async def test_a_schedule_that_has_passed_before_it_is_confirmed_sends_nothing(
    desk: Stands, clock: Ahead, kind: str
) -> None:
    await desk.connect(kind)
    soon = (clock() + timedelta(minutes=5)).isoformat(timespec="seconds")
    card = await offered(desk, f"/send at={soon} {DELIVERED} Text")
    clock.by += timedelta(minutes=5)
    presses = [desk.chat.press(desk.anna, card, "✅ Schedule") for _ in range(2)]
    told = "Its time has passed: nothing was sent. Write /send again."
    assert [await toast(desk, one) for one in presses] == [told, told]
    await desk.becomes(card, "The time on this card has passed meanwhile")
    assert not card.keyboard
    await nothing_left(desk)


KAMCHATKA, MOSCOW, KALININGRAD = map(ZoneInfo, ["Asia/Kamchatka", "Europe/Moscow", "Europe/Kaliningrad"])


def kamchatka(clock: Ahead, ahead: timedelta) -> datetime:
    """What clocks in Kamchatka, the first that may be the recipient's, show so much later."""
    return (clock() + ahead).astimezone(KAMCHATKA).replace(tzinfo=None, second=0, microsecond=0)


async def test_a_time_that_may_have_passed_by_the_recipients_clock_is_not_confirmed(
    desk: Stands, clock: Ahead
) -> None:
    await desk.connect("devino_rest")
    at = kamchatka(clock, timedelta(minutes=10))
    card = await offered(desk, f"/send local=yes at={at.isoformat()} {DELIVERED} Text")
    clock.by += timedelta(minutes=12)
    assert "Its time has passed" in await desk.press(card, "✅ Schedule")
    await desk.becomes(card, "or may have by the clock of some recipient, so it sends nothing")
    await nothing_left(desk)


@pytest.mark.parametrize("kind", ["devino_rest", "devino_soap"])
async def test_what_a_gateway_gets_late_keeps_its_time_by_the_recipients_clock(
    world: Stands, clock: Ahead, tmp_path: Path, kind: str
) -> None:
    """Nine hours lie between the clocks of Kamchatka and Moscow, and only the gateway knows whose it is."""
    settings = world.settings(tmp_path)
    at, port = kamchatka(clock, timedelta(minutes=10)), urlsplit(world.devino.origin).port
    async with working(settings, clock=clock):
        await world.connect(kind)
        await world.devino.stop()
        card = await world.ask(f"/send local=yes at={at.isoformat()} {DELIVERED} Text", having="Check, then")
        await world.press(card, "✅ Schedule")
        await comes_to(world, clock, card, "Total 1: queued 1")
    clock.by += timedelta(minutes=40)
    await world.devino.start(port=port or 0)
    async with working(settings, clock=clock):
        late = await world.answer(card.id, having="was not handed over to Devino")
        assert "It has not left." in late.text
        assert "may be past: only the gateway knows the time zone" in late.text
        await comes_to(world, clock, card, "One message could not be handed over in time")
        assert not accepted(world)
        assert await world.press(late, "✅ Hand over") == "#1 is in the queue."
        await comes_to(world, clock, card, "Total 1: accepted 1")
        (one,) = accepted(world)
        assert one.send_at == at.replace(tzinfo=MOSCOW)  # and there it still lies hours ahead
        assert one.send_at > clock() + timedelta(hours=7)


async def test_what_is_past_by_every_clock_goes_at_once_when_a_person_says_so(
    world: Stands, clock: Ahead, tmp_path: Path
) -> None:
    settings = world.settings(tmp_path)
    at, port = kamchatka(clock, timedelta(minutes=10)), urlsplit(world.devino.origin).port
    async with working(settings, clock=clock):
        await world.connect("devino_rest")
        await world.devino.stop()
        card = await world.ask(f"/send local=yes at={at.isoformat()} {DELIVERED} Text", having="Check, then")
        await world.press(card, "✅ Schedule")
        await comes_to(world, clock, card, "Total 1: queued 1")
    clock.by += at.replace(tzinfo=KALININGRAD) - clock()
    await world.devino.start(port=port or 0)
    async with working(settings, clock=clock):
        late = await world.answer(card.id, having="was not handed over to Devino REST in time")
        await later(world, clock, timedelta(hours=1))
        assert not accepted(world)
        await world.press(late, "✅ Hand over")
        await comes_to(world, clock, card, "Total 1: delivered 1")
        assert [one.send_at for one in accepted(world)] == [None]
