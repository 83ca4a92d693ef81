"""What PostgreSQL needs: limits in time, so that a dead database is an error and not a wait, and company.

Every limit has its counterpart at the far end: where a replica is cut off, or stopped in the midst of a
write, the server ends its transaction, and the rows it held are free for the others.
"""

import json
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from .sqlite import DatabaseInUseError

CONNECTING = 10.0  # seconds until a connection stands
ANSWERING = 20.0  # seconds until a statement is answered, waiting for a lock included
CONNECTIONS = 20  # of one process; what wants one more waits up to ANSWERING
QUIET = 30  # seconds after which an idle connection asks whether the far side is there
ASKING = (3, 5)  # so many times, so many seconds apart

# A transaction that only reads sees one moment of the database.
SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

_SESSION = {
    "application_name": "smsdesk",
    "timezone": "UTC",
    "jit": "off",  # our statements are short
    # What is committed is on disk, whatever this database does for others.
    "synchronous_commit": "on",
    # The server gives up before we do, so that we hear why.
    "statement_timeout": f"{ANSWERING * 0.75:.0f}s",
    "lock_timeout": f"{ANSWERING * 0.5:.0f}s",
    "idle_in_transaction_session_timeout": f"{ANSWERING:.0f}s",
    "tcp_keepalives_idle": str(QUIET),
    "tcp_keepalives_count": str(ASKING[0]),
    "tcp_keepalives_interval": str(ASKING[1]),
    "tcp_user_timeout": f"{ANSWERING:.0f}s",
}

AGE = ANSWERING  # seconds; of a transaction that has a lease
_END_IN_TIME = sa.text(
    "SELECT set_config('transaction_timeout', :age, true)"
    " WHERE current_setting('transaction_timeout', true) IS NOT NULL"
)

_AT_WORK = 0x736D7364  # an advisory lock, by a number that nothing else in this database uses

_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def engine(url: sa.URL) -> AsyncEngine:
    """An engine for this database. Raises ModuleNotFoundError: the driver is an extra of its own."""
    # Known to libpq by this name, to asyncpg by the other.
    query = {"ssl" if name == "sslmode" else name: value for name, value in url.query.items()}
    made = create_async_engine(
        url.set(drivername="postgresql+asyncpg", query=query),
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        json_serializer=_json,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=ANSWERING,
        pool_pre_ping=True,
        connect_args={"timeout": CONNECTING, "command_timeout": ANSWERING, "server_settings": dict(_SESSION)},
    )
    sa.event.listen(made.sync_engine, "connect", _keep_alive)
    sa.event.listen(made.sync_engine, "before_cursor_execute", _without_nul, retval=True)
    return made


def _keep_alive(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Have the system find out that the far side is gone, while nobody asks it anything."""
    # asyncpg has no option for it, and gives its socket to nobody.
    wire: Any = connection.driver_connection._transport.get_extra_info("socket")
    if wire.family == socket.AF_UNIX:
        return
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, QUIET)
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, ASKING[0])
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, ASKING[1])


# PostgreSQL keeps no NUL in a text, and gateways may send any: U+FFFD stands in its place.


def _json(value: object) -> str:
    return _NUL.sub(r"\1\\ufffd", json.dumps(value))


def _without_nul(
    connection: object, cursor: object, statement: str, parameters: Any, context: object, executemany: bool
) -> tuple[str, Any]:
    return statement, without_nul(parameters)


def without_nul(value: Any) -> Any:
    """A text with U+FFFD for every NUL, and so whatever is made of texts: both databases keep that."""
    match value:
        case str():
            return value.replace("\0", "\ufffd") if "\0" in value else value
        case dict():
            return {without_nul(name): without_nul(one) for name, one in value.items()}
        case list():
            return [without_nul(one) for one in value]
        case tuple():
            return tuple(without_nul(one) for one in value)
        case _:
            return value


@asynccontextmanager
async def at_work(engine: AsyncEngine, *, alone: bool) -> AsyncIterator[None]:
    """Be at work in this database, with others or alone. Raises DatabaseInUseError: others are in the way."""
    attempt = sa.func.pg_try_advisory_lock if alone else sa.func.pg_try_advisory_lock_shared
    async with engine.connect() as connection:
        # A lock of the session, which the server frees when this connection ends, however it ends.
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        if not await connection.scalar(sa.select(attempt(_AT_WORK))):
            raise DatabaseInUseError(engine.url.render_as_string())
        try:
            yield
        finally:
            await connection.invalidate()


async def end_in_time(tx: AsyncConnection) -> None:
    """Have the server end this transaction when it gets old, whatever it waits for; from version 17 on.

    No other limit counts where a process is frozen between telling the server a statement it has not had
    before and having it run, as the driver does in two steps: then it is the rest of that which is awaited.
    """
    if tx.dialect.name == "postgresql":
        await tx.execute(_END_IN_TIME, {"age": f"{AGE * 1000:.0f}"})


def gave_way(error: BaseException | None) -> bool:
    """Whether PostgreSQL gave up this transaction for another: nothing of it was committed."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) in {"40001", "40P01"}
