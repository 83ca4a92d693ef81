"""🔗 under /accounts: other chats that may use an account. Only its owner shares it."""

from storage import accounts, chats, drafts
from storage.accounts import Account
from storage.chats import Group
from storage.drafts import Button

from .. import staff
from ..turn import Effect, Turn


def may_share(turn: Turn, account: Account) -> bool:
    """Who connected it, or an administrator of the configuration; what the configuration has is set there."""
    return not account.provisioned and turn.person.id in {account.created_by, *turn.admins}


async def share_token(effect: Effect, account: Account) -> str:
    return await _button(effect, "share", account, {})


async def choose_chat(effect: Effect, button: Button, token: str) -> str:
    """The chats it could be shared with, and those that have it."""
    account = await _owned(effect, button, token)
    if account is None:
        return effect.turn.words.plain("toast-gone")
    using = set(await accounts.chats_of(effect.tx, account.id))
    known = {group.id: group for group in await chats.every(effect.tx)}
    me = effect.turn.person
    known.setdefault(me.id, Group(id=me.id, title=effect.turn.words.plain("chat-own")))
    free = [group for group in known.values() if group.id not in using]
    taken = [known.get(chat_id) or Group(id=chat_id, title=str(chat_id)) for chat_id in sorted(using)]
    screen = staff.sharing(
        effect.turn.words,
        account.name,
        [(one, await _button(effect, "share-with", account, _subject(one))) for one in free],
        [(one, await _button(effect, "unshare", account, _subject(one))) for one in taken if len(using) > 1],
    )
    await effect.say(screen)
    return ""


async def share(effect: Effect, button: Button, token: str) -> str:
    """One more chat may use it."""
    account = await _owned(effect, button, token)
    if account is None:
        return effect.turn.words.plain("toast-gone")
    await accounts.share(effect.tx, account.id, int(button.subject["with"]))
    return await _done(effect, account, button, "share")


async def unshare(effect: Effect, button: Button, token: str) -> str:
    """A chat uses it no more; what it has confirmed still goes."""
    account = await _owned(effect, button, token)
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
    return words.plain(key, name=account.name, chat=title)


async def _owned(effect: Effect, button: Button, token: str) -> Account | None:
    """The account of the button, its token spent; None: too late, or it is not this person's to share."""
    if button.expires_at <= effect.now or not await drafts.use(effect.tx, token, effect.now):
        return None
    account = await accounts.get(effect.tx, int(button.subject["account_id"]))
    return account if may_share(effect.turn, account) else None


def _subject(group: Group) -> dict[str, int | str]:
    return {"with": group.id, "title": group.title}


async def _button(effect: Effect, action: str, account: Account, subject: dict[str, int | str]) -> str:
    turn = effect.turn
    return await drafts.add_button(
        effect.tx,
        action=action,
        chat_id=turn.chat.id,
        person_id=turn.person.id,
        subject={"account_id": account.id, **subject},
        expires_at=effect.now + turn.services.settings.limits.card_expiry,
    )
