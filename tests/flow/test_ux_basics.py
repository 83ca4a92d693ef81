"""U2-U6 of the demands: menus, an answer within a second, help, guided flows, mistyped commands."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
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


def menu(desk: Stands, chat_id: int | None, language: str) -> dict[str, str]:
    """The commands that Telegram shows in a chat, and what it says of each; None: where nothing was set."""
    kind = {"type": "default"} if chat_id is None else {"chat_id": chat_id, "type": "chat"}
    menus = desk.telegram._world.commands
    shown = menus.get((json.dumps(kind, sort_keys=True), language), [])
    return {one["command"]: one["description"] for one in shown}


HANDLED = {name for one in HANDLERS if isinstance(one, CommandHandler) for name in one.commands}


def commands_of(role: Role) -> set[str]:
    return {name for name in HANDLED if may_command(name, role)}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_u2_menus_are_of_each_role_and_language_and_of_handlers_that_exist(
    desk: Stands, boris: Person, language: str
) -> None:
    words = Words(language, ZONE)
    desk.telegram.private(boris).say(boris, "hello")
    await desk.ask(f"/allow {BORIS} operator", having="operator")
    group = desk.telegram.group(-1001, "Support", [desk.anna, boris])
    group.expel_bot()
    group.invite_bot(desk.anna)
    expected = ((desk.chat.id, Role.ADMIN), (boris.id, Role.OPERATOR), (group.id, Role.OPERATOR))
    for chat_id, role in expected:
        shown = await seen(desk, partial(menu, desk, chat_id, language))
        assert shown == {name: words.plain(f"command-{name}") for name in commands_of(role)}
    stranger = desk.telegram.person(7777, "Eve", language_code=language)
    for nobody in (stranger.id, None):
        assert menu(desk, nobody, language) == {}


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


@pytest.mark.parametrize(("role", "longest"), [("viewer", 600), ("operator", 1300), ("admin", 2300)])
async def test_u4_help_is_of_ones_role_fits_a_screen_and_ends_with_three_examples(
    desk: Stands, boris: Person, role: str, longest: int
) -> None:
    await desk.ask(f"/allow {BORIS} {role}", having=role)
    answer = await says(replace(desk, anna=boris), desk.telegram.private(boris), "/help", having="Try")
    listed = set(re.findall(r"(?m)^/([a-z]+) — ", answer.text))
    assert listed == commands_of(Role[role.upper()]) - {"start", "help"}
    examples = answer.text.rpartition("Try\n")[2].splitlines()
    assert len(examples) == 3
    assert {one.split()[0].lstrip("/") for one in examples} <= listed
    assert len(answer.text) < longest


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
    await desk.ask("/cancel", having="Left. Discarded: ")
    if asked.keyboard:
        assert await desk.press(asked, "SMSC") == "This button no longer works. Nothing was done."
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
    answer = await says(desk, group, "/sned@smsdesk_demo_bot", having="Did you mean /send?")
    assert [one.id for one in group.bot_messages[before:]] == [answer.id]
