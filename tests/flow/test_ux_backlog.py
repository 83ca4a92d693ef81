"""After an outage: what waited is answered in order in each chat; whoever presses a button does not wait."""

import re
from pathlib import Path

from sandbox.telegram import Chat

from .desk import DELIVERED, stands, working
from .steps import confirmed, offered, says

WAITING = 500
PATIENCE = 240.0  # seconds; nothing here is about speed


FIRST = 1000  # number of a campaign that there is not


def answered(chat: Chat) -> list[int]:
    """What the bot has been asked about, in the order of its replies."""
    found = (re.match(r"There is no #(\d+) in this chat", one.text) for one in chat.bot_messages)
    return [int(one[1]) for one in found if one is not None]


async def test_u53_after_an_outage_replies_keep_their_order_and_a_press_goes_first(tmp_path: Path) -> None:
    async with stands() as world:
        settings = world.settings(tmp_path)
        groups = [world.telegram.group(-1001 - one, f"Group {one}", [world.anna]) for one in range(3)]
        chats = [world.chat, *groups]
        async with working(settings):
            await world.connect("smsc")
            for group in groups:
                await says(world, group, "/help", having="What I can do")
            await confirmed(world, f"/send {DELIVERED} First")
            card = await offered(world, f"/send {DELIVERED} Second")
        asked: dict[int, list[int]] = {chat.id: [] for chat in chats}
        for number in range(FIRST, FIRST + WAITING):
            chat = chats[number % len(chats)]
            chat.say(world.anna, f"/status #{number}")
            asked[chat.id].append(number)
        press = world.chat.press(world.anna, card, "✅")
        async with working(settings):
            await world.telegram.wait_for(lambda: press.answer, timeout=PATIENCE)
            assert sum(len(answered(chat)) for chat in chats) < WAITING
            await world.telegram.wait_for(
                lambda: sum(len(answered(chat)) for chat in chats) >= WAITING, timeout=PATIENCE
            )
        assert {chat.id: answered(chat) for chat in chats} == asked
