"""Does the program stay as it is for half an hour under a steady load with one fault in a hundred requests?

The real bot in a process of its own, Telegram and the gateways beside it. In the bot's process a watcher
samples memory, open files and the size of the database's log, and measures how long the event loop was held
up: the time between two ticks, without what its thread, or the one that had Python's lock meanwhile, was let
wait for a processor by a busy machine. Afterwards the journals of the gateways are held against the ledger.

Prints the samples as a table and a verdict on each; the exit code is 1 if one is bad.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot import app
from bot.config import Settings
from bot.logs import configure
from sandbox.devino import DevinoServer
from sandbox.faults import KINDS, REFUSALS, Kind
from sandbox.sms_pager import SmsPagerServer
from sandbox.smsc import SmscServer
from sandbox.stand import Stand
from sandbox.telegram import Chat, Event, FaultKind, Message, Person, TelegramServer

TOKEN = "123456:SOAK-TOKEN-that-opens-nothing"  # nosec B105  # noqa: S105 - the stand-in's own
LOGIN, PASSWORD = "demo", "demo-password"  # of the stand-ins
GATEWAYS = ("devino_rest", "devino_soap", "sms_pager", "smsc")
BLOCKED = 0.2  # seconds: the goal for the worst block of the loop
TICK = 0.02  # seconds between two looks at the loop
SAMPLE = 5.0  # seconds between two lines of the table
GROWTH = 0.10  # of memory over the second half; less is what allocators do
FILES, LOG = 16, 64 * 2**20  # how many open files more, and how many bytes of log, are still flat
FAULTS = 0.01
TELEGRAM_FAULTS: tuple[FaultKind, ...] = ("429", "502", "500", "delivered_reset", "reset_before", "garbled")
# What stops an account waits for a person, and there is none here.
GATEWAY_FAULTS: tuple[Kind, ...] = tuple(sorted(KINDS - REFUSALS))  # type: ignore[arg-type]  # they are Kinds


# In the bot's process.


class Watcher:
    """Samples of this process, one JSON line each."""

    def __init__(self, out: Path, database: Path) -> None:
        self._out, self._log = out, Path(f"{database}-wal")
        self._ticked = time.monotonic()
        self._worst, self._where = 0.0, ""
        self._loop_thread = threading.get_ident()

    async def run(self) -> None:
        """Until cancelled."""
        threading.Thread(target=self._look_on, daemon=True).start()
        loop, waited, sampled = threading.get_native_id(), _waited(), time.monotonic()
        while True:
            before, worked = time.monotonic(), time.thread_time()
            await asyncio.sleep(TICK)
            worked = time.thread_time() - worked
            self._ticked, before_wait = time.monotonic(), waited
            waited = _waited()
            block = max(worked, self._ticked - before - TICK - _lost(before_wait, waited, loop))
            if block > self._worst:
                self._worst = block
                self._where = f"({worked * 1000:.0f} ms of them at work) {self._seen}"
            self._seen = ""
            if self._ticked - sampled >= SAMPLE:
                sampled = self._ticked
                self._write()

    _seen = ""

    def _look_on(self) -> None:
        """From beside the loop: what it is at while it does not tick."""
        while True:
            time.sleep(TICK)
            if time.monotonic() - self._ticked > BLOCKED / 2 and not self._seen:
                frame = sys._current_frames().get(self._loop_thread)
                frames = traceback.extract_stack(frame)[-6:] if frame is not None else []
                self._seen = " < ".join(
                    f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in frames[::-1]
                )

    def _write(self) -> None:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        sample = {
            "at": time.monotonic(),
            "memory": pages * os.sysconf("SC_PAGE_SIZE"),
            "files": len(list(Path("/proc/self/fd").iterdir())),
            "log": self._log.stat().st_size if self._log.exists() else 0,
            "tasks": len(asyncio.all_tasks()),
            "block": self._worst,
            "where": self._where,
        }
        self._worst, self._where = 0.0, ""
        with self._out.open("a") as file:
            file.write(json.dumps(sample) + "\n")


def _waited() -> dict[str, float]:
    """Seconds each thread of this process was ready to run and had no processor."""
    found = {}
    for thread in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # it may have ended by now
            found[thread.name] = int((thread / "schedstat").read_text().split()[1]) / 1e9
    return found


def _lost(before: dict[str, float], now: dict[str, float], loop: int) -> float:
    """Seconds that the machine took from the loop: its own waiting, and that of whoever had Python's lock."""
    waits = {name: waited - before.get(name, 0.0) for name, waited in now.items() if name in before}
    own = waits.pop(str(loop), 0.0)
    return own + max(waits.values(), default=0.0)


async def program(folder: Path) -> None:
    """The bot, watched, until SIGTERM."""
    settings = Settings.model_validate_json((folder / "settings.json").read_text())
    configure("WARNING", "text", [])
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    watching = asyncio.create_task(Watcher(folder / "samples.jsonl", folder / "smsdesk.db").run())
    await app.run(settings, stop)
    watching.cancel()


# Everything outside.


@dataclass(slots=True)
class Desk:
    """One group at one gateway: somebody writes /send, waits for the card, presses, and so on."""

    chat: Chat
    person: Person
    cards: asyncio.Queue[Message]
    sent: int = 0

    def heard(self, event: Event) -> None:
        if event.kind == "sent" and event.chat is self.chat and event.message.button("✅") is not None:
            self.cards.put_nowait(event.message)

    async def work(self, number: int, every: float, until: float) -> None:
        while time.monotonic() < until:
            begun = time.monotonic()
            series = f"{number}{self.sent // 3:05}"
            self.chat.say(self.person, f"/send +790{series}00 +791{series}00 +792{series}01 Order {series}")
            self.sent += 3
            try:
                async with asyncio.timeout(60):
                    card = await self.cards.get()
                self.chat.press(self.person, card, "✅")
            except (TimeoutError, LookupError):
                continue  # the card was lost, or is a repeat: the next one will do
            await asyncio.sleep(max(0.0, every - (time.monotonic() - begun)))


async def misfortune(
    stands: list[Stand], telegram: TelegramServer, until: float, dice: random.Random
) -> None:
    """Spoil one in a hundred of the requests that come."""
    spoiled = 0
    while time.monotonic() < until:
        await asyncio.sleep(0.1)
        due = int(FAULTS * (sum(len(one.requests) for one in stands) + len(telegram.calls)))
        for _ in range(due - spoiled):
            if dice.random() < 0.3:
                telegram.faults.add("sendMessage", kind=dice.choice(TELEGRAM_FAULTS))
            else:
                dice.choice(stands).faults.add(kind=dice.choice(GATEWAY_FAULTS))
        spoiled = max(due, spoiled)


def write_settings(
    folder: Path, telegram: TelegramServer, urls: dict[str, str], chats: dict[str, int]
) -> None:
    account = {"login": LOGIN, "password": PASSWORD, "sender": "ACME"}
    settings = {
        "telegram": {
            "token": TOKEN,
            "api_url": telegram.url,
            "admins": [1001],
            "rate": 0,
            "group_rate": 0,
        },
        "storage": {"url": f"sqlite:///{folder / 'smsdesk.db'}"},
        "security": {"key_file": str(folder / "smsdesk.key")},
        "gateways": {kind: {"url": url} for kind, url in urls.items()},
        "accounts": [account | {"name": kind, "gateway": kind, "chats": [chats[kind]]} for kind in GATEWAYS],
        "tracking": {"first_check": "2s", "longest_pause": "30s"},
        "limits": {"undo": "0s", "commands": 0},
        "submit": {"retry": "2s"},
        "web": {"listen": ""},
    }
    settings["gateways"]["smsc"]["limit_window"] = "0s"  # type: ignore[index]  # a table of tables
    (folder / "settings.json").write_text(json.dumps(settings))


async def soak(minutes: float, rate: float, seed: int) -> int:
    dice = random.Random(seed)  # noqa: S311  # nosec B311 - dice
    folder = Path(tempfile.mkdtemp(prefix="smsdesk-soak-"))
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(TelegramServer(TOKEN))
        devino = await stack.enter_async_context(DevinoServer(pace=3, balance="1000000000"))
        pager = await stack.enter_async_context(SmsPagerServer(pace=3, balance="1000000000"))
        smsc = await stack.enter_async_context(SmscServer(pace=3, balance="1000000000"))
        anna = telegram.person(1001, "Anna", language_code="en")
        urls = {
            "devino_rest": devino.rest_url,
            "devino_soap": devino.soap_url,
            "sms_pager": pager.url,
            "smsc": smsc.url,
        }
        desks = [
            Desk(chat=telegram.group(-1001 - place, kind, [anna]), person=anna, cards=asyncio.Queue())
            for place, kind in enumerate(GATEWAYS)
        ]
        for desk in desks:
            telegram.subscribe(desk.heard)
        chats = {desk.chat.title: desk.chat.id for desk in desks}
        write_settings(folder, telegram, urls, chats)
        log = stack.enter_context((folder / "log").open("w"))
        bot = await asyncio.create_subprocess_exec(
            sys.executable, __file__, "--program", folder, cwd=Path(__file__).parent.parent, stderr=log
        )
        await telegram.wait_for(lambda: telegram.is_polled, timeout=60)
        until = time.monotonic() + minutes * 60
        stands: list[Stand] = [devino, pager, smsc]
        await asyncio.gather(
            misfortune(stands, telegram, until, dice),
            *(desk.work(place, len(desks) / rate, until) for place, desk in enumerate(desks, 1)),
        )
        await asyncio.sleep(SAMPLE * 2)  # what is under way comes to its end
        bot.send_signal(signal.SIGTERM)
        ended = await bot.wait()
        samples = [json.loads(line) for line in (folder / "samples.jsonl").read_text().splitlines()]
        accepted = [one.msisdn for stand in stands for one in stand.journal.accepted]
        faults = sum(len(stand.faults.applied) for stand in stands) + len(telegram.faults.applied)
    good = report(samples, seed=seed, messages=sum(desk.sent for desk in desks), faults=faults)
    good = compare(folder / "smsdesk.db", accepted) and good
    print(f"the program ended with {ended}; its folder: {folder}")
    return 0 if good and ended == 0 else 1


def report(samples: list[dict[str, Any]], *, seed: int, messages: int, faults: int) -> bool:
    """The table, and what is flat."""
    print(f"{messages} messages, {faults} faults, seed {seed}\n\n   s   MB  files  log kB  tasks  block ms")
    for one in samples[:: max(1, len(samples) // 20)]:
        passed = one["at"] - samples[0]["at"]
        print(
            f"{passed:4.0f} {one['memory'] / 2**20:4.0f} {one['files']:6} {one['log'] / 1024:7.0f}"
            f" {one['tasks']:6} {one['block'] * 1000:9.0f}"
        )
    half = samples[len(samples) // 2 :]
    third = max(1, len(half) // 3)

    def grown(name: str) -> float:
        first = statistics.median(one[name] for one in half[:third])
        return float(statistics.median(one[name] for one in half[-third:]) - first)

    memory = grown("memory") / half[0]["memory"]
    worst = max(samples[1:] or samples, key=lambda one: one["block"])
    verdicts = {
        f"memory grew by {memory:.1%} in the second half": memory <= GROWTH,
        f"open files grew by {grown('files'):.0f}": grown("files") <= FILES,
        f"log of the database at most {max(one['log'] for one in samples) / 2**20:.1f} MB": max(
            one["log"] for one in samples
        )
        <= LOG,
        f"the loop was held up for at most {worst['block'] * 1000:.0f} ms {worst['where']}": worst["block"]
        <= BLOCKED,
    }
    print()
    for said, good in verdicts.items():
        print(f"{'good' if good else 'BAD '}  {said}")
    return all(verdicts.values())


def compare(database: Path, accepted: list[str]) -> bool:
    """The ledger against the journals."""
    with sqlite3.connect(database) as connection:
        states = dict(connection.execute("SELECT msisdn, state FROM messages"))
    connection.close()
    times = Counter(accepted)
    went = {"accepted", "moderation", "sent", "delivered", "undelivered"}
    twice = sum(count > 1 for count in times.values())
    never = sum(state in went and not times[msisdn] for msisdn, state in states.items())
    waits = sum(state == "queued" and times[msisdn] > 0 for msisdn, state in states.items())
    verdicts = {
        f"sent twice: {twice}": not twice,
        f"said to have left, and did not: {never}": not never,
        f"said to wait, and left: {waits}": not waits,
    }
    for said, good in verdicts.items():
        print(f"{'good' if good else 'BAD '}  {said}")
    print(f"      states: {dict(Counter(states.values()))}; accepted by gateways: {len(accepted)}")
    return all(verdicts.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=2.0, help="campaigns of three messages a second")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311  # nosec B311 - a seed
    parser.add_argument("--program", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.program is not None:
        asyncio.run(program(options.program))
        return 0
    return asyncio.run(soak(options.minutes, options.rate, options.seed))


if __name__ == "__main__":
    sys.exit(main())
