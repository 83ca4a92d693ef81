"""Fields of a text find their columns, empty ones are named by row, and every text is measured."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.audience import Recipient
from desk.columns import Columns
from desk.templates import Survey, Template, UnknownFields, bind, braced, escaped, parse, survey
from providers.sms import size

COLUMNS = Columns(number=1, name=0, header=1, names=("ФИО", "Телефон", "Сумма заказа", "Всё"))


def filled(text: str, *values: str) -> str:
    return bind(parse(text), COLUMNS).fill(values)


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("", Template(literals=("",), fields=())),
        ("Hello", Template(literals=("Hello",), fields=())),
        ("{name}", Template(literals=("", ""), fields=("name",))),
        ("a {x} b { y } c", Template(literals=("a ", " b ", " c"), fields=("x", "y"))),
        ("{x}{x}", Template(literals=("", "", ""), fields=("x", "x"))),
        ("{{x}}", Template(literals=("{x}",), fields=())),
        ("{{{x}}}", Template(literals=("{", "}"), fields=("x",))),
        ("{ {} } {", Template(literals=("{ {} } {",), fields=())),
        (":-{ \n }", Template(literals=(":-{ \n }",), fields=())),
    ],
)
def test_a_text_comes_apart_into_literals_and_fields(text: str, template: Template) -> None:
    assert parse(text) == template


@given(st.text())
def test_any_text_can_be_written_as_a_template_of_itself(text: str) -> None:
    template = parse(escaped(text))
    assert template.fields == ()
    assert filled(escaped(text)) == text


@given(st.lists(st.tuples(st.text(), st.sampled_from(["ФИО", "сумма_заказа", "Всё"]))), st.text())
def test_what_is_filled_in_stands_where_its_field_stood(pairs: list[tuple[str, str]], end: str) -> None:
    text = "".join(f"{escaped(literal)}{{{name}}}" for literal, name in pairs) + escaped(end)
    values = {"ФИО": "A{Телефон}", "сумма_заказа": "{{B", "Всё": "C"}
    expected = "".join(literal + values[name] for literal, name in pairs) + end
    assert filled(text, "A{Телефон}", "7", "{{B", "C") == expected


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("ФИО", "Анна"), ("фио", "Анна"), ("name", "Анна"), ("Имя", "Анна")),
        *(("сумма  заказа", "5"), ("СУММА_ЗАКАЗА", "5"), ("все", "x")),
    ],
)
def test_a_field_finds_its_column_however_it_is_written(field: str, value: str) -> None:
    assert filled(f"{{{field}}}", "Анна", "79161234567", "5", "x") == value


def test_a_column_titled_name_comes_before_the_column_of_names() -> None:
    columns = Columns(number=0, name=1, header=1, names=("Телефон", "Клиент", "Имя"))
    assert bind(parse("{имя} {name}"), columns).places == (2, 1)


def test_without_a_column_of_names_nothing_answers_to_name() -> None:
    columns = Columns(number=0, name=None, header=0, names=("1", "2"))
    with pytest.raises(UnknownFields):
        bind(parse("{name}"), columns)
    assert bind(parse("{2}"), columns).fill(["79161234567", "x"]) == "x"


def test_fields_that_no_column_has_are_named_with_those_there_are() -> None:
    with pytest.raises(UnknownFields) as caught:
        bind(parse("{город} {ФИО} {город} {дом}"), COLUMNS)
    assert caught.value.fields == ("город", "дом")
    assert caught.value.known == COLUMNS.names


def test_what_is_known_of_a_contact_follows_the_columns() -> None:
    bound = bind(parse("{город}, {ФИО}"), COLUMNS, ["Город"])
    assert bound.fill(["Анна", "7", "5", "x", "Тверь"]) == "Тверь, Анна"


def recipients(*values: list[str]) -> list[Recipient]:
    return [Recipient(row, f"7916123{row:04}", one) for row, one in enumerate(values, start=2)]


def test_every_text_is_measured_and_the_worst_is_shown_with_its_row() -> None:
    text = "{ФИО}, оплатите {сумма заказа}"
    values = [["Ann", "7", "5"], ["Ёж" * 40, "7", "5"], ["Ёж" * 40, "7", "6"], ["Bob", "7", "7"]]
    found = survey(bind(parse(text), COLUMNS), recipients(*values))
    sizes = [size(filled(text, *one)) for one in values]
    assert found == Survey(
        recipients=4,
        segments=sum(one.segments for one in sizes),
        worst=2,
        worst_row=3,
        longest=92,
        ucs2=4,
        by_segments={1: 2, 2: 2},
    )


def test_empty_fields_are_named_by_row_the_first_of_them_and_counted() -> None:
    values = [["", "7", "5"], ["Ann"], ["Bob", "7", " "], *([["", "7", "5"]] * 30)]
    found = survey(bind(parse("{ФИО} {сумма заказа}"), COLUMNS), recipients(*values))
    assert found.empty_count == {"ФИО": 31, "сумма заказа": 2}
    assert found.empty["сумма заказа"] == [3, 4]
    assert found.empty["ФИО"] == [2, *range(5, 24)]


def test_a_text_without_fields_is_the_same_for_all() -> None:
    found = survey(bind(parse("Hello {{you}}"), COLUMNS), recipients(*[["x"]] * 5))
    assert (found.recipients, found.segments, found.worst, found.ucs2, found.longest) == (5, 5, 1, 0, 11)
    assert found.empty == {}
    assert survey(bind(parse("Hello"), COLUMNS), []).worst == 0


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("{{имя}}, ваш заказ", ("{имя}",)),
        ("{ФИО} {{a}} {{b c}} {{a}}", ("{a}", "{b c}", "{город}")),
        ("{ }", ("{ }",)),
        ("Итого {ФИО", ()),
        ("Ваш заказ готов :}", ()),
    ],
)
def test_what_would_leave_in_braces_is_told(text: str, left: tuple[str, ...]) -> None:
    found = survey(bind(parse(text), COLUMNS), recipients(["Ann"], ["{город}"]))
    assert found.braced == left
    assert braced("x {a}\n{b} {a}") == ["{a}", "{b}"]


def test_a_survey_survives_a_draft() -> None:
    found = survey(bind(parse("{ФИО} {{x}}"), COLUMNS), recipients(["Ann"], [""], ["Ж" * 100]))
    assert Survey.from_json(json.loads(json.dumps(found.as_json()))) == found
