"""Screens of saved texts, `/templates`, and the choice among them where a text is asked for."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from desk import templates as fields
from providers.sms import size
from storage import templates
from storage.db import Transaction
from storage.templates import Template

from . import cards
from .keyboards import Key, Screen
from .paging import Page, turning
from .words import Html, Words

CHOICES = 8  # texts that are offered where one is asked for
BEGINNING = 40  # characters of a text in a list

# What makes a button of an action and its subject: a token.
Button = Callable[[str, Mapping[str, Any]], Awaitable[str]]


def name_field(words: Words) -> str:
    """How the field of a contact's name is written."""
    return f"{{{words.plain('field-name')}}}"


async def choice(tx: Transaction, chat_id: int, words: Words, button: Button) -> Screen | None:
    """The saved texts of a chat as answers to "which text?"; None: it has none."""
    saved = await templates.of_chat(tx, chat_id)
    if not saved:
        return None
    keys = [
        Key(label=f"📄 {one.name}", token=await button("template-use", {"template_id": one.id}))
        for one in saved[:CHOICES]
    ]
    more = words("templates-choice-more", count=len(saved) - CHOICES) if len(saved) > CHOICES else None
    html = cards.joined(words("templates-choice"), more)
    return Screen(html=html, rows=tuple((key,) for key in keys))


async def listing(words: Words, page: Page[Template], button: Button) -> Screen:
    """A page of the texts, each with a button, and the button for one more."""
    rows = [
        (Key(label=f"📄 {one.name}", token=await button("template", {"template_id": one.id})),)
        for one in page.shown
    ]
    new = Key(label=words.plain("button-template-new"), token=await button("template-new", {}))
    html = cards.joined(
        words("templates-title", count=page.total),
        *(_line(words, one) for one in page.shown),
        None if page.total else words("templates-none"),
        words("templates-hint", field=name_field(words)),
    )
    return Screen(html=html, rows=(*rows, *await turning(words, page, "templates", {}, button), (new,)))


def _line(words: Words, one: Template) -> Html:
    text = " ".join(one.text.split())
    beginning = text if len(text) <= BEGINNING else text[:BEGINNING] + "…"
    return words("templates-line", name=cards.isolated(one.name), text=cards.isolated(beginning))


async def card(words: Words, one: Template, button: Button) -> Screen:
    """One text, whole, with what it costs and what can be done with it."""
    template = fields.parse(one.text)
    measured = size(template.literals[0])
    named = " ".join(f"<code>{{{words.escape(name)}}}</code>" for name in dict.fromkeys(template.fields))
    html = cards.joined(
        words("template-title", name=cards.isolated(one.name)),
        Html(f"<blockquote>{words.escape(cards.shown_text(one.text))}</blockquote>"),
        words("template-fields", fields=Html(named))
        if named
        else words("offer-size-one", alphabet=measured.alphabet, each=measured.segments),
    )
    subject = {"template_id": one.id}
    send = Key(label=words.plain("button-write"), token=await button("template-write", subject))
    delete = Key(label=words.plain("button-remove-it"), token=await button("template-delete", subject))
    back = Key(label=words.plain("button-back"), token=await button("templates", {"start": 0}))
    return Screen(html=html, rows=((send, delete), (back,)))


def saved(words: Words, name: str, several: Sequence[str], *, replaced: str | None = None) -> Html:
    """What was saved; `several`: its fields, `replaced`: another text that had this name."""
    named = " ".join(f"<code>{{{words.escape(one)}}}</code>" for one in dict.fromkeys(several))
    told = words("template-fields", fields=Html(named)) if named else None
    if replaced is None:
        return cards.joined(words("template-saved", name=cards.isolated(name)), told)
    before = words("template-replaced", name=cards.isolated(name), text=cards.shown_text(replaced))
    return cards.joined(told, before)
