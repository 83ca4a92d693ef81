"""How often SMSC's stand-in lets itself be asked once its limits are on (sheet section 10)."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from sandbox.smsc import SmscServer
from tests.sandbox.smsc import JSON, ONE, Clock, ask, ask_json

REPEATED = {"error": "duplicate request, wait a minute", "error_code": 9}
BLOCKED = {"error": "ip is blocked", "error_code": 4}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def stand(clock: Clock) -> AsyncIterator[SmscServer]:
    async with SmscServer(clock=clock, pace=10, limits=True) as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.mark.parametrize(
    ("script", "asked", "most"),
    [
        ("send", {**ONE}, 1),
        ("send", {**ONE, "cost": "1"}, 5),
        ("status", {"id": "1", "phone": "79161002030"}, 5),
        ("status", {"id": "1,", "phone": "79161002030,"}, 1),
        ("balance", {}, 10),
        ("senders", {"get": "1", "all": "1"}, 3),
        ("templates", {"get": "1"}, 3),
        ("get", {"get_price": "1"}, 3),
        ("get", {"get_answers": "1"}, 3),
        ("jobs", {"get_all": "1"}, 1),
    ],
)
async def test_so_many_times_a_minute_and_no_more(
    http: aiohttp.ClientSession,
    stand: SmscServer,
    clock: Clock,
    script: str,
    asked: dict[str, str],
    most: int,
) -> None:
    answers = [await ask_json(http, stand, script, **asked) for _ in range(most + 1)]
    assert REPEATED not in answers[:most]
    assert answers[most] == REPEATED
    clock.forward(seconds=59)
    assert await ask_json(http, stand, script, **asked) == REPEATED
    clock.forward(seconds=1)
    assert await ask_json(http, stand, script, **asked) != REPEATED
    stand.limits = False
    assert REPEATED not in [await ask_json(http, stand, script, **asked) for _ in range(most + 1)]


async def test_only_one_request_for_many_statuses_a_minute_whichever_they_are(
    http: aiohttp.ClientSession, stand: SmscServer
) -> None:
    many = {"id": "1,2", "phone": "79161002030,79161002031"}
    assert isinstance(await ask_json(http, stand, "status", **many), list)
    others = {"id": "3,4", "phone": "79161002030,79161002031"}
    assert await ask_json(http, stand, "status", **others) == REPEATED
    assert (await ask_json(http, stand, "status", id="1", phone="79161002030"))["status"] == -3


async def test_only_what_is_identical_counts_in_lists(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    answers = [await ask_json(http, stand, "get", get_answers="1", after_id=str(one)) for one in range(9)]
    assert answers == [[]] * 9


async def test_five_new_names_a_minute(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    answers = [await ask_json(http, stand, "senders", add="1", sender=f"NAME{one}") for one in range(6)]
    assert [answer.get("sender") for answer in answers[:5]] == [4, 5, 6, 7, 8]
    assert answers[5] == REPEATED
    assert "sender" not in str(await ask_json(http, stand, "senders", **{"del": "1", "sender": "NAME0"}))


async def test_five_wrong_passwords_block_for_half_an_hour(
    http: aiohttp.ClientSession, stand: SmscServer, clock: Clock
) -> None:
    for _ in range(5):
        assert (await ask_json(http, stand, "balance", psw="wrong"))["error_code"] == 2
        clock.forward(minutes=7)
    assert await ask_json(http, stand, "balance") == BLOCKED
    clock.forward(minutes=23)
    assert (await ask_json(http, stand, "balance"))["balance"] == "1000.00"


async def test_wrong_passwords_far_apart_block_nobody(
    http: aiohttp.ClientSession, stand: SmscServer, clock: Clock
) -> None:
    for _ in range(9):
        assert (await ask_json(http, stand, "balance", psw="wrong"))["error_code"] == 2
        clock.forward(minutes=8)


async def test_a_hundred_failed_sends_in_a_row_block_for_ten_minutes(
    http: aiohttp.ClientSession, stand: SmscServer, clock: Clock
) -> None:
    async def fail(times: int) -> None:
        for _ in range(times):
            clock.forward(seconds=1)
            assert (await ask_json(http, stand, "send", phones="12", mes=str(clock.now)))["error_code"] == 7

    await fail(99)
    assert (await ask_json(http, stand, "send", **ONE))["cnt"] == 1, "one that works ends the row"
    await fail(100)
    assert await ask_json(http, stand, "balance") == BLOCKED
    clock.forward(minutes=10)
    assert (await ask_json(http, stand, "balance"))["balance"] == "997.50"


async def test_five_statuses_at_once_are_too_many(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    stand.faults.add(kind="hang", times=4)
    hanging = [asyncio.create_task(ask(http, stand, "balance", JSON)) for _ in range(4)]
    await stand.wait_for(lambda: len(stand.faults.applied) == 4)
    answer = await ask_json(http, stand, "status", id="1", phone="79161002030")
    assert answer == {"error": "too many concurrent requests", "error_code": 9}
    assert "balance" in await ask_json(http, stand, "balance")
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)
