"""Screens about people: however many there are and however long their names, Telegram takes them."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot import staff
from bot.keyboards import Screen
from bot.voice import LIMIT
from bot.words import Words
from storage.people import Person, Role

SCREENS: dict[str, Callable[[Words, list[Person]], Screen]] = {
    "users": lambda words, known: staff.everybody(
        words, known, {1001: "none"}, {one.id: "t" for one in known}
    ),
    "sent away": lambda words, known: staff.lost_with_a_group(words, "Ы" * 128, known),
}


def crowd(count: int, name: str) -> list[Person]:
    return [
        Person(
            id=2**52 - 1 - number,
            name=name,
            role=Role.ADMIN,
            added_by=1,
            via="reply",
            chat_id=None,
            added_at=datetime(2026, 9, 21, tzinfo=UTC),
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("name", ["Екатерина Константинова", "<" * 128, "😀" * 128])
@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("count", [1, 50, 500])
def test_people_have_room(language: str, name: str, screen: str, count: int) -> None:
    shown = SCREENS[screen](Words(language, ZoneInfo("Europe/Moscow")), crowd(count, name))
    assert len(shown.html.encode("utf-16-le")) // 2 < LIMIT
    lines = shown.html.count(" · id ")
    told = str(count - lines) in shown.html.split("</b>", 1)[1]
    assert lines == count or told
    assert len(shown.rows) == (min(count, 50) if screen == "users" else 0)
