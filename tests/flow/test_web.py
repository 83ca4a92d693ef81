"""What the desk answers over HTTP, asked as gateways and watchers ask."""

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from cryptography.fernet import Fernet
from prometheus_client import REGISTRY

from bot.app import CannotStart, Desk, build
from bot.web import Web, listening
from desk.clock import Bell, utc_now
from desk.switchboard import Switchboard
from providers.model import Gateway
from storage import pushes
from storage.db import Database
from storage.schema import pushes as table
from storage.vault import Vault

from ..storage.seeds import rows
from .desk import LOGIN, PASSWORD, SLOW, Stands, meddle, stands, working
from .steps import confirmed

SECRET = "the secret of the pushes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The bot with one SMSC account that expects signed pushes, and a client that calls it."""

    world: Stands
    desk: Desk
    client: aiohttp.ClientSession
    address: str  # of the account's pushes

    async def get(self, path: str) -> tuple[int, str]:
        async with self.client.get(f"http://127.0.0.1:{self.desk.web_port}{path}") as answer:
            return answer.status, await answer.text()

    async def push(self, fields: dict[str, str], *, signed: bool = True, address: str = "") -> int:
        names = ("phone", "mes", "to") if "mes" in fields else ("id", "phone", "status")
        text = ":".join([*(fields.get(name, "") for name in names), SECRET])
        md5 = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        body = {**fields, "md5": md5} if signed else fields
        async with self.client.post(f"{address or self.address}?charset=utf-8&md5=1", data=body) as answer:
            return answer.status

    async def stored(self) -> list[str]:
        return [row.state for row in await rows(self.desk.services.database, table)]


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    async with stands(pace=3600) as world, aiohttp.ClientSession() as client:
        account = {
            "name": "main",
            "gateway": "smsc",
            "login": LOGIN,
            "password": PASSWORD,
            "sender": "ACME",
            "push_secret": SECRET,
            "chats": [world.chat.id],
        }
        settings = world.settings(tmp_path)
        settings = settings.model_validate({**settings.model_dump(), "accounts": [account]})
        async with working(settings) as desk:
            async with desk.services.database.read() as tx:
                token = await pushes.token(tx, 1)
            address = f"http://127.0.0.1:{desk.web_port}/push/1/{token}"
            yield Watched(world=world, desk=desk, client=client, address=address)


async def test_a_signed_report_turns_the_card_without_asking(watched: Watched) -> None:
    card = await confirmed(watched.world, f"/send {SLOW} Your order is ready")
    await watched.world.becomes(card, "accepted")
    (taken,) = watched.world.smsc.journal.accepted
    status = {"id": str(taken.ref), "phone": taken.msisdn, "status": "1", "err": "0"}
    assert await watched.push(status) == 200
    await watched.world.becomes(card, "delivered")
    assert await watched.push(status) == 200, "a repeated call is welcome"
    assert len(watched.world.smsc.journal.accepted) == 1


async def test_an_incoming_sms_is_shown_once_with_its_number(watched: Watched) -> None:
    before = watched.world.chat.say(watched.world.anna, "/help").id
    sms = {"id": "47436134", "phone": "79031234567", "mes": "Когда <привезёте>?", "to": "79037654321"}
    for _ in range(2):
        assert await watched.push({**sms, "time": "29.09.2026 15:07:37"}) == 200
    shown = await watched.world.answer(before, having="Когда <привезёте>?")
    assert "+7 903 *** 45 67" in shown.text
    assert "main" in shown.text
    await watched.world.ask("/help")
    told = [one for one in watched.world.chat.bot_messages if "привезёте" in one.text]
    assert len(told) == 1


@pytest.mark.parametrize(
    "fields", [{"status": "1"}, {"mes": "pay here", "to": "ACME"}], ids=["status", "sms"]
)
async def test_what_is_not_signed_is_refused_and_not_kept(watched: Watched, fields: dict[str, str]) -> None:
    fields = {"id": "1", "phone": "79031234567", **fields}
    assert await watched.push(fields, signed=False) == 403
    assert await watched.push({**fields, "md5": "0" * 32}, signed=False) == 403
    assert await watched.stored() == []


async def test_a_wrong_address_looks_like_none_at_all(watched: Watched) -> None:
    fields = {"id": "1", "phone": "79031234567", "status": "1"}
    root = watched.address.rpartition("/push/")[0]
    token = watched.address.rpartition("/")[2]
    for address in (f"{root}/push/1/{token[:-1]}", f"{root}/push/2/{token}", f"{root}/push/1/", f"{root}/"):
        assert await watched.push(fields, address=address) == 404
    assert await watched.stored() == []


async def test_nonsense_and_floods_are_refused_without_being_kept(watched: Watched) -> None:
    assert await watched.push({"hello": "world"}) in {400, 403}
    assert await watched.push({"id": "1", "phone": "7", "status": "1", "x": "y" * 300_000}) == 413
    assert await watched.stored() == []


async def test_it_says_that_it_lives_and_is_ready(watched: Watched) -> None:
    assert await watched.get("/healthz") == (200, "alive\n")
    assert await watched.get("/readyz") == (200, "ready\n")


def _no_gateway(kind: str, secrets: object, name: str) -> Gateway:
    raise AssertionError(f"nobody asks {kind} for {name}")


async def test_without_its_database_it_lives_and_is_not_ready() -> None:
    database = Database("postgresql://desk@127.0.0.1:1/desk")  # nobody is there
    vault = Vault([Fernet.generate_key()])
    web = Web(database, vault, Switchboard(vault, _no_gateway), utc_now, Bell(utc_now), None)
    async with listening(web.app(), "127.0.0.1", 0) as port, aiohttp.ClientSession() as client:
        told = {}
        for path in ("healthz", "readyz", "metrics"):
            async with client.get(f"http://127.0.0.1:{port}/{path}") as answer:
                told[path] = (answer.status, await answer.text())
    await database.close()
    assert told["healthz"] == (200, "alive\n")
    assert told["readyz"] == (503, "the database does not answer\n")
    assert told["metrics"][0] == 200
    assert "smsdesk_database_up 0.0" in told["metrics"][1]


async def test_metrics_count_pushes_and_show_no_customer(watched: Watched) -> None:
    assert await watched.push({"id": "1", "phone": "79031234567", "status": "777"}) == 200
    async with asyncio.timeout(20):
        while True:
            status, text = await watched.get("/metrics")
            if 'smsdesk_not_understood_total{gateway="smsc",what="state"}' in text:
                break
    assert status == 200
    assert 'smsdesk_pushes_total{gateway="smsc",outcome="stored"}' in text
    assert "79031234567" not in text


async def test_metrics_show_how_the_desk_stands(watched: Watched) -> None:
    async def shows(*lines: str) -> str:
        async with asyncio.timeout(20):
            while True:
                _, text = await watched.get("/metrics")
                if all(line in text for line in lines):
                    return text

    await confirmed(watched.world, f"/send {SLOW} Your order is ready")
    text = await shows(
        "smsdesk_database_up 1.0",
        'smsdesk_open_messages{state="accepted"} 1.0',
        'smsdesk_queue_age_seconds{queue="messages"} 0.0',
        'smsdesk_balance{account="main/1",currency="RUB",gateway="smsc"}',
        'smsdesk_gateway_seconds_count{gateway="smsc",operation="send"}',
        'smsdesk_messages_total{state="accepted"}',
        'smsdesk_telegram_requests_total{method="sendMessage",outcome="200"}',
        "smsdesk_loop_lag_seconds_count",
        "smsdesk_held 0.0",
    )
    assert SLOW.strip("+") not in text
    assert "Your order" not in text


async def test_metrics_count_how_often_telegram_says_to_wait(watched: Watched) -> None:
    def told() -> float:
        labels = {"method": "sendMessage", "outcome": "429"}
        return REGISTRY.get_sample_value("smsdesk_telegram_requests_total", labels) or 0.0

    before = told()
    watched.world.telegram.faults.add("sendMessage", kind="429")
    await watched.world.ask("/help")
    assert told() == before + 1


async def test_metrics_without_the_database_show_nothing_old(watched: Watched, tmp_path: Path) -> None:
    assert "smsdesk_open_messages{" in (await watched.get("/metrics"))[1]
    await meddle(tmp_path, "alter table balances rename to away")  # read for the figures
    status, text = await watched.get("/metrics")
    assert status == 200
    assert "smsdesk_database_up 0.0" in text
    assert "smsdesk_open_messages{" not in text
    assert "smsdesk_held NaN" in text


async def test_a_taken_port_is_said_where_somebody_relies_on_it(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        async with stands() as world:
            with pytest.raises(CannotStart, match=r"web\.listen"):
                async with build(world.settings(tmp_path, web={"listen": listen})):
                    pass


async def test_nothing_listens_where_nobody_wants_it(tmp_path: Path) -> None:
    async with stands() as world, working(world.settings(tmp_path, web={"listen": ""})) as desk:
        assert desk.web_port is None
        await world.ask("/help")
