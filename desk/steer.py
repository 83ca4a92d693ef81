"""What a person may ask of a campaign or an account that is under way: cancel, release, resume."""

from dataclasses import dataclass
from datetime import datetime

from providers.model import Capabilities, MessageState, Reason
from storage import accounts, campaigns, cards, ledger
from storage.campaigns import CampaignView
from storage.db import Transaction
from storage.ledger import Change

_RECALLABLE = (MessageState.ACCEPTED, MessageState.MODERATION)
_LEFT = (MessageState.SUBMITTING, MessageState.SENT, MessageState.DELIVERED, MessageState.UNCERTAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """How many messages will not leave, are being called back at the gateway, and are past stopping."""

    stopped: int
    recalled: int
    gone: int


async def cancel(tx: Transaction, view: CampaignView, can: Capabilities, now: datetime) -> Cancelled:
    """Stop what has not left, and have the gateway call back what it can. Safe to repeat."""
    changes = [
        Change(message_id=one, to=MessageState.CANCELLED, reason=Reason.CANCELLED)
        for one in await ledger.queued(tx, view.id)
    ]
    stopped = await ledger.apply(tx, changes, source="person", now=now)
    at_gateway = sum(view.counts.get(state, 0) for state in _RECALLABLE)
    left = sum(view.counts.get(state, 0) for state in _LEFT)
    if at_gateway and can.cancel:
        await campaigns.want_cancel(tx, view.id, now)
        return Cancelled(stopped=len(stopped), recalled=at_gateway, gone=left)
    return Cancelled(stopped=len(stopped), recalled=0, gone=left + at_gateway)


async def release(tx: Transaction, campaign_id: int, now: datetime) -> bool:
    """Let a campaign that missed its time go now. False: it was not held."""
    return await campaigns.release(tx, campaign_id, now)


async def resume(tx: Transaction, account_id: int, now: datetime) -> None:
    """Let an account work again; what is queued leaves."""
    await accounts.resume(tx, account_id)
    await cards.redraw(tx, await campaigns.waiting_for(tx, account_id), now)
