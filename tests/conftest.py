"""The databases that tests run on: an SQLite file in a folder of its own, or a PostgreSQL database."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import compiled, postgres
from .postgres import Server, roomy_memory
from .storage import ready

DATABASES = ("sqlite", "postgresql")

compiled.share()


def pytest_addoption(parser: pytest.Parser) -> None:
    told = "what the flows run on; without it on SQLite, and some of them on PostgreSQL as well"
    parser.addoption("--database", choices=DATABASES, help=told)


def pytest_configure() -> None:
    """A commit waits for the disk: so folders of tests are in memory where there is room.

    Programs that a test puts there are to run, too.
    """
    memory = roomy_memory()
    if memory is not None and not os.statvfs(memory).f_flag & os.ST_NOEXEC:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """PostgreSQL, started when the first test asks for it."""
    with postgres.running() as running:
        yield running


@pytest.fixture
def postgres_url(server: Server) -> Iterator[str]:
    """The address of a migrated PostgreSQL database for one test."""
    with server.fresh() as url:
        yield url


@pytest.fixture(params=DATABASES)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    """Where the migrated database of a test is: what asks for it runs twice."""
    if request.param == "sqlite":
        return ready.put(tmp_path / "desk.db")
    return str(request.getfixturevalue("postgres_url"))
