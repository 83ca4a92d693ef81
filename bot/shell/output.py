"""What a command prints: JSON of a stable shape, or the same as aligned text for people. Pure.

In JSON money and ids are strings, times ISO 8601 in UTC with Z, spans as in the configuration (`48h`), states
their English words with `_`. A field of a type of `providers` is a key of the same name.
"""

import dataclasses
import json
import unicodedata
from collections.abc import Mapping, Sequence, Set
from datetime import UTC, datetime, timedelta
from decimal import Decimal

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))


def to_json(value: object) -> Json:
    """A result as JSON. TypeError for a type that has no shape there."""
    match value:
        case str():
            return str(value)
        case None | bool() | int() | float():
            return value
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case timedelta():
            return _span(value)
        case Mapping():
            return {str(key): to_json(one) for key, one in value.items()}
        case Set():
            return [to_json(one) for one in sorted(value)]
        case Sequence():
            return [to_json(one) for one in value]
    if dataclasses.is_dataclass(value):
        return {field.name: to_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    raise TypeError(f"{type(value).__name__} has no shape in JSON")


def _span(span: timedelta) -> str:
    """In the largest unit that leaves nothing over."""
    milliseconds = span // timedelta(milliseconds=1)
    name, size = next((name, size) for name, size in _UNITS if milliseconds % size == 0 or size == 1)
    return f"{milliseconds // size}{name}" if milliseconds else "0s"


def dumps(tree: Json) -> str:
    """The text of JSON. What would steer a terminal is escaped, also what JSON itself lets stand."""
    text = json.dumps(tree, ensure_ascii=False, indent=2)
    return "".join(_escaped(char) if _steers(char) else char for char in text)


def _escaped(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def clean(text: str) -> str:
    """Text of lines, without what would steer a terminal: some of it a handset or a gateway wrote."""
    return "".join(char for char in text if not _steers(char))


def _steers(char: str) -> bool:
    """Whether a terminal does something else with it than show it: controls, and marks of direction."""
    return char != "\n" and unicodedata.category(char)[0] == "C"


def to_text(tree: Json) -> str:
    """The same for people: a line a key, a table a list, nothing of what is not known."""
    if not isinstance(tree, dict):
        return _cell(tree)
    facts = {key: one for key, one in tree.items() if one is not None and not _is_table(one)}
    width = max((len(_title(key)) for key in facts), default=0)
    parts = ["\n".join(f"{_title(key):{width}}  {_cell(one)}".rstrip() for key, one in facts.items())]
    parts += [_table(key, one) for key, one in tree.items() if isinstance(one, list) and _is_table(one)]
    return "\n\n".join(part for part in parts if part)


def _is_table(value: Json) -> bool:
    return isinstance(value, list) and (not value or isinstance(value[0], dict))


def _table(name: str, rows: list[Json]) -> str:
    if not rows:
        return f"no {_title(name)}"
    dicts = [row for row in rows if isinstance(row, dict)]
    # Only columns in which something stands, in the order of the keys.
    heads = [key for key in dicts[0] if any(row.get(key) not in (None, [], {}, False) for row in dicts)]
    lines = [[_title(head) for head in heads]] + [[_cell(row.get(head)) for head in heads] for row in dicts]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(f"{cell:{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _title(key: str) -> str:
    return _line(key).replace("_", " ")


def _line(text: str) -> str:
    return clean(" ".join(text.split("\n")))


def _cell(value: Json) -> str:
    """A value on one line."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(_cell, value))
        case dict():
            return ", ".join(f"{_title(key)} {_cell(one)}" for key, one in value.items() if one is not None)
    return _line(str(value))
