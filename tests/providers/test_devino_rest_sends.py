"""Devino over REST, sessions and sends of SMS: every documented answer, and the ways real ones break."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from providers.errors import (
    AccountBlocked,
    AuthFailed,
    GatewayError,
    InsufficientFunds,
    NotReached,
    OutcomeUnknown,
    RequestRefused,
    Throttled,
    Unsupported,
)
from providers.model import Kind, Reason, Receipt
from providers.wire import HttpResponse
from tests.providers.contract import PASSWORD, SESSION, Case, Raises, Wire, reply, run
from tests.providers.devino.rest import (
    EXPIRED,
    LOGGED_IN,
    LOGGED_IN_AGAIN,
    ONE_ACCEPTED,
    build,
    case,
    no_io,
    refused,
    submits,
    unanswered,
)
from tests.providers.devino.samples import (
    AT,
    BIG_ID,
    ID,
    ID_2,
    ID_3,
    ID_4,
    LONG,
    ONE,
    OTHER_SESSION,
    TWO,
    TWO_TEXTS,
    accepted,
    submission,
)

NULL_PARAMETER = (
    "The parameters dictionary contains a null entry for parameter 'sendDate' of non-nullable type 'DateTime'"
)

ACCEPTED = [
    submits(
        "one number",
        reply(f'["{ID}"]'),
        ONE_ACCEPTED,
        operations=("user/sessionid", "Sms/Send"),
        sent=(
            (
                "POST https://integrationapi.net/rest/user/sessionid\n",
                "application/x-www-form-urlencoded",
                "login=acme-login&password=pa%24%24+%2B%26%3D%25%3Cword%3E%22%27%D0%AF",
            ),
            (
                "POST https://integrationapi.net/rest/Sms/Send\n",
                f"SessionID={SESSION}&SourceAddress=ACME&DestinationAddress=79031234567&Data=Order+42+is+ready",
            ),
        ),
        unsent=("SendDate", "Validity", "Optional"),
    ),
    submits(
        "a plus in a number is %2B",
        reply(f'["{ID}"]'),
        Receipt(verdicts=(accepted("+" + ONE, ID),), segments=1),
        submission("+" + ONE),
        sent=((), ("DestinationAddress=%2B79031234567",)),
    ),
    submits(
        "several numbers",
        reply(f'["{ID}","{ID_2}"]'),
        Receipt(verdicts=(accepted(ONE, ID), accepted(TWO, ID_2)), segments=2),
        submission(ONE, TWO),
        operations=("user/sessionid", "Sms/SendBulk"),
        sent=((), (f"DestinationAddresses={ONE}&DestinationAddresses={TWO}",)),
    ),
    submits(
        "long text to several numbers: ids recipient by recipient",
        reply(f'["{ID}", "{ID_2}", "{ID_3}", "{ID_4}"]'),
        Receipt(verdicts=(accepted(ONE, ID, ID_2), accepted(TWO, ID_3, ID_4)), segments=4),
        submission(ONE, TWO, text=LONG),
        sent=((), ("Data=" + "%D0%AF" * 71,)),
    ),
    submits(
        "one number has all ids, however many",
        reply(f'["{ID}", "{ID_2}", "{ID_3}"]'),
        Receipt(verdicts=(accepted(ONE, ID, ID_2, ID_3),), segments=3),
    ),
    submits(
        "ids that do not come out even belong to nobody",
        reply(f'["{ID}","{ID_2}","{ID_3}"]'),
        Receipt(unmapped_ids=(ID, ID_2, ID_3), segments=3),
        submission(ONE, TWO),
    ),
    submits(
        "ids that come out even but not by segments belong to nobody",
        reply(f'["{ID}","{ID_2}","{ID_3}","{ID_4}"]'),
        Receipt(unmapped_ids=(ID, ID_2, ID_3, ID_4), segments=4),
        submission(ONE, TWO),
    ),
    submits(
        "fewer ids than segments belong to nobody",
        reply(f'["{ID}","{ID_2}"]'),
        Receipt(unmapped_ids=(ID, ID_2), segments=2),
        submission(ONE, TWO, text=LONG),
    ),
    submits(
        "one number of two without an id: nobody is given the other",
        reply(f'["{ID}",null]'),
        Receipt(unmapped_ids=(ID,), segments=1),
        submission(ONE, TWO),
    ),
    submits(
        "ids as bare numbers and above 2^63 stay exact",
        reply(f'[{BIG_ID}, "GW0261BBD6B3", "SAR-W+84333"]'),
        Receipt(verdicts=(accepted(ONE, BIG_ID, "GW0261BBD6B3", "SAR-W+84333"),), segments=3),
    ),
    submits(
        "non-GSM text, line breaks and emoji; a byte-order mark, blanks and a wrong type in the answer",
        reply(f'\ufeff[ " {ID} " ]\r\n', content_type="text/html"),
        ONE_ACCEPTED,
        submission(text="Заказ №1 готов 🎉\n& всё = 100%"),
        sent=((), ("%F0%9F%8E%89%0A%26+", "+%3D+100%25")),
    ),
    submits(
        "date in UTC and validity in minutes, rounded up",
        reply(f'["{ID}"]'),
        ONE_ACCEPTED,
        submission(
            send_at=datetime(2026, 12, 1, 10, 0, tzinfo=timezone(timedelta(hours=3))),
            validity=timedelta(minutes=10, seconds=1),
        ),
        operations=("user/sessionid", "Sms/Send"),
        sent=((), ("SendDate=2026-12-01T07%3A00%3A00&Validity=11",)),
    ),
    submits(
        "several numbers at a date",
        reply(f'["{ID}","{ID_2}"]'),
        Receipt(verdicts=(accepted(ONE, ID), accepted(TWO, ID_2)), segments=2),
        submission(ONE, TWO, send_at=AT),
        operations=("user/sessionid", "Sms/SendBulk"),
        sent=((), ("SendDate=2026-12-01T10%3A00%3A00",)),
    ),
    submits(
        "one number by its own time",
        reply(f'["{ID}"]'),
        ONE_ACCEPTED,
        submission(send_at=datetime(2026, 12, 1, 10, 0, tzinfo=UTC), by_recipient_time=True),
        operations=("user/sessionid", "Sms/SendByTimeZone"),
        sent=((), (f"DestinationAddress={ONE}", "SendDate=2026-12-01T10%3A00%3A00")),
    ),
    submits(
        "several numbers by their own time",
        reply(f'["{ID}","{ID_2}"]'),
        Receipt(verdicts=(accepted(ONE, ID), accepted(TWO, ID_2)), segments=2),
        submission(ONE, TWO, send_at=AT, by_recipient_time=True),
        operations=("user/sessionid", "Sms/SendByTimeZoneToAddresses"),
        sent=((), (f"DestinationAddresses={ONE}&DestinationAddresses={TWO}",)),
    ),
]

_REFUSED = RequestRefused
# code, Desc, HTTP status of an answer to a send; what comes out
ERROR_TABLE: list[tuple[int | str, str, int, Raises]] = [
    (1, "?", 400, Raises(error=_REFUSED, reason=Reason.REQUEST, entry="devino-error-1")),
    (2, "Нельзя указывать", 400, Raises(error=_REFUSED, reason=Reason.REQUEST, entry="devino-error-2")),
    (4, "Invalid user login or password", 401, Raises(error=AuthFailed, entry="devino-said-login")),
    (5, "Мало денег", 403, Raises(error=InsufficientFunds, code="5", entry="devino-error-5")),
    (2, "Not enough credits", 403, Raises(error=InsufficientFunds, code="2", entry="devino-said-money")),
    (
        6,
        "Invalid source address",
        400,
        Raises(error=_REFUSED, code="6", reason=Reason.SENDER, entry="devino-said-sender"),
    ),
    (
        6,
        "Invalid destination address",
        400,
        Raises(error=_REFUSED, reason=Reason.RECIPIENT, entry="devino-said-recipient"),
    ),
    (6, "Something", 400, Raises(error=_REFUSED, reason=Reason.REQUEST, entry="devino-error-6")),
    (1, "error-subject-new", 400, Raises(error=_REFUSED, reason=Reason.SENDER, entry="devino-said-sender")),
    (
        1,
        "error-address-new",
        400,
        Raises(error=_REFUSED, reason=Reason.RECIPIENT, entry="devino-said-recipient"),
    ),
    (
        1,
        r"Data can not be null\r\nParameter name: Data",
        400,
        Raises(error=_REFUSED, entry="devino-said-request"),
    ),
    (7, "Forbidden", 403, Raises(error=_REFUSED, code="7", reason=Reason.LIMIT, entry="devino-error-7")),
    (8, "Gateway error", 500, Raises(error=OutcomeUnknown, code="8", entry="devino-error-8")),
    (9, "Object reference not set", 500, Raises(error=OutcomeUnknown, code="9", entry="devino-error-9")),
    (9, "No session with SMSC. Parameter name: s", 500, Raises(error=OutcomeUnknown, entry="devino-error-9")),
    (8, "Not enough credits", 500, Raises(error=OutcomeUnknown, entry="devino-error-8")),
    (9, NULL_PARAMETER.replace("sendDate", "sessionId"), 500, Raises(error=_REFUSED, code="9")),
    (
        10,
        "NHibernate.SessionException: Session was disconnected",
        500,
        Raises(error=OutcomeUnknown, code="10"),
    ),
    (10, "Failed to deliver to destination address", 502, Raises(error=OutcomeUnknown, code="10")),
    (10, "Session was disconnected", 400, Raises(error=_REFUSED, code="10", reason=Reason.REQUEST)),
    (10, "Invalid source address", 500, Raises(error=_REFUSED, code="10", reason=Reason.SENDER)),
    (3, "?", 500, Raises(error=OutcomeUnknown, code="3")),
    (5, "?", 503, Raises(error=OutcomeUnknown, code="5")),
    (6, "No such source address", 400, Raises(error=_REFUSED, reason=Reason.SENDER)),
    (9, NULL_PARAMETER, 500, Raises(error=_REFUSED, code="9", entry="devino-said-request")),
    ("6", "Invalid source address", 400, Raises(error=_REFUSED, code="6")),
    (6, "Invalid source address", 200, Raises(error=_REFUSED, code="6")),
    (6, "INVALID SOURCE ADDRESS", 500, Raises(error=_REFUSED, reason=Reason.SENDER)),
    (77, "New trouble", 400, Raises(error=_REFUSED, code="77", reason=Reason.REQUEST)),
    (77, "New trouble", 500, Raises(error=OutcomeUnknown, code="77")),
    (77, "New trouble", 200, Raises(error=OutcomeUnknown, code="77")),
    (77, "Wait", 429, Raises(error=Throttled, code="429")),
    ("none", "New trouble", 408, Raises(error=OutcomeUnknown, code="408")),
]
REFUSED = [
    submits(f"send: {code} {desc[:30]} HTTP {status}", refused(code, desc, status), raises)
    for code, desc, status, raises in ERROR_TABLE
]
REFUSED += [
    submits(
        "send: unknown keys and windows-1251 in an error",
        reply('{"Trace":[1],"Desc":"Неверно: source address","Code":6}'.encode("cp1251"), status=400),
        Raises(error=RequestRefused, code="6", reason=Reason.SENDER),
    ),
    submits(
        "send: a blank and a line break after Parameter, as the seed prints it",
        refused(1, "MessageID can not be null or empty Parameter name: messageid", 400),
        Raises(error=RequestRefused, entry="devino-said-request"),
    ),
]

UNREADABLE = unanswered(
    "send",
    lambda gateway: gateway.submit(submission()),
    an_empty_list=reply("[]"),
    a_list_of_blanks=reply('["", null]'),
    a_boolean_for_an_id=reply("[true]"),
    an_object_for_an_id=reply('[{"id": 1}]'),
    a_fraction_for_an_id=reply("[1.5]"),
    half_a_character_for_an_id=reply(r'["\ud800"]'),
    words_for_an_id=reply('["Error: no such number"]'),
    words_for_one_of_two_ids=reply(f'["{ID}", "Ошибка"]'),
    a_line_break_within_an_id=reply(r'["5797\n5798"]'),
    a_cut_body=reply(f'["{ID}","5797'),
    ids_with_a_500=reply(f'["{ID}"]', status=500),
    ids_with_a_302=reply(f'["{ID}"]', status=302, location="/"),
    ids_with_a_202=reply(f'["{ID}"]', status=202),
    a_wrong_type=reply('{"State":0}'),
    a_bare_id=reply(f'"{ID}"'),
)
UNREADABLE += unanswered("bulk", lambda gateway: gateway.submit(submission(ONE, TWO)))

SESSIONS = [
    submits("not reached", NotReached(raw="ClientConnectorError"), Raises(error=NotReached)),
    submits("throttled", reply("", status=429, retry_after="7"), Raises(error=Throttled, code="429")),
    submits(
        "session expired: one login, one repeat",
        EXPIRED,
        ONE_ACCEPTED,
        wire=[LOGGED_IN, EXPIRED, LOGGED_IN_AGAIN, reply(f'["{ID}"]')],
        operations=("user/sessionid", "Sms/Send", "user/sessionid", "Sms/Send"),
        sent=((), (SESSION,), (), (f"SessionID={OTHER_SESSION}",)),
        secrets=(PASSWORD, SESSION, OTHER_SESSION),
    ),
    submits(
        "session refused twice: nothing was sent, try later",
        EXPIRED,
        Raises(error=Throttled, code="4", entry="devino-said-session"),
        wire=[LOGGED_IN, EXPIRED, LOGGED_IN_AGAIN, EXPIRED],
        secrets=(PASSWORD, SESSION, OTHER_SESSION),
    ),
    submits(
        "session refused twice, by its code",
        refused(3, "?", 400),
        Raises(error=Throttled, code="3", entry="devino-error-3"),
        wire=[LOGGED_IN, refused(3, "?", 400), LOGGED_IN, refused(3, "?", 400)],
    ),
    submits(
        "session refused twice, by its status",
        reply("", status=401),
        Raises(error=Throttled, code="401", entry="devino-error-4"),
        wire=[LOGGED_IN, reply("", status=401), LOGGED_IN, reply("", status=401)],
    ),
    submits(
        "the second login is unreadable: nothing was sent",
        EXPIRED,
        Raises(error=NotReached),
        wire=[LOGGED_IN, EXPIRED, reply("", status=500)],
    ),
    submits(
        "after the second login the outcome is unknown: no third try",
        EXPIRED,
        Raises(error=OutcomeUnknown),
        wire=[LOGGED_IN, EXPIRED, LOGGED_IN, reply("")],
    ),
    *(
        submits(
            f"session refused by {name}",
            answer,
            ONE_ACCEPTED,
            wire=[LOGGED_IN, answer, LOGGED_IN, reply(f'["{ID}"]')],
        )
        for name, answer in {
            "code 3": refused(3, "Неверно", 400),
            "code 4 in unknown words": refused(4, "Unauthorized access", 401),
            "its words under another code": refused(6, "Invalid SessionID", 400),
            "401 without a body": reply("", status=401),
            "401 with HTML": reply("<html>401</html>", status=401),
            "401 with an unlisted code": refused(77, "?", 401),
        }.items()
    ),
]


def logs_in(name: str, answer: HttpResponse | GatewayError, expect: Raises, *secrets: str) -> Case:
    """A case of a send whose login fails: whatever comes, the message has not left."""
    return case(
        f"login: {name}",
        lambda gateway: gateway.submit(submission()),
        [],
        expect,
        wire=[answer],
        operations=("user/sessionid",),
        secrets=(PASSWORD, SESSION, *secrets),
    )


LOGINS = [
    submits(
        "login: a byte-order mark, blanks and dashes in a session",
        reply(f'["{ID}"]'),
        ONE_ACCEPTED,
        wire=[reply(f'\ufeff " {SESSION}-1 " ', content_type="text/html"), reply(f'["{ID}"]')],
        sent=((), (f"SessionID={SESSION}-1&",)),
    ),
    logs_in("wrong", refused(4, "Invalid user login or password", 401), Raises(error=AuthFailed, code="4")),
    logs_in(
        "wrong with HTTP 200",
        refused(4, "Invalid user login or password", 200),
        Raises(error=AuthFailed, entry="devino-said-login"),
    ),
    logs_in("401", reply("", status=401), Raises(error=AuthFailed, code="401", reason=Reason.LOGIN)),
    logs_in("code 4 in unknown words", refused(4, "Нет", 401), Raises(error=AuthFailed)),
    logs_in("session expired, of all things", EXPIRED, Raises(error=NotReached)),
    logs_in("forbidden", refused(7, "Forbidden", 403), Raises(error=AccountBlocked, reason=Reason.ACCOUNT)),
    logs_in(
        "refused",
        refused(1, "login can not be null", 400),
        Raises(error=AccountBlocked, entry="devino-error-1"),
    ),
    logs_in("no money", refused(5, "Not enough credits", 403), Raises(error=InsufficientFunds)),
    logs_in("trouble", refused(8, "Gateway error", 500), Raises(error=NotReached, code="8")),
    logs_in("throttled", reply("", status=429), Raises(error=Throttled)),
    logs_in("no answer", OutcomeUnknown(raw="SocketTimeoutError"), Raises(error=NotReached)),
    logs_in("empty", reply('""'), Raises(error=NotReached)),
    logs_in("null", reply("null"), Raises(error=NotReached)),
    logs_in("a number", reply("123456789012345678901234567890123456"), Raises(error=NotReached)),
    logs_in("HTML", reply("<html></html>"), Raises(error=NotReached)),
    logs_in("a redirect", reply("", status=301, location="https://example.com"), Raises(error=NotReached)),
    logs_in("a session with blanks", reply('"C0FFEE 5E55"'), Raises(error=NotReached), "C0FFEE 5E55"),
    logs_in("cut", reply(f'"{SESSION[:20]}'), Raises(error=NotReached), SESSION[:20]),
]

BEFORE_THE_WIRE = [
    no_io("a text for each number", lambda gateway: gateway.submit(TWO_TEXTS), Raises(error=Unsupported)),
    no_io(
        "no sender ID",
        lambda gateway: gateway.submit(submission(sender_id=None)),
        Raises(error=RequestRefused, reason=Reason.SENDER),
    ),
    no_io(
        "the recipient's time without a date",
        lambda gateway: gateway.submit(submission(by_recipient_time=True)),
        Raises(error=RequestRefused, reason=Reason.SCHEDULE),
    ),
    no_io(
        "an option that Devino has not",
        lambda gateway: gateway.submit(submission(kind=Kind.VIBER, options=(("translit", "1"),))),
        Raises(error=RequestRefused, reason=Reason.REQUEST),
    ),
    no_io(
        "the option of Viber with an SMS",
        lambda gateway: gateway.submit(submission(options=(("optional", "1"),))),
        Raises(error=RequestRefused, reason=Reason.REQUEST),
    ),
    *(
        no_io(
            f"messages of the kind {kind}",
            lambda gateway, kind=kind: gateway.submit(submission(kind=kind)),  # type: ignore[misc]
            Raises(error=Unsupported),
        )
        for kind in (Kind.FLASH, Kind.VOICE, Kind.HLR, Kind.PING)
    ),
    no_io("a quote", lambda gateway: gateway.quote(submission()), Raises(error=Unsupported)),
]

CASES = [*ACCEPTED, *REFUSED, *UNREADABLE, *SESSIONS, *LOGINS, *BEFORE_THE_WIRE]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_contract(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await run(case, build, caplog)


@pytest.mark.parametrize(
    ("desc", "field"),
    [
        ("Invalid source address", "sender_id"),
        ("Invalid destination address", "msisdn"),
        ("error-content-not-specified", "text"),
        ("error-validity-period-seconds-format", "validity"),
        ("Something", None),
    ],
)
async def test_a_refusal_names_the_field_to_blame(desc: str, field: str | None) -> None:
    with pytest.raises(RequestRefused) as caught:
        await build(Wire([LOGGED_IN, refused(6, desc, 400)])).submit(submission())
    assert caught.value.field == field


async def test_throttled_says_how_long() -> None:
    with pytest.raises(Throttled) as caught:
        await build(Wire([LOGGED_IN, reply("", status=429, retry_after="7")])).submit(submission())
    assert caught.value.retry_after == timedelta(seconds=7)


async def test_a_login_that_is_not_answered_says_nothing_of_money() -> None:
    with pytest.raises(NotReached) as caught:
        await build(Wire([refused(8, "Gateway error", 500)])).submit(submission())
    assert caught.value.entry is None
