"""The database: no transaction lost to a lock, nothing lost after a commit, one owner."""

import asyncio
import importlib.util
import re
import sqlite3
import sys
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, StatementError

from providers.model import MessageState
from storage import accounts
from storage.db import Database, DatabaseInUseError, open_database, written
from storage.outage import Unavailable
from storage.schema import account_chats, attempt_messages, attempts, messages
from storage.schema import accounts as accounts_table

from .seeds import NOON, ON_SQLITE, add_account, begin, rows

TASKS, ROUNDS = 4, 50


@pytest.fixture
async def counter(path: Path) -> Path:
    """A database with a number to count up."""
    async with open_database(path) as database, database.write() as tx:
        await tx.exec_driver_sql("CREATE TABLE counter (n INTEGER NOT NULL)")
        await tx.exec_driver_sql("INSERT INTO counter VALUES (0)")
    return path


async def counted(path: Path) -> int:
    async with aiosqlite.connect(path) as connection:
        row = await (await connection.execute("SELECT n FROM counter")).fetchone()
    assert row is not None
    return int(row[0])


async def count_up(path: Path, begin_with: str) -> int:
    """Read, then write, on a raw connection; how many of the transactions were lost to a lock."""
    lost = 0
    async with aiosqlite.connect(path, timeout=5, isolation_level=None) as connection:
        for _ in range(ROUNDS):
            try:
                await connection.execute(begin_with)
                row = await (await connection.execute("SELECT n FROM counter")).fetchone()
                assert row is not None
                await connection.execute("UPDATE counter SET n = ?", (row[0] + 1,))
                await connection.execute("COMMIT")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise
                lost += 1
                await connection.execute("ROLLBACK")
    return lost


async def test_plain_begin_loses_transactions_to_locks(counter: Path) -> None:
    """The trap is real: a deferred transaction that reads first cannot write any more once somebody wrote."""
    lost = sum(await asyncio.gather(*(count_up(counter, "BEGIN") for _ in range(TASKS))))
    assert lost > 0
    assert await counted(counter) == TASKS * ROUNDS - lost


async def test_write_loses_nothing(counter: Path) -> None:
    """A Database each: its own queue of writers must not be what keeps them apart."""

    async def many(database: Database) -> None:
        for _ in range(ROUNDS):
            async with database.write() as tx:
                n = (await tx.exec_driver_sql("SELECT n FROM counter")).scalar_one()
                await tx.exec_driver_sql("UPDATE counter SET n = ?", (n + 1,))

    several = [Database(f"sqlite+aiosqlite:///{counter}") for _ in range(TASKS)]
    try:
        await asyncio.gather(*map(many, several))
    finally:
        for database in several:
            await database.close()
    assert await counted(counter) == TASKS * ROUNDS


@ON_SQLITE
async def test_every_connection_is_durable_and_checks_keys(database: Database) -> None:
    async def pragmas(tx: Any) -> list[Any]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [(await tx.exec_driver_sql(f"PRAGMA {name}")).scalar_one() for name in names]

    async with database.read() as first, database.read() as second, database.write() as third:
        raw = {id((await tx.get_raw_connection()).driver_connection) for tx in (first, second, third)}
        seen = [await pragmas(tx) for tx in (first, second, third)]
    assert len(raw) == 3
    assert seen == [["wal", 2, 1]] * 3


async def test_foreign_keys_hold(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.write() as tx:
            await tx.execute(account_chats.insert().values(account_id=404, chat_id=1))


async def test_read_writes_nothing(database: Database) -> None:
    refused = nullcontext() if database.is_sqlite else pytest.raises(Unavailable, match="read-only")
    with refused:
        async with database.read() as tx:
            await add_account(tx)
    async with database.read() as tx:
        assert await accounts.provisioned(tx) == []
    assert await rows(database, account_chats) == []


async def test_read_is_one_snapshot(database: Database) -> None:
    async with database.read() as reader:
        count = sa.select(sa.func.count()).select_from(account_chats)
        before = await reader.scalar(count)
        async with database.write() as tx:
            await add_account(tx)
        assert await reader.scalar(count) == before == 0
    assert len(await rows(database, account_chats)) == 1


async def test_a_write_tells_which_tables_it_wrote_and_which_got_rows(database: Database) -> None:
    async with database.write() as tx:
        await tx.execute(sa.select(accounts_table))
        assert written(tx) == frozenset()
        await add_account(tx)
        assert {"+accounts", "+account_chats", "accounts"} <= written(tx)
        assert "+messages" not in written(tx)
    async with database.write() as tx:
        assert written(tx) == frozenset()


async def test_an_exception_rolls_back(database: Database) -> None:
    async def fail() -> None:
        async with database.write() as tx:
            await add_account(tx)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await rows(database, account_chats) == []


async def test_a_cancelled_write_rolls_back_and_frees_the_writer(database: Database) -> None:
    started = asyncio.Event()

    async def hang() -> None:
        async with database.write() as tx:
            await add_account(tx)
            started.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(5), database.write() as tx:
        await add_account(tx)
    assert len(await rows(database, account_chats)) == 1


def test_greenlet_comes_with_us() -> None:
    """Plain SQLAlchemy does not install it, and its async engine does not run without."""
    pyproject = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    named = [one for one in pyproject["project"]["dependencies"] if one.lower().startswith("sqlalchemy")]
    assert [one[: len("sqlalchemy[asyncio]")] for one in named] == ["sqlalchemy[asyncio]"]
    assert importlib.util.find_spec("greenlet") is not None


@pytest.fixture
async def message_id(database: Database) -> int:
    await begin(database)
    return (await rows(database, messages))[0].id  # type: ignore[no-any-return]


async def test_times_come_back_in_utc(database: Database, message_id: int) -> None:
    local = datetime(2026, 9, 1, 15, 30, tzinfo=timezone(timedelta(hours=3)))
    async with database.write() as tx:
        await tx.execute(messages.update().values(check_at=local))
    (row,) = await rows(database, messages)
    assert row.check_at == local
    assert row.check_at.tzinfo is UTC
    assert await rows(database, messages, messages.c.check_at <= local - timedelta(seconds=1)) == []


async def test_a_time_without_a_zone_is_refused(database: Database, message_id: int) -> None:
    with pytest.raises(StatementError, match="without a zone"):
        async with database.write() as tx:
            await tx.execute(messages.update().values(check_at=NOON.replace(tzinfo=None)))


@pytest.mark.parametrize("price", ["0.1", "123456789012345678901234567890.01", "2.50", "-0.005"])
async def test_money_is_exact(database: Database, message_id: int, price: str) -> None:
    async with database.write() as tx:
        await tx.execute(messages.update().values(price=Decimal(price)))
    (row,) = await rows(database, messages)
    assert str(row.price) == price


async def test_a_second_open_is_refused_until_the_first_is_closed(path: Path) -> None:
    async with open_database(path):
        with pytest.raises(DatabaseInUseError, match=re.escape(str(path))):
            async with open_database(path):
                pytest.fail("two owners")
    async with open_database(path):
        pass


async def test_who_comes_by_a_symbolic_link_is_refused_as_well(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(path)
    for first, second in ((path, link), (link, path)):
        async with open_database(first):
            with pytest.raises(DatabaseInUseError):
                async with open_database(second):
                    pytest.fail("two owners")


CHILD = """
import asyncio, sys
from pathlib import Path
from storage import queues
from storage.db import open_database
from datetime import datetime, UTC

async def main(path, account_id, when):
    async with open_database(Path(path)) as database:
        async with database.write() as tx:
            claim = await queues.claim(tx, int(account_id), limit=10, ref="r-child",
                                       now=datetime(2026, 9, 1, 12, tzinfo=UTC))
            assert claim is not None
            if when == "before":
                print("claimed", flush=True)
                sys.stdin.read()
        print("claimed", flush=True)
        sys.stdin.read()

asyncio.run(main(*sys.argv[1:]))
"""


@asynccontextmanager
async def claiming(path: Path, account_id: int, when: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Another process that holds the database and has claimed: `before` or `after` its commit."""
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, str(path), str(account_id), when, stdin=pipe, stdout=pipe
    )
    assert child.stdout is not None
    try:
        assert await child.stdout.readline() == b"claimed\n"
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.communicate()


async def test_another_process_is_refused_until_it_is_dead(path: Path) -> None:
    async with open_database(path) as database:
        account_id, _ = await begin(database)
    async with claiming(path, account_id, "after"):
        with pytest.raises(DatabaseInUseError):
            async with open_database(path):
                pytest.fail("two owners")
    async with open_database(path):
        pass


@pytest.mark.parametrize(
    ("when", "state"), [("after", MessageState.SUBMITTING), ("before", MessageState.QUEUED)]
)
async def test_a_claim_is_there_after_sigkill_if_it_was_committed(
    path: Path, when: str, state: MessageState
) -> None:
    async with open_database(path) as database:
        account_id, _ = await begin(database, 3)
    async with claiming(path, account_id, when) as child:
        child.kill()
    async with open_database(path) as database:
        assert [row.state for row in await rows(database, messages)] == [state] * 3
        refs = [row.ref for row in await rows(database, attempts)]
        live = [row.live for row in await rows(database, attempt_messages)]
    assert refs == (["r-child"] if when == "after" else [])
    assert live == [True] * (3 if when == "after" else 0)
