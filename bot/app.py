"""The composition root: builds, starts and stops everything, in one readable order."""

import asyncio
import gc
import os
import platform
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import SQLAlchemyError
from telegram import Update
from telegram.error import InvalidToken, NetworkError, RetryAfter
from telegram.ext import Application, ContextTypes, ExtBot, TypeHandler

from desk import hold, hours
from desk.clock import LONGEST_NAP, Bell, Clock, Steady, boot_time, utc_now
from desk.clock_watch import ClockWatch
from desk.compose import Rules
from desk.evidence import Times
from desk.hold import Witness
from desk.housekeeping import Housekeeper, Keep
from desk.inbox import InboxReader
from desk.inbox import Times as InboxTimes
from desk.leases import Leases
from desk.lookout import Lookout
from desk.pushes import PushReader
from desk.reconcile import Reconciler
from desk.submit import LONGEST_RETRY, Submitter
from desk.switchboard import Switchboard
from desk.track import Tracker
from providers.faces import faces
from providers.gateways import MODULES
from storage import accounts, audit, chats, keyed, leases, outbox, people, sealed
from storage.audit import Breach
from storage.db import Database, DatabaseInUseError, Transaction, alone, open_database, shown, trouble
from storage.leases import Lease
from storage.outbox import Priority
from storage.vault import Vault, VaultError, open_vault

from . import alarms, holding, memory
from .access import Gate
from .announcements import Announcements
from .config import Settings
from .farewells import Farewells
from .gateways import provision, reach
from .gathering.fetching import fetcher
from .gathering.work import Tools
from .gathering.worker import Gatherer
from .handlers import BUTTONS, HANDLERS, ROWS
from .meeting import Meeting
from .menus import Menus
from .notifier import Notifier
from .pulse import Pulse
from .reception import Watch, arrange
from .telegram_http import TelegramRequest
from .turn import Services, Turn
from .updates import BotApplication, Dispatcher, Intake, Poller
from .web import Hook, Web, listening

log = structlog.get_logger(__name__)

GRACE = 8.0  # seconds that requests on the wire get at a stop; the command line bounds all of it
POLL_WAIT = 30  # seconds one getUpdates may wait
OTHERS = timedelta(seconds=1)  # how late the work of other replicas is noticed
BELLS = (
    "submitter",
    "gatherer",
    "tracker",
    "reconciler",
    "notifier",
    "dispatcher",
    "pushes",
    "inbox",
    "poller",
    "leases",
    "witness",
    "watch",
    "lookout",
)
RUNG_BY_PEOPLE = (
    "submitter",
    "gatherer",
    "tracker",
    "reconciler",
    "notifier",
    "inbox",
    "leases",
    "witness",
    "lookout",
)
# Who works on what people write, as `storage.db.written` names it; on what is not here, all of those.
WORKS_ON: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("updates", "drafts", "+drafts", "buttons", "+buttons", "+audit", "audit_ends", "+audit_ends"), ()
    ),
    **dict.fromkeys(("+campaigns", "+messages"), ("submitter", "notifier")),
    "+cards": ("notifier",),
    "outbox": ("notifier", "lookout"),
    "+outbox": ("notifier", "lookout"),
}
BEHIND = 0.05  # seconds: by then what was confirmed has its request on the way
START_RETRY = 3.0  # seconds between tries to reach Telegram at start


class CannotStart(Exception):
    """What keeps the bot from starting, in words for the person at the shell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything that runs."""

    services: Services
    application: BotApplication
    leases: Leases
    submitter: Submitter
    gatherer: Gatherer
    tracker: Tracker
    reconciler: Reconciler
    notifier: Notifier
    dispatcher: Dispatcher
    housekeeper: Housekeeper
    clock_watch: ClockWatch
    poller: Poller
    polls: bool  # else Telegram calls
    watch: Watch
    push_reader: PushReader
    inbox_reader: InboxReader
    witness: Witness
    pulse: Pulse
    lookout: Lookout
    menus: Menus
    web_port: int | None  # None: it listens nowhere

    async def run(self) -> None:
        """Work until cancelled, then stop in order: no new updates, no new claims; what is out lands."""
        # The first question for updates goes before the first rounds of all others.
        workers = [asyncio.create_task(self.poller.run(), name="poller")] if self.polls else []
        workers += [
            asyncio.create_task(self.submitter.run(), name="submitter"),
            asyncio.create_task(self.gatherer.run(), name="gatherer"),
            asyncio.create_task(self.tracker.run(), name="tracker"),
            asyncio.create_task(self.reconciler.run(), name="reconciler"),
            asyncio.create_task(self.notifier.run(), name="notifier"),
            asyncio.create_task(self.dispatcher.run(), name="dispatcher"),
            asyncio.create_task(self.housekeeper.run(), name="housekeeper"),
            asyncio.create_task(self.clock_watch.run(), name="clock watch"),
            asyncio.create_task(self.push_reader.run(), name="push reader"),
            asyncio.create_task(self.inbox_reader.run(), name="inbox reader"),
            asyncio.create_task(self.witness.run(), name="witness"),
            asyncio.create_task(self.watch.run(), name="watch"),
            asyncio.create_task(self.pulse.run(), name="pulse"),
            asyncio.create_task(self.lookout.run(), name="lookout"),
            asyncio.create_task(self.menus.run(), name="menus"),
            asyncio.create_task(self.leases.run(), name="leases"),
        ]
        try:
            ended, _ = await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED)
            for worker in ended:
                log.error("a worker ended", worker=worker.get_name())
                worker.result()
        finally:
            await self._stop(workers)

    async def _stop(self, workers: list[asyncio.Task[None]]) -> None:
        pollers = [worker for worker in workers if worker.get_name() == "poller"]
        for poller in pollers:
            poller.cancel()
        for worker in (
            self.dispatcher,
            self.submitter,
            self.gatherer,
            self.tracker,
            self.reconciler,
            self.notifier,
            self.push_reader,
            self.inbox_reader,
            self.housekeeper,
            self.clock_watch,
            self.witness,
            self.watch,
            self.pulse,
            self.lookout,
            self.menus,
        ):
            worker.stop()
        # While something is on the wire its lease is kept.
        rest = [worker for worker in workers if worker.get_name() not in {"leases", "poller"}]
        _, late = await asyncio.wait(rest, timeout=GRACE)
        for task in late:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        self.leases.stop()
        await asyncio.gather(*workers, return_exceptions=True)
        await self.leases.release()


@asynccontextmanager
async def build(
    settings: Settings,
    *,
    clock: Clock = utc_now,
    ticks: Steady = boot_time,
    poll_wait: int = POLL_WAIT,
    stop: asyncio.Event | None = None,
) -> AsyncIterator[Desk]:
    """Everything made and connected, nothing running yet. Raises CannotStart, also when told to stop.

    `ticks` tell a clock that is set from time that passes.
    """
    memory.give_back()  # each connection to the database is a thread, and there is none yet
    where, seen = settings.storage.where, seen_file(settings)
    async with AsyncExitStack() as stack:
        try:
            database, vault = await _open(stack, settings)
        except DatabaseInUseError:
            raise CannotStart(f"another smsdesk is running on {shown(where)}; only one may") from None
        except VaultError as error:
            raise CannotStart(f"security.key_file: {error}") from None
        except (SQLAlchemyError, OSError, ModuleNotFoundError) as error:
            raise CannotStart(f"{shown(where)} cannot be opened as a database ({trouble(error)})") from None
        open_gateway = await stack.enter_async_context(reach(settings.gateways))
        switchboard = Switchboard(vault, open_gateway)
        async with database.read() as tx:  # of one moment: others may be adding to it
            await _open_all(tx, vault)
            breach = await _breach(tx, vault)
        async with database.write("app.open") as tx:
            await alone(tx, "start")  # replicas start together, and would each make the same accounts
            await _look_at_database(tx, settings, seen, clock)
            await leases.release_of_the_dead(tx, clock())
            await _begin_audit(tx, vault)
            if breach is not None:
                await _tell_breach(tx, breach, settings, clock())
            await provision(tx, settings.accounts, vault, clock())
            await accounts.give_push_tokens(tx)
        desk = await _assemble(
            stack, settings, database, vault, switchboard, clock, ticks, poll_wait, stop or asyncio.Event()
        )
        await _see(desk.witness)
        yield desk


async def _see(witness: Witness) -> None:
    """Before anything is sent: what cannot be written down at the start never will be."""
    try:
        await witness.see()
    except OSError as error:
        raise CannotStart(f"{error.filename}: {error.strerror}; what was last seen must be kept") from None


async def _open(stack: AsyncExitStack, settings: Settings) -> tuple[Database, Vault]:
    """The database and the vault, made where they are new.

    A file comes after its keys: a first start that dies between them is begun anew by the next. PostgreSQL is
    new until the first start has left keys in it.
    """
    where, file = settings.storage.where, settings.storage.file
    if file is not None:
        vault = _vault(settings, make=not file.exists())
        return await stack.enter_async_context(open_database(where)), vault
    database = await stack.enter_async_context(open_database(where))
    async with database.read() as tx:
        new = await keyed.none_yet(tx)
    return database, _vault(settings, make=new)


def _vault(settings: Settings, *, make: bool) -> Vault:
    try:
        return open_vault(settings.security.key_file, make=make)
    except OSError as error:
        raise CannotStart(f"{error.filename}: {error.strerror}") from None


async def unopened(tx: Transaction, vault: Vault) -> str | None:
    """The first row that these keys do not open, in words; None: they fit the database."""
    for account in await accounts.every(tx):
        try:
            vault.open(accounts.owner(account.id), account.sealed)
        except VaultError as error:
            return f"{error} ({account.name}, {account.gateway})"
    lacking = await sealed.lacking(tx, vault)
    return None if lacking is None else str(lacking)


async def _open_all(tx: Transaction, vault: Vault) -> None:
    """Better not to start than to find out at the first SMS that a key is missing."""
    shut = await unopened(tx, vault)
    if shut is not None:
        raise CannotStart(f"security.key_file: {shut}")


async def _breach(tx: Transaction, vault: Vault) -> Breach | None:
    """Where the chain of the audit is broken. The bot works on: administrators may need it."""
    try:
        return await audit.verify(tx, vault)
    except VaultError as error:
        raise CannotStart(f"storage.url: {error}") from None


async def _begin_audit(tx: Transaction, vault: Vault) -> None:
    """Make the keys that hashes are made with, where there are none."""
    try:
        await audit.begin(tx, vault)
        await keyed.key(tx, vault, keyed.NUMBERS)
    except VaultError as error:
        raise CannotStart(f"storage.url: {error}") from None
    # Kept elsewhere than the database, this line shows whether its end was put back to what it was once.
    log.info("the audit ends", **await audit.end(tx))


async def _look_at_database(tx: Transaction, settings: Settings, seen: Path, clock: Clock) -> None:
    """One that may have forgotten what was sent is held, and the administrators are asked."""
    try:
        cause = await hold.at_start(tx, seen, settings.storage.silence, clock())
    except ValueError as error:
        raise CannotStart(f"{error}; remove it, and all that is queued is held until you say so") from None
    if cause is not None:
        await holding.tell(tx, settings, cause, clock())


async def _tell_breach(tx: Transaction, breach: Breach, settings: Settings, now: datetime) -> None:
    """A broken chain is told to the administrators."""
    log.error("the audit is broken", entry=breach.entry_id)
    for admin in await people.admins(tx, settings.telegram.admins):
        await outbox.say(
            tx,
            chat_id=admin,
            thread_id=0,
            kind="audit-broken",
            content={"entry_id": breach.entry_id},
            language=await chats.language_of(tx, admin),
            priority=Priority.ALERT,
            now=now,
        )


async def _assemble(
    stack: AsyncExitStack,
    settings: Settings,
    database: Database,
    vault: Vault,
    switchboard: Switchboard,
    clock: Clock,
    ticks: Steady,
    poll_wait: int,
    stop: asyncio.Event,
) -> Desk:
    zone = ZoneInfo(settings.desk.zone)
    # No bell rings in another process: where there are others, their work is looked for.
    longest = LONGEST_NAP if database.is_sqlite else OTHERS
    bells = {name: Bell(clock, longest) for name in BELLS}
    keeper = Leases(database, clock, bells["leases"], _owner())
    times = _times(settings)
    services = Services(
        settings=settings,
        database=database,
        vault=vault,
        switchboard=switchboard,
        clock=clock,
        rules=_rules(settings, zone),
        times=times,
        zone=zone,
        done=set(),
        ring=partial(_ring, bells),
    )
    application = await _application(stack, settings, services, stop)
    submitter = Submitter(
        database,
        switchboard,
        clock,
        bells["submitter"],
        keeper,
        retry=settings.submit.retry,
        late=settings.limits.late,
        first_check=settings.tracking.first_check,
        leaves=services.rules.leaves,
    )
    tracker = Tracker(
        database,
        switchboard,
        clock,
        bells["tracker"],
        keeper,
        first_check=settings.tracking.first_check,
        longest_pause=settings.tracking.longest_pause,
    )
    reconciler = Reconciler(database, switchboard, clock, bells["reconciler"], keeper, times)
    notifier = Notifier(
        application.bot,
        database,
        vault,
        Announcements(clock, zone, times, note=settings.inbox.note),
        clock,
        bells["notifier"],
        keeper,
        rate=settings.telegram.rate,
        group_rate=settings.telegram.group_rate,
        admins=settings.telegram.admins,
    )
    tools = Tools(
        database=database,
        vault=vault,
        switchboard=switchboard,
        clock=clock,
        leases=keeper,
        fetch=fetcher(application.bot),
        settings=settings,
        rules=services.rules,
        zone=zone,
    )
    gatherer = Gatherer(tools, bells["gatherer"])
    gatherer.on_said = [bells["notifier"]]
    farewells = Farewells(settings=settings, rules=services.rules, vault=vault)
    push_reader = PushReader(
        database,
        vault,
        switchboard,
        clock,
        bells["pushes"],
        keeper,
        first_check=settings.tracking.first_check,
        remind=settings.inbox.remind,
        on_stop=farewells.by_own_word,
    )
    inbox_reader = InboxReader(
        database,
        vault,
        switchboard,
        clock,
        bells["inbox"],
        keeper,
        _inbox_times(settings),
        gateways=frozenset(module.KIND for module in MODULES if "inbox" in faces(module.Gateway)),
        on_stop=farewells.by_own_word,
    )
    submitter.on_moved = [bells["notifier"], bells["tracker"], bells["reconciler"]]
    push_reader.on_moved = [bells["notifier"], bells["tracker"], bells["inbox"], bells["submitter"]]
    inbox_reader.on_moved = [bells["notifier"], bells["submitter"]]
    tracker.on_moved = [bells["notifier"], bells["reconciler"]]
    reconciler.on_moved = [bells["notifier"], bells["tracker"], bells["submitter"]]
    clock_watch = ClockWatch(
        database,
        clock,
        keeper,
        ticks=ticks,
        longest=max(settings.tracking.longest_pause, LONGEST_RETRY),
        on_step=[submitter.forget_pauses, tracker.forget_pauses, notifier.forget_pauses],
    )
    await clock_watch.start()
    witness = Witness(database, clock, bells["witness"], seen_file(settings))
    witness.on_hold = [lambda tx, cause, now: holding.tell(tx, settings, cause, now)]
    submitter.on_hold = witness.on_hold
    submitter.on_claimed = [bells["witness"]]
    keeper.on_change = list(bells.values())
    keeper.on_taken = [_recover(submitter, notifier)]
    await keeper.keep()
    intake = Intake(application, database, vault, clock, bells["dispatcher"])
    poller = Poller(application, intake, keeper, bells["poller"], poll_wait)
    watch = Watch(application.bot, database, settings, clock, bells["watch"], keeper)
    poller.on_polled = [watch.polled]
    lookout = Lookout(
        database,
        switchboard,
        clock,
        bells["lookout"],
        keeper,
        alarms.times_of(settings),
        zone,
        every=settings.alerts.balance_every,
        patience=settings.submit.balance_timeout,
    )
    watch.on_told = witness.on_told = lookout.on_told = [bells["notifier"]]
    web = Web(database, vault, switchboard, clock, bells["pushes"], _hook(settings, intake))
    return Desk(
        services=services,
        application=application,
        leases=keeper,
        witness=witness,
        submitter=submitter,
        gatherer=gatherer,
        tracker=tracker,
        reconciler=reconciler,
        notifier=notifier,
        dispatcher=Dispatcher(application, database, vault, bells["dispatcher"], keeper),
        clock_watch=clock_watch,
        housekeeper=Housekeeper(database, vault, clock, _keep(settings), keeper),
        poller=poller,
        polls=settings.telegram.mode == "polling",
        watch=watch,
        lookout=lookout,
        menus=Menus(application.bot, settings.telegram.admins, zone),
        push_reader=push_reader,
        pulse=Pulse(),
        inbox_reader=inbox_reader,
        web_port=await _listen(stack, settings, web),
    )


def _ring(bells: Mapping[str, Bell], written: frozenset[str]) -> None:
    """Tell those who have something to do now: a round that finds nothing takes about ten statements.

    Where there is an SMS to send, those who show it let it go first.
    """
    goes_first = "+messages" in written
    for name in {name for table in written for name in WORKS_ON.get(table, RUNG_BY_PEOPLE)}:
        if goes_first and name != "submitter":
            asyncio.get_running_loop().call_later(BEHIND, bells[name].ring)
        else:
            bells[name].ring()


def _hook(settings: Settings, intake: Intake) -> Hook | None:
    secret = settings.telegram.webhook_secret
    if settings.telegram.mode != "webhook" or secret is None:
        return None
    return Hook(intake=intake, secret=secret.get_secret_value())


def seen_file(settings: Settings) -> Path:
    """Where it is kept what was last seen of the database: beside its file, or else beside the keys.

    Beside the file itself, whatever symbolic links lead to it: by each of them it is the same database.
    """
    if settings.storage.seen_file is not None:
        return settings.storage.seen_file
    beside = (settings.storage.file or settings.security.key_file).resolve()
    return beside.with_name(beside.name + ".seen")


def _owner() -> str:
    """This process, in words for whoever looks into the database, and never the same twice."""
    return f"{platform.node()[:64]}/{os.getpid()}/{secrets.token_hex(4)}"


def _recover(submitter: Submitter, notifier: Notifier) -> Callable[[Transaction, Lease], Awaitable[None]]:
    """What is to be done about the work of whoever had a lease before."""

    async def recover(tx: Transaction, lease: Lease) -> None:
        if lease.account_id is None:
            await notifier.recover(tx)
        else:
            await submitter.recover(tx, lease.account_id, lease.fence)

    return recover


async def _listen(stack: AsyncExitStack, settings: Settings, web: Web) -> int | None:
    """The port it listens on. Where nobody asked for that address, a taken one is no reason not to start."""
    if not settings.web.listen:
        if settings.telegram.mode == "webhook":
            raise CannotStart('web.listen: nowhere, and telegram.mode is "webhook"; name an address')
        return None
    host, _, port = settings.web.listen.rpartition(":")
    try:
        return await stack.enter_async_context(listening(web.app(), host.strip("[]"), int(port)))
    except OSError as error:
        trouble = f"web.listen: {settings.web.listen}: {error.strerror}"
    if "listen" in settings.web.model_fields_set or settings.telegram.mode == "webhook":
        raise CannotStart(f'{trouble}; name another, or listen = "" for none')
    log.warning("not listening: no metrics, no pushes", trouble=trouble)
    return None


def _keep(settings: Settings) -> Keep:
    days = settings.retention
    return Keep(
        numbers=timedelta(days=days.days) if days.days else None,
        contacts=timedelta(days=days.contacts_days) if days.contacts_days else None,
        audit=timedelta(days=days.audit_days) if days.audit_days else None,
    )


def _rules(settings: Settings, zone: ZoneInfo) -> Rules:
    return Rules(
        region=settings.limits.region,
        recipients=settings.limits.recipients,
        segments=settings.limits.segments,
        zone=zone,
        undo=settings.limits.undo,
        abroad=settings.limits.abroad,
        hours=None if settings.limits.hours is None else hours.read(settings.limits.hours),
        own_hours={one.name: hours.read(one.hours) for one in settings.accounts if one.hours is not None},
    )


def _times(settings: Settings) -> Times:
    return Times(
        first_check=settings.tracking.first_check,
        longest_pause=settings.tracking.longest_pause,
        settle=settings.doubts.settle,
        late=settings.limits.late,
        remind=settings.doubts.remind,
        remind_every=settings.doubts.remind_every,
    )


def _inbox_times(settings: Settings) -> InboxTimes:
    """What is forgotten by now is not asked for: it would be news again."""
    kept = timedelta(days=settings.retention.days) if settings.retention.days else timedelta.max
    return InboxTimes(
        every=settings.inbox.every,
        overlap=settings.inbox.overlap,
        far=min(settings.inbox.far, kept / 2),
        far_every=settings.inbox.far_every,
        remind=settings.inbox.remind,
    )


def make_bot(settings: Settings) -> ExtBot[None]:
    """The Telegram bot of this configuration, on our own transport."""
    ca_file = settings.telegram.ca_file
    return ExtBot(
        settings.telegram.token.get_secret_value(),
        base_url=f"{settings.telegram.api_url}/bot",
        base_file_url=f"{settings.telegram.api_url}/file/bot",
        request=TelegramRequest(ca_file=ca_file),
        get_updates_request=TelegramRequest(total_timeout=POLL_WAIT + 30.0, ca_file=ca_file),
    )


async def _application(
    stack: AsyncExitStack, settings: Settings, services: Services, stop: asyncio.Event
) -> BotApplication:
    contexts = ContextTypes(context=Turn, bot_data=cast("type[Services]", lambda: services))
    application = cast(
        "BotApplication",
        Application.builder()
        .bot(make_bot(settings))
        .updater(None)
        .job_queue(None)
        .context_types(contexts)
        .build(),
    )
    gate = Gate(HANDLERS, BUTTONS, ROWS, admins=settings.telegram.admins, limits=settings.limits)
    application.add_handler(TypeHandler(Update, gate), group=-2)
    application.add_handler(TypeHandler(Update, Meeting()), group=-1)
    application.add_handlers(HANDLERS)
    stack.push_async_callback(application.bot.shutdown)  # also when it cannot be initialized
    while True:
        try:
            await application.initialize()
            await arrange(application.bot, settings)
            break
        except InvalidToken:
            raise CannotStart("telegram.token: Telegram does not know it") from None
        except RetryAfter as error:
            await _pause(_seconds(error), stop)
        except NetworkError as error:
            log.warning("Telegram cannot be reached, trying again", error=str(error))
            await _pause(START_RETRY, stop)
    stack.push_async_callback(application.shutdown)
    return application


async def _pause(seconds: float, stop: asyncio.Event) -> None:
    """Wait before the next try. Raises CannotStart when somebody asks to stop meanwhile."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
    raise CannotStart("stopped before Telegram could be reached")


def _seconds(error: RetryAfter) -> float:
    pause = error.retry_after
    return pause if isinstance(pause, int | float) else pause.total_seconds()


async def run(settings: Settings, stop: asyncio.Event, *, poll_wait: int = POLL_WAIT) -> None:
    """Run until `stop` is set or a worker fails."""
    async with build(settings, poll_wait=poll_wait, stop=stop) as desk:
        # What was made by now stays to the end: to look through it for garbage again and again would hold up
        # the loop for a fifth of a second each time (bench/soak.py).
        gc.collect()
        gc.freeze()
        log.info("running", bot=desk.application.bot.username)
        running = asyncio.create_task(desk.run())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if running.done():
            running.result()
            return
        log.info("stopping")
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
