"""/allow, /deny and /users: who may do what, by roles, with buttons."""

import re
from dataclasses import dataclass
from typing import Any

from telegram import Chat, Message, Update

from storage import drafts, people
from storage.drafts import Button
from storage.people import Person, Role

from .. import staff
from ..keyboards import Key, Pick, Screen
from ..settings import NOBODY
from ..turn import Effect, Turn

LARGEST = 2**52  # Telegram's ids have at most 52 significant bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """A person who was pointed at. `via` tells how; `chat_id`: the staff group they come through."""

    id: int
    name: str
    via: str
    chat_id: int | None = None


def pointed_at(message: Message | None, argument: str) -> Somebody | None:
    """Whom a command means: who wrote the message it replies to, or the id behind it; None: nobody."""
    found = re.match(r"(\d{1,16})\b", argument, re.ASCII)
    if found is not None:
        person_id = int(found[1])
        return Somebody(id=person_id, name=found[1], via="id") if _is_person(person_id) else None
    replied = None if message is None else message.reply_to_message
    if message is None or replied is None or replied.from_user is None or replied.sender_chat is not None:
        return None
    person = replied.from_user
    if person.is_bot or not _is_person(person.id):
        return None
    group = None if message.chat.type == Chat.PRIVATE else message.chat.id
    return Somebody(id=person.id, name=person.full_name, via="reply", chat_id=group)


def _is_person(number: int) -> bool:
    return 0 < number < LARGEST and number not in NOBODY


def role_in(argument: str) -> Role | None:
    """The role that is the last word of what was typed, if one is."""
    words = argument.split()
    return Role.of(words[-1]) if words else None


async def allow(update: Update, turn: Turn) -> None:
    """`/allow ID [role]`, or in reply to somebody's message; alone it offers the ways there are."""
    somebody = pointed_at(turn.message, turn.argument)
    async with turn.effect() as effect:
        if somebody is None:
            await _offer_ways(effect, nonsense=bool(turn.argument))
            return
        role = role_in(turn.argument)
        if somebody.id in turn.admins:
            await effect.say(Screen(html=turn.words("people-configured")))
        elif role is None:
            await _ask_role(effect, somebody)
        else:
            await _give(effect, somebody, role)
            given = turn.words("allowed", name=somebody.name, role=staff.role_name(turn.words, role))
            await effect.say(Screen(html=given))


async def _offer_ways(effect: Effect, *, nonsense: bool) -> None:
    turn, words = effect.turn, effect.turn.words
    token = await _button(effect, "invite", {})
    html = words("allow-usage" if nonsense else "allow-ways")
    await effect.say(Screen(html=html, rows=((Key(label=words.plain("button-invite"), token=token),),)))
    if turn.chat.type == Chat.PRIVATE:
        # Telegram shows its own list of people only from a keyboard of this kind, and only in private.
        await effect.say(Screen(html=words("allow-pick"), pick=Pick(label=words.plain("button-pick"))))


async def picked(update: Update, turn: Turn) -> None:
    """Somebody was chosen in Telegram's own list."""
    message = update.message
    shared = None if message is None or message.users_shared is None else message.users_shared.users[0]
    if shared is None:
        return
    async with turn.effect() as effect:
        name = " ".join(filter(None, [shared.first_name, shared.last_name])) or str(shared.user_id)
        if shared.user_id in turn.admins or not _is_person(shared.user_id):
            await effect.say(Screen(html=turn.words("people-configured")))
        else:
            await _ask_role(effect, Somebody(id=shared.user_id, name=name, via="picker"))


async def _ask_role(effect: Effect, somebody: Somebody) -> None:
    about = {
        "person_id": somebody.id,
        "name": somebody.name,
        "via": somebody.via,
        "chat_id": somebody.chat_id,
    }
    tokens = {role: await _button(effect, "give-role", {**about, "role": role.word}) for role in Role}
    html = effect.turn.words("allow-which", name=somebody.name, person=str(somebody.id))
    await effect.say(Screen(html=html, rows=staff.role_keys(effect.turn.words, tokens)))


async def _give(effect: Effect, somebody: Somebody, role: Role) -> None:
    person = effect.turn.person
    await people.allow(
        effect.tx,
        person_id=somebody.id,
        name=somebody.name,
        role=role,
        added_by=person.id,
        by=person.full_name,
        via=somebody.via,
        chat_id=somebody.chat_id,
        now=effect.now,
    )
    effect.show_menu(somebody.id, role)
    evidence = {"role": role.word, "via": somebody.via, "name": somebody.name}
    effect.record("allow", other_id=somebody.id, evidence=evidence)


async def give_role(effect: Effect, button: Button, token: str) -> str:
    """A role was chosen: for somebody new, or another one for somebody who has one."""
    turn, words, about = effect.turn, effect.turn.words, button.subject
    if button.expires_at <= effect.now or not await drafts.use(effect.tx, token, effect.now):
        return words.plain("toast-gone")
    person_id, role = int(about["person_id"]), Role[str(about["role"]).upper()]
    if person_id in turn.admins:
        return words.plain("people-configured")
    if about["via"] is None:
        by = turn.person.full_name
        if not await people.change(effect.tx, person_id, role, by=by, now=effect.now):
            return words.plain("toast-gone")
        effect.show_menu(person_id, role)
        effect.record("role", other_id=person_id, evidence={"role": role.word})
    else:
        somebody = Somebody(
            id=person_id, name=str(about["name"]), via=str(about["via"]), chat_id=about["chat_id"]
        )
        await _give(effect, somebody, role)
    said = words("allowed", name=str(about["name"]), role=staff.role_name(words, role))
    effect.replace_pressed(said)
    return words.plain("allowed", name=str(about["name"]), role=staff.role_name(words, role))


# Taking it away.


async def deny(update: Update, turn: Turn) -> None:
    """`/deny ID`, or in reply to somebody's message; alone it lists who can be removed."""
    somebody = pointed_at(turn.message, turn.argument)
    async with turn.effect() as effect:
        if somebody is None:
            known = await people.every(effect.tx)
            tokens = {one.id: await _button(effect, "remove", {"person_id": one.id}) for one in known}
            await effect.say(staff.removable(turn.words, known, tokens, nonsense=bool(turn.argument)))
        elif somebody.id in turn.admins:
            await effect.say(Screen(html=turn.words("people-configured")))
        else:
            name = await _remove(effect, somebody.id)
            key = "denied" if name is not None else "denied-nobody"
            await effect.say(Screen(html=turn.words(key, name=name or somebody.name)))


async def _remove(effect: Effect, person_id: int) -> str | None:
    """Take everything from somebody; their name, or None if they had nothing."""
    person = await people.get(effect.tx, person_id)
    if person is None:
        return None
    if not await people.remove(effect.tx, person_id, by=effect.turn.person.full_name, now=effect.now):
        return None  # somebody else was first
    effect.show_menu(person_id, None)
    effect.record("deny", other_id=person_id, evidence={"role": person.role.word, "name": person.name})
    return person.name


async def remove_pressed(effect: Effect, button: Button, token: str) -> str:
    """✖ beside a name."""
    words = effect.turn.words
    if button.expires_at <= effect.now or not await drafts.use(effect.tx, token, effect.now):
        return words.plain("toast-gone")
    name = await _remove(effect, int(button.subject["person_id"]))
    if name is None:
        return words.plain("toast-gone")
    effect.replace_pressed(words("denied", name=name))
    return words.plain("denied", name=name)


async def listing(update: Update, turn: Turn) -> None:
    """`/users`: everybody with their role, and a button for each."""
    async with turn.effect() as effect:
        known = await people.every(effect.tx)
        tokens = {one.id: await _button(effect, "user", {"person_id": one.id}) for one in known}
        await effect.say(staff.everybody(turn.words, known, sorted(turn.admins), tokens))


async def user(effect: Effect, button: Button, token: str) -> str:
    """One of them: another role, or out."""
    words = effect.turn.words
    if button.expires_at <= effect.now or not await drafts.use(effect.tx, token, effect.now):
        return words.plain("toast-gone")
    person = await people.get(effect.tx, int(button.subject["person_id"]))
    if person is None:
        return words.plain("toast-gone")
    await effect.say(await _one(effect, person))
    return ""


async def _one(effect: Effect, person: Person) -> Screen:
    about = {"person_id": person.id, "name": person.name, "via": None, "chat_id": None}
    tokens = {
        role: await _button(effect, "give-role", {**about, "role": role.word})
        for role in Role
        if role != person.role
    }
    remove = await _button(effect, "remove", {"person_id": person.id})
    return staff.one(effect.turn.words, person, tokens, remove)


async def _button(effect: Effect, action: str, subject: dict[str, Any]) -> str:
    turn = effect.turn
    return await drafts.add_button(
        effect.tx,
        action=action,
        chat_id=turn.chat.id,
        person_id=turn.person.id,
        subject=subject,
        expires_at=effect.now + turn.services.settings.limits.card_expiry,
    )
