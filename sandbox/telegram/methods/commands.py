"""The bot's command lists, one for each scope and language."""

import json
import re
from typing import Any

from sandbox.telegram.chats import Chat
from sandbox.telegram.errors import bad_request
from sandbox.telegram.methods.places import known_chat
from sandbox.telegram.parameters import Parameters
from sandbox.telegram.people import Person
from sandbox.telegram.world import World

_NAME = re.compile(r"[a-z0-9_]{1,32}")
_COMMANDS_MAX = 100
_EVERYWHERE = frozenset({"default", "all_private_chats", "all_group_chats", "all_chat_administrators"})
_IN_ONE_CHAT = frozenset({"chat", "chat_administrators", "chat_member"})


def set_my_commands(world: World, call: Parameters) -> bool:
    commands = call.json("commands")
    if not isinstance(commands, list):
        raise bad_request("expected an Array of BotCommand")
    if len(commands) > _COMMANDS_MAX:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not _NAME.fullmatch(command.get("command", "").removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(command.get("description", "")) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    world.commands[_key(world, call)] = [
        {"command": command["command"].removeprefix("/"), "description": command["description"]}
        for command in commands
    ]
    return True


def get_my_commands(world: World, call: Parameters) -> list[dict[str, Any]]:
    """The list set for exactly this scope and language; Telegram does not fall back here either."""
    return world.commands.get(_key(world, call), [])


def delete_my_commands(world: World, call: Parameters) -> bool:
    world.commands.pop(_key(world, call), None)
    return True


def menu(world: World, chat: Chat, person: Person) -> list[dict[str, Any]]:
    """What a client offers, in this order (https://core.telegram.org/bots/api#determining-list-of-commands)."""
    scopes: list[dict[str, Any]] = [{"type": "chat", "chat_id": chat.id}]
    if chat.owner is None:
        scopes.insert(0, {"type": "chat_member", "chat_id": chat.id, "user_id": person.id})
        if person.id in chat.administrators:
            administrators = {"type": "chat_administrators", "chat_id": chat.id}
            scopes[1:1] = [administrators]
            scopes.append({"type": "all_chat_administrators"})
    scopes += [{"type": "all_private_chats" if chat.owner else "all_group_chats"}, {"type": "default"}]
    for scope in scopes:
        for language in (person.language_code, ""):
            found = world.commands.get((json.dumps(scope, sort_keys=True), language or ""))
            if found:
                return found
    return []


def _key(world: World, call: Parameters) -> tuple[str, str]:
    scope = call.json("scope") or {"type": "default"}
    kind = scope.get("type") if isinstance(scope, dict) else None
    if kind in _IN_ONE_CHAT:
        known_chat(world, str(scope.get("chat_id", "")))
    elif kind not in _EVERYWHERE:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    language = call.text("language_code")
    if language and not re.fullmatch("[a-z]{2}", language):
        raise bad_request("invalid language code specified")
    return json.dumps(scope, sort_keys=True), language
