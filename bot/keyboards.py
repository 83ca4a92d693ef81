"""What goes into a chat, as plain values: a screen is text and keys; the notifier gives it to Telegram."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from storage.db import Database

from .words import Html

COPIED = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One button: a token of ours, a link, or a text to copy, at most COPIED characters."""

    label: str
    token: str | None = None
    url: str | None = None
    copy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Stacked bars, one a day. `series`: outcome, its name for people, and its count on each of `days`."""

    days: tuple[str, ...]
    series: tuple[tuple[str, str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A line over days. `name` is what it shows, for people; `line` a level to compare it with."""

    days: tuple[str, ...]
    name: str
    values: tuple[Decimal, ...]
    line: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file, made when it is sent: it may be long. `make` raises nothing of its own."""

    name: str
    make: Callable[[Database], Awaitable[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A key that opens Telegram's own list of people; the one who is chosen comes as a message."""

    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """`ask`: show an answer field with this placeholder to the person who is answered.

    `edits`: it takes the place of this message of the bot's. With a `chart` or `curve` it is a picture, with
    a `document` a file, and the text is its caption. Curve and document are made when they are sent and never
    stored with what is said. `calm`: it changes all the time, and is edited less often than others.
    """

    html: Html
    rows: tuple[tuple[Key, ...], ...] = ()
    ask: str | None = None
    chart: Chart | None = None
    curve: Curve | None = None
    document: Document | None = None
    pick: Pick | None = None
    edits: int | None = None
    calm: bool = False

    @property
    def tokens(self) -> list[str]:
        """Of its buttons."""
        return [key.token for row in self.rows for key in row if key.token is not None]

    def as_json(self) -> dict[str, Any]:
        return {
            "html": str(self.html),
            "rows": [[[key.label, key.token, key.url, key.copy] for key in row] for row in self.rows],
            "ask": self.ask,
            "chart": None if self.chart is None else [self.chart.days, self.chart.series],
            "pick": None if self.pick is None else self.pick.label,
            "edits": self.edits,
        }

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> "Screen":
        return Screen(
            html=Html(content["html"]),
            rows=tuple(
                tuple(
                    Key(label=label, token=token, url=url, copy=next(iter(copy), None))
                    for label, token, url, *copy in row
                )
                for row in content["rows"]
            ),
            ask=content["ask"],
            chart=_chart(content.get("chart")),
            pick=Pick(label=content["pick"]) if content.get("pick") else None,
            edits=content.get("edits"),
        )


def _chart(content: Any) -> Chart | None:
    if content is None:
        return None
    days, series = content
    return Chart(
        days=tuple(days), series=tuple((outcome, name, tuple(counts)) for outcome, name, counts in series)
    )
