"""The command menu beside the answer field: everybody sees what they may do, and strangers see none.

Telegram keeps a menu for each chat, so it is told only when something changes. A bot without menus works too.
"""

from collections import deque
from collections.abc import Iterable
from functools import partial
from zoneinfo import ZoneInfo

import structlog
from telegram import Bot, BotCommand, BotCommandScopeChat
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError

from desk.outage import Halt
from storage.people import Role

from .words import DEFAULT, LANGUAGES, Words

log = structlog.get_logger(__name__)

AFTER = 1.0  # seconds: what people wrote meanwhile is asked for first
PAUSE = 30.0  # seconds until the next try
DAY = 86_400.0  # seconds


async def show(bot: Bot, chat_id: int, role: Role | None, zone: ZoneInfo) -> None:
    """The menu of a person in private, or of all in a group. Role None: it goes. Raises TelegramError."""
    from .handlers import COMMANDS, may_command

    scope = BotCommandScopeChat(chat_id)
    mine = [name for name in COMMANDS if may_command(name, role)]
    for language in LANGUAGES:
        words = Words(language, zone)
        menu = [BotCommand(name, words.plain(f"command-{name}")) for name in mine]
        for code in (language, None) if language == DEFAULT else (language,):
            if menu:
                await bot.set_my_commands(menu, scope=scope, language_code=code)
            else:
                await bot.delete_my_commands(scope=scope, language_code=code)


async def hide_from_strangers(bot: Bot) -> None:
    """Whoever has no menu of their own sees none. Raises TelegramError."""
    for code in (None, *LANGUAGES):
        await bot.delete_my_commands(language_code=code)


class Menus:
    """The worker that tells the menus of those whom nobody lets in; all others have had theirs since."""

    def __init__(self, bot: Bot, admins: Iterable[int], zone: ZoneInfo) -> None:
        self._left = deque([partial(hide_from_strangers, bot)])
        self._left += [partial(show, bot, admin, Role.ADMIN, zone) for admin in admins]
        self._stopping = Halt()

    async def run(self) -> None:
        await self._stopping.wait(AFTER)
        while not self._stopping:
            await self._stopping.wait(await self._tell())

    async def _tell(self) -> float:
        """Tell what is not told yet. Returns how many seconds to wait until the next try."""
        while self._left:
            try:
                await self._left[0]()
            except (BadRequest, Forbidden) as error:
                # Telegram knows no chat with somebody who has never written to the bot.
                log.info("a command menu is refused", error=str(error))
            except RetryAfter as error:
                pause = error.retry_after
                return pause if isinstance(pause, int | float) else pause.total_seconds()
            except TelegramError as error:
                log.warning("a command menu cannot be told, trying again", error=str(error))
                return PAUSE
            self._left.popleft()
        return DAY

    def stop(self) -> None:
        self._stopping.want()
