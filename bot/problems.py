"""A problem of a request in the reader's words."""

from typing import Any

from desk.reading import Problem
from providers.model import Kind

from . import cards, reasons
from .words import Html, Words


def html(words: Words, problem: Problem, *, role: str = "operator", own: bool = False) -> Html:
    """`role`: for hints that can be followed; `own`: the limit is one of this person."""
    details: dict[str, Any] = {**problem.details, "role": role, "own": "yes" if own else "no"}
    if "why" in details:
        details["why"] = words(f"why-{details['why']}")
    if "kind" in details:
        details["trouble"] = reasons.trouble(words, str(details["kind"]))
    if "gateway" in details:
        details["gateway"] = cards.gateway_name(words, str(details["gateway"]))
    if "asked" in details:
        details["asked"] = cards.kind_name(words, Kind(details["asked"]))
    return words(f"problem-{problem.word}", **details)
