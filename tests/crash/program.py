"""The real program, started in a tenth of a second: a warm process forks for each life.

Starting Python, importing the program and filling its caches takes a second, which two thousand kills do not
have. So this process does it once and forks for each line it reads; SIGKILL strikes the child only. The child
runs the real command line, `smsdesk run --config FILE` and the like. What strikes stands here, not in the
product: the product only passes `storage.fault` points.

One line of JSON in is a `Life`. Two lines out: {"pid": ...} when it lives, {"status": ...} when it ended, a
signal negative as in `subprocess`.
"""

import ctypes
import json
import os
import random
import signal
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import bot.app
import bot.checkup
import bot.notifier
import bot.rotation
import bot.updates
from bot.__main__ import main
from storage import fault
from tests import compiled
from tests.crash import shadow
from tests.crash.variants import VARIANTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What to run, and when to kill it. `arguments` are those of `smsdesk`.

    `point` with `hit`: at the hit-th time the point is passed; `point` None with `hit`: at the hit-th point
    of any name; both None: nothing strikes from inside. `trace` gets the names of the points passed, `log`
    what the program prints. `disk`: where to write down what becomes of the database file. `in_place`: live
    in the warm process itself, to warm it; it must end in order.
    """

    arguments: Sequence[str]
    trace: str
    log: str
    point: str | None = None
    hit: int | None = None
    variant: str | None = None
    disk: str | None = None
    in_place: bool = False

    def line(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"


def striker(life: Life) -> Callable[[str], None]:
    """Writes down every point passed, and kills this process at the one that was asked for."""
    trace = os.open(life.trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    passed: Counter[str] = Counter()

    def strike(point: str) -> None:
        os.write(trace, f"{point}\n".encode())
        passed[point] += 1
        hits = passed[point] if life.point is not None else passed.total()
        if life.point in {None, point} and hits == life.hit:
            os.kill(os.getpid(), signal.SIGKILL)

    return strike


def hurry() -> None:
    """Shorten the pauses that are no settings: politeness towards Telegram, which here is on loopback."""
    short = timedelta(milliseconds=50)
    bot.notifier.EDIT_EVERY = {"private": short, "group": short}
    bot.notifier.PAUSE = short
    bot.updates.AFTER_TROUBLE = 0.05
    bot.app.START_RETRY = 0.05


def die_with_parent() -> None:
    """Nobody is left behind when the driver is interrupted. Only Linux can do that."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def live(life: Life) -> None:
    """In the child: become the program."""
    die_with_parent()
    output = os.open(life.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    random.seed()
    if life.variant is not None:
        VARIANTS[life.variant].apply()
    strike = striker(life)
    if life.disk is not None:
        strike = shadow.witness(Path(life.disk), strike)
    fault.arm(strike)
    main(list(life.arguments))


def fork(life: Life) -> int:
    """The process id of a new life."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        live(life)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - told in the log; the child must not become a second server
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def serve() -> None:
    """One life after another, until the input ends."""
    die_with_parent()
    hurry()
    compiled.share()
    for line in sys.stdin.buffer:
        life = Life(**json.loads(line))
        pid = os.getpid() if life.in_place else fork(life)
        _tell({"pid": pid})
        if life.in_place:
            status = main(list(life.arguments), standalone_mode=False) or 0
            _outlive()
        else:
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        _tell({"status": status})


def _outlive() -> None:
    """A program that has been told to stop ends its process by some time; this process lives on."""
    for one in threading.enumerate():
        if isinstance(one, threading.Timer):
            one.cancel()


def _tell(what: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(what).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    serve()
