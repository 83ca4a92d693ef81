"""The only client I/O towards gateways: one aiohttp transport for all four.

It carries a pure `HttpRequest` and either brings back an `HttpResponse` or raises one of two errors, and
telling them apart is its whole worth:

- `NotReached`: DNS, refused, TLS handshake, connect time-out. No byte of the request left; safe to try later.
- `OutcomeUnknown`: anything after that. The gateway may have accepted the message.

It also paces each account, caps what it reads, and keeps the exchange log with secrets taken out.
"""

import asyncio
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
import structlog
from aiolimiter import AsyncLimiter

from .errors import GatewayError, NotReached, OutcomeUnknown
from .model import Capabilities
from .wire import MAX_BODY, HttpRequest, HttpResponse, redact

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
        request=redact((request.body or b"")[:4000].decode("utf-8", "replace"), request.secrets),
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
        # sock_connect and sock_read give two different errors; `total` would give the same one for
        # "never connected" and "no answer", so the overall limit stands outside, in `Channel`.
        self._timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=connect_timeout, sock_read=read_timeout
        )
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
        """Carry one request, once. Raises NotReached or OutcomeUnknown."""
        session = self._submits if request.submits else self._reads
        if session is None:
            raise RuntimeError("Http is used outside its context")
        started = time.monotonic()
        outcome: HttpResponse | GatewayError
        try:
            async with asyncio.timeout(self._total):
                outcome = await _perform(session, request)
        except TimeoutError:
            outcome = OutcomeUnknown(raw=f"no whole answer in {self._total:g} s")
        except GatewayError as error:
            outcome = error
        self._on_exchange(describe(account, request, outcome, time.monotonic() - started))
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
        self._not_before: dict[str, float] = {}

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        await self._keep_gap(request)
        async with self._in_flight:
            if self._rate is not None:
                await self._rate.acquire()
            return await self._http.exchange(self._account, request)

    async def _keep_gap(self, request: HttpRequest) -> None:
        """Requests with the same pace key start at least the key's gap apart."""
        if request.pace is None:
            return
        key, gap = request.pace
        now = time.monotonic()
        self._not_before = {other: due for other, due in self._not_before.items() if due > now}
        due = max(now, self._not_before.get(key, now))
        self._not_before[key] = due + gap.total_seconds()
        await asyncio.sleep(due - now)


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
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
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
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise NotReached(raw=type(error).__name__) from None
    except _AfterConnectError as error:
        raise OutcomeUnknown(raw=str(error)) from None
    except (aiohttp.ClientError, OSError) as error:
        raise OutcomeUnknown(raw=type(error).__name__) from None


async def _read(response: aiohttp.ClientResponse, request: HttpRequest) -> HttpResponse:
    encoding = response.headers.get("Content-Encoding", "identity").lower()
    if encoding != "identity":
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
    )
