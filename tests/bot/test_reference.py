"""docs/reference is what the code says."""

import re
from pathlib import Path

import pytest

from bot import reference
from providers.errors import (
    AccountBlocked,
    AuthFailed,
    InsufficientFunds,
    NotReached,
    OutcomeUnknown,
    RequestRefused,
    Throttled,
)
from providers.faces import FACES, faces
from providers.gateways import KINDS, MODULES

LEAVES = (
    NotReached, Throttled, OutcomeUnknown, AuthFailed, InsufficientFunds, AccountBlocked, RequestRefused
)  # fmt: skip
FOLDER = Path(__file__).parents[2] / "docs/reference"
PAGES = reference.pages()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_current(name: str) -> None:
    assert (FOLDER / name).read_text("utf-8") == PAGES[name], "run `make docs`"


def test_no_page_is_left_over() -> None:
    written = {path.relative_to(FOLDER).as_posix() for path in (FOLDER / "gateways").iterdir()}
    assert written == {name for name in PAGES if "/" in name}


@pytest.mark.parametrize("module", MODULES, ids=KINDS)
def test_a_gateways_page_has_all_its_tables(module: object) -> None:
    page = PAGES[f"gateways/{module.KIND}.md"]  # type: ignore[attr-defined]
    for table in ("STATES", "ENTRIES"):
        for key in getattr(module, table):
            assert f"\n| `{key}` | " in page
    for option in module.CAPABILITIES.options:  # type: ignore[attr-defined]
        assert f"`{option}`" in page


def test_an_error_comes_to_one_of_those_that_the_shell_tells() -> None:
    told = {one.kind.replace("_", " ") for one in LEAVES} | {"a new session, and the same once more"}
    for module in MODULES:
        errors = PAGES[f"gateways/{module.KIND}.md"].partition("## Errors")[2].partition("## Reasons")[0]
        rows = [line.split(" | ") for line in errors.splitlines() if line.startswith("| `")]
        assert rows
        assert {row[1] for row in rows} <= told


def test_the_matrix_says_who_has_which_face() -> None:
    rows = {
        line.split("|")[1]: line.split("|")[2:-1] for line in PAGES["gateways.md"].splitlines() if "|" in line
    }
    inbox = [cell.strip() for cell in rows[" `inbox` "]]
    assert inbox == ["yes" if "inbox" in faces(module.Gateway) else "–" for module in MODULES]
    assert len([row for row in rows if "`" in row and "kind=" not in row]) == len(FACES)


def test_links_lead_somewhere() -> None:
    for name, text in PAGES.items():
        for link in re.findall(r"\]\(([^)#]+)\)", text):
            assert ((FOLDER / name).parent / link).resolve().exists(), f"{name}: {link}"


def test_nothing_of_one_machine_or_day_is_in_it() -> None:
    for text in PAGES.values():
        assert str(Path.home()) not in text
        assert str(FOLDER.parents[1]) not in text
    assert reference.pages() == PAGES
