"""Feed what comes in from outside with garbage, for minutes: `make nightly`. It takes too long for the suite.

The entrances: replies of gateways in XML and in JSON, updates from Telegram on their way through poller and
dispatcher, calls of gateways to `/push`, and files with recipients: `csv`, and `xlsx` for workbooks of any
kind. It fails if anything breaks that should not, hangs, or wants more than MEMORY beyond what a started bot
has; the same seed finds it again.
"""

import argparse
import asyncio
import faulthandler
import io
import itertools
import json
import logging
import multiprocessing
import re
import resource
import secrets
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

import aiohttp
import sqlalchemy as sa
import structlog
from aiohttp import web

import bot.updates
from bot.app import Desk, build
from bot.config import Settings
from desk import audience, columns, tables
from providers.wire import HttpResponse
from storage import outbox, pushes, schema, updates
from tests.providers.exchanges import METHODS, Exchange
from tests.providers.mutations import spoilt, survives, watchdog

MEMORY = 300 * 2**20  # bytes
HANG = 20.0  # seconds
STUCK = 3 * HANG  # seconds in which the loop itself must have come round
LOOK = 0.02  # seconds between two looks at how far the bot is: the time in between is the bot's
ADMIN, TOKEN = 1001, "123456:TEST-TOKEN-of-the-tests"
BETWEEN = 100  # spoilt things between two good ones, which show that it is still alive


class Broken(Exception):
    """What was looked for."""


def cap_memory() -> None:
    """From here on no more than MEMORY beyond what there is; past that comes a MemoryError.

    What is written to is counted, not what is only reserved: each thread reserves much and uses little.
    """
    found = re.search(r"VmData:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    if found is None:
        raise RuntimeError("this machine does not tell how much memory a process has")
    limit = int(found[1]) * 1024 + MEMORY
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


# Replies of gateways.


async def feed_replies(random: Random, until: float, first: bytes) -> int:
    """Replies that are XML, or JSON, by their first character."""
    exchanges = [one for one in METHODS if one.good.body.lstrip()[:1] in first]
    others = [one.good.body for one in METHODS] + BOMBS
    cap_memory()
    fed = 0
    with watchdog() as start:
        while time.monotonic() < until:
            exchange: Exchange = random.choice(exchanges)
            response = spoilt(exchange.good, random, others)
            start()
            try:
                await survives(exchange, response)
            except BaseException as error:
                raise Broken(
                    f"{exchange.name}: {type(error).__name__}: {error}: {response.body!r}"
                ) from error
            fed += 1
    return fed


_LAUGHS = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
BOMBS = [
    f'<!DOCTYPE x [<!ENTITY e0 "ha">{_LAUGHS}]><x>&e9;</x>'.encode(),
    b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    b"<x>" * 100_000,
    b"<x " + b" ".join(b'a%d="1"' % n for n in range(50_000)) + b"/>",
    b"[" * 1_000_000,
    b'{"a":' * 200_000,
    b"[" + b"9" * 1_000_000 + b"]",
    b'{"a":"' + b"\\u0041" * 500_000 + b'"}',
]


def xml(random: Random, until: float) -> int:
    return asyncio.run(feed_replies(random, until, b"<"))


def json_(random: Random, until: float) -> int:
    return asyncio.run(feed_replies(random, until, b"{["))


# Updates from Telegram.

ANNA = {"id": ADMIN, "is_bot": False, "first_name": "Anna", "language_code": "en"}
PRIVATE = {"id": ADMIN, "type": "private", "first_name": "Anna"}
GROUP = {"id": -1001234567890, "type": "supergroup", "title": "Staff"}


def _message(text: str, **more: Any) -> dict[str, Any]:
    command = re.match(r"/\w+", text)
    entities = [{"type": "bot_command", "offset": 0, "length": command.end()}] if command else []
    plain = {"message_id": 5, "date": 1_780_000_000, "chat": PRIVATE, "from": ANNA, "text": text}
    return plain | {"entities": entities} | more


_PHOTO = {"file_id": "x", "file_unique_id": "y", "width": 1, "height": 1}
UPDATES: list[dict[str, Any]] = [
    {"message": _message("/start")},
    {"message": _message("/send from=ACME at=2026-12-01T10:00 valid=2h +79031234567, 89031234568 Text 😀")},
    {"message": _message("/connect smsc login password ACME")},
    {"message": _message("/audit by=Anna did=confirm #12 30d")},
    {"message": _message("/forget +79031234567")},
    {"message": _message("/stats 2026-11-01..2026-11-20")},
    {"message": _message("/status #12")},
    {"message": _message('/senders main add "A B" for a shop')},
    {"message": _message("+79031234567", chat=GROUP, message_thread_id=7, is_topic_message=True)},
    {"message": _message("x", forward_origin={"type": "user", "date": 1, "sender_user": ANNA})},
    {"message": _message("x", reply_to_message=_message("y"), via_bot=ANNA | {"is_bot": True})},
    {"message": _message("x", photo=[_PHOTO], caption="y", sender_chat=GROUP)},
    {"edited_message": _message("/send +79031234567 x", edit_date=1_780_000_001)},
    {
        "callback_query": {
            "id": "1",
            "from": ANNA,
            "chat_instance": "1",
            "data": "A" * 22,
            "message": _message("x"),
        }
    },
    {
        "my_chat_member": {
            "chat": GROUP,
            "from": ANNA,
            "date": 1,
            "old_chat_member": {"status": "left", "user": ANNA},
            "new_chat_member": {"status": "member", "user": ANNA},
        }
    },
]  # fmt: skip


Feed = Callable[[], Awaitable[bytes]]


class Spoiler:
    """Spoilt answers to getUpdates, then a good one, then none until told to go on.

    Else the bot would do little but store, and what it has stored grow and grow.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self.go_on = asyncio.Event()
        self.fed = 0
        self.last = b""
        self.good: int | None = None  # the number of the good one; None: it is still to come

    async def __call__(self) -> bytes:
        await self.go_on.wait()
        self.fed += 1
        if self.fed % BETWEEN == 0:
            self.go_on.clear()
            self.good = self._number()
            return answer([{"update_id": self.good, "message": _message("/help")}])
        # Numbered anew each time: what has a number that came before is passed over.
        good = [answer([{"update_id": self._number(), **one}]) for one in UPDATES]
        response = HttpResponse(status=200, body=self._random.choice(good))
        self.last = spoilt(response, self._random, [*good, *BOMBS]).body
        return self.last

    def resume(self) -> None:
        self.good = None
        self.go_on.set()

    def _number(self) -> int:
        return self._random.randrange(1, 2**31)


def answer(result: object) -> bytes:
    """As the Bot API answers."""
    return json.dumps({"ok": True, "result": result}).encode()


async def silence() -> bytes:
    """Nobody says anything, ever."""
    return await asyncio.Event().wait() and b""


class BrokenTelegram:
    """Answers getUpdates with whatever it is fed, and everything else well."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self.answered = asyncio.Event()  # the bot has said something to Anna

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post(f"/bot{TOKEN}/{{method}}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        match request.match_info["method"].lower():
            case "getme":
                return _ok({"id": 123456, "is_bot": True, "first_name": "x", "username": "x_bot"})
            case "getwebhookinfo":
                return _ok({"url": "", "has_custom_certificate": False, "pending_update_count": 0})
            case "getupdates":
                return web.Response(body=await self._feed(), content_type="application/json")
            case "sendmessage" | "sendphoto" | "senddocument":
                form = await request.post()
                if form.get("chat_id") == str(ADMIN):
                    self.answered.set()
                return _ok(_message("x"))
            case _:
                return _ok(True)


def _ok(result: object) -> web.Response:
    return web.Response(body=answer(result), content_type="application/json")


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def settings_for(telegram: str, folder: Path) -> Settings:
    return Settings.model_validate(
        {
            "telegram": {"token": TOKEN, "api_url": telegram, "admins": [ADMIN], "rate": 0, "group_rate": 0},
            "storage": {"url": f"sqlite:///{folder / 'smsdesk.db'}"},
            "security": {"key_file": folder / "smsdesk.key"},
            "gateways": {"smsc": {"url": "http://127.0.0.1:9/"}},
            "accounts": [
                {"name": "main", "gateway": "smsc", "login": "a", "password": "b", "chats": [ADMIN]},
                {"name": "signed", "gateway": "smsc", "login": "c", "password": "d", "push_secret": "e"},
            ],
            "web": {"listen": "127.0.0.1:0"},
            "limits": {"commands": 0},
        }
    )


@asynccontextmanager
async def bot_over(telegram: BrokenTelegram, folder: Path) -> AsyncIterator[tuple[Desk, asyncio.Task[None]]]:
    """The whole bot over it, at work."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(telegram.app()))
        desk = await stack.enter_async_context(build(settings_for(url, folder), poll_wait=0))
        running = asyncio.create_task(desk.run())
        try:
            yield desk, running
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def feed_updates(random: Random, until: float) -> int:
    bot.updates.AFTER_TROUBLE = 0.0
    spoiler = Spoiler(random)
    telegram = BrokenTelegram(spoiler)
    with tempfile.TemporaryDirectory() as folder:
        async with bot_over(telegram, Path(folder)) as (desk, running):
            cap_memory()
            while time.monotonic() < until:
                telegram.answered.clear()
                spoiler.resume()
                sign = caught_up(desk, telegram, lambda: spoiler.good)
                await alive(desk, running, sign, lambda: spoiler.last)
    return spoiler.fed


async def caught_up(desk: Desk, telegram: BrokenTelegram, good: Callable[[], int | None]) -> None:
    """Return when the update of this number is handled, no other waits, and all answers are out.

    A good one that is put aside, or lost, never is: that counts as a hang.
    """
    while True:
        state = sa.select(schema.updates.c.state).where(schema.updates.c.id == good())
        async with desk.services.database.read() as tx:
            left = await updates.lanes(tx, ()) or await outbox.next_due(tx, ())
            if not left and await tx.scalar(state) == "handled":
                break
        await asyncio.sleep(LOOK)
    await telegram.answered.wait()


async def done_so_far(desk: Desk) -> list[Any]:
    """How much the bot has got done since it began: updates, calls and notices that wait no more."""
    waits = {schema.updates: ("new",), schema.pushes: ("new",), schema.outbox: ("pending", "sending")}
    async with desk.services.database.read() as tx:
        return [
            await tx.scalar(sa.select(sa.func.count()).where(table.c.state.not_in(states)))
            for table, states in waits.items()
        ]


async def alive(desk: Desk, running: asyncio.Task[None], sign: Any, last: Callable[[], object]) -> None:
    """Wait for a sign of life. Raises Broken: the bot ended, or took and did nothing for HANG seconds.

    On a busy machine it is slow, and no more than that. To take is not enough for long: the sign is awaited
    while it is given BETWEEN things at most. A loop that is stuck itself ends the process.
    """
    waiting = asyncio.ensure_future(sign)
    before = None
    try:
        while not waiting.done():
            faulthandler.dump_traceback_later(STUCK, exit=True)
            now = last(), await done_so_far(desk)
            if now == before:
                raise Broken(f"the bot hangs, after {last()!r}")
            before = now
            await asyncio.wait({running, waiting}, timeout=HANG, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                raise Broken(f"the bot ended: {running.exception()!r}, after {last()!r}")
        await waiting
    finally:
        faulthandler.cancel_dump_traceback_later()
        waiting.cancel()


def telegram(random: Random, until: float) -> int:
    return asyncio.run(feed_updates(random, until))


# Calls of gateways.

_WHO = {"phone": "79031234567", "time": "01.12.2026 10:00:00", "md5": "0" * 32}
FIELDS: list[dict[str, str]] = [
    {"id": "1", "status": "1", "err": "0", **_WHO},
    {"id": "2", "mes": "да", "to": "1234", "ts": "1780000000", **_WHO},
    {"status": "1", "cost": "2.5", "sms_id": "7", "type": "3"},
]
METHOD_WORDS = ("GET", "POST", "POST", "POST", "PUT", "HEAD", "DELETE", "BREW")
TYPES = (
    *("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json", "text/xml"),
    *("application/x-www-form-urlencoded; charset=windows-1251", "x", "text/plain; charset=nonsense", ""),
)


async def feed_pushes(random: Random, until: float) -> int:
    telegram, fed = BrokenTelegram(silence), 0
    bodies = [urlencode(one).encode() for one in FIELDS] + [json.dumps(one).encode() for one in FIELDS]
    with tempfile.TemporaryDirectory() as folder:
        async with bot_over(telegram, Path(folder)) as (desk, running), aiohttp.ClientSession() as client:
            base = f"http://127.0.0.1:{desk.web_port}"
            async with desk.services.database.read() as tx:
                paths = [f"{base}/push/{one}/{await pushes.token(tx, one)}" for one in (1, 2)]
            cap_memory()
            while time.monotonic() < until:
                good = HttpResponse(status=200, body=random.choice(bodies))
                body = spoilt(good, random, [*bodies, *BOMBS]).body
                query = random.choice(("", "?charset=utf-8&md5=1", "?%zz=%00&x=%ff", f"?{'a=1&' * 2000}"))
                called = client.request(
                    random.choice(METHOD_WORDS),
                    random.choice(paths) + query,
                    data=body,
                    headers={"Content-Type": random.choice(TYPES)},
                )
                status = await asyncio.wait_for(_status(called), HANG)
                if running.done() or status >= 500:
                    raise Broken(f"HTTP {status}, bot ended: {running.done()}, after {body!r}")
                fed += 1
                if fed % BETWEEN == 0:
                    await alive(desk, running, _taken_in(desk), lambda: body)  # noqa: B023 - called at once
    return fed


async def _status(called: Any) -> int:
    async with called as answer:
        return int(answer.status)


async def _taken_in(desk: Desk) -> None:
    """Return when no call is left that should have been taken in by now."""
    while True:
        async with desk.services.database.read() as tx:
            if not await pushes.due(tx, desk.services.clock(), 1):
                return
        await asyncio.sleep(LOOK)


def push(random: Random, until: float) -> int:
    return asyncio.run(feed_pushes(random, until))


# Files with recipients.

SAMPLES = Path(__file__).parent / "desk" / "tables" / "samples"
FILE_LIMITS = tables.Limits(size=4 * 2**20, inflated=16 * 2**20, rows=20_000)


def read_file(content: bytes) -> None:
    """What a file goes through, down to the audience. BadTable is a good answer."""
    try:
        table = tables.open_table(io.BytesIO(content), FILE_LIMITS)
        found = columns.find(list(itertools.islice(table.rows(), columns.SAMPLE)), region="RU")
        if found is not None:
            sifted = audience.sift(table.rows(), found.columns, region="RU")
            frozen = audience.freeze(sifted, io.StringIO(), io.StringIO())
            json.dumps(frozen.as_json())
    except tables.BadTable:
        return


def spoilt_book(good: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    """A workbook with one member spoilt and packed anew: a ZIP that is wrong itself is found out too soon."""
    if not zipfile.is_zipfile(io.BytesIO(good)) or random.random() < 0.2:
        return spoilt(HttpResponse(status=200, body=good), random, others).body
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(good)) as book,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        members = book.namelist()
        chosen = random.choice(members)
        bodies = [book.read(name) for name in members]
        for name, body in zip(members, bodies, strict=True):
            spoil = name == chosen
            reply = HttpResponse(status=200, body=body)
            packed.writestr(name, spoilt(reply, random, [*bodies, *BOMBS]).body if spoil else body)
    return file.getvalue()


def feed_files(
    random: Random,
    until: float,
    forms: Sequence[str],
    spoil: Callable[[bytes, Random, Sequence[bytes]], bytes],
) -> int:
    good = [one.read_bytes() for one in sorted(SAMPLES.iterdir()) if one.suffix in forms]
    fed = 0
    for one in good:
        read_file(one)  # whatever is loaded late is there before the memory is counted
    cap_memory()
    with watchdog(waits=False) as start:
        while time.monotonic() < until:
            content = spoil(random.choice(good), random, [*good, *BOMBS])
            start()
            try:
                read_file(content)
            except BaseException as error:
                raise Broken(f"{type(error).__name__}: {error}: {content!r}") from error
            fed += 1
    return fed


def csv(random: Random, until: float) -> int:
    def spoil(good: bytes, random: Random, others: Sequence[bytes]) -> bytes:
        return spoilt(HttpResponse(status=200, body=good), random, others).body

    return feed_files(random, until, (".csv",), spoil)


def xlsx(random: Random, until: float) -> int:
    return feed_files(random, until, (".xlsx", ".ods", ".xls"), spoilt_book)


ENTRANCES: dict[str, Callable[[Random, float], int]] = {
    "xml": xml,
    "json": json_,
    "telegram": telegram,
    "push": push,
    "csv": csv,
    "xlsx": xlsx,
}


def feed(name: str, *, seed: str, minutes: float) -> tuple[str, bool]:
    """What came of one entrance, in words, and whether all went well."""
    # It has a lot to complain of.
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    threading.stack_size(2**20)  # eight times that is reserved for each otherwise, and counted
    random = Random(f"{seed} {name}")  # noqa: S311 - of test data
    before = time.monotonic()
    try:
        fed = ENTRANCES[name](random, before + 60 * minutes)
    except (Exception, MemoryError) as error:  # noqa: BLE001 - whatever it is, it is what was looked for
        return f"{name}: {type(error).__name__}: {str(error)[:4000]}", False
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return f"{name}: {fed} fed in {time.monotonic() - before:.0f} s, {peak} MB at most", True


def feed_aside(name: str, *, seed: str, minutes: float) -> tuple[str, bool]:
    """The same in a fresh process: the memory of one is not counted for another, and one may end unasked."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            return pool.submit(feed, name, seed=seed, minutes=minutes).result()
        except BrokenProcessPool:
            return f"{name}: the process ended by itself", False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", help=f"of {', '.join(ENTRANCES)}; else all")
    parser.add_argument("--minutes", type=float, default=10, help="an entrance")
    parser.add_argument("--seed", default=secrets.token_hex(4))
    asked = parser.parse_args()
    names = asked.only or list(ENTRANCES)
    print(f"seed {asked.seed}, {asked.minutes:g} minutes each", flush=True)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda name: feed_aside(name, seed=asked.seed, minutes=asked.minutes), names))
    for line, _ in found:
        print(line, flush=True)
    return 0 if all(well for _, well in found) else 1


if __name__ == "__main__":
    sys.exit(main())
