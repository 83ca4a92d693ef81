"""Doing at once what many ask for."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from desk.together import Together


class Act:
    """Doubles numbers, once it may, at most so many at a time; remembers what it was asked for at once."""

    def __init__(self, most: int = 100) -> None:
        self.batches: list[list[int]] = []
        self.ended = 0
        self.begun = asyncio.Event()
        self.may = asyncio.Event()
        self.may.set()
        self.at_the_end: Callable[[], object] = lambda: None
        self._most = most

    async def __call__(self, asked: Sequence[int]) -> list[int]:
        self.batches.append(list(asked))
        self.begun.set()
        await self.may.wait()
        if 13 in asked:
            raise ValueError("13")
        self.ended += 1
        self.at_the_end()
        return [2 * one for one in asked[: self._most]]


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


async def test_those_for_whom_nothing_came_go_with_the_next() -> None:
    act = Act(most=2)
    together = Together(act)
    assert await asyncio.gather(*(together(number) for number in (1, 2, 3))) == [2, 4, 6]
    assert act.batches == [[1, 2, 3], [3]]


async def test_what_breaks_all_of_them_hear_and_the_next_do_not() -> None:
    act = Act()
    together = Together(act)
    results = await asyncio.gather(together(1), together(13), return_exceptions=True)
    assert [type(one) for one in results] == [ValueError, ValueError]
    assert await together(5) == 10


@pytest.mark.parametrize("leaves", [0, 1], ids=["the first", "another"])
async def test_when_one_is_cancelled_the_others_get_theirs(leaves: int) -> None:
    act = Act()
    nobodys: list[int] = []
    together = Together(act, nobody=nobodys.append)
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
    assert nobodys == [2 * (leaves + 1)]
    assert act.batches == [[1, 2, 3]]


async def test_what_nobody_wants_any_more_is_given_up() -> None:
    act = Act()
    together = Together(act)
    act.may.clear()
    tasks = [asyncio.create_task(together(number)) for number in (1, 2)]
    await act.begun.wait()
    for one in tasks:
        one.cancel()
    await asyncio.wait(tasks)
    act.may.set()
    assert await together(3) == 6
    assert (act.batches, act.ended) == ([[1, 2], [3]], 1)


async def test_what_comes_in_the_moment_of_giving_up_is_nobodys() -> None:
    act = Act()
    nobodys: list[int] = []
    together = Together(act, nobody=nobodys.append)
    act.may.clear()
    tasks = [asyncio.create_task(together(number)) for number in (1, 2)]
    await act.begun.wait()
    act.at_the_end = lambda: asyncio.get_running_loop().call_soon(tasks[1].cancel)  # what came is on its way
    act.may.set()
    await asyncio.wait(tasks)
    assert tasks[0].result() == 2
    assert tasks[1].cancelled()
    assert nobodys == [4]
