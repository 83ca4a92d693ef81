"""Devino over SOAP, sessions and sends: both versions, every fault, envelopes as real servers write them."""

from dataclasses import replace
from datetime import timedelta

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
from tests.providers.devino.soap import (
    EXPIRED,
    LOGGED_IN,
    LOGGED_IN_AGAIN,
    NAMESPACE,
    ONE_ACCEPTED,
    SOAP_11,
    SOAP_12,
    build,
    build_11,
    case,
    envelope,
    fault,
    fault_11,
    ids,
    no_io,
    result,
    submits,
    unanswered,
)

BOTH_ACCEPTED = Receipt(verdicts=(accepted(ONE, ID), accepted(TWO, ID_2)), segments=2)
BY_TIME = submission(send_at=AT, by_recipient_time=True)
BOTH_BY_TIME = submission(ONE, TWO, send_at=AT, by_recipient_time=True)

ACCEPTED = [
    submits(
        "one number",
        ids(ID),
        ONE_ACCEPTED,
        operations=("GetSessionID", "SendMessage"),
        sent=(
            (
                "POST https://ws.devinotele.com/SmsService.asmx\n",
                "'Content-Type': 'application/soap+xml; charset=utf-8'",
                f'<soap-env:Envelope xmlns:soap-env="{SOAP_12}"',
                "<login>acme-login</login><password>pa$$ +&amp;=%&lt;word&gt;\"'Я</password>",
            ),
            (
                f"<SendMessage><sessionID>{SESSION}</sessionID><message><Data>Order 42 is ready</Data>"
                "<DelayUntilUtc ",
                f"<DestinationAddresses><string>{ONE}</string></DestinationAddresses>"
                "<SourceAddress>ACME</SourceAddress><ReceiptRequested>true</ReceiptRequested><Validity ",
            ),
        ),
        unsent=("SOAPAction", "Optionals"),
    ),
    submits(
        "several numbers",
        ids(ID, ID_2),
        BOTH_ACCEPTED,
        submission(ONE, TWO),
        sent=((), (f"<string>{ONE}</string><string>{TWO}</string>",)),
    ),
    submits(
        "long text to several numbers",
        ids(ID, ID_2, ID_3, ID_4),
        Receipt(verdicts=(accepted(ONE, ID, ID_2), accepted(TWO, ID_3, ID_4)), segments=4),
        submission(ONE, TWO, text=LONG),
        sent=((), (f"<Data>{LONG}</Data>",)),
    ),
    submits(
        "ids that do not come out even belong to nobody",
        ids(ID, ID_2, ID_3),
        Receipt(unmapped_ids=(ID, ID_2, ID_3), segments=3),
        submission(ONE, TWO),
    ),
    submits(
        "fewer ids than segments belong to nobody",
        ids(ID, ID_2),
        Receipt(unmapped_ids=(ID, ID_2), segments=2),
        submission(ONE, TWO, text=LONG),
    ),
    submits(
        "one number of two without an id: nobody is given the other",
        result(
            "SendMessage", f'<string xsi:nil="true">{ID}</string><string> </string><string>{ID_2}</string>'
        ),
        Receipt(unmapped_ids=(ID_2,), segments=1),
        submission(ONE, TWO),
    ),
    submits(
        "ids above 2^63 and ids that are no numbers",
        ids(BIG_ID, "SAR-W+84333"),
        Receipt(verdicts=(accepted(ONE, BIG_ID, "SAR-W+84333"),), segments=2),
    ),
    submits("blanks around an id", ids(f"\r\n  {ID}\n"), ONE_ACCEPTED),
    submits(
        "non-GSM text, markup, line breaks and emoji",
        ids(ID),
        ONE_ACCEPTED,
        submission(text='Заказ <№1> & "всё" 🎉\r\nдальше ]]>'),
        sent=((), ('<Data>Заказ &lt;№1&gt; &amp; "всё" 🎉&#13;\nдальше ]]&gt;</Data>',)),
    ),
    submits(
        "what XML cannot carry is dropped, and does not count",
        ids(ID, ID_2),
        BOTH_ACCEPTED,
        submission(ONE, TWO, text="\x00" + "Я" * 70 + "\x1f\x0b\uffff"),
        sent=((), (f"<Data>{'Я' * 70}</Data>",)),
    ),
    submits(
        "date in UTC and validity in minutes",
        ids(ID),
        ONE_ACCEPTED,
        submission(send_at=AT, validity=timedelta(hours=2)),
        sent=((), ("<DelayUntilUtc>2026-12-01T10:00:00</DelayUntilUtc>", "<Validity>120</Validity>")),
    ),
    submits(
        "the option whose meaning nobody explains, in its place",
        ids(ID),
        ONE_ACCEPTED,
        submission(validity=timedelta(hours=2), options=(("optional", "a"), ("optional", "<b>\x00"))),
        sent=(
            (),
            (
                "<Validity>120</Validity><Optionals><string>a</string><string>&lt;b&gt;</string></Optionals>"
                "</message>",
            ),
        ),
    ),
    submits(
        "one number by its own time",
        ids(ID, operation="SendMessageByTimeZone"),
        ONE_ACCEPTED,
        replace(BY_TIME, validity=timedelta(minutes=10)),
        operations=("GetSessionID", "SendMessageByTimeZone"),
        sent=(
            (),
            (
                f"<SendMessageByTimeZone><sessionID>{SESSION}</sessionID><sourceAddress>ACME</sourceAddress>"
                f"<destinationAddress>{ONE}</destinationAddress><data>Order 42 is ready</data>"
                "<sendDate>2026-12-01T10:00:00</sendDate><validity>10</validity></SendMessageByTimeZone>",
            ),
        ),
    ),
    submits(
        "several numbers by their own time",
        ids(ID, ID_2, operation="SendMessageByTimeZoneToAddresses"),
        BOTH_ACCEPTED,
        BOTH_BY_TIME,
        operations=("GetSessionID", "SendMessageByTimeZoneToAddresses"),
        sent=(
            (),
            (
                f"<destinationAddresses><string>{ONE}</string><string>{TWO}</string></destinationAddresses>"
                "<data>Order 42 is ready</data><sendDate>2026-12-01T10:00:00</sendDate><validity ",
            ),
        ),
    ),
    submits(
        "any prefixes, a byte-order mark, no declaration and a wrong content type",
        reply(
            f'\ufeff<a:Envelope xmlns:a="{SOAP_12}" xmlns:b="{NAMESPACE}"><a:Header/><a:Body>'
            f"<b:SendMessageResponse><b:SendMessageResult><b:string>{ID}</b:string></b:SendMessageResult>"
            "</b:SendMessageResponse></a:Body></a:Envelope>",
            content_type="text/html",
        ),
        ONE_ACCEPTED,
    ),
    submits(
        "comments, processing instructions, unknown elements and headers",
        envelope(
            f'<!-- c --><?p i?><SendMessageResponse xmlns="{NAMESPACE}"><Added>1</Added><SendMessageResult>'
            f"<!-- c --><string>{ID}</string><Added>2</Added></SendMessageResult></SendMessageResponse>"
        ),
        ONE_ACCEPTED,
    ),
    submits("a SOAP 1.1 answer to a 1.2 request", ids(ID, soap=SOAP_11), ONE_ACCEPTED),
]

REFUSALS: dict[str, tuple[HttpResponse, Raises]] = {
    "wrong login": (
        fault("Invalid user login or password"),
        Raises(error=AuthFailed, code="Receiver", entry="devino-said-login"),
    ),
    "no money": (
        fault("Not enough credits"),
        Raises(error=InsufficientFunds, reason=Reason.MONEY, entry="devino-said-money"),
    ),
    "sender ID": (
        fault("Invalid source address"),
        Raises(error=RequestRefused, code="Receiver", reason=Reason.SENDER, entry="devino-said-sender"),
    ),
    "one number refuses all": (
        fault("Invalid destination address"),
        Raises(error=RequestRefused, reason=Reason.RECIPIENT, entry="devino-said-recipient"),
    ),
    "a parameter": (
        fault("Data can not be null or empty\nParameter name: data"),
        Raises(error=RequestRefused, reason=Reason.REQUEST, entry="devino-said-request"),
    ),
    "a parameter of ASP.NET": (
        fault("The parameters dictionary contains a null entry"),
        Raises(error=RequestRefused, entry="devino-said-request"),
    ),
    "unknown words": (
        fault("Неизвестная ошибка"),
        Raises(error=OutcomeUnknown, code="Receiver", entry="devino-fault-receiver"),
    ),
    "unknown words in windows-1251, declared": (
        reply(
            fault("Invalid source address: Отправитель")
            .body.decode()
            .replace("utf-8", "windows-1251")
            .encode("cp1251"),
            status=500,
        ),
        Raises(error=RequestRefused, reason=Reason.SENDER),
    ),
    "windows-1251, not declared": (
        reply(
            fault("Invalid source address: Отправитель").body.decode().partition("?>\n")[2].encode("cp1251"),
            status=500,
        ),
        Raises(error=RequestRefused, reason=Reason.SENDER),
    ),
    "only the innermost message counts": (
        fault("Invalid source address ---> Timeout expired.\n   at Session.Get()\n   at X"),
        Raises(error=OutcomeUnknown),
    ),
    "SOAP 1.1 to a 1.2 request": (
        fault_11("Invalid source address"),
        Raises(error=RequestRefused, code="Server", reason=Reason.SENDER),
    ),
    "SOAP 1.1, unknown words": (
        fault_11("Timeout expired"),
        Raises(error=OutcomeUnknown, code="Server", entry="devino-fault-server"),
    ),
    "SOAP 1.1, not understood": (
        fault_11("There is an error in XML document (1, 2).", code="Client"),
        Raises(error=RequestRefused, code="Client", reason=Reason.REQUEST, entry="devino-fault-client"),
    ),
    "not understood": (
        fault("There is an error in XML document (1, 2).", code="Sender"),
        Raises(error=RequestRefused, code="Sender", reason=Reason.REQUEST, entry="devino-fault-sender"),
    ),
    "a dotted code": (fault_11("?", code="Client.Validation"), Raises(error=RequestRefused, code="Client")),
    "wrong version": (
        fault("Possible SOAP version mismatch", code="VersionMismatch"),
        Raises(error=OutcomeUnknown, entry="devino-fault-version"),
    ),
    "a header not understood": (
        fault("?", code="MustUnderstand"),
        Raises(error=OutcomeUnknown, entry="devino-fault-understand"),
    ),
    "an unlisted code": (fault("?", code="DataEncodingUnknown"), Raises(error=OutcomeUnknown)),
    "a fault with HTTP 200": (
        fault("Invalid source address", status=200),
        Raises(error=RequestRefused, reason=Reason.SENDER),
    ),
    "a fault with HTTP 400, as SOAP 1.2 asks for": (
        fault("?", code="Sender", status=400),
        Raises(error=RequestRefused, code="Sender"),
    ),
    "an unknown prefix": (
        fault("Invalid source address", prefix="ns7"),
        Raises(error=RequestRefused, code="Receiver", reason=Reason.SENDER),
    ),
    "several languages": (
        envelope(
            "<soap12:Fault><soap12:Code><soap12:Value>soap12:Receiver</soap12:Value></soap12:Code>"
            '<soap12:Reason><soap12:Text xml:lang="ru">Неверный отправитель</soap12:Text>'
            '<soap12:Text xml:lang="en">Invalid source address</soap12:Text></soap12:Reason></soap12:Fault>',
            status=500,
        ),
        Raises(error=RequestRefused, reason=Reason.SENDER),
    ),
    **{
        f"no proof that nothing was sent: {words[:40]}": (
            fault(words),
            Raises(error=OutcomeUnknown, code="Receiver", entry="devino-fault-receiver"),
        )
        for words in (
            "Could not commit: NHibernate Session is closed",
            "Session was disconnected",
            "The login or password of the database is wrong",
            "Failed to deliver to destination address: connection timed out",
            "No route from source address",
            "Insufficient credit limit of SMSC channel, timeout",
            "Timeout expired. Parameter name",
            "Value cannot be null. Parameter name: connection",
            "Not Invalid source address",
            "Lost: SessionID expired",
        )
    },
    "a refusal by its code may say why in other words": (
        fault("There is an error in the source address", code="Sender"),
        Raises(error=RequestRefused, code="Sender", reason=Reason.SENDER),
    ),
    "a fault without anything": (
        envelope("<soap12:Fault/>", status=500),
        Raises(error=OutcomeUnknown, code="500"),
    ),
    "throttled": (reply("<html>slow down</html>", status=429), Raises(error=Throttled, code="429")),
    **{
        f"a word of Viber: {word}": (
            fault(word),
            Raises(error=error, reason=reason, entry=f"devino-viber-{word}"),
        )
        for word, error, reason in (
            ("error-address-format", RequestRefused, Reason.RECIPIENT),
            ("error-address-not-specified", RequestRefused, Reason.RECIPIENT),
            ("error-address-unknown", RequestRefused, Reason.RECIPIENT),
            ("error-subject-format", RequestRefused, Reason.SENDER),
            ("error-subject-not-specified", RequestRefused, Reason.SENDER),
            ("error-subject-unknown", RequestRefused, Reason.SENDER),
            ("error-content-not-specified", RequestRefused, Reason.REQUEST),
            ("error-validity-period-seconds-format", RequestRefused, Reason.REQUEST),
            ("error-system", OutcomeUnknown, None),
            ("ok", OutcomeUnknown, None),
        )
    },
    "an unlisted word about an address": (
        fault("error-address-new"),
        Raises(error=RequestRefused, reason=Reason.RECIPIENT, entry="devino-said-recipient"),
    ),
    "an unlisted word about a sender": (
        fault("error-subject-new"),
        Raises(error=RequestRefused, reason=Reason.SENDER, entry="devino-said-sender"),
    ),
}
REFUSED = [
    submits(f"send: {name}", answer, raises, submission(ONE, TWO))
    for name, (answer, raises) in REFUSALS.items()
]
REFUSED += [
    submits(f"{name}: {what}", answer, Raises(error=RequestRefused, reason=Reason.RECIPIENT), submitted)
    for name, submitted in (("by time", BY_TIME), ("many by time", BOTH_BY_TIME))
    for what, answer in (
        ("a fault", fault("Invalid destination address")),
        ("a fault of SOAP 1.1", fault_11("Invalid destination address")),
    )
]

UNREADABLE = [
    *unanswered(
        "send",
        lambda gateway: gateway.submit(submission()),
        ids(ID),
        an_empty_list=result("SendMessage", ""),
        a_list_of_blanks=result("SendMessage", "<string/><string> </string>"),
        words_for_an_id=ids("Error: no such number"),
        words_for_one_of_two_ids=ids(ID, "Ошибка"),
        an_element_for_an_id=ids("<a>1</a>"),
        no_result=envelope(f'<SendMessageResponse xmlns="{NAMESPACE}" />'),
        the_answer_of_another_send=ids(ID, operation="SendMessageByTimeZone"),
    ),
    *unanswered(
        "by time",
        lambda gateway: gateway.submit(BY_TIME),
        ids(ID, operation="SendMessageByTimeZone"),
        the_answer_of_another_send=ids(ID),
    ),
    *unanswered(
        "many by time",
        lambda gateway: gateway.submit(BOTH_BY_TIME),
        ids(ID, ID_2, operation="SendMessageByTimeZoneToAddresses"),
    ),
]

SESSIONS = [
    submits("not reached", NotReached(raw="ClientConnectorError"), Raises(error=NotReached)),
    submits(
        "session expired: one login, one repeat",
        EXPIRED,
        ONE_ACCEPTED,
        wire=[LOGGED_IN, EXPIRED, LOGGED_IN_AGAIN, ids(ID)],
        operations=("GetSessionID", "SendMessage", "GetSessionID", "SendMessage"),
        sent=((), (SESSION,), (), (f"<sessionID>{OTHER_SESSION}</sessionID>",)),
        secrets=(PASSWORD, SESSION, OTHER_SESSION),
    ),
    submits(
        "session expired, said in SOAP 1.1",
        EXPIRED,
        ONE_ACCEPTED,
        wire=[LOGGED_IN, fault_11("SessionID expired"), LOGGED_IN, ids(ID)],
    ),
    submits(
        "session refused twice: nothing was sent, try later",
        EXPIRED,
        Raises(error=Throttled, code="Receiver", entry="devino-said-session"),
        wire=[LOGGED_IN, EXPIRED, LOGGED_IN_AGAIN, EXPIRED],
        secrets=(PASSWORD, SESSION, OTHER_SESSION),
    ),
    submits(
        "after the second login the outcome is unknown: no third try",
        EXPIRED,
        Raises(error=OutcomeUnknown),
        wire=[LOGGED_IN, EXPIRED, LOGGED_IN, reply("")],
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
        operations=("GetSessionID",),
        secrets=(PASSWORD, SESSION, *secrets),
    )


LOGINS = [
    logs_in("wrong", fault("Invalid user login or password"), Raises(error=AuthFailed, reason=Reason.LOGIN)),
    logs_in("wrong, said in SOAP 1.1", fault_11("Invalid user login or password"), Raises(error=AuthFailed)),
    logs_in("session expired, of all things", EXPIRED, Raises(error=NotReached)),
    logs_in("not understood", fault("?", code="Sender"), Raises(error=AccountBlocked, reason=Reason.ACCOUNT)),
    logs_in("trouble", fault("Timeout expired"), Raises(error=NotReached, code="Receiver")),
    logs_in("throttled", reply("", status=429), Raises(error=Throttled)),
    logs_in("no answer", OutcomeUnknown(raw="SocketTimeoutError"), Raises(error=NotReached)),
    logs_in("empty", result("GetSessionID", ""), Raises(error=NotReached)),
    logs_in("absent", envelope(f'<GetSessionIDResponse xmlns="{NAMESPACE}"/>'), Raises(error=NotReached)),
    logs_in("HTML", reply("<html></html>"), Raises(error=NotReached)),
    logs_in("a redirect", reply("", status=301, location="https://example.com"), Raises(error=NotReached)),
    logs_in("a session with blanks", result("GetSessionID", "C0FFEE 5E55"), Raises(error=NotReached)),
    logs_in(
        "cut",
        reply(LOGGED_IN.body.partition(SESSION[20:].encode())[0]),
        Raises(error=NotReached),
        SESSION[:20],
    ),
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
        "an unknown option",
        lambda gateway: gateway.submit(submission(options=(("Optionals", "1"),))),
        Raises(error=RequestRefused, reason=Reason.REQUEST),
    ),
    no_io(
        "an option by the recipient's time",
        lambda gateway: gateway.submit(replace(BY_TIME, options=(("optional", "1"),))),
        Raises(error=RequestRefused, reason=Reason.REQUEST),
    ),
    *(
        no_io(
            f"messages of the kind {kind}",
            lambda gateway, kind=kind: gateway.submit(submission(kind=kind)),  # type: ignore[misc]
            Raises(error=Unsupported),
        )
        for kind in Kind
        if kind != Kind.SMS
    ),
    no_io("a quote", lambda gateway: gateway.quote(submission()), Raises(error=Unsupported)),
]

CASES = [*ACCEPTED, *REFUSED, *UNREADABLE, *SESSIONS, *LOGINS, *BEFORE_THE_WIRE]

VERSION_11 = [
    submits(
        "one number",
        ids(ID, soap=SOAP_11),
        ONE_ACCEPTED,
        sent=(
            (
                "'Content-Type': 'text/xml; charset=utf-8'",
                f"'SOAPAction': '\"{NAMESPACE}/GetSessionID\"'",
                f'<soap-env:Envelope xmlns:soap-env="{SOAP_11}"',
            ),
            (f"'SOAPAction': '\"{NAMESPACE}/SendMessage\"'",),
        ),
    ),
    submits(
        "one number by its own time",
        ids(ID, operation="SendMessageByTimeZone", soap=SOAP_11),
        ONE_ACCEPTED,
        BY_TIME,
        sent=((), (f"'SOAPAction': '\"{NAMESPACE}/SendMessageByTimeZone\"'", f'"{SOAP_11}"')),
    ),
    submits(
        "several numbers by their own time, answered in SOAP 1.2",
        ids(ID, ID_2, operation="SendMessageByTimeZoneToAddresses"),
        BOTH_ACCEPTED,
        BOTH_BY_TIME,
        sent=((), (f"'SOAPAction': '\"{NAMESPACE}/SendMessageByTimeZoneToAddresses\"'",)),
    ),
    submits(
        "a SOAP 1.2 fault",
        fault("Invalid source address"),
        Raises(error=RequestRefused, code="Receiver", reason=Reason.SENDER),
    ),
    submits(
        "a SOAP 1.1 fault", fault_11("Not enough credits"), Raises(error=InsufficientFunds, code="Server")
    ),
    submits(
        "an action not recognised",
        fault_11("Server did not recognize the value of HTTP Header SOAPAction", code="Client"),
        Raises(error=RequestRefused, code="Client", entry="devino-fault-client"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_contract(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await run(case, build, caplog)


@pytest.mark.parametrize("case", VERSION_11, ids=lambda case: case.name)
async def test_contract_in_soap_1_1(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await run(case, build_11, caplog)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ("Invalid source address", "sender_id"),
        ("Invalid destination address", "msisdn"),
        ("error-content-not-specified", "text"),
        ("Validity can not be null or empty Parameter name: validity", None),
    ],
)
async def test_a_refusal_names_the_field_to_blame(words: str, field: str | None) -> None:
    with pytest.raises(RequestRefused) as caught:
        await build(Wire([LOGGED_IN, fault(words)])).submit(submission())
    assert caught.value.field == field
