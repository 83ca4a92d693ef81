"""One campaign to many, killed in its midst: what the ledger counts in the end is what the gateway has.

`python -m tests.crash.big` is a campaign to 100,000 with one fault in a hundred requests and five kills, each
when another part of it has been accepted. The list is dropped into the chat as a file, as a person would.
Prints one table; the exit code is 1 if a message came twice, was lost, or is counted as what it is not.
"""

import argparse
import asyncio
import os
import random
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import cycle, islice
from pathlib import Path

from sandbox.faults import KINDS, REFUSALS, Kind
from sandbox.stand import Stand
from sandbox.telegram import Message

from .oracle import AT_GATEWAY
from .play import Server, server
from .program import Life
from .world import World, outside

FAULTS = 0.01
# What stops an account waits for a person, and what hangs waits for a time-out.
FAULT_KINDS: tuple[Kind, ...] = tuple(
    sorted(KINDS - REFUSALS - {"hang", "accept_then_hang", "accept_late", "accept_later", "drip"})  # type: ignore[arg-type]
)
LOOK_EVERY = 0.05  # seconds
PATIENCE = 60.0  # seconds a person waits for the card of a small list


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of it, by the ledger and by the journal of the gateway. `lives`: how often it was started."""

    recipients: int
    lives: int
    faults: int
    seconds: float
    ledger: Counter[str]
    accepted: Counter[str]  # by MSISDN
    left_behind: Sequence[str] = field(default=())  # MSISDNs whose state and journal do not agree

    @property
    def twice(self) -> int:
        return sum(count > 1 for count in self.accepted.values())

    @property
    def at_gateway(self) -> int:
        """Messages that the ledger says the gateway has."""
        return sum(count for state, count in self.ledger.items() if state in AT_GATEWAY)

    @property
    def right(self) -> bool:
        whole = self.ledger.total() == self.recipients
        return whole and not self.twice and not self.left_behind and self.at_gateway == len(self.accepted)


def numbers(count: int) -> list[str]:
    """So many mobile numbers whose last digits mean a quick delivery.

    None of many zeros at the end: those a spreadsheet program might have cut.
    """
    every = (f"79{code:02}{place:05}00" for code in range(3, 100) for place in range(10**5) if place % 1000)
    return list(islice(every, count))


def table(count: int) -> bytes:
    return b"phone,name\r\n" + b"".join(b"%s,Anna\r\n" % one.encode() for one in numbers(count))


async def kill_big(
    folder: Path, recipients: int, kills: int, *, latency: float = 0.0, seed: str = "big"
) -> Found:
    """Play it. Raises TimeoutError, AssertionError: it does not come to rest, or ends by itself."""
    begun, patience = time.monotonic(), PATIENCE + recipients / 20
    async with outside(folder, "smsc") as world, server(folder / "server.log") as warm:
        _allow(world, recipients)
        world.smsc.latency, world.smsc.balance = latency, Decimal(100 * recipients)
        program = _Program(world, warm)
        living = asyncio.create_task(program.run())
        unlucky = asyncio.create_task(_misfortune(world.smsc, random.Random(seed)))  # noqa: S311 - repeatable
        try:
            async with asyncio.timeout(patience):
                card = await _begin(world, recipients, patience)
                for left in range(kills, 0, -1):
                    await program.alive.wait()
                    await _part_of_the_rest(world.smsc, recipients, left + 1, patience)
                    program.kill()
                await _rest(world)
                await world.telegram.wait_for(lambda: "100%" in card.text, patience)
        finally:
            unlucky.cancel()
            program.end()
            await asyncio.gather(living, unlucky, return_exceptions=True)
        if living.done() and not living.cancelled() and (error := living.exception()):
            raise error
        return _found(world, recipients, program.lives, time.monotonic() - begun)


def _allow(world: World, recipients: int) -> None:
    """A desk that lets one person write to so many."""
    limits = f"list_recipients = {recipients}, type_count_over = 0, approve_over = 0, account_messages = 0"
    text = world.config.read_text("utf-8")
    world.config.write_text(text.replace("limits = {", f"limits = {{{limits}, "), "utf-8")


async def _begin(world: World, recipients: int, patience: float) -> Message:
    """Drop the file, press ✅: the card of the campaign."""
    chat = world.chat
    await world.telegram.wait_for(lambda: world.telegram.is_polled, patience)
    sent = chat.send_document(world.anna, "people.csv", table(recipients), "Hello {name}")

    def offered() -> Message | None:
        return next((m for m in chat.bot_messages if m.id > sent.id and "Check, then send" in m.text), None)

    card = await world.telegram.wait_for(offered, patience)
    assert card is not None
    chat.press(world.anna, card, "✅")
    return card


async def _part_of_the_rest(stand: Stand, recipients: int, parts: int, patience: float) -> None:
    """Wait until the gateway has accepted one of so many parts of what it has not yet."""
    accepted = stand.journal.accepted
    goal = len(accepted) + max(1, (recipients - len(accepted)) // parts)
    await stand.wait_for(lambda: len(accepted) >= goal, patience)


class _Program:
    """The program, started again whenever it was killed."""

    def __init__(self, world: World, warm: Server) -> None:
        self._world = world
        self._warm = warm
        self._pid = 0
        self._over = False
        self.alive = asyncio.Event()
        self.lives = 0

    async def run(self) -> None:
        """Until `end`. AssertionError: it ended by itself."""
        while not self._over:
            self.lives += 1
            folder = self._world.folder
            life = Life(
                arguments=["run", "--config", str(self._world.config)],
                trace=os.devnull,
                log=str(folder / f"log-{self.lives:02}"),
            )
            self._pid = await self._warm.start(life)
            self.alive.set()
            if self._over:
                self.kill()
            status = await self._warm.ended()
            self._pid = 0
            if status != -signal.SIGKILL:
                raise AssertionError(f"the program ended by itself, with {status}: {life.log}")

    def kill(self) -> None:
        self.alive.clear()
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)

    def end(self) -> None:
        self._over = True
        self.kill()


async def _misfortune(stand: Stand, dice: random.Random) -> None:
    """Spoil one in a hundred of the requests that come, and the first."""
    kinds = list(FAULT_KINDS)
    dice.shuffle(kinds)
    each = cycle(kinds)
    laid = 0
    while True:
        due = 1 + int(FAULTS * len(stand.requests))
        for _ in range(due - laid):
            stand.faults.add(kind=next(each))
        laid = max(due, laid)
        await asyncio.sleep(LOOK_EVERY)


async def _rest(world: World) -> None:
    """Wait until every message has come to an end."""
    open_ = "state IN ('queued', 'submitting', 'accepted', 'in_moderation', 'sent', 'uncertain')"
    while world.count(f"SELECT count(*) FROM messages WHERE {open_}"):  # noqa: ASYNC110, S608 - our own words
        await asyncio.sleep(LOOK_EVERY)


def _found(world: World, recipients: int, lives: int, seconds: float) -> Found:
    accepted = Counter(one.msisdn for one in world.smsc.journal.accepted)
    with world.looking() as connection:
        rows = connection.execute("SELECT msisdn, state FROM messages").fetchall()
    return Found(
        recipients=recipients,
        lives=lives,
        faults=len(world.smsc.faults.applied),
        seconds=seconds,
        ledger=Counter(row["state"] for row in rows),
        accepted=accepted,
        left_behind=[
            row["msisdn"] for row in rows if (row["state"] in AT_GATEWAY) != (accepted[row["msisdn"]] > 0)
        ],
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipients", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", default="big")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="smsdesk-big-") as folder:
        found = asyncio.run(kill_big(Path(folder), asked.recipients, asked.kills, seed=asked.seed))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    states = ", ".join(f"{state} {count}" for state, count in found.ledger.most_common())
    print(f"recipients {found.recipients}, starts {found.lives}, faults {found.faults}")
    print(f"ledger     {states}")
    print(f"journal    {found.accepted.total()} accepted, {len(found.accepted)} numbers, {found.twice} twice")
    print(f"disagree   {len(found.left_behind)}")
    print(f"took       {found.seconds:.0f} s, at most {peak} MB in one process")
    return 0 if found.right else 1


if __name__ == "__main__":
    sys.exit(main())
