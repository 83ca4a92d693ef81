"""What waits to leave, as the submitter looks at it in each of its rounds.

Nothing is decided here: a claim asks for itself what may leave now, and what missed its time is looked for
again where it is held.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from .db import Transaction
from .lateness import is_late, own_moment_is_late
from .ledger import _queued, _validity_ends
from .schema import accounts, campaigns, messages

_TIME = messages.c.due_at.type
_each = accounts.alias()  # by account, so that only the first of its queue is looked at
_HEADS = sa.select(
    _each.c.id,
    _queued(messages.c.due_at)
    .where(messages.c.account_id == _each.c.id)
    .order_by(messages.c.due_at)
    .limit(1)
    .scalar_subquery()
    .label("due_at"),
)


async def heads(tx: Transaction) -> dict[int, datetime]:
    """When the first message of each queue may leave, by account; of working accounts that have one."""
    return {row.id: row.due_at for row in await tx.execute(_HEADS) if row.due_at is not None}


_before = sa.bindparam("before", type_=_TIME)
_outlived = (
    sa.select(messages.c.id)
    .join(campaigns, campaigns.c.id == messages.c.campaign_id)
    .where(messages.c.state == sa.text("'queued'"), _validity_ends <= sa.bindparam("now", type_=_TIME))
)
_late = sa.select(campaigns.c.id).where(is_late(_before))
_late_alone = sa.select(messages.c.id).where(own_moment_is_late(_before))
_MISSED = sa.select(sa.or_(_outlived.exists(), _late.exists(), _late_alone.exists()))


async def missed(tx: Transaction, now: datetime, by: timedelta) -> bool:
    """Whether something outlived its validity before leaving, or missed its time by more than `by`."""
    return bool(await tx.scalar(_MISSED, {"now": now, "before": now - by}))
