"""The contract every gateway adapter keeps, as a runner over cases that are data.

A case names one call on an adapter, the replies of the wire in order, and what must come out: a value, or an
error of `providers.errors`. The runner itself checks, so that nobody has to remember it:

- every canned reply was used and no further request was made;
- nothing but our own errors comes out;
- no secret, however encoded, shows in logs at DEBUG, in `repr`, in exceptions with their causes, in URLs, or
  in the exchange log.
"""

import html
import json
import logging
import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

import pytest
import structlog

from providers.errors import GatewayError
from providers.http import describe
from providers.model import Gateway, Reason
from providers.wire import HttpRequest, HttpResponse, Send

LOGIN = "acme-login"
PASSWORD = "pa$$ +&=%<word>\"'Я"  # every character that some encoding must escape
SESSION = "C0FFEE5E551041D5E55104C0FFEE5E551041"


@dataclass(frozen=True, slots=True, kw_only=True)
class Raises:
    """The expected error: exactly this class, and whatever else is given."""

    error: type[GatewayError]
    code: str | None = None
    reason: Reason | None = None
    entry: str | None = None


def reply(
    body: str | bytes = b"", *, status: int = 200, content_type: str = "", **headers: str
) -> HttpResponse:
    """A canned reply. Header names may use underscores for dashes."""
    named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    return HttpResponse(
        status=status,
        headers={"content-type": content_type, **named},
        body=body.encode() if isinstance(body, str) else body,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One call and what must come of it.

    `wire` holds replies or the errors that the transport itself raises (NotReached, OutcomeUnknown).
    `operations` are the `HttpRequest.operation` names in order, when they matter; `sent` holds fragments each
    of which must occur in the request at that place (url, headers or body); `unsent` must not occur anywhere.
    """

    name: str
    call: Callable[[Gateway], Awaitable[object]]
    wire: Sequence[HttpResponse | GatewayError]
    expect: object
    operations: tuple[str, ...] | None = None
    sent: tuple[tuple[str, ...], ...] = ()
    unsent: tuple[str, ...] = ()
    secrets: tuple[str, ...] = (PASSWORD, SESSION)


@dataclass(slots=True)
class Wire:
    """The transport of a case: plays its replies and remembers the requests."""

    replies: list[HttpResponse | GatewayError]
    requests: list[HttpRequest] = field(default_factory=list)
    exchanges: list[str] = field(default_factory=list)

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        assert self.replies, f"an unexpected request: {request.operation}"
        outcome = self.replies.pop(0)
        if isinstance(outcome, HttpResponse):
            outcome = replace(outcome, secrets=request.secrets, secret=request.secret_reply)
        self.exchanges.append(repr(describe("smsc", "acme", request, outcome, 0.1)))
        if isinstance(outcome, GatewayError):
            raise outcome
        return outcome


async def run(case: Case, build: Callable[[Send], Gateway], caplog: pytest.LogCaptureFixture) -> None:
    """Run one case; `build` makes the adapter with LOGIN and PASSWORD over the given transport."""
    caplog.set_level(logging.DEBUG)
    wire = Wire(list(case.wire))
    gateway = build(wire)
    seen: list[str] = [repr(gateway)]
    with structlog.testing.capture_logs() as structured:
        try:
            outcome: object = await case.call(gateway)
        except GatewayError as error:
            seen += ["".join(traceback.format_exception(error)), repr(error), error.raw]
            outcome = error
    seen += [repr(outcome), repr(wire.requests), caplog.text, repr(structured), *wire.exchanges]
    seen += [request.url for request in wire.requests]

    _check_outcome(case, outcome)
    assert not wire.replies, f"{len(wire.replies)} canned replies were not used"
    _check_requests(case, wire.requests)
    for text in seen:
        for secret in case.secrets:
            for form in _forms(secret):
                assert form not in text, f"a secret shows in: {text[:300]}"


def _forms(secret: str) -> set[str]:
    """A secret as it may stand in a text: plain, in a form or URL, in HTML, XML and JSON."""
    in_json = {json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)}
    return {secret, quote(secret), quote_plus(secret), html.escape(secret), escape(secret), *in_json}


def _check_outcome(case: Case, outcome: object) -> None:
    if not isinstance(case.expect, Raises):
        assert outcome == case.expect
        return
    assert type(outcome) is case.expect.error, f"came out: {outcome!r}"
    assert isinstance(outcome, GatewayError)
    if case.expect.code is not None:
        assert outcome.code == case.expect.code
    if case.expect.reason is not None:
        assert outcome.reason == case.expect.reason
    if case.expect.entry is not None:
        assert outcome.entry == case.expect.entry


def _check_requests(case: Case, requests: Sequence[HttpRequest]) -> None:
    if case.operations is not None:
        assert tuple(request.operation for request in requests) == case.operations
    wires = [f"{one.method} {one.url}\n{dict(one.headers)}\n{(one.body or b'').decode()}" for one in requests]
    assert len(case.sent) <= len(wires), "fragments of a request that was not made"
    for fragments, wire in zip(case.sent, wires, strict=False):
        for fragment in fragments:
            assert fragment in wire
    for fragment in case.unsent:
        assert all(fragment not in wire for wire in wires)
    for request in requests:
        assert request.method == "POST", "a GET could be sent twice and shows its parameters in logs"
