"""What customers write: asked for at gateways, stored once, and told in every chat of the account.

A gateway may learn of an SMS late, and its clock may differ from ours, so each question reaches back over
what the ones before it covered, and once in a while far back; the SMS's key tells repeats. The mark of how
far we are moves only when the gateway has answered and what it told is stored.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from providers.errors import AccountStopped, GatewayError, Throttled
from providers.faces import Inbound, Inbox, face
from storage import accounts, audit, chats, conversations, inbound, inboxes, ledger, outbox, stoplist
from storage import leases as leasing
from storage.accounts import Account
from storage.db import Database, Transaction
from storage.fault import fault
from storage.inboxes import Mark
from storage.outage import Unavailable
from storage.outbox import Priority
from storage.vault import Vault

from . import announce, metrics, quiet, stopwords
from .clock import Bell, Clock
from .leases import Leases
from .outage import Halt
from .switchboard import Switchboard

log = structlog.get_logger(__name__)

# Told, in that transaction, of a number that has come onto the stop-list by the customer's own word. Returns
# the campaign that confirms it to them, if any.
OnStop = Callable[[Transaction, Account, str, datetime], Awaitable[int | None]]

# By so much a gateway's clock may be ahead of ours and what it has just taken is still asked for.
AHEAD = timedelta(days=1)
BATCH = 50  # SMS stored in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """`every`: between two questions. `overlap`: how far each reaches back before the last answer.

    `far`, once in `far_every`: how late an SMS may become known and is still found. `remind`: after so long
    without an answer people are told once more.
    """

    every: timedelta
    overlap: timedelta
    far: timedelta
    far_every: timedelta
    remind: timedelta


def window(mark: Mark, times: Times, now: datetime) -> tuple[datetime, datetime, bool]:
    """Since when to ask, until when, and whether this looks far back."""
    far = not timedelta(0) <= now - mark.far_at < times.far_every
    # A clock that was set back leaves marks in the future: what comes now is before them.
    since = min(mark.read_until, now) - times.overlap
    if far:
        since = min(since, now - times.far)
    return max(since, mark.begun_at), now + AHEAD, far


async def take(
    tx: Transaction,
    vault: Vault,
    account: Account,
    came: Sequence[Inbound],
    *,
    remind: timedelta,
    now: datetime,
    on_stop: OnStop | None = None,
) -> int:
    """Store and announce what is new; how many that were."""
    fresh = 0
    stopped: list[Inbound] = []
    if on_stop is not None and any(stopwords.is_stop(sms.text) for sms in came):
        await accounts.lock(tx, account.id)  # before all else, as everybody who sends by it takes it
    for sms in came:
        number = await inbound.add(
            tx,
            account_id=account.id,
            key=sms.key,
            msisdn=sms.msisdn,
            to=sms.to,
            text=sms.text,
            at=sms.at,
            now=now,
        )
        if number is None:
            continue
        fresh += 1
        conversation_id = await conversations.between(tx, account.id, sms.msisdn)
        await inbound.belongs(tx, number, conversation_id)
        await conversations.open_again(tx, conversation_id)
        if stopwords.is_stop(sms.text):
            # What they asked before stands in older cards: nobody can answer it any more.
            await conversations.answered(tx, conversation_id)
            await conversations.redraw(tx, conversation_id, now)
            if await stoplist.add(tx, account.id, sms.msisdn, by=None, now=now):
                stopped.append(sms)
        else:
            await conversations.wait(tx, conversation_id, since=now, remind_at=now + remind)
        await _tell(tx, account, conversation_id, number, now)
    told = [None if on_stop is None else await on_stop(tx, account, sms.msisdn, now) for sms in stopped]
    for sms, campaign_id in zip(stopped, told, strict=True):
        await _record(tx, vault, account, sms, campaign_id, now)
    return fresh


async def _record(
    tx: Transaction, vault: Vault, account: Account, sms: Inbound, campaign_id: int | None, now: datetime
) -> None:
    """The customer's own word was enough; nobody has to answer it."""
    by = audit.By(person_id=None, person="SMS", chat_id=None)
    await audit.record(
        tx, vault, by, "stop-list-add", now=now, campaign_id=campaign_id, account_id=account.id,
        number=sms.msisdn, evidence={"account": account.name},
    )  # fmt: skip


async def _tell(tx: Transaction, account: Account, conversation_id: int, number: int, now: datetime) -> None:
    for chat_id in await accounts.chats_of(tx, account.id):
        notice_id = await outbox.say(
            tx,
            chat_id=chat_id,
            thread_id=0,
            kind="inbound",
            content={},
            language=await chats.language_of(tx, chat_id),
            priority=Priority.INBOUND,
            now=now,
        )
        await conversations.add_card(
            tx, notice_id, conversation_id=conversation_id, inbound_id=number, chat_id=chat_id, now=now
        )


async def remind(tx: Transaction, now: datetime) -> bool:
    """Tell once more of customers who have waited too long, after quiet hours. False: there is none."""
    ids = await conversations.to_remind_of(tx, now)
    for conversation_id in ids:
        for card in await conversations.newest_cards(tx, conversation_id):
            await outbox.say(
                tx,
                chat_id=card.chat_id,
                thread_id=0,
                kind="unanswered",
                content={"conversation_id": conversation_id},
                language=await chats.language_of(tx, card.chat_id),
                priority=Priority.ALERT,
                now=now,
                reply_to=card.message_id,
                held_until=await quiet.until(tx, card.chat_id, now),
            )
    return bool(ids)


class InboxReader:
    """The worker that asks. One task an account, so that a slow gateway holds up nobody else.

    `gateways`: the kinds of those that can be asked.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        switchboard: Switchboard,
        clock: Clock,
        bell: Bell,
        leases: Leases,
        times: Times,
        *,
        gateways: frozenset[str],
        on_stop: OnStop | None = None,
    ) -> None:
        self._database = database
        self._vault = vault
        self._switchboard = switchboard
        self._clock = clock
        self.bell = bell
        self._leases = leases
        self._times = times
        self._gateways = gateways
        self._on_stop = on_stop
        self._busy: set[int] = set()
        self._stopping = Halt()
        self.on_moved: list[Bell] = []

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            while not self._stopping:
                try:
                    next_due = await self._round(group)
                except Unavailable as error:
                    await self._stopping.rest("inbox reader", error)
                    continue
                await self.bell.nap(next_due)

    async def _round(self, group: asyncio.TaskGroup) -> datetime | None:
        """Ask for what is due. Returns when there is something to do next."""
        await self._tidy()
        async with self._database.read() as tx:
            due = await inboxes.due(tx, self._clock(), besides=await self._besides(tx))
        for mark in due:
            self._busy.add(mark.account_id)
            group.create_task(self._serve(mark))
        async with self._database.read() as tx:
            dues = [await inboxes.next_due(tx, besides=await self._besides(tx))]
            if self._leases.face() is not None:
                dues.append(await conversations.next_reminder(tx))
        return min([one for one in dues if one is not None], default=None)

    def stop(self) -> None:
        self._stopping.want()
        self.bell.ring()

    async def _besides(self, tx: Transaction) -> set[int]:
        """Accounts that are being asked now, or by others."""
        return self._busy | await leasing.besides(tx, self._leases.accounts())

    async def _tidy(self) -> None:
        """Begin with accounts that are new; remind of customers who have waited too long."""
        if self._leases.face() is None:
            return
        now = self._clock()
        async with self._database.read() as tx:
            fresh = await inboxes.lacking(tx, self._gateways)
            reminder = await conversations.next_reminder(tx)
        if not fresh and (reminder is None or reminder > now):
            return
        async with self._database.write("inbox.tidy") as tx:
            await inboxes.begin(tx, self._gateways, now - self._times.overlap, now)
            reminded = await remind(tx, now)
        if reminded:
            self._tell()

    async def _serve(self, mark: Mark) -> None:
        try:
            await self.read(mark)
        except Unavailable as error:
            await self._stopping.rest("inbox reader", error)
        finally:
            self._busy.discard(mark.account_id)
            self.bell.ring()

    async def read(self, mark: Mark) -> None:
        """Ask one account's gateway, keep what it told, and then how far that reaches."""
        now = self._clock()
        since, until, far = window(mark, self._times, now)
        async with self._database.read() as tx:
            account = await accounts.get(tx, mark.account_id)
        gateway = self._switchboard.gateway(account)
        try:
            fault("inbox.read asks")
            came = await face(gateway, Inbox).inbox(since, until)
            fault("inbox.read answered")
        except GatewayError as error:
            metrics.count_error(account.gateway, error)
            log.info("the inbox cannot be read", account=account.name, kind=error.kind, code=error.code)
            await self._failed(account, error, now)
            return
        except Exception:  # whatever broke, the next round asks for the same again
            log.exception("reading the inbox broke", account=account.name)
            await self._failed(account, None, now)
            return
        await self._keep(account, came, now)
        async with self._database.write("inbox.read") as tx:
            await inboxes.read(
                tx,
                account.id,
                until=now,
                far_at=now if far else mark.far_at,
                due_at=now + self._times.every,
            )

    async def _keep(self, account: Account, came: Sequence[Inbound], now: datetime) -> None:
        """Store what is new, oldest first, some at a time: after an outage much comes, and others wait."""
        async with self._database.read() as tx:
            known = await inbound.known(tx, account.id, [sms.key for sms in came])
        fresh = sorted((sms for sms in came if sms.key not in known), key=lambda sms: sms.at)
        for start in range(0, len(fresh), BATCH):
            some = fresh[start : start + BATCH]
            async with self._database.write("inbox.take") as tx:
                await take(
                    tx, self._vault, account, some, remind=self._times.remind, now=now, on_stop=self._on_stop
                )
            self._tell()

    async def _failed(self, account: Account, error: GatewayError | None, now: datetime) -> None:
        pause = self._times.every
        if isinstance(error, Throttled) and error.retry_after is not None:
            pause = max(pause, error.retry_after)
        async with self._database.write("inbox.failed") as tx:
            if isinstance(error, AccountStopped):
                await ledger.lock(tx, [], stops=account.id)
            await inboxes.postpone(tx, account.id, now + pause)
            if isinstance(error, AccountStopped):
                await announce.stop_account(tx, account, error, now)
        self._tell()

    def _tell(self) -> None:
        for bell in self.on_moved:
            bell.ring()
