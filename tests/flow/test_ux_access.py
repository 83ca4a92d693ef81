"""U1 and U34-U40 of the demands: who the bot listens to, and what it tells those it does not."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog

from sandbox.telegram import Chat, Person

from .desk import DELIVERED, LOGIN, PASSWORD, Stands, meddle, stands, working
from .steps import Ahead, accepted, connect_group, offered, says, seen, toast

NEUTRAL = "This is a work bot. It serves a closed group of people."
GONE = "This button no longer works. Nothing was done."
MALLORY = 6666


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Stands]:
    clock = Ahead()
    async with stands(clock=clock) as world:
        async with working(world.settings(tmp_path), clock=clock):
            yield world


@pytest.fixture
def mallory(desk: Stands) -> Person:
    return desk.telegram.person(MALLORY, "Mallory", language_code="en")


@pytest.fixture
def group(desk: Stands, mallory: Person) -> Chat:
    return desk.telegram.group(-1001, "Support", [desk.anna, mallory])


@pytest.mark.parametrize(
    ("language", "line"), [("en", NEUTRAL), ("ru", "Это рабочий бот для закрытого круга людей.")]
)
async def test_u1_a_stranger_hears_one_line_and_sees_no_command(
    desk: Stands, language: str, line: str
) -> None:
    stranger = desk.telegram.person(7777, "Eve", language_code=language)
    chat = desk.telegram.private(stranger)
    with structlog.testing.capture_logs() as logged:
        for text in ("/start", "/start", "/help", "hello"):
            chat.say(stranger, text)
        await desk.telegram.wait_for(lambda: chat.bot_messages)
        pressed = chat.press_data(stranger, chat.bot_messages[0], "x")
        await desk.telegram.wait_for(lambda: pressed.answer)
    assert [one.text for one in chat.bot_messages] == [line]
    assert "/" not in line
    assert [one["event"] for one in logged].count("refused") == 1


OF_STRANGERS = {
    "command": lambda chat, who: chat.say(who, f"/send {DELIVERED} Text"),
    "text": lambda chat, who: chat.say(who, "Text"),
    "edit": lambda chat, who: chat.edit(chat.say(who, "x"), f"/send {DELIVERED} Text"),
    "photo": lambda chat, who: chat.send_photo(who),
    "file": lambda chat, who: chat.send_document(who, "numbers.csv", b"79031234500"),
    "contact": lambda chat, who: chat.send_contact(who, "+79031234500", "Bo"),
    "button": lambda chat, who: chat.press(who, chat.bot_messages[-1], "✅"),
    "reaction": lambda chat, who: chat.react(who, chat.bot_messages[-1], "👍"),
    "member change": lambda chat, who: chat.remove_member(who),
    "forged invite": lambda chat, who: chat.say(who, f"/start {secrets.token_urlsafe(16)}"),
    "inline query": lambda chat, who: chat._world.push(
        "inline_query", {"id": "1", "from": who.json(), "query": "x", "offset": ""}
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", OF_STRANGERS)
async def test_u34_every_kind_of_update_from_a_stranger_is_ignored(
    desk: Stands, group: Chat, mallory: Person, kind: str
) -> None:
    await connect_group(desk, group)
    card = await says(desk, group, f"/send {DELIVERED} Text", having="Check, then send")
    before = len(group.bot_messages)
    OF_STRANGERS[kind](group, mallory)
    await says(desk, group, "/status", having="Nothing has been sent from this chat yet")
    assert len(group.bot_messages) == before + 1
    assert card.button("✅")
    assert not accepted(desk)


@pytest.mark.parametrize(
    "extra",
    [
        pytest.param({"from": {"id": 1087968824, "is_bot": True, "first_name": "Group"}}, id="anonymous"),
        pytest.param({"sender_chat": {"id": -100500, "type": "channel", "title": "News"}}, id="channel"),
    ],
)
async def test_u35_nobody_in_particular_cannot_act_and_is_told_how_to_be_somebody(
    desk: Stands, group: Chat, extra: dict[str, Any]
) -> None:
    await connect_group(desk, group)
    for _ in range(3):
        group.say(desk.anna, f"/send {DELIVERED} Text", **extra)
    await says(desk, group, "/status", having="Nothing has been sent from this chat yet")
    told = [m.text for m in group.bot_messages if "Remain anonymous" in m.text or "анонимность" in m.text]
    assert len(told) == 1
    assert not accepted(desk)


async def test_u36_a_password_goes_to_private_only_and_its_message_goes_first(
    desk: Stands, group: Chat
) -> None:
    link = await says(desk, group, "/connect", having="Passwords are not for groups")
    assert (link.keyboard[0][0].url or "").startswith("https://t.me/")
    said = desk.chat.say(desk.anna, f"/connect smsc {LOGIN} {PASSWORD}")
    answer = await desk.answer(said.id, having="is connected as")
    assert said.deleted
    assert "Your message with the password is deleted." in answer.text
    deleted = next(i for i, call in enumerate(desk.telegram.calls) if call.method == "deleteMessage")
    said_so = next(i for i, call in enumerate(desk.telegram.calls) if "is connected as" in str(call))
    assert deleted < said_so


async def test_u37_no_secret_is_seen_again(desk: Stands, capfd: pytest.CaptureFixture[str]) -> None:
    """A short one; a whole failing run is in test_canaries."""
    await desk.ask(f"/connect smsc {LOGIN} canary-of-u37", having="is not connected")
    await desk.ask(f"/connect smsc {LOGIN} {PASSWORD}", having="is connected as")
    await desk.ask("/accounts", having="login …mo")
    said = "\n".join(one.text for one in desk.chat.bot_messages)
    logged = capfd.readouterr()
    for secret in ("canary-of-u37", PASSWORD):
        assert secret not in said + logged.out + logged.err


@pytest.mark.parametrize("how", ["removed", "demoted", "left"])
async def test_u38_who_goes_leaves_no_live_card(desk: Stands, group: Chat, mallory: Person, how: str) -> None:
    await connect_group(desk, group)
    hers = group.say(mallory, "hello")
    group.say(desk.anna, "/allow operator", reply_to=hers)
    await seen(desk, lambda: next((m for m in group.bot_messages if "has the role" in m.text), None))
    group.say(mallory, f"/send {DELIVERED} Text")
    card = await seen(desk, lambda: next((m for m in group.bot_messages if "Check, then" in m.text), None))
    token = next(key.callback_data for row in card.keyboard for key in row if "✅" in key.text)
    assert token is not None
    match how:
        case "removed":
            await desk.ask(f"/deny {MALLORY}", having="may do nothing")
        case "demoted":
            await desk.ask(f"/allow {MALLORY} viewer", having="viewer")
        case _:
            group.remove_member(mallory)
            await says(desk, group, "/help", having="What I can do")
    await desk.telegram.wait_for(lambda: not card.keyboard)
    assert await toast(desk, group.press_data(mallory, card, token)) != "#1 is in the queue."
    # And it stays dead when she comes back.
    await desk.ask(f"/allow {MALLORY} manager", having="manager")
    pressed = await toast(desk, group.press_data(mallory, card, token))
    assert pressed.endswith("and that closed it. Nothing was sent. Write /send again.")
    await says(desk, group, "/status", having="Nothing has been sent")
    assert not accepted(desk)


async def test_u39_an_unknown_group_is_left_with_a_reason(desk: Stands, mallory: Person) -> None:
    group = desk.telegram.group(-1007, "Elsewhere", [mallory])
    group.expel_bot()
    group.invite_bot(mallory)
    await desk.telegram.wait_for(lambda: group.bot_status == "left")
    (reason,) = [one.text for one in group.messages if one.sender == "bot"]
    assert (
        reason.startswith("I only work in groups that one of my admins added me to")
        or "администратор" in reason
    )


async def test_u39_an_admin_brings_it_in(desk: Stands, mallory: Person) -> None:
    group = desk.telegram.group(-1007, "Ours", [desk.anna, mallory])
    group.expel_bot()
    group.invite_bot(desk.anna)
    await seen(
        desk, lambda: next((m for m in group.bot_messages if "I work here from now on" in m.text), None)
    )
    assert group.bot_status == "member"
    viewer = replace(desk, anna=mallory)
    await desk.ask(f"/allow {MALLORY} viewer", having="viewer")
    await says(viewer, group, "/status", having="Nothing has been sent")
    # Sent away and brought back by somebody who may not.
    group.expel_bot()
    group.invite_bot(mallory)
    await desk.telegram.wait_for(lambda: group.bot_status == "left")


async def test_u40_doctor_tells_rights_needed_and_missing(desk: Stands) -> None:
    await desk.ask("/doctor", having="I know no group")
    forum = desk.telegram.group(-1008, "Forum", [desk.anna], forum=True)
    await says(desk, forum, "/help")
    weak = desk.telegram.group(-1009, "Weak", [desk.anna])
    await says(desk, weak, "/help")
    weak.invite_bot(desk.anna)
    told = await desk.ask("/doctor", having="Where I work")
    assert "Privacy mode is off" in told.text
    assert "Forum: an admin, so I hear who leaves; can delete" in told.text
    assert "with topics" in told.text
    assert "Weak: ⚠ no admin: I may not hear who leaves, so make me one; ⚠ cannot delete" in told.text
    weak.invite_bot(desk.anna, admin=True)
    assert await desk.press(told, "🔄") == ""
    again = await desk.answer(told.id, having="Weak: an admin")
    assert "⚠" not in again.text


async def test_a_button_works_in_its_own_chat_only(desk: Stands, group: Chat) -> None:
    await desk.connect("smsc")
    card = await offered(desk, f"/send {DELIVERED} Text")
    token = str(card.button("✅").callback_data)  # type: ignore[union-attr]
    there = await says(desk, group, "/help", having="What I can do")
    assert await toast(desk, group.press_data(desk.anna, there, token)) == GONE
    assert card.button("✅")
    assert not accepted(desk)


async def test_a_button_confirms_the_content_it_showed_only(desk: Stands, tmp_path: Path) -> None:
    await desk.connect("smsc")
    card = await offered(desk, f"/send {DELIVERED} Text")
    changed = "update drafts set content = replace(content, 'Text', 'Another') where state = 'offered'"
    assert await meddle(tmp_path, changed) == 1
    assert "nothing was sent" in await desk.press(card, "✅")
    await desk.ask("/status", having="Nothing has been sent from this chat yet")
    assert not accepted(desk)


async def test_who_owns_an_account_no_more_shares_it_no_more(
    desk: Stands, mallory: Person, tmp_path: Path
) -> None:
    await desk.ask(f"/allow {MALLORY} admin", having="has the role")
    hers = replace(desk, anna=mallory)
    await hers.connect("smsc")
    listed = await hers.ask("/accounts", having="smsc · SMSC")
    assert await meddle(tmp_path, "update accounts set created_by = 1001") == 1
    assert await hers.press(listed, "🔗 Share smsc") == GONE


async def test_a_thousand_random_and_stale_tokens_do_nothing(desk: Stands) -> None:
    await desk.connect("smsc")
    card = await offered(desk, f"/send {DELIVERED} Text")
    stale = [str(card.button(label).callback_data) for label in ("✅", "✖")]  # type: ignore[union-attr]
    assert await desk.press(card, "✖") == "Dismissed: nothing was sent."
    presses = [
        desk.chat.press_data(desk.anna, card, stale[n % 2] if n % 10 == 0 else secrets.token_urlsafe(16))
        for n in range(1000)
    ]
    for one in presses:
        said = await toast(desk, one)
        assert said == GONE or said == "Anna dismissed this: nothing was sent."
    await desk.ask("/status", having="Nothing has been sent from this chat yet")
    assert not accepted(desk)
