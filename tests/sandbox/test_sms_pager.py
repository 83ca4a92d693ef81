"""The stand-in of SMS-Pager, asked with documents written by hand after the tasks of seed 002."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import aiohttp
import pytest
from lxml import etree

from sandbox.faults import PROCESSED, Kind
from sandbox.sms_pager import SmsPagerServer, normalise
from sandbox.stand import CUT, WRITTEN

NOON = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)  # 12:00 in Moscow
DECLARATION = "<?xml version='1.0' encoding='UTF-8'?>\n"
LOGIN = "<login>demo</login>\n<password>demo-password</password>\n"
TEXT = "Добрый день, приглашаем Вас в наш салон"
THREE = """<to number='+79019011234'></to>
<to number='7-902-902-12 34'></to>
<to number='89039031234'></to>
"""


class Clock:
    """A clock that only moves when told to."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def stand(clock: Clock) -> AsyncIterator[SmsPagerServer]:
    async with SmsPagerServer(clock=clock, pace=10) as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def post(http: aiohttp.ClientSession, stand: SmsPagerServer, name: str, body: str) -> bytes:
    """The raw answer; HTTP 200 whatever it says."""
    async with http.post(f"{stand.url}{name}.xml", data=body.encode()) as response:
        assert response.status == 200
        return await response.read()


async def ask(
    http: aiohttp.ClientSession, stand: SmsPagerServer, name: str, inner: str, login: str = LOGIN
) -> etree._Element:
    document = f"{DECLARATION}<data>\n{login}{inner}</data>"
    data = etree.fromstring(await post(http, stand, name, document))
    assert data.tag == "data"
    return data


def flat(data: etree._Element) -> dict[str, str | None]:
    return {str(child.tag): child.text for child in data}


def detail(data: etree._Element) -> dict[str, list[str | None]]:
    """The lists that are there, with their numbers."""
    lists = data.find("detail")
    assert lists is not None
    return {str(members.tag): [number.text for number in members.findall("number")] for members in lists}


async def send_one(
    http: aiohttp.ClientSession, stand: SmsPagerServer, number: str = "79019011234", more: str = ""
) -> dict[str, str | None]:
    inner = f"<text>{TEXT}</text><smsid>abcde123</smsid>{more}<to number='{number}'></to>"
    return flat(await ask(http, stand, "send", inner))


async def test_the_first_task_of_the_manual(http: aiohttp.ClientSession, stand: SmsPagerServer) -> None:
    stand.senders = {"Magazin"}
    inner = f"<action>send</action>\n<text>{TEXT}</text>\n<source>Magazin</source>\n{THREE}"
    answer = flat(await ask(http, stand, "send", inner))
    assert len(answer.pop("smsid") or "") == 32
    assert answer.pop("descr")
    assert answer == {
        "code": "1",
        "datetime": "2026-03-01 12:00:00",
        "action": "send",
        "allRecivers": "3",
        "colSendAbonent": "3",
        "colNonSendAbonent": " 0 ",
        "priceOfSending": "7.50",
        "colsmsOfSending": "3",
        "price": "2.50",
    }
    assert [entry.msisdn for entry in stand.journal.accepted] == ["79019011234", "79029021234", "79039031234"]
    assert stand.balance == Decimal("992.50")


async def test_the_second_task_has_a_time_and_a_text_for_one_number(
    http: aiohttp.ClientSession, stand: SmsPagerServer
) -> None:
    special = f" {TEXT}. Скидка по Вашей дисконтной карте – 5%"
    inner = (
        f"<action>send</action><text>{TEXT}</text><source>ACME</source>"
        "<datetime>2026-05-01 12:00:00</datetime>"
        f"<to number='+79019011234'></to><to number='7-902-902-12 34'>{special}</to>"
    )
    answer = flat(await ask(http, stand, "send", inner))
    assert answer["datetime"] == "2026-05-01 12:00:00"
    assert answer["colsmsOfSending"] == "3"
    first, second = stand.journal.accepted
    assert (first.text, first.segments) == (TEXT, 1)
    assert (second.text, second.segments) == (special, 2)
    assert first.send_at == datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
    assert first.request_id == second.request_id


async def test_the_third_task_sends_twice_under_one_smsid(
    http: aiohttp.ClientSession, stand: SmsPagerServer, clock: Clock
) -> None:
    for hour in (12, 18):
        at = f"<datetime>2026-03-02 {hour}:00:00</datetime>"
        assert (await send_one(http, stand, more=at))["smsid"] == "abcde123"
    assert [entry.ref for entry in stand.journal.accepted] == ["abcde123"] * 2
    clock.forward(days=1, hours=1)
    report = detail(await ask(http, stand, "report", "<smsid >abcde123</smsid>"))
    assert report == {
        "delivered": ["79019011234"],
        "notDelivered": [],
        "waiting": ["79019011234"],
        "enqueued": [],
    }


async def test_the_journal_has_all_of_a_message(http: aiohttp.ClientSession, stand: SmsPagerServer) -> None:
    await send_one(http, stand)
    (entry,) = stand.journal.accepted
    assert entry.gateway == "sms_pager"
    assert entry.gateway_ids == ("abcde123",)
    assert entry.ref == "abcde123"
    assert entry.sender == "ACME"
    assert entry.send_at is None
    assert entry.accepted_at == NOON
    assert stand.requests[-1] == (
        "send",
        {
            "login": "demo",
            "password": "demo-password",
            "text": TEXT,
            "smsid": "abcde123",
            "to": [{"number": "79019011234", "text": None}],
        },
    )


async def test_a_check_counts_but_sends_nothing(http: aiohttp.ClientSession, stand: SmsPagerServer) -> None:
    answer = flat(await ask(http, stand, "send", f"<action>check</action><text>{TEXT}</text>{THREE}"))
    assert (answer["code"], answer["action"], answer["colSendAbonent"]) == ("1", "check", "3")
    assert answer["priceOfSending"] == "7.50"
    assert stand.journal.accepted == []
    assert stand.balance == Decimal("1000.00")


async def test_a_misspelt_check_is_a_real_send(http: aiohttp.ClientSession, stand: SmsPagerServer) -> None:
    answer = await send_one(http, stand, more="<action>Check</action>")
    assert answer["action"] == "send"
    assert len(stand.journal.accepted) == 1


async def test_landlines_are_dropped_and_refused_numbers_counted(
    http: aiohttp.ClientSession, stand: SmsPagerServer
) -> None:
    numbers = "".join(f"<to number='{n}'/>" for n in ("79019011234", "74957271122", "79019011206"))
    answer = flat(await ask(http, stand, "send", f"<text>x</text>{numbers}"))
    assert answer["allRecivers"] == "2"
    assert answer["colSendAbonent"] == "1"
    assert answer["colNonSendAbonent"] == " 1 "
    assert [entry.msisdn for entry in stand.journal.accepted] == ["79019011234"]


async def test_who_the_money_does_not_reach_is_counted_as_not_sent(
    http: aiohttp.ClientSession, stand: SmsPagerServer
) -> None:
    stand.balance = Decimal("5.00")
    answer = flat(await ask(http, stand, "send", f"<text>x</text>{THREE}"))
    assert (answer["colSendAbonent"], answer["colNonSendAbonent"]) == ("2", " 1 ")
    assert stand.balance == Decimal(0)


@pytest.mark.parametrize(
    ("inner", "code"),
    [
        (f"<to number='79019011234'/><smsid>{'a' * 21}</smsid>", "500"),
        ("<text>x</text>", "500"),
        (f"<text>x</text><to number='79019011234'/><smsid>{'a' * 22}</smsid>", "502"),
        ("<text>x</text><to number='79019011234'/><datetime>2026-05-01T12:00</datetime>", "503"),
        ("<text>x</text><to number='79019011234'/><source>NOBODY</source>", "504"),
        ("<text>x</text><to number='74957271122'/>", "510"),
    ],
)
async def test_documented_refusals_of_a_send(
    http: aiohttp.ClientSession, stand: SmsPagerServer, inner: str, code: str
) -> None:
    answer = flat(await ask(http, stand, "send", inner))
    assert answer["code"] == code
    assert set(answer) == {"code", "descr"}
    assert stand.journal.accepted == []


async def test_an_smsid_of_21_characters_is_good(http: aiohttp.ClientSession, stand: SmsPagerServer) -> None:
    inner = f"<text>x</text><to number='79019011234'/><smsid>{'a' * 21}</smsid>"
    assert flat(await ask(http, stand, "send", inner))["code"] == "1"


@pytest.mark.parametrize("name", ["send", "report", "balance", "cancel"])
@pytest.mark.parametrize(
    ("login", "code"),
    [
        ("<login>demo</login><password>x</password>", "501"),
        ("<login>demo</login>", "500"),
        ("<LOGIN>demo</LOGIN><PASSWORD>demo-password</PASSWORD>", "500"),
    ],
)
async def test_every_operation_wants_the_password(
    http: aiohttp.ClientSession, stand: SmsPagerServer, name: str, login: str, code: str
) -> None:
    assert flat(await ask(http, stand, name, "<smsid>a</smsid>", login))["code"] == code


@pytest.mark.parametrize(("body", "code"), [("", "704"), ("<data><login></data>", "7076"), ("<x/>", "500")])
async def test_what_is_not_the_documented_xml_has_a_parser_code(
    http: aiohttp.ClientSession, stand: SmsPagerServer, body: str, code: str
) -> None:
    assert flat(etree.fromstring(await post(http, stand, "balance", body)))["code"] == code


async def test_a_get_is_not_found(http: aiohttp.ClientSession, stand: SmsPagerServer) -> None:
    async with http.get(f"{stand.url}balance.xml") as response:
        assert response.status == 404


async def test_the_balance(http: aiohttp.ClientSession, stand: SmsPagerServer) -> None:
    stand.balance = Decimal("10000.94")
    assert flat(await ask(http, stand, "balance", ""))["account"] == "10000.94"


@pytest.mark.parametrize(
    ("number", "lists"),
    [
        ("79019011234", ["waiting", "enqueued", "delivered"]),
        ("79019011201", ["waiting", "enqueued", "notDelivered"]),
        ("79019011202", ["waiting", "enqueued", "notDelivered"]),
        ("79019011203", ["waiting", "enqueued", "notDelivered"]),
        ("79019011204", ["waiting", *["enqueued"] * 10, "delivered"]),
        ("79019011205", ["onModer", "waiting", "enqueued", "delivered"]),
        ("79019011207", [None, None, None]),
    ],
)
async def test_the_number_scripts_the_life(
    http: aiohttp.ClientSession, stand: SmsPagerServer, clock: Clock, number: str, lists: list[str | None]
) -> None:
    await send_one(http, stand, number)
    for name in lists:
        report = detail(await ask(http, stand, "report", "<smsid>abcde123</smsid>"))
        assert {key: numbers for key, numbers in report.items() if numbers} == (
            {name: [number]} if name else {}
        )
        clock.forward(seconds=10)


async def test_the_list_form_gives_system_ids_that_open_the_detail_with_its_block(
    http: aiohttp.ClientSession, stand: SmsPagerServer, clock: Clock
) -> None:
    inner = f"<text>{TEXT}</text><smsid>abcde123</smsid><to number='79019011234'/><to number='79019011201'/>"
    await ask(http, stand, "send", inner)
    clock.forward(seconds=20)
    (block,) = (await ask(http, stand, "report", "<start>2026-03-01</start><stop>2026-03-01</stop>")).findall(
        "sms"
    )
    fields = flat(block)
    system_id = fields.pop("smsid")
    assert system_id != "abcde123"
    assert fields == {
        "datetime": "2026-03-01 12:00:00",
        "text": TEXT,
        "source": "ACME",
        "allCol": "2",
        "deliveredCol": "1",
        "notDeliveredCol": "1",
        "waitingCol": "0",
        "enqueuedCol": "0",
        "payment": "5.00",
    }
    by_system_id = await ask(http, stand, "report", f"<smsid>{system_id}</smsid>")
    by_own_id = await ask(http, stand, "report", "<smsid>abcde123</smsid>")
    assert flat(by_system_id.findall("sms")[0])["smsid"] == system_id
    assert by_own_id.findall("sms") == []
    assert detail(by_system_id) == detail(by_own_id)


@pytest.mark.parametrize(
    ("period", "count"),
    [
        ("", 1),
        ("<start>0000-00-00</start>", 1),
        ("<start>2026-03-02</start>", 0),
        ("<stop>2026-02-28</stop>", 0),
        ("<start>2026-03-01 12:00:00</start><stop>2026-03-01 12:00:00</stop>", 1),
        ("<start>2026-03-01 12:00:01</start>", 0),
    ],
)
async def test_a_period_is_in_the_accounts_time(
    http: aiohttp.ClientSession, stand: SmsPagerServer, period: str, count: int
) -> None:
    await send_one(http, stand)
    data = await ask(http, stand, "report", period)
    assert data.findtext("code") == "1"
    assert len(data.findall("sms")) == count


async def test_an_unknown_smsid_has_empty_lists(http: aiohttp.ClientSession, stand: SmsPagerServer) -> None:
    data = await ask(http, stand, "report", "<smsid>nothing</smsid>")
    assert data.findtext("code") == "1"
    assert not any(detail(data).values())


async def test_a_scheduled_sending_can_be_checked_and_cancelled_once(
    http: aiohttp.ClientSession, stand: SmsPagerServer
) -> None:
    await send_one(http, stand, more="<datetime>2026-03-01 13:00:00</datetime>")
    for action, done, count in (("check", "check", "1"), ("make", "make", "1"), ("make", "make", "0")):
        inner = f"<action>{action}</action><smsid>abcde123</smsid>"
        answer = flat(await ask(http, stand, "cancel", inner))
        assert (answer["code"], answer["action"], answer["cancelCol"]) == ("1", done, count)
        assert len(stand.journal.cancelled) == (0 if action == "check" else 1)
    (entry,) = stand.journal.cancelled
    assert (entry.msisdn, entry.ref, entry.cancelled_at) == ("79019011234", "abcde123", NOON)
    assert stand.balance == Decimal("1000.00")
    assert detail(await ask(http, stand, "report", "<smsid>abcde123</smsid>"))["cancel"] == ["79019011234"]


async def test_what_is_in_the_network_cannot_be_cancelled(
    http: aiohttp.ClientSession, stand: SmsPagerServer, clock: Clock
) -> None:
    await send_one(http, stand)
    clock.forward(seconds=10)
    assert flat(await ask(http, stand, "cancel", "<smsid>abcde123</smsid>"))["cancelCol"] == "0"
    assert stand.journal.cancelled == []


async def test_cancelling_wants_an_smsid(http: aiohttp.ClientSession, stand: SmsPagerServer) -> None:
    assert flat(await ask(http, stand, "cancel", ""))["code"] == "500"


async def test_another_time_zone(http: aiohttp.ClientSession, clock: Clock) -> None:
    async with SmsPagerServer(clock=clock, timezone="Asia/Novosibirsk") as stand:
        answer = await send_one(http, stand, more="<datetime>2026-05-01 12:00:00</datetime>")
        assert answer["datetime"] == "2026-05-01 12:00:00"
        assert stand.journal.accepted[0].send_at == datetime(2026, 5, 1, 5, 0, tzinfo=UTC)


async def test_a_recipients_local_time_is_not_the_accounts(http: aiohttp.ClientSession, clock: Clock) -> None:
    async with SmsPagerServer(clock=clock, recipient_zone="Asia/Novosibirsk") as stand:
        date = "<datetime>2026-05-01 12:00:00</datetime>"
        await send_one(http, stand, more=date + "<regionalTime>1</regionalTime>")
        await send_one(http, stand, more=date + "<regionalTime>0</regionalTime>")
        assert [entry.send_at for entry in stand.journal.accepted] == [
            datetime(2026, 5, 1, 5, 0, tzinfo=UTC),
            datetime(2026, 5, 1, 9, 0, tzinfo=UTC),
        ]


@pytest.mark.parametrize(
    ("number", "switch", "balance", "payment"),
    [
        ("79019011234", "<onlydelivery>1</onlydelivery>", "997.50", "2.50"),
        ("79019011201", "<onlydelivery>1</onlydelivery>", "1000.00", "0.00"),
        ("79019011201", "<onlydelivery>0</onlydelivery>", "997.50", "2.50"),
        ("79019011201", "", "997.50", "2.50"),
    ],
)
async def test_only_what_is_delivered_is_paid_for_if_so_asked(
    http: aiohttp.ClientSession,
    stand: SmsPagerServer,
    clock: Clock,
    number: str,
    switch: str,
    balance: str,
    payment: str,
) -> None:
    await send_one(http, stand, number, switch)
    assert (await balance_of(http, stand), await payment_of(http, stand)) == ("997.50", "2.50")
    clock.forward(seconds=20)
    for _ in range(2):  # money is given back once
        assert (await balance_of(http, stand), await payment_of(http, stand)) == (balance, payment)


async def test_what_is_cancelled_is_given_back_once(
    http: aiohttp.ClientSession, stand: SmsPagerServer
) -> None:
    await send_one(http, stand, more="<onlydelivery>1</onlydelivery>")
    await ask(http, stand, "cancel", "<smsid>abcde123</smsid>")
    assert (await balance_of(http, stand), await payment_of(http, stand)) == ("1000.00", "0.00")


async def balance_of(http: aiohttp.ClientSession, stand: SmsPagerServer) -> str | None:
    return (await ask(http, stand, "balance", "")).findtext("account")


async def payment_of(http: aiohttp.ClientSession, stand: SmsPagerServer) -> str | None:
    return (await ask(http, stand, "report", "")).findtext("sms/payment")


@pytest.mark.parametrize(
    ("written", "msisdn"),
    [
        ("79011234567", "79011234567"),
        ("+7(901) 123-45 67", "79011234567"),
        ("8-901-123-4567", "79011234567"),
        ("9011234567", "79011234567"),
        ("380501234567", "380501234567"),
        ("74957271122", None),
        ("8901123456", None),
        ("890112345678", None),
        ("nobody", None),
    ],
)
def test_numbers_in_any_format(written: str, msisdn: str | None) -> None:
    assert normalise(written) == msisdn


@pytest.mark.parametrize(("kind", "code"), [("auth", "501"), ("no_money", "516"), ("blocked", "511")])
async def test_refusals_on_order_are_the_platforms_own(
    http: aiohttp.ClientSession, stand: SmsPagerServer, kind: Kind, code: str
) -> None:
    stand.faults.add("send", kind=kind)
    assert (await send_one(http, stand))["code"] == code
    assert stand.journal.accepted == []


async def test_a_throttle_is_http_429(http: aiohttp.ClientSession, stand: SmsPagerServer) -> None:
    stand.faults.add(kind="throttle")
    async with http.post(f"{stand.url}balance.xml", data=b"<data/>") as response:
        assert (response.status, response.headers["Retry-After"]) == (429, "1")


@pytest.mark.parametrize("kind", sorted(PROCESSED - {"accept_then_hang", "accept_late"}))
async def test_a_fault_after_processing_leaves_the_message_accepted(
    http: aiohttp.ClientSession, stand: SmsPagerServer, kind: Kind
) -> None:
    stand.faults.drip_pause = 0
    stand.faults.add("send", kind=kind)
    body = f"<data>{LOGIN}<text>x</text><to number='79019011234'/></data>"
    try:
        async with http.post(f"{stand.url}send.xml", data=body) as response:
            await response.read()
    except aiohttp.ClientError:
        assert kind in CUT | WRITTEN
    assert len(stand.journal.accepted) == 1
    assert stand.faults.applied == [("send", kind, True)]
