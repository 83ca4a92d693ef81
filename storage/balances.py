"""What each gateway last said of an account's money, and what it said before."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa

from providers.model import Balance

from .db import Transaction, insert
from .schema import balance_history, balances, probes

SPACED = timedelta(hours=1)  # between two rows of the history that say the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """`at`: when the gateway was asked. `spent_at`: when something was last sent, before or after that."""

    balance: Balance
    at: datetime
    spent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What there was at some time."""

    at: datetime
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """How the gateway answered when it was last asked, at `at`.

    `trouble`: the kind of the error, None where it told; there has been trouble `since` then, `tries` times.
    """

    at: datetime
    trouble: str | None = None
    code: str | None = None
    since: datetime | None = None
    tries: int = 0


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
    last = (
        await tx.execute(
            sa.select(balance_history.c.amount, balance_history.c.at)
            .where(balance_history.c.account_id == account_id)
            .order_by(balance_history.c.at.desc(), balance_history.c.id.desc())
            .limit(1)
        )
    ).one_or_none()
    if last is None or (last.at < at and (last.amount != balance.amount or at - last.at >= SPACED)):
        await tx.execute(balance_history.insert().values(account_id=account_id, amount=balance.amount, at=at))


async def history(tx: Transaction, account_id: int, since: datetime) -> list[Sample]:
    """What there was since then, oldest first; the first is from before, where there is one."""
    before = (
        sa.select(sa.func.max(balance_history.c.at))
        .where(balance_history.c.account_id == account_id, balance_history.c.at <= since)
        .scalar_subquery()
    )
    rows = await tx.execute(
        sa.select(balance_history.c.at, balance_history.c.amount)
        .where(
            balance_history.c.account_id == account_id,
            balance_history.c.at >= sa.func.coalesce(before, since),
        )
        .order_by(balance_history.c.at, balance_history.c.id)
    )
    return [Sample(at=row.at, amount=row.amount) for row in rows]


async def forget_before(tx: Transaction, before: datetime) -> None:
    """Drop what there was so long ago."""
    await tx.execute(balance_history.delete().where(balance_history.c.at < before))


async def probed(tx: Transaction, account_id: int) -> Probe | None:
    """How it answered last; None: it was not asked."""
    row = (await tx.execute(sa.select(probes).where(probes.c.account_id == account_id))).one_or_none()
    if row is None:
        return None
    return Probe(at=row.at, trouble=row.trouble, code=row.code, since=row.since, tries=row.tries)


async def keep_probe(tx: Transaction, account_id: int, probe: Probe) -> None:
    """Remember how it answered."""
    told = {name: getattr(probe, name) for name in Probe.__dataclass_fields__}
    await tx.execute(
        insert(tx, probes)
        .values(account_id=account_id, **told)
        .on_conflict_do_update(index_elements=[probes.c.account_id], set_=told)
    )


async def forget_probe(tx: Transaction, account_id: int) -> None:
    """Somebody has changed something: ask at once."""
    await tx.execute(probes.delete().where(probes.c.account_id == account_id))


async def spend(tx: Transaction, account_id: int, now: datetime) -> None:
    """Something was sent: what is known is old from now on, however young."""
    await tx.execute(balances.update().where(balances.c.account_id == account_id).values(spent_at=now))


async def forget(tx: Transaction, account_id: int) -> None:
    """Drop what is known: under another login the money is somebody else's."""
    for table in (balances, balance_history, probes):
        await tx.execute(table.delete().where(table.c.account_id == account_id))
