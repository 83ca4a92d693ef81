"""SMS-Pager: what the documents and the protocol sheet say, and what a server might do besides."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from lxml import etree
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
    Unsupported,
)
from providers.gateways import sms_pager
from providers.gateways.sms_pager import (
    Config,
    build_balance,
    build_cancel,
    build_quote,
    build_report,
    build_submit,
)
from providers.model import (
    Balance,
    Gateway,
    MessageRef,
    MessageState,
    Quote,
    Reason,
    Receipt,
    Report,
    Sms,
    Submission,
)
from providers.wire import HttpRequest, HttpResponse, Send
from tests.providers.contract import LOGIN, PASSWORD, Case, Raises, reply, run

ONE, TWO, THREE = "79019011234", "79029021234", "79039031234"
REF = "a1b2c3d4e5f6g7h8i9j0k"  # 21 characters, the most there may be
TEXT = "Добрый день, приглашаем Вас в наш салон"
CONFIG = Config(login=LOGIN, password=SecretStr(PASSWORD))


def build(send: Send) -> Gateway:
    return sms_pager.Gateway(CONFIG, send)


def submission(*numbers: str, text: str = TEXT) -> Submission:
    return Submission(ref=REF, sms=tuple(Sms(msisdn=one, text=text) for one in numbers))


def submit(asked: Submission) -> Callable[[Gateway], Awaitable[object]]:
    return lambda gateway: gateway.submit(asked)


def quote(asked: Submission) -> Callable[[Gateway], Awaitable[object]]:
    return lambda gateway: gateway.quote(asked)


def reports(*refs: MessageRef) -> Callable[[Gateway], Awaitable[object]]:
    return lambda gateway: gateway.reports(refs)


def cancel(*refs: MessageRef) -> Callable[[Gateway], Awaitable[object]]:
    return lambda gateway: gateway.cancel(refs)


def balance(gateway: Gateway) -> Awaitable[object]:
    return gateway.balance()


def message(msisdn: str = ONE, ref: str = REF) -> MessageRef:
    return MessageRef(ref=ref, msisdn=msisdn)


def data(
    inner: str, *, code: str = "1", declaration: str = "<?xml version='1.0' encoding='UTF-8'?>\n"
) -> str:
    return f"{declaration}<data>\n<code>{code}</code>\n<descr>описание</descr>\n{inner}\n</data>"


def sent(
    *,
    accepted: str = "1",
    recipients: str = "1",
    refused: str = " 0 ",
    action: str = "send",
    price: str = "1.40",
    segments: str = "1",
    smsid: str = REF,
) -> str:
    """The reply to send.xml with the elements and blanks of the manual."""
    return data(
        f"""<smsid>{smsid}</smsid>
<datetime>2026-05-01 12:00:00</datetime>
<action>{action}</action>
<allRecivers>{recipients}</allRecivers>
<colSendAbonent>{accepted}</colSendAbonent>
<colNonSendAbonent>{refused}</colNonSendAbonent>
<priceOfSending>

{price}

</priceOfSending>
<colsmsOfSending>{segments}
</colsmsOfSending>
<price>1.40</price>"""
    )


def detail(**lists: str) -> str:
    """The reply to report.xml: number lists by name, each number in its own element."""
    inner = "".join(
        f"<{name}>\n{''.join(f'<number>{one}</number>' for one in numbers.split())}\n</{name}>"
        for name, numbers in lists.items()
    )
    return data(f"<detail>{inner}</detail>")


def receipt(accepted: int = 1, cost: str | None = "1.40", segments: int | None = 1) -> Receipt:
    return Receipt(
        gateway_id=REF, accepted=accepted, cost=None if cost is None else Decimal(cost), segments=segments
    )


def report(state: MessageState | None, raw: str, reason: Reason | None = None, msisdn: str = ONE) -> Report:
    return Report(msisdn=msisdn, ref=REF, state=state, raw=raw, reason=reason)


SENDING = [
    Case(
        name="accepted, one number",
        call=submit(submission(ONE)),
        wire=[reply(sent())],
        expect=receipt(),
        operations=("send",),
    ),
    Case(
        name="accepted, many numbers, two segments each",
        call=submit(submission(ONE, TWO, THREE)),
        wire=[reply(sent(accepted="3", recipients="3", price="8.40", segments="6"))],
        expect=receipt(3, "8.40", 6),
    ),
    Case(
        name="one number refused: the count says so, not which",
        call=submit(submission(ONE, TWO, THREE)),
        wire=[reply(sent(accepted="2", recipients="3", refused=" 1 ", price="2.80", segments="2"))],
        expect=receipt(2, "2.80", 2),
    ),
    Case(
        name="one number dropped silently",
        call=submit(submission(ONE, "74957271122")),
        wire=[reply(sent(accepted="1", recipients="1"))],
        expect=receipt(),
    ),
    Case(
        name="all refused for money, black list and so on",
        call=submit(submission(ONE, TWO)),
        wire=[reply(sent(accepted="0", recipients="2", refused=" 2 "))],
        expect=Raises(error=RequestRefused, code="1", reason=Reason.UNEXPLAINED),
    ),
    Case(
        name="all dropped: none is a mobile number",
        call=submit(submission("74957271122")),
        wire=[reply(sent(accepted="0", recipients="0"))],
        expect=Raises(error=RequestRefused, code="1", reason=Reason.RECIPIENT),
    ),
    Case(
        name="the gateway's own longer id is kept",
        call=submit(submission(ONE)),
        wire=[reply(sent(smsid="0123456789abcdef0123456789abcdef"))],
        expect=replace(receipt(), gateway_id="0123456789abcdef0123456789abcdef"),
    ),
    Case(
        name="an empty smsid: ours stands",
        call=submit(submission(ONE)),
        wire=[reply(sent(smsid=""))],
        expect=receipt(),
    ),
    Case(
        name="only what must be there",
        call=submit(submission(ONE)),
        wire=[reply(data("<action>send</action><colSendAbonent>1</colSendAbonent>"))],
        expect=receipt(cost=None, segments=None),
    ),
    Case(
        name="decimal comma, leading zeros, CDATA, another order, unknown elements",
        call=submit(submission(ONE)),
        wire=[
            reply(
                "<data><novel>1</novel><colsmsOfSending>01</colsmsOfSending><action><![CDATA[send]]></action>"
                "<priceOfSending>01,40</priceOfSending><colSendAbonent>01</colSendAbonent><code>1</code></data>"
            )
        ],
        expect=receipt(),
    ),
    Case(
        name="only checked",
        call=submit(submission(ONE)),
        wire=[reply(sent(action="check"))],
        expect=Raises(error=OutcomeUnknown),
    ),
    Case(
        name="no word on what was done",
        call=submit(submission(ONE)),
        wire=[reply(sent(action=""))],
        expect=Raises(error=OutcomeUnknown),
    ),
    Case(
        name="no count",
        call=submit(submission(ONE)),
        wire=[reply(sent(accepted=""))],
        expect=Raises(error=OutcomeUnknown),
    ),
    Case(
        name="more accepted than asked for",
        call=submit(submission(ONE)),
        wire=[reply(sent(accepted="2"))],
        expect=Raises(error=OutcomeUnknown),
    ),
    Case(
        name="502 with a smsid that is really too long",
        call=submit(replace(submission(ONE), ref=REF + "x")),
        wire=[reply(data("", code="502"))],
        expect=Raises(error=RequestRefused, code="502", reason=Reason.REQUEST),
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
        name="an empty text among others would become theirs: nothing leaves",
        call=submit(Submission(ref=REF, sms=(Sms(msisdn=ONE, text=TEXT), Sms(msisdn=TWO, text=" \x00")))),
        wire=[],
        expect=Raises(error=RequestRefused, reason=Reason.TEXT),
    ),
    Case(
        name="quote",
        call=quote(submission(ONE, TWO)),
        wire=[reply(sent(action="check", accepted="1", recipients="2", smsid=""))],
        expect=Quote(cost=Decimal("1.40"), segments=1, refused=1),
        operations=("check",),
        unsent=("smsid",),
    ),
    Case(
        name="quote of what nobody would get",
        call=quote(submission(ONE)),
        wire=[reply(sent(action="check", accepted="0", recipients="0", price="0", segments="0"))],
        expect=Quote(cost=Decimal(0), segments=0, refused=1),
    ),
    Case(
        name="quote without counts",
        call=quote(submission(ONE)),
        wire=[reply(data("<action>check</action>"))],
        expect=Quote(cost=None),
    ),
    Case(
        name="a check that finds more recipients than it was asked about",
        call=quote(submission(ONE)),
        wire=[reply(sent(action="check", accepted="2"))],
        expect=Quote(cost=Decimal("1.40"), segments=1, refused=0),
    ),
    Case(
        name="a check that says it sent",
        call=quote(submission(ONE)),
        wire=[reply(sent())],
        expect=Raises(error=OutcomeUnknown),
    ),
]

# Every code of the table, and what comes of it on a sending.
CODES: dict[str, tuple[type[GatewayError], Reason]] = {
    "500": (RequestRefused, Reason.REQUEST),
    "501": (AuthFailed, Reason.LOGIN),
    "502": (RequestRefused, Reason.SENDER),
    "503": (RequestRefused, Reason.SCHEDULE),
    "504": (RequestRefused, Reason.SENDER),
    "510": (RequestRefused, Reason.RECIPIENT),
    "511": (AccountBlocked, Reason.ACCOUNT),
    "512": (AccountBlocked, Reason.ACCOUNT),
    "516": (InsufficientFunds, Reason.MONEY),
    "517": (RequestRefused, Reason.RECIPIENT),
    "518": (RequestRefused, Reason.SCHEDULE),
    "519": (RequestRefused, Reason.SENDER),
    "520": (RequestRefused, Reason.RECIPIENT),
}
PARSER_CODES = ("700", "704", "7076", "799")
UNLISTED_CODES = ("0", "2", "505", "70", "-1", "1.0", "OK", "1 1")
REFUSALS = [
    *(
        Case(
            name=f"code {code}",
            call=submit(submission(ONE)),
            wire=[reply(data("", code=code))],
            expect=Raises(error=error, code=code, reason=reason),
        )
        for code, (error, reason) in CODES.items()
    ),
    *(
        Case(
            name=f"code {code}: their parser",
            call=submit(submission(ONE)),
            wire=[reply(data("", code=code))],
            expect=Raises(error=RequestRefused, code=code, reason=Reason.REQUEST),
        )
        for code in PARSER_CODES
    ),
    *(
        Case(
            name=f"unlisted code {code}",
            call=submit(submission(ONE)),
            wire=[reply(data("", code=code))],
            expect=Raises(error=OutcomeUnknown, code=code),
        )
        for code in UNLISTED_CODES
    ),
    Case(
        name="bad login, asking for the balance, blanks around the code",
        call=balance,
        wire=[reply(data("", code="\n 501 \n"))],
        expect=Raises(error=AuthFailed, code="501", reason=Reason.LOGIN),
    ),
]

# What is no answer at all, whoever asks.
UNREADABLE: dict[str, HttpResponse | GatewayError] = {
    "empty body": reply(""),
    "blank body": reply(" \r\n"),
    "cut body": reply(sent()[:-20]),
    "garbled body": reply(b"\x00\xff\xfe<da"),
    "HTML with 200": reply("<html><body><p>Работы</p></body></html>", content_type="text/html"),
    "broken HTML with 200": reply("<!DOCTYPE html><html><br><p>Работы", content_type="text/html"),
    "a DOCTYPE": reply("<?xml version='1.0'?><!DOCTYPE data [<!ENTITY a 'b'>]>" + data("", declaration="")),
    "no code": reply("<data><descr>1</descr></data>"),
    "empty code": reply(data("<action>send</action>", code=" ")),
    "another root": reply("<error><code>1</code></error>"),
    "HTTP 500": reply(sent(), status=500),
    "HTTP 502": reply("<html>Bad Gateway</html>", status=502),
    "HTTP 302": reply("", status=302, location="https://elsewhere.example/"),
    "HTTP 204": reply("", status=204),
    "the link broke": OutcomeUnknown(raw="ServerDisconnectedError"),
    "the misprint that cancelling may have": reply(data("<cancelCol>1</ cancelCol >")),
}
CALLS: dict[str, Callable[[Gateway], Awaitable[object]]] = {
    "submit": submit(submission(ONE)),
    "quote": quote(submission(ONE)),
    "reports": reports(message()),
    "balance": balance,
    "cancel": cancel(message()),
}
TROUBLE = [
    *(
        Case(name=f"{what}: {why}", call=call, wire=[answer], expect=Raises(error=OutcomeUnknown))
        for what, call in CALLS.items()
        for why, answer in UNREADABLE.items()
        if (what, why) != ("cancel", "the misprint that cancelling may have")
    ),
    *(
        Case(
            name=f"{what}: throttled",
            call=call,
            wire=[reply("", status=429, retry_after="7")],
            expect=Raises(error=Throttled, code="429"),
        )
        for what, call in CALLS.items()
    ),
    *(
        Case(name=f"{what}: not reached", call=call, wire=[NotReached()], expect=Raises(error=NotReached))
        for what, call in CALLS.items()
    ),
]

# The same good answer in every dress a server may give it.
DRESSES: dict[str, HttpResponse] = {
    "text/html": reply(sent(), content_type="text/html; charset=windows-1251"),
    "BOM": reply(b"\xef\xbb\xbf" + sent().encode()),
    "blank lines before the declaration": reply("\n\n  " + sent()),
    "no declaration": reply(sent().partition("\n")[2]),
    "windows-1251 declared": reply(sent().replace("UTF-8", "windows-1251").encode("cp1251")),
    "windows-1251 undeclared": reply(sent().partition("\n")[2].encode("cp1251")),
    "windows-1251 declared as UTF-8": reply(sent().encode("cp1251")),
    "comments": reply(sent().replace("<action>", "<!-- <action>check</action> --><action><!-- a -->")),
    "misprinted opening tag": reply(sent().replace("<smsid>", "<smsid >")),
}
DRESSED = [
    Case(name=name, call=submit(submission(ONE)), wire=[answer], expect=receipt())
    for name, answer in DRESSES.items()
]

# Every list of the table, and what it means.
LISTS: dict[str, tuple[MessageState, Reason | None]] = {
    "waiting": (MessageState.ACCEPTED, None),
    "process": (MessageState.ACCEPTED, None),
    "onModer": (MessageState.MODERATION, None),
    "enqueued": (MessageState.SENT, None),
    "notDelivered": (MessageState.UNDELIVERED, Reason.UNEXPLAINED),
    "cancel": (MessageState.CANCELLED, Reason.CANCELLED),
    "delivered": (MessageState.DELIVERED, None),
}
OTHER = "zzz"
REPORTS = [
    *(
        Case(
            name=f"list {name}",
            call=reports(message()),
            wire=[reply(detail(**{name: ONE}))],
            expect=[report(state, name, reason)],
            operations=("report",),
        )
        for name, (state, reason) in LISTS.items()
    ),
    Case(
        name="the manual's own example, with the block of a system id",
        call=reports(message(ONE), message(TWO), message(THREE)),
        wire=[
            reply(
                data(
                    f"""<sms><smsid>1</smsid><allCol>3</allCol><payment>4.2</payment></sms>
<detail>

<delivered>
<number>{ONE}</number>

<number> +{TWO} </number>


</delivered>
<notDelivered/>
<waiting>
</waiting>

<enqueued>

<number>{THREE}</number>
</enqueued>

</detail>"""
                )
            )
        ],
        expect=[
            report(MessageState.DELIVERED, "delivered"),
            report(MessageState.DELIVERED, "delivered", msisdn=TWO),
            report(MessageState.SENT, "enqueued", msisdn=THREE),
        ],
    ),
    Case(
        name="no list has the number",
        call=reports(message()),
        wire=[reply(detail(delivered=TWO))],
        expect=[report(None, "not listed")],
    ),
    Case(
        name="no lists at all",
        call=reports(message()),
        wire=[reply(data(""))],
        expect=[report(None, "not listed")],
    ),
    Case(
        name="an unknown list",
        call=reports(message()),
        wire=[reply(detail(paused=ONE))],
        expect=[report(None, "paused")],
    ),
    Case(
        name="several lists: the least final",
        call=reports(message()),
        wire=[reply(detail(delivered=ONE, enqueued=ONE, notDelivered=ONE))],
        expect=[report(MessageState.SENT, "enqueued")],
    ),
    Case(
        name="an unknown list beside a final one",
        call=reports(message()),
        wire=[reply(detail(delivered=ONE, paused=ONE))],
        expect=[report(None, "paused")],
    ),
    Case(
        name="one call a distinct ref",
        call=reports(message(ONE), message(ONE, OTHER), message(TWO)),
        wire=[reply(detail(delivered=f"{ONE} {TWO}")), reply(detail(waiting=ONE))],
        expect=[
            report(MessageState.DELIVERED, "delivered"),
            report(MessageState.DELIVERED, "delivered", msisdn=TWO),
            replace(report(MessageState.ACCEPTED, "waiting"), ref=OTHER),
        ],
        operations=("report", "report"),
        sent=((f"<smsid>{REF}</smsid>",), (f"<smsid>{OTHER}</smsid>",)),
    ),
    Case(
        name="a code for an unknown smsid moves nothing and keeps nobody waiting",
        call=reports(message(), message(ONE, OTHER)),
        wire=[reply(data("", code="599")), reply(detail(delivered=ONE))],
        expect=[
            replace(report(None, "599"), code="599"),
            replace(report(MessageState.DELIVERED, "delivered"), ref=OTHER),
        ],
    ),
    Case(
        name="a listed refusal moves nothing either",
        call=reports(message()),
        wire=[reply(data("", code="500"))],
        expect=[replace(report(None, "500"), code="500")],
    ),
    Case(
        name="bad login stops the round",
        call=reports(message(), message(ONE, OTHER)),
        wire=[reply(data("", code="501"))],
        expect=Raises(error=AuthFailed, code="501"),
    ),
    Case(
        name="an unreadable answer costs only its own ref",
        call=reports(message(), message(ONE, OTHER)),
        wire=[reply(""), reply(detail(delivered=ONE))],
        expect=[replace(report(MessageState.DELIVERED, "delivered"), ref=OTHER)],
    ),
    Case(
        name="three unreadable answers end the round",
        call=reports(*(message(ONE, ref) for ref in "abcde")),
        wire=[reply(""), reply(""), reply("")],
        expect=Raises(error=OutcomeUnknown),
    ),
    Case(name="nothing to ask", call=reports(), wire=[], expect=[]),
]

CANCELS = [
    Case(
        name="cancelled",
        call=cancel(message()),
        wire=[reply(data("<action>make</action><cancelCol> 3 </cancelCol>"))],
        expect=3,
        operations=("cancel",),
    ),
    Case(
        name="the manual's misprint",
        call=cancel(message()),
        wire=[reply(data("<action>make</action>\n\n<cancelCol>3</ cancelCol >"))],
        expect=3,
    ),
    Case(
        name="another misprint is not guessed at",
        call=cancel(message()),
        wire=[reply(data("<cancelCol>3</ cancelCol>"))],
        expect=Raises(error=OutcomeUnknown),
    ),
    Case(name="uncounted", call=cancel(message()), wire=[reply(data(""))], expect=None),
    Case(
        name="too late",
        call=cancel(message()),
        wire=[reply(data("<action>make</action><cancelCol>0</cancelCol>"))],
        expect=0,
    ),
    Case(
        name="once a ref",
        call=cancel(message(ONE), message(TWO), message(ONE, OTHER)),
        wire=[reply(data("<cancelCol>2</cancelCol>")), reply(data("<cancelCol>1</cancelCol>"))],
        expect=3,
    ),
    Case(
        name="one of two uncounted",
        call=cancel(message(ONE), message(ONE, OTHER)),
        wire=[reply(data("<cancelCol>2</cancelCol>")), reply(data(""))],
        expect=None,
    ),
    Case(
        name="only checked",
        call=cancel(message()),
        wire=[reply(data("<action>check</action><cancelCol>3</cancelCol>"))],
        expect=Raises(error=OutcomeUnknown),
    ),
    Case(
        name="an unknown smsid, whatever its code",
        call=cancel(message()),
        wire=[reply(data("", code="599"))],
        expect=Raises(error=OutcomeUnknown, code="599"),
    ),
]

BALANCES = [
    Case(
        name=f"balance {written!r}",
        call=balance,
        wire=[reply(data(f"<account>{written}</account>"))],
        expect=Balance(amount=Decimal(amount)),
        operations=("balance",),
    )
    for written, amount in {
        "10000.94": "10000.94",
        "\n 5011.40 \n": "5011.40",
        "-3,5": "-3.5",
        "0": "0",
    }.items()
] + [
    Case(
        name="no balance",
        call=balance,
        wire=[reply(data("<account>много</account>"))],
        expect=Raises(error=OutcomeUnknown),
    )
]

CASES = [*SENDING, *REFUSALS, *TROUBLE, *DRESSED, *REPORTS, *CANCELS, *BALANCES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_contract(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await run(case, build, caplog)


def test_every_entry_of_the_tables_has_its_case() -> None:
    assert set(LISTS) == set(sms_pager.STATES)
    assert set(CODES) == set(sms_pager.ERRORS)


@pytest.mark.parametrize(
    ("code", "field"),
    [
        ("500", None),
        ("502", "sender_id"),
        ("503", "send_at"),
        ("504", "sender_id"),
        ("510", "msisdn"),
        ("517", "msisdn"),
        ("518", "send_at"),
        ("519", "sender_id"),
        ("520", "msisdn"),
        ("704", None),
    ],
)
def test_a_refusal_names_the_part_to_blame(code: str, field: str | None) -> None:
    with pytest.raises(RequestRefused) as caught:
        sms_pager.parse_submit(reply(data("", code=code)), submission(ONE))

    assert caught.value.field == field


@pytest.mark.parametrize(("recipients", "field"), [("0", "msisdn"), ("1", None)])
def test_a_refusal_of_all_names_the_numbers_only_if_they_are_to_blame(
    recipients: str, field: str | None
) -> None:
    with pytest.raises(RequestRefused) as caught:
        sms_pager.parse_submit(reply(sent(accepted="0", recipients=recipients)), submission(ONE))

    assert caught.value.field == field


def test_an_empty_text_is_blamed_on_the_text() -> None:
    with pytest.raises(RequestRefused) as caught:
        build_submit(CONFIG, submission(ONE, text=""))

    assert caught.value.field == "text"


def test_every_call_has_its_document() -> None:
    urls = [
        request.url.removeprefix(CONFIG.url)
        for request in (
            build_submit(CONFIG, submission(ONE)),
            build_quote(CONFIG, submission(ONE)),
            build_report(CONFIG, REF),
            build_cancel(CONFIG, REF),
            build_balance(CONFIG),
        )
    ]

    assert urls == ["send.xml", "send.xml", "report.xml", "cancel.xml", "balance.xml"]


def document(request: HttpRequest) -> etree._Element:
    assert request.body is not None
    return etree.fromstring(request.body)


def elements(request: HttpRequest) -> list[tuple[str, str | None]]:
    return [(str(one.tag), one.text) for one in document(request)]


HEAD = [("login", LOGIN), ("password", PASSWORD)]


def test_a_sending_as_the_manual_has_it() -> None:
    request = build_submit(CONFIG, submission(ONE, TWO))

    assert request.url == "https://transport.sms-pager.com:7214/send.xml"
    assert request.headers == {"Content-Type": "text/xml; charset=utf-8"}
    assert request.body is not None
    assert request.body.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<data><login>")
    assert request.submits
    assert request.secrets == (PASSWORD,)
    assert elements(request) == [
        *HEAD,
        ("smsid", REF),
        ("action", "send"),
        ("text", TEXT),
        ("to", None),
        ("to", None),
    ]
    assert [one.get("number") for one in document(request).iterfind("to")] == [ONE, TWO]


def test_the_commonest_text_is_the_default_and_others_stand_with_their_numbers() -> None:
    sms = (Sms(msisdn=ONE, text="иной"), Sms(msisdn=TWO, text=TEXT), Sms(msisdn=THREE, text=TEXT))

    request = build_submit(CONFIG, Submission(ref=REF, sms=sms))

    assert document(request).findtext("text") == TEXT
    assert [one.text for one in document(request).iterfind("to")] == ["иной", None, None]


@pytest.mark.parametrize(
    ("zone", "local"),
    [("Europe/Moscow", "2026-05-01 12:00:00"), ("Asia/Yekaterinburg", "2026-05-01 14:00:00")],
)
def test_a_date_is_the_accounts_local_time(zone: str, local: str) -> None:
    asked = replace(submission(ONE), send_at=datetime(2026, 5, 1, 9, tzinfo=UTC))

    request = build_submit(CONFIG.model_copy(update={"timezone": zone}), asked)

    assert document(request).findtext("datetime") == local


def test_sender_and_validity() -> None:
    asked = replace(submission(ONE), sender_id="Magazin", validity=timedelta(hours=2))

    request = build_submit(CONFIG, asked)

    assert document(request).findtext("source") == "Magazin"
    assert document(request).findtext("vp") == "7200"


@pytest.mark.parametrize(
    "text",
    ["`&<\"'>]]>", "Ёлки 🎄 €", "line\nbreak\ttab", "  blanks  ", "a" * 1000, "ы" * 1000],
    ids=["markup", "not GSM", "breaks", "blanks", "long", "long Cyrillic"],
)
def test_a_text_arrives_as_it_is(text: str) -> None:
    sms = (Sms(msisdn=ONE, text="x"), Sms(msisdn=TWO, text="x"), Sms(msisdn="7<&\"'`", text=text))

    to = document(build_submit(CONFIG, Submission(ref=REF, sms=sms))).findall("to")[2]

    assert (to.text, to.get("number")) == (text, "7<&\"'`")


def test_characters_that_xml_cannot_carry_are_dropped() -> None:
    config = Config(login="\x01login", password=SecretStr("word\x02"))

    request = build_submit(config, submission("7901\x03", text="a\x00b\x0bc\ud800d\uffffe"))

    assert elements(request)[:2] == [("login", "login"), ("password", "word")]
    assert document(request).findtext("text") == "abcde"
    assert [one.get("number") for one in document(request).iterfind("to")] == ["7901"]


def test_a_check_sends_nothing() -> None:
    request = build_quote(CONFIG, submission(ONE))

    assert not request.submits
    assert elements(request) == [*HEAD, ("action", "check"), ("text", TEXT), ("to", None)]


def test_reports_and_cancelling_name_our_id() -> None:
    assert elements(build_report(CONFIG, REF)) == [*HEAD, ("smsid", REF)]
    assert elements(build_cancel(CONFIG, REF)) == [*HEAD, ("action", "make"), ("smsid", REF)]
    assert not build_report(CONFIG, REF).submits
    assert not build_cancel(CONFIG, REF).submits


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://transport.sms-pager.com:7214/"},
        {"timezone": "Europe/Atlantis"},
        {"timezone": "../etc/passwd"},
        {"timezone": "Europe"},
        {"password": ""},
        {"login": ""},
        {"pasword": "x"},
    ],
    ids=str,
)
def test_a_wrong_setting_is_named_and_shows_no_password(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as caught:
        Config.model_validate({"login": LOGIN, "password": PASSWORD, **wrong})

    assert PASSWORD[:8] not in str(caught.value)
    assert next(iter(wrong)) in str(caught.value)


def test_a_missing_setting_shows_no_password() -> None:
    with pytest.raises(ValidationError) as caught:
        Config.model_validate({"password": PASSWORD})

    assert PASSWORD[:8] not in str(caught.value)


def test_settings_left_alone() -> None:
    config = Config(login="x", password=SecretStr("x"))

    assert (config.url, config.timezone) == ("https://transport.sms-pager.com:7214/", "Europe/Moscow")
    assert hash(config)
    assert sms_pager.KIND == "sms_pager"


def test_what_it_can_do() -> None:
    can = sms_pager.CAPABILITIES

    assert (can.quote, can.cancel, can.send_at, can.text_per_number, can.lookup_by_ref) == (True,) * 5
    assert (can.verdicts, can.by_recipient_time) == (False, False)
    assert can.validity == (timedelta(minutes=1), timedelta(hours=24))
    assert len(REF) == can.ref_max
