"""The only client I/O towards gateways: one aiohttp transport for all four.

It carries a pure `HttpRequest` and either brings back an `HttpResponse` or raises one of two errors, and
telling them apart is its whole worth:

- `NotReached`: DNS, refused, TLS handshake, connect time-out. No byte of the request left; safe to try later.
- `OutcomeUnknown`: anything after that. The gateway may have accepted the message.

It also paces each account, caps what it reads, and keeps the exchange log with secrets taken out.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
import structlog
from aiolimiter import AsyncLimiter

from .errors import GatewayError, NotReached, OutcomeUnknown, Throttled
from .model import Capabilities
from .wire import MAX_BODY, HttpRequest, HttpResponse, Pace, redact, redacted_head

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One line of the exchange log. Bodies are redacted and cut; elapsed is in seconds."""

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
    account: str, request: HttpRequest, outcome: HttpResponse | GatewayError, elapsed: float
) -> Exchange:
    """What may be written down of an exchange: no secret, and of a secret reply nothing at all."""
    answer = outcome if isinstance(outcome, HttpResponse) else None
    if answer is None:
        reply = ""
    else:
        reply = "***" if request.secret_reply else answer.excerpt(2000)
    return Exchange(
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


def log_exchange(exchange: Exchange) -> None:
    """The default exchange log: one structured line at DEBUG."""
    log.debug("exchange", **{name: getattr(exchange, name) for name in Exchange.__dataclass_fields__})


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
        self._ssl = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
        self._on_exchange = on_exchange
        self._reads: aiohttp.ClientSession | None = None
        self._submits: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._reads = self._session(force_close=False)
        self._submits = self._session(force_close=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in (self._reads, self._submits):
            if session is not None:
                await session.close()

    def _session(self, *, force_close: bool) -> aiohttp.ClientSession:
        # A submission goes out on a fresh connection, so that a stale keep-alive link cannot fake an
        # unknown outcome.
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._ssl, force_close=force_close, limit=0),
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            middlewares=[_no_second_sending],
        )

    def channel(self, account: str, capabilities: Capabilities) -> "Channel":
        """The way of one account to its gateway, paced by what the gateway allows."""
        return Channel(self, account, capabilities)

    async def exchange(self, account: str, request: HttpRequest) -> HttpResponse:
        """Carry one request, once. Raises NotReached or OutcomeUnknown; a cancelled one is logged too."""
        session = self._submits if request.submits else self._reads
        if session is None:
            raise RuntimeError("Http is used outside its context")
        clock = asyncio.get_running_loop().time
        started = clock()
        outcome: HttpResponse | GatewayError = OutcomeUnknown(raw="interrupted")
        try:
            async with asyncio.timeout(self._total):
                outcome = await _perform(session, request)
        except TimeoutError:
            outcome = OutcomeUnknown(raw=f"no whole answer in {self._total:g} s")
        except GatewayError as error:
            outcome = error
        finally:
            self._on_exchange(describe(account, request, outcome, clock() - started))
        if isinstance(outcome, GatewayError):
            raise outcome
        return outcome


class Channel:
    """One account's requests, kept within the gateway's rate and parallelism. Callable as `wire.Send`."""

    def __init__(self, http: Http, account: str, capabilities: Capabilities) -> None:
        self._http = http
        self._account = account
        # One at a time and evenly: a bucket of ten would let nineteen through in some second.
        self._rate = AsyncLimiter(1, 1 / capabilities.rate) if capabilities.rate else None
        self._in_flight = asyncio.Semaphore(capabilities.in_flight)
        self._windows: dict[str, _Window] = {}

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        await self._start(request)
        try:
            return await self._http.exchange(self._account, request)
        finally:
            self._in_flight.release()

    async def _start(self, request: HttpRequest) -> None:
        """Wait until the request may start; from then on it counts as in flight.

        A submission does not wait: it is in the ledger as being on the wire. Raises Throttled for it, which
        says that nothing has left.
        """
        async with AsyncExitStack() as held:
            # Keys are held until the request starts, so that the limit is one of starts however long the
            # turn takes, and the turn is not taken while a window is full: it belongs to other requests.
            # Always in the same order, or two requests could wait for each other.
            windows = [self._window(pace) for pace in sorted(request.paces, key=lambda pace: pace.key)]
            for window in windows:
                await held.enter_async_context(window.lock)
            wait = max((window.opens(self._now()) for window in windows), default=0.0) - self._now()
            if wait > 0 and request.submits:
                raise Throttled(
                    raw="the gateway takes no such request yet", retry_after=timedelta(seconds=wait)
                )
            await asyncio.sleep(wait)
            await self._take_turn()
            for window in windows:
                window.starts.append(self._now())

    async def _take_turn(self) -> None:
        await self._in_flight.acquire()
        try:
            if self._rate is not None:
                await self._rate.acquire()
        except BaseException:
            self._in_flight.release()
            raise

    def _window(self, pace: Pace) -> "_Window":
        """The window of a key; those that are open and that nobody waits for are forgotten."""
        now = self._now()
        self._windows = {
            key: window
            for key, window in self._windows.items()
            if key == pace.key or window.lock.locked() or window.last_over() > now
        }
        return self._windows.setdefault(pace.key, _Window(pace))

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


@dataclass(slots=True)
class _Window:
    """When the latest requests of one key started, in loop time."""

    pace: Pace
    starts: deque[float] = field(init=False)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.starts = deque(maxlen=self.pace.most)

    def opens(self, now: float) -> float:
        """When the next request may start."""
        full = len(self.starts) == self.pace.most
        return self.starts[0] + self.pace.period.total_seconds() if full else now

    def last_over(self) -> float:
        """When nothing of this is left to remember."""
        return self.starts[-1] + self.pace.period.total_seconds() if self.starts else 0.0


class _AfterConnectError(Exception):
    """Carries a failure past aiohttp's own resending."""


async def _no_second_sending(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a GET twice when the server drops the link before answering.

    It does so by itself and has no switch for it (aio-libs/aiohttp issue 10790); its resend loop does not
    catch an error that is not its own.
    """
    try:
        return await handler(request)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        raise
    except Exception as error:  # whatever it is, the request may have left
        raise _AfterConnectError(type(error).__name__) from error


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
        raise NotReached(raw=type(error).__name__) from None
    except _AfterConnectError as error:
        raise OutcomeUnknown(raw=str(error)) from None
    except (aiohttp.ClientError, OSError) as error:
        raise OutcomeUnknown(raw=type(error).__name__) from None


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
