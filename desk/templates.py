"""`{name}` in a text: read, matched with columns, filled for each recipient, measured over all of them."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO

from providers.sms import Alphabet, size

from .audience import Recipient
from .columns import Columns

ROWS_SHOWN = 20  # of the rows in which a field is empty
BRACED_SHOWN = 5  # of what leaves in braces

_MARK = re.compile(r"\{\{|\}\}|\{[^\S\n]*([^\s{}](?:[^{}\n]{0,58}[^\s{}])?)[^\S\n]*\}")
_BRACED = re.compile(r"\{[^{}]*\}")
# What the column of names answers to, whatever its title.
_OWN_NAME = frozenset({"name", "имя"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A text around its fields: one literal more than there are fields, which are named as typed."""

    literals: tuple[str, ...]
    fields: tuple[str, ...]


class UnknownFields(Exception):
    """Fields that no column has. `fields` as typed, `known` those there are."""

    def __init__(self, fields: Sequence[str], known: Sequence[str]) -> None:
        super().__init__(", ".join(fields))
        self.fields = tuple(fields)
        self.known = tuple(known)


def parse(text: str) -> Template:
    """`{{` and `}}` stand for one brace; a brace that opens or closes nothing stands for itself."""
    literals, fields, at = [""], list[str](), 0
    for mark in _MARK.finditer(text):
        literals[-1] += text[at : mark.start()]
        if mark[1] is None:
            literals[-1] += mark[0][0]
        else:
            fields.append(mark[1])
            literals.append("")
        at = mark.end()
    literals[-1] += text[at:]
    return Template(literals=tuple(literals), fields=tuple(fields))


def escaped(text: str) -> str:
    """A template that comes to this text."""
    return text.replace("{", "{{").replace("}", "}}")


def braced(text: str) -> list[str]:
    """What would leave in braces, each once: it looks like a field, and nothing fills it."""
    return list(dict.fromkeys(_BRACED.findall(text)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A template whose fields have each found its column."""

    template: Template
    places: tuple[int, ...]

    def fill(self, values: Sequence[str]) -> str:
        """The text for one recipient. A column the row does not reach is empty."""
        pieces = [self.template.literals[0]]
        for place, literal in zip(self.places, self.template.literals[1:], strict=True):
            pieces.append(values[place].strip() if place < len(values) else "")
            pieces.append(literal)
        return "".join(pieces)

    def empty(self, values: Sequence[str]) -> list[str]:
        """The fields in which nothing stands for this recipient."""
        return [
            name
            for name, place in zip(self.template.fields, self.places, strict=True)
            if place >= len(values) or not values[place].strip()
        ]


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("ё", "е").replace("_", " ").split())


def bind(template: Template, columns: Columns, more: Sequence[str] = ()) -> Bound:
    """Match fields with columns by their titles, whatever the case. Raises UnknownFields.

    `more` names what follows the columns in the values of a recipient: what we know of a contact. `{name}`
    and `{имя}` are the column of names where no column is titled so.
    """
    known = (*columns.names, *more)
    places = {_plain(name): place for place, name in reversed(list(enumerate(known)))}
    if columns.name is not None:
        places = dict.fromkeys(_OWN_NAME, columns.name) | places
    unknown = [name for name in dict.fromkeys(template.fields) if _plain(name) not in places]
    if unknown:
        raise UnknownFields(unknown, known)
    return Bound(template=template, places=tuple(places[_plain(name)] for name in template.fields))


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a text comes to over an audience.

    `by_segments`: how many recipients get a text of so many segments; `worst_row` is the first that gets the
    most. `empty`: by field, the rows in which it is empty, the first ROWS_SHOWN of them; `empty_count`: how
    many there are. It may be sent only where none is. `braced`: what leaves in braces, the first of it.
    """

    recipients: int
    segments: int
    worst: int
    worst_row: int
    longest: int
    ucs2: int
    by_segments: Mapping[int, int] = field(default_factory=dict)
    empty: Mapping[str, Sequence[int]] = field(default_factory=dict)
    empty_count: Mapping[str, int] = field(default_factory=dict)
    braced: Sequence[str] = ()

    def as_json(self) -> dict[str, Any]:
        content = {name: getattr(self, name) for name in Survey.__dataclass_fields__}
        return content | {"by_segments": [list(pair) for pair in self.by_segments.items()]}

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> "Survey":
        braced = tuple(content.get("braced", ()))  # which no draft of an earlier version has
        return Survey(**{**content, "by_segments": dict(content["by_segments"]), "braced": braced})


def survey(bound: Bound, recipients: Iterable[Recipient], texts: TextIO | None = None) -> Survey:
    """Fill and measure every text. Into `texts` each goes as a line: see `written`."""
    by_segments: Counter[int] = Counter()
    empty: dict[str, list[int]] = {}
    empty_count: Counter[str] = Counter()
    left: dict[str, None] = {}
    worst, worst_row, longest, ucs2 = 0, 0, 0, 0
    same = size(bound.template.literals[0]) if not bound.places else None
    for place, (row, _, values) in enumerate(recipients):
        for name in bound.empty(values) if bound.places else ():
            empty_count[name] += 1
            rows = empty.setdefault(name, [])
            if len(rows) < ROWS_SHOWN:
                rows.append(row)
        text = bound.fill(values)
        if "{" in text and len(left) < BRACED_SHOWN:
            left |= dict.fromkeys(braced(text))
        measured = same or size(text)
        if texts is not None:
            texts.write(json.dumps([place, text, measured.segments], ensure_ascii=False) + "\n")
        by_segments[measured.segments] += 1
        ucs2 += measured.alphabet is Alphabet.UCS2
        longest = max(longest, len(text))
        if measured.segments > worst:
            worst, worst_row = measured.segments, row
    return Survey(
        recipients=by_segments.total(),
        segments=sum(segments * count for segments, count in by_segments.items()),
        worst=worst,
        worst_row=worst_row,
        longest=longest,
        ucs2=ucs2,
        by_segments=dict(sorted(by_segments.items())),
        empty=empty,
        empty_count=dict(empty_count),
        braced=tuple(left)[:BRACED_SHOWN],
    )


def written(texts: Iterable[str]) -> Iterator[tuple[int, str, int]]:
    """What `survey` wrote: the place of a recipient, counted from 0, the text, its segments."""
    for line in texts:
        place, text, segments = json.loads(line)
        yield place, text, segments
