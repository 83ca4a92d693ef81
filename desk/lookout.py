"""The worker that watches accounts: asks what money there is, raises and ends alarms, tells digests.

It asks for accounts somebody watches and whose lease is ours. A gateway that refuses the login is asked
rarely: some lock whoever tries again and again.
"""

import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from providers.errors import GatewayError
from providers.model import Balance
from storage import accounts, balances, outbox, rhythms, watches
from storage.accounts import Account
from storage.balances import Probe
from storage.db import Database, Transaction
from storage.fault import fault
from storage.outage import Unavailable

from . import alerts, digest, quiet
from .alerts import REFUSALS, SILENCE, Times
from .ask import in_time
from .clock import Bell, Clock
from .leases import Leases
from .outage import Halt
from .switchboard import Switchboard

log = structlog.get_logger(__name__)

AT_MOST_EVERY = 0.5  # seconds between two rounds, however often the bell rings
SOON = timedelta(minutes=1)  # after one that did not answer is asked again
RARELY = timedelta(hours=1)  # after one that refused the login is


class Lookout:
    """`every`: between two questions for the balance of an account; `patience` with one."""

    def __init__(
        self,
        database: Database,
        switchboard: Switchboard,
        clock: Clock,
        bell: Bell,
        leases: Leases,
        times: Times,
        zone: ZoneInfo,
        *,
        every: timedelta,
        patience: timedelta,
    ) -> None:
        self._database = database
        self._switchboard = switchboard
        self._clock = clock
        self.bell = bell
        self._leases = leases
        self._times = times
        self._zone = zone
        self._every = every
        self._patience = patience
        self._stopping = Halt()
        self.on_told: list[Bell] = []

    async def run(self) -> None:
        while not self._stopping:
            try:
                await self.round()
            except Unavailable as error:
                await self._stopping.rest("lookout", error)
                continue
            await self.bell.nap(self._clock() + self._every)
            await self._stopping.wait(AT_MOST_EVERY)

    def stop(self) -> None:
        self._stopping.want()
        self.bell.ring()

    async def round(self) -> None:
        """Ask where it is time to, look at every account that is watched, and tell what is due."""
        async with self._database.read() as tx:
            watched = await watches.accounts(tx, self._leases.accounts())
            due = [one for one in watched if await self._is_due(tx, one)]
            asked = [await accounts.get(tx, one) for one in due]
        await asyncio.gather(*(self._ask(account) for account in asked))
        for account_id in watched:
            await self._look(account_id)
        if self._leases.face() is not None:
            await self._tell()

    async def _is_due(self, tx: Transaction, account_id: int) -> bool:
        """Whether to ask for the balance now; one that is stopped for another reason is left alone."""
        stopped = (await accounts.get(tx, account_id)).stopped
        if stopped in REFUSALS and stopped != "insufficient_funds":
            return False
        probe = await balances.probed(tx, account_id)
        if probe is None:
            return True
        # What a clock that was set back shows as still to come is past.
        return not timedelta(0) <= self._clock() - probe.at < self._pause(probe)

    def _pause(self, probe: Probe) -> timedelta:
        if probe.trouble in REFUSALS:
            return max(RARELY, self._every)
        return min(SOON, self._every) if probe.trouble in SILENCE else self._every

    async def _ask(self, account: Account) -> None:
        gateway = self._switchboard.gateway(account)
        asked_at = self._clock()
        fault("lookout.balance asks")
        told = await in_time(gateway.balance(), self._patience)
        fault("lookout.balance answered")
        async with self._database.write("lookout.asked") as tx:
            if (await accounts.get(tx, account.id)).sealed == account.sealed:
                await keep(tx, account.id, told, asked_at)

    async def _look(self, account_id: int) -> None:
        async with self._database.read() as tx:
            if not await alerts.look(tx, account_id, self._times, self._clock()):
                return
        async with self._database.write("lookout.alarms") as tx:
            await alerts.settle(tx, account_id, self._times, self._clock())
        self._ring()

    async def _tell(self) -> None:
        """Digests whose hour has come, and what was held for quiet hours that are over."""
        now = self._clock()
        async with self._database.read() as tx:
            if not _has_come(await rhythms.next_due(tx), now) and not _has_come(
                await outbox.next_held(tx), now
            ):
                return
        async with self._database.write("lookout.tell") as tx:
            for one in await rhythms.due(tx, now):
                rhythm = await rhythms.of(tx, one.home_id)
                zone = self._zone if rhythm is None else ZoneInfo(rhythm.zone)
                await digest.tell(tx, one, zone, now)
            await quiet.release(tx, now)
        self._ring()

    def _ring(self) -> None:
        for bell in self.on_told:
            bell.ring()


def _has_come(due: datetime | None, now: datetime) -> bool:
    return due is not None and due <= now


async def keep(tx: Transaction, account_id: int, told: Balance | GatewayError, asked_at: datetime) -> None:
    """What a gateway answered when it was asked for the money of an account."""
    if isinstance(told, Balance):
        await balances.keep(tx, account_id, told, asked_at)
        await balances.keep_probe(tx, account_id, Probe(at=asked_at))
        return
    log.info("no balance", account=account_id, error=told.kind, code=told.code)
    before = await balances.probed(tx, account_id)
    await balances.keep_probe(tx, account_id, in_trouble(before, told, asked_at))


def in_trouble(before: Probe | None, error: GatewayError, at: datetime) -> Probe:
    """The same trouble as before, once more, or a new one. What only asks to wait is none: it answers."""
    if error.kind not in REFUSALS | SILENCE:
        return Probe(at=at)
    same = before is not None and before.trouble is not None and _sort(before.trouble) == _sort(error.kind)
    since = before.since if same and before is not None else None
    tries = before.tries + 1 if same and before is not None else 1
    return Probe(at=at, trouble=error.kind, code=error.code, since=since or at, tries=tries)


def _sort(kind: str) -> bool:
    return kind in REFUSALS
