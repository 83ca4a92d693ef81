"""What the desk answers over HTTP: gateways that call with news, and those who watch over it.

/telegram                  where Telegram delivers updates, if it is not polled; stored, then answered
/push/{account}/{secret}   what a gateway tells by itself; stored, then answered, then taken in
/healthz                   the process is alive
/readyz                    its database answers and takes what is written; whether everything is held
/metrics                   for Prometheus
"""

import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from desk import metrics
from desk.clock import Bell, Clock
from desk.pushes import request_of
from desk.switchboard import Switchboard
from providers.errors import Forged, GatewayError, Unsupported
from providers.faces import Pushes, face
from storage import accounts, hold, pushes
from storage.accounts import Account
from storage.db import Database
from storage.outage import Unavailable
from storage.standing import Standing, standing
from storage.vault import Vault

from .updates import Intake

log = structlog.get_logger(__name__)

PROOF_HEADER = "X-Telegram-Bot-Api-Secret-Token"
BODY_MAX = 256 * 1024  # a push is a few hundred bytes
ENDING = 2.0  # seconds that a call under way gets at a stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """Where updates go that Telegram brings, and what proves that it is Telegram."""

    intake: Intake
    secret: str


class Web:
    """The handlers of all paths."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        switchboard: Switchboard,
        clock: Clock,
        pushed: Bell,
        hook: Hook | None,
    ) -> None:
        self._database = database
        self._vault = vault
        self._switchboard = switchboard
        self._clock = clock
        self._pushed = pushed
        self._hook = hook

    def app(self) -> web.Application:
        app = web.Application(client_max_size=BODY_MAX)
        app.router.add_get("/healthz", self.healthz)
        app.router.add_get("/readyz", self.readyz)
        app.router.add_get("/metrics", self.metrics)
        if self._hook is not None:
            app.router.add_post("/telegram", partial(self.telegram, self._hook))
        app.router.add_route("*", "/push/{account:[0-9]{1,9}}/{secret}", self.push)
        return app

    async def healthz(self, request: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def readyz(self, request: web.Request) -> web.Response:
        try:
            async with self._database.read() as tx:
                held = await hold.cause(tx)
        except (SQLAlchemyError, OSError, Unavailable) as error:
            log.warning("not ready", error=type(error).__name__)
            return web.Response(status=503, text="the database does not answer\n")
        if not self._database.takes_writes:
            return web.Response(status=503, text="the database cannot be written to\n")
        return web.Response(text="ready\n" if held is None else f"ready, but everything is held: {held}\n")

    async def metrics(self, request: web.Request) -> web.Response:
        now = self._clock()
        metrics.show(await self._standing(now), now, takes_writes=self._database.takes_writes)
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _standing(self, now: datetime) -> Standing | None:
        """How the desk stands; None: the database does not answer, and what is counted here is told alone."""
        try:
            async with self._database.read() as tx:
                return await standing(tx, now)
        except (SQLAlchemyError, OSError, Unavailable) as error:
            log.warning("no figures of the database", error=type(error).__name__)
            return None

    async def telegram(self, hook: Hook, request: web.Request) -> web.Response:
        """Nothing is answered with 200 before it is stored: Telegram brings again what got another answer."""
        secret = request.headers.get(PROOF_HEADER, "")
        if not hmac.compare_digest(secret.encode(), hook.secret.encode()):
            log.warning("a call to the webhook without its secret")
            raise web.HTTPNotFound
        try:
            update = json.loads(await request.read())
        except (ValueError, RecursionError):
            log.warning("a call to the webhook that is no JSON")
            return web.Response(status=400, text="unreadable\n")
        try:
            await hook.intake.take(update)
        except Unavailable as error:
            log.warning("the database cannot be used", worker="webhook", error=str(error))
            return web.Response(status=503, text="not now\n")
        return web.Response()

    async def push(self, request: web.Request) -> web.Response:
        """Nothing is acted on before it is stored: a gateway that got its OK does not tell again."""
        account = await self._called(request)
        if account is None:
            metrics.PUSHES.labels("", "unknown").inc()
            raise web.HTTPNotFound
        now = self._clock()
        call = await _call(request)
        refusal = self._refusal(account, call, now)
        if refusal is not None:
            return refusal
        try:
            async with self._database.write("web.push") as tx:
                await pushes.store(tx, account.id, call, self._vault, now)
        except Unavailable as error:
            log.warning("the database cannot be used", worker="pushes", error=str(error))
            return web.Response(status=503, text="not now\n")
        self._pushed.ring()
        metrics.PUSHES.labels(account.gateway, "stored").inc()
        return web.Response(text="OK")

    async def _called(self, request: web.Request) -> Account | None:
        """The account whose secret address this is. A wrong one looks like no address at all."""
        account_id = int(request.match_info["account"])
        async with self._database.read() as tx:
            token = await pushes.token(tx, account_id)
            if token is None or not hmac.compare_digest(
                token.encode(), request.match_info["secret"].encode()
            ):
                return None
            return await accounts.get(tx, account_id)

    def _refusal(self, account: Account, call: dict[str, str], now: datetime) -> web.Response | None:
        gateway = self._switchboard.gateway(account)
        try:
            face(gateway, Pushes).parse_push(request_of(call, now))
        except Forged as error:
            log.warning("a push is not signed by its gateway", account=account.name, raw=error.raw)
            metrics.PUSHES.labels(account.gateway, "forged").inc()
            return web.Response(status=403, text="not signed\n")
        except Unsupported:
            raise web.HTTPNotFound from None
        except GatewayError:
            # Not its words: they are a customer's.
            log.warning("a push cannot be read", account=account.name, length=len(call["body"]))
            metrics.PUSHES.labels(account.gateway, "unreadable").inc()
            return web.Response(status=400, text="unreadable\n")
        return None


async def _call(request: web.Request) -> dict[str, str]:
    """A call as it is stored. Bytes go as latin-1: a signature is over the bytes, whatever they mean."""
    return {
        "method": request.method,
        "url": f"/push?{request.rel_url.raw_query_string}",  # without its secret
        "content_type": request.headers.get("Content-Type", ""),
        "body": (await request.read()).decode("latin-1"),
    }


@asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Answer while in context; gives the port, which is a free one for 0. Raises OSError: it is taken."""
    # No access log: the path of a push is a secret.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=ENDING)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
