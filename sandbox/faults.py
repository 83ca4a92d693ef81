"""Misfortune on order: which request goes wrong, and how.

A fault is queued with `add` and spent on the first request whose operation fits; `stand.py` carries it out.

| kind                | processed | the client sees |
| ------------------- | --------- | --------------- |
| `http_500`          | no        | HTTP 500, plain text |
| `http_502_html`     | no        | HTTP 502, a proxy's HTML page |
| `html_200`          | no        | HTTP 200, an HTML page |
| `empty_200`         | no        | HTTP 200, no body |
| `garbled_200`       | no        | HTTP 200, bytes that are neither JSON, XML nor UTF-8 |
| `cut_200`           | yes       | the true status and the first half of the true body, as complete HTTP |
| `reset_before`      | no        | the connection is reset |
| `accept_then_reset` | yes       | the connection is reset |
| `accept_then_500`   | yes       | HTTP 500, plain text |
| `accept_then_hang`  | yes       | nothing, until it leaves or the server stops |
| `hang`              | no        | the same |
| `accept_later`      | no        | the connection is reset; processed when `Stand.catch_up` is called |
| `throttle`          | no        | the gateway's own "too fast", else HTTP 429 with `Retry-After: 1` |
| `drip`              | yes       | the true reply, its first 200 bytes one by one with a pause after each |
| `no_money` `auth` `blocked` | no | the gateway's own documented error |
"""

from collections import deque
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple, get_args

Refusal = Literal["throttle", "no_money", "auth", "blocked"]
Kind = Literal[
    "http_500",
    "http_502_html",
    "html_200",
    "empty_200",
    "garbled_200",
    "cut_200",
    "reset_before",
    "accept_then_reset",
    "accept_then_500",
    "accept_then_hang",
    "hang",
    "accept_later",
    "drip",
    Refusal,
]
KINDS: frozenset[str] = frozenset(get_args(Kind))
REFUSALS: frozenset[str] = frozenset(get_args(Refusal))
PROCESSED: frozenset[str] = frozenset(
    {"cut_200", "accept_then_reset", "accept_then_500", "accept_then_hang", "drip"}
)


class AppliedFault(NamedTuple):
    """One fault carried out; `processed`: the gateway acted on the request all the same."""

    operation: str
    kind: Kind
    processed: bool


@dataclass(slots=True)
class _Queued:
    operation: str
    kind: Kind
    left: int


class Faults:
    """The queue of faults of one stand. `drip_pause`: seconds between two bytes of a drip."""

    def __init__(self, *, drip_pause: float = 0.05) -> None:
        self.drip_pause = drip_pause
        self.applied: list[AppliedFault] = []
        self._queue: deque[_Queued] = deque()

    def add(self, operation: str = "*", *, kind: Kind, times: int = 1) -> None:
        """Spoil the next `times` requests whose operation fits the pattern.

        The pattern is a case-insensitive glob over the names in `stand.requests`: `send*` is every
        submission of every gateway. ValueError: no such kind, or `times` below 1.
        """
        if kind not in KINDS:
            raise ValueError(f"no fault is called {kind!r}; there are {', '.join(sorted(KINDS))}")
        if times < 1:
            raise ValueError(f"a fault happens at least once, not {times} times")
        self._queue.append(_Queued(operation.lower(), kind, times))

    def take(self, operation: str) -> Kind | None:
        """Spend and return the oldest fault that fits this operation, if there is one."""
        for fault in self._queue:
            if fnmatchcase(operation.lower(), fault.operation):
                fault.left -= 1
                if not fault.left:
                    self._queue.remove(fault)
                return fault.kind
        return None

    def record(self, operation: str, kind: Kind) -> None:
        """Note that the fault was carried out."""
        self.applied.append(AppliedFault(operation, kind, kind in PROCESSED))

    @property
    def pending(self) -> int:
        """How many requests are still to be spoiled."""
        return sum(fault.left for fault in self._queue)
