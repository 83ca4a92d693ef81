"""What became of it: ask the gateways about messages that have no end yet, and call back what is cancelled.

What is uncertain is asked about by `desk.reconcile`.

States move forward only, by the transition table in `ledger.apply`. Silence moves nothing: a gateway that no
longer knows makes a message UNTRACKED past its horizon, never failed.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog

from providers.errors import AccountStopped, GatewayError, RequestRefused, Unsupported
from providers.model import FINAL, TRACKED, Gateway, MessageRef, MessageState, Report
from storage import accounts, doubts, ledger
from storage import checks as checking
from storage import leases as leasing
from storage.accounts import Account
from storage.checks import Check, Recall
from storage.db import Database, Transaction
from storage.fault import fault
from storage.ledger import Change
from storage.outage import Unavailable

from . import announce, metrics
from .clock import Bell, Clock
from .leases import Leases
from .outage import Halt, to_the_end
from .switchboard import Switchboard

log = structlog.get_logger(__name__)

# SMSC's "no money" may be taken back, and where Viber failed an SMS may still go out.
BELIEVED_AFTER = timedelta(minutes=15)
BATCH = 1000  # messages of one account in one round


def next_pause(checks: int, first: timedelta, longest: timedelta) -> timedelta:
    """Most messages end within seconds, the rest take hours: each pause is twice the one before."""
    return min(first * (1 << min(checks, 20)), longest)


def change_of(
    check: Check, report: Report | None, *, first_told: datetime | None, now: datetime
) -> Change | None:
    """What a report asks for; None: nothing new.

    An end that the gateway may take back is kept, and believed once it has been told for long enough since
    `first_told`.
    """
    if report is None or report.state == check.state:
        return None
    if report.state is None and not report.raw:
        return None
    return Change(
        message_id=check.message_id,
        to=report.state,
        reason=report.reason,
        code=report.code,
        raw=report.raw,
        entry=report.entry,
        note=report.note,
        price=report.price,
        read=report.read,
        gateway_ids=() if report.gateway_id is None or check.gateway_ids else (report.gateway_id,),
        provisional=report.provisional and (first_told is None or now - first_told < BELIEVED_AFTER),
    )


async def changes_of(
    tx: Transaction, reported: Sequence[tuple[Check, Report]], now: datetime
) -> list[Change]:
    """What these reports ask for."""
    doubtful = [check.message_id for check, report in reported if report.provisional]
    first = await checking.first_told(tx, doubtful)
    changes = (
        change_of(check, report, first_told=first.get((check.message_id, str(report.state))), now=now)
        for check, report in reported
    )
    return [change for change in changes if change is not None]


class Tracker:
    """The worker that asks. One task an account, so that a slow gateway holds up nobody else."""

    def __init__(
        self,
        database: Database,
        switchboard: Switchboard,
        clock: Clock,
        bell: Bell,
        leases: Leases,
        *,
        first_check: timedelta,
        longest_pause: timedelta,
    ) -> None:
        self._database = database
        self._switchboard = switchboard
        self._clock = clock
        self.bell = bell
        self._leases = leases
        self._first_check = first_check
        self._longest_pause = longest_pause
        self._busy: set[int] = set()
        self._recall_at: dict[tuple[int, int], datetime] = {}  # account, attempt: when to repeat a recall
        self._stopping = Halt()
        self.on_moved: list[Bell] = []

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            while not self._stopping:
                try:
                    next_due = await self._round(group)
                except Unavailable as error:
                    await self._stopping.rest("tracker", error)
                    continue
                await self.bell.nap(next_due)

    async def _round(self, group: asyncio.TaskGroup) -> datetime | None:
        """Ask about what is due. Returns when there is something to ask about next."""
        for account_id, (checks, recalls) in (await self._due()).items():
            self._busy.add(account_id)
            group.create_task(self._serve(account_id, checks, recalls))
        async with self._database.read() as tx:
            next_check = await checking.next_due(tx, besides=await self._besides(tx))
        # A busy account rings when it is done; its repeats may be due before that.
        times = [at for (account_id, _), at in self._recall_at.items() if account_id not in self._busy]
        return min([*times, *([next_check] if next_check else [])], default=None)

    def forget_pauses(self) -> None:
        """The clock was set back: recalls that wait are repeated at once."""
        self._recall_at.clear()
        self.bell.ring()

    def stop(self) -> None:
        self._stopping.want()
        self.bell.ring()

    async def _besides(self, tx: Transaction) -> set[int]:
        """Accounts that are being asked about now, or by others."""
        return self._busy | await leasing.besides(tx, self._leases.accounts())

    async def _due(self) -> dict[int, tuple[list[Check], list[Recall]]]:
        now = self._clock()
        async with self._database.read() as tx:
            besides = await self._besides(tx)
            checks = await checking.due(tx, now, BATCH, besides=besides)
            recalls = [one for one in await checking.recalls(tx) if one.account_id not in besides]
        self._forget_recalls(recalls)
        due: dict[int, tuple[list[Check], list[Recall]]] = defaultdict(lambda: ([], []))
        for check in checks:
            due[check.account_id][0].append(check)
        for recall in recalls:
            if self._recall_at.get((recall.account_id, recall.attempt_id), now) <= now:
                due[recall.account_id][1].append(recall)
        return due

    def _forget_recalls(self, wanted: list[Recall]) -> None:
        """Repeat no more what nobody wants any more, of accounts that are not being asked now."""
        keys = {(recall.account_id, recall.attempt_id) for recall in wanted}
        self._recall_at = {
            key: at for key, at in self._recall_at.items() if key in keys or key[0] in self._busy
        }

    async def _serve(self, account_id: int, checks: list[Check], recalls: list[Recall]) -> None:
        try:
            async with self._database.read() as tx:
                account = await accounts.get(tx, account_id)
            gateway = self._switchboard.gateway(account)
            for recall in recalls:
                await self._call_back(account, gateway, recall)
            most = gateway.capabilities.reports_max
            for start in range(0, len(checks), most):
                await self._ask(account, gateway, checks[start : start + most])
        except Unavailable as error:
            await self._stopping.rest("tracker", error)
        finally:
            self._busy.discard(account_id)
            self.bell.ring()

    async def _call_back(self, account: Account, gateway: Gateway, recall: Recall) -> None:
        """Ask the gateway to cancel an attempt; its reports will tell for which numbers it did."""
        refs = [
            MessageRef(ref=recall.ref, msisdn=msisdn, gateway_ids=ids, kind=recall.kind)
            for _, msisdn, ids in recall.messages
        ]
        now = self._clock()
        if not gateway.capabilities.cancel:
            # The wish is kept for what comes back unsent; this gateway has nothing to ask.
            async with self._database.write("track.no_recall") as tx:
                await checking.recalled(tx, recall.attempt_id, now)
            return
        self._recall_at[recall.account_id, recall.attempt_id] = now + self._first_check
        try:
            fault("track.recall asks")
            count = await gateway.cancel(refs)
            fault("track.recall answered")
        except (RequestRefused, Unsupported) as error:
            log.info("recall refused", attempt=recall.attempt_id, kind=error.kind, code=error.code)
        except GatewayError as error:
            log.info("recall failed", attempt=recall.attempt_id, kind=error.kind, code=error.code)
            if isinstance(error, AccountStopped):
                await self._stop_account(account, error, now)
            return
        except Exception:  # whatever broke, tracking goes on and the recall is repeated
            log.exception("recall broke", attempt=recall.attempt_id)
            return
        else:
            log.info("recalled", attempt=recall.attempt_id, count=count)
        self._recall_at.pop((recall.account_id, recall.attempt_id), None)
        async with self._database.write("track.recalled") as tx:
            await checking.at_once(tx, [message_id for message_id, _, _ in recall.messages], now)
            await checking.recalled(tx, recall.attempt_id, now)
            await doubts.ask_now(tx, [recall.attempt_id], now)

    async def _stop_account(self, account: Account, error: AccountStopped, now: datetime) -> None:
        async with self._database.write("track.stop_account") as tx:
            await ledger.lock(tx, [], stops=account.id)
            await announce.stop_account(tx, account, error, now)
        for bell in self.on_moved:
            bell.ring()

    async def _ask(self, account: Account, gateway: Gateway, checks: Sequence[Check]) -> None:
        refs = [
            MessageRef(ref=one.ref, msisdn=one.msisdn, gateway_ids=one.gateway_ids, kind=one.kind)
            for one in checks
        ]
        reports: list[Report] = []
        stopped: AccountStopped | None = None
        try:
            fault("track.reports asks")
            reports = await gateway.reports(refs)
            fault("track.reports answered")
        except AccountStopped as error:
            stopped = error
        except GatewayError as error:
            metrics.count_error(gateway.kind, error)
            log.info("asking failed", kind=error.kind, code=error.code, messages=len(checks))
        except Exception:  # whatever broke, tracking goes on: the next round asks again
            log.exception("asking broke", messages=len(checks))
        record = partial(self._record, account, gateway, checks, reports, stopped)
        await to_the_end(self._database.again(record))

    async def _record(
        self,
        account: Account,
        gateway: Gateway,
        checks: Sequence[Check],
        reports: Sequence[Report],
        stopped: AccountStopped | None,
    ) -> None:
        now = self._clock()
        metrics.count_reports(gateway.kind, reports)
        horizon = now - gateway.capabilities.status_horizon
        told = {(report.ref or report.gateway_id, report.msisdn): report for report in reports}
        reported: list[tuple[Check, Report]] = []
        for check in checks:
            keys = [check.ref, *check.gateway_ids]
            report = next((told[key, check.msisdn] for key in keys if (key, check.msisdn) in told), None)
            if report is not None:
                reported.append((check, report))
        async with self._database.write("track.record") as tx:
            stops = None if stopped is None else account.id
            await ledger.lock(tx, [check.message_id for check in checks], stops=stops)
            changes = await changes_of(tx, reported, now)
            moved = await ledger.apply(tx, changes, source="report", now=now)
            standing = {check.message_id: check.state for check in checks}
            standing |= {one.message_id: one.to for one in moved}
            moved += await _give_up(tx, checks, standing, horizon, now)
            await checking.schedule(
                tx,
                {
                    check.message_id: None
                    if standing[check.message_id] in FINAL or check.since < horizon
                    else now + next_pause(check.checks, self._first_check, self._longest_pause)
                    for check in checks
                },
            )
            await announce.failures(tx, moved, now)
            if stopped is not None:
                await announce.stop_account(tx, account, stopped, now)
        for bell in self.on_moved:
            bell.ring()


async def _give_up(
    tx: Transaction,
    checks: Sequence[Check],
    standing: dict[int, MessageState],
    horizon: datetime,
    now: datetime,
) -> list[ledger.Moved]:
    """Past the horizon a message is UNTRACKED, never failed."""
    lost = [
        Change(message_id=check.message_id, to=MessageState.UNTRACKED)
        for check in checks
        if standing[check.message_id] in TRACKED and check.since < horizon
    ]
    moved = await ledger.apply(tx, lost, source="desk", now=now)
    standing |= {one.message_id: one.to for one in moved}
    return moved
