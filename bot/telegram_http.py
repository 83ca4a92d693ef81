"""python-telegram-bot's transport on aiohttp: one HTTP stack in the process, and no request sent twice.

Failures come out as the library's own errors, told apart by what the caller may do next:

    NetworkError
    ├── NotSent     ours: no connection was made, or it was too late for the request to leave
    │               (`providers.leaving`): nothing left this machine; safe to repeat
    ├── TimedOut    it may have arrived: repeating it may double it
    └── itself      reset, garbage, too long: it may have arrived as well

The bot's token is part of every URL. Nothing here puts a URL, or an error that knows one, into an exception
or its causes, and an error page that echoes the URL comes back with `bot***` in its place.
"""

import asyncio
import io
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

import aiohttp
from telegram._utils.defaultvalue import DefaultValue
from telegram._utils.types import ODVInput
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from providers.leaving import may_leave
from providers.trust import trust

MAX_BODY = 20 * 1024 * 1024  # bytes; the Bot API lets no larger file be downloaded
_SHOWN = 300  # bytes of a reply that is no JSON: the library quotes all of it in its error

_TOKEN_IN_URL = re.compile(r"/bot([^/]+)/([^?]*)")


class NotSent(NetworkError):
    """No connection to the Bot API was made, or it was too late: nothing left this machine."""


class TelegramRequest(BaseRequest):
    """One pool of connections to the Bot API. All time-outs in seconds; None is no limit.

    `total_timeout` is for one whole exchange, on top of its read and write time-outs: what a peer that drips
    cannot stretch. Raises NotSent, TimedOut, NetworkError and nothing else.

    `ca_file`: a PEM file with the authority to trust, for a server of one's own; None: the usual ones.
    """

    def __init__(
        self,
        *,
        connection_pool_size: int = 256,
        connect_timeout: float | None = 5.0,
        pool_timeout: float | None = 5.0,
        read_timeout: float | None = 20.0,
        write_timeout: float | None = 20.0,
        total_timeout: float | None = 60.0,
        ca_file: Path | None = None,
    ) -> None:
        self._connection_pool_size = connection_pool_size
        self._connect_timeout = connect_timeout
        self._pool_timeout = pool_timeout
        self._read_timeout = read_timeout
        self._write_timeout = write_timeout
        self._total_timeout = total_timeout
        self._ssl = trust(ca_file)
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        """The library adds the time of a long poll to it."""
        return self._read_timeout

    async def initialize(self) -> None:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connection_pool_size, ssl=self._ssl),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                middlewares=[_no_second_sending],
                trace_configs=[_last_look()],
                headers={"User-Agent": self.USER_AGENT, "Accept-Encoding": "identity"},
            )

    async def shutdown(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Carry one request, once. Returns the HTTP status and the body."""
        if self._session is None:
            raise RuntimeError("TelegramRequest is used before initialize() or after shutdown()")
        read = _given(read_timeout, self._read_timeout)
        write = _given(write_timeout, self._write_timeout)
        connect = _given(connect_timeout, self._connect_timeout)
        pool = _given(pool_timeout, self._pool_timeout)
        # aiohttp counts waiting for the pool and connecting together, and has no time-out for writing: the
        # overall limit stands for that one.
        timeout = aiohttp.ClientTimeout(
            total=None, connect=_sum(pool, connect), sock_connect=connect, sock_read=read
        )
        try:
            async with asyncio.timeout(_sum(self._total_timeout, read, write, connect, pool)):
                return await _perform(self._session, url, method, request_data, timeout)
        except Exception as error:  # noqa: BLE001 - anything else would reach a log with the URL in it
            failure = _failure(error, _endpoint(url))
        # Outside the except block, so that the error has no context: aiohttp's knows the URL.
        raise failure


def _given(value: ODVInput[float], default: float | None) -> float | None:
    return default if isinstance(value, DefaultValue) else value


def _sum(*limits: float | None) -> float | None:
    """Limits of consecutive phases as one; endless if one of them is."""
    known = [limit for limit in limits if limit is not None]
    return sum(known) if len(known) == len(limits) else None


class _AfterConnectError(Exception):
    """Carries a failure past aiohttp's own resending; its only argument is the error."""


def _last_look() -> aiohttp.TraceConfig:
    """Asks `may_leave` when the connection stands and before the first byte, as `providers.http` does."""
    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(_look)
    return trace


async def _look(*_: object) -> None:
    if not may_leave():
        raise NotSent("too late to leave")


async def _no_second_sending(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a GET again by itself; see `providers.http`, where the same trap is."""
    try:
        return await handler(request)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, NotSent):
        raise
    except Exception as error:
        raise _AfterConnectError(error) from error


async def _perform(
    session: aiohttp.ClientSession,
    url: str,
    method: str,
    request_data: RequestData | None,
    timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's limits for its phases
) -> tuple[int, bytes]:
    body, headers = _body(request_data)
    async with session.request(
        method, url, data=body, headers=headers, timeout=timeout, allow_redirects=False
    ) as response:
        payload = await _read(response)
    if response.status != 200 or not (method == "GET" or _is_object(payload)):
        payload = _presentable(payload, url)
    return response.status, payload


def _body(request_data: RequestData | None) -> tuple[bytes | aiohttp.FormData | None, Mapping[str, str]]:
    """Body and headers: a form, or multipart where files go along."""
    if request_data is None:
        return None, {}
    if not request_data.contains_files:
        encoded = request_data.url_encoded_parameters().encode("ascii")
        return encoded, {"Content-Type": "application/x-www-form-urlencoded"}
    # Without quoting, names of files go as UTF-8, which is how the Bot API reads them.
    form = aiohttp.FormData(quote_fields=False)
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, content_type) in request_data.multipart_data.items():
        # As a stream: aiohttp warns of large bodies that are plain bytes.
        stream = io.BytesIO(content) if isinstance(content, bytes) else content
        form.add_field(name, stream, filename=_in_header(filename), content_type=content_type)
    return form, {}


def _in_header(filename: str) -> str:
    """The name as it can stand between quotes in a header, escaped as browsers do."""
    return filename.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


async def _read(response: aiohttp.ClientResponse) -> bytes:
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise aiohttp.ClientPayloadError("unasked content encoding")
    body = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > MAX_BODY:
            raise aiohttp.ClientPayloadError(f"over {MAX_BODY} bytes")
    return bytes(body)


def _is_object(payload: bytes) -> bool:
    return payload.lstrip().startswith(b"{")


def _presentable(payload: bytes, url: str) -> bytes:
    """A reply that the library will quote in errors and logs: without the token, cut if it is no JSON."""
    found = _TOKEN_IN_URL.search(url)
    if found:
        token = re.escape(unquote(found[1])).replace(":", "(?::|%3A)")
        payload = re.sub(f"(?i)(?:bot)?{token}".encode(), b"bot***", payload)
    return payload if _is_object(payload) else payload[:_SHOWN]


def _endpoint(url: str) -> str:
    """What was called, as `bot***/sendMessage`."""
    found = _TOKEN_IN_URL.search(url)
    return f"bot***/{found[2]}" if found else "bot***"


_NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL, NotSent)


def _failure(error: Exception, endpoint: str) -> NetworkError:
    cause = error.args[0] if isinstance(error, _AfterConnectError) else error
    said = f"{endpoint}: {type(cause).__name__}"
    if isinstance(cause, _NOT_SENT):
        return NotSent(said)
    if isinstance(cause, TimeoutError):
        return TimedOut(said)
    return NetworkError(said)
