"""What a person may ask of a campaign or an account that is under way: cancel, release, resume."""

from dataclasses import dataclass
from datetime import datetime

from providers.model import Capabilities, MessageState, Reason
from storage import accounts, campaigns, cards, hold, lateness, ledger
from storage.campaigns import CampaignView
from storage.db import Transaction
from storage.ledger import Change

from . import metrics

_RECALLABLE = (MessageState.ACCEPTED, MessageState.MODERATION)
_LEAVING = (MessageState.SUBMITTING, MessageState.UNCERTAIN)
_LEFT = (MessageState.SENT, MessageState.DELIVERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """How many messages will not leave, are called back, may be leaving now, and are past stopping."""

    stopped: int
    recalled: int
    leaving: int = 0
    gone: int


async def cancel(tx: Transaction, view: CampaignView, can: Capabilities, now: datetime) -> Cancelled:
    """Stop what has not left, and have the gateway call back what it can. Safe to repeat.

    The wish stays: what is on the wire and comes back is not sent again, and what the gateway turns out to
    have taken is called back then.
    """
    await ledger.lock_campaigns(tx, [view.id])
    view = await campaigns.view(tx, view.id) or view  # what was read before may have moved on
    changes = [
        Change(message_id=one, to=MessageState.CANCELLED, reason=Reason.CANCELLED)
        for one in await ledger.queued(tx, view.id)
    ]
    stopped = await ledger.apply(tx, changes, source="person", now=now)
    metrics.count_moved(stopped)
    await campaigns.want_cancel(tx, view.id, now)
    await hold.decided(tx)

    def standing(states: tuple[MessageState, ...]) -> int:
        return sum(view.counts.get(state, 0) for state in states)

    at_gateway = standing(_RECALLABLE)
    return Cancelled(
        stopped=len(stopped),
        recalled=at_gateway if can.cancel else 0,
        leaving=standing(_LEAVING),
        gone=standing(_LEFT) + (0 if can.cancel else at_gateway),
    )


async def release(tx: Transaction, campaign_id: int, now: datetime, *, at: datetime | None = None) -> bool:
    """Let a campaign that missed its time go now, or `at` a moment. False: it was not held."""
    return await lateness.release(tx, campaign_id, now, at=at)


async def resume(tx: Transaction, account_id: int, now: datetime) -> None:
    """Let an account work again; what is queued leaves."""
    waiting = await ledger.waiting_for(tx, account_id)
    await ledger.lock_campaigns(tx, waiting)
    await accounts.resume(tx, account_id)
    await cards.redraw(tx, waiting, now)
