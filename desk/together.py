"""What several want at one time is done at once: one transaction for them all costs little more than for one.

Known as group commit; `desk.submit` claims and settles by it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

W = TypeVar("W")
R = TypeVar("R")


class Together(Generic[W, R]):
    """Does what is wished for: all that has been wished by then at once, and one time after the other.

    `work` gets wishes, the oldest first, and returns what came of each; where it returns less than was wished
    the others wait for its next turn. What goes wrong goes wrong for all that it was done for. What came of
    the wish of somebody who has been cancelled meanwhile goes to `nobody`.
    """

    def __init__(
        self, work: Callable[[Sequence[W]], Awaitable[Sequence[R]]], *, nobody: Callable[[R], None]
    ) -> None:
        self._work = work
        self._nobody = nobody
        self._waiting: list[tuple[W, asyncio.Future[R]]] = []
        self._turns: asyncio.Task[None] | None = None

    async def __call__(self, wish: W) -> R:
        """What came of it. Raises what `work` raises."""
        granted: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((wish, granted))
        if self._turns is None:
            self._turns = asyncio.create_task(self._take_turns())
        return await granted

    async def _take_turns(self) -> None:
        try:
            while self._waiting:
                await self._turn()
        finally:
            self._turns = None

    async def _turn(self) -> None:
        several = self._waiting = [(wish, granted) for wish, granted in self._waiting if not granted.done()]
        if not several:
            return
        try:
            results = await self._work([wish for wish, _ in several])
        except BaseException as error:
            self._waiting = self._waiting[len(several) :]
            for _, granted in several:
                if not granted.done():
                    granted.set_exception(error)
            if not isinstance(error, Exception):
                raise
            return
        self._waiting = self._waiting[len(results) :]
        for (_, granted), result in zip(several, results, strict=False):
            if granted.done():
                self._nobody(result)
            else:
                granted.set_result(result)
