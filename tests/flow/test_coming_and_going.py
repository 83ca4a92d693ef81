"""Invites and /deny where people do the unexpected: their own link, a stale question, a role they have."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.telegram import Message

from .desk import DELIVERED, SLOW, Stands, stands, working
from .steps import Ahead, confirmed, connect_group, offered, says, seen, texts_since, toast, tomorrow
from .test_people import BORIS, NEUTRAL, followed, invite, let_in, link_in

GIVEN = "has the role: "


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def desk(clock: Ahead, tmp_path: Path) -> AsyncIterator[Stands]:
    async with stands(clock=clock) as world:
        async with working(world.settings(tmp_path), clock=clock):
            yield world


@pytest.fixture
def boris(desk: Stands) -> Stands:
    return person(desk, BORIS, "Boris")


def person(desk: Stands, number: int, name: str) -> Stands:
    return replace(desk, anna=desk.telegram.person(number, name, language_code="en"))


async def heard(who: Stands, words: str) -> Message:
    """A message that the bot sends by itself."""
    return await seen(who, lambda: next((one for one in who.chat.bot_messages if words in one.text), None))


# /deny while somebody waits to be let in.


async def test_deny_closes_the_question_whether_to_let_somebody_in(desk: Stands, boris: Stands) -> None:
    question = await followed(desk, boris)
    token = str(question.button("✅").callback_data)  # type: ignore[union-attr]
    answer = await desk.ask(f"/deny {BORIS}", having="had no role")
    assert answer.text.startswith("Boris had no role. The invite they had followed is closed")
    await desk.becomes(question, "Closed: this person's rights were decided elsewhere")
    assert question.keyboard == []
    assert "no longer works" in await toast(desk, desk.chat.press_data(desk.anna, question, token))
    await boris.ask("/help", having=NEUTRAL)


async def test_deny_of_somebody_with_a_role_closes_it_too(desk: Stands, boris: Stands) -> None:
    await let_in(desk, "viewer")
    question = await followed(desk, boris)
    await desk.ask(f"/deny {BORIS}", having="may do nothing here any more")
    await desk.becomes(question, "Closed")


# An invite and a role that is there already.


async def test_an_invite_raises_a_role_and_shows_the_old_one(desk: Stands, boris: Stands) -> None:
    await let_in(desk, "viewer")
    question = await followed(desk, boris)
    assert "They have a lower role already: viewer." in question.text
    assert await desk.press(question, "✅") == "Boris has the role: operator. Before: viewer."
    await heard(boris, "Your role is now: operator. Before: viewer.")


async def test_an_invite_that_would_raise_nothing_lives_on(desk: Stands, boris: Stands) -> None:
    await let_in(desk, "manager")
    link = await invite(desk)
    told = await boris.ask(link_in(link), having="You have the role manager already")
    assert "Nothing was done" in told.text
    carol = person(desk, 4004, "Carol")
    await carol.ask(link_in(link), having="has been asked")
    await desk.ask("/users", having="Boris · id 2002 · manager")


async def test_a_stale_question_lowers_nobody(desk: Stands, boris: Stands) -> None:
    question = await followed(desk, boris)
    token = str(question.button("✅").callback_data)  # type: ignore[union-attr]
    await let_in(desk, "admin")
    await desk.becomes(question, "Closed")
    late = await toast(desk, desk.chat.press_data(desk.anna, question, token))
    assert late.startswith("Boris has the role admin meanwhile.")
    await desk.ask("/users", having="id 2002 · admin")


async def test_an_admins_own_invite_is_not_spent_by_their_tap(desk: Stands, boris: Stands) -> None:
    link = await invite(desk)
    await desk.ask(link_in(link), having="This is your own invite")
    await boris.ask(link_in(link), having="has been asked")


async def test_an_admin_of_the_configuration_needs_no_invite(tmp_path: Path) -> None:
    async with stands() as world:
        settings = world.settings(tmp_path, telegram={"admins": [1001, BORIS]})
        async with working(settings):
            boris = person(world, BORIS, "Boris")
            link = await invite(world)
            await boris.ask(link_in(link), having="You have the role admin already")
            await person(world, 4004, "Carol").ask(link_in(link), having="has been asked")


async def test_a_link_that_is_spent_says_nothing_of_itself_to_a_stranger(desk: Stands, boris: Stands) -> None:
    link = await invite(desk)
    await boris.ask(link_in(link), having="has been asked")
    mallory = person(desk, 3003, "Mallory")
    assert (await mallory.ask("hello")).text == NEUTRAL
    # Having heard it once a moment ago, who follows a link is not left without an answer.
    assert (await mallory.ask(link_in(link))).text == NEUTRAL
    await desk.ask(link_in(link), having="This link no longer works")


# /deny.


async def test_who_removes_oneself_is_asked_first(desk: Stands, boris: Stands) -> None:
    await let_in(desk, "admin")
    question = await boris.ask(f"/deny {BORIS}", having="That is you.")
    await boris.ask("/users", having="Who may do what")
    await boris.press(question, "✖ Take my role away")
    await boris.becomes(question, "You may do nothing here any more")
    await boris.ask("/users", having=NEUTRAL)


async def test_the_button_beside_ones_own_name_asks_too(desk: Stands, boris: Stands) -> None:
    await let_in(desk, "admin")
    listed = await boris.ask("/deny", having="Who is to lose all rights?")
    assert await boris.press(listed, "✖ Boris") == ""
    await boris.answer(listed.id, having="That is you.")
    await boris.ask("/users", having="Who may do what")


async def test_what_somebody_left_under_way_is_named_and_can_be_stopped(desk: Stands, boris: Stands) -> None:
    await let_in(desk, "operator")
    await desk.connect("smsc")
    await _share_with(desk, boris)
    for text in ("One", "Two", "Three"):
        await confirmed(boris, f"/send at={tomorrow()} {SLOW} {text}")
    said = await desk.ask(f"/deny {BORIS}", having="may do nothing here any more")
    left = await desk.answer(said.id, having="Still under way of theirs")
    assert "#1 for " in left.text
    assert [key.text for row in left.keyboard for key in row] == ["✖ #1", "✖ #2", "✖ #3", "✖ Stop all"]
    await desk.press(left, "✖ #1")
    await desk.answer(left.id, having="#1: one message will not leave.")
    await desk.press(left, "✖ Stop all")
    await desk.answer(left.id, having="#3: one message will not leave.")
    theirs = [one for one in boris.chat.bot_messages if one.text.startswith("#")]
    await seen(desk, lambda: all("cancelled" in one.text for one in theirs))


async def _share_with(desk: Stands, boris: Stands) -> None:
    """Boris connects the same account in his own chat: he is made an admin for that, then what he was."""
    await let_in(desk, "admin")
    await boris.connect("smsc")
    await let_in(desk, "operator")


async def test_an_open_card_says_that_it_died(desk: Stands, boris: Stands) -> None:
    await let_in(desk, "admin")
    await boris.connect("smsc")
    card = await offered(boris, f"/send {DELIVERED} Text")
    token = str(card.button("✅").callback_data)  # type: ignore[union-attr]
    await let_in(desk, "manager")
    await boris.becomes(card, "Closed: the role of whom this was for has changed")
    assert card.keyboard == []
    late = await toast(boris, boris.chat.press_data(boris.anna, card, token))
    assert late.startswith("Your role was changed after this card came")


# What people hear and are called.


async def test_a_card_that_was_confirmed_shows_its_campaign_still(desk: Stands, boris: Stands) -> None:
    await let_in(desk, "operator")
    group = desk.telegram.group(-1001, "Support", [desk.anna, boris.anna])
    await connect_group(desk, group)
    group.say(boris.anna, f"/send at={tomorrow()} {DELIVERED} Text")
    card = await seen(desk, lambda: next((m for m in group.bot_messages if "Check, then" in m.text), None))
    assert "#1" in await toast(desk, group.press(boris.anna, card, "✅"))
    await desk.telegram.wait_for(lambda: "#1" in card.text and card.button("✖") is not None)
    await desk.ask(f"/deny {BORIS}", having="may do nothing")
    await says(desk, group, "/help", having="What I can do")
    assert "#1" in card.text
    assert "Cancel" in str(card.button("✖"))


async def test_nobody_changes_their_own_role(desk: Stands, boris: Stands) -> None:
    await let_in(desk, "admin")
    await boris.ask(f"/allow {BORIS} viewer", having="Nobody changes their own role")
    listed = await boris.ask("/users", having="Boris")
    await boris.press(listed, "Boris")
    one = await boris.answer(listed.id, having="Boris · id 2002")
    assert "Nobody changes their own role" in await boris.press(one, "viewer")
    await boris.ask("/users", having="Boris · id 2002 · admin")


async def test_a_forwarded_message_points_at_nobody(desk: Stands, boris: Stands) -> None:
    await let_in(desk, "operator")
    group = desk.telegram.group(-1001, "Support", [desk.anna, boris.anna])
    carol = {"type": "hidden_user", "date": 1, "sender_user_name": "Carol"}
    hers = group.say(boris.anna, "hello", forward_origin=carol)
    group.say(desk.anna, "/allow viewer", reply_to=hers)
    await seen(
        desk, lambda: next((m for m in group.bot_messages if "That message is forwarded" in m.text), None)
    )
    await desk.ask("/users", having="id 2002 · operator")


async def test_who_is_in_by_id_is_bound_to_no_group(desk: Stands, boris: Stands) -> None:
    await let_in(desk, "viewer")
    group = desk.telegram.group(-1001, "Support", [desk.anna, boris.anna])
    hers = group.say(boris.anna, "hello")
    group.say(desk.anna, "/allow operator", reply_to=hers)
    await seen(desk, lambda: next((m for m in group.bot_messages if "has the role" in m.text), None))
    group.remove_member(boris.anna)
    await says(desk, group, "/help", having="What I can do")
    await desk.ask("/users", having="Boris · id 2002 · operator")


async def test_whose_role_changes_is_told(desk: Stands, boris: Stands) -> None:
    await boris.ask("/start", having=NEUTRAL)
    await let_in(desk, "viewer")
    await heard(boris, "You are in, with the role: viewer")  # in the language of what they heard last
    await boris.ask("/help", having="What I can do")
    listed = await desk.ask("/users", having="Boris")
    await desk.press(listed, "Boris")
    one = await desk.answer(listed.id, having="Boris · id 2002")
    assert await desk.press(one, "manager") == "Boris has the role: manager. Before: viewer."
    await heard(boris, "Your role is now: manager. Before: viewer.")
    await desk.ask(f"/deny {BORIS}", having="Boris may do nothing")
    await heard(boris, "your role was taken away")


async def test_names_are_learned_and_kept(desk: Stands, boris: Stands) -> None:
    await let_in(desk, "viewer")
    await boris.ask("/help", having="What I can do")
    which = await desk.ask("/deny", having="Who is to lose all rights?")
    assert [row[0].text for row in which.keyboard] == ["✖ Boris"]
    assert (await let_in(desk, "operator")).text == "Boris has the role: operator. Before: viewer."
    listed = await desk.ask("/users", having="Boris · id 2002 · operator")
    assert "Anna · id 1001 · admin, by the configuration" in listed.text


async def test_an_open_door_leads_to_nobody_twice(desk: Stands, boris: Stands) -> None:
    question = await followed(desk, boris)
    await desk.press(question, "✅")
    assert [text for text in texts_since(desk, question) if "Closed" in text] == []
    await desk.becomes(question, GIVEN)


# Whom /allow and /deny mean.


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/allow 2002, 2003 viewer", "One at a time, please"),
        ("/deny 2002 2003", "One at a time, please"),
        ("/allow @boris operator", "I take no @names"),
        ("/deny @boris", "I take no @names"),
        ("/allow 2002 boss", "I know no role “boss”"),
        ("/allow 2002 operator boss", "I know no role “operator boss”"),
        ("/allow 1087968824 viewer", "and no person"),
        ("/allow 2002 оператор", "2002 has the role: operator"),
        ("/allow 2002, Администратор", "2002 has the role: admin"),
    ],
)
async def test_whom_and_as_what(desk: Stands, typed: str, answer: str) -> None:
    await desk.ask(typed, having=answer)


async def test_the_bot_gives_itself_no_role(desk: Stands) -> None:
    await desk.ask(f"/allow {desk.chat.bot.id} admin", having="and no person")
    said = desk.chat.say(desk.anna, "/allow viewer", reply_to=await desk.ask("/help", having="What"))
    await desk.answer(said.id, having="and no person")


# In groups.


async def test_a_forwarded_command_in_a_group_is_explained_once(desk: Stands, boris: Stands) -> None:
    group = desk.telegram.group(-1001, "Support", [desk.anna, boris.anna])
    await says(desk, group, "/help", having="What I can do")
    origin = {"type": "hidden_user", "date": 1, "sender_user_name": "X"}
    for _ in range(2):
        said = group.say(desk.anna, "/status", forward_origin=origin)
    await says(desk, group, "/help", having="What I can do")
    told = [one.text for one in group.bot_messages if "commands that you write here yourself" in one.text]
    assert len(told) == 1, said


async def test_strangers_are_told_of_a_group_that_is_not_known_once(desk: Stands, boris: Stands) -> None:
    group = desk.telegram.group(-1002, "Old group", [desk.anna, boris.anna])
    await says(boris, group, "/status", having="An admin must give a command here first")
    await says(desk, group, "/status", having="Nothing has been sent")
    group.say(boris.anna, "/status")
    await says(desk, group, "/help", having="What I can do")
    assert len(group.bot_messages) == 3


async def test_a_group_that_is_not_known_says_why_it_gets_nothing(desk: Stands, boris: Stands) -> None:
    await let_in(desk, "manager")
    group = desk.telegram.group(-1002, "Old group", [desk.anna, boris.anna])
    await says(boris, group, "/status", having="An admin must give a command here first")
    group.say(boris.anna, "/status")
    await says(desk, group, "/status", having="Nothing has been sent")
    assert len([one for one in group.bot_messages if "An admin must" in one.text]) == 1
    await says(boris, group, "/status", having="Nothing has been sent")


# Hints that one can follow.


@pytest.mark.parametrize(
    ("role", "hints", "others"),
    [
        ("viewer", "Only an admin can connect one.", ("Begin with /connect", "/send begins")),
        ("operator", "Only an admin can connect one.", ("Begin with /connect",)),
        ("admin", "Begin with /connect.", ("Only an admin",)),
    ],
)
async def test_hints_are_for_ones_role(
    desk: Stands, boris: Stands, role: str, hints: str, others: tuple[str, ...]
) -> None:
    await let_in(desk, role)
    await boris.ask("/balance", having=f"No gateway is connected to this chat. {hints}")
    for said in ("/start", "/status", "/stats", "hello", "/help"):
        told = await boris.ask(said)
        assert [other for other in others if other in told.text] == [], said


async def test_an_operators_own_limit_is_called_so(tmp_path: Path) -> None:
    async with stands() as world:
        async with working(world.settings(tmp_path, limits={"operator_recipients": 2, "recipients": 3})):
            boris = person(world, BORIS, "Boris")
            await let_in(world, "admin")
            await boris.connect("smsc")
            numbers = "+79031234500, +79031234501, +79031234502, +79031234503"
            await boris.ask(f"/send {numbers} Text", having="there may be at most 3 at once.")
            await let_in(world, "operator")
            told = await boris.ask(
                f"/send {numbers[:-14]} Text", having="an operator may have at most 2 at once"
            )
            assert "Ask a manager to send this" in told.text
            rows = "".join(f"+7903123450{place};x\r\n" for place in range(3)).encode()
            sent = boris.chat.send_document(boris.anna, "clients.csv", rows, "Text")
            told = await boris.answer(sent.id, having="an operator may have at most 2 at once")
            assert "Ask a manager to send this" in told.text
