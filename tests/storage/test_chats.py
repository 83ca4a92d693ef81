"""A group that becomes a supergroup keeps what it had, also when the new chat has something already."""

from datetime import timedelta

import pytest

from storage import accounts, campaigns, cards, chats, drafts, ledger, outbox, sealed
from storage.db import Database
from storage.drafts import Place
from storage.outbox import Priority

from .seeds import CHAT, NOON, PERSON, VAULT, begin, campaign

NEW = CHAT * 1000
OLD_PLACE = Place(chat_id=CHAT, thread_id=0, person_id=PERSON)
NEW_PLACE = Place(chat_id=NEW, thread_id=0, person_id=PERSON)
LATER = NOON + timedelta(minutes=15)


async def test_everything_moves_to_the_new_chat(database: Database) -> None:
    account_id, campaign_id = await begin(database)
    async with database.write() as tx:
        await drafts.start(tx, OLD_PLACE, kind="send", state="asking", content={}, expires_at=LATER)
        token = await drafts.add_button(
            tx, action="cancel", chat_id=CHAT, person_id=None, subject={}, expires_at=LATER
        )
        await outbox.say(
            tx,
            chat_id=CHAT,
            thread_id=0,
            kind="hello",
            content={},
            language="en",
            priority=Priority.ANSWER,
            now=NOON,
        )
        await cards.place(tx, campaign_id, 77)
        await chats.migrate(tx, CHAT, NEW)
    async with database.read() as tx:
        assert await accounts.chats_of(tx, account_id) == [NEW]
        assert await campaigns.view(tx, campaign_id, chat_id=NEW) is not None
        assert await drafts.asking(tx, NEW_PLACE, NOON) is not None
        assert await outbox.chats_due(tx, NOON, []) == {NEW}
        card, button = await cards.of(tx, campaign_id), await drafts.button(tx, token)
    assert card is not None
    assert button is not None
    assert (card.chat_id, button.chat_id) == (NEW, NEW)
    assert card.message_id is None  # the new chat counts its messages anew


async def test_what_both_chats_have_is_kept_once(database: Database) -> None:
    account_id, _ = await begin(database)
    async with database.write() as tx:
        await accounts.allow_chats(tx, account_id, [CHAT, NEW])
        await drafts.start(
            tx, OLD_PLACE, kind="send", state="asking", content={"in": "old"}, expires_at=LATER
        )
        await drafts.start(
            tx, NEW_PLACE, kind="send", state="asking", content={"in": "new"}, expires_at=LATER
        )
        await chats.migrate(tx, CHAT, NEW)
    async with database.read() as tx:
        assert await accounts.chats_of(tx, account_id) == [NEW]
        asking = await drafts.asking(tx, NEW_PLACE, NOON)
    assert asking is not None
    assert asking.content == {"in": "new"}


async def test_a_chat_without_anything_has_nothing_to_move(database: Database) -> None:
    await begin(database)
    async with database.write() as tx:
        assert not await chats.migrate(tx, CHAT - 1, NEW)
        assert await chats.migrate(tx, CHAT, NEW)
        assert not await chats.migrate(tx, CHAT, NEW)


async def test_a_chat_of_which_the_new_one_has_all_moved_too(database: Database) -> None:
    async with database.write() as tx:
        for chat_id in (CHAT, NEW):
            await chats.choose_language(tx, chat_id, "en")
        assert await chats.migrate(tx, CHAT, NEW)
        assert not await chats.migrate(tx, CHAT, NEW)


async def test_a_chat_speaks_the_language_of_its_last_answer_else_of_its_newest_card(
    database: Database,
) -> None:
    account_id, _ = await begin(database)
    async with database.write() as tx:
        assert await chats.language_of(tx, CHAT) == "en"
        assert await chats.language_of(tx, CHAT - 1) == "ru"
        newer = await ledger.create(tx, campaign(account_id), NOON)
        await cards.add(
            tx,
            campaign_id=newer,
            chat_id=CHAT,
            thread_id=0,
            message_id=None,
            language="ru",
            cancel_token="t",
            now=NOON,
        )
        assert await chats.language_of(tx, CHAT) == "ru"
        for priority, language in ((Priority.ANSWER, "en"), (Priority.ALERT, "ru")):
            await outbox.say(
                tx,
                chat_id=CHAT,
                thread_id=0,
                kind="said",
                content={},
                language=language,
                priority=priority,
                now=NOON,
            )
        assert await chats.language_of(tx, CHAT) == "en"


async def test_what_a_button_keeps_sealed_opens_after_the_move(database: Database) -> None:
    token = drafts.new_token()
    secret = {"sealed": VAULT.seal(sealed.button_owner(token), {"typed": "x"})}
    async with database.write() as tx:
        await drafts.add_button(
            tx, action="still-send", chat_id=CHAT, person_id=1, subject=secret, expires_at=LATER, token=token
        )
        await chats.migrate(tx, CHAT, NEW)
        (row,) = await sealed.rows(tx)
    assert VAULT.open(row.owner, row.sealed) == {"typed": "x"}
    assert token not in row.owner


@pytest.mark.parametrize("name", ["chat_id", "with"])
async def test_buttons_and_questions_elsewhere_mean_the_new_chat(database: Database, name: str) -> None:
    place = Place(chat_id=PERSON, thread_id=0, person_id=PERSON)
    content = {name: CHAT, "title": f"Once {CHAT}"}
    async with database.write() as tx:
        token = await drafts.add_button(
            tx, action="share-with", chat_id=PERSON, person_id=1, subject=content, expires_at=LATER
        )
        await drafts.start(tx, place, kind="connect", state="asking", content=content, expires_at=LATER)
        await chats.migrate(tx, CHAT, NEW)
        button, asking = await drafts.button(tx, token), await drafts.asking(tx, place, NOON)
    assert button is not None
    assert asking is not None
    assert button.subject == asking.content == {name: NEW, "title": f"Once {CHAT}"}


async def test_what_is_offered_keeps_what_it_showed(database: Database) -> None:
    async with database.write() as tx:
        draft_id = await drafts.start(
            tx, OLD_PLACE, kind="send", state="offered", content={"chat_id": CHAT}, expires_at=LATER
        )
        await chats.migrate(tx, CHAT, NEW)
        draft = await drafts.get(tx, draft_id)
    assert draft is not None
    assert draft.content == {"chat_id": CHAT}
