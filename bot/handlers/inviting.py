"""Invites: a link that works once and for a while; who follows it waits until the inviter confirms."""

from datetime import timedelta
from typing import Any

from storage import drafts, invites, outbox, people
from storage.drafts import Button
from storage.invites import Invite
from storage.outbox import Priority
from storage.people import Role

from .. import staff
from ..keyboards import Screen
from ..turn import Effect, Turn
from ..words import Words

LINK_GOOD_FOR = timedelta(minutes=15)


async def choose_role(effect: Effect, button: Button, token: str) -> str:
    """🔗 under /allow: as what?"""
    words = effect.turn.words
    if button.expires_at <= effect.now or not await drafts.use(effect.tx, token, effect.now):
        return words.plain("toast-gone")
    turn = effect.turn
    tokens = {
        role: await drafts.add_button(
            effect.tx,
            action="invite-as",
            chat_id=turn.chat.id,
            person_id=turn.person.id,
            subject={"role": role.word},
            expires_at=effect.now + LINK_GOOD_FOR,
        )
        for role in Role
    }
    await effect.say(Screen(html=words("invite-which"), rows=staff.role_keys(words, tokens)))
    return ""


async def make(effect: Effect, button: Button, token: str) -> str:
    """The link itself."""
    turn, words = effect.turn, effect.turn.words
    if button.expires_at <= effect.now or not await drafts.use(effect.tx, token, effect.now):
        return words.plain("toast-gone")
    role = Role[str(button.subject["role"]).upper()]
    invite = Invite(
        role=role.word,
        chat_id=turn.chat.id,
        thread_id=turn.place.thread_id,
        inviter=turn.person.id,
        language=words.language,
    )
    code = await invites.add(effect.tx, invite, effect.now + LINK_GOOD_FOR)
    link = f"https://t.me/{turn.bot.username}?start={code}"
    effect.record("invite", evidence={"role": role.word})
    minutes = int(LINK_GOOD_FOR.total_seconds() // 60)
    html = words("invite-link", link=link, role=staff.role_name(words, role), minutes=minutes)
    await effect.say(Screen(html=html))
    return ""


async def follow(turn: Turn, token: str) -> bool:
    """Somebody opened an invite: the inviter is asked. False: this is no open invite."""
    async with turn.services.database.read() as tx:
        if not await invites.is_open(tx, token, turn.services.clock()):
            return False
    async with turn.effect() as effect:
        invite = await invites.use(effect.tx, token, effect.now)
        if invite is None:
            await effect.say(Screen(html=turn.words("toast-gone")))
            return True
        await _ask_inviter(effect, invite)
        await effect.say(Screen(html=turn.words("invite-waits")))
    return True


async def _ask_inviter(effect: Effect, invite: Invite) -> None:
    turn, person = effect.turn, effect.turn.person
    subject = {
        "person_id": person.id,
        "name": person.full_name[:128],
        "role": invite.role,
        "language": turn.words.language,
    }
    tokens = {
        action: await drafts.add_button(
            effect.tx,
            action=action,
            chat_id=invite.chat_id,
            person_id=invite.inviter,
            subject=subject,
            expires_at=effect.now + LINK_GOOD_FOR,
        )
        for action in ("admit", "turn-away")
    }
    words = Words(invite.language, turn.services.zone)
    screen = staff.asks_in(
        words,
        name=person.full_name,
        person_id=person.id,
        role=Role[invite.role.upper()],
        admit=tokens["admit"],
        refuse=tokens["turn-away"],
    )
    await _tell(effect, invite.chat_id, invite.thread_id, words, screen)


async def _tell(effect: Effect, chat_id: int, thread_id: int, words: Words, screen: Screen) -> None:
    """Say something in another chat than the one of this turn."""
    await outbox.say(
        effect.tx,
        chat_id=chat_id,
        thread_id=thread_id,
        kind="said",
        content=screen.as_json(),
        language=words.language,
        priority=Priority.ANSWER,
        now=effect.now,
    )


async def admit(effect: Effect, button: Button, token: str) -> str:
    """✅: it is whom the inviter meant."""
    turn, words, about = effect.turn, effect.turn.words, button.subject
    if button.expires_at <= effect.now or not await drafts.use(effect.tx, token, effect.now):
        return words.plain("toast-gone")
    person_id, name, role = int(about["person_id"]), str(about["name"]), Role[str(about["role"]).upper()]
    if person_id in turn.admins:
        return words.plain("people-configured")
    await people.allow(
        effect.tx,
        person_id=person_id,
        name=name,
        role=role,
        added_by=turn.person.id,
        by=turn.person.full_name,
        via="invite",
        chat_id=turn.chat.id if turn.chat.id < 0 else None,
        now=effect.now,
    )
    effect.show_menu(person_id, role)
    evidence: dict[str, Any] = {"role": role.word, "via": "invite", "name": name}
    effect.record("allow", other_id=person_id, evidence=evidence)
    theirs = Words(str(about["language"]), turn.services.zone)
    await _tell(effect, person_id, 0, theirs, staff.welcome(theirs, role))
    effect.replace_pressed(words("allowed", name=name, role=staff.role_name(words, role)))
    return words.plain("allowed", name=name, role=staff.role_name(words, role))


async def turn_away(effect: Effect, button: Button, token: str) -> str:
    """✖: it is somebody else. They are told nothing."""
    words = effect.turn.words
    if button.expires_at <= effect.now or not await drafts.use(effect.tx, token, effect.now):
        return words.plain("toast-gone")
    name = str(button.subject["name"])
    effect.record("turn-away", other_id=int(button.subject["person_id"]), evidence={"name": name})
    effect.replace_pressed(words("turned-away", name=name))
    return words.plain("turned-away", name=name)
