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
from providers.faces import History, Past, Recallable, face, faces
from providers.gateways import sms_pager
from providers.gateways.sms_pager import (
    Config,
    build_balance,
    build_cancel,
    build_history,
    build_quote,
    build_report,
    build_submit,
)
from providers.model import (
    Balance,
    Charged,
    Gateway,
    Kind,
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
from tests.providers.contract import LOGIN, PASSWORD, Case, Raises, Wire, reply, run

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


def recallable(*refs: MessageRef) -> Callable[[Gateway], Awaitable[object]]:
    return lambda gateway: face(gateway, Recallable).recallable(refs)


SINCE, UNTIL = (
    datetime(2026, 4, 30, 21, tzinfo=UTC),
    datetime(2026, 5, 1, 21, tzinfo=UTC),
)  # May Day in Moscow


def history(gateway: Gateway) -> Awaitable[object]:
    return face(gateway, History).history(SINCE, UNTIL)


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
    entry = f"sms_pager-list-{raw}" if reason else None
    return Report(msisdn=msisdn, ref=REF, state=state, raw=raw, reason=reason, entry=entry)


def asked(**more: object) -> Submission:
    """One SMS with these fields besides."""
    return replace(submission(ONE), **more)  # type: ignore[arg-type]


def block(**elements: str) -> str:
    """One `<sms>` of the list form, with the elements and order of the manual."""
    whole = {
        "smsid": "10000001",
        "datetime": "2026-05-01 12:00:00",
        "text": TEXT,
        "source": "Magazin",
        "allCol": "7",
        "deliveredCol": "3",
        "notDeliveredCol": "1",
        "waitingCol": "0",
        "enqueuedCol": "2",
        "payment": "9.80",
    } | elements
    return f"<sms>\n{''.join(f'<{name}>{text}</{name}>{chr(10)}' for name, text in whole.items())}</sms>"


PAST = Past(
    gateway_id="10000001",
    at=datetime(2026, 5, 1, 9, tzinfo=UTC),
    text=TEXT,
    sender_id="Magazin",
    counts={
        MessageState.DELIVERED: 3,
        MessageState.UNDELIVERED: 1,
        MessageState.ACCEPTED: 0,
        MessageState.SENT: 2,
    },
    total=7,  # one more is cancelled or moderated: no column has it
    cost=Decimal("9.80"),
)


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
        name="by the recipient's time, by a switch of later brands: the digits go out as they are",
        call=submit(
            asked(
                send_at=datetime(2026, 5, 1, 12, tzinfo=UTC),
                by_recipient_time=True,
                options=(("regionalTime", "1"),),
            )
        ),
        wire=[reply(sent())],
        expect=receipt(),
        sent=(("<datetime>2026-05-01 12:00:00</datetime>", "<regionalTime>1</regionalTime>"),),
    ),
    Case(
        name="that switch would shift a date that is meant otherwise: nothing leaves",
        call=submit(asked(send_at=datetime(2026, 5, 1, 12, tzinfo=UTC), options=(("regionalTime", "1"),))),
        wire=[],
        expect=Raises(error=RequestRefused, reason=Reason.SCHEDULE),
    ),
    *(
        Case(
            name=f"a {kind} message: nothing leaves",
            call=call(asked(kind=kind)),
            wire=[],
            expect=Raises(error=Unsupported),
        )
        for call in (submit, quote)
        for kind in (Kind.VIBER, Kind.FLASH, Kind.VOICE, Kind.HLR)
    ),
    *(
        Case(
            name=f"the option {name}",
            call=submit(asked(options=((name, value),))),
            wire=[reply(sent())],
            expect=receipt(),
            sent=((f"<{name}>{value}</{name}>",),),
        )
        for name, value in {
            "onlydelivery": "1",
            "stop": "0",
            "regionalTime": "1",
            "channel": "2",
            "use_alfasource": "1",
            "allowed_opsos": "megafon,beeline",
            "exclude_opsos": "mts",
            "discountID": "77",
        }.items()
    ),
    *(
        Case(
            name=f"no option {name}={value!r}: nothing leaves",
            call=call(asked(options=(("stop", "1"), (name, value)))),
            wire=[],
            expect=Raises(error=RequestRefused, reason=Reason.REQUEST),
        )
        for call in (submit, quote)
        for name, value in [
            *(("translit", "1"), ("OnlyDelivery", "1"), ("action", "check"), ("smsid", "1"), ("", "")),
            *(("onlydelivery", "yes"), ("channel", "3"), ("stop", ""), ("allowed_opsos", "mts,,tele2")),
        ]
    ),
    Case(
        name="the options of a quote are those of its sending",
        call=quote(asked(options=(("channel", "1"), ("onlydelivery", "1")))),
        wire=[reply(sent(action="check"))],
        expect=Quote(cost=Decimal("1.40"), segments=1, refused=0),
        sent=(("<channel>1</channel>", "<onlydelivery>1</onlydelivery>"),),
    ),
    Case(
        name="no switch unasked: unknown elements are what other brands read",
        call=submit(submission(ONE)),
        wire=[reply(sent())],
        expect=receipt(),
        unsent=tuple(f"<{name}>" for name in sms_pager.OPTIONS),
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
    "recallable": recallable(message()),
    "history": history,
}
MENDED = [(what, "the misprint that cancelling may have") for what in ("cancel", "recallable")]
TROUBLE = [
    *(
        Case(name=f"{what}: {why}", call=call, wire=[answer], expect=Raises(error=OutcomeUnknown))
        for what, call in CALLS.items()
        for why, answer in UNREADABLE.items()
        if (what, why) not in MENDED
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
        expect=[replace(report(None, ""), silence=True, absent=True)],
    ),
    Case(
        name="no lists at all",
        call=reports(message()),
        wire=[reply(data(""))],
        expect=[replace(report(None, ""), silence=True, absent=True)],
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
        expect=[replace(report(None, "500"), code="500", silence=True)],
    ),
    *(
        Case(
            name=f"what was told is kept: {error.kind}",
            call=reports(message(), message(ONE, OTHER), message(ONE, "third")),
            wire=[reply(detail(delivered=ONE)), error],
            expect=[report(MessageState.DELIVERED, "delivered")],
        )
        for error in (Throttled(), NotReached())
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

RECALLABLES = [
    Case(
        name="two could be cancelled: nothing is",
        call=recallable(message()),
        wire=[reply(data("<action>check</action><cancelCol>2</cancelCol>"))],
        expect=2,
        operations=("check cancel",),
        sent=(("<action>check</action>", f"<smsid>{REF}</smsid>"),),
        unsent=("make",),
    ),
    Case(
        name="a check with the manual's misprint",
        call=recallable(message()),
        wire=[reply(data("<action>check</action><cancelCol>2</ cancelCol >"))],
        expect=2,
    ),
    Case(name="a check that counts nothing", call=recallable(message()), wire=[reply(data(""))], expect=None),
    Case(
        name="once a ref when checked too",
        call=recallable(message(ONE), message(TWO), message(ONE, OTHER)),
        wire=[reply(data("<cancelCol>2</cancelCol>")), reply(data("<cancelCol>1</cancelCol>"))],
        expect=3,
    ),
    Case(
        name="a check that says it cancelled",
        call=recallable(message()),
        wire=[reply(data("<action>make</action><cancelCol>2</cancelCol>"))],
        expect=Raises(error=OutcomeUnknown),
    ),
    Case(name="nothing to check", call=recallable(), wire=[], expect=0),
]

HISTORIES = [
    Case(
        name="the sendings of a day in the account's zone",
        call=history,
        wire=[reply(data(block() + "\n" + block(smsid="10000002", datetime="2026-05-01 18:00:00")))],
        expect=[PAST, replace(PAST, gateway_id="10000002", at=datetime(2026, 5, 1, 15, tzinfo=UTC))],
        operations=("history",),
        sent=(("<start>2026-05-01 00:00:00</start><stop>2026-05-02 00:00:00</stop>", "report.xml"),),
        unsent=("<smsid>",),
    ),
    Case(name="an empty period is no error", call=history, wire=[reply(data(""))], expect=[]),
    Case(
        name="what lies outside the period is left out",
        call=history,
        wire=[
            reply(
                data(
                    block(datetime="2026-04-30 23:59:59")
                    + block(datetime="2026-05-01 00:00:00")
                    + block(datetime="2026-05-02 00:00:00")
                )
            )
        ],
        expect=[replace(PAST, at=SINCE)],
    ),
    *(
        Case(
            name=f"a sending dated {written!r} stays without a date",
            call=history,
            wire=[reply(data(block(datetime=written)))],
            expect=[replace(PAST, at=None)],
        )
        for written in ("", "0000-00-00 00:00:00", "0001-01-01 00:00:00", "вчера", "2026-02-30 00:00:00")
    ),
    Case(
        name="blanks, commas, unknown elements",
        call=history,
        wire=[
            reply(
                data(
                    block(allCol=" 07 ", payment="\n9,80\n", datetime=" 2026-05-01 12:00:00 ", onModerCol="1")
                )
            )
        ],
        expect=[PAST],
    ),
    Case(
        name="a sending with nothing but an id",
        call=history,
        wire=[reply(data("<sms><smsid>7</smsid></sms>"))],
        expect=[Past(gateway_id="7", at=None, text="", total=0)],
    ),
    Case(
        name="no total: what the columns have",
        call=history,
        wire=[reply(data(block(allCol="", payment="много", source="")))],
        expect=[replace(PAST, total=6, cost=None, sender_id=None)],
    ),
    Case(
        name="bad dates, says the gateway",
        call=history,
        wire=[reply(data("", code="518"))],
        expect=Raises(error=RequestRefused, code="518", reason=Reason.SCHEDULE),
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

CASES = [
    *SENDING,
    *REFUSALS,
    *TROUBLE,
    *DRESSED,
    *REPORTS,
    *CANCELS,
    *RECALLABLES,
    *HISTORIES,
    *BALANCES,
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_contract(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await run(case, build, caplog)


def test_every_entry_of_the_tables_has_its_case() -> None:
    assert set(LISTS) == set(sms_pager.STATES)
    assert set(CODES) == set(sms_pager.ERRORS)
    assert set(sms_pager.COLUMNS) < {one.tag for one in etree.fromstring(block())}
    assert len(PAST.counts) == len(sms_pager.COLUMNS)


async def error_of(case: Case) -> GatewayError:
    """The error that a case ends in."""
    with pytest.raises(GatewayError) as caught:
        await case.call(build(Wire(list(case.wire))))
    return caught.value


async def test_what_can_be_looked_up_in_the_reason_dictionary_says_where() -> None:
    entries = {
        case.expect.code: (await error_of(case)).entry
        for case in REFUSALS
        if isinstance(case.expect, Raises) and case.expect.code
    }

    assert entries == {
        **{code: f"sms_pager-{code}" for code in CODES},
        **dict.fromkeys(PARSER_CODES, "sms_pager-70x"),
        **dict.fromkeys(UNLISTED_CODES),
    }
    nobody = next(case for case in SENDING if case.name.startswith("all refused"))
    used = {
        *filter(None, entries.values()),
        *(f"sms_pager-list-{name}" for name, (_, reason) in LISTS.items() if reason),
        (await error_of(nobody)).entry,
    }
    assert used == set(sms_pager.ENTRIES)


def test_what_failed_after_it_was_taken_may_have_been_charged() -> None:
    charged = {entry for entry, charged in sms_pager.ENTRIES.items() if charged is not Charged.NO}

    assert charged == {"sms_pager-list-notDelivered"}


@pytest.mark.parametrize(
    ("always", "options", "written"),
    [
        (False, (), None),
        (True, (), "1"),
        (True, (("onlydelivery", "0"),), "0"),
        (True, (("stop", "0"),), "1"),
        (False, (("onlydelivery", "1"),), "1"),
    ],
)
def test_paying_for_the_delivered_only_is_a_setting_that_one_sending_may_overrule(
    always: bool, options: tuple[tuple[str, str], ...], written: str | None
) -> None:
    config = CONFIG.model_copy(update={"only_delivered": always})

    for build_one in (build_submit, build_quote):
        assert document(build_one(config, asked(options=options))).findtext("onlydelivery") == written


def test_a_period_ends_in_a_whole_second_and_loses_nothing() -> None:
    end = datetime(2026, 5, 1, 9, 0, 0, 1, tzinfo=UTC)

    request = build_history(CONFIG, SINCE, end)

    assert document(request).findtext("stop") == "2026-05-01 12:00:01"
    assert not request.submits


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
    assert not config.only_delivered
    assert hash(config)
    assert sms_pager.KIND == "sms_pager"


def test_what_it_can_do() -> None:
    can = sms_pager.CAPABILITIES

    assert (can.quote, can.cancel, can.send_at, can.text_per_number, can.lookup_by_ref) == (True,) * 5
    assert (can.verdicts, can.by_recipient_time) == (False, False)
    assert can.validity == (timedelta(minutes=1), timedelta(hours=24))
    assert len(REF) == can.ref_max
    assert set(can.options) == set(sms_pager.OPTIONS)
    assert faces(sms_pager.Gateway) == {"history", "recallable"}
