"""The recovery hold: a database that is not what was last seen sends nothing until a person says so.

A restored backup, a copy, a stand-by that lacks the last commits: each has forgotten what was sent since, and
would send it again. What was last seen is kept outside the database (`desk.hold`); here is what a database
says of itself, what it means when the two differ, and the mark that holds everything.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from . import campaigns as campaigning
from . import cards
from .db import Transaction
from .schema import campaigns, instance, leases, messages


class Cause(StrEnum):
    """Why everything is held."""

    COPIED = "copied"  # another database than the one last seen here, or the first here with a past
    BACKWARDS = "backwards"  # the same, as it was at an earlier time
    FAILOVER = "failover"  # another server serves it, which may lack the last commits
    SILENT = "silent"  # nobody has worked with it for long, while something was to be sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a database says of itself. What is counted never shrinks.

    `marks`: by lease, its fence and its commits. `decisions`: cancels, and doubts that people decided.
    """

    instance: str
    marks: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    decisions: int = 0
    server: str | None = None  # PostgreSQL: which cluster, on which timeline


async def begin(tx: Transaction) -> None:
    """Give a new database its name."""
    if await tx.scalar(sa.select(instance.c.id)) is None:
        await tx.execute(instance.insert().values(id=secrets.token_hex(16), copied=False))


async def look(tx: Transaction) -> Look:
    """What it says of itself now."""
    rows = await tx.execute(sa.select(leases.c.name, leases.c.fence, leases.c.commits))
    return replace(await here(tx), marks={row.name: (row.fence, row.commits) for row in rows})


_HERE = sa.select(instance.c.id, instance.c.decisions)


async def here(tx: Transaction) -> Look:
    """Which database this is, of which server, and what was decided there; no marks.

    The name is empty where `begin` has given none.
    """
    itself = (await tx.execute(_HERE)).one_or_none()
    return Look(
        instance=itself.id if itself is not None else "",
        decisions=itself.decisions if itself is not None else 0,
        server=await _server(tx),
    )


async def _server(tx: Transaction) -> str | None:
    if tx.dialect.name != "postgresql":
        return None
    timeline = sa.func.substr(sa.func.pg_walfile_name(sa.func.pg_current_wal_lsn()), 1, 8)
    system = sa.text("(SELECT system_identifier FROM pg_control_system())::text")
    row = (await tx.execute(sa.select(system, timeline))).one()
    return f"{row[0]}/{row[1]}"


def difference(seen: Look | None, now: Look) -> Cause | None:
    """What a database is, going by what was last seen. None: the same, no earlier than then."""
    if seen is None:
        past = now.decisions or any(commits for _, commits in now.marks.values())
        return Cause.COPIED if past else None
    if seen.instance != now.instance:
        return Cause.COPIED
    if any(_is_before(now.marks.get(name, (0, 0)), mark) for name, mark in seen.marks.items()):
        return Cause.BACKWARDS
    if now.decisions < seen.decisions:
        return Cause.BACKWARDS
    return Cause.FAILOVER if seen.server != now.server else None


def _is_before(now: tuple[int, int], then: tuple[int, int]) -> bool:
    return now[0] < then[0] or now[1] < then[1]


async def decided(tx: Transaction) -> None:
    """Somebody cancels, or decides a doubt: a database that has forgotten it would send all the same."""
    await tx.execute(instance.update().values(decisions=instance.c.decisions + 1))


async def is_copy(tx: Transaction) -> bool:
    """Whether it was made by `smsdesk backup`, and never opened since."""
    return bool(await tx.scalar(sa.select(instance.c.copied)))


async def is_silent(tx: Transaction, now: datetime, longer_than: timedelta) -> bool:
    """Whether nobody has had a lease for so long, while messages that were to leave at once are queued."""
    last: datetime | None = await tx.scalar(sa.select(sa.func.max(leases.c.until, type_=leases.c.until.type)))
    if not longer_than or last is None or now - last <= longer_than:
        return False
    waiting = (
        sa.select(messages.c.id)
        .join(campaigns, campaigns.c.id == messages.c.campaign_id)
        .where(
            messages.c.state == sa.text("'queued'"), campaigns.c.send_at.is_(None), messages.c.due_at <= now
        )
        .limit(1)
    )
    return await tx.scalar(waiting) is not None


async def hold(tx: Transaction, cause: Cause, now: datetime) -> bool:
    """Send nothing from now on. The database gets a new name: it is another one now. False: it was held."""
    held = await tx.execute(
        instance.update()
        .where(instance.c.held.is_(None))
        .values(id=secrets.token_hex(16), copied=False, held=cause, held_at=now)
    )
    await cards.redraw(tx, await campaigning.waiting(tx), now)
    return held.rowcount == 1


async def cause(tx: Transaction) -> Cause | None:
    """Why everything is held; None: it is not."""
    held: str | None = await tx.scalar(sa.select(instance.c.held))
    return None if held is None else Cause(held)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Why everything is held, and since when."""

    cause: Cause
    since: datetime


async def held(tx: Transaction) -> Held | None:
    """None: it is not."""
    row = (await tx.execute(sa.select(instance.c.held, instance.c.held_at))).one_or_none()
    return None if row is None or row.held is None else Held(cause=Cause(row.held), since=row.held_at)


async def name(tx: Transaction) -> str:
    """What tells this hold from those before: each gives the database a new name, held here until tx ends."""
    held: str = (await tx.scalars(sa.select(instance.c.id).with_for_update())).one()
    return held


async def waiting(tx: Transaction) -> int:
    """How many messages have not left."""
    count = sa.select(sa.func.count()).where(messages.c.state == sa.text("'queued'"))
    return (await tx.scalars(count)).one()


async def release(tx: Transaction, now: datetime) -> bool:
    """Let everything go. False: it was not held."""
    released = await tx.execute(
        instance.update().where(instance.c.held.is_not(None)).values(held=None, held_at=None)
    )
    await cards.redraw(tx, await campaigning.waiting(tx), now)
    return released.rowcount == 1
