"""`smsdesk rotate-keys`: a new key for everything that is sealed.

The new key is in the file before any row is sealed with it, rows are sealed one by one, each durably, and the
old keys leave the file when no row needs them. Wherever it is killed, the bot starts with what is there, and
the next run carries on.
"""

from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet
from sqlalchemy.exc import SQLAlchemyError

from desk.clock import Clock
from storage import audit, sealed
from storage.db import Database, DatabaseInUseError, open_database, shown, trouble
from storage.outage import Unavailable
from storage.vault import MissingKeyError, Vault, VaultError, read_keys, vault_of, write_keys

from .settings import Settings


class CannotRotate(Exception):
    """Why the keys stay as they are, in words for the person at the shell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """How many rows were sealed anew. `resumed`: an earlier run was carried on, no further key was made."""

    rows: int
    damaged: tuple[str, ...]
    resumed: bool


async def rotate(settings: Settings, clock: Clock) -> Rotated:
    """Raises CannotRotate."""
    where, file, key_file = settings.storage.where, settings.storage.file, settings.security.key_file
    if file is not None and not file.exists():
        raise CannotRotate(f"there is nothing to rotate: {file} is not there yet")
    if not key_file.exists():
        raise CannotRotate(f"{key_file} is missing, and {shown(where)} needs it; put it back")
    try:
        # A replica that did not know the new key could open nothing sealed with it.
        async with open_database(where, alone=True) as database:
            return await _rotate(database, key_file, clock)
    except DatabaseInUseError:
        stop = "stop it, rotate, and start it again"
        raise CannotRotate(f"smsdesk is running on {shown(where)}; {stop}") from None
    except MissingKeyError as error:
        raise CannotRotate(f"{error}; put the key back into {key_file} first") from None
    except VaultError as error:
        raise CannotRotate(str(error)) from None
    except (SQLAlchemyError, OSError, ModuleNotFoundError, Unavailable) as error:
        raise CannotRotate(f"{shown(where)} cannot be used ({trouble(error)})") from None


async def _rotate(database: Database, key_file: Path, clock: Clock) -> Rotated:
    keys = read_keys(key_file)
    vault = vault_of(key_file, keys)
    async with database.read() as tx:
        lacking = await sealed.lacking(tx, vault)
    if lacking is not None:
        raise lacking
    # A second key may be what a run left that was killed, or one that somebody put back. In doubt a further
    # key is made: whoever rotates may do so because the one in use is known to others.
    resumed = len(keys) > 1 and await _is_unfinished(database, vault)
    if not resumed:
        keys = [Fernet.generate_key(), *keys]
        write_keys(key_file, keys)
        vault = vault_of(key_file, keys)
    done, damaged = await _seal_anew(database, vault)
    async with database.write("rotation.audit") as tx:
        evidence = {"rows": done, "damaged": len(damaged)}
        shell = audit.By(person_id=None, person="shell")
        await audit.record(tx, vault, shell, "rotate-keys", now=clock(), evidence=evidence)
    write_keys(key_file, keys[:1])
    return Rotated(rows=done, damaged=tuple(damaged), resumed=resumed)


async def _is_unfinished(database: Database, vault: Vault) -> bool:
    """Whether a row can be opened that is sealed by another key than the newest."""
    async with database.read() as tx:
        return any(not vault.is_newest(row.sealed) and row.opens(vault) for row in await sealed.rows(tx))


async def _seal_anew(database: Database, vault: Vault) -> tuple[int, list[str]]:
    """Each row in a transaction of its own. What is damaged opens with no key, so it keeps none alive."""
    async with database.read() as tx:
        outdated = [row for row in await sealed.rows(tx) if not vault.is_newest(row.sealed)]
    damaged: list[str] = []
    for row in outdated:
        try:
            async with database.write("rotation.row") as tx:
                await sealed.seal_anew(tx, row, vault)
        except VaultError:
            damaged.append(row.owner)
    return len(outdated) - len(damaged), damaged
