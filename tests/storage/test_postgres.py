"""PostgreSQL: a dead one is an error in bounded time, replicas start side by side, every text is kept."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import SQLAlchemyError

from storage import drafts, inbound, leases, postgres
from storage.db import Database, DatabaseInUseError, look_into, open_database, shown, trouble
from storage.drafts import Place
from storage.outage import TookTooLong, Unavailable
from storage.schema import messages, metadata

from ..postgres import USER, Server
from .seeds import CHAT, NOON, ON_POSTGRESQL, PERSON, add_account, begin, rows

PATIENCE = 2.0  # seconds, in the place of those of storage.postgres


async def count(database: Database) -> int:
    async with database.read() as tx:
        return await tx.scalar(sa.select(sa.func.count()).select_from(messages)) or 0


@ON_POSTGRESQL
async def test_each_connection_is_set_up(database: Database) -> None:
    async def shows(tx: Any) -> list[str]:
        names = ("transaction_isolation", "transaction_read_only", "synchronous_commit", "timezone")
        return [(await tx.exec_driver_sql(f"SHOW {name}")).scalar_one() for name in names]

    async with database.read() as reads, database.write() as writes:
        assert await shows(reads) == ["repeatable read", "on", "on", "UTC"]
        assert await shows(writes) == ["read committed", "off", "on", "UTC"]
        waits = (await writes.exec_driver_sql("SHOW idle_in_transaction_session_timeout")).scalar_one()
        assert waits == f"{postgres.ANSWERING:.0f}s"


@ON_POSTGRESQL
async def test_writes_run_side_by_side(database: Database) -> None:
    async with database.write() as first, database.write() as second:
        await add_account(first)
        await add_account(second, name="other")


@ON_POSTGRESQL
async def test_every_text_is_kept_but_for_its_nul(database: Database) -> None:
    """Gateways send what they like, and so may a stand-in of Telegram."""
    await begin(database)
    place = Place(chat_id=CHAT, thread_id=0, person_id=PERSON)
    content = {"text": "a\0b", "kept": "\\u0000 \\\\u0000", "more": ["\0", {"\0": 1}]}
    async with database.write() as tx:
        draft = await drafts.start(tx, place, kind="x\0", state="offered", content=content, expires_at=NOON)
        await tx.execute(messages.update().values(raw="\0" * 3, gateway_ids=["\0"]))
        names: dict[str, Any] = {"account_id": 1, "msisdn": "7", "to": "8" * 99, "at": NOON, "now": NOON}
        assert await inbound.add(tx, key="k\0", text="\U0001f600\0", **names) is not None
        assert await drafts.button(tx, "\0") is None
    async with database.read() as tx:
        kept = await drafts.get(tx, draft)
    assert kept is not None
    assert kept.content == {
        "text": "a\ufffdb", "kept": "\\u0000 \\\\u0000", "more": ["\ufffd", {"\ufffd": 1}]
    }  # fmt: skip
    (row,) = await rows(database, messages)
    assert (row.raw, row.gateway_ids) == ("\ufffd" * 3, ["\ufffd"])


# Starting.


async def test_migrations_make_exactly_the_tables_and_conditions_of_the_schema(
    server: Server, postgres_url: str
) -> None:
    def shape(connection: sa.Connection) -> list[Any]:
        columns = """SELECT table_name, column_name, data_type, character_maximum_length, is_nullable,
            coalesce(column_default LIKE 'nextval%%', false),
            CASE WHEN column_default LIKE 'nextval%%' THEN NULL ELSE column_default END
            FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"""
        indexes = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
        keys = """SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace AND contype <> 'n' ORDER BY 1"""
        found = [
            tuple(row) for query in (columns, indexes, keys) for row in connection.exec_driver_sql(query)
        ]
        return [row for row in found if "alembic" not in row[0]]

    def differences(connection: sa.Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    migrated = Database(postgres_url)
    with server.fresh(migrated=False) as url:
        fresh = Database(url)
        async with fresh.write() as tx:
            await tx.run_sync(metadata.create_all)
            wanted = await tx.run_sync(shape)
        await fresh.close()
    async with migrated.read() as tx:
        assert await tx.run_sync(differences) == []
        assert await tx.run_sync(shape) == wanted
    await migrated.close()
    assert any(row[0] == "uq_attempt_messages_live" and row[1].endswith("WHERE live") for row in wanted)


async def test_replicas_that_start_together_migrate_once(server: Server) -> None:
    async def opened(url: str) -> int:
        async with open_database(url) as database:
            return await count(database)

    with server.fresh(migrated=False) as url:
        async with asyncio.timeout(60):
            assert await asyncio.gather(*[opened(url) for _ in range(3)]) == [0] * 3


async def test_who_must_be_alone_is_refused_while_others_are_at_work(postgres_url: str) -> None:
    async with open_database(postgres_url), open_database(postgres_url):
        with pytest.raises(DatabaseInUseError):
            async with open_database(postgres_url, alone=True):
                pytest.fail("not alone")
    async with open_database(postgres_url, alone=True):
        with pytest.raises(DatabaseInUseError):
            async with open_database(postgres_url):
                pytest.fail("not alone")
    async with open_database(postgres_url):
        pass


async def test_it_can_be_looked_into_while_others_are_at_work(postgres_url: str) -> None:
    async with open_database(postgres_url, alone=True), look_into(postgres_url) as tx:
        assert await tx.scalar(sa.select(sa.func.count()).select_from(messages)) == 0
        with pytest.raises(SQLAlchemyError, match="read-only"):
            await add_account(tx)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("postgresql://desk:hunter2@127.0.0.1:1/desk", "Connect call failed"),
        ("postgresql://desk:hunter2@nowhere.invalid/desk", "Name or service not known|name resolution"),
        ("{server}/nowhere?host={folder}", 'database "nowhere" does not exist'),
        ("postgresql://somebody:hunter2@/postgres?host={folder}", 'role "somebody" does not exist'),
    ],
)
async def test_why_it_cannot_be_opened_is_told_without_the_password(
    server: Server, address: str, words: str
) -> None:
    url = address.format(server=f"postgresql://{USER}:hunter2@", folder=server.folder)
    with pytest.raises((SQLAlchemyError, OSError)) as caught:
        async with open_database(url):
            pytest.fail("opened")
    told = f"{shown(url)} {trouble(caught.value)}"
    assert any(part in told for part in words.split("|")), told
    assert "hunter2" not in told + str(caught.value)


# Breaking down.


@dataclass
class Road:
    """Between the program and the server: can be blocked, which nobody is told, or cut."""

    url: str = ""
    open: asyncio.Event = field(default_factory=asyncio.Event)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    def cut(self) -> None:
        for writer in self.writers:
            writer.close()


@asynccontextmanager
async def road_to(server: Server, url: str) -> AsyncIterator[Road]:
    road = Road()
    road.open.set()
    tasks: set[asyncio.Task[None]] = set()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                await road.open.wait()
                writer.write(data)
        writer.close()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await road.open.wait()
        far_reader, far_writer = await asyncio.open_unix_connection(str(server.folder / ".s.PGSQL.5432"))
        road.writers += [writer, far_writer]
        for task in (
            asyncio.create_task(carry(reader, far_writer)),
            asyncio.create_task(carry(far_reader, writer)),
        ):
            tasks.add(task)

    near = await asyncio.start_server(meet, "127.0.0.1", 0)
    port = near.sockets[0].getsockname()[1]
    there = sa.make_url(url).set(host="127.0.0.1", port=port, query={"sslmode": "disable"})
    road.url = there.render_as_string(hide_password=False)
    try:
        yield road
    finally:
        near.close()
        road.open.set()
        road.cut()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def road(server: Server, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Road]:
    monkeypatch.setattr(postgres, "ANSWERING", PATIENCE)
    monkeypatch.setattr(postgres, "CONNECTING", PATIENCE)
    async with road_to(server, postgres_url) as made:
        yield made


@pytest.fixture
async def far(road: Road) -> AsyncIterator[Database]:
    """A database at the end of the road, connected."""
    database = Database(road.url)
    assert await count(database) == 0
    yield database
    road.open.set()
    await database.close()


async def read_once(database: Database) -> None:
    await count(database)


async def write_once(database: Database) -> None:
    async with database.write() as tx:
        await add_account(tx)


@pytest.mark.parametrize("act", [read_once, write_once])
async def test_a_silent_database_is_an_error_in_bounded_time(
    road: Road, far: Database, act: Callable[[Database], Awaitable[None]]
) -> None:
    road.open.clear()
    began = time.monotonic()
    with pytest.raises(Unavailable) as caught:
        await act(far)
    assert time.monotonic() - began < 5 * PATIENCE
    assert trouble(caught.value)


async def test_a_write_that_loses_its_database_has_no_effect(road: Road, far: Database) -> None:
    async def lose() -> None:
        async with far.write() as tx:
            await add_account(tx)
            road.cut()

    with pytest.raises(Unavailable):
        await lose()
    assert await rows(far, metadata.tables["accounts"]) == []


async def test_a_cut_connection_is_replaced_before_it_is_used(road: Road, far: Database) -> None:
    road.cut()
    assert await count(far) == 0


async def test_the_system_watches_over_an_idle_connection(road: Road, far: Database) -> None:
    async with far.read() as tx:
        driver: Any = (await tx.get_raw_connection()).driver_connection
        wire = driver._transport.get_extra_info("socket")
        assert wire.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == postgres.QUIET


async def test_a_statement_that_takes_too_long_is_told_from_an_outage(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgres._SESSION, "statement_timeout", "200ms")
    monkeypatch.setitem(postgres._SESSION, "lock_timeout", "100ms")
    database = Database(postgres_url)
    await begin(database)
    with pytest.raises(TookTooLong):
        async with database.write() as tx:
            await tx.execute(sa.text("SELECT pg_sleep(10)"))
    async with database.write() as tx:
        await tx.execute(messages.update().values(raw="held"))
        with pytest.raises(TookTooLong):
            async with database.write() as other:
                await other.execute(messages.update().values(raw="waits"))
    await database.close()


async def test_a_write_that_stands_still_frees_what_it_holds(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is stopped in the midst of a write holds up the others no longer than this."""
    monkeypatch.setitem(postgres._SESSION, "idle_in_transaction_session_timeout", "300ms")
    database = Database(postgres_url)
    await begin(database)

    async def stand_still() -> None:
        async with database.write() as tx:
            await tx.execute(messages.update().values(raw="held"))
            async with asyncio.timeout(10), database.write() as other:
                await other.execute(messages.update().values(raw="free"))

    with pytest.raises(Unavailable):
        await stand_still()
    assert [row.raw for row in await rows(database, messages)] == ["free"]
    await database.close()


async def test_who_freezes_in_the_midst_of_a_statement_frees_the_lease(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server has the words of it by then, and waits to be told to run it."""
    monkeypatch.setattr(postgres, "AGE", 0.3)
    database = Database(postgres_url)
    async with database.write() as tx:
        (lease,) = await leases.take(tx, [leases.FACE], "tests", NOON)

    async def freeze() -> None:
        async with database.write() as tx:
            assert await leases.commit(tx, lease) is not None
            wire = (await tx.get_raw_connection()).driver_connection
            assert wire is not None
            await wire.prepare("SELECT 1")
            async with asyncio.timeout(10), database.write() as other:
                counts.append(await leases.commit(other, lease))

    counts: list[int | None] = []
    with pytest.raises(Unavailable):
        await freeze()
    assert counts == [1]
    await database.close()
