"""A file dropped into the chat: who a campaign is to go to."""

from telegram import Chat, Document, Update

from desk import bulk, reading
from desk.columns import Columns
from desk.reading import Problem, Request
from storage import accounts, audiences
from storage.drafts import Button

from ..keyboards import Screen
from ..turn import Effect, Turn
from . import send


async def dropped(update: Update, turn: Turn) -> None:
    """Look at what Telegram announces of a file, and have it read; its caption may be the text."""
    message = turn.message
    if message is None or message.document is None or not _is_meant(turn):
        return
    document, words = message.document, turn.words
    limit = turn.services.settings.limits.file_mb
    if (document.file_size or 0) > limit * 2**20:
        megabytes = -(-(document.file_size or 0) // 2**20)
        await turn.answer(Screen(html=words("file-too-big", size=megabytes, limit=limit)))
        return
    try:
        request = reading.read_caption(_caption(turn))
        bulk.check_request(request)
        await _check_accounts(turn)
    except Problem as problem:
        await turn.answer(send.problem_screen(turn, problem))
    else:
        await _begin(turn, document, request)


def _is_meant(turn: Turn) -> bool:
    """In a group files are dropped for other people too: the caption, or what is replied to, says for us."""
    message = turn.message
    if message is None or turn.chat.type == Chat.PRIVATE:
        return True
    replied = message.reply_to_message
    to_us = replied is not None and replied.from_user is not None and replied.from_user.id == turn.bot.id
    return to_us or (message.caption or "").startswith("/send")


def _caption(turn: Turn) -> str:
    """Without the command that said that a file in a group is for us."""
    caption = (turn.message.caption if turn.message else None) or ""
    if not caption.startswith("/"):
        return caption
    command, *rest = caption.split(None, 1)
    return caption[len(command) :].lstrip(" \t\r\n") if rest else ""


async def _check_accounts(turn: Turn) -> None:
    """A list is of no use where nothing can be sent from. Raises Problem."""
    async with turn.services.database.read() as tx:
        if not await accounts.of_chat(tx, turn.chat.id):
            raise Problem("no-account")


async def _begin(turn: Turn, document: Document, request: Request) -> None:
    name = document.file_name or "?"
    async with turn.effect() as effect:
        await audiences.begin(
            effect.tx,
            turn.place,
            state="to-read",
            language=turn.words.language,
            message_id=turn.message.message_id if turn.message else None,
            name=name,
            most=turn.most,
            expires_at=effect.now + turn.services.settings.limits.card_expiry,
            file_id=document.file_id,
            request=request.as_json(),
        )
        await effect.say(Screen(html=turn.words("file-reading", name=name[:60])))


async def choose_column(effect: Effect, button: Button) -> str:
    """The answer to "which column has the numbers?": the file is read anew."""
    columns = Columns.from_json(button.subject["columns"])
    until = effect.now + effect.turn.services.settings.limits.card_expiry
    audience_id = int(button.subject["audience_id"])
    if not await audiences.read_again(effect.tx, audience_id, columns.as_json(), until):
        return effect.turn.words.plain("toast-gone")
    effect.replace_pressed(effect.turn.words("column-chosen", column=columns.names[columns.number]))
    return ""
