"""The reason dictionary: every code of every gateway is explained in both languages, in words of its own."""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as fluent

from bot import reasons
from bot.words import LANGUAGES, Words
from providers import gateways
from providers.errors import (
    AuthFailed,
    GatewayError,
    InsufficientFunds,
    NotReached,
    OutcomeUnknown,
    RequestRefused,
    Throttled,
)
from providers.gateways import ENTRIES
from providers.http import Break
from providers.model import Charged, MessageState, Reason
from sandbox.telegram.html_entities import parse_html
from storage.campaigns import Line

ROOT = Path(__file__).parents[2]
ZONE = ZoneInfo("Europe/Moscow")
EN, RU = Words("en", ZONE), Words("ru", ZONE)
S = MessageState
MODULES = (gateways.devino_rest, gateways.devino_soap, gateways.sms_pager, gateways.smsc)


def words(language: str) -> Words:
    return Words(language, ZONE)


def line(state: MessageState = S.UNDELIVERED, **said: Any) -> Line:
    nothing = {"reason": None, "code": None, "raw": None, "entry": None, "read": False}
    return Line(id=1, msisdn="79031234500", state=state, **{**nothing, **said})


def _written(language: str) -> Iterator[tuple[str, list[str]]]:
    """The keys of a language's dictionary as the file has them, each with its attributes."""
    source = (ROOT / f"bot/texts/entries.{language}.ftl").read_text("utf-8")
    for entry in FluentParser().parse(source).body:
        assert not isinstance(entry, fluent.Junk), entry.content
        if isinstance(entry, fluent.Message):
            yield entry.id.name, [one.id.name for one in entry.attributes]


# What the files hold.


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_dictionary_holds_what_the_gateways_name_and_nothing_else(language: str) -> None:
    assert dict(_written(language)) == {f"entry-{entry}": ["next"] for entry in ENTRIES}


def test_the_dictionary_is_that_of_all_gateways() -> None:
    named = [module.ENTRIES for module in MODULES]
    assert set(ENTRIES) == set().union(*named)
    for entries in named:
        assert entries
        assert entries.items() <= ENTRIES.items(), "two gateways say different things of one entry"


def test_an_entry_bears_the_name_of_its_gateway() -> None:
    """So that numbers of different gateways never meet; both faces of Devino speak one vocabulary."""
    for module in MODULES:
        vendor = module.KIND.removesuffix("_rest").removesuffix("_soap")
        assert all(entry.startswith(f"{vendor}-") for entry in module.ENTRIES)


@pytest.mark.parametrize("entry", sorted(ENTRIES))
def test_an_entry_says_what_happened_and_what_to_do(entry: str) -> None:
    for language in LANGUAGES:
        happened = words(language)(f"entry-{entry}")
        remedy = words(language)(f"entry-{entry}.next")
        for said in (happened, remedy):
            text, entities = parse_html(said)
            assert (text, entities) == (said, [])
            assert re.fullmatch(r"\S.*\S\.", said), said
            assert not re.search(r"[{}$]|\s\s|\.\.", said), said
        assert happened != remedy
        assert happened.count(". ") == 0, "what happened is one sentence"
        assert len(happened) <= 160, happened
        assert len(remedy) <= 160, remedy


LATIN = {"SMSC", "SMS", "SIM", "SOAP", "Devino", "Viber", "Pager", "Client", "Sender", "MustUnderstand"}
TYPED = {"from", "valid", "h", "soap", "version", "connect", "accounts", "senders", "balance", "x"}


@pytest.mark.parametrize("entry", sorted(ENTRIES))
def test_the_russian_text_has_no_english_of_the_gateways(entry: str) -> None:
    said = f"{RU(f'entry-{entry}')} {RU(f'entry-{entry}.next')}"
    assert set(re.findall("[A-Za-z]+", said)) <= LATIN | TYPED
    assert re.search("[а-яё]", said)


@pytest.mark.parametrize("entry", sorted(ENTRIES))
def test_the_english_text_is_english(entry: str) -> None:
    said = f"{EN(f'entry-{entry}')} {EN(f'entry-{entry}.next')}"
    assert not re.search("[А-Яа-яЁё]", said)


# One number, many meanings.


NUMBER_3 = {
    "smsc-send-3": "not enough money",
    "smsc-status-3": "validity period ran out",
    "smsc-get-3": "found nothing",
    "smsc-senders-3": "no such sender ID",
    "smsc-templates-3": "no such template",
    "smsc-jobs-3": "could not save the campaign",
    "smsc-err-3": "no mail server",
    "devino-error-3": "closed our session",
    "devino-state--3": "could not read the time",
}


def test_one_number_means_what_its_table_says() -> None:
    assert {entry for entry in ENTRIES if re.search(r"\D3$", entry)} == set(NUMBER_3)
    for entry, meaning in NUMBER_3.items():
        assert [one for one in NUMBER_3 if meaning in EN(f"entry-{one}")] == [entry]


def _alike() -> set[frozenset[str]]:
    """Entries of one gateway that say the very same in some language."""
    same: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for language in LANGUAGES:
        for entry in ENTRIES:
            said = words(language)(f"entry-{entry}") + words(language)(f"entry-{entry}.next")
            same[language, entry.partition("-")[0], said].add(entry)
    return {frozenset(group) for group in same.values() if len(group) > 1}


def test_only_a_login_and_a_block_are_the_same_in_every_table_of_a_gateway() -> None:
    found = (re.fullmatch(r"(smsc-(?!err)[a-z]+)-2", entry) for entry in ENTRIES)
    tables = {one[1] for one in found if one is not None}
    assert _alike() == {frozenset(f"{table}-{number}" for table in tables) for number in (2, 4)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_entry_names_no_other_gateway(language: str) -> None:
    names = {"smsc": "SMSC", "devino": "Devino", "sms_pager": "SMS-Pager"}
    for entry in ENTRIES:
        said = words(language)(f"entry-{entry}") + words(language)(f"entry-{entry}.next")
        own = entry.partition("-")[0]
        assert not [name for vendor, name in names.items() if vendor != own and name in said], entry


# A message that failed.


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("entry", sorted(ENTRIES))
def test_a_message_is_told_what_happened_what_it_cost_and_what_to_do(language: str, entry: str) -> None:
    here = words(language)
    for state in reasons.ENDED_BADLY:
        assert reasons.of_message(here, line(state, entry=entry, reason=Reason.OPERATOR), asked=False) == (
            f"{here(f'entry-{entry}')} {here(f'charged-{ENTRIES[entry]}')} {here(f'entry-{entry}.next')}"
        )


def test_a_failure_in_full() -> None:
    one = line(S.UNDELIVERED, entry="smsc-err-219", code="219", reason=Reason.BARRED)
    assert reasons.of_message(EN, one, asked=True) == (
        "The SIM was replaced less than a day ago: names are blocked for 24 hours. "
        "Charged or not: unknown. "
        "Send again tomorrow, or from a numeric sender ID: from=NUMBER."
    )
    assert reasons.of_message(RU, one, asked=True) == (
        "SIM-карту заменили меньше суток назад: буквенные имена отправителя заблокированы на 24 часа. "
        "Оплачено или нет — неизвестно. "
        "Отправьте снова завтра или с цифрового имени отправителя: from=НОМЕР."
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("entry", [None, "pigeon-7"])
def test_without_an_entry_the_reason_speaks(language: str, entry: str | None) -> None:
    """A code nobody lists, or a row written by a version that had other gateways."""
    here = words(language)
    for reason in Reason:
        said = reasons.of_message(here, line(S.UNDELIVERED, reason=reason, entry=entry), asked=False)
        assert said == f"{here(f'reason-{reason}')} {here('charged-yes')}"


@pytest.mark.parametrize(
    ("state", "charged"), [(S.REJECTED, "no"), (S.EXPIRED, "maybe"), (S.UNDELIVERED, "yes")]
)
def test_without_an_entry_the_state_says_what_was_charged(state: MessageState, charged: str) -> None:
    assert reasons.of_message(EN, line(state), asked=False).endswith(EN(f"charged-{charged}"))


def test_the_three_answers_about_money_differ() -> None:
    for here in (EN, RU):
        assert len({here(f"charged-{charged}") for charged in Charged}) == len(Charged)


# A message in doubt.


@pytest.mark.parametrize("asked", [True, False])
def test_a_doubt_has_the_advice_for_doubts_whatever_code_came(asked: bool) -> None:
    for here in (EN, RU):
        advice = here("doubt-asked" if asked else "doubt")
        said = reasons.of_message(here, line(S.UNCERTAIN, entry="devino-error-8"), asked=asked)
        assert said == f"{here('entry-devino-error-8')} {advice}"
        assert reasons.of_message(here, line(S.UNCERTAIN), asked=asked) == advice


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("broke", list(Break))
def test_what_broke_is_told_in_words_for_people(language: str, broke: Break) -> None:
    here = words(language)
    said = reasons.small_print(here, here("gateway-smsc"), line(S.UNCERTAIN, raw=str(broke)))
    assert said is not None
    text, entities = parse_html(said)
    assert len(entities) == 1
    assert text == "SMSC: " + here("break-" + broke.replace(" ", "-"))
    if language == "ru":
        assert re.findall("[A-Za-z]+", text) == ["SMSC"]


@pytest.mark.parametrize("raw", ["stopped while sending", "the desk stopped while sending"])
def test_that_we_stopped_is_told_in_words_of_the_language(raw: str) -> None:
    said = reasons.small_print(RU, RU("gateway-devino_rest"), line(S.UNCERTAIN, raw=raw))
    assert said is not None
    assert parse_html(said)[0] == "Devino REST: " + RU("break-interrupted")


@pytest.mark.parametrize(
    ("code", "raw", "said"),
    [
        ("20", "<Absent>", "SMSC 20 <Absent>"),
        ("20", "20", "SMSC 20"),
        (None, "gone", "SMSC gone"),
        ("7", None, "SMSC 7"),
        (None, "x" * 500, "SMSC " + "x" * 295),
    ],
)
def test_the_small_print_is_what_the_gateway_said(code: str | None, raw: str | None, said: str) -> None:
    shown = reasons.small_print(EN, EN("gateway-smsc"), line(code=code, raw=raw))
    assert shown is not None
    assert parse_html(shown)[0] == said


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ('HTTP 200: { "error": "can\'t to deliver", "error_code": 8, "id": 12 }', "SMSC 8 can't to deliver"),
        ('HTTP 400: {"Code":4,"Desc":"\\u041d\\u0435\\u0442 \\"x\\"\\n"}', 'SMSC 8 Нет "x"'),
        ('HTTP 200: {"error": "\\ud83d"}', "SMSC 8 \ufffd"),
        ('HTTP 200: {"error_code": 8, "error": "cut', "SMSC 8"),
        ("HTTP 200: <?xml?><data><code>8</code><descr>Нет &amp; нет</descr></data>", "SMSC 8 Нет & нет"),
        ("unexpected status: HTTP 502: <html><body>Bad gateway</body></html>", "SMSC 8"),
        ("HTTP 200: ERROR = 8 (no route)", "SMSC 8 ERROR = 8 (no route)"),
        ("HTTP 204: ", "SMSC 8"),
    ],
)
def test_the_small_print_has_the_gateways_words_without_what_is_around_them(raw: str, said: str) -> None:
    shown = reasons.small_print(EN, EN("gateway-smsc"), line(code="8", raw=raw))
    assert shown is not None
    assert parse_html(shown)[0] == said
    assert reasons.said(EN, line(code="8", raw=raw)) == said.removeprefix("SMSC ")


def test_there_is_no_small_print_where_nothing_was_said() -> None:
    assert reasons.small_print(EN, EN("gateway-smsc"), line()) is None
    assert reasons.small_print(EN, EN("gateway-smsc"), line(raw="")) is None


# A gateway or an account in trouble.


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            InsufficientFunds(code="3", entry="smsc-send-3"),
            "There is not enough money on the SMSC account. "
            "Top it up. If the account is stopped here, press ▶ Resume in /accounts.",
        ),
        (
            RequestRefused(code="6", reason=Reason.SENDER, entry="devino-error-6"),
            "Devino cannot do that; most often the sender ID is to blame. "
            "Use a sender ID agreed with Devino: from=NAME. If it is agreed, ask the Devino support.",
        ),
        (
            Throttled(code="10", entry="smsc-senders-10"),
            "The confirmation code has already been sent to this number, and SMSC sends the next one only "
            "after 8 hours. Find the code on that handset, or ask for a new one in 8 hours.",
        ),
        (
            AuthFailed(code="501", entry="sms_pager-501"),
            "SMS-Pager does not accept the login or the password. Check them and /connect again.",
        ),
        (NotReached(raw="refused"), "The gateway cannot be reached. Try again later."),
        (
            RequestRefused(code="<7>", reason=Reason.REQUEST, entry="pigeon-7"),
            "The gateway refused the request (&lt;7&gt;). Ask its support.",
        ),
    ],
    ids=lambda value: None if isinstance(value, str) else value.entry or value.kind,
)
def test_an_error_is_told_by_its_entry_else_by_its_kind(error: NotReached, said: str) -> None:
    assert reasons.of_error(EN, error) == said


def test_trouble_with_a_message_says_nothing_of_money_for_it() -> None:
    """What a login or a question for the balance cost is no question."""
    for entry in ENTRIES:
        assert not any(
            EN(f"charged-{one}") in reasons.trouble(EN, "auth_failed", None, entry) for one in Charged
        )


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (Throttled(), "The gateway asks us to wait. Try again in a minute."),
        (
            Throttled(retry_after=timedelta(seconds=20.2)),
            "The gateway asks us to wait, 21 s. Try again then.",
        ),
        (OutcomeUnknown(raw="<html>"), "The gateway's answer could not be read. Try again later."),
        (
            OutcomeUnknown(raw=Break.NO_ANSWER),
            "The gateway did not answer: no answer in time. Try again later.",
        ),
    ],
)
def test_a_wait_has_its_length_and_silence_its_cause(error: GatewayError, says: str) -> None:
    assert reasons.of_error(EN, error) == says
