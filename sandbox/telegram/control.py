"""The control face: people's hands over HTTP, for curl and for a page in a browser."""

from typing import Any

from aiohttp import web

from sandbox.telegram.chats import Chat
from sandbox.telegram.errors import ApiError, bad_request
from sandbox.telegram.messages import Message, Press
from sandbox.telegram.methods.places import known_chat
from sandbox.telegram.parameters import Parameters, read_parameters
from sandbox.telegram.people import Person
from sandbox.telegram.world import World


class ControlFace:
    """Four routes on the world; each refusal is JSON with `ok` false and a `description`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/control/say", self._say),
            web.post("/control/press", self._press),
            web.get("/control/transcript", self._transcript),
            web.get("/control/messages", self._messages),
        ]

    async def _say(self, request: web.Request) -> web.Response:
        try:
            call = await read_parameters(request)
            chat, person = known_chat(self._world, call.text("chat_id")), self._person(call)
            message = chat.say(person, call.text("text"))
        except (ApiError, ValueError) as error:
            return _refusal(error)
        return web.json_response({"ok": True, "result": told(message)})

    async def _press(self, request: web.Request) -> web.Response:
        try:
            call = await read_parameters(request)
            chat, person = known_chat(self._world, call.text("chat_id")), self._person(call)
            message = _with_button(chat, call.text("label"), call.integer("message_id"))
            press = chat.press(person, message, call.text("label"))
        except (ApiError, LookupError) as error:
            return _refusal(error)
        return web.json_response({"ok": True, "result": _told_press(press)})

    async def _transcript(self, request: web.Request) -> web.Response:
        try:
            chat = known_chat(self._world, request.query.get("chat_id", ""))
        except ApiError as error:
            return _refusal(error)
        return web.Response(text=chat.transcript() + "\n")

    async def _messages(self, request: web.Request) -> web.Response:
        try:
            chat = known_chat(self._world, request.query.get("chat_id", ""))
        except ApiError as error:
            return _refusal(error)
        return web.json_response({"ok": True, "result": [told(message) for message in chat.messages]})

    def _person(self, call: Parameters) -> Person:
        person = self._world.people.get(call.integer("person_id"))
        if person is None:
            raise bad_request("person not found")
        return person


def told(message: Message) -> dict[str, Any]:
    """A message as the control face shows it."""
    return {
        "id": message.id,
        "sender": message.sender.first_name if isinstance(message.sender, Person) else message.sender,
        "text": message.text,
        "html": message.html,
        "entities": message.entities,
        "keyboard": [[dict(button.raw) for button in row] for row in message.keyboard],
        "reply_to": message.reply_to,
        "thread_id": message.thread_id,
        "date": message.date.isoformat(),
        "edits": message.edits,
        "deleted": message.deleted,
        "reactions": message.reactions,
        "file": message.file.name if message.file else None,
    }


def _told_press(press: Press) -> dict[str, Any]:
    return {"id": press.id, "message_id": press.message.id, "label": press.label, "data": press.data}


def _with_button(chat: Chat, label: str, message_id: int) -> Message:
    """The message named, or the newest that has such a button. LookupError if there is none."""
    for message in reversed(chat.messages):
        if message_id == message.id or (not message_id and not message.deleted and message.button(label)):
            return message
    raise LookupError(f"no message with a button {label!r}")


def _refusal(error: Exception) -> web.Response:
    described = error.description if isinstance(error, ApiError) else str(error)
    return web.json_response({"ok": False, "error_code": 400, "description": described}, status=400)
