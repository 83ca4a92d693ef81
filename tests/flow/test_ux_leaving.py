"""U5 of the demands: /cancel leaves whatever asks something, and says what it was."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.handlers.basics import ASKED
from bot.handlers.leaving import ASKED_BY_BUTTONS
from bot.words import LANGUAGES

from .desk import DELIVERED, LOGIN, PASSWORD, REJECTED, SLOW, UNDELIVERED, Stands, stands, working
from .steps import Ahead, accepted, seen
from .test_lists import TEXT, TWO

# In English, as it begins each flow; the words of what is left, in both languages.
EN, RU = "Left. Discarded: {}. Nothing was sent.", "Вышли. Отброшено: {}. Ничего не отправлено."
WHAT = {
    "send": ("an SMS that was being written", "недописанное SMS"),
    "send to numbers": (
        "an SMS that was being written, to 2 numbers",
        "недописанное SMS на 2 номера",
    ),
    "list": ("a list of recipients, whose text was asked for", "список получателей, к которому ждали текст"),
    "count": ("a campaign that waited for its number of recipients", "рассылка, ждавшая числа получателей"),
    "when": ("an SMS for which another time was asked", "SMS, которому выбирали другое время"),
    "template": ("a text that was to be saved", "текст, который хотели сохранить"),
    "template by name": (
        "the text “hello” that was to be saved",
        "текст «hello», который хотели сохранить",
    ),
    "contact": ("a contact that was to be saved", "контакт, который хотели сохранить"),
    "rename": ("a new name for a contact", "новое имя контакта"),
    "group": ("a new group", "новая группа"),
    "which gateway": ("an account that was being connected", "подключение аккаунта"),
    "connect": ("an account that was being connected", "подключение аккаунта"),
    "offer": ("an SMS to one recipient that waited for ✅", "SMS на 1 номер, ждавшее ✅"),
    "offer of a list": ("an SMS to 2 recipients that waited for ✅", "SMS на 2 номера, ждавшее ✅"),
    "answer": ("an answer to a customer that waited for ✅", "ответ клиенту, ждавший ✅"),
    "delete-sender": ("the deletion of the sender ID ACME", "удаление имени отправителя ACME"),
    "column": ("a file whose columns were asked for", "файл, в котором выбирали столбец"),
    "still-send": ("an old command that was shown back", "старая команда, о которой я переспросил"),
    "forget": ("a number that was to be forgotten", "номер, который хотели забыть"),
}

COLUMNS = f"{DELIVERED};{SLOW}\r\n{REJECTED};{UNDELIVERED}\r\n".encode()
Steps = Callable[[Stands], Awaitable[object]]


async def _file(desk: Stands, content: bytes, caption: str | None, having: str) -> None:
    sent = desk.chat.send_document(desk.anna, "clients.csv", content, caption)
    await desk.answer(sent.id, having=having)


async def _press(desk: Stands, command: str, having: str, label: str, then: str) -> None:
    card = await desk.ask(command, having=having)
    await desk.press(card, label)
    await desk.answer(card.id, having=then)


async def _count(desk: Stands) -> None:
    await _press(desk, f"/send {DELIVERED} {SLOW} Text", "Check, then send", "✅", "Type their count")


async def _group(desk: Stands) -> None:
    card = await desk.ask("/contacts", having="contacts")
    await desk.press(card, "👥")
    await seen(desk, lambda: card.button("➕ New group"))
    await desk.press(card, "➕ New group")
    await desk.answer(card.id, having="What is the group to be called?")


async def _rename(desk: Stands) -> None:
    await desk.ask(f"/contacts add {DELIVERED} Ivan", having="Ivan")
    card = await desk.ask("/contacts Ivan", having="contacts")
    await desk.press(card, "Ivan")
    await seen(desk, lambda: card.button("✏ Name"))
    await desk.press(card, "✏ Name")
    await desk.answer(card.id, having="to be called?")


async def _answer(desk: Stands) -> None:
    desk.smsc.receive(DELIVERED.lstrip("+"), "Where is it?")
    card = await desk.answer(0, having="Where is it?")
    reply = desk.chat.say(desk.anna, "On its way", reply_to=card)
    await desk.answer(reply.id, having="Send it?")


async def _stale(desk: Stands) -> None:
    said = desk.chat.say(desk.anna, f"/send {DELIVERED} Text", date=0)
    await desk.answer(said.id, having="Still send?")


FLOWS: dict[str, Steps] = {
    "send": lambda desk: desk.ask("/send", having="To which number?"),
    "send to numbers": lambda desk: desk.ask(f"/send {DELIVERED} {SLOW}", having="What is the text for"),
    "list": lambda desk: _file(desk, TWO, None, "2 recipients"),
    "count": _count,
    "when": lambda desk: _press(
        desk, f"/send {DELIVERED} Text", "Check, then send", "🕒", "When shall it leave?"
    ),
    "template": lambda desk: desk.ask("/templates add", having="?"),
    "template by name": lambda desk: desk.ask("/templates add hello", having="hello"),
    "contact": lambda desk: desk.ask("/contacts add", having="number"),
    "rename": _rename,
    "group": _group,
    "which gateway": lambda desk: desk.ask("/connect", having="Which gateway?"),
    "connect": lambda desk: _press(desk, "/connect", "Which gateway?", "SMSC", "Login at SMSC?"),
    "offer": lambda desk: desk.ask(f"/send {DELIVERED} Text", having="Check, then send"),
    "offer of a list": lambda desk: _file(desk, TWO, TEXT, "Check, then send"),
    "answer": _answer,
    "delete-sender": lambda desk: desk.ask("/senders delete ACME", having="ACME"),
    "column": lambda desk: _file(desk, COLUMNS, TEXT, "which column has the numbers?"),
    "still-send": _stale,
    "forget": lambda desk: desk.ask(f"/forget {DELIVERED}", having="Forget"),
}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Stands]:
    clock = Ahead()
    async with stands(clock=clock) as world:
        limits = {"type_count_over": 1}
        settings = world.settings(tmp_path, limits=limits, inbox={"every": "100ms", "far_every": "1h"})
        async with working(settings, clock=clock):
            await world.connect("smsc")
            yield world


@pytest.mark.parametrize("flow", FLOWS)
async def test_u5_cancel_leaves_any_flow_and_says_in_both_languages_what_was_discarded(
    desk: Stands, flow: str
) -> None:
    for language, sentence, what in zip(("en", "ru"), (EN, RU), WHAT[flow], strict=True):
        await FLOWS[flow](desk)
        speaker = replace(desk, anna=replace(desk.anna, language_code=language))
        left = await speaker.ask("/cancel", having=sentence.format(what))
        nothing = await speaker.ask("/cancel")
        assert left.text != nothing.text
        assert nothing.text.startswith(("There is nothing to leave", "Выходить не из чего"))
    assert not accepted(desk)


async def test_u5_a_dialog_that_came_to_its_end_is_not_left_again(desk: Stands) -> None:
    await FLOWS["connect"](desk)
    for said, having in ((LOGIN, "Password?"), (PASSWORD, "Sender ID"), ("SHOP", "is connected")):
        await desk.ask(said, having=having)
    assert (await desk.ask("/cancel")).text.startswith("There is nothing to leave")


def test_u5_every_kind_of_question_is_among_these_flows() -> None:
    assert {*ASKED, *ASKED_BY_BUTTONS} <= set(FLOWS)
    assert set(WHAT) == set(FLOWS)
    assert set(LANGUAGES) == {"en", "ru"}
