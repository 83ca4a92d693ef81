"""Doubts and their end: what gateways say of uncertain messages, and what may be concluded from it.

A message that was found is accepted at once. One that is nowhere to be found is queued again only when its
gateway can be believed (`Capabilities.absence`), has said so often enough from the settle time on, and it is
not too late for the message. All else waits for a person, who is shown the doubt and reminded of it. When it
is over the gateway is asked for another while: what comes late contradicts a decision and is told.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from providers.errors import AccountStopped, GatewayError, Unsupported
from providers.faces import Counts, History, face
from providers.model import FINAL, Capabilities, Gateway, MessageRef, MessageState, Reason, Report
from storage import accounts, campaigns, checks, doubts, ledger
from storage import leases as leasing
from storage.accounts import Account
from storage.db import Database, Transaction
from storage.doubts import WHOLE, Doubt, Doubtful, Evidence
from storage.fault import fault
from storage.leases import Lease
from storage.ledger import Change, Moved
from storage.outage import Unavailable

from . import announce, metrics
from .clock import Bell, Clock
from .evidence import (
    REPEATS,
    Decision,
    Learnt,
    Times,
    contradicts,
    decide,
    next_check,
    next_reminder,
    of_history,
    of_report,
    wants_history,
)
from .leases import Leases
from .outage import PAUSE, Halt, to_the_end
from .switchboard import Switchboard
from .track import changes_of

log = structlog.get_logger(__name__)

SLACK = timedelta(hours=1)  # by how much a gateway's clock may differ from ours
BATCH = 100  # doubts in one round


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question to a gateway: absence is as old as that, whenever the answer comes and is written down.

    `at`: by the clock that all replicas share. `settled`: the settle time was over. `spacing`: since the last
    answer that counts.
    """

    at: datetime
    settled: bool
    spacing: timedelta


def unasked(at: datetime) -> Asked:
    """What a gateway tells by itself proves no absence."""
    return Asked(at=at, settled=False, spacing=timedelta(0))


# What happens in the caller's transaction.


async def open_doubts(
    tx: Transaction,
    moved: Sequence[Moved],
    can: Capabilities,
    *,
    opened_at: datetime,
    check_at: datetime,
    now: datetime,
) -> None:
    """Make doubts of what became uncertain. Where nobody can be asked, people are told at once.

    `opened_at`: now, by the clock that all replicas share; the settle time is counted by that one.
    """
    ids = [one.message_id for one in moved if one.to == MessageState.UNCERTAIN]
    if not ids:
        return
    asked = can.lookup_by_ref
    opened = await doubts.open_(
        tx, ids, check_at=check_at if asked else None, remind_at=check_at if asked else now, now=opened_at
    )
    if not asked:
        for doubt in await doubts.several(tx, opened):
            await announce.doubt(tx, doubt.campaign_id, [doubt.attempt_id], now)


async def send_again(
    tx: Transaction, doubt: Doubt, message_ids: Sequence[int], *, source: str, now: datetime
) -> list[Moved]:
    """Queue these messages for a fresh attempt. Returns where that leaves them: see `come_back`."""
    changes = [Change(message_id=one, to=MessageState.QUEUED, due_at=now) for one in message_ids]
    moved = await ledger.apply(tx, changes, source=source, now=now)
    await doubts.retire(tx, doubt.attempt_id, [one.message_id for one in moved])
    return await come_back(tx, moved, now)


async def come_back(tx: Transaction, moved: Sequence[Moved], now: datetime) -> list[Moved]:
    """What of these came back to the queue stays, unless it was sent after all or is not to be sent any more.

    An attempt before may have been proved to have sent it while this one was on the wire; or a person has
    cancelled its campaign. Returns the last move of each message.
    """
    last = {one.message_id: one for one in moved}
    for campaign_id in sorted({one.campaign_id for one in moved}):
        back = [
            one.message_id
            for one in last.values()
            if one.campaign_id == campaign_id and one.to == MessageState.QUEUED
        ]
        if not back:
            continue
        steps: list[Moved] = []
        for message_id, attempt_id in (await doubts.found(tx, campaign_id, back)).items():
            steps += await _go_on(tx, attempt_id, message_id, now=now)
            back.remove(message_id)
        if await campaigns.cancel_wanted(tx, campaign_id):
            changes = [
                Change(message_id=one, to=MessageState.CANCELLED, reason=Reason.CANCELLED) for one in back
            ]
            steps += await ledger.apply(tx, changes, source="desk", now=now)
        last |= {one.message_id: one for one in steps}
    return list(last.values())


async def take_report(
    tx: Transaction,
    attempt_id: int,
    message_id: int,
    report: Report,
    *,
    source: str,
    now: datetime,
    asked: Asked | None = None,
) -> list[Change]:
    """Note what a report proves of an uncertain message. Returns what it asks for."""
    learnt = of_report(report, source)
    if learnt is None:
        return []
    await _learn(tx, attempt_id, message_id, learnt, asked or unasked(now))
    if not learnt.positive:
        return []
    changes = await changes_of(tx, [(await checks.of(tx, message_id), report)], now)
    if any(change.to is not None and not change.provisional for change in changes):
        return changes
    # A word nobody knows, or an end that may be taken back: taken it was in any case.
    return [Change(message_id=message_id, to=MessageState.ACCEPTED, raw=learnt.raw), *changes]


async def contradict(
    tx: Transaction,
    doubt: Doubt,
    one: Doubtful,
    learnt: Learnt,
    *,
    asked: Asked | None = None,
    report: Report | None = None,
    gateway_ids: Sequence[str] = (),
    now: datetime,
) -> list[Moved]:
    """Tell, once, what came too late for a decision.

    What waits to be sent again does not leave: it was sent, and goes on from there.
    """
    before = [piece for piece in await doubts.evidence_of(tx, doubt.attempt_id) if piece.message_id == one.id]
    await _learn(tx, doubt.attempt_id, one.id, learnt, asked or unasked(now))
    if not contradicts(one.state, learnt):
        return []
    moved: list[Moved] = []
    if one.state == MessageState.QUEUED:
        moved = await _go_on(tx, doubt.attempt_id, one.id, report=report, gateway_ids=gateway_ids, now=now)
    if any(contradicts(one.state, piece) for piece in before):
        return moved
    if not moved:
        await ledger.note(tx, one.id, told=learnt.says, raw=learnt.raw, source="late", now=now)
    over = one.state in doubts.OVER
    await announce.contradiction(
        tx, doubt.campaign_id, one.id, says=learnt.says, over=over, stopped=bool(moved), now=now
    )
    return moved


async def _go_on(
    tx: Transaction,
    attempt_id: int,
    message_id: int,
    *,
    report: Report | None = None,
    gateway_ids: Sequence[str] = (),
    now: datetime,
) -> list[Moved]:
    """A queued message is that of an earlier attempt again, which is proved to have sent it."""
    known = await doubts.revive(tx, attempt_id, message_id)
    ids = tuple(gateway_ids) or (() if known is None else (known,))
    change = Change(message_id=message_id, to=MessageState.ACCEPTED, gateway_ids=ids)
    moved = await ledger.apply(tx, [change], source="late", now=now)
    await checks.schedule(tx, {message_id: now})
    if report is not None:
        changes = await changes_of(tx, [(await checks.of(tx, message_id), report)], now)
        moved += await ledger.apply(tx, changes, source="late", now=now)
    return moved


async def take_late_push(
    tx: Transaction, account_id: int, ids: Sequence[str], report: Report, now: datetime
) -> bool:
    """A push about an attempt that another has replaced. False: there is none such."""
    found = await doubts.over(tx, account_id, ids, report.msisdn)
    if found is None:
        return False
    await take_contradiction(tx, *found, report, now)
    return True


async def take_late_receipt(
    tx: Transaction, attempt_id: int, accepted: Mapping[int, Sequence[str]], now: datetime
) -> set[int]:
    """A receipt that says too late that these messages were taken, and what the gateway calls them.

    Returns whose decisions it contradicts.
    """
    doubt = await doubts.get(tx, attempt_id)
    if doubt is None:
        return set()
    standing = await doubts.messages_of(tx, attempt_id)
    learnt = Learnt(source="receipt", says=MessageState.ACCEPTED, positive=True)
    over = [one for one in standing if one.over and one.id in accepted and contradicts(one.state, learnt)]
    for one in over:
        await contradict(tx, doubt, one, learnt, gateway_ids=accepted[one.id], now=now)
    return {one.id for one in over}


async def take_contradiction(
    tx: Transaction, attempt_id: int, message_id: int, report: Report, now: datetime
) -> None:
    """A push about a message of which somebody has decided without knowing."""
    await ledger.lock_attempts(tx, [attempt_id])
    doubt = await doubts.get(tx, attempt_id)
    one = next((one for one in await doubts.messages_of(tx, attempt_id) if one.id == message_id), None)
    learnt = of_report(report, "push")
    if doubt is not None and one is not None and one.over and learnt is not None:
        await contradict(tx, doubt, one, learnt, report=report, now=now)


async def _learn(tx: Transaction, attempt_id: int, message_id: int, learnt: Learnt, asked: Asked) -> None:
    """Write it down.

    What is new makes older buttons stale, and so does absence while it is being proved.
    """
    times = await doubts.learn(
        tx,
        attempt_id,
        message_id,
        source=learnt.source,
        says=learnt.says,
        positive=learnt.positive,
        settled=asked.settled,
        now=asked.at,
        raw=learnt.raw,
        spacing=asked.spacing if learnt.positive is False else timedelta(0),
    )
    proving = asked.settled and learnt.positive is False
    if times == 1 or (proving and times is not None and times <= REPEATS.get(learnt.source, 1)):
        await doubts.raise_version(tx, [attempt_id])


async def _conclude(
    tx: Transaction,
    doubt: Doubt,
    standing: Sequence[Doubtful],
    can: Capabilities,
    times: Times,
    now: datetime,
) -> tuple[list[Moved], bool]:
    """Apply what the evidence comes to. Returns what moved, and whether there is something to wait for."""
    evidence: dict[int, list[Evidence]] = defaultdict(list)
    for piece in await doubts.evidence_of(tx, doubt.attempt_id):
        evidence[piece.message_id].append(piece)
    seen = sum(any(piece.positive for piece in evidence[one.id]) for one in standing)
    unseen = (doubt.accepted or 0) - seen
    late = times.is_late(doubt, now)
    decided = {
        one.id: decide(evidence[one.id], absence=can.absence, unseen=unseen, late=late)
        for one in standing
        if one.open
    }
    again = [one for one, decision in decided.items() if decision is Decision.NOT_SENT]
    moved = await send_again(tx, doubt, again, source="absence", now=now) if again else []
    return moved, Decision.WAIT in decided.values()


# The worker.


class Reconciler:
    """The worker that asks about doubts and shows them to people. One task an account."""

    def __init__(
        self,
        database: Database,
        switchboard: Switchboard,
        clock: Clock,
        bell: Bell,
        leases: Leases,
        times: Times,
    ) -> None:
        self._database = database
        self._switchboard = switchboard
        self._clock = clock
        self.bell = bell
        self._leases = leases
        self._times = times
        self._busy: set[int] = set()
        self._stopping = Halt()
        self.on_moved: list[Bell] = []

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            while not self._stopping:
                try:
                    next_due = await self._round(group)
                except Unavailable as error:
                    await self._stopping.rest("reconciler", error)
                    continue
                await self.bell.nap(next_due)

    async def _round(self, group: asyncio.TaskGroup) -> datetime | None:
        """Show people what is due, and ask about what is due. Returns when there is something to do next."""
        faces = self._leases.face() is not None
        if faces:
            await self._database.again(self._remind)
        for account_id, several in (await self._due()).items():
            self._busy.add(account_id)
            group.create_task(self._serve(account_id, several))
        async with self._database.read() as tx:
            check = await doubts.next_check(tx, besides=await self._besides(tx))
            remind = await doubts.next_reminder(tx) if faces else None
        return min([at for at in (check, remind) if at is not None], default=None)

    def stop(self) -> None:
        self._stopping.want()
        self.bell.ring()

    async def _besides(self, tx: Transaction) -> set[int]:
        """Accounts that are being asked about now, or by others."""
        return self._busy | await leasing.besides(tx, self._leases.accounts())

    async def _due(self) -> dict[int, list[Doubt]]:
        async with self._database.read() as tx:
            due = await doubts.due(tx, self._clock(), BATCH, besides=await self._besides(tx))
        by_account: dict[int, list[Doubt]] = defaultdict(list)
        for doubt in due:
            by_account[doubt.account_id].append(doubt)
        return by_account

    async def _remind(self) -> None:
        """Show people what is due: first when asking has had a fair chance, then again and again."""
        now = self._clock()
        async with self._database.read() as tx:
            due = await doubts.to_remind(tx, now)
        if not due:
            return
        async with self._database.write("reconcile.remind") as tx:
            held = [doubt.attempt_id for doubt in due]
            await ledger.lock_attempts(tx, held)
            for doubt in await doubts.to_remind(tx, now):
                if doubt.attempt_id not in held:
                    continue
                patient = doubt.opened_at + self._times.settle / 2
                if doubt.told_at is None and doubt.check_at is not None and now < patient:
                    await doubts.remind_later(tx, doubt.attempt_id, patient)
                    continue
                told_at = doubt.told_at or now
                if doubt.told_at is None or now >= told_at + self._times.remind:
                    again = doubt.told_at is not None
                    await announce.doubt(tx, doubt.campaign_id, [doubt.attempt_id], now, again=again)
                at = next_reminder(told_at, now, self._times)
                await doubts.remind_later(tx, doubt.attempt_id, at)
        self._tell()

    async def _serve(self, account_id: int, several: Sequence[Doubt]) -> None:
        try:
            async with self._database.read() as tx:
                account = await accounts.get(tx, account_id)
            gateway = self._switchboard.gateway(account)
            for doubt in several:
                lease = self._leases.of(account_id)
                if self._stopping or lease is None:
                    break
                if not await self._ask(account, gateway, doubt, lease):
                    await self._stopping.wait(PAUSE)  # by then we have heard of it, and ask no more
                    break
        except Unavailable as error:
            await self._stopping.rest("reconciler", error)
        finally:
            self._busy.discard(account_id)
            self.bell.ring()

    async def _ask(self, account: Account, gateway: Gateway, doubt: Doubt, lease: Lease) -> bool:
        """Ask, and write down what came of it. False: others have the account by now, nothing is written."""
        async with self._database.read() as tx:
            asked_at = await self._leases.time(tx)
            standing = await doubts.messages_of(tx, doubt.attempt_id)
            evidence = await doubts.evidence_of(tx, doubt.attempt_id)
        asked = [one for one in standing if one.open or one.over]
        learnt: dict[int, list[Learnt]] = defaultdict(list)
        reports: dict[int, Report] = {}
        stopped: AccountStopped | None = None
        try:
            if gateway.capabilities.lookup_by_ref:
                reports = await self._reports(gateway, doubt, asked)
                if wants_history(gateway.capabilities, doubt, evidence):
                    for one, told in await self._history(gateway, doubt, asked):
                        learnt[one.id].append(told)
            else:
                learnt[WHOLE].append(await self._totals(gateway, doubt))
        except AccountStopped as error:
            stopped = error
        except GatewayError as error:
            metrics.count_error(gateway.kind, error)
            log.info("asking about a doubt failed", kind=error.kind, code=error.code)
        except Unavailable:
            raise  # it is not the gateway that is broken
        except Exception:  # whatever broke, the doubt stands, and the next round asks again
            log.exception("asking about a doubt broke", attempt=doubt.attempt_id)
        record = partial(
            self._record,
            account,
            gateway.capabilities,
            lease,
            doubt.attempt_id,
            asked_at,
            reports,
            learnt,
            stopped,
        )
        return await to_the_end(self._database.again(record))

    async def _reports(self, gateway: Gateway, doubt: Doubt, asked: Sequence[Doubtful]) -> dict[int, Report]:
        """What the gateway says of each message, by our own ref of that attempt."""
        most = gateway.capabilities.reports_max
        by_msisdn = {one.msisdn: one.id for one in asked}
        found: dict[int, Report] = {}
        for start in range(0, len(asked), most):
            refs = [
                MessageRef(ref=doubt.ref, msisdn=one.msisdn, kind=doubt.kind)
                for one in asked[start : start + most]
            ]
            fault("reconcile.reports asks")
            reports = await gateway.reports(refs)
            fault("reconcile.reports answered")
            metrics.count_reports(gateway.kind, reports)
            found |= {
                by_msisdn[report.msisdn]: report
                for report in reports
                if report.msisdn in by_msisdn and report.ref == doubt.ref
            }
        return found

    async def _history(
        self, gateway: Gateway, doubt: Doubt, asked: Sequence[Doubtful]
    ) -> list[tuple[Doubtful, Learnt]]:
        fault("reconcile.history asks")
        past = await face(gateway, History).history(doubt.started_at - SLACK, self._clock() + SLACK)
        fault("reconcile.history answered")
        return [(one, of_history(past, doubt.ref, one.msisdn)) for one in asked if one.open]

    async def _totals(self, gateway: Gateway, doubt: Doubt) -> Learnt:
        """How many segments the gateway counts since just before, of how many we know, and how many
        others are in doubt: for people only."""
        since = doubt.started_at.replace(second=0, microsecond=0)
        if not isinstance(gateway, Counts):
            raise Unsupported(raw="it counts nothing")
        fault("reconcile.totals asks")
        counted = await gateway.statistics(since, self._clock())
        fault("reconcile.totals answered")
        async with self._database.read() as tx:
            known = await doubts.segments_taken(tx, doubt.account_id, since)
            others = await doubts.segments_in_doubt(tx, doubt.account_id, since, besides=doubt.attempt_id)
        return Learnt(source="totals", says=f"{counted.total}/{known}/{others}", positive=None)

    async def _record(
        self,
        account: Account,
        can: Capabilities,
        lease: Lease,
        attempt_id: int,
        asked_at: datetime,
        reports: Mapping[int, Report],
        learnt: Mapping[int, Sequence[Learnt]],
        stopped: AccountStopped | None,
    ) -> bool:
        """Write down what came of asking, if the account is still ours: else whoever has it asks anew."""
        now = self._clock()
        async with self._database.write("reconcile.record") as tx:
            if not await leasing.is_held(tx, lease):
                return False
            stops = None if stopped is None else account.id
            await ledger.lock_attempts(tx, [attempt_id], stops=stops)
            doubt = await doubts.get(tx, attempt_id)
            if doubt is None:
                raise LookupError(f"no doubt {attempt_id}")
            asked = Asked(
                at=asked_at,
                settled=asked_at >= self._times.settles_at(doubt),
                spacing=self._times.spacing,
            )
            moved = await self._take(tx, doubt, reports, learnt, asked=asked, now=now)
            standing = await doubts.messages_of(tx, attempt_id)
            again, waits = await _conclude(tx, doubt, standing, can, self._times, now)
            moved += again
            last = {one.message_id: one.to for one in moved}
            going_on = [one for one, to in last.items() if to not in FINAL | {MessageState.QUEUED}]
            await checks.schedule(tx, dict.fromkeys(going_on, now + self._times.first_check))
            metrics.count_moved(moved)
            await announce.failures(tx, moved, now)
            if stopped is not None:
                await announce.stop_account(tx, account, stopped, now)
            standing = await doubts.messages_of(tx, attempt_id)
            by_all = await self._leases.time(tx)
            at = next_check(doubt, standing, waits=waits, can=can, times=self._times, now=by_all)
            # Our own clock wakes us, whatever the one shows that we share.
            await doubts.asked(tx, attempt_id, now, None if at is None else now + (at - by_all))
            if doubt.closed_at is None:
                await doubts.redraw(tx, [attempt_id], now)
        self._tell()
        return True

    async def _take(
        self,
        tx: Transaction,
        doubt: Doubt,
        reports: Mapping[int, Report],
        learnt: Mapping[int, Sequence[Learnt]],
        *,
        asked: Asked,
        now: datetime,
    ) -> list[Moved]:
        """Write down what was told, and follow it where it says that a message was taken."""
        for piece in learnt.get(WHOLE, ()):
            await _learn(tx, doubt.attempt_id, WHOLE, piece, asked)
        moved: list[Moved] = []
        for one in await doubts.messages_of(tx, doubt.attempt_id):
            report = reports.get(one.id)
            if one.over:
                told = of_report(report)
                if told is not None:
                    moved += await contradict(tx, doubt, one, told, asked=asked, report=report, now=now)
            elif one.open:
                changes: list[Change] = []
                for piece in learnt.get(one.id, ()):
                    await _learn(tx, doubt.attempt_id, one.id, piece, asked)
                    if piece.positive:
                        changes = [Change(message_id=one.id, to=MessageState.ACCEPTED)]
                if report is not None:
                    by_report = await take_report(
                        tx, doubt.attempt_id, one.id, report, source="report", asked=asked, now=now
                    )
                    changes = by_report or changes
                moved += await ledger.apply(tx, changes, source="report", now=now)
        return moved

    def _tell(self) -> None:
        for bell in self.on_moved:
            bell.ring()
