"""A wall clock that is set back must stop nothing: every pause would last by as much longer.

What a person scheduled stays at its time by the clock, whatever that does. A clock that is set forward makes
pauses end early, which does no harm, and schedules late, which `storage.lateness` asks a person about. The
settle time of a doubt, though, must not end early: before it is over no gateway is believed that it has got
nothing. So it is moved by as much as the clock that counts it, the one that all replicas share.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from storage import doubts, ledger, pauses
from storage.db import Database
from storage.outage import Unavailable

from .clock import Bell, Clock
from .leases import Leases
from .outage import Halt

log = structlog.get_logger(__name__)

EVERY = timedelta(seconds=10)
STEP = timedelta(seconds=30)  # less is drift, and a pause that is longer by less does no harm
SOON = timedelta(seconds=15)  # how long a pause may still last after a step; longer than the undo


class ClockWatch:
    """The worker that compares the wall clock with one that only goes forward.

    `ticks`: seconds of that one. `longest`: no pause is meant to last longer. `on_step`: called after a step
    back, to forget pauses kept in memory.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        leases: Leases,
        *,
        ticks: Callable[[], float],
        longest: timedelta,
        on_step: Sequence[Callable[[], None]],
    ) -> None:
        self._database = database
        self._clock = clock
        self._leases = leases
        self._ticks = ticks
        self._longest = longest
        self._on_step = on_step
        self._stopping = Halt()
        self.bell = Bell(clock)
        self._wall, self._ticked = clock(), ticks()
        self._started: datetime | None = None  # when the ticks began, by the clock that all replicas share

    async def start(self) -> None:
        """At start: nobody knows what the clock did meanwhile, but what lasts too long is its doing."""
        now = self._clock()
        async with self._database.write("clock.start") as tx:
            await pauses.shorten(tx, now + SOON, beyond=now + self._longest)
        await self._look_at_shared()

    async def run(self) -> None:
        while not self._stopping:
            try:
                await self.look()
            except Unavailable as error:
                await self._stopping.rest("clock watch", error)
                continue
            await self.bell.nap(self._clock() + EVERY)

    async def look(self) -> bool:
        """Whether the clock was set back since the last look; then pauses end soon."""
        wall, ticked = self._clock(), self._ticks()
        step = (wall - self._wall) - timedelta(seconds=ticked - self._ticked)
        if step <= -STEP:
            log.warning("the clock was set back", seconds=-step.total_seconds())
            await self._shorten(wall + SOON)
        self._wall, self._ticked = wall, ticked
        for forget in self._on_step if step <= -STEP else ():
            forget()
        await self._look_at_shared()
        return step <= -STEP

    async def _look_at_shared(self) -> None:
        """Move settle times by what the shared clock was set forward, at once or little by little."""
        async with self._database.read() as tx:
            now = await self._leases.time(tx)
        started = now - timedelta(seconds=self._ticks())
        step = timedelta(0) if self._started is None else started - self._started
        if step >= STEP:
            log.warning("the clock was set forward", seconds=step.total_seconds())
            async with self._database.write("clock.forward") as tx:
                ids = await doubts.open_of(tx, self._leases.accounts())
                await ledger.lock_attempts(tx, ids)
                await doubts.postpone(tx, ids, step, now)
        if self._started is None or abs(step) >= STEP:
            self._started = started

    async def _shorten(self, until: datetime) -> None:
        """What this process is at work on; others have clocks of their own."""
        async with self._database.write("clock.step") as tx:
            await pauses.shorten_of(tx, self._leases.accounts(), until)
            if self._leases.face() is not None:
                await pauses.shorten_of_face(tx, until)

    def stop(self) -> None:
        self._stopping.want()
        self.bell.ring()
