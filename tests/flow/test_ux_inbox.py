"""What customers write, and what they are answered: in a private chat, in a group, and in a forum."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.telegram import Chat, Message

from .desk import DELIVERED, SLOW, UNDELIVERED, Stands, stands, working
from .steps import Ahead, accepted, comes_to, confirmed, connect_group, says, seen, soon, toast

CUSTOMER, OTHER = DELIVERED.lstrip("+"), SLOW.lstrip("+")
MASKED = "+7 903 *** 45 00"


@dataclass(frozen=True, kw_only=True)
class Room:
    """A chat that has an account, and what Anna does in it."""

    desk: Stands
    chat: Chat

    def say(self, text: str, reply_to: Message | None = None) -> Message:
        return self.chat.say(self.desk.anna, text, reply_to=reply_to)

    async def said(self, having: str, *, since: int = 0) -> Message:
        """The first message of the bot with these words."""
        return await seen(
            self.desk,
            lambda: next((m for m in self.chat.bot_messages if m.id > since and having in m.text), None),
        )

    async def ask(self, text: str, *, having: str = "") -> Message:
        return await says(self.desk, self.chat, text, having=having)

    async def came(self, text: str, source: str = CUSTOMER) -> Message:
        """A customer writes; the card of that."""
        self.desk.smsc.receive(source, text)
        return await self.said(text)

    async def press(self, message: Message, label: str) -> str:
        return await toast(self.desk, self.chat.press(self.desk.anna, message, label))

    async def becomes(self, message: Message, words: str) -> None:
        await self.desk.becomes(message, words)

    async def reacted(self, message: Message, emoji: str) -> None:
        await seen(self.desk, lambda: message.reactions == [emoji])

    async def soon(self, clock: Ahead, having: str) -> Message:
        return await soon(
            self.desk, clock, lambda: next((m for m in self.chat.bot_messages if having in m.text), None)
        )


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def desk(clock: Ahead, tmp_path: Path) -> AsyncIterator[Stands]:
    async with stands(clock=clock) as world:
        settings = world.settings(tmp_path, inbox={"every": "100ms", "far_every": "1h"})
        async with working(settings, clock=clock):
            yield world


@pytest.fixture(params=["private", "group", "forum"])
async def room(desk: Stands, request: pytest.FixtureRequest) -> Room:
    if request.param == "private":
        await desk.connect("smsc")
        return Room(desk=desk, chat=desk.chat)
    chat = desk.telegram.group(-1001, "Support", [desk.anna], forum=request.param == "forum")
    await connect_group(desk, chat)
    return Room(desk=desk, chat=chat)


def labels(message: Message) -> list[str]:
    return [button.text for row in message.keyboard for button in row]


@pytest.mark.parametrize("kind", ["smsc", "devino_rest", "devino_soap"])
async def test_u24_an_incoming_sms_is_a_card(desk: Stands, kind: str) -> None:
    await desk.connect(kind)
    sent = await confirmed(desk, f"/send {DELIVERED} Your order is ready")
    await desk.becomes(sent, "delivered")
    stand = desk.smsc if kind == "smsc" else desk.devino
    stand.receive(CUSTOMER, "Когда <b>привезёте</b>? & _сколько_")
    card = await desk.answer(0, having="привезёте")
    assert MASKED in card.text
    assert CUSTOMER not in card.text
    assert "Когда <b>привезёте</b>? & _сколько_" in card.text
    assert "Your order is ready" in card.text
    assert {one["type"] for one in card.entities} >= {"date_time", "expandable_blockquote"}
    assert labels(card) == ["↩ Reply", "More", "🙋 Claim", "⏰ Snooze", "✔ Done"]


async def test_u24_the_card_is_the_same_everywhere(room: Room) -> None:
    card = await room.came("Where is it?")
    assert card.text.startswith(f"📩 {MASKED} → ")
    assert labels(card) == ["↩ Reply", "More", "🙋 Claim", "⏰ Snooze", "✔ Done"]


@pytest.mark.parametrize("text", ["< > & _ * ` [ ] #", "/", "<tg-time unix='1'>", "\u202eoben\u2066"])
async def test_u25_any_text_renders_as_it_is(room: Room, text: str) -> None:
    room.desk.smsc.receive(CUSTOMER, text)
    card = await room.said("📩")
    assert text.replace("\u2066", "") in card.text


async def test_a_card_that_a_group_cannot_be_shown_comes_to_an_admin(desk: Stands) -> None:
    group = desk.telegram.group(-1001, "Support", [desk.anna])
    await connect_group(desk, group)
    group.forbidden |= {"text"}
    desk.smsc.receive(CUSTOMER, "Where is it?")
    card = await desk.answer(0, having="I could not write in the chat Support")
    assert "Where is it?" in card.text
    assert labels(card) == []  # the account is the group's
    reply = desk.chat.say(desk.anna, "On its way", reply_to=card)
    await desk.answer(reply.id)
    assert not accepted(desk)


async def test_u26_a_long_sms_is_one_card_and_whole(room: Room) -> None:
    ten_parts = "Ж" * 669 + "!"
    await room.came(ten_parts)
    longer = "Щ" * 4999 + "!"
    room.desk.smsc.receive(CUSTOMER, longer)
    attached = await room.said("ЩЩЩ")
    assert attached.file is not None
    assert attached.file.data.decode("utf-8-sig") == longer


async def test_u27_a_reply_goes_out_after_one_tap_and_gets_a_reaction(room: Room) -> None:
    card = await room.came("Where is it?")
    reply = room.say("On its way", card)
    question = await room.said(since=reply.id, having="Send it?")
    assert MASKED in question.text
    assert not accepted(room.desk)
    await room.press(question, "✅")
    await room.reacted(reply, "👍")
    (taken,) = accepted(room.desk)
    assert (taken.msisdn, taken.text, taken.sender) == (CUSTOMER, "On its way", "ACME")
    await room.becomes(card, "Nobody waits here")
    assert "Done" not in str(labels(card))


async def test_the_card_shows_what_the_customer_got_before_and_no_later_answer(room: Room) -> None:
    table = f"phone;name\n{DELIVERED};Олег\n{OTHER};Анна\n".encode()
    room.chat.send_document(room.desk.anna, "debts.csv", table, caption="/send Dear {name}, please pay")
    offer = await room.said("Check, then send")
    await room.press(offer, "✅")
    await seen(room.desk, lambda: len(accepted(room.desk)) == 2)
    card = await room.came("Paid!")
    assert "Dear Олег, please pay" in card.text
    reply = room.say("Thank you", card)
    await room.press(await room.said(since=reply.id, having="Send it?"), "✅")
    await room.becomes(card, "Nobody waits here")
    assert "Dear Олег, please pay" in card.text
    assert "Thank you" not in card.text
    await room.press(card, "More")
    told = await room.said(since=reply.id, having="+79031234500")
    assert [one in told.text for one in ("Dear Олег", "{name}", "Thank you")] == [True, False, True]


async def test_u27_what_is_not_delivered_is_said_aloud(room: Room) -> None:
    card = await room.came("Where is it?", UNDELIVERED.lstrip("+"))
    reply = room.say("On its way", card)
    await room.press(await room.said(since=reply.id, having="Send it?"), "✅")
    await room.reacted(reply, "💔")
    loud = await room.said(since=reply.id, having="undelivered")
    assert loud.reply_to == reply.id


async def test_u27_where_the_chat_wants_it_a_reply_goes_at_once(room: Room) -> None:
    await room.ask("/inbox confirm off", having="go out at once")
    card = await room.came("Where is it?", OTHER)
    reply = room.say("On its way", card)
    await room.reacted(reply, "👀")
    assert len(accepted(room.desk)) == 1
    assert not [one for one in room.chat.bot_messages if "Send it?" in one.text]


async def test_u27_a_repeated_press_and_a_reply_edited_later_send_nothing_more(room: Room) -> None:
    card = await room.came("Where is it?")
    reply = room.say("On its way", card)
    question = await room.said(since=reply.id, having="Send it?")
    data = question.keyboard[0][0].callback_data or ""
    presses = [room.chat.press_data(room.desk.anna, question, data) for _ in range(3)]
    for press in presses:
        await toast(room.desk, press)
    room.chat.edit(reply, "Something else")
    await room.reacted(reply, "👍")
    await room.ask("/help")
    assert [one.text for one in accepted(room.desk)] == ["On its way"]


async def test_u28_a_reply_to_an_old_card_sends_nothing_and_opens_the_conversation(
    room: Room, clock: Ahead
) -> None:
    card = await room.came("Where is it?")
    clock.by += timedelta(days=15)
    reply = room.say("On its way", card)
    refusal = await room.said(since=reply.id, having="That card is old")
    await room.press(refusal, "Open the conversation")
    opened = await room.said(since=refusal.id, having="+79031234500")
    again = room.say("On its way now", opened)
    await room.press(await room.said(since=again.id, having="Send it?"), "✅")
    await room.reacted(again, "👍")
    assert [one.text for one in accepted(room.desk)] == ["On its way now"]


async def test_u28_a_reply_to_a_card_nobody_knows_sends_nothing(room: Room) -> None:
    card = await room.came("Where is it?")
    forget = await room.desk.ask(f"/forget {DELIVERED}", having="Forget")
    await room.desk.press(forget, "✅")
    reply = room.say("On its way", card)
    await room.said(since=reply.id, having="no longer know whose")
    await room.ask("/help")
    assert not accepted(room.desk)


NO_TEXTS = pytest.mark.parametrize("send", [Chat.send_photo, Chat.send_sticker, Chat.send_voice])


@NO_TEXTS
async def test_u29_a_photo_a_sticker_and_a_voice_message_are_refused(
    room: Room, send: Callable[..., Message]
) -> None:
    await room.ask("/inbox confirm off", having="go out at once")
    card = await room.came("Where is it?")
    sent = send(room.chat, room.desk.anna, reply_to=card)
    refusal = await room.said("text only", since=sent.id)
    assert "Nothing was sent" in refusal.text
    assert not accepted(room.desk)
    assert len([one for one in room.chat.bot_messages if one.id > sent.id]) == 1


@NO_TEXTS
async def test_u29_what_is_no_text_and_for_nobody_is_left_alone(
    desk: Stands, send: Callable[..., Message]
) -> None:
    group = desk.telegram.group(-1001, "Support", [desk.anna])
    await connect_group(desk, group)
    sent = send(group, desk.anna)
    await says(desk, group, "/inbox", having="Nobody waits")
    assert len([one for one in group.bot_messages if one.id > sent.id]) == 1


@pytest.mark.parametrize("forum", [False, True])
async def test_u32_somebody_elses_reply_asks_once_before_sending(desk: Stands, forum: bool) -> None:
    boris = desk.telegram.person(1002, "Boris", language_code="en")
    room = Room(desk=desk, chat=desk.telegram.group(-1001, "Support", [desk.anna, boris], forum=forum))
    await connect_group(desk, room.chat)
    await room.ask("/inbox confirm off", having="at once")
    card = await room.came("Where is it?")
    allowed = await room.ask("/allow 1002", having="1002")
    await desk.telegram.wait_for(lambda: allowed.keyboard)
    await room.press(allowed, "operator")
    await toast(desk, room.chat.press(boris, card, "🙋"))
    await room.becomes(card, "Boris has this")
    reply = room.say("On its way", card)
    question = await room.said("Boris has this conversation")
    assert not accepted(desk)
    await room.press(question, "✅")
    await room.reacted(reply, "👍")


async def test_u32_claim_in_a_chat_of_ones_own_shows_and_asks_nothing(desk: Stands) -> None:
    await desk.connect("smsc")
    room = Room(desk=desk, chat=desk.chat)
    await room.ask("/inbox confirm off", having="at once")
    card = await room.came("Where is it?")
    await room.press(card, "🙋")
    await room.becomes(card, "Anna has this")
    await room.reacted(room.say("On its way", card), "👍")


async def test_u33_the_unanswered_is_told_once(room: Room, clock: Ahead) -> None:
    card = await room.came("Where is it?")
    clock.by += timedelta(minutes=16)
    reminder = await room.soon(clock, "has waited")
    assert reminder.reply_to == card.id
    clock.by += timedelta(hours=2)
    await room.ask("/inbox", having="Waiting for an answer: 1")
    assert len([one for one in room.chat.bot_messages if "has waited" in one.text]) == 1


@pytest.mark.parametrize("label", ["🙋", "✔", "a reply"])
async def test_u33_claim_done_and_a_reply_stop_the_reminder(room: Room, clock: Ahead, label: str) -> None:
    card = await room.came("Where is it?")
    if label == "a reply":
        reply = room.say("On its way", card)
        await room.press(await room.said(since=reply.id, having="Send it?"), "✅")
        await room.reacted(reply, "👍")
    else:
        await room.press(card, label)
    clock.by += timedelta(minutes=16)
    # By the time another customer's SMS has its reminder, this one's would be here.
    room.desk.smsc.receive(OTHER, "And mine?")
    await room.soon(clock, "And mine")
    clock.by += timedelta(minutes=16)
    await room.soon(clock, "has waited")
    (reminder,) = [one for one in room.chat.bot_messages if "has waited" in one.text]
    assert "45 04" in reminder.text


async def test_i12_a_reaction_to_a_card_is_done_and_taking_it_off_opens_nothing(
    room: Room, clock: Ahead
) -> None:
    card = await room.came("Where is it?")
    room.chat.react(room.desk.anna, card, "👍")
    await room.becomes(card, "Nobody waits here")
    assert "Done" not in str(labels(card))
    room.chat.react(room.desk.anna, card, None)
    await room.ask("/inbox", having="Nobody waits")
    clock.by += timedelta(minutes=16)
    # By the time another customer's SMS has its reminder, this one's would be here.
    room.desk.smsc.receive(OTHER, "And mine?")
    await room.soon(clock, "And mine")
    clock.by += timedelta(minutes=16)
    reminder = await room.soon(clock, "has waited")
    assert "45 04" in reminder.text
    assert "Nobody waits here" in card.text


async def test_i12_a_reaction_to_an_older_card_leaves_open_what_came_since(room: Room) -> None:
    first = await room.came("Where is it?")
    second = await room.came("Hello??")
    room.chat.react(room.desk.anna, first, "👍")
    await room.ask("/inbox", having="Waiting for an answer: 1")
    room.chat.react(room.desk.anna, second, "❤")
    await room.becomes(second, "Nobody waits here")


@pytest.mark.parametrize("who", ["stranger", "viewer", "anonymous", "operator"])
async def test_i12_only_a_persons_reaction_with_a_role_for_it_counts(desk: Stands, who: str) -> None:
    boris = desk.telegram.person(1002, "Boris", language_code="en")
    room = Room(desk=desk, chat=desk.telegram.group(-1001, "Support", [desk.anna, boris]))
    await connect_group(desk, room.chat)
    if who in {"viewer", "operator"}:
        await desk.ask(f"/allow 1002 {who}", having=who)
    card = await room.came("Where is it?")
    before = len(room.chat.bot_messages)
    if who == "anonymous":
        room.chat.react_anonymously(card, "👍")
    else:
        room.chat.react(boris, card, "👍")
    waits = "Nobody waits" if who == "operator" else "Waiting for an answer: 1"
    await room.ask("/inbox", having=waits)
    assert len(room.chat.bot_messages) == before + 1  # nobody is told off for an emoji


async def test_i12_the_bot_asks_telegram_for_reactions(desk: Stands) -> None:
    await desk.ask("/help", having="What I can do")
    assert "message_reaction" in (desk.telegram._world.updates.allowed or [])


FAREWELL = "You get no more SMS from ACME."


@pytest.fixture
async def parting(clock: Ahead, tmp_path: Path) -> AsyncIterator[Room]:
    """A desk that confirms stops."""
    async with stands(clock=clock) as world:
        inbox = {"every": "100ms", "far_every": "1h", "stop_confirmation": FAREWELL}
        async with working(world.settings(tmp_path, inbox=inbox), clock=clock):
            await world.connect("smsc")
            yield Room(desk=world, chat=world.chat)


async def test_a_stop_is_confirmed_once_and_nothing_else_passes_the_stop_list(
    parting: Room, clock: Ahead
) -> None:
    draft = await parting.ask(f"/send {DELIVERED} Sale!", having="Check, then send")
    await parting.came("STOP")
    status = await parting.said(FAREWELL)
    await comes_to(parting.desk, clock, status, "delivered 1")
    await parting.press(draft, "✅")
    await parting.becomes(draft, "skipped")
    await parting.came("stop!")
    await parting.ask("/stoplist", having="asked by SMS")
    (taken,) = accepted(parting.desk)
    assert (taken.msisdn, taken.text, taken.sender) == (CUSTOMER, FAREWELL, "ACME")
    # Another stop after it was taken off the list is confirmed again.
    await parting.ask(f"/stoplist remove {DELIVERED}", having="not on the stop-list any more")
    await parting.came("СТОП")
    await seen(parting.desk, lambda: len(accepted(parting.desk)) == 2)


async def test_what_may_be_a_stop_is_confirmed_after_the_press(parting: Room) -> None:
    card = await parting.came("Сстоп пожалуйста")
    await parting.ask("/inbox", having="Waiting for an answer: 1")
    assert not accepted(parting.desk)
    await parting.press(card, "🚫")
    await parting.said(FAREWELL)
    await seen(parting.desk, lambda: [one.text for one in accepted(parting.desk)] == [FAREWELL])


async def test_by_default_no_stop_is_confirmed(room: Room) -> None:
    await room.came("STOP")
    await room.ask("/stoplist", having="asked by SMS")
    assert not accepted(room.desk)


async def test_the_confirmation_of_a_stop_keeps_to_the_limits(clock: Ahead, tmp_path: Path) -> None:
    async with stands(clock=clock) as world:
        inbox = {"every": "100ms", "far_every": "1h", "stop_confirmation": FAREWELL}
        settings = world.settings(tmp_path, inbox=inbox, limits={"account_messages": 1})
        async with working(settings, clock=clock):
            await world.connect("smsc")
            room = Room(desk=world, chat=world.chat)
            await room.came("STOP")
            await room.said(FAREWELL)
            await room.came("Stop.", OTHER)
            await room.ask("/stoplist", having="smsc: 2")
            await seen(world, lambda: len(accepted(world)) == 1)
            assert [one.msisdn for one in accepted(world)] == [CUSTOMER]


async def test_a_customer_who_wants_no_more_gets_no_more(room: Room) -> None:
    draft = await room.ask(f"/send {DELIVERED} {SLOW} Sale!", having="Check, then send")
    room.desk.smsc.receive(CUSTOMER, " Стоп! ")
    await room.said("On the stop-list")
    await room.press(draft, "✅")
    await room.becomes(draft, "skipped")
    await room.desk.smsc.wait_for(lambda: bool(accepted(room.desk)))
    await room.becomes(draft, "delivered 1")
    assert [one.msisdn for one in accepted(room.desk)] == [OTHER]
    listed = await room.ask("/stoplist", having="asked by SMS")
    assert MASKED in listed.text
    await room.ask(f"/stoplist remove {DELIVERED}", having="not on the stop-list any more")
    again = await room.ask(f"/send {DELIVERED} Hello", having="Check, then send")
    await room.press(again, "✅")
    await room.becomes(again, "delivered")


async def test_who_wants_no_more_waits_for_no_answer(room: Room, clock: Ahead) -> None:
    card = await room.came("Where is it?")
    stop = await room.came("STOP")
    assert labels(stop) == ["More"]
    await room.becomes(card, "On the stop-list")
    assert labels(card) == ["More"]
    await room.ask("/inbox", having="Nobody waits")
    await room.press(card, "More")
    assert labels(await room.said(since=stop.id, having="+79031234500")) == ["✔ Done"]
    clock.by += timedelta(minutes=16)
    # By the time another customer's SMS has its reminder, theirs would be here.
    room.desk.smsc.receive(OTHER, "And mine?")
    await room.soon(clock, "And mine")
    clock.by += timedelta(minutes=16)
    await room.soon(clock, "has waited")
    (reminder,) = [one for one in room.chat.bot_messages if "has waited" in one.text]
    assert "45 04" in reminder.text


async def test_what_may_be_a_stop_is_asked(room: Room) -> None:
    card = await room.came("Сстоп пожалуйста")
    await room.press(card, "🚫")
    await room.becomes(card, "On the stop-list")
    reply = room.say("Good bye", card)
    await room.said(since=reply.id, having="Nothing was sent")
    await room.ask("/help")
    assert not accepted(room.desk)


async def test_a_stop_list_is_taken_in_and_out(room: Room) -> None:
    await room.ask(f"/stoplist import\n{DELIVERED}\n8 903 123-45-04", having="New entries: 2")
    await room.ask(f"/stoplist add {DELIVERED}", having="New entries: 0")
    await room.ask("/stoplist add nonsense", having="not a number")
    file = await room.ask("/stoplist export", having="2 entries")
    assert file.file is not None
    assert f"smsc,{CUSTOMER}," in file.file.data.decode("utf-8-sig")
    await room.desk.ask("/audit did=stop-list-add", having=MASKED)


async def test_a_stop_list_is_taken_in_from_a_file_and_out_into_one(room: Room) -> None:
    table = f"name;phone\nAnna;{DELIVERED}\nBoris;8 903 123-45-04\nBoris;{SLOW}\nNobody;x\n"
    anna = room.desk.anna
    room.chat.send_document(anna, "stop.csv", table.encode("cp1251"), caption="/stoplist import")
    taken = await room.said("2 numbers of the file are on the stop-list. New entries: 2")
    assert "not a number" in taken.text
    file = await room.ask("/stoplist export", having="2 entries")
    assert file.file is not None
    await room.ask(f"/stoplist remove {DELIVERED}", having="not on the stop-list any more")
    back = room.chat.send_document(anna, "stoplist.csv", file.file.data)
    room.say("/stoplist import", back)
    await room.said("New entries: 1")
    picture = room.chat.send_document(anna, "cat.png", b"\x89PNG\r\n\x1a\n" * 99, caption="/stoplist import")
    await room.said("This is no table", since=picture.id)
    await room.desk.ask("/audit did=stop-list-import", having="stop-list")


async def test_inbox_lists_the_longest_waiting_first_and_finds(room: Room) -> None:
    await room.ask("/inbox", having="Nobody waits")
    await room.came("First")
    await room.came("Second", OTHER)
    listed = await room.ask("/inbox", having="Waiting for an answer: 2")
    assert listed.text.index("First") < listed.text.index("Second")
    found = await room.ask("/inbox 4504", having="One conversation")
    await room.press(found, "+7 903")
    await room.said(since=found.id, having="Second")


async def test_a_customer_is_shown_by_the_name_they_are_saved_under(room: Room, clock: Ahead) -> None:
    await room.ask(f"/contacts add {DELIVERED} Олег Ким", having="One contact is saved")
    named = f"Олег Ким · {MASKED}"
    card = await room.came("Where is it?")
    assert named in card.text
    assert named in (await room.ask("/inbox", having="Waiting for an answer: 1")).text
    found = await room.ask("/inbox КИМ", having="One conversation")
    assert found.keyboard[0][0].text == named
    await room.press(found, "Олег")
    await room.said(since=found.id, having="Олег Ким · +79031234500")
    await room.press(card, "↩")
    await room.said(having=f"what you write goes to {named}")
    clock.by += timedelta(minutes=16)
    assert named in (await room.soon(clock, "has waited")).text
    await room.ask(f"/stoplist add {DELIVERED}", having="on the stop-list")
    assert named in (await room.ask("/stoplist", having="Stop-list")).text


async def test_what_another_chat_calls_a_customer_stays_there(desk: Stands) -> None:
    group = desk.telegram.group(-1001, "Support", [desk.anna])
    room = Room(desk=desk, chat=group)
    await connect_group(desk, group)
    await desk.ask(f"/contacts add {DELIVERED} Олег", having="One contact is saved")
    assert "Олег" not in (await room.came("Where is it?")).text


async def test_nothing_is_missed_or_shown_twice_over_a_restart(tmp_path: Path, clock: Ahead) -> None:
    async with stands(clock=clock) as world:
        settings = world.settings(tmp_path, inbox={"every": "100ms"})
        async with working(settings, clock=clock):
            await world.connect("devino_rest")
            world.devino.receive(CUSTOMER, "One")
            await world.answer(0, having="One")
        world.devino.receive(CUSTOMER, "Two, while it was off")
        # Two days late, as networks are.
        async with working(settings, clock=clock):
            await world.answer(0, having="Two")
            clock.by += timedelta(days=2)
            world.devino.receive(CUSTOMER, "Three, late", at=clock() - timedelta(days=2))
            await soon(
                world, clock, lambda: next((m for m in world.chat.bot_messages if "Three" in m.text), None)
            )
            await world.ask("/help")
        told = [one.text for one in world.chat.bot_messages if one.text.startswith("📩")]
        assert len(told) == 3
