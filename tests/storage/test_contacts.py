"""Contacts, their groups and saved texts: each once a chat, and gone when they are to go."""

from datetime import timedelta

import pytest

from storage import chats, contact_groups, contacts, retention, templates
from storage.db import Database, Transaction
from storage.schema import contact_group_members
from storage.schema import contacts as contacts_table

from .seeds import CHAT, NOON, PERSON, VAULT, begin, msisdns, rows

OTHER = CHAT * 1000
FIRST, SECOND, THIRD = msisdns(3, start=500)
LATER = NOON + timedelta(days=1)


async def group(tx: Transaction, chat_id: int, name: str, *several: str) -> int:
    group_id = await contact_groups.make(tx, chat_id, name, by=PERSON, now=NOON)
    await contact_groups.add(tx, group_id, several)
    return group_id


async def test_a_number_is_there_once_and_keeps_its_name_where_none_comes(database: Database) -> None:
    async with database.write() as tx:
        await contacts.save(tx, CHAT, [(FIRST, "Анна"), (SECOND, "")], NOON)
        await contacts.save(tx, CHAT, [(FIRST, ""), (SECOND, "Борис")], NOON)
        await contacts.save(tx, OTHER, [(FIRST, "Вера")], NOON)
    async with database.read() as tx:
        assert await contacts.names(tx, CHAT, [FIRST, SECOND]) == {FIRST: "Анна", SECOND: "Борис"}
        assert await contacts.names(tx, OTHER, [FIRST, SECOND]) == {FIRST: "Вера"}


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("", 3),
        ("ёж", 1),
        ("ЕЖ  ив", 1),
        ("%", 1),
        ("_", 0),
        (SECOND[-4:], 1),
        (f"8{FIRST[1:]}", 1),
        ("12", 0),
    ],
)
async def test_a_contact_is_found_by_a_part_of_name_or_number(
    database: Database, part: str, found: int
) -> None:
    async with database.write() as tx:
        await contacts.save(tx, CHAT, [(FIRST, "Ёж Иванов"), (SECOND, "100%"), (THIRD, "")], NOON)
        await contacts.save(tx, OTHER, [(FIRST, "Ёж")], NOON)
    async with database.read() as tx:
        assert await contacts.count(tx, CHAT, part) == found
        assert len(await contacts.page(tx, CHAT, part, 0, 10)) == found


async def test_a_group_has_each_contact_once_in_the_order_saved(database: Database) -> None:
    async with database.write() as tx:
        await contacts.save(tx, CHAT, [(SECOND, "Б")], NOON)
        await contacts.save(tx, CHAT, [(FIRST, "А")], NOON)
        await contacts.save(tx, OTHER, [(THIRD, "В")], NOON)
        group_id = await group(tx, CHAT, "Clients", FIRST, SECOND, THIRD)
        assert await contact_groups.add(tx, group_id, [FIRST]) == 0
        assert await contact_groups.make(tx, CHAT, "clients", by=PERSON, now=NOON) == group_id
    async with database.read() as tx:
        assert [one.msisdn for one in await contact_groups.page(tx, group_id, 0, 10)] == [SECOND, FIRST]
        (listed,) = await contact_groups.of_chat(tx, CHAT)
        assert (listed.name, listed.count) == ("Clients", 2)
        assert await contact_groups.get(tx, OTHER, group_id) is None


async def test_what_goes_leaves_no_place_in_a_group(database: Database) -> None:
    async with database.write() as tx:
        await contacts.save(tx, CHAT, [(FIRST, "А"), (SECOND, "Б")], NOON)
        one, two = await group(tx, CHAT, "one", FIRST, SECOND), await group(tx, CHAT, "two", FIRST)
        known = await contacts.of_number(tx, CHAT, FIRST)
        assert known is not None
        assert await contact_groups.of_contact(tx, known.id) == [one, two]
        await contacts.delete(tx, [known.id])
        assert [group_id for group_id, _ in await places(tx)] == [one]
        await contact_groups.delete(tx, one)
        assert await places(tx) == []
        assert await contacts.count(tx, CHAT) == 1


async def places(tx: Transaction) -> list[tuple[int, int]]:
    """Every group with every contact in it."""
    found = await tx.execute(contact_group_members.select())
    return [(row.group_id, row.contact_id) for row in found]


async def test_a_saved_text_is_there_once(database: Database) -> None:
    async with database.write() as tx:
        first = await templates.save(tx, CHAT, "Готов", "one", by=PERSON, now=NOON)
        assert await templates.save(tx, CHAT, "ГОТОВ", "two", by=PERSON, now=NOON) == first
        await templates.save(tx, OTHER, "Готов", "three", by=PERSON, now=NOON)
        assert [one.text for one in await templates.of_chat(tx, CHAT)] == ["two"]
        assert await templates.get(tx, OTHER, first) is None


async def test_a_number_that_is_forgotten_is_no_contact_any_more(database: Database) -> None:
    async with database.write() as tx:
        await contacts.save(tx, CHAT, [(FIRST, "Анна"), (SECOND, f"Аня, была 8 {FIRST[1:]}")], NOON)
        await contacts.save(tx, OTHER, [(FIRST, "Вера")], NOON)
        await group(tx, CHAT, "clients", FIRST, SECOND)
        await templates.save(
            tx, CHAT, "a", f"Звоните +{FIRST[0]} ({FIRST[1:4]}) {FIRST[4:]}", by=PERSON, now=NOON
        )
        await templates.save(tx, CHAT, "b", "Звоните", by=PERSON, now=NOON)
        gone = await retention.forget_number(tx, FIRST, VAULT, NOON)
        assert gone.contacts == 2
        assert [one.name for one in await templates.of_chat(tx, CHAT)] == ["b"]
    assert [(row.msisdn, row.name, row.folded) for row in await rows(database, contacts_table)] == [
        (SECOND, "", "")
    ]


async def test_a_contact_stays_as_long_as_it_is_written_to(database: Database) -> None:
    await begin(database)
    (written,) = msisdns(1)
    async with database.write() as tx:
        await contacts.save(tx, CHAT, [(written, "А"), (FIRST, "Б")], NOON)
        await contacts.save(tx, CHAT, [(SECOND, "В")], LATER)
        assert await contacts.forget_unused(tx, LATER, 10)
        assert not await contacts.forget_unused(tx, LATER, 10)
    assert {row.msisdn for row in await rows(database, contacts_table)} == {written, SECOND}


async def test_they_move_with_their_chat(database: Database) -> None:
    async with database.write() as tx:
        await contacts.save(tx, CHAT, [(FIRST, "old"), (SECOND, "old")], NOON)
        await contacts.save(tx, OTHER, [(FIRST, "new")], NOON)
        await group(tx, CHAT, "clients", FIRST, SECOND)
        await templates.save(tx, CHAT, "hi", "old", by=PERSON, now=NOON)
        await templates.save(tx, OTHER, "hi", "new", by=PERSON, now=NOON)
        assert await chats.migrate(tx, CHAT, OTHER)
    async with database.read() as tx:
        assert await contacts.names(tx, OTHER, [FIRST, SECOND]) == {FIRST: "new", SECOND: "old"}
        (moved,) = await contact_groups.of_chat(tx, OTHER)
        assert [one.msisdn for one in await contact_groups.page(tx, moved.id, 0, 10)] == [SECOND]
        assert [one.text for one in await templates.of_chat(tx, OTHER)] == ["new"]
        assert await contacts.count(tx, CHAT) == 0
