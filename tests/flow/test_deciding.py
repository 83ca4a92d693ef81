"""How doubts end: by what the gateway says in time, or by one press of one person. UX: U12, U19."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.app import Desk
from sandbox.faults import Kind
from sandbox.telegram import Chat, Message
from storage.schema import account_chats, attempt_messages, events

from .desk import DELIVERED, LOGIN, PASSWORD, SLOW, Stands, stands, working
from .steps import (
    Ahead,
    accepted,
    comes_to,
    confirmed,
    connect_group,
    offered,
    says,
    seen,
    soon,
    stand,
    toast,
)

DEVINO, ASKABLE = ("devino_rest", "devino_soap"), ("sms_pager", "smsc")
EVERY = [*DEVINO, *ASKABLE]
BORIS = 1002
STALE = "Something was learnt or decided meanwhile. Nothing was done: look at the card again."


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def world(clock: Ahead) -> AsyncIterator[Stands]:
    async with stands(clock=clock) as made:
        yield made


@pytest.fixture
async def bot(world: Stands, clock: Ahead, tmp_path: Path) -> AsyncIterator[Desk]:
    """A bot that believes a gateway after two seconds."""
    async with working(world.settings(tmp_path, doubts={"settle": "2s"}), clock=clock) as running:
        yield running


@pytest.fixture
async def patient(world: Stands, clock: Ahead, tmp_path: Path) -> AsyncIterator[Desk]:
    """A bot that waits as long as it does by default."""
    async with working(world.settings(tmp_path), clock=clock) as running:
        yield running


def sends(world: Stands, kind: str) -> int:
    """How often a gateway was asked to send, prices left out."""
    names = {"send", "Send", "SendMessage"}
    return len(
        [
            one
            for one, parameters in stand(world, kind).requests
            if one in names and parameters.get("action") != "check" and parameters.get("cost") != "1"
        ]
    )


async def lost(world: Stands, kind: str, fault: Kind, to: str = DELIVERED) -> Message:
    """The card of an SMS whose answer was lost."""
    await world.connect(kind)
    card = await offered(world, f"/send {to} Text")
    stand(world, kind).faults.add("send*", kind=fault)
    await world.press(card, "✅")
    await stand(world, kind).wait_for(lambda: bool(stand(world, kind).faults.applied))
    return card


def doubt_of(world: Stands, card: Message, chat: Chat | None = None) -> Message | None:
    """The newest card of doubts in reply to a campaign's card."""
    replies = [one for one in (chat or world.chat).bot_messages if one.reply_to == card.id]
    return next((one for one in reversed(replies) if one.button("🔄")), None)


async def told(world: Stands, clock: Ahead, card: Message, chat: Chat | None = None) -> Message:
    return await soon(world, clock, lambda: doubt_of(world, card, chat))


def data(message: Message, label: str) -> str:
    button = message.button(label)
    assert button is not None
    assert button.callback_data is not None
    return button.callback_data


def proved(doubt: Message) -> bool:
    """Whether absence was told often enough, so that more of it changes nothing."""
    return any(int(times) >= 3 for times in re.findall(r"\((\d+) times\)", doubt.text))


async def audit(world: Stands) -> str:
    return (await world.ask("/audit", having="Who did what")).text


# By itself


@pytest.mark.parametrize("kind", ASKABLE)
async def test_what_never_reached_the_gateway_goes_once_more_by_itself(
    world: Stands, bot: Desk, clock: Ahead, kind: str
) -> None:
    card = await lost(world, kind, "reset_before")
    await comes_to(world, clock, card, "Total 1: delivered 1")
    assert sends(world, kind) == 2
    assert len(accepted(world)) == 1
    async with bot.services.database.read() as tx:
        live = list(
            await tx.scalars(sa.select(attempt_messages.c.live).order_by(attempt_messages.c.attempt_id))
        )
        sources = list(await tx.scalars(sa.select(events.c.source).where(events.c.told == "queued")))
    assert live == [False, True]
    assert sources == ["absence"]


@pytest.mark.parametrize("kind", ASKABLE)
async def test_late_acceptance_before_the_settle_time_is_found(
    world: Stands, patient: Desk, clock: Ahead, kind: str
) -> None:
    card = await lost(world, kind, "reset_then_accept")
    doubt = await told(world, clock, card)
    assert "the gateway knows of no such message" in doubt.text
    assert not accepted(world)
    stand(world, kind).catch_up()
    await soon(world, clock, lambda: "was in doubt. Settled by itself: " in doubt.text)
    assert doubt.keyboard == []
    await comes_to(world, clock, card, "Total 1: delivered 1")
    assert sends(world, kind) == 1
    assert len(accepted(world)) == 1


@pytest.mark.parametrize("kind", ASKABLE)
async def test_acceptance_after_all_that_is_told_as_a_contradiction(
    world: Stands, bot: Desk, clock: Ahead, kind: str
) -> None:
    card = await lost(world, kind, "reset_then_accept")
    await comes_to(world, clock, card, "Total 1: delivered 1")
    stand(world, kind).catch_up()
    told_of = await soon(
        world,
        clock,
        lambda: next((one for one in world.chat.bot_messages if "the gateway says now" in one.text), None),
    )
    assert "It was sent again meanwhile, so the customer may get it twice." in told_of.text
    await comes_to(world, clock, card, "Total 1: delivered 1")
    assert len(accepted(world)) == 2, "the residue that settling cannot exclude, and it is visible"


async def test_too_late_it_is_for_a_person_to_decide(world: Stands, bot: Desk, clock: Ahead) -> None:
    card = await lost(world, "sms_pager", "reset_before")
    world.sms_pager.faults.add("report", kind="http_500", times=100)
    doubt = await told(world, clock, card)
    clock.by += timedelta(minutes=20)
    while world.sms_pager.faults.pending:
        world.sms_pager.faults.take("report")
    await soon(world, clock, lambda: "too late to send by myself" in doubt.text and proved(doubt))
    assert sends(world, "sms_pager") == 1
    await world.press(doubt, "🔁")
    sure = await world.answer(doubt.id, having="send one message again?")
    await world.press(sure, "🔁 Send 1 again")
    await comes_to(world, clock, card, "Total 1: delivered 1")
    assert len(accepted(world)) == 1


async def test_cancelled_meanwhile_it_does_not_go_again(world: Stands, bot: Desk, clock: Ahead) -> None:
    card = await lost(world, "smsc", "reset_before")
    await world.ask("/cancel 1", having="#1:")
    await comes_to(world, clock, card, "Total 1: cancelled 1")
    assert sends(world, "smsc") == 1
    assert not accepted(world)


# By a person


@pytest.mark.parametrize("kind", DEVINO)
async def test_nothing_of_a_cancelled_campaign_is_sent_again(
    world: Stands, bot: Desk, clock: Ahead, kind: str
) -> None:
    card = await lost(world, kind, "accept_then_reset")
    doubt = await told(world, clock, card)
    again = data(doubt, "🔁")
    await world.ask("/cancel 1", having="#1:")
    await world.becomes(doubt, "The campaign is cancelled")
    assert doubt.button("🔁") is None
    assert await toast(world, world.chat.press_data(world.anna, doubt, again)) == STALE
    await world.press(doubt, "It was sent")
    await comes_to(world, clock, card, "Total 1: assumed sent 1")
    assert sends(world, kind) == 1


async def test_a_second_doubt_of_a_message_says_that_it_was_sent_again(
    world: Stands, bot: Desk, clock: Ahead
) -> None:
    card = await lost(world, "devino_rest", "reset_before")
    doubt = await told(world, clock, card)
    assert "Sent again before" not in doubt.text
    await world.press(doubt, "🔁")
    sure = await world.answer(doubt.id, having="send one message again?")
    world.devino.faults.add("send*", kind="accept_then_reset")
    await world.press(sure, "🔁 Send 1 again")
    second = await soon(
        world, clock, lambda: next((one for one in world.chat.bot_messages if "request 2" in one.text), None)
    )
    assert second.button("🔄") is not None
    assert "request 2" not in doubt.text


async def test_an_account_that_was_taken_back_sends_nothing_again(
    world: Stands, bot: Desk, clock: Ahead
) -> None:
    card = await lost(world, "devino_rest", "reset_before")
    doubt = await told(world, clock, card)
    await world.press(doubt, "🔁")
    sure = await world.answer(doubt.id, having="send one message again?")
    async with bot.services.database.write() as tx:
        await tx.execute(account_chats.delete())
    assert "may no longer use the account" in await world.press(sure, "🔁 Send 1 again")
    assert sends(world, "devino_rest") == 1


@pytest.mark.parametrize("kind", DEVINO)
async def test_send_again_needs_a_second_tap_and_sends_once(
    world: Stands, bot: Desk, clock: Ahead, kind: str
) -> None:
    card = await lost(world, kind, "reset_before")
    doubt = await told(world, clock, card)
    assert await world.press(doubt, "🔁") == "Look at the question below."
    sure = await world.answer(doubt.id, having="send one message again?")
    assert "the customer gets it twice and you pay twice" in sure.text
    assert sends(world, kind) == 1
    token = data(sure, "🔁")
    assert await world.press(sure, "🔁 Send 1 again") == "Done: one message."
    await comes_to(world, clock, card, "Total 1: delivered 1")
    await world.becomes(doubt, "one message was in doubt. Anna: send again.")
    assert doubt.keyboard == []
    assert await toast(world, world.chat.press_data(world.anna, sure, token)) == STALE
    await comes_to(world, clock, card, "Total 1: delivered 1")
    assert sends(world, kind) == 2
    assert len(accepted(world)) == 1
    assert "sent again what was in doubt" in await audit(world)


@pytest.mark.parametrize(
    ("label", "state", "ending", "did"),
    [
        ("It was sent", "assumed sent", "Anna: it was sent.", "said of a doubt: it was sent"),
        ("Give up", "abandoned", "Anna: given up.", "gave up what was in doubt"),
    ],
)
@pytest.mark.parametrize("kind", DEVINO)
async def test_a_decision_without_sending(
    world: Stands, bot: Desk, clock: Ahead, kind: str, label: str, state: str, ending: str, did: str
) -> None:
    card = await lost(world, kind, "accept_then_reset")
    doubt = await told(world, clock, card)
    await world.press(doubt, label)
    await comes_to(world, clock, card, f"Total 1: {state} 1")
    await world.becomes(doubt, ending)
    entry = await audit(world)
    assert did in entry
    assert "attempt 1" in entry
    assert sends(world, kind) == 1


async def test_not_now_leaves_the_doubt_open(world: Stands, bot: Desk, clock: Ahead) -> None:
    card = await lost(world, "devino_rest", "reset_before")
    doubt = await told(world, clock, card)
    await world.press(doubt, "🔁")
    sure = await world.answer(doubt.id, having="send one message again?")
    await world.press(sure, "✖ Not now")
    await world.becomes(sure, "Nothing was sent. The doubt stays open.")
    assert "Total 1: uncertain 1" in card.text
    assert sends(world, "devino_rest") == 1
    await world.press(doubt, "🔁")
    await world.answer(sure.id, having="send one message again?")


@pytest.mark.parametrize("kind", DEVINO)
@pytest.mark.parametrize(
    ("fault", "counted"), [("accept_then_reset", "one segment"), ("reset_before", "0 segments")]
)
async def test_checking_again_brings_totals_and_makes_older_buttons_stale(
    world: Stands, bot: Desk, clock: Ahead, kind: str, fault: Kind, counted: str
) -> None:
    card = await lost(world, kind, fault)
    doubt = await told(world, clock, card)
    assert "No evidence yet." in doubt.text
    sent, give_up = data(doubt, "It was sent"), data(doubt, "Give up")
    assert await world.press(doubt, "🔄") == "I am asking the gateway."
    await soon(world, clock, lambda: f"the gateway counts {counted} since that minute" in doubt.text)
    for old in (sent, give_up):
        assert await toast(world, world.chat.press_data(world.anna, doubt, old)) == STALE
    assert "Total 1: uncertain 1" in card.text
    await soon(world, clock, lambda: data(doubt, "It was sent") != sent)
    await world.press(doubt, "It was sent")
    await comes_to(world, clock, card, "Total 1: assumed sent 1")


async def test_totals_say_how_much_else_of_the_same_minute_is_in_doubt(
    world: Stands, bot: Desk, clock: Ahead
) -> None:
    card = await lost(world, "devino_rest", "accept_then_reset")
    doubt = await told(world, clock, card)
    other = await offered(world, f"/send {DELIVERED} Another text, long enough for two: {'x' * 140}")
    world.devino.faults.add("send*", kind="reset_before")
    await world.press(other, "✅")
    await told(world, clock, other)
    await world.press(doubt, "🔄")
    await soon(world, clock, lambda: "I am certain of 0; others in doubt: 2" in doubt.text)


async def test_two_people_at_once_have_one_effect(world: Stands, clock: Ahead, tmp_path: Path) -> None:
    boris = world.telegram.person(BORIS, "Boris", language_code="en")
    group = world.telegram.group(-1001, "Support", [world.anna, boris])
    async with working(world.settings(tmp_path, telegram={"admins": [1001, BORIS]}), clock=clock):
        await connect_group(world, group, "Devino REST")
        card = await says(world, group, f"/send {DELIVERED} Text", having="Check, then send")
        world.devino.faults.add("Send*", kind="accept_then_reset")
        await toast(world, group.press(world.anna, card, "✅"))
        doubt = await soon(world, clock, lambda: doubt_of(world, card, group))
        presses = [group.press(world.anna, doubt, "It was sent"), group.press(boris, doubt, "Give up")]
        answers = await asyncio.gather(*(toast(world, one) for one in presses))
        assert sorted(answers) == ["Done: one message.", STALE]
        winner = "assumed sent 1" if answers[0] != STALE else "abandoned 1"
        await comes_to(world, clock, card, f"Total 1: {winner}")
        assert len(accepted(world)) == 1


async def test_an_operator_may_check_and_not_decide(world: Stands, clock: Ahead, tmp_path: Path) -> None:
    boris = world.telegram.person(BORIS, "Boris", language_code="en")
    group = world.telegram.group(-1001, "Support", [world.anna, boris])
    async with working(world.settings(tmp_path), clock=clock):
        await world.ask(f"/allow {BORIS} operator", having="has the role: operator")
        await connect_group(world, group, "Devino REST")
        card = await says(world, group, f"/send {DELIVERED} Text", having="Check, then send")
        world.devino.faults.add("Send*", kind="accept_then_reset")
        await toast(world, group.press(world.anna, card, "✅"))
        doubt = await soon(world, clock, lambda: doubt_of(world, card, group))
        for label in ("It was sent", "🔁", "Give up"):
            assert "takes the role: manager" in await toast(world, group.press(boris, doubt, label))
        assert await toast(world, group.press(boris, doubt, "🔄")) == "I am asking the gateway."
        await soon(world, clock, lambda: "the gateway counts one segment" in doubt.text)
        await comes_to(world, clock, card, "Total 1: uncertain 1")


async def test_a_report_in_time_makes_a_decision_stale(world: Stands, patient: Desk, clock: Ahead) -> None:
    card = await lost(world, "smsc", "reset_then_accept", to=SLOW)
    doubt = await told(world, clock, card)
    give_up = data(doubt, "Give up")
    world.smsc.catch_up()
    await soon(world, clock, lambda: "Settled by itself" in doubt.text)
    assert await toast(world, world.chat.press_data(world.anna, doubt, give_up)) == STALE
    assert "abandoned" not in card.text


async def test_one_decision_for_all_of_a_campaign(world: Stands, patient: Desk, clock: Ahead) -> None:
    """A hundred numbers make a request at SMS-Pager, so these are two, and both answers are lost."""
    numbers = ", ".join(f"+7903{number:05d}00" for number in range(101))
    await world.connect("sms_pager")
    card = await offered(world, f"/send {numbers} Text")
    world.sms_pager.faults.add("send", kind="accept_then_reset", times=2)
    world.sms_pager.faults.add("report", kind="http_500", times=1000)
    await world.press(card, "✅")
    await world.answer(card.id, having="Type their count to send")
    card = await world.ask("101", having="#1 · SMS-Pager")
    doubt = await soon(
        world,
        clock,
        lambda: next((one for one in world.chat.bot_messages if one.button("All of #1 (2)")), None),
    )
    await world.press(doubt, "All of #1 (2)")
    both = await world.answer(doubt.id, having="101 messages are in doubt")
    assert both.button("All of") is None
    await world.press(both, "It was sent")
    await comes_to(world, clock, card, "Total 101: assumed sent 101")
    assert sends(world, "sms_pager") == 2
    assert len(accepted(world)) == 101


# Not forgotten


async def test_an_open_doubt_is_shown_again_and_nothing_is_sent(
    world: Stands, patient: Desk, clock: Ahead
) -> None:
    """After an hour, after a day, then every day."""
    card = await lost(world, "devino_soap", "reset_before")
    first = await told(world, clock, card)

    def reminders() -> int:
        return len([one for one in world.chat.bot_messages if one.text.startswith("⏰ Still open:")])

    for count, (before, after) in enumerate([(58, 3), (22 * 60, 60), (23 * 60, 61), (23 * 60, 61)]):
        clock.by += timedelta(minutes=before)
        await world.ask("/accounts", having="Accounts of this chat")
        assert reminders() == count
        clock.by += timedelta(minutes=after)
        await soon(world, clock, lambda count=count: reminders() == count + 1)  # type: ignore[misc]
    assert sends(world, "devino_soap") == 1
    latest = doubt_of(world, card)
    assert latest is not None
    assert latest.id != first.id
    await world.press(latest, "Give up")
    clock.by += timedelta(days=3)
    await world.ask("/accounts", having="Accounts of this chat")
    assert reminders() == 3, "the last one says by now what was decided, and no other came"


async def test_status_shows_doubts_first_and_offers_the_card(world: Stands, bot: Desk, clock: Ahead) -> None:
    await lost(world, "devino_rest", "reset_before")
    await confirmed(world, "/send +79161234500 Another")
    status = await world.ask("/status", having="Last campaigns")
    assert status.text.startswith("❓ One request is in doubt and waits for you:")
    await world.press(status, "❓ #1 (1)")
    again = await world.answer(status.id, having="one message is in doubt")
    assert again.button("Give up")
    await world.press(again, "Give up")
    later = await world.ask("/status", having="Last campaigns")
    assert later.text.startswith("Last campaigns")
    assert later.keyboard == []


async def test_a_restart_forgets_nothing(world: Stands, clock: Ahead, tmp_path: Path) -> None:
    settings = world.settings(tmp_path)
    async with working(settings, clock=clock):
        card = await lost(world, "devino_rest", "reset_before")
        doubt = await told(world, clock, card)
    async with working(settings, clock=clock):
        await world.press(doubt, "Give up")
        await comes_to(world, clock, card, "Total 1: abandoned 1")
        await world.becomes(doubt, "Anna: given up.")


async def test_what_was_seen_is_told_in_russian_too(world: Stands, bot: Desk, clock: Ahead) -> None:
    russian = replace(world, anna=replace(world.anna, language_code="ru"))
    await russian.ask(f"/connect devino_rest {LOGIN} {PASSWORD} ACME", having="подключён")
    card = await russian.ask(f"/send {DELIVERED} Текст", having="Проверьте")
    world.devino.faults.add("Send*", kind="reset_before")
    await russian.press(card, "✅")
    doubt = await seen(world, lambda: doubt_of(russian, card))
    assert "сообщение под вопросом" in doubt.text
    assert [key.text for row in doubt.keyboard for key in row] == [
        "🔄 Проверить ещё раз", "Оно ушло", "🔁 Отправить снова", "Закрыть без отправки",
    ]  # fmt: skip
