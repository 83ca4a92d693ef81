"""Between contacts and lists: groups and typed numbers become rows to check, checked rows become contacts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO

from providers.sms import BadNumber, parse_msisdn
from storage import contact_groups, contacts
from storage.db import Database, Transaction

from .audience import Recipient
from .columns import Columns
from .compose import Rules
from .reading import Problem, Request

PAGE = 500  # contacts at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Where contacts are saved: a chat, perhaps one of its groups. `most`: how many it may have."""

    chat_id: int
    group: str | None
    most: int


async def write_out(database: Database, chat_id: int, request: Request, path: Path, *, rules: Rules) -> None:
    """The members of the groups, then the numbers, each with the name it has here, for `desk.aside.check`.

    Raises Problem: a group that is not there any more.
    """
    with path.open("w", encoding="utf-8") as rows:
        for name in request.groups:
            async with database.read() as tx:
                group = await contact_groups.called(tx, chat_id, name)
            if group is None:
                raise Problem("unknown-group", name=name, known="none")
            await _write_group(database, group.id, rows)
        async with database.read() as tx:
            for start in range(0, len(request.numbers), PAGE):
                several = request.numbers[start : start + PAGE]
                found = {raw: _msisdn(raw, rules) for raw in several}
                called = await contacts.names(tx, chat_id, list(found.values()))
                rows.writelines(_row(raw, called.get(found[raw], "")) for raw in several)


async def _write_group(database: Database, group_id: int, rows: TextIO) -> None:
    start = 0
    while True:
        async with database.read() as tx:
            several = await contact_groups.page(tx, group_id, start, PAGE)
        rows.writelines(_row(f"+{one.msisdn}", one.name) for one in several)
        start += len(several)
        if len(several) < PAGE:
            return


def _row(number: str, name: str) -> str:
    return json.dumps([number, name], ensure_ascii=False) + "\n"


def _msisdn(raw: str, rules: Rules) -> str:
    """Empty where it is none: `desk.aside.check` will tell why."""
    try:
        return parse_msisdn(raw, region=rules.region, abroad=rules.abroad)
    except BadNumber:
        return ""


async def save(
    tx: Transaction, book: Book, columns: Columns, several: Sequence[Recipient], *, by: int, now: datetime
) -> None:
    """Keep checked rows as contacts, named by the column of names. Raises Problem: there are too many."""
    named = [(one.msisdn, _name(one, columns)) for one in several]
    await keep(tx, book, named, by=by, now=now)


def _name(one: Recipient, columns: Columns) -> str:
    """In one line; empty where none stands."""
    place = columns.name
    name = one.values[place] if place is not None and place < len(one.values) else ""
    return " ".join(name.split())


async def keep(
    tx: Transaction, book: Book, named: Sequence[tuple[str, str]], *, by: int, now: datetime
) -> int:
    """Keep numbers with their names; how many were not in the group yet. Raises Problem: too many."""
    await contacts.save(tx, book.chat_id, named, now)
    if await contacts.count(tx, book.chat_id) > book.most:
        raise Problem("contacts-full", limit=book.most)
    if book.group is None:
        return 0
    group_id = await contact_groups.make(tx, book.chat_id, book.group, by=by, now=now)
    return await contact_groups.add(tx, group_id, [msisdn for msisdn, _ in named])
