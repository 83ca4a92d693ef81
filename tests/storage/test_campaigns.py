"""Campaigns as people see and steer them: whose they are, what adds up, what a card shows."""

from datetime import timedelta
from decimal import Decimal

import pytest

from providers.model import MessageState, Reason
from storage import campaigns, lateness, ledger
from storage.campaigns import LINES, CampaignView
from storage.db import Database
from storage.ledger import Change
from storage.schema import attempts, cards, messages

from .seeds import CHAT, NOON, add_account, begin, campaign, msisdns, rows

HOUR = timedelta(hours=1)


async def view(database: Database, campaign_id: int, chat_id: int | None = None) -> CampaignView | None:
    async with database.read() as tx:
        return await campaigns.view(tx, campaign_id, chat_id=chat_id)


async def wanted(database: Database) -> int:
    (card,) = await rows(database, cards)
    return int(card.wanted)


async def test_a_view_says_all_a_card_needs(database: Database) -> None:
    _, campaign_id = await begin(database, 2, segments=3, send_at=NOON + HOUR)
    seen = await view(database, campaign_id)
    assert seen is not None
    assert (seen.account, seen.gateway, seen.sender_id, seen.stopped) == ("main", "smsc", "ACME", None)
    assert (seen.author, seen.created_at, seen.send_at) == ("Anna", NOON, NOON + HOUR)
    assert (seen.held, seen.cancelling, seen.cost) == (None, False, None)
    assert (seen.segments, seen.counts, seen.total) == (6, {MessageState.QUEUED: 2}, 2)
    assert [one.msisdn for one in seen.lines] == list(msisdns(2))


async def test_another_chat_sees_nothing(database: Database) -> None:
    _, campaign_id = await begin(database)
    assert await view(database, campaign_id, chat_id=CHAT) is not None
    assert await view(database, campaign_id, chat_id=CHAT + 1) is None
    assert await view(database, campaign_id + 1) is None


async def test_lines_are_few_and_counts_are_all(database: Database) -> None:
    _, campaign_id = await begin(database, LINES + 5)
    seen = await view(database, campaign_id)
    assert seen is not None
    assert [one.msisdn for one in seen.lines] == list(msisdns(LINES))
    assert seen.total == LINES + 5


async def test_the_cost_is_that_of_what_was_taken(database: Database) -> None:
    account_id, campaign_id = await begin(database)
    ended = [("accepted", "1.20"), ("counted", "0.15"), ("refused", "9"), ("accepted", None)]
    async with database.write() as tx:
        for number, (outcome, cost) in enumerate(ended):
            await tx.execute(
                attempts.insert().values(
                    account_id=account_id,
                    campaign_id=campaign_id,
                    ref=f"r-{number}",
                    started_at=NOON,
                    outcome=outcome,
                    cost=None if cost is None else Decimal(cost),
                )
            )
    seen = await view(database, campaign_id)
    assert seen is not None
    assert seen.cost == Decimal("1.35")


async def test_lines_of_these_messages_in_order(database: Database) -> None:
    await begin(database, 3)
    a, _, c = (row.id for row in await rows(database, messages))
    failed = Change(message_id=c, to=MessageState.EXPIRED, reason=Reason.EXPIRED, code="4", raw="late")
    async with database.write() as tx:
        await ledger.apply(tx, [failed], source="desk", now=NOON)
        found = await campaigns.lines(tx, [c, a])
    assert [one.id for one in found] == [a, c]
    assert (found[1].state, found[1].reason) == (MessageState.EXPIRED, Reason.EXPIRED)
    assert (found[1].code, found[1].raw) == ("4", "late")


async def test_the_newest_campaigns_of_a_chat_first(database: Database) -> None:
    account_id, first = await begin(database)
    async with database.write() as tx:
        await ledger.create(tx, campaign(account_id, chat_id=CHAT + 1), NOON)
        third = await ledger.create(tx, campaign(account_id), NOON)
        assert [one.id for one in await campaigns.recent(tx, CHAT)] == [third, first]
        assert [one.id for one in await campaigns.recent(tx, CHAT, limit=1)] == [third]


async def test_a_held_campaign_is_released_once(database: Database) -> None:
    _, campaign_id = await begin(database, send_at=NOON - HOUR)
    later = NOON + timedelta(minutes=5)
    async with database.write() as tx:
        assert not await lateness.release(tx, campaign_id, later)
        await lateness.hold(tx, NOON, timedelta(minutes=1))
    held = await view(database, campaign_id)
    before = await wanted(database)
    async with database.write() as tx:
        assert [await lateness.release(tx, campaign_id, later) for _ in range(2)] == [True, False]
    free = await view(database, campaign_id)
    assert held is not None
    assert free is not None
    assert (held.held, free.held, free.send_at) == ("late", None, later)
    assert await wanted(database) > before


async def test_a_wish_to_cancel_shows(database: Database) -> None:
    _, campaign_id = await begin(database)
    async with database.write() as tx:
        await campaigns.want_cancel(tx, campaign_id, NOON)
    seen = await view(database, campaign_id)
    assert seen is not None
    assert seen.cancelling
    assert await wanted(database) == 2


@pytest.mark.parametrize(("state", "waits"), [("queued", True), ("accepted", False), ("cancelled", False)])
async def test_campaigns_that_wait_for_an_account(database: Database, state: str, waits: bool) -> None:
    account_id, campaign_id = await begin(database, 2)
    async with database.write() as tx:
        other = await add_account(tx, name="other")
        await tx.execute(messages.update().values(state=state))
        assert await ledger.waiting_for(tx, account_id) == ([campaign_id] if waits else [])
        assert await ledger.waiting_for(tx, other.id) == []
