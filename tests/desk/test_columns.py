"""Columns are found by their titles and by what stands in them; where that is not sure, it says so."""

import json

import pytest

from desk.columns import Columns, Guess, find, may_be_names
from desk.tables import Row

ANNA, BORIS, VERA = "+7 903 123-45-67", "89161234568", "79261234569"


def table(*rows: list[str]) -> list[Row]:
    return [Row(number, cells) for number, cells in enumerate(rows, start=1) if any(cells)]


def guess(*rows: list[str]) -> Guess:
    found = find(table(*rows), region="RU")
    assert found is not None
    return found


@pytest.mark.parametrize(
    "title",
    [
        *("Телефон", "телефон клиента", "Моб. телефон", "Номер", "Мобильный", "Сотовый", "тел."),
        *("НОМЕР ТЕЛЕФОНА",),
        *("phone", "Phone number", "mobile_phone", "MSISDN", "Cell", "Tel.", "Контактный телефон"),
    ],
)  # fmt: skip
def test_a_title_in_either_language_is_enough(title: str) -> None:
    found = guess(["№", title, "ИНН"], ["1", ANNA, "9161234567"], ["2", BORIS, "9161234568"])
    assert (found.columns.number, found.columns.header, found.sure) == (1, 1, True)


@pytest.mark.parametrize(
    "title", ["Order number", "order_number", "Номер заказа", "Номер счёта", "Card number"]
)
def test_numbers_of_something_else_are_not_taken_for_phones_unasked(title: str) -> None:
    found = guess([title, "Куда"], ["9161234567", ANNA], ["9161234568", BORIS])
    assert (found.sure, set(found.candidates)) == (False, {0, 1})


@pytest.mark.parametrize("title", ["Имя", "ФИО", "Клиент", "name", "First name", "Имя клиента", "full_name"])
def test_the_column_of_names_is_found_by_its_title(title: str) -> None:
    assert guess(["Телефон", "Город", title], [ANNA, "Тверь", "Анна"]).columns.name == 2


def test_without_a_header_the_content_tells_and_columns_are_named_by_their_place() -> None:
    found = guess(["Анна", ANNA, "12"], ["Борис", BORIS, "13"])
    assert found == Guess(
        columns=Columns(number=1, name=None, header=0, names=("1", "2", "3")), sure=True, candidates=(1,)
    )


def test_titles_over_the_header_are_passed_over() -> None:
    found = guess(["Список клиентов на 01.12.2026", "", ""], [], ["№", "ФИО", "Телефон"], ["1", "Анна", ANNA])
    assert (found.columns.header, found.columns.number, found.columns.name) == (3, 2, 1)
    assert found.sure


def test_a_bad_number_in_the_first_row_is_no_header() -> None:
    found = guess(["12345678", "Анна"], [ANNA, "Борис"], [BORIS, "Вера"])
    assert found.columns.header == 0
    assert found.columns.names == ("1", "2")


def test_two_columns_of_numbers_are_asked_about_unless_one_alone_is_named() -> None:
    assert guess([ANNA, BORIS], [BORIS, VERA]).sure is False
    both = guess(["Телефон 1", "Телефон 2"], [ANNA, BORIS])
    assert (both.sure, both.candidates) == (False, (0, 1))
    assert guess(["Карта", "Телефон"], [ANNA, BORIS]).sure


def test_a_title_that_says_nothing_is_asked_about() -> None:
    found = guess(["Кому", "Имя"], [ANNA, "Анна"], [BORIS, "Борис"])
    assert (found.sure, found.columns.header, found.columns.number) == (False, 1, 0)


def test_numbers_that_a_spreadsheet_cut_are_a_column_of_numbers_still() -> None:
    found = guess(["Телефон", "Сумма"], ["7,9161E+10", "5"], ["7,9162E+10", "6"])
    assert (found.columns.number, found.columns.header, found.sure) == (0, 1, True)


def test_a_column_with_few_numbers_is_asked_about() -> None:
    rows = [["Анна", "12"], ["Борис", ANNA], *([["Вера", "15"]] * 4)]
    assert find(table(*rows), region="RU") is None
    half = guess(["x", ANNA], ["x", "нет"], ["x", BORIS], ["x", "нет"])
    assert half.sure is False


@pytest.mark.parametrize("rows", [[], [["Имя"], ["Анна"]], [["Телефон"]], [["Телефон", "x"], ["", "y"]]])
def test_no_numbers_no_guess(rows: list[list[str]]) -> None:
    assert find(table(*rows), region="RU") is None


def test_names_of_columns_are_unique_and_of_one_line() -> None:
    found = guess(["Телефон", "Имя\nклиента", "", "имя клиента", "3"], [ANNA, "a", "b", "c", "d", "e"])
    assert found.columns.names == ("Телефон", "Имя клиента", "3", "имя клиента 2", "3 2", "6")


def test_braces_in_a_title_are_none_of_its_name() -> None:
    """People who are told to write `{имя}` write it into the file too."""
    found = guess(["{Телефон}", "{имя}", "{{ city }}", "Сумма {руб}"], [ANNA, "a", "b", "5"])
    assert found.columns.names == ("Телефон", "имя", "city", "Сумма руб")
    assert (found.columns.number, found.columns.name) == (0, 1)


def test_another_region_has_other_numbers() -> None:
    rows = table(["+491711234567", "x"], ["+491711234568", "y"])
    assert find(rows, region="DE") is not None
    assert find(rows, region="RU", abroad=["DE"]) is not None


def test_a_person_may_choose_another_column_and_it_survives_a_draft() -> None:
    columns = guess(["Имя", "Телефон"], ["Анна", ANNA]).columns
    corrected = columns.corrected(number=0)
    assert (corrected.number, corrected.name, corrected.names) == (0, None, ("Имя", "Телефон"))
    assert Columns.from_json(json.loads(json.dumps(columns.as_json()))) == columns


def test_names_may_stand_where_words_do() -> None:
    columns = Columns(number=1, name=None, header=0, names=("1", "2", "3", "4"))
    sample = [["Анна", "79031234567", "12", "Тула"], ["", "79031234568"]]
    assert may_be_names(sample, columns) == [0, 3]
    assert columns.named(3).name == 3
