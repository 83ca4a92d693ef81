"""A wall clock that is set back must stop nothing: every pause would last by as much longer.

What a person scheduled stays at its time by the clock, whatever that does. A clock that is set forward makes
pauses end early, which does no harm, and schedules late, which `storage.lateness` asks a person about.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta

import structlog

from storage import pauses
from storage.db import Database

from .clock import Bell, Clock

log = structlog.get_logger(__name__)

EVERY = timedelta(seconds=10)
STEP = timedelta(seconds=30)  # less is drift, and a pause that is longer by less does no harm
SOON = timedelta(seconds=15)  # how long a pause may still last after a step; longer than the undo


class ClockWatch:
    """The worker that compares the wall clock with one that only goes forward.

    `ticks`: seconds of that one. `on_step`: called after a step back, to forget pauses kept in memory.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        ticks: Callable[[], float],
        on_step: Sequence[Callable[[], None]],
    ) -> None:
        self._database = database
        self._clock = clock
        self._ticks = ticks
        self._on_step = on_step
        self._stopping = asyncio.Event()
        self.bell = Bell(clock)
        self._wall, self._ticked = clock(), ticks()

    async def start(self) -> None:
        """At start: nobody knows what the clock did meanwhile."""
        async with self._database.write("clock.start") as tx:
            await pauses.shorten(tx, self._clock() + SOON)

    async def run(self) -> None:
        while not self._stopping.is_set():
            await self.look()
            await self.bell.nap(self._clock() + EVERY)

    async def look(self) -> bool:
        """Whether the clock was set back since the last look; then pauses end soon."""
        wall, ticked = self._clock(), self._ticks()
        step = (wall - self._wall) - timedelta(seconds=ticked - self._ticked)
        self._wall, self._ticked = wall, ticked
        if step > -STEP:
            return False
        log.warning("the clock was set back", seconds=-step.total_seconds())
        async with self._database.write("clock.step") as tx:
            await pauses.shorten(tx, wall + SOON)
        for forget in self._on_step:
            forget()
        return True

    def stop(self) -> None:
        self._stopping.set()
        self.bell.ring()
