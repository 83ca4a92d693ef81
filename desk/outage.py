"""What workers do while the database cannot be used: nothing, and they look again a little later.

Nothing is sent and nothing is acknowledged meanwhile, as either begins with a commit.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import structlog

from storage.outage import Unavailable

log = structlog.get_logger(__name__)

PAUSE = 3.0  # seconds

T = TypeVar("T")


class Halt:
    """A wish to stop that ends a rest early."""

    def __init__(self) -> None:
        self._wanted = asyncio.Event()

    def __bool__(self) -> bool:
        return self._wanted.is_set()

    def want(self) -> None:
        self._wanted.set()

    async def rest(self, worker: str, error: Unavailable) -> None:
        """Say what is wrong, and wait before the next try."""
        log.warning("the database cannot be used", worker=worker, error=str(error))
        await self.wait(PAUSE)

    async def wait(self, seconds: float) -> None:
        """So long, or until it is wanted."""
        try:
            async with asyncio.timeout(seconds):
                await self._wanted.wait()
        except TimeoutError:
            return

    async def persist(self, worker: str, write: Callable[[], Awaitable[None]]) -> bool:
        """Write down what has happened outside and cannot be undone, however long the database takes nothing.

        After a wish to stop it is tried once more. False: it could not be written.
        """
        while True:
            last = bool(self)
            try:
                await write()
            except Unavailable as error:
                if last:
                    return False
                await self.rest(worker, error)
            else:
                return True


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Await something that must not be left half done: a cancel meanwhile is obeyed when it is over."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as wish:
            cancelled = wish
    if cancelled is not None:
        raise cancelled from task.exception()
    return task.result()
