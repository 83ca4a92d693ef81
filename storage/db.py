"""The database: one engine, migrations at start, and two ways in: `read` and `write`.

SQLite runs in WAL with `synchronous=FULL`: a committed claim must survive a power cut, because the message it
stands for may already be on the wire. A write begins with BEGIN IMMEDIATE: a deferred transaction that reads
first and writes later gets "database is locked" at once, busy time-out or not.
"""

import asyncio
import fcntl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from .fault import fault

Transaction = AsyncConnection  # what the other rooms call it: they know no SQL

BUSY_TIMEOUT = 10.0  # seconds a write waits for another process, such as a backup


class DatabaseInUseError(Exception):
    """Another process has this SQLite file; two would each take the other's requests for lost ones."""


class Database:
    """An open database. Make it with `open_database`."""

    def __init__(self, url: str) -> None:
        self._engine = create_async_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT})
        sa.event.listen(self._engine.sync_engine, "connect", _prepare_sqlite)
        sa.event.listen(self._engine.sync_engine, "begin", _begin)
        # SQLite has one writer; waiting here keeps the order and costs no thread.
        self._one_writer = asyncio.Lock()

    @asynccontextmanager
    async def write(self, point: str = "") -> AsyncIterator[AsyncConnection]:
        """A transaction that commits durably at the end, or rolls back on any exception.

        `point` names it for `storage.fault`.
        """
        async with self._one_writer, self._engine.connect() as connection:
            async with connection.begin():
                fault(f"{point} begun")
                yield connection
                fault(f"{point} done")
            fault(f"{point} committed")

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A consistent snapshot; writes in it are a mistake and are rolled back."""
        async with self._engine.connect() as connection:
            await connection.execution_options(begin="BEGIN")
            async with connection.begin() as transaction:
                yield connection
                await transaction.rollback()

    async def settle(self) -> None:
        """Bring what is written into the file itself and empty the log beside it, which has what is deleted.

        Where a reader is in the way some of it stays, for the next time.
        """
        async with self._one_writer, self._engine.connect() as connection:
            # Past SQLAlchemy, which would begin a transaction, and in one this cannot be done.
            driver: Any = (await connection.get_raw_connection()).driver_connection
            await driver.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")

    async def migrate(self) -> None:
        """Bring the schema to the newest version."""
        config = Config()
        config.set_main_option("script_location", "storage:migrations")
        async with self._one_writer:
            async with self._engine.begin() as connection:
                fault("migrate begun")
                await connection.run_sync(_upgrade, config)
                fault("migrate done")
            fault("migrate committed")

    async def close(self) -> None:
        await self._engine.dispose()


@asynccontextmanager
async def open_database(path: Path) -> AsyncIterator[Database]:
    """Open the SQLite file for this process alone, migrated. Raises DatabaseInUseError."""
    with _sole_owner(path.with_name(path.name + ".lock")):
        _make_private(path)
        database = Database(f"sqlite+aiosqlite:///{path}")
        try:
            await database.migrate()
            yield database
        finally:
            await database.close()


@asynccontextmanager
async def look_into(path: Path) -> AsyncIterator[Transaction]:
    """A snapshot of the SQLite file, whoever has it open: locks out nobody, migrates nothing, cannot write.

    Raises SQLAlchemy's DBAPIError where there is no such database.
    """
    url = sa.URL.create(
        "sqlite+aiosqlite", database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"}
    )
    engine = create_async_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT})
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


def _make_private(path: Path) -> None:
    """A new file nobody else may read: it will hold the numbers and texts of customers."""
    if not path.exists():
        path.touch(mode=0o600)


class _sole_owner:  # noqa: N801 - reads as a verb where it is used
    """A lock on a file beside the database; the system frees it when the process dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    def __enter__(self) -> None:
        self._file = self._path.open("a")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise DatabaseInUseError(str(self._path.with_suffix(""))) from None

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
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


def _upgrade(connection: sa.Connection, config: Config) -> None:
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


class Utc(sa.TypeDecorator[datetime]):
    """An aware datetime in UTC; SQLite itself keeps no zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Money(sa.TypeDecorator[Decimal]):
    """A Decimal kept as text: SQLite would make it a binary float."""

    impl = sa.String(40)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Any) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Any) -> Decimal | None:
        return None if value is None else Decimal(value)
