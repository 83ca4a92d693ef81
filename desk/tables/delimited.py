"""CSV: encoding and delimiter found by what stands in the file, rows one by one."""

import csv
import io
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from .guard import is_guarded
from .model import BadTable, Limits, Row, Table, looks_cut

_SAMPLE = 2**16
_CHUNK = 2**20
_SAMPLE_ROWS = 200
_LINE = 2**20  # characters; past that it is no line of a table
_DELIMITERS = "\t;,"
_UNDELIMITED = "\x1f"  # for one column: the reader must be told something, and this no table has
_FEW = 4  # zeros that prove nothing yet
_CONSISTENT = 0.9  # of the rows have the same number of columns: then it is the delimiter
_PASSABLE = 0.5
_LETTER = re.compile("[А-Яа-яЁё]")
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1e]")
_MARKUP = re.compile(r"\s*<(?:!doctype\s+html|html|table|\?xml|head|meta)", re.IGNORECASE)
_DECLARED = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
# The comma within 7,9161E+10 is a Russian decimal comma, not a delimiter.
_EXPONENT = re.compile(r"\d,\d+E\+?\d+", re.IGNORECASE)


def open_table(file: BinaryIO, limits: Limits) -> Table:
    """The rows of a text file. Raises BadTable: unknown-format, html."""
    encoding = _encoding(file)
    with _text(file, encoding) as text:
        sample = text.read(_SAMPLE)
    if _MARKUP.match(sample):
        raise BadTable("html")
    if "\0" in sample or _CONTROL.search(sample):
        raise BadTable("unknown-format")
    declared = _DECLARED.match(sample)
    delimiter = declared[1] if declared else _delimiter(sample)
    return Table(
        form="csv",
        encoding=encoding,
        delimiter=None if delimiter == _UNDELIMITED else delimiter,
        rows=lambda: _rows(file, encoding, delimiter, 0 if declared is None else 1, limits),
    )


def _encoding(file: BinaryIO) -> str:
    file.seek(0)
    sample = file.read(_SAMPLE)
    if sample.startswith(BOM_UTF8):
        return "utf-8-sig"
    if sample.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "utf-16"
    # Digits and delimiters in UTF-16 are every other byte a zero.
    zeros = [sample[start::2].count(0) for start in (0, 1)]
    if max(zeros) > max(_FEW, 0.1 * len(sample)) and min(zeros) < 0.01 * len(sample):
        return "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
    if _is_utf8(file):
        return "utf-8"
    # A spreadsheet program in Russian settings writes windows-1251, and cp866 where it says "CSV (MS-DOS)".
    letters = {
        name: len(_LETTER.findall(_high(file).decode(name, "replace"))) for name in ("cp1251", "cp866")
    }
    return max(letters, key=lambda name: letters[name])


def _is_utf8(file: BinaryIO) -> bool:
    """All of the file: the first name in Cyrillic may stand far down."""
    decoder = getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        while chunk := file.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _high(file: BinaryIO) -> bytes:
    """Bytes beyond ASCII, the first of them."""
    found = b""
    file.seek(0)
    while len(found) < _SAMPLE and (chunk := file.read(_CHUNK)):
        found += chunk.translate(None, bytes(range(128)))
    return found[:_SAMPLE]


class _Text(io.TextIOWrapper):
    """Leaves the file open when it is closed itself."""

    def __exit__(self, *_: object) -> None:
        self.detach()


def _text(file: BinaryIO, encoding: str) -> _Text:
    file.seek(0)
    return _Text(file, encoding=encoding, errors="replace", newline="")


def _delimiter(sample: str) -> str:
    """By which the rows have the same number of columns, at least two."""
    lines = _EXPONENT.sub("0", sample).splitlines(keepends=True)
    if len(lines) > 1:
        lines.pop()  # it may be cut
    shares = {delimiter: _agreement(lines, delimiter) for delimiter in _DELIMITERS}
    sure = [delimiter for delimiter, share in shares.items() if share >= _CONSISTENT]
    if sure:
        return sure[0]
    best = max(_DELIMITERS, key=lambda delimiter: shares[delimiter])
    return best if shares[best] >= _PASSABLE else _UNDELIMITED


def _agreement(lines: list[str], delimiter: str) -> float:
    """The share of rows that have the most usual number of columns; nothing where that is one."""
    try:
        rows = [row for row in islice(csv.reader(lines, delimiter=delimiter), _SAMPLE_ROWS) if any(row)]
    except csv.Error:
        return 0.0
    widths = Counter(len(row) for row in rows)
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
    return count / len(rows) if width > 1 else 0.0


def _rows(file: BinaryIO, encoding: str, delimiter: str, skipped: int, limits: Limits) -> Iterator[Row]:
    csv.field_size_limit(limits.text)  # of the whole process; nothing else here reads CSV
    with _text(file, encoding) as text:
        for _ in range(skipped):
            text.readline()
        lines = _lines(text, delimiter, limits)
        # Strict: a stray quote must not swallow the rows behind it unsaid.
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        number, kept = 0, 0
        while True:
            number += 1
            try:
                cells = next(reader, None)
            except csv.Error as error:
                word = "cell-too-long" if "field larger" in str(error) else "quotes"
                raise BadTable(word, row=number) from error
            if cells is None:
                return
            if not any(cells):
                continue
            kept += 1
            if kept > limits.rows:
                raise BadTable("too-many-rows", limit=limits.rows)
            yield _row(number, cells)


def _row(number: int, cells: list[str]) -> Row:
    """Without the apostrophes by which a cell is kept a text."""
    guards = [place for place, cell in enumerate(cells) if cell[:1] == "'" and is_guarded(cell)]
    for place in guards:
        cells[place] = cells[place][1:]
    return Row(number, cells, whole=frozenset(place for place in guards if looks_cut(cells[place])))


def _lines(text: _Text, delimiter: str, limits: Limits) -> Iterator[str]:
    while line := text.readline(_LINE):
        if len(line) == _LINE or line.count(delimiter) >= limits.columns:
            raise BadTable("too-many-columns", limit=limits.columns)
        yield line.replace("\0", "\ufffd") if "\0" in line else line
