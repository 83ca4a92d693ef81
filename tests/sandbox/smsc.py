"""How the tests of SMSC's stand-in ask it: over HTTP, by hand, after seed 003 and the protocol sheet."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import aiohttp

from sandbox.smsc import SmscServer

NOON = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)  # 12:00 in Moscow
LOGIN = {"login": "demo", "psw": "demo-password", "charset": "utf-8"}
JSON = {**LOGIN, "fmt": "3"}
ONE = {"phones": "79161002030", "mes": "Привет"}


class Clock:
    """A clock that only moves when told to."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


async def ask(http: aiohttp.ClientSession, stand: SmscServer, script: str, parameters: dict[str, str]) -> str:
    """The answer as UTF-8 text; HTTP 200 whatever it says."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode(parameters).encode()
    async with http.post(f"{stand.url}{script}.php", data=body, headers=headers) as response:
        assert response.status == 200
        return (await response.read()).decode()


async def ask_json(http: aiohttp.ClientSession, stand: SmscServer, script: str, **parameters: str) -> Any:
    return json.loads(await ask(http, stand, script, JSON | parameters))
