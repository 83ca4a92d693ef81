"""Two processes of one desk: who works for an account, what becomes of the work of who does no more."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from desk.clock import Bell
from desk.leases import MARGIN, RENEW, Leases
from desk.submit import LEAVES_WITHIN, Submitter
from providers.errors import NotReached, RequestRefused
from providers.leaving import may_leave
from providers.model import MessageState, Reason, Receipt, Submission
from storage import ledger, queues
from storage.fault import arm
from storage.leases import LENGTH
from storage.ledger import Change
from storage.schema import attempt_messages, attempts, events, messages

from ..storage.seeds import NOON, add_account, campaign, rows
from .rig import FIRST_CHECK, LATE, RETRY, Rig, at_work, own_time
from .scripted_gateway import taken

QUEUED, SUBMITTING, UNCERTAIN = MessageState.QUEUED, MessageState.SUBMITTING, MessageState.UNCERTAIN
ACCEPTED, REJECTED = MessageState.ACCEPTED, MessageState.REJECTED
SECOND = timedelta(seconds=1)


@dataclass
class Replica:
    """A process of its own, with a steady clock that may stand still while the world goes on."""

    desk: Rig
    name: str
    steady: float = 0.0
    leases: Leases = field(init=False)
    submitter: Submitter = field(init=False)

    def __post_init__(self) -> None:
        desk = self.desk
        self.leases = Leases(
            desk.database, desk.clock, Bell(desk.clock), self.name, steady=lambda: self.steady, time=own_time
        )
        self.submitter = Submitter(
            desk.database,
            desk.switchboard,
            desk.clock,
            Bell(desk.clock),
            self.leases,
            retry=RETRY,
            late=LATE,
            first_check=FIRST_CHECK,
        )
        self.submitter.on_moved = [desk.news]
        self.leases.on_taken = [
            lambda tx, lease: self.submitter.recover(tx, lease.account_id or 0, lease.fence)
        ]

    async def send(self) -> bool:
        return await self.submitter.send_next(self.desk.account, self.desk.gateway)

    @property
    def works(self) -> bool:
        return self.leases.of(self.desk.account.id) is not None


@pytest.fixture
async def replicas(desk: Rig) -> tuple[Replica, Replica]:
    """The first has everything, the second nothing."""
    await desk.leases.release()
    desk.clock.advance(LENGTH)
    first, second = Replica(desk, "a"), Replica(desk, "b")
    await first.leases.keep()
    await second.leases.keep()
    assert (first.works, second.works) == (True, False)
    return first, second


def pass_time(replicas: tuple[Replica, Replica], by: timedelta) -> None:
    """For the world and for both."""
    replicas[0].desk.clock.advance(by)
    for one in replicas:
        one.steady += by.total_seconds()


def on_the_wire(replica: Replica, answer: asyncio.Event) -> None:
    """A request of this replica that hangs until there is an answer."""

    async def hang(submission: Submission) -> Receipt:
        await answer.wait()
        return taken(submission)

    replica.desk.gateway.on_submit = hang


async def takes_over(replicas: tuple[Replica, Replica]) -> None:
    """The second takes what the first has not renewed in time."""
    pass_time(replicas, LENGTH)
    await replicas[1].leases.keep()
    assert (replicas[0].works, replicas[1].works) == (False, True)


async def test_who_has_no_lease_sends_nothing(desk: Rig, replicas: tuple[Replica, Replica]) -> None:
    first, second = replicas
    await desk.campaign()
    assert not await second.send()
    assert desk.gateway.submissions == []
    assert await first.send()


async def test_a_lease_is_given_up_before_it_ends_with_nobody_asked(
    desk: Rig, replicas: tuple[Replica, Replica]
) -> None:
    first, _ = replicas
    await desk.campaign()
    first.steady += (LENGTH - MARGIN).total_seconds() - 0.001
    assert first.works
    first.steady += 0.001
    assert not first.works
    assert not await first.send()
    await first.leases.keep()  # nobody came meanwhile
    assert await first.send()


async def test_the_database_has_the_last_word(desk: Rig, replicas: tuple[Replica, Replica]) -> None:
    """A process whose clocks stood still still thinks that it works for the account."""
    first, second = replicas
    await desk.campaign()
    desk.clock.advance(LENGTH)
    await second.leases.keep()
    assert first.works
    assert not await first.send()
    assert desk.gateway.submissions == []
    assert await second.send()


async def test_who_dies_is_replaced_within_thirty_seconds(
    desk: Rig, replicas: tuple[Replica, Replica]
) -> None:
    await desk.campaign()
    pass_time(replicas, LENGTH)
    assert timedelta(seconds=30) > LENGTH + SECOND
    await replicas[1].leases.keep()
    assert await replicas[1].send()


async def test_who_stops_is_replaced_at_once(desk: Rig, replicas: tuple[Replica, Replica]) -> None:
    first, second = replicas
    await first.leases.release()
    pass_time(replicas, SECOND)
    await second.leases.keep()
    assert (first.works, second.works) == (False, True)


async def test_who_lives_keeps_renewing(desk: Rig, replicas: tuple[Replica, Replica]) -> None:
    first, second = replicas
    for _ in range(10):
        pass_time(replicas, RENEW)
        await first.leases.keep()
        await second.leases.keep()
        assert (first.works, second.works) == (True, False)


async def test_taking_over_makes_uncertain_what_others_have_on_the_wire(
    desk: Rig, replicas: tuple[Replica, Replica]
) -> None:
    first, _ = replicas
    await desk.campaign()
    answer = asyncio.Event()
    on_the_wire(first, answer)
    sending = asyncio.create_task(first.send())
    await desk.until(lambda: desk.all_stand(SUBMITTING))
    await takes_over(replicas)
    assert await desk.states() == [UNCERTAIN]
    (attempt,) = await rows(desk.database, attempts)
    assert (attempt.outcome, attempt.fence) == ("unknown", 2)
    answer.set()
    await sending


async def test_taking_over_leaves_alone_what_is_not_of_that_account(
    desk: Rig, replicas: tuple[Replica, Replica]
) -> None:
    """Another replica works for the second account, and has something on the wire."""
    first, second = replicas
    async with desk.database.write() as tx:
        other = await add_account(tx, name="other")
    await second.leases.keep()
    lease = second.leases.of(other.id)
    assert lease is not None
    async with desk.database.write() as tx:
        await ledger.create(tx, campaign(other.id), NOON)
        assert await queues.claim(tx, other.id, limit=1, ref="r", now=NOON + LENGTH, fence=lease.fence)
    pass_time(replicas, LENGTH - SECOND)
    await second.leases.keep()
    pass_time(replicas, SECOND)
    await first.leases.release()
    pass_time(replicas, SECOND)
    await second.leases.keep()
    assert second.works
    assert await desk.states() == [SUBMITTING]


async def test_renewing_makes_nothing_uncertain(desk: Rig, replicas: tuple[Replica, Replica]) -> None:
    first, _ = replicas
    await desk.campaign()
    answer = asyncio.Event()
    on_the_wire(first, answer)
    sending = asyncio.create_task(first.send())
    await desk.until(lambda: desk.all_stand(SUBMITTING))
    pass_time(replicas, 3 * LENGTH)
    await first.leases.keep()
    assert await desk.states() == [SUBMITTING]
    answer.set()
    await sending
    assert await desk.states() == [ACCEPTED]


# What an answer means that comes when others have taken over


async def late(desk: Rig, replicas: tuple[Replica, Replica], meanwhile: MessageState | None = None) -> None:
    """The first one's answer comes after the second took over; a person may have decided meanwhile."""
    first, _ = replicas
    await desk.campaign()
    answer = asyncio.Event()
    script = desk.gateway.on_submit

    async def hang(submission: Submission) -> Receipt:
        await answer.wait()
        return await script(submission)

    desk.gateway.on_submit = hang
    sending = asyncio.create_task(first.send())
    await desk.until(lambda: desk.all_stand(SUBMITTING))
    await takes_over(replicas)
    if meanwhile is not None:
        async with desk.database.write() as tx:
            (message,) = await rows(desk.database, messages)
            await ledger.apply(
                tx, [Change(message_id=message.id, to=meanwhile)], source="person", now=desk.clock()
            )
            await tx.execute(attempt_messages.update().values(live=meanwhile != QUEUED))
    answer.set()
    await sending


async def test_a_late_acceptance_is_evidence(desk: Rig, replicas: tuple[Replica, Replica]) -> None:
    await late(desk, replicas)
    assert await desk.states() == [ACCEPTED]
    (message,) = await rows(desk.database, messages)
    assert message.gateway_ids == [f"id-{message.msisdn}"]
    assert message.check_at is not None
    (attempt,) = await rows(desk.database, attempts)
    assert attempt.outcome == "accepted"


async def test_a_late_refusal_is_evidence(desk: Rig, replicas: tuple[Replica, Replica]) -> None:
    async def refuse(_: Submission) -> Receipt:
        raise RequestRefused(code="7", raw="no", reason=Reason.TEXT)

    desk.gateway.on_submit = refuse
    await late(desk, replicas)
    assert await desk.states() == [REJECTED]


async def test_a_late_not_sent_queues_nothing_and_is_kept(
    desk: Rig, replicas: tuple[Replica, Replica]
) -> None:
    async def refuse(_: Submission) -> Receipt:
        raise NotReached(raw="refused")

    desk.gateway.on_submit = refuse
    await late(desk, replicas)
    assert await desk.states() == [UNCERTAIN]
    (event,) = await rows(desk.database, events, events.c.source == "late")
    assert (event.told, event.moved, event.raw) == ("queued", False, "refused")
    assert [row.live for row in await rows(desk.database, attempt_messages)] == [True]


async def test_a_late_acceptance_keeps_a_second_attempt_from_leaving(
    desk: Rig, replicas: tuple[Replica, Replica]
) -> None:
    await late(desk, replicas, QUEUED)
    assert await desk.states() == [ACCEPTED]
    (message,) = await rows(desk.database, messages)
    assert message.gateway_ids == [f"id-{message.msisdn}"]
    assert [row.live for row in await rows(desk.database, attempt_messages)] == [True]
    assert not await replicas[1].send()
    assert [kind for kind, _ in await desk.notices()][-1] == "contradiction"


@pytest.mark.parametrize("meanwhile", [MessageState.ASSUMED_SENT, MessageState.ABANDONED])
async def test_a_late_acceptance_does_not_undo_what_a_person_decided(
    desk: Rig, replicas: tuple[Replica, Replica], meanwhile: MessageState
) -> None:
    await late(desk, replicas, meanwhile)
    assert await desk.states() == [meanwhile]
    (event,) = await rows(desk.database, events, events.c.source == "late")
    assert (event.told, event.moved) == ("accepted", False)


async def test_a_late_acceptance_is_not_taken_for_that_of_the_next_attempt(
    desk: Rig, replicas: tuple[Replica, Replica]
) -> None:
    """A person had it sent again, and that is on the wire when the first answer comes."""
    first, second = replicas
    await desk.campaign()
    answers = [asyncio.Event(), asyncio.Event()]

    async def hang(submission: Submission) -> Receipt:
        await answers[len(desk.gateway.submissions) - 1].wait()
        return taken(submission)

    desk.gateway.on_submit = hang
    sending = asyncio.create_task(first.send())
    await desk.until(lambda: desk.all_stand(SUBMITTING))
    await takes_over(replicas)
    (message,) = await rows(desk.database, messages)
    async with desk.database.write() as tx:
        await ledger.apply(
            tx, [Change(message_id=message.id, to=QUEUED, due_at=NOON)], source="person", now=desk.clock()
        )
        await tx.execute(attempt_messages.update().values(live=False))
    again = asyncio.create_task(second.send())
    await desk.until(lambda: desk.all_stand(SUBMITTING))
    answers[0].set()
    await sending
    assert await desk.states() == [SUBMITTING]
    answers[1].set()
    await again
    assert await desk.states() == [ACCEPTED]


# The process that stood still


async def test_who_wakes_up_too_late_sends_nothing_and_proves_it(
    desk: Rig, replicas: tuple[Replica, Replica]
) -> None:
    """Frozen between the claim and the wire: what the transport asks before the first byte is answered no."""
    first, _ = replicas
    await desk.campaign()
    left: list[bool] = []

    async def wire(submission: Submission) -> Receipt:
        if not left:
            first.steady += LEAVES_WITHIN.total_seconds()
        left.append(may_leave())
        if not left[-1]:
            raise NotReached(raw="too late")
        return taken(submission)

    desk.gateway.on_submit = wire
    assert await first.send()
    assert await desk.states() == [QUEUED]
    first.steady = 0.0
    desk.clock.advance(RETRY)
    assert await first.send()
    assert left == [False, True]
    assert await desk.states() == [ACCEPTED]


async def test_nothing_leaves_under_a_lease_that_was_lost_meanwhile(
    desk: Rig, replicas: tuple[Replica, Replica]
) -> None:
    first, _ = replicas
    await desk.campaign()

    async def wire(submission: Submission) -> Receipt:
        await first.leases.release()
        assert not may_leave()
        raise NotReached(raw="too late")

    desk.gateway.on_submit = wire
    assert await first.send()
    assert await desk.states() == [QUEUED]


# The worker


async def test_the_worker_takes_what_becomes_free_and_tells(
    desk: Rig, replicas: tuple[Replica, Replica]
) -> None:
    first, second = replicas
    second.leases.on_change = [desk.news]

    async def second_works() -> bool:
        return second.works

    running = asyncio.create_task(second.leases.run())
    await first.leases.release()
    pass_time(replicas, SECOND)
    second.leases.bell.ring()
    await desk.until(second_works)
    second.leases.stop()
    await running


async def test_a_new_account_has_a_holder_as_soon_as_somebody_rings(
    desk: Rig, replicas: tuple[Replica, Replica]
) -> None:
    first, _ = replicas
    first.leases.on_change = [desk.news]
    running = asyncio.create_task(first.leases.run())
    async with desk.database.write() as tx:
        new = await add_account(tx, name="new")
    first.leases.bell.ring()

    async def has_it() -> bool:
        return new.id in first.leases.accounts()

    await desk.until(has_it)
    first.leases.stop()
    await running


async def test_two_submitters_at_work_send_each_message_once(
    desk: Rig, replicas: tuple[Replica, Replica]
) -> None:
    first, second = replicas
    async with at_work(first.submitter), at_work(second.submitter):
        await desk.campaign(count=30)
        first.submitter.bell.ring()
        second.submitter.bell.ring()
        await desk.until(lambda: desk.all_stand(ACCEPTED))
    assert sum(len(one.sms) for one in desk.gateway.submissions) == 30


# A claim nobody heard of


async def test_what_was_claimed_without_our_hearing_of_it_is_queued_again(
    desk: Rig, replicas: tuple[Replica, Replica], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection broke while the claim of all there is was being committed, and it is in the database."""
    first, _ = replicas
    await desk.campaign(2)
    broken: list[str] = []

    def strike(point: str) -> None:
        if point == "submit.claim committed" and not broken:
            broken.append(point)
            raise ConnectionResetError("connection lost")

    monkeypatch.setattr("desk.outage.PAUSE", 0.01)
    arm(strike)
    try:
        async with at_work(first.submitter):
            await desk.until(lambda: desk.all_stand(ACCEPTED))
    finally:
        arm(None)
    assert broken
    assert len(desk.gateway.submissions) == 1
    assert [row.outcome for row in await rows(desk.database, attempts)] == ["not_sent", "accepted"]
