"""What need not be kept: old updates, dead buttons, drafts nobody confirmed, notices that were said.

Of campaigns and incoming SMS numbers and texts go in time, and counts and keyed hashes stay
(`storage.retention`).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from storage import audiences, audit, balances, contacts, drafts, invites, outbox, pushes, retention, updates
from storage.db import Database, Transaction, alone
from storage.outage import Unavailable
from storage.vault import Vault

from .clock import Bell, Clock
from .leases import Leases
from .outage import Halt

log = structlog.get_logger(__name__)

KEEP = timedelta(days=14)
BALANCES = timedelta(days=60)  # of the past: charts and rates go back for days
EVERY = timedelta(hours=1)
SEVERAL = 500  # contacts in one transaction, so that nobody waits long for the writer


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How long numbers and texts are kept after their campaign's end, contacts that nobody writes to, and the
    audit. None: for good."""

    numbers: timedelta | None = None
    contacts: timedelta | None = None
    audit: timedelta | None = None


class Housekeeper:
    """The worker that forgets."""

    def __init__(self, database: Database, vault: Vault, clock: Clock, keep: Keep, leases: Leases) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._keep = keep
        self._leases = leases
        self.bell = Bell(clock)
        self._stopping = Halt()

    async def sweep(self) -> None:
        """Forget, once, what is older than it may be."""
        now = self._clock()
        await self._sweep_out(now)
        forgot = await self._until_done(lambda tx: retention.forget_wanted(tx, self._vault, now))
        if self._keep.numbers is not None:
            forgot |= await self._purge(now - self._keep.numbers, now)
        if self._keep.contacts is not None:
            unused = partial(contacts.forget_unused, before=now - self._keep.contacts, limit=SEVERAL)
            forgot |= await self._until_done(unused)
        if self._keep.audit is not None:
            async with self._database.write("keep.audit") as tx:
                forgot |= await audit.forget(tx, self._vault, now - self._keep.audit) > 0
        if forgot or not self._database.settled:
            await self._database.settle()

    async def _sweep_out(self, now: datetime) -> None:
        """What was said and composed holds numbers and texts too, so it is kept no longer than these."""
        before = now - KEEP
        sooner = now - min(KEEP, self._keep.numbers or KEEP)
        async with self._database.write("keep.sweep") as tx:
            await alone(tx, "sweep")
            await updates.forget(tx, before)
            await drafts.forget_expired(tx, sooner)
            await audiences.forget_expired(tx, sooner)
            await invites.forget(tx, sooner)
            await outbox.forget(tx, sooner)
            await balances.forget_before(tx, now - BALANCES)
            await pushes.forget(tx, before)

    async def _purge(self, before: datetime, now: datetime) -> bool:
        async with self._database.read() as tx:
            ended = await retention.ended(tx, before)
        for campaign_id in ended:
            step = partial(retention.purge, campaign_id=campaign_id, vault=self._vault, now=now)
            await self._until_done(step)
        came = await self._until_done(lambda tx: retention.purge_inbound(tx, before, self._vault))
        if ended:
            log.info("numbers and texts forgotten", campaigns=len(ended))
        return bool(ended) or came

    async def _until_done(self, step: Callable[[Transaction], Awaitable[bool]]) -> bool:
        """Take small steps, each a transaction, until one finds nothing to do. Whether there was anything."""
        done = False
        while not self._stopping:
            async with self._database.write("keep.step") as tx:
                if not await step(tx):
                    break
            done = True
        return done

    async def run(self) -> None:
        while not self._stopping:
            due = self._clock() + EVERY
            try:
                if self._leases.face() is not None:
                    await self.sweep()
            except Unavailable as error:
                await self._stopping.rest("housekeeper", error)
                continue
            while not self._stopping and self._clock() < due:
                await self.bell.nap(due)

    def stop(self) -> None:
        self._stopping.want()
        self.bell.ring()
