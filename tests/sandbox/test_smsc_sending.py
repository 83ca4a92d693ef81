"""What SMSC's stand-in sends besides a plain SMS, what it does to texts and times, and /rest/send/."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from sandbox.smsc import SmscServer
from tests.sandbox.smsc import LOGIN, NOON, ONE, Clock, ask, ask_json


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def stand(clock: Clock) -> AsyncIterator[SmscServer]:
    async with SmscServer(clock=clock, pace=10, apikey="KEY") as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def rest(http: aiohttp.ClientSession, stand: SmscServer, body: object) -> tuple[str, bytes]:
    """Content type and body of the answer to a JSON request."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    async with http.post(f"{stand.origin}/rest/send/", data=raw, headers=headers) as response:
        assert response.status == 200
        return response.headers["Content-Type"], await response.read()


@pytest.mark.parametrize(
    ("kind", "number"),
    [("flash", 1), ("push", 3), ("mms", 6), ("call", 7), ("viber", 10), ("soc", 12), ("hlr", 4), ("ping", 5)],
)
async def test_a_kind_is_in_the_journal_and_in_the_status(
    http: aiohttp.ClientSession, stand: SmscServer, kind: str, number: int
) -> None:
    await ask_json(http, stand, "send", **ONE, **{kind: "1"}, id="7")
    (entry,) = stand.journal.accepted
    assert entry.kind == kind
    assert entry.text == ("" if kind in ("hlr", "ping") else "Привет")
    assert stand.requests[0][1][kind] == "1"
    row = await ask_json(http, stand, "status", id="7", phone="79161002030", all="1")
    assert row["type"] == number


async def test_a_lookup_needs_no_text(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    assert (await ask_json(http, stand, "send", phones="79161002030", ping="1"))["cnt"] == 1


async def test_a_prefix_of_the_text_may_name_the_kind(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    await ask_json(http, stand, "send", phones="79161002030", mes="__VIBER__Hello")
    assert [(one.kind, one.text) for one in stand.journal.accepted] == [("viber", "Hello")]


async def test_a_long_viber_message_costs_one(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    answer = await ask_json(http, stand, "send", phones="79161002030", mes="ы" * 500, viber="1", cost="1")
    assert answer == {"cost": "2.50", "cnt": 1}


async def test_a_call_is_counted_in_seconds(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    answer = await ask_json(
        http,
        stand,
        "send",
        phones="79161002030",
        mes="x" * 46,
        call="1",
        voice="w2,en",
        param="20,30,3",
        cost="2",
    )
    assert answer == {"id": 1, "cnt": 4, "cost": "2.50"}


async def test_a_call_may_be_asked_for_a_code(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    asked = {"phones": "79161002030", "mes": "code", "call": "1"}
    answer = await ask_json(http, stand, "send", **asked)
    assert len(answer["code"]) == 4
    assert stand.journal.accepted[0].text == answer["code"]
    text = await ask(http, stand, "send", LOGIN | asked)
    assert text == f"OK - 1 SMS, ID - 2, CODE - {answer['code']}"


@pytest.mark.parametrize(
    "options",
    [
        {"flash": "1", "hlr": "1"},
        {"mail": "1"},
        {"bin": "2"},
        {"call": "1", "voice": "x1"},
        {"call": "1", "param": "20,5,3"},
        {"call": "1", "param": "20"},
        {"translit": "3"},
        {"maxsms": "-1"},
        {"period": "0.05"},
        {"period": "721"},
        {"freq": "0"},
    ],
)
async def test_options_out_of_bounds(
    http: aiohttp.ClientSession, stand: SmscServer, options: dict[str, str]
) -> None:
    assert (await ask_json(http, stand, "send", **ONE, **options))["error_code"] == 1
    assert stand.journal.accepted == []


@pytest.mark.parametrize(
    ("style", "text"),
    [("0", "Транслит, Щука!"), ("1", "Translit, Schuka!"), ("2", "MpaHc/Ium, W,yka!")],
)
async def test_transliteration(http: aiohttp.ClientSession, stand: SmscServer, style: str, text: str) -> None:
    await ask_json(http, stand, "send", phones="79161002030", mes="Транслит, Щука!", translit=style)
    assert stand.journal.accepted[0].text == text


async def test_a_transliterated_text_takes_fewer_parts(
    http: aiohttp.ClientSession, stand: SmscServer
) -> None:
    long = {"phones": "79161002030", "mes": "и" * 100, "cost": "1"}
    assert (await ask_json(http, stand, "send", **long))["cnt"] == 2
    assert (await ask_json(http, stand, "send", **long, translit="1"))["cnt"] == 1


async def test_links_are_shortened(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    link = "https://example.org/" + "a" * 100
    await ask_json(http, stand, "send", phones="79161002030", mes=f"See {link} now", tinyurl="1")
    see, short, now = stand.journal.accepted[0].text.split()
    assert (see, now) == ("See", "now")
    assert short.startswith("https://short.example/")
    assert len(short) < 40


async def test_a_text_is_cut_to_so_many_parts(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    answer = await ask_json(http, stand, "send", phones="79161002030", mes="x" * 500, maxsms="2")
    assert answer["cnt"] == 2
    assert len(stand.journal.accepted[0].text) == 306


async def test_a_line_of_a_list_may_have_its_own_zone(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    lines = "ACME,2|79161002030:one\nSHOP,-1|79161002031:two\n79161002032:three"
    await ask_json(http, stand, "send", list=lines, time="02.03.26 12:00", tz="1")
    assert [(one.sender, one.send_at) for one in stand.journal.accepted] == [
        ("ACME", datetime(2026, 3, 2, 7, tzinfo=UTC)),
        ("SHOP", datetime(2026, 3, 2, 10, tzinfo=UTC)),
        ("ACME", datetime(2026, 3, 2, 8, tzinfo=UTC)),
    ]
    assert len({one.request_id for one in stand.journal.accepted}) == 1


async def test_the_zone_of_a_line_does_not_move_other_notations(
    http: aiohttp.ClientSession, stand: SmscServer
) -> None:
    await ask_json(http, stand, "send", list="ACME,2|79161002030:one", time="14-18")
    assert stand.journal.accepted[0].send_at == datetime(2026, 3, 1, 11, tzinfo=UTC)


async def test_a_bulk_sending_is_spread_over_a_period(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    phones = ",".join(f"7916100201{last}" for last in range(6))
    await ask_json(http, stand, "send", phones=phones, mes="x", period="1.5", freq="30")
    steps = [None, None, *[NOON + timedelta(minutes=30)] * 2, *[NOON + timedelta(minutes=60)] * 2]
    assert [one.send_at for one in stand.journal.accepted] == steps


async def test_freq_means_nothing_without_a_period(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    await ask_json(http, stand, "send", phones="79161002030,79161002031", mes="x", freq="1")
    assert [one.send_at for one in stand.journal.accepted] == [None, None]


async def test_a_json_request(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    body = {**ONE, "login": "demo", "psw": "demo-password", "id": 7, "cost": 3, "flash": True}
    label, raw = await rest(http, stand, body)
    assert label == "application/json; charset=windows-1251"
    assert raw == b'{\n"id": 7,\n"cnt": 1,\n"cost": "2.50",\n"balance": "997.50"\n}'
    (entry,) = stand.journal.accepted
    assert (entry.text, entry.ref, entry.kind) == ("Привет", "7", "flash")
    assert stand.requests[0][0] == "send"


async def test_a_json_request_with_a_key_may_ask_for_text(
    http: aiohttp.ClientSession, stand: SmscServer
) -> None:
    _, raw = await rest(http, stand, {**ONE, "apikey": "KEY", "fmt": 0})
    assert raw == b"OK - 1 SMS, ID - 1"


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', {"phones": ["79161002030"], "apikey": "KEY"}])
async def test_what_is_no_flat_object_is_refused(
    http: aiohttp.ClientSession, stand: SmscServer, body: Any
) -> None:
    _, raw = await rest(http, stand, body)
    assert json.loads(raw)["error_code"] == 2
    assert stand.journal.accepted == []


async def test_rest_is_only_for_posts(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    async with http.get(f"{stand.origin}/rest/send/") as response:
        assert response.status == 404
