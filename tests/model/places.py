"""Where the model test keeps its ledger: one class a database. A further one needs `open` and `drop` only."""

import shutil
import tempfile
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from storage.db import Database, open_database

from ..storage import ready


class Place(Protocol):
    """A database that outlives the processes that have it open."""

    def open(self) -> AbstractAsyncContextManager[Database]:
        """The database as the last process left it."""

    def drop(self) -> None:
        """It is needed no more."""


class SqlitePlace:
    def __init__(self) -> None:
        # In memory where there is such a place: nothing here cuts the power.
        memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
        self._folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
        ready.put(self._folder / "desk.db")

    def open(self) -> AbstractAsyncContextManager[Database]:
        return open_database(self._folder / "desk.db")

    def drop(self) -> None:
        shutil.rmtree(self._folder)
