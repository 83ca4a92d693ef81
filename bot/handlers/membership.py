"""Who comes to and goes from groups, as Telegram tells it: people, and the bot itself.

Nothing here serves whoever caused it: access is only taken away, or the bot leaves. Groups come in by an
administrator alone.
"""

from collections.abc import Callable

from telegram import Chat, ChatMember, ChatMemberRestricted, Update, User

from storage import audit, chats, outbox, people, watches
from storage.chats import TITLE, Group
from storage.people import Role

from .. import elsewhere, staff
from ..access import GROUPS
from ..keyboards import Screen
from ..moves import move
from ..turn import Effect, Turn, role_of
from ..words import Words


def _is_in(member: ChatMember) -> bool:
    if isinstance(member, ChatMemberRestricted):
        return bool(member.is_member)
    return member.status in {ChatMember.OWNER, ChatMember.ADMINISTRATOR, ChatMember.MEMBER}


async def member(update: Update, turn: Turn) -> None:
    """Somebody's standing in a group changed: who is out of it loses what came through it."""
    changed = update.chat_member
    if changed is not None and not _is_in(changed.new_chat_member):
        await _gone(turn, changed.new_chat_member.user)


async def left(update: Update, turn: Turn) -> None:
    """The same as a line in the chat: small groups tell it no other way."""
    message = update.message
    if message is not None and message.left_chat_member is not None:
        await _gone(turn, message.left_chat_member)


async def _gone(turn: Turn, person: User) -> None:
    async with turn.effect() as effect:
        came = await people.get(effect.tx, person.id)
        if came is not None and came.chat_id == turn.chat.id:
            await elsewhere.close_cards(effect, person.id)
        if await people.left(effect.tx, turn.chat.id, person.id, effect.now):
            effect.show_menu(person.id, None)
            await elsewhere.tell_left(effect, person.id)
            # It is told of whom it happened to: who caused it may be anybody, or nobody in particular.
            by = audit.By(person_id=person.id, person=person.full_name, chat_id=turn.chat.id)
            await audit.record(effect.tx, turn.services.vault, by, "left", now=effect.now, other_id=person.id)


async def mine(update: Update, turn: Turn) -> None:
    """The bot was added to a chat, or sent away."""
    changed = update.my_chat_member
    if changed is None or changed.chat.type == Chat.PRIVATE:
        return
    was, is_ = _is_in(changed.old_chat_member), _is_in(changed.new_chat_member)
    async with turn.effect() as effect:
        if was and not is_:
            await _sent_away(effect, changed.chat)
        elif is_ and not was:
            await _added(effect, changed.chat, changed.from_user)


async def _sent_away(effect: Effect, chat: Chat) -> None:
    """From here on nobody tells who leaves the group, so nobody has a role through it any more."""
    title = _title(chat)
    was_known = await chats.forget(effect.tx, chat.id)
    lost = await people.through(effect.tx, chat.id)
    if was_known or lost:
        effect.record("group-left", evidence={"title": title})
    for person in lost:
        await elsewhere.close_cards(effect, person.id)
        await people.remove(effect.tx, person.id, by=effect.turn.name, now=effect.now)
        effect.show_menu(person.id, None)
        await elsewhere.tell_left(effect, person.id)
        evidence = {"role": person.role.word, "name": person.name}
        effect.record("revoked", other_id=person.id, evidence=evidence)
    if lost:
        await _tell_admins(effect, lambda words: staff.lost_with_a_group(words, title, lost))
    if await watches.told_in(effect.tx, chat.id):
        await _tell_admins(effect, lambda words: Screen(html=words("alerts-place-gone", title=title)))


async def _tell_admins(effect: Effect, screen: Callable[[Words], Screen]) -> None:
    for admin in await people.admins(effect.tx, effect.turn.admins):
        words = await elsewhere.words_for(effect, admin)
        await effect.tell(admin, words, screen(words))


def _title(chat: Chat) -> str:
    return (chat.title or str(chat.id))[:TITLE]


async def _added(effect: Effect, chat: Chat, by: User) -> None:
    turn = effect.turn
    role = await role_of(effect.tx, by.id, turn.admins)
    if chat.type == Chat.CHANNEL and role is Role.ADMIN:
        await _may_post(effect, chat, by)
    elif chat.type in GROUPS and role is Role.ADMIN:
        group = Group(id=chat.id, title=_title(chat))
        await chats.allow(effect.tx, group, by=by.id, now=effect.now)
        effect.show_menu(chat.id, Role.OPERATOR)
        effect.record("group", evidence={"title": group.title})
        await effect.say(Screen(html=turn.words("group-hello")))
    elif not await chats.brought(effect.tx, chat.id):
        # An account may still be at home here. That lets people be heard, not the bot be brought back.
        effect.record("group-refused", evidence={"title": _title(chat)})
        await effect.say(Screen(html=turn.words("group-leaves")))
        await outbox.leave(effect.tx, chat.id, effect.now)


async def _may_post(effect: Effect, chat: Chat, by: User) -> None:
    """Into a channel by an administrator: nothing is said there until somebody wants alerts there."""
    channel = Group(id=chat.id, title=_title(chat), channel=True)
    await chats.allow(effect.tx, channel, by=by.id, now=effect.now)
    effect.record("group", evidence={"title": channel.title})
    words = await elsewhere.words_for(effect, by.id)
    await effect.tell(by.id, words, Screen(html=words("channel-hello", title=channel.title)))


async def migrated(update: Update, turn: Turn) -> None:
    """A group became a supergroup: Telegram says so in the old chat."""
    message = update.message
    if message is not None and message.migrate_to_chat_id is not None:
        async with turn.effect() as effect:
            await move(effect.tx, turn.services.vault, turn.chat.id, message.migrate_to_chat_id, effect.now)
