"""Conversations in a forum: a topic for each number, made, named, closed and made again as people use it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.telegram import Chat, FaultKind, Message

from .desk import DELIVERED, SLOW, Stands, stands, working
from .steps import Ahead, accepted, connect_group, says, seen, soon, toast

CUSTOMER, OTHER = DELIVERED.lstrip("+"), SLOW.lstrip("+")
MASKED = "+7 903 *** 45 00"


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def desk(clock: Ahead, tmp_path: Path) -> AsyncIterator[Stands]:
    async with stands(clock=clock) as world:
        async with working(world.settings(tmp_path, inbox={"every": "100ms"}), clock=clock):
            yield world


@pytest.fixture
async def forum(desk: Stands) -> Chat:
    made = desk.telegram.group(-1003, "Support", [desk.anna], forum=True)
    await connect_group(desk, made)
    return made


async def came(desk: Stands, forum: Chat, text: str, *, since: int = 0) -> Message:
    """The card of an SMS with this text."""
    return await seen(
        desk,
        lambda: next(
            (m for m in forum.bot_messages if m.id > since and m.text.startswith("📩") and text in m.text),
            None,
        ),
    )


async def first(desk: Stands, forum: Chat, text: str = "Where is it?") -> Message:
    desk.smsc.receive(CUSTOMER, text)
    return await came(desk, forum, text)


async def named(desk: Stands, clock: Ahead, forum: Chat, thread_id: int | None, name: str) -> None:
    """Wait until a topic is called so; names change no more than every few seconds."""
    await soon(desk, clock, lambda: forum.topics[thread_id or 0].name == name)


async def test_u31_the_first_sms_of_a_number_opens_a_topic_named_by_it(desk: Stands, forum: Chat) -> None:
    card = await first(desk, forum)
    assert card.thread_id is not None
    assert forum.topics[card.thread_id].name == f"🔴 {MASKED}"
    desk.smsc.receive(CUSTOMER, "And where is the other?")
    assert (await came(desk, forum, "the other")).thread_id == card.thread_id
    desk.smsc.receive(OTHER, "Hello")
    assert (await came(desk, forum, "Hello")).thread_id not in {None, card.thread_id}
    assert len(forum.topics) == 2


async def test_u30_the_pinned_card_of_a_topic_states_the_note_sign(desk: Stands, forum: Chat) -> None:
    card = await first(desk, forum)
    pinned = await seen(desk, lambda: next((m for m in forum.bot_messages if m.pinned), None))
    assert pinned.thread_id == card.thread_id
    assert pinned.id < card.id
    assert "What begins with // stays among you" in pinned.text


async def test_u30_what_is_written_in_a_topic_goes_out_but_for_notes(
    desk: Stands, forum: Chat, clock: Ahead
) -> None:
    card = await first(desk, forum)
    for note in ("// Is she the one from Monday?", "//she is"):
        forum.say(desk.anna, note, message_thread_id=card.thread_id)
        forum.say(desk.anna, note, reply_to=card)
    forum.send_photo(desk.anna, "// her parcel", reply_to=card)
    said = forum.say(desk.anna, "On its way", message_thread_id=card.thread_id)
    question = await seen(desk, lambda: next((m for m in forum.bot_messages if "Send it?" in m.text), None))
    assert (question.thread_id, question.reply_to) == (card.thread_id, said.id)
    assert len([m for m in forum.bot_messages if "Send it?" in m.text or "text only" in m.text]) == 1
    assert not accepted(desk)
    await toast(desk, forum.press(desk.anna, question, "✅"))
    await seen(desk, lambda: said.reactions == ["👍"])
    assert [(one.msisdn, one.text) for one in accepted(desk)] == [(CUSTOMER, "On its way")]
    await named(desk, clock, forum, card.thread_id, f"💬 {MASKED}")


async def test_u30_what_replies_to_a_colleague_is_asked_about(desk: Stands, forum: Chat) -> None:
    await says(desk, forum, "/inbox confirm off", having="at once")
    card = await first(desk, forum)
    note = forum.say(desk.anna, "// who knows?", message_thread_id=card.thread_id)
    forum.say(desk.anna, "I do", reply_to=note)
    await seen(desk, lambda: next((m for m in forum.bot_messages if "Send it?" in m.text), None))
    assert not accepted(desk)
    said = forum.say(desk.anna, "On its way", message_thread_id=card.thread_id)
    await seen(desk, lambda: said.reactions == ["👍"])
    assert [one.text for one in accepted(desk)] == ["On its way"]


async def test_u30_other_topics_and_questions_that_are_open_are_left_alone(desk: Stands, forum: Chat) -> None:
    card = await first(desk, forum)
    hand_made = forum.topic("Lunch", by=desk.anna)
    forum.say(desk.anna, "Pizza?", message_thread_id=hand_made)
    forum.say(desk.anna, f"/send {SLOW}", message_thread_id=card.thread_id)
    await seen(desk, lambda: next((m for m in forum.bot_messages if "What is the text" in m.text), None))
    forum.say(desk.anna, "Your order", message_thread_id=card.thread_id)
    offer = await seen(
        desk, lambda: next((m for m in forum.bot_messages if "Check, then send" in m.text), None)
    )
    assert "Your order" in offer.text
    assert not [m for m in forum.bot_messages if m.thread_id == hand_made or "Send it?" in m.text]


async def test_u31_a_topic_deleted_by_hand_comes_back_with_a_note_in_general(
    desk: Stands, forum: Chat
) -> None:
    card = await first(desk, forum)
    forum.delete_topic(card.thread_id or 0)
    desk.smsc.receive(CUSTOMER, "Anybody there?")
    again = await came(desk, forum, "Anybody there?")
    assert again.thread_id not in {None, card.thread_id}
    assert forum.topics[again.thread_id or 0].name == f"🔴 {MASKED}"
    note = await seen(desk, lambda: next((m for m in forum.bot_messages if "was deleted" in m.text), None))
    assert note.thread_id is None
    assert MASKED in note.text


async def test_u31_closing_is_done_and_a_new_sms_reopens(desk: Stands, forum: Chat, clock: Ahead) -> None:
    card = await first(desk, forum)
    thread = card.thread_id or 0
    forum.turn_topic(thread, closed=True, by=desk.anna)
    await desk.becomes(card, "Nobody waits here")
    await named(desk, clock, forum, thread, f"✔ {MASKED}")
    await says(desk, forum, "/inbox", having="Nobody waits")
    desk.smsc.receive(CUSTOMER, "One more thing")
    again = await came(desk, forum, "One more thing")
    assert again.thread_id == thread
    assert not forum.topics[thread].closed
    await named(desk, clock, forum, thread, f"🔴 {MASKED}")


async def test_u31_done_closes_the_topic_and_reopening_by_hand_is_kept(
    desk: Stands, forum: Chat, clock: Ahead
) -> None:
    card = await first(desk, forum)
    thread = card.thread_id or 0
    await toast(desk, forum.press(desk.anna, card, "✔"))
    await soon(desk, clock, lambda: forum.topics[thread].closed)
    forum.turn_topic(thread, closed=False, by=desk.anna)
    await named(desk, clock, forum, thread, f"💬 {MASKED}")
    assert not forum.topics[thread].closed


async def test_u31_the_mark_follows_a_claim(desk: Stands, forum: Chat, clock: Ahead) -> None:
    card = await first(desk, forum)
    await toast(desk, forum.press(desk.anna, card, "🙋"))
    await named(desk, clock, forum, card.thread_id, f"🙋 {MASKED}")


async def test_u31_renaming_a_topic_names_the_customer(desk: Stands, forum: Chat, clock: Ahead) -> None:
    card = await first(desk, forum)
    forum.rename_topic(card.thread_id or 0, "Иван Петров", by=desk.anna)
    await named(desk, clock, forum, card.thread_id, "🔴 Иван Петров")
    await desk.becomes(card, "Иван Петров")
    found = await says(desk, forum, "/inbox иван", having="One conversation")
    assert "Иван Петров" in found.keyboard[0][0].text
    await says(desk, forum, "/inbox Пётр", having="/inbox lists who waits")


async def test_u31_a_topic_is_named_by_the_contact(desk: Stands, forum: Chat, clock: Ahead) -> None:
    await says(desk, forum, f"/contacts add {DELIVERED} Олег", having="One contact is saved")
    card = await first(desk, forum)
    assert forum.topics[card.thread_id or 0].name == "🔴 Олег"
    await toast(desk, forum.press(desk.anna, card, "🙋"))
    await named(desk, clock, forum, card.thread_id, "🙋 Олег")


async def test_u31_missing_rights_are_named_with_how_to_give_them(
    desk: Stands, forum: Chat, clock: Ahead
) -> None:
    forum.bot_lacks = {"can_manage_topics", "can_pin_messages"}
    card = await first(desk, forum)
    assert card.thread_id is None
    told = await seen(desk, lambda: next((m for m in forum.bot_messages if "I lack" in m.text), None))
    assert "“Manage topics”, “Pin messages”" in told.text
    assert "Administrators" in told.text
    desk.smsc.receive(OTHER, "And I?")
    await came(desk, forum, "And I?")
    assert len([m for m in forum.bot_messages if "I lack" in m.text]) == 1
    forum.bot_lacks = set()
    await says(desk, forum, "/inbox topics on", having="A topic for each customer")
    desk.smsc.receive(CUSTOMER, "Still waiting")
    assert (await came(desk, forum, "Still waiting")).thread_id is not None


async def test_u31_the_doctor_names_the_rights_too(desk: Stands, forum: Chat) -> None:
    forum.bot_lacks = {"can_pin_messages"}
    told = await desk.ask("/doctor", having="with topics")
    assert "I lack “Pin messages”" in told.text


async def test_u31_a_group_may_want_no_topics(desk: Stands, forum: Chat) -> None:
    await says(desk, forum, "/inbox topics off", having="No topics here")
    assert (await first(desk, forum)).thread_id is None
    assert not forum.topics


async def test_u33_the_reminder_comes_in_the_topic(desk: Stands, forum: Chat, clock: Ahead) -> None:
    card = await first(desk, forum)
    clock.by += timedelta(minutes=16)
    reminder = await soon(
        desk, clock, lambda: next((m for m in forum.bot_messages if "has waited" in m.text), None)
    )
    assert (reminder.thread_id, reminder.reply_to) == (card.thread_id, card.id)


@pytest.mark.parametrize("kind", ["delivered_reset", "502", "429"])
async def test_u31_telegrams_faults_lose_no_sms_and_repeat_none(
    desk: Stands, forum: Chat, clock: Ahead, kind: FaultKind
) -> None:
    desk.telegram.faults.add("createForumTopic", kind=kind, retry_after=3)
    desk.smsc.receive(CUSTOMER, "Where is it?")
    card = await soon(
        desk, clock, lambda: next((m for m in forum.bot_messages if "Where is it?" in m.text), None)
    )
    assert card.thread_id in forum.topics
    assert len([m for m in forum.bot_messages if "Where is it?" in m.text]) == 1
    # An empty topic may be left where an answer was lost: nobody can ask which there are.
    assert len(forum.topics) == (2 if kind == "delivered_reset" else 1)


async def test_u28_what_is_written_in_the_topic_of_a_forgotten_customer_sends_nothing(
    desk: Stands, forum: Chat
) -> None:
    card = await first(desk, forum)
    await desk.press(await desk.ask(f"/forget {DELIVERED}", having="Forget"), "✅")
    said = forum.say(desk.anna, "On its way", message_thread_id=card.thread_id)
    refusal = await seen(
        desk, lambda: next((m for m in forum.bot_messages if "no longer know whose" in m.text), None)
    )
    assert refusal.reply_to == said.id
    assert not accepted(desk)
