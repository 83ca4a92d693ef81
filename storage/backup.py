"""A copy of the SQLite file while it is in use, whole and marked as a copy: where it is opened it is held."""

import sqlite3
from pathlib import Path
from urllib.parse import quote


def back_up(source: Path, target: Path) -> None:
    """Copy a database as it stands at one moment. The copy is readable by its owner alone.

    Raises FileExistsError: there is something at `target`; OSError and sqlite3.Error: it cannot be done.
    """
    if target.exists():
        raise FileExistsError(f"{target} is there already")
    fresh = target.with_name(target.name + ".part")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    try:
        _copy(source, fresh)
        fresh.rename(target)
    finally:
        fresh.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    reading = sqlite3.connect(f"file:{quote(str(source))}?mode=ro", uri=True)
    writing = sqlite3.connect(target, isolation_level=None)
    try:
        reading.backup(writing)
        # One file, with no log beside it that could be left behind.
        writing.execute("PRAGMA journal_mode=DELETE")
        writing.execute("UPDATE instance SET copied = 1")
    finally:
        writing.close()
        reading.close()
