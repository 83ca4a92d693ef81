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


# What no scenario comes to, and why. `make test` has a test of each elsewhere.
OUT_OF_REACH = {
    "clock.forward": "the clock of the database has to be set forward",
    "clock.step": "the clock has to be set back",
    "hold.hold": "the database has to be put back under the running program",
    "hold.release": "passed by `smsdesk release-hold` alone, one transaction and nothing else",
    "leases.release": "passed by a stop in order, and here every life is killed",
    "notifier.react": "only what becomes of an answer to a customer is shown by a reaction",
    "notifier.reacted": "as notifier.react",
    "reception.look": "Telegram is asked every five minutes, and no run is as long",
    "reception.tell": "as reception.look",
    "submit.take_back": "the commit of a claim has to be cut off, and the program to live on",
    "topics.closed": "a forum has to close a topic without telling the bot",
    "topics.rights": "a forum has to refuse the bot the right to make topics",
    "track.no_recall": "at Devino a campaign has to be cancelled when only a part of it has left",
    "updates.broke": "a handler has to break, and none does",
    "updates.broke_untold": "a handler has to break, and none does",
    "updates.refuse": "a role has to be taken away between the gate and the effect of one update",
}

# Where no SMS comes into a topic; `tests.crash.incoming` comes to these.
INCOMING = ("inbox.", "topics.", "notifier.topic_not_shown")


def unreached() -> dict[str, str]:
    """The points that a campaign of `tests.crash.campaign` does not come to, each with the reason."""
    reasons: dict[str, str] = {}
    for point in in_source():
        name, _, _ = point.partition(" ")
        if name in OUT_OF_REACH:
            reasons[point] = OUT_OF_REACH[name]
        elif name.startswith(INCOMING):
            reasons[point] = "`make incoming` comes to it"
    return reasons


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
