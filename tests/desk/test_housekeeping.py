"""What is old goes; what still waits, and the ledger, stay."""

import asyncio
from datetime import timedelta

from desk.housekeeping import EVERY, KEEP, Housekeeper
from storage import outbox, updates
from storage.outbox import Priority
from storage.schema import messages
from storage.schema import outbox as outbox_table
from storage.schema import updates as updates_table
from storage.updates import StoredUpdate

from ..storage.seeds import CHAT, NOON, rows
from .rig import PATIENCE, Rig, at_work


async def _leave_things(desk: Rig) -> None:
    """An update that was handled and one that waits, a notice that was said and one that was not."""
    await desk.campaign()
    async with desk.database.write() as tx:
        await updates.store(tx, [StoredUpdate(id=one, lane=CHAT, sealed="x") for one in (1, 2)], NOON)
        await updates.take(tx, 1)
        said = [
            await outbox.say(
                tx,
                chat_id=CHAT,
                thread_id=0,
                kind="said",
                content={},
                language="en",
                priority=Priority.ANSWER,
                now=NOON,
            )
            for _ in range(2)
        ]
        await outbox.sent(tx, said[0], 7)


async def test_what_is_old_goes_and_what_waits_stays(desk: Rig) -> None:
    await _leave_things(desk)
    keeper = Housekeeper(desk.database, desk.clock)
    desk.clock.advance(KEEP)
    await keeper.sweep()
    assert len(await rows(desk.database, updates_table)) == 2
    desk.clock.advance(timedelta(seconds=1))
    await keeper.sweep()
    assert [row.state for row in await rows(desk.database, updates_table)] == ["new"]
    assert [row.state for row in await rows(desk.database, outbox_table)] == ["pending"]
    assert len(await rows(desk.database, messages)) == 1


async def test_it_sweeps_again_each_hour(desk: Rig) -> None:
    keeper = Housekeeper(desk.database, desk.clock)

    async with at_work(keeper):
        async with desk.database.write() as tx:
            await updates.store(tx, [StoredUpdate(id=1, lane=CHAT, sealed="x")], NOON)
            await updates.take(tx, 1)
        desk.clock.advance(KEEP + EVERY)
        keeper.bell.ring()
        async with asyncio.timeout(PATIENCE):
            while await rows(desk.database, updates_table):
                keeper.bell.ring()
