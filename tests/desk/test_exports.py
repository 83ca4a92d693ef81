"""Exports open in a spreadsheet program with Cyrillic right and numbers as text, and nothing in them runs."""

import csv
import io
import re
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.audience import Recipient, numbers, sift
from desk.columns import find
from desk.exports import csv_cell, write_csv, write_xlsx
from desk.tables import Limits, open_table

FORMULAS = [
    *("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1"),
    *("\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20SUM(A1)"),
    *("=cmd|' /C calc'!A0", '=HYPERLINK("http://x","y")', '=IMPORTXML("http://x","//a")', "+7 916 123-45-67"),
    *("-2+3+cmd|' /C calc'!D2", "@@", "=", "+", "-", "@"),
]
FORBIDDEN = re.compile(r"\s*[=+\-@\t\r\n＝＋－＠]")


def as_csv(*rows: list[str], delimiter: str = ";") -> bytes:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
    write_csv(file, ["Номер", "Причина"], rows, delimiter=delimiter)
    file.flush()
    return raw.getvalue()


def as_xlsx(*rows: list[str]) -> bytes:
    file = io.BytesIO()
    write_xlsx(file, ["Номер", "Причина"], rows)
    return file.getvalue()


@pytest.mark.parametrize("text", FORMULAS)
def test_u47_no_cell_of_csv_begins_as_a_formula(text: str) -> None:
    cell = list(csv.reader(io.StringIO(as_csv([text]).decode("utf-8-sig"), newline=""), delimiter=";"))[1][0]
    assert cell == f"'{text}"


@pytest.mark.parametrize("text", FORMULAS)
def test_u47_every_cell_of_xlsx_is_text(text: str) -> None:
    with zipfile.ZipFile(io.BytesIO(as_xlsx([text, "79161234567"]))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        styles = book.read("xl/styles.xml").decode()
    assert "<f>" not in sheet
    kinds = re.findall(r'<c r="[A-Z]+\d+" s="(\d)" t="(\w+)"', sheet)
    assert [kind for _, kind in kinds] == ["inlineStr"] * sheet.count("<c ")
    # 49 is the format of text, and what is quoted stays text when somebody goes through it.
    assert {style for style, _ in kinds} == {"1", "2"}
    assert styles.count('numFmtId="49"') == 2 == styles.count('quotePrefix="1"')


@given(st.text())
def test_no_text_at_all_is_run(text: str) -> None:
    cell = csv_cell(text)
    assert not FORBIDDEN.match(cell)
    assert cell.encode().decode() == cell


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("79161234567", "'79161234567"),
        ("0123", "'0123"),
        ("7916 1234567", "'7916 1234567"),
        ("12", "12"),
        ("12,50", "12,50"),
        ("0", "0"),
        ("Анна", "Анна"),
        ("a\x00b", "a\ufffdb"),
        ("", ""),
    ],
)
def test_u47_numbers_stay_text_in_csv(text: str, cell: str) -> None:
    assert csv_cell(text) == cell


@pytest.mark.parametrize("delimiter", [";", ","])
def test_u47_cyrillic_survives_and_what_went_out_comes_in_again(delimiter: str) -> None:
    rows = [["79161234567", 'ООО "Ёж; и, Ко"'], ["+7 916 123-45-68", "две\nстроки"]]
    content = as_csv(*rows, delimiter=delimiter)
    assert content.startswith("\ufeff".encode())
    read = [row.cells for row in open_table(io.BytesIO(content), Limits()).rows()][1:]
    assert [row[1] for row in read] == [row[1] for row in rows]
    assert [numbers(row[0], region="RU")[0][1] for row in read] == ["79161234567", "79161234568"]
    again = open_table(io.BytesIO(as_xlsx(*rows)), Limits())
    assert [row.cells for row in again.rows()] == [["Номер", "Причина"], *rows]


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_a_report_is_a_list_again(write: Callable[..., bytes]) -> None:
    """Numbers behind their guard, those that end in zeros too, and a text that began as a formula."""
    given = [["79031000000", "=1+1"], ["79161234567", "it's"], ["79161200000", "'til"]]
    found = open_table(io.BytesIO(write(*given)), Limits())
    rows = list(found.rows())
    assert [row.cells for row in rows[1:]] == given
    guess = find(rows, region="RU")
    assert guess is not None
    assert (guess.sure, guess.columns.number) == (True, 0)
    kept = sift(rows, guess.columns, region="RU")
    assert [one.msisdn for one in kept if isinstance(one, Recipient)] == [row[0] for row in given]


def test_what_one_sheet_does_not_hold_goes_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desk.exports._ROWS", 3)
    content = as_xlsx(*(["79161234567", str(row)] for row in range(5)))
    table = open_table(io.BytesIO(content), Limits())
    assert table.sheets == ("Sheet1", "Sheet2", "Sheet3")
    last = open_table(io.BytesIO(content), Limits(), "Sheet3")
    assert [row.cells[1] for row in last.rows()] == ["Причина", "4"]


def test_an_empty_table_has_its_titles() -> None:
    assert [row.cells for row in open_table(io.BytesIO(as_xlsx()), Limits()).rows()] == [["Номер", "Причина"]]
