"""Telegram calls instead of being polled: each update once, none lost, and nobody else's are taken."""

import asyncio
import io
import socket
import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

import bot.app
import bot.reception
import bot.updates
import desk.outage
import storage.sqlite
from bot.app import Desk, build
from bot.config import Settings

from .desk import DELIVERED, Stands, working
from .steps import Ahead, accepted, confirmed

SECRET = "a-secret-of-the-tests"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def settings(world: Stands, folder: Path) -> Settings:
    port = free_port()
    return world.settings(
        folder,
        telegram={
            "mode": "webhook",
            "webhook_url": f"http://127.0.0.1:{port}/telegram",
            "webhook_secret": SECRET,
        },
        web={"listen": f"127.0.0.1:{port}"},
    )


@pytest.fixture
async def hooked(world: Stands, tmp_path: Path) -> AsyncIterator[Settings]:
    """A bot at work whose updates come by webhook."""
    made = settings(world, tmp_path)
    async with working(made):
        yield made


async def call(made: Settings, body: Any, secret: str | None = SECRET, *, size: int = 0) -> int:
    """A call to the webhook as anybody could make it; its status."""
    headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
    url = made.telegram.webhook_url or ""
    async with aiohttp.ClientSession() as session:
        data = io.BytesIO(b" " * size) if size else body if isinstance(body, bytes) else None
        json = None if data is not None else body
        async with session.post(url, data=data, json=json, headers=headers) as answer:
            return answer.status


def stored(folder: Path) -> list[int]:
    connection = sqlite3.connect(folder / "smsdesk.db")
    try:
        return [row[0] for row in connection.execute("SELECT id FROM updates")]
    finally:
        connection.close()


async def test_a_whole_conversation_by_webhook(world: Stands, hooked: Settings) -> None:
    assert world.telegram.webhook["url"] == hooked.telegram.webhook_url
    assert world.telegram.webhook["secret_token"] == SECRET
    await world.connect("smsc")
    card = await confirmed(world, f"/send {DELIVERED} Text")
    await world.becomes(card, "delivered 1")
    assert len(accepted(world)) == 1
    assert not any(one.method == "getUpdates" for one in world.telegram.calls)
    assert {one.status for one in world.telegram.deliveries} == {200}


async def test_what_is_brought_again_has_one_effect(world: Stands, hooked: Settings) -> None:
    await world.ask("/start")
    world.telegram.redeliver(world.telegram.updates[0]["update_id"])
    await world.telegram.wait_for(lambda: not world.telegram.pending_updates)
    await world.ask("/help", having="What I can do")
    assert len(world.chat.bot_messages) == 2


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", "пароль"])
async def test_who_does_not_know_the_secret_is_told_nothing(
    world: Stands, hooked: Settings, tmp_path: Path, secret: str | None
) -> None:
    update = {"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}}}
    assert await call(hooked, update, secret) == 404
    assert await call(hooked, None, secret, size=10_000_000) == 404
    assert stored(tmp_path) == []
    assert await call(hooked, update) == 200
    assert stored(tmp_path) == [1]


async def test_what_is_too_large_or_unreadable_is_not_taken(
    world: Stands, hooked: Settings, tmp_path: Path
) -> None:
    assert await call(hooked, None, size=300_000) == 413
    assert await call(hooked, b"{") == 400
    assert await call(hooked, b"[" * 100_000) == 400
    assert stored(tmp_path) == []


@pytest.mark.parametrize("body", [[], 7, None, {}, {"update_id": "x"}, {"update_id": 5, "message": 7}])
async def test_what_is_no_update_is_passed_over_and_not_brought_again(
    world: Stands, hooked: Settings, tmp_path: Path, body: object
) -> None:
    assert await call(hooked, b"null" if body is None else body) == 200
    await world.ask("/help", having="What I can do")


async def test_while_the_database_takes_nothing_telegram_keeps_it(
    world: Stands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage.sqlite, "BUSY_TIMEOUT", 0.05)
    monkeypatch.setattr(desk.outage, "PAUSE", 0.05)
    async with working(settings(world, tmp_path)):
        await world.ask("/start")
        other = sqlite3.connect(tmp_path / "smsdesk.db", isolation_level=None, check_same_thread=False)
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
        said = world.chat.say(world.anna, "/help")
        await world.telegram.wait_for(
            lambda: [one.status for one in world.telegram.deliveries].count(503) >= 2
        )
        assert len(world.telegram.pending_updates) == 1
        other.execute("ROLLBACK")
        other.close()
        await world.answer(said.id, having="What I can do")
    assert world.telegram.deliveries[-1].status == 200


async def test_going_back_to_polling_removes_the_webhook(world: Stands, tmp_path: Path) -> None:
    async with working(settings(world, tmp_path)):
        await world.ask("/start")
    said = world.chat.say(world.anna, "/help")
    async with working(world.settings(tmp_path)):
        assert world.telegram.webhook == {}
        await world.answer(said.id, having="What I can do")


# Somebody else


async def looked(world: Stands, clock: Ahead, bot: Desk) -> None:
    """Until the watch has asked Telegram."""
    before = sum(one.method == "getWebhookInfo" for one in world.telegram.calls)
    clock.by += bot_reception_every()
    bot.watch.bell.ring()
    await world.telegram.wait_for(
        lambda: sum(one.method == "getWebhookInfo" for one in world.telegram.calls) > before
    )


def bot_reception_every() -> timedelta:
    return bot.reception.EVERY + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://thief.example/secret-path", "A webhook of thief.example is set"),
        ("", "The webhook was removed"),
    ],
)
async def test_somebody_elses_webhook_is_told_once(
    world: Stands, tmp_path: Path, url: str, words: str
) -> None:
    clock = Ahead()
    made = settings(world, tmp_path)
    async with working(made, clock=clock) as bot:
        await world.ask("/start")
        await looked(world, clock, bot)
        world.telegram.webhook["url"] = url
        await looked(world, clock, bot)
        told = await world.answer(0, having="go to somebody else")
        assert words in told.text
        assert "secret-path" not in told.text
        await looked(world, clock, bot)
        world.telegram.webhook["url"] = made.telegram.webhook_url
        await looked(world, clock, bot)
        await world.ask("/help", having="What I can do")
    assert sum("go to somebody else" in one.text for one in world.chat.bot_messages) == 1


async def test_another_program_that_polls_is_told(
    world: Stands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.updates, "AFTER_TROUBLE", 0.0)
    async with working(world.settings(tmp_path)):
        await world.ask("/start")
        world.telegram.faults.add("getUpdates", kind="409", times=5)
        told = await world.answer(0, having="Another program asks")
        assert "/revoke" in told.text


async def test_one_conflict_is_what_a_restart_looks_like(
    world: Stands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.updates, "AFTER_TROUBLE", 0.0)
    async with working(world.settings(tmp_path)):
        await world.ask("/start")
        world.telegram.faults.add("getUpdates", kind="409", times=2)
        await world.telegram.wait_for(lambda: len(world.telegram.faults.applied) == 2)
        await world.ask("/help", having="What I can do")
    assert not any("somebody else" in one.text for one in world.chat.bot_messages)


async def test_the_bot_says_what_the_webhook_lacks(world: Stands, tmp_path: Path) -> None:
    made = settings(world, tmp_path)
    deaf = made.model_copy(update={"web": made.web.model_copy(update={"listen": ""})})
    with pytest.raises(bot.app.CannotStart, match=r"web\.listen"):
        async with build(deaf):
            pass
