"""Contacts that are written to together, by the name of their group: `@clients`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from .contacts import Contact
from .db import Transaction, insert
from .folded import folded
from .schema import contact_group_members as members
from .schema import contact_groups, contacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """`count`: how many contacts are in it."""

    id: int
    name: str
    count: int


def _groups(chat_id: int) -> sa.Select[*tuple[object, ...]]:
    counted = (
        sa.select(sa.func.count())
        .where(members.c.group_id == contact_groups.c.id)
        .scalar_subquery()
        .label("count")
    )
    return sa.select(contact_groups.c.id, contact_groups.c.name, counted).where(
        contact_groups.c.chat_id == chat_id
    )


async def make(tx: Transaction, chat_id: int, name: str, *, by: int, now: datetime) -> int:
    """The number of the group of this name, made if there is none."""
    await tx.execute(
        insert(tx, contact_groups)
        .on_conflict_do_nothing()
        .values(chat_id=chat_id, name=name, folded=folded(name), saved_by=by, saved_at=now)
    )
    of_it = sa.and_(contact_groups.c.chat_id == chat_id, contact_groups.c.folded == folded(name))
    found: sa.ScalarResult[int] = await tx.scalars(sa.select(contact_groups.c.id).where(of_it))
    return found.one()


async def of_chat(tx: Transaction, chat_id: int) -> list[Group]:
    """All of them, by name."""
    rows = await tx.execute(_groups(chat_id).order_by(contact_groups.c.folded))
    return [Group(**row._mapping) for row in rows]


async def get(tx: Transaction, chat_id: int, group_id: int) -> Group | None:
    """None: this chat has no such group any more."""
    row = (await tx.execute(_groups(chat_id).where(contact_groups.c.id == group_id))).one_or_none()
    return None if row is None else Group(**row._mapping)


async def called(tx: Transaction, chat_id: int, name: str) -> Group | None:
    """The group of this name."""
    row = (await tx.execute(_groups(chat_id).where(contact_groups.c.folded == folded(name)))).one_or_none()
    return None if row is None else Group(**row._mapping)


async def add(tx: Transaction, group_id: int, msisdns: Sequence[str]) -> int:
    """Put the contacts of its chat with these numbers into a group. How many were not in it yet."""
    theirs = (
        sa.select(contact_groups.c.id, contacts.c.id)
        .join(contacts, contacts.c.chat_id == contact_groups.c.chat_id)
        .where(contact_groups.c.id == group_id, contacts.c.msisdn.in_(msisdns))
        # Neither goes while they are put together.
        .with_for_update(read=True, key_share=True)
    )
    added = await tx.execute(
        insert(tx, members).from_select(["group_id", "contact_id"], theirs).on_conflict_do_nothing()
    )
    return added.rowcount


async def remove(tx: Transaction, group_id: int, contact_id: int) -> bool:
    """Take a contact out of a group. False: it was not in it."""
    gone = await tx.execute(
        members.delete().where(members.c.group_id == group_id, members.c.contact_id == contact_id)
    )
    return gone.rowcount == 1


async def of_contact(tx: Transaction, contact_id: int) -> list[int]:
    """The groups a contact is in."""
    return list(await tx.scalars(sa.select(members.c.group_id).where(members.c.contact_id == contact_id)))


async def page(tx: Transaction, group_id: int, start: int, limit: int) -> list[Contact]:
    """Some of a group in the order in which they were saved, from this place on."""
    rows = await tx.execute(
        sa.select(contacts.c.id, contacts.c.msisdn, contacts.c.name)
        .join(members, members.c.contact_id == contacts.c.id)
        .where(members.c.group_id == group_id)
        .order_by(contacts.c.id)
        .offset(start)
        .limit(limit)
    )
    return [Contact(**row._mapping) for row in rows]


async def delete(tx: Transaction, group_id: int) -> None:
    """The contacts stay."""
    await tx.execute(contact_groups.delete().where(contact_groups.c.id == group_id))
