"""What became of it: asked with growing pauses, moved forward only, given up late, called back once."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from desk import steer
from desk.clock import Bell
from desk.steer import Cancelled
from desk.track import BELIEVED_AFTER, change_of, next_pause
from providers.errors import AuthFailed, NotReached, OutcomeUnknown, RequestRefused, Throttled, Unsupported
from providers.model import Kind, MessageRef, MessageState, Reason, Report
from storage import accounts, campaigns
from storage.checks import Check
from storage.ledger import Change
from storage.schema import attempts, events, messages

from ..storage.seeds import NOON, add_account, msisdns, rows
from .hand_clock import HandClock
from .rig import FIRST_CHECK, LONGEST_PAUSE, Rig, at_work, rig
from .scripted_gateway import capable, raising, saying

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
ACCEPTED, SENT, DELIVERED = MessageState.ACCEPTED, MessageState.SENT, MessageState.DELIVERED
UNCERTAIN, UNDELIVERED = MessageState.UNCERTAIN, MessageState.UNDELIVERED
CANCELLED, UNTRACKED = MessageState.CANCELLED, MessageState.UNTRACKED


def seconds(moment: datetime | None) -> float:
    assert moment is not None
    return (moment - NOON).total_seconds()


# The pure parts


def test_pauses_double_up_to_the_longest() -> None:
    pauses = [next_pause(checks, 5 * SECOND, HOUR) for checks in range(12)]
    assert pauses[:4] == [5 * SECOND, 10 * SECOND, 20 * SECOND, 40 * SECOND]
    assert pauses[9:] == [5 * 512 * SECOND, HOUR, HOUR]
    assert next_pause(10_000, 5 * SECOND, HOUR) == HOUR


CHECK = Check(
    message_id=1,
    campaign_id=1,
    account_id=1,
    state=SENT,
    ref="r-1",
    msisdn="79030000000",
    gateway_ids=(),
    kind=Kind.SMS,
    checks=1,
    since=NOON,
)


def report(state: MessageState | None, raw: str = "word", **particulars: object) -> Report:
    return Report(**{"msisdn": CHECK.msisdn, "state": state, "raw": raw} | particulars)  # type: ignore[arg-type]


def asked(report: Report | None, *, told_for: timedelta | None = None) -> Change | None:
    return change_of(CHECK, report, first_told=None if told_for is None else NOON - told_for, now=NOON)


@pytest.mark.parametrize("nothing_new", [None, report(SENT), report(None, "")])
def test_nothing_new_asks_for_no_change(nothing_new: Report | None) -> None:
    assert asked(nothing_new) is None


@pytest.mark.parametrize(
    ("told_for", "kept_only"), [(None, True), (BELIEVED_AFTER - SECOND, True), (BELIEVED_AFTER, False)]
)
def test_an_end_that_may_be_taken_back_is_believed_after_a_while(
    told_for: timedelta | None, kept_only: bool
) -> None:
    change = asked(report(UNDELIVERED, provisional=True), told_for=told_for)
    assert change is not None
    assert change.provisional is kept_only


def test_a_report_brings_all_it_says() -> None:
    change = asked(
        report(
            UNDELIVERED,
            "Barred",
            code="5",
            reason=Reason.BARRED,
            price=Decimal("2.5"),
            read=True,
            gateway_id="7",
        ),
    )
    assert change is not None
    assert (change.to, change.raw, change.code, change.reason) == (UNDELIVERED, "Barred", "5", Reason.BARRED)
    assert (change.price, change.read, change.gateway_ids) == (Decimal("2.5"), True, ("7",))


def test_an_unknown_word_is_passed_on_as_it_is() -> None:
    change = asked(report(None, "Teleported"))
    assert change is not None
    assert (change.to, change.raw) == (None, "Teleported")


# An end that the gateway may take back


async def test_an_end_taken_back_was_never_told_to_people(desk: Rig) -> None:
    """However long the message had stood before: what counts is how long the end has been told."""
    await desk.campaign()
    await desk.send()
    desk.gateway.on_reports = saying(state=SENT)
    for _ in range(8):
        await desk.ask()
    desk.gateway.on_reports = saying(state=UNDELIVERED, raw="24", provisional=True)
    await desk.ask()
    await desk.ask()
    assert await desk.states() == [SENT]
    assert await desk.notices() == []
    desk.gateway.on_reports = saying(state=DELIVERED)
    await desk.ask()
    assert await desk.states() == [DELIVERED]


async def test_an_end_told_for_long_enough_is_the_end(desk: Rig) -> None:
    await desk.campaign()
    await desk.send()
    desk.gateway.on_reports = saying(state=UNDELIVERED, raw="24", provisional=True)
    await desk.ask()
    first = desk.clock()
    while await desk.states() != [UNDELIVERED]:
        await desk.ask()
    assert BELIEVED_AFTER <= desk.clock() - first < BELIEVED_AFTER + 2 * LONGEST_PAUSE
    assert [kind for kind, _ in await desk.notices()] == ["failed"]


# Asking


async def test_each_pause_is_twice_the_one_before(desk: Rig) -> None:
    await desk.campaign()
    await desk.send()
    due = []
    for _ in range(6):
        due.append(seconds(await desk.next_check()))
        await desk.ask()
    pauses = [after - before for before, after in zip([0.0, *due], due, strict=False)]
    assert pauses == [5, 10, 20, 40, 60, 60]
    assert len(desk.gateway.asked) == 6


async def test_the_gateway_is_asked_by_reference_and_id(desk: Rig) -> None:
    await desk.campaign(2)
    await desk.send()
    await desk.ask()
    ref = desk.gateway.submissions[0].ref
    assert desk.gateway.asked == [
        [MessageRef(ref=ref, msisdn=msisdn, gateway_ids=(f"id-{msisdn}",)) for msisdn in msisdns(2)]
    ]


async def test_no_more_at_once_than_the_gateway_takes(where: str | Path) -> None:
    async with rig(where, capable(reports_max=2)) as desk:
        await desk.campaign(5)
        await desk.send()
        desk.gateway.on_reports = saying(state=DELIVERED)
        await desk.ask()
        assert [len(refs) for refs in desk.gateway.asked] == [2, 2, 1]
        assert await desk.all_stand(DELIVERED)


async def test_delivered_is_silent_and_the_end(desk: Rig) -> None:
    await desk.campaign(2)
    await desk.send()
    desk.gateway.on_reports = saying(state=DELIVERED, price=Decimal("1.5"))
    await desk.ask()
    assert await desk.all_stand(DELIVERED)
    assert {row.price for row in await rows(desk.database, messages)} == {Decimal("1.5")}
    assert await desk.notices() == []
    assert await desk.next_check() is None


@pytest.mark.parametrize("end", [UNDELIVERED, MessageState.EXPIRED, MessageState.REJECTED])
async def test_a_failure_is_told(desk: Rig, end: MessageState) -> None:
    await desk.campaign()
    await desk.send()
    desk.gateway.on_reports = saying(state=end, reason=Reason.UNREACHABLE, code="1")
    await desk.ask()
    assert await desk.all_stand(end)
    (row,) = await rows(desk.database, messages)
    assert (row.reason, row.code) == (Reason.UNREACHABLE, "1")
    assert await desk.notices() == [("failed", {"message_ids": [row.id]})]
    assert await desk.next_check() is None


async def test_reports_are_told_apart_by_number(desk: Rig) -> None:
    """An id may stand for a batch; a report of a stranger moves nobody."""
    await desk.campaign(3)
    await desk.send()
    a, b, c = msisdns(3)

    async def mixed(refs: object) -> list[Report]:
        ref = desk.gateway.submissions[0].ref
        return [
            Report(msisdn=b, state=UNDELIVERED, raw="", gateway_id=f"id-{b}"),
            Report(msisdn=a, state=DELIVERED, raw="", ref=ref),
            Report(msisdn=c, state=DELIVERED, raw="", ref="r-other"),
            Report(msisdn="79990000000", state=DELIVERED, raw="", ref=ref),
        ]

    desk.gateway.on_reports = mixed
    await desk.ask()
    assert await desk.states() == [DELIVERED, UNDELIVERED, ACCEPTED]


async def test_states_move_forward_only(desk: Rig) -> None:
    await desk.campaign()
    await desk.send()
    for state in (SENT, ACCEPTED, MessageState.MODERATION, MessageState.QUEUED):
        desk.gateway.on_reports = saying(state=state)
        await desk.ask()
    assert await desk.states() == [SENT]
    told = [(row.told, row.moved) for row in await rows(desk.database, events) if row.source == "report"]
    assert told == [
        (SENT, True),
        (ACCEPTED, False),
        (MessageState.MODERATION, False),
        (MessageState.QUEUED, False),
    ]
    assert await desk.next_check() is not None


async def test_an_unknown_word_moves_nothing_and_is_kept_once(desk: Rig) -> None:
    await desk.campaign()
    await desk.send()
    desk.gateway.on_reports = saying(state=None, raw="Teleported", code="77")
    await desk.ask()
    await desk.ask()
    assert await desk.states() == [ACCEPTED]
    kept = [row for row in await rows(desk.database, events) if not row.moved]
    assert [(row.told, row.raw, row.code) for row in kept] == [(None, "Teleported", "77")]
    assert await desk.next_check() is not None


# Giving up


@pytest.mark.parametrize("known", [ACCEPTED, SENT, MessageState.MODERATION])
async def test_past_the_horizon_it_is_untracked_never_failed(desk: Rig, known: MessageState) -> None:
    await desk.campaign()
    await desk.send()
    desk.gateway.on_reports = saying(state=known)
    horizon = desk.gateway.capabilities.status_horizon
    desk.clock.now = NOON + horizon
    await desk.ask()
    assert await desk.states() == [known]
    desk.clock.now = NOON + horizon + LONGEST_PAUSE
    await desk.ask()
    assert await desk.states() == [UNTRACKED]
    (row,) = await rows(desk.database, messages)
    assert row.reason is None
    assert await desk.notices() == [("failed", {"message_ids": [row.id]})]
    assert await desk.next_check() is None


async def test_a_late_word_still_counts(desk: Rig) -> None:
    await desk.campaign()
    await desk.send()
    desk.clock.now = NOON + 30 * DAY
    desk.gateway.on_reports = saying(state=DELIVERED)
    await desk.ask()
    assert await desk.states() == [DELIVERED]


async def test_the_horizon_of_a_dated_message_counts_from_its_date(where: str | Path) -> None:
    async with rig(where, capable(send_at=True, cancel=True)) as desk:
        await desk.campaign(send_at=NOON + 10 * DAY)
        await desk.send()
        desk.clock.now = NOON + 11 * DAY
        await desk.ask()
        assert await desk.states() == [ACCEPTED]
        desk.clock.now = NOON + 13 * DAY
        await desk.ask()
        assert await desk.states() == [UNTRACKED]


# Trouble


@pytest.mark.parametrize(
    "trouble", [NotReached(), Throttled(), OutcomeUnknown(), Unsupported(), ValueError("a bug"), KeyError()]
)
async def test_a_gateway_in_trouble_is_asked_again_later(desk: Rig, trouble: Exception) -> None:
    await desk.campaign()
    await desk.send()
    desk.gateway.on_reports = raising(trouble)
    await desk.ask()
    assert await desk.states() == [ACCEPTED]
    assert seconds(await desk.next_check()) == 15
    assert await desk.notices() == []
    desk.gateway.on_reports = saying(state=DELIVERED)
    await desk.ask()
    assert await desk.states() == [DELIVERED]


async def stopped(desk: Rig) -> str | None:
    async with desk.database.read() as tx:
        return (await accounts.get(tx, desk.account.id)).stopped


async def test_a_refused_login_stops_the_account_and_tells(desk: Rig) -> None:
    await desk.campaign()
    await desk.send()
    desk.gateway.on_reports = raising(AuthFailed(code="2"))
    await desk.ask()
    assert await stopped(desk) == "auth_failed"
    assert [(kind, content["waiting"]) for kind, content in await desk.notices()] == [("account-stopped", 0)]
    assert await desk.states() == [ACCEPTED]
    assert await desk.next_check() is None
    async with desk.database.write() as tx:
        await steer.resume(tx, desk.account.id, desk.clock())
    desk.gateway.on_reports = saying(state=DELIVERED)
    await desk.ask()
    assert await desk.states() == [DELIVERED]


async def has_stopped(desk: Rig) -> bool:
    return await stopped(desk) == "auth_failed"


# Calling back


class WatchedBell(Bell):
    """Remembers until when each nap was to last, and tells of it."""

    def __init__(self, clock: HandClock, news: Bell) -> None:
        super().__init__(clock)
        self.naps: list[datetime | None] = []
        self._news = news

    async def nap(self, until: datetime | None) -> None:
        self.naps.append(until)
        self._news.ring()
        await super().nap(until)


async def test_an_account_with_much_to_ask_holds_up_no_other(
    desk: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More is due than a round takes, and its gateway is slow: the other account is asked all the same."""
    monkeypatch.setattr("desk.track.BATCH", 2)
    async with desk.database.write() as tx:
        other = replace(desk, account=await add_account(tx, name="other"))
    await desk.campaign(3)
    await desk.send()
    desk.clock.advance(SECOND)
    await other.campaign()
    await other.send()
    slow, quick = (submission.ref for submission in desk.gateway.submissions)
    go_on = asyncio.Event()

    async def answer(refs: Sequence[MessageRef]) -> list[Report]:
        if refs[0].ref == slow:
            await go_on.wait()
        return await saying(state=DELIVERED)(refs)

    async def other_is_done() -> bool:
        return (await desk.states())[3] == DELIVERED and len(bell.naps) > 1

    desk.gateway.on_reports = answer
    desk.clock.advance(HOUR)
    bell = WatchedBell(desk.clock, desk.news)
    async with at_work(desk.tracker(bell)):
        await desk.until(other_is_done)
        asked = sorted(refs[0].ref for refs in desk.gateway.asked)  # each has a task: either may be first
        assert asked == sorted([slow, quick])
        assert set(bell.naps) == {None}  # both in one round, and it does not spin
        go_on.set()
        await desk.until(lambda: desk.all_stand(DELIVERED))


RECALLS = capable(cancel=True, send_at=True)


async def cancelled(desk: Rig, campaign_id: int) -> Cancelled:
    """A person cancels what is at the gateway."""
    async with desk.database.write() as tx:
        view = await campaigns.view(tx, campaign_id)
        assert view is not None
        return await steer.cancel(tx, view, desk.gateway.capabilities, desk.clock())


async def test_what_is_cancelled_is_called_back_once_and_then_asked_about(where: str | Path) -> None:
    async with rig(where, RECALLS) as desk:
        campaign_id = await desk.campaign(2, send_at=NOON + DAY)
        await desk.send()
        assert await cancelled(desk, campaign_id) == Cancelled(stopped=0, recalled=2, gone=0)
        desk.gateway.on_reports = saying(state=CANCELLED)
        async with at_work(desk.tracker()):
            await desk.until(lambda: desk.all_stand(CANCELLED))
        async with at_work(desk.tracker(bell := WatchedBell(desk.clock, desk.news))):
            await desk.until(lambda: napping(bell))
        ref = desk.gateway.submissions[0].ref
        assert desk.gateway.recalled == [
            [MessageRef(ref=ref, msisdn=one, gateway_ids=(f"id-{one}",)) for one in msisdns(2)]
        ]
        assert await desk.notices() == []  # a person wanted it


async def napping(bell: WatchedBell) -> bool:
    """The worker has nothing to do until somebody rings."""
    return bell.naps[-1:] == [None]


@pytest.mark.parametrize("refusal", [RequestRefused(reason=Reason.REQUEST), Unsupported()])
async def test_a_refused_recall_is_not_repeated(where: str | Path, refusal: Exception) -> None:
    async with rig(where, RECALLS) as desk:
        campaign_id = await desk.campaign(send_at=NOON + DAY)
        await desk.send()
        await cancelled(desk, campaign_id)
        desk.gateway.on_cancel = raising(refusal)
        desk.gateway.on_reports = saying(state=SENT)
        async with at_work(desk.tracker()):
            await desk.until(lambda: desk.all_stand(SENT))
        assert len(desk.gateway.recalled) == 1
        (attempt,) = await rows(desk.database, attempts)
        assert attempt.cancelled_at == NOON


async def recalled(desk: Rig, times: int) -> bool:
    return len(desk.gateway.recalled) == times


@pytest.mark.parametrize("trouble", [NotReached(), OutcomeUnknown(), Throttled(), ValueError("a bug")])
async def test_a_recall_that_failed_is_repeated_later(where: str | Path, trouble: Exception) -> None:
    async with rig(where, RECALLS) as desk:
        campaign_id = await desk.campaign(send_at=NOON + DAY)
        await desk.send()
        await cancelled(desk, campaign_id)
        desk.gateway.on_cancel = raising(trouble)
        bell = WatchedBell(desk.clock, desk.news)
        tracker = desk.tracker(bell)

        async def waits_for_the_repeat() -> bool:
            return bell.naps[-1:] == [NOON + FIRST_CHECK] and await recalled(desk, 1)

        async with at_work(tracker):
            await desk.until(waits_for_the_repeat)

            async def count(refs: object) -> int | None:
                return 1

            desk.gateway.on_cancel = count
            desk.gateway.on_reports = saying(state=CANCELLED)
            desk.clock.advance(FIRST_CHECK)
            bell.ring()
            await desk.until(lambda: desk.all_stand(CANCELLED))
            await desk.until(lambda: napping(bell))
        assert await recalled(desk, 2)


async def test_a_login_refused_at_the_recall_stops_the_account(where: str | Path) -> None:
    """Asking again and again with a refused password is what locks accounts."""
    async with rig(where, RECALLS) as desk:
        campaign_id = await desk.campaign(send_at=NOON + DAY)
        await desk.send()
        await cancelled(desk, campaign_id)
        desk.gateway.on_cancel = raising(AuthFailed())
        async with at_work(desk.tracker()):
            await desk.until(lambda: has_stopped(desk))
            assert await recalled(desk, 1)
        assert [kind for kind, _ in await desk.notices()] == ["account-stopped"]


async def test_a_recall_nobody_waits_for_any_more_keeps_nobody_awake(where: str | Path) -> None:
    """Its repeat is due, but the account stopped meanwhile: the worker sleeps until somebody rings."""
    async with rig(where, RECALLS) as desk:
        campaign_id = await desk.campaign(send_at=NOON + DAY)
        await desk.send()
        await cancelled(desk, campaign_id)
        desk.gateway.on_cancel = raising(NotReached())
        bell = WatchedBell(desk.clock, desk.news)
        async with at_work(desk.tracker(bell)):
            await desk.until(lambda: recalled(desk, 1))
            async with desk.database.write() as tx:
                await accounts.stop(tx, desk.account.id, "auth_failed")
            desk.clock.advance(HOUR)
            bell.naps.clear()
            bell.ring()
            await desk.until(lambda: napping(bell))
        assert await recalled(desk, 1)


async def test_a_repeat_that_is_due_does_not_spin_while_its_account_is_busy(where: str | Path) -> None:
    async with rig(where, RECALLS) as desk:
        campaign_id = await desk.campaign(send_at=NOON + DAY)
        await desk.send()
        await cancelled(desk, campaign_id)
        asked, go_on = asyncio.Event(), asyncio.Event()

        async def slow(_: object) -> list[Report]:
            asked.set()
            await go_on.wait()
            return []

        desk.gateway.on_cancel = raising(NotReached())
        desk.gateway.on_reports = slow
        desk.clock.advance(FIRST_CHECK)  # the check is due too
        bell = WatchedBell(desk.clock, desk.news)
        async with at_work(desk.tracker(bell)):
            await asked.wait()
            desk.clock.advance(HOUR)
            bell.naps.clear()
            bell.ring()
            await desk.until(lambda: napping(bell))
            go_on.set()


async def test_what_was_found_out_is_asked_for_by_its_kind_and_kept(where: str | Path) -> None:
    async with rig(where) as desk:
        await desk.campaign(1, kind=Kind.HLR)
        await desk.send()
        desk.gateway.on_reports = saying(state=DELIVERED, note="Beeline, roaming", entry="smsc-status-1")
        await desk.ask()
        assert [[ref.kind for ref in asked] for asked in desk.gateway.asked] == [[Kind.HLR]]
        (row,) = await rows(desk.database, messages)
        assert (row.state, row.note, row.entry) == (DELIVERED, "Beeline, roaming", "smsc-status-1")


async def test_a_message_by_the_recipients_clock_is_asked_about_until_the_last_clock_showed_it(
    where: str | Path,
) -> None:
    can = capable(by_recipient_time=True, status_horizon=HOUR)
    (msisdn,) = msisdns(1)
    clocks = {"moments": {msisdn: NOON + 2 * HOUR}, "latest": {msisdn: NOON + 17 * HOUR}}
    async with rig(where, can) as desk:
        await desk.campaign(1, send_at=NOON + 5 * HOUR, by_recipient_time=True, **clocks)
        await desk.send()
        desk.clock.now = NOON + 17 * HOUR
        await desk.ask()
        assert await desk.states() == [ACCEPTED]
        desk.clock.now = NOON + 18 * HOUR + SECOND
        await desk.ask()
        assert await desk.states() == [UNTRACKED]
