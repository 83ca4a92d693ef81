"""What a person may ask of a campaign under way: stop what has not left, call back what can be, go on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from desk import steer
from desk.steer import Cancelled
from providers.model import MessageState, Reason
from storage import accounts, campaigns, lateness
from storage.schema import cards, events, messages

from ..storage.seeds import NOON, rows
from .rig import Rig
from .scripted_gateway import capable

RECALLS, KEEPS = capable(cancel=True), capable(cancel=False)
QUEUED, CANCELLED = MessageState.QUEUED, MessageState.CANCELLED


async def cancel(desk: Rig, campaign_id: int, *, recalls: bool = True) -> Cancelled:
    async with desk.database.write() as tx:
        view = await campaigns.view(tx, campaign_id)
        assert view is not None
        return await steer.cancel(tx, view, RECALLS if recalls else KEEPS, NOON)


async def stand(desk: Rig, *states: MessageState) -> int:
    """A campaign with a message in each of these states."""
    campaign_id = await desk.campaign(len(states))
    written = await rows(desk.database, messages, messages.c.campaign_id == campaign_id)
    async with desk.database.write() as tx:
        for row, state in zip(written, states, strict=True):
            await tx.execute(messages.update().where(messages.c.id == row.id).values(state=state))
    return campaign_id


async def recall_wanted(desk: Rig, campaign_id: int) -> bool:
    async with desk.database.read() as tx:
        view = await campaigns.view(tx, campaign_id)
    assert view is not None
    return view.cancelling


async def test_what_has_not_left_is_cancelled_for_certain(desk: Rig) -> None:
    campaign_id = await desk.campaign(3)
    other = await desk.campaign(1)
    assert await cancel(desk, campaign_id) == Cancelled(stopped=3, recalled=0, gone=0)
    assert await desk.states() == [CANCELLED] * 3 + [QUEUED]
    written = (await rows(desk.database, messages))[:3]
    assert {row.reason for row in written} == {Reason.CANCELLED}
    assert {row.source for row in await rows(desk.database, events)} == {"person"}
    assert {row.campaign_id: row.wanted for row in await rows(desk.database, cards)} == {
        campaign_id: 3,
        other: 1,
    }
    assert await desk.notices() == []


async def test_cancelling_again_changes_nothing(desk: Rig) -> None:
    campaign_id = await desk.campaign(2)
    await cancel(desk, campaign_id)
    before = await rows(desk.database, messages), await rows(desk.database, events)
    assert await cancel(desk, campaign_id) == Cancelled(stopped=0, recalled=0, gone=0)
    assert (await rows(desk.database, messages), await rows(desk.database, events)) == before


@pytest.mark.parametrize(
    ("state", "recalls", "counted"),
    [
        (MessageState.ACCEPTED, True, Cancelled(stopped=0, recalled=1, gone=0)),
        (MessageState.ACCEPTED, False, Cancelled(stopped=0, recalled=0, gone=1)),
        (MessageState.MODERATION, True, Cancelled(stopped=0, recalled=1, gone=0)),
        (MessageState.MODERATION, False, Cancelled(stopped=0, recalled=0, gone=1)),
        (MessageState.SUBMITTING, True, Cancelled(stopped=0, recalled=0, leaving=1, gone=0)),
        (MessageState.SENT, True, Cancelled(stopped=0, recalled=0, gone=1)),
        (MessageState.DELIVERED, True, Cancelled(stopped=0, recalled=0, gone=1)),
        (MessageState.UNCERTAIN, True, Cancelled(stopped=0, recalled=0, leaving=1, gone=0)),
        (MessageState.REJECTED, True, Cancelled(stopped=0, recalled=0, gone=0)),
        (CANCELLED, True, Cancelled(stopped=0, recalled=0, gone=0)),
    ],
)
async def test_what_left_is_counted_and_never_moved_by_a_wish(
    desk: Rig, state: MessageState, recalls: bool, counted: Cancelled
) -> None:
    campaign_id = await stand(desk, QUEUED, state)
    assert await cancel(desk, campaign_id, recalls=recalls) == replace(counted, stopped=1)
    assert await desk.states() == [CANCELLED, state]
    assert await recall_wanted(desk, campaign_id)  # the wish stays, for what comes back or turns up


async def test_a_held_campaign_can_be_cancelled_and_then_releases_nothing(desk: Rig) -> None:
    campaign_id = await desk.campaign(send_at=NOON - timedelta(hours=1))
    async with desk.database.write() as tx:
        assert await lateness.hold(tx, NOON, timedelta()) == [campaign_id]
    assert await cancel(desk, campaign_id) == Cancelled(stopped=1, recalled=0, gone=0)
    async with desk.database.write() as tx:
        assert not await steer.release(tx, campaign_id, NOON)
    assert not await desk.send()


async def test_release_lets_a_held_campaign_go_once(desk: Rig) -> None:
    campaign_id = await desk.campaign(send_at=NOON - timedelta(hours=1))
    async with desk.database.write() as tx:
        await lateness.hold(tx, NOON, timedelta())
    assert not await desk.send()
    async with desk.database.write() as tx:
        assert [await steer.release(tx, campaign_id, NOON) for _ in range(2)] == [True, False]
    assert await desk.send()


async def test_resume_lets_an_account_work_and_redraws_what_waited(desk: Rig) -> None:
    waiting, done = await desk.campaign(2), await stand(desk, MessageState.DELIVERED)
    async with desk.database.write() as tx:
        await accounts.stop(tx, desk.account.id, "auth_failed")
    assert not await desk.send()
    async with desk.database.write() as tx:
        await steer.resume(tx, desk.account.id, NOON)
    assert {row.campaign_id: row.wanted for row in await rows(desk.database, cards)} == {waiting: 2, done: 1}
    assert await desk.send()
