"""Faults laid in the bot's way, and the truth about each: whether the method had done its work."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

FaultKind = Literal[
    "429",
    "502",
    "500",
    "409",
    "reset_before",
    "delivered_reset",
    "delivered_502",
    "garbled",
    "hang",
]

# The method is carried out, only its answer is lost. A garbled 200 counts among them: it is the worse case.
DONE_FIRST: frozenset[FaultKind] = frozenset({"delivered_reset", "delivered_502", "garbled"})

BAD_GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.18.0</center>\r\n</body>\r\n</html>\r\n"
)
GARBLED = '{"ok":true,"result":{"message_id":'


@dataclass(slots=True, eq=False)
class Fault:
    """One rule: strikes calls of `method` ("*": any) in `chat_id` (None: any) while `left` is not zero."""

    method: str
    kind: FaultKind
    left: int | None  # None: for ever
    retry_after: int  # seconds, for "429"
    chat_id: int | None

    def strikes(self, method: str, chat_id: str) -> bool:
        return (
            self.left != 0
            and self.method.lower() in {"*", method.lower()}
            and (self.chat_id is None or str(self.chat_id) == chat_id)
        )


@dataclass(frozen=True, slots=True)
class AppliedFault:
    """A fault that struck. `done`: the method had its effect, whatever the bot was told."""

    method: str
    kind: FaultKind
    chat_id: str
    done: bool
    at: datetime


class FaultPlan:
    """The rules in the order they were added; `applied` is the record of what struck."""

    def __init__(self) -> None:
        self.applied: list[AppliedFault] = []
        self._faults: list[Fault] = []

    def add(
        self,
        method: str = "*",
        *,
        kind: FaultKind,
        times: int | None = 1,
        retry_after: int = 1,
        chat_id: int | None = None,
    ) -> Fault:
        """Let the next `times` matching calls (None: all) meet this fault. ValueError for an unknown kind."""
        if kind not in get_args(FaultKind):
            raise ValueError(f"unknown fault {kind!r}; known: {', '.join(get_args(FaultKind))}")
        fault = Fault(method, kind, times, retry_after, chat_id)
        self._faults.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Drop one rule. ValueError: it is not there."""
        self._faults.remove(fault)

    def clear(self) -> None:
        """Drop all rules; the record stays."""
        self._faults.clear()

    def take(self, method: str, chat_id: str) -> Fault | None:
        """The first rule that strikes this call, used up by one."""
        for fault in self._faults:
            if fault.strikes(method, chat_id):
                if fault.left is not None:
                    fault.left -= 1
                return fault
        return None
