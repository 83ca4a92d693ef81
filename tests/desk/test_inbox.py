"""Inboxes of gateways: how far each question reaches, and that what was told is stored before it moves on."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from desk.clock import Bell
from desk.inbox import AHEAD, BATCH, InboxReader, Times, window
from desk.switchboard import Switchboard
from providers.errors import OutcomeUnknown, Throttled
from providers.faces import Inbound
from storage import fault, inboxes
from storage.inboxes import Mark
from storage.schema import inbound, outbox
from storage.schema import inboxes as marks

from ..storage.seeds import NOON, VAULT, rows
from .rig import Rig, rig
from .scripted_gateway import ScriptedGateway

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
TIMES = Times(every=30 * SECOND, overlap=HOUR, far=3 * DAY, far_every=HOUR, remind=HOUR / 4)


def mark(**changes: datetime) -> Mark:
    plain = {"begun_at": NOON - 30 * DAY, "read_until": NOON, "far_at": NOON, "due_at": NOON}
    return Mark(account_id=1, **{**plain, **changes})


def test_each_question_reaches_back_over_the_one_before() -> None:
    assert window(mark(), TIMES, NOON + 30 * SECOND) == (NOON - HOUR, NOON + 30 * SECOND + AHEAD, False)


def test_after_an_outage_it_reaches_back_to_the_last_answer() -> None:
    since, _, far = window(mark(), TIMES, NOON + 5 * DAY)
    assert (since, far) == (NOON - HOUR, True)


def test_once_in_a_while_it_looks_far_back_for_what_came_late() -> None:
    assert window(mark(), TIMES, NOON + HOUR)[0] == NOON + HOUR - 3 * DAY


def test_a_clock_that_was_set_back_asks_for_what_comes_now() -> None:
    since, until, far = window(mark(), TIMES, NOON - DAY)
    assert (since, until, far) == (NOON - 4 * DAY, NOON - DAY + AHEAD, True)


def test_nothing_from_before_the_beginning_is_asked_for() -> None:
    assert window(mark(begun_at=NOON - SECOND), TIMES, NOON + HOUR)[0] == NOON - SECOND


@dataclass(kw_only=True)
class Told:
    """What the gateway has, and how it was asked."""

    sms: list[Inbound] = field(default_factory=list)
    error: Exception | None = None
    asked: list[tuple[datetime, datetime]] = field(default_factory=list)

    def come(self, count: int, *, at: datetime = NOON) -> None:
        number = len(self.sms)
        self.sms += [
            Inbound(key=str(one), msisdn=f"7903{one:07}", to="7", text=f"sms {one}", at=at)
            for one in range(number, number + count)
        ]


class Asked(ScriptedGateway):
    told: Told

    async def inbox(self, since: datetime, until: datetime) -> list[Inbound]:
        self.told.asked.append((since, until))
        if self.told.error is not None:
            raise self.told.error
        return self.told.sms


@dataclass(frozen=True, kw_only=True)
class Reading:
    rig: Rig
    reader: InboxReader
    told: Told

    async def mark(self) -> Mark:
        async with self.rig.database.write() as tx:
            await inboxes.begin(tx, ["smsc"], NOON - HOUR, NOON)
        async with self.rig.database.read() as tx:
            (found,) = await inboxes.due(tx, NOON + 30 * DAY)
        return found

    async def read(self) -> None:
        await self.reader.read(await self.mark())

    async def texts(self) -> list[str]:
        return [row.text for row in await rows(self.rig.database, inbound)]


@pytest.fixture
async def reading(where: str | Path) -> AsyncIterator[Reading]:
    async with rig(where) as made:
        gateway = Asked(made.gateway.capabilities, made.news)
        gateway.told = Told()
        reader = InboxReader(
            made.database,
            VAULT,
            Switchboard(VAULT, lambda *_: gateway),
            made.clock,
            Bell(made.clock),
            made.leases,
            TIMES,
            gateways=frozenset({"smsc"}),
        )
        yield Reading(rig=made, reader=reader, told=gateway.told)


@pytest.fixture
def points() -> Iterator[list[str]]:
    """Names of points at which something breaks, once each."""
    waiting: list[str] = []

    def strike(point: str) -> None:
        if point in waiting:
            waiting.remove(point)
            raise ConnectionAbortedError(point)

    fault.arm(strike)
    yield waiting
    fault.arm(None)


async def test_what_is_told_twice_is_stored_and_announced_once(reading: Reading) -> None:
    reading.told.come(3)
    await reading.read()
    reading.told.come(1)
    await reading.read()
    assert await reading.texts() == ["sms 0", "sms 1", "sms 2", "sms 3"]
    assert [row.kind for row in await rows(reading.rig.database, outbox)] == ["inbound"] * 4


async def test_what_comes_in_one_answer_is_shown_oldest_first(reading: Reading) -> None:
    reading.told.come(1, at=NOON)
    reading.told.come(1, at=NOON - SECOND)
    await reading.read()
    assert await reading.texts() == ["sms 1", "sms 0"]


async def test_the_mark_stays_until_all_that_was_told_is_stored(reading: Reading, points: list[str]) -> None:
    reading.told.come(2 * BATCH + 1)
    before = await reading.mark()
    reading.rig.clock.now = NOON + HOUR
    points.append("inbox.read begun")
    with pytest.raises(Exception, match=r"inbox\.read"):
        await reading.read()
    assert len(await reading.texts()) == 2 * BATCH + 1
    assert await reading.mark() == before
    await reading.read()
    assert len(await reading.texts()) == 2 * BATCH + 1
    assert (await reading.mark()).read_until == NOON + HOUR


@pytest.mark.parametrize(
    ("error", "pause"),
    [(OutcomeUnknown(raw="x"), 30 * SECOND), (Throttled(retry_after=HOUR), HOUR)],
    ids=["unknown", "throttled"],
)
async def test_a_gateway_that_does_not_answer_is_asked_the_same_again(
    reading: Reading, error: Exception, pause: timedelta
) -> None:
    before = await reading.mark()
    reading.told.error = error
    await reading.read()
    after = await reading.mark()
    assert (after.read_until, after.far_at) == (before.read_until, before.far_at)
    assert after.due_at == NOON + pause


async def test_only_who_has_the_lease_asks(reading: Reading) -> None:
    await reading.mark()
    async with reading.rig.database.read() as tx:
        besides = await reading.reader._besides(tx)
        assert await inboxes.due(tx, NOON, besides=besides)
    await reading.rig.leases.release()
    async with reading.rig.database.read() as tx:
        besides = await reading.reader._besides(tx)
        assert await inboxes.due(tx, NOON, besides=besides) == []
    assert reading.told.asked == []
    assert len(await rows(reading.rig.database, marks)) == 1
