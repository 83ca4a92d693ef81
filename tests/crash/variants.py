"""Bad variants of our own code, each a mistake that others have made: the harness must catch every one.

A variant replaces what the product does, in the child only. What shows it stands in `test_variants.py`.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from telegram import Update

import desk.clock
import desk.evidence
import desk.leases
import desk.submit
import storage.drafts
import storage.sqlite
from bot.notifier import Notifier
from bot.updates import Dispatcher, Poller
from desk.submit import Ending, Settlement, Submitter, new_ref
from desk.track import Tracker
from providers.errors import GatewayError, NotReached, OutcomeUnknown
from providers.model import Gateway, MessageState
from storage import ledger, outbox, queues
from storage.accounts import Account
from storage.db import Transaction
from storage.leases import Lease
from storage.ledger import Change
from storage.outbox import Notice
from storage.queues import Claim
from storage.schema import attempts


@dataclass(frozen=True, slots=True)
class Variant:
    """`apply` puts the mistake in, for the rest of this process."""

    mistake: str
    apply: Callable[[], None]


def _recover_as(state: MessageState, *, live: bool) -> Callable[..., Any]:
    """A start that is sure of what became of what was on the wire."""

    async def recover(self: Submitter, tx: Transaction, account_id: int, fence: int) -> None:
        now = self._clock()
        for lost in await ledger.stranded(tx, account_id, fence):
            changes = [Change(message_id=one, to=state, due_at=now) for one in lost.message_ids]
            await ledger.apply(tx, changes, source="recovery", now=now)
            await ledger.close_attempts(
                tx, [ledger.Closing(attempt_id=lost.attempt_id, outcome="not_sent", live=live)], now
            )

    return recover


def _requeue_at_start() -> None:
    Submitter.recover = _recover_as(MessageState.QUEUED, live=False)  # type: ignore[method-assign]


def _cursor() -> None:
    """What is behind the cursor counts as done, and the cursor moves when a batch is taken."""
    Submitter.recover = _recover_as(MessageState.ACCEPTED, live=True)  # type: ignore[method-assign]


def _sure_it_did_not_leave() -> None:
    Submitter.recover = _recover_as(MessageState.REJECTED, live=False)  # type: ignore[method-assign]


def _decide_for_people() -> None:
    """What is in doubt is taken to have been sent, and nobody is asked."""

    async def recover(self: Submitter, tx: Transaction, account_id: int, fence: int) -> None:
        now = self._clock()
        for lost in await ledger.stranded(tx, account_id, fence):
            for state in (MessageState.UNCERTAIN, MessageState.ASSUMED_SENT):
                changes = [Change(message_id=one, to=state) for one in lost.message_ids]
                await ledger.apply(tx, changes, source="recovery", now=now)
            await ledger.close_attempts(
                tx, [ledger.Closing(attempt_id=lost.attempt_id, outcome="unknown", live=True)], now
            )

    Submitter.recover = recover  # type: ignore[method-assign]


def _mute() -> None:
    """What went wrong is taken for said, and never was."""
    say = Notifier._say

    async def silent(self: Notifier, notice: Notice, lease: Lease) -> bool:
        if notice.kind not in {"doubt", "failed"}:
            return await say(self, notice, lease)
        async with self._database.write("notifier.silent") as tx:
            await outbox.mark(tx, [notice.id], "sent")
        return False

    Notifier._say = silent  # type: ignore[method-assign]


def _hasty() -> None:
    """One absence, told at once, proves that nothing was sent."""
    desk.evidence.Times.settles_at = lambda self, doubt: doubt.started_at  # type: ignore[method-assign]
    desk.evidence.REPEATS = dict.fromkeys(desk.evidence.REPEATS, 1)


class _NotYet(Exception):
    """Nothing is written down yet."""


def _mark_after_send() -> None:
    async def send_next(self: Submitter, account: Account, gateway: Gateway) -> bool:
        can, lease = gateway.capabilities, self._leases.of(account.id)
        claim = None
        if lease is None:
            return False
        with suppress(_NotYet):
            async with self._database.write("submit.look") as tx:
                claim = await queues.claim(
                    tx,
                    account.id,
                    limit=can.batch_max,
                    ref=new_ref(),
                    now=self._clock(),
                    fence=lease.fence,
                )
                raise _NotYet
        if claim is None:
            return False
        ending = await self._send(claim, gateway, lambda: True)
        async with self._database.write("submit.claim") as tx:
            claim = await queues.claim(
                tx, account.id, limit=can.batch_max, ref=claim.ref, now=self._clock(), fence=lease.fence
            )
        if claim is not None:
            await self._settle(Settlement(account=account, can=can, claim=claim, ending=ending))
        return True

    Submitter.send_next = send_next  # type: ignore[method-assign]


def _retry_on_time_out() -> None:
    of_error = desk.submit.of_error

    def retry(claim: Claim, error: GatewayError, *, retry: timedelta, now: datetime) -> Ending:
        taken = NotReached(raw=error.raw) if isinstance(error, OutcomeUnknown) else error
        return of_error(claim, taken, retry=retry, now=now)

    desk.submit.of_error = retry


def _rescue_by_age() -> None:
    """What has been on the wire for long is taken to be lost and queued again, also while it is not."""
    age = timedelta(milliseconds=1)
    look = Submitter._look

    async def rescue(self: Submitter) -> Any:
        now = self._clock()
        async with self._database.write("submit.rescue") as tx:
            old = set(await tx.scalars(sa.select(attempts.c.id).where(attempts.c.started_at < now - age)))
            for lost in await ledger.on_the_wire(tx):
                if lost.attempt_id in old:
                    changes = [
                        Change(message_id=one, to=MessageState.QUEUED, due_at=now) for one in lost.message_ids
                    ]
                    await ledger.apply(tx, changes, source="recovery", now=now)
                    await ledger.close_attempts(
                        tx, [ledger.Closing(attempt_id=lost.attempt_id, outcome="not_sent", live=False)], now
                    )
        return await look(self)

    async def nothing(self: Submitter, tx: Transaction, account_id: int, fence: int) -> None:
        pass

    Submitter._look = rescue  # type: ignore[method-assign]
    Submitter.recover = nothing  # type: ignore[method-assign]


def _check_then_act() -> None:
    """A button looks whether it was used; that it was is kept in memory, not with its effect."""
    used: set[str | int] = set()

    async def once(_: Transaction, what: str | int, *__: Any, **___: Any) -> bool:
        fresh = what not in used
        used.add(what)
        return fresh

    storage.drafts.use = once  # type: ignore[assignment]
    storage.drafts.decide = once  # type: ignore[assignment]


def _bell_only() -> None:
    """A worker looks when it is rung, and only then: neither at start nor when something falls due."""

    async def nap(self: desk.clock.Bell, until: datetime | None) -> None:
        await self._rung.wait()
        self._rung.clear()

    def sleepy(run: Callable[[Any], Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
        async def rung_first(worker: Any) -> None:
            await worker.bell.nap(None)
            await run(worker)

        return rung_first

    def tell_nobody(*_: object) -> None:
        """That there are accounts to work for rings too."""

    desk.clock.Bell.nap = nap  # type: ignore[method-assign]
    desk.leases.Leases._tell = tell_nobody  # type: ignore[assignment,method-assign]
    for worker in (Submitter, Tracker, Notifier, Dispatcher):
        worker.run = sleepy(worker.run)  # type: ignore[assignment,method-assign]


def _acknowledge_first() -> None:
    """Acknowledge, then store, as the library's own updater does with its queue in memory."""
    keep = Poller._keep

    async def late(self: Poller, batch: tuple[Update, ...], offset: int | None) -> int | None:
        if batch:
            await self._bot.get_updates(offset=batch[-1].update_id + 1, timeout=0)
        return await keep(self, batch, offset)

    Poller._keep = late  # type: ignore[method-assign]


def _not_synchronous() -> None:
    prepare = storage.sqlite._prepare

    def faster(connection: Any, record: Any) -> None:
        prepare(connection, record)
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.close()

    storage.sqlite._prepare = faster  # type: ignore[assignment]


VARIANTS = {
    "requeue-at-start": Variant("what was on the wire is queued again at start", _requeue_at_start),
    "mark-after-send": Variant("the claim is written when the answer is there", _mark_after_send),
    "retry-on-time-out": Variant("a lost answer is taken for a request that never left", _retry_on_time_out),
    "rescue-by-age": Variant("what has been on the wire for long is queued again", _rescue_by_age),
    "sure": Variant("what was on the wire is taken for not sent", _sure_it_did_not_leave),
    "decides": Variant("what was on the wire is taken for sent, though nobody says so", _decide_for_people),
    "mute": Variant("what is in doubt or went wrong is never told", _mute),
    "hasty": Variant("one absence before the settle time proves that nothing was sent", _hasty),
    "cursor": Variant("what is behind the cursor counts as sent", _cursor),
    "check-then-act": Variant("that a button was used is not kept with its effect", _check_then_act),
    "bell-only": Variant("a worker looks only when it is rung", _bell_only),
    "acknowledge-first": Variant("an update is stored after it was acknowledged", _acknowledge_first),
    "not-synchronous": Variant("PRAGMA synchronous=NORMAL", _not_synchronous),
}
