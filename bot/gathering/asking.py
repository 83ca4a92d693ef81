"""Which column of a file has what, asked with buttons."""

from collections.abc import Sequence

from desk.aside import Reading
from desk.columns import Columns
from storage import audiences
from storage.db import Transaction

from .. import bulk_cards
from .work import Work


async def ask_for_numbers(work: Work, found: Reading) -> None:
    """Which column has the numbers?"""
    choices = {place: found.columns.corrected(number=place) for place in found.candidates}
    await _ask(work, found, choices, "number")


async def ask_for_names(work: Work, found: Reading, places: Sequence[int]) -> None:
    """Which column has the names, if any has?"""
    choices = {place: found.columns.named(place) for place in places}
    await _ask(work, found, choices, "name", nowhere=found.columns)


async def _ask(
    work: Work, found: Reading, choices: dict[int, Columns], sought: str, nowhere: Columns | None = None
) -> None:
    """`choices`: how the file is read once this column is chosen; `nowhere`: once none is."""
    todo = work.todo

    async def token(tx: Transaction, columns: Columns) -> str:
        subject = {"audience_id": todo.id, "columns": columns.as_json(), "sought": sought}
        return await work.button(tx, "choose-column", subject)

    async with work.database.write("gather.unsure") as tx:
        await work.is_ours(tx)
        if not await audiences.settle(tx, todo, "unsure", expires_at=work.until()):
            return
        few = list(choices.items())[: bulk_cards.CHOICES]
        tokens = {place: await token(tx, columns) for place, columns in few}
        none = None if nowhere is None else await token(tx, nowhere)
        await work.say(tx, bulk_cards.which_column(work.words, todo.name, found, tokens, sought, none))
