"""Files that go out into the chat, made while they are sent, from the database page by page."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator, Sequence

from desk import exports
from desk.columns import Columns
from desk.recipients import STOPPED
from storage import audiences, reporting
from storage.audiences import Kept
from storage.db import Database
from storage.reporting import Reported

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


def campaign(words: Words, campaign_id: int, form: str, columns: Columns | None) -> Document:
    """Every message of a campaign as it stands; `form` is xlsx or csv, or unreached: xlsx of those alone.

    `columns` are those of the file it was made of. What they say of each recipient stands there as well, so
    that the report can be dropped into the chat again.
    """

    async def rows(database: Database) -> Rows:
        after = 0
        while True:
            async with database.read() as tx:
                page = await reporting.page(tx, campaign_id, after, PAGE, unreached=form == "unreached")
            for one in page:
                yield _reported(words, one, columns)
                after = one.id
            if len(page) < PAGE:
                return

    titles = [
        *(words.plain(f"column-{name}") for name in ("number", "name")),
        *(_title(words, columns, place) for place in _own(columns)),
        *(words.plain(f"column-{name}") for name in ("state", "reason", "code", "segments", "price")),
        words.plain("column-accepted", zone=words.zone.key),
        words.plain("column-text"),
    ]

    async def make(database: Database) -> bytes:
        return await _table("csv" if form == "csv" else "xlsx", titles, rows(database), words)

    ending = "-unreached.xlsx" if form == "unreached" else f".{form}"
    return Document(name=f"campaign-{campaign_id}{ending}", make=make)


def _own(columns: Columns | None) -> list[int]:
    """The columns of a file besides those of numbers and names."""
    if columns is None:
        return []
    return [place for place in range(len(columns.names)) if place not in {columns.number, columns.name}]


def _title(words: Words, columns: Columns | None, place: int) -> str:
    if columns is None or not columns.header:
        return words.plain("list-column", number=place + 1)
    return columns.names[place]


def _reported(words: Words, one: Reported, columns: Columns | None) -> Sequence[str]:
    known = [words.plain(key) for key in (f"entry-{one.entry}", f"reason-{one.reason}") if words.has(key)]

    def field(place: int | None) -> str:
        return one.fields[place].strip() if place is not None and place < len(one.fields) else ""

    return (
        one.msisdn if one.msisdn.isdecimal() else words.plain("number-forgotten"),
        field(None if columns is None else columns.name) or one.name or "",
        *(field(place) for place in _own(columns)),
        words.plain(f"state-{one.state}"),
        known[0] if known else "",
        one.code or "",
        str(one.segments),
        "" if one.price is None else words.figure(one.price),
        "" if one.accepted_at is None else words.stamp(one.accepted_at),
        one.text,
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
