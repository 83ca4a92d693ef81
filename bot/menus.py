"""The command menu beside the answer field: everybody sees what they may do, and strangers see none.

Telegram keeps a menu for each chat, so it is told only when something changes. A bot without menus works too.
"""

from zoneinfo import ZoneInfo

from telegram import Bot, BotCommand, BotCommandScopeChat

from storage.people import Role

from .words import DEFAULT, LANGUAGES, Words


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
