"""The clock is in UTC; a bell ends a nap early, is never missed, and no nap is without end."""

import asyncio
from datetime import UTC, timedelta

import pytest

from desk import clock
from desk.clock import Bell, utc_now

from .hand_clock import HandClock

HOUR = timedelta(hours=1)


async def naps(bell: Bell, *, until: timedelta | None) -> bool:
    """Whether a nap is still going on when everything that is ready has run."""
    nap = asyncio.create_task(bell.nap(None if until is None else HandClock()() + until))
    await asyncio.wait([nap], timeout=0.02)
    sleeping = not nap.done()
    nap.cancel()
    await asyncio.gather(nap, return_exceptions=True)
    return sleeping


def test_now_is_in_utc() -> None:
    assert utc_now().tzinfo is UTC


@pytest.mark.parametrize("until", [None, HOUR])
async def test_a_ring_ends_the_nap(until: timedelta | None) -> None:
    hand = HandClock()
    bell = Bell(hand)
    nap = asyncio.create_task(bell.nap(None if until is None else hand() + until))
    await asyncio.sleep(0)
    assert not nap.done()
    bell.ring()
    await asyncio.wait_for(nap, 5)


async def test_a_ring_before_the_nap_is_not_missed_and_counts_once() -> None:
    bell = Bell(HandClock())
    bell.ring()
    bell.ring()
    assert not await naps(bell, until=None)
    assert await naps(bell, until=None)


@pytest.mark.parametrize("until", [timedelta(), -HOUR])
async def test_what_is_due_is_not_waited_for(until: timedelta) -> None:
    assert not await naps(Bell(HandClock()), until=until)


@pytest.mark.parametrize("until", [None, HOUR])
async def test_no_nap_is_longer_than_the_longest(
    until: timedelta | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ring may be lost with the process that should have rung; the database is looked at all the same."""
    assert await naps(Bell(HandClock()), until=until)
    monkeypatch.setattr(clock, "LONGEST_NAP", timedelta(milliseconds=1))
    assert not await naps(Bell(HandClock()), until=until)


async def test_a_nap_ends_at_its_time() -> None:
    assert not await naps(Bell(HandClock()), until=timedelta(milliseconds=1))
