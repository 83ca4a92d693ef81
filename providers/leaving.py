"""The last question before a submission leaves: may it still?

A process that is frozen between its claim and the wire wakes up when others have long taken over. Whoever
submits says here what must hold, and the transport asks at the last moment, when the connection stands and
before the first byte. The answer goes with the task, so that gateways need not hand it on.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_always: Callable[[], bool] = lambda: True  # noqa: E731 - the default of a variable
_may_leave: ContextVar[Callable[[], bool]] = ContextVar("may_leave", default=_always)


@contextmanager
def leaving_only_if(holds: Callable[[], bool]) -> Iterator[None]:
    """Submissions in here leave only while this holds; else they are NotReached."""
    token = _may_leave.set(holds)
    try:
        yield
    finally:
        _may_leave.reset(token)


def may_leave() -> bool:
    """Whether a submission may leave now."""
    return _may_leave.get()()
