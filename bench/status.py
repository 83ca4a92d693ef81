"""How many /status a second, answered from the ledger, beside bots that only echo?

Each bot in a process of its own, polling its own Telegram: ours with its durable inbox, its gate and a ledger
that holds campaigns of every chat; an echo of aiogram; an echo of python-telegram-bot on its stock transport.
The Telegrams share this process. In each of 200 chats somebody says /status, again as soon as it is answered.
The bots take turns, round by round; those whose turn it is not are stopped.

Prints one table; the exit code is 1 if ours is slower than the goal.
"""

import argparse
import asyncio
import os
import resource
import signal
import statistics
import sys
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sandbox.telegram import Chat, Event, TelegramServer
from storage import audit, keyed, ledger, people
from storage.accounts import add as add_account
from storage.db import Transaction, open_database
from storage.ledger import NewCampaign
from storage.people import Role
from storage.vault import Vault, open_vault

TOKEN = "123456:BENCH-TOKEN-that-opens-nothing"  # nosec B105  # noqa: S105 - the stand-in's own
ROOT = Path(__file__).parent.parent
BASELINES = Path(__file__).parent / "baselines"
GOALS = {"echo of aiogram": 1.0, "echo of python-telegram-bot": 2.0}  # ours at least so many times as fast
SECRETS = {"login": "demo", "password": "demo"}  # nosec B105  # of a gateway that nobody asks
FIRST_CHAT = 2001
CAMPAIGNS = 3  # of each chat
PATIENCE = 120.0
SETTLE = 0.5  # seconds: whoever is stopped with a request under way finds it timed out when it goes on
OURS = "smsdesk, /status"


@dataclass(slots=True)
class Contender:
    """A bot, its Telegram, and what was measured."""

    name: str
    telegram: TelegramServer
    process: Process
    rates: list[float] = field(default_factory=list)  # commands a second, by round
    waits: list[float] = field(default_factory=list)  # seconds, by command
    worked: float = 0.0  # seconds of processor time
    stand: float = 0.0  # seconds of processor time of this process meanwhile
    elapsed: float = 0.0

    def stop(self) -> None:
        os.kill(self.process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)


def processor_time(pid: int) -> float:
    """Seconds that a process has worked so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def own_time() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


# The ledger before the start.


async def fill(folder: Path, chats: int) -> None:
    """People, their chats, an account for all, and campaigns of each chat, as they are in a working desk."""
    # Its keys come first, as at a first start.
    vault = open_vault(folder / "smsdesk.key", make=True)
    async with open_database(folder / "smsdesk.db") as database, database.write() as tx:
        await audit.begin(tx, vault)
        await keyed.key(tx, vault, keyed.NUMBERS)
        account_id = await _account(tx, vault, range(FIRST_CHAT, FIRST_CHAT + chats))
        for person in range(FIRST_CHAT, FIRST_CHAT + chats):
            await people.allow(
                tx, person_id=person, name="Anna", role=Role.OPERATOR, added_by=1001, by="Boss", via="id",
                chat_id=None, now=datetime.now(UTC),
            )  # fmt: skip
            for number in range(CAMPAIGNS):
                await _campaign(tx, account_id, person, number)


async def _account(tx: Transaction, vault: Vault, chats: range) -> int:
    made = await add_account(
        tx, name="main", gateway="smsc", sender_id="ACME", secrets=SECRETS,
        vault=vault, chats=chats, created_by=1001, provisioned=False, now=datetime.now(UTC),
    )  # fmt: skip
    return made.id


async def _campaign(tx: Transaction, account_id: int, person: int, number: int) -> None:
    """One that waits for a moment far ahead: nobody has anything to do with it meanwhile."""
    leaves = datetime(2099, 1, 1, tzinfo=UTC)
    new = NewCampaign(
        chat_id=person, thread_id=0, account_id=account_id, author_id=person, author="Anna",
        text=f"Your order {number} is ready", sender_id="ACME", send_at=leaves, validity=None,
        msisdns=(f"7903{person:05}{number:02}",), segments=1, due_at=leaves,
    )  # fmt: skip
    await ledger.create(tx, new, datetime.now(UTC))


def write_config(folder: Path, telegram: TelegramServer) -> Path:
    path = folder / "config.toml"
    path.write_text(
        f'telegram = {{token = "{TOKEN}", api_url = "{telegram.url}", admins = [1001], rate = 0}}\n'
        'web = {listen = ""}\nlimits = {commands = 0}\nalerts = {balance_every = "1d"}\n',
        "utf-8",
    )
    return path


# A round.


class Talk:
    """Somebody in each chat who says the same so many times, each as soon as the last is answered."""

    def __init__(self, chats: list[Chat], times: int) -> None:
        self._left = {chat.id: times for chat in chats}
        self._said_at: dict[int, float] = {}
        self._open = len(chats)
        self.waits: list[float] = []
        self.over = asyncio.Event()
        for chat in chats:
            self._say(chat)

    def _say(self, chat: Chat) -> None:
        assert chat.owner is not None  # nosec B101  # noqa: S101 - for mypy: these are private chats
        self._left[chat.id] -= 1
        self._said_at[chat.id] = time.monotonic()
        chat.say(chat.owner, "/status")

    def heard(self, event: Event) -> None:
        if event.kind != "sent":
            return
        chat = event.chat
        self.waits.append(time.monotonic() - self._said_at[chat.id])
        if self._left[chat.id]:
            self._say(chat)
        else:
            self._open -= 1
            if not self._open:
                self.over.set()


async def play(contender: Contender, times: int, *, counts: bool) -> None:
    telegram = contender.telegram
    chats = [chat for chat in telegram.chats if chat.id >= FIRST_CHAT]
    contender.go_on()
    before, own, begun = processor_time(contender.process.pid), own_time(), time.monotonic()
    talk = Talk([], 0)
    end = telegram.subscribe(lambda event: talk.heard(event))
    talk = Talk(chats, times)
    try:
        async with asyncio.timeout(PATIENCE):
            await talk.over.wait()
        elapsed = time.monotonic() - begun
        if counts:
            contender.rates.append(len(talk.waits) / elapsed)
            contender.waits += talk.waits
            contender.worked += processor_time(contender.process.pid) - before
            contender.stand += own_time() - own
            contender.elapsed += elapsed
        await asyncio.sleep(SETTLE)
    finally:
        end()
        contender.stop()


# All of it.


async def contender(
    stack: AsyncExitStack, name: str, chats: int, command: Callable[[TelegramServer], tuple[str, ...]]
) -> Contender:
    """A bot that polls."""
    telegram = await stack.enter_async_context(TelegramServer(TOKEN))
    telegram.person(1001, "Boss", language_code="en")
    for person in range(FIRST_CHAT, FIRST_CHAT + chats):
        telegram.person(person, "Anna", language_code="en")
    process = await asyncio.create_subprocess_exec(
        *command(telegram), cwd=ROOT, stdout=asyncio.subprocess.DEVNULL
    )
    stack.push_async_callback(_end, process)
    await telegram.wait_for(lambda: telegram.is_polled, PATIENCE)
    made = Contender(name=name, telegram=telegram, process=process)
    made.stop()
    return made


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()


async def measure(python: str, chats: int, times: int, rounds: int) -> list[Contender]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="smsdesk-status-")))
        await fill(folder, chats)

        def ours(telegram: TelegramServer) -> tuple[str, ...]:
            return (sys.executable, "-m", "bot", "run", "--config", str(write_config(folder, telegram)))

        def echo(script: str) -> Callable[[TelegramServer], tuple[str, ...]]:
            return lambda telegram: (python, str(BASELINES / script), telegram.url, TOKEN)

        contenders = [
            await contender(stack, OURS, chats, ours),
            await contender(stack, "echo of aiogram", chats, echo("aiogram_echo.py")),
            await contender(stack, "echo of python-telegram-bot", chats, echo("ptb_echo.py")),
        ]
        for number in range(rounds + 1):  # the first warms up
            for one in contenders:
                await play(one, times, counts=number > 0)
        return contenders


def report(contenders: list[Contender]) -> int:
    ours = contenders[0]
    print(
        f"{'bot':<30}{'a second':>9}{'p50, ms':>9}{'p95, ms':>9}{'cpu, ms':>9}{'stand':>7}"
        f"{'ours':>7}{'by cpu':>7}{'goal':>6}"
    )
    met = True
    for one in contenders:
        rate, waits = statistics.median(one.rates), statistics.quantiles(one.waits, n=20)
        ratio = statistics.median(ours.rates) / rate
        goal = GOALS.get(one.name)
        met = met and (goal is None or ratio >= goal)
        worked = one.worked / len(one.waits) * 1000
        by_work = worked / (ours.worked / len(ours.waits) * 1000)
        told = "" if goal is None else f"{ratio:>7.2f}{by_work:>7.2f}{goal:>6.1f}"
        print(
            f"{one.name:<30}{rate:>9.0f}{waits[9] * 1000:>9.0f}{waits[18] * 1000:>9.0f}{worked:>9.2f}"
            f"{one.stand / one.elapsed:>7.0%}{told}"
        )
    return 0 if met else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chats", type=int, default=200)
    parser.add_argument("--times", type=int, default=5, help="commands in each chat and round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--baselines", default=str(ROOT / "build/bench/bin/python"), help="their Python")
    options = parser.parse_args()
    return report(asyncio.run(measure(options.baselines, options.chats, options.times, options.rounds)))


if __name__ == "__main__":
    sys.exit(main())
