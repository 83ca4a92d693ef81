"""Screens about people: pure functions from who is known to a screen."""

from collections.abc import Mapping, Sequence

from storage.chats import Group
from storage.people import Person, Role

from . import cards
from .keyboards import Key, Screen
from .words import Html, Words

Rows = tuple[tuple[Key, ...], ...]
LISTED = 50  # buttons for people in one answer: Telegram takes 100; their lines end sooner


def role_name(words: Words, role: Role) -> str:
    return words.plain(f"role-{role.word}")


def role_keys(words: Words, tokens: Mapping[Role, str]) -> Rows:
    """A key for each role, two in a row."""
    keys = [Key(label=role_name(words, role), token=token) for role, token in tokens.items()]
    return tuple(tuple(keys[at : at + 2]) for at in range(0, len(keys), 2))


def everybody(
    words: Words, known: Sequence[Person], admins: Sequence[int], tokens: Mapping[int, str]
) -> Screen:
    """`admins`: of the configuration, of whom only the ids are known; `tokens`: of each person's button."""
    lines = [words("users-configured", person=str(person_id)) for person_id in admins]
    lines += [_line(words, person) for person in known]
    shown = cards.fitting(lines, lambda count: words("users-more", count=count))
    html = cards.joined(words("users-title"), *shown, words("users-hint"))
    return Screen(html=html, rows=tuple((_named(words, one, tokens[one.id]),) for one in known[:LISTED]))


def _line(words: Words, person: Person) -> Html:
    return words(
        "users-line",
        name=cards.isolated(person.name),
        person=str(person.id),
        role=role_name(words, person.role),
        time=words.day(person.added_at.date()),
        via=person.via,
    )


def _named(words: Words, person: Person, token: str) -> Key:
    return Key(label=f"{person.name[:40]} · {role_name(words, person.role)}", token=token)


def one(words: Words, person: Person, tokens: Mapping[Role, str], remove: str) -> Screen:
    """Somebody with the roles they could have instead, and the way out."""
    out = Key(label=words.plain("button-remove"), token=remove)
    return Screen(html=_line(words, person), rows=(*role_keys(words, tokens), (out,)))


def removable(words: Words, known: Sequence[Person], tokens: Mapping[int, str], *, nonsense: bool) -> Screen:
    """Whom /deny can mean."""
    if nonsense or not known:
        return Screen(html=words("deny-usage" if nonsense else "users-nobody"))
    rows = tuple((Key(label=f"✖ {one.name[:40]}", token=tokens[one.id]),) for one in known[:LISTED])
    return Screen(html=words("deny-which"), rows=rows)


def asks_in(words: Words, *, name: str, person_id: int, role: Role, admit: str, refuse: str) -> Screen:
    """Somebody followed an invite and waits for the inviter's word."""
    html = words(
        "invite-opened", name=cards.isolated(name), person=str(person_id), role=role_name(words, role)
    )
    keys = (
        Key(label=words.plain("button-admit"), token=admit),
        Key(label=words.plain("button-turn-away"), token=refuse),
    )
    return Screen(html=html, rows=(keys,))


def welcome(words: Words, role: Role) -> Screen:
    """What somebody new hears."""
    return Screen(html=words("invite-welcome", role=role_name(words, role)))


def lost_with_a_group(words: Words, title: str, lost: Sequence[Person]) -> Screen:
    """What administrators hear when the bot was sent away from a staff group."""
    lines = [_line(words, person) for person in lost]
    shown = cards.fitting(lines, lambda count: words("users-more", count=count))
    head = words("group-gone", title=cards.isolated(title), count=len(lost))
    return Screen(html=cards.joined(head, *shown))


def sharing(
    words: Words, account: str, free: Sequence[tuple[Group, str]], using: Sequence[tuple[Group, str]]
) -> Screen:
    """The chats that could use an account too, and those that do; each with its token."""
    rows = [(Key(label=f"🔗 {group.title[:50]}", token=token),) for group, token in free]
    rows += [(Key(label=f"✖ {group.title[:50]}", token=token),) for group, token in using]
    key = "share-which" if rows else "share-nowhere"
    return Screen(html=words(key, name=account), rows=tuple(rows[: LISTED * 2]))
