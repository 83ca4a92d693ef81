"""What missed its time: it is held, a person is asked, and it goes when that person says so."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from . import cards
from .db import Transaction
from .ledger import lock_campaigns
from .schema import attempts, campaigns, instance, messages

Moment = datetime | sa.BindParameter[datetime]


def is_late(before: Moment) -> sa.ColumnElement[bool]:
    """Of campaigns: scheduled for a moment before this one, and has not begun.

    One of which a request may have left has begun; one whose every attempt was proved not sent has not.
    """
    unsent = sa.select(messages.c.campaign_id).where(
        messages.c.state == sa.text("'queued'"), messages.c.send_at.is_(None)
    )
    begun = sa.exists().where(
        attempts.c.campaign_id == campaigns.c.id, attempts.c.outcome.is_distinct_from("not_sent")
    )
    return sa.and_(
        campaigns.c.send_at < before, campaigns.c.held.is_(None), campaigns.c.id.in_(unsent), ~begun
    )


def own_moment_is_late(before: Moment) -> sa.ColumnElement[bool]:
    """Of messages: has not left, and the moment of its recipient's clock lies before this one.

    Where only the gateway knows the zone that is the first moment possible: what may be late is asked about.
    """
    return sa.and_(messages.c.state == sa.text("'queued'"), ~messages.c.held, messages.c.send_at < before)


async def hold(tx: Transaction, now: datetime, by: timedelta) -> list[int]:
    """Hold what missed its time by more than `by`: whole campaigns, or messages with a moment of their own.

    Returns the campaigns that were not held before.
    """
    whole_is_late, own_is_late = is_late(now - by), own_moment_is_late(now - by)
    late = sa.union(
        sa.select(campaigns.c.id).where(whole_is_late),
        sa.select(messages.c.campaign_id).where(own_is_late),
    )
    await lock_campaigns(tx, await tx.scalars(late))
    whole = await tx.scalars(
        campaigns.update().where(whole_is_late).values(held="late").returning(campaigns.c.id)
    )
    numbers = list(whole)
    own = await tx.scalars(
        messages.update().where(own_is_late).values(held=True).returning(messages.c.campaign_id)
    )
    of_own = set(own)
    newly = await tx.scalars(
        campaigns.update()
        .where(campaigns.c.id.in_(of_own), campaigns.c.held.is_(None))
        .values(held="late")
        .returning(campaigns.c.id)
    )
    numbers += list(newly)
    await cards.redraw(tx, {*numbers, *of_own}, now)
    return numbers


async def release(tx: Transaction, campaign_id: int, now: datetime, *, at: datetime | None = None) -> bool:
    """Let a held campaign go, or those messages of it that missed their own moment: `at` one, else now.

    False: none was held.
    `latest_at` stays: what the gateway may still send in time is handed over with its time.
    """
    await lock_campaigns(tx, [campaign_id])
    of_own = sa.select(messages.c.id).where(messages.c.campaign_id == campaign_id, messages.c.held)
    whole = ~sa.exists(of_own)
    released = await tx.execute(
        campaigns.update()
        .where(campaigns.c.id == campaign_id, campaigns.c.held.is_not(None))
        .values(held=None, send_at=sa.case((whole, at or now), else_=campaigns.c.send_at))
    )
    await tx.execute(
        messages.update()
        .where(messages.c.campaign_id == campaign_id, messages.c.held)
        .values(held=False, send_at=at or now, due_at=at or now)
    )
    await cards.redraw(tx, [campaign_id], now)
    return released.rowcount == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """So many messages could have left, the first of them since then, and have not."""

    count: int
    since: datetime


async def stuck(tx: Transaction, account_id: int, now: datetime, by: timedelta) -> Stuck | None:
    """Messages of an account that should have left longer ago than `by`; None: there are none such.

    What waits for a person's word is told elsewhere: what is held, alone or with all there is.
    """
    wanted = sa.func.coalesce(
        messages.c.send_at, campaigns.c.send_at, campaigns.c.created_at, type_=campaigns.c.created_at.type
    )
    row = (
        await tx.execute(
            sa.select(sa.func.count().label("count_"), sa.func.min(wanted, type_=wanted.type).label("since"))
            .select_from(messages)
            .join(campaigns, campaigns.c.id == messages.c.campaign_id)
            .where(
                messages.c.account_id == account_id,
                messages.c.state == sa.text("'queued'"),
                ~messages.c.held,
                campaigns.c.held.is_(None),
                wanted < now - by,
                ~sa.exists().where(instance.c.held.is_not(None)),
            )
        )
    ).one()
    return Stuck(count=row.count_, since=row.since) if row.count_ else None
