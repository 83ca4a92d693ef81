"""People, as Telegram shows them to a bot."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a Telegram account; `language_code` is what their client is set to, or None."""

    id: int
    first_name: str
    username: str | None = None
    language_code: str | None = None

    def json(self) -> dict[str, Any]:
        """A Bot API `User`."""
        user: dict[str, Any] = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        if self.username:
            user["username"] = self.username
        if self.language_code:
            user["language_code"] = self.language_code
        return user


@dataclass(frozen=True, slots=True)
class BotAccount:
    """The bot whose server this is."""

    id: int
    username: str
    first_name: str = "SMS desk"

    def json(self) -> dict[str, Any]:
        """A Bot API `User`."""
        return {"id": self.id, "is_bot": True, "first_name": self.first_name, "username": self.username}
