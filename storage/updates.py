"""The durable inbox: what Telegram sent, kept until its effect is committed.

An update may hold a password that somebody typed, so the caller seals it, and it is emptied when handled.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from .db import Transaction, insert
from .schema import updates

_ORDER = (updates.c.received_at, updates.c.id)  # within a lane


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredUpdate:
    id: int
    lane: int
    sealed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Foremost:
    """The oldest update of a lane that is not handled. `more`: there are others behind it."""

    update: StoredUpdate
    more: bool


async def store(tx: Transaction, batch: Sequence[StoredUpdate], now: datetime) -> None:
    """Keep a batch as it came. One that is here already, handled or not, stays as it is."""
    # Order within a lane goes by this time, so it does not go back where the clock does.
    newest: datetime | None = await tx.scalar(
        sa.select(sa.func.max(updates.c.received_at, type_=updates.c.received_at.type)).where(
            updates.c.state == sa.text("'new'")
        )
    )
    received_at = now if newest is None else max(now, newest + timedelta(microseconds=1))
    rows = [
        {"id": update.id, "lane": update.lane, "sealed": update.sealed, "received_at": received_at}
        for update in sorted(batch, key=lambda update: update.id)
    ]
    if rows:
        await tx.execute(insert(tx, updates).on_conflict_do_nothing(), rows)


async def lanes(tx: Transaction, besides: Iterable[int]) -> list[int]:
    """Lanes, besides these, with an update that is not handled."""
    return list(
        await tx.scalars(
            sa.select(updates.c.lane)
            .where(updates.c.state == sa.text("'new'"), updates.c.lane.not_in(list(besides)))
            .distinct()
        )
    )


_PLACES = (
    sa.select(
        updates.c.id,
        sa.over(sa.func.row_number(), partition_by=updates.c.lane, order_by=_ORDER).label("place"),
        sa.over(sa.func.count(), partition_by=updates.c.lane).label("many"),
    )
    .where(updates.c.state == sa.text("'new'"))
    .subquery()
)
_FOREMOST = (
    sa.select(updates.c.id, updates.c.lane, updates.c.sealed, _PLACES.c.many)
    .join(_PLACES, _PLACES.c.id == updates.c.id)
    .where(_PLACES.c.place == 1)
    .order_by(*_ORDER)
)


async def foremost(tx: Transaction) -> list[Foremost]:
    """Of each lane in which something is not handled what comes first."""
    rows = await tx.execute(_FOREMOST)
    return [
        Foremost(update=StoredUpdate(id=row.id, lane=row.lane, sealed=row.sealed), more=row.many > 1)
        for row in rows
    ]


async def first(tx: Transaction, lane: int) -> StoredUpdate | None:
    """The oldest update of a lane that is not handled."""
    row = (
        await tx.execute(
            sa.select(updates.c.id, updates.c.lane, updates.c.sealed)
            .where(updates.c.state == sa.text("'new'"), updates.c.lane == lane)
            .order_by(*_ORDER)
            .limit(1)
        )
    ).one_or_none()
    return None if row is None else StoredUpdate(id=row.id, lane=row.lane, sealed=row.sealed)


_TAKE = (
    updates.update()
    .where(updates.c.id == sa.bindparam("id_"), updates.c.state == "new")
    .values(state="handled", sealed="")
)


async def take(tx: Transaction, update_id: int) -> bool:
    """Mark an update handled, in the transaction of its effect. False: somebody was first."""
    marked = await tx.execute(_TAKE, {"id_": update_id})
    return marked.rowcount == 1


async def park(tx: Transaction, update_id: int, incident: str) -> bool:
    """Put an update aside that cannot be handled, so that it holds up nobody."""
    marked = await tx.execute(
        updates.update()
        .where(updates.c.id == update_id, updates.c.state == "new")
        .values(state="failed", sealed="", incident=incident)
    )
    return marked.rowcount == 1


async def forget(tx: Transaction, before: datetime) -> None:
    """Drop what was handled before the given time.

    Telegram redelivers for a day, and may restart its numbers after a week of silence: keep them for longer.
    """
    await tx.execute(
        updates.delete().where(updates.c.state != sa.text("'new'"), updates.c.received_at < before)
    )
