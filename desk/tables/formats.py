"""Number formats of spreadsheet programs (ECMA-376 part 1, 18.8.30 and 18.8.31).

A number as its sheet shows it, with the signs of a Russian one: a comma before the decimals, a blank between
thousands; a day or a time where the sheet shows one. What stands around the figures, such as a currency, is
left out: a text has words of its own for it. What is as long as a phone number is never grouped.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum

from .model import day, number

_UNSHOWN = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')  # quoted, coloured, spacing
_CODE = re.compile(r"[^0#?.,%/@e]*([0#?][0#?,]*)(?:\.([0#?]+))?[^0#?.,/@e]*", re.IGNORECASE)
_FIGURES = re.compile(r"\d(?:[\d\s.,'\u2019]*\d)?")
_CONDITION = re.compile(r"\[[<>=]")  # which section is for which numbers
_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_CODED = re.compile(r"0\d")
_DECIMALS = re.compile(r"[.,](\d+)$")
_LONG = 10**9  # from here on it may be a phone number
_LARGEST, _FINEST = 1e12, 12  # beyond these there is no money, and Decimal would round


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """`least` decimals always stand, up to `most` where there are so many; before them `whole` figures."""

    least: int
    most: int
    whole: int = 1
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
    **dict.fromkeys(range(14, 18), "dd.mm.yyyy"),
    **dict.fromkeys(range(18, 22), "h:mm"),
    22: "dd.mm.yyyy h:mm",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
}


class Moment(Enum):
    """What a code shows of a number of days."""

    DAY = "day"
    TIME = "time"
    BOTH = "both"
    ELAPSED = "elapsed"


def moment(code: str) -> Moment | None:
    """What of a day or a time a code asks for. None: a number."""
    if _ELAPSED.search(code):
        return Moment.ELAPSED
    asked = {letter for letter in _sections(code)[0].lower() if letter in "ymdhs"}
    if not asked:
        return None
    if not asked & {"h", "s"}:
        return Moment.DAY
    return Moment.BOTH if asked & {"y", "d"} else Moment.TIME


def at(value: float, when: datetime, shows: Moment) -> str:
    """So many days as the sheet shows them; `when`: the moment they stand for."""
    match shows:
        case Moment.DAY:
            return day(when.date())
        case Moment.TIME:
            return day(when.time())
        case Moment.ELAPSED if value >= 0:
            return day(timedelta(seconds=round(value * 86400)))
        case _:
            return day(when)


def _sections(code: str) -> list[str]:
    """Those of a format code, for positive numbers, negative ones and so on, without what is literal."""
    return _UNSHOWN.sub("", code).split(";")


def read(code: str) -> Format | None:
    """What a code asks for. None: General, an exponent, a fraction, thousands cut off, not alike for all."""
    shapes = {_section(one) for one in _sections(code)[:2] if one}
    return shapes.pop() if len(shapes) == 1 and not _CONDITION.search(code) else None


def _section(shown: str) -> Format | None:
    found = _CODE.fullmatch(shown)
    if found is None or found[1].endswith(",") or len(found[2] or "") > _FINEST:
        return None
    decimals = found[2] or ""
    return Format(
        least=decimals.count("0"),
        most=len(decimals),
        whole=found[1].count("0"),
        grouped="," in found[1],
        percent="%" in shown,
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
            whole = len(_digits(figures[0])) - decimals if _CODED.match(figures[0]) else 1
            shape = Format(least=decimals, most=decimals, whole=whole, grouped=grouped, percent=percent)
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
    whole, _, decimals = f"{abs(rounded):,f}".partition(".")
    decimals = decimals[: shape.least] + decimals[shape.least :].rstrip("0")
    text = whole.replace(",", " " if shape.grouped else "").zfill(shape.whole)
    sign = "-" if rounded.is_signed() else ""
    return sign + text + (f",{decimals}" if decimals else "") + ("%" if shape.percent else "")
