"""Forum topics, and the pinning of messages: what a bot needs rights for.

A bot may edit, close and reopen a topic that it made itself without can_manage_topics, as the Bot API says.
"""

from typing import Any

from sandbox.telegram.chats import Chat
from sandbox.telegram.errors import bad_request
from sandbox.telegram.messages import Topic
from sandbox.telegram.methods.places import open_chat
from sandbox.telegram.parameters import Parameters
from sandbox.telegram.world import World

_NAME_MAX = 128


def create_forum_topic(world: World, call: Parameters) -> dict[str, Any]:
    chat = _forum(world, call)
    if not chat.bot_may("can_manage_topics"):
        raise bad_request("not enough rights to create a topic")
    name = call.text("name")
    if not 1 <= len(name) <= _NAME_MAX:
        raise bad_request("TOPIC_TITLE_EMPTY")
    thread_id = chat.topic(name, by="bot")
    return {"message_thread_id": thread_id, "name": name, "icon_color": chat.topics[thread_id].icon_color}


def edit_forum_topic(world: World, call: Parameters) -> bool:
    chat = _forum(world, call)
    thread_id, topic = _topic(chat, call, "not enough rights to edit the topic")
    name = call.text("name")
    if len(name) > _NAME_MAX:
        raise bad_request("TOPIC_TITLE_EMPTY")
    if not name or name == topic.name:
        raise bad_request("TOPIC_NOT_MODIFIED")
    chat.rename_topic(thread_id, name, by="bot")
    return True


def close_forum_topic(world: World, call: Parameters) -> bool:
    return _turn(world, call, closed=True)


def reopen_forum_topic(world: World, call: Parameters) -> bool:
    return _turn(world, call, closed=False)


def pin_chat_message(world: World, call: Parameters) -> bool:
    chat = open_chat(world, call)
    if chat.owner is None and not chat.bot_may("can_pin_messages"):
        raise bad_request("not enough rights to manage pinned messages in the chat")
    message = chat.find(call.integer("message_id"))
    if message is None:
        raise bad_request("message to pin not found")
    message.pinned = True
    world.changes.ring()
    return True


def _turn(world: World, call: Parameters, *, closed: bool) -> bool:
    chat = _forum(world, call)
    thread_id, topic = _topic(chat, call, "not enough rights to close or open the topic")
    if topic.closed == closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    chat.turn_topic(thread_id, closed=closed, by="bot")
    return True


def _forum(world: World, call: Parameters) -> Chat:
    chat = open_chat(world, call)
    if not chat.forum:
        raise bad_request("the chat is not a forum")
    return chat


def _topic(chat: Chat, call: Parameters, refusal: str) -> tuple[int, Topic]:
    thread_id = call.integer("message_thread_id")
    topic = chat.topics.get(thread_id)
    if topic is None:
        raise bad_request("TOPIC_ID_INVALID")
    if not topic.by_bot and not chat.bot_may("can_manage_topics"):
        raise bad_request(refusal)
    return thread_id, topic
