"""/deny: everything is taken from somebody at once, and what they left under way is shown."""

from html import unescape

from telegram import Update

from storage import campaigns, drafts, people
from storage.drafts import Button

from .. import elsewhere, pointing, staff
from ..announcements import stoppable
from ..cards import isolated, joined
from ..keyboards import Key, Screen
from ..pointing import Unclear
from ..turn import Effect, Turn
from ..words import Html
from .campaigns import stop
from .people import named


async def command(update: Update, turn: Turn) -> None:
    """`/deny ID`, or in reply to somebody's message; alone it lists who can be removed."""
    somebody = pointing.pointed_at(turn.message, turn.argument, bot_id=turn.bot.id)
    async with turn.effect() as effect:
        if isinstance(somebody, Unclear):
            await effect.say(Screen(html=turn.words(f"people-{somebody.word}", **somebody.values)))
        elif somebody is None:
            known = await people.every(effect.tx)
            tokens = {one.id: await effect.button("remove", {"person_id": one.id}) for one in known}
            await effect.say(staff.removable(turn.words, known, tokens, nonsense=bool(turn.argument)))
        elif somebody.id in turn.admins:
            await effect.say(Screen(html=turn.words("people-configured")))
        elif somebody.id == turn.person.id:
            await _ask_oneself(effect)
        else:
            somebody = await named(effect, somebody)
            said = await _remove(effect, somebody.id)
            await effect.say(Screen(html=said or turn.words("denied-nobody", name=isolated(somebody.name))))
            await _show_left_behind(effect, somebody.id)


async def _ask_oneself(effect: Effect) -> None:
    words = effect.turn.words
    token = await effect.button("remove", {"person_id": effect.turn.person.id, "sure": True})
    key = Key(label=words.plain("button-remove-me"), token=token)
    await effect.say(Screen(html=words("deny-yourself"), rows=((key,),)))


async def _remove(effect: Effect, person_id: int) -> Html | None:
    """Take everything from somebody, and the chance to be let in; the words, or None if they had neither."""
    words, person = effect.turn.words, await people.get(effect.tx, person_id)
    waiting = await drafts.waits_to_join(effect.tx, person_id, effect.now)
    if person is None and waiting is None:
        return None
    await elsewhere.close_cards(effect, person_id)
    await people.remove(effect.tx, person_id, by=effect.turn.name, now=effect.now)
    if person is None:
        effect.record("turn-away", other_id=person_id, evidence={"name": waiting})
        return words("denied-waiting", name=isolated(waiting or ""))
    effect.show_menu(person_id, None)
    effect.record("deny", other_id=person_id, evidence={"role": person.role.word, "name": person.name})
    if person_id == effect.turn.person.id:
        return words("denied-yourself")
    await elsewhere.tell_role(effect, person_id, None, person.role)
    return words("denied", name=isolated(person.name))


async def remove_pressed(effect: Effect, button: Button) -> str:
    """✖ beside a name. Whoever would remove themselves is asked first."""
    words, person_id = effect.turn.words, int(button.subject["person_id"])
    if person_id == effect.turn.person.id and not button.subject.get("sure"):
        await _ask_oneself(effect)
        return ""
    said = await _remove(effect, person_id)
    if said is None:
        return words.plain("toast-gone")
    effect.replace_pressed(said)
    await _show_left_behind(effect, person_id)
    return unescape(said)


# What they left under way.


async def _show_left_behind(effect: Effect, person_id: int) -> None:
    """Their campaigns go on; each can be stopped here. Who removed themselves may stop nothing any more."""
    left = [one for one in await campaigns.begun_by(effect.tx, person_id) if stoppable(one)]
    if not left or person_id == effect.turn.person.id:
        return
    ids = [one.id for one in left]
    tokens = [await effect.button("stop-theirs", {"campaign_ids": [one]}) for one in ids[: staff.STOPPABLE]]
    every = await effect.button("stop-theirs", {"campaign_ids": ids}) if len(ids) > 1 else None
    await effect.say(staff.left_behind(effect.turn.words, left, tokens, every))


async def stop_theirs(effect: Effect, button: Button) -> str:
    """✖ for one campaign of somebody who was removed, or for all of them."""
    views = [await campaigns.view(effect.tx, int(one)) for one in button.subject["campaign_ids"]]
    told = [await stop(effect, one) for one in views if one is not None]
    await effect.say(Screen(html=joined(*told)))
    return ""
