"""U52: Telegram tells the bot to leave a chat alone for a while."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from sandbox.telegram.calls import Call

from .desk import DELIVERED, Stands, stands, working
from .steps import Ahead, comes_to, confirmed, says, seen, soon, toast

CUSTOMER = DELIVERED.lstrip("+")
TOLD_TO_WAIT = timedelta(seconds=30)
SPEAKING = {"sendMessage", "editMessageText"}


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def desk(clock: Ahead, tmp_path: Path) -> AsyncIterator[Stands]:
    async with stands(clock=clock) as world:
        async with working(world.settings(tmp_path, inbox={"every": "100ms"}), clock=clock):
            yield world


def spoken(desk: Stands) -> list[Call]:
    """All that the bot said or changed in Anna's chat, and all that it tried to."""
    return [
        one
        for one in desk.telegram.calls
        if one.method in SPEAKING and int(one.params["chat_id"]) == desk.chat.id
    ]


def refused(desk: Stands, times: int) -> Call | None:
    """What Telegram refused for the first time, the second and so on; None: not yet."""
    found = [one for one in spoken(desk) if one.fault == "429"]
    return found[times - 1] if len(found) >= times else None


def asked_for_answers(desk: Stands) -> int:
    return sum("get_answers" in one[1] for one in desk.smsc.requests)


async def test_u52_a_429_delays_edits_while_a_press_is_answered_and_no_incoming_card_is_lost(
    desk: Stands, clock: Ahead
) -> None:
    group = desk.telegram.group(-1001, "Support", [desk.anna])
    await says(desk, group, "/help", having="What I can do")
    await desk.connect("smsc")
    desk.smsc.receive(CUSTOMER, "Where is it?")
    first = await desk.answer(0, having="Where is it?")
    wait = {"retry_after": int(TOLD_TO_WAIT.total_seconds()), "chat_id": desk.chat.id}
    desk.telegram.faults.add("editMessageText", kind="429", **wait)
    sent = await confirmed(desk, f"/send {DELIVERED} Text")
    edit = await seen(desk, partial(refused, desk, 1))
    # A press is answered at once, and what it did is done; only the card shows it later.
    press = desk.chat.press(desk.anna, first, "🙋")
    await toast(desk, press)
    # An SMS comes in meanwhile, and others are served.
    desk.smsc.receive(CUSTOMER, "And the other one?")
    asked = asked_for_answers(desk)
    await desk.smsc.wait_for(lambda: asked_for_answers(desk) > asked + 1)
    await says(desk, group, "/help", having="What I can do")
    assert "has this" not in first.text
    # The card of the SMS has its turn before the edits, and is refused as well.
    desk.telegram.faults.add("sendMessage", kind="429", **wait)
    card = await soon(desk, clock, partial(refused, desk, 2))
    assert "And the other one?" in card.params["text"]
    await soon(desk, clock, lambda: "And the other one?" in desk.chat.bot_messages[-1].text)
    await comes_to(desk, clock, sent, "delivered")
    await comes_to(desk, clock, first, "Anna has this")
    for struck in (edit, card):
        assert min(one.at for one in spoken(desk) if one.at > struck.at) >= struck.at + TOLD_TO_WAIT
    assert len([one for one in desk.chat.bot_messages if "And the other one?" in one.text]) == 1
