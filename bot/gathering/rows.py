"""The rows that were read or called up aside, written down: who stays, and who does not."""

from collections.abc import Mapping

from desk import aside, audience
from storage import audiences
from storage.audiences import Kept

from .. import bulk_cards
from ..words import Html
from .work import SEVERAL, Work, in_pieces


async def store(work: Work) -> None:
    """The rows, piece by piece; what an earlier try has left goes first."""
    await store_dropped(work)
    with (work.folder / aside.KEPT).open(encoding="utf-8") as kept:
        rows = (
            Kept(place=place, row=one.row, msisdn=one.msisdn, values=one.values)
            for place, one in enumerate(audience.recipients(kept))
        )
        for several in in_pieces(rows):
            async with work.database.write("gather.keep") as tx:
                await work.is_ours(tx)
                await audiences.keep(tx, work.todo.id, several)


async def store_dropped(work: Work) -> None:
    """Those that get no SMS alone."""
    async with work.database.write("gather.clear") as tx:
        await work.is_ours(tx)
        await audiences.clear(tx, work.todo.id)
    with (work.folder / aside.DROPPED).open(encoding="utf-8") as dropped:
        gone = ((one.place, one.raw, one.why) for one in audience.dropped_rows(dropped))
        for start, several in enumerate(in_pieces(gone)):
            async with work.database.write("gather.drop") as tx:
                await work.is_ours(tx)
                await audiences.drop(tx, work.todo.id, start * SEVERAL, several)


async def refuse_empty(work: Work, reasons: Mapping[str, int]) -> None:
    """Say that nobody is left, and why, by reason."""
    parts = (work.words("list-empty"), bulk_cards.dropped(work.words, reasons))
    await work.refuse(Html("\n".join(part for part in parts if part)))
