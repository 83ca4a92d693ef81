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
from .tables.model import looks_cut

SAMPLES = 3  # recipients that a card shows
FIRST_DROPPED = 20  # rows that a message shows

_SEVERAL = re.compile(r"[,;/|\n]| и | and ")
_DRESSED = re.compile(r"=\"([^\"]*)\"|'(.*)|(\d+)[.,]0+", re.DOTALL)
# An exponent, a column too narrow, an error instead of a value.
_MANGLED = re.compile(r"[+-]?\d(?:[.,]\d+)?[eEеЕ]\+?\d+|#{2,}|#[\w/]+[!?]?|\d+[eE]\d+")
_MANY = 1000  # numbers that look cut, after which nobody thinks of chance any more
_CHANCE = 10_000  # one of so many may look cut without being it: ten times what chance makes of them
_FEW = 3  # whole numbers beside which one that looks cut is not


class Recipient(NamedTuple):
    """A number that stays, with what stands in its row."""

    row: int
    msisdn: str
    values: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """An audience that does not change any more.

    `digest` is of every number with its values, in order, hexadecimal. `dropped` counts by reason.
    """

    count: int
    digest: str
    dropped: Mapping[str, int]
    samples: Sequence[Recipient]
    first_dropped: Sequence[Dropped]

    def as_json(self) -> dict[str, Any]:
        return {
            "count": self.count,
            "digest": self.digest,
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

    `why` is a NumberFault, or `empty`, `hidden`, `mangled`, `duplicate`. Those that look cut come last: a
    spreadsheet program cuts all figures of a column, so that one among whole ones is whole as well. More of
    them than chance makes are cut: where some numbers are kept as text, it cuts the others alone.
    """
    seen: set[int] = set()  # as integers: a million texts take twice as much
    doubtful: list[tuple[int, str, list[str]]] = []
    cut, plain = False, 0
    for number, cells, hidden, whole in rows:
        if number <= columns.header:
            continue
        cell = cells[columns.number] if columns.number < len(cells) else ""
        if hidden:
            yield Dropped(place=number, raw=cell, why="hidden")
            continue
        for raw, found in numbers(cell, region=region, abroad=abroad, whole=columns.number in whole):
            if found == "mangled" and not cut and looks_cut(raw.strip()):
                doubtful.append((number, raw, cells))
                cut = len(doubtful) > _MANY
                continue
            plain += found.isdigit() and raw.strip().isdigit()
            yield _once(seen, number, raw, found, cells)
    cut = cut or len(doubtful) > max(plain // _CHANCE, int(plain >= _FEW))
    for number, raw, cells in doubtful:
        found = "mangled" if cut else parse_msisdn(raw.strip(), region=region, abroad=abroad)
        yield _once(seen, number, raw, found, cells)


def _once(seen: set[int], number: int, raw: str, found: str, cells: Sequence[str]) -> Recipient | Dropped:
    """Of equals the first stays; `found` is an MSISDN, or why there is none."""
    if not found.isdigit():
        return Dropped(place=number, raw=raw, why=found)
    if int(found) in seen:
        return Dropped(place=number, raw=raw, why="duplicate")
    seen.add(int(found))
    return Recipient(number, found, cells)


def numbers(
    cell: str, *, region: str, abroad: Collection[str] = (), whole: bool = False
) -> list[tuple[str, str]]:
    """What stands in a cell, each with its MSISDN or the reason why it has none.

    One number, several, or one as a spreadsheet dresses it up: `="79031234567"`, `'79031234567`,
    `79031234567.0`. What a spreadsheet has cut is not guessed; `whole`: it has not, whatever it looks like.
    """
    text = cell.strip()
    found = _one(text, region, abroad, whole=whole)
    if found != NumberFault.MALFORMED:
        return [(cell, found)]
    dressed = _DRESSED.fullmatch(text)
    if dressed:
        as_text, figure = dressed[1] or dressed[2], dressed[3]
        bare = (as_text or figure or "").strip()
        return [(cell, _one(bare, region, abroad, whole=as_text is not None))]
    if _MANGLED.fullmatch(text):
        return [(cell, "mangled")]
    pieces = [piece.strip() for piece in _SEVERAL.split(text)]
    several = [(piece, _one(piece, region, abroad, whole=whole)) for piece in pieces if piece]
    if any(one != NumberFault.MALFORMED for _, one in several):
        return several
    return [(cell, found)]


def _one(text: str, region: str, abroad: Collection[str], *, whole: bool) -> str:
    if not text:
        return "empty"
    try:
        msisdn = parse_msisdn(text, region=region, abroad=abroad)
    except BadNumber as error:
        return error.fault
    # Few end so by themselves; a stranger's phone that rings is worse than a row named.
    return "mangled" if looks_cut(text) and not whole else msisdn


def freeze(found: Iterable[Recipient | Dropped], kept: TextIO, dropped: TextIO) -> Frozen:
    """Write down who stays and who does not, a line each in JSON: see `recipients` and `dropped_rows`."""
    whole, count = sha256(), 0
    reasons: Counter[str] = Counter()
    samples: list[Recipient] = []
    first: list[Dropped] = []
    for one in found:
        if isinstance(one, Recipient):
            line = json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n"
            whole.update(line.encode("utf-8", "surrogatepass"))
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
