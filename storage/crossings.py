"""SQLite's thread, crossed once a statement.

SQLite blocks, so `aiosqlite` gives each connection a thread. To get there and back costs more than most of
our statements do, and aiosqlite goes four times for one SELECT: to make a cursor, to execute, to fetch, to
close it. Here it goes once; and not at all for the ROLLBACK with which the pool of SQLAlchemy receives a
connection whose transaction has ended. What that gains: docs/decisions/0041-crossings.md.

What is short by its nature does not go at all: a statement that touches one row, and a SELECT as long as it
takes about `STEPS`; one that takes more is broken off, which harms no transaction, and goes after all.
What waits for the disk or for others always goes: COMMIT, and BEGIN IMMEDIATE where another process writes.

What SQLAlchemy asks of a driver is `sqlalchemy.connectors.asyncio.AsyncIODBAPIConnection`.
"""

import asyncio
import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from enum import Enum, auto
from functools import lru_cache, partial
from typing import Any, Self, TypeVar

import aiosqlite

AT_ONCE = 1000  # rows that come back with the statement; only what is longer is fetched in further crossings

Row = tuple[Any, ...]
T = TypeVar("T")


STEPS = 5000  # of SQLite's machine, well under a millisecond
KNOWN = 1000  # statements of which it is remembered that they take longer

_BY_KEY = re.compile(r"UPDATE (\w+) SET [^()]* WHERE \1\.id (= \?|IN \(\?\))(?: AND (?:(?! OR )[^()])*)?")
_OF_ONE = re.compile(r"INSERT INTO \w+ \([^()]*\) VALUES \([^()]*\)( RETURNING [^()]*)?")


class Length(Enum):
    """How long a statement may take."""

    ONE_ROW = auto()
    UNKNOWN = auto()  # it only looks, so it can be broken off
    LOCKS = auto()  # as long as another process writes
    LONG = auto()


@lru_cache(maxsize=KNOWN)
def length(sql: str) -> Length:
    """What its text says. `id` is the key of every table that has a column of this name."""
    if sql == "BEGIN":
        return Length.ONE_ROW
    if sql == "BEGIN IMMEDIATE":
        return Length.LOCKS
    if sql.startswith("SELECT "):
        return Length.UNKNOWN
    return Length.ONE_ROW if _BY_KEY.fullmatch(sql) or _OF_ONE.fullmatch(sql) else Length.LONG


async def connect(database: str, busy: float, *, here: bool = False) -> "Connection":
    """A connection to a file, with a thread of its own. `busy`: seconds to wait for a lock of others.

    `here`: what is short is done on the caller's thread.
    """
    connector = partial(sqlite3.connect, database, timeout=busy, check_same_thread=False)
    made = Connection(connector, iter_chunk_size=AT_ONCE)
    made._thread.daemon = True  # as SQLAlchemy has it: nobody waits for it when all ends
    await made
    made.busy, made.here = int(busy * 1000), here
    return made


class Connection(aiosqlite.Connection):
    """An aiosqlite connection whose cursors are ours."""

    here = False
    busy = 0  # milliseconds
    _forsaken = False  # somebody went away while the thread was at work, and knows not what came of it
    _writes = False  # the transaction that is open, or was last

    def __init__(self, connector: Callable[[], sqlite3.Connection], iter_chunk_size: int) -> None:
        super().__init__(connector, iter_chunk_size)
        self.unread: set[sqlite3.Cursor] = set()  # each holds the moment at which its transaction reads
        self._slow: set[str] = set()

    def cursor(self) -> "Cursor":  # type: ignore[override]  # theirs has to be waited for
        return Cursor(self)

    def done_here(self, sql: str, work: Callable[[sqlite3.Connection], None]) -> bool:
        """Do it on this thread. False: it has to be done in the other, and nothing is done yet."""
        kind = length(sql)
        if kind in {Length.ONE_ROW, Length.UNKNOWN} and self.here and not self._forsaken:
            self._writes = self._writes and sql != "BEGIN"
            return self._in_a_hurry(sql, work) if kind is Length.UNKNOWN else self._now(work)
        if kind is Length.LOCKS:
            self._writes = True
            return self.here and not self._forsaken and self._unless_locked(work)
        return False

    def _now(self, work: Callable[[sqlite3.Connection], None]) -> bool:
        work(self._conn)
        return True

    def _in_a_hurry(self, sql: str, work: Callable[[sqlite3.Connection], None]) -> bool:
        if sql in self._slow:
            return False
        # SQLite goes on counting from one execution of a statement to the next, so that a short one comes to
        # the end of a count as well, but not to a second one.
        counts = iter((False,))
        self._conn.set_progress_handler(lambda: next(counts, True), STEPS)
        try:
            return self._now(work)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
        finally:
            self._conn.set_progress_handler(None, STEPS)
        if len(self._slow) >= KNOWN:
            self._slow.clear()
        self._slow.add(sql)
        return False

    def _unless_locked(self, work: Callable[[sqlite3.Connection], None]) -> bool:
        self._conn.execute("PRAGMA busy_timeout = 0")
        try:
            return self._now(work)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
        finally:
            self._conn.execute(f"PRAGMA busy_timeout = {self.busy}")
        return False

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
            if self.here and not self._writes and not self._forsaken:
                self._end_all(self._conn)
            else:
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
        def work(sqlite: sqlite3.Connection) -> None:
            self._take(sqlite.execute(sql, parameters))

        if not self._connection.done_here(sql, work):
            await self._connection.in_thread(work)
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

    # In the thread, or on the caller's:

    def _take(self, cursor: sqlite3.Cursor) -> None:
        self.description = cursor.description
        self.lastrowid = cursor.lastrowid
        self._open = cursor
        self._connection.unread.add(cursor)
        try:
            self._rows = self._further(cursor, AT_ONCE)
        except sqlite3.Error:
            self._end(cursor)
            raise

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
