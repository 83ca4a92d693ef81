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
    the others wait for its next turn. What goes wrong goes wrong for all that it was done for. When all who
    wanted it have been cancelled it is cancelled; where only some have, what came of their wishes goes to
    `nobody`.
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
        try:
            return await granted
        except asyncio.CancelledError:
            if _came_to_something(granted):
                self._nobody(granted.result())
            elif self._turns is not None and all(one.done() for _, one in self._waiting):
                self._turns.cancel()  # nobody wants it any more
            raise

    async def _take_turns(self) -> None:
        try:
            while self._waiting:
                await self._turn()
        finally:
            self._turns = asyncio.create_task(self._take_turns()) if self._waiting else None

    async def _turn(self) -> None:
        self._waiting = [(wish, granted) for wish, granted in self._waiting if not granted.done()]
        several = [wish for wish, _ in self._waiting]
        try:
            results = await self._work(several) if several else []
        except Exception as error:  # noqa: BLE001 - it goes to everybody it was done for
            self._refuse(len(several), error)
        except asyncio.CancelledError as error:
            self._refuse(len(several), error)
            raise
        else:
            self._grant(results)

    def _refuse(self, count: int, error: BaseException) -> None:
        several, self._waiting = self._waiting[:count], self._waiting[count:]
        for _, granted in several:
            if not granted.done():
                granted.set_exception(error)

    def _grant(self, results: Sequence[R]) -> None:
        several, self._waiting = self._waiting[: len(results)], self._waiting[len(results) :]
        for (_, granted), result in zip(several, results, strict=True):
            if granted.done():
                self._nobody(result)
            else:
                granted.set_result(result)


def _came_to_something(granted: "asyncio.Future[R]") -> bool:
    return granted.done() and not granted.cancelled() and granted.exception() is None
