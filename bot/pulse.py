"""The pulse: how far the event loop lags behind. While it lags, nobody is answered and nothing leaves."""

import asyncio

from desk import metrics
from desk.outage import Halt

EVERY = 0.25  # seconds


class Pulse:
    """The worker that measures."""

    def __init__(self) -> None:
        self._stopping = Halt()

    async def run(self) -> None:
        clock = asyncio.get_running_loop().time
        while not self._stopping:
            wanted = clock() + EVERY
            await self._stopping.wait(EVERY)
            if not self._stopping:
                metrics.LOOP_LAG.observe(max(clock() - wanted, 0.0))

    def stop(self) -> None:
        self._stopping.want()
