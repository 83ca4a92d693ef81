"""What SQLAlchemy compiles serves every engine of this process.

An engine keeps what it has compiled to itself, and each test has an engine of its own: a fifth of the time
of a flow went into compiling the very statements that the flow before it had compiled. Of a dialect only the
class counts here: those of one class are made alike, by `storage.sqlite` or by `storage.postgres`.
"""

from typing import Any

import sqlalchemy as sa


class _OfOneClass(dict[tuple[Any, ...], Any]):
    """SQLAlchemy asks with the dialect first in the key."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get((type(key[0]), *key[1:]), default)

    def __setitem__(self, key: tuple[Any, ...], value: Any) -> None:
        super().__setitem__((type(key[0]), *key[1:]), value)


_COMPILED = _OfOneClass()


def share() -> None:
    """From now on, every connection of this process."""
    sa.event.listen(sa.Engine, "engine_connect", _share)


def _share(connection: sa.Connection) -> None:
    connection.execution_options(compiled_cache=_COMPILED)
