"""Groups: one link to private for the password, answers where they were asked for, silence for strangers."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.access import NOTICE_PAUSE
from sandbox.telegram import Chat, Message, Person

from .desk import ADMIN, DELIVERED, UNDELIVERED, Stands, stands, working
from .steps import (
    Ahead,
    accepted,
    comes_to,
    connect_group,
    nothing_left,
    says,
    soon,
    texts_since,
    toast,
)

BORIS = 1002
NEUTRAL = "This is a work bot. It serves a closed group of people."
LINK_GONE = "This link no longer works. Nothing was done. Ask for a new one."


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def desk(clock: Ahead, tmp_path: Path) -> AsyncIterator[Stands]:
    """A bot at work on a clock that can be moved, with two administrators."""
    async with stands(clock=clock) as world:
        async with working(world.settings(tmp_path, telegram={"admins": [ADMIN, BORIS]}), clock=clock):
            yield world


@pytest.fixture
def stranger(desk: Stands) -> Person:
    return desk.telegram.person(2001, "Mallory", language_code="en")


@pytest.fixture
def group(desk: Stands, stranger: Person) -> Chat:
    """A group of Anna, Boris and a stranger."""
    boris = desk.telegram.person(BORIS, "Boris", language_code="en")
    return desk.telegram.group(-1001, "Support", [desk.anna, boris, stranger])


@pytest.fixture
def forum(desk: Stands) -> Chat:
    return desk.telegram.group(-1003, "Forum", [desk.anna], forum=True)


def link_in(message: Message) -> str:
    """What the link under a message makes people say in private."""
    url = message.keyboard[0][0].url or ""
    assert url.startswith("https://t.me/smsdesk_demo_bot?start=")
    return f"/start {url.partition('start=')[2]}"


async def all_said(desk: Stands, chat: Chat, since: Message) -> list[str]:
    """What the bot has said there since, up to an answer to Anna that proves everything was handled."""
    await says(desk, chat, "/help", having="What I can do")
    return [one.text for one in chat.bot_messages if one.id > since.id][:-1]


async def test_after_connecting_for_a_group_the_way_back_is_told(desk: Stands, group: Chat) -> None:
    done = await connect_group(desk, group)
    assert done.text.endswith("It can be used in the group Support: go back there and write /send.")


async def test_connect_in_a_group_goes_by_a_link_to_private(desk: Stands, group: Chat) -> None:
    typed = "/connect smsc demo demo-password ACME"
    link = await says(desk, group, typed, having="Passwords are not for groups")
    assert link.keyboard[0][0].text == "Connect in private"
    assert not desk.smsc.requests

    connected = await connect_group(desk, group)
    assert "SMSC is connected as smsc" in connected.text
    await says(desk, group, "/accounts", having="smsc · SMSC · login …mo · from ACME · works")
    await desk.ask("/accounts", having="No gateway is connected to this chat")


async def test_link_works_once_and_for_its_person_and_for_a_while(
    desk: Stands, group: Chat, clock: Ahead
) -> None:
    boris = replace(desk, anna=group.members[BORIS])
    first = link_in(await says(desk, group, "/connect"))
    assert (await boris.ask(first)).text == LINK_GONE
    await desk.ask(first, having="Which gateway?")
    assert (await desk.ask(first)).text == LINK_GONE
    assert (await desk.ask("/start forged")).text == LINK_GONE

    second = link_in(await says(desk, group, "/connect"))
    clock.by += timedelta(minutes=16)
    assert (await desk.ask(second)).text == LINK_GONE


@pytest.mark.parametrize(
    "typed",
    [f"/send {DELIVERED} Text", "/connect", "/status", "/help", "/start", "/nonsense", "hello", "/cancel #1"],
)
async def test_stranger_in_a_group_gets_silence(
    desk: Stands, group: Chat, stranger: Person, typed: str
) -> None:
    await connect_group(desk, group)
    said = group.say(stranger, typed)
    group.edit(said, f"{typed} again")
    assert await all_said(desk, group, said) == []
    assert not accepted(desk)


async def test_stranger_in_private_hears_one_neutral_line(
    desk: Stands, clock: Ahead, stranger: Person
) -> None:
    hers = replace(desk, anna=stranger)
    said = hers.chat.say(stranger, f"/connect smsc demo demo-password\n/send {DELIVERED} Text")
    hers.chat.say(stranger, "/start")
    hers.chat.send_photo(stranger)
    line = await hers.answer(said.id, having=NEUTRAL)
    # A press is answered every time: by then all that came before it is done with.
    assert await toast(desk, hers.chat.press_data(stranger, line, "no such button")) == NEUTRAL
    clock.by += timedelta(minutes=11)
    # The same person, known by other words: whatever came before has had its answer by then.
    last = hers.chat.say(replace(stranger, language_code="ru"), "/help")
    russian = await hers.answer(last.id, having="Это рабочий бот")
    assert texts_since(hers, said) == [NEUTRAL, russian.text]
    assert not said.deleted
    assert not desk.smsc.requests


async def test_stranger_presses_the_buttons_of_an_admin(
    desk: Stands, group: Chat, stranger: Person, clock: Ahead
) -> None:
    await connect_group(desk, group)
    card = await says(desk, group, f"/send {DELIVERED} Text", having="Check, then send")
    for label in ("✅", "✖"):
        assert await toast(desk, group.press(stranger, card, label)) == NEUTRAL
        clock.by += NOTICE_PAUSE
    status = await says(desk, group, "/status")
    assert status.text == "Nothing has been sent from this chat yet. /send begins."
    assert "Check, then send" in card.text
    assert not accepted(desk)


@pytest.mark.parametrize(
    "extra",
    [
        pytest.param({"sender_chat": {"id": -1001, "type": "supergroup", "title": "S"}}, id="sender_chat"),
        pytest.param(
            {"from": {"id": 1087968824, "is_bot": True, "first_name": "Group"}}, id="anonymous admin"
        ),
        pytest.param(
            {"forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "M"}}, id="forwarded"
        ),
        pytest.param({"via_bot": {"id": 5, "is_bot": True, "first_name": "Other"}}, id="via_bot"),
        pytest.param({"is_automatic_forward": True}, id="automatic forward"),
    ],
)
async def test_nobody_or_somebody_elses_words_run_nothing(
    desk: Stands, group: Chat, extra: dict[str, Any]
) -> None:
    await connect_group(desk, group)
    said = group.say(desk.anna, f"/send {DELIVERED} Text", **extra)
    heard = await all_said(desk, group, said)
    # Whoever hides behind the group is told once how to stop hiding, who passes words on to write them.
    hints = ("анонимность", "anonymous", "commands that you write here yourself")
    assert [text for text in heard if not any(hint in text for hint in hints)] == []
    assert len(heard) == ("is_automatic_forward" not in extra)

    if "sender_chat" not in extra and "from" not in extra:
        await desk.connect("smsc")
        private = desk.chat.say(desk.anna, f"/send {DELIVERED} Text", **extra)
        await desk.ask("/help", having="What I can do")
        assert not any("Check, then send" in text for text in texts_since(desk, private))
    await nothing_left(desk)


async def test_another_bot_of_the_group_is_meant(desk: Stands, group: Chat) -> None:
    said = group.say(desk.anna, f"/send@other_bot {DELIVERED} Text")
    group.say(desk.anna, "/status@other_bot")
    group.say(desk.anna, "/nonsense")
    group.say(desk.anna, "just talking")
    group.send_photo(desk.anna)
    assert await all_said(desk, group, said) == []
    await says(desk, group, "/status@smsdesk_demo_bot", having="Nothing has been sent from this chat")
    await says(desk, group, "/statuss@SMSDESK_demo_bot", having="Did you mean /status?")


async def test_card_and_failure_stay_in_the_group(desk: Stands, group: Chat, clock: Ahead) -> None:
    await connect_group(desk, group)
    before = desk.chat.messages[-1]
    asked = await says(desk, group, f"/send {UNDELIVERED}", having="What is the text for")
    card = await says(desk, group, "Your order is ready", having="Check, then send")
    assert asked.reply_to == asked.id - 1
    assert card.reply_to == card.id - 1
    assert await toast(desk, group.press(desk.anna, card, "✅")) == "#1 is in the queue."
    await comes_to(desk, clock, card, "Total 1: undelivered 1")
    failure = await soon(
        desk, clock, lambda: next((m for m in group.bot_messages if "one message failed" in m.text), None)
    )
    assert failure.reply_to == card.id
    assert await says(desk, group, "/status #1", having="Total 1: undelivered 1")
    assert not [text for text in texts_since(desk, before) if "failed" in text or "#1 ·" in text]


async def test_question_in_a_group_is_for_the_one_who_was_asked(desk: Stands, group: Chat) -> None:
    await connect_group(desk, group)
    await says(desk, group, f"/send {DELIVERED}", having="What is the text for")
    said = group.say(group.members[BORIS], "Not an answer")
    assert await all_said(desk, group, said) == []
    card = await says(desk, group, "The answer", having="Check, then send")
    assert "The answer" in card.text


async def test_answers_stay_in_their_topic(desk: Stands, forum: Chat, clock: Ahead) -> None:
    await connect_group(desk, forum)
    orders, returns = forum.topic("Orders"), forum.topic("Returns")
    said = forum.say(desk.anna, f"/send {UNDELIVERED}", message_thread_id=orders)
    question = await soon(desk, clock, lambda: newest(forum, said, "What is the text for"))
    forum.say(desk.anna, "Not here", message_thread_id=returns)
    answered = forum.say(desk.anna, "Your order is ready", message_thread_id=orders)
    card = await soon(desk, clock, lambda: newest(forum, answered, "Check, then send"))
    assert "Your order is ready" in card.text
    await toast(desk, forum.press(desk.anna, card, "✅"))
    await comes_to(desk, clock, card, "Total 1: undelivered 1")
    failure = await soon(desk, clock, lambda: newest(forum, card, "one message failed"))
    assert {one.thread_id for one in (question, card, failure)} == {orders}
    assert not [one for one in forum.bot_messages if one.thread_id == returns]

    elsewhere = forum.say(desk.anna, "/status", message_thread_id=returns)
    status = await soon(desk, clock, lambda: newest(forum, elsewhere, "Last campaigns"))
    assert status.thread_id == returns


def newest(chat: Chat, since: Message, words: str) -> Message | None:
    """The first message of the bot since then that has these words."""
    return next((one for one in chat.bot_messages if one.id > since.id and words in one.text), None)
