"""Groups of contacts: `@clients` stands for all of them in `/send`."""

import re
from typing import Any

from desk.reading import Request
from storage import contact_groups, drafts
from storage.contact_groups import Group
from storage.drafts import Button
from storage.folded import folded

from .. import contact_cards, paging
from ..keyboards import Screen
from ..paging import Page
from ..turn import Effect, Turn
from ..words import Html
from . import send

_NAME = re.compile(r"[\w-]{1,32}")


async def listing(effect: Effect, button: Button) -> str:
    """The groups of the chat, in the place of what was there."""
    every = await contact_groups.of_chat(effect.tx, effect.turn.chat.id)
    page = paging.of(every, int(button.subject["start"]))
    await effect.turn_page(await contact_cards.groups(effect.turn.words, page, effect.button))
    return ""


async def _of(effect: Effect, button: Button) -> Group | None:
    return await contact_groups.get(effect.tx, effect.turn.chat.id, int(button.subject["group_id"]))


async def _card(effect: Effect, one: Group, start: int) -> Screen:
    first = paging.within(start, one.count)
    members = await contact_groups.page(effect.tx, one.id, first, paging.PAGE)
    page = Page(shown=members, start=first, total=one.count)
    return await contact_cards.group(effect.turn.words, one, page, effect.button)


async def show(effect: Effect, button: Button) -> str:
    """A page of a group, in the place of what was there."""
    one = await _of(effect, button)
    if one is None:
        return effect.turn.words.plain("group-is-gone")
    await effect.turn_page(await _card(effect, one, int(button.subject["start"])))
    return ""


async def show_called(effect: Effect, name: str) -> None:
    """The group of this name."""
    one = await contact_groups.called(effect.tx, effect.turn.chat.id, name)
    gone = Screen(html=effect.turn.words("group-unknown-yet", group=name))
    await effect.say(gone if one is None else await _card(effect, one, 0))


async def is_full(effect: Effect, name: str) -> bool:
    """Whether this chat may have no more groups and has none of this name; then it is said."""
    turn, limit = effect.turn, effect.turn.services.settings.limits.groups
    every = await contact_groups.of_chat(effect.tx, turn.chat.id)
    if len(every) < limit or folded(name) in {folded(one.name) for one in every}:
        return False
    await effect.say(Screen(html=turn.words("groups-full", limit=limit)))
    return True


async def make(effect: Effect, name: str) -> None:
    """A group of this name, or the one that there is."""
    turn = effect.turn
    if _NAME.fullmatch(name) is None:
        await effect.say(Screen(html=turn.words("group-bad-name", typed=name[:40])))
        return
    if await is_full(effect, name):
        return
    await contact_groups.make(effect.tx, turn.chat.id, name, by=turn.person.id, now=effect.now)
    effect.record("group-make", evidence={"name": name})
    await show_called(effect, name)


async def ask(effect: Effect, content: dict[str, Any], html: Html, short: str) -> None:
    """Put a question about contacts, whose answer is this person's next message here."""
    turn = effect.turn
    await drafts.start(
        effect.tx,
        turn.place,
        kind="contact",
        state="asking",
        content=content,
        expires_at=effect.now + turn.services.settings.limits.card_expiry,
    )
    await effect.say(Screen(html=html, ask=short))


async def new(effect: Effect, button: Button) -> str:
    """➕ asks for a name."""
    words = effect.turn.words
    await ask(effect, {"do": "group"}, words("group-ask-name"), words.plain("group-ask-name-short"))
    return ""


async def add(effect: Effect, button: Button) -> str:
    """➕ asks whom to put in: numbers, or a contact card."""
    one, words = await _of(effect, button), effect.turn.words
    if one is None:
        return words.plain("group-is-gone")
    html, short = words("group-ask-whom", group=one.name), words.plain("group-ask-whom-short")
    await ask(effect, {"do": "save", "group": one.name}, html, short)
    return ""


async def delete(effect: Effect, button: Button) -> str:
    """🗑: no group any more; its contacts stay."""
    one, words = await _of(effect, button), effect.turn.words
    if one is None:
        return words.plain("group-is-gone")
    await contact_groups.delete(effect.tx, one.id)
    effect.record("group-delete", evidence={"name": one.name})
    await effect.turn_page(Screen(html=words("group-deleted", group=one.name, count=one.count)))
    return ""


async def write(turn: Turn, button: Button, token: str) -> str:
    """✉: an SMS to all of them; the text is asked for."""
    async with turn.services.database.read() as tx:
        one = await contact_groups.get(tx, turn.chat.id, int(button.subject["group_id"]))
    if one is None:
        return turn.words.plain("group-is-gone")
    turn.spends = token
    await send.carry_on(turn, Request(groups=(one.name,)), asked=True)
    return ""
