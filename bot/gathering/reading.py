"""From a file to the rows of an audience, and what is asked where that cannot be told."""

from dataclasses import replace

from desk import aside, audience, bulk, reading
from desk.audience import Frozen
from desk.columns import Columns
from desk.tables import BadTable, Limits
from storage import accounts, audiences
from storage.audiences import Kept
from storage.fault import fault

from .. import bulk_cards
from ..words import Html
from .work import SEVERAL, Work, in_pieces


async def read(work: Work) -> None:
    """Fetch a file, have it read aside, keep its rows. Raises NotFetched, Problem, Lost."""
    tools, todo, path = work.tools, work.todo, work.folder / "file"
    fault("gather.fetch asks")
    await tools.fetch(todo.file_id or "", path)
    fault("gather.fetch answered")
    chosen = None if todo.columns is None else Columns.from_json(todo.columns)
    most = Limits(size=tools.settings.limits.file_mb * 2**20)
    try:
        found = await aside.read(
            path,
            work.folder,
            region=tools.rules.region,
            abroad=tools.rules.abroad,
            columns=chosen,
            limits=most,
        )
    except BadTable as error:
        await work.refuse(work.words(f"table-{error.word}", **error.details))
        return
    if found.frozen is None:
        await _ask_column(work, found)
        return
    if not found.frozen.count:
        await _refuse_empty(work, found.frozen)
        return
    bulk.check_source(found.frozen.count, allowed=todo.most, most=todo.most)
    await _store(work)
    await _show(work, found, found.frozen)


async def _store(work: Work) -> None:
    """The rows, piece by piece; what an earlier try has left goes first."""
    database, audience_id = work.database, work.todo.id
    async with database.write("gather.clear") as tx:
        await work.is_ours(tx)
        await audiences.clear(tx, audience_id)
    with (work.folder / aside.KEPT).open(encoding="utf-8") as kept:
        rows = (
            Kept(place=place, row=one.row, msisdn=one.msisdn, values=one.values)
            for place, one in enumerate(audience.recipients(kept))
        )
        for several in in_pieces(rows):
            async with database.write("gather.keep") as tx:
                await work.is_ours(tx)
                await audiences.keep(tx, audience_id, several)
    with (work.folder / aside.DROPPED).open(encoding="utf-8") as dropped:
        gone = ((one.place, one.raw, one.why) for one in audience.dropped_rows(dropped))
        for start, several_gone in enumerate(in_pieces(gone)):
            async with database.write("gather.drop") as tx:
                await work.is_ours(tx)
                await audiences.drop(tx, audience_id, start * SEVERAL, several_gone)


async def _show(work: Work, found: aside.Reading, frozen: Frozen) -> None:
    """Say what was found, and ask for what is missing; what came with the file may be all."""
    todo, until = work.todo, work.until()
    request = replace(work.request, audience=todo.id)
    kept = {"count": frozen.count, "people": frozen.people, "dropped": dict(frozen.dropped)}
    gone = sum(frozen.dropped.values())
    async with work.database.write("gather.ready") as tx:
        await work.is_ours(tx)
        done = await audiences.settle(
            tx, todo, "ready", expires_at=until, columns=found.columns.as_json(), reading=kept
        )
        if not done:
            return
        usable = await accounts.of_chat(tx, todo.chat_id)
        question = reading.missing(request, usable)
        await work.say(tx, bulk_cards.found(work.words, todo.name, found, frozen, asks=question == "text"))
        if gone > bulk_cards.LISTED:
            await work.say_dropped(tx, gone)
        if question is None:
            await audiences.fill(tx, todo.id, request.as_json(), until)
            return
        draft_id = await work.ask(tx, request)
        if question == "account":
            await work.ask_account(tx, draft_id, usable)


async def _ask_column(work: Work, found: aside.Reading) -> None:
    todo = work.todo
    async with work.database.write("gather.unsure") as tx:
        await work.is_ours(tx)
        if not await audiences.settle(tx, todo, "unsure", expires_at=work.until()):
            return
        tokens = {
            place: await work.button(
                tx,
                "choose-column",
                {"audience_id": todo.id, "columns": found.columns.corrected(number=place).as_json()},
            )
            for place in found.candidates[: bulk_cards.CHOICES]
        }
        await work.say(tx, bulk_cards.which_column(work.words, todo.name, found, tokens))


async def _refuse_empty(work: Work, frozen: Frozen) -> None:
    parts = (work.words("list-empty"), bulk_cards.dropped(work.words, frozen.dropped))
    await work.refuse(Html("\n".join(part for part in parts if part)))
