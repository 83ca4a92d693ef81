"""Chats and who is in them; the way from `chat_id` to a chat the bot may use."""

from typing import Any

from sandbox.telegram.chats import Chat
from sandbox.telegram.errors import bad_request, forbidden, upgraded
from sandbox.telegram.parameters import Parameters
from sandbox.telegram.shapes import full_chat_json, member_json
from sandbox.telegram.world import World

_ACTIONS = (
    "typing upload_photo record_video upload_video record_voice upload_voice upload_document "
    "choose_sticker find_location record_video_note upload_video_note"
)


def known_chat(world: World, chat_id: str) -> Chat:
    """The chat of this id or @username. ApiError 400 if the bot never met it."""
    if not chat_id:
        raise bad_request("chat_id is empty")
    named = [chat for chat in world.chats.values() if chat.username and not chat.owner]
    found = next((chat for chat in named if chat_id == f"@{chat.username}"), None)
    if found is None and chat_id.lstrip("-").isdecimal():
        found = world.chats.get(int(chat_id))
    if found is None:
        raise bad_request("chat not found")
    return found


_RIGHTS = {"text": "text messages", "photo": "photos", "document": "documents"}


def check_rights(chat: Chat, kind: str) -> None:
    """ApiError 400 if the bot may not send such messages there."""
    if kind in chat.forbidden:
        raise bad_request(f"not enough rights to send {_RIGHTS[kind]} to the chat")


def open_chat(world: World, call: Parameters) -> Chat:
    """The chat of `chat_id`. ApiError 403 if the bot is not in it, or was blocked there."""
    chat = known_chat(world, call.text("chat_id"))
    if chat.upgraded_to is not None:
        raise upgraded(chat.upgraded_to)
    kind = chat.type
    if chat.bot_status == "kicked":
        raise forbidden(
            "bot was blocked by the user" if chat.owner else f"bot was kicked from the {kind} chat"
        )
    if chat.bot_status == "left":
        raise forbidden(f"bot is not a member of the {kind} chat")
    return chat


def get_me(world: World, call: Parameters) -> dict[str, Any]:
    abilities = {
        "can_join_groups": True,
        "can_read_all_group_messages": True,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }
    return world.bot.json() | abilities


def get_chat(world: World, call: Parameters) -> dict[str, Any]:
    chat = known_chat(world, call.text("chat_id"))
    return full_chat_json(chat if chat.owner else open_chat(world, call))


def get_chat_member(world: World, call: Parameters) -> dict[str, Any]:
    chat, user_id = open_chat(world, call), call.integer("user_id")
    if user_id == world.bot.id:
        return member_json(world.bot.json(), chat.bot_status, lacks=chat.bot_lacks)
    person = world.people.get(user_id)
    if person is None:
        raise bad_request("user not found")
    if user_id not in chat.members:
        return member_json(person.json(), "left")
    return member_json(person.json(), "administrator" if user_id in chat.administrators else "member")


def get_chat_administrators(world: World, call: Parameters) -> list[dict[str, Any]]:
    chat = open_chat(world, call)
    if chat.owner:
        raise bad_request("there are no administrators in the private chat")
    found = [member_json(world.people[id_].json(), "administrator") for id_ in sorted(chat.administrators)]
    if chat.bot_status == "administrator":
        found.append(member_json(world.bot.json(), "administrator", lacks=chat.bot_lacks))
    return found


def leave_chat(world: World, call: Parameters) -> bool:
    chat = open_chat(world, call)
    if chat.owner:
        raise bad_request("chat can't be left")
    chat.bot_leaves()
    return True


def send_chat_action(world: World, call: Parameters) -> bool:
    open_chat(world, call)
    if call.text("action") not in _ACTIONS.split():
        raise bad_request("wrong parameter action in request")
    return True
