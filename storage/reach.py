"""Whom a campaign did not reach, when what was sent again to those is taken into account."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from providers.model import MessageState

from .db import Transaction
from .schema import campaigns, messages, recipients

# What failed, and what never left: of these nobody doubts that it did not arrive.
UNREACHED = (
    MessageState.UNDELIVERED,
    MessageState.EXPIRED,
    MessageState.REJECTED,
    MessageState.CANCELLED,
    MessageState.SKIPPED,
)


def unreached(campaign_id: int) -> sa.ColumnElement[bool]:
    """Of the messages of a campaign those that reached nobody, and whose number no repeat of it reached."""
    return sa.and_(
        messages.c.campaign_id == campaign_id,
        messages.c.state.in_(UNREACHED),
        messages.c.msisdn.not_in(_reached_again(campaign_id)),
    )


async def left(tx: Transaction, campaign_id: int) -> int:
    """How many messages of a campaign reached nobody, nor did its repeats."""
    return int(await tx.scalar(sa.select(sa.func.count()).where(unreached(campaign_id))) or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """The last campaign that took the same text to `count` of the same numbers, and when it was confirmed."""

    campaign_id: int
    at: datetime
    count: int


async def before(
    tx: Transaction, audience_id: int, *, chat_id: int, text: str, since: datetime
) -> Before | None:
    """Who of an audience was sent this text in this chat after `since`, as far as it has not failed."""
    theirs = sa.select(recipients.c.msisdn).where(
        recipients.c.audience_id == audience_id, recipients.c.stopped.is_(False)
    )
    row = (
        await tx.execute(
            sa.select(campaigns.c.id, campaigns.c.created_at, sa.func.count().label("count_"))
            .select_from(messages.join(campaigns))
            .where(
                campaigns.c.chat_id == chat_id,
                campaigns.c.created_at > since,
                campaigns.c.text == text,
                messages.c.state.not_in(UNREACHED),
                messages.c.msisdn.in_(theirs),
            )
            .group_by(campaigns.c.id, campaigns.c.created_at)
            .order_by(campaigns.c.id.desc())
            .limit(1)
        )
    ).one_or_none()
    return None if row is None else Before(campaign_id=row.id, at=row.created_at, count=row.count_)


async def overtaken(tx: Transaction, audience_id: int, campaign_id: int) -> int:
    """How many of an audience, made of those whom a campaign did not reach, a repeat took on since."""
    found = await tx.scalar(
        sa.select(sa.func.count()).where(
            recipients.c.audience_id == audience_id,
            recipients.c.stopped.is_(False),
            recipients.c.msisdn.in_(_reached_again(campaign_id)),
        )
    )
    return int(found or 0)


def _reached_again(campaign_id: int) -> sa.Select[tuple[str]]:
    """Numbers that repeats of a campaign, and repeats of these, have reached or may still reach."""
    repeats = (
        sa.select(campaigns.c.id).where(campaigns.c.again_of == campaign_id).cte("repeats", recursive=True)
    )
    repeats = repeats.union(sa.select(campaigns.c.id).join(repeats, campaigns.c.again_of == repeats.c.id))
    later = messages.alias("later")
    return sa.select(later.c.msisdn).where(
        later.c.campaign_id.in_(sa.select(repeats.c.id)), later.c.state.not_in(UNREACHED)
    )
