"""Which column of a table holds the numbers, which the names, and in which row the table begins.

Found by the words of its header, in Russian and English, and by what stands in the columns. What is found is
data that a person may correct; where it is not sure, `Guess.sure` says so, and they are asked.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from providers.sms import BadNumber, NumberFault, parse_msisdn

from .tables import Row

SAMPLE = 200  # rows that are looked at

_NUMBER_WORDS = re.compile(
    r"тел(?:ефон\w*)?|моб(?:ильн\w*)?|сот(?:ов\w*)?|номер\w*|msisdn|(?:tele|cell|mobile)?phones?|mobile|cell"
    r"|tel|numbers?|gsm|sms|смс|whatsapp|contacts?|контакт\w*"
)
# What else has a number: digits of an order may be somebody's phone.
_OTHER_WORDS = re.compile(
    r"заказ\w*|счет\w*|договор\w*|накладн\w*|карт\w*|полис\w*|заявк\w*|документ\w*|талон\w*"
    r"|orders?|invoices?|contracts?|cards?|accounts?|policy|requests?|documents?|tickets?|tracking|parcels?|ids?"
)
_NAME_WORDS = re.compile(
    r"имя|фио|клиент\w*|получател\w*|абонент\w*|имена|ф и о"
    r"|(?:first ?|full ?|user)?names?|customers?|clients?"
)
_WORD = re.compile(r"[^\W\d_]+")
_BLANKS = re.compile(r"[\s{}]+")  # a title with braces would be a field that no text can name
_ENOUGH, _SOME = 0.6, 0.3  # of a column are numbers
_SHOWN = 40  # characters of a column's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """How a table is to be read. Columns count from 0; `header` is the row of the names, 0 where none is.

    `names` are unique; where there is no header they are `1`, `2` and so on.
    """

    number: int
    name: int | None
    header: int
    names: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {"number": self.number, "name": self.name, "header": self.header, "names": list(self.names)}

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> "Columns":
        return Columns(**{**content, "names": tuple(content["names"])})

    def corrected(self, *, number: int) -> "Columns":
        """As a person says: the numbers stand in another column."""
        return replace(self, number=number, name=None if self.name == number else self.name)

    def named(self, name: int | None) -> "Columns":
        """As a person says: the names stand there, or nowhere."""
        return replace(self, name=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """`candidates` are the columns that may hold the numbers, best first; `sure`: nobody need be asked."""

    columns: Columns
    sure: bool
    candidates: tuple[int, ...]


def may_be_names(sample: Sequence[Sequence[str]], columns: Columns) -> list[int]:
    """The columns in whose first rows words stand, and which may hold the names, where no title says so."""
    return [
        place
        for place in range(len(columns.names))
        if place != columns.number
        and any(_WORD.search(cells[place]) for cells in sample if place < len(cells))
    ]


def find(sample: Sequence[Row], *, region: str, abroad: Collection[str] = ()) -> Guess | None:
    """What the first rows tell. None: no column looks as if it held numbers."""
    sample = sample[:SAMPLE]
    width = max((len(row.cells) for row in sample), default=0)
    scores = [_Score.of(sample, column, region, abroad) for column in range(width)]
    ranked = sorted((one for one in scores if one.likely), key=lambda one: one.rank)
    if not ranked:
        return None
    best = ranked[0]
    header, clear = _header(sample, best)
    names = _names(header.cells if header else [], width)
    rivals = [one for one in ranked[1:] if one.share >= _SOME]
    named = best.named and not any(one.named for one in rivals)
    return Guess(
        columns=Columns(
            number=best.column,
            name=_name_column(header, best.column),
            header=header.number if header else 0,
            names=names,
        ),
        sure=clear and best.share >= (_SOME if named else _ENOUGH) and (named or not rivals),
        candidates=tuple(one.column for one in ranked),
    )


def only_titled(sample: Sequence[Row]) -> str | None:
    """The title of a column of numbers below which nothing stands; None: there is no such thing."""
    last = sample[-1].cells if sample else []
    return next((cell.strip()[:_SHOWN] for cell in last if _is_of_numbers(cell)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Score:
    """Of one column: the share of numbers among what stands in it, the first row with one, its title."""

    column: int
    share: float
    first: int | None
    named: bool

    @staticmethod
    def of(sample: Sequence[Row], column: int, region: str, abroad: Collection[str]) -> "_Score":
        cells = [(row.number, row.cells[column]) for row in sample if column < len(row.cells)]
        filled = [(place, cell) for place, cell in cells if cell.strip()]
        numbers = [place for place, cell in filled if _is_number(cell, region, abroad)]
        first = numbers[0] if numbers else None
        below = [place for place, _ in filled if first is not None and place >= first]
        above = [cell for place, cell in filled if first is None or place < first]
        return _Score(
            column=column,
            share=len(numbers) / len(below) if below else 0.0,
            first=first,
            named=any(_is_of_numbers(cell) for cell in above[-1:] if first is not None),
        )

    @property
    def likely(self) -> bool:
        return self.first is not None and (self.named or self.share >= _SOME)

    @property
    def rank(self) -> tuple[bool, float, int]:
        """Named ones first, then the fuller, then the one further left."""
        return (not self.named or self.share < _SOME, -self.share, self.column)


_CUT = re.compile(r"\d[.,]?\d*e\+?\d+", re.IGNORECASE)


_QUOTED = re.compile(r"\s*(?:=\"([^\"]*)\"|'(.*))\s*", re.DOTALL)  # how CSV keeps a number a text


def _is_number(cell: str, region: str, abroad: Collection[str]) -> bool:
    """Whether it is one, or was before a spreadsheet cut it, or is one that nobody may write to."""
    quoted = _QUOTED.fullmatch(cell)
    try:
        parse_msisdn((quoted[1] or quoted[2] or "") if quoted else cell, region=region, abroad=abroad)
    except BadNumber as error:
        return error.fault != NumberFault.MALFORMED or _CUT.fullmatch(cell.strip()) is not None
    return True


def _is(cell: str, words: re.Pattern[str]) -> bool:
    """Whether a title has one of these words: `Моб. телефон`, `phone_number`."""
    parts = _WORD.findall(cell.casefold().replace("ё", "е"))
    return words.fullmatch(" ".join(parts)) is not None or any(words.fullmatch(part) for part in parts)


def _is_of_numbers(title: str) -> bool:
    """`Номер`, `Номер телефона`, and not `Номер заказа`."""
    return _is(title, _NUMBER_WORDS) and not _is(title, _OTHER_WORDS)


def _header(sample: Sequence[Row], best: _Score) -> tuple[Row | None, bool]:
    """The row right above the first number, if it is one of titles, and whether that is beyond doubt.

    A title has letters and no digits to speak of; anything else up there is a row whose number is bad.
    """
    above = [row for row in sample if best.first is not None and row.number < best.first]
    if not above:
        return None, True
    row = above[-1]
    title = row.cells[best.column].strip() if best.column < len(row.cells) else ""
    if sum(char.isdigit() for char in title) > 4 or not _WORD.search(title):
        # Rows above without a title: they are read, and dropped one by one with the reason.
        return None, title != ""
    return row, best.named


def _name_column(header: Row | None, number: int) -> int | None:
    if header is None:
        return None
    titles = [(column, cell) for column, cell in enumerate(header.cells) if column != number]
    return next((column for column, cell in titles if _is(cell, _NAME_WORDS)), None)


def _names(titles: Sequence[str], width: int) -> tuple[str, ...]:
    """Unique, of one line, without braces; a column without a title has its place for a name."""
    names: list[str] = []
    taken: set[str] = set()
    for column in range(width):
        title = _BLANKS.sub(" ", titles[column]).strip()[:_SHOWN] if column < len(titles) else ""
        name = title or str(column + 1)
        again = 2
        while name.casefold() in taken:
            name, again = f"{title or column + 1} {again}", again + 1
        taken.add(name.casefold())
        names.append(name)
    return tuple(names)
