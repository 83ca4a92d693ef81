"""From a file to the rows of an audience, and what is asked where that cannot be told."""

from dataclasses import replace

from desk import aside, bulk, reading
from desk.audience import Frozen
from desk.columns import Columns
from desk.tables import BadTable, Limits
from storage import accounts, audiences
from storage.fault import fault

from .. import bulk_cards
from .asking import ask_for_numbers
from .importing import save
from .leaving_out import told
from .rows import refuse_empty, store
from .stopping import stop
from .work import Work

_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")


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
        await work.refuse(work.words(f"table-{_word(error, todo.name)}", **error.details))
        return
    if found.frozen is None:
        await ask_for_numbers(work, found)
        return
    if not found.frozen.count:
        await refuse_empty(work, found.frozen.dropped)
        return
    if todo.purpose == "contacts":
        await save(work, found, found.frozen)
        return
    if todo.purpose == "stop-list":
        await stop(work, found.frozen)
        return
    bulk.check_source(found.frozen.count, allowed=todo.most, most=todo.most)
    await store(work)
    shown = await told(work, found.frozen)
    if not shown.count:
        await refuse_empty(work, shown.dropped)
        return
    await _show(work, found, found.frozen, shown)


def _word(error: BadTable, name: str) -> str:
    """What is wrong with a file: a text that has the name of a workbook has no column to be looked for."""
    renamed = error.details.get("form") == "csv" and name.lower().endswith(_WORKBOOKS)
    return "not-a-table" if renamed else error.word


async def _show(work: Work, found: aside.Reading, frozen: Frozen, shown: Frozen) -> None:
    """Say what was found, and ask for what is missing; what came with the file may be all.

    `shown`: without those on the stop-list.
    """
    todo, until = work.todo, work.until()
    request = replace(work.request, audience=todo.id)
    kept = {"count": frozen.count, "dropped": dict(frozen.dropped)}
    gone = sum(shown.dropped.values())
    async with work.database.write("gather.ready") as tx:
        await work.is_ours(tx)
        done = await audiences.settle(
            tx, todo, "ready", expires_at=until, columns=found.columns.as_json(), reading=kept
        )
        if not done:
            return
        usable = await accounts.of_chat(tx, todo.chat_id)
        question = reading.missing(request, usable)
        await work.say(tx, bulk_cards.found(work.words, todo.name, found, shown, asks=question == "text"))
        if gone > bulk_cards.LISTED:
            await work.say_dropped(tx, gone)
        if question is None:
            await audiences.fill(tx, todo.id, request.as_json(), until)
            return
        draft_id = await work.ask(tx, request)
        if question == "text":
            await work.offer_saved_texts(tx)
        if question == "account":
            await work.ask_account(tx, draft_id, usable)
