"""The durable inbox: stored once, handled once, in order within a lane, and empty of secrets afterwards."""

import asyncio
from datetime import timedelta

import pytest

from storage import updates
from storage.db import Database
from storage.schema import updates as table
from storage.updates import Foremost, StoredUpdate

from .seeds import NOON, rows

A, B = 11, -22  # lanes


def update(number: int, lane: int = A, sealed: str = "sealed") -> StoredUpdate:
    return StoredUpdate(id=number, lane=lane, sealed=sealed)


async def store(database: Database, *batch: StoredUpdate, after: int = 0) -> None:
    async with database.write() as tx:
        await updates.store(tx, batch, NOON + timedelta(seconds=after))


async def take(database: Database, number: int) -> bool:
    async with database.write() as tx:
        return await updates.take(tx, number)


async def first(database: Database, lane: int) -> int | None:
    async with database.read() as tx:
        found = await updates.first(tx, lane)
    return None if found is None else found.id


async def test_storing_again_changes_nothing(database: Database) -> None:
    await store(database, update(1), update(2))
    assert await take(database, 1)
    before = await rows(database, table)
    await store(database, update(1, sealed="again"), update(2, lane=B, sealed="again"), after=60)
    assert await rows(database, table) == before
    assert await first(database, A) == 2
    assert await first(database, B) is None


async def test_new_ones_of_a_batch_are_stored_beside_known_ones(database: Database) -> None:
    await store(database, update(1))
    await store(database, update(1), update(2), update(3))
    assert [row.id for row in await rows(database, table)] == [1, 2, 3]
    await store(database)


async def test_an_update_is_taken_by_one(database: Database) -> None:
    await store(database, update(1))
    taken = await asyncio.gather(*(take(database, 1) for _ in range(8)))
    assert sorted(taken) == [False] * 7 + [True]
    assert not await take(database, 404)


async def test_an_effect_that_fails_leaves_the_update_to_be_taken(database: Database) -> None:
    await store(database, update(1))

    async def fail() -> None:
        async with database.write() as tx:
            assert await updates.take(tx, 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await first(database, A) == 1
    assert await take(database, 1)


async def test_of_each_lane_the_first_is_found_and_whether_more_wait_behind_it(database: Database) -> None:
    await store(database, update(2), update(5, lane=B, sealed="other"))
    await store(database, update(1), after=1)
    async with database.read() as tx:
        assert await updates.foremost(tx) == [
            Foremost(update=update(2), more=True),
            Foremost(update=update(5, lane=B, sealed="other"), more=False),
        ]
    assert await take(database, 2)
    assert await take(database, 5)
    async with database.read() as tx:
        assert await updates.foremost(tx) == [Foremost(update=update(1), more=False)]


async def test_a_lane_keeps_its_order_and_holds_up_no_other(database: Database) -> None:
    await store(database, update(2), update(5, lane=B))
    await store(database, update(1), update(9), after=1)  # numbers restart: what came first goes first
    async with database.read() as tx:
        assert sorted(await updates.lanes(tx, [])) == [B, A]
        assert await updates.lanes(tx, [A]) == [B]
        assert await updates.lanes(tx, [A, B]) == []
    order = []
    while (number := await first(database, A)) is not None:
        order.append(number)
        assert await take(database, number)
    assert order == [2, 1, 9]
    async with database.read() as tx:
        assert await updates.lanes(tx, []) == [B]


async def test_a_clock_that_is_set_back_does_not_turn_a_lane_round(database: Database) -> None:
    await store(database, update(2))
    await store(database, update(1), after=-3600)
    assert await first(database, A) == 2
    assert await take(database, 2)
    assert await first(database, A) == 1


async def test_what_was_sealed_comes_back_until_it_is_handled(database: Database) -> None:
    await store(database, update(1, sealed="secret-1"), update(2, sealed="secret-2"))
    async with database.read() as tx:
        assert await updates.first(tx, A) == update(1, sealed="secret-1")
    assert await take(database, 1)
    async with database.write() as tx:
        assert await updates.park(tx, 2, "incident-7")
    assert [(row.id, row.state, row.sealed, row.incident) for row in await rows(database, table)] == [
        (1, "handled", "", None),
        (2, "failed", "", "incident-7"),
    ]


async def test_a_parked_update_holds_up_nobody(database: Database) -> None:
    await store(database, update(1), update(2))
    async with database.write() as tx:
        assert await updates.park(tx, 1, "incident-7")
        assert not await updates.park(tx, 1, "incident-8")
    assert not await take(database, 1)
    assert await first(database, A) == 2
    assert await take(database, 2)
    async with database.write() as tx:
        assert not await updates.park(tx, 2, "incident-9")


async def test_old_handled_updates_are_forgotten_and_waiting_ones_never(database: Database) -> None:
    await store(database, update(1), update(2), update(3))
    assert await take(database, 1)
    async with database.write() as tx:
        await updates.park(tx, 2, "incident-7")
        await updates.forget(tx, NOON)
    assert [row.id for row in await rows(database, table)] == [1, 2, 3]
    async with database.write() as tx:
        await updates.forget(tx, NOON + timedelta(seconds=1))
    assert [row.id for row in await rows(database, table)] == [3]
