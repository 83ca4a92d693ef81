"""The transport against a real server on loopback: what counts as not sent, what as unknown, and the pacing.

The server is scripted byte by byte, because most of these replies no HTTP library would give.
"""

import asyncio
import contextlib
import datetime as dt
import selectors
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path

import aiohttp
import pytest
import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from providers.errors import GatewayError, NotReached, OutcomeUnknown, Throttled
from providers.http import Channel, Exchange, Http
from providers.leaving import leaving_only_if
from providers.model import Capabilities
from providers.wire import MAX_BODY, HttpRequest, HttpResponse, Pace

PASSWORD = "pa$$ +&=%<word>\"'Я"

# One connection, after a request on it was read whole. True: keep the connection and read the next.
Behaviour = Callable[["Server", asyncio.StreamWriter], Awaitable[bool]]


class Server:
    """Records what came and answers as scripted; the last behaviour goes on for ever."""

    def __init__(self, *script: Behaviour) -> None:
        self.script = list(script)
        self.connections = 0
        self.requests: list[bytes] = []
        self.arrived_at: list[float] = []
        self.busy = 0
        self.change = asyncio.Condition()
        self.gate = asyncio.Event()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    async def until(self, reached: Callable[[], bool]) -> None:
        async with self.change:
            await asyncio.wait_for(self.change.wait_for(reached), 5)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._answer(reader, writer):
                pass

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        length = [
            int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
        ]
        self.requests.append(head + await reader.readexactly(sum(length)))
        self.arrived_at.append(asyncio.get_running_loop().time())
        behaviour = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        await self._count(1)
        try:
            return await behaviour(self, writer)
        finally:
            await self._count(-1)

    async def _count(self, step: int) -> None:
        async with self.change:
            self.busy += step
            self.change.notify_all()


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def accepting(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A port on loopback whose connections `serve` handles; at the end every one of them is over."""
    links: set[asyncio.Task[None]] = set()

    async def link(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        links.add(task)
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await serve(reader, writer)
        writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()

    async with await asyncio.start_server(link, "127.0.0.1", 0, ssl=tls) as listener:
        yield listener.sockets[0].getsockname()[1]
        async with asyncio.timeout(5):
            await asyncio.gather(*links)


@contextlib.asynccontextmanager
async def serving(*script: Behaviour, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    server = Server(*script)
    async with accepting(server.serve, tls) as server.port:
        yield server
        server.gate.set()


def says(raw: bytes, *, keep: bool = False) -> Behaviour:
    """Write these bytes; then close, or keep the connection."""

    async def behaviour(_: Server, writer: asyncio.StreamWriter) -> bool:
        writer.write(raw)
        await writer.drain()
        return keep

    return behaviour


def resets(raw: bytes = b"") -> Behaviour:
    """Write these bytes and end the connection with RST."""

    async def behaviour(_: Server, writer: asyncio.StreamWriter) -> bool:
        if raw:
            writer.write(raw)
            await writer.drain()
        link: socket.socket = writer.get_extra_info("socket")
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        return False

    return behaviour


def reply(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def silent(server: Server, _: asyncio.StreamWriter) -> bool:
    await server.gate.wait()
    return False


async def waits_at_gate(server: Server, writer: asyncio.StreamWriter) -> bool:
    await server.gate.wait()
    return await OK(server, writer)


async def drips(server: Server, writer: asyncio.StreamWriter) -> bool:
    """A whole header, and then a byte in every 20 ms: no single read ever times out."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not server.gate.is_set():
        writer.write(b"x")
        await writer.drain()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(server.gate.wait(), 0.02)
    return False


OK = says(reply(b"fine"), keep=True)
CUT = says(b"")


def get(url: str, *, submits: bool = False) -> HttpRequest:
    return HttpRequest(operation="test", method="GET", url=url, submits=submits)


def post(url: str, body: bytes = b"a=b", *, submits: bool = True) -> HttpRequest:
    return HttpRequest(operation="test", method="POST", url=url, body=body, submits=submits)


async def fails(http: Http, request: HttpRequest) -> GatewayError:
    with pytest.raises(GatewayError) as caught:
        async with asyncio.timeout(10):
            await http.exchange("acme", request)
    return caught.value


# --- A request goes out once -------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("submits", [False, True])
@pytest.mark.parametrize("drop", [CUT, resets()], ids=["closed", "reset"])
async def test_a_request_dropped_on_a_fresh_link_is_sent_once(
    method: str, submits: bool, drop: Behaviour
) -> None:
    async with serving(drop, OK) as server, Http() as http:
        error = await fails(
            http, HttpRequest(operation="test", method=method, url=server.url, submits=submits)
        )
    assert type(error) is OutcomeUnknown
    assert len(server.requests) == 1


@pytest.mark.parametrize("drop", [CUT, resets()], ids=["closed", "reset"])
async def test_a_get_dropped_on_a_reused_link_is_sent_once(drop: Behaviour) -> None:
    async with serving(OK, drop, OK) as server, Http() as http:
        await http.exchange("acme", get(server.url + "first"))
        error = await fails(http, get(server.url + "second"))
    assert type(error) is OutcomeUnknown
    assert [request.split()[1] for request in server.requests] == [b"/first", b"/second"]
    assert server.connections == 1


async def test_aiohttp_alone_sends_a_dropped_get_twice() -> None:
    """Why the middleware is there. If this fails, aiohttp has changed and the middleware may go."""
    async with serving(CUT, OK) as server, aiohttp.ClientSession() as session:
        async with session.get(server.url) as response:
            assert response.status == 200
    assert len(server.requests) == 2


async def test_redirects_are_not_followed() -> None:
    async with serving(OK) as server, Http() as http:
        server.script = [says(reply(b"", f"Location: {server.url}elsewhere", status="307 Moved"), keep=True)]
        response = await http.exchange("acme", post(server.url))
    assert response.status == 307
    assert len(server.requests) == 1


async def test_submissions_take_a_fresh_connection_and_reads_share_one() -> None:
    async with serving(OK) as server, Http() as http:
        for _ in range(3):
            await http.exchange("acme", get(server.url))
        assert server.connections == 1
        for _ in range(3):
            await http.exchange("acme", post(server.url))
    assert server.connections == 4


async def test_no_cookie_is_kept() -> None:
    async with serving(says(reply(b"", "Set-Cookie: session=1"), keep=True)) as server, Http() as http:
        await http.exchange("acme", get(server.url))
        await http.exchange("acme", get(server.url))
    assert b"cookie" not in server.requests[1].lower()


# --- Not reached: nothing left -----------------------------------------------------------------------


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A listening socket whose queue is full: connections to it are never made."""
    with contextlib.ExitStack() as sockets:
        listener = sockets.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            filler = sockets.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@pytest.mark.parametrize("submits", [False, True])
async def test_a_connection_that_is_never_made_is_not_reached(deaf_port: int, submits: bool) -> None:
    async with Http(connect_timeout=0.2) as http:
        error = await fails(http, get(f"http://127.0.0.1:{deaf_port}/", submits=submits))
    assert type(error) is NotReached
    assert error.raw == "timeout"


async def test_a_refused_connection_is_not_reached() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    async with Http() as http:
        error = await fails(http, post(f"http://127.0.0.1:{port}/"))
    assert (type(error), error.raw) == (NotReached, "refused")


async def test_a_name_that_does_not_resolve_is_not_reached() -> None:
    async with Http(connect_timeout=3) as http:
        error = await fails(http, post("https://gateway.invalid/"))
    assert (type(error), error.raw) == (NotReached, "name not found")


async def test_a_hanging_name_server_is_not_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", hang)
    async with Http(connect_timeout=0.2, total_timeout=3) as http:
        assert type(await fails(http, post("http://gateway.invalid/"))) is NotReached


@pytest.mark.parametrize("url", ["http://", "nonsense", "http://[::1/"])
async def test_an_address_that_is_none_is_not_reached(url: str) -> None:
    async with Http() as http:
        error = await fails(http, post(url))
    assert (type(error), error.raw) == (NotReached, "bad address")


@pytest.mark.parametrize("closes", [True, False], ids=["drops", "hangs"])
async def test_a_tls_handshake_that_fails_is_not_reached(closes: bool) -> None:
    seen: asyncio.Queue[bytes] = asyncio.Queue()

    async def serve(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        seen.put_nowait(await reader.read(65536))
        if not closes:
            await reader.read()

    async with accepting(serve) as port, Http(connect_timeout=0.3) as http:
        error = await fails(http, post(f"https://127.0.0.1:{port}/", b"the-message"))
    assert (type(error), error.raw) == (NotReached, "tls" if closes else "timeout")
    assert b"the-message" not in seen.get_nowait()


async def test_https_spoken_to_an_http_server_is_not_reached() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(reply(b"", status="400 Bad Request"))

    async with accepting(serve) as port, Http() as http:
        error = await fails(http, post(f"https://127.0.0.1:{port}/"))
    assert (type(error), error.raw) == (NotReached, "tls")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, in one file."""
    return write_certificate(tmp_path / "server.pem", expires=timedelta(days=1))


def write_certificate(path: Path, *, expires: timedelta) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=3))
        .not_valid_after(now + expires)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.mark.parametrize("trusted", [True, False])
async def test_a_certificate_is_checked_before_anything_is_sent(certificate: Path, trusted: bool) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    async with serving(OK, tls=tls) as server, Http(ca_file=certificate if trusted else None) as http:
        request = post(server.url.replace("http:", "https:"))
        if trusted:
            assert (await http.exchange("acme", request)).body == b"fine"
        else:
            error = await fails(http, request)
            assert (type(error), error.raw) == (NotReached, "tls")
    assert len(server.requests) == (1 if trusted else 0)


async def test_a_certificate_that_has_expired_means_that_nothing_was_sent(tmp_path: Path) -> None:
    expired = write_certificate(tmp_path / "server.pem", expires=-timedelta(days=1))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(expired)
    async with serving(OK, tls=tls) as server, Http(ca_file=expired) as http:
        error = await fails(http, post(server.url.replace("http:", "https:")))
    assert (type(error), error.raw) == (NotReached, "tls")
    assert not server.requests


# --- Too late to leave --------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [get, post])
async def test_what_may_not_leave_any_more_is_stopped_before_its_first_byte(
    method: Callable[..., HttpRequest],
) -> None:
    """The connection stands by then: between asking and the wire nothing takes long."""
    asked: list[int] = []
    async with serving(CUT) as server, Http() as http:

        def holds() -> bool:
            asked.append(server.port)
            return False

        with leaving_only_if(holds):
            error = await fails(http, method(server.url, submits=True))
        assert (type(error), error.raw) == (NotReached, "too late")
        await fails(http, post(server.url))  # to see that the one before has not come
    assert len(asked) == 1
    assert len(server.requests) == 1


@pytest.mark.parametrize(("holds", "submits"), [(True, True), (False, False)])
async def test_what_may_leave_and_what_submits_nothing_goes(holds: bool, submits: bool) -> None:
    async with serving(OK) as server, Http() as http:
        with leaving_only_if(lambda: holds):
            assert (await http.exchange("acme", post(server.url, submits=submits))).body == b"fine"


async def test_whether_it_may_leave_is_asked_when_the_connection_stands() -> None:
    async with serving(OK) as server, Http() as http:
        connections: list[int] = []

        def holds() -> bool:
            connections.append(http_connections(http))
            return True

        with leaving_only_if(holds):
            await http.exchange("acme", post(server.url))
    assert connections == [1]


def http_connections(http: Http) -> int:
    """Connections that are open for submissions."""
    session = http._submits
    assert session is not None
    connector = session.connector
    assert connector is not None
    return len(connector._acquired)


# --- Outcome unknown: a request left -----------------------------------------------------------------

HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"


@pytest.mark.parametrize("submits", [False, True])
@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(CUT, id="closed before headers"),
        pytest.param(resets(), id="reset before headers"),
        pytest.param(says(b"HTTP/1.1 200 OK\r\nContent-Le"), id="closed within headers"),
        pytest.param(resets(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"), id="reset after headers"),
        pytest.param(says(HALF), id="half a body, closed"),
        pytest.param(resets(HALF), id="half a body, reset"),
        pytest.param(
            says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"), id="half a chunk"
        ),
        pytest.param(says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), id="no chunk"),
        pytest.param(says(b"\x00\xff garbage \r\n\r\n"), id="garbage"),
        pytest.param(says(b"220 smtp.example ESMTP\r\n"), id="another protocol"),
        pytest.param(says(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"), id="endless header"),
        pytest.param(silent, id="no answer"),
        pytest.param(drips, id="dripping"),
    ],
)
async def test_anything_after_connecting_is_unknown(behaviour: Behaviour, submits: bool) -> None:
    # Short only where the limit is what ends it: a stalled machine must not end the others.
    read, total = (0.5, 1.0) if behaviour in {silent, drips} else (30.0, 30.0)
    async with (
        serving(behaviour) as server,
        Http(connect_timeout=5, read_timeout=read, total_timeout=total) as http,
    ):
        error = await fails(http, get(server.url, submits=submits))
    assert type(error) is OutcomeUnknown
    assert error.raw in {"broken off", "not http", "no answer", "no whole answer"}
    assert len(server.requests) == 1
    assert error.__cause__ is None


@pytest.mark.parametrize(
    ("behaviour", "broke"),
    [
        pytest.param(CUT, "broken off", id="closed"),
        pytest.param(resets(), "broken off", id="reset"),
        pytest.param(says(HALF), "broken off", id="half a body"),
        pytest.param(says(b"220 smtp.example ESMTP\r\n"), "not http", id="another protocol"),
    ],
)
async def test_a_link_that_breaks_is_told_from_one_that_leads_elsewhere(
    behaviour: Behaviour, broke: str
) -> None:
    async with serving(behaviour) as server, Http() as http:
        assert (await fails(http, post(server.url))).raw == broke


async def test_the_time_outs_are_told_apart() -> None:
    async with serving(silent, drips) as server:
        async with Http(read_timeout=0.1) as http:
            assert (await fails(http, get(server.url))).raw == "no answer"
        async with Http(read_timeout=5, total_timeout=0.2) as http:
            assert (await fails(http, get(server.url))).raw == "no whole answer"


async def test_a_header_that_cannot_be_sent_is_one_of_our_errors() -> None:
    async with serving(OK) as server, Http() as http:
        request = HttpRequest(operation="test", method="GET", url=server.url, headers={"X-Key": "a\r\nb: c"})
        error = await fails(http, request)
    assert (type(error), error.raw) == (OutcomeUnknown, "unsendable")
    assert not server.requests


async def test_the_largest_body_is_read_and_one_byte_more_is_not() -> None:
    async with serving(says(reply(b"x" * MAX_BODY))) as server, Http() as http:
        assert len((await http.exchange("acme", get(server.url))).body) == MAX_BODY
        server.script = [says(reply(b"x" * (MAX_BODY + 1)))]
        error = await fails(http, post(server.url))
    assert type(error) is OutcomeUnknown
    assert error.code == "200"
    assert "over" in error.raw


async def test_an_endless_body_is_cut_off() -> None:
    written = 0

    async def endless(_: Server, writer: asyncio.StreamWriter) -> bool:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()
            written += 65536

    async with serving(endless) as server, Http() as http:
        assert type(await fails(http, get(server.url))) is OutcomeUnknown
        await server.until(lambda: server.busy == 0)
    assert MAX_BODY - 65536 < written < MAX_BODY * 4  # what the buffers between hold comes on top


@pytest.mark.parametrize("encoding", ["gzip", "br", "x-unheard-of"])
async def test_a_compressed_reply_is_refused(encoding: str) -> None:
    async with serving(says(reply(b"\x1f\x8b", f"Content-Encoding: {encoding}"))) as server, Http() as http:
        error = await fails(http, get(server.url))
    assert type(error) is OutcomeUnknown
    assert encoding in error.raw
    assert b"Accept-Encoding: identity\r\n" in server.requests[0]


async def test_a_reply_comes_back_whole() -> None:
    answer = says(reply(b"\xff\x00", "X-Thing: One", "Content-Encoding: identity", status="503 Busy"))
    async with serving(answer) as server, Http() as http:
        response = await http.exchange("acme", post(server.url, b"body=1"))
    assert (response.status, response.body, response.headers["x-thing"]) == (503, b"\xff\x00", "One")
    assert server.requests[0].startswith(b"POST / HTTP/1.1\r\n")
    assert server.requests[0].endswith(b"\r\n\r\nbody=1")


# --- Cancelling --------------------------------------------------------------------------------------


async def test_cancelling_passes_through_and_frees_the_place() -> None:
    log: list[Exchange] = []
    async with serving(silent, OK) as server, Http(on_exchange=log.append) as http:
        channel = http.channel("acme", capabilities(in_flight=1))
        task = asyncio.create_task(channel(post(server.url)))
        await server.until(lambda: server.busy == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(5):
            assert (await channel(post(server.url))).status == 200
    assert [one.error for one in log] == ["outcome_unknown, interrupted", None]


async def test_it_is_of_no_use_outside_its_context() -> None:
    with pytest.raises(RuntimeError, match="context"):
        await Http().exchange("acme", get("http://127.0.0.1/"))


# --- Pacing ------------------------------------------------------------------------------------------


def capabilities(*, rate: float | None = None, in_flight: int = 100) -> Capabilities:
    return Capabilities(
        batch_max=1,
        text_max=1,
        ref_max=0,
        reports_max=1,
        rate=rate,
        in_flight=in_flight,
        lookup_by_ref=False,
        verdicts=False,
        text_per_number=False,
        quote=False,
        cancel=False,
        send_at=False,
        by_recipient_time=False,
        validity=None,
        status_horizon=timedelta(days=1),
    )


async def test_the_server_never_sees_more_at_once_than_it_allows() -> None:
    async with serving(waits_at_gate) as server, Http() as http:
        channel = http.channel("acme", capabilities(in_flight=3))
        tasks = [asyncio.create_task(channel(post(server.url))) for _ in range(9)]
        await server.until(lambda: server.busy == 3)
        # Another account's request goes all the way there: so the six others had time to, too.
        probe = asyncio.create_task(http.channel("other", capabilities())(post(server.url)))
        await server.until(lambda: server.busy >= 4)
        assert server.busy == 4
        server.gate.set()
        await asyncio.gather(*tasks, probe)
    assert len(server.requests) == 10


async def test_the_server_sees_requests_no_faster_than_the_rate() -> None:
    async with serving(OK) as server, Http() as http:
        channel = http.channel("acme", capabilities(rate=50))
        await asyncio.gather(*(channel(post(server.url)) for _ in range(8)))
    assert server.arrived_at[-1] - server.arrived_at[0] > 0.9 * 7 / 50


class Skipping(selectors.DefaultSelector):
    """Instead of waiting, moves the clock on to the next thing that is due."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if not events and timeout is None:
            raise AssertionError("everything waits and nothing is due")
        # A turn of the loop takes a nanosecond, so that rounding cannot make a wait endless.
        self.now += 1e-9 if events or timeout is None else 1e-9 + timeout
        return events


class VirtualTime(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.clock = Skipping()
        super().__init__(self.clock)

    def time(self) -> float:
        return self.clock.now


class Slow(Http):
    """Each exchange takes so many seconds; when which began is kept, and how many ran at once."""

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__()
        self.seconds = seconds
        self.began: list[tuple[str, float]] = []
        self.running = 0
        self.peak = 0

    async def exchange(self, account: str, request: HttpRequest) -> HttpResponse:
        self.began.append((request.operation, asyncio.get_running_loop().time()))
        self.running += 1
        self.peak = max(self.peak, self.running)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.running -= 1
        return HttpResponse(status=200)


def play(scene: Awaitable[object]) -> None:
    async def run() -> None:
        await scene

    with asyncio.Runner(loop_factory=VirtualTime) as runner:
        runner.run(run())


def starts(http: Slow) -> dict[str, float]:
    return {operation: round(moment, 3) for operation, moment in http.began}


def paced(operation: str, key: str | None = None, gap: float = 60) -> HttpRequest:
    pace = Pace(key=key, period=timedelta(seconds=gap)) if key else None
    return HttpRequest(operation=operation, method="POST", url="", pace=pace, patient=True)


@pytest.mark.parametrize("rate", [0.5, 1, 7, 10, 150])
@pytest.mark.parametrize("seconds", [0.0, 0.3])
def test_no_second_holds_more_requests_than_the_rate(rate: float, seconds: float) -> None:
    http = Slow(seconds)

    async def scene() -> None:
        channel = Channel(http, "acme", capabilities(rate=rate))
        await asyncio.gather(*(channel(paced("x")) for _ in range(40)))

    play(scene())
    began = [moment for _, moment in http.began]
    assert all(after - before >= 1 / rate - 1e-6 for before, after in pairwise(began)), began
    assert began[-1] == pytest.approx(39 / rate)  # and no slower than needed


def test_requests_at_once_stay_within_the_limit_and_use_it() -> None:
    http = Slow(1.0)

    async def scene() -> None:
        channel = Channel(http, "acme", capabilities(in_flight=4))
        await asyncio.gather(*(channel(paced("x")) for _ in range(10)))

    play(scene())
    assert http.peak == 4
    assert [round(moment) for _, moment in http.began] == [0] * 4 + [1] * 4 + [2] * 2


def test_requests_of_one_key_start_a_gap_apart_and_others_do_not_wait() -> None:
    http = Slow()

    async def scene() -> None:
        channel = Channel(http, "acme", capabilities(in_flight=1))
        waiting = asyncio.gather(channel(paced("a", "k")), channel(paced("b", "k")))
        await asyncio.sleep(1)
        await asyncio.gather(waiting, channel(paced("c", "other")), channel(paced("d")))

    play(scene())
    assert starts(http) == {"a": 0, "b": 60, "c": 1, "d": 1}


def test_a_window_holds_as_many_starts_as_the_gateway_takes() -> None:
    http = Slow()
    three_a_minute = Pace(key="list", period=timedelta(seconds=60), most=3)

    async def scene() -> None:
        channel = Channel(http, "acme", capabilities())
        for place in range(7):
            if place == 2:
                await asyncio.sleep(20)
            await channel(replace(paced(str(place)), pace=three_a_minute))

    play(scene())
    assert starts(http) == {"0": 0, "1": 0, "2": 20, "3": 60, "4": 60, "5": 80, "6": 120}


def test_a_read_waits_for_its_window_a_few_seconds_and_no_longer() -> None:
    http = Slow()
    refused: list[Throttled] = []

    async def scene() -> None:
        channel = Channel(http, "acme", capabilities(in_flight=1))
        impatient = replace(paced("read", "k"), patient=False)
        await channel(impatient)
        await asyncio.sleep(54)
        before = asyncio.get_running_loop().time()
        with pytest.raises(Throttled) as early:
            await channel(impatient)
        assert asyncio.get_running_loop().time() == before
        refused.append(early.value)
        await channel(paced("the place is free"))
        await asyncio.sleep(2)
        await channel(replace(impatient, operation="soon"))

    play(scene())
    assert starts(http) == {"read": 0, "the place is free": 54, "soon": 60}
    assert refused[0].only_this
    assert refused[0].retry_after == pytest.approx(timedelta(seconds=6), abs=timedelta(milliseconds=1))


def test_a_read_does_not_wait_behind_one_that_may_wait_long() -> None:
    http = Slow()

    async def scene() -> None:
        channel = Channel(http, "acme", capabilities())
        await channel(paced("a", "k"))
        waiting = asyncio.create_task(channel(paced("b", "k")))
        await asyncio.sleep(1)
        with pytest.raises(Throttled):
            await channel(replace(paced("read", "k"), patient=False))
        assert asyncio.get_running_loop().time() == pytest.approx(6)
        await waiting

    play(scene())
    assert starts(http) == {"a": 0, "b": 60}


def test_a_submission_does_not_wait_in_a_window_and_is_known_not_to_have_left() -> None:
    http = Slow()
    again = Pace(key="same text", period=timedelta(seconds=61))
    submission = HttpRequest(operation="send", method="POST", url="", submits=True, pace=again)
    refused: list[Throttled] = []

    async def scene() -> None:
        channel = Channel(http, "acme", capabilities(in_flight=1))
        await channel(submission)
        await asyncio.sleep(11)
        with pytest.raises(Throttled) as early:
            await channel(submission)
        refused.append(early.value)
        await channel(paced("the place is free"))
        await asyncio.sleep(50)
        await channel(submission)

    play(scene())
    assert [round(moment) for _, moment in http.began] == [0, 11, 61]
    assert refused[0].only_this
    assert refused[0].retry_after is not None
    assert round(refused[0].retry_after.total_seconds()) == 50


def test_what_never_left_counts_in_no_window() -> None:
    again = Pace(key="same text", period=timedelta(seconds=61))
    submission = HttpRequest(operation="send", method="POST", url="", submits=True, pace=again)

    class Down(Slow):
        async def exchange(self, account: str, request: HttpRequest) -> HttpResponse:
            answer = await super().exchange(account, request)
            if len(self.began) == 1:
                raise NotReached(raw="refused")
            return answer

    http = Down()

    async def scene() -> None:
        channel = Channel(http, "acme", capabilities())
        with pytest.raises(NotReached):
            await channel(submission)
        await channel(submission)
        with pytest.raises(Throttled):
            await channel(submission)

    play(scene())
    assert len(http.began) == 2


def test_the_gap_lies_between_starts_however_long_the_turn_takes() -> None:
    http = Slow(100)

    async def scene() -> None:
        channel = Channel(http, "acme", capabilities(in_flight=1))
        first = asyncio.create_task(channel(paced("long")))
        await asyncio.sleep(1)
        await asyncio.gather(first, channel(paced("a", "k", 150)), channel(paced("b", "k", 150)))

    play(scene())
    assert starts(http) == {"long": 0, "a": 100, "b": 250}


def test_one_who_gave_up_waiting_leaves_no_gap() -> None:
    http = Slow()

    async def scene() -> None:
        channel = Channel(http, "acme", capabilities())
        await channel(paced("a", "k"))
        waiting = asyncio.create_task(channel(paced("given up", "k")))
        await asyncio.sleep(30)
        waiting.cancel()
        await channel(paced("b", "k"))
        await asyncio.sleep(1000)
        await channel(paced("c", "k"))

    play(scene())
    assert starts(http) == {"a": 0, "b": 60, "c": 1060}


def test_one_who_gave_up_waiting_for_the_rate_takes_no_place() -> None:
    http = Slow()

    async def scene() -> None:
        channel = Channel(http, "acme", capabilities(in_flight=1, rate=0.1))
        await channel(paced("a"))
        waiting = asyncio.create_task(channel(paced("given up")))
        await asyncio.sleep(1)
        waiting.cancel()
        await channel(paced("b"))

    play(scene())
    assert starts(http) == {"a": 0, "b": 10}


# --- The exchange log --------------------------------------------------------------------------------


async def logged(request: HttpRequest, *script: Behaviour) -> Exchange:
    log: list[Exchange] = []
    async with serving(*script) as server, Http(on_exchange=log.append, read_timeout=0.2) as http:
        placed = HttpRequest(
            operation=request.operation,
            method=request.method,
            url=server.url + request.url,
            body=request.body,
            secrets=request.secrets,
            secret_reply=request.secret_reply,
        )
        with contextlib.suppress(GatewayError):
            await http.exchange("acme", placed)
    assert len(log) == 1
    return log[0]


async def test_the_log_shows_both_bodies_without_secrets() -> None:
    request = HttpRequest(
        operation="send",
        method="POST",
        url="send?key=hunter22",
        body=b"psw=hunter22&mes=Hello",
        secrets=("hunter22",),
    )
    line = await logged(request, says(reply(b"bad psw hunter22, sorry")))
    assert (line.account, line.operation, line.method, line.status) == ("acme", "send", "POST", 200)
    assert line.url.endswith("/send?key=***")
    assert line.request == "psw=***&mes=Hello"
    assert line.response == "HTTP 200: bad psw ***, sorry"
    assert line.error is None
    assert 0 <= line.elapsed < 5


async def test_a_secret_reply_is_not_logged() -> None:
    request = HttpRequest(operation="login", method="POST", url="", secret_reply=True)
    line = await logged(request, says(reply(b'"C0FFEE5E551041"')))
    assert line.response == "***"
    assert line.status == 200


async def test_a_secret_reply_does_not_show_in_errors_either() -> None:
    async with serving(says(reply(b'"C0FFEE'))) as server, Http() as http:
        request = HttpRequest(operation="login", method="POST", url=server.url, secret_reply=True)
        assert (await http.exchange("acme", request)).excerpt() == "HTTP 200: ***"


async def test_a_failure_is_logged_with_its_kind() -> None:
    line = await logged(HttpRequest(operation="send", method="POST", url=""), CUT)
    assert (line.status, line.response) == (None, "")
    assert line.error == "outcome_unknown, broken off"


async def test_a_secret_that_the_cut_goes_through_is_not_logged_in_part() -> None:
    body = b"x" * 3995 + b"hunter22-and-more"
    request = HttpRequest(operation="send", method="POST", url="", body=body, secrets=("hunter22-and-more",))
    line = await logged(request, says(reply(b" " * 15995 + b"hunter22-and-more")))
    assert line.request == "x" * 3995 + "***"
    assert "hunter" not in line.response


async def test_by_default_the_log_is_one_line_at_debug() -> None:
    with structlog.testing.capture_logs() as lines:
        async with serving(OK) as server, Http() as http:
            await http.exchange("acme", get(server.url))
    assert [(line["event"], line["log_level"], line["account"]) for line in lines] == [
        ("exchange", "debug", "acme")
    ]
