"""Answers about accounts: long lists are cut with a count, and a caption that has no room is told apart."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from bot import answers, cards
from bot.answers import Counted
from bot.keyboards import Screen
from bot.words import LANGUAGES, Words
from desk.statistics import Outcome, Period, read_period
from providers.errors import NotReached, RequestRefused
from providers.faces import SenderId, SenderStatus, Statistics
from providers.model import Balance, MessageState, Reason
from sandbox.telegram.html_entities import parse_html
from sandbox.telegram.text_entities import utf16_length
from storage.accounts import Account
from storage.balances import Known

ZONE = ZoneInfo("Europe/Moscow")
EN = Words("en", ZONE)
LONG = RequestRefused(code="1", reason=Reason.REQUEST, entry="smsc-get-1")
BY_GATEWAY = "by the gateway, for the whole account (other chats too, perhaps in segments)"
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def account(name: str = "main") -> Account:
    return Account(
        id=1,
        name=name,
        gateway="smsc",
        sender_id=None,
        login_tail="me",
        sealed="",
        stopped=None,
        provisioned=False,
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_long_lists_of_sender_ids_are_cut_with_a_count(language: str) -> None:
    operators = {f"operator-{n}": list(SenderStatus)[n % 9] for n in range(19)}
    names = [SenderId(name=f"<NAME{n}>", operators=operators) for n in range(100)]
    words = Words(language, ZONE)
    listed = answers.senders(words, account(), names, more="token")
    detailed = answers.sender_operators(words, account(), names)
    assert words("senders-more", count=100 - answers.LISTED) in listed.html
    assert detailed.html.count("NAME") <= answers.DETAILED
    for screen in (listed, detailed):
        assert utf16_length(parse_html(screen.html)[0]) < 4096


def test_operators_are_told_by_status_and_one_nobody_knows_by_its_own_name() -> None:
    operators = {
        "mts_step": SenderStatus.ALLOWED,
        "tele2": SenderStatus.REFUSED,
        "mars": SenderStatus.ALLOWED,
    }
    told = answers.sender_operators(EN, account(), [SenderId(name="SHOP", operators=operators)])
    assert parse_html(told.html)[0].splitlines()[2:] == ["allowed: MTS, mars", "refused: Tele2"]
    nothing = answers.sender_operators(EN, account(), [SenderId(name="SHOP")])
    assert "No operator says anything" in nothing.html


def period() -> Period:
    found = read_period("2d", ZONE, NOW)
    assert found is not None
    return found


def test_counts_stand_above_the_gateways_own() -> None:
    told = Statistics(since=NOW, until=NOW, total=4, delivered=3, cost=Decimal("7.5"), currency="RUB")
    rows = [
        Counted(account=account(), states={MessageState.DELIVERED: 2}, gateway=told),
        Counted(account=account("spare"), states={}, gateway=NotReached()),
    ]
    (screen,) = answers.statistics(EN, period(), rows, {Outcome.DELIVERED: [0, 2]})
    assert parse_html(screen.html)[0] == (
        "19 Nov 2026 – 20 Nov 2026 (Europe/Moscow)\n"
        "main · SMSC · 2: delivered 2\n"
        f"{BY_GATEWAY}: 4 · delivered 3 · Cost: 7.50 RUB\n"
        "spare · SMSC · nothing was sent\n"
        "the gateway's own figures are not known. The gateway cannot be reached. Try again later."
    )
    assert screen.chart is not None
    assert screen.chart.days == ("19 Nov", "20 Nov")
    assert screen.chart.series == (("delivered", "delivered", (0, 2)),)


def test_counts_too_long_for_a_caption_come_before_the_picture() -> None:
    states = dict.fromkeys(MessageState, 1000)
    rows = [Counted(account=account(f"account {n}"), states=states, gateway=None) for n in range(9)]
    counts, picture = answers.statistics(EN, period(), rows, {Outcome.FAILED: [1, 2]})
    assert counts.chart is None
    assert picture.chart is not None
    assert utf16_length(parse_html(picture.html)[0]) < 1024


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_that_gateways_give_are_clipped_and_long_answers_cut(language: str) -> None:
    words = Words(language, ZONE)
    operators = {f"operator {n} {'<' * 200}": list(SenderStatus)[n % 2] for n in range(400)}
    names = [SenderId(name="<" * 500, operators=operators) for _ in range(100)]
    whose = [account(f"a-rather-long-name-{number}") for number in range(60)]
    known = Known(balance=Balance(amount=Decimal(10)), at=NOW)
    counted = [Counted(account=one, states=dict.fromkeys(MessageState, 1000), gateway=LONG) for one in whose]
    screens = [
        answers.senders(words, account(), names, more=None),
        answers.sender_operators(words, account(), names),
        answers.balances(words, [(one, known, LONG) for one in whose], NOW),
        *answers.statistics(words, period(), counted, {}),
        Screen(html=answers.senders_unable(words, whose)),
        cards.account_list(words, whose, {}),
    ]
    for screen in screens:
        assert utf16_length(parse_html(screen.html)[0]) < 4096
    for screen in screens[2:]:
        told = screen.html.count("a-rather-long-name-")
        assert 3 < told < 60
        assert words("accounts-more", count=60 - told) in screen.html


def test_a_total_alone_has_no_bare_colon() -> None:
    told = Statistics(since=NOW, until=NOW, total=0)
    (screen,) = answers.statistics(EN, period(), [Counted(account=account(), states={}, gateway=told)], {})
    assert screen.html.endswith(f"{BY_GATEWAY}: 0")
