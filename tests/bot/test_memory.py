"""Counted is what glibc holds by its own account: what the system says depends on the machine."""

import ctypes
import os
import subprocess
import sys

import pytest

# Blocks as a large update makes them: in one thread, then in several side by side. Then all are free.
PROGRAM = """
import asyncio, ctypes, tempfile, threading
from pathlib import Path
from tests.entrances import BrokenTelegram, bot_over, silence

class Account(ctypes.Structure):  # struct mallinfo2
    _fields_ = [(name, ctypes.c_size_t) for name in
                "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()]

libc = ctypes.CDLL(None)
libc.mallinfo2.restype = Account
together = threading.Barrier(8)

def held():
    account = libc.mallinfo2()
    return account.arena + account.hblkhd

def work():
    blocks = [bytearray(1_000_000) for _ in range(8)]
    together.wait()
    blocks.clear()

async def measure(folder):
    async with bot_over(BrokenTelegram(silence), Path(folder)):
        before = held()
        bytearray(20_000_000)
        threads = [threading.Thread(target=work) for _ in range(8)]
        for one in threads: one.start()
        for one in threads: one.join()
        print(held() - before)

with tempfile.TemporaryDirectory() as folder:
    asyncio.run(measure(folder))
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="not glibc, or an old one")
def test_what_is_freed_goes_back() -> None:
    """Else it keeps some 60 MB of these."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_"))}
    done = subprocess.run(  # noqa: S603 - nothing in it comes from outside
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, env=ours
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.splitlines()[-1]) < 4 * 2**20
