"""Calls to the client's URL: each change of a status and each incoming SMS (sheet section 12).

How such a call is written stands in the query of that very URL: `charset`, `fmt` (2 XML, 3 JSON, else a form)
and which hashes to add (`md5`, `sha1`). What the XML looks like was never seen: the fields in one element.
How often a call is repeated is not documented either.
"""

import hashlib
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp

from sandbox.account import Account, Message
from sandbox.handset import NOT_YET_LEFT, Moment
from sandbox.smsc.kinds import TYPES
from sandbox.smsc.reading import Incoming
from sandbox.smsc.register import Kept, Register
from sandbox.smsc.replies import element, json_id, json_text
from sandbox.smsc.request import encoding_of
from sandbox.smsc.statuses import STATUSES, found_out, moscow

TRIES = 3
TIME_OUT = aiohttp.ClientTimeout(total=10)
_HASHES = ("md5", "sha1")
_NUMBERS = frozenset({"id", "status", "err", "type", "flag", "cnt", "ts"})  # bare ones, in JSON

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Push:
    """A call that was made. `fields`: without the hashes; `http_status`: None if nothing was answered."""

    fields: Fields
    http_status: int | None


@dataclass(slots=True)
class _Due:
    fields: Fields
    tries: int = 0


class Pushing:
    """`secret`: what the hashes are made with; without one there are none. `made`: all calls so far."""

    def __init__(self, register: Register) -> None:
        self.secret: str | None = None
        self.made: list[Push] = []
        self._register = register
        self._url: str | None = None
        self._due: deque[_Due] = deque()

    @property
    def url(self) -> str | None:
        """Where to call, None for nowhere; only an address of this machine (ValueError)."""
        return self._url

    @url.setter
    def url(self, url: str | None) -> None:
        if url is not None:
            host = urlsplit(url).hostname or ""
            if host != "localhost" and not ip_address(host).is_loopback:
                raise ValueError(f"a stand-in calls only this machine, not {host}")
        self._url = url

    def received(self, incoming: Incoming) -> None:
        """An SMS came in; nobody is told if there is no URL."""
        if self._url is not None:
            self._due.append(_Due(_incoming_fields(incoming)))

    async def send_due(self) -> int:
        """Make each call that is due once, oldest first; the number of those that worked.

        One that does not get a 200 stays due for the next time, `TRIES` times in all.
        """
        self._due.extend(_Due(fields) for fields in self._news())
        due, self._due = self._due, deque()
        worked = 0
        async with aiohttp.ClientSession(timeout=TIME_OUT) as http:
            for call in due:
                call.tries += 1
                if await self._call(http, call.fields, self.secret) == 200:
                    worked += 1
                elif call.tries < TRIES:
                    self._due.append(call)
        return worked

    async def send(self, fields: Fields, secret: str | None) -> int | None:
        """One call with these fields, true or not, signed with this secret: its HTTP status."""
        async with aiohttp.ClientSession(timeout=TIME_OUT) as http:
            return await self._call(http, fields, secret)

    def _news(self) -> Iterable[Fields]:
        """What was not told yet of messages that have left. Waiting for something is not told."""
        account = self._register.account
        for kept in self._register.entries:
            if kept.message is None:
                continue
            lived = account.lived(kept.message)
            news, kept.pushed = lived[kept.pushed :], len(lived)
            if self._url is None:
                continue
            for moment in news:
                if moment.stage in STATUSES and moment.stage not in NOT_YET_LEFT:
                    yield _status_fields(account, kept, kept.message, moment)

    async def _call(self, http: aiohttp.ClientSession, fields: Fields, secret: str | None) -> int | None:
        if self._url is None:
            raise RuntimeError("there is no URL to call")
        body, content_type = write(fields, self._url, secret)
        try:
            async with http.post(self._url, data=body, headers={"Content-Type": content_type}) as response:
                status: int | None = response.status
        except (aiohttp.ClientError, TimeoutError):
            status = None
        self.made.append(Push(fields, status))
        return status


def write(fields: Fields, url: str, secret: str | None) -> tuple[bytes, str]:
    """Body and content type of a call, in the charset and form that the URL asks for. Pure."""
    options = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    encoding = encoding_of(options.get("charset", ""))
    label = "windows-1251" if encoding == "cp1251" else encoding
    kinds = [kind for kind in _HASHES if kind in options] if secret else []
    signed = {**{kind: sign(fields, secret or "", kind, encoding) for kind in kinds}, **fields}
    match options.get("fmt"):
        case "2":
            return element("message", signed).encode(encoding, "replace"), f"text/xml; charset={label}"
        case "3":
            plain = {name: json_id(value) if name in _NUMBERS else value for name, value in signed.items()}
            return json_text(plain).encode(encoding, "replace"), f"application/json; charset={label}"
    return urlencode(
        signed, encoding=encoding, errors="replace"
    ).encode(), "application/x-www-form-urlencoded"


def sign(fields: Fields, secret: str, kind: str, encoding: str) -> str:
    """The hash (lower-case hex) over the fields of this kind of call, the secret last."""
    names: tuple[str, ...]
    if "mes" in fields:
        names = ("phone", "mes", "to")
    elif "waitcall" in fields:
        names = ("phone", "ts")
    else:
        names = ("id", "phone", "status")
    text = ":".join([*(fields.get(name, "") for name in names), secret])
    return hashlib.new(kind, text.encode(encoding, "replace"), usedforsecurity=False).hexdigest()


def _status_fields(account: Account, kept: Kept, message: Message, moment: Moment) -> Fields:
    code, error, _ = STATUSES[moment.stage]
    accepted = message.accepted
    looked_up = found_out(message, moment.stage) if accepted.kind == "hlr" else {}
    return {
        "id": kept.message_id,
        "phone": accepted.msisdn,
        "status": str(code),
        "time": moscow(moment.since),
        "ts": str(int(moment.since.timestamp())),
        "err": str(error),
        "cnt": str(accepted.segments),
        "cost": str(account.price * accepted.segments),
        "sender": accepted.sender,
        "type": str(TYPES[accepted.kind]),
        "flag": str(TYPES[accepted.kind]),
        **{name: str(value) for name, value in looked_up.items()},
    }


def _incoming_fields(incoming: Incoming) -> Fields:
    return {
        "id": str(incoming.id),
        "phone": incoming.phone,
        "mes": incoming.message,
        "to": incoming.to_phone,
        "time": moscow(incoming.received),
        "ts": str(int(incoming.received.timestamp())),
    }
