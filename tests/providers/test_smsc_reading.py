"""SMSC: balance, inbox, history, counts and prices."""

import time
from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError

from providers.errors import AuthFailed, OutcomeUnknown
from providers.faces import Counts, History, Inbound, Inbox, Past, Price, Prices, Statistics, face
from providers.gateways.smsc.reading import (
    HISTORY_PAGE,
    INBOX_PAGE,
    build_balance,
    build_history,
    build_inbox,
    build_prices,
)
from providers.gateways.smsc.senders import parse_senders
from providers.model import Balance, Gateway, MessageState
from providers.wire import HttpResponse
from tests.providers.contract import LOGIN, Case, Raises, reply, run
from tests.providers.smsc.samples import (
    CONFIG,
    NOW,
    ONE,
    PAIR,
    TWO,
    WHEN,
    Call,
    answer,
    balance,
    build,
    configured,
    error,
    form,
)

BALANCES = [
    *(
        Case(name=f"balance {value}", call=balance, wire=[answer(value)], expect=expected)
        for value, expected in (
            ({"balance": "1871.62"}, Balance(amount=Decimal("1871.62"))),
            (
                {"balance": "3215.3097", "currency": "RUR"},
                Balance(amount=Decimal("3215.3097"), currency="RUB"),
            ),
            (
                {"balance": "-5,5", "currency": "KZT", "credit": "100"},
                Balance(amount=Decimal("-5.5"), currency="KZT", credit=Decimal(100)),
            ),
            ({"balance": 0}, Balance(amount=Decimal(0))),
            ({"balance": " 1 000.50 ", "novel": []}, Balance(amount=Decimal("1000.50"))),
        )
    ),
    Case(
        name="no balance",
        call=balance,
        wire=[answer({"balance": "много"})],
        expect=Raises(error=OutcomeUnknown),
    ),
]


def inbox(since: datetime, until: datetime = NOW) -> Call:
    return lambda gateway: face(gateway, Inbox).inbox(since, until)


def history(since: datetime, until: datetime = NOW) -> Call:
    return lambda gateway: face(gateway, History).history(since, until)


def statistics(since: datetime, until: datetime) -> Call:
    return lambda gateway: face(gateway, Counts).statistics(since, until)


def prices(gateway: Gateway) -> Awaitable[object]:
    return face(gateway, Prices).prices()


# An item as it was recorded.
CAME = {
    "id": 47436134,
    "received": "29.09.2018 15:07:39",
    "phone": ONE,
    "message": "1",
    "to_phone": TWO,
    "sent": "29.09.2018 15:07:37",
}
HEARD = Inbound(key="47436134", msisdn=ONE, to=TWO, text="1", at=WHEN)
DAY = timedelta(days=1)
INBOX = [
    Case(
        name="an SMS",
        call=inbox(WHEN),
        wire=[answer([CAME])],
        expect=[HEARD],
        operations=("get.answers",),
        # From WHEN to NOW are 35 hours and some minutes.
        sent=(("get.php", "get_answers=1", "hour=36", "cnt=10000"),),
        unsent=("after_id",),
    ),
    Case(
        name="oldest first; a clock of another zone loses nothing",
        call=inbox(WHEN - timedelta(seconds=1), WHEN + timedelta(seconds=1)),
        wire=[
            answer(
                [
                    {**CAME, "id": 4, "received": "30.09.2018 03:07:40"},  # that far no zone is off
                    {**CAME, "id": 3, "received": "30.09.2018 03:07:39"},
                    {**CAME, "id": 2},
                    {**CAME, "id": 1, "received": "29.09.2018 14:07:39"},
                ]
            )
        ],
        expect=[
            replace(HEARD, key="1", at=WHEN - timedelta(hours=1)),
            replace(HEARD, key="2"),
            replace(HEARD, key="3", at=WHEN + timedelta(hours=12)),
        ],
    ),
    *(
        Case(
            name=f"asked {name}",
            call=inbox(NOW - ago),
            wire=[answer([])],
            expect=[],
            sent=((f"&hour={hours}&",),),
        )
        for name, ago, hours in (
            ("of an hour", timedelta(hours=1), 1),
            ("of a second more", timedelta(hours=1, seconds=1), 2),
            ("of a second", timedelta(seconds=1), 1),
            ("of the future", -DAY, 1),
            ("of a week", 7 * DAY, 168),
            ("of a year", 365 * DAY, 168),
        )
    ),
    Case(
        name="a long text is one SMS; a text with breaks, emoji and half a character",
        call=inbox(WHEN - DAY),
        wire=[
            reply(
                b'[{"id": "9", "phone": "+%s", "to_phone": %s, "message": "%s\\r\\n\\ud83d\\ude00\\ud83d",'
                b' "received": "29.09.2018 15:07:39"}]' % (ONE.encode(), TWO.encode(), b"a" * 500)
            )
        ],
        expect=[replace(HEARD, key="9", text="a" * 500 + "\r\n😀�")],
    ),
    Case(
        name="in windows-1251",
        call=inbox(WHEN - DAY),
        wire=[
            reply(
                '[{"id": 9, "phone": "BANK", "message": "Ёж", "received": "29.09.2018 15:07:39"}]'.encode(
                    "cp1251"
                )
            )
        ],
        expect=[Inbound(key="9", msisdn="BANK", to="", text="Ёж", at=WHEN)],
    ),
    Case(
        name="no date of ours: when it was sent",
        call=inbox(WHEN - DAY),
        wire=[answer([{**CAME, "received": None}])],
        expect=[replace(HEARD, at=WHEN - timedelta(seconds=2))],
    ),
    Case(
        name="no date at all: given rather than lost",
        call=inbox(WHEN - DAY),
        wire=[answer([{"id": "5", "phone": ONE, "message": "1", "to_phone": TWO, "received": "вчера"}])],
        expect=[replace(HEARD, key="5", at=WHEN - DAY)],
    ),
    Case(
        name="a full page is followed by another",
        call=inbox(WHEN),
        wire=[answer([CAME] * INBOX_PAGE), answer([{**CAME, "id": 47436135}])],
        expect=[HEARD] * INBOX_PAGE + [replace(HEARD, key="47436135")],
        operations=("get.answers", "get.answers"),
        sent=((), ("after_id=47436134",)),
    ),
    Case(
        name="a server that pages in circles",
        call=inbox(WHEN),
        wire=[answer([CAME] * INBOX_PAGE), answer([CAME] * INBOX_PAGE)],
        expect=[HEARD] * 2 * INBOX_PAGE,
    ),
    Case(
        name="login", call=inbox(WHEN), wire=[error(2)], expect=Raises(error=AuthFailed, entry="smsc-get-2")
    ),
]

# A message as all=1 and the history show it.
SENT = {
    "status": 1,
    "last_date": "29.09.2018 15:08:00",
    "last_timestamp": int(WHEN.timestamp()) + 21,
    "flag": 0,
    "err": 0,
    "send_date": "29.09.2018 15:07:39",
    "send_timestamp": int(WHEN.timestamp()),
    "phone": ONE,
    "mccmnc": "25001",
    "cost": "2.50",
    "sender_id": "ACME",
    "status_name": "Доставлено",
    "message": "Заказ, готов",
    "comment": "",
    "type": 0,
    "id": "a1b2",
    "int_id": "9000",
    "sms_cnt": 1,
    "format": 0,
    "crc": 123,
}
WAS = Past(
    gateway_id="a1b2",
    at=WHEN,
    text="Заказ, готов",
    sender_id="ACME",
    msisdn=ONE,
    counts={MessageState.DELIVERED: 1},
    cost=Decimal("2.50"),
)


def page(first: int, count: int = HISTORY_PAGE) -> HttpResponse:
    """Messages from the newest, of falling ids."""
    return answer(
        [{**SENT, "id": str(number), "int_id": number} for number in range(first, first - count, -1)]
    )


def pasts(first: int, count: int) -> list[Past]:
    return [replace(WAS, gateway_id=str(number)) for number in range(first, first - count, -1)]


HISTORY = [
    Case(
        name="a message of the past",
        call=history(WHEN - DAY, WHEN + DAY),
        wire=[answer([SENT])],
        expect=[WAS],
        operations=("get.messages",),
        sent=(("get_messages=1", "start=28.09.2018", "end=30.09.2018", "cnt=1000"),),
        unsent=("prev_id",),
    ),
    Case(
        name="the days are Moscow's, and the last one is not asked for when it only begins",
        call=history(datetime(2018, 9, 28, 21, tzinfo=UTC), datetime(2018, 9, 29, 21, tzinfo=UTC)),
        wire=[answer([SENT])],
        expect=[WAS],
        sent=(("start=29.09.2018", "end=29.09.2018"),),
    ),
    Case(
        name="oldest first, only the period, and each once",
        call=history(WHEN, WHEN + timedelta(seconds=2)),
        wire=[
            answer(
                [
                    {**SENT, "id": 3, "send_timestamp": int(WHEN.timestamp()) + 2},
                    {**SENT, "id": 2, "send_timestamp": int(WHEN.timestamp()) + 1},
                    SENT,
                    SENT,
                    {**SENT, "id": 1, "send_timestamp": int(WHEN.timestamp()) - 1},
                ]
            )
        ],
        expect=[WAS, replace(WAS, gateway_id="2", at=WHEN + timedelta(seconds=1))],
    ),
    Case(
        name="page by page",
        call=history(WHEN - DAY, WHEN + DAY),
        wire=[page(9000), page(8000, 3)],
        expect=[*pasts(9000, HISTORY_PAGE), *pasts(8000, 3)],
        operations=("get.messages",) * 2,
        sent=((), ("prev_id=8001",)),
    ),
    Case(
        name="a server that pages in circles",
        call=history(WHEN - DAY, WHEN + DAY),
        wire=[page(9000), page(9000)],
        expect=pasts(9000, HISTORY_PAGE),
    ),
    Case(
        name="a year is asked for by halves, no day twice",
        call=history(datetime(2018, 1, 1, tzinfo=UTC), datetime(2019, 1, 1, tzinfo=UTC)),
        wire=[answer([]), reply(""), error(3, "not found")],
        expect=[],
        sent=(
            ("start=01.01.2018", "end=29.06.2018"),
            ("start=30.06.2018", "end=26.12.2018"),
            ("start=27.12.2018", "end=01.01.2019"),
        ),
    ),
    Case(name="no time at all", call=history(WHEN, WHEN), wire=[], expect=[]),
    Case(
        name="missing keys, null, a state nobody knows",
        call=history(WHEN - DAY, WHEN + DAY),
        wire=[answer([{"status": 99, "int_id": 7, "message": None, "send_date": "29.09.2018 15:07:39"}, {}])],
        expect=[
            Past(gateway_id="", at=None, text=""),
            Past(gateway_id="7", at=WHEN, text=""),
        ],
    ),
]

LINE = {"login": LOGIN, "cnt": "12", "credit": "30.00", "debit": "0", "currency": "RUR"}
COUNTED = Statistics(
    since=datetime(2018, 9, 28, 21, tzinfo=UTC),
    until=datetime(2018, 9, 30, 21, tzinfo=UTC),
    total=12,
    cost=Decimal("30.00"),
    currency="RUB",
)
ASKED = statistics(datetime(2018, 9, 29, 5, tzinfo=UTC), datetime(2018, 9, 30, 5, tzinfo=UTC))
COUNTS = [
    Case(
        name="counts of whole days",
        call=ASKED,
        wire=[answer([LINE])],
        expect=COUNTED,
        operations=("get.stat",),
        sent=(("get_stat=1", "start=29.09.2018", "end=30.09.2018"),),
    ),
    Case(
        name="of sub-clients nothing, where there is a line of ours",
        call=ASKED,
        wire=[answer([{**LINE, "login": "sub", "cnt": 5}, LINE, "novel"])],
        expect=COUNTED,
    ),
    Case(
        name="numbers as numbers, summed",
        call=ASKED,
        wire=[
            answer([{"cnt": 5, "credit": 10, "currency": "RUR"}, {"cnt": 7, "credit": 20, "currency": "RUR"}])
        ],
        expect=COUNTED,
    ),
    Case(
        name="two currencies have no sum",
        call=ASKED,
        wire=[answer([{**LINE, "cnt": 5}, {**LINE, "cnt": 7, "currency": "KZT"}])],
        expect=replace(COUNTED, cost=None, currency=None),
    ),
    *(
        Case(
            name=f"nothing sent: {why}",
            call=ASKED,
            wire=[said],
            expect=replace(COUNTED, total=0, cost=None, currency=None),
        )
        for why, said in {"[]": answer([]), "nothing": reply(""), "not found": error(3)}.items()
    ),
    Case(
        name="nothing counted",
        call=ASKED,
        wire=[answer([{"login": LOGIN, "cnt": "много", "credit": None}])],
        expect=replace(COUNTED, total=0, cost=None, currency=None),
    ),
]

ZONE = {
    "zone": 1,
    "name": "Россия",
    "api": "2.50",
    "mass": 2.1,
    "hlr": "0,3",
    "call": "",
    "mms": None,
    "more": "x",
}
PRICES = [
    Case(
        name="prices by zone",
        call=prices,
        wire=[answer({"zones": [ZONE, {"zone": "2"}, "novel"], "novel": 1})],
        expect=[
            Price(
                zone="1",
                name="Россия",
                prices={"api": Decimal("2.50"), "mass": Decimal("2.1"), "hlr": Decimal("0.3")},
            ),
            Price(zone="2", name=""),
        ],
        operations=("get.price",),
        sent=(("get_price=1",),),
    ),
    Case(name="no zone", call=prices, wire=[answer({"zones": []})], expect=[]),
    Case(name="no zones", call=prices, wire=[answer({"prices": []})], expect=Raises(error=OutcomeUnknown)),
    Case(
        name="zones that are none",
        call=prices,
        wire=[answer({"zones": 1})],
        expect=Raises(error=OutcomeUnknown),
    ),
]

CASES = [*BALANCES, *INBOX, *HISTORY, *COUNTS, *PRICES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_contract(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await run(case, build, caplog)


async def test_an_sms_without_an_id_has_the_same_key_each_time() -> None:
    nameless = {**CAME, "id": None}

    async def send(request: object) -> HttpResponse:
        return answer([nameless, {**nameless, "message": "2"}, nameless])

    first, second, third = await face(build(send), Inbox).inbox(WHEN - DAY, NOW)

    assert first.key == third.key != second.key
    assert ONE not in first.key


def test_a_balance_with_its_currency() -> None:
    request = build_balance(CONFIG)
    pace = request.pace
    assert pace is not None

    assert (request.operation, request.url) == ("balance", "https://smsc.ru/sys/balance.php")
    assert (pace.most, pace.period) == (10, timedelta(seconds=61))
    assert form(request) == {**PAIR, "cur": "1"}


def test_the_same_question_three_times_a_minute() -> None:
    paces = {
        build_inbox(CONFIG, 1).pace,
        build_inbox(CONFIG, 2).pace,
        build_inbox(CONFIG, 2, "5").pace,
        build_history(CONFIG, WHEN, NOW).pace,
        build_prices(CONFIG).pace,
    }

    assert len(paces) == 5
    assert {(one.most, one.period) for one in paces if one is not None} == {(3, timedelta(seconds=61))}


async def test_dates_and_days_are_those_of_the_configured_zone(caplog: pytest.LogCaptureFixture) -> None:
    heard = Case(
        name="inbox",
        call=inbox(WHEN - DAY),
        wire=[answer([{**CAME, "received": "29.09.2018 18:07:39"}])],
        expect=[HEARD],
    )
    since, until = datetime(2018, 9, 28, 18, tzinfo=UTC), datetime(2018, 9, 29, 18, tzinfo=UTC)
    counted = Case(
        name="statistics",
        call=statistics(since, until),
        wire=[answer([])],
        expect=Statistics(since=since, until=until, total=0),
        sent=(("start=29.09.2018&end=29.09.2018",),),
    )
    for case in (heard, counted):
        await run(case, configured(timezone="Asia/Almaty"), caplog)


def test_a_zone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError, match="no such time zone"):
        configured(timezone="Mars/Olympus")


async def test_counts_of_a_year_are_asked_for_by_half_a_year(caplog: pytest.LogCaptureFixture) -> None:
    since, until = datetime(2017, 12, 31, 21, tzinfo=UTC), datetime(2018, 12, 31, 21, tzinfo=UTC)
    line = {"login": LOGIN, "cnt": "10", "credit": "1.50", "debit": "0", "currency": "RUR"}
    case = Case(
        name="statistics",
        call=statistics(since, until),
        wire=[answer([line])] * 3,
        expect=Statistics(since=since, until=until, total=30, cost=Decimal("4.50"), currency="RUB"),
        sent=(
            ("start=01.01.2018&end=29.06.2018",),
            ("start=30.06.2018&end=26.12.2018",),
            ("start=27.12.2018&end=31.12.2018",),
        ),
    )
    await run(case, build, caplog)


async def test_the_history_is_one_of_sms(caplog: pytest.LogCaptureFixture) -> None:
    letters = [
        {**SENT, "id": 2, "format": 8},
        {**SENT, "id": 3, "type": "8"},
        {**SENT, "id": 4, "phone": "anna79031234567@example.com"},
    ]
    case = Case(
        name="history",
        call=history(WHEN - DAY),
        wire=[answer(letters)],
        expect=[],
        sent=(("format=0",),),
    )
    await run(case, build, caplog)


def test_a_list_beyond_measure_is_unreadable_at_once() -> None:
    rows = reply("<list>" + '<sender status="1" id="1">A</sender>' * 100_000 + "</list>")
    started = time.process_time()
    with pytest.raises(OutcomeUnknown, match="more than 50000 items"):
        parse_senders(CONFIG.model_copy(update={"senders_format": 2}), rows, operators=True)
    assert time.process_time() - started < 2
