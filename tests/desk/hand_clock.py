"""A clock that stands until a test moves it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..storage.seeds import NOON


@dataclass
class HandClock:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by
