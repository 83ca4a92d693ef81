"""XLSX (ECMA-376 part 1, SpreadsheetML), row by row in little memory, hidden rows told.

calamine reads a sheet as a whole, 280 MB for one of a million rows, and says nothing of hidden rows.
"""

import posixpath
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from . import formats
from .archive import Archive, exhaust, parse
from .formats import Format, Moment
from .model import BadTable, Limits, Row, Table, looks_cut

_PIECES = 64  # of the text of one cell, as the parser hands it over: 8 KB or an entity each
_TRUE = frozenset({"1", "true"})


class _Relation(NamedTuple):
    key: str
    kind: str
    member: str


class _Sheet(NamedTuple):
    name: str
    member: str
    visible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Book:
    """What cells refer to. By cell format, `moments` tells what of a date it shows, `shapes` how numbers."""

    sheets: Sequence[_Sheet]
    strings: "_Strings"
    moments: Sequence[Moment | None]
    shapes: Sequence[Format | None]
    epoch: datetime


class _Strings:
    """The texts that cells share, in one piece: a million Python strings take a hundred megabytes."""

    def __init__(self) -> None:
        self._texts = bytearray()
        self._ends = array("Q", [0])

    def add(self, text: str) -> None:
        self._texts += text.encode("utf-8", "replace")
        self._ends.append(len(self._texts))

    def __getitem__(self, place: int) -> str:
        if place < 0:
            raise IndexError(place)
        return self._texts[self._ends[place] : self._ends[place + 1]].decode()


def open_table(archive: Archive, limits: Limits, sheet: str | None) -> Table:
    """One sheet. Raises BadTable: unknown-format, macros, damaged, no-rows, no-sheet, a limit."""
    types = archive.read("[Content_Types].xml") if archive.has("[Content_Types].xml") else b""
    if b"macroEnabled" in types or b"vbaProject" in types:
        raise BadTable("macros")
    if b"spreadsheetml.sheet.main" not in types:
        raise BadTable("unknown-format")
    book = _book(archive, limits)
    filled = [one for one in book.sheets if any(_rows(archive, one.member, book, limits))]
    visible = [one for one in filled if one.visible]
    chosen = next((one for one in visible if sheet in {None, one.name}), None)
    if chosen is None:
        raise BadTable("no-rows" if sheet is None else "no-sheet")
    return Table(
        form="xlsx",
        rows=lambda: _rows(archive, chosen.member, book, limits),
        sheet=chosen.name,
        sheets=tuple(one.name for one in visible),
        hidden_sheets=len(filled) - len(visible),
    )


def _local(tag: str) -> str:
    return tag.rpartition(" ")[2]


def _ignore(_: str) -> None:
    pass


def _related(archive: Archive, member: str) -> list[_Relation]:
    """What a member of the archive relates to, within it."""
    folder, name = posixpath.split(member)
    found: list[_Relation] = []

    def start(tag: str, given: dict[str, str]) -> None:
        if _local(tag) == "Relationship" and given.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, given["Target"])).lstrip("/")
            found.append(_Relation(given["Id"], given["Type"].rpartition("/")[2], target))

    exhaust(parse(archive.chunks(posixpath.join(folder, "_rels", f"{name}.rels")), start, _ignore, _ignore))
    return found


def _book(archive: Archive, limits: Limits) -> _Book:
    member = next((one.member for one in _related(archive, "") if one.kind == "officeDocument"), "")
    related = _related(archive, member)
    worksheets = {one.key: one.member for one in related if one.kind == "worksheet"}
    sheets: list[_Sheet] = []
    since_1904 = False

    def start(tag: str, given: dict[str, str]) -> None:
        nonlocal since_1904
        match _local(tag):
            case "workbookPr":
                since_1904 = given.get("date1904") in _TRUE
            case "sheet":
                key = next((value for name, value in given.items() if name.endswith(" id")), "")
                if key in worksheets:
                    visible = given.get("state", "visible") == "visible"
                    sheets.append(_Sheet(given.get("name", ""), worksheets[key], visible))

    exhaust(parse(archive.chunks(member), start, _ignore, _ignore))
    if len(sheets) > limits.sheets:
        raise BadTable("too-many-sheets", limit=limits.sheets)
    moments, shapes = _styles(archive, [one.member for one in related if one.kind == "styles"])
    return _Book(
        sheets=sheets,
        strings=_strings(archive, [one.member for one in related if one.kind == "sharedStrings"]),
        moments=moments,
        shapes=shapes,
        epoch=datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30),
    )


class _Piece:
    """Character data of one element at a time; what a phonetic hint says is left out."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self.wanted = False

    def data(self, text: str) -> None:
        if self.wanted:
            if len(self._pieces) > _PIECES:
                raise BadTable("damaged")
            self._pieces.append(text)

    def take(self) -> str:
        self.wanted = False
        text = "".join(self._pieces)
        self._pieces.clear()
        return text


def _strings(archive: Archive, members: Sequence[str]) -> _Strings:
    """The first of what is at most one member."""
    strings, piece, hints = _Strings(), _Piece(), 0

    def start(tag: str, _: dict[str, str]) -> None:
        nonlocal hints
        local = _local(tag)
        hints += local == "rPh"
        piece.wanted = local == "t" and not hints

    def end(tag: str) -> None:
        nonlocal hints
        local = _local(tag)
        piece.wanted = False
        hints -= local == "rPh"
        if local == "si":
            strings.add(piece.take())

    for member in members[:1]:
        exhaust(parse(archive.chunks(member), start, end, piece.data))
    return strings


def _styles(archive: Archive, members: Sequence[str]) -> tuple[list[Moment | None], list[Format | None]]:
    """Of each cell format, what it shows of a date, and how it shows numbers (ECMA-376 part 1, 18.8.30)."""
    own: dict[int, str] = {}
    moments: list[Moment | None] = []
    shapes: list[Format | None] = []
    within = False

    def start(tag: str, given: dict[str, str]) -> None:
        nonlocal within
        match _local(tag):
            case "cellXfs":
                within = True
            case "numFmt":
                own[int(given["numFmtId"])] = given["formatCode"]
            case "xf" if within:
                key = int(given.get("numFmtId", "0"))
                code = own.get(key, formats.BUILT_IN.get(key, ""))
                moments.append(formats.moment(code))
                shapes.append(formats.read(code))

    def end(tag: str) -> None:
        nonlocal within
        within = within and _local(tag) != "cellXfs"

    for member in members[:1]:
        exhaust(parse(archive.chunks(member), start, end, _ignore))
    return moments, shapes


def _rows(archive: Archive, member: str, book: _Book, limits: Limits) -> Iterator[Row]:
    reader = _Reader(book, limits)
    kept = 0
    for _ in parse(archive.chunks(member), reader.start, reader.end, reader.data):
        for row in reader.done:
            kept += 1
            if kept > limits.rows:
                raise BadTable("too-many-rows", limit=limits.rows)
            yield row
        reader.done.clear()


class _Reader:
    """Events of one sheet, to rows in `done`. Some twelve events a row: this is where the time goes."""

    def __init__(self, book: _Book, limits: Limits) -> None:
        self.done: list[Row] = []
        self._book, self._limits = book, limits
        self._locals: dict[str, str] = {}
        self._columns: dict[str, int] = {}
        self._cells: list[str] = []
        self._whole: frozenset[int] = frozenset()
        self._number, self._hidden, self._column, self._hints = 0, False, -1, 0
        self._kind, self._style = "n", "0"
        self._pieces: list[str] = []
        self._wanted = False

    def start(self, tag: str, given: dict[str, str]) -> None:
        local = self._locals.get(tag) or self._locals.setdefault(tag, _local(tag))
        if local == "v" or (local == "t" and not self._hints):
            self._wanted = True
        elif local == "c":
            self._kind, self._style = given.get("t", "n"), given.get("s", "0")
            self._column = self._place(given["r"]) if "r" in given else self._column + 1
        elif local == "row":
            self._number = int(given["r"]) if "r" in given else self._number + 1
            self._hidden = given.get("hidden") in _TRUE
            self._cells, self._whole, self._column = [], frozenset(), -1
        elif local == "rPh":
            self._hints += 1

    def data(self, text: str) -> None:
        if self._wanted:
            if len(self._pieces) > _PIECES:
                raise BadTable("cell-too-long", row=self._number)
            self._pieces.append(text)

    def end(self, tag: str) -> None:
        local = self._locals[tag]
        if local in {"v", "t"}:
            self._wanted = False
        elif local == "c":
            if self._pieces:
                self._put("".join(self._pieces))
                self._pieces.clear()
        elif local == "row":
            if any(self._cells):
                self.done.append(Row(self._number, self._cells, self._hidden, self._whole))
        elif local == "rPh":
            self._hints -= 1

    def _place(self, reference: str) -> int:
        """`AB12`: 27."""
        letters = reference.rstrip("0123456789")
        found = self._columns.get(letters)
        if found is None:
            found = -1
            for letter in letters:
                found = (found + 1) * 26 + "ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(letter)
            self._columns[letters] = found
        return found

    def _put(self, raw: str) -> None:
        """The cell at the end of the row; those before it that the file leaves out are blank."""
        if self._column >= self._limits.columns:
            raise BadTable("too-many-columns", limit=self._limits.columns)
        text = self._shown(raw)
        if len(text) > self._limits.text:
            raise BadTable("cell-too-long", row=self._number)
        blank = self._column - len(self._cells)
        if blank < 0:
            raise ValueError("cells out of order")
        self._cells += [""] * blank
        self._cells.append(text)
        if self._kind != "n" and looks_cut(text):
            self._whole |= {self._column}

    def _shown(self, raw: str) -> str:
        match self._kind:
            case "n":
                return self._number_shown(raw)
            case "s":
                return self._book.strings[int(raw)]
            case "b":
                return "TRUE" if raw == "1" else "FALSE"
            case _:
                return raw

    def _number_shown(self, raw: str) -> str:
        style = int(self._style)
        known = style < len(self._book.moments)
        moment = self._book.moments[style] if known else None
        if moment is not None:
            value = float(raw)
            when = self._book.epoch + timedelta(seconds=round(value * 86400))
            return formats.at(value, when, moment)
        shape = self._book.shapes[style] if known else None
        if raw.isdecimal() and len(raw) < 16 and (shape is None or len(raw) > 9):
            return raw
        return formats.shown(float(raw), shape)
