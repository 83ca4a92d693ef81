"""SMSC: its error numbers script by script, what a broken server says, the reserve host, the settings."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr, ValidationError

from providers.errors import (
    AccountBlocked,
    AuthFailed,
    GatewayError,
    InsufficientFunds,
    NotReached,
    OutcomeUnknown,
    RequestRefused,
    Throttled,
)
from providers.faces import History, Inbox, Jobs, Prices, SenderIds, Templates, face, faces
from providers.gateways import smsc
from providers.gateways.smsc import Config
from providers.gateways.smsc.sending import build_submit
from providers.model import Reason
from providers.wire import HttpRequest, HttpResponse
from tests.providers.contract import LOGIN, PASSWORD, Case, Raises, reply, run
from tests.providers.smsc.samples import (
    CONFIG,
    KEY,
    KEYED,
    NOW,
    ONE,
    REF,
    WHEN,
    Call,
    accepted,
    answer,
    balance,
    build,
    configured,
    error,
    form,
    message,
    quote,
    receipt,
    reports,
    submission,
    submit,
)

# Every number of the tables, by script, with the texts seen in the wild, and what comes of it.
Numbers = dict[str, tuple[str, type[GatewayError], Reason]]
EVERYWHERE: Numbers = {
    "1": ("parameters error", RequestRefused, Reason.REQUEST),
    "2": ("authorise error", AuthFailed, Reason.LOGIN),
    "4": ("ip is blocked", AccountBlocked, Reason.ACCOUNT),
    "9": ("duplicate request, wait a minute", Throttled, Reason.BUSY),
}
NUMBERS: dict[str, Numbers] = {
    "balance": EVERYWHERE,
    "status": {**EVERYWHERE, "5": ("delete error", RequestRefused, Reason.REQUEST)},
    "send": {
        **EVERYWHERE,
        "3": ("no money", InsufficientFunds, Reason.MONEY),
        "5": ("invalid date", RequestRefused, Reason.SCHEDULE),
        "6": ("message is denied", RequestRefused, Reason.TEXT),
        "7": ("invalid number", RequestRefused, Reason.RECIPIENT),
        "8": ("can't to deliver", RequestRefused, Reason.RECIPIENT),
    },
    "jobs": {
        **EVERYWHERE,
        "3": ("record not saved", Throttled, Reason.BUSY),
        "5": ("invalid date", RequestRefused, Reason.SCHEDULE),
    },
    "senders": {
        **EVERYWHERE,
        "3": ("sender not found", RequestRefused, Reason.SENDER),
        "5": ("save error", RequestRefused, Reason.SENDER),
        "7": ("invalid number", RequestRefused, Reason.RECIPIENT),
        "8": ("can't to deliver", RequestRefused, Reason.RECIPIENT),
        "10": ("code already sent", Throttled, Reason.BUSY),
        "11": ("wrong code", RequestRefused, Reason.REQUEST),
    },
    "templates": {
        **EVERYWHERE,
        "3": ("not found", RequestRefused, Reason.REQUEST),
        "5": ("save error", RequestRefused, Reason.REQUEST),
    },
    # Of get.php 3 is "nothing found"; the prices are no list, so it is an error there.
    "get": {**EVERYWHERE, "3": ("not found", RequestRefused, Reason.REQUEST)},
}
ASKING: dict[str, Call] = {
    "balance": balance,
    "status": reports(message()),
    "send": submit(submission(ONE)),
    "jobs": lambda gateway: face(gateway, Jobs).add_job("A campaign", submission(ONE)),
    "senders": lambda gateway: face(gateway, SenderIds).confirm_sender(ONE, "1234"),
    "templates": lambda gateway: face(gateway, Templates).delete_template("1"),
    "get": lambda gateway: face(gateway, Prices).prices(),
}
UNLISTED: dict[str, tuple[object, ...]] = {
    "balance": (3, 5, "6"),
    "status": (3, 6, "no"),
    "send": (0, 10, "15", None, -1),
    "jobs": (6, 7, 8, 10),
    "senders": (6, 12, "0"),
    "templates": (6, 7, 8, 10),
    "get": (5, 6, 7, 8),
}


def _expected(script: str, code: str, kind: type[GatewayError], reason: Reason) -> Raises:
    """The same sent twice within a minute: the first of the two may have gone through."""
    if code == "9" and script in {"send", "jobs"}:
        kind, reason = OutcomeUnknown, Reason.DUPLICATE
    return Raises(error=kind, code=code, reason=reason, entry=f"smsc-{script}-{code}")


REFUSALS = [
    *(
        Case(
            name=f"{script}: error {code} as {type(written).__name__}",
            call=ASKING[script],
            wire=[error(written, text)],
            expect=_expected(script, code, kind, reason),
        )
        for script, numbers in NUMBERS.items()
        for code, (text, kind, reason) in numbers.items()
        for written in (code, int(code))
        if (script, kind) != ("status", RequestRefused)  # of reports it is an answer
    ),
    *(
        Case(
            name=f"{script}: error {code} as text",
            call=ASKING[script],
            wire=[reply(f"ERROR = {code} ({text})")],
            expect=_expected(script, code, kind, reason),
        )
        for script, numbers in NUMBERS.items()
        for code, (text, kind, reason) in numbers.items()
        if (script, kind) != ("status", RequestRefused)
    ),
    *(
        Case(
            name=f"{script}: unlisted error {code}",
            call=ASKING[script],
            wire=[error(code)],
            expect=Raises(error=OutcomeUnknown, code=None if code is None else str(code)),
        )
        for script, codes in UNLISTED.items()
        for code in codes
    ),
    Case(
        name="an error with the id it was given",
        call=submit(submission(ONE)),
        wire=[error(6, "message is denied", id=REF, cnt=1)],
        expect=Raises(error=RequestRefused, code="6", reason=Reason.TEXT),
    ),
    Case(
        name="an error without a number, whatever else is there",
        call=submit(submission(ONE)),
        wire=[answer({"error": "no money", "id": REF, "cnt": 1})],
        expect=Raises(error=OutcomeUnknown),
    ),
    Case(
        name="an error without a text, blanks around its number",
        call=submit(submission(ONE)),
        wire=[answer({"error_code": " 3 ", "id": REF, "cnt": 1})],
        expect=Raises(error=InsufficientFunds, code="3"),
    ),
    Case(
        name="a price check without money",
        call=quote,
        wire=[error(3, "no money")],
        expect=Raises(error=InsufficientFunds, code="3"),
    ),
]

UNREADABLE: dict[str, HttpResponse | GatewayError] = {
    "empty body": reply(""),
    "blank body": reply("\n"),
    "cut body": reply('{\n"id": 1,\n"cnt": 1,\n"cost": "1.4'),
    "garbled body": reply(b"\x00\xff\xfe{"),
    "bare OK": reply("OK"),
    "text form": reply("OK - 1 SMS, ID - 1234"),
    "HTML with 200": reply("<html><body>Работы</body></html>", content_type="text/html"),
    "a bare number": reply("1"),
    "null": reply("null"),
    "an empty object": reply("{}"),
    "NaN": reply('{"id": 1, "cnt": NaN, "balance": NaN, "cost": NaN, "status": NaN}'),
    "HTTP 500": reply('{"id": 1, "cnt": 1, "cost": "1", "balance": "1", "status": 1}', status=500),
    "HTTP 503": reply("<html>Unavailable</html>", status=503),
    "HTTP 302": reply("", status=302, location="https://elsewhere.example/"),
    "the link broke": OutcomeUnknown(raw="ServerDisconnectedError"),
}
TROUBLE = [
    *(
        Case(name=f"{what}: {why}", call=call, wire=[bad], expect=Raises(error=OutcomeUnknown))
        for what, call in {**ASKING, "cost": quote}.items()
        for why, bad in UNREADABLE.items()
        if not (why == "bare OK" and what in {"senders", "templates"})  # there it is an answer
    ),
    *(
        Case(
            name=f"{what}: HTTP 429",
            call=call,
            wire=[reply("", status=429, retry_after="7")],
            expect=Raises(error=Throttled, code="429"),
        )
        for what, call in {**ASKING, "cost": quote}.items()
    ),
    *(
        Case(name=f"{what}: not reached", call=call, wire=[NotReached()], expect=Raises(error=NotReached))
        for what, call in {**ASKING, "cost": quote}.items()
    ),
    Case(
        name="send: a list",
        call=submit(submission(ONE)),
        wire=[answer([{"id": REF, "cnt": 1}])],
        expect=Raises(error=OutcomeUnknown),
    ),
]

SINCE, UNTIL = WHEN - timedelta(days=1), NOW
LISTS: dict[str, Call] = {
    "inbox": lambda gateway: face(gateway, Inbox).inbox(SINCE, UNTIL),
    "history": lambda gateway: face(gateway, History).history(SINCE, UNTIL),
    "senders": lambda gateway: face(gateway, SenderIds).senders(),
    "templates": lambda gateway: face(gateway, Templates).templates(),
    "jobs": lambda gateway: face(gateway, Jobs).jobs(),
}
NOTHING = [
    *(
        Case(name=f"{what}: an empty list as {said!r}", call=call, wire=[reply(said)], expect=[])
        for what, call in LISTS.items()
        for said in ("", "\n", "[]", "[1, null]")
    ),
    *(
        Case(name=f"{what}: nothing found", call=LISTS[what], wire=[error(3, "not found")], expect=[])
        for what in ("inbox", "history", "templates")
    ),
    *(
        Case(
            name=f"{what}: error {code} is no empty list",
            call=LISTS[what],
            wire=[error(code)],
            expect=Raises(error=kind, code=str(code)),
        )
        for what, code, kind in (
            *((what, 1, RequestRefused) for what in LISTS),
            ("senders", 3, RequestRefused),
            ("jobs", 3, Throttled),
        )
    ),
    *(
        Case(name=f"{what}: {why}", call=call, wire=[said], expect=Raises(error=OutcomeUnknown))
        for what, call in LISTS.items()
        for why, said in {
            "bare OK": reply("OK"),
            "an object": answer({"id": 1}),
            "cut": reply('[{"id": 1'),
            "HTML with 200": reply("<html></html>"),
            "HTTP 204": reply("", status=204),
            "HTTP 502": reply("<html>nginx</html>", status=502),
        }.items()
    ),
]

AWAY = NotReached(raw="refused")
RESERVE: dict[str, Call] = {**ASKING, "cost": quote, "inbox": LISTS["inbox"]}
RESERVED = [
    *(
        Case(
            name=f"{what}: the front is away, the reserve answers",
            call=call,
            wire=[AWAY, error(2, "authorise error")],
            expect=Raises(error=AuthFailed, code="2"),
            sent=(("https://smsc.ru/sys/",), ("https://www2.smsc.ru/sys/",)),
        )
        for what, call in RESERVE.items()
    ),
    *(
        Case(
            name=f"{what}: both are away",
            call=call,
            wire=[AWAY, AWAY],
            expect=Raises(error=NotReached),
        )
        for what, call in RESERVE.items()
    ),
    *(
        Case(
            name=f"{what}: the reserve is not asked after {why}",
            call=call,
            wire=[said],
            expect=Raises(error=kind),
            sent=(("https://smsc.ru/sys/",),),
        )
        for what, call in ASKING.items()
        for why, said, kind in (
            ("an empty body", reply(""), OutcomeUnknown),
            ("a broken link", OutcomeUnknown(raw="broken off"), OutcomeUnknown),
            ("an error 500", reply("", status=500), OutcomeUnknown),
            ("a wrong login", error(2), AuthFailed),
        )
    ),
    Case(
        name="sent through the reserve",
        call=submit(submission(ONE)),
        wire=[AWAY, answer({"id": REF, "cnt": 1, "cost": "1.40"})],
        expect=receipt(*accepted(ONE)),
        operations=("send", "send"),
    ),
    Case(
        name="the reserve knows no answer either",
        call=submit(submission(ONE)),
        wire=[AWAY, reply("")],
        expect=Raises(error=OutcomeUnknown),
    ),
]
WITH_RESERVE = {"reserve_url": "https://www2.smsc.ru/sys"}

CASES = [*REFUSALS, *TROUBLE, *NOTHING]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_contract(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await run(case, build, caplog)


@pytest.mark.parametrize("case", RESERVED, ids=lambda case: case.name)
async def test_the_reserve_host(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await run(case, configured(**WITH_RESERVE), caplog)


async def test_the_reserve_gets_the_same_request() -> None:
    seen: list[HttpRequest] = []

    async def send(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        if len(seen) == 1:
            raise AWAY
        return answer({"id": REF, "cnt": 1, "cost": "1.40"})

    for more in ({}, {"request_format": "json"}):
        seen.clear()
        await configured(**WITH_RESERVE, **more)(send).submit(submission(ONE))

        first, second = seen
        assert second.url == first.url.replace("//smsc.ru/", "//www2.smsc.ru/")
        assert replace(second, url=first.url) == first


@pytest.mark.parametrize(
    "case", [REFUSALS[0], TROUBLE[0], NOTHING[0], RESERVED[0]], ids=lambda case: case.name
)
async def test_a_key_is_no_more_seen_than_a_password(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    keyed = configured(apikey=KEY, **WITH_RESERVE)
    await run(replace(case, secrets=(KEY,)), keyed, caplog)


def test_every_number_has_its_case_and_its_entry() -> None:
    assert {script: set(numbers) for script, numbers in NUMBERS.items()} == {
        script: set(numbers) for script, numbers in smsc.ERRORS.items()
    }
    assert set(smsc.ENTRIES) == {
        *(f"smsc-{script}-{code}" for script, numbers in NUMBERS.items() for code in numbers),
        *(f"smsc-err-{code}" for code in smsc.DELIVERY_ERRORS),
        *(f"smsc-status-{code}" for code in (3, 20, 22, 23, 24, 25)),
    }


@pytest.mark.parametrize(
    ("script", "code", "field"),
    [
        ("send", 5, "send_at"),
        ("send", 6, None),
        ("send", 7, "msisdn"),
        ("send", 8, "msisdn"),
        ("jobs", 5, "send_at"),
        ("senders", 3, "sender_id"),
        ("senders", 7, "sender_id"),
        ("senders", 11, "code"),
    ],
)
async def test_a_refusal_names_the_part_to_blame(script: str, code: int, field: str | None) -> None:
    async def send(request: HttpRequest) -> HttpResponse:
        return error(code)

    with pytest.raises(RequestRefused) as caught:
        await ASKING[script](build(send))

    assert caught.value.field == field


async def test_a_code_may_be_sent_again_after_eight_hours() -> None:
    async def send(request: HttpRequest) -> HttpResponse:
        return error(10)

    with pytest.raises(Throttled) as caught:
        await face(build(send), SenderIds).send_sender_code(ONE)

    assert (caught.value.retry_after, caught.value.only_this) == (timedelta(hours=8), True)


def test_how_long_limits_count_is_a_setting() -> None:
    for seconds in (0, 61, 300):
        config = CONFIG.model_copy(update={"limit_window": timedelta(seconds=seconds)})
        pace = build_submit(config, submission(ONE)).pace
        assert pace is not None

        assert pace.period == timedelta(seconds=seconds)


def test_a_key_stands_for_the_pair() -> None:
    request = build_submit(CONFIG.model_copy(update={"apikey": SecretStr(KEY)}), submission(ONE))

    assert form(request)["apikey"] == KEY
    assert not {"login", "psw"} & set(form(request))
    assert request.secrets == (KEY,)
    assert form(build_submit(KEYED, submission(ONE))) == form(request)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://smsc.ru/sys/"},
        {"login": ""},
        {"password": ""},
        {"password": None},
        {"apikey": ""},
        {"pasword": "x"},
        {"reserve_url": "http://www2.smsc.ru/sys/"},
        {"request_format": "xml"},
        {"senders_format": 4},
        {"push_secret": ""},
        {"limit_window": "-PT1S"},
    ],
    ids=str,
)
def test_a_wrong_setting_shows_no_password(wrong: dict[str, str | None]) -> None:
    with pytest.raises(ValidationError) as caught:
        Config.model_validate({"login": LOGIN, "password": PASSWORD, **wrong})

    assert PASSWORD[:8] not in str(caught.value)


def test_settings_left_alone() -> None:
    config = Config(login="x", password=SecretStr("x"))

    assert (config.url, config.reserve_url, config.apikey) == ("https://smsc.ru/sys/", None, None)
    assert (config.request_format, config.senders_format, config.push_secret) == ("form", 3, None)
    assert Config(apikey=SecretStr("x")).login == ""
    assert hash(config)
    assert smsc.KIND == "smsc"


def test_what_it_can_do() -> None:
    can = smsc.CAPABILITIES

    assert (can.quote, can.verdicts, can.send_at, can.text_per_number, can.lookup_by_ref) == (True,) * 5
    assert (can.cancel, can.by_recipient_time) == (False, False)
    assert can.validity == (timedelta(minutes=1), timedelta(hours=24))
    assert can.in_flight < 5  # one page of the documents has error 9 from five at once
    assert faces(smsc.Gateway) == {
        "inbox", "statistics", "senders", "history", "forget", "templates", "jobs", "prices", "push",
    }  # fmt: skip
