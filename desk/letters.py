"""What a text holds that its reader cannot see and its sender pays for.

Hidden characters, letters of the other alphabet that look alike, characters that cost segments; and links.

One letter outside GSM-7 makes a text UCS-2, 70 characters instead of 160. Nothing is changed by
itself: a text goes out as it was typed, unless a person takes the offered one.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from providers.sms import Alphabet, Size, size

# Each Cyrillic letter with the Latin one that looks like it.
_CYRILLIC = "АВЕЅІЈКМНОРСТУХаеѕіјорсухԁԛԝҺ"
_LATIN = "ABESIJKMHOPCTYXaesijopcyxdqwH"
_TO_LATIN = dict(zip(_CYRILLIC, _LATIN, strict=True))
# The Latin k slips into Russian words; the Cyrillic к is too short to pass for it in Latin ones.
_TO_CYRILLIC = {_TO_LATIN[cyrillic]: cyrillic for cyrillic in "АВЕІКМНОРСТУХаеіорсух"} | {"k": "к"}

_WORD = re.compile(r"[^\W\d_]+")
_SEEN = re.compile(r"[^\W_]+")
_NEAR = 40  # characters to either side in which the word beside a character is looked for
_LINK = re.compile(
    r"(?:https?://|www\.)\S+"
    r"|(?<![\w@.-])(?:[\w-]{1,63}\.)+(?:[a-z]{2,24}|рф|рус|москва|онлайн|сайт)\b(?:[/?#:]\S*)?",
    re.IGNORECASE,
)
_TAIL = ".,;:!?)»\"'"
# What people mean by the marks that word processors put in. What is not here has no plain form.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("«»“”„‟″", '"'),
        **dict.fromkeys("‘’‚‛′`", "'"),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        "…": "...",
        "№": "N",
        "•": "-",
        "×": "x",
        "\t": " ",
    }
)
_LINES = str.maketrans({"\u2028": "\n", "\u2029": "\n", "\u0085": "\n", "\v": "\n"})


class Oddity(StrEnum):
    """`hidden` shows nothing, `blank` looks like a space and is none, `lookalike` like another letter."""

    HIDDEN = "hidden"
    BLANK = "blank"
    LOOKALIKE = "lookalike"


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """A character at a place, from 0: the `word` it stands in or beside, and the plain one that is `meant`.

    Both may be empty.
    """

    place: int
    char: str
    kind: Oddity
    word: str
    meant: str

    @property
    def is_cyrillic(self) -> bool:
        return _is_cyrillic(self.char)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What there is to say of a text.

    `costly`: the characters that alone make it UCS-2; without them it would be GSM-7. `plain`: the
    text without what is odd, and without what is costly where that has a plain form; what it would take.
    """

    size: Size
    odd: tuple[Odd, ...]
    links: tuple[str, ...]
    costly: str
    plain: str
    plain_size: Size

    @property
    def saves(self) -> int:
        """Segments that the plain text would save each recipient."""
        return self.size.segments - self.plain_size.segments


def look(text: str) -> Look:
    """Look a text over."""
    odd = tuple(sorted((*_unseen(text), *_lookalikes(text)), key=lambda one: one.place))
    meant = {one.place: one.meant for one in odd}
    plain = "".join(meant.get(place, char) for place, char in enumerate(text))
    measured, costly = size(text), ""
    if size(plain).alphabet is Alphabet.UCS2 and not _has_cyrillic(plain):
        simple = _simple(plain)
        if size(simple).alphabet is Alphabet.GSM7:
            costly = "".join(dict.fromkeys(char for char in plain if size(char).alphabet is Alphabet.UCS2))
            plain = simple
    return Look(size=measured, odd=odd, links=links(text), costly=costly, plain=plain, plain_size=size(plain))


def links(text: str) -> tuple[str, ...]:
    """Addresses in a text, with and without `https://`; the stop that ends a sentence is no part of one."""
    return tuple(dict.fromkeys(found[0].rstrip(_TAIL) for found in _LINK.finditer(text)))


def _has_cyrillic(text: str) -> bool:
    return any(_is_cyrillic(char) for char in text)


def _is_cyrillic(char: str) -> bool:
    return "\u0400" <= char <= "\u052f"


def _is_latin(char: str) -> bool:
    return "A" <= char <= "Z" or "a" <= char <= "z" or "\u00c0" <= char <= "\u024f"


def _simple(text: str) -> str:
    return text.translate(_PLAIN)


def _unseen(text: str) -> Iterator[Odd]:
    """Controls, format characters and blanks other than the space and the line break."""
    for place, char in enumerate(text):
        if char in " \n" or " " < char < "\x7f" or _is_cyrillic(char):
            continue
        category = unicodedata.category(char)
        if category in {"Zs", "Zl", "Zp"} or char in "\t\v\u0085\u2800\u3164":
            meant = char.translate(_LINES)
            meant = meant if meant == "\n" else " "
            yield Odd(place=place, char=char, kind=Oddity.BLANK, word=_beside(text, place), meant=meant)
        elif (category in {"Cc", "Cf", "Cs"} and not _joins(text, place)) or char in "\u034f\u115f\u1160":
            yield Odd(place=place, char=char, kind=Oddity.HIDDEN, word=_beside(text, place), meant="")


def _beside(text: str, place: int) -> str:
    """The word that ends before a place, or else the one that begins after it."""
    before = _SEEN.findall(text[max(0, place - _NEAR) : place])
    after = _SEEN.findall(text[place + 1 : place + 1 + _NEAR])
    return next(iter([*before[-1:], *after[:1]]), "")


def _joins(text: str, place: int) -> bool:
    """Whether this holds an emoji together, as in a family, and so is seen after all."""
    around = text[place - 1 : place] + text[place + 1 : place + 2]
    return text[place] == "\u200d" and len(around) == 2 and all(char > "\u2000" for char in around)


def _lookalikes(text: str) -> Iterator[Odd]:
    """Letters of one alphabet in a word, or a text, of the other."""
    words = [_Word(found[0], found.start()) for found in _WORD.finditer(text)]
    in_latin = any(one.surely_latin for one in words) and not any(one.surely_cyrillic for one in words)
    for one in words:
        strange = one.strange(in_latin=in_latin)
        for place, char in enumerate(one.text):
            if char in strange:
                meant = strange[char]
                yield Odd(place=one.at + place, char=char, kind=Oddity.LOOKALIKE, word=one.text, meant=meant)


class _Word:
    """A run of letters, and its letters by alphabet."""

    def __init__(self, text: str, at: int) -> None:
        self.text, self.at = text, at
        self._latin = [char for char in text if _is_latin(char)]
        self._cyrillic = [char for char in text if _is_cyrillic(char)]
        # Whether what it has of an alphabet could as well be the other.
        self._latin_alike = all(char in _TO_CYRILLIC for char in self._latin)
        self._cyrillic_alike = all(char in _TO_LATIN for char in self._cyrillic)

    @property
    def surely_latin(self) -> bool:
        return not self._latin_alike and self._cyrillic_alike

    @property
    def surely_cyrillic(self) -> bool:
        return not self._cyrillic_alike and self._latin_alike

    def strange(self, *, in_latin: bool) -> dict[str, str]:
        """The letters that do not belong, with those that were meant.

        Where both alphabets have a letter that is only theirs (`SMSка`), nobody was deceived.
        """
        if not self._cyrillic or (not self._latin and not in_latin):
            return {}
        if self.surely_latin or (self._cyrillic_alike and self._latin_alike and self._mostly_latin(in_latin)):
            return {char: _TO_LATIN[char] for char in self._cyrillic}
        return {char: _TO_CYRILLIC[char] for char in self._latin} if self._latin_alike else {}

    def _mostly_latin(self, in_latin: bool) -> bool:
        return in_latin or len(self._latin) > len(self._cyrillic)
