"""The server of the page; `sandbox.page` tells what it answers."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from sandbox.page import hands
from sandbox.page.guard import guard, seal
from sandbox.page.records import PICTURES, Records, changed, records
from sandbox.page.scene import Scene

STATIC = Path(__file__).parent / "static"
TICK = 0.25  # seconds between two looks at what moves by itself: an SMS on its way
_BODY_MAX = 32 * 1024 * 1024  # bytes; more than Telegram lets a bot fetch
_SHUTDOWN_SECONDS = 2.0


class PageServer:
    """`words`: the texts of the page by language, then by key.

    `language`: what it begins with; None: what the browser is set to.
    """

    def __init__(
        self, scene: Scene, words: Mapping[str, Mapping[str, str]], language: str | None, *, port: int = 0
    ) -> None:
        self.scene = scene
        self._words = {"language": language, "texts": words}
        self._port = port
        self._stopping = asyncio.Event()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where a browser finds it. RuntimeError: not started."""
        if self._runner is None:
            raise RuntimeError("the page is not served yet")
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/"

    async def __aenter__(self) -> Self:
        """Listen on loopback, and nowhere else. OSError: the port is taken."""
        application = web.Application(client_max_size=_BODY_MAX, middlewares=[guard])
        application.on_response_prepare.append(seal)
        application.add_routes(
            [
                web.get("/", self._page),
                web.static("/static", STATIC),
                web.get("/words", self._texts),
                web.get("/events", self._events),
                web.get("/files/{file_id}", self._file),
                web.post("/do/document", self._document),
                web.post("/do/{action}", self._do),
            ]
        )
        # A stream ends when its reader leaves; without this it would be noticed at the next change only.
        runner = web.AppRunner(
            application, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_SECONDS, access_log=None
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", self._port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _page(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / "index.html")

    async def _texts(self, request: web.Request) -> web.Response:
        return web.json_response(self._words)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """First everything, then whatever is other than it was."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        known: Records = {}
        event = "all"
        while not self._stopping.is_set():
            now = records(self.scene)
            if patch := changed(known, now):
                await response.write(f"event: {event}\ndata: {json.dumps(patch)}\n\n".encode())
                known, event = now, "some"
            await self._change()
        return response

    async def _change(self) -> None:
        """Until Telegram moved, or it is time to look at the handsets."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.scene.telegram.change(), TICK)

    async def _file(self, request: web.Request) -> web.Response:
        """A picture is shown, anything else saved: a file in the chat may hold anything."""
        file = self.scene.telegram.files.get(request.match_info["file_id"])
        if file is None:
            raise web.HTTPNotFound
        if file.mime_type in PICTURES:
            return web.Response(body=file.data, content_type=file.mime_type)
        return web.Response(
            body=file.data,
            content_type="application/octet-stream",
            headers={"Content-Disposition": "attachment"},
        )

    async def _do(self, request: web.Request) -> web.Response:
        action = hands.ACTIONS.get(request.match_info["action"])
        if action is None:
            raise web.HTTPNotFound
        try:
            body = await request.json()
            if not isinstance(body, dict):
                return _refused(ValueError("an object is wanted"))
            return _done(await action(self.scene, body))
        except (ValueError, LookupError, TypeError, OverflowError) as error:
            return _refused(error)

    async def _document(self, request: web.Request) -> web.Response:
        form = await request.post()
        upload = form.get("file")
        if not isinstance(upload, web.FileField):
            return _refused(ValueError("a file is wanted"))
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        try:
            done = hands.document(
                self.scene, fields, upload.filename, upload.content_type, upload.file.read()
            )
        except (ValueError, LookupError) as error:
            return _refused(error)
        return _done(done)


def _done(result: dict[str, Any]) -> web.Response:
    return web.json_response({"ok": True} | result)


def _refused(error: Exception) -> web.Response:
    return web.json_response({"ok": False, "description": str(error)}, status=400)
