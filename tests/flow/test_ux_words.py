"""U48-U51 of the demands: states in words, plurals, whose language, errors in three parts."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import words as wording
from bot.words import LANGUAGES, Words
from providers.model import MessageState
from sandbox.faults import Kind
from sandbox.telegram import Chat

from .desk import ADMIN, DELIVERED, EXPIRED, LOGIN, REJECTED, UNDELIVERED, Stands, stands, working
from .steps import Ahead, confirmed, connect_group, says, soon, toast

BORIS = 1002
TEXTS = Path(wording.__file__).parent / "texts"
EMOJI = re.compile(r"[^\w\s.,:;!?()·«»…—–\-#+/*'\"%№=<>|&@]")


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def desk(clock: Ahead, tmp_path: Path) -> AsyncIterator[Stands]:
    async with stands(clock=clock) as world:
        async with working(world.settings(tmp_path, telegram={"admins": [ADMIN, BORIS]}), clock=clock):
            yield world


async def test_u48_without_emoji_a_card_says_the_same(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    numbers = " ".join((DELIVERED, UNDELIVERED, EXPIRED, REJECTED))
    card = await confirmed(desk, f"/send {numbers}\nText")
    await soon(desk, clock, lambda: "delivered 1" in card.text and "rejected 1" in card.text)
    plain = EMOJI.sub("", card.text)
    for word in ("delivered", "undelivered", "expired", "rejected"):
        assert len(re.findall(rf"— {word}\b", plain)) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_u48_every_state_has_a_word_of_its_own(language: str) -> None:
    words = Words(language, ZoneInfo("UTC"))
    told = [words.plain(f"state-{state}") for state in MessageState]
    assert len(set(told)) == len(told)
    assert [word for word in told if EMOJI.search(word) or not word.strip()] == []


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "На 1 номер:"),
        (2, "На 2 номера:"),
        (5, "На 5 номеров:"),
        (11, "На 11 номеров:"),
        (21, "На 21 номер:"),
        (111, "На 111 номеров:"),
    ],
)
async def test_u49_russian_plurals_on_a_card(desk: Stands, count: int, said: str) -> None:
    boris = replace(desk, anna=desk.telegram.person(BORIS, "Борис", language_code="ru"))
    await boris.ask(f"/connect smsc {LOGIN} demo-password ACME", having="подключён")
    numbers = ", ".join(f"+7903{number:07d}" for number in range(1000000, 1000000 + count))
    card = await boris.ask(f"/send {numbers} Text", having="Проверьте и отправьте")
    assert said in card.text


def test_u49_both_languages_have_the_same_keys() -> None:
    def keys(name: str) -> list[str]:
        return re.findall(r"(?m)^([a-z][\w-]*) =", (TEXTS / name).read_text("utf-8"))

    for name in ("{}.ftl", "entries.{}.ftl"):
        assert sorted(keys(name.format("ru"))) == sorted(keys(name.format("en")))
        assert keys(name.format("en"))


@pytest.mark.parametrize(
    ("code", "said"),
    [("en", "What I can do"), ("en-GB", "What I can do"), ("ru", "Что я умею"), ("de", "Что я умею"),
     (None, "Что я умею")],
)  # fmt: skip
async def test_u50_the_language_is_telegrams_else_russian(desk: Stands, code: str | None, said: str) -> None:
    boris = replace(desk, anna=desk.telegram.person(BORIS, "Boris", language_code=code))
    await boris.ask("/help", having=said)


async def test_u50_in_a_group_each_is_answered_in_their_language_and_a_card_keeps_its_own(
    desk: Stands, clock: Ahead
) -> None:
    boris = replace(desk, anna=desk.telegram.person(BORIS, "Борис", language_code="ru"))
    group: Chat = desk.telegram.group(-1001, "Support", [desk.anna, boris.anna])
    await connect_group(desk, group)
    await says(boris, group, "/help", having="Что я умею")
    await says(desk, group, "/help", having="What I can do")
    card = await says(desk, group, f"/send {DELIVERED} Text", having="Check, then send")
    assert "is in the queue" in await toast(desk, group.press(desk.anna, card, "✅"))
    await says(boris, group, "/status", having="#1")
    await soon(desk, clock, lambda: "— delivered" in card.text)
    assert "доставлено" not in card.text


async def test_u50_what_a_person_has_chosen_comes_before_telegrams_language(desk: Stands) -> None:
    card = await desk.ask("/settings", having="Language: as in Telegram")
    await desk.press(card, "Русский")
    await desk.becomes(card, "Язык: русский")
    await desk.ask("/help", having="Что я умею")
    await desk.ask("/connect smsc demo demo-password ACME", having="подключён")
    await desk.ask("/settings language auto", having="Language: as in Telegram")
    await desk.ask("/help", having="What I can do")


async def test_u50_a_group_that_has_chosen_speaks_one_language_to_all(desk: Stands, clock: Ahead) -> None:
    boris = replace(desk, anna=desk.telegram.person(BORIS, "Борис", language_code="ru"))
    group: Chat = desk.telegram.group(-1001, "Support", [desk.anna, boris.anna])
    await connect_group(desk, group)
    await says(boris, group, "/settings language en", having="Language: English")
    await says(boris, group, "/help", having="What I can do")
    card = await says(boris, group, f"/send {DELIVERED} Text", having="Check, then send")
    assert "is in the queue" in await toast(desk, group.press(boris.anna, card, "✅"))
    await soon(desk, clock, lambda: "— delivered" in card.text)
    await boris.ask("/help", having="Что я умею")  # alone it is still theirs


async def test_u50_in_a_group_an_operator_sees_the_settings_and_cannot_change_them(desk: Stands) -> None:
    vera = desk.telegram.person(3003, "Vera", language_code="en")
    group: Chat = desk.telegram.group(-1001, "Support", [desk.anna, vera])
    await connect_group(desk, group)
    await desk.ask("/allow 3003 operator")
    theirs = replace(desk, anna=vera)
    card = await says(theirs, group, "/settings", having="Settings of this chat")
    assert card.keyboard == []
    await says(theirs, group, "/settings language ru", having="takes the role: manager")
    await says(theirs, group, "/settings", having="Language: as in Telegram")
    await theirs.ask("/settings language ru", having="Язык: русский")


async def test_a_chat_lives_by_its_own_clock(desk: Stands, clock: Ahead) -> None:
    """What is typed is meant by it, and what is shown is told by it."""
    await desk.connect("smsc")
    await desk.ask("/settings zone Asia/Omsk", having="Clock: Asia/Omsk")
    day = (clock() + timedelta(days=2)).astimezone(ZoneInfo("Asia/Omsk")).date()
    card = await desk.ask(f"/send at={day}T10:00 {DELIVERED} Text", having="Check, then send")
    assert "10:00 (Asia/Omsk)" in card.text
    await desk.press(card, "✅")
    await desk.becomes(card, "10:00 (Asia/Omsk)")
    clock.by += datetime.combine(day, time(9, 59), ZoneInfo("Asia/Omsk")) - clock()
    assert not desk.smsc.journal.accepted
    await soon(desk, clock, lambda: "— delivered" in card.text)
    assert "10:00 (Asia/Omsk)" in (await desk.ask("/status 1", having="Text")).text
    list_ = f"phone;name\n{DELIVERED};Anna\n".encode()
    sent = desk.chat.send_document(desk.anna, "list.csv", list_, f"at={day + timedelta(days=1)}T10:00 Hello")
    assert "10:00 (Asia/Omsk)" in (await desk.answer(sent.id, having="Check, then send")).text


@pytest.mark.parametrize("typed", ["language klingon", "zone Mars/Base", "nonsense"])
async def test_settings_that_nobody_understands_change_nothing(desk: Stands, typed: str) -> None:
    await desk.ask(f"/settings {typed}", having="Nothing was changed")
    await desk.ask("/settings", having="Language: as in Telegram")


@pytest.mark.parametrize(
    ("typed", "failed", "not_done", "to_do"),
    [
        ("/send привет", "see no number", "Nothing was sent.", "/send"),
        ("/send +79031234500", None, None, None),
        ("/connect smsc demo wrong", "is not connected", "Nothing was stored", "/connect"),
        ("/status #99", "#99", None, None),
        ("/sned", "do not know /sned", "Nothing was done.", "/send"),
    ],
)
async def test_u51_an_error_says_what_failed_what_was_not_done_and_what_to_do(
    desk: Stands, typed: str, failed: str | None, not_done: str | None, to_do: str | None
) -> None:
    await desk.connect("smsc")
    answer = await desk.ask(typed)
    for words in (failed, not_done, to_do):
        assert words is None or words in answer.text
    assert NAME_OF_AN_EXCEPTION.search(answer.text) is None


NAME_OF_AN_EXCEPTION = re.compile(r"\b\w+(?:Error|Exception)\b|Traceback|\bNone\b")


@pytest.mark.parametrize("fault", ["http_500", "html_200", "garbled_200", "reset_before", "auth", "blocked"])
async def test_u51_no_trouble_of_a_gateway_shows_an_exception(desk: Stands, fault: Kind) -> None:
    await desk.connect("smsc")
    desk.smsc.faults.add(kind=fault, times=3)
    answer = await desk.ask("/balance", having="smsc")
    assert NAME_OF_AN_EXCEPTION.search(answer.text) is None
    assert not re.search(r"[{}<>]|\b[a-z]+_[a-z]+\b", answer.text)
    assert len(answer.text.split()) > 5
