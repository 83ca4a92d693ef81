"""Whom the people of a chat write to, and what they are called there. Each number once a chat."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from .db import Transaction, insert
from .folded import folded
from .schema import contacts, messages

NAME = 64  # characters of a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """`name` empty: only the number is known."""

    id: int
    msisdn: str
    name: str


_COLUMNS = [contacts.c[name] for name in Contact.__dataclass_fields__]


async def save(tx: Transaction, chat_id: int, several: Collection[tuple[str, str]], now: datetime) -> None:
    """Keep numbers with their names. Who is there gets the new name, unless that is empty."""
    if not several:
        return
    added = insert(tx, contacts)
    named = added.excluded.name != ""
    statement = added.on_conflict_do_update(
        index_elements=["chat_id", "msisdn"],
        set_={
            "name": sa.case((named, added.excluded.name), else_=contacts.c.name),
            "folded": sa.case((named, added.excluded.folded), else_=contacts.c.folded),
            "saved_at": now,
        },
    )
    await tx.execute(
        statement,
        [
            {
                "chat_id": chat_id,
                "msisdn": msisdn,
                "name": name[:NAME],
                "folded": folded(name[:NAME]),
                "saved_at": now,
            }
            # In one order, so that no two writes wait for each other.
            for msisdn, name in sorted(several)
        ],
    )


async def get(tx: Transaction, chat_id: int, contact_id: int) -> Contact | None:
    """None: this chat has no such contact any more."""
    of_it = sa.and_(contacts.c.id == contact_id, contacts.c.chat_id == chat_id)
    row = (await tx.execute(sa.select(*_COLUMNS).where(of_it))).one_or_none()
    return None if row is None else Contact(**row._mapping)


async def of_number(tx: Transaction, chat_id: int, msisdn: str) -> Contact | None:
    of_it = sa.and_(contacts.c.msisdn == msisdn, contacts.c.chat_id == chat_id)
    row = (await tx.execute(sa.select(*_COLUMNS).where(of_it))).one_or_none()
    return None if row is None else Contact(**row._mapping)


def _wanted(chat_id: int, part: str) -> sa.ColumnElement[bool]:
    """Whose name has this part, or whose number has these digits."""
    digits = "".join(char for char in part if char in "0123456789")
    named = contacts.c.folded.contains(folded(part), autoescape=True)
    # A number may be typed with 8 or +7 before it.
    numbered = contacts.c.msisdn.contains(digits[-10:]) if len(digits) > 2 else sa.false()
    return sa.and_(contacts.c.chat_id == chat_id, sa.or_(named, numbered))


async def count(tx: Transaction, chat_id: int, part: str = "") -> int:
    """How many there are whose name or number has this part."""
    query = sa.select(sa.func.count()).select_from(contacts).where(_wanted(chat_id, part))
    return await tx.scalar(query) or 0


async def known(tx: Transaction, chat_id: int, msisdns: Sequence[str]) -> int:
    """How many of these numbers are there."""
    theirs = sa.and_(contacts.c.chat_id == chat_id, contacts.c.msisdn.in_(msisdns))
    return await tx.scalar(sa.select(sa.func.count()).select_from(contacts).where(theirs)) or 0


async def page(tx: Transaction, chat_id: int, part: str, start: int, limit: int) -> list[Contact]:
    """Some of those by name, from this place on; who has no name comes first."""
    rows = await tx.execute(
        sa.select(*_COLUMNS)
        .where(_wanted(chat_id, part))
        .order_by(contacts.c.folded, contacts.c.id)
        .offset(start)
        .limit(limit)
    )
    return [Contact(**row._mapping) for row in rows]


async def names(tx: Transaction, chat_id: int, msisdns: Sequence[str]) -> Mapping[str, str]:
    """What these numbers are called here, by number; who has no name is left out."""
    rows = await tx.execute(
        sa.select(contacts.c.msisdn, contacts.c.name).where(
            contacts.c.chat_id == chat_id, contacts.c.msisdn.in_(msisdns), contacts.c.name != ""
        )
    )
    return {row.msisdn: row.name for row in rows}


async def rename(tx: Transaction, contact_id: int, name: str, now: datetime) -> None:
    await tx.execute(
        contacts.update()
        .where(contacts.c.id == contact_id)
        .values(name=name[:NAME], folded=folded(name[:NAME]), saved_at=now)
    )


async def delete(tx: Transaction, ids: Sequence[int]) -> None:
    """With their places in groups."""
    await tx.execute(contacts.delete().where(contacts.c.id.in_(ids)))


async def forget_unused(tx: Transaction, before: datetime, limit: int) -> bool:
    """Drop some that were saved before the given time and have no message left. False: there are none."""
    # What is sent is forgotten in its own time: a number that still stands there was written to since.
    unwritten = contacts.c.msisdn.not_in(sa.select(messages.c.msisdn))
    stale = sa.select(contacts.c.id).where(contacts.c.saved_at < before, unwritten).limit(limit)
    ids = list(await tx.scalars(stale))
    await delete(tx, ids)
    return bool(ids)
