"""SMS from handsets (MO), each stored once however often a gateway tells of it."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from .db import Transaction, insert
from .schema import inbound

SEVERAL = 500  # keys in one question


async def add(
    tx: Transaction,
    *,
    account_id: int,
    key: str,
    msisdn: str,
    to: str,
    text: str,
    at: datetime,
    now: datetime,
) -> int | None:
    """Its number, or None: it is here already."""
    added = await tx.scalars(
        insert(tx, inbound)
        .on_conflict_do_nothing(index_elements=["account_id", "key"])
        .returning(inbound.c.id)
        .values(account_id=account_id, key=key, msisdn=msisdn, to=to, text=text, at=at, received_at=now)
    )
    return added.one_or_none()


async def known(tx: Transaction, account_id: int, keys: Sequence[str]) -> set[str]:
    """Those of these keys that are here already."""
    found: set[str] = set()
    for start in range(0, len(keys), SEVERAL):
        among = inbound.c.key.in_(keys[start : start + SEVERAL])
        found |= set(
            await tx.scalars(sa.select(inbound.c.key).where(inbound.c.account_id == account_id, among))
        )
    return found


async def belongs(tx: Transaction, inbound_id: int, conversation_id: int) -> None:
    """It is part of this conversation."""
    await tx.execute(
        inbound.update().where(inbound.c.id == inbound_id).values(conversation_id=conversation_id)
    )
