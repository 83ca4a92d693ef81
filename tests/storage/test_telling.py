"""What is to be said in which chat, over notices, cards and topics at once."""

from datetime import timedelta

from storage import outbox, telling
from storage.db import Database
from storage.outbox import Priority
from storage.telling import Waiting

from .seeds import CHAT, NOON, begin

OTHER, LATER = CHAT - 1, NOON + timedelta(minutes=1)


async def say(database: Database, chat_id: int, *, held: bool = False) -> int:
    async with database.write() as tx:
        return await outbox.say(
            tx,
            chat_id=chat_id,
            thread_id=0,
            kind="said",
            content={"html": "Hello"},
            language="en",
            priority=Priority.ANSWER,
            now=LATER,
            held_until=LATER if held else None,
        )


async def waiting(database: Database) -> list[Waiting]:
    async with database.read() as tx:
        return sorted(await telling.waiting(tx), key=lambda one: -one.chat_id)


async def test_each_chat_is_there_once_with_what_is_due_first(database: Database) -> None:
    assert await waiting(database) == []
    await begin(database)  # a card that is behind
    assert await waiting(database) == [Waiting(chat_id=CHAT, due_at=NOON, alone=True, notice_id=None)]
    await say(database, CHAT)
    notice_id = await say(database, OTHER)
    await say(database, OTHER - 1, held=True)
    assert await waiting(database) == [
        Waiting(chat_id=CHAT, due_at=NOON, alone=False, notice_id=None),
        Waiting(chat_id=OTHER, due_at=LATER, alone=True, notice_id=notice_id),
    ]


async def test_what_is_said_waits_no_more(database: Database) -> None:
    notice_id = await say(database, OTHER)
    async with database.write() as tx:
        await outbox.mark(tx, [notice_id], "sending")
    assert await waiting(database) == []
