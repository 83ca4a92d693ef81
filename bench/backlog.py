"""How long does whoever presses a button wait while the bot works off what came in an outage?

The real bot in a process of its own, Telegram beside it. While the bot is off, people in several chats write
500 messages, and one press comes after them all. Then it is started, and presses go on while it catches up.
A press that waited counts from the first question for updates on, any other from the press on.

Prints the times; the exit code is 1 if one is over a second, or replies lost their order.
"""

import argparse
import asyncio
import re
import shutil
import signal
import statistics
import sys
import tempfile
import time
from asyncio.subprocess import Process
from pathlib import Path

from sandbox.smsc import SmscServer
from sandbox.telegram import Chat, Message, Person, TelegramServer

TOKEN = "123456:BENCH-TOKEN-that-opens-nothing"  # nosec B105  # noqa: S105 - the stand-in's own
GOAL = 1.0  # seconds
PRESSES = 20
FIRST = 1000  # number of a campaign that there is not
PATIENCE = 300.0
ROOT = Path(__file__).parent.parent


def write_config(folder: Path, telegram: TelegramServer, smsc: SmscServer, chats: list[Chat]) -> Path:
    path = folder / "config.toml"
    path.write_text(
        f'telegram = {{token = "{TOKEN}", api_url = "{telegram.url}", admins = [1001],'
        " rate = 0, group_rate = 0}\n"
        'web = {listen = ""}\nlimits = {commands = 0}\n'
        f'gateways.smsc.url = "{smsc.url}"\n'
        '[[accounts]]\nname = "main"\ngateway = "smsc"\nlogin = "demo"\npassword = "demo-password"\n'
        f'sender = "ACME"\nchats = {[chat.id for chat in chats]}\n',
        "utf-8",
    )
    return path


async def started(config: Path, telegram: TelegramServer) -> Process:
    """The bot, as soon as it asks for updates."""
    asked = len(telegram.calls)
    bot = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", "--config", config, cwd=ROOT, stderr=asyncio.subprocess.DEVNULL
    )
    await telegram.wait_for(
        lambda: telegram.is_polled or any(c.method == "getUpdates" for c in telegram.calls[asked:]),
        timeout=60,
    )
    return bot


async def stopped(bot: Process) -> None:
    bot.send_signal(signal.SIGTERM)
    await bot.wait()


async def card(telegram: TelegramServer, chat: Chat, anna: Person, number: int) -> Message:
    """One that waits for ✖."""
    said = chat.say(anna, f"/send +79031{number:04}00 Text")
    return await telegram.wait_for(
        lambda: next((m for m in chat.bot_messages if m.id > said.id and m.button("✖")), None),
        timeout=PATIENCE,
    )


async def measure(waiting: int) -> int:
    folder = Path(tempfile.mkdtemp(prefix="smsdesk-backlog-"))
    async with TelegramServer(TOKEN) as telegram, SmscServer(login="demo", password="demo-password") as smsc:  # nosec B106  # noqa: S106 - the stand-in's own
        anna = telegram.person(1001, "Anna", language_code="en")
        chats = [telegram.private(anna), *(telegram.group(-1001 - n, f"Group {n}", [anna]) for n in range(4))]
        config = write_config(folder, telegram, smsc, chats)
        bot = await started(config, telegram)
        cards = [await card(telegram, chats[n % len(chats)], anna, n) for n in range(PRESSES + 1)]
        await stopped(bot)
        asked: dict[int, list[int]] = {chat.id: [] for chat in chats}
        for number in range(FIRST, FIRST + waiting):
            chat = chats[number % len(chats)]
            chat.say(anna, f"/status #{number}")
            asked[chat.id].append(number)
        waited = chats[0].press(anna, cards[0], "✖")
        begun = time.monotonic()
        bot = await started(config, telegram)
        up = time.monotonic()
        times: list[float] = []
        await telegram.wait_for(lambda: waited.answer, timeout=PATIENCE)
        first = time.monotonic() - up
        left = waiting - sum(len(answered(chat)) for chat in chats)
        for number, one in enumerate(cards[1:], 1):
            times.append(await pressed(telegram, chats[number % len(chats)], anna, one))
        await telegram.wait_for(
            lambda: sum(len(answered(chat)) for chat in chats) >= waiting, timeout=PATIENCE
        )
        caught_up = time.monotonic() - up
        await stopped(bot)
        in_order = {chat.id: answered(chat) for chat in chats} == asked
    shutil.rmtree(folder)
    return report(waiting, first, left, times, caught_up, up - begun, in_order=in_order)


async def pressed(telegram: TelegramServer, chat: Chat, anna: Person, card: Message) -> float:
    """Seconds until the press of ✖ under a card is answered."""
    press, begun = chat.press(anna, card, "✖"), time.monotonic()
    await telegram.wait_for(lambda: press.answer, timeout=PATIENCE)
    return time.monotonic() - begun


def answered(chat: Chat) -> list[int]:
    """What the bot has been asked about, in the order of its replies."""
    found = (re.match(r"There is no #(\d+) in this chat", one.text) for one in chat.bot_messages)
    return [int(one[1]) for one in found if one is not None]


def report(
    waiting: int,
    first: float,
    left: int,
    times: list[float],
    caught_up: float,
    start: float,
    *,
    in_order: bool,
) -> int:
    print(f"{waiting} updates waited; the bot asked for them {start:.1f} s after its start")
    print(
        f"the press that waited behind them: answered after {first:.2f} s, with {left} replies still to come"
    )
    print(
        f"{len(times)} presses while it caught up: median {statistics.median(times):.2f} s,"
        f" worst {max(times):.2f} s"
    )
    print(f"all replied to after {caught_up:.1f} s, {waiting / caught_up:.0f} a second")
    print(f"order kept in every chat: {'yes' if in_order else 'NO'}")
    return 0 if in_order and max(first, *times) <= GOAL else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--updates", type=int, default=500)
    return asyncio.run(measure(parser.parse_args().updates))


if __name__ == "__main__":
    sys.exit(main())
