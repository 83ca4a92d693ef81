"""/audit and /forget, as people use them."""

import csv
import io
import sqlite3
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.auditing import ACTIONS, Unreadable, harmless, read, table
from bot.checkup import examine
from bot.words import Words
from desk.clock import utc_now
from storage import audit
from storage.audit import Entry
from storage.db import look_into

from ..storage.seeds import NOON
from .desk import DELIVERED, LOGIN, PASSWORD, SLOW, Stands, working
from .steps import confirmed, toast

ZONE = ZoneInfo("Europe/Moscow")
NUMBER = DELIVERED.removeprefix("+")


async def test_what_was_done_is_in_the_audit(desk: Stands) -> None:
    await desk.connect("smsc")
    card = await confirmed(desk, f"/send {DELIVERED} Your order is ready")
    await desk.becomes(card, "delivered")
    told = (await desk.ask("/audit", having="Who did what")).text
    for did in ("connected an account", "sent a campaign"):
        assert did in told
    assert told.index("sent a campaign") < told.index("connected an account")
    assert "Anna" in told
    assert PASSWORD not in told
    assert NUMBER not in told


async def test_it_can_be_narrowed_down(desk: Stands) -> None:
    await desk.connect("smsc")
    await confirmed(desk, f"/send {DELIVERED} Your order is ready")
    only = (await desk.ask("/audit did=connect", having="Who did what")).text
    assert "connected an account" in only
    assert "sent a campaign" not in only
    assert "sent a campaign" in (await desk.ask("/audit #1 by=ann 1d", having="Who did what")).text
    await desk.ask("/audit by=nobody", having="no such entry")
    await desk.ask("/audit last tuesday", having="I cannot read “last tuesday”")


async def test_more_and_the_table_come_by_buttons(desk: Stands) -> None:
    for word in ("as smsc", "anew", "anew", "anew", "anew", "anew"):
        await desk.ask(f"/connect smsc {LOGIN} {PASSWORD} ACME", having=f"connected {word}")
        await desk.ask("/connect smsc demo wrong ACME", having="Nothing was stored")
    first = await desk.ask("/audit", having="Who did what")
    assert first.text.count("Anna") == 10
    await desk.press(first, "Older")
    rest = await desk.answer(first.id, having="Who did what")
    assert rest.text.count("Anna") == 2
    await desk.press(first, "📄 Table")
    file = await desk.telegram.wait_for(
        lambda: next((one.file for one in desk.chat.bot_messages if one.file), None)
    )
    assert file is not None
    lines = list(csv.DictReader(io.StringIO(file.data.decode("utf-8-sig"))))
    assert [line["action"] for line in lines].count("connect-failed") == 6
    assert lines[0]["action"] == "audit-export"


async def test_a_number_that_is_a_sender_id_is_masked(desk: Stands, tmp_path: Path) -> None:
    await desk.connect("smsc")
    await desk.ask(f"/senders smsc code {DELIVERED}", having="smsc")
    told = (await desk.ask("/audit did=sender-code", having="Who did what")).text
    assert "+7 903 *** 45 00" in told
    with sqlite3.connect(tmp_path / "smsdesk.db") as database:
        assert NUMBER not in str(database.execute("select * from audit").fetchall())


async def test_in_a_group_nothing_is_told(desk: Stands) -> None:
    group = desk.telegram.group(-1001234567890, "Staff", [desk.anna])
    for command in ("/audit", f"/forget {DELIVERED}"):
        group.say(desk.anna, command)
    await desk.ask("/audit", having="no such entry")
    assert not any("Who did what" in one.text or "Forget" in one.text for one in group.bot_messages)


async def test_a_number_is_forgotten_and_nothing_else(desk: Stands, tmp_path: Path) -> None:
    await desk.connect("smsc")
    card = await confirmed(desk, f"/send {DELIVERED} Your canary is ready")
    await desk.becomes(card, "delivered")
    asked = await desk.ask(f"/forget 8 {NUMBER[1:]}", having="Messages that have ended: 1.")
    await desk.press(asked, "✅ Forget")
    await desk.answer(asked.id, having="is forgotten: 1 sent")
    status = (await desk.ask("/status #1", having="were deleted")).text
    assert "(number deleted)" in status
    assert "canary" not in status
    with sqlite3.connect(tmp_path / "smsdesk.db") as database:
        told = "\n".join(database.iterdump())
    assert NUMBER not in told
    assert "canary" not in told
    assert "had a number forgotten" in (await desk.ask("/audit", having="Who did what")).text
    gone = await desk.press(asked, "✅ Forget")
    assert "no longer works" in gone


async def test_what_is_under_way_is_told(desk: Stands) -> None:
    await desk.connect("smsc")
    await confirmed(desk, f"/send {SLOW} Your order is ready")
    await desk.ask(f"/forget {SLOW}", having="Still under way: 1;")
    await desk.ask("/forget him", having="I cannot read that number")
    await desk.ask("/forget", having="Which number is to be forgotten?")


async def test_a_number_comes_as_it_was_copied_and_may_be_kept(desk: Stands) -> None:
    for typed in (f"{DELIVERED},", f"({DELIVERED})", f"<{DELIVERED}>."):
        asked = await desk.ask(f"/forget {typed}", having="Messages that have ended: 0.")
    yes = str(asked.button("✅").callback_data)  # type: ignore[union-attr]
    assert await desk.press(asked, "✖ Do not forget") == "Nothing was forgotten."
    await desk.becomes(asked, "Nothing was forgotten.")
    assert "no longer works" in await toast(desk, desk.chat.press_data(desk.anna, asked, yes))


async def test_who_was_forgotten_is_not_kept_afterwards(desk: Stands) -> None:
    asked = await desk.ask(f"/forget {DELIVERED}", having="Messages that have ended: 0.")
    await desk.press(asked, "✅ Forget")
    await desk.answer(asked.id, having="is forgotten")
    assert "no longer works" in await desk.press(asked, "✖ Do not forget")


async def test_entries_and_campaigns_are_numbered_apart_and_a_changed_role_shows_the_old_one(
    desk: Stands,
) -> None:
    await desk.ask("/allow 2002 viewer", having="has the role")
    await desk.ask("/allow 2002 operator", having="has the role")
    told = (await desk.ask("/audit did=allow 1h", having="Who did what")).text
    assert "№ is the number of the entry, # that of a campaign" in told
    assert "№2 · " in told
    assert "before: viewer" in told
    await desk.ask("/audit by=@anna", having="never an @name")


async def test_a_broken_chain_is_told_at_start_and_by_check(world: Stands, tmp_path: Path) -> None:
    settings = world.settings(tmp_path)
    async with working(settings):
        await world.connect("smsc")
        await world.ask(f"/connect smsc {LOGIN} {PASSWORD} ACME", having="connected anew")
    (whole,) = [one.words for one in await examine(settings) if one.words.startswith("audit: ")]
    async with look_into(tmp_path / "smsdesk.db") as tx:
        end = await audit.end(tx)  # what the start logs
    assert whole == f"audit: the chain is whole and ends at 2, {end['mac']}"
    with sqlite3.connect(tmp_path / "smsdesk.db") as database:
        database.execute("drop trigger audit_never_changes")
        database.execute("update audit set person = 'Nobody' where id = 2")
    database.close()
    found = [one.words for one in await examine(settings) if not one.well]
    assert "audit: the chain is broken at entry 2: somebody changed the database" in found
    said = world.chat.bot_messages[-1].id
    async with working(settings):
        await world.answer(said, having="the chain is broken at entry 2")


FORMULAS = ["=1+1", "+7", "-1", "@x", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x", " =1", "\u00a0=1"]


@pytest.mark.parametrize("text", [*FORMULAS, "\ufeff=1", "|x", "  +x"])
def test_no_cell_is_a_formula(text: str) -> None:
    entry = Entry(id=1, at=NOON, person_id=1, person=text, action=text, chat_id=-100)
    (_, row) = csv.reader(io.StringIO(table([entry])))
    assert row[3] == row[4] == f"'{text}"
    assert harmless("Anna = Boris") == "Anna = Boris"


@pytest.mark.parametrize("typed", ["#1 #2", "did=nothing", "by=", "12", "#", "nonsense", "by=Anna 30x"])
def test_a_question_that_is_none_is_said_so(typed: str) -> None:
    assert isinstance(read(typed, ZONE, utc_now()), Unreadable)


def test_hours_and_minutes_count_back_from_now() -> None:
    now = utc_now()
    for typed, span in (
        ("1h", timedelta(hours=1)),
        ("2 ч", timedelta(hours=2)),
        ("90m", timedelta(minutes=90)),
    ):
        wanted = read(typed, ZONE, now)
        assert not isinstance(wanted, Unreadable)
        assert (wanted.since, wanted.until) == (now - span, None)


def test_options_come_in_any_order_and_in_both_languages() -> None:
    now = utc_now()
    assert read('30d кто="Анна Б" что=confirm #12', ZONE, now) == read(
        '#12 did=CONFIRM by="Анна Б" 30д', ZONE, now
    )


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_has_its_words(language: str, action: str) -> None:
    assert Words(language, ZONE).has(f"did-{action}")
