"""What follows /alerts, in both languages; and what is none of it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.watching import Digesting, Quieting, Watching, Wish, Zoning, read


@pytest.mark.parametrize(
    ("typed", "wish"),
    [
        ("500", Watching(below=Decimal(500))),
        ("-12,50", Watching(below=Decimal("-12.50"))),
        ("0", Watching(below=Decimal(0))),
        ("3d", Watching(days=3)),
        ("3 days", Watching(days=3)),
        ("5 дней", Watching(days=5)),
        ("trouble", Watching()),
        ("off", Watching(off=True)),
        ("ВЫКЛ", Watching(off=True)),
        ("main 500", Watching(account="main", below=Decimal(500))),
        ('"our main" 3д', Watching(account="our main", days=3)),
        ("500 to=@money", Watching(below=Decimal(500), to="@money")),
        ('to="Our money" main 500', Watching(account="main", below=Decimal(500), to="Our money")),
        ("500 куда=-1001", Watching(below=Decimal(500), to="-1001")),
        ("digest daily 9", Digesting(minute=540)),
        ("сводка неделя 9:30 to=here", Digesting(weekly=True, minute=570, to="here")),
        ("digest off", Digesting()),
        ("quiet 22-8", Quieting(start=1320, end=480)),
        ("тихо 22:30 – 07:15", Quieting(start=1350, end=435)),
        ("quiet 0-0:01", Quieting(start=0, end=1)),
        ("quiet off", Quieting()),
        ("zone Asia/Omsk", Zoning(zone="Asia/Omsk")),
    ],
)
def test_what_is_wished_for(typed: str, wish: Wish) -> None:
    assert read(typed) == wish


@pytest.mark.parametrize(
    "typed",
    [
        "main", "500 main", "0d", "1000d", "5e3", "٥٠٠", '"" 500', "to=@money", "3٣d",
        "digest", "digest daily", "digest daily 24", "digest daily 9:60", "digest hourly 9",
        "digest off to=here",
        "quiet", "quiet 22", "quiet 8-8", "quiet 22-24", "quiet 22-8 to=here",
        "zone", "zone ../etc/passwd", "zone Moscow", "zone Asia/Omsk Asia/Omsk", "zone UTC to=here",
    ],
)  # fmt: skip
def test_what_is_none_of_it(typed: str) -> None:
    assert read(typed) is None


@given(st.text())
def test_nothing_typed_breaks_it(typed: str) -> None:
    read(typed)
    read(f"zone {typed}")
    read(f"quiet {typed}")
    read(f"digest daily {typed}")
