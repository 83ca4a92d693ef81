"""Texts that a chat keeps, to be sent again."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from .db import Transaction, insert
from .folded import folded
from .schema import templates


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """`saved_by`: the numeric id of the person who wrote it last."""

    id: int
    name: str
    text: str
    saved_by: int


_COLUMNS = [templates.c[name] for name in Template.__dataclass_fields__]


async def save(tx: Transaction, chat_id: int, name: str, text: str, *, by: int, now: datetime) -> int:
    """Keep a text under a name, in the place of what had that name. Its number."""
    values = {"name": name, "text": text, "saved_by": by, "saved_at": now}
    saved: sa.ScalarResult[int] = await tx.scalars(
        insert(tx, templates)
        .values(chat_id=chat_id, folded=folded(name), **values)
        .on_conflict_do_update(index_elements=["chat_id", "folded"], set_=values)
        .returning(templates.c.id)
    )
    return saved.one()


async def of_chat(tx: Transaction, chat_id: int) -> list[Template]:
    """All of them, by name."""
    rows = await tx.execute(
        sa.select(*_COLUMNS).where(templates.c.chat_id == chat_id).order_by(templates.c.folded)
    )
    return [Template(**row._mapping) for row in rows]


async def get(tx: Transaction, chat_id: int, template_id: int) -> Template | None:
    """None: this chat has no such text any more."""
    of_it = sa.and_(templates.c.id == template_id, templates.c.chat_id == chat_id)
    row = (await tx.execute(sa.select(*_COLUMNS).where(of_it))).one_or_none()
    return None if row is None else Template(**row._mapping)


async def called(tx: Transaction, chat_id: int, name: str) -> Template | None:
    """The text of this name."""
    of_it = sa.and_(templates.c.chat_id == chat_id, templates.c.folded == folded(name))
    row = (await tx.execute(sa.select(*_COLUMNS).where(of_it))).one_or_none()
    return None if row is None else Template(**row._mapping)


async def delete(tx: Transaction, template_id: int) -> None:
    await tx.execute(templates.delete().where(templates.c.id == template_id))
