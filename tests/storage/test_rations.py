"""What was given and spent, as limits count it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from providers.model import MessageState
from storage import doubts, ledger, queues, rations
from storage.db import Database, Transaction
from storage.ledger import Change
from storage.rations import Whose

from .seeds import NOON, ON_SQLITE, PERSON, begin

HOUR = timedelta(hours=1)
ANNAS = Whose(person_id=PERSON)


async def spent(tx: Transaction) -> Decimal:
    ((_, amount),) = await rations.money_given(tx, ANNAS, NOON - HOUR)
    return amount


async def become(tx: Transaction, ids: list[int], to: MessageState, source: str = "submit") -> None:
    await ledger.apply(tx, [Change(message_id=one, to=to) for one in ids], source=source, now=NOON)


async def ask(tx: Transaction, account_id: int, ref: str, outcome: str) -> list[int]:
    """One request, which ended so; its messages are where they were."""
    claim = await queues.claim(tx, account_id, limit=2, ref=ref, now=NOON)
    assert claim is not None
    await ledger.close_attempts(
        tx, [ledger.Closing(attempt_id=claim.attempt_id, outcome=outcome, live=True)], NOON
    )
    return [one.id for one in claim.messages]


@pytest.mark.parametrize("end", [MessageState.DELIVERED, MessageState.ASSUMED_SENT])
async def test_what_left_in_doubt_and_arrived_counts_as_it_was_set_aside(
    database: Database, end: MessageState
) -> None:
    account_id, _ = await begin(database, 2, reserved=Decimal(5))
    async with database.write() as tx:
        ids = await ask(tx, account_id, "r-1", "unknown")
        await become(tx, ids, MessageState.UNCERTAIN)
        assert await spent(tx) == 5
        await become(tx, ids, end, "person" if end is MessageState.ASSUMED_SENT else "report")
        assert await spent(tx) == 5


async def test_what_is_proved_not_to_have_left_counts_no_more_once_it_is_stopped(database: Database) -> None:
    account_id, _ = await begin(database, 2, reserved=Decimal(5))
    async with database.write() as tx:
        ids = await ask(tx, account_id, "r-1", "unknown")
        await become(tx, ids, MessageState.UNCERTAIN)
        await doubts.retire(tx, 1, ids)
        await become(tx, ids, MessageState.QUEUED, "absence")
        assert await spent(tx) == 5
        await become(tx, ids, MessageState.CANCELLED, "person")
        assert await spent(tx) == 0


@pytest.mark.parametrize("stop", [MessageState.CANCELLED, MessageState.SKIPPED])
async def test_what_was_stopped_is_free_again_also_where_no_gateway_tells_the_price(
    database: Database, stop: MessageState
) -> None:
    account_id, _ = await begin(database, 8, reserved=Decimal(20))
    async with database.write() as tx:
        sent = await ask(tx, account_id, "r-1", "accepted")
        await become(tx, sent, MessageState.ACCEPTED)
        assert await spent(tx) == 20
        others = [one for one in range(1, 9) if one not in sent]
        await become(tx, others, stop, "person")
        assert await spent(tx) == 5
        assert await rations.messages_given(tx, ANNAS, NOON - HOUR) == [(NOON, 2)]


@ON_SQLITE
async def test_what_is_long_over_is_not_read(database: Database) -> None:
    """All that a desk has ever sent may be millions."""
    asked: list[tuple[str, Any]] = []
    async with database.read() as tx:
        engine = tx.sync_connection
        sa.event.listen(
            engine, "before_cursor_execute", lambda _c, _u, sql, given, *_: asked.append((sql, given))
        )
        for whose in (ANNAS, Whose(account_id=1)):
            await rations.messages_given(tx, whose, NOON)
            await rations.money_given(tx, whose, NOON)
        plans = [
            [row.detail for row in await tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given)]
            for sql, given in list(asked)
            if sql != "BEGIN"
        ]
    assert len(plans) == 6
    scans = [step for plan in plans for step in plan if step.startswith("SCAN")]
    assert scans == []
