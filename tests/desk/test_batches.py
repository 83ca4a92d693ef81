"""What is claimed or settled together is so for each as if it were alone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from copy import copy
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from desk import steer
from providers.errors import AuthFailed
from providers.model import MessageState, Receipt, Submission
from storage import accounts, campaigns, leases, queues

from ..storage.seeds import ON_POSTGRESQL, SECRETS, VAULT
from .rig import Rig, rig
from .scripted_gateway import ScriptedGateway, capable, taken

ACCEPTED, QUEUED = MessageState.ACCEPTED, MessageState.QUEUED
THEIRS = 77  # an advisory lock that stands for a statement's taking long


@pytest.fixture
async def desk(where: str | Path) -> AsyncIterator[Rig]:
    """Three lanes, each of which sends one message at a time."""
    async with rig(where, capable(in_flight=3, batch_max=1)) as made:
        yield made


class Held:
    """A gateway as one account knows it; it answers when it is let."""

    def __init__(self, gateway: ScriptedGateway, *, refuses: bool) -> None:
        self.gateway = copy(gateway)
        self.gateway.on_submit = self._answer
        self.asked, self.may_answer = asyncio.Event(), asyncio.Event()
        self._refuses = refuses

    async def _answer(self, submission: Submission) -> Receipt:
        self.asked.set()
        await self.may_answer.wait()
        if self._refuses:
            raise AuthFailed(code="2")
        return taken(submission)


@pytest.mark.parametrize("old_first", [True, False])
@pytest.mark.parametrize("refused", ["old", "new"])
async def test_whose_password_was_refused_is_not_mixed_up(desk: Rig, refused: str, old_first: bool) -> None:
    """Two answers are written down together, and between their requests the password was changed."""
    await desk.campaign(2)
    submitter = desk.submitter()
    old, new = (Held(desk.gateway, refuses=refused == one) for one in ("old", "new"))
    lanes = [asyncio.create_task(submitter.send_next(desk.account, old.gateway))]
    await old.asked.wait()
    async with desk.database.write() as tx:
        await accounts.replace_secrets(tx, desk.account.id, SECRETS, VAULT)
        fresh = await accounts.get(tx, desk.account.id)
    lanes.append(asyncio.create_task(submitter.send_next(fresh, new.gateway)))
    await new.asked.wait()
    for one in (old, new) if old_first else (new, old):
        one.may_answer.set()
    await asyncio.gather(*lanes)
    async with desk.database.read() as tx:
        stopped = (await accounts.get(tx, desk.account.id)).stopped
    assert stopped == ("auth_failed" if refused == "new" else None)


async def all_at_once(desk: Rig, of: Callable[[Submission], Receipt]) -> list[bool | BaseException]:
    """Three requests are answered in the same moment."""
    together = asyncio.Barrier(3)

    async def answer(submission: Submission) -> Receipt:
        await together.wait()
        return of(submission)

    desk.gateway.on_submit = answer
    submitter = desk.submitter()
    sending: list[Awaitable[bool]] = [submitter.send_next(desk.account, desk.gateway) for _ in range(3)]
    return await asyncio.gather(*sending, return_exceptions=True)


@ON_POSTGRESQL  # SQLite takes a price however long it is
async def test_an_answer_that_cannot_be_written_spoils_no_other(desk: Rig) -> None:
    await desk.campaign(3)
    told: list[Submission] = []

    def of(submission: Submission) -> Receipt:
        told.append(submission)
        receipt = taken(submission)
        return replace(receipt, cost=Decimal("1." + "1" * 60)) if len(told) == 2 else receipt

    ended = await all_at_once(desk, of)
    assert [isinstance(one, Exception) for one in ended].count(True) == 1
    assert sorted(await desk.states()) == [ACCEPTED, ACCEPTED, MessageState.SUBMITTING]


async def test_what_is_claimed_for_lanes_that_are_gone_is_not_claimed(desk: Rig) -> None:
    await desk.campaign(3)
    submitter = desk.submitter()
    lease = desk.leases.of(desk.account.id)
    assert lease is not None
    async with desk.database.write() as tx:
        await leases.commit(tx, lease)  # whoever claims waits for that
        lanes = [asyncio.create_task(submitter.send_next(desk.account, desk.gateway)) for _ in range(3)]
        while not submitter._claims:  # noqa: ASYNC110 - nothing rings then
            await asyncio.sleep(0)
        for one in lanes:
            one.cancel()
        await asyncio.wait(lanes)
    async with desk.database.write() as tx:  # after whoever waited
        await leases.commit(tx, lease)
    assert set(await desk.states()) == {QUEUED}
    assert desk.gateway.submissions == []


@ON_POSTGRESQL
async def test_what_was_cancelled_while_it_was_looked_for_does_not_leave(
    desk: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = sa.text(f"(SELECT pg_advisory_xact_lock_shared({THEIRS}) IS NOT NULL)")
    monkeypatch.setattr(queues, "_FREE", queues._FREE.where(waits))
    number = await desk.campaign(3)
    async with desk.database.read() as tx:
        view = await campaigns.view(tx, number)
    assert view is not None
    async with desk.database.write() as tx:
        await tx.execute(sa.select(sa.func.pg_advisory_xact_lock(THEIRS)))
        told = await steer.cancel(tx, view, desk.gateway.capabilities, desk.clock())
        sending = asyncio.create_task(desk.submitter().send_next(desk.account, desk.gateway))
        waiting = sa.text("SELECT 1 FROM pg_locks WHERE objid = :lock AND NOT granted")
        # It has looked by then, and has locked nothing yet.
        while not await tx.scalar(waiting, {"lock": THEIRS}):  # noqa: ASYNC110 - nothing rings then
            await asyncio.sleep(0)
    assert not await sending
    assert told.stopped == 3
    assert desk.gateway.submissions == []
