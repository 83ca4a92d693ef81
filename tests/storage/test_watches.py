"""Watches, alarms, rhythms, digests, what balances were, what waits in quiet hours, what is stuck."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from desk import alerts, announce, digest, quiet
from desk.alerts import Times
from providers.model import Balance, MessageState, Receipt
from storage import (
    accounts,
    balances,
    chats,
    lateness,
    ledger,
    outbox,
    people,
    queues,
    rhythms,
    statistics,
    watches,
)
from storage.balances import Probe
from storage.db import Database, Transaction
from storage.lateness import Stuck
from storage.ledger import Change
from storage.outbox import Priority
from storage.rhythms import Digest, Rhythm
from storage.schema import alarms
from storage.schema import outbox as outbox_table
from storage.watches import Alarm

from .seeds import CHAT, NOON, PERSON, SECRETS, VAULT, add_card, begin, campaign, rows

CHANNEL, UTC = -100600, ZoneInfo("UTC")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TIMES = Times(outage=2 * MINUTE, stuck=15 * MINUTE)


async def watch(tx: Transaction, account_id: int, *, below: str = "500", chat_id: int = CHANNEL) -> int:
    return await watches.put(
        tx, account_id=account_id, home_id=CHAT, chat_id=chat_id, thread_id=0, title="C",
        below=Decimal(below), days=None, language="en",
    )  # fmt: skip


async def has(tx: Transaction, account_id: int, amount: str, ago: timedelta = timedelta(0)) -> None:
    await balances.keep(tx, account_id, Balance(amount=Decimal(amount)), NOON - ago)


async def test_an_account_has_one_watch_in_a_chat_and_a_new_one_forgets_what_was_told(
    database: Database,
) -> None:
    account_id, _ = await begin(database)
    async with database.write() as tx:
        first = await watch(tx, account_id)
        await watches.raise_alarm(
            tx,
            Alarm(
                watch_id=first, kind="balance", level=1, amount=Decimal(1), snoozed_until=None, notice_id=1
            ),
        )
        assert await watch(tx, account_id, below="100", chat_id=CHAT) == first
        (found,) = await watches.of_home(tx, CHAT)
        assert (found.below, found.chat_id) == (Decimal(100), CHAT)
        assert await watches.alarms_of(tx, first) == {}
        assert await watches.drop(tx, account_id, CHAT)
        assert not await watches.drop(tx, account_id, CHAT)


async def test_a_watch_ends_with_the_use_of_its_account(database: Database) -> None:
    account_id, _ = await begin(database)
    async with database.write() as tx:
        watch_id = await watch(tx, account_id)
        assert await watches.accounts(tx, [account_id, 99]) == [account_id]
        await accounts.allow_chats(tx, account_id, [CHAT - 1])
        assert await watches.accounts(tx, [account_id]) == []
        assert await watches.of_home(tx, CHAT) == []
        assert await watches.get(tx, watch_id) is None


async def test_two_who_see_the_same_tell_it_once(database: Database) -> None:
    account_id, _ = await begin(database)
    async with database.write() as tx:
        await watch(tx, account_id)
        await has(tx, account_id, "450")
    for _ in range(2):
        async with database.write() as tx:
            await alerts.settle(tx, account_id, TIMES, NOON)
    async with database.read() as tx:
        assert not await alerts.look(tx, account_id, TIMES, NOON)
    (notice,) = await rows(database, outbox_table)
    assert (notice.chat_id, notice.kind, notice.priority) == (CHANNEL, "alert", Priority.ALERT)
    (alarm,) = await rows(database, alarms)
    assert (alarm.notice_id, alarm.amount, alarm.level) == (notice.id, Decimal(450), 1)


async def test_an_alarm_that_nobody_saw_ends_in_silence_and_a_seen_one_with_an_edit(
    database: Database,
) -> None:
    account_id, _ = await begin(database)
    async with database.write() as tx:
        await watch(tx, account_id)
    for minutes, seen in ((1, False), (10, True)):
        at = NOON + minutes * MINUTE
        async with database.write() as tx:
            await balances.keep(tx, account_id, Balance(amount=Decimal(450)), at)
            await alerts.settle(tx, account_id, TIMES, at)
            if seen:
                (alarm,) = (await tx.execute(alarms.select())).all()
                await outbox.sent(tx, alarm.notice_id, 77)
                assert await watches.shown_by(tx, alarm.notice_id) == 77
            await balances.keep(tx, account_id, Balance(amount=Decimal(900)), at + MINUTE)
            await alerts.settle(tx, account_id, TIMES, at + MINUTE)
    assert await rows(database, alarms) == []
    told = [(one.kind, one.state) for one in await rows(database, outbox_table)]
    assert told == [("alert", "sent"), ("alert", "sent"), ("alert-over", "pending")]


async def test_who_loses_the_role_hears_nothing_more_in_private(database: Database) -> None:
    account_id, _ = await begin(database)
    async with database.write() as tx:
        await watch(tx, account_id, chat_id=PERSON)
        await rhythms.put_digest(tx, _digest(chat_id=PERSON))
        await people.remove(tx, PERSON, by="Anna", now=NOON)
        assert await watches.of_home(tx, CHAT) == []
        assert await rhythms.digest_of(tx, CHAT) is None


async def test_all_moves_with_its_group_but_for_what_the_new_one_has(database: Database) -> None:
    account_id, _ = await begin(database)
    new = CHAT - 1
    async with database.write() as tx:
        await watch(tx, account_id, chat_id=CHAT)
        await rhythms.put(tx, CHAT, Rhythm(zone="Asia/Omsk", quiet_from=1, quiet_to=2))
        await rhythms.put_digest(tx, _digest(chat_id=CHAT))
        await rhythms.put(tx, new, Rhythm(zone="UTC"))
        assert await chats.migrate(tx, CHAT, new)
        (found,) = await watches.of_home(tx, new)
        assert (found.home_id, found.chat_id) == (new, new)
        assert await rhythms.of(tx, new) == Rhythm(zone="UTC")
        assert await rhythms.of(tx, CHAT) is None
        moved = await rhythms.digest_of(tx, new)
        assert moved is not None
        assert moved.chat_id == new


def _digest(*, chat_id: int = CHANNEL) -> Digest:
    return Digest(
        home_id=CHAT,
        chat_id=chat_id,
        thread_id=0,
        title="C",
        weekly=False,
        minute=540,
        language="en",
        next_at=NOON,
    )


async def test_a_digest_is_told_once(database: Database) -> None:
    await begin(database)
    async with database.write() as tx:
        await rhythms.put_digest(tx, _digest())
        (due,) = await rhythms.due(tx, NOON)
        assert await rhythms.next_due(tx) == NOON
        for _ in range(2):
            await digest.tell(tx, due, UTC, NOON)
        assert await rhythms.due(tx, NOON) == []
    (notice,) = await rows(database, outbox_table)
    assert notice.content == {
        "home_id": CHAT,
        "first": "2026-08-31",
        "last": "2026-08-31",
        "zone": "UTC",
        "place": "C",
    }


async def test_figures_of_a_digest(database: Database) -> None:
    account_id, _ = await begin(database, 3)
    async with database.write() as tx:
        claim = await queues.claim(tx, account_id, limit=10, ref="ref", now=NOON)
        assert claim is not None
        ids = [one.id for one in claim.messages]
        await ledger.close_attempts(
            tx,
            [
                ledger.Closing(
                    attempt_id=claim.attempt_id,
                    outcome="accepted",
                    live=True,
                    receipt=Receipt(cost=Decimal("4.20")),
                )
            ],
            NOON,
        )
        for states in (
            (MessageState.ACCEPTED, MessageState.REJECTED, MessageState.ACCEPTED),
            (MessageState.DELIVERED, None, None),
        ):
            changes = [
                Change(message_id=one, to=state) for one, state in zip(ids, states, strict=True) if state
            ]
            await ledger.apply(tx, changes, source="submit", now=NOON)
        today = NOON.date()
        told = await digest.figures(tx, CHAT, today, today, UTC)
        assert (told.sent, told.delivered) == (3, 1)
        assert [(one.state, one.count) for one in told.failed] == [(MessageState.REJECTED, 1)]
        assert [(one.account, one.cost) for one in told.spent] == [("main", Decimal("4.20"))]
        assert [sum(counts) for counts in told.chart.values()] == [1, 1, 1]
        before = await digest.figures(tx, CHAT, today - DAY, today - DAY, UTC)
        assert (before.sent, before.failed, before.spent) == (0, [], [])
        assert await statistics.spent(tx, CHAT - 1, NOON - DAY, NOON + DAY) == []


# What balances were


async def test_the_history_has_changes_and_an_hour_between_the_same(database: Database) -> None:
    account_id, _ = await begin(database)
    async with database.write() as tx:
        for minutes, amount in ((300, "5"), (240, "5"), (200, "5"), (100, "4"), (90, "4"), (80, "5")):
            await has(tx, account_id, amount, minutes * MINUTE)
        await has(tx, account_id, "1", 95 * MINUTE)  # asked before, answered after
        found = await balances.history(tx, account_id, NOON - 220 * MINUTE)
        ago = [(NOON - one.at) // MINUTE for one in found]
        assert list(zip(ago, [str(one.amount) for one in found], strict=True)) == [
            (240, "5"),
            (100, "4"),
            (80, "5"),
        ]
        await balances.forget_before(tx, NOON - 90 * MINUTE)
        assert len(await balances.history(tx, account_id, NOON - DAY)) == 1


async def test_a_probe_goes_with_the_credentials_and_with_a_resume(database: Database) -> None:
    account_id, _ = await begin(database)
    trouble = Probe(at=NOON, trouble="auth_failed", code="2", since=NOON, tries=3)
    async with database.write() as tx:
        await balances.keep_probe(tx, account_id, trouble)
        assert await balances.probed(tx, account_id) == trouble
        await accounts.resume(tx, account_id)
        assert await balances.probed(tx, account_id) is None
        await balances.keep_probe(tx, account_id, trouble)
        await has(tx, account_id, "5")
        await accounts.replace_secrets(tx, account_id, SECRETS, VAULT)
        assert await balances.probed(tx, account_id) is None
        assert await balances.history(tx, account_id, NOON - DAY) == []


# Quiet hours


async def held(tx: Transaction, campaign_id: int, count: int) -> None:
    await outbox.say_failed(
        tx, chat_id=CHAT, thread_id=0, language="en", campaign_id=campaign_id,
        message_ids=range(1, count + 1), now=NOON, held_until=NOON + HOUR,
    )  # fmt: skip


async def test_several_failures_are_summed_up_when_the_quiet_is_over(database: Database) -> None:
    await begin(database)
    async with database.write() as tx:
        await held(tx, 1, 2)
        await held(tx, 1, 3)
        await held(tx, 2, 1)
        assert await outbox.next_held(tx) == NOON + HOUR
        assert await outbox.first_due(tx, CHAT, NOON + HOUR) is None
        assert not await quiet.release(tx, NOON)
        assert await quiet.release(tx, NOON + HOUR)
        summary = await outbox.first_due(tx, CHAT, NOON + HOUR)
        assert summary is not None
        assert (summary.kind, summary.content) == ("quiet", {"failed": [[1, 3], [2, 1]]})
        assert await outbox.next_held(tx) is None


async def test_what_fails_too_often_is_told_at_once_however_it_is_spread_over_the_minute(
    database: Database,
) -> None:
    await begin(database)
    async with database.write() as tx:
        for number in range(20):
            campaign_id = await ledger.create(tx, campaign(1), NOON)
            await add_card(tx, campaign_id)
            await announce.of_messages(tx, campaign_id, [number], NOON + number * timedelta(seconds=1))
        assert await outbox.next_held(tx) == NOON + timedelta(seconds=65)
        for second in range(180):
            await quiet.release(tx, NOON + timedelta(seconds=second))
        told = await tx.execute(sa.select(outbox_table.c.kind).where(outbox_table.c.state == "pending"))
        assert sorted(told.scalars()) == ["failed"] * 5 + ["quiet"]


async def test_one_failure_is_told_as_it_is(database: Database) -> None:
    await begin(database)
    async with database.write() as tx:
        await held(tx, 1, 2)
        assert await quiet.release(tx, NOON + HOUR)
        notice = await outbox.first_due(tx, CHAT, NOON + HOUR)
        assert notice is not None
        assert (notice.kind, notice.content) == ("failed", {"message_ids": [1, 2]})


async def test_longer_quiet_hours_hold_on(database: Database) -> None:
    await begin(database)
    async with database.write() as tx:
        await held(tx, 1, 2)
        await rhythms.put(tx, CHAT, Rhythm(zone="UTC", quiet_from=12 * 60, quiet_to=15 * 60))
        await outbox.let_go(tx, CHAT, NOON)
        assert not await quiet.release(tx, NOON + HOUR)
        assert await outbox.next_held(tx) == NOON + 3 * HOUR
        await outbox.forget(tx, NOON + DAY)
        assert await quiet.release(tx, NOON + 3 * HOUR)


# The queue


async def test_what_should_have_left_is_stuck(database: Database) -> None:
    account_id, _ = await begin(database, 2)
    async with database.write() as tx:
        assert await lateness.stuck(tx, account_id, NOON + 15 * MINUTE, 15 * MINUTE) is None
        late = NOON + 16 * MINUTE
        assert await lateness.stuck(tx, account_id, late, 15 * MINUTE) == Stuck(count=2, since=NOON)
        found = await alerts.facts_of(tx, account_id, TIMES, late)
        assert found.stuck is not None
        await queues.claim(tx, account_id, limit=10, ref="ref", now=NOON)
        assert await lateness.stuck(tx, account_id, late, 15 * MINUTE) is None


async def test_what_is_scheduled_is_not_stuck_before_its_time(database: Database) -> None:
    account_id, _ = await begin(database, send_at=NOON + DAY, due_at=NOON + DAY)
    async with database.write() as tx:
        assert await lateness.stuck(tx, account_id, NOON + DAY, 15 * MINUTE) is None
        assert await lateness.stuck(tx, account_id, NOON + DAY + HOUR, 15 * MINUTE) is not None
