"""Files that go out into the chat, made while they are sent, from the database page by page."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from desk import exports
from desk.recipients import STOPPED
from storage import audiences, campaigns
from storage.audiences import Kept
from storage.db import Database

from .keyboards import Document
from .words import Words

PAGE = 2000  # rows at once

Rows = AsyncIterator[Sequence[str]]


def of_text(name: str, text: str) -> Document:
    """A file of text, with a byte-order mark, without which Excel takes UTF-8 for something older."""

    async def make(_: Database) -> bytes:
        return text.encode("utf-8-sig")

    return Document(name=name, make=make)


def dropped(words: Words, audience_id: int) -> Document:
    """The rows of a file that get no SMS, each with what stood there and why."""

    async def rows(database: Database) -> Rows:
        start = 0
        while True:
            async with database.read() as tx:
                page = await audiences.dropped_page(tx, audience_id, start, PAGE)
            for row, raw, why in page:
                yield str(row), raw, words.plain(f"why-{why}")
            start += len(page)
            if len(page) < PAGE:
                break
        async for one in _stopped(database, audience_id):
            yield str(one.row), f"+{one.msisdn}", words.plain(f"why-{STOPPED}")

    titles = [words.plain(f"column-{name}") for name in ("row", "raw", "why")]

    async def make(database: Database) -> bytes:
        return await _table("xlsx", titles, rows(database), words)

    return Document(name="dropped.xlsx", make=make)


async def _stopped(database: Database, audience_id: int) -> AsyncIterator[Kept]:
    """Recipients who are left out for the stop-list."""
    start = 0
    while True:
        async with database.read() as tx:
            page = await audiences.page(tx, audience_id, start, PAGE, stopped=True)
        for one in page:
            yield one
        if len(page) < PAGE:
            return
        start = page[-1].place + 1


def campaign(words: Words, campaign_id: int, form: str) -> Document:
    """Every message of a campaign as it stands; `form` is xlsx or csv."""

    async def rows(database: Database) -> Rows:
        after = 0
        while True:
            async with database.read() as tx:
                page = await campaigns.page(tx, campaign_id, after, PAGE)
            for row in page:
                yield _reported(words, row)
                after = row.id
            if len(page) < PAGE:
                return

    names = ("number", "name", "state", "reason", "code", "segments", "price", "accepted", "text")
    titles = [words.plain(f"column-{name}") for name in names]

    async def make(database: Database) -> bytes:
        return await _table(form, titles, rows(database), words)

    return Document(name=f"campaign-{campaign_id}.{form}", make=make)


def _reported(words: Words, row: Any) -> Sequence[str]:
    entry = f"entry-{row.entry}"
    reason = f"reason-{row.reason}"
    known = [words.plain(key) for key in (entry, reason) if words.has(key)]
    price: Decimal | None = row.price
    return (
        row.msisdn if row.msisdn.isdecimal() else words.plain("number-forgotten"),
        row.name or "",
        words.plain(f"state-{row.state}"),
        known[0] if known else "",
        row.code or "",
        str(row.segments),
        "" if price is None else str(price),
        "" if row.accepted_at is None else words.time(row.accepted_at),
        row.text,
    )


async def _table(form: str, titles: Sequence[str], rows: Rows, words: Words) -> bytes:
    """Written in a thread, which takes the rows as it needs them: nobody waits, and memory holds a page."""
    loop = asyncio.get_running_loop()
    return await asyncio.to_thread(_written, form, titles, lambda: _pulled(loop, rows), words.language)


def _pulled(loop: asyncio.AbstractEventLoop, rows: Rows) -> Iterator[Sequence[str]]:
    async def some() -> list[Sequence[str]]:
        page = []
        async for row in rows:
            page.append(row)
            if len(page) == PAGE:
                break
        return page

    while page := asyncio.run_coroutine_threadsafe(some(), loop).result():
        yield from page


def _written(
    form: str, titles: Sequence[str], rows: Callable[[], Iterator[Sequence[str]]], language: str
) -> bytes:
    file = io.BytesIO()
    if form == "xlsx":
        exports.write_xlsx(file, titles, rows())
    else:
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
        exports.write_csv(text, titles, rows(), delimiter=";" if language == "ru" else ",")
        text.detach()
    return file.getvalue()
