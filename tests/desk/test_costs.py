"""What a batch costs, counted and not timed: statements, rows, calls. More is a step back in speed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from providers.model import MessageState

from .rig import at_work, rig
from .scripted_gateway import capable, saying

CLAIM, SETTLE, RECORD = 16, 12, 10  # statements at most, BEGIN and COMMIT left out
ROUNDS = 15  # of the worker, that look for what is due
DISPATCHED, SENT_SINGLY, REPORTED = 6, 7, 3  # rows written for a message at most
APART = 12  # rows of a batch as a whole: lease, attempt, balance, card


@dataclass
class Cost:
    statements: int = 0
    rows: int = 0


@contextmanager
def counted() -> Iterator[Cost]:
    """What any database is asked meanwhile."""
    cost = Cost()

    def count(_: Any, cursor: Any, statement: str, *__: Any) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
            cost.statements += 1
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            cost.rows += max(cursor.rowcount, 0)

    sa.event.listen(sa.Engine, "after_cursor_execute", count)
    try:
        yield cost
    finally:
        sa.event.remove(sa.Engine, "after_cursor_execute", count)


async def dispatched(path: Path, count: int) -> Cost:
    """One batch of so many, claimed, sent, accepted."""
    async with rig(path, capable(batch_max=count)) as desk:
        await desk.campaign(count)
        with counted() as cost:
            assert await desk.submitter().send_next(desk.account, desk.gateway)
        assert await desk.all_stand(MessageState.ACCEPTED)
        assert len(desk.gateway.submissions) == 1
    return cost


async def sent_singly(path: Path, count: int) -> Cost:
    """As many messages as there are lanes, each in a request of its own, accepted."""
    async with rig(path, capable(batch_max=1, in_flight=count)) as desk:
        await desk.campaign(count)
        with counted() as cost:
            async with at_work(desk.submitter()):
                await desk.until(lambda: desk.all_stand(MessageState.ACCEPTED))
        assert len(desk.gateway.submissions) == count
    return cost


async def reported(path: Path, count: int) -> Cost:
    """So many asked about at once, and delivered."""
    async with rig(path, capable(batch_max=count, reports_max=count)) as desk:
        await desk.campaign(count)
        await desk.send()
        desk.gateway.on_reports = saying(state=MessageState.DELIVERED)
        with counted() as cost:
            await desk.ask()
        assert await desk.all_stand(MessageState.DELIVERED)
        assert len(desk.gateway.asked) == 1
    return cost


async def test_a_batch_leaves_by_as_many_statements_however_large_it_is(tmp_path: Path) -> None:
    few, many = await dispatched(tmp_path / "few.db", 10), await dispatched(tmp_path / "many.db", 1000)
    assert many.statements == few.statements <= CLAIM + SETTLE
    assert many.rows <= 1000 * DISPATCHED + APART


async def test_single_messages_that_leave_together_take_as_many_statements_as_one(tmp_path: Path) -> None:
    few, many = await sent_singly(tmp_path / "few.db", 2), await sent_singly(tmp_path / "many.db", 64)
    assert many.statements <= few.statements <= CLAIM + SETTLE + ROUNDS
    assert many.rows <= 64 * SENT_SINGLY + APART


async def test_reports_are_written_by_as_many_statements_however_many_come(tmp_path: Path) -> None:
    few, many = await reported(tmp_path / "few.db", 10), await reported(tmp_path / "many.db", 1000)
    assert many.statements == few.statements
    assert many.rows <= 1000 * REPORTED + APART


@pytest.mark.parametrize("count", [1, 250])
async def test_calls_follow_batches_and_not_messages(tmp_path: Path, count: int) -> None:
    async with rig(tmp_path / "desk.db", capable(batch_max=100, reports_max=100)) as desk:
        await desk.campaign(count)
        while await desk.send():
            pass
        desk.gateway.on_reports = saying(state=MessageState.DELIVERED)
        await desk.ask()
        batches = -(-count // 100)
        assert (len(desk.gateway.submissions), len(desk.gateway.asked)) == (batches, batches)
