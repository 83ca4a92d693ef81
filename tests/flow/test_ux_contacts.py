"""U7 to U15 of the demands, as far as contacts, groups and saved texts go: what is shown is what is sent."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.telegram import Message

from .desk import DELIVERED, SLOW, Stands, working
from .steps import Ahead, accepted, comes_to, soon, stand, toast

EXACT = 'Line one\n\n  two  blanks, "quotes" «ёлочки» https://example.com/?a=1&b=<2> 👍🏽 {{braces}} #1 */_`'
ARRIVES = EXACT.replace("{{", "{").replace("}}", "}")


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def desk(world: Stands, tmp_path: Path, clock: Ahead) -> AsyncIterator[Stands]:
    async with working(world.settings(tmp_path), clock=clock):
        yield world


async def group(desk: Stands) -> None:
    """@clients: Anna and Boris."""
    for number, name in ((DELIVERED, "Анна"), (SLOW, "Борис")):
        await desk.ask(f"/contacts add @clients {number} {name}", having="One contact is saved")


async def test_u7_a_saved_text_arrives_as_it_was_written(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    await desk.ask(f"/templates add exact {EXACT}", having="is saved")
    asked = await desk.ask(f"/send {DELIVERED}", having="Or take a saved text")
    await desk.press(asked, "📄 exact")
    card = await desk.answer(asked.id, having="Check, then send")
    await desk.press(card, "✅")
    await soon(desk, clock, lambda: accepted(desk))
    assert accepted(desk)[-1].text == ARRIVES


@pytest.mark.parametrize("kind", ["devino_rest", "devino_soap", "sms_pager", "smsc"])
async def test_u7_a_text_to_a_group_arrives_as_it_was_written(desk: Stands, clock: Ahead, kind: str) -> None:
    await desk.connect(kind)
    await group(desk)
    card = await desk.ask(f"/send @clients {EXACT}", having="Check, then send")
    await desk.press(card, "✅")
    await soon(desk, clock, lambda: len(accepted(desk)) == 2)
    assert {one.text for one in stand(desk, kind).journal.accepted} == {ARRIVES}


async def test_u8_a_contact_card_answers_the_question_for_a_number(desk: Stands) -> None:
    await desk.connect("smsc")
    await desk.ask("/send", having="To which number?")
    sent = desk.chat.send_contact(desk.anna, "79031234500", "Анна")
    await desk.answer(sent.id, having="+7 903 *** 45 00")
    await desk.ask("Hello", having="Check, then send")


@pytest.mark.parametrize(
    "typed",
    [
        "+79031234500",
        "89031234500",
        "8 903 123 45 00",
        "+7 (903) 123-45-00",
        "8-903-123-45-00",
        "79031234500;\n+79031234504",
    ],
)
async def test_u8_the_number_field_takes_what_people_write(desk: Stands, typed: str) -> None:
    await desk.connect("smsc")
    await desk.ask("/send", having="To which number?")
    await desk.ask(typed, having="What is the text for")
    card = await desk.ask("Hello", having="Check, then send")
    assert "+7 903 *** 45 00" in card.text


def forwarded(desk: Stands) -> Message:
    """A contact card that somebody else has sent, forwarded by Anna."""
    origin = {"type": "user", "date": 1, "sender_user": {"id": 8, "is_bot": False, "first_name": "B"}}
    return desk.chat.send_contact(desk.anna, "+7 903 123-45-00", "Анна", forward_origin=origin)


async def test_u8_a_forwarded_contact_is_somebody_to_write_to(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    sent = forwarded(desk)
    shared = await desk.answer(sent.id, having="Анна · +7 903 *** 45 00: not among the contacts")
    await desk.press(shared, "✉ Write SMS")
    await desk.answer(shared.id, having="+7 903 *** 45 00")
    card = await desk.ask("Hello", having="Check, then send")
    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "delivered")
    await desk.press(shared, "➕ Save")
    await desk.answer(shared.id, having="One contact is saved")
    again = forwarded(desk)
    await desk.answer(again.id, having="+79031234500")


async def test_u9_the_card_of_a_group_shows_all_that_matters(desk: Stands) -> None:
    await desk.connect("smsc")
    await group(desk)
    told = await desk.ask(f"/send @clients {SLOW} Здравствуйте, {{имя}}!", having="Removed rows: 1")
    assert "row 3: +79031234504 — twice" in told.text
    card = await desk.answer(told.id, having="Check, then send")
    for words in (
        "@clients",
        "SMSC · account smsc · from ACME",
        "To 2 recipients",
        "Анна · +7 903 *** 45 00:\nЗдравствуйте, Анна!",
        "Борис · +7 903 *** 45 04:\nЗдравствуйте, Борис!",
        "UCS-2 · 1 segment each, 2 in all",
        "Removed rows: 1 (twice 1)",
        "Cost: 5.00",
        "Balance: 1,000.00",
        "then 995.00",
        "It leaves at once after ✅",
    ):
        assert words in card.text, words


async def test_u11_the_card_of_a_group_expires(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    await group(desk)
    card = await desk.ask("/send @clients Hello", having="Check, then send")
    clock.by += timedelta(minutes=16)
    assert "Too late" in await desk.press(card, "✅")
    assert not accepted(desk)


async def test_u12_two_presses_send_to_a_group_once(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    await group(desk)
    card = await desk.ask("/send @clients Hello", having="Check, then send")
    key = card.keyboard[0][0].callback_data or ""
    both = [desk.chat.press_data(desk.anna, card, key) for _ in range(2)]
    words = [await toast(desk, one) for one in both]
    assert any("is in the queue" in one for one in words)
    assert any("already confirmed" in one for one in words)
    await comes_to(desk, clock, card, "delivered 2")
    assert len(accepted(desk)) == 2


async def test_u15_a_large_group_is_confirmed_by_its_count(
    world: Stands, tmp_path: Path, clock: Ahead
) -> None:
    limits = {"undo": "0s", "type_count_over": 1}
    async with working(world.settings(tmp_path, limits=limits), clock=clock):
        await world.connect("smsc")
        await group(world)
        card = await world.ask("/send @clients Hello", having="Check, then send")
        await world.press(card, "✅")
        await world.answer(card.id, having="Type their count")
        await world.ask("2", having="is in the queue")
        await soon(world, clock, lambda: len(accepted(world)) == 2)
