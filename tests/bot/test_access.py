"""Who may act: known people in their own name, by numeric id, and nobody else, in any kind of update."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from telegram import Update

from bot.access import ALLOWED_UPDATES, Facts, Row, Verdict, judge
from bot.settings import NOBODY, Limits
from desk.clock import utc_now
from sandbox.telegram import Person
from storage.people import Role

from ..flow.desk import ADMIN, Stands, stands, working

STRANGER, ANONYMOUS, CHANNEL_IDENTITY, SERVICE = 2002, 1087968824, 136817688, 777000
ADMINS = frozenset({ADMIN})
GROUP = {"id": -100500, "type": "supergroup", "title": "Desk"}
CHANNEL = {"id": -100600, "type": "channel", "title": "News"}
BOT = {"id": 5, "is_bot": True, "first_name": "Helper", "username": "helper_bot"}
NEUTRAL = "This is a work bot. It serves a closed group of people."


def user(user_id: int, *, is_bot: bool = False, **fields: Any) -> dict[str, Any]:
    return {"id": user_id, "is_bot": is_bot, "first_name": "Anna", **fields}


def message(
    sender: dict[str, Any] | None, chat: dict[str, Any] | None = None, **fields: Any
) -> dict[str, Any]:
    plain = {"message_id": 7, "date": 1_800_000_000, "text": "/send", **fields}
    plain["chat"] = chat or {"id": (sender or {}).get("id", 1), "type": "private", "first_name": "Anna"}
    return plain | ({} if sender is None else {"from": sender})


def press(sender: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"id": "1", "from": sender, "chat_instance": "1", "data": "x", **fields}


def acts(kind: str, payload: dict[str, Any], admins: frozenset[int] = ADMINS) -> bool:
    update = Update.de_json({"update_id": 1, kind: payload}, None)
    assert len(update.to_dict()) == 2, "the payload was not understood"
    person = update.effective_user
    role = Role.ADMIN if person is not None and person.id in admins - NOBODY else None
    facts = Facts(role=role, chat_known=True)
    row = Row(least=Role.ADMIN)
    return judge(update, row, facts, now=utc_now(), stale=timedelta(minutes=2)) is Verdict.PASS


# People, in every kind of update that carries one.

SENDERS = {
    "admin": (user(ADMIN), True),
    "stranger": (user(STRANGER), False),
    "bot": (BOT, False),
    "anonymous administrator of a group": (user(ANONYMOUS, username="GroupAnonymousBot"), False),
    "channel identity": (user(CHANNEL_IDENTITY, username="Channel_Bot"), False),
    "Telegram itself": (user(SERVICE), False),
}


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize("chat", [None, GROUP], ids=["private", "group"])
@pytest.mark.parametrize("kind", ["message", "edited_message"])
def test_who_may_act_by_writing(kind: str, chat: dict[str, Any] | None, sender: str) -> None:
    person, may = SENDERS[sender]
    assert acts(kind, message(person, chat)) is may


@pytest.mark.parametrize("sender", SENDERS)
def test_who_may_act_by_pressing(sender: str) -> None:
    person, may = SENDERS[sender]
    assert acts("callback_query", press(person, message=message(BOT, GROUP))) is may


@pytest.mark.parametrize("sender", [name for name in SENDERS if name != "admin"])
def test_nobody_may_be_made_admin_who_is_no_person(sender: str) -> None:
    """Were such an id in the list, everybody behind it would act."""
    person, _ = SENDERS[sender]
    listed = frozenset({ADMIN, int(person["id"])})
    assert acts("message", message(person, GROUP), listed) is (sender == "stranger")


# An admin, but not in their own words or name.

OTHER_WORDS: dict[str, dict[str, Any]] = {
    "forwarded": {"forward_origin": {"type": "user", "date": 1, "sender_user": user(STRANGER)}},
    "forwarded from a hidden user": {
        "forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "Anna"}
    },
    "forwarded by oneself": {"forward_origin": {"type": "user", "date": 1, "sender_user": user(ADMIN)}},
    "forwarded from a channel": {
        "forward_origin": {"type": "channel", "date": 1, "chat": CHANNEL, "message_id": 3}
    },
    "via a bot": {"via_bot": BOT},
    "in the name of a channel": {"sender_chat": CHANNEL},
    "in the name of the group": {"sender_chat": GROUP},
    "forwarded by itself from the linked channel": {"is_automatic_forward": True},
}


@pytest.mark.parametrize("how", OTHER_WORDS)
@pytest.mark.parametrize("kind", ["message", "edited_message"])
def test_other_peoples_words_do_not_act(kind: str, how: str) -> None:
    assert acts(kind, message(user(ADMIN), GROUP))
    assert not acts(kind, message(user(ADMIN), GROUP, **OTHER_WORDS[how]))


# Kinds of updates in which even an admin does nothing.

STATUS = {"user": user(ADMIN), "status": "member"}
MEMBERSHIP = {
    "chat": GROUP,
    "from": user(ADMIN),
    "date": 1,
    "old_chat_member": STATUS,
    "new_chat_member": STATUS,
}
OTHER_KINDS: dict[str, dict[str, Any]] = {
    "channel_post": message(None, CHANNEL),
    "edited_channel_post": message(None, CHANNEL),
    "my_chat_member": MEMBERSHIP,
    "chat_member": MEMBERSHIP,
    "inline_query": {"id": "1", "from": user(ADMIN), "query": "x", "offset": ""},
    "chosen_inline_result": {"result_id": "1", "from": user(ADMIN), "query": "x"},
    "chat_join_request": {"chat": GROUP, "from": user(ADMIN), "user_chat_id": ADMIN, "date": 1},
    "poll_answer": {"poll_id": "1", "user": user(ADMIN), "option_ids": [], "option_persistent_ids": []},
    "business_message": message(user(ADMIN)),
}


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_no_other_kind_of_update_acts(kind: str) -> None:
    assert not acts(kind, OTHER_KINDS[kind])


def test_a_reaction_acts_for_somebody_and_for_nobody_in_particular_never() -> None:
    changed = {"chat": GROUP, "message_id": 1, "date": 1, "old_reaction": [], "new_reaction": []}
    assert acts("message_reaction", {**changed, "user": user(ADMIN)})
    assert not acts("message_reaction", {**changed, "user": user(STRANGER)})
    assert not acts("message_reaction", {**changed, "actor_chat": GROUP})


def test_a_channel_post_signed_by_an_admin_does_not_act() -> None:
    assert not acts("channel_post", message(user(ADMIN), CHANNEL))


def test_a_press_under_a_message_of_an_inline_bot_does_not_act() -> None:
    assert not acts("callback_query", press(user(ADMIN), inline_message_id="9"))


def test_a_press_under_a_message_too_old_to_see_acts() -> None:
    old = {"chat": GROUP, "message_id": 7, "date": 0}
    assert acts("callback_query", press(user(ADMIN), message=old))


def test_only_the_numeric_id_counts() -> None:
    """Names can be taken by anybody."""
    impostor = user(STRANGER, username=str(ADMIN), last_name=str(ADMIN))
    assert not acts("message", message(impostor))
    assert acts("message", message(user(ADMIN, username="somebody_else")))
    assert not acts("message", message(user(-ADMIN)))
    assert not acts("message", message(user(ADMIN)), frozenset())


def test_telegram_is_asked_for_what_is_handled_and_no_more() -> None:
    assert set(ALLOWED_UPDATES) == {
        "message", "edited_message", "callback_query", "message_reaction", "my_chat_member",
        "chat_member",
    }  # fmt: skip


# What a stranger gets.


class Clock:
    """The real time, and what a test adds to it."""

    ahead = timedelta()

    def __call__(self) -> Any:
        return utc_now() + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def world(tmp_path: Path, clock: Clock) -> AsyncIterator[Stands]:
    async with stands(clock=clock) as made:
        async with working(made.settings(tmp_path), clock=clock):
            yield made


async def _all_heard(world: Stands) -> None:
    """Anna is served after all that came before, so that what did not come by then does not come."""
    await world.ask("/help", having="What I can do")
    await world.telegram.wait_for(lambda: not world.telegram.pending_updates)


async def test_a_stranger_hears_one_neutral_line_once_in_a_while(world: Stands, clock: Clock) -> None:
    boris = world.telegram.person(STRANGER, "Boris", language_code="en")
    chat = world.telegram.private(boris)
    for text in ("/start", "/help", "/send +79031234567 x", "hello"):
        chat.say(boris, text)
    await world.telegram.wait_for(lambda: chat.bot_messages)
    chat.send_photo(boris)
    # A press is answered every time: by then all that came before it is done with.
    pressed = chat.press_data(boris, chat.bot_messages[0], "no such button")
    await world.telegram.wait_for(lambda: pressed.answer)
    clock.ahead += Limits().stranger_pause + timedelta(seconds=1)
    chat.say(boris, "/start")
    await world.telegram.wait_for(lambda: len(chat.bot_messages) == 2)
    await _all_heard(world)
    assert [one.text for one in chat.bot_messages] == [NEUTRAL, NEUTRAL]
    assert not any(one.keyboard for one in chat.bot_messages)


async def test_a_stranger_hears_it_in_their_language(world: Stands) -> None:
    ivan = world.telegram.person(STRANGER, "Ivan", language_code="ru")
    chat = world.telegram.private(ivan)
    chat.say(ivan, "/start")
    await world.telegram.wait_for(lambda: chat.bot_messages)
    assert chat.bot_messages[0].text == "Это рабочий бот для закрытого круга людей."


async def test_in_a_group_that_is_not_known_a_stranger_hears_so_once(world: Stands) -> None:
    boris = world.telegram.person(STRANGER, "Boris", language_code="en")
    group = world.telegram.group(-100500, "Desk", [boris, world.anna])
    group.say(boris, "/start")
    group.say(boris, "/send@smsdesk_demo_bot +79031234567 x")
    group.say(world.anna, "/accounts")
    await world.telegram.wait_for(lambda: len(group.bot_messages) == 2)
    explained, answered = group.bot_messages
    assert explained.text.startswith("I work only in groups that one of my admins brought me into")
    assert answered.text.startswith("No gateway is connected")


async def test_a_stranger_who_presses_gets_the_line_as_a_notice_and_nothing_runs(world: Stands) -> None:
    boris: Person = world.telegram.person(STRANGER, "Boris", language_code="en")
    group = world.telegram.group(-100500, "Desk", [boris, world.anna])
    await world.connect("smsc")
    offer = await world.ask("/send +79031234500 Hello", having="Check, then send")
    pressed = world.chat.press_data(boris, offer, str(offer.button("✅").callback_data))  # type: ignore[union-attr]
    answer = await world.telegram.wait_for(lambda: pressed.answer)
    assert answer is not None
    assert answer.text == NEUTRAL
    assert group.bot_messages == []
    assert world.smsc.journal.accepted == []
    assert "#1 is in the queue" in await world.press(offer, "✅")
