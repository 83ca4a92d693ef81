"""U7 to U23 of the demands, where no other flow has them: composing, progress, times, pages of campaigns."""

import re
from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sandbox.telegram import Message

from .desk import DELIVERED, UNDELIVERED, Stands, StorageOf, stands, working
from .keys import is_turned, lies_over, misplaced
from .steps import Ahead, accepted, comes_to, confirmed, connect_group, offered, seen, soon, toast
from .test_lists import TEXT, TWO, drop, many

SAMPLES = Path(__file__).parents[1] / "desk/tables/samples"
MOSCOW, BERLIN = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Berlin")


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def world(storage_of: StorageOf, clock: Ahead) -> AsyncIterator[Stands]:
    """Everybody's clock is the same."""
    async with stands(clock=clock, storage_of=storage_of) as made:
        yield made


@pytest.fixture
async def desk(world: Stands, tmp_path: Path, clock: Ahead) -> AsyncIterator[Stands]:
    async with working(world.settings(tmp_path), clock=clock):
        yield world


def at(clock: Ahead, hour: int, minute: int = 0, weekday: int | None = None) -> None:
    """Go on to the next time at which clocks in Moscow show this, on this weekday (Monday is 0)."""
    now = clock().astimezone(MOSCOW)
    then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    while then <= now or weekday not in {None, then.weekday()}:
        then += timedelta(days=1)
    clock.by += then - now


async def test_u7_a_text_arrives_as_it_was_typed(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    typed = 'Dear  «Anna» & "Bo",\n\n\t<b>2 > 1</b>  https://example.com/?a=1&b=2 🎉👩‍👩‍👧 '
    await drop(desk, TWO, having="2 recipients")
    card = await desk.ask(typed + "{имя}", having="Check, then send")
    await desk.press(card, "✅")
    await soon(desk, clock, lambda: len(accepted(desk)) == 2)
    assert {one.text for one in accepted(desk)} == {f"{typed}Анна", f"{typed}Борис"}


@pytest.mark.parametrize(
    "typed", ["+79031234500", "8 (903) 123-45-00", "7 903 123 45 00", "9031234500", "+7-903-123-45-00"]
)
async def test_u8_numbers_as_people_write_them_are_shown_as_they_will_be_used(
    desk: Stands, typed: str
) -> None:
    await desk.connect("smsc")
    await desk.ask("/send", having="To which number?")
    await desk.ask(typed, having="+7 903 *** 45 00")


async def test_u8_a_pasted_list(desk: Stands) -> None:
    await desk.connect("smsc")
    await desk.ask("/send", having="To which number?")
    await desk.ask(f"{DELIVERED}\n8 903 123 45 04;{UNDELIVERED}", having="these 3 numbers")
    card = await desk.ask("Hello", having="Check, then send")
    assert "+7 903 *** 45 00, +7 903 *** 45 04, +7 903 *** 45 01" in card.text


async def test_u10_to_send_and_not_to_are_different_words_in_places_that_never_change(desk: Stands) -> None:
    await desk.connect("smsc")
    single = await offered(desk, f"/send {DELIVERED} Text")
    listed = await drop(desk, TWO, having="Check, then send", caption=TEXT)
    later = await offered(desk, f'/send at="tomorrow 10:00" {DELIVERED} Text')
    for card in (single, listed, later):
        send, leave = card.keyboard[0]
        assert send.text.startswith("✅")
        assert leave.text == "✖ Do not send"
        assert (send.style, leave.style) == ("success", "danger")


async def test_u10_no_key_that_stops_lies_where_one_that_sends_was(
    world: Stands, tmp_path: Path, clock: Ahead
) -> None:
    # What the card of one SMS, and of a list, now and later, becomes while there is something to stop.
    async with working(world.settings(tmp_path, limits={"undo": "9h"}), clock=clock):
        await world.connect("smsc")
        commands = (f"/send {DELIVERED} Text", f'/send at="tomorrow 10:00" {DELIVERED} Text')
        cards = [await offered(world, one) for one in commands]
        for caption in (TEXT, 'at="tomorrow 10:00" Hello, {имя}'):
            cards.append(await drop(world, TWO, having="Check, then send", caption=caption))
        for card in cards:
            await world.press(card, "✅")
            await comes_to(world, clock, card, "queued")
            (send, _), _ = card.keyboards[0]
            first, cancel = card.keyboard[0]
            assert (send.text[0], cancel.text) == ("✅", "✖ Cancel")
            assert first.text in {"⏸ Pause", f"📋 Copy {first.copy_text}"}
        assert not misplaced(world.telegram)


def test_u10_a_key_that_stops_under_the_same_finger_is_found() -> None:
    assert lies_over([["✅ Send", "✖ Do not send"]], [["✖ Cancel"]])
    assert lies_over([["🔁 Send again"]], [["More", "✖ Not now"]])
    assert not lies_over([["✅ Send", "✖ Do not send"]], [["📋 Copy #1", "✖ Cancel"]])
    assert is_turned([["✖ Do not send", "✅ Send"]])


async def test_u11_a_list_whose_card_is_old_sends_nothing(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    card = await drop(desk, TWO, having="Check, then send", caption=TEXT)
    clock.by = timedelta(minutes=15, seconds=1)
    assert await desk.press(card, "✅") == "Too late: nothing was sent. Write /send again."
    assert not accepted(desk)


@pytest.mark.parametrize("limit", ["type_count_over", "approve_over"])
async def test_u15_numbers_that_were_typed_are_as_many_as_those_of_a_file(
    world: Stands, tmp_path: Path, clock: Ahead, limit: str
) -> None:
    boris = world.telegram.person(2002, "Boris", language_code="en")
    theirs, limits = world.telegram.private(boris), {"undo": "0s", limit: 2}
    admins = {"admins": [1001, 2002]}
    async with working(world.settings(tmp_path, limits=limits, telegram=admins), clock=clock):
        await world.connect("smsc")
        theirs.say(boris, "/start")
        few = await offered(world, f"/send {DELIVERED}, +79031234508 Text")
        assert "is in the queue" in await world.press(few, "✅")
        card = await offered(world, f"/send {DELIVERED}, +79031234508, +79031234509 Text")
        assert "is in the queue" not in await world.press(card, "✅")
        await soon(world, clock, lambda: len(accepted(world)) == 2)
        if limit == "type_count_over":
            await world.answer(card.id, having="Type their count")
            await world.ask("2", having="not the count")
            await world.ask("3", having="is in the queue")
        else:
            put_up = await seen(
                world, lambda: next((m for m in theirs.bot_messages if "Anna wants to send" in m.text), None)
            )
            assert "to 3 recipients, 3 segments in all" in put_up.text
            assert "is in the queue" in await toast(world, theirs.press(boris, put_up, "✅"))
        await soon(world, clock, lambda: len(accepted(world)) == 5)


async def test_u16_the_card_says_for_how_long_it_can_be_taken_back(
    world: Stands, tmp_path: Path, clock: Ahead
) -> None:
    async with working(world.settings(tmp_path, limits={"undo": "10m"}), clock=clock):
        await world.connect("smsc")
        card = await drop(world, TWO, having="Check, then send", caption=TEXT)
        await world.press(card, "✅")
        await comes_to(world, clock, card, "It leaves 600 seconds after ✅; until then ✖ takes it back.")
        shown = len(card.edits)
        assert "2 messages will not leave" in await world.press(card, "✖")
        clock.by += timedelta(minutes=11)
        await comes_to(world, clock, card, "cancelled 2")
        assert len(card.edits) == shown + 1  # no ticking
    assert not accepted(world)


@pytest.mark.parametrize(("group", "pause"), [(False, 5), (True, 15)], ids=["private", "group"])
async def test_u17_one_card_edited_seldom_and_once_at_the_end(
    desk: Stands, clock: Ahead, *, group: bool, pause: int
) -> None:
    chat = desk.telegram.group(-100600, "Shop", [desk.anna]) if group else desk.chat
    if group:
        await connect_group(desk, chat)
    else:
        await desk.connect("smsc")
    sent = chat.send_document(desk.anna, "clients.csv", many(100), "/send Hello")

    def card() -> Message | None:
        return next((m for m in chat.bot_messages if m.id > sent.id and "Check, then" in m.text), None)

    shown = await seen(desk, card)
    chat.press(desk.anna, shown, "✅")
    edited: list[datetime] = []
    desk.telegram.subscribe(
        lambda event: edited.append(clock()) if event.kind == "edited" and event.message is shown else None
    )
    await soon(desk, clock, lambda: "99%" in shown.text)
    assert all(b - a >= timedelta(seconds=pause) for a, b in pairwise(edited))
    texts = [*shown.edits, shown.text]
    assert len(texts) == len(set(texts))
    assert sum("Total 100" in one.text for one in chat.bot_messages) == 1


async def test_u19_a_lost_answer_of_a_list_is_in_doubt_and_never_sent_again(
    desk: Stands, clock: Ahead
) -> None:
    await desk.connect("devino_rest")
    card = await drop(desk, TWO, having="Check, then send", caption="Hello")
    desk.devino.faults.add("send*", kind="accept_then_reset")
    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "uncertain 2")
    assert "uncertain" in card.text
    clock.by += timedelta(days=1)
    await comes_to(desk, clock, card, "Total 2")
    assert len(accepted(desk)) == 2


async def test_u20_and_u21_a_failure_is_a_new_message_that_says_why_and_what_to_do(
    desk: Stands, clock: Ahead
) -> None:
    await desk.connect("smsc")
    card = await confirmed(desk, f"/send {UNDELIVERED} Text")
    await comes_to(desk, clock, card, "undelivered 1")
    failure = await desk.answer(card.id, having="one message failed")
    assert failure.reply_to == card.id
    assert not failure.quiet
    assert "The handset was off" in failure.text
    assert "expandable" in failure.html
    (copy,) = failure.keyboard[0]
    assert copy.copy_text
    assert copy.copy_text in failure.text


async def test_u21_what_is_delivered_only_edits_its_card(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    card = await confirmed(desk, f"/send {DELIVERED} Text")
    await comes_to(desk, clock, card, "delivered 1")
    # An edit makes no sound, and nothing but an edit came after ✅.
    assert desk.chat.bot_messages[-1] is card
    pressed = next(n for n, one in enumerate(desk.telegram.calls) if one.method == "answerCallbackQuery")
    menus = {"setMyCommands", "deleteMyCommands"}  # told a second after the start
    besides = {"getUpdates", "sendChatAction", *menus}
    after = {one.method for one in desk.telegram.calls[pressed:]} - besides
    assert after == {"answerCallbackQuery", "editMessageText"}


async def test_u22_many_failures_are_told_in_one_message(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    numbers = ", ".join(f"+790312{number:03}01" for number in range(8))
    card = await confirmed(desk, f"/send {numbers} Text")
    await comes_to(desk, clock, card, "undelivered 8")
    told = [one for one in desk.chat.bot_messages if one.id > card.id and "failed" in one.text]
    assert len(told) == 1
    assert "8 messages failed" in told[0].text


async def test_u22_after_five_failures_in_a_minute_the_others_are_told_in_one_summary(
    desk: Stands, clock: Ahead
) -> None:
    await desk.connect("smsc")
    for number in range(8):
        await confirmed(desk, f"/send +790312{number:03}01 Text number {number}")

    def told() -> list[Message]:
        return [one for one in desk.chat.bot_messages if re.match(r"#\d: one message failed\n", one.text)]

    summary = await soon(
        desk,
        clock,
        lambda: next((one for one in desk.chat.bot_messages if "More failed meanwhile" in one.text), None),
    )
    assert len(told()) == 5
    assert len(re.findall(r"#\d: 1 message failed", summary.text)) == 3
    clock.by += timedelta(minutes=2)
    await confirmed(desk, "/send +79031299901 Text")
    await soon(desk, clock, lambda: len(told()) == 6)


@pytest.mark.parametrize("command", ["/status", "/campaigns"])
async def test_u23_campaigns_are_listed_by_pages_that_take_each_others_place(
    desk: Stands, clock: Ahead, command: str
) -> None:
    await desk.connect("smsc")
    for number in range(1, 9):
        card = await confirmed(desk, f"/send {DELIVERED} Text number {number}")
        await comes_to(desk, clock, card, "delivered 1")
    page = await desk.ask(command, having="Last campaigns")
    assert [f"Text number {number}" in page.text for number in range(1, 9)] == [False] * 2 + [True] * 6
    assert not page.button("Newer")
    await desk.press(page, "Older")
    await desk.becomes(page, "Text number 2")
    assert "Text number 3" not in page.text
    assert not page.button("Older")
    await desk.press(page, "Newer")
    await desk.becomes(page, "Text number 8")
    assert desk.chat.bot_messages[-1] is page


# Files of spreadsheet programs, through the chat.


@pytest.mark.parametrize("form", ["xlsx", "xls", "ods"])
async def test_u44_a_workbook_dropped_into_the_chat_becomes_a_list(desk: Stands, form: str) -> None:
    await desk.connect("smsc")
    sent = desk.chat.send_document(desk.anna, f"clients.{form}", (SAMPLES / f"book.{form}").read_bytes())
    found = await desk.answer(sent.id, having=f"clients.{form}: ")
    assert "What is the text?" in found.text


# Foreign numbers.


async def test_foreign_numbers_are_dropped_unless_their_country_is_allowed(
    world: Stands, tmp_path: Path
) -> None:
    rows = b"Phone,Name\r\n+79031234500,Anna\r\n+375291234567,Ales\r\n+491711234567,Jan\r\n"
    for folder, abroad, count in (("one", [], "one recipient"), ("two", ["BY"], "2 recipients")):
        (tmp_path / folder).mkdir()
        async with working(world.settings(tmp_path / folder, limits={"abroad": abroad})):
            await world.connect("smsc")
            found = await drop(world, rows, having=count)
            assert "row 4: +491711234567 — foreign" in found.text
            only = await world.ask("/send +375291234567 Text")
            assert ("Check, then send" in only.text) == bool(abroad)


# When it leaves.


async def test_another_time_is_chosen_under_the_card(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    for card in (
        await offered(desk, f"/send {DELIVERED} Text"),
        await drop(desk, TWO, having="Check, then send", caption=TEXT),
    ):
        old = card.button("✅")
        assert old is not None
        await desk.press(card, "🕒")
        await desk.answer(card.id, having="When shall it leave?")
        unread = await desk.ask("in the morning or so", having="I cannot read the time")
        hourless = await desk.ask("завтра", having="names no hour")
        past = await desk.ask("сегодня в 0:00", having="is in the past")
        for told in (unread, hourless, past):
            assert "at=" not in told.text
            assert "tomorrow 10:00" in told.text
        new = await desk.ask("завтра в 10", having="Check, then send")
        assert "10:00 (Europe/Moscow)" in new.text
        again = desk.chat.press_data(desk.anna, card, old.callback_data or "")
        assert "Anna dismissed this: nothing was sent." in await toast(desk, again)
        assert "is scheduled" in await desk.press(new, "✅ Schedule")
    await desk.ask("/status #2", having="queued 2")
    assert all(one.send_at for one in accepted(desk))  # what the gateway keeps for us


HOURS = {"limits": {"undo": "0s", "hours": "09:00-21:00 mon-fri"}}


async def test_outside_the_hours_a_list_waits_for_the_next(
    world: Stands, tmp_path: Path, clock: Ahead
) -> None:
    at(clock, 23, weekday=4)
    async with working(world.settings(tmp_path, **HOURS), clock=clock):
        await world.connect("smsc")
        card = await drop(world, TWO, having="Check, then send", caption=TEXT)
        assert "09:00 (Europe/Moscow): it waits here until then" in card.text
        assert "SMS leave at certain hours only" in card.text
        assert "is scheduled" in await world.press(card, "✅ Schedule")
        at(clock, 8, 50, weekday=0)
        await world.ask("/status", having="queued 2")
        assert not accepted(world)
        at(clock, 9, 0, weekday=0)
        await soon(world, clock, lambda: len(accepted(world)) == 2)


async def test_a_campaign_under_way_stops_when_the_hours_end_and_goes_on_when_they_begin(
    world: Stands, tmp_path: Path, clock: Ahead
) -> None:
    at(clock, 20, 50, weekday=1)
    async with working(world.settings(tmp_path, **HOURS, submit={"retry": "10m"}), clock=clock):
        await world.connect("smsc")
        card = await drop(world, TWO, having="Check, then send", caption="Hello")
        world.smsc.faults.add("send*", kind="throttle")  # not of its price, which is asked by the same script
        await world.press(card, "✅")
        await seen(world, lambda: world.smsc.faults.applied)
        at(clock, 21)
        await world.ask("/status", having="queued 2")
        at(clock, 8, 59)
        await world.ask("/status", having="queued 2")
        assert not accepted(world)
        at(clock, 9)
        await soon(world, clock, lambda: len(accepted(world)) == 2)


async def test_a_card_for_now_sends_nothing_when_the_hours_have_ended(
    world: Stands, tmp_path: Path, clock: Ahead
) -> None:
    at(clock, 20, 55, weekday=1)
    async with working(world.settings(tmp_path, **HOURS), clock=clock):
        await world.connect("smsc")
        card = await drop(world, TWO, having="Check, then send", caption=TEXT)
        assert "It leaves" in card.text
        clock.by += timedelta(minutes=6)
        assert await world.press(card, "✅") == "Its hours are over: nothing was sent."
    assert not accepted(world)


async def test_what_missed_its_time_and_may_go_is_told_when_it_goes(
    world: Stands, tmp_path: Path, clock: Ahead
) -> None:
    at(clock, 12, weekday=1)
    settings = world.settings(tmp_path, **HOURS)
    async with working(settings, clock=clock):
        await world.connect("smsc")
        card = await confirmed(world, f"/send at=18:00 {DELIVERED} Text")
    at(clock, 23, weekday=1)
    async with working(settings, clock=clock):
        asked = await world.answer(card.id, having="Send it now?")
        told = await world.press(asked, "✅ Send now")
        assert "leaves at" in told
        assert "09:00" in told
        at(clock, 8, 50, weekday=2)
        await world.ask("/status 1", having="Total 1: queued 1")
        at(clock, 9, 0, weekday=2)
        await soon(world, clock, lambda: has_accepted(world, 1))
        assert len([one for one in world.chat.bot_messages if "Send it now?" in one.text]) <= 1


def has_accepted(world: Stands, count: int) -> bool:
    return len(accepted(world)) == count


async def test_a_list_goes_by_each_recipients_own_clock(world: Stands, tmp_path: Path, clock: Ahead) -> None:
    at(clock, 1)
    async with working(world.settings(tmp_path, limits={"undo": "0s", "abroad": ["DE"]}), clock=clock):
        await world.connect("smsc")
        day = clock().astimezone(MOSCOW).date() + timedelta(days=1)
        rows = f"{DELIVERED};Анна\r\n+491711234500;Jan\r\n".encode()
        card = await drop(world, rows, having="Check, then send", caption=f"at={day}T10:00 local=yes Hello")
        assert "by each recipient's own clock" in card.text
        assert "is scheduled" in await world.press(card, "✅ Schedule")
        ten = datetime.combine(day, time(10))
        for zone, told in ((MOSCOW, {"79031234500"}), (BERLIN, {"79031234500", "491711234500"})):
            clock.by += ten.replace(tzinfo=zone) - clock() - timedelta(minutes=5)
            await world.ask("/status", having="queued")
            assert len(accepted(world)) == len(told) - 1
            clock.by += timedelta(minutes=5)
            await soon(world, clock, partial(has_accepted, world, len(told)))
            assert {one.msisdn for one in accepted(world)} == told


async def test_a_list_that_missed_its_time_asks(world: Stands, tmp_path: Path, clock: Ahead) -> None:
    settings = world.settings(tmp_path)
    async with working(settings, clock=clock):
        await world.connect("smsc")
        card = await drop(world, TWO, having="Check, then send", caption=f'at="tomorrow 10:00" {TEXT}')
        await world.press(card, "✅ Schedule")
        await comes_to(world, clock, card, "queued 2")
    clock.by += timedelta(days=2)
    async with working(settings, clock=clock):
        asks = await world.answer(card.id, having="It has not left. Send it now?")
        assert not accepted(world)
        await world.press(asks, "✅ Send now")
        await soon(world, clock, lambda: len(accepted(world)) == 2)


# Afterwards.


async def test_a_chart_shows_how_messages_came_to_their_ends(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    card = await drop(desk, TWO, having="Check, then send", caption=TEXT)
    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "delivered 2")
    await desk.press(card, "📊")
    picture = await desk.answer(card.id, having="#1: delivered 2 (Europe/Moscow)")
    assert picture.file is not None
    assert picture.file.data.startswith(b"\x89PNG")
