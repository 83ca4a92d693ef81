"""Numbers, alphabets, segments and sender IDs against independent counts."""

import re

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.sms import Alphabet, BadNumber, NumberFault, mask, parse_msisdn, sender_id_fault, size

# The default alphabet and its extension table, typed a second time from 3GPP TS 23.038, by table columns.
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅå" "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ" " !\"#¤%&'()*+,-./" "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO" "PQRSTUVWXYZÄÖÑÜ§" "¿abcdefghijklmno" "pqrstuvwxyzäöñüà"
)  # fmt: skip
EXTENSION = "\f^{}\\[~]|€"


def test_the_alphabet_is_whole() -> None:
    assert len(set(BASIC)) == 127  # the 128th is the escape
    assert size(BASIC).alphabet is Alphabet.GSM7
    assert size(BASIC).units == 127
    assert size(EXTENSION).alphabet is Alphabet.GSM7
    assert size(EXTENSION).units == 20


@given(st.characters(codec="utf-8"))
def test_a_character_outside_both_tables_makes_it_ucs2(character: str) -> None:
    gsm = character in BASIC + EXTENSION
    assert (size(character).alphabet is Alphabet.GSM7) == gsm


def pieces(units: list[int], limit: int) -> list[int]:
    """The simple count: cut the text from the front, never through a character; the fill of each piece."""
    fills: list[int] = []
    rest = list(units)
    while rest:
        count = len(rest)
        while sum(rest[:count]) > limit:
            count -= 1
        fills.append(sum(rest[:count]))
        rest = rest[count:]
    return fills


gsm7 = st.text(alphabet=BASIC + EXTENSION * 12, max_size=400)
ucs2 = st.text(alphabet="Яж😀🇷a€", min_size=1, max_size=250).map(lambda text: "Я" + text)


@given(gsm7)
def test_gsm7_segments(text: str) -> None:
    units = [2 if character in EXTENSION else 1 for character in text]
    found = size(text)
    assert found.alphabet is Alphabet.GSM7
    assert found.units == sum(units)
    if sum(units) <= 160:
        assert (found.segments, found.left) == (1, 160 - sum(units))
    else:
        fills = pieces(units, 153)
        assert (found.segments, found.left) == (len(fills), 153 - fills[-1])


@given(ucs2)
def test_ucs2_segments(text: str) -> None:
    units = [len(character.encode("utf-16-be")) // 2 for character in text]
    found = size(text)
    assert found.alphabet is Alphabet.UCS2
    assert found.units == len(text.encode("utf-16-be")) // 2
    if sum(units) <= 70:
        assert (found.segments, found.left) == (1, 70 - sum(units))
    else:
        fills = pieces(units, 67)
        assert (found.segments, found.left) == (len(fills), 67 - fills[-1])


@pytest.mark.parametrize(
    ("text", "units", "segments", "left"),
    [
        ("", 0, 1, 160),
        ("a" * 160, 160, 1, 0),
        ("a" * 161, 161, 2, 145),
        ("a" * 306, 306, 2, 0),
        ("a" * 307, 307, 3, 152),
        ("€" * 80, 160, 1, 0),
        ("a" * 152 + "€" + "a" * 10, 164, 2, 141),  # the escape would be the 153rd: it moves over whole
        ("a" * 152 + "€" + "a" * 151, 305, 2, 0),
        ("a" * 152 + "€" + "a" * 152, 306, 3, 152),
        ("я" * 70, 70, 1, 0),
        ("я" * 71, 71, 2, 63),
        ("я" * 66 + "😀" + "я" * 10, 78, 2, 55),  # the pair moves over whole
        ("я" * 66 + "😀" + "я" * 65, 133, 2, 0),
        ("я" * 66 + "😀" + "я" * 66, 134, 3, 66),
        ("😀" * 35, 70, 1, 0),
        ("😀" * 36, 72, 2, 61),
    ],
)
def test_segments_at_their_borders(text: str, units: int, segments: int, left: int) -> None:
    found = size(text)
    assert (found.units, found.segments, found.left) == (units, segments, left)


# --- Numbers -----------------------------------------------------------------------------------------

DECORATED = [
    "+79031234567", "79031234567", "89031234567", "9031234567", "+7 (903) 123-45-67", "8 (903) 123 45 67",
    "8-903-123-45-67", "+7.903.123.45.67", " 8 903 1234567\n", "+7 903 123‑45‑67", "+7 903 123–45—67",
    "+7\u00a0903\u00a0123\u00a045\u00a067", "\u202a+7 903 123-45-67\u202c", "\ufeff79031234567",
    "(+7) 903 1234567", "+7−903−1234567", "8\u2009903\u202f1234567", "7903\u200b1234567",
]  # fmt: skip


@pytest.mark.parametrize("raw", DECORATED)
def test_a_number_is_read_as_people_write_it(raw: str) -> None:
    assert parse_msisdn(raw) == "79031234567"


@given(
    st.integers(79000000000, 79999999999).map(str).filter(lambda digits: valid(digits)),
    st.lists(
        st.sampled_from(["", " ", "-", "(", ")", ".", "\u00a0", "–", "\u202c"]), min_size=12, max_size=12
    ),
    st.sampled_from(["+7", "7", "8", ""]),
)
def test_decorations_change_nothing(digits: str, between: list[str], prefix: str) -> None:
    written = prefix + "".join(digit + mark for digit, mark in zip(digits[1:], between, strict=False))
    assert parse_msisdn(between[-1] + written) == digits


def valid(digits: str) -> bool:
    try:
        return parse_msisdn("+" + digits) == digits
    except BadNumber:
        return False


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        ("", NumberFault.MALFORMED),
        ("+", NumberFault.MALFORMED),
        ("hello", NumberFault.MALFORMED),
        ("8903123456", NumberFault.MALFORMED),
        ("890312345678", NumberFault.MALFORMED),
        ("+7903123456x", NumberFault.MALFORMED),
        ("7903+1234567", NumberFault.MALFORMED),
        ("++79031234567", NumberFault.MALFORMED),
        ("79031234567,79031234568", NumberFault.MALFORMED),
        ("٧٩٠٣١٢٣٤٥٦٧", NumberFault.MALFORMED),
        ("9" * 10_000, NumberFault.MALFORMED),
        ("+84951234567890123", NumberFault.MALFORMED),
        ("+89031234567", NumberFault.MALFORMED),  # an international number has no trunk prefix
        ("+74951234567", NumberFault.LANDLINE),
        ("84951234567", NumberFault.LANDLINE),
        ("88001234567", NumberFault.LANDLINE),
        ("+380501234567", NumberFault.FOREIGN),
        ("+77012345678", NumberFault.FOREIGN),
        ("87012345678", NumberFault.FOREIGN),
    ],
)
def test_what_is_no_mobile_number_is_dropped_with_its_reason(raw: str, fault: NumberFault) -> None:
    with pytest.raises(BadNumber) as caught:
        parse_msisdn(raw)
    assert caught.value.fault is fault
    assert caught.value.raw == raw


def test_another_region_keeps_its_own_rules() -> None:
    assert parse_msisdn("+380 50 123 45 67", region="UA") == "380501234567"
    with pytest.raises(BadNumber):
        parse_msisdn("89031234567", region="UA")


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_a_bad_one(raw: str) -> None:
    try:
        msisdn = parse_msisdn(raw)
    except BadNumber:
        return
    assert re.fullmatch(r"7\d{10}", msisdn, re.ASCII)


@given(st.from_regex(r"[0-9]{0,15}", fullmatch=True))
def test_a_masked_number_hides_its_middle(msisdn: str) -> None:
    shown = mask(msisdn)
    assert "***" in shown
    assert "  " not in shown
    assert shown == shown.strip()
    if len(msisdn) >= 9:
        assert shown.endswith(f"*** {msisdn[-4:-2]} {msisdn[-2:]}")
        assert sum(map(str.isdigit, shown)) == len(msisdn) - 3
    else:
        assert sum(map(str.isdigit, shown)) <= 2


@pytest.mark.parametrize(
    ("msisdn", "shown"),
    [
        ("79031234567", "+7 903 *** 45 67"),
        ("380501234567", "+38 050 *** 45 67"),
        ("9031234567", "+903 *** 45 67"),
        ("1234", "*** 34"),
        ("", "***"),
    ],
)
def test_masks(msisdn: str, shown: str) -> None:
    assert mask(msisdn) == shown


# --- Sender IDs --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sender_id", "fault"),
    [
        ("ACME", None),
        ("A", None),
        ("Acme-Shop.1", None),
        ("Acme & Co", None),
        ("ACME Company", "latin"),
        ("", "latin"),
        ("АСМЕ", "latin"),  # Cyrillic letters that look Latin
        ("Café", "latin"),
        (" ACME", "latin"),
        ("AC\nME", "latin"),
        ("AC\x00ME", "latin"),
        ("{ACME}", "latin"),
        ("1" * 15, None),
        ("+79031234567", None),
        ("+" + "1" * 15, None),
        ("1" * 16, "digits"),
        ("٣٣٣", "latin"),
    ],
)
def test_sender_ids(sender_id: str, fault: str | None) -> None:
    assert sender_id_fault(sender_id) == fault


def test_a_gateway_may_set_its_own_limits() -> None:
    assert sender_id_fault("ACME", latin_max=3) == "latin"
    assert sender_id_fault("12345", digits_max=4) == "digits"
    assert sender_id_fault("ACME-Company", latin_max=12) is None


def by_libphonenumber(digits: str) -> str | None:
    """The long way round: what parse_msisdn would say if it did not know Russian mobile numbers by heart."""
    number = phonenumbers.parse(f"+{digits}")
    mobile = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
    home = phonenumbers.region_code_for_number(number) == "RU"
    return digits if phonenumbers.is_valid_number(number) and mobile and home else None


def parsed(raw: str) -> str | None:
    try:
        return parse_msisdn(raw)
    except BadNumber:
        return None


def test_every_range_of_russian_mobile_numbers_is_what_libphonenumber_says() -> None:
    """Of each thousand one number, and where a range is cut more finely all of them."""
    ranges = [f"79{place:05}{rest}" for place in range(0, 100_000, 37) for rest in ("0000", "9999")]
    fine = [f"7930{place:07}" for place in range(0, 1_000_000, 97)]
    for digits in ranges + fine:
        assert parsed(digits) == by_libphonenumber(digits), digits


@given(digits=st.from_regex(r"79[0-9]{9}", fullmatch=True), prefix=st.sampled_from(["+7", "7", "8", ""]))
def test_a_russian_mobile_number_is_what_libphonenumber_says(digits: str, prefix: str) -> None:
    assert parsed(prefix + digits[1:]) == by_libphonenumber(digits)


@pytest.mark.parametrize("raw", ["+89161234567", "+9161234567", "89161234567٣", "7916123456٧", "٧9161234567"])
def test_what_only_looks_like_a_russian_mobile_number_is_none(raw: str) -> None:
    with pytest.raises(BadNumber):
        parse_msisdn(raw)


def test_countries_that_are_allowed_besides() -> None:
    assert parse_msisdn("+491711234567", abroad=["DE", "BY"]) == "491711234567"
    with pytest.raises(BadNumber) as caught:
        parse_msisdn("+491711234567", abroad=["BY"])
    assert caught.value.fault == NumberFault.FOREIGN
