"""METHODS: every operation of every gateway with a good reply, for tests that spoil replies.

What is fed with spoilt replies is found here, not by the names of parsers, so it stays whole as operations
are added: `test_parsers.py` fails for a method that has no line.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from pydantic import BaseModel

from providers.faces import (
    Counts,
    Forgets,
    History,
    Inbox,
    Jobs,
    Prices,
    Pushes,
    Recallable,
    SenderIds,
    Templates,
    face,
)
from providers.gateways import KINDS
from providers.model import Gateway, MessageRef, Sms, Submission
from providers.model import Kind as Sort
from providers.wire import HttpRequest, HttpResponse, Send
from tests.providers.contract import LOGIN, PASSWORD, SESSION, reply

ONE, TWO = "79031234567", "79160000000"
ID, ID_2, ID_3 = (f"57970085416927235{digit}" for digit in "890")
REF = "a1b2c3d4e5f6g7h8i9j0k"
SINCE, UNTIL = datetime(2026, 4, 30, 21, tzinfo=UTC), datetime(2026, 5, 1, 21, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One call of a gateway's method and the reply it is about.

    `method` is the gateway's, `what` tells its replies apart. `first` are the replies to requests that come
    before or besides, by operation: a login. With `push` the reply is the body of a call of the gateway's
    own, to an address with this query.
    """

    kind: str
    method: str
    what: str = ""
    call: Callable[[Gateway], Awaitable[object]]
    good: HttpResponse
    first: Mapping[str, HttpResponse] = field(default_factory=dict)
    settings: tuple[tuple[str, Any], ...] = ()
    push: str | None = None

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.kind, self.method, self.what)))

    def build(self, send: Send) -> Gateway:
        return KINDS[self.kind].gateway(_config(self.kind, self.settings), send)

    async def play(self, response: HttpResponse) -> object:
        """What comes of this reply, from a gateway that has seen none before."""

        async def send(request: HttpRequest) -> HttpResponse:
            answer = self.first.get(request.operation, response)
            return replace(answer, secrets=request.secrets, secret=request.secret_reply)

        gateway = self.build(send)
        if self.push is None:
            return await self.call(gateway)
        request = HttpRequest(
            operation="push",
            method="POST",
            url=f"https://desk.example/push?{self.push}",
            headers={"x-received-at": SINCE.isoformat()},
            body=response.body,
        )
        return face(gateway, Pushes).parse_push(request)


@cache
def _config(kind: str, settings: tuple[tuple[str, Any], ...]) -> BaseModel:
    return KINDS[kind].config.model_validate({"login": LOGIN, "password": PASSWORD, **dict(settings)})


def submission(*msisdns: str, **more: Any) -> Submission:
    sms = tuple(Sms(msisdn=one, text="Order 42 is ready") for one in msisdns or (ONE,))
    return replace(Submission(ref=REF, sms=sms, sender_id="ACME"), **more)


def submit(*msisdns: str, **more: Any) -> Callable[[Gateway], Awaitable[object]]:
    return lambda gateway: gateway.submit(submission(*msisdns, **more))


def quote(gateway: Gateway) -> Awaitable[object]:
    return gateway.quote(submission(ONE, TWO))


def balance(gateway: Gateway) -> Awaitable[object]:
    return gateway.balance()


def reports(
    *gateway_ids: str, msisdns: tuple[str, ...] = (ONE,), sort: Sort = Sort.SMS
) -> Callable[[Gateway], Awaitable[object]]:
    refs = [MessageRef(ref=REF, msisdn=one, gateway_ids=gateway_ids, kind=sort) for one in msisdns]
    return lambda gateway: gateway.reports(refs)


def cancel(gateway: Gateway) -> Awaitable[object]:
    return gateway.cancel([MessageRef(ref=REF, msisdn=ONE)])


def inbox(gateway: Gateway) -> Awaitable[object]:
    return face(gateway, Inbox).inbox(SINCE, UNTIL)


def statistics(gateway: Gateway) -> Awaitable[object]:
    return face(gateway, Counts).statistics(SINCE, UNTIL)


def history(gateway: Gateway) -> Awaitable[object]:
    return face(gateway, History).history(SINCE, UNTIL)


# --- Devino over REST --------------------------------------------------------------------------------

SEND_AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
REST_SESSION = {"user/sessionid": reply(f'"{SESSION}"')}
REST_STATE = (
    '{"State":0,"CreationDateUtc":null,"SubmittedDateUtc":null,"ReportedDateUtc":"\\/Date(1777629600000)\\/",'
    '"TimeStampUtc":"\\/Date(-62135596800000)\\/","StateDescription":"Доставлено","Price":1.40}'
)
REST_VIBER_STATE = (
    '{"State":4,"SubmittedDateUtc":"\\/Date(1777629600000)\\/","Price":null,"ResentSms":[' + REST_STATE + "]}"
)
REST_INBOX = (
    '[{"ID":5797,"Data":"Да, жду","SourceAddress":"+79031234567","DestinationAddress":"79160000000",'
    '"CreatedDateUtc":"\\/Date(1777629600000+0300)\\/"}]'
)
REST_STATISTICS = '{"Total":10,"Sent":9,"Delivered":7,"Errors":1,"Expired":0,"Rejected":1,"InProcess":1}'


def rest(
    method: str, call: Callable[[Gateway], Awaitable[object]], body: str, what: str = "", **more: Any
) -> Exchange:
    return Exchange(
        **{
            "kind": "devino_rest",
            "method": method,
            "what": what,
            "call": call,
            "good": reply(body, content_type="application/json; charset=utf-8"),
            "first": REST_SESSION,
            **more,
        }
    )


DEVINO_REST = [
    rest("login", balance, f'"{SESSION}"', first={"User/Balance": reply("250.80")}),
    rest("balance", balance, "250.80"),
    rest("submit", submit(), f'["{ID}","{ID_2}"]'),
    rest("submit", submit(ONE, TWO), f'["{ID}","{ID_2}"]', "many"),
    rest("submit", submit(send_at=SEND_AT, by_recipient_time=True), f'["{ID}"]', "by recipient's time"),
    rest("submit", submit(kind=Sort.VIBER), f'["{ID}"]', "viber"),
    rest("reports", reports(ID), REST_STATE),
    rest("reports", reports(ID, ID_2), REST_STATE, "two segments"),
    rest("reports", reports(ID, sort=Sort.VIBER_OR_SMS), REST_VIBER_STATE, "viber"),
    rest("inbox", inbox, REST_INBOX),
    rest("statistics", statistics, REST_STATISTICS),
    rest("submit", submit(), '{"Code":5,"Desc":"Not enough credits"}', "refused"),
    rest("balance", balance, '{"Code":9,"Desc":"Internal error"}', "refused"),
]

# --- Devino over SOAP --------------------------------------------------------------------------------

SOAP_STATE = (
    "<State>0</State><CreationDateUtc>2026-05-01T09:59:00</CreationDateUtc>"
    "<SubmittedDateUtc>0001-01-01T00:00:00</SubmittedDateUtc><ReportedDateUtc>2026-05-01T10:00:00.123Z"
    "</ReportedDateUtc><TimeStampUtc>2026-05-01T10:00:00</TimeStampUtc><StateDescription>Доставлено"
    "</StateDescription><Price>1.40</Price>"
)
SOAP_INBOX = (
    "<IncomingMessage><ID>5797</ID><Data>Да, жду</Data><SourceAddress>+79031234567</SourceAddress>"
    "<DestinationAddress>79160000000</DestinationAddress><CreatedDateUtc>2026-05-01T10:00:00</CreatedDateUtc>"
    "</IncomingMessage>"
)
SOAP_STATISTICS = (
    "<Sent>9</Sent><Delivered>7</Delivered><Errors>1</Errors><InProcess>1</InProcess><Expired>0</Expired>"
    "<Rejected>1</Rejected><Total>10</Total>"
)
SOAP_FAULT = (
    '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">'
    "<s:Body><s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code><s:Reason><s:Text>Server was unable "
    "to process request. ---&gt; Not enough credits   at X.Y()</s:Text></s:Reason></s:Fault></s:Body>"
    "</s:Envelope>"
)


def envelope(operation: str, inner: str) -> HttpResponse:
    return reply(
        '<?xml version="1.0" encoding="utf-8"?>\n<soap:Envelope '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xmlns:soap="http://www.w3.org/2003/05/soap-envelope"><soap:Body>'
        f'<{operation}Response xmlns="http://ws.devinosms.com"><{operation}Result>{inner}</{operation}Result>'
        f"</{operation}Response></soap:Body></soap:Envelope>",
        content_type="application/soap+xml; charset=utf-8",
    )


SOAP_SESSION = {"GetSessionID": envelope("GetSessionID", SESSION)}


def soap(
    method: str, call: Callable[[Gateway], Awaitable[object]], good: HttpResponse, what: str = "", **more: Any
) -> Exchange:
    fields = {"kind": "devino_soap", "method": method, "what": what, "call": call, "good": good}
    return Exchange(**{**fields, "first": SOAP_SESSION, **more})


def ids(operation: str, *gateway_ids: str) -> HttpResponse:
    return envelope(operation, "".join(f"<string>{one}</string>" for one in gateway_ids))


DEVINO_SOAP = [
    soap(
        "login",
        balance,
        envelope("GetSessionID", SESSION),
        first={"GetBalance": envelope("GetBalance", "250.80")},
    ),
    soap("balance", balance, envelope("GetBalance", "250.80")),
    soap("submit", submit(), ids("SendMessage", ID, ID_2)),
    soap(
        "submit",
        submit(ONE, TWO, send_at=SEND_AT, by_recipient_time=True),
        ids("SendMessageByTimeZoneToAddresses", ID, ID_2),
        "by recipient's time",
    ),
    soap("reports", reports(ID), envelope("GetMessageState", SOAP_STATE)),
    soap("inbox", inbox, envelope("GetIncomingMessages", SOAP_INBOX)),
    soap("statistics", statistics, envelope("GetStatistics", SOAP_STATISTICS)),
    soap("submit", submit(), reply(SOAP_FAULT, status=500), "fault"),
]

# --- SMS-Pager ---------------------------------------------------------------------------------------

PAGER_SENT = f"""<smsid>{REF}</smsid>
<datetime>2026-05-01 12:00:00</datetime>
<action>send</action>
<allRecivers>2</allRecivers>
<colSendAbonent>2</colSendAbonent>
<colNonSendAbonent> 0 </colNonSendAbonent>
<priceOfSending>2.80</priceOfSending>
<colsmsOfSending>2</colsmsOfSending>
<price>1.40</price>"""
PAGER_SMS = """<sms><smsid>10000001</smsid><datetime>2026-05-01 12:00:00</datetime><text>Ваш заказ</text>
<source>Magazin</source><allCol>7</allCol><deliveredCol>3</deliveredCol><notDeliveredCol>1</notDeliveredCol>
<waitingCol>0</waitingCol><enqueuedCol>2</enqueuedCol><payment>9.80</payment></sms>"""
PAGER_DETAIL = (
    f"<detail><delivered>\n<number>{ONE}</number>\n<number>{TWO}</number></delivered><notDelivered/>"
    "<waiting></waiting><enqueued/></detail>"
)


def pager(
    method: str, call: Callable[[Gateway], Awaitable[object]], inner: str, what: str = "", code: int = 1
) -> Exchange:
    body = (
        f"<?xml version='1.0' encoding='UTF-8'?>\n<data>\n<code>{code}</code>\n<descr>Операция</descr>\n"
        f"{inner}\n</data>"
    )
    good = reply(body, content_type="text/xml")
    return Exchange(kind="sms_pager", method=method, what=what, call=call, good=good)


def recallable(gateway: Gateway) -> Awaitable[object]:
    return face(gateway, Recallable).recallable([MessageRef(ref=REF, msisdn=ONE)])


SMS_PAGER = [
    pager("balance", balance, "<account>250.80</account>"),
    pager("submit", submit(ONE, TWO), PAGER_SENT),
    pager("quote", quote, PAGER_SENT.replace("send<", "check<")),
    pager("reports", reports(msisdns=(ONE, TWO)), PAGER_SMS + PAGER_DETAIL),
    pager("cancel", cancel, "<action>make</action><cancelCol>2</cancelCol>"),
    pager("recallable", recallable, "<action>check</action><cancelCol>2</cancelCol>"),
    pager("history", history, PAGER_SMS + PAGER_SMS.replace("01", "02")),
    pager("submit", submit(), "", "refused", code=504),
]

# --- SMSC --------------------------------------------------------------------------------------------

SMSC_SENT = (
    f'{{"id":"{REF}","cnt":2,"cost":"2.80","balance":"247.20","phones":['
    f'{{"phone":"{ONE}","mccmnc":"25001","cost":"1.40","status":"0","error":"0"}},'
    f'{{"phone":"{TWO}","mccmnc":"25002","cost":"1.40","status":"22","error":"11"}}]}}'
)
SMSC_STATUS = (
    '{"status":1,"last_date":"01.05.2026 13:00:00","last_timestamp":1777629600,"err":0,"cost":"1.40",'
    '"cn":"Россия","net":"МТС"}'
)
SMSC_ITEM = SMSC_STATUS[:-1] + f',"id":"{REF}","phone":"%s"}}'
SMSC_ANSWER = (
    '[{"id":47436134,"received":"01.05.2026 13:00:00","phone":"79031234567","message":"Да, жду",'
    '"to_phone":"79160000000","sent":"01.05.2026 12:59:57"}]'
)
SMSC_MESSAGE = (
    '[{"status":1,"last_date":"01.05.2026 13:00:00","last_timestamp":1777629600,"flag":0,"err":0,'
    '"send_date":"01.05.2026 12:59:00","send_timestamp":1777629540,"phone":"79031234567","mccmnc":"25001",'
    '"country":"Россия","operator":"МТС","cost":"1.40","sender_id":"ACME","status_name":"Доставлено",'
    '"message":"Ваш заказ","type":0,"id":"42","int_id":"1000000042","sms_cnt":1,"format":0,"crc":1}]'
)
OK = '{"result":"OK"}'
SENDERS = {
    0: "name = ACME, status = 1, id = 7\nname = Магазин, status = 0, id = 8",
    1: "ACME,1,7\nМагазин,0,8",
    2: '<list><sender status="1" id="7">ACME</sender><sender status="0" id="8">Магазин</sender></list>',
    3: '[{"sender":"ACME","status":1,"id":7},{"sender":"Магазин","status":0,"id":8}]',
}
SENDERS_BY_OPERATOR = {
    0: "name = ACME, mega_step = 2, bee_step = 1, tele2 = 0, id = 7",
    2: '<list><sender mega_step="2" bee_step="1" tele2="0" id="7">ACME</sender></list>',
    3: '[{"sender":"ACME","mega_step":"2","bee_step":"1","tele2":"0","id":"7"}]',
}
SENDER_ADDED = {0: "ID = 7", 1: "7", 2: "<sender><id>7</id></sender>", 3: '{"sender":7}'}
SENDERS_OK = {0: "OK", 1: "OK", 2: "<result>OK</result>", 3: OK}
TEMPLATES = '[{"id":5,"name":"Заказ","message":"Ваш заказ готов"},{"id":6,"name":"Пусто","msg":"-"}]'
JOBS = '[{"id":1000007,"name":"Май","status":"1","cost":12.50},{"id":1000008,"name":"Июнь"}]'
PRICES = '{"zones":[{"zone":"1","name":"Россия","api":"1.40","mass":"1.30","hlr":0.25}]}'
COUNTS = '[{"login":"acme-login","cnt":10,"credit":"14.00","debit":"0","currency":"RUR"}]'
PUSHES = {
    "charset=utf-8": f"id={REF}&phone={ONE}&status=1&err=0&ts=1777629600&md5=00",
    "charset=utf-8&fmt=3": f'{{"id":"47","phone":"{ONE}","mes":"Да","to":"{TWO}","ts":1777629600}}',
    "fmt=2&charset=utf-8": f"<data><id>{REF}</id><phone>{ONE}</phone><status>20</status><err>6</err></data>",
}


def smsc(
    method: str, call: Callable[[Gateway], Awaitable[object]], body: str, what: str = "", **more: Any
) -> Exchange:
    good = reply(body, content_type="application/json; charset=utf-8")
    return Exchange(kind="smsc", method=method, what=what, call=call, good=good, **more)


def senders_face(gateway: Gateway) -> SenderIds:
    return face(gateway, SenderIds)


def _in_formats(
    method: str, call: Callable[[SenderIds], Awaitable[object]], bodies: Mapping[int, str]
) -> list[Exchange]:
    """The same in each of the formats that senders.php may be asked for."""
    return [
        smsc(
            method,
            lambda gateway: call(face(gateway, SenderIds)),
            body,
            f"fmt {fmt}",
            settings=(("senders_format", fmt),),
        )
        for fmt, body in bodies.items()
    ]


async def nothing(_: Gateway) -> object:
    """In place of a call, where the gateway is the one who calls."""
    return None


SMSC = [
    smsc("balance", balance, '{"balance":"250.80","currency":"RUR","credit":"100"}'),
    smsc("submit", submit(ONE, TWO), SMSC_SENT),
    smsc("submit", submit(kind=Sort.HLR), '{"id":"1","cnt":1,"cost":"0.25"}', "hlr"),
    smsc("quote", quote, '{"cost":"2.80","cnt":2}'),
    smsc("reports", reports(), SMSC_STATUS),
    smsc(
        "reports",
        reports(msisdns=tuple(str(79031234560 + place) for place in range(6))),
        f"[{','.join(SMSC_ITEM % (79031234560 + place) for place in range(6))}]",
        "many",
    ),
    smsc("forget", lambda gateway: face(gateway, Forgets).forget([MessageRef(ref=REF, msisdn=ONE)]), OK),
    smsc("inbox", inbox, SMSC_ANSWER),
    smsc("history", history, SMSC_MESSAGE),
    smsc("statistics", statistics, COUNTS),
    smsc("prices", lambda gateway: face(gateway, Prices).prices(), PRICES),
    *_in_formats("senders", lambda ids: ids.senders(), SENDERS),
    *(
        smsc(
            "senders",
            lambda gateway: face(gateway, SenderIds).senders(operators=True),
            body,
            f"by operator, fmt {fmt}",
            settings=(("senders_format", fmt),),
        )
        for fmt, body in SENDERS_BY_OPERATOR.items()
    ),
    *_in_formats("add_sender", lambda ids: ids.add_sender("ACME", "shop"), SENDER_ADDED),
    *_in_formats("change_sender", lambda ids: ids.change_sender("ACME", "shop"), SENDERS_OK),
    smsc("send_sender_code", lambda gateway: face(gateway, SenderIds).send_sender_code(ONE), OK),
    smsc("confirm_sender", lambda gateway: face(gateway, SenderIds).confirm_sender(ONE, "1234"), OK),
    smsc("delete_sender", lambda gateway: face(gateway, SenderIds).delete_sender("ACME"), OK),
    smsc("templates", lambda gateway: face(gateway, Templates).templates(), TEMPLATES),
    smsc("add_template", lambda gateway: face(gateway, Templates).add_template("a", "b"), '{"id":5}'),
    smsc("change_template", lambda gateway: face(gateway, Templates).change_template("5", "a", "b"), OK),
    smsc("delete_template", lambda gateway: face(gateway, Templates).delete_template("5"), OK),
    smsc("jobs", lambda gateway: face(gateway, Jobs).jobs(), JOBS),
    smsc("job", lambda gateway: face(gateway, Jobs).job("1000007"), '{"id":1000007,"name":"Май","cost":1.5}'),
    smsc(
        "add_job",
        lambda gateway: face(gateway, Jobs).add_job("Май", submission()),
        '{"id":1000007,"cost":"1.40"}',
    ),
    smsc("pause_job", lambda gateway: face(gateway, Jobs).pause_job("1000007"), OK),
    smsc("delete_job", lambda gateway: face(gateway, Jobs).delete_job("1000007"), OK),
    *(smsc("parse_push", nothing, body, query, push=query) for query, body in PUSHES.items()),
    smsc("submit", submit(), '{"error":"no money","error_code":3,"id":5}', "refused"),
]

METHODS: list[Exchange] = [*DEVINO_REST, *DEVINO_SOAP, *SMS_PAGER, *SMSC]
