"""Telling a database that cannot be used just now from one that was used wrongly."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection


class Unavailable(Exception):
    """The database takes nothing now: no room, locked by another program, no connection, gone read-only.

    It may take it later. Whether a transaction that was being committed is in it is not known.
    """


# Primary result codes: locked or busy, no memory, read-only, I/O, full, cannot be opened.
_SQLITE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)
# Classes of SQLSTATE: connection, rolled back by the server, resources, operator, system; and single ones:
# read-only after a switch-over, a lock not had in time.
_POSTGRESQL = ("08", "40", "53", "57", "58", "25006", "55P03")


@contextmanager
def telling_outages() -> Iterator[None]:
    """Raises Unavailable for what the database raises when it cannot be used; all else goes through."""
    try:
        yield
    except DBAPIError as error:
        if not _is_outage(error):
            raise
        raise Unavailable(str(error.orig)) from error
    except (NoConnection, ConnectionError) as error:
        raise Unavailable(str(error) or type(error).__name__) from error


def _is_outage(error: DBAPIError) -> bool:
    code: int | None = getattr(error.orig, "sqlite_errorcode", None)
    state: str = getattr(error.orig, "sqlstate", None) or ""
    return (
        error.connection_invalidated
        or (code is not None and code & 0xFF in _SQLITE)
        or state.startswith(_POSTGRESQL)
    )
