"""The worker that keeps leases: which accounts this process works for, and whether it speaks with Telegram.

Other workers ask before each step. What is lost is given up at once; and where the database, or this whole
process, has not answered for so long that others may have taken over, that is known without asking anybody.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from storage import leases
from storage.db import Database, Transaction
from storage.leases import FACE, LENGTH, Lease
from storage.outage import Unavailable

from .clock import Bell, Clock, Steady, boot_time
from .outage import Halt

log = structlog.get_logger(__name__)

RENEW = timedelta(seconds=8)
# Local deadlines are this much before the end: what leaves at the last moment is on its way for a while.
MARGIN = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    lease: Lease
    deadline: float  # steady time after which it may be somebody else's


class Leases:
    """What this process holds, by name."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bell: Bell,
        owner: str,
        *,
        steady: Steady = boot_time,
        time: Callable[[Transaction, datetime], Awaitable[datetime]] = leases.time,
    ) -> None:
        self._database = database
        self._clock = clock
        self.bell = bell
        self.owner = owner
        self._steady = steady
        self._time = time
        self._kept: dict[str, _Kept] = {}
        self._renew_at = steady()
        self._stopping = Halt()
        # What a taker does in the transaction of its taking: who was there before is not coming back.
        self.on_taken: list[Callable[[Transaction, Lease], Awaitable[None]]] = []
        self.on_change: list[Bell] = []

    async def time(self, tx: Transaction) -> datetime:
        """What the clock shows that all replicas share; on SQLite our own."""
        return await self._time(tx, self._clock())

    def of(self, account_id: int) -> Lease | None:
        """The lease of an account; None: this process may not work for it now."""
        return self._valid(leases.of_account(account_id))

    def face(self) -> Lease | None:
        """The lease to speak with Telegram; None: this process may not."""
        return self._valid(FACE)

    def accounts(self) -> set[int]:
        """The accounts this process works for."""
        held = (self._valid(name) for name in self._kept)
        return {lease.account_id for lease in held if lease is not None and lease.account_id is not None}

    def leave_until(self, lease: Lease, most: timedelta) -> Callable[[], bool]:
        """For a request under this lease: whether it may still leave, within `most` from now."""
        last = self._steady() + most.total_seconds()
        return lambda: self._steady() < last and self._valid(lease.name) == lease

    def _valid(self, name: str) -> Lease | None:
        kept = self._kept.get(name)
        return None if kept is None or self._steady() >= kept.deadline else kept.lease

    async def run(self) -> None:
        while not self._stopping:
            try:
                if self._steady() >= self._renew_at or await self._anything_free():
                    await self.keep()
            except Unavailable as error:
                await self._stopping.rest("leases", error)
                continue
            await self.bell.nap(self._clock() + timedelta(seconds=max(self._renew_at - self._steady(), 0)))

    def stop(self) -> None:
        self._stopping.want()
        self.bell.ring()

    async def _anything_free(self) -> bool:
        async with self._database.read() as tx:
            return bool(await leases.free(tx, await self.time(tx)))

    async def keep(self) -> None:
        """Renew what is ours and take what is free. Raises Unavailable."""
        asked_at = self._steady()  # before the database looks at its clock: our deadline comes first
        async with self._database.write("leases.keep") as tx:
            now = await self.time(tx)
            held = await leases.renew(tx, self.owner, now)
            taken = await leases.take(tx, await leases.free(tx, now), self.owner, now)
            for lease in taken:
                for act in self.on_taken:
                    await act(tx, lease)
        before = {kept.lease for kept in self._kept.values()}
        deadline = asked_at + (LENGTH - MARGIN).total_seconds()
        self._kept = {one.name: _Kept(lease=one, deadline=deadline) for one in (*held, *taken)}
        self._renew_at = asked_at + RENEW.total_seconds()
        self._tell(before, {*held, *taken})

    def _tell(self, before: set[Lease], after: set[Lease]) -> None:
        if before == after:
            return
        log.info(
            "leases changed",
            taken=sorted(one.name for one in after - before),
            lost=sorted(one.name for one in before - after),
        )
        for bell in self.on_change:
            bell.ring()

    async def release(self) -> None:
        """Give back everything, when nothing is under way any more, so that nobody has to wait."""
        self._kept = {}
        try:
            async with self._database.write("leases.release") as tx:
                await leases.release(tx, self.owner, await self.time(tx))
        except Unavailable as error:
            log.warning("leases not given back; they run out", error=str(error))
