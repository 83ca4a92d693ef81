"""From what a person typed to a request: options, numbers and text, and answers that amend it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from desk import reading
from desk.reading import OptionProblem, Problem, Request
from providers.model import Kind

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "request_"),
    [
        ("", Request()),
        ("+79030000000 Hi", Request(numbers=("+79030000000",), text="Hi")),
        (
            "from=ACME at=2026-12-01T10:00 +79031234567, 89031234568 Text with\nline breaks kept ",
            Request(
                sender_id="ACME",
                at="2026-12-01T10:00",
                numbers=("+79031234567", "89031234568"),
                text="Text with\nline breaks kept ",
            ),
        ),
        (
            'FROM="My Shop" via=main valid=2h +79030000000 from=text stays',
            Request(
                sender_id="My Shop",
                account="main",
                validity="2h",
                numbers=("+79030000000",),
                text="from=text stays",
            ),
        ),
        ("from= +79030000000 Hi", Request(sender_id="", numbers=("+79030000000",), text="Hi")),
        ("from=A from=B", Request(sender_id="B")),
        ("@clients Hello @home", Request(groups=("clients",), text="Hello @home")),
        (
            "via=main @клиенты, @VIP-1; @клиенты +79030000000 Hi",
            Request(account="main", groups=("клиенты", "VIP-1"), numbers=("+79030000000",), text="Hi"),
        ),
        ("+79030000000 @shop is open", Request(numbers=("+79030000000",), text="@shop is open")),
    ],
)
def test_options_come_first_then_numbers_then_text(typed: str, request_: Request) -> None:
    assert reading.read(typed) == request_


def test_an_unknown_option_is_named_beside_the_known_ones() -> None:
    with pytest.raises(Problem) as raised:
        reading.read("form=ACME +79030000000 Hi")
    assert raised.value.word == "unknown-option"
    assert raised.value.details == {"option": "form", "known": "from=, at=, local=, valid=, kind=, via="}


def test_a_text_without_a_number_is_not_guessed_at() -> None:
    with pytest.raises(Problem) as raised:
        reading.read("Hello there")
    assert (raised.value.word, raised.value.details) == ("no-number", {"typed": "Hello there"})


def test_a_request_survives_the_draft() -> None:
    request = reading.read('from="A B" at=2026-12-01 valid=1d via=x 89031234567 Т <b>&\n')
    assert Request.from_json(request.as_json()) == request


def test_only_a_saved_text_has_fields() -> None:
    saved = reading.with_saved_text(Request(), "Hello, {name}")
    assert saved.fields
    assert reading.with_numbers(saved, reading.read("+79030000000")).fields
    assert not reading.with_numbers(saved, reading.read("+79030000000 {as typed}")).fields
    assert not reading.with_text(saved, "{as typed}").fields
    assert Request.from_json(saved.as_json()) == saved


def test_answers_fill_in_and_keep_what_was_said() -> None:
    begun = reading.read("from=ACME")
    numbered = reading.with_numbers(begun, reading.read("via=main +79030000000"))
    assert numbered == Request(sender_id="ACME", account="main", numbers=("+79030000000",))
    texted = reading.with_text(numbered, "/looks like a command\n")
    assert texted == replace(numbered, text="/looks like a command\n")
    # Asked for numbers again, a person who gives only numbers keeps the text.
    assert reading.with_numbers(texted, Request(numbers=("89031234567",))).text == texted.text


@pytest.mark.parametrize("kind", list(Kind))
def test_each_kind_is_read_as_typed(kind: Kind) -> None:
    assert reading.kind_of(reading.read(f"kind={kind.upper()} +79030000000 Hi")) == kind


def test_a_kind_nobody_knows_is_refused_at_once() -> None:
    with pytest.raises(Problem) as raised:
        reading.read("kind=fax +79030000000 Hi")
    assert raised.value.word == "unknown-kind"
    assert raised.value.details == {
        "typed": "fax",
        "known": "sms, flash, viber, viber+sms, voice, hlr, ping",
    }


# Answers that are options


COMPOSED = Request(sender_id="ACME", at="2026-12-01", numbers=("+79030000000",), text="Hi")


@pytest.mark.parametrize(
    ("typed", "amended"),
    [
        ("at=2026-12-02T10:00", replace(COMPOSED, at="2026-12-02T10:00")),
        (" AT=2026-12-02 valid=2h \n", replace(COMPOSED, at="2026-12-02", validity="2h")),
        ("at=", replace(COMPOSED, at=None)),
        ('from=""', replace(COMPOSED, sender_id=None)),
        ("kind=fax", replace(COMPOSED, kind="fax")),  # refused when it is checked
        ("at=2026-12-02 See you then", None),
        ("see at=2026-12-02", None),
        ("total=5", None),
        ("at=2026-12-02 total=5", None),
        ("", None),
    ],
)
def test_an_answer_that_is_all_options_changes_these(typed: str, amended: Request | None) -> None:
    assert reading.amended(COMPOSED, typed) == amended


# What the recipients' clocks are to show


@pytest.mark.parametrize(
    ("at", "word"),
    [
        (None, "local-without-time"),
        ("soon", "bad-time"),
        ("2026-09-02T10:00+03:00", "local-with-zone"),
        ("2027-09-03T10:00", "far-time"),
        ("9999-12-31T23:59", "far-time"),
        ("0001-01-01T00:00", "past-time"),
        ("2026-09-01T00:00", "past-time"),  # at noon in UTC the last clock of the world shows it
    ],
)
def test_what_no_clock_will_show(at: str | None, word: str) -> None:
    with pytest.raises(OptionProblem) as raised:
        reading.read_wall(Request(local="yes", at=at), NOON)
    assert raised.value.word == word


def test_what_some_clock_will_show() -> None:
    assert reading.read_wall(Request(at="2026-09-01T00:01"), NOON) == datetime(2026, 9, 1, 0, 1)


@pytest.mark.parametrize("at", ["0001-01-01T00:00", "0001-01-01T00:00+14:00"])
def test_the_ends_of_the_calendar_have_no_moment_in_every_zone(at: str) -> None:
    with pytest.raises(OptionProblem) as raised:
        reading.read_time(at, ZoneInfo("Europe/Moscow"), NOON)
    assert raised.value.word == "bad-time"


def test_a_validity_period() -> None:
    assert reading.read_validity("90m") == timedelta(minutes=90)
    with pytest.raises(OptionProblem) as raised:
        reading.read_validity("long")
    assert raised.value.word == "bad-validity"
