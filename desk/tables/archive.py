"""Members of a ZIP archive as a stream of XML events, within limits and without a DTD."""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO
from xml.parsers import expat  # nosec B406  # the parser beneath defusedxml; what that forbids is forbidden below

from .model import BadTable, Limits

_CHUNK = 2**16
_MEMBERS = 5000
_SMALL = 16 * 2**20  # bytes of a member that is read whole

_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)


@contextmanager
def damage() -> Iterator[None]:
    """What a broken archive or broken XML raises, as BadTable."""
    try:
        yield
    except (*_DAMAGE, expat.ExpatError, OverflowError, LookupError) as error:
        raise BadTable("damaged") from error


class Archive:
    """A ZIP archive that unpacks to no more than the limit. Raises BadTable."""

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        with damage():
            self._zip = zipfile.ZipFile(file)
        members = self._zip.infolist()
        # zipfile gives no more of a member than the size announced here, so this may be believed.
        inflated = sum(one.file_size for one in members)
        if len(members) > _MEMBERS or inflated > limits.inflated:
            raise BadTable("too-big", size=inflated, limit=limits.inflated)
        for one in members:
            if one.flag_bits & 1:
                raise BadTable("password")
            if one.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                raise BadTable("damaged")
        self._names = {one.filename for one in members}

    def has(self, name: str) -> bool:
        return name in self._names

    def under(self, folder: str) -> bool:
        """Whether something lies in a folder."""
        return any(name.startswith(folder) for name in self._names)

    def read(self, name: str) -> bytes:
        """A small member, whole."""
        with damage():
            if self._zip.getinfo(name).file_size > _SMALL:
                raise BadTable("damaged")
            return self._zip.read(name)

    def chunks(self, name: str) -> Iterator[bytes]:
        """A member piece by piece."""
        with damage(), self._zip.open(name) as member:
            while chunk := member.read(_CHUNK):
                yield chunk


Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Data = Callable[[str], None]


def _forbidden(*_: object) -> None:
    raise BadTable("damaged")


def parse(chunks: Iterator[bytes], start: Start, end: End, data: Data) -> Iterator[None]:
    """Feed a parser; yields after each piece, so that the caller may hand on what has come so far.

    Names come as `namespace local`. A DTD, and with it every entity, is refused; nothing else is fetched.
    """
    parser: Any = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _forbidden
    parser.EntityDeclHandler = _forbidden
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = data
    with damage():
        for chunk in chunks:
            parser.Parse(chunk)
            yield
        parser.Parse(b"", True)
    yield


def exhaust(events: Iterator[None]) -> None:
    """Parse to the end."""
    for _ in events:
        pass
