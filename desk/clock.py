"""The clock as a port, so that tests move time instead of waiting, and a bell that ends a wait early."""

import asyncio
import time
from collections.abc import Callable, Sized
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
Steady = Callable[[], float]  # seconds since some moment; nobody sets it, and it never stands still

LONGEST_NAP = timedelta(seconds=30)
CROWD, TOGETHER = 20, 0.02  # from how many at work on, and seconds


def utc_now() -> datetime:
    return datetime.now(UTC)


def boot_time() -> float:
    """Seconds since this machine started. `time.monotonic` leaves out those in which it slept."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


async def come_together(at_work: Sized) -> None:
    """Where many are at work, let what they leave to do come together before somebody looks for it."""
    if len(at_work) > CROWD:
        await asyncio.sleep(TOGETHER)


class Bell:
    """Tells a worker that there is something to do. Only a hint: what there is to do is in the database.

    It does not ring in another process: where there are several, `longest` is how late one may notice.
    """

    def __init__(self, clock: Clock, longest: timedelta | None = None) -> None:
        self._clock = clock
        self._longest = longest
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def nap(self, until: datetime | None) -> None:
        """Wait until then, or until rung, and never longer than the longest nap."""
        longest = self._longest or LONGEST_NAP
        left = longest if until is None else min(until - self._clock(), longest)
        try:
            async with asyncio.timeout(max(left.total_seconds(), 0)):
                await self._rung.wait()
        except TimeoutError:
            return
        self._rung.clear()
