"""From what people type to an audience: find the numbers, check them, say what was dropped and why."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from providers.sms import BadNumber, parse_msisdn

_SEPARATORS = " \t\r\n,;\u00a0"
_PIECE = re.compile(r"\+?[\d()\-–.]+")  # a number, or a part of one written with blanks
STOPPED = "stop-list"  # why nothing goes to somebody who wants no more
_ENOUGH = 11  # digits of a number in Russia and in the countries beside it


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """`place` counts what was typed from 1. `why` is a NumberFault, `duplicate` or STOPPED."""

    place: int
    raw: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """The numbers that stay, in the order typed and each once, and those that do not."""

    msisdns: tuple[str, ...]
    dropped: tuple[Dropped, ...]


def split(line: str) -> tuple[list[str], str]:
    """The numbers at the beginning of a line, and the rest of it, which is the text.

    Numbers stand apart by blanks, commas, semicolons or line breaks. After a comma or semicolon a number must
    come; after a blank, only what is as long as one is taken for one, so that a text may begin with a digit.
    """
    numbers: list[str] = []
    at, must = _skip(line, 0)
    must = True
    while at < len(line):
        raw, end = _number_at(line, at)
        digits = sum(char.isdigit() for char in raw)
        if not raw or not (digits >= 10 or (must and digits) or (raw.startswith("+") and digits)):
            break
        numbers.append(raw)
        at, must = _skip(line, end)
    return numbers, line[at:]


def _skip(line: str, at: int) -> tuple[int, bool]:
    """Past the separators; whether a comma or semicolon was among them."""
    start = at
    while at < len(line) and line[at] in _SEPARATORS:
        at += 1
    return at, "," in line[start:at] or ";" in line[start:at]


def _number_at(line: str, at: int) -> tuple[str, int]:
    """One number with the blanks inside it: pieces are joined while they make no more than a whole number."""
    end, digits = at, 0
    while piece := _PIECE.match(line, end):
        more = sum(char.isdigit() for char in piece[0])
        follows = line[piece.end() : piece.end() + 1]
        if follows and follows not in _SEPARATORS:
            break  # a piece of a word: 2nd, 10%
        if end > at and (digits + more > _ENOUGH or not more or piece[0].startswith("+")):
            break
        digits += more
        stop = piece.end()
        at_blank = line[stop : stop + 1] in {" ", "\u00a0"} and stop < len(line)
        # Ten digits from 9 in one piece are a whole Russian number; with blanks inside they may be the
        # beginning of a longer foreign one.
        whole = digits >= _ENOUGH or (end == at and more == 10 and piece[0].startswith("9"))
        if whole or not at_blank:
            return line[at:stop], stop
        end = stop + 1
    # Pieces that never made a whole number: only the first is taken, the rest is text.
    first = _PIECE.match(line, at)
    if first is None or (line[first.end() : first.end() + 1] or " ") not in _SEPARATORS:
        return "", at
    joined = line[at:end].rstrip()
    if sum(char.isdigit() for char in joined) == 10:
        return joined, at + len(joined)
    return first[0], first.end()


def check(
    raws: Sequence[str], *, region: str, abroad: Collection[str] = (), stopped: Collection[str] = ()
) -> Audience:
    """Parse, drop what no SMS reaches and who is `stopped`, and keep the first of equals."""
    kept: dict[str, None] = {}
    dropped: list[Dropped] = []
    for place, raw in enumerate(raws, start=1):
        try:
            msisdn = parse_msisdn(raw, region=region, abroad=abroad)
        except BadNumber as error:
            dropped.append(Dropped(place=place, raw=raw, why=error.fault))
            continue
        if msisdn in stopped:
            dropped.append(Dropped(place=place, raw=raw, why=STOPPED))
            continue
        if msisdn in kept:
            dropped.append(Dropped(place=place, raw=raw, why="duplicate"))
        kept[msisdn] = None
    return Audience(msisdns=tuple(kept), dropped=tuple(dropped))
