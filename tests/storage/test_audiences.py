"""Audiences in the database: copied into a campaign as they are, and forgotten whole."""

import functools
import operator

import pytest
import sqlalchemy as sa

from storage import audiences, campaigns, ledger, queues, retention, stoplist
from storage.audiences import Kept
from storage.db import Database
from storage.drafts import Place
from storage.schema import audiences as audiences_table
from storage.schema import dropped, messages, recipients

from .seeds import CHAT, NOON, PERSON, VAULT, add_account, campaign, msisdns, rows


async def begun(database: Database, count: int = 3) -> int:
    """A list that has been read, each with a text of their own but the last two, who share one."""
    place = Place(chat_id=CHAT, thread_id=0, person_id=PERSON)
    kept = [
        Kept(place=number, row=number + 2, msisdn=msisdn, values=["Анна"])
        for number, msisdn in enumerate(msisdns(count))
    ]
    async with database.write() as tx:
        audience_id = await audiences.begin(
            tx, place, state="to-read", language="en", message_id=1, name="a.csv", most=10, expires_at=NOON
        )
        await audiences.keep(tx, audience_id, kept)
        await audiences.drop(tx, audience_id, 0, [(9, "8 (903) 999-99-99 доб. 1", "malformed")])
        texts = [(place, f"Text {min(place, 1)}", 1 + place) for place in range(count)]
        await audiences.give_texts(tx, audience_id, texts)
    return audience_id


async def confirmed(database: Database) -> tuple[int, int]:
    """The account and the campaign that came of a list."""
    audience_id = await begun(database)
    async with database.write() as tx:
        account = await add_account(tx)
        new = campaign(account.id, 0, audience_id=audience_id)
        return account.id, await ledger.create(tx, new, NOON)


async def test_a_campaign_has_the_texts_of_its_audience(database: Database) -> None:
    await confirmed(database)
    made = [(row.msisdn, row.text, row.segments, row.state) for row in await rows(database, messages)]
    texts = ("Text 0", "Text 1", "Text 1")
    assert made == [
        (msisdn, text, segments, "queued")
        for msisdn, text, segments in zip(msisdns(3), texts, (1, 2, 3), strict=True)
    ]


@pytest.mark.parametrize(("mixed", "batches"), [(True, [3]), (False, [1, 2])])
async def test_texts_go_together_where_the_gateway_takes_them_so(
    database: Database, mixed: bool, batches: list[int]
) -> None:
    account_id, _ = await confirmed(database)
    claimed = []
    for number in range(len(batches)):
        async with database.write() as tx:
            claim = await queues.claim(tx, account_id, limit=10, mixed=mixed, ref=f"r-{number}", now=NOON)
        assert claim is not None
        claimed.append([one.text for one in claim.messages])
    assert [len(texts) for texts in claimed] == batches
    assert functools.reduce(operator.iadd, claimed, []) == ["Text 0", "Text 1", "Text 1"]


async def test_nothing_of_a_paused_campaign_is_claimed(database: Database) -> None:
    account_id, campaign_id = await confirmed(database)
    async with database.write() as tx:
        assert await campaigns.pause(tx, campaign_id, paused=True, now=NOON)
        assert not await campaigns.pause(tx, campaign_id, paused=True, now=NOON)
        assert await queues.claim(tx, account_id, limit=10, ref="r-1", now=NOON) is None
        assert await queues.heads(tx) == {}
        assert await campaigns.pause(tx, campaign_id, paused=False, now=NOON)
        assert await queues.claim(tx, account_id, limit=10, ref="r-2", now=NOON) is not None


@pytest.mark.parametrize("msisdn", [msisdns(1)[0], "79039999999"], ids=["recipient", "removed row"])
async def test_a_list_that_holds_a_forgotten_number_goes_whole(database: Database, msisdn: str) -> None:
    await begun(database)
    async with database.write() as tx:
        await retention.forget_number(tx, msisdn, VAULT, NOON)
    for table in (recipients, dropped, audiences_table):
        assert await rows(database, table) == []


async def test_what_was_begun_and_not_finished_is_begun_anew(database: Database) -> None:
    audience_id = await begun(database)
    async with database.write() as tx:
        todo = await audiences.next_to_do(tx)
        assert todo is not None
        assert todo.id == audience_id
        await audiences.clear(tx, audience_id)
        await audiences.keep(tx, audience_id, [Kept(place=0, row=2, msisdn="79031234567", values=[])])
        count = await tx.scalar(sa.select(sa.func.count()).select_from(recipients))
    assert count == 1


async def test_an_old_fill_settles_nothing(database: Database) -> None:
    audience_id = await begun(database)
    async with database.write() as tx:
        todo = await audiences.get(tx, audience_id)
        assert todo is not None
        assert await audiences.settle(tx, todo, "ready")
        assert await audiences.fill(tx, audience_id, {"text": "one"}, NOON)
        first = await audiences.get(tx, audience_id)
        assert first is not None
        assert await audiences.fill(tx, audience_id, {"text": "two"}, NOON)
        assert not await audiences.settle(tx, first, "filled")
        assert not await audiences.is_filled(tx, audience_id, first.fills)


async def test_who_is_on_the_stop_list_is_left_out_some_places_at_a_time(database: Database) -> None:
    audience_id = await begun(database)
    listed = dict(enumerate(msisdns(3)))
    async with database.write() as tx:
        account, other = await add_account(tx), await add_account(tx, name="other")
        for place in (0, 2):
            await stoplist.add(tx, account.id, listed[place], by=None, now=NOON)
        await stoplist.add(tx, other.id, listed[1], by=None, now=NOON)

    async def left_out(account_id: int, places: range) -> set[int]:
        async with database.write() as tx:
            await audiences.leave_out(tx, audience_id, account_id, places)
            gone = {one.place for one in await audiences.page(tx, audience_id, 0, 9, stopped=True)}
            assert await audiences.divided(tx, audience_id) == (3 - len(gone), len(gone))
            assert await audiences.extent(tx, audience_id) == 3
        return gone

    assert await left_out(account.id, range(2)) == {0}
    assert await left_out(account.id, range(2, 9)) == {0, 2}
    assert await left_out(other.id, range(2)) == {1, 2}
    assert await left_out(other.id, range(2, 9)) == {1}
