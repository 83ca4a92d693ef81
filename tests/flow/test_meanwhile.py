"""What was true when a card was drawn, or a command let in, may not be any more when it has its effect."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog

from bot.app import Desk
from providers.model import Gateway
from sandbox.telegram import Chat
from storage import accounts
from storage.people import Role
from storage.schema import updates

from .desk import DELIVERED, LOGIN, PASSWORD, Stands, stands, working
from .steps import Ahead, accepted, connect_group, says, seen, toast
from .test_people import BORIS, let_in

GROUP = -1001


@dataclass
class World:
    stands: Stands
    running: Desk

    async def ours(self) -> list[accounts.Account]:
        async with self.running.services.database.read() as tx:
            return await accounts.every(tx)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    clock = Ahead()
    async with stands(clock=clock) as made:
        async with working(made.settings(tmp_path), clock=clock) as running:
            yield World(made, running)


@pytest.fixture
def desk(world: World) -> Stands:
    return world.stands


@pytest.fixture
async def group(world: World) -> Chat:
    """A group that Anna's account is shared with."""
    desk = world.stands
    await desk.connect("smsc")
    group = desk.telegram.group(GROUP, "Support", [desk.anna])
    await says(desk, group, "/help", having="What I can do")
    async with world.running.services.database.write() as tx:
        await accounts.share(tx, 1, GROUP)
    return group


async def take_back(world: World) -> None:
    async with world.running.services.database.write() as tx:
        assert await accounts.unshare(tx, 1, GROUP)


def boris(desk: Stands) -> Stands:
    return replace(desk, anna=desk.telegram.person(BORIS, "Boris", language_code="en"))


async def test_an_account_that_was_taken_back_sends_nothing(world: World, desk: Stands, group: Chat) -> None:
    card = await says(desk, group, f"/send {DELIVERED} Text", having="Check, then send")
    await take_back(world)
    assert "may no longer use the account" in await toast(desk, group.press(desk.anna, card, "✅"))
    await desk.telegram.wait_for(lambda: not card.keyboard)
    assert "Nothing was sent" in card.text or "Nothing was done" in card.text
    assert accepted(desk) == []


async def test_an_account_that_was_taken_back_is_not_resumed(world: World, desk: Stands, group: Chat) -> None:
    async with world.running.services.database.write() as tx:
        await accounts.stop(tx, 1, "bad-credentials")
    card = await says(desk, group, "/accounts", having="smsc")
    await take_back(world)
    assert "may no longer use the account" in await toast(desk, group.press(desk.anna, card, "▶"))
    assert [one.stopped for one in await world.ours()] == ["bad-credentials"]


class _Waiting:
    """A gateway whose answer is held back until somebody says so."""

    def __init__(self) -> None:
        self.asked, self.goes_on = asyncio.Event(), asyncio.Event()

    def before(self, gateway: Gateway) -> Gateway:
        self._gateway = gateway
        return self  # type: ignore[return-value]  # only its balance is asked for

    async def balance(self) -> Any:
        self.asked.set()
        await self.goes_on.wait()
        return await self._gateway.balance()


async def test_who_is_denied_while_the_gateway_is_asked_connects_nothing(
    world: World, desk: Stands, monkeypatch: pytest.MonkeyPatch
) -> None:
    his = boris(desk)
    await let_in(desk, "admin")
    waiting, switchboard = _Waiting(), world.running.services.switchboard
    try_out = switchboard.try_out
    monkeypatch.setattr(switchboard, "try_out", lambda kind, secrets: waiting.before(try_out(kind, secrets)))
    said = his.chat.say(his.anna, f"/connect smsc {LOGIN} {PASSWORD} ACME")
    await asyncio.wait_for(waiting.asked.wait(), 10)
    await desk.ask(f"/deny {BORIS}", having="may do nothing")
    waiting.goes_on.set()
    answer = await his.answer(said.id, having="Nothing was done")
    assert answer.text == "Your role was changed meanwhile. Nothing was done."
    assert await world.ours() == []


WHERE_NOT = ["operator in a group", "anonymous admin", "edited into it"]


@pytest.mark.parametrize("how", WHERE_NOT)
async def test_a_password_goes_wherever_the_gate_refuses_it(world: World, desk: Stands, how: str) -> None:
    his = boris(desk)
    await let_in(desk, "operator")
    group = desk.telegram.group(GROUP, "Support", [desk.anna, his.anna])
    await connect_group(desk, group)
    typed = f"/connect smsc {LOGIN} {PASSWORD}"
    match how:
        case "operator in a group":
            said = group.say(his.anna, typed)
        case "anonymous admin":
            itself = {"id": GROUP, "type": "supergroup", "title": "Support"}
            said = group.say(desk.anna, typed, sender_chat=itself)
        case _:
            said = desk.chat.say(desk.anna, "/connct")
            desk.chat.edit(said, typed)
    await desk.telegram.wait_for(lambda: said.deleted)
    assert len(await world.ours()) == 1


async def test_a_stranger_who_hammers_a_button_hears_of_it_once(desk: Stands, group: Chat) -> None:
    mallory = desk.telegram.person(6666, "Mallory", language_code="en")
    group.add_member(mallory)
    card = await says(desk, group, f"/send {DELIVERED} Text", having="Check, then send")
    with structlog.testing.capture_logs() as logged:
        presses = [group.press_data(mallory, card, "x") for _ in range(50)]
        await toast(desk, group.press(desk.anna, card, "✖"))
    assert len([one for one in presses if one.answer]) == 1
    refused = [one for one in logged if one["event"] == "refused"]
    assert [(one["why"], one["person"]) for one in refused] == [("stranger", 6666)]


async def test_a_gate_that_breaks_lets_nothing_through_and_says_so(
    world: World, desk: Stands, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.connect("smsc")
    card = await desk.ask(f"/send {DELIVERED} Text", having="Check, then send")

    async def broken(*_: object) -> Role:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr("bot.access.role_of", broken)
        desk.chat.press(desk.anna, card, "✅")
        told = await seen(
            desk, lambda: next((one for one in desk.chat.bot_messages if "incident" in one.text), None)
        )
    assert told.id > card.id
    async with world.running.services.database.read() as tx:
        assert list(await tx.scalars(sa.select(updates.c.state).where(updates.c.incident.is_not(None)))) == [
            "failed"
        ]
    assert accepted(desk) == []
