"""The desk against a model of it: whatever people, gateways, clocks and crashes do in whatever order.

Real workers and a real ledger, in steps that hypothesis chooses; a far side with a journal; and after every
step invariants I1 to I7, I11 and I17 (docs/reliability). A failure is printed as the shortest list of steps.
`make test` plays the same steps each time; `make nightly` plays many more, other ones every night.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from desk import compose, steer
from desk import doubts as deciding
from providers.model import TRANSITIONS, MessageState
from storage import campaigns, doubts, drafts, fault
from storage.db import Database
from storage.drafts import Place as DraftPlace
from storage.schema import attempt_messages, messages
from storage.schema import campaigns as campaigns_table

from ..desk.hand_clock import HandClock
from ..desk.scripted_gateway import ScriptedGateway, capable
from ..storage.seeds import CHAT, NOON, PERSON, add_account, add_card
from .far_side import FAULTS, FarSide
from .places import Place, SqlitePlace
from .workers import FIRST_CHECK, LATE, Workers

LONG = os.environ.get("SMSDESK_MODEL") == "long"
PROFILE = settings(
    max_examples=500 if LONG else 25,
    stateful_step_count=60 if LONG else 25,
    derandomize=not LONG,
    # To make a failure short takes minutes: that is for the night.
    phases=[Phase.generate, Phase.shrink] if LONG else [Phase.generate],
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
S = MessageState
UNDO = timedelta(seconds=1)
WENT = {S.ACCEPTED, S.MODERATION, S.SENT, S.DELIVERED, S.UNDELIVERED, S.UNTRACKED}
STAYED = {S.QUEUED, S.CANCELLED, S.SKIPPED}
T = TypeVar("T")


def _reachable() -> dict[MessageState, frozenset[MessageState]]:
    """What a state can become, by machine alone: UNCERTAIN never goes back to the queue (I11)."""
    steps = {state: TRANSITIONS[state] - ({S.QUEUED} if state is S.UNCERTAIN else set()) for state in S}
    found = {state: {state} for state in S}
    for _ in S:
        found = {state: seen.union(*(steps[one] for one in seen)) for state, seen in found.items()}
    return {state: frozenset(seen) for state, seen in found.items()}


REACHABLE = _reachable()
# Where the program dies: in each write, before and after it is durable, and on both sides of the wire.
WHEN = ("begun", "done", "committed")
SENDING = (
    *(f"{write} {when}" for write in ("submit.claim", "submit.settle", "submit.tidy") for when in WHEN),
    "submit.send asks",
    "submit.send answered",
)
ASKING = (
    *(f"{worker}.record {when}" for worker in ("track", "reconcile") for when in WHEN),
    *(f"{worker}.reports {when}" for worker in ("track", "reconcile") for when in ("asks", "answered")),
)


class Died(BaseException):
    """The process is gone at this point; nothing of it runs any more."""


@dataclass
class Known:
    """What the model knows of a campaign."""

    msisdns: tuple[str, ...]
    due_at: datetime
    not_after: datetime | None
    cancelled: bool = False


@dataclass
class Model:
    """The whole model: plain values, no database."""

    campaigns: dict[int, Known] = field(default_factory=dict)
    confirmed: dict[int, int] = field(default_factory=dict)  # by draft
    stopped: bool = False
    again: Counter[str] = field(default_factory=Counter)  # how often a person had a number sent to once more

    def of(self, msisdn: str) -> Known:
        return next(known for known in self.campaigns.values() if msisdn in known.msisdns)


class Desk(RuleBasedStateMachine):
    """The desk and its model. `place` makes the database."""

    place: Callable[[], Place]
    drafts = Bundle("drafts")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock = HandClock()
        self.model = Model()
        self.far = FarSide(self._may_arrive)
        self.wrong: list[str] = []  # what arrived at the far side and should not have
        self.numbers = 0
        self.seen: dict[int, MessageState] = {}
        self.where = type(self).place()
        self.opened: AbstractAsyncContextManager[Database] | None = None

    def run(self, step: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(step)

    @initialize(batch=st.integers(1, 4), askable=st.booleans())
    def open(self, batch: int, askable: bool) -> None:
        self.gateway = ScriptedGateway(capable(batch_max=batch, lookup_by_ref=askable))
        self.gateway.on_submit = self.far.submit
        self.gateway.on_reports = self.far.reports
        self.run(self._start())
        self.run(self._connect())

    async def _start(self) -> None:
        self.opened = self.where.open()
        self.database = await self.opened.__aenter__()
        self.workers = Workers(self.database, self.gateway, self.clock)
        await self.workers.start()

    async def _stop(self) -> None:
        if self.opened is not None:
            await self.opened.__aexit__(None, None, None)

    async def _connect(self) -> None:
        async with self.database.write() as tx:
            self.account = await add_account(tx)

    def teardown(self) -> None:
        fault.arm(None)
        if self.opened is not None:
            self.run(self._drain())
            self.run(self._look())
            self.run(self._stop())
        self.runner.close()
        self.where.drop()

    # People.

    @rule(
        target=drafts,
        count=st.integers(1, 5),
        ahead=st.sampled_from([None, None, None, timedelta(seconds=30), timedelta(hours=2)]),
        validity=st.sampled_from([None, None, None, timedelta(minutes=5), timedelta(days=1)]),
        presses=st.sampled_from([1, 1, 2, 0]),
    )
    def create(self, count: int, ahead: timedelta | None, validity: timedelta | None, presses: int) -> int:
        """A confirm card, and mostly its ✅."""
        start, self.numbers = self.numbers, self.numbers + count
        content = {
            "account_id": self.account.id,
            "sender_id": "ACME",
            "msisdns": [f"7903{number:07}" for number in range(start, start + count)],
            "text": "Your order is ready",
            "kind": "sms",
            "segments": 1,
            "send_at": None if ahead is None else (self.clock() + ahead).isoformat(),
            "validity": None if validity is None else int(validity.total_seconds()),
            "hands_over": False,
            "by_recipient_time": False,
            "spans": {},
        }
        draft = self.run(self._offer(content))
        self.confirm(draft, presses)
        return draft

    async def _offer(self, content: dict[str, Any]) -> int:
        place = DraftPlace(chat_id=CHAT, thread_id=0, person_id=PERSON)
        async with self.database.write() as tx:
            return await drafts.start(
                tx,
                place,
                kind="send",
                state="offered",
                content=content,
                expires_at=self.clock() + timedelta(minutes=15),
            )

    @rule(draft=drafts, presses=st.integers(1, 3))
    def press(self, draft: int, presses: int) -> None:
        """✅ late, or once more."""
        self.confirm(draft, presses)

    def confirm(self, draft: int, presses: int) -> None:
        """✅, by one or several people at the same moment."""

        async def together() -> None:
            await asyncio.gather(*(self._press(draft) for _ in range(presses)))

        self.run(together())

    async def _press(self, draft_id: int) -> None:
        async with self.database.write() as tx:
            draft = await drafts.get(tx, draft_id)
            assert draft is not None
            now = self.clock()
            if draft.expires_at <= now or compose.has_passed(draft, now):
                return
            if not await drafts.decide(tx, draft.id, state="confirmed", by="Anna"):
                return
            campaign_id = await compose.confirm(
                tx, draft, author_id=PERSON, author="Anna", undo=UNDO, now=now
            )
            await add_card(tx, campaign_id)
        assert draft_id not in self.model.confirmed, "I7: one card, two campaigns"
        self.model.confirmed[draft_id] = campaign_id
        content = draft.content
        send_at = None if content["send_at"] is None else datetime.fromisoformat(content["send_at"])
        due_at = max(now + UNDO, send_at or now)
        validity = content["validity"]
        self.model.campaigns[campaign_id] = Known(
            msisdns=tuple(content["msisdns"]),
            due_at=due_at,
            not_after=None if validity is None else (send_at or now) + timedelta(seconds=validity),
        )

    @precondition(lambda self: self.model.campaigns)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        campaign_id = data.draw(st.sampled_from(sorted(self.model.campaigns)))

        self.run(self._cancel(campaign_id))

    async def _cancel(self, campaign_id: int) -> None:
        async with self.database.write() as tx:
            view = await campaigns.view(tx, campaign_id)
            assert view is not None
            await steer.cancel(tx, view, self.gateway.capabilities, self.clock())
        self.model.campaigns[campaign_id].cancelled = True

    @rule()
    def resume(self) -> None:
        """▶ under a stopped account."""

        async def press() -> None:
            async with self.database.write() as tx:
                await steer.resume(tx, self.account.id, self.clock())

        self.run(press())

    @precondition(lambda self: self.model.campaigns)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        """Yes, send it now, though it missed its time."""
        campaign_id = data.draw(st.sampled_from(sorted(self.model.campaigns)))

        async def press() -> None:
            async with self.database.write() as tx:
                await steer.release(tx, campaign_id, self.clock())

        self.run(press())

    @rule(decision=st.sampled_from(["sent", "given_up", "again"]))
    def resolve(self, decision: str) -> None:
        """A person decides about a doubt."""
        self.run(self._decide(decision))

    async def _decide(self, decision: str) -> None:
        async with self.database.write() as tx:
            every = [one for known in self.model.campaigns for one in await doubts.of_campaign(tx, known)]
            if not every:
                return
            doubt = every[0]
            open_ = [one for one in await doubts.messages_of(tx, doubt.attempt_id) if one.open]
            seen = [(doubt.attempt_id, doubt.version)]
            assert await deciding.decide(tx, seen, decision, by="Anna", now=self.clock()) is not None
        if decision == "again":
            for one in open_:
                self.model.again[one.msisdn] += 1
                self.seen[one.id] = S.QUEUED

    # The desk works, and the far side does what it does.

    @rule(wrong=st.sampled_from(sorted(FAULTS)), cancelled=st.booleans())
    def send(self, wrong: str, cancelled: bool) -> None:
        """One request; with `cancelled` a person cancels what it carries while it is under way."""
        self.clock.advance(UNDO)
        self.far.fault = wrong
        self.far.meanwhile = self._cancel_of if cancelled else None
        self.run(self.workers.send(self.account.id))
        self.far.fault, self.far.meanwhile = "none", None

    async def _cancel_of(self, msisdn: str) -> None:
        campaign_id = next(one for one, known in self.model.campaigns.items() if msisdn in known.msisdns)
        await self._cancel(campaign_id)

    @rule()
    def send_all(self) -> None:
        self.clock.advance(UNDO)
        self.run(self._send_all())

    async def _send_all(self) -> None:
        while await self.workers.send(self.account.id):
            pass

    @rule(silent=st.booleans(), flaps=st.booleans())
    def ask(self, silent: bool, flaps: bool) -> None:
        self.clock.advance(FIRST_CHECK)
        self.far.silent, self.far.flaps = silent, flaps
        self.run(self.workers.ask())
        self.far.silent = self.far.flaps = False

    @precondition(lambda self: self.far.known)
    @rule(data=st.data(), flaps=st.booleans())
    def call(self, data: st.DataObject, flaps: bool) -> None:
        """The gateway calls by itself, late and with old news too."""
        ref, msisdn = data.draw(st.sampled_from(self.far.known))
        self.far.flaps = flaps
        told = self.far.report(ref, msisdn)
        self.far.flaps = False
        if told is not None:
            self.run(self.workers.push(self.account.id, told, self.clock()))

    # Time.

    @rule(
        by=st.sampled_from(
            [
                *[timedelta(seconds=5)] * 4,
                *[timedelta(seconds=30)] * 4,
                *[timedelta(minutes=2)] * 2,
                timedelta(minutes=20),
                timedelta(days=1),
                timedelta(days=3),
                -timedelta(hours=1),
                -timedelta(days=1),
            ]
        )
    )
    def time_jumps(self, by: timedelta) -> None:
        self.clock.advance(by)
        self.far.pass_time()

    # Death.

    @rule(point=st.sampled_from(SENDING), wrong=st.sampled_from(["none", *sorted(FAULTS)]))
    def dies_sending(self, point: str, wrong: str) -> None:
        """The process dies at this point, if it comes there, and starts again on what is on disk."""
        if S.QUEUED not in self.seen.values():
            self.create(2, None, None, 1)
        self.resume()
        self.clock.advance(UNDO)
        self.far.fault = wrong
        self._die(point, self.workers.send(self.account.id))
        self.far.fault = "none"

    @rule(point=st.sampled_from(ASKING))
    def dies_asking(self, point: str) -> None:
        self.clock.advance(FIRST_CHECK)
        self._die(point, self.workers.ask())

    def _die(self, point: str, step: Coroutine[Any, Any, object]) -> None:
        def strike(passed: str) -> None:
            if passed == point:
                fault.arm(None)
                raise Died

        fault.arm(strike)
        try:
            self.run(step)
        except Died:
            pass
        finally:
            fault.arm(None)
        self.restart()

    @rule()
    def restart(self) -> None:
        self.run(self._stop())
        self.run(self._start())

    # What must hold.

    def _may_arrive(self, msisdn: str) -> None:
        """I6: nothing leaves that must not leave any more, or not yet; and I1, nothing leaves twice."""
        known, now = self.model.of(msisdn), self.clock()
        # Noted, not raised: the desk would take an exception for one of the gateway's.
        if known.cancelled:
            self.wrong.append(f"I6: {msisdn} was cancelled")
        if known.not_after is not None and now >= known.not_after:
            self.wrong.append(f"I6: {msisdn} outlived its validity")
        if now < known.due_at:
            self.wrong.append(f"I6: {msisdn} left before its time")
        if self.far.accepted[msisdn] > self.model.again[msisdn]:
            self.wrong.append(f"I1: {msisdn} again")

    @invariant()
    def holds(self) -> None:
        if self.opened is not None:
            self.run(self._look())

    async def _look(self) -> None:
        assert not self.wrong
        async with self.database.read() as tx:
            rows = (await tx.execute(sa.select(messages))).all()
            live = (
                await tx.execute(
                    sa.select(attempt_messages.c.message_id, sa.func.count())
                    .where(attempt_messages.c.live)
                    .group_by(attempt_messages.c.message_id)
                )
            ).all()
            held = list(await tx.scalars(sa.select(campaigns_table.c.id)))
        assert sorted(held) == sorted(self.model.campaigns), "I2, I7: campaigns confirmed and kept differ"
        audience = Counter(row.campaign_id for row in rows)
        for campaign_id, known in self.model.campaigns.items():
            assert audience[campaign_id] == len(known.msisdns), f"I4: #{campaign_id} lost or made somebody"
        assert all(count == 1 for _, count in live), "I5: two live attempts for a message"
        for row in rows:
            self._check(row.id, row.msisdn, S(row.state), was_at_gateway=row.accepted_at is not None)

    def _check(self, message_id: int, msisdn: str, state: MessageState, *, was_at_gateway: bool) -> None:
        times, again = self.far.accepted[msisdn], self.model.again[msisdn]
        assert times <= 1 + again, f"I1: {msisdn} was accepted {times} times"
        if state in WENT:
            assert times >= 1, f"I3: {msisdn} is {state}, and nobody took it"
        elif state in STAYED or (state in {S.EXPIRED, S.REJECTED} and not was_at_gateway):
            assert times <= again, f"I3: {msisdn} is {state}, and was taken"
        assert state is not S.SUBMITTING, "nothing is on the wire between two steps"
        before = self.seen.get(message_id, S.QUEUED)
        assert state in REACHABLE[before], f"I11, I17: {before} became {state}"
        self.seen[message_id] = state

    async def _drain(self) -> None:
        """All is well again: what can end ends."""
        self.clock.now = max(self.clock(), NOON) + timedelta(seconds=1)
        async with self.database.write() as tx:
            await steer.resume(tx, self.account.id, self.clock())
        for _ in range(6):
            await self._send_all()
            self.far.pass_time()
            self.clock.advance(LATE + timedelta(minutes=1))
            await self.workers.ask()
        async with self.database.read() as tx:
            left = (await tx.execute(sa.select(messages.c.msisdn, messages.c.state, messages.c.held))).all()
        for msisdn, state, _ in left:
            doubt = state == S.UNCERTAIN and self.far.accepted[msisdn]
            assert not (doubt and self.gateway.capabilities.lookup_by_ref), (
                f"{msisdn}: asked, and not settled"
            )


class OnSqlite(Desk):
    place = SqlitePlace


TestOnSqlite = OnSqlite.TestCase
TestOnSqlite.settings = PROFILE
