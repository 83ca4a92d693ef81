"""The outbox into chats. Sending to Telegram is not idempotent: a repeat is marked as one."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

import sqlalchemy as sa

from .db import Transaction, among
from .schema import outbox


class Priority(IntEnum):
    """Answers to people go before everything else, and what customers write before what we have to say."""

    ANSWER = 0
    INBOUND = 1
    ALERT = 2
    RESULT = 3


TRIES = 5  # what may have been shown at each of so many tries is not said again
OPEN = frozenset({"pending", "promised", "held", "sending"})  # states of what is still to be said
LOOKED_BACK = 500  # notices, for what was told just now
LEAVE = "leave"  # a notice that is nothing to say: the bot goes out of its chat


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to say. `kind` and `content` are rendered when it is sent.

    `meant_for`: the chat that could not be told; None: this one is the right one.
    """

    id: int
    chat_id: int
    thread_id: int
    kind: str
    content: Mapping[str, Any]
    language: str
    reply_to: int | None
    campaign_id: int | None
    repeat: bool
    tries: int
    priority: int
    meant_for: int | None


_COLUMNS = [outbox.c[name] for name in Notice.__dataclass_fields__]


_SAY = outbox.insert().returning(outbox.c.id)


async def say(
    tx: Transaction,
    *,
    chat_id: int,
    thread_id: int,
    kind: str,
    content: Mapping[str, Any],
    language: str,
    priority: Priority,
    now: datetime,
    reply_to: int | None = None,
    campaign_id: int | None = None,
    held_until: datetime | None = None,
    meant_for: int | None = None,
) -> int:
    """Put something into the outbox, for later where its chat has its quiet hours. Returns its id."""
    inserted: sa.ScalarResult[int] = await tx.scalars(
        _SAY,
        {
            "chat_id": chat_id,
            "thread_id": thread_id,
            "kind": kind,
            "content": dict(content),
            "language": language,
            "reply_to": reply_to,
            "campaign_id": campaign_id,
            "priority": priority,
            "state": "pending" if held_until is None else "held",
            "due_at": held_until or now,
            "meant_for": meant_for,
        },
    )
    return inserted.one()


async def leave(tx: Transaction, chat_id: int, now: datetime) -> None:
    """Let the bot leave a group, after what was put in for it before."""
    await say(
        tx,
        chat_id=chat_id,
        thread_id=0,
        kind=LEAVE,
        content={},
        language="",
        priority=Priority.ANSWER,
        now=now,
    )


async def promise(tx: Transaction, notice_id: int) -> None:
    """Keep back what was put in: it is said at the next start, unless somebody comes to `keep` it."""
    await mark(tx, [notice_id], "promised")


async def keep(tx: Transaction, notice_id: int, content: Mapping[str, Any] | None, now: datetime) -> None:
    """Say this in the place of what was promised, or, where it is None, what was promised."""
    better = {} if content is None else {"content": dict(content)}
    await tx.execute(
        outbox.update()
        .where(outbox.c.id == notice_id, outbox.c.state == "promised")
        .values(state="pending", due_at=now, **better)
    )


async def say_failed(
    tx: Transaction,
    *,
    chat_id: int,
    thread_id: int,
    language: str,
    campaign_id: int,
    message_ids: Sequence[int],
    now: datetime,
    held_until: datetime | None = None,
    crowded: bool = False,
) -> None:
    """Announce failed or uncertain messages; joins an announcement of the same campaign that still waits.

    `crowded`: it is held because so many were told just now, not for quiet hours.
    """
    row = (
        await tx.execute(
            sa.select(outbox.c.id, outbox.c.content)
            .where(
                outbox.c.campaign_id == campaign_id,
                outbox.c.kind == "failed",
                outbox.c.state.in_(["pending", "held"]),
            )
            .limit(1)
            .with_for_update()
        )
    ).first()
    if row is not None:
        joined = sorted({*row.content["message_ids"], *message_ids})
        content = {**row.content, "message_ids": joined}
        await tx.execute(outbox.update().where(outbox.c.id == row.id).values(content=content))
        return
    await say(
        tx,
        chat_id=chat_id,
        thread_id=thread_id,
        kind="failed",
        content={"message_ids": sorted(message_ids)} | ({"crowded": True} if crowded else {}),
        language=language,
        priority=Priority.RESULT,
        now=now,
        campaign_id=campaign_id,
        held_until=held_until,
    )


async def failed_since(tx: Transaction, chat_id: int, since: datetime) -> int:
    """How many announcements of failures a chat was told since then, among the last LOOKED_BACK of all."""
    newest = sa.select(sa.func.coalesce(sa.func.max(outbox.c.id), 0)).scalar_subquery()
    found = await tx.scalar(
        sa.select(sa.func.count()).where(
            outbox.c.id > newest - LOOKED_BACK,
            outbox.c.chat_id == chat_id,
            outbox.c.kind == "failed",
            outbox.c.state != "held",
            outbox.c.due_at >= since,
        )
    )
    return int(found or 0)


async def failed_until(tx: Transaction, chat_id: int, now: datetime) -> datetime | None:
    """When the announcements of failures are told that a chat has waiting already; None: it has none."""
    due_at: datetime | None = await tx.scalar(
        sa.select(sa.func.min(outbox.c.due_at, type_=outbox.c.due_at.type)).where(
            outbox.c.state == sa.text("'held'"),
            outbox.c.chat_id == chat_id,
            outbox.c.kind == "failed",
            outbox.c.due_at > now,
        )
    )
    return due_at


async def replace_pending(
    tx: Transaction, campaign_id: int, kind: str, content: Mapping[str, Any]
) -> int | None:
    """Let what waits to be said of this kind and campaign say this instead. Its id; None: nothing waits."""
    replaced: int | None = await tx.scalar(
        outbox.update()
        .where(outbox.c.campaign_id == campaign_id, outbox.c.kind == kind, outbox.c.state == "pending")
        .values(content=dict(content))
        .returning(outbox.c.id)
    )
    return replaced


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A notice that waits for the end of the quiet hours of its chat."""

    id: int
    chat_id: int
    thread_id: int
    kind: str
    content: Mapping[str, Any]
    language: str
    campaign_id: int | None


async def held(tx: Transaction, now: datetime) -> list[Held]:
    """Notices whose quiet hours are over, oldest first, for oneself until the transaction ends."""
    columns = [outbox.c[name] for name in Held.__dataclass_fields__]
    rows = await tx.execute(
        sa.select(*columns)
        .where(outbox.c.state == sa.text("'held'"), outbox.c.due_at <= now)
        .order_by(outbox.c.id)
        .with_for_update()
    )
    return [Held(**{name: getattr(row, name) for name in Held.__dataclass_fields__}) for row in rows]


async def next_held(tx: Transaction) -> datetime | None:
    """When the next quiet hours end for which something is kept."""
    due_at: datetime | None = await tx.scalar(
        sa.select(sa.func.min(outbox.c.due_at, type_=outbox.c.due_at.type)).where(
            outbox.c.state == sa.text("'held'")
        )
    )
    return due_at


async def hold(tx: Transaction, notice_id: int, until: datetime) -> None:
    """Keep one that is held until then."""
    await tx.execute(outbox.update().where(outbox.c.id == notice_id).values(due_at=until))


async def wake(tx: Transaction, ids: Sequence[int], now: datetime) -> None:
    """Say these, which were held."""
    await tx.execute(outbox.update().where(outbox.c.id.in_(ids)).values(state="pending", due_at=now))


async def let_go(tx: Transaction, chat_id: int, now: datetime) -> None:
    """The quiet hours of a chat are others now: what they held is looked at anew."""
    await tx.execute(
        outbox.update()
        .where(outbox.c.chat_id == chat_id, outbox.c.state == sa.text("'held'"))
        .values(due_at=now)
    )


async def chats_due(tx: Transaction, now: datetime, besides: Iterable[int]) -> set[int]:
    """Chats, besides these, in which something is to be said now."""
    chats = await tx.scalars(
        sa.select(outbox.c.chat_id)
        .where(
            outbox.c.state == sa.text("'pending'"),
            outbox.c.due_at <= now,
            outbox.c.chat_id.not_in(list(besides)),
        )
        .distinct()
    )
    return set(chats)


_FIRST_DUE = (
    sa.select(*_COLUMNS)
    .where(
        outbox.c.chat_id == sa.bindparam("chat"),
        outbox.c.state == sa.text("'pending'"),
        outbox.c.due_at <= sa.bindparam("now"),
    )
    .order_by(outbox.c.priority, outbox.c.id)
    .limit(1)
)
_PENDING = (
    sa.select(*_COLUMNS)
    .where(outbox.c.id == sa.bindparam("id_"), outbox.c.state == sa.text("'pending'"))
    .with_for_update()
)


async def first_due(tx: Transaction, chat_id: int, now: datetime) -> Notice | None:
    """What is to be said next in a chat: answers first, then oldest first."""
    row = (await tx.execute(_FIRST_DUE, {"chat": chat_id, "now": now})).one_or_none()
    return None if row is None else _notice(row)


async def pending(tx: Transaction, notice_id: int) -> Notice | None:
    """A notice as it stands now, for oneself until the transaction ends; None when it waits no more."""
    row = (await tx.execute(_PENDING, {"id_": notice_id})).one_or_none()
    return None if row is None else _notice(row)


async def waiting(tx: Transaction, ids: Sequence[int], *, held: bool = False) -> dict[int, Notice]:
    """Those of these that still wait to be said, by id. `held`: for oneself until the transaction ends."""
    if not ids:
        return {}
    query = sa.select(*_COLUMNS).where(
        outbox.c.id.in_(among(tx, ids)), outbox.c.state == sa.text("'pending'")
    )
    rows = await tx.execute(query.order_by(outbox.c.id).with_for_update() if held else query)
    return {row.id: _notice(row) for row in rows}


def _notice(row: sa.Row[Any]) -> Notice:
    return Notice(**dict(zip(Notice.__dataclass_fields__, row, strict=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A notice that is in its chat, or is being sent there. `kind`: what it shows."""

    id: int
    chat_id: int
    thread_id: int
    kind: str
    language: str
    campaign_id: int | None


async def shown(tx: Transaction, kinds: Collection[str], since: datetime) -> list[Shown]:
    """What of these kinds was put in since then and may be in its chat by now."""
    columns = [outbox.c[name] for name in Shown.__dataclass_fields__]
    rows = await tx.execute(
        sa.select(*columns)
        .where(outbox.c.kind.in_(kinds), outbox.c.state.in_(["sending", "sent"]), outbox.c.due_at >= since)
        .order_by(outbox.c.id)
    )
    return [Shown(**row._mapping) for row in rows]


async def message_of(tx: Transaction, notice_id: int) -> int | None:
    """The message that a notice became; None: none, or nobody knows which."""
    message_id: int | None = await tx.scalar(sa.select(outbox.c.message_id).where(outbox.c.id == notice_id))
    return message_id


async def is_repeat(tx: Transaction, notice_id: int) -> bool:
    """Whether it was said more than once, perhaps."""
    return await tx.scalar(sa.select(outbox.c.repeat).where(outbox.c.id == notice_id)) is True


_OF_ONE = outbox.update().where(outbox.c.id == sa.bindparam("id_"))
_MARK = _OF_ONE.values(state=sa.bindparam("state_"))
_SENT = _OF_ONE.values(state="sent", message_id=sa.bindparam("message"), content={})


async def mark(tx: Transaction, ids: Sequence[int], state: str) -> None:
    """pending, promised, sending, or one of the ends: dead, unknown, sent with nothing left to say."""
    if len(ids) == 1 and state in OPEN:
        await tx.execute(_MARK, {"id_": ids[0], "state_": state})
        return
    over: dict[str, Any] = {} if state in OPEN else {"content": {}}
    await tx.execute(outbox.update().where(outbox.c.id.in_(among(tx, ids))).values(state=state, **over))


async def sent(tx: Transaction, notice_id: int, message_id: int) -> None:
    """It is in the chat. What was said is not kept here: it may hold a number and a text."""
    await all_sent(tx, {notice_id: message_id})


async def all_sent(tx: Transaction, messages: Mapping[int, int]) -> None:
    """The same of several: their messages, by id."""
    await tx.execute(_SENT, [{"id_": notice, "message": message} for notice, message in messages.items()])


async def again(tx: Transaction, notice_id: int, *, at: datetime, repeat: bool) -> None:
    """Try later. `repeat`: it may have been shown already, so say that it is a repeat."""
    await tx.execute(
        outbox.update()
        .where(outbox.c.id == notice_id)
        .values(
            state="pending",
            due_at=at,
            tries=outbox.c.tries + 1,
            repeat=outbox.c.repeat | sa.literal(repeat, sa.Boolean),
        )
    )


async def readdress(
    tx: Transaction, notice_id: int, *, chat_id: int, meant_for: int, language: str, now: datetime
) -> None:
    """Say it in another chat, as the one it was meant for cannot be told."""
    await tx.execute(
        outbox.update()
        .where(outbox.c.id == notice_id)
        .values(
            chat_id=chat_id,
            thread_id=0,
            reply_to=None,
            language=language,
            meant_for=meant_for,
            state="pending",
            due_at=now,
            tries=0,
            repeat=False,
        )
    )


async def recover(tx: Transaction) -> int:
    """At start: what was being sent when we died may have been shown, and what was promised is due.

    Returns how many notices are given up: nobody knows whether they were seen.
    """
    await tx.execute(outbox.update().where(outbox.c.state == "promised").values(state="pending"))
    sending = outbox.c.state == "sending"
    often = outbox.c.repeat.is_(True) & (outbox.c.tries >= TRIES - 1)
    given_up = await tx.scalars(
        outbox.update().where(sending, often).values(state="unknown", content={}).returning(outbox.c.id)
    )
    count = len(given_up.all())
    await tx.execute(
        outbox.update().where(sending).values(state="pending", repeat=True, tries=outbox.c.tries + 1)
    )
    return count


async def next_due(tx: Transaction, besides: Iterable[int]) -> datetime | None:
    """When something is to be said next in a chat besides these."""
    due_at: datetime | None = await tx.scalar(
        sa.select(sa.func.min(outbox.c.due_at, type_=outbox.c.due_at.type)).where(
            outbox.c.state == sa.text("'pending'"), outbox.c.chat_id.not_in(list(besides))
        )
    )
    return due_at


async def forget(tx: Transaction, before: datetime) -> None:
    """Drop what was said, or given up, before the given time."""
    await tx.execute(outbox.delete().where(outbox.c.state.not_in(OPEN), outbox.c.due_at < before))
