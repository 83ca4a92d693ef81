"""TelegramRequest under a real `telegram.Bot`, against a small Bot API on loopback."""

import asyncio
import contextlib
import io
import logging
import socket
import struct
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import telegram
from aiohttp import web
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.logs import hide_token
from bot.telegram_http import MAX_BODY, NotSent, TelegramRequest

TOKEN = "110201543:CanaryCanaryCanaryCanaryCanary_-aaa"
ME = {"id": 110201543, "is_bot": True, "first_name": "Desk", "username": "desk_bot"}
MESSAGE = {"message_id": 7, "date": 1_800_000_000, "chat": {"id": 5, "type": "private"}, "text": "Hi"}

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Upload:
    """One file of a multipart request."""

    name: str
    filename: str
    content: bytes
    headers: Mapping[str, str]


@dataclass
class Api:
    """What one stand-in saw, and how it answers: by method, else ok with `results`."""

    url: str = ""
    calls: list[str] = field(default_factory=list)  # method names, in order
    forms: list[dict[str, str]] = field(default_factory=list)
    files: list[Upload] = field(default_factory=list)
    links: set[object] = field(default_factory=set)
    answers: dict[str, Answer] = field(default_factory=dict)
    results: dict[str, object] = field(default_factory=lambda: {"getMe": ME, "sendMessage": MESSAGE})
    busy: int = 0
    peak: int = 0
    change: asyncio.Condition = field(default_factory=asyncio.Condition)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, reached: Callable[[], bool]) -> None:
        async with self.change:
            await asyncio.wait_for(self.change.wait_for(reached), 5)

    async def step(self, by: int) -> None:
        async with self.change:
            self.busy += by
            self.peak = max(self.peak, self.busy)
            self.change.notify_all()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        method = request.path.rsplit("/", 1)[1]
        self.calls.append(method)
        self.links.add(request.transport)
        form = await request.post()
        self.forms.append({name: part for name, part in form.items() if isinstance(part, str)})
        self.files += [
            Upload(part.name, part.filename, part.file.read(), part.headers)
            for part in form.values()
            if isinstance(part, web.FileField)
        ]
        await self.step(1)
        try:
            if method in self.answers:
                return await self.answers[method](request)
            return web.json_response({"ok": True, "result": self.results.get(method, True)})
        finally:
            await self.step(-1)


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    state = Api()
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", state.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    state.url = f"http://{host}:{port}"
    yield state
    state.gate.set()
    await runner.cleanup()


Connect = Callable[..., Awaitable[telegram.Bot]]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Makes bots whose transports are started, but not asked for getMe, and shuts them down."""
    async with contextlib.AsyncExitStack() as stack:

        async def make(url: str, transport: TelegramRequest | None = None) -> telegram.Bot:
            updates = TelegramRequest(read_timeout=0.2, total_timeout=5)
            sends = transport or TelegramRequest(read_timeout=5)
            for each in (updates, sends):
                await stack.enter_async_context(each)
            return telegram.Bot(
                TOKEN,
                base_url=f"{url}/bot",
                base_file_url=f"{url}/file/bot",
                request=sends,
                get_updates_request=updates,
            )

        yield make


async def test_get_me(api: Api, connect: Connect) -> None:
    bot = await connect(api.url)
    assert (await bot.get_me()).username == "desk_bot"
    assert api.calls == ["getMe"]


async def test_send_message_carries_text_as_it_is(api: Api, connect: Connect) -> None:
    bot = await connect(api.url)
    text = "Привет & <b>+7</b> 100% 😀\nsecond line"
    message = await bot.send_message(5, text, protect_content=True)
    assert message.message_id == 7
    assert api.forms[0]["text"] == text
    assert api.forms[0]["chat_id"] == "5"
    assert api.forms[0]["protect_content"] == "true"


@pytest.mark.parametrize(
    "filename", ["report.csv", "Отчёт за май.csv", 'a "quoted"; name.csv', "back\\slash.csv"]
)
async def test_send_document_uploads_the_file(api: Api, connect: Connect, filename: str) -> None:
    bot = await connect(api.url)
    content = bytes(range(256)) * 8192  # 2 MiB, and no text
    await bot.send_document(5, io.BytesIO(content), filename=filename, caption="Вот")
    assert api.forms[0]["caption"] == "Вот"
    (document,) = api.files
    assert document.name == "document"
    assert document.content == content
    assert document.headers["Content-Type"] == "text/csv"
    assert document.filename == filename.replace('"', "%22")
    if not filename.isascii():
        assert f'filename="{filename}"' in document.headers["Content-Disposition"]


async def test_a_file_name_cannot_smuggle_a_header(api: Api, connect: Connect) -> None:
    bot = await connect(api.url)
    await bot.send_document(5, b"x", filename='a"\r\nX-Evil: 1\r\n\r\n.csv')
    (document,) = api.files
    assert "X-Evil" not in document.headers
    assert document.content == b"x"


async def test_several_files_in_one_request(api: Api, connect: Connect) -> None:
    api.results["sendMediaGroup"] = [MESSAGE, MESSAGE]
    bot = await connect(api.url)
    media = [telegram.InputMediaDocument(name.encode(), filename=f"{name}.txt") for name in ("one", "two")]
    await bot.send_media_group(5, media)
    assert {file.content for file in api.files} == {b"one", b"two"}
    assert all(f"attach://{file.name}" in api.forms[0]["media"] for file in api.files)


async def test_an_open_file_is_uploaded_as_a_stream(api: Api, connect: Connect) -> None:
    bot = await connect(api.url)
    document = telegram.InputFile(io.BytesIO(b"a,b\n"), filename="a.csv", read_file_handle=False)
    await bot.send_document(5, document)
    assert [(file.filename, file.content) for file in api.files] == [("a.csv", b"a,b\n")]


async def test_file_download(api: Api, connect: Connect) -> None:
    content = b"\x00\xff" * 1000 + TOKEN.encode()  # what is in a file is nobody's business

    async def file(_: web.Request) -> web.Response:
        return web.Response(body=content)

    api.results["getFile"] = {"file_id": "f", "file_unique_id": "u", "file_path": "documents/a b.csv"}
    api.answers["a b.csv"] = file
    bot = await connect(api.url)
    document = await bot.get_file("f")
    assert bytes(await document.download_as_bytearray()) == content


@pytest.mark.parametrize(("size", "fits"), [(MAX_BODY, True), (MAX_BODY + 1, False)])
async def test_a_reply_is_read_up_to_the_limit(api: Api, connect: Connect, size: int, fits: bool) -> None:
    async def large(_: web.Request) -> web.Response:
        return web.Response(body=bytes(size))

    api.answers["large"] = large
    bot = await connect(api.url)
    if fits:
        assert len(await bot.request.retrieve(f"{api.url}/file/bot{TOKEN}/large")) == size
    else:
        with pytest.raises(NetworkError):
            await bot.request.retrieve(f"{api.url}/file/bot{TOKEN}/large")


def says(status: int, body: object, **headers: str) -> Answer:
    async def answer(request: web.Request) -> web.Response:
        if isinstance(body, str):
            return web.Response(status=status, text=body, content_type="text/html", headers=headers)
        return web.json_response(body, status=status, headers=headers)

    return answer


async def test_too_many_requests_tells_how_long_to_wait(
    api: Api, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # the library warns of the number of seconds it gives else
    api.answers["sendMessage"] = says(
        429,
        {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests",
            "parameters": {"retry_after": 17},
        },
    )
    bot = await connect(api.url)
    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(5, "Hi")
    assert caught.value.retry_after == timedelta(seconds=17)
    assert api.calls == ["sendMessage"]


async def test_a_refusal_comes_with_its_words(api: Api, connect: Connect) -> None:
    api.answers["sendMessage"] = says(400, {"ok": False, "description": "Bad Request: chat not found"})
    bot = await connect(api.url)
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(5, "Hi")


async def test_an_error_page_is_quoted_only_in_part(api: Api, connect: Connect) -> None:
    api.answers["sendMessage"] = says(502, "<html>" + "x" * 100_000)
    bot = await connect(api.url)
    with pytest.raises(NetworkError, match="Bad Gateway") as caught:
        await bot.send_message(5, "Hi")
    assert len(str(caught.value)) < 1000


async def test_redirects_are_not_followed(api: Api, connect: Connect) -> None:
    api.answers["sendMessage"] = says(307, "", Location=f"{api.url}/elsewhere")
    bot = await connect(api.url)
    with pytest.raises(NetworkError):
        await bot.send_message(5, "Hi")
    assert api.calls == ["sendMessage"]


async def reset(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    link: socket.socket = request.transport.get_extra_info("socket")
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()
    return web.Response()


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("reused", [False, True])
async def test_a_dropped_request_is_sent_once(api: Api, connect: Connect, method: str, reused: bool) -> None:
    api.answers["drop"] = reset
    bot = await connect(api.url)
    if reused:
        await bot.get_me()
    with pytest.raises(NetworkError) as caught:
        await bot.request.do_request(f"{api.url}/bot{TOKEN}/drop", method)
    assert type(caught.value) is NetworkError
    assert api.calls.count("drop") == 1
    assert len(api.links) == 1


async def test_no_answer_is_timed_out(api: Api, connect: Connect) -> None:
    api.answers["sendMessage"] = silence(api)
    bot = await connect(api.url)
    with pytest.raises(TimedOut):
        await bot.send_message(5, "Hi", read_timeout=0.1)
    assert api.calls == ["sendMessage"]


def silence(api: Api) -> Answer:
    async def answer(_: web.Request) -> web.Response:
        await api.gate.wait()
        return web.Response()

    return answer


def dripping(api: Api) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while not api.gate.is_set():
                await response.write(b" ")
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(api.gate.wait(), 0.02)
        return response

    return answer


async def test_a_dripping_answer_is_timed_out(api: Api, connect: Connect) -> None:
    api.answers["sendMessage"] = dripping(api)
    transport = TelegramRequest(
        connect_timeout=0.1, pool_timeout=0, read_timeout=0.1, write_timeout=0.1, total_timeout=0.1
    )
    bot = await connect(api.url, transport)
    with pytest.raises(TimedOut):
        await bot.send_message(5, "Hi")


async def test_a_long_poll_waits_as_long_as_it_was_asked_to(api: Api, connect: Connect) -> None:
    """The transport for updates gives up after 0.2 s; a poll of one second adds that second."""

    async def one_update(_: web.Request) -> web.Response:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(api.gate.wait(), 0.6)
        return web.json_response({"ok": True, "result": [{"update_id": 1}]})

    api.answers["getUpdates"] = one_update
    bot = await connect(api.url)
    assert [update.update_id for update in await bot.get_updates(timeout=1)] == [1]
    with pytest.raises(TimedOut):
        await bot.get_updates(timeout=0)


async def test_calls_run_side_by_side(api: Api, connect: Connect) -> None:
    async def together(_: web.Request) -> web.Response:
        await api.until(lambda: api.peak == 20)
        return web.json_response({"ok": True, "result": MESSAGE})

    api.answers["sendMessage"] = together
    bot = await connect(api.url)
    sent = await asyncio.gather(*(bot.send_message(5, f"{number}") for number in range(20)))
    assert len(sent) == 20
    assert {form["text"] for form in api.forms} == {str(number) for number in range(20)}


async def test_calls_one_after_another_share_a_connection(api: Api, connect: Connect) -> None:
    bot = await connect(api.url)
    for _ in range(3):
        await bot.get_me()
    assert len(api.links) == 1


async def test_a_full_pool_is_not_sent(api: Api, connect: Connect) -> None:
    api.answers["sendMessage"] = silence(api)
    bot = await connect(api.url, TelegramRequest(connection_pool_size=1))
    first = asyncio.create_task(bot.send_message(5, "first"))
    await api.until(lambda: api.busy == 1)
    with pytest.raises(NotSent):
        await bot.send_message(5, "second", pool_timeout=0.05, connect_timeout=0.05)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert len(api.calls) == 1


@pytest.fixture
def free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


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


async def test_what_never_connects_is_not_sent(
    api: Api, connect: Connect, free_port: int, deaf_port: int
) -> None:
    for url in (
        f"http://127.0.0.1:{free_port}",
        f"http://127.0.0.1:{deaf_port}",
        "http://telegram.invalid",
        api.url.replace("http:", "https:"),
        "nonsense",
    ):
        bot = await connect(url)
        with pytest.raises(NotSent):
            await bot.send_message(5, "Hi", connect_timeout=0.3, pool_timeout=0)
    assert not api.calls


async def test_it_starts_and_stops_more_than_once(api: Api) -> None:
    transport = TelegramRequest()
    url = f"{api.url}/bot{TOKEN}/getMe"
    for _ in range(2):
        await transport.initialize()
        await transport.initialize()
        assert (await transport.do_request(url, "POST"))[0] == 200
        await transport.shutdown()
        await transport.shutdown()
    with pytest.raises(RuntimeError, match="initialize"):
        await transport.do_request(url, "POST")


# --- The token shows nowhere -------------------------------------------------------------------------

ECHO = f"<html>cannot POST /bot{TOKEN}/sendMessage and /bot{TOKEN.replace(':', '%3A')}/ {'x' * 5000}</html>"
HALF = {"Content-Length": "100"}


async def half(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers=HALF)
    await response.prepare(request)
    await response.write(b"{")
    assert request.transport is not None
    request.transport.close()
    return response


FAILURES = {
    "refused": NotSent,
    "unresolvable": NotSent,
    "no address": NotSent,
    "tls": NotSent,
    "reset": NetworkError,
    "half": NetworkError,
    "silent": TimedOut,
    "dripping": TimedOut,
    "compressed": NetworkError,
    "502 page": NetworkError,
    "404 page": InvalidToken,
    "400 json": BadRequest,
    "200 page": TelegramError,
    "endless header": NetworkError,
}


@pytest.mark.parametrize(
    ("kind", "download"),
    # A file may hold anything, so a page is no failure of a download.
    [
        (kind, download)
        for kind in FAILURES
        for download in (False, True)
        if (kind, download) != ("200 page", True)
    ],
)
async def test_the_token_shows_in_no_error_and_no_log(
    api: Api,
    connect: Connect,
    free_port: int,
    caplog: pytest.LogCaptureFixture,
    kind: str,
    download: bool,
) -> None:
    answers: dict[str, Answer] = {
        "reset": reset,
        "half": half,
        "silent": silence(api),
        "dripping": dripping(api),
        "compressed": says(200, {"ok": True}, **{"Content-Encoding": "x-odd"}),
        "502 page": says(502, ECHO),
        "404 page": says(404, ECHO),
        "400 json": says(400, {"ok": False, "description": ECHO}),
        "200 page": says(200, ECHO),
        "endless header": says(200, {"ok": True}, **{"X-Long": "x" * 100_000}),
    }
    urls = {
        "refused": f"http://127.0.0.1:{free_port}",
        "unresolvable": "http://telegram.invalid",
        "no address": "http://[::1",
        "tls": api.url.replace("http:", "https:"),
    }
    if kind in answers:
        api.answers["sendMessage"] = answers[kind]
    # The library itself logs its base URL, with the token, as it makes a Bot; the application filters that.
    transport = TelegramRequest(
        connect_timeout=0.3, pool_timeout=0, read_timeout=0.1, write_timeout=0.1, total_timeout=0.1
    )
    bot = await connect(urls.get(kind, api.url), transport)
    caplog.set_level(logging.DEBUG)
    with pytest.raises(TelegramError) as caught:
        await (
            bot.request.retrieve(f"{bot.base_file_url}/sendMessage")
            if download
            else bot.send_message(5, "Hi")
        )
    assert type(caught.value) is FAILURES[kind]
    seen = [caplog.text, repr(bot.request), *everything_about(caught.value)]
    for text in seen:
        assert "Canary" not in text
        assert len(text) < 20_000


def everything_about(error: BaseException | None) -> Iterator[str]:
    """The texts of an error and of all that it keeps, also of what a traceback would not show."""
    while error is not None:
        yield from (str(error), repr(error), repr(vars(error)))
        yield "".join(traceback.format_exception_only(error))
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize(
    "text",
    [
        f"Set Bot API URL: https://api.telegram.org/bot{TOKEN}/getMe",
        f"The token `{TOKEN}` was rejected by the server.",
        f"https://api.telegram.org/file/bot{TOKEN.replace(':', '%3A')}/a.csv",
    ],
)
def test_a_token_in_a_text_is_hidden(text: str) -> None:
    assert "Canary" not in hide_token(text)
    assert "bot***" in hide_token(text)


def test_what_is_no_token_stays() -> None:
    text = "2026-12-01 10:00:00 bot started, 12345:67 and robot 5"
    assert hide_token(text) == text
