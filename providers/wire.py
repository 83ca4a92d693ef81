"""Bytes in, values out: the pure part of talking to a gateway.

A request and a response as plain values, strict readers for JSON and XML that survive what real servers
do, and redaction. Nothing here does I/O; `providers.http` carries requests over the wire.
"""

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sized
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from html.entities import codepoint2name
from ipaddress import ip_address
from itertools import groupby
from threading import Thread
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lxml import etree

from .errors import OutcomeUnknown, Throttled

MAX_BODY = 8 * 1024 * 1024  # no documented reply comes near; more is an attack or a mistake
MAX_DEPTH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """A limit of a gateway: within any `period` at most `most` requests with this key start."""

    key: str
    period: timedelta
    most: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request to a gateway. `repr` shows no header, no body and no secret."""

    operation: str  # the gateway's name of the call, for logs and metrics
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)  # never to be seen in a log or an error
    secret_reply: bool = False  # the reply itself is a secret: a session id
    submits: bool = False  # may cost money: goes out on a fresh connection and is never repeated
    pace: Pace | None = None  # its key may hold a digest of what must not be repeated
    patient: bool = False  # nobody waits for the answer: it may wait for its turn however long that takes


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """One reply. `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    secret: bool = False  # the body itself is a secret

    def excerpt(self, limit: int = 200) -> str:
        """The beginning of the reply for an error or a log: one line, redacted, cut."""
        text = "***" if self.secret else redacted_head(self.body, limit * 8, self.secrets)
        return f"HTTP {self.status}: {' '.join(text.split())[:limit]}"


# How an adapter reaches the wire; providers.http makes one per account.
Send = Callable[[HttpRequest], Awaitable[HttpResponse]]


def form_body(pairs: Iterable[tuple[str, str]]) -> bytes:
    """`application/x-www-form-urlencoded` in UTF-8; a repeated name is a list. A plus becomes %2B."""
    return urlencode(list(pairs)).encode("ascii")


def check_endpoint(url: str) -> str:
    """The url with one slash at its end, or ValueError: https, or http on loopback only."""
    # The messages do not show the url: it may hold a login.
    parts = urlsplit(url.strip())
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ValueError("a gateway address begins with https:// and a host")
    if parts.username or parts.password or {"?", "#"} & set(url):
        raise ValueError("a gateway address has no login, no query and no fragment")
    if parts.port == 0:
        raise ValueError("a gateway address has a port from 1 to 65535")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError(f"http is allowed on loopback only, use https for {parts.hostname}")
    return parts.geturl().rstrip("/") + "/"


def check_zone(name: str) -> str:
    """The name of a time zone, or ValueError."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"no such time zone: {name}") from None
    return name


def is_loopback(host: str) -> bool:
    """Whether host is localhost or a loopback address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def unreadable(response: HttpResponse, why: str) -> OutcomeUnknown:
    """The error for a reply that answers nothing."""
    return OutcomeUnknown(code=str(response.status), raw=f"{why}: {response.excerpt()}")


ITEMS_MAX = 50_000  # in one list of a reply; the longest documented has 10,000


def check_items(response: HttpResponse, items: Sized) -> None:
    """Raise OutcomeUnknown for a list so long that reading it item by item would hold everybody up."""
    if len(items) > ITEMS_MAX:
        raise unreadable(response, f"more than {ITEMS_MAX} items")


def check_status(response: HttpResponse) -> None:
    """Raise for an HTTP status that settles the matter without the body: 429, 204, 3xx, 4xx, 5xx.

    Gateways that put documented answers under such a status read the body first.
    """
    if response.status == 429:
        raise Throttled(
            code="429",
            raw=response.excerpt(),
            retry_after=parse_retry_after(response.headers.get("retry-after")),
        )
    if response.status != 200:
        raise unreadable(response, "unexpected status")


def parse_retry_after(value: str | None) -> timedelta | None:
    """Seconds of a Retry-After header; a date or nonsense is None."""
    seconds = as_int(value)
    return None if seconds is None or seconds < 0 else timedelta(seconds=min(seconds, 86400))


def decode(body: bytes) -> str:
    """Text of a reply whose label cannot be trusted: UTF-8 if it is, else windows-1251."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1251", "replace")


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


_BOM_AND_BLANKS = b"\xef\xbb\xbf \t\r\n"

# Made once: json.loads would make one for each reply.
_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_constant)


def parse_json(response: HttpResponse) -> object:
    r"""The JSON value of a reply, whatever its content type says. Fractions are `Decimal`.

    What no text can hold, half a character (`\ud83d` alone) and `\u0000`, becomes U+FFFD: neither UTF-8 nor
    a database takes it. Raises OutcomeUnknown for an empty, cut or non-JSON body, one nested deeper than
    MAX_DEPTH, and numbers that are none: NaN, Infinity, those of more digits than a number can have.
    """
    text = decode(response.body.lstrip(_BOM_AND_BLANKS)).rstrip()
    if not text:
        raise unreadable(response, "empty body")
    try:
        value: object = _DECODER.decode(text)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise unreadable(response, f"not JSON ({type(error).__name__})") from None
    # It cannot be nested deeper than there are brackets; to count them is a fraction of the walk.
    if text.count("[") + text.count("{") > MAX_DEPTH and _deeper_than(MAX_DEPTH, value):
        raise unreadable(response, "JSON nested too deep")
    return _sound(value) if _UNSOUND_ESCAPE.search(text) else value


def _deeper_than(limit: int, value: object) -> bool:
    """Whether lists and objects are nested in more than `limit` levels. Walks level by level.

    Types are compared, not asked for by isinstance: json makes no others, and there are many values.
    """
    level = [value]
    for _ in range(limit):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer if type(outer) is list else ())
            if type(inner) is dict or type(inner) is list
        ]
        if not level:
            return False
    return True


_UNSOUND_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_UNSOUND = re.compile("[\x00\ud800-\udfff]")


def _sound(value: object) -> object:
    """The value with U+FFFD for what no text can hold."""
    if isinstance(value, str):
        return _UNSOUND.sub("\ufffd", value)
    if isinstance(value, list):
        return [_sound(inner) for inner in value]
    if isinstance(value, dict):
        return {_sound(key): _sound(inner) for key, inner in value.items()}
    return value


_XML_DECLARATION = re.compile(rb"<\?xml\s[^>]*\?>")
_TOO_DEEP = etree.XPath("boolean(" + "/*" * (MAX_DEPTH + 1) + ")")
# lxml looks each attribute up anew in the list of all: tens of thousands in one element would take seconds.
MAX_ATTRIBUTES = 250
_TOO_WIDE = etree.XPath(f"boolean(//*[@*[{MAX_ATTRIBUTES + 1}]])")


def parse_xml(response: HttpResponse) -> etree._Element:
    """The root element of a reply: no DTD, no entities, no network, at most MAX_DEPTH levels.

    Comments and processing instructions are gone, so every child is an element. Survives a byte-order
    mark, blanks before the declaration, a missing one, and windows-1251 with or without a label. Raises
    OutcomeUnknown for anything else.
    """
    body = response.body.lstrip(_BOM_AND_BLANKS)
    if not body:
        raise unreadable(response, "empty body")
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise unreadable(response, "a DOCTYPE is refused")
    # Labels lie, so lxml gets the text in UTF-8 with the declaration taken off; only a label that says
    # windows-1251 is believed, because short Cyrillic text in it can pass for UTF-8.
    declaration = _XML_DECLARATION.match(body)
    rest = body[declaration.end() :] if declaration else body
    labelled_1251 = declaration is not None and b"1251" in declaration[0]
    text = rest.decode("cp1251", "replace") if labelled_1251 else decode(rest)
    root = _parsed(text.encode("utf-8"))
    if root is None:
        raise unreadable(response, "not XML")
    if _TOO_DEEP(root):
        raise unreadable(response, "XML nested too deep")
    if _TOO_WIDE(root):
        raise unreadable(response, "XML with too many attributes")
    return root


def _parsed(document: bytes) -> etree._Element | None:
    """The root element, None for what is not XML.

    libxml2 keeps every name it has seen in a dictionary of the thread, for good, and refuses to parse or to
    build anything more once that holds 200 MB. So garbage from one gateway would stop all XML of this
    process: each reply is read by a thread of its own, whose dictionary goes with it.
    """
    roots: list[etree._Element] = []
    failures: list[Exception] = []

    def parse() -> None:
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            roots.append(etree.fromstring(document, parser))
        except etree.XMLSyntaxError:
            return
        except Exception as failure:  # noqa: BLE001 - whatever it is, it is raised in the caller's thread
            failures.append(failure)

    thread = Thread(target=parse, name="xml")
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return roots[0] if roots else None


_AMOUNT = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d{1,2})?", re.ASCII)


def as_decimal(value: object) -> Decimal | None:
    """Money as gateways write it: number or text, point or comma, blanks around and between thousands.

    None if it is none, and for what no amount can be: not finite, or of a magnitude beyond thirty digits.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal):
        amount = Decimal(value)
    elif isinstance(value, float | str):
        text = "".join(str(value).split())
        if not _AMOUNT.fullmatch(text):
            return None
        amount = Decimal(text.replace(",", "."))
    else:
        return None
    return amount if amount.is_finite() and abs(amount.adjusted()) <= 30 else None


def as_int(value: object) -> int | None:
    """An integer or the text of one; a boolean, a fraction or anything else is None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and re.fullmatch(r"\s*-?\d{1,30}\s*", value, re.ASCII):
        return int(value)
    return None


_PATTERNS = (
    (
        re.compile(
            r"""(?i)\b(login|password|psw|passwd|apikey|sessionid|token)\b(["']?\s*[=:]\s*["']?)[^&<>\s"',}]+"""
        ),
        r"\1\2***",
    ),
    (re.compile(r"(?i)<((?:\w+:)?(?:login|password|sessionid|getsessionidresult))>[^<]*<"), r"<\1>***<"),
    (re.compile(r"(?i)\bbot\d{5,}(?::|%3A)[\w-]{20,}"), "bot***"),
    # A number of any country, standing alone or behind an escaped blank, plus or comma.
    (re.compile(r"(?:(?<=%[0-9A-Fa-f]{2})|(?<![%\d])(?<!%\d))(\d{4})\d{3,8}(\d{3})(?!\d)"), r"\1****\2"),
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Text without the given secrets in any form the wire gives them, and without what looks like one.

    Numbers of subscribers keep their ends.
    """
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = _any_form(secret).sub("***", text)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def redacted_head(body: bytes, limit: int, secrets: Iterable[str] = ()) -> str:
    """The first `limit` characters of a body, redacted; no part of a secret that the cut goes through.

    U+FFFD stands for NUL, which PostgreSQL takes in no text: an error is written down with its excerpt.
    """
    patterns = [(_any_form(secret), _FORM_MAX * len(secret)) for secret in secrets if secret]
    # Half a secret is not known for one. So whatever secret the cut goes through is looked for whole.
    reach = limit + max((longest for _, longest in patterns), default=0)
    text = body[: 4 * reach].decode("utf-8", "replace")
    end = limit
    for pattern, _ in patterns:
        for found in pattern.finditer(text):
            if found.start() < end < found.end():
                end = found.end()
    return redact(text[:end], secrets).replace("\x00", "\ufffd")


# The longest form of a character: UTF-8 as %F0%9F%98%80, or two JSON escapes as \ud83d\ude00, or &#0128512;.
_FORM_MAX = 12


@lru_cache(maxsize=256)
def _any_form(secret: str) -> re.Pattern[str]:
    """Matches a secret as it is, in a form, a URL, JSON, HTML or XML, and in any mixture of these.

    Encoders differ in what they escape and in the case of hex digits, so each character may come in any of
    its forms rather than the whole secret in one.
    """
    pattern = ""
    for character, run in groupby(secret):
        count = len(list(run))
        # JSON doubles a backslash. As alternatives `\\` and `\` a run of them would take exponential time.
        most = 2 * count if character == "\\" else count
        pattern += f"{_character_forms(character)}{{{count},{most}}}"
    return re.compile(pattern)


def _character_forms(character: str) -> str:
    code = ord(character)
    utf8 = character.encode("utf-8", "surrogatepass")
    utf16 = character.encode("utf-16-be", "surrogatepass")
    hexadecimal = [
        "".join(f"%{byte:02x}" for byte in utf8),
        "".join(rf"\\u{utf16[at : at + 2].hex()}" for at in range(0, len(utf16), 2)),
        f"&#x0{{0,4}}{code:x};",
    ]
    plain = [re.escape(character), f"&#0{{0,4}}{code};"]
    if code in codepoint2name:
        plain.append(f"&{codepoint2name[code]};")
    plain += {" ": [r"\+"], "'": ["&apos;", r"\\'"]}.get(character, [])
    if character in _JSON_ESCAPES:
        plain.append(rf"\\{re.escape(_JSON_ESCAPES[character])}")
    legacy = character.encode("cp1251", "ignore")
    if code > 0x7F and legacy:
        hexadecimal.append(f"%{legacy.hex()}")
    # The longest first: where a secret ends in a percent sign, its plain form would match a part of %25.
    forms = [*(f"(?i:{form})" for form in hexadecimal), *sorted(plain, key=len, reverse=True)]
    return f"(?:{'|'.join(forms)})"


_JSON_ESCAPES = {
    '"': '"', "/": "/", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t",
}  # fmt: skip
