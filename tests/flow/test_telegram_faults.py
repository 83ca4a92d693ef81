"""Telegram misbehaves: invariants I7 to I10 of docs/reliability through the real bot.

I7: a confirmation has one effect. I8: an update is handled, and its effect applied once. I9: what people must
know is seen, once, or the repeat says that it is one. I10: cards come to the end.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.settings import Account
from sandbox.telegram import Chat, Message

from .desk import DELIVERED, LOGIN, PASSWORD, SLOW, UNDELIVERED, Stands, stands, working
from .steps import Ahead, accepted, comes_to, confirmed, connect_group, knock, offered, says, soon, toast

BASIC, UPGRADED = -4001, -1004001


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def world(clock: Ahead) -> AsyncIterator[Stands]:
    """Stand-ins on a clock that can be moved."""
    async with stands(clock=clock) as made:
        yield made


@pytest.fixture
async def desk(world: Stands, clock: Ahead, tmp_path: Path) -> AsyncIterator[Stands]:
    """A bot at work among them."""
    async with working(world.settings(tmp_path), clock=clock):
        yield world


def newest(chat: Chat, having: str) -> Message | None:
    """The last message of the bot with these words."""
    return next((one for one in reversed(chat.bot_messages) if having in one.text), None)


async def idle(desk: Stands) -> None:
    """Until all that came is acknowledged, and the bot has polled once more and found nothing."""
    await desk.telegram.wait_for(lambda: not desk.telegram.pending_updates)
    polls = sum(call.method == "getUpdates" for call in desk.telegram.calls)
    await desk.telegram.wait_for(
        lambda: sum(call.method == "getUpdates" for call in desk.telegram.calls) > polls + 1
    )


# I7, I8: updates.


async def test_i7_a_press_that_comes_again_after_a_restart_has_no_second_effect(
    world: Stands, clock: Ahead, tmp_path: Path
) -> None:
    async with working(world.settings(tmp_path), clock=clock):
        await world.connect("smsc")
        card = await confirmed(world, f"/send {DELIVERED} Text")
        await comes_to(world, clock, card, "delivered 1")
    for update in world.telegram.updates:
        world.telegram.redeliver(update["update_id"])
    async with working(world.settings(tmp_path), clock=clock):
        await world.telegram.wait_for(lambda: not world.telegram.pending_updates)
        await world.ask("/status 2", having="There is no #2")
    assert len(accepted(world)) == 1


@pytest.mark.parametrize("first", [5, 699_999_998, 900_000_000])
async def test_i8_updates_numbered_anew_after_a_silence_are_handled(desk: Stands, first: int) -> None:
    """Far below the offset, just below it, where a server would forget it as acknowledged, and far above."""
    await desk.ask("/start")
    await idle(desk)
    desk.telegram.renumber_updates(first)
    await desk.ask("/help", having="What I can do")
    await desk.ask("/accounts", having="No gateway is connected")
    assert sum("What I can do" in one.text for one in desk.chat.bot_messages) == 1


async def test_i8_an_update_that_comes_after_later_ones_of_other_chats_is_handled_once(
    desk: Stands, clock: Ahead
) -> None:
    group = desk.telegram.group(-1001, "Support", [desk.anna])
    first = desk.telegram.updates[-1:]
    await says(desk, group, "/help", having="What I can do")
    await desk.ask("/help", having="What I can do")
    for update in [*desk.telegram.updates[len(first) :]][::-1]:
        desk.telegram.redeliver(update["update_id"])
    await says(desk, group, "/accounts", having="No gateway is connected")
    await desk.ask("/accounts", having="No gateway is connected")
    for chat in (group, desk.chat):
        assert sum("What I can do" in one.text for one in chat.bot_messages) == 1


async def test_i8_what_waited_for_longer_than_a_day_is_gone_and_nothing_else(
    world: Stands, clock: Ahead, tmp_path: Path
) -> None:
    lost = world.chat.say(world.anna, "/help")
    clock.by += timedelta(hours=23)
    world.chat.say(world.anna, "/accounts")
    clock.by += timedelta(hours=2)
    async with working(world.settings(tmp_path), clock=clock):
        await world.answer(lost.id, having="No gateway is connected")
        await world.ask("/start")
    assert newest(world.chat, "What I can do") is None


# I9: what people must know.


async def test_i9_a_storm_of_429s_delays_and_doubles_nothing(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    desk.telegram.faults.add("sendMessage", kind="429", times=6, retry_after=3)
    card = await confirmed_despite(desk, clock, f"/send {UNDELIVERED} Text")
    await soon(desk, clock, lambda: newest(desk.chat, "one message failed"))
    await comes_to(desk, clock, card, "undelivered 1")
    told = [one.text for one in desk.chat.bot_messages if "one message failed" in one.text]
    assert len(told) == 1
    assert "(repeat)" not in told[0]
    assert len(accepted(desk)) == 1


async def confirmed_despite(desk: Stands, clock: Ahead, command: str) -> Message:
    """A campaign whose confirm card is long in coming."""
    desk.chat.say(desk.anna, command)
    card = None
    for _ in range(60):
        card = newest(desk.chat, "Check, then send")
        if card is not None:
            break
        clock.by += timedelta(seconds=1)
        await knock(desk)
    assert card is not None
    await desk.press(card, "✅")
    return card


async def test_i9_bad_news_whose_answer_is_lost_comes_again_and_says_so(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    card = await offered(desk, f"/send {UNDELIVERED} Text")
    desk.telegram.faults.add("sendMessage", kind="delivered_reset")
    await desk.press(card, "✅")
    await soon(desk, clock, lambda: newest(desk.chat, "(repeat)"))
    told = [one.text for one in desk.chat.bot_messages if "one message failed" in one.text]
    assert [text.startswith("(repeat)") for text in told] == [False, True]


async def test_i9_an_answer_into_a_topic_that_is_gone_comes_into_the_group(
    desk: Stands, clock: Ahead
) -> None:
    forum = desk.telegram.group(-1003, "Forum", [desk.anna], forum=True)
    await connect_group(desk, forum)
    orders = forum.topic("Orders")
    forum.say(desk.anna, f"/send {UNDELIVERED} Text", message_thread_id=orders)
    card = await soon(desk, clock, lambda: newest(forum, "Check, then send"))
    await toast(desk, forum.press(desk.anna, card, "✅"))
    forum.delete_topic(orders)
    failure = await soon(desk, clock, lambda: newest(forum, "one message failed"))
    anew = await soon(desk, clock, lambda: newest(forum, "undelivered 1"))
    assert {one.thread_id for one in (failure, anew)} == {None}
    assert failure.text.startswith("(Here, because the topic this belongs to is closed or deleted.)")


async def test_i9_a_chat_that_sent_the_bot_away_holds_up_no_other(desk: Stands, clock: Ahead) -> None:
    group = desk.telegram.group(-1001, "Support", [desk.anna])
    await connect_group(desk, group)
    card = await says(desk, group, f"/send {UNDELIVERED} Text", having="Check, then send")
    await toast(desk, group.press(desk.anna, card, "✅"))
    group.expel_bot(desk.anna)
    await desk.ask("/help", having="What I can do")
    await desk.telegram.wait_for(lambda: accepted(desk))
    assert len(accepted(desk)) == 1


# I10: cards.


async def test_i10_a_card_that_is_deleted_before_its_end_comes_anew(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    desk.smsc.account.pace = 2.0
    card = await confirmed(desk, f"/send {SLOW} Text")
    await comes_to(desk, clock, card, "Total 1: ")
    desk.chat.delete(card)
    await soon(desk, clock, lambda: newest(desk.chat, "Total 1: delivered 1"))
    assert sum("Total 1" in one.text for one in desk.chat.bot_messages) == 1


# A group that becomes a supergroup.


@pytest.mark.parametrize("tells", [True, False], ids=["told in the chat", "found out by an error"])
async def test_i10_a_group_that_becomes_a_supergroup_keeps_all_it_had(
    desk: Stands, clock: Ahead, tells: bool
) -> None:
    group = desk.telegram.group(BASIC, "Support", [desk.anna], basic=True)
    await connect_group(desk, group)
    desk.smsc.account.pace = 2.0
    card = await says(desk, group, f"/send {UNDELIVERED} Text", having="Check, then send")
    await toast(desk, group.press(desk.anna, card, "✅"))
    await comes_to(desk, clock, card, "Total 1: ")
    now = group.upgrade(desk.anna, UPGRADED, tells=tells)
    await soon(desk, clock, lambda: newest(now, "Total 1: undelivered 1"))
    await soon(desk, clock, lambda: newest(now, "one message failed"))

    await says(desk, now, "/accounts", having="smsc · SMSC · login …mo")
    await says(desk, now, "/status 1", having="undelivered 1")
    log = await desk.ask("/audit did=moved", having="gave the group another id")
    assert "Telegram" in log.text
    assert "now chat Support" in log.text
    assert f"chat {BASIC}" in log.text
    assert log.text.count("gave the group another id") == 1


async def test_a_migration_told_in_a_group_nobody_knows_moves_nothing(desk: Stands) -> None:
    await desk.connect("smsc")
    group = desk.telegram.group(BASIC, "Strangers", [], basic=True)
    mallory = desk.telegram.person(2001, "Mallory")
    group.upgrade(mallory, UPGRADED)
    await desk.ask("/audit did=moved", having="There is no such entry")
    await desk.ask("/accounts", having="smsc · SMSC")


async def test_a_provisioned_account_follows_its_group_over_a_restart(
    world: Stands, clock: Ahead, tmp_path: Path
) -> None:
    account = Account.model_validate(
        {"name": "main", "gateway": "smsc", "login": LOGIN, "password": PASSWORD, "chats": [BASIC]}
    )
    settings = world.settings(tmp_path).model_copy(update={"accounts": (account,)})
    group = world.telegram.group(BASIC, "Support", [world.anna], basic=True)
    async with working(settings, clock=clock):
        await says(world, group, "/accounts", having="main · SMSC")
        now = group.upgrade(world.anna, UPGRADED)
        await says(world, now, "/accounts", having="main · SMSC")
    async with working(settings, clock=clock):
        await says(world, now, "/accounts", having="main · SMSC")
