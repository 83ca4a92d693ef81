"""The stand-ins and a working bot for every flow."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from ..conftest import DATABASES
from ..postgres import Server
from .desk import Stands, StorageOf, in_file, stands, working

# These run on PostgreSQL as well; with --database=postgresql all others do, but for those that open the file.
ON_BOTH = {"test_one_sms", "test_people", "test_bad_moments", "test_web"}
ON_A_FILE = {"test_auditing", "test_canaries", "test_shell", "test_trouble"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "storage_of" not in metafunc.fixturenames:
        return
    module = metafunc.module.__name__.rpartition(".")[2]
    wanted = metafunc.config.getoption("database")
    kinds = DATABASES if module in ON_BOTH else DATABASES[:1]
    if wanted is not None:
        kinds = DATABASES[:1] if module in ON_A_FILE else (wanted,)
    metafunc.parametrize("storage_of", kinds, indirect=True)


@pytest.fixture
def storage_of(request: pytest.FixtureRequest) -> Iterator[StorageOf]:
    """The address of the database beside the other files of a folder, the same one for the same folder."""
    if request.param == "sqlite":
        yield in_file
        return
    server: Server = request.getfixturevalue("server")
    with ExitStack() as stack:
        yield cache(lambda _: stack.enter_context(server.fresh()))


@pytest.fixture
async def world(storage_of: StorageOf) -> AsyncIterator[Stands]:
    """Stand-ins without a bot."""
    async with stands(storage_of=storage_of) as made:
        yield made


@pytest.fixture
async def desk(world: Stands, tmp_path: Path) -> AsyncIterator[Stands]:
    """Stand-ins with a bot at work."""
    async with working(world.settings(tmp_path)):
        yield world
