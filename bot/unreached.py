"""Whom to tell what a chat cannot be told any more: the bot was thrown out of it, or is blocked there.

An answer may be lost with its chat. What the desk has to say by itself may not: it goes to whoever began the
campaign, in private, then to one administrator after another, until somebody can be told.
"""

from collections.abc import Collection

from storage import campaigns, chats, names, people
from storage.db import Transaction
from storage.outbox import Notice, Priority

TO_EACH_ADMIN = frozenset({"hold", "reception", "audit-broken"})  # who each have a notice of their own
EDITS = frozenset({"doubt-redraw"})  # of a message that is nowhere else


async def instead_of(tx: Transaction, notice: Notice, configured: Collection[int]) -> int | None:
    """The next chat to try with a notice that Telegram refuses; None: there is none."""
    if notice.priority == Priority.ANSWER or notice.kind in TO_EACH_ADMIN | EDITS:
        return None
    meant_for = notice.meant_for or notice.chat_id
    line = [one for one in await _line(tx, notice, configured) if one != meant_for]
    if notice.meant_for is not None:
        # Nobody is tried twice, so it comes to an end.
        line = line[line.index(notice.chat_id) + 1 :] if notice.chat_id in line else []
    return line[0] if line else None


async def _line(tx: Transaction, notice: Notice, configured: Collection[int]) -> list[int]:
    """Who may know of it, the first first. An author who has no role any more may not."""
    admins = await people.admins(tx, configured)
    author = None if notice.campaign_id is None else await campaigns.author_of(tx, notice.campaign_id)
    if author is None or author in admins or await people.get(tx, author) is None:
        return sorted(admins, key=lambda one: one != author)
    return [author, *admins]


async def called(tx: Transaction, chat_id: int) -> str:
    """What people call a chat: its title, whose it is, or else its number."""
    person = await names.get(tx, chat_id)
    return await chats.title(tx, chat_id) or (str(chat_id) if person is None else person.name)
