"""How long does one confirmed /send take until its request reaches the gateway?

The bot in a process of its own, and beside it a bare script that does the least there is to do: it handles
the press, writes a row durably, posts. Each has a Telegram and a gateway of its own, in this process.
Somebody says /send, gets a card, and, when all is quiet, presses ✅; from there it counts, until the gateway
has the request. The two take turns, press by press.

Prints one table; the exit code is 1 if a goal is missed.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from asyncio.subprocess import Process
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from sandbox.smsc import SmscServer
from sandbox.telegram import Chat, Message, Person, TelegramServer

TOKEN = "123456:BENCH-TOKEN-that-opens-nothing"  # nosec B105  # noqa: S105 - the stand-in's own
LOGIN, PASSWORD = "demo", "demo-password"
ROOT = Path(__file__).parent.parent
BARE = Path(__file__).parent / "baselines" / "bare_send.py"
TIMES, WORST = 2.0, 0.050  # of the script's median; seconds at the 95th percentile
QUIET = 0.3  # seconds in which all that follows a message comes to its end
PATIENCE = 60.0


@dataclass(slots=True)
class Sender:
    """A program that sends, with all that is outside of it."""

    name: str
    telegram: TelegramServer
    gateway: SmscServer
    anna: Person
    process: Process
    seconds: list[float] = field(default_factory=list)

    @property
    def chat(self) -> Chat:
        return self.telegram.private(self.anna)


def write_config(folder: Path, telegram: TelegramServer, gateway: SmscServer) -> Path:
    path = folder / "config.toml"
    path.write_text(
        f'telegram = {{token = "{TOKEN}", api_url = "{telegram.url}", admins = [1001], rate = 0}}\n'
        'web = {listen = ""}\nlimits = {undo = "0s", commands = 0}\n'
        f'gateways.smsc = {{url = "{gateway.url}", limit_window = "0s"}}\n'
        f'[[accounts]]\nname = "main"\ngateway = "smsc"\nlogin = "{LOGIN}"\npassword = "{PASSWORD}"\n'
        "chats = [1001]\n",
        "utf-8",
    )
    return path


async def sender(stack: AsyncExitStack, name: str, folder: Path, *, bare: bool) -> Sender:
    """A program that polls."""
    telegram = await stack.enter_async_context(TelegramServer(TOKEN))
    gateway = await stack.enter_async_context(SmscServer(login=LOGIN, password=PASSWORD))
    gateway.balance = Decimal(10**6)
    anna = telegram.person(1001, "Anna", language_code="en")
    command = (
        (str(BARE), telegram.url, TOKEN, gateway.url, str(folder / "bare.db"))
        if bare
        else ("-m", "bot", "run", "--config", str(write_config(folder, telegram, gateway)))
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=ROOT, stderr=asyncio.subprocess.DEVNULL
    )
    stack.push_async_callback(_end, process)
    await telegram.wait_for(lambda: telegram.is_polled, PATIENCE)
    return Sender(name=name, telegram=telegram, gateway=gateway, anna=anna, process=process)


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()


async def send(one: Sender, number: int) -> float:
    """Seconds from the press to the request."""
    chat = one.chat
    said = chat.say(one.anna, f"/send +7903{number:05}00 Order {number} is ready")

    def card() -> Message | None:
        return next((m for m in chat.bot_messages if m.id > said.id and m.button("✅")), None)

    shown = await one.telegram.wait_for(card, PATIENCE)
    assert shown is not None  # nosec B101  # noqa: S101 - for mypy: it was waited for
    await asyncio.sleep(QUIET)
    sent = len(one.gateway.journal.accepted)
    begun = time.monotonic()
    chat.press(one.anna, shown, "✅")
    await one.gateway.wait_for(lambda: len(one.gateway.journal.accepted) > sent, PATIENCE)
    took = time.monotonic() - begun
    await asyncio.sleep(QUIET)
    return took


async def measure(times: int) -> tuple[Sender, Sender]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="smsdesk-sending-")))
        ours = await sender(stack, "smsdesk", folder, bare=False)
        script = await sender(stack, "bare script", folder, bare=True)
        for number in range(times + 3):  # the first warm up
            for one in (ours, script):
                took = await send(one, number)
                if number >= 3:
                    one.seconds.append(took)
        return ours, script


def report(ours: Sender, script: Sender) -> int:
    print(f"{'from ✅ to the gateway':<24}{'p50, ms':>9}{'p95, ms':>9}{'ratio':>8}  goal")
    medians = {}
    for one in (ours, script):
        percentiles = statistics.quantiles(one.seconds, n=20)
        medians[one.name] = percentiles[9]
        print(f"{one.name:<24}{percentiles[9] * 1000:>9.1f}{percentiles[18] * 1000:>9.1f}", end="")
        if one is ours:
            worst = percentiles[18]
            ratio = percentiles[9] / statistics.median(script.seconds)
            print(
                f"{ratio:>8.2f}  p50 under {TIMES} times the script's, p95 under {WORST * 1000:.0f} ms",
                end="",
            )
        print()
    return int(ratio > TIMES or worst > WORST)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=60)
    return report(*asyncio.run(measure(parser.parse_args().times)))


if __name__ == "__main__":
    sys.exit(main())
