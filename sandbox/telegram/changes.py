"""Who is told when the world changes: those who wait for a condition, and those who watch the bot act."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from sandbox.telegram.messages import Message, Press

if TYPE_CHECKING:
    from sandbox.telegram.chats import Chat

EventKind = Literal["sent", "edited", "deleted", "answered"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Event:
    """Something the bot did. For "answered", `press` is the press it answered and `message` its message."""

    kind: EventKind
    chat: "Chat"
    message: Message
    press: Press | None = None


class Changes:
    """A bell for those who wait and a list of those who watch."""

    def __init__(self) -> None:
        self._bell = asyncio.Event()
        self._watchers: list[Callable[[Event], None]] = []

    def subscribe(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call `callback` with every event from now on; the returned function ends that."""
        self._watchers.append(callback)
        return lambda: self._watchers.remove(callback)

    def ring(self) -> None:
        """Something changed: let every waiting condition be looked at again."""
        self._bell.set()
        self._bell = asyncio.Event()

    def announce(self, event: Event) -> None:
        """The bot did something that people can see."""
        for watcher in list(self._watchers):
            watcher(event)
        self.ring()

    async def wait_for(self, predicate: Callable[[], T | None], seconds: float | None) -> T:
        """The predicate's first truthy value. Raises TimeoutError after that many seconds; None: never."""
        async with asyncio.timeout(seconds):
            while not (value := predicate()):
                await self._bell.wait()
        return value
