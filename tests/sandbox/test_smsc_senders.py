"""senders.php of SMSC's stand-in: every answer of seed 003 to the letter, and what each operation does."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
from lxml import etree

from sandbox.smsc import SmscServer
from tests.sandbox.smsc import JSON, LOGIN, ONE, Clock, ask, ask_json

# As seed 003 writes them, format by format.
TEXT_COLUMNS = (
    "mega_step bee_step motiv_step sber_step winmob_step volnamob_step mts_step tele2_step tele2 ua_reg "
    "ua_int mega_int motiv_int mts_int motiv by_reg by_int tele2_int sber_int"
)
JSON_COLUMNS = (
    "mega_step mega_int bee_step motiv motiv_step motiv_int sber_step sber_int winmob_step volnamob_step "
    "mts_step mts_int tele2_step tele2 tele2_int ua_reg ua_int by_reg by_int"
)
NUMBER = "79161002030"
CHANGED = {"mts_step": 3}  # all else is 2, admitted


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


@pytest.fixture(autouse=True)
def names(stand: SmscServer) -> None:
    stand.senders = {"ACME", "SHOP & CO"}


@pytest.mark.parametrize(
    ("fmt", "answer"),
    [
        ("0", "name = ACME, id = 1\nname = SHOP & CO, id = 2"),
        ("1", "ACME,1\nSHOP & CO,2"),
        ("2", '<list>\n<sender id="1">ACME</sender>\n<sender id="2">SHOP &amp; CO</sender>\n</list>'),
        ("3", '[{\n"sender": "ACME",\n"id": 1\n},\n{\n"sender": "SHOP & CO",\n"id": 2\n}]'),
    ],
)
async def test_the_allowed_names(
    http: aiohttp.ClientSession, stand: SmscServer, fmt: str, answer: str
) -> None:
    await ask_json(http, stand, "senders", add="1", sender="NEW", cmt="For news")
    assert await ask(http, stand, "senders", LOGIN | {"get": "1", "fmt": fmt}) == answer


@pytest.mark.parametrize(
    ("fmt", "answer"),
    [
        (
            "0",
            "name = ACME, status = 1, id = 1\nname = SHOP & CO, status = 2, id = 2\n"
            "name = NEW, status = 0, id = 3",
        ),
        ("1", "ACME,1,1\nSHOP & CO,2,2\nNEW,0,3"),
        (
            "2",
            '<list>\n<sender status="1" id="1">ACME</sender>\n'
            '<sender status="2" id="2">SHOP &amp; CO</sender>\n'
            '<sender status="0" id="3">NEW</sender>\n</list>',
        ),
        (
            "3",
            '[{\n"sender": "ACME",\n"status": 1,\n"id": 1\n},\n'
            '{\n"sender": "SHOP & CO",\n"status": 2,\n"id": 2\n},\n'
            '{\n"sender": "NEW",\n"status": 0,\n"id": 3\n}]',
        ),
    ],
)
async def test_all_names_have_their_status(
    http: aiohttp.ClientSession, stand: SmscServer, fmt: str, answer: str
) -> None:
    await ask_json(http, stand, "senders", add="1", sender="NEW", cmt="For news")
    stand.names.moderate("SHOP & CO", 2)
    assert await ask(http, stand, "senders", LOGIN | {"get": "1", "all": "1", "fmt": fmt}) == answer


async def test_the_columns_of_operators_in_text(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    stand.names.register_at("mts_step", "ACME", 3)
    stand.names.register_at("tele2", "ACME", 255)
    text = await ask(http, stand, "senders", LOGIN | {"get": "1", "operators": "1", "fmt": "0"})
    changed = {"mts_step": 3, "tele2": 255}
    columns = ", ".join(f"{one} = {changed.get(one, 2)}" for one in TEXT_COLUMNS.split())
    assert text.splitlines()[0] == f"name = ACME, {columns}, id = 1"


async def test_the_columns_of_operators_in_xml(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    stand.names.register_at("mts_step", "ACME", 3)
    text = await ask(http, stand, "senders", LOGIN | {"get": "1", "operators": "1", "fmt": "2"})
    columns = " ".join(f'{one}="{CHANGED.get(one, 2)}"' for one in TEXT_COLUMNS.split())
    assert text.splitlines()[:2] == ["<list>", f'<sender {columns} id="1">ACME</sender>']
    assert etree.fromstring(text)[1].text == "SHOP & CO"


async def test_the_columns_of_operators_in_json_are_strings(
    http: aiohttp.ClientSession, stand: SmscServer
) -> None:
    stand.names.register_at("mts_step", "ACME", 3)
    text = await ask(http, stand, "senders", JSON | {"get": "1", "operators": "1"})
    columns = [f'"{one}": "{CHANGED.get(one, 2)}"' for one in JSON_COLUMNS.split()]
    first = ",\n".join(['"sender": "ACME"', *columns, '"id": "1"'])
    assert text.startswith(f"[{{\n{first}\n}},\n{{\n")


async def test_a_substitute_name_is_one_column_more(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    stand.names.named("ACME").replaced_by["mts_replace"] = "INFOSMS"
    rows = await ask_json(http, stand, "senders", get="1", operators="1")
    assert rows[0]["mts_replace"] == "INFOSMS"
    assert "mts_replace" not in rows[1]


async def test_there_is_no_list_by_operator_in_fmt_1(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    assert await ask(http, stand, "senders", LOGIN | {"get": "1", "operators": "1", "fmt": "1"}) == "0,-1"


async def test_pages_of_names_and_those_that_changed(
    http: aiohttp.ClientSession, stand: SmscServer, clock: Clock
) -> None:
    await ask_json(http, stand, "senders", add="1", sender="NEW")
    page = await ask_json(http, stand, "senders", get="1", all="1", cnt="2")
    assert [row["sender"] for row in page] == ["ACME", "SHOP & CO"]
    page = await ask_json(http, stand, "senders", get="1", all="1", cnt="2", prev_id=str(page[-1]["id"]))
    assert [row["sender"] for row in page] == ["NEW"]
    clock.forward(days=2)
    stand.names.register_at("mts_step", "NEW", 2)
    changed = await ask_json(http, stand, "senders", get="1", all="1", from_date="03.03.2026")
    assert [row["sender"] for row in changed] == ["NEW"]


@pytest.mark.parametrize(
    ("fmt", "answer"),
    [("0", "ID = 3"), ("1", "3"), ("2", "<sender>\n<id>3</id>\n</sender>"), ("3", '{\n"sender": 3\n}')],
)
async def test_adding_gives_an_id(
    http: aiohttp.ClientSession, stand: SmscServer, fmt: str, answer: str
) -> None:
    added = LOGIN | {"add": "1", "sender": "NEW", "cmt": "Новости", "mts_step": "1", "fmt": fmt}
    assert await ask(http, stand, "senders", added) == answer
    name = stand.names.named("NEW")
    assert (name.comment, name.operators["mts_step"], name.operators["mega_step"]) == ("Новости", 1, 0)
    assert "NEW" not in stand.senders


async def test_a_name_may_send_once_it_is_allowed_and_no_longer_when_off(
    http: aiohttp.ClientSession, stand: SmscServer
) -> None:
    await ask_json(http, stand, "senders", add="1", sender="NEW")
    assert (await ask_json(http, stand, "send", **ONE, sender="NEW"))["error_code"] == 6
    stand.names.moderate("NEW", 1)
    assert (await ask_json(http, stand, "send", **ONE, sender="NEW"))["cnt"] == 1
    assert stand.journal.accepted[0].sender == "NEW"
    stand.names.moderate("NEW", 2)
    assert (await ask_json(http, stand, "send", **ONE, sender="NEW"))["error_code"] == 6


DONE = [("0", "OK"), ("1", "OK"), ("2", "<result>OK</result>"), ("3", '{\n"result": "OK"\n}')]


@pytest.mark.parametrize(("fmt", "answer"), DONE)
@pytest.mark.parametrize("by", [{"sender": "ACME"}, {"id": "1"}])
async def test_changing_and_deleting_by_name_or_id(
    http: aiohttp.ClientSession, stand: SmscServer, fmt: str, answer: str, by: dict[str, str]
) -> None:
    changed = LOGIN | by | {"chg": "1", "cmt": "Orders", "bee_step": "1", "fmt": fmt}
    assert await ask(http, stand, "senders", changed) == answer
    name = stand.names.named("ACME")
    assert (name.comment, name.operators["bee_step"], name.operators["mts_step"]) == ("Orders", 1, 2)
    assert await ask(http, stand, "senders", LOGIN | by | {"del": "1", "fmt": fmt}) == answer
    assert stand.senders == {"SHOP & CO"}
    rows = await ask_json(http, stand, "senders", get="1", all="1")
    assert [row["sender"] for row in rows] == ["SHOP & CO"]


@pytest.mark.parametrize(("fmt", "answer"), DONE)
async def test_a_number_is_confirmed_by_its_code(
    http: aiohttp.ClientSession, stand: SmscServer, fmt: str, answer: str
) -> None:
    await ask_json(http, stand, "senders", add="1", sender=NUMBER)
    assert (
        await ask(http, stand, "senders", LOGIN | {"send_code": "1", "sender": NUMBER, "fmt": fmt}) == answer
    )
    wrong = await ask_json(http, stand, "senders", check_code="1", sender=NUMBER, code="1")
    assert wrong["error_code"] == 11
    assert NUMBER not in stand.senders
    code = {"check_code": "1", "sender": NUMBER, "code": stand.code_for(NUMBER), "fmt": fmt}
    assert await ask(http, stand, "senders", LOGIN | code) == answer
    assert NUMBER in stand.senders
    await ask_json(http, stand, "send", **ONE)
    assert stand.journal.accepted[0].sender == "ACME", "a number does not become the default name"


async def test_a_code_can_be_given_and_is_worth_nothing_before_it_is_sent(
    http: aiohttp.ClientSession, stand: SmscServer
) -> None:
    stand.names.codes[NUMBER] = "4321"
    await ask_json(http, stand, "senders", add="1", sender=NUMBER)
    confirm = {"check_code": "1", "sender": NUMBER, "code": "4321"}
    assert (await ask_json(http, stand, "senders", **confirm))["error_code"] == 11
    await ask_json(http, stand, "senders", send_code="1", sender=NUMBER)
    assert await ask_json(http, stand, "senders", **confirm) == {"result": "OK"}


async def test_a_code_is_sent_again_after_eight_hours(
    http: aiohttp.ClientSession, stand: SmscServer, clock: Clock
) -> None:
    send_code = {"send_code": "1", "sender": NUMBER}
    await ask_json(http, stand, "senders", add="1", sender=NUMBER)
    assert await ask_json(http, stand, "senders", **send_code) == {"result": "OK"}
    clock.now += timedelta(hours=8, seconds=-1)
    again = await ask_json(http, stand, "senders", **send_code)
    assert again == {"error": "code is already sent", "error_code": 10}
    clock.forward(seconds=1)
    assert await ask_json(http, stand, "senders", **send_code) == {"result": "OK"}


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({}, 1),
        ({"get": "1", "add": "1"}, 1),
        ({"get": "1", "from_date": "yesterday"}, 1),
        ({"add": "1"}, 1),
        ({"add": "1", "sender": "TWELVE-SIGNS"}, 1),
        ({"add": "1", "sender": "1234567890123456"}, 1),
        ({"add": "1", "sender": "ACME"}, 5),
        ({"chg": "1", "cmt": "x"}, 1),
        ({"chg": "1", "sender": "NOBODY", "cmt": "x"}, 3),
        ({"del": "1", "id": "99"}, 3),
        ({"send_code": "1", "sender": NUMBER}, 3),
        ({"send_code": "1", "sender": "ACME"}, 7),
        ({"check_code": "1", "sender": "ACME", "code": "1"}, 11),
    ],
)
async def test_refusals_have_the_numbers_of_the_seed(
    http: aiohttp.ClientSession, stand: SmscServer, parameters: dict[str, str], code: int
) -> None:
    assert (await ask_json(http, stand, "senders", **parameters))["error_code"] == code
    text = await ask(http, stand, "senders", LOGIN | parameters)
    assert text.startswith(f"ERROR = {code} (")
    assert await ask(http, stand, "senders", LOGIN | parameters | {"fmt": "1"}) == f"0,-{code}"
    xml = etree.fromstring(await ask(http, stand, "senders", LOGIN | parameters | {"fmt": "2"}))
    assert [child.tag for child in xml] == ["error", "error_code"]


async def test_a_code_cannot_reach_a_dead_number(http: aiohttp.ClientSession, stand: SmscServer) -> None:
    await ask_json(http, stand, "senders", add="1", sender="79161002006")
    assert (await ask_json(http, stand, "senders", send_code="1", sender="79161002006"))["error_code"] == 8


async def test_names_are_windows_1251_unless_asked_otherwise(
    http: aiohttp.ClientSession, stand: SmscServer
) -> None:
    stand.senders = {"Магазин"}
    query = "login=demo&psw=demo-password&get=1&fmt=3"
    async with http.get(f"{stand.url}senders.php?{query}") as response:
        assert response.headers["Content-Type"] == "application/json; charset=windows-1251"
        assert json.loads((await response.read()).decode("cp1251")) == [{"sender": "Магазин", "id": 1}]
