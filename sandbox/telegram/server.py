"""The stand-in itself: a web server in front of the world, with a record of calls and a plan of faults."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import web

from sandbox.telegram.bot_api import BotApi
from sandbox.telegram.calling import Delivery, WebhookCaller
from sandbox.telegram.calls import Call, CallRecord
from sandbox.telegram.changes import Event
from sandbox.telegram.chats import Chat
from sandbox.telegram.control import ControlFace
from sandbox.telegram.faults import FaultPlan
from sandbox.telegram.messages import StoredFile
from sandbox.telegram.methods import commands
from sandbox.telegram.people import BotAccount, Person
from sandbox.telegram.updates import Update
from sandbox.telegram.world import World

_REQUEST_MAX = 64 * 1024 * 1024  # bytes
_SHUTDOWN_SECONDS = 5.0  # for requests under way when the server stops

T = TypeVar("T")


def _now() -> datetime:
    return datetime.now(UTC)


class TelegramServer:
    """A Telegram of one bot on loopback. It may be stopped and started again; its world stays.

    `journal`: a file that gets every call as one line of JSON. `clock` returns an aware UTC datetime.
    A press can be answered for `query_lifetime`.
    """

    def __init__(
        self,
        token: str,
        journal: Path | None = None,
        *,
        username: str = "smsdesk_demo_bot",
        clock: Callable[[], datetime] = _now,
        first_update_id: int = 700_000_001,
        query_lifetime: timedelta = timedelta(minutes=15),
    ) -> None:
        bot = BotAccount(int(token.partition(":")[0]), username)
        self._world = World(bot, clock, first_update_id, query_lifetime)
        self._record = CallRecord(token, journal)
        self.faults = FaultPlan()
        self._api = BotApi(token, self._world, self.faults, self._record)
        self._caller = WebhookCaller(self._world)
        self._runner: web.AppRunner | None = None
        self._url = ""

    # The server.

    @property
    def url(self) -> str:
        """`http://host:port`, without a slash at the end. RuntimeError before the first start."""
        if not self._url:
            raise RuntimeError("the server has not been started")
        return self._url

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one. OSError if the port is taken."""
        application = web.Application(client_max_size=_REQUEST_MAX)
        application.add_routes([*self._api.routes(), *ControlFace(self._world).routes()])
        # A client that leaves ends its request: a hanging call or a long poll is not kept for nobody.
        runner = web.AppRunner(
            application, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_SECONDS, access_log=None
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._api.open()
        self._caller.start()
        self._runner = runner
        self._url = f"http://{host}:{runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Stop listening, end what waits or hangs. Harmless when stopped."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            self._api.close()
            await self._caller.stop()
            await runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    # The world.

    def person(
        self,
        person_id: int,
        first_name: str,
        *,
        username: str | None = None,
        language_code: str | None = None,
    ) -> Person:
        """Somebody new, with a private chat of the same id. ValueError if the id is taken."""
        return self._world.add_person(Person(person_id, first_name, username, language_code))

    def group(
        self,
        chat_id: int,
        title: str,
        members: list[Person] | None = None,
        *,
        forum: bool = False,
        username: str | None = None,
        bot_is_admin: bool = True,
        basic: bool = False,
    ) -> Chat:
        """A group the bot is in, a supergroup if not `basic`.

        Put ids into `chat.administrators` to make people admins of it.
        """
        return self._world.add_chat(
            Chat(
                self._world,
                chat_id,
                "group" if basic else "supergroup",
                title,
                members=members or [],
                forum=forum,
                username=username,
                bot_is_admin=bot_is_admin,
            )
        )

    def channel(self, chat_id: int, title: str, *, username: str | None = None) -> Chat:
        """A channel the bot administers."""
        return self._world.add_chat(Chat(self._world, chat_id, "channel", title, username=username))

    def private(self, person: Person) -> Chat:
        """The chat between this person and the bot."""
        return self._world.chats[person.id]

    @property
    def chats(self) -> list[Chat]:
        """All chats, in the order they came to be."""
        return list(self._world.chats.values())

    @property
    def files(self) -> dict[str, StoredFile]:
        """All files by file_id, with their bytes."""
        return self._world.files

    @property
    def webhook(self) -> dict[str, Any]:
        """What setWebhook stored (`url`, `secret_token`, ...); empty without a webhook."""
        return self._world.webhook

    @property
    def deliveries(self) -> list[Delivery]:
        """Every call to the webhook and how it was answered."""
        return self._caller.deliveries

    @property
    def people(self) -> list[Person]:
        """Everybody, in the order they came to be."""
        return list(self._world.people.values())

    @property
    def bot(self) -> BotAccount:
        """The bot, as people see it."""
        return self._world.bot

    def now(self) -> datetime:
        """By this server's clock."""
        return self._world.clock()

    def set_language(self, code: str) -> None:
        """From now on everybody's client is set to this language."""
        for person in self.people:
            self._world.people[person.id] = replace(person, language_code=code)

    def menu(self, chat: Chat, person: Person) -> list[dict[str, Any]]:
        """The commands offered to this person in this chat: those of the narrowest scope that has some."""
        return commands.menu(self._world, chat, person)

    # What happened, and waiting for it.

    @property
    def calls(self) -> list[Call]:
        """Every call of the bot, in the order of the answers."""
        return self._record.calls

    @property
    def updates(self) -> list[Update]:
        """Every update ever queued, as JSON objects with their `update_id`."""
        return self._world.updates.history

    @property
    def pending_updates(self) -> list[Update]:
        """Updates the bot has not confirmed."""
        return self._world.updates.pending

    @property
    def is_polled(self) -> bool:
        """Whether a long poll is waiting right now."""
        return self._world.updates.is_polled

    def renumber_updates(self, next_id: int) -> None:
        """Number updates from here on, as Telegram may after a week without any."""
        self._world.updates.renumber(next_id)

    def redeliver(self, update_id: int) -> None:
        """Queue an update again, whatever offset the bot is at. KeyError for an id never queued."""
        self._world.updates.redeliver(update_id)
        self._world.changes.ring()

    def subscribe(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Be told of everything the bot does in chats; the returned function ends that."""
        return self._world.changes.subscribe(callback)

    async def wait_for(self, predicate: Callable[[], T | None], timeout: float = 30.0) -> T:  # noqa: ASYNC109  a test reads best so
        """The predicate's first truthy value; it is asked again whenever anything changes here.

        Raises AssertionError with the transcript of all chats after `timeout` seconds.
        """
        try:
            return await self._world.changes.wait_for(predicate, timeout)
        except TimeoutError:
            recent = "\n".join(f"{call.method} {call.error or 'ok'}" for call in self.calls[-10:])
            raise AssertionError(
                f"nothing of the kind within {timeout:g} s; the chats:\n\n{self.transcript()}\n\n"
                f"the last calls:\n{recent}"
            ) from None

    async def change(self) -> None:
        """Wait until anything changes here: somebody did something, the bot called, a poll began or ended."""
        await self._world.changes.next()

    def transcript(self) -> str:
        """All chats that have a word in them."""
        return self._world.transcript()
