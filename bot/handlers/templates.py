"""/templates: texts that a chat keeps, to be sent again."""

import re

from telegram import Update

from desk import reading
from desk import templates as fields
from desk.reading import Request
from storage import drafts, templates
from storage.drafts import Button, Draft
from storage.templates import Template

from .. import cards, paging, saved_texts
from ..keyboards import Screen
from ..turn import Effect, Turn
from . import send

NAME = 32  # characters of a name: it stands on a button
_ADD = re.compile(r"(?:add|добавить)(?:\s+(?:\"([^\"\n]+)\"|(\S+))(?:\s(.*))?)?", re.IGNORECASE | re.DOTALL)


async def command(update: Update, turn: Turn) -> None:
    """`/templates`: all of them; `/templates NAME`: one; `/templates add NAME text`: one more."""
    add = _ADD.fullmatch(turn.argument)
    async with turn.effect() as effect:
        if add is not None:
            await _add(effect, (add[1] or add[2] or "").strip(), add[3] or "")
            return
        one = await templates.called(effect.tx, turn.chat.id, turn.argument)
        if one is not None:
            await effect.say(await saved_texts.card(turn.words, one, effect.button))
        elif turn.argument:
            name = turn.argument[:NAME]
            await effect.say(Screen(html=turn.words("template-unknown", name=name)))
        else:
            await effect.say(await _page(effect, 0))


async def _page(effect: Effect, start: int) -> Screen:
    saved = await templates.of_chat(effect.tx, effect.turn.chat.id)
    return await saved_texts.listing(effect.turn.words, paging.of(saved, start), effect.button)


async def page(effect: Effect, button: Button) -> str:
    """Another page, in the place of this one."""
    await effect.turn_page(await _page(effect, int(button.subject["start"])))
    return ""


async def _add(effect: Effect, name: str, text: str) -> None:
    """Save a text, or ask for what is missing of it."""
    turn, words = effect.turn, effect.turn.words
    if name and text.strip():
        await _save(effect, name, text)
        return
    await drafts.start(
        effect.tx,
        turn.place,
        kind="template",
        state="asking",
        content={"name": name},
        expires_at=effect.now + turn.services.settings.limits.card_expiry,
    )
    if name:
        html = words("template-ask-text", name=name, field=saved_texts.name_field(words))
        short = words.plain("template-ask-text-short")
    else:
        html, short = words("template-ask-name"), words.plain("template-ask-name-short")
    await effect.say(Screen(html=html, ask=short))


async def fill_in(turn: Turn, draft: Draft) -> None:
    """The answer to the question for a name, then for a text."""
    name, typed = str(draft.content["name"]), turn.typed
    async with turn.effect() as effect:
        if name:
            await drafts.drop_asking(effect.tx, turn.place)
            await _save(effect, name, typed)
        else:
            await _add(effect, " ".join(typed.split())[:NAME], "")


async def _save(effect: Effect, name: str, text: str) -> None:
    turn, words = effect.turn, effect.turn.words
    limit, name = turn.services.settings.limits.templates, name[:NAME]
    there = await templates.of_chat(effect.tx, turn.chat.id)
    old = await templates.called(effect.tx, turn.chat.id, name)
    if len(there) >= limit and old is None:
        await effect.say(Screen(html=words("templates-full", limit=limit)))
        return
    await templates.save(effect.tx, turn.chat.id, name, text, by=turn.person.id, now=effect.now)
    effect.record("template-save", evidence={"name": name})
    replaced = None if old is None or old.text == text else old.text
    await effect.say(
        Screen(html=saved_texts.saved(words, name, fields.parse(text).fields, replaced=replaced))
    )


async def _of(effect: Effect, button: Button) -> Template | None:
    return await templates.get(effect.tx, effect.turn.chat.id, int(button.subject["template_id"]))


async def show(effect: Effect, button: Button) -> str:
    """One text, in the place of the list."""
    one = await _of(effect, button)
    if one is None:
        return effect.turn.words.plain("toast-gone")
    await effect.turn_page(await saved_texts.card(effect.turn.words, one, effect.button))
    return ""


async def new(effect: Effect, button: Button) -> str:
    """➕ asks for a name."""
    await _add(effect, "", "")
    return ""


async def delete(effect: Effect, button: Button) -> str:
    """🗑: gone; what it was stays to be read."""
    one, words = await _of(effect, button), effect.turn.words
    if one is None:
        return words.plain("toast-gone")
    await templates.delete(effect.tx, one.id)
    effect.record("template-delete", evidence={"name": one.name})
    html = words("template-deleted", name=cards.isolated(one.name), text=cards.shown_text(one.text))
    await effect.turn_page(Screen(html=html))
    return ""


async def write(turn: Turn, button: Button, token: str) -> str:
    """✉: an SMS of this text; whom it goes to is asked."""
    return await _take(turn, button, token, Request())


async def use(turn: Turn, button: Button, token: str) -> str:
    """The answer to the question for a text."""
    async with turn.services.database.read() as tx:
        draft = await drafts.asking(tx, turn.place, turn.services.clock())
    if draft is None or draft.kind != "send":
        return turn.words.plain("toast-gone")
    return await _take(turn, button, token, Request.from_json(draft.content))


async def _take(turn: Turn, button: Button, token: str, request: Request) -> str:
    """Go on with this text in the request."""
    async with turn.services.database.read() as tx:
        one = await templates.get(tx, turn.chat.id, int(button.subject["template_id"]))
    if one is None:
        return turn.words.plain("toast-gone")
    turn.spends = token
    await send.carry_on(turn, reading.with_saved_text(request, one.text), asked=True)
    return ""
