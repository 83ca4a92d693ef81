"""The only client I/O towards gateways: one aiohttp transport for all four.

It carries a pure `HttpRequest` and either brings back an `HttpResponse` or raises one of two errors, and
telling them apart is its whole worth:

- `NotReached`: DNS, refused, TLS handshake, connect time-out, or too late to leave (`providers.leaving`). No
  byte of the request left; safe to try later.
- `OutcomeUnknown`: anything after that. The gateway may have accepted the message.

What broke on the way stands in `raw` as one of the words of `Break`, which the texts for people know.

It also paces each account, caps what it reads, and keeps the exchange log, which tells
what was asked and how that went, never what was said.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
import structlog
from aiolimiter import AsyncLimiter

from .errors import GatewayError, NotReached, OutcomeUnknown, Throttled
from .leaving import may_leave
from .model import Capabilities
from .trust import trust
from .wire import MAX_BODY, HttpRequest, HttpResponse, Pace, redact, redacted_head

log = structlog.get_logger(__name__)


class Break(StrEnum):
    """What broke between us and a gateway. The words stay: texts for people go by them."""

    REFUSED = "refused"
    NAME = "name not found"
    TLS = "tls"  # no trusted certificate, or the handshake failed
    TIMEOUT = "timeout"  # no connection in time
    UNREACHABLE = "unreachable"
    ADDRESS = "bad address"
    TOO_LATE = "too late"  # on our side: it stood still for so long that others may have taken over
    NO_ANSWER = "no answer"
    NO_WHOLE_ANSWER = "no whole answer"  # it began, or was awaited, for longer than all may take
    BROKEN_OFF = "broken off"
    NOT_HTTP = "not http"
    UNSENDABLE = "unsendable"  # our own request could not be put on the wire
    INTERRUPTED = "interrupted"  # on our side: the program was stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One exchange with a gateway. Bodies are redacted and cut; elapsed is in seconds."""

    gateway: str
    account: str
    operation: str
    method: str
    url: str
    request: str
    status: int | None
    response: str
    error: str | None
    elapsed: float


def describe(
    gateway: str, account: str, request: HttpRequest, outcome: HttpResponse | GatewayError, elapsed: float
) -> Exchange:
    """What may be told of an exchange: no secret, and of a secret reply nothing at all."""
    answer = outcome if isinstance(outcome, HttpResponse) else None
    if answer is None:
        reply = ""
    else:
        reply = "***" if request.secret_reply else answer.excerpt(2000)
    return Exchange(
        gateway=gateway,
        account=account,
        operation=request.operation,
        method=request.method,
        url=redact(request.url, request.secrets),
        request=redacted_head(request.body or b"", 4000, request.secrets),
        status=answer.status if answer else None,
        response=reply,
        error=None if answer else str(outcome),
        elapsed=round(elapsed, 4),
    )


# Of an exchange. Its address and its bodies hold the numbers and the words of customers.
_LOGGED = ("gateway", "account", "operation", "method", "status", "error", "elapsed")


def log_exchange(exchange: Exchange) -> None:
    """The default exchange log: one structured line at DEBUG."""
    log.debug("exchange", **{name: getattr(exchange, name) for name in _LOGGED})


class Http:
    """The connections to all gateways. Use as an async context manager."""

    def __init__(
        self,
        *,
        connect_timeout: float = 10.0,
        read_timeout: float = 60.0,
        total_timeout: float = 90.0,
        ca_file: Path | None = None,
        on_exchange: Callable[[Exchange], None] = log_exchange,
    ) -> None:
        # connect and sock_read give two different errors; `total` would give the same one for "never
        # connected" and "no answer", so the overall limit stands outside, in `exchange`. sock_connect alone
        # would not do: it leaves out the DNS lookup and starts afresh with every address of the host.
        self._timeout = aiohttp.ClientTimeout(total=None, connect=connect_timeout, sock_read=read_timeout)
        self._total = total_timeout
        self._ssl = trust(ca_file)
        self._on_exchange = on_exchange
        self._reads: aiohttp.ClientSession | None = None
        self._submits: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._reads = self._session(force_close=False)
        self._submits = self._session(force_close=True, trace_configs=[_last_look()])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in (self._reads, self._submits):
            if session is not None:
                await session.close()

    def _session(
        self, *, force_close: bool, trace_configs: list[aiohttp.TraceConfig] | None = None
    ) -> aiohttp.ClientSession:
        # A submission goes out on a fresh connection, so that a stale keep-alive link cannot fake an
        # unknown outcome.
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._ssl, force_close=force_close, limit=0),
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            middlewares=[_no_second_sending],
            trace_configs=trace_configs,
        )

    def channel(self, account: str, capabilities: Capabilities, *, gateway: str = "") -> "Channel":
        """The way of one account to its gateway of this kind, paced by what the gateway allows."""
        return Channel(self, account, capabilities, gateway)

    async def exchange(self, account: str, request: HttpRequest, *, gateway: str = "") -> HttpResponse:
        """Carry one request, once. Raises NotReached or OutcomeUnknown; a cancelled one is logged too."""
        session = self._submits if request.submits else self._reads
        if session is None:
            raise RuntimeError("Http is used outside its context")
        clock = asyncio.get_running_loop().time
        started = clock()
        outcome: HttpResponse | GatewayError = OutcomeUnknown(raw=Break.INTERRUPTED)
        try:
            async with asyncio.timeout(self._total):
                outcome = await _perform(session, request)
        except TimeoutError:
            outcome = OutcomeUnknown(raw=Break.NO_WHOLE_ANSWER)
        except GatewayError as error:
            outcome = error
        finally:
            self._on_exchange(describe(gateway, account, request, outcome, clock() - started))
        if isinstance(outcome, GatewayError):
            raise outcome
        return outcome


FEW = 16  # windows that may be there without being looked through
PATIENCE = 5.0  # seconds that a read waits for its window: somebody sits before the answer


class Channel:
    """One account's requests, kept within the gateway's rate and parallelism. Callable as `wire.Send`."""

    def __init__(self, http: Http, account: str, capabilities: Capabilities, gateway: str) -> None:
        self._http = http
        self._account = account
        self._gateway = gateway
        # One at a time and evenly: a bucket of ten would let nineteen through in some second.
        self._rate = AsyncLimiter(1, 1 / capabilities.rate) if capabilities.rate else None
        self._in_flight = asyncio.Semaphore(capabilities.in_flight)
        self._windows: dict[str, _Window] = {}
        self._forget_at = FEW

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.pace is None:
            await self._take_turn()
            return await self._exchange(request)
        window = self._want(request.pace)
        try:
            async with _held(window, _patience(request)):
                await self._take_turn()
                started = _now()
                window.starts.append(started)
        finally:
            window.wanted -= 1
        try:
            return await self._exchange(request)
        except NotReached:  # the gateway cannot have counted it
            window.take_back(started)
            raise

    async def _exchange(self, request: HttpRequest) -> HttpResponse:
        try:
            return await self._http.exchange(self._account, request, gateway=self._gateway)
        finally:
            self._in_flight.release()

    async def _take_turn(self) -> None:
        await self._in_flight.acquire()
        try:
            if self._rate is not None:
                await self._rate.acquire()
        except BaseException:
            self._in_flight.release()
            raise

    def _want(self, pace: Pace) -> "_Window":
        """The window of a key, wanted once more.

        Those that are open and that nobody wants are forgotten when their number has doubled: to look at
        all of them for each request would cost n² of n requests.
        """
        if len(self._windows) >= self._forget_at:
            now = _now()
            self._windows = {
                key: window for key, window in self._windows.items() if window.wanted or window.over() > now
            }
            self._forget_at = max(2 * len(self._windows), FEW)
        window = self._windows.setdefault(pace.key, _Window(pace))
        window.wanted += 1
        return window


def _now() -> float:
    return asyncio.get_running_loop().time()


def _patience(request: HttpRequest) -> float | None:
    """How many seconds it may wait for its window; None: however long.

    A submission does not wait: it is in the ledger as being on the wire.
    """
    if request.submits:
        return 0.0
    return None if request.patient else PATIENCE


@asynccontextmanager
async def _held(window: "_Window", patience: float | None) -> AsyncIterator[None]:
    """Hold the window, open. Raises Throttled, which says that nothing has left, where that takes too long.

    It is held until the request starts, so that the limit is one of starts however long its turn takes; and
    the turn is not taken while the window is full: it belongs to other requests.
    """
    until = None if patience is None else _now() + patience
    try:
        async with asyncio.timeout(None if patience is None else PATIENCE):
            await window.lock.acquire()
    except TimeoutError:
        raise _too_early(window) from None
    try:
        opens = window.opens()
        if until is not None and opens > until:
            raise _too_early(window)
        await asyncio.sleep(opens - _now())
        yield
    finally:
        window.lock.release()


def _too_early(window: "_Window") -> Throttled:
    pause = timedelta(seconds=max(window.opens() - _now(), 0.0))
    return Throttled(raw="too early for the gateway", retry_after=pause, only_this=True)


class _Window:
    """When the latest requests of one key started, in loop time."""

    def __init__(self, pace: Pace) -> None:
        self.lock = asyncio.Lock()
        self.wanted = 0  # requests that hold it or wait for it
        self.starts: deque[float] = deque(maxlen=pace.most)
        self._most, self._period = pace.most, pace.period.total_seconds()

    def opens(self) -> float:
        """When the next request may start; in the past if at once."""
        return self.starts[0] + self._period if len(self.starts) == self._most else 0.0

    def take_back(self, start: float) -> None:
        """Count this one no more."""
        if start in self.starts:
            self.starts.remove(start)

    def over(self) -> float:
        """When nothing of this is worth remembering any more."""
        return self.starts[-1] + self._period if self.starts else 0.0


class _AfterConnectError(Exception):
    """Carries a failure past aiohttp's own resending; its text is one of `Break`."""


def _last_look() -> aiohttp.TraceConfig:
    """Asks `may_leave` when the connection stands and before the first byte: a test watches that it is so."""
    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(_look)
    return trace


async def _look(*_: object) -> None:
    if not may_leave():
        raise NotReached(raw=Break.TOO_LATE)


async def _no_second_sending(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a GET twice when the server drops the link before answering.

    It does so by itself and has no switch for it (aio-libs/aiohttp issue 10790); its resend loop does not
    catch an error that is not its own.
    """
    try:
        return await handler(request)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, NotReached):
        raise
    except Exception as error:  # whatever it is, the request may have left
        raise _AfterConnectError(_after_connect(error)) from error


async def _perform(session: aiohttp.ClientSession, request: HttpRequest) -> HttpResponse:
    try:
        async with session.request(
            request.method,
            request.url,
            data=request.body,
            # A compressed reply could be a bomb, and none of these gateways needs it.
            headers={**request.headers, "Accept-Encoding": "identity"},
            allow_redirects=False,  # the body holds the password
        ) as response:
            return await _read(response, request)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
        raise NotReached(raw=_before_connect(error)) from None
    except _AfterConnectError as error:
        raise OutcomeUnknown(raw=str(error)) from None
    except (aiohttp.ClientError, OSError) as error:
        raise OutcomeUnknown(raw=_after_connect(error)) from None


def _before_connect(error: Exception) -> Break:
    match error:
        case aiohttp.InvalidURL():
            return Break.ADDRESS
        case aiohttp.ConnectionTimeoutError():
            return Break.TIMEOUT
        case aiohttp.ClientConnectorDNSError():
            return Break.NAME
        case aiohttp.ClientSSLError():
            return Break.TLS
        case aiohttp.ClientConnectorError(os_error=ConnectionRefusedError()):
            return Break.REFUSED
        # There is no connection yet that could be broken off: it happened in the handshake.
        case aiohttp.ClientConnectorError(os_error=ConnectionResetError() | ConnectionAbortedError()):
            return Break.TLS
        case _:
            return Break.UNREACHABLE


def _after_connect(error: Exception) -> Break:
    match error:
        case TimeoutError():
            return Break.NO_ANSWER
        case aiohttp.ClientResponseError():
            return Break.NOT_HTTP
        case aiohttp.ClientError() | OSError():
            return Break.BROKEN_OFF
        case _:
            return Break.UNSENDABLE


async def _read(response: aiohttp.ClientResponse, request: HttpRequest) -> HttpResponse:
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in {"", "identity"}:
        raise OutcomeUnknown(code=str(response.status), raw=f"unasked content encoding {encoding}")
    body = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > MAX_BODY:
            raise OutcomeUnknown(code=str(response.status), raw=f"body over {MAX_BODY} bytes")
    return HttpResponse(
        status=response.status,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=bytes(body),
        secrets=request.secrets,
        secret=request.secret_reply,
    )
