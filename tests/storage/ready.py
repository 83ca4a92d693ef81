"""A migrated SQLite file to copy: there are thousands of tests, and to migrate takes a tenth of a second."""

import asyncio
import tempfile
from functools import cache
from pathlib import Path
from threading import Thread

from storage.db import open_database


def put(path: Path) -> Path:
    """A fresh migrated database at this path."""
    path.write_bytes(_template())
    return path


@cache
def _template() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "desk.db"

        async def make() -> None:
            async with open_database(path) as database:
                await database.settle()

        # In a thread and a loop of its own: who asks may be in a loop already.
        maker = Thread(target=lambda: asyncio.run(make()))
        maker.start()
        maker.join()
        return path.read_bytes()
