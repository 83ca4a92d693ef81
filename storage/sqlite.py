"""What SQLite needs: a file for its owner alone, one process, one writer, commits that survive a power cut.

WAL with `synchronous=FULL`: a committed claim must be there after a power cut, because the message it stands
for may already be on the wire. A write begins with BEGIN IMMEDIATE: a deferred transaction that reads first
and writes later gets "database is locked" at once, busy time-out or not.
"""

import fcntl
from functools import partial
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from . import crossings

CONNECTIONS = 15  # at most, each with a thread; where many ask at once they are used for a moment each
BUSY_TIMEOUT = 10.0  # seconds a write waits for another process, such as a backup

SNAPSHOT = {"begin": "BEGIN"}  # how a transaction that only reads begins


class DatabaseInUseError(Exception):
    """Another process is at work in this database, and there may not be two."""


def engine(url: sa.URL) -> AsyncEngine:
    """An engine for this file, which is made if it is not there."""
    made = create_async_engine(
        url.set(drivername="sqlite+aiosqlite"),
        hide_parameters=True,
        async_creator=partial(crossings.connect, url.database or "", BUSY_TIMEOUT, here=True),
        pool_size=CONNECTIONS,
        max_overflow=0,  # it would be closed when it is given back, and opened again for the next
        pool_use_lifo=True,
    )
    sa.event.listen(made.sync_engine, "connect", _prepare)
    sa.event.listen(made.sync_engine, "begin", _begin)
    return made


def looking_engine(path: Path) -> AsyncEngine:
    """An engine that only reads, whoever has the file open, and locks out nobody."""
    url = sa.URL.create(
        "sqlite+aiosqlite", database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"}
    )
    return create_async_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT})


def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions of its own; `_begin` says how each one starts.
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        # What is deleted is overwritten: a number that is forgotten must not be found in a free page.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
    except Exception:
        connection.close()  # nobody else will: the pool never gets to know it
        raise


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN IMMEDIATE"))


async def settle(connection: AsyncConnection) -> bool:
    """Bring what is written into the file itself and empty the log beside it.

    False: a reader is in the way, and nobody waits for it.
    """
    # Past SQLAlchemy, which would begin a transaction, and in one this cannot be done.
    driver: Any = (await connection.get_raw_connection()).driver_connection
    await driver.execute("PRAGMA busy_timeout = 0")
    try:
        ((busy, _, _),) = await driver.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        await driver.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT * 1000)}")
    return not busy


def make_private(path: Path) -> None:
    """A new file nobody else may read: it will hold the numbers and texts of customers."""
    if not path.exists():
        path.touch(mode=0o600)


class sole_owner:  # noqa: N801 - reads as a verb where it is used
    """A lock on a file beside the database; the system frees it when the process dies.

    Beside the file itself, whatever symbolic links lead to it. Another hard link would be another name.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    def __enter__(self) -> None:
        real = self._path.resolve()
        self._file = real.with_name(real.name + ".lock").open("a")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise DatabaseInUseError(str(self._path)) from None

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
