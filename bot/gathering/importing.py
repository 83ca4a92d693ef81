"""From the rows of a file to contacts."""

from desk import aside, audience, roster
from desk.audience import Frozen
from desk.columns import Columns, may_be_names
from storage import audiences, contacts

from .. import bulk_cards
from .asking import ask_for_names
from .rows import store_dropped
from .work import Work, in_pieces


async def save(work: Work, found: aside.Reading, frozen: Frozen) -> None:
    """Save everybody, named by the column of names, which is asked for where it is not clear.

    Who is there already gets the new name, so what an earlier try has saved does no harm. Raises Problem: too
    many; Lost.
    """
    columns = found.columns
    if columns.name is None and work.todo.columns is None:
        places = may_be_names([cells for _, cells in found.sample], columns)
        if len(places) > 1:
            await ask_for_names(work, found, places)
            return
        columns = columns.named(places[0] if places else None)
    before = await _count(work)
    await store_dropped(work)
    await _keep(work, columns)
    await _tell(work, frozen, await _count(work) - before)


async def _count(work: Work) -> int:
    async with work.database.read() as tx:
        return await contacts.count(tx, work.todo.chat_id)


async def _keep(work: Work, columns: Columns) -> None:
    todo, limits = work.todo, work.tools.settings.limits
    book = roster.Book(chat_id=todo.chat_id, group=_group(work), most=limits.contacts)
    with (work.folder / aside.KEPT).open(encoding="utf-8") as kept:
        for several in in_pieces(audience.recipients(kept)):
            async with work.database.write("gather.contacts") as tx:
                await work.is_ours(tx)
                now = work.tools.clock()
                await roster.save(tx, book, columns, several, by=todo.person_id, now=now)


async def _tell(work: Work, frozen: Frozen, new: int) -> None:
    gone = sum(frozen.dropped.values())
    async with work.database.write("gather.saved") as tx:
        await work.is_ours(tx)
        if not await audiences.settle(tx, work.todo, "saved"):
            return
        await work.say(tx, bulk_cards.saved(work.words, work.todo.name, frozen, new=new, group=_group(work)))
        if gone > bulk_cards.LISTED:
            await work.say_dropped(tx, gone)


def _group(work: Work) -> str | None:
    """The group they are to be in as well."""
    return next(iter(work.request.groups), None)
