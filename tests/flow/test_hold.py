"""A database that may have forgotten what was sent: nothing leaves before a named person says so."""

import asyncio
import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from click.testing import CliRunner

from bot.__main__ import main
from bot.app import CannotStart, build
from bot.checkup import examine
from desk.clock import utc_now
from sandbox.telegram import Message
from storage import hold
from storage.schema import leases, messages

from ..bot.test_main import config
from .desk import ADMIN, DELIVERED, Stands, working
from .steps import Ahead, accepted, confirmed, offered, seen, tomorrow

OTHER = "+79031234600"


def files(folder: Path) -> tuple[Path, Path]:
    return folder / "smsdesk.db", folder / "smsdesk.db.seen"


def shell(world: Stands, folder: Path, *words: str) -> tuple[int, str]:
    path = config(world, folder)
    result = CliRunner().invoke(main, [words[0], "--config", str(path), *words[1:]])
    return result.exit_code, result.output


async def sent_one(world: Stands, folder: Path) -> None:
    """A desk that has sent something, and stopped."""
    async with working(world.settings(folder)):
        await world.connect("smsc")
        card = await confirmed(world, f"/send {DELIVERED} Text")
        await world.becomes(card, "delivered 1")
    assert len(accepted(world)) == 1


async def come_back(world: Stands, folder: Path) -> Message:
    """A desk that stopped with a message in the queue, as its gateway was too busy; the card of that."""
    async with working(world.settings(folder)):
        await world.connect("smsc")
        card = await offered(world, f"/send {DELIVERED} Text")
        busy = world.smsc.faults.add("send*", kind="throttle", times=None)
        await world.press(card, "✅")
        await world.smsc.wait_for(lambda: bool(world.smsc.faults.applied))
    world.smsc.faults.remove(busy)
    return card


async def earlier(world: Stands, folder: Path) -> Path:
    """A plain copy of the files with a message in the queue that was sent after the copy was made."""
    copy = folder / "earlier"
    copy.mkdir()
    card = await come_back(world, folder)
    shutil.copy(folder / "smsdesk.db", copy)
    async with working(world.settings(folder)):
        await world.becomes(card, "delivered 1")
    assert len(accepted(world)) == 1
    return copy


def put_back(copy: Path, folder: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        (folder / f"smsdesk.db{suffix}").unlink(missing_ok=True)
    shutil.copy(copy / "smsdesk.db", folder)


async def test_an_earlier_database_is_held_until_an_administrator_lets_it_go(
    world: Stands, tmp_path: Path
) -> None:
    put_back(await earlier(world, tmp_path), tmp_path)
    before = world.chat.bot_messages[-1].id
    for _ in range(2):  # a restart changes nothing
        async with working(world.settings(tmp_path)):
            asked = await world.answer(before, having="Nothing is sent")
            assert "as it was at an earlier time" in asked.text
            assert "a second time" in asked.text
            await world.ask("/status 1", having="Everything is held")
            assert len(accepted(world)) == 1
    async with working(world.settings(tmp_path)):
        await world.press(asked, "🔁")
        await world.smsc.wait_for(lambda: len(accepted(world)) == 2)
        said = await world.ask("/audit", having="released the hold")
        assert "Anna" in said.text
    assert not any("Nothing is sent" in one.text for one in world.chat.bot_messages)


async def test_a_copy_that_has_forgotten_a_cancel_is_held(world: Stands, tmp_path: Path) -> None:
    """Nothing was claimed since it was made, and no lease has changed hands more often than in it."""
    copy = tmp_path / "earlier"
    copy.mkdir()
    async with working(world.settings(tmp_path)):
        await world.connect("smsc")
        card = await confirmed(world, f"/send at={tomorrow()} {DELIVERED} Later")
        there, here = (sqlite3.connect(folder / "smsdesk.db") for folder in (tmp_path, copy))
        with closing(there), closing(here):
            there.backup(here)
        await world.ask("/cancel 1", having="#1:")
    put_back(copy, tmp_path)
    async with working(world.settings(tmp_path)):
        asked = await world.answer(card.id, having="Nothing is sent")
        assert "as it was at an earlier time" in asked.text


async def test_a_database_that_forgets_a_claim_under_the_bot_is_held_by_the_next_one(
    world: Stands, tmp_path: Path
) -> None:
    """Whoever claims sees it before the witness looks; people are told all the same."""
    async with working(world.settings(tmp_path)) as bot:
        await world.connect("smsc")
        first = await confirmed(world, f"/send {DELIVERED} Text")
        await world.becomes(first, "delivered 1")
        later = await confirmed(world, f"/send at={tomorrow()} {OTHER} Later")
        async with bot.services.database.write() as tx:
            await tx.execute(leases.update().values(commits=leases.c.commits - 1))
            await tx.execute(messages.update().where(messages.c.state == "queued").values(due_at=utc_now()))
        bot.submitter.bell.ring()
        asked = await world.answer(later.id, having="Nothing is sent")
        assert "as it was at an earlier time" in asked.text
    assert [one.text for one in accepted(world)] == ["Text"]


async def test_what_is_held_can_be_cancelled_instead(world: Stands, tmp_path: Path) -> None:
    put_back(await earlier(world, tmp_path), tmp_path)
    before = world.chat.bot_messages[-1].id
    async with working(world.settings(tmp_path)):
        asked = await world.answer(before, having="Nothing is sent")
        assert "Cancelled: 1" in await world.press(asked, "✖")
        await world.ask("/status 1", having="cancelled 1")
        card = await confirmed(world, f"/send {OTHER} New")
        await world.becomes(card, "delivered 1")
    assert [one.text for one in accepted(world)] == ["Text", "New"]


async def test_it_can_be_released_from_the_shell_while_the_bot_runs(world: Stands, tmp_path: Path) -> None:
    put_back(await earlier(world, tmp_path), tmp_path)
    before = world.chat.bot_messages[-1].id
    async with working(world.settings(tmp_path)) as bot:
        await world.answer(before, having="Nothing is sent")
        code, said = await asyncio.to_thread(shell, world, tmp_path, "release-hold")
        assert (code, said) == (0, "✔ the hold is released (it was: backwards)\n")
        bot.submitter.bell.ring()
        await world.smsc.wait_for(lambda: len(accepted(world)) == 2)
    code, said = await asyncio.to_thread(shell, world, tmp_path, "release-hold")
    assert (code, said) == (1, "✖ nothing is held\n")


@pytest.mark.parametrize("key", ["🔁", "✖"])
async def test_a_button_of_an_earlier_hold_does_nothing_to_a_later_one(
    world: Stands, tmp_path: Path, key: str
) -> None:
    put_back(await earlier(world, tmp_path), tmp_path)
    before = world.chat.bot_messages[-1].id
    async with working(world.settings(tmp_path)) as bot:
        asked = await world.answer(before, having="Nothing is sent")
        assert (await asyncio.to_thread(shell, world, tmp_path, "release-hold"))[0] == 0
        async with bot.services.database.write() as tx:
            assert await hold.hold(tx, hold.Cause.FAILOVER, utc_now())
        assert "no longer" in await world.press(asked, key)
        async with bot.services.database.read() as tx:
            assert await hold.cause(tx) == hold.Cause.FAILOVER


async def test_a_backup_made_while_the_bot_runs_is_held_when_it_is_restored(
    world: Stands, tmp_path: Path
) -> None:
    """Also where nothing is known of the database it was made of, as on a new machine."""
    await sent_one(world, tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    async with working(world.settings(tmp_path)):
        card = await confirmed(world, f"/send at={tomorrow()} {OTHER} Later")
        code, said = await asyncio.to_thread(shell, world, tmp_path, "backup", str(elsewhere / "smsdesk.db"))
        assert code == 0, said
        await world.ask("/help", having="What I can do")
    assert (elsewhere / "smsdesk.db").stat().st_mode & 0o077 == 0
    shutil.copy(tmp_path / "smsdesk.key", elsewhere)
    async with working(world.settings(elsewhere)):
        asked = await world.answer(card.id, having="Nothing is sent")
        assert "is a copy" in asked.text
    async with working(world.settings(tmp_path)):  # the one it was made of goes on
        shown = await world.ask("/status 2", having="#2")
        assert "Everything is held" not in shown.text


@pytest.mark.parametrize("way", ["shell", "🔁", "✖"])
async def test_when_the_hold_ends_no_card_says_that_it_lasts(world: Stands, tmp_path: Path, way: str) -> None:
    """Every administrator has a card of it, and whoever asked how a campaign stands was told of it."""
    put_back(await earlier(world, tmp_path), tmp_path)
    before = world.chat.bot_messages[-1].id
    boris = replace(world, anna=world.telegram.person(2002, "Boris"))
    async with working(world.settings(tmp_path, telegram={"admins": [ADMIN, boris.anna.id]})) as bot:
        boris.chat.say(boris.anna, "/start")
        card, his = await world.answer(before, having="Nothing is sent"), await boris.answer(0, having="⛔")
        status = await world.ask("/status 1", having="Everything is held")
        if way == "shell":
            assert (await asyncio.to_thread(shell, world, tmp_path, "release-hold"))[0] == 0
            bot.notifier.bell.ring()
        else:
            await world.press(card, way)
        await seen(world, lambda: "The hold was released" in card.text or None)
        assert ("by release-hold on the server" if way == "shell" else "Anna") in card.text
        assert ("Cancelled: 1" if way == "✖" else "what waits is sent") in card.text
        await seen(world, lambda: "Задержка снята" in his.text or None)  # nobody knows his language yet
        assert ("командой release-hold" if way == "shell" else "Anna") in his.text
        assert not card.keyboard
        assert not his.keyboard
        await seen(world, lambda: "Everything is held" not in status.text or None)
        assert status.text.startswith("#1 · ")


async def test_a_backup_into_a_folder_that_is_not_there_says_so(world: Stands, tmp_path: Path) -> None:
    await sent_one(world, tmp_path)
    target = tmp_path / "none" / "copy.db"
    code, said = await asyncio.to_thread(shell, world, tmp_path, "backup", str(target))
    assert (code, said) == (1, f"✖ the folder {target.parent} does not exist\n")


async def test_those_who_run_the_machine_see_the_hold(world: Stands, tmp_path: Path) -> None:
    put_back(await earlier(world, tmp_path), tmp_path)
    settings = world.settings(tmp_path)
    async with working(settings) as bot, aiohttp.ClientSession() as client:
        told = {}
        for path in ("readyz", "metrics"):
            async with client.get(f"http://127.0.0.1:{bot.web_port}/{path}") as answer:
                told[path] = (answer.status, await answer.text())
    assert told["readyz"] == (200, "ready, but everything is held: backwards\n")
    assert "\nsmsdesk_held 1.0" in told["metrics"][1]
    (finding,) = [one for one in await examine(settings) if one.words.startswith("hold: ")]
    assert (finding.mark, finding.well) == ("⚠", True)
    assert f"nothing is sent since {utc_now():%Y-%m-%d}" in finding.words
    assert "as it was at an earlier time" in finding.words
    assert (await asyncio.to_thread(shell, world, tmp_path, "release-hold"))[0] == 0
    assert not [one for one in await examine(settings) if one.words.startswith("hold: ")]


async def test_a_backup_never_overwrites(world: Stands, tmp_path: Path) -> None:
    await sent_one(world, tmp_path)
    target = tmp_path / "copy.db"
    target.write_text("precious")
    code, said = await asyncio.to_thread(shell, world, tmp_path, "backup", str(target))
    assert (code, said) == (1, f"✖ {target} is there already\n")
    assert target.read_text() == "precious"
    assert not (tmp_path / "copy.db.part").exists()


async def test_a_database_with_a_past_and_nothing_known_of_it_is_held(world: Stands, tmp_path: Path) -> None:
    await sent_one(world, tmp_path)
    files(tmp_path)[1].unlink()
    before = world.chat.bot_messages[-1].id
    async with working(world.settings(tmp_path)):
        await world.answer(before, having="Nothing is sent")


async def test_by_a_symbolic_link_it_is_the_database_that_is_known(world: Stands, tmp_path: Path) -> None:
    await sent_one(world, tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("smsdesk.db", "smsdesk.key"):
        (elsewhere / name).symlink_to(tmp_path / name)
    async with working(world.settings(elsewhere)) as bot:
        async with bot.services.database.read() as tx:
            assert await hold.cause(tx) is None
    assert sorted(one.name for one in elsewhere.iterdir()) == ["smsdesk.db", "smsdesk.key"]


async def test_another_database_put_in_its_place_is_held(world: Stands, tmp_path: Path) -> None:
    await sent_one(world, tmp_path)
    with sqlite3.connect(tmp_path / "smsdesk.db") as connection:
        connection.execute("UPDATE instance SET id = 'another'")
    connection.close()
    before = world.chat.bot_messages[-1].id
    async with working(world.settings(tmp_path)):
        await world.answer(before, having="is a copy")


async def test_a_file_that_lags_behind_holds_nothing(world: Stands, tmp_path: Path) -> None:
    """A crash may leave the file as it was before the last claims, and half a new one beside it."""
    async with working(world.settings(tmp_path)):
        await world.connect("smsc")
    behind = files(tmp_path)[1].read_text()
    async with working(world.settings(tmp_path)):
        card = await confirmed(world, f"/send {DELIVERED} Text")
        await world.becomes(card, "delivered 1")
    assert json.loads(behind)["leases"] != json.loads(files(tmp_path)[1].read_text())["leases"]
    files(tmp_path)[1].write_text(behind)
    (tmp_path / "smsdesk.db.seen.new").write_text("{")
    async with working(world.settings(tmp_path)):
        card = await confirmed(world, f"/send {OTHER} Text")
        await world.becomes(card, "delivered 1")


async def test_a_file_that_cannot_be_read_stops_the_start(world: Stands, tmp_path: Path) -> None:
    await sent_one(world, tmp_path)
    files(tmp_path)[1].write_text("nonsense")
    with pytest.raises(CannotStart, match=r"smsdesk\.db\.seen"):
        async with build(world.settings(tmp_path)):
            pass


@pytest.mark.parametrize(("pause", "held"), [(timedelta(minutes=59), False), (timedelta(minutes=61), True)])
async def test_a_long_silence_with_something_to_send_is_asked_about(
    world: Stands, tmp_path: Path, pause: timedelta, held: bool
) -> None:
    """A whole machine put back to an earlier day has taken the file along."""
    card = await come_back(world, tmp_path)
    async with working(world.settings(tmp_path), clock=Ahead(pause)):
        if held:
            await world.answer(card.id, having="Nobody had worked")
            assert accepted(world) == []
        else:
            await seen(world, lambda: "delivered 1" in card.text or None)


async def test_a_long_silence_with_nothing_to_send_is_nobodys_business(world: Stands, tmp_path: Path) -> None:
    await sent_one(world, tmp_path)
    async with working(world.settings(tmp_path), clock=Ahead(timedelta(days=3))) as bot:
        async with bot.services.database.read() as tx:
            assert await hold.cause(tx) is None
