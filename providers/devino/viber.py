"""Viber messages of Devino (section 9.1): their own states, and the SMS sent in their place."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from ..model import Charged, Kind, KindLimits, MessageState, Reason
from .segments import Segment, segment, together
from .vocabulary import Standing, state_entries

_S, _R = MessageState, Reason

LIMITS = KindLimits(text_max=1000, validity=(timedelta(minutes=1), timedelta(minutes=1440)), send_at=False)
KINDS = {Kind.VIBER: LIMITS, Kind.VIBER_OR_SMS: LIMITS}

# Not here, and so moving nothing: SILENT, and every number that Devino has not published.
STATES: dict[int, Standing] = {
    0: Standing(_S.ACCEPTED),  # being sent: the very number that is "delivered" for an SMS
    1: Standing(_S.SENT),
    2: Standing(_S.DELIVERED),
    3: Standing(_S.DELIVERED),  # and read
    4: Standing(_S.UNDELIVERED, _R.UNEXPLAINED, Charged.MAYBE),
    5: Standing(_S.UNDELIVERED, _R.UNEXPLAINED, Charged.MAYBE),  # error
    7: Standing(_S.EXPIRED, _R.EXPIRED, Charged.MAYBE),
    8: Standing(_S.DELIVERED),  # the link in it was followed
}
READ = frozenset({3, 8})
SILENT = frozenset({6})  # "unknown"
RESENT_MAX = 100  # SMS in the place of one message: a text has at most some thirty segments
STATE_ENTRY = "devino-viber-state"
ENTRIES = state_entries(STATES, STATE_ENTRY)


def outcome(gateway_id: str, kind: Kind, answer: Mapping[str, object]) -> Segment | None:
    """What became of a Viber message, and of the SMS in its place; None if one of them cannot be read.

    The SMS decide unless Viber delivered. While an SMS is still to come, a failure of Viber is provisional.
    """
    own = segment(gateway_id, answer.get, STATES, STATE_ENTRY, SILENT)
    entries = answer.get("ResentSms") or []
    if own is None or not isinstance(entries, list) or len(entries) > RESENT_MAX:
        return None
    own = replace(own, read=int(own.raw) in READ)
    resent = [segment(gateway_id, one.get) for one in entries if isinstance(one, dict)]
    readable = [one for one in resent if one is not None]
    if len(readable) < len(entries):
        return None
    if own.state == MessageState.DELIVERED:
        return own
    if not readable:
        return replace(own, provisional=kind == Kind.VIBER_OR_SMS and own.entry is not None)
    sms = together(readable)
    price = None if sms.price is None else sms.price + (own.price or Decimal(0))
    return replace(sms, raw=f"{own.raw}, {sms.raw}", price=price)
