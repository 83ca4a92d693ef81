"""The durable inbox: an update is stored, then acknowledged, then handled, in order within a lane.

python-telegram-bot's own updater keeps updates in memory and acknowledges them with the next poll, so a crash
loses what it had accepted. Here the next poll, which acknowledges, comes after the commit.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable
from typing import Any

import structlog
from telegram import Update
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.ext import Application

from desk import metrics
from desk.clock import Bell, Clock, come_together
from desk.leases import Leases
from desk.outage import Halt
from storage import sealed, updates
from storage.db import ATTEMPTS, Database, Transaction, gave_way, without_nul, written
from storage.fault import fault
from storage.outage import TookTooLong, Unavailable
from storage.updates import StoredUpdate
from storage.vault import Vault

from . import busy
from .access import ALLOWED_UPDATES
from .keyboards import Screen
from .turn import Demoted, Effect, HandledAlready, Services, Turn, role_of

log = structlog.get_logger(__name__)

BotApplication = Application[Any, Turn, Any, Any, Services, Any]

BATCH = 100
AFTER_TROUBLE = 3.0  # seconds
PRESSES = 1 << 60  # from a chat's lane to that of its presses; ids of chats have at most 52 bits

# What an update raises in which the library finds nothing wrong, and numbers are texts or beyond all bounds.
# Not what the database raises: then nothing is acknowledged.
UNSTORABLE = (TypeError, ValueError, AttributeError, OverflowError)


def lane_of(update: Update) -> int:
    """Within a lane order is kept: the chat, or the person where there is none, or 0.

    Presses have a lane of their own beside their chat's: ✖ does not wait for a command that asks a gateway.
    """
    source = update.effective_chat or update.effective_user
    lane = source.id if source is not None else 0
    return lane if update.callback_query is None else lane + PRESSES


class Intake:
    """Where updates are stored, however they come."""

    def __init__(
        self, application: BotApplication, database: Database, vault: Vault, clock: Clock, bell: Bell
    ) -> None:
        self._bot = application.bot
        self._database = database
        self._vault = vault
        self._clock = clock
        self._bell = bell

    async def take(self, one: Any) -> None:
        """Store an update as Telegram wrote it. One that cannot be read or stored is passed over, and logged:
        it would be brought again and again, and hold up what comes behind it. Raises Unavailable.
        """
        try:
            update = Update.de_json(one, self._bot)
        except Exception as error:  # noqa: BLE001 - whatever the library makes of it
            log.warning("an update is passed over", update=_number(one), error=type(error).__name__)
            return
        try:
            await self.store((update,))
        except UNSTORABLE as error:
            log.warning("an update is passed over", update=_number(one), error=type(error).__name__)

    async def store(self, batch: tuple[Update, ...]) -> None:
        """Store updates; those that are stored already stay as they are. Raises Unavailable, UNSTORABLE."""
        if not all(_is_number(update.update_id) and _is_lane(lane_of(update)) for update in batch):
            raise ValueError("an update without a number, or of a chat without one")
        stored = [
            StoredUpdate(
                id=update.update_id,
                lane=lane_of(update),
                sealed=self._vault.seal(sealed.update_owner(update.update_id), update.to_dict()),
            )
            for update in batch
        ]
        async with self._database.write("updates.store") as tx:
            await updates.store(tx, stored, self._clock())
        self._bell.ring()


class Poller:
    """getUpdates into the database, while this process has the face."""

    def __init__(
        self, application: BotApplication, intake: Intake, leases: Leases, bell: Bell, wait: int
    ) -> None:
        self._bot = application.bot
        self._intake = intake
        self._leases = leases
        self.bell = bell
        self._wait = wait
        self._stopping = Halt()
        self.on_polled: list[Callable[[bool], None]] = []  # told whether somebody else's poll ended ours

    async def run(self) -> None:
        """Poll until cancelled. Raises InvalidToken when Telegram does not know the bot."""
        offset: int | None = None
        while True:
            if self._leases.face() is None:
                offset = None  # whoever has it now goes on from what is not acknowledged
                await self.bell.nap(None)
                continue
            try:
                offset = await self._poll(offset)
            except Unavailable as error:
                # Not acknowledged: Telegram brings it again.
                await self._stopping.rest("poller", error)

    async def _poll(self, offset: int | None) -> int | None:
        """One getUpdates, which acknowledges what is below `offset`. Returns the next offset."""
        try:
            fault("updates.poll asks")
            batch = await self._bot.get_updates(
                offset=offset, limit=BATCH, timeout=self._wait, allowed_updates=ALLOWED_UPDATES
            )
        except InvalidToken:
            raise
        except RetryAfter as error:
            pause = error.retry_after
            await asyncio.sleep(pause if isinstance(pause, int | float) else pause.total_seconds())
        except Conflict:
            log.warning("another program polls with this bot's token")
            self._tell_polled(conflict=True)
            await asyncio.sleep(AFTER_TROUBLE)
        except (NetworkError, TelegramError) as error:
            log.info("polling failed", error=str(error))
            await asyncio.sleep(AFTER_TROUBLE)
        except Exception as error:  # noqa: BLE001 - whatever the library makes of what it cannot read
            log.warning("an update cannot be read", error=type(error).__name__)
            return await self._one_by_one(offset)
        else:
            fault("updates.poll answered")
            self._tell_polled(conflict=False)
            return await self._keep(batch, offset)
        return offset

    def _tell_polled(self, *, conflict: bool) -> None:
        for tell in self.on_polled:
            tell(conflict)

    async def _keep(self, batch: tuple[Update, ...], offset: int | None) -> int | None:
        """Store what came. Returns the next offset, which acknowledges it.

        After an empty answer everything below the offset is acknowledged, so there is none any more: after a
        week of silence Telegram numbers updates anew, from anywhere, and it might be above the first of them.
        """
        if not batch:
            return None
        try:
            await self._intake.store(batch)
        except UNSTORABLE as error:
            log.warning("an update cannot be stored", error=type(error).__name__)
            return await self._one_by_one(offset)
        return int(batch[-1].update_id) + 1

    async def _one_by_one(self, offset: int | None) -> int | None:
        """Take what the library reads of a batch that has something it cannot, and pass over the rest.

        Else one bad update would stop the bot, and Telegram would bring it again at every start. Returns the
        next offset.
        """
        try:
            # Spelt so, which Telegram does not mind, the library does not recommend what has just failed.
            batch = await self._bot.do_api_request(
                "GetUpdates", {"offset": offset, "limit": BATCH, "allowed_updates": ALLOWED_UPDATES}
            )
        except Exception as error:  # noqa: BLE001 - an answer that is unreadable as a whole, or none
            log.info("polling failed", error=type(error).__name__)
            batch = []
        batch = batch if isinstance(batch, list) else []
        numbers = [number for one in batch if (number := _number(one)) is not None]
        for one in batch:
            await self._intake.take(one)
        if not numbers:
            await asyncio.sleep(AFTER_TROUBLE)
            return offset
        return max(numbers) + 1


def _number(update: object) -> int | None:
    """The number of an update as it came; None: it has none that could be one."""
    number = update.get("update_id") if isinstance(update, dict) else None
    return number if _is_number(number) else None


def _is_number(number: object) -> bool:
    return isinstance(number, int) and _is_lane(number) and number > 0


def _is_lane(lane: object) -> bool:
    """What the database takes for a number."""
    return isinstance(lane, int) and not isinstance(lane, bool) and abs(lane) < 2**62


def new_incident() -> str:
    """A code by which a person at the chat and a line of the log are brought together. It is counted."""
    metrics.INCIDENTS.inc()
    return secrets.token_hex(3)


class Dispatcher:
    """From the database to the handlers: lanes side by side, each in order."""

    def __init__(
        self, application: BotApplication, database: Database, vault: Vault, bell: Bell, leases: Leases
    ) -> None:
        self._application = application
        self._database = database
        self._vault = vault
        self.bell = bell
        self._leases = leases
        self._done = application.bot_data.done
        self._busy: dict[int, int] = {}  # lanes, and the update that is being handled there
        self._passed_over: set[int] = set()  # lanes in which something else was seen while they were busy
        self._unsettled: set[int] = set()  # updates that broke and could not even be parked
        self._tries: Counter[int] = Counter()  # by update: how often it may have been the reason itself
        self._stopping = Halt()
        application.add_error_handler(self.on_error)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            while not self._stopping:
                try:
                    await self._round(group)
                except Unavailable as error:
                    await self._stopping.rest("dispatcher", error)
                    continue
                await self.bell.nap(None)
                await come_together(self._busy)

    async def _round(self, group: asyncio.TaskGroup) -> None:
        """Serve the lanes in which something waits."""
        if self._leases.face() is None:
            return
        busy = set(self._busy)  # of these what is read here may be over by the time it is read
        async with self._database.read() as tx:
            found = await updates.foremost(tx)
        for one in found:
            lane = one.update.lane
            if lane not in busy:
                self._busy[lane] = one.update.id
                group.create_task(self._serve(one.update, more=one.more))
            elif lane in self._busy:
                if one.more or one.update.id != self._busy[lane]:
                    self._passed_over.add(lane)
            else:
                self.bell.ring()

    def stop(self) -> None:
        self._stopping.want()
        self.bell.ring()

    async def _serve(self, first: StoredUpdate, *, more: bool) -> None:
        """Handle the first update of a lane and, where there were `more`, those behind it."""
        lane, stored = first.lane, first
        try:
            while not self._stopping and self._leases.face() is not None:
                await self._handle(stored)
                if not more:
                    return
                async with self._database.read() as tx:
                    behind = await updates.first(tx, lane)
                if behind is None:
                    return
                stored = behind
                self._busy[lane] = stored.id
        except Unavailable as error:
            await self._stopping.rest("dispatcher", error)
            self._passed_over.add(lane)
        finally:
            del self._busy[lane]
            if lane in self._passed_over:
                self._passed_over.discard(lane)
                self.bell.ring()

    async def _handle(self, stored: StoredUpdate) -> None:
        try:
            content = without_nul(self._vault.open(sealed.update_owner(stored.id), stored.sealed))
            update = Update.de_json(content, self._application.bot)
        except Exception:  # noqa: BLE001 - logged with its traceback
            await self._put_aside(stored, "an update cannot be read")
            return
        try:
            async with busy.shown(self._application.bot, update, self._busy):
                await self._application.process_update(update)
        except Exception:  # noqa: BLE001 - logged with its traceback
            # Handlers that break are caught in there; this is an update that breaks the library itself.
            await self._put_aside(stored, "an update cannot be dispatched")
            return
        applied = stored.id in self._done
        self._done.discard(stored.id)
        if stored.id in self._unsettled:
            # The library swallows what an error handler raises. The update keeps its row and is tried again.
            self._unsettled.discard(stored.id)
            raise Unavailable("an update has had no effect yet")
        self._tries.pop(stored.id, None)
        if applied:
            return
        # Whatever no handler answered is done with as well.
        async with self._database.write("updates.take") as tx:
            await updates.take(tx, stored.id)

    def _is_to_try_again(self, error: BaseException | None, update_id: int) -> bool:
        """Whether to handle an update anew whose effect the database did not take, or gave up for another.

        An outage may last. What gives way or takes too long may do so whenever it is tried, and holds up its
        chat. What handlers ask of gateways before their effect changes nothing there.
        """
        if not gave_way(error) and not isinstance(error, TookTooLong):
            return isinstance(error, Unavailable)
        return self._has_tries_left(update_id)

    def _has_tries_left(self, update_id: int) -> bool:
        self._tries[update_id] += 1
        return self._tries[update_id] < ATTEMPTS

    async def _put_aside(self, stored: StoredUpdate, why: str) -> None:
        """It would break again the next time, and must not hold up the chat, nor the start."""
        incident = new_incident()
        log.exception(why, incident=incident)
        async with self._database.write("updates.park") as tx:
            await updates.park(tx, stored.id, incident)

    async def _refuse(self, turn: Turn) -> None:
        """The role that this took went away after the gate had seen it."""
        async with self._database.write("updates.refuse") as tx:
            if await updates.take(tx, turn.incoming.update_id):
                await Effect(tx=tx, turn=turn, now=turn.services.clock()).say(
                    Screen(html=turn.words("role-gone"))
                )
            changed = written(tx)
        turn.services.ring(changed)

    async def _is_ours(self, tx: Transaction, update: Update, turn: Turn) -> bool:
        """Whether this person has a role: our troubles are no business of strangers."""
        person, admins = update.effective_user, turn.services.settings.telegram.admins
        return person is not None and await role_of(tx, person.id, frozenset(admins)) is not None

    async def on_error(self, update: object, turn: Turn) -> None:
        """A handler broke: park the update, so that it holds up nobody, and give the person a code."""
        if isinstance(turn.error, HandledAlready):
            return
        if isinstance(turn.error, Demoted):
            await self._refuse(turn)
            return
        if isinstance(update, Update) and self._is_to_try_again(turn.error, update.update_id):
            self._unsettled.add(update.update_id)
            return
        incident = new_incident()
        log.error("handler broke", incident=incident, exc_info=turn.error)
        if not isinstance(update, Update):
            return
        self._unsettled.add(update.update_id)
        try:
            async with self._database.write("updates.broke") as tx:
                parked = await updates.park(tx, update.update_id, incident)
                if parked and update.effective_chat is not None and await self._is_ours(tx, update, turn):
                    effect = Effect(tx=tx, turn=turn, now=turn.services.clock())
                    await effect.say(Screen(html=turn.words("incident", incident=incident)))
        except Exception as error:
            # The database may be busy for a moment: who pressed shall have their way, or hear of it.
            is_outage = isinstance(error, Unavailable) and not isinstance(error, TookTooLong)
            if is_outage or self._has_tries_left(update.update_id):
                raise
            # What broke the handler, such as a language that is none, may break the answer too.
            log.exception("an incident cannot be told", incident=incident)
            async with self._database.write("updates.broke_untold") as tx:
                await updates.park(tx, update.update_id, incident)
        self._unsettled.discard(update.update_id)
        turn.services.ring(frozenset({"outbox"}))
