"""Bad moments: buttons pressed too often or too late, updates that come twice, Telegram out of order."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.access import NOTICE_PAUSE
from sandbox.telegram import FaultKind, Message

from .desk import ADMIN, DELIVERED, Stands, stands, working
from .steps import (
    Ahead,
    accepted,
    comes_to,
    confirmed,
    connect_group,
    nothing_left,
    offered,
    says,
    texts_since,
    toast,
)

BORIS = 1002


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def desk(clock: Ahead, tmp_path: Path) -> AsyncIterator[Stands]:
    """A bot at work on a clock that can be moved, with two administrators."""
    async with stands(clock=clock) as world:
        async with working(world.settings(tmp_path, telegram={"admins": [ADMIN, BORIS]}), clock=clock):
            yield world


def token(card: Message, label: str) -> str:
    """What the button of a card sends back: it can be pressed even when the card has lost it."""
    button = card.button(label)
    assert button is not None
    assert button.callback_data is not None
    return button.callback_data


async def test_button_pressed_twice_has_one_effect(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    card = await offered(desk, f"/send {DELIVERED} Text")
    presses = [desk.chat.press(desk.anna, card, "✅") for _ in range(3)]
    toasts = [await toast(desk, one) for one in presses]

    assert toasts == ["#1 is in the queue."] + ["Anna has already confirmed this: #1."] * 2
    await comes_to(desk, clock, card, "Total 1: delivered 1")
    assert len(accepted(desk)) == 1
    await desk.ask("/status 2", having="There is no #2")


async def test_confirm_after_the_card_has_lost_its_button(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    card = await offered(desk, f"/send {DELIVERED} Text")
    confirm, dismiss = token(card, "✅"), token(card, "✖")
    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "Total 1: delivered 1")
    for data in (confirm, dismiss):
        assert (
            await toast(desk, desk.chat.press_data(desk.anna, card, data))
            == "Anna has already confirmed this: #1."
        )
    assert len(accepted(desk)) == 1


async def test_confirm_after_dismissing(desk: Stands) -> None:
    await desk.connect("smsc")
    card = await offered(desk, f"/send {DELIVERED} Text")
    confirm = token(card, "✅")
    assert await desk.press(card, "✖") == "Dismissed: nothing was sent."
    await desk.becomes(card, "Dismissed: nothing was sent.")
    assert not card.keyboard
    assert (
        await toast(desk, desk.chat.press_data(desk.anna, card, confirm))
        == "Anna dismissed this: nothing was sent."
    )
    await nothing_left(desk)


async def test_confirm_after_fifteen_minutes(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    card = await offered(desk, f"/send {DELIVERED} Text")
    assert "This card is good for 15 min." in card.text
    clock.by = timedelta(minutes=15, seconds=1)
    assert await desk.press(card, "✅") == "Too late: nothing was sent. Write /send again."
    await desk.becomes(card, "This card is older than 15 min, so it sends nothing. Write /send again.")
    assert not card.keyboard
    await nothing_left(desk)


async def test_confirm_just_before_fifteen_minutes(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    card = await offered(desk, f"/send {DELIVERED} Text")
    clock.by = timedelta(minutes=14)
    assert await desk.press(card, "✅") == "#1 is in the queue."


async def test_question_older_than_fifteen_minutes_is_forgotten(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    await desk.ask(f"/send {DELIVERED}", having="What is the text for")
    clock.by = timedelta(minutes=16)
    await desk.ask("Text at last", having="I am not asking anything now, so this did nothing.")
    await nothing_left(desk)


async def test_forged_button_does_nothing(desk: Stands) -> None:
    await desk.connect("smsc")
    card = await offered(desk, f"/send {DELIVERED} Text")
    for data in ("confirm", "1", token(card, "✅") + "x"):
        assert (
            await toast(desk, desk.chat.press_data(desk.anna, card, data))
            == "This button no longer works. Nothing was done."
        )
    await nothing_left(desk)


@pytest.mark.parametrize(
    ("person_id", "words"),
    [
        pytest.param(BORIS, "This card belongs to somebody else. Nothing was done.", id="another admin"),
        pytest.param(2001, "This is a work bot. It serves a closed group of people.", id="a stranger"),
    ],
)
async def test_button_of_somebody_else(desk: Stands, clock: Ahead, person_id: int, words: str) -> None:
    other = desk.telegram.person(person_id, "Boris", language_code="en")
    group = desk.telegram.group(-1001, "Support", [desk.anna, other])
    await connect_group(desk, group)
    card = await says(desk, group, f"/send {DELIVERED} Text", having="Check, then send")

    for label in ("✅", "✖"):
        assert await toast(desk, group.press(other, card, label)) == words
        clock.by += NOTICE_PAUSE  # a stranger hears it once in a while
    assert "Check, then send" in card.text
    assert not accepted(desk)

    assert await toast(desk, group.press(desk.anna, card, "✅")) == "#1 is in the queue."
    await desk.smsc.wait_for(lambda: len(accepted(desk)) == 1)


async def test_name_with_markup_is_shown_as_it_is(desk: Stands, clock: Ahead) -> None:
    name = "<b>Bo</b> & \u202eris\u200f 👩‍🚀"
    theirs = replace(desk, anna=desk.telegram.person(BORIS, name, language_code="en"))
    await theirs.connect("smsc")
    card = await offered(theirs, f"/send {DELIVERED} Text")
    confirm = token(card, "✅")
    await theirs.press(card, "✅")
    await comes_to(theirs, clock, card, "Total 1: delivered 1")
    assert f"\u2068{name}\u2069, " in card.text
    again = await toast(theirs, theirs.chat.press_data(theirs.anna, card, confirm))
    assert again == f"\u2068{name}\u2069 has already confirmed this: #1."


async def test_update_delivered_twice_has_one_effect(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    said = desk.chat.say(desk.anna, f"/send {DELIVERED} Text")
    card = await desk.answer(said.id, having="Check, then send")
    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "Total 1: delivered 1")

    for update in [*desk.telegram.updates]:
        desk.telegram.redeliver(update["update_id"])
    await desk.telegram.wait_for(lambda: not desk.telegram.pending_updates)
    answer = await desk.ask("/status", having="Last campaigns")

    assert texts_since(desk, said) == [card.text, answer.text]
    assert len(accepted(desk)) == 1


# Telegram out of order


async def pass_by(desk: Stands, clock: Ahead) -> None:
    """Let what waits for Telegram be due: an answer behind it, then time, then a knock."""
    await desk.ask("/accounts")
    clock.by += timedelta(minutes=1)
    await desk.ask("/accounts")


async def test_answer_is_given_once_after_429(desk: Stands) -> None:
    desk.telegram.faults.add("sendMessage", kind="429", retry_after=1)
    said = desk.chat.say(desk.anna, "/help")
    answer = await desk.answer(said.id)
    await desk.ask("/accounts")
    assert answer.text.startswith("What I can do")
    assert len(texts_since(desk, said)) == 2


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("502", 1),
        ("500", 1),
        ("reset_before", 1),
        ("delivered_502", 2),
        ("delivered_reset", 2),
        ("garbled", 2),
    ],
)
async def test_answer_that_may_have_come_is_repeated_once_and_marked(
    desk: Stands, clock: Ahead, kind: FaultKind, shown: int
) -> None:
    desk.telegram.faults.add("sendMessage", kind=kind)
    said = desk.chat.say(desk.anna, "/help")
    await desk.telegram.wait_for(lambda: desk.telegram.faults.applied)
    await pass_by(desk, clock)
    await desk.answer(said.id, having="(repeat) What I can do")
    await pass_by(desk, clock)
    helps = [text for text in texts_since(desk, said) if "What I can do" in text]
    assert [text.startswith("(repeat)") for text in helps] == [False, True][-shown:]


@pytest.mark.parametrize("kind", ["429", "502", "reset_before", "delivered_reset", "delivered_502"])
async def test_card_gets_to_its_end_though_edits_fail(desk: Stands, clock: Ahead, kind: FaultKind) -> None:
    await desk.connect("smsc")
    desk.telegram.faults.add("editMessageText", kind=kind, times=2)
    said = desk.chat.messages[-1]
    card = await confirmed(desk, f"/send {DELIVERED} Text")
    await desk.telegram.wait_for(lambda: desk.telegram.faults.applied)
    await comes_to(desk, clock, card, "Total 1: delivered 1")
    assert not card.keyboard
    assert len(accepted(desk)) == 1
    assert sum("Total 1" in text for text in texts_since(desk, said)) == 1
