"""Everything outside the program that is killed: the stand-ins with their journals, the people, the files.

The stand-ins share a process with whoever drives the run, never with the program: what dies is the program.
"""

import json
import random
import shutil
import socket
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.devino import DevinoServer
from sandbox.journal import Journal
from sandbox.sms_pager import SmsPagerServer
from sandbox.smsc import SmscServer
from sandbox.stand import Stand
from sandbox.telegram import Chat, Person, TelegramServer

ADMIN = 1001
GROUP = -1001234567890
TOKEN = "123456:TEST-TOKEN-of-the-tests"
LOGIN, PASSWORD = "demo", "demo-password"
KINDS = ("devino_rest", "devino_soap", "sms_pager", "smsc")
PORTS = (20_000, 32_768)  # below those that the system hands out
JOURNALS = {"devino_rest": "devino", "devino_soap": "devino", "sms_pager": "sms_pager", "smsc": "smsc"}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One run's stand-ins, fresh, and the folder with its files."""

    folder: Path
    kind: str
    telegram: TelegramServer
    devino: DevinoServer
    sms_pager: SmsPagerServer
    smsc: SmscServer
    anna: Person
    group: Chat
    port: int  # where the program listens

    @property
    def chat(self) -> Chat:
        return self.telegram.private(self.anna)

    @property
    def stand(self) -> Stand:
        """The gateway of this run's account."""
        asked: dict[str, Stand] = {"sms_pager": self.sms_pager, "smsc": self.smsc}
        return asked.get(self.kind, self.devino)

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def database(self) -> Path:
        return self.folder / "smsdesk.db"

    def write_config(self) -> None:
        """The configuration as a person would write it, all intervals short."""
        self.config.write_text(
            f'telegram = {{token = "{TOKEN}", api_url = "{self.telegram.url}", admins = [{ADMIN}],'
            " rate = 0, group_rate = 0}\n"
            f'web = {{listen = "127.0.0.1:{self.port}"}}\n'
            'tracking = {first_check = "20ms", longest_pause = "150ms"}\n'
            'limits = {undo = "0s", commands = 0, stale = "1h"}\n'
            'submit = {retry = "50ms", balance_timeout = "5s"}\n'
            'doubts = {settle = "200ms"}\n'
            'alerts = {balance_every = "100ms"}\n'
            "retention = {audit_days = 30}\n"
            f'gateways.devino_rest.url = "{self.devino.rest_url}"\n'
            f'gateways.devino_soap.url = "{self.devino.soap_url}"\n'
            f'gateways.sms_pager.url = "{self.sms_pager.url}"\n'
            # People here say the same to the same number within a minute.
            f'gateways.smsc = {{url = "{self.smsc.url}", limit_window = "0s"}}\n'
            "[[accounts]]\n"
            f'name = "main"\ngateway = "{self.kind}"\nlogin = "{LOGIN}"\npassword = "{PASSWORD}"\n'
            f'sender = "ACME"\nchats = [{ADMIN}]\n',
            "utf-8",
        )

    @contextmanager
    def looking(self) -> Iterator[sqlite3.Connection]:
        """The database as it stands, seen from outside the program."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)) as connection:
            connection.row_factory = sqlite3.Row
            yield connection

    def count(self, query: str) -> int:
        """A `SELECT count(*) ...` as it stands."""
        with self.looking() as connection:
            found: int = connection.execute(query).fetchone()[0]
        return found

    def journal(self, event: str) -> Counter[tuple[str, str]]:
        """How often the gateway accepted, or cancelled, each text and MSISDN, from its journal."""
        told: Counter[tuple[str, str]] = Counter()
        texts: dict[tuple[str, str], str] = {}  # a cancellation names ids, not words
        path = self.folder / f"{JOURNALS[self.kind]}.jsonl"
        for line in path.read_text("utf-8").splitlines() if path.exists() else ():
            entry: dict[str, Any] = json.loads(line)
            key = (str(entry["gateway_ids"]), entry["msisdn"])
            if entry["event"] == "accepted":
                texts[key] = entry["text"]
            if entry["event"] == event:
                told[texts[key], entry["msisdn"]] += 1
        return told


@asynccontextmanager
async def outside(folder: Path, kind: str) -> AsyncIterator[World]:
    """The stand-ins, up, with journals in the folder; the configuration is written there."""
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(TelegramServer(TOKEN))
        anna = telegram.person(ADMIN, "Anna", username="anna", language_code="en")

        def journal(name: str) -> dict[str, Any]:
            return {"login": LOGIN, "password": PASSWORD, "journal": Journal(folder / f"{name}.jsonl")}

        world = World(
            folder=folder,
            kind=kind,
            telegram=telegram,
            devino=await stack.enter_async_context(DevinoServer(**journal("devino"))),
            sms_pager=await stack.enter_async_context(SmsPagerServer(**journal("sms_pager"))),
            smsc=await stack.enter_async_context(SmscServer(**journal("smsc"))),
            anna=anna,
            group=telegram.group(GROUP, "Support", [anna]),
            port=free_port(),
        )
        world.group.administrators.add(ADMIN)
        world.write_config()
        yield world


def copy_template(template: Path, folder: Path) -> None:
    """A database that is migrated, and its keys."""
    for name in ("smsdesk.db", "smsdesk.key"):
        shutil.copy2(template / name, folder / name)


def free_port() -> int:
    """Nobody listens there just now, and between two lives no connection outwards takes it."""
    for port in random.sample(range(*PORTS), 100):
        with closing(socket.socket()) as tried, suppress(OSError):
            tried.bind(("127.0.0.1", port))
            return port
    raise OSError(f"no free port among {PORTS}")
