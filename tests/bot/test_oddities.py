"""What cannot be seen in a text is named in plain words, in the language of the chat."""

from zoneinfo import ZoneInfo

import pytest

from bot import oddities
from bot.words import Words

RU, EN = Words("ru", ZoneInfo("UTC")), Words("en", ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Code: АBC", "1: кириллическая А в латинском слове «АBC»"),
        ("Ваш kод", "1: латинская k в русском слове «kод»"),
        ("Ваш\u00a0код", "1: необычный пробел у слова «Ваш»"),
        ("Ваш код\u200b", "1: невидимый знак у слова «код»"),
        ("\u200b", "1: невидимый знак без слова рядом"),
    ],
)
def test_a_character_is_named_in_plain_russian(text: str, said: str) -> None:
    assert oddities.of_text(RU, text) == f"⚠ Символов, которые не то, чем кажутся: {said}"


def test_what_makes_an_sms_dearer_is_named_with_what_it_costs() -> None:
    told = oddities.of_text(EN, "It’s " + "x" * 100)
    assert told == (
        "⚠ Characters that leave less room for text in an SMS: ’\n"
        "⚠ Without them each SMS would be one segment shorter."
    )


def test_a_plain_text_has_nothing_to_say() -> None:
    assert oddities.of_text(RU, "Ваш код: 12") is None
    assert oddities.braced(RU, (), filled=True) is None
