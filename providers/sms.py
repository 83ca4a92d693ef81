"""What an SMS is, as pure functions: numbers, alphabets, segments, sender IDs.

Alphabet and segment sizes are those of 3GPP TS 23.038 and 23.040: 160 GSM-7 septets or 70 UCS-2 units in a
single message, 153 or 67 in each segment of a longer one.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from phonenumbers import PhoneNumberType
from phonenumbers.phonemetadata import PhoneMetadata

# The 3GPP TS 23.038 default alphabet without the escape, and the characters that cost two septets.
_GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_ESCAPED = frozenset("\f^{}\\[~]|€")
_GSM7_ALL = _GSM7 | _GSM7_ESCAPED


class Alphabet(StrEnum):
    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How a text travels. `units` are septets or UCS-2 units, `left` those still free in the last segment."""

    alphabet: Alphabet
    units: int
    segments: int
    left: int


# Units that fit into a segment alone, and into one of several.
_UNITS = {Alphabet.GSM7: (160, 153), Alphabet.UCS2: (70, 67)}


def room_of(alphabet: Alphabet, segments: int) -> int:
    """How many units fit into so many segments."""
    alone, part = _UNITS[alphabet]
    return alone if segments == 1 else part * segments


def size(text: str) -> Size:
    """Alphabet, units and segments of a text; an empty text is one empty segment."""
    if _GSM7_ALL.issuperset(text):
        return _fill(Alphabet.GSM7, [2 if char in _GSM7_ESCAPED else 1 for char in text])
    return _fill(Alphabet.UCS2, [2 if ord(char) > 0xFFFF else 1 for char in text])


def _fill(alphabet: Alphabet, widths: list[int]) -> Size:
    """Fill segments; a character of two units is never cut in two, so a segment may stay one short."""
    units = sum(widths)
    single, part = _UNITS[alphabet]
    if units <= single:
        return Size(alphabet=alphabet, units=units, segments=1, left=single - units)
    segments, used = 1, 0
    for width in widths:
        if used + width > part:
            segments, used = segments + 1, 0
        used += width
    return Size(alphabet=alphabet, units=units, segments=segments, left=part - used)


class NumberFault(StrEnum):
    """Why a typed number is not one an SMS goes to."""

    MALFORMED = "malformed"
    LANDLINE = "landline"
    FOREIGN = "foreign"


class BadNumber(ValueError):
    """A number that is dropped, with the reason."""

    def __init__(self, raw: str, fault: NumberFault) -> None:
        super().__init__(f"{raw}: {fault}")
        self.raw = raw
        self.fault = fault


# What people and address books put into a number: blanks, brackets, dots, every dash; and unseen, as
# phones and spreadsheets copy it, direction marks, zero-width characters and a byte-order mark.
_DECORATION = re.compile(r"[\s().\-\u2010-\u2015\u2212\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_NUMBER = re.compile(r"\+?[0-9]{1,32}")


def _russian_mobile() -> re.Pattern[str]:
    """Russian mobile numbers in digits alone, by libphonenumber's own pattern of them.

    Most of a file is these, and asking libphonenumber of each takes 20 µs. Nothing else in Russia begins
    with 9, and no other country has these numbers.
    """
    metadata = PhoneMetadata.metadata_for_region("RU")
    if metadata is None or metadata.mobile is None:
        raise RuntimeError("phonenumbers knows nothing of Russia")
    return re.compile(rf"(?:\+?7|8)?({metadata.mobile.national_number_pattern})", re.ASCII)


_RUSSIAN_MOBILE = _russian_mobile()


def parse_msisdn(raw: str, *, region: str = "RU", abroad: Collection[str] = ()) -> str:
    """The MSISDN of a number as people write it: +7, 8, brackets, dashes, blanks.

    Raises BadNumber: malformed; landline, where the range tells; foreign, when neither of `region` nor of one
    `abroad`.
    """
    typed = raw if raw.isalnum() else _DECORATION.sub("", raw)
    if region == "RU" and (mobile := _RUSSIAN_MOBILE.fullmatch(typed)):
        return f"7{mobile[1]}"
    if not _NUMBER.fullmatch(typed):
        raise BadNumber(raw, NumberFault.MALFORMED)
    digits = typed.removeprefix("+")
    # 8 is the Russian trunk prefix; gateways read ten digits from 9 as a Russian mobile number too.
    if region == "RU" and typed == digits:
        if len(digits) == 11 and digits.startswith("8"):
            digits = "7" + digits[1:]
        elif len(digits) == 10 and digits.startswith("9"):
            digits = "7" + digits
    try:
        number = phonenumbers.parse("+" + digits)
    except phonenumbers.NumberParseException:
        raise BadNumber(raw, NumberFault.MALFORMED) from None
    if not phonenumbers.is_valid_number(number):
        raise BadNumber(raw, NumberFault.MALFORMED)
    home = phonenumbers.region_code_for_number(number)
    if home != region and home not in abroad:
        raise BadNumber(raw, NumberFault.FOREIGN)
    if phonenumbers.number_type(number) not in {
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.UNKNOWN,
    }:
        raise BadNumber(raw, NumberFault.LANDLINE)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).removeprefix("+")


def mask(msisdn: str) -> str:
    """A number people may recognise but not read off: +7 903 *** 45 67. Below nine digits less is shown."""
    if len(msisdn) < 9:
        return f"*** {msisdn[-2:]}".rstrip()
    shown = (f"+{msisdn[:-10]}", msisdn[-10:-7], "***", msisdn[-4:-2], msisdn[-2:])
    return " ".join(part for part in shown if part).replace("+ ", "+")


def sender_id_fault(sender_id: str, *, latin_max: int = 11, digits_max: int = 15) -> str | None:
    """None if a gateway can carry this sender ID, else the limit it breaks: `latin` or `digits`.

    At most 11 Latin letters, digits and signs, or at most 15 digits (Devino and SMSC documents).
    """
    if sender_id.isascii() and sender_id.removeprefix("+").isdigit():
        return None if len(sender_id.removeprefix("+")) <= digits_max else "digits"
    fits = 0 < len(sender_id) <= latin_max and all(char in _GSM7 and char.isascii() for char in sender_id)
    return None if fits and sender_id.isprintable() and sender_id.strip() == sender_id else "latin"
