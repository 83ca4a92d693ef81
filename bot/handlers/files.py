"""A file dropped into the chat: who a campaign is to go to."""

from telegram import Chat, Document, Update

from desk import bulk, reading
from desk.columns import Columns
from desk.reading import Problem, Request
from storage import accounts, audiences, topics
from storage.drafts import Button

from ..keyboards import Screen
from ..turn import Effect, Turn
from ..words import Html, Words
from . import send

TABLES = (".csv", ".xlsx", ".xls", ".ods")  # names of files that may be lists


async def dropped(update: Update, turn: Turn) -> None:
    """Look at what Telegram announces of a file, and have it read; its caption may be the text."""
    message = turn.message
    if message is None or message.document is None:
        return
    if not is_meant(turn):
        await _hint(turn, message.document)
        return
    document = message.document
    if await is_too_big(turn, document):
        return
    try:
        request = reading.read_caption(_caption(turn))
        bulk.check_request(request)
        await _check_accounts(turn)
    except Problem as problem:
        await turn.answer(send.problem_screen(turn, problem))
    else:
        async with turn.effect() as effect:
            await begin(effect, document, request)


async def is_too_big(turn: Turn, document: Document) -> bool:
    """Whether Telegram announces more than is taken; then it is said, and nothing is fetched."""
    limit, announced = turn.services.settings.limits.file_mb, document.file_size or 0
    if announced <= limit * 2**20:
        return False
    csv = "yes" if (document.file_name or "").lower().endswith((".csv", ".txt")) else "no"
    megabytes = -(-announced // 2**20)
    await turn.answer(Screen(html=turn.words("file-too-big", size=megabytes, limit=limit, csv=csv)))
    return True


def is_meant(turn: Turn) -> bool:
    """In a group things are dropped for other people too: the caption, or what is replied to, says for us."""
    message = turn.message
    if message is None or turn.chat.type == Chat.PRIVATE:
        return True
    replied = message.reply_to_message
    to_us = replied is not None and replied.from_user is not None and replied.from_user.id == turn.bot.id
    return to_us or (message.caption or "").startswith("/send")


async def _hint(turn: Turn, document: Document) -> None:
    """How a table in a group is meant for us, told where we see it at all: to a bot in privacy mode Telegram
    shows no such file. In a topic of a customer files are notes of people among themselves."""
    if not (document.file_name or "").lower().endswith(TABLES):
        return
    async with turn.services.database.read() as tx:
        talks = await topics.at(tx, turn.chat.id, turn.place.thread_id)
        usable = await accounts.of_chat(tx, turn.chat.id)
    if talks is None and usable:
        await turn.answer(Screen(html=turn.words("file-hint")))


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


async def begin(effect: Effect, document: Document, request: Request, *, purpose: str = "send") -> None:
    """Have a file read; `purpose` as in `storage.audiences`."""
    turn, words = effect.turn, effect.turn.words
    name = document.file_name or "?"
    await audiences.begin(
        effect.tx,
        turn.place,
        state="to-read",
        language=words.language,
        message_id=turn.message.message_id if turn.message else None,
        name=name,
        most=turn.most,
        expires_at=effect.now + turn.services.settings.limits.card_expiry,
        file_id=document.file_id,
        request=request.as_json(),
        purpose=purpose,
    )
    await effect.say(Screen(html=words(f"file-reading-{purpose}", name=name[:60])))


async def choose_column(effect: Effect, button: Button) -> str:
    """The answer to "which column has the numbers?": the file is read anew."""
    columns = Columns.from_json(button.subject["columns"])
    until = effect.now + effect.turn.services.settings.limits.card_expiry
    audience_id = int(button.subject["audience_id"])
    if not await audiences.read_again(effect.tx, audience_id, columns.as_json(), until):
        return effect.turn.words.plain("toast-gone")
    effect.replace_pressed(_chosen(effect.turn.words, columns, str(button.subject.get("sought"))))
    return ""


def _chosen(words: Words, columns: Columns, sought: str) -> Html:
    if sought != "name":
        return words("column-chosen", column=columns.names[columns.number])
    if columns.name is None:
        return words("no-names-chosen")
    return words("names-chosen", column=columns.names[columns.name])
