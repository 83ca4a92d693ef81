"""What goes into a chat, as plain values: a screen is text and keys; the notifier gives it to Telegram."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .words import Html


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One button: either a token of ours or a link."""

    label: str
    token: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """`ask`: show an answer field with this placeholder to the person who is answered."""

    html: Html
    rows: tuple[tuple[Key, ...], ...] = ()
    ask: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "html": str(self.html),
            "rows": [[[key.label, key.token, key.url] for key in row] for row in self.rows],
            "ask": self.ask,
        }

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> "Screen":
        return Screen(
            html=Html(content["html"]),
            rows=tuple(
                tuple(Key(label=label, token=token, url=url) for label, token, url in row)
                for row in content["rows"]
            ),
            ask=content["ask"],
        )
