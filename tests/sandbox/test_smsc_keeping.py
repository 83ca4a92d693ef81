"""What SMSC's stand-in keeps for a client: templates and campaigns."""

import re
from collections.abc import AsyncIterator
from decimal import Decimal

import aiohttp
import pytest
from lxml import etree

from sandbox.smsc import SmscServer
from tests.sandbox.smsc import LOGIN, ONE, Clock, ask, ask_json

JOB = {"add": "1", "name": "News", **ONE}


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


async def test_the_life_of_a_template(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    assert await ask_json(http, stand, "templates", get="1") == []
    added = await ask_json(http, stand, "templates", add="1", name="Ready", msg="Заказ готов", format="viber")
    assert added == {"id": 1}
    changed = {"chg": "1", "id": "1", "msg": "Заказ ждёт", "sender": "SHOP"}
    assert await ask_json(http, stand, "templates", **changed) == {"result": "OK"}
    kept = {"id": 1, "name": "Ready", "message": "Заказ ждёт", "format": "viber", "sender": "SHOP"}
    assert await ask_json(http, stand, "templates", get="1") == [kept]
    assert await ask_json(http, stand, "templates", **{"del": "1", "id": "1"}) == {"result": "OK"}
    assert await ask_json(http, stand, "templates", get="1") == []


@pytest.mark.parametrize(
    ("fmt", "answer"),
    [("0", "ID = 1"), ("1", "1"), ("2", "<result>\n<id>1</id>\n</result>"), ("3", '{\n"id": 1\n}')],
)
async def test_a_new_template_in_every_format(
    http: aiohttp.ClientSession, stand: SmscServer, fmt: str, answer: str
) -> None:
    added = LOGIN | {"add": "1", "name": "Ready", "msg": "Text", "fmt": fmt}
    assert await ask(http, stand, "templates", added) == answer


async def test_templates_in_the_other_formats(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    await ask_json(http, stand, "templates", add="1", name="Ready", msg="a < b")
    text = await ask(http, stand, "templates", LOGIN | {"get": "1"})
    assert text == "id = 1, name = Ready, message = a < b, format = , sender = "
    assert await ask(http, stand, "templates", LOGIN | {"get": "1", "fmt": "1"}) == "1,Ready,a < b,,"
    xml = etree.fromstring(await ask(http, stand, "templates", LOGIN | {"get": "1", "fmt": "2"}))
    assert xml.findtext("template/message") == "a < b"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({}, 1),
        ({"add": "1", "name": "x"}, 1),
        ({"add": "1", "name": "x", "msg": "y", "format": "fax"}, 1),
        ({"add": "1", "name": "Ready", "msg": "y"}, 5),
        ({"chg": "1", "msg": "y"}, 1),
        ({"chg": "1", "id": "9", "msg": "y"}, 3),
        ({"del": "1", "id": "9"}, 3),
    ],
)
async def test_refusals_of_templates(
    http: aiohttp.ClientSession, stand: SmscServer, parameters: dict[str, str], code: int
) -> None:
    await ask_json(http, stand, "templates", add="1", name="Ready", msg="x")
    assert (await ask_json(http, stand, "templates", **parameters))["error_code"] == code


@pytest.mark.parametrize(
    ("cost", "fmt", "answer"),
    [
        ("0", "0", "OK, ID - 1000001"),
        ("0", "1", "1000001"),
        ("0", "2", "<result>\n<id>1000001</id>\n</result>"),
        ("0", "3", '{\n"id": 1000001\n}'),
        ("1", "0", "OK, ID - 1000001, COST - 2.50"),
        ("1", "1", "1000001,2.50"),
        ("1", "2", "<result>\n<id>1000001</id>\n<cost>2.50</cost>\n</result>"),
        ("1", "3", '{\n"id": 1000001,\n"cost": "2.50"\n}'),
    ],
)
async def test_a_new_campaign_sends_with_or_without_its_price(
    http: aiohttp.ClientSession, stand: SmscServer, cost: str, fmt: str, answer: str
) -> None:
    assert await ask(http, stand, "jobs", LOGIN | JOB | {"cost": cost, "fmt": fmt}) == answer
    (entry,) = stand.journal.accepted
    assert (entry.msisdn, entry.text, entry.gateway_ids) == ("79161002030", "Привет", ("1000001",))
    assert stand.balance == Decimal("997.50")
    assert (await ask_json(http, stand, "status", id="1000001", phone="79161002030"))["status"] == -1


async def test_a_campaign_may_send_a_template_or_a_list(
    http: aiohttp.ClientSession, stand: SmscServer
) -> None:
    await ask_json(http, stand, "templates", add="1", name="Ready", msg="Заказ готов")
    await ask_json(http, stand, "jobs", add="1", name="a", phones="79161002030", tpl="1", id="our-1")
    await ask_json(http, stand, "jobs", add="1", name="b", list="79161002031:one\n79161002032:two")
    assert [(one.text, one.ref) for one in stand.journal.accepted] == [
        ("Заказ готов", "our-1"),
        ("one", None),
        ("two", None),
    ]


async def test_a_waiting_campaign_is_stopped_once(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    await ask_json(http, stand, "jobs", **JOB, time="+60")
    job = {"id": "1000001"}
    assert (await ask_json(http, stand, "jobs", get="1", **job))["status"] == "waiting"
    assert await ask_json(http, stand, "jobs", cancel="1", **job) == {"result": "OK"}
    assert (await ask_json(http, stand, "status", id="1000001", phone="79161002030"))["status"] == -2
    assert [one.msisdn for one in stand.journal.cancelled] == ["79161002030"]
    assert stand.balance == Decimal("1000.00")
    assert (await ask_json(http, stand, "jobs", get="1", **job))["status"] == "cancelled"
    assert (await ask_json(http, stand, "jobs", cancel="1", **job))["error_code"] == 1


async def test_what_has_left_stays_when_its_campaign_is_deleted(
    http: aiohttp.ClientSession, stand: SmscServer, clock: Clock
) -> None:
    await ask_json(http, stand, "jobs", **JOB)
    clock.forward(seconds=60)
    assert (await ask_json(http, stand, "jobs", get="1", id="1000001"))["status"] == "finished"
    assert await ask_json(http, stand, "jobs", **{"del": "1", "id": "1000001"}) == {"result": "OK"}
    assert stand.journal.cancelled == []
    assert (await ask_json(http, stand, "jobs", get="1", id="1000001"))["error_code"] == 1
    assert (await ask_json(http, stand, "status", id="1000001", phone="79161002030"))["status"] == 1


async def test_campaigns_are_listed_by_the_day(
    http: aiohttp.ClientSession, stand: SmscServer, clock: Clock
) -> None:
    await ask_json(http, stand, "jobs", **JOB)
    clock.forward(days=1)
    await ask_json(http, stand, "jobs", **JOB | {"name": "Later"})

    async def names(**asked: str) -> list[str]:
        return [job["name"] for job in await ask_json(http, stand, "jobs", get_all="1", **asked)]

    assert await names() == ["News", "Later"]
    assert await names(start="02.03.2026") == ["Later"]
    assert await names(end="01.03.2026") == ["News"]
    text = await ask(http, stand, "jobs", LOGIN | {"get_all": "1"})
    assert all(re.match(r"[0-9]{7}, name = ", line) for line in text.splitlines())


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({}, 1),
        ({"add": "1", **ONE}, 1),
        (JOB | {"cost": "2"}, 1),
        ({"add": "1", "name": "x", "phones": "79161002030"}, 1),
        (JOB | {"time": "tomorrow"}, 5),
        (JOB | {"tpl": "9"}, 1),
        (JOB | {"sender": "NOBODY"}, 1),
        (JOB | {"phones": "12"}, 1),
        (JOB | {"mes": "x" * 1000, "phones": ",".join(["79161002030"] * 60)}, 3),
        ({"get": "1"}, 1),
        ({"get": "1", "id": "9"}, 1),
        ({"get_all": "1", "start": "x"}, 5),
    ],
)
async def test_refusals_of_campaigns(
    http: aiohttp.ClientSession, stand: SmscServer, parameters: dict[str, str], code: int
) -> None:
    answer = await ask_json(http, stand, "jobs", **parameters)
    assert answer["error_code"] == code
    assert "id" not in answer
    assert stand.journal.accepted == []
