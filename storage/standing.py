"""How the desk stands at this moment, for those who watch over it: what waits, since when, and the money.

Asked every few seconds while a campaign of thousands is on its way, so each query goes by a partial index of
what is open and none reads the messages that have come to their end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from providers.model import MessageState

from .db import Transaction
from .schema import (
    accounts,
    attempt_messages,
    balances,
    campaigns,
    cards,
    doubts,
    instance,
    messages,
    outbox,
    pushes,
)
from .schema import updates as inbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """How much is due, and since when the oldest of it. None: nothing is."""

    length: int
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """An account: why it is stopped, if it is, and what its gateway last told of its money, if it did."""

    id: int
    name: str
    gateway: str
    stopped: str | None
    amount: Decimal | None
    currency: str | None
    told_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All of that. `queues`: messages, notices, cards, updates, pushes."""

    open_messages: Mapping[MessageState, int]
    uncertain_since: datetime | None
    queues: Mapping[str, Queue]
    accounts: tuple[Watched, ...]
    held: bool


async def standing(tx: Transaction, now: datetime) -> Standing:
    """As it is now."""
    in_doubt = (await tx.execute(_UNCERTAIN)).one()
    counts = dict.fromkeys(OPEN, 0)
    for select in (_QUEUED, _SUBMITTING, _ASKED_ABOUT):
        for row in await tx.execute(select):
            counts[MessageState(row.state)] = row.count_
    counts[MessageState.UNCERTAIN] = in_doubt.count_
    queues = {}
    for name, since, where in _queues(now):
        length, oldest = (await tx.execute(_length(since, where))).one()
        queues[name] = Queue(length=length, since=oldest)
    return Standing(
        open_messages=counts,
        uncertain_since=in_doubt.since,
        queues=queues,
        accounts=await _accounts(tx),
        held=await tx.scalar(sa.select(instance.c.held)) is not None,
    )


OPEN = (
    MessageState.QUEUED,
    MessageState.SUBMITTING,
    MessageState.ACCEPTED,
    MessageState.MODERATION,
    MessageState.SENT,
    MessageState.UNCERTAIN,
)


def _counted(*where: sa.ColumnElement[bool]) -> sa.Select[tuple[str, int]]:
    return (
        sa.select(messages.c.state, sa.func.count().label("count_")).where(*where).group_by(messages.c.state)
    )


def queries(now: datetime) -> list[sa.ClauseElement]:
    """Those that may not read what is over."""
    return [_QUEUED, _SUBMITTING, _ASKED_ABOUT, *(_length(since, where) for _, since, where in _queues(now))]


# Conditions spelt as those of the partial indexes, or they are not used.
_QUEUED = _counted(messages.c.state == sa.text("'queued'"))
_SUBMITTING = _counted(messages.c.state == sa.text("'submitting'"))
_ASKED_ABOUT = _counted(
    messages.c.check_at.is_not(None),
    messages.c.state.in_([MessageState.ACCEPTED, MessageState.MODERATION, MessageState.SENT]),
)
_UNCERTAIN = (
    sa.select(
        sa.func.count().label("count_"),
        sa.func.min(doubts.c.opened_at, type_=doubts.c.opened_at.type).label("since"),
    )
    .select_from(doubts)
    .join(attempt_messages, attempt_messages.c.attempt_id == doubts.c.attempt_id)
    .join(messages, messages.c.id == attempt_messages.c.message_id)
    .where(
        doubts.c.closed_at.is_(None),
        attempt_messages.c.live,
        attempt_messages.c.in_doubt,
        messages.c.state == MessageState.UNCERTAIN,
    )
)

_HELD = sa.exists().where(campaigns.c.id == messages.c.campaign_id, campaigns.c.held.is_not(None))
_OPEN_NOTICE = sa.text("outbox.state IN ('pending', 'sending')")
_Where = tuple[sa.ColumnElement[bool] | sa.TextClause, ...]


def _queues(now: datetime) -> tuple[tuple[str, sa.Column[datetime], _Where], ...]:
    """By name: since when something waits, and what of it is due.

    What is still to come is not due, nor is what missed its time: that waits for a person, who was asked.
    """
    return (
        (
            "messages",
            messages.c.due_at,
            (messages.c.state == sa.text("'queued'"), messages.c.due_at <= now, ~messages.c.held, ~_HELD),
        ),
        ("notices", outbox.c.due_at, (_OPEN_NOTICE, outbox.c.state == "pending", outbox.c.due_at <= now)),
        ("cards", cards.c.due_at, (cards.c.wanted > cards.c.shown, cards.c.due_at <= now)),
        ("updates", inbox.c.received_at, (inbox.c.state == sa.text("'new'"),)),
        ("pushes", pushes.c.due_at, (pushes.c.state == sa.text("'new'"), pushes.c.due_at <= now)),
    )


def _length(since: sa.Column[datetime], where: _Where) -> sa.Select[int, datetime]:
    return sa.select(sa.func.count(), sa.func.min(since, type_=since.type)).where(*where)


async def _accounts(tx: Transaction) -> tuple[Watched, ...]:
    rows = await tx.execute(
        sa.select(
            accounts.c.id,
            accounts.c.name,
            accounts.c.gateway,
            accounts.c.stopped,
            balances.c.amount,
            balances.c.currency,
            balances.c.at.label("told_at"),
        )
        .outerjoin(balances, balances.c.account_id == accounts.c.id)
        .order_by(accounts.c.id)
    )
    return tuple(Watched(**row._mapping) for row in rows)
