"""Misfortune on order: which request goes wrong, and how.

A fault is queued with `add` and spent on the first request whose operation fits; `stand.py` carries it out.

| kind                | processed | the client sees |
| ------------------- | --------- | --------------- |
| `http_500`          | no        | HTTP 500, plain text |
| `http_502_html`     | no        | HTTP 502, a proxy's HTML page |
| `html_200`          | no        | HTTP 200, an HTML page |
| `empty_200`         | no        | HTTP 200, no body |
| `garbled_200`       | no        | HTTP 200, bytes that are neither JSON, XML nor UTF-8 |
| `http_503`          | no        | HTTP 503, plain text |
| `http_429` `http_429_bare` | no | HTTP 429, with `Retry-After: 1` or without |
| `cut_200`           | yes       | the true status and the first half of the true body, as complete HTTP |
| `utf16_200`         | yes       | the true reply in UTF-16 under the charset label of the true one |
| `huge_200`          | yes       | HTTP 200, 50 MB |
| `bomb_200`          | yes       | HTTP 200, 50 kB of gzip that would make 50 MB |
| `missing_ids`       | yes       | the true reply without the last id in it |
| `duplicated_ids`    | yes       | the true reply with one id twice, in place of the last of several |
| `reset_on_connect`  | no        | the connection is reset before a byte was read: spent on a new one |
| `reset_before`      | no        | the connection is reset |
| `accept_then_reset` | yes       | the connection is reset |
| `accept_then_close` | yes       | the connection is closed |
| `half_headers`      | yes       | the first headers, then the connection is closed |
| `headers_then_reset` | yes      | all headers, then the connection is reset |
| `half_body`         | yes       | headers, the first half of the true body, then the connection is closed |
| `half_batch_then_reset` | the first half of its messages | the connection is reset |
| `accept_then_500` `accept_then_502` `accept_then_503` | yes | HTTP 500, 502 (a page) or 503 |
| `accept_then_hang`  | yes       | nothing, until it leaves or the server stops |
| `accept_late`       | when it has left | the same: it is processed after the client has given up |
| `hang`              | no        | the same |
| `reset_then_accept` | no        | the connection is reset; processed when `Stand.catch_up` is called |
| `throttle`          | no        | the gateway's own "too fast", else HTTP 429 with `Retry-After: 1` |
| `drip`              | yes       | the true reply, its first 200 bytes one by one with a pause after each |
| `stale_status`      | yes       | the true reply of the time when the messages had just been accepted |
| `no_money` `auth` `blocked` | no | the gateway's own documented error |

The rest is no matter of a single request: a stopped stand refuses connections, `balance` runs low, sessions
expire, numbers are refused out of a batch by their digits, and the clock of an account may be wrong.
"""

from collections import deque
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple, get_args

Refusal = Literal["throttle", "no_money", "auth", "blocked"]
Kind = Literal[
    "http_500",
    "http_502_html",
    "http_503",
    "http_429",
    "http_429_bare",
    "html_200",
    "empty_200",
    "garbled_200",
    "cut_200",
    "utf16_200",
    "huge_200",
    "bomb_200",
    "missing_ids",
    "duplicated_ids",
    "reset_on_connect",
    "reset_before",
    "accept_then_reset",
    "accept_then_close",
    "half_headers",
    "headers_then_reset",
    "half_body",
    "half_batch_then_reset",
    "accept_then_500",
    "accept_then_502",
    "accept_then_503",
    "accept_then_hang",
    "accept_late",
    "hang",
    "reset_then_accept",
    "drip",
    "stale_status",
    Refusal,
]
KINDS: frozenset[str] = frozenset(get_args(Kind))
REFUSALS: frozenset[str] = frozenset(get_args(Refusal))
UNPROCESSED: frozenset[str] = REFUSALS | {
    "http_500",
    "http_502_html",
    "http_503",
    "http_429",
    "http_429_bare",
    "html_200",
    "empty_200",
    "garbled_200",
    "reset_on_connect",
    "reset_before",
    "reset_then_accept",
    "hang",
}
PROCESSED: frozenset[str] = KINDS - UNPROCESSED


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
            if fault.kind != "reset_on_connect" and fnmatchcase(operation.lower(), fault.operation):
                return self._spend(fault)
        return None

    def take_connection(self) -> Kind | None:
        """Spend and return the oldest fault that strikes before there is a request, if there is one."""
        for fault in self._queue:
            if fault.kind == "reset_on_connect":
                return self._spend(fault)
        return None

    def _spend(self, fault: _Queued) -> Kind:
        fault.left -= 1
        if not fault.left:
            self._queue.remove(fault)
        return fault.kind

    def record(self, operation: str, kind: Kind) -> None:
        """Note that the fault was carried out."""
        self.applied.append(AppliedFault(operation, kind, kind in PROCESSED))

    @property
    def pending(self) -> int:
        """How many requests are still to be spoiled."""
        return sum(fault.left for fault in self._queue)
