"""Files that people dropped into chats, from Telegram onto this machine for as long as they are read."""

from pathlib import Path

import telegram
from telegram.error import BadRequest, Forbidden, TelegramError

from .work import Fetch, NotFetched


def fetcher(bot: telegram.Bot) -> Fetch:
    """Fetches a file by its id into a path. Raises NotFetched."""

    async def fetch(file_id: str, path: Path) -> None:
        try:
            file = await bot.get_file(file_id)
            await file.download_to_drive(path)
        except (BadRequest, Forbidden):
            raise NotFetched(gone=True) from None
        except TelegramError:
            raise NotFetched(gone=False) from None

    return fetch
