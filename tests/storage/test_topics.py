"""Conversations and their topics, on both databases: who is first, what is wanted, what is forgotten."""

import asyncio
from datetime import timedelta

import sqlalchemy as sa

from storage import conversations, inbound, inboxes, retention, stoplist, topics
from storage.db import Database
from storage.schema import conversation_cards
from storage.schema import conversations as talks
from storage.schema import topics as kept
from storage.topics import Topic

from .seeds import CHAT, NOON, VAULT, add_account, msisdns, rows

LATER = NOON + timedelta(minutes=1)
(NUMBER,) = msisdns(1)


async def begun(database: Database) -> int:
    """A conversation with one SMS and a topic; its number."""
    async with database.write() as tx:
        account = await add_account(tx)
        talk = await conversations.between(tx, account.id, NUMBER)
        came = await inbound.add(
            tx, account_id=account.id, key="1", msisdn=NUMBER, to="7", text="Hello", at=NOON, now=NOON
        )
        assert came is not None
        await inbound.belongs(tx, came, talk)
        await conversations.wait(tx, talk, since=NOON, remind_at=LATER)
        await topics.opened(tx, talk, CHAT, 5, "🔴 x", NOON)
        await conversations.add_card(tx, 1, conversation_id=talk, inbound_id=came, chat_id=CHAT, now=NOON)
    return talk


async def topic(database: Database, talk: int) -> Topic:
    async with database.read() as tx:
        found = await topics.of(tx, talk, CHAT)
    assert found is not None
    return found


async def test_of_two_who_claim_at_once_one_is_first(database: Database) -> None:
    talk = await begun(database)

    async def claim(person: int) -> bool:
        async with database.write() as tx:
            return await conversations.claim(tx, talk, person, f"P{person}")

    assert sorted(await asyncio.gather(claim(1), claim(2))) == [False, True]


async def test_a_conversation_begins_once_whoever_is_first(database: Database) -> None:
    async with database.write() as tx:
        account = await add_account(tx)

    async def begin() -> int:
        async with database.write() as tx:
            return await conversations.between(tx, account.id, NUMBER)

    first, second = await asyncio.gather(begin(), begin())
    assert first == second
    assert len(await rows(database, talks)) == 1


async def test_people_are_reminded_of_a_conversation_once(database: Database) -> None:
    talk = await begun(database)

    async def due() -> list[int]:
        async with database.write() as tx:
            return await conversations.to_remind_of(tx, LATER)

    assert sorted(await asyncio.gather(due(), due())) == [[], [talk]]


async def test_a_topic_is_changed_until_what_is_shown_is_what_is_wanted(database: Database) -> None:
    talk = await begun(database)
    async with database.write() as tx:
        await conversations.close(tx, talk)
        await conversations.redraw(tx, talk, NOON)
        found = await topics.first_stale(tx, CHAT, NOON)
        assert found is not None
        # It changes once more while this is on its way.
        await conversations.open_again(tx, talk)
        await topics.shown(tx, found, LATER)
        assert await topics.first_stale(tx, CHAT, NOON) is None
        assert await topics.next_due(tx, []) == LATER
        assert await topics.chats_due(tx, LATER, []) == {CHAT}
        assert await topics.chats_due(tx, LATER, [CHAT]) == set()


async def test_a_lost_topic_waits_for_the_next_and_wants_nothing(database: Database) -> None:
    talk = await begun(database)
    async with database.write() as tx:
        await topics.lost(tx, CHAT, 5)
        await topics.redraw(tx, talk)
        assert await topics.first_stale(tx, CHAT, LATER) is None
        assert await topics.at(tx, CHAT, 5) is None
    assert (await topic(database, talk)).thread_id is None
    async with database.write() as tx:
        await topics.opened(tx, talk, CHAT, 9, "🔴 y", LATER)
    again = await topic(database, talk)
    assert (again.thread_id, again.name, again.closed) == (9, "🔴 y", False)


async def test_rights_are_told_once_in_a_while(database: Database) -> None:
    async with database.write() as tx:
        day = timedelta(days=1)
        assert await topics.may_tell_of_rights(tx, CHAT, since=NOON - day, now=NOON)
        assert not await topics.may_tell_of_rights(tx, CHAT, since=LATER - day, now=LATER)
        assert await topics.may_tell_of_rights(tx, CHAT, since=LATER, now=LATER + day)
        assert await topics.wanted(tx, CHAT)
        await topics.want(tx, CHAT, topics=False)
        assert not await topics.wanted(tx, CHAT)


async def test_names_are_found_whatever_their_case(database: Database) -> None:
    talk = await begun(database)
    async with database.write() as tx:
        await conversations.rename(tx, talk, "Иван Петров")
        assert [one.id for one in await conversations.find(tx, CHAT, "иван", 8)] == [talk]
        assert [one.id for one in await conversations.find(tx, CHAT, NUMBER[-4:], 8)] == [talk]
        assert await conversations.find(tx, CHAT, "пётр", 8) == []
        assert await conversations.find(tx, CHAT, "%", 8) == []


async def test_forgetting_a_number_takes_its_conversation_name_and_topic(database: Database) -> None:
    talk = await begun(database)
    async with database.write() as tx:
        await conversations.rename(tx, talk, "Ivan")
        await retention.forget_number(tx, NUMBER, VAULT, LATER)
    for table in (talks, kept, conversation_cards):
        assert await rows(database, table) == []


async def test_retention_takes_conversations_with_their_last_sms(database: Database) -> None:
    await begun(database)
    async with database.write() as tx:
        assert await retention.purge_inbound(tx, LATER, VAULT)
    for table in (talks, kept, conversation_cards):
        assert await rows(database, table) == []


async def test_many_numbers_go_onto_a_stop_list_once(database: Database) -> None:
    async with database.write() as tx:
        account = await add_account(tx)
        assert await stoplist.add_all(tx, account.id, msisdns(1200), by="Anna", now=NOON) == 1200
        assert await stoplist.add_all(tx, account.id, msisdns(1201), by="Boris", now=LATER) == 1
        assert not await stoplist.add(tx, account.id, NUMBER, by=None, now=LATER)
        newest, *_ = await stoplist.of_account(tx, account.id)
    assert (newest.by, newest.msisdn) == ("Boris", msisdns(1201)[-1])


async def test_an_inbox_begins_once_and_what_is_known_is_told(database: Database) -> None:
    talk = await begun(database)

    async def begin() -> None:
        async with database.write() as tx:
            await inboxes.begin(tx, ["smsc"], NOON, NOON)

    await asyncio.gather(begin(), begin())
    async with database.read() as tx:
        (mark,) = await inboxes.due(tx, NOON)
        assert await inboxes.due(tx, NOON, besides={mark.account_id}) == []
        assert await inbound.known(tx, mark.account_id, ["1", "2"]) == {"1"}
        assert await inbound.known(tx, mark.account_id + 1, ["1"]) == set()
        assert await tx.scalar(sa.select(talks.c.id)) == talk
