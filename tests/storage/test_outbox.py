"""The outbox: answers first, failures of a campaign told together, a doubtful repeat marked as one."""

from collections.abc import Sequence
from datetime import timedelta

from storage import outbox
from storage.db import Database
from storage.outbox import Notice, Priority
from storage.schema import outbox as table

from .seeds import CHAT, NOON, rows

SECOND = timedelta(seconds=1)
OTHER = CHAT - 1


async def say(
    database: Database, *, chat_id: int = CHAT, priority: Priority = Priority.ANSWER, after: int = 0
) -> int:
    async with database.write() as tx:
        return await outbox.say(
            tx,
            chat_id=chat_id,
            thread_id=3,
            kind="hello",
            content={"name": "Анна <b>"},
            language="ru",
            priority=priority,
            now=NOON + after * SECOND,
            reply_to=55,
        )


async def say_failed(database: Database, message_ids: Sequence[int], *, campaign_id: int = 1) -> None:
    async with database.write() as tx:
        await outbox.say_failed(
            tx,
            chat_id=CHAT,
            thread_id=0,
            language="en",
            campaign_id=campaign_id,
            message_ids=message_ids,
            now=NOON,
        )


async def mark(database: Database, notice_id: int, state: str) -> None:
    async with database.write() as tx:
        await outbox.mark(tx, [notice_id], state)


async def first(database: Database, chat_id: int = CHAT) -> Notice | None:
    async with database.read() as tx:
        return await outbox.first_due(tx, chat_id, NOON + SECOND)


async def test_a_notice_comes_out_as_it_went_in(database: Database) -> None:
    notice_id = await say(database)
    assert await first(database) == Notice(
        id=notice_id,
        chat_id=CHAT,
        thread_id=3,
        kind="hello",
        content={"name": "Анна <b>"},
        language="ru",
        reply_to=55,
        campaign_id=None,
        repeat=False,
        tries=0,
        priority=Priority.ANSWER,
        meant_for=None,
    )
    assert await first(database, OTHER) is None


async def test_answers_go_first_then_the_oldest(database: Database) -> None:
    result = await say(database, priority=Priority.RESULT)
    alert = await say(database, priority=Priority.ALERT)
    one, two = await say(database), await say(database)
    order = []
    while (notice := await first(database)) is not None:
        order.append(notice.id)
        async with database.write() as tx:
            await outbox.sent(tx, notice.id, 900 + notice.id)
    assert order == [one, two, alert, result]
    assert {(row.state, row.message_id - row.id) for row in await rows(database, table)} == {("sent", 900)}


async def test_when_and_where_something_is_to_be_said(database: Database) -> None:
    await say(database, after=5)
    await say(database, chat_id=OTHER, after=9)
    async with database.read() as tx:
        assert await outbox.chats_due(tx, NOON, []) == set()
        assert await outbox.chats_due(tx, NOON + 5 * SECOND, []) == {CHAT}
        assert await outbox.chats_due(tx, NOON + 9 * SECOND, [CHAT]) == {OTHER}
        assert await outbox.first_due(tx, CHAT, NOON + 4 * SECOND) is None
        assert await outbox.next_due(tx, []) == NOON + 5 * SECOND
        assert await outbox.next_due(tx, [CHAT]) == NOON + 9 * SECOND
        assert await outbox.next_due(tx, [CHAT, OTHER]) is None


async def test_what_is_not_pending_is_not_said(database: Database) -> None:
    for state in ("sending", "sent", "dead", "unknown"):
        await mark(database, await say(database), state)
    assert await first(database) is None
    async with database.read() as tx:
        assert await outbox.chats_due(tx, NOON, []) == set()
        assert await outbox.next_due(tx, []) is None


async def test_failures_of_a_campaign_are_told_together_while_they_wait(database: Database) -> None:
    await say_failed(database, [3, 1])
    await say_failed(database, [2, 3])
    await say_failed(database, [9], campaign_id=2)
    told = [(row.campaign_id, row.kind, row.content["message_ids"]) for row in await rows(database, table)]
    assert told == [(1, "failed", [1, 2, 3]), (2, "failed", [9])]


async def test_a_failure_never_joins_what_is_already_on_its_way(database: Database) -> None:
    for number, state in enumerate(("sending", "sent", "unknown", "dead"), start=1):
        await say_failed(database, [number])
        notice = await first(database)
        assert notice is not None
        assert notice.content == {"message_ids": [number]}
        await mark(database, notice.id, state)
    assert len(await rows(database, table)) == 4


async def test_a_retry_waits_and_counts(database: Database) -> None:
    notice_id = await say(database)
    await mark(database, notice_id, "sending")
    async with database.write() as tx:
        await outbox.again(tx, notice_id, at=NOON + 30 * SECOND, repeat=False)
    assert await first(database) is None
    async with database.read() as tx:
        notice = await outbox.first_due(tx, CHAT, NOON + 30 * SECOND)
    assert notice is not None
    assert (notice.tries, notice.repeat) == (1, False)


async def test_once_a_repeat_always_a_repeat(database: Database) -> None:
    notice_id = await say(database)
    for repeat in (True, False):
        async with database.write() as tx:
            await outbox.again(tx, notice_id, at=NOON, repeat=repeat)
    notice = await first(database)
    assert notice is not None
    assert (notice.repeat, notice.tries) == (True, 2)


async def test_what_was_being_sent_at_death_is_repeated_and_marked_until_it_is_too_often(
    database: Database,
) -> None:
    waiting, sending = await say(database), await say(database)

    async def die_and_recover() -> list[tuple[int, str, bool]]:
        await mark(database, sending, "sending")
        async with database.write() as tx:
            await outbox.recover(tx)
        return [(row.id, row.state, row.repeat) for row in await rows(database, table)]

    for _ in range(outbox.TRIES - 1):
        assert await die_and_recover() == [(waiting, "pending", False), (sending, "pending", True)]
    assert await die_and_recover() == [(waiting, "pending", False), (sending, "unknown", True)]


async def test_what_was_promised_is_said_only_if_nobody_kept_the_promise(database: Database) -> None:
    lost, kept, broken = [await say(database) for _ in range(3)]
    async with database.write() as tx:
        for notice_id in (lost, kept, broken):
            await outbox.promise(tx, notice_id)
    assert await first(database) is None
    async with database.write() as tx:
        await outbox.forget(tx, NOON + timedelta(days=30))
        await outbox.keep(tx, kept, {"name": "done"}, NOON)
        await outbox.keep(tx, broken, None, NOON)
    said = await first(database)
    assert said is not None
    assert (said.id, said.content) == (kept, {"name": "done"})
    async with database.write() as tx:
        await outbox.mark(tx, [kept], "sent")
        await outbox.keep(tx, kept, {"name": "again"}, NOON)  # it was promised once
    said = await first(database)
    assert said is not None
    assert (said.id, said.content) == (broken, {"name": "Анна <b>"})
    await mark(database, broken, "sent")
    async with database.write() as tx:
        await outbox.recover(tx)
    said = await first(database)
    assert said is not None
    assert (said.id, said.content, said.repeat) == (lost, {"name": "Анна <b>"}, False)
