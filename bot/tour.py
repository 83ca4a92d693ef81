"""The tour: a conversation with the bot over all four gateways, in which every step must hold."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from providers.gateways import KINDS
from sandbox.telegram import Button, Message

from . import cards, demo
from .words import Words

if TYPE_CHECKING:
    from sandbox.journal import Journal

__all__ = ["Button", "play"]

PATIENCE = 15.0  # seconds for one step
NUMBERS = ("+79031234500", "+7 916 123-45-01", "89261234500")  # the second one fails
MSISDNS = ("79031234500", "79161234501", "79261234500")


class Step(Exception):
    """A step that did not hold."""


async def play(world: demo.World, words: Words) -> bool:
    """Play all of it; False, after saying which, when a step did not hold."""
    print(demo.bold(words.plain("demo-begins")))
    held = 0
    try:
        for kind in KINDS:
            print("\n" + demo.bold(f"── {cards.gateway_name(words, kind)} ──"))
            held += await _gateway(world, words, kind)
        held += await _people(world, words)
    except (Step, AssertionError) as error:
        print("\n" + demo.bold(f"✖ {error}"))
        return False
    print("\n" + demo.bold(f"✔ {words.plain('demo-held', count=held)}"))
    return True


async def _gateway(world: demo.World, words: Words, kind: str) -> int:
    """All steps for one gateway. Returns how many held."""
    steps = _Steps(world, words)
    login = f"/connect {kind} {demo.LOGIN} {demo.PASSWORD} ACME"
    connected = await steps.say(login, "connect", having=kind)
    steps.hold("connect", connected.text.startswith(words.plain(f"gateway-{kind}")))
    steps.hold(
        "connect", all(demo.PASSWORD not in one.text for one in world.chat.messages if not one.deleted)
    )

    balance = await steps.say("/balance", "balance", having=kind)
    steps.hold("balance", any(char.isdigit() for char in balance.text.split(kind)[1]))

    journal = _journal(world, kind)
    before = len(journal.accepted)
    card = await steps.say(f"/send via={kind} {', '.join(NUMBERS)} {_text(words)}", "send", having="✅")
    await steps.press(card, "✅", "send")
    delivered, undelivered = words.plain("state-delivered"), words.plain("state-undelivered")
    await steps.until("states", lambda: f"{delivered} 2" in card.text and f"{undelivered} 1" in card.text)
    await steps.until("states", lambda: any(one.reply_to == card.id for one in world.chat.bot_messages))
    accepted = Counter(one.msisdn for one in journal.accepted[before:])
    steps.hold("journal", accepted == Counter(MSISDNS))

    await _schedule(steps, words, kind, journal)
    return len(steps.held)


async def _schedule(steps: _Steps, words: Words, kind: str, journal: Journal) -> None:
    """One SMS for tomorrow, cancelled: at the gateway where it keeps it, in our ledger where it does not."""
    before = len(journal.accepted)
    tomorrow = f"{datetime.now(demo.ZONE) + timedelta(days=1):%Y-%m-%dT%H:%M}"
    later = await steps.say(
        f"/send via={kind} at={tomorrow} {NUMBERS[0]} {_text(words)}", "schedule", having="🕒"
    )
    await steps.press(later, "✅", "schedule")
    at_gateway = KINDS[kind].capabilities.cancel
    standing = words.plain("state-accepted" if at_gateway else "state-queued")
    await steps.until("schedule", lambda: f"— {standing}" in later.text)
    step = "cancel-gateway" if at_gateway else "cancel-desk"
    number = later.text.split()[0]
    await steps.say(f"/cancel {number}", step, having=number)
    await steps.until(step, lambda: f"— {words.plain('state-cancelled')}" in later.text)
    steps.hold(step, len(journal.accepted) - before == (1 if at_gateway else 0))
    if at_gateway:
        steps.hold(step, any(one.msisdn == MSISDNS[0] for one in journal.cancelled))


async def _people(world: demo.World, words: Words) -> int:
    """Somebody comes by an invite, may look, and goes again."""
    steps = _Steps(world, words)
    print()
    ways = await steps.say("/allow", "invite", having="🔗")
    await steps.press(ways, "🔗", "invite")
    as_what = await steps.next(ways, "invite", words.plain("role-operator"))
    await steps.press(as_what, words.plain("role-viewer"), "invite")
    link = await steps.next(as_what, "invite", "start=")
    follows = link.text.rpartition("start=")[2].split()[0]
    demo.said(world.guest.first_name, f"/start {follows}")
    world.telegram.private(world.guest).say(world.guest, f"/start {follows}")
    question = await steps.next(link, "invite", world.guest.first_name)
    await steps.press(question, "✅", "invite")
    welcome = words.plain("invite-welcome", role=words.plain("role-viewer"))
    theirs = world.telegram.private(world.guest)
    await steps.until("invite", lambda: any(one.text == welcome for one in theirs.bot_messages))
    await steps.say(f"/deny {world.guest.id}", "deny", having=world.guest.first_name)
    await steps.until("deny", lambda: theirs.bot_messages[-1].text == words.plain("role-lost"))
    return len(steps.held)


def _text(words: Words) -> str:
    return "Your order is ready" if words.language == "en" else "Ваш заказ готов"


def _journal(world: demo.World, kind: str) -> Journal:
    stand = {
        "devino_rest": world.devino,
        "devino_soap": world.devino,
        "sms_pager": world.sms_pager,
        "smsc": world.smsc,
    }[kind]
    return stand.journal


class _Steps:
    """Says and presses as a person, and keeps count of what held."""

    def __init__(self, world: demo.World, words: Words) -> None:
        self._world = world
        self._words = words
        self.held: set[str] = set()

    def hold(self, step: str, true: bool) -> None:
        """A step holds, or the tour ends."""
        if not true:
            title = self._words.plain(f"demo-step-{step}")
            raise Step(self._words.plain("demo-broke", step=title))
        self.held.add(step)

    async def until(self, step: str, true: Callable[[], bool]) -> None:
        """Wait for a step to hold."""
        try:
            await self._world.telegram.wait_for(true, timeout=PATIENCE)
        except AssertionError:
            self.hold(step, False)
        self.hold(step, True)

    async def say(self, text: str, step: str, *, having: str) -> Message:
        """Say something and wait for an answer that has these words, in its text or on its buttons."""
        chat, person = self._world.chat, self._world.person
        print("\n" + demo.bold(f"▸ {self._words.plain(f'demo-step-{step}')}"))
        demo.said(person.first_name, text.replace(demo.PASSWORD, "••••••"))
        said = chat.say(person, text)
        await asyncio.sleep(0)
        return await self.next(said, step, having)

    async def next(self, after: Message, step: str, having: str) -> Message:
        """The first answer after a message that has these words, in its text or on its buttons."""
        chat = self._world.chat

        def answer() -> Message | None:
            for one in chat.bot_messages:
                labels = " ".join(button.text for row in one.keyboard for button in row)
                if one.id > after.id and having in f"{one.text} {labels}":
                    return one
            return None

        await self.until(step, lambda: answer() is not None)
        found = answer()
        if found is None:
            raise Step(self._words.plain("demo-broke", step=step))
        return found

    async def press(self, message: Message, label: str, step: str) -> None:
        """Press a button and wait until the bot answers the press."""
        button = message.button(label)
        demo.said(self._world.person.first_name, f"[{button.text if button else label}]")
        self.hold(step, button is not None)
        pressed = self._world.chat.press(self._world.person, message, label)
        await self.until(step, lambda: pressed.answer is not None)
