"""A fresh database for every test that asks for one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.db import Database, open_database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with open_database(path) as opened:
        yield opened
