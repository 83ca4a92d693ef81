"""What Devino can be asked to send, and to whom the ids of its answer belong."""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta

from .. import sms
from ..errors import RequestRefused, Unsupported
from ..model import Capabilities, Kind, MessageState, Reason, Receipt, Submission, Verdict
from . import dates


def check(submission: Submission, capabilities: Capabilities, *, options: Collection[str]) -> None:
    """Raise what needs no session to be known, before anything leaves.

    Unsupported: the kind of message, a date or the recipient's time with a kind that has none, and what
    `common_text` raises. RequestRefused: an option that is not among `options`, and a validity period that
    the kind does not take: the samples of Viber's document show one sixty times too long (section 10, 14).
    """
    limits = capabilities.limits(submission.kind)
    if limits is None:
        raise Unsupported(raw=f"no messages of the kind {submission.kind}")
    if submission.by_recipient_time and submission.kind != Kind.SMS:
        raise Unsupported(raw="only SMS go by the recipient's time")
    if submission.send_at is not None and not limits.send_at:
        raise Unsupported(raw=f"messages of the kind {submission.kind} cannot wait for a date")
    for name, _ in submission.options:
        if name not in options:
            raise RequestRefused(raw=f"this send has no option {name}", reason=Reason.REQUEST)
    if submission.kind != Kind.SMS and not _within(submission.validity, limits.validity):
        raise RequestRefused(raw="validity out of range", reason=Reason.REQUEST, field="validity")
    common_text(submission)


def _within(span: timedelta | None, limits: tuple[timedelta, timedelta] | None) -> bool:
    return span is None or limits is None or limits[0] <= span <= limits[1]


def common_text(submission: Submission) -> str:
    """The one text of a submission that Devino can be given.

    Raises Unsupported for several texts; RequestRefused, as Devino would, without a sender ID and for
    sending by the recipient's time without a date (sections 3.3 and 3.4). Nothing has left then.
    """
    text = submission.common_text
    if text is None:
        raise Unsupported(raw="one request carries one text for all its numbers")
    if not submission.sender_id:
        raise RequestRefused(raw="a sender ID is required", reason=Reason.SENDER, field="sender_id")
    if submission.by_recipient_time and submission.send_at is None:
        raise RequestRefused(raw="a date is required", reason=Reason.SCHEDULE, field="send_at")
    return text


def send_date(submission: Submission) -> str | None:
    """The date as Devino reads it; None to send now.

    For sending by the recipient's time the documents say both "UTC" and "with the recipient's zone"
    (section 10, 12): the digits of `send_at` in UTC are what the recipient's clock is meant to show.
    """
    return None if submission.send_at is None else dates.write(submission.send_at)


def validity(submission: Submission) -> int | None:
    """Whole minutes, rounded up, at least one: 0 would mean the default (section 2). None: not given."""
    span = submission.validity
    return None if span is None else max(1, -int(-span.total_seconds() // 60))


def ids(values: Iterable[object]) -> list[str]:
    """The ids of an answer: opaque text, or integers, to be ready for (section 10, 7 and 8).

    Null and blanks stand for a missing one. Empty if anything else is among them: an answer that says
    something in place of an id is not understood.
    """
    given = [value for value in values if value is not None]
    if not {str, int}.issuperset(map(type, given)):  # by type: to isinstance a boolean is an int
        return []
    found = [text for value in given if (text := str(value).strip())]
    characters = "".join(found)
    sound = characters.isascii() and characters.isprintable() and " " not in characters
    return found if sound else []


def receipt(submission: Submission, text: str, ids: Sequence[str]) -> Receipt:
    """Which ids belong to whom: the answer is one flat list and names nobody (section 3.5).

    All ids are those of a single recipient. Of several, each has as many as `text` (as it was sent) has
    segments, in the order of the request, and one of a Viber message; if the count says otherwise nobody
    is given any.
    """
    numbers = [one.msisdn for one in submission.sms]
    if len(numbers) == 1:
        each = len(ids)
    else:
        each = sms.size(text).segments if submission.kind == Kind.SMS else 1
    if len(ids) != len(numbers) * each:
        return Receipt(unmapped_ids=tuple(ids), segments=len(ids))
    return Receipt(
        verdicts=tuple(
            Verdict(
                msisdn=msisdn,
                state=MessageState.ACCEPTED,
                gateway_ids=tuple(ids[place * each : (place + 1) * each]),
            )
            for place, msisdn in enumerate(numbers)
        ),
        segments=len(ids),
    )
