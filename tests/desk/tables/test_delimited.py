"""CSV in whatever encoding and delimiter gives the same rows; what is no table is refused in words."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.tables import BadTable, Limits, Row, Table, open_table
from desk.tables.guard import is_guarded

SAMPLES = Path(__file__).parent / "samples"
ROWS = [
    ["Телефон", "Имя", "Заказ"],
    ["+7 903 123-45-67", "Анна", "12"],
    ["8 (916) 765-43-21", 'ООО "Ёж; и, Ко"', "первая строка\nвторая"],
    ["9261112233", "Борис", "3,50"],
]
ENCODINGS = {
    "utf8": "utf-8",
    "utf8-bom": "utf-8-sig",
    "cp1251": "cp1251",
    "utf16": "utf-16",
    "cp866": "cp866",
}
DELIMITERS = {"semicolon": ";", "comma": ",", "tab": "\t"}


def table(content: bytes, limits: Limits | None = None) -> Table:
    return open_table(io.BytesIO(content), limits or Limits())


def cells(content: bytes) -> list[list[str]]:
    return [row.cells for row in table(content).rows()]


@pytest.mark.parametrize("headless", [False, True])
@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_u44_every_encoding_and_delimiter_gives_the_same_rows(
    encoding: str, delimiter: str, headless: bool
) -> None:
    name = f"{encoding}-{delimiter}{'-headless' if headless else ''}.csv"
    found = table((SAMPLES / name).read_bytes())
    assert (found.form, found.encoding, found.delimiter) == (
        "csv",
        ENCODINGS[encoding],
        DELIMITERS[delimiter],
    )
    expected = ROWS[1:] if headless else ROWS
    assert list(found.rows()) == [Row(number, row) for number, row in enumerate(expected, start=1)]
    assert list(found.rows()) == list(found.rows())


_cell = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.sampled_from(";,\t\n\"'"), max_size=8
)


@settings(deadline=None)
@given(
    rows=st.lists(st.tuples(st.from_regex(r"79[0-9]{9}", fullmatch=True), _cell, _cell), min_size=1),
    delimiter=st.sampled_from(sorted(DELIMITERS.values())),
    encoding=st.sampled_from(["utf-8-sig", "utf-16"]),
)
def test_what_a_spreadsheet_writes_is_read_back(
    rows: list[tuple[str, str, str]], delimiter: str, encoding: str
) -> None:
    """With its delimiter declared, as Excel understands it: nothing is left to a guess."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    declared = f"sep={delimiter}\r\n{file.getvalue()}"
    read = [[cell[1:] if is_guarded(cell) else cell for cell in row] for row in rows]  # a guard comes off
    assert cells(declared.encode(encoding)) == read


@settings(deadline=None)
@given(st.binary(max_size=400) | st.text(st.sampled_from('79;,\t"\r\n\0Яa'), max_size=60).map(str.encode))
def test_any_bytes_are_a_table_or_a_bad_one(content: bytes) -> None:
    try:
        rows = list(table(content).rows())
    except BadTable:
        return
    assert all("\0" not in cell for row in rows for cell in row.cells)
    assert all(any(row.cells) for row in rows)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_recognised(encoding: str) -> None:
    assert cells("Телефон;Имя\r\n79031234567;Анна\r\n".encode(encoding))[1] == ["79031234567", "Анна"]


def test_one_cyrillic_letter_far_down_decides_the_encoding() -> None:
    rows = "".join(f"7903{number:07};x\n" for number in range(100_000))
    assert cells((rows + "79160000001;Ёж\n").encode("cp1251"))[-1] == ["79160000001", "Ёж"]
    assert cells((rows + "79160000001;Ёж\n").encode())[-1] == ["79160000001", "Ёж"]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("7,9161E+10\n7,9162E+10\n", [["7,9161E+10"], ["7,9162E+10"]]),
        ("7,9161E+10;Анна\n79161234567;Борис\n", [["7,9161E+10", "Анна"], ["79161234567", "Борис"]]),
        ("79161234567;Иванов, Иван\n79161234568;Петров, Пётр\n", [
            ["79161234567", "Иванов, Иван"], ["79161234568", "Петров, Пётр"]]),
        ("79161234567;1,50;2,50\n79161234568;3,50;4,50\n", [
            ["79161234567", "1,50", "2,50"], ["79161234568", "3,50", "4,50"]]),
        ("+7 916 123-45-67\n+7 916 123-45-68\n", [["+7 916 123-45-67"], ["+7 916 123-45-68"]]),
        ("79161234567", [["79161234567"]]),
        ("sep=|\n79161234567|Анна\n", [["79161234567", "Анна"]]),
        ('Рост 5"10;79161234567\n', [['Рост 5"10', "79161234567"]]),
    ],
)  # fmt: skip
def test_where_a_row_is_divided(content: str, rows: list[list[str]]) -> None:
    assert cells(content.encode()) == rows


def test_rows_keep_the_numbers_a_spreadsheet_shows_them_by() -> None:
    content = b'phone;note\n\n79161234567;"two\nlines"\n;\n79161234568;x\n'
    assert [(row.number, row.cells[0]) for row in table(content).rows()] == [
        (1, "phone"), (3, "79161234567"), (5, "79161234568")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "no-rows"),
        (b"%PDF-1.7\n\x00\x01\x02", "not-a-table"),
        (b"%PDF-1.4\nno control characters", "not-a-table"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not-a-table"),
        (b"\xff\xd8\xff\xe0JFIF", "not-a-table"),
        (b"{\\rtf1 text}", "not-a-table"),
        (b"\x7fELF\x02\x01\x01\x00", "unknown-format"),
        (b"<html><table><tr><td>79161234567</td></tr></table>", "html"),
        (b'<?xml version="1.0"?><Workbook/>', "html"),
        (b'1;"79161234567\n79161234568;x\n', "quotes"),
        ('79161234567;"ООО "Ромашка""\n79161234568;x\n'.encode(), "quotes"),
        (b"79161234567;" + b"x" * 40_000, "cell-too-long"),
        (b"x;" * 600, "too-many-columns"),
        (b"x" * 2**21, "too-many-columns"),
    ],
)
def test_what_is_no_table_is_named(content: bytes, word: str) -> None:
    with pytest.raises(BadTable) as caught:
        list(table(content).rows())
    assert caught.value.word == word


def test_a_stray_quote_is_found_by_its_row() -> None:
    with pytest.raises(BadTable) as caught:
        list(table(b'1;2\n3;4\n5;"6\n7;8\n9;"10"\n').rows())
    assert (caught.value.word, caught.value.details) == ("quotes", {"row": 3})


def test_limits_of_size_and_rows() -> None:
    with pytest.raises(BadTable) as caught:
        table(b"x;y\n" * 10, Limits(size=39))
    assert (caught.value.word, caught.value.details) == ("too-big", {"size": 40, "limit": 39})
    assert len(list(table(b"x;y\n" * 10, Limits(size=40, rows=10)).rows())) == 10
    with pytest.raises(BadTable, match="too-many-rows"):
        list(table(b"x;y\n" * 11, Limits(rows=10)).rows())
