"""Every gateway and every misfortune, over HTTP: what the ledger says is never against what the journal has.

The journal of the stand-in is the truth. For every message: in it at most once (I1); there if the ledger says
that it left, not there if the ledger says that it did not (I3); and in no time a request hangs for good.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from desk import steer
from desk.clock import Bell
from desk.leases import Leases
from desk.reconcile import Reconciler
from desk.submit import Submitter
from desk.switchboard import Switchboard
from desk.track import Tracker
from providers.gateways import KINDS
from providers.http import Exchange, Http
from providers.model import Gateway, MessageState
from sandbox.devino import DevinoServer
from sandbox.faults import KINDS as FAULTS
from sandbox.faults import PROCESSED, Faults, Kind
from sandbox.sms_pager import SmsPagerServer
from sandbox.smsc import SmscServer
from storage import accounts, checks, doubts, ledger
from storage.db import Database, open_database
from storage.schema import messages

from ..storage import ready
from ..storage.seeds import VAULT, add_account, add_card, campaign, rows
from .hand_clock import HandClock
from .rig import FIRST_CHECK, LATE, LONGEST_PAUSE, RETRY, TIMES, at_work

GATEWAYS = ("devino_rest", "devino_soap", "sms_pager", "smsc")
DEADLINE = 0.4  # seconds that a request may take where a gateway hangs
HANGING = {"hang", "accept_then_hang", "accept_late", "drip"}
AMPLE = 20.0  # and where it does not: a busy machine is no fault of a gateway
LEFT = {
    MessageState.ACCEPTED,
    MessageState.MODERATION,
    MessageState.SENT,
    MessageState.DELIVERED,
    MessageState.UNDELIVERED,
    MessageState.UNTRACKED,
}
NOT_LEFT = {MessageState.QUEUED, MessageState.CANCELLED, MessageState.EXPIRED}
Stand = DevinoServer | SmsPagerServer | SmscServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A desk with one account at one stand-in."""

    database: Database
    clock: HandClock
    stand: Stand
    gateway: Gateway
    account: accounts.Account
    switchboard: Switchboard
    leases: Leases
    exchanges: list[Exchange] = field(default_factory=list)

    def submitter(self) -> Submitter:
        return Submitter(
            self.database,
            self.switchboard,
            self.clock,
            Bell(self.clock),
            self.leases,
            retry=RETRY,
            late=LATE,
            first_check=FIRST_CHECK,
        )

    async def campaign(self, *msisdns: str) -> None:
        async with self.database.write() as tx:
            new = campaign(self.account.id, msisdns=msisdns, due_at=self.clock())
            await add_card(tx, await ledger.create(tx, new, self.clock()))

    async def send(self) -> None:
        """All that the desk sends by itself within some hours; a person resumes the account in between."""
        for _ in range(2):
            submitter = self.submitter()
            for _ in range(4):
                account = await self._account()
                while account.stopped is None and await submitter.send_next(account, self.gateway):
                    account = await self._account()
                self.clock.advance(timedelta(minutes=20))
            async with self.database.write() as tx:
                await steer.resume(tx, self.account.id, self.clock())

    async def _account(self) -> accounts.Account:
        async with self.database.read() as tx:
            return await accounts.get(tx, self.account.id)

    async def ask(self) -> None:
        """Some rounds of asking for states, each when it is due."""
        tracker = Tracker(
            self.database,
            self.switchboard,
            self.clock,
            Bell(self.clock),
            self.leases,
            first_check=FIRST_CHECK,
            longest_pause=LONGEST_PAUSE,
        )
        reconciler = Reconciler(
            self.database, self.switchboard, self.clock, Bell(self.clock), self.leases, TIMES
        )
        asked = Bell(self.clock)
        tracker.on_moved, reconciler.on_moved = [asked], [asked]
        async with at_work(tracker), at_work(reconciler), asyncio.timeout(20):
            for _ in range(4):
                async with self.database.read() as tx:
                    dues = [
                        await checks.next_due(tx),
                        await doubts.next_check(tx),
                        await doubts.next_reminder(tx),
                    ]
                due = min((one for one in dues if one is not None), default=None)
                if due is None:
                    return
                self.clock.now = max(due, self.clock())
                tracker.bell.ring()
                reconciler.bell.ring()
                await asked.nap(None)

    async def states(self) -> dict[str, Any]:
        return {row.msisdn: row for row in await rows(self.database, messages)}

    async def check(self) -> None:
        """Invariants I1 and I3 between ledger and journal."""
        taken = Counter(one.msisdn for one in self.stand.journal.accepted)
        assert not [msisdn for msisdn, times in taken.items() if times > 1], "sent twice"
        for msisdn, row in (await self.states()).items():
            state = MessageState(row.state)
            if state in LEFT:
                assert msisdn in taken, f"{msisdn} is {state}, and the gateway never took it"
            elif state in NOT_LEFT or (state == MessageState.REJECTED and row.accepted_at is None):
                assert msisdn not in taken, f"{msisdn} is {state}, and the gateway took it"
            assert state != MessageState.SUBMITTING


@asynccontextmanager
async def line(kind: str, path: Path, deadline: float = AMPLE) -> AsyncIterator[Line]:
    clock = HandClock()
    seen: list[Exchange] = []
    async with AsyncExitStack() as stack:
        stand = _stand(kind, Faults(drip_pause=0.05), clock)
        await stack.enter_async_context(stand)
        http = await stack.enter_async_context(
            Http(
                connect_timeout=deadline,
                read_timeout=deadline,
                total_timeout=deadline,
                on_exchange=seen.append,
            )
        )
        database = await stack.enter_async_context(open_database(ready.put(path)))
        settings: dict[str, Any] = {"url": _url(stand, kind), "login": "demo", "password": "demo-password"}
        if kind == "smsc":
            settings["limit_window"] = timedelta(0)
        gateway = KINDS[kind].gateway(
            KINDS[kind].config(**settings), http.channel(kind, KINDS[kind].capabilities)
        )
        await gateway.balance()  # where there are sessions there is one now
        async with database.write() as tx:
            account = await add_account(tx, gateway=kind)
        leases = Leases(database, clock, Bell(clock), "tests", steady=lambda: 0.0)
        await leases.keep()
        yield Line(
            database=database,
            clock=clock,
            stand=stand,
            gateway=gateway,
            account=account,
            switchboard=Switchboard(VAULT, lambda *_: gateway),
            leases=leases,
            exchanges=seen,
        )


def _stand(kind: str, faults: Faults, clock: HandClock) -> Stand:
    if kind == "smsc":
        return SmscServer(faults=faults, clock=clock)
    return (
        SmsPagerServer(faults=faults, clock=clock)
        if kind == "sms_pager"
        else DevinoServer(faults=faults, clock=clock)
    )


def _url(stand: Stand, kind: str) -> str:
    if isinstance(stand, DevinoServer):
        return stand.rest_url if kind == "devino_rest" else stand.soap_url
    return stand.url


def numbers(count: int, *endings: str) -> list[str]:
    """So many numbers to which all goes well, then one for each ending."""
    return [f"7903123{n:02}00" for n in range(count)] + [f"7903555{end}" for end in endings]


@pytest.mark.parametrize("fault", sorted(FAULTS - {"stale_status"}))
@pytest.mark.parametrize("kind", GATEWAYS)
async def test_a_submission_that_goes_wrong(kind: str, fault: Kind, tmp_path: Path) -> None:
    deadline = DEADLINE if fault in HANGING else AMPLE
    async with line(kind, tmp_path / "desk.db", deadline) as desk:
        await desk.campaign(*numbers(3))
        desk.stand.faults.add("send*", kind=fault)
        async with asyncio.timeout(30):
            await desk.send()
        if fault == "accept_late":
            await desk.stand.wait_for(lambda: bool(desk.stand.faults.applied))
        ((_, _, processed),) = desk.stand.faults.applied
        assert processed == (fault in PROCESSED)
        await desk.check()
        taken = len(desk.stand.journal.accepted)
        await desk.ask()
        await desk.check()
        assert len(desk.stand.journal.accepted) == taken
        states = {MessageState(row.state) for row in (await desk.states()).values()}
        if KINDS[kind].capabilities.lookup_by_ref and fault in PROCESSED - {"half_batch_then_reset"}:
            assert states == {MessageState.DELIVERED}, "the gateway can be asked, and was"
        assert all(len(one.response) <= 3000 for one in desk.exchanges)
        assert all(one.elapsed < deadline + 2 for one in desk.exchanges)


ASKING: tuple[Kind, ...] = tuple(sorted(FAULTS - {"reset_on_connect", "half_batch_then_reset"}))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", GATEWAYS)
async def test_asking_for_states_that_goes_wrong(kind: str, tmp_path: Path) -> None:
    """I17: states only move forward, whatever asking meets, states that go back included."""
    async with line(kind, tmp_path / "desk.db") as desk:
        desk.stand.account.pace = 60.0
        await desk.campaign(*numbers(2, "0001"))
        await desk.send()
        was = await desk.states()
        for fault in ASKING:
            if fault in {"no_money", "auth", "blocked", "hang", "accept_then_hang", "accept_late", "drip"}:
                continue  # they stop the account, or take their time; below and in the tests of the tracker
            for operation in ("State*", "GetMessageState", "report", "status"):
                desk.stand.faults.add(operation, kind=fault)
            await desk.ask()
            now = await desk.states()
            for msisdn, row in now.items():
                before = MessageState(was[msisdn].state)
                assert not (before in ENDS and row.state != before), f"{fault}: {before} became {row.state}"
            await desk.check()
            was = now
        desk.clock.advance(timedelta(hours=1))
        await desk.ask()
        await desk.ask()
        ends = Counter(row.state for row in (await desk.states()).values())
        assert ends == {MessageState.DELIVERED: 2, MessageState.UNDELIVERED: 1}


ENDS = {MessageState.DELIVERED, MessageState.UNDELIVERED, MessageState.EXPIRED, MessageState.REJECTED}


@pytest.mark.parametrize("kind", GATEWAYS)
async def test_a_gateway_that_refuses_connections_has_got_nothing(kind: str, tmp_path: Path) -> None:
    async with line(kind, tmp_path / "desk.db") as desk:
        await desk.campaign(*numbers(3))
        port = int(desk.stand.origin.rsplit(":", 1)[1])
        await desk.stand.stop()
        await desk.send()
        assert {row.state for row in (await desk.states()).values()} == {MessageState.QUEUED}
        await desk.stand.start(port=port)
        await desk.send()
        await desk.check()
        assert len(desk.stand.journal.accepted) == 3


@pytest.mark.parametrize("kind", GATEWAYS)
async def test_a_name_that_is_not_found_means_that_nothing_left(kind: str, tmp_path: Path) -> None:
    async with line(kind, tmp_path / "desk.db") as desk, Http(connect_timeout=2.0) as http:
        settings = {"url": "https://no-such-host.invalid/", "login": "demo", "password": "x"}
        lost = KINDS[kind].gateway(
            KINDS[kind].config(**settings), http.channel(kind, KINDS[kind].capabilities)
        )
        await desk.campaign(*numbers(1))
        assert await desk.submitter().send_next(desk.account, lost)
        (row,) = (await desk.states()).values()
        assert row.state == MessageState.QUEUED
        await desk.check()


@pytest.mark.parametrize("kind", GATEWAYS)
async def test_some_numbers_of_a_batch_are_refused(kind: str, tmp_path: Path) -> None:
    async with line(kind, tmp_path / "desk.db") as desk:
        await desk.campaign(*numbers(2, "0006"))
        await desk.send()
        await desk.ask()
        await desk.check()


@pytest.mark.parametrize("kind", GATEWAYS)
async def test_the_money_runs_out_in_the_midst_of_a_campaign(kind: str, tmp_path: Path) -> None:
    async with line(kind, tmp_path / "desk.db") as desk:
        desk.stand.balance = desk.stand.account.price * 2
        await desk.campaign(*numbers(3))
        await desk.send()
        await desk.check()
        desk.stand.balance = Decimal(1000)
        await desk.send()
        await desk.ask()
        await desk.check()


@pytest.mark.parametrize("kind", ["devino_rest", "devino_soap"])
async def test_a_session_that_ends_between_two_campaigns(kind: str, tmp_path: Path) -> None:
    async with line(kind, tmp_path / "desk.db") as desk:
        assert isinstance(desk.stand, DevinoServer)
        for several in (numbers(2)[:1], numbers(2)[1:]):
            await desk.campaign(*several)
            await desk.submitter().send_next(desk.account, desk.gateway)
            desk.stand.expire_sessions()
        await desk.check()
        assert len(desk.stand.journal.accepted) == 2


@pytest.mark.parametrize("skew", [timedelta(days=-1), timedelta(hours=-3), timedelta(days=1)])
@pytest.mark.parametrize("kind", GATEWAYS)
async def test_the_clock_of_a_gateway_is_wrong(kind: str, skew: timedelta, tmp_path: Path) -> None:
    async with line(kind, tmp_path / "desk.db") as desk:
        desk.stand.account.now = lambda: desk.clock() + skew
        if isinstance(desk.stand, DevinoServer):
            desk.stand.expire_sessions()
        await desk.campaign(*numbers(2, "0001"))
        await desk.send()
        await desk.ask()
        await desk.check()
        ends = Counter(row.state for row in (await desk.states()).values())
        assert ends == {MessageState.DELIVERED: 2, MessageState.UNDELIVERED: 1}
