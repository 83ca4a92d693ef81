"""Workbooks: the same rows out of XLSX, ODS and XLS; hidden rows told; nothing unpacks without bounds."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
import xlsxwriter

from desk.tables import BadTable, Limits, Row, Table, open_table
from desk.tables.model import day, number

from .books import SHEET, archive, ods, relations, xlsx

SAMPLES = Path(__file__).parent / "samples"
ROWS = [
    Row(1, ["Телефон", "Имя", "Заказ"]),
    Row(2, ["+7 903 123-45-67", "Анна", "12"]),
    Row(3, ["8 (916) 765-43-21", 'ООО "Ёж; и, Ко"', "первая строка\nвторая"]),
    Row(4, ["9261112233", "Борис", "3,50"]),
    Row(5, ["79039998877", "Скрытый"], hidden=True),
    Row(6, ["79035556677", "Вера", "01.12.2026"]),
]


def table(content: bytes, limits: Limits | None = None, sheet: str | None = None) -> Table:
    return open_table(io.BytesIO(content), limits or Limits(), sheet)


def rows(content: bytes, limits: Limits | None = None) -> list[Row]:
    return list(table(content, limits).rows())


def word(content: bytes, limits: Limits | None = None, sheet: str | None = None) -> str:
    with pytest.raises(BadTable) as caught:
        list(table(content, limits, sheet).rows())
    return caught.value.word


@pytest.mark.parametrize("form", ["xlsx", "ods", "xls"])
def test_u44_a_workbook_gives_the_rows_that_csv_does_and_tells_the_hidden_one(form: str) -> None:
    """Written by XlsxWriter, odfpy and xlwt. A second sheet is hidden."""
    found = table((SAMPLES / f"book.{form}").read_bytes())
    assert (found.form, found.sheet, found.sheets, found.hidden_sheets) == (form, "Клиенты", ("Клиенты",), 1)
    assert [Row(one.number, [*filter(None, one.cells)], one.hidden) for one in found.rows()] == ROWS
    assert len(list(found.rows())) == len(ROWS)


@pytest.mark.parametrize("form", ["xlsx", "ods", "xls"])
def test_a_sheet_that_is_not_there_or_hidden_is_not_read(form: str) -> None:
    content = (SAMPLES / f"book.{form}").read_bytes()
    assert table(content, sheet="Клиенты").sheet == "Клиенты"
    assert word(content, sheet="Черновик") == "no-sheet"


@pytest.mark.parametrize("form", ["xlsx", "ods", "xls"])
def test_a_cut_or_spoilt_workbook_is_damaged(form: str) -> None:
    content = (SAMPLES / f"book.{form}").read_bytes()
    for cut in (9, 100, len(content) // 2):
        assert word(content[:cut]) in {"damaged", "unknown-format", "no-rows"}


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ('<c r="A1"><v>79161234567</v></c>', "79161234567"),
        ('<c r="A1"><v>7.9161234567E10</v></c>', "79161234567"),
        ('<c r="A1"><v>82.709999999999994</v></c>', "82,71"),
        ('<c r="A1"><v>-0.5</v></c>', "-0,5"),
        ('<c r="A1" t="s"><v>0</v></c>', "one"),
        ('<c r="A1" t="str"><f>A2</f><v>made</v></c>', "made"),
        ('<c r="A1" t="b"><v>1</v></c>', "TRUE"),
        ('<c r="A1" t="e"><v>#N/A</v></c>', "#N/A"),
        (
            '<c r="A1" t="inlineStr"><is><r><t>a</t></r><r><t>b &amp; c</t></r><rPh><t>x</t></rPh></is></c>',
            "ab & c",
        ),
        ("<c><v>5</v></c>", "5"),
    ],
)
def test_what_a_cell_of_xlsx_shows(cell: str, shown: str) -> None:
    assert rows(xlsx(f"<row>{cell}</row>")) == [Row(1, [shown])]


@pytest.mark.parametrize(
    "content",
    [
        xlsx('<row><c t="str"><v>79031000000</v></c><c><v>79031000000</v></c></row>'),
        ods(
            "<table:table-row><table:table-cell><text:p>79031000000</text:p></table:table-cell>"
            '<table:table-cell office:value-type="float" office:value="79031000000"/></table:table-row>'
        ),
    ],
    ids=["xlsx", "ods"],
)
def test_zeros_of_a_text_are_told_from_those_of_a_number(content: bytes) -> None:
    assert rows(content) == [Row(1, ["79031000000"] * 2, whole=frozenset({0}))]


@pytest.mark.parametrize(
    ("style", "shown"),
    [("0", "46357"), ("1", "01.12.2026"), ("2", "01.12.2026"), ("3", "46357"), ("9", "46357")],
)
def test_a_number_is_a_date_where_its_format_shows_one(style: str, shown: str) -> None:
    styles = (
        f'<styleSheet xmlns="{SHEET}"><numFmts><numFmt numFmtId="170" formatCode="[$-419]d\\ mmmm;@"/>'
        '<numFmt numFmtId="171" formatCode="0 &quot;дней&quot;[Red]"/></numFmts>'
        "<cellStyleXfs><xf/></cellStyleXfs>"
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="171"/></cellXfs>'
        "</styleSheet>"
    )
    content = xlsx(f'<row><c s="{style}"><v>46357</v></c></row>', **{"xl/styles.xml": styles})
    assert rows(content) == [Row(1, [shown])]


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (150.5, "#,##0.00", "150,50"),
        (150, "0.00", "150,00"),
        (4285.94, "General", "4285,94"),
        (4285.94, '#,##0.00\\ "₽"', "4 285,94"),
        (1234567.125, "#,##0.00;[Red]-#,##0.00", "1 234 567,13"),
        (-0.5, "0.0#", "-0,5"),
        (0.155, "0.0%", "15,5%"),
        (1500, "0.00E+00", "1500"),
        (79161234567, "#,##0.00", "79161234567"),
        (79161234567, "0", "79161234567"),
        (42, "00000", "00042"),
        (-7, "000", "-007"),
        (-1234.5, "#,##0.00;(#,##0.00)", "-1 234,50"),
        (-12.75, "#,##0;-0.00", "-12,75"),
        (12.75, "[>1000]#,##0;0.00", "12,75"),
        (0.5, '0" %"', "1"),
        (1234567, '0.0,," M"', "1234567"),
        (45000.604166666, "dd.mm.yyyy", "15.03.2023"),
        (45000.604166666, "dd.mm.yyyy hh:mm", "15.03.2023 14:30"),
        (0.604166666, "h:mm", "14:30"),
        (45000.604166666, "hh:mm:ss", "14:30"),
        (1.5, "[h]:mm", "36:00"),
        (0, "h:mm", "00:00"),
    ],
)
def test_a_number_is_what_its_sheet_shows_in_russian(value: float, code: str, shown: str) -> None:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    book.add_worksheet().write_number(0, 0, value, book.add_format({"num_format": code}))
    book.close()
    assert rows(file.getvalue()) == [Row(1, [shown])]


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        (2, "150,50"),
        (4, "150,50"),
        (43, "150,50"),
        (1, "151"),
        (14, "29.05.1900"),
        (20, "12:00"),
        (22, "29.05.1900 12:00"),
        (46, "3612:00"),
    ],
)
def test_formats_that_need_no_code_of_their_own(key: int, shown: str) -> None:
    styles = f'<styleSheet xmlns="{SHEET}"><cellXfs><xf numFmtId="{key}"/></cellXfs></styleSheet>'
    content = xlsx('<row><c s="0"><v>150.5</v></c></row>', **{"xl/styles.xml": styles})
    assert rows(content) == [Row(1, [shown])]


def test_blank_cells_and_rows_keep_the_places_of_the_others() -> None:
    hidden = '<row r="9" hidden="1"><c r="A9"><v>6</v></c></row>'
    body = f'<row r="3"><c r="C3"><v>5</v></c></row><row r="7"/>{hidden}'
    assert rows(xlsx(body)) == [Row(3, ["", "", "5"]), Row(9, ["6"], hidden=True)]


def test_prefixed_names_are_read_like_others() -> None:
    sheet = (
        f'<x:worksheet xmlns:x="{SHEET}"><x:row r="1"><x:c r="A1"><x:v>5</x:v></x:c></x:row></x:worksheet>'
    )
    assert rows(xlsx("", **{"xl/worksheets/sheet1.xml": sheet})) == [Row(1, ["5"])]


_BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (xlsx('<row><c r="A1" t="s"><v>1</v></c></row>'), "damaged"),
        (xlsx('<row><c r="A1" t="s"><v>-1</v></c></row>'), "damaged"),
        (xlsx('<row><c r="A1"><v>x</v></c></row>'), "damaged"),
        (xlsx('<row r="x"><c><v>1</v></c></row>'), "damaged"),
        (xlsx('<row><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>'), "damaged"),
        (xlsx('<row><c r="ZZZ1"><v>1</v></c></row>'), "too-many-columns"),
        (xlsx(f'<row><c t="str"><v>{"x" * 40_000}</v></c></row>'), "cell-too-long"),
        (xlsx(f'<row><c t="str"><v>{"x" * 4_000_000}</v></c></row>'), "cell-too-long"),
        (xlsx(""), "no-rows"),
        (xlsx("", **{"xl/worksheets/sheet1.xml": _BOMB}), "damaged"),
        (xlsx("", **{"xl/sharedStrings.xml": _BOMB}), "damaged"),
        (xlsx("", **{"xl/workbook.xml": "<a><b></a>"}), "damaged"),
        (xlsx("", **{"_rels/.rels": relations(("officeDocument", "../../etc/passwd"))}), "damaged"),
        (xlsx("", **{"[Content_Types].xml": "spreadsheetml.sheet.main macroEnabled"}), "macros"),
        (archive({"word/document.xml": "x", "[Content_Types].xml": "wordprocessingml"}), "unknown-format"),
        (archive({"a.txt": "x"}), "unknown-format"),
        (archive({"mimetype": "application/vnd.oasis.opendocument.text"}), "unknown-format"),
        (archive({"[Content_Types].xml": "x"}, zipfile.ZIP_LZMA), "damaged"),
        (ods("", **{"content.xml": _BOMB}), "damaged"),
        (ods("", **{"Basic/Standard/Module1.xml": "x"}), "macros"),
        (ods("", **{"META-INF/manifest.xml": "<encryption-data/>"}), "password"),
        (ods(""), "no-rows"),
    ],
)
def test_what_is_refused_and_by_which_word(content: bytes, found: str) -> None:
    assert word(content) == found


def test_what_an_archive_unpacks_to_is_bounded() -> None:
    """A zip bomb: a thousand times its size. Nothing is unpacked before it is refused."""
    content = xlsx("", **{"xl/media/bomb": "0" * 20_000_000})
    assert len(content) < 40_000
    assert word(content, Limits(inflated=10_000_000)) == "too-big"


def cell(value: str, more: str = "") -> str:
    """Of ODS."""
    return f"<table:table-cell {more}><text:p>{value}</text:p></table:table-cell>"


def row(*cells: str, repeated: str = "1") -> str:
    """Of ODS."""
    return f'<table:table-row table:number-rows-repeated="{repeated}">{"".join(cells)}</table:table-row>'


@pytest.mark.parametrize(("make", "line"), [(xlsx, "<row><c><v>1</v></c></row>"), (ods, row(cell("1")))])
def test_limits_of_rows(make: Callable[[str], bytes], line: str) -> None:
    assert len(rows(make(line * 10), Limits(rows=10))) == 10
    assert word(make(line * 11), Limits(rows=10)) == "too-many-rows"


def test_repeats_of_ods_are_spread_where_something_stands_and_skipped_where_nothing_does() -> None:
    twice = cell("a", 'table:number-columns-repeated="2"')
    gap = '<table:table-cell table:number-columns-repeated="9"/>'
    blank = row("<table:table-cell/>", repeated="1000")
    wide = ["a", "a", *[""] * 9, "b"]
    body = row(twice, gap, cell("b"), repeated="2") + blank + row(cell("c"))
    assert rows(ods(body)) == [Row(1, wide), Row(2, wide), Row(1003, ["c"])]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (row(cell("a"), repeated="99999999"), "too-many-rows"),
        (row(cell("a", 'table:number-columns-repeated="99999999"')), "too-many-columns"),
        (row(cell("a"), repeated="x"), "damaged"),
        (row('<table:table-cell office:value-type="float" office:value="x"/>'), "damaged"),
        (row('<table:table-cell office:value-type="float"/>'), "damaged"),
        (row('<table:table-cell office:value-type="date" office:date-value="soon"/>'), "damaged"),
    ],
)
def test_repeats_and_values_of_ods_are_not_believed(body: str, found: str) -> None:
    assert word(ods(body)) == found


def test_a_number_of_xls_is_what_its_sheet_shows() -> None:
    """Written by xlwt: 150.5, 4285.94, 0.155, a phone number and 150.5 again, each in a format of its own."""
    content = (SAMPLES / "numbers.xls").read_bytes()
    assert rows(content) == [Row(1, ["150,50", "4285,94", "15,5%", "79161234567", "151"])]


@pytest.mark.parametrize(
    ("kind", "value", "text", "shown"),
    [
        ("float", "150.5", "150,50", "150,50"),
        ("float", "4285.94", "4,285.94", "4 285,94"),
        ("currency", "4285.94", "4 285,94 ₽", "4 285,94"),
        ("percentage", "0.15", "15%", "15%"),
        ("float", "4285.94", "###", "4285,94"),
        ("float", "79161234567", "7,9161E+10", "79161234567"),
        ("float", "42", "00042", "00042"),
        ("float", "-7.5", "(007,50)", "-007,50"),
        ("float", "0.5", "0,50", "0,50"),
    ],
)
def test_a_number_of_ods_is_what_its_sheet_shows(kind: str, value: str, text: str, shown: str) -> None:
    given = f'office:value-type="{kind}" office:value="{value}"'
    assert rows(ods(row(cell(text, given)))) == [Row(1, [shown])]


def test_a_note_beside_a_cell_of_ods_is_no_part_of_it() -> None:
    spaces = 'xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    noted = (
        f"<table:table-cell><o:annotation {spaces}><text:p>note</text:p></o:annotation>"
        "<text:p>a<text:s text:c='2'/>b<text:line-break/>c</text:p></table:table-cell>"
    )
    assert rows(ods(row(noted))) == [Row(1, ["a  b\nc"])]


def test_numbers_and_days_as_people_see_them() -> None:
    assert [number(one) for one in (79161234567.0, 0.1 + 0.2, 1e20, -3.0)] == [
        "79161234567",
        "0.3",
        "1e+20",
        "-3",
    ]
    assert day(datetime(2026, 12, 1)) == day(date(2026, 12, 1)) == "01.12.2026"
    assert day(datetime(2026, 12, 1, 9, 5)) == "01.12.2026 09:05"
    assert (day(time(9, 5)), day(timedelta(hours=26, minutes=5))) == ("09:05", "26:05")
