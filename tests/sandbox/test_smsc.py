"""The stand-in of SMSC, asked with requests built by hand after seed 003 and the protocol sheet."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote, urlencode

import aiohttp
import pytest
from lxml import etree

from sandbox.faults import PROCESSED, Kind
from sandbox.smsc import SmscServer
from sandbox.stand import CUT, WRITTEN
from tests.sandbox.smsc import JSON, LOGIN, NOON, ONE, Clock, ask, ask_json


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


@pytest.mark.parametrize(
    ("cost", "fmt", "answer"),
    [
        ("0", "0", "OK - 1 SMS, ID - 1"),
        ("0", "1", "1,1"),
        ("0", "2", "<result>\n<id>1</id>\n<cnt>1</cnt>\n</result>"),
        ("0", "3", '{\n"id": 1,\n"cnt": 1\n}'),
        ("1", "0", "2.50 (1 SMS)"),
        ("1", "1", "2.50,1"),
        ("1", "2", "<result>\n<cost>2.50</cost>\n<cnt>1</cnt>\n</result>"),
        ("1", "3", '{\n"cost": "2.50",\n"cnt": 1\n}'),
        ("2", "0", "OK - 1 SMS, ID - 1, COST - 2.50"),
        ("2", "1", "1,1,2.50"),
        ("2", "2", "<result>\n<id>1</id>\n<cnt>1</cnt>\n<cost>2.50</cost>\n</result>"),
        ("2", "3", '{\n"id": 1,\n"cnt": 1,\n"cost": "2.50"\n}'),
        ("3", "0", "OK - 1 SMS, ID - 1, COST - 2.50, BALANCE - 997.50"),
        ("3", "1", "1,1,2.50,997.50"),
        (
            "3",
            "2",
            "<result>\n<id>1</id>\n<cnt>1</cnt>\n<cost>2.50</cost>\n<balance>997.50</balance>\n</result>",
        ),
        ("3", "3", '{\n"id": 1,\n"cnt": 1,\n"cost": "2.50",\n"balance": "997.50"\n}'),
    ],
)
async def test_a_send_in_every_format(
    http: aiohttp.ClientSession, stand: SmscServer, cost: str, fmt: str, answer: str
) -> None:
    assert await ask(http, stand, "send", LOGIN | ONE | {"cost": cost, "fmt": fmt}) == answer
    assert len(stand.journal.accepted) == (0 if cost == "1" else 1)
    assert stand.balance == Decimal("1000.00" if cost == "1" else "997.50")


async def test_the_journal_has_all_of_a_message(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    answer = await ask_json(http, stand, "send", **ONE, id="our-id.7", sender="SHOP")
    assert answer == {"id": "our-id.7", "cnt": 1}
    (entry,) = stand.journal.accepted
    assert entry.gateway == "smsc"
    assert entry.login == "demo"
    assert (entry.msisdn, entry.text, entry.sender) == ("79161002030", "Привет", "SHOP")
    assert (entry.gateway_ids, entry.ref) == (("our-id.7",), "our-id.7")
    assert (entry.send_at, entry.accepted_at, entry.segments) == (None, NOON, 1)
    assert stand.requests == [("send", {**JSON, **ONE, "id": "our-id.7", "sender": "SHOP"})]


async def test_json_is_utf_8_under_a_windows_1251_label(
    http: aiohttp.ClientSession, stand: SmscServer
) -> None:
    await ask_json(http, stand, "send", **ONE, id="7")
    query = urlencode(JSON | {"id": "7", "phone": "79161002030", "all": "1"})
    async with http.get(f"{stand.url}status.php?{query}") as response:
        assert response.headers["Content-Type"] == "application/json; charset=windows-1251"
        raw = await response.read()
    assert "Привет".encode() in raw
    assert not raw.endswith(b"\n")


async def test_without_a_charset_both_ways_are_windows_1251(
    http: aiohttp.ClientSession, stand: SmscServer
) -> None:
    login = "login=demo&psw=demo-password&fmt=3&id=7"
    mes = quote("Привет".encode("cp1251"))
    async with http.get(f"{stand.url}send.php?{login}&phones=79161002030&mes={mes}") as response:
        assert json.loads(await response.read()) == {"id": 7, "cnt": 1}
    assert stand.journal.accepted[0].text == "Привет"
    async with http.get(f"{stand.url}status.php?{login}&phone=79161002030&all=1") as response:
        assert "Привет".encode("cp1251") in await response.read()


@pytest.mark.parametrize(
    "credentials",
    [
        {"login": "demo", "psw": "demo-password"},
        {"login": "demo", "psw": hashlib.md5(b"demo-password", usedforsecurity=False).hexdigest()},
        {"apikey": "KEY"},
    ],
)
async def test_three_ways_to_log_in(
    http: aiohttp.ClientSession, stand: SmscServer, credentials: dict[str, str]
) -> None:
    assert await ask(http, stand, "balance", credentials | {"fmt": "3"}) == '{\n"balance": "1000.00"\n}'


@pytest.mark.parametrize("credentials", [{"login": "demo", "psw": "x"}, {"apikey": "x"}, {}])
@pytest.mark.parametrize("script", ["send", "status", "balance"])
@pytest.mark.parametrize(
    ("fmt", "answer"),
    [
        ("0", "ERROR = 2 (authorise error)"),
        ("1", "0,-2"),
        ("2", "<result>\n<error>authorise error</error>\n<error_code>2</error_code>\n</result>"),
        ("3", '{\n"error": "authorise error",\n"error_code": 2\n}'),
    ],
)
async def test_the_error_envelope_in_every_format(
    http: aiohttp.ClientSession,
    stand: SmscServer,
    script: str,
    credentials: dict[str, str],
    fmt: str,
    answer: str,
) -> None:
    assert await ask(http, stand, script, credentials | {"fmt": fmt}) == answer


@pytest.mark.parametrize(
    ("currency", "fmt", "answer"),
    [
        ("0", "0", "1000.00"),
        ("1", "0", "1000.00 RUR"),
        ("0", "1", "1000.00"),
        ("0", "2", "<balance>1000.00</balance>"),
        ("1", "3", '{\n"balance": "1000.00",\n"currency": "RUR"\n}'),
    ],
)
async def test_the_balance_in_every_format(
    http: aiohttp.ClientSession, stand: SmscServer, currency: str, fmt: str, answer: str
) -> None:
    assert await ask(http, stand, "balance", LOGIN | {"cur": currency, "fmt": fmt}) == answer


async def test_several_numbers_share_one_id(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    answer = await ask_json(http, stand, "send", phones="+79161002030;89161002031,9161002032", mes="x" * 161)
    assert answer == {"id": 1, "cnt": 6}
    assert [entry.msisdn for entry in stand.journal.accepted] == ["79161002030", "79161002031", "79161002032"]
    assert {entry.gateway_ids for entry in stand.journal.accepted} == {("1",)}
    assert len({entry.request_id for entry in stand.journal.accepted}) == 1


async def test_a_list_has_a_text_for_each_line(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    lines = "79161002030,79161002031:one\\ntwo\nSHOP,3|79161002032:three: four"
    assert (await ask_json(http, stand, "send", list=lines))["cnt"] == 3
    assert [(entry.msisdn, entry.text, entry.sender) for entry in stand.journal.accepted] == [
        ("79161002030", "one\ntwo", "ACME"),
        ("79161002031", "one\ntwo", "ACME"),
        ("79161002032", "three: four", "SHOP"),
    ]


async def test_a_list_with_nl_has_texts_of_many_lines(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    await ask_json(http, stand, "send", list="79161002030:one\ntwo\n79161002031:three", nl="1")
    assert [entry.text for entry in stand.journal.accepted] == ["one\ntwo", "three"]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"phones": "79161002030"}, 1),
        ({"mes": "x"}, 1),
        ({"list": "79161002030"}, 1),
        (ONE | {"mes": "x" * 1001}, 1),
        (ONE | {"id": "0"}, 1),
        (ONE | {"id": "2147483648"}, 1),
        (ONE | {"id": "a" * 41}, 1),
        (ONE | {"id": "blank here"}, 1),
        (ONE | {"valid": "25"}, 1),
        (ONE | {"cost": "4"}, 1),
        (ONE | {"time": "tomorrow"}, 5),
        (ONE | {"time": "3202261200"}, 5),
    ],
)
async def test_refusals_of_a_send_before_it_has_an_id(
    http: aiohttp.ClientSession, stand: SmscServer, parameters: dict[str, str], code: int
) -> None:
    answer = await ask_json(http, stand, "send", **parameters)
    assert answer["error_code"] == code
    assert "id" not in answer
    assert stand.journal.accepted == []


@pytest.mark.parametrize(
    ("parameters", "code", "words"),
    [
        (ONE | {"sender": "NOBODY"}, 6, "message is denied"),
        (ONE | {"phones": "12"}, 7, "invalid number"),
        (ONE | {"phones": "79161002006"}, 8, "can't to deliver"),
        (ONE | {"mes": "x" * 1000, "phones": ",".join(["79161002030"] * 60)}, 3, "no money"),
    ],
)
async def test_refusals_of_a_send_with_its_id(
    http: aiohttp.ClientSession, stand: SmscServer, parameters: dict[str, str], code: int, words: str
) -> None:
    answer = await ask_json(http, stand, "send", **parameters)
    assert answer == {"error": words, "error_code": code, "id": 1}
    assert await ask(http, stand, "send", LOGIN | parameters) == f"ERROR = {code} ({words}), ID - 2"
    assert await ask(http, stand, "send", LOGIN | parameters | {"fmt": "1"}) == f"3,-{code}"
    assert stand.journal.accepted == []
    assert stand.balance == Decimal("1000.00")


async def test_op_gives_every_number_of_a_batch_its_status(
    http: aiohttp.ClientSession, stand: SmscServer
) -> None:
    answer = await ask_json(http, stand, "send", phones="79161002030,79161002006,12", mes="x", op="1")
    assert answer == {
        "id": 1,
        "cnt": 1,
        "phones": [
            {"phone": "79161002030", "mccmnc": "25001", "cost": "2.50", "status": "-1", "error": "0"},
            {"phone": "79161002006", "mccmnc": "25001", "cost": "0", "status": "25", "error": "248"},
            {"phone": "12", "mccmnc": "", "cost": "0", "status": "22", "error": "249"},
        ],
    }
    assert [entry.msisdn for entry in stand.journal.accepted] == ["79161002030"]
    assert (await ask_json(http, stand, "status", id="1", phone="79161002006"))["status"] == 25


async def test_err_gives_only_the_bad_numbers(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    answer = await ask_json(http, stand, "send", phones="79161002030,79161002006", mes="x", err="1")
    assert [row["phone"] for row in answer["phones"]] == ["79161002006"]
    xml = await ask(http, stand, "send", LOGIN | ONE | {"fmt": "2", "op": "1"})
    assert etree.fromstring(xml).findtext("phones/phone/cost") == "2.50"


@pytest.mark.parametrize(
    ("parameters", "send_at"),
    [
        ({"time": "0"}, None),
        ({"time": "0203261200"}, datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ({"time": "02.03.26 12:00"}, datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ({"time": "02.03.26 12:00", "tz": "2"}, datetime(2026, 3, 2, 7, tzinfo=UTC)),
        ({"time": "0" + str(int(NOON.timestamp()) + 60)}, NOON + timedelta(seconds=60)),
        ({"time": "+90"}, NOON + timedelta(minutes=90)),
        ({"time": "9-18"}, None),
        ({"time": "14-18"}, datetime(2026, 3, 1, 11, tzinfo=UTC)),
        ({"time": "9-11"}, datetime(2026, 3, 2, 6, tzinfo=UTC)),
        ({"time": "01.03.26 11:00"}, None),
    ],
)
async def test_the_notations_of_time(
    http: aiohttp.ClientSession, stand: SmscServer, parameters: dict[str, str], send_at: datetime | None
) -> None:
    assert (await ask_json(http, stand, "send", **ONE, **parameters))["cnt"] == 1
    assert stand.journal.accepted[0].send_at == send_at


@pytest.mark.parametrize(
    ("number", "states"),
    [
        ("79161002030", [(-1, 0), (0, 0), (1, 0)]),
        ("79161002001", [(-1, 0), (0, 0), (20, 6)]),
        ("79161002002", [(-1, 0), (0, 0), (3, 6)]),
        ("79161002003", [(-1, 0), (0, 0), (23, 255)]),
        ("79161002004", [(-1, 0), *[(0, 0)] * 10, (1, 0)]),
        ("79161002005", [(-1, 0), (-1, 0), (0, 0), (1, 0)]),
        ("79161002007", [(-3, None), (-3, None), (-3, None)]),
    ],
)
async def test_the_number_scripts_the_life(
    http: aiohttp.ClientSession,
    stand: SmscServer,
    clock: Clock,
    number: str,
    states: list[tuple[int, int | None]],
) -> None:
    await ask_json(http, stand, "send", phones=number, mes="x", id="7")
    for state in states:
        row = await ask_json(http, stand, "status", id="7", phone=f"+{number}")
        assert (row["status"], row.get("err")) == state
        clock.forward(seconds=10)


async def test_a_single_status_is_an_object_with_moscow_text_and_true_timestamp(
    http: aiohttp.ClientSession, stand: SmscServer, clock: Clock
) -> None:
    await ask_json(http, stand, "send", **ONE, id="7")
    clock.forward(seconds=60)
    short = {
        "status": 1,
        "last_date": "01.03.2026 12:00:20",
        "last_timestamp": int(NOON.timestamp()) + 20,
        "flag": 0,
        "err": 0,
    }
    assert await ask_json(http, stand, "status", id="7", phone="79161002030") == short
    full = await ask_json(http, stand, "status", id="7", phone="79161002030", all="1")
    assert full == short | {
        "send_date": "01.03.2026 12:00:00",
        "send_timestamp": int(NOON.timestamp()),
        "phone": "79161002030",
        "cost": "2.50",
        "sender_id": "ACME",
        "status_name": "Доставлено",
        "message": "Привет",
        "comment": "",
        "type": 0,
    }


async def test_a_list_of_statuses_is_an_array_that_names_them(
    http: aiohttp.ClientSession, stand: SmscServer, clock: Clock
) -> None:
    await ask_json(http, stand, "send", phones="79161002030,79161002002", mes="x")
    clock.forward(seconds=60)
    rows = await ask_json(http, stand, "status", id="1,1,own", phone="79161002030,79161002002,79161002030")
    assert [(row["id"], row["phone"], row["status"]) for row in rows] == [
        (1, "79161002030", 1),
        (1, "79161002002", 3),
        ("own", "79161002030", -3),
    ]
    assert rows[2] == {"status": -3, "id": "own", "phone": "79161002030"}


async def test_trailing_commas_make_a_list_of_one(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    assert await ask(http, stand, "status", JSON | {"id": "9,", "phone": "79161002030,"}) == (
        '[{\n"status": -3,\n"id": 9,\n"phone": "79161002030"\n}]'
    )
    assert (
        await ask(http, stand, "status", JSON | {"id": "9", "phone": "79161002030"}) == '{\n"status": -3\n}'
    )


@pytest.mark.parametrize(
    ("fmt", "every", "answer"),
    [
        ("0", "0", "Status = -1, check_time = 01.03.2026 12:00:00, err = 0"),
        ("1", "0", "-1,{at},0"),
        (
            "2",
            "0",
            "<sms>\n<status>-1</status>\n<last_date>01.03.2026 12:00:00</last_date>\n"
            "<last_timestamp>{at}</last_timestamp>\n<flag>0</flag>\n<err>0</err>\n</sms>",
        ),
        (
            "0",
            "1",
            "Status = -1, check_time = 01.03.2026 12:00:00, err = 0, send_date = 01.03.2026 12:00:00, "
            "phone = 79161002030, cost = 2.50, sender_id = ACME, status_name = Ожидает отправки, "
            "message = Привет, comment = , type = 0",
        ),
        ("1", "1", "-1,{at},0,{at},79161002030,2.50,ACME,Ожидает отправки,Привет,,0"),
    ],
)
async def test_a_status_in_the_other_formats(
    http: aiohttp.ClientSession, stand: SmscServer, fmt: str, every: str, answer: str
) -> None:
    await ask_json(http, stand, "send", **ONE, id="7")
    parameters = LOGIN | {"id": "7", "phone": "79161002030", "fmt": fmt, "all": every}
    assert await ask(http, stand, "status", parameters) == answer.format(at=int(NOON.timestamp()))


async def test_a_list_of_numbers_is_one_line_a_message(
    http: aiohttp.ClientSession, stand: SmscServer
) -> None:
    await ask_json(http, stand, "send", **ONE, id="7")
    parameters = LOGIN | {"id": "7,8", "phone": "79161002030,79161002030", "fmt": "1"}
    assert await ask(http, stand, "status", parameters) == f"-1,{int(NOON.timestamp())},0\n-3,0,0"


@pytest.mark.parametrize(
    "parameters", [{"id": "7"}, {"phone": "79161002030"}, {"id": "7,8", "phone": "79161002030"}]
)
async def test_a_status_wants_as_many_ids_as_numbers(
    http: aiohttp.ClientSession, stand: SmscServer, parameters: dict[str, str]
) -> None:
    assert (await ask_json(http, stand, "status", **parameters))["error_code"] == 1


@pytest.mark.parametrize(
    ("fmt", "answer"), [("0", "OK"), ("1", "OK"), ("2", "<result>OK</result>"), ("3", '{\n"result": "OK"\n}')]
)
async def test_a_scheduled_message_can_be_deleted_once(
    http: aiohttp.ClientSession, stand: SmscServer, fmt: str, answer: str
) -> None:
    await ask_json(http, stand, "send", **ONE, id="7", time="+60")
    message = {"id": "7", "phone": "79161002030"}
    assert await ask(http, stand, "status", LOGIN | message | {"del": "1", "fmt": fmt}) == answer
    (entry,) = stand.journal.cancelled
    assert (entry.gateway_ids, entry.ref, entry.msisdn, entry.cancelled_at) == (
        ("7",),
        "7",
        "79161002030",
        NOON,
    )
    assert stand.balance == Decimal("1000.00")
    assert (await ask_json(http, stand, "status", **message))["status"] == -3
    assert (await ask_json(http, stand, "status", **message, **{"del": "1"}))["error_code"] == 5


async def test_what_has_left_cannot_be_deleted_nor_its_neighbour(
    http: aiohttp.ClientSession, stand: SmscServer, clock: Clock
) -> None:
    await ask_json(http, stand, "send", **ONE, id="7")
    clock.forward(seconds=10)
    await ask_json(http, stand, "send", **ONE, id="8")
    both = {"id": "7,8", "phone": "79161002030,79161002030", "del": "1"}
    assert (await ask_json(http, stand, "status", **both))["error_code"] == 5
    assert stand.journal.cancelled == []


async def test_a_repeat_within_a_minute_is_refused_only_when_limits_are_on(
    http: aiohttp.ClientSession, stand: SmscServer, clock: Clock
) -> None:
    for wanted in (1, 2):
        await ask_json(http, stand, "send", **ONE)
        assert len(stand.journal.accepted) == wanted
    stand.limits = True
    await ask_json(http, stand, "send", **ONE)
    answer = await ask_json(http, stand, "send", **ONE)
    assert answer == {"error": "duplicate request, wait a minute", "error_code": 9}
    assert (await ask_json(http, stand, "send", **ONE, id="other"))["cnt"] == 1
    clock.forward(seconds=60)
    assert (await ask_json(http, stand, "send", **ONE))["cnt"] == 1


async def test_the_sixth_price_question_in_a_minute_is_refused(
    http: aiohttp.ClientSession, stand: SmscServer
) -> None:
    stand.limits = True
    answers = [await ask_json(http, stand, "send", **ONE, cost="1") for _ in range(6)]
    assert [answer.get("error_code") for answer in answers] == [None] * 5 + [9]


async def test_fifteen_requests_at_once_are_too_many(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    stand.faults.add(kind="hang", times=14)
    hanging = [asyncio.create_task(ask(http, stand, "balance", JSON)) for _ in range(14)]
    await stand.wait_for(lambda: len(stand.faults.applied) == 14)
    answer = await ask_json(http, stand, "send", **ONE)
    assert answer == {"error": "too many concurrent requests", "error_code": 9}
    hanging.pop().cancel()
    await stand.wait_for(lambda: stand.in_flight == 13)
    assert (await ask_json(http, stand, "send", **ONE))["cnt"] == 1
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)


@pytest.mark.parametrize(
    ("kind", "code", "words"),
    [
        ("auth", 2, "authorise error"),
        ("no_money", 3, "no money"),
        ("blocked", 4, "ip is blocked"),
        ("throttle", 9, "too many concurrent requests"),
    ],
)
async def test_refusals_on_order_are_smscs_own(
    http: aiohttp.ClientSession, stand: SmscServer, kind: Kind, code: int, words: str
) -> None:
    stand.faults.add("send", kind=kind)
    assert await ask_json(http, stand, "send", **ONE) == {"error": words, "error_code": code}
    assert stand.journal.accepted == []


@pytest.mark.parametrize("kind", sorted(PROCESSED - {"accept_then_hang", "accept_late"}))
async def test_a_fault_after_processing_leaves_the_message_accepted(
    http: aiohttp.ClientSession, stand: SmscServer, kind: Kind
) -> None:
    stand.faults.drip_pause = 0
    stand.faults.add("send", kind=kind)
    try:
        async with http.post(f"{stand.url}send.php?{urlencode(JSON | ONE)}") as response:
            await response.read()
    except aiohttp.ClientError:
        assert kind in CUT | WRITTEN
    assert len(stand.journal.accepted) == 1
    assert stand.faults.applied == [("send", kind, True)]


async def test_an_unknown_script_is_not_found(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    async with http.get(f"{stand.url}nothing.php") as response:
        assert response.status == 404
