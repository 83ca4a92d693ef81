"""What accounts and people have sent and spent, and what is set aside for what they have confirmed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from providers.model import MessageState

from .db import Transaction
from .schema import attempt_messages, attempts, campaigns, messages

_OPEN = (MessageState.QUEUED, MessageState.SUBMITTING, MessageState.UNCERTAIN)
_TAKEN = ("accepted", "counted")
_AROUND = timedelta(days=10)  # by hours of one day a week some leave a week after the first of a campaign
_STOPPED = (MessageState.CANCELLED, MessageState.SKIPPED)
Moment = datetime | sa.BindParameter[datetime]


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
    id_ = whose.person_id if whose.account_id is None else whose.account_id
    known = {"id_": id_, "since": since, "around": since - _AROUND}
    rows = await tx.execute(_OF_ACCOUNT if whose.account_id is not None else _OF_PERSON, known)
    return [(at, count) for at, count in rows]


async def money_given(tx: Transaction, whose: Whose, since: datetime) -> list[tuple[datetime, Decimal]]:
    """When campaigns leave, or left, after this moment, and for how much.

    What was set aside at ✅, but for messages that were stopped, counts as long as something of a campaign
    may still leave, or its gateway has not told the price of all it took, or may have taken; then what it
    has really cost.
    """
    moment = _moment(campaigns.c.send_at)
    chosen = sa.and_(whose.condition, _late(since, since - _AROUND), moment > since)

    def segments(*states: MessageState) -> sa.ColumnElement[int]:
        return sa.func.sum(sa.case((messages.c.state.in_(states), messages.c.segments), else_=0))

    found = await tx.execute(
        sa.select(
            campaigns.c.id,
            moment.label("at"),
            campaigns.c.reserved,
            sa.func.sum(messages.c.segments).label("whole"),
            segments(*_STOPPED).label("stopped"),
            segments(*_OPEN).label("waits"),
        )
        .select_from(campaigns.join(messages))
        .where(chosen)
        .group_by(campaigns.c.id)
    )
    of_attempt = attempt_messages.c.attempt_id == attempts.c.id
    # Whoever settles a doubt, nobody writes into the attempt what it was: it counts while it may have sent.
    in_doubt = (attempts.c.outcome == "unknown") & sa.exists().where(of_attempt, attempt_messages.c.live)
    costs = await tx.execute(
        sa.select(attempts.c.campaign_id, attempts.c.cost)
        .join(campaigns, campaigns.c.id == attempts.c.campaign_id)
        .where(chosen, attempts.c.outcome.in_(_TAKEN) | in_doubt)
    )
    paid: dict[int, Decimal] = {}
    unpriced: set[int] = set()
    for campaign_id, cost in costs:
        paid[campaign_id] = paid.get(campaign_id, Decimal(0)) + (cost or 0)
        unpriced |= {campaign_id} if cost is None else set()
    given = []
    for row in found:
        so_far = paid.get(row.id, Decimal(0))
        if row.reserved is not None and (row.waits or row.id in unpriced):
            so_far = max(so_far, row.reserved * (row.whole - row.stopped) / (row.whole or 1))
        given.append((row.at, so_far))
    return given


def _late(since: Moment, around: Moment) -> sa.ColumnElement[bool]:
    """Of campaigns, all that may have something after this moment, told by indexes: most are long over."""
    one = campaigns.alias()
    # Two looks into two indexes: for an OR of both SQLite reads the whole table.
    fresh = sa.select(one.c.id).where(one.c.created_at > since)
    scheduled = sa.select(one.c.id).where(one.c.send_at > around)
    return campaigns.c.id.in_(sa.union(fresh, scheduled))


def _moment(*scheduled: Any) -> sa.ColumnElement[datetime]:
    return sa.func.coalesce(*scheduled, campaigns.c.created_at, type_=campaigns.c.created_at.type)


def _messages_of(whose: sa.Column[int]) -> sa.Select[*tuple[Any, ...]]:
    """Asked at every ✅, so it is made once."""
    moment = _moment(messages.c.send_at, campaigns.c.send_at)
    since = sa.bindparam("since", type_=campaigns.c.created_at.type)
    late = _late(since, sa.bindparam("around", type_=campaigns.c.created_at.type))
    return (
        sa.select(moment, sa.func.count())
        .select_from(messages.join(campaigns))
        .where(whose == sa.bindparam("id_"), late, messages.c.state.not_in(_STOPPED), moment > since)
        .group_by(moment)
    )


_OF_ACCOUNT = _messages_of(campaigns.c.account_id)
_OF_PERSON = _messages_of(campaigns.c.author_id)
