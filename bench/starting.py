"""How long from the start to the first getUpdates, and how much memory at rest, beside a bare bot?

The bot on a database that is there, with nothing to do, and a bot of python-telegram-bot on its stock
transport that echoes. They start in turns. Time is from the process's making to its first question for
updates, by the clock and of the processor; memory is what stays in it some seconds later (resident set).

Prints one table; the exit code is 1 if a goal is missed.
"""

import argparse
import asyncio
import os
import signal
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.telegram import TelegramServer

TOKEN = "123456:BENCH-TOKEN-that-opens-nothing"  # nosec B105  # noqa: S105 - the stand-in's own
ROOT = Path(__file__).parent.parent
BARE = Path(__file__).parent / "baselines" / "ptb_echo.py"
TIME, MEMORY = 3.0, 2.0  # goals: ours at most so many times the other's
REST = 4.0  # seconds
PATIENCE = 60.0


@dataclass(slots=True)
class Starts:
    """Seconds and bytes, by start."""

    seconds: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)  # seconds of processor time until then
    memory: list[int] = field(default_factory=list)


async def start(telegram: TelegramServer, command: tuple[str, ...], compiled: Path, into: Starts) -> None:
    """Once, and end it. `compiled`: where Python keeps what it has compiled, as where both are installed."""
    asked = len(telegram.calls)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    begun = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env=environment | {"PYTHONPYCACHEPREFIX": str(compiled)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await telegram.wait_for(
            lambda: telegram.is_polled or any(c.method == "getUpdates" for c in telegram.calls[asked:]),
            PATIENCE,
        )
        into.seconds.append(time.monotonic() - begun)
        into.worked.append(processor_time(process.pid))
        await asyncio.sleep(REST)
        into.memory.append(memory(process.pid))
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


def processor_time(pid: int) -> float:
    """Seconds that a process has worked so far, all of its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> int:
    """Bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def measure(python: str, times: int) -> tuple[Starts, Starts]:
    ours, bare = Starts(), Starts()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="smsdesk-starting-")))
        telegram = await stack.enter_async_context(TelegramServer(TOKEN))
        telegram.person(1001, "Boss", language_code="en")
        config = folder / "config.toml"
        config.write_text(
            f'telegram = {{token = "{TOKEN}", api_url = "{telegram.url}", admins = [1001]}}\n'
            'web = {listen = "127.0.0.1:0"}\n',
            "utf-8",
        )
        mine = (sys.executable, "-m", "bot", "run", "--config", str(config))
        theirs = (python, str(BARE), telegram.url, TOKEN)
        for number in range(times + 1):  # the first makes the database, compiles, and warms up
            into = (ours, bare) if number else (Starts(), Starts())
            await start(telegram, mine, folder / "compiled", into[0])
            await start(telegram, theirs, folder / "compiled-bare", into[1])
    return ours, bare


def report(ours: Starts, bare: Starts) -> int:
    rows = (
        ("to the first getUpdates, s", ours.seconds, bare.seconds, 1.0, TIME),
        ("work until then, cpu s", ours.worked, bare.worked, 1.0, TIME),
        ("memory at rest, MB", ours.memory, bare.memory, 2.0**20, MEMORY),
    )
    print(f"{'median':<28}{'smsdesk':>9}{'bare bot':>10}{'ratio':>7}{'goal':>6}")
    met = True
    for name, mine, theirs, unit, goal in rows:
        one, other = statistics.median(mine) / unit, statistics.median(theirs) / unit
        met = met and one / other <= goal
        print(f"{name:<28}{one:>9.2f}{other:>10.2f}{one / other:>7.2f}{goal:>6.1f}")
    return 0 if met else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--baselines", default=str(ROOT / "build/bench/bin/python"), help="their Python")
    options = parser.parse_args()
    return report(*asyncio.run(measure(options.baselines, options.times)))


if __name__ == "__main__":
    sys.exit(main())
