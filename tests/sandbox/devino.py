"""How the tests of Devino's stand-in ask it: over HTTP, by hand, after the examples of seeds 001 and 004."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import aiohttp
from lxml import etree

from sandbox.devino import DevinoServer

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WS = "{http://ws.devinosms.com}"
ENVELOPES = {
    "application/soap+xml": "http://www.w3.org/2003/05/soap-envelope",
    "text/xml": "http://schemas.xmlsoap.org/soap/envelope/",
}


class Clock:
    """A clock that only moves when told to."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


async def rest(
    http: aiohttp.ClientSession, stand: DevinoServer, method: str, resource: str, query: str
) -> tuple[int, Any]:
    """A request with everything in the query, as the examples of seed 004 have it."""
    async with http.request(method, f"{stand.rest_url}{resource}?{query}") as response:
        assert response.headers["Content-Type"] == "application/json; charset=utf-8"
        assert response.headers["Cache-Control"] == "private"
        return response.status, json.loads(await response.read())


async def log_in(http: aiohttp.ClientSession, stand: DevinoServer) -> str:
    status, session = await rest(http, stand, "GET", "user/sessionid", "login=demo&password=demo-password")
    assert status == 200
    assert isinstance(session, str)
    return session


async def send(
    http: aiohttp.ClientSession,
    stand: DevinoServer,
    session: str,
    number: str = "79161002030",
    text: str = "test",
) -> tuple[int, Any]:
    query = (
        f"SessionId={session}&DestinationAddress={number}&SourceAddress=ACME&Data={quote(text)}&Validity=0"
    )
    return await rest(http, stand, "POST", "Sms/Send", query)


async def soap(
    http: aiohttp.ClientSession, stand: DevinoServer, inner: str, content_type: str = "application/soap+xml"
) -> tuple[int, etree._Element]:
    """The first element of the answer's body, after a look at the envelope around it."""
    namespace = ENVELOPES[content_type]
    envelope = (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<s:Envelope xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xmlns:s="{namespace}"><s:Body>{inner}</s:Body></s:Envelope>'
    )
    headers = {"Content-Type": f"{content_type}; charset=utf-8"}
    if content_type == "text/xml":
        operation = inner[1 : inner.index(" ")]
        headers["SOAPAction"] = f'"http://ws.devinosms.com/{operation}"'
    async with http.post(stand.soap_url, data=envelope.encode(), headers=headers) as response:
        assert response.headers["Content-Type"] == f"{content_type}; charset=utf-8"
        answer = etree.fromstring(await response.read())
        assert answer.tag == f"{{{namespace}}}Envelope"
        assert answer.prefix == "soap"
        return response.status, answer[0][0]


def wrapped(operation: str, inner: str) -> str:
    return f'<{operation} xmlns="http://ws.devinosms.com">{inner}</{operation}>'


def texts(element: etree._Element) -> list[str | None]:
    return [child.text for child in element]


async def soap_log_in(http: aiohttp.ClientSession, stand: DevinoServer, content_type: str) -> str:
    inner = wrapped("GetSessionID", "<login>demo</login><password>demo-password</password>")
    status, response = await soap(http, stand, inner, content_type)
    assert status == 200
    assert response.tag == f"{WS}GetSessionIDResponse"
    assert response[0].tag == f"{WS}GetSessionIDResult"
    return response[0].text or ""
