"""What need not be kept: old updates, dead buttons, drafts nobody confirmed, notices that were said.

Campaigns, messages and their events stay.
"""

import asyncio
from datetime import timedelta

from storage import drafts, outbox, pushes, updates
from storage.db import Database

from .clock import Bell, Clock

KEEP = timedelta(days=14)
EVERY = timedelta(hours=1)


class Housekeeper:
    """The worker that forgets."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.bell = Bell(clock)
        self._stopping = asyncio.Event()

    async def sweep(self) -> None:
        """Forget, once, what is older than KEEP."""
        before = self._clock() - KEEP
        async with self._database.write() as tx:
            await updates.forget(tx, before)
            await drafts.forget_expired(tx, before)
            await outbox.forget(tx, before)
            await pushes.forget(tx, before)

    async def run(self) -> None:
        while not self._stopping.is_set():
            due = self._clock() + EVERY
            await self.sweep()
            while not self._stopping.is_set() and self._clock() < due:
                await self.bell.nap(due)

    def stop(self) -> None:
        self._stopping.set()
        self.bell.ring()
