"""From groups of contacts and typed numbers to the rows of an audience."""

from dataclasses import replace

from desk import aside, bulk, roster
from desk.audience import Frozen
from desk.columns import Columns
from storage import audiences

from .. import bulk_cards
from .rows import refuse_empty, store
from .work import Work


async def call_up(work: Work) -> None:
    """Check contacts of groups, then numbers, like a file: each is a row. Raises Problem, Lost."""
    rules, todo = work.rules, work.todo
    rows = work.folder / aside.ROWS
    await roster.write_out(work.database, todo.chat_id, work.request, rows, rules=rules)
    titles = (work.words.plain("field-number"), work.words.plain("field-name"))
    columns = Columns(number=0, name=1, header=0, names=titles)
    frozen = await aside.check(work.folder, columns, region=rules.region, abroad=rules.abroad)
    if not frozen.count:
        await refuse_empty(work, frozen.dropped)
        return
    bulk.check_source(frozen.count, allowed=todo.most, most=todo.most)
    await store(work)
    await _go_on(work, columns, frozen)


async def _go_on(work: Work, columns: Columns, frozen: Frozen) -> None:
    """Name what was dropped, and have the texts made: all that is asked for is there."""
    todo, until, gone = work.todo, work.until(), sum(frozen.dropped.values())
    request = replace(work.request, audience=todo.id, groups=(), numbers=())
    kept = {"count": frozen.count, "dropped": dict(frozen.dropped)}
    async with work.database.write("gather.called_up") as tx:
        await work.is_ours(tx)
        done = await audiences.settle(
            tx, todo, "ready", expires_at=until, columns=columns.as_json(), reading=kept
        )
        if not done:
            return
        if gone:
            await work.say(tx, bulk_cards.called_up(work.words, todo.name, frozen))
        if gone > bulk_cards.LISTED:
            await work.say_dropped(tx, gone)
        await audiences.fill(tx, todo.id, request.as_json(), until)
