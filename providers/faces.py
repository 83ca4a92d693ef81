"""What some gateways have besides sending: an inbox, statistics, sender IDs and so on, one face each.

A gateway has a face by having its methods; nothing is declared twice. `face` gives a gateway's face or raises
`Unsupported` before any I/O. `faces` names those of a class, for keyboards, help and the documentation.
Every method raises `providers.errors.GatewayError` and nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, TypeVar, runtime_checkable

from .errors import Unsupported
from .model import Gateway, MessageRef, MessageState, Report, Submission
from .wire import HttpRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """An SMS from a handset (MO). `key` is the gateway's id, or derived from the content where there is none.

    `at` is when the gateway got it. `msisdn` is the sender: digits, or a name where a service wrote.
    """

    key: str
    msisdn: str
    to: str
    text: str
    at: datetime


@runtime_checkable
class Inbox(Protocol):
    async def inbox(self, since: datetime, until: datetime) -> list[Inbound]:
        """What came in since <= at < until, oldest first; rather more where dates are unsure.

        Windows may overlap: `key` tells repeats.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Counts for a period, in the gateway's own terms; None: it does not count that. `total` may be segments.

    `cost` is what was spent.
    """

    since: datetime
    until: datetime
    total: int
    sent: int | None = None
    delivered: int | None = None
    undelivered: int | None = None
    expired: int | None = None
    rejected: int | None = None
    in_process: int | None = None
    cost: Decimal | None = None
    currency: str | None = None


@runtime_checkable
class Counts(Protocol):
    async def statistics(self, since: datetime, until: datetime) -> Statistics:
        """Of any period: where the gateway limits it, it is asked window by window."""
        ...


class SenderStatus(StrEnum):
    """Where a sender ID stands, at the gateway or at one operator."""

    PENDING = "pending"  # waits for moderation or registration
    SUBMITTED = "submitted"  # sent for registration
    ALLOWED = "allowed"
    REFUSED = "refused"
    OFF = "off"
    NO_MONEY = "no_money"
    PAPERS_NEEDED = "papers_needed"
    FROM_NEXT_MONTH = "from_next_month"  # becomes active when the month begins
    ALLOWED_ENDING = "allowed_ending"  # still allowed, marked for removal
    UNKNOWN = "unknown"  # a number the documents do not name


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderId:
    """A sender ID. `operators`: its status by operator, in the gateway's own names of operators."""

    name: str
    id: str | None = None
    status: SenderStatus | None = None
    operators: Mapping[str, SenderStatus] = field(default_factory=dict)


@runtime_checkable
class SenderIds(Protocol):
    async def senders(self, *, operators: bool = False) -> list[SenderId]:
        """All names with their status; with `operators` also where each stands at each operator."""
        ...

    async def add_sender(self, name: str, comment: str) -> str:
        """Apply for a name; `comment` says what it is for. Returns its id."""
        ...

    async def change_sender(self, name: str, comment: str) -> None: ...

    async def send_sender_code(self, name: str) -> None:
        """Have a code sent to a number that is to become a sender ID."""
        ...

    async def confirm_sender(self, name: str, code: str) -> None: ...

    async def delete_sender(self, name: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One entry of a gateway's history: a message, or a whole sending where it keeps only those.

    `msisdn` None: a sending; then `counts` has how many of its messages stand where.
    """

    gateway_id: str
    at: datetime | None
    text: str
    sender_id: str | None = None
    msisdn: str | None = None
    counts: Mapping[MessageState, int] = field(default_factory=dict)
    total: int = 1
    cost: Decimal | None = None


@runtime_checkable
class History(Protocol):
    async def history(self, since: datetime, until: datetime) -> list[Past]: ...


@runtime_checkable
class Recallable(Protocol):
    async def recallable(self, refs: Sequence[MessageRef]) -> int | None:
        """How many of these could be called back now; calls nothing back. None: it does not count."""
        ...


@runtime_checkable
class Forgets(Protocol):
    async def forget(self, refs: Sequence[MessageRef]) -> None:
        """Delete messages from the gateway's history."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    id: str
    name: str
    text: str


@runtime_checkable
class Templates(Protocol):
    async def templates(self) -> list[Template]: ...

    async def add_template(self, name: str, text: str) -> str:
        """Returns its id."""
        ...

    async def change_template(self, template_id: str, name: str, text: str) -> None: ...

    async def delete_template(self, template_id: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A campaign that the gateway itself keeps. `details`: what it says of it, in its own words."""

    id: str
    details: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class Jobs(Protocol):
    async def jobs(self, since: datetime | None = None, until: datetime | None = None) -> list[Job]: ...

    async def job(self, job_id: str) -> Job: ...

    async def add_job(self, name: str, submission: Submission) -> tuple[str, Decimal | None]:
        """Create a campaign there: this sends and costs money. Returns its id and price.

        `OutcomeUnknown` as for `submit`: never repeat it.
        """
        ...

    async def pause_job(self, job_id: str) -> None: ...

    async def delete_job(self, job_id: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a gateway charges in a zone. `prices`: by the gateway's own names of what is sent."""

    zone: str
    name: str
    prices: Mapping[str, Decimal] = field(default_factory=dict)


@runtime_checkable
class Prices(Protocol):
    async def prices(self) -> list[Price]: ...


@runtime_checkable
class Pushes(Protocol):
    def parse_push(self, request: HttpRequest) -> list[Report | Inbound]:
        """What the gateway tells in a call of its own. `request.url` has the query it came with.

        Raises `errors.Forged` where a signature is expected and does not fit, OutcomeUnknown for what cannot
        be read. Pure.
        """
        ...

    def push_query(self) -> str:
        """The query that our address is to have: by it the gateway calls so that `parse_push` believes it."""
        ...


FACES: Mapping[str, type] = {
    "inbox": Inbox,
    "statistics": Counts,
    "senders": SenderIds,
    "history": History,
    "recallable": Recallable,
    "forget": Forgets,
    "templates": Templates,
    "jobs": Jobs,
    "prices": Prices,
    "push": Pushes,
}

Face = TypeVar("Face")


def face(gateway: Gateway, wanted: type[Face]) -> Face:
    """The gateway by this face. Raises Unsupported where it has none."""
    if isinstance(gateway, wanted):
        return gateway
    raise Unsupported(raw=f"{gateway.kind} has no {wanted.__name__}")


def faces(gateway: type) -> frozenset[str]:
    """The names of the faces that a class of gateways has."""
    return frozenset(name for name, wanted in FACES.items() if issubclass(gateway, wanted))
