"""A stand-in gateway as a real HTTP server on loopback: start and stop, the log of requests, faults, waiting.

A gateway brings one function that understands a request (`Call`: its name, its parameters, what it would do
and how it would refuse). Doing is synchronous, so a request is either processed whole or not at all,
whatever the client does.
"""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from decimal import Decimal
from types import TracebackType
from typing import Self, cast

from aiohttp import web

from sandbox.account import Account
from sandbox.calls import Call, Parameters, Reply
from sandbox.faults import PROCESSED, Faults, Kind
from sandbox.journal import Journal
from sandbox.spoiled import spoiled

BODY_MAX = 16 * 2**20
DRIPPED_BYTES = 200
# Of these the client sees some, or all of it slowly; of those nothing.
WRITTEN = frozenset({"drip", "half_headers", "headers_then_reset", "half_body"})
CUT = frozenset(
    {
        "hang",
        "accept_then_hang",
        "reset_before",
        "reset_then_accept",
        "accept_then_reset",
        "accept_then_close",
        "half_batch_then_reset",
    }
)


Understand = Callable[[web.Request], Awaitable[Call]]


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
        self._listener: asyncio.Server | None = None
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
        if self._runner is None or self._listener is None:
            raise RuntimeError("the stand-in is not running: it has no address yet")
        host, port = self._listener.sockets[0].getsockname()[:2]
        return f"http://{host}:{port}"

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one. OSError: the port is taken."""
        app = web.Application(client_max_size=BODY_MAX)
        app.router.add_route("*", "/{path:.*}", self._serve)
        # Cancelled when the client leaves: only waiting (hang, drip, latency) can be cut short by it.
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
        await runner.setup()
        try:
            loop = asyncio.get_running_loop()
            self._listener = await loop.create_server(lambda: self._answerer(runner), host, port)
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
        if self._listener is not None:
            self._listener.close()
        await runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def wait_for(self, predicate: Callable[[], bool], timeout: float = 30.0) -> None:  # noqa: ASYNC109 - a test reads best so
        """Return once the predicate holds; it is asked again after every request read, processed or answered.

        TimeoutError: it did not hold in time.
        """
        async with asyncio.timeout(timeout):
            while not predicate():
                await self._change.wait()

    def catch_up(self) -> None:
        """Process now what came with the fault `reset_then_accept`: its client has long given up."""
        owed, self._owed = self._owed, []
        for process in owed:
            process()
        self._changed()

    def _answerer(self, runner: web.AppRunner) -> asyncio.BaseProtocol:
        """Who takes a new connection."""
        kind = self.faults.take_connection()
        if kind is None and runner.server is not None:
            return runner.server()
        self.faults.record("connect", kind or "reset_on_connect")
        self._changed()
        return _Refuser()

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
        if kind == "accept_late":
            return await self._accept_late(request, call)
        true = self._process(call, kind) if kind in PROCESSED else None
        self.faults.record(call.operation, kind)
        self._changed()
        if kind in ("hang", "accept_then_hang"):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self.faults.hang)
        if kind == "reset_then_accept":
            self._owed.append(call.process)
        if true is None or kind not in WRITTEN:
            return (
                _cut(request, reset=kind != "accept_then_close")
                if kind in CUT
                else _response(spoiled(call, kind, true))
            )
        if kind == "drip":
            return await self._drip(request, true)
        return await _broken_off(request, kind, true)

    def _process(self, call: Call, kind: Kind) -> Reply:
        self.account.accepts_half = kind == "half_batch_then_reset"
        self.account.backdated = kind == "stale_status"
        try:
            return call.process()
        finally:
            self.account.accepts_half = self.account.backdated = False

    async def _accept_late(self, request: web.Request, call: Call) -> web.StreamResponse:
        """The client leaves, which cancels this; the gateway goes on and accepts."""
        try:
            await self._stopping.wait()
        finally:
            call.process()
            self.faults.record(call.operation, "accept_late")
            self._changed()
        return _cut(request)

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


def _response(reply: Reply) -> web.Response:
    headers = {**reply.headers, "Content-Type": reply.content_type}
    return web.Response(body=reply.body, status=reply.status, headers=headers)


class _Refuser(asyncio.Protocol):
    """A connection that is reset as soon as it is there."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        _reset(cast(asyncio.Transport, transport))


def _reset(transport: asyncio.Transport) -> None:
    """Drop the connection with a TCP reset."""
    linger_zero = struct.pack("ii", 1, 0)  # close() then sends RST instead of FIN
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_zero)
    transport.abort()


def _cut(request: web.Request, *, reset: bool = True) -> web.Response:
    """Drop the connection; the response returned is never seen."""
    transport = request.transport
    if transport is not None:
        if reset:
            _reset(transport)
        else:
            transport.close()
    return web.Response()


async def _broken_off(request: web.Request, kind: Kind, reply: Reply) -> web.StreamResponse:
    """Some of the true reply, and no more."""
    if kind == "half_headers":
        if request.transport is not None:
            request.transport.write(b"HTTP/1.1 200 OK\r\nContent-Type: text")
        return _cut(request, reset=False)
    response = web.StreamResponse(
        status=reply.status, headers={**reply.headers, "Content-Type": reply.content_type}
    )
    response.content_length = len(reply.body)
    await response.prepare(request)
    await response.write(reply.body[: len(reply.body) // 2] if kind == "half_body" else b"")
    _cut(request, reset=kind != "half_body")
    return response
