"""One turn of the conversation: an update, who sent it, and the one transaction of its effect.

Effect, answers and the mark "handled" are committed together, so whoever redelivers an update, and wherever
the process is killed, its effect is applied once. What an update changes at a gateway fits in no transaction:
it is attempted once, and in doubt where nobody lives to tell (`Turn.attempt`).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any, Self
from zoneinfo import ZoneInfo

import structlog
from telegram import Chat, Message, Update, User
from telegram.error import BadRequest, TelegramError
from telegram.ext import Application, CallbackContext, ExtBot

from desk.clock import Clock
from desk.compose import Rules
from desk.evidence import Times
from desk.switchboard import Switchboard
from storage import audit, drafts, outbox, people, updates
from storage.chats import Chosen
from storage.db import Database, Transaction, written
from storage.drafts import Place
from storage.outbox import Priority
from storage.people import Role
from storage.vault import Vault

from . import menus
from .config import Settings
from .keyboards import Screen
from .settings import NOBODY
from .words import Html, Words, language_of

log = structlog.get_logger(__name__)

NAME = 128  # characters of a person's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What handlers reach: made once by bot.app."""

    settings: Settings
    database: Database
    vault: Vault
    switchboard: Switchboard
    clock: Clock
    rules: Rules
    times: Times  # of doubts
    zone: ZoneInfo
    done: set[int]  # numbers of updates whose effect is committed, until the dispatcher has seen it
    ring: Callable[[frozenset[str]], None]  # who works on what was `written` has something to do


class HandledAlready(Exception):
    """Somebody else has handled this update; nothing is to be done."""


class Spent(Exception):
    """The button was pressed before; nothing is to be done."""


class Demoted(Exception):
    """Between the gate and the effect somebody took the role away that this takes; nothing is to be done."""


async def role_of(
    tx: Transaction, person_id: int, admins: frozenset[int], *, held: bool = False
) -> Role | None:
    """The role of a person; None: a stranger. The configuration's administrators need no row.

    `held`: it stays so until the transaction ends.
    """
    if person_id in NOBODY:
        return None
    if person_id in admins:
        return Role.ADMIN
    person = await people.get(tx, person_id, held=held)
    return None if person is None else person.role


@dataclass(slots=True)
class Effect:
    """An open transaction in which an update has its effect."""

    tx: Transaction
    turn: "Turn"
    now: datetime
    after: list[Callable[[], Awaitable[Any]]] = field(default_factory=list)
    entries: list[tuple[str, dict[str, Any]]] = field(default_factory=list)  # for the audit

    async def say(self, screen: Screen, *, while_held: int | None = None) -> int:
        """Answer in the chat of the update, in reply to it where several people speak. The notice's id.

        `while_held`: the campaign that it shows, to be redrawn when the hold ends.
        """
        message = self.turn.message
        in_group = self.turn.chat.type != Chat.PRIVATE
        return await outbox.say(
            self.tx,
            chat_id=self.turn.chat.id,
            thread_id=self.turn.place.thread_id,
            kind="status" if while_held is not None else "said" if screen.chart is None else "chart",
            content=screen.as_json(),
            language=self.turn.words.language,
            priority=Priority.ANSWER,
            now=self.now,
            reply_to=message.message_id if message is not None and in_group else None,
            campaign_id=while_held,
        )

    async def button(
        self, action: str, subject: Mapping[str, Any], *, good_for: timedelta | None = None
    ) -> str:
        """A button for this person, here, as long as a card is good if nothing else is said; its token."""
        turn = self.turn
        return await drafts.add_button(
            self.tx,
            action=action,
            chat_id=turn.chat.id,
            person_id=turn.person.id,
            subject=subject,
            expires_at=self.now + (good_for or turn.services.settings.limits.card_expiry),
        )

    async def tell(self, chat_id: int, words: Words, screen: Screen, *, thread_id: int = 0) -> None:
        """Say something in another chat than that of the update."""
        await outbox.say(
            self.tx,
            chat_id=chat_id,
            thread_id=thread_id,
            kind="said",
            content=screen.as_json(),
            language=words.language,
            priority=Priority.ANSWER,
            now=self.now,
        )

    def replace_pressed(self, html: Html) -> None:
        """Replace the card under the pressed button; only a courtesy, the button is dead anyway."""
        query = self.turn.incoming.callback_query
        if query is not None:
            self.after.append(lambda: query.edit_message_text(html, parse_mode="HTML"))

    async def turn_page(self, screen: Screen) -> None:
        """Let this stand where the pressed button was; as a new message where none was pressed."""
        query = self.turn.incoming.callback_query
        pressed = None if query is None or query.message is None else query.message.message_id
        await self.say(replace(screen, edits=pressed))

    def show_menu(self, chat_id: int, role: Role | None) -> None:
        """Let the commands of this role stand beside the answer field in a chat; a courtesy."""
        turn = self.turn
        self.after.append(lambda: menus.show(turn.bot, chat_id, role, turn.services.zone))

    def record(self, action: str, **whom: Any) -> None:
        """Have it written into the audit that this person does this, here and now, when all else is done.

        `whom` as `storage.audit.record`, for which everybody waits.
        """
        self.entries.append((action, whom))

    async def promise(self, doubt: Screen) -> int:
        """Keep back what is to be said of a change at a gateway in case nobody lives to tell how it ended."""
        notice_id = await self.say(doubt)
        await outbox.promise(self.tx, notice_id)
        return notice_id


class Turn(CallbackContext[ExtBot[None], dict[Any, Any], dict[Any, Any], Services]):
    """The context of a handler."""

    incoming: Update
    # What the gate found out about who is there; None: a stranger who follows an invite, or Telegram itself.
    role: Role | None = None
    least: Role | None = None  # the role that what runs takes; None: it serves nobody, or a stranger's invite
    spends: str | None = None  # the token of a button that is spent by this turn's effect
    chosen: Chosen = Chosen()  # what was chosen for words here
    admins: frozenset[int] = frozenset()  # of the configuration: nobody takes their role in a chat

    @classmethod
    def from_update(cls, update: object, application: "Application[Any, Any, Any, Any, Any, Any]") -> Self:
        turn = super().from_update(update, application)
        if isinstance(update, Update):
            turn.incoming = update
        return turn

    @property
    def services(self) -> Services:
        return self.bot_data

    @property
    def person(self) -> User:
        person = self.incoming.effective_user
        if person is None:
            raise LookupError("an update without a person passed the gate")
        return person

    @property
    def name(self) -> str:
        """What the person is called, no longer than the database takes: Telegram allows a character more."""
        return self.person.full_name[:NAME]

    @property
    def chat(self) -> Chat:
        chat = self.incoming.effective_chat
        if chat is None:
            raise LookupError("an update without a chat passed the gate")
        return chat

    @property
    def message(self) -> Message | None:
        """The message a person wrote; None for a pressed button."""
        return self.incoming.message or self.incoming.edited_message

    @property
    def place(self) -> Place:
        found = self.incoming.effective_message
        topic = found is not None and found.is_topic_message and found.message_thread_id
        return Place(chat_id=self.chat.id, thread_id=topic or 0, person_id=self.person.id)

    @property
    def words(self) -> Words:
        return Words(self.chosen.language or language_of(self.person.language_code), self.zone)

    @property
    def zone(self) -> ZoneInfo:
        """By which clock this chat lives."""
        return self.chosen.zone or self.services.zone

    @property
    def rules(self) -> Rules:
        """What the owner of this desk allows this person, times by the clock of this chat."""
        rules = self.services.rules.in_zone(self.zone)
        if self.role is not Role.OPERATOR:
            return rules
        fewer = min(rules.recipients, self.services.settings.limits.operator_recipients)
        return replace(rules, recipients=fewer)

    @property
    def most(self) -> int:
        """How many numbers a list of this person may have."""
        limits = self.services.settings.limits
        few = self.role is Role.OPERATOR
        return min(limits.operator_recipients, limits.list_recipients) if few else limits.list_recipients

    @property
    def rank(self) -> str:
        """The word of this person's role, for hints that they can follow."""
        return "stranger" if self.role is None else self.role.word

    def not_for(self, least: Role) -> Html:
        """The words for this person where something takes a role they have not."""
        words = self.words
        role, needed = words.plain(f"role-{self.rank}"), words.plain(f"role-{least.word}")
        return words("not-your-role", role=role, least=needed)

    @property
    def typed(self) -> str:
        """The text of the message, empty where there is none."""
        return (self.message.text if self.message else None) or ""

    @property
    def argument(self) -> str:
        """What follows the command, as typed: line breaks, double blanks and all."""
        text = self.typed
        command, *rest = text.split(None, 1)
        return text[len(command) :].lstrip(" \t\r\n") if rest else ""

    @property
    def holds_a_password(self) -> bool:
        """Whether credentials are written out in this message: it goes, whatever the answer is.

        Also where the command is misspelt, has no slash, or stands under a picture.
        """
        text = self.typed or (self.message and self.message.caption) or ""
        first, *rest = text.split() or [""]
        command, _, addressee = first.lower().partition("@")
        if addressee and addressee != self.bot.username.lower():
            return False  # it is another bot's
        meant = get_close_matches(command.lstrip("/"), ["connect"], cutoff=0.75)
        return bool(meant) and len(rest) >= (1 if command.startswith("/") else 3)

    async def record(self, tx: Transaction, action: str, *, now: datetime, **whom: Any) -> None:
        """Write into the audit what this person does, or what came of it."""
        by = audit.By(person_id=self.person.id, person=self.name, chat_id=self.chat.id)
        await audit.record(tx, self.services.vault, by, action, now=now, **whom)

    @asynccontextmanager
    async def effect(self) -> AsyncIterator[Effect]:
        """The transaction of this update. Raises HandledAlready when its effect is applied, Spent, Demoted.

        The role is looked at again: while a gateway was asked, or on another replica, it may have gone.
        """
        async with self.services.database.write("turn.effect") as tx:
            if not await updates.take(tx, self.incoming.update_id):
                raise HandledAlready
            if self.least is not None and not await self._has_still(tx, self.least):
                raise Demoted
            effect = Effect(tx=tx, turn=self, now=self.services.clock())
            if self.spends is not None and not await drafts.use(tx, self.spends, effect.now):
                raise Spent
            yield effect
            for action, whom in effect.entries:
                await self.record(tx, action, now=effect.now, **whom)
            changed = written(tx)
        self.services.done.add(self.incoming.update_id)
        self.services.ring(changed)
        for act in effect.after:
            await self.courtesy(act)

    async def _has_still(self, tx: Transaction, least: Role) -> bool:
        role = await role_of(tx, self.person.id, self.admins, held=True)
        return role is not None and role >= least

    async def delete_message(self) -> bool:
        """Delete what the person wrote, such as a password; a message that is gone already counts."""
        if self.message is None:
            return False
        try:
            return await self.message.delete()
        except BadRequest as error:
            return "to delete not found" in str(error).lower()
        except TelegramError:
            return False

    async def courtesy(self, act: Callable[[], Awaitable[Any]]) -> None:
        """Do what is only polite towards Telegram: toasts, tidied cards. Nothing depends on it."""
        try:
            await act()
        except TelegramError as error:
            log.info("courtesy failed", error=str(error))

    async def attempt(self, begun: int, act: Callable[[], Awaitable[Screen]]) -> None:
        """Change something at a gateway, at most once, and say what came of it.

        `begun` is what `Effect.promise` gave in the transaction of this update. It is said where `act` comes
        to no answer: where it breaks, and where the process is stopped or dies.
        """
        screen: Screen | None = None
        try:
            screen = await act()
        finally:
            content = None if screen is None else screen.as_json()
            async with self.services.database.write("turn.told") as tx:
                await outbox.keep(tx, begun, content, self.services.clock())
                changed = written(tx)
            self.services.ring(changed)

    async def answer(self, screen: Screen) -> None:
        """Answer and do nothing else."""
        async with self.effect() as effect:
            await effect.say(screen)
