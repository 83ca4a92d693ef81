"""How fast does a confirmed campaign leave when the gateway takes whatever comes?

Ours: from the queue in SQLite to "accepted" in the ledger, by the real submitter, adapter and transport, two
durable commits a request. The baseline posts the same requests with bare aiohttp, as many at a time; of
batches it also inserts the rows that ours leaves, with sqlite3's executemany into the same tables, one
durable commit a request. One message a request is compared with the posting alone.

The gateway is a process of its own that answers without looking. Rounds are interleaved and medians compared,
because the machine is shared. Prints one table; the exit code is 1 if a figure misses its goal.
"""

import argparse
import asyncio
import gc
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import aiohttp
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bench.gateway import gateway
from bench.ledgers import LOGIN, TEXT, begin, msisdns
from bot.logs import configure
from desk.clock import Bell, utc_now
from desk.leases import Leases
from desk.submit import Submitter, new_ref
from desk.switchboard import Switchboard
from providers.gateways import smsc
from providers.http import Http
from providers.model import Capabilities
from storage.db import open_database
from storage.vault import Vault

MESSAGES, BATCH, LANES = 100_000, 1_000, 4
SINGLES, SINGLE_LANES = 1_000, 64
ROUNDS = 3
BATCH_RATIO, RATE, SINGLE_RATIO = 0.5, 20_000, 0.4
NOT_ACCEPTED = "SELECT 1 FROM messages WHERE state IN ('queued', 'submitting') LIMIT 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """So many messages, `batch` in a request, `lanes` requests at a time."""

    count: int
    batch: int
    lanes: int

    @property
    def capabilities(self) -> Capabilities:
        return replace(smsc.CAPABILITIES, batch_max=self.batch, in_flight=self.lanes, rate=None)


async def ours(load: Load, url: str, path: Path) -> float:
    """Seconds from the queue to the last "accepted"."""
    vault = Vault([Fernet.generate_key()])
    async with open_database(path) as database, Http() as http:
        await begin(database, vault, load.count, now=utc_now())
        config = smsc.Config(url=url, login=LOGIN, password=SecretStr(LOGIN))
        adapter = smsc.Gateway(config, http.channel("bench", load.capabilities))
        adapter.capabilities = load.capabilities
        leases = Leases(database, utc_now, Bell(utc_now), "bench")
        await leases.keep()
        moved = Bell(utc_now)
        submitter = Submitter(
            database,
            Switchboard(vault, lambda *_: adapter),
            utc_now,
            Bell(utc_now),
            leases,
            retry=timedelta(seconds=10),
            late=timedelta(minutes=15),
            first_check=timedelta(hours=1),
        )
        submitter.on_moved = [moved]
        gc.collect()
        gc.freeze()  # as the program does when it has begun
        started = time.perf_counter()
        workers = [asyncio.create_task(leases.run()), asyncio.create_task(submitter.run())]
        ledger_file = sqlite3.connect(path)
        while ledger_file.execute(NOT_ACCEPTED).fetchone():
            await moved.nap(None)
        elapsed = time.perf_counter() - started
        ledger_file.close()
        submitter.stop()
        leases.stop()
        await asyncio.gather(*workers)
        return elapsed


async def bare(load: Load, url: str, keep: Callable[[int, tuple[str, ...]], None]) -> float:
    """Seconds to post the same requests, and to keep what came of each."""
    every = msisdns(load.count)
    batches = iter([(start, every[start : start + load.batch]) for start in range(0, load.count, load.batch)])
    async with aiohttp.ClientSession() as session:

        async def lane() -> None:
            for start, batch in batches:
                form = {
                    "login": LOGIN,
                    "psw": LOGIN,
                    "fmt": "3",
                    "phones": ",".join(f"+{one}" for one in batch),
                    "mes": TEXT,
                    "sender": "ACME",
                }
                async with session.post(url + "send.php", data=form) as response:
                    if (await response.json())["id"] != "7000001":
                        raise AssertionError("not taken")
                keep(start, batch)

        started = time.perf_counter()
        await asyncio.gather(*(lane() for _ in range(load.lanes)))
        return time.perf_counter() - started


async def script(load: Load, url: str, path: Path) -> float:
    """The baseline of batches: into tables of ours, with the indexes and the durability of ours."""
    async with open_database(path) as database:
        await begin(database, Vault([Fernet.generate_key()]), 1)
    database_file = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        database_file.execute(f"PRAGMA {pragma}")
    database_file.execute("DELETE FROM messages")
    seconds = await bare(load, url, partial(_insert, database_file))
    kept = database_file.execute("SELECT count(*) FROM messages WHERE state = 'accepted'").fetchone()
    if kept != (load.count,):
        raise AssertionError("not all were kept")
    database_file.close()
    return seconds


def _insert(database: sqlite3.Connection, start: int, batch: tuple[str, ...]) -> None:
    now, ref = datetime.now(UTC).isoformat(" "), new_ref()
    ids = range(start + 1, start + len(batch) + 1)
    database.execute("BEGIN IMMEDIATE")
    attempt = database.execute(
        "INSERT INTO attempts"
        " (account_id, campaign_id, ref, fence, started_at, ended_at, outcome, gateway_id)"
        " VALUES (1, 1, ?, 1, ?, ?, 'accepted', '7000001')",
        (ref, now, now),
    ).lastrowid
    database.executemany(
        "INSERT INTO messages (id, campaign_id, account_id, msisdn, state, segments, due_at, tries, ref,"
        " gateway_ids, accepted_at, check_at) VALUES (?, 1, 1, ?, 'accepted', 1, ?, 1, ?, ?, ?, ?)",
        ((one, msisdn, now, ref, '["7000001"]', now, now) for one, msisdn in zip(ids, batch, strict=True)),
    )
    database.executemany(
        "INSERT INTO attempt_messages (attempt_id, message_id, live) VALUES (?, ?, 1)",
        ((attempt, one) for one in ids),
    )
    database.executemany(
        "INSERT INTO events (message_id, at, source, was, told, moved) VALUES (?, ?, 'submit', ?, ?, 1)",
        (
            (one, now, was, told)
            for was, told in (("queued", "submitting"), ("submitting", "accepted"))
            for one in ids
        ),
    )
    database.execute("COMMIT")


def rate(load: Load, run: Callable[[Path], Awaitable[float]]) -> float:
    """Messages a second."""
    with tempfile.TemporaryDirectory() as folder:

        async def once() -> float:
            return await run(Path(folder) / "bench.db")

        return load.count / asyncio.run(once())


def main() -> int:
    parser = argparse.ArgumentParser(description="How fast a confirmed campaign leaves.")
    parser.add_argument("--messages", type=int, default=MESSAGES)
    parser.add_argument("--singles", type=int, default=SINGLES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    wanted = parser.parse_args()
    configure("WARNING", "text", [])
    batches = Load(count=wanted.messages, batch=BATCH, lanes=LANES)
    singles = Load(count=wanted.singles, batch=1, lanes=SINGLE_LANES)
    line = "{:<44}{:>14}{:>14}{:>8}{:>8}{:>10}"
    print(line.format("messages a second, medians", "baseline", "ours", "ratio", "goal", "goal, 1/s"))
    missed = False
    with gateway() as url:
        for label, load, baseline, goal, least in (
            (f"{BATCH:,} a request", batches, lambda path: script(batches, url, path), BATCH_RATIO, RATE),
            ("one a request", singles, lambda _: bare(singles, url, lambda *_: None), SINGLE_RATIO, 0),
        ):
            told: list[tuple[float, float]] = [
                (rate(load, baseline), rate(load, partial(ours, load, url))) for _ in range(wanted.rounds)
            ]
            theirs, own = (statistics.median(figures) for figures in zip(*told, strict=True))
            missed = missed or own / theirs < goal or own < least
            label = f"{load.count:,} messages, {label}, {load.lanes} at a time"
            figures = (f"{theirs:,.0f}", f"{own:,.0f}", f"{own / theirs:.2f}", f"{goal:g}")
            print(line.format(label, *figures, f"{least:,}" if least else ""), flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
