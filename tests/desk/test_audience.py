"""Rows to a frozen audience: nobody twice, nothing guessed, every row that is dropped named and why."""

import io
import json
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.audience import Frozen, Recipient, dropped_rows, freeze, numbers, recipients, sift
from desk.columns import Columns
from desk.recipients import Dropped
from desk.tables import Row
from providers.sms import BadNumber, parse_msisdn

ONE = Columns(number=0, name=None, header=0, names=("1",))


def found(*cells: str, columns: Columns = ONE) -> list[Recipient | Dropped]:
    rows = [Row(number, [cell]) for number, cell in enumerate(cells, start=1)]
    return list(sift(rows, columns, region="RU"))


def frozen(found: list[Recipient | Dropped]) -> Frozen:
    return freeze(found, io.StringIO(), io.StringIO())


@pytest.mark.parametrize(
    "cell",
    [
        *("79161234567", "+7 (916) 123-45-67", "8 916 123 45 67", "9161234567", " 79161234567 "),
        *('="79161234567"', "'79161234567", "79161234567.0", "79161234567,00", "+7\u00a0916\u00a0123-45-67"),
    ],
)
def test_a_number_as_people_and_spreadsheets_write_it(cell: str) -> None:
    assert numbers(cell, region="RU") == [(cell, "79161234567")]


@pytest.mark.parametrize(
    "cell",
    [
        *("7,9161E+10", "7.9161E+10", "7,9161E10", "7,92E+10", "+7,9161e+10", "8E+10", "7,9161Е+10"),
        *("79161200000", "79160000000", "9161200000", "########", "#ЗНАЧ!", "#N/A", "#REF!"),
        *("7,9161234567E+10",),
    ],
)
def test_u45_what_a_spreadsheet_has_mangled_is_refused_not_guessed(cell: str) -> None:
    assert numbers(cell, region="RU") == [(cell, "mangled")]


def test_zeros_that_somebody_wrote_out_are_no_truncation() -> None:
    assert numbers("+7 916 120-00-00", region="RU") == [("+7 916 120-00-00", "79161200000")]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("79161234567, 89161234568", ["79161234567", "79161234568"]),
        ("79161234567/79161234568", ["79161234567", "79161234568"]),
        ("+7 916 123-45-67; +7 916 123-45-68;", ["79161234567", "79161234568"]),
        ("79161234567\n79161234568 и 79161234569", ["79161234567", "79161234568", "79161234569"]),
        ("79161234567, 123", ["79161234567", "malformed"]),
        ("79161234567, 84951234567", ["79161234567", "landline"]),
        ("", ["empty"]),
        ("   ", ["empty"]),
        ("нет", ["malformed"]),
        ("79161234567 доб. 12", ["malformed"]),
        ("7916123456", ["malformed"]),
        ("4951234567", ["foreign"]),
        ("84951234567", ["landline"]),
        ("+491711234567", ["foreign"]),
    ],
)
def test_what_a_cell_holds(cell: str, expected: list[str]) -> None:
    assert [one for _, one in numbers(cell, region="RU")] == expected


def test_foreign_numbers_where_they_are_allowed() -> None:
    assert numbers("+491711234567", region="RU", abroad=["DE"]) == [("+491711234567", "491711234567")]
    assert numbers("+375291234567", region="RU", abroad=["DE"]) == [("+375291234567", "foreign")]


def test_rows_become_an_audience_and_what_is_dropped_is_named_by_its_row() -> None:
    columns = Columns(number=1, name=0, header=2, names=("Имя", "Телефон"))
    rows = [
        Row(1, ["Список"]),
        Row(2, ["Имя", "Телефон"]),
        Row(3, ["Анна", "89161234567"]),
        Row(4, ["Борис", "12"]),
        Row(6, ["Вера", "+7 916 123-45-67"]),
        Row(7, ["Глеб", "79161234568"], hidden=True),
        Row(8, ["Дарья"]),
        Row(9, ["Егор", "79161234569, 79161234567"]),
    ]
    assert list(sift(rows, columns, region="RU")) == [
        Recipient(3, "79161234567", ["Анна", "89161234567"]),
        Dropped(place=4, raw="12", why="malformed"),
        Dropped(place=6, raw="+7 916 123-45-67", why="duplicate"),
        Dropped(place=7, raw="79161234568", why="hidden"),
        Dropped(place=8, raw="", why="empty"),
        Recipient(9, "79161234569", ["Егор", "79161234569, 79161234567"]),
        Dropped(place=9, raw="79161234567", why="duplicate"),
    ]


PRETTY = "89040000000"


@pytest.mark.parametrize(
    ("cells", "kept"),
    [
        ([PRETTY, *(f"8904000000{place}" for place in range(1, 4))], True),
        ([PRETTY, *(f"8904000000{place}" for place in range(1, 3))], False),
        (["79161200000", PRETTY, *(f"7904000{place:04}" for place in range(1, 40))], False),
        (["79161200000", PRETTY, *(f"790400{place:05}" for place in range(1, 20_000))], False),
        (["79161200000", PRETTY, *(f"790400{place:05}" for place in range(1, 20_001))], True),
        ([PRETTY, *(f"8 (904) 000-00-0{place}" for place in range(1, 9))], False),
        ([f"79{place:04}00000" for place in range(1000, 3000)], False),
    ],
)
def test_a_spreadsheet_cuts_a_column_and_not_a_cell(cells: list[str], kept: bool) -> None:
    everything = found(*cells)
    mangled = [one for one in everything if isinstance(one, Dropped) and one.why == "mangled"]
    assert (not mangled) is kept
    assert len(everything) == len(cells)
    assert not kept or Recipient(cells.index(PRETTY) + 1, "79040000000", [PRETTY]) in everything


def test_zeros_of_a_cell_that_is_a_text_are_what_somebody_wrote() -> None:
    rows = [Row(1, [PRETTY], whole=frozenset({0})), Row(2, [PRETTY, PRETTY], whole=frozenset({1}))]
    assert [one.why for one in sift(rows, ONE, region="RU") if isinstance(one, Dropped)] == ["mangled"]
    for cell in (f"'{PRETTY}", f'="{PRETTY}"'):
        assert numbers(cell, region="RU") == [(cell, "79040000000")]


_cells = st.text(st.sampled_from("0123456789+-() .,;/Ee#='\"\n\u200b\u0667я"), max_size=30)
_typed = st.from_regex(r"(\+?7|8)?[349][0-9]{9}", fullmatch=True)


@settings(deadline=None)
@given(st.lists(_cells | _typed, max_size=30))
def test_every_row_is_kept_or_named_and_nobody_is_there_twice(cells: list[str]) -> None:
    kept_or_dropped = found(*cells)
    kept = [one for one in kept_or_dropped if isinstance(one, Recipient)]
    assert len({one.msisdn for one in kept}) == len(kept)
    assert {one[0] if isinstance(one, Recipient) else one.place for one in kept_or_dropped} == set(
        range(1, len(cells) + 1)
    )
    for one in kept:
        assert parse_msisdn(f"+{one.msisdn}") == one.msisdn


@settings(deadline=None)
@given(_cells | _typed)
def test_a_cell_is_never_read_more_boldly_than_a_number_that_is_typed(cell: str) -> None:
    try:
        alone = parse_msisdn(cell)
    except BadNumber:
        return
    assert numbers(cell, region="RU") in ([(cell, alone)], [(cell, "mangled")])


def test_an_audience_is_written_down_and_read_back() -> None:
    kept, dropped = io.StringIO(), io.StringIO()
    everything = found("79161234567", "Ёж \ud800", "79161234568", "79161234567")
    freeze(everything, kept, dropped)
    assert list(recipients(kept.getvalue().splitlines())) == [
        one for one in everything if isinstance(one, Recipient)
    ]
    assert list(dropped_rows(dropped.getvalue().splitlines())) == [
        one for one in everything if isinstance(one, Dropped)
    ]


def test_what_is_frozen_says_how_many_and_shows_some() -> None:
    one = frozen(found(*(f"7916123{place:04}" for place in range(1, 6)), *["x"] * 30))
    assert (one.count, one.dropped) == (5, {"malformed": 30})
    assert [sample.msisdn for sample in one.samples] == ["79161230001", "79161230002", "79161230003"]
    assert len(one.first_dropped) == 20
    assert Frozen.from_json(json.loads(json.dumps(one.as_json()))) == one


def test_the_digest_tells_every_difference() -> None:
    cells = [f"7916123{place:04}" for place in range(1, 40)]
    shuffled = [*cells]
    Random(1).shuffle(shuffled)  # noqa: S311 - of test data
    one, other = frozen(found(*cells)), frozen(found(*shuffled))
    assert one.digest != other.digest
    assert frozen(found(*cells)) == one
    renamed = [one._replace(values=["x"]) if isinstance(one, Recipient) else one for one in found(*cells)]
    assert frozen(renamed).digest != one.digest
