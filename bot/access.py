"""The one gate every update passes, before any handler: default deny.

Who may have what run stands in one table, `bot.handlers.ROWS`. The person and the chat must both be known by
numeric id, the person must speak in their own name and their own new words, and their role must do. Whatever
has no row does not run.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

import structlog
from telegram import Chat, Message, Update
from telegram.ext import ApplicationHandlerStop, BaseHandler, CommandHandler

from storage import chats, drafts, invites, sealed
from storage.chats import Chosen, Group
from storage.db import Transaction
from storage.people import Role

from .keyboards import Key, Screen
from .settings import NOBODY, Limits
from .turn import Turn, role_of

log = structlog.get_logger(__name__)

ALLOWED_UPDATES = [
    Update.MESSAGE,
    Update.EDITED_MESSAGE,
    Update.CALLBACK_QUERY,
    Update.MESSAGE_REACTION,
    Update.MY_CHAT_MEMBER,
    Update.CHAT_MEMBER,
]
REMEMBERED = 10_000  # people in each of the gate's memories; past that the oldest are forgotten
MINUTE = timedelta(minutes=1)
NOTICE_PAUSE = timedelta(seconds=10)  # between two notices over buttons that a stranger presses

PRIVATE = frozenset({Chat.PRIVATE})
GROUPS = frozenset({Chat.GROUP, Chat.SUPERGROUP})
EVERYWHERE = PRIVATE | GROUPS  # never a channel: nobody in particular speaks there
ON_POSTS = EVERYWHERE | {Chat.CHANNEL}  # of a button: whoever presses it under a post is somebody

Callback = Callable[..., Any]
Handlers = Sequence[BaseHandler[Any, Turn, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Who may have something run, and where.

    `least` None: Telegram itself tells it, and what runs serves nobody: it only takes away. `spends`: it
    leads to money being spent, so an old command is shown back first. `borrows`: it takes what was forwarded,
    as data that the person chose, never as a command.
    """

    least: Role | None
    chats: frozenset[str] = EVERYWHERE
    spends: bool = False
    borrows: bool = False


class Verdict(Enum):
    """What the gate says; all but PASS stop the update."""

    PASS = auto()
    NOTHING = auto()  # no handler would take it, or it comes from where nobody acts
    STRANGER = auto()
    NAMELESS = auto()  # an anonymous administrator or a channel: nobody in particular
    BORROWED = auto()  # somebody else's words
    ROLE = auto()
    ELSEWHERE = auto()
    UNKNOWN_CHAT = auto()
    STALE = auto()
    TOO_FAST = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the database knows of an update. `invited`: it follows an open invite."""

    role: Role | None
    chat_known: bool
    invited: bool = False


def judge(update: Update, row: Row | None, facts: Facts, *, now: datetime, stale: timedelta) -> Verdict:
    """The whole of the rule, but for rates. `row` None: nothing would take this update."""
    if row is None:
        return Verdict.NOTHING
    if row.least is None:
        return Verdict.PASS
    if not (update.message or update.edited_message or update.callback_query or update.message_reaction):
        return Verdict.NOTHING
    person, chat = update.effective_user, update.effective_chat
    below_post = update.callback_query is not None and Chat.CHANNEL in row.chats
    if chat is None or chat.type not in (ON_POSTS if below_post else EVERYWHERE):
        return Verdict.NOTHING
    message = update.message or update.edited_message
    if message is not None and message.is_automatic_forward:
        return Verdict.NOTHING
    if person is None or person.id in NOBODY or (message is not None and message.sender_chat):
        return Verdict.NAMELESS if facts.chat_known else Verdict.NOTHING
    if person.is_bot:
        return Verdict.NOTHING
    forwarded = message is not None and message.forward_origin is not None and not row.borrows
    borrowed = forwarded or (message is not None and message.via_bot is not None)
    if facts.role is None and chat.type in GROUPS and not facts.chat_known:
        return Verdict.UNKNOWN_CHAT
    if facts.role is None:
        return Verdict.PASS if facts.invited and not borrowed else Verdict.STRANGER
    if borrowed:
        return Verdict.BORROWED
    return _of_ours(row, facts, chat, message, now=now, stale=stale, role=facts.role)


def _of_ours(
    row: Row,
    facts: Facts,
    chat: Chat,
    message: Message | None,
    *,
    now: datetime,
    stale: timedelta,
    role: Role,
) -> Verdict:
    """The rule for people who are known, in their own words."""
    if not facts.chat_known:
        return Verdict.UNKNOWN_CHAT
    if row.least is None or role < row.least:
        return Verdict.ROLE
    if chat.type not in row.chats:
        return Verdict.ELSEWHERE
    if row.spends and message is not None and now - message.date > stale:
        return Verdict.STALE
    return Verdict.PASS


def taker(handlers: Handlers, update: Update) -> BaseHandler[Any, Turn, Any] | None:
    """The handler that will take the update, by the library's own rule; None: nothing will."""
    for handler in handlers:
        check = handler.check_update(update)
        if check is not None and check is not False:
            return handler
    return None


class Gate:
    """The first handler of all. `rows` has one for each callback of `handlers` and of `buttons`."""

    def __init__(
        self,
        handlers: Handlers,
        buttons: Mapping[str, Callback],
        rows: Mapping[Callback, Row],
        *,
        admins: tuple[int, ...],
        limits: Limits,
    ) -> None:
        self._handlers = handlers
        self._buttons = buttons
        self._rows = rows
        self._admins = frozenset(admins)
        self._limits = limits
        self._told: dict[tuple[str, int], datetime] = {}
        self._seen: dict[int, deque[datetime]] = {}

    async def __call__(self, update: Update, turn: Turn) -> None:
        """Let through, or stop every other handler."""
        try:
            if await self._passes(update, turn):
                return
        except Exception as error:  # noqa: BLE001 - told and logged as what breaks in a handler is
            try:
                await turn.application.process_error(update, error)
            finally:
                # A gate that breaks stays shut: any other exception would let the handlers behind it run.
                raise ApplicationHandlerStop from None
        raise ApplicationHandlerStop

    async def _passes(self, update: Update, turn: Turn) -> bool:
        now = turn.services.clock()
        handler = taker(self._handlers, update)
        async with turn.services.database.read() as tx:
            row = await self._row(tx, update, turn, handler)
            facts = await self._facts(tx, update, turn, now)
            turn.chosen = await _chosen(tx, update)
        turn.role, turn.admins = facts.role, self._admins
        adopts = (
            facts.role is Role.ADMIN
            and not facts.chat_known
            and isinstance(handler, CommandHandler)
            and turn.chat.type in GROUPS
        )
        judged = Facts(role=facts.role, chat_known=True) if adopts else facts
        verdict = judge(update, row, judged, now=now, stale=self._limits.stale)
        counted = facts.role is not None and row is not None and row.least is not None
        if counted and verdict is not Verdict.NOTHING and self._too_fast(turn.person.id, now):
            verdict = Verdict.TOO_FAST
        if verdict not in {Verdict.PASS, Verdict.NOTHING}:
            self._log_refusal(update, turn, verdict)
            ours = facts.role is not None or turn.chat.type in GROUPS
            if ours and facts.chat_known and turn.holds_a_password:
                await turn.delete_message()
        if verdict is not Verdict.PASS:
            await self._refuse(update, turn, verdict, row, command=isinstance(handler, CommandHandler))
            return False
        turn.least = None if row is None or facts.role is None else row.least
        if adopts:
            await _adopt(turn, now)
        return True

    async def _row(
        self, tx: Transaction, update: Update, turn: Turn, handler: BaseHandler[Any, Turn, Any] | None
    ) -> Row | None:
        """The row of what would run: where a token comes along, of what its button or link does."""
        if handler is None:
            return None
        token = _token(update, turn)
        button = await drafts.button(tx, token) if token else None
        acts = None if button is None else self._buttons.get(button.action)
        return self._rows.get(handler.callback if acts is None else acts)

    async def _facts(self, tx: Transaction, update: Update, turn: Turn, now: datetime) -> Facts:
        person, chat = update.effective_user, update.effective_chat
        if person is None or chat is None:
            return Facts(role=None, chat_known=chat is not None and await chats.known(tx, chat.id))
        role = await role_of(tx, person.id, self._admins)
        if chat.type == Chat.PRIVATE:
            token = _token(update, turn) if role is None and update.message else ""
            invited = bool(token) and await invites.is_open(tx, token, now)
            return Facts(role=role, chat_known=chat.id == person.id, invited=invited)
        return Facts(role=role, chat_known=await chats.known(tx, chat.id))

    # What those hear who do not get through.

    async def _refuse(
        self, update: Update, turn: Turn, verdict: Verdict, row: Row | None, *, command: bool
    ) -> None:
        if update.message_reaction is not None:
            return  # nobody said anything to the bot
        words, pause = turn.words, self._limits.stranger_pause
        match verdict:
            case Verdict.STRANGER:
                await self._turn_away(update, turn)
            case Verdict.NAMELESS if command and self._first_in(pause, turn, "nameless", turn.chat.id):
                await turn.answer(Screen(html=words("nameless")))
            case Verdict.BORROWED if turn.chat.type == Chat.PRIVATE or (
                command and self._first_in(pause, turn, "borrowed", turn.chat.id)
            ):
                await turn.answer(Screen(html=words("not-yours-to-run")))
            case Verdict.ROLE if row is not None and row.least is not None and turn.role is not None:
                await _tell(update, turn, turn.not_for(row.least))
            case Verdict.ELSEWHERE:
                await _tell(update, turn, words.plain("only-in-private"))
            case Verdict.STALE:
                await _show_back(turn)
            case Verdict.TOO_FAST if self._first_in(MINUTE, turn, "too-fast", turn.person.id):
                await _tell(update, turn, words.plain("too-fast", limit=self._limits.commands))
            case Verdict.UNKNOWN_CHAT if command and self._first_in(pause, turn, "unknown", turn.chat.id):
                await turn.answer(Screen(html=words("group-unknown")))
            case Verdict.UNKNOWN_CHAT if update.callback_query is not None:
                await _tell(update, turn, words.plain("neutral"))

    async def _turn_away(self, update: Update, turn: Turn) -> None:
        """One neutral line in private, once in a while; in a group only the notice over a pressed button."""
        pause, person = self._limits.stranger_pause, turn.person
        if update.callback_query is not None:
            # Each costs a call to Telegram and a write, and they are free to press for ever.
            if self._first_in(NOTICE_PAUSE, turn, "pressed", person.id):
                await _tell(update, turn, turn.words.plain("neutral"))
        elif (
            update.message
            and turn.chat.type == Chat.PRIVATE
            # Whoever follows a link that is spent gets an answer, also right after having heard it once.
            and self._first_in(pause, turn, "link" if _token(update, turn) else "neutral", person.id)
        ):
            await turn.answer(Screen(html=turn.words("neutral")))

    def _log_refusal(self, update: Update, turn: Turn, verdict: Verdict) -> None:
        """Once in a while for each person and reason: whoever floods the bot does not flood the log."""
        person, chat = update.effective_user, update.effective_chat
        who = (person and person.id) or (chat and chat.id) or 0
        if self._first_in(self._limits.stranger_pause, turn, f"log {verdict.name}", who):
            log.info("refused", why=verdict.name.lower(), person=person and person.id, chat=chat and chat.id)

    def _first_in(self, pause: timedelta, turn: Turn, key: str, who: int) -> bool:
        """Whether this person, or this group, has heard nothing of the kind for so long."""
        now = turn.services.clock()
        last = self._told.get((key, who))
        # Between bounds: what a clock that was set back shows as still to come is past.
        if last is not None and timedelta(0) <= now - last < pause:
            return False
        _remember(self._told, (key, who), now)
        return True

    def _too_fast(self, person_id: int, now: datetime) -> bool:
        """Whether this is one too many within a minute; what is refused does not count."""
        limit = self._limits.commands
        if not limit:
            return False
        seen = self._seen.get(person_id, deque(maxlen=limit))
        while seen and not timedelta(0) <= now - seen[0] < MINUTE:
            seen.popleft()
        if len(seen) == limit:
            return True
        seen.append(now)
        _remember(self._seen, person_id, seen)
        return False


async def _chosen(tx: Transaction, update: Update) -> Chosen:
    """In which words to speak to this person here, where that was chosen."""
    person, chat = update.effective_user, update.effective_chat
    return Chosen() if person is None or chat is None else await chats.chosen(tx, chat.id, person.id)


def _token(update: Update, turn: Turn) -> str:
    """What a press or a deep link carries; empty for anything else."""
    if update.callback_query is not None:
        return update.callback_query.data or ""
    command, _, token = turn.typed.partition(" ")
    return token.strip() if command.partition("@")[0].lower() == "/start" else ""


def _remember(memory: dict[Any, Any], key: object, what: object) -> None:
    memory.pop(key, None)
    memory[key] = what
    if len(memory) > REMEMBERED:
        memory.pop(next(iter(memory)))


async def _adopt(turn: Turn, now: datetime) -> None:
    """An administrator's command in a group says that the bot belongs there."""
    async with turn.services.database.write("access.adopt") as tx:
        group = Group(id=turn.chat.id, title=turn.chat.title or str(turn.chat.id))
        if await chats.allow(tx, group, by=turn.person.id, now=now):
            await turn.record(tx, "group", now=now, evidence={"title": group.title[: chats.TITLE]})


async def _tell(update: Update, turn: Turn, text: str) -> None:
    """As a message, or as the notice over the button that was pressed."""
    async with turn.effect() as effect:
        query = update.callback_query
        if query is None:
            await effect.say(Screen(html=turn.words.escape(text)))
        else:
            effect.after.append(lambda: query.answer(text[:200], show_alert=len(text) > 60))


async def _show_back(turn: Turn) -> None:
    """A command from before the bot came back: it may be out of date, so it waits for ✅."""
    words, services = turn.words, turn.services
    async with turn.effect() as effect:
        token = drafts.new_token()
        typed = services.vault.seal(sealed.button_owner(token), {"typed": turn.argument})
        await drafts.add_button(
            effect.tx,
            action="still-send",
            chat_id=turn.chat.id,
            person_id=turn.person.id,
            subject={"sealed": typed},
            expires_at=effect.now + services.settings.limits.card_expiry,
            token=token,
        )
        age = words.age(effect.now - turn.message.date) if turn.message is not None else ""
        html = words("stale", age=age, typed=turn.typed[:700])
        await effect.say(Screen(html=html, rows=((Key(label=words.plain("button-still"), token=token),),)))
