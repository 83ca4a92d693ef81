"""What every reader of tables gives, keeps to and raises."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple


class Row(NamedTuple):
    """`number` counts from 1 as a spreadsheet program shows it. Rows in which nothing stands are left out.

    `whole`: the columns whose cells look cut and are not, as the file has them as text.
    """

    number: int
    cells: list[str]
    hidden: bool = False
    whole: frozenset[int] = frozenset()


def looks_cut(text: str) -> bool:
    """Whether it is what becomes of 7,91612E+10 when that is read as a number again."""
    return text.endswith("00000") and text.isdigit()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is read at all. `size` and `inflated` in bytes: of the file, and of what an archive unpacks to."""

    size: int = 64 * 2**20
    inflated: int = 2**30
    rows: int = 1_048_576
    columns: int = 512
    sheets: int = 200
    text: int = 32_767  # characters in a cell, as many as spreadsheet programs take


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One sheet of a file. `rows` may be called again; each call reads from the beginning.

    `sheets` are the visible ones that something stands in; `hidden_sheets` counts the others with something.
    """

    form: str  # csv, xlsx, ods, xls
    rows: Callable[[], Iterator[Row]]
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    hidden_sheets: int = 0


class BadTable(Exception):
    """A file that is not read, or not to its end. `word` names the text for a person, `details` fill it in.

    too-big, too-many-rows, too-many-columns, too-many-sheets, cell-too-long: a limit. unknown-format, html,
    macros, password, damaged, quotes, no-rows, no-sheet: the file.
    """

    def __init__(self, word: str, **details: str | int) -> None:
        super().__init__(word)
        self.word = word
        self.details = details


def number(value: float) -> str:
    """A number as a spreadsheet program shows it: fifteen digits, no exponent where it is whole."""
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.15g}"


def day(value: date | time | timedelta) -> str:
    """A date or a time as people in Russia write it."""
    if isinstance(value, datetime):
        return f"{value:%d.%m.%Y %H:%M}" if value.time() != time.min else f"{value:%d.%m.%Y}"
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    minutes = int(value.total_seconds() // 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"
