"""Whom to tell what a chat cannot be told any more: the bot was thrown out of it, or is blocked there.

An answer may be lost with its chat. What the desk has to say by itself may not: it goes to whoever began the
campaign, in private, then to one administrator after another, until somebody can be told. Alarms go to every
administrator, and do so too where nobody knows whether they were seen.
"""

from collections.abc import Collection
from datetime import datetime

from telegram.error import BadRequest, Forbidden, TelegramError

from storage import campaigns, chats, conversations, names, outbox, people
from storage.db import Transaction
from storage.outbox import Notice, Priority

from . import alarms

TO_EACH_ADMIN = frozenset({"hold", "reception", "audit-broken"})  # who each have a notice of their own
# Of a message that is nowhere else.
EDITS = frozenset({"doubt-redraw", "inbound-redraw", "hold-redraw", "status-redraw"})


async def tell(
    tx: Transaction, notice: Notice, error: TelegramError, configured: Collection[int], now: datetime
) -> bool:
    """Have somebody else told what a chat is not. False: there is nobody, or it may be there already."""
    refused = isinstance(error, BadRequest | Forbidden)
    if notice.kind in alarms.KINDS:
        if isinstance(error, BadRequest) and await alarms.said_anew(tx, notice, now):
            return True
        return await _tell_admins(tx, notice, configured, now)
    chat_id = await instead_of(tx, notice, configured) if refused else None
    if chat_id is None:
        return False
    if notice.kind == "inbound":
        await conversations.move_card(tx, notice.id, chat_id)
    await outbox.readdress(
        tx,
        notice.id,
        chat_id=chat_id,
        meant_for=notice.meant_for or notice.chat_id,
        language=await chats.language_of(tx, chat_id),
        now=now,
    )
    return True


async def _tell_admins(tx: Transaction, notice: Notice, configured: Collection[int], now: datetime) -> bool:
    """Each by a notice of their own, which goes nowhere else."""
    if notice.meant_for is not None:
        return False
    told = [one for one in await people.admins(tx, configured) if one != notice.chat_id]
    for admin in told:
        await outbox.say(
            tx,
            chat_id=admin,
            thread_id=0,
            kind=notice.kind,
            content={**notice.content, "of": notice.content.get("of", notice.id), "anew": True},
            language=await chats.language_of(tx, admin),
            priority=Priority.ALERT,
            now=now,
            meant_for=notice.chat_id,
        )
    if told:
        await outbox.mark(tx, [notice.id], "dead")
    return bool(told)


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
