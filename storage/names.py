"""What people with a role are called and which language they read, as Telegram told when they last wrote."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from .db import Transaction, insert
from .schema import names, people


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """`language`: one that we have texts in."""

    name: str
    language: str


async def get(tx: Transaction, person_id: int) -> Known | None:
    row = (await tx.execute(sa.select(names).where(names.c.id == person_id))).one_or_none()
    return None if row is None else Known(name=row.name, language=row.language)


async def chosen(tx: Transaction, person_id: int) -> str | None:
    """The language that a person chose; None: that which Telegram tells."""
    language: str | None = await tx.scalar(sa.select(names.c.chosen).where(names.c.id == person_id))
    return language


async def choose(tx: Transaction, person_id: int, language: str | None) -> None:
    """Say everything to a person in this language; None: in that which Telegram tells."""
    await tx.execute(names.update().where(names.c.id == person_id).values(chosen=language))


async def every(tx: Transaction) -> Mapping[int, str]:
    """The names by id."""
    return {row.id: row.name for row in await tx.execute(sa.select(names.c.id, names.c.name))}


async def learn(tx: Transaction, person_id: int, known: Known) -> None:
    """Keep it, and show it wherever the person is listed: a role given by id came without a name."""
    values = {"name": known.name[:128], "language": known.language}
    await tx.execute(
        insert(tx, names)
        .values(id=person_id, **values)
        .on_conflict_do_update(index_elements=[names.c.id], set_=values)
    )
    of_them = sa.and_(people.c.id == person_id, people.c.name != values["name"])
    await tx.execute(people.update().where(of_them).values(name=values["name"]))
