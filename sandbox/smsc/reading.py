"""get.php: history, inbox, statistics and prices (sheet 9.1)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zlib import crc32

from sandbox.account import Message
from sandbox.handset import Stage
from sandbox.smsc import replies
from sandbox.smsc.errors import BAD_PARAMETERS, NOTHING_FOUND, SmscError
from sandbox.smsc.register import Kept, Register
from sandbox.smsc.replies import Fields
from sandbox.smsc.request import MOSCOW, Request, normalise, read_date, read_whole, split
from sandbox.smsc.statuses import STATUSES, dated, described, moscow

HISTORY_MAX = 1000
HALF_A_YEAR = timedelta(days=184)
ANSWERS_MAX = 10_000
ANSWERS_HOURS_MAX = 168
SMS_FORMAT = "0"  # `format` 8 is e-mail, of which there is none here


@dataclass(frozen=True, slots=True)
class Incoming:
    """An SMS from a handset, `phone` and `to_phone` being MSISDN. `sent`: from there, by its own account."""

    id: int
    phone: str
    to_phone: str
    message: str
    sent: datetime
    received: datetime


class Reading:
    """`inbox`: oldest first. `currency`: of the statistics."""

    def __init__(self, register: Register, currency: str) -> None:
        self.inbox: list[Incoming] = []
        self.currency = currency
        self._register = register

    def answer(self, request: Request) -> str:
        """get.php."""
        operations = {
            "get_messages": self._history,
            "get_answers": self._answers,
            "get_stat": self._statistics,
            "get_price": self._prices,
        }
        asked = [operation for name, operation in operations.items() if request.flag(name)]
        if len(asked) != 1:
            raise SmscError(*BAD_PARAMETERS)
        try:
            return asked[0](request)
        except ValueError:
            raise SmscError(*BAD_PARAMETERS) from None

    def _history(self, request: Request) -> str:
        """Newest first; `prev_id` asks for what was sent before it. SmscError 3: nothing found."""
        parameters = request.parameters
        start, end = _days(request, self._register.account.now(), HALF_A_YEAR)
        if end - start > HALF_A_YEAR + timedelta(days=1):
            raise SmscError(*BAD_PARAMETERS)
        phones = {normalise(phone) for phone in split(parameters.get("phone", ""))}
        before = int(parameters.get("prev_id") or 0)
        count = read_whole(parameters.get("cnt"), HISTORY_MAX, HISTORY_MAX)
        found = [
            (kept, kept.message)
            for kept in reversed(self._register.entries)
            if kept.message is not None
            and start <= kept.message.accepted.accepted_at < end
            and (not phones or kept.msisdn in phones)
            and (not before or kept.int_id < before)
        ]
        if not found or parameters.get("format", SMS_FORMAT) not in ("", SMS_FORMAT):
            raise SmscError(*NOTHING_FOUND)
        return replies.history(request.fmt, [self._past(*one) for one in found[:count]])

    def _past(self, kept: Kept, message: Message) -> Fields:
        account = self._register.account
        latest = account.lived(message)[-1]
        status, error, _ = STATUSES.get(latest.stage, (-3, 0, ""))
        described_fully = described(account, message, 2)
        parts = described_fully.pop("sms_cnt")
        del described_fully["operator_orig"]
        return {
            **dated(status, error, message.accepted.kind, latest.since),
            **described_fully,
            "id": replies.json_id(kept.message_id),
            "int_id": kept.int_id,
            "sms_cnt": parts,
            "format": 0,
            "crc": str(crc32(message.accepted.text.encode())),
        }

    def _answers(self, request: Request) -> str:
        """Oldest first, after `after_id`, of the last `hour` hours."""
        parameters = request.parameters
        hours = read_whole(parameters.get("hour"), ANSWERS_HOURS_MAX, ANSWERS_HOURS_MAX)
        count = read_whole(parameters.get("cnt"), ANSWERS_MAX, ANSWERS_MAX)
        after, to_phone = int(parameters.get("after_id") or 0), parameters.get("to_phone")
        since = self._register.account.now() - timedelta(hours=hours)
        found = [
            one
            for one in self.inbox
            if one.id > after
            and one.received >= since
            and (not to_phone or one.to_phone == normalise(to_phone))
        ]
        rows = [_received(one) for one in found[:count]]
        return replies.table(request.fmt, rows, "answer")

    def _statistics(self, request: Request) -> str:
        """One line for the login, of the days asked for; `credit` is what was spent. None sent, no line."""
        account = self._register.account
        start, end = _days(request, account.now(), timedelta(0))
        sent = [
            message.accepted
            for message in self._register.messages
            if start <= message.accepted.accepted_at < end and account.stage(message) is not Stage.CANCELLED
        ]
        parts = sum(accepted.segments for accepted in sent)
        row: Fields = {
            "login": account.login,
            "cnt": parts,
            "credit": str(account.price * parts),
            "debit": "0.00",
            "currency": self.currency,
        }
        return replies.table(request.fmt, [row] if sent else [], "stat")

    def _prices(self, request: Request) -> str:
        """Two zones, with the columns that the sheet names, in round proportions to the account's price."""
        return replies.prices(
            request.fmt,
            [
                _zone(1, "Россия", self._register.account.price),
                _zone(2, "Казахстан", self._register.account.price * 4),
            ],
        )


def _days(request: Request, now: datetime, default: timedelta) -> tuple[datetime, datetime]:
    """The instants that enclose `start` to `end`, both days included; without an `end` it is today.

    `default`: how far back without a `start`. ValueError: not dates.
    """
    today = now.astimezone(MOSCOW).replace(hour=0, minute=0, second=0, microsecond=0)
    last = read_date(request.parameters.get("end")) or today
    first = read_date(request.parameters.get("start")) or last - default
    return first, last + timedelta(days=1)


def _received(one: Incoming) -> Fields:
    return {
        "id": one.id,
        "received": moscow(one.received),
        "phone": one.phone,
        "message": one.message,
        "to_phone": one.to_phone,
        "sent": moscow(one.sent),
    }


def _zone(number: int, name: str, price: Decimal) -> Fields:
    return {
        "zone": str(number),
        "name": name,
        "api": str(price),
        "mass": str(price),
        "mms": str(price * 5),
        "hlr": str(price / 5),
        "call": str(price / 2),
    }
