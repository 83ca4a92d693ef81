"""Statements cross to SQLite's thread once, bring what they found, and leave no transaction open."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
import sqlalchemy as sa

from storage import crossings
from storage.db import Database, open_database
from storage.schema import account_chats

MANY = 2 * crossings.AT_ONCE + 1


@pytest.fixture
def crossed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What went to the thread."""
    found: list[str] = []
    crossing = aiosqlite.Connection._execute

    async def count(self: aiosqlite.Connection, what: Callable[..., Any], *args: Any, **rest: Any) -> Any:
        found.append(getattr(what, "__name__", repr(what)))
        return await crossing(self, what, *args, **rest)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(aiosqlite.Connection, "_execute", count)
    return found


async def filled(database: Database, rows: int = MANY) -> None:
    async with database.write() as tx:
        await tx.exec_driver_sql("CREATE TABLE n (n INTEGER NOT NULL)")
        await tx.exec_driver_sql("INSERT INTO n VALUES (?)", [(number,) for number in range(rows)])


async def test_a_read_crosses_to_begin_to_look_and_to_end(path: Path, crossed: list[str]) -> None:
    async with open_database(path) as database:
        async with database.read() as tx:  # which connects
            await tx.scalar(sa.select(sa.func.count()).select_from(account_chats))
        crossed.clear()
        async with database.read() as tx:
            await tx.scalar(sa.select(sa.func.count()).select_from(account_chats))
        assert len(crossed) == 3


async def test_a_read_that_looked_at_nothing_crosses_nowhere(path: Path, crossed: list[str]) -> None:
    async with open_database(path) as database:
        async with database.read():
            pass
        crossed.clear()
        async with database.read():
            pass
        assert crossed == []


async def test_more_rows_than_come_at_once_all_come(path: Path) -> None:
    async with open_database(path) as database:
        await filled(database)
        async with database.read() as tx:
            all_at_once = (await tx.execute(sa.text("SELECT n FROM n ORDER BY n"))).scalars().all()
            streamed = [n async for (n,) in await tx.stream(sa.text("SELECT n FROM n ORDER BY n"))]
            by_hand = await tx.stream(sa.text("SELECT n FROM n ORDER BY n"))
            first, then = await by_hand.fetchone(), await by_hand.fetchmany(crossings.AT_ONCE)
            await by_hand.close()
    assert all_at_once == streamed == list(range(MANY))
    assert first == (0,)
    assert [n for (n,) in then] == list(range(1, crossings.AT_ONCE + 1))


async def test_a_stream_that_was_broken_off_holds_nothing_whoever_keeps_it(path: Path) -> None:
    async with open_database(path) as database:
        await filled(database)
        async with database.read() as tx:
            kept = await tx.stream(sa.text("SELECT n FROM n ORDER BY n"))
            assert await kept.fetchone() == (0,)
        async with database.write() as tx:
            await tx.exec_driver_sql("DELETE FROM n")
        await database.settle()
        assert database.settled


async def test_who_goes_away_in_the_midst_of_a_write_leaves_no_lock_whoever_keeps_the_traceback(
    path: Path,
) -> None:
    async with open_database(path) as database:
        await filled(database)
        kept: list[object] = []

        async def write() -> None:
            async with database.write() as tx:
                await tx.exec_driver_sql("INSERT INTO n VALUES (?)", (MANY,))
                await tx.exec_driver_sql("SELECT n FROM n ORDER BY n")

        for steps in range(40):
            writing = asyncio.create_task(write())
            for _ in range(steps):
                await asyncio.sleep(0)
            writing.cancel()
            kept += await asyncio.gather(writing, return_exceptions=True)
            async with database.write() as tx:
                await tx.exec_driver_sql("DELETE FROM n WHERE n = ?", (MANY,))
        await database.settle()
        assert database.settled


async def test_a_change_says_how_many_rows_it_met_whether_or_not_it_returns_them(path: Path) -> None:
    async with open_database(path) as database:
        await filled(database)
        async with database.write() as tx:
            changed = await tx.execute(sa.text("UPDATE n SET n = n + 1 WHERE n < 5"))
            returned = await tx.execute(sa.text("UPDATE n SET n = n + 1 RETURNING n"))
            assert changed.rowcount == 5
            assert len(returned.all()) == MANY


@pytest.mark.parametrize("begin", ["BEGIN", "BEGIN IMMEDIATE"])
async def test_who_goes_away_while_a_transaction_begins_leaves_none_open(path: Path, begin: str) -> None:
    connection = await crossings.connect(str(path), busy=1)
    sqlite = connection._conn
    sqlite.isolation_level = None
    beginning = asyncio.create_task(connection.cursor().execute(begin))
    await asyncio.sleep(0)  # it is on its way to the thread
    beginning.cancel()
    with pytest.raises(asyncio.CancelledError):
        await beginning
    await connection.rollback()
    assert not sqlite.in_transaction
    await connection.cursor().execute("BEGIN IMMEDIATE")
    await connection.close()


async def test_a_failed_statement_says_so_and_the_next_one_works(path: Path) -> None:
    connection = await crossings.connect(str(path), busy=1)
    cursor = connection.cursor()
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await cursor.execute("SELECT * FROM nowhere")
    await cursor.execute("SELECT ?", (7,))
    assert await cursor.fetchone() == (7,)
    assert await cursor.fetchone() is None
    await connection.close()
