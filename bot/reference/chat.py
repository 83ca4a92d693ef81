"""The commands of the chat: what each is for, who may give it, and where."""

from telegram.ext import CommandHandler

from ..access import PRIVATE
from ..handlers import COMMANDS, HANDLERS, ROWS
from .markdown import WORDS, page, table


def commands() -> str:
    return page(
        "Commands in the chat",
        "Who may do less sees less: the menu beside the answer field, `/help` and the nearest command that a "
        "typing mistake is answered with show what the person may do. Roles: [people](../how-to/people.md).",
        table(["command", "in the menu", "from role", "where"], [_row(name) for name in COMMANDS]),
        "A command of a viewer may be given by everybody who was let in. What spends money asks first.",
    )


def _row(name: str) -> list[str]:
    (row,) = [
        ROWS[one.callback] for one in HANDLERS if isinstance(one, CommandHandler) and name in one.commands
    ]
    least = "–" if row.least is None else row.least.name.lower()
    where = "in private" if row.chats == PRIVATE else "in private and in groups"
    return [f"`/{name}`", WORDS.plain(f"command-{name}"), least, where]
