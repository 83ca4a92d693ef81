"""The points a crash can strike: those the source names, and those that only the far side sees."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for room in ("bot", "desk", "storage") for path in (ROOT / room).rglob("*.py"))

# Where the far side kills the program: between two of its own points.
ON_THE_WIRE = (
    "submission received, not accepted",
    "submission accepted, not answered",
    "recall received, not done",
    "recall done, not answered",
    "message shown, not answered",
    "card edited, not answered",
)


# Points that no scenario comes to, and why.
OUT_OF_REACH = {
    "updates.broke begun": "a handler has to break, and none does",
    "updates.broke done": "a handler has to break, and none does",
    "updates.broke committed": "a handler has to break, and none does",
    "updates.broke_untold begun": "a handler has to break, and none does",
    "updates.broke_untold done": "a handler has to break, and none does",
    "updates.broke_untold committed": "a handler has to break, and none does",
}

# Where no SMS comes in; `tests.crash.incoming` comes to these.
INCOMING = ("inbox.", "topics.", "notifier.react", "notifier.topic_not_shown")


def in_source() -> list[str]:
    """Every point the program can pass, by the names in its source: three a write, one a `fault`."""
    return sorted(point for path in SOURCES for point in _points(ast.parse(path.read_text("utf-8"))))


def _points(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
            continue
        name = node.args[0].value
        if not isinstance(name, str):
            continue
        if isinstance(node.func, ast.Attribute) and node.func.attr == "write" and _is_database(node.func):
            found |= {f"{name} {stage}" for stage in ("begun", "done", "committed")}
        elif isinstance(node.func, ast.Name) and node.func.id == "fault":
            found.add(name)
    return found


def _is_database(function: ast.Attribute) -> bool:
    of = function.value
    name = of.attr if isinstance(of, ast.Attribute) else of.id if isinstance(of, ast.Name) else ""
    return name in {"database", "_database"}
