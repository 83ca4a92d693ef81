"""A gateway inside this process: it answers what a test tells it to, and remembers what it was asked."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

from desk.clock import Bell
from providers.model import (
    Balance,
    Capabilities,
    MessageRef,
    MessageState,
    Quote,
    Receipt,
    Report,
    Submission,
    Verdict,
)

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

_PLAIN = Capabilities(
    batch_max=100,
    text_max=1000,
    ref_max=20,
    reports_max=100,
    rate=None,
    in_flight=1,
    lookup_by_ref=False,
    verdicts=True,
    text_per_number=False,
    quote=True,
    cancel=False,
    send_at=False,
    by_recipient_time=False,
    validity=(timedelta(minutes=1), timedelta(days=2)),
    status_horizon=timedelta(days=2),
)


def capable(**changes: Any) -> Capabilities:
    """A plain gateway that differs in this."""
    return replace(_PLAIN, **changes)


def taken(submission: Submission) -> Receipt:
    """Every number accepted, each with an id."""
    return Receipt(
        verdicts=tuple(
            Verdict(msisdn=sms.msisdn, state=MessageState.ACCEPTED, gateway_ids=(f"id-{sms.msisdn}",))
            for sms in submission.sms
        )
    )


def raising(error: Exception) -> Callable[[Any], Awaitable[Any]]:
    """An answer that is this error, each time."""

    async def answer(_: Any) -> Any:
        raise error

    return answer


def saying(**particulars: Any) -> Callable[[Sequence[MessageRef]], Awaitable[list[Report]]]:
    """The same report of every message that is asked about."""

    async def answer(refs: Sequence[MessageRef]) -> list[Report]:
        return [Report(**{"raw": "word", "msisdn": one.msisdn, "ref": one.ref} | particulars) for one in refs]

    return answer


async def take(submission: Submission) -> Receipt:
    """What a gateway without trouble answers."""
    return taken(submission)


async def _know_nothing(_: Sequence[MessageRef]) -> list[Report]:
    return []


async def _do_not_count(_: Sequence[MessageRef]) -> int | None:
    return None


class ScriptedGateway:
    """Satisfies `providers.model.Gateway`. Set the `on_...` answers; `heard` rings at every call."""

    kind = "scripted"

    def __init__(self, capabilities: Capabilities, heard: Bell | None = None) -> None:
        self.capabilities = capabilities
        self.submissions: list[Submission] = []
        self.asked: list[Sequence[MessageRef]] = []
        self.recalled: list[Sequence[MessageRef]] = []
        self.at_once = self.most_at_once = 0
        self.on_submit: Callable[[Submission], Awaitable[Receipt]] = take
        self.on_reports: Callable[[Sequence[MessageRef]], Awaitable[list[Report]]] = _know_nothing
        self.on_cancel: Callable[[Sequence[MessageRef]], Awaitable[int | None]] = _do_not_count
        self.on_quote: Callable[[Submission], Awaitable[Quote]] = _price
        self.on_balance: Callable[[None], Awaitable[Balance]] = _rich
        self._heard = heard

    async def _answer(
        self, calls: list[Asked] | None, asked: Asked, script: Callable[[Asked], Awaitable[Answer]]
    ) -> Answer:
        if calls is not None:
            calls.append(asked)
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        if self._heard is not None:
            self._heard.ring()
        try:
            return await script(asked)
        finally:
            self.at_once -= 1

    async def submit(self, submission: Submission) -> Receipt:
        return await self._answer(self.submissions, submission, self.on_submit)

    async def reports(self, refs: Sequence[MessageRef]) -> list[Report]:
        return await self._answer(self.asked, refs, self.on_reports)

    async def cancel(self, refs: Sequence[MessageRef]) -> int | None:
        return await self._answer(self.recalled, refs, self.on_cancel)

    async def quote(self, submission: Submission) -> Quote:
        return await self._answer(None, submission, self.on_quote)

    async def balance(self) -> Balance:
        return await self._answer(None, None, self.on_balance)


async def _price(submission: Submission) -> Quote:
    return Quote(cost=Decimal("2.50") * len(submission.sms), currency="RUB")


async def _rich(_: None) -> Balance:
    return Balance(amount=Decimal("1000.00"), currency="RUB")
