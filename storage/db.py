"""The database: one engine, migrations at start, and two ways in: `read` and `write`.

What SQLite and PostgreSQL each need stands in `storage.sqlite` and `storage.postgres`. On SQLite writes run
one after another. On PostgreSQL they run side by side, each statement seeing what was committed before it
(READ COMMITTED), so whatever is decided is decided by the database:

- what may happen once, by one statement: `UPDATE ... WHERE state = ...` and its row count, `INSERT ... ON
  CONFLICT DO NOTHING`, never by a SELECT and a later INSERT;
- what follows from what was read, under the lock of the row it was read of: `SELECT ... FOR UPDATE`.

Locks are taken in one order, so that no two writes wait for each other:

1. the row of the update, of the person who acts (shared), of the button that was pressed; of a lease;
2. what has no row to lock (`alone`): another person, an open question, a chat that moves; then the list
   that a campaign is made of, then drafts;
3. campaigns, ascending, all at once (`ledger.lock`): the row of a campaign guards its messages, attempts,
   doubts and card, and `ledger.apply` takes it;
4. balances with their probes, accounts, watches, conversations, their topics, notices of the outbox; then
   the one row of the instance (`hold.decided`);
5. the end of the audit (`audit.record`), last: `bot.turn` writes its entries when all else is done.

Should PostgreSQL find two waiting for each other all the same, it gives up one of them. Nothing of that one
was committed, and it says so: then, and only then, `Database.again` does it once more. Nothing that asks a
gateway or Telegram stands within a write, so nothing is asked twice.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from . import postgres as postgres_
from . import sqlite as sqlite_
from .fault import fault
from .outage import GaveWay, TookTooLong, Unavailable, telling_outages
from .postgres import without_nul as without_nul
from .sqlite import DatabaseInUseError as DatabaseInUseError

Transaction = AsyncConnection  # what the other rooms call it: they know no SQL

LATELY = (
    10.0  # seconds; each worker tries what failed again within fewer, and leases are renewed within fewer
)
_NUMBERS = re.compile(r'^revision = "(\w+)"\ndown_revision = "?(\w+)"?$', re.MULTILINE)
VERSIONS = Path(__file__).with_name("migrations") / "versions"
ATTEMPTS = 5  # of a write that PostgreSQL gives up for another

T = TypeVar("T")


class Database:
    """An open database. Make it with `open_database`."""

    def __init__(self, url: str | sa.URL) -> None:
        url = sa.make_url(url)
        self.is_sqlite = _file(url) is not None
        self._engine = sqlite_.engine(url) if self.is_sqlite else postgres_.engine(url)
        # SQLite has one writer; waiting here keeps the order and costs no thread.
        self._writer: AbstractAsyncContextManager[object] = (
            asyncio.Lock() if self.is_sqlite else nullcontext()
        )
        snapshot: dict[str, Any] = sqlite_.SNAPSHOT if self.is_sqlite else postgres_.SNAPSHOT
        self._reading = self._engine.execution_options(**snapshot)
        sa.event.listen(self._engine.sync_engine, "before_execute", _note_written)
        self._refused_at = -LATELY  # when a write last failed, by the steady clock
        self.settled = False  # whoever had the file before us may have died over it

    @asynccontextmanager
    async def write(self, point: str = "") -> AsyncIterator[AsyncConnection]:
        """A transaction that commits durably at the end, or rolls back on any exception.

        `point` names it for `storage.fault`. Raises Unavailable in bounded time where the database cannot be
        used, and GaveWay.
        """
        try:
            with telling_outages():
                async with self._writer, self._engine.connect() as connection:
                    async with connection.begin():
                        connection.info[_WRITTEN] = set()
                        fault(f"{point} begun")
                        yield connection
                        fault(f"{point} done")
                    fault(f"{point} committed")
        except (GaveWay, TookTooLong):
            raise  # which may be due to this one write, not to the database
        except Unavailable:
            self._refused_at = monotonic()
            raise

    @property
    def takes_writes(self) -> bool:
        """False: it could not be written to just now, as on a full disk, where it can be read as ever.

        Small writes may succeed between others that fail, so one of them proves nothing.
        """
        return monotonic() - self._refused_at >= LATELY

    async def again(self, write: Callable[[], Awaitable[T]]) -> T:
        """The result of `write`, done anew where the database gave it up for another write.

        Only for what does nothing but one write: it must not ask anybody outside.
        """
        for _ in range(ATTEMPTS - 1):
            try:
                return await write()
            except GaveWay:
                continue
        return await write()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A consistent snapshot; writes in it are refused or rolled back. Raises Unavailable."""
        with telling_outages():
            # The first statement begins the transaction; closing rolls it back.
            async with self._reading.connect() as connection:
                yield connection

    async def settle(self) -> None:
        """Leave nothing of what is deleted beside the SQLite file; PostgreSQL sees to that by itself.

        Where a reader is in the way nobody waits for it, and `settled` stays False: try again later. Raises
        Unavailable.
        """
        self.settled = not self.is_sqlite
        if self.settled:
            return
        with telling_outages():
            async with self._writer, self._engine.connect() as connection:
                self.settled = await sqlite_.settle(connection)

    async def migrate(self) -> None:
        """Bring the schema to the newest version."""
        async with self._writer:
            async with self._engine.begin() as connection:
                fault("migrate begun")
                await alone(connection, "migrations")  # replicas start together
                if await _version(connection) != newest_version():
                    await connection.run_sync(_upgrade)
                fault("migrate done")
            fault("migrate committed")

    def at_work(self, *, alone: bool) -> AbstractAsyncContextManager[None]:
        """Be at work in PostgreSQL, with others or alone; who works in SQLite is always alone."""
        return nullcontext() if self.is_sqlite else postgres_.at_work(self._engine, alone=alone)

    async def close(self) -> None:
        await self._engine.dispose()


@asynccontextmanager
async def open_database(where: str | Path, *, alone: bool = False) -> AsyncIterator[Database]:
    """Open a database, migrated: the SQLite file of this path, or the one at this address.

    An SQLite file is open to one process; in PostgreSQL several may be at work, unless one is to be `alone`.
    Raises DatabaseInUseError; SQLAlchemyError or OSError: it cannot be used; ModuleNotFoundError: no driver.
    """
    url = address(where)
    path = _file(url)
    with nullcontext() if path is None else sqlite_.sole_owner(path):
        if path is not None:
            sqlite_.make_private(path)
        database = Database(url)
        try:
            async with database.at_work(alone=alone):
                await database.migrate()
                yield database
        finally:
            await database.close()


@asynccontextmanager
async def look_into(where: str | Path) -> AsyncIterator[Transaction]:
    """A snapshot of a database, whoever has it open: locks out nobody, migrates nothing, cannot write.

    Raises SQLAlchemyError or OSError where there is no such database.
    """
    url = address(where)
    path = _file(url)
    if path is not None:
        engine = sqlite_.looking_engine(path)
        try:
            async with engine.connect() as connection:
                yield connection
        finally:
            await engine.dispose()
        return
    database = Database(url)
    try:
        async with database.read() as tx:
            yield tx
    finally:
        await database.close()


def address(where: str | Path) -> sa.URL:
    """The address of a database; a path is that of an SQLite file. Raises ValueError: it is none."""
    if isinstance(where, Path):
        return sa.URL.create("sqlite", database=str(where))
    try:
        return sa.make_url(where)
    except SQLAlchemyError:
        raise ValueError("is not the address of a database") from None


def shown(where: str | Path) -> str:
    """A database as people may see it: the path of a file, or an address without its password."""
    url = address(where)
    path = _file(url)
    return url.render_as_string(hide_password=True) if path is None else str(path)


def _file(url: sa.URL) -> Path | None:
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def trouble(error: Exception) -> str:
    """Why a database cannot be used, in one line that has no secret."""
    if isinstance(error, DBAPIError):
        return str(error.orig).splitlines()[0].rpartition(">: ")[2]
    if isinstance(error, ModuleNotFoundError):
        return "PostgreSQL needs the extra postgres, which is not installed: docs/how-to/postgresql.md"
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error, OSError):
        words = error.strerror or "no connection"
        return words if error.filename is None else f"{error.filename}: {words}"
    return str(error).splitlines()[0]


def gave_way(error: BaseException | None) -> bool:
    """Whether the database gave this transaction up for another: nothing of it was committed."""
    return isinstance(error, GaveWay) or postgres_.gave_way(error)


def newest_version() -> str:
    """The version of the schema that this program has: the migration that no other follows."""
    texts = [path.read_text("utf-8") for path in VERSIONS.glob("[0-9]*.py")]
    numbers = {found[1]: found[2] for text in texts if (found := _NUMBERS.search(text))}
    (newest,) = numbers.keys() - numbers.values()
    return newest


async def _version(connection: AsyncConnection) -> str | None:
    """The version of a database; None: it is new."""
    if not await connection.run_sync(lambda sync: sa.inspect(sync).has_table("alembic_version")):
        return None
    version: str | None = await connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return version


def _upgrade(connection: sa.Connection) -> None:
    from alembic import command  # a third of a second, and most starts have nothing to migrate
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def insert(tx: Transaction, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that can say what is to happen ON CONFLICT, which both databases spell alike."""
    return sqlite.insert(table) if tx.dialect.name == "sqlite" else postgresql.insert(table)


_WRITTEN = "written"  # where a connection keeps the names of tables that its transaction wrote


def _note_written(connection: sa.Connection, statement: sa.Executable, *_: object) -> None:
    if isinstance(statement, sa.UpdateBase) and isinstance(statement.table, sa.Table):
        sign = "+" if statement.is_insert else ""
        connection.info.setdefault(_WRITTEN, set()).add(sign + statement.table.name)


def written(tx: Transaction) -> frozenset[str]:
    """The names of the tables that this transaction has written so far, `+` before each that got new rows."""
    return frozenset(tx.info[_WRITTEN])


def among(tx: Transaction, ids: Iterable[int]) -> sa.Select[tuple[int]]:
    """These ids for an IN, as one parameter: however many they are, it is one statement, compiled once."""
    if tx.dialect.name == "sqlite":
        every = sa.func.json_each(json.dumps(list(ids))).table_valued(sa.column("value", sa.Integer))
        return sa.select(every.c.value)
    array = sa.literal(list(ids), postgresql.ARRAY(sa.BigInteger))
    return sa.select(sa.func.unnest(array).column_valued("value"))


def rows_of(tx: Transaction, values: Mapping[int, Any]) -> sa.Subquery:
    """A table of `id` and `value`, which is JSON, made of one parameter. None is NULL."""
    each = _each_of(tx, values)
    value = each.c.value if tx.dialect.name == "sqlite" else sa.cast(each.c.value, postgresql.JSON)
    return sa.select(sa.cast(each.c.key, Id).label("id"), value.label("value")).subquery()


def numbers_of(tx: Transaction, values: Mapping[int, int]) -> sa.Subquery:
    """The same where the values are numbers."""
    each = _each_of(tx, values)
    return sa.select(sa.cast(each.c.key, Id).label("id"), sa.cast(each.c.value, Id).label("value")).subquery()


def _each_of(tx: Transaction, values: Mapping[int, Any]) -> sa.TableValuedAlias:
    if tx.dialect.name == "sqlite":
        return sa.func.json_each(json.dumps(values)).table_valued("key", "value")
    text = sa.literal(json.dumps(without_nul(dict(values))))
    return sa.func.json_each_text(sa.cast(text, postgresql.JSON)).table_valued("key", "value")


async def alone(tx: Transaction, what: str) -> None:
    """Until the transaction ends nobody else is at `what`, for which there is no row to lock."""
    if tx.dialect.name != "sqlite":  # which has one writer
        await tx.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(what, 0))))


# A number that counts rows: SQLite counts in its INTEGER only.
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


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
