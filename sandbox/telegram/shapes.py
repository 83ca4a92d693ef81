"""How chats, messages and presses look in the Bot API's JSON."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox.telegram.messages import Message, Press, StoredFile
from sandbox.telegram.people import Person

if TYPE_CHECKING:
    from sandbox.telegram.chats import Chat

_ADMIN_RIGHTS = (
    "can_be_edited can_manage_chat can_delete_messages can_manage_video_chats can_restrict_members "
    "can_promote_members can_change_info can_invite_users can_post_stories can_edit_stories "
    "can_delete_stories can_post_messages can_edit_messages can_pin_messages can_manage_topics"
)


def unix(moment: datetime) -> int:
    return int(moment.timestamp())


def chat_json(chat: "Chat") -> dict[str, Any]:
    """A Bot API `Chat`."""
    shape: dict[str, Any] = {"id": chat.id, "type": chat.type}
    if chat.owner is not None:
        shape["first_name"] = chat.owner.first_name
    else:
        shape["title"] = chat.title
    if chat.username:
        shape["username"] = chat.username
    if chat.forum:
        shape["is_forum"] = True
    return shape


def full_chat_json(chat: "Chat") -> dict[str, Any]:
    """A Bot API `ChatFullInfo`, with the fields clients insist on."""
    gifts = dict.fromkeys(
        ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"),
        True,
    )
    return {**chat_json(chat), "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}


def message_json(chat: "Chat", message: Message, *, with_reply: bool = True) -> dict[str, Any]:
    """A Bot API `Message`; the message replied to stands in it once, not the chain."""
    shape: dict[str, Any] = {
        "message_id": message.id,
        "date": unix(message.date),
        "chat": chat_json(chat),
        **_sender(chat, message),
        **_content(message),
    }
    if message.thread_id is not None:
        shape |= {"message_thread_id": message.thread_id, "is_topic_message": True}
    if message.edited_at is not None:
        shape["edit_date"] = unix(message.edited_at)
    if message.protected:
        shape["has_protected_content"] = True
    if message.markup and "inline_keyboard" in message.markup:
        shape["reply_markup"] = message.markup
    # In a topic what replies to nothing comes as a reply to the message that tells of the topic's beginning.
    replied = message.thread_id if message.reply_to is None else message.reply_to
    if with_reply and replied is not None and replied != message.id:
        original = chat.find(replied)
        if original is not None:
            shape["reply_to_message"] = message_json(chat, original, with_reply=False)
    return shape | message.extra


def press_json(chat: "Chat", press: Press) -> dict[str, Any]:
    """A Bot API `CallbackQuery`; a deleted message is `InaccessibleMessage`, with date 0."""
    message = press.message
    inaccessible = {"chat": chat_json(chat), "message_id": message.id, "date": 0}
    return {
        "id": press.id,
        "from": press.person.json(),
        "chat_instance": str(chat.id * 1_000_003),
        "message": inaccessible if message.deleted else message_json(chat, message),
        "data": press.data,
    }


def member_json(user: dict[str, Any], status: str, *, lacks: Collection[str] = frozenset()) -> dict[str, Any]:
    """A Bot API `ChatMember` of this status. `lacks`: rights that this administrator has not."""
    shape: dict[str, Any] = {"user": user, "status": status}
    if status == "administrator":
        shape |= {right: right not in lacks for right in _ADMIN_RIGHTS.split()}
        shape |= {"is_anonymous": False, "can_be_edited": False}
    elif status == "kicked":
        shape["until_date"] = 0
    return shape


def file_json(file: StoredFile) -> dict[str, Any]:
    """A Bot API `File`."""
    return {**file.json(), "file_path": file.path}


# Who speaks, by the Bot API, where a group itself does.
_NOBODY = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}


def _sender(chat: "Chat", message: Message) -> dict[str, Any]:
    if chat.type == "channel":
        return {"sender_chat": chat_json(chat)}
    if isinstance(message.sender, Person):
        return {"from": message.sender.json()}
    if message.sender == "channel":  # an administrator who does not say who they are
        return {"from": _NOBODY, "sender_chat": chat_json(chat)}
    return {"from": chat.bot.json()}


def _content(message: Message) -> dict[str, Any]:
    """The part of a message that depends on what it is: text, file with caption, contact, event."""
    if message.kind == "service":
        return {}  # all of it is in `extra`
    if message.kind == "contact":
        return {"contact": message.contact}
    if message.file is None:
        content: dict[str, Any] = {"text": message.text}
        return content | ({"entities": message.entities} if message.entities else {})
    content = _file(message.kind, message.file)
    if message.text:
        content["caption"] = message.text
    if message.entities:
        content["caption_entities"] = message.entities
    return content


def _file(kind: str, file: StoredFile) -> dict[str, Any]:
    """A file as the field of a message that its kind makes it."""
    match kind:
        case "photo":
            return {"photo": [{**file.json(), "width": 1, "height": 1}]}
        case "sticker":
            looks = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
            return {"sticker": {**file.json(), **looks}}
        case "voice":
            return {"voice": {**file.json(), "duration": 1, "mime_type": file.mime_type}}
    return {"document": {**file.json(), "file_name": file.name, "mime_type": file.mime_type}}
