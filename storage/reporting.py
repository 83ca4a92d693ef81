"""Messages of a campaign for its report, page by page, with what each has cost."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from providers.model import MessageState

from . import reach
from .db import Transaction
from .ledger import chunks
from .schema import attempt_messages, attempts, campaigns, contacts, messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """One message. `name` is what its chat calls the number, `fields` what stood in its row of the file.

    `price`: what the gateway told of it, else its share of what the request cost, by segments.
    """

    id: int
    msisdn: str
    name: str | None
    fields: Sequence[str]
    text: str
    segments: int
    state: MessageState
    entry: str | None
    reason: str | None
    code: str | None
    price: Decimal | None
    accepted_at: datetime | None


async def page(
    tx: Transaction,
    campaign_id: int,
    after: int,
    limit: int,
    *,
    unreached: bool = False,
) -> list[Reported]:
    """Messages after the one of this id, in order, with the text that each had.

    `unreached`: those alone that reached nobody, nor did a repeat.
    """
    called = sa.and_(contacts.c.chat_id == campaigns.c.chat_id, contacts.c.msisdn == messages.c.msisdn)
    rows = await tx.execute(
        sa.select(
            messages, sa.func.nullif(contacts.c.name, "").label("name"), campaigns.c.text.label("text_of_all")
        )
        .select_from(messages.join(campaigns).outerjoin(contacts, called))
        .where(
            reach.unreached(campaign_id) if unreached else messages.c.campaign_id == campaign_id,
            messages.c.id > after,
        )
        .order_by(messages.c.id)
        .limit(limit)
    )
    found = rows.all()
    shares = await _shares(tx, [row.id for row in found if row.price is None and row.accepted_at is not None])
    return [
        Reported(
            id=row.id,
            msisdn=row.msisdn,
            name=row.name,
            fields=row.fields or (),
            text=row.text_of_all if row.text is None else row.text,
            segments=row.segments,
            state=MessageState(row.state),
            entry=row.entry,
            reason=row.reason,
            code=row.code,
            price=shares.get(row.id) if row.price is None else row.price,
            accepted_at=row.accepted_at,
        )
        for row in found
    ]


async def _shares(tx: Transaction, message_ids: Sequence[int]) -> dict[int, Decimal]:
    """Of messages that a gateway took, the share of each in what its request cost, where that is known."""
    parts: list[tuple[int, int, Decimal, int]] = []
    for ids in chunks(message_ids):
        rows = await tx.execute(
            sa.select(attempt_messages.c.message_id, attempts.c.id, attempts.c.cost, messages.c.segments)
            .select_from(attempt_messages.join(attempts).join(messages))
            .where(
                attempt_messages.c.message_id.in_(ids),
                attempt_messages.c.live,
                attempts.c.cost.is_not(None),
                attempts.c.outcome.in_(["accepted", "counted"]),
            )
        )
        parts += [(row.message_id, row.id, row.cost, row.segments) for row in rows]
    whole = await _segments(tx, {attempt_id for _, attempt_id, _, _ in parts})
    return {
        message_id: cost * segments / whole[attempt_id]
        for message_id, attempt_id, cost, segments in parts
        if whole.get(attempt_id)
    }


async def _segments(tx: Transaction, attempt_ids: Collection[int]) -> dict[int, int]:
    """How many segments a gateway took with each request."""
    found: dict[int, int] = {}
    for ids in chunks(sorted(attempt_ids)):
        rows = await tx.execute(
            sa.select(attempt_messages.c.attempt_id, sa.func.sum(messages.c.segments).label("segments"))
            .select_from(attempt_messages.join(messages))
            .where(
                attempt_messages.c.attempt_id.in_(ids),
                attempt_messages.c.live,
                messages.c.accepted_at.is_not(None),
            )
            .group_by(attempt_messages.c.attempt_id)
        )
        found |= {row.attempt_id: row.segments for row in rows}
    return found
