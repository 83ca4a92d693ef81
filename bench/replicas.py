"""Do two or four replicas on one PostgreSQL send nothing twice, lose no speed, and keep the gateway's rate?

Each replica is a process of its own with the real submitter, leases, adapter and transport; SMSC's stand-in
keeps the journal. Two questions of each number of replicas:

- *speed*: 20,000 messages, 200 a request, as fast as they go;
- *rate*: 120 single messages of an account that may ask 20 times a second. After a third of them the replica
  that works for the account is stopped in order, where there is another one, and that one goes on.

The most requests that left within any second are counted where they arrive. Prints one table; the exit code
is 1 if anything came twice or not at all, if replicas are slower than one, or if the rate is passed.
"""

import argparse
import asyncio
import json
import statistics
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import select

from bench.ledgers import begin
from bot.logs import configure
from desk.clock import Bell, utc_now
from desk.leases import Leases
from desk.submit import Submitter
from desk.switchboard import Switchboard
from providers.gateways import smsc
from providers.http import Http
from sandbox.smsc import SmscServer
from storage.db import Database, Transaction
from storage.leases import Lease, of_account
from storage.schema import leases
from storage.vault import Vault
from tests import postgres

REPLICAS = (1, 2, 4)
MESSAGES, BATCH = 20_000, 200
SINGLES, RATE = 120, 20
ROUNDS = 3
SLOWER = 0.85  # of one replica's speed: what two runs of the same differ by on a shared machine
LOGIN, PASSWORD = "demo", "demo-password"
PATIENCE = 120.0  # seconds
OTHERS = timedelta(seconds=1)  # as `bot.app`: how late the work of other replicas is noticed
A_SECOND = timedelta(seconds=1)


async def replica(url: str, gateway: str, key: str, owner: str, batch: int, rate: int | None) -> None:
    """Works until it is told to stop on its standard input."""
    vault = Vault([key.encode()])
    can = replace(smsc.CAPABILITIES, batch_max=batch, rate=rate)
    database = Database(url)
    async with Http() as http:
        config = smsc.Config(url=gateway, login=LOGIN, password=SecretStr(PASSWORD))
        adapter = smsc.Gateway(config, http.channel("bench", can))
        adapter.capabilities = can
        keeper = Leases(database, utc_now, Bell(utc_now, OTHERS), owner)
        submitter = Submitter(
            database,
            Switchboard(vault, lambda *_: adapter),
            utc_now,
            Bell(utc_now, OTHERS),
            keeper,
            retry=timedelta(seconds=1),
            late=timedelta(minutes=15),
            first_check=timedelta(hours=1),
        )

        async def recover(tx: Transaction, lease: Lease) -> None:
            if lease.account_id is not None:
                await submitter.recover(tx, lease.account_id, lease.fence)

        keeper.on_taken = [recover]
        keeper.on_change = [submitter.bell]
        workers = [asyncio.create_task(keeper.run()), asyncio.create_task(submitter.run())]
        await asyncio.to_thread(sys.stdin.readline)
        submitter.stop()
        await workers[1]
        keeper.stop()
        await workers[0]
        await keeper.release()
    await database.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`speed`: messages a second from the first to the last that the gateway took."""

    speed: float
    twice: int
    missing: int
    most: int  # requests within one second


async def run(server: postgres.Server, replicas: int, count: int, batch: int, rate: int | None) -> Run:
    """A campaign of so many messages, by so many replicas."""
    key = Fernet.generate_key()
    gateway = SmscServer(login=LOGIN, password=PASSWORD, balance="1000000")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(gateway)
        url = stack.enter_context(server.fresh())
        database = Database(url)
        stack.push_async_callback(database.close)
        started = [
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bench.replicas", "--replica"),
                json.dumps([url, f"{gateway.origin}/sys/", key.decode(), str(place), batch, rate]),
                stdin=PIPE,
            )
            for place in range(replicas)
        ]
        await begin(database, Vault([key]), count, now=utc_now())
        if rate and replicas > 1:
            await gateway.wait_for(lambda: len(gateway.journal.accepted) >= count // 3, PATIENCE)
            async with database.read() as tx:
                owner = await tx.scalar(select(leases.c.owner).where(leases.c.name == of_account(1)))
            _stop(started[int(str(owner))])
        taken = gateway.journal.accepted
        await gateway.wait_for(lambda: len({one.msisdn for one in taken}) == count, PATIENCE)
        for one in started:
            _stop(one)
        for one in started:
            await one.wait()
    times = [one.accepted_at for one in taken]
    starts = {one.request_id: one.accepted_at for one in taken}
    sent = Counter(one.msisdn for one in taken)
    return Run(
        speed=count / (max(times) - min(times)).total_seconds(),
        twice=sum(times - 1 for times in sent.values()),
        missing=count - len(sent),
        most=most_in_a_second(sorted(starts.values())),
    )


def _stop(one: Process) -> None:
    if one.stdin is not None and one.returncode is None:
        one.stdin.close()


def most_in_a_second(times: list[datetime]) -> int:
    return max(sum(1 for at in times if start <= at < start + A_SECOND) for start in times)


def main() -> int:
    parser = argparse.ArgumentParser(description="What replicas do to speed, rate and truth.")
    parser.add_argument("--replica", type=json.loads, help="be one: [URL, GATEWAY, KEY, OWNER, BATCH, RATE]")
    parser.add_argument("--messages", type=int, default=MESSAGES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    wanted = parser.parse_args()
    configure("WARNING", "text", [])
    if wanted.replica is not None:
        asyncio.run(replica(*wanted.replica))
        return 0
    line = "{:<10}{:>14}{:>8}{:>8}{:>8}{:>10}{:>20}{:>8}"
    titles = ("messages/s", "ratio", "goal", "twice", "missing", "most in a second", "goal")
    print(line.format("replicas", *titles))
    with postgres.running() as server:
        fast: dict[int, list[Run]] = {number: [] for number in REPLICAS}
        for _ in range(wanted.rounds):
            for number in REPLICAS:
                fast[number].append(asyncio.run(run(server, number, wanted.messages, BATCH, None)))
        missed, one = False, statistics.median(each.speed for each in fast[1])
        for number in REPLICAS:
            paced = asyncio.run(run(server, number, SINGLES, 1, RATE))
            every = [*fast[number], paced]
            speed = statistics.median(each.speed for each in fast[number])
            twice, missing = sum(each.twice for each in every), sum(each.missing for each in every)
            most = RATE + smsc.CAPABILITIES.in_flight  # those may have been held up on the way
            missed = missed or bool(twice or missing) or speed < one * SLOWER or paced.most > most
            figures = (f"{speed:,.0f}", f"{speed / one:.2f}", f"{SLOWER:g}", twice, missing)
            print(line.format(number, *figures, paced.most, most), flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
