"""Steps that several conversations share, and a clock that a test moves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from desk.clock import utc_now
from sandbox.journal import Accepted
from sandbox.stand import Stand
from sandbox.telegram import Chat, Message, Press

from .desk import LOGIN, PASSWORD, Stands, all_look

T = TypeVar("T")


@dataclass
class Ahead:
    """The real clock, ahead by as much as a test says: time can be moved, and every nap still ends."""

    by: timedelta = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.by


def tomorrow() -> str:
    """A day from now, as `at=` takes it."""
    return (utc_now() + timedelta(days=1)).isoformat(timespec="minutes")


def stand(world: Stands, kind: str) -> Stand:
    """The gateway of this kind."""
    asked: dict[str, Stand] = {"sms_pager": world.sms_pager, "smsc": world.smsc}
    return asked.get(kind, world.devino)


def accepted(desk: Stands) -> list[Accepted]:
    """All that any gateway took."""
    return [one for stand in (desk.devino, desk.sms_pager, desk.smsc) for one in stand.journal.accepted]


def texts_since(desk: Stands, said: Message) -> list[str]:
    """What the bot has said in Anna's chat after a message."""
    return [one.text for one in desk.chat.bot_messages if one.id > said.id]


async def seen(desk: Stands, look: Callable[[], T | None]) -> T:
    """Wait until Telegram has it to show."""
    found = await desk.telegram.wait_for(look)
    assert found is not None
    return found


async def toast(desk: Stands, pressed: Press) -> str:
    """The words of the notice over the chat that answers a press."""
    return (await seen(desk, lambda: pressed.answer)).text


async def knock(desk: Stands) -> None:
    """Have every worker look whether there is something to do, and give it the time that a press takes."""
    all_look()
    await toast(desk, desk.chat.press_data(desk.anna, desk.chat.bot_messages[-1], "no such button"))


async def soon(desk: Stands, clock: Ahead, look: Callable[[], T | None]) -> T:
    """Let time pass in no time, and knock at the bot now and then, until there is something to see."""
    for knocks in range(100):
        found = look()
        if found:
            return found
        clock.by += timedelta(seconds=1 if knocks < 20 else 10)
        await knock(desk)
    raise AssertionError(f"nothing of the kind in a quarter of an hour:\n\n{desk.telegram.transcript()}")


async def comes_to(desk: Stands, clock: Ahead, card: Message, words: str) -> None:
    """Wait until a card says this; cards are edited no more than once a second."""
    await soon(desk, clock, lambda: words in card.text)


async def offered(desk: Stands, command: str) -> Message:
    """The confirm card of a command."""
    return await desk.ask(command, having="Check, then send")


async def confirmed(desk: Stands, command: str) -> Message:
    """The card of a command, with ✅ pressed."""
    card = await offered(desk, command)
    toast = await desk.press(card, "✅")
    assert "is in the queue" in toast or (" at=" in command and "is scheduled" in toast)
    return card


async def says(desk: Stands, chat: Chat, text: str, *, having: str = "") -> Message:
    """Say something as Anna in any chat and wait for an answer with these words."""
    said = chat.say(desk.anna, text)
    return await seen(
        desk, lambda: next((m for m in chat.bot_messages if m.id > said.id and having in m.text), None)
    )


async def connect_group(desk: Stands, chat: Chat, kind: str = "SMSC") -> Message:
    """Anna follows the link from a group and connects an account to it, in private."""
    link = await says(desk, chat, "/connect", having="Passwords are not for groups")
    url = link.keyboard[0][0].url or ""
    which = await desk.ask(f"/start {url.partition('start=')[2]}", having="Which gateway?")
    await desk.press(which, kind)
    await desk.answer(which.id, having=f"Login at {kind} for the group {chat.title}?")
    await desk.ask(LOGIN, having="Password for the group")
    await desk.ask(PASSWORD, having="Sender ID")
    return await desk.ask("ACME", having="is connected as")


async def nothing_left(desk: Stands) -> None:
    """No gateway has taken anything, and nothing waits to leave."""
    await desk.ask("/status", having="Nothing has been sent from this chat yet")
    assert not accepted(desk)
