"""Does what is due cost the same whether a thousand or a million messages await their reports?

Two ledgers, one with 1,000 messages that await reports and one with 1,000,000, in both of which 1,000 are due
and 1,000 are to leave. In each the workers' questions are asked by the functions that ask them: those of a
round, the claim of what is due, and the claim and the acceptance of what is to leave. Rounds are interleaved;
what counts is processor time of the whole process, its medians. What costs next to nothing in both is not
held against the goal: a tenth of a millisecond is one glance at a clock.

Prints one table; the exit code is 1 if a ratio is over its goal.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

from cryptography.fernet import Fernet

from bench.ledgers import NOW, begin, wait_for_reports
from bot.logs import configure
from providers.model import MessageState
from storage import checks, doubts, ledger, queues
from storage.db import Database, Transaction, open_database
from storage.ledger import Change
from storage.vault import Vault

FEW, MANY, DUE = 1_000, 1_000_000, 1_000
ROUNDS = 15
GOAL, LEAST = 1.5, 0.0005  # seconds
FIRST_CHECK = timedelta(seconds=5)


class _Undone(Exception):
    """Ends a transaction without leaving anything of it."""


async def _leave(tx: Transaction) -> None:
    """A batch leaves and is accepted: the claim, the answer, the first check."""
    claim = await queues.claim(tx, 1, limit=DUE, ref="bench", now=NOW, fence=1)
    if claim is None or len(claim.messages) != DUE:
        raise AssertionError("not all were claimed")
    changes = [
        Change(message_id=one.id, to=MessageState.ACCEPTED, gateway_ids=("7",)) for one in claim.messages
    ]
    moved = await ledger.apply(tx, changes, source="submit", now=NOW)
    await ledger.close_attempts(
        tx, [ledger.Closing(attempt_id=claim.attempt_id, outcome="accepted", live=True)], NOW
    )
    await checks.schedule(tx, {one.message_id: NOW + FIRST_CHECK for one in moved})


async def _report(tx: Transaction) -> None:
    """What is due is asked about and delivered."""
    due = await checks.due(tx, NOW, DUE)
    if len(due) != DUE:
        raise AssertionError("not all that is due")
    changes = [Change(message_id=one.message_id, to=MessageState.DELIVERED) for one in due]
    await ledger.apply(tx, changes, source="report", now=NOW)


async def _round(tx: Transaction) -> None:
    """What submitter, tracker and reconciler ask each time they look for work."""
    await queues.missed(tx, NOW, timedelta(minutes=15))
    await queues.heads(tx)
    await checks.next_due(tx)
    await checks.recalls(tx)
    await ledger.stranded(tx, 1, 1)
    await doubts.due(tx, NOW, 100)
    await doubts.next_check(tx)
    await doubts.to_remind(tx, NOW)


ASKED: dict[str, Callable[[Transaction], Awaitable[object]]] = {
    "claim 1,000 that are due": lambda tx: checks.due(tx, NOW, DUE),
    "the same, reported as delivered": _report,
    "claim 1,000 to send, accepted": _leave,
    "look for work": _round,
}


async def spent(database: Database, ask: Callable[[Transaction], Awaitable[object]]) -> float:
    """Seconds of processor time, the thread of SQLite included. Leaves nothing."""
    try:
        async with database.write() as tx:
            started = time.process_time()
            await ask(tx)
            seconds = time.process_time() - started
            raise _Undone
    except _Undone:
        return seconds


async def measure(folder: Path, many: int, rounds: int) -> bool:
    """Whether all met their goal."""
    vault = Vault([Fernet.generate_key()])
    line = "{:<36}{:>16}{:>16}{:>8}{:>8}"
    print(line.format("milliseconds of processor time", f"{FEW:,} await", f"{many:,} await", "ratio", "goal"))
    async with AsyncExitStack() as stack:
        databases = []
        for awaiting in (FEW, many):
            database = await stack.enter_async_context(open_database(folder / f"{awaiting}.db"))
            await begin(database, vault, DUE)
            await wait_for_reports(database, awaiting, DUE)
            databases.append(database)
        met = True
        for label, ask in ASKED.items():
            told = [[await spent(one, ask) for one in databases] for _ in range(rounds)]
            few, lot = (statistics.median(one) for one in zip(*told, strict=True))
            met = met and (lot / few <= GOAL or lot - few < LEAST)
            figures = (f"{few * 1000:.2f}", f"{lot * 1000:.2f}", f"{lot / few:.2f}", f"{GOAL:g}")
            print(line.format(label, *figures), flush=True)
    return met


def main() -> int:
    parser = argparse.ArgumentParser(description="Whether what is due costs the same however much awaits.")
    parser.add_argument("--awaiting", type=int, default=MANY)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    wanted = parser.parse_args()
    configure("WARNING", "text", [])
    with tempfile.TemporaryDirectory() as folder:
        return 0 if asyncio.run(measure(Path(folder), wanted.awaiting, wanted.rounds)) else 1


if __name__ == "__main__":
    sys.exit(main())
