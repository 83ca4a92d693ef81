"""What was said in a conversation: what a customer may be answering to, and in whose words."""

from datetime import datetime, timedelta

import pytest

from providers.model import MessageState
from storage import ledger, queues, said
from storage.db import Database
from storage.ledger import Change
from storage.said import Received

from .seeds import NOON, add_account, campaign, msisdns

MINUTE = timedelta(minutes=1)
(NUMBER,) = msisdns(1)


async def sent(database: Database, account_id: int, text: str, at: datetime) -> None:
    """An SMS that left then."""
    async with database.write() as tx:
        await ledger.create(tx, campaign(account_id, text=text, due_at=at), NOON)
    async with database.write() as tx:
        claim = await queues.claim(tx, account_id, limit=1, ref=text, now=at)
        assert claim is not None
        (one,) = claim.messages
        await ledger.apply(tx, [Change(message_id=one.id, to=MessageState.ACCEPTED)], source="x", now=at)


def came(at: datetime, *, late: timedelta = timedelta()) -> Received:
    return Received(id=1, to="ACME", text="?", at=at, received_at=at + late)


@pytest.mark.parametrize(
    ("came", "text"),
    [
        (came(NOON), None),
        (came(NOON + 3 * MINUTE), "first"),
        (came(NOON + 6 * MINUTE), "second"),
        # It was on its way while we wrote once more.
        (came(NOON + 3 * MINUTE, late=timedelta(hours=1)), "first"),
        # Their clock is behind: they cannot answer before we wrote.
        (came(NOON + 5 * MINUTE - timedelta(seconds=50), late=MINUTE), "second"),
    ],
)
async def test_a_customer_answers_what_left_before(
    database: Database, came: Received, text: str | None
) -> None:
    async with database.write() as tx:
        account = await add_account(tx)
    await sent(database, account.id, "first", NOON + MINUTE)
    await sent(database, account.id, "second", NOON + 5 * MINUTE)
    async with database.read() as tx:
        found = await said.last_sent(tx, account.id, NUMBER, before=came)
        newest = await said.last_sent(tx, account.id, NUMBER)
    assert (found and found.text) == text
    assert newest is not None
    assert newest.text == "second"
