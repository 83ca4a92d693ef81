"""Groups the bot works in. They change their ids: one that becomes a supergroup keeps all it had."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from .db import Transaction, alone, insert
from .ledger import lock_campaigns
from .schema import account_chats, buttons, campaigns, cards, chats, drafts, invites, outbox, people


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    id: int
    title: str


async def allow(tx: Transaction, group: Group, *, by: int, now: datetime) -> None:
    """Work in a group from now on; one that is known keeps who brought it, under its newest title."""
    title = group.title[:128]
    await tx.execute(
        insert(tx, chats)
        .values(id=group.id, title=title, added_by=by, added_at=now)
        .on_conflict_do_update(index_elements=[chats.c.id], set_={"title": title})
    )


async def known(tx: Transaction, chat_id: int) -> bool:
    """Whether somebody who may brought the bot here, or gave this chat an account."""
    here = sa.union_all(
        sa.select(chats.c.id).where(chats.c.id == chat_id),
        sa.select(account_chats.c.chat_id).where(account_chats.c.chat_id == chat_id),
    )
    return await tx.scalar(here.limit(1)) is not None


async def every(tx: Transaction) -> list[Group]:
    """The groups that were brought in, by title."""
    rows = await tx.execute(sa.select(chats.c.id, chats.c.title).order_by(chats.c.title, chats.c.id))
    return [Group(id=row.id, title=row.title) for row in rows]


async def forget(tx: Transaction, chat_id: int) -> None:
    """The bot was sent away; an account that belongs to the chat stays its own."""
    await tx.execute(chats.delete().where(chats.c.id == chat_id))


async def migrate(tx: Transaction, chat_id: int, new_chat_id: int) -> None:
    """Everything that was in the one chat is in the other; what the other has already stays as it is."""
    await alone(tx, f"chats/{chat_id}")
    await _move(tx, (people, buttons), chat_id, new_chat_id)
    await _drop_doubles(tx, chat_id, new_chat_id)
    await _move(tx, (drafts, invites), chat_id, new_chat_id)
    theirs = await tx.scalars(sa.select(campaigns.c.id).where(campaigns.c.chat_id == chat_id))
    await lock_campaigns(tx, theirs)
    await _move(tx, (campaigns, cards, account_chats, outbox), chat_id, new_chat_id)
    await tx.execute(chats.update().where(chats.c.id == chat_id).values(id=new_chat_id))
    # The new chat counts its messages anew: the old number is some other message there.
    await tx.execute(cards.update().where(cards.c.chat_id == new_chat_id).values(message_id=None))
    await tx.execute(outbox.update().where(outbox.c.chat_id == new_chat_id).values(reply_to=None))


async def _move(tx: Transaction, tables: tuple[sa.Table, ...], chat_id: int, new_chat_id: int) -> None:
    for table in tables:
        await tx.execute(table.update().where(table.c.chat_id == chat_id).values(chat_id=new_chat_id))


async def _drop_doubles(tx: Transaction, chat_id: int, new_chat_id: int) -> None:
    if await tx.scalar(sa.select(chats.c.id).where(chats.c.id == new_chat_id)) is not None:
        await forget(tx, chat_id)
    there = sa.select(account_chats.c.account_id).where(account_chats.c.chat_id == new_chat_id)
    await tx.execute(
        account_chats.delete().where(
            account_chats.c.chat_id == chat_id, account_chats.c.account_id.in_(there)
        )
    )
    # One open question a person and topic: the newer chat's is the newer one.
    asked = sa.select(drafts.c.thread_id, drafts.c.person_id).where(
        drafts.c.chat_id == new_chat_id, drafts.c.state == "asking"
    )
    await tx.execute(
        drafts.delete().where(
            drafts.c.chat_id == chat_id,
            drafts.c.state == "asking",
            sa.tuple_(drafts.c.thread_id, drafts.c.person_id).in_(asked),
        )
    )
