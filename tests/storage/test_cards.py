"""Cards: edited until what is shown is what is wanted, however often that changes meanwhile."""

from datetime import timedelta

import pytest

from storage import cards, ledger
from storage.cards import Card
from storage.db import Database

from .seeds import CHAT, NOON, add_card, begin, campaign

LATER = NOON + timedelta(seconds=3)
OTHER = CHAT - 1


@pytest.fixture
async def campaign_id(database: Database) -> int:
    """A campaign whose card has never been drawn."""
    return (await begin(database))[1]


async def redraw(database: Database, campaign_id: int) -> None:
    async with database.write() as tx:
        await cards.redraw(tx, [campaign_id], NOON)


async def stale(database: Database, *, at: timedelta = timedelta()) -> Card | None:
    async with database.read() as tx:
        return await cards.first_stale(tx, CHAT, NOON + at)


async def draw(database: Database, card: Card) -> None:
    async with database.write() as tx:
        await cards.shown(tx, card, NOON)


async def test_a_new_card_is_drawn_once(database: Database, campaign_id: int) -> None:
    card = await stale(database)
    assert card == Card(
        campaign_id=campaign_id,
        chat_id=CHAT,
        thread_id=0,
        message_id=77,
        language="en",
        cancel_token="cancel",
        wanted=1,
        shown=0,
    )
    await draw(database, card)
    assert await stale(database) is None


async def test_many_changes_are_one_edit(database: Database, campaign_id: int) -> None:
    for _ in range(5):
        await redraw(database, campaign_id)
    card = await stale(database)
    assert card is not None
    await draw(database, card)
    assert await stale(database) is None


async def test_a_change_while_it_is_drawn_is_drawn_too(database: Database, campaign_id: int) -> None:
    card = await stale(database)
    assert card is not None
    await redraw(database, campaign_id)
    await draw(database, card)
    again = await stale(database)
    assert again is not None
    assert again.wanted == card.wanted + 1


async def test_an_older_edit_that_ends_later_takes_nothing_back(database: Database, campaign_id: int) -> None:
    old = await stale(database)
    await redraw(database, campaign_id)
    new = await stale(database)
    assert old is not None
    assert new is not None
    await draw(database, new)
    await draw(database, old)
    assert await stale(database) is None


async def test_edits_keep_their_distance(database: Database, campaign_id: int) -> None:
    card = await stale(database)
    assert card is not None
    async with database.write() as tx:
        await cards.shown(tx, card, LATER)
    await redraw(database, campaign_id)
    assert await stale(database) is None
    async with database.write() as tx:
        assert await cards.chats_due(tx, NOON, []) == set()
        assert await cards.chats_due(tx, LATER, []) == {CHAT}
        assert await cards.next_due(tx, []) == LATER
        await cards.postpone(tx, card, LATER + timedelta(seconds=30))
        assert await cards.next_due(tx, []) == LATER + timedelta(seconds=30)
    assert await stale(database, at=timedelta(seconds=32)) is None
    assert await stale(database, at=timedelta(seconds=33)) is not None


async def test_a_card_is_its_newest_message(database: Database, campaign_id: int) -> None:
    for message_id in (88, None):
        async with database.write() as tx:
            await cards.place(tx, campaign_id, message_id)
            card = await cards.of(tx, campaign_id)
        assert card is not None
        assert card.message_id == message_id


async def test_chats_with_a_stale_card(database: Database, campaign_id: int) -> None:
    async with database.write() as tx:
        other = await ledger.create(tx, campaign(1, chat_id=OTHER), NOON)
        await add_card(tx, other, chat_id=OTHER)
        assert await cards.chats_due(tx, NOON, []) == {CHAT, OTHER}
        assert await cards.chats_due(tx, NOON, [OTHER]) == {CHAT}
        assert await cards.next_due(tx, [CHAT]) == NOON
        assert await cards.next_due(tx, [CHAT, OTHER]) is None
        card = await cards.of(tx, campaign_id)
        assert card is not None
        await cards.shown(tx, card, NOON)
        assert await cards.chats_due(tx, NOON, []) == {OTHER}


async def test_a_redraw_without_a_card_is_nothing(database: Database, campaign_id: int) -> None:
    async with database.write() as tx:
        await cards.redraw(tx, [404], NOON)
        await cards.redraw(tx, [], NOON)
        assert await cards.of(tx, 404) is None
        card = await cards.of(tx, campaign_id)
    assert card is not None
    assert card.wanted == 1
