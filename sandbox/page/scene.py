"""All that the page shows and moves: Telegram, the gateways and the customers behind them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.page.troubles import Troubles
from sandbox.stand import Stand
from sandbox.telegram import TelegramServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One gateway. `receive` takes a customer's SMS (MSISDN, text); None where there is no inbox."""

    name: str
    title: str
    stand: Stand
    receive: Callable[[str, str], object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a person has written as the customer."""

    msisdn: str
    text: str
    line: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`captions`: the key of a text that says who somebody is, by person. `lines`: by the names they are
    given in journals.
    """

    telegram: TelegramServer
    captions: Mapping[int, str]
    lines: Mapping[str, Line]
    troubles: Troubles
    answers: list[Answered] = field(default_factory=list)

    def last_line(self, msisdn: str) -> Line | None:
        """The gateway that a handset heard from last: where its answer goes."""
        heard = [
            (entry.accepted_at, line)
            for name, line in self.lines.items()
            for entry in line.stand.journal.accepted
            if entry.msisdn == msisdn and entry.gateway == name
        ]
        return max(heard, key=lambda one: one[0])[1] if heard else None
