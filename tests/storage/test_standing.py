"""How the desk stands: what counts as open and as waiting, and that nothing of the past is read for it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.dialects import sqlite

from providers.errors import AuthFailed
from providers.model import Balance, MessageState
from storage import (
    accounts,
    balances,
    cards,
    checks,
    doubts,
    hold,
    lateness,
    ledger,
    outbox,
    pushes,
    queues,
    standing,
    updates,
)
from storage.db import Database
from storage.ledger import Change
from storage.outbox import Priority
from storage.schema import instance
from storage.standing import OPEN, Queue
from storage.updates import StoredUpdate

from .seeds import CHAT, NOON, ON_SQLITE, VAULT, begin

LATER = NOON + timedelta(minutes=5)
NOTHING = Queue(length=0, since=None)


async def look(database: Database) -> standing.Standing:
    async with database.read() as tx:
        return await standing.standing(tx, LATER)


async def test_an_idle_desk(database: Database) -> None:
    told = await look(database)
    assert dict(told.open_messages) == dict.fromkeys(OPEN, 0)
    assert set(told.queues.values()) == {NOTHING}
    assert (told.uncertain_since, told.accounts, told.held) == (None, (), False)


async def test_messages_by_where_they_stand(database: Database) -> None:
    account_id, campaign_id = await begin(database, 6)
    async with database.write() as tx:
        claim = await queues.claim(tx, account_id, fence=0, ref="a" * 20, limit=4, now=NOON)
        assert claim is not None
        came = (MessageState.ACCEPTED, MessageState.ACCEPTED, MessageState.UNCERTAIN, MessageState.REJECTED)
        changes = [Change(message_id=one.id, to=to) for one, to in zip(claim.messages, came, strict=True)]
        moved = await ledger.apply(tx, changes, source="submit", now=NOON)
        await checks.schedule(tx, {moved[0].message_id: LATER, moved[1].message_id: LATER})
        await ledger.close_attempts(
            tx, [ledger.Closing(attempt_id=claim.attempt_id, outcome="accepted", live=True)], NOON
        )
        await doubts.open_(tx, [moved[2].message_id], check_at=None, remind_at=LATER, now=NOON)
    told = await look(database)
    assert {state: count for state, count in told.open_messages.items() if count} == {
        MessageState.QUEUED: 2,
        MessageState.ACCEPTED: 2,
        MessageState.UNCERTAIN: 1,
    }
    assert told.uncertain_since == NOON
    assert told.queues["messages"] == Queue(length=2, since=NOON)
    assert campaign_id


async def test_a_schedule_to_come_does_not_wait_yet(database: Database) -> None:
    await begin(database, 2, due_at=LATER + timedelta(seconds=1))
    told = await look(database)
    assert told.open_messages[MessageState.QUEUED] == 2
    assert told.queues["messages"] == NOTHING


async def test_what_missed_its_time_waits_for_a_person_and_not_for_us(database: Database) -> None:
    await begin(database, 2, send_at=NOON - timedelta(hours=1))
    async with database.write() as tx:
        assert await lateness.hold(tx, NOON, timedelta(minutes=15)) == [1]
    told = await look(database)
    assert told.open_messages[MessageState.QUEUED] == 2
    assert told.queues["messages"] == NOTHING


async def test_each_queue_is_counted(database: Database) -> None:
    account_id, campaign_id = await begin(database)
    async with database.write() as tx:
        await updates.store(tx, [StoredUpdate(id=1, lane=7, sealed="x")], NOON)
        await pushes.store(tx, account_id, {"body": ""}, VAULT, NOON)
        await cards.redraw(tx, [campaign_id], NOON)
        for at in (NOON, LATER, LATER + timedelta(hours=1)):
            await outbox.say(
                tx, chat_id=CHAT, thread_id=0, kind="x", content={}, language="en", priority=Priority.ANSWER,
                now=at,
            )  # fmt: skip
    queues = (await look(database)).queues
    assert {name: queue.length for name, queue in queues.items()} == {
        "messages": 1,
        "notices": 2,
        "cards": 1,
        "updates": 1,
        "pushes": 1,
    }
    assert {queue.since for queue in queues.values()} == {NOON}


async def test_money_and_what_is_stopped_or_held(database: Database) -> None:
    account_id, _ = await begin(database)
    async with database.write() as tx:
        await balances.keep(tx, account_id, Balance(amount=Decimal("12.50"), currency="RUB"), NOON)
        sealed = (await accounts.get(tx, account_id)).sealed
        await accounts.stop(tx, account_id, AuthFailed.kind, sealed=sealed)
        await hold.begin(tx)
        await tx.execute(instance.update().values(held="copied"))
    told = await look(database)
    (account,) = told.accounts
    assert (account.name, account.gateway, account.stopped) == ("main", "smsc", "auth_failed")
    assert (account.amount, account.currency, account.told_at) == (Decimal("12.50"), "RUB", NOON)
    assert told.held


@ON_SQLITE
@pytest.mark.parametrize("number", range(len(standing.queries(NOON))))
async def test_nothing_of_the_past_is_read(database: Database, number: int) -> None:
    """Each goes by an index that holds what is open, whatever else the table has."""
    query = standing.queries(NOON)[number].compile(
        dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}
    )
    async with database.read() as tx:
        plan = (await tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")).scalars(3).all()
    assert any(" USING " in step and "INDEX ix_" in step for step in plan), (str(query), plan)
