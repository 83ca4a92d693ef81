"""/settings: the language a person reads, and by which clock a chat goes."""

from telegram import Update

from storage import names
from storage.drafts import Button

from ..cards import joined
from ..keyboards import Key, Screen
from ..turn import Effect, Turn
from ..words import LANGUAGES

MINE = "telegram"  # the language that Telegram tells of a person


async def command(update: Update, turn: Turn) -> None:
    """`/settings` shows what may be chosen."""
    async with turn.effect() as effect:
        await effect.say(await _screen(effect))


async def choose_language(effect: Effect, button: Button) -> str:
    """A pressed language: everything is said in it from now on, this answer first."""
    turn, chosen = effect.turn, str(button.subject["language"])
    turn.spoken = None if chosen == MINE else chosen
    await names.choose(effect.tx, turn.person.id, turn.spoken)
    await effect.turn_page(await _screen(effect))
    return turn.words.plain("toast-language")


async def _screen(effect: Effect) -> Screen:
    words, spoken = effect.turn.words, effect.turn.spoken
    rows = []
    for language in (*LANGUAGES, MINE):
        chosen = language == (spoken or MINE)
        label = words.plain(f"button-language-{language}", chosen="yes" if chosen else "no")
        rows.append((Key(label=label, token=await effect.button("language", {"language": language})),))
    html = joined(
        words(
            "settings", language=words.plain(f"language-{words.language}"), chosen="yes" if spoken else "no"
        ),
        words("settings-zone", zone=words.zone.key),
    )
    return Screen(html=html, rows=tuple(rows))
