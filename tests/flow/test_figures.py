"""Money and counts, from the chat."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot import charts
from bot.config import Settings
from bot.keyboards import Chart
from sandbox.telegram import FaultKind, Message

from .desk import ADMIN, DELIVERED, LOGIN, PASSWORD, UNDELIVERED, Stands, stands, working
from .steps import Ahead, confirmed, offered, soon

BY_GATEWAY = "by the gateway, for the whole account (other chats too, perhaps in segments)"


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def world(clock: Ahead) -> AsyncIterator[Stands]:
    async with stands(clock=clock) as made:
        yield made


@pytest.fixture
async def desk(world: Stands, clock: Ahead, tmp_path: Path) -> AsyncIterator[Stands]:
    async with working(world.settings(tmp_path), clock=clock):
        yield world


# Money


async def test_balance_is_not_asked_again_at_once_and_kept_for_when_nobody_answers(
    desk: Stands, clock: Ahead
) -> None:
    await desk.connect("sms_pager")
    clock.by += timedelta(minutes=1)  # at the connection it was asked too
    first = await desk.ask("/balance", having="Balance")
    assert first.text.endswith(" (now)")
    asked = len(desk.sms_pager.requests)
    clock.by += timedelta(seconds=5)
    await desk.ask("/balance", having=" s ago)")
    assert len(desk.sms_pager.requests) == asked
    clock.by += timedelta(minutes=3)
    await desk.sms_pager.stop()
    old = await desk.ask("/balance", having="3 min ago")
    assert old.text == first.text.replace("(now)", "(3 min ago)") + (
        ". It gives no balance at the moment. The gateway cannot be reached. Try again later."
    )
    russian = replace(desk, anna=replace(desk.anna, language_code="ru"))
    assert (
        "(3 мин назад). Сейчас узнать не удалось. " in (await russian.ask("/balance", having="Баланс")).text
    )


async def test_a_card_does_not_show_what_was_before_the_last_sending(desk: Stands) -> None:
    await desk.connect("smsc")
    first = await confirmed(desk, f"/send {DELIVERED} Text")
    assert "Balance: 1,000.00 RUB (" in first.text
    await desk.becomes(first, "Total 1: delivered 1")
    left = desk.smsc.account.balance
    assert left < 1000
    second = await offered(desk, f"/send {UNDELIVERED} Text")
    assert f"Balance: {left:.2f} RUB, then " in second.text


async def test_the_balance_of_the_connection_is_kept_and_shown_with_its_age(
    desk: Stands, clock: Ahead
) -> None:
    await desk.connect("smsc")
    asked = len(desk.smsc.requests)
    clock.by += timedelta(seconds=4)
    card = await offered(desk, f"/send {DELIVERED} Text")
    assert re.search(r"Balance: 1,000\.00 RUB \([4-9] s ago\), then 9", card.text)
    operations = [operation for operation, *_ in desk.smsc.requests[asked:]]
    assert "balance" not in operations


async def test_a_gateway_that_does_not_tell_leaves_the_last_balance_with_its_age(
    desk: Stands, clock: Ahead
) -> None:
    await desk.connect("smsc")
    clock.by += timedelta(minutes=3)
    desk.smsc.faults.add("balance", kind="html_200")
    card = await offered(desk, f"/send {DELIVERED} Text")
    assert "Balance: 1,000.00 RUB (3 min ago), then 9" in card.text
    assert "⚠ The gateway's answer could not be read." in card.text


async def test_another_login_has_its_own_money(world: Stands, clock: Ahead, tmp_path: Path) -> None:
    for login, money in ((LOGIN, "main · SMSC: 1,000.00 RUB (now)"), ("other", "main · SMSC: unknown.")):
        account = {"name": "main", "gateway": "smsc", "login": login, "password": PASSWORD, "chats": [ADMIN]}
        given = world.settings(tmp_path).model_dump(exclude_unset=True)
        async with working(Settings.model_validate(given | {"accounts": [account]}), clock=clock):
            await world.ask("/balance", having=money)


async def test_a_credit_counts_as_money_on_a_card(desk: Stands, clock: Ahead) -> None:
    desk.smsc.account.balance = Decimal("0.10")
    await desk.connect("smsc")
    without = await offered(desk, f"/send {DELIVERED} Text")
    assert "⚠ Balance: 0.10 RUB" in without.text
    desk.smsc.credit = Decimal(50)
    clock.by += timedelta(minutes=1)
    card = await offered(desk, f"/send {DELIVERED} Text")
    assert "\nBalance: 0.10 RUB, credit 50.00 RUB, then -" in card.text
    assert "That is not enough" not in card.text


async def test_many_accounts_are_cut_with_a_count(world: Stands, clock: Ahead, tmp_path: Path) -> None:
    login = {"gateway": "smsc", "login": "wrong", "password": "wrong", "chats": [ADMIN]}
    many = [login | {"name": f"account-of-a-long-name-{number}"} for number in range(100)]
    given = world.settings(tmp_path).model_dump(exclude_unset=True)
    async with working(Settings.model_validate(given | {"accounts": many}), clock=clock):
        for command in ("/balance", "/stats", "/accounts"):
            said = await world.ask(command, having="more accounts")
            told = said.text.count("account-of-a-long-name-")
            assert 5 < told < 100
            assert f"\nand {100 - told} more accounts" in said.text


# Counts


@pytest.mark.parametrize(
    ("language", "says", "outcomes"),
    [
        ("en", "sms_pager · SMS-Pager · 2: delivered 1 · undelivered 1", ["delivered", "failed"]),
        ("ru", "sms_pager · SMS-Pager · 2: доставлено 1 · не доставлено 1", ["доставлено", "не удалось"]),
    ],
)
async def test_counts_come_as_a_picture_with_words(
    desk: Stands, language: str, says: str, outcomes: list[str]
) -> None:
    await desk.connect("sms_pager")
    card = await confirmed(desk, f"/send {DELIVERED}, {UNDELIVERED} Text")
    await desk.becomes(card, "delivered 1 · undelivered 1")
    theirs = replace(desk, anna=replace(desk.anna, language_code=language))
    answer = await theirs.ask("/stats", having=says)
    assert answer.kind == "photo"
    assert answer.file is not None
    assert answer.file.data.startswith(b"\x89PNG")
    nothing = await theirs.ask("/stats 2020-01-01", having="sms_pager")
    assert nothing.kind == "text"


async def test_the_gateways_own_count_stands_beside_ours(desk: Stands) -> None:
    await desk.connect("devino_rest")
    card = await confirmed(desk, f"/send {DELIVERED} Text")
    await desk.becomes(card, "Total 1: delivered 1")
    answer = await desk.ask("/stats today", having="devino_rest · Devino REST · 1: delivered 1")
    assert f"\n{BY_GATEWAY}: 1 · " in answer.text


async def test_what_is_no_period_is_said(desk: Stands) -> None:
    await desk.connect("sms_pager")
    await desk.ask("/stats soon", having="I cannot read the period “soon”.")


# The picture through the notifier


async def chart_of(desk: Stands, command: str = "/stats today") -> Message:
    """Something to draw, and the message that asks for it."""
    await desk.connect("sms_pager")
    card = await confirmed(desk, f"/send {DELIVERED} Text")
    await desk.becomes(card, "Total 1: delivered 1")
    return desk.chat.say(desk.anna, command)


async def test_where_no_picture_is_allowed_the_words_come_alone(desk: Stands) -> None:
    desk.chat.forbidden.add("photo")
    said = await chart_of(desk)
    answer = await desk.answer(said.id, having="sms_pager · SMS-Pager · 1: delivered 1")
    assert answer.kind == "text"
    assert [call.error for call in desk.telegram.calls if call.method == "sendPhoto"] == [
        "Bad Request: not enough rights to send photos to the chat"
    ]


async def test_a_picture_that_cannot_be_drawn_leaves_its_words(
    desk: Stands, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(chart: Chart) -> bytes:
        raise MemoryError

    monkeypatch.setattr(charts, "draw", broken)
    said = await chart_of(desk)
    answer = await desk.answer(said.id, having="sms_pager · SMS-Pager · 1: delivered 1")
    assert answer.kind == "text"


async def test_a_picture_waits_as_long_as_telegram_asks(desk: Stands, clock: Ahead) -> None:
    desk.telegram.faults.add("sendPhoto", kind="429", retry_after=30)
    said = await chart_of(desk)
    await desk.telegram.wait_for(lambda: desk.telegram.faults.applied)
    answer = await soon(desk, clock, lambda: _pictures(desk, said))
    assert len(answer) == 1
    sent = [call.at for call in desk.telegram.calls if call.method == "sendPhoto"]
    assert sent[1] - sent[0] >= timedelta(seconds=30)
    assert "(repeat)" not in answer[0].text


@pytest.mark.parametrize(("kind", "shown"), [("delivered_reset", 2), ("reset_before", 1)])
async def test_a_picture_whose_answer_was_lost_comes_once_more_and_says_so(
    desk: Stands, clock: Ahead, kind: FaultKind, shown: int
) -> None:
    desk.telegram.faults.add("sendPhoto", kind=kind)
    said = await chart_of(desk)
    await desk.telegram.wait_for(lambda: desk.telegram.faults.applied)
    await soon(desk, clock, lambda: len(_pictures(desk, said)) == shown)
    pictures = _pictures(desk, said)
    assert [one.text.startswith("(repeat) ") for one in pictures] == [False] * (shown - 1) + [True]
    assert pictures[-1].file is not None


def _pictures(desk: Stands, said: Message) -> list[Message]:
    return [one for one in desk.chat.bot_messages if one.id > said.id and one.kind == "photo"]


async def test_a_title_has_its_year_and_no_colon_stands_bare(desk: Stands) -> None:
    await desk.connect("sms_pager")
    await desk.ask("/stats 2025-11-01..2026-10-31", having="1 Nov 2025 – 31 Oct 2026 (Europe/Moscow)")
    russian = replace(desk, anna=replace(desk.anna, language_code="ru"))
    await russian.ask("/stats 2025-11-01", having="1 нояб. 2025")
