"""What there is to see, as flat records by key; pure, but for the reading of the stand-ins."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sandbox.handset import life_of, so_far
from sandbox.journal import Accepted
from sandbox.page.scene import Line, Scene
from sandbox.page.troubles import NAMES
from sandbox.telegram import Chat, Message, Person, Press
from sandbox.telegram.text_entities import find_entities

Record = dict[str, Any]
Records = dict[str, Record | None]

PICTURES = frozenset({"image/png", "image/jpeg"})
TYPING_FOR = timedelta(seconds=5)  # how long a client shows a chat action
_RECENT_CALLS = 20
_LINKS = frozenset(
    {"code", "pre", "text_link", "text_mention", "date_time", "url", "email", "mention", "hashtag"}
    | {"bot_command", "phone_number"}
)
_NO_TEXT = frozenset({"hlr", "ping"})  # a look at a number, which nobody reads


def changed(before: Mapping[str, Record | None], now: Mapping[str, Record | None]) -> Records:
    """What is new or other, and None for what is gone."""
    patch: Records = {key: record for key, record in now.items() if before.get(key) != record}
    return patch | dict.fromkeys(before.keys() - now.keys())


def records(scene: Scene) -> Records:
    """All of it."""
    found: Records = {}
    bot = scene.telegram.bot
    found["bot"] = {"name": bot.first_name, "username": bot.username}
    for person in scene.telegram.people:
        found[f"person/{person.id}"] = person_record(person, scene.captions.get(person.id))
    typing = _typing(scene)
    for chat in scene.telegram.chats:
        found[f"chat/{chat.id}"] = chat_record(chat, typing=str(chat.id) in typing)
        for person in chat.members.values():
            found[f"menu/{chat.id}/{person.id}"] = {"commands": _menu(scene, chat, person)}
        for message in chat.messages:
            found[f"message/{chat.id}/{message.id}"] = message_record(chat, message)
        for press in chat.presses:
            found[f"press/{press.id}"] = press_record(press)
    for name, line in scene.lines.items():
        found[f"line/{name}"] = {
            "name": name,
            "title": line.title,
            "balance": str(line.stand.balance),
            "inbox": line.receive is not None,
            "asked": bool(line.stand.requests),
        }
        found |= _sms(name, line)
    for number, answer in enumerate(scene.answers):
        found[f"answer/{number}"] = {
            "msisdn": answer.msisdn,
            "text": answer.text,
            "line": answer.line,
            "at": answer.at.isoformat(),
        }
    for name in NAMES:
        found[f"trouble/{name}"] = {"name": name, "on": name in scene.troubles.on}
    return found


def person_record(person: Person, caption: str | None) -> Record:
    return {
        "id": person.id,
        "name": person.first_name,
        "username": person.username,
        "language": person.language_code,
        "caption": caption,
    }


def chat_record(chat: Chat, *, typing: bool) -> Record:
    return {
        "id": chat.id,
        "type": chat.type,
        "title": chat.title,
        "owner": chat.owner.id if chat.owner else None,
        "members": sorted(chat.members),
        "forum": chat.forum,
        "topics": [{"id": id_, "name": topic.name} for id_, topic in chat.topics.items()],
        "typing": typing,
    }


def message_record(chat: Chat, message: Message) -> Record:
    """A message as it stands; one that was deleted keeps nothing of what it said."""
    sender = message.sender
    record: Record = {
        "id": message.id,
        "chat": chat.id,
        "from": sender.id if isinstance(sender, Person) else sender,
        "thread": message.thread_id,
        "deleted": message.deleted,
    }
    if message.deleted:
        return record
    return record | {
        "kind": message.kind,
        "text": message.text,
        "entities": linked(message),
        "markup": message.markup,
        "reply_to": message.reply_to,
        "at": message.date.isoformat(),
        "edited": message.edited_at is not None,
        "reactions": list(message.reactions),
        "moods": dict(message.moods),  # of its own: people change their minds in place
        "service": sorted(message.extra) if message.kind == "service" else [],
        "topic": _named_topic(message),
        "file": None
        if message.file is None
        else {
            "id": message.file.file_id,
            "name": message.file.name,
            "size": len(message.file.data),
            "picture": message.kind == "photo" and message.file.mime_type in PICTURES,
        },
    }


def _named_topic(message: Message) -> str | None:
    """What a topic is called since this service message; None: it tells of nothing like that."""
    for told in ("forum_topic_created", "forum_topic_edited"):
        if told in message.extra:
            return str(message.extra[told]["name"])
    return None


def linked(message: Message) -> list[dict[str, Any]]:
    """The message's entities, and what a client makes a link of besides, where nothing else is one."""
    own = [one for one in message.entities if one["type"] in _LINKS]
    found = [one for one in find_entities(message.text) if not any(_overlap(one, other) for other in own)]
    return message.entities + [one for one in found if one not in message.entities]


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    begin, end = max(one["offset"], other["offset"]), min(_end(one), _end(other))
    return bool(begin < end)


def _end(entity: dict[str, Any]) -> int:
    return int(entity["offset"] + entity["length"])


def press_record(press: Press) -> Record:
    answer = press.answer
    return {
        "id": press.id,
        "chat": press.chat_id,
        "message": press.message.id,
        "from": press.person.id,
        "label": press.label,
        "answer": None if answer is None else {"text": answer.text, "alert": answer.show_alert},
    }


def sms_record(line: str, accepted: Accepted, pace: float, now: datetime, *, cancelled: bool) -> Record:
    """One SMS on its way to a handset; `stage` as in `sandbox.handset`."""
    life = life_of(accepted.msisdn, accepted.accepted_at, accepted.send_at, pace)
    latest = so_far(life, max(now, accepted.accepted_at))[-1]
    return {
        "line": line,
        "msisdn": accepted.msisdn,
        "sender": accepted.sender,
        "text": accepted.text,
        "kind": accepted.kind,
        "stage": "cancelled" if cancelled else str(latest.stage),
        "at": latest.since.isoformat(),
    }


def _sms(name: str, line: Line) -> Iterator[tuple[str, Record]]:
    account = line.stand.account
    journal, now = account.journal, account.now()
    gone = {(one.msisdn, one.gateway_ids) for one in journal.cancelled}
    for number, accepted in enumerate(journal.accepted):
        if accepted.gateway == name and accepted.kind not in _NO_TEXT:
            cancelled = (accepted.msisdn, accepted.gateway_ids) in gone
            yield (
                f"sms/{name}/{number}",
                sms_record(name, accepted, account.pace, now, cancelled=cancelled),
            )


def _menu(scene: Scene, chat: Chat, person: Person) -> list[dict[str, Any]]:
    known = next((one for one in scene.telegram.people if one.id == person.id), person)
    return scene.telegram.menu(chat, known)


def _typing(scene: Scene) -> set[str]:
    """The chats in which the bot was last heard to be typing, and not to speak since."""
    typing: set[str] = set()
    for call in scene.telegram.calls[-_RECENT_CALLS:]:
        chat_id = str(call.params.get("chat_id"))
        if call.method == "sendChatAction" and scene.telegram.now() - call.at < TYPING_FOR:
            typing.add(chat_id)
        elif call.method.startswith(("send", "edit")):
            typing.discard(chat_id)
    return typing
