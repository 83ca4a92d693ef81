"""What tests/entrances.py has found: what comes from outside stops nobody and takes no time."""

import asyncio
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest

import bot.updates
from providers.errors import OutcomeUnknown
from providers.wire import MAX_ATTRIBUTES, HttpResponse, parse_xml

from . import entrances
from .entrances import (
    ADMIN,
    ANNA,
    HANG,
    PRIVATE,
    UPDATES,
    Broken,
    BrokenTelegram,
    Spoiler,
    alive,
    answer,
    bot_over,
    caught_up,
    silence,
)

MESSAGE: dict[str, Any] = {"message_id": 5, "date": 1, "chat": PRIVATE, "from": ANNA, "text": "/help"}
POISON: dict[str, Any] = {
    "a chat without an id": {"update_id": 7, "message": MESSAGE | {"chat": {"type": "private"}}},
    "a number that is none": {"update_id": "+7 903 123-45-67", "message": MESSAGE},
    "a number beyond all bounds": {"update_id": 10**40, "message": MESSAGE},
    "no number": {"message": MESSAGE},
    "no update": 5,
    "a chat beyond all bounds": {"update_id": 7, "message": MESSAGE | {"chat": PRIVATE | {"id": 10**40}}},
    "a chat that is a list": {"update_id": 7, "message": MESSAGE | {"chat": PRIVATE | {"id": [ADMIN]}}},
    "a person that cannot be hashed": {"update_id": 7, "message": MESSAGE | {"from": ANNA | {"id": {}}}},
    "a text that is a list": {"update_id": 7, "message": MESSAGE | {"text": ["/help"]}},
    "a name that is none": {"update_id": 7, "message": MESSAGE | {"from": ANNA | {"first_name": None}}},
    "a language that is none": {"update_id": 7, "message": MESSAGE | {"from": ANNA | {"language_code": {}}}},
    "a language that is a list": {
        "update_id": 7,
        "message": MESSAGE | {"from": ANNA | {"language_code": ["en"]}},
    },
    "a surrogate": {"update_id": 7, "message": MESSAGE | {"text": "/help \ud800"}},
    "a mark beyond the text": {
        "update_id": 7,
        "message": MESSAGE | {"entities": [{"type": "bot_command", "offset": 10**9, "length": -1}]},
    },
}
BODIES: dict[str, bytes] = {
    **{
        name: answer([{**UPDATES[0], "update_id": 6}, poison, {"update_id": 8, "message": MESSAGE}])
        for name, poison in POISON.items()
    },
    "nested too deep": b'{"a":' * 200_000,
    "no list": answer({"update_id": 7}),
    "nothing": b"",
}


@pytest.mark.parametrize("name", BODIES)
async def test_an_update_that_cannot_be_read_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """It comes together with good ones, and comes again until it is acknowledged; then comes a good one."""
    monkeypatch.setattr(bot.updates, "AFTER_TROUBLE", 0.0)
    left = [answer([{"update_id": 9, "message": MESSAGE}])] + [BODIES[name]] * 3

    async def feed() -> bytes:
        return left.pop() if left else await asyncio.Event().wait() and b""

    telegram = BrokenTelegram(feed)
    async with bot_over(telegram, tmp_path) as (desk, running):
        async with asyncio.timeout(HANG):
            await caught_up(desk, telegram, lambda: 9)
        assert not running.done()


async def test_a_slow_machine_is_no_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look finds something done; only the last two find the same."""
    looks = iter([[1], [2], [3], [3]])

    async def done(_: object) -> list[int]:
        return next(looks)

    monkeypatch.setattr(entrances, "HANG", 0.01)
    monkeypatch.setattr(entrances, "done_so_far", done)
    async with bot_over(BrokenTelegram(silence), tmp_path) as (desk, running):
        with pytest.raises(Broken, match="hangs"):
            await alive(desk, running, asyncio.Event().wait(), lambda: b"")
    assert not list(looks)


async def test_a_bot_that_cannot_write_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much is fed to it meanwhile."""
    monkeypatch.setattr(entrances, "HANG", 0.5)
    monkeypatch.setattr(entrances, "BETWEEN", 3)
    spoiler = Spoiler(Random(1))  # noqa: S311 - of test data
    telegram = BrokenTelegram(spoiler)
    async with bot_over(telegram, tmp_path) as (desk, running):
        async with desk.services.database.write():
            spoiler.resume()
            sign = caught_up(desk, telegram, lambda: spoiler.good)
            with pytest.raises(Broken, match="hangs"):
                await alive(desk, running, sign, lambda: spoiler.last)


@pytest.mark.parametrize(
    ("count", "fits"), [(MAX_ATTRIBUTES, True), (MAX_ATTRIBUTES + 1, False), (50_000, False)]
)
def test_an_element_has_only_so_many_attributes(count: int, fits: bool) -> None:
    body = b"<r><x " + b" ".join(b'a%d="1"' % number for number in range(count)) + b"/></r>"
    started = time.perf_counter()
    if fits:
        assert len(parse_xml(HttpResponse(status=200, body=body))[0].attrib) == count
    else:
        with pytest.raises(OutcomeUnknown, match="too many attributes"):
            parse_xml(HttpResponse(status=200, body=body))
    assert time.perf_counter() - started < 2
