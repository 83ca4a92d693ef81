"""A campaign that is refused altogether does not burn through its list: it waits and asks, once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from desk.in_vain import ENOUGH
from providers.errors import RequestRefused
from providers.model import MessageState, Reason
from storage import campaigns

from .rig import Rig, rig
from .scripted_gateway import capable, raising, take

REJECTED, QUEUED = MessageState.REJECTED, MessageState.QUEUED
SENDER = RequestRefused(code="3", raw="no such name", reason=Reason.SENDER, field="sender_id")
MANY = ENOUGH + 5


@pytest.fixture
async def desk(where: str | Path) -> AsyncIterator[Rig]:
    """One message a request."""
    async with rig(where, capable(batch_max=1)) as made:
        yield made


async def asked(desk: Rig) -> int:
    return len([kind for kind, _ in await desk.notices() if kind == "in-vain"])


async def test_after_enough_refusals_for_the_sender_the_rest_waits_for_a_word(desk: Rig) -> None:
    campaign_id = await desk.campaign(MANY)
    desk.gateway.on_submit = raising(SENDER)
    for _ in range(ENOUGH):
        assert await desk.send()
    assert not await desk.send()
    assert await desk.stands([REJECTED] * ENOUGH + [QUEUED] * 5)
    assert await asked(desk) == 1
    async with desk.database.write() as tx:
        await campaigns.pause(tx, campaign_id, paused=False, now=desk.clock())
    for _ in range(5):
        assert await desk.send()
    assert await desk.all_stand(REJECTED)
    assert await asked(desk) == 1


async def test_one_that_was_taken_lets_the_others_try(desk: Rig) -> None:
    await desk.campaign(MANY)
    desk.gateway.on_submit = take
    assert await desk.send()
    desk.gateway.on_submit = raising(SENDER)
    for _ in range(MANY - 1):
        assert await desk.send()
    assert await asked(desk) == 0


@pytest.mark.parametrize("reason", [Reason.RECIPIENT, Reason.TEXT])
async def test_what_a_number_or_a_text_is_to_blame_for_pauses_nothing(desk: Rig, reason: Reason) -> None:
    await desk.campaign(MANY)
    desk.gateway.on_submit = raising(RequestRefused(code="7", raw="no", reason=reason))
    for _ in range(MANY):
        assert await desk.send()
    assert await asked(desk) == 0


async def test_a_whole_batch_that_is_refused_counts_each(where: str | Path) -> None:
    async with rig(where, capable(batch_max=100)) as desk:
        await desk.campaign(250)
        desk.gateway.on_submit = raising(SENDER)
        assert await desk.send()
        assert not await desk.send()
        assert await asked(desk) == 1
