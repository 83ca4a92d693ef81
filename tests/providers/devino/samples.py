"""What the cases of both faces of Devino share: numbers, ids, submissions, the sheet's states."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from providers.model import Kind, MessageRef, MessageState, Reason, Report, Sms, Submission, Verdict

OTHER_SESSION = "Z5CYSZEKDL1DPICU37WEHQVOYKP0T1GSLHX1"
ONE, TWO = "79031234567", "79160000000"
ID, ID_2, ID_3, ID_4 = (f"57970085416927235{digit}" for digit in "8901")
BIG_ID = "98765432109876543210"  # above 2^63
LONG = "Я" * 71
AT = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
REPORTED = datetime(2020, 12, 16, 20, 44, 40, tzinfo=UTC)
NO_ID = Report(msisdn=ONE, ref="r1", state=None, raw="", silence=True)


def submission(*msisdns: str, text: str = "Order 42 is ready", **more: object) -> Submission:
    plain = Submission(
        ref="r1", sms=tuple(Sms(msisdn=one, text=text) for one in msisdns or (ONE,)), sender_id="ACME"
    )
    return replace(plain, **more)  # type: ignore[arg-type]


TWO_TEXTS = submission(sms=(Sms(msisdn=ONE, text="a"), Sms(msisdn=TWO, text="b")))


def accepted(msisdn: str, *gateway_ids: str) -> Verdict:
    return Verdict(msisdn=msisdn, state=MessageState.ACCEPTED, gateway_ids=gateway_ids)


def ref(*gateway_ids: str, number: str = ONE, kind: Kind = Kind.SMS) -> MessageRef:
    return MessageRef(ref="r1", msisdn=number, gateway_ids=gateway_ids, kind=kind)


# state number -> what it comes to, from the sheet's section 8
STATE_TABLE: dict[int, tuple[MessageState | None, Reason | None]] = {
    -200: (MessageState.UNDELIVERED, Reason.UNEXPLAINED),
    -98: (MessageState.CANCELLED, Reason.CANCELLED),
    -97: (MessageState.CANCELLED, Reason.CANCELLED),
    -40: (MessageState.ACCEPTED, None),
    -30: (MessageState.ACCEPTED, None),
    -20: (MessageState.SENT, None),
    -10: (MessageState.SENT, None),
    -3: (MessageState.UNDELIVERED, Reason.SCHEDULE),
    -2: (MessageState.ACCEPTED, None),
    -1: (MessageState.SENT, None),
    0: (MessageState.DELIVERED, None),
    8: (MessageState.UNDELIVERED, Reason.UNEXPLAINED),
    10: (MessageState.REJECTED, Reason.SENDER),
    11: (MessageState.REJECTED, Reason.RECIPIENT),
    41: (MessageState.REJECTED, Reason.RECIPIENT),
    42: (MessageState.REJECTED, Reason.OPERATOR),
    46: (MessageState.EXPIRED, Reason.EXPIRED),
    47: (MessageState.CANCELLED, Reason.CANCELLED),
    48: (MessageState.REJECTED, Reason.UNEXPLAINED),
    69: (MessageState.REJECTED, Reason.UNEXPLAINED),
    -100: (None, None),
    99: (None, None),
    255: (None, None),
    1000: (None, None),
}

# the same of section 9.1
VIBER_TABLE: dict[int, tuple[MessageState | None, Reason | None]] = {
    0: (MessageState.ACCEPTED, None),
    1: (MessageState.SENT, None),
    2: (MessageState.DELIVERED, None),
    3: (MessageState.DELIVERED, None),
    4: (MessageState.UNDELIVERED, Reason.UNEXPLAINED),
    5: (MessageState.UNDELIVERED, Reason.UNEXPLAINED),
    6: (None, None),
    7: (MessageState.EXPIRED, Reason.EXPIRED),
    8: (MessageState.DELIVERED, None),
    9: (None, None),
    255: (None, None),
}


def told(number: int, gateway_id: str = ID, **more: object) -> Report:
    """The report on an SMS from its state number. Every end but delivery has a reason and an entry."""
    return _report(number, gateway_id, STATE_TABLE, "devino-state", more)


def told_of_viber(number: int, gateway_id: str, **more: object) -> Report:
    """The same of a Viber message; 3 and 8 say it was read."""
    return _report(number, gateway_id, VIBER_TABLE, "devino-viber-state", {"read": number in {3, 8}} | more)


def _report(
    number: int,
    gateway_id: str,
    table: Mapping[int, tuple[MessageState | None, Reason | None]],
    prefix: str,
    more: Mapping[str, object],
) -> Report:
    known, reason = table[number]
    plain = Report(
        msisdn=ONE,
        ref="r1",
        gateway_id=gateway_id,
        state=known,
        raw=str(number),
        code=str(number),
        reason=reason,
        entry=f"{prefix}-{number}" if reason else None,
        silence=number in ({255, 99, -100} if prefix == "devino-state" else {6}),
    )
    return replace(plain, **more)  # type: ignore[arg-type]


# A period of incoming messages and statistics, as it is asked for.
SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 8, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CAME = datetime(2026, 11, 2, 9, 30, 15, tzinfo=UTC)
CAME_MS = int(CAME.timestamp() * 1000)
