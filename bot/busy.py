"""Shows that the bot is at work: "typing" beside its name, while a command takes longer than a moment.

Only a courtesy: whether Telegram shows it or not changes nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
import telegram
from telegram import Update
from telegram.constants import ChatAction
from telegram.error import TelegramError

log = structlog.get_logger(__name__)

AFTER = 0.7  # seconds: whoever asked sees something within one
AGAIN = 4.0  # seconds: Telegram shows it for five


@asynccontextmanager
async def shown(bot: telegram.Bot, update: Update) -> AsyncIterator[None]:
    """Show it while in context, where somebody has just said something."""
    message = update.message
    if message is None:
        yield
        return
    showing = asyncio.create_task(_show(bot, message.chat_id, message.message_thread_id))
    try:
        yield
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)


async def _show(bot: telegram.Bot, chat_id: int, thread_id: int | None) -> None:
    await asyncio.sleep(AFTER)
    while True:
        try:
            await bot.send_chat_action(chat_id, ChatAction.TYPING, message_thread_id=thread_id)
        except TelegramError as error:
            log.info("being at work cannot be shown", chat=chat_id, error=type(error).__name__)
            return
        await asyncio.sleep(AGAIN)
