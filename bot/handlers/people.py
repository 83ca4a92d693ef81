"""/allow and /users: who may do what, by roles, with buttons."""

from dataclasses import replace
from html import unescape

from telegram import Chat, Update

from storage import drafts, names, people
from storage.drafts import Button
from storage.people import Person, Role

from .. import elsewhere, pointing, staff
from ..keyboards import Key, Pick, Screen
from ..pointing import Somebody, Unclear
from ..turn import Effect, Turn
from ..words import Html


async def allow(update: Update, turn: Turn) -> None:
    """`/allow ID [role]`, or in reply to somebody's message; alone it offers the ways there are."""
    somebody = pointing.pointed_at(turn.message, turn.argument, bot_id=turn.bot.id)
    role = pointing.role_in(turn.argument)
    async with turn.effect() as effect:
        if isinstance(somebody, Unclear):
            await effect.say(Screen(html=turn.words(f"people-{somebody.word}", **somebody.values)))
        elif somebody is None:
            await _offer_ways(effect, nonsense=bool(turn.argument))
        elif isinstance(role, Unclear):
            await effect.say(Screen(html=turn.words(f"people-{role.word}", **role.values)))
        elif somebody.id in turn.admins:
            await effect.say(Screen(html=turn.words("people-configured")))
        else:
            somebody = await named(effect, somebody)
            if role is None:
                await _ask_role(effect, somebody)
            else:
                await effect.say(Screen(html=await _give(effect, somebody, role)))


async def named(effect: Effect, somebody: Somebody) -> Somebody:
    """Who was meant by id, with the name that is known of them."""
    if somebody.via != "id":
        return somebody
    known, person = await names.get(effect.tx, somebody.id), await people.get(effect.tx, somebody.id)
    waiting = await drafts.waits_to_join(effect.tx, somebody.id, effect.now)
    called = [None if known is None else known.name, None if person is None else person.name, waiting]
    return replace(somebody, name=next((name for name in called if name), somebody.name))


async def _offer_ways(effect: Effect, *, nonsense: bool) -> None:
    turn, words = effect.turn, effect.turn.words
    token = await effect.button("invite", {})
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
        if not pointing.is_person(shared.user_id) or shared.user_id == turn.bot.id:
            await effect.say(Screen(html=turn.words("people-no-bots")))
        elif shared.user_id in turn.admins:
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
    tokens = {role: await effect.button("give-role", {**about, "role": role.word}) for role in Role}
    html = effect.turn.words("allow-which", name=somebody.name, person=str(somebody.id))
    await effect.say(Screen(html=html, rows=staff.role_keys(effect.turn.words, tokens)))


async def _give(effect: Effect, somebody: Somebody, role: Role) -> Html:
    """Give a role, whatever they had; the words for it."""
    turn = effect.turn
    before = await people.get(effect.tx, somebody.id)
    was = None if before is None else before.role
    if somebody.id == turn.person.id:
        return turn.words("people-oneself")
    if before is not None and before.chat_id is None:
        somebody = replace(somebody, chat_id=None)  # who is in for themselves stays when they leave a group
    await elsewhere.close_cards(effect, somebody.id)
    await people.allow(
        effect.tx,
        person_id=somebody.id,
        name=somebody.name,
        role=role,
        added_by=turn.person.id,
        by=turn.name,
        via=somebody.via,
        chat_id=somebody.chat_id,
        now=effect.now,
    )
    effect.show_menu(somebody.id, role)
    evidence = {"role": role.word, "was": was and was.word, "via": somebody.via, "name": somebody.name}
    effect.record("allow", other_id=somebody.id, evidence=evidence)
    await elsewhere.tell_role(effect, somebody.id, role, was)
    return staff.given(effect.turn.words, somebody.name, role, was)


async def give_role(effect: Effect, button: Button) -> str:
    """A role was chosen: for somebody new, or another one for somebody who has one."""
    turn, words, about = effect.turn, effect.turn.words, button.subject
    person_id, role = int(about["person_id"]), Role[str(about["role"]).upper()]
    if person_id in turn.admins:
        return words.plain("people-configured")
    if about["via"] is None:
        said = await _change(effect, person_id, role)
    else:
        name, via, chat_id = str(about["name"]), str(about["via"]), about["chat_id"]
        said = await _give(effect, Somebody(id=person_id, name=name, via=via, chat_id=chat_id), role)
    if said is None:
        return words.plain("toast-gone")
    effect.replace_pressed(said)
    return unescape(said)


async def _change(effect: Effect, person_id: int, role: Role) -> Html | None:
    """Another role for somebody who has one; None: they have none any more."""
    person = await people.get(effect.tx, person_id)
    if person is None:
        return None
    if person_id == effect.turn.person.id:
        return effect.turn.words("people-oneself")
    await elsewhere.close_cards(effect, person_id)
    await people.change(effect.tx, person_id, role, by=effect.turn.name, now=effect.now)
    effect.show_menu(person_id, role)
    evidence = {"role": role.word, "was": person.role.word, "name": person.name}
    effect.record("role", other_id=person_id, evidence=evidence)
    await elsewhere.tell_role(effect, person_id, role, person.role)
    return staff.given(effect.turn.words, person.name, role, person.role)


async def listing(update: Update, turn: Turn) -> None:
    """`/users`: everybody with their role, and a button for each."""
    async with turn.effect() as effect:
        known = await people.every(effect.tx)
        tokens = {one.id: await effect.button("user", {"person_id": one.id}) for one in known}
        called = await names.every(effect.tx)
        admins = {one: called.get(one, "none") for one in turn.admins}
        await effect.say(staff.everybody(turn.words, known, admins, tokens))


async def user(effect: Effect, button: Button) -> str:
    """One of them: another role, or out."""
    words = effect.turn.words
    person = await people.get(effect.tx, int(button.subject["person_id"]))
    if person is None:
        return words.plain("toast-gone")
    await effect.say(await _one(effect, person))
    return ""


async def _one(effect: Effect, person: Person) -> Screen:
    about = {"person_id": person.id, "name": person.name, "via": None, "chat_id": None}
    tokens = {
        role: await effect.button("give-role", {**about, "role": role.word})
        for role in Role
        if role != person.role
    }
    remove = await effect.button("remove", {"person_id": person.id})
    return staff.one(effect.turn.words, person, tokens, remove)
