"""A desk with a plain gateway; a test that needs another one builds its own rig or changes this one's."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .rig import Rig, rig


@pytest.fixture
async def desk(where: str | Path) -> AsyncIterator[Rig]:
    async with rig(where) as made:
        yield made
