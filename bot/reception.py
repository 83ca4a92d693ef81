"""How updates come: seeing to it at the start, and watching that nobody else takes them.

Whoever has the token can set a webhook of their own, or poll: then this bot hears nothing, and they read all.
Telegram tells both to whoever asks, so the administrators hear of it.
"""

from datetime import timedelta
from urllib.parse import urlsplit

import structlog
import telegram
from telegram.error import TelegramError

from desk.clock import Bell, Clock
from desk.leases import Leases
from desk.outage import Halt
from storage import chats, outbox, people
from storage.db import Database
from storage.fault import fault
from storage.outage import Unavailable
from storage.outbox import Priority

from .access import ALLOWED_UPDATES
from .settings import Settings

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=5)
CONFLICTS = 3  # in a row; one is what a restart looks like


async def arrange(bot: telegram.Bot, settings: Settings) -> None:
    """Have updates come as the configuration says. Raises TelegramError."""
    wanted = settings.telegram
    if wanted.mode == "webhook" and wanted.webhook_url is not None and wanted.webhook_secret is not None:
        await bot.set_webhook(
            wanted.webhook_url,
            secret_token=wanted.webhook_secret.get_secret_value(),
            allowed_updates=ALLOWED_UPDATES,
        )
        return
    info = await bot.get_webhook_info()
    if info.url:
        log.warning("a webhook was set, and is removed: this bot polls", host=urlsplit(info.url).hostname)
        await bot.delete_webhook()


class Watch:
    """The worker that looks whether updates still come to us."""

    def __init__(
        self,
        bot: telegram.Bot,
        database: Database,
        settings: Settings,
        clock: Clock,
        bell: Bell,
        leases: Leases,
    ) -> None:
        self._bot = bot
        self._database = database
        self._settings = settings
        self._clock = clock
        self.bell = bell
        self._leases = leases
        self._told: str | None = None
        self.conflicts = 0  # polls in a row that Telegram ended for somebody else's
        self._stopping = Halt()
        self.on_told: list[Bell] = []

    def polled(self, conflict: bool) -> None:
        """How a poll of ours ended."""
        self.conflicts = self.conflicts + 1 if conflict else 0
        if self.conflicts == CONFLICTS:
            self.bell.ring()

    async def look(self) -> None:
        """Ask Telegram, and tell the administrators what is new about it. Raises Unavailable."""
        try:
            fault("reception.look asks")
            info = await self._bot.get_webhook_info()
            fault("reception.look answered")
        except TelegramError as error:
            log.info("Telegram does not tell how updates come", error=str(error))
            return
        trouble = self._trouble(info)
        if trouble is not None and trouble != self._told:
            log.error("updates go to somebody else", trouble=trouble)
            await self._tell(trouble, urlsplit(info.url).hostname or "")
        self._told = trouble

    def _trouble(self, info: telegram.WebhookInfo) -> str | None:
        wanted = self._settings.telegram
        ours = wanted.webhook_url if wanted.mode == "webhook" else ""
        if info.url != ours:
            return "webhook" if info.url else "removed"
        if info.last_error_message:
            log.warning("Telegram cannot deliver to the webhook", error=info.last_error_message)
        return "polled" if self.conflicts >= CONFLICTS else None

    async def _tell(self, trouble: str, host: str) -> None:
        now = self._clock()
        async with self._database.write("reception.tell") as tx:
            for admin in await people.admins(tx, self._settings.telegram.admins):
                await outbox.say(
                    tx,
                    chat_id=admin,
                    thread_id=0,
                    kind="reception",
                    content={"trouble": trouble, "host": host},
                    language=await chats.language_of(tx, admin),
                    priority=Priority.ALERT,
                    now=now,
                )
        for bell in self.on_told:
            bell.ring()

    async def run(self) -> None:
        due = self._clock() + EVERY
        while not self._stopping:
            await self.bell.nap(due)
            if self._leases.face() is None or not (self._clock() >= due or self.conflicts >= CONFLICTS):
                continue
            due = self._clock() + EVERY
            try:
                await self.look()
            except Unavailable as error:
                await self._stopping.rest("watch", error)

    def stop(self) -> None:
        self._stopping.want()
        self.bell.ring()
