"""U50 and /settings: the language that a person chose, and times by the clock of the chat."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sandbox.telegram import Message

from .desk import ADMIN, DELIVERED, Stands, StorageOf, stands, working
from .steps import Ahead, accepted, comes_to, connect_group, says, soon, toast
from .test_lists import TWO, drop

OMSK = ZoneInfo("Asia/Omsk")
BORIS = 1002


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def world(storage_of: StorageOf, clock: Ahead) -> AsyncIterator[Stands]:
    async with stands(clock=clock, storage_of=storage_of) as made:
        yield made


@pytest.fixture
async def desk(world: Stands, tmp_path: Path, clock: Ahead) -> AsyncIterator[Stands]:
    async with working(world.settings(tmp_path, telegram={"admins": [ADMIN, BORIS]}), clock=clock):
        yield world


async def chosen(desk: Stands, label: str) -> Message:
    """/settings, with a language pressed."""
    shown = await desk.ask("/settings", having="Europe/Moscow")
    await desk.press(shown, label)
    return shown


async def test_u50_the_language_follows_the_users_setting_before_telegrams(desk: Stands) -> None:
    shown = await chosen(desk, "Русский")
    await desk.becomes(shown, "Я говорю с вами по-русски, как вы выбрали.")
    assert shown.button("✔ Русский")
    await desk.ask("/help", having="Что я умею")
    await desk.press(shown, "Как в Telegram")
    await desk.becomes(shown, "I speak English with you: Telegram says that you read it.")
    await desk.ask("/help", having="What I can do")


async def test_u50_a_choice_outlives_a_restart_and_is_ones_own(
    world: Stands, tmp_path: Path, clock: Ahead
) -> None:
    boris = replace(world, anna=world.telegram.person(BORIS, "Boris", language_code="en"))
    settings = world.settings(tmp_path, telegram={"admins": [ADMIN, BORIS]})
    async with working(settings, clock=clock):
        await chosen(world, "Русский")
    async with working(settings, clock=clock):
        await world.ask("/help", having="Что я умею")
        await boris.ask("/help", having="What I can do")
        # Also what the bot says by itself.
        await world.ask("/connect smsc demo demo-password ACME", having="подключён")
        world.smsc.receive(DELIVERED.lstrip("+"), "Where is it?")
        card = await world.answer(0, having="Where is it?")
        assert card.button("↩ Ответить")


@pytest.mark.parametrize("place", ["private", "group"])
async def test_a_time_is_by_the_clock_of_its_chat(desk: Stands, clock: Ahead, place: str) -> None:
    if place == "group":
        chat = desk.telegram.group(-1001, "Support", [desk.anna])
        await connect_group(desk, chat)
    else:
        chat = desk.chat
        await desk.connect("devino_rest")  # keeps no schedule for us
    await says(desk, chat, "/alerts zone Asia/Omsk", having="(Asia/Omsk)")
    card = await says(desk, chat, f'/send at="tomorrow 10:00" {DELIVERED} Text', having="10:00 (Asia/Omsk)")
    assert "is scheduled" in await toast(desk, chat.press(desk.anna, card, "✅"))
    await desk.becomes(card, "10:00 (Asia/Omsk)")
    if place == "private":
        day = clock().astimezone(OMSK).date() + timedelta(days=1)
        clock.by += datetime.combine(day, time(10), tzinfo=OMSK) - clock() - timedelta(minutes=2)
        await desk.ask("/status", having="queued")
        assert not accepted(desk)
        clock.by += timedelta(minutes=2)
        await soon(desk, clock, lambda: accepted(desk))


async def test_a_list_goes_by_the_clock_of_its_chat_and_hours_by_the_desks(
    world: Stands, tmp_path: Path, clock: Ahead
) -> None:
    limits = {"undo": "0s", "hours": "09:00-21:00"}
    async with working(world.settings(tmp_path, limits=limits), clock=clock):
        await world.connect("smsc")
        await world.ask("/alerts zone Asia/Omsk", having="(Asia/Omsk)")
        card = await drop(world, TWO, having="Check, then send", caption='at="tomorrow 13:00" Привет, {имя}')
        assert "13:00 (Asia/Omsk): it waits here until then" in card.text
        await world.press(card, "✅")
        await comes_to(world, clock, card, "13:00 (Asia/Omsk)")
        # Nine in the morning in Moscow is noon in Omsk.
        early = await drop(world, TWO, having="Check, then send", caption='at="tomorrow 10:00" Hello')
        assert "12:00 (Asia/Omsk): it waits here until then" in early.text
