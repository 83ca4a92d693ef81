"""What real servers make of a good reply: variants as data, by name.

`same` has those that mean what the good reply means, and must be read so. `spoilt` has those that answer
nothing: after a submission they are OutcomeUnknown, for a read an error of ours. `trap` is an address where
nobody may ever be seen: replies name it wherever a reader could be made to fetch something.
"""

import gzip
import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from xml.sax.saxutils import escape

from lxml import etree

from providers.errors import GatewayError, OutcomeUnknown
from providers.wire import HttpResponse

Variants = dict[str, HttpResponse]

PAGE = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><hr><center>nginx</center></body></html>"
)
XHTML = b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><body><p/></body></html>"


def is_xml(good: HttpResponse) -> bool:
    return good.body.lstrip().startswith(b"<")


def same(good: HttpResponse) -> Variants:
    """The reply in every dress that a server may give it."""

    def dressed(body: bytes) -> HttpResponse:
        return replace(good, body=body)

    plain = {
        "as it is": good,
        "byte-order mark": dressed(b"\xef\xbb\xbf" + good.body),
        "blank lines before": dressed(b"\r\n\n  " + good.body),
        "blank lines before the byte-order mark": dressed(b"\n\xef\xbb\xbf" + good.body),
        "blank lines after": dressed(good.body + b"\n\n \r\n"),
        "text/html": replace(good, headers={"content-type": "text/html; charset=windows-1251"}),
        "text/plain": replace(good, headers={"content-type": "text/plain"}),
        "no content type": replace(good, headers={}),
        "windows-1251 undeclared": dressed(_without_declaration(good.body).decode().encode("cp1251")),
    }
    more = _same_xml(good.body) if is_xml(good) else _same_json(good.body)
    return plain | {name: dressed(body) for name, body in more.items()}


def _same_xml(body: bytes) -> dict[str, bytes]:
    bare = _without_declaration(body)
    return {
        "no declaration": bare,
        "windows-1251 declared": b"<?xml version='1.0' encoding='windows-1251'?>"
        + bare.decode().encode("cp1251"),
        "windows-1251 declared as UTF-8": b'<?xml version="1.0" encoding="utf-8"?>'
        + bare.decode().encode("cp1251"),
        "UTF-8 declared as UTF-16": b"<?xml version='1.0' encoding='utf-16'?>" + bare,
        "standalone": b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' + bare,
        "blanks around values": _each_leaf(bare, lambda text: f"\n  {text}\t\n"),
        "decimals with comma": _each_leaf(bare, _with_comma),
        "CDATA": re.sub(rb">([^<>\s][^<>]*)<", rb"><![CDATA[\1]]><", bare),
        "comments": re.sub(rb"(<[a-z][^>/]*>)", rb"<!-- <code>500</code> -->\1<!-- x -->", bare, count=1),
        "an instruction": b"<?xml-stylesheet href='x.xsl'?>" + bare,
        "unknown elements and attributes": _with_unknown_elements(bare),
        "another prefix": bare.replace(b"soap:", b"env:").replace(b":soap=", b":env="),
    }


def _without_declaration(body: bytes) -> bytes:
    return re.sub(rb"^\s*<\?xml[^>]*\?>\s*", b"", body)


def _each_leaf(body: bytes, change: Callable[[str], str]) -> bytes:
    root = etree.fromstring(body)
    for one in root.iter():
        if not len(one) and (one.text or "").strip():
            one.text = change(one.text or "")
    return etree.tostring(root, encoding="utf-8")


def _with_comma(text: str) -> str:
    return text.replace(".", ",") if re.fullmatch(r"\d+\.\d+", text) else text


def _with_unknown_elements(body: bytes) -> bytes:
    root = etree.fromstring(body)
    for parent in [one for one in root.iter() if len(one)]:
        for place, name in enumerate(("novel", "{u:novel}code")):
            novel = etree.Element(name, novel="1")
            novel.text = "500"
            parent.insert(place, novel)
    return etree.tostring(root, encoding="utf-8")


def _same_json(body: bytes) -> dict[str, bytes]:
    value = json.loads(body, parse_float=Decimal)

    def written(changed: object) -> bytes:
        return _dumps(changed).encode()

    return {
        "blanks between": re.sub(rb"([\[{,])", rb"\1\r\n\t ", body),
        "escaped": re.sub(r"[^\x00-\x7f]", lambda one: f"\\u{ord(one[0]):04x}", body.decode()).encode(),
        "slashes escaped": body.replace(b"\\/", b"/").replace(b"/", b"\\/"),
        "blanks around values": written(_each_value(value, _padded)),
        "decimals with comma": written(_each_value(value, _comma)),
        "numbers as strings": written(_each_value(value, _as_text)),
        "ids as numbers": written(_each_value(value, _as_number)),
        "unknown keys": written(_with_unknown_keys(value)),
        "another order of keys": written(_reversed(value)),
    }


def _dumps(value: object) -> str:
    """JSON that writes Decimal as the number it is, and Cyrillic as it is."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_dumps(key)}: {_dumps(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_dumps, value)) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


def _each_value(value: object, change: Callable[[object], object]) -> object:
    if isinstance(value, dict):
        return {key: _each_value(one, change) for key, one in value.items()}
    if isinstance(value, list):
        return [_each_value(one, change) for one in value]
    return change(value)


def _padded(value: object) -> object:
    return f" {value}\n" if isinstance(value, str) else value


def _comma(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value).replace(".", ",")
    return _with_comma(value) if isinstance(value, str) else value


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


def _as_number(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"[1-9]\d*(\.\d+)?", value):
        return Decimal(value) if "." in value else int(value)
    return value


def _with_unknown_keys(value: object) -> object:
    if isinstance(value, list):
        return [_with_unknown_keys(one) for one in value]
    if isinstance(value, dict):
        known = {key: _with_unknown_keys(one) for key, one in value.items()}
        return {"novel": {"id": [1, None]}, **known, "Новое": [{"status": "x"}]}
    return value


def _reversed(value: object) -> object:
    if isinstance(value, dict):
        return {key: _reversed(one) for key, one in reversed(value.items())}
    return [_reversed(one) for one in value] if isinstance(value, list) else value


def spoilt(good: HttpResponse, trap: str) -> dict[str, HttpResponse | GatewayError]:
    """What answers nothing, whatever was asked."""

    def bare(body: bytes, status: int = 200, **headers: str) -> HttpResponse:
        return HttpResponse(status=status, headers=headers, body=body)

    return {
        "empty": bare(b""),
        "blank": bare(b" \r\n\t"),
        "only a byte-order mark": bare(b"\xef\xbb\xbf"),
        **{f"cut at {end}": replace(good, body=good.body[:end]) for end in _cuts(good.body)},
        "204": bare(b"", 204),
        **{
            f"HTTP {status} elsewhere": bare(b"", status, location=trap)
            for status in (301, 302, 303, 307, 308)
        },
        "302 with the good reply": replace(good, status=302, headers={"location": trap}),
        "502 of a proxy": bare(PAGE, 502),
        "503 of a proxy": bare(PAGE, 503),
        "504 without a word": bare(b"", 504),
        "500 with the good reply": replace(good, status=500),
        "404 of a web server": bare(PAGE, 404),
        "HTML under 200": bare(b"<!DOCTYPE html>" + PAGE),
        "HTML without a DOCTYPE": bare(PAGE),
        "HTML that is XML": bare(XHTML),
        "another thing": bare(b"<answer>1</answer>") if is_xml(good) else bare(b'{"answer": 1}'),
        "NaN": bare(b"NaN"),
        "Infinity": bare(b"[Infinity, -Infinity]"),
        "lists 1000 deep": bare(b"[" * 1000 + b"]" * 1000),
        "objects 1000 deep": bare(b'{"a":' * 1000 + b"1" + b"}" * 1000),
        "elements 1000 deep": bare(b"<data>" * 1000 + b"</data>" * 1000),
        "a million brackets": bare(b"[" * 1_000_000),
        "gzip that was not asked for": OutcomeUnknown(code="200", raw="unasked content encoding gzip"),
        "gzip without a label": replace(good, body=gzip.compress(good.body, mtime=0)),
        "the link broke": OutcomeUnknown(raw="broken off"),
        **{name: replace(good, body=body) for name, body in _hostile(good.body, trap)},
    }


def _cuts(body: bytes) -> list[int]:
    """Where a cut leaves something unfinished: a bare number is whole at any place."""
    if re.fullmatch(rb"\s*[\d.]+\s*", body):
        return []
    return [len(body) * part // 8 for part in range(1, 8)] + [len(body.rstrip()) - 1]


def _hostile(body: bytes, trap: str) -> Iterator[tuple[str, bytes]]:
    """DTDs with the good reply behind them, or within it where it is XML."""
    rest = (
        _without_declaration(body)
        if body.lstrip().startswith(b"<")
        else b"<data>" + escape(body.decode()).encode() + b"</data>"
    )
    within = re.sub(rb">(\w[^<>]*)<", rb">&x;<", rest, count=1)
    root = (re.match(rb"<([\w:]+)", rest) or [b"", b"data"])[1]
    levels = b"".join(b"<!ENTITY e%d '%s'>" % (level, b"&e%d;" % (level - 1) * 10) for level in range(1, 10))
    subsets = {
        "an entity": b"[<!ENTITY x '1'>]",
        "an entity bomb": b"[<!ENTITY e0 'lol'>" + levels + b"<!ENTITY x '&e9;'>]",
        "an external entity": b"[<!ENTITY x SYSTEM '%s'>]" % trap.encode(),
        "a file as an entity": b"[<!ENTITY x SYSTEM 'file:///etc/hostname'>]",
        "a parameter entity": b"[<!ENTITY %% p SYSTEM '%s'> %%p;]" % trap.encode(),
        "an external DTD": b"SYSTEM '%s'" % trap.encode(),
        "a DTD that does nothing": b"[]",
    }
    for name, subset in subsets.items():
        document = b"<?xml version='1.0'?>\n<!DOCTYPE " + root + b" " + subset + b">"
        yield name, document + (within if b" x " in subset else rest)
    utf16 = b"<!DOCTYPE " + root + b" [<!ENTITY x '1'>]>" + rest
    yield "a DTD in UTF-16", utf16.decode().encode("utf-16")


def without(good: HttpResponse, *names: str) -> HttpResponse:
    """The reply without these keys or elements, wherever they are."""
    if is_xml(good):
        root = etree.fromstring(good.body)
        for one in [one for one in root.iter() if etree.QName(one).localname in names]:
            parent = one.getparent()
            if parent is not None:
                parent.remove(one)
        return replace(good, body=etree.tostring(root))
    return replace(good, body=_dumps(_lacking(deepcopy(json.loads(good.body)), names)).encode())


def _lacking(value: object, names: tuple[str, ...]) -> object:
    if isinstance(value, dict):
        return {key: _lacking(one, names) for key, one in value.items() if key not in names}
    return [_lacking(one, names) for one in value] if isinstance(value, list) else value
