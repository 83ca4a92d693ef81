"""What is to be said in chats, over all that says something: notices, cards that are behind, topics."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from .db import Transaction, Utc
from .schema import cards, outbox, topics


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """That something is to be said in a chat, at `due_at`. `alone`: it is all there is for this chat.

    `notice_id`: what it is, where it is one notice and nothing else.
    """

    chat_id: int
    due_at: datetime
    alone: bool
    notice_id: int | None


_EVERY = sa.union_all(
    sa.select(outbox.c.chat_id, outbox.c.due_at, outbox.c.id).where(outbox.c.state == sa.text("'pending'")),
    sa.select(topics.c.chat_id, topics.c.due_at, sa.null()).where(
        topics.c.wanted > topics.c.shown, topics.c.thread_id.is_not(None)
    ),
    sa.select(cards.c.chat_id, cards.c.due_at, sa.null()).where(cards.c.wanted > cards.c.shown),
).subquery()
_WAITING = sa.select(
    _EVERY.c.chat_id,
    sa.func.min(_EVERY.c.due_at, type_=Utc).label("due_at"),
    sa.func.min(_EVERY.c.id).label("notice_id"),
    sa.func.count().label("many"),
).group_by(_EVERY.c.chat_id)


async def waiting(tx: Transaction) -> list[Waiting]:
    """Of each chat in which something is to be said what is due first."""
    rows = await tx.execute(_WAITING)
    return [
        Waiting(chat_id=chat_id, due_at=due_at, alone=many == 1, notice_id=notice_id if many == 1 else None)
        for chat_id, due_at, notice_id, many in rows
    ]
