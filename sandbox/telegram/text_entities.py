"""What Telegram finds in a text by itself: commands, mentions, links, numbers. Offsets in UTF-16 units."""

import re
from typing import Any

# One pattern, so that what stands inside a link is not found a second time as a mention or a number.
_FINDABLE = re.compile(
    r"""
      (?P<bot_command>(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/]))
    | (?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)
    | (?P<url>(?:https?://[^\s<>"]+|(?<![\w@.])(?:[\w-]+\.)+(?:com|org|net|ru|me|io|dev)\b(?:/[^\s<>"]*)?))
    | (?P<mention>(?<!\w)@[A-Za-z][A-Za-z0-9_]{3,31}\b)
    | (?P<hashtag>(?<!\w)\#(?=\w*[^\W\d])\w+)
    | (?P<phone_number>(?<![\w+])\+\d(?:[ ()-]{0,2}\d){6,14}(?!\w))
    """,
    re.VERBOSE,
)


def utf16_length(text: str) -> int:
    """Length as Telegram counts it: a character outside the basic plane is two units."""
    return len(text) + sum(1 for character in text if character > "\uffff")


def find_entities(text: str) -> list[dict[str, Any]]:
    """Bot API `MessageEntity` objects found in plain text, in order."""
    return [
        {
            "type": found.lastgroup,
            "offset": utf16_length(text[: found.start()]),
            "length": utf16_length(found.group()),
        }
        for found in _FINDABLE.finditer(text)
    ]
