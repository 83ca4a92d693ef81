"""Chats change their ids: a group that becomes a supergroup keeps its accounts, campaigns and cards."""

from .db import Transaction
from .schema import account_chats, buttons, campaigns, cards, drafts, outbox


async def migrate(tx: Transaction, chat_id: int, new_chat_id: int) -> None:
    """Everything that was in the one chat is in the other."""
    for table in (outbox, cards, campaigns, drafts, buttons, account_chats):
        await tx.execute(table.update().where(table.c.chat_id == chat_id).values(chat_id=new_chat_id))
