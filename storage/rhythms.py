"""By a chat's own clock: when it wants its peace, and when its digest is told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from .db import Transaction, insert
from .schema import digests, rhythms


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """Quiet from one minute of the day to another, which may be on the next day. None: never."""

    zone: str
    quiet_from: int | None = None
    quiet_to: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """The figures of the chat `home_id`, told in `chat_id`, which was called `title`.

    It is told at this minute of the day, or of each Monday.
    """

    home_id: int
    chat_id: int
    thread_id: int
    title: str
    weekly: bool
    minute: int
    language: str
    next_at: datetime


def _digest(row: sa.Row[Any]) -> Digest:
    return Digest(**{name: getattr(row, name) for name in Digest.__dataclass_fields__})


async def of(tx: Transaction, chat_id: int) -> Rhythm | None:
    """A chat's rhythm; None: nobody has set any."""
    row = (await tx.execute(sa.select(rhythms).where(rhythms.c.chat_id == chat_id))).one_or_none()
    if row is None:
        return None
    return Rhythm(zone=row.zone, quiet_from=row.quiet_from, quiet_to=row.quiet_to)


_ZONE = sa.select(rhythms.c.zone).where(rhythms.c.chat_id == sa.bindparam("chat"))


async def zone_of(tx: Transaction, chat_id: int) -> ZoneInfo | None:
    """By which clock a chat goes; None: nobody has set any."""
    zone: str | None = await tx.scalar(_ZONE, {"chat": chat_id})
    return None if zone is None else ZoneInfo(zone)


async def put(tx: Transaction, chat_id: int, rhythm: Rhythm) -> None:
    """Let a chat have this rhythm from now on."""
    values = {name: getattr(rhythm, name) for name in Rhythm.__dataclass_fields__}
    await tx.execute(
        insert(tx, rhythms)
        .values(chat_id=chat_id, **values)
        .on_conflict_do_update(index_elements=[rhythms.c.chat_id], set_=values)
    )


async def digest_of(tx: Transaction, home_id: int) -> Digest | None:
    row = (await tx.execute(sa.select(digests).where(digests.c.home_id == home_id))).one_or_none()
    return None if row is None else _digest(row)


async def put_digest(tx: Transaction, digest: Digest) -> None:
    """Tell a chat's figures so from now on."""
    values = {name: getattr(digest, name) for name in Digest.__dataclass_fields__}
    await tx.execute(
        insert(tx, digests)
        .values(**values)
        .on_conflict_do_update(index_elements=[digests.c.home_id], set_=values)
    )


async def drop_digest(tx: Transaction, home_id: int) -> bool:
    """Tell a chat's figures no more. False: nobody did."""
    dropped = await tx.execute(digests.delete().where(digests.c.home_id == home_id))
    return dropped.rowcount == 1


async def forget_told_in(tx: Transaction, chat_id: int) -> None:
    """Tell no figures in a chat any more."""
    await tx.execute(digests.delete().where(digests.c.chat_id == chat_id))


async def due(tx: Transaction, now: datetime) -> list[Digest]:
    """Digests whose time has come."""
    rows = await tx.execute(sa.select(digests).where(digests.c.next_at <= now).order_by(digests.c.home_id))
    return [_digest(row) for row in rows]


async def next_due(tx: Transaction) -> datetime | None:
    """When the next digest is told."""
    found: datetime | None = await tx.scalar(
        sa.select(sa.func.min(digests.c.next_at, type_=digests.c.next_at.type))
    )
    return found


async def turn(tx: Transaction, digest: Digest, next_at: datetime) -> bool:
    """Have the next one then. False: somebody told this one, or changed it."""
    turned = await tx.execute(
        digests.update()
        .where(digests.c.home_id == digest.home_id, digests.c.next_at == digest.next_at)
        .values(next_at=next_at)
    )
    return turned.rowcount == 1
