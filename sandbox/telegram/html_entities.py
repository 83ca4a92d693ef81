"""Telegram's HTML: text and entities out of marked-up text, refusals in the words of the real parser.

Offsets and lengths are UTF-16 units; positions inside refusals are byte offsets, as Telegram gives them.
Stricter than Telegram in one point: an unknown named or numeric reference such as `&nbsp;` is refused
here, while Telegram shows it to people as it stands; a forgotten escape should fail a test.
"""

import re
from dataclasses import dataclass
from typing import Any

from sandbox.telegram.errors import ApiError, bad_request
from sandbox.telegram.text_entities import utf16_length

_STYLES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
}
_TAGS = frozenset(_STYLES) | {"a", "code", "pre", "blockquote", "tg-emoji", "tg-time"}
_REFERENCE = re.compile(r"&(#\d+|#[xX][0-9a-fA-F]+|[A-Za-z]+)(;?)")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_SPACE = " \t\r\n\v\f"
_END = "\0"  # stands past the last character, so that looking ahead needs no bounds check


@dataclass(frozen=True, slots=True)
class _OpenTag:
    name: str
    attributes: dict[str, str]
    offset: int  # UTF-16 units of text before it
    start: int  # characters of text before it


def parse_html(source: str) -> tuple[str, list[dict[str, Any]]]:
    """The text without its tags, and its entities sorted by offset, outermost first.

    Raises ApiError 400 "can't parse entities: ..." for an unsupported, unclosed or unmatched tag.
    """
    return _Parser(source).parse()


class _Parser:
    def __init__(self, source: str) -> None:
        self._source = source
        self._text = source + _END
        self._at = 0
        self._out: list[str] = []
        self._offset = 0
        self._open: list[_OpenTag] = []
        self._entities: list[dict[str, Any]] = []
        self._code_language = ""  # of the <code> closed last

    def parse(self) -> tuple[str, list[dict[str, Any]]]:
        while self._at < len(self._source):
            character = self._text[self._at]
            if character == "<":
                if self._text[self._at + 1] == "/":
                    self._close_tag()
                else:
                    self._open_tag()
            elif character == "&":
                self._emit(self._reference())
            else:
                self._at += 1
                self._emit(character)
        if self._open:
            raise _refusal(f'Can\'t find end tag corresponding to start tag "{self._open[-1].name}"')
        self._entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return "".join(self._out), self._entities

    def _emit(self, character: str) -> None:
        self._out.append(character)
        self._offset += utf16_length(character)

    def _reference(self) -> str:
        """The character a `&...;` stands for; a lone ampersand stands for itself."""
        found = _REFERENCE.match(self._text, self._at)
        name = found.group(1) if found else ""
        character = _NAMED.get(name) or _numbered(name)
        if found is None or (character is None and not found.group(2)):
            self._at += 1
            return "&"
        if character is None:
            raise _refusal(
                f'Unsupported HTML entity "{found.group()}" at byte offset {self._bytes(self._at)}'
            )
        self._at = found.end()
        return character

    def _open_tag(self) -> None:
        begin = self._at
        self._at += 1
        name = self._take_until(_SPACE + ">" + _END).lower()
        if self._ended():
            raise _refusal(f"Unclosed start tag at byte offset {self._bytes(begin)}")
        if name not in _TAGS:
            raise _refusal(f'Unsupported start tag "{name}" at byte offset {self._bytes(begin)}')
        attributes: dict[str, str] = {}
        while self._text[self._at] != ">":
            self._skip_space()
            if self._text[self._at] == ">":
                break
            key, value = self._attribute(name, begin)
            attributes[key] = value
        self._at += 1
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise _refusal(f'Tag "span" must have class "tg-spoiler" at byte offset {self._bytes(begin)}')
        self._open.append(_OpenTag(name, attributes, self._offset, len(self._out)))

    def _attribute(self, tag: str, begin: int) -> tuple[str, str]:
        key = self._take_until(_SPACE + "=>/\"'" + _END)
        if not key:
            raise _refusal(f'Empty attribute name in the tag "{tag}" at byte offset {self._bytes(begin)}')
        self._skip_space()
        if self._ended():
            raise _refusal(f'Unclosed start tag "{tag}" at byte offset {self._bytes(begin)}')
        if self._text[self._at] != "=":
            return key, ""
        self._at += 1
        self._skip_space()
        if self._ended():
            raise _refusal(f'Unclosed start tag "{tag}" at byte offset {self._bytes(begin)}')
        value = self._quoted() if self._text[self._at] in "\"'" else self._bare()
        if self._ended():
            raise _refusal(f"Unclosed start tag at byte offset {self._bytes(begin)}")
        return key, value

    def _quoted(self) -> str:
        quote = self._text[self._at]
        self._at += 1
        value: list[str] = []
        while self._text[self._at] != quote and not self._ended():
            if self._text[self._at] == "&":
                value.append(self._reference())
            else:
                value.append(self._text[self._at])
                self._at += 1
        if not self._ended():
            self._at += 1
        return "".join(value)

    def _bare(self) -> str:
        begin = self._at
        while self._text[self._at].isascii() and (
            self._text[self._at].isalnum() or self._text[self._at] in ".-"
        ):
            self._at += 1
        if self._text[self._at] not in _SPACE + ">":
            raise _refusal(f"Unexpected end of name token at byte offset {self._bytes(begin)}")
        return self._text[begin : self._at].lower()

    def _close_tag(self) -> None:
        begin = self._at
        if not self._open:
            raise _refusal(f"Unexpected end tag at byte offset {self._bytes(begin)}")
        self._at += 2
        name = self._take_until(_SPACE + ">" + _END).lower()
        self._skip_space()
        if self._text[self._at] != ">":
            raise _refusal(f"Unclosed end tag at byte offset {self._bytes(begin)}")
        self._at += 1
        tag = self._open.pop()
        if name and name != tag.name:
            raise _refusal(
                f"Unmatched end tag at byte offset {self._bytes(begin)}, "
                f'expected "</{tag.name}>", found "</{name}>"'
            )
        if self._offset > tag.offset:
            self._add_entity(tag)

    def _add_entity(self, tag: _OpenTag) -> None:
        described = _describe(tag, "".join(self._out[tag.start :]))
        if described is None:
            return
        entity = {**described, "offset": tag.offset, "length": self._offset - tag.offset}
        if tag.name == "code":
            self._code_language = tag.attributes.get("class", "").partition("language-")[2]
        inner = self._entities[-1] if self._entities else None
        if tag.name == "pre" and inner and inner["type"] == "code" and _same_span(inner, entity):
            # <pre><code class="language-x"> is one entity: a block of code in a language.
            self._entities.pop()
            if self._code_language:
                entity["language"] = self._code_language
        self._entities.append(entity)

    def _take_until(self, stops: str) -> str:
        begin = self._at
        while self._text[self._at] not in stops:
            self._at += 1
        return self._text[begin : self._at]

    def _skip_space(self) -> None:
        while self._text[self._at] in _SPACE:
            self._at += 1

    def _ended(self) -> bool:
        return self._at >= len(self._source)

    def _bytes(self, position: int) -> int:
        return len(self._source[:position].encode("utf-8", "surrogatepass"))


def _describe(tag: _OpenTag, inner: str) -> dict[str, Any] | None:
    """The entity's type and its own fields; None for a link that leads nowhere: Telegram shows bare text."""
    attributes = tag.attributes
    if tag.name == "a":
        url = attributes.get("href") or inner
        return {"type": "text_link", "url": url} if "://" in url or "." in url else None
    if tag.name == "blockquote":
        return {"type": "expandable_blockquote" if "expandable" in attributes else "blockquote"}
    if tag.name == "tg-emoji":
        emoji = attributes.get("emoji-id", "")
        if not emoji.isdecimal() or int(emoji) == 0:
            raise _refusal("Invalid custom emoji identifier specified")
        return {"type": "custom_emoji", "custom_emoji_id": emoji}
    if tag.name == "tg-time":
        return _describe_time(attributes)
    if tag.name in {"pre", "code"}:
        return {"type": tag.name}
    return {"type": _STYLES[tag.name]}


def _describe_time(attributes: dict[str, str]) -> dict[str, Any]:
    unix = attributes.get("unix", "")
    if not unix.isdecimal():
        raise _refusal("Invalid date specified")
    described: dict[str, Any] = {"type": "date_time", "unix_time": int(unix)}
    if attributes.get("format"):
        described["date_time_format"] = attributes["format"]
    return described


def _numbered(name: str) -> str | None:
    """The character of `#123` or `#x7b`; None where there is none such."""
    if not name.startswith("#"):
        return None
    code = int(name[2:], 16) if name[1] in "xX" else int(name[1:])
    return chr(code) if 0 < code < 0x10FFFF and not 0xD800 <= code < 0xE000 else None


def _same_span(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return bool(one["offset"] == other["offset"] and one["length"] == other["length"])


def _refusal(reason: str) -> ApiError:
    return bad_request(f"can't parse entities: {reason}")
