"""A migrated database to copy: tests that need hundreds of them have no time to migrate each."""

import asyncio
import shutil
import tempfile
from functools import cache
from pathlib import Path

from storage.db import open_database


def put(path: Path) -> Path:
    """A fresh migrated database at this path."""
    shutil.copyfile(_template(), path)
    return path


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="smsdesk-ready-"))
    path = folder / "desk.db"

    async def make() -> None:
        async with open_database(path) as database:
            await database.settle()

    # A loop of its own, in a thread of its own: who asks may be in one already.
    from threading import Thread

    maker = Thread(target=lambda: asyncio.run(make()))
    maker.start()
    maker.join()
    return path
