"""From an audience and a text to an offer: everything a person is shown before many messages leave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from providers.model import Capabilities, Kind, Sms, Submission
from providers.sms import Alphabet, size
from storage.accounts import Account

from .compose import Rules, is_put_off, limits_of, sender_of, validity_of, when
from .reading import OptionProblem, Problem, Request, is_local, kind_of
from .templates import Survey

PRICED = 100  # recipients whose messages the gateway is asked the price of
SHOWN = 3  # recipients on the card


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The audience of an offer. `dropped` counts rows by reason.

    `columns` are those of the file it came from. `fills` tells the text that its recipients have from any
    text they had before.
    """

    audience_id: int
    fills: int
    name: str
    count: int
    dropped: Mapping[str, int]
    again_of: int | None = None
    columns: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A time by each recipient's own clock, which shows `wall`: between which moments that is.

    `unknown` counts those of whom nothing tells the zone; theirs is `otherwise`, the desk's.
    """

    wall: datetime
    otherwise: ZoneInfo
    earliest: datetime
    latest: datetime
    unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOffer:
    """A checked audience with its texts, frozen: exactly this is sent when it is confirmed.

    `text` is as typed, with its fields; `sample` are the messages of the first recipients. `segments` and
    `submission` are of the sample, which is priced; the whole has those of the survey.
    """

    source: Source
    request: Request
    account_id: int
    account: str
    gateway: str
    sender_id: str | None
    text: str
    kind: Kind
    survey: Survey
    sample: Sequence[Sms]
    send_at: datetime | None
    validity: timedelta | None
    quotes: bool
    local: Spread | None = None
    put_off: bool = False  # by the account's hours

    @property
    def segments(self) -> int:
        return sum(size(one.text).segments for one in self.sample)

    @property
    def alphabets(self) -> tuple[Alphabet, ...]:
        """Which alphabets the texts are in."""
        ucs2, whole = self.survey.ucs2, self.survey.recipients
        return ((Alphabet.GSM7,) if ucs2 < whole else ()) + ((Alphabet.UCS2,) if ucs2 else ())

    def submission(self) -> Submission:
        """The sample as one request, to be priced; its ref is never used."""
        return Submission(
            ref="", sms=tuple(self.sample), sender_id=self.sender_id, validity=self.validity, kind=self.kind
        )


def check_past(request: Request, past: int, count: int) -> None:
    """Raises Problem: the time is past by the clock of some. Nothing is sent late or at once by itself."""
    if past:
        typed = (request.at or "")[:40]
        raise OptionProblem("local-past", typed=typed, count=past, total=count, known="no")


def check_source(count: int, *, allowed: int, most: int) -> None:
    """Whether a person may write to so many. Raises Problem: nobody there, too many."""
    if not count:
        raise Problem("list-empty")
    if count > min(allowed, most):
        raise Problem("too-many-numbers", count=count, limit=min(allowed, most))


def check_request(request: Request) -> None:
    """What is wrong with the options of a list, before its texts are made. Raises Problem."""
    is_local(request)
    if kind_of(request) not in {Kind.SMS, Kind.FLASH}:
        raise OptionProblem("list-kind", typed=request.kind or "")


def offer(
    source: Source,
    request: Request,
    account: Account,
    can: Capabilities,
    rules: Rules,
    survey: Survey,
    sample: Sequence[Sms],
    now: datetime,
    local: Spread | None = None,
) -> BulkOffer:
    """Check everything that can be checked without asking anybody. Raises Problem."""
    check_request(request)
    kind = kind_of(request)
    limits = limits_of(kind, account, lambda _: can)
    if survey.empty_count:
        name, count = next(iter(survey.empty_count.items()))
        rows = ", ".join(map(str, survey.empty[name]))
        raise Problem("empty-field", name=name, count=count, rows=rows, more=count - len(survey.empty[name]))
    if survey.longest > limits.text_max:
        raise Problem("text-too-long", length=survey.longest, limit=limits.text_max, gateway=account.gateway)
    if survey.worst > rules.segments:
        raise Problem("row-too-long", segments=survey.worst, limit=rules.segments, row=survey.worst_row)
    return BulkOffer(
        source=source,
        request=replace(request, account=account.name),
        account_id=account.id,
        account=account.name,
        gateway=account.gateway,
        sender_id=sender_of(request, account, can),
        text=request.text,
        kind=kind,
        survey=survey,
        sample=sample,
        send_at=when(request, account, rules, now) if local is None else local.earliest,
        local=local,
        validity=validity_of(request, limits),
        quotes=can.quote,
        put_off=is_put_off(request, account, rules, now),
    )


def as_json(offered: BulkOffer) -> dict[str, Any]:
    """What a draft keeps of it: the texts stand in the audience. A schedule waits here, where ⏸ is sure."""
    source = offered.source
    return {
        "audience_id": source.audience_id,
        "fills": source.fills,
        "count": source.count,
        "again_of": source.again_of,
        "columns": source.columns,
        "account_id": offered.account_id,
        "sender_id": offered.sender_id,
        "text": offered.text,
        "kind": offered.kind,
        "segments": offered.survey.segments,
        "send_at": None if offered.send_at is None else offered.send_at.isoformat(),
        "latest": None if offered.local is None else offered.local.latest.isoformat(),
        "request": offered.request.as_json(),
        "validity": None if offered.validity is None else int(offered.validity.total_seconds()),
        "hands_over": False,
        "by_recipient_time": False,
        "spans": {},
    }
