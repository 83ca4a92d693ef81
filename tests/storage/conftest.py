"""A fresh database for every test that asks for one: each runs on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.db import Database, open_database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.db"


@pytest.fixture
async def database(where: str | Path) -> AsyncIterator[Database]:
    if isinstance(where, Path):
        async with open_database(where) as opened:
            yield opened
        return
    opened = Database(where)  # it is migrated already
    yield opened
    await opened.close()
