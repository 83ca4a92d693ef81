"""U2-U6 of the demands: menus, an answer within a second, help, guided flows, mistyped commands."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from textwrap import wrap
from zoneinfo import ZoneInfo

import pytest
from telegram.ext import CommandHandler

from bot.handlers import COMMANDS, HANDLERS, may_command
from bot.words import LANGUAGES, Words
from sandbox.telegram import Chat, Message, Person
from sandbox.telegram.calls import Call
from storage.people import Role

from .desk import DELIVERED, LOGIN, PASSWORD, Stands, stands, working
from .steps import accepted, confirmed, nothing_left, says, seen

BORIS = 1002
ZONE = ZoneInfo("UTC")
SECOND = timedelta(seconds=1)


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


# What each is given so that it asks a gateway, of those that do.
ASKING = {"send": f"{DELIVERED} Text", "connect": f"smsc {LOGIN} {PASSWORD} ACME", "senders": "smsc"}
SHOWN_FOR = timedelta(seconds=5)  # by Telegram, a chat action
BEST_OF = 3  # the machine may be slow, the bot may not


def signs(desk: Stands, said: Message) -> list[Call]:
    """What Anna has seen in her chat since she said something: that the bot is at work, and what it says."""
    return [
        one
        for one in desk.telegram.calls
        if one.method in {"sendChatAction", "sendMessage", "sendPhoto", "sendDocument"}
        and int(one.params["chat_id"]) == desk.chat.id
        and one.at >= said.date
    ]


async def waited(desk: Stands, command: str) -> timedelta:
    """How long Anna sees nothing after a command; it is answered then."""
    said = desk.chat.say(desk.anna, command)
    await desk.answer(said.id)
    return signs(desk, said)[0].at - said.date


async def test_u3_every_command_answers_or_shows_within_a_second_that_the_bot_is_at_work(
    desk: Stands,
) -> None:
    await desk.connect("smsc")
    desk.smsc.faults.add(kind="hang", times=None)
    desk.smsc.faults.hang = 2.0
    late = {}
    for name in COMMANDS:
        command = f"/{name} {ASKING.get(name, '')}".strip()
        for _ in range(BEST_OF):
            late[command] = await waited(desk, command)
            if late[command] <= SECOND:
                del late[command]
                break
    assert late == {}
    assert {"typing"} == {
        one.params["action"] for one in desk.telegram.calls if one.method == "sendChatAction"
    }


async def test_u3_that_the_bot_is_at_work_is_shown_again_as_long_as_it_lasts(tmp_path: Path) -> None:
    async with stands() as desk, working(desk.settings(tmp_path, submit={"balance_timeout": "6s"})):
        await desk.connect("smsc")
        desk.smsc.faults.add(kind="hang", times=None)
        said = desk.chat.say(desk.anna, "/senders smsc")
        await desk.answer(said.id)
        *actions, answer = signs(desk, said)
        assert [one.method for one in actions] == ["sendChatAction"] * 2
        assert actions[1].at - actions[0].at <= SHOWN_FOR
        assert answer.at - actions[1].at <= SHOWN_FOR
        await desk.ask("/help", having="What I can do")
        assert [one.method for one in signs(desk, said)].count("sendChatAction") == 2


LINES, CHARACTERS = 25, 1300  # of a phone's screen
WIDTH = 40  # characters, more or less, that fit a line of it


def on_screen(message: Message) -> list[str]:
    """The lines of a message as a phone shows them, untouched: a fold shows three of its own."""
    raw = message.text.encode("utf-16-le")
    (fold,) = (one for one in message.entities if one["type"] == "expandable_blockquote")
    start, end = 2 * fold["offset"], 2 * (fold["offset"] + fold["length"])
    parts = [part.decode("utf-16-le") for part in (raw[:start], raw[start:end], raw[end:])]
    before, folded, after = (
        [piece for line in part.strip("\n").split("\n") for piece in wrap(line, WIDTH) or [""]]
        for part in parts
    )
    return [*before, *folded[:3], *after]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", ["viewer", "operator", "manager", "admin"])
async def test_u4_help_is_of_ones_role_fits_a_screen_and_ends_with_three_examples(
    desk: Stands, role: str, language: str
) -> None:
    boris = desk.telegram.person(BORIS, "Boris", language_code=language)
    await desk.ask(f"/allow {BORIS} {role}", having=role)
    title = "Что я умею" if language == "ru" else "What I can do"
    own = desk.telegram.private(boris)
    answer = await says(replace(desk, anna=boris), own, "/help", having=f"{title}\n")
    listed = set(re.findall(r"(?m)^/([a-z]+) — ", answer.text))
    assert listed == commands_of(Role[role.upper()]) - {"start", "help"}
    examples = answer.text.splitlines()[-3:]
    assert {one.split()[0].lstrip("/") for one in examples} <= listed
    tapped = [one for one in answer.entities if one["type"] == "code"][-3:]
    assert [one["length"] for one in tapped] == [len(one) for one in examples]
    shown = on_screen(answer)
    assert len(shown) <= LINES
    assert sum(map(len, shown)) <= CHARACTERS


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
