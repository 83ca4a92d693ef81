"""What Devino does behind both its faces: sessions, states, incoming SMS, statistics, and the checks before
a send in documented order. Viber is next door, in `devino_viber`.

Written from the vendor's documents (seeds 001 and 004); knows neither JSON nor XML. Refusals are
`DevinoError`.
"""

import re
import secrets
import string
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from sandbox.account import Account, Message, Sms
from sandbox.handset import Stage, life_of, refused_at_submission
from sandbox.journal import Accepted
from sandbox.segments import count_segments

SESSION_LIFE = timedelta(minutes=120)
STATE_HORIZON = timedelta(hours=48)
RECIPIENTS_MAX = 1000  # seed 001, of SendMessage; the REST document names no limit
TEXT_MAX = 2000
INCOMING_HORIZON = timedelta(days=365)  # seed 004: minDateUTC not more than a year back
STATISTICS_SPAN = timedelta(days=90)
FIRST_MESSAGE_ID = 579700854169272358  # the one in the documents' examples
FIRST_INCOMING_ID = 539187174  # the same
INCOMING_NUMBER = "79160000000"
NO_DATE = datetime(1, 1, 1, tzinfo=UTC)  # .NET's DateTime.MinValue


class DevinoError(Exception):
    """A documented refusal. `code`: the REST number (seed 004, table 11); `desc`: the text of both faces."""

    def __init__(self, code: int, desc: str) -> None:
        super().__init__(f"{code} {desc}")
        self.code = code
        self.desc = desc


WRONG_PASSWORD = DevinoError(4, "Invalid user login or password")
REFUSALS = {
    "auth": WRONG_PASSWORD,
    "no_money": DevinoError(5, "Not enough credits"),
    "blocked": DevinoError(7, "Forbidden"),
}


@dataclass(slots=True, kw_only=True)
class Quirks:
    """Where the vendor's documents contradict each other (sheet, section 10, rows 4, 5, 8); settable.

    `date_key`: what the creation date of an incoming SMS is called, in both faces. `numeric_ids`: ids in JSON
    are bare numbers instead of strings; those of Viber never are, they have letters.
    """

    date_key: Literal["CreateDateUtc", "CreatedDateUtc", "CreationDateUtc"] = "CreatedDateUtc"
    numeric_ids: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A request to send one text to some numbers, as it came: nothing in it is checked yet.

    `send_date` without zone; `by_time_zone`: it is the recipient's local time, not UTC.
    """

    session_id: str | None
    source: str | None
    destinations: Sequence[str]
    text: str | None
    send_date: str | None = None
    validity: str | None = None
    by_time_zone: bool = False
    destination_name: str = "destinationAddress"


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentState:
    """What became of one segment. Dates are aware UTC, `timestamp` is `NO_DATE` when there is none."""

    code: int
    description: str
    created: datetime | None = None
    submitted: datetime | None = None
    reported: datetime | None = None
    timestamp: datetime = NO_DATE
    price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """An SMS from a handset to a number of the account. `created`: aware UTC."""

    id: int
    source: str
    destination: str
    text: str
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many segments of a period are where: like ids and prices, Devino's numbers are of segments."""

    sent: int
    delivered: int
    errors: int
    in_process: int
    expired: int
    rejected: int

    @property
    def total(self) -> int:
        """Without the errors: in the sample of seed 004 the other five make the sum."""
        return self.sent + self.delivered + self.in_process + self.expired + self.rejected

    @property
    def total_with_errors(self) -> int:
        """Everything."""
        return self.total + self.errors

    @property
    def delivery_ratio(self) -> Decimal:
        """Per cent delivered of everything; no document says whether it is per cent or a fraction of one."""
        return round(Decimal(100 * self.delivered) / (self.total_with_errors or 1), 2)


UNKNOWN_STATE = SegmentState(code=255, description="Неизвестный")
# Moderation is unknown here: such a message is simply in the queue. No state of seed 004 means "undelivered"
# without blaming somebody, hence 8 (System_Error) of seed 001.
STATES = {
    Stage.QUEUED: (-2, "В очереди"),
    Stage.MODERATION: (-2, "В очереди"),
    Stage.SENT: (-1, "Отправлено"),
    Stage.DELIVERED: (0, "Доставлено"),
    Stage.UNDELIVERED: (8, "Ошибка"),
    Stage.EXPIRED: (46, "Просрочено"),
    Stage.REJECTED: (42, "Отклонено"),
}


class DevinoDesk:
    """Sessions and SMS of one account. `zone`: where every recipient lives, for the time-zone sends."""

    def __init__(self, account: Account, zone: ZoneInfo, quirks: Quirks) -> None:
        self.quirks = quirks
        self._account = account
        self._zone = zone
        self._sessions: dict[str, datetime] = {}
        self._messages: dict[str, Message] = {}
        self._next_id = FIRST_MESSAGE_ID
        self._incoming: list[Incoming] = []

    def log_in(self, login: str | None, password: str | None) -> str:
        """A new session id: the documents call it a GUID, but it is 36 capital letters and digits."""
        require(login=login, password=password)
        if (login, password) != (self._account.login, self._account.password):
            raise WRONG_PASSWORD
        alphabet = string.ascii_uppercase + string.digits
        session_id = "".join(secrets.choice(alphabet) for _ in range(36))
        self._sessions[session_id] = self._account.now() + SESSION_LIFE
        return session_id

    def expire_sessions(self) -> None:
        """End every session now, as if its 120 minutes were over."""
        self._sessions = dict.fromkeys(self._sessions, self._account.now())

    def balance(self, session_id: str | None) -> Decimal:
        """The money left."""
        require(sessionID=session_id)
        self.check_session(session_id)
        return self._account.balance

    def send(self, order: Order, *, gateway: str, request_id: str) -> list[str]:
        """Accept all or nothing: ids of all segments of the first recipient, then of the second ..."""
        text, source = self._check_parameters(order)
        self.check_session(order.session_id)
        segments = count_segments(text)
        if self._account.price * segments * len(order.destinations) > self._account.balance:
            raise REFUSALS["no_money"]
        numbers = [_recipient(written) for written in order.destinations]
        if len(numbers) > RECIPIENTS_MAX:
            raise invalid(order.destination_name)
        if not self._approves(source):
            raise DevinoError(6, "Invalid source address")
        if len(text) > TEXT_MAX:
            raise invalid("data")
        batch = [
            Sms(
                msisdn=number,
                text=text,
                sender=source,
                segments=segments,
                gateway_ids=self._new_ids(segments),
            )
            for number in numbers
        ]
        send_at = self._send_at(order)
        accepted = self._account.accept(gateway, batch, ref=None, send_at=send_at, request_id=request_id)
        for message in accepted:
            self._messages |= dict.fromkeys(message.accepted.gateway_ids, message)
        return [segment for sms in batch for segment in sms.gateway_ids]

    def state(self, session_id: str | None, message_id: str | None) -> SegmentState:
        """The state of one segment; 255 for an id never given and for a message older than 48 hours."""
        require(sessionID=session_id)
        require_message_id(message_id)
        self.check_session(session_id)
        message = self._messages.get(message_id or "")
        now = self._account.now()
        if message is None or not timedelta(0) <= now - message.accepted.accepted_at <= STATE_HORIZON:
            return UNKNOWN_STATE
        lived = self._account.lived(message)
        latest = lived[-1]
        if latest.stage is Stage.UNKNOWN:
            return UNKNOWN_STATE
        code, description = STATES[latest.stage]
        left = next((moment.since for moment in lived if moment.stage is Stage.SENT), None)
        return SegmentState(
            code=code,
            description=description,
            created=message.accepted.accepted_at,
            submitted=left,
            reported=latest.since if code >= 0 else None,
            timestamp=latest.since,
            price=self._account.price,
        )

    def resend(self, viber: Accepted, at: datetime, *, delivered: bool) -> list[str]:
        """Put an SMS in place of a Viber message that fails at this time; the ids of its segments.

        The journal stays as it is: for the client both are one message. Paid for at once, though nobody can
        see the SMS before its time. `delivered`: it arrives, whatever the digits of the number say.
        """
        ids = self._new_ids(count_segments(viber.text))
        sms = replace(viber, gateway_ids=ids, accepted_at=at, segments=len(ids), kind="sms")
        life = life_of("" if delivered else sms.msisdn, at, None, self._account.pace)
        self._account.balance -= self._account.price * sms.segments
        self._messages |= dict.fromkeys(ids, Message(sms, life))
        return list(ids)

    def receive(self, source: str, text: str, destination: str, at: datetime | None) -> Incoming:
        """An SMS arrives from a handset; `at`: when, None for now."""
        incoming = Incoming(
            id=FIRST_INCOMING_ID + len(self._incoming),
            source=source.removeprefix("+"),
            destination=destination,
            text=text,
            created=(at or self._account.now()).astimezone(UTC),
        )
        self._incoming.append(incoming)
        return incoming

    def incoming(self, session_id: str | None, since: datetime, until: datetime) -> list[Incoming]:
        """The SMS created in the period, in the order they came; both its ends belong to it."""
        require(sessionID=session_id)
        self.check_session(session_id)
        if self._account.now() - since > INCOMING_HORIZON:
            raise invalid("minDateUTC")
        if until <= since:
            raise invalid("maxDateUTC")
        return [sms for sms in self._incoming if since <= sms.created <= until]

    def statistics(self, session_id: str | None, since: datetime, until: datetime) -> Counts:
        """Where the segments of the messages accepted in the period are now; both its ends belong to it."""
        require(sessionID=session_id)
        self.check_session(session_id)
        if until < since:
            raise invalid("endDateTime")
        if until - since > STATISTICS_SPAN:
            raise DevinoError(2, "Нельзя указывать диапазон дат более 90 дней.")
        until = min(until, self._account.now())
        stages = Counter(
            self._account.stage(message)
            for message in self._messages.values()
            if since <= message.accepted.accepted_at <= until
        )
        return Counts(
            sent=stages[Stage.SENT],
            delivered=stages[Stage.DELIVERED],
            errors=stages[Stage.UNDELIVERED],
            in_process=stages[Stage.QUEUED] + stages[Stage.MODERATION] + stages[Stage.UNKNOWN],
            expired=stages[Stage.EXPIRED],
            rejected=stages[Stage.REJECTED],
        )

    def _check_parameters(self, order: Order) -> tuple[str, str]:
        destinations = "".join(order.destinations)
        require(
            sessionID=order.session_id,
            sourceAddress=order.source,
            **{order.destination_name: destinations},
            data=order.text,
        )
        if order.by_time_zone:
            require(sendDate=order.send_date)
        if order.validity and not order.validity.isdecimal():
            raise invalid("validity")
        self._send_at(order)
        return order.text or "", order.source or ""

    def check_session(self, session_id: str | None) -> None:
        ends = self._sessions.get(session_id or "")
        if ends is None:
            raise DevinoError(3, "Invalid session id")
        if ends <= self._account.now():
            raise DevinoError(4, "SessionID expired")

    def _approves(self, source: str) -> bool:
        shaped = re.fullmatch(r"[ -~]{1,11}|[0-9]{1,15}", source) is not None
        return shaped and self._account.approves(source)

    def _new_ids(self, count: int) -> tuple[str, ...]:
        first, self._next_id = self._next_id, self._next_id + count
        return tuple(str(number) for number in range(first, self._next_id))

    def _send_at(self, order: Order) -> datetime | None:
        """None for "at once": no date, an empty one, or one that is past."""
        if not order.send_date:
            return None
        try:
            date = read_date(order.send_date, self._zone if order.by_time_zone else UTC)
        except ValueError:
            raise invalid("sendDate") from None
        return date if date > self._account.now() else None


def require(**parameters: str | None) -> None:
    """DevinoError: the first of these that is missing or empty."""
    for name, value in parameters.items():
        if not value:
            raise DevinoError(
                1, f"{name[0].upper()}{name[1:]} can not be null or empty\r\nParameter name: {name}"
            )


def require_message_id(message_id: str | None) -> None:
    """DevinoError: there is none. Its words are not quite those of `require`: the example of seed 004."""
    if not message_id:
        raise DevinoError(1, "MessageID can not be null or empty\r\nParameter name: messageId")


def invalid(parameter: str) -> DevinoError:
    """Of a parameter that is there but cannot be taken."""
    return DevinoError(2, f"Invalid argument\r\nParameter name: {parameter}")


def read_date(written: str, zone: tzinfo = UTC) -> datetime:
    """Aware UTC; `T` or a blank in the middle. `zone`: of a date that names none. ValueError: no date."""
    date = datetime.fromisoformat(written)
    try:
        return (date if date.tzinfo else date.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"not in the calendar: {written}") from error


def _recipient(written: str) -> str:
    """79031234567, +79031234567 and 89031234567 are one number (seed 004)."""
    number = written.strip().removeprefix("+")
    if re.fullmatch(r"8[0-9]{10}", number):
        number = f"7{number[1:]}"
    if not re.fullmatch(r"[1-79][0-9]{9,14}", number) or refused_at_submission(number):
        raise DevinoError(6, "Invalid destination address")
    return number
