"""Deadlines that are pauses: when to try again, to ask again, to draw again. Not what a person scheduled.

When a clock is set back they all last by as much longer.
"""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from . import accounts
from .db import Transaction
from .schema import campaigns, cards, doubts, messages, outbox, pushes


async def shorten(tx: Transaction, until: datetime, *, beyond: datetime) -> None:
    """Let every pause that lasts beyond some moment last until then only."""
    everybody = [account.id for account in await accounts.every(tx)]
    await shorten_of(tx, everybody, until, beyond=beyond)
    await shorten_of_face(tx, until, beyond=beyond)


async def shorten_of(
    tx: Transaction, account_ids: Iterable[int], until: datetime, *, beyond: datetime | None = None
) -> None:
    """The same of what is done for these accounts."""
    ids, over = list(account_ids), beyond or until
    scheduled = sa.select(campaigns.c.id).where(campaigns.c.send_at.is_not(None))
    await tx.execute(
        messages.update()
        .where(
            messages.c.account_id.in_(ids),
            messages.c.state == sa.text("'queued'"),
            messages.c.due_at > over,
            # What was tried was due before; what nobody scheduled waits for the undo alone.
            sa.or_(
                messages.c.tries > 0,
                sa.and_(messages.c.send_at.is_(None), messages.c.campaign_id.not_in(scheduled)),
            ),
        )
        .values(due_at=until)
    )
    for table in (messages, doubts):
        await tx.execute(
            table.update().where(table.c.account_id.in_(ids), table.c.check_at > over).values(check_at=until)
        )


async def shorten_of_face(tx: Transaction, until: datetime, *, beyond: datetime | None = None) -> None:
    """The same of what is said in chats, and of what gateways have told."""
    over = beyond or until
    await tx.execute(
        outbox.update()
        .where(outbox.c.state == sa.text("'pending'"), outbox.c.due_at > over)
        .values(due_at=until)
    )
    await tx.execute(
        cards.update().where(cards.c.wanted > cards.c.shown, cards.c.due_at > over).values(due_at=until)
    )
    await tx.execute(
        pushes.update().where(pushes.c.state == sa.text("'new'"), pushes.c.due_at > over).values(due_at=until)
    )
