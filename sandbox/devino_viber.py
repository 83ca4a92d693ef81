"""Devino's Viber: the checks, the messages and their states (sheet, section 9.1; no seed has it).

The digits of the number script a Viber message as they do an SMS (`handset`); a delivered one is read one
pace later. One sent with resend that fails is followed by an SMS: after `01` (undelivered) the SMS arrives,
after `02` and `03` it ends as the Viber message did.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sandbox.account import Account, Message, Sms
from sandbox.devino_account import (
    RECIPIENTS_MAX,
    REFUSALS,
    DevinoDesk,
    DevinoError,
    Order,
    SegmentState,
    invalid,
    require,
    require_message_id,
)
from sandbox.handset import Stage, refused_at_submission

TEXT_MAX = 1000
VALIDITY_MAX = 1440  # minutes; the vendor's own examples say 86400 and would be refused
FIRST_MESSAGE_ID = 0x0261BBD6B3  # the one in the vendor's example, GW0261BBD6B3

READ = (3, "Просмотрено")
STATES = {
    Stage.QUEUED: (0, "Отправляется"),
    Stage.MODERATION: (0, "Отправляется"),
    Stage.SENT: (1, "Отправлено"),
    Stage.DELIVERED: (2, "Доставлено"),
    Stage.UNDELIVERED: (4, "Не доставлено"),
    Stage.REJECTED: (5, "Ошибка"),
    Stage.UNKNOWN: (6, "Неизвестный"),
    Stage.EXPIRED: (7, "Просрочено"),
}
FAILED = frozenset({Stage.UNDELIVERED, Stage.REJECTED, Stage.EXPIRED})
UNKNOWN_STATE = SegmentState(code=6, description="Неизвестный")


@dataclass(frozen=True, slots=True)
class Resent:
    """One segment of the SMS sent instead."""

    id: str
    state: SegmentState


@dataclass(slots=True)
class _Sent:
    message: Message
    resent_ids: Sequence[str] = ()


class ViberDesk:
    """Viber messages of one account; its sessions, and the SMS sent instead, are those of `desk`."""

    def __init__(self, account: Account, desk: DevinoDesk) -> None:
        self._account = account
        self._desk = desk
        self._sent: dict[str, _Sent] = {}

    def send(self, order: Order, *, resend: bool, gateway: str, request_id: str) -> list[str]:
        """Accept all or nothing; one id a recipient, in their order."""
        text, source = self._check(order)
        numbers = [_recipient(written) for written in order.destinations]
        if len(numbers) > RECIPIENTS_MAX:
            raise invalid(order.destination_name)
        if not re.fullmatch(r"[A-Za-z0-9]{1,11}", source):
            raise _field("error-subject-format")
        if not self._account.approves(source):
            raise _field("error-subject-unknown")
        if len(text) > TEXT_MAX:
            raise invalid("data")  # no word is documented for this
        first = FIRST_MESSAGE_ID + len(self._sent)
        batch = [
            Sms(msisdn=number, text=text, sender=source, segments=1, gateway_ids=(f"GW{first + place:010X}",))
            for place, number in enumerate(numbers)
        ]
        accepted = self._account.accept(
            gateway, batch, ref=None, send_at=None, request_id=request_id, kind="viber"
        )
        for message in accepted:
            resent_ids = self._resend(message) if resend else ()
            self._sent[message.accepted.gateway_ids[0]] = _Sent(message, resent_ids)
        return [sms.gateway_ids[0] for sms in batch]

    def state(self, session_id: str | None, message_id: str | None) -> tuple[SegmentState, list[Resent]]:
        """The state of a Viber message, and of what was sent instead of it by now."""
        require(sessionID=session_id)
        require_message_id(message_id)
        self._desk.check_session(session_id)
        sent = self._sent.get(message_id or "")
        if sent is None:
            return UNKNOWN_STATE, []
        lived = self._account.lived(sent.message)
        latest = lived[-1]
        code, description = STATES[latest.stage]
        read_at = latest.since + timedelta(seconds=self._account.pace)
        if latest.stage is Stage.DELIVERED and read_at <= self._account.now():
            code, description = READ
        state = SegmentState(
            code=code,
            description=description,
            created=sent.message.accepted.accepted_at,
            submitted=next((moment.since for moment in lived if moment.stage is Stage.SENT), None),
            reported=latest.since if code in (2, 3, 4, 5, 7) else None,
            timestamp=latest.since,
            price=self._account.price,
        )
        if latest.stage not in FAILED:
            return state, []
        return state, [Resent(id_, self._desk.state(session_id, id_)) for id_ in sent.resent_ids]

    def _check(self, order: Order) -> tuple[str, str]:
        """Text and sender, once parameters, session and money are good: the documented order of an SMS."""
        require(sessionID=order.session_id)
        if not order.destinations or not all(order.destinations):
            raise _field("error-address-not-specified")
        if not order.source:
            raise _field("error-subject-not-specified")
        if not order.text:
            raise _field("error-content-not-specified")
        if order.validity and not _good_validity(order.validity):
            raise _field("error-validity-period-seconds-format")
        self._desk.check_session(order.session_id)
        if self._account.price * len(order.destinations) > self._account.balance:
            raise REFUSALS["no_money"]
        return order.text, order.source

    def _resend(self, message: Message) -> list[str]:
        """Ids of the SMS for a message that is going to fail."""
        end = message.life[-1]
        if end.stage not in FAILED:
            return []
        return self._desk.resend(message.accepted, end.since, delivered=end.stage is Stage.UNDELIVERED)


def _field(word: str) -> DevinoError:
    """Of a bad Viber field Devino says one word; the word of `validity` says seconds and means minutes."""
    return DevinoError(1, word)


def _good_validity(written: str) -> bool:
    return re.fullmatch(r"[0-9]{1,4}", written) is not None and 1 <= int(written) <= VALIDITY_MAX


def _recipient(written: str) -> str:
    """79031234567 or +79031234567; an 8 in front, good for an SMS, is not listed for Viber."""
    number = written.strip().removeprefix("+")
    if not re.fullmatch(r"[1-79][0-9]{9,14}", number):
        raise _field("error-address-format")
    if refused_at_submission(number):
        raise _field("error-address-unknown")
    return number
