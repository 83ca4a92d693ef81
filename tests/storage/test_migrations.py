"""The migrations make exactly the tables of `schema.py`, down to the condition of each partial index."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.db import Database, newest_version, open_database
from storage.schema import messages, metadata

from .seeds import begin, rows


def shape(connection: sa.Connection) -> dict[str, Any]:
    """What SQLite knows of every table and index, the conditions of partial indexes included."""
    tables = [
        row[0] for row in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
    ]
    found: dict[str, Any] = {}
    for table in tables:
        if table.startswith("sqlite_") or table == "alembic_version":
            continue
        columns = connection.exec_driver_sql(f"PRAGMA table_info({table})")
        found[table] = sorted((row[1], row[2], row[3], _plain(row[4]), row[5]) for row in columns)
        uniques = connection.exec_driver_sql(f"PRAGMA index_list({table})")
        found[f"{table}: unique"] = sorted(
            tuple(part[2] for part in connection.exec_driver_sql(f"PRAGMA index_info({row[1]})"))
            for row in uniques
            if row[2]
        )
        (made,) = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).one()
        found[f"{table}: autoincrement"] = "AUTOINCREMENT" in made
        found[f"{table}: keys"] = sorted(
            (row[2], row[3], row[4])
            for row in connection.exec_driver_sql(f"PRAGMA foreign_key_list({table})")
        )
    indexes = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> ''"
    )
    return found | {name: " ".join(made.split()) for name, made in indexes}


def _plain(default: str | None) -> str | None:
    """A default as SQLite means it, however it was quoted."""
    return None if default is None else default.strip("()'")


async def test_migrations_make_exactly_the_metadata(database: Database) -> None:
    def differences(connection: sa.Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with database.write() as tx:
        assert await tx.run_sync(differences) == []


async def test_migrations_make_the_same_conditions_and_constraints(tmp_path: Path) -> None:
    """`compare_metadata` does not see the WHERE of a partial index, on which "never twice" rests."""
    fresh = Database(f"sqlite+aiosqlite:///{tmp_path / 'fresh.db'}")
    try:
        async with fresh.write() as tx:
            await tx.run_sync(metadata.create_all)
            wanted = await tx.run_sync(shape)
    finally:
        await fresh.close()
    async with open_database(tmp_path / "desk.db") as database, database.write() as tx:
        made = await tx.run_sync(shape)
    assert made == wanted
    assert made["uq_attempt_messages_live"].endswith("WHERE live")


def test_the_newest_version_is_where_the_migrations_end() -> None:
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    assert newest_version() == ScriptDirectory.from_config(config).get_current_head()


async def test_migrating_twice_is_harmless(database: Database) -> None:
    _, campaign_id = await begin(database)
    await database.migrate()
    assert [row.campaign_id for row in await rows(database, messages)] == [campaign_id]
