"""What customers write, and what they are answered, over the stand-ins, whose handsets write back."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.telegram import Chat, Message

from .desk import DELIVERED, SLOW, UNDELIVERED, Stands, stands, working
from .steps import Ahead, accepted, confirmed, connect_group, offered, says, seen, soon, toast

CUSTOMER = DELIVERED.lstrip("+")
MASKED = "+7 903 *** 45 00"


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def desk(clock: Ahead, tmp_path: Path) -> AsyncIterator[Stands]:
    async with stands(clock=clock) as world:
        settings = world.settings(tmp_path, inbox={"every": "100ms", "far_every": "1h"})
        async with working(settings, clock=clock):
            yield world


@pytest.fixture
def group(desk: Stands) -> Chat:
    boris = desk.telegram.person(1002, "Boris", language_code="en")
    return desk.telegram.group(-1001, "Support", [desk.anna, boris])


async def card_of(desk: Stands, text: str) -> Message:
    return await desk.answer(0, having=text)


def labels(message: Message) -> list[str]:
    return [button.text for row in message.keyboard for button in row]


async def reacted(desk: Stands, message: Message, emoji: str) -> None:
    await seen(desk, lambda: message.reactions == [emoji])


@pytest.mark.parametrize("kind", ["smsc", "devino_rest", "devino_soap"])
async def test_u24_an_incoming_sms_is_a_card(desk: Stands, kind: str) -> None:
    await desk.connect(kind)
    sent = await confirmed(desk, f"/send {DELIVERED} Your order is ready")
    await desk.becomes(sent, "delivered")
    stand = desk.smsc if kind == "smsc" else desk.devino
    stand.receive(CUSTOMER, "Когда <b>привезёте</b>? & _сколько_")
    card = await card_of(desk, "привезёте")
    assert MASKED in card.text
    assert CUSTOMER not in card.text
    assert "Когда <b>привезёте</b>? & _сколько_" in card.text
    assert "Your order is ready" in card.text
    assert {one["type"] for one in card.entities} >= {"date_time", "expandable_blockquote"}
    assert labels(card) == ["↩ Reply", "More", "🙋 Claim", "⏰ Snooze", "✔ Done"]


@pytest.mark.parametrize("text", ["< > & _ * ` [ ] #", "/", "<tg-time unix='1'>", "\u202eoben\u2066"])
async def test_u25_any_text_renders_as_it_is(desk: Stands, text: str) -> None:
    await desk.connect("smsc")
    desk.smsc.receive(CUSTOMER, text)
    card = await card_of(desk, "📩")
    assert text.replace("\u2066", "") in card.text


async def test_u26_a_long_sms_is_one_card_and_whole(desk: Stands) -> None:
    await desk.connect("smsc")
    ten_parts = "Ж" * 669 + "!"
    desk.smsc.receive(CUSTOMER, ten_parts)
    assert ten_parts in (await card_of(desk, "ЖЖЖ")).text
    longer = "Щ" * 4999 + "!"
    desk.smsc.receive(CUSTOMER, longer)
    attached = await card_of(desk, "ЩЩЩ")
    assert attached.file is not None
    assert attached.file.data.decode("utf-8-sig") == longer


async def answer(desk: Stands, card: Message, text: str) -> Message:
    return desk.chat.say(desk.anna, text, reply_to=card)


async def test_u27_a_reply_goes_out_after_one_tap_and_gets_a_reaction(desk: Stands) -> None:
    await desk.connect("smsc")
    desk.smsc.receive(CUSTOMER, "Where is it?")
    card = await card_of(desk, "Where is it?")
    reply = await answer(desk, card, "On its way")
    question = await desk.answer(reply.id, having="Send it?")
    assert MASKED in question.text
    assert not accepted(desk)
    await desk.press(question, "✅")
    await reacted(desk, reply, "👍")
    (taken,) = accepted(desk)
    assert (taken.msisdn, taken.text, taken.sender) == (CUSTOMER, "On its way", "ACME")
    await desk.becomes(card, "Nobody waits here")
    assert "Done" not in str(labels(card))


async def test_u27_what_is_not_delivered_is_said_aloud(desk: Stands) -> None:
    await desk.connect("smsc")
    desk.smsc.receive(UNDELIVERED.lstrip("+"), "Where is it?")
    reply = await answer(desk, await card_of(desk, "Where is it?"), "On its way")
    await desk.press(await desk.answer(reply.id, having="Send it?"), "✅")
    await reacted(desk, reply, "💔")
    loud = await desk.answer(reply.id, having="undelivered")
    assert loud.reply_to == reply.id


async def test_u27_where_the_chat_wants_it_a_reply_goes_at_once(desk: Stands) -> None:
    await desk.connect("smsc")
    await desk.ask("/inbox confirm off", having="go out at once")
    desk.smsc.receive(SLOW.lstrip("+"), "Where is it?")
    reply = await answer(desk, await card_of(desk, "Where is it?"), "On its way")
    await reacted(desk, reply, "👀")
    assert len(accepted(desk)) == 1
    assert not [one for one in desk.chat.bot_messages if "Send it?" in one.text]


async def test_u27_a_repeated_press_and_a_reply_edited_later_send_nothing_more(desk: Stands) -> None:
    await desk.connect("smsc")
    desk.smsc.receive(CUSTOMER, "Where is it?")
    reply = await answer(desk, await card_of(desk, "Where is it?"), "On its way")
    question = await desk.answer(reply.id, having="Send it?")
    data = question.keyboard[0][0].callback_data or ""
    presses = [desk.chat.press_data(desk.anna, question, data) for _ in range(3)]
    for press in presses:
        await toast(desk, press)
    desk.chat.edit(reply, "Something else")
    await reacted(desk, reply, "👍")
    await desk.ask("/help")
    assert [one.text for one in accepted(desk)] == ["On its way"]


async def test_u28_a_reply_to_an_old_card_sends_nothing_and_opens_the_conversation(
    desk: Stands, clock: Ahead
) -> None:
    await desk.connect("smsc")
    desk.smsc.receive(CUSTOMER, "Where is it?")
    card = await card_of(desk, "Where is it?")
    clock.by += timedelta(days=15)
    reply = await answer(desk, card, "On its way")
    refusal = await desk.answer(reply.id, having="That card is old")
    await desk.press(refusal, "Open the conversation")
    opened = await desk.answer(refusal.id, having="+79031234500")
    again = await answer(desk, opened, "On its way now")
    await desk.press(await desk.answer(again.id, having="Send it?"), "✅")
    await reacted(desk, again, "👍")
    assert [one.text for one in accepted(desk)] == ["On its way now"]


async def test_u28_a_reply_to_a_card_nobody_knows_sends_nothing(desk: Stands) -> None:
    await desk.connect("smsc")
    desk.smsc.receive(CUSTOMER, "Where is it?")
    card = await card_of(desk, "Where is it?")
    forget = await desk.ask(f"/forget {DELIVERED}", having="Forget")
    await desk.press(forget, "✅")
    reply = await answer(desk, card, "On its way")
    await desk.answer(reply.id, having="no longer know whose")
    await desk.ask("/help")
    assert not accepted(desk)


async def test_u29_what_is_no_text_is_refused(desk: Stands, group: Chat) -> None:
    await connect_group(desk, group)
    desk.smsc.receive(CUSTOMER, "Where is it?")
    card = await seen(desk, lambda: next((m for m in group.bot_messages if "Where is it?" in m.text), None))
    photo = group.send_photo(desk.anna)  # among people, nothing for us
    group.send_photo(desk.anna, reply_to=card)
    await seen(desk, lambda: next((m for m in group.bot_messages if "text only" in m.text), None))
    assert not accepted(desk)
    assert len([one for one in group.bot_messages if "text" in one.text and one.id > photo.id]) == 1


async def test_u32_somebody_elses_reply_asks_once_before_sending(desk: Stands, group: Chat) -> None:
    await connect_group(desk, group)
    await says(desk, group, "/inbox confirm off", having="at once")
    desk.smsc.receive(CUSTOMER, "Where is it?")
    card = await seen(desk, lambda: next((m for m in group.bot_messages if "Where is it?" in m.text), None))
    allowed = await says(desk, group, "/allow 1002", having="1002")
    await desk.telegram.wait_for(lambda: allowed.keyboard)
    boris = group.members[1002]
    await toast(desk, group.press(desk.anna, allowed, "operator"))
    await toast(desk, group.press(boris, card, "🙋"))
    await desk.becomes(card, "Boris has this")
    reply = group.say(desk.anna, "On its way", reply_to=card)
    question = await seen(
        desk, lambda: next((m for m in group.bot_messages if "Boris has this conversation" in m.text), None)
    )
    assert not accepted(desk)
    await toast(desk, group.press(desk.anna, question, "✅"))
    await reacted(desk, reply, "👍")


async def test_u33_the_unanswered_is_told_once(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    desk.smsc.receive(CUSTOMER, "Where is it?")
    card = await card_of(desk, "Where is it?")
    clock.by += timedelta(minutes=16)
    reminder = await soon(
        desk, clock, lambda: next((m for m in desk.chat.bot_messages if "⏰" in m.text), None)
    )
    assert reminder.reply_to == card.id
    clock.by += timedelta(hours=2)
    await desk.ask("/inbox", having="Waiting for an answer: 1")
    assert len([one for one in desk.chat.bot_messages if "has waited" in one.text]) == 1


@pytest.mark.parametrize("label", ["🙋", "✔"])
async def test_u33_claim_and_done_stop_the_reminder(desk: Stands, clock: Ahead, label: str) -> None:
    await desk.connect("smsc")
    desk.smsc.receive(CUSTOMER, "Where is it?")
    await desk.press(await card_of(desk, "Where is it?"), label)
    clock.by += timedelta(minutes=16)
    # By the time another customer's SMS has its reminder, this one's would be here.
    desk.smsc.receive(SLOW.lstrip("+"), "And mine?")
    await soon(desk, clock, lambda: next((m for m in desk.chat.bot_messages if "And mine" in m.text), None))
    clock.by += timedelta(minutes=16)
    await soon(desk, clock, lambda: next((m for m in desk.chat.bot_messages if "has waited" in m.text), None))
    (reminder,) = [one for one in desk.chat.bot_messages if "has waited" in one.text]
    assert "45 04" in reminder.text


async def test_a_customer_who_wants_no_more_gets_no_more(desk: Stands) -> None:
    await desk.connect("smsc")
    draft = await offered(desk, f"/send {DELIVERED} {SLOW} Sale!")
    desk.smsc.receive(CUSTOMER, " Стоп! ")
    await card_of(desk, "On the stop-list")
    await desk.press(draft, "✅")
    await desk.becomes(draft, "skipped")
    assert [one.msisdn for one in accepted(desk)] == [SLOW.lstrip("+")]
    listed = await desk.ask("/stoplist", having="asked by SMS")
    assert MASKED in listed.text
    await desk.ask(f"/stoplist remove {DELIVERED}", having="not on the stop-list any more")
    again = await confirmed(desk, f"/send {DELIVERED} Hello")
    await desk.becomes(again, "delivered")


async def test_what_may_be_a_stop_is_asked(desk: Stands) -> None:
    await desk.connect("smsc")
    desk.smsc.receive(CUSTOMER, "Сстоп пожалуйста")
    card = await card_of(desk, "Сстоп")
    await desk.press(card, "🚫")
    await desk.becomes(card, "On the stop-list")
    reply = await answer(desk, card, "Good bye")
    await desk.answer(reply.id, having="Nothing was sent")
    await desk.ask("/help")
    assert not accepted(desk)


async def test_a_stop_list_is_taken_in_and_out(desk: Stands) -> None:
    await desk.connect("smsc")
    await desk.ask(f"/stoplist import\n{DELIVERED}\n8 903 123-45-04", having="New entries: 2")
    await desk.ask(f"/stoplist add {DELIVERED}", having="New entries: 0")
    await desk.ask("/stoplist add nonsense", having="not a number")
    file = await desk.ask("/stoplist export", having="2 entries")
    assert file.file is not None
    assert f"smsc,{CUSTOMER}," in file.file.data.decode("utf-8-sig")
    await desk.ask("/audit did=stop-list-add", having=MASKED)


async def test_inbox_lists_the_longest_waiting_first_and_finds(desk: Stands) -> None:
    await desk.connect("smsc")
    await desk.ask("/inbox", having="Nobody waits")
    desk.smsc.receive(CUSTOMER, "First")
    await card_of(desk, "First")
    desk.smsc.receive(SLOW.lstrip("+"), "Second")
    await card_of(desk, "Second")
    listed = await desk.ask("/inbox", having="Waiting for an answer: 2")
    assert listed.text.index("First") < listed.text.index("Second")
    found = await desk.ask("/inbox 4504", having="One conversation")
    await desk.press(found, "+7 903")
    await desk.answer(found.id, having="Second")


async def test_nothing_is_missed_or_shown_twice_over_a_restart(tmp_path: Path, clock: Ahead) -> None:
    async with stands(clock=clock) as world:
        settings = world.settings(tmp_path, inbox={"every": "100ms"})
        async with working(settings, clock=clock):
            await world.connect("devino_rest")
            world.devino.receive(CUSTOMER, "One")
            await card_of(world, "One")
        world.devino.receive(CUSTOMER, "Two, while it was off")
        # Two days late, as networks are.
        async with working(settings, clock=clock):
            await card_of(world, "Two")
            clock.by += timedelta(days=2)
            world.devino.receive(CUSTOMER, "Three, late", at=clock() - timedelta(days=2))
            await soon(
                world, clock, lambda: next((m for m in world.chat.bot_messages if "Three" in m.text), None)
            )
            await world.ask("/help")
        told = [one.text for one in world.chat.bot_messages if one.text.startswith("📩")]
        assert len(told) == 3
