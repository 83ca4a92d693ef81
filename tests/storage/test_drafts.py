"""Drafts and buttons: one question at a time, one effect a press, tokens nobody guesses."""

import asyncio
import base64
from dataclasses import replace
from datetime import timedelta

import pytest

from storage import drafts
from storage.db import Database, Transaction
from storage.drafts import Place

from .seeds import CHAT, NOON, PERSON

HERE = Place(chat_id=CHAT, thread_id=0, person_id=PERSON)
LATER = NOON + timedelta(minutes=15)


async def start(tx: Transaction, place: Place = HERE, *, state: str = "asking", text: str = "") -> int:
    content = {"text": text, "numbers": ["79030000001"]}
    return await drafts.start(tx, place, kind="send", state=state, content=content, expires_at=LATER)


async def add_button(tx: Transaction, *, person_id: int | None = PERSON) -> str:
    return await drafts.add_button(
        tx, action="confirm", chat_id=CHAT, person_id=person_id, subject={"draft": 7}, expires_at=LATER
    )


async def test_a_draft_keeps_what_was_said(database: Database) -> None:
    async with database.write() as tx:
        draft_id = await start(tx, text="two\nlines & <b>")
    async with database.read() as tx:
        draft = await drafts.asking(tx, HERE, NOON)
        assert draft == await drafts.get(tx, draft_id)
        assert await drafts.get(tx, draft_id + 1) is None
    assert draft is not None
    assert draft.content == {"text": "two\nlines & <b>", "numbers": ["79030000001"]}
    assert (draft.place, draft.expires_at, draft.campaign_id) == (HERE, LATER, None)


@pytest.mark.parametrize("elsewhere", ["chat_id", "thread_id", "person_id"])
async def test_a_question_is_for_one_person_in_one_place(database: Database, elsewhere: str) -> None:
    there = replace(HERE, **{elsewhere: 5})
    async with database.write() as tx:
        mine = await start(tx)
        assert await drafts.asking(tx, there, NOON) is None
        theirs = await start(tx, there)
        found = [await drafts.asking(tx, place, NOON) for place in (HERE, there)]
    assert [one.id for one in found if one] == [mine, theirs]


async def test_a_new_question_replaces_the_open_one(database: Database) -> None:
    async with database.write() as tx:
        first = await start(tx)
        second = await start(tx)
        assert await drafts.get(tx, first) is None
        asking = await drafts.asking(tx, HERE, NOON)
    assert asking is not None
    assert asking.id == second


async def test_an_offer_outlives_a_new_question(database: Database) -> None:
    async with database.write() as tx:
        offered = await start(tx, state="offered")
        await start(tx)
        assert await drafts.drop_asking(tx, HERE)
        assert not await drafts.drop_asking(tx, HERE)
        assert await drafts.asking(tx, HERE, NOON) is None
        assert await drafts.get(tx, offered) is not None


async def test_a_question_expires(database: Database) -> None:
    async with database.write() as tx:
        await start(tx)
        assert await drafts.asking(tx, HERE, LATER - timedelta(seconds=1)) is not None
        assert await drafts.asking(tx, HERE, LATER) is None


async def test_an_offer_is_decided_once(database: Database) -> None:
    async with database.write() as tx:
        draft_id = await start(tx, state="offered")

    async def decide(by: str) -> bool:
        async with database.write() as tx:
            return await drafts.decide(tx, draft_id, state="confirmed", by=by)

    decided = dict(zip("abcd", await asyncio.gather(*map(decide, "abcd")), strict=True))
    (winner,) = [by for by, won in decided.items() if won]
    async with database.write() as tx:
        assert not await drafts.decide(tx, draft_id, state="dismissed", by="late")
        await drafts.link_campaign(tx, draft_id, 12)
        draft = await drafts.get(tx, draft_id)
    assert draft is not None
    assert (draft.state, draft.decided_by, draft.campaign_id) == ("confirmed", winner, 12)


async def test_what_still_asks_cannot_be_decided(database: Database) -> None:
    async with database.write() as tx:
        draft_id = await start(tx)
        assert not await drafts.decide(tx, draft_id, state="confirmed", by="anna")


async def test_tokens_are_128_random_bits(database: Database) -> None:
    async with database.write() as tx:
        tokens = {await add_button(tx) for _ in range(200)}
    assert len(tokens) == 200
    raw = [base64.urlsafe_b64decode(f"{token}==") for token in tokens]
    assert {len(one) for one in raw} == {16}
    # Every bit is sometimes 1 and sometimes 0: none is a counter, a clock or a constant.
    numbers = [int.from_bytes(one) for one in raw]
    assert all(len({number >> bit & 1 for number in numbers}) == 2 for bit in range(128))
    # With a prefix it must fit the 64 bytes of a button.
    assert {len(token) for token in tokens} == {22}


@pytest.mark.parametrize("person_id", [PERSON, None])
async def test_a_button_keeps_what_it_does(database: Database, person_id: int | None) -> None:
    async with database.write() as tx:
        token = await add_button(tx, person_id=person_id)
        found = await drafts.button(tx, token)
        assert await drafts.button(tx, token.swapcase()) is None
    assert found is not None
    assert (found.action, found.chat_id, found.person_id) == ("confirm", CHAT, person_id)
    assert (found.subject, found.expires_at, found.used_at) == ({"draft": 7}, LATER, None)


async def test_a_token_is_spent_once(database: Database) -> None:
    async with database.write() as tx:
        token = await add_button(tx)
        other = await add_button(tx)

    async def press() -> bool:
        async with database.write() as tx:
            return await drafts.use(tx, token, NOON)

    assert sorted(await asyncio.gather(*(press() for _ in range(8)))) == [False] * 7 + [True]
    async with database.write() as tx:
        used = await drafts.button(tx, token)
        assert used is not None
        assert used.used_at == NOON
        assert await drafts.use(tx, other, NOON)
        assert not await drafts.use(tx, "no-such-token", NOON)


async def test_a_press_that_fails_leaves_the_token_unspent(database: Database) -> None:
    async with database.write() as tx:
        token = await add_button(tx)

    async def press_and_fail() -> None:
        async with database.write() as tx:
            assert await drafts.use(tx, token, NOON)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await press_and_fail()
    async with database.write() as tx:
        assert await drafts.use(tx, token, NOON)


async def test_what_expired_is_forgotten(database: Database) -> None:
    async with database.write() as tx:
        asked = await start(tx)
        offered = await start(tx, replace(HERE, thread_id=1), state="offered")
        decided = await start(tx, replace(HERE, thread_id=2), state="offered")
        await drafts.decide(tx, decided, state="confirmed", by="anna")
        token = await add_button(tx)
        await drafts.forget_expired(tx, LATER)
        assert await drafts.button(tx, token) is not None
        assert await drafts.get(tx, asked) is not None
        await drafts.forget_expired(tx, LATER + timedelta(seconds=1))
        assert await drafts.button(tx, token) is None
        assert [await drafts.get(tx, one) is None for one in (asked, offered, decided)] == [True, True, True]
