"""Whoever comes while one is at work is served with all others who came meanwhile."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from desk.together import Together


class Work:
    """Doubles what it is given, when it is let; at most so many at once."""

    def __init__(self, most: int = 100) -> None:
        self.turns: list[list[int]] = []
        self.over: list[int] = []
        self.may_end = asyncio.Event()
        self.begun = asyncio.Event()
        self.together = Together(self, nobody=self.over.append)
        self.ended = 0
        self.at_the_end: Callable[[], object] = lambda: None
        self._most = most

    async def __call__(self, wishes: Sequence[int]) -> list[int]:
        self.turns.append(list(wishes))
        self.begun.set()
        await self.may_end.wait()
        if 0 in wishes:
            raise ValueError("nothing to double")
        self.ended += 1
        asyncio.get_running_loop().call_soon(self.at_the_end)
        return [2 * wish for wish in wishes[: self._most]]

    def wish(self, *several: int) -> list[asyncio.Task[int]]:
        return [asyncio.create_task(self.together(one)) for one in several]


async def test_what_comes_meanwhile_is_done_together() -> None:
    work = Work()
    first = work.wish(1)
    await work.begun.wait()
    others = work.wish(2, 3)
    work.may_end.set()
    assert await asyncio.gather(*first, *others) == [2, 4, 6]
    assert work.turns == [[1], [2, 3]]
    assert await asyncio.gather(*work.wish(4)) == [8]


async def test_those_for_whom_nothing_came_wait_for_the_next_turn() -> None:
    work = Work(most=2)
    work.may_end.set()
    assert await asyncio.gather(*work.wish(1, 2, 3)) == [2, 4, 6]
    assert work.turns == [[1, 2, 3], [3]]


async def test_what_goes_wrong_goes_wrong_for_all_of_that_turn_and_for_nobody_else() -> None:
    work = Work()
    broken = work.wish(0, 5)
    await work.begun.wait()
    later = work.wish(6)
    work.may_end.set()
    for one in broken:
        with pytest.raises(ValueError, match="nothing to double"):
            await one
    assert await asyncio.gather(*later) == [12]
    assert work.turns == [[0, 5], [6]]


async def test_what_came_of_a_wish_that_was_given_up_goes_to_nobody() -> None:
    work = Work()
    (given_up, kept) = work.wish(1, 2)
    await work.begun.wait()
    (early,) = work.wish(3)
    await asyncio.sleep(0)
    for one in (given_up, early):
        one.cancel()
    await asyncio.wait({given_up, early})
    work.may_end.set()
    assert await kept == 4
    assert work.over == [2]
    assert 3 not in {wish for turn in work.turns for wish in turn}


async def test_what_nobody_wants_any_more_is_cut_off_and_who_comes_then_is_served() -> None:
    work = Work()
    several = work.wish(1, 2)
    await work.begun.wait()
    for one in several:
        one.cancel()
    await asyncio.wait(several)
    late = work.wish(3)
    work.may_end.set()
    assert await asyncio.gather(*late) == [6]
    assert (work.turns, work.ended, work.over) == ([[1, 2], [3]], 1, [])


async def test_what_came_in_the_moment_of_giving_up_goes_to_nobody() -> None:
    work = Work()
    (one,) = work.wish(1)
    await work.begun.wait()
    work.at_the_end = one.cancel  # before it has heard of what came
    work.may_end.set()
    await asyncio.wait({one})
    assert one.cancelled()
    assert work.over == [2]
