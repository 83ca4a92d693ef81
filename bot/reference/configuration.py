"""Every setting, from the example file, which a test of the configuration holds to the code."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .markdown import page, table

_TABLE = re.compile(r"#?\[+([a-z_.]+)\]+")
_KEY = re.compile(r"(#?)([a-z_]+) = (.*)")
_PAGE = re.compile(r"docs/([\w/-]+)\.md")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A key as the example has it. `off`: there is no default, and the value is an example."""

    table: str
    key: str
    value: str
    about: str
    off: bool


def settings(example: str) -> str:
    head = example.partition("\n[")[0]
    found: dict[str, list[list[str]]] = {}
    before = ""
    for line in lines(example.removeprefix(head)):
        about = "as above" if line.about and line.about == before else line.about
        before = line.about
        value = f"e.g. `{line.value}`" if line.off else f"`{line.value}`"
        found.setdefault(line.table, []).append([f"`{line.key}`", value, _PAGE.sub(r"[\1](../\1.md)", about)])
    parts = ["All that can be set, in one TOML file. `config.example.toml` has all of it, as comments."]
    parts += _paragraphs(head.splitlines()[1:])
    for name, rows in found.items():
        parts += [f"## {name}", table(["key", "default or example", "meaning"], rows)]
    return page("Configuration", *parts)


def lines(example: str) -> Iterator[Line]:
    """Every key, with the comment above it or above the keys before it."""
    where, about, fresh = "", [""], True
    for text in example.splitlines():
        if found := _TABLE.fullmatch(text):
            where, about, fresh = found[1], [""], True
        elif found := _KEY.fullmatch(text):
            said = " ".join(about).strip()
            yield Line(table=where, key=found[2], value=found[3], about=said, off=bool(found[1]))
            fresh = True
        elif text.startswith("# "):
            about = [*([] if fresh else about), text[2:]]
            fresh = False


def _paragraphs(comments: Iterable[str]) -> list[str]:
    text = "\n".join(line.removeprefix("#").strip() for line in comments)
    return [" ".join(one.split()) for one in text.split("\n\n") if one.strip()]
