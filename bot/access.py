"""The one gate every update passes, before any handler: default deny.

Both the person and the kind of update must be known. Nobody but the administrators named by numeric id in the
configuration gets through; everybody else hears one neutral line, at most once in a while, and nothing runs.
"""

from datetime import datetime, timedelta

import structlog
from telegram import Chat, Update
from telegram.ext import ApplicationHandlerStop

from .keyboards import Screen
from .settings import NOBODY
from .turn import Turn

log = structlog.get_logger(__name__)

ALLOWED_UPDATES = [Update.MESSAGE, Update.EDITED_MESSAGE, Update.CALLBACK_QUERY]
NEUTRAL_EVERY = timedelta(minutes=10)
REMEMBERED = 10_000  # strangers; past that the oldest are forgotten


def may_act(update: Update, admins: frozenset[int]) -> bool:
    """Whether a known person stands behind this update, in a chat, in their own name."""
    person, chat = update.effective_user, update.effective_chat
    if person is None or chat is None or person.is_bot or person.id in NOBODY:
        return False
    if not (update.message or update.edited_message or update.callback_query):
        return False
    message = update.message or update.edited_message
    if message is not None and (
        message.sender_chat or message.forward_origin or message.via_bot or message.is_automatic_forward
    ):
        return False
    return person.id in admins


class Gate:
    """The first handler of all."""

    def __init__(self, admins: tuple[int, ...]) -> None:
        self._admins = frozenset(admins)
        self._told: dict[int, datetime] = {}

    async def __call__(self, update: Update, turn: Turn) -> None:
        """Let through, or stop every other handler."""
        if may_act(update, self._admins):
            return
        try:
            await self._refuse(update, turn)
        except Exception:
            # A gate that breaks stays shut: any other exception would let the handlers behind it run.
            log.exception("refusing broke", update=update.update_id)
        raise ApplicationHandlerStop

    async def _refuse(self, update: Update, turn: Turn) -> None:
        log.info("refused", update=update.update_id, person=getattr(update.effective_user, "id", None))
        if self._deserves_a_word(update, turn):
            known = turn.person.id in self._admins
            await turn.answer(Screen(html=turn.words("not-yours-to-run" if known else "neutral")))
        elif update.callback_query is not None:
            async with turn.effect() as effect:
                query, text = update.callback_query, turn.words.plain("neutral")
                effect.after.append(lambda: query.answer(text))

    def _deserves_a_word(self, update: Update, turn: Turn) -> bool:
        """A stranger who writes in private, once in a while; one of us, each time."""
        person, chat = update.effective_user, update.effective_chat
        if person is None or person.is_bot or chat is None or chat.type != Chat.PRIVATE or not update.message:
            return False
        if person.id in self._admins:
            return True
        now = turn.services.clock()
        last = self._told.get(person.id)
        if last is not None and now - last < NEUTRAL_EVERY:
            return False
        self._told.pop(person.id, None)
        self._told[person.id] = now
        if len(self._told) > REMEMBERED:
            self._told.pop(next(iter(self._told)))
        return True
