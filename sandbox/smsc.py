"""The stand-in of SMSC (smsc.ru and its sisters): send.php, status.php, balance.php (seed 003, sheet)."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from uuid import uuid4

from aiohttp import web

from sandbox import smsc_replies
from sandbox.account import Account, Clock, Message, Sms
from sandbox.faults import Faults, Refusal
from sandbox.handset import Stage, refused_at_submission
from sandbox.journal import Journal
from sandbox.segments import count_segments
from sandbox.smsc_replies import CONTENT_TYPES, Fields, Sent, Value
from sandbox.smsc_request import (
    MOSCOW,
    Item,
    Request,
    check_valid,
    decode,
    normalise,
    read_items,
    read_own_id,
    read_time,
    split,
)
from sandbox.stand import NOT_FOUND, Call, Reply, Stand

GATEWAY = "smsc"
TEXT_MAX = 1000
CONCURRENT_MAX = 15  # seed 003: so many at once on one login are too many
REPEATS_A_MINUTE = {"send": 1, "quote": 5}
CREDENTIALS = frozenset({"login", "psw", "apikey"})
DATE = "%d.%m.%Y %H:%M:%S"


class SmscError(Exception):
    """`number` and English text as seen on the wire; `message_id` where send.php had given one already."""

    def __init__(self, number: int, text: str, message_id: str | None = None) -> None:
        super().__init__(f"{number} {text}")
        self.number = number
        self.text = text
        self.message_id = message_id


BAD_PARAMETERS = (1, "parameters error")
WRONG_PASSWORD = (2, "authorise error")
NO_MONEY = (3, "no money")
IP_BLOCKED = (4, "ip is blocked")
BAD_DATE = (5, "wrong date format")
NOT_DELETED = (5, "delete error")
DENIED = (6, "message is denied")
BAD_NUMBER = (7, "invalid number")
UNDELIVERABLE = (8, "can't to deliver")  # sic
REPEATED = (9, "duplicate request, wait a minute")
TOO_MANY_AT_ONCE = (9, "too many concurrent requests")
REFUSALS = {
    "auth": WRONG_PASSWORD,
    "no_money": NO_MONEY,
    "blocked": IP_BLOCKED,
    "throttle": TOO_MANY_AT_ONCE,
}

# (status, err, label). 25 with 248 and 23 with a reason of its own are pairs that were recorded.
STATUSES = {
    Stage.QUEUED: (-1, 0, "Ожидает отправки"),
    Stage.MODERATION: (-1, 0, "Ожидает отправки"),
    Stage.SENT: (0, 0, "Передано оператору"),
    Stage.DELIVERED: (1, 0, "Доставлено"),
    Stage.EXPIRED: (3, 6, "Просрочено"),
    Stage.UNDELIVERED: (20, 6, "Невозможно доставить"),
    Stage.REJECTED: (23, 255, "Запрещено"),
}
NO_ROUTE = (25, 248)
WRONG_FORMAT = (22, 249)
WAITING = (-1, 0)


@dataclass(slots=True)
class Kept:
    """What status.php finds under (id, number): a message, or None and the reason why it never was one."""

    message: Message | None
    refused: tuple[int, int] = WAITING


class SmscServer(Stand):
    """`apikey`: accepted instead of login and password. `enforce_limits`: also refuse a repeat within a
    minute.

    Operations in `requests`: `send status balance`; the parameters are as sent, decoded. The rest is
    explained in `account`.
    """

    def __init__(
        self,
        login: str = "demo",
        password: str = "demo-password",  # noqa: S107 - of the demo
        balance: Decimal | str = "1000.00",
        price: Decimal | str = "2.50",
        journal: Journal | None = None,
        faults: Faults | None = None,
        pace: float = 0.0,
        clock: Clock | None = None,
        *,
        apikey: str | None = None,
        currency: str = "RUR",
        enforce_limits: bool = False,
        latency: float = 0.0,
    ) -> None:
        account = Account(
            login=login,
            password=password,
            balance=balance,
            price=price,
            journal=journal,
            pace=pace,
            clock=clock,
        )
        super().__init__(self._route, account, faults, latency)
        self.apikey = apikey
        self.currency = currency
        self.enforce_limits = enforce_limits
        self._kept: dict[tuple[str, str], Kept] = {}
        self._next_id = 1
        self._recent: list[tuple[datetime, str, Mapping[str, str]]] = []

    @property
    def url(self) -> str:
        """Base of the scripts, with the slash."""
        return f"{self.origin}/sys/"

    async def _route(self, http: web.Request) -> Call:
        form = http.content_type == "application/x-www-form-urlencoded"
        request = decode(http.rel_url.raw_query_string, await http.read() if form else b"")
        scripts: dict[str, Callable[[Request], str]] = {
            "/sys/send.php": self._send,
            "/sys/status.php": self._status,
            "/sys/balance.php": self._balance,
        }
        operation = http.path.removeprefix("/sys/").removesuffix(".php")
        parameters = dict(request.parameters)
        script = scripts.get(http.path)
        if script is None or http.method not in ("GET", "POST"):
            return Call(operation, parameters, NOT_FOUND.content_type, lambda: NOT_FOUND, lambda _: NOT_FOUND)
        act = partial(self._act, script, request)
        return Call(operation, parameters, _content_type(request), act, partial(_refuse, request))

    def _act(self, script: Callable[[Request], str], request: Request) -> Reply:
        """Errors come with HTTP 200."""
        try:
            if self.in_flight >= CONCURRENT_MAX:
                raise SmscError(*TOO_MANY_AT_ONCE)
            self._check_login(request.parameters)
            return _reply(request, script(request))
        except SmscError as error:
            return _reply(
                request, smsc_replies.error(request.fmt, error.number, error.text, error.message_id)
            )

    def _check_login(self, parameters: Mapping[str, str]) -> None:
        """The password in the open or as lower-case MD5."""
        if "apikey" in parameters and self.apikey:
            good = parameters["apikey"] == self.apikey
        else:
            hashed = hashlib.md5(self.account.password.encode(), usedforsecurity=False).hexdigest()
            good = parameters.get("login") == self.account.login
            good = good and parameters.get("psw") in (self.account.password, hashed)
        if not good:
            raise SmscError(*WRONG_PASSWORD)

    def _send(self, request: Request) -> str:
        cost_mode = request.parameters.get("cost") or "0"
        try:
            items = read_items(request)
            own_id = read_own_id(request.parameters.get("id"))
            check_valid(request.parameters.get("valid"))
            if cost_mode not in ("0", "1", "2", "3") or any(len(item.text) > TEXT_MAX for item in items):
                raise ValueError
        except ValueError:
            raise SmscError(*BAD_PARAMETERS) from None
        self._check_repeats("quote" if cost_mode == "1" else "send", request.parameters)
        try:
            send_at = read_time(request, self.account.now())
        except ValueError:
            raise SmscError(*BAD_DATE) from None
        message_id = own_id or ("" if cost_mode == "1" else self._new_id())
        good = self._deliverable(items, request.parameters.get("sender"), message_id or None)
        batch = self._batch(good, request.parameters.get("sender"), message_id)
        count = sum(sms.segments for sms in batch)
        cost = self.account.price * count
        numbers = self._numbers(request, items)
        if cost_mode == "1":
            return smsc_replies.quoted(request.fmt, cost, count, numbers)
        if cost > self.account.balance:
            raise SmscError(*NO_MONEY, message_id)
        self._keep(items, batch, message_id, own_id, send_at)
        answer = Sent(
            message_id=message_id,
            count=count,
            cost=cost if cost_mode in ("2", "3") else None,
            balance=self.account.balance if cost_mode == "3" else None,
            numbers=numbers,
        )
        return smsc_replies.sent(request.fmt, answer)

    def _check_repeats(self, kind: str, parameters: Mapping[str, str]) -> None:
        """More than so many identical requests within a minute; the very first one counts."""
        if not self.enforce_limits:
            return
        now = self.account.now()
        told = {name: value for name, value in parameters.items() if name not in CREDENTIALS}
        self._recent = [entry for entry in self._recent if now - entry[0] < timedelta(minutes=1)]
        if sum(entry[1:] == (kind, told) for entry in self._recent) >= REPEATS_A_MINUTE[kind]:
            raise SmscError(*REPEATED)
        self._recent.append((now, kind, told))

    def _deliverable(self, items: Sequence[Item], sender: str | None, message_id: str | None) -> list[Item]:
        """The items that can go out. A request is refused whole only when none can, or for its sender."""
        if not all(self.account.approves(self._sender(item.sender or sender)) for item in items):
            raise SmscError(*DENIED, message_id)
        good = [item for item in items if _verdict(item) == WAITING]
        if not good:
            wrong = any(item.msisdn is None for item in items) or not items
            raise SmscError(*(BAD_NUMBER if wrong else UNDELIVERABLE), message_id)
        return good

    def _sender(self, name: str | None) -> str:
        """A lone dot, like nothing, means the default name."""
        return name if name and name != "." else self.account.default_sender

    def _batch(self, items: Sequence[Item], sender: str | None, message_id: str) -> list[Sms]:
        return [
            Sms(
                msisdn=item.msisdn or "",
                text=item.text,
                sender=self._sender(item.sender or sender),
                segments=count_segments(item.text),
                gateway_ids=(message_id,),
            )
            for item in items
        ]

    def _keep(
        self,
        items: Sequence[Item],
        batch: list[Sms],
        message_id: str,
        own_id: str | None,
        send_at: datetime | None,
    ) -> None:
        """Ids need not be unique: of two messages with the same id and number the later is found."""
        for item in items:
            if item.msisdn is not None:
                self._kept[message_id, item.msisdn] = Kept(None, _verdict(item))
        request_id = uuid4().hex
        for message in self.account.accept(
            GATEWAY, batch, ref=own_id, send_at=send_at, request_id=request_id
        ):
            self._kept[message_id, message.accepted.msisdn] = Kept(message)

    def _numbers(self, request: Request, items: Sequence[Item]) -> list[Fields] | None:
        """All numbers for op=1, the refused ones for err=1; values are text, the codes those of reports."""
        if not request.flag("op") and not request.flag("err"):
            return None
        rows: list[Fields] = []
        for item in items:
            status, error = _verdict(item)
            if error or request.flag("op"):
                cost = Decimal(0) if error else self.account.price * count_segments(item.text)
                rows.append(
                    {
                        "phone": item.msisdn or item.written,
                        "mccmnc": "25001" if item.msisdn else "",
                        "cost": str(cost),
                        "status": str(status),
                        "error": str(error),
                    }
                )
        return rows

    def _new_id(self) -> str:
        self._next_id += 1
        return str(self._next_id - 1)

    def _status(self, request: Request) -> str:
        written_ids, written_phones = request.parameters.get("id", ""), request.parameters.get("phone", "")
        ids = [message_id.strip() for message_id in written_ids.split(",") if message_id.strip()]
        phones = split(written_phones)
        if not ids or len(ids) != len(phones):
            raise SmscError(*BAD_PARAMETERS)
        pairs = list(zip(ids, phones, strict=True))
        if request.flag("del"):
            return self._delete(request, pairs)
        listed = "," in written_ids or "," in written_phones
        named = listed and request.fmt >= 2  # a line of numbers does not repeat its id and phone
        rows = [self._row(*pair, named=named, full=request.flag("all")) for pair in pairs]
        return smsc_replies.statuses(request.fmt, rows, listed=listed)

    def _delete(self, request: Request, pairs: Sequence[tuple[str, str]]) -> str:
        """All or none: what has left for the operator cannot be taken back, and is an error 5 here."""
        keys = [(message_id, normalise(phone) or "") for message_id, phone in pairs]
        found = [kept.message for key in keys if (kept := self._kept.get(key)) and kept.message]
        if len(found) < len(pairs) or not all(map(self.account.cancellable, found)):
            raise SmscError(*NOT_DELETED)
        self.account.cancel(found, request_id=uuid4().hex)
        for key in keys:
            self._kept.pop(key, None)
        return smsc_replies.done(request.fmt)

    def _row(self, message_id: str, phone: str, *, named: bool, full: bool) -> Fields:
        """One message; one that is not found, or of unknown fate, is -3 and has no dates."""
        kept = self._kept.get((message_id, normalise(phone) or ""))
        names: dict[str, Value] = (
            {"id": smsc_replies.json_id(message_id), "phone": phone.removeprefix("+")} if named else {}
        )
        if kept is None:
            return {"status": -3, **names}
        if kept.message is None:
            status, error = kept.refused
            return {**_dated(status, error, self.account.now()), **names}
        latest = self.account.lived(kept.message)[-1]
        if latest.stage not in STATUSES:
            return {"status": -3, **names}
        status, error, label = STATUSES[latest.stage]
        row = _dated(status, error, latest.since)
        return {**row, **(self._full(kept.message, label) if full else {}), **names}

    def _full(self, message: Message, label: str) -> dict[str, Value]:
        """What all=1 adds, in the documented order."""
        accepted = message.accepted
        sent = accepted.send_at or accepted.accepted_at
        return {
            "send_date": sent.astimezone(MOSCOW).strftime(DATE),
            "send_timestamp": int(sent.timestamp()),
            "phone": accepted.msisdn,
            "cost": str(self.account.price * accepted.segments),
            "sender_id": accepted.sender,
            "status_name": label,
            "message": accepted.text,
            "comment": "",
            "type": 0,
        }

    def _balance(self, request: Request) -> str:
        currency = self.currency if request.flag("cur") else None
        return smsc_replies.balance(request.fmt, self.account.balance, currency)


def _verdict(item: Item) -> tuple[int, int]:
    """(status, err) of a number at submission."""
    if item.msisdn is None:
        return WRONG_FORMAT
    return NO_ROUTE if refused_at_submission(item.msisdn) else WAITING


def _dated(status: int, error: int, since: datetime) -> dict[str, Value]:
    """The short form of a status: the date in Moscow time, the timestamp true Unix time."""
    return {
        "status": status,
        "last_date": since.astimezone(MOSCOW).strftime(DATE),
        "last_timestamp": int(since.timestamp()),
        "flag": 0,
        "err": error,
    }


def _refuse(request: Request, kind: Refusal) -> Reply:
    return _reply(request, smsc_replies.error(request.fmt, *REFUSALS[kind]))


def _content_type(request: Request) -> str:
    """JSON says windows-1251 whatever it is written in: recorded, and no reliable guide to the bytes."""
    charset = "windows-1251" if request.fmt == 3 else re.sub("^cp1251$", "windows-1251", request.encoding)
    return f"{CONTENT_TYPES[request.fmt]}; charset={charset}"


def _reply(request: Request, text: str) -> Reply:
    return Reply(text.encode(request.encoding, "replace"), _content_type(request))
