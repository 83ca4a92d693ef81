"""Between an answer and its ✅: it is changed, hours end, others answer, the customer writes again."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.telegram import Chat, Message, Person

from .desk import DELIVERED, SLOW, Stands, stands, working
from .steps import Ahead, accepted, connect_group, says, seen, soon, toast

CUSTOMER, OTHER = DELIVERED.lstrip("+"), SLOW.lstrip("+")
BORIS = 1002


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Somebody at a chat in which customers are answered."""

    world: Stands
    chat: Chat
    person: Person

    def say(self, text: str, reply_to: Message) -> Message:
        """In the topic of what it replies to, where that has one."""
        extra = {} if reply_to.thread_id is None else {"message_thread_id": reply_to.thread_id}
        return self.chat.say(self.person, text, reply_to=reply_to, **extra)

    async def sees(self, having: str, *, since: int = 0) -> Message:
        return await seen(
            self.world,
            lambda: next((m for m in self.chat.bot_messages if m.id > since and having in m.text), None),
        )

    async def press(self, message: Message, label: str) -> str:
        return await toast(self.world, self.chat.press(self.person, message, label))

    async def reacted(self, message: Message, emoji: str) -> None:
        await seen(self.world, lambda: message.reactions == [emoji])


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def world(clock: Ahead, tmp_path: Path) -> AsyncIterator[Stands]:
    async with stands(clock=clock) as world:
        settings = world.settings(tmp_path, inbox={"every": "100ms", "far_every": "1h"})
        async with working(settings, clock=clock):
            yield world


def at(world: Stands, chat: Chat, person: Person | None = None) -> Desk:
    return Desk(world=world, chat=chat, person=person or world.anna)


@pytest.fixture(params=["private", "forum"])
async def anna(world: Stands, request: pytest.FixtureRequest) -> Desk:
    if request.param == "private":
        await world.connect("smsc")
        return at(world, world.chat)
    chat = world.telegram.group(-1001, "Support", [world.anna], forum=True)
    await connect_group(world, chat)
    return at(world, chat)


async def came(desk: Desk, text: str, source: str = CUSTOMER) -> Message:
    desk.world.smsc.receive(source, text)
    return await desk.sees(text)


async def asked(desk: Desk, card: Message, text: str) -> tuple[Message, Message]:
    """An answer, and the question about it."""
    reply = desk.say(text, card)
    return reply, await desk.sees("Send it?", since=reply.id)


# The message is changed


async def test_a_message_changed_before_it_leaves_is_asked_about_anew(anna: Desk) -> None:
    reply, question = await asked(anna, await came(anna, "Where is it?"), "Draft")
    assert "Draft" in question.text
    data = question.keyboard[0][0].callback_data or ""
    anna.chat.edit(reply, "Ready answer")
    again = await anna.sees("Ready answer", since=question.id)
    assert "Send it?" in again.text
    await seen(anna.world, lambda: "was changed" in question.text and not question.keyboard)
    assert "out of date" in await toast(anna.world, anna.chat.press_data(anna.person, question, data))
    assert not accepted(anna.world)
    await anna.press(again, "✅")
    await anna.reacted(reply, "👍")
    assert [one.text for one in accepted(anna.world)] == ["Ready answer"]


async def test_a_message_changed_after_it_left_is_told_of(anna: Desk) -> None:
    reply, question = await asked(anna, await came(anna, "Where is it?"), "On its wey")
    await anna.press(question, "✅")
    await anna.reacted(reply, "👍")
    anna.chat.edit(reply, "On its way")
    told = await anna.sees("It has left as it was", since=question.id)
    assert "On its wey" in told.text
    assert [one.text for one in accepted(anna.world)] == ["On its wey"]


async def test_a_message_changed_into_a_note_is_not_sent(anna: Desk) -> None:
    reply, question = await asked(anna, await came(anna, "Where is it?"), "Who knows?")
    anna.chat.edit(reply, "// Who knows?")
    await seen(anna.world, lambda: "was changed" in question.text and not question.keyboard)
    await says(anna.world, anna.chat, "/help")
    assert len([one for one in anna.chat.bot_messages if "Send it?" in one.text]) == 0
    assert not accepted(anna.world)


async def test_changes_of_other_messages_and_of_commands_do_nothing(anna: Desk) -> None:
    card = await came(anna, "Where is it?")
    note = anna.say("// Somebody?", card)
    command = anna.chat.say(anna.person, "/inbox")
    await anna.sees("Waiting for an answer")
    anna.chat.edit(note, "Somebody will come")
    anna.chat.edit(command, "/inbox confirm off")
    await anna.sees("An edited command")
    assert not [one for one in anna.chat.bot_messages if "Send it?" in one.text]
    assert not accepted(anna.world)


# Hours


@pytest.fixture
async def night(clock: Ahead, tmp_path: Path) -> AsyncIterator[Stands]:
    """At 23:00 of a desk whose SMS leave from nine to nine."""
    now = datetime.now(UTC)
    clock.by = now.replace(hour=20, minute=0, second=0, microsecond=0) + timedelta(days=1) - now
    async with stands(clock=clock) as world:
        settings = world.settings(
            tmp_path,
            inbox={"every": "100ms", "far_every": "1h"},
            limits={"hours": "09:00-21:00"},
        )
        async with working(settings, clock=clock):
            yield world


@pytest.mark.parametrize("forum", [False, True])
@pytest.mark.parametrize("confirm", ["on", "off"])
async def test_an_answer_at_night_says_when_it_leaves(
    night: Stands, clock: Ahead, forum: bool, confirm: str
) -> None:
    group = night.telegram.group(-1001, "Support", [night.anna], forum=True) if forum else night.chat
    await (connect_group(night, group) if forum else night.connect("smsc"))
    await says(night, group, f"/inbox confirm {confirm}")
    anna = at(night, group)
    reply, question = await asked(anna, await came(anna, "Where is it?"), "On its way")
    assert "09:00" in question.text
    assert "09:00" in await anna.press(question, "✅")
    await seen(night, lambda: "leaves" in question.text and "09:00" in question.text)
    await anna.reacted(reply, "✍")
    anna.chat.edit(reply, "Soon")
    await anna.sees("It leaves as it was", since=question.id)
    assert not accepted(night)
    clock.by += timedelta(hours=10, minutes=1)
    await soon(night, clock, lambda: accepted(night))
    await anna.reacted(reply, "👍")


async def test_an_answer_whose_hours_end_before_it_is_confirmed_is_asked_about_anew(
    night: Stands, clock: Ahead
) -> None:
    clock.by -= timedelta(hours=2, minutes=5)  # five minutes to nine
    await night.connect("smsc")
    anna = at(night, night.chat)
    reply, question = await asked(anna, await came(anna, "Where is it?"), "On its way")
    assert "09:00" not in question.text
    clock.by += timedelta(minutes=6)
    assert "press again below" in await anna.press(question, "✅")
    again = await anna.sees("09:00", since=question.id)
    assert not accepted(night)
    await anna.press(again, "✅")
    await anna.reacted(reply, "✍")


# Others


@dataclass(frozen=True, kw_only=True)
class Two:
    anna: Desk
    boris: Desk


@pytest.fixture(params=["shared", "connected twice"])
async def two(world: Stands, request: pytest.FixtureRequest) -> Two:
    """Anna in private and Boris in a forum, at the same line."""
    boris = world.telegram.person(BORIS, "Boris", language_code="en")
    forum = world.telegram.group(-1003, "Support", [world.anna, boris], forum=True)
    allowed = await world.ask(f"/allow {BORIS}", having=str(BORIS))
    await world.press(
        await world.telegram.wait_for(lambda: allowed if allowed.keyboard else None), "operator"
    )
    await world.connect("smsc")
    if request.param == "shared":
        await says(world, forum, "/accounts", having="No gateway is connected")
        listed = await world.ask("/accounts", having="smsc · SMSC")
        await world.press(listed, "🔗 Share smsc")
        await world.press(await world.answer(listed.id, having="Who else may use"), "🔗 Support")
    else:
        await connect_group(world, forum)
    return Two(anna=at(world, world.chat), boris=at(world, forum, boris))


async def test_a_claim_in_another_chat_is_warned_of(two: Two) -> None:
    card, in_topic = await came(two.anna, "Where is it?"), await two.boris.sees("Where is it?")
    assert in_topic.thread_id
    await two.boris.press(in_topic, "🙋")
    await two.anna.sees("Boris has this")
    _, question = await asked(two.anna, card, "On its way")
    assert "Boris has this conversation" in question.text


async def test_an_answer_from_another_chat_is_seen_and_warned_of(two: Two) -> None:
    card, in_topic = await came(two.anna, "Where is it?"), await two.boris.sees("Where is it?")
    reply, question = await asked(two.anna, card, "On its way")
    await two.anna.press(question, "✅")
    await two.anna.reacted(reply, "👍")
    told = await two.boris.sees("Anna answered in another chat", since=in_topic.id)
    assert told.thread_id == in_topic.thread_id
    assert "On its way" in told.text
    await seen(two.anna.world, lambda: "Anna answered in another chat" in in_topic.text)
    assert "Nobody waits" in in_topic.text
    assert "answered" not in card.text
    _, warned = await asked(two.boris, in_topic, "I shall look")
    assert "Anna has answered this customer already" in warned.text
    assert "On its way" in warned.text


async def test_an_answer_given_while_another_is_asked_about_is_told_before_that_leaves(two: Two) -> None:
    card, in_topic = await came(two.anna, "Where is it?"), await two.boris.sees("Where is it?")
    reply, question = await asked(two.boris, in_topic, "I shall look")
    _, hers = await asked(two.anna, card, "On its way")
    await two.anna.press(hers, "✅")
    assert "Anna has answered since" in await two.boris.press(question, "✅")
    again = await two.boris.sees("Anna has answered this customer already", since=question.id)
    await seen(two.anna.world, lambda: [one.text for one in accepted(two.anna.world)] == ["On its way"])
    await two.boris.press(again, "✅")
    await two.boris.reacted(reply, "👍")
    assert [one.text for one in accepted(two.anna.world)] == ["On its way", "I shall look"]


async def test_two_who_answer_in_one_chat_do_not_do_so_unseen(world: Stands, two: Two) -> None:
    in_topic = await came(two.boris, "Where is it?")
    anna = at(world, two.boris.chat)
    _, hers = await asked(anna, in_topic, "On its way")
    reply, his = await asked(two.boris, in_topic, "I shall look")
    await anna.press(hers, "✅")
    assert "Anna has answered since" in await two.boris.press(his, "✅")
    again = await two.boris.sees("already", since=his.id)
    await two.boris.press(again, "✅")
    await two.boris.reacted(reply, "👍")


# The customer


async def test_an_sms_that_comes_before_the_answer_leaves_waits_on(anna: Desk) -> None:
    card = await came(anna, "Where is it?")
    reply, question = await asked(anna, card, "On its way")
    later = await came(anna, "I cancel")
    await anna.press(question, "✅")
    await anna.reacted(reply, "👍")
    listed = await says(anna.world, anna.chat, "/inbox", having="Waiting for an answer: 1")
    assert "I cancel" in listed.text
    assert "Nobody waits" not in later.text
    reply, question = await asked(anna, later, "A pity")
    await anna.press(question, "✅")
    await seen(anna.world, lambda: "Nobody waits" in later.text)


async def test_whoever_was_to_be_answered_waits_again_when_the_answer_is_cancelled(
    night: Stands, clock: Ahead
) -> None:
    await night.connect("smsc")
    anna = at(night, night.chat)
    card = await came(anna, "Where is it?")
    _, question = await asked(anna, card, "On its way")
    await anna.press(question, "✅")
    await seen(night, lambda: "Nobody waits" in card.text)
    await says(night, night.chat, "/inbox", having="Nobody waits")
    await says(night, night.chat, "/cancel #1", having="one message will not leave")
    await seen(night, lambda: "Nobody waits" not in card.text)
    await says(night, night.chat, "/inbox", having="Waiting for an answer")


# STOP, where two chats have one login


@pytest.fixture
async def stops(clock: Ahead, tmp_path: Path) -> AsyncIterator[tuple[Desk, Desk]]:
    """A private chat and a group that have connected the same login each."""
    async with stands(clock=clock) as world:
        inbox = {"every": "100ms", "far_every": "1h", "stop_confirmation": "No more from us."}
        async with working(world.settings(tmp_path, inbox=inbox), clock=clock):
            await world.connect("smsc")
            group = world.telegram.group(-1001, "Support", [world.anna])
            await connect_group(world, group)
            yield at(world, world.chat), at(world, group)


async def test_one_stop_is_confirmed_once(stops: tuple[Desk, Desk]) -> None:
    private = stops[0]
    private.world.smsc.receive(CUSTOMER, "STOP")
    for desk in stops:
        await desk.sees("STOP")
    await seen(private.world, lambda: accepted(private.world))
    for desk in stops:
        await says(private.world, desk.chat, "/stoplist", having="asked by SMS")
    assert [one.text for one in accepted(private.world)] == ["No more from us."]


async def test_a_stop_that_a_person_reads_holds_in_both_chats(stops: tuple[Desk, Desk]) -> None:
    private, group = stops
    card = await came(group, "STOPP")
    await private.sees("STOPP")
    await group.press(card, "🚫")
    for desk in stops:
        await says(private.world, desk.chat, "/inbox", having="Nobody waits")
        listed = await says(private.world, desk.chat, "/stoplist", having="Anna")
        assert "is empty" not in listed.text
    await seen(private.world, lambda: accepted(private.world))
    assert [one.text for one in accepted(private.world)] == ["No more from us."]
