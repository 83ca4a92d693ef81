"""One list that something is to be done with: what is needed for it, and what is said of it in its chat."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from desk.clock import Clock
from desk.compose import Rules
from desk.leases import Leases
from desk.reading import Problem, Request
from desk.switchboard import Switchboard
from storage import audiences, drafts, leases, outbox
from storage.accounts import Account
from storage.audiences import Audience
from storage.db import Database, Transaction
from storage.outbox import Priority
from storage.vault import Vault

from .. import problems, saved_texts
from ..keyboards import Key, Screen
from ..settings import Settings
from ..words import Html, Words

SEVERAL = 500  # rows in one transaction, so that nobody waits long for the writer
PLACES = 20_000  # the same, where the database has all it needs for one statement

T = TypeVar("T")

# A file of Telegram's into a path. Raises NotFetched.
Fetch = Callable[[str, Path], Awaitable[None]]


class NotFetched(Exception):
    """A file did not come. `gone`: it never will."""

    def __init__(self, *, gone: bool) -> None:
        super().__init__("gone" if gone else "not now")
        self.gone = gone


class Lost(Exception):
    """Another process speaks with Telegram now, and reads this list anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What is the same for every list."""

    database: Database
    vault: Vault
    switchboard: Switchboard
    clock: Clock
    leases: Leases
    fetch: Fetch
    settings: Settings
    rules: Rules
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """See the module. What is read aside lies in `folder`."""

    todo: Audience
    tools: Tools
    folder: Path
    zone: ZoneInfo  # of the chat

    @property
    def rules(self) -> Rules:
        """The desk's, times by the clock of the chat."""
        return self.tools.rules.in_zone(self.zone)

    @property
    def database(self) -> Database:
        return self.tools.database

    @property
    def words(self) -> Words:
        return Words(self.todo.language, self.zone)

    @property
    def request(self) -> Request:
        return Request.from_json(self.todo.request or Request().as_json())

    def until(self) -> datetime:
        return self.tools.clock() + self.tools.settings.limits.card_expiry

    async def is_ours(self, tx: Transaction) -> None:
        """Raises Lost: another process may be at this list, and writes what comes of it."""
        lease = self.tools.leases.face()
        if lease is None or await leases.commit(tx, lease) is None:
            raise Lost

    async def spans(self) -> list[range]:
        """All places of its recipients, so many at a time that nobody waits long for the writer."""
        async with self.database.read() as tx:
            extent = await audiences.extent(tx, self.todo.id)
        return [range(start, start + PLACES) for start in range(0, extent, PLACES)]

    def problem(self, problem: Problem) -> Html:
        """A problem in the reader's words."""
        own = self.todo.most < self.tools.settings.limits.list_recipients
        return problems.html(self.words, problem, own=own)

    async def refuse(self, html: Html) -> None:
        """Say why nothing comes of it; the rows go."""
        async with self.database.write("gather.refuse") as tx:
            await self.is_ours(tx)
            if await audiences.settle(tx, self.todo, "failed"):
                await audiences.clear(tx, self.todo.id)
                await self.say(tx, Screen(html=html))

    async def ask_again(self, html: Html) -> None:
        """Say what is wrong with the text, and let another be written."""
        async with self.database.write("gather.again") as tx:
            await self.is_ours(tx)
            if await audiences.settle(tx, self.todo, "ready", expires_at=self.until()):
                await self.ask(tx, replace(self.request, text=""))
                await self.say(tx, Screen(html=html, ask=self.words.plain("ask-text-placeholder")))
                await self.offer_saved_texts(tx)

    async def offer_saved_texts(self, tx: Transaction) -> None:
        """Beside the question for a text, those that the chat has saved."""

        async def button(action: str, subject: Mapping[str, Any]) -> str:
            return await self.button(tx, action, subject)

        screen = await saved_texts.choice(tx, self.todo.chat_id, self.words, button)
        if screen is not None:
            await self.say(tx, screen)

    async def ask(self, tx: Transaction, request: Request) -> int:
        """The next message of this person answers, as it does when a /send is composed."""
        return await drafts.start(
            tx,
            self.todo.place,
            kind="send",
            state="asking",
            content=request.as_json(),
            expires_at=self.until(),
        )

    async def ask_account(self, tx: Transaction, draft_id: int, usable: Sequence[Account]) -> None:
        keys = [
            Key(
                label=one.name,
                token=await self.button(tx, "choose-account", {"draft_id": draft_id, "name": one.name}),
            )
            for one in usable
        ]
        await self.say(tx, Screen(html=self.words("ask-account"), rows=tuple((key,) for key in keys)))

    async def button(self, tx: Transaction, action: str, subject: Mapping[str, Any]) -> str:
        return await drafts.add_button(
            tx,
            action=action,
            chat_id=self.todo.chat_id,
            person_id=self.todo.person_id,
            subject=subject,
            expires_at=self.until(),
        )

    async def say(self, tx: Transaction, screen: Screen) -> None:
        await self._put(tx, "said", screen.as_json())

    async def say_dropped(self, tx: Transaction, count: int) -> None:
        await self._put(tx, "dropped", {"audience_id": self.todo.id, "name": self.todo.name, "count": count})

    async def _put(self, tx: Transaction, kind: str, content: dict[str, Any]) -> None:
        todo = self.todo
        await outbox.say(
            tx,
            chat_id=todo.chat_id,
            thread_id=todo.thread_id,
            kind=kind,
            content=content,
            language=todo.language,
            priority=Priority.ANSWER,
            now=self.tools.clock(),
            reply_to=todo.message_id if todo.chat_id < 0 else None,
        )


def in_pieces(rows: Iterable[T], several: int = SEVERAL) -> Iterator[list[T]]:
    """The rows, so many at a time."""
    rest = iter(rows)
    while piece := list(islice(rest, several)):
        yield piece
