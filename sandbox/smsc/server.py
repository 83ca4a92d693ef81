"""The server: which script is asked, by whom, how often; the answer in its format and charset."""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial

from aiohttp import web

from sandbox.account import Account, Clock
from sandbox.calls import NOT_FOUND, Call, Reply
from sandbox.faults import Faults, Refusal
from sandbox.journal import Journal
from sandbox.smsc import replies
from sandbox.smsc.errors import REFUSALS, WRONG_PASSWORD, SmscError
from sandbox.smsc.jobs import Jobs
from sandbox.smsc.limits import Limits
from sandbox.smsc.pushing import Push, Pushing
from sandbox.smsc.reading import Incoming, Reading
from sandbox.smsc.register import Register
from sandbox.smsc.request import Request, decode, decode_json
from sandbox.smsc.senders import Senders
from sandbox.smsc.sending import send
from sandbox.smsc.statuses import status
from sandbox.smsc.templates import Templates
from sandbox.stand import Stand

INBOUND_NUMBER = "79037672000"  # where handsets answer to, unless told otherwise
REST = "/rest/send/"

IDS = re.compile(rb'"id": (?P<id>[^\n,]+),?\n')  # in JSON

Script = Callable[[Request], str]


class SmscServer(Stand):
    """`apikey`: accepted instead of login and password. `credit`: how far below zero the money may go.

    `limits`: hold to the limits of sheet section 10; off, only fifteen requests at once are too many. All
    three settable at any time.

    Operations in `requests`: `send status balance get senders templates jobs`; /rest/send/ is `send` too. The
    parameters are as sent, decoded. The rest is explained in `account`.
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
        apikey: str | None = None,
        currency: str = "RUR",
        credit: Decimal | str | None = None,
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
        self.apikey = apikey
        self.names = Senders(account)
        self._register = Register(account, None if credit is None else Decimal(credit))
        self._limits = Limits(account, on=limits)
        self._reading = Reading(self._register, currency)
        self._pushing = Pushing(self._register)
        templates = Templates()
        self._scripts: dict[str, Script] = {
            "send": partial(send, self._register),
            "status": partial(status, self._register),
            "balance": self._balance,
            "get": self._reading.answer,
            "senders": self.names.answer,
            "templates": templates.answer,
            "jobs": Jobs(self._register, templates).answer,
        }

    @property
    def url(self) -> str:
        """Base of the scripts, with the slash."""
        return f"{self.origin}/sys/"

    @property
    def limits(self) -> bool:
        """Whether the limits are held to."""
        return self._limits.on

    @limits.setter
    def limits(self, on: bool) -> None:
        self._limits.on = on

    @property
    def credit(self) -> Decimal | None:
        """The credit limit; settable."""
        return self._register.credit

    @credit.setter
    def credit(self, limit: Decimal | None) -> None:
        self._register.credit = limit

    @property
    def currency(self) -> str:
        """Of the account; roubles are RUR here. Settable."""
        return self._reading.currency

    @currency.setter
    def currency(self, code: str) -> None:
        self._reading.currency = code

    def code_for(self, name: str) -> str:
        """The code that confirms this number as a sender name; settable in `names.codes`."""
        return self.names.code_for(name)

    def receive(
        self, msisdn: str, text: str, to: str = INBOUND_NUMBER, at: datetime | None = None
    ) -> Incoming:
        """An SMS from a handset arrives; `at`: when, by default now. It can be asked for and is pushed."""
        received = at or self.account.now()
        incoming = Incoming(len(self._reading.inbox) + 1, msisdn, to, text, received, received)
        self._reading.inbox.append(incoming)
        self._pushing.received(incoming)
        return incoming

    @property
    def push_to(self) -> str | None:
        """The client's URL with its options, None for no calls. ValueError: not on this machine."""
        return self._pushing.url

    @push_to.setter
    def push_to(self, url: str | None) -> None:
        self._pushing.url = url

    @property
    def push_secret(self) -> str | None:
        """What calls are signed with if the URL asks for it; None signs none."""
        return self._pushing.secret

    @push_secret.setter
    def push_secret(self, secret: str | None) -> None:
        self._pushing.secret = secret

    @property
    def pushed(self) -> list[Push]:
        """All calls made, those that failed too."""
        return self._pushing.made

    async def push_pending(self) -> int:
        """Make every call that is due, once; how many were answered with 200. Failed ones are due again."""
        return await self._pushing.send_due()

    async def push(self, fields: Mapping[str, str], secret: str | None = None) -> int | None:
        """One call with any fields, signed with any secret: a repeated or a forged one. Its HTTP status."""
        return await self._pushing.send(fields, secret)

    async def _route(self, http: web.Request) -> Call:
        script, request = await _understand(http)
        parameters = dict(request.parameters)
        if script not in self._scripts:
            operation = http.path.removeprefix("/sys/").removesuffix(".php")
            return Call(operation, parameters, NOT_FOUND.content_type, lambda: NOT_FOUND, lambda _: NOT_FOUND)
        act = partial(self._act, script, request)
        return Call(script, parameters, _content_type(request), act, partial(_refuse, request), IDS)

    def _act(self, script: str, request: Request) -> Reply:
        """Errors come with HTTP 200."""
        try:
            self._limits.check_crowd(script, self.in_flight)
            self._limits.check_block()
            self._check_login(request.parameters)
            self._limits.check_repeats(script, request.parameters)
            text = self._scripts[script](request)
        except SmscError as error:
            self._limits.failed(script, error)
            text = replies.error(request.fmt, error.number, error.text, error.message_id)
        else:
            self._limits.succeeded(script)
        return _reply(request, text)

    def _check_login(self, parameters: Mapping[str, str]) -> None:
        """The password in the open or as lower-case MD5."""
        if "apikey" in parameters and self.apikey:
            good = parameters["apikey"] == self.apikey
        else:
            hashed = hashlib.md5(self.account.password.encode(), usedforsecurity=False).hexdigest()
            good = parameters.get("login") == self.account.login
            good = good and parameters.get("psw") in (self.account.password, hashed)
        if not good:
            raise SmscError(*WRONG_PASSWORD)

    def _balance(self, request: Request) -> str:
        """balance.php; `cur` asks for the currency, and for the credit if there is one."""
        amount = self.account.balance
        if not request.flag("cur"):
            return replies.balance(request.fmt, amount, None, None)
        return replies.balance(request.fmt, amount, self.currency, self.credit)


async def _understand(http: web.Request) -> tuple[str, Request]:
    """The script's name, empty if there is none such, and the parameters."""
    if http.path == REST and http.method == "POST":
        return "send", decode_json(await http.read())
    form = http.content_type == "application/x-www-form-urlencoded"
    request = decode(http.rel_url.raw_query_string, await http.read() if form else b"")
    script = re.fullmatch(r"/sys/([a-z]+)\.php", http.path)
    return (script[1] if script and http.method in ("GET", "POST") else ""), request


def _refuse(request: Request, kind: Refusal) -> Reply:
    return _reply(request, replies.error(request.fmt, *REFUSALS[kind]))


def _content_type(request: Request) -> str:
    """JSON says windows-1251 whatever it is written in: recorded, and no reliable guide to the bytes."""
    charset = "windows-1251" if request.fmt == 3 else re.sub("^cp1251$", "windows-1251", request.encoding)
    return f"{replies.CONTENT_TYPES[request.fmt]}; charset={charset}"


def _reply(request: Request, text: str) -> Reply:
    return Reply(text.encode(request.encoding, "replace"), _content_type(request))
