"""Every row that holds sealed text, whatever its table: does any lack its key, and to seal them anew."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from . import accounts as accounts_
from . import keyed
from . import pushes as pushes_
from .db import Transaction
from .schema import accounts, buttons, drafts, hash_keys, pushes, updates
from .vault import MissingKeyError, Vault, VaultError


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One sealed text. `owner`: its row's name in the vault; `around`: the JSON it stands in, as "sealed"."""

    owner: str
    sealed: str = field(repr=False)
    column: sa.Column[Any] = field(repr=False)
    around: Mapping[str, Any] | None = field(default=None, repr=False)
    identity: sa.ColumnElement[bool] = field(repr=False)

    def opens(self, vault: Vault) -> bool:
        try:
            vault.open(self.owner, self.sealed)
        except VaultError:
            return False
        return True


def update_owner(update_id: int) -> str:
    return f"updates/{update_id}"


def draft_owner(chat_id: int, thread_id: int, person_id: int) -> str:
    """A login that was typed is nobody else's business: sealed, for whoever typed it where."""
    return f"drafts/{chat_id}/{thread_id}/{person_id}"


def button_owner(chat_id: int) -> str:
    """A button's subject is sealed before the button has its token."""
    return f"buttons/{chat_id}"


async def rows(tx: Transaction) -> list[Row]:
    """All of them."""
    found: list[Row] = []
    places: tuple[tuple[sa.Table, sa.Column[Any], Callable[[Any], str]], ...] = (
        (accounts, accounts.c.id, accounts_.owner),
        (updates, updates.c.id, update_owner),
        (pushes, pushes.c.id, pushes_.owner),
        (hash_keys, hash_keys.c.name, keyed.owner),
    )
    for table, key, name_of in places:
        for row in await tx.execute(sa.select(key, table.c.sealed).where(table.c.sealed != "").order_by(key)):
            found.append(
                Row(owner=name_of(row[0]), sealed=row[1], column=table.c.sealed, identity=key == row[0])
            )
    sealed = drafts.c.content["sealed"].as_string()
    for row in await tx.execute(sa.select(drafts).where(sealed.is_not(None))):
        owner = draft_owner(row.chat_id, row.thread_id, row.person_id)
        of_draft = drafts.c.id == row.id
        found.append(
            Row(
                owner=owner,
                sealed=row.content["sealed"],
                column=drafts.c.content,
                identity=of_draft,
                around=row.content,
            )
        )
    sealed = buttons.c.subject["sealed"].as_string()
    for row in await tx.execute(sa.select(buttons).where(sealed.is_not(None))):
        owner, of_button = button_owner(row.chat_id), buttons.c.token == row.token
        found.append(
            Row(
                owner=owner,
                sealed=row.subject["sealed"],
                column=buttons.c.subject,
                identity=of_button,
                around=row.subject,
            )
        )
    return found


async def lacking(tx: Transaction, vault: Vault) -> MissingKeyError | None:
    """The first row whose key is not there. A damaged one is another matter: its reader puts it aside."""
    for row in await rows(tx):
        try:
            vault.open(row.owner, row.sealed)
        except MissingKeyError as error:
            return error
        except VaultError:
            continue
    return None


async def seal_anew(tx: Transaction, row: Row, vault: Vault) -> None:
    """Seal a row with the newest key. Raises VaultError: it cannot be opened."""
    anew = vault.seal(row.owner, vault.open(row.owner, row.sealed))
    value: object = anew if row.around is None else {**row.around, "sealed": anew}
    await tx.execute(row.column.table.update().where(row.identity).values({row.column.name: value}))
