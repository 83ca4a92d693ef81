"""/senders: the sender IDs of an account, where its gateway lets them be managed."""

import re
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta

from telegram import Update

from desk.ask import in_time
from providers.errors import GatewayError
from providers.faces import SenderIds, face
from storage import accounts, drafts
from storage.accounts import Account

from .. import answers, cards, reasons
from ..announcements import LASTING
from ..keyboards import Screen
from ..turn import Turn
from ..words import Html


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person asked for. `verb` "list" needs no name."""

    account: str | None
    verb: str
    name: str = ""
    rest: str = ""  # the comment or the code


# How many words each verb needs after it: a name; a name and what it is for, or the code.
VERBS = {"add": 2, "change": 2, "code": 1, "confirm": 2, "delete": 1}


def read(argument: str) -> Wish | None:
    """`[account] [add|change NAME what for | code NUMBER | confirm NUMBER CODE | delete NAME]`.

    A name with blanks stands in quotes. None: it is none of these.
    """
    words = re.findall(r'"[^"]*"|\S+', argument)
    account = words.pop(0).strip('"') if words and words[0].lower() not in VERBS else None
    if not words:
        return Wish(account=account, verb="list")
    verb, *given = words
    if len(given) < VERBS.get(verb.lower(), len(words)):
        return None
    name, *rest = given
    if VERBS[verb.lower()] == 1 and rest:
        return None
    return Wish(account=account, verb=verb.lower(), name=name.strip('"'), rest=" ".join(rest))


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
        await turn.answer(Screen(html=await _done(turn, wish, account, gateway)))


def _choose(turn: Turn, wish: Wish, here: list[Account]) -> tuple[Account, SenderIds] | Html:
    """The account meant and its gateway by that face, or the words for why there is none."""
    words = turn.words
    if not here:
        return words("accounts-none")
    named = [one for one in here if wish.account in {None, one.name}]
    if not named:
        known = ", ".join(one.name for one in here)
        return words("senders-unknown-account", name=wish.account or "", known=known)
    opened = [(one, turn.services.switchboard.gateway(one)) for one in named]
    able = [(one, gateway) for one, gateway in opened if isinstance(gateway, SenderIds)]
    if len(able) > 1:
        return words("senders-which", names=", ".join(one.name for one, _ in able))
    if not able:
        return cards.joined(
            *(
                words(
                    "senders-unable",
                    name=one.name,
                    gateway=cards.gateway_name(words, one.gateway),
                    sender=one.sender_id or words("offer-default-sender"),
                )
                for one in named
            )
        )
    return able[0]


async def _list(turn: Turn, account: Account, gateway: SenderIds) -> None:
    found = await in_time(gateway.senders(), _patience(turn))
    async with turn.effect() as effect:
        if isinstance(found, GatewayError):
            await effect.say(Screen(html=_refused(turn, account, found)))
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


async def _ask_to_delete(turn: Turn, account: Account, name: str) -> None:
    """Deleting cannot be taken back, so it waits for ✅."""
    async with turn.effect() as effect:
        token = await drafts.add_button(
            effect.tx,
            action="delete-sender",
            chat_id=turn.chat.id,
            person_id=turn.person.id,
            subject={"account_id": account.id, "name": name},
            expires_at=effect.now + turn.services.settings.limits.card_expiry,
        )
        await effect.say(answers.confirm_deletion(turn.words, account, name, token))


async def _done(turn: Turn, wish: Wish, account: Account, gateway: SenderIds) -> Html:
    """Have it done; what came of it."""
    match wish.verb:
        case "add":
            call: Awaitable[str | None] = gateway.add_sender(wish.name, wish.rest)
        case "change":
            call = gateway.change_sender(wish.name, wish.rest)
        case "code":
            call = gateway.send_sender_code(wish.name)
        case _:
            call = gateway.confirm_sender(wish.name, wish.rest)
    failed = await in_time(call, _patience(turn))
    if isinstance(failed, GatewayError):
        return _refused(turn, account, failed)
    return turn.words(f"sender-done-{wish.verb}", sender=cards.isolated(wish.name), name=account.name)


async def pressed(turn: Turn, token: str) -> str | None:
    """A button under these answers; the words of its notice, or None when the token is another's.

    It goes its own way because the gateway is asked, and that outlasts a transaction. A token that deletes is
    spent, for good, before the gateway is asked.
    """
    async with turn.services.database.read() as tx:
        button = await drafts.button(tx, token)
        here = await accounts.of_chat(tx, turn.chat.id)
    if button is None or button.action not in {"sender-operators", "delete-sender"}:
        return None
    words = turn.words
    account = next((one for one in here if one.id == button.subject["account_id"]), None)
    if account is None or button.chat_id != turn.chat.id:
        return words.plain("toast-gone")
    if button.person_id not in {None, turn.person.id}:
        return words.plain("toast-not-yours")
    if button.action == "sender-operators":
        await _list_by_operators(turn, account)
        return ""
    now = turn.services.clock()
    async with turn.services.database.write() as tx:
        spent = button.expires_at > now and await drafts.use(tx, token, now)
    if not spent:
        return words.plain("toast-gone")
    await _delete(turn, account, str(button.subject["name"]))
    return ""


async def _list_by_operators(turn: Turn, account: Account) -> None:
    gateway = face(turn.services.switchboard.gateway(account), SenderIds)
    found = await in_time(gateway.senders(operators=True), _patience(turn))
    if isinstance(found, GatewayError):
        await turn.answer(Screen(html=_refused(turn, account, found)))
    else:
        await turn.answer(answers.sender_operators(turn.words, account, found))


async def _delete(turn: Turn, account: Account, name: str) -> None:
    gateway = face(turn.services.switchboard.gateway(account), SenderIds)
    failed = await in_time(gateway.delete_sender(name), _patience(turn))
    if isinstance(failed, GatewayError):
        await turn.answer(Screen(html=_refused(turn, account, failed)))
    else:
        html = turn.words("sender-done-delete", sender=cards.isolated(name), name=account.name)
        await turn.answer(Screen(html=html))


def _patience(turn: Turn) -> timedelta:
    return turn.services.settings.submit.balance_timeout


def _refused(turn: Turn, account: Account, error: GatewayError) -> Html:
    return turn.words(
        "senders-failed",
        name=account.name,
        gateway=cards.gateway_name(turn.words, account.gateway),
        trouble=reasons.of_error(turn.words, error),
    )
