"""Accounts: one login at one gateway, usable in one or more chats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe

import sqlalchemy as sa

from . import balances
from .db import Transaction, insert
from .schema import account_chats, accounts
from .vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`stopped` is the kind of the error that stopped it, None while it works.

    `created_by`: the person who connected it; None: the configuration did, or it is from before we knew.
    `login_tail` has the last two characters of its login, or nothing where a key stands for both.
    """

    id: int
    name: str
    gateway: str
    sender_id: str | None
    login_tail: str
    sealed: str
    stopped: str | None
    provisioned: bool
    created_by: int | None = None


def owner(account_id: int) -> str:
    """The name of an account's row in the vault."""
    return f"accounts/{account_id}"


def who(secrets: Mapping[str, str]) -> str:
    """By what two accounts at one gateway are the same: the login, or the key that stands for it."""
    return secrets.get("login") or secrets["apikey"]


def _account(row: sa.Row[tuple[object, ...]]) -> Account:
    return Account(**{name: getattr(row, name) for name in Account.__dataclass_fields__})


_COLUMNS = [accounts.c[name] for name in Account.__dataclass_fields__]


_GET = sa.select(*_COLUMNS).where(accounts.c.id == sa.bindparam("id_"))


async def get(tx: Transaction, account_id: int) -> Account:
    return _account((await tx.execute(_GET, {"id_": account_id})).one())


_IS_OF_CHAT = sa.select(account_chats.c.account_id).where(
    account_chats.c.account_id == sa.bindparam("id_"), account_chats.c.chat_id == sa.bindparam("chat_")
)


async def is_of_chat(tx: Transaction, account_id: int, chat_id: int) -> bool:
    """Whether a chat may use an account."""
    found: int | None = await tx.scalar(_IS_OF_CHAT, {"id_": account_id, "chat_": chat_id})
    return found is not None


async def of_chat(tx: Transaction, chat_id: int) -> list[Account]:
    """The accounts a chat may use, oldest first."""
    rows = await tx.execute(
        sa.select(*_COLUMNS)
        .join(account_chats, account_chats.c.account_id == accounts.c.id)
        .where(account_chats.c.chat_id == chat_id)
        .order_by(accounts.c.id)
    )
    return [_account(row) for row in rows]


async def add(
    tx: Transaction,
    *,
    name: str,
    gateway: str,
    sender_id: str | None,
    secrets: Mapping[str, str],
    vault: Vault,
    chats: Sequence[int],
    created_by: int | None,
    provisioned: bool,
    now: datetime,
) -> Account:
    """Store a new account with its credentials sealed."""
    inserted = await tx.scalars(
        accounts.insert()
        .returning(accounts.c.id)
        .values(
            name=name,
            gateway=gateway,
            sender_id=sender_id,
            login_tail=_tail(secrets),
            sealed="",
            push_token=new_push_token(),
            provisioned=provisioned,
            created_by=created_by,
            created_at=now,
        )
    )
    account_id = inserted.one()
    await replace_secrets(tx, account_id, secrets, vault)
    await allow_chats(tx, account_id, chats)
    return await get(tx, account_id)


async def replace_secrets(tx: Transaction, account_id: int, secrets: Mapping[str, str], vault: Vault) -> None:
    """New credentials for an account; it works again, and what was known of its money is forgotten."""
    await balances.forget(tx, account_id)
    await tx.execute(
        accounts.update()
        .where(accounts.c.id == account_id)
        .values(sealed=vault.seal(owner(account_id), secrets), login_tail=_tail(secrets), stopped=None)
    )


def _tail(secrets: Mapping[str, str]) -> str:
    """What of an account's credentials is shown; of a key nothing is."""
    return secrets.get("login", "")[-2:]


async def give_push_tokens(tx: Transaction) -> None:
    """An address for their gateways to call, to accounts from before there was one."""
    for account_id in list(await tx.scalars(sa.select(accounts.c.id).where(accounts.c.push_token.is_(None)))):
        await tx.execute(
            accounts.update().where(accounts.c.id == account_id).values(push_token=new_push_token())
        )


def new_push_token() -> str:
    """The secret part of that address."""
    return token_urlsafe(24)


async def set_sender(tx: Transaction, account_id: int, sender_id: str | None) -> None:
    await tx.execute(accounts.update().where(accounts.c.id == account_id).values(sender_id=sender_id))


async def allow_chats(tx: Transaction, account_id: int, chats: Sequence[int]) -> None:
    """Make these the chats that may use the account."""
    await tx.execute(account_chats.delete().where(account_chats.c.account_id == account_id))
    if chats:
        await tx.execute(
            account_chats.insert(),
            [{"account_id": account_id, "chat_id": chat_id} for chat_id in dict.fromkeys(chats)],
        )


async def share(tx: Transaction, account_id: int, chat_id: int) -> None:
    """Let one more chat use the account."""
    await tx.execute(
        insert(tx, account_chats).on_conflict_do_nothing().values(account_id=account_id, chat_id=chat_id)
    )


async def unshare(tx: Transaction, account_id: int, chat_id: int) -> bool:
    """Let a chat use the account no more. False: it did not, or nobody would be left who does."""
    await lock(tx, account_id)
    using = await chats_of(tx, account_id)
    if chat_id not in using or len(using) == 1:
        return False
    await tx.execute(
        account_chats.delete().where(
            account_chats.c.account_id == account_id, account_chats.c.chat_id == chat_id
        )
    )
    return True


async def lock(tx: Transaction, account_id: int) -> None:
    """Have an account for oneself until the transaction ends."""
    if tx.dialect.name == "sqlite":  # which has one writer
        return
    row = sa.select(accounts.c.id).where(accounts.c.id == account_id)
    await tx.execute(row.with_for_update(key_share=True))


async def chats_of(tx: Transaction, account_id: int) -> list[int]:
    return list(
        await tx.scalars(sa.select(account_chats.c.chat_id).where(account_chats.c.account_id == account_id))
    )


async def alike(tx: Transaction, account_id: int, vault: Vault) -> list[int]:
    """The accounts with this one's login, itself among them: several chats may have connected it.

    Raises VaultError.
    """
    account = await get(tx, account_id)
    same = sa.and_(accounts.c.gateway == account.gateway, accounts.c.login_tail == account.login_tail)
    rows = await tx.execute(sa.select(*_COLUMNS).where(same).order_by(accounts.c.id))
    logins = {row.id: who(vault.open(owner(row.id), row.sealed)) for row in rows}
    return [one for one, login in logins.items() if login == logins[account_id]]


async def stop(tx: Transaction, account_id: int, kind: str, *, sealed: str | None = None) -> bool:
    """Let nothing more leave by this account.

    False: it was stopped already, or has other credentials by now than these, which were refused.
    """
    same = sa.true() if sealed is None else accounts.c.sealed == sealed
    stopped = await tx.execute(
        accounts.update()
        .where(accounts.c.id == account_id, accounts.c.stopped.is_(None), same)
        .values(stopped=kind)
    )
    return stopped.rowcount == 1


async def resume(tx: Transaction, account_id: int) -> None:
    """Let it work again; how its gateway answered before says nothing of now."""
    await balances.forget_probe(tx, account_id)
    await tx.execute(accounts.update().where(accounts.c.id == account_id).values(stopped=None))


async def provisioned(tx: Transaction) -> list[Account]:
    """The accounts that came from the configuration."""
    rows = await tx.execute(sa.select(*_COLUMNS).where(accounts.c.provisioned))
    return [_account(row) for row in rows]


async def every(tx: Transaction) -> list[Account]:
    """All accounts there are."""
    return [_account(row) for row in await tx.execute(sa.select(*_COLUMNS).order_by(accounts.c.id))]
