"""SMSC (smsc.ru, .ua, .kz, .tj, smscentre.com) over HTTP: forms in, JSON out. Protocol sheet: smsc.

What is odd on this wire, with the sheet's section:

- The default charset is windows-1251 both ways, and the reply's label lies (1): utf-8 is asked for each time.
- Errors come with HTTP 200, and a number means another thing in each script (11).
- Where JSON was asked for, older code paths answer in text, or with nothing for an empty list (13.7).
- Our own `id` does not deduplicate (13.8); asking for its status is what settles a lost answer.
- One id stands for all recipients of a submission, so the key of a status is id and phone (13.9).
- Statuses of many messages may be asked for once a minute, and then the answer has another shape (5, 10).
- The same request within a minute is refused, and refusals in number block our address (10): what must not
  be repeated is kept apart by `Pace`, under a digest.
- `cost=1` asks for a price in send.php and starts a campaign in jobs.php (13.2).
- Adding a sender ID gives its id under the key `sender`, which is the name elsewhere (13.4).
- Roubles are `RUR` here (13.23) and `RUB`, their ISO name, with us.

One module a script: `sending`, `statuses`, `senders`, `reading` (balance.php and get.php), `templates`,
`jobs`; `push` for what it tells by itself. `codes` has every number, `request` and `reply` what all share.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from ...errors import Unsupported
from ...faces import Inbound, Job, Past, Price, SenderId, Statistics, Template
from ...model import Balance, Capabilities, MessageRef, Quote, Receipt, Report, Submission
from ...wire import HttpRequest, Send
from . import jobs, push, reading, senders, sending, statuses, templates
from .codes import DELIVERY_ERRORS, ENTRIES, ERRORS, STATES
from .config import Config
from .request import with_reserve

__all__ = ["CAPABILITIES", "DELIVERY_ERRORS", "ENTRIES", "ERRORS", "KIND", "STATES", "Config", "Gateway"]

KIND = "smsc"

CAPABILITIES = Capabilities(
    batch_max=200,  # not stated; inferred (section 10)
    text_max=sending.TEXT_MAX,
    ref_max=40,
    reports_max=statuses.LIST_MAX,
    rate=None,
    in_flight=4,  # one page says error 9 comes with 5 at once, the others say 15
    lookup_by_ref=True,
    verdicts=True,
    text_per_number=True,
    quote=True,
    cancel=False,
    send_at=True,
    by_recipient_time=False,
    validity=sending.VALIDITY,
    status_horizon=timedelta(hours=72),  # inferred: history reaches back half a year, networks do not
    absence=("report", "history"),
    also=sending.ALSO,
    options=tuple(sending.OPTIONS),
)


def _now() -> datetime:
    return datetime.now(UTC)


class Gateway:
    """One login at SMSC."""

    kind = KIND
    capabilities = CAPABILITIES

    def __init__(self, config: Config, send: Send, *, now: Callable[[], datetime] = _now) -> None:
        self._config = config
        self._now = now
        self._ask = with_reserve(config, send)

    async def balance(self) -> Balance:
        return reading.parse_balance(await self._ask(reading.build_balance(self._config)))

    async def quote(self, submission: Submission) -> Quote:
        request = sending.build_quote(self._config, submission)
        return sending.parse_quote(await self._ask(request), submission)

    async def submit(self, submission: Submission) -> Receipt:
        request = sending.build_submit(self._config, submission)
        return sending.parse_submit(await self._ask(request), submission)

    async def reports(self, refs: Sequence[MessageRef]) -> list[Report]:
        return await statuses.ask_reports(self._config, self._ask, refs)

    async def cancel(self, refs: Sequence[MessageRef]) -> int | None:
        raise Unsupported(raw="a message handed over cannot be called back")

    async def forget(self, refs: Sequence[MessageRef]) -> None:
        await statuses.ask_forget(self._config, self._ask, refs)

    async def inbox(self, since: datetime, until: datetime) -> list[Inbound]:
        return await reading.ask_inbox(self._config, self._ask, since, until, self._now())

    async def history(self, since: datetime, until: datetime) -> list[Past]:
        return await reading.ask_history(self._config, self._ask, since, until)

    async def statistics(self, since: datetime, until: datetime) -> Statistics:
        return await reading.ask_statistics(self._config, self._ask, since, until)

    async def prices(self) -> list[Price]:
        return reading.parse_prices(await self._ask(reading.build_prices(self._config)))

    async def senders(self, *, operators: bool = False) -> list[SenderId]:
        return await senders.ask_senders(self._config, self._ask, operators=operators)

    async def add_sender(self, name: str, comment: str) -> str:
        request = senders.build_add(self._config, name, comment)
        return senders.parse_add(self._config, await self._ask(request))

    async def change_sender(self, name: str, comment: str) -> None:
        request = senders.build_change(self._config, name, comment)
        senders.parse_done(self._config, await self._ask(request))

    async def send_sender_code(self, name: str) -> None:
        request = senders.build_send_code(self._config, name)
        senders.parse_done(self._config, await self._ask(request))

    async def confirm_sender(self, name: str, code: str) -> None:
        request = senders.build_confirm(self._config, name, code)
        senders.parse_done(self._config, await self._ask(request))

    async def delete_sender(self, name: str) -> None:
        request = senders.build_delete(self._config, name)
        senders.parse_done(self._config, await self._ask(request))

    async def templates(self) -> list[Template]:
        return templates.parse_templates(await self._ask(templates.build_templates(self._config)))

    async def add_template(self, name: str, text: str) -> str:
        return templates.parse_add(await self._ask(templates.build_add(self._config, name, text)))

    async def change_template(self, template_id: str, name: str, text: str) -> None:
        request = templates.build_change(self._config, template_id, name, text)
        templates.parse_done(await self._ask(request))

    async def delete_template(self, template_id: str) -> None:
        templates.parse_done(await self._ask(templates.build_delete(self._config, template_id)))

    async def jobs(self, since: datetime | None = None, until: datetime | None = None) -> list[Job]:
        return jobs.parse_jobs(await self._ask(jobs.build_jobs(self._config, since, until)))

    async def job(self, job_id: str) -> Job:
        return jobs.parse_job(await self._ask(jobs.build_job(self._config, job_id)), job_id)

    async def add_job(self, name: str, submission: Submission) -> tuple[str, Decimal | None]:
        return jobs.parse_add(await self._ask(jobs.build_add(self._config, name, submission)))

    async def pause_job(self, job_id: str) -> None:
        jobs.parse_done(await self._ask(jobs.build_pause(self._config, job_id)))

    async def delete_job(self, job_id: str) -> None:
        jobs.parse_done(await self._ask(jobs.build_delete(self._config, job_id)))

    def parse_push(self, request: HttpRequest) -> list[Report | Inbound]:
        return push.parse(self._config, request)

    def push_query(self) -> str:
        return push.query(self._config)
