"""Sending, editing, deleting and reacting; answering presses."""

from datetime import timedelta
from typing import Any

from sandbox.telegram.changes import Event
from sandbox.telegram.chats import Chat
from sandbox.telegram.errors import NOT_MODIFIED, QUERY_TOO_OLD, bad_request
from sandbox.telegram.formatting import FormattedText, read_caption, read_text
from sandbox.telegram.keyboards import check_markup
from sandbox.telegram.messages import Answer, Message
from sandbox.telegram.methods.places import check_rights, open_chat
from sandbox.telegram.parameters import Parameters
from sandbox.telegram.reactions import ALLOWED
from sandbox.telegram.shapes import message_json
from sandbox.telegram.world import World

_DELETABLE_FOR = timedelta(hours=48)
_TOAST_MAX = 200


def send_message(world: World, call: Parameters) -> dict[str, Any]:
    chat = open_chat(world, call)
    check_rights(chat, "text")
    return deliver(world, chat, compose(world, chat, call, read_text(world, call)))


def compose(world: World, chat: Chat, call: Parameters, formatted: FormattedText) -> Message:
    """A message of the bot, not in the chat yet. ApiError 400 for a bad reply, topic or keyboard."""
    reply_to, thread_id = _reply(chat, call), call.integer("message_thread_id")
    topic = chat.topics.get(thread_id)
    if thread_id and topic is None:
        raise bad_request("message thread not found")
    if topic is not None and topic.closed and not (topic.by_bot or chat.bot_may("can_manage_topics")):
        raise bad_request("TOPIC_CLOSED")
    return Message(
        id=0,
        sender="bot",
        text=formatted.text,
        date=world.clock(),
        html=formatted.html,
        entities=formatted.entities,
        markup=check_markup(call.json("reply_markup")),
        reply_to=reply_to.id if reply_to else None,
        thread_id=thread_id or (reply_to.thread_id if reply_to else None),
        protected=call.boolean("protect_content"),
        quiet=call.boolean("disable_notification"),
    )


def deliver(world: World, chat: Chat, message: Message) -> dict[str, Any]:
    """Put the bot's message into the chat; its JSON."""
    chat.append(message)
    world.changes.announce(Event("sent", chat, message))
    return message_json(chat, message)


def edit_message_text(world: World, call: Parameters) -> dict[str, Any]:
    formatted = read_text(world, call)
    chat, message = _own_message(world, call)
    if message.kind != "text":
        raise bad_request("there is no text in the message to edit")
    return _edit(world, chat, message, formatted, check_markup(call.json("reply_markup"), inline_only=True))


def edit_message_reply_markup(world: World, call: Parameters) -> dict[str, Any]:
    markup = check_markup(call.json("reply_markup"), inline_only=True)
    chat, message = _own_message(world, call)
    same = FormattedText(message.text, message.entities, message.html)
    return _edit(world, chat, message, same, markup)


def edit_message_caption(world: World, call: Parameters) -> dict[str, Any]:
    formatted = read_caption(world, call)
    chat, message = _own_message(world, call)
    if message.file is None:
        raise bad_request("there is no caption in the message to edit")
    return _edit(world, chat, message, formatted, check_markup(call.json("reply_markup"), inline_only=True))


def delete_message(world: World, call: Parameters) -> bool:
    chat = open_chat(world, call)
    message = _message(chat, call, "message to delete not found")
    if message.sender != "bot" and chat.owner is None and chat.bot_status != "administrator":
        raise bad_request("message can't be deleted")
    if world.clock() - message.date > _DELETABLE_FOR:
        raise bad_request("message can't be deleted for everyone")
    message.deleted = True
    world.changes.announce(Event("deleted", chat, message))
    return True


def answer_callback_query(world: World, call: Parameters) -> bool:
    press = world.presses.get(call.text("callback_query_id"))
    if press is None or press.answer is not None or world.clock() - press.at > world.query_lifetime:
        raise bad_request(QUERY_TOO_OLD)
    text = call.text("text")
    if len(text) > _TOAST_MAX:
        raise bad_request("MESSAGE_TOO_LONG")
    press.answer = Answer(text, call.boolean("show_alert"), call.text("url") or None)
    world.changes.announce(Event("answered", world.chats[press.chat_id], press.message, press))
    return True


def set_message_reaction(world: World, call: Parameters) -> bool:
    chat = open_chat(world, call)
    message = _message(chat, call, "message to react not found")
    reactions = call.json("reaction") or []
    if not isinstance(reactions, list) or len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    emojis = [reaction.get("emoji", "") for reaction in reactions]
    if not ALLOWED.issuperset(emojis):
        raise bad_request("REACTION_INVALID")
    message.reactions = emojis
    world.changes.ring()
    return True


def _edit(
    world: World,
    chat: Chat,
    message: Message,
    formatted: FormattedText,
    markup: dict[str, Any] | None,
) -> dict[str, Any]:
    """Replace text and keyboard; an edit that names no keyboard takes the old one away, as Telegram does."""
    before = (message.text, message.entities, message.markup)
    if before == (formatted.text, formatted.entities, markup):
        raise bad_request(NOT_MODIFIED)
    if message.text != formatted.text:
        message.edits.append(message.text)
    if message.markup != markup:
        message.markups.append(message.markup)
    message.text, message.entities, message.html = formatted.text, formatted.entities, formatted.html
    message.markup = markup
    message.edited_at = world.clock()
    world.changes.announce(Event("edited", chat, message))
    return message_json(chat, message)


def _own_message(world: World, call: Parameters) -> tuple[Chat, Message]:
    chat = open_chat(world, call)
    message = _message(chat, call, "message to edit not found")
    if message.sender != "bot":
        raise bad_request("message can't be edited")
    return chat, message


def _message(chat: Chat, call: Parameters, refusal: str) -> Message:
    message_id = call.integer("message_id")
    if not message_id:
        raise bad_request("message identifier is not specified")
    message = chat.find(message_id)
    if message is None:
        raise bad_request(refusal)
    return message


def _reply(chat: Chat, call: Parameters) -> Message | None:
    """The message replied to, by reply_parameters or the older reply_to_message_id; None for none."""
    parameters = call.json("reply_parameters") or {}
    message_id = int(parameters.get("message_id") or call.integer("reply_to_message_id"))
    if not message_id:
        return None
    message = chat.find(message_id)
    forgiving = parameters.get("allow_sending_without_reply") or call.boolean("allow_sending_without_reply")
    if message is None and not forgiving:
        raise bad_request("message to be replied not found")
    return message
