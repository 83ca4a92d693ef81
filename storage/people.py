"""Who may do what: people by numeric id, each with one role.

The administrators of the configuration are not in here: they always have their role, and nobody in a chat can
take it from them. So there is always an administrator left.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

import sqlalchemy as sa

from . import drafts, invites, rhythms, watches
from .db import Transaction, alone
from .schema import people


class Role(IntEnum):
    """Each may do what those before it may."""

    VIEWER = 1
    OPERATOR = 2
    MANAGER = 3
    ADMIN = 4

    @property
    def word(self) -> str:
        return self.name.lower()

    @staticmethod
    def of(word: str) -> "Role | None":
        """The role of this name in any case; None: there is none."""
        return Role.__members__.get(word.upper())


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`via` tells how they came: id, reply, picker, invite. `chat_id`: the staff group they came through."""

    id: int
    name: str
    role: Role
    added_by: int
    via: str
    chat_id: int | None
    added_at: datetime


def _person(row: sa.Row[Any]) -> Person:
    return Person(
        id=row.id,
        name=row.name,
        role=Role[row.role.upper()],
        added_by=row.added_by,
        via=row.via,
        chat_id=row.chat_id,
        added_at=row.added_at,
    )


_GET = sa.select(people).where(people.c.id == sa.bindparam("id_"))
_HOLD = _GET.with_for_update(read=True)


async def get(tx: Transaction, person_id: int, *, held: bool = False) -> Person | None:
    """`held`: what they are stays so until the transaction ends."""
    row = (await tx.execute(_HOLD if held else _GET, {"id_": person_id})).one_or_none()
    return None if row is None else _person(row)


async def every(tx: Transaction) -> list[Person]:
    """All of them, the newest last."""
    return [_person(row) for row in await tx.execute(sa.select(people).order_by(people.c.added_at))]


async def admins(tx: Transaction, configured: Iterable[int]) -> list[int]:
    """Every administrator, those of the configuration among them."""
    ours = await tx.scalars(sa.select(people.c.id).where(people.c.role == Role.ADMIN.word))
    return sorted({*configured, *ours})


async def through(tx: Transaction, chat_id: int) -> list[Person]:
    """Those who came through a staff group."""
    query = sa.select(people).where(people.c.chat_id == chat_id).order_by(people.c.added_at)
    return [_person(row) for row in await tx.execute(query)]


async def allow(
    tx: Transaction,
    *,
    person_id: int,
    name: str,
    role: Role,
    added_by: int,
    by: str,
    via: str,
    chat_id: int | None,
    now: datetime,
) -> None:
    """Let somebody in, or in anew: what was before is replaced, what they had open dies. `by`: a name."""
    await _take(tx, person_id, by=by, now=now)
    await tx.execute(
        people.insert().values(
            id=person_id,
            name=name[:128],
            role=role.word,
            added_by=added_by,
            via=via,
            chat_id=chat_id,
            added_at=now,
        )
    )


async def change(tx: Transaction, person_id: int, role: Role, *, by: str, now: datetime) -> bool:
    """Another role for somebody; what they had open dies. False: there is no such person."""
    await _lock(tx, person_id)
    changed = await tx.execute(people.update().where(people.c.id == person_id).values(role=role.word))
    if changed.rowcount:
        await _withdraw(tx, person_id, by=by, now=now)
    return changed.rowcount == 1


async def remove(tx: Transaction, person_id: int, *, by: str, now: datetime) -> bool:
    """Take everything from somebody, with their open cards, drafts, links and invites. False: had nothing."""
    for told in (watches, rhythms):
        await told.forget_told_in(tx, person_id)
    return await _take(tx, person_id, by=by, now=now)


async def _take(tx: Transaction, person_id: int, *, by: str, now: datetime) -> bool:
    """Their role and what they had open; what is told in their chat stays for whoever gets another role."""
    await _lock(tx, person_id)
    await _withdraw(tx, person_id, by=by, now=now)
    removed = await tx.execute(people.delete().where(people.c.id == person_id))
    return removed.rowcount == 1


async def left(tx: Transaction, chat_id: int, person_id: int, now: datetime) -> bool:
    """Somebody left a group: who came through it loses their role. False: they did not."""
    person = await get(tx, person_id)
    if person is None or person.chat_id != chat_id:
        return False
    return await remove(tx, person_id, by=person.name, now=now)


async def _lock(tx: Transaction, person_id: int) -> None:
    """Two administrators may decide about the same person, who need have no row yet."""
    await alone(tx, f"people/{person_id}")
    await tx.execute(sa.select(people.c.id).where(people.c.id == person_id).with_for_update())


async def _withdraw(tx: Transaction, person_id: int, *, by: str, now: datetime) -> None:
    await drafts.withdraw(tx, person_id, by=by, now=now)
    await invites.withdraw(tx, person_id, now)
