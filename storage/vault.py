"""Secrets at rest: encrypted, and bound to the row they belong to.

Fernet has no associated data, so the owner (table and id) goes inside the sealed text and is compared after
opening: a sealed text copied to another row opens for nobody.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class VaultError(Exception):
    """A key file or a sealed text that cannot be used; the text says which."""


class Vault:
    """Seals and opens. The first key seals, every key opens."""

    def __init__(self, keys: list[bytes]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, owner: str, value: Mapping[str, Any]) -> str:
        """`owner` names the row: accounts/7, updates/815."""
        return self._fernet.encrypt(json.dumps([owner, dict(value)]).encode()).decode()

    def open(self, owner: str, sealed: str) -> dict[str, Any]:
        """What was sealed for this row. Raises VaultError."""
        try:
            sealed_for, value = json.loads(self._fernet.decrypt(sealed.encode()))
        except InvalidToken:
            raise VaultError(f"no key opens {owner}") from None
        if sealed_for != owner:
            raise VaultError(f"what is stored in {owner} belongs to {sealed_for}")
        return dict(value)


def open_vault(key_file: Path, *, make: bool = True) -> Vault:
    """The vault of a key file, one key a line, newest first.

    A missing file is made with mode 0600, unless `make` is False: beside an existing database a new key would
    only hide that the right one is gone. Raises VaultError.
    """
    if not key_file.exists() and not make:
        raise VaultError(f"{key_file} is missing, and the database beside it needs it; put it back")
    if not key_file.exists():
        handle = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(Fernet.generate_key() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    keys = key_file.read_bytes().split()
    try:
        return Vault(keys)
    except ValueError:
        raise VaultError(f"{key_file} holds something that is not a Fernet key") from None
