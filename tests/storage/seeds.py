"""What tests put into a fresh ledger: an account, a campaign, its card, all at the same noon."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from storage import accounts, cards, ledger
from storage.accounts import Account
from storage.db import Database, Transaction
from storage.ledger import NewCampaign
from storage.vault import Vault

# For what only one of the databases has.
ON_SQLITE = pytest.mark.parametrize("where", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("where", ["postgresql"], indirect=True)

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
CHAT, PERSON = -100500, 1001
SECRETS = {"login": "acme", "password": "correct horse battery"}
VAULT = Vault([Fernet.generate_key()])


def msisdns(count: int, *, start: int = 0) -> tuple[str, ...]:
    return tuple(f"7903{number:07d}" for number in range(start, start + count))


async def add_account(
    tx: Transaction,
    *,
    name: str = "main",
    gateway: str = "smsc",
    chats: Sequence[int] = (CHAT,),
    vault: Vault = VAULT,
    provisioned: bool = False,
) -> Account:
    return await accounts.add(
        tx,
        name=name,
        gateway=gateway,
        sender_id="ACME",
        secrets=SECRETS,
        vault=vault,
        chats=chats,
        created_by=PERSON,
        provisioned=provisioned,
        now=NOON,
    )


def campaign(account_id: int, count: int = 1, **changes: Any) -> NewCampaign:
    """A campaign as a person confirmed it at noon, to `count` numbers."""
    plain = NewCampaign(
        chat_id=CHAT,
        thread_id=0,
        account_id=account_id,
        author_id=PERSON,
        author="Anna",
        text="Your order is ready",
        sender_id="ACME",
        send_at=None,
        validity=None,
        msisdns=msisdns(count),
        segments=1,
        due_at=NOON,
    )
    return replace(plain, **changes)


async def add_card(
    tx: Transaction, campaign_id: int, *, chat_id: int = CHAT, message_id: int | None = 77
) -> None:
    await cards.add(
        tx,
        campaign_id=campaign_id,
        chat_id=chat_id,
        thread_id=0,
        message_id=message_id,
        language="en",
        cancel_token="cancel",
        now=NOON,
    )


async def begin(database: Database, count: int = 1, **changes: Any) -> tuple[int, int]:
    """An account, a campaign of it and the campaign's card. Returns the two numbers."""
    async with database.write() as tx:
        account = await add_account(tx)
        campaign_id = await ledger.create(tx, campaign(account.id, count, **changes), NOON)
        await add_card(tx, campaign_id)
    return account.id, campaign_id


async def rows(database: Database, table: sa.Table, *where: sa.ColumnElement[bool]) -> list[sa.Row[Any]]:
    """A table as it is on disk, in order of its keys."""
    async with database.read() as tx:
        found = await tx.execute(sa.select(table).where(*where).order_by(*table.primary_key.columns))
        return list(found.all())
