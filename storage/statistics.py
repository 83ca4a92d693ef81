"""What a chat has sent: counts of messages, by campaign and state."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from providers.model import FINAL, MessageState

from .db import Transaction
from .schema import campaigns, events, messages


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
        .where(
            campaigns.c.chat_id == chat_id, campaigns.c.created_at >= since, campaigns.c.created_at < until
        )
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
