"""What people do on the page, done to the stand-ins.

Each action takes the scene and what the page sent, and raises ValueError or LookupError for a refusal.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.page.scene import Answered, Scene
from sandbox.telegram import Chat, Message, Person

Body = dict[str, Any]
Action = Callable[[Scene, Body], Awaitable[dict[str, Any]]]

LANGUAGES = ("ru", "en")


async def say(scene: Scene, body: Body) -> dict[str, Any]:
    """`chat`, `person`, `text`; `reply_to` and `thread` if any. ValueError: people do not speak there."""
    chat, person = _there(scene, body)
    text = _text(body)
    if chat.type == "channel":
        raise ValueError("only the bot writes in a channel")
    return {"message": chat.say(person, text, **_place(chat, body)).id}


async def edit(scene: Scene, body: Body) -> dict[str, Any]:
    """`chat`, `person`, `message`, `text`: of one's own."""
    chat, message = _own(scene, body)
    if message.text != _text(body):
        chat.edit(message, _text(body))
    return {}


async def delete(scene: Scene, body: Body) -> dict[str, Any]:
    """`chat`, `person`, `message`: of one's own."""
    chat, message = _own(scene, body)
    chat.delete(message)
    return {}


async def press(scene: Scene, body: Body) -> dict[str, Any]:
    """`chat`, `person`, `message`, `data` of the button."""
    chat, person = _there(scene, body)
    return {"press": chat.press_button(person, _message(chat, body), str(body["data"])).id}


async def react(scene: Scene, body: Body) -> dict[str, Any]:
    """`chat`, `person`, `message`, `emoji` or null."""
    chat, person = _there(scene, body)
    emoji = body.get("emoji")
    chat.react(person, _message(chat, body), None if emoji is None else str(emoji))
    return {}


async def pick(scene: Scene, body: Body) -> dict[str, Any]:
    """`chat`, `person`, `message`, `label` of the key that asks for people, and whom: `picked`."""
    chat, person = _there(scene, body)
    picked = [_person(scene, id_) for id_ in body["picked"]]
    return {"message": chat.pick_people(person, _message(chat, body), str(body["label"]), picked).id}


async def answer(scene: Scene, body: Body) -> dict[str, Any]:
    """`msisdn`, `text`: the customer answers, by the gateway they heard from last."""
    msisdn, text = str(body["msisdn"]), _text(body)
    line = scene.last_line(msisdn)
    if line is None:
        raise LookupError(f"{msisdn} has heard from nobody")
    if line.receive is None:
        raise ValueError(f"{line.title} takes no answers")
    line.receive(msisdn, text)
    scene.answers.append(Answered(msisdn=msisdn, text=text, line=line.name, at=line.stand.account.now()))
    return {}


async def trouble(scene: Scene, body: Body) -> dict[str, Any]:
    """`name`, `on`."""
    await scene.troubles.switch(str(body["name"]), body["on"] is True)
    return {}


async def language(scene: Scene, body: Body) -> dict[str, Any]:
    """`code`: what everybody's Telegram is set to."""
    if body["code"] not in LANGUAGES:
        raise ValueError(f"the page speaks {' and '.join(LANGUAGES)}")
    scene.telegram.set_language(body["code"])
    return {}


ACTIONS: dict[str, Action] = {
    action.__name__: action for action in (say, edit, delete, press, react, pick, answer, trouble, language)
}


def document(scene: Scene, body: Body, name: str, mime_type: str, data: bytes) -> dict[str, Any]:
    """As `say`, with a file; `caption` if any. ValueError: it is empty, or people do not speak there."""
    chat, person = _there(scene, body)
    if chat.type == "channel" or not data:
        raise ValueError("a file needs some bytes and a chat for people")
    sent = chat.send_document(
        person, name, data, str(body.get("caption") or "") or None, mime_type, **_place(chat, body)
    )
    return {"message": sent.id}


def _there(scene: Scene, body: Body) -> tuple[Chat, Person]:
    """The chat and a member of it."""
    person = _person(scene, body["person"])
    for chat in scene.telegram.chats:
        if chat.id == int(body["chat"]) and person.id in chat.members:
            return chat, person
    raise LookupError(f"{person.first_name} is in no such chat")


def _person(scene: Scene, id_: Any) -> Person:
    for person in scene.telegram.people:
        if person.id == int(id_):
            return person
    raise LookupError(f"nobody has the id {id_}")


def _message(chat: Chat, body: Body) -> Message:
    found = chat.find(int(body["message"]))
    if found is None:
        raise LookupError("no such message stands in the chat")
    return found


def _own(scene: Scene, body: Body) -> tuple[Chat, Message]:
    chat, person = _there(scene, body)
    message = _message(chat, body)
    if not isinstance(message.sender, Person) or message.sender.id != person.id:
        raise ValueError("only what one has said oneself")
    return chat, message


def _text(body: Body) -> str:
    text = str(body["text"]).strip()
    if not text:
        raise ValueError("nothing was said")
    return text


def _place(chat: Chat, body: Body) -> dict[str, Any]:
    """Where in the chat: in reply to what, in which topic."""
    place: dict[str, Any] = {}
    if body.get("reply_to"):
        place["reply_to"] = int(body["reply_to"])
    if body.get("thread"):
        place["message_thread_id"] = int(body["thread"])
        if place["message_thread_id"] not in chat.topics:
            raise LookupError("there is no such topic")
    return place
