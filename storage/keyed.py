"""Keyed hashes: equal for equal numbers, and worth nothing to whoever has the database without the key file.

Their keys are random, made once, and lie in the database sealed by the vault. So they outlive the keys of the
vault: a rotation seals them anew and changes no hash. A plain hash of a number would hide nothing, as all
numbers there are can be hashed in minutes.
"""

import hashlib
import hmac
import secrets

import sqlalchemy as sa

from .db import Transaction, insert
from .schema import hash_keys
from .vault import Vault

NUMBERS, AUDIT = "numbers", "audit"


def owner(name: str) -> str:
    """The name of a key's row in the vault."""
    return f"hash_keys/{name}"


async def known(tx: Transaction, vault: Vault, name: str) -> bytes | None:
    """The key of this name; None: it was never made. Raises VaultError."""
    sealed = await _sealed(tx, name)
    return None if sealed is None else opened(vault, name, sealed)


def opened(vault: Vault, name: str, sealed: str) -> bytes:
    """The key of this name as its row has it. Raises VaultError."""
    return bytes.fromhex(vault.open(owner(name), sealed)["key"])


async def none_yet(tx: Transaction) -> bool:
    """Whether no key was ever made: nothing has begun in this database."""
    return await tx.scalar(sa.select(hash_keys.c.name).limit(1)) is None


async def _sealed(tx: Transaction, name: str) -> str | None:
    found: str | None = await tx.scalar(sa.select(hash_keys.c.sealed).where(hash_keys.c.name == name))
    return found


async def key(tx: Transaction, vault: Vault, name: str) -> bytes:
    """The key of this name, made now if there is none."""
    found = await known(tx, vault, name)
    if found is not None:
        return found
    sealed = vault.seal(owner(name), {"key": secrets.token_hex(32)})
    # Where somebody else makes it now, theirs is the one.
    await tx.execute(insert(tx, hash_keys).on_conflict_do_nothing().values(name=name, sealed=sealed))
    return opened(vault, name, await _sealed(tx, name) or "")


def mac(key: bytes, content: str) -> str:
    """HMAC-SHA256, 64 hexadecimal digits."""
    return hmac.new(key, content.encode(), hashlib.sha256).hexdigest()


def of_number(key: bytes, msisdn: str) -> str:
    """What stands for a number that is not kept: 32 hexadecimal digits."""
    return mac(key, msisdn)[:32]
