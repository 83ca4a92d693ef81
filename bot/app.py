"""The composition root: builds, starts and stops everything, in one readable order."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import DBAPIError
from telegram import Update
from telegram.error import InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.ext import Application, ContextTypes, ExtBot, TypeHandler

from desk.clock import Bell, Clock, utc_now
from desk.clock_watch import ClockWatch
from desk.compose import Rules
from desk.evidence import Times
from desk.housekeeping import Housekeeper, Keep
from desk.inbox import InboxReader
from desk.inbox import Times as InboxTimes
from desk.pushes import PushReader
from desk.reconcile import Reconciler
from desk.submit import Submitter
from desk.switchboard import Switchboard
from desk.track import Tracker
from providers.faces import faces
from providers.gateways import MODULES
from storage import accounts, audit, chats, keyed, outbox, people, sealed
from storage.db import Database, DatabaseInUseError, Transaction, open_database
from storage.outbox import Priority
from storage.people import Role
from storage.vault import Vault, VaultError, open_vault

from . import menus
from .access import Gate
from .announcements import Announcements
from .config import Settings
from .gateways import provision, reach
from .handlers import BUTTONS, HANDLERS, ROWS
from .meeting import Meeting
from .notifier import Notifier
from .telegram_http import TelegramRequest
from .turn import Services, Turn
from .updates import BotApplication, Dispatcher, Poller
from .web import Web, listening

log = structlog.get_logger(__name__)

GRACE = 15.0  # seconds that requests on the wire get at a stop
POLL_WAIT = 30  # seconds one getUpdates may wait
START_RETRY = 3.0  # seconds between tries to reach Telegram at start


class CannotStart(Exception):
    """What keeps the bot from starting, in words for the person at the shell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything that runs."""

    services: Services
    application: BotApplication
    submitter: Submitter
    tracker: Tracker
    reconciler: Reconciler
    notifier: Notifier
    dispatcher: Dispatcher
    housekeeper: Housekeeper
    clock_watch: ClockWatch
    poller: Poller
    push_reader: PushReader
    inbox_reader: InboxReader
    web_port: int | None  # None: it listens nowhere

    async def run(self) -> None:
        """Work until cancelled, then stop in order: no new updates, no new claims; what is out lands."""
        workers = [
            asyncio.create_task(self.submitter.run(), name="submitter"),
            asyncio.create_task(self.tracker.run(), name="tracker"),
            asyncio.create_task(self.reconciler.run(), name="reconciler"),
            asyncio.create_task(self.notifier.run(), name="notifier"),
            asyncio.create_task(self.dispatcher.run(), name="dispatcher"),
            asyncio.create_task(self.housekeeper.run(), name="housekeeper"),
            asyncio.create_task(self.clock_watch.run(), name="clock watch"),
            asyncio.create_task(self.push_reader.run(), name="push reader"),
            asyncio.create_task(self.inbox_reader.run(), name="inbox reader"),
            asyncio.create_task(self.poller.run(), name="poller"),
        ]
        try:
            ended, _ = await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED)
            for worker in ended:
                log.error("a worker ended", worker=worker.get_name())
                worker.result()
        finally:
            await self._stop(workers)

    async def _stop(self, workers: list[asyncio.Task[None]]) -> None:
        *rest, poller = workers
        poller.cancel()
        for worker in (
            self.dispatcher,
            self.submitter,
            self.tracker,
            self.reconciler,
            self.notifier,
            self.push_reader,
            self.inbox_reader,
            self.housekeeper,
            self.clock_watch,
        ):
            worker.stop()
        _, late = await asyncio.wait(rest, timeout=GRACE)
        for task in late:
            task.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


@asynccontextmanager
async def build(
    settings: Settings,
    *,
    clock: Clock = utc_now,
    poll_wait: int = POLL_WAIT,
    stop: asyncio.Event | None = None,
) -> AsyncIterator[Desk]:
    """Everything made and connected, nothing running yet. Raises CannotStart, also when told to stop."""
    path = Path(settings.storage.url.removeprefix("sqlite:///"))
    fresh = not path.exists()  # noqa: ASYNC240 - nothing else runs yet
    async with AsyncExitStack() as stack:
        try:
            database = await stack.enter_async_context(open_database(path))
            vault = open_vault(settings.security.key_file, make=fresh)
        except DatabaseInUseError:
            raise CannotStart(f"another smsdesk is running on {path}; only one may") from None
        except VaultError as error:
            raise CannotStart(f"security.key_file: {error}") from None
        except OSError as error:
            raise CannotStart(f"{error.filename}: {error.strerror}") from None
        except DBAPIError as error:
            raise CannotStart(f"{path} cannot be opened as a database ({error.orig})") from None
        open_gateway = await stack.enter_async_context(reach(settings.gateways))
        switchboard = Switchboard(vault, open_gateway)
        async with database.write("app.open") as tx:
            await _open_all(tx, vault)
            await _look_at_audit(tx, settings, vault, clock)
            await provision(tx, settings.accounts, vault, clock())
            await accounts.give_push_tokens(tx)
        yield await _assemble(
            stack, settings, database, vault, switchboard, clock, poll_wait, stop or asyncio.Event()
        )


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
    trouble = await unopened(tx, vault)
    if trouble is not None:
        raise CannotStart(f"security.key_file: {trouble}")


async def _look_at_audit(tx: Transaction, settings: Settings, vault: Vault, clock: Clock) -> None:
    """A broken chain is told to the administrators; the bot works on, as they may need it."""
    try:
        breach = await audit.verify(tx, vault)
        await audit.begin(tx, vault)
        await keyed.key(tx, vault, keyed.NUMBERS)
    except VaultError as error:
        raise CannotStart(f"storage.url: {error}") from None
    # Kept elsewhere than the database, this line shows whether its end was put back to what it was once.
    log.info("the audit ends", **await audit.end(tx))
    if breach is None:
        return
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
            now=clock(),
        )


async def _assemble(
    stack: AsyncExitStack,
    settings: Settings,
    database: Database,
    vault: Vault,
    switchboard: Switchboard,
    clock: Clock,
    poll_wait: int,
    stop: asyncio.Event,
) -> Desk:
    zone = ZoneInfo(settings.desk.zone)
    workers = ("submitter", "tracker", "reconciler", "notifier", "dispatcher", "pushes", "inbox")
    bells = {name: Bell(clock) for name in workers}
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
        bells=(bells["submitter"], bells["tracker"], bells["reconciler"], bells["notifier"], bells["inbox"]),
    )
    application = await _application(stack, settings, services, stop)
    submitter = Submitter(
        database,
        switchboard,
        clock,
        bells["submitter"],
        retry=settings.submit.retry,
        late=settings.limits.late,
        first_check=settings.tracking.first_check,
    )
    tracker = Tracker(
        database,
        switchboard,
        clock,
        bells["tracker"],
        first_check=settings.tracking.first_check,
        longest_pause=settings.tracking.longest_pause,
    )
    reconciler = Reconciler(database, switchboard, clock, bells["reconciler"], times)
    notifier = Notifier(
        application.bot,
        database,
        vault,
        Announcements(clock, zone, times),
        clock,
        bells["notifier"],
        rate=settings.telegram.rate,
        group_rate=settings.telegram.group_rate,
    )
    push_reader = PushReader(
        database,
        vault,
        switchboard,
        clock,
        bells["pushes"],
        first_check=settings.tracking.first_check,
        remind=settings.inbox.remind,
    )
    inbox_reader = InboxReader(
        database,
        vault,
        switchboard,
        clock,
        bells["inbox"],
        _inbox_times(settings),
        gateways=frozenset(module.KIND for module in MODULES if "inbox" in faces(module.Gateway)),
    )
    submitter.on_moved = [bells["notifier"], bells["tracker"], bells["reconciler"]]
    push_reader.on_moved = [bells["notifier"], bells["tracker"], bells["inbox"]]
    inbox_reader.on_moved = [bells["notifier"]]
    tracker.on_moved = [bells["notifier"], bells["reconciler"]]
    reconciler.on_moved = [bells["notifier"], bells["tracker"], bells["submitter"]]
    clock_watch = ClockWatch(
        database,
        clock,
        ticks=asyncio.get_running_loop().time,
        on_step=[submitter.forget_pauses, tracker.forget_pauses, notifier.forget_pauses],
    )
    await clock_watch.start()
    await submitter.recover()
    await notifier.recover()
    web = Web(database, vault, switchboard, clock, bells["pushes"])
    return Desk(
        services=services,
        application=application,
        submitter=submitter,
        tracker=tracker,
        reconciler=reconciler,
        notifier=notifier,
        dispatcher=Dispatcher(application, database, vault, bells["dispatcher"]),
        clock_watch=clock_watch,
        housekeeper=Housekeeper(database, vault, clock, _keep(settings)),
        poller=Poller(application, database, vault, clock, bells["dispatcher"], poll_wait),
        push_reader=push_reader,
        inbox_reader=inbox_reader,
        web_port=await _listen(stack, settings, web),
    )


async def _listen(stack: AsyncExitStack, settings: Settings, web: Web) -> int | None:
    """The port it listens on. Where nobody asked for that address, a taken one is no reason not to start."""
    if not settings.web.listen:
        return None
    host, _, port = settings.web.listen.rpartition(":")
    try:
        return await stack.enter_async_context(listening(web.app(), host.strip("[]"), int(port)))
    except OSError as error:
        trouble = f"web.listen: {settings.web.listen}: {error.strerror}"
    if "listen" in settings.web.model_fields_set:
        raise CannotStart(f'{trouble}; name another, or listen = "" for none')
    log.warning("not listening: no metrics, no pushes", trouble=trouble)
    return None


def _keep(settings: Settings) -> Keep:
    days = settings.retention
    return Keep(
        numbers=timedelta(days=days.days) if days.days else None,
        audit=timedelta(days=days.audit_days) if days.audit_days else None,
    )


def _rules(settings: Settings, zone: ZoneInfo) -> Rules:
    return Rules(
        region=settings.limits.region,
        recipients=settings.limits.recipients,
        segments=settings.limits.segments,
        zone=zone,
        undo=settings.limits.undo,
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
            break
        except InvalidToken:
            raise CannotStart("telegram.token: Telegram does not know it") from None
        except RetryAfter as error:
            await _pause(_seconds(error), stop)
        except NetworkError as error:
            log.warning("Telegram cannot be reached, trying again", error=str(error))
            await _pause(START_RETRY, stop)
    stack.push_async_callback(application.shutdown)
    await _tell_commands(application, settings, services.zone)
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


async def _tell_commands(application: BotApplication, settings: Settings, zone: ZoneInfo) -> None:
    """The command menu of those whom nobody lets in; the others have had theirs since they came in."""
    try:
        await menus.hide_from_strangers(application.bot)
    except TelegramError as error:
        log.warning("the command menu could not be taken away", error=str(error))
    for admin in settings.telegram.admins:
        try:
            await menus.show(application.bot, admin, Role.ADMIN, zone)
        except TelegramError as error:
            # Telegram knows no chat with somebody who has never written to the bot.
            log.info("the command menu could not be set", person=admin, error=str(error))


async def run(settings: Settings, stop: asyncio.Event, *, poll_wait: int = POLL_WAIT) -> None:
    """Run until `stop` is set or a worker fails."""
    async with build(settings, poll_wait=poll_wait, stop=stop) as desk:
        # What is there by now stays to the end: to look through it for garbage again and again would hold up
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
