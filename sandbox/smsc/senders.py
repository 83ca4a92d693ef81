"""senders.php: sender names, their moderation, their standing at each operator (seed 003, sheet section 8).

Whether a name is allowed is known to the account alone: its `senders` are the names of status 1. A number
also is one once its code was confirmed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

from sandbox.account import Account
from sandbox.handset import refused_at_submission
from sandbox.smsc import replies
from sandbox.smsc.errors import (
    BAD_NUMBER,
    BAD_PARAMETERS,
    CODE_ALREADY_SENT,
    NO_SENDER,
    SENDER_NOT_SAVED,
    UNDELIVERABLE,
    WRONG_CODE,
    SmscError,
)
from sandbox.smsc.request import Request, read_date, read_whole
from sandbox.smsc.senders_replies import OPERATORS, Listed, added, by_operator, list_all, list_allowed

CODE_AGAIN_AFTER = timedelta(hours=8)
PAGE_MAX = 1000
REQUESTED, AWAITS, ADMITTED = 1, 0, 2  # of a name at an operator


class NameStatus(IntEnum):
    """Of a name at SMSC itself."""

    WAITS = 0
    ALLOWED = 1
    OFF = 2


@dataclass(slots=True)
class Name:
    """A sender name. `operators`: its status there, 0..9 or 255 (seed 003), by the name of the column.

    `replaced_by`: further columns of the operators list, for substitute names: the seed says that there are
    such, but not what they are called. `changed_at`: when the standing at some operator last changed.
    """

    id: int
    name: str
    comment: str
    changed_at: datetime
    off: bool = False
    operators: dict[str, int] = field(default_factory=dict)
    replaced_by: dict[str, str] = field(default_factory=dict)
    code_sent_at: datetime | None = None


class Senders:
    """`codes`: by name, settable; a code that is not set is derived from the name."""

    def __init__(self, account: Account) -> None:
        self.codes: dict[str, str] = {}
        self._account = account
        self._names: dict[str, Name] = {}
        self._next_id = 1

    def code_for(self, name: str) -> str:
        """The code that is sent to this number, and that confirms it."""
        return self.codes.get(name) or f"{sum(map(ord, name)) * 7919 % 1_000_000:06}"

    def status(self, name: Name) -> NameStatus:
        """Waiting, unless the account allows it or it was switched off."""
        if name.name in self._account.senders:
            return NameStatus.ALLOWED
        return NameStatus.OFF if name.off else NameStatus.WAITS

    def moderate(self, name: str, status: int) -> None:
        """Give a name this status (0 waits, 1 allowed, 2 off). KeyError: no such name."""
        found = self.named(name)
        found.off = status == NameStatus.OFF
        if status == NameStatus.ALLOWED:
            self._account.senders.add(name)
        else:
            self._account.senders.discard(name)

    def register_at(self, operator: str, name: str, status: int) -> None:
        """Give a name this status at an operator. KeyError: no such name, or no such column."""
        if operator not in OPERATORS:
            raise KeyError(operator)
        found = self.named(name)
        found.operators[operator] = status
        found.changed_at = self._account.now()

    def named(self, name: str) -> Name:
        """The name as SMSC has it. KeyError: it has none such."""
        return self._all()[name]

    def answer(self, request: Request) -> str:
        """senders.php."""
        operations = {
            "get": self._list,
            "add": self._add,
            "chg": self._change,
            "send_code": self._send_code,
            "check_code": self._check_code,
            "del": self._delete,
        }
        asked = [operation for name, operation in operations.items() if request.flag(name)]
        if len(asked) != 1:
            raise SmscError(*BAD_PARAMETERS)
        return asked[0](request)

    def _all(self) -> dict[str, Name]:
        """All names by name; one the account was given without asking here is admitted everywhere."""
        for name in sorted(self._account.senders - self._names.keys()):
            self._new(name, "", dict.fromkeys(OPERATORS, ADMITTED))
        return self._names

    def _new(self, name: str, comment: str, operators: dict[str, int]) -> Name:
        new = Name(self._next_id, name, comment, self._account.now(), operators=operators)
        self._next_id += 1
        self._names[name] = new
        return new

    def _list(self, request: Request) -> str:
        """`all` 0: only those allowed; paging by id, upwards. By operator there is no fmt 1 (seed 003)."""
        try:
            since = read_date(request.parameters.get("from_date"))
            count = read_whole(request.parameters.get("cnt"), PAGE_MAX, PAGE_MAX)
            after = int(request.parameters.get("prev_id") or 0)
        except ValueError:
            raise SmscError(*BAD_PARAMETERS) from None
        names = [name for name in sorted(self._all().values(), key=lambda one: one.id) if name.id > after]
        if not request.flag("all"):
            names = [name for name in names if self.status(name) is NameStatus.ALLOWED]
        if since is not None:
            names = [name for name in names if name.changed_at >= since]
        listed = [
            Listed(one.name, one.id, self.status(one), _columns(one), one.replaced_by)
            for one in names[:count]
        ]
        if not request.flag("operators"):
            return (list_all if request.flag("all") else list_allowed)(request.fmt, listed)
        if request.fmt == 1:
            raise SmscError(*BAD_PARAMETERS)
        return by_operator(request.fmt, listed)

    def _add(self, request: Request) -> str:
        """It waits for moderation then, or for its code if it is a number."""
        name = request.parameters.get("sender", "")
        if not re.fullmatch(r"[0-9]{1,15}|[A-Za-z0-9 ._&!?+-]{1,11}", name):
            raise SmscError(*BAD_PARAMETERS)
        if name in self._all():
            raise SmscError(*SENDER_NOT_SAVED)
        operators = dict.fromkeys(OPERATORS, AWAITS) | _wanted(request.parameters)
        return added(request.fmt, self._new(name, request.parameters.get("cmt", ""), operators).id)

    def _change(self, request: Request) -> str:
        """The comment, and the operators it is to be registered at."""
        name = self._find(request)
        name.comment = request.parameters.get("cmt", name.comment)
        if wanted := _wanted(request.parameters):
            name.operators |= wanted
            name.changed_at = self._account.now()
        return replies.done(request.fmt)

    def _send_code(self, request: Request) -> str:
        """Only a number can be called; once in eight hours."""
        name = self._find(request)
        now = self._account.now()
        if not re.fullmatch(r"[0-9]{11,15}", name.name):
            raise SmscError(*BAD_NUMBER)
        if refused_at_submission(name.name):
            raise SmscError(*UNDELIVERABLE)
        if name.code_sent_at is not None and now - name.code_sent_at < CODE_AGAIN_AFTER:
            raise SmscError(*CODE_ALREADY_SENT)
        name.code_sent_at = now
        return replies.done(request.fmt)

    def _check_code(self, request: Request) -> str:
        """A code that was never sent is wrong, whatever it is."""
        name = self._find(request)
        if name.code_sent_at is None or request.parameters.get("code") != self.code_for(name.name):
            raise SmscError(*WRONG_CODE)
        self.moderate(name.name, NameStatus.ALLOWED)
        return replies.done(request.fmt)

    def _delete(self, request: Request) -> str:
        name = self._find(request)
        self._account.senders.discard(name.name)
        del self._names[name.name]
        return replies.done(request.fmt)

    def _find(self, request: Request) -> Name:
        """By `sender` or by `id`. SmscError 1: by neither; 3: there is none such."""
        name, name_id = request.parameters.get("sender"), request.parameters.get("id")
        if not name and not name_id:
            raise SmscError(*BAD_PARAMETERS)
        for one in self._all().values():
            if one.name == name or (not name and str(one.id) == name_id):
                return one
        raise SmscError(*NO_SENDER)


def _wanted(parameters: Mapping[str, str]) -> dict[str, int]:
    return {column: REQUESTED for column in OPERATORS if parameters.get(column) == "1"}


def _columns(name: Name) -> dict[str, int]:
    return {column: name.operators.get(column, AWAITS) for column in OPERATORS}
