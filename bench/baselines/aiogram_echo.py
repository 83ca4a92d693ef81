"""An echo bot of aiogram and nothing else. Usage: aiogram_echo.py API_URL TOKEN"""

import asyncio
import sys

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message

dispatcher = Dispatcher()


@dispatcher.message()  # type: ignore[untyped-decorator]
async def echo(message: Message) -> None:
    await message.answer(message.text or "")


if __name__ == "__main__":
    url, token = sys.argv[1:]
    session = AiohttpSession(api=TelegramAPIServer.from_base(url))
    asyncio.run(dispatcher.start_polling(Bot(token, session=session), handle_signals=False))
