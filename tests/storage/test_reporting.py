"""What a report tells of each message: what stood in its row, and what it cost."""

from decimal import Decimal

import pytest

from providers.model import MessageState, Receipt
from storage import audiences, ledger, queues, reporting, retention
from storage.audiences import Kept
from storage.db import Database
from storage.drafts import Place
from storage.ledger import Change
from storage.schema import campaigns, messages

from .seeds import CHAT, NOON, PERSON, VAULT, add_account, campaign, msisdns, rows

COLUMNS = {"number": 0, "name": 1, "header": 1, "names": ["Phone", "Name"]}
FIRST, SECOND, THIRD = msisdns(3)


async def sent(database: Database, states: list[MessageState], cost: str | None) -> int:
    """A campaign of a file, sent in one request, of which the gateway says so much of each message."""
    place = Place(chat_id=CHAT, thread_id=0, person_id=PERSON)
    async with database.write() as tx:
        audience_id = await audiences.begin(
            tx, place, state="to-read", language="en", message_id=1, name="a.csv", most=10, expires_at=NOON
        )
        kept = [
            Kept(place=at, row=at + 2, msisdn=msisdn, values=[msisdn, f"Name {at}"])
            for at, msisdn in enumerate(msisdns(len(states)))
        ]
        await audiences.keep(tx, audience_id, kept)
        await audiences.give_texts(tx, audience_id, [(at, "Text", 1 + at) for at in range(len(states))])
        account = await add_account(tx)
        new = campaign(account.id, 0, audience_id=audience_id, columns=COLUMNS)
        campaign_id = await ledger.create(tx, new, NOON)
        claim = await queues.claim(tx, account.id, limit=10, mixed=True, ref="r", now=NOON)
        assert claim is not None
        changes = [
            Change(message_id=one.id, to=state) for one, state in zip(claim.messages, states, strict=True)
        ]
        await ledger.close_attempts(
            tx,
            [
                ledger.Closing(
                    attempt_id=claim.attempt_id,
                    outcome="accepted",
                    live=True,
                    receipt=Receipt(cost=None if cost is None else Decimal(cost)),
                )
            ],
            NOON,
        )
        await ledger.apply(tx, changes, source="submit", now=NOON)
    return campaign_id


S = MessageState


@pytest.mark.parametrize(
    ("states", "cost", "prices"),
    [
        ([S.ACCEPTED, S.ACCEPTED, S.ACCEPTED], "12.00", ["2", "4", "6"]),
        ([S.ACCEPTED, S.REJECTED, S.ACCEPTED], "8.00", ["2", None, "6"]),
        ([S.ACCEPTED, S.ACCEPTED], None, [None, None]),
    ],
)
async def test_the_cost_of_a_request_is_shared_by_segments_among_what_was_taken(
    database: Database, states: list[MessageState], cost: str | None, prices: list[str | None]
) -> None:
    campaign_id = await sent(database, states, cost)
    async with database.read() as tx:
        found = await reporting.page(tx, campaign_id, 0, 10)
    assert [one.price for one in found] == [None if one is None else Decimal(one) for one in prices]


async def test_the_price_that_a_gateway_told_of_one_message_stands(database: Database) -> None:
    campaign_id = await sent(database, [S.ACCEPTED, S.ACCEPTED], "6")
    async with database.write() as tx:
        first, _ = await reporting.page(tx, campaign_id, 0, 10)
        told = Change(message_id=first.id, to=S.DELIVERED, price=Decimal("1.50"))
        await ledger.apply(tx, [told], source="report", now=NOON)
    async with database.read() as tx:
        found = await reporting.page(tx, campaign_id, 0, 10)
    assert [one.price for one in found] == [Decimal("1.50"), Decimal(4)]


async def test_what_stood_in_the_file_is_kept_and_forgotten_with_the_number(database: Database) -> None:
    campaign_id = await sent(database, [S.ACCEPTED, S.REJECTED], None)
    async with database.read() as tx:
        found = await reporting.page(tx, campaign_id, 0, 10)
    assert [list(one.fields) for one in found] == [[FIRST, "Name 0"], [SECOND, "Name 1"]]
    async with database.write() as tx:
        await retention.forget_number(tx, SECOND, VAULT, NOON)
    assert [row.fields for row in await rows(database, messages)] == [[FIRST, "Name 0"], None]
    async with database.write() as tx:
        first = found[0].id
        await ledger.apply(tx, [Change(message_id=first, to=S.DELIVERED)], source="report", now=NOON)
        assert await retention.purge(tx, campaign_id, VAULT, NOON)
        assert not await retention.purge(tx, campaign_id, VAULT, NOON)
    assert [row.fields for row in await rows(database, messages)] == [None, None]
    assert [row.columns for row in await rows(database, campaigns)] == [None]


@pytest.mark.parametrize(
    "written", ["{}", "+{}", "8 ({}) {}-{}-{}", "8\u00a0{}\u00a0{}\u2013{}\u2013{}", "{}.{}.{}.{}"]
)
async def test_who_is_forgotten_stands_in_no_row_of_somebody_else(database: Database, written: str) -> None:
    campaign_id = await sent(database, [S.ACCEPTED, S.REJECTED], None)
    pieces = (SECOND[1:4], SECOND[4:7], SECOND[7:9], SECOND[9:]) if written.count("{") > 1 else (SECOND,)
    row = [FIRST, f"came by {written.format(*pieces)}"]
    async with database.write() as tx:
        first, _ = await reporting.page(tx, campaign_id, 0, 10)
        await tx.execute(messages.update().where(messages.c.id == first.id).values(fields=row))
    async with database.write() as tx:
        await retention.forget_number(tx, SECOND, VAULT, NOON)
    assert [row.fields for row in await rows(database, messages)] == [None, None]
