"""XLS (BIFF8, [MS-XLS]): calamine reads the cells; a walk over the records tells what calamine does not.

That is hidden rows, macros, a password, and how far a sheet stretches: calamine makes a rectangle of it, with
every blank cell in it.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import BinaryIO

import olefile
from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from .model import BadTable, Limits, Row, Table, day, number

_EOF, _FILEPASS, _BOUNDSHEET, _ROW = 0x000A, 0x002F, 0x0085, 0x0208
_CELL = frozenset({0x0006, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E, 0x00D6, 0x00FD})
_CELLS = frozenset({0x00BD, 0x00BE})  # several in one record, the last column at its end
_ZERO_HEIGHT = 0x20  # of a ROW record: hidden


@dataclass(frozen=True, slots=True, kw_only=True)
class _Extent:
    """Of one sheet: how far its cells reach, and its hidden rows, from 0."""

    rows: int
    columns: int
    hidden: frozenset[int]


@contextmanager
def _damage() -> Iterator[None]:
    """Whatever a broken file makes of the two libraries, as BadTable.

    calamine's panics are no Exception (pyo3 PanicException), hence the wide net; nothing is awaited in it.
    """
    try:
        yield
    except (BadTable, MemoryError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise BadTable("damaged") from error


def open_table(file: BinaryIO, limits: Limits, sheet: str | None) -> Table:
    """One sheet. Raises BadTable: unknown-format, macros, password, damaged, no-rows, no-sheet, a limit."""
    with _damage():
        extents = _extents(_workbook(file), limits)
        file.seek(0)
        book = CalamineWorkbook.from_filelike(file)
        known = [
            (one.name, one.visible == SheetVisibleEnum.Visible, extent)
            for one, extent in zip(book.sheets_metadata, extents, strict=True)
            if one.typ == SheetTypeEnum.WorkSheet
        ]
    filled = [one for one in known if any(_rows(book, one[0], one[2]))]
    visible = [one for one in filled if one[1]]
    chosen = next((one for one in visible if sheet in {None, one[0]}), None)
    if chosen is None:
        raise BadTable("no-rows" if sheet is None else "no-sheet")
    name, _, extent = chosen
    return Table(
        form="xls",
        rows=lambda: _rows(book, name, extent),
        sheet=name,
        sheets=tuple(one[0] for one in visible),
        hidden_sheets=len(filled) - len(visible),
    )


def _workbook(file: BinaryIO) -> bytes:
    """The stream of records out of the compound file."""
    file.seek(0)
    compound = olefile.OleFileIO(file)
    if compound.exists("EncryptedPackage"):
        raise BadTable("password")
    if compound.exists("_VBA_PROJECT_CUR") or compound.exists("Macros"):
        raise BadTable("macros")
    name = next((one for one in ("Workbook", "Book") if compound.exists(one)), None)
    if name is None:
        raise BadTable("unknown-format")
    content: bytes = compound.openstream(name).read()
    return content


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """From the beginning of a substream to its end."""
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        if kind == _EOF:
            return
        at += 4 + length


def _extents(stream: bytes, limits: Limits) -> list[_Extent]:
    starts: list[int] = []
    for kind, body in _records(stream, 0):
        if kind == _FILEPASS:
            raise BadTable("password")
        if kind == _BOUNDSHEET:
            starts.append(int.from_bytes(body[:4], "little"))
    if len(starts) > limits.sheets:
        raise BadTable("too-many-sheets", limit=limits.sheets)
    extents = [_extent(stream, start) for start in starts]
    # Columns first: it is the better advice.
    if any(one.columns > limits.columns for one in extents):
        raise BadTable("too-many-columns", limit=limits.columns)
    if any(one.rows > limits.rows for one in extents):
        raise BadTable("too-many-rows", limit=limits.rows)
    if sum(one.rows * one.columns for one in extents) > limits.cells:
        raise BadTable("too-big", size=len(stream), limit=limits.size)
    return extents


def _extent(stream: bytes, start: int) -> _Extent:
    rows = columns = 0
    hidden: set[int] = set()
    for kind, body in _records(stream, start):
        if kind == _ROW:
            if body[12] & _ZERO_HEIGHT:
                hidden.add(int.from_bytes(body[:2], "little"))
        elif kind in _CELL or kind in _CELLS:
            row, column = struct.unpack_from("<HH", body)
            if kind in _CELLS:
                column = int.from_bytes(body[-2:], "little")
            rows, columns = max(rows, row + 1), max(columns, column + 1)
    return _Extent(rows=rows, columns=columns, hidden=frozenset(hidden))


def _rows(book: CalamineWorkbook, name: str, extent: _Extent) -> Iterator[Row]:
    with _damage():
        for place, values in enumerate(book.get_sheet_by_name(name).to_python(skip_empty_area=False)):
            cells = [_shown(value) for value in values]
            if any(cells):
                yield Row(place + 1, cells, place in extent.hidden)


def _shown(value: str | float | bool | date | time | timedelta) -> str:
    match value:
        case bool():
            return str(value).upper()
        case int() | float():
            return number(float(value))
        case str():
            return value
        case _:
            return day(value)
