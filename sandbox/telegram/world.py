"""All that Telegram remembers about one bot: people, chats, files, commands, presses, the webhook."""

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from sandbox.telegram.changes import Changes
from sandbox.telegram.chats import Chat
from sandbox.telegram.messages import Press, StoredFile
from sandbox.telegram.people import BotAccount, Person
from sandbox.telegram.updates import UpdateQueue


class World:
    """What the methods of the Bot API read and change."""

    def __init__(
        self,
        bot: BotAccount,
        clock: Callable[[], datetime],
        first_update_id: int,
        query_lifetime: timedelta,
    ) -> None:
        self.bot = bot
        self.clock = clock
        self.query_lifetime = query_lifetime
        self.changes = Changes()
        self.updates = UpdateQueue(first_update_id, clock)
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, StoredFile] = {}
        self.presses: dict[str, Press] = {}
        self.commands: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.webhook: dict[str, Any] = {}
        self._file_numbers = itertools.count(1)
        self._press_numbers = itertools.count(4_000_000_000_000_000_001)

    def add_person(self, person: Person) -> Person:
        """Let somebody in, with their private chat. ValueError if the id is taken."""
        self.add_chat(Chat(self, person.id, "private", person.first_name, owner=person))
        self.people[person.id] = person
        return person

    def add_chat(self, chat: Chat) -> Chat:
        """Put a chat into the world. ValueError if the id is taken."""
        if chat.id in self.chats:
            raise ValueError(f"there is a chat {chat.id} already")
        self.chats[chat.id] = chat
        return chat

    def store_file(self, name: str, mime_type: str, data: bytes, folder: str) -> StoredFile:
        """Keep a file's bytes under a fresh file_id."""
        number = next(self._file_numbers)
        file = StoredFile(
            file_id=f"sandbox-file-{number}",
            unique_id=f"unique-{number}",
            path=f"{folder}/file_{number}{PurePosixPath(name).suffix}",
            name=name,
            mime_type=mime_type,
            data=data,
        )
        self.files[file.file_id] = file
        return file

    def new_press_id(self) -> str:
        return str(next(self._press_numbers))

    def push(self, kind: str, payload: dict[str, Any]) -> None:
        """Queue an update for the bot, if it asked for this kind."""
        self.updates.push(kind, payload)
        self.changes.ring()

    def transcript(self) -> str:
        """All chats that have a word in them, one after the other."""
        spoken = [chat for chat in self.chats.values() if chat.messages]
        return "\n\n".join(f"== {chat.title} ({chat.id})\n{chat.transcript()}" for chat in spoken)
