"""The stand-in of Devino Telecom: the REST and the SOAP face of one account, sessions shared between them."""

from decimal import Decimal
from zoneinfo import ZoneInfo

from aiohttp import web

from sandbox import devino_rest, devino_soap
from sandbox.account import Account, Clock
from sandbox.devino_account import DevinoDesk
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.stand import NOT_FOUND, Call, Stand


class DevinoServer(Stand):
    """`recipient_zone`: where every recipient of the time-zone sends lives; the rest is explained in
    `account`.

    Operations in `requests`: `SessionId Balance Send SendBulk SendByTimeZone SendByTimeZoneToAddresses
    State` over REST; over SOAP the names of the elements, `GetSessionID` to `GetMessageState`.
    """

    def __init__(
        self,
        login: str = "demo",
        password: str = "demo-password",  # noqa: S107 - of the demo
        balance: Decimal | str = "1000.00",
        price: Decimal | str = "2.50",
        journal: Journal | None = None,
        faults: Faults | None = None,
        pace: float = 0.0,
        clock: Clock | None = None,
        *,
        recipient_zone: str = "Europe/Moscow",
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
        self._desk = DevinoDesk(account, ZoneInfo(recipient_zone))

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

    async def _route(self, request: web.Request) -> Call:
        """IIS ignores the case of a path."""
        path = request.path.lower()
        if path.startswith("/rest/"):
            return await devino_rest.understand(self._desk, request, path.removeprefix("/rest/"))
        if path == "/smsservice.asmx":
            return await devino_soap.understand(self._desk, request)
        return Call(path, {}, NOT_FOUND.content_type, lambda: NOT_FOUND, lambda _: NOT_FOUND)
