"""The text of an outgoing message: parsed, trimmed, measured."""

import html
import re
from dataclasses import dataclass
from typing import Any

from sandbox.telegram.errors import bad_request
from sandbox.telegram.html_entities import parse_html
from sandbox.telegram.parameters import Parameters
from sandbox.telegram.text_entities import utf16_length
from sandbox.telegram.world import World

TEXT_MAX = 4096  # UTF-16 units, after parsing
CAPTION_MAX = 1024
_USER_LINK = re.compile(r"tg://user\?id=(\d+)")


@dataclass(frozen=True, slots=True)
class FormattedText:
    """Text with its entities (Bot API objects, UTF-16 offsets), and the HTML the bot sent."""

    text: str
    entities: list[dict[str, Any]]
    html: str


def read_text(world: World, call: Parameters) -> FormattedText:
    """`text` of sendMessage and editMessageText. ApiError 400 if empty, too long or not parsable."""
    formatted = _read(world, call, "text", "entities")
    if not formatted.text:
        raise bad_request("message text is empty")
    if utf16_length(formatted.text) > TEXT_MAX:
        raise bad_request("message is too long")
    return formatted


def read_caption(world: World, call: Parameters) -> FormattedText:
    """`caption` of a file, which may be empty. ApiError 400 if too long or not parsable."""
    formatted = _read(world, call, "caption", "caption_entities")
    if utf16_length(formatted.text) > CAPTION_MAX:
        raise bad_request("message caption is too long")
    return formatted


def _read(world: World, call: Parameters, name: str, entities_name: str) -> FormattedText:
    source, mode = call.text(name), call.text("parse_mode").lower()
    if mode == "html":
        text, entities = parse_html(source)
        markup = source
    elif mode in {"", "none"}:
        text, entities = source, list(call.json(entities_name) or [])
        markup = html.escape(source, quote=False)
    else:
        raise bad_request("unsupported parse_mode")
    entities = [known for entity in entities if (known := _with_user(world, entity)) is not None]
    return FormattedText(*_trim(text, entities), markup)


def _with_user(world: World, entity: dict[str, Any]) -> dict[str, Any] | None:
    """A tg://user link becomes a mention of that person, or nothing if the bot never met them."""
    link = _USER_LINK.fullmatch(entity.get("url", ""))
    if link is None:
        return entity
    person = world.people.get(int(link[1]))
    place = {"offset": entity["offset"], "length": entity["length"]}
    return None if person is None else {"type": "text_mention", **place, "user": person.json()}


def _trim(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """Without blanks at both ends, entities moved and cut to fit."""
    trimmed = text.strip()
    lead = utf16_length(text[: len(text) - len(text.lstrip())])
    length = utf16_length(trimmed)
    kept: list[dict[str, Any]] = []
    for entity in entities:
        begin = max(entity["offset"] - lead, 0)
        end = min(entity["offset"] - lead + entity["length"], length)
        if end > begin:
            kept.append({**entity, "offset": begin, "length": end - begin})
    return trimmed, kept
