"""Number formats of spreadsheet programs (ECMA-376 part 1, 18.8.30 and 18.8.31).

A number as its sheet shows it, with the signs of a Russian one: a comma before the decimals, a blank between
thousands. What stands around the figures, such as a currency, is left out: a text has words of its own for
it. What is as long as a phone number is never grouped.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from .model import number

_UNSHOWN = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')  # quoted, coloured, spacing
_CODE = re.compile(r"[^0#?.,%/@e]*([0#?][0#?,]*)(?:\.([0#?]+))?[^0#?.,/@e]*", re.IGNORECASE)
_FIGURES = re.compile(r"\d(?:[\d\s.,'\u2019]*\d)?")
_DECIMALS = re.compile(r"[.,](\d+)$")
_LONG = 10**9  # from here on it may be a phone number
_LARGEST, _FINEST = 1e12, 12  # beyond these there is no money, and Decimal would round


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """`least` decimals always stand, up to `most` where there are so many."""

    least: int
    most: int
    grouped: bool = False
    percent: bool = False


# Those without a code of their own in the file.
BUILT_IN = {
    1: "0",
    2: "0.00",
    **dict.fromkeys((3, 5, 6, 37, 38, 41, 42), "#,##0"),
    **dict.fromkeys((4, 7, 8, 39, 40, 43, 44), "#,##0.00"),
    9: "0%",
    10: "0.00%",
}


def plain(code: str) -> str:
    """The first section of a format code, without what is literal in it."""
    return _UNSHOWN.sub("", code).partition(";")[0]


def read(code: str) -> Format | None:
    """What a code asks for. None: General, an exponent, a fraction, thousands cut off."""
    shown = plain(code)
    found = _CODE.fullmatch(shown)
    if found is None or found[1].endswith(",") or len(found[2] or "") > _FINEST:
        return None
    decimals = found[2] or ""
    return Format(
        least=decimals.count("0"), most=len(decimals), grouped="," in found[1], percent="%" in shown
    )


def written(text: str, value: float, *, percent: bool) -> Format | None:
    """The format by which this value has become this text. None: it has not, it is cut or something else."""
    figures = _FIGURES.search(text)
    if figures is None:
        return None
    part = _DECIMALS.search(figures[0])
    for decimals in (len(part[1]) if part else 0, 0):
        if decimals <= _FINEST:
            grouped = len(re.findall(r"\D+", figures[0])) > (decimals > 0)
            shape = Format(least=decimals, most=decimals, grouped=grouped, percent=percent)
            if _digits(shown(value, shape)) == _digits(figures[0]):
                return shape
    return None


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())


def shown(value: float, shape: Format | None) -> str:
    """The number as the sheet shows it."""
    if shape is None or not abs(value) < _LARGEST or (value.is_integer() and abs(value) >= _LONG):
        return number(value).replace(".", ",")
    exact = Decimal(f"{value:.15g}") * (100 if shape.percent else 1)
    rounded = exact.quantize(Decimal(1).scaleb(-shape.most), ROUND_HALF_UP)
    whole, _, decimals = f"{rounded:,f}".partition(".")
    decimals = decimals[: shape.least] + decimals[shape.least :].rstrip("0")
    text = whole.replace(",", " " if shape.grouped else "")
    return text + (f",{decimals}" if decimals else "") + ("%" if shape.percent else "")
