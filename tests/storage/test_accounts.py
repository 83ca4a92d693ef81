"""Accounts: who may use one, what stops it, and that its password is nowhere to be read."""

from base64 import b64encode
from dataclasses import fields
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from storage import accounts, updates
from storage.accounts import Account, owner
from storage.db import Database, open_database
from storage.updates import StoredUpdate
from storage.vault import Vault, VaultError

from .seeds import CHAT, NOON, SECRETS, VAULT, add_account

OTHER = CHAT - 1


async def test_an_account_keeps_its_secrets_sealed(database: Database) -> None:
    async with database.write() as tx:
        account = await add_account(tx, name="main", gateway="sms_pager")
        assert await accounts.get(tx, account.id) == account
    assert (account.name, account.gateway, account.sender_id) == ("main", "sms_pager", "ACME")
    assert (account.login_tail, account.stopped, account.provisioned) == ("me", None, False)
    assert VAULT.open(owner(account.id), account.sealed) == SECRETS
    assert not {SECRETS["login"], SECRETS["password"]} & {
        str(getattr(account, one.name)) for one in fields(account)
    }


async def test_sealed_secrets_open_for_no_other_account(database: Database) -> None:
    async with database.write() as tx:
        first, second = await add_account(tx, name="first"), await add_account(tx, name="second")
    assert first.sealed != second.sealed
    with pytest.raises(VaultError):
        VAULT.open(owner(second.id), first.sealed)


async def test_a_chat_uses_its_own_accounts_only(database: Database) -> None:
    async with database.write() as tx:
        first = await add_account(tx, name="first", chats=[CHAT, OTHER])
        second = await add_account(tx, name="second")

        async def of(chat_id: int) -> list[Account]:
            return await accounts.of_chat(tx, chat_id)

        assert await of(CHAT) == [first, second]
        assert await of(OTHER) == [first]
        assert await of(404) == []
        await accounts.allow_chats(tx, first.id, [OTHER, 404, 404])
        assert await of(CHAT) == [second]
        assert await of(404) == [first]
        assert sorted(await accounts.chats_of(tx, first.id)) == [OTHER, 404]
        await accounts.allow_chats(tx, first.id, [])
        assert await accounts.chats_of(tx, first.id) == []


async def test_an_account_stops_once_and_keeps_the_first_reason(database: Database) -> None:
    async with database.write() as tx:
        account = await add_account(tx)
        assert await accounts.stop(tx, account.id, "auth_failed")
        assert not await accounts.stop(tx, account.id, "insufficient_funds")
        assert (await accounts.get(tx, account.id)).stopped == "auth_failed"
        await accounts.resume(tx, account.id)
        assert (await accounts.get(tx, account.id)).stopped is None
        assert await accounts.stop(tx, account.id, "insufficient_funds")


async def test_new_credentials_let_a_stopped_account_work(database: Database) -> None:
    async with database.write() as tx:
        account = await add_account(tx)
        await accounts.stop(tx, account.id, "auth_failed")
        await accounts.replace_secrets(tx, account.id, {"login": "other", "password": "new"}, VAULT)
        renewed = await accounts.get(tx, account.id)
    assert (renewed.stopped, renewed.login_tail) == (None, "er")
    assert VAULT.open(owner(account.id), renewed.sealed) == {"login": "other", "password": "new"}


async def test_the_sender_can_be_changed_and_taken_away(database: Database) -> None:
    async with database.write() as tx:
        account = await add_account(tx)
        for sender_id in ("SHOP", None):
            await accounts.set_sender(tx, account.id, sender_id)
            assert (await accounts.get(tx, account.id)).sender_id == sender_id


async def test_accounts_of_the_configuration(database: Database) -> None:
    async with database.write() as tx:
        await add_account(tx, name="typed")
        configured = await add_account(tx, name="configured", provisioned=True)
        assert await accounts.provisioned(tx) == [configured]


async def test_the_password_is_nowhere_in_the_files(path: Path) -> None:
    """An account was added, the update that brought its password was stored and handled; then all bytes."""
    vault = Vault([Fernet.generate_key()])
    password = SECRETS["password"].encode()
    typed = {"update_id": 7, "message": {"text": f"/connect smsc acme {SECRETS['password']}"}}
    sealed = vault.seal("updates/7", typed)

    def on_disk() -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in path.parent.iterdir()}

    async with open_database(path) as database:
        async with database.write() as tx:
            await updates.store(tx, [StoredUpdate(id=7, lane=1, sealed=sealed)], NOON)
        async with database.write() as tx:
            assert await updates.take(tx, 7)
            account = await add_account(tx, vault=vault)
        at_work = on_disk()
    at_rest = on_disk()
    # What is searched is where it was written: the log while at work, the file itself afterwards.
    assert account.sealed.encode() in at_work[f"{path.name}-wal"]
    assert account.sealed.encode() in at_rest[path.name]
    everything = b"".join((*at_work.values(), *at_rest.values()))
    assert password not in everything
    assert b64encode(password)[:-4] not in everything
