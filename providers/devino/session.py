"""The session of a login at Devino: made when first needed, shared, renewed."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from ..errors import AccountBlocked, NotReached, OutcomeUnknown, Throttled
from ..model import Reason
from ..wire import HttpRequest, HttpResponse, Send, unreadable
from .vocabulary import SessionRefused

T = TypeVar("T")


def session_id(value: object, response: HttpResponse) -> str:
    """The session id from an answer to a login: letters, digits and dashes, opaque to us (section 3.1)."""
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9-]+", value.strip()):
        return value.strip()
    raise unreadable(response, "no session id")


class Session:
    """The session of one login, shared by all calls and made when first needed.

    It lives 120 minutes at Devino and 100 here. When an answer says it was refused, it is dropped (if it is
    still the same one), made anew and the call repeated once; nothing was done of a call whose session was
    refused, so this is safe for a send too (section 2). A second refusal is Throttled: nothing was sent,
    the login was just accepted, and perhaps someone else's login ended our session, so trying later is
    right. For IN_VAIN sends in a row it is AccountBlocked: trying on would never end.

    A login that gets no readable answer is NotReached: the call it was made for has not left. It has no
    entry in the reason dictionary, whose word on money would be about a send.
    """

    RENEW_AFTER = 100 * 60.0  # seconds
    IN_VAIN = 3

    def __init__(
        self,
        send: Send,
        login: Callable[[], HttpRequest],
        parse: Callable[[HttpResponse], str],
        clock: Callable[[], float],
    ) -> None:
        self._send = send
        self._login = login
        self._parse = parse
        self._clock = clock
        self._lock = asyncio.Lock()
        self._held: _Held | None = None
        self._in_vain = 0

    async def call(self, build: Callable[[str], HttpRequest], parse: Callable[[HttpResponse], T]) -> T:
        """Build a request with the session, send it and parse its answer."""
        held = await self._current()
        try:
            return await self._ask(build(held.token), parse)
        except SessionRefused:
            held = await self._current(refused=held)
        request = build(held.token)
        try:
            return await self._ask(request, parse)
        except SessionRefused as again:
            raise self._refused_twice(again, submits=request.submits) from None

    async def _ask(self, request: HttpRequest, parse: Callable[[HttpResponse], T]) -> T:
        answer = parse(await self._send(request))
        if request.submits:
            self._in_vain = 0
        return answer

    def _refused_twice(self, again: SessionRefused, *, submits: bool) -> Throttled | AccountBlocked:
        self._in_vain += submits
        if self._in_vain < self.IN_VAIN or not submits:
            return Throttled(code=again.code, raw=again.raw, entry=again.entry)
        self._in_vain = 0  # whoever starts the account again gets as many tries
        return AccountBlocked(code=again.code, raw=again.raw, reason=Reason.ACCOUNT, entry=again.entry)

    async def _current(self, *, refused: "_Held | None" = None) -> "_Held":
        async with self._lock:
            held, now = self._held, self._clock()
            if held is None or held is refused or now - held.since >= self.RENEW_AFTER:
                self._held = None
                held = self._held = _Held(await self._fresh(), now)
            return held

    async def _fresh(self) -> str:
        try:
            return self._parse(await self._send(self._login()))
        except OutcomeUnknown as unclear:
            raise NotReached(code=unclear.code, raw=unclear.raw) from None


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """A session id and when it was asked for; told apart by identity: an id may be given twice."""

    token: str = field(repr=False)
    since: float
