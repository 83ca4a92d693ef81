"""What all stand-in gateways share: faults, waiting, start, stop, the journal's file, segments, lives."""

import asyncio
import errno
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest

from sandbox.faults import KINDS, PROCESSED, REFUSALS, Faults, Kind
from sandbox.handset import Stage, life_of, so_far
from sandbox.journal import Journal
from sandbox.segments import count_segments
from sandbox.smsc import SmscServer

SEND = "send.php?login=demo&psw=demo-password&fmt=3&charset=utf-8&phones=79161002030&mes=x&id=7"
TRUE_BODY = b'{\n"id": 7,\n"cnt": 1\n}'
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
async def stand() -> AsyncIterator[SmscServer]:
    async with SmscServer(faults=Faults(drip_pause=0)) as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.mark.parametrize(
    ("kind", "status", "content_type", "body"),
    [
        ("http_500", 500, "text/plain", b"Internal Server Error"),
        ("http_502_html", 502, "text/html", b"502 Bad Gateway"),
        ("html_200", 200, "text/html", b"<!DOCTYPE html>"),
        ("empty_200", 200, "application/json", b""),
        ("garbled_200", 200, "application/json", b"\x00\xff\xfe"),
        ("cut_200", 200, "application/json", TRUE_BODY[:10]),
        ("accept_then_500", 500, "text/plain", b"Internal Server Error"),
        ("drip", 200, "application/json", TRUE_BODY),
        ("stale_status", 200, "application/json", TRUE_BODY),
        ("http_503", 503, "text/plain", b"Service Unavailable"),
        ("http_429", 429, "text/plain", b"Too Many Requests"),
        ("http_429_bare", 429, "text/plain", b"Too Many Requests"),
        ("accept_then_502", 502, "text/html", b"502 Bad Gateway"),
        ("accept_then_503", 503, "text/plain", b"Service Unavailable"),
        ("utf16_200", 200, "application/json", TRUE_BODY.decode().encode("utf-16")),
        ("huge_200", 200, "application/json", b"0" * 50 * 2**20),
        ("bomb_200", 200, "application/json", bytes(50 * 2**20)),
        ("missing_ids", 200, "application/json", b'{\n"cnt": 1\n}'),
        ("duplicated_ids", 200, "application/json", b'{\n"id": 7,\n"id": 7,\n"cnt": 1\n}'),
        ("throttle", 200, "application/json", b'"error_code": 9'),
        ("no_money", 200, "application/json", b'"error_code": 3'),
        ("auth", 200, "application/json", b'"error_code": 2'),
        ("blocked", 200, "application/json", b'"error_code": 4'),
    ],
)
async def test_a_fault_that_answers(
    http: aiohttp.ClientSession, stand: SmscServer, kind: Kind, status: int, content_type: str, body: bytes
) -> None:
    stand.faults.add("send", kind=kind)
    async with http.get(stand.url + SEND) as response:
        answer = await response.read()
        assert (response.status, response.content_type) == (status, content_type)
    assert body in answer
    assert (answer == TRUE_BODY) == (kind in {"drip", "stale_status"})
    assert kind != "cut_200" or answer == body
    assert len(stand.journal.accepted) == (kind in PROCESSED)
    assert stand.faults.applied == [("send", kind, kind in PROCESSED)]


@pytest.mark.parametrize(
    "kind",
    ["reset_on_connect", "reset_before", "accept_then_reset", "reset_then_accept", "half_batch_then_reset"],
)
async def test_a_fault_that_resets(http: aiohttp.ClientSession, stand: SmscServer, kind: Kind) -> None:
    stand.faults.add(kind=kind)
    with pytest.raises(aiohttp.ClientOSError) as caught:
        await http.post(stand.url + SEND)
    assert caught.value.errno == errno.ECONNRESET
    assert len(stand.journal.accepted) == (kind in PROCESSED)
    operation = "connect" if kind == "reset_on_connect" else "send"
    assert stand.faults.applied == [(operation, kind, kind in PROCESSED)]


@pytest.mark.parametrize("kind", ["accept_then_close", "half_headers", "headers_then_reset", "half_body"])
async def test_a_fault_that_breaks_the_reply_off(
    http: aiohttp.ClientSession, stand: SmscServer, kind: Kind
) -> None:
    stand.faults.add(kind=kind)
    seen: list[int | None] = []

    async def ask() -> None:
        async with http.post(stand.url + SEND) as response:
            seen.append(response.content_length)
            await response.read()

    with pytest.raises(aiohttp.ClientError):
        await ask()
    if kind in {"headers_then_reset", "half_body"}:
        assert seen == [len(TRUE_BODY)]
    assert stand.faults.applied == [("send", kind, True)]
    assert len(stand.journal.accepted) == 1


async def test_half_of_a_batch_is_taken(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    stand.faults.add(kind="half_batch_then_reset")
    numbers = ",".join(f"7916100{number}" for number in range(1000, 1004))
    with pytest.raises(aiohttp.ClientOSError):
        await http.post(stand.url + SEND.replace("79161002030", numbers))
    assert [one.msisdn for one in stand.journal.accepted] == ["79161001000", "79161001001"]
    async with http.get(stand.url + SEND):
        assert len(stand.journal.accepted) == 3


async def test_a_request_is_accepted_after_the_client_has_given_up(
    http: aiohttp.ClientSession, stand: SmscServer
) -> None:
    stand.faults.add(kind="accept_late")
    request = asyncio.create_task(http.get(stand.url + SEND).__aenter__())
    await stand.wait_for(lambda: bool(stand.requests))
    assert not stand.journal.accepted
    request.cancel()
    await stand.wait_for(lambda: len(stand.journal.accepted) == 1)
    await asyncio.gather(request, return_exceptions=True)
    assert stand.faults.applied == [("send", "accept_late", True)]


@pytest.mark.parametrize("kind", ["hang", "accept_then_hang"])
@pytest.mark.parametrize("end", ["client leaves", "server stops"])
async def test_a_fault_that_hangs(
    http: aiohttp.ClientSession, stand: SmscServer, kind: Kind, end: str
) -> None:
    stand.faults.add(kind=kind)
    request = asyncio.create_task(http.get(stand.url + SEND).__aenter__())
    await stand.wait_for(lambda: bool(stand.faults.applied))
    assert len(stand.journal.accepted) == (kind in PROCESSED)
    assert stand.in_flight == 1
    if end == "client leaves":
        request.cancel()
        await stand.wait_for(lambda: stand.in_flight == 0)
        assert (await asyncio.gather(request, return_exceptions=True))[0].__class__ is asyncio.CancelledError
    else:
        await stand.stop()
        with pytest.raises(aiohttp.ClientError):
            await request
        assert stand.in_flight == 0


async def test_what_is_accepted_later_is_when_the_gateway_catches_up(
    http: aiohttp.ClientSession, stand: SmscServer
) -> None:
    stand.faults.add("send", kind="reset_then_accept")
    with pytest.raises(aiohttp.ClientOSError):
        await http.post(stand.url + SEND)
    stand.catch_up()
    stand.catch_up()
    assert len(stand.journal.accepted) == 1


def test_the_cases_above_are_all_there_are() -> None:
    resets = {
        "reset_on_connect",
        "reset_before",
        "accept_then_reset",
        "reset_then_accept",
        "half_batch_then_reset",
    }
    breaks = {"accept_then_close", "half_headers", "headers_then_reset", "half_body"}
    hangs = {"hang", "accept_then_hang", "accept_late"}
    answers = {"http_500", "http_502_html", "http_503", "http_429", "http_429_bare", "drip", "stale_status"}
    answers |= {"accept_then_500", "accept_then_502", "accept_then_503", "missing_ids", "duplicated_ids"}
    answers |= {f"{what}_200" for what in ("html", "empty", "garbled", "cut", "utf16", "huge", "bomb")}
    assert resets | breaks | hangs | answers | REFUSALS == KINDS


async def test_faults_are_spent_in_order_and_by_operation(
    http: aiohttp.ClientSession, stand: SmscServer
) -> None:
    stand.faults.add("SEND*", kind="http_500", times=2)
    stand.faults.add("balance", kind="auth")
    stand.faults.add(kind="html_200")
    assert stand.faults.pending == 4
    for path in (SEND, "balance.php", SEND, SEND, SEND):
        async with http.get(stand.url + path):
            pass
    kinds = [(operation, kind) for operation, kind, _ in stand.faults.applied]
    assert kinds == [
        ("send", "http_500"),
        ("balance", "auth"),
        ("send", "http_500"),
        ("send", "html_200"),
    ]
    assert len(stand.journal.accepted) == 1
    assert stand.faults.pending == 0


def test_there_is_no_such_fault() -> None:
    with pytest.raises(ValueError, match="no fault is called 'http_501'"):
        Faults().add(kind=cast(Kind, "http_501"))
    with pytest.raises(ValueError, match="at least once"):
        Faults().add(kind="hang", times=0)


async def test_waiting_ends_by_the_condition_or_in_time(
    http: aiohttp.ClientSession, stand: SmscServer
) -> None:
    waiting = asyncio.create_task(stand.wait_for(lambda: len(stand.journal.accepted) == 2))
    for _ in range(2):
        assert not waiting.done()
        async with http.get(stand.url + SEND):
            pass
    await waiting
    with pytest.raises(TimeoutError):
        await stand.wait_for(lambda: False, timeout=0.001)


async def test_the_message_is_accepted_while_the_answer_is_still_on_its_way(
    http: aiohttp.ClientSession,
) -> None:
    async with SmscServer(latency=600) as stand:
        request = asyncio.create_task(http.get(stand.url + SEND).__aenter__())
        await stand.wait_for(lambda: len(stand.journal.accepted) == 1)
        assert not request.done()
        request.cancel()
        await asyncio.gather(request, return_exceptions=True)


async def test_a_stand_restarts_on_its_port_and_remembers(http: aiohttp.ClientSession) -> None:
    stand = SmscServer()
    with pytest.raises(RuntimeError):
        _ = stand.url
    await stand.start()
    url = stand.url
    async with http.get(url + SEND):
        pass
    await stand.stop()
    with pytest.raises(aiohttp.ClientConnectorError):
        await http.get(url)
    await stand.start(port=int(url.split(":")[2].split("/")[0]))
    assert stand.url == url
    async with http.get(
        f"{url}status.php?apikey=&login=demo&psw=demo-password&id=7&phone=79161002030"
    ) as response:
        assert (await response.text()).startswith("Status = 1,")
    await stand.stop()
    await stand.stop()


async def test_a_taken_port_is_an_error_and_leaves_nothing_behind(stand: SmscServer) -> None:
    second = SmscServer()
    with pytest.raises(OSError, match="in use"):
        await second.start(port=int(stand.origin.rsplit(":", 1)[1]))
    with pytest.raises(RuntimeError):
        _ = second.url


async def test_the_journals_file_is_written_before_the_answer(
    http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    path = tmp_path / "journal.jsonl"
    async with SmscServer(journal=Journal(path), pace=600) as stand:
        stand.faults.add("send", kind="accept_then_reset")
        with pytest.raises(aiohttp.ClientError):
            await http.post(stand.url + SEND)
        lines = read_lines(path)
        assert [line["event"] for line in lines] == ["accepted"]
        entry = stand.journal.accepted[0]
        assert lines[0]["msisdn"] == "79161002030"
        assert lines[0]["gateway_ids"] == ["7"]
        assert lines[0]["accepted_at"] == entry.accepted_at.isoformat()
        delete = "status.php?login=demo&psw=demo-password&id=7&phone=79161002030&del=1"
        async with http.get(stand.url + delete):
            pass
        assert [line["event"] for line in read_lines(path)] == ["accepted", "cancelled"]


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


async def test_the_balance_and_the_senders_can_be_set(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    stand.balance = Decimal("2.49")
    async with http.get(stand.url + SEND) as response:
        assert b'"error_code": 3' in await response.read()
    stand.balance = Decimal("2.50")
    stand.senders = {"OTHER"}
    async with http.get(stand.url + SEND + "&sender=OTHER") as response:
        assert await response.read() == TRUE_BODY
    assert stand.balance == Decimal(0)


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("€" * 153, 3),  # 76 to a part, half a place is left over
        ("я" * 70, 1),
        ("я" * 71, 2),
        ("я" * 134, 2),
        ("я" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("😀" * 67, 3),  # 33 to a part
    ],
)
def test_segments(text: str, segments: int) -> None:
    assert count_segments(text) == segments


def test_a_scheduled_life_begins_at_its_time() -> None:
    later = NOON + timedelta(hours=1)
    life = life_of("79161002005", NOON, later, pace=10)
    stages = [(moment.stage, (moment.since - later).total_seconds()) for moment in life]
    assert stages == [
        (Stage.QUEUED, -3600),
        (Stage.MODERATION, 0),
        (Stage.QUEUED, 10),
        (Stage.SENT, 20),
        (Stage.DELIVERED, 30),
    ]


@pytest.mark.parametrize(
    ("digits", "end"),
    [("01", Stage.UNDELIVERED), ("02", Stage.EXPIRED), ("03", Stage.REJECTED), ("99", Stage.DELIVERED)],
)
def test_without_pace_the_end_is_there_at_once(digits: str, end: Stage) -> None:
    assert so_far(life_of(f"791610020{digits}", NOON, None, pace=0), NOON)[-1].stage is end
