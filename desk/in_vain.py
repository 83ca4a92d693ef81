"""A campaign that is refused altogether, for a fault of its sender ID or its account, waits and asks."""

from collections.abc import Sequence
from datetime import datetime

from providers.model import MessageState, Reason
from storage import campaigns
from storage.db import Transaction
from storage.ledger import Moved

from . import announce

ENOUGH = 20  # refusals, and nothing else, after which the others can be expected to fare no better
_OF_ALL = frozenset({Reason.SENDER, Reason.ACCOUNT, Reason.LOGIN})  # no number and no text is to blame


async def pause(tx: Transaction, moved: Sequence[Moved], now: datetime) -> None:
    """Pause the campaigns whose refusals have just become enough, once each: who says ▶ has been asked."""
    refused = [one for one in moved if one.to == MessageState.REJECTED]
    for campaign_id in sorted({one.campaign_id for one in refused}):
        fresh = [one.message_id for one in refused if one.campaign_id == campaign_id]
        ends = await campaigns.first_ends(tx, campaign_id, ENOUGH + len(fresh))
        if not len(ends) - len(fresh) < ENOUGH <= len(ends) or len(set(ends)) > 1:
            continue
        state, reason = ends[0]
        if state != MessageState.REJECTED or reason not in _OF_ALL:
            continue
        if not await campaigns.may_still_leave(tx, campaign_id):
            continue
        if await campaigns.pause(tx, campaign_id, paused=True, now=now):
            await announce.in_vain(tx, campaign_id, fresh[0], len(ends), now)
