"""Who waits sees that the bot is at work, unless so many wait that telling them holds up all of them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram import Update
from telegram.ext import ExtBot

from bot import busy
from bot.telegram_http import TelegramRequest
from desk.clock import CROWD
from sandbox.telegram import TelegramServer

TOKEN = "123456:TEST-TOKEN-of-who-is-busy"


@pytest.fixture
async def telegram(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TelegramServer]:
    monkeypatch.setattr(busy, "AFTER", 0.0)
    async with TelegramServer(TOKEN) as server:
        anna = server.person(1001, "Anna")
        server.private(anna).say(anna, "Hello")
        yield server


def told(telegram: TelegramServer) -> list[Any]:
    return [call for call in telegram.calls if call.method == "sendChatAction"]


async def at_work(telegram: TelegramServer, asking: int) -> None:
    """Until it is shown, or until nothing is going to be."""
    chat = {"id": 1001, "type": "private"}
    hello = {"update_id": 1, "message": {"message_id": 1, "date": 0, "chat": chat, "text": "Hello"}}
    base, polling = f"{telegram.url}/bot", TelegramRequest()
    async with ExtBot(TOKEN, base_url=base, request=TelegramRequest(), get_updates_request=polling) as bot:
        before = asyncio.all_tasks()
        async with busy.shown(bot, Update.de_json(hello, bot), range(asking)):
            (showing,) = asyncio.all_tasks() - before
            looking = asyncio.ensure_future(telegram.wait_for(lambda: told(telegram)))
            await asyncio.wait({showing, looking}, return_when=asyncio.FIRST_COMPLETED)
            looking.cancel()


@pytest.mark.parametrize("asking", [1, CROWD])
async def test_it_is_shown_to_whoever_waits(telegram: TelegramServer, asking: int) -> None:
    await at_work(telegram, asking)
    assert len(told(telegram)) == 1


async def test_it_is_shown_to_nobody_in_a_crowd(telegram: TelegramServer) -> None:
    await at_work(telegram, CROWD + 1)
    assert told(telegram) == []
