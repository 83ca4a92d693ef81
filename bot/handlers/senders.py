"""/senders: the sender IDs of an account, where its gateway lets them be managed."""

import re
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from telegram import Update

from desk.ask import in_time
from providers.errors import GatewayError, OutcomeUnknown
from providers.faces import SenderIds, face
from storage import accounts, drafts
from storage.accounts import Account
from storage.drafts import Button

from .. import answers, cards, reasons
from ..announcements import LASTING
from ..keyboards import Screen
from ..turn import Effect, Turn
from ..words import Html


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person asked for. `verb` "list" needs no name."""

    account: str | None
    verb: str
    name: str = ""
    rest: str = ""  # the comment or the code


# How many words each verb needs after it: a name; a name and what it is for, or the code.
VERBS = {"list": 0, "add": 2, "change": 2, "code": 1, "confirm": 2, "delete": 1}
RUSSIAN = {
    "список": "list",
    "добавить": "add",
    "изменить": "change",
    "код": "code",
    "подтвердить": "confirm",
    "удалить": "delete",
}


def read(argument: str) -> Wish | None:
    """`[account] [list | add|change NAME what for | code NUMBER | confirm NUMBER CODE | delete NAME]`.

    Verbs may be Russian. A name with blanks, and an account that is called like a verb, stands in quotes.
    None: it is none of these.
    """
    words = re.findall(r'"[^"]*"|\S+', argument)
    account = words.pop(0).strip('"') if words and _verb(words[0]) is None else None
    verb = _verb(words.pop(0)) if words else "list"
    if (
        verb is None
        or account == ""
        or len(words) < VERBS[verb]
        or (VERBS[verb] < 2 and words[VERBS[verb] :])
    ):
        return None
    if verb == "list":
        return Wish(account=account, verb=verb)
    name, *rest = words
    name = name.strip('"').strip()
    return Wish(account=account, verb=verb, name=name, rest=" ".join(rest)) if name else None


def _verb(word: str) -> str | None:
    known = RUSSIAN.get(word.lower(), word.lower())
    return known if known in VERBS else None


async def command(update: Update, turn: Turn) -> None:
    """`/senders` lists names with their status; with a verb it adds, changes, confirms or deletes one."""
    wish = read(turn.argument)
    if wish is None:
        await turn.answer(Screen(html=turn.words("senders-usage")))
        return
    async with turn.services.database.read() as tx:
        here = await accounts.of_chat(tx, turn.chat.id)
    chosen = _choose(turn, wish, here)
    if isinstance(chosen, Html):
        await turn.answer(Screen(html=chosen))
        return
    account, gateway = chosen
    if wish.verb == "list":
        await _list(turn, account, gateway)
    elif wish.verb == "delete":
        await _ask_to_delete(turn, account, wish.name)
    else:
        async with turn.effect() as effect:
            begun = await _promise(effect, wish, account)
        await turn.attempt(begun, lambda: _change(turn, wish, account, gateway))


def _choose(turn: Turn, wish: Wish, here: list[Account]) -> tuple[Account, SenderIds] | Html:
    """The account meant and its gateway by that face, or the words for why there is none."""
    words = turn.words
    if not here:
        return words("accounts-none", role=turn.rank)
    named = [one for one in here if wish.account in {None, one.name}]
    if not named:
        known = ", ".join(one.name for one in here)
        return words("senders-unknown-account", name=wish.account or "", known=known)
    opened = [(one, turn.services.switchboard.gateway(one)) for one in named]
    able = [(one, gateway) for one, gateway in opened if isinstance(gateway, SenderIds)]
    if len(able) > 1:
        return words("senders-which", names=", ".join(one.name for one, _ in able))
    return able[0] if able else answers.senders_unable(words, named)


# Reading


async def _list(turn: Turn, account: Account, gateway: SenderIds) -> None:
    found = await in_time(gateway.senders(), _patience(turn))
    async with turn.effect() as effect:
        if isinstance(found, GatewayError):
            await effect.say(_unread(turn, account, found))
            return
        more = await drafts.add_button(
            effect.tx,
            action="sender-operators",
            chat_id=turn.chat.id,
            person_id=None,
            subject={"account_id": account.id},
            expires_at=effect.now + LASTING,
        )
        await effect.say(answers.senders(turn.words, account, found, more=more if found else None))


async def _list_by_operators(turn: Turn, account: Account) -> None:
    gateway, query = face(turn.services.switchboard.gateway(account), SenderIds), turn.incoming.callback_query
    if query is not None:
        await turn.courtesy(query.answer)
    found = await in_time(gateway.senders(operators=True), _patience(turn))
    if isinstance(found, GatewayError):
        await turn.answer(_unread(turn, account, found))
    else:
        await turn.answer(answers.sender_operators(turn.words, account, found))


def _unread(turn: Turn, account: Account, error: GatewayError) -> Screen:
    trouble = reasons.of_error(turn.words, error)
    return Screen(html=turn.words("senders-unread", **_whose(turn, account), trouble=trouble))


# Changing: at most once, and what is not known to have been done is said to be in doubt


async def _change(turn: Turn, wish: Wish, account: Account, gateway: SenderIds) -> Screen:
    """Have it done; what came of it."""
    failed = await in_time(_asked(wish, gateway), _patience(turn))
    if isinstance(failed, GatewayError):
        async with turn.services.database.write("senders.failed") as tx:
            entry = _entry(wish, account, trouble=failed.kind)
            await turn.record(tx, now=turn.services.clock(), **entry)
    match failed:
        case OutcomeUnknown():
            why = reasons.broken(turn.words, failed.raw) or turn.words.plain("break-unreadable")
            return _doubt(turn, wish, account, why)
        case GatewayError():
            trouble = reasons.of_error(turn.words, failed)
            html = turn.words("senders-failed", **_whose(turn, account), trouble=trouble)
        case _:
            name = cards.isolated(wish.name)
            html = turn.words(f"sender-done-{wish.verb}", sender=name, name=account.name)
    return Screen(html=html)


def _asked(wish: Wish, gateway: SenderIds) -> Awaitable[str | None]:
    match wish.verb:
        case "add":
            return gateway.add_sender(wish.name, wish.rest)
        case "change":
            return gateway.change_sender(wish.name, wish.rest)
        case "code":
            return gateway.send_sender_code(wish.name)
        case "delete":
            return gateway.delete_sender(wish.name)
        case _:
            return gateway.confirm_sender(wish.name, wish.rest)


def _doubt(turn: Turn, wish: Wish, account: Account, why: str) -> Screen:
    return Screen(html=turn.words("senders-doubt", **_whose(turn, account), verb=wish.verb, why=why))


def _interrupted(turn: Turn, wish: Wish, account: Account) -> Screen:
    return _doubt(turn, wish, account, turn.words.plain("break-interrupted"))


async def _promise(effect: Effect, wish: Wish, account: Account) -> int:
    """Write down that it is asked for, and what is said in case nobody lives to tell how it ended."""
    effect.record(**_entry(wish, account))
    return await effect.promise(_interrupted(effect.turn, wish, account))


def _entry(wish: Wish, account: Account, **evidence: str) -> dict[str, Any]:
    """What stands in the audit of it. A sender ID that is confirmed by a code is somebody's number."""
    number = re.sub(r"\D", "", wish.name) if wish.verb in {"code", "confirm"} else None
    return {
        "action": f"sender-{wish.verb}",
        "account_id": account.id,
        "number": number,
        "evidence": {"account": account.name, "sender": None if number else wish.name, **evidence},
    }


async def _ask_to_delete(turn: Turn, account: Account, name: str) -> None:
    """Deleting cannot be taken back, so it waits for ✅."""
    async with turn.effect() as effect:
        expires_at = effect.now + turn.services.settings.limits.card_expiry
        draft_id = await drafts.start(
            effect.tx,
            turn.place,
            kind="delete-sender",
            state="offered",
            content={"name": name},
            expires_at=expires_at,
        )
        delete, keep = [
            await drafts.add_button(
                effect.tx,
                action=action,
                chat_id=turn.chat.id,
                person_id=turn.person.id,
                subject={"account_id": account.id, "draft_id": draft_id},
                expires_at=expires_at,
            )
            for action in ("delete-sender", "keep-sender")
        ]
        await effect.say(answers.confirm_deletion(turn.words, account, name, delete=delete, keep=keep))


# Buttons under these answers


async def pressed(turn: Turn, button: Button, token: str) -> str | None:
    """A button of which the gateway is asked, which outlasts a transaction; the words of its notice."""
    async with turn.services.database.read() as tx:
        here = await accounts.of_chat(tx, turn.chat.id)
    account = next((one for one in here if one.id == button.subject["account_id"]), None)
    if account is None:
        return turn.words.plain("toast-gone")
    turn.spends = token
    if button.action == "delete-sender":
        return await _delete(turn, account, button)
    await _list_by_operators(turn, account)
    return None


async def _delete(turn: Turn, account: Account, button: Button) -> str | None:
    """✅: the question is decided, for good, before the gateway is asked."""
    gateway = face(turn.services.switchboard.gateway(account), SenderIds)
    query, by = turn.incoming.callback_query, turn.name
    async with turn.effect() as effect:
        draft = await drafts.get(effect.tx, int(button.subject["draft_id"]))
        if draft is None or not await drafts.decide(effect.tx, draft.id, state="confirmed", by=by):
            return turn.words.plain("toast-gone")
        wish = Wish(account=account.name, verb="delete", name=str(draft.content["name"]))
        begun = await _promise(effect, wish, account)
        if query is not None:
            effect.after += [query.answer, query.edit_message_reply_markup]
    await turn.attempt(begun, lambda: _change(turn, wish, account, gateway))
    return None


async def keep(effect: Effect, button: Button) -> str:
    """✖: nothing is deleted, and ✅ no longer works."""
    words, by = effect.turn.words, effect.turn.name
    draft_id = int(button.subject["draft_id"])
    if not await drafts.decide(effect.tx, draft_id, state="dismissed", by=by):
        return words.plain("toast-gone")
    account = await accounts.get(effect.tx, int(button.subject["account_id"]))
    draft = await drafts.get(effect.tx, draft_id)
    sender = None if draft is None else str(draft.content["name"])
    evidence = {"account": account.name, "sender": sender}
    effect.record("sender-keep", account_id=account.id, evidence=evidence)
    effect.replace_pressed(words("sender-kept"))
    return ""


def _patience(turn: Turn) -> timedelta:
    return turn.services.settings.submit.balance_timeout


def _whose(turn: Turn, account: Account) -> dict[str, str]:
    return {"name": account.name, "gateway": cards.gateway_name(turn.words, account.gateway)}
