"""Who comes to and goes from groups, as Telegram tells it: people, and the bot itself.

Nothing here serves whoever caused it: access is only taken away, or the bot leaves. Groups come in by an
administrator alone.
"""

from telegram import Chat, ChatMember, ChatMemberRestricted, Update, User

from storage import audit, chats, people
from storage.chats import Group
from storage.people import Role

from ..access import GROUPS
from ..keyboards import Screen
from ..turn import Effect, Turn, role_of


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
        if await people.left(effect.tx, turn.chat.id, person.id, effect.now):
            effect.show_menu(person.id, None)
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
            await chats.forget(effect.tx, changed.chat.id)
        elif is_ and not was:
            await _added(effect, changed.chat, changed.from_user)


async def _added(effect: Effect, chat: Chat, by: User) -> None:
    turn = effect.turn
    role = await role_of(effect.tx, by.id, turn.admins)
    if chat.type in GROUPS and role is Role.ADMIN:
        group = Group(id=chat.id, title=chat.title or str(chat.id))
        await chats.allow(effect.tx, group, by=by.id, now=effect.now)
        effect.show_menu(chat.id, Role.OPERATOR)
        await effect.record("group", evidence={"title": group.title})
        await effect.say(Screen(html=turn.words("group-hello")))
    elif not await chats.known(effect.tx, chat.id):
        # Said first and by itself: the outbox would still be waiting when we are out.
        reason = turn.words.plain("group-leaves")
        effect.after.append(lambda: turn.bot.send_message(chat.id, reason))
        effect.after.append(lambda: turn.bot.leave_chat(chat.id))


async def migrated(update: Update, turn: Turn) -> None:
    """A group became a supergroup: Telegram says so in the old chat."""
    message = update.message
    if message is not None and message.migrate_to_chat_id is not None:
        async with turn.effect() as effect:
            await chats.migrate(effect.tx, turn.chat.id, message.migrate_to_chat_id)
