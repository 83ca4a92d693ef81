"""The calls of SMSC's stand-in to a client's URL (sheet section 12), received by a real HTTP server."""

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import pytest
from aiohttp import web
from lxml import etree

from sandbox.smsc import SmscServer
from tests.sandbox.smsc import NOON, ONE, Clock, ask_json

TO = "79990001122"


@dataclass
class Client:
    """What was called: the query, the content type and the raw body. `status`: what it answers with."""

    url: str = ""
    status: int = 200
    calls: list[tuple[str, str, bytes]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        assert request.method == "POST"
        body = await request.read()
        self.calls.append((request.query_string, request.headers["Content-Type"], body))
        return web.Response(text="OK", status=self.status)

    def forms(self, encoding: str = "cp1251") -> list[dict[str, str]]:
        """The bodies so far, read as forms."""
        return [dict(parse_qsl(body.decode(), True, encoding=encoding)) for _, _, body in self.calls]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    client = Client()
    app = web.Application()
    app.router.add_post("/push", client.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    client.url = f"http://{host}:{port}/push"
    yield client
    await runner.cleanup()


@pytest.fixture
async def stand(clock: Clock, client: Client) -> AsyncIterator[SmscServer]:
    async with SmscServer(clock=clock, pace=10) as server:
        server.push_to = client.url
        yield server


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def md5(text: str, encoding: str = "cp1251") -> str:
    return hashlib.md5(text.encode(encoding), usedforsecurity=False).hexdigest()


async def test_each_change_of_a_status_is_told_once(
    http: aiohttp.ClientSession, stand: SmscServer, clock: Clock, client: Client
) -> None:
    await ask_json(http, stand, "send", phones="79161002030,79161002001", mes="x", id="our.7")
    assert await stand.push_pending() == 0, "that it waits is no news"
    clock.forward(seconds=10)
    assert await stand.push_pending() == 2
    clock.forward(seconds=10)
    assert await stand.push_pending() == 2
    assert await stand.push_pending() == 0
    told = [(one["id"], one["phone"], one["status"], one["err"]) for one in client.forms()]
    assert told == [
        ("our.7", "79161002030", "0", "0"),
        ("our.7", "79161002001", "0", "0"),
        ("our.7", "79161002030", "1", "0"),
        ("our.7", "79161002001", "20", "6"),
    ]
    assert client.forms()[2]["ts"] == str(int(NOON.timestamp()) + 20)
    assert client.calls[0][1] == "application/x-www-form-urlencoded"
    assert "md5" not in client.forms()[0]


async def test_an_incoming_sms_is_told_in_windows_1251(stand: SmscServer, client: Client) -> None:
    stand.receive("79161002030", "Да; нет & ё", to=TO)
    assert await stand.push_pending() == 1
    (form,) = client.forms()
    assert (form["id"], form["phone"], form["mes"], form["to"]) == ("1", "79161002030", "Да; нет & ё", TO)


@pytest.mark.parametrize("encoding", ["cp1251", "utf-8", "koi8-r"])
async def test_a_call_is_signed_in_the_charset_it_is_written_in(
    stand: SmscServer, client: Client, encoding: str
) -> None:
    charset = {} if encoding == "cp1251" else {"charset": encoding}
    query = "&".join(["md5", "sha1", *(f"{name}={value}" for name, value in charset.items())])
    stand.push_to = f"{client.url}?{query}"
    stand.push_secret = "секрет"
    stand.receive("79161002030", "Да", to=TO)
    assert await stand.push_pending() == 1
    assert client.calls[0][0].startswith("md5")
    (form,) = client.forms(encoding)
    signed = f"79161002030:Да:{TO}:секрет"
    assert form["md5"] == md5(signed, encoding)
    assert form["sha1"] == hashlib.sha1(signed.encode(encoding), usedforsecurity=False).hexdigest()


@pytest.mark.parametrize(("query", "secret"), [("", "s"), ("?md5=1", None)])
async def test_unsigned_unless_the_url_asks_for_it_and_there_is_a_secret(
    stand: SmscServer, client: Client, query: str, secret: str | None
) -> None:
    stand.push_to = client.url + query
    stand.push_secret = secret
    stand.receive("79161002030", "x")
    await stand.push_pending()
    assert not {"md5", "sha1"} & client.forms()[0].keys()


async def test_a_status_in_json_is_signed_too(
    http: aiohttp.ClientSession, stand: SmscServer, clock: Clock, client: Client
) -> None:
    stand.push_to = f"{client.url}?fmt=3&md5=1"
    stand.push_secret = "s"
    await ask_json(http, stand, "send", **ONE, id="7", hlr="1")
    clock.forward(seconds=60)
    await stand.push_pending()
    _, label, body = client.calls[-1]
    assert label == "application/json; charset=windows-1251"
    told: dict[str, Any] = json.loads(body.decode("cp1251"))
    assert (told["id"], told["phone"], told["status"], told["type"]) == (7, "79161002030", 1, 4)
    assert told["net"] == "МТС"
    assert told["md5"] == md5("7:79161002030:1:s")


async def test_a_call_in_xml(stand: SmscServer, client: Client) -> None:
    stand.push_to = f"{client.url}?fmt=2&charset=utf-8"
    stand.receive("79161002030", "<Да>")
    await stand.push_pending()
    root = etree.fromstring(client.calls[0][2])
    assert (root.findtext("phone"), root.findtext("mes")) == ("79161002030", "<Да>")


async def test_a_failed_call_is_repeated_and_given_up_after_three(stand: SmscServer, client: Client) -> None:
    stand.receive("79161002030", "one")
    client.status = 500
    assert await stand.push_pending() == 0
    client.status = 200
    assert await stand.push_pending() == 1
    assert [one["mes"] for one in client.forms()] == ["one", "one"]
    stand.receive("79161002030", "two")
    client.status = 500
    assert [await stand.push_pending() for _ in range(5)] == [0] * 5
    assert [one.http_status for one in stand.pushed] == [500, 200, 500, 500, 500]


async def test_a_client_that_is_not_there_is_called_again(stand: SmscServer, client: Client) -> None:
    there = client.url
    stand.push_to = "http://127.0.0.1:1/push"
    stand.receive("79161002030", "one")
    assert await stand.push_pending() == 0
    assert stand.pushed[0].http_status is None
    stand.push_to = there
    assert await stand.push_pending() == 1


async def test_calls_can_be_repeated_and_forged(stand: SmscServer, client: Client) -> None:
    stand.push_to = f"{client.url}?md5"
    stand.push_secret = "s"
    stand.receive("79161002030", "true", to=TO)
    await stand.push_pending()
    assert await stand.push(stand.pushed[0].fields, secret="s") == 200
    first, second = client.forms()
    assert first == second
    await stand.push({"id": "7", "phone": "79161002030", "status": "1"}, secret="guessed")
    await stand.push({"id": "7", "phone": "79161002030", "status": "1"})
    await stand.push({"id": "7", "phone": "79161002030", "status": "1", "md5": "0" * 32}, secret="s")
    await stand.push({"phone": "79161002030", "ts": "1", "waitcall": "1"}, secret="s")
    guessed, unsigned, written, called = client.forms()[2:]
    assert guessed["md5"] == md5("7:79161002030:1:guessed")
    assert "md5" not in unsigned
    assert written["md5"] == "0" * 32
    assert called["md5"] == md5("79161002030:1:s")


async def test_nothing_of_the_time_before_a_url_was_given_is_told(
    http: aiohttp.ClientSession, stand: SmscServer, clock: Clock, client: Client
) -> None:
    stand.push_to = None
    stand.receive("79161002030", "early")
    await ask_json(http, stand, "send", **ONE)
    clock.forward(seconds=60)
    assert await stand.push_pending() == 0
    stand.push_to = client.url
    assert await stand.push_pending() == 0
    assert client.calls == []


@pytest.mark.parametrize(
    "url", ["http://93.184.216.34/push", "http://[2001:db8::1]/push", "http://example.org/"]
)
async def test_only_this_machine_is_called(stand: SmscServer, url: str) -> None:
    with pytest.raises(ValueError, match=r"only this machine|does not appear to be"):
        stand.push_to = url
