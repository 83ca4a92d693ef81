"""The methods of the Bot API that this stand-in knows, by name.

Each function bears its method's name, returns the `result` as Telegram documents it and raises ApiError
for a refusal. Apart from getUpdates none awaits anything: a method is done as a whole or not at all.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.telegram.methods import commands, files, messages, places, receiving, topics
from sandbox.telegram.parameters import Parameters
from sandbox.telegram.world import World

Method = Callable[[World, Parameters], Any | Awaitable[Any]]

METHODS: dict[str, Method] = {
    "getMe": places.get_me,
    "getUpdates": receiving.get_updates,
    "setWebhook": receiving.set_webhook,
    "deleteWebhook": receiving.delete_webhook,
    "getWebhookInfo": receiving.get_webhook_info,
    "sendMessage": messages.send_message,
    "editMessageText": messages.edit_message_text,
    "editMessageCaption": messages.edit_message_caption,
    "editMessageReplyMarkup": messages.edit_message_reply_markup,
    "deleteMessage": messages.delete_message,
    "answerCallbackQuery": messages.answer_callback_query,
    "setMessageReaction": messages.set_message_reaction,
    "sendDocument": files.send_document,
    "sendPhoto": files.send_photo,
    "getFile": files.get_file,
    "setMyCommands": commands.set_my_commands,
    "getMyCommands": commands.get_my_commands,
    "deleteMyCommands": commands.delete_my_commands,
    "sendChatAction": places.send_chat_action,
    "getChat": places.get_chat,
    "getChatMember": places.get_chat_member,
    "getChatAdministrators": places.get_chat_administrators,
    "leaveChat": places.leave_chat,
    "createForumTopic": topics.create_forum_topic,
    "editForumTopic": topics.edit_forum_topic,
    "closeForumTopic": topics.close_forum_topic,
    "reopenForumTopic": topics.reopen_forum_topic,
    "pinChatMessage": topics.pin_chat_message,
}

# Telegram does not mind the case of a method's name.
CANONICAL: dict[str, str] = {name.lower(): name for name in METHODS}
