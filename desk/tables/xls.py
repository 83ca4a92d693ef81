"""XLS (BIFF8, [MS-XLS]), by xlrd: small by nature, so it is read whole.

calamine tells no hidden rows, and a spoilt file of 5 KB has it ask for gigabytes and abort the process.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import xlrd
from xlrd.biffh import XLRDError
from xlrd.book import Book
from xlrd.sheet import Cell, Sheet

from . import formats
from .formats import Moment
from .model import BadTable, Limits, Row, Table, looks_cut

_VISIBLE = 0


@contextmanager
def _damage() -> Iterator[None]:
    """Whatever a broken file makes of xlrd, which checks little: as BadTable."""
    try:
        yield
    except (BadTable, MemoryError):
        raise
    except XLRDError as error:
        raise BadTable("password" if "encrypted" in str(error) else "damaged") from error
    except Exception as error:
        raise BadTable("damaged") from error


def open_table(file: BinaryIO, limits: Limits, sheet: str | None) -> Table:
    """One sheet. Raises BadTable: macros, password, damaged, no-rows, no-sheet, a limit."""
    file.seek(0)
    content = file.read()
    for name, word in (("EncryptedPackage", "password"), ("_VBA_PROJECT_CUR", "macros")):
        if name.encode("utf-16-le") in content:
            raise BadTable(word)
    with _damage(), Path(os.devnull).open("w") as nowhere:  # where it is to write its remarks
        # Without the formatting it does not tell hidden rows; ragged, it makes no rectangle of blank cells.
        book = xlrd.open_workbook(
            file_contents=content, logfile=nowhere, formatting_info=True, ragged_rows=True
        )
        if book.nsheets > limits.sheets:
            raise BadTable("too-many-sheets", limit=limits.sheets)
        filled = [one for one in book.sheets() if any(_rows(one, book, limits))]
    visible = [one for one in filled if one.visibility == _VISIBLE]
    chosen = next((one for one in visible if sheet in {None, one.name}), None)
    if chosen is None:
        raise BadTable("no-rows" if sheet is None else "no-sheet")
    return Table(
        form="xls",
        rows=lambda: _rows(chosen, book, limits),
        sheet=chosen.name,
        sheets=tuple(one.name for one in visible),
        hidden_sheets=len(filled) - len(visible),
    )


def _rows(sheet: Sheet, book: Book, limits: Limits) -> Iterator[Row]:
    kept = 0
    for place in range(sheet.nrows):
        with _damage():
            given = sheet.row(place)
            cells = [_shown(cell, book) for cell in given]
            texts = [cell.ctype == xlrd.XL_CELL_TEXT for cell in given]
            hidden = place in sheet.rowinfo_map and bool(sheet.rowinfo_map[place].hidden)
        if any(cells):
            kept += 1
            if kept > limits.rows:
                raise BadTable("too-many-rows", limit=limits.rows)
            if len(cells) > limits.columns:
                raise BadTable("too-many-columns", limit=limits.columns)
            whole = frozenset(at for at, text in enumerate(texts) if text and looks_cut(cells[at]))
            yield Row(place + 1, cells, hidden, whole)


def _shown(cell: Cell, book: Book) -> str:
    match cell.ctype, cell.value:
        case xlrd.XL_CELL_DATE, float(value):
            when = xlrd.xldate_as_datetime(value, book.datemode)
            return formats.at(value, when, formats.moment(_code(cell, book)) or Moment.BOTH)
        case xlrd.XL_CELL_BOOLEAN, value:
            return "TRUE" if value else "FALSE"
        case xlrd.XL_CELL_ERROR, int(value):
            return xlrd.error_text_from_code.get(value, "#N/A")
        case _, float(value):
            return formats.shown(value, formats.read(_code(cell, book)))
        case _, value:
            return str(value)


def _code(cell: Cell, book: Book) -> str:
    style = book.xf_list[cell.xf_index or 0]  # without one it is the first, the plain one
    return str(book.format_map[style.format_key].format_str)
