"""The durable inbox of what gateways tell by themselves: stored before it is answered, handled afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from .db import Transaction
from .schema import accounts, attempt_messages, attempts, messages, pushes
from .vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPush:
    """A call as it came. `sealed` opens for `owner(id)`."""

    id: int
    account_id: int
    sealed: str
    received_at: datetime


def owner(push_id: int) -> str:
    """The name of a push's row in the vault."""
    return f"pushes/{push_id}"


_COLUMNS = [pushes.c[name] for name in StoredPush.__dataclass_fields__]


async def store(
    tx: Transaction, account_id: int, call: Mapping[str, Any], vault: Vault, now: datetime
) -> None:
    """Keep a call, sealed: it has numbers and words of customers."""
    inserted = await tx.scalars(
        pushes.insert()
        .returning(pushes.c.id)
        .values(account_id=account_id, sealed="", received_at=now, due_at=now)
    )
    push_id = inserted.one()
    await tx.execute(
        pushes.update().where(pushes.c.id == push_id).values(sealed=vault.seal(owner(push_id), call))
    )


async def due(tx: Transaction, now: datetime, limit: int) -> list[StoredPush]:
    """Calls to handle now, in the order they came or were put off to."""
    rows = await tx.execute(
        sa.select(*_COLUMNS)
        .where(pushes.c.state == sa.text("'new'"), pushes.c.due_at <= now)
        .order_by(pushes.c.due_at, pushes.c.id)  # what is put off again and again does not stand first
        .limit(limit)
    )
    return [StoredPush(**row._mapping) for row in rows]


async def next_due(tx: Transaction) -> datetime | None:
    """When the next call is to be handled; None: there is none."""
    soonest: datetime | None = await tx.scalar(
        sa.select(sa.func.min(pushes.c.due_at, type_=pushes.c.due_at.type)).where(
            pushes.c.state == sa.text("'new'")
        )
    )
    return soonest


async def close(tx: Transaction, push_id: int, *, state: str) -> None:
    """Mark a call handled or failed, and forget its content."""
    await tx.execute(pushes.update().where(pushes.c.id == push_id).values(state=state, sealed=""))


async def postpone(tx: Transaction, push_id: int, due_at: datetime) -> None:
    await tx.execute(pushes.update().where(pushes.c.id == push_id).values(due_at=due_at))


async def forget(tx: Transaction, before: datetime) -> None:
    """Drop what was handled before the given time."""
    await tx.execute(pushes.delete().where(pushes.c.state != sa.text("'new'"), pushes.c.received_at < before))


async def token(tx: Transaction, account_id: int) -> str | None:
    """The secret part of the address that the account's gateway calls."""
    found: str | None = await tx.scalar(sa.select(accounts.c.push_token).where(accounts.c.id == account_id))
    return found


async def on_the_wire(tx: Transaction, account_id: int) -> bool:
    """Whether a request of this account has left whose answer is not in the ledger."""
    one = sa.select(attempts.c.id).where(attempts.c.account_id == account_id, attempts.c.ended_at.is_(None))
    return await tx.scalar(one.limit(1)) is not None


async def message_of(tx: Transaction, account_id: int, ids: tuple[str, ...], msisdn: str) -> int | None:
    """The message that a gateway means by one of these ids, ours or its own, and a number."""
    found: int | None = await tx.scalar(
        sa.select(messages.c.id)
        .select_from(attempts)
        .join(attempt_messages, attempt_messages.c.attempt_id == attempts.c.id)
        .join(messages, messages.c.id == attempt_messages.c.message_id)
        .where(
            sa.or_(attempts.c.ref.in_(ids), attempts.c.gateway_id.in_(ids)),
            attempts.c.account_id == account_id,
            attempt_messages.c.live,
            messages.c.msisdn == msisdn,
        )
        .order_by(messages.c.id.desc())
        .limit(1)
    )
    return found
