"""From the rows of a file to the stop-lists of a chat's accounts."""

from collections.abc import Sequence

from desk import aside, audience
from desk.audience import Frozen
from storage import accounts, audiences, audit, names, stoplist
from storage.accounts import Account
from storage.audit import Evidence

from .. import bulk_cards
from .rows import store_dropped
from .work import Work, in_pieces


async def stop(work: Work, frozen: Frozen) -> None:
    """Put everybody onto the list of every account: a customer does not know by which of them we write.

    Who is on it stays as before, so what an earlier try has written does no harm. Raises Lost.
    """
    todo = work.todo
    async with work.database.read() as tx:
        usable = await accounts.of_chat(tx, todo.chat_id)
        known = await names.get(tx, todo.person_id)
    by = str(todo.person_id) if known is None else known.name
    await store_dropped(work)
    added = await _add(work, usable, by)
    await _tell(work, frozen, added, by)


async def _add(work: Work, usable: Sequence[Account], by: str) -> dict[str, int]:
    """How many were not on the list of each account yet."""
    added = {account.name: 0 for account in usable}
    with (work.folder / aside.KEPT).open(encoding="utf-8") as kept:
        for several in in_pieces(audience.recipients(kept)):
            msisdns = [one.msisdn for one in several]
            async with work.database.write("gather.stops") as tx:
                await work.is_ours(tx)
                now = work.tools.clock()
                for account in usable:
                    added[account.name] += await stoplist.add_all(tx, account.id, msisdns, by=by, now=now)
    return added


async def _tell(work: Work, frozen: Frozen, added: dict[str, int], by: str) -> None:
    """One entry of the audit an account: who put each number there, and when, stands on the list."""
    todo, gone = work.todo, sum(frozen.dropped.values())
    person = audit.By(person_id=todo.person_id, person=by, chat_id=todo.chat_id)
    async with work.database.write("gather.stopped") as tx:
        await work.is_ours(tx)
        if not await audiences.settle(tx, todo, "saved"):
            return
        await work.say(tx, bulk_cards.stopped(work.words, todo.name, frozen, new=sum(added.values())))
        if gone > bulk_cards.LISTED:
            await work.say_dropped(tx, gone)
        for account, rows in added.items():
            evidence: Evidence = {"account": account, "rows": rows}
            now, vault = work.tools.clock(), work.tools.vault
            await audit.record(tx, vault, person, "stop-list-import", now=now, evidence=evidence)
