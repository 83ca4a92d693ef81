"""After an outage: what waited is answered in order in each chat; whoever presses a button does not wait."""

from pathlib import Path

from sandbox.telegram import Chat

from .desk import DELIVERED, stands, working
from .steps import confirmed, offered, says

WAITING = 500
PATIENCE = 240.0  # seconds; nothing here is about speed


def answered(chat: Chat, since: int) -> list[int]:
    """What the bot has replied to after a message, in the order of its replies."""
    return [m.reply_to for m in chat.bot_messages if m.id > since and m.reply_to is not None]


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
        before = {chat.id: len(chat.messages) for chat in chats}
        said: dict[int, list[int]] = {chat.id: [] for chat in chats}
        for number in range(WAITING):
            chat = chats[number % len(chats)]
            text = ("/help", "/status", "/inbox", f"/status #{number}")[number // len(chats) % 4]
            said[chat.id].append(chat.say(world.anna, text).id)
        press = world.chat.press(world.anna, card, "✅")
        async with working(settings):
            await world.telegram.wait_for(lambda: press.answer, timeout=PATIENCE)
            assert sum(len(answered(chat, before[chat.id])) for chat in chats) < WAITING
            await world.telegram.wait_for(
                lambda: all(len(answered(one, before[one.id])) >= len(said[one.id]) for one in chats),
                timeout=PATIENCE,
            )
        for chat in chats:
            told = [one for one in answered(chat, before[chat.id]) if one in said[chat.id]]
            assert told == said[chat.id]
