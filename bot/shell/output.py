"""What a command prints: JSON of a stable shape, or the same as aligned text for people. Pure.

In JSON money and ids are strings, times ISO 8601 in UTC with Z, spans as in the configuration (`48h`), states
their English words with `_`. A field of a type of `providers` is a key of the same name.
"""

import dataclasses
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


def to_text(tree: Json) -> str:
    """The same for people: a line a key, a table a list, nothing of what is not known."""
    if not isinstance(tree, dict):
        return _cell(tree)
    facts = {key: one for key, one in tree.items() if one is not None and not _is_table(one)}
    width = max(map(len, facts), default=0)
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
    return key.replace("_", " ")


def _cell(value: Json) -> str:
    """A value on one line. What a handset or a gateway wrote must not steer the terminal."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(_cell, value))
        case dict():
            return ", ".join(f"{_title(key)} {_cell(one)}" for key, one in value.items() if one is not None)
    lines = " ".join(str(value).split("\n"))
    return "".join(char for char in lines if unicodedata.category(char)[0] != "C")
