"""What workers ask the database again and again: it costs what is due, not what there is.

A filled ledger: 20,000 messages that await reports, sent by 20 requests, a long past, and little that is due.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from storage import checks, doubts, ledger, queues
from storage.db import Transaction, open_database

from .ready import put
from .seeds import CHAT, NOON, begin

AWAITING, REQUESTS, DUE = 20_000, 20, 10
LATE = timedelta(minutes=15)
# Tables that grow with every message, for ever.
GROWING = {"messages", "attempts", "attempt_messages", "events", "campaigns", "doubts"}
# Indexes of nothing but what is to be done: to go through one of these is to go through that.
TO_DO = {"ix_messages_queued", "ix_messages_submitting", "ix_campaigns_cancelled", "ix_attempts_on_the_wire"}

NUMBERS = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {})"
FILL = (
    "INSERT INTO campaigns (chat_id, thread_id, account_id, author_id, author, text, created_at)"
    " SELECT {chat}, 0, 1, 1, 'Anna', 'text', '{now}' FROM n WHERE n <= {requests}",
    "INSERT INTO attempts (account_id, campaign_id, ref, started_at, ended_at, outcome)"
    " SELECT 1, n + 1, 'old-' || n, '{now}', '{now}', 'accepted' FROM n WHERE n <= {requests}",
    "INSERT INTO messages (campaign_id, account_id, msisdn, state, segments, due_at, ref, gateway_ids,"
    " accepted_at, check_at) SELECT 2 + n % {requests}, 1, '7904' || n, 'accepted', 1, '{now}', 'old',"
    " '[]', '{now}', CASE WHEN n <= {due} THEN '{now}' ELSE '{later}' END FROM n",
    "INSERT INTO attempt_messages (attempt_id, message_id, live)"
    " SELECT campaign_id - 1, id, 1 FROM messages WHERE state = 'accepted'",
    "INSERT INTO events (message_id, at, source, was, told, moved)"
    " SELECT id, '{now}', 'submit', 'submitting', 'accepted', 1 FROM messages WHERE state = 'accepted'",
)

Ask = Callable[[Transaction], Awaitable[object]]
ASKED: dict[str, Ask] = {
    "what to ask about": lambda tx: checks.due(tx, NOON, 1000),
    "when to ask next": lambda tx: checks.next_due(tx, besides=[7]),
    "what to call back": checks.recalls,
    "who has something to send, and when": queues.heads,
    "what outlived its validity": lambda tx: queues.overdue(tx, NOON),
    "what missed its time": lambda tx: queues.missed(tx, NOON, LATE),
    "what is stranded": lambda tx: ledger.stranded(tx, 1, 5),
    "what waits for an account": lambda tx: ledger.waiting_for(tx, 1),
    "which doubts to ask about": lambda tx: doubts.due(tx, NOON, 100),
    "when to ask about a doubt next": doubts.next_check,
    "which doubts to show": lambda tx: doubts.to_remind(tx, NOON),
    "when to show a doubt next": doubts.next_reminder,
}


async def _fill(path: Path, awaiting: int) -> None:
    """So many messages that await reports, ten of them due, and a campaign of ten that is to leave."""
    numbers = NUMBERS.format(awaiting)
    now, later = (f"{at:%Y-%m-%d %H:%M:%S.%f}" for at in (NOON, NOON + timedelta(days=1)))
    async with open_database(path) as database:
        await begin(database, DUE)
        async with database.write() as tx:
            for statement in FILL:
                into, _, rows = statement.partition(" SELECT ")
                rows = rows.format(chat=CHAT, requests=REQUESTS, due=DUE, now=now, later=later)
                await tx.exec_driver_sql(f"{into} {numbers} SELECT {rows}")


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One with little that awaits, and one with much."""
    folder = tmp_path_factory.mktemp("plans")
    few, many = put(folder / "few.db"), put(folder / "many.db")
    asyncio.run(_fill(few, AWAITING // 20))
    asyncio.run(_fill(many, AWAITING))
    return few, many


async def statements(path: Path, ask: Ask) -> list[str]:
    """What it asks of SQLite, with the values in it."""
    seen: list[str] = []
    async with open_database(path) as database, database.read() as tx:
        driver: Any = (await tx.get_raw_connection()).driver_connection
        await driver.set_trace_callback(seen.append)
        await ask(tx)
        await driver.set_trace_callback(None)
    return [one for one in seen if not one.startswith(("BEGIN", "ROLLBACK", "--"))]


def steps(path: Path, asked: list[str]) -> int:
    """How many steps SQLite takes to answer, which is the same on any machine."""
    count = 0

    def step() -> None:
        nonlocal count
        count += 1

    with closing(sqlite3.connect(path)) as connection:
        connection.set_progress_handler(step, 1)
        for statement in asked:
            connection.execute(statement).fetchall()
    return count


def plan(path: Path, asked: list[str]) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = [row for one in asked for row in connection.execute(f"EXPLAIN QUERY PLAN {one}")]
    return [str(row[3]) for row in rows]


@pytest.mark.parametrize("name", ASKED)
async def test_what_is_asked_each_round_costs_what_is_due(ledgers: tuple[Path, Path], name: str) -> None:
    few, many = ledgers
    asked = await statements(many, ASKED[name])
    assert asked
    scans = [step.split() for step in plan(many, asked) if step.startswith("SCAN ")]
    assert [" ".join(scan) for scan in scans if scan[1] in GROWING and scan[-1] not in TO_DO] == []
    assert steps(many, asked) <= 1.5 * steps(few, asked)
