"""Pages and tables as Markdown."""

import json
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from ..shell.output import to_json
from ..words import Words

WORDS = Words("en", ZoneInfo("UTC"))
GENERATED = "<!-- Written by `make docs` from the code: change that, not this. -->"
YES, NO = "yes", "–"


def page(title: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", GENERATED, *parts]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def said(value: object) -> str:
    if value is None or value is False:
        return NO
    if value is True:
        return YES
    shown = to_json(value)
    return " to ".join(map(str, shown)) if isinstance(shown, list) else str(shown)


def code(value: object) -> str:
    return NO if value is None else f"`{json.dumps(to_json(value))}`"
