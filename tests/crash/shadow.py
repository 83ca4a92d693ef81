"""A shadow disk: what SQLite writes is written down, so that the disk after a power cut can be made up.

Killing a process loses nothing that the system has already got, and a copy of a live file has it all, too:
a wrong `synchronous` shows in neither. So the VFS that SQLite opens its files through is replaced, within the
very library that Python's sqlite3 uses. The files themselves behave as ever; each write, truncation, sync and
removal is appended to a record, with the `storage.fault` points between them. From any prefix of the record
follows what a disk may hold that keeps only what was synced, and of the rest some.

Only five functions of SQLite's own VFS are replaced, in copies of its tables; all others stay as they are.
The layout of these tables is part of SQLite's interface: https://sqlite.org/c3ref/io_methods.html and
https://sqlite.org/c3ref/vfs.html.
"""

import _sqlite3
import ctypes
import os
import pickle
from collections.abc import Callable, Iterator
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_int, c_int64, c_void_p
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAME = b"smsdesk-shadow"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened: write, truncate, sync, remove, or passed for a point of the program."""

    what: str
    name: str  # of the file, or of the point
    at: int = 0  # offset of a write, size of a truncation
    data: bytes = b""


class _File(ctypes.Structure):
    _fields_ = (("methods", c_void_p),)


# SQLite keeps the name where it is: it is handed on as it came, and not as a copy that goes.
_OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, POINTER(_File), c_int, POINTER(c_int))
_DELETE = CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)
_WRITE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_TRUNCATE = CFUNCTYPE(c_int, c_void_p, c_int64)
_SYNC = CFUNCTYPE(c_int, c_void_p, c_int)


class _Vfs(ctypes.Structure):
    _fields_ = (
        ("version", c_int),
        ("file_size", c_int),
        ("path_max", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("data", c_void_p),
        ("open", c_void_p),
        ("delete", c_void_p),
        ("rest", c_void_p * 14),  # xAccess to xNextSystemCall, of version 3
    )


class _Methods(ctypes.Structure):
    _fields_ = (
        ("version", c_int),
        ("close", c_void_p),
        ("read", c_void_p),
        ("write", c_void_p),
        ("truncate", c_void_p),
        ("sync", c_void_p),
        ("rest", c_void_p * 13),  # xFileSize to xUnfetch, of version 3
    )


class Disk:
    """Replaces the default VFS of this process; `record` is told every step."""

    def __init__(self, record: Callable[[Step], None]) -> None:
        self._record = record
        self._names: dict[int, str] = {}  # of open files, by address
        self._tables: dict[int, _Methods] = {}  # our copies, by the address of the original
        self._kept: list[Any] = []
        library = ctypes.CDLL(_sqlite3.__file__)
        library.sqlite3_vfs_find.restype = POINTER(_Vfs)
        self._original = library.sqlite3_vfs_find(None).contents
        self._vfs = _Vfs.from_buffer_copy(self._original)
        self._vfs.name = NAME
        self._vfs.next = None
        self._open = _OPEN(self._original.open)
        self._delete = _DELETE(self._original.delete)
        self._vfs.open = self._keep(_OPEN(self._on_open))
        self._vfs.delete = self._keep(_DELETE(self._on_delete))
        if library.sqlite3_vfs_register(ctypes.byref(self._vfs), 1) != 0:
            raise RuntimeError("SQLite does not take the shadow disk")

    def _keep(self, function: Any) -> int | None:
        self._kept.append(function)
        return ctypes.cast(function, c_void_p).value

    def _on_open(self, vfs: int, name: int | None, file: Any, flags: int, out: Any) -> int:
        code = int(self._open(vfs, name, file, flags, out))
        table = file.contents.methods
        if code == 0 and table and name is not None:
            self._names[ctypes.addressof(file.contents)] = Path(os.fsdecode(ctypes.string_at(name))).name
            if table not in self._tables:
                self._tables[table] = self._copy(table)
            file.contents.methods = ctypes.addressof(self._tables[table])
        return code

    def _on_delete(self, vfs: int, name: bytes, sync_folder: int) -> int:
        self._record(Step("remove", Path(os.fsdecode(name)).name))
        return int(self._delete(vfs, name, sync_folder))

    def _copy(self, table: int) -> _Methods:
        """The table of functions of one kind of file, three of them ours."""
        copy = _Methods.from_buffer_copy(_Methods.from_address(table))
        write, truncate, sync = _WRITE(copy.write), _TRUNCATE(copy.truncate), _SYNC(copy.sync)

        def on_write(file: int, data: int, size: int, at: int) -> int:
            self._record(Step("write", self._names[file], at, ctypes.string_at(data, size)))
            return int(write(file, data, size, at))

        def on_truncate(file: int, size: int) -> int:
            self._record(Step("truncate", self._names[file], size))
            return int(truncate(file, size))

        def on_sync(file: int, flags: int) -> int:
            code = int(sync(file, flags))
            self._record(Step("sync", self._names[file]))
            return code

        copy.write = self._keep(_WRITE(on_write))
        copy.truncate = self._keep(_TRUNCATE(on_truncate))
        copy.sync = self._keep(_SYNC(on_sync))
        return copy


def witness(path: Path, strike: Callable[[str], None]) -> Callable[[str], None]:
    """Write down, from now on, what this process does to its database, and the points it passes."""
    record = path.open("ab")

    def note(step: Step) -> None:
        pickle.dump((step.what, step.name, step.at, step.data), record)
        record.flush()

    disk = Disk(note)

    def passed(point: str) -> None:
        note(Step("passed", point))
        strike(point)
        assert disk is not None

    return passed


def read(path: Path) -> Iterator[Step]:
    """What was written down."""
    with path.open("rb") as record:
        while True:
            try:
                yield Step(*pickle.load(record))  # noqa: S301 - our own
            except EOFError:
                return
