"""Screens of contacts and of their groups, `/contacts`: from what is known to text and keys."""

from collections.abc import Mapping, Sequence
from typing import Any

from desk.recipients import Dropped
from storage.contact_groups import Group
from storage.contacts import Contact

from . import cards
from .keyboards import Key, Screen
from .paging import Page, turning
from .saved_texts import Button
from .words import Html, Words

GROUPS = 8  # that a contact's card offers
LABEL = 40  # characters of a label


def called(one: Contact) -> str:
    return cards.called(one.msisdn, one.name)


async def listing(words: Words, page: Page[Contact], part: str, button: Button) -> Screen:
    """A page of contacts, each with a button; `part`: what was looked for."""
    rows = [
        (Key(label=called(one)[:LABEL], token=await button("contact", {"contact_id": one.id})),)
        for one in page.shown
    ]
    title = words("contacts-found", part=cards.isolated(part), count=page.total)
    html = cards.joined(
        title if part else words("contacts-title", count=page.total),
        None if page.total or part else words("contacts-none"),
        words("contacts-hint"),
    )
    keys = (
        Key(label=words.plain("button-contact-new"), token=await button("contact-new", {})),
        Key(label=words.plain("button-groups"), token=await button("groups", {"start": 0})),
    )
    turn = await turning(words, page, "contacts", {"part": part}, button)
    return Screen(html=html, rows=(*rows, *turn, keys))


async def card(
    words: Words, one: Contact, groups: Sequence[Group], inside: set[int], button: Button
) -> Screen:
    """A contact, the number whole, and what can be done. `inside`: the groups of `groups` they are in."""
    subject = {"contact_id": one.id}
    mine = ", ".join(f"@{group.name}" for group in groups if group.id in inside)
    html = cards.joined(
        words("contact-title", name=cards.isolated(one.name) or words.plain("contact-nameless")),
        Html(f"<code>+{one.msisdn}</code>"),
        words("contact-groups", groups=mine) if mine else None,
    )
    moves = [
        Key(
            label=f"{'➖' if group.id in inside else '➕'} @{group.name}",
            token=await button("contact-move", {**subject, "group_id": group.id}),
        )
        for group in groups[:GROUPS]
    ]
    rows = (
        (
            Key(label=words.plain("button-write"), token=await button("contact-write", subject)),
            Key(label=words.plain("button-rename"), token=await button("contact-rename", subject)),
        ),
        *(tuple(moves[start : start + 2]) for start in range(0, len(moves), 2)),
        (
            Key(label=words.plain("button-remove-it"), token=await button("contact-delete", subject)),
            Key(label=words.plain("button-back"), token=await button("contacts", {"part": "", "start": 0})),
        ),
    )
    return Screen(html=html, rows=rows)


async def shared(words: Words, msisdn: str, name: str, button: Button) -> Screen:
    """A contact card that came into the chat and is not saved."""
    subject: Mapping[str, Any] = {"msisdn": msisdn, "name": name}
    keys = (
        Key(label=words.plain("button-write"), token=await button("contact-write", subject)),
        Key(label=words.plain("button-contact-save"), token=await button("contact-save", subject)),
    )
    return Screen(html=words("contact-shared", called=cards.called(msisdn, name)), rows=(keys,))


def kept(
    words: Words, named: Sequence[tuple[str, str]], dropped: Sequence[Dropped], group: str | None
) -> Html:
    """What was saved, and what was not and why."""
    shown = ", ".join(cards.called(msisdn, name) for msisdn, name in named[: cards.LISTED])
    refused = ", ".join(
        words.plain("offer-dropped-one", raw=one.raw[:30], why=words.plain(f"why-{one.why}"))
        for one in dropped[: cards.LISTED]
    )
    return cards.joined(
        words("contacts-kept", count=len(named), shown=shown) if named else words("contacts-none-kept"),
        words("contacts-saved-into", group=group) if group and named else None,
        words("offer-dropped", count=len(dropped), list=refused) if dropped else None,
    )


# Groups


async def groups(words: Words, page: Page[Group], button: Button) -> Screen:
    """A page of the groups, each with a button, and the button for one more."""
    rows = [
        (
            Key(
                label=words.plain("button-group", group=one.name, count=one.count),
                token=await button("group", {"group_id": one.id, "start": 0}),
            ),
        )
        for one in page.shown
    ]
    keys = (
        Key(label=words.plain("button-group-new"), token=await button("group-new", {})),
        Key(label=words.plain("button-back"), token=await button("contacts", {"part": "", "start": 0})),
    )
    html = cards.joined(words("groups-title", count=page.total), words("groups-hint"))
    return Screen(html=html, rows=(*rows, *await turning(words, page, "groups", {}, button), keys))


async def group(words: Words, one: Group, page: Page[Contact], button: Button) -> Screen:
    """A group with a page of its members, in the order in which a campaign counts them."""
    subject = {"group_id": one.id}
    lines = [
        words("group-line", count=place, called=called(contact))
        for place, contact in enumerate(page.shown, start=page.start + 1)
    ]
    html = cards.joined(
        words("group-title", group=one.name, count=one.count),
        *lines,
        words("group-hint", group=one.name),
    )
    keys = (
        Key(label=words.plain("button-write"), token=await button("group-write", subject)),
        Key(label=words.plain("button-group-add"), token=await button("group-add", subject)),
    )
    ends = (
        Key(label=words.plain("button-group-delete"), token=await button("group-delete", subject)),
        Key(label=words.plain("button-back"), token=await button("groups", {"start": 0})),
    )
    turn = await turning(words, page, "group", subject, button)
    return Screen(html=html, rows=(*turn, keys if one.count else keys[1:], ends))


def unknown_number(words: Words, raw: str, why: str) -> Html:
    return words("contact-no-number", raw=raw[:30], why=words(f"why-{why}"))
