"""A file under `/stoplist import`: a table of any kind, read aside, whose numbers go onto the stop-list."""

import re
import tempfile
from pathlib import Path

import structlog
from telegram import Document, Update
from telegram.error import TelegramError

from desk import aside
from desk.audience import recipients
from desk.tables import BadTable
from storage import accounts, stoplist

from ..keyboards import Screen
from ..turn import Effect, Turn

log = structlog.get_logger(__name__)

BIGGEST = 5 * 2**20  # bytes
MOST = 50_000  # numbers: one transaction writes them
CAPTION = re.compile(r"^/stoplist(@\w+)?\s+import\b", re.IGNORECASE)


async def taken_in(update: Update, turn: Turn) -> None:
    """A file whose caption says `/stoplist import`."""
    if turn.message is not None and turn.message.document is not None:
        await take(turn, turn.message.document)


def replied_to(turn: Turn) -> Document | None:
    """The file that a message replies to."""
    original = turn.message.reply_to_message if turn.message is not None else None
    return None if original is None else original.document


async def take(turn: Turn, document: Document) -> None:
    """Fetch and read it, then put all of it onto the list, or none."""
    numbers: list[str] = []
    trouble = "too-big"
    if (document.file_size or 0) <= BIGGEST:
        numbers, trouble = await _read(turn, document)
    async with turn.effect() as effect:
        usable = await accounts.of_chat(effect.tx, turn.chat.id)
        if not usable:
            await effect.say(Screen(html=turn.words("stoplist-no-account")))
        elif trouble or not numbers:
            html = turn.words(f"stoplist-file-{trouble or 'empty'}", limit=MOST, size=BIGGEST // 2**20)
            await effect.say(Screen(html=html))
        else:
            await _add(effect, usable, numbers)


async def _read(turn: Turn, document: Document) -> tuple[list[str], str]:
    """Its numbers; or why there are none, as the end of a text's name."""
    region = turn.services.rules.region
    try:
        file = await turn.bot.get_file(document.file_id)
        content = await file.download_as_bytearray()
        with tempfile.TemporaryDirectory(prefix="smsdesk-") as folder:
            path = Path(folder) / "list"
            path.write_bytes(content)
            reading = await aside.read(path, Path(folder), region=region)
            if reading.frozen is None:
                return [], "unclear"
            if reading.frozen.count > MOST:
                return [], "too-many"
            with (Path(folder) / aside.KEPT).open(encoding="utf-8") as kept:
                return [one.msisdn for one in recipients(kept)], ""
    except BadTable as bad:
        log.info("a stop-list is not read", why=bad.word)
        return [], "empty" if bad.word in {"no-numbers", "no-rows"} else "bad"
    except TelegramError as error:
        log.info("a stop-list is not fetched", error=str(error))
        return [], "lost"


async def _add(effect: Effect, usable: list[accounts.Account], numbers: list[str]) -> None:
    """One entry of the audit an account: who put each number there, and when, stands on the list."""
    fresh = 0
    for account in usable:
        added = await stoplist.add_all(effect.tx, account.id, numbers, by=effect.turn.name, now=effect.now)
        fresh += added
        evidence = {"account": account.name, "rows": added}
        effect.record("stop-list-import", account_id=account.id, evidence=evidence)
    html = effect.turn.words("stoplist-imported", count=len(numbers), gone=fresh)
    await effect.say(Screen(html=html))
