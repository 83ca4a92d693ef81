"""Devino SOAP for its cases: envelopes and faults as the wire has them, and cases by operation."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from xml.sax.saxutils import escape

from providers.errors import GatewayError, OutcomeUnknown
from providers.gateways.devino_soap import Config, Gateway
from providers.model import Gateway as AnyGateway
from providers.model import MessageRef, Receipt, Submission
from providers.wire import HttpResponse, Send
from tests.providers.contract import LOGIN, PASSWORD, SESSION, Case, Raises, reply
from tests.providers.devino.samples import ID, ONE, OTHER_SESSION, accepted, submission

SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
NAMESPACE = "http://ws.devinosms.com"
ONE_ACCEPTED = Receipt(verdicts=(accepted(ONE, ID),), segments=1)


def envelope(body: str, *, soap: str = SOAP_12, prefix: str = "soap12", status: int = 200) -> HttpResponse:
    """A reply as in Devino's document."""
    return reply(
        f'<?xml version="1.0" encoding="utf-8"?>\n<{prefix}:Envelope '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
        f'xmlns:{prefix}="{soap}"><{prefix}:Body>{body}</{prefix}:Body></{prefix}:Envelope>',
        status=status,
        content_type="application/soap+xml; charset=utf-8",
    )


def result(operation: str, inner: str, *, soap: str = SOAP_12) -> HttpResponse:
    return envelope(
        f'<{operation}Response xmlns="{NAMESPACE}"><{operation}Result>{inner}'
        f"</{operation}Result></{operation}Response>",
        soap=soap,
    )


def ids(*gateway_ids: str, operation: str = "SendMessage", soap: str = SOAP_12) -> HttpResponse:
    return result(operation, "".join(f"<string>{one}</string>" for one in gateway_ids), soap=soap)


def fault(message: str, *, code: str = "Receiver", status: int = 500, prefix: str = "soap") -> HttpResponse:
    """A SOAP 1.2 fault as in Devino's document, with ASP.NET's wrapping around the message."""
    return envelope(
        f"<{prefix}:Fault><{prefix}:Code><{prefix}:Value>{prefix}:{code}</{prefix}:Value></{prefix}:Code>"
        f'<{prefix}:Reason><{prefix}:Text xml:lang="en">Server was unable to process request. ---\n'
        f"    &gt; {escape(message)}</{prefix}:Text></{prefix}:Reason><{prefix}:Detail/></{prefix}:Fault>",
        prefix=prefix,
        status=status,
    )


def fault_11(message: str, *, code: str = "Server", status: int = 500) -> HttpResponse:
    return envelope(
        f"<s:Fault><faultcode>s:{code}</faultcode><faultstring>Server was unable to process request. ---&gt; "
        f"{escape(message)}</faultstring><detail /></s:Fault>",
        soap=SOAP_11,
        prefix="s",
        status=status,
    )


LOGGED_IN = result("GetSessionID", SESSION)
LOGGED_IN_AGAIN = result("GetSessionID", OTHER_SESSION)
EXPIRED = fault("SessionID expired")


def build(send: Send) -> Gateway:
    return Gateway(Config(login=LOGIN, password=PASSWORD), send)


def build_11(send: Send) -> Gateway:
    return Gateway(Config(login=LOGIN, password=PASSWORD, soap_version="1.1"), send)


def case(
    name: str,
    call: Callable[[Gateway], Awaitable[object]],
    answers: list[HttpResponse | GatewayError],
    expect: object,
    **more: object,
) -> Case:
    """A case of one call in a fresh session."""

    async def made(gateway: AnyGateway) -> object:
        assert isinstance(gateway, Gateway)
        return await call(gateway)

    plain = Case(name=name, call=made, wire=[LOGGED_IN, *answers], expect=expect)
    return replace(plain, **more)  # type: ignore[arg-type]


def submits(
    name: str,
    answer: HttpResponse | GatewayError,
    expect: object,
    what: Submission | None = None,
    **more: object,
) -> Case:
    return case(name, lambda gateway: gateway.submit(what or submission()), [answer], expect, **more)


def reports(
    name: str,
    refs: list[MessageRef],
    answers: list[HttpResponse | GatewayError],
    expect: object,
    **more: object,
) -> Case:
    return case(f"reports: {name}", lambda gateway: gateway.reports(refs), answers, expect, **more)


def no_io(name: str, call: Callable[[Gateway], Awaitable[object]], expect: object) -> Case:
    """A case that is settled before the wire."""
    return case(f"before the wire: {name}", call, [], expect, wire=[], operations=())


def spoiled(answer: HttpResponse) -> dict[str, HttpResponse]:
    """A good answer in the ways that make it none."""
    body = answer.body
    bomb = b'<!DOCTYPE e [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    outside = b'<!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    return {
        "cut": reply(body[:-20]),
        "cut within a tag": reply(body[: body.rindex(b"<")]),
        "under a 500": replace(answer, status=500),
        "under a 302": replace(answer, status=302),
        "in another namespace": reply(body.replace(NAMESPACE.encode(), b"http://example.com")),
        "in no namespace": reply(body.replace(f' xmlns="{NAMESPACE}"'.encode(), b"")),
        "in an unknown envelope": reply(body.replace(SOAP_12.encode(), b"http://example.com")),
        "with a DOCTYPE": reply(body.replace(b"?>\n", b'?>\n<!DOCTYPE e SYSTEM "http://example.com/e">')),
        "with an entity bomb": reply(body.replace(b"?>\n", b"?>\n" + bomb)),
        "with an external entity": reply(body.replace(b"?>\n", b"?>\n" + outside)),
        "with an undeclared entity": reply(body.replace(b"<soap12:Body>", b"<soap12:Body>&x;")),
    }


# What answers no call at all, whatever was asked.
NO_ANSWER: dict[str, HttpResponse | GatewayError] = {
    "an empty body": reply(""),
    "blanks": reply("\ufeff \r\n"),
    "garbled bytes": reply(b"\x00\xff\xfe<"),
    "JSON": reply("[1]"),
    "HTML with 200": reply("<html><body>Hello</body></html>"),
    "HTML in windows-1251": reply("<html><title>Ошибка</title></html>".encode("cp1251")),
    "HTML that is no XML": reply("<!DOCTYPE html><html><br></html>"),
    "204": reply("", status=204),
    "a redirect": reply("", status=302, location="https://example.com/"),
    "404 of IIS": reply("<html>404 - File or directory not found.</html>", status=404),
    "500 of IIS": reply("<html><body>Runtime Error<br></body></html>", status=500),
    "502 of a proxy": reply("<html><center>502 Bad Gateway</center></html>", status=502),
    "nesting without end": reply("<a>" * 100_000),
    "an envelope without a body": reply(f'<e:Envelope xmlns:e="{SOAP_12}"/>'),
    "an empty body of an envelope": envelope(""),
    "the answer to another operation": result("GetWeather", "1"),
    "a fault without anything": envelope("<soap12:Fault/>", status=500),
    "a fault in unknown words": fault("Неизвестная ошибка"),
    "a fault of SOAP 1.1 in unknown words": fault_11("Timeout expired"),
    "silence": OutcomeUnknown(raw="no whole answer in 90 s"),
}


def unanswered(
    what: str, call: Callable[[Gateway], Awaitable[object]], good: HttpResponse, **other: HttpResponse
) -> list[Case]:
    """Cases of a call that gets no answer: those of NO_ANSWER, its good one spoiled, and its `other` own."""
    more = {key.replace("_", " "): one for key, one in other.items()}
    return [
        case(f"{what}: {name}", call, [answer], Raises(error=OutcomeUnknown))
        for name, answer in {**NO_ANSWER, **spoiled(good), **more}.items()
    ]
