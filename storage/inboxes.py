"""How far each account's inbox at its gateway has been read."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from .db import Transaction, insert
from .schema import accounts, inboxes


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """`begun_at`: nothing before it is asked for. `read_until`: the gateway has told what it knew by then.

    `far_at`: when it was last asked far back, for what it had not known.
    """

    account_id: int
    begun_at: datetime
    read_until: datetime
    far_at: datetime
    due_at: datetime


async def begin(tx: Transaction, gateways: Collection[str], since: datetime, now: datetime) -> None:
    """A mark for every account at one of these gateways that has none, from `since` on."""
    marked = sa.select(inboxes.c.account_id)
    fresh = await tx.scalars(
        sa.select(accounts.c.id).where(accounts.c.gateway.in_(list(gateways)), accounts.c.id.not_in(marked))
    )
    for account_id in list(fresh):
        await tx.execute(
            insert(tx, inboxes)
            .on_conflict_do_nothing()
            .values(account_id=account_id, begun_at=since, read_until=now, far_at=now, due_at=now)
        )


async def lacking(tx: Transaction, gateways: Collection[str]) -> bool:
    """Whether `begin` would find an account."""
    marked = sa.select(inboxes.c.account_id)
    fresh = sa.select(accounts.c.id).where(
        accounts.c.gateway.in_(list(gateways)), accounts.c.id.not_in(marked)
    )
    return await tx.scalar(fresh.limit(1)) is not None


def _working(*columns: sa.ColumnElement[object], besides: Collection[int]) -> sa.Select[*tuple[object, ...]]:
    return (
        sa.select(*columns)
        .join(accounts, accounts.c.id == inboxes.c.account_id)
        .where(accounts.c.stopped.is_(None), inboxes.c.account_id.not_in(list(besides)))
    )


async def due(tx: Transaction, now: datetime, *, besides: Collection[int] = ()) -> list[Mark]:
    """Inboxes of working accounts, besides these, that are to be read now."""
    columns = [inboxes.c[name] for name in Mark.__dataclass_fields__]
    rows = await tx.execute(_working(*columns, besides=besides).where(inboxes.c.due_at <= now))
    return [Mark(**row._mapping) for row in rows]


async def next_due(tx: Transaction, *, besides: Collection[int] = ()) -> datetime | None:
    """When the next one is to be read; None: there is none."""
    soonest = sa.func.min(inboxes.c.due_at, type_=inboxes.c.due_at.type)
    found: datetime | None = await tx.scalar(_working(soonest, besides=besides))
    return found


async def read(
    tx: Transaction, account_id: int, *, until: datetime, far_at: datetime, due_at: datetime
) -> None:
    """The gateway has told what it knew at `until`."""
    await tx.execute(
        inboxes.update()
        .where(inboxes.c.account_id == account_id)
        .values(read_until=until, far_at=far_at, due_at=due_at)
    )


async def postpone(tx: Transaction, account_id: int, due_at: datetime) -> None:
    """It told nothing: the mark stays where it is."""
    await tx.execute(inboxes.update().where(inboxes.c.account_id == account_id).values(due_at=due_at))
