"""The ledger: claimed once and before the wire, changed by the table alone, and every change written down."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain, product

import pytest
from sqlalchemy.exc import IntegrityError

from providers.model import FINAL, TRANSITIONS, MessageState, Reason, Receipt
from storage import accounts, campaigns, checks, lateness, ledger, queues, stoplist
from storage.db import Database
from storage.ledger import Change
from storage.queues import Claim
from storage.schema import attempt_messages, attempts, cards, events, messages
from storage.schema import campaigns as campaigns_table

from .seeds import CHAT, NOON, add_account, add_card, begin, campaign, msisdns, rows

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
QUEUED, SUBMITTING, ACCEPTED = MessageState.QUEUED, MessageState.SUBMITTING, MessageState.ACCEPTED
UNCERTAIN, SENT, DELIVERED = MessageState.UNCERTAIN, MessageState.SENT, MessageState.DELIVERED


async def claim(database: Database, account_id: int, *, limit: int = 10, ref: str = "r-1") -> Claim | None:
    async with database.write() as tx:
        return await queues.claim(tx, account_id, limit=limit, ref=ref, now=NOON)


async def apply(database: Database, *changes: Change, source: str = "report") -> list[ledger.Moved]:
    async with database.write() as tx:
        return await ledger.apply(tx, changes, source=source, now=NOON)


async def stand(database: Database, message_id: int, state: MessageState) -> None:
    """Put a message into a state, past every rule."""
    async with database.write() as tx:
        await tx.execute(messages.update().where(messages.c.id == message_id).values(state=state))


async def states(database: Database) -> list[str]:
    return [row.state for row in await rows(database, messages)]


# Claiming


async def test_a_claim_is_written_down_before_it_is_given_out(database: Database) -> None:
    account_id, campaign_id = await begin(database, 2, validity=HOUR)
    got = await claim(database, account_id)
    assert got is not None
    assert [one.msisdn for one in got.messages] == list(msisdns(2))
    assert (got.messages[0].text, got.sender_id, got.validity, got.send_at) == (
        "Your order is ready",
        "ACME",
        HOUR,
        None,
    )
    (attempt,) = await rows(database, attempts)
    assert (attempt.id, attempt.ref, attempt.account_id) == (got.attempt_id, "r-1", account_id)
    assert (attempt.campaign_id, attempt.outcome, attempt.ended_at) == (campaign_id, None, None)
    assert [(row.message_id, row.live) for row in await rows(database, attempt_messages)] == [
        (one.id, True) for one in got.messages
    ]
    written = await rows(database, messages)
    assert [(row.state, row.ref, row.tries) for row in written] == [(SUBMITTING, "r-1", 1)] * 2
    assert [(row.was, row.told, row.moved, row.source) for row in await rows(database, events)] == [
        (QUEUED, SUBMITTING, True, "submit")
    ] * 2


async def claims(
    database: Database, account_id: int, refs: int, *, limit: int = 1, mixed: bool = False
) -> tuple[list[Claim], bool]:
    several = [f"r-{number}" for number in range(1, refs + 1)]
    async with database.write() as tx:
        return await queues.claims(tx, account_id, limit=limit, mixed=mixed, refs=several, now=NOON)


async def test_several_requests_are_claimed_at_once_each_with_a_reference_of_its_own(
    database: Database,
) -> None:
    account_id, first = await begin(database, 2)
    async with database.write() as tx:
        second = await ledger.create(tx, campaign(account_id, 2, text="Another"), NOON)
    made, more = await claims(database, account_id, 3)
    assert more  # one is left for want of a reference
    assert [(one.campaign_id, one.ref, [own.text for own in one.messages]) for one in made] == [
        (first, "r-1", ["Your order is ready"]),
        (first, "r-2", ["Your order is ready"]),
        (second, "r-3", ["Another"]),
    ]
    assert [(row.id, row.ref, row.campaign_id) for row in await rows(database, attempts)] == [
        (one.attempt_id, one.ref, one.campaign_id) for one in made
    ]
    assert [(row.attempt_id, row.message_id) for row in await rows(database, attempt_messages)] == [
        (one.attempt_id, one.messages[0].id) for one in made
    ]
    written = await rows(database, messages)
    assert [(row.state, row.ref, row.tries) for row in written] == [
        *((SUBMITTING, f"r-{number}", 1) for number in (1, 2, 3)),
        (QUEUED, None, 0),
    ]
    async with database.write() as tx:
        (last,), more = await queues.claims(tx, account_id, limit=1, refs=["r-4", "r-5"], now=NOON)
    assert (last.messages[0].id, more) == (written[-1].id, False)


async def test_requests_that_are_claimed_at_once_have_one_campaign_and_one_text_each(
    database: Database,
) -> None:
    account_id, _ = await begin(database, 3)
    async with database.write() as tx:
        await ledger.create(tx, campaign(account_id, 1), NOON)
        await tx.execute(messages.update().where(messages.c.id == 2).values(text="Of its own"))
    made, more = await claims(database, account_id, 5, limit=10)
    assert not more
    assert [[one.id for one in each.messages] for each in made] == [[1, 3], [2], [4]]
    assert [each.messages[0].text for each in made[:2]] == ["Your order is ready", "Of its own"]


async def test_what_is_to_go_alone_goes_in_a_request_of_its_own(database: Database) -> None:
    account_id, _ = await begin(database, 4)
    async with database.write() as tx:
        await tx.execute(messages.update().where(messages.c.id.in_([1, 3])).values(alone=True))
    made, _ = await claims(database, account_id, 5, limit=10, mixed=True)
    assert [[one.id for one in each.messages] for each in made] == [[1], [2, 4], [3]]


async def test_many_requests_of_many_are_not_claimed_in_one_transaction(database: Database) -> None:
    account_id, _ = await begin(database, 1500)
    made, more = await claims(database, account_id, 3, limit=600)
    assert more
    assert [len(one.messages) for one in made] == [600, 400]


async def test_where_only_the_stop_list_was_due_there_may_be_more(database: Database) -> None:
    account_id, _ = await begin(database, 2)
    async with database.write() as tx:
        await stoplist.add(tx, account_id, msisdns(1)[0], by=None, now=NOON)
    assert await claims(database, account_id, 1) == ([], True)
    (left,), more = await claims(database, account_id, 1)
    assert (left.messages[0].msisdn, more) == (msisdns(2)[1], True)
    assert await claims(database, account_id, 1) == ([], False)


async def test_claimers_at_the_same_time_never_get_the_same_message(database: Database) -> None:
    account_id, _ = await begin(database, 60)

    async def take_all(name: str) -> list[int]:
        taken: list[int] = []
        number = 0
        while got := await claim(database, account_id, limit=3, ref=f"{name}-{number}"):
            taken += [one.id for one in got.messages]
            number += 1
        return taken

    shares = await asyncio.gather(*map(take_all, "abcd"))
    assert all(shares)
    assert sorted(chain.from_iterable(shares)) == [row.id for row in await rows(database, messages)]


async def test_a_batch_is_of_one_campaign(database: Database) -> None:
    account_id, first = await begin(database, 2)
    async with database.write() as tx:
        second = await ledger.create(tx, campaign(account_id, 2, text="Another"), NOON)
    batches = [await claim(database, account_id, ref=ref) for ref in ("r-1", "r-2")]
    assert [(one.campaign_id, one.messages[0].text, len(one.messages)) for one in batches if one] == [
        (first, "Your order is ready", 2),
        (second, "Another", 2),
    ]
    assert await claim(database, account_id, ref="r-3") is None


async def test_a_batch_is_no_larger_than_the_gateway_takes(database: Database) -> None:
    account_id, _ = await begin(database, 5)
    sizes = []
    for number in range(3):
        got = await claim(database, account_id, limit=2, ref=f"r-{number}")
        sizes.append(len(got.messages) if got else 0)
    assert sizes == [2, 2, 1]


async def test_what_goes_alone_goes_alone(database: Database) -> None:
    account_id, _ = await begin(database, 4)
    ids = [row.id for row in await rows(database, messages)]
    async with database.write() as tx:
        await tx.execute(messages.update().where(messages.c.id.in_(ids[1:3])).values(alone=True))
    taken = []
    for number in range(3):
        got = await claim(database, account_id, ref=f"r-{number}")
        assert got is not None
        taken.append([one.id for one in got.messages])
    assert taken == [[ids[0], ids[3]], [ids[1]], [ids[2]]]


async def test_nothing_is_claimed_before_its_time(database: Database) -> None:
    account_id, _ = await begin(database, due_at=NOON + SECOND)
    assert await claim(database, account_id) is None
    async with database.read() as tx:
        assert await queues.heads(tx) == {account_id: NOON + SECOND}
    async with database.write() as tx:
        assert await queues.claim(tx, account_id, limit=1, ref="r-1", now=NOON + SECOND) is not None


async def test_each_queue_has_its_own_head(database: Database) -> None:
    first, _ = await begin(database, due_at=NOON)
    async with database.write() as tx:
        second = (await add_account(tx, name="second")).id
        await add_account(tx, name="third")
        for due_at in (NOON + 2 * HOUR, NOON + HOUR):
            await ledger.create(tx, campaign(second, due_at=due_at), NOON)
    async with database.read() as tx:
        assert await queues.heads(tx) == {first: NOON, second: NOON + HOUR}


async def test_a_stopped_account_sends_nothing_until_it_works_again(database: Database) -> None:
    account_id, _ = await begin(database)
    async with database.write() as tx:
        await accounts.stop(tx, account_id, "auth_failed")
    assert await claim(database, account_id) is None
    async with database.read() as tx:
        assert await queues.heads(tx) == {}
    async with database.write() as tx:
        await accounts.resume(tx, account_id)
    assert await claim(database, account_id) is not None


async def test_a_held_campaign_waits_while_others_go(database: Database) -> None:
    account_id, held = await begin(database, send_at=NOON - HOUR)
    async with database.write() as tx:
        free = await ledger.create(tx, campaign(account_id), NOON)
        assert await lateness.hold(tx, NOON, MINUTE) == [held]
    got = await claim(database, account_id)
    assert got is not None
    assert got.campaign_id == free
    assert await claim(database, account_id, ref="r-2") is None
    async with database.write() as tx:
        assert await lateness.release(tx, held, NOON)
    got = await claim(database, account_id, ref="r-2")
    assert got is not None
    assert got.campaign_id == held


async def test_nothing_leaves_when_its_validity_is_over(database: Database) -> None:
    account_id, _ = await begin(database, validity=MINUTE)
    async with database.write() as tx:
        assert await queues.claim(tx, account_id, limit=1, ref="r-1", now=NOON + MINUTE) is None
        assert len(await queues.overdue(tx, NOON + MINUTE)) == 1
        assert await queues.overdue(tx, NOON + MINUTE - SECOND) == []
        late = NOON + MINUTE - SECOND
        assert await queues.claim(tx, account_id, limit=1, ref="r-1", now=late) is not None


async def test_validity_counts_from_the_scheduled_time(database: Database) -> None:
    _, campaign_id = await begin(database, validity=MINUTE, send_at=NOON + HOUR)
    (row,) = await rows(database, campaigns_table, campaigns_table.c.id == campaign_id)
    assert row.not_after == NOON + HOUR + MINUTE


async def test_a_campaign_names_each_number_once(database: Database) -> None:
    with pytest.raises(IntegrityError):
        await begin(database, msisdns=("79030000001", "79030000001"))


async def test_a_second_live_attempt_cannot_be_written(database: Database) -> None:
    """The truth about "never twice" is the index, whatever the code does."""
    account_id, campaign_id = await begin(database)
    got = await claim(database, account_id)
    assert got is not None

    async def attempt(live: bool, ref: str) -> None:
        async with database.write() as tx:
            made = attempts.insert().returning(attempts.c.id)
            attempt_id = await tx.scalar(
                made.values(account_id=account_id, campaign_id=campaign_id, ref=ref, started_at=NOON)
            )
            await tx.execute(
                attempt_messages.insert().values(
                    attempt_id=attempt_id, message_id=got.messages[0].id, live=live
                )
            )

    with pytest.raises(IntegrityError, match=r"(?i)unique constraint"):
        await attempt(live=True, ref="r-2")
    await attempt(live=False, ref="r-2")
    assert len(await rows(database, attempts)) == 2


async def test_a_message_put_back_by_force_still_cannot_go_twice(database: Database) -> None:
    account_id, _ = await begin(database)
    got = await claim(database, account_id)
    assert got is not None
    await stand(database, got.messages[0].id, QUEUED)
    assert await claim(database, account_id, ref="r-2") is None
    assert await states(database) == [QUEUED]
    assert len(await rows(database, attempts)) == 1
    async with database.read() as tx:
        # looked at again in a while, not at once for ever
        assert await queues.heads(tx) == {account_id: NOON + MINUTE}


async def test_what_was_not_sent_goes_again_under_a_new_reference(database: Database) -> None:
    account_id, _ = await begin(database)
    got = await claim(database, account_id)
    assert got is not None
    message_id = got.messages[0].id
    later = Change(message_id=message_id, to=QUEUED, due_at=NOON, reason=Reason.BUSY, code="9", raw="busy")
    await apply(database, later, source="submit")
    async with database.write() as tx:
        await ledger.close_attempts(
            tx, [ledger.Closing(attempt_id=got.attempt_id, outcome="not_sent", live=False, raw="busy")], NOON
        )
    again = await claim(database, account_id, ref="r-2")
    assert again is not None
    assert (again.messages[0].id, again.messages[0].tries) == (message_id, 2)
    (row,) = await rows(database, messages)
    assert (row.state, row.ref, row.reason, row.code, row.raw) == (SUBMITTING, "r-2", None, None, None)
    assert [(row.ref, row.outcome) for row in await rows(database, attempts)] == [
        ("r-1", "not_sent"),
        ("r-2", None),
    ]
    assert [row.live for row in await rows(database, attempt_messages)] == [False, True]


async def test_a_closed_attempt_keeps_what_the_gateway_answered(database: Database) -> None:
    account_id, _ = await begin(database)
    got = await claim(database, account_id)
    assert got is not None
    async with database.write() as tx:
        await ledger.close_attempts(
            tx,
            [
                ledger.Closing(
                    attempt_id=got.attempt_id,
                    outcome="accepted",
                    live=True,
                    receipt=Receipt(gateway_id="g-1", unmapped_ids=("5", "6"), cost=Decimal("2.50")),
                )
            ],
            NOON + SECOND,
        )
    (row,) = await rows(database, attempts)
    assert (row.outcome, row.gateway_id, row.unmapped_ids, str(row.cost), row.ended_at) == (
        "accepted",
        "g-1",
        ["5", "6"],
        "2.50",
        NOON + SECOND,
    )
    assert [row.live for row in await rows(database, attempt_messages)] == [True]


async def test_found_on_the_wire_at_start(database: Database) -> None:
    account_id, _ = await begin(database, 3)
    first = await claim(database, account_id, limit=2)
    second = await claim(database, account_id, ref="r-2")
    assert first is not None
    assert second is not None
    await apply(database, Change(message_id=second.messages[0].id, to=ACCEPTED), source="submit")
    async with database.read() as tx:
        assert [(one.attempt_id, one.message_ids) for one in await ledger.stranded(tx, account_id, 1)] == [
            (first.attempt_id, tuple(one.id for one in first.messages))
        ]


# Changing


@pytest.mark.parametrize("was", MessageState)
async def test_the_table_alone_moves_states(database: Database, was: MessageState) -> None:
    """From each state to each: what the table forbids leaves one event, however often it is told."""
    _, campaign_id = await begin(database, len(MessageState))
    ids = {to: row.id for to, row in zip(MessageState, await rows(database, messages), strict=True)}
    for message_id in ids.values():
        await stand(database, message_id, was)
    allowed = TRANSITIONS[was]
    moved = []
    for to, message_id in ids.items():
        moved += await apply(database, Change(message_id=message_id, to=to, raw="told"))
    assert {one.to for one in moved} == allowed
    assert all(one.campaign_id == campaign_id and one.message_id == ids[one.to] for one in moved)
    assert await states(database) == [to if to in allowed else was for to in MessageState]

    for to in set(MessageState) - allowed:
        assert await apply(database, Change(message_id=ids[to], to=to, raw="told")) == []
    written = [(row.message_id, row.was, row.told, row.moved) for row in await rows(database, events)]
    assert written == [(ids[to], was, to, to in allowed) for to in MessageState if to != was]


@pytest.mark.parametrize("end", sorted(FINAL))
async def test_an_end_stays_the_end(database: Database, end: MessageState) -> None:
    await begin(database)
    (row,) = await rows(database, messages)
    await stand(database, row.id, end)
    for to, _ in product(MessageState, range(2)):
        await apply(database, Change(message_id=row.id, to=to, code="1", raw="late"))
    assert await states(database) == [end]
    (after,) = await rows(database, messages)
    assert (after.code, after.raw, after.gateway_ids) == (None, None, [])
    contradictions = await rows(database, events)
    assert len(contradictions) == len(MessageState) - 1
    assert not any(row.moved for row in contradictions)


async def test_a_word_nobody_knows_is_kept_and_moves_nothing(database: Database) -> None:
    await begin(database)
    (row,) = await rows(database, messages)
    await stand(database, row.id, ACCEPTED)
    for word in ("Teleported", "Teleported", "Vanished"):
        assert await apply(database, Change(message_id=row.id, to=None, raw=word, code="77")) == []
    assert await states(database) == [ACCEPTED]
    assert [(row.told, row.raw, row.code, row.moved) for row in await rows(database, events)] == [
        (None, "Teleported", "77", False),
        (None, "Vanished", "77", False),
    ]


async def test_a_change_brings_its_particulars(database: Database) -> None:
    account_id, _ = await begin(database)
    got = await claim(database, account_id)
    assert got is not None
    one = got.messages[0].id
    await apply(database, Change(message_id=one, to=ACCEPTED, gateway_ids=("7", "8"), price=Decimal("3.10")))
    await apply(database, Change(message_id=one, to=SENT, read=True))
    await apply(
        database,
        Change(message_id=one, to=MessageState.UNDELIVERED, reason=Reason.BARRED, code="5", raw="barred"),
    )
    (row,) = await rows(database, messages)
    assert (row.reason, row.code, row.raw) == (Reason.BARRED, "5", "barred")
    assert (row.gateway_ids, str(row.price), row.read, row.accepted_at) == (["7", "8"], "3.10", True, NOON)
    assert [(row.told, row.code, row.raw) for row in await rows(database, events)][-1] == (
        MessageState.UNDELIVERED,
        "5",
        "barred",
    )


async def test_a_card_is_redrawn_exactly_when_something_moved(database: Database) -> None:
    await begin(database, 3)
    async with database.write() as tx:
        other = await ledger.create(tx, campaign(1), NOON)
        await add_card(tx, other)
    ids = [row.id for row in await rows(database, messages)][:3]

    async def wanted() -> list[int]:
        return [row.wanted for row in await rows(database, cards)]

    assert await wanted() == [1, 1]
    await apply(database, *(Change(message_id=one, to=SUBMITTING) for one in ids))
    assert await wanted() == [2, 1]
    await apply(database, *(Change(message_id=one, to=DELIVERED) for one in ids))
    await apply(database, Change(message_id=ids[0], to=None, raw="?"))
    await apply(database)
    assert await wanted() == [2, 1]
    await apply(database, Change(message_id=ids[0], to=ACCEPTED), Change(message_id=ids[1], to=QUEUED))
    assert await wanted() == [3, 1]


async def test_states_add_up_to_the_audience_after_every_commit(database: Database) -> None:
    account_id, campaign_id = await begin(database, 7)

    async def view() -> campaigns.CampaignView:
        async with database.read() as tx:
            seen = await campaigns.view(tx, campaign_id)
        assert seen is not None
        assert seen.total == 7
        return seen

    assert (await view()).counts == {QUEUED: 7}
    got = await claim(database, account_id, limit=4)
    assert got is not None
    assert (await view()).counts == {QUEUED: 3, SUBMITTING: 4}
    a, b, c, _ = (one.id for one in got.messages)
    await apply(
        database,
        Change(message_id=a, to=ACCEPTED),
        Change(message_id=b, to=UNCERTAIN),
        Change(message_id=c, to=MessageState.REJECTED),
        source="submit",
    )
    assert (await view()).counts == {
        QUEUED: 3,
        SUBMITTING: 1,
        ACCEPTED: 1,
        UNCERTAIN: 1,
        MessageState.REJECTED: 1,
    }


async def test_more_messages_than_one_statement_takes(database: Database) -> None:
    await begin(database, 1201)
    ids = [row.id for row in await rows(database, messages)]
    moved = await apply(database, *(Change(message_id=one, to=MessageState.CANCELLED) for one in ids))
    assert [one.message_id for one in moved] == ids
    assert set(await states(database)) == {MessageState.CANCELLED}


# Asking


async def test_checks_come_due_longest_waiting_first(database: Database) -> None:
    account_id, _ = await begin(database, 3)
    got = await claim(database, account_id)
    assert got is not None
    a, b, c = (one.id for one in got.messages)
    await apply(database, *(Change(message_id=one, to=ACCEPTED, gateway_ids=("9",)) for one in (a, b, c)))
    async with database.write() as tx:
        await checks.schedule(tx, {a: NOON + 2 * SECOND, b: NOON + SECOND, c: None})
    async with database.read() as tx:
        assert await checks.next_due(tx) == NOON + SECOND
        assert await checks.next_due(tx, besides=[account_id]) is None
        assert await checks.due(tx, NOON, 10) == []
        assert await checks.due(tx, NOON + MINUTE, 10, besides=[account_id]) == []
        due = await checks.due(tx, NOON + MINUTE, 10)
        assert [one.message_id for one in await checks.due(tx, NOON + MINUTE, 1)] == [b]
    assert [(one.message_id, one.checks) for one in due] == [(b, 1), (a, 1)]
    assert (due[0].ref, due[0].gateway_ids, due[0].state, due[0].since) == ("r-1", ("9",), ACCEPTED, NOON)


async def test_a_stopped_account_is_not_asked(database: Database) -> None:
    account_id, _ = await begin(database)
    (row,) = await rows(database, messages)
    await stand(database, row.id, SUBMITTING)
    await apply(database, Change(message_id=row.id, to=ACCEPTED))
    async with database.write() as tx:
        await checks.schedule(tx, {row.id: NOON})
        await accounts.stop(tx, account_id, "auth_failed")
    async with database.read() as tx:
        assert await checks.due(tx, NOON, 10) == []
        assert await checks.next_due(tx) is None


async def test_a_message_with_a_date_is_followed_from_that_date(database: Database) -> None:
    account_id, _ = await begin(database, send_at=NOON + HOUR)
    got = await claim(database, account_id)
    assert got is not None
    await apply(database, Change(message_id=got.messages[0].id, to=ACCEPTED))
    async with database.write() as tx:
        await checks.schedule(tx, {got.messages[0].id: NOON})
        (check,) = await checks.due(tx, NOON, 10)
    assert check.since == NOON + HOUR


async def test_each_attempt_of_a_cancelled_campaign_is_recalled_once(database: Database) -> None:
    account_id, campaign_id = await begin(database, 4)
    first = await claim(database, account_id, limit=2)
    second = await claim(database, account_id, limit=2, ref="r-2")
    assert first is not None
    assert second is not None
    a, b, c, d = (one.id for one in (*first.messages, *second.messages))
    await apply(
        database,
        Change(message_id=a, to=ACCEPTED, gateway_ids=("1",)),
        Change(message_id=b, to=MessageState.REJECTED),
        Change(message_id=c, to=UNCERTAIN),
        Change(message_id=d, to=ACCEPTED),
    )
    async with database.write() as tx:
        assert await checks.recalls(tx) == []
        await campaigns.want_cancel(tx, campaign_id, NOON)
        recalls = await checks.recalls(tx)
        assert [(one.attempt_id, [m[0] for m in one.messages]) for one in recalls] == [
            (first.attempt_id, [a]),
            (second.attempt_id, [c, d]),
        ]
        assert recalls[0].messages == ((a, msisdns(1)[0], ("1",)),)
        await checks.recalled(tx, first.attempt_id, NOON)
        assert [one.attempt_id for one in await checks.recalls(tx)] == [second.attempt_id]


# Missing its time


async def test_late_is_what_has_not_begun_and_missed_its_time(database: Database) -> None:
    account_id, missed = await begin(database, 2, send_at=NOON - MINUTE)
    async with database.write() as tx:
        await ledger.create(tx, campaign(account_id), NOON)  # has no time to miss
        await ledger.create(tx, campaign(account_id, send_at=NOON + MINUTE), NOON)
        assert not await queues.missed(tx, NOON, MINUTE)
        assert await queues.missed(tx, NOON + SECOND, MINUTE)
        assert await lateness.hold(tx, NOON + SECOND, MINUTE) == [missed]
        assert not await queues.missed(tx, NOON + SECOND, MINUTE)
        assert await lateness.hold(tx, NOON + SECOND, MINUTE) == []


async def test_a_campaign_that_began_in_time_is_not_held_half_way(database: Database) -> None:
    account_id, _ = await begin(database, 2, send_at=NOON)
    assert await claim(database, account_id, limit=1) is not None
    async with database.read() as tx:
        assert not await queues.missed(tx, NOON + HOUR, MINUTE)


async def test_a_campaign_that_never_got_through_is_held_when_its_time_is_missed(database: Database) -> None:
    account_id, campaign_id = await begin(database, send_at=NOON)
    got = await claim(database, account_id)
    assert got is not None
    await apply(database, Change(message_id=got.messages[0].id, to=QUEUED, due_at=NOON), source="submit")
    async with database.write() as tx:
        await ledger.close_attempts(
            tx, [ledger.Closing(attempt_id=got.attempt_id, outcome="not_sent", live=False)], NOON
        )
        assert await lateness.hold(tx, NOON + HOUR, MINUTE) == [campaign_id]


@pytest.mark.parametrize(
    ("latest", "handed_over"),
    [
        (NOON + SECOND, True),
        (NOON, False),
        (None, True),  # from before it was kept: nobody knows, so nothing leaves early
    ],
)
async def test_a_time_by_the_recipients_clock_goes_along_until_the_last_clock_has_shown_it(
    database: Database, latest: datetime | None, handed_over: bool
) -> None:
    (msisdn,) = msisdns(1)
    account_id, _ = await begin(
        database,
        send_at=NOON + HOUR,
        by_recipient_time=True,
        moments={msisdn: NOON - HOUR},
        latest={} if latest is None else {msisdn: latest},
    )
    got = await claim(database, account_id)
    assert got is not None
    assert (got.by_recipient_time, got.send_at) == (handed_over, NOON + HOUR if handed_over else None)


async def test_chats_of_an_account_hear_how_many_of_their_messages_wait(database: Database) -> None:
    account_id, _ = await begin(database, 3)
    other_chat = CHAT - 1
    async with database.write() as tx:
        await accounts.allow_chats(tx, account_id, [CHAT, other_chat])
        idle = await add_account(tx, name="idle")
        await ledger.create(tx, campaign(idle.id, 5), NOON)
    await claim(database, account_id, limit=1)
    async with database.read() as tx:
        assert sorted(await ledger.chats_waiting(tx, account_id)) == [(other_chat, 0), (CHAT, 2)]
