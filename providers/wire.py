"""Bytes in, values out: the pure part of talking to a gateway.

A request and a response as plain values, strict readers for JSON and XML that survive what real servers
do, and redaction. Nothing here does I/O; `providers.http` carries requests over the wire.
"""

import html
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address
from urllib.parse import quote, quote_plus, urlencode, urlsplit

from lxml import etree

from .errors import OutcomeUnknown, Throttled

MAX_BODY = 8 * 1024 * 1024  # no documented reply comes near; more is an attack or a mistake
MAX_DEPTH = 64


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
    pace: tuple[str, timedelta] | None = None  # (key, gap): wait so that equal keys are at least gap apart


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """One reply. `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def excerpt(self, limit: int = 200) -> str:
        """The beginning of the reply for an error or a log: one line, redacted, cut."""
        text = redact(self.body[: limit * 8].decode("utf-8", "replace"), self.secrets)
        return f"HTTP {self.status}: {' '.join(text.split())[:limit]}"


# How an adapter reaches the wire; providers.http makes one per account.
Send = Callable[[HttpRequest], Awaitable[HttpResponse]]


def form_body(pairs: Iterable[tuple[str, str]]) -> bytes:
    """`application/x-www-form-urlencoded` in UTF-8; a repeated name is a list. A plus becomes %2B."""
    return urlencode(list(pairs)).encode("ascii")


def check_endpoint(url: str) -> str:
    """The url with one slash at its end, or ValueError: https, or http on loopback only."""
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ValueError(f"not an https address: {url}")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("a gateway address has no login, no query and no fragment")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError(f"http is allowed on loopback only, use https: {url}")
    return url.rstrip("/") + "/"


def is_loopback(host: str) -> bool:
    """Whether host is localhost or a loopback address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def unreadable(response: HttpResponse, why: str) -> OutcomeUnknown:
    """The error for a reply that answers nothing."""
    return OutcomeUnknown(code=str(response.status), raw=f"{why}: {response.excerpt()}")


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
    return timedelta(seconds=min(int(value), 86400)) if value and value.strip().isdecimal() else None


def decode(body: bytes) -> str:
    """Text of a reply whose label cannot be trusted: UTF-8 if it is, else windows-1251."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1251", "replace")


def parse_json(response: HttpResponse) -> object:
    """The JSON value of a reply, whatever its content type says. Fractions are `Decimal`.

    Raises OutcomeUnknown for an empty, cut, too deep or non-JSON body, and for NaN and Infinity.
    """
    text = decode(response.body).strip()
    if not text:
        raise unreadable(response, "empty body")
    try:
        value: object = json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise unreadable(response, f"not JSON ({type(error).__name__})") from None
    return value


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


_XML_DECLARATION = re.compile(rb"<\?xml[^>]*\?>")


def parse_xml(response: HttpResponse) -> etree._Element:
    """The root element of a reply: no DTD, no entities, no network, at most MAX_DEPTH levels.

    Survives a byte-order mark, blanks before the declaration, a missing one, and windows-1251 with or
    without a label. Raises OutcomeUnknown for anything else.
    """
    body = response.body.removeprefix(b"\xef\xbb\xbf").lstrip()
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
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except etree.XMLSyntaxError:
        raise unreadable(response, "not XML") from None
    if _depth(root) > MAX_DEPTH:
        raise unreadable(response, "XML nested too deep")
    return root


def _depth(root: etree._Element) -> int:
    deepest, level = 0, 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        level += 1 if event == "start" else -1
        deepest = max(deepest, level)
    return deepest


def as_decimal(value: object) -> Decimal | None:
    """Money as gateways write it: number or text, point or comma, blanks around. None if it is none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | Decimal):
        return Decimal(value)
    try:
        amount = Decimal(str(value).strip().replace(" ", "").replace(",", "."))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


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
    (re.compile(r"(?i)\bbot\d{5,}:[\w-]{20,}"), "bot***"),
    (re.compile(r"(?<!\d)(7\d{3})\d{4}(\d{3})(?!\d)"), r"\1****\2"),
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Text without the given secrets in any form the wire gives them, and without what looks like one.

    Numbers of subscribers keep their ends.
    """
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        for form in {
            secret,
            quote(secret),
            quote(secret, safe=""),
            quote_plus(secret),
            html.escape(secret),
            html.escape(secret, quote=False),
            json.dumps(secret)[1:-1],
        }:
            text = text.replace(form, "***")
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text
