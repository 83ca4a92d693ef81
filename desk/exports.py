"""Tables that go out into the chat: numbers stay text, Cyrillic stays right, no cell is ever a formula."""

import csv
import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, TextIO

from .tables.guard import guarded

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_AS_TEXT = 49  # the built-in number format of text
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ROWS = 1_048_576  # of a sheet
_TEXT = 32_767  # characters of a cell


def csv_cell(text: str) -> str:
    """With an apostrophe before it where a spreadsheet program would make something else of it than text."""
    return guarded(_CONTROL.sub("\ufffd", text))


def write_csv(file: TextIO, titles: Sequence[str], rows: Iterable[Sequence[str]], *, delimiter: str) -> None:
    """A table as text; open the file with encoding `utf-8-sig` and newline "".

    Excel takes `;` for the delimiter in Russian settings and `,` in English ones.
    """
    writer = csv.writer(file, delimiter=delimiter, lineterminator="\r\n")
    for row in chain([titles], rows):
        writer.writerow([csv_cell(cell) for cell in row])


def write_xlsx(file: BinaryIO, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table as a workbook, every cell a text; what one sheet does not hold goes on in the next."""
    import xlsxwriter  # for those who ask for a workbook

    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    # Quoted, a cell stays text even when somebody goes through it with the Enter key.
    plain = book.add_format({"num_format": _AS_TEXT, "quote_prefix": True})
    bold = book.add_format({"num_format": _AS_TEXT, "quote_prefix": True, "bold": True})
    sheet, at = book.add_worksheet(), 1
    _write(sheet, 0, titles, bold)
    for row in rows:
        if at == _ROWS:
            sheet, at = book.add_worksheet(), 1
            _write(sheet, 0, titles, bold)
        _write(sheet, at, row, plain)
        at += 1
    book.close()


def _write(sheet: "Worksheet", at: int, row: Sequence[str], style: "Format") -> None:
    for column, cell in enumerate(row):
        sheet.write_string(at, column, _CONTROL.sub("\ufffd", cell)[:_TEXT], style)
