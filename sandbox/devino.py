"""The stand-in of Devino Telecom: the REST and the SOAP face of one account, sessions shared between them."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from aiohttp import web

from sandbox import devino_rest, devino_soap
from sandbox.account import Account, Clock
from sandbox.calls import NOT_FOUND, TOO_MANY_REQUESTS, Call
from sandbox.devino_account import INCOMING_NUMBER, DevinoDesk, Quirks
from sandbox.devino_viber import ViberDesk
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.stand import Stand

REQUESTS_A_SECOND = 10


class DevinoServer(Stand):
    """`recipient_zone`: where every recipient of the time-zone sends lives; the rest is explained in
    `account`.

    `limits`: refuse what goes beyond 10 requests in any second by the server's clock, each face for itself,
    as they are two hosts. Seed 001 states the rate but not the refusal: HTTP 429 with `Retry-After: 1` is our
    choice. A refused request does nothing and does not count. Settable.

    Operations in `requests`: `SessionId Balance Send SendBulk SendByTimeZone SendByTimeZoneToAddresses
    State In Statistics ViberSend ViberSendBulk ViberSendWithResend ViberSendWithResendBulk ViberState` over
    REST; over SOAP the names of the eight elements, `GetSessionID` to `GetIncomingMessages`, and `WSDL`.
    """

    def __init__(
        self,
        login: str = "demo",
        password: str = "demo-password",  # nosec B107  # noqa: S107 - of the demo
        balance: Decimal | str = "1000.00",
        price: Decimal | str = "2.50",
        journal: Journal | None = None,
        faults: Faults | None = None,
        pace: float = 0.0,
        clock: Clock | None = None,
        *,
        recipient_zone: str = "Europe/Moscow",
        quirks: Quirks | None = None,
        limits: bool = False,
        latency: float = 0.0,
    ) -> None:
        account = Account(
            login=login,
            password=password,
            balance=balance,
            price=price,
            journal=journal,
            pace=pace,
            clock=clock,
        )
        super().__init__(self._route, account, faults, latency)
        self._desk = DevinoDesk(account, ZoneInfo(recipient_zone), quirks or Quirks())
        self._viber = ViberDesk(account, self._desk)
        self.limits = limits
        self._served: dict[str, list[datetime]] = {}

    @property
    def rest_url(self) -> str:
        """Base of the REST resources, with the slash."""
        return f"{self.origin}/rest/"

    @property
    def soap_url(self) -> str:
        """Address of the SOAP service."""
        return f"{self.origin}/SmsService.asmx"

    def expire_sessions(self) -> None:
        """From now on every session given so far is answered with "SessionID expired"."""
        self._desk.expire_sessions()

    @property
    def quirks(self) -> Quirks:
        """Which of the documents that contradict each other is right; settable field by field."""
        return self._desk.quirks

    def receive(self, msisdn: str, text: str, to: str = INCOMING_NUMBER, at: datetime | None = None) -> str:
        """An SMS from a handset to a number of the account; `at`: aware, None for now. Its id, digits."""
        return str(self._desk.receive(msisdn, text, to, at).id)

    async def _route(self, request: web.Request) -> Call:
        call = await self._understand_face(request)
        face = "rest" if request.path.lower().startswith("/rest/") else "soap"
        return call if self._admits(face) else replace(call, process=lambda: TOO_MANY_REQUESTS)

    def _admits(self, face: str) -> bool:
        if not self.limits:
            return True
        now = self.account.now()
        served = [at for at in self._served.get(face, ()) if now - at < timedelta(seconds=1)]
        self._served[face] = served
        if len(served) >= REQUESTS_A_SECOND:
            return False
        served.append(now)
        return True

    async def _understand_face(self, request: web.Request) -> Call:
        """IIS ignores the case of a path."""
        path = request.path.lower()
        if path.startswith("/rest/"):
            return await devino_rest.understand(self._desk, self._viber, request, path.removeprefix("/rest/"))
        if path == "/smsservice.asmx":
            return await devino_soap.understand(self._desk, request)
        return Call(path, {}, NOT_FOUND.content_type, lambda: NOT_FOUND, lambda _: NOT_FOUND)
