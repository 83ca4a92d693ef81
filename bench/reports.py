"""How often is a gateway asked until a message is known to be delivered, and how late is that known?

The real tracker with its real schedule over a real ledger, by a clock that jumps to what is due next; the
gateway is a script that knows when each of 500 messages is delivered, and counts HTTP calls as its adapter
makes them: one a segment (Devino), one a request of ours (SMS-Pager), one a list (SMSC). Against the same
with a check every minute. Nine in ten messages are delivered within some ten seconds, the others take hours.

Prints one table; the exit code is 1 if a message costs more calls than the goal or is known later than by the
baseline.
"""

import asyncio
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import log
from pathlib import Path
from random import Random

from cryptography.fernet import Fernet

from bench.ledgers import NOW, begin, msisdns
from bot.logs import configure
from bot.settings import Tracking
from desk.clock import Bell
from desk.leases import Leases
from desk.switchboard import Switchboard
from desk.track import Tracker
from providers.gateways import devino_rest, devino_soap, sms_pager, smsc
from providers.model import Capabilities, Gateway, MessageRef, MessageState, Report
from storage import checks, ledger, queues
from storage.db import Database, open_database
from storage.ledger import Change
from storage.vault import Vault

MESSAGES = 500
GOAL = 1 / 3
MINUTE = timedelta(minutes=1)
MEMORY = Path("/dev/shm")  # nosec B108  # noqa: S108 - within it, a folder of our own
# Nobody waits for a disk where nothing is measured by the clock.
FOLDER = MEMORY if MEMORY.is_dir() else None
QUICK, MEDIAN, TAIL, LONGEST = 0.9, 4.0, 2 * 3600.0, 12 * 3600.0  # seconds but for the first, a share


def delays(seed: int = 1) -> list[float]:
    """Seconds until each message is delivered."""
    dice = Random(seed)  # nosec B311  # noqa: S311 - of a simulation

    def one() -> float:
        if dice.random() < QUICK:
            return dice.lognormvariate(log(MEDIAN), 0.5)
        return min(dice.lognormvariate(log(TAIL), 0.8), LONGEST)

    return [one() for _ in range(MESSAGES)]


def a_segment(refs: Sequence[MessageRef]) -> int:
    return sum(len(one.gateway_ids) for one in refs)


def a_request(refs: Sequence[MessageRef]) -> int:
    return len({one.ref for one in refs})


def a_list(_: Sequence[MessageRef]) -> int:
    return 1


GATEWAYS: tuple[tuple[str, Capabilities, Callable[[Sequence[MessageRef]], int]], ...] = (
    (devino_rest.KIND, devino_rest.CAPABILITIES, a_segment),
    (devino_soap.KIND, devino_soap.CAPABILITIES, a_segment),
    (sms_pager.KIND, sms_pager.CAPABILITIES, a_request),
    (smsc.KIND, smsc.CAPABILITIES, a_list),
)


@dataclass
class Hand:
    """A clock that stands until it is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


class Jump(Bell):
    """Instead of waiting, the clock jumps; while somebody is at work it is waited for them."""

    def __init__(self, hand: Hand) -> None:
        super().__init__(hand)
        self._hand = hand

    async def nap(self, until: datetime | None) -> None:
        if until is None:
            await super().nap(None)
        else:
            self._hand.now = max(self._hand.now, until)


@dataclass(kw_only=True)
class Delivering:
    """What a tracker asks: `done` when the last message is told to be delivered."""

    kind: str
    capabilities: Capabilities
    delivered: dict[str, datetime]
    cost: Callable[[Sequence[MessageRef]], int]
    clock: Hand
    done: Callable[[], None] = lambda: None
    calls: int = 0
    lateness: list[float] = field(default_factory=list)  # seconds from the delivery to the notice

    async def reports(self, refs: Sequence[MessageRef]) -> list[Report]:
        now = self.clock()
        self.calls += self.cost(refs)
        there = [one for one in refs if self.delivered[one.msisdn] <= now]
        self.lateness += [(now - self.delivered[one.msisdn]).total_seconds() for one in there]
        if len(self.lateness) == len(self.delivered):
            self.done()
        return [
            Report(msisdn=one.msisdn, ref=one.ref, state=MessageState.DELIVERED, raw="delivered")
            for one in there
        ]


async def accepted(database: Database, account_id: int, can: Capabilities, first_check: timedelta) -> None:
    """The campaign has left, in requests as large as the gateway takes."""
    async with database.write() as tx:
        number = 0
        while claim := await queues.claim(tx, account_id, limit=can.batch_max, ref=f"r{number}", now=NOW):
            changes = [
                Change(message_id=one.id, to=MessageState.ACCEPTED, gateway_ids=(f"{one.id}",))
                for one in claim.messages
            ]
            moved = await ledger.apply(tx, changes, source="submit", now=NOW)
            await ledger.close_attempts(
                tx, [ledger.Closing(attempt_id=claim.attempt_id, outcome="accepted", live=True)], NOW
            )
            await checks.schedule(tx, {one.message_id: NOW + first_check for one in moved})
            number += 1


async def simulate(
    kind: str,
    can: Capabilities,
    cost: Callable[[Sequence[MessageRef]], int],
    *,
    first_check: timedelta,
    longest_pause: timedelta,
) -> tuple[float, float]:
    """Calls a message, and the median of the seconds from a delivery to its notice."""
    vault, hand = Vault([Fernet.generate_key()]), Hand()
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        async with open_database(Path(folder) / "bench.db") as database:
            account, _ = await begin(database, vault, MESSAGES, gateway=kind)
            await accepted(database, account.id, can, first_check)
            numbers = msisdns(MESSAGES)
            delivered = {
                number: NOW + timedelta(seconds=delay)
                for number, delay in zip(numbers, delays(), strict=True)
            }
            asked = Delivering(kind=kind, capabilities=can, delivered=delivered, cost=cost, clock=hand)
            # All that a tracker does with a gateway stands above.
            gateway: Gateway = asked  # type: ignore[assignment]
            leases = Leases(database, hand, Bell(hand), "bench", steady=lambda: 0.0)  # time stands
            await leases.keep()
            tracker = Tracker(
                database,
                Switchboard(vault, lambda *_: gateway),
                hand,
                Jump(hand),
                leases,
                first_check=first_check,
                longest_pause=longest_pause,
            )
            asked.done = tracker.stop
            await tracker.run()
    return asked.calls / MESSAGES, statistics.median(asked.lateness)


def main() -> int:
    configure("WARNING", "text", [])
    ours = Tracking()
    line = "{:<14}{:>16}{:>8}{:>8}{:>8}{:>18}{:>8}"
    titles = ("each minute", "ours", "ratio", "goal", "median delay, s", "ours")
    print(line.format("calls a message", *titles))
    missed = False
    for kind, can, cost in GATEWAYS:
        theirs, later = asyncio.run(simulate(kind, can, cost, first_check=MINUTE, longest_pause=MINUTE))
        calls, delay = asyncio.run(
            simulate(kind, can, cost, first_check=ours.first_check, longest_pause=ours.longest_pause)
        )
        missed = missed or calls > theirs * GOAL or delay > later
        figures = (f"{theirs:.3f}", f"{calls:.3f}", f"{calls / theirs:.2f}", f"{GOAL:.2f}")
        print(line.format(kind, *figures, f"{later:.1f}", f"{delay:.1f}"), flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
