"""A wall clock that is set back must stop nothing: every pause would last by as much longer.

What a person scheduled stays at its time by the clock, whatever that does. A clock that is set forward makes
pauses end early, which does no harm, and schedules late, which `storage.lateness` asks a person about.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from storage import pauses
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

    async def start(self) -> None:
        """At start: nobody knows what the clock did meanwhile, but what lasts too long is its doing."""
        now = self._clock()
        async with self._database.write("clock.start") as tx:
            await pauses.shorten(tx, now + SOON, beyond=now + self._longest)

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
        if step > -STEP:
            return False
        for forget in self._on_step:
            forget()
        return True

    async def _shorten(self, until: datetime) -> None:
        """What this process is at work on; others have clocks of their own."""
        async with self._database.write("clock.step") as tx:
            await pauses.shorten_of(tx, self._leases.accounts(), until)
            if self._leases.face() is not None:
                await pauses.shorten_of_face(tx, until)

    def stop(self) -> None:
        self._stopping.want()
        self.bell.ring()
