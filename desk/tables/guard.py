"""The apostrophe that keeps a cell of CSV a text: put on on the way out, taken off on the way in."""

import re

# What spreadsheet programs take for the beginning of a formula (OWASP, CSV Injection), full-width forms too.
_FORMULA = re.compile(r"\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
# What they take for a number and then show as 7,92E+10, or without its leading zeros.
_FIGURES = re.compile(r"\s*[\d\s.,]*\d[\d\s.,]*(?:[eE]\d+)?\s*")
_LONG = 11  # digits from which a number is shown with an exponent


def needs_guard(text: str) -> bool:
    """Whether a spreadsheet program would make something else of it than text."""
    digits = sum(char.isdigit() for char in text)
    figures = _FIGURES.fullmatch(text) and (digits >= _LONG or (digits > 1 and text.lstrip().startswith("0")))
    return bool(figures) or _FORMULA.match(text) is not None


def guarded(text: str) -> str:
    return f"'{text}" if needs_guard(text) else text


def is_guarded(cell: str) -> bool:
    """Whether the apostrophe before it is a guard, and no part of the text."""
    return cell[:1] == "'" and needs_guard(cell[1:])
