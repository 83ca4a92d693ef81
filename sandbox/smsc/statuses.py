"""status.php: where a message is, and deleting it (sheet sections 3 and 5)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from sandbox.account import Account, Message
from sandbox.handset import FINAL, Stage
from sandbox.smsc import replies
from sandbox.smsc.errors import BAD_PARAMETERS, NOT_DELETED, SmscError
from sandbox.smsc.kinds import TYPES
from sandbox.smsc.register import Kept, Register
from sandbox.smsc.replies import Fields, Value
from sandbox.smsc.request import MOSCOW, Request, normalise, split
from sandbox.smsc.sending import MCCMNC

DATE = "%d.%m.%Y %H:%M:%S"

# (status, err, label). 23 with a reason of its own is a pair that was recorded. -2 is what stopping a
# campaign makes of its messages.
STATUSES = {
    Stage.QUEUED: (-1, 0, "Ожидает отправки"),
    Stage.MODERATION: (-1, 0, "Ожидает отправки"),
    Stage.SENT: (0, 0, "Передано оператору"),
    Stage.DELIVERED: (1, 0, "Доставлено"),
    Stage.EXPIRED: (3, 6, "Просрочено"),
    Stage.UNDELIVERED: (20, 6, "Невозможно доставить"),
    Stage.REJECTED: (23, 255, "Запрещено"),
    Stage.CANCELLED: (-2, 0, "Остановлено"),
}
_COUNTRY, _OPERATOR = "Россия", "МТС"


def status(register: Register, request: Request) -> str:
    """As many ids as numbers, in the same order; a comma in either makes the answer a list."""
    written_ids, written_phones = request.parameters.get("id", ""), request.parameters.get("phone", "")
    ids = [message_id.strip() for message_id in written_ids.split(",") if message_id.strip()]
    phones = split(written_phones)
    level = request.parameters.get("all") or "0"
    if not ids or len(ids) != len(phones) or level not in ("0", "1", "2"):
        raise SmscError(*BAD_PARAMETERS)
    pairs = list(zip(ids, phones, strict=True))
    if request.flag("del"):
        return _delete(register, request, pairs)
    listed = "," in written_ids or "," in written_phones
    named = listed and request.fmt >= 2  # a line of numbers does not repeat its id and phone
    rows = [_row(register, *pair, named=named, level=int(level)) for pair in pairs]
    return replies.statuses(request.fmt, rows, listed=listed)


def _delete(register: Register, request: Request, pairs: Sequence[tuple[str, str]]) -> str:
    """All or none. What waits is cancelled by it; what is at the operator cannot be deleted: error 5."""
    account = register.account
    found = [register.find(message_id, normalise(phone)) for message_id, phone in pairs]
    gone = [kept for kept in found if kept is not None and _deletable(account, kept)]
    if len(gone) < len(pairs):
        raise SmscError(*NOT_DELETED)
    waiting = [kept.message for kept in gone if kept.message and account.cancellable(kept.message)]
    account.cancel(waiting, request_id=uuid4().hex)
    register.forget(gone)
    return replies.done(request.fmt)


def _deletable(account: Account, kept: Kept) -> bool:
    return kept.message is not None and (
        account.cancellable(kept.message) or account.stage(kept.message) in FINAL
    )


def _row(register: Register, message_id: str, phone: str, *, named: bool, level: int) -> Fields:
    """One message; one that is not found, or of unknown fate, is -3 and has no dates."""
    kept = register.find(message_id, normalise(phone)) if register.account.sees() else None
    names: dict[str, Value] = (
        {"id": replies.json_id(message_id), "phone": phone.removeprefix("+")} if named else {}
    )
    if kept is None:
        return {"status": -3, **names}
    if kept.message is None:
        refused_at = register.account.now()
        return {**dated(*kept.refused, "sms", refused_at), **names}
    latest = register.account.lived(kept.message)[-1]
    if latest.stage not in STATUSES:
        return {"status": -3, **names}
    code, error, _ = STATUSES[latest.stage]
    row = dated(code, error, kept.message.accepted.kind, latest.since)
    if kept.message.accepted.kind == "hlr":
        row |= found_out(kept.message, latest.stage)
    return {**row, **described(register.account, kept.message, level), **names}


def dated(code: int, error: int, kind: str, since: datetime) -> dict[str, Value]:
    """The short form of a status: the date in Moscow time, the timestamp true Unix time."""
    return {
        "status": code,
        "last_date": moscow(since),
        "last_timestamp": int(since.timestamp()),
        "flag": TYPES[kind],  # its lowest bits
        "err": error,
    }


def moscow(instant: datetime) -> str:
    """As every date is written here."""
    return instant.astimezone(MOSCOW).strftime(DATE)


def found_out(message: Message, stage: Stage) -> dict[str, Value]:
    """What a lookup (HLR) says of a number; empty until it is answered, or if it never is."""
    names = ("imsi", "msc", "mcc", "mnc", "cn", "net", "rcn", "rnet")
    if stage is not Stage.DELIVERED:
        return dict.fromkeys(names, "")
    imsi = MCCMNC + message.accepted.msisdn[-10:]
    values = (imsi, "79168960438", MCCMNC[:3], MCCMNC[3:], _COUNTRY, _OPERATOR, "", "")
    return dict(zip(names, values, strict=True))


def described(account: Account, message: Message, level: int) -> dict[str, Value]:
    """What all=1 adds, in the documented order; all=2 puts the network after the number."""
    if level == 0:
        return {}
    accepted = message.accepted
    sent = accepted.send_at or accepted.accepted_at
    stage = account.stage(message)
    network: dict[str, Value] = {
        "mccmnc": MCCMNC,
        "country": _COUNTRY,
        "operator": _OPERATOR,
        "operator_orig": _OPERATOR,
        "region": "",
    }
    return {
        "send_date": moscow(sent),
        "send_timestamp": int(sent.timestamp()),
        "phone": accepted.msisdn,
        **(network if level == 2 else {}),
        "cost": str(account.price * accepted.segments),
        "sender_id": accepted.sender,
        "status_name": STATUSES[stage][2] if stage in STATUSES else "",
        "message": accepted.text,
        "comment": "",
        "type": TYPES[accepted.kind],
        **({"sms_cnt": accepted.segments} if level == 2 else {}),
    }
