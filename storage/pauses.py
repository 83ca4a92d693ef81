"""Deadlines that are pauses: when to try again, to ask again, to draw again. Not what a person scheduled."""

from datetime import datetime

import sqlalchemy as sa

from .db import Transaction
from .schema import campaigns, cards, messages, outbox, pushes


async def shorten(tx: Transaction, until: datetime) -> None:
    """Let no pause last beyond this: when a clock is set back, they would all last by as much longer."""
    scheduled = sa.select(campaigns.c.id).where(campaigns.c.send_at.is_not(None))
    await tx.execute(
        messages.update()
        .where(
            messages.c.state == sa.text("'queued'"),
            messages.c.due_at > until,
            # What was tried was due before; what nobody scheduled waits for the undo alone.
            sa.or_(
                messages.c.tries > 0,
                sa.and_(messages.c.send_at.is_(None), messages.c.campaign_id.not_in(scheduled)),
            ),
        )
        .values(due_at=until)
    )
    await tx.execute(messages.update().where(messages.c.check_at > until).values(check_at=until))
    await tx.execute(
        outbox.update()
        .where(outbox.c.state == sa.text("'pending'"), outbox.c.due_at > until)
        .values(due_at=until)
    )
    await tx.execute(
        cards.update().where(cards.c.wanted > cards.c.shown, cards.c.due_at > until).values(due_at=until)
    )
    await tx.execute(
        pushes.update()
        .where(pushes.c.state == sa.text("'new'"), pushes.c.due_at > until)
        .values(due_at=until)
    )
