"""Leases: who works for an account, or speaks for the desk, and how often that has changed hands.

A lease paces an account across replicas and tells whose requests are lost; that nothing is sent twice rests
on the unique index of live attempts, not on it. Its `fence` grows with every change of hands and never
shrinks, its `commits` with every claim made under it.

Times are the database's, which all replicas share. On SQLite, which one process on one machine has for
itself, the process's own clock stands in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from .db import Transaction
from .postgres import end_in_time
from .schema import accounts, leases

# Who dies right after a renewal is missed this much later, and a second passes until somebody looks.
LENGTH = timedelta(seconds=25)
# A lease that was given back rests: its gateway counts what left in the last second, whoever sent it.
REST = timedelta(seconds=1)

FACE = "face"  # of whoever speaks with Telegram
_ACCOUNT = "account:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """One that was ours when it was last looked at."""

    name: str
    owner: str
    fence: int

    @property
    def account_id(self) -> int | None:
        """The account it is for; None: the face."""
        return int(self.name.removeprefix(_ACCOUNT)) if self.name.startswith(_ACCOUNT) else None


def of_account(account_id: int) -> str:
    """The name of an account's lease."""
    return f"{_ACCOUNT}{account_id}"


async def time(tx: Transaction, own: datetime) -> datetime:
    """What the database's clock shows; on SQLite our `own` one."""
    if tx.dialect.name == "sqlite":
        return own
    return (await tx.scalars(sa.select(sa.func.clock_timestamp(type_=sa.DateTime(timezone=True))))).one()


async def free(tx: Transaction, now: datetime) -> list[str]:
    """Names of leases that nobody holds: the face's, and those of accounts, in order."""
    names = [FACE, *(of_account(one) for one in await tx.scalars(sa.select(accounts.c.id)))]
    held = set(await tx.scalars(sa.select(leases.c.name).where(leases.c.until > now)))
    return [name for name in names if name not in held]


async def besides(tx: Transaction, mine: Iterable[int]) -> set[int]:
    """Accounts besides mine."""
    return set(await tx.scalars(sa.select(accounts.c.id))) - set(mine)


async def take(tx: Transaction, names: Iterable[str], owner: str, now: datetime) -> list[Lease]:
    """Take those of these that are free, each under a fence above all before."""
    taken = []
    for name in names:
        await _make(tx, name, now)
        fence: int | None = await tx.scalar(
            leases.update()
            .where(leases.c.name == name, leases.c.until <= now)
            .values(owner=owner, fence=leases.c.fence + 1, until=now + LENGTH)
            .returning(leases.c.fence)
        )
        if fence is not None:
            taken.append(Lease(name=name, owner=owner, fence=fence))
    return taken


async def _make(tx: Transaction, name: str, now: datetime) -> None:
    """The row of a lease that nobody has ever held."""
    if await tx.scalar(sa.select(leases.c.name).where(leases.c.name == name)) is not None:
        return
    try:
        async with tx.begin_nested():
            await tx.execute(leases.insert().values(name=name, fence=0, commits=0, until=now))
    except IntegrityError:
        return  # another replica was faster


async def renew(tx: Transaction, owner: str, now: datetime) -> list[Lease]:
    """Keep all that nobody has taken from this owner, and say which those are."""
    await end_in_time(tx)
    rows = await tx.execute(
        leases.update()
        .where(leases.c.owner == owner)
        .values(until=now + LENGTH)
        .returning(leases.c.name, leases.c.fence)
    )
    return [Lease(name=row.name, owner=owner, fence=row.fence) for row in rows]


async def release(tx: Transaction, owner: str, now: datetime) -> None:
    """Give back all of this owner."""
    await tx.execute(leases.update().where(leases.c.owner == owner).values(owner=None, until=now + REST))


async def release_of_the_dead(tx: Transaction, now: datetime) -> None:
    """At start. On SQLite the lock on the file proves that whoever has a lease is dead; else nobody knows."""
    if tx.dialect.name == "sqlite":
        await tx.execute(leases.update().values(owner=None, until=now))


_IS_HELD = (
    sa.select(leases.c.name)
    .where(
        leases.c.name == sa.bindparam("name_"),
        leases.c.owner == sa.bindparam("owner_"),
        leases.c.fence == sa.bindparam("fence_"),
    )
    .with_for_update(read=True)
)


async def is_held(tx: Transaction, lease: Lease) -> bool:
    """Whether it has not changed hands; until the transaction ends it cannot."""
    await end_in_time(tx)
    known = {"name_": lease.name, "owner_": lease.owner, "fence_": lease.fence}
    held: str | None = await tx.scalar(_IS_HELD, known)
    return held is not None


async def commit(tx: Transaction, lease: Lease) -> int | None:
    """Count one more commit under a lease. None: it has changed hands.

    Whoever takes it over waits until this transaction has ended, and then sees what it wrote.
    """
    await end_in_time(tx)
    count: int | None = await tx.scalar(
        leases.update()
        .where(leases.c.name == lease.name, leases.c.owner == lease.owner, leases.c.fence == lease.fence)
        .values(commits=leases.c.commits + 1)
        .returning(leases.c.commits)
    )
    return count
