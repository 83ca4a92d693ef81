"""Invites: a link that works once and for a while; who follows it waits until the inviter confirms."""

from collections.abc import Mapping
from datetime import timedelta
from html import unescape
from typing import Any

from storage import drafts, invites, names, people
from storage.drafts import Button
from storage.invites import Invite
from storage.names import Known
from storage.people import Person, Role

from .. import cards, elsewhere, staff
from ..keyboards import Screen
from ..turn import Effect, Turn
from ..words import Html

LINK_GOOD_FOR = timedelta(minutes=15)


async def choose_role(effect: Effect, button: Button) -> str:
    """🔗 under /allow: as what?"""
    words = effect.turn.words
    tokens = {
        role: await effect.button("invite-as", {"role": role.word}, good_for=LINK_GOOD_FOR) for role in Role
    }
    await effect.say(Screen(html=words("invite-which"), rows=staff.role_keys(words, tokens)))
    return ""


async def make(effect: Effect, button: Button) -> str:
    """The link itself."""
    turn, words = effect.turn, effect.turn.words
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
    """Somebody opened an invite: the inviter is asked. False: this is no open invite.

    It lives on where it would change nothing: for the inviter's own tap, and for who has such a role already.
    """
    async with turn.services.database.read() as tx:
        invite = await invites.open_one(tx, token, turn.services.clock())
    if invite is None:
        return False
    async with turn.effect() as effect:
        person = await people.get(effect.tx, turn.person.id)
        needless = _needless(turn, invite, person)
        if needless is not None:
            await effect.say(Screen(html=needless))
        elif await invites.use(effect.tx, token, effect.now) is None:
            # A stranger must not learn that there was an invite which somebody else was faster to follow.
            await effect.say(Screen(html=turn.words("neutral" if turn.role is None else "link-gone")))
        else:
            await _ask_inviter(effect, invite, None if person is None else person.role)
            await effect.say(Screen(html=turn.words("invite-waits")))
    return True


def _needless(turn: Turn, invite: Invite, person: Person | None) -> Html | None:
    """Why this invite changes nothing for who follows it; None: it may."""
    words = turn.words
    if invite.inviter == turn.person.id:
        return words("invite-own")
    if turn.person.id in turn.admins:
        return words("invite-needless", role=staff.role_name(words, Role.ADMIN))
    if person is not None and person.role >= Role[invite.role.upper()]:
        return words("invite-needless", role=staff.role_name(words, person.role))
    return None


async def _ask_inviter(effect: Effect, invite: Invite, was: Role | None) -> None:
    turn, person = effect.turn, effect.turn.person
    subject = {
        "person_id": person.id,
        "name": turn.name,
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
        for action in drafts.JOINING
    }
    words = await elsewhere.words_for(effect, invite.chat_id)
    screen = staff.asks_in(
        words,
        name=turn.name,
        person_id=person.id,
        role=Role[invite.role.upper()],
        was=was,
        admit=tokens["admit"],
        refuse=tokens["turn-away"],
    )
    await effect.tell(invite.chat_id, words, screen, thread_id=invite.thread_id)


async def admit(effect: Effect, button: Button, token: str) -> str:
    """✅: it is whom the inviter meant. Nobody's role is lowered by it."""
    turn, words, about = effect.turn, effect.turn.words, button.subject
    person_id, name, role = int(about["person_id"]), str(about["name"]), Role[str(about["role"]).upper()]
    before = await people.get(effect.tx, person_id)
    if before is not None and before.role >= role:
        return _kept(effect, before)
    if button.expires_at <= effect.now or not await drafts.use(effect.tx, token, effect.now):
        return words.plain("toast-gone")
    if person_id in turn.admins:
        effect.replace_pressed(words("people-configured"))
        return words.plain("people-configured")
    await _let_in(effect, person_id, about, role, before)
    said = staff.given(words, name, role, None if before is None else before.role)
    effect.replace_pressed(said)
    return unescape(said)


def _kept(effect: Effect, person: Person) -> str:
    """They have at least this role meanwhile."""
    words = effect.turn.words
    about = {"name": cards.isolated(person.name), "role": staff.role_name(words, person.role)}
    effect.replace_pressed(words("invite-kept", **about))
    return words.plain("invite-kept", **about)


async def _let_in(
    effect: Effect, person_id: int, about: Mapping[str, Any], role: Role, before: Person | None
) -> None:
    turn, name = effect.turn, str(about["name"])
    was = None if before is None else before.role
    await elsewhere.close_cards(effect, person_id)
    await people.allow(
        effect.tx,
        person_id=person_id,
        name=name,
        role=role,
        added_by=turn.person.id,
        by=turn.name,
        via="invite",
        chat_id=turn.chat.id if turn.chat.id < 0 else None,
        now=effect.now,
    )
    await names.learn(effect.tx, person_id, Known(name=name, language=str(about["language"])))
    effect.show_menu(person_id, role)
    evidence = {"role": role.word, "was": was and was.word, "via": "invite", "name": name}
    effect.record("allow", other_id=person_id, evidence=evidence)
    await elsewhere.tell_role(effect, person_id, role, was)


async def turn_away(effect: Effect, button: Button) -> str:
    """✖: it is somebody else. They are told nothing."""
    words = effect.turn.words
    name = str(button.subject["name"])
    effect.record("turn-away", other_id=int(button.subject["person_id"]), evidence={"name": name})
    effect.replace_pressed(words("turned-away", name=name))
    return words.plain("turned-away", name=name)
