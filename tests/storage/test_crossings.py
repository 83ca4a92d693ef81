"""Statements cross to SQLite's thread once or not at all, bring what they found, leave nothing open."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
import sqlalchemy as sa

from storage import crossings, queues
from storage.crossings import KEYS, Length, length
from storage.db import Database, open_database
from storage.schema import account_chats, leases, metadata
from storage.sqlite import CONNECTIONS

from .seeds import NOON, begin

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


async def test_a_short_read_crosses_nowhere_and_a_short_write_to_commit(
    path: Path, crossed: list[str]
) -> None:
    async with open_database(path) as database:
        for _ in range(2):  # the first connects
            crossed.clear()
            async with database.read() as tx:
                await tx.scalar(sa.select(sa.func.count()).select_from(account_chats))
        assert crossed == []
        async with database.write() as tx:
            await tx.execute(leases.insert().values(name="n", fence=0, commits=0, until=NOON))
        assert crossed == ["commit"]


async def test_what_takes_long_goes_to_the_thread_and_harms_no_transaction(
    path: Path, crossed: list[str]
) -> None:
    long = sa.text("SELECT count(*) FROM n a JOIN n b ON a.n < b.n")
    async with open_database(path) as database:
        await filled(database)
        async with database.write() as tx:
            await tx.execute(leases.insert().values(name="n", fence=0, commits=0, until=NOON))
            for _ in range(2):
                crossed.clear()
                assert await tx.scalar(long) == MANY * (MANY - 1) // 2
                assert len(crossed) == 1
        async with database.read() as tx:
            assert await tx.scalar(sa.select(leases.c.name)) == "n"


async def test_what_is_short_stays_short_however_often_it_is_asked(path: Path, crossed: list[str]) -> None:
    """SQLite counts the steps of a statement over all its executions."""
    async with open_database(path) as database:
        await filled(database, rows=100)
        async with database.read() as tx:
            crossed.clear()
            for _ in range(crossings.STEPS // 20):
                assert await tx.scalar(sa.text("SELECT count(*) FROM n WHERE n >= 0")) == 100
            assert crossed == []


async def test_many_who_ask_at_once_open_connections_for_once(path: Path, crossed: list[str]) -> None:
    async def ask(database: Database) -> None:
        async with database.read() as tx:
            await tx.scalar(sa.select(sa.func.count()).select_from(account_chats))

    async with open_database(path) as database:
        for _ in range(2):
            crossed.clear()
            await asyncio.gather(*(ask(database) for _ in range(10 * CONNECTIONS)))
        assert crossed == []


async def test_who_waits_for_another_process_to_write_holds_up_nobody(path: Path, crossed: list[str]) -> None:
    async def write(database: Database, name: str) -> None:
        async with database.write() as tx:
            await tx.execute(leases.insert().values(name=name, fence=0, commits=0, until=NOON))

    async with open_database(path) as database:
        await write(database, "first")  # which connects
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        crossed.clear()
        async with asyncio.timeout(5), asyncio.TaskGroup() as group:
            writing = group.create_task(write(database, "second"))
            while not crossed:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0)
            assert not writing.done()
            other.execute("ROLLBACK")
        other.close()


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("UPDATE outbox SET state=? WHERE outbox.id IN (?)", Length.ONE_ROW),
        ("UPDATE updates SET sealed=?, state=? WHERE updates.id = ? AND updates.state = ?", Length.ONE_ROW),
        ("INSERT INTO outbox (chat_id, kind) VALUES (?, ?) RETURNING id", Length.ONE_ROW),
        ("UPDATE cards SET wanted=(cards.wanted + ?) WHERE cards.campaign_id = ?", Length.ONE_ROW),
        (
            "UPDATE cards SET shown=CASE WHEN (cards.shown = ?) THEN ? ELSE cards.shown END, due_at=?"
            " WHERE cards.campaign_id = ?",
            Length.ONE_ROW,
        ),
        ("UPDATE buttons SET used_at=? WHERE buttons.token = ? AND buttons.used_at IS NULL", Length.ONE_ROW),
        ("UPDATE drafts SET state=? WHERE drafts.campaign_id = ?", Length.LONG),
        ("UPDATE buttons SET used_at=? WHERE buttons.person_id = ?", Length.LONG),
        ("INSERT INTO updates (id, lane) VALUES (?, ?) ON CONFLICT DO NOTHING", Length.ONE_ROW),
        ("UPDATE outbox SET state=? WHERE outbox.id IN (?, ?)", Length.LONG),
        ("UPDATE outbox SET state=? WHERE outbox.state = ?", Length.LONG),
        ("UPDATE n SET n=? WHERE m.id = ?", Length.LONG),
        ("UPDATE n SET n=? WHERE n.id = ? OR n.n = ?", Length.LONG),
        ("UPDATE n SET n=(SELECT max(n) FROM n) WHERE n.id = ?", Length.LONG),
        ("INSERT INTO n (n) SELECT n FROM m", Length.LONG),
        ("INSERT INTO n (n) VALUES (?), (?)", Length.LONG),
        (
            "UPDATE m SET s=?, t=(m.t + ?), a=coalesce(m.a, ?) WHERE m.id IN"
            " (SELECT e.value FROM json_each(?) AS e)",
            Length.LIST,
        ),
        (
            "INSERT INTO m (i, n) SELECT ? AS a, e.value FROM (SELECT f.value AS value"
            " FROM json_each(?) AS f) AS e WHERE 1 = 1 ON CONFLICT DO NOTHING RETURNING n",
            Length.LIST,
        ),
        (
            'INSERT INTO m (i, n)\n SELECT e.value, e.id \nFROM (SELECT CAST(f."key" AS INTEGER) AS id,'
            " CAST(f.value AS INTEGER) AS value \nFROM json_each(?) AS f) AS e",
            Length.LIST,
        ),
        (
            "UPDATE m SET s=(SELECT a.s FROM a WHERE a.m = m.id AND a.live) WHERE m.id IN"
            " (SELECT e.value FROM json_each(?) AS e)",
            Length.LIST,
        ),
        (
            "UPDATE m SET s=(SELECT max(a.s) FROM a) WHERE m.id IN (SELECT e.value FROM json_each(?) AS e)",
            Length.LONG,
        ),
        (
            "UPDATE m SET s=(SELECT a.s FROM a WHERE a.live) WHERE m.id IN"
            " (SELECT e.value FROM json_each(?) AS e)",
            Length.LONG,
        ),
        ("UPDATE m SET s=? WHERE m.n IN (SELECT e.value FROM json_each(?) AS e)", Length.LONG),
        ("UPDATE m SET s=? WHERE m.id IN (SELECT e.value FROM json_each(?) AS e, n)", Length.LONG),
        ("UPDATE m SET s=? WHERE m.id NOT IN (SELECT e.value FROM json_each(?) AS e)", Length.LONG),
        (
            "INSERT INTO m (n) SELECT e.value FROM n, (SELECT f.value FROM json_each(?) AS f) AS e",
            Length.LONG,
        ),
        ("DELETE FROM n WHERE n.id = ?", Length.LONG),
        ("SELECT n FROM n", Length.UNKNOWN),
        ("WITH m AS (SELECT 1) SELECT * FROM m", Length.LONG),
    ],
)
def test_only_what_is_short_by_its_text_is_taken_for_short(sql: str, kind: Length) -> None:
    assert length(sql) is kind


@pytest.mark.parametrize("count", [1, 100])
async def test_a_claim_crosses_to_commit_and_where_it_is_long(
    path: Path, crossed: list[str], count: int
) -> None:
    async with open_database(path) as database:
        account_id, _ = await begin(database, count)
        crossed.clear()
        async with database.write() as tx:
            claimed = await queues.claim(tx, account_id, limit=count, ref="r-1", now=NOON)
        assert claimed is not None
        assert len(claimed.messages) == count
        assert (crossed[: crossed.index("commit")] == []) is (count == 1)


def test_what_is_taken_for_a_key_is_one() -> None:
    """One row has it, and no other."""
    for table in metadata.tables.values():
        keys = [column.name for column in table.primary_key]
        if "id" in table.c:
            assert keys == ["id"]
            assert table.name not in KEYS
        elif table.name in KEYS:
            assert keys == [KEYS[table.name]]


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
