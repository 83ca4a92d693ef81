"""The Bot API over HTTP: token, method, faults, record, answer."""

import asyncio
import inspect
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.telegram.calls import Call, CallRecord
from sandbox.telegram.errors import TERMINATED_BY_POLLER, ApiError, conflict, too_many_requests
from sandbox.telegram.faults import BAD_GATEWAY, DONE_FIRST, GARBLED, AppliedFault, Fault, FaultPlan
from sandbox.telegram.methods import CANONICAL, METHODS
from sandbox.telegram.parameters import Parameters, read_parameters
from sandbox.telegram.world import World


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a method came to: its result, or the refusal."""

    result: Any = None
    refusal: ApiError | None = None


class BotApi:
    """`/bot{token}/{method}` and `/file/bot{token}/{path}` for one bot."""

    def __init__(self, token: str, world: World, faults: FaultPlan, record: CallRecord) -> None:
        self._token = token
        self._world = world
        self._faults = faults
        self._record = record
        self._closing = asyncio.Event()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", "/bot{token}/{method}", self._call),
            web.get("/file/bot{token}/{path:.+}", self._download),
        ]

    def open(self) -> None:
        """Calls may hang and poll from now on."""
        self._closing = asyncio.Event()

    def close(self) -> None:
        """Let go of every call that hangs or polls."""
        self._closing.set()
        self._world.updates.release_poll()

    async def _call(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self._token:
            return _refuse(ApiError(401, "Unauthorized"))
        if self._closing.is_set():
            return _cut(request)  # or a bot that polls at once again would hold up the stop
        try:
            parameters = await read_parameters(request)
        except ApiError as refusal:
            return _refuse(refusal)
        name = request.match_info["method"]
        method = CANONICAL.get(name.lower(), name)
        fault = self._faults.take(method, parameters.text("chat_id"))
        if fault is None:
            outcome = await self._carry_out(method, parameters)
            self._note(method, parameters, outcome, None)
            return _answer(outcome)
        return await self._strike(request, fault, method, parameters)

    async def _carry_out(self, method: str, parameters: Parameters) -> _Outcome:
        try:
            if method not in METHODS:
                raise ApiError(404, "Not Found: method not found")
            result = METHODS[method](self._world, parameters)
            return _Outcome(await result if inspect.isawaitable(result) else result)
        except ApiError as refusal:
            return _Outcome(refusal=refusal)

    async def _strike(
        self, request: web.Request, fault: Fault, method: str, parameters: Parameters
    ) -> web.Response:
        """Let the fault have its way; the record tells the truth of it."""
        outcome = await self._carry_out(method, parameters) if fault.kind in DONE_FIRST else None
        applied = AppliedFault(
            method=method,
            kind=fault.kind,
            chat_id=parameters.text("chat_id"),
            done=outcome is not None and outcome.refusal is None,
            at=self._world.clock(),
        )
        self._faults.applied.append(applied)
        self._note(method, parameters, outcome, fault.kind)
        return await self._mislead(request, fault)

    async def _mislead(self, request: web.Request, fault: Fault) -> web.Response:
        """What the bot gets to see."""
        match fault.kind:
            case "429":
                return _refuse(too_many_requests(fault.retry_after))
            case "409":
                return _refuse(conflict(TERMINATED_BY_POLLER))
            case "500":
                return _refuse(ApiError(500, "Internal Server Error"))
            case "502" | "delivered_502":
                return web.Response(status=502, text=BAD_GATEWAY, content_type="text/html")
            case "garbled":
                return web.Response(text=GARBLED, content_type="application/json")
            case "hang":
                await self._closing.wait()
        return _cut(request)

    def _note(self, method: str, parameters: Parameters, outcome: _Outcome | None, fault: str | None) -> None:
        """Enter the call into the record; without an outcome nothing was done."""
        refusal = outcome.refusal if outcome else None
        call = Call(
            method=self._record.without_token(method),
            params=self._record.without_token(parameters.shown()),
            at=self._world.clock(),
            result_ok=outcome is not None and refusal is None,
            error=refusal.description if refusal else None,
            fault=fault,
        )
        self._record.add(call)
        self._world.changes.ring()

    async def _download(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self._token:
            return _refuse(ApiError(401, "Unauthorized"))
        for file in self._world.files.values():
            if file.path == request.match_info["path"]:
                return web.Response(body=file.data, content_type="application/octet-stream")
        return _refuse(ApiError(404, "Not Found"))


def _cut(request: web.Request) -> web.Response:
    """Close the connection; the response is only for the form, nobody gets it."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _answer(outcome: _Outcome) -> web.Response:
    if outcome.refusal is not None:
        return _refuse(outcome.refusal)
    return web.json_response({"ok": True, "result": outcome.result})


def _refuse(refusal: ApiError) -> web.Response:
    headers = {}
    if refusal.parameters and "retry_after" in refusal.parameters:
        headers["Retry-After"] = str(refusal.parameters["retry_after"])
    return web.json_response(refusal.body(), status=refusal.code, headers=headers)
