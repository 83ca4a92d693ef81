"""Clocks that jump, stop, or lie (method H): nothing leaves twice or too early, stalls, or spins."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from desk.clock import Bell
from desk.clock_watch import SOON, STEP
from desk.leases import Leases
from desk.submit import LONGEST_RETRY
from desk.wall_clock import moment
from providers.errors import NotReached, OutcomeUnknown, Throttled
from providers.model import MessageState
from storage import cards, outbox, pauses
from storage import doubts as told
from storage.outbox import Priority
from storage.schema import cards as cards_table
from storage.schema import doubts, evidence, leases, messages
from storage.schema import outbox as outbox_table

from ..storage.seeds import CHAT, NOON, ON_POSTGRESQL, rows
from .rig import Rig, at_work
from .scripted_gateway import raising, take

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEPS = [HOUR, DAY, -HOUR, -DAY]


@pytest.mark.parametrize("step", STEPS, ids=str)
@pytest.mark.parametrize("error", [NotReached(), Throttled(retry_after=timedelta(minutes=2))], ids=str)
async def test_what_is_to_be_tried_again_is_soon_tried_again(
    desk: Rig, step: timedelta, error: Exception
) -> None:
    await desk.campaign(2)
    desk.gateway.on_submit = raising(error)
    submitter = desk.submitter()
    ticks = [0.0]
    watch = desk.clock_watch(lambda: ticks[0], submitter.forget_pauses)
    assert await submitter.send_next(desk.account, desk.gateway)
    desk.gateway.on_submit = take

    desk.clock.advance(step)
    assert await watch.look() == (step < timedelta(0))
    for seconds in (SOON.total_seconds(), 120):
        ticks[0] += seconds
        desk.clock.advance(timedelta(seconds=seconds))
        assert not await watch.look()
    async with at_work(submitter):
        await desk.until(lambda: desk.all_stand(MessageState.ACCEPTED))
    assert len(desk.gateway.submissions) == 2


async def test_a_scheduled_message_that_was_tried_at_its_time_is_soon_tried_again(desk: Rig) -> None:
    await desk.campaign(send_at=NOON)
    desk.gateway.on_submit = raising(NotReached())
    assert await desk.send()
    desk.clock.advance(-DAY)
    async with desk.database.write() as tx:
        await pauses.shorten(tx, desk.clock() + SOON, beyond=desk.clock() + SOON)
    (row,) = await rows(desk.database, messages)
    assert row.due_at == desk.clock() + SOON


@pytest.mark.parametrize("step", STEPS, ids=str)
async def test_states_are_asked_for_soon_after_a_step(desk: Rig, step: timedelta) -> None:
    await desk.campaign()
    assert await desk.send()
    watch = desk.clock_watch(lambda: 0.0)
    desk.clock.advance(step)
    await watch.look()
    due = await desk.next_check()
    assert due is not None
    assert due <= desk.clock() + SOON


async def _lost(desk: Rig) -> None:
    await desk.campaign()
    desk.gateway.on_submit = raising(OutcomeUnknown())
    assert await desk.send()


async def _opened_at(desk: Rig) -> datetime:
    (doubt,) = await rows(desk.database, doubts)
    opened_at: datetime = doubt.opened_at
    return opened_at


async def test_a_clock_set_forward_does_not_end_the_settle_time(desk: Rig) -> None:
    """I11: five seconds have passed since the answer was lost, whatever the clock shows."""
    ticks = [0.0]
    watch = desk.clock_watch(lambda: ticks[0])
    await watch.start()
    await _lost(desk)
    async with desk.database.write() as tx:
        for settled in (False, True):
            await told.learn(
                tx, 1, 1, source="report", says="absent", positive=False, settled=settled, now=desk.clock()
            )
    ticks[0] += 5
    desk.clock.advance(timedelta(seconds=5) + HOUR)
    await watch.look()
    assert desk.clock() - await _opened_at(desk) == timedelta(seconds=5)
    assert [one.settled for one in await rows(desk.database, evidence)] == [False]
    await watch.look()
    assert desk.clock() - await _opened_at(desk) == timedelta(seconds=5)


async def test_a_clock_that_runs_ahead_little_by_little_does_not_end_it_either(desk: Rig) -> None:
    ticks = [0.0]
    watch = desk.clock_watch(lambda: ticks[0])
    await watch.start()
    await _lost(desk)
    for _ in range(60):
        ticks[0] += 10
        desk.clock.advance(timedelta(seconds=30))
        await watch.look()
    assert desk.clock() - await _opened_at(desk) <= timedelta(seconds=600) + STEP


async def test_a_doubt_that_is_newer_than_the_step_has_the_right_time(desk: Rig) -> None:
    watch = desk.clock_watch(lambda: 0.0)
    await watch.start()
    desk.clock.advance(HOUR)
    await _lost(desk)
    await watch.look()
    assert await _opened_at(desk) == desk.clock()


@ON_POSTGRESQL
async def test_the_settle_time_is_counted_by_the_clock_that_all_replicas_share(desk: Rig) -> None:
    """This process's own clock is years off."""
    shared = Leases(desk.database, desk.clock, Bell(desk.clock), "tests", steady=lambda: 0.0)
    await shared.keep()
    await _lost(replace(desk, leases=shared))
    assert abs(await _opened_at(desk) - datetime.now(UTC)) < HOUR
    assert abs(await _opened_at(desk) - desk.clock()) > DAY


@pytest.mark.parametrize("step", STEPS, ids=str)
async def test_a_schedule_is_kept_by_the_clock_on_the_wall(desk: Rig, step: timedelta) -> None:
    """I6, I19: never before its time; when the clock jumps past it by too much, a person is asked."""
    at = NOON + timedelta(hours=3)
    await desk.campaign(send_at=at, due_at=at)
    watch = desk.clock_watch(lambda: 0.0)
    desk.clock.advance(step)
    await watch.look()
    submitter = desk.submitter()
    await submitter._look()
    assert not await submitter.send_next(desk.account, desk.gateway)
    assert [kind for kind, _ in await desk.notices()] == (["late"] if step == DAY else [])
    if step != DAY:
        desk.clock.now = at
        assert await submitter.send_next(desk.account, desk.gateway)
    assert len(desk.gateway.submissions) == (step != DAY)


async def test_a_clock_that_stands_still_sends_once_and_does_not_spin(desk: Rig) -> None:
    await desk.campaign(2)
    desk.gateway.on_submit = raising(NotReached())
    async with at_work(desk.submitter()) as _:
        await desk.until(lambda: _tried(desk))
    assert len(desk.gateway.submissions) == 1


async def _tried(desk: Rig) -> bool:
    return all(
        row.tries == 1 and row.state == MessageState.QUEUED for row in await rows(desk.database, messages)
    )


async def test_pauses_of_the_outbox_and_of_cards_end_too(desk: Rig) -> None:
    campaign_id = await desk.campaign()
    far = NOON + DAY
    async with desk.database.write() as tx:
        await outbox.say(
            tx,
            chat_id=CHAT,
            thread_id=0,
            kind="said",
            content={},
            language="en",
            priority=Priority.ANSWER,
            now=far,
        )
        card = await cards.of(tx, campaign_id)
        assert card is not None
        await cards.postpone(tx, card, far)
        await pauses.shorten(tx, NOON + SOON, beyond=NOON + SOON)
    for table in (outbox_table, cards_table):
        assert [row.due_at for row in await rows(desk.database, table)] == [NOON + SOON]


async def test_a_start_ends_no_pause_that_is_none_of_a_clocks_doing(desk: Rig) -> None:
    """Else every restart would ask about everything at once."""
    await desk.campaign()
    desk.gateway.on_submit = raising(OutcomeUnknown())
    assert await desk.send()
    await desk.campaign(2)
    desk.gateway.on_submit = take
    assert await desk.send()
    for pause, shortened in ((LONGEST_RETRY, False), (LONGEST_RETRY + timedelta(seconds=1), True)):
        until = desk.clock() + pause
        async with desk.database.write() as tx:
            for table in (messages, doubts):
                await tx.execute(table.update().values(check_at=until))
        await desk.clock_watch(lambda: 0.0).start()
        expected = desk.clock() + SOON if shortened else until
        for table in (messages, doubts):
            assert {row.check_at for row in await rows(desk.database, table)} == {expected}


async def test_only_what_this_process_is_at_work_on_follows_its_clock(desk: Rig) -> None:
    """What another one put off is put off by a clock that may be right."""
    await desk.campaign()
    assert await desk.send()
    due = await desk.next_check()
    async with desk.database.write() as tx:
        await tx.execute(leases.update().values(owner="another", fence=leases.c.fence + 1))
    await desk.leases.keep()
    watch = desk.clock_watch(lambda: 0.0)
    desk.clock.advance(-DAY)
    assert await watch.look()
    assert await desk.next_check() == due


async def test_drift_and_a_clock_that_is_right_are_no_step(desk: Rig) -> None:
    ticks = [0.0]
    watch = desk.clock_watch(lambda: ticks[0])
    for wall, steady in ((10.0, 10.0), (9.0, 10.0), (3600.0, 3600.0), (-20.0, 5.0)):
        desk.clock.advance(timedelta(seconds=wall))
        ticks[0] += steady
        assert not await watch.look()
    desk.clock.advance(timedelta(seconds=-31))
    assert await watch.look()


@pytest.mark.parametrize(
    ("wall", "zone", "utc"),
    [
        pytest.param("2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:30", id="a gap: an hour later"),
        pytest.param("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30", id="a fold: the first of two"),
        pytest.param("2026-03-29T02:30", "Europe/Moscow", "2026-03-28T23:30", id="no summer time"),
        pytest.param("2028-02-29T12:00", "Europe/Moscow", "2028-02-29T09:00", id="a leap day"),
        pytest.param(
            "2026-04-05T01:45", "Australia/Lord_Howe", "2026-04-04T14:45", id="a fold of half an hour"
        ),
    ],
)
def test_moments_at_the_edges_of_the_calendar(wall: str, zone: str, utc: str) -> None:
    assert moment(datetime.fromisoformat(wall), ZoneInfo(zone)) == datetime.fromisoformat(utc).replace(
        tzinfo=UTC
    )


def test_an_hour_is_an_hour_over_a_fold() -> None:
    """Arithmetic is done in UTC: on a wall clock the hour after 02:30 of that night is two."""
    berlin = ZoneInfo("Europe/Berlin")
    first = moment(datetime(2026, 10, 25, 2, 30), berlin)
    later = moment(datetime(2026, 10, 25, 3, 30), berlin)
    assert later - first == 2 * HOUR
    assert (first + HOUR).astimezone(berlin).strftime("%H:%M") == "02:30"
