"""The clock as a port, so that tests move time instead of waiting, and a bell that ends a wait early."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

LONGEST_NAP = timedelta(seconds=30)


def utc_now() -> datetime:
    return datetime.now(UTC)


class Bell:
    """Tells a worker that there is something to do. Only a hint: what there is to do is in the database."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def nap(self, until: datetime | None) -> None:
        """Wait until then, or until rung, and never longer than LONGEST_NAP."""
        left = LONGEST_NAP if until is None else min(until - self._clock(), LONGEST_NAP)
        try:
            async with asyncio.timeout(max(left.total_seconds(), 0)):
                await self._rung.wait()
        except TimeoutError:
            return
        self._rung.clear()
