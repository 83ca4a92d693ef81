"""Invites: random links that let one person ask to be let in, once. The inviter confirms who it was."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from .db import Transaction
from .schema import invites


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """`role` is a word of `people.Role`. `chat_id`, `thread_id`: where it was made and is confirmed."""

    role: str
    chat_id: int
    thread_id: int
    inviter: int
    language: str


def _hash(token: str) -> str:
    # A plain hash is enough: nobody tries all of 128 random bits.
    return hashlib.sha256(token.encode()).hexdigest()


async def add(tx: Transaction, invite: Invite, expires_at: datetime) -> str:
    """A new token of 128 random bits, fit for a deep link."""
    token = secrets.token_urlsafe(16)
    values = {name: getattr(invite, name) for name in Invite.__dataclass_fields__}
    await tx.execute(invites.insert().values(token_hash=_hash(token), expires_at=expires_at, **values))
    return token


async def is_open(tx: Transaction, token: str, now: datetime) -> bool:
    """Whether somebody may still follow this link."""
    return await tx.scalar(sa.select(invites.c.inviter).where(_open(token, now))) is not None


async def open_one(tx: Transaction, token: str, now: datetime) -> Invite | None:
    """What a link that nobody has followed yet is good for; None: it is spent, expired, or there is none."""
    fields = (invites.c[name] for name in Invite.__dataclass_fields__)
    row = (await tx.execute(sa.select(*fields).where(_open(token, now)))).one_or_none()
    return None if row is None else Invite(**row._mapping)


async def use(tx: Transaction, token: str, now: datetime) -> Invite | None:
    """Spend a link. None: it is spent, expired, or there is none."""
    row = (
        await tx.execute(
            invites.update()
            .where(_open(token, now))
            .values(used_at=now)
            .returning(*(invites.c[name] for name in Invite.__dataclass_fields__))
        )
    ).one_or_none()
    return None if row is None else Invite(**row._mapping)


def _open(token: str, now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        invites.c.token_hash == _hash(token), invites.c.used_at.is_(None), invites.c.expires_at > now
    )


async def withdraw(tx: Transaction, inviter: int, now: datetime) -> None:
    """Close what this person has open."""
    await tx.execute(
        invites.update().where(invites.c.inviter == inviter, invites.c.used_at.is_(None)).values(used_at=now)
    )


async def forget(tx: Transaction, before: datetime) -> None:
    """Drop those that expired before the given time."""
    await tx.execute(invites.delete().where(invites.c.expires_at < before))
