"""Chats change their ids: a group that becomes a supergroup keeps its accounts, campaigns and cards."""

import sqlalchemy as sa

from .db import Transaction
from .schema import account_chats, buttons, campaigns, cards, drafts, outbox


async def migrate(tx: Transaction, chat_id: int, new_chat_id: int) -> None:
    """Everything that was in the one chat is in the other; what the other has already stays as it is."""
    await _drop_doubles(tx, chat_id, new_chat_id)
    for table in (outbox, cards, campaigns, drafts, buttons, account_chats):
        await tx.execute(table.update().where(table.c.chat_id == chat_id).values(chat_id=new_chat_id))
    # The new chat counts its messages anew: the old number is some other message there.
    await tx.execute(cards.update().where(cards.c.chat_id == new_chat_id).values(message_id=None))
    await tx.execute(outbox.update().where(outbox.c.chat_id == new_chat_id).values(reply_to=None))


async def _drop_doubles(tx: Transaction, chat_id: int, new_chat_id: int) -> None:
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
