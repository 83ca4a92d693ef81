"""What a client gets in place of the true reply: one pure function, from a fault to an answer."""

import gzip
from dataclasses import replace
from functools import cache
from typing import cast

from sandbox.calls import Call, Reply
from sandbox.faults import REFUSALS, Kind, Refusal

HUGE = 50 * 2**20

_BROKEN = Reply(b"Internal Server Error", "text/plain", 500)
_BAD_GATEWAY = Reply(
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n"
    b"<body><center><h1>502 Bad Gateway</h1></center></body>\r\n</html>\r\n",
    "text/html",
    502,
)
_UNAVAILABLE = Reply(b"Service Unavailable", "text/plain", 503)
_TOO_MANY = Reply(b"Too Many Requests", "text/plain", 429)
_MAINTENANCE = Reply(b"<!DOCTYPE html><html><body>We will be back soon.</body></html>", "text/html")
_GARBLED = b'\x1f\x8b\x00\xff\xfe{"<da\xc3\x28'

_FIXED: dict[str, Reply] = {
    "http_500": _BROKEN,
    "accept_then_500": _BROKEN,
    "http_502_html": _BAD_GATEWAY,
    "accept_then_502": _BAD_GATEWAY,
    "http_503": _UNAVAILABLE,
    "accept_then_503": _UNAVAILABLE,
    "http_429": replace(_TOO_MANY, headers={"Retry-After": "1"}),
    "http_429_bare": _TOO_MANY,
    "html_200": _MAINTENANCE,
}


def spoiled(call: Call, kind: Kind, true: Reply | None) -> Reply:
    """The answer of a fault that does answer; `true` is the right one, if the request was processed."""
    if kind in REFUSALS:
        return call.refuse(cast(Refusal, kind))
    if kind in _FIXED:
        return _FIXED[kind]
    if true is None:
        return Reply(b"" if kind == "empty_200" else _GARBLED, call.content_type)
    return _distorted(call, kind, true)


def _distorted(call: Call, kind: Kind, true: Reply) -> Reply:
    match kind:
        case "cut_200":
            return Reply(true.body[: len(true.body) // 2], true.content_type, true.status)
        case "utf16_200":
            return replace(true, body=true.body.decode("utf-8", "replace").encode("utf-16"))
        case "huge_200":
            return Reply(b"0" * HUGE, true.content_type)
        case "bomb_200":
            return Reply(_bomb(), true.content_type, headers={"Content-Encoding": "gzip"})
        case "missing_ids" | "duplicated_ids":
            return replace(true, body=_miscounted(call, kind, true.body))
    return true


def _miscounted(call: Call, kind: Kind, body: bytes) -> bytes:
    found = list(call.ids.finditer(body))
    if not found:
        return body
    first, last = found[0], found[-1]
    if kind == "missing_ids":
        return body[: last.start()] + body[last.end() :]
    if first is last:
        return body[: last.end()] + last.group() + body[last.end() :]
    return body[: last.start("id")] + first["id"] + body[last.end("id") :]


@cache
def _bomb() -> bytes:
    return gzip.compress(bytes(HUGE))
