"""Viber over Devino REST: four sends, a table of states of its own, the SMS sent in place of a message."""

import time
from datetime import timedelta
from decimal import Decimal

import pytest

from providers.errors import (
    AuthFailed,
    InsufficientFunds,
    OutcomeUnknown,
    RequestRefused,
    Throttled,
    Unsupported,
)
from providers.gateways.devino_rest import CAPABILITIES, parse_state
from providers.model import Kind, KindLimits, Reason, Receipt, Report
from providers.wire import HttpResponse
from tests.providers.contract import PASSWORD, SESSION, Case, Raises, Wire, reply, run
from tests.providers.devino.rest import (
    EXPIRED,
    LOGGED_IN,
    LOGGED_IN_AGAIN,
    build,
    no_io,
    refused,
    reports,
    state,
    submits,
    unanswered,
)
from tests.providers.devino.samples import (
    AT,
    ID,
    LONG,
    ONE,
    OTHER_SESSION,
    REPORTED,
    STATE_TABLE,
    TWO,
    TWO_TEXTS,
    VIBER_TABLE,
    accepted,
    ref,
    submission,
    told,
    told_of_viber,
)

VIBER, OR_SMS = Kind.VIBER, Kind.VIBER_OR_SMS
GW, GW_2 = "GW0261BBD6B3", "GW0261BBD6B4"
ONE_ACCEPTED = Receipt(verdicts=(accepted(ONE, GW),), segments=1)
BOTH_ACCEPTED = Receipt(verdicts=(accepted(ONE, GW), accepted(TWO, GW_2)), segments=2)

SENDS = [
    submits(
        "one number",
        reply(f'["{GW}"]'),
        ONE_ACCEPTED,
        submission(kind=VIBER, text="Заказ\nготов"),
        operations=("user/sessionid", "Viber/Send"),
        sent=(
            (),
            (
                "POST https://integrationapi.net/rest/Viber/Send\n",
                f"SessionID={SESSION}&SourceAddress=ACME&DestinationAddress={ONE}&Data=%D0%97",
                "%0A",
            ),
        ),
        unsent=("SendDate", "Validity", "Optional"),
    ),
    submits(
        "many",
        reply(f'["{GW}","{GW_2}"]'),
        BOTH_ACCEPTED,
        submission(ONE, TWO, kind=VIBER),
        operations=("user/sessionid", "Viber/SendBulk"),
        sent=((), (f"DestinationAddresses={ONE}&DestinationAddresses={TWO}",)),
    ),
    submits(
        "one number, or an SMS",
        reply(f'["{GW}"]'),
        ONE_ACCEPTED,
        submission(kind=OR_SMS, validity=timedelta(minutes=1440)),
        operations=("user/sessionid", "Viber/SendWithResend"),
        sent=((), ("Validity=1440",)),
    ),
    submits(
        "many, or an SMS: a long text is one id a number",
        reply(f'["{GW}","{GW_2}"]'),
        BOTH_ACCEPTED,
        submission(ONE, TWO, kind=OR_SMS, text=LONG),
        operations=("user/sessionid", "Viber/SendWithResendBulk"),
    ),
    submits(
        "the option of one number",
        reply(f'["{GW}"]'),
        ONE_ACCEPTED,
        submission(kind=VIBER, options=(("optional", "a b"),)),
        sent=((), ("Optional=a+b",)),
    ),
    submits(
        "the options of many",
        reply(f'["{GW}","{GW_2}"]'),
        BOTH_ACCEPTED,
        submission(ONE, TWO, kind=OR_SMS, options=(("optional", "a"), ("optional", "b"))),
        sent=((), ("Optionals=a&Optionals=b",)),
    ),
    submits(
        "a number for an id, a byte-order mark and a wrong type",
        reply("\ufeff [5797008541692723580] ", content_type="text/html"),
        Receipt(verdicts=(accepted(ONE, "5797008541692723580"),), segments=1),
        submission(kind=VIBER),
    ),
    submits(
        "more ids than numbers belong to nobody",
        reply(f'["{GW}","{GW_2}","{ID}"]'),
        Receipt(unmapped_ids=(GW, GW_2, ID), segments=3),
        submission(ONE, TWO, kind=VIBER),
    ),
    submits(
        "fewer ids than numbers belong to nobody",
        reply(f'["{GW}"]'),
        Receipt(unmapped_ids=(GW,), segments=1),
        submission(ONE, TWO, kind=OR_SMS),
    ),
    submits(
        "session expired: one login, one repeat",
        EXPIRED,
        ONE_ACCEPTED,
        submission(kind=VIBER),
        wire=[LOGGED_IN, EXPIRED, LOGGED_IN_AGAIN, reply(f'["{GW}"]')],
        secrets=(PASSWORD, SESSION, OTHER_SESSION),
    ),
]

# The words of section 9.1, with code 1; what comes out
WORD_TABLE: dict[str, Raises] = {
    **{
        f"error-address-{word}": Raises(error=RequestRefused, reason=Reason.RECIPIENT)
        for word in ("format", "not-specified", "unknown")
    },
    **{
        f"error-subject-{word}": Raises(error=RequestRefused, reason=Reason.SENDER)
        for word in ("format", "not-specified", "unknown")
    },
    "error-content-not-specified": Raises(error=RequestRefused, reason=Reason.REQUEST),
    "error-validity-period-seconds-format": Raises(error=RequestRefused, reason=Reason.REQUEST),
    "error-system": Raises(error=OutcomeUnknown),
    "ok": Raises(error=OutcomeUnknown),
}
REFUSED = [
    submits(
        f"send: {word}",
        refused(1, word, 400),
        Raises(error=raises.error, code="1", reason=raises.reason, entry=f"devino-viber-{word}"),
        submission(ONE, TWO, kind=VIBER),
    )
    for word, raises in WORD_TABLE.items()
]
REFUSED += [
    submits(f"send: {name}", answer, raises, submission(kind=OR_SMS))
    for name, answer, raises in (
        (
            "a word with HTTP 200",
            refused(1, "Error-Address-Format", 200),
            Raises(error=RequestRefused, entry="devino-viber-error-address-format"),
        ),
        ("no money", refused(5, "?", 403), Raises(error=InsufficientFunds, entry="devino-error-5")),
        ("wrong login", refused(4, "Invalid user login or password", 401), Raises(error=AuthFailed)),
        ("anti-spam", refused(7, "?", 403), Raises(error=RequestRefused, reason=Reason.LIMIT)),
        ("trouble", refused(8, "?", 500), Raises(error=OutcomeUnknown, entry="devino-error-8")),
        ("throttled", reply("", status=429), Raises(error=Throttled)),
    )
]

UNREADABLE = [
    *unanswered("send", lambda gateway: gateway.submit(submission(kind=VIBER)), no_ids=reply("[]")),
    *unanswered("bulk", lambda gateway: gateway.submit(submission(ONE, TWO, kind=OR_SMS)), ok=reply('"ok"')),
]

BEFORE_THE_WIRE = [
    no_io(
        name,
        lambda gateway, kind=kind, more=more: gateway.submit(submission(kind=kind, **more)),  # type: ignore[misc]
        Raises(error=error, reason=reason),
    )
    for kind in (VIBER, OR_SMS)
    for name, more, error, reason in (
        (f"{kind} by the recipient's time", {"by_recipient_time": True, "send_at": AT}, Unsupported, None),
        (f"{kind} by the recipient's time, no date", {"by_recipient_time": True}, Unsupported, None),
        (f"{kind} at a date", {"send_at": AT}, Unsupported, None),
        (f"{kind} without a sender ID", {"sender_id": None}, RequestRefused, Reason.SENDER),
        (f"{kind}, a text for each number", {"sms": TWO_TEXTS.sms}, Unsupported, None),
        (f"{kind} for no time", {"validity": timedelta(0)}, RequestRefused, Reason.REQUEST),
        (
            f"{kind} for the time in the samples",
            {"validity": timedelta(minutes=86400)},
            RequestRefused,
            Reason.REQUEST,
        ),
        (f"{kind}, an unknown option", {"options": (("Optional", "1"),)}, RequestRefused, Reason.REQUEST),
    )
]


def viber(value: object, resent: str = "[]", price: str = "null", reported: str = "null") -> HttpResponse:
    return reply(state(value, reported, price)[:-1] + f',"ResentSms":{resent}}}')


def sms(
    value: object, gateway_id: str = '"579700854169272358"', price: str = "null", reported: str = "null"
) -> str:
    return f'{{"Id":{gateway_id},' + state(value, reported, price)[1:]


def resent(name: str, answer: HttpResponse, expect: Report, kind: Kind = OR_SMS) -> Case:
    return reports(f"resent: {name}", [ref(GW, kind=kind)], [answer], [expect])


STATES = [
    *(
        reports(f"state {number}", [ref(GW, kind=VIBER)], [viber(number)], [told_of_viber(number, GW)])
        for number in VIBER_TABLE
    ),
    reports(
        "price and date",
        [ref(GW, kind=VIBER)],
        [viber(2, price="1.10", reported='"\\/Date(1608151480000)\\/"')],
        [told_of_viber(2, GW, price=Decimal("1.10"), at=REPORTED)],
        operations=("user/sessionid", "Viber/State"),
        sent=((), ("https://integrationapi.net/rest/Viber/State\n", f"sessionId={SESSION}&messageId={GW}")),
    ),
    reports(
        "0 of an SMS and 0 of a Viber message, each from its table",
        [ref(ID), ref(ID, number=TWO, kind=VIBER)],
        [reply(state(0)), viber(0)],
        [told(0), told_of_viber(0, ID, msisdn=TWO)],
        operations=("user/sessionid", "Sms/State", "Viber/State"),
    ),
    reports(
        "no ResentSms at all, a byte-order mark, a wrong type",
        [ref(GW, kind=OR_SMS)],
        [reply("\ufeff" + state('"3"'), content_type="text/html")],
        [told_of_viber(3, GW)],
    ),
    resent("null stands for none", viber(1, "null"), told_of_viber(1, GW)),
    *(
        resent(
            f"Viber {number} with the SMS still to come may change",
            viber(number),
            told_of_viber(number, GW, provisional=True),
        )
        for number in (4, 5, 7)
    ),
    *(
        resent(
            f"an SMS at {number} decides",
            viber(4, f"[{sms(number)}]"),
            told(number, GW, raw=f"4, {number}"),
        )
        for number in STATE_TABLE
    ),
    *(
        resent(f"Viber {number} decides", viber(number, f"[{sms(42)}]"), told_of_viber(number, GW))
        for number in (2, 3, 8)
    ),
    *(
        resent(
            f"the SMS decides at Viber {number}",
            viber(number, f"[{sms(0)}]"),
            told(0, GW, raw=f"{number}, 0"),
        )
        for number in (0, 1, 5, 6, 7, 9)
    ),
    resent(
        "the worst of several decides, all is paid",
        viber(
            4,
            f"[{sms(0, price='2')},{sms(46, '5797', '2', chr(34) + '/Date(1608151480000)/' + chr(34))}]",
            "0.5",
        ),
        told(46, GW, raw="4, 0, 46", price=Decimal("4.5"), at=REPORTED),
    ),
    resent(
        "a price missing of one: the sum is not known",
        viber(4, f"[{sms(0, price='2')},{sms(0)}]", "0.5"),
        told(0, GW, raw="4, 0"),
    ),
    *(
        reports(f"{name}: nothing is known", [ref(GW, kind=OR_SMS)], [answer], Raises(error=OutcomeUnknown))
        for name, answer in {
            "no state": reply("{}"),
            "a state that is a word": viber('"Delivered"'),
            "a fraction": viber("2.0"),
            "an SMS without a state": viber(4, '[{"Id":"1"}]'),
            "an SMS that is no object": viber(4, f"[{sms(0)},7]"),
            "SMS that are no list": viber(4, '"1"'),
            "one SMS in place of a list": viber(4, sms(0)),
            "a list": reply("[2]"),
            "a cut body": reply(viber(2).body[:-4]),
        }.items()
    ),
    *unanswered("state", lambda gateway: gateway.reports([ref(GW, kind=VIBER)])),
    reports(
        "a refused question",
        [ref(GW, kind=VIBER)],
        [refused(2, "Invalid argument", 400)],
        [
            Report(
                msisdn=ONE,
                ref="r1",
                gateway_id=GW,
                state=None,
                raw="HTTP 400: Invalid argument",
                code="2",
                entry="devino-error-2",
                silence=True,
            )
        ],
    ),
]

CASES = [*SENDS, *REFUSED, *UNREADABLE, *BEFORE_THE_WIRE, *STATES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_contract(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await run(case, build, caplog)


@pytest.mark.parametrize(
    ("word", "field"),
    [
        ("error-address-unknown", "msisdn"),
        ("error-subject-format", "sender_id"),
        ("error-content-not-specified", "text"),
        ("error-validity-period-seconds-format", "validity"),
    ],
)
async def test_a_bad_field_refuses_the_whole_request_and_is_named(word: str, field: str) -> None:
    wire = Wire([LOGGED_IN, refused(1, word, 400)])
    with pytest.raises(RequestRefused) as caught:
        await build(wire).submit(submission(ONE, TWO, kind=VIBER))
    assert caught.value.field == field


def test_the_limits_of_viber_are_data() -> None:
    limits = KindLimits(
        text_max=1000, validity=(timedelta(minutes=1), timedelta(minutes=1440)), send_at=False
    )
    assert CAPABILITIES.also == {VIBER: limits, OR_SMS: limits}


def test_an_endless_list_of_sms_in_its_place_is_no_answer() -> None:
    many = ",".join(['{"State":0}'] * 500_000)
    started = time.process_time()
    with pytest.raises(OutcomeUnknown, match="no state"):
        parse_state(reply(f'{{"State":4,"ResentSms":[{many}]}}'), GW, VIBER)
    assert time.process_time() - started < 3
