"""The stand-ins and a working bot for every flow."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .desk import Stands, stands, working


@pytest.fixture
async def world() -> AsyncIterator[Stands]:
    """Stand-ins without a bot."""
    async with stands() as made:
        yield made


@pytest.fixture
async def desk(world: Stands, tmp_path: Path) -> AsyncIterator[Stands]:
    """Stand-ins with a bot at work."""
    async with working(world.settings(tmp_path)):
        yield world
