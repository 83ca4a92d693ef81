"""Forum topics: each conversation has its own in a group that is a forum, made when a customer first writes.

Making one is not idempotent: where its answer is lost there may be an empty topic beside the one in use.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
import telegram
from telegram import ChatMember, ChatMemberAdministrator, ChatMemberOwner
from telegram.error import BadRequest, TelegramError

from desk.clock import Clock
from storage import accounts, chats, conversations, outbox, topics
from storage.conversations import Conversation
from storage.db import Database, Transaction
from storage.fault import fault
from storage.outbox import Notice, Priority
from storage.topics import Topic

from . import conversations as talks

log = structlog.get_logger(__name__)

CARD = "topic-card"
ANSWERED = "answered"
TALKS = frozenset(
    {"inbound", "unanswered", ANSWERED, CARD}
)  # notices that belong into the topic of a conversation
RIGHTS = ("can_manage_topics", "can_pin_messages")
NO_FORUM_FOR = timedelta(minutes=1)  # a group that is no forum may become one
TOLD_EVERY = timedelta(days=1)  # which rights are missing
NAME = 128  # characters of a topic's name, by the Bot API


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a notice goes. `thread_id` 0: into the chat itself. `later`: something else comes first."""

    thread_id: int = 0
    later: bool = False


def mark(talk: Conversation) -> str:
    """How a conversation stands, as the beginning of its topic's name."""
    if talk.done:
        return "✔"
    if talk.waiting_since is None:
        return "💬"
    return "🔴" if talk.claimed_by is None else "🙋"


MARKS = ("✔", "💬", "🔴", "🙋")


def name_of(talk: Conversation, *, several: bool) -> str:
    """The name of a topic; with the account's where the chat has `several`."""
    called = talk.name or talks.name_of(talk.msisdn)
    return f"{mark(talk)} {called}{f' · {talk.account}' if several else ''}"[:NAME]


def called(name: str, talk: Conversation) -> str:
    """What a person calls the customer who names the topic so; empty where that is only the number."""
    for sign in MARKS:
        name = name.removeprefix(sign)
    name = name.strip().removesuffix(f"· {talk.account}").strip()
    return "" if name == talks.name_of(talk.msisdn) else name


def is_gone(error: TelegramError) -> bool:
    """Whether there is no such topic any more."""
    words = str(error).lower()
    return any(one in words for one in ("thread not found", "topic_id_invalid", "topic_deleted"))


def is_closed(error: TelegramError) -> bool:
    return "topic_closed" in str(error).lower()


async def missing_rights(bot: telegram.Bot, chat_id: int) -> list[str]:
    """Of the rights that topics take, those the bot has not. Raises TelegramError."""
    return lacking(await bot.get_chat_member(chat_id, bot.id))


def lacking(me: ChatMember) -> list[str]:
    """The same of a member who is known."""
    if isinstance(me, ChatMemberOwner):
        return []
    if not isinstance(me, ChatMemberAdministrator):
        return list(RIGHTS)
    return [right for right in RIGHTS if not getattr(me, right)]


class Topics:
    """The notifier's hand in forums."""

    def __init__(self, bot: telegram.Bot, database: Database, clock: Clock, *, every: timedelta) -> None:
        self._bot = bot
        self._database = database
        self._clock = clock
        self._every = every  # between two changes of a topic
        self._no_forums: dict[int, datetime] = {}  # groups that were none, and until when that is believed

    async def place(self, notice: Notice) -> Place:
        """Where a notice goes; opens the topic where there is none yet. Raises TelegramError."""
        if notice.chat_id > 0 or notice.kind not in TALKS:
            return Place(thread_id=notice.thread_id)
        async with self._database.read() as tx:
            talk = await _talk_of(tx, notice)
            topic = None if talk is None else await topics.of(tx, talk.id, notice.chat_id)
            wanted = talk is not None and await topics.wanted(tx, notice.chat_id)
            several = len(await accounts.of_chat(tx, notice.chat_id)) > 1
        if talk is None or not wanted:
            return Place()
        if topic is None or topic.thread_id is None:
            opened = await self._is_forum(notice.chat_id) and await self._open(notice, talk, topic, several)
            return Place(later=opened)  # the card of the topic goes first
        if topic.closed:
            return await self._opened_again(notice, topic, topic.thread_id)
        return Place(thread_id=topic.thread_id)

    async def _opened_again(self, notice: Notice, topic: Topic, thread_id: int) -> Place:
        try:
            await self._turn(topic, closed=False)
        except BadRequest as error:
            if is_gone(error):
                await self.lost(notice, thread_id)
                return Place(later=True)
            log.warning("a topic stays closed", chat=notice.chat_id, error=str(error))
            return Place()
        async with self._database.write("topics.reopened") as tx:
            await topics.heard(tx, topic, closed=False)
        return Place(thread_id=thread_id)

    async def _is_forum(self, chat_id: int) -> bool:
        now = self._clock()
        self._no_forums = {chat: until for chat, until in self._no_forums.items() if until > now}
        if chat_id in self._no_forums:
            return False
        if (await self._bot.get_chat(chat_id)).is_forum:
            return True
        self._no_forums[chat_id] = now + NO_FORUM_FOR
        return False

    async def _open(self, notice: Notice, talk: Conversation, before: Topic | None, several: bool) -> bool:
        """Make the topic of a conversation. False: it cannot be had. Raises TelegramError."""
        name = name_of(talk, several=several)
        try:
            fault("topics.open asks")
            made = await self._bot.create_forum_topic(notice.chat_id, name)
            fault("topics.open answered")
        except BadRequest as error:
            log.warning("no topic", chat=notice.chat_id, error=str(error))
            if "not enough rights" in str(error).lower():
                await self._tell_of_rights(notice.chat_id)
            return False
        thread_id, now = made.message_thread_id, self._clock()
        async with self._database.write("topics.opened") as tx:
            await topics.opened(tx, talk.id, notice.chat_id, thread_id, name, now)
            await _say(tx, notice.chat_id, CARD, {"conversation_id": talk.id}, now)
            if before is not None:
                await _say(tx, notice.chat_id, "topic-anew", {"conversation_id": talk.id}, now)
        return True

    async def pin(self, chat_id: int, message_id: int) -> None:
        """Keep the card of a topic in sight; a courtesy, but for the right to do so."""
        try:
            await self._bot.pin_chat_message(chat_id, message_id, disable_notification=True)
        except BadRequest as error:
            log.info("not pinned", chat=chat_id, error=str(error))
            if "not enough rights" in str(error).lower():
                await self._tell_of_rights(chat_id)
        except TelegramError as error:
            log.info("not pinned", chat=chat_id, error=str(error))

    async def _tell_of_rights(self, chat_id: int) -> None:
        """Once a day, and with how to give them. Raises TelegramError."""
        missing = await missing_rights(self._bot, chat_id)
        now = self._clock()
        async with self._database.write("topics.rights") as tx:
            if missing and await topics.may_tell_of_rights(tx, chat_id, since=now - TOLD_EVERY, now=now):
                await _say(tx, chat_id, "topic-rights", {"missing": missing}, now)

    async def lost(self, notice: Notice, thread_id: int) -> None:
        """Somebody deleted the topic a notice was to go into: it waits for the next one."""
        now = self._clock()
        log.info("a topic is gone", chat=notice.chat_id, thread=thread_id)
        async with self._database.write("topics.lost") as tx:
            await topics.lost(tx, notice.chat_id, thread_id)
            if notice.kind == CARD:
                await outbox.mark(tx, [notice.id], "dead")
            else:
                await outbox.again(tx, notice.id, at=now, repeat=False)

    async def closed(self, notice: Notice, thread_id: int, pause: timedelta) -> None:
        """Nobody told us that it is closed, and we may not write there."""
        async with self._database.write("topics.closed") as tx:
            topic = await topics.at(tx, notice.chat_id, thread_id)
            if topic is not None:
                await topics.heard(tx, topic, closed=True)
            await outbox.again(tx, notice.id, at=self._clock() + pause, repeat=False)

    async def show(self, topic: Topic) -> None:
        """Bring the name of a topic, and whether it is open, to what is wanted. Raises TelegramError."""
        async with self._database.read() as tx:
            talk = await conversations.get(tx, topic.conversation_id, topic.chat_id)
            several = len(await accounts.of_chat(tx, topic.chat_id)) > 1
        if talk is None or topic.thread_id is None:
            return
        name = name_of(talk, several=several)
        try:
            if name != topic.name:
                await self._rename(topic, topic.thread_id, name)
            if talk.done != topic.closed:
                await self._turn(topic, closed=talk.done)
        except BadRequest as error:
            log.warning("a topic stays as it is", chat=topic.chat_id, error=str(error))
            if is_gone(error):
                async with self._database.write("topics.gone") as tx:
                    await topics.lost(tx, topic.chat_id, topic.thread_id)
                return
            name, closed = topic.name, topic.closed
        else:
            closed = talk.done
        async with self._database.write("topics.shown") as tx:
            await topics.heard(tx, topic, name=name, closed=closed)
            await topics.shown(tx, topic, self._clock() + self._every)

    async def _rename(self, topic: Topic, thread_id: int, name: str) -> None:
        fault("topics.rename asks")
        try:
            await self._bot.edit_forum_topic(topic.chat_id, thread_id, name=name)
        except BadRequest as error:
            _unless_so_already(error)
        fault("topics.rename answered")

    async def _turn(self, topic: Topic, *, closed: bool) -> None:
        act = self._bot.close_forum_topic if closed else self._bot.reopen_forum_topic
        fault("topics.turn asks")
        try:
            await act(topic.chat_id, topic.thread_id or 0)
        except BadRequest as error:
            _unless_so_already(error)
        fault("topics.turn answered")


def _unless_so_already(error: BadRequest) -> None:
    if "not_modified" not in str(error).lower():
        raise error


async def _talk_of(tx: Transaction, notice: Notice) -> Conversation | None:
    """The conversation a notice belongs to; None: it has been forgotten."""
    if notice.kind != "inbound":
        return await conversations.get(tx, notice.content["conversation_id"], notice.chat_id)
    card = await conversations.card_of(tx, notice.id)
    return None if card is None else await conversations.get(tx, card.conversation_id, notice.chat_id)


async def _say(tx: Transaction, chat_id: int, kind: str, content: dict[str, object], now: datetime) -> None:
    """Before what customers write: what explains a place comes before what stands in it."""
    await outbox.say(
        tx,
        chat_id=chat_id,
        thread_id=0,
        kind=kind,
        content=content,
        language=await chats.language_of(tx, chat_id),
        priority=Priority.ANSWER,
        now=now,
    )
