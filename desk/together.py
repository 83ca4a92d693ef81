"""Doing at once what many ask for at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Together(Generic[Asked, Answer]):
    """Who asks while it is being done for others goes with the next, and all who wait then go together.

    `act` gives what came of each, in their order; what it raises, each of them gets. Whoever is first in the
    queue does it for all: when they are cancelled over it, the next does it for those who are left.
    """

    def __init__(self, act: Callable[[Sequence[Asked]], Awaitable[Sequence[Answer]]]) -> None:
        self._act = act
        self._turn = asyncio.Lock()
        self._waiting: dict[asyncio.Future[Answer], Asked] = {}

    async def __call__(self, asked: Asked) -> Answer:
        mine: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[mine] = asked
        try:
            async with self._turn:
                if not mine.done():
                    await asyncio.sleep(0)  # who was woken together with us asks now
                    await self._do()
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
        else:
            for one, answer in zip(batch, answers, strict=True):
                one.set_result(answer)
        for one in batch:
            self._waiting.pop(one, None)
