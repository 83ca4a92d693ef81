"""THE ordered list of handlers, and the table of who may do what.

The first handler that fits an update takes it; the gate, `bot.access`, stands before them all and reads the
table. A handler or a button without a row cannot be imported.
"""

from collections.abc import Callable
from typing import Any

from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    MessageReactionHandler,
    filters,
)

from storage.people import Role

from ..access import ON_POSTS, PRIVATE, Row
from ..turn import Turn
from . import (
    accounts,
    alerts,
    answering,
    auditing,
    basics,
    bulk,
    buttons,
    campaigns,
    confirming,
    connecting,
    contacts,
    conversing,
    denying,
    doctor,
    doubts,
    files,
    groups,
    holding,
    inviting,
    membership,
    people,
    preferences,
    scheduling,
    send,
    senders,
    sharing,
    stats,
    stoplists,
    templates,
    threads,
)

COMMANDS = (
    "send", "status", "campaigns", "cancel", "inbox", "templates", "contacts", "stoplist", "balance", "stats",
    "senders", "alerts", "settings", "connect", "accounts", "allow", "deny", "users", "doctor", "audit",
    "forget", "help", "start",
)  # fmt: skip

# python-telegram-bot's command handlers listen to edited messages too, and would run a command again.
NEW = filters.UpdateType.MESSAGE
EDITED = filters.UpdateType.EDITED_MESSAGE
# Under a file.
CONTACTS, STOPLIST = r"^/contacts(@|\s|$)", r"^/stoplist(@|\s|$)"

HANDLERS: tuple[BaseHandler[Any, Turn, Any], ...] = (
    CommandHandler("send", send.command, NEW),
    CommandHandler("status", campaigns.status, NEW),
    CommandHandler("campaigns", campaigns.listing, NEW),
    CommandHandler("cancel", campaigns.cancel, NEW),
    CommandHandler("templates", templates.command, NEW),
    CommandHandler("contacts", contacts.command, NEW),
    CommandHandler("balance", accounts.balance, NEW),
    CommandHandler("stats", stats.command, NEW),
    CommandHandler("senders", senders.command, NEW),
    CommandHandler("alerts", alerts.command, NEW),
    CommandHandler("settings", preferences.command, NEW),
    CommandHandler("connect", accounts.connect, NEW),
    CommandHandler("accounts", accounts.listing, NEW),
    CommandHandler("allow", people.allow, NEW),
    CommandHandler("deny", denying.command, NEW),
    CommandHandler("users", people.listing, NEW),
    CommandHandler("doctor", doctor.command, NEW),
    CommandHandler("audit", auditing.command, NEW),
    CommandHandler("forget", auditing.forget, NEW),
    CommandHandler("inbox", conversing.inbox, NEW),
    CommandHandler("stoplist", stoplists.command, NEW),
    CommandHandler("help", basics.help_, NEW),
    CommandHandler("start", basics.start, NEW),
    CallbackQueryHandler(buttons.press),
    MessageReactionHandler(
        conversing.reacted, message_reaction_types=MessageReactionHandler.MESSAGE_REACTION_UPDATED
    ),
    # What Telegram tells of people and groups.
    ChatMemberHandler(membership.member, ChatMemberHandler.CHAT_MEMBER),
    ChatMemberHandler(membership.mine, ChatMemberHandler.MY_CHAT_MEMBER),
    MessageHandler(NEW & filters.StatusUpdate.LEFT_CHAT_MEMBER, membership.left),
    MessageHandler(NEW & filters.StatusUpdate.MIGRATE, membership.migrated),
    MessageHandler(NEW & filters.StatusUpdate.USERS_SHARED, people.picked),
    MessageHandler(NEW & filters.StatusUpdate.FORUM_TOPIC_CLOSED, threads.closed),
    MessageHandler(NEW & filters.StatusUpdate.FORUM_TOPIC_REOPENED, threads.reopened),
    MessageHandler(NEW & filters.StatusUpdate.FORUM_TOPIC_EDITED, threads.renamed),
    # A command that was edited after it ran, what was written to a customer, then a command nobody knows.
    MessageHandler(EDITED & filters.COMMAND, basics.edited),
    MessageHandler(EDITED & filters.TEXT, answering.corrected),
    MessageHandler(NEW & filters.COMMAND, basics.unknown),
    # Answers to our questions; what is no text is refused in words.
    MessageHandler(NEW & filters.TEXT, basics.text),
    MessageHandler(NEW & filters.CONTACT, contacts.shared),
    MessageHandler(NEW & filters.Document.ALL & filters.CaptionRegex(CONTACTS), contacts.imported),
    MessageHandler(NEW & filters.Document.ALL & filters.CaptionRegex(STOPLIST), stoplists.taken_in),
    MessageHandler(NEW & filters.Document.ALL, files.dropped),
    MessageHandler(NEW & ~filters.StatusUpdate.ALL, basics.not_text),
)

# What a token stands for, in a button or in a deep link.
BUTTONS: dict[str, Callable[..., Any]] = {
    **buttons.ACTIONS,
    **buttons.CAREFUL,
    **buttons.SLOW,
    **buttons.LINKS,
}

VIEWER, OPERATOR = Row(least=Role.VIEWER), Row(least=Role.OPERATOR)
MANAGER, ADMIN = Row(least=Role.MANAGER), Row(least=Role.ADMIN)
TELEGRAM = Row(least=None)

# Who may do what: one row for each handler and for each button. Operators steer campaigns of their own only.
ROWS: dict[Callable[..., Any], Row] = {
    send.command: Row(least=Role.OPERATOR, spends=True),
    campaigns.status: VIEWER,
    campaigns.listing: VIEWER,
    campaigns.turn_page: VIEWER,
    campaigns.cancel: OPERATOR,
    templates.command: OPERATOR,
    contacts.command: OPERATOR,
    contacts.shared: Row(least=Role.OPERATOR, borrows=True),
    contacts.imported: MANAGER,
    accounts.balance: VIEWER,
    stats.command: VIEWER,
    senders.command: MANAGER,
    alerts.command: MANAGER,
    preferences.command: VIEWER,
    accounts.connect: ADMIN,
    accounts.listing: ADMIN,
    people.allow: ADMIN,
    denying.command: ADMIN,
    people.listing: ADMIN,
    people.picked: Row(least=Role.ADMIN, chats=PRIVATE),
    doctor.command: ADMIN,
    auditing.command: Row(least=Role.ADMIN, chats=PRIVATE),
    auditing.forget: Row(least=Role.ADMIN, chats=PRIVATE),
    conversing.inbox: VIEWER,
    stoplists.command: MANAGER,
    stoplists.taken_in: MANAGER,
    basics.help_: VIEWER,
    basics.start: VIEWER,
    basics.edited: VIEWER,
    basics.unknown: VIEWER,
    answering.corrected: VIEWER,
    basics.text: VIEWER,
    basics.not_text: VIEWER,
    files.dropped: OPERATOR,
    membership.member: TELEGRAM,
    membership.mine: TELEGRAM,
    membership.left: TELEGRAM,
    membership.migrated: TELEGRAM,
    # Buttons. One that nobody made does nothing, for whoever may press at all.
    buttons.press: VIEWER,
    confirming.confirm: OPERATOR,
    confirming.approve: MANAGER,
    confirming.dismiss: OPERATOR,
    scheduling.later: OPERATOR,
    buttons.cancel: OPERATOR,
    buttons.release: OPERATOR,
    bulk.pause: OPERATOR,
    bulk.unpause: OPERATOR,
    bulk.chart: OPERATOR,
    bulk.report: OPERATOR,
    bulk.resend: OPERATOR,
    files.choose_column: OPERATOR,
    buttons.resume: MANAGER,
    buttons.choose_gateway: ADMIN,
    conversing.claim: OPERATOR,
    conversing.done: OPERATOR,
    conversing.snooze: OPERATOR,
    conversing.reply: OPERATOR,
    conversing.more: OPERATOR,
    conversing.stop: OPERATOR,
    conversing.reacted: OPERATOR,
    threads.closed: OPERATOR,
    threads.reopened: OPERATOR,
    threads.renamed: OPERATOR,
    doubts.every: VIEWER,
    doubts.check: OPERATOR,
    doubts.sent: MANAGER,
    doubts.again: MANAGER,
    doubts.again_now: MANAGER,
    doubts.keep: MANAGER,
    doubts.give_up: MANAGER,
    holding.go_on: ADMIN,
    holding.cancel: ADMIN,
    connecting.follow_link: ADMIN,
    templates.page: OPERATOR,
    templates.show: OPERATOR,
    templates.new: OPERATOR,
    templates.write: OPERATOR,
    templates.use: OPERATOR,
    templates.delete: MANAGER,
    contacts.page: OPERATOR,
    contacts.show: OPERATOR,
    contacts.new: OPERATOR,
    contacts.save: OPERATOR,
    contacts.rename: OPERATOR,
    contacts.move: OPERATOR,
    contacts.write: OPERATOR,
    contacts.delete: MANAGER,
    groups.listing: OPERATOR,
    groups.show: OPERATOR,
    groups.new: OPERATOR,
    groups.add: OPERATOR,
    groups.write: OPERATOR,
    groups.delete: MANAGER,
    send.account_chosen: OPERATOR,
    send.still_send: OPERATOR,
    senders.pressed: MANAGER,
    senders.keep: MANAGER,
    preferences.language: VIEWER,
    alerts.preset: MANAGER,
    alerts.to_channel: ADMIN,
    alerts.snooze: Row(least=Role.OPERATOR, chats=ON_POSTS),
    alerts.check: Row(least=Role.OPERATOR, chats=ON_POSTS),
    doctor.again: ADMIN,
    auditing.older: Row(least=Role.ADMIN, chats=PRIVATE),
    auditing.table: Row(least=Role.ADMIN, chats=PRIVATE),
    auditing.forget_confirmed: Row(least=Role.ADMIN, chats=PRIVATE),
    auditing.keep_number: Row(least=Role.ADMIN, chats=PRIVATE),
    people.give_role: ADMIN,
    people.user: ADMIN,
    denying.remove_pressed: ADMIN,
    denying.stop_theirs: ADMIN,
    inviting.choose_role: ADMIN,
    inviting.make: ADMIN,
    inviting.admit: ADMIN,
    inviting.turn_away: ADMIN,
    sharing.choose_chat: ADMIN,
    sharing.share: ADMIN,
    sharing.unshare: ADMIN,
}


def without_row() -> list[str]:
    """Handlers and buttons that nobody decided about."""
    callbacks = [handler.callback for handler in HANDLERS] + list(BUTTONS.values())
    return sorted({one.__qualname__ for one in callbacks if one not in ROWS})


if without_row():
    raise LookupError(f"no row in bot.handlers.ROWS: {', '.join(without_row())}")


def may_command(name: str, role: Role | None) -> bool:
    """Whether this role has a use for a command."""
    for handler in HANDLERS:
        if isinstance(handler, CommandHandler) and name in handler.commands:
            least = ROWS[handler.callback].least
            return role is not None and least is not None and role >= least
    return False
