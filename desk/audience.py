"""From the rows of a table to an audience: each number checked, each that is dropped named with its row."""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple, TextIO

from providers.sms import BadNumber, NumberFault, parse_msisdn

from .columns import Columns
from .recipients import Dropped
from .tables import Row

SAMPLES = 3  # recipients that a card shows
FIRST_DROPPED = 20  # rows that a message shows

_SEVERAL = re.compile(r"[,;/|\n]| и | and ")
_DRESSED = re.compile(r"=\"([^\"]*)\"|'(.*)|(\d+)[.,]0+", re.DOTALL)
# An exponent, a column too narrow, an error instead of a value.
_MANGLED = re.compile(r"[+-]?\d(?:[.,]\d+)?[eEеЕ]\+?\d+|#{2,}|#[\w/]+[!?]?|\d+[eE]\d+")
_ZEROS = "00000"  # 7,91612E+10 read as a number again


class Recipient(NamedTuple):
    """A number that stays, with what stands in its row."""

    row: int
    msisdn: str
    values: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """An audience that does not change any more.

    `digest` is of every number with its values, in order. `people` is of the numbers alone and the same in
    whatever order: the same list, sorted anew or with another column, has the same. Both are hexadecimal.
    `dropped` counts by reason.
    """

    count: int
    digest: str
    people: str
    dropped: Mapping[str, int]
    samples: Sequence[Recipient]
    first_dropped: Sequence[Dropped]

    def as_json(self) -> dict[str, Any]:
        return {
            "count": self.count,
            "digest": self.digest,
            "people": self.people,
            "dropped": dict(self.dropped),
            "samples": [list(one) for one in self.samples],
            "first_dropped": [[one.place, one.raw, one.why] for one in self.first_dropped],
        }

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> "Frozen":
        return Frozen(
            **{
                **content,
                "samples": [Recipient(*one) for one in content["samples"]],
                "first_dropped": [
                    Dropped(place=place, raw=raw, why=why) for place, raw, why in content["first_dropped"]
                ],
            }
        )


def sift(
    rows: Iterable[Row], columns: Columns, *, region: str, abroad: Collection[str] = ()
) -> Iterator[Recipient | Dropped]:
    """Each number of each row below the header, kept or dropped. Of equals the first stays.

    `why` is a NumberFault, or `empty`, `hidden`, `mangled`, `duplicate`.
    """
    seen: set[int] = set()  # as integers: a million texts take twice as much
    for number, cells, hidden in rows:
        if number <= columns.header:
            continue
        cell = cells[columns.number] if columns.number < len(cells) else ""
        if hidden:
            yield Dropped(place=number, raw=cell, why="hidden")
            continue
        for raw, found in numbers(cell, region=region, abroad=abroad):
            if not found.isdigit():
                yield Dropped(place=number, raw=raw, why=found)
            elif (key := int(found)) in seen:
                yield Dropped(place=number, raw=raw, why="duplicate")
            else:
                seen.add(key)
                yield Recipient(number, found, cells)


def numbers(cell: str, *, region: str, abroad: Collection[str] = ()) -> list[tuple[str, str]]:
    """What stands in a cell, each with its MSISDN or the reason why it has none.

    One number, several, or one as a spreadsheet dresses it up: `="79031234567"`, `'79031234567`,
    `79031234567.0`. What a spreadsheet has cut is not guessed.
    """
    text = cell.strip()
    found = _one(text, region, abroad)
    if found != NumberFault.MALFORMED:
        return [(cell, found)]
    dressed = _DRESSED.fullmatch(text)
    if dressed:
        return [(cell, _one(next(filter(None, dressed.groups()), "").strip(), region, abroad))]
    if _MANGLED.fullmatch(text):
        return [(cell, "mangled")]
    pieces = [piece.strip() for piece in _SEVERAL.split(text)]
    several = [(piece, _one(piece, region, abroad)) for piece in pieces if piece]
    if any(one != NumberFault.MALFORMED for _, one in several):
        return several
    return [(cell, found)]


def _one(text: str, region: str, abroad: Collection[str]) -> str:
    if not text:
        return "empty"
    try:
        msisdn = parse_msisdn(text, region=region, abroad=abroad)
    except BadNumber as error:
        return error.fault
    # One in a hundred thousand ends so by itself; a stranger's phone that rings is worse than a row named.
    if text.endswith(_ZEROS) and text.isdigit():
        return "mangled"
    return msisdn


def freeze(found: Iterable[Recipient | Dropped], kept: TextIO, dropped: TextIO) -> Frozen:
    """Write down who stays and who does not, a line each in JSON: see `recipients` and `dropped_rows`."""
    whole, people, count = sha256(), 0, 0
    reasons: Counter[str] = Counter()
    samples: list[Recipient] = []
    first: list[Dropped] = []
    for one in found:
        if isinstance(one, Recipient):
            line = json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n"
            whole.update(line.encode("utf-8", "surrogatepass"))
            people += int.from_bytes(sha256(one.msisdn.encode()).digest())
            kept.write(line)
            count += 1
            if count <= SAMPLES:
                samples.append(one)
        else:
            dropped.write(json.dumps([one.place, one.raw, one.why], ensure_ascii=False) + "\n")
            reasons[one.why] += 1
            if len(first) < FIRST_DROPPED:
                first.append(one)
    return Frozen(
        count=count,
        digest=whole.hexdigest(),
        # A sum does not care for the order, and unlike an XOR it minds what comes twice.
        people=f"{people % 2**256:064x}",
        dropped=dict(reasons),
        samples=samples,
        first_dropped=first,
    )


def recipients(kept: Iterable[str]) -> Iterator[Recipient]:
    """What `freeze` kept, line by line."""
    for line in kept:
        row, msisdn, values = json.loads(line)
        yield Recipient(row, msisdn, values)


def dropped_rows(dropped: Iterable[str]) -> Iterator[Dropped]:
    """What `freeze` dropped, line by line."""
    for line in dropped:
        place, raw, why = json.loads(line)
        yield Dropped(place=place, raw=raw, why=why)
