"""From what people type to an audience: numbers found exactly, the text untouched, nobody twice."""

import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.recipients import Audience, Dropped, check, split

MANNERS = {
    "international": "+7{a}{b}{c}{d}",
    "without plus": "7{a}{b}{c}{d}",
    "trunk": "8{a}{b}{c}{d}",
    "brackets and dashes": "+7 ({a}) {b}-{c}-{d}",
    "brackets, no blanks": "8({a}){b}-{c}-{d}",
    "blanks": "8 {a} {b} {c} {d}",
    "plus and blanks": "+7 {a} {b} {c} {d}",
    "no-break blanks": "+7\u00a0{a}\u00a0{b}\u00a0{c}\u00a0{d}",
    "dots": "+7.{a}.{b}.{c}.{d}",
    "long dashes": "8\u2013{a}\u2013{b}\u2013{c}\u2013{d}",
    "dashes": "7-{a}-{b}-{c}{d}",
}
BLANK = " \t\r\n\u00a0"
SEPARATORS = (" ", "  ", "\n", "\r\n", "\t", "\u00a0", ",", ", ", " , ", ";", "; ", ",\n", ",,", " ;\r\n")


def written(digits: str, manner: str) -> str:
    return MANNERS[manner].format(a=digits[:3], b=digits[3:6], c=digits[6:8], d=digits[8:])


subscribers = st.builds(
    "{}{:07d}".format, st.sampled_from(["903", "916", "926", "999"]), st.integers(0, 9_999_999)
)
typed = st.builds(written, subscribers, st.sampled_from(sorted(MANNERS)))
separators = st.sampled_from(SEPARATORS)
# A text begins with no digit, and not with a first word of digits in brackets, dots or dashes either.
_BEGINS_LIKE_A_NUMBER = re.compile(rf"\d|[().\-\u2013]*\d[\d().\-\u2013]*([{BLANK},;]|$)")
texts = st.one_of(
    st.text(min_size=1),
    st.text(alphabet=string.punctuation + string.whitespace + "aЯ7", min_size=1),
    st.sampled_from(
        ["- 20%", "(акция) 5+5", "...", "\u202eabc\n\n 79031234567 ", "№ 5", "–", "x 89031234567"]
    ),
).filter(lambda text: not (text[0] in "+,;" + BLANK or _BEGINS_LIKE_A_NUMBER.match(text)))


@settings(deadline=None)  # a busy machine is no fault
@given(
    numbers=st.lists(st.tuples(typed, separators), min_size=1, max_size=8), text=texts, before=st.text(BLANK)
)
def test_numbers_and_text_come_apart_exactly(numbers: list[tuple[str, str]], text: str, before: str) -> None:
    line = before + "".join(number + separator for number, separator in numbers)
    found, rest = split(line + text)
    assert found == [number for number, _ in numbers]
    assert rest.encode("utf-8", "surrogatepass") == text.encode("utf-8", "surrogatepass")


@settings(deadline=None)
@given(numbers=st.lists(typed, min_size=1, max_size=8), separator=separators)
def test_numbers_alone_leave_no_text(numbers: list[str], separator: str) -> None:
    assert split(separator.join(numbers)) == (numbers, "")


@settings(deadline=None)
@given(subscriber=subscribers, text=texts.filter(lambda text: text[0] not in "().-\u2013"))
def test_ten_digits_are_a_number(subscriber: str, text: str) -> None:
    assert split(f"{subscriber} {text}") == ([subscriber], text)


@pytest.mark.parametrize("text", ["5 apples", "- 20%", "... hello", "(5 apples)"])
def test_ten_digits_are_a_whole_number(text: str) -> None:
    assert split(f"9031234567 {text}") == (["9031234567"], text)


@pytest.mark.parametrize(
    ("line", "numbers", "text"),
    [
        ("+79031234567 2 pizzas", ["+79031234567"], "2 pizzas"),
        ("+79031234567 15:30 at the gate", ["+79031234567"], "15:30 at the gate"),
        ("+79031234567 2nd floor", ["+79031234567"], "2nd floor"),
        ("+79031234567 10% off", ["+79031234567"], "10% off"),
        ("89031234567, 12345 hello", ["89031234567", "12345"], "hello"),  # after a comma: a bad number
        ("+123 hello", ["+123"], "hello"),  # a plus announces a number, however short
        ("hello +79031234567", [], "hello +79031234567"),
        ("+79031234567", ["+79031234567"], ""),
        ("", [], ""),
        ("  \n", [], ""),
        ("+79031234567, hello", ["+79031234567"], "hello"),
        ("+79031234567\n\nline one\n\n  line two  ", ["+79031234567"], "line one\n\n  line two  "),
    ],
)
def test_where_the_text_begins(line: str, numbers: list[str], text: str) -> None:
    assert split(line) == (numbers, text)


@settings(deadline=None)
@given(st.text(alphabet=string.digits + "+-(). ,;ab\n\u2013\u00a0"))
def test_nothing_typed_is_lost_or_made_up(line: str) -> None:
    numbers, text = split(line)
    assert line.endswith(text)
    kept = [char for char in line if char.isdigit()]
    assert kept == [char for char in "".join(numbers) + text if char.isdigit()]


@settings(deadline=None)
@given(subscriber=subscribers, manners=st.lists(st.sampled_from(sorted(MANNERS)), min_size=2, max_size=5))
def test_one_number_in_many_manners_is_one_recipient(subscriber: str, manners: list[str]) -> None:
    raws = [written(subscriber, manner) for manner in manners]
    assert check(raws, region="RU") == Audience(
        msisdns=(f"7{subscriber}",),
        dropped=tuple(
            Dropped(place=place, raw=raw, why="duplicate") for place, raw in enumerate(raws[1:], start=2)
        ),
    )


def test_what_is_dropped_is_named_with_its_place_and_reason() -> None:
    raws = ["+79031234567", "12345", "+74951234567", "+491711234567", "89031234567", "8 916 000-00-00"]
    audience = check(raws, region="RU")
    assert audience.msisdns == ("79031234567", "79160000000")
    assert [(one.place, one.raw, one.why) for one in audience.dropped] == [
        (2, "12345", "malformed"),
        (3, "+74951234567", "landline"),
        (4, "+491711234567", "foreign"),
        (5, "89031234567", "duplicate"),
    ]


def test_nobody_is_an_audience_too() -> None:
    assert check([], region="RU") == Audience(msisdns=(), dropped=())
