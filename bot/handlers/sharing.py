"""🔗 under /accounts: other chats that may use an account. Only its owner shares it."""

from storage import accounts, chats
from storage.accounts import Account
from storage.chats import Group
from storage.drafts import Button

from .. import staff
from ..keyboards import Screen
from ..turn import Effect, Turn


def may_share(turn: Turn, account: Account) -> bool:
    """Who connected it, or an administrator of the configuration; what the configuration has is set there."""
    return not account.provisioned and turn.person.id in {account.created_by, *turn.admins}


async def share_token(effect: Effect, account: Account) -> str:
    return await effect.button("share", {"account_id": account.id})


async def choose_chat(effect: Effect, button: Button) -> str:
    """The chats it could be shared with, and those that have it."""
    account = await _owned(effect, button)
    if account is None:
        return effect.turn.words.plain("toast-gone")
    await effect.say(await _choice(effect, account))
    return ""


async def _choice(effect: Effect, account: Account) -> Screen:
    using = set(await accounts.chats_of(effect.tx, account.id))
    known = {group.id: group for group in await chats.every(effect.tx)}
    me = effect.turn.person
    known.setdefault(me.id, Group(id=me.id, title=effect.turn.words.plain("chat-own")))
    free = [group for group in known.values() if group.id not in using]
    taken = [known.get(chat_id) or Group(id=chat_id, title=str(chat_id)) for chat_id in sorted(using)]
    return staff.sharing(
        effect.turn.words,
        account.name,
        [(one, await effect.button("share-with", _subject(account, one))) for one in free],
        [(one, await effect.button("unshare", _subject(account, one))) for one in taken if len(using) > 1],
    )


async def share(effect: Effect, button: Button) -> str:
    """One more chat may use it."""
    account = await _owned(effect, button)
    if account is None:
        return effect.turn.words.plain("toast-gone")
    await accounts.share(effect.tx, account.id, int(button.subject["with"]))
    return await _done(effect, account, button, "share")


async def unshare(effect: Effect, button: Button) -> str:
    """A chat uses it no more; what it has confirmed still goes."""
    account = await _owned(effect, button)
    if account is None or not await accounts.unshare(effect.tx, account.id, int(button.subject["with"])):
        return effect.turn.words.plain("toast-gone")
    return await _done(effect, account, button, "unshare")


async def _done(effect: Effect, account: Account, button: Button, what: str) -> str:
    title = str(button.subject["title"])
    evidence = {"account": account.name, "with": int(button.subject["with"]), "title": title}
    effect.record(what, account_id=account.id, evidence=evidence)
    words = effect.turn.words
    key = "shared" if what == "share" else "unshared"
    effect.replace_pressed(words(key, name=account.name, chat=title))
    # What was just done can be taken back at once.
    await effect.say(await _choice(effect, account))
    return words.plain(key, name=account.name, chat=title)


async def is_here(effect: Effect, account_id: int, chat_id: int | None = None) -> bool:
    """Whether the chat may still use an account: its owner can take it back at any time."""
    chat_id = effect.turn.chat.id if chat_id is None else chat_id
    return await accounts.is_of_chat(effect.tx, account_id, chat_id)


def taken_back(effect: Effect) -> str:
    """A card about an account that was taken back does nothing, says so and loses its buttons."""
    effect.replace_pressed(effect.turn.words("taken-back"))
    return effect.turn.words.plain("taken-back")


async def _owned(effect: Effect, button: Button) -> Account | None:
    """The account of the button; None: it is not this person's to share."""
    account = await accounts.get(effect.tx, int(button.subject["account_id"]))
    return account if may_share(effect.turn, account) else None


def _subject(account: Account, group: Group) -> dict[str, int | str]:
    return {"account_id": account.id, "with": group.id, "title": group.title}
