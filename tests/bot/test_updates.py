"""The durable inbox: what Telegram acknowledged is in the database, and has its effect once and in order."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from telegram import Update

import bot.updates
from bot.app import build
from bot.updates import PRESSES, lane_of
from desk import outage
from desk.clock import utc_now
from sandbox.telegram import FaultKind, Message, Person, TelegramServer
from storage import accounts, updates
from storage.db import ATTEMPTS
from storage.outage import TookTooLong
from storage.sealed import update_owner
from storage.updates import StoredUpdate

from ..flow.desk import ADMIN, DELIVERED, TOKEN, Stands, stands, working

BORIS = 1002
PERSON = {"id": 7, "is_bot": False, "first_name": "Clara"}


@pytest.fixture
async def world() -> AsyncIterator[Stands]:
    async with stands() as made:
        made.telegram.person(BORIS, "Boris", language_code="en")
        yield made


@pytest.fixture(autouse=True)
def _no_pause_after_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.updates, "AFTER_TROUBLE", 0.0)


def rows(folder: Path) -> dict[int, tuple[str, str, str | None]]:
    """What stands committed on disk, as another process sees it: state, sealed, incident."""
    with sqlite3.connect(folder / "smsdesk.db") as connection:
        found = connection.execute("SELECT id, state, sealed, incident FROM updates ORDER BY id").fetchall()
    connection.close()
    return {row[0]: row[1:] for row in found}


def answers(world: Stands, person: Person | None = None) -> list[str]:
    return [one.text for one in world.telegram.private(person or world.anna).bot_messages]


def greetings(world: Stands) -> int:
    return sum(text.startswith("smsdesk: SMS from this chat") for text in answers(world))


def person(world: Stands, person_id: int) -> Person:
    found = next(chat for chat in world.telegram.chats if chat.id == person_id).owner
    assert found is not None
    return found


# Stored, then acknowledged.


async def test_an_update_is_acknowledged_only_when_it_is_stored(world: Stands, tmp_path: Path) -> None:
    stored_at_acknowledgement: list[bool] = []

    def acknowledged() -> bool:
        if world.telegram.pending_updates:
            return False
        stored_at_acknowledgement.append(bool(rows(tmp_path)))
        return True

    async with working(world.settings(tmp_path)) as desk:
        await world.telegram.wait_for(lambda: world.telegram.is_polled)
        async with desk.services.database.write():  # nobody can store now
            world.chat.say(world.anna, "/start")
            await world.telegram.wait_for(lambda: not world.telegram.is_polled)
            assert len(world.telegram.pending_updates) == 1
            assert rows(tmp_path) == {}
        await world.telegram.wait_for(acknowledged)
        await world.answer(0, having="smsdesk")
    assert stored_at_acknowledgement == [True]


async def test_a_handled_update_is_emptied(world: Stands, tmp_path: Path) -> None:
    """It may hold a password."""
    async with working(world.settings(tmp_path)):
        await world.ask("/start")
    ((state, sealed, incident),) = rows(tmp_path).values()
    assert (state, sealed, incident) == ("handled", "", None)


async def test_a_stored_update_cannot_be_read_without_the_key(world: Stands, tmp_path: Path) -> None:
    async with build(world.settings(tmp_path), poll_wait=2) as desk:
        await _poll(world, desk.poller.run(), "/connect smsc demo demo-password")
        ((state, sealed, _),) = rows(tmp_path).values()
        assert state == "new"
        assert "demo-password" not in sealed
        (update_id,) = rows(tmp_path)
        opened = desk.services.vault.open(update_owner(update_id), sealed)
        assert opened["message"]["text"] == "/connect smsc demo demo-password"


async def test_a_redelivered_update_has_one_effect(world: Stands, tmp_path: Path) -> None:
    async with working(world.settings(tmp_path)):
        await world.ask("/start")
        for _ in range(2):
            world.telegram.redeliver(world.telegram.updates[0]["update_id"])
            await world.telegram.wait_for(lambda: not world.telegram.pending_updates)
        await world.ask("/help", having="What I can do")
    assert greetings(world) == 1


async def test_an_update_delivered_twice_at_once_has_one_effect(world: Stands, tmp_path: Path) -> None:
    async with build(world.settings(tmp_path), poll_wait=2) as desk:
        await _poll(world, desk.poller.run(), "/start")
        world.telegram.redeliver(world.telegram.updates[0]["update_id"])
        await _poll(world, desk.poller.run(), "/help")
    async with working(world.settings(tmp_path)):
        await world.answer(0, having="What I can do")
    assert greetings(world) == 1


# A handler that breaks.


async def test_a_broken_handler_parks_its_update_and_holds_up_nobody(
    world: Stands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        raise ZeroDivisionError("a secret of the inside")

    async with working(world.settings(tmp_path)):
        with monkeypatch.context() as patch:
            patch.setattr(accounts, "of_chat", broken)
            said = await world.ask("/start", having="incident")
        assert "This command had no effect." in said.text
        assert "ZeroDivisionError" not in said.text
        assert "secret" not in said.text
        await world.ask("/start", having="smsdesk: SMS")
    (parked, handled) = rows(tmp_path).values()
    assert parked[:2] == ("failed", "")
    assert parked[2] is not None
    assert f"(incident {parked[2]})" in said.text
    assert handled == ("handled", "", None)


async def test_an_update_that_always_takes_too_long_is_parked_and_told(
    world: Stands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outage, "PAUSE", 0.01)
    tries: list[object] = []

    async def too_long(*_: Any) -> None:
        tries.append(_)
        raise TookTooLong("canceling statement due to statement timeout")

    async with working(world.settings(tmp_path)):
        with monkeypatch.context() as patch:
            patch.setattr(accounts, "of_chat", too_long)
            await world.ask("/start", having="incident")
        await world.ask("/start", having="smsdesk: SMS")
    assert len(tries) == ATTEMPTS
    assert [row[0] for row in rows(tmp_path).values()] == ["failed", "handled"]


async def test_an_update_that_is_damaged_is_parked(world: Stands, tmp_path: Path) -> None:
    async with build(world.settings(tmp_path), poll_wait=2) as desk:
        async with desk.services.database.write() as tx:
            whole = desk.services.vault.seal(update_owner(1), {"update_id": 1})
            unreadable = StoredUpdate(id=1, lane=ADMIN, sealed=whole[:-8])
            await updates.store(tx, [unreadable], utc_now())
    async with working(world.settings(tmp_path)):
        await world.ask("/start")
    state, _, incident = rows(tmp_path)[1]
    assert state == "failed"
    assert incident


# Order.


async def test_a_slow_gateway_holds_up_its_own_chat_only(world: Stands, tmp_path: Path) -> None:
    boris = person(world, BORIS)
    async with working(world.settings(tmp_path, telegram={"admins": [ADMIN, BORIS]})):
        await world.connect("smsc")
        world.smsc.faults.add("senders", kind="hang")
        first = world.chat.say(world.anna, "/senders")
        await world.smsc.wait_for(lambda: bool(world.smsc.faults.applied))
        world.chat.say(world.anna, "/help")
        world.telegram.private(boris).say(boris, "/help")
        await world.telegram.wait_for(lambda: answers(world, boris))
        assert [one for one in world.chat.bot_messages if one.id > first.id] == []
        await world.smsc.stop()  # lets go of what hangs
        await world.telegram.wait_for(lambda: any("What I can do" in one for one in answers(world)))
    asked = [one.text for one in world.chat.bot_messages if one.id > first.id]
    assert asked[0].startswith("smsc · SMSC: the sender IDs are not known now.")
    assert asked[1].startswith("What I can do")


async def test_a_press_does_not_wait_for_a_command_that_waits_for_a_gateway(
    world: Stands, tmp_path: Path
) -> None:
    """✖ within the time to think better of it stops the sending, whatever was asked in between."""
    async with working(world.settings(tmp_path, limits={"undo": "60s"}, submit={"balance_timeout": "60s"})):
        await world.connect("smsc")
        card = await world.ask(f"/send {DELIVERED} Text", having="Check, then send")
        assert await world.press(card, "✅") == "#1 is in the queue."
        await world.becomes(card, "queued 1")
        world.smsc.faults.add("senders", kind="hang")
        asked = world.chat.say(world.anna, "/senders")
        await world.smsc.wait_for(lambda: bool(world.smsc.faults.applied))
        assert await world.press(card, "✖") == "#1: one message will not leave."
        assert [one for one in world.chat.bot_messages if one.id > asked.id] == []
        await world.smsc.stop()  # lets go of what hangs
        await world.answer(asked.id, having="the sender IDs are not known now.")
    assert not world.smsc.journal.accepted


async def test_presses_keep_their_order_among_themselves(world: Stands, tmp_path: Path) -> None:
    async with working(world.settings(tmp_path)):
        await world.connect("smsc")
        card = await world.ask(f"/send {DELIVERED} Text", having="Check, then send")
        pressed = [world.chat.press(world.anna, card, label) for label in ("✖", "✅")]
        await world.telegram.wait_for(lambda: all(one.answer for one in pressed))
    assert [one.answer.text for one in pressed if one.answer] == [
        "Dismissed: nothing was sent.",
        "Anna dismissed this: nothing was sent.",
    ]


async def test_many_updates_of_one_chat_are_answered_in_their_order(world: Stands, tmp_path: Path) -> None:
    for number in range(1, 31):
        world.chat.say(world.anna, f"/status #{number}")
    async with working(world.settings(tmp_path)):
        await world.telegram.wait_for(lambda: len(answers(world)) == 30)
    assert answers(world) == [
        f"There is no #{number} in this chat. /status lists the last ones." for number in range(1, 31)
    ]


@pytest.mark.parametrize(
    ("update", "lane"),
    [
        ({"message": {"message_id": 1, "date": 1, "chat": {"id": -5, "type": "group"}}}, -5),
        ({"chosen_inline_result": {"result_id": "1", "from": PERSON, "query": ""}}, 7),
        ({}, 0),
        (
            {
                "callback_query": {
                    "id": "1",
                    "from": PERSON,
                    "chat_instance": "1",
                    "message": {"message_id": 1, "date": 1, "chat": {"id": -5, "type": "group"}},
                }
            },
            PRESSES - 5,
        ),
    ],
    ids=["chat", "person", "nobody", "press"],
)
def test_the_lane_of_an_update(update: dict[str, Any], lane: int) -> None:
    assert lane_of(Update.de_json({"update_id": 1, **update}, None)) == lane


# Restart.


async def _poll(world: Stands, polling: Any, text: str) -> Message:
    """Say something and let the bot take it in, but not handle it: as if killed right after."""
    said = world.chat.say(world.anna, text)
    task = asyncio.create_task(polling)
    await world.telegram.wait_for(lambda: not world.telegram.pending_updates)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return said


async def test_what_was_stored_and_not_handled_is_handled_after_the_restart_once(
    world: Stands, tmp_path: Path
) -> None:
    async with build(world.settings(tmp_path), poll_wait=2) as desk:
        await _poll(world, desk.poller.run(), "/start")
    assert answers(world) == []
    for text in ("/help", "/accounts"):
        async with working(world.settings(tmp_path)):
            await world.ask(text)
    assert greetings(world) == 1
    assert answers(world)[0].startswith("smsdesk: SMS")


async def test_smaller_ids_after_a_week_of_silence_are_handled(world: Stands, tmp_path: Path) -> None:
    async with working(world.settings(tmp_path)):
        await world.ask("/start")
    async with TelegramServer(TOKEN, first_update_id=5) as restarted:
        anna = restarted.person(ADMIN, "Anna", language_code="en")
        chat = restarted.private(anna)
        async with working(world.settings(tmp_path, telegram={"api_url": restarted.url})):
            chat.say(anna, "/help")
            await restarted.wait_for(lambda: chat.bot_messages)
    assert min(rows(tmp_path)) == 5
    assert {row[0] for row in rows(tmp_path).values()} == {"handled"}


async def test_an_update_that_came_first_goes_first_whatever_its_id(world: Stands, tmp_path: Path) -> None:
    async with build(world.settings(tmp_path), poll_wait=2) as desk:
        await _poll(world, desk.poller.run(), "/start")
    async with TelegramServer(TOKEN, first_update_id=5) as restarted:
        anna = restarted.person(ADMIN, "Anna", language_code="en")
        chat = restarted.private(anna)
        chat.say(anna, "/help")
        settings = world.settings(tmp_path, telegram={"api_url": restarted.url})
        async with build(settings, poll_wait=2) as desk:
            task = asyncio.create_task(desk.poller.run())
            await restarted.wait_for(lambda: not restarted.pending_updates)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        async with working(settings):
            await restarted.wait_for(lambda: len(chat.bot_messages) == 2)
    assert [one.text.partition("\n")[0] for one in chat.bot_messages] == [
        "smsdesk: SMS from this chat.",
        "What I can do",
    ]


# A Telegram that misbehaves.


@pytest.mark.parametrize(
    "kind", ["409", "500", "502", "garbled", "reset_before", "delivered_reset", "delivered_502", "429"]
)
async def test_polling_survives(world: Stands, tmp_path: Path, kind: FaultKind) -> None:
    async with working(world.settings(tmp_path)):
        await world.ask("/start")
        with structlog.testing.capture_logs() as logs:
            world.telegram.faults.add("getUpdates", kind=kind, retry_after=0)
            await world.ask("/help", having="What I can do")  # ends the poll that waits; the next one fails
            await world.telegram.wait_for(lambda: len(world.telegram.faults.applied) == 1)
            await world.ask("/accounts", having="No gateway is connected")
    assert greetings(world) == 1
    told = "another program polls with this bot's token"
    assert (told in [one["event"] for one in logs]) is (kind == "409")
    assert len(answers(world)) == 3
