"""send.php and /rest/send/: sending and the price check (section 2)."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from ...errors import RequestRefused, Unsupported
from ...model import Kind, KindLimits, MessageState, Quote, Reason, Receipt, Sms, Submission, Verdict
from ...wire import HttpRequest, HttpResponse, as_decimal, as_int, unreadable
from .codes import DELIVERY_ERRORS, DOUBTFUL, NO_REFUSAL, REFUSED, STATUS_REASONS, UNTOLD
from .config import Config
from .reply import MOSCOW, digits, read_object, read_sending, word
from .request import Pairs, identical, post_sending

TEXT_MAX = 1000
VALIDITY = (timedelta(minutes=1), timedelta(hours=24))

ALSO = {
    Kind.FLASH: KindLimits(text_max=TEXT_MAX, validity=VALIDITY, send_at=True),
    Kind.VIBER: KindLimits(text_max=TEXT_MAX, validity=VALIDITY, send_at=True),
    Kind.VOICE: KindLimits(text_max=TEXT_MAX, validity=VALIDITY, send_at=True),
    Kind.HLR: KindLimits(text_max=0, validity=None, send_at=False),  # asked now or never
    Kind.PING: KindLimits(text_max=0, validity=VALIDITY, send_at=True),
}
_SWITCHES = {
    Kind.FLASH: "flash",
    Kind.VIBER: "viber",
    Kind.VOICE: "call",
    Kind.HLR: "hlr",
    Kind.PING: "ping",
}

# What may stand in `Submission.options`, and how its value looks. Not here: what a submission says in its
# own fields, what only e-mail and MMS have, and `nl`, another way to write a list than the one used below.
_SWITCH = "[01]"
OPTIONS = {
    "translit": "[012]",
    "tinyurl": _SWITCH,
    "maxsms": "[1-9][0-9]?",
    "period": r"[0-9]{1,3}(\.[0-9]{1,2})?",  # hours over which a bulk is spread
    "freq": "[1-9][0-9]{0,3}",  # minutes, the step of the spread
    "tz": r"-?([0-9]|1[0-5])",  # hours from Moscow
    "subj": ".{1,200}",
    "voice": "[mw][2-4]?(,[a-z]{2})?",
    "param": r"[0-9]{1,2},[0-9]{2,4},[1-9]",  # of a call: seconds it rings, seconds between tries, tries
    "soc": _SWITCH,
    "tg": _SWITCH,
    "bot": "@[A-Za-z0-9_]{3,64}|wa:[0-9]{5,15}",
    "smsreq": "[1-9][0-9]{1,2}",
}


def build_submit(config: Config, submission: Submission) -> HttpRequest:
    """A real sending under our own `id`, answered with its price and a word on each number (`err`, `op`)."""
    asked = [("id", submission.ref), ("cost", "2"), ("err", "1"), ("op", "1")]
    # The server refuses the same message within a minute, whatever its id (section 10).
    once = identical(config, "send", _addressed(submission))
    return post_sending(config, "send", asked + message(submission), submits=True, pace=once)


def build_quote(config: Config, submission: Submission) -> HttpRequest:
    """`cost=1` sends nothing (only in this script: in jobs.php it does, section 13.2)."""
    asked = [("cost", "1"), *message(submission)]
    pace = identical(config, "cost", asked, most=5)
    return post_sending(config, "cost", asked, submits=False, pace=pace)


def message(submission: Submission) -> list[tuple[str, str]]:
    """What is sent to whom and how, as parameters of send.php and of jobs.php."""
    _check_limits(submission)
    options = _checked(submission.options)
    pairs = [*_addressed(submission), *options.items()]
    if submission.sender_id is not None:
        pairs.append(("sender", submission.sender_id))
    if submission.send_at is not None:
        pairs.append(("time", _time(submission.send_at, options.get("tz"))))
    if submission.validity is not None:
        minutes = max(1, -int(-submission.validity.total_seconds() // 60))  # rounded up
        pairs.append(("valid", f"{minutes // 60:02}:{minutes % 60:02}"))
    return pairs


def _check_limits(submission: Submission) -> None:
    if submission.by_recipient_time:
        raise Unsupported(raw="no sending by the recipient's time")
    if submission.kind == Kind.SMS:
        return
    limits = ALSO.get(submission.kind)
    if limits is None:
        raise Unsupported(raw=f"no {submission.kind}")
    if submission.send_at is not None and not limits.send_at:
        raise Unsupported(raw=f"no {submission.kind} at a later time")
    if submission.validity is not None and limits.validity is None:
        raise Unsupported(raw=f"no validity of {submission.kind}")


def _checked(options: Pairs) -> dict[str, str]:
    for name, value in options:
        if name not in OPTIONS or not re.fullmatch(OPTIONS[name], value):
            raise RequestRefused(raw=f"no such option, or not a value of it: {name}", reason=Reason.REQUEST)
    return dict(options)


def _addressed(submission: Submission) -> Pairs:
    """The numbers, the texts where the kind has any, and the switch of the kind."""
    switch = [(_SWITCHES[submission.kind], "1")] if submission.kind in _SWITCHES else []
    text = submission.common_text
    if text is None and submission.kind.has_text:
        return [("list", "\n".join(_line(one) for one in submission.sms)), *switch]
    phones = ("phones", ",".join(f"+{one.msisdn}" for one in submission.sms))
    return [phones, ("mes", text), *switch] if text and submission.kind.has_text else [phones, *switch]


def _line(one: Sms) -> str:
    r"""One line of `list`, where a line break within a text is written as the two characters `\n`.

    Nothing says how to write those two characters themselves: a text that has them would arrive changed.
    """
    if "\\n" in one.text:
        raise RequestRefused(raw=r"a \n within one of several texts", reason=Reason.TEXT, field="text")
    text = re.sub("\r\n|\r|\n", r"\\n", one.text)
    return f"+{one.msisdn}:{text}"  # the plus keeps the server from mending the number silently


def _time(send_at: datetime, zone: str | None) -> str:
    """Unix time; in an asked zone its clock, because a zone goes with that form only. Whole minutes, up."""
    if zone is None:
        return f"0{int(send_at.timestamp())}"
    there = timezone(timedelta(hours=int(zone)) + MOSCOW.utcoffset(None))
    return (send_at + timedelta(seconds=59)).astimezone(there).strftime("%d.%m.%y %H:%M")


def parse_submit(response: HttpResponse, submission: Submission) -> Receipt:
    """`{"id", "cnt", "cost", "phones"}`: one id for all; `cnt` counts segments, of a call its seconds.

    With a `phones` list each number it names has its own verdict, and one it does not name has none: its
    status tells. Without the list the documented success stands for every number.
    """
    value = read_sending(response, "send")
    gateway_id, count = word(value.get("id")), as_int(value.get("cnt"))
    phones = value.get("phones")
    items = [item for item in phones if isinstance(item, dict)] if isinstance(phones, list) else []
    if gateway_id is None or count is None or (count < 1 and not items):
        raise unreadable(response, "no id or no count")
    said = {digits(item.get("phone")): item for item in items}
    named = [one.msisdn for one in submission.sms if one.msisdn in said or not said]
    if not named:
        raise unreadable(response, "the list names none of our numbers")
    return Receipt(
        gateway_id=gateway_id,
        verdicts=tuple(_verdict(msisdn, said.get(msisdn, {}), gateway_id) for msisdn in named),
        cost=as_decimal(value.get("cost")),
        segments=_segments(count, submission.kind),
    )


def _segments(count: int | None, kind: Kind) -> int | None:
    return None if kind == Kind.VOICE else count


def _verdict(msisdn: str, item: Mapping[str, object], gateway_id: str) -> Verdict:
    """REJECTED by status, or as one of the bad numbers that `err` lists: an error and no status.

    What may still come to life, or of which the result is unknown, is no refusal: its status tells.
    """
    status, error = word(item.get("status")), word(item.get("error"))
    refused = status in REFUSED if status else error is not None and error not in NO_REFUSAL
    refused = refused and status not in DOUBTFUL and error != UNTOLD
    return Verdict(
        msisdn=msisdn,
        state=MessageState.REJECTED if refused else MessageState.ACCEPTED,
        gateway_ids=(gateway_id,),
        code=failure(error) or status if refused else None,
        reason=why(status, error) if refused else None,
        entry=entry(status, error) if refused else None,
    )


def failure(error: str | None) -> str | None:
    return None if error == "0" else error


def why(status: str | None, error: str | None) -> Reason:
    """The delivery error says it; without one the status itself."""
    by_status = STATUS_REASONS.get(status or "", Reason.UNEXPLAINED)
    return DELIVERY_ERRORS.get(error or "", by_status)


def entry(status: str | None, error: str | None) -> str | None:
    """Where the reason dictionary explains it."""
    if error in DELIVERY_ERRORS:
        return f"smsc-err-{error}"
    return f"smsc-status-{status}" if status in STATUS_REASONS else None


def parse_quote(response: HttpResponse, submission: Submission) -> Quote:
    """`{"cost", "cnt"}`. An id would mean that it was sent after all."""
    value = read_object(response, "send")
    cost = as_decimal(value.get("cost"))
    if cost is None or "id" in value:
        raise unreadable(response, "not the answer to a price check")
    return Quote(cost=cost, segments=_segments(as_int(value.get("cnt")), submission.kind))
