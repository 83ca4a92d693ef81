"""Counts of a chat: what is counted, and by which index."""

from datetime import timedelta

from sqlalchemy.dialects import sqlite

from providers.model import MessageState
from storage import ledger, statistics
from storage.db import Database
from storage.ledger import Change

from .seeds import CHAT, NOON, ON_SQLITE, add_account, begin, campaign

DAY = timedelta(days=1)


async def test_counts_by_campaign_and_state_within_the_period(database: Database) -> None:
    account_id, _ = await begin(database, 3)
    async with database.write() as tx:
        await ledger.create(tx, campaign(account_id, 2), NOON + DAY)  # outside
        await ledger.create(tx, campaign(account_id, 2, chat_id=CHAT - 1), NOON)  # another chat's
        await ledger.apply(tx, [Change(message_id=1, to=MessageState.CANCELLED)], source="person", now=NOON)
    async with database.read() as tx:
        told = await statistics.tallies(tx, CHAT, NOON, NOON + DAY)
    assert {(one.state, one.count) for one in told} == {(MessageState.QUEUED, 2), (MessageState.CANCELLED, 1)}
    assert {one.at for one in told} == {NOON}


@ON_SQLITE
async def test_the_cost_follows_an_index(database: Database) -> None:
    async with database.write() as tx:
        await add_account(tx)
    query = statistics.tallies_query(CHAT, NOON, NOON + DAY).compile(
        dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}
    )
    async with database.read() as tx:
        plan = (await tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")).scalars(3).all()
    assert any(
        "ix_campaigns_chat_id_created_at (chat_id=? AND created_at>? AND created_at<?)" in p for p in plan
    )
    assert not any(step.startswith("SCAN") for step in plan), plan
