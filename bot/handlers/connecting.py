"""How an account comes to a chat: the questions, the check at the gateway, and where the password goes.

The password is never stored unsealed: its message is deleted before anything else, what was answered waits
sealed for the last answer, the login is tried by a read-only call, and only what works is kept.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from telegram import Chat

from providers.errors import GatewayError
from providers.gateways import KINDS
from providers.model import Balance
from providers.sms import sender_id_fault
from storage import accounts, balances, chats, drafts, sealed
from storage.accounts import Account
from storage.drafts import Draft, Place

from .. import cards, reasons
from ..keyboards import Key, Screen
from ..turn import Effect, Turn
from ..words import Html

NO_SENDER = frozenset("-−–")
APIKEY = "apikey"  # typed in place of a login
LINK_GOOD_FOR = timedelta(minutes=15)


async def link_to_private(turn: Turn) -> None:
    """In a group: a link that brings this person to us in private and the account back to the group.

    Whoever wrote a password there all the same has it deleted first.
    """
    deleted = None if not turn.argument else "yes" if await turn.delete_message() else "no"
    async with turn.effect() as effect:
        token = await drafts.add_button(
            effect.tx,
            action="connect",
            chat_id=turn.chat.id,
            person_id=turn.person.id,
            subject={},
            expires_at=effect.now + LINK_GOOD_FOR,
        )
        key = Key(
            label=turn.words.plain("button-open-private"),
            url=f"https://t.me/{turn.bot.username}?start={token}",
        )
        minutes = int(LINK_GOOD_FOR.total_seconds() // 60)
        html = turn.words("connect-in-private", minutes=minutes)
        await effect.say(replace(_with_note(turn, html, deleted), rows=((key,),)))


async def show_usage(turn: Turn) -> None:
    """What was written is no /connect; there may be a password in it, so it goes."""
    deleted = "yes" if await turn.delete_message() else "no"
    await turn.answer(_with_note(turn, turn.words("connect-usage", gateways=", ".join(KINDS)), deleted))


def _with_note(turn: Turn, html: Html, deleted: str | None) -> Screen:
    """A screen that says what became of the message with the password, if there was one."""
    note = "" if deleted is None else " " + turn.words("connect-deleted", deleted=deleted)
    return Screen(html=Html(html + note))


async def follow_link(turn: Turn, token: str) -> None:
    """The other end of that link."""
    async with turn.effect() as effect:
        button = await drafts.button(effect.tx, token)
        usable = (
            button is not None
            and button.action == "connect"
            and button.person_id == turn.person.id
            and button.expires_at > effect.now
            and await drafts.use(effect.tx, token, effect.now)
        )
        if usable and button is not None:
            await ask_gateway(effect, button.chat_id)
        else:
            await effect.say(Screen(html=turn.words("link-gone")))


async def ask_gateway(effect: Effect, chat_id: int) -> None:
    """The first question; `chat_id` is where the account will belong."""
    turn = effect.turn
    expires_at = effect.now + turn.services.settings.limits.card_expiry
    await drafts.drop_asking(effect.tx, turn.place)
    rows = []
    for kind in KINDS:
        token = await drafts.add_button(
            effect.tx,
            action="choose-gateway",
            chat_id=turn.chat.id,
            person_id=turn.person.id,
            subject={"gateway": kind, "chat_id": chat_id},
            expires_at=expires_at,
        )
        rows.append((Key(label=cards.gateway_name(turn.words, kind), token=token),))
    await effect.say(Screen(html=turn.words("connect-which"), rows=tuple(rows)))


async def leave(effect: Effect) -> bool:
    """Take that question back: its buttons do nothing any more. False: it was not open."""
    place = effect.turn.place
    return await drafts.take_back(
        effect.tx, "choose-gateway", chat_id=place.chat_id, person_id=place.person_id, now=effect.now
    )


async def ask(effect: Effect, content: dict[str, str | int]) -> None:
    """The next question: login, then password, then sender ID. What was answered waits sealed."""
    turn = effect.turn
    await drafts.start(
        effect.tx,
        turn.place,
        kind="connect",
        state="asking",
        content={"sealed": turn.services.vault.seal(_row_of(turn.place), content)},
        expires_at=effect.now + turn.services.settings.limits.card_expiry,
    )
    question = next(one for one in ("login", "password", "sender") if one not in content)
    gateway = cards.gateway_name(turn.words, str(content["gateway"]))
    group = await chats.title(effect.tx, int(content["chat_id"]))
    html = turn.words(f"connect-{question}", gateway=gateway, group=group or "none")
    deleted = str(content["deleted"]) if question == "sender" else None
    await effect.say(replace(_with_note(turn, html, deleted), ask=""))


def _row_of(place: Place) -> str:
    """The name in the vault of what a person has answered so far."""
    return sealed.draft_owner(place.chat_id, place.thread_id, place.person_id)


async def fill_in(turn: Turn, draft: Draft) -> None:
    """An answer to one of these questions."""
    content = turn.services.vault.open(_row_of(draft.place), draft.content["sealed"])
    typed = turn.typed.strip()
    if "password" in content:
        await _take_sender(turn, content, typed)
        return
    if "login" in content:
        content["deleted"] = "yes" if await turn.delete_message() else "no"
    content["password" if "login" in content else "login"] = typed
    async with turn.effect() as effect:
        await ask(effect, content)


def asks_for_secrets(turn: Turn, draft: Draft) -> bool:
    """Whether what is typed next may be the password: it is asked for, or was a moment ago."""
    return "login" in turn.services.vault.open(_row_of(draft.place), draft.content["sealed"])


async def _take_sender(turn: Turn, content: Mapping[str, Any], typed: str) -> None:
    """The last answer. One that is no sender ID may be a password: it goes, and is not repeated."""
    if typed == content["password"] or (typed not in NO_SENDER and sender_id_fault(typed) is not None):
        deleted = "yes" if await turn.delete_message() else "no"
        await turn.answer(_with_note(turn, turn.words("connect-bad-sender"), deleted))
        return
    await try_and_store(
        turn,
        chat_id=int(content["chat_id"]),
        gateway=content["gateway"],
        login=content["login"],
        password=content["password"],
        sender_id=None if typed in NO_SENDER else typed,
        deleted=content["deleted"],
    )


async def try_and_store(
    turn: Turn,
    *,
    chat_id: int,
    gateway: str,
    login: str,
    password: str,
    sender_id: str | None,
    deleted: str | None = None,
) -> None:
    """Delete the message, try the login, keep it if it works. `deleted`: an earlier one had the password."""
    if deleted is None:
        deleted = "yes" if await turn.delete_message() else "no"
    if sender_id is not None and sender_id_fault(sender_id) is not None:
        await turn.answer(_with_note(turn, turn.words("connect-bad-sender"), deleted))
        return
    secrets = _secrets(gateway, login, password)
    asked_at = turn.services.clock()
    try:
        balance = await turn.services.switchboard.try_out(gateway, secrets).balance()
    except (GatewayError, ValueError) as error:
        await _failed(turn, gateway, error, deleted)
        return
    async with turn.effect() as effect:
        await drafts.drop_asking(effect.tx, turn.place)
        await leave(effect)
        account, again = await _store(effect, chat_id, gateway, secrets, sender_id)
        await balances.keep(effect.tx, account.id, balance, asked_at)
        effect.record(
            "connect-again" if again else "connect",
            account_id=account.id,
            evidence={"account": account.name, "for_chat": chat_id, "sender": account.sender_id},
        )
        group = None if chat_id == turn.chat.id else await chats.title(effect.tx, chat_id)
        html = _connected(turn, account, balance, again=again, deleted=deleted)
        await effect.say(
            Screen(html=cards.joined(html, turn.words("connected-for", group=group) if group else None))
        )


async def _failed(turn: Turn, gateway: str, error: GatewayError | ValueError, deleted: str) -> None:
    words = turn.words
    kind = error.kind if isinstance(error, GatewayError) else "bad-credentials"
    trouble = (
        reasons.of_error(words, error) if isinstance(error, GatewayError) else reasons.trouble(words, kind)
    )
    name = cards.gateway_name(words, gateway)
    async with turn.effect() as effect:
        await drafts.drop_asking(effect.tx, turn.place)
        effect.record("connect-failed", evidence={"gateway": gateway, "why": kind})
        await effect.say(Screen(html=words("connect-failed", gateway=name, trouble=trouble, deleted=deleted)))


def _connected(turn: Turn, account: Account, balance: Balance, *, again: bool, deleted: str) -> Html:
    return turn.words(
        "connected-again" if again else "connected",
        gateway=cards.gateway_name(turn.words, account.gateway),
        name=account.name,
        tail=account.login_tail or APIKEY,
        balance=turn.words.money(balance.amount, balance.currency),
        deleted=deleted,
    )


def _secrets(gateway: str, login: str, password: str) -> dict[str, str]:
    """What was typed, by the names of the gateway's settings: where it takes a key, "apikey" is no login."""
    if login == APIKEY and APIKEY in KINDS[gateway].config.model_fields:
        return {APIKEY: password}
    return {"login": login, "password": password}


async def _store(
    effect: Effect, chat_id: int, gateway: str, secrets: dict[str, str], sender_id: str | None
) -> tuple[Account, bool]:
    """A new account, or new credentials for the one with this login. The second value tells which."""
    services = effect.turn.services
    here = await accounts.of_chat(effect.tx, chat_id)
    for account in here:
        known = services.vault.open(accounts.owner(account.id), account.sealed)
        if (
            account.gateway == gateway
            and accounts.who(known) == accounts.who(secrets)
            and not account.provisioned
        ):
            await accounts.replace_secrets(effect.tx, account.id, secrets, services.vault)
            await accounts.set_sender(effect.tx, account.id, sender_id or account.sender_id)
            return await accounts.get(effect.tx, account.id), True
    taken = {account.name for account in here}
    numbered = (f"{gateway}-{number}" for number in range(2, len(here) + 3))
    name = next(one for one in (gateway, *numbered) if one not in taken)
    account = await accounts.add(
        effect.tx,
        name=name,
        gateway=gateway,
        sender_id=sender_id,
        secrets=secrets,
        vault=services.vault,
        chats=[chat_id],
        created_by=effect.turn.person.id,
        provisioned=False,
        now=effect.now,
    )
    return account, False


def in_private(turn: Turn) -> bool:
    return turn.chat.type == Chat.PRIVATE
