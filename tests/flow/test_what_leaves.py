"""What a text holds that its author does not see is said before it leaves, for one SMS and for a list."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .desk import DELIVERED, SLOW, Stands, working
from .steps import Ahead, accepted, offered, soon
from .test_lists import TWO, drop

# A title cell as people write it who were told to write fields in braces.
BRACED = f"Телефон;{{имя}}\r\n{DELIVERED};Анна\r\n{SLOW};Борис\r\n".encode("cp1251")


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def desk(world: Stands, tmp_path: Path, clock: Ahead) -> AsyncIterator[Stands]:
    async with working(world.settings(tmp_path), clock=clock):
        yield world


async def test_a_title_in_braces_is_a_field_like_any_other(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    found = await drop(desk, BRACED, having="2 recipients")
    assert " {имя}" in found.text
    assert "{{имя}}" not in found.text
    card = await desk.ask("Привет, {имя}", having="Check, then send")
    assert "braces" not in card.text
    await desk.press(card, "✅")
    await soon(desk, clock, lambda: len(accepted(desk)) == 2)
    assert {one.text for one in accepted(desk)} == {"Привет, Анна", "Привет, Борис"}


async def test_what_leaves_in_braces_is_said_on_the_card(desk: Stands) -> None:
    await desk.connect("smsc")
    card = await drop(desk, TWO, having="Check, then send", caption="Привет, {{имя}}")
    said = "⚠ This leaves as it is, with its braces: {имя}."
    assert f"{said} A field that is filled is written in single braces." in card.text
    for written in ("{{имя}}", "{имя}"):  # nothing of a typed text is filled, however it is written
        one = await offered(desk, f"/send {DELIVERED} Привет, {written}")
        assert f"{said} Fields are filled in saved texts, and in texts to files and groups." in one.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Code: АBC, " + "x" * 100, "a Cyrillic А in the Latin word “АBC”"),
        ("Co\u200bde: " + "x" * 100, "a hidden character at the word “Co”"),
    ],
)
async def test_a_character_that_doubles_the_price_is_named_on_either_card(
    desk: Stands, text: str, words: str
) -> None:
    await desk.connect("smsc")
    for card in (
        await offered(desk, f"/send {DELIVERED} {text}"),
        await drop(desk, TWO, having="Check, then send", caption=text),
    ):
        assert f"⚠ Characters that are not what they seem: 1: {words}" in card.text
        assert "Without them each SMS would be one segment shorter." in card.text


async def test_a_link_is_named_on_the_card_of_one_sms(desk: Stands) -> None:
    await desk.connect("smsc")
    card = await offered(desk, f"/send {DELIVERED} Your order: shop.example.com/1")
    assert "Links: shop.example.com/1" in card.text
    assert "⚠ Characters" not in card.text
