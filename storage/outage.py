"""Telling a database that cannot be used just now from one that was used wrongly."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from .postgres import gave_way


class Unavailable(Exception):
    """The database takes nothing now: no room, locked by another program, no connection, gone read-only.

    It may take it later. Whether a transaction that was being committed is in it is not known.
    """


class TookTooLong(Unavailable):
    """A statement ran into its limit in time, or waited so long for a lock: nothing of this was committed.

    The database may be slow just now. Or this will take too long whenever it is tried.
    """


class GaveWay(Unavailable):
    """The database gave this transaction up for another one: nothing of it was committed."""


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
# Classes of SQLSTATE: connection, resources, operator, system; and single ones: read-only after a
# switch-over, a lock not had in time.
_POSTGRESQL = ("08", "53", "57", "58", "25006", "55P03")


_TOO_LONG = ("57014", "55P03")  # statement_timeout, lock_timeout


@contextmanager
def telling_outages() -> Iterator[None]:
    """Raises Unavailable for what the database raises when it cannot be used; all else goes through."""
    try:
        yield
    except DBAPIError as error:
        if gave_way(error):
            raise GaveWay(str(error.orig)) from error
        if not _is_outage(error):
            raise
        raise _kind(error)(str(error.orig)) from error
    except (NoConnection, OSError) as error:  # nothing in a transaction of ours does other I/O
        raise Unavailable(str(error) or type(error).__name__) from error


def _kind(error: DBAPIError) -> type[Unavailable]:
    return TookTooLong if getattr(error.orig, "sqlstate", None) in _TOO_LONG else Unavailable


def _is_outage(error: DBAPIError) -> bool:
    code: int | None = getattr(error.orig, "sqlite_errorcode", None)
    state: str = getattr(error.orig, "sqlstate", None) or ""
    return (
        error.connection_invalidated
        or (code is not None and code & 0xFF in _SQLITE)
        or state.startswith(_POSTGRESQL)
    )
