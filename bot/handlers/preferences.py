"""/settings: in which language and by which clock the bot speaks here.

In private that is everybody's own choice; in a group a manager makes it for all.
"""

import re
from dataclasses import replace
from zoneinfo import ZoneInfo

from telegram import Chat, Update

from storage import chats
from storage.drafts import Button
from storage.people import Role

from ..keyboards import Key, Screen
from ..turn import Effect, Turn
from ..watching import Zoning, read
from ..words import LANGUAGES, Html
from . import alerts

LANGUAGE = re.compile(r"(?:language|язык)\s+(\w+)", re.IGNORECASE)
AS_IN_TELEGRAM = {"auto", "telegram", "авто", "телеграм"}


async def command(update: Update, turn: Turn) -> None:
    """`/settings` shows what is chosen; `/settings language en` and `/settings zone Asia/Omsk` choose."""
    typed = turn.argument.strip()
    language, wish = LANGUAGE.fullmatch(typed), read(typed)
    known = {*LANGUAGES, *AS_IN_TELEGRAM}
    if typed and not _may_choose(turn):
        await turn.answer(Screen(html=turn.not_for(Role.MANAGER)))
    elif language is not None and language[1].lower() in known:
        async with turn.effect() as effect:
            await _speak(effect, None if language[1].lower() in AS_IN_TELEGRAM else language[1].lower())
            await effect.say(await _card(effect))
    elif isinstance(wish, Zoning):
        async with turn.effect() as effect:
            await alerts.set_zone(effect, wish.zone)
            turn.chosen = replace(turn.chosen, zone=ZoneInfo(wish.zone))
            await effect.say(await _card(effect))
    elif typed:
        await turn.answer(Screen(html=turn.words("settings-unreadable", typed=typed[:60])))
    else:
        async with turn.effect() as effect:
            await effect.say(await _card(effect))


async def language(effect: Effect, button: Button) -> str:
    """A language is chosen; the card is in it from now on."""
    if not _may_choose(effect.turn):
        return effect.turn.not_for(Role.MANAGER)
    await _speak(effect, button.subject["language"])
    await effect.turn_page(await _card(effect))
    return ""


def _may_choose(turn: Turn) -> bool:
    return turn.chat.type == Chat.PRIVATE or (turn.role is not None and turn.role >= Role.MANAGER)


async def _speak(effect: Effect, language: str | None) -> None:
    turn = effect.turn
    await chats.choose_language(effect.tx, turn.chat.id, language)
    turn.chosen = await chats.chosen(effect.tx, turn.chat.id, turn.person.id)
    effect.record("settings", evidence={"settings": f"language {language or 'as in Telegram'}"})


async def _card(effect: Effect) -> Screen:
    turn, words = effect.turn, effect.turn.words
    here = await chats.chosen(effect.tx, turn.chat.id, turn.chat.id)
    lines = [
        words("settings-title", private="yes" if turn.chat.type == Chat.PRIVATE else "no"),
        words("settings-language", own=here.language or "no"),
        words("settings-zone", zone=words.zone.key, own="yes" if here.zone else "no"),
        words(
            "settings-answers", wait="yes" if await chats.confirms_answers(effect.tx, turn.chat.id) else "no"
        ),
        words("settings-usage"),
    ]
    choices = [*(one for one in LANGUAGES if one != here.language), *([None] if here.language else [])]
    keys = [
        Key(
            label=words.plain(f"language-{choice or 'telegram'}"),
            token=await effect.button("speak", {"language": choice}),
        )
        for choice in (choices if _may_choose(turn) else [])
    ]
    return Screen(html=Html("\n".join(lines)), rows=(tuple(keys),) if keys else ())
