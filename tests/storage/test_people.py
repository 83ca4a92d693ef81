"""People, invites and groups: roles are given and taken as a whole, links work once."""

from datetime import timedelta

import pytest

from storage import accounts, chats, drafts, invites, people
from storage.chats import Group
from storage.db import Database, Transaction
from storage.drafts import Place
from storage.invites import Invite
from storage.people import Role

from .seeds import CHAT, NOON, PERSON, add_account

LATER = NOON + timedelta(minutes=15)
STAFF = -1001
INVITE = Invite(role="operator", chat_id=STAFF, thread_id=0, inviter=PERSON, language="en")


async def let_in(tx: Transaction, role: Role = Role.OPERATOR, *, chat_id: int | None = None) -> None:
    await people.allow(
        tx, person_id=PERSON, name="Boris", role=role, added_by=1, by="Anna", via="reply", chat_id=chat_id,
        now=NOON,
    )  # fmt: skip


async def open_cards(tx: Transaction, person_id: int = PERSON) -> tuple[int, int, str]:
    """A question, a confirm card and its button."""
    places = [Place(chat_id=CHAT, thread_id=topic, person_id=person_id) for topic in (0, 1)]
    asking, offered = [
        await drafts.start(tx, place, kind="send", state=state, content={}, expires_at=LATER)
        for place, state in zip(places, ("asking", "offered"), strict=True)
    ]
    token = await drafts.add_button(
        tx, action="confirm", chat_id=CHAT, person_id=person_id, subject={}, expires_at=LATER
    )
    return asking, offered, token


def test_roles_stand_in_order_and_are_read_from_words() -> None:
    assert Role.VIEWER < Role.OPERATOR < Role.MANAGER < Role.ADMIN
    assert [Role.of(one.word.title()) for one in Role] == list(Role)
    assert Role.of("owner") is None


@pytest.mark.parametrize("how", ["removed", "changed", "allowed anew", "left"])
async def test_what_somebody_had_open_dies_with_their_role(database: Database, how: str) -> None:
    async with database.write() as tx:
        await let_in(tx, chat_id=STAFF)
        asking, offered, token = await open_cards(tx)
        _, others, other_token = await open_cards(tx, PERSON + 1)
        link = await invites.add(tx, INVITE, LATER)
        match how:
            case "removed":
                assert await people.remove(tx, PERSON, by="Anna", now=NOON)
            case "changed":
                assert await people.change(tx, PERSON, Role.VIEWER, by="Anna", now=NOON)
            case "left":
                assert await people.left(tx, STAFF, PERSON, NOON)
            case _:
                await let_in(tx, Role.VIEWER)
    async with database.write() as tx:
        assert await drafts.get(tx, asking) is None
        card = await drafts.get(tx, offered)
        assert card is not None
        assert card.state == "withdrawn"
        assert card.decided_by == ("Boris" if how == "left" else "Anna")
        assert not await drafts.use(tx, token, NOON)
        assert not await invites.is_open(tx, link, NOON)
        kept = await drafts.get(tx, others)
        assert kept is not None
        assert kept.state == "offered"
        assert await drafts.use(tx, other_token, NOON)
        known = await people.get(tx, PERSON)
        assert (known is None) == (how in {"removed", "left"})
        assert known is None or known.role is Role.VIEWER


async def test_only_who_came_through_a_group_goes_with_it(database: Database) -> None:
    async with database.write() as tx:
        await let_in(tx, chat_id=STAFF)
        assert not await people.left(tx, STAFF - 1, PERSON, NOON)
        assert not await people.left(tx, STAFF, PERSON + 1, NOON)
        assert await people.get(tx, PERSON) is not None
        await let_in(tx, chat_id=None)
        assert not await people.left(tx, STAFF, PERSON, NOON)


async def test_nobody_is_changed_or_removed_who_is_not_there(database: Database) -> None:
    async with database.write() as tx:
        assert not await people.change(tx, PERSON, Role.ADMIN, by="Anna", now=NOON)
        assert not await people.remove(tx, PERSON, by="Anna", now=NOON)
        assert await people.every(tx) == []


async def test_an_invite_works_once_and_for_a_while_and_is_kept_as_a_hash(database: Database) -> None:
    async with database.write() as tx:
        token = await invites.add(tx, INVITE, LATER)
        late = await invites.add(tx, INVITE, LATER)
        assert len(token) == 22
        rows = await tx.exec_driver_sql("SELECT * FROM invites")
        assert token not in str(list(rows))
        assert await invites.use(tx, token, NOON) == INVITE
        assert await invites.use(tx, token, NOON) is None
        assert await invites.use(tx, late, LATER) is None
        assert await invites.use(tx, "forged", NOON) is None
        await invites.forget(tx, LATER + timedelta(days=1))
        assert await invites.use(tx, late, NOON) is None


async def test_a_group_is_known_by_a_person_or_by_an_account(database: Database) -> None:
    async with database.write() as tx:
        assert not await chats.known(tx, STAFF)
        await chats.allow(tx, Group(id=STAFF, title="Old"), by=1, now=NOON)
        await chats.allow(tx, Group(id=STAFF, title="New"), by=2, now=NOON)
        assert await chats.every(tx) == [Group(id=STAFF, title="New")]
        await chats.forget(tx, STAFF)
        assert not await chats.known(tx, STAFF)
    async with database.write() as tx:
        account_id = (await add_account(tx)).id
        (home,) = await accounts.chats_of(tx, account_id)
        assert await chats.known(tx, home)
        assert not await accounts.unshare(tx, account_id, home)
        await accounts.share(tx, account_id, STAFF)
        await accounts.share(tx, account_id, STAFF)
        assert await chats.known(tx, STAFF)
        assert await accounts.unshare(tx, account_id, home)
        assert not await accounts.unshare(tx, account_id, home)
        assert await accounts.chats_of(tx, account_id) == [STAFF]


@pytest.mark.parametrize("both", [False, True])
async def test_a_group_that_moves_takes_its_people_along(database: Database, both: bool) -> None:
    moved = STAFF * 1000
    async with database.write() as tx:
        await chats.allow(tx, Group(id=STAFF, title="Staff"), by=1, now=NOON)
        if both:
            await chats.allow(tx, Group(id=moved, title="Staff"), by=1, now=NOON)
        await let_in(tx, chat_id=STAFF)
        await chats.migrate(tx, STAFF, moved)
        assert [one.id for one in await chats.every(tx)] == [moved]
        assert await people.left(tx, moved, PERSON, NOON)


async def test_a_version_tells_contents_apart(database: Database) -> None:
    assert drafts.version({"a": 1, "b": 2}) == drafts.version({"b": 2, "a": 1})
    assert drafts.version({"a": 1}) != drafts.version({"a": 2})
