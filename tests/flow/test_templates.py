"""Saved texts: kept, shown, sent, deleted, by commands and by buttons."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .desk import DELIVERED, SLOW, Stands, working
from .steps import Ahead, accepted, comes_to, soon
from .test_lists import TWO, drop


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def desk(world: Stands, tmp_path: Path, clock: Ahead) -> AsyncIterator[Stands]:
    async with working(world.settings(tmp_path), clock=clock):
        yield world


async def test_a_text_is_kept_shown_and_deleted(desk: Stands) -> None:
    await desk.ask("/templates", having="There is none yet")
    await desk.ask("/templates add Ready Your order\nis  ready", having="“Ready” is saved")
    listed = await desk.ask("/templates", having="Saved texts: 1")
    await desk.press(listed, "📄 Ready")
    await desk.becomes(listed, "Your order\nis  ready")
    assert "GSM-7 · 1 segment" in listed.text
    await desk.press(listed, "🗑 Delete")
    await desk.becomes(listed, "“Ready” is deleted")
    await desk.ask("/templates", having="There is none yet")
    await desk.ask("/templates Ready", having="There is no text called “Ready”")


async def test_a_text_is_asked_for_step_by_step(desk: Stands) -> None:
    listed = await desk.ask("/templates", having="There is none yet")
    await desk.press(listed, "➕ New text")
    await desk.answer(listed.id, having="What is the text to be called?")
    await desk.ask("Two words", having="Which text is to be saved as “Two words”?")
    await desk.ask("Hello, {name}!", having="Fields: {name}")
    await desk.ask("/templates two  WORDS", having="Hello, {name}!")


async def test_a_saved_name_gets_another_text(desk: Stands) -> None:
    await desk.ask('/templates add "My text" one', having="is saved")
    told = await desk.ask('/templates add "my  text" two', having="is replaced")
    assert told.text.endswith("The old one was:\none")
    await desk.ask('/templates add "my text" two', having="is saved")
    listed = await desk.ask("/templates", having="Saved texts: 1")
    assert "two" in listed.text


async def test_a_saved_text_answers_the_question_for_one(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    await desk.ask("/templates add Ready Costs {{5}} now", having="is saved")
    asked = await desk.ask(f"/send {DELIVERED}", having="Or take a saved text")
    await desk.press(asked, "📄 Ready")
    card = await desk.answer(asked.id, having="Check, then send")
    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "delivered")
    assert accepted(desk)[-1].text == "Costs {5} now"


async def test_a_saved_text_begins_an_sms(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    await desk.ask("/templates add Ready Your order is ready", having="is saved")
    shown = await desk.ask("/templates ready", having="Your order is ready")
    await desk.press(shown, "✉ Write SMS")
    await desk.answer(shown.id, having="To which number?")
    card = await desk.ask(DELIVERED, having="Check, then send")
    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "delivered")


async def test_fields_of_a_saved_text_are_filled_from_contacts(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    await desk.ask("/templates add Hello Здравствуйте, {имя}!", having="is saved")
    await desk.ask(f"/contacts add {DELIVERED} Анна", having="One contact is saved")
    asked = await desk.ask(f"/send {DELIVERED}", having="Or take a saved text")
    await desk.press(asked, "📄 Hello")
    card = await desk.answer(asked.id, having="Check, then send")
    assert "Анна · +7 903 *** 45 00" in card.text
    await desk.press(card, "✅")
    await soon(desk, clock, lambda: accepted(desk))
    assert accepted(desk)[-1].text == "Здравствуйте, Анна!"


async def test_a_field_that_no_contact_fills_stops_it(desk: Stands) -> None:
    await desk.connect("smsc")
    await desk.ask("/templates add Hello Здравствуйте, {имя}!", having="is saved")
    asked = await desk.ask(f"/send {SLOW}", having="Or take a saved text")
    await desk.press(asked, "📄 Hello")
    await desk.answer(asked.id, having="The field “имя” is empty for one recipient, in row 1")


async def test_a_saved_text_is_the_text_of_a_dropped_file(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    await desk.ask("/templates add Due К оплате {сумма} руб., {имя}", having="is saved")
    asked = await drop(desk, TWO, having="Or take a saved text")
    await desk.press(asked, "📄 Due")
    card = await desk.answer(asked.id, having="Check, then send")
    await desk.press(card, "✅")
    await soon(desk, clock, lambda: len(accepted(desk)) == 2)
    assert {one.text for one in accepted(desk)} == {"К оплате 100 руб., Анна", "К оплате 2500 руб., Борис"}


async def test_a_chat_has_so_many_texts_and_no_more(world: Stands, tmp_path: Path) -> None:
    async with working(world.settings(tmp_path, limits={"templates": 1})):
        await world.ask("/templates add one 1", having="is saved")
        await world.ask("/templates add two 2", having="may have no more")
        await world.ask("/templates add one 3", having="is replaced")


async def test_texts_of_one_chat_are_not_those_of_another(desk: Stands) -> None:
    from .steps import connect_group, says

    group = desk.telegram.group(-100500, "Shop", [desk.anna])
    await connect_group(desk, group)
    await desk.ask("/templates add mine secret", having="is saved")
    await says(desk, group, "/templates", having="There is none yet")


async def test_pages_are_turned_in_place(desk: Stands) -> None:
    for number in range(12):
        await desk.ask(f"/templates add n{number:02} text", having="is saved")
    listed = await desk.ask("/templates", having="Saved texts: 12")
    said = len(desk.chat.bot_messages)
    await desk.press(listed, "More (2) ▶")
    await desk.becomes(listed, "n11")
    await desk.press(listed, "◀ Back (10)")
    await desk.becomes(listed, "n00")
    assert len(desk.chat.bot_messages) == said
