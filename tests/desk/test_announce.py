"""What people must hear of: the loud ends only, once, in the chat of the campaign, or not at all."""

import pytest

from desk import announce
from desk.announce import LOUD
from providers.errors import AccountBlocked, AuthFailed
from providers.model import FINAL, MessageState
from storage import accounts, cards, ledger
from storage.ledger import Moved
from storage.outbox import Priority
from storage.schema import outbox

from ..storage.seeds import CHAT, NOON, campaign, rows
from .rig import Rig


def test_bad_ends_are_loud() -> None:
    wanted = {MessageState.CANCELLED, MessageState.SKIPPED, MessageState.ASSUMED_SENT, MessageState.ABANDONED}
    assert FINAL - {MessageState.DELIVERED} - wanted == LOUD


@pytest.mark.parametrize("state", MessageState)
async def test_only_the_loud_ones_are_told(desk: Rig, state: MessageState) -> None:
    campaign_id = await desk.campaign()
    async with desk.database.write() as tx:
        await announce.failures(tx, [Moved(campaign_id=campaign_id, message_id=1, to=state)], NOON)
    assert await desk.notices() == ([("failed", {"message_ids": [1]})] if state in LOUD else [])


async def test_one_announcement_a_campaign(desk: Rig) -> None:
    first, second = await desk.campaign(2), await desk.campaign()
    ended = MessageState.UNDELIVERED
    moved = [
        Moved(campaign_id=first, message_id=2, to=ended),
        Moved(campaign_id=second, message_id=3, to=ended),
        Moved(campaign_id=first, message_id=1, to=MessageState.EXPIRED),
        Moved(campaign_id=first, message_id=9, to=MessageState.DELIVERED),
    ]
    async with desk.database.write() as tx:
        await announce.failures(tx, moved, NOON)
    told = await rows(desk.database, outbox)
    assert [(row.campaign_id, row.content["message_ids"]) for row in told] == [(first, [1, 2]), (second, [3])]
    assert {(row.chat_id, row.language, row.priority) for row in told} == {(CHAT, "en", Priority.RESULT)}


async def test_it_is_told_where_the_card_is(desk: Rig) -> None:
    async with desk.database.write() as tx:
        campaign_id = await ledger.create(tx, campaign(desk.account.id, chat_id=-7), NOON)
        ended = Moved(campaign_id=campaign_id, message_id=1, to=MessageState.EXPIRED)
        await announce.failures(tx, [ended], NOON)
        await announce.late(tx, campaign_id, NOON)
        assert list(await tx.execute(outbox.select())) == []  # no card, nowhere to tell
        await cards.add(
            tx,
            campaign_id=campaign_id,
            chat_id=-7,
            thread_id=3,
            message_id=None,
            language="ru",
            cancel_token="t",
            now=NOON,
        )
        await announce.failures(tx, [ended], NOON)
        await announce.late(tx, campaign_id, NOON)
    told = await rows(desk.database, outbox)
    assert [(row.kind, row.chat_id, row.thread_id, row.language) for row in told] == [
        ("failed", -7, 3, "ru"),
        ("late", -7, 3, "ru"),
    ]
    assert told[1].content == {"campaign_id": campaign_id}
    assert told[1].priority == Priority.ALERT


async def test_what_caused_it_takes_the_announcement_along(desk: Rig) -> None:
    """One transaction: a change that is rolled back was never told."""
    campaign_id = await desk.campaign()

    async def fail() -> None:
        async with desk.database.write() as tx:
            moved = Moved(campaign_id=campaign_id, message_id=1, to=MessageState.EXPIRED)
            await announce.failures(tx, [moved], NOON)
            await announce.stop_account(tx, desk.account, AuthFailed(), NOON)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await desk.notices() == []


async def test_each_chat_hears_once_that_an_account_stopped(desk: Rig) -> None:
    await desk.campaign(3)
    async with desk.database.write() as tx:
        await accounts.allow_chats(tx, desk.account.id, [CHAT, -7])
        refused = AuthFailed(code="2", raw="secret words", entry="smsc-send-2")
        await announce.stop_account(tx, desk.account, refused, NOON)
        await announce.stop_account(tx, desk.account, AccountBlocked(), NOON)
        assert (await accounts.get(tx, desk.account.id)).stopped == "auth_failed"
    told = {row.chat_id: row for row in await rows(desk.database, outbox)}
    assert set(told) == {CHAT, -7}
    assert told[CHAT].content == {
        "account_id": desk.account.id,
        "name": "main",
        "gateway": "smsc",
        "kind": "auth_failed",
        "code": "2",
        "entry": "smsc-send-2",
        "waiting": 3,
    }
    assert [(told[chat].content["waiting"], told[chat].language) for chat in (CHAT, -7)] == [
        (3, "en"),
        (0, "ru"),
    ]


async def test_an_account_of_no_chat_stops_in_silence(desk: Rig) -> None:
    async with desk.database.write() as tx:
        await accounts.allow_chats(tx, desk.account.id, [])
        await announce.stop_account(tx, desk.account, AuthFailed(), NOON)
        assert (await accounts.get(tx, desk.account.id)).stopped == "auth_failed"
    assert await desk.notices() == []
