"""What is old goes; what still waits, and the ledger, stay."""

import asyncio
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from desk.housekeeping import EVERY, KEEP, Housekeeper, Keep
from providers.model import MessageState
from storage import audit, contacts, ledger, outbox, queues, retention, updates
from storage.ledger import Change
from storage.outbox import Priority
from storage.schema import audit as audit_table
from storage.schema import contacts as contacts_table
from storage.schema import messages
from storage.schema import outbox as outbox_table
from storage.schema import updates as updates_table
from storage.sqlite import BUSY_TIMEOUT
from storage.updates import StoredUpdate

from ..storage.seeds import CHAT, NOON, VAULT, msisdns, rows
from .rig import PATIENCE, Rig, at_work, rig


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
    keeper = Housekeeper(desk.database, VAULT, desk.clock, Keep(), desk.leases)
    desk.clock.advance(KEEP)
    await keeper.sweep()
    assert len(await rows(desk.database, updates_table)) == 2
    desk.clock.advance(timedelta(seconds=1))
    await keeper.sweep()
    assert [row.state for row in await rows(desk.database, updates_table)] == ["new"]
    assert [row.state for row in await rows(desk.database, outbox_table)] == ["pending"]
    assert len(await rows(desk.database, messages)) == 1


async def test_numbers_go_in_time_and_what_was_asked_for_at_its_end(desk: Rig) -> None:
    keeper = Housekeeper(desk.database, VAULT, desk.clock, Keep(numbers=timedelta(days=90)), desk.leases)
    await desk.campaign(2)
    async with desk.database.write() as tx:
        await retention.forget_number(tx, msisdns(1)[0], VAULT, desk.clock())
    await keeper.sweep()
    assert [row.msisdn for row in await rows(desk.database, messages)] == list(msisdns(2))
    await _deliver(desk)
    await keeper.sweep()
    assert [row.msisdn for row in await rows(desk.database, messages)] == ["#1", msisdns(2)[1]]
    desk.clock.advance(timedelta(days=90))
    await keeper.sweep()
    assert [row.msisdn for row in await rows(desk.database, messages)] == ["#1", msisdns(2)[1]]
    desk.clock.advance(timedelta(seconds=1))
    await keeper.sweep()
    assert [row.msisdn for row in await rows(desk.database, messages)] == ["#1", "#2"]


async def test_contacts_that_nobody_writes_to_go_in_time(desk: Rig) -> None:
    year = timedelta(days=365)
    keeper = Housekeeper(desk.database, VAULT, desk.clock, Keep(contacts=year), desk.leases)
    async with desk.database.write() as tx:
        await contacts.save(tx, CHAT, [(one, "Anna") for one in msisdns(3)], desk.clock())
    await desk.campaign(1)
    for waits, left in ((year, 3), (timedelta(seconds=1), 1)):
        desk.clock.advance(waits)
        await keeper.sweep()
        assert len(await rows(desk.database, contacts_table)) == left


async def _deliver(desk: Rig) -> None:
    """Everything that waits is delivered."""
    async with desk.database.write() as tx:
        claim = await queues.claim(tx, desk.account.id, limit=10, ref="one", now=desk.clock())
        assert claim is not None
        for to in (MessageState.ACCEPTED, MessageState.DELIVERED):
            changes = [Change(message_id=one.id, to=to) for one in claim.messages]
            await ledger.apply(tx, changes, source="report", now=desk.clock())


async def test_numbers_are_kept_for_good_where_that_is_wanted(desk: Rig) -> None:
    keeper = Housekeeper(desk.database, VAULT, desk.clock, Keep(), desk.leases)
    await desk.campaign()
    await _deliver(desk)
    desk.clock.advance(timedelta(days=5000))
    await keeper.sweep()
    assert [row.msisdn for row in await rows(desk.database, messages)] == list(msisdns(1))


async def test_what_was_composed_goes_no_later_than_numbers_do(desk: Rig) -> None:
    keeper = Housekeeper(desk.database, VAULT, desk.clock, Keep(numbers=timedelta(days=2)), desk.leases)
    await _leave_things(desk)
    desk.clock.advance(timedelta(days=2, seconds=1))
    await keeper.sweep()
    assert [row.state for row in await rows(desk.database, outbox_table)] == ["pending"]
    assert len(await rows(desk.database, updates_table)) == 2


async def test_the_audit_goes_in_time(desk: Rig) -> None:
    keeper = Housekeeper(desk.database, VAULT, desk.clock, Keep(audit=timedelta(days=365)), desk.leases)
    by = audit.By(person_id=1, person="Anna")
    async with desk.database.write() as tx:
        await audit.record(tx, VAULT, by, "confirm", now=desk.clock())
    desk.clock.advance(timedelta(days=365))
    await keeper.sweep()
    assert len(await rows(desk.database, audit_table)) == 1
    desk.clock.advance(timedelta(seconds=1))
    await keeper.sweep()
    assert await rows(desk.database, audit_table) == []
    async with desk.database.read() as tx:
        assert await audit.verify(tx, VAULT) is None


async def test_it_sweeps_again_each_hour(desk: Rig) -> None:
    keeper = Housekeeper(desk.database, VAULT, desk.clock, Keep(), desk.leases)

    async with at_work(keeper):
        async with desk.database.write() as tx:
            await updates.store(tx, [StoredUpdate(id=1, lane=CHAT, sealed="x")], NOON)
            await updates.take(tx, 1)
        desk.clock.advance(KEEP + EVERY)
        keeper.bell.ring()
        async with asyncio.timeout(PATIENCE):
            while await rows(desk.database, updates_table):
                keeper.bell.ring()


async def test_a_reader_in_the_way_keeps_what_was_forgotten_until_the_next_sweep(tmp_path: Path) -> None:
    async with rig(tmp_path / "desk.db") as desk:
        keeper = Housekeeper(desk.database, VAULT, desk.clock, Keep(), desk.leases)
        await desk.campaign()
        async with desk.database.write() as tx:
            await tx.execute(messages.update().values(state=MessageState.DELIVERED))
        async with desk.database.read() as reading:
            await reading.scalar(sa.select(sa.func.count()).select_from(messages))
            async with desk.database.write() as tx:
                await retention.forget_number(tx, msisdns(1)[0], VAULT, desk.clock())
            async with asyncio.timeout(BUSY_TIMEOUT / 2):
                await desk.database.settle()
            assert not desk.database.settled
            assert msisdns(1)[0] in _on_disk(tmp_path)
        await keeper.sweep()
        assert desk.database.settled
        assert msisdns(1)[0] not in _on_disk(tmp_path)
        # The connection waits for the writer again.
        async with desk.database.read() as tx:
            assert await tx.scalar(sa.text("PRAGMA busy_timeout")) == BUSY_TIMEOUT * 1000


def _on_disk(folder: Path) -> str:
    return "".join(one.read_bytes().decode("latin-1") for one in folder.iterdir())
