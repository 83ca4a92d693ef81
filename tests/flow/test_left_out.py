"""Who is on the stop-list is left out before ✅: neither counted nor paid for, and named with the reason."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from .desk import DELIVERED, REJECTED, SLOW, UNDELIVERED, Stands, working
from .steps import Ahead, accepted, comes_to, confirmed, offered, soon

FIELDS = "Здравствуйте, {имя}!"


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def desk(world: Stands, tmp_path: Path, clock: Ahead) -> AsyncIterator[Stands]:
    async with working(world.settings(tmp_path), clock=clock):
        await world.connect("smsc")
        yield world


async def stopped(desk: Stands, *numbers: str) -> None:
    await desk.ask(f"/stoplist add {', '.join(numbers)}", having="New entries")


def table(*rows: tuple[str, str]) -> bytes:
    return "".join(f"{line}\r\n" for line in ("Телефон;Имя", *map(";".join, rows))).encode("cp1251")


THREE = table((DELIVERED, "Анна"), (UNDELIVERED, "Борис"), (SLOW, "Вера"))


async def test_typed_numbers_on_the_stop_list_are_named_and_not_counted(desk: Stands, clock: Ahead) -> None:
    await stopped(desk, UNDELIVERED)
    card = await offered(desk, f"/send {DELIVERED}, {UNDELIVERED}, {SLOW} Hello")
    for words in ("To 2 numbers", f"Dropped 1: {UNDELIVERED} (on the stop-list)", "Cost: 5.00"):
        assert words in card.text, words
    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "delivered 2")
    assert "Total 2" in card.text


async def test_nobody_but_the_stop_list_is_refused_at_once(desk: Stands) -> None:
    await stopped(desk, DELIVERED, SLOW)
    await desk.ask(f"/send {DELIVERED} Hello", having=f"{DELIVERED} is on the stop-list")
    await desk.ask(f"/send {DELIVERED}, {SLOW} Hello", having="All these numbers (2) are on the stop-list")
    dropped = desk.chat.send_document(desk.anna, "a.csv", table((DELIVERED, "Анна")))
    assert "on the stop-list 1" in (await desk.answer(dropped.id, having="nobody in it")).text


async def test_a_file_names_them_and_each_other_gets_the_own_text(desk: Stands, clock: Ahead) -> None:
    await stopped(desk, UNDELIVERED)
    dropped = desk.chat.send_document(desk.anna, "clients.csv", THREE)
    found = await desk.answer(dropped.id, having="2 recipients")
    for words in ("Removed rows: 1 (on the stop-list 1)", "row 3: +7 903 *** 45 01 — on the stop-list"):
        assert words in found.text, words
    card = await desk.ask(FIELDS, having="Check, then send")
    for words in (
        "To 2 recipients",
        "on the stop-list 1",
        "· +7 903 *** 45 01 — on the stop-list",
        "Cost: 5.00",
    ):
        assert words in card.text, words
    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "delivered 2")
    assert {one.text for one in accepted(desk)} == {"Здравствуйте, Анна!", "Здравствуйте, Вера!"}


async def test_nobody_waits_for_a_whole_list(desk: Stands, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is left out and what all get is written at a few places after others."""
    monkeypatch.setattr("bot.gathering.work.PLACES", 2)
    points: Counter[str] = Counter()
    monkeypatch.setattr("storage.fault._armed", lambda point: points.update([point]))
    await stopped(desk, UNDELIVERED)
    dropped = desk.chat.send_document(desk.anna, "clients.csv", THREE, "Hello")
    card = await desk.answer(dropped.id, having="Check, then send")
    assert "To 2 recipients" in card.text
    assert points["gather.leave_out committed"] == 4, "twice: when it was read, and when the card was made"
    assert points["gather.text committed"] == 2


async def test_a_new_text_is_for_those_who_are_on_the_list_by_then(desk: Stands, clock: Ahead) -> None:
    await stopped(desk, UNDELIVERED)
    dropped = desk.chat.send_document(desk.anna, "clients.csv", THREE)
    await desk.answer(dropped.id, having="2 recipients")
    await desk.ask(f"/stoplist remove {UNDELIVERED}", having="not on the stop-list any more")
    await stopped(desk, SLOW)
    card = await desk.ask(FIELDS, having="Check, then send")
    assert "· +7 903 *** 45 04 — on the stop-list" in card.text
    assert "45 01 — on" not in card.text
    await desk.press(card, "✅")
    await soon(desk, clock, lambda: len(accepted(desk)) == 2)
    assert {one.text for one in accepted(desk)} == {"Здравствуйте, Анна!", "Здравствуйте, Борис!"}


async def test_many_of_them_come_as_a_file(desk: Stands) -> None:
    many = [f"+7903123{number:04d}" for number in range(12)]
    await stopped(desk, *many)
    rows = table((SLOW, "Вера"), *((number, "Нет") for number in many))
    dropped = desk.chat.send_document(desk.anna, "clients.csv", rows, FIELDS)
    card = await desk.answer(dropped.id, having="Check, then send")
    assert "All 12 are in the file below" in card.text
    file = await desk.answer(card.id, having="the 12 removed rows")
    assert file.file is not None
    assert file.file.data.startswith(b"PK")


async def test_groups_and_clocks_leave_them_out_as_well(desk: Stands, clock: Ahead) -> None:
    await stopped(desk, UNDELIVERED)
    await desk.ask(f"/contacts add @clients {DELIVERED}, {UNDELIVERED}", having="2 contacts are saved")
    wall = (clock() + timedelta(days=2)).replace(tzinfo=None).isoformat(timespec="minutes")
    card = await offered(desk, f"/send at={wall} local=yes @clients Hello")
    for words in ("To one recipient", "Removed rows: 1 (on the stop-list 1)", "Cost: 2.50"):
        assert words in card.text, words


async def test_those_not_reached_are_without_them(desk: Stands, clock: Ahead) -> None:
    card = await confirmed(desk, f"/send {DELIVERED} One")
    rows = table((UNDELIVERED, "Борис"), (REJECTED, "Глеб"))
    dropped = desk.chat.send_document(desk.anna, "clients.csv", rows, FIELDS)
    card = await desk.answer(dropped.id, having="Check, then send")
    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "100%")
    await stopped(desk, UNDELIVERED)
    await desk.press(card, "🔁")
    again = await desk.answer(card.id, having="Those whom #2 did not reach")
    assert "To one recipient" in again.text
    assert "· +7 903 *** 45 01 — on the stop-list" in again.text
    assert "Глеб" in again.text
    await stopped(desk, REJECTED)
    await desk.press(card, "🔁")
    assert "on the stop-list 2" in (await desk.answer(again.id, having="nobody in it")).text


async def test_who_is_put_on_it_after_the_card_is_skipped_and_the_card_says_why(
    desk: Stands, clock: Ahead
) -> None:
    card = await offered(desk, f"/send {DELIVERED}, {SLOW} Hello")
    await stopped(desk, SLOW)
    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "✖ +7 903 *** 45 04 — skipped: on the stop-list")
