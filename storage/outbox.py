"""The outbox into chats. Sending to Telegram is not idempotent: a repeat is marked as one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

import sqlalchemy as sa

from .db import Transaction
from .schema import outbox


class Priority(IntEnum):
    """Answers to people go before everything else."""

    ANSWER = 0
    ALERT = 1
    RESULT = 2


TRIES = 5  # what may have been shown at each of so many tries is not said again
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
) -> int:
    """Put something into the outbox. Returns its id."""
    inserted: sa.ScalarResult[int] = await tx.scalars(
        outbox.insert()
        .returning(outbox.c.id)
        .values(
            chat_id=chat_id,
            thread_id=thread_id,
            kind=kind,
            content=dict(content),
            language=language,
            reply_to=reply_to,
            campaign_id=campaign_id,
            priority=priority,
            due_at=now,
        )
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
) -> None:
    """Announce failed or uncertain messages; joins an announcement of the same campaign that still waits."""
    row = (
        await tx.execute(
            sa.select(outbox.c.id, outbox.c.content)
            .where(
                outbox.c.campaign_id == campaign_id, outbox.c.kind == "failed", outbox.c.state == "pending"
            )
            .with_for_update()
        )
    ).first()
    if row is not None:
        joined = sorted({*row.content["message_ids"], *message_ids})
        await tx.execute(outbox.update().where(outbox.c.id == row.id).values(content={"message_ids": joined}))
        return
    await say(
        tx,
        chat_id=chat_id,
        thread_id=thread_id,
        kind="failed",
        content={"message_ids": sorted(message_ids)},
        language=language,
        priority=Priority.RESULT,
        now=now,
        campaign_id=campaign_id,
    )


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


async def first_due(tx: Transaction, chat_id: int, now: datetime) -> Notice | None:
    """What is to be said next in a chat: answers first, then oldest first."""
    row = (
        await tx.execute(
            sa.select(*_COLUMNS)
            .where(
                outbox.c.chat_id == chat_id, outbox.c.state == sa.text("'pending'"), outbox.c.due_at <= now
            )
            .order_by(outbox.c.priority, outbox.c.id)
            .limit(1)
        )
    ).one_or_none()
    return None if row is None else _notice(row)


async def pending(tx: Transaction, notice_id: int) -> Notice | None:
    """A notice as it stands now, for oneself until the transaction ends; None when it waits no more."""
    row = (
        await tx.execute(
            sa.select(*_COLUMNS)
            .where(outbox.c.id == notice_id, outbox.c.state == sa.text("'pending'"))
            .with_for_update()
        )
    ).one_or_none()
    return None if row is None else _notice(row)


def _notice(row: sa.Row[Any]) -> Notice:
    return Notice(**{name: getattr(row, name) for name in Notice.__dataclass_fields__})


async def mark(tx: Transaction, ids: Sequence[int], state: str) -> None:
    """pending, promised, sending, or one of the ends: dead, unknown, sent with nothing left to say."""
    over: dict[str, Any] = {} if state in {"pending", "promised", "sending"} else {"content": {}}
    await tx.execute(outbox.update().where(outbox.c.id.in_(ids)).values(state=state, **over))


async def sent(tx: Transaction, notice_id: int, message_id: int) -> None:
    """It is in the chat. What was said is not kept here: it may hold a number and a text."""
    said = {"state": "sent", "message_id": message_id, "content": {}}
    await tx.execute(outbox.update().where(outbox.c.id == notice_id).values(**said))


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
    await tx.execute(
        outbox.delete().where(
            outbox.c.state.not_in(["pending", "promised", "sending"]), outbox.c.due_at < before
        )
    )
