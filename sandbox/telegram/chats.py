"""A chat, seen from the people's side: they speak, edit and press; the bot's messages stand here too."""

import html
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from sandbox.telegram.messages import Message, Press, Topic
from sandbox.telegram.people import BotAccount, Person
from sandbox.telegram.shapes import chat_json, member_json, message_json, press_json, unix
from sandbox.telegram.text_entities import find_entities
from sandbox.telegram.transcript import tell

if TYPE_CHECKING:
    from sandbox.telegram.world import World

ChatType = Literal["private", "group", "supergroup", "channel"]
BotStatus = Literal["member", "administrator", "left", "kicked"]

# A one-pixel JPEG would do no better: nobody here looks at the picture, nor listens.
_PHOTO, _STICKER, _VOICE = b"\xff\xd8\xff\xd9", b"RIFF\x04\0\0\0WEBP", b"OggS"


class Chat:
    """A private chat, a supergroup or a channel. Messages are numbered from 1 in each.

    What people do here queues an update for the bot, as long as the bot is in the chat.
    """

    def __init__(
        self,
        world: "World",
        chat_id: int,
        chat_type: ChatType,
        title: str,
        *,
        owner: Person | None = None,
        members: Iterable[Person] = (),
        forum: bool = False,
        username: str | None = None,
        bot_is_admin: bool = True,
    ) -> None:
        self._world = world
        self.id = chat_id
        self.type: ChatType = chat_type
        self.title = title
        self.owner = owner  # of a private chat; None elsewhere
        self.members = {person.id: person for person in ([owner] if owner else members)}
        self.administrators: set[int] = set()
        self.forum = forum
        self.topics: dict[int, Topic] = {}
        self.bot_lacks: set[str] = set()  # rights that the bot has not, though it is an administrator
        self.username = owner.username if owner else username
        self.bot_status: BotStatus = "administrator" if bot_is_admin and not owner else "member"
        self.upgraded_to: int | None = None  # the supergroup that a basic group has become
        self.forbidden: set[str] = set()  # what the bot may not send here: text, photo, document
        self.messages: list[Message] = []
        self.presses: list[Press] = []

    @property
    def bot(self) -> BotAccount:
        return self._world.bot

    @property
    def bot_messages(self) -> list[Message]:
        """The bot's messages that still stand, oldest first."""
        stand = (message for message in self.messages if not message.deleted and message.kind != "service")
        return [message for message in stand if message.sender == "bot"]

    def find(self, message_id: int) -> Message | None:
        """The message of this number, unless deleted or never written."""
        found = self.messages[message_id - 1] if 0 < message_id <= len(self.messages) else None
        return None if found is None or found.deleted else found

    def transcript(self) -> str:
        """The conversation as a person would read it, presses of buttons and their answers included."""
        return tell(self.title, self.messages, self.presses)

    # What people do.

    def say(self, person: Person, text: str, reply_to: Message | int | None = None, **extra: Any) -> Message:
        """Somebody writes. `extra` is laid over the message in the update, e.g. `message_thread_id=5`."""
        self._enter(person)
        message = self._compose(person, text, reply_to, extra)
        topic = self.topics.get(message.thread_id or 0)
        if topic is not None and topic.closed and person.id not in self.administrators:
            raise ValueError(f"the topic {topic.name} is closed to {person.first_name}")
        message.entities = find_entities(text)
        return self._publish(message)

    def post(self, text: str, **extra: Any) -> Message:
        """The channel itself speaks. ValueError outside channels."""
        if self.type != "channel":
            raise ValueError(f"{self.title} is no channel")
        message = self._compose("channel", text, None, extra)
        message.entities = find_entities(text)
        return self._publish(message)

    def send_photo(
        self,
        person: Person,
        caption: str | None = None,
        data: bytes = _PHOTO,
        reply_to: Message | int | None = None,
    ) -> Message:
        """Somebody sends a picture."""
        return self._send_file(person, "photo", "photo.jpg", "image/jpeg", data, caption, reply_to)

    def send_sticker(self, person: Person, reply_to: Message | int | None = None) -> Message:
        """Somebody sends a sticker."""
        return self._send_file(person, "sticker", "sticker.webp", "image/webp", _STICKER, None, reply_to)

    def send_voice(self, person: Person, reply_to: Message | int | None = None) -> Message:
        """Somebody says something, a second long."""
        return self._send_file(person, "voice", "voice.oga", "audio/ogg", _VOICE, None, reply_to)

    def send_document(
        self,
        person: Person,
        name: str,
        data: bytes,
        caption: str | None = None,
        mime_type: str = "application/octet-stream",
        reply_to: Message | int | None = None,
        **extra: Any,
    ) -> Message:
        """Somebody sends a file; the bot fetches it with getFile. `extra` as in `say`."""
        return self._send_file(person, "document", name, mime_type, data, caption, reply_to, **extra)

    def send_contact(
        self, person: Person, phone: str, first_name: str, user_id: int | None = None, **extra: Any
    ) -> Message:
        """Somebody shares a contact card; `user_id` where the contact has Telegram, `extra` as in `say`."""
        self._enter(person)
        message = self._compose(person, "", None, extra)
        message.kind = "contact"
        message.contact = {"phone_number": phone, "first_name": first_name}
        if user_id is not None:
            message.contact["user_id"] = user_id
        return self._publish(message)

    def pick_people(self, person: Person, message: Message, label: str, picked: list[Person]) -> Message:
        """Somebody presses a key that opens Telegram's list of people, and chooses from it."""
        users = [{"user_id": one.id, "first_name": one.first_name} for one in picked]
        request_id = message.asks_for_people(label)
        return self.event(person, users_shared={"request_id": request_id, "users": users})

    def event(self, person: Person, **content: Any) -> Message:
        """A service message, such as `left_chat_member={...}`: something that happened, told in the chat."""
        message = self._compose(person, "", None, content)
        message.kind = "service"
        return self._publish(message)

    def edit(self, message: Message, text: str) -> None:
        """Whoever wrote the message changes its text."""
        message.edits.append(message.text)
        message.text, message.html = text, html.escape(text, quote=False)
        message.entities = find_entities(text)
        message.edited_at = self._world.clock()
        self._tell_bot("edited_channel_post" if self.type == "channel" else "edited_message", message)

    def delete(self, message: Message) -> None:
        """Somebody deletes a message. Bots are not told, here as there."""
        message.deleted = True
        self._world.changes.ring()

    def press(self, person: Person, message: Message, label: str) -> Press:
        """Press the first inline button whose text starts with `label`.

        Raises LookupError if the message, as it stands now, has no such button that calls back.
        """
        button = None if message.deleted else message.button(label)
        if button is None or button.callback_data is None:
            there = [button.text for row in message.keyboard for button in row]
            raise LookupError(f"no callback button {label!r} on message {message.id}, only {there}")
        return self._press(person, message, button.text, button.callback_data)

    def press_button(self, person: Person, message: Message, data: str) -> Press:
        """Press the button with this callback data. LookupError: the message, as it stands, has none such."""
        for button in (button for row in message.keyboard for button in row):
            if button.callback_data == data and not message.deleted:
                return self._press(person, message, button.text, data)
        raise LookupError(f"message {message.id} has no button with this data")

    def press_data(self, person: Person, message: Message, data: str) -> Press:
        """Send callback data a keyboard no longer, or never, had: a stale or a forged press."""
        return self._press(person, message, data, data)

    def react(self, person: Person, message: Message, emoji: str | None) -> None:
        """Somebody sets their reaction (None: takes it back).

        The bot is told if it has asked for these updates and, in a group, is an administrator.
        """
        before = message.moods.pop(person.id, None)
        if emoji is not None:
            message.moods[person.id] = emoji
        self._tell_reaction(message, before, emoji, user=person.json())

    def react_anonymously(self, message: Message, emoji: str) -> None:
        """An anonymous administrator of this group sets a reaction: nobody but the group is named."""
        self._tell_reaction(message, None, emoji, actor_chat=chat_json(self))

    def _tell_reaction(
        self, message: Message, before: str | None, emoji: str | None, **by: dict[str, Any]
    ) -> None:
        payload = {
            "chat": chat_json(self),
            "message_id": message.id,
            "date": unix(self._world.clock()),
            "old_reaction": _reactions(before),
            "new_reaction": _reactions(emoji),
            **by,
        }
        if self.owner is not None or self.bot_status == "administrator":
            self._push("message_reaction", payload)
        else:
            self._world.changes.ring()

    # Who is in the chat.

    def block(self) -> None:
        """The person of this private chat blocks the bot."""
        self._set_bot_status("kicked", self.owner)

    def unblock(self) -> None:
        """The person of this private chat lets the bot in again."""
        self._set_bot_status("member", self.owner)

    def expel_bot(self, by: Person | None = None) -> None:
        """The bot is thrown out of the group or channel."""
        self._set_bot_status("kicked", by)

    def invite_bot(self, by: Person | None = None, *, admin: bool = False) -> None:
        """The bot is let into the group or channel (again)."""
        self._set_bot_status("administrator" if admin else "member", by)

    def add_member(self, person: Person) -> None:
        """Somebody joins; a chat_member update, if the bot asked for these."""
        self.members[person.id] = person
        self._tell_membership("chat_member", person, person.json(), "left", "member")

    def remove_member(self, person: Person, by: Person | None = None) -> None:
        """Somebody leaves, or is sent away `by` another; a chat_member update, if the bot asked for these."""
        del self.members[person.id]
        self._tell_membership(
            "chat_member", by or person, person.json(), "member", "kicked" if by else "left"
        )

    def topic(self, name: str, by: Person | Literal["bot"] | None = None) -> int:
        """Open a forum topic; its message_thread_id. ValueError if the chat is no forum.

        `by` None: it was there before the bot came. A bot is not told of what it does itself.
        """
        if not self.forum:
            raise ValueError(f"{self.title} is no forum")
        opened = Topic(name, by_bot=by == "bot")
        head = self._compose(by or "channel", "", None, {})
        head.kind = "service"
        self.append(head)
        head.thread_id = head.id
        head.extra = {"forum_topic_created": {"name": name, "icon_color": opened.icon_color}}
        self.topics[head.id] = opened
        if isinstance(by, Person):
            self._tell_bot("message", head)
        else:
            self._world.changes.ring()
        return head.id

    def rename_topic(self, thread_id: int, name: str, by: Person | Literal["bot"]) -> None:
        """Somebody calls a topic otherwise. KeyError: there is none."""
        self.topics[thread_id].name = name
        self._tell_of_topic(thread_id, by, forum_topic_edited={"name": name})

    def turn_topic(self, thread_id: int, *, closed: bool, by: Person | Literal["bot"]) -> None:
        """Somebody closes or reopens a topic. KeyError: there is none."""
        self.topics[thread_id].closed = closed
        what = "forum_topic_closed" if closed else "forum_topic_reopened"
        self._tell_of_topic(thread_id, by, **{what: {}})

    def delete_topic(self, thread_id: int) -> None:
        """Somebody deletes a forum topic with all that was said in it. KeyError: there is none."""
        del self.topics[thread_id]
        for message in self.messages:
            message.deleted = message.deleted or thread_id in {message.id, message.thread_id}
        self._world.changes.ring()

    def upgrade(self, by: Person, new_id: int, *, tells: bool = True) -> "Chat":
        """A basic group becomes a supergroup under another id, told in both; its messages stay behind.

        Without `tells` nobody says so: the bot finds out when it next speaks. ValueError: it is none.
        """
        if self.type != "group":
            raise ValueError(f"{self.title} is no basic group")
        new = self._world.add_chat(
            Chat(self._world, new_id, "supergroup", self.title, members=self.members.values())
        )
        self.upgraded_to = new_id
        if tells:
            self.event(by, migrate_to_chat_id=new_id)
            new.event(by, migrate_from_chat_id=self.id)
        return new

    # What the methods of the Bot API use.

    def append(self, message: Message) -> Message:
        """Put a message at the end under the next free number."""
        message.id = len(self.messages) + 1
        self.messages.append(message)
        return message

    def bot_may(self, right: str) -> bool:
        """Whether the bot is an administrator with this right."""
        return self.bot_status == "administrator" and right not in self.bot_lacks

    def bot_leaves(self) -> None:
        """leaveChat: the bot goes by itself."""
        self._set_bot_status("left", None)

    def _tell_of_topic(self, thread_id: int, by: Person | Literal["bot"], **event: Any) -> None:
        message = self._compose(by, "", None, {**event, "message_thread_id": thread_id})
        message.kind = "service"
        self.append(message)
        if isinstance(by, Person):
            self._tell_bot("message", message)
        else:
            self._world.changes.ring()

    def _set_bot_status(self, status: BotStatus, by: Person | None) -> None:
        old, self.bot_status = self.bot_status, status
        self._tell_membership("my_chat_member", by, self.bot.json(), old, status)

    def _tell_membership(
        self, kind: str, by: Person | None, user: dict[str, Any], old: str, new: str
    ) -> None:
        payload = {
            "chat": chat_json(self),
            "from": by.json() if by else self.bot.json(),
            "date": unix(self._world.clock()),
            "old_chat_member": member_json(user, old),
            "new_chat_member": member_json(user, new),
        }
        self._world.push(kind, payload)

    def _enter(self, person: Person) -> None:
        """Whoever speaks in a group is in it; a private chat has one person who has not blocked the bot."""
        if self.owner is not None and person.id != self.owner.id:
            raise ValueError(f"{person.first_name} cannot write in the private chat of {self.title}")
        if self.owner is not None and self.bot_status == "kicked":
            raise ValueError(f"{person.first_name} has blocked the bot; unblock() first")
        self.members.setdefault(person.id, person)

    def _compose(
        self,
        sender: Person | Literal["bot", "channel"],
        text: str,
        reply_to: Message | int | None,
        extra: dict[str, Any],
    ) -> Message:
        original = reply_to if isinstance(reply_to, Message) else self.find(reply_to or 0)
        thread = extra.pop("message_thread_id", original.thread_id if original else None)
        return Message(
            id=0,
            sender=sender,
            text=text,
            html=html.escape(text, quote=False),
            date=self._world.clock(),
            reply_to=original.id if original else None,
            thread_id=thread,
            extra=extra,
        )

    def _send_file(
        self,
        person: Person,
        kind: Literal["photo", "document", "sticker", "voice"],
        name: str,
        mime_type: str,
        data: bytes,
        caption: str | None,
        reply_to: Message | int | None = None,
        **extra: Any,
    ) -> Message:
        self._enter(person)
        message = self._compose(person, caption or "", reply_to, extra)
        message.kind = kind
        message.file = self._world.store_file(name, mime_type, data, f"{kind}s")
        message.entities = find_entities(message.text)
        return self._publish(message)

    def _publish(self, message: Message) -> Message:
        self.append(message)
        self._tell_bot("channel_post" if self.type == "channel" else "message", message)
        return message

    def _press(self, person: Person, message: Message, label: str, data: str) -> Press:
        press = Press(self._world.new_press_id(), self.id, person, message, label, data, self._world.clock())
        self._world.presses[press.id] = press
        self.presses.append(press)
        self._push("callback_query", press_json(self, press))
        return press

    def _tell_bot(self, kind: str, message: Message) -> None:
        self._push(kind, message_json(self, message))

    def _push(self, kind: str, payload: dict[str, Any]) -> None:
        if self.bot_status in {"member", "administrator"}:
            self._world.push(kind, payload)
        else:
            self._world.changes.ring()


def _reactions(emoji: str | None) -> list[dict[str, str]]:
    """Bot API `ReactionType` objects."""
    return [] if emoji is None else [{"type": "emoji", "emoji": emoji}]
