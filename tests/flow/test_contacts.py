"""Contacts and their groups: saved by hand, from files and from contact cards; written to, forgotten."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .desk import DELIVERED, REJECTED, SLOW, UNDELIVERED, Stands, working
from .steps import Ahead, accepted, comes_to, connect_group, says, seen, soon, toast
from .test_lists import TWO, drop, table


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def desk(world: Stands, tmp_path: Path, clock: Ahead) -> AsyncIterator[Stands]:
    async with working(world.settings(tmp_path), clock=clock):
        yield world


async def members(desk: Stands, *several: tuple[str, str], group: str = "clients") -> None:
    """Contacts, in a group."""
    for number, name in several:
        await desk.ask(f"/contacts add @{group} {number} {name}", having="One contact is saved")


# By hand.


async def test_a_contact_is_saved_found_renamed_and_deleted(desk: Stands) -> None:
    await desk.ask("/contacts", having="There is none yet")
    await desk.ask("/contacts add 8 (903) 123-45-00 Анна  Иванова", having="Анна Иванова · +7 903 *** 45 00")
    await desk.ask(f"/contacts add {SLOW} Борис", having="One contact is saved")
    for part in ("ИВАНО", "123-45-00", "8 903 123 45 00"):
        found = await desk.ask(f"/contacts {part}", having="1")
        assert [key.text for key in found.keyboard[0]] == ["Анна Иванова · +7 903 *** 45 00"], part
    await desk.press(found, "Анна")
    await desk.becomes(found, "+79031234500")
    await desk.press(found, "✏ Name")
    await desk.answer(found.id, having="What is Анна Иванова · +7 903 *** 45 00 to be called?")
    renamed = await desk.ask("Аня", having="+79031234500")
    await desk.press(renamed, "🗑 Delete")
    await desk.becomes(renamed, "no longer among the contacts")
    left = await desk.ask("/contacts", having="Contacts of this chat: 1")
    assert "Борис" in left.keyboard[0][0].text


async def test_a_contact_is_asked_for(desk: Stands) -> None:
    listed = await desk.ask("/contacts", having="There is none yet")
    await desk.press(listed, "➕ New contact")
    await desk.answer(listed.id, having="Which number and name?")
    await desk.ask(f"{DELIVERED} Анна", having="One contact is saved: Анна")


async def test_what_is_no_number_is_told_with_its_reason(desk: Stands) -> None:
    await desk.ask("/contacts add Anna", having="I see no number at the beginning")
    answer = await desk.ask(f"/contacts add {DELIVERED}, +74951234567", having="One contact is saved")
    assert "+74951234567 (landline)" in answer.text


async def test_names_stand_beside_numbers_on_every_card(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    await desk.ask(f"/contacts add {UNDELIVERED} Анна <&>", having="One contact is saved")
    card = await desk.ask(f"/send {UNDELIVERED}, {SLOW} Hello", having="Check, then send")
    assert "Анна <&> · +7 903 *** 45 01, +7 903 *** 45 04" in card.text
    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "Анна <&> · +7 903 *** 45 01 — undelivered")
    failed = await desk.answer(card.id, having="The handset was off")
    assert "Анна <&> · +7 903 *** 45 01" in failed.text
    await desk.ask(f"/status #1 {UNDELIVERED}", having="Анна <&> · +7 903 *** 45 01")


async def test_contacts_of_one_chat_are_not_those_of_another(desk: Stands, clock: Ahead) -> None:
    group = desk.telegram.group(-100500, "Shop", [desk.anna])
    await connect_group(desk, group)
    await desk.ask(f"/contacts add {DELIVERED} Анна", having="One contact is saved")
    await says(desk, group, "/contacts", having="There is none yet")
    card = await says(desk, group, f"/send {DELIVERED} Hello", having="Check, then send")
    assert "Анна" not in card.text
    await toast(desk, group.press(desk.anna, card, "✅"))
    await soon(desk, clock, lambda: "delivered" in card.text)
    assert "✔ +7 903 *** 45 00" in card.text


# Contact cards.


async def test_a_card_without_a_mobile_number_is_refused_in_words(desk: Stands) -> None:
    sent = desk.chat.send_contact(desk.anna, "+74951234567", "Office")
    await desk.answer(sent.id, having="no number an SMS reaches: landline")


async def test_a_contact_card_in_a_group_is_for_somebody_else(desk: Stands) -> None:
    group = desk.telegram.group(-100500, "Shop", [desk.anna])
    await connect_group(desk, group)
    group.send_contact(desk.anna, "79031234500", "Анна")
    await says(desk, group, "/contacts", having="There is none yet")
    assert not [one for one in group.bot_messages if "not among" in one.text]


# Files.


async def test_a_file_becomes_contacts_and_a_group(desk: Stands) -> None:
    bad = table((DELIVERED, "Анна", "1"), ("+74951234567", "Офис", "1"), (SLOW, "Борис", "2"))
    told = await drop(
        desk, bad, having="2 contacts are saved, new among them: 2", caption="/contacts @clients"
    )
    assert "row 3: +74951234567 — landline" in told.text
    assert "/send @clients" in told.text
    again = await drop(desk, TWO, having="new among them: 0", caption="/contacts")
    assert "landline" not in again.text
    shown = await desk.ask("/contacts @Clients", having="2 contacts")
    assert "1. Анна · +7 903 *** 45 00\n2. Борис · +7 903 *** 45 04" in shown.text
    assert not accepted(desk)


async def test_where_the_names_stand_is_asked_when_it_is_not_clear(desk: Stands) -> None:
    rows = f"{DELIVERED};Анна;Москва\r\n{SLOW};Борис;Тула\r\n".encode()
    asked = await drop(desk, rows, having="which column has the names?", caption="/contacts")
    await desk.press(asked, "column 2")
    await desk.answer(asked.id, having="2 contacts are saved")
    await desk.ask("/contacts Борис", having="“Борис”: 1")


async def test_a_file_without_names_is_saved_as_numbers(desk: Stands) -> None:
    await drop(
        desk, f"{DELIVERED}\r\n{SLOW}\r\n".encode(), having="2 contacts are saved", caption="/contacts"
    )
    listed = await desk.ask("/contacts", having="Contacts of this chat: 2")
    assert listed.keyboard[0][0].text == "+7 903 *** 45 00"


async def test_a_chat_has_so_many_contacts_and_no_more(world: Stands, tmp_path: Path) -> None:
    async with working(world.settings(tmp_path, limits={"contacts": 2, "groups": 1})):
        await drop(world, TWO, having="2 contacts are saved", caption="/contacts @one")
        await world.ask(f"/contacts add {REJECTED}", having="This chat may have 2 contacts")
        three = table((DELIVERED, "А", "1"), (SLOW, "Б", "2"), (REJECTED, "В", "3"))
        await drop(world, three, having="This chat may have 2 contacts", caption="/contacts")
        await world.ask(f"/contacts add @one {DELIVERED} Аня", having="One contact is saved: Аня")
        await world.ask("/contacts add @two", having="may have 1 groups")
        await world.ask(f"/contacts add @two {DELIVERED}", having="may have 1 groups")
        await drop(world, TWO, having="may have 1 groups", caption="/contacts @three")
        await world.ask("/contacts", having="Contacts of this chat: 2")


async def test_an_odd_caption_saves_nothing(desk: Stands) -> None:
    await drop(desk, TWO, having="Nothing was saved", caption="/contacts of the shop")
    await desk.ask("/contacts", having="There is none yet")


# Groups.


async def test_a_group_is_made_filled_and_taken_apart_by_buttons(desk: Stands) -> None:
    listed = await desk.ask("/contacts", having="There is none yet")
    await desk.press(listed, "👥 Groups")
    await desk.becomes(listed, "Groups of contacts: 0")
    await desk.press(listed, "➕ New group")
    await desk.answer(listed.id, having="What is the group to be called?")
    await desk.ask("two words", having="cannot be the name of a group")
    made = await desk.ask("/contacts add @VIP", having="@VIP: 0 contacts")
    await desk.press(made, "➕ Put in")
    await desk.answer(made.id, having="Who is to be in @VIP?")
    await desk.ask(f"{DELIVERED}, {SLOW}", having="2 contacts are saved")
    shown = await desk.ask("/contacts @vip", having="@VIP: 2 contacts")
    found = await desk.ask("/contacts 4504", having="1")
    await desk.press(found, "+7 903 *** 45 04")
    await desk.becomes(found, "Groups: @VIP")
    await desk.press(found, "➖ @VIP")
    await desk.becomes(found, "No name\n+79031234504")
    await seen(desk, lambda: "Groups: @VIP" not in found.text or None)
    await desk.press(shown, "🗑 Delete the group")
    await desk.becomes(shown, "is no more. Its one contact stays")
    await desk.ask("/contacts", having="Contacts of this chat: 2")


async def test_a_contact_card_goes_into_the_group_that_asks(desk: Stands) -> None:
    made = await desk.ask("/contacts add @vip", having="@vip: 0 contacts")
    await desk.press(made, "➕ Put in")
    await desk.answer(made.id, having="Who is to be in @vip?")
    sent = desk.chat.send_contact(desk.anna, "79031234500", "Анна")
    await desk.answer(sent.id, having="In the group @vip now")
    await desk.ask("/contacts @vip", having="1. Анна · +7 903 *** 45 00")


async def test_a_group_is_written_to_by_its_name(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    await members(desk, (DELIVERED, "Анна"), (SLOW, "Борис"))
    card = await desk.ask("/send @clients Здравствуйте, {имя}!", having="Check, then send")
    assert "@clients" in card.text
    assert "To 2 recipients" in card.text
    assert "Анна · +7 903 *** 45 00" in card.text
    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "delivered 2")
    assert {one.text for one in accepted(desk)} == {"Здравствуйте, Анна!", "Здравствуйте, Борис!"}


async def test_groups_and_numbers_meet_once(desk: Stands, clock: Ahead) -> None:
    """Who is in both groups, or typed besides, gets one SMS; what was dropped is named with its row."""
    await desk.connect("smsc")
    await members(desk, (DELIVERED, "Анна"), (SLOW, "Борис"))
    await members(desk, (SLOW, "Борис"), group="vip")
    typed = f"/send @clients, @vip +7 903 123-45-00, +74951234567, {REJECTED} Hello"
    told = await desk.ask(typed, having="Removed rows: 3")
    for line in (
        "row 3: +79031234504 — twice",
        "row 4: +7 903 123-45-00 — twice",
        "row 5: +74951234567 — landline",
    ):
        assert line in told.text, line
    card = await desk.answer(told.id, having="Check, then send")
    assert "To 3 recipients" in card.text
    await desk.press(card, "✅")
    await soon(desk, clock, lambda: len(accepted(desk)) == 3)


async def test_a_group_is_asked_for_its_text(desk: Stands) -> None:
    await desk.connect("smsc")
    await members(desk, (DELIVERED, "Анна"))
    await desk.ask("/send @clients", having="What is the text for @clients?")
    await desk.ask("Hello", having="Check, then send")
    shown = await desk.ask("/contacts @clients", having="@clients: one contact")
    await desk.press(shown, "✉ Write SMS")
    await desk.answer(shown.id, having="What is the text for @clients?")


async def test_an_unknown_or_empty_group_is_told(desk: Stands) -> None:
    await desk.connect("smsc")
    await desk.ask("/send @clients Hello", having="There are no groups yet")
    await desk.ask("/contacts add @clients", having="@clients: 0 contacts")
    await desk.ask("/send @nobody Hello", having="There are: @clients")
    await desk.ask("/send @clients Hello", having="nobody in it to send to")


async def test_an_operator_writes_to_so_many_and_no_more(world: Stands, tmp_path: Path) -> None:
    boris = world.telegram.person(2002, "Boris", language_code="en")
    async with working(world.settings(tmp_path, limits={"operator_recipients": 1})):
        group = world.telegram.group(-100500, "Shop", [world.anna, boris])
        await connect_group(world, group)
        await world.ask("/allow 2002 operator", having="operator")
        await says(world, group, f"/contacts add @all {DELIVERED}, {SLOW}", having="2 contacts are saved")
        group.say(boris, "/send @all Hello")
        await seen(
            world, lambda: next((one for one in group.bot_messages if "are too many" in one.text), None)
        )
        shown = await says(world, group, "/contacts @all", having="@all: 2 contacts")
        group.say(boris, "/contacts @all")
        theirs = await seen(
            world,
            lambda: next(
                (one for one in group.bot_messages if one.id > shown.id and "@all: 2" in one.text), None
            ),
        )
        pressed = group.press(boris, theirs, "🗑 Delete the group")
        answer = await seen(world, lambda: pressed.answer)
        assert "takes the role: manager" in (answer.text or "")


# Forgetting.


async def test_forget_takes_the_contact_along(desk: Stands) -> None:
    await members(desk, (DELIVERED, "Анна"), (SLOW, "мама +7 903 123-45-00"))
    await desk.ask(f"/templates add mine Call {DELIVERED}", having="is saved")
    asked = await desk.ask(f"/forget {DELIVERED}", having="Contacts with it: 1")
    await desk.press(asked, "✅")
    await desk.answer(asked.id, having="is forgotten")
    shown = await desk.ask("/contacts @clients", having="@clients: one contact")
    assert "1. +7 903 *** 45 04" in shown.text
    await desk.ask("/templates", having="There is none yet")


async def moved(desk: Stands) -> None:
    """Wait until the bot has heard of it: chats have lanes of their own."""
    for _ in range(100):
        told = await desk.ask("/audit did=moved")
        if "gave the group another id" in told.text:
            return
    raise AssertionError(desk.telegram.transcript())


async def test_a_group_that_becomes_a_supergroup_keeps_them(desk: Stands) -> None:
    group = desk.telegram.group(-500, "Shop", [desk.anna], basic=True)
    await connect_group(desk, group)
    await says(desk, group, f"/contacts add @clients {DELIVERED} Анна", having="One contact is saved")
    await says(desk, group, "/templates add hi Hello", having="is saved")
    new = group.upgrade(desk.anna, -100600)
    await moved(desk)
    await says(desk, new, "/contacts @clients", having="1. Анна")
    await says(desk, new, "/templates hi", having="Hello")
