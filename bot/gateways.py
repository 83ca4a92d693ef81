"""Gateways as the configuration wants them, and the accounts that the operator provisions there."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path

from desk import metrics
from desk.switchboard import OpenGateway
from providers.gateways import KINDS
from providers.http import Exchange, Http, log_exchange
from providers.model import Gateway
from storage import accounts, audit
from storage.db import Transaction
from storage.vault import Vault

from .settings import Account, GatewayTables


def _watch(exchange: Exchange) -> None:
    log_exchange(exchange)
    metrics.GATEWAY_SECONDS.labels(exchange.gateway, exchange.operation).observe(exchange.elapsed)


@asynccontextmanager
async def reach(settings: GatewayTables) -> AsyncIterator[OpenGateway]:
    """Connections to the gateways, open while in context; gives the way to make one for an account."""
    async with AsyncExitStack() as stack:
        # One for each authority that is trusted: to load the usual ones takes a while.
        roads: dict[Path | None, Http] = {}
        for ca_file in {settings.of(kind).ca_file for kind in KINDS}:
            roads[ca_file] = await stack.enter_async_context(Http(ca_file=ca_file, on_exchange=_watch))

        def open_gateway(kind: str, secrets: Mapping[str, str], name: str) -> Gateway:
            where, made = settings.of(kind), KINDS[kind]
            options = where.model_dump(exclude={"ca_file"}, exclude_none=True)
            channel = roads[where.ca_file].channel(name, made.capabilities, gateway=kind)
            return made.gateway(made.config(**options, **secrets), channel)

        yield open_gateway


async def provision(tx: Transaction, wanted: tuple[Account, ...], vault: Vault, now: datetime) -> None:
    """Make the provisioned accounts what the configuration says; one that left it serves no chat any more."""
    known = {account.name: account for account in await accounts.provisioned(tx)}
    # A group that became a supergroup may still have its old id in the configuration.
    moves = await audit.moves(tx)
    for want in wanted:
        secrets = want.secrets()
        served = [moves.get(chat_id, chat_id) for chat_id in want.chats]
        account = known.pop(want.name, None)
        if account is None or account.gateway != want.gateway:
            if account is not None:
                await accounts.allow_chats(tx, account.id, [])
            await accounts.add(
                tx,
                name=want.name,
                gateway=want.gateway,
                sender_id=want.sender,
                secrets=secrets,
                vault=vault,
                chats=served,
                created_by=None,
                provisioned=True,
                now=now,
            )
            continue
        if vault.open(accounts.owner(account.id), account.sealed) != secrets:
            await accounts.replace_secrets(tx, account.id, secrets, vault)
        await accounts.set_sender(tx, account.id, want.sender)
        await accounts.allow_chats(tx, account.id, served)
    for account in known.values():
        await accounts.allow_chats(tx, account.id, [])
