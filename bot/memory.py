"""What is freed goes back to the system, and what stays is not searched for garbage.

glibc would keep a good deal of what is freed, and ever more. Two of its habits add up (mallopt(3),
malloc/arena.c). Each thread gets an arena of its own, up to eight a processor. And each large block that is
freed raises the thresholds, so that blocks of its size come from the arenas from then on, and each arena
keeps up to twice as much of what is free, 64 MB at most. Here a thread stands behind each connection to the
database, and what Telegram brings may be large: docs/decisions/0018.
"""

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Options of mallopt, from <malloc.h>; settings that stay as they are set.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
KEPT = 128 * 1024  # bytes: glibc's own thresholds before it raises them


def give_back() -> bool:
    """To be called before there are threads. False: this is not glibc, and nothing is changed."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    for option, value in ((M_ARENA_MAX, 1), (M_MMAP_THRESHOLD, KEPT), (M_TRIM_THRESHOLD, KEPT)):
        mallopt(option, value)
    return True


@contextmanager
def nothing_searched() -> Iterator[None]:
    """While modules are loaded, whose hundred thousand objects stay, Python does not search them for garbage.

    It would go through all of them again and again, a sixth of the time they take; nor does it do so later.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
