"""What the pages tell people to say to the bot is said to it, and it takes each line."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as fluent

from bot.config import Settings
from desk.clock import utc_now
from sandbox.telegram import Chat, Message, Person

from ..test_readme import chat_examples
from .desk import ADMIN, DELIVERED, LOGIN, PASSWORD, Stands, working
from .steps import confirmed

ROOT = Path(__file__).parents[2]
KEY = "key-0123456789-abcdef"

PAGES = [ROOT / "README.md", ROOT / "README.ru.md", *sorted((ROOT / "docs").rglob("*.md"))]


def language_of(page: str) -> str:
    return "ru" if page.endswith(".ru.md") else "en"


def examples() -> dict[str, list[str]]:
    """By page; what an earlier page of the same language tells as well is left to that one."""
    found: dict[str, list[str]] = {}
    told: set[tuple[str, str]] = set()
    for path in PAGES:
        page = str(path.relative_to(ROOT))
        for example in chat_examples(path.read_text("utf-8")):
            if (language_of(page), example) not in told:
                told.add((language_of(page), example))
                found.setdefault(page, []).append(example)
    return found


EXAMPLES = examples()

# What stands in an example for something that each reader has of their own, and what it is here.
FILLED = {
    "GATEWAY": "smsc",
    "LOGIN": LOGIN,
    "PASSWORD": PASSWORD,
    "SENDER": "ACME",
    "KEY": KEY,
    "#12": "#1",
    "smsc-2": "main",
    "2026-12-01T10:00": f"{utc_now() + timedelta(days=2):%Y-%m-%dT10:00}",
    "/stoplist import": "/stoplist import\n+79161234567",
}
# Where the text around the example says that it is said.
IN_REPLY = {"/allow operator", "/deny"}
IN_TOPICS = {"/inbox topics on", "/inbox topics off"}


def typed(example: str) -> str:
    words = "|".join(map(re.escape, FILLED))
    return re.sub(rf"(?<!\w)(?:{words})(?!\w)", lambda found: FILLED[found[0]], example)


# --- What the bot says to what it cannot take -----------------------------------------------------------

REFUSALS = re.compile(
    r"unknown-command|incident|need-text|bad-.*|connect-failed|trouble-.*|problem-.*"
    r"|.*-(?:usage|unreadable)|.*-(?:unknown|bad)-.*"
)


@cache
def refusals(language: str) -> dict[str, re.Pattern[str]]:
    """How each begins, by its key; those with hardly a word of their own would be seen everywhere."""
    source = (ROOT / "bot" / "texts" / f"{language}.ftl").read_text("utf-8")
    found = {
        entry.id.name: [*_words(entry.value)]
        for entry in FluentParser().parse(source).body
        if isinstance(entry, fluent.Message) and entry.value and REFUSALS.fullmatch(entry.id.name)
    }
    return {
        key: re.compile(".*".join(map(re.escape, words)), re.DOTALL)
        for key, words in found.items()
        if len("".join(words)) > 20
    }


def _words(pattern: fluent.Pattern) -> Iterator[str]:
    """What stands in it between its values."""
    if not isinstance(pattern.elements[0], fluent.TextElement):
        yield ""
    for element in pattern.elements:
        if isinstance(element, fluent.TextElement):
            yield re.sub(r"<[^>]*>", "", element.value)


def refused(message: Message, language: str) -> list[str]:
    return [key for key, begins in refusals(language).items() if begins.match(message.text)]


# --- A desk in which the examples mean something ---------------------------------------------------------


def settings(world: Stands, folder: Path) -> Settings:
    account: dict[str, Any] = {"name": "main", "gateway": "smsc", "login": LOGIN, "password": PASSWORD}
    account |= {"sender": "ACME", "chats": [ADMIN, -1001]}
    given = world.settings(folder).model_dump(exclude_unset=True)
    return Settings.model_validate(given | {"accounts": [account]})


async def prepare(world: Stands) -> tuple[Chat, Person]:
    """A campaign that has left, contacts in two groups; a group with topics, in which Boris is."""
    boris = world.telegram.person(2002, "Boris", language_code="en")
    group = world.telegram.group(-1001, "Support", [world.anna, boris], forum=True)
    channel = world.telegram.channel(-1002, "Desk alerts", username="channel")
    channel.members |= {world.anna.id: world.anna}
    for chat in (group, channel):
        chat.bot_status = "left"
        chat.invite_bot(by=world.anna, admin=True)
    await confirmed(world, f"/send {DELIVERED} Hello")
    for name in ("@clients", "@vip"):
        await world.ask(f"/contacts add {name} +79031234567 Anna")
    return group, boris


def answered(chat: Chat, since: int) -> bool:
    return any(one.id > since for one in chat.bot_messages)


@pytest.mark.parametrize("page", EXAMPLES)
async def test_what_a_page_tells_people_to_say_is_taken(page: str, world: Stands, tmp_path: Path) -> None:
    language = language_of(page)
    world.smsc.apikey = KEY
    async with working(settings(world, tmp_path)):
        group, boris = await prepare(world)
        anna = replace(world.anna, language_code=language)
        for example in EXAMPLES[page]:
            chat = group if example in IN_REPLY | IN_TOPICS else world.chat
            to = group.say(boris, "Hello") if example in IN_REPLY else None
            since = chat.say(anna, typed(example), to).id
            await world.telegram.wait_for(partial(answered, chat, since))
        for answer in [*world.chat.bot_messages, *group.bot_messages]:
            assert not refused(answer, language), f"{page}: {answer.text}\n\n{world.telegram.transcript()}"


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("/stauts", "unknown-command"),
        ("/alerts 500 rubles", "alerts-unreadable"),
        ("/alerts 500 to=@nobody", "alerts-unknown-chat"),
        ("/send Hello", "problem-no-number"),
        ("/send vai=main +79031234567 Hello", "problem-unknown-option"),
        ("/status #x", "bad-campaign"),
        ("/settings tongue en", "settings-unreadable"),
        ("/stoplist bring", "stoplist-usage"),
        ("/forget 12", "forget-usage"),
        ("/connect main", "connect-usage"),
        ("/connect smsc demo wrong", "connect-failed"),
    ],
)
async def test_what_is_wrong_is_seen(said: str, key: str, world: Stands, tmp_path: Path) -> None:
    async with working(settings(world, tmp_path)):
        assert key in refused(await world.ask(said), "en")


def test_every_word_that_is_filled_stands_in_a_page() -> None:
    told = [example for page in EXAMPLES.values() for example in page]
    assert [word for word in FILLED if not any(word in example for example in told)] == []
    assert (IN_REPLY | IN_TOPICS) - set(told) == set()
