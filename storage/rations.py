"""What accounts and people have sent and spent, and what is set aside for what they have confirmed."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from providers.model import MessageState

from .db import Transaction
from .schema import attempts, campaigns, messages

_OPEN = (MessageState.QUEUED, MessageState.SUBMITTING, MessageState.UNCERTAIN)
_TAKEN = ("accepted", "counted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """What one account sent, or what one person asked for."""

    account_id: int | None = None
    person_id: int | None = None

    @property
    def condition(self) -> sa.ColumnElement[bool]:
        if self.account_id is not None:
            return campaigns.c.account_id == self.account_id
        return campaigns.c.author_id == self.person_id


async def messages_given(tx: Transaction, whose: Whose, since: datetime) -> list[tuple[datetime, int]]:
    """When messages leave, or left, after this moment, and how many; none that was stopped."""
    moment = _moment(messages.c.send_at, campaigns.c.send_at)
    rows = await tx.execute(
        sa.select(moment, sa.func.count())
        .select_from(messages.join(campaigns))
        .where(whose.condition, messages.c.state != MessageState.CANCELLED, moment > since)
        .group_by(moment)
    )
    return [(at, count) for at, count in rows]


async def money_given(tx: Transaction, whose: Whose, since: datetime) -> list[tuple[datetime, Decimal]]:
    """When campaigns leave, or left, after this moment, and for how much.

    What was set aside at ✅ counts as long as something of a campaign may still leave, or its gateway has not
    told the price of all it took; then what it has really cost.
    """
    moment = _moment(campaigns.c.send_at)
    chosen = sa.and_(whose.condition, moment > since)
    waits = sa.exists().where(messages.c.campaign_id == campaigns.c.id, messages.c.state.in_(_OPEN))
    columns = (campaigns.c.id, moment.label("at"), campaigns.c.reserved, waits.label("waits"))
    found = await tx.execute(sa.select(*columns).where(chosen))
    costs = await tx.execute(
        sa.select(attempts.c.campaign_id, attempts.c.cost)
        .join(campaigns, campaigns.c.id == attempts.c.campaign_id)
        .where(chosen, attempts.c.outcome.in_(_TAKEN))
    )
    paid: dict[int, Decimal] = {}
    unpriced: set[int] = set()
    for campaign_id, cost in costs:
        paid[campaign_id] = paid.get(campaign_id, Decimal(0)) + (cost or 0)
        unpriced |= {campaign_id} if cost is None else set()
    return [
        (row.at, _spent(paid.get(row.id), row.reserved, open_=row.waits or row.id in unpriced))
        for row in found
    ]


def _spent(paid: Decimal | None, reserved: Decimal | None, *, open_: bool) -> Decimal:
    """`open_`: it may become more than was paid so far."""
    so_far = paid or Decimal(0)
    return max(so_far, reserved or so_far) if open_ else so_far


def _moment(*scheduled: Any) -> sa.ColumnElement[datetime]:
    return sa.func.coalesce(*scheduled, campaigns.c.created_at, type_=campaigns.c.created_at.type)
