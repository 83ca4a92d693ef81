"""Whom /allow and /deny mean, and as what: pure, from a message to a person or to what is wrong with it."""

import re
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from telegram import Chat, Message

from storage.people import Role

from .settings import NOBODY
from .words import LANGUAGES, Words

LARGEST = 2**52  # Telegram's ids have at most 52 significant bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """A person who was pointed at. `via` tells how; `chat_id`: the staff group they come through."""

    id: int
    name: str
    via: str
    chat_id: int | None = None
    role: Role | None = None  # as what, where that was said too


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """Why nobody in particular is meant: a word of the texts people-* and its values."""

    word: str
    values: dict[str, str] = field(default_factory=dict)


def is_person(number: int) -> bool:
    return 0 < number < LARGEST and number not in NOBODY


def role_called(word: str) -> Role | None:
    """The role of this name, in any case and either language; None: there is none."""
    for role in Role:
        names = {role.word, *(Words(one, ZoneInfo("UTC")).plain(f"role-{role.word}") for one in LANGUAGES)}
        if word.casefold() in names:
            return role
    return None


def pointed_at(message: Message | None, argument: str, *, bot_id: int) -> Somebody | Unclear | None:
    """Whom a command means: the id behind it, or who wrote the message it replies to; None: nobody is named.

    What else is written behind it is none of our business here; `with_role` looks at that.
    """
    typed = re.split(r"[\s,;]+", argument.strip(" \t\r\n,;"))
    ids = [word for word in typed if re.fullmatch(r"-?\d{1,16}", word, re.ASCII)]
    if any(word.startswith("@") for word in typed):
        return Unclear(word="by-name")
    if len(ids) > 1:
        return Unclear(word="one-at-a-time")
    if ids:
        if int(ids[0]) == bot_id or int(ids[0]) in NOBODY:
            return Unclear(word="no-bots")
        return Somebody(id=int(ids[0]), name=ids[0], via="id") if is_person(int(ids[0])) else None
    return _replied_to(message)


def _replied_to(message: Message | None) -> Somebody | Unclear | None:
    replied = None if message is None else message.reply_to_message
    if message is None or replied is None or replied.from_user is None:
        return None
    if replied.forum_topic_created is not None:
        return None  # so comes all that replies to nothing in a topic
    if replied.forward_origin is not None:
        return Unclear(word="forwarded")
    person = replied.from_user
    if person.is_bot or person.id in NOBODY:
        return Unclear(word="no-bots")
    if replied.sender_chat is not None or not is_person(person.id):
        return None
    group = None if message.chat.type == Chat.PRIVATE else message.chat.id
    return Somebody(id=person.id, name=person.full_name, via="reply", chat_id=group)


def role_in(argument: str) -> Role | Unclear | None:
    """The role that was named beside a person; None: none was."""
    words = [word for word in re.split(r"[\s,;]+", argument) if word and not word.isdecimal()]
    if not words:
        return None
    role = role_called(words[0]) if len(words) == 1 else None
    return role or Unclear(word="unknown-role", values={"typed": " ".join(words)[:40]})
