"""The words by which a customer asks for no more SMS. Pure."""

import re
from difflib import SequenceMatcher

# Alone in an SMS, whatever the case and the punctuation, each of these is a wish that needs no question.
STOP = frozenset({"stop", "стоп", "отписаться", "unsubscribe", "стопсмс", "stopsms"})
ALIKE = 0.75  # of two words, by which one may be meant for the other
FEW = 4  # words of an SMS that may be nothing but such a wish


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def is_stop(text: str) -> bool:
    """Whether it says nothing but that."""
    return "".join(_words(text)) in STOP


def may_be_stop(text: str) -> bool:
    """Whether a short SMS may mean it: a person decides."""
    words = _words(text)
    if is_stop(text) or not 0 < len(words) <= FEW:
        return False
    return any(SequenceMatcher(None, one, stop).ratio() >= ALIKE for one in words for stop in STOP)
