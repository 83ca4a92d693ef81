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
    go with the next. What it raises, each of them gets. When all for whom it is being done are cancelled it
    is given up; where only some are, what came of it for them goes to `nobody`.
    """

    def __init__(
        self,
        act: Callable[[Sequence[Asked]], Awaitable[Sequence[Answer]]],
        *,
        nobody: Callable[[Answer], None] = _forget,
    ) -> None:
        self._act = act
        self._nobody = nobody
        self._waiting: list[tuple[Asked, asyncio.Future[Answer]]] = []
        # Not done by whoever is first: all are to hear of it at once, and ask for more together.
        self._turns: asyncio.Task[None] | None = None

    async def __call__(self, asked: Asked) -> Answer:
        """What came of it. Raises what `act` raises."""
        mine: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, mine))
        if self._turns is None:
            self._turns = asyncio.create_task(self._take_turns())
        try:
            return await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled() and mine.exception() is None:
                self._nobody(mine.result())
            elif self._turns is not None and all(one.done() for _, one in self._waiting):
                self._turns.cancel()
            raise

    async def _take_turns(self) -> None:
        try:
            while self._waiting:
                await self._turn()
        finally:  # whoever came when it was being given up begins anew
            self._turns = asyncio.create_task(self._take_turns()) if self._waiting else None

    async def _turn(self) -> None:
        self._waiting = [(asked, one) for asked, one in self._waiting if not one.done()]
        batch = [asked for asked, _ in self._waiting]
        try:
            answers = await self._act(batch) if batch else []
        except asyncio.CancelledError as error:
            self._refuse(len(batch), error)
            raise
        except Exception as error:  # noqa: BLE001 - for those who asked
            self._refuse(len(batch), error)
        else:
            self._grant(answers)

    def _refuse(self, count: int, error: BaseException) -> None:
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        for _, one in batch:
            if not one.done():
                one.set_exception(error)

    def _grant(self, answers: Sequence[Answer]) -> None:
        batch, self._waiting = self._waiting[: len(answers)], self._waiting[len(answers) :]
        for (_, one), answer in zip(batch, answers, strict=True):
            if one.done():
                self._nobody(answer)
            else:
                one.set_result(answer)
