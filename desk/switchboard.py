"""The switchboard: connects an account with its gateway, and keeps the connection while it is valid."""

from collections.abc import Callable, Mapping

from providers.model import Gateway
from storage.accounts import Account, owner
from storage.vault import Vault

# (kind of gateway, login and password, name for the exchange log) -> gateway
OpenGateway = Callable[[str, Mapping[str, str], str], Gateway]


class Switchboard:
    """Gateways by account. A gateway holds a session and the pacing of its account, so there is one each."""

    def __init__(self, vault: Vault, open_gateway: OpenGateway) -> None:
        self._vault = vault
        self._open = open_gateway
        self._connected: dict[int, tuple[str, Gateway]] = {}

    def gateway(self, account: Account) -> Gateway:
        """The account's gateway; a new one when its credentials have changed. Raises VaultError."""
        connected = self._connected.get(account.id)
        if connected is None or connected[0] != account.sealed:
            secrets = self._vault.open(owner(account.id), account.sealed)
            gateway = self._open(account.gateway, secrets, f"{account.name}/{account.id}")
            connected = self._connected[account.id] = (account.sealed, gateway)
        return connected[1]

    def try_out(self, kind: str, secrets: Mapping[str, str]) -> Gateway:
        """A gateway for credentials that are not stored yet. Raises ValueError when they cannot be used."""
        return self._open(kind, secrets, f"{kind}/new")
