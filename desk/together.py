"""What several want at one time is done at once: a transaction for all costs little more than one for one.

Known as group commit: docs/decisions/0045-claims-together.md.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


def _forget(_: object) -> None:
    """What comes of it concerns nobody but whoever asked."""


class Together(Generic[Asked, Answer]):
    """Who asks while it is being done for others goes with the next, and all who wait then go together.

    `act` gets what was asked, the oldest first, and gives what came of each; where it gives less, the others
    go with the next. What it raises, each of them gets. Whoever is first in the queue does it for all: when
    they are cancelled over it, the next does it for those who are left, and when all are it is given up. What
    came of it for somebody who has been cancelled meanwhile goes to `nobody`.
    """

    def __init__(
        self,
        act: Callable[[Sequence[Asked]], Awaitable[Sequence[Answer]]],
        *,
        nobody: Callable[[Answer], None] = _forget,
    ) -> None:
        self._act = act
        self._nobody = nobody
        self._turn = asyncio.Lock()
        self._waiting: dict[asyncio.Future[Answer], Asked] = {}

    async def __call__(self, asked: Asked) -> Answer:
        """What came of it. Raises what `act` raises."""
        mine: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[mine] = asked
        try:
            async with self._turn:
                while not mine.done():
                    await asyncio.sleep(0)  # who was woken together with us asks now
                    await self._do()
        except asyncio.CancelledError:
            if mine.done() and mine.exception() is None:
                self._nobody(mine.result())
            raise
        finally:
            self._waiting.pop(mine, None)
        return mine.result()

    async def _do(self) -> None:
        batch = dict(self._waiting)
        try:
            answers = await self._act(list(batch.values()))
        except Exception as error:  # noqa: BLE001 - for those who asked
            for one in batch.keys() & self._waiting.keys():  # nobody else hears of it
                one.set_exception(error)
                del self._waiting[one]
            return
        for one, answer in zip(batch, answers, strict=False):
            if self._waiting.pop(one, None) is None:
                self._nobody(answer)
            else:
                one.set_result(answer)
