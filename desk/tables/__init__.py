"""A file that somebody dropped into the chat, as rows of text: CSV in many manners, XLSX, ODS, XLS.

What a file is, its first bytes say; its name and the type it was announced with are not asked. All readers
stream but the one of XLS, which is small by nature. They hold the interpreter while they parse, so a bot
reads files in a process of their own: desk.aside.
"""

import os
from typing import BinaryIO

from .archive import Archive
from .model import BadTable, Limits, Row, Table

__all__ = ["BadTable", "Limits", "Row", "Table", "open_table"]

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
# Documents and pictures that get renamed: some of them could pass for a text of one column.
_NO_TABLES = (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"{\\rtf")
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def open_table(file: BinaryIO, limits: Limits, sheet: str | None = None) -> Table:
    """The sheet of that name, else the first visible one that something stands in. Raises BadTable.

    The file stays open for as long as rows are read of it. Reading rows raises BadTable too.
    """
    from . import delimited, ods, xls, xlsx  # who only asks for a file to be read aside needs none of them

    size = file.seek(0, os.SEEK_END)
    if size > limits.size:
        raise BadTable("too-big", size=size, limit=limits.size)
    file.seek(0)
    head = file.read(8)
    if not head:
        raise BadTable("no-rows")
    if head.startswith(_NO_TABLES):
        raise BadTable("not-a-table")
    if head == _COMPOUND:
        return xls.open_table(file, limits, sheet)
    if not head.startswith(_ZIP):
        return delimited.open_table(file, limits)
    archive = Archive(file, limits)
    if archive.has("mimetype"):
        return ods.open_table(archive, limits, sheet)
    return xlsx.open_table(archive, limits, sheet)
