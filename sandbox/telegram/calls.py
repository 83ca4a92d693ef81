"""The record of every call the bot made, in memory and, if wanted, as JSON lines in a file."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `result_ok`: the method did its work, though a fault may have hidden that from the bot.

    `params` are as sent, JSON texts decoded, files described in words, the token blotted out.
    `error` is the refusal's description, `fault` the kind of fault that struck.
    """

    method: str
    params: dict[str, Any]
    at: datetime
    result_ok: bool
    error: str | None = None
    fault: str | None = None


class CallRecord:
    """Calls in the order they were answered."""

    def __init__(self, token: str, journal: Path | None) -> None:
        self.calls: list[Call] = []
        self._token = token
        self._journal = journal

    def add(self, call: Call) -> None:
        self.calls.append(call)
        if self._journal is not None:
            line = {
                "at": call.at.isoformat(),
                "method": call.method,
                "params": call.params,
                "ok": call.result_ok,
                "error": call.error,
                "fault": call.fault,
            }
            with self._journal.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def without_token(self, value: Any) -> Any:
        """The same value with the bot's token replaced wherever a text holds it."""
        if isinstance(value, str):
            return value.replace(self._token, "<token>")
        if isinstance(value, dict):
            return {key: self.without_token(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.without_token(item) for item in value]
        return value
