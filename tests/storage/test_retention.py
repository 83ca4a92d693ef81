"""Forgetting: what is to go is in no table and no byte of the file, what is counted stays."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from desk.submit import new_ref
from providers.model import MessageState
from storage import drafts, inbound, keyed, ledger, outbox, queues, retention, sealed
from storage.db import Database
from storage.drafts import Place
from storage.ledger import Change
from storage.outbox import Priority
from storage.schema import attempts, campaigns, events, messages, metadata
from storage.schema import inbound as inbound_table

from .seeds import CHAT, NOON, ON_SQLITE, PERSON, VAULT, add_account, begin, campaign, msisdns, rows

TEXT = "Your canary order is ready"
MONTH = timedelta(days=30)
(NUMBER,) = msisdns(1)
(STRANGER,) = msisdns(1, start=77)


async def dump(database: Database) -> str:
    """Every value of every table there is, as text."""
    found: list[str] = []
    async with database.read() as tx:
        for table in metadata.sorted_tables:
            found += [str(list(row)) for row in await tx.execute(sa.select(table))]
    return "\n".join(found)


def on_disk(path: Path) -> bytes:
    """The bytes of the database and of what lies beside it."""
    return b"".join(one.read_bytes() for one in path.parent.iterdir() if one.name.startswith(path.name))


async def finish(
    database: Database, state: MessageState, *, at: datetime = NOON, only: int | None = None
) -> None:
    """Send what is queued and let it come to this end; what the gateway says quotes number and text."""
    account_id = (await rows(database, messages))[0].account_id
    async with database.write() as tx:
        claim = await queues.claim(tx, account_id, limit=only or 100, ref=new_ref(), now=at)
        assert claim is not None
        raw = f"to={claim.messages[0].msisdn} {TEXT}"
        for to in (MessageState.ACCEPTED, state):
            changes = [
                Change(message_id=one.id, to=to, raw=raw, note=f"note {raw}") for one in claim.messages
            ]
            await ledger.apply(tx, changes, source="report", now=at)
        await ledger.close_attempts(
            tx, [ledger.Closing(attempt_id=claim.attempt_id, outcome="accepted", live=True, raw=raw)], at
        )


async def purge(database: Database, before: datetime) -> list[int]:
    async with database.write() as tx:
        ended = await retention.ended(tx, before)
        for campaign_id in ended:
            while await retention.purge(tx, campaign_id, VAULT, NOON + MONTH):
                pass
        while await retention.purge_inbound(tx, before, VAULT):
            pass
    await database.settle()
    return ended


async def hear(database: Database, account_id: int, msisdn: str = NUMBER, key: str = "mo-1") -> int | None:
    async with database.write() as tx:
        return await inbound.add(
            tx, account_id=account_id, key=key, msisdn=msisdn, to="1234", text=TEXT, at=NOON, now=NOON
        )


async def leave_beside(database: Database, content: dict[str, Any]) -> None:
    """A draft, a button and a notice with this content."""
    later = NOON + timedelta(minutes=15)
    async with database.write() as tx:
        place = Place(chat_id=CHAT, thread_id=0, person_id=PERSON)
        await drafts.start(tx, place, kind="send", state="offered", content=content, expires_at=later)
        await drafts.add_button(
            tx, action="x", chat_id=CHAT, person_id=None, subject=content, expires_at=later
        )
        await outbox.say(
            tx, chat_id=CHAT, thread_id=0, kind="said", content=content, language="en",
            priority=Priority.ANSWER, now=NOON,
        )  # fmt: skip


@ON_SQLITE
async def test_after_a_purge_no_table_and_no_byte_holds_a_number_or_the_text(
    database: Database, path: Path
) -> None:
    account_id, campaign_id = await begin(database, 3, text=TEXT)
    await finish(database, MessageState.DELIVERED)
    await hear(database, account_id)
    before = await dump(database)
    assert NUMBER in before
    assert TEXT in before
    assert await purge(database, NOON + timedelta(seconds=1)) == [campaign_id]
    after, kept = await dump(database), on_disk(path)
    for number in msisdns(3):
        assert number not in after
        assert number.encode() not in kept
    assert "canary" not in after
    assert b"canary" not in kept


async def test_counts_and_keyed_hashes_stay(database: Database) -> None:
    await begin(database, 3, text=TEXT)
    await finish(database, MessageState.DELIVERED)
    await purge(database, NOON + timedelta(seconds=1))
    async with database.write() as tx:
        key = await keyed.key(tx, VAULT, keyed.NUMBERS)
    left = await rows(database, messages)
    assert [row.state for row in left] == [MessageState.DELIVERED] * 3
    assert [row.number_hash for row in left] == [keyed.of_number(key, number) for number in msisdns(3)]
    assert [row.raw for row in await rows(database, attempts)] == [None]
    assert {row.raw for row in await rows(database, events)} == {None}
    (one,) = await rows(database, campaigns)
    assert one.text == ""
    assert one.purged_at == NOON + MONTH


@pytest.mark.parametrize(
    "state",
    [MessageState.UNCERTAIN, MessageState.ACCEPTED, MessageState.SENT],
)
async def test_what_has_no_end_is_left_alone(database: Database, state: MessageState) -> None:
    _, campaign_id = await begin(database, 2, text=TEXT)
    await finish(database, MessageState.DELIVERED, only=1)
    assert await purge(database, NOON + MONTH) == []  # one is still queued
    account_id = (await rows(database, messages))[0].account_id
    async with database.write() as tx:
        claim = await queues.claim(tx, account_id, limit=1, ref="second", now=NOON)
        assert claim is not None
        if state != MessageState.ACCEPTED:
            step = [Change(message_id=claim.messages[0].id, to=MessageState.ACCEPTED)]
            await ledger.apply(tx, step if state == MessageState.SENT else [], source="report", now=NOON)
        await ledger.apply(tx, [Change(message_id=claim.messages[0].id, to=state)], source="report", now=NOON)
    assert await purge(database, NOON + MONTH) == []
    assert campaign_id in {row.id for row in await rows(database, campaigns, campaigns.c.text == TEXT)}


async def test_days_count_from_the_end_not_from_the_beginning(database: Database) -> None:
    _, campaign_id = await begin(database, text=TEXT)
    end = NOON + MONTH
    await finish(database, MessageState.DELIVERED, at=end)
    assert await purge(database, end) == []
    assert await purge(database, end + timedelta(seconds=1)) == [campaign_id]
    assert await purge(database, end + timedelta(seconds=1)) == []


async def test_a_long_campaign_is_purged_in_steps(database: Database) -> None:
    count = retention.SEVERAL + 1
    _, campaign_id = await begin(database, count, text=TEXT)
    await finish(database, MessageState.DELIVERED)
    while await rows(database, messages, messages.c.state == "queued"):
        await finish(database, MessageState.DELIVERED, at=NOON + timedelta(seconds=1))
    for steps, more in enumerate((True, True, False), 1):
        async with database.write() as tx:
            assert await retention.purge(tx, campaign_id, VAULT, NOON) is more
        left = len(await rows(database, messages, messages.c.number_hash.is_(None)))
        assert left == max(0, count - steps * retention.SEVERAL)


async def test_an_incoming_sms_is_not_news_again_after_it_was_forgotten(database: Database) -> None:
    account_id, _ = await begin(database)
    assert await hear(database, account_id) == 1
    async with database.write() as tx:
        await retention.forget_number(tx, NUMBER, VAULT, NOON)
    assert await hear(database, account_id) is None
    await purge(database, NOON + timedelta(days=1))
    (row,) = await rows(database, inbound_table)
    assert (row.key, row.msisdn, row.text, len(row.number_hash)) == ("#1", "#1", "", 32)


# One person.


TYPED = [
    NUMBER,
    f"+{NUMBER}",
    f"8{NUMBER[1:]}",
    f"+7 ({NUMBER[1:4]}) {NUMBER[4:7]}-{NUMBER[7:9]}-{NUMBER[9:]}",
    f"8\u00a0{NUMBER[1:4]}\u2009{NUMBER[4:7]} {NUMBER[7:]}",
]


@pytest.mark.parametrize("typed", TYPED)
async def test_what_lies_beside_goes_however_it_was_typed(database: Database, typed: str) -> None:
    await begin(database)
    await leave_beside(database, {"numbers": [typed], "text": "x"})
    await leave_beside(database, {"numbers": [STRANGER], "text": "y"})
    async with database.write() as tx:
        await retention.forget_number(tx, NUMBER, VAULT, NOON)
    left = [line for line in (await dump(database)).splitlines() if "numbers" in line]
    assert len(left) == 3
    assert all(STRANGER in line for line in left)


@ON_SQLITE
async def test_one_person_is_forgotten_and_the_others_stay(database: Database, path: Path) -> None:
    account_id, _ = await begin(database, text="only to one")
    async with database.write() as tx:
        new = campaign(account_id, text=TEXT, msisdns=(NUMBER, STRANGER))
        await ledger.create(tx, new, NOON)
    await finish(database, MessageState.DELIVERED)
    await finish(database, MessageState.UNDELIVERED, at=NOON + timedelta(seconds=1))
    await hear(database, account_id)
    await hear(database, account_id, STRANGER, "mo-2")
    async with database.write() as tx:
        gone = await retention.forget_number(tx, NUMBER, VAULT, NOON)
    await database.settle()
    assert (gone.ended, gone.under_way, gone.inbound) == (2, 0, 1)
    after = await dump(database)
    assert NUMBER not in after
    assert NUMBER.encode() not in on_disk(path)
    assert "only to one" not in after
    assert STRANGER in after
    assert [row.text for row in await rows(database, campaigns)] == ["", TEXT]


async def test_what_is_under_way_is_told_and_forgotten_at_its_end(database: Database) -> None:
    await begin(database, text=TEXT)
    async with database.write() as tx:
        gone = await retention.forget_number(tx, NUMBER, VAULT, NOON)
        assert (gone.ended, gone.under_way) == (0, 1)
        assert not await retention.forget_wanted(tx, VAULT, NOON)
    assert [row.msisdn for row in await rows(database, messages)] == [NUMBER]
    await finish(database, MessageState.DELIVERED)
    async with database.write() as tx:
        assert await retention.forget_wanted(tx, VAULT, NOON)
        assert not await retention.forget_wanted(tx, VAULT, NOON)
    after = await dump(database)
    assert NUMBER not in after
    assert "canary" not in after


async def test_a_number_nobody_knows_leaves_everything_as_it_is(database: Database) -> None:
    async with database.write() as tx:
        await add_account(tx)
    before = await dump(database)
    async with database.write() as tx:
        gone = await retention.forget_number(tx, NUMBER, VAULT, NOON)
    assert (gone.ended, gone.under_way, gone.inbound) == (0, 0, 0)
    assert await dump(database) == before


async def seal_into_button(database: Database, action: str, secret: dict[str, str]) -> str:
    token = drafts.new_token()
    subject = {"sealed": VAULT.seal(sealed.button_owner(token), secret)}
    async with database.write() as tx:
        return await drafts.add_button(
            tx, action=action, chat_id=CHAT, person_id=PERSON, subject=subject,
            expires_at=NOON, token=token,
        )  # fmt: skip


async def test_what_a_button_keeps_sealed_is_forgotten_too(database: Database) -> None:
    about = {"still-send": {"typed": f"8 {NUMBER[1:4]} {NUMBER[4:]} {TEXT}"}, "forget": {"msisdn": NUMBER}}
    for action, secret in about.items():
        await seal_into_button(database, action, secret)
    await seal_into_button(database, "still-send", {"typed": f"+{STRANGER} {TEXT}"})
    async with database.write() as tx:
        place = Place(chat_id=CHAT, thread_id=0, person_id=PERSON)
        login = VAULT.seal(sealed.draft_owner(CHAT, 0, PERSON), {"login": NUMBER})
        await drafts.start(
            tx, place, kind="connect", state="asking", content={"sealed": login}, expires_at=NOON
        )
        await retention.forget_number(tx, NUMBER, VAULT, NOON)
        (left,) = await sealed.composed(tx)
    assert STRANGER in VAULT.open(left.owner, left.sealed)["typed"]


async def test_what_opens_for_nobody_goes_with_any_number(database: Database) -> None:
    async with database.write() as tx:
        await drafts.add_button(
            tx, action="x", chat_id=CHAT, person_id=1, subject={"sealed": "damaged"}, expires_at=NOON
        )
        await retention.forget_number(tx, NUMBER, VAULT, NOON)
        assert await sealed.composed(tx) == []


async def test_a_button_that_was_pressed_keeps_no_secret(database: Database) -> None:
    token = await seal_into_button(database, "still-send", {"typed": NUMBER})
    async with database.write() as tx:
        assert await drafts.use(tx, token, NOON)
        assert not await drafts.use(tx, token, NOON)
        button = await drafts.button(tx, token)
        assert await sealed.composed(tx) == []
    assert button is not None
    assert (button.subject, button.used_at) == ({}, NOON)
