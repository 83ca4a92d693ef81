"""What a chat has sent: counts of messages, by campaign and state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from providers.model import FINAL, MessageState

from .db import Transaction
from .schema import accounts, attempts, balances, campaigns, events, messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """So many messages of a campaign stand in this state. `at`: when the campaign was confirmed."""

    account_id: int
    at: datetime
    state: MessageState
    count: int


async def tallies(tx: Transaction, chat_id: int, since: datetime, until: datetime) -> list[Tally]:
    """Of the campaigns of a chat that were confirmed since <= at < until, oldest first."""
    rows = await tx.execute(tallies_query(chat_id, since, until))
    return [
        Tally(account_id=row.account_id, at=row.created_at, state=MessageState(row.state), count=row.count_)
        for row in rows
    ]


def tallies_query(
    chat_id: int, since: datetime, until: datetime
) -> sa.Select[tuple[int, datetime, str, int]]:
    """By the index of campaigns on chat and time, and of messages on their campaign."""
    return (
        sa.select(
            campaigns.c.account_id,
            campaigns.c.created_at,
            messages.c.state,
            sa.func.count().label("count_"),
        )
        .join(messages, messages.c.campaign_id == campaigns.c.id)
        .where(_confirmed(chat_id, since, until))
        .group_by(campaigns.c.created_at, campaigns.c.id, messages.c.state)
        .order_by(campaigns.c.created_at)
    )


async def ends(tx: Transaction, campaign_id: int) -> list[tuple[datetime, MessageState, int]]:
    """When messages of a campaign came to their ends, which, and how many at once; oldest first."""
    rows = await tx.execute(
        sa.select(events.c.at, events.c.told, sa.func.count())
        .join(messages, messages.c.id == events.c.message_id)
        .where(messages.c.campaign_id == campaign_id, events.c.moved, events.c.told.in_(sorted(FINAL)))
        .group_by(events.c.at, events.c.told)
        .order_by(events.c.at)
    )
    return [(at, MessageState(state), count) for at, state, count in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """So many messages ended in this state. `entry` and `reason`: why, as far as the gateway told."""

    state: MessageState
    entry: str | None
    reason: str | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What gateways said an account's requests cost; `currency`: what it counted money in when last asked."""

    account: str
    cost: Decimal
    currency: str | None


async def failed(
    tx: Transaction, chat_id: int, since: datetime, until: datetime, states: Sequence[MessageState]
) -> list[Failed]:
    """Messages that ended in these states, by reason, the most first; of campaigns as for `tallies`."""
    count = sa.func.count()
    rows = await tx.execute(
        sa.select(messages.c.state, messages.c.entry, messages.c.reason, count.label("count_"))
        .join(campaigns, campaigns.c.id == messages.c.campaign_id)
        .where(_confirmed(chat_id, since, until), messages.c.state.in_(states))
        .group_by(messages.c.state, messages.c.entry, messages.c.reason)
        .order_by(count.desc(), messages.c.state, messages.c.entry, messages.c.reason)
    )
    return [
        Failed(state=MessageState(row.state), entry=row.entry, reason=row.reason, count=row.count_)
        for row in rows
    ]


async def spent(tx: Transaction, chat_id: int, since: datetime, until: datetime) -> list[Spent]:
    """What it cost, by account, where gateways tell; of campaigns as for `tallies`."""
    rows = await tx.execute(
        sa.select(accounts.c.id, accounts.c.name, balances.c.currency, attempts.c.cost)
        .join(campaigns, campaigns.c.id == attempts.c.campaign_id)
        .join(accounts, accounts.c.id == campaigns.c.account_id)
        .outerjoin(balances, balances.c.account_id == accounts.c.id)
        .where(_confirmed(chat_id, since, until), attempts.c.cost.is_not(None))
        .order_by(accounts.c.id)
    )
    sums: dict[int, Spent] = {}
    for row in rows:  # money is text in the database, which cannot add it up
        before = sums[row.id].cost if row.id in sums else Decimal(0)
        sums[row.id] = Spent(account=row.name, cost=before + row.cost, currency=row.currency)
    return list(sums.values())


def _confirmed(chat_id: int, since: datetime, until: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        campaigns.c.chat_id == chat_id, campaigns.c.created_at >= since, campaigns.c.created_at < until
    )
