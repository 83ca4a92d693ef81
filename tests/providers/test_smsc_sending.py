"""SMSC: sending and the price check."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pydantic import SecretStr

from providers.errors import (
    GatewayError,
    InsufficientFunds,
    OutcomeUnknown,
    RequestRefused,
    Throttled,
    Unsupported,
)
from providers.gateways import smsc
from providers.gateways.smsc.reading import build_balance
from providers.gateways.smsc.sending import OPTIONS, build_quote, build_submit, parse_quote, parse_submit
from providers.model import Kind, Quote, Reason, Sms, Submission
from providers.wire import HttpResponse
from tests.providers.contract import PASSWORD, Case, Raises, reply, run
from tests.providers.smsc.samples import (
    CONFIG,
    KEY,
    ONE,
    PAIR,
    REF,
    THREE,
    TWO,
    accepted,
    answer,
    build,
    configured,
    error,
    form,
    phone,
    quote,
    receipt,
    rejected,
    submission,
    submit,
)

SENDING = [
    Case(
        name="accepted, one number",
        call=submit(submission(ONE)),
        wire=[answer({"id": REF, "cnt": 1, "cost": "1.40"})],
        expect=receipt(*accepted(ONE)),
        operations=("send",),
    ),
    Case(
        name="accepted, many numbers under one id",
        call=submit(submission(ONE, TWO)),
        wire=[
            answer(
                {
                    "id": REF,
                    "cnt": 4,
                    "cost": "5.6",
                    "phones": [phone(ONE, "-1", "0"), phone(f"+{TWO}", -1, 0)],
                }
            )
        ],
        expect=receipt(*accepted(ONE, TWO), cost="5.6", segments=4),
    ),
    Case(
        name="numbers as strings, a decimal comma",
        call=submit(submission(ONE)),
        wire=[answer({"id": 1234, "cnt": "1", "cost": "1,40"})],
        expect=receipt(*accepted(ONE, gateway_id="1234"), gateway_id="1234"),
    ),
    Case(
        name="an id above 2^63",
        call=submit(submission(ONE)),
        wire=[answer({"id": 98765432109876543210, "cnt": 1})],
        expect=receipt(
            *accepted(ONE, gateway_id="98765432109876543210"), cost=None, gateway_id="98765432109876543210"
        ),
    ),
    Case(
        name="one number refused",
        call=submit(submission(ONE, TWO)),
        wire=[
            answer(
                {
                    "id": REF,
                    "cnt": 1,
                    "cost": "1.40",
                    "phones": [phone(ONE, "-1", "0"), phone(TWO, "23", "254")],
                }
            )
        ],
        expect=receipt(*accepted(ONE), rejected(TWO, "254", Reason.SENDER, "smsc-err-254")),
    ),
    Case(
        name="all refused",
        call=submit(submission(ONE, TWO)),
        wire=[
            answer({"id": REF, "cnt": 0, "cost": "0", "phones": [phone(ONE, 25, 248), phone(TWO, 22, 249)]})
        ],
        expect=receipt(
            rejected(ONE, "248", Reason.ROUTE, "smsc-err-248"),
            rejected(TWO, "249", Reason.RECIPIENT, "smsc-err-249"),
            cost="0",
            segments=0,
        ),
    ),
    Case(
        name="a bad number named without a status",
        call=submit(submission(ONE)),
        wire=[answer({"id": REF, "cnt": 0, "cost": "0", "phones": [{"phone": ONE, "error": "249"}]})],
        expect=receipt(rejected(ONE, "249", Reason.RECIPIENT, "smsc-err-249"), cost="0", segments=0),
    ),
    Case(
        name="test mode and a full queue are no refusals",
        call=submit(submission(ONE, TWO)),
        wire=[
            answer(
                {
                    "id": REF,
                    "cnt": 1,
                    "cost": "1.40",
                    "phones": [{"phone": ONE, "error": "200"}, {"phone": TWO, "error": 220}],
                }
            )
        ],
        expect=receipt(*accepted(ONE, TWO)),
    ),
    Case(
        name="a number listed with no status and no error is none of the bad ones",
        call=submit(submission(ONE, TWO)),
        wire=[
            answer(
                {
                    "id": REF,
                    "cnt": 1,
                    "cost": "1.40",
                    "phones": [{"phone": ONE, "error": "0"}, {"phone": TWO}],
                }
            )
        ],
        expect=receipt(*accepted(ONE, TWO)),
    ),
    Case(
        name="a number the list leaves out has no verdict",
        call=submit(submission(ONE, TWO)),
        wire=[answer({"id": REF, "cnt": 1, "cost": "1.40", "phones": [phone(ONE, 0, 0)]})],
        expect=receipt(*accepted(ONE)),
    ),
    Case(
        name="a list that names none of ours",
        call=submit(submission(ONE)),
        wire=[answer({"id": REF, "cnt": 1, "phones": [phone(THREE, 0, 0)]})],
        expect=Raises(error=OutcomeUnknown),
    ),
    Case(
        name="an empty list",
        call=submit(submission(ONE)),
        wire=[answer({"id": REF, "cnt": 1, "cost": "1.40", "phones": []})],
        expect=receipt(*accepted(ONE)),
    ),
    Case(
        name="by the recipient's time: nothing leaves",
        call=submit(
            replace(submission(ONE), send_at=datetime(2026, 5, 1, tzinfo=UTC), by_recipient_time=True)
        ),
        wire=[],
        expect=Raises(error=Unsupported),
    ),
    Case(
        name="what a list of texts cannot carry: nothing leaves",
        call=submit(Submission(ref=REF, sms=(Sms(msisdn=ONE, text="a"), Sms(msisdn=TWO, text="C:\\new")))),
        wire=[],
        expect=Raises(error=RequestRefused, reason=Reason.TEXT),
    ),
    *(
        Case(
            name=f"no documented success: {value}",
            call=submit(submission(ONE)),
            wire=[answer(value)],
            expect=Raises(error=OutcomeUnknown),
        )
        for value in (
            {"id": REF},
            {"cnt": 1},
            {"id": "", "cnt": 1},
            {"id": True, "cnt": 1},
            {"id": REF, "cnt": 0},
            {"id": REF, "cnt": "много"},
        )
    ),
    *(
        Case(
            name=f"refused at once by status {status}",
            call=submit(submission(ONE)),
            wire=[answer({"id": REF, "cnt": 0, "cost": "0", "phones": [phone(ONE, status, 0)]})],
            expect=receipt(rejected(ONE, status, reason, f"smsc-status-{status}"), cost="0", segments=0),
        )
        for status, reason in {
            "20": Reason.UNEXPLAINED,
            "22": Reason.RECIPIENT,
            "23": Reason.UNEXPLAINED,
            "25": Reason.ROUTE,
        }.items()
    ),
    *(
        Case(
            name=f"in doubt and so no refusal: status {status}, error {code}",
            call=submit(submission(ONE)),
            wire=[answer({"id": REF, "cnt": 1, "cost": "0", "phones": [phone(ONE, status, code)]})],
            expect=receipt(*accepted(ONE), cost="0", segments=1),
        )
        for status, code in (("24", 0), ("20", 245), ("23", 245), (None, 245))
    ),
    Case(
        name="quote",
        call=quote,
        wire=[answer({"cost": "1.40", "cnt": 1})],
        expect=Quote(cost=Decimal("1.40"), segments=1),
        operations=("cost",),
    ),
    Case(
        name="a price check that sent",
        call=quote,
        wire=[answer({"id": 1, "cost": "1.40", "cnt": 1})],
        expect=Raises(error=OutcomeUnknown),
    ),
    Case(
        name="a price check without a price",
        call=quote,
        wire=[answer({"cnt": 1})],
        expect=Raises(error=OutcomeUnknown),
    ),
]

SUCCESS = '{\n"id": "a1b2c3d4",\n"cnt": 1,\n"cost": "1.40",\n"comment": "Привет"\n}'
DRESSES: dict[str, HttpResponse] = {
    "BOM": reply(b"\xef\xbb\xbf" + SUCCESS.encode()),
    "text/html": reply(SUCCESS, content_type="text/html"),
    "windows-1251 declared": reply(
        SUCCESS.encode("cp1251"), content_type="application/json; charset=windows-1251"
    ),
    "windows-1251 undeclared": reply(SUCCESS.encode("cp1251")),
    "utf-8 declared as windows-1251": reply(SUCCESS, content_type="application/json; charset=windows-1251"),
    "blanks around": reply(f"\r\n {SUCCESS}\n"),
}
DRESSED = [
    Case(name=name, call=submit(submission(ONE)), wire=[dressed], expect=receipt(*accepted(ONE)))
    for name, dressed in DRESSES.items()
]


def kinds(*named: Kind) -> list[Case]:
    """A case for each kind of message: which switch it sets, and whether it has a text."""
    switches = {
        Kind.FLASH: "flash=1",
        Kind.VIBER: "viber=1",
        Kind.VOICE: "call=1",
        Kind.HLR: "hlr=1",
        Kind.PING: "ping=1",
    }
    return [
        Case(
            name=f"a {kind}",
            call=submit(submission(ONE, text="Text", kind=kind)),
            wire=[answer({"id": REF, "cnt": 1, "cost": "1.40"})],
            expect=replace(receipt(*accepted(ONE)), segments=None if kind == Kind.VOICE else 1),
            operations=("send",),
            sent=((switches[kind], f"phones=%2B{ONE}", *(["mes=Text"] if kind.has_text else [])),),
            unsent=() if kind.has_text else ("mes=", "list="),
        )
        for kind in named
    ]


def priced(value: Mapping[str, object]) -> HttpResponse:
    return answer({"id": REF, "cnt": 1, **value})


LATER = datetime(2026, 5, 1, 9, tzinfo=UTC)
KINDS = [
    *kinds(Kind.FLASH, Kind.VIBER, Kind.VOICE, Kind.HLR, Kind.PING),
    Case(
        name="a price of a call: its seconds are no segments",
        call=lambda gateway: gateway.quote(submission(ONE, kind=Kind.VOICE)),
        wire=[answer({"cost": "3.00", "cnt": 20})],
        expect=Quote(cost=Decimal("3.00"), segments=None),
        sent=(("call=1",),),
    ),
    Case(
        name="the same number twice and no text: no list either",
        call=submit(
            Submission(ref=REF, sms=(Sms(msisdn=ONE, text="a"), Sms(msisdn=TWO, text="b")), kind=Kind.HLR)
        ),
        wire=[answer({"id": REF, "cnt": 2})],
        expect=receipt(*accepted(ONE, TWO), cost=None, segments=2),
        sent=((f"phones=%2B{ONE}%2C%2B{TWO}",),),
        unsent=("list=", "mes="),
    ),
    *(
        Case(name=f"{name}: nothing leaves", call=submit(asked), wire=[], expect=Raises(error=Unsupported))
        for name, asked in {
            "Viber with an SMS behind it": submission(ONE, kind=Kind.VIBER_OR_SMS),
            "a lookup later": replace(submission(ONE, kind=Kind.HLR), send_at=LATER),
            "a lookup that expires": replace(submission(ONE, kind=Kind.HLR), validity=timedelta(hours=1)),
        }.items()
    ),
]

COSTS = [
    Case(
        name=f"answered as if cost={mode} had been asked",
        call=submit(submission(ONE)),
        wire=[priced(value)],
        expect=receipt(*accepted(ONE), cost=cost),
    )
    for mode, value, cost in (
        ("0", {}, None),
        ("2", {"cost": "1.40"}, "1.40"),
        ("3", {"cost": "1.40", "balance": "100.50"}, "1.40"),
    )
]

OPTION_VALUES: dict[str, tuple[str, str]] = {  # one that goes, one that does not
    "translit": ("2", "3"),
    "tinyurl": ("1", "yes"),
    "maxsms": ("3", "0"),
    "period": ("0.5", "-1"),
    "freq": ("60", "0"),
    "tz": ("-2", "25"),
    "subj": ("A subject", ""),
    "voice": ("w2,en", "x"),
    "param": ("22,20,5", "22"),
    "soc": ("1", "2"),
    "tg": ("1", "2"),
    "bot": ("@acme_bot", "acme"),
    "smsreq": ("30", "1"),
}
FORBIDDEN = (
    "pp", "fmt", "charset", "login", "psw", "apikey", "id", "phones", "mes", "cost", "list", "sender", "time",
    "valid", "op", "err", "call", "nl", "",
)  # fmt: skip
CHOICES = [
    *(
        Case(
            name=f"option {name}",
            call=submit(replace(submission(ONE), options=((name, good),))),
            wire=[priced({})],
            expect=receipt(*accepted(ONE), cost=None),
            sent=((f"&{name}=",),),
        )
        for name, (good, _) in OPTION_VALUES.items()
    ),
    *(
        Case(
            name=f"option {name}={bad}: nothing leaves",
            call=submit(replace(submission(ONE), options=((name, bad),))),
            wire=[],
            expect=Raises(error=RequestRefused, reason=Reason.REQUEST),
        )
        for name, bad in [
            *((name, bad) for name, (_, bad) in OPTION_VALUES.items()),
            *((name, "1") for name in FORBIDDEN),
        ]
    ),
]

ODD = [
    Case(
        name="refused in text, with the id it was given",
        call=submit(submission(ONE)),
        wire=[reply("ERROR = 6 (message is denied), ID - 542")],
        expect=Raises(error=RequestRefused, code="6", reason=Reason.TEXT, entry="smsc-send-6"),
    ),
    Case(
        name="no money, in text",
        call=quote,
        wire=[reply("ERROR = 3 (no money)\n")],
        expect=Raises(error=InsufficientFunds, code="3", entry="smsc-send-3"),
    ),
    Case(
        name="refused in text by a number nobody knows",
        call=submit(submission(ONE)),
        wire=[reply("ERROR = 77 (novel)")],
        expect=Raises(error=OutcomeUnknown, code="77"),
    ),
    Case(
        name="an id with half a character: it can still be written down",
        call=submit(submission(ONE)),
        wire=[reply('{"id": "a\\ud83d", "cnt": 1}')],
        expect=receipt(*accepted(ONE, gateway_id="a\ufffd"), gateway_id="a\ufffd", cost=None),
    ),
    Case(
        name="unknown keys, and a code read out in a call",
        call=submit(submission(ONE)),
        wire=[priced({"code": "1234", "novel": {"a": [1, None]}})],
        expect=receipt(*accepted(ONE), cost=None),
    ),
    Case(
        name="phones that are no objects",
        call=submit(submission(ONE)),
        wire=[priced({"phones": ["79019011234", None, 1]})],
        expect=receipt(*accepted(ONE), cost=None),
    ),
]

CASES = [*SENDING, *DRESSED, *KINDS, *COSTS, *CHOICES, *ODD]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_contract(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await run(case, build, caplog)


@pytest.mark.parametrize("case", [*SENDING, *DRESSED, *ODD], ids=lambda case: case.name)
async def test_as_json_it_is_the_same(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await run(replace(case, sent=()), configured(request_format="json"), caplog)


def test_every_option_has_its_cases() -> None:
    assert set(OPTION_VALUES) == set(OPTIONS) == set(smsc.CAPABILITIES.options)
    assert not set(FORBIDDEN) & set(OPTIONS)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Too many concurrent requests", Throttled),
        ("duplicate request, wait a minute", OutcomeUnknown),  # an earlier one went through
        ("что-то новое", OutcomeUnknown),
    ],
)
def test_the_two_kinds_of_error_9(text: str, kind: type[GatewayError]) -> None:
    with pytest.raises(kind) as caught:
        parse_submit(error(9, text), submission(ONE))

    assert caught.type is kind
    assert (caught.value.code, caught.value.entry) == ("9", "smsc-send-9")


def test_a_price_asked_for_too_often_is_no_doubt() -> None:
    with pytest.raises(Throttled) as caught:
        parse_quote(error(9, "duplicate request, wait a minute"), submission(ONE))

    assert caught.value.only_this
    assert caught.value.retry_after == timedelta(seconds=61)


OURS = {"id": REF, "cost": "2", "err": "1", "op": "1"}


def test_a_sending() -> None:
    request = build_submit(CONFIG, submission(ONE, TWO))

    assert request.url == "https://smsc.ru/sys/send.php"
    assert request.headers == {"Content-Type": "application/x-www-form-urlencoded"}
    assert request.submits
    assert request.secrets == (PASSWORD,)
    assert form(request) == {**PAIR, **OURS, "phones": f"+{ONE},+{TWO}", "mes": "Заказ готов"}


def test_different_texts_go_line_by_line() -> None:
    sms = (Sms(msisdn=ONE, text="один: 1\r\nдва\nтри"), Sms(msisdn=TWO, text="`&<\"'+%"))

    sent = form(build_submit(CONFIG, Submission(ref=REF, sms=sms)))

    assert sent["list"] == f"+{ONE}:один: 1\\nдва\\nтри\n+{TWO}:`&<\"'+%"
    assert not {"phones", "mes"} & set(sent)


@pytest.mark.parametrize(
    "text",
    ["`&<\"'=+%;", "Ёлки 🎄 €", "line\nbreak C:\\new", "a" * 1000, "ы" * 1000],
    ids=["markup", "not GSM", "breaks", "long", "long Cyrillic"],
)
def test_a_text_arrives_as_it_is(text: str) -> None:
    assert form(build_submit(CONFIG, submission(ONE, text=text)))["mes"] == text


def test_sender_date_and_validity() -> None:
    asked = replace(
        submission("7&<\"'"),
        sender_id="ACME",
        send_at=datetime(2026, 5, 1, 9, tzinfo=UTC),
        validity=timedelta(hours=1, minutes=5),
    )

    sent = form(build_submit(CONFIG, asked))

    assert (sent["phones"], sent["sender"], sent["time"], sent["valid"]) == (
        "+7&<\"'",
        "ACME",
        "01777626000",
        "01:05",
    )


@pytest.mark.parametrize(
    ("validity", "written"),
    [
        (timedelta(), "00:01"),
        (timedelta(seconds=1), "00:01"),
        (timedelta(seconds=61), "00:02"),
        (timedelta(minutes=59), "00:59"),
        (timedelta(hours=24), "24:00"),
    ],
    ids=str,
)
def test_validity_is_in_hours_and_minutes(validity: timedelta, written: str) -> None:
    assert form(build_submit(CONFIG, replace(submission(ONE), validity=validity)))["valid"] == written


def test_a_price_check_sends_nothing() -> None:
    request = build_quote(CONFIG, submission(ONE))

    assert request.url == "https://smsc.ru/sys/send.php"
    assert not request.submits
    pace = request.pace
    assert pace is not None
    assert (pace.most, pace.period) == (5, timedelta(seconds=61))
    assert form(request) == {**PAIR, "cost": "1", "phones": f"+{ONE}", "mes": "Заказ готов"}


def test_what_a_list_cannot_carry_is_blamed_on_the_text() -> None:
    sms = (Sms(msisdn=ONE, text="a"), Sms(msisdn=TWO, text="C:\\new"))

    with pytest.raises(RequestRefused) as caught:
        build_submit(CONFIG, Submission(ref=REF, sms=sms))

    assert caught.value.field == "text"


def test_a_time_in_an_asked_zone_is_its_clock() -> None:
    asked = replace(submission(ONE), send_at=LATER + timedelta(seconds=1), options=(("tz", "-2"),))

    sent = form(build_submit(CONFIG, asked))

    assert (sent["time"], sent["tz"]) == ("01.05.26 10:01", "-2")


@pytest.mark.parametrize("config", [CONFIG, CONFIG.model_copy(update={"apikey": SecretStr(KEY)})])
def test_the_json_form_has_the_same_parameters(config: smsc.Config) -> None:
    asked = replace(submission(ONE, TWO, text="`&<\"'+%\nЁ🎄"), sender_id="ACME")
    as_json = config.model_copy(update={"request_format": "json"})

    for build_request in (build_submit, build_quote):
        request = build_request(as_json, asked)

        assert request.url == "https://smsc.ru/rest/send/"
        assert request.headers == {"Content-Type": "application/json; charset=utf-8"}
        assert json.loads(request.body or b"") == form(build_request(config, asked))
        assert request.pace == build_request(config, asked).pace
    assert build_submit(as_json, asked).submits


def test_only_sending_goes_as_json() -> None:
    config = CONFIG.model_copy(update={"request_format": "json"})

    assert build_balance(config).url == "https://smsc.ru/sys/balance.php"


def test_the_same_message_waits_its_minute_whatever_its_id() -> None:
    first = build_submit(CONFIG, submission(ONE)).pace

    assert first is not None
    assert (first.most, first.period) == (1, timedelta(seconds=61))
    assert build_submit(CONFIG, replace(submission(ONE), ref="another")).pace == first
    for other in (submission(TWO), submission(ONE, text="Другое"), submission(ONE, kind=Kind.FLASH)):
        assert build_submit(CONFIG, other).pace != first


def test_what_must_not_be_repeated_is_not_told() -> None:
    paces = build_submit(CONFIG, submission(ONE, text="Secret 123")).pace

    assert ONE not in repr(paces)
    assert "Secret" not in repr(paces)
    assert PASSWORD not in repr(paces)


def test_too_many_at_once_makes_all_requests_wait_and_not_for_long() -> None:
    with pytest.raises(Throttled) as caught:
        parse_submit(error(9, "too many concurrent requests"), submission(ONE))

    assert not caught.value.only_this
    assert caught.value.retry_after == timedelta(seconds=2)
