"""The audit: who did what to whom, when, from which chat. Entries are added and never changed.

`record` belongs into the transaction of the effect: both happen or neither. Handlers call `Effect.record` of
`bot.turn`, which knows person, chat and time:

    effect.record("allow", other_id=person.id, evidence={"role": "operator"})

Each entry has a MAC over its content and the MAC of the entry before it, so whoever changes, adds or removes
one in between without the key breaks the chain from there on. Two more sealed marks say where the chain
begins and where it ends: entries cannot vanish at the ends either. Who adds an entry holds the mark of the
end until the transaction is over, so this comes last in it: all who act wait for one another here.

Triggers of the database refuse to change an entry at all, and to delete one before retention has moved the
beginning past it. The whole of it is told in docs/decisions/0009-audit.md.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from textwrap import wrap
from typing import Any

import sqlalchemy as sa

from providers.sms import mask

from . import keyed
from .db import Transaction, insert, without_nul
from .schema import audit, audit_ends, campaigns, hash_keys
from .vault import Vault

BEGIN, END = "begin", "end"
TAKEN_AWAY = "the end was taken away"
MOVED = "moved"  # a chat: from its id to the one in the evidence

Evidence = Mapping[str, str | int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who acts, from where. `person_id` None: whoever sits at the shell. `chat_id` None: no chat."""

    person_id: int | None
    person: str
    chat_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`number_mask` for people, `number_hash` to find the same number again."""

    id: int
    at: datetime
    person_id: int | None
    person: str
    action: str
    chat_id: int | None
    campaign_id: int | None = None
    account_id: int | None = None
    other_id: int | None = None  # the person it was done to
    number_hash: str | None = None
    number_mask: str | None = None
    evidence: Evidence = field(default_factory=dict)

    def content(self, previous: str) -> str:
        """What its MAC is over."""
        values = [getattr(self, name) for name in Entry.__dataclass_fields__]
        return json.dumps([previous, *values], sort_keys=True, default=datetime.isoformat)


_COLUMNS = [audit.c[name] for name in Entry.__dataclass_fields__]


async def begin(tx: Transaction, vault: Vault) -> bytes:
    """The key of the chain. The first time it is made, and with it the mark of an end after nothing.

    Where a desk has worked already the key was taken away: the mark is not put, and the chain stays broken.
    """
    key = await keyed.known(tx, vault, keyed.AUDIT)
    if key is None:
        was_used = await _was_used(tx)
        key = await keyed.key(tx, vault, keyed.AUDIT)
        if not was_used:
            first = {"name": END, "entry_id": 0, "mac": "", "seal": _seal(key, END, 0, "")}
            await tx.execute(insert(tx, audit_ends).on_conflict_do_nothing().values(first))
    return key


async def _was_used(tx: Transaction) -> bool:
    """Whether anything stands here that a desk leaves behind which has been started before."""
    numbers_key = await tx.scalar(
        sa.select(sa.func.count()).where(hash_keys.c.name == keyed.NUMBERS).select_from(hash_keys)
    )
    return bool(numbers_key or await tx.scalar(sa.select(sa.func.count()).select_from(campaigns)))


_ADD = audit.insert()
# The end, held, with the key of the chain: no row where either was taken away.
_HELD = (
    sa.select(audit_ends.c.entry_id, audit_ends.c.mac, hash_keys.c.sealed)
    .join(hash_keys, hash_keys.c.name == keyed.AUDIT)
    .where(audit_ends.c.name == END)
    .with_for_update(of=audit_ends)
)
_MOVE_END = (
    audit_ends.update()
    .where(audit_ends.c.name == END)
    .values(entry_id=sa.bindparam("entry_"), mac=sa.bindparam("mac_"), seal=sa.bindparam("seal_"))
)


async def record(
    tx: Transaction,
    vault: Vault,
    by: By,
    action: str,
    *,
    now: datetime,
    campaign_id: int | None = None,
    account_id: int | None = None,
    other_id: int | None = None,
    number: str | None = None,
    evidence: Evidence | None = None,
) -> int:
    """Add an entry; its number. `action` is a word of `bot.auditing.ACTIONS`, which has its text."""
    held = (await tx.execute(_HELD)).one_or_none()
    key = await begin(tx, vault) if held is None else keyed.opened(vault, keyed.AUDIT, held.sealed)
    last, previous = await _end(tx) if held is None else (held.entry_id, held.mac)
    entry = Entry(
        id=last + 1,
        at=now,
        person_id=by.person_id,
        person=without_nul(by.person)[:128],
        action=action,
        chat_id=by.chat_id,
        campaign_id=campaign_id,
        account_id=account_id,
        other_id=other_id,
        number_hash=None if number is None else await _hash(tx, vault, number),
        number_mask=None if number is None else mask(number),
        evidence=without_nul(dict(evidence or {})),
    )
    values = {name: getattr(entry, name) for name in Entry.__dataclass_fields__}
    mac = keyed.mac(key, entry.content(previous))
    await tx.execute(_ADD, {**values, "mac": mac})
    if held is None:
        await _put_mark(tx, key, END, entry.id, mac)
    else:
        moved = {"entry_": entry.id, "mac_": mac, "seal_": _seal(key, END, entry.id, mac)}
        await tx.execute(_MOVE_END, moved)
    return entry.id


async def _hash(tx: Transaction, vault: Vault, number: str) -> str:
    return keyed.of_number(await keyed.key(tx, vault, keyed.NUMBERS), number)


async def _end(tx: Transaction) -> tuple[int, str]:
    """The last entry and its MAC, held. Where the mark was taken away the chain goes on and stays broken."""
    return await _last(tx, sa.select(audit_ends).where(audit_ends.c.name == END).with_for_update())


async def _last(tx: Transaction, mark: sa.Select[Any]) -> tuple[int, str]:
    row = (await tx.execute(mark)).one_or_none()
    if row is None:
        return await tx.scalar(sa.select(sa.func.max(audit.c.id))) or 0, TAKEN_AWAY
    return row.entry_id, row.mac


async def end(tx: Transaction) -> dict[str, int | str]:
    """The number and the MAC of the last entry, to be compared with what a log has kept of it; holds nothing.

    The MAC is in groups of four, since logs mask what may be a number, and sixty-four digits may hold one.
    """
    entry_id, mac_ = await _last(tx, sa.select(audit_ends).where(audit_ends.c.name == END))
    return {"entry": entry_id, "mac": mac_ if mac_ == TAKEN_AWAY else "-".join(wrap(mac_, 4))}


async def _put_mark(tx: Transaction, key: bytes, name: str, entry_id: int, mac: str) -> None:
    values = {"entry_id": entry_id, "mac": mac, "seal": _seal(key, name, entry_id, mac)}
    await tx.execute(
        insert(tx, audit_ends)
        .values(name=name, **values)
        .on_conflict_do_update(index_elements=[audit_ends.c.name], set_=values)
    )


def _seal(key: bytes, name: str, entry_id: int, mac: str) -> str:
    return keyed.mac(key, json.dumps([name, entry_id, mac]))


async def moves(tx: Transaction) -> dict[int, int]:
    """Chats that got another id, by the one they had, as far as the audit reaches back."""
    rows = await tx.execute(
        sa.select(audit.c.chat_id, audit.c.evidence).where(audit.c.action == MOVED).order_by(audit.c.id)
    )
    return {row.chat_id: row.evidence["to"] for row in rows}


# Is it whole?


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """Where the chain is broken: at this entry, or at an end of it, or its key is gone (entry 0)."""

    entry_id: int


async def verify(tx: Transaction, vault: Vault) -> Breach | None:
    """The first breach of the chain; None: it is whole. Raises VaultError."""
    key = await keyed.known(tx, vault, keyed.AUDIT)
    marks = {row.name: row for row in await tx.execute(sa.select(audit_ends))}
    if key is None:
        empty = not marks and await tx.scalar(sa.select(sa.func.count()).select_from(audit)) == 0
        return None if empty and not await _was_used(tx) else Breach(entry_id=0)
    for name, mark in marks.items():
        if mark.seal != _seal(key, name, mark.entry_id, mark.mac):
            return Breach(entry_id=mark.entry_id)
    gone = marks.get(BEGIN)
    last, previous = (gone.entry_id, gone.mac) if gone is not None else (0, "")
    rows = await tx.stream(sa.select(*_COLUMNS, audit.c.mac).where(audit.c.id > last).order_by(audit.c.id))
    async for row in rows:
        entry = _entry(row)
        if entry.id != last + 1 or row.mac != keyed.mac(key, entry.content(previous)):
            return Breach(entry_id=last + 1)
        last, previous = entry.id, row.mac
    end = marks.get(END)
    whole = end is not None and (last, previous) == (end.entry_id, end.mac)
    return None if whole else Breach(entry_id=last + 1)


def _entry(row: sa.Row[*tuple[Any, ...]]) -> Entry:
    return Entry(**{name: getattr(row, name) for name in Entry.__dataclass_fields__})


# Reading it.


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries; None leaves out nothing. `person` is an id, or a part of a name in any case."""

    person: int | str | None = None
    action: str | None = None
    campaign_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


async def find(tx: Transaction, wanted: Wanted, *, limit: int, below: int | None = None) -> list[Entry]:
    """The newest of these first; `below`: older than the entry of this number."""
    query = sa.select(*_COLUMNS).order_by(audit.c.id.desc()).limit(limit)
    if below is not None:
        query = query.where(audit.c.id < below)
    if isinstance(wanted.person, int):
        query = query.where(sa.or_(audit.c.person_id == wanted.person, audit.c.other_id == wanted.person))
    if wanted.action is not None:
        query = query.where(audit.c.action == wanted.action)
    if wanted.campaign_id is not None:
        query = query.where(audit.c.campaign_id == wanted.campaign_id)
    if wanted.since is not None:
        query = query.where(audit.c.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(audit.c.at < wanted.until)
    if isinstance(wanted.person, str):
        # SQLite folds the case of Latin letters only, PostgreSQL as its locale says: names are compared here.
        part, found = wanted.person.casefold(), []
        async for row in await tx.stream(query.limit(None)):
            if part in row.person.casefold():
                found.append(_entry(row))
            if len(found) == limit:
                break
        return found
    return [_entry(row) for row in await tx.execute(query)]


# Retention.


async def forget(tx: Transaction, vault: Vault, before: datetime) -> int:
    """Take entries older than this away from the beginning of the chain; how many."""
    await _end(tx)
    last = await tx.scalar(sa.select(sa.func.min(audit.c.id)).where(audit.c.at >= before))
    newest = await tx.scalar(sa.select(sa.func.max(audit.c.id)))
    upto = newest if last is None else last - 1
    row = (await tx.execute(sa.select(audit.c.id, audit.c.mac).where(audit.c.id == upto))).one_or_none()
    if row is None:
        return 0
    await _put_mark(tx, await begin(tx, vault), BEGIN, row.id, row.mac)
    gone = await tx.execute(audit.delete().where(audit.c.id <= row.id))
    return gone.rowcount
