"""/senders: what is managed there, once, and what is said where nobody knows whether it was done."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import bot.app
from bot.announcements import LASTING
from bot.config import Settings
from bot.handlers.senders import Wish, read
from sandbox.telegram import Message
from storage import outbox

from .desk import ADMIN, DELIVERED, LOGIN, PASSWORD, Stands, stands, working
from .steps import Ahead, says, toast

BORIS = 1002
GONE = "This button no longer works. Nothing was done."
IN_DOUBT = "whether that was done is not known"
MAY_BE_DONE = "It may have been done: look with /senders before you repeat it."


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def world(clock: Ahead) -> AsyncIterator[Stands]:
    async with stands(clock=clock) as made:
        yield made


@pytest.fixture
async def desk(world: Stands, clock: Ahead, tmp_path: Path) -> AsyncIterator[Stands]:
    async with working(world.settings(tmp_path, telegram={"admins": [ADMIN, BORIS]}), clock=clock):
        yield world


@pytest.mark.parametrize(
    ("typed", "wish"),
    [
        ("", Wish(account=None, verb="list")),
        ("list", Wish(account=None, verb="list")),
        ("spare список", Wish(account="spare", verb="list")),
        ("add SHOP our shop", Wish(account=None, verb="add", name="SHOP", rest="our shop")),
        (
            'Добавить "MY SHOP" наш магазин',
            Wish(account=None, verb="add", name="MY SHOP", rest="наш магазин"),
        ),
        ("изменить A b", Wish(account=None, verb="change", name="A", rest="b")),
        ("код 79031234500", Wish(account=None, verb="code", name="79031234500")),
        ("подтвердить 79031234500 12", Wish(account=None, verb="confirm", name="79031234500", rest="12")),
        ("spare удалить A", Wish(account="spare", verb="delete", name="A")),
        ('"delete" delete A', Wish(account="delete", verb="delete", name="A")),
        ("list more", None),
        ("add SHOP", None),
        ("spare unknown A", None),
        ("delete", None),
        ("delete A B", None),
        ('delete ""', None),
        ('delete " "', None),
        ('"" delete A', None),
    ],
)
def test_what_is_typed_is_read(typed: str, wish: Wish | None) -> None:
    assert read(typed) == wish


def data(message: Message, label: str) -> str:
    """What a button sends back: it can be pressed even when the message has lost it."""
    button = message.button(label)
    assert button is not None
    return button.callback_data or ""


async def test_sender_ids_from_application_to_deletion(desk: Stands) -> None:
    await desk.connect("smsc")
    await desk.ask("/senders add NEWNAME Notices of a shop", having="Applied for NEWNAME at smsc.")
    listed = await desk.ask("/senders", having="Sender IDs of smsc · SMSC")
    assert "\nNEWNAME — waits for moderation\n" in listed.text
    await desk.press(listed, "📶 By operator")
    told = await desk.answer(listed.id, having="ACME — allowed\nallowed: at all 19 operators")
    assert "NEWNAME" not in told.text  # no operator says anything of it
    await desk.ask("/senders change NEWNAME Notices of two shops", having="Changed what NEWNAME is for")

    question = await desk.ask("/senders delete NEWNAME", having="Delete the sender ID NEWNAME of smsc?")
    delete, keep = (data(question, label) for label in ("✅", "✖"))
    await desk.press(question, "✅ Delete")
    await desk.answer(question.id, having="NEWNAME is deleted at smsc.")
    await desk.telegram.wait_for(lambda: not question.keyboard)
    for token in (delete, keep):
        assert await toast(desk, desk.chat.press_data(desk.anna, question, token)) == GONE
    assert "NEWNAME" not in (await desk.ask("/senders smsc", having="Sender IDs of")).text


async def test_a_number_becomes_a_sender_id_by_its_code(desk: Stands) -> None:
    await desk.connect("smsc")
    number = DELIVERED.removeprefix("+")
    await desk.ask(f"/senders add {number} Our own number", having="Applied for")
    await desk.ask(f"/senders code {number}", having="The code is on its way")
    wrong = await desk.ask(f"/senders confirm {number} 1", having="smsc · SMSC: not done.")
    assert "Nothing" not in wrong.text
    code = desk.smsc.code_for(number)
    await desk.ask(f"/senders confirm {number} {code}", having="is confirmed at smsc.")
    await desk.ask("/senders", having=f"{number} — allowed")


async def test_gateway_without_sender_ids_says_so(desk: Stands) -> None:
    await desk.connect("sms_pager")
    answer = await desk.ask("/senders", having="sms_pager · SMS-Pager")
    assert answer.text.endswith("Sender ID of the account: ACME.")
    russian = replace(desk, anna=replace(desk.anna, language_code="ru"))
    await russian.ask("/senders", having="Имя отправителя аккаунта: ACME.")
    await desk.ask("/senders add X", having="Write: /senders")
    await desk.ask(
        "/senders other", having="There is no account other in this chat. Accounts here: sms_pager."
    )


async def test_what_is_not_to_be_deleted_stays(desk: Stands) -> None:
    await desk.connect("smsc")
    question = await desk.ask("/senders delete ACME", having="Delete the sender ID ACME of smsc?")
    delete = data(question, "✅")
    await desk.press(question, "✖ Do not delete")
    await desk.becomes(question, "Nothing was deleted.")
    assert not question.keyboard
    assert await toast(desk, desk.chat.press_data(desk.anna, question, delete)) == GONE
    await desk.ask("/senders", having="ACME — allowed")


async def test_buttons_under_these_answers_end(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    listed = await desk.ask("/senders", having="ACME — allowed")
    question = await desk.ask("/senders delete ACME", having="Delete the sender ID ACME of smsc?")
    clock.by += timedelta(minutes=16)
    assert await desk.press(question, "✅") == GONE
    clock.by += LASTING
    asked = asked_of_senders(desk)
    assert await desk.press(listed, "📶 By operator") == GONE
    assert asked_of_senders(desk) == asked


async def test_a_list_that_cannot_be_read_is_no_failed_change(desk: Stands) -> None:
    await desk.connect("smsc")
    listed = await desk.ask("/senders", having="ACME — allowed")
    desk.smsc.faults.add("senders", kind="html_200", times=2)
    said = await desk.ask("/senders", having="smsc · SMSC: the sender IDs are not known now.")
    assert said.text.endswith(" The gateway's answer could not be read. Try again later.")
    await desk.press(listed, "📶 By operator")
    await desk.answer(said.id, having="smsc · SMSC: the sender IDs are not known now.")


# Whose account, whose button


def asked_of_senders(world: Stands) -> list[Any]:
    """What SMSC was asked by people; incoming SMS it is asked for all the time."""
    return [(name, given) for name, given in world.smsc.requests if name != "get"]


async def test_of_two_accounts_one_is_named(world: Stands, clock: Ahead, tmp_path: Path) -> None:
    async with working(two_accounts(world, tmp_path), clock=clock):
        which = "Several accounts here have sender IDs: main, spare. Put the name first"
        await world.ask("/senders", having=which)
        await world.ask("/senders delete ACME", having=which)
        assert asked_of_senders(world) == []
        await world.ask("/senders spare add NEWNAME A shop", having="Applied for NEWNAME at spare.")
        await world.ask("/senders main", having="Sender IDs of main · SMSC")


def two_accounts(world: Stands, folder: Path, **changes: Any) -> Settings:
    """Two logins at one gateway, from the configuration."""
    login = {"gateway": "smsc", "login": LOGIN, "password": PASSWORD, "chats": [ADMIN, -1001]}
    given = world.settings(folder, **changes).model_dump(exclude_unset=True)
    return Settings.model_validate(
        given | {"accounts": [login | {"name": name} for name in ("main", "spare")]}
    )


async def test_another_person_cannot_delete(world: Stands, clock: Ahead, tmp_path: Path) -> None:
    settings = two_accounts(world, tmp_path, telegram={"admins": [ADMIN, BORIS]})
    boris = world.telegram.person(BORIS, "Boris", language_code="en")
    group = world.telegram.group(-1001, "Support", [world.anna, boris])
    async with working(settings, clock=clock):
        question = await says(world, group, "/senders main delete ACME", having="Delete the sender ID ACME")
        for label in ("✅", "✖"):
            pressed = group.press(boris, question, label)
            assert await toast(world, pressed) == "This card belongs to somebody else. Nothing was done."
        assert asked_of_senders(world) == []
        await toast(world, group.press(world.anna, question, "✅"))
        await says(world, group, "/senders main", having="Sender IDs of main")
        assert not any("deleted" in one.text for one in group.bot_messages if one.id < question.id)
        await world.telegram.wait_for(
            lambda: any("ACME is deleted at main." in one.text for one in group.bot_messages)
        )


# In doubt


async def test_a_change_whose_answer_is_lost_may_have_been_done(desk: Stands) -> None:
    await desk.connect("smsc")
    desk.smsc.faults.add("senders", kind="accept_then_reset")
    said = await desk.ask(
        "/senders add NEWNAME A shop", having="smsc · SMSC: whether that was done is not known"
    )
    assert said.text == (f"smsc · SMSC: {IN_DOUBT}: the connection broke off. {MAY_BE_DONE}")
    await desk.ask("/senders", having="NEWNAME — waits for moderation")

    question = await desk.ask("/senders delete NEWNAME", having="Delete the sender ID")
    desk.smsc.faults.add("senders", kind="html_200")
    await desk.press(question, "✅")
    said = await desk.answer(question.id, having=f"{IN_DOUBT}: its answer could not be read")
    assert said.text.endswith(MAY_BE_DONE)

    desk.smsc.faults.add("senders", kind="accept_then_reset")
    said = await desk.ask(f"/senders code {DELIVERED[1:]}", having=IN_DOUBT)
    assert said.text.endswith(" The code may be on its way: wait for it before you ask for another.")


async def test_a_refused_change_was_not_done(desk: Stands) -> None:
    await desk.connect("smsc")
    desk.smsc.faults.add("senders", kind="reset_before")
    await desk.ask("/senders change NOBODY A shop", having=IN_DOUBT)
    await desk.ask("/senders change NOBODY A shop", having="smsc · SMSC: not done. ")
    told = (await desk.ask("/audit did=sender-change", having="Who did what")).text
    assert told.count("changed a sender ID") == 4  # each as it was asked for, and what came of it
    assert told.count("answer of the gateway not read") == 1
    assert told.count("gateway refused") == 1


async def test_no_answer_in_time_is_called_so(world: Stands, clock: Ahead, tmp_path: Path) -> None:
    settings = world.settings(tmp_path, submit={"balance_timeout": "300ms"})
    async with working(settings, clock=clock):
        await world.connect("smsc")
        world.smsc.faults.add("senders", kind="accept_then_hang")
        said = await world.ask("/senders add NEWNAME A shop", having=IN_DOUBT)
        assert said.text.endswith(f": no answer in time. {MAY_BE_DONE}")
        world.smsc.faults.add("senders", kind="hang")
        said = await world.ask("/senders", having="the sender IDs are not known now")
        assert said.text.endswith(" The gateway did not answer: no answer in time. Try again later.")


async def _nothing(*_: object) -> None:
    """As little as a process does that was killed."""


@pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
@pytest.mark.parametrize("verb", ["add", "delete"])
async def test_a_change_is_asked_for_once_though_the_bot_ends_while_it_waits(
    verb: str, killed: bool, world: Stands, clock: Ahead, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = world.settings(tmp_path, submit={"balance_timeout": "60s"})
    with monkeypatch.context() as patch:
        patch.setattr(bot.app, "GRACE", 0.0)
        if killed:
            patch.setattr(outbox, "keep", _nothing)
        async with working(settings, clock=clock):
            await world.connect("smsc")
            if verb == "delete":
                question = await world.ask("/senders delete ACME", having="Delete the sender ID ACME")
            world.smsc.faults.add("senders", kind="accept_then_hang")
            said = len(world.chat.messages)
            if verb == "add":
                world.chat.say(world.anna, "/senders add NEWNAME A shop")
            else:
                world.chat.press(world.anna, question, "✅")
            await world.smsc.wait_for(lambda: bool(world.smsc.faults.applied))
    async with working(settings, clock=clock):
        doubt = await world.answer(said, having=f"{IN_DOUBT}: the bot was stopped")
        assert doubt.text.endswith(MAY_BE_DONE)
        listed = await world.ask("/senders", having="Sender IDs of smsc")
        asked_for = await world.ask(f"/audit did=sender-{verb}", having="Who did what")
    assert asked_for.text.count("Anna") == 1
    assert "NEWNAME" in listed.text if verb == "add" else "ACME" not in listed.text  # it was done
    asked = [operation for operation, *_ in world.smsc.requests]
    assert asked.count("senders") == 2  # the change and the list
    assert [one.text for one in world.chat.bot_messages if said < one.id < asked_for.id] == [
        doubt.text,
        listed.text,
    ]
