"""From the ledger to the gateway, once.

A claim is committed before the first byte leaves. What came of it is decided by two pure functions,
`of_receipt` and `of_error`: only what is proved not to have left is queued again, a documented refusal ends
the message, and everything else is UNCERTAIN, the process being killed included: see `desk.reconcile`.

Only the holder of an account's lease claims for it. Who takes the lease over makes UNCERTAIN what left under
an older fence; an answer that comes after that counts as evidence where it is a documented one, and queues
nothing again (docs/decisions/0012-leases.md).
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from providers.errors import (
    AccountStopped,
    GatewayError,
    NotReached,
    OutcomeUnknown,
    RequestRefused,
    Throttled,
    Unsupported,
)
from providers.leaving import leaving_only_if
from providers.model import (
    Capabilities,
    Gateway,
    KindLimits,
    MessageState,
    Reason,
    Receipt,
    Sms,
    Submission,
)
from storage import accounts, lateness, leases, ledger, queues
from storage import hold as holding
from storage.accounts import Account
from storage.db import Database, Transaction
from storage.fault import fault
from storage.hold import Cause
from storage.leases import Lease
from storage.ledger import Change, Closing, Moved
from storage.outage import Unavailable
from storage.queues import Claim

from . import announce, in_vain, metrics, reconcile
from .clock import LONGEST_NAP, Bell, Clock
from .hold import Memory, OnHold
from .leases import Leases
from .outage import Halt, to_the_end
from .switchboard import Switchboard
from .together import Together

log = structlog.get_logger(__name__)

LONGEST_RETRY = timedelta(minutes=15)
# What was claimed leaves within this time or not at all, so that it is known when nothing can leave any more.
LEAVES_WITHIN = timedelta(seconds=20)
# So many seconds after a claim it is shown: the request leaves first, and by then most answers are here.
SOON = 0.05


_TOLD = frozenset({MessageState.ACCEPTED, MessageState.REJECTED})


def new_ref() -> str:
    """20 characters of a-z and 2-7, 100 random bits: every gateway can keep that (SMS-Pager: 21)."""
    return "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(20))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How an attempt ended. `live`: it may have sent its messages, so there can be no other attempt."""

    outcome: str
    live: bool
    changes: tuple[Change, ...]
    receipt: Receipt | None = None
    raw: str | None = None
    stops: AccountStopped | None = None
    slow_until: datetime | None = None  # the gateway asked for a pause: the whole account waits


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """An attempt, and how it ended."""

    account: Account
    can: Capabilities
    claim: Claim
    ending: Ending


def of_receipt(claim: Claim, receipt: Receipt) -> Ending:
    """What a readable answer says of each message; what it does not say is UNCERTAIN, never guessed."""
    told = {verdict.msisdn: verdict for verdict in receipt.verdicts}
    counted_all = not told and receipt.accepted == len(claim.messages)
    batch_ids = () if receipt.gateway_id is None else (receipt.gateway_id,)
    changes = []
    for message in claim.messages:
        verdict = told.get(message.msisdn)
        if verdict is not None:
            change = Change(
                message_id=message.id,
                to=verdict.state,
                gateway_ids=verdict.gateway_ids or batch_ids,
                code=verdict.code,
                reason=verdict.reason,
                entry=verdict.entry,
            )
        elif counted_all:
            change = Change(message_id=message.id, to=MessageState.ACCEPTED, gateway_ids=batch_ids)
        else:
            change = Change(
                message_id=message.id,
                to=MessageState.UNCERTAIN,
                gateway_ids=batch_ids,
                reason=Reason.COUNT_MISMATCH,
                raw=_mismatch(claim, receipt),
            )
        changes.append(change)
    return Ending(
        outcome="accepted" if told or counted_all else "counted",
        live=True,
        changes=tuple(changes),
        receipt=receipt,
    )


def _mismatch(claim: Claim, receipt: Receipt) -> str:
    if receipt.unmapped_ids:
        return f"{len(receipt.unmapped_ids)} ids for {len(claim.messages)} numbers"
    return f"{receipt.accepted} of {len(claim.messages)} numbers taken"


def of_error(claim: Claim, error: GatewayError, *, retry: timedelta, now: datetime) -> Ending:
    """What an error means for the messages of an attempt; see the tree in providers.errors."""
    match error:
        case NotReached():
            return _not_sent(claim, error, now + _growing(retry, claim.messages[0].tries))
        case Throttled(retry_after=pause):
            until = now + (pause or _growing(retry, claim.messages[0].tries))
            return replace(_not_sent(claim, error, until), slow_until=None if error.only_this else until)
        case AccountStopped():
            return _not_sent(claim, error, now, stops=error)
        case RequestRefused(field=field) if field in _differing(claim):
            # One bad number, or one bad text among several, refuses the whole request at some gateways, and
            # the refusal proves that nothing was sent: each goes by itself now, and only the bad one fails.
            return _not_sent(claim, error, now, alone=True)
        case RequestRefused() | Unsupported():
            return _ended(claim, error, MessageState.REJECTED, "refused", live=False)
        case _:
            return _ended(claim, error, MessageState.UNCERTAIN, "unknown", live=True)


def _differing(claim: Claim) -> set[str]:
    """In what the messages of a request differ."""
    texts = {message.text for message in claim.messages}
    return {name for name, several in (("msisdn", claim.messages), ("text", texts)) if len(several) > 1}


def _growing(retry: timedelta, tries: int) -> timedelta:
    return min(retry * (1 << min(tries - 1, 16)), LONGEST_RETRY)


def _not_sent(
    claim: Claim,
    error: GatewayError,
    due_at: datetime,
    *,
    alone: bool = False,
    stops: AccountStopped | None = None,
) -> Ending:
    changes = tuple(
        Change(
            message_id=message.id,
            to=MessageState.QUEUED,
            due_at=due_at,
            alone=alone,
            reason=error.reason,
            code=error.code,
            raw=error.raw,
            entry=error.entry,
        )
        for message in claim.messages
    )
    return Ending(outcome="not_sent", live=False, changes=changes, raw=str(error), stops=stops)


def _ended(claim: Claim, error: GatewayError, to: MessageState, outcome: str, *, live: bool) -> Ending:
    changes = tuple(
        Change(
            message_id=message.id,
            to=to,
            reason=error.reason,
            code=error.code,
            raw=error.raw,
            entry=error.entry,
        )
        for message in claim.messages
    )
    return Ending(outcome=outcome, live=live, changes=changes, raw=str(error))


def _closing(one: Settlement) -> Closing:
    return Closing(
        attempt_id=one.claim.attempt_id,
        outcome=one.ending.outcome,
        live=one.ending.live,
        receipt=one.ending.receipt,
        raw=one.ending.raw,
    )


class Submitter:
    """The worker that sends. One task an account and parallel request; all it knows is in the ledger."""

    def __init__(
        self,
        database: Database,
        switchboard: Switchboard,
        clock: Clock,
        bell: Bell,
        leases: Leases,
        *,
        retry: timedelta,
        late: timedelta,
        first_check: timedelta,
        leaves: Callable[[str, datetime], datetime] = lambda _, at: at,
    ) -> None:
        self._database = database
        self._switchboard = switchboard
        self._clock = clock
        self.bell = bell
        self._leases = leases
        self._leaves = (
            leaves  # the first moment from one on at which SMS may leave by an account of this name
        )
        self._retry = retry
        self._late = late
        self._first_check = first_check
        self._lanes: Counter[int] = Counter()  # requests at work, by account
        self._slow: dict[int, datetime] = {}  # accounts that are to wait, and until when
        self._tidied: datetime | None = None  # when it was last looked for what missed its time
        # Refs whose claim nobody has, and which may be in the database all the same; with their leases.
        self._unsent: dict[str, Lease] = {}
        self._claims: dict[Lease, Together[Capabilities, Claim | None]] = {}  # of the lanes of an account
        self._settlements: dict[int, Together[Settlement, None]] = {}  # by account
        self._memory = Memory()
        self._stopping = Halt()
        self.on_moved: list[Bell] = []  # whoever shows or follows what changed
        self.on_claimed: list[Bell] = []
        self.on_hold: list[OnHold] = []  # in the transaction of the hold

    async def recover(self, tx: Transaction, account_id: int, fence: int) -> None:
        """In the taking of an account: what left under an older fence is lost, nobody saw the answer."""
        now = self._clock()
        stranded = await ledger.stranded(tx, account_id, fence)
        await ledger.lock(tx, [one for lost in stranded for one in lost.message_ids])
        for lost in stranded:
            changes = [
                Change(message_id=one, to=MessageState.UNCERTAIN, raw="the desk stopped while sending")
                for one in lost.message_ids
            ]
            closing = Closing(attempt_id=lost.attempt_id, outcome="unknown", live=True)
            await ledger.close_attempts(tx, [closing], now)
            moved = await ledger.apply(tx, changes, source="recovery", now=now)
            gateway = self._switchboard.gateway(await accounts.get(tx, account_id))
            await self._follow(tx, moved, gateway.capabilities, now)

    async def run(self) -> None:
        """Send what is due until stopped; then wait for what is on the wire."""
        async with asyncio.TaskGroup() as group:
            while not self._stopping:
                try:
                    next_due = await self._round(group)
                except Unavailable as error:
                    await self._stopping.rest("submitter", error)
                    continue
                await self.bell.nap(next_due)

    async def _round(self, group: asyncio.TaskGroup) -> datetime | None:
        """Put lanes to work where something is due. Returns when there is something to do next."""
        await self._memory.begin(self._database)
        await self._take_back()  # before it is looked for what is queued: that may be all there is
        due, next_due = await self._look()
        for account, gateway in due:
            # A lane that hangs leaves the others free, so that one lost answer holds up nobody.
            for _ in range(gateway.capabilities.in_flight - self._lanes[account.id]):
                self._lanes[account.id] += 1
                group.create_task(self._lane(account, gateway))
        return next_due

    def forget_pauses(self) -> None:
        """The clock was set back: accounts that were asked to wait may be tried again, and say so again."""
        self._slow.clear()
        self.bell.ring()

    def stop(self) -> None:
        """Claim nothing more."""
        self._stopping.want()
        self.bell.ring()

    async def _look(self) -> tuple[list[tuple[Account, Gateway]], datetime | None]:
        """What is due, and when there is something to do next; what missed its time is seen to first."""
        now = self._tidied = self._clock()
        async with self._database.read() as tx:
            if not await queues.missed(tx, now, self._late):
                return await self._due(tx, now)
        await self._tidy(now)
        async with self._database.read() as tx:
            return await self._due(tx, now)

    async def _due(
        self, tx: Transaction, now: datetime
    ) -> tuple[list[tuple[Account, Gateway]], datetime | None]:
        """Accounts of ours with something to send now, and with their gateways; when another will have.

        Who is at work rings when that ends.
        """
        self._slow = {account_id: until for account_id, until in self._slow.items() if until > now}
        ours = self._leases.accounts() - self._slow.keys()
        heads = {one: due_at for one, due_at in (await queues.heads(tx)).items() if one in ours}
        due = [await accounts.get(tx, one) for one, due_at in heads.items() if due_at <= now]
        closed = {one.id: self._leaves(one.name, now) for one in due}
        self._slow |= {account_id: opened for account_id, opened in closed.items() if opened > now}
        ready = [(one, self._switchboard.gateway(one)) for one in due if one.id not in self._slow]
        later = [due_at for due_at in heads.values() if due_at > now]
        return ready, min([*later, *self._slow.values()], default=None)

    async def _tidy(self, now: datetime) -> None:
        """End what outlived its validity before leaving; hold what missed its time."""
        async with self._database.write("submit.tidy") as tx:
            changes = [
                Change(message_id=one, to=MessageState.EXPIRED, reason=Reason.EXPIRED)
                for one in await queues.overdue(tx, now)
            ]
            moved = await ledger.apply(tx, changes, source="desk", now=now)
            metrics.count_moved(moved)
            await announce.failures(tx, moved, now)
        async with self._database.write("submit.hold") as tx:
            for campaign_id in await lateness.hold(tx, now, self._late):
                await announce.late(tx, campaign_id, now)
        self._tell()

    async def _lane(self, account: Account, gateway: Gateway) -> None:
        """Send one after another while there is something to send."""
        try:
            while not self._stopping and account.id not in self._slow and self._is_tidy():
                now = self._clock()
                if self._leaves(account.name, now) > now:
                    return  # its hours are over, and the next round knows until when
                if not await self.send_next(account, gateway):
                    return
        except Unavailable as error:
            await self._stopping.rest("submitter", error)
        finally:
            self._lanes[account.id] -= 1
            self.bell.ring()

    def _is_tidy(self) -> bool:
        """Whether it is known what missed its time: a machine may sleep for hours in the midst of a lane."""
        return self._tidied is not None and self._clock() - self._tidied <= 2 * LONGEST_NAP

    async def send_next(self, account: Account, gateway: Gateway) -> bool:
        """Claim, send, settle. False: nothing to send now. Raises Unavailable."""
        can = gateway.capabilities
        lease = self._leases.of(account.id)
        if lease is None:
            return False
        claim = await self._claims_under(lease)(can)
        if claim is None:
            return False
        may_leave = self._leases.leave_until(lease, LEAVES_WITHIN)
        telling = asyncio.get_running_loop().call_later(SOON, self._tell)
        try:
            ending = await self._send(claim, gateway, may_leave)
        except asyncio.CancelledError:
            lost = of_error(
                claim, OutcomeUnknown(raw="stopped while sending"), retry=self._retry, now=self._clock()
            )
            await self._settle(Settlement(account=account, can=can, claim=claim, ending=lost))
            raise
        finally:
            telling.cancel()
        await self._settle(Settlement(account=account, can=can, claim=claim, ending=ending))
        return True

    def _claims_under(self, lease: Lease) -> Together[Capabilities, Claim | None]:
        if lease not in self._claims:
            for gone in [one for one in self._claims if one.name == lease.name]:
                del self._claims[gone]
            not_to_send = partial(self._not_to_send, lease)
            self._claims[lease] = Together(partial(self._claim, lease), nobody=not_to_send)
        return self._claims[lease]

    def _not_to_send(self, lease: Lease, claim: Claim | None) -> None:
        """Whoever was to send it has been cancelled."""
        if claim is not None:
            self._unsent[claim.ref] = lease

    async def _claim(self, lease: Lease, several: Sequence[Capabilities]) -> list[Claim | None]:
        """Requests for as many lanes. None: there is nothing to send now."""
        now = partial(self._claim_now, lease, several[0], len(several))
        claimed, more = await self._database.again(now)
        return [*claimed] if claimed and more else [*claimed, *[None] * (len(several) - len(claimed))]

    async def _claim_now(self, lease: Lease, can: Capabilities, most: int) -> tuple[list[Claim], bool]:
        """What may leave now under this lease, if it is still ours and the database has forgotten nothing."""
        refs = [new_ref() for _ in range(most)]
        now = self._clock()
        claimed: list[Claim] = []
        more = False
        try:
            async with self._database.write("submit.claim") as tx:
                count = await leases.commit(tx, lease)
                if count is None or lease.account_id is None:
                    return [], False
                here = replace(await holding.here(tx), marks={lease.name: (lease.fence, count)})
                cause = self._memory.difference(lease.name, here)
                if cause is not None:
                    await self._hold(tx, cause, now)
                else:
                    claimed, more = await queues.claims(
                        tx,
                        lease.account_id,
                        limit=can.batch_max,
                        mixed=can.text_per_number,
                        refs=refs,
                        now=now,
                        fence=lease.fence,
                    )
        except Unavailable:
            self._unsent |= dict.fromkeys(refs, lease)
            raise
        if cause is None:
            self._memory.keep(lease.name, here)
        else:
            self._memory.forget(lease.name)
        if not claimed:  # all there was may have been due to numbers on the stop-list
            self._tell()
        return claimed, more

    async def _hold(self, tx: Transaction, cause: Cause, now: datetime) -> None:
        """This database would have us send again what has left: nothing goes without a person's word."""
        if await holding.hold(tx, cause, now):
            log.error("held: the database has gone backwards", cause=str(cause))
            for tell in self.on_hold:
                await tell(tx, cause, now)

    async def _take_back(self) -> None:
        """Queue again what was claimed without our hearing of it: nothing of it has left."""
        for ref, lease in list(self._unsent.items()):
            await self._database.again(partial(self._take_back_now, ref, lease))
            del self._unsent[ref]

    async def _take_back_now(self, ref: str, lease: Lease) -> None:
        async with self._database.write("submit.take_back") as tx:
            # The claim may be at its commit still, which has the row of the lease: this waits for its end.
            await leases.is_held(tx, lease)
            found = await ledger.by_ref(tx, ref)
            if found is None:
                return
            await ledger.lock(tx, found.message_ids)
            claimed = await ledger.by_ref(tx, ref)
            if claimed is None:
                return  # whoever took the account over made a doubt of it meanwhile
            now = self._clock()
            changes = [
                Change(message_id=one, to=MessageState.QUEUED, due_at=now) for one in claimed.message_ids
            ]
            moved = await ledger.apply(tx, changes, source="submit", now=now)
            closing = Closing(attempt_id=claimed.attempt_id, outcome="not_sent", live=False)
            await ledger.close_attempts(tx, [closing], now)
            await reconcile.come_back(tx, moved, now)

    async def _send(self, claim: Claim, gateway: Gateway, may_leave: Callable[[], bool]) -> Ending:
        try:
            submission = self._submission(claim, gateway.capabilities)
            fault("submit.send asks")
            if not may_leave():
                raise NotReached(raw="too late")
            with leaving_only_if(may_leave):
                receipt = await gateway.submit(submission)
            fault("submit.send answered")
        except GatewayError as error:
            metrics.count_error(gateway.kind, error)
            log.info("submission failed", attempt=claim.attempt_id, kind=error.kind, code=error.code)
            return of_error(claim, error, retry=self._retry, now=self._clock())
        except Exception as error:
            log.exception("submission broke", attempt=claim.attempt_id)
            unknown = OutcomeUnknown(raw=type(error).__name__)
            return of_error(claim, unknown, retry=self._retry, now=self._clock())
        return of_receipt(claim, receipt)

    def _submission(self, claim: Claim, can: Capabilities) -> Submission:
        limits = can.limits(claim.kind)
        ahead = claim.send_at is not None and claim.send_at > self._clock()
        takes_date = limits is not None and limits.send_at
        hands_over = claim.by_recipient_time or (ahead and takes_date and can.cancel)
        return Submission(
            ref=claim.ref,
            sms=tuple(Sms(msisdn=message.msisdn, text=message.text) for message in claim.messages),
            sender_id=claim.sender_id,
            validity=claim.validity if hands_over else self._validity_left(claim, limits),
            send_at=claim.send_at if hands_over else None,
            by_recipient_time=claim.by_recipient_time,
            kind=claim.kind,
        )

    def _validity_left(self, claim: Claim, limits: KindLimits | None) -> timedelta | None:
        """The rest of the validity period: it has been running while the message waited here."""
        if claim.validity is None or claim.not_after is None or limits is None or limits.validity is None:
            return claim.validity
        return min(max(claim.not_after - self._clock(), limits.validity[0]), claim.validity)

    async def _settle(self, settlement: Settlement) -> None:
        """Write down what came of it. What cannot be written is lost to whoever takes the account next.

        A cancel between the answer and the ledger must not lose the answer.
        """
        account_id = settlement.account.id
        if settlement.ending.slow_until is not None:
            self._slow[account_id] = settlement.ending.slow_until
        if account_id not in self._settlements:
            self._settlements[account_id] = Together(self._settle_all)
        try:
            await to_the_end(self._settlements[account_id](settlement))
        except Exception:
            # Of several answers one may be such that the database does not take it: that one alone is lost.
            log.exception("answers could not be written together", attempt=settlement.claim.attempt_id)
            await to_the_end(self._settle_all([settlement]))

    async def _settle_all(self, several: Sequence[Settlement]) -> list[None]:
        settle = partial(self._settle_now, several)
        if not await self._stopping.persist("submitter", lambda: self._database.again(settle)):
            for one in several:
                log.error("an answer is lost", attempt=one.claim.attempt_id)
        self._tell()
        return [None] * len(several)

    async def _settle_now(self, several: Sequence[Settlement]) -> None:
        """Of one account, whose password may have changed between one and the next."""
        now = self._clock()
        can = several[0].can
        stops = any(one.ending.stops is not None for one in several)
        async with self._database.write("submit.settle") as tx:
            ids = [message.id for one in several for message in one.claim.messages]
            await ledger.lock(tx, ids, stops=several[0].account.id if stops else None)
            open_ = await ledger.still_open(tx, [one.claim.attempt_id for one in several])
            fresh = [one for one in several if one.claim.attempt_id in open_]
            if fresh:
                await self._take_in(tx, fresh, can, now)
            for one in several:
                if one not in fresh:
                    await self._hear_late(tx, one.claim, one.ending, can, now)
                elif one.ending.stops is not None:
                    await announce.stop_account(tx, one.account, one.ending.stops, now)

    async def _take_in(
        self, tx: Transaction, fresh: Sequence[Settlement], can: Capabilities, now: datetime
    ) -> None:
        changes = [change for one in fresh for change in one.ending.changes]
        at = now + self._first_check
        moved = await ledger.apply(tx, changes, source="submit", now=now, first_check=at)
        await ledger.close_attempts(tx, [_closing(one) for one in fresh], now)
        await self._follow(tx, await reconcile.come_back(tx, moved, now), can, now)

    async def _hear_late(
        self, tx: Transaction, claim: Claim, ending: Ending, can: Capabilities, now: datetime
    ) -> None:
        """The attempt is closed: others took the account over, or this is written already.

        What the gateway said of a message is evidence, unless there has been another attempt since. What says
        nothing, or that nothing was sent, moves nothing: somebody may have acted on the doubt. Where somebody
        has, that it was taken contradicts them, and they are told.
        """
        live = await ledger.live(tx, claim.attempt_id)
        accepted = {
            one.message_id: one.gateway_ids for one in ending.changes if one.to == MessageState.ACCEPTED
        }
        over = await reconcile.take_late_receipt(tx, claim.attempt_id, accepted, now)
        changes = [
            replace(one, provisional=one.message_id not in live or one.to not in _TOLD)
            for one in ending.changes
            if one.message_id not in over
        ]
        at = now + self._first_check
        moved = await ledger.apply(tx, changes, source="late", now=now, first_check=at)
        if moved and ending.receipt is not None:
            await ledger.keep_receipt(tx, claim.attempt_id, ending.receipt)
        await self._follow(tx, moved, can, now)

    async def _follow(
        self, tx: Transaction, moved: Sequence[Moved], can: Capabilities, now: datetime
    ) -> None:
        """Make doubts of what may have been sent, announce what failed."""
        metrics.count_moved(moved)
        at = now + self._first_check
        opened_at = await self._leases.time(tx)
        await reconcile.open_doubts(tx, moved, can, opened_at=opened_at, check_at=at, now=now)
        await announce.failures(tx, moved, now)
        await in_vain.pause(tx, moved, now)

    def _tell(self) -> None:
        for bell in (*self.on_moved, *self.on_claimed):
            bell.ring()
