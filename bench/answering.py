"""How long do others wait for an answer while a list of 100,000 becomes a campaign?

The real program in a process of its own, Telegram and a gateway beside it. Anna drops the file, confirms and
the campaign runs; all the while Boris asks for /help in his chat, again as soon as he has waited a little
after his last answer. What he waits is told for each stage: reading, texts and card, under way.

Prints one table; the exit code is 1 if an answer took longer than the goal.
"""

import argparse
import asyncio
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from itertools import islice
from pathlib import Path

from sandbox.smsc import SmscServer
from sandbox.telegram import Chat, Message, Person, TelegramServer

TOKEN = "123456:BENCH-TOKEN-that-opens-nothing"  # nosec B105  # noqa: S105 - the stand-in's own
LOGIN, PASSWORD = "demo", "demo-password"
GOAL = 1.0  # seconds
PATIENCE = 900.0  # seconds for a stage
BETWEEN = 0.2  # seconds from an answer to the next question
SENT = 20_000  # messages of the campaign that are waited for


@dataclass(slots=True)
class Waits:
    """Seconds that Boris waited, by stage."""

    stage: str = "idle"
    seconds: dict[str, list[float]] = field(default_factory=dict)


def table(count: int) -> bytes:
    numbers = (f"79{code:02}{place:05}00" for code in range(3, 100) for place in range(10**5) if place % 1000)
    rows = (f"{number};Анна {place};{place}.50\r\n" for place, number in enumerate(islice(numbers, count)))
    return ("Телефон;Имя;Сумма\r\n" + "".join(rows)).encode("cp1251")


def write_config(folder: Path, telegram: TelegramServer, smsc: SmscServer) -> Path:
    config = folder / "config.toml"
    config.write_text(
        f'telegram = {{token = "{TOKEN}", api_url = "{telegram.url}", admins = [1001, 1002], rate = 0}}\n'
        'web = {listen = "127.0.0.1:0"}\n'
        'limits = {undo = "0s", commands = 0, type_count_over = 0, approve_over = 0, account_messages = 0}\n'
        f'gateways.smsc = {{url = "{smsc.url}", limit_window = "0s"}}\n'
        f'[[accounts]]\nname = "main"\ngateway = "smsc"\nlogin = "{LOGIN}"\npassword = "{PASSWORD}"\n'
        'sender = "ACME"\nchats = [1001]\n',
        "utf-8",
    )
    return config


def answered(chat: Chat, said: Message) -> bool:
    return bool(chat.bot_messages) and chat.bot_messages[-1].id > said.id


async def keep_asking(telegram: TelegramServer, chat: Chat, boris: Person, waits: Waits) -> None:
    """For ever."""
    while True:
        asked, stage = time.monotonic(), waits.stage
        said = chat.say(boris, "/help")
        await telegram.wait_for(partial(answered, chat, said), PATIENCE)
        waits.seconds.setdefault(stage, []).append(time.monotonic() - asked)
        await asyncio.sleep(BETWEEN)


async def measure(folder: Path, count: int) -> Waits:
    waits = Waits()
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(TelegramServer(TOKEN))
        smsc = await stack.enter_async_context(SmscServer(login=LOGIN, password=PASSWORD))
        smsc.balance = Decimal(100 * count)
        anna = telegram.person(1001, "Anna", language_code="en")
        boris = telegram.person(1002, "Boris", language_code="en")
        config = write_config(folder, telegram, smsc)
        command = (sys.executable, "-m", "bot", "run", "--config", str(config))
        with (folder / "log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)
        try:
            await telegram.wait_for(lambda: telegram.is_polled, PATIENCE)
            asking = asyncio.create_task(keep_asking(telegram, telegram.private(boris), boris, waits))
            await _play(telegram, smsc, anna, waits, count)
            asking.cancel()
        finally:
            if process.returncode is None:
                os.kill(process.pid, signal.SIGTERM)
            await process.wait()
    return waits


async def _play(telegram: TelegramServer, smsc: SmscServer, anna: Person, waits: Waits, count: int) -> None:
    chat = telegram.private(anna)

    def said(words: str) -> Callable[[], Message | None]:
        return lambda: next((one for one in chat.bot_messages if words in one.text), None)

    await asyncio.sleep(5)
    waits.stage = "reading"
    chat.send_document(anna, "people.csv", table(count))
    await telegram.wait_for(said("What is the text?"), PATIENCE)
    waits.stage = "texts and card"
    chat.say(anna, "Здравствуйте, {Имя}! К оплате {Сумма} руб.")
    card = await telegram.wait_for(said("Check, then send"), PATIENCE)
    assert card is not None  # nosec B101  # noqa: S101 - for mypy: it was waited for
    waits.stage = "confirming, under way"
    chat.press(anna, card, "✅")
    await smsc.wait_for(lambda: len(smsc.journal.accepted) >= min(SENT, count), PATIENCE)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory(prefix="smsdesk-answering-") as folder:
        waits = asyncio.run(measure(Path(folder), rows))
    print(f"{rows} rows; goal: no answer later than {GOAL} s\n")
    print(f"{'stage':<24}{'answers':>8}{'median':>9}{'worst':>9}")
    for stage, seconds in waits.seconds.items():
        print(f"{stage:<24}{len(seconds):>8}{statistics.median(seconds):>9.3f}{max(seconds):>9.3f}")
    return int(max(map(max, waits.seconds.values())) > GOAL)


if __name__ == "__main__":
    sys.exit(main())
