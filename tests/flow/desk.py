"""The real bot over the stand-ins, for tests: nothing between the chat and the gateways is replaced."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.app import Desk, build
from bot.config import Settings
from desk.clock import Clock, utc_now
from sandbox.devino import DevinoServer
from sandbox.sms_pager import SmsPagerServer
from sandbox.smsc import SmscServer
from sandbox.telegram import Chat, Message, Person, TelegramServer
from storage.vault import open_vault

from ..storage import ready
from .keys import misplaced

ADMIN = 1001
TOKEN = "123456:TEST-TOKEN-of-the-tests"
LOGIN, PASSWORD = "demo", "demo-password"

# A number's last two digits choose its life at the stand-ins.
DELIVERED, UNDELIVERED, EXPIRED, REJECTED = "+79031234500", "+79031234501", "+79031234502", "+79031234503"
SLOW, MODERATED, REFUSED, SILENT = "+79031234504", "+79031234505", "+79031234506", "+79031234507"


StorageOf = Callable[[Path], str]


def in_file(folder: Path) -> str:
    """The address of an SQLite file in a folder."""
    return f"sqlite:///{folder / 'smsdesk.db'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """Everything outside."""

    telegram: TelegramServer
    devino: DevinoServer
    sms_pager: SmsPagerServer
    smsc: SmscServer
    anna: Person
    storage_of: StorageOf

    @property
    def chat(self) -> Chat:
        return self.telegram.private(self.anna)

    def settings(self, folder: Path, **tables: dict[str, Any]) -> Settings:
        """Settings that reach the stand-ins, fast; `tables` override keys."""
        wanted: dict[str, dict[str, Any]] = {
            "telegram": {
                "token": TOKEN,
                "api_url": self.telegram.url,
                "admins": [ADMIN],
                "rate": 0,
                "group_rate": 0,
            },
            "storage": {"url": self.storage_of(folder)},
            "security": {"key_file": folder / "smsdesk.key"},
            "gateways": {
                "devino_rest": {"url": self.devino.rest_url},
                "devino_soap": {"url": self.devino.soap_url},
                "sms_pager": {"url": self.sms_pager.url},
                # Tests say the same to the same number within a minute, and the stand-in lets them.
                "smsc": {"url": self.smsc.url, "limit_window": "0s"},
            },
            "tracking": {"first_check": "50ms", "longest_pause": "400ms"},
            # People in tests are faster than any person.
            "limits": {"undo": "0s", "commands": 0},
            "submit": {"retry": "100ms", "balance_timeout": "5s"},
            "web": {"listen": "127.0.0.1:0"},
        }
        for name, table in tables.items():
            wanted.setdefault(name, {}).update(table)
        return Settings.model_validate(wanted)

    async def answer(self, since: int, *, having: str = "") -> Message:
        """The first message of the bot after the message with this id that has these words."""
        return await self.telegram.wait_for(
            lambda: next(
                (one for one in self.chat.bot_messages if one.id > since and having in one.text), None
            )
        )

    async def ask(self, text: str, *, having: str = "") -> Message:
        """Say something as Anna and wait for an answer with these words."""
        return await self.answer(self.chat.say(self.anna, text).id, having=having)

    async def press(self, message: Message, label: str) -> str:
        """Press a button as Anna; the words of the notice over the chat."""
        pressed = self.chat.press(self.anna, message, label)
        answer = await self.telegram.wait_for(lambda: pressed.answer)
        return answer.text or ""

    async def becomes(self, message: Message, words: str) -> Message:
        """Wait until a message says this."""
        await self.telegram.wait_for(lambda: words in message.text)
        return message

    async def connect(self, kind: str, sender: str = "ACME") -> Message:
        return await self.ask(f"/connect {kind} {LOGIN} {PASSWORD} {sender}", having="connected as")


@asynccontextmanager
async def stands(
    *, pace: float = 0.0, clock: Clock = utc_now, storage_of: StorageOf = in_file
) -> AsyncIterator[Stands]:
    """The stand-ins, up."""
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(TelegramServer(TOKEN, clock=clock))
        shared: dict[str, Any] = {"login": LOGIN, "password": PASSWORD, "pace": pace, "clock": clock}
        everything = Stands(
            telegram=telegram,
            devino=await stack.enter_async_context(DevinoServer(**shared)),
            sms_pager=await stack.enter_async_context(SmsPagerServer(**shared)),
            smsc=await stack.enter_async_context(SmscServer(**shared)),
            storage_of=storage_of,
            anna=telegram.person(ADMIN, "Anna", username="anna", language_code="en"),
        )
        yield everything
        # U10 holds for every card of every conversation, so each test of one looks at it.
        assert not misplaced(telegram)


def begin(settings: Settings) -> None:
    """Keys and an empty database, as a first start leaves them: to migrate takes a tenth of a second."""
    file, keys = settings.storage.file, settings.security.key_file
    if file is not None and not file.exists() and not keys.exists():
        open_vault(keys)
        ready.put(file)


@asynccontextmanager
async def working(settings: Settings, *, clock: Clock = utc_now) -> AsyncIterator[Desk]:
    """The bot, running; stopped gracefully at the end, and its failure is the test's failure.

    By as much as its clock is moved, time passes: nobody sets it.
    """
    begin(settings)
    async with build(settings, clock=clock, ticks=lambda: clock().timestamp(), poll_wait=2) as desk:
        running = asyncio.create_task(desk.run())
        _WORKING.append(desk)
        try:
            yield desk
        finally:
            _WORKING.remove(desk)
            if not running.done():
                running.cancel()
            results = await asyncio.gather(running, return_exceptions=True)
            for result in results:
                if isinstance(result, Exception):
                    raise result


_WORKING: list[Desk] = []


def all_look() -> None:
    """Have every worker of every bot that is running look whether there is something to do."""
    for desk in _WORKING:
        desk.services.ring(frozenset({"anything"}))


async def meddle(folder: Path, sql: str) -> int:
    """Somebody else writes into the database of the bot. How many rows that changed.

    In a thread: the bot, in this one, may be in the midst of a write that has to end first.
    """

    def write() -> int:
        with closing(sqlite3.connect(folder / "smsdesk.db", timeout=30)) as database, database:
            return database.execute(sql).rowcount

    return await asyncio.to_thread(write)
