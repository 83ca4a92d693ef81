"""What each gateway last said of an account's money."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from providers.model import Balance

from .db import Transaction
from .schema import balances


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """`at`: when the gateway said so."""

    balance: Balance
    at: datetime


async def known(tx: Transaction, account_id: int) -> Known | None:
    """The last it said; None: nothing yet."""
    row = (await tx.execute(sa.select(balances).where(balances.c.account_id == account_id))).one_or_none()
    if row is None:
        return None
    told = Balance(amount=row.amount, currency=row.currency, credit=row.credit)
    return Known(balance=told, at=row.at)


async def keep(tx: Transaction, account_id: int, balance: Balance, now: datetime) -> None:
    """Remember what was said just now."""
    told = {"amount": balance.amount, "currency": balance.currency, "credit": balance.credit, "at": now}
    await tx.execute(
        insert(balances)
        .values(account_id=account_id, **told)
        .on_conflict_do_update(index_elements=[balances.c.account_id], set_=told)
    )
