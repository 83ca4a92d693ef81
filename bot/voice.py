"""How a screen is said to Telegram: its text, keys, picture or file.

What Telegram refuses of a form is said in a plainer one: better plain, or cut, than lost. Its other errors go
to who asked.
"""

import asyncio
import re
from html import unescape
from typing import Any

import structlog
import telegram
from telegram import (
    CopyTextButton,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    KeyboardButtonRequestUsers,
    LinkPreviewOptions,
    ReplyKeyboardMarkup,
    ReplyParameters,
)
from telegram.error import BadRequest

from storage.cards import Card
from storage.db import Database
from storage.outbox import Notice

from . import charts
from .announcements import Announcements
from .keyboards import COPIED, Chart, Curve, Key, Screen
from .topics import TALKS, is_closed, is_gone
from .words import Html

log = structlog.get_logger(__name__)

PICK_ID = 1  # there is one question that is answered from Telegram's list of people
LIMIT = 4096  # UTF-16 units after the tags are taken out; screens are kept well below


class Voice:
    """What speaks to Telegram, and knows nothing of when and how often."""

    def __init__(self, bot: telegram.Bot, database: Database, announcements: Announcements) -> None:
        self._bot = bot
        self._database = database
        self._announcements = announcements

    async def say(self, told: Notice | Card, screen: Screen, reply_to: int | None) -> int:
        """Into its topic; where that is gone into the chat itself, with a word about it."""
        try:
            return await self._send(told.chat_id, told.thread_id, screen, reply_to)
        except BadRequest as error:
            talks = isinstance(told, Notice) and told.kind in TALKS
            if talks or not told.thread_id or not (is_gone(error) or is_closed(error)):
                raise
        log.info("a topic is gone", chat=told.chat_id, thread=told.thread_id)
        elsewhere = self._announcements.elsewhere(screen, told.language)
        return await self._send(told.chat_id, 0, elsewhere, reply_to)

    async def _send(self, chat_id: int, thread_id: int, screen: Screen, reply_to: int | None) -> int:
        common: dict[str, Any] = {
            "chat_id": chat_id,
            "message_thread_id": thread_id or None,
            "reply_markup": markup(screen),
            "reply_parameters": None
            if reply_to is None
            else ReplyParameters(message_id=reply_to, allow_sending_without_reply=True),
        }
        chart = screen.chart or screen.curve
        picture = None if chart is None else await _drawn(chart)
        if picture is not None:
            try:
                shown = await self._bot.send_photo(
                    photo=picture, filename="chart.png", caption=screen.html, parse_mode="HTML", **common
                )
            except BadRequest as error:
                # A group may let nobody send pictures. The words say the same.
                log.info("no picture", chat=chat_id, error=str(error))
            else:
                return shown.message_id
        if screen.document is not None:
            shown = await self._bot.send_document(
                document=await screen.document.make(self._database),
                filename=screen.document.name,
                caption=screen.html,
                parse_mode="HTML",
                **common,
            )
            return shown.message_id
        common["link_preview_options"] = LinkPreviewOptions(is_disabled=True)
        try:
            sent = await self._bot.send_message(text=screen.html, parse_mode="HTML", **common)
        except BadRequest as error:
            # Better plain, or cut, and said than right and lost.
            if "can't parse entities" in str(error).lower():
                text = str(screen.html)
            elif "is too long" in str(error).lower():
                text = plain(screen.html)
            else:
                raise
            log.error("not as it is", error=str(error))  # noqa: TRY400 - the reason is in the text
            sent = await self._bot.send_message(text=shortened(text), **common)
        return sent.message_id

    async def edit(self, chat_id: int, message_id: int, screen: Screen) -> None:
        keyboard = markup(screen)
        common: dict[str, Any] = {
            "chat_id": chat_id,
            "message_id": message_id,
            "parse_mode": "HTML",
            "reply_markup": keyboard if isinstance(keyboard, InlineKeyboardMarkup) else None,
        }
        preview = LinkPreviewOptions(is_disabled=True)
        try:
            await self._bot.edit_message_text(screen.html, link_preview_options=preview, **common)
        except BadRequest as error:
            if "no text in the message" not in str(error).lower():
                raise
            # It was said with a picture.
            await self._bot.edit_message_caption(caption=screen.html, **common)


async def _drawn(chart: Chart | Curve) -> bytes | None:
    """The picture, or None where it cannot be drawn: what it shows is told in words as well."""
    try:
        return await asyncio.to_thread(charts.draw, chart)
    except Exception:
        log.exception("a chart cannot be drawn")
        return None


def plain(html: Html) -> str:
    """What people read of it."""
    return unescape(re.sub("<[^>]*>", "", html))


def shortened(text: str) -> str:
    """A text no longer than Telegram takes."""
    units = text.encode("utf-16-le")
    if len(units) <= 2 * LIMIT:
        return text
    return units[: 2 * (LIMIT - 1)].decode("utf-16-le", "ignore") + "…"


# A colour helps to tell apart what the mark and the word already say.
STYLES = {"✅": "success", "✖": "danger"}


def _button(key: Key) -> InlineKeyboardButton:
    return InlineKeyboardButton(
        key.label,
        callback_data=key.token,
        url=key.url,
        copy_text=None if key.copy is None else CopyTextButton(key.copy[:COPIED]),
        style=STYLES.get(key.label[:1]),
    )


def markup(screen: Screen) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | ForceReply | None:
    """A screen's keys for Telegram."""
    if screen.rows:
        return InlineKeyboardMarkup([[_button(key) for key in row] for row in screen.rows])
    if screen.pick is not None:
        people = KeyboardButtonRequestUsers(
            request_id=PICK_ID, user_is_bot=False, max_quantity=1, request_name=True
        )
        key = KeyboardButton(screen.pick.label, request_users=people)
        return ReplyKeyboardMarkup([[key]], resize_keyboard=True, one_time_keyboard=True)
    if screen.ask is not None:
        return ForceReply(selective=True, input_field_placeholder=screen.ask[:64] or None)
    return None
