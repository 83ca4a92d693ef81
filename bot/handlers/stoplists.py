"""/stoplist: numbers that want no more SMS from this chat's accounts."""

import re
from collections.abc import Sequence

from telegram import Document, Update

from desk.reading import Request
from providers.sms import BadNumber, mask, parse_msisdn
from storage import accounts, conversations, outbox, stoplist
from storage.accounts import Account
from storage.outbox import Priority

from .. import cards, stoplists
from ..keyboards import Screen
from ..turn import Effect, Turn
from . import files

AT_ONCE = 1000  # numbers in one message
CAPTION = re.compile(r"/stoplist(?:@(\w+))?\s+import\s*", re.IGNORECASE)
ADD, REMOVE = frozenset({"add", "import"}), frozenset({"remove"})


async def command(update: Update, turn: Turn) -> None:
    """`/stoplist` shows, `add` and `import` take numbers, `remove` gives them back, `export` is a file."""
    verb, *rest = turn.argument.lower().split(None, 1) or [""]
    typed = rest[0] if rest else ""
    document = _replied_to(turn)
    if verb == "import" and not typed and document is not None:
        await _take(turn, document)
        return
    async with turn.effect() as effect:
        usable = await accounts.of_chat(effect.tx, turn.chat.id)
        if not usable:
            await effect.say(Screen(html=turn.words("stoplist-no-account")))
        elif not verb:
            await _show(effect, usable)
        elif verb == "export" and not typed:
            await _export(effect, usable)
        elif verb in ADD | REMOVE and typed:
            await _change(effect, usable, typed, add=verb in ADD)
        else:
            await effect.say(Screen(html=turn.words("stoplist-usage")))


async def _show(effect: Effect, usable: Sequence[Account]) -> None:
    listed = [(one, await stoplist.of_account(effect.tx, one.id)) for one in usable]
    names: dict[tuple[int, str], str] = {}
    for account, stops in listed:
        newest = [stop.msisdn for stop in stops[: stoplists.LISTED]]
        called = await conversations.names(effect.tx, effect.turn.chat.id, account.id, newest)
        names |= {(account.id, msisdn): name for msisdn, name in called.items()}
    await effect.say(Screen(html=stoplists.listed(effect.turn.words, listed, names)))


async def taken_in(update: Update, turn: Turn) -> None:
    """A file under `/stoplist import`: everybody in it is put onto the list."""
    message = turn.message
    caption = CAPTION.fullmatch((message.caption if message else None) or "")
    if message is None or message.document is None:
        return
    if caption is None:
        await turn.answer(Screen(html=turn.words("stoplist-usage")))
    elif not caption[1] or caption[1].lower() == turn.bot.username.lower():
        await _take(turn, message.document)


def _replied_to(turn: Turn) -> Document | None:
    """The file that a message replies to."""
    original = turn.message.reply_to_message if turn.message is not None else None
    return None if original is None else original.document


async def _take(turn: Turn, document: Document) -> None:
    """Have a file read whose numbers go onto the list."""
    if await files.is_too_big(turn, document):
        return
    async with turn.effect() as effect:
        if await accounts.of_chat(effect.tx, turn.chat.id):
            await files.begin(effect, document, Request(), purpose="stop-list")
        else:
            await effect.say(Screen(html=turn.words("stoplist-no-account")))


async def _export(effect: Effect, usable: Sequence[Account]) -> None:
    """The file is made when it is sent, and kept nowhere."""
    effect.record("stop-list-export")
    turn = effect.turn
    await outbox.say(
        effect.tx,
        chat_id=turn.chat.id,
        thread_id=turn.place.thread_id,
        kind="stop-list",
        content={"account_ids": [one.id for one in usable]},
        language=turn.words.language,
        priority=Priority.ANSWER,
        now=effect.now,
    )


async def _change(effect: Effect, usable: Sequence[Account], typed: str, *, add: bool) -> None:
    """For every account of the chat: a customer does not know by which of them we write."""
    numbers, wrong = _read(typed, effect.turn.services.rules.region)
    words = effect.turn.words
    if wrong:
        await effect.say(Screen(html=words("stoplist-wrong", typed=cards.isolated(wrong[0][:40]))))
        return
    if len(numbers) > AT_ONCE:
        await effect.say(Screen(html=words("stoplist-too-many", limit=AT_ONCE)))
        return
    changed = 0
    for account in usable:
        for msisdn in numbers:
            changed += await _change_one(effect, account, msisdn, add=add)
    key = "stoplist-added" if add else "stoplist-removed"
    sample = mask(numbers[0])
    await effect.say(Screen(html=words(key, number=sample, count=len(numbers), gone=changed)))


async def _change_one(effect: Effect, account: Account, msisdn: str, *, add: bool) -> bool:
    if add:
        changed = await stoplist.add(effect.tx, account.id, msisdn, by=effect.turn.name, now=effect.now)
    else:
        changed = await stoplist.remove(effect.tx, account.id, msisdn)
    if changed:
        action = "stop-list-add" if add else "stop-list-remove"
        evidence = {"account": account.name}
        effect.record(action, account_id=account.id, number=msisdn, evidence=evidence)
    return changed


def _read(typed: str, region: str) -> tuple[list[str], list[str]]:
    """The numbers, and what is none; numbers stand apart by commas, semicolons and line breaks, or blanks."""
    parts = [one.strip() for one in re.split(r"[,;\n]", typed) if one.strip()]
    numbers: dict[str, None] = {}
    wrong: list[str] = []
    for part in parts:
        try:
            numbers[parse_msisdn(part, region=region)] = None
        except BadNumber:
            for piece in part.split():
                try:
                    numbers[parse_msisdn(piece, region=region)] = None
                except BadNumber:
                    wrong.append(piece)
    return list(numbers), wrong
