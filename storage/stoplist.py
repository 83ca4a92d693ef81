"""The stop-list of an account: numbers that get no SMS from it. `queues.claims` ends what is due to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from .db import Transaction, insert
from .schema import stops

SEVERAL = 500  # rows in one statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """`by` None: the customer's own word."""

    msisdn: str
    at: datetime
    by: str | None


async def add(tx: Transaction, account_id: int, msisdn: str, *, by: str | None, now: datetime) -> bool:
    """Put a number on the list. False: it is there already."""
    added = await tx.execute(
        insert(tx, stops).on_conflict_do_nothing().values(account_id=account_id, msisdn=msisdn, at=now, by=by)
    )
    return added.rowcount == 1


async def add_all(tx: Transaction, account_id: int, msisdns: Sequence[str], *, by: str, now: datetime) -> int:
    """Put numbers on the list; how many were not there yet."""
    before = await count(tx, account_id)
    for start in range(0, len(msisdns), SEVERAL):
        rows = [
            {"account_id": account_id, "msisdn": one, "at": now, "by": by}
            for one in msisdns[start : start + SEVERAL]
        ]
        await tx.execute(insert(tx, stops).on_conflict_do_nothing(), rows)
    return await count(tx, account_id) - before


async def count(tx: Transaction, account_id: int) -> int:
    """How many numbers are on the list."""
    found = sa.select(sa.func.count()).select_from(stops).where(stops.c.account_id == account_id)
    return (await tx.scalars(found)).one()


async def remove(tx: Transaction, account_id: int, msisdn: str) -> bool:
    """Take a number off the list. False: it is not there."""
    gone = await tx.execute(stops.delete().where(stops.c.account_id == account_id, stops.c.msisdn == msisdn))
    return gone.rowcount == 1


async def has(tx: Transaction, account_id: int, msisdn: str) -> bool:
    found = await tx.scalar(
        sa.select(stops.c.msisdn).where(stops.c.account_id == account_id, stops.c.msisdn == msisdn)
    )
    return found is not None


async def among(tx: Transaction, account_id: int, msisdns: Sequence[str]) -> set[str]:
    """Which of these numbers are on the list."""
    found: set[str] = set()
    for start in range(0, len(msisdns), SEVERAL):
        asked = stops.c.msisdn.in_(msisdns[start : start + SEVERAL])
        found |= set(
            await tx.scalars(sa.select(stops.c.msisdn).where(stops.c.account_id == account_id, asked))
        )
    return found


async def of_account(tx: Transaction, account_id: int) -> list[Stop]:
    """The whole list, the newest first."""
    rows = await tx.execute(
        sa.select(stops.c.msisdn, stops.c.at, stops.c.by)
        .where(stops.c.account_id == account_id)
        .order_by(stops.c.at.desc(), stops.c.msisdn)
    )
    return [Stop(**row._mapping) for row in rows]
