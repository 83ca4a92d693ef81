"""The documentation tells only what exists, its links lead somewhere, and nothing of one machine is in it."""

import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.config import keys

from .test_readme import commands, mistakes

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


def listed(*endings: str) -> list[Path]:
    """The files of the project with these endings, as git has or would have them."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    out = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()  # noqa: S603 - ours
    paths = [ROOT / name for name in out.split("\0") if name.endswith(endings)]
    return sorted(path for path in paths if path.is_file() and "samples" not in path.parts)


PAGES = listed(".md")
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_names_only_commands_that_exist(name: str) -> None:
    main = importlib.import_module("bot.__main__").main
    chat = importlib.import_module("bot.handlers").COMMANDS
    assert mistakes((ROOT / name).read_text("utf-8"), MAKEFILE, main, chat) == []


# --- Links -------------------------------------------------------------------------------------------

_FENCED = re.compile(r"(?ms)^[ \t]*```.*?^[ \t]*```[ \t]*$")
_LINK = re.compile(r"(?<!\!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


def links(markdown: str) -> Iterator[str]:
    """Where its links and pictures lead; what stands in code is none."""
    prose = re.sub(r"`[^`\n]*`", lambda found: "x" * len(found[0]), _FENCED.sub("", markdown))
    for found in _LINK.finditer(prose):
        yield found[1] or found[2]


def anchors(markdown: str) -> set[str]:
    """What a link may name after #, as GitHub and the site make it of a heading."""
    headings = re.findall(r"(?m)^#+ +(.*?) *$", _FENCED.sub("", markdown))
    plain = (re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", one) for one in headings)
    return {re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", one.lower()).strip()) for one in plain}


def dead(page: Path) -> list[str]:
    found = []
    for link in links(page.read_text("utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if (
            not target.exists()
            or not target.is_relative_to(ROOT)
            or (anchor and anchor not in anchors(target.read_text("utf-8")))
        ):
            found.append(link)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name: str) -> None:
    assert dead(ROOT / name) == []


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A `b` c\n[a](#a-b-c) [b](page.md#d) [c](none.md) `[d](none.md)`\n```\n[e](none.md)\n```\n"
    )
    assert list(links(page.read_text())) == ["#a-b-c", "page.md#d", "none.md"]
    assert anchors(page.read_text()) == {"a-b-c"}


# --- The site ----------------------------------------------------------------------------------------


def navigation(entries: Any) -> Iterator[str]:
    for entry in entries:
        value = next(iter(entry.values())) if isinstance(entry, dict) else entry
        if isinstance(value, list):
            yield from navigation(value)
        else:
            yield value


def test_the_navigation_has_every_page_once() -> None:
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
    assert sorted(navigation(site["nav"])) == sorted(
        str(page.relative_to(DOCS)) for page in PAGES if page.is_relative_to(DOCS)
    )


def test_the_site_is_built_and_asks_nobody_for_anything(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(tmp_path)]
    built = subprocess.run(  # noqa: S603 - nothing in it comes from outside
        command,
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (built.returncode, built.stderr) == (0, "")
    index = (tmp_path / "index.html").read_text("utf-8")
    assert re.findall(r'(?:src|<link[^>]*href)="(?:https?:)?//[^"]*"', index) == []


# --- What is in them ---------------------------------------------------------------------------------


ENDINGS = (".py", ".db", ".toml", ".key")


def test_settings_in_the_text_exist() -> None:
    known = {".".join(path) for path in keys()}
    tables = {path.rpartition(".")[0] for path in known}
    for page in PAGES:
        for name in re.findall(r"`([a-z_]+\.[a-z_.]+)`", page.read_text("utf-8")):
            first, _, second = name.partition(".")
            # Rooms of the code are called as some tables are: `storage.vault`.
            is_file = (
                re.search(r"\.(?:py|db|toml|key)$", name) or (ROOT / first / second.split(".")[0]).exists()
            )
            is_module = (ROOT / first / f"{second.split('.')[0]}.py").exists()
            if first in {table.split(".")[0] for table in tables} and not is_file and not is_module:
                assert name in known | tables, f"{page}: {name}"


def test_the_readme_is_the_same_in_russian() -> None:
    """Equal in content: the same headings by level, the same code, the same figures in the same tables."""
    here, there = (ROOT / file for file in ("README.md", "README.ru.md"))
    text, other = (file.read_text("utf-8") for file in (here, there))
    assert there.name in text
    assert here.name in other
    levels = [re.findall(r"(?m)^(#+) ", _FENCED.sub("", one)) for one in (text, other)]
    assert levels[0] == levels[1]
    assert commands(text) == commands(other)
    targets = [sorted(link for link in links(one) if not link.startswith("README")) for one in (text, other)]
    assert targets[0] == targets[1]
    shapes = [[line.count("|") for line in one.splitlines() if line.startswith("|")] for one in (text, other)]
    assert shapes[0] == shapes[1]


# Neither who made it nor where: a folder of somebody's machine, a package index that is nobody else's.
_HERE = re.compile(r"/(?:home|Users|work)/\w+|/tmp/\w+/|index-url\s*=\s*http|extra-index")


def test_nothing_of_one_machine_is_in_the_project() -> None:
    endings = (".md", ".toml", ".yml", ".yaml", ".json", ".lock", ".service", "Makefile", "Dockerfile")
    for path in listed(*endings):
        text = path.read_text("utf-8")
        assert not _HERE.search(text), path
        assert str(ROOT) not in text, path
