"""The queue of updates behind getUpdates: long poll, confirmation by offset, one poller at a time."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sandbox.telegram.errors import TERMINATED_BY_POLLER, conflict

# What Telegram leaves out unless asked for by name.
_ONLY_BY_NAME = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
# How long an update waits for somebody who takes it.
KEPT = timedelta(hours=24)
# An offset so far beyond the next number is taken for a mistake: the server begins at the oldest update then
# (tdlib's TQueue::get, "Specified from_id is in the future").
FUTURE = 10
# What a poll wakes to, if not to the reason of a conflict.
_ARRIVED = "arrived"

Update = dict[str, Any]


class UpdateQueue:
    """Updates in the order they arose, each kept until a poll confirms it by a greater offset."""

    def __init__(self, first_id: int, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._next_id = first_id
        self._since: dict[int, datetime] = {}
        self._pending: dict[int, Update] = {}
        self._history: dict[int, Update] = {}
        self._again: dict[int, Update] = {}  # confirmed once, queued again
        self._again_shown: set[int] = set()
        self._allowed: frozenset[str] | None = None
        self._poll: asyncio.Future[str] | None = None

    @property
    def pending(self) -> list[Update]:
        """Updates not confirmed yet, oldest first, those queued again before all."""
        return [*self._again.values(), *self._pending.values()]

    @property
    def history(self) -> list[Update]:
        """Every update ever queued, confirmed or not."""
        return list(self._history.values())

    @property
    def allowed(self) -> list[str] | None:
        """The remembered allowed_updates, sorted; None for Telegram's default."""
        return None if self._allowed is None else sorted(self._allowed)

    @property
    def is_polled(self) -> bool:
        """Whether a long poll is waiting."""
        return self._poll is not None and not self._poll.done()

    def allow(self, kinds: Iterable[str]) -> None:
        """Remember allowed_updates; an empty list means the default. Updates already queued stay."""
        self._allowed = frozenset(kinds) or None

    def push(self, kind: str, payload: dict[str, Any]) -> int | None:
        """Queue an update; None if allowed_updates leaves this kind out."""
        wanted = kind in self._allowed if self._allowed is not None else kind not in _ONLY_BY_NAME
        if not wanted:
            return None
        update_id = self._next_id
        self._next_id += 1
        update = {"update_id": update_id, kind: payload}
        self._pending[update_id] = self._history[update_id] = update
        self._since[update_id] = self._clock()
        self._wake(_ARRIVED)
        return update_id

    def renumber(self, next_id: int) -> None:
        """Give the next update this number. ValueError while some wait: Telegram does it after a silence."""
        if self._pending:
            raise ValueError("updates are waiting; Telegram numbers anew only after a week without any")
        self._next_id = next_id

    def redeliver(self, update_id: int) -> None:
        """Hand an update out once more, whatever offset the poller is at. KeyError if there never was one."""
        self._again[update_id] = self._history[update_id]
        self._again_shown.discard(update_id)
        self._wake(_ARRIVED)

    def delivered(self, update_id: int) -> None:
        """The bot's webhook has taken it."""
        self._pending.pop(update_id, None)
        self._again.pop(update_id, None)

    def clear(self) -> None:
        """Forget everything pending (drop_pending_updates)."""
        self._pending.clear()
        self._again.clear()

    def end_poll(self, reason: str) -> None:
        """Let a waiting poll fail with 409 Conflict and this reason."""
        self._wake(reason)

    def release_poll(self) -> None:
        """Let a waiting poll return with what there is: the server stops."""
        self._wake(_ARRIVED)

    async def poll(self, offset: int, limit: int, seconds: float) -> list[Update]:
        """getUpdates: confirms what is below `offset`, then waits up to so many seconds for an update.

        A negative offset keeps only the last updates. Raises ApiError 409 if another poll takes over.
        """
        self._wake(TERMINATED_BY_POLLER)
        self._drop_old()
        self._confirm(offset)
        if updates := self._take(limit):
            return updates
        if seconds <= 0:
            return []
        mine: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._poll = mine
        outcome = _ARRIVED
        try:
            async with asyncio.timeout(seconds):
                outcome = await mine
        except TimeoutError:
            return []
        finally:
            if self._poll is mine:
                self._poll = None
        if outcome != _ARRIVED:
            raise conflict(outcome)
        return self._take(limit)

    def _wake(self, outcome: str) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(outcome)

    def _drop_old(self) -> None:
        oldest = self._clock() - KEPT
        self._pending = {key: update for key, update in self._pending.items() if self._since[key] > oldest}

    def _confirm(self, offset: int) -> None:
        if offset > self._next_id + FUTURE:
            offset = 0
        if offset < 0:
            kept = list(self._pending)[offset:]
            offset = kept[0] if kept else 0
        self._pending = {key: update for key, update in self._pending.items() if key >= offset}
        for key in [key for key in self._again if key in self._again_shown and key < offset]:
            del self._again[key]

    def _take(self, limit: int) -> list[Update]:
        taken = list(islice(self.pending, limit))
        self._again_shown.update(update["update_id"] for update in taken)
        return taken
