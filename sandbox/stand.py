"""A stand-in gateway as a real HTTP server on loopback: start and stop, the log of requests, faults, waiting.

A gateway brings one function that understands a request (`Call`: its name, its parameters, what it would do
and how it would refuse). Doing is synchronous, so a request is either processed whole or not at all,
whatever the client does.
"""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from types import TracebackType
from typing import Any, Self, cast

from aiohttp import web

from sandbox.account import Account
from sandbox.faults import PROCESSED, REFUSALS, Faults, Kind, Refusal
from sandbox.journal import Journal

Parameters = dict[str, Any]
BODY_MAX = 16 * 2**20
DRIPPED_BYTES = 200


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer. `content_type` goes out as it stands, charset label included, right or wrong."""

    body: bytes
    content_type: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """A request understood but not yet acted on. `content_type`: of a normal reply of this gateway."""

    operation: str
    parameters: Parameters
    content_type: str
    process: Callable[[], Reply]
    refuse: Callable[[Refusal], Reply]


Understand = Callable[[web.Request], Awaitable[Call]]

TOO_MANY_REQUESTS = Reply(b"Too Many Requests", "text/plain", 429, {"Retry-After": "1"})
NOT_FOUND = Reply(b"<html><body><h1>404 Not Found</h1></body></html>", "text/html", 404)
_BROKEN = Reply(b"Internal Server Error", "text/plain", 500)
_BAD_GATEWAY = Reply(
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n"
    b"<body><center><h1>502 Bad Gateway</h1></center></body>\r\n</html>\r\n",
    "text/html",
    502,
)
_MAINTENANCE = Reply(b"<!DOCTYPE html><html><body>We will be back soon.</body></html>", "text/html")
_GARBLED = b'\x1f\x8b\x00\xff\xfe{"<da\xc3\x28'


class Stand:
    """The part all stand-in gateways share. `latency`: seconds from processing a request to its answer."""

    def __init__(
        self, understand: Understand, account: Account, faults: Faults | None = None, latency: float = 0.0
    ) -> None:
        self.account = account
        self.faults = Faults() if faults is None else faults
        self.latency = latency
        self.requests: list[tuple[str, Parameters]] = []
        self.in_flight = 0
        self._understand = understand
        self._runner: web.AppRunner | None = None
        self._stopping = asyncio.Event()
        self._owed: list[Callable[[], Reply]] = []  # requests to be processed when nobody waits any more
        self._change = asyncio.Event()

    @property
    def balance(self) -> Decimal:
        """The account's money; settable."""
        return self.account.balance

    @balance.setter
    def balance(self, amount: Decimal) -> None:
        self.account.balance = Decimal(amount)

    @property
    def senders(self) -> set[str]:
        """The approved sender names; settable, empty approves all."""
        return self.account.senders

    @senders.setter
    def senders(self, names: set[str]) -> None:
        self.account.senders = set(names)

    @property
    def journal(self) -> Journal:
        """What was really accepted and cancelled."""
        return self.account.journal

    @property
    def origin(self) -> str:
        """`http://HOST:PORT`, without a slash. RuntimeError: not started."""
        if self._runner is None:
            raise RuntimeError("the stand-in is not running: it has no address yet")
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one. OSError: the port is taken."""
        app = web.Application(client_max_size=BODY_MAX)
        app.router.add_route("*", "/{path:.*}", self._serve)
        # Cancelled when the client leaves: only waiting (hang, drip, latency) can be cut short by it.
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._stopping.clear()
        self._runner = runner

    async def stop(self) -> None:
        """Let hanging requests go and close; messages, sessions and the journal stay for the next start."""
        if self._runner is None:
            return
        self._stopping.set()
        runner, self._runner = self._runner, None
        await runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def wait_for(self, predicate: Callable[[], bool], timeout: float = 10.0) -> None:  # noqa: ASYNC109 - a test reads best so
        """Return once the predicate holds; it is asked again after every request read, processed or answered.

        TimeoutError: it did not hold in time.
        """
        async with asyncio.timeout(timeout):
            while not predicate():
                await self._change.wait()

    def catch_up(self) -> None:
        """Process now what came with the fault `accept_later`: its client has long given up."""
        owed, self._owed = self._owed, []
        for process in owed:
            process()
        self._changed()

    def _changed(self) -> None:
        waiting, self._change = self._change, asyncio.Event()
        waiting.set()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.in_flight += 1
        try:
            call = await self._understand(request)
            self.requests.append((call.operation, call.parameters))
            self._changed()
            kind = self.faults.take(call.operation)
            if kind is not None:
                return await self._spoil(request, call, kind)
            reply = call.process()
            self._changed()
            if self.latency:
                await asyncio.sleep(self.latency)
            return _response(reply)
        finally:
            self.in_flight -= 1
            self._changed()

    async def _spoil(self, request: web.Request, call: Call, kind: Kind) -> web.StreamResponse:
        true = call.process() if kind in PROCESSED else None
        self.faults.record(call.operation, kind)
        self._changed()
        if kind in ("hang", "accept_then_hang"):
            await self._stopping.wait()
        if kind == "accept_later":
            self._owed.append(call.process)
        if kind in ("hang", "accept_then_hang", "accept_later", "reset_before", "accept_then_reset"):
            return _reset(request)
        if true is not None and kind == "drip":
            return await self._drip(request, true)
        return _response(_spoiled(call, kind, true))

    async def _drip(self, request: web.Request, reply: Reply) -> web.StreamResponse:
        response = web.StreamResponse(
            status=reply.status, headers={**reply.headers, "Content-Type": reply.content_type}
        )
        response.content_length = len(reply.body)
        await response.prepare(request)
        for byte in reply.body[:DRIPPED_BYTES]:
            await response.write(bytes([byte]))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self.faults.drip_pause)
        await response.write(reply.body[DRIPPED_BYTES:])
        await response.write_eof()
        return response


def _spoiled(call: Call, kind: Kind, true: Reply | None) -> Reply:
    """The wrong answer of a fault that does answer; `true` is the right one, if the request was processed."""
    if kind in REFUSALS:
        return call.refuse(cast(Refusal, kind))
    if kind == "cut_200" and true is not None:
        return Reply(true.body[: len(true.body) // 2], true.content_type, true.status)
    fixed: dict[str, Reply] = {
        "http_500": _BROKEN,
        "accept_then_500": _BROKEN,
        "http_502_html": _BAD_GATEWAY,
        "html_200": _MAINTENANCE,
        "empty_200": Reply(b"", call.content_type),
        "garbled_200": Reply(_GARBLED, call.content_type),
    }
    return fixed[kind]


def _response(reply: Reply) -> web.Response:
    headers = {**reply.headers, "Content-Type": reply.content_type}
    return web.Response(body=reply.body, status=reply.status, headers=headers)


def _reset(request: web.Request) -> web.Response:
    """Drop the connection with a TCP reset; the response returned is never seen."""
    transport = request.transport
    if transport is not None:
        linger_zero = struct.pack("ii", 1, 0)  # close() then sends RST instead of FIN
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_zero)
        transport.abort()
    return web.Response()
