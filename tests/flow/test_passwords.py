"""A password written in the wrong place, or beside a sender ID nobody can carry: it goes first of all."""

import pytest

from .desk import LOGIN, PASSWORD, Stands

LONG = "A" * 300


@pytest.mark.parametrize("typed", [f"/connect nosuch {LOGIN} {PASSWORD}", f"/connect smsc {PASSWORD}"])
async def test_a_connect_that_is_none_is_deleted_all_the_same(desk: Stands, typed: str) -> None:
    answer = await desk.ask(typed, having="Nothing was stored")
    assert "Your message is deleted." in answer.text
    assert all(PASSWORD not in one.text for one in desk.chat.messages if not one.deleted)


async def test_a_password_in_a_group_is_deleted(desk: Stands) -> None:
    group = desk.telegram.group(-1001234567890, "Staff", [desk.anna])
    said = group.say(desk.anna, f"/connect smsc {LOGIN} {PASSWORD}")
    await desk.telegram.wait_for(lambda: said.deleted)
    answer = await desk.telegram.wait_for(
        lambda: next((one for one in group.bot_messages if "Passwords are not for groups" in one.text), None)
    )
    assert "Your message is deleted." in answer.text
    assert answer.keyboard[0][0].url is not None


async def test_a_sender_id_nobody_carries_is_refused_at_connect(desk: Stands) -> None:
    answer = await desk.ask(f"/connect smsc {LOGIN} {PASSWORD} {LONG}", having="Nothing was stored")
    assert "Your message is deleted." in answer.text
    assert (await desk.ask("/accounts")).text.startswith("No gateway is connected")


async def test_step_by_step_the_sender_id_is_asked_again(desk: Stands) -> None:
    which = await desk.ask("/connect", having="Which gateway?")
    await desk.press(which, "SMSC")
    await desk.answer(which.id, having="Login at SMSC?")
    await desk.ask(LOGIN, having="Password?")
    await desk.ask(PASSWORD, having="Sender ID")
    for typed in (LONG, PASSWORD, "a password, typed too late"):
        said = desk.chat.say(desk.anna, typed)
        answer = await desk.answer(said.id, having="That cannot be a sender ID")
        assert said.deleted
        assert "Your message is deleted." in answer.text
        assert typed not in answer.text
    await desk.ask("ACME", having="connected as")


async def test_a_password_may_begin_with_a_slash(desk: Stands) -> None:
    which = await desk.ask("/connect", having="Which gateway?")
    await desk.press(which, "SMSC")
    await desk.answer(which.id, having="Login at SMSC")
    await desk.ask(LOGIN, having="Password")
    said = desk.chat.say(desk.anna, "/S3cret!pass")
    await desk.telegram.wait_for(lambda: said.deleted)
    await desk.answer(said.id, having="Sender ID")
    assert not any("S3cret" in one.text for one in desk.chat.bot_messages)


@pytest.mark.parametrize("typed", [f"/conect smsc {LOGIN} {PASSWORD}", f"connect smsc {LOGIN} {PASSWORD}"])
async def test_a_connect_that_is_misspelt_is_deleted(desk: Stands, typed: str) -> None:
    said = desk.chat.say(desk.anna, typed)
    await desk.telegram.wait_for(lambda: said.deleted)


async def test_a_connect_under_a_picture_is_deleted(desk: Stands) -> None:
    said = desk.chat.send_photo(desk.anna, caption=f"/connect smsc {LOGIN} {PASSWORD}")
    await desk.telegram.wait_for(lambda: said.deleted)


async def test_what_looks_like_a_command_is_no_login(desk: Stands) -> None:
    which = await desk.ask("/connect", having="Which gateway?")
    await desk.press(which, "SMSC")
    await desk.answer(which.id, having="Login at SMSC")
    await desk.ask("/hlep", having="/help")


async def test_a_command_of_another_bot_is_left_alone(desk: Stands) -> None:
    group = desk.telegram.group(-1001234567890, "Staff", [desk.anna])
    group.say(desk.anna, "/help")  # the group is ours from now on
    said = group.say(desk.anna, "/connect@other_bot server one")
    group.say(desk.anna, "/help")
    await desk.telegram.wait_for(lambda: len(group.bot_messages) == 2)
    assert not said.deleted
