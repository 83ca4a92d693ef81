"""The switchboard: one gateway an account, a new one for new credentials, none for a stranger's."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from desk.switchboard import Switchboard
from providers.model import Gateway
from storage import accounts
from storage.vault import VaultError

from ..storage.seeds import SECRETS, VAULT, add_account
from .rig import Rig
from .scripted_gateway import ScriptedGateway, capable


class Exchange:
    """Opens gateways and remembers for what."""

    def __init__(self) -> None:
        self.opened: list[tuple[str, Mapping[str, str], str]] = []

    def __call__(self, kind: str, secrets: Mapping[str, str], name: str) -> Gateway:
        self.opened.append((kind, dict(secrets), name))
        return ScriptedGateway(capable())


async def test_an_account_has_one_gateway_with_its_secrets(desk: Rig) -> None:
    exchange = Exchange()
    switchboard = Switchboard(VAULT, exchange)
    async with desk.database.write() as tx:
        other = await add_account(tx, name="other", gateway="sms_pager")
    assert switchboard.gateway(desk.account) is switchboard.gateway(
        replace(desk.account, stopped="auth_failed")
    )
    assert switchboard.gateway(other) is not switchboard.gateway(desk.account)
    assert exchange.opened == [
        ("smsc", SECRETS, f"main/{desk.account.id}"),
        ("sms_pager", SECRETS, f"other/{other.id}"),
    ]


async def test_new_credentials_are_a_new_gateway(desk: Rig) -> None:
    exchange = Exchange()
    switchboard = Switchboard(VAULT, exchange)
    before = switchboard.gateway(desk.account)
    async with desk.database.write() as tx:
        await accounts.replace_secrets(tx, desk.account.id, {"login": "new", "password": "x"}, VAULT)
        renewed = await accounts.get(tx, desk.account.id)
    assert switchboard.gateway(renewed) is not before
    assert switchboard.gateway(renewed) is switchboard.gateway(renewed)
    assert [secrets["login"] for _, secrets, _ in exchange.opened] == ["acme", "new"]


async def test_secrets_of_another_account_open_nothing(desk: Rig) -> None:
    exchange = Exchange()
    stolen = replace(desk.account, id=desk.account.id + 1)
    with pytest.raises(VaultError):
        Switchboard(VAULT, exchange).gateway(stolen)
    assert exchange.opened == []


def test_credentials_are_tried_before_they_are_stored() -> None:
    exchange = Exchange()
    switchboard = Switchboard(VAULT, exchange)
    assert switchboard.try_out("smsc", SECRETS) is not switchboard.try_out("smsc", SECRETS)
    assert exchange.opened == [("smsc", SECRETS, "smsc/new")] * 2
