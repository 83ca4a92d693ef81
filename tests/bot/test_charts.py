"""The chart as a picture: drawn for any number of days, each outcome in its own colour."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.charts import COLOURS, draw
from bot.keyboards import Chart, Curve, Screen
from bot.words import Html
from desk.statistics import Outcome


@pytest.mark.parametrize("days", [1, 7, 366])
def test_a_chart_is_a_png(days: int) -> None:
    series = tuple((outcome, "в пути", tuple(range(days))) for outcome in Outcome)
    picture = draw(Chart(days=tuple(f"{day} нояб." for day in range(days)), series=series))
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(picture) < 200_000


@pytest.mark.parametrize("line", [None, Decimal(500)])
@pytest.mark.parametrize("values", [("1000.00", "-0.5"), ("0",) * 366])
def test_a_curve_is_a_png(values: tuple[str, ...], line: Decimal | None) -> None:
    days = tuple(f"{day} нояб." for day in range(len(values)))
    curve = Curve(days=days, name="Баланс", values=tuple(map(Decimal, values)), line=line)
    picture = draw(curve)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert picture != draw(replace(curve, line=Decimal(1)))


def test_other_counts_make_another_picture() -> None:
    pictures = {
        draw(Chart(days=("1", "2"), series=((outcome, "name", counts),)))
        for outcome in ("delivered", "failed")
        for counts in ((1, 2), (2, 1))
    }
    assert len(pictures) == 4


def test_every_outcome_has_a_colour_of_its_own() -> None:
    assert set(COLOURS) == set(Outcome)
    assert len(set(COLOURS.values())) == len(COLOURS)


def test_a_screen_with_a_chart_survives_the_outbox() -> None:
    screen = Screen(html=Html("<b>x</b>"), chart=Chart(days=("1",), series=(("failed", "failed", (2,)),)))
    assert Screen.from_json(screen.as_json()) == screen
    before_there_were_charts: dict[str, Any] = {"html": "x", "rows": [], "ask": None}
    assert Screen.from_json(before_there_were_charts) == Screen(html=Html("x"))
