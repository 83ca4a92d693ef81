"""ODS (OpenDocument 1.3 part 3, chapter 9), row by row, repeats bounded, hidden rows and sheets told."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from . import formats
from .archive import Archive, damage, parse
from .model import BadTable, Limits, Row, Table, day, looks_cut

_MIMETYPE = b"application/vnd.oasis.opendocument.spreadsheet"
_CONTENT = "content.xml"
_PIECES = 4096  # of the text of one cell: blanks and formatted spans are pieces of their own


class _Line(NamedTuple):
    """A row, and the sheet it is of."""

    sheet: int
    row: Row


def open_table(archive: Archive, limits: Limits, sheet: str | None) -> Table:
    """One sheet. Raises BadTable: unknown-format, macros, password, damaged, no-rows, no-sheet, a limit."""
    if archive.read("mimetype").strip() != _MIMETYPE:
        raise BadTable("unknown-format")
    if archive.under("Basic/") or archive.under("Scripts/"):
        raise BadTable("macros")
    if archive.has("META-INF/manifest.xml") and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise BadTable("password")
    reader = _Reader(limits)
    filled = sorted({line.sheet for line in _lines(archive, reader)})
    visible = [place for place in filled if reader.visible[place]]
    chosen = next((place for place in visible if sheet in {None, reader.names[place]}), None)
    if chosen is None:
        raise BadTable("no-rows" if sheet is None else "no-sheet")
    return Table(
        form="ods",
        rows=lambda: _rows(archive, chosen, limits),
        sheet=reader.names[chosen],
        sheets=tuple(reader.names[place] for place in visible),
        hidden_sheets=len(filled) - len(visible),
    )


def _lines(archive: Archive, reader: "_Reader") -> Iterator[_Line]:
    for _ in parse(archive.chunks(_CONTENT), reader.start, reader.end, reader.data):
        yield from reader.done
        reader.done.clear()


def _rows(archive: Archive, sheet: int, limits: Limits) -> Iterator[Row]:
    kept = 0
    for line in _lines(archive, _Reader(limits)):
        if line.sheet == sheet:
            kept += 1
            if kept > limits.rows:
                raise BadTable("too-many-rows", limit=limits.rows)
            yield line.row


def _local(given: dict[str, str]) -> dict[str, str]:
    return {name.rpartition(" ")[2]: value for name, value in given.items()}


class _Reader:
    """Events of content.xml, to lines in `done`."""

    def __init__(self, limits: Limits) -> None:
        self.done: list[_Line] = []
        self.names: list[str] = []
        self.visible: list[bool] = []
        self._limits = limits
        self._unseen: set[str] = set()  # styles of hidden sheets
        self._style = ""
        self._number, self._repeat, self._hidden = 1, 1, False
        self._cells: list[str] = []
        self._whole: frozenset[int] = frozenset()
        self._blank = 0  # cells that are blank so far, and no part of the row until another follows
        self._cell: dict[str, str] = {}
        self._paragraphs, self._pieces = 0, list[str]()
        self._in_cell, self._in_paragraph, self._aside = False, 0, 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        local = tag.rpartition(" ")[2]
        given = _local(attributes)
        match local:
            case "style":
                self._style = given.get("name", "")
            case "table-properties" if given.get("display") == "false":
                self._unseen.add(self._style)
            case "table" if not self._in_cell:
                self._begin(given)
            case "table-row":
                self._repeat = _count(given, "number-rows-repeated")
                self._hidden = given.get("visibility", "visible") != "visible"
                self._cells, self._whole, self._blank = [], frozenset(), 0
            case "table-cell" | "covered-table-cell":
                self._cell, self._in_cell, self._paragraphs = given, True, 0
            case "annotation" | "shape" | "frame":
                self._aside += 1
            case "p" if self._in_cell and not self._aside:
                if self._paragraphs:
                    self._add("\n")
                self._paragraphs += 1
                self._in_paragraph += 1
            case "s" if self._in_paragraph:
                self._add(" " * min(_count(given, "c"), self._limits.text))
            case "tab" if self._in_paragraph:
                self._add("\t")
            case "line-break" if self._in_paragraph:
                self._add("\n")

    def data(self, text: str) -> None:
        if self._in_paragraph and not self._aside:
            self._add(text)

    def end(self, tag: str) -> None:
        match tag.rpartition(" ")[2]:
            case "p" if self._in_paragraph and not self._aside:
                self._in_paragraph -= 1
            case "annotation" | "shape" | "frame":
                self._aside -= 1
            case "table-cell" | "covered-table-cell":
                self._end_cell()
            case "table-row":
                self._end_row()

    def _begin(self, given: dict[str, str]) -> None:
        if len(self.names) == self._limits.sheets:
            raise BadTable("too-many-sheets", limit=self._limits.sheets)
        self.names.append(given.get("name", ""))
        self.visible.append(given.get("style-name", "") not in self._unseen)
        self._number = 1

    def _add(self, text: str) -> None:
        if len(self._pieces) > _PIECES:
            raise BadTable("cell-too-long", row=self._number)
        self._pieces.append(text)

    def _end_cell(self) -> None:
        text = self._shown("".join(self._pieces))
        self._pieces.clear()
        self._in_cell = False
        if len(text) > self._limits.text:
            raise BadTable("cell-too-long", row=self._number)
        repeat = _count(self._cell, "number-columns-repeated")
        if not text:
            self._blank += repeat
            return
        if len(self._cells) + self._blank + repeat > self._limits.columns:
            raise BadTable("too-many-columns", limit=self._limits.columns)
        self._cells += [""] * self._blank + [text] * repeat
        if self._cell.get("value-type", "string") == "string" and looks_cut(text):
            self._whole |= frozenset(range(len(self._cells) - repeat, len(self._cells)))
        self._blank = 0

    def _end_row(self) -> None:
        if self._cells:
            if self._repeat > self._limits.rows:
                raise BadTable("too-many-rows", limit=self._limits.rows)
            for place in range(self._repeat):
                row = Row(self._number + place, list(self._cells), self._hidden, self._whole)
                self.done.append(_Line(len(self.names) - 1, row))
        self._number += self._repeat

    def _shown(self, text: str) -> str:
        """By the value where there is one: what is shown of a number may be cut."""
        with damage():
            match self._cell.get("value-type"):
                case "float" | "currency" | "percentage" as kind:
                    value = float(self._cell["value"])
                    shape = formats.written(text, value, percent=kind == "percentage")
                    return formats.shown(value, shape)
                case "date":
                    return day(datetime.fromisoformat(self._cell["date-value"]).replace(tzinfo=None))
                case _:
                    return text


def _count(given: dict[str, str], name: str) -> int:
    with damage():
        return max(1, int(given.get(name, "1")))
