"""Long lists, a page at a time: turning a page edits the message it stands in."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from .keyboards import Key
from .words import Words

PAGE = 10  # entries

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """The entries from place `start` on, counted from 0, of a list of `total`."""

    shown: Sequence[T]
    start: int
    total: int


def of(entries: Sequence[T], start: int) -> Page[T]:
    """A page of a list that is at hand; the last one where the list has become shorter."""
    first = within(start, len(entries))
    return Page(shown=entries[first : first + PAGE], start=first, total=len(entries))


def within(start: int, total: int) -> int:
    """Where the page begins that has this place, or the last page."""
    return max(0, min(start, total - 1)) // PAGE * PAGE


async def turning(
    words: Words,
    page: Page[T],
    action: str,
    subject: Mapping[str, Any],
    button: Callable[[str, Mapping[str, Any]], Awaitable[str]],
) -> tuple[tuple[Key, ...], ...]:
    """The row that leads to the pages before and after; no row where all is on one."""
    keys = []
    if page.start > 0:
        token = await button(action, {**subject, "start": page.start - PAGE})
        keys.append(Key(label=words.plain("button-newer-page", count=page.start), token=token))
    after = page.total - page.start - PAGE
    if after > 0:
        token = await button(action, {**subject, "start": page.start + PAGE})
        keys.append(Key(label=words.plain("button-older-page", count=after), token=token))
    return (tuple(keys),) if keys else ()
