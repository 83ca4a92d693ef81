"""On PostgreSQL writes run side by side: what may happen once happens once, whoever comes at the same time.

Each race is run with every transaction open before any of them acts, so that all saw the same beginning.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from desk import steer
from providers.model import MessageState
from storage import accounts, audit, campaigns, cards, drafts, keyed, ledger, outbox, people, queues, updates
from storage.audit import By
from storage.db import Database, Transaction, alone
from storage.drafts import Place
from storage.ledger import Change
from storage.people import Role
from storage.schema import (
    account_chats,
    attempt_messages,
    attempts,
    messages,
)
from storage.schema import (
    campaigns as campaigns_table,
)
from storage.schema import (
    updates as updates_table,
)
from storage.updates import StoredUpdate

from ..desk.scripted_gateway import capable
from .seeds import CHAT, NOON, ON_POSTGRESQL, PERSON, VAULT, add_account, begin, campaign, rows

pytestmark = ON_POSTGRESQL

T = TypeVar("T")
Act = Callable[[Transaction], Awaitable[T]]
SEVERAL = 4
SECOND = timedelta(seconds=1)
PLACE = Place(chat_id=CHAT, thread_id=0, person_id=PERSON)


async def race(database: Database, *acts: Act[T]) -> list[T]:
    """What came of each, where all have begun before the first acts; each commits when it is done."""
    ready = asyncio.Barrier(len(acts))

    async def run(act: Act[T]) -> T:
        async with database.write() as tx:
            await tx.execute(sa.select(1))  # the transaction begins with its first statement
            await ready.wait()
            return await act(tx)

    async with asyncio.timeout(20):
        return list(await asyncio.gather(*map(run, acts)))


async def test_one_button_pressed_by_several(database: Database) -> None:
    async with database.write() as tx:
        token = await drafts.add_button(
            tx, action="x", chat_id=CHAT, person_id=None, subject={}, expires_at=NOON
        )
    pressed = await race(database, *[lambda tx: drafts.use(tx, token, NOON)] * SEVERAL)
    assert sorted(pressed) == [False] * (SEVERAL - 1) + [True]


async def test_one_draft_decided_by_several(database: Database) -> None:
    async with database.write() as tx:
        draft = await drafts.start(tx, PLACE, kind="send", state="offered", content={}, expires_at=NOON)

    def decide(state: str) -> Act[bool]:
        return lambda tx: drafts.decide(tx, draft, state=state, by="Anna")

    decided = await race(database, decide("confirmed"), decide("dismissed"))
    assert sorted(decided) == [False, True]


async def test_a_draft_is_confirmed_or_left_and_never_both(database: Database) -> None:
    """Whoever leaves must not be told that nothing was sent where something was."""
    async with database.write() as tx:
        draft_id = await drafts.start(tx, PLACE, kind="send", state="offered", content={}, expires_at=NOON)

    async def confirm(tx: Transaction) -> bool:
        return await drafts.decide(tx, draft_id, state="confirmed", by="Boris")

    async def leave(tx: Transaction) -> bool:
        return await drafts.dismiss_open(tx, PLACE, by="Anna", now=NOON - SECOND) == [draft_id]

    assert sorted(await race(database, confirm, leave)) == [False, True]


async def test_one_question_is_open_where_several_were_asked(database: Database) -> None:
    def ask(tx: Transaction) -> Awaitable[int]:
        return drafts.start(tx, PLACE, kind="send", state="asking", content={}, expires_at=NOON)

    await race(database, *[ask] * SEVERAL)
    async with database.read() as tx:
        assert await tx.scalar(sa.text("SELECT count(*) FROM drafts")) == 1


async def test_two_claims_never_get_the_same(database: Database) -> None:
    account_id, _ = await begin(database, 10)

    def claim(ref: str) -> Act[queues.Claim | None]:
        return lambda tx: queues.claim(tx, account_id, limit=5, ref=ref, now=NOON)

    got = await race(database, *[claim(f"r-{number}") for number in range(SEVERAL)])
    taken = [one.id for claimed in got if claimed is not None for one in claimed.messages]
    assert len(taken) == len(set(taken))
    assert taken
    live = [row.message_id for row in await rows(database, attempt_messages)]
    assert sorted(live) == sorted(taken)
    assert len(await rows(database, attempts)) == len([one for one in got if one is not None])


async def test_a_claim_passes_over_a_campaign_somebody_is_at_work_on(database: Database) -> None:
    account_id, first = await begin(database, 2)
    async with database.write() as tx:
        second = await ledger.create(tx, campaign(account_id, 2), NOON)
    async with database.write() as held:
        await ledger.lock_campaigns(held, [first])
        async with database.write() as tx:
            got = await queues.claim(tx, account_id, limit=5, ref="r-1", now=NOON)
    assert got is not None
    assert got.campaign_id == second


async def test_a_claim_waits_where_there_is_nothing_else(database: Database) -> None:
    account_id, only = await begin(database, 2)
    async with asyncio.TaskGroup() as group:
        async with database.write() as held:
            await ledger.lock_campaigns(held, [only])
            claiming = group.create_task(claimed(database, account_id))
            await until_somebody_waits(database)
            assert not claiming.done()
    got = await claiming
    assert got is not None
    assert len(got.messages) == 2


async def claimed(database: Database, account_id: int) -> queues.Claim | None:
    async with database.write() as tx:
        return await queues.claim(tx, account_id, limit=5, ref="r-1", now=NOON)


async def until_somebody_waits(database: Database) -> None:
    """For a lock that somebody else holds."""
    waiting = sa.text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    async with asyncio.timeout(20):
        while True:
            async with database.read() as tx:
                if await tx.scalar(waiting):
                    return


async def test_a_campaign_is_cancelled_or_claimed_and_never_both(database: Database) -> None:
    account_id, campaign_id = await begin(database, 5)
    view = await viewed(database, campaign_id)
    can = capable(cancel=True)
    await race(
        database,
        lambda tx: queues.claim(tx, account_id, limit=3, ref="r-1", now=NOON),
        lambda tx: steer.cancel(tx, view, can, NOON),
        lambda tx: steer.cancel(tx, view, can, NOON),
    )
    states = [row.state for row in await rows(database, messages)]
    assert states.count(MessageState.CANCELLED) in {2, 5}
    assert states.count(MessageState.SUBMITTING) == 5 - states.count(MessageState.CANCELLED)


async def test_two_cancels_stop_each_message_once(database: Database) -> None:
    _, campaign_id = await begin(database, 5)
    view = await viewed(database, campaign_id)
    cancelled = await race(
        database, *[lambda tx: steer.cancel(tx, view, capable(cancel=True), NOON)] * SEVERAL
    )
    assert sorted(one.stopped for one in cancelled) == [0] * (SEVERAL - 1) + [5]


async def viewed(database: Database, campaign_id: int) -> campaigns.CampaignView:
    async with database.read() as tx:
        view = await campaigns.view(tx, campaign_id)
    assert view is not None
    return view


async def test_a_state_moves_once_and_by_the_newest(database: Database) -> None:
    """Two ends that are told at once: the second finds what the first has left, whichever that is."""
    account_id, _ = await begin(database)

    def move(to: MessageState) -> Act[list[ledger.Moved]]:
        return lambda tx: ledger.apply(tx, [Change(message_id=1, to=to)], source="report", now=NOON)

    async with database.write() as tx:
        await queues.claim(tx, account_id, limit=1, ref="r-1", now=NOON)
        await move(MessageState.ACCEPTED)(tx)
    moved = await race(database, move(MessageState.DELIVERED), move(MessageState.UNDELIVERED))
    assert sorted(map(len, moved)) == [0, 1]
    (first,) = (one for several in moved for one in several)
    assert [row.state for row in await rows(database, messages)] == [first.to]


async def test_campaigns_are_locked_in_one_order(database: Database) -> None:
    account_id, _ = await begin(database)
    async with database.write() as tx:
        for _ in range(9):
            await ledger.create(tx, campaign(account_id), NOON)
    (*several,) = range(1, 11)

    def move(ids: Sequence[int]) -> Act[list[ledger.Moved]]:
        changes = [Change(message_id=one, to=MessageState.CANCELLED) for one in ids]
        return lambda tx: ledger.apply(tx, changes, source="person", now=NOON)

    moved = await race(database, move(several), move(several[::-1]), move(several[5:] + several[:5]))
    assert sorted(map(len, moved)) == [0, 0, 10]


async def test_the_same_update_is_stored_and_taken_once(database: Database) -> None:
    batch = [StoredUpdate(id=number, lane=CHAT, sealed="x") for number in (7, 8, 9)]
    await race(
        database,
        lambda tx: updates.store(tx, batch, NOON),
        lambda tx: updates.store(tx, batch[::-1], NOON),
    )
    assert [row.id for row in await rows(database, updates_table)] == [7, 8, 9]
    assert sorted(await race(database, *[lambda tx: updates.take(tx, 7)] * SEVERAL)) == [False] * (
        SEVERAL - 1
    ) + [True]


async def test_the_audit_is_one_chain_whoever_writes(database: Database) -> None:
    """Also where its key is made at the same time."""
    anna = By(person_id=1, person="Anna\0", chat_id=CHAT)
    numbers = await race(
        database,
        *[lambda tx: audit.record(tx, VAULT, anna, "cancel", now=NOON, evidence={"n": "\0"})] * SEVERAL,
    )
    assert sorted(numbers) == list(range(1, SEVERAL + 1))
    async with database.read() as tx:
        assert await audit.verify(tx, VAULT) is None


async def test_retention_beside_new_entries_keeps_the_chain(database: Database) -> None:
    anna = By(person_id=1, person="Anna")

    def record(tx: Transaction) -> Awaitable[int]:
        return audit.record(tx, VAULT, anna, "cancel", now=NOON)

    async with database.write() as tx:
        for _ in range(5):
            await record(tx)

    def forget(tx: Transaction) -> Awaitable[int]:
        return audit.forget(tx, VAULT, NOON.replace(hour=13))

    await race(database, forget, record, forget, record)
    async with database.read() as tx:
        assert await audit.verify(tx, VAULT) is None


async def test_a_key_is_made_once(database: Database) -> None:
    made = await race(database, *[lambda tx: keyed.key(tx, VAULT, keyed.NUMBERS)] * SEVERAL)
    assert len(set(made)) == 1


async def test_two_remove_the_same_person(database: Database) -> None:
    await allow(database)
    removed = await race(database, *[lambda tx: people.remove(tx, 1002, by="Anna", now=NOON)] * 2)
    assert sorted(removed) == [False, True]


async def test_two_let_in_the_same_person(database: Database) -> None:
    await race(database, *[let_in] * SEVERAL)
    async with database.read() as tx:
        assert [one.id for one in await people.every(tx)] == [1002]


async def allow(database: Database) -> None:
    async with database.write() as tx:
        await let_in(tx)


async def let_in(tx: Transaction) -> None:
    await people.allow(
        tx, person_id=1002, name="B", role=Role.ADMIN, added_by=1, by="A", via="id", chat_id=None, now=NOON
    )


async def test_a_press_and_the_removal_of_who_presses_wait_for_each_other_in_one_order(
    database: Database,
) -> None:
    """The button first, then the draft, on both sides: no deadlock, and one of the two wins."""
    await allow(database)
    place = Place(chat_id=CHAT, thread_id=0, person_id=1002)
    async with database.write() as tx:
        draft = await drafts.start(tx, place, kind="send", state="offered", content={}, expires_at=NOON)
        token = await drafts.add_button(
            tx, action="confirm", chat_id=CHAT, person_id=1002, subject={}, expires_at=NOON
        )

    async def press(tx: Transaction) -> bool:
        return await drafts.use(tx, token, NOON) and await drafts.decide(tx, draft, state="confirmed", by="B")

    pressed, removed = await race(database, press, lambda tx: people.remove(tx, 1002, by="Anna", now=NOON))
    assert removed
    async with database.read() as tx:
        left = await drafts.get(tx, draft)
    assert left is not None
    assert left.state == ("confirmed" if pressed else "dismissed")


async def test_the_last_chat_of_an_account_is_not_taken_away_by_two(database: Database) -> None:
    """Each takes another chat away, and each would leave one: together they leave one, not none."""
    async with database.write() as tx:
        account = await add_account(tx, chats=(1, 2))
    taken = await race(
        database,
        lambda tx: accounts.unshare(tx, account.id, 1),
        lambda tx: accounts.unshare(tx, account.id, 2),
    )
    assert sorted(taken) == [False, True]
    assert len(await rows(database, account_chats)) == 1


async def test_an_account_is_shared_with_a_chat_once(database: Database) -> None:
    async with database.write() as tx:
        account = await add_account(tx, chats=(1,))
    await race(database, *[lambda tx: accounts.share(tx, account.id, 2)] * SEVERAL)
    assert [row.chat_id for row in await rows(database, account_chats)] == [1, 2]


async def test_one_notice_is_said_by_one_notifier(database: Database) -> None:
    notice = await said(database)

    async def take(tx: Transaction) -> bool:
        waits = await outbox.pending(tx, notice)
        if waits is not None:
            await outbox.mark(tx, [notice], "sending")
        return waits is not None

    assert sorted(await race(database, *[take] * SEVERAL)) == [False] * (SEVERAL - 1) + [True]


async def test_a_failure_that_joins_a_notice_is_said_with_it_or_after_it(database: Database) -> None:
    """Never lost between: the notice is read by who says it, and joined by who has more to say."""
    _, campaign_id = await begin(database, 2)

    def fail(message_id: int) -> Act[None]:
        return lambda tx: outbox.say_failed(
            tx,
            chat_id=CHAT,
            thread_id=0,
            language="en",
            campaign_id=campaign_id,
            message_ids=[message_id],
            now=NOON,
        )

    async with database.write() as tx:
        await fail(1)(tx)
    told: list[int] = []

    async def say(tx: Transaction) -> None:
        waits = await outbox.pending(tx, 1)
        assert waits is not None
        told.extend(waits.content["message_ids"])
        await outbox.mark(tx, [1], "sending")

    await race(database, say, fail(2))
    async with database.read() as tx:
        later = await outbox.first_due(tx, CHAT, NOON)
    assert told + ([] if later is None else later.content["message_ids"]) == [1, 2]


async def said(database: Database) -> int:
    async with database.write() as tx:
        return await outbox.say(
            tx,
            chat_id=CHAT,
            thread_id=0,
            kind="said",
            content={},
            language="en",
            priority=outbox.Priority.ANSWER,
            now=NOON,
        )


async def test_a_card_keeps_every_change(database: Database) -> None:
    _, campaign_id = await begin(database)
    await race(database, *[lambda tx: cards.redraw(tx, [campaign_id], NOON)] * SEVERAL)
    async with database.read() as tx:
        card = await cards.of(tx, campaign_id)
    assert card is not None
    assert card.wanted == 1 + SEVERAL


async def test_what_gives_way_to_another_write_is_done_again(database: Database) -> None:
    """Two campaigns locked in opposite orders, which our own code never does."""
    account_id, first = await begin(database)
    async with database.write() as tx:
        second = await ledger.create(tx, campaign(account_id), NOON)
    begun = asyncio.Barrier(2)
    tries = 0

    async def cross(one: int, other: int) -> None:
        nonlocal tries
        tries += 1
        first_time = tries <= 2
        async with database.write() as tx:
            await ledger.lock_campaigns(tx, [one])
            if first_time:
                await begun.wait()
            await ledger.lock_campaigns(tx, [other])
            held = campaigns_table.c.id.in_([one, other])
            await tx.execute(campaigns_table.update().where(held).values(text=campaigns_table.c.text + "!"))

    async with asyncio.timeout(20):
        await asyncio.gather(
            database.again(lambda: cross(first, second)), database.again(lambda: cross(second, first))
        )
    assert tries == 3
    assert {row.text[-2:] for row in await rows(database, campaigns_table)} == {"!!"}


async def test_what_breaks_otherwise_is_not_done_again(database: Database) -> None:
    tries = 0

    async def broken() -> None:
        nonlocal tries
        tries += 1
        async with database.write() as tx:
            await tx.execute(sa.text("SELECT 1 / 0"))

    with pytest.raises(DBAPIError):
        await database.again(broken)
    assert tries == 1


async def test_who_is_alone_at_something_is_waited_for(database: Database) -> None:
    order: list[int] = []

    async def write(tx: Transaction) -> None:
        await alone(tx, "something")
        order.append(1)
        await tx.execute(sa.select(1))
        order.append(2)

    await race(database, *[write] * 2)
    assert order == [1, 2, 1, 2]
