"""Secrets at rest: encrypted, and bound to the row they belong to.

Fernet has no associated data, so the owner (table and id) goes inside the sealed text and is compared after
opening: a sealed text copied to another row opens for nobody. Before it stands the name of its key, so that a
key that is missing can be told from a text that is damaged.
"""

import hashlib
import json
import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken


class VaultError(Exception):
    """A key file or a sealed text that cannot be used; the text says which."""


class MissingKeyError(VaultError):
    """A sealed text whose key is not in the key file."""


def key_name(key: bytes) -> str:
    """Eight characters that name a key and tell nothing of it."""
    return hashlib.sha256(key).hexdigest()[:8]


class Vault:
    """Seals and opens. The first key seals, every key opens. Raises ValueError: one is no key, or none is."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise ValueError("no key at all")
        self._keys = {key_name(key): Fernet(key) for key in keys}
        self._newest = key_name(keys[0])

    def seal(self, owner: str, value: Mapping[str, Any]) -> str:
        """`owner` names the row: accounts/7, updates/815."""
        token = self._keys[self._newest].encrypt(json.dumps([owner, dict(value)]).encode())
        return f"{self._newest}.{token.decode()}"

    def open(self, owner: str, sealed: str) -> dict[str, Any]:
        """What was sealed for this row. Raises MissingKeyError, and VaultError for what is damaged."""
        sealed_for, value = json.loads(self._decrypt(owner, sealed))
        if sealed_for != owner:
            raise VaultError(f"what is stored in {owner} belongs to {sealed_for}")
        return dict(value)

    def is_newest(self, sealed: str) -> bool:
        """Whether the first key sealed this."""
        return sealed.startswith(f"{self._newest}.")

    def _decrypt(self, owner: str, sealed: str) -> bytes:
        name, dot, token = sealed.rpartition(".")
        if name and name not in self._keys:
            raise MissingKeyError(f"no key opens {owner}: it needs the key {name}, which is not there")
        # What was sealed before keys had names may be any key's.
        for fernet in [self._keys[name]] if dot else self._keys.values():
            try:
                return fernet.decrypt(token.encode())
            except InvalidToken:
                continue
        if dot:
            raise VaultError(f"what is stored in {owner} is damaged")
        raise MissingKeyError(f"no key opens {owner}")


def open_vault(key_file: Path, *, make: bool = True) -> Vault:
    """The vault of a key file, one key a line, newest first.

    A missing file is made with mode 0600, unless `make` is False: beside an existing database a new key would
    only hide that the right one is gone. Raises VaultError.
    """
    if not key_file.exists() and not make:
        raise VaultError(f"{key_file} is missing, and the database beside it needs it; put it back")
    if not key_file.exists():
        write_keys(key_file, [Fernet.generate_key()])
    return vault_of(key_file, read_keys(key_file))


def vault_of(key_file: Path, keys: Sequence[bytes]) -> Vault:
    """The vault of these keys, which are those of this file. Raises VaultError."""
    try:
        return Vault(keys)
    except ValueError:
        raise VaultError(f"{key_file} holds something that is not a Fernet key") from None


def read_keys(key_file: Path) -> list[bytes]:
    """Newest first, none checked."""
    return key_file.read_bytes().split()


def write_keys(key_file: Path, keys: Sequence[bytes]) -> None:
    """Put these keys into the file, mode 0600, newest first: all of them or, if we die, none.

    A file that is there already keeps its owner and its mode, and stays where a link to it says. Raises
    OSError where we may not leave it to its owner: whoever runs the bot could read it no more.
    """
    key_file = key_file.resolve()
    beside = key_file.with_name(f".{key_file.name}.new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        if key_file.exists():
            _dress_as(key_file, beside)
        file.write(b"".join(key + b"\n" for key in keys))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(key_file)
    folder = os.open(key_file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _dress_as(model: Path, made: Path) -> None:
    """Give a file the owner, the group and the mode of another."""
    want, has = model.stat(), made.stat()
    if (want.st_uid, want.st_gid) != (has.st_uid, has.st_gid):
        os.chown(made, want.st_uid, want.st_gid)
    made.chmod(stat.S_IMODE(want.st_mode))
