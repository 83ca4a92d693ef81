"""Doing at once what many ask for."""

import asyncio
from collections.abc import Sequence

import pytest

from desk.together import Together


class Act:
    """Doubles numbers, once it may; remembers what it was asked for at once."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun = asyncio.Event()
        self.may = asyncio.Event()
        self.may.set()

    async def __call__(self, asked: Sequence[int]) -> list[int]:
        self.batches.append(list(asked))
        self.begun.set()
        await self.may.wait()
        if 13 in asked:
            raise ValueError("13")
        return [2 * one for one in asked]


async def test_those_who_ask_at_the_same_time_go_together_and_each_gets_its_own() -> None:
    act = Act()
    together = Together(act)
    assert await asyncio.gather(*(together(number) for number in range(4))) == [0, 2, 4, 6]
    assert act.batches == [[0, 1, 2, 3]]


async def test_who_comes_meanwhile_goes_with_the_next() -> None:
    act = Act()
    together = Together(act)
    act.may.clear()
    first = asyncio.create_task(together(1))
    await act.begun.wait()
    rest = [asyncio.create_task(together(number)) for number in (2, 3)]
    await asyncio.sleep(0)
    act.may.set()
    assert await asyncio.gather(first, *rest) == [2, 4, 6]
    assert act.batches == [[1], [2, 3]]


async def test_what_breaks_all_of_them_hear_and_the_next_do_not() -> None:
    act = Act()
    together = Together(act)
    results = await asyncio.gather(together(1), together(13), return_exceptions=True)
    assert [type(one) for one in results] == [ValueError, ValueError]
    assert await together(5) == 10


@pytest.mark.parametrize("leaves", [0, 1], ids=["who does it", "who waits"])
async def test_when_one_is_cancelled_the_others_get_theirs(leaves: int) -> None:
    act = Act()
    together = Together(act)
    act.may.clear()
    tasks = [asyncio.create_task(together(number)) for number in (1, 2, 3)]
    await act.begun.wait()
    tasks[leaves].cancel()
    with pytest.raises(asyncio.CancelledError):
        await tasks[leaves]
    act.may.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [one for one in results if isinstance(one, int)] == [
        2 * one for one in (1, 2, 3) if one != leaves + 1
    ]
