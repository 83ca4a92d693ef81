"""SQLite's thread, crossed once a statement.

SQLite blocks, so `aiosqlite` gives each connection a thread. To get there and back costs more than most of
our statements do, and aiosqlite goes four times for one SELECT: to make a cursor, to execute, to fetch, to
close it. Here it goes once; and not at all for the ROLLBACK with which the pool of SQLAlchemy receives a
connection whose transaction has ended. What that gains: docs/decisions/0041-crossings.md.

What SQLAlchemy asks of a driver is `sqlalchemy.connectors.asyncio.AsyncIODBAPIConnection`.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Self, TypeVar

import aiosqlite

AT_ONCE = 1000  # rows that come back with the statement; only what is longer is fetched in further crossings

Row = tuple[Any, ...]
T = TypeVar("T")


async def connect(database: str, busy: float) -> "Connection":
    """A connection to a file, with a thread of its own. `busy`: seconds to wait for a lock of others."""
    connector = partial(sqlite3.connect, database, timeout=busy, check_same_thread=False)
    made = Connection(connector, iter_chunk_size=AT_ONCE)
    made._thread.daemon = True  # as SQLAlchemy has it: nobody waits for it when all ends
    await made
    return made


class Connection(aiosqlite.Connection):
    """An aiosqlite connection whose cursors are ours."""

    _forsaken = False  # somebody went away while the thread was at work, and knows not what came of it

    def __init__(self, connector: Callable[[], sqlite3.Connection], iter_chunk_size: int) -> None:
        super().__init__(connector, iter_chunk_size)
        self.unread: set[sqlite3.Cursor] = set()  # each holds the moment at which its transaction reads

    def cursor(self) -> "Cursor":  # type: ignore[override]  # theirs has to be waited for
        return Cursor(self)

    async def in_thread(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            found: T = await self._execute(work, self._conn)  # type: ignore[no-untyped-call]
        except asyncio.CancelledError:
            self._forsaken = True
            raise
        return found

    async def rollback(self) -> None:
        """Nothing, where no transaction can be open."""
        if self._forsaken or self.unread or self._conn.in_transaction:
            await self.in_thread(self._end_all)
            self._forsaken = False

    async def close(self) -> None:
        if self._connection is not None:
            await self.in_thread(self._end_all)
        await super().close()

    def stop(self) -> asyncio.Future[Any] | None:
        if (sqlite := self._connection) is not None:
            self._tx.put_nowait((None, lambda: self._end_all(sqlite)))
        return super().stop()

    def _end_all(self, sqlite: sqlite3.Connection) -> None:
        # Where somebody holds a cursor that has more rows, as the traceback of a cancelled one does, neither
        # a ROLLBACK nor closing the connection ends what it reads, or locks.
        while self.unread:
            self.unread.pop().close()
        sqlite.rollback()


class Cursor:
    """A statement and what is left of its rows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._open: sqlite3.Cursor | None = None  # it has more rows than came at once
        self._rows: list[Row] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        await self._connection.in_thread(lambda sqlite: self._take(sqlite.execute(sql, parameters)))
        return self

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> Self:
        await self._connection.in_thread(lambda sqlite: self._take(sqlite.executemany(sql, parameters)))
        return self

    async def fetchall(self) -> list[Row]:
        rows, self._rows = self._rows, []
        return rows + await self._fetch(None)

    async def fetchmany(self, size: int | None = None) -> list[Row]:
        size = size or self.arraysize
        if len(self._rows) < size:
            self._rows += await self._fetch(max(size, AT_ONCE))
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    async def fetchone(self) -> Row | None:
        return next(iter(await self.fetchmany(1)), None)

    async def close(self) -> None:
        self._rows = []
        if (cursor := self._open) is not None:
            await self._connection.in_thread(lambda _: self._end(cursor))

    async def _fetch(self, size: int | None) -> list[Row]:
        """So many more rows, or all."""
        if (cursor := self._open) is None:
            return []
        return await self._connection.in_thread(lambda _: self._further(cursor, size))

    # In the thread:

    def _take(self, cursor: sqlite3.Cursor) -> None:
        self.description = cursor.description
        self.lastrowid = cursor.lastrowid
        self._open = cursor
        self._connection.unread.add(cursor)
        self._rows = self._further(cursor, AT_ONCE)

    def _further(self, cursor: sqlite3.Cursor, size: int | None) -> list[Row]:
        rows: list[Row] = cursor.fetchall() if size is None else cursor.fetchmany(size)
        self.rowcount = cursor.rowcount
        if size is None or len(rows) < size:
            self._end(cursor)
        return rows

    def _end(self, cursor: sqlite3.Cursor) -> None:
        cursor.close()
        self._connection.unread.discard(cursor)
        self._open = None
