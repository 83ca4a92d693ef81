"""Spoilt replies: what a cut line, a proxy, a bug or an attacker makes of a good one. Seeded."""

import copy
import json
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from random import Random
from types import FrameType
from typing import Any

from lxml import etree

from providers.errors import GatewayError
from providers.wire import HttpResponse
from tests.providers.exchanges import Exchange

TIME_LIMIT = 5.0  # seconds for one reply; a good one takes about a thousandth

TOKENS: Sequence[bytes] = (
    *(b"<", b">", b"/>", b"</", b"<?", b"?>", b"&", b"&x;", b"&#0;", b"&#xD800;", b"<!DOCTYPE", b"<![CDATA["),
    *(b"<!--", b"-->", b"]]>", b" xmlns='u:x'", b"encoding='utf-16'", b"encoding='windows-1251'"),
    *(b"{", b"}", b"[", b"]", b'"', b",", b":", b"-", b"NaN", b"Infinity", b"1e999999999", b"null", b"true"),
    *(b"\\u0000", b"\\ud800", b"\\", b"9" * 40, b"9" * 5000, b"0.1", b"-1", b"%", b"&", b"=", b"\n", b", "),
    *(b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xd0", "Я".encode("cp1251"), "😀".encode(), b"\xe2\x80\xa8"),
    *(b"OK", b"ERROR = 9 (x)", b"0,-3", b"--", b"\r\n\r\n"),
)
VALUES: Sequence[object] = (
    *(None, True, False, 0, -1, 1, 255, 10**18, -(10**40), 1.5, 1e308, "", " ", "0", "-1", "1.5", "1,5"),
    *("NaN", "Infinity", "x", "\ud800", "\x00", "Ёж 😀", "9" * 5000, "1e99", "٣", "²", "+7 903 123-45-67"),
    *(
        "/Date(-62135596800000)/",
        "/Date(999999999999999)/",
        "0001-01-01T00:00:00",
        "9999-12-31T23:59:59-14:00",
    ),
    *("0001-01-01 00:00:00", "01.01.0001 00:00:00", "31.12.9999 23:59:59", "0000-00-00 00:00:00"),
    *([], {}, [[]], [None], [{}], {"": None}, {"State": 0}, [[[[[[]]]]]], ["x", 1, None, {}]),
)
STATUSES = (*(200,) * 8, 200, 204, 302, 400, 401, 403, 404, 408, 429, 500, 502)


def spoilt(good: HttpResponse, random: Random, others: Sequence[bytes]) -> HttpResponse:
    """The reply with one to four things wrong with it. `others` are good replies to something else."""
    body = good.body
    for _ in range(random.choice((1, 1, 1, 2, 3, 4))):
        spoil = random.choice((_spoil_tree, _spoil_tree, *_BYTE_WISE))
        body = spoil(body, random, others)
    status = random.choice((good.status, *STATUSES))
    return replace(good, status=status, body=body, headers={**good.headers, "retry-after": "5"})


def _flip(body: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    flipped = bytearray(body)
    for _ in range(random.choice((1, 1, 1, 8))):
        if flipped:
            flipped[random.randrange(len(flipped))] ^= 1 << random.randrange(8)
    return bytes(flipped)


def _piece(body: bytes, random: Random) -> tuple[int, int]:
    start = random.randint(0, len(body))
    return start, min(len(body), start + random.choice((1, 2, 5, 20, 200)))


def _cut(body: bytes, random: Random, _: Sequence[bytes]) -> bytes:
    return body[: random.randint(0, len(body))]


def _drop(body: bytes, random: Random, _: Sequence[bytes]) -> bytes:
    start, end = _piece(body, random)
    return body[:start] + body[end:]


def _double(body: bytes, random: Random, _: Sequence[bytes]) -> bytes:
    start, end = _piece(body, random)
    return body[:start] + body[start:end] * random.choice((2, 2, 50)) + body[end:]


def _insert(body: bytes, random: Random, _: Sequence[bytes]) -> bytes:
    start, end = _piece(body, random)
    return body[:start] + random.choice(TOKENS) + body[random.choice((start, end)) :]


def _splice(body: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    other = random.choice(others)
    return body[: random.randint(0, len(body))] + other[random.randint(0, len(other)) :]


def _exchange(_: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    return random.choice(others)


def _repeat(body: bytes, random: Random, _: Sequence[bytes]) -> bytes:
    """A very long run of one character: what takes time by the square hangs."""
    start, end = _piece(body, random)
    character = random.choice((b" ", b"\n", b"\t", b"-", b"0", b"9", b"a", b",", b"=", b"\\", b"("))
    return body[:start] + character * 100_000 + body[random.choice((start, end)) :]


Spoil = Callable[[bytes, Random, Sequence[bytes]], bytes]
_BYTE_WISE: Sequence[Spoil] = (_flip, _cut, _drop, _double, _insert, _insert, _splice, _exchange, _repeat)


def _spoil_tree(body: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    """The document with one node changed; what is no document is spoilt byte by byte."""
    try:
        if body.lstrip()[:1] == b"<":
            # libxml2 keeps the names of a thread for good: a thread of its own takes them with it.
            with ThreadPoolExecutor(1) as apart:
                return apart.submit(lambda: _spoil_xml(etree.fromstring(body), random)).result()
        return _spoil_json(json.loads(body), random)
    except (ValueError, etree.XMLSyntaxError, RecursionError):
        return random.choice(_BYTE_WISE)(body, random, others)


def _spoil_json(value: object, random: Random) -> bytes:
    root = [value]
    holder, key = random.choice(list(_places(root)))
    match random.randrange(6):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[random.choice((key.upper(), key[:-1], "novel", "Code", "error", "id"))] = holder.pop(key)
        case 1 | 2:
            holder[key] = [holder[key]]
        case 3:
            other, place = random.choice(list(_places(root)))
            holder[key] = copy.deepcopy(other[place])
        case _:
            holder[key] = random.choice(VALUES)
    spaced = random.choice((None, None, 1))
    return json.dumps(root[0] if root else "", ensure_ascii=True, indent=spaced).encode()


def _places(holder: object) -> Iterator[tuple[Any, Any]]:
    """Each place of a JSON value as its holder and key."""
    if isinstance(holder, list | dict):
        for key in holder if isinstance(holder, dict) else range(len(holder)):
            yield holder, key
            yield from _places(holder[key])


def _spoil_xml(root: etree._Element, random: Random) -> bytes:
    elements = [one for one in root.iter() if isinstance(one.tag, str)]
    one = random.choice(elements)
    parent = one.getparent()
    match random.randrange(8):
        case 0 if parent is not None:
            parent.remove(one)
        case 1 if parent is not None:
            parent.insert(random.randint(0, len(parent)), copy.deepcopy(one))
        case 2:
            one.tag = random.choice(
                (str(one.tag).upper(), "novel", "{u:x}y", str(random.choice(elements).tag))
            )
        case 3:
            one.append(copy.deepcopy(random.choice(elements)))
        case 4:
            one.set("{http://www.w3.org/2001/XMLSchema-instance}nil", random.choice(("true", "1", "x")))
        case 5 if one.attrib:
            one.set(random.choice(list(one.attrib)), _xml_text(random))
        case 6:
            one.append(etree.Comment("c") if random.random() < 0.5 else etree.ProcessingInstruction("p", "x"))
        case _:
            one.text = _xml_text(random)
    encoding = random.choice(("utf-8", "utf-8", "utf-8", "windows-1251", "utf-16", "ascii"))
    document = etree.tostring(root, encoding=encoding, xml_declaration=random.random() < 0.5)
    return document.encode() if isinstance(document, str) else document


def _xml_text(random: Random) -> str:
    text = str(random.choice(VALUES))
    return text if text.isprintable() else " "


class HangError(BaseException):
    """A reply took longer than TIME_LIMIT. Not an Exception, so that nothing takes it for its own."""


@contextmanager
def watchdog() -> Iterator[Callable[[], None]]:
    """Gives what starts the time of one reply anew. In the main thread only: it works by SIGALRM."""

    def bite(_: int, __: FrameType | None) -> None:
        raise HangError

    before = signal.signal(signal.SIGALRM, bite)
    try:
        yield lambda: signal.setitimer(signal.ITIMER_REAL, TIME_LIMIT) and None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


async def survives(exchange: Exchange, response: HttpResponse) -> GatewayError | None:
    """The error this reply comes to, None if it could be read. Any other exception goes through.

    What was read, and what the error says, must be text that a database and Telegram can take.
    """
    try:
        outcome = await exchange.play(response)
    except GatewayError as error:
        _check_texts((error.code, error.raw, error.entry))
        return error
    _check_texts(outcome)
    return None


def _check_texts(value: object) -> None:
    for text in _texts(value):
        text.encode()
        assert "\x00" not in text


def _texts(value: object) -> Iterator[str]:
    """Every text within values of ours."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _texts(tuple(value.items()))
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _texts(one)
    elif is_dataclass(value):
        for one in fields(value):
            yield from _texts(getattr(value, one.name))
