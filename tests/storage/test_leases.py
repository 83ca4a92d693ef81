"""Leases: one holder at a time, under a fence that only grows, by one clock."""

from datetime import timedelta

import pytest

from storage import leases
from storage.db import Database
from storage.leases import FACE, LENGTH, REST, Lease
from storage.schema import leases as table

from .seeds import NOON, add_account, rows

A, B = "replica a", "replica b"
SECOND = timedelta(seconds=1)


async def take(database: Database, owner: str, after: timedelta = timedelta()) -> list[Lease]:
    """All that is free, by this owner so long after noon."""
    async with database.write() as tx:
        return await leases.take(tx, await leases.free(tx, NOON + after), owner, NOON + after)


async def renew(database: Database, owner: str, after: timedelta) -> list[Lease]:
    async with database.write() as tx:
        return await leases.renew(tx, owner, NOON + after)


async def counted(database: Database, lease: Lease) -> int | None:
    async with database.write() as tx:
        return await leases.commit(tx, lease)


async def test_there_is_one_lease_an_account_and_one_for_the_face(database: Database) -> None:
    async with database.write() as tx:
        account = await add_account(tx)
    taken = await take(database, A)
    assert [(one.name, one.account_id) for one in taken] == [
        (FACE, None),
        (f"account:{account.id}", account.id),
    ]
    async with database.write() as tx:
        await add_account(tx, name="second")
    assert [one.account_id for one in await take(database, A)] == [account.id + 1]


async def test_who_has_it_keeps_it(database: Database) -> None:
    (first,) = await take(database, A)
    assert await take(database, B, LENGTH - SECOND) == []
    assert await renew(database, A, LENGTH - SECOND) == [first]
    assert await take(database, B, 2 * LENGTH - 2 * SECOND) == []


async def test_what_is_not_renewed_goes_to_others_under_a_higher_fence(database: Database) -> None:
    (first,) = await take(database, A)
    (second,) = await take(database, B, LENGTH)
    assert (first.fence, second.fence) == (1, 2)
    assert await renew(database, A, LENGTH) == []  # and does not come back
    assert await take(database, A, LENGTH) == []
    assert await counted(database, first) is None
    assert await counted(database, second) == 1


async def test_a_late_renewal_is_good_while_nobody_else_came(database: Database) -> None:
    (first,) = await take(database, A)
    assert await renew(database, A, 3 * LENGTH) == [first]


async def test_what_is_given_back_rests_and_is_free(database: Database) -> None:
    (first,) = await take(database, A)
    async with database.write() as tx:
        await leases.release(tx, A, NOON)
    assert await counted(database, first) is None
    assert await take(database, B, REST - timedelta(microseconds=1)) == []
    (second,) = await take(database, B, REST)
    assert second.fence == first.fence + 1


async def test_each_commit_is_counted_and_the_count_survives_a_change_of_hands(database: Database) -> None:
    (first,) = await take(database, A)
    assert [await counted(database, first) for _ in range(3)] == [1, 2, 3]
    (second,) = await take(database, B, LENGTH)
    assert await counted(database, second) == 4


@pytest.mark.parametrize("stranger", [{"owner": B}, {"fence": 0}, {"fence": 2}, {"name": "account:9"}])
async def test_nobody_else_commits_under_it(database: Database, stranger: dict[str, object]) -> None:
    (first,) = await take(database, A)
    like = {"name": first.name, "owner": first.owner, "fence": first.fence} | stranger
    assert await counted(database, Lease(**like)) is None  # type: ignore[arg-type]
    assert [row.commits for row in await rows(database, table)] == [0]


async def test_a_file_that_is_ours_alone_has_no_other_living_holder(database: Database) -> None:
    await take(database, A)
    async with database.write() as tx:
        await leases.release_of_the_dead(tx, NOON)
    second = await take(database, B)
    assert [one.fence for one in second] == ([2] if database.is_sqlite else [])


async def test_times_are_those_of_the_database_where_it_has_a_clock(database: Database) -> None:
    async with database.read() as tx:
        now = await leases.time(tx, NOON)
    assert (now == NOON) == database.is_sqlite
    assert now.tzinfo is not None
