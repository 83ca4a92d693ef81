"""What both faces of Devino share: dates, periods, derived keys, the order of words."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.devino import dates, periods, vocabulary
from providers.devino.vocabulary import Meaning
from providers.faces import Inbound
from tests.providers.devino.samples import CAME, CAME_MS, REPORTED, SINCE, UNTIL


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("/Date(1608151480000)/", REPORTED),
        (" /Date(1608151480000-0300)/ ", REPORTED),
        ("/Date(-1000)/", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("/Date(-62135596800000)/", None),
        ("/Date(999999999999999)/", None),
        ("/Date()/", None),
        ("2020-12-16T20:44:40", REPORTED),
        ("2020-12-16 20:44:40", REPORTED),
        ("2020-12-16T20:44:40.1234567Z", REPORTED.replace(microsecond=123456)),
        ("2020-12-16T23:44:40+03:00", REPORTED),
        ("0001-01-01T00:00:00", None),
        ("0001-01-01T00:00:00+03:00", None),
        ("9999-12-31T23:59:59-10:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (0, None),
    ],
)
def test_dates_are_read(text: object, date: datetime | None) -> None:
    assert dates.read(text) == date


def test_dates_are_written_in_utc_without_a_suffix() -> None:
    assert (
        dates.write(datetime(2026, 12, 1, 10, 0, 0, 9, timezone(timedelta(hours=3)))) == "2026-12-01T07:00:00"
    )
    assert dates.write(datetime(1, 1, 2, tzinfo=UTC)) == "0001-01-02T00:00:00"


moments = st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


@settings(deadline=None)  # a busy machine is no fault
@given(since=moments, until=moments)
def test_windows_cover_a_period_once_and_none_is_too_long(since: datetime, until: datetime) -> None:
    windows = periods.windows(since, until)
    if since >= until:
        assert windows == []
        return
    assert windows[0][0] == dates.floor(since)
    assert windows[-1][1] + dates.SECOND == dates.ceiling(until)
    for first, last in windows:
        assert first <= last < first + periods.LONGEST
    for (_, last), (first, _) in pairwise(windows):
        assert first == last + dates.SECOND


def inbound(**keys: object) -> Inbound:
    plain: dict[str, object] = {
        "Data": "да",
        "SourceAddress": "79261112233",
        "DestinationAddress": "79160000000",
        "CreateDateUtc": f"/Date({CAME_MS})/",
    }
    return periods.inbound({**plain, **keys}.get, SINCE)


@pytest.mark.parametrize("absent", [None, "", " ", "0", 0, True])
def test_without_an_id_the_key_is_derived(absent: object) -> None:
    key = inbound(ID=absent).key
    assert key.startswith("sha256-")
    assert len(key) <= 64
    assert key == inbound().key


def test_a_derived_key_is_the_same_however_the_message_is_written() -> None:
    written = inbound(
        CreateDateUtc=None, CreatedDateUtc="2026-11-02T12:30:15+03:00", SourceAddress=79261112233
    )
    assert written == inbound()
    undated = {"Data": "да", "CreatedDateUtc": "?"}
    assert periods.inbound(undated.get, SINCE).key == periods.inbound(undated.get, UNTIL).key


@pytest.mark.parametrize(
    "other",
    [
        {"Data": "нет"},
        {"SourceAddress": "79261112234"},
        {"DestinationAddress": "79160000001"},
        {"CreateDateUtc": f"/Date({CAME_MS + 1000})/"},
        {"CreateDateUtc": None},
        {"SourceAddress": "7926111223", "DestinationAddress": "379160000000"},
        {"ID": "539187174"},
    ],
)
def test_another_message_has_another_key(other: dict[str, object]) -> None:
    assert inbound(**other).key != inbound().key


def test_a_message_without_a_date_is_kept() -> None:
    lost = inbound(CreateDateUtc=None)
    assert periods.within([inbound(), lost], SINCE, UNTIL) == [lost, inbound()]
    assert lost.at == SINCE < inbound().at == CAME


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("Session: wrong LOGIN or password", Meaning.LOGIN),
        ("Invalid session, source address", Meaning.SESSION),
        ("source address, destination address", Meaning.SENDER),
        ("destination address: no credit", Meaning.RECIPIENT),
        ("credit, parameters dictionary", Meaning.MONEY),
        (" OK ", Meaning.UNCLEAR),
    ],
)
def test_the_words_decide_in_the_order_of_the_sheet(words: str, meaning: Meaning) -> None:
    known = vocabulary.meaning_of(words)
    assert known is not None
    assert known.meaning is meaning


@pytest.mark.parametrize("words", ["nothing known", "", "book"])
def test_unknown_words_say_nothing(words: str) -> None:
    assert vocabulary.meaning_of(words) is None
