"""Keyed hashes: the same for the same number, whatever happens to the keys of the vault."""

from cryptography.fernet import Fernet

from storage import keyed, sealed
from storage.db import Database
from storage.schema import hash_keys
from storage.vault import Vault

from .seeds import rows

NUMBER = "79031234567"


async def test_a_key_is_made_once_and_sealed(database: Database) -> None:
    vault = Vault([Fernet.generate_key()])
    async with database.write() as tx:
        assert await keyed.known(tx, vault, keyed.NUMBERS) is None
        made = await keyed.key(tx, vault, keyed.NUMBERS)
        assert await keyed.key(tx, vault, keyed.NUMBERS) == made
        assert await keyed.key(tx, vault, keyed.AUDIT) != made
    assert made.hex() not in str(await rows(database, hash_keys))


async def test_a_rotation_changes_no_hash(database: Database) -> None:
    old, new = Fernet.generate_key(), Fernet.generate_key()
    async with database.write() as tx:
        before = keyed.of_number(await keyed.key(tx, Vault([old]), keyed.NUMBERS), NUMBER)
        for row in await sealed.rows(tx):
            await sealed.seal_anew(tx, row, Vault([new, old]))
        after = keyed.of_number(await keyed.key(tx, Vault([new]), keyed.NUMBERS), NUMBER)
    assert before == after
    assert len(before) == 32
