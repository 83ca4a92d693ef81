"""What a text holds that cannot be seen and costs money is found and named; nothing is changed by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.letters import Oddity, links, look
from providers.sms import Alphabet, size


def odd(text: str) -> list[tuple[int, str, str]]:
    return [(one.place, one.kind, one.meant) for one in look(text).odd]


@pytest.mark.parametrize(
    "char",
    [
        *("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u200e", "\u200f", "\u202a", "\u202e"),
        *("\u2066", "\u2069", "\u034f", "\x00", "\x7f", "\u061c", "\u115f"),
    ],
)
def test_a_character_that_shows_nothing_is_found(char: str) -> None:
    assert odd(f"Code{char} 12") == [(4, Oddity.HIDDEN, "")]
    assert look(f"Code{char} 12").plain == "Code 12"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Your Co\u200bde 12", "Co"),
        ("Code\u200b\u200b 12", "Code"),
        ("Ваш код:\u00a012", "код"),
        ("\ufeffПривет, мир", "Привет"),
        ("\u200b!", ""),
    ],
)
def test_what_cannot_be_seen_has_a_word_beside_it(text: str, word: str) -> None:
    assert {one.word for one in look(text).odd} == {word}


@pytest.mark.parametrize("char", ["\u00a0", "\u202f", "\u2009", "\u3000", "\t", "\u2003", "\u2800"])
def test_a_blank_that_is_no_space_is_found(char: str) -> None:
    assert odd(f"Code{char}12") == [(4, Oddity.BLANK, " ")]


@pytest.mark.parametrize("char", ["\u2028", "\u2029", "\u0085", "\v"])
def test_a_line_break_of_another_kind_is_one(char: str) -> None:
    assert look(f"a{char}b").plain == "a\nb"


def test_a_hidden_character_is_named_and_its_price_told() -> None:
    seen = look("x" * 100 + "\u200b")
    assert (seen.size.alphabet, seen.size.segments) == (Alphabet.UCS2, 2)
    assert (seen.plain_size.alphabet, seen.saves) == (Alphabet.GSM7, 1)


@pytest.mark.parametrize(
    ("text", "plain", "places"),
    [
        ("Vаsha skidka", "Vasha skidka", [1]),  # Cyrillic а
        ("ОК, your order is ready", "OK, your order is ready", [0, 1]),  # a word wholly of Cyrillic letters
        ("Sale: СОСА-COLA", "Sale: COCA-COLA", [6, 7, 8, 9]),
        ("Ваш гoтoв", "Ваш готов", [5, 7]),
        ("CКИДКА", "СКИДКА", [0]),  # Latin C
        ("Ваш kод", "Ваш код", [4]),
        ("Promoкод", "Promoкод", []),
        ("АCК", "АСК", [1]),  # every letter could be either: the alphabet of most
        ("Отправим SMSку", "Отправим SMSку", []),
        ("Привет, ОК", "Привет, ОК", []),
        ("Пароль: ABC", "Пароль: ABC", []),
        ("ОК", "ОК", []),
        ("Your code", "Your code", []),
    ],
)
def test_letters_that_look_alike(text: str, plain: str, places: list[int]) -> None:
    assert (look(text).plain, [one.place for one in look(text).odd]) == (plain, places)
    assert all(one.kind is Oddity.LOOKALIKE and one.word for one in look(text).odd)


@pytest.mark.parametrize(
    ("text", "costly", "plain"),
    [
        ("Your “order” is ready…", "“”…", 'Your "order" is ready...'),
        ("It’s here – come", "’–", "It's here - come"),
        ("Order №5", "№", "Order N5"),
        ("Заказ «5» – готов…", "", "Заказ «5» – готов…"),  # it is UCS-2 in any case: nothing to be saved
        ("Nice 😀", "", "Nice 😀"),  # there is no plain form: it was meant
        ("It’s 😀", "", "It’s 😀"),
        ("Plain", "", "Plain"),
    ],
)
def test_what_alone_makes_a_text_ucs2_is_shown(text: str, costly: str, plain: str) -> None:
    seen = look(text)
    assert (seen.costly, seen.plain) == (costly, plain)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Go to https://example.com/a?b=1.", ["https://example.com/a?b=1"]),
        ("t.me/acme, www.acme.ru и акция.рф!", ["t.me/acme", "www.acme.ru", "акция.рф"]),
        ("HTTP://X.RU", ["HTTP://X.RU"]),
        ("a.b@mail.ru", []),
        ("Итого 5.50 руб. в ул.Ленина", []),
        ("v.2.0 и т.д.", []),
        ("x.ru x.ru", ["x.ru"]),
        ("", []),
    ],
)
def test_links(text: str, found: list[str]) -> None:
    assert list(links(text)) == found


def test_an_emoji_held_together_is_no_hidden_character() -> None:
    assert look("👨\u200d👩\u200d👧 дома").odd == ()


@given(st.text())
def test_any_text_can_be_looked_over_and_the_plain_one_is_never_dearer(text: str) -> None:
    seen = look(text)
    assert seen.size == size(text)
    assert seen.saves >= 0 or seen.plain_size.alphabet is Alphabet.GSM7
    assert all(text[one.place] == one.char for one in seen.odd)
    assert not any(one.kind is not Oddity.LOOKALIKE for one in look(seen.plain).odd)


@given(st.text(st.sampled_from("abc xyz АБВ где 123 .,!?\n")))
def test_an_ordinary_text_of_digits_and_punctuation_stays_as_it_is(text: str) -> None:
    seen = look(text)
    assert all(one.kind is Oddity.LOOKALIKE for one in seen.odd)
    assert len(seen.plain) == len(text)
