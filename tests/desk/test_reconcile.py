"""Doubts over a real ledger: what the gateway says moves them, what it does not say never does."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from desk import doubts as deciding
from desk import reconcile
from desk.clock import Bell
from desk.evidence import WATCH
from providers.errors import AuthFailed, NotReached, OutcomeUnknown
from providers.faces import Past
from providers.model import MessageRef, MessageState, Receipt, Report, Submission
from storage import accounts, campaigns, doubts, ledger
from storage.schema import attempt_messages, attempts, events, evidence, leases, messages, outbox
from storage.schema import doubts as table

from ..storage.seeds import NOON, msisdns, rows
from .rig import FIRST_CHECK, PATIENCE, TIMES, Rig, at_work, rig
from .scripted_gateway import ScriptedGateway, capable, raising, saying

S = MessageState
ABSENT: dict[str, Any] = {"state": None, "raw": "-3", "silence": True, "absent": True}
ASKED = capable(lookup_by_ref=True, absence=("report",), verdicts=False)
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def desk(where: str | Path) -> AsyncIterator[Rig]:
    """A gateway that can be asked by our own ref, and whose silence proves something in the end."""
    async with rig(where, ASKED) as made:
        yield made


async def lost(desk: Rig, count: int = 1, **changes: Any) -> int:
    """A campaign whose answer was lost, and of which the gateway knows nothing so far."""
    campaign_id = await desk.campaign(count, **changes)
    desk.gateway.on_submit = raising(OutcomeUnknown(raw="broken off"))
    desk.gateway.on_reports = saying(**ABSENT)
    await desk.send()
    assert await desk.all_stand(S.UNCERTAIN)
    return campaign_id


async def next_due(desk: Rig) -> datetime | None:
    async with desk.database.read() as tx:
        dues = [await doubts.next_check(tx), await doubts.next_reminder(tx)]
    return min((at for at in dues if at is not None), default=None)


async def ask(desk: Rig, *, at: datetime | None = None) -> None:
    """Let the reconciler do all that is next due, or due at this time."""
    due = at or await next_due(desk)
    assert due is not None, "nothing is due"
    desk.clock.now = max(due, desk.clock.now)
    recorded = Bell(desk.clock)
    reconciler = desk.reconciler()
    reconciler.on_moved = [recorded]
    async with at_work(reconciler), asyncio.timeout(PATIENCE):
        while (await next_due(desk) or NOON + WATCH * 9) <= desk.clock.now:
            await recorded.nap(None)


async def ask_until_settled(desk: Rig) -> None:
    """Rounds up to the settle time, the last one before it included."""
    while (await next_due(desk) or NOON) < NOON + TIMES.settle:
        await ask(desk)


async def doubt_of(desk: Rig) -> doubts.Doubt:
    async with desk.database.read() as tx:
        found = await doubts.get(tx, 1)
    assert found is not None
    return found


async def live(desk: Rig) -> list[bool]:
    return [row.live for row in await rows(desk.database, attempt_messages)]


async def decide(desk: Rig, decision: str) -> list[deciding.Decided] | None:
    seen = [(1, (await doubt_of(desk)).version)]
    async with desk.database.write() as tx:
        return await deciding.decide(tx, seen, decision, by="Anna", now=desk.clock())


# By evidence


async def test_absence_counts_three_times_from_the_settle_time_on(desk: Rig) -> None:
    await lost(desk)
    await ask_until_settled(desk)
    assert await desk.states() == [S.UNCERTAIN]
    for _ in range(2):
        await ask(desk)
        assert await desk.states() == [S.UNCERTAIN]
    await ask(desk)
    assert await desk.states() == [S.QUEUED]
    assert desk.clock() == NOON + TIMES.settle + 2 * TIMES.spacing
    assert await live(desk) == [False]
    told = [(row.settled, row.positive) for row in await rows(desk.database, evidence)]
    assert told == [(False, False), (True, False)]
    (event,) = [one for one in await rows(desk.database, events) if one.told == S.QUEUED]
    assert event.source == "absence"
    doubt = await doubt_of(desk)
    assert doubt.closed_at == desk.clock()
    assert doubt.decision is None


async def test_however_often_a_person_has_it_asked_absence_counts_once_in_a_while(desk: Rig) -> None:
    """Three presses of "Check again" within seconds are one answer."""
    await lost(desk)
    await ask_until_settled(desk)
    desk.clock.now = NOON + TIMES.settle
    for _ in range(4):
        async with desk.database.write() as tx:
            await doubts.ask_now(tx, [1], desk.clock())
        await ask(desk, at=desk.clock() + TIMES.spacing / 6)
    assert await desk.states() == [S.UNCERTAIN]
    (proof,) = [one for one in await rows(desk.database, evidence) if one.settled]
    assert proof.times == 1
    desk.clock.advance(TIMES.spacing)
    for _ in range(2):
        await ask(desk)
    assert await desk.states() == [S.QUEUED]


async def test_absence_is_as_old_as_the_question(desk: Rig) -> None:
    """It was asked for before the settle time and came after it."""
    await lost(desk)

    async def slow(refs: Sequence[MessageRef]) -> list[Report]:
        desk.clock.now = NOON + TIMES.settle
        return [Report(msisdn=one.msisdn, ref=one.ref, **ABSENT) for one in refs]

    desk.gateway.on_reports = slow
    await ask(desk, at=NOON + MINUTE)
    assert [one.settled for one in await rows(desk.database, evidence)] == [False]


async def test_who_has_lost_the_account_meanwhile_proves_nothing(desk: Rig) -> None:
    await lost(desk)
    desk.clock.now = NOON + TIMES.settle

    async def answer(refs: Sequence[MessageRef]) -> list[Report]:
        async with desk.database.write() as tx:
            await tx.execute(leases.update().values(owner="another", fence=leases.c.fence + 1))
        await desk.leases.keep()
        return [Report(msisdn=one.msisdn, ref=one.ref, **ABSENT) for one in refs]

    desk.gateway.on_reports = answer
    reconciler = desk.reconciler()
    async with at_work(reconciler):
        await desk.until(lambda: asked(desk))
    assert await rows(desk.database, evidence) == []


async def asked(desk: Rig) -> bool:
    return bool(desk.gateway.asked)


async def test_the_fresh_attempt_has_a_ref_of_its_own_and_forgets_the_old_ids(desk: Rig) -> None:
    await lost(desk)
    await ask_until_settled(desk)
    for _ in range(3):
        await ask(desk)
    desk.gateway.on_submit = _take_all
    await desk.send()
    assert await desk.states() == [S.ACCEPTED]
    first, second = desk.gateway.submissions
    assert first.ref != second.ref
    assert await live(desk) == [False, True]


async def _take_all(submission: Submission) -> Receipt:
    return Receipt(accepted=len(submission.sms))


@pytest.mark.parametrize("trouble", [NotReached(), OutcomeUnknown(), ValueError("a bug")])
async def test_a_gateway_that_does_not_answer_proves_nothing(desk: Rig, trouble: Exception) -> None:
    await lost(desk)
    desk.gateway.on_reports = raising(trouble)
    for minutes in (10, 12, 14, 16):
        await ask(desk, at=NOON + minutes * MINUTE)
    assert await desk.states() == [S.UNCERTAIN]
    assert await rows(desk.database, evidence) == []


@pytest.mark.parametrize("state", [S.ACCEPTED, S.SENT, S.DELIVERED, S.REJECTED])
async def test_what_is_found_is_followed_at_once(desk: Rig, state: MessageState) -> None:
    await lost(desk)
    desk.gateway.on_reports = saying(state=state)
    await ask(desk)
    assert await desk.states() == [state]
    assert await live(desk) == [True]
    assert (await doubt_of(desk)).closed_at is not None
    assert (await desk.next_check() is None) == (state in {S.DELIVERED, S.REJECTED})


async def test_a_word_nobody_knows_proves_that_it_was_taken(desk: Rig) -> None:
    await lost(desk)
    desk.gateway.on_reports = saying(state=None, raw="a new word")
    await ask(desk)
    assert await desk.states() == [S.ACCEPTED]


async def test_found_after_absence_was_told_twice_is_found(desk: Rig) -> None:
    await lost(desk)
    await ask_until_settled(desk)
    await ask(desk)
    await ask(desk)
    desk.gateway.on_reports = saying(state=S.SENT)
    await ask(desk)
    assert await desk.states() == [S.SENT]


async def test_each_message_of_a_request_is_settled_by_itself(desk: Rig) -> None:
    await lost(desk, 2)
    known, unknown = msisdns(2)

    async def answer(refs: Sequence[MessageRef]) -> list[Report]:
        said: list[dict[str, Any]] = [
            {"state": S.DELIVERED, "raw": "1"} if one.msisdn == known else ABSENT for one in refs
        ]
        return [Report(msisdn=one.msisdn, ref=one.ref, **told) for one, told in zip(refs, said, strict=True)]

    desk.gateway.on_reports = answer
    await ask_until_settled(desk)
    for _ in range(3):
        await ask(desk)
    assert await desk.states() == [S.DELIVERED, S.QUEUED]
    assert await live(desk) == [True, False]
    assert [one.msisdn for one in desk.gateway.asked[-1]] == [unknown]


async def test_while_the_gateway_has_counted_more_than_it_names_absence_proves_nothing(desk: Rig) -> None:
    """It said that it took one of two: neither may go again before that one is known."""
    await desk.campaign(2)
    desk.gateway.on_submit = _take_one
    desk.gateway.on_reports = saying(**ABSENT)
    await desk.send()
    await ask_until_settled(desk)
    for _ in range(5):
        await ask(desk)
    assert await desk.states() == [S.UNCERTAIN] * 2
    first = msisdns(1)[0]

    async def answer(refs: Sequence[MessageRef]) -> list[Report]:
        return [
            Report(msisdn=one.msisdn, ref=one.ref, state=S.SENT, raw="s")
            if one.msisdn == first
            else Report(msisdn=one.msisdn, ref=one.ref, **ABSENT)
            for one in refs
        ]

    desk.gateway.on_reports = answer
    await ask(desk)
    assert await desk.states() == [S.SENT, S.QUEUED]


async def _take_one(_: Submission) -> Receipt:
    return Receipt(accepted=1)


class WithHistory(ScriptedGateway):
    """A gateway that also keeps a history."""

    past: list[Past]
    looked = 0

    async def history(self, since: datetime, until: datetime) -> list[Past]:
        assert since < NOON < until
        self.looked += 1
        return self.past


@pytest.mark.parametrize("there", [True, False])
async def test_where_the_history_is_a_proof_it_has_the_last_word(where: str | Path, there: bool) -> None:
    both = capable(lookup_by_ref=True, absence=("report", "history"))
    async with rig(where, both) as desk:
        gateway = WithHistory(both)
        desk.switchboard._open = lambda *_: gateway
        await lost(desk)
        gateway.on_reports = saying(**ABSENT)
        (attempt,) = await rows(desk.database, attempts)
        found = Past(gateway_id=attempt.ref, at=NOON, text="", msisdn=msisdns(1)[0])
        gateway.past = [found] if there else []
        await ask_until_settled(desk)
        await ask(desk)
        await ask(desk)
        assert gateway.looked == 0
        await ask(desk)
        assert gateway.looked == 1
        assert await desk.states() == [S.ACCEPTED if there else S.QUEUED]


# What stands against sending again


async def test_too_late_it_waits_for_a_person(desk: Rig) -> None:
    await lost(desk)
    for minutes in (30, 31, 32, 33):
        await ask(desk, at=NOON + minutes * MINUTE)
    assert await desk.states() == [S.UNCERTAIN]
    assert await decide(desk, "again")
    assert await desk.states() == [S.QUEUED]


async def test_a_cancelled_campaign_is_not_sent_again(desk: Rig) -> None:
    campaign_id = await lost(desk)
    async with desk.database.write() as tx:
        await campaigns.want_cancel(tx, campaign_id, desk.clock())
    await ask_until_settled(desk)
    for _ in range(3):
        await ask(desk)
    assert await desk.states() == [S.CANCELLED]
    assert not await desk.send()


async def test_past_its_validity_it_does_not_leave(desk: Rig) -> None:
    await lost(desk, validity=timedelta(minutes=5))
    await ask_until_settled(desk)
    for _ in range(3):
        await ask(desk)
    assert await desk.states() == [S.QUEUED]
    assert not await desk.send()
    assert len(desk.gateway.submissions) == 1


async def test_of_a_stopped_account_nothing_is_asked_and_people_are_told_all_the_same(desk: Rig) -> None:
    await lost(desk)
    desk.gateway.on_reports = raising(AuthFailed(code="2"))
    await ask(desk)
    asked = len(desk.gateway.asked)
    await ask(desk)
    assert len(desk.gateway.asked) == asked
    assert [kind for kind, _ in await desk.notices()] == ["account-stopped", "doubt"]
    async with desk.database.read() as tx:
        assert (await accounts.get(tx, desk.account.id)).stopped == "auth_failed"


# By a person


@pytest.mark.parametrize(
    ("decision", "state", "alive"),
    [("sent", S.ASSUMED_SENT, True), ("given_up", S.ABANDONED, True), ("again", S.QUEUED, False)],
)
async def test_a_decision_moves_its_messages_once(
    desk: Rig, decision: str, state: MessageState, alive: bool
) -> None:
    await lost(desk, 2)
    version = (await doubt_of(desk)).version
    decided = await decide(desk, decision)
    assert decided is not None
    assert [one.count for one in decided] == [2]
    assert await desk.all_stand(state)
    assert await live(desk) == [alive, alive]
    doubt = await doubt_of(desk)
    assert (doubt.decision, doubt.decided_by) == (decision, "Anna")
    assert doubt.version > version
    assert doubt.closed_at is not None
    for other in ("sent", "given_up", "again"):
        assert await decide(desk, other) is None
    assert await desk.all_stand(state)


async def test_what_was_learnt_since_makes_a_decision_stale(desk: Rig) -> None:
    await lost(desk)
    version = (await doubt_of(desk)).version
    await ask(desk)
    async with desk.database.write() as tx:
        assert await deciding.decide(tx, [(1, version)], "again", by="Anna", now=desk.clock()) is None
    assert await desk.states() == [S.UNCERTAIN]
    again = (await doubt_of(desk)).version
    await ask(desk)
    assert (await doubt_of(desk)).version == again, "the same once more before the settle time is no news"


async def test_a_decision_on_several_is_all_or_nothing(desk: Rig) -> None:
    await lost(desk)
    await desk.campaign()
    desk.clock.advance(MINUTE)
    await desk.send()
    async with desk.database.write() as tx:
        seen = [(one.attempt_id, one.version) for one in await doubts.several(tx, [1, 2])]
    stale = [seen[0], (seen[1][0], seen[1][1] + 1)]
    async with desk.database.write() as tx:
        assert await deciding.decide(tx, stale, "sent", by="Anna", now=desk.clock()) is None
        assert await deciding.decide(tx, [], "sent", by="Anna", now=desk.clock()) is None
    assert await desk.all_stand(S.UNCERTAIN)
    async with desk.database.write() as tx:
        assert await deciding.decide(tx, seen, "sent", by="Anna", now=desk.clock()) is not None
    assert await desk.all_stand(S.ASSUMED_SENT)


# Afterwards


async def contradictions(desk: Rig) -> list[dict[str, Any]]:
    return [content for kind, content in await desk.notices() if kind == "contradiction"]


@pytest.mark.parametrize(
    ("decision", "says", "told"),
    [
        ("sent", S.DELIVERED, False),
        ("sent", S.UNDELIVERED, True),
        ("given_up", S.DELIVERED, True),
        ("given_up", S.UNDELIVERED, False),
    ],
)
async def test_what_comes_after_a_decision_is_an_event_and_told_once(
    desk: Rig, decision: str, says: MessageState, told: bool
) -> None:
    await lost(desk)
    await decide(desk, decision)
    (state,) = await desk.states()
    desk.gateway.on_reports = saying(state=says)
    await ask(desk)
    await ask(desk)
    assert await desk.states() == [state]
    assert len(await contradictions(desk)) == told
    late = [one.told for one in await rows(desk.database, events) if one.source == "late"]
    assert late == ([says] if told else [])


async def test_however_it_goes_on_a_contradiction_is_told_once(desk: Rig) -> None:
    await lost(desk)
    await decide(desk, "given_up")
    for state in (S.ACCEPTED, S.SENT, S.DELIVERED):
        desk.gateway.on_reports = saying(state=state)
        await ask(desk)
    assert [one["says"] for one in await contradictions(desk)] == [S.ACCEPTED]


@pytest.mark.parametrize("state", [S.ACCEPTED, S.SENT, S.DELIVERED])
async def test_a_second_attempt_that_has_not_left_is_kept_from_leaving(
    desk: Rig, state: MessageState
) -> None:
    """What was sent shows so, and goes on from there under its first attempt."""
    await lost(desk)
    await decide(desk, "again")
    desk.gateway.on_reports = saying(state=state)
    await ask(desk)
    assert await desk.states() == [state]
    assert await live(desk) == [True]
    (message,) = await rows(desk.database, messages)
    (attempt,) = await rows(desk.database, attempts)
    assert message.ref == attempt.ref
    assert (await desk.next_check() is None) == (state == S.DELIVERED)
    assert not await desk.send()
    assert [one["stopped"] for one in await contradictions(desk)] == [True]


async def test_what_a_push_says_of_the_first_attempt_keeps_the_second_from_leaving(desk: Rig) -> None:
    await lost(desk)
    await decide(desk, "again")
    await push_of_the_first(desk)
    assert await desk.states() == [S.DELIVERED]
    assert not await desk.send()


async def test_a_proof_that_comes_while_the_second_is_on_the_wire_keeps_a_third_from_leaving(
    desk: Rig,
) -> None:
    """The second proves not to have left: it goes on as what the first has sent."""
    await lost(desk)
    await decide(desk, "again")

    async def meanwhile(_: Submission) -> Receipt:
        await push_of_the_first(desk)
        raise NotReached(raw="refused")

    desk.gateway.on_submit = meanwhile
    await desk.send()
    assert await desk.states() == [S.ACCEPTED]
    assert await live(desk) == [True, False]
    assert await desk.next_check() is not None
    (message,) = await rows(desk.database, messages)
    assert message.ref == desk.gateway.submissions[0].ref
    desk.clock.advance(MINUTE)
    assert not await desk.send()
    assert len(await contradictions(desk)) == 1


async def test_the_same_where_the_second_is_nowhere_to_be_found(desk: Rig) -> None:
    await lost(desk)
    await decide(desk, "again")

    async def meanwhile(_: Submission) -> Receipt:
        await push_of_the_first(desk)
        raise OutcomeUnknown(raw="broken off")

    desk.gateway.on_submit = meanwhile
    await desk.send()
    assert await desk.states() == [S.UNCERTAIN]
    async with desk.database.read() as tx:
        second = await doubts.get(tx, 2)
    assert second is not None
    async with desk.database.write() as tx:
        await deciding.decide(tx, [(2, second.version)], "again", by="Anna", now=desk.clock())
    assert await desk.states() == [S.ACCEPTED]
    assert await live(desk) == [True, False]


@pytest.mark.parametrize("says", ["delivered", "undelivered"])
async def test_the_claim_itself_takes_nothing_that_is_proved_to_have_been_sent(desk: Rig, says: str) -> None:
    """However it came to be queued. What was sent and did not arrive may be sent again."""
    await lost(desk)
    await decide(desk, "again")
    async with desk.database.write() as tx:
        await doubts.learn(tx, 1, 1, source="push", says=says, positive=True, settled=False, now=desk.clock())
    assert await desk.send() == (says == "undelivered")
    assert len(desk.gateway.submissions) == 1 + (says == "undelivered")


async def test_what_was_told_already_still_keeps_it_from_leaving(desk: Rig) -> None:
    await lost(desk)
    await decide(desk, "again")
    async with desk.database.write() as tx:
        await doubts.learn(
            tx, 1, 1, source="push", says="delivered", positive=True, settled=False, now=desk.clock()
        )
    await push_of_the_first(desk)
    assert await desk.states() == [S.DELIVERED]
    assert await contradictions(desk) == []


async def push_of_the_first(desk: Rig) -> None:
    """Its gateway says by itself that it has delivered what the first attempt sent."""
    first = desk.gateway.submissions[0]
    report = Report(msisdn=first.sms[0].msisdn, ref=first.ref, state=S.DELIVERED, raw="1")
    async with desk.database.write() as tx:
        assert await reconcile.take_late_push(tx, desk.account.id, (first.ref,), report, desk.clock())


async def test_one_that_has_left_is_told_and_keeps_its_own_state(desk: Rig) -> None:
    await lost(desk)
    await decide(desk, "again")
    desk.gateway.on_submit = _take_all
    await desk.send()
    first, second = desk.gateway.submissions

    async def answer(refs: Sequence[MessageRef]) -> list[Report]:
        return [
            Report(msisdn=one.msisdn, ref=one.ref, state=S.DELIVERED, raw="d")
            for one in refs
            if one.ref == first.ref
        ]

    desk.gateway.on_reports = answer
    await ask(desk)
    assert await desk.states() == [S.ACCEPTED], "that was another attempt"
    assert [one["stopped"] for one in await contradictions(desk)] == [False]
    assert second.ref != first.ref


async def test_watching_ends(desk: Rig) -> None:
    await lost(desk)
    await decide(desk, "given_up")
    await ask(desk, at=NOON + WATCH + MINUTE)
    assert await next_due(desk) is None


# Showing it


async def test_where_nobody_can_be_asked_people_are_told_at_once(where: str | Path) -> None:
    async with rig(where, capable(lookup_by_ref=False)) as desk:
        await desk.campaign()
        desk.gateway.on_submit = raising(OutcomeUnknown())
        await desk.send()
        assert await desk.notices() == [("doubt", {"attempt_ids": [1], "again": False})]
        await ask(desk)  # which sets the reminder
        assert await next_due(desk) == NOON + TIMES.remind
        assert desk.gateway.asked == []


async def test_where_the_gateway_is_asked_people_are_told_when_that_has_not_ended_it(desk: Rig) -> None:
    await lost(desk)
    assert await next_due(desk) == NOON + FIRST_CHECK
    while desk.clock() < NOON + TIMES.settle / 2:
        assert await desk.notices() == []
        await ask(desk)
    assert await desk.notices() == [("doubt", {"attempt_ids": [1], "again": False})]


async def test_many_doubts_of_a_campaign_are_one_card(desk: Rig) -> None:
    await lost(desk, 5)
    async with desk.database.write() as tx:
        await tx.execute(outbox.delete())
        await tx.execute(table.update().values(remind_at=None))
        for number in range(2, 6):
            await tx.execute(
                attempts.insert().values(
                    id=number, account_id=1, campaign_id=1, ref=f"r-{number}", started_at=NOON
                )
            )
            await tx.execute(
                table.insert().values(
                    attempt_id=number, campaign_id=1, account_id=1, opened_at=NOON, version=1, remind_at=NOON
                )
            )
    await ask(desk, at=NOON)
    assert await desk.notices() == [("doubt", {"attempt_ids": [1, 2, 3, 4, 5], "again": False})]


async def test_the_ledger_keeps_what_is_not_followed(desk: Rig) -> None:
    await lost(desk)
    async with desk.database.write() as tx:
        await ledger.note(tx, 1, told="delivered", raw="1", source="late", now=NOON)
    kept = (await rows(desk.database, events, events.c.source == "late"))[0]
    assert (kept.was, kept.told, kept.moved) == ("uncertain", "delivered", False)
    assert await desk.states() == [S.UNCERTAIN]


async def test_what_was_uncertain_before_this_version_becomes_a_doubt(desk: Rig) -> None:
    """The words of the migration, run on a ledger of before."""
    await lost(desk)
    async with desk.database.write() as tx:
        await tx.execute(table.delete())
        await tx.execute(attempt_messages.update().values(in_doubt=False))
        await tx.execute(messages.update().values(check_at=NOON))
        await tx.run_sync(_migrate)
    doubt = await doubt_of(desk)
    assert doubt.opened_at == NOON
    assert await desk.next_check() is None
    await ask_until_settled(desk)
    for _ in range(3):
        await ask(desk)
    assert await desk.states() == [S.QUEUED]


def _migrate(connection: sa.Connection) -> None:
    import importlib

    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    migration = importlib.import_module("storage.migrations.versions.0010_doubts_and_their_evidence")
    with Operations.context(MigrationContext.configure(connection)):
        migration._make_doubts_of_what_is_uncertain()
