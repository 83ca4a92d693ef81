"""What was said in a conversation, both ways: SMS of the customer, and what went out to them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from providers.model import MessageState

from .conversations import Conversation
from .db import Transaction
from .schema import attempts, campaigns, inbound, messages

# By so much a gateway's clock may be behind ours, or its times be cut, and what left before is still found.
BEHIND = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """An SMS from a customer: sent at `at` by the gateway's clock, here since `received_at` by ours."""

    id: int
    to: str
    text: str
    at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What went out to a number, as the customer reads it. `sender_id` None: the gateway's own."""

    text: str
    sender_id: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person has answered a customer, in which chat. It may still wait to leave."""

    id: int
    author_id: int
    author: str
    text: str
    at: datetime
    chat_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One SMS of a conversation. `state` None: the customer wrote it."""

    text: str
    at: datetime
    state: MessageState | None


_RECEIVED = [inbound.c[name] for name in Received.__dataclass_fields__]
_TEXT = sa.func.coalesce(messages.c.text, campaigns.c.text).label("text")
_LEFT = sa.func.coalesce(attempts.c.started_at, campaigns.c.created_at, type_=campaigns.c.created_at.type)
_OUTGOING = messages.join(campaigns, campaigns.c.id == messages.c.campaign_id).outerjoin(
    attempts, attempts.c.ref == messages.c.ref
)
_NEVER_LEFT = [MessageState.QUEUED, MessageState.CANCELLED, MessageState.SKIPPED]
_NEVER_READ = [
    MessageState.CANCELLED,
    MessageState.SKIPPED,
    MessageState.REJECTED,
    MessageState.ABANDONED,
    MessageState.EXPIRED,
    MessageState.UNDELIVERED,
]


async def received(tx: Transaction, inbound_id: int) -> Received | None:
    """One SMS; None: it has been forgotten."""
    known = sa.and_(inbound.c.id == inbound_id, inbound.c.number_hash.is_(None))
    row = (await tx.execute(sa.select(*_RECEIVED).where(known))).one_or_none()
    return None if row is None else Received(**row._mapping)


async def last_received(tx: Transaction, conversation_id: int) -> Received | None:
    """The newest SMS of a conversation."""
    newest: int | None = await tx.scalar(
        sa.select(sa.func.max(inbound.c.id)).where(inbound.c.conversation_id == conversation_id)
    )
    return None if newest is None else await received(tx, newest)


async def last_sent(
    tx: Transaction, account_id: int, msisdn: str, *, before: Received | None = None
) -> Sent | None:
    """The newest that left, or may have: of all, or of what the customer may be answering to `before`."""
    theirs = [
        messages.c.account_id == account_id,
        messages.c.msisdn == msisdn,
        messages.c.state.not_in(_NEVER_LEFT),
    ]
    if before is not None:
        latest = min(before.at + BEHIND, before.received_at)
        theirs.append(latest > _LEFT)
    row = (
        await tx.execute(
            sa.select(_TEXT, campaigns.c.sender_id, _LEFT.label("at"))
            .select_from(_OUTGOING)
            .where(*theirs)
            .order_by(_LEFT.desc(), messages.c.id.desc())
            .limit(1)
        )
    ).one_or_none()
    return None if row is None else Sent(**row._mapping)


async def history(tx: Transaction, talk: Conversation, limit: int) -> list[Line]:
    """The last SMS both ways, the newest last."""
    came = await tx.execute(
        sa.select(inbound.c.text, inbound.c.at)
        .where(inbound.c.conversation_id == talk.id, inbound.c.number_hash.is_(None))
        .order_by(inbound.c.id.desc())
        .limit(limit)
    )
    went = await tx.execute(
        sa.select(_TEXT, _LEFT.label("at"), messages.c.state)
        .select_from(_OUTGOING)
        .where(messages.c.account_id == talk.account_id, messages.c.msisdn == talk.msisdn)
        .order_by(_LEFT.desc(), messages.c.id.desc())
        .limit(limit)
    )
    lines = [Line(text=row.text, at=row.at, state=None) for row in came]
    lines += [Line(text=row.text, at=row.at, state=MessageState(row.state)) for row in went]
    return sorted(lines, key=lambda one: one.at)[-limit:]


async def answer(tx: Transaction, campaign_id: int) -> Answer | None:
    """An answer by its campaign; None: the customer will not read it, or it has been forgotten."""
    row = (
        await tx.execute(
            sa.select(
                campaigns.c.id,
                campaigns.c.author_id,
                campaigns.c.author,
                campaigns.c.text,
                campaigns.c.created_at.label("at"),
                campaigns.c.chat_id,
            )
            .join(messages, messages.c.campaign_id == campaigns.c.id)
            .where(campaigns.c.id == campaign_id, campaigns.c.purged_at.is_(None))
            .where(campaigns.c.cancel_wanted_at.is_(None), messages.c.state.not_in(_NEVER_READ))
        )
    ).one_or_none()
    return None if row is None else Answer(**row._mapping)
