"""Doubts as people see and decide them. What gateways say of them is the business of `desk.reconcile`."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from providers.gateways import KINDS
from providers.model import Capabilities, MessageState
from storage import campaigns, doubts, hold, ledger
from storage.campaigns import CampaignView, Line
from storage.db import Transaction
from storage.doubts import Doubt, Doubtful, Evidence
from storage.ledger import Change

from . import reconcile
from .evidence import Times


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One doubt: all its messages, lines of those that are open still, and what was learnt."""

    doubt: Doubt
    messages: tuple[Doubtful, ...]
    lines: tuple[Line, ...]
    evidence: tuple[Evidence, ...]

    @property
    def open(self) -> list[Doubtful]:
        return [one for one in self.messages if one.open]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Doubts of one campaign, as one card shows them.

    `stake`: what the open messages would cost, where the gateway tells prices. `concludes_at`: when they may
    be sent again by themselves, None where that will not be; `late`: because it is too late. `others`: open
    doubts of the campaign that are not among these. `before`: how many requests for the same were in
    doubt before.
    """

    campaign: CampaignView
    several: tuple[Shown, ...]
    stake: Decimal | None
    concludes_at: datetime | None
    late: bool
    asked: bool
    others: int
    before: int

    @property
    def open(self) -> list[Shown]:
        return [one for one in self.several if one.doubt.closed_at is None]

    @property
    def seen(self) -> list[tuple[int, int]]:
        """What a decision on all that is open here is bound to: attempts and their versions."""
        return [(one.doubt.attempt_id, one.doubt.version) for one in self.open]

    @property
    def count(self) -> int:
        return sum(len(one.open) for one in self.open)


async def view(tx: Transaction, attempt_ids: Sequence[int], times: Times, now: datetime) -> View:
    """These doubts, all of one campaign. Raises LookupError where there are none."""
    several = [await _shown(tx, doubt) for doubt in await doubts.several(tx, attempt_ids)]
    if not several:
        raise LookupError(f"no doubts {attempt_ids}")
    first = several[0].doubt
    campaign = await campaigns.view(tx, first.campaign_id)
    if campaign is None:
        raise LookupError(f"no campaign {first.campaign_id}")
    can = KINDS[campaign.gateway].capabilities
    of_it = {one.attempt_id for one in await doubts.of_campaign(tx, first.campaign_id)}
    late = any(times.is_late(one.doubt, now) for one in several)
    price = await doubts.price_of_segment(tx, first.account_id)
    segments = sum(one.segments for shown in several for one in shown.open)
    return View(
        campaign=campaign,
        several=tuple(several),
        stake=None if price is None else price * segments,
        concludes_at=_concludes_at(several, can, times, now),
        late=late and bool(can.absence),
        asked=can.lookup_by_ref,
        others=len(of_it - set(attempt_ids)),
        before=await ledger.doubted_before(tx, attempt_ids),
    )


def _concludes_at(
    several: Sequence[Shown], can: Capabilities, times: Times, now: datetime
) -> datetime | None:
    """When absence may be believed of the last of these; None where it never is, or not without a person."""
    moments = [times.concludes_at(one.doubt) for one in several if one.open]
    believed = can.absence and moments and not any(times.is_late(one.doubt, now) for one in several)
    return max(*moments, now) if believed else None


async def _shown(tx: Transaction, doubt: Doubt) -> Shown:
    standing = await doubts.messages_of(tx, doubt.attempt_id)
    return Shown(
        doubt=doubt,
        messages=tuple(standing),
        lines=tuple(await campaigns.lines(tx, [one.id for one in standing if one.open])),
        evidence=tuple(await doubts.evidence_of(tx, doubt.attempt_id)),
    )


# What a person decides, in the transaction of their press.


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision on one doubt: how many messages it moved, and on which evidence it rests."""

    doubt: Doubt
    count: int
    evidence: str
    digest: str


async def _cancelled(tx: Transaction, attempt_ids: Sequence[int]) -> bool:
    """Whether somebody has cancelled what these doubts belong to: nothing of it is sent again."""
    several = await doubts.several(tx, attempt_ids)
    return any([await campaigns.cancel_wanted(tx, one.campaign_id) for one in several])


DECISIONS = {"sent": MessageState.ASSUMED_SENT, "given_up": MessageState.ABANDONED}


async def decide(
    tx: Transaction, seen: Sequence[tuple[int, int]], decision: str, *, by: str, now: datetime
) -> list[Decided] | None:
    """Take a decision, `sent`, `given_up` or `again`, on doubts in the versions that were seen.

    None: one of them has changed since, and nothing is done.
    """
    await ledger.lock_attempts(tx, [attempt_id for attempt_id, _ in seen])
    if decision == "again" and await _cancelled(tx, [attempt_id for attempt_id, _ in seen]):
        return None
    taken = await doubts.decide(tx, seen, decision=decision, by=by)
    if taken is None:
        return None
    await hold.decided(tx)
    decided = []
    for doubt in taken:
        ids = [one.id for one in await doubts.messages_of(tx, doubt.attempt_id) if one.open]
        evidence = await doubts.evidence_of(tx, doubt.attempt_id)
        if decision == "again":
            moved = await reconcile.send_again(tx, doubt, ids, source="person", now=now)
        else:
            changes = [Change(message_id=one, to=DECISIONS[decision]) for one in ids]
            moved = await ledger.apply(tx, changes, source="person", now=now)
        told = "; ".join(f"{one.source} {one.says} ×{one.times}" for one in evidence)
        digest = hashlib.sha256(repr(evidence).encode()).hexdigest()[:16]
        decided.append(Decided(doubt=doubt, count=len(moved), evidence=told[:200], digest=digest))
    return decided
