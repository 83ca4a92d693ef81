"""What an update makes the bot say elsewhere: to the person it is about, in private, and on dead cards."""

from collections.abc import Callable
from functools import partial

from telegram import Bot

from storage import audiences, chats, drafts, rhythms
from storage.drafts import OFFERING, Draft, Shown
from storage.people import Role

from . import staff
from .keyboards import Screen
from .turn import Effect
from .words import Html, Words


async def words_for(effect: Effect, chat_id: int) -> Words:
    """Texts in the language of a person, or of a group, by their clock."""
    zone = await rhythms.zone_of(effect.tx, chat_id) or effect.turn.services.zone
    return Words(await chats.language_of(effect.tx, chat_id), zone)


async def tell_role(effect: Effect, person_id: int, role: Role | None, was: Role | None) -> None:
    """Tell somebody in private which role they have now; None: none. What does not change is not told.

    Whom the bot may not write to hears nothing.
    """
    if role is was or person_id == effect.turn.person.id:
        return
    words = await words_for(effect, person_id)
    await effect.tell(person_id, words, staff.welcome(words, role, was))


async def tell_left(effect: Effect, person_id: int) -> None:
    """Tell somebody that their role went with the group."""
    words = await words_for(effect, person_id)
    await effect.tell(person_id, words, staff.welcome(words, None, None))


async def close_cards(effect: Effect, person_id: int) -> None:
    """Let the cards say that they died, of whoever's role is about to change; a courtesy.

    To be called before the change: afterwards nothing tells these cards from those that were used.
    """
    query = effect.turn.incoming.callback_query
    under = None if query is None or query.message is None else query.message.message_id
    for shown in await drafts.shown_of(effect.tx, person_id, effect.now):
        if (shown.chat_id, shown.message_id) == (effect.turn.chat.id, under):
            continue
        words = await words_for(effect, shown.person_id)
        html = words("join-closed" if shown.joining else "card-closed")
        effect.after.append(partial(_edit, effect.turn.bot, shown, html))


async def close_offers(
    effect: Effect, draft_id: int, became: Callable[[Words], Html], *, besides: int | None
) -> None:
    """Let every message that asked about a draft say what became of it, but for the one `besides`, here."""
    shown = await drafts.shown_about(effect.tx, "draft_id", draft_id, OFFERING, effect.now)
    for chat_id, message_id in sorted(shown - {(effect.turn.chat.id, besides)}):
        words = await words_for(effect, chat_id)
        await effect.tell(chat_id, words, Screen(html=became(words), edits=message_id))


async def leave_offers(effect: Effect) -> list[Draft]:
    """Dismiss what this person was offered here by cards, which say so; which drafts these were."""
    left = await drafts.dismiss_open(effect.tx, effect.turn.place, by=effect.turn.name, now=effect.now)
    for draft_id in left:
        effect.record("dismiss", evidence={"draft": draft_id})
        await close_offers(effect, draft_id, lambda words: words("dismissed"), besides=None)
    found = [await drafts.get(effect.tx, draft_id) for draft_id in left]
    return [one for one in found if one is not None]


async def leave_columns(effect: Effect) -> list[int]:
    """Forget the lists of which this person was asked a column here; which these were."""
    words = effect.turn.words
    unsure = await audiences.unsure(effect.tx, effect.turn.place, effect.now)
    for audience_id in unsure:
        await audiences.forget(effect.tx, audience_id)
        asked = await drafts.shown_about(effect.tx, "audience_id", audience_id, ["choose-column"], effect.now)
        for chat_id, message_id in sorted(asked):
            await effect.tell(chat_id, words, Screen(html=words("dismissed"), edits=message_id))
    return unsure


async def _edit(bot: Bot, shown: Shown, html: Html) -> None:
    await bot.edit_message_text(html, chat_id=shown.chat_id, message_id=shown.message_id, parse_mode="HTML")
