"""What SMSC's stand-in lets read: full statuses, lookups, balance with credit, and all of get.php."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import aiohttp
import pytest
from lxml import etree

from sandbox.smsc import SmscServer
from tests.sandbox.smsc import JSON, LOGIN, NOON, ONE, Clock, ask, ask_json

TO = "79990001122"


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


async def test_the_credit_is_told_with_the_currency(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    stand.credit = Decimal(500)
    assert await ask(http, stand, "balance", JSON) == '{\n"balance": "1000.00"\n}'
    answer = await ask_json(http, stand, "balance", cur="1")
    assert answer == {"balance": "1000.00", "credit": "500", "currency": "RUR"}
    assert await ask(http, stand, "balance", LOGIN | {"cur": "1"}) == "1000.00 RUR"


async def test_credit_can_be_spent(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    stand.balance = Decimal(1)
    assert (await ask_json(http, stand, "send", **ONE))["error_code"] == 3
    stand.credit = Decimal(2)
    assert (await ask_json(http, stand, "send", **ONE, cost="3"))["balance"] == "-1.50"


HLR_EMPTY = dict.fromkeys(("imsi", "msc", "mcc", "mnc", "cn", "net", "rcn", "rnet"), "")


async def test_a_lookup_has_its_own_fields(
    http: aiohttp.ClientSession, stand: SmscServer, clock: Clock
) -> None:
    answer = await ask_json(http, stand, "send", phones="79161002030,79161002001", hlr="1", id="7")
    assert answer == {"id": 7, "cnt": 2}
    assert [(one.kind, one.text) for one in stand.journal.accepted] == [("hlr", "")] * 2
    message = {"id": "7", "phone": "79161002030"}
    early = await ask_json(http, stand, "status", **message)
    assert early["status"] == -1
    assert early.items() >= HLR_EMPTY.items()
    clock.forward(seconds=60)
    found = await ask_json(http, stand, "status", **message)
    assert list(found)[5:] == ["imsi", "msc", "mcc", "mnc", "cn", "net", "rcn", "rnet"]
    assert (found["status"], found["mcc"], found["mnc"], found["net"]) == (1, "250", "01", "МТС")
    line = await ask(http, stand, "status", LOGIN | message | {"fmt": "1"})
    assert line == f"1,{found['last_timestamp']},0," + ",".join(found[name] for name in HLR_EMPTY)
    dead = await ask_json(http, stand, "status", id="7", phone="79161002001")
    assert dead["status"] == 20
    assert dead["imsi"] == ""


async def test_the_fullest_status_names_the_network(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    await ask_json(http, stand, "send", **ONE, id="7", flash="1")
    message = {"id": "7", "phone": "79161002030", "all": "2"}
    row = await ask_json(http, stand, "status", **message)
    assert row["flag"] == row["type"] == 1
    network = {name: row[name] for name in ("mccmnc", "country", "operator", "operator_orig", "region")}
    assert network == {
        "mccmnc": "25001",
        "country": "Россия",
        "operator": "МТС",
        "operator_orig": "МТС",
        "region": "",
    }
    assert row["sms_cnt"] == 1
    line = await ask(http, stand, "status", LOGIN | message | {"fmt": "1"})
    at = int(NOON.timestamp())
    # Twelve values, the type and the comment not counted: what the vendor's own library splits it into.
    assert line == f"-1,{at},0,{at},79161002030,Россия,МТС,,2.50,ACME,Ожидает отправки,Привет,,1"


@pytest.mark.parametrize("level", ["3", "x"])
async def test_there_is_no_fuller_status(http: aiohttp.ClientSession, stand: SmscServer, level: str) -> None:
    answer = await ask_json(http, stand, "status", id="7", phone="79161002030", all=level)
    assert answer["error_code"] == 1


async def test_a_finished_message_can_be_deleted_from_history_at_no_refund(
    http: aiohttp.ClientSession, stand: SmscServer, clock: Clock
) -> None:
    await ask_json(http, stand, "send", **ONE, id="7")
    clock.forward(seconds=60)
    message = {"id": "7", "phone": "79161002030"}
    assert await ask_json(http, stand, "status", **message, **{"del": "1"}) == {"result": "OK"}
    assert (await ask_json(http, stand, "status", **message))["status"] == -3
    assert (await ask_json(http, stand, "get", get_messages="1"))["error_code"] == 3
    assert stand.journal.cancelled == []
    assert stand.balance == Decimal("997.50")
    (row,) = await ask_json(http, stand, "get", get_stat="1")
    assert row["cnt"] == 1, "what was spent was spent"


async def test_an_item_of_the_history(http: aiohttp.ClientSession, stand: SmscServer, clock: Clock) -> None:
    await ask_json(http, stand, "send", **ONE, id="our.7", sender="SHOP")
    clock.forward(seconds=60)
    text = await ask(http, stand, "get", JSON | {"get_messages": "1"})
    assert text.startswith('[{\n"status": 1,\n"last_date": "01.03.2026 12:00:20",\n')
    (item,) = await ask_json(http, stand, "get", get_messages="1")
    assert list(item) == [
        "status",
        "last_date",
        "last_timestamp",
        "flag",
        "err",
        "send_date",
        "send_timestamp",
        "phone",
        "mccmnc",
        "country",
        "operator",
        "region",
        "cost",
        "sender_id",
        "status_name",
        "message",
        "comment",
        "type",
        "id",
        "int_id",
        "sms_cnt",
        "format",
        "crc",
    ]
    assert (item["id"], item["int_id"], item["phone"], item["message"], item["sender_id"]) == (
        "our.7",
        1,
        "79161002030",
        "Привет",
        "SHOP",
    )
    assert item["send_timestamp"] == int(NOON.timestamp())


async def test_the_history_as_text(http: aiohttp.ClientSession, stand: SmscServer, clock: Clock) -> None:
    await ask_json(http, stand, "send", **ONE, id="7")
    clock.forward(seconds=60)
    (item,) = await ask_json(http, stand, "get", get_messages="1")
    assert await ask(http, stand, "get", LOGIN | {"get_messages": "1"}) == (
        "Status = 1, check_time = 01.03.2026 12:00:20, send_date = 01.03.2026 12:00:00, phone = 79161002030, "
        "mccmnc = 25001, country = Россия, operator = МТС, region = , cost = 2.50, sender_id = ACME, "
        "status_name = Доставлено, message = Привет, type = 0, ID = 7, int_id = 1, sms_cnt = 1, format = 0, "
        f"crc = {item['crc']}"
    )
    xml = etree.fromstring(await ask(http, stand, "get", LOGIN | {"get_messages": "1", "fmt": "2"}))
    assert xml.findtext("message/message") == "Привет"


async def test_the_history_is_paged_backwards(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    for last in range(10, 15):
        await ask_json(http, stand, "send", phones=f"791610020{last}", mes=str(last))
    pages, before = [], "0"
    for _ in range(3):
        page = await ask_json(http, stand, "get", get_messages="1", cnt="2", prev_id=before)
        pages.append([item["message"] for item in page])
        before = str(page[-1]["int_id"])
    assert pages == [["14", "13"], ["12", "11"], ["10"]]
    end = await ask_json(http, stand, "get", get_messages="1", cnt="2", prev_id=before)
    assert end["error_code"] == 3


async def test_the_history_of_days_and_numbers(
    http: aiohttp.ClientSession, stand: SmscServer, clock: Clock
) -> None:
    clock.now = NOON + timedelta(hours=11, minutes=59)  # one minute to midnight in Moscow
    await ask_json(http, stand, "send", **ONE)
    clock.forward(minutes=2)
    await ask_json(http, stand, "send", phones="79161002031", mes="later")

    async def texts(**asked: str) -> list[str]:
        answer = await ask_json(http, stand, "get", get_messages="1", **asked)
        return [item["message"] for item in answer]

    assert await texts() == ["later", "Привет"]
    assert await texts(start="01.03.2026", end="01.03.2026") == ["Привет"]
    assert await texts(start="02.03.2026") == ["later"]
    assert await texts(phone="+79161002030,79161002099") == ["Привет"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({}, 1),
        ({"get_messages": "1", "get_answers": "1"}, 1),
        ({"get_messages": "1", "start": "2026-03-01"}, 1),
        ({"get_messages": "1", "start": "01.07.2025", "end": "01.03.2026"}, 1),
        ({"get_messages": "1", "cnt": "1001"}, 1),
        ({"get_messages": "1"}, 3),
        ({"get_answers": "1", "hour": "169"}, 1),
        ({"get_answers": "1", "cnt": "10001"}, 1),
        ({"get_stat": "1", "start": "x"}, 1),
    ],
)
async def test_refusals_of_reading(
    http: aiohttp.ClientSession, stand: SmscServer, asked: dict[str, str], code: int
) -> None:
    assert (await ask_json(http, stand, "get", **asked))["error_code"] == code


async def test_an_incoming_sms_as_it_was_recorded(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    stand.receive("79161002030", "Да, спасибо", to=TO, at=NOON - timedelta(hours=1))
    assert await ask(http, stand, "get", JSON | {"get_answers": "1"}) == (
        '[{\n"id": 1,\n"received": "01.03.2026 11:00:00",\n"phone": "79161002030",\n'
        f'"message": "Да, спасибо",\n"to_phone": "{TO}",\n"sent": "01.03.2026 11:00:00"\n}}]'
    )


async def test_incoming_sms_are_asked_for_after_an_id(
    http: aiohttp.ClientSession, stand: SmscServer, clock: Clock
) -> None:
    assert await ask(http, stand, "get", JSON | {"get_answers": "1"}) == "[]"
    for text, to in (("1", TO), ("2", TO), ("3", "79990003344")):
        stand.receive("79161002030", text, to=to)
        clock.forward(hours=2)

    async def texts(**asked: str) -> list[str]:
        return [one["message"] for one in await ask_json(http, stand, "get", get_answers="1", **asked)]

    assert await texts() == ["1", "2", "3"]
    assert await texts(after_id="1") == ["2", "3"]
    assert await texts(after_id="1", cnt="1") == ["2"]
    assert await texts(hour="4") == ["2", "3"]
    assert await texts(to_phone="79990003344") == ["3"]
    assert await texts(after_id="3") == []


async def test_statistics_are_one_line_for_the_login(
    http: aiohttp.ClientSession, stand: SmscServer, clock: Clock
) -> None:
    assert await ask_json(http, stand, "get", get_stat="1") == []
    await ask_json(http, stand, "send", phones="79161002030,79161002031", mes="x" * 161)
    await ask_json(http, stand, "send", **ONE, id="7", time="+60")
    await ask_json(http, stand, "status", id="7", phone="79161002030", **{"del": "1"})
    row = {"login": "demo", "cnt": 4, "credit": "10.00", "debit": "0.00", "currency": "RUR"}
    assert await ask_json(http, stand, "get", get_stat="1") == [row]
    clock.forward(days=1)
    assert await ask_json(http, stand, "get", get_stat="1") == []
    assert await ask_json(http, stand, "get", get_stat="1", start="01.03.2026") == [row]


async def test_prices_are_an_object_of_zones(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    answer = await ask_json(http, stand, "get", get_price="1")
    assert [zone["name"] for zone in answer["zones"]] == ["Россия", "Казахстан"]
    assert (answer["zones"][0]["zone"], answer["zones"][0]["api"]) == ("1", "2.50")
    assert set(answer["zones"][0]) >= {"zone", "name", "api", "mass", "mms", "hlr", "call"}
