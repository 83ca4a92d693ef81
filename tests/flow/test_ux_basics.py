"""U2-U6 of the demands: menus, an answer within a second, help, guided flows, mistyped commands."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from telegram.ext import CommandHandler

from bot.handlers import HANDLERS, may_command
from bot.words import LANGUAGES, Words
from sandbox.telegram import Chat, Person
from storage.people import Role

from .desk import DELIVERED, LOGIN, PASSWORD, Stands, stands, working
from .steps import accepted, confirmed, nothing_left, says, seen

BORIS = 1002
ZONE = ZoneInfo("UTC")
SECOND = 1.0


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Stands]:
    async with stands() as world:
        async with working(world.settings(tmp_path, submit={"balance_timeout": "1500ms"})):
            yield world


@pytest.fixture
def boris(desk: Stands) -> Person:
    return desk.telegram.person(BORIS, "Boris", language_code="en")


def menu(desk: Stands, chat_id: int | None, language: str) -> list[str]:
    """The commands that Telegram shows in a chat; None: where nothing else was set."""
    scope = "default" if chat_id is None else str(chat_id)
    found = [
        [one["command"] for one in commands]
        for (place, code), commands in desk.telegram.world.commands.items()
        if scope in place and code == language
    ]
    return found[0] if found else []


HANDLED = {name for one in HANDLERS if isinstance(one, CommandHandler) for name in one.commands}


async def test_u2_menus_are_of_each_scope_and_language_and_of_handlers_that_exist(
    desk: Stands, boris: Person
) -> None:
    boris_chat = desk.telegram.private(boris)
    boris_chat.say(boris, "hello")
    await desk.ask(f"/allow {BORIS} operator", having="operator")
    group = desk.telegram.group(-1001, "Support", [desk.anna, boris])
    await says(desk, group, "/help", having="What I can do")
    stranger = desk.telegram.private(desk.telegram.person(7777, "Eve", language_code="en"))
    for language in LANGUAGES:
        admin, operator = (
            await seen(desk, lambda chat=chat: menu(desk, chat.id, language))  # type: ignore[misc]
            for chat in (desk.chat, boris_chat)
        )
        assert set(admin) == {name for name in HANDLED if may_command(name, Role.ADMIN)}
        assert set(operator) == {name for name in HANDLED if may_command(name, Role.OPERATOR)}
        assert set(operator) < set(admin)
        assert menu(desk, stranger.id, language) == []
        assert menu(desk, None, language) == []
        texts = {
            one["description"]
            for (place, code), commands in desk.telegram.world.commands.items()
            if code == language
            for one in commands
        }
        words = Words(language, ZONE)
        assert texts == {words.plain(f"command-{name}") for name in {*admin, *operator}}


async def test_u3_whoever_waits_sees_within_a_second_that_the_bot_is_at_work(desk: Stands) -> None:
    await desk.connect("smsc")
    # The card waits for the gateway's price and balance.
    for _ in range(4):
        desk.smsc.faults.add(kind="hang")
    said = desk.chat.say(desk.anna, f"/send {DELIVERED} Text")
    await desk.telegram.wait_for(
        lambda: [one for one in desk.telegram.calls if one.method == "sendChatAction"], timeout=SECOND * 3
    )
    (action,) = [one for one in desk.telegram.calls if one.method == "sendChatAction"]
    assert (int(action.params["chat_id"]), action.params["action"]) == (desk.chat.id, "typing")
    await desk.answer(said.id, having="Check, then send")


async def test_u3_what_is_answered_at_once_shows_nothing_of_the_kind(desk: Stands) -> None:
    for command in ("/start", "/help", "/status", "/accounts", "/users"):
        await desk.ask(command)
    assert [one for one in desk.telegram.calls if one.method == "sendChatAction"] == []


async def test_u4_help_is_of_ones_role_fits_a_screen_and_ends_with_three_examples(
    desk: Stands, boris: Person
) -> None:
    await desk.ask(f"/allow {BORIS} viewer", having="viewer")
    chat = desk.telegram.private(boris)
    for role in ("viewer", "operator"):
        await desk.ask(f"/allow {BORIS} {role}", having=role)
        said = chat.say(boris, "/help")
        answer = await seen(desk, lambda: next((m for m in chat.bot_messages if m.id > said.id), None))  # noqa: B023 - awaited here
        listed = set(re.findall(r"(?m)^/([a-z]+) — ", answer.text))
        assert listed == {name for name in HANDLED if may_command(name, Role[role.upper()])} - {
            "start",
            "help",
        }
    admin = await desk.ask("/help")
    for text in (answer.text, admin.text):
        examples = text.rpartition("Try\n")[2].splitlines()
        assert len(examples) == 3
        assert all(one.startswith("/") for one in examples)
    assert len(answer.text) < 1200
    assert len(admin.text) < 2400


@pytest.mark.parametrize(
    ("command", "asks"),
    [("/send", "To which number?"), ("/connect", "Which gateway?")],
)
async def test_u5_a_command_without_arguments_asks_and_cancel_says_what_goes(
    desk: Stands, command: str, asks: str
) -> None:
    if command == "/send":
        await desk.connect("smsc")
    asked = await desk.ask(command, having=asks)
    assert asked.id
    await desk.ask("/cancel", having="What was being composed is forgotten; nothing was sent.")
    await nothing_left(desk)


async def test_u5_the_same_with_arguments_takes_one_message(desk: Stands) -> None:
    await desk.ask(f"/connect smsc {LOGIN} {PASSWORD} ACME", having="connected as")
    card = await confirmed(desk, f"/send {DELIVERED} Text")
    await desk.becomes(card, "delivered")
    assert len(accepted(desk)) == 1


async def test_u6_a_mistyped_command_gets_the_nearest_and_in_groups_only_when_addressed(desk: Stands) -> None:
    await desk.ask("/sned", having="Did you mean /send?")
    await desk.ask("/balnce", having="Did you mean /balance?")
    await desk.ask("/xyzzy", having="/help lists what I can do")
    group: Chat = desk.telegram.group(-1001, "Support", [desk.anna])
    await says(desk, group, "/help", having="What I can do")
    before = len(group.bot_messages)
    group.say(desk.anna, "/sned")
    answer = await says(
        desk, group, f"/sned@{desk.telegram.world.bot.username}", having="Did you mean /send?"
    )
    assert [one.id for one in group.bot_messages[before:]] == [answer.id]
