"""Every write and every call of a worker passes a named point, so that the crash harness can strike there."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.db import Database
from storage.fault import arm

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for room in ("bot", "desk", "storage") for path in (ROOT / room).rglob("*.py"))
# The workers: what they ask of the outside. What a handler asks of a gateway changes nothing of ours.
WORKERS = [*sorted((ROOT / "desk").glob("*.py")), ROOT / "bot/updates.py", ROOT / "bot/notifier.py"]
OUTSIDE = {"gateway", "_bot"}
ASKED_BY_HANDLERS = {"ask.py"}


def _named(tree: ast.AST, *owners: str) -> Iterator[ast.Call]:
    """Calls of `<something>.<owner>.<method>()`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of = node.func.value
            name = of.attr if isinstance(of, ast.Attribute) else of.id if isinstance(of, ast.Name) else ""
            if name in owners:
                yield node


def _points(function: ast.AST) -> set[str]:
    return {
        str(node.args[0].value)
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "fault"
        and isinstance(node.args[0], ast.Constant)
    }


def writes() -> list[tuple[str, str]]:
    """Where each write stands, and its point; an unnamed one has the point ""."""
    found = []
    for path in SOURCES:
        for call in _named(ast.parse(path.read_text()), "database", "_database"):
            if isinstance(call.func, ast.Attribute) and call.func.attr == "write":
                point = call.args[0] if call.args else ast.Constant("")
                where = f"{path.relative_to(ROOT)}:{call.lineno}"
                found.append((where, str(point.value) if isinstance(point, ast.Constant) else ""))
    return found


def test_every_write_has_a_point_of_its_own() -> None:
    found = writes()
    assert len(found) > 25
    assert [where for where, point in found if not point] == []
    assert [point for point, count in Counter(point for _, point in found).items() if count > 1] == []


def test_every_write_goes_by_a_name_the_test_above_knows() -> None:
    opened = [
        f"{path.relative_to(ROOT)}:{item.context_expr.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.AsyncWith)
        for item in node.items
        if isinstance(item.context_expr, ast.Call)
        and isinstance(item.context_expr.func, ast.Attribute)
        and item.context_expr.func.attr == "write"
    ]
    assert sorted(opened) == sorted(where for where, _ in writes())


def test_every_call_of_a_worker_has_a_point_before_it_and_after_it() -> None:
    asking = {"submit", "reports", "cancel", "balance", "quote", "inbox", "statistics", "get_updates"}
    seen = 0
    for path in WORKERS:
        if path.name in ASKED_BY_HANDLERS:
            continue
        for function in ast.walk(ast.parse(path.read_text())):
            if not isinstance(function, ast.AsyncFunctionDef):
                continue
            calls = [
                one.func.attr
                for one in _named(function, *OUTSIDE)
                if isinstance(one.func, ast.Attribute) and one.func.attr in asking
            ]
            if not calls:
                continue
            seen += 1
            points = _points(function)
            assert any(point.endswith(" asks") for point in points), (path.name, function.name, calls)
            assert any(point.endswith(" answered") for point in points), (path.name, function.name, calls)
    assert seen >= 6


async def test_a_write_passes_its_points_in_order(database: Database) -> None:
    passed: list[str] = []
    arm(passed.append)
    try:
        async with database.write("here"):
            passed.append("inside")
    finally:
        arm(None)
    assert passed == ["here begun", "inside", "here done", "here committed"]


async def test_a_write_that_breaks_is_never_committed(database: Database) -> None:
    passed: list[str] = []
    arm(passed.append)
    try:
        with pytest.raises(ZeroDivisionError):
            async with database.write("here"):
                raise ZeroDivisionError
    finally:
        arm(None)
    assert passed == ["here begun"]
