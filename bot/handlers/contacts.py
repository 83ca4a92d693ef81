"""/contacts: whom the people of a chat write to, by name; contact cards that come into the chat."""

import re

from telegram import Update

from desk import recipients, roster
from desk.reading import Problem, Request, read_groups
from providers.sms import BadNumber, parse_msisdn
from storage import contact_groups, contacts, drafts
from storage.contacts import Contact
from storage.drafts import Button, Draft

from .. import contact_cards, paging
from ..keyboards import Screen
from ..paging import Page
from ..turn import Effect, Turn
from . import files, groups, send

_ADD = re.compile(r"(?:add|добавить)(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)
_CAPTION = re.compile(r"/contacts(?:@(\w+))?\s*(.*)", re.DOTALL)


async def command(update: Update, turn: Turn) -> None:
    """`/contacts`: all; `/contacts Anna`: some; `/contacts add [@group] NUMBER NAME`; `/contacts @group`."""
    add = _ADD.fullmatch(turn.argument)
    named, rest = read_groups(turn.argument)
    async with turn.effect() as effect:
        if add is not None:
            await _add(effect, add[1] or "")
        elif named and not rest:
            await groups.show_called(effect, named[0])
        else:
            await effect.say(await _page(effect, turn.argument, 0))


async def _page(effect: Effect, part: str, start: int) -> Screen:
    chat_id = effect.turn.chat.id
    total = await contacts.count(effect.tx, chat_id, part)
    first = paging.within(start, total)
    shown = await contacts.page(effect.tx, chat_id, part, first, paging.PAGE)
    page = Page(shown=shown, start=first, total=total)
    return await contact_cards.listing(effect.turn.words, page, part, effect.button)


async def page(effect: Effect, button: Button) -> str:
    """Another page, in the place of this one."""
    subject = button.subject
    await effect.turn_page(await _page(effect, str(subject["part"]), int(subject["start"])))
    return ""


# Saving


async def _add(effect: Effect, typed: str) -> None:
    """`[@group] NUMBER[, NUMBER] [NAME]`; whatever is missing is asked for."""
    named, rest = read_groups(typed)
    group = named[0] if named else None
    if group is not None and not rest:
        await groups.make(effect, group)
    elif not rest:
        words = effect.turn.words
        html, short = words("contact-ask"), words.plain("contact-ask-short")
        await groups.ask(effect, {"do": "save", "group": None}, html, short)
    else:
        await _keep_typed(effect, rest, group)


async def fill_in(turn: Turn, draft: Draft) -> None:
    """The answer to a question about contacts."""
    content, typed = draft.content, " ".join(turn.typed.split())
    async with turn.effect() as effect:
        await drafts.drop_asking(effect.tx, turn.place)
        if content["do"] == "rename":
            await contacts.rename(effect.tx, int(content["contact_id"]), typed, effect.now)
            await _say_card(effect, int(content["contact_id"]))
        elif content["do"] == "group":
            await groups.make(effect, typed.removeprefix("@"))
        else:
            await _keep_typed(effect, turn.typed, content["group"])


async def _keep_typed(effect: Effect, typed: str, group: str | None) -> None:
    """Numbers as people write them; a name behind them is that of a single one."""
    raws, name = recipients.split(typed)
    if not raws:
        await effect.say(Screen(html=effect.turn.words("contact-usage", typed=typed[:60])))
        return
    rules = effect.turn.services.rules
    found = recipients.check(raws, region=rules.region, abroad=rules.abroad)
    single = " ".join(name.split()) if len(found.msisdns) == 1 else ""
    await _keep(effect, [(msisdn, single) for msisdn in found.msisdns], group, found.dropped)


async def _keep(
    effect: Effect,
    named: list[tuple[str, str]],
    group: str | None,
    dropped: tuple[recipients.Dropped, ...] = (),
) -> None:
    turn, limits = effect.turn, effect.turn.services.settings.limits
    there = await contacts.known(effect.tx, turn.chat.id, [msisdn for msisdn, _ in named])
    if await contacts.count(effect.tx, turn.chat.id) + len(named) - there > limits.contacts:
        full = Problem("contacts-full", limit=limits.contacts)
        await effect.say(send.problem_screen(turn, full))
        return
    if group is not None and await groups.is_full(effect, group):
        return
    book = roster.Book(chat_id=turn.chat.id, group=group, most=limits.contacts)
    await roster.keep(effect.tx, book, named, by=turn.person.id, now=effect.now)
    effect.record("contact-save", evidence={"rows": len(named)})
    await effect.say(Screen(html=contact_cards.kept(turn.words, named, dropped, group)))


async def new(effect: Effect, button: Button) -> str:
    """➕ asks for number and name."""
    await _add(effect, "")
    return ""


async def save(effect: Effect, button: Button) -> str:
    """➕ under a contact card that came into the chat."""
    await _keep(effect, [(str(button.subject["msisdn"]), str(button.subject["name"]))], None)
    return ""


# One contact


async def _of(effect: Effect, button: Button) -> Contact | None:
    return await contacts.get(effect.tx, effect.turn.chat.id, int(button.subject["contact_id"]))


async def _card(effect: Effect, one: Contact) -> Screen:
    every = await contact_groups.of_chat(effect.tx, effect.turn.chat.id)
    inside = set(await contact_groups.of_contact(effect.tx, one.id))
    return await contact_cards.card(effect.turn.words, one, every, inside, effect.button)


async def _say_card(effect: Effect, contact_id: int) -> None:
    one = await contacts.get(effect.tx, effect.turn.chat.id, contact_id)
    html = effect.turn.words("contact-gone")
    await effect.say(Screen(html=html) if one is None else await _card(effect, one))


async def show(effect: Effect, button: Button) -> str:
    """One contact, in the place of the list."""
    one = await _of(effect, button)
    if one is None:
        return effect.turn.words.plain("contact-gone")
    await effect.turn_page(await _card(effect, one))
    return ""


async def rename(effect: Effect, button: Button) -> str:
    """✏ asks for a name."""
    one, words = await _of(effect, button), effect.turn.words
    if one is None:
        return words.plain("contact-gone")
    html = words("contact-ask-name", called=contact_cards.called(one))
    short = words.plain("contact-ask-name-short")
    await groups.ask(effect, {"do": "rename", "contact_id": one.id}, html, short)
    return ""


async def move(effect: Effect, button: Button) -> str:
    """➕ or ➖: into a group, or out of it where they are in it already."""
    one, group_id = await _of(effect, button), int(button.subject["group_id"])
    group = await contact_groups.get(effect.tx, effect.turn.chat.id, group_id)
    if one is None or group is None:
        return effect.turn.words.plain("contact-gone")
    if not await contact_groups.remove(effect.tx, group.id, one.id):
        await contact_groups.add(effect.tx, group.id, [one.msisdn])
    await effect.turn_page(await _card(effect, one))
    return ""


async def delete(effect: Effect, button: Button) -> str:
    """🗑: no contact any more; what was sent stays."""
    one, words = await _of(effect, button), effect.turn.words
    if one is None:
        return words.plain("contact-gone")
    await contacts.delete(effect.tx, [one.id])
    effect.record("contact-delete", number=one.msisdn)
    await effect.turn_page(Screen(html=words("contact-deleted", called=contact_cards.called(one))))
    return ""


async def write(turn: Turn, button: Button, token: str) -> str:
    """✉: an SMS to them; the text is asked for."""
    msisdn = button.subject.get("msisdn")
    if msisdn is None:
        async with turn.services.database.read() as tx:
            one = await contacts.get(tx, turn.chat.id, int(button.subject["contact_id"]))
        if one is None:
            return turn.words.plain("contact-gone")
        msisdn = one.msisdn
    turn.spends = token
    await send.carry_on(turn, Request(numbers=(f"+{msisdn}",)), asked=True)
    return ""


# What comes into the chat


async def shared(update: Update, turn: Turn) -> None:
    """A contact card, a forwarded one too: the answer to a question for a number, or somebody to write to."""
    card = turn.message.contact if turn.message else None
    async with turn.services.database.read() as tx:
        draft = await drafts.asking(tx, turn.place, turn.services.clock())
    if card is None or (draft is None and not files.is_meant(turn)):
        return
    rules = turn.services.rules
    name = " ".join(f"{card.first_name} {card.last_name or ''}".split())
    try:
        msisdn = parse_msisdn(card.phone_number, region=rules.region, abroad=rules.abroad)
    except BadNumber as error:
        html = contact_cards.unknown_number(turn.words, card.phone_number, error.fault)
        await turn.answer(Screen(html=html))
        return
    await _take(turn, draft, msisdn, name[: contacts.NAME])


async def _take(turn: Turn, draft: Draft | None, msisdn: str, name: str) -> None:
    if draft is not None and draft.kind == "send":
        request = Request.from_json(draft.content)
        if not request.has_recipients:
            await send.number_given(turn, request, f"+{msisdn}")
            return
    async with turn.effect() as effect:
        if draft is not None and draft.kind == "contact" and "group" in draft.content:
            await drafts.drop_asking(effect.tx, turn.place)
            await _keep(effect, [(msisdn, name)], draft.content["group"])
            return
        known = await contacts.of_number(effect.tx, turn.chat.id, msisdn)
        if known is not None:
            await effect.say(await _card(effect, known))
        else:
            await effect.say(await contact_cards.shared(turn.words, msisdn, name, effect.button))


async def imported(update: Update, turn: Turn) -> None:
    """A file under `/contacts [@group]`: everybody in it is saved."""
    message = turn.message
    caption = _CAPTION.fullmatch((message.caption if message else None) or "")
    if message is None or message.document is None or caption is None:
        return
    if caption[1] and caption[1].lower() != turn.bot.username.lower():
        return
    named, rest = read_groups(caption[2])
    if rest or len(named) > 1:
        await turn.answer(Screen(html=turn.words("contacts-caption")))
    elif not await files.is_too_big(turn, message.document):
        async with turn.effect() as effect:
            if not (named and await groups.is_full(effect, named[0])):
                await files.begin(effect, message.document, Request(groups=named), purpose="contacts")
