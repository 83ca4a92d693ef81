"""What people, gateways and Telegram do in a run, whatever happens to the program meanwhile.

A scenario never looks at the program, only at the chat: it says something and waits for the answer, as a
person would, who sees nothing of a crash but that the answer comes late.
"""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Literal

from sandbox.telegram import Button, Message, Press

from .world import World

CALL_AGAIN = 0.05  # seconds after which a gateway repeats a call that nobody answered
FOR_EVER = 3600.0  # longer than any run
PATIENCE = 60.0  # seconds a person waits for an answer: several starts, on a busy machine
STOPPED = "Nothing was sent. See /accounts."  # how it ends what it says of a stopped account, asked or not
STRANGER, STRANGERS = 3003, -1003  # a person and their group, whom the bot does not know
AT_ONCE = ["+79031234500", "+79031234501", "+79161234500", "+79161234508", "+79261234500"]

Wish = Literal["send", "dismiss", "call off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What somebody asked for: the text, by which everything about it is found, the numbers and the wish."""

    text: str
    numbers: tuple[str, ...]  # with plus
    wish: Wish = "send"


async def _awake(_: Callable[[sqlite3.Connection], None]) -> None:
    """Whoever plays says how the program is put to sleep."""
    raise NotImplementedError


@dataclass
class Story:
    """The people of a run, and what they have asked for so far."""

    world: World
    orders: list[Order] = field(default_factory=list)
    incoming: list[str] = field(default_factory=list)  # texts of SMS from handsets the program said OK to
    lost_answers: int = 0  # of gateways, on purpose
    refused: int = 0  # orders answered by nothing but that the account is stopped
    decisions_begun: int = 0  # how often a person has pressed 🔁, asked each time whether that is meant
    confirmed_again: list[tuple[str, Press]] = field(default_factory=list)  # orders by text, sent again
    patience: float = PATIENCE
    damaged: int = 0  # updates in the database that nobody can read
    sleep: Callable[[Callable[[sqlite3.Connection], None]], Awaitable[None]] = _awake
    about_to_confirm: Callable[[], None] = lambda: None  # told before ✅ is pressed

    async def answer(self, since: int, *having: str, or_else: str = "") -> Message:
        """The newest message of the bot after the one with this id that has these words, or else those."""

        def fits(message: Message) -> bool:
            found = all(words in message.text for words in having) or (or_else and or_else in message.text)
            return message.id > since and bool(found)

        chat = self.world.chat
        return await self.world.telegram.wait_for(
            lambda: next((one for one in reversed(chat.bot_messages) if fits(one)), None), self.patience
        )

    async def ask(self, text: str, *having: str) -> Message:
        said = self.world.chat.say(self.world.anna, text)
        return await self.answer(said.id, *having)

    async def drop(self, name: str, rows: str, *having: str, caption: str | None = None) -> Message:
        sent = self.world.chat.send_document(self.world.anna, name, rows.encode(), caption)
        return await self.answer(sent.id, *having)

    async def offered(self, order: Order, options: str = "") -> Message:
        """The confirm card of an order; while the account is stopped, people ask again until it works."""
        numbers = ", ".join(order.numbers)
        until = time.monotonic() + self.patience
        while time.monotonic() < until:
            said = self.world.chat.say(self.world.anna, f"/send {options} {numbers} {order.text}")
            card = await self.answer(said.id, "Check, then send", order.text, or_else=STOPPED)
            if card.button("✅"):
                return card
            self.refused += 1
        raise AssertionError("the account stays stopped")

    async def confirmed(self, order: Order, options: str = "") -> Message:
        """The card of an order on which ✅ was pressed, by somebody impatient."""
        card = await self.offered(order, options)
        await self.press_send(card, order)
        return await self.becomes(card, "Total")

    async def press_send(self, card: Message, order: Order, times: int = 2) -> None:
        """Press ✅ on the confirm card of an order, impatiently."""
        self.about_to_confirm()
        self.orders.append(order)
        button = card.button("✅")
        assert button is not None, card.text
        for _ in range(times):
            self.world.chat.press_data(self.world.anna, card, button.callback_data or "")

    async def pushed(self, fields: dict[str, str]) -> None:
        """Call the program as SMSC does, again and again until it says OK."""
        async with asyncio.timeout(self.patience):
            while await self.world.smsc.push(fields) != HTTPStatus.OK:  # noqa: ASYNC110 - as gateways do
                await asyncio.sleep(CALL_AGAIN)

    async def resume(self) -> None:
        """For ever: when an account is stopped, see to it and press ▶."""
        chat = self.world.chat
        seen: set[int] = set()

        def stopped() -> Message | None:
            notices = (one for one in chat.bot_messages if one.button("▶"))
            return next((one for one in notices if one.id not in seen), None)

        while True:
            notice = await self.world.telegram.wait_for(stopped, FOR_EVER)
            seen.add(notice.id)
            chat.press(self.world.anna, notice, "▶")

    def ordered_again(self, text: str | None = None) -> int:
        """How often a person had what is in doubt sent again, of this order or of any.

        A press that was told that nothing was done is none; of one that heard nothing nobody knows.
        """
        return sum(
            text in {None, of} and not (press.answer and "Nothing was done" in press.answer.text)
            for of, press in self.confirmed_again
        )

    async def decide(self, order: Order) -> None:
        """For ever: what is in doubt of this order is sent again, and yes, that is meant."""
        seen: set[str] = set()

        def asked() -> tuple[Message, Button] | None:
            for message in self.world.chat.bot_messages:
                button = message.button("🔁 Send")
                if button is not None and (button.callback_data or "") not in seen:
                    return message, button
            return None

        while True:
            message, button = await self.world.telegram.wait_for(asked, FOR_EVER)
            seen.add(button.callback_data or "")
            press = self.world.chat.press_data(self.world.anna, message, button.callback_data or "")
            if button.text == "🔁 Send again":
                self.decisions_begun += 1
            else:
                self.confirmed_again.append((order.text, press))

    async def look_for(self) -> None:
        """Have the gateway asked about what is in doubt; what it tells is not waited for."""
        chat = self.world.chat

        def shown() -> Message | None:
            return next((one for one in chat.bot_messages if one.button("🔄 Check again")), None)

        doubt = await self.world.telegram.wait_for(shown, self.patience)
        assert doubt is not None
        chat.press(self.world.anna, doubt, "🔄 Check again")

    async def becomes(self, card: Message, words: str) -> Message:
        await self.world.telegram.wait_for(lambda: words in card.text, self.patience)
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


async def quiet(story: Story) -> None:
    """One order, and then nobody does anything that could wake the program up."""
    order = Order(text="Only order", numbers=("+79031234500",))
    card = await story.offered(order)
    await story.press_send(card, order, times=1)


async def deleted(story: Story) -> None:
    """Somebody deletes a card, and then there is something new to show."""
    called_off = Order(text="Regretted order", numbers=("+79031234523",), wish="call off")
    card = await story.confirmed(called_off, f"at={tomorrow()}")
    story.world.chat.delete(card)
    number = card.text.split()[0]
    await story.ask(f"/cancel {number}", number)


async def trouble(story: Story) -> None:
    """Gateway and Telegram misbehave: throttled, an answer lost, no money, 429, a card deleted."""
    world = story.world
    telegram, stand = world.telegram, world.stand
    world.group.say(world.anna, "/help")
    telegram.faults.add("sendMessage", kind="429", retry_after=1, chat_id=world.group.id)
    throttled = Order(text="Throttled order", numbers=("+79031234520",))
    card = await story.offered(throttled)
    stand.faults.add("send*", kind="throttle")
    await story.press_send(card, throttled)
    telegram.faults.add("editMessageText", kind="429", retry_after=1)
    unanswered = Order(text="Unanswered order", numbers=("+79031234521", "+79161234521"))
    card = await story.offered(unanswered)
    story.lost_answers += 1
    stand.faults.add("send*", kind="accept_then_reset")
    await story.press_send(card, unanswered)
    # Called off while the request is under way.
    stand.latency = 0.3
    called_off = Order(text="Slow order", numbers=("+79031234524",), wish="call off")
    card = await story.confirmed(called_off)
    number = card.text.split()[0]
    await story.ask(f"/cancel {number}", number)
    stand.latency = 0.0
    unpaid = Order(text="Unpaid order", numbers=("+79031234522",))
    card = await story.offered(unpaid)
    stand.faults.add("send*", kind="no_money")
    await story.press_send(card, unpaid)
    stand.faults.add("cancel", kind="blocked")
    await deleted(story)


async def doubtful(story: Story) -> None:
    """Nobody can tell whether a request arrived; a person has it looked for, and sent again."""
    order = Order(text="Doubtful order", numbers=("+79031234560", "+79161234560"))
    card = await story.offered(order)
    story.lost_answers += 1
    story.world.stand.faults.add("send*", kind="accept_then_reset")
    await story.press_send(card, order)
    await story.becomes(card, "Total")
    await story.look_for()
    deciding = asyncio.create_task(story.decide(order))
    try:
        await story.world.telegram.wait_for(
            lambda: story.ordered_again() and "uncertain" not in card.text, story.patience
        )
    finally:
        deciding.cancel()


async def unseen(story: Story) -> None:
    """An answer is lost, and at first the gateway does not find what it has accepted."""
    order = Order(text="Unseen order", numbers=("+79031234570",))
    card = await story.offered(order)
    story.lost_answers += 1
    # SMSC's history, which does find it, is asked when its statuses nearly prove an absence.
    story.world.stand.account.blind = 30 if story.world.kind == "smsc" else 1
    story.world.stand.faults.add("send*", kind="accept_then_reset")
    await story.press_send(card, order)
    await story.becomes(card, "delivered")


async def late(story: Story) -> None:
    """The machine sleeps past the time of a message, and wakes up with a damaged update in the database."""
    order = Order(text="Late order", numbers=("+79031234540", "+79161234540"))
    await story.confirmed(order, f"at={tomorrow()}")
    await story.sleep(_two_days_pass)
    story.damaged += 1
    held = await story.answer(0, "It has not left")
    story.world.chat.press(story.world.anna, held, "✅")


def _two_days_pass(database: sqlite3.Connection) -> None:
    database.execute("UPDATE campaigns SET send_at = datetime(send_at, '-2 days') || '.000000'")
    database.execute("UPDATE messages SET due_at = datetime(due_at, '-2 days') || '.000000'")
    database.execute(
        "INSERT INTO updates (id, lane, sealed, state, received_at)"
        " SELECT 1, 5, substr(sealed, 1, 9) || 'damaged', 'new', datetime('now') || '.000000' FROM accounts"
    )


async def told(story: Story) -> None:
    """What SMSC tells by itself: SMS from handsets, and sender IDs that a person has changed there."""
    smsc = story.world.smsc
    with story.world.looking() as connection:
        (token,) = connection.execute("SELECT push_token FROM accounts").fetchone()
    smsc.push_to = f"http://127.0.0.1:{story.world.port}/push/1/{token}?charset=utf-8"
    for number, text in enumerate(("When will it come?", "Thank you")):
        sms = {"id": str(47436134 + number), "phone": "79031234530", "mes": text, "to": "79037654321"}
        await story.pushed({**sms, "time": "29.09.2026 15:07:37"})
        story.incoming.append(text)
        await story.answer(0, text)
    # Once only: of two that are in doubt a chat cannot tell which is which.
    smsc.faults.add("senders", kind="accept_then_reset")
    await story.ask("/senders add NEWNAME Notices of a shop", "main")


NAMED = (("+79031234550", "Anna"), ("+79161234550", "Boris"))


async def lists(story: Story) -> None:
    """Files: one with names, one that needs a column and is for tomorrow by own clocks, one of nobody."""
    chat, anna = story.world.chat, story.world.anna
    rows = "".join(f"{number},{name}\n" for number, name in NAMED)
    removed = f"{NAMED[0][0]},Anna\n" * 11  # each once only, and more than a card lists
    table = f"phone,name\n{rows}{removed}"
    await story.drop("first.csv", table, "No column for {city}", caption="Named order for {city}")
    card = await story.ask("Named order for {name}", "Check, then send", "Named order for Anna")
    story.about_to_confirm()
    story.orders += [Order(text=f"Named order for {name}", numbers=(number,)) for number, name in NAMED]
    button = card.button("✅")
    assert button is not None, card.text
    for _ in range(2):
        chat.press_data(anna, card, button.callback_data or "")
    await story.becomes(card, "Total")
    await story.drop("nobody.csv", "phone\n12\n", "no column of numbers")
    order = Order(text="Listed order", numbers=("+79031234551",), wish="call off")
    options = f"at={tomorrow()[:16]} local=yes"
    two = "+79031234551;+79161234551\n+79031234551;+79161234552\n"
    which = await story.drop("two.csv", two, "which column", caption=f"{options} {order.text}")
    chat.press(anna, which, "column 1")
    card = await story.answer(which.id, "Check, then send", order.text)
    await story.press_send(card, order)
    await story.becomes(card, "Total")
    number = card.text.split()[0]
    await story.ask(f"/cancel {number}", number)


async def kept(story: Story) -> None:
    """Files with contacts of a group, whom an order is for, and with a number that wants no more SMS."""
    names = "phone,name\n+79031234560,Clara\n+79161234560,Dora\n"
    await story.drop("book.csv", names, "contacts are saved", caption="/contacts @shop")
    order = Order(text="Group order", numbers=("+79031234560", "+79161234560"))
    card = await story.ask(f"/send @shop {order.text}", "Check, then send", order.text)
    await story.press_send(card, order)
    await story.becomes(card, "Total")
    await story.drop("stops.csv", "phone\n+79031234561\n", "on the stop-list", caption="/stoplist import")


async def watched(story: Story) -> None:
    """Money runs out and is topped up, and a digest is told."""
    account = story.world.smsc.account
    await story.ask("/alerts 5000", "at 5,000.00 → here")
    await story.answer(0, "Little money is left")
    account.balance += 9000
    await story.answer(0, "Topped up")
    await story.ask("/alerts digest daily 9", "every day at 09:00")
    await story.sleep(_a_day_passes)
    await story.answer(0, "📊")


def _a_day_passes(database: sqlite3.Connection) -> None:
    database.execute("UPDATE digests SET next_at = datetime(next_at, '-1 day') || '.000000'")


async def intruded(story: Story) -> None:
    """A stranger is told where they are, and brings the bot into a group: it says why it goes, and goes."""
    telegram = story.world.telegram
    vera = telegram.person(STRANGER, "Vera", language_code="en")
    private = telegram.private(vera)
    private.say(vera, "Hello?")
    answer = await telegram.wait_for(lambda: next(iter(private.bot_messages), None), story.patience)
    private.react(vera, answer, "👍")  # which is answered by nothing
    strangers = telegram.group(STRANGERS, "Strangers", [vera])
    strangers.bot_status = "left"
    strangers.invite_bot(by=vera)
    await telegram.wait_for(lambda: strangers.bot_status == "left", story.patience)


def scenarios_of(kind: str) -> list[Scenario]:
    """What can be played at a gateway."""
    return [
        orders,
        trouble,
        lists,
        *([doubtful, late] if kind.startswith("devino") else []),
        *([told, watched, unseen] if kind == "smsc" else []),
        *([unseen, kept, intruded] if kind == "sms_pager" else []),
    ]
