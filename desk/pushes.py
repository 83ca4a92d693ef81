"""What gateways tell by themselves: reports and incoming SMS, taken in once they are safely stored."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from providers.errors import GatewayError
from providers.faces import Inbound, Pushes, face
from providers.model import FINAL, MessageState, Report
from providers.wire import HttpRequest
from storage import accounts, checks, doubts, ledger, pushes
from storage.accounts import Account
from storage.db import Database, Transaction
from storage.outage import Unavailable
from storage.pushes import StoredPush
from storage.vault import Vault

from . import announce, inbox, metrics, reconcile
from .clock import Bell, Clock
from .inbox import OnStop
from .leases import Leases
from .outage import Halt
from .switchboard import Switchboard
from .track import changes_of

log = structlog.get_logger(__name__)

BATCH = 100
# While a request is on the wire, a report may come before the receipt it belongs to is in the ledger. Without
# one, what matches nothing is about a message that did not go through this desk.
GIVE_UP = timedelta(minutes=10)
AGAIN = timedelta(seconds=2)  # and then after as long as it has waited: many may match nothing


def request_of(call: dict[str, str], received_at: datetime) -> HttpRequest:
    """A stored call as adapters read it. The time it came stands in a header of ours: some tell none."""
    return HttpRequest(
        operation="push",
        method=call["method"],
        url=call["url"],
        headers={"content-type": call["content_type"], "x-received-at": received_at.isoformat()},
        body=call["body"].encode("latin-1"),
    )


def _ids(report: Report) -> tuple[str, ...]:
    return tuple(id_ for id_ in (report.ref, report.gateway_id) if id_ is not None)


class PushReader:
    """The worker that takes in what was pushed, in the order it came."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        switchboard: Switchboard,
        clock: Clock,
        bell: Bell,
        leases: Leases,
        *,
        first_check: timedelta,
        remind: timedelta,
        on_stop: OnStop | None = None,
    ) -> None:
        self._database = database
        self._vault = vault
        self._switchboard = switchboard
        self._clock = clock
        self.bell = bell
        self._leases = leases
        self._first_check = first_check
        self._remind = remind
        self._on_stop = on_stop
        self._stopping = Halt()
        self.on_moved: list[Bell] = []

    async def run(self) -> None:
        while not self._stopping:
            try:
                next_due = await self._round()
            except Unavailable as error:
                await self._stopping.rest("push reader", error)
                continue
            await self.bell.nap(next_due)

    async def _round(self) -> datetime | None:
        """Take in what is due. Returns when there is something to take in next."""
        if self._leases.face() is None:
            return None
        async with self._database.read() as tx:
            due = await pushes.due(tx, self._clock(), BATCH)
        for push in due:
            await self._take_in(push)
        if due:
            for bell in self.on_moved:
                bell.ring()
        async with self._database.read() as tx:
            return await pushes.next_due(tx)

    def stop(self) -> None:
        self._stopping.want()
        self.bell.ring()

    async def _take_in(self, push: StoredPush) -> None:
        """Handle one call, or put it off. One that breaks holds up nobody, at the next start neither."""
        now = self._clock()
        try:
            account, outcome = await self._handle(push, now)
        except Unavailable:
            raise  # it is not the push that is broken
        except Exception:
            log.exception("a push broke", push=push.id)
            account, outcome = None, "broken"
        age = now - push.received_at
        early = outcome in {"early", "broken"} and age < GIVE_UP
        async with self._database.write("pushes.close") as tx:
            if early:
                await pushes.postpone(tx, push.id, now + max(AGAIN, age))
            else:
                await pushes.close(tx, push.id, state="handled" if outcome == "handled" else "failed")
        if not early:
            metrics.PUSHES.labels("" if account is None else account.gateway, outcome).inc()

    async def _handle(self, push: StoredPush, now: datetime) -> tuple[Account, str]:
        """What became of it: handled, unmatched, unreadable, or early."""
        async with self._database.read() as tx:
            account = await accounts.get(tx, push.account_id)
        gateway = self._switchboard.gateway(account)
        request = request_of(self._vault.open(pushes.owner(push.id), push.sealed), push.received_at)
        try:
            told = face(gateway, Pushes).parse_push(request)
        except GatewayError as error:
            # It was readable when it came; the account's settings have changed since.
            log.warning("a push cannot be read any more", push=push.id, kind=error.kind)
            return account, "unreadable"
        async with self._database.write("pushes.take") as tx:
            await self._lock(tx, account, told)
            taken = [await self._take(tx, account, one, now) for one in told]
            on_the_wire = not all(taken) and await pushes.on_the_wire(tx, account.id)
        if on_the_wire:
            return account, "early"
        metrics.count_reports(account.gateway, [one for one in told if isinstance(one, Report)])
        if not all(taken):
            log.info("a push matches no message", push=push.id, account=account.name)
        return account, "handled" if all(taken) else "unmatched"

    async def _lock(self, tx: Transaction, account: Account, told: Sequence[Report | Inbound]) -> None:
        """All campaigns that are told of, at once: the reports of one call come in any order."""
        found = [
            await pushes.message_of(tx, account.id, _ids(one), one.msisdn)
            for one in told
            if isinstance(one, Report)
        ]
        await ledger.lock(tx, [message_id for message_id in found if message_id is not None])

    async def _take(self, tx: Transaction, account: Account, one: Report | Inbound, now: datetime) -> bool:
        """Whether it could be taken in; again and again does no harm."""
        if isinstance(one, Inbound):
            await inbox.take(
                tx, self._vault, account, [one], remind=self._remind, now=now, on_stop=self._on_stop
            )
            return True
        message_id = await pushes.message_of(tx, account.id, _ids(one), one.msisdn)
        if message_id is None:
            return await reconcile.take_late_push(tx, account.id, _ids(one), one, now)
        check = await checks.of(tx, message_id)
        if check.state in {MessageState.QUEUED, MessageState.SUBMITTING}:
            return False
        if one.read:
            await ledger.mark_read(tx, check.message_id, now)
        attempt_id = await doubts.attempt_of(tx, message_id)
        if attempt_id is not None and check.state in doubts.OVER:
            await reconcile.take_contradiction(tx, attempt_id, message_id, one, now)
            return True
        if attempt_id is not None and check.state == MessageState.UNCERTAIN:
            changes = await reconcile.take_report(tx, attempt_id, message_id, one, source="push", now=now)
        else:
            changes = await changes_of(tx, [(check, one)], now)
        moved = await ledger.apply(tx, changes, source="push", now=now)
        going_on = {step.message_id: now + self._first_check for step in moved if step.to not in FINAL}
        await checks.schedule(tx, dict(going_on))
        metrics.count_moved(moved)
        await announce.failures(tx, moved, now)
        return True
