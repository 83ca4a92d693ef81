"""jobs.php: campaigns kept at SMSC (sheet section 7). Its `get` was never seen: the fields are ours."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from sandbox.account import Message
from sandbox.smsc import replies
from sandbox.smsc.errors import BAD_DATE, BAD_PARAMETERS, JOB_NOT_SAVED, NO_MONEY, SmscError
from sandbox.smsc.register import Kept, Register
from sandbox.smsc.replies import Fields
from sandbox.smsc.request import Request, read_date
from sandbox.smsc.sending import deliverable, place, price, read_order
from sandbox.smsc.statuses import moscow
from sandbox.smsc.templates import Templates

FIRST_ID = 1_000_001  # seven digits, as one client reads them
# What send.php says of a message, in the few numbers there are here: what cannot be saved may be later.
_SAID = {BAD_DATE[0]: BAD_DATE, NO_MONEY[0]: JOB_NOT_SAVED}


@dataclass(slots=True)
class Job:
    """A campaign. `kept`: its messages, in the register like any other."""

    id: int
    name: str
    created_at: datetime
    cost: Decimal
    kept: list[Kept]
    cancelled: bool = False


class Jobs:
    """A campaign's messages have the client's own id, or else the campaign's."""

    def __init__(self, register: Register, templates: Templates) -> None:
        self._register = register
        self._templates = templates
        self._jobs: dict[int, Job] = {}
        self._next_id = FIRST_ID

    def answer(self, request: Request) -> str:
        """jobs.php."""
        operations = {
            "add": self._add,
            "del": self._delete,
            "cancel": self._cancel,
            "get": self._one,
            "get_all": self._all,
        }
        asked = [operation for name, operation in operations.items() if request.flag(name)]
        if len(asked) != 1:
            raise SmscError(*BAD_PARAMETERS)
        return asked[0](request)

    def _add(self, request: Request) -> str:
        """Unlike in send.php, cost=1 sends too (sheet 13.2)."""
        parameters = request.parameters
        if not parameters.get("name") or parameters.get("cost", "0") not in ("", "0", "1"):
            raise SmscError(*BAD_PARAMETERS)
        if parameters.get("tpl"):
            request = Request({**parameters, "mes": self._text_of(parameters["tpl"])})
        job_id, before = self._next_id, len(self._register.entries)
        try:
            order = read_order(request, self._register.account.now())
            good = deliverable(self._register, order, None)
            place(self._register, order, good, order.own_id or str(job_id))
        except SmscError as error:
            raise SmscError(*_SAID.get(error.number, BAD_PARAMETERS)) from None
        self._next_id += 1
        job = Job(
            id=job_id,
            name=parameters["name"],
            created_at=self._register.account.now(),
            cost=price(self._register, order.kind, good),
            kept=self._register.entries[before:],
        )
        self._jobs[job_id] = job
        return replies.job_created(request.fmt, job_id, job.cost if request.flag("cost") else None)

    def _text_of(self, template_id: str) -> str:
        try:
            return self._templates.find(template_id).message
        except SmscError:
            raise SmscError(*BAD_PARAMETERS) from None

    def _delete(self, request: Request) -> str:
        """What has left has left; the rest is not sent."""
        job = self._find(request)
        self._stop(self._waiting(job))
        del self._jobs[job.id]
        return replies.done(request.fmt)

    def _cancel(self, request: Request) -> str:
        """Only a campaign of which something still waits."""
        job = self._find(request)
        waiting = self._waiting(job)
        if not waiting:
            raise SmscError(*BAD_PARAMETERS)
        self._stop(waiting)
        job.cancelled = True
        return replies.done(request.fmt)

    def _one(self, request: Request) -> str:
        return _written(request.fmt, [self._fields(self._find(request))], listed=False)

    def _all(self, request: Request) -> str:
        """Those created from `start` to `end`, days included."""
        try:
            start, end = (read_date(request.parameters.get(name)) for name in ("start", "end"))
        except ValueError:
            raise SmscError(*BAD_DATE) from None
        found = [
            self._fields(job)
            for job in self._jobs.values()
            if (start is None or job.created_at >= start)
            and (end is None or job.created_at < end + timedelta(days=1))
        ]
        return _written(request.fmt, found, listed=True)

    def _find(self, request: Request) -> Job:
        written = request.parameters.get("id", "")
        if not written.isdecimal() or int(written) not in self._jobs:
            raise SmscError(*BAD_PARAMETERS)
        return self._jobs[int(written)]

    def _waiting(self, job: Job) -> list[Message]:
        cancellable = self._register.account.cancellable
        return [kept.message for kept in job.kept if kept.message and cancellable(kept.message)]

    def _stop(self, messages: Iterable[Message]) -> None:
        self._register.account.cancel(messages, request_id=uuid4().hex)

    def _fields(self, job: Job) -> Fields:
        sent = [kept.message.accepted for kept in job.kept if kept.message]
        state = "cancelled" if job.cancelled else "waiting" if self._waiting(job) else "finished"
        return {
            "id": job.id,
            "name": job.name,
            "status": state,
            "date": moscow(job.created_at),
            "sender": sent[0].sender,
            "message": sent[0].text,
            "cnt": len(sent),
            "cost": str(job.cost),
        }


def _written(fmt: int, jobs: Sequence[Fields], *, listed: bool) -> str:
    """In text a line begins with the bare id, as one client reads it."""
    if fmt == 0:
        return "\n".join(f"{job['id']}, {replies.pairs({**job, 'id': None})}" for job in jobs)
    return replies.table(fmt, jobs, "job") if listed else replies.one(fmt, jobs[0], "job")
