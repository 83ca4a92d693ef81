"""THE ordered list of handlers. The first that fits an update takes it; the gate stands before them all."""

from typing import Any

from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, MessageHandler, filters

from ..turn import Turn
from . import accounts, basics, buttons, campaigns, send, senders, stats

COMMANDS = (
    "send", "status", "cancel", "balance", "stats", "senders", "connect", "accounts", "help", "start",
)  # fmt: skip

# python-telegram-bot's command handlers listen to edited messages too, and would run a command again.
NEW = filters.UpdateType.MESSAGE
EDITED = filters.UpdateType.EDITED_MESSAGE

HANDLERS: tuple[BaseHandler[Any, Turn, Any], ...] = (
    CommandHandler("send", send.command, NEW),
    CommandHandler("status", campaigns.status, NEW),
    CommandHandler("cancel", campaigns.cancel, NEW),
    CommandHandler("balance", accounts.balance, NEW),
    CommandHandler("stats", stats.command, NEW),
    CommandHandler("senders", senders.command, NEW),
    CommandHandler("connect", accounts.connect, NEW),
    CommandHandler("accounts", accounts.listing, NEW),
    CommandHandler("help", basics.help_, NEW),
    CommandHandler("start", basics.start, NEW),
    CallbackQueryHandler(buttons.press),
    # A command that was edited after it ran, then one nobody knows.
    MessageHandler(EDITED & filters.COMMAND, basics.edited),
    MessageHandler(NEW & filters.COMMAND, basics.unknown),
    # Answers to our questions; what is no text is refused in words.
    MessageHandler(NEW & filters.TEXT, basics.text),
    MessageHandler(NEW & ~filters.StatusUpdate.ALL, basics.not_text),
)
