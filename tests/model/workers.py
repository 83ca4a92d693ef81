"""The desk's real workers, made to take single steps: what dies and comes back in the model test."""

import secrets
from datetime import datetime, timedelta

from desk.clock import Bell, Clock
from desk.evidence import Times
from desk.leases import Leases
from desk.pushes import PushReader
from desk.reconcile import Reconciler
from desk.submit import Submitter
from desk.switchboard import Switchboard
from desk.track import Tracker
from providers.model import Gateway, Report
from storage import accounts, leases
from storage.db import Database, Transaction
from storage.leases import Lease

from ..desk.rig import own_time
from ..storage.seeds import VAULT

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


class Workers:
    """One process of the desk."""

    def __init__(self, database: Database, gateway: Gateway, clock: Clock) -> None:
        self._database, self._gateway, self._clock = database, gateway, clock
        switchboard = Switchboard(VAULT, lambda *_: gateway)
        bell = Bell(clock)
        # It stands still in time: whoever has a lease has it until the process dies.
        owner = secrets.token_hex(4)
        self.leases = Leases(database, clock, bell, owner, steady=lambda: 0.0, time=own_time)
        self.leases.on_taken = [self._recover]
        self.submitter = Submitter(
            database, switchboard, clock, bell, self.leases, retry=RETRY, late=LATE, first_check=FIRST_CHECK
        )
        self.tracker = Tracker(
            database,
            switchboard,
            clock,
            bell,
            self.leases,
            first_check=FIRST_CHECK,
            longest_pause=LONGEST_PAUSE,
        )
        self.reconciler = Reconciler(database, switchboard, clock, bell, self.leases, TIMES)
        self.pushes = PushReader(
            database, VAULT, switchboard, clock, bell, self.leases, first_check=FIRST_CHECK, remind=LATE
        )

    async def start(self) -> None:
        async with self._database.write() as tx:
            await leases.release_of_the_dead(tx, self._clock())
        await self.leases.keep()

    async def _recover(self, tx: Transaction, lease: Lease) -> None:
        if lease.account_id is not None:
            await self.submitter.recover(tx, lease.account_id, lease.fence)

    async def send(self, account_id: int) -> bool:
        """What the worker does for one account in one turn of its loop, if there is something to do."""
        due, _ = await self.submitter._look()
        for account, gateway in due:
            if account.id == account_id:
                return await self.submitter.send_next(account, gateway)
        return False

    async def ask(self) -> None:
        """One round of asking for all that is due."""
        for account_id, (due, recalls) in (await self.tracker._due()).items():
            await self.tracker._serve(account_id, due, recalls)
        for account_id, doubtful in (await self.reconciler._due()).items():
            await self.reconciler._serve(account_id, doubtful)

    async def push(self, account_id: int, told: Report, now: datetime) -> None:
        """A gateway calls by itself: what is done with each thing it tells."""
        async with self._database.write("pushes.take") as tx:
            await self.pushes._take(tx, await accounts.get(tx, account_id), told, now)
