"""Devino REST for its cases: answers as the wire has them, and cases by operation."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from providers.errors import GatewayError, OutcomeUnknown
from providers.gateways.devino_rest import Config, Gateway
from providers.model import Gateway as AnyGateway
from providers.model import MessageRef, Receipt, Submission
from providers.wire import HttpResponse, Send
from tests.providers.contract import LOGIN, PASSWORD, SESSION, Case, Raises, reply
from tests.providers.devino.samples import ID, NOW, ONE, OTHER_SESSION, accepted, submission

LOGGED_IN = reply(f'"{SESSION}"')
LOGGED_IN_AGAIN = reply(f'"{OTHER_SESSION}"')
EXPIRED = reply('{"Code":4,"Desc":"SessionID expired"}', status=401)
BAD_GATEWAY = reply("<html><center><h1>502 Bad Gateway</h1></center>\n<hr>nginx</html>", status=502)
ONE_ACCEPTED = Receipt(verdicts=(accepted(ONE, ID),), segments=1)


def build(send: Send) -> Gateway:
    return Gateway(Config(login=LOGIN, password=PASSWORD), send, now=lambda: NOW)


def refused(code: int | str, desc: str, status: int) -> HttpResponse:
    quoted = f'"{code}"' if isinstance(code, str) else code
    return reply(f'{{"Code":{quoted},"Desc":"{desc}"}}', status=status)


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


def state(value: object, reported: str = "null", price: str = "null", stamp: str = "-62135596800000") -> str:
    """A state as REST writes it, keys in the order of the wire (section 3.7)."""
    return (
        f'{{"State":{value},"CreationDateUtc":"\\/Date(1608151480000)\\/","SubmittedDateUtc":null,'
        f'"ReportedDateUtc":{reported},"TimeStampUtc":"\\/Date({stamp})\\/",'
        f'"StateDescription":"Доставлено","Price":{price}}}'
    )


# What answers no call at all, whatever was asked.
NO_ANSWER: dict[str, HttpResponse | GatewayError] = {
    "an empty body": reply(""),
    "blanks": reply("\ufeff \r\n"),
    "HTML with 200": reply("<html><body>Вход</body></html>", content_type="application/json"),
    "HTML in windows-1251": reply("<html><title>Ошибка</title></html>".encode("cp1251")),
    "garbled bytes": reply(b"\x00\xff\xfe["),
    "NaN": reply("NaN"),
    "Infinity in a list": reply("[Infinity]"),
    "nesting without end": reply("[" * 100_000),
    "nesting of a hundred": reply("[" * 100 + "]" * 100),
    "a number of five thousand digits": reply("9" * 5000),
    "null": reply("null"),
    "a boolean": reply("true"),
    "204": reply("", status=204),
    "a redirect": reply("", status=302, location="https://example.com/"),
    "404 of IIS": reply("<html>404 - File or directory not found.</html>", status=404),
    "500 of IIS": reply("<html>Runtime Error</html>", status=500),
    "502 of a proxy": BAD_GATEWAY,
    "504 of a proxy": reply("upstream timed out", status=504),
    "an error without words": reply('{"Code":8}', status=500),
    "an error whose code is none": reply('{"Code":null,"Desc":null}', status=500),
    "silence": OutcomeUnknown(raw="no whole answer in 90 s"),
}


def unanswered(
    what: str, call: Callable[[Gateway], Awaitable[object]], **other: HttpResponse | GatewayError
) -> list[Case]:
    """Cases of a call that gets no answer: those of NO_ANSWER and its `other` own."""
    return [
        case(f"{what}: {name}", call, [answer], Raises(error=OutcomeUnknown))
        for name, answer in {
            **NO_ANSWER,
            **{key.replace("_", " "): one for key, one in other.items()},
        }.items()
    ]
