"""What people, gateways and Telegram do in a run, whatever happens to the program meanwhile.

A scenario never looks at the program, only at the chat: it says something and waits for the answer, as a
person would, who sees nothing of a crash but that the answer comes late.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sandbox.telegram import Message

from .world import World

PATIENCE = 10.0  # seconds a person waits for an answer
AT_ONCE = ["+79031234500", "+79031234501", "+79161234500", "+79161234508", "+79261234500"]

Wish = Literal["send", "dismiss", "call off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What somebody asked for: the text, by which everything about it is found, the numbers and the wish."""

    text: str
    numbers: tuple[str, ...]  # with plus
    wish: Wish = "send"


@dataclass
class Story:
    """The people of a run, and what they have asked for so far."""

    world: World
    orders: list[Order] = field(default_factory=list)
    incoming: list[str] = field(default_factory=list)  # texts of SMS from handsets the program said OK to
    lost_answers: int = 0  # of gateways, on purpose
    about_to_confirm: Callable[[], None] = lambda: None  # told before ✅ is pressed

    async def answer(self, since: int, having: str) -> Message:
        """The newest message of the bot after the one with this id that has these words."""
        chat = self.world.chat
        return await self.world.telegram.wait_for(
            lambda: next(
                (one for one in reversed(chat.bot_messages) if one.id > since and having in one.text), None
            ),
            PATIENCE,
        )

    async def ask(self, text: str, having: str) -> Message:
        said = self.world.chat.say(self.world.anna, text)
        return await self.answer(said.id, having)

    async def offered(self, order: Order, options: str = "") -> Message:
        """The confirm card of an order."""
        numbers = ", ".join(order.numbers)
        return await self.ask(f"/send {options} {numbers} {order.text}", "Check, then send")

    async def confirmed(self, order: Order, options: str = "") -> Message:
        """The card of an order on which ✅ was pressed, by somebody impatient."""
        card = await self.offered(order, options)
        self.about_to_confirm()
        self.orders.append(order)
        button = card.button("✅")
        assert button is not None, card.text
        for _ in range(2):
            self.world.chat.press_data(self.world.anna, card, button.callback_data or "")
        return await self.becomes(card, "Total")

    async def becomes(self, card: Message, words: str) -> Message:
        await self.world.telegram.wait_for(lambda: words in card.text, PATIENCE)
        return card


def tomorrow() -> str:
    """A day from now, as `at=` takes it."""
    return (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="minutes")


Scenario = Callable[[Story], Awaitable[Any]]


async def orders(story: Story) -> None:
    """Several numbers at once, one alone, one that nobody confirms, one that is called off."""
    await story.confirmed(Order(text="First order", numbers=tuple(AT_ONCE)))
    await story.confirmed(Order(text="Second order", numbers=("+79031234510",)))
    dropped = Order(text="Third order", numbers=("+79031234511",), wish="dismiss")
    card = await story.offered(dropped)
    story.orders.append(dropped)
    story.world.chat.press(story.world.anna, card, "✖")
    called_off = Order(text="Fourth order", numbers=("+79031234512", "+79161234512"), wish="call off")
    card = await story.confirmed(called_off, f"at={tomorrow()}")
    number = card.text.split()[0]
    await story.ask(f"/cancel {number}", number)
