"""A file dropped into the chat becomes as many right messages: U7 to U18 and U44 to U47 over the real bot."""

import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.telegram import Chat, Message

from .desk import DELIVERED, REJECTED, SLOW, UNDELIVERED, Stands, working
from .steps import Ahead, accepted, comes_to, connect_group, seen, soon, stand, toast, tomorrow

SECOND = timedelta(seconds=1)
TITLES = "Телефон;Имя;Сумма"


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def desk(world: Stands, tmp_path: Path, clock: Ahead) -> AsyncIterator[Stands]:
    """A bot at work whose clock the test moves: cards of lists are edited once in five seconds."""
    async with working(world.settings(tmp_path), clock=clock):
        yield world


def table(*rows: tuple[str, str, str]) -> bytes:
    """A file as a spreadsheet program in Russian settings writes it."""
    return "".join(f"{line}\r\n" for line in (TITLES, *map(";".join, rows))).encode("cp1251")


TWO = table((DELIVERED, "Анна", "100"), (SLOW, "Борис", "2500"))
TEXT = "Здравствуйте, {имя}! К оплате {Сумма} руб."
OTHERS = {2002: "Boris", 3003: "Vera"}


async def drop(desk: Stands, content: bytes, *, having: str, caption: str | None = None) -> Message:
    """Drop a file as Anna and wait for an answer with these words."""
    sent = desk.chat.send_document(desk.anna, "clients.csv", content, caption)
    return await desk.answer(sent.id, having=having)


async def offered(desk: Stands, content: bytes = TWO, text: str = TEXT) -> Message:
    """The confirm card of a file and a text."""
    return await drop(desk, content, having="Check, then send", caption=text)


def many(count: int) -> bytes:
    return table(*((f"+7903{number:07d}", "Анна", "1") for number in range(count)))


async def test_a_dropped_file_becomes_messages_with_texts_of_their_own(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    found = await drop(desk, TWO, having="2 recipients")
    assert "Телефон" in found.text
    assert "{Имя}" in found.text
    card = await desk.ask(TEXT, having="Check, then send")
    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "delivered 2")
    assert {one.text for one in accepted(desk)} == {
        "Здравствуйте, Анна! К оплате 100 руб.",
        "Здравствуйте, Борис! К оплате 2500 руб.",
    }


@pytest.mark.parametrize("kind", ["devino_rest", "devino_soap", "sms_pager", "smsc"])
async def test_every_gateway_sends_each_its_own_text(desk: Stands, clock: Ahead, kind: str) -> None:
    await desk.connect(kind)
    card = await offered(desk)
    await desk.press(card, "✅")
    await soon(desk, clock, lambda: len(accepted(desk)) == 2)
    assert sorted(one.text for one in stand(desk, kind).journal.accepted) == [
        "Здравствуйте, Анна! К оплате 100 руб.",
        "Здравствуйте, Борис! К оплате 2500 руб.",
    ]


async def test_u9_the_confirm_card_shows_all_that_matters(desk: Stands) -> None:
    await desk.connect("smsc")
    bad = table((DELIVERED, "Анна", "100"), ("+74951234567", "Офис", "1"), (DELIVERED, "Анна", "1"))
    card = await offered(desk, bad)
    for words in (
        "SMSC · account smsc · from ACME",
        "To one recipient",
        "+7 903 *** 45 00",
        "Здравствуйте, Анна! К оплате 100 руб.",
        "UCS-2 · 1 segment each, 1 in all",
        "Removed rows: 2 (",
        "landline 1",
        "twice 1",
        "Cost: 2.50",
        "Balance: 1,000.00",
        "then 997.50",
        "It leaves at once after ✅",
    ):
        assert words in card.text, words
    assert [key.text for key in card.keyboard[0]] == ["✅ Send", "✖ Do not send"]


async def test_removed_rows_come_as_a_file_when_they_are_many(desk: Stands) -> None:
    await desk.connect("smsc")
    good = [(f"+7903123450{number}", "Анна", "1") for number in range(9)]
    bad = table(*good, *(("12", "Нет", "1") for _ in range(11)))
    found = await drop(desk, bad, having="Removed rows: 11")
    assert "row 11: 12 — not a number" in found.text
    file = await desk.answer(found.id, having="the 11 removed rows")
    assert file.file is not None
    assert file.file.data.startswith(b"PK")


async def test_unknown_and_empty_fields_block_with_their_rows(desk: Stands) -> None:
    await desk.connect("smsc")
    empty = table((DELIVERED, "Анна", "100"), (SLOW, "", "5"))
    await drop(desk, empty, having="2 recipients")
    wrong = await desk.ask("Привет, {фамилия}", having="No column for {фамилия}")
    assert "{Имя}" in wrong.text
    await desk.ask("Привет, {имя}", having="The field “имя” is empty in one row: 3")
    await desk.ask("К оплате {сумма}", having="Check, then send")


async def test_an_unsure_column_is_asked_for_with_buttons(desk: Stands) -> None:
    await desk.connect("smsc")
    two = f"{DELIVERED};{SLOW}\r\n{REJECTED};{UNDELIVERED}\r\n".encode()
    asked = await drop(desk, two, having="which column has the numbers?")
    await desk.press(asked, "column 2")
    found = await desk.answer(asked.id, having="2 recipients")
    assert "column 2" in found.text
    card = await desk.ask("Hello", having="Check, then send")
    assert "+7 903 *** 45 04" in card.text


async def test_u46_a_file_over_the_limit_is_refused_before_it_is_fetched(
    world: Stands, tmp_path: Path
) -> None:
    async with working(world.settings(tmp_path, limits={"file_mb": 1})):
        await world.connect("smsc")
        await drop(world, b"7" * (2**20 + 1), having="It was not fetched")
    assert not [call for call in world.telegram.calls if call.method == "getFile"]


async def test_u45_what_a_spreadsheet_has_cut_is_named_by_its_row(desk: Stands) -> None:
    await desk.connect("smsc")
    cut = table((DELIVERED, "Анна", "1"), ("7,9161E+10", "Борис", "1"))
    found = await drop(desk, cut, having="one recipient")
    assert "row 3: 7,9161E+10 — cut by a spreadsheet program" in found.text


async def test_u12_two_presses_send_once(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    card = await offered(desk)
    key = card.keyboard[0][0].callback_data or ""
    both = [desk.chat.press_data(desk.anna, card, key) for _ in range(2)]
    words = [await toast(desk, one) for one in both]
    assert any("is in the queue" in one for one in words)
    assert any("already confirmed" in one for one in words)
    await soon(desk, clock, lambda: len(accepted(desk)) == 2)


@pytest.mark.parametrize("how", ["typed", "file"])
async def test_u12_two_people_press_it_leaves_once_and_the_second_hears_who_sent_it(
    desk: Stands, clock: Ahead, how: str
) -> None:
    boris = desk.telegram.person(2002, "Boris", language_code="en")
    group = desk.telegram.group(-100500, "Shop", [desk.anna, boris])
    await connect_group(desk, group)
    await desk.ask("/allow 2002 operator", having="operator")
    if how == "file":
        group.send_document(desk.anna, "list.csv", TWO, caption="/send Hello")
    else:
        group.say(desk.anna, f"/send {DELIVERED} {SLOW} Hello")
    card = await seen(
        desk, lambda: next((one for one in group.bot_messages if "Check, then send" in one.text), None)
    )
    key = card.keyboard[0][0].callback_data or ""
    presses = [group.press_data(one, card, key) for one in (boris, desk.anna, boris)]
    before, first, second = [await toast(desk, one) for one in presses]
    assert before == "This card belongs to somebody else. Nothing was done."
    assert "is in the queue" in first
    assert "Anna" in second
    assert "has already confirmed this: #1" in second
    await soon(desk, clock, lambda: "delivered 2" in card.text)
    assert len(accepted(desk)) == 2


async def test_u12_two_people_approve_it_leaves_once_and_the_second_hears_who_approved(
    world: Stands, tmp_path: Path, clock: Ahead
) -> None:
    others = [world.telegram.person(id_, name, language_code="en") for id_, name in OTHERS.items()]
    settings = world.settings(
        tmp_path, limits={"undo": "0s", "approve_over": 2}, telegram={"admins": [1001, *OTHERS]}
    )
    async with working(settings, clock=clock):
        await world.connect("smsc")
        chats = [world.telegram.private(one) for one in others]
        for one, chat in zip(others, chats, strict=True):
            chat.say(one, "/start")
        await world.press(await offered(world, many(3)), "✅")
        asked = [await asked_in(world, chat) for chat in chats]
        keys = [one.keyboard[0][0].callback_data or "" for one in asked]
        both = [
            chat.press_data(one, card, key)
            for one, chat, card, key in zip(others, chats, asked, keys, strict=True)
        ]
        words = [await toast(world, one) for one in both]
        (begun,) = (place for place, one in enumerate(words) if "is in the queue" in one)
        assert others[begun].first_name in words[1 - begun]
        assert "has already confirmed this: #1" in words[1 - begun]
        await soon(world, clock, lambda: len(accepted(world)) == 3)


async def test_a_new_text_ends_the_card_of_the_old_one(desk: Stands) -> None:
    await desk.connect("smsc")
    first = await offered(desk)
    await drop(desk, TWO, having="2 recipients")
    second = await desk.ask("Другой текст", having="Check, then send")
    assert await desk.press(first, "✅")  # another list: still good
    assert "is in the queue" in await desk.press(second, "✅")


async def test_u15_many_recipients_are_confirmed_by_their_count(
    world: Stands, tmp_path: Path, clock: Ahead
) -> None:
    async with working(world.settings(tmp_path, limits={"undo": "0s", "type_count_over": 2}), clock=clock):
        await world.connect("smsc")
        card = await offered(world, many(3))
        await world.press(card, "✅")
        asked = await world.answer(card.id, having="Type their count")
        await world.ask("33", having="not the count")
        assert not accepted(world)
        await world.ask("3", having="is in the queue")
        await soon(world, clock, lambda: len(accepted(world)) == 3)
        assert asked.id > card.id


async def test_u15_a_second_person_approves_and_never_the_author(
    world: Stands, tmp_path: Path, clock: Ahead
) -> None:
    boris = world.telegram.person(2002, "Boris", language_code="en")
    settings = world.settings(
        tmp_path, limits={"undo": "0s", "approve_over": 2}, telegram={"admins": [1001, 2002]}
    )
    async with working(settings, clock=clock):
        await world.connect("smsc")
        theirs = world.telegram.private(boris)
        theirs.say(boris, "/start")
        card = await offered(world, many(3))
        assert "somebody else must approve" in await world.press(card, "✅")
        put_up = await seen(
            world,
            lambda: next((one for one in theirs.bot_messages if "Anna wants to send" in one.text), None),
        )
        for told in ("SMSC, smsc · from ACME", "Здравствуйте, Анна! К оплате 1 руб.", "Cost: 7.50"):
            assert told in put_up.text
        both = [theirs.press(boris, put_up, "✅") for _ in range(2)]
        words = [await toast(world, one) for one in both]
        assert sum("is in the queue" in one for one in words) == 1
        await soon(world, clock, lambda: len(accepted(world)) == 3)


async def test_the_author_cannot_approve(world: Stands, tmp_path: Path, clock: Ahead) -> None:
    settings = world.settings(tmp_path, limits={"approve_over": 1})
    async with working(settings, clock=clock):
        await world.connect("smsc")
        card = await offered(world)
        await world.press(card, "✅")
        await world.answer(card.id, having="there is none")
    assert not accepted(world)


async def test_the_same_list_and_text_within_a_day_is_asked_once_more(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    await desk.press(await offered(desk), "✅")
    await soon(desk, clock, lambda: len(accepted(desk)) == 2)
    again = table((SLOW, "Борис", "2500"), (DELIVERED, "Анна", "100"))
    card = await offered(desk, again)
    assert "2 of them were sent this text already: #1" in card.text
    await desk.press(card, "✅")
    asked = await desk.answer(card.id, having="Send it once more?")
    assert len(accepted(desk)) == 2
    await desk.press(asked, "✅")
    await soon(desk, clock, lambda: len(accepted(desk)) == 4)


async def test_the_same_text_to_some_of_them_within_a_day_is_asked_once_more(
    desk: Stands, clock: Ahead
) -> None:
    await desk.connect("smsc")
    first = await offered(desk, table((DELIVERED, "Анна", "100"), (REJECTED, "Глеб", "3")))
    await desk.press(first, "✅")
    await comes_to(desk, clock, first, "100%")
    # Whom it did not reach is no repeat, nor is who is new.
    card = await offered(desk, table((REJECTED, "Глеб", "3"), (DELIVERED, "Анна", "1"), (SLOW, "Борис", "2")))
    assert "One of them was sent this text already: #1" in card.text
    await desk.press(card, "✅")
    await desk.answer(card.id, having="Send it once more?")
    assert len(accepted(desk)) == 2
    assert "already" not in (await offered(desk, table((SLOW, "Борис", "2")))).text


def counted(text: str) -> tuple[int, int]:
    """The total a card tells, and the sum of its counters."""
    line = next(one for one in text.splitlines() if one.startswith("Total "))
    total, _, counts = line.removeprefix("Total ").partition(": ")
    return int(total), sum(int(one.rpartition(" ")[2]) for one in counts.split(" · "))


async def test_u18_counters_add_up_at_every_edit(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    card = await offered(desk, many(100))
    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "99%")
    shown = [text for text in [card.text, *card.edits] if "Total" in text]
    assert len(shown) > 1
    assert {counted(text) for text in shown} == {(100, 100)}


async def test_pause_and_go_on(world: Stands, tmp_path: Path, clock: Ahead) -> None:
    async with working(world.settings(tmp_path, limits={"undo": "1h"}), clock=clock):
        await world.connect("smsc")
        card = await offered(world)
        await world.press(card, "✅")
        await comes_to(world, clock, card, "queued 2")
        assert "after ✅" in card.text
        assert "paused" in await world.press(card, "⏸")
        clock.by += 2 * 3600 * SECOND
        await comes_to(world, clock, card, "Paused")
        assert "after ✅" not in card.text
        assert not accepted(world)
        assert "goes on" in await world.press(card, "▶")
        await soon(world, clock, lambda: len(accepted(world)) == 2)


async def test_pause_when_everything_has_left(world: Stands, tmp_path: Path, clock: Ahead) -> None:
    async with working(world.settings(tmp_path, limits={"undo": "1h"}), clock=clock):
        await world.connect("smsc")
        card = await offered(world)
        await world.press(card, "✅")
        await comes_to(world, clock, card, "queued 2")
        pause = next(key for row in card.keyboard for key in row if "⏸" in key.text)
        clock.by += 2 * 3600 * SECOND
        await comes_to(world, clock, card, "delivered 2")
        late = world.chat.press_data(world.anna, card, pause.callback_data or "")
        assert "nothing to pause" in await toast(world, late)


async def test_u47_the_report_is_a_table_of_texts(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    card = await offered(desk, text="=1+1 {имя}")
    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "delivered 2")
    await desk.press(card, "📄 CSV")
    file = await desk.answer(card.id, having="#1: 2 messages")
    assert file.file is not None
    titles, first, _ = csv.reader(io.StringIO(file.file.data.decode("utf-8-sig")))
    told = dict(zip(titles, first, strict=True))
    # What stood in the file, what it cost, and a time that is sorted as text.
    assert titles[:4] == ["Number", "Name", "Сумма", "State"]
    assert first[:4] == ["'79031234500", "Анна", "100", "delivered"]
    assert (told["Price"], told["Text"]) == ("2.50", "'=1+1 Анна")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", told["Accepted (Europe/Moscow)"])


async def test_those_not_reached_come_as_a_file_that_is_a_list_again(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    rows = table((DELIVERED, "Анна", "1"), (UNDELIVERED, "Борис", "2,50"), (REJECTED, "Вера", "3"))
    card = await offered(desk, rows)
    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "100%")
    await desk.press(card, "📄 Those not reached")
    file = await desk.answer(card.id, having="#1: 2 recipients not reached")
    assert file.file is not None
    sent = desk.chat.send_document(desk.anna, "again.xlsx", file.file.data, "{имя}: {Сумма}")
    again = await desk.answer(sent.id, having="Check, then send")
    assert "To 2 recipients" in again.text
    assert "Борис: 2,50" in again.text


async def test_what_stood_in_the_file_goes_on_to_the_report_of_those_sent_to_again(
    desk: Stands, clock: Ahead
) -> None:
    await desk.connect("smsc")
    card = await offered(desk, table((DELIVERED, "Анна", "1"), (UNDELIVERED, "Борис", "2,50")))
    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "100%")
    await desk.press(card, "🔁")
    again = await desk.answer(card.id, having="Those whom #1 did not reach")
    await desk.press(again, "✅")
    await comes_to(desk, clock, again, "100%")
    await desk.press(again, "📄 CSV")
    file = await desk.answer(again.id, having="#2: one message as of now")
    assert file.file is not None
    assert '\'79031234501,Борис,"2,50",undelivered' in file.file.data.decode("utf-8-sig")


async def test_a_report_dropped_into_the_chat_is_a_list(desk: Stands, clock: Ahead) -> None:
    """Of a number that ends in zeros too."""
    await desk.connect("smsc")
    card = await offered(desk, table(("+7 903 100-00-00", "Анна", "100"), (SLOW, "Борис", "2,50")))
    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "delivered 2")
    again = card
    for kind in ("CSV", "XLSX"):
        await desk.press(card, f"📄 {kind}")
        file = await desk.answer(again.id, having="#1: 2 messages")
        assert file.file is not None
        sent = desk.chat.send_document(desk.anna, "report", file.file.data, "{имя}")
        again = await desk.answer(sent.id, having="Check, then send")
        assert "To 2 recipients" in again.text
        assert "Removed" not in again.text


async def test_status_of_one_number_of_a_campaign(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    card = await offered(desk, table((DELIVERED, "Анна", "1"), (UNDELIVERED, "Борис", "2")))
    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "100%")
    told = await desk.ask(f"/status #1 {UNDELIVERED}", having="#1: ❗ +7 903 *** 45 01 — undelivered")
    assert "The handset was off" in told.text
    await desk.ask(f"/status #1 {REJECTED}", having="is not in #1")


async def test_those_not_reached_get_it_again_in_a_linked_campaign(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    card = await offered(desk, table((DELIVERED, "Анна", "1"), (UNDELIVERED, "Борис", "2")))
    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "100%")
    await desk.press(card, "🔁")
    again = await desk.answer(card.id, having="Those whom #1 did not reach")
    assert "К оплате 2 руб." in again.text
    assert "To one recipient" in again.text
    await desk.press(again, "✅")
    await soon(desk, clock, lambda: len(accepted(desk)) == 3)
    assert accepted(desk)[-1].text == "Здравствуйте, Борис! К оплате 2 руб."


async def test_whom_a_repeat_has_reached_gets_it_from_no_other_repeat(desk: Stands, clock: Ahead) -> None:
    """Also from one whose card was there before the other began."""
    await desk.connect("smsc")
    two = table((DELIVERED, "Анна", "2"), (REJECTED, "Глеб", "3"))
    card = await drop(desk, two, having="Check, then send", caption=f"at={tomorrow()} {TEXT}")
    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "queued 2")
    await desk.press(card, "✖ Cancel")
    await comes_to(desk, clock, card, "cancelled 2")
    cards: list[Message] = []
    for _ in range(2):
        await desk.press(card, "🔁")
        cards.append(await desk.answer((cards or [card])[-1].id, having="Those whom #1 did not reach"))
    await desk.press(cards[0], "✅")
    assert "Meanwhile a repeat has taken on 2 of these." in await desk.press(cards[1], "✅")
    await comes_to(desk, clock, cards[0], "100%")
    await desk.press(card, "🔁")
    third = await desk.answer(desk.chat.messages[-1].id, having="Those whom #1 did not reach")
    assert "To one recipient" in third.text
    assert "Глеб" in third.text
    await desk.press(card, "📄 Those not reached")
    await desk.answer(third.id, having="#1: one recipient not reached")


def still_asks(card: Message) -> bool:
    return any(key.text.startswith(("✅", "🕒")) for row in card.keyboard for key in row)


async def asked_in(world: Stands, chat: Chat) -> Message:
    """The card in this chat that asks for a decision."""
    return await seen(world, lambda: next((one for one in chat.bot_messages if still_asks(one)), None))


async def test_a_card_that_was_confirmed_by_typing_asks_no_more(
    world: Stands, tmp_path: Path, clock: Ahead
) -> None:
    async with working(world.settings(tmp_path, limits={"undo": "0s", "type_count_over": 2}), clock=clock):
        await world.connect("smsc")
        card = await offered(world, many(3))
        await world.press(card, "✅")
        await world.answer(card.id, having="Type their count")
        await world.ask("3", having="is in the queue")
        await world.becomes(card, "Confirmed by Anna: #1")
        assert not still_asks(card)


@pytest.mark.parametrize(("label", "words"), [("✅", "Confirmed by Anna: #2"), ("✖", "Dismissed")])
async def test_a_card_of_which_more_was_asked_ends_with_the_answer(
    desk: Stands, clock: Ahead, label: str, words: str
) -> None:
    await desk.connect("smsc")
    await desk.press(await offered(desk), "✅")
    await soon(desk, clock, lambda: len(accepted(desk)) == 2)
    card = await offered(desk)
    await desk.press(card, "✅")
    asked = await desk.answer(card.id, having="Send it once more?")
    await desk.press(asked, label)
    await desk.becomes(card, words)
    assert not still_asks(card)


async def test_every_card_about_a_list_ends_when_a_second_person_decides(
    world: Stands, tmp_path: Path, clock: Ahead
) -> None:
    others = [world.telegram.person(number, name) for number, name in ((2002, "Boris"), (3003, "Vera"))]
    settings = world.settings(
        tmp_path, limits={"undo": "0s", "approve_over": 2}, telegram={"admins": [1001, 2002, 3003]}
    )
    async with working(settings, clock=clock):
        await world.connect("smsc")
        chats = [world.telegram.private(one) for one in others]
        for chat, one in zip(chats, others, strict=True):
            chat.say(one, "/start")
        card = await offered(world, many(3))
        await world.press(card, "✅")
        boris, vera = [await asked_in(world, chat) for chat in chats]
        chats[0].press(others[0], boris, "✅")
        await world.becomes(card, "Confirmed by Boris: #1")
        await seen(world, lambda: not still_asks(vera) and "#1" in vera.text)
        assert not still_asks(card)


async def test_cancel_leaves_the_question_whether_to_send_once_more(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    await desk.press(await offered(desk), "✅")
    await soon(desk, clock, lambda: len(accepted(desk)) == 2)
    card = await offered(desk)
    await desk.press(card, "✅")
    asked = await desk.answer(card.id, having="Send it once more?")
    key = asked.keyboard[0][0].callback_data or ""
    await desk.ask("/cancel", having="Nothing was sent.")
    for shown in (card, asked):
        await desk.becomes(shown, "Dismissed")
        assert not still_asks(shown)
    pressed = desk.chat.press_data(desk.anna, asked, key)
    assert "dismissed" in await toast(desk, pressed)
    await desk.ask("/cancel", having="nothing to leave")


async def test_cancel_leaves_what_a_second_person_has_not_approved_yet(
    world: Stands, tmp_path: Path, clock: Ahead
) -> None:
    """That person is asked for longer than a confirm card is good."""
    boris = world.telegram.person(2002, "Boris", language_code="en")
    settings = world.settings(
        tmp_path, limits={"undo": "0s", "approve_over": 2}, telegram={"admins": [1001, 2002]}
    )
    async with working(settings, clock=clock):
        await world.connect("smsc")
        theirs = world.telegram.private(boris)
        theirs.say(boris, "/start")
        await world.press(await offered(world, many(3)), "✅")
        put_up = await asked_in(world, theirs)
        clock.by += timedelta(minutes=20)
        await world.ask("/cancel", having="Nothing was sent.")
        await seen(world, lambda: "Dismissed" in put_up.text and not still_asks(put_up))
    assert not accepted(world)


async def test_cancel_leaves_the_question_for_a_column(desk: Stands) -> None:
    await desk.connect("smsc")
    two = f"{DELIVERED};{SLOW}\r\n{REJECTED};{UNDELIVERED}\r\n".encode()
    asked = await drop(desk, two, having="which column has the numbers?")
    await desk.ask("/cancel", having="Nothing was sent.")
    await desk.becomes(asked, "Dismissed")
    assert not asked.keyboard


async def test_a_schedule_in_words(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    card = await offered(desk, text='at="завтра в 10" Привет, {имя}')
    assert "10:00 (Europe/Moscow): it waits here until then" in card.text
    assert "is scheduled" in await desk.press(card, "✅ Schedule")
    assert not accepted(desk)


async def test_a_file_in_a_group_is_read_only_when_meant_for_the_bot(desk: Stands) -> None:
    group = desk.telegram.group(-100500, "Shop", [desk.anna])
    await connect_group(desk, group)
    group.send_document(desk.anna, "minutes.pdf", b"%PDF")
    meant = group.send_document(desk.anna, "clients.csv", TWO, "/send Привет, {имя}")
    card = await seen(
        desk,
        lambda: next(
            (one for one in group.bot_messages if one.id > meant.id and "Check, then" in one.text), None
        ),
    )
    assert "Привет, Анна" in card.text
    assert not [one for one in group.bot_messages if "minutes" in one.text]


async def test_a_table_in_a_group_is_told_how_it_is_meant_for_the_bot(desk: Stands) -> None:
    boris = desk.telegram.person(2002, "Boris", language_code="en")
    group = desk.telegram.group(-100500, "Shop", [desk.anna, boris])
    await connect_group(desk, group)
    group.send_document(boris, "theirs.csv", TWO)
    group.send_document(desk.anna, "minutes.pdf", b"%PDF")
    sent = group.send_document(desk.anna, "Clients.CSV", TWO, "for tomorrow")
    hint = await seen(
        desk, lambda: next((one for one in group.bot_messages if "Is this a list" in one.text), None)
    )
    assert hint.reply_to == sent.id
    assert sum("Is this a list" in one.text for one in group.bot_messages) == 1


@pytest.mark.parametrize("content", ["Здравствуйте!\nПисьмо.".encode(), b"%PDF-1.4\nx", b"\x89PNG\r\n\x1a\n"])
async def test_what_only_has_the_name_of_a_workbook_is_no_table(desk: Stands, content: bytes) -> None:
    await desk.connect("smsc")
    sent = desk.chat.send_document(desk.anna, "clients.XLSX", content)
    await desk.answer(sent.id, having="This is no table")


async def test_a_file_with_titles_alone_is_told_apart(desk: Stands) -> None:
    await desk.connect("smsc")
    told = await drop(desk, table(), having="has no row with a number")
    assert "“Телефон”" in told.text


async def test_help_tells_of_files(desk: Stands) -> None:
    told = await desk.ask("/help", having="What I can do")
    assert "drop a list here (CSV, XLSX, ODS, XLS)" in told.text
    assert "{name}" in told.text
