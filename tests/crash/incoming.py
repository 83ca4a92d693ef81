"""Incoming SMS by the thousand while the program is killed: each is shown once, or once more, marked.

`python -m tests.crash.incoming --sms 10000` prints the counts. SMS come late and out of order, are told twice
(asked for by two questions, and pushed as well), to a forum, a group and a private chat; Telegram spoils one
request in a hundred; staff press, close, rename and delete meanwhile. The program is killed at points it
passes, again and again, and started anew.
"""

import argparse
import asyncio
import os
import random
import re
import secrets
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack, closing, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sandbox.devino import DevinoServer
from sandbox.smsc import SmscServer
from sandbox.telegram import Chat, FaultKind, Message, Person, TelegramServer

from .play import ServerEnded, server
from .program import Life
from .world import ADMIN, LOGIN, PASSWORD, TOKEN, free_port

FAULTS = 0.01
TELEGRAM_FAULTS: tuple[FaultKind, ...] = (
    "429",
    "502",
    "500",
    "delivered_502",
    "delivered_reset",
    "reset_before",
    "garbled",
)
CUSTOMERS = 100
AT_ONCE = 20  # SMS that come in one breath
LATE = 15  # seconds by which an SMS may be late
POINTS = (50, 4000)  # how many points a life passes before it is killed
REPEAT = re.compile(r"\((repeat|повтор)\) ")
TEXT = re.compile(r"sms-\d{5}")


@dataclass(kw_only=True)
class Flood:
    """What is outside, and what has come so far."""

    folder: Path
    telegram: TelegramServer
    devino: DevinoServer
    smsc: SmscServer
    anna: Person
    forum: Chat
    group: Chat
    dice: random.Random
    port: int
    expected: dict[int, set[str]] = field(default_factory=dict)  # texts by chat
    seen: dict[int, set[str]] = field(default_factory=dict)
    looked: dict[int, int] = field(default_factory=dict)  # how many messages of each chat

    @property
    def database(self) -> Path:
        return self.folder / "smsdesk.db"

    @property
    def chats(self) -> dict[str, Chat]:
        """By account."""
        return {
            "smsc": self.forum,
            "devino_rest": self.group,
            "devino_soap": self.telegram.private(self.anna),
        }

    def write_config(self) -> None:
        accounts = "".join(
            f'[[accounts]]\nname = "{kind}"\ngateway = "{kind}"\nlogin = "{LOGIN}"\n'
            f'password = "{PASSWORD}"\nsender = "ACME"\nchats = [{chat.id}]\n'
            for kind, chat in self.chats.items()
        )
        (self.folder / "config.toml").write_text(
            f'telegram = {{token = "{TOKEN}", api_url = "{self.telegram.url}", admins = [{ADMIN}],'
            " rate = 0, group_rate = 0}\n"
            f'web = {{listen = "127.0.0.1:{self.port}"}}\n'
            'inbox = {every = "1s", overlap = "20s", far = "10m", far_every = "20s"}\n'
            "limits = {commands = 0}\n"
            f'gateways.devino_rest.url = "{self.devino.rest_url}"\n'
            f'gateways.devino_soap.url = "{self.devino.soap_url}"\n'
            f'gateways.smsc.url = "{self.smsc.url}"\n' + accounts,
            "utf-8",
        )

    def missing(self) -> int:
        """SMS that are not shown everywhere yet."""
        for chat in self.chats.values():
            seen = self.seen.setdefault(chat.id, set())
            for message in chat.messages[self.looked.get(chat.id, 0) :]:
                found = TEXT.search(message.text) if is_card(message) else None
                seen |= {found.group()} if found else set()
            self.looked[chat.id] = len(chat.messages)
        return sum(len(texts - self.seen.get(chat, set())) for chat, texts in self.expected.items())

    def waiting(self) -> int:
        """What the program still has to say."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)) as connection:
            found: int = connection.execute(
                "SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending')"
            ).fetchone()[0]
        return found


def is_card(message: Message) -> bool:
    """Whether the bot shows an SMS with it, as it was when it came."""
    return message.sender == "bot" and REPEAT.sub("", first_text(message)).startswith("📩")


def first_text(message: Message) -> str:
    """As it was when it came: buttons change cards."""
    return message.edits[0] if message.edits else message.text


async def feed(flood: Flood, count: int, rate: float) -> None:
    """SMS come: half to each gateway, a third of them late, and pushed besides being asked for."""
    numbers = [f"790310{number:05}" for number in range(CUSTOMERS)]
    for start in range(0, count, AT_ONCE):
        begun = time.monotonic()
        for number in range(start, min(start + AT_ONCE, count)):
            text, customer = f"sms-{number:05}", flood.dice.choice(numbers)
            late = flood.dice.uniform(0, LATE) if flood.dice.random() < 1 / 3 else 0.0
            if number % 2:
                at = flood.smsc.account.now() - timedelta(seconds=late)
                flood.smsc.receive(customer, text, at=at)
                _expect(flood, ("smsc",), text)
            else:
                flood.devino.receive(customer, text, at=flood.devino.account.now() - timedelta(seconds=late))
                _expect(flood, ("devino_rest", "devino_soap"), text)
        await asyncio.sleep(max(0.0, AT_ONCE / rate - (time.monotonic() - begun)))


def _expect(flood: Flood, accounts: tuple[str, ...], text: str) -> None:
    for name in accounts:
        flood.expected.setdefault(flood.chats[name].id, set()).add(text)


async def push(flood: Flood) -> None:
    """SMSC calls the program as well, as soon as there is an address and whenever somebody listens."""
    while True:
        if flood.smsc.push_to is None:
            with closing(sqlite3.connect(f"file:{flood.database}?mode=ro", uri=True)) as connection:
                account, token = connection.execute(
                    "SELECT id, push_token FROM accounts WHERE gateway = 'smsc'"
                ).fetchone()
            flood.smsc.push_to = f"http://127.0.0.1:{flood.port}/push/{account}/{token}?charset=utf-8"
        await flood.smsc.push_pending()
        await asyncio.sleep(0.2)


async def spoil(flood: Flood) -> None:
    """One in a hundred of the requests to Telegram that tell or change something goes wrong."""
    spoiled = 0
    while True:
        await asyncio.sleep(0.05)
        calls = sum(call.method != "getUpdates" for call in flood.telegram.calls[-20_000:])
        while spoiled < FAULTS * max(calls, len(flood.telegram.calls) - 20_000):
            method = flood.dice.choice(["sendMessage"] * 8 + ["createForumTopic", "editForumTopic"])
            flood.telegram.faults.add(method, kind=flood.dice.choice(TELEGRAM_FAULTS))
            spoiled += 1


async def work(flood: Flood) -> None:
    """Staff press what they see, and tidy the forum."""
    while True:
        await asyncio.sleep(0.3)
        chat = flood.dice.choice(list(flood.chats.values()))
        cards = [message for message in chat.bot_messages[-30:] if message.button("✔")]
        if cards:
            with suppress(LookupError):
                chat.press(flood.anna, flood.dice.choice(cards), flood.dice.choice("✔🙋⏰"))
        topics = list(flood.forum.topics)
        if topics and flood.dice.random() < 1 / 4:
            thread = flood.dice.choice(topics)
            deed = flood.dice.randrange(4)
            if deed == 0:
                flood.forum.delete_topic(thread)
            elif deed == 1:
                flood.forum.rename_topic(thread, f"Customer {thread}", by=flood.anna)
            else:
                flood.forum.turn_topic(thread, closed=deed == 2, by=flood.anna)


class Program:
    """What is killed: a life after another, each at a point that the dice name, until it is told to live."""

    def __init__(self, flood: Flood, kills: int) -> None:
        self._flood, self._kills = flood, kills
        self._pid = 0
        self._over = False
        self.struck: list[str] = []

    async def run(self) -> None:
        """Until `end`. AssertionError: it ended as it may not."""
        flood = self._flood
        async with server(flood.folder / "server.log") as warm:
            for number in range(self._kills + 1):
                trace, log = flood.folder / f"trace-{number:03}", flood.folder / f"log-{number:03}"
                life = Life(
                    arguments=["run", "--config", str(flood.folder / "config.toml")],
                    trace=str(trace),
                    log=str(log),
                    hit=flood.dice.randint(*POINTS) if number < self._kills else None,
                )
                self._pid = await warm.start(life)
                status = await warm.ended()
                if self._over:
                    return
                assert status == -signal.SIGKILL, f"it ended by itself, with {status}: {log}"
                self.struck.append(trace.read_text("utf-8").splitlines()[-1])

    def end(self) -> None:
        self._over = True
        os.kill(self._pid, signal.SIGTERM)

    def passed(self) -> set[str]:
        """All points passed in all lives."""
        traces = self._flood.folder.glob("trace-*")
        return {point for trace in traces for point in trace.read_text("utf-8").splitlines()}


@dataclass(kw_only=True)
class Count:
    """How SMS were shown, each in each chat it belongs to. `guilt`: what may not be."""

    once: int = 0
    once_marked: int = 0  # its first try was lost before Telegram had it
    again: Counter[int] = field(default_factory=Counter)  # shown so often, each but the first marked
    guilt: list[str] = field(default_factory=list)


def count(flood: Flood) -> Count:
    """Of all chats. A message that was deleted with its topic was shown all the same."""
    found = Count()
    for name, chat in flood.chats.items():
        shown: dict[str, list[bool]] = {}
        for message in chat.messages:
            told_of = TEXT.search(message.text) if is_card(message) else None
            if told_of is not None:
                marked = REPEAT.match(first_text(message)) is not None
                shown.setdefault(told_of.group(), []).append(marked)
        for text in sorted(flood.expected.get(chat.id, set())):
            marks = shown.get(text, [])
            if marks == [False]:
                found.once += 1
            elif marks == [True]:
                found.once_marked += 1
            elif marks and all(marks[1:]):
                found.again[len(marks)] += 1
            else:
                found.guilt.append(f"{name}: {text} shown {marks or 'never'}")
    return found


@dataclass(frozen=True, kw_only=True)
class Outcome:
    count: Count
    struck: list[str]
    passed: set[str]
    faults: int
    seconds: float


async def play(folder: Path, *, sms: int, kills: int, rate: float, seed: str, patience: float) -> Outcome:
    """A whole flood. AssertionError: something was not shown in time."""
    begun = time.monotonic()
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(TelegramServer(TOKEN))
        anna = telegram.person(ADMIN, "Anna", language_code="en")
        flood = Flood(
            folder=folder,
            telegram=telegram,
            devino=await stack.enter_async_context(DevinoServer(login=LOGIN, password=PASSWORD)),
            smsc=await stack.enter_async_context(SmscServer(login=LOGIN, password=PASSWORD)),
            anna=anna,
            forum=telegram.group(-1003, "Forum", [anna], forum=True),
            group=telegram.group(-1002, "Group", [anna]),
            dice=random.Random(seed),  # noqa: S311 - dice
            port=free_port(),
        )
        flood.write_config()
        program = Program(flood, kills)
        running = asyncio.create_task(program.run())
        await telegram.wait_for(lambda: telegram.is_polled, timeout=60)
        around = [asyncio.create_task(one(flood)) for one in (push, spoil, work)]
        await feed(flood, sms, rate)
        until = time.monotonic() + patience
        while not running.done() and time.monotonic() < until and (flood.missing() or flood.waiting()):
            await asyncio.wait([running], timeout=0.2)
        if running.done():
            await running
        program.end()
        for task in around:
            task.cancel()
        await asyncio.gather(*around, return_exceptions=True)
        await running
        return Outcome(
            count=count(flood),
            struck=program.struck,
            passed=program.passed(),
            faults=len(telegram.faults.applied),
            seconds=time.monotonic() - begun,
        )


def told(outcome: Outcome, sms: int) -> str:
    """The counts, for people."""
    found = outcome.count
    again = ", ".join(f"{times} times: {many}" for times, many in sorted(found.again.items())) or "none"
    return "\n".join(
        [
            f"{sms} SMS in {outcome.seconds:.0f} s; {len(outcome.struck)} kills, {outcome.faults} faults",
            f"shown once: {found.once}",
            f"shown once, marked (repeat), the first try lost: {found.once_marked}",
            f"shown again, each time marked (repeat): {again}",
            f"never shown, or again without a mark: {len(found.guilt)}",
            *found.guilt[:20],
            f"killed at: {dict(Counter(outcome.struck).most_common())}",
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sms", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=60, help="how often the program is killed at most")
    parser.add_argument("--rate", type=float, default=100.0, help="SMS a second")
    parser.add_argument("--patience", type=float, default=900.0, help="seconds after the last SMS")
    parser.add_argument("--seed", default=secrets.token_hex(4))
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="smsdesk-incoming-"))
    playing = play(
        folder,
        sms=given.sms,
        kills=given.kills,
        rate=given.rate,
        seed=given.seed,
        patience=given.patience,
    )
    try:
        outcome = asyncio.run(playing)
    except ServerEnded as ended:
        sys.exit(f"✖ {ended}; what is left: {folder}")
    print(told(outcome, given.sms), f"seed {given.seed}", sep="\n")
    if outcome.count.guilt:
        print(f"what is left: {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
