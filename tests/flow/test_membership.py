"""Groups the bot comes into and goes from: what it says, what goes with it, what stands in the audit."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import Desk
from sandbox.telegram import Chat, Person

from .desk import Stands, stands, working
from .steps import Ahead, soon
from .test_people import handled

MALLORY = 6666


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
