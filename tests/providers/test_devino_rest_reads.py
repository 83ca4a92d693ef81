"""Devino over REST, all that only reads: balance, states of SMS, incoming messages, statistics."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from providers.errors import (
    AuthFailed,
    InsufficientFunds,
    NotReached,
    OutcomeUnknown,
    RequestRefused,
    Throttled,
)
from providers.faces import Inbound, Statistics
from providers.gateways.devino_rest import YEAR
from providers.model import Balance, Reason, Report
from providers.wire import HttpResponse
from tests.providers.contract import PASSWORD, SESSION, Case, Raises, reply, run
from tests.providers.devino.rest import (
    EXPIRED,
    LOGGED_IN,
    LOGGED_IN_AGAIN,
    build,
    case,
    no_io,
    refused,
    reports,
    state,
    unanswered,
)
from tests.providers.devino.samples import (
    BIG_ID,
    CAME,
    CAME_MS,
    ID,
    ID_2,
    ID_3,
    NO_ID,
    NOW,
    ONE,
    OTHER_SESSION,
    REPORTED,
    SINCE,
    STATE_TABLE,
    TWO,
    UNTIL,
    ref,
    told,
)

NO_DATE = (
    "The parameters dictionary contains a null entry for parameter 'maxDateUtc' of non-nullable type "
    "'DateTime' for method 'System.Web.Mvc.ActionResult In(System.String, DateTime, DateTime)' in "
    "'RestService.Controllers.SmsController'. Parameter name: parameters"
)


def balances(name: str, answer: HttpResponse, expect: object) -> Case:
    return case(
        f"balance: {name}",
        lambda gateway: gateway.balance(),
        [answer],
        expect,
        operations=("user/sessionid", "User/Balance"),
        sent=((), ("https://integrationapi.net/rest/User/Balance\n", f"SessionID={SESSION}")),
    )


BALANCES = [
    balances("a number", reply("20015.3"), Balance(amount=Decimal("20015.3"))),
    balances("whole", reply("0"), Balance(amount=Decimal(0))),
    balances("overdrawn", reply("-0.10"), Balance(amount=Decimal("-0.10"))),
    balances("quoted with a comma", reply('"123,45"'), Balance(amount=Decimal("123.45"))),
    balances(
        "a byte-order mark, blanks, a wrong type",
        reply("\ufeff\r\n 20 \r\n", content_type="text/html; charset=windows-1251"),
        Balance(amount=Decimal(20)),
    ),
    balances("NaN quoted", reply('"NaN"'), Raises(error=OutcomeUnknown)),
    balances("a bare comma", reply("123,45"), Raises(error=OutcomeUnknown)),
    balances("a list", reply("[1]"), Raises(error=OutcomeUnknown)),
    balances("an object", reply('{"Balance":1}'), Raises(error=OutcomeUnknown)),
    balances("cut", reply('"123.'), Raises(error=OutcomeUnknown)),
    balances(
        "trouble",
        refused(9, "Internal server error", 500),
        Raises(error=OutcomeUnknown, code="9", entry="devino-error-9"),
    ),
    balances("an error with 200", refused(8, "?", 200), Raises(error=OutcomeUnknown, entry="devino-error-8")),
    balances(
        "anti-spam asks a read to wait",
        refused(7, "Forbidden", 403),
        Raises(error=Throttled, entry="devino-error-7"),
    ),
    balances("no money, of all things", refused(5, "?", 403), Raises(error=InsufficientFunds)),
    *unanswered("balance", lambda gateway: gateway.balance()),
]

REPORTS = [
    *(
        reports(f"state {number}", [ref(ID)], [reply(state(number))], [told(number)])
        for number in STATE_TABLE
    ),
    reports(
        "an id with a plus",
        [ref("SAR-W+84333")],
        [reply(state(0))],
        [told(0, "SAR-W+84333")],
        operations=("user/sessionid", "Sms/State"),
        sent=((), (f"sessionId={SESSION}&messageId=SAR-W%2B84333",)),
    ),
    reports("an id above 2^63", [ref(BIG_ID)], [reply(state(0))], [told(0, BIG_ID)]),
    reports(
        "price and date",
        [ref(ID)],
        [reply(state(0, reported='"/Date(1608151480000+0300)/"', price="1.95", stamp="1608151499000"))],
        [told(0, price=Decimal("1.95"), at=REPORTED)],
    ),
    reports(
        "the time of the report stands in for that of delivery",
        [ref(ID)],
        [reply(state(-1, stamp="1608151480000"))],
        [told(-1, at=REPORTED)],
    ),
    reports(
        "and that of handing over for both; all else is missing",
        [ref(ID)],
        [reply('{"State":-1,"SubmittedDateUtc":"\\/Date(1608151480000)\\/"}')],
        [told(-1, at=REPORTED)],
    ),
    reports(
        "unreadable date and price, state kept as text",
        [ref(ID)],
        [reply(state('"0"', reported='"yesterday"', price='"free"', stamp="999999999999999"))],
        [told(0)],
    ),
    reports(
        "price as text with a comma, date in ISO with a zone, unknown keys",
        [ref(ID)],
        [
            reply(
                '{"Extra":{"a":[1]},"ReportedDateUtc":"2020-12-16T23:44:40+03:00","State":" 0 ",'
                '"Price":"1,95"}'
            )
        ],
        [told(0, price=Decimal("1.95"), at=REPORTED)],
    ),
    reports(
        "a label in windows-1251, a byte-order mark does not belong",
        [ref(ID)],
        [reply(state(42).encode("cp1251"), content_type="text/html")],
        [told(42)],
    ),
    reports(
        "all segments delivered: prices add up, the last date counts",
        [ref(ID, ID_2)],
        [
            reply(state(0, reported='"/Date(1608151470000)/"', price="1.95")),
            reply(state(0, reported='"/Date(1608151480000)/"', price="1.95")),
        ],
        [told(0, price=Decimal("3.90"), at=REPORTED)],
    ),
    reports(
        "the worst segment decides",
        [ref(ID, ID_2, ID_3)],
        [reply(state(0, price="2")), reply(state(46)), reply(state(-1))],
        [told(46, ID_2, raw="0, 46, -1")],
    ),
    reports(
        "an unknown segment keeps a message from being delivered",
        [ref(ID, ID_2)],
        [reply(state(0)), reply(state(255))],
        [told(255, ID_2, raw="0, 255")],
    ),
    reports(
        "an unreadable segment costs only its own message its report",
        [ref(ID, ID_2), ref(ID_3, number=TWO)],
        [reply(state(0)), reply("", status=500), reply(state(-1))],
        [told(-1, ID_3, msisdn=TWO)],
    ),
    reports(
        "an unreadable segment cannot save a message",
        [ref(ID, ID_2)],
        [reply("<html>"), reply(state(42, price="1"))],
        [told(42, ID_2)],
    ),
    reports(
        "a refused question is an answer about that id alone",
        [ref(ID)],
        [refused(1, r"MessageID can not be null or empty\r\nParameter name: messageId", 400)],
        [
            Report(
                msisdn=ONE,
                ref="r1",
                gateway_id=ID,
                state=None,
                code="1",
                raw="HTTP 400: MessageID can not be null or empty Parameter name: messageId",
                entry="devino-said-request",
                silence=True,
            )
        ],
    ),
    reports(
        "throttled half way: what is known comes back",
        [ref(ID), ref(ID_2, number=TWO)],
        [reply(state(0)), reply("", status=429)],
        [told(0)],
    ),
    reports(
        "the account is stopped half way",
        [ref(ID), ref(ID_2, number=TWO)],
        [reply(state(0)), refused(4, "Invalid user login or password", 401)],
        Raises(error=AuthFailed),
    ),
    reports("nothing reached", [ref(ID)], [NotReached(raw="refused")], Raises(error=NotReached)),
    reports(
        "trouble", [ref(ID)], [refused(8, "?", 500)], Raises(error=OutcomeUnknown, entry="devino-error-8")
    ),
    *(
        reports(f"{name} is not delivered", [ref(ID)], [reply(body)], Raises(error=OutcomeUnknown))
        for name, body in {
            "a missing state": '{"Price":1}',
            "null": state("null"),
            "false": state("false"),
            "0.0": state("0.0"),
            "blank": state('""'),
            "a word": state('"Delivered"'),
            "no object": "0",
            "a list": "[0]",
            "a cut body": '{"State":0,"Creat',
        }.items()
    ),
    *unanswered("reports", lambda gateway: gateway.reports([ref(ID)])),
    no_io("no id to ask by", lambda gateway: gateway.reports([ref()]), [NO_ID]),
    no_io("nothing to ask", lambda gateway: gateway.reports([]), []),
]


def inbox(
    name: str,
    answer: HttpResponse,
    expect: object,
    since: datetime = SINCE,
    until: datetime = UNTIL,
    **more: object,
) -> Case:
    return case(f"inbox: {name}", lambda gateway: gateway.inbox(since, until), [answer], expect, **more)


def message(**keys: object) -> dict[str, object]:
    """An incoming message as in the seed; an ellipsis takes a key away."""
    plain: dict[str, object] = {
        "Data": "Спасибо",
        "SourceAddress": "79261112233",
        "DestinationAddress": "79160000000",
        "ID": "539187174",
        "CreateDateUtc": f"/Date({CAME_MS})/",
    }
    return {key: value for key, value in {**plain, **keys}.items() if value is not ...}


def came(**fields: object) -> Inbound:
    plain: dict[str, object] = {
        "key": "539187174",
        "msisdn": "79261112233",
        "to": "79160000000",
        "text": "Спасибо",
        "at": CAME,
    }
    return Inbound(**{**plain, **fields})  # type: ignore[arg-type]


def messages(*entries: object) -> HttpResponse:
    return reply(json.dumps(list(entries), ensure_ascii=False).replace("/Date", "\\/Date"))


INBOX = [
    inbox(
        "one message",
        messages(message()),
        [came()],
        operations=("user/sessionid", "Sms/In"),
        sent=(
            (),
            (
                "https://integrationapi.net/rest/Sms/In\n",
                f"sessionId={SESSION}&minDateUTC=2026-11-01T00%3A00%3A00&maxDateUTC=2026-11-08T00%3A00%3A00",
            ),
        ),
    ),
    inbox("nothing came", reply("[]"), []),
    inbox(
        "dates in UTC, whole seconds around the period",
        reply("[]"),
        [],
        datetime(2026, 11, 1, 3, 0, 0, 500_000, tzinfo=timezone(timedelta(hours=3))),
        datetime(2026, 11, 2, 3, 0, 0, 500_000, tzinfo=timezone(timedelta(hours=3))),
        sent=((), ("minDateUTC=2026-11-01T00%3A00%3A00&maxDateUTC=2026-11-02T00%3A00%3A01",)),
    ),
    inbox(
        "oldest first",
        messages(message(ID="2"), message(ID="1", CreateDateUtc=f"/Date({CAME_MS - 1000})/")),
        [came(key="1", at=CAME - timedelta(seconds=1)), came(key="2")],
    ),
    inbox(
        "the period has its beginning and not its end",
        messages(message(ID="1"), message(ID="2", CreateDateUtc=f"/Date({CAME_MS + 1000})/")),
        [came(key="1")],
        CAME,
        CAME + timedelta(seconds=1),
    ),
    inbox(
        "no further back than a year",
        reply("[]"),
        [],
        NOW - timedelta(days=800),
        NOW,
        sent=((), (f"minDateUTC={NOW - YEAR:%Y-%m-%dT%H%%3A%M%%3A%S}&",)),
    ),
    no_io("a year gone by", lambda gateway: gateway.inbox(NOW - 3 * YEAR, NOW - 2 * YEAR), []),
    no_io("no period at all", lambda gateway: gateway.inbox(UNTIL, SINCE), []),
    *(
        inbox(
            f"a date called {name}",
            messages(message(**{"CreateDateUtc": ...} | {name: f"/Date({CAME_MS}+0300)/"})),
            [came()],
        )
        for name in ("CreateDateUtc", "CreatedDateUtc", "CreationDateUtc")
    ),
    *(
        inbox(f"a date in ISO {name}", messages(message(CreateDateUtc=text)), [came()])
        for name, text in {
            "without a zone": "2026-11-02T09:30:15",
            "with a zone": "2026-11-02T12:30:15+03:00",
            "with a Z and a fraction": "2026-11-02T09:30:15.000Z",
        }.items()
    ),
    *(
        inbox(
            f"a date that is {name} stands for the beginning",
            messages(message(CreateDateUtc=value)),
            [came(at=SINCE)],
        )
        for name, value in {
            "absent": ...,
            "null": None,
            "the first day of year 1": "/Date(-62135596800000)/",
            "a word": "yesterday",
            "beyond any calendar": "/Date(999999999999999)/",
            "a number": 1608151480,
        }.items()
    ),
    inbox("an id as a number", messages(message(ID=539187174)), [came()]),
    inbox("an id above 2^63 as a number", messages(message(ID=int(BIG_ID))), [came(key=BIG_ID)]),
    inbox("an id above 2^63 as text, with blanks", messages(message(ID=f" {BIG_ID} ")), [came(key=BIG_ID)]),
    inbox(
        "numbers without quotes, with a plus, a name for a sender",
        messages(
            message(ID="1", SourceAddress=79261112233, DestinationAddress="+79160000000"),
            message(ID="2", SourceAddress=" Bank "),
        ),
        [came(key="1"), came(key="2", msisdn="Bank")],
    ),
    inbox(
        "missing and null keys are empty",
        reply('[{"ID":"7"},{"ID":"8","Data":null,"SourceAddress":null,"DestinationAddress":null}]'),
        [came(key=key, msisdn="", to="", text="", at=SINCE) for key in ("7", "8")],
    ),
    inbox(
        "unknown keys, a byte-order mark, blanks, a wrong type",
        reply("\ufeff " + messages(message(Extra={"a": 1})).body.decode() + "\n", content_type="text/html"),
        [came()],
    ),
    inbox("windows-1251", reply(messages(message()).body.decode().encode("cp1251")), [came()]),
    inbox("line breaks and emoji stay", messages(message(Data="да\n\n 🎉 ")), [came(text="да\n\n 🎉 ")]),
    inbox(
        "an error with 200",
        refused(2, "Invalid argument", 200),
        Raises(error=RequestRefused, code="2", entry="devino-error-2"),
    ),
    inbox(
        "a date got lost",
        refused(9, NO_DATE, 500),
        Raises(error=RequestRefused, reason=Reason.REQUEST, entry="devino-said-request"),
    ),
    inbox("trouble", refused(9, "?", 500), Raises(error=OutcomeUnknown, entry="devino-error-9")),
    inbox("an object", reply('{"Data":"x"}'), Raises(error=OutcomeUnknown)),
    inbox("a list of anything", reply('[{"ID":1},2]'), Raises(error=OutcomeUnknown)),
    inbox("a cut body", reply(messages(message()).body[:-5]), Raises(error=OutcomeUnknown)),
    inbox(
        "session expired",
        EXPIRED,
        [came()],
        wire=[LOGGED_IN, EXPIRED, LOGGED_IN_AGAIN, messages(message())],
        secrets=(PASSWORD, SESSION, OTHER_SESSION),
    ),
    *unanswered("inbox", lambda gateway: gateway.inbox(SINCE, UNTIL)),
]

SEED_COUNTS = (
    '{"Sent":9,"Delivered":0,"Errors":0,"InProcess":7780,"Expired":0,"Rejected":56876,'
    '"Total":64665,"TotalWithErrors":64665,"DeliveryRatio":0}'
)


def statistics(
    name: str,
    answers: list[HttpResponse],
    expect: object,
    since: datetime = SINCE,
    until: datetime = UNTIL,
    **more: object,
) -> Case:
    return case(
        f"statistics: {name}", lambda gateway: gateway.statistics(since, until), [*answers], expect, **more
    )


def counted(total: int, since: datetime = SINCE, until: datetime = UNTIL, **fields: object) -> Statistics:
    return Statistics(since=since, until=until, total=total, **fields)  # type: ignore[arg-type]


SEEDS: dict[str, Any] = {
    "sent": 9,
    "delivered": 0,
    "undelivered": 0,
    "in_process": 7780,
    "expired": 0,
    "rejected": 56876,
}
FIVE_SEEDS: dict[str, Any] = {name: 5 * count for name, count in SEEDS.items()}
YEAR_BEGINS, YEAR_ENDS = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
STATISTICS = [
    statistics(
        "the seed's sample",
        [reply(SEED_COUNTS)],
        counted(64665, **SEEDS),
        operations=("user/sessionid", "Sms/Statistics"),
        sent=(
            (),
            (
                "https://integrationapi.net/rest/Sms/Statistics\n",
                f"sessionId={SESSION}&startDateTime=2026-11-01T00%3A00%3A00"
                "&endDateTime=2026-11-07T23%3A59%3A59.997",
            ),
        ),
    ),
    statistics(
        "a year is five windows, and they add up",
        [reply(SEED_COUNTS)] * 5,
        counted(5 * 64665, YEAR_BEGINS, YEAR_ENDS, **FIVE_SEEDS),
        YEAR_BEGINS,
        YEAR_ENDS,
        sent=(
            (),
            ("startDateTime=2026-01-01T00%3A00%3A00&endDateTime=2026-03-31T23%3A59%3A59.997",),
            ("startDateTime=2026-04-01T00%3A00%3A00&endDateTime=2026-06-29T23%3A59%3A59.997",),
            ("startDateTime=2026-06-30T00%3A00%3A00&endDateTime=2026-09-27T23%3A59%3A59.997",),
            ("startDateTime=2026-09-28T00%3A00%3A00&endDateTime=2026-12-26T23%3A59%3A59.997",),
            ("startDateTime=2026-12-27T00%3A00%3A00&endDateTime=2026-12-31T23%3A59%3A59.997",),
        ),
    ),
    statistics(
        "ninety days are one window",
        [reply('{"Total":1}')],
        counted(1, YEAR_BEGINS, YEAR_BEGINS + timedelta(days=90)),
        YEAR_BEGINS,
        YEAR_BEGINS + timedelta(days=90),
    ),
    statistics(
        "a second more is a second window",
        [reply('{"Total":1}'), reply('{"Total":2}')],
        counted(3, YEAR_BEGINS, YEAR_BEGINS + timedelta(days=90, seconds=1)),
        YEAR_BEGINS,
        YEAR_BEGINS + timedelta(days=90, seconds=1),
        sent=((), (), ("startDateTime=2026-04-01T00%3A00%3A00&endDateTime=2026-04-01T00%3A00%3A00.997",)),
    ),
    statistics(
        "the session expires between two windows",
        [],
        counted(3, YEAR_BEGINS, YEAR_BEGINS + timedelta(days=100)),
        YEAR_BEGINS,
        YEAR_BEGINS + timedelta(days=100),
        wire=[LOGGED_IN, reply('{"Total":1}'), EXPIRED, LOGGED_IN_AGAIN, reply('{"Total":2}')],
        secrets=(PASSWORD, SESSION, OTHER_SESSION),
    ),
    statistics(
        "an unreadable window leaves no half sums",
        [reply('{"Total":1}'), reply("")],
        Raises(error=OutcomeUnknown),
        YEAR_BEGINS,
        YEAR_BEGINS + timedelta(days=100),
    ),
    statistics(
        "what one window does not count is not known",
        [reply('{"Total":1,"Sent":1}'), reply('{"Total":2}')],
        counted(3, YEAR_BEGINS, YEAR_BEGINS + timedelta(days=100)),
        YEAR_BEGINS,
        YEAR_BEGINS + timedelta(days=100),
    ),
    statistics(
        "keys of SOAP, a ratio with a fraction, numbers as text, InProgress",
        [
            reply(
                '\ufeff{"Optimized":1,"Tarificated":2,"DeliveryRatio":0.5,"Total":" 3 ","Sent":"1",'
                '"InProgress":2,"Delivered":null}',
                content_type="text/html",
            )
        ],
        counted(3, sent=1, in_process=2),
    ),
    statistics(
        "without a total it is the sum", [reply('{"Sent":1,"Rejected":2}')], counted(3, sent=1, rejected=2)
    ),
    statistics("a fraction of a message", [reply('{"Total":1.5}')], Raises(error=OutcomeUnknown)),
    statistics("one counter of two", [reply('{"Total":3,"Sent":"many"}')], Raises(error=OutcomeUnknown)),
    statistics("a boolean", [reply('{"Total":true}')], Raises(error=OutcomeUnknown)),
    statistics("no counters", [reply('{"DeliveryRatio":1}')], Raises(error=OutcomeUnknown)),
    statistics("a list", [reply("[1]")], Raises(error=OutcomeUnknown)),
    statistics("a cut body", [reply(SEED_COUNTS[:40])], Raises(error=OutcomeUnknown)),
    statistics(
        "over 90 days, were it asked",
        [refused(2, "Нельзя указывать диапазон дат более 90 дней.", 400)],
        Raises(error=RequestRefused, code="2", entry="devino-error-2"),
    ),
    statistics(
        "trouble with 200", [refused(9, "?", 200)], Raises(error=OutcomeUnknown, entry="devino-error-9")
    ),
    no_io(
        "no period at all",
        lambda gateway: gateway.statistics(UNTIL, SINCE),
        counted(0, UNTIL, SINCE, sent=0, delivered=0, undelivered=0, expired=0, rejected=0, in_process=0),
    ),
    *unanswered("statistics", lambda gateway: gateway.statistics(SINCE, UNTIL)),
]

CASES = [*BALANCES, *REPORTS, *INBOX, *STATISTICS]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_contract(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await run(case, build, caplog)
