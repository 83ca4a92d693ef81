"""Forum topics: the one in which a chat has a conversation. Brought to what is wanted, as cards are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from .db import Transaction, insert
from .schema import chat_settings, topics


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """`thread_id` None: somebody deleted it. `name` and `closed`: as they were when we last heard."""

    conversation_id: int
    chat_id: int
    thread_id: int | None
    name: str
    closed: bool
    wanted: int


_COLUMNS = [topics.c[name] for name in Topic.__dataclass_fields__]


async def _one(tx: Transaction, *conditions: sa.ColumnElement[bool]) -> Topic | None:
    row = (await tx.execute(sa.select(*_COLUMNS).where(*conditions))).one_or_none()
    return None if row is None else Topic(**row._mapping)


async def of(tx: Transaction, conversation_id: int, chat_id: int) -> Topic | None:
    """The topic of a conversation in a chat."""
    return await _one(tx, topics.c.conversation_id == conversation_id, topics.c.chat_id == chat_id)


async def every(tx: Transaction, conversation_id: int) -> list[Topic]:
    """The topics of a conversation that are there, in whichever chats."""
    theirs = sa.and_(topics.c.conversation_id == conversation_id, topics.c.thread_id.is_not(None))
    rows = await tx.execute(sa.select(*_COLUMNS).where(theirs).order_by(topics.c.chat_id))
    return [Topic(**row._mapping) for row in rows]


async def at(tx: Transaction, chat_id: int, thread_id: int) -> Topic | None:
    """The topic whose thread this is; None: some other one of the chat's."""
    return await _one(tx, topics.c.chat_id == chat_id, topics.c.thread_id == thread_id)


async def opened(
    tx: Transaction, conversation_id: int, chat_id: int, thread_id: int, name: str, now: datetime
) -> None:
    """A conversation has this topic from now on."""
    fresh = {"thread_id": thread_id, "name": name, "closed": False}
    await tx.execute(
        insert(tx, topics)
        .values(conversation_id=conversation_id, chat_id=chat_id, wanted=1, shown=0, due_at=now, **fresh)
        .on_conflict_do_update(
            index_elements=["conversation_id", "chat_id"],
            set_={**fresh, "wanted": topics.c.wanted + 1, "due_at": now},
        )
    )


async def lost(tx: Transaction, chat_id: int, thread_id: int) -> None:
    """Somebody deleted it."""
    await tx.execute(_at(chat_id, thread_id).values(thread_id=None))


async def heard(
    tx: Transaction, topic: Topic, *, name: str | None = None, closed: bool | None = None
) -> None:
    """So it is in the chat now; None: nothing is known to have changed."""
    told = {"name": name, "closed": closed}
    known = {column: value for column, value in told.items() if value is not None}
    await tx.execute(_of(topic).values(**known))


async def redraw(tx: Transaction, conversation_id: int) -> None:
    """Something of this conversation changed."""
    await tx.execute(
        topics.update()
        .where(topics.c.conversation_id == conversation_id, topics.c.thread_id.is_not(None))
        .values(wanted=topics.c.wanted + 1)
    )


_STALE = sa.and_(topics.c.wanted > topics.c.shown, topics.c.thread_id.is_not(None))


async def chats_due(tx: Transaction, now: datetime, besides: Iterable[int]) -> set[int]:
    """Chats, besides these, with a topic to change now."""
    chats = await tx.scalars(
        sa.select(topics.c.chat_id)
        .where(_STALE, topics.c.due_at <= now, topics.c.chat_id.not_in(list(besides)))
        .distinct()
    )
    return set(chats)


async def first_stale(tx: Transaction, chat_id: int, now: datetime) -> Topic | None:
    """The next topic to change in a chat."""
    row = (
        await tx.execute(
            sa.select(*_COLUMNS)
            .where(_STALE, topics.c.chat_id == chat_id, topics.c.due_at <= now)
            .order_by(topics.c.due_at, topics.c.conversation_id)
            .limit(1)
        )
    ).one_or_none()
    return None if row is None else Topic(**row._mapping)


async def next_due(tx: Transaction, besides: Iterable[int]) -> datetime | None:
    """When a topic is to be changed next in a chat besides these."""
    due: datetime | None = await tx.scalar(
        sa.select(sa.func.min(topics.c.due_at, type_=topics.c.due_at.type)).where(
            _STALE, topics.c.chat_id.not_in(list(besides))
        )
    )
    return due


async def shown(tx: Transaction, topic: Topic, not_before: datetime) -> None:
    """It now is as was wanted; the next change waits until `not_before`."""
    await tx.execute(_of(topic).values(shown=topic.wanted, due_at=not_before))


async def postpone(tx: Transaction, topic: Topic, until: datetime) -> None:
    await tx.execute(_of(topic).values(due_at=until))


def _of(topic: Topic) -> sa.Update:
    return topics.update().where(
        topics.c.conversation_id == topic.conversation_id, topics.c.chat_id == topic.chat_id
    )


def _at(chat_id: int, thread_id: int) -> sa.Update:
    return topics.update().where(topics.c.chat_id == chat_id, topics.c.thread_id == thread_id)


# What a chat wants.


async def wanted(tx: Transaction, chat_id: int) -> bool:
    """Whether conversations have topics there, if it is a forum; so it is unless the chat wants otherwise."""
    found: bool | None = await tx.scalar(
        sa.select(chat_settings.c.topics).where(chat_settings.c.chat_id == chat_id)
    )
    return found is not False


async def want(tx: Transaction, chat_id: int, *, topics: bool) -> None:
    """Let conversations of a chat have topics, or none; those that are there stay."""
    await _set(tx, chat_id, topics=topics)


async def may_tell_of_rights(tx: Transaction, chat_id: int, *, since: datetime, now: datetime) -> bool:
    """Whether nobody has been told since then which rights are missing; now somebody is."""
    told: datetime | None = await tx.scalar(
        sa.select(chat_settings.c.rights_told_at).where(chat_settings.c.chat_id == chat_id)
    )
    if told is not None and since < told <= now:
        return False
    await _set(tx, chat_id, rights_told_at=now)
    return True


async def _set(tx: Transaction, chat_id: int, **columns: object) -> None:
    await tx.execute(
        insert(tx, chat_settings)
        .values(chat_id=chat_id, **columns)
        .on_conflict_do_update(index_elements=["chat_id"], set_=columns)
    )
