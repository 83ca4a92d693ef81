"""What the stand-in gateways really accepted and really cancelled: the truth a test compares a ledger with.

One entry is one message to one MSISDN, however many came in one request. With a path every entry is also
appended there as one JSON line (`{"event": "accepted", ...}` or `{"event": "cancelled", ...}`, times ISO
8601 in UTC) and the file is flushed and closed before the gateway answers, so it holds even if this process
dies while answering.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """One message a gateway took responsibility for.

    `msisdn`: digits without plus. `gateway_ids`: as answered to the client, one a segment for Devino, one
    shared by the whole request for SMS-Pager and SMSC. `ref`: the client's own id, None if it gave none.
    `send_at`: the moment of a scheduled message, None for "at once". `request_id`: the same for all
    messages of one HTTP request. `kind`: "sms", or what went out instead, such as "viber".
    """

    gateway: str
    login: str
    msisdn: str
    text: str
    sender: str
    gateway_ids: tuple[str, ...]
    ref: str | None
    send_at: datetime | None
    accepted_at: datetime
    segments: int
    request_id: str
    kind: str = "sms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """One accepted message that was cancelled before it left for the operator."""

    gateway: str
    login: str
    msisdn: str
    gateway_ids: tuple[str, ...]
    ref: str | None
    cancelled_at: datetime
    request_id: str


class Journal:
    """Both lists in memory, in order of events; the file, if any, is only ever appended to."""

    def __init__(self, path: Path | str | None = None) -> None:
        self.path = None if path is None else Path(path)
        self.accepted: list[Accepted] = []
        self.cancelled: list[Cancelled] = []

    def accept(self, entries: Sequence[Accepted]) -> None:
        """Write the messages of one request down, all in one append."""
        self._append("accepted", entries)
        self.accepted.extend(entries)

    def cancel(self, entries: Sequence[Cancelled]) -> None:
        """Write the cancellations of one request down, all in one append."""
        self._append("cancelled", entries)
        self.cancelled.extend(entries)

    def _append(self, event: str, entries: Iterable[Accepted | Cancelled]) -> None:
        if self.path is None:
            return
        lines = [json.dumps({"event": event} | asdict(e), default=_iso, ensure_ascii=False) for e in entries]
        with self.path.open("a", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)


def _iso(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"not for a journal: {value!r}")
