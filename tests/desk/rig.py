"""The desk without a chat: a real ledger, the real workers, one scripted gateway, a clock moved by hand."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from desk.clock import Bell
from desk.clock_watch import ClockWatch
from desk.evidence import Times
from desk.housekeeping import Housekeeper
from desk.leases import Leases
from desk.pushes import PushReader
from desk.reconcile import Reconciler
from desk.submit import LONGEST_RETRY, Submitter
from desk.switchboard import Switchboard
from desk.track import Tracker
from providers.model import Capabilities, MessageState
from storage import checks, ledger
from storage.accounts import Account
from storage.db import Database, Transaction, open_database
from storage.schema import messages, outbox

from ..storage.seeds import VAULT, add_account, add_card, campaign, rows
from .hand_clock import HandClock
from .scripted_gateway import ScriptedGateway, capable

RETRY, FIRST_CHECK, LONGEST_PAUSE = timedelta(seconds=10), timedelta(seconds=5), timedelta(minutes=1)
LATE = timedelta(minutes=15)
TIMES = Times(
    first_check=FIRST_CHECK,
    longest_pause=LONGEST_PAUSE,
    settle=timedelta(minutes=10),
    late=LATE,
    remind=timedelta(hours=1),
    remind_every=timedelta(days=1),
)
PATIENCE = 60  # real seconds a test waits for what must come


async def own_time(_: Transaction, own: datetime) -> datetime:
    """In the place of a database's clock: one that a test moves."""
    return own


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    database: Database
    clock: HandClock
    news: Bell  # rings when something moved or the gateway was called
    gateway: ScriptedGateway
    account: Account
    switchboard: Switchboard
    leases: Leases  # all taken, by a process that stands still in time

    async def campaign(self, count: int = 1, **changes: Any) -> int:
        """A confirmed campaign with its card; it may leave now."""
        async with self.database.write() as tx:
            new = campaign(self.account.id, count, **{"due_at": self.clock()} | changes)
            campaign_id = await ledger.create(tx, new, self.clock())
            await add_card(tx, campaign_id)
        return campaign_id

    def submitter(self) -> Submitter:
        made = Submitter(
            self.database,
            self.switchboard,
            self.clock,
            Bell(self.clock),
            self.leases,
            retry=RETRY,
            late=LATE,
            first_check=FIRST_CHECK,
        )
        made.on_moved = [self.news]
        return made

    def tracker(self, bell: Bell | None = None) -> Tracker:
        made = Tracker(
            self.database,
            self.switchboard,
            self.clock,
            bell or Bell(self.clock),
            self.leases,
            first_check=FIRST_CHECK,
            longest_pause=LONGEST_PAUSE,
        )
        made.on_moved = [self.news]
        return made

    def reconciler(self) -> Reconciler:
        made = Reconciler(self.database, self.switchboard, self.clock, Bell(self.clock), self.leases, TIMES)
        made.on_moved = [self.news]
        return made

    def clock_watch(self, ticks: Callable[[], float], *on_step: Callable[[], None]) -> ClockWatch:
        return ClockWatch(
            self.database, self.clock, self.leases, ticks=ticks, longest=LONGEST_RETRY, on_step=on_step
        )

    async def send(self) -> bool:
        """One claim, one request, one settlement."""
        await self.leases.keep()
        return await self.submitter().send_next(self.account, self.gateway)

    async def recover(self) -> None:
        """As whoever takes the account next does."""
        lease = self.leases.of(self.account.id)
        assert lease is not None
        async with self.database.write() as tx:
            await self.submitter().recover(tx, self.account.id, lease.fence + 1)

    async def ask(self) -> None:
        """One round of the tracker, at the time the next message is to be asked about."""
        due = await self.next_check()
        assert due is not None, "nothing to ask about"
        self.clock.now = max(due, self.clock.now)
        recorded = Bell(self.clock)
        tracker = self.tracker()
        tracker.on_moved = [recorded]
        async with at_work(tracker), asyncio.timeout(PATIENCE):
            await recorded.nap(None)

    async def until(self, holds: Callable[[], Awaitable[bool]]) -> None:
        """Wait for it. What it looks at must come with news."""
        async with asyncio.timeout(PATIENCE):
            while not await holds():
                await self.news.nap(None)

    async def states(self) -> list[MessageState]:
        return [MessageState(row.state) for row in await rows(self.database, messages)]

    async def all_stand(self, state: MessageState) -> bool:
        return set(await self.states()) == {state}

    async def stands(self, states: Sequence[MessageState]) -> bool:
        return await self.states() == list(states)

    async def notices(self) -> list[tuple[str, dict[str, Any]]]:
        """What was put into the outbox so far: kind and content."""
        return [(row.kind, row.content) for row in await rows(self.database, outbox)]

    async def next_check(self) -> datetime | None:
        async with self.database.read() as tx:
            return await checks.next_due(tx)


@asynccontextmanager
async def at_work(worker: Submitter | Tracker | Reconciler | Housekeeper | PushReader) -> AsyncIterator[None]:
    """The worker running; stopped gracefully at the end, and its failure is the test's failure."""
    running = asyncio.create_task(worker.run())
    try:
        yield
    except BaseException:
        running.cancel()
        (ended,) = await asyncio.gather(running, return_exceptions=True)
        if isinstance(ended, Exception):
            raise ended from None
        raise
    worker.stop()
    await running


@asynccontextmanager
async def rig(where: str | Path, capabilities: Capabilities | None = None) -> AsyncIterator[Rig]:
    clock = HandClock()
    news = Bell(clock)
    gateway = ScriptedGateway(capabilities or capable(), news)
    async with open_database(where) as database:
        async with database.write() as tx:
            account = await add_account(tx)
        leases = Leases(database, clock, Bell(clock), "tests", steady=lambda: 0.0, time=own_time)
        await leases.keep()
        yield Rig(
            database=database,
            clock=clock,
            news=news,
            gateway=gateway,
            account=account,
            switchboard=Switchboard(VAULT, lambda *_: gateway),
            leases=leases,
        )
