"""Shows that the bot is at work: "typing" beside its name, while a command takes longer than a moment.

Only a courtesy: whether Telegram shows it or not changes nothing. Where so many ask at once that all of them
wait for us, nothing is shown: to tell each of them would have all wait longer.
"""

import asyncio
from collections.abc import AsyncIterator, Sized
from contextlib import asynccontextmanager

import structlog
import telegram
from telegram import Update
from telegram.constants import ChatAction
from telegram.error import TelegramError

from desk.clock import CROWD

log = structlog.get_logger(__name__)

AFTER = 0.7  # seconds: whoever asked sees something within one
AGAIN = 4.0  # seconds: Telegram shows it for five


@asynccontextmanager
async def shown(bot: telegram.Bot, update: Update, asking: Sized = ()) -> AsyncIterator[None]:
    """Show it while in context, where somebody has just said something. `asking`: all who do now."""
    message = update.message
    if message is None:
        yield
        return
    showing = asyncio.create_task(_show(bot, message.chat_id, message.message_thread_id, asking))
    try:
        yield
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)


async def _show(bot: telegram.Bot, chat_id: int, thread_id: int | None, asking: Sized) -> None:
    await asyncio.sleep(AFTER)
    while len(asking) <= CROWD:
        try:
            await bot.send_chat_action(chat_id, ChatAction.TYPING, message_thread_id=thread_id)
        except TelegramError as error:
            log.info("being at work cannot be shown", chat=chat_id, error=type(error).__name__)
            return
        await asyncio.sleep(AGAIN)
