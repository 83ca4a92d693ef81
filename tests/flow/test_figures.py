"""Money, sender IDs and counts, from the chat."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from .desk import DELIVERED, UNDELIVERED, Stands, stands, working
from .steps import Ahead, confirmed


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
        ". It does not tell now. The gateway cannot be reached. Try again later."
    )
    russian = replace(desk, anna=replace(desk.anna, language_code="ru"))
    assert (
        "(3 мин назад). Сейчас узнать не удалось. " in (await russian.ask("/balance", having="Баланс")).text
    )


# Sender IDs


async def test_sender_ids_from_application_to_deletion(desk: Stands) -> None:
    await desk.connect("smsc")
    await desk.ask("/senders add NEWNAME Notices of a shop", having="Applied for NEWNAME at smsc.")
    listed = await desk.ask("/senders", having="Sender IDs of smsc · SMSC")
    assert "\nNEWNAME — waits for moderation\n" in listed.text
    await desk.press(listed, "📶 By operator")
    told = await desk.answer(listed.id, having="ACME — allowed\nallowed: at all 19 operators")
    assert "NEWNAME" not in told.text  # no operator says anything of it
    await desk.ask("/senders change NEWNAME Notices of two shops", having="Changed what NEWNAME is for")

    question = await desk.ask("/senders delete NEWNAME", having="Delete the sender ID NEWNAME of smsc?")
    await desk.press(question, "✅ Delete")
    await desk.answer(question.id, having="NEWNAME is deleted at smsc.")
    assert await desk.press(question, "✅ Delete") == "This button no longer works. Nothing was done."
    assert "NEWNAME" not in (await desk.ask("/senders smsc", having="Sender IDs of")).text


async def test_a_number_becomes_a_sender_id_by_its_code(desk: Stands) -> None:
    await desk.connect("smsc")
    number = DELIVERED.removeprefix("+")
    await desk.ask(f"/senders add {number} Our own number", having="Applied for")
    await desk.ask(f"/senders code {number}", having="The code is on its way")
    wrong = await desk.ask(f"/senders confirm {number} 1", having="smsc · SMSC: not done.")
    assert "Nothing" not in wrong.text
    code = desk.smsc.code_for(number)
    await desk.ask(f"/senders confirm {number} {code}", having="is confirmed at smsc.")
    await desk.ask("/senders", having=f"{number} — allowed")


async def test_gateway_without_sender_ids_says_so(desk: Stands) -> None:
    await desk.connect("sms_pager")
    answer = await desk.ask("/senders", having="sms_pager · SMS-Pager")
    assert answer.text.endswith("Sender ID of the account: ACME.")
    russian = replace(desk, anna=replace(desk.anna, language_code="ru"))
    await russian.ask("/senders", having="Имя отправителя аккаунта: ACME.")
    await desk.ask("/senders add X", having="Write: /senders")
    await desk.ask("/senders other", having="There is no account other in this chat. There is: sms_pager.")


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
    assert "\nthe gateway counts 1: " in answer.text


async def test_what_is_no_period_is_said(desk: Stands) -> None:
    await desk.connect("sms_pager")
    await desk.ask("/stats soon", having="I cannot read the period “soon”.")
