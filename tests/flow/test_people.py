"""/allow, /deny, /users and sharing: how people come in, what their role lets them do, and how they go."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.app import Desk
from sandbox.telegram import Chat, Message
from storage import updates
from storage.schema import metadata

from .desk import DELIVERED, SLOW, Stands, stands, working
from .steps import Ahead, accepted, confirmed, connect_group, offered, says, seen, texts_since, toast

NEUTRAL = "This is a work bot. It serves a closed group of people."
GONE = "This button no longer works. Nothing was done."
BORIS = 2002


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
    """The same desk as Boris sees it."""
    return replace(desk, anna=desk.telegram.person(BORIS, "Boris", language_code="en"))


@pytest.fixture
def group(desk: Stands, boris: Stands) -> Chat:
    return desk.telegram.group(-1001, "Support", [desk.anna, boris.anna])


async def let_in(desk: Stands, role: str, person: int = BORIS) -> Message:
    return await desk.ask(f"/allow {person} {role}", having=f"has the role: {role}")


def link_in(message: Message) -> str:
    return f"/start {message.text.partition('start=')[2].split()[0]}"


async def handled(running: Desk) -> None:
    """Wait until all that has come is done with: what is refused in silence shows nowhere else."""
    async with asyncio.timeout(10):
        waiting = [0]
        while waiting:
            async with running.services.database.read() as tx:
                waiting = await updates.lanes(tx, [])


async def pressed(desk: Stands, chat: Chat, message: Message, label: str) -> str:
    return await toast(desk, chat.press(desk.anna, message, label))


# Coming in.


async def test_by_id_with_a_role_in_one_line(desk: Stands, boris: Stands) -> None:
    assert await boris.ask("/help", having=NEUTRAL)
    assert (await let_in(desk, "viewer")).text == "2002 has the role: viewer."
    await boris.ask("/help", having="What I can do")


async def test_by_id_with_buttons_for_the_role(desk: Stands, boris: Stands) -> None:
    which = await desk.ask(f"/allow {BORIS}", having="as what?")
    assert [key.text for row in which.keyboard for key in row] == ["viewer", "operator", "manager", "admin"]
    assert await desk.press(which, "operator") == "2002 has the role: operator."
    await desk.becomes(which, "has the role: operator")
    assert which.keyboard == []
    await boris.ask("/send", having="No gateway is connected")


async def test_the_same_choice_works_once(desk: Stands, boris: Stands) -> None:
    which = await desk.ask(f"/allow {BORIS}", having="as what?")
    token = str(which.button("admin").callback_data)  # type: ignore[union-attr]
    await desk.press(which, "admin")
    await desk.ask(f"/deny {BORIS}", having="may do nothing here any more")
    assert await toast(desk, desk.chat.press_data(desk.anna, which, token)) == GONE
    his = boris.chat.say(boris.anna, "x")
    assert await toast(desk, boris.chat.press_data(boris.anna, his, token)) == NEUTRAL


async def test_by_telegrams_own_list(desk: Stands, boris: Stands) -> None:
    said = desk.chat.say(desk.anna, "/allow")
    choose = await desk.answer(said.id, having="Or choose somebody")
    desk.chat.pick_people(desk.anna, choose, "👤", [boris.anna])
    which = await desk.answer(choose.id, having="Boris (id 2002): as what?")
    await desk.press(which, "manager")
    await desk.ask("/users", having="Boris · id 2002 · manager")
    await boris.ask("/senders", having="No gateway is connected")


async def test_by_a_reply_in_a_group(desk: Stands, boris: Stands, group: Chat) -> None:
    his = group.say(boris.anna, "hello")
    group.say(desk.anna, "/allow", reply_to=his)
    which = await seen(desk, lambda: next((m for m in group.bot_messages if "as what?" in m.text), None))
    assert await toast(desk, group.press(boris.anna, which, "admin")) == NEUTRAL
    assert await pressed(desk, group, which, "viewer") == "Boris has the role: viewer."
    await says(boris, group, "/status", having="Nothing has been sent")


@pytest.mark.parametrize("typed", ["/allow 0", "/allow nobody", "/allow -5"])
async def test_nobody_in_that(desk: Stands, typed: str) -> None:
    await desk.ask(typed, having="I see nobody in that")


async def test_by_an_invite_that_the_inviter_confirms(desk: Stands, boris: Stands) -> None:
    ways = await desk.ask("/allow", having="Whom do you let in?")
    await desk.press(ways, "🔗")
    which = await desk.answer(ways.id, having="As what are they to come?")
    await desk.press(which, "operator")
    link = await desk.answer(which.id, having="It works once, for 15 min")
    waits = await boris.ask(link_in(link), having="Whoever invited you has been asked")
    # Not in yet, and the link is spent.
    clever = boris.chat.say(boris.anna, "/help")
    question = await desk.answer(link.id, having="Boris (id 2002) followed your invite, role: operator")
    assert await desk.press(question, "✅ Let in") == "Boris has the role: operator."
    await boris.answer(waits.id, having="You are in, with the role: operator")
    assert [text for text in texts_since(boris, clever) if "What I can do" in text] == []
    await boris.ask("/send", having="No gateway is connected")
    mallory = replace(desk, anna=desk.telegram.person(3003, "Mallory", language_code="en"))
    assert (await mallory.ask(link_in(link))).text == NEUTRAL


async def test_an_invite_that_the_wrong_personfollowed(desk: Stands, boris: Stands) -> None:
    question = await followed(desk, boris)
    assert await desk.press(question, "✖ It is not") == "Boris is not let in."
    assert await boris.ask("/help", having=NEUTRAL)


async def test_an_invite_is_good_for_a_while(desk: Stands, boris: Stands, clock: Ahead) -> None:
    link = await invite(desk)
    clock.by += timedelta(minutes=15, seconds=1)
    assert (await boris.ask(link_in(link))).text == NEUTRAL


async def test_an_invite_dies_with_its_inviter(desk: Stands, boris: Stands) -> None:
    carol = replace(desk, anna=desk.telegram.person(4004, "Carol", language_code="en"))
    await let_in(desk, "admin", 4004)
    link = await invite(carol)
    await desk.ask("/deny 4004", having="may do nothing")
    assert (await boris.ask(link_in(link))).text == NEUTRAL


async def invite(desk: Stands) -> Message:
    ways = await desk.ask("/allow", having="Whom do you let in?")
    await desk.press(ways, "🔗")
    which = await desk.answer(ways.id, having="As what are they to come?")
    await desk.press(which, "operator")
    return await desk.answer(which.id, having="It works once")


async def followed(desk: Stands, boris: Stands) -> Message:
    link = await invite(desk)
    await boris.ask(link_in(link), having="has been asked")
    return await desk.answer(link.id, having="followed your invite")


# What a role lets one do.


async def test_help_shows_only_what_one_may(desk: Stands, boris: Stands) -> None:
    shown = {}
    for role in ("viewer", "operator", "manager", "admin"):
        await let_in(desk, role)
        text = (await boris.ask("/help", having="What I can do")).text
        shown[role] = {line.split()[0] for line in text.splitlines() if " — " in line}
    assert shown["viewer"] == {"/status", "/campaigns", "/inbox", "/balance", "/stats", "/settings"}
    assert shown["operator"] == shown["viewer"] | {"/send", "/cancel", "/templates", "/contacts"}
    assert shown["manager"] == shown["operator"] | {"/stoplist", "/senders", "/alerts"}
    assert {"/connect", "/accounts", "/allow", "/deny", "/users"} <= shown["admin"] - shown["manager"]


async def test_the_menu_is_of_ones_role_and_strangers_have_none(desk: Stands, boris: Stands) -> None:
    def menu(person: int) -> list[str]:
        scope = json.dumps({"chat_id": person, "type": "chat"}, sort_keys=True)
        return [one["command"] for one in desk.telegram._world.commands.get((scope, "en"), [])]

    default = json.dumps({"type": "default"})
    await desk.telegram.wait_for(lambda: menu(1001))
    assert not desk.telegram._world.commands.get((default, ""))
    assert {"send", "allow"} <= set(menu(1001))
    await let_in(desk, "viewer")
    await desk.telegram.wait_for(lambda: menu(BORIS))
    assert set(menu(BORIS)) == {
        "status", "campaigns", "inbox", "balance", "stats", "settings", "help", "start",
    }  # fmt: skip
    await desk.ask(f"/deny {BORIS}", having="may do nothing")
    await desk.telegram.wait_for(lambda: not menu(BORIS))


async def test_a_role_that_does_not_do_is_told_so(desk: Stands, boris: Stands) -> None:
    await let_in(desk, "viewer")
    answer = await boris.ask(f"/send {DELIVERED} Text", having="This takes")
    assert answer.text.startswith("This takes the role: operator. Yours is: viewer. Nothing was done.")
    for command in (
        "/connect smsc demo demo-password",
        "/accounts",
        "/allow 7 admin",
        "/deny 1001",
        "/users",
    ):
        await boris.ask(command, having="This takes the role: admin. Yours is: viewer.")
    assert not desk.smsc.requests


async def test_operators_stop_their_own_and_managers_every_campaign(
    desk: Stands, boris: Stands, group: Chat
) -> None:
    await connect_group(desk, group)
    for person in (desk, boris):
        if person is boris:
            await let_in(desk, "operator")
        card = await says(person, group, f"/send at=2027-06-01T10:00 {SLOW} Text", having="Check, then send")
        assert "is scheduled" in await pressed(person, group, card, "✅")
        await seen(desk, lambda card=card: card.button("✖ Cancel"))  # type: ignore[misc]
    first = next(m for m in group.bot_messages if m.button("✖ Cancel"))
    assert "This campaign is somebody else's" in await pressed(boris, group, first, "✖ Cancel")
    await says(boris, group, "/cancel #1", having="This campaign is somebody else's")
    await says(boris, group, "/cancel #2", having="#2: one message")
    await let_in(desk, "manager")
    await says(boris, group, "/cancel #1", having="#1: one message")


async def test_an_operator_has_fewer_recipients(tmp_path: Path) -> None:
    async with stands() as world:
        async with working(world.settings(tmp_path, limits={"operator_recipients": 2})):
            boris = replace(world, anna=world.telegram.person(BORIS, "Boris", language_code="en"))
            group = world.telegram.group(-1001, "Support", [world.anna, boris.anna])
            await connect_group(world, group)
            await let_in(world, "operator")
            three = "/send +79031234500, +79031234501, +79031234502 Text"
            await says(boris, group, three, having="at most 2")
            await says(world, group, three, having="Check, then send")


# Going.


async def test_users_lists_changes_and_removes(desk: Stands, boris: Stands) -> None:
    await let_in(desk, "viewer")
    listed = await desk.ask("/users", having="Who may do what")
    assert "id 1001 · admin, by the configuration" in listed.text
    assert await desk.press(listed, "2002") == ""
    one = await desk.answer(listed.id, having="2002 · id 2002 · viewer")
    assert [key.text for row in one.keyboard for key in row] == ["operator", "manager", "admin", "✖ Remove"]
    assert await desk.press(one, "manager") == "2002 has the role: manager. Before: viewer."
    await boris.ask("/senders", having="No gateway")
    listed = await desk.ask("/users", having="Boris · id 2002 · manager")
    await desk.press(listed, "Boris")
    one = await desk.answer(listed.id, having="manager")
    assert "may do nothing here any more" in await desk.press(one, "✖ Remove")
    assert await boris.ask("/senders", having=NEUTRAL)


async def test_the_last_admin_cannot_be_removed(desk: Stands, boris: Stands) -> None:
    await let_in(desk, "admin")
    for command in ("/deny 1001", "/allow 1001 viewer", "/allow 1001"):
        await boris.ask(command, having="This is an admin of the configuration")
    await desk.ask("/deny 1001", having="This is an admin of the configuration")
    await desk.ask("/users", having="id 1001 · admin")
    sure = await boris.ask("/deny 2002", having="That is you.")
    await boris.press(sure, "✖ Take my role away")
    assert await boris.ask("/users", having=NEUTRAL)


async def test_deny_alone_lists_whom(desk: Stands, boris: Stands) -> None:
    await desk.ask("/deny", having="Nobody has a role but the admins")
    await let_in(desk, "operator")
    which = await desk.ask("/deny", having="Who is to lose all rights?")
    assert "may do nothing here any more" in await desk.press(which, "✖ 2002")
    await desk.ask("/deny 2002", having="2002 had no role")
    assert await boris.ask("/status", having=NEUTRAL)


async def test_who_came_through_a_group_goes_with_it(desk: Stands, boris: Stands, group: Chat) -> None:
    his = group.say(boris.anna, "hello")
    group.say(desk.anna, "/allow operator", reply_to=his)
    await seen(desk, lambda: next((m for m in group.bot_messages if "has the role" in m.text), None))
    await boris.ask("/help", having="/send")
    group.remove_member(boris.anna)
    await desk.telegram.wait_for(lambda: not desk.telegram.pending_updates)
    await says(desk, group, "/help", having="What I can do")
    assert await boris.ask("/help", having=NEUTRAL)


async def test_a_line_in_the_chat_tells_of_leaving_too(desk: Stands, boris: Stands, group: Chat) -> None:
    his = group.say(boris.anna, "hello")
    group.say(desk.anna, "/allow operator", reply_to=his)
    await seen(desk, lambda: next((m for m in group.bot_messages if "has the role" in m.text), None))
    # Of somebody else, then of Boris.
    group.event(desk.anna, left_chat_member={"id": 5, "is_bot": False, "first_name": "E"})
    await says(desk, group, "/help", having="What I can do")
    await boris.ask("/help", having="/send")
    group.event(desk.anna, left_chat_member=boris.anna.json())
    await says(desk, group, "/help", having="What I can do")
    assert await boris.ask("/help", having=NEUTRAL)


async def test_who_came_by_id_stays_when_they_leave_a_group(desk: Stands, boris: Stands, group: Chat) -> None:
    await let_in(desk, "viewer")
    group.event(boris.anna, left_chat_member=boris.anna.json())
    await says(desk, group, "/help", having="What I can do")
    await boris.ask("/help", having="What I can do")


# Accounts of several chats.


async def test_an_account_is_shared_by_its_owner(desk: Stands, boris: Stands, group: Chat) -> None:
    await desk.connect("smsc")
    await let_in(desk, "admin")
    await says(desk, group, "/accounts", having="No gateway is connected to this chat")
    listed = await desk.ask("/accounts", having="smsc · SMSC")
    await desk.press(listed, "🔗 Share smsc")
    which = await desk.answer(listed.id, having="Who else may use smsc?")
    assert await desk.press(which, "🔗 Support") == "Support may use smsc now."
    again = await desk.answer(which.id, having="Who else may use smsc?")
    assert again.button("✖ Support") is not None
    theirs = await says(boris, group, "/accounts", having="smsc · SMSC")
    assert theirs.keyboard == []
    await says(boris, group, f"/send {DELIVERED} Text", having="Check, then send")

    listed = await desk.ask("/accounts", having="smsc · SMSC")
    await desk.press(listed, "🔗 Share smsc")
    which = await desk.answer(listed.id, having="Who else may use smsc?")
    assert (await desk.press(which, "✖ Support")).startswith("Support may use smsc no more.")
    await says(boris, group, "/accounts", having="No gateway is connected to this chat")


# Rates.


async def test_a_person_in_too_much_of_a_hurry(tmp_path: Path) -> None:
    clock = Ahead()
    async with stands(clock=clock) as world:
        settings = world.settings(tmp_path, limits={"commands": 3})
        async with working(settings, clock=clock) as running:
            for _ in range(3):
                await world.ask("/help", having="What I can do")
            first = await world.ask("/connect smsc demo demo-password", having="more than 3 a minute")
            for _ in range(5):
                world.chat.say(world.anna, "/balance")
            last = world.chat.press_data(world.anna, first, "no such button")
            await world.telegram.wait_for(lambda: not world.telegram.pending_updates)
            await handled(running)
            clock.by += timedelta(minutes=1, seconds=1)
            await world.ask("/help", having="What I can do")
            assert last.answer is None
            assert [text for text in texts_since(world, first) if "What I can do" not in text] == []
            assert not world.smsc.requests


async def test_an_account_has_its_messages_for_the_hour(tmp_path: Path) -> None:
    clock = Ahead()
    async with stands(clock=clock) as world:
        async with working(world.settings(tmp_path, limits={"account_messages": 2}), clock=clock):
            await world.connect("smsc")
            await confirmed(world, f"/send {DELIVERED}, {SLOW} Text")
            await seen(world, lambda: len(accepted(world)) == 2)
            told = await world.ask(
                f"/send {DELIVERED} More", having="may be given 2 messages an hour: 0 are left"
            )
            assert "There is room from" in told.text
            # One for another hour is counted there, and fills that hour.
            later = (clock() + timedelta(hours=5)).isoformat(timespec="minutes")
            await confirmed(world, f"/send at={later} {DELIVERED}, {SLOW} Later")
            await world.ask(f"/send at={later} {DELIVERED} More", having="may be given 2 messages an hour")
            clock.by += timedelta(hours=1, seconds=1)
            first, second = [await offered(world, f"/send {DELIVERED} {text}") for text in ("More", "Still")]
            third = await offered(world, f"/send {DELIVERED} Third")
            for card in (first, second):
                assert "is in the queue" in await world.press(card, "✅")
            assert "may be given 2 messages an hour: 0 are left" in await world.press(third, "✅")
            clock.by += timedelta(minutes=61)


# Names.


async def test_no_name_is_longer_than_its_column(desk: Stands, tmp_path: Path) -> None:
    """SQLite takes any length, PostgreSQL does not. 64, a blank and 64 is what Telegram allows."""
    await desk.connect("smsc")
    long = replace(desk, anna=replace(desk.anna, first_name=f"{'A' * 64} {'B' * 64}"))
    await confirmed(long, f"/send {DELIVERED} Text")
    card = await offered(long, f"/send {DELIVERED} Text")
    await long.press(card, "✖")
    which = await long.ask("/senders delete ACME", having="ACME")
    await long.press(which, "✖")
    await let_in(long, "operator")
    await let_in(long, "viewer")
    await long.ask(f"/deny {BORIS}", having="may do nothing")
    with sqlite3.connect(tmp_path / "smsdesk.db") as database:
        named = database.execute("select decided_by from drafts where decided_by is not null").fetchall()
        too_long = [
            (table.name, column.name)
            for table in metadata.sorted_tables
            for column in table.columns
            if type(column.type) is sa.String and column.type.length is not None
            if (longest(database, table.name, column.name) or 0) > column.type.length
        ]
    assert len(named) == 3
    assert too_long == []


def longest(database: sqlite3.Connection, table: str, column: str) -> int | None:
    query = f'select max(length("{column}")) from "{table}"'  # noqa: S608 - names of the schema
    found: int | None = database.execute(query).fetchone()[0]
    return found


# What is old.


async def test_u14_an_old_send_is_shown_back(tmp_path: Path) -> None:
    clock = Ahead()
    async with stands(clock=clock) as world:
        settings = world.settings(tmp_path)
        async with working(settings, clock=clock):
            await world.connect("smsc")
        said = world.chat.say(world.anna, f"/send {DELIVERED} Sale ends at six")
        clock.by += timedelta(minutes=10)
        async with working(settings, clock=clock):
            back = await world.answer(said.id, having="You wrote this 10 min ago")
            assert "Sale ends at six" in back.text
            token = str(back.button("✅").callback_data)  # type: ignore[union-attr]
            await world.press(back, "✅ Still send")
            await world.answer(back.id, having="Check, then send")
            assert await toast(world, world.chat.press_data(world.anna, back, token)) == GONE
