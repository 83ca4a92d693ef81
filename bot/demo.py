"""`smsdesk demo`: the real bot over the stand-ins of `sandbox`, in a browser and in a terminal.

Nothing between the chat and the gateways is replaced: the bot polls a Bot API over HTTP and speaks the
gateways' own protocols, only that both are on this machine.
"""

import asyncio
import json
import os
import shlex
import signal
import stat
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.devino import DevinoServer
from sandbox.page import Line, PageServer, Scene, Troubles
from sandbox.sms_pager import SmsPagerServer
from sandbox.smsc import SmscServer
from sandbox.telegram import Chat, Event, Message, Person, TelegramServer

from . import app, tour
from .config import Settings
from .logs import configure
from .words import Words, page_texts

TOKEN = "123456:DEMO-TOKEN-that-opens-nothing"  # nosec B105  # noqa: S105 - the stand-in's own
LOGIN, PASSWORD = "demo", "demo-password"
ADMIN, GUEST, STRANGER = 1001, 2002, 3003
GROUP, CHANNEL = -1001, -1002
ZONE = ZoneInfo("Europe/Moscow")
PACE = 0.4  # seconds between the states of a message at the stand-ins


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything outside, and the person who tries the bot."""

    telegram: TelegramServer
    devino: DevinoServer
    sms_pager: SmsPagerServer
    smsc: SmscServer
    person: Person
    guest: Person  # somebody the bot does not know, until they are let in
    stranger: Person  # somebody the bot will never know
    group: Chat
    channel: Chat

    @property
    def chat(self) -> Chat:
        return self.telegram.private(self.person)

    @property
    def voices(self) -> dict[str, tuple[Person, Chat]]:
        """Who can speak where, by what stands before the colon in the terminal."""
        own, guest = self.person.first_name.lower(), self.guest.first_name.lower()
        return {
            own: (self.person, self.chat),
            guest: (self.guest, self.telegram.private(self.guest)),
            f"{own}@group": (self.person, self.group),
            f"{guest}@group": (self.guest, self.group),
        }

    def table(self, folder: Path) -> dict[str, dict[str, Any]]:
        """The configuration of a bot in this world, whose files are in this folder, as TOML has it."""
        return {
            "telegram": {
                "token": TOKEN,
                "api_url": self.telegram.url,
                "admins": [ADMIN],
                "rate": 0,
                "group_rate": 0,
            },
            "storage": {"url": f"sqlite:///{folder / 'demo.db'}"},
            "security": {"key_file": str(folder / "demo.key")},
            "gateways": {
                "devino_rest": {"url": self.devino.rest_url},
                "devino_soap": {"url": self.devino.soap_url},
                "sms_pager": {"url": self.sms_pager.url},
                # Its limits would show as pauses of a minute, and the stand-in has none.
                "smsc": {"url": self.smsc.url, "limit_window": "0s"},
            },
            "tracking": {"first_check": "300ms", "longest_pause": "2s"},
            "limits": {"undo": "1s"},
            "submit": {"retry": "1s"},
            # Whoever answers on the phone, or takes the money away, looks what the bot says of it.
            "inbox": {"every": "1s"},
            "alerts": {"balance_every": "3s"},
            "web": {"listen": "127.0.0.1:0"},
        }

    def settings(self, folder: Path) -> Settings:
        return Settings.model_validate(self.table(folder))

    def write_config(self, folder: Path) -> Path:
        """`demo.toml` in this folder, which is made where it is missing. Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "demo.toml"
        lines = [
            f"{section}.{key} = {_toml(value)}\n"
            for section, keys in self.table(folder.absolute()).items()
            for key, value in keys.items()
        ]
        file.touch(mode=0o600)
        file.write_text("".join(lines), "utf-8")
        return file


def _toml(value: Any) -> str:
    """A table, or what JSON and TOML write alike."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


@asynccontextmanager
async def world(language: str) -> AsyncIterator[World]:
    """The stand-ins, up. Raises OSError when there is no port for one."""
    async with AsyncExitStack() as stack:
        # A database that outlives these stand-ins has seen the numbers of earlier ones.
        telegram = await stack.enter_async_context(TelegramServer(TOKEN, first_update_id=int(time.time())))
        anna = telegram.person(ADMIN, "Anna", username="anna", language_code=language)
        boris = telegram.person(GUEST, "Boris", language_code=language)
        vera = telegram.person(STRANGER, "Vera", language_code=language)
        group = telegram.group(GROUP, "Support", [anna, boris], forum=True)
        for name in ("Orders", "Returns"):
            group.topic(name)
        channel = telegram.channel(CHANNEL, "Desk alerts")
        channel.members |= {anna.id: anna, boris.id: boris}
        yield World(
            telegram=telegram,
            devino=await stack.enter_async_context(DevinoServer(LOGIN, PASSWORD, pace=PACE)),
            sms_pager=await stack.enter_async_context(SmsPagerServer(LOGIN, PASSWORD, pace=PACE)),
            smsc=await stack.enter_async_context(SmscServer(LOGIN, PASSWORD, pace=PACE)),
            person=anna,
            guest=boris,
            stranger=vera,
            group=group,
            channel=channel,
        )


async def run(*, tour_only: bool, port: int, language: str | None, outside: Path | None = None) -> int:
    """Play the tour, or serve the page until somebody stops it. Returns the exit code.

    `language`: of the page and of everybody's Telegram; None: English, until the page is opened in a browser
    that is set to another. `outside`: the bot stays out, and how it is to be started is written into this
    folder.
    """
    configure("WARNING", "text", [TOKEN, PASSWORD])
    words = Words(language or "en", ZONE)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="smsdesk-demo-")))
        made = await stack.enter_async_context(world(words.language))
        made.telegram.subscribe(partial(show, words))
        if tour_only:
            return 0 if await _during(made, folder, stop, tour.play(made, words)) else 1
        try:
            page = await stack.enter_async_context(page_of(made, language, port))
        except OSError:
            print(words.plain("demo-port", port=str(port), other=str(port + 1)), file=sys.stderr)
            return 1
        settle(made)
        up = words.plain("demo-up", page=page.url)
        if outside is not None:
            command = f"smsdesk run --config {shlex.quote(str(made.write_config(outside)))}"
            up = words.plain("demo-outside", page=page.url, command=command)
        print(bold(f"{up}\n\n{words.plain('demo-how', **_facts(made))}"), flush=True)
        if outside is None:
            await _during(made, folder, stop, _serve(made))
        else:
            talking = asyncio.create_task(_talk(made))
            await stop.wait()
            talking.cancel()
        print(words.plain("demo-bye"))
        return 0


async def _during(made: World, folder: Path, stop: asyncio.Event, doing: Coroutine[Any, Any, bool]) -> bool:
    """Do something while the bot runs, until it is done or all is stopped. False where it was not done."""
    over = asyncio.Event()
    bot = asyncio.create_task(app.run(made.settings(folder), over, poll_wait=2))
    acting = asyncio.create_task(doing)
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({bot, acting, stopped}, return_when=asyncio.FIRST_COMPLETED)
    over.set()
    done = acting.done() and acting.result()
    acting.cancel()
    stopped.cancel()
    await bot
    return done


async def _serve(made: World) -> bool:
    """Let people talk, for ever."""
    await _talk(made)
    await asyncio.Event().wait()
    return True


def settle(made: World) -> None:
    """What an administrator does first: the bot comes into the group and the channel, and Boris may send."""
    for chat in (made.group, made.channel):
        chat.bot_status = "left"
        chat.invite_bot(by=made.person, admin=True)
    made.telegram.private(made.guest).say(made.guest, "/start")
    made.chat.say(made.person, f"/allow {GUEST} operator")


def page_of(made: World, language: str | None, port: int) -> PageServer:
    """The page, over this world; not started yet. `language` as in `run`."""
    devino, pager, smsc = made.devino, made.sms_pager, made.smsc
    lines = {
        "devino_rest": Line(name="devino_rest", title="Devino REST", stand=devino, receive=devino.receive),
        "devino_soap": Line(name="devino_soap", title="Devino SOAP", stand=devino, receive=devino.receive),
        "sms_pager": Line(name="sms_pager", title="SMS-Pager", stand=pager),
        "smsc": Line(name="smsc", title="SMSC", stand=smsc, receive=smsc.receive),
    }
    captions = {ADMIN: "page-who-admin", GUEST: "page-who-operator", STRANGER: "page-who-stranger"}
    troubles = Troubles(made.telegram, [devino, pager, smsc])
    scene = Scene(telegram=made.telegram, captions=captions, lines=lines, troubles=troubles)
    return PageServer(scene, page_texts(ZONE), language, port=port)


def _facts(made: World) -> dict[str, str]:
    return {
        "url": made.telegram.url,
        "person": str(ADMIN),
        "guest": str(GUEST),
        "group": str(GROUP),
        "login": LOGIN,
        "password": PASSWORD,
    }


async def _talk(made: World) -> None:
    """What is typed goes into the chat; a number alone presses a button of the newest card.

    A line that begins with one of the voices and a colon is said by them, and so is what follows.
    """
    if not _can_be_waited_for(sys.stdin.fileno()):
        return  # started with /dev/null or a file as input: HTTP still works
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    person, chat = made.person, made.chat
    while read := await reader.readline():
        line = read.decode("utf-8", "replace").strip()
        voice, colon, said_by_them = line.partition(":")
        if colon and voice.lower() in made.voices:
            person, chat = made.voices[voice.lower()]
            line = said_by_them.strip()
        if not line:
            continue
        # Only a number that is on the newest card is a button: 89031234567 is an answer to a question.
        labels = [(message, button.text) for message, button in _buttons(chat)]
        if line.isdecimal() and 0 < int(line) <= len(labels):
            message, label = labels[int(line) - 1]
            chat.press(person, message, label)
        else:
            chat.say(person, line)


def _can_be_waited_for(file: int) -> bool:
    """A terminal, a pipe or a socket; epoll refuses everything else."""
    mode = os.fstat(file).st_mode
    return os.isatty(file) or stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _buttons(chat: Chat) -> list[tuple[Message, "tour.Button"]]:
    """The buttons of the newest message that has some, in reading order; none while a question is open."""
    for message in reversed(chat.bot_messages):
        if (message.markup or {}).get("force_reply"):
            return []
        found = [(message, button) for row in message.keyboard for button in row]
        if found:
            return found
    return []


# How the conversation looks in a terminal.

_PLAIN = "NO_COLOR" in os.environ or not sys.stdout.isatty()


def _paint(code: str, text: str) -> str:
    return text if _PLAIN else f"\033[{code}m{text}\033[0m"


def bold(text: str) -> str:
    return _paint("1", text)


def show(words: Words, event: Event) -> None:
    """Print what the bot just did in the chat."""
    if event.kind == "answered" and event.press is not None and event.press.answer is not None:
        if event.press.answer.text:
            print(_paint("35", f"     ⓘ {event.press.answer.text}"))
        return
    if event.kind == "deleted":
        print(_paint("2", f"     {words.plain('demo-deleted')}"))
        return
    if event.kind not in {"sent", "edited"} or event.message is None:
        return
    mark = "bot" if event.kind == "sent" else "  ✎"
    elsewhere = "" if event.chat.id == ADMIN else _paint("2", f"({event.chat.title}) ")
    reply = f" {words.plain('demo-reply')}" if event.message.reply_to else ""
    lines = event.message.text.splitlines() or [""]
    print(_paint("36", f"{mark} │ ") + elsewhere + lines[0] + _paint("2", reply))
    for line in lines[1:]:
        print(_paint("36", "    │ ") + line)
    keys = [button.text for row in event.message.keyboard for button in row]
    if keys:
        print(_paint("36", "    │ ") + _paint("33", "  ".join(f"[{n}] {k}" for n, k in enumerate(keys, 1))))


def said(name: str, text: str) -> None:
    """Print what a person says or presses."""
    print(_paint("32;1", f"{name}: ") + text)
