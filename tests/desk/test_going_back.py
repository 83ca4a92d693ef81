"""A database that goes backwards under a process at work: a claim that would send again holds everything."""

from datetime import datetime

import pytest
import sqlalchemy as sa

from desk.submit import Submitter
from providers.model import MessageState
from storage import hold
from storage.db import Transaction
from storage.hold import Cause
from storage.schema import attempt_messages, attempts, events, leases, messages

from .rig import Rig, at_work

TOLD = list[Cause]


@pytest.fixture
async def told(desk: Rig) -> TOLD:
    async with desk.database.write() as tx:
        await hold.begin(tx)
    return []


def submitter(desk: Rig, told: TOLD) -> Submitter:
    async def tell(_: Transaction, cause: Cause, __: datetime) -> None:
        told.append(cause)

    made = desk.submitter()
    made.on_hold = [tell]
    return made


async def forget_the_last_claim(desk: Rig, commits: int) -> None:
    """As a stand-by has it that lacks the last commits, or a copy that was put back."""
    async with desk.database.write() as tx:
        for table in (events, attempt_messages, attempts):
            await tx.execute(sa.delete(table))
        await tx.execute(leases.update().values(commits=commits))
        await tx.execute(messages.update().values(state="queued", tries=0, check_at=None))


async def cause(desk: Rig) -> Cause | None:
    async with desk.database.read() as tx:
        return await hold.cause(tx)


async def test_what_lacks_the_last_claim_is_held_before_it_is_claimed_again(desk: Rig, told: TOLD) -> None:
    await desk.campaign()
    sender = submitter(desk, told)
    assert await sender.send_next(desk.account, desk.gateway)
    await forget_the_last_claim(desk, 0)
    assert not await sender.send_next(desk.account, desk.gateway)
    assert len(desk.gateway.submissions) == 1
    assert await desk.states() == [MessageState.QUEUED]
    assert (await cause(desk), told) == (Cause.BACKWARDS, [Cause.BACKWARDS])


async def test_a_person_who_ends_the_hold_ends_it_for_good(desk: Rig, told: TOLD) -> None:
    await desk.campaign()
    sender = submitter(desk, told)
    assert await sender.send_next(desk.account, desk.gateway)
    await forget_the_last_claim(desk, 0)
    assert not await sender.send_next(desk.account, desk.gateway)
    async with desk.database.write() as tx:
        assert await hold.release(tx, desk.clock())
    assert await sender.send_next(desk.account, desk.gateway)
    assert told == [Cause.BACKWARDS]


async def test_another_server_is_held_by_who_has_never_claimed_there(
    desk: Rig, told: TOLD, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It took the account over when the old server was gone; it remembers the old one all the same."""
    servers = ["cluster/1"]

    async def server(_: Transaction) -> str:
        return servers[-1]

    monkeypatch.setattr(hold, "_server", server)
    sender = submitter(desk, told)
    sender.on_claimed = [desk.news]

    async def is_held() -> bool:
        return await cause(desk) is not None

    await sender._memory.begin(desk.database)
    servers.append("cluster/2")
    await desk.campaign()
    async with at_work(sender):
        await desk.until(is_held)
    assert (desk.gateway.submissions, told) == ([], [Cause.FAILOVER])


async def test_many_claims_one_after_another_are_no_going_back(desk: Rig, told: TOLD) -> None:
    for _ in range(3):
        await desk.campaign()
    sender = submitter(desk, told)
    for _ in range(3):
        assert await sender.send_next(desk.account, desk.gateway)
    assert await cause(desk) is None
