"""From the ledger to the gateway, once: what each answer and each error means, and what no fault may do."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from desk import steer
from desk.submit import LONGEST_RETRY, Ending, new_ref, of_error, of_receipt
from providers import errors
from providers.errors import (
    AccountBlocked,
    AccountStopped,
    AuthFailed,
    Forged,
    GatewayError,
    InsufficientFunds,
    NotReached,
    OutcomeUnknown,
    RequestRefused,
    Throttled,
    Unsupported,
)
from providers.model import Kind, MessageState, Reason, Receipt, Submission, Verdict
from storage import accounts, campaigns, doubts, queues
from storage.queues import Claim, Claimed
from storage.schema import attempt_messages, attempts, messages, outbox
from storage.schema import campaigns as campaigns_table

from ..storage.seeds import CHAT, NOON, SECRETS, VAULT, msisdns, rows
from .rig import FIRST_CHECK, LATE, RETRY, Rig, at_work, rig
from .scripted_gateway import capable, raising, take, taken

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
QUEUED, SUBMITTING, ACCEPTED = MessageState.QUEUED, MessageState.SUBMITTING, MessageState.ACCEPTED
UNCERTAIN, REJECTED, EXPIRED = MessageState.UNCERTAIN, MessageState.REJECTED, MessageState.EXPIRED


def claim(count: int = 1, *, tries: int = 1) -> Claim:
    return Claim(
        attempt_id=1,
        account_id=1,
        campaign_id=1,
        ref="r-1",
        messages=tuple(
            Claimed(id=number, msisdn=msisdn, tries=tries, text="Your order is ready")
            for number, msisdn in enumerate(msisdns(count), start=1)
        ),
        sender_id=None,
        kind=Kind.SMS,
        send_at=None,
        by_recipient_time=False,
        validity=None,
        not_after=None,
    )


def verdict(number: int, state: MessageState = ACCEPTED, *ids: str) -> Verdict:
    return Verdict(msisdn=msisdns(9)[number - 1], state=state, gateway_ids=ids)


def told(ending: Ending) -> list[MessageState | None]:
    return [change.to for change in ending.changes]


# What an answer means


def test_each_verdict_is_for_its_number() -> None:
    refused = Verdict(msisdn=msisdns(2)[1], state=REJECTED, code="6", reason=Reason.RECIPIENT)
    ending = of_receipt(claim(2), Receipt(verdicts=(refused, verdict(1, ACCEPTED, "7", "8"))))
    first, second = ending.changes
    assert (first.to, first.gateway_ids, first.reason) == (ACCEPTED, ("7", "8"), None)
    assert (second.to, second.code, second.reason) == (REJECTED, "6", Reason.RECIPIENT)
    assert (ending.outcome, ending.live) == ("accepted", True)


def test_the_id_of_a_batch_stands_for_each_of_it() -> None:
    receipt = Receipt(gateway_id="b-1", verdicts=(verdict(1), verdict(2, ACCEPTED, "own")))
    assert [one.gateway_ids for one in of_receipt(claim(2), receipt).changes] == [("b-1",), ("own",)]


def test_a_count_of_all_accepts_all() -> None:
    ending = of_receipt(claim(3), Receipt(gateway_id="b-1", accepted=3))
    assert told(ending) == [ACCEPTED] * 3
    assert {one.gateway_ids for one in ending.changes} == {("b-1",)}
    assert ending.outcome == "accepted"


@pytest.mark.parametrize(
    ("receipt", "said"),
    [
        (Receipt(accepted=2), "2 of 3 numbers taken"),
        (Receipt(accepted=4), "4 of 3 numbers taken"),
        (Receipt(accepted=0), "0 of 3 numbers taken"),
        (Receipt(), "None of 3 numbers taken"),
        (Receipt(accepted=2, unmapped_ids=("1", "2")), "2 ids for 3 numbers"),
    ],
)
def test_a_count_that_does_not_fit_makes_all_uncertain(receipt: Receipt, said: str) -> None:
    ending = of_receipt(claim(3), receipt)
    assert told(ending) == [UNCERTAIN] * 3
    assert {(one.reason, one.raw) for one in ending.changes} == {(Reason.COUNT_MISMATCH, said)}
    assert (ending.outcome, ending.live) == ("counted", True)


def test_a_number_the_answer_does_not_name_is_uncertain() -> None:
    ending = of_receipt(claim(3), Receipt(verdicts=(verdict(1), verdict(3, REJECTED)), accepted=3))
    assert told(ending) == [ACCEPTED, UNCERTAIN, REJECTED]
    assert ending.live


def test_a_verdict_of_a_stranger_helps_nobody() -> None:
    assert told(of_receipt(claim(1), Receipt(verdicts=(verdict(5),)))) == [UNCERTAIN]


# What an error means


def family(root: type[GatewayError]) -> Iterator[type[GatewayError]]:
    yield root
    for child in root.__subclasses__():
        yield from family(child)


def make(kind: type[GatewayError]) -> GatewayError:
    if issubclass(kind, RequestRefused):
        return kind(code="7", raw="no", reason=Reason.TEXT)
    return kind(code="7", raw="no")


MEANS = {
    GatewayError: (UNCERTAIN, "unknown", True),
    OutcomeUnknown: (UNCERTAIN, "unknown", True),
    NotReached: (QUEUED, "not_sent", False),
    Throttled: (QUEUED, "not_sent", False),
    AccountStopped: (QUEUED, "not_sent", False),
    AuthFailed: (QUEUED, "not_sent", False),
    InsufficientFunds: (QUEUED, "not_sent", False),
    AccountBlocked: (QUEUED, "not_sent", False),
    RequestRefused: (REJECTED, "refused", False),
    Unsupported: (REJECTED, "refused", False),
    Forged: (UNCERTAIN, "unknown", True),  # no submission raises it
}


def test_every_error_has_a_meaning() -> None:
    assert {one for one in family(GatewayError) if one.__module__ == errors.__name__} == set(MEANS)


@pytest.mark.parametrize("kind", MEANS)
def test_what_an_error_means(kind: type[GatewayError]) -> None:
    error = make(kind)
    ending = of_error(claim(2), error, retry=RETRY, now=NOON)
    state, outcome, live = MEANS[kind]
    assert told(ending) == [state] * 2
    assert (ending.outcome, ending.live) == (outcome, live)
    assert {(one.code, one.raw, one.reason) for one in ending.changes} == {("7", "no", error.reason)}
    assert ending.stops is (error if issubclass(kind, AccountStopped) else None)
    assert not any(one.alone for one in ending.changes)


def test_an_error_nobody_thought_of_is_uncertain() -> None:
    class Unheard(GatewayError):
        kind = "unheard"

    ending = of_error(claim(2), Unheard(), retry=RETRY, now=NOON)
    assert told(ending) == [UNCERTAIN] * 2
    assert ending.live


def test_a_batch_refused_for_a_number_goes_one_by_one() -> None:
    refusal = RequestRefused(reason=Reason.RECIPIENT, field="msisdn")
    ending = of_error(claim(3), refusal, retry=RETRY, now=NOON)
    assert told(ending) == [QUEUED] * 3
    assert all(one.alone and one.due_at == NOON for one in ending.changes)
    assert not ending.live


@pytest.mark.parametrize(("count", "field"), [(1, "msisdn"), (3, "text"), (3, "sender_id"), (3, None)])
def test_a_refusal_for_anything_else_ends_all(count: int, field: str | None) -> None:
    refusal = RequestRefused(reason=Reason.TEXT, field=field)
    assert told(of_error(claim(count), refusal, retry=RETRY, now=NOON)) == [REJECTED] * count


@pytest.mark.parametrize("error", [NotReached(), Throttled()])
def test_each_pause_is_twice_the_one_before_up_to_the_longest(error: GatewayError) -> None:
    pauses = []
    for tries in (1, 2, 3, 7, 8, 50, 10_000):
        (change,) = of_error(claim(tries=tries), error, retry=RETRY, now=NOON).changes
        assert change.due_at is not None
        pauses.append(change.due_at - NOON)
    assert pauses == [RETRY, 2 * RETRY, 4 * RETRY, 64 * RETRY, LONGEST_RETRY, LONGEST_RETRY, LONGEST_RETRY]


def test_a_gateway_that_names_the_pause_is_obeyed() -> None:
    (change,) = of_error(claim(), Throttled(retry_after=HOUR), retry=RETRY, now=NOON).changes
    assert change.due_at == NOON + HOUR


def test_references_are_fresh_and_fit_every_gateway() -> None:
    refs = {new_ref() for _ in range(500)}
    assert len(refs) == 500
    assert {len(ref) for ref in refs} == {20}
    assert set("".join(refs)) == set("abcdefghijklmnopqrstuvwxyz234567")


# One request over a real ledger


async def test_what_was_taken_is_accepted_and_followed(desk: Rig) -> None:
    await desk.campaign(2, validity=HOUR)

    async def look_and_take(submission: Submission) -> Receipt:
        (attempt,) = await rows(desk.database, attempts)  # before the wire it is in the ledger
        assert attempt.ref == submission.ref
        assert await desk.states() == [SUBMITTING] * 2
        return Receipt(verdicts=taken(submission).verdicts, gateway_id="b-1", cost=Decimal("5.00"))

    desk.gateway.on_submit = look_and_take
    assert await desk.send()
    assert not await desk.send()
    (submission,) = desk.gateway.submissions
    assert [(one.msisdn, one.text) for one in submission.sms] == [
        (msisdn, "Your order is ready") for msisdn in msisdns(2)
    ]
    assert (submission.sender_id, submission.validity, submission.send_at) == ("ACME", HOUR, None)
    assert await desk.states() == [ACCEPTED] * 2
    (attempt,) = await rows(desk.database, attempts)
    assert (attempt.outcome, attempt.gateway_id, attempt.cost) == ("accepted", "b-1", Decimal("5.00"))
    assert await desk.next_check() == NOON + FIRST_CHECK
    assert await desk.notices() == []


async def test_one_refused_number_is_told_and_the_others_go(desk: Rig) -> None:
    await desk.campaign(3)

    async def refuse_one(submission: Submission) -> Receipt:
        first, second, third = taken(submission).verdicts
        refused = Verdict(msisdn=second.msisdn, state=REJECTED, reason=Reason.RECIPIENT)
        return Receipt(verdicts=(first, refused, third))

    desk.gateway.on_submit = refuse_one
    await desk.send()
    assert await desk.states() == [ACCEPTED, REJECTED, ACCEPTED]
    refused = (await rows(desk.database, messages))[1]
    assert (refused.reason, refused.check_at) == (Reason.RECIPIENT, None)
    assert await desk.notices() == [("failed", {"message_ids": [refused.id]})]


async def test_a_batch_with_one_bad_number_loses_only_that_one(desk: Rig) -> None:
    await desk.campaign(4)
    bad = msisdns(4)[2]

    async def refuse_whole(submission: Submission) -> Receipt:
        if bad in {sms.msisdn for sms in submission.sms}:
            raise RequestRefused(reason=Reason.RECIPIENT, field="msisdn")
        return taken(submission)

    desk.gateway.on_submit = refuse_whole
    while await desk.send():
        pass
    assert await desk.states() == [ACCEPTED, ACCEPTED, REJECTED, ACCEPTED]
    assert [len(one.sms) for one in desk.gateway.submissions] == [4, 1, 1, 1, 1]
    assert len({one.ref for one in desk.gateway.submissions}) == 5


@pytest.mark.parametrize(
    "fault", [OutcomeUnknown(raw="HTTP 500"), GatewayError(), ValueError("a bug"), KeyError()]
)
async def test_a_lost_answer_is_never_sent_again(desk: Rig, fault: Exception) -> None:
    await desk.campaign(2)
    desk.gateway.on_submit = raising(fault)
    assert await desk.send()
    assert await desk.states() == [UNCERTAIN] * 2
    desk.clock.advance(timedelta(days=30))
    await desk.recover()
    assert not await desk.send()
    assert len(desk.gateway.submissions) == 1
    assert [row.live for row in await rows(desk.database, attempt_messages)] == [True, True]
    assert [kind for kind, _ in await desk.notices()] == ["doubt"]
    assert await desk.next_check() is None  # this gateway cannot be asked


async def test_a_cancel_while_sending_leaves_uncertain(desk: Rig) -> None:
    await desk.campaign()
    sending = asyncio.Event()

    async def hang(_: Submission) -> Receipt:
        sending.set()
        await asyncio.Event().wait()
        raise AssertionError

    desk.gateway.on_submit = hang
    task = asyncio.create_task(desk.send())
    await sending.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await desk.states() == [UNCERTAIN]
    (attempt,) = await rows(desk.database, attempts)
    assert (attempt.outcome, attempt.ended_at) == ("unknown", NOON)
    assert [row.live for row in await rows(desk.database, attempt_messages)] == [True]


async def test_a_cancel_after_the_answer_does_not_lose_it(desk: Rig) -> None:
    await desk.campaign()
    answered = asyncio.Event()

    async def answer(submission: Submission) -> Receipt:
        answered.set()
        return taken(submission)

    desk.gateway.on_submit = answer
    async with desk.database.write():  # nobody can write: the settlement has to wait
        task = asyncio.create_task(desk.send())
        await asyncio.sleep(0)
        assert not answered.is_set()
    await answered.wait()
    async with desk.database.write():
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    await desk.until(lambda: desk.all_stand(ACCEPTED))


async def test_a_date_is_handed_over_where_it_can_be_called_back(where: str | Path) -> None:
    async with rig(where, capable(send_at=True, cancel=True)) as desk:
        await desk.campaign(send_at=NOON + HOUR)
        await desk.send()
        await desk.campaign(send_at=NOON)  # its time has come: at once
        await desk.send()
        assert [one.send_at for one in desk.gateway.submissions] == [NOON + HOUR, None]


async def test_recovery_asks_where_the_gateway_can_be_asked_and_keeps_quiet(where: str | Path) -> None:
    async with rig(where, capable(lookup_by_ref=True)) as desk:
        await desk.campaign()
        async with desk.database.write() as tx:
            assert await queues.claim(tx, desk.account.id, limit=1, ref="r-1", now=NOON) is not None
        await desk.recover()
        assert await desk.states() == [UNCERTAIN]
        assert await desk.notices() == []
        assert await desk.next_check() is None
        async with desk.database.read() as tx:
            assert await doubts.next_check(tx) == NOON + FIRST_CHECK


@pytest.mark.parametrize("state", [SUBMITTING, *sorted(set(MessageState) - {SUBMITTING})])
async def test_recovery_makes_uncertain_what_was_on_the_wire_and_nothing_else(
    where: str | Path, state: MessageState
) -> None:
    async with rig(where, capable(lookup_by_ref=False)) as desk:
        await _recovers(desk, state)


async def _recovers(desk: Rig, state: MessageState) -> None:
    await desk.campaign()
    async with desk.database.write() as tx:
        got = await queues.claim(tx, desk.account.id, limit=1, ref="r-1", now=NOON)
        assert got is not None
        await tx.execute(messages.update().values(state=state))
    desk.clock.advance(HOUR)
    await desk.recover()
    await desk.recover()
    lost = state == SUBMITTING
    assert await desk.states() == [UNCERTAIN if lost else state]
    assert [kind for kind, _ in await desk.notices()] == (["doubt"] if lost else [])
    (attempt,) = await rows(desk.database, attempts)
    assert attempt.outcome == ("unknown" if lost else None)
    assert [row.live for row in await rows(desk.database, attempt_messages)] == [True]
    assert await desk.next_check() is None  # this gateway cannot be asked by our ref


async def test_a_hanging_request_leaves_the_other_lanes_free(where: str | Path) -> None:
    """One lost answer holds up nobody: its account has other lanes."""
    async with rig(where, capable(in_flight=2)) as desk:
        answers = asyncio.Event()

        async def only_the_first_hangs(submission: Submission) -> Receipt:
            if len(desk.gateway.submissions) == 1:
                await answers.wait()
            return taken(submission)

        desk.gateway.on_submit = only_the_first_hangs

        async def second_is_through() -> bool:
            return await desk.states() == [SUBMITTING, ACCEPTED]

        worker = desk.submitter()
        async with at_work(worker):
            await desk.campaign()
            worker.bell.ring()
            await desk.until(lambda: desk.all_stand(SUBMITTING))
            await desk.campaign()
            worker.bell.ring()
            await desk.until(second_is_through)
            answers.set()
            await desk.until(lambda: desk.all_stand(ACCEPTED))


async def test_what_comes_back_to_a_cancelled_campaign_is_not_sent(where: str | Path) -> None:
    """✖ while the request is on its way: a failed connect must not bring the message back to life."""
    async with rig(where, capable()) as desk:
        campaign_id = await desk.campaign()

        async def cancelled_meanwhile(submission: Submission) -> Receipt:
            async with desk.database.write() as tx:
                view = await campaigns.view(tx, campaign_id)
                assert view is not None
                assert (await steer.cancel(tx, view, desk.gateway.capabilities, NOON)).leaving == 1
            raise NotReached

        desk.gateway.on_submit = cancelled_meanwhile
        await desk.send()
        assert await desk.states() == [MessageState.CANCELLED]
        desk.clock.advance(HOUR)
        assert not await desk.send()


async def test_a_throttle_makes_the_whole_account_wait(where: str | Path) -> None:
    async with rig(where, capable(batch_max=1)) as desk:
        desk.gateway.on_submit = raising(Throttled(retry_after=MINUTE))
        worker = desk.submitter()

        async def asked_once_and_back() -> bool:
            return len(desk.gateway.submissions) == 1 and await desk.all_stand(QUEUED)

        async with at_work(worker):
            await desk.campaign(count=3)
            worker.bell.ring()
            await desk.until(asked_once_and_back)
            desk.gateway.on_submit = take
            worker.bell.ring()
            await desk.until(asked_once_and_back)
            desk.clock.advance(MINUTE)
            worker.bell.ring()
            await desk.until(lambda: desk.all_stand(ACCEPTED))


# The worker


async def tries(desk: Rig) -> list[int]:
    return [row.tries for row in await rows(desk.database, messages)]


async def test_what_never_left_is_tried_again_later(desk: Rig) -> None:
    await desk.campaign(2)
    desk.gateway.on_submit = raising(NotReached())
    submitter = desk.submitter()

    async def back_in_the_queue() -> bool:
        return len(desk.gateway.submissions) == 1 and await desk.all_stand(QUEUED)

    async with at_work(submitter):
        await desk.until(back_in_the_queue)
        desk.clock.advance(RETRY - SECOND)
        assert not await desk.send()
        desk.gateway.on_submit = take
        desk.clock.advance(SECOND)
        submitter.bell.ring()
        await desk.until(lambda: desk.all_stand(ACCEPTED))
    first, second = desk.gateway.submissions
    assert first.ref != second.ref
    assert await tries(desk) == [2, 2]
    assert await desk.notices() == []


async def test_a_stopped_account_tells_each_of_its_chats_once(desk: Rig) -> None:
    async with desk.database.write() as tx:
        await accounts.allow_chats(tx, desk.account.id, [CHAT, CHAT - 1])
    await desk.campaign(3)
    await desk.campaign(2)
    desk.gateway.on_submit = raising(InsufficientFunds(code="3"))
    submitter = desk.submitter()

    async def stopped() -> bool:
        async with desk.database.read() as tx:
            return (await accounts.get(tx, desk.account.id)).stopped is not None

    async with at_work(submitter):
        await desk.until(stopped)
        for _ in range(3):
            desk.clock.advance(HOUR)
            submitter.bell.ring()
            assert not await desk.send()
    assert len(desk.gateway.submissions) == 1
    assert await desk.all_stand(QUEUED)
    notices = [one for one in await rows(desk.database, outbox) if one.kind == "account-stopped"]
    assert {(one.chat_id, one.content["waiting"]) for one in notices} == {(CHAT, 5), (CHAT - 1, 0)}
    assert len(notices) == 2
    assert {(one.content["kind"], one.content["code"]) for one in notices} == {("insufficient_funds", "3")}


async def test_a_resumed_account_sends_what_waited(desk: Rig) -> None:
    await desk.campaign()
    async with desk.database.write() as tx:
        await accounts.stop(tx, desk.account.id, "auth_failed")
    submitter = desk.submitter()
    async with at_work(submitter):
        async with desk.database.write() as tx:
            await steer.resume(tx, desk.account.id, NOON)
        submitter.bell.ring()
        await desk.until(lambda: desk.all_stand(ACCEPTED))
    assert len(desk.gateway.submissions) == 1


async def test_a_refusal_of_an_old_password_does_not_stop_the_new_one(desk: Rig) -> None:
    """A person connects again while a request with the old password is under way."""
    await desk.campaign()

    async def refuse_late(_: Submission) -> Receipt:
        async with desk.database.write() as tx:
            await accounts.replace_secrets(tx, desk.account.id, SECRETS, VAULT)
        raise AuthFailed(code="2")

    desk.gateway.on_submit = refuse_late
    assert await desk.send()
    assert await desk.all_stand(QUEUED)
    assert await desk.notices() == []
    async with desk.database.read() as tx:
        fresh = await accounts.get(tx, desk.account.id)
    assert fresh.stopped is None

    desk.gateway.on_submit = raising(AuthFailed(code="2"))
    assert await desk.submitter().send_next(fresh, desk.gateway)
    async with desk.database.read() as tx:
        assert (await accounts.get(tx, desk.account.id)).stopped == "auth_failed"


async def test_what_outlived_its_validity_does_not_leave(desk: Rig) -> None:
    await desk.campaign(2, validity=MINUTE)
    desk.clock.advance(MINUTE)
    async with at_work(desk.submitter()):
        await desk.until(lambda: desk.all_stand(EXPIRED))
    assert desk.gateway.submissions == []
    written = await rows(desk.database, messages)
    assert {row.reason for row in written} == {Reason.EXPIRED}
    assert await desk.notices() == [("failed", {"message_ids": [row.id for row in written]})]


async def test_what_missed_its_time_asks_before_it_goes(desk: Rig) -> None:
    campaign_id = await desk.campaign(send_at=NOON)
    desk.clock.advance(LATE + SECOND)
    submitter = desk.submitter()

    async def held() -> bool:
        return [row.held for row in await rows(desk.database, campaigns_table)] == ["late"]

    async with at_work(submitter):
        await desk.until(held)
        assert await desk.notices() == [("late", {"campaign_id": campaign_id})]
        assert not await desk.send()
        async with desk.database.write() as tx:
            assert await steer.release(tx, campaign_id, desk.clock())
        submitter.bell.ring()
        await desk.until(lambda: desk.all_stand(ACCEPTED))
    assert await desk.notices() == [("late", {"campaign_id": campaign_id})]


async def test_a_little_late_is_in_time(desk: Rig) -> None:
    await desk.campaign(send_at=NOON)
    desk.clock.advance(LATE)
    async with at_work(desk.submitter()):
        await desk.until(lambda: desk.all_stand(ACCEPTED))
    assert await desk.notices() == []


async def test_what_is_cancelled_in_the_queue_never_leaves(desk: Rig) -> None:
    await desk.campaign(2)
    async with desk.database.write() as tx:
        view = await campaigns.view(tx, 1)
        assert view is not None
        await steer.cancel(tx, view, desk.gateway.capabilities, NOON)
    assert not await desk.send()
    assert await desk.all_stand(MessageState.CANCELLED)


async def test_stopping_waits_for_what_is_on_the_wire(desk: Rig) -> None:
    await desk.campaign(3)
    desk.gateway.capabilities = capable(batch_max=1)
    sending, go_on = asyncio.Event(), asyncio.Event()

    async def slow(submission: Submission) -> Receipt:
        sending.set()
        await go_on.wait()
        return taken(submission)

    desk.gateway.on_submit = slow
    submitter = desk.submitter()
    running = asyncio.create_task(submitter.run())
    await sending.wait()
    submitter.stop()
    go_on.set()
    await asyncio.wait_for(running, 10)
    assert await desk.states() == [ACCEPTED, QUEUED, QUEUED]


async def test_a_thousand_messages_leave_once_each(where: str | Path) -> None:
    batch, lanes = 7, 3
    async with rig(where, capable(batch_max=batch, in_flight=lanes)) as desk:
        await desk.campaign(1000)
        together = asyncio.Barrier(lanes)

        async def take_together(submission: Submission) -> Receipt:
            if len(desk.gateway.submissions) <= lanes:
                await together.wait()
            return taken(submission)

        async def all_taken() -> bool:
            return len(desk.gateway.submissions) >= 143 and await desk.all_stand(ACCEPTED)

        desk.gateway.on_submit = take_together
        async with at_work(desk.submitter()):
            await desk.until(all_taken)
        sent = Counter(sms.msisdn for one in desk.gateway.submissions for sms in one.sms)
        assert sent == Counter(msisdns(1000))
        assert max(len(one.sms) for one in desk.gateway.submissions) == batch
        assert len({one.ref for one in desk.gateway.submissions}) == len(desk.gateway.submissions) == 143
        assert desk.gateway.most_at_once == lanes


# By the recipients' clocks


def by_clocks(count: int = 2, *, apart: timedelta = HOUR, **changes: Any) -> dict[str, Any]:
    """A campaign whose messages leave an hour from noon, and so much later each."""
    moments = {msisdn: NOON + HOUR + place * apart for place, msisdn in enumerate(msisdns(count))}
    return {"send_at": NOON + HOUR, "moments": moments} | changes


async def test_each_message_leaves_at_its_own_moment(where: str | Path) -> None:
    async with rig(where) as desk:
        await desk.campaign(2, **by_clocks())
        assert not await desk.send()
        desk.clock.now = NOON + HOUR
        assert await desk.send()
        assert not await desk.send()
        assert await desk.states() == [ACCEPTED, QUEUED]
        desk.clock.now += HOUR
        assert await desk.send()
        assert [one.send_at for one in desk.gateway.submissions] == [None, None]
        assert await desk.states() == [ACCEPTED, ACCEPTED]


async def test_only_the_messages_that_missed_their_moment_are_held(where: str | Path) -> None:
    async with rig(where) as desk:
        campaign_id = await desk.campaign(3, **by_clocks(3))
        desk.clock.now = NOON + 2 * HOUR + LATE + SECOND  # two of the three are too late by then
        async with at_work(desk.submitter()):
            await desk.until(lambda: _said(desk, "late"))
        assert not desk.gateway.submissions
        assert await desk.notices() == [("late", {"campaign_id": campaign_id})]
        async with desk.database.read() as tx:
            view = await campaigns.view(tx, campaign_id)
        assert view is not None
        assert (view.held, view.missed) == ("late", 2)

        desk.clock.now = NOON + 3 * HOUR  # the third goes at its moment, whatever becomes of the others
        assert await desk.send()
        assert not await desk.send()
        assert await desk.states() == [QUEUED, QUEUED, ACCEPTED]
        async with desk.database.write() as tx:
            assert await steer.release(tx, campaign_id, desk.clock())
        async with at_work(desk.submitter()):
            await desk.until(lambda: desk.all_stand(ACCEPTED))
        assert len(await desk.notices()) == 1


async def _said(desk: Rig, kind: str) -> bool:
    return kind in [said for said, _ in await desk.notices()]


async def test_held_messages_are_cancelled_with_their_campaign(where: str | Path) -> None:
    async with rig(where) as desk:
        campaign_id = await desk.campaign(2, **by_clocks())
        desk.clock.now = NOON + HOUR + LATE + SECOND
        async with at_work(desk.submitter()):
            await desk.until(lambda: _said(desk, "late"))
        async with desk.database.write() as tx:
            view = await campaigns.view(tx, campaign_id)
            assert view is not None
            await steer.cancel(tx, view, desk.gateway.capabilities, desk.clock())
        assert await desk.all_stand(MessageState.CANCELLED)
        desk.clock.now += 3 * HOUR
        assert not await desk.send()


async def test_each_messages_validity_period_begins_at_its_own_moment(where: str | Path) -> None:
    async with rig(where) as desk:
        await desk.campaign(2, **by_clocks(apart=3 * HOUR, validity=HOUR))
        desk.clock.now = NOON + 2 * HOUR + SECOND
        async with at_work(desk.submitter()):
            await desk.until(lambda: _expired(desk))
        assert await desk.states() == [EXPIRED, QUEUED]
        desk.clock.now = NOON + 4 * HOUR + 10 * MINUTE
        assert await desk.send()
        assert [one.validity for one in desk.gateway.submissions] == [50 * MINUTE]


async def _expired(desk: Rig) -> bool:
    return EXPIRED in await desk.states()


async def test_a_gateway_that_knows_the_clocks_gets_all_at_once(where: str | Path) -> None:
    wall = NOON + 3 * HOUR
    async with rig(where, capable(by_recipient_time=True)) as desk:
        await desk.campaign(2, **by_clocks(send_at=wall, by_recipient_time=True))
        assert await desk.send()
        (submission,) = desk.gateway.submissions
        assert (submission.send_at, submission.by_recipient_time, len(submission.sms)) == (wall, True, 2)
        desk.clock.now = NOON + DAY
        async with desk.database.read() as tx:
            assert not await queues.missed(tx, desk.clock(), LATE)


def by_unknown_clocks(count: int = 1) -> dict[str, Any]:
    """A campaign for a gateway that knows the clocks: the time is one to ten hours ahead at noon."""
    numbers = msisdns(count)
    return {
        "send_at": NOON + 12 * HOUR,
        "by_recipient_time": True,
        "moments": dict.fromkeys(numbers, NOON + HOUR),
        "latest": dict.fromkeys(numbers, NOON + 10 * HOUR),
    }


async def test_a_time_that_may_be_ahead_is_handed_over_with_the_message(where: str | Path) -> None:
    async with rig(where, capable(by_recipient_time=True)) as desk:
        await desk.campaign(2, **by_unknown_clocks(2))
        desk.clock.now = NOON + HOUR + LATE  # past in one zone, hours ahead in another
        async with at_work(desk.submitter()):
            await desk.until(lambda: desk.all_stand(ACCEPTED))
        (submission,) = desk.gateway.submissions
        assert (submission.send_at, submission.by_recipient_time) == (NOON + 12 * HOUR, True)


@pytest.mark.parametrize(
    ("answered", "send_at"),
    [
        (NOON + 10 * HOUR - SECOND, NOON + 12 * HOUR),  # handed over: the gateway still waits for some clock
        (NOON + 10 * HOUR, None),  # by every clock it is past
    ],
)
async def test_what_may_have_missed_its_clock_is_asked_about(
    where: str | Path, answered: datetime, send_at: datetime | None
) -> None:
    async with rig(where, capable(by_recipient_time=True)) as desk:
        campaign_id = await desk.campaign(**by_unknown_clocks())
        desk.clock.now = NOON + HOUR + LATE + SECOND
        async with at_work(desk.submitter()):
            await desk.until(lambda: _said(desk, "late"))
        desk.clock.now = answered
        assert not await desk.send()
        async with desk.database.write() as tx:
            assert await steer.release(tx, campaign_id, desk.clock())
        assert await desk.send()
        (submission,) = desk.gateway.submissions
        assert (submission.send_at, submission.by_recipient_time) == (send_at, send_at is not None)


async def test_a_gateway_that_could_not_be_reached_gets_the_time_all_the_same(where: str | Path) -> None:
    async with rig(where, capable(by_recipient_time=True)) as desk:
        await desk.campaign(**by_unknown_clocks())
        desk.gateway.on_submit = raising(NotReached(raw="refused"))
        desk.clock.now = NOON + HOUR - SECOND
        assert await desk.send()
        desk.gateway.on_submit = take
        desk.clock.now = NOON + HOUR + MINUTE
        assert await desk.send()
        again = desk.gateway.submissions[-1]
        assert (again.send_at, again.by_recipient_time) == (NOON + 12 * HOUR, True)


async def test_between_the_clocks_its_validity_period_has_not_begun(where: str | Path) -> None:
    async with rig(where, capable(by_recipient_time=True)) as desk:
        await desk.campaign(**by_unknown_clocks(), validity=HOUR)
        desk.clock.now = NOON + 3 * HOUR
        async with at_work(desk.submitter()):
            await desk.until(lambda: _said(desk, "late"))
        assert await desk.all_stand(QUEUED)
        desk.clock.now = NOON + 11 * HOUR
        async with at_work(desk.submitter()):
            await desk.until(lambda: desk.all_stand(EXPIRED))


async def test_what_misses_its_time_while_others_leave_is_asked_about(where: str | Path) -> None:
    async with rig(where, capable(batch_max=1)) as desk:
        plain = await desk.campaign(2)
        timed = await desk.campaign(1, **by_clocks(1))

        async def sleeps(submission: Submission) -> Receipt:
            desk.clock.now = NOON + 3 * HOUR  # the machine slept, and the lane goes on
            return taken(submission)

        desk.gateway.on_submit = sleeps
        async with at_work(desk.submitter()):
            await desk.until(lambda: _said(desk, "late"))
            await desk.until(lambda: desk.stands([ACCEPTED, ACCEPTED, QUEUED]))
        assert [row.campaign_id for row in await rows(desk.database, attempts)] == [plain, plain]
        assert await desk.notices() == [("late", {"campaign_id": timed})]


async def test_kind_and_entry_go_all_the_way(where: str | Path) -> None:
    async def refuse(submission: Submission) -> Receipt:
        verdicts = [
            Verdict(msisdn=sms.msisdn, state=REJECTED, code="6", entry="smsc-send-6")
            for sms in submission.sms
        ]
        return Receipt(verdicts=tuple(verdicts))

    async with rig(where) as desk:
        desk.gateway.on_submit = refuse
        await desk.campaign(1, kind=Kind.PING)
        assert await desk.send()
        assert desk.gateway.submissions[0].kind == Kind.PING
        assert [row.entry for row in await rows(desk.database, messages)] == ["smsc-send-6"]
