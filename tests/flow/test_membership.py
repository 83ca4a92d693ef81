"""Groups the bot comes into and goes from: what it says, what goes with it, what stands in the audit."""

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import Desk
from sandbox.telegram import Chat, Person
from storage import audit
from storage.audit import Wanted

from .desk import ADMIN, Stands, stands, working
from .steps import Ahead, connect_group, says, seen, soon
from .test_people import NEUTRAL, handled

BORIS, MALLORY = 2002, 6666


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def world(clock: Ahead) -> AsyncIterator[Stands]:
    async with stands(clock=clock) as made:
        yield made


@pytest.fixture
async def running(world: Stands, clock: Ahead, tmp_path: Path) -> AsyncIterator[Desk]:
    async with working(world.settings(tmp_path), clock=clock) as desk:
        yield desk


@pytest.fixture
def mallory(world: Stands) -> Person:
    return world.telegram.person(MALLORY, "Mallory", language_code="en")


@pytest.fixture
def elsewhere(world: Stands, mallory: Person) -> Chat:
    """A group that the bot is not in yet."""
    group = world.telegram.group(-1007, "Elsewhere", [mallory, world.anna])
    group.expel_bot()
    return group


# Leaving where it does not belong.


@pytest.mark.parametrize("method", ["sendMessage", "leaveChat"])
@pytest.mark.parametrize("kind", ["429", "502", "delivered_reset"])
async def test_it_leaves_though_telegram_stumbles(
    world: Stands, running: Desk, clock: Ahead, elsewhere: Chat, mallory: Person, method: str, kind: str
) -> None:
    world.telegram.faults.add(method, kind=kind, times=3, chat_id=elsewhere.id)  # type: ignore[arg-type]
    await world.ask("/help", having="What I can do")
    elsewhere.invite_bot(mallory)
    await soon(world, clock, lambda: elsewhere.bot_status == "left")
    assert elsewhere.bot_messages or method == "sendMessage"


async def test_it_leaves_after_a_restart(
    world: Stands, clock: Ahead, tmp_path: Path, elsewhere: Chat, mallory: Person
) -> None:
    lasting = world.telegram.faults.add("leaveChat", kind="502", times=None)
    settings = world.settings(tmp_path)
    async with working(settings, clock=clock):
        elsewhere.invite_bot(mallory)
        await world.telegram.wait_for(lambda: world.telegram.faults.applied)
    assert elsewhere.bot_status == "member"
    lasting.left = 0
    async with working(settings, clock=clock):
        await world.ask("/help", having="What I can do")
        await soon(world, clock, lambda: elsewhere.bot_status == "left")


async def test_it_stays_where_an_admin_wants_it_meanwhile(
    world: Stands, running: Desk, clock: Ahead, tmp_path: Path, elsewhere: Chat, mallory: Person
) -> None:
    lasting = world.telegram.faults.add("leaveChat", kind="502", times=None)
    elsewhere.invite_bot(mallory)
    await world.telegram.wait_for(lambda: world.telegram.faults.applied)
    elsewhere.say(world.anna, "/help")
    await handled(running)
    lasting.left = 0
    await world.ask("/help", having="What I can do")

    def ends() -> list[tuple[str]]:
        with sqlite3.connect(tmp_path / "smsdesk.db") as database:
            return database.execute("select 1 from outbox where kind = 'leave' and state = 'sent'").fetchall()

    await soon(world, clock, ends)
    assert elsewhere.bot_status == "member"


# Sent away.


@pytest.fixture
def staff(world: Stands) -> Chat:
    """A staff group of Anna and Boris."""
    boris = world.telegram.person(BORIS, "Boris", language_code="en")
    return world.telegram.group(-1001, "Support", [world.anna, boris])


async def came_through(world: Stands, group: Chat) -> Stands:
    """Boris, let in by a reply in the group; the desk as he sees it."""
    boris = group.members[BORIS]
    group.say(world.anna, "/allow operator", reply_to=group.say(boris, "hello"))
    await seen(world, lambda: next((m for m in group.bot_messages if "has the role" in m.text), None))
    return replace(world, anna=boris)


async def did(running: Desk) -> list[tuple[str, int | None]]:
    """What was done and by whom, the newest last."""
    async with running.services.database.read() as tx:
        found = await audit.find(tx, Wanted(), limit=50)
    return [(one.action, one.person_id) for one in reversed(found)]


async def test_who_came_through_a_group_loses_the_role_with_the_bot(
    world: Stands, running: Desk, staff: Chat, mallory: Person
) -> None:
    boris = await came_through(world, staff)
    said = world.chat.say(world.anna, "/allow 3003 viewer")
    await world.answer(said.id, having="3003 has the role")
    staff.expel_bot(mallory)
    told = await world.answer(said.id, having="Support")
    assert "I was sent away from Support" in told.text
    assert "Boris · id 2002" in told.text
    assert "3003" not in told.text
    await boris.ask("/help", having=NEUTRAL)
    assert (await did(running))[-2:] == [("group-left", MALLORY), ("revoked", MALLORY)]
    await world.ask("/users", having="id 3003")


async def test_a_stranger_does_not_bring_it_back_to_its_account(
    world: Stands, running: Desk, staff: Chat, mallory: Person
) -> None:
    await connect_group(world, staff)
    staff.expel_bot(world.anna)
    staff.invite_bot(mallory)
    await world.telegram.wait_for(lambda: staff.bot_status == "left")
    assert (await did(running))[-2:] == [("group-left", ADMIN), ("group-refused", MALLORY)]
    # An admin does, and its account is there still.
    staff.invite_bot(world.anna)
    await says(world, staff, "/accounts", having="smsc · SMSC")


# What stands in the audit of it.


async def test_a_command_that_brings_it_in_is_written_down_once(
    world: Stands, running: Desk, staff: Chat
) -> None:
    await says(world, staff, "/help", having="What I can do")
    await says(world, staff, "/help", having="What I can do")
    assert await did(running) == [("group", ADMIN)]


async def test_an_admin_who_adds_it_is_written_down(world: Stands, running: Desk, elsewhere: Chat) -> None:
    elsewhere.invite_bot(world.anna)
    await seen(world, lambda: elsewhere.bot_messages)
    assert await did(running) == [("group", ADMIN)]


async def test_a_group_that_moves_is_written_down(world: Stands, running: Desk, staff: Chat) -> None:
    await says(world, staff, "/help", having="What I can do")
    staff.event(world.anna, migrate_to_chat_id=-1001999)
    await world.telegram.wait_for(lambda: not world.telegram.pending_updates)
    await handled(running)
    assert await did(running) == [("group", ADMIN), ("moved", 777000)]


async def test_a_sender_id_that_was_kept_is_written_down(world: Stands, running: Desk) -> None:
    await world.connect("smsc")
    which = await world.ask("/senders delete ACME", having="ACME")
    await world.press(which, "✖")
    assert (await did(running))[-1] == ("sender-keep", ADMIN)
