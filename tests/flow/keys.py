"""Where keys lie on a card: a finger that taps twice must not hit ✖ where ✅ was (U10)."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from sandbox.telegram import TelegramServer

SENDS, STOPS = ("✅", "🔁"), ("✖",)
Span = tuple[int, Fraction, Fraction]  # a row, and from where to where in it, as parts of its width


def _spans(labels: Sequence[Sequence[str]], marks: tuple[str, ...]) -> Iterator[Span]:
    for number, row in enumerate(labels):
        for place, label in enumerate(row):
            if label.startswith(marks):
                yield number, Fraction(place, len(row)), Fraction(place + 1, len(row))


def lies_over(before: Sequence[Sequence[str]], after: Sequence[Sequence[str]]) -> bool:
    """Whether a key that stops takes a place, or a part of it, of one that sends. Rows of labels."""
    return any(
        row == its_row and start < its_end and its_start < end
        for row, start, end in _spans(before, SENDS)
        for its_row, its_start, its_end in _spans(after, STOPS)
    )


def is_turned(labels: Sequence[Sequence[str]]) -> bool:
    """Whether ✖ comes before ✅ in a row: on the next card it would lie where that was on this one."""
    return any(
        row == its_row and its_start < start
        for row, start, _ in _spans(labels, ("✅",))
        for its_row, its_start, _ in _spans(labels, STOPS)
    )


def misplaced(telegram: TelegramServer) -> list[str]:
    """What is wrong with the places of keys on any card that anybody has seen, as it was and became."""
    found = []
    for chat in telegram.chats:
        for message in chat.messages:
            seen = [[[key.text for key in row] for row in keyboard] for keyboard in message.keyboards]
            found += [f"{before} -> {after}" for before, after in pairwise(seen) if lies_over(before, after)]
            found += [f"{one}" for one in seen if is_turned(one)]
    return found
