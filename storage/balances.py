"""What each gateway last said of an account's money."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from providers.model import Balance

from .db import Transaction, insert
from .schema import balances


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """`at`: when the gateway was asked. `spent_at`: when something was last sent, before or after that."""

    balance: Balance
    at: datetime
    spent_at: datetime | None = None


async def known(tx: Transaction, account_id: int) -> Known | None:
    """The last it said; None: nothing yet."""
    row = (await tx.execute(sa.select(balances).where(balances.c.account_id == account_id))).one_or_none()
    if row is None:
        return None
    told = Balance(amount=row.amount, currency=row.currency, credit=row.credit)
    return Known(balance=told, at=row.at, spent_at=row.spent_at)


async def keep(tx: Transaction, account_id: int, balance: Balance, at: datetime) -> None:
    """Remember what was said; `at` is when it was asked for, as more may have been sent since."""
    told = {"amount": balance.amount, "currency": balance.currency, "credit": balance.credit, "at": at}
    await tx.execute(
        insert(tx, balances)
        .values(account_id=account_id, **told)
        .on_conflict_do_update(index_elements=[balances.c.account_id], set_=told)
    )


async def spend(tx: Transaction, account_id: int, now: datetime) -> None:
    """Something was sent: what is known is old from now on, however young."""
    await tx.execute(balances.update().where(balances.c.account_id == account_id).values(spent_at=now))


async def forget(tx: Transaction, account_id: int) -> None:
    """Drop what is known: under another login the money is somebody else's."""
    await tx.execute(balances.delete().where(balances.c.account_id == account_id))
