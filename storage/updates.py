"""The durable inbox: what Telegram sent, kept until its effect is committed.

An update may hold a password that somebody typed, so the caller seals it, and it is emptied when handled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from .db import Transaction
from .schema import updates


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredUpdate:
    id: int
    lane: int
    sealed: str


async def store(tx: Transaction, batch: Sequence[StoredUpdate], now: datetime) -> None:
    """Keep a batch as it came. One that is here already, handled or not, stays as it is."""
    known = set(
        await tx.scalars(sa.select(updates.c.id).where(updates.c.id.in_([update.id for update in batch])))
    )
    fresh = [
        {"id": update.id, "lane": update.lane, "sealed": update.sealed, "received_at": now}
        for update in batch
        if update.id not in known
    ]
    if fresh:
        await tx.execute(updates.insert(), fresh)


async def waiting(tx: Transaction, besides: Sequence[int] = (), limit: int = 500) -> list[StoredUpdate]:
    """Updates not handled yet, oldest first, but for those already in hand."""
    rows = await tx.execute(
        sa.select(updates.c.id, updates.c.lane, updates.c.sealed)
        .where(updates.c.state == "new", updates.c.id.not_in(besides))
        .order_by(updates.c.id)
        .limit(limit)
    )
    return [StoredUpdate(id=row.id, lane=row.lane, sealed=row.sealed) for row in rows]


async def take(tx: Transaction, update_id: int) -> bool:
    """Mark an update handled, in the transaction of its effect. False: somebody was first."""
    marked = await tx.execute(
        updates.update()
        .where(updates.c.id == update_id, updates.c.state == "new")
        .values(state="handled", sealed="")
    )
    return marked.rowcount == 1


async def park(tx: Transaction, update_id: int, incident: str) -> bool:
    """Put an update aside that cannot be handled, so that it holds up nobody."""
    marked = await tx.execute(
        updates.update()
        .where(updates.c.id == update_id, updates.c.state == "new")
        .values(state="failed", sealed="", incident=incident)
    )
    return marked.rowcount == 1


async def forget(tx: Transaction, now: datetime, keep: timedelta = timedelta(days=14)) -> None:
    """Drop old handled updates; Telegram redelivers for a day, and may restart its numbers after a week."""
    await tx.execute(updates.delete().where(updates.c.state == "handled", updates.c.received_at < now - keep))
