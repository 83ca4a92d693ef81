"""What stands in a chat: messages with their buttons and files, and the pressing of a button."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sandbox.telegram.people import Person


@dataclass(frozen=True, slots=True)
class Button:
    """One inline button; `raw` is the whole Bot API object."""

    text: str
    callback_data: str | None
    url: str | None
    copy_text: str | None
    style: str | None
    raw: Mapping[str, Any] = field(repr=False, compare=False)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Button":
        return cls(
            text=raw["text"],
            callback_data=raw.get("callback_data"),
            url=raw.get("url"),
            copy_text=(raw.get("copy_text") or {}).get("text"),
            style=raw.get("style"),
            raw=raw,
        )


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file somebody sent. `path` is what getFile answers as `file_path`."""

    file_id: str
    unique_id: str
    path: str
    name: str
    mime_type: str
    data: bytes = field(repr=False)

    def json(self) -> dict[str, Any]:
        """The fields that `File`, `Document` and `PhotoSize` share."""
        return {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": len(self.data)}


@dataclass(slots=True, eq=False)
class Topic:
    """A topic of a forum. Its id is that of the message that tells of its beginning."""

    name: str
    by_bot: bool
    closed: bool = False
    icon_color: int = 0x6FB9F0


def _inline(markup: Mapping[str, Any] | None) -> list[list[Button]]:
    return [[Button.from_json(raw) for raw in row] for row in (markup or {}).get("inline_keyboard", [])]


@dataclass(slots=True, eq=False)
class Message:
    """A message as it stands now; `edits` keeps the texts, `markups` the keys it had before, oldest first.

    `text` is the caption where there is a file. `html` is what the bot sent with parse_mode=HTML,
    otherwise the escaped text. `entities` are Bot API `MessageEntity` objects. `sender` is "channel"
    for a post of the channel itself. `extra` is laid over the message's JSON as it is.
    """

    id: int
    sender: Person | Literal["bot", "channel"]
    text: str
    date: datetime
    html: str = ""
    entities: list[dict[str, Any]] = field(default_factory=list)
    markup: dict[str, Any] | None = None
    reply_to: int | None = None
    thread_id: int | None = None
    kind: Literal["text", "photo", "document", "sticker", "voice", "contact", "service"] = "text"
    file: StoredFile | None = None
    contact: dict[str, Any] | None = None
    protected: bool = False
    quiet: bool = False  # it made no sound
    edits: list[str] = field(default_factory=list)
    markups: list[dict[str, Any] | None] = field(default_factory=list)
    edited_at: datetime | None = None
    deleted: bool = False
    pinned: bool = False
    reactions: list[str] = field(default_factory=list)  # the bot's
    moods: dict[int, str] = field(default_factory=dict)  # people's reactions, by who they are
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def keyboard(self) -> list[list[Button]]:
        """Rows of inline buttons; empty without an inline keyboard."""
        return _inline(self.markup)

    @property
    def keyboards(self) -> list[list[list[Button]]]:
        """Every inline keyboard it has had, the one it has now last."""
        return [_inline(markup) for markup in (*self.markups, self.markup)]

    def asks_for_people(self, label: str) -> int:
        """The request_id of the key with this label that opens the list of people. LookupError: none."""
        keys = [key for row in (self.markup or {}).get("keyboard", []) for key in row]
        for key in keys:
            if key["text"].startswith(label) and "request_users" in key:
                return int(key["request_users"]["request_id"])
        raise LookupError(f"no key {label!r} for people on message {self.id}, only {keys}")

    def button(self, label: str) -> Button | None:
        """The first inline button whose text starts with `label`."""
        buttons = (button for row in self.keyboard for button in row)
        return next((button for button in buttons if button.text.startswith(label)), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """What answerCallbackQuery said: a toast, or an alert where `show_alert`."""

    text: str
    show_alert: bool
    url: str | None


@dataclass(slots=True, eq=False)
class Press:
    """A press of an inline button; `answer` is None until the bot answers."""

    id: str
    chat_id: int
    person: Person
    message: Message
    label: str
    data: str
    at: datetime
    answer: Answer | None = None
