"""U41 to U43, U54 and D5: alerts in private chats, groups and channels, quiet hours, the digest."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from bot.notifier import PAUSE
from sandbox.telegram import Chat, Message
from sandbox.telegram.calls import Call
from storage.db import Database
from storage.schema import outbox

from .desk import DELIVERED, UNDELIVERED, Stands, stands, working
from .steps import Ahead, comes_to, confirmed, connect_group, knock, offered, says, seen, toast

T = TypeVar("T")
EVERY = timedelta(minutes=5)
GROUP, CHANNEL = -1001234567890, -1009876543210
RATES = {"balance_every": "5m", "outage": "2m", "stuck": "15m", "snooze": "12h"}


@dataclass
class Hands(Ahead):
    """The clock of a test, and the database of the bot that goes by it."""

    database: Database | None = None

    async def left_to_say(self) -> int:
        """How many notices wait, or are being said."""
        assert self.database is not None
        async with self.database.read() as tx:
            states = await tx.scalars(sa.select(outbox.c.state))
        return sum(state in {"pending", "sending"} for state in states)


@pytest.fixture
def clock() -> Hands:
    """Noon in Moscow, whenever the test runs: a digest has its hour, and so has the quiet."""
    now = datetime.now(UTC)
    return Hands(by=now.replace(hour=9, minute=0, second=0) + timedelta(days=1) - now)


@pytest.fixture
async def world(clock: Hands) -> AsyncIterator[Stands]:
    async with stands(clock=clock) as made:
        yield made


@pytest.fixture
async def desk(world: Stands, clock: Hands, tmp_path: Path) -> AsyncIterator[Stands]:
    async with working(world.settings(tmp_path, alerts=RATES), clock=clock) as bot:
        clock.database = bot.services.database
        yield world


# Steps.


async def later(desk: Stands, clock: Hands, by: timedelta, look: Callable[[], T | None]) -> T:
    """Let time pass, and wait until Telegram has this to show."""
    clock.by += by
    await knock(desk)
    return await seen(desk, look)


async def in_minutes(desk: Stands, clock: Hands, look: Callable[[], T | None]) -> T:
    """Let minutes pass, one by one, until there is something to see."""
    async with asyncio.timeout(20):
        while (found := look()) is None:
            clock.by += timedelta(minutes=1)
            await knock(desk)
    return found


async def asked_again(desk: Stands, clock: Hands, balance: str | None = None) -> None:
    """Let it be asked for the balance once more, and what follows be said."""
    if balance is not None:
        desk.smsc.account.balance = Decimal(balance)
    asked = balance_questions(desk)
    clock.by += EVERY
    await knock(desk)
    await desk.smsc.wait_for(lambda: balance_questions(desk) > asked)
    await settled(desk, clock)


async def settled(desk: Stands, clock: Hands) -> None:
    """What a round decides is said: what is decided in the next one, a minute on, comes after it."""
    asked = balance_questions(desk)
    clock.by += EVERY
    await knock(desk)
    await desk.smsc.wait_for(lambda: balance_questions(desk) > asked)
    while await clock.left_to_say():
        await knock(desk)


def balance_questions(desk: Stands) -> int:
    return sum("balance" in str(one[0]).lower() for one in desk.smsc.requests)


def told(chat: Chat, words: str) -> list[Message]:
    return [one for one in chat.bot_messages if words in one.text]


def last(chat: Chat, words: str) -> Callable[[], Message | None]:
    return lambda: next(iter(told(chat, words)[::-1]), None)


async def channel_of(desk: Stands) -> Chat:
    """Anna has let the bot post in a channel."""
    channel = desk.telegram.channel(CHANNEL, "Money", username="money")
    channel.expel_bot(desk.anna)
    channel.invite_bot(desk.anna, admin=True)
    await seen(desk, last(desk.chat, "I may post in Money"))
    return channel


async def watched(desk: Stands, place: str, wanted: str = "500") -> Chat:
    """Alerts of an SMSC account at a threshold, told in a private chat, a group or a channel."""
    if place == "group":
        group = desk.telegram.group(GROUP, "Support", [desk.anna])
        await connect_group(desk, group)
        await says(desk, group, f"/alerts {wanted}", having="→ here")
        return group
    await desk.connect("smsc")
    if place == "channel":
        channel = await channel_of(desk)
        await desk.ask(f"/alerts {wanted} to=@money", having="→ Money")
        await seen(desk, last(channel, "come here"))
        return channel
    await desk.ask(f"/alerts {wanted}", having="→ here")
    return desk.chat


PLACES = pytest.mark.parametrize("place", ["private", "group", "channel"])


# U41


@PLACES
async def test_u41_an_alert_fires_once_a_crossing_and_clears_by_editing(
    desk: Stands, clock: Hands, place: str
) -> None:
    chat = await watched(desk, place)
    await asked_again(desk, clock, "500.01")
    assert not told(chat, "Money runs out")
    await asked_again(desk, clock, "480")
    card = await seen(desk, last(chat, "Money runs out"))
    await asked_again(desk, clock, "300")
    assert len(told(chat, "smsc · SMSC\nBalance")) == 1
    await asked_again(desk, clock, "900")
    await desk.becomes(card, "Topped up")
    assert "900.00" in card.text
    assert card.keyboard == []
    await asked_again(desk, clock, "499")
    assert len(told(chat, "Money runs out")) == 1  # the first has become another text
    assert len(told(chat, "Topped up")) == 1


@PLACES
async def test_u41_it_repeats_only_lower(desk: Stands, clock: Hands, place: str) -> None:
    chat = await watched(desk, place)
    for balance, words in (
        ("450", "Money runs out"),
        ("250", "Little money is left"),
        ("0", "No money is left"),
        ("-20", "The balance is below zero"),
    ):
        await asked_again(desk, clock, balance)
        await seen(desk, last(chat, words))
    for balance in ("-30", "0", "200", "-40"):
        await asked_again(desk, clock, balance)
    assert len([one for one in chat.bot_messages if "\nBalance: " in one.text]) == 4


@pytest.mark.parametrize(("balance", "words"), [("0", "No money is left"), ("-5", "below zero")])
async def test_u41_zero_and_negative_balances_fire(
    desk: Stands, clock: Hands, balance: str, words: str
) -> None:
    chat = await watched(desk, "private", "0")
    await asked_again(desk, clock, balance)
    assert len(told(chat, words)) == 1


async def test_u41_it_repeats_after_the_snooze(desk: Stands, clock: Hands) -> None:
    chat = await watched(desk, "channel")
    await asked_again(desk, clock, "450")
    card = await seen(desk, last(chat, "Money runs out"))
    assert "Snoozed until" in await toast(desk, chat.press(desk.anna, card, "🔕"))
    await asked_again(desk, clock)
    assert len(told(chat, "Money runs out")) == 1
    clock.by += timedelta(hours=12)
    await asked_again(desk, clock)
    assert len(told(chat, "Money runs out")) == 2
    await asked_again(desk, clock)
    assert len(told(chat, "Money runs out")) == 2


async def test_u41_it_is_told_once_across_restarts(world: Stands, clock: Hands, tmp_path: Path) -> None:
    settings = world.settings(tmp_path, alerts=RATES)
    async with working(settings, clock=clock) as bot:
        clock.database = bot.services.database
        await watched(world, "private")
        await asked_again(world, clock, "450")
        await seen(world, last(world.chat, "Money runs out"))
    async with working(settings, clock=clock) as bot:
        clock.database = bot.services.database
        await asked_again(world, clock)
        assert len(told(world.chat, "Money runs out")) == 1
        await asked_again(world, clock, "1000")
        await seen(world, last(world.chat, "Topped up"))
        assert not told(world.chat, "Money runs out")


# U42


async def refused_in(desk: Stands, chat: Chat, why: str) -> None:
    match why:
        case "kicked":
            chat.expel_bot()
        case "no right":
            chat.forbidden |= {"text", "photo"}


MINUTE = timedelta(minutes=1)


def tries(desk: Stands, chat: Chat) -> list[Call]:
    """What the bot tried to say in a chat and was not let, or not answered."""
    return [
        one
        for one in desk.telegram.calls
        if one.method in {"sendPhoto", "sendMessage"}
        and str(one.params["chat_id"]) == str(chat.id)
        and (one.error or one.fault)
    ]


def tried_or(told: Callable[[], Message | None], desk: Stands, chat: Chat, before: int) -> bool:
    """Whether the bot has tried more often than before in a chat, or has told somebody else."""
    return len(tries(desk, chat)) > before or told() is not None


@pytest.mark.parametrize("why", ["kicked", "no right"])
async def test_u42_what_cannot_be_posted_comes_to_admins_within_a_minute_and_is_not_lost(
    desk: Stands, clock: Hands, why: str
) -> None:
    channel = await watched(desk, "channel")
    await refused_in(desk, channel, why)
    desk.smsc.account.balance = Decimal(450)
    notice = await later(desk, clock, EVERY, last(desk.chat, "I could not write in the chat Money"))
    assert notice.date - tries(desk, channel)[0].at <= MINUTE
    assert "Money runs out · smsc · SMSC" in notice.text
    assert not told(channel, "Money runs out")
    assert "smsc: 450.00 RUB" in await desk.press(notice, "🔄")
    # Nothing has to be set up again.
    if why == "kicked":
        channel.invite_bot(desk.anna, admin=True)
    channel.forbidden.clear()
    await asked_again(desk, clock, "0")
    await seen(desk, last(channel, "No money is left"))


async def test_u42_who_sends_the_bot_away_is_told_of_to_admins(desk: Stands) -> None:
    channel = await watched(desk, "channel")
    channel.expel_bot()
    await seen(desk, last(desk.chat, "I was sent away from Money, where alerts are told"))


async def test_u42_what_is_never_answered_is_told_to_admins_within_a_minute(
    desk: Stands, clock: Hands
) -> None:
    channel = await watched(desk, "channel")
    for method in ("sendPhoto", "sendMessage"):
        desk.telegram.faults.add(method, kind="reset_before", times=None, chat_id=channel.id)
    desk.smsc.account.balance = Decimal(450)
    await later(desk, clock, EVERY, lambda: tries(desk, channel))
    notice = last(desk.chat, "I could not write in the chat Money")
    while notice() is None:
        more = partial(tried_or, notice, desk, channel, len(tries(desk, channel)))
        await later(desk, clock, PAUSE, more)
    (found,) = told(desk.chat, "I could not write in the chat Money")
    assert found.date - tries(desk, channel)[0].at <= MINUTE
    assert "Money runs out" in found.text


@pytest.mark.parametrize("tells", [True, False])
async def test_u42_u54_a_group_that_becomes_a_supergroup_keeps_its_alerts(
    desk: Stands, clock: Hands, tells: bool
) -> None:
    group = desk.telegram.group(-500, "Support", [desk.anna], basic=True)
    await connect_group(desk, group)
    await says(desk, group, "/alerts 500", having="→ here")
    await says(desk, group, "/alerts quiet 22-8", having="Quiet hours: 22:00–08:00")
    await says(desk, group, "/alerts digest daily 18", having="at 18:00")
    upgraded = group.upgrade(desk.anna, GROUP, tells=tells)
    desk.smsc.account.balance = Decimal(450)
    card = await later(desk, clock, EVERY, last(upgraded, "Money runs out"))
    assert all(card.date - one.at <= MINUTE for one in tries(desk, group))
    listed = await says(desk, upgraded, "/alerts", having="Alerts")
    assert "at 500.00 → here · ⚠ told" in listed.text
    assert "Quiet hours: 22:00–08:00" in listed.text
    assert "Digest: every day at 18:00 (Europe/Moscow) → here" in listed.text
    await asked_again(desk, clock, "1000")
    await seen(desk, last(upgraded, "Topped up"))


# U43


@PLACES
async def test_u43_an_alert_names_account_provider_and_days_left(
    desk: Stands, clock: Hands, place: str
) -> None:
    chat = await watched(desk, place)
    desk.smsc.account.balance = Decimal(900)
    await asked_again(desk, clock)
    clock.by += timedelta(days=2)
    await asked_again(desk, clock, "400")
    card = await seen(desk, last(chat, "Little" if place == "none" else "smsc · SMSC\nBalance"))
    # 600 of 1,000 went in two days and a little, since the account was connected.
    assert "Balance: 400.00 RUB" in card.text
    assert "a day) it lasts 1 day" in card.text
    assert card.kind == "photo"
    assert [key.text for row in card.keyboard for key in row] == ["🔄 Check", "🔕 Snooze"]
    pressed = await toast(desk, chat.press(desk.anna, card, "🔄"))
    assert pressed.startswith("smsc: 400.00 RUB. At the rate of the last days")
    desk.smsc.account.balance = Decimal(2000)
    await toast(desk, chat.press(desk.anna, card, "🔄"))
    await desk.becomes(card, "Topped up")


async def test_u43_by_days_left_at_the_current_rate(desk: Stands, clock: Hands) -> None:
    chat = await watched(desk, "private", "3d")
    await asked_again(desk, clock, "990")
    assert not told(chat, "Money runs out")
    clock.by += timedelta(days=1)
    await asked_again(desk, clock, "740")  # 260 in a day and a little
    await seen(desk, last(chat, "Money runs out"))
    clock.by += timedelta(days=7)
    await asked_again(desk, clock)  # nothing is spent any more: that is no top-up
    assert not told(chat, "Topped up")
    await asked_again(desk, clock, "800")
    await seen(desk, last(chat, "Topped up"))


async def test_u43_strangers_press_nothing_under_a_post(desk: Stands, clock: Hands) -> None:
    channel = await watched(desk, "channel")
    await asked_again(desk, clock, "450")
    card = await seen(desk, last(channel, "Money runs out"))
    mallory = desk.telegram.person(6666, "Mallory", language_code="en")
    assert "work bot" in await toast(desk, channel.press(mallory, card, "🔕"))
    channel.post("/alerts off")
    await asked_again(desk, clock, "0")
    assert len(told(channel, "No money is left")) == 1


# B5: other alerts, in other words


@PLACES
async def test_b5_a_silent_gateway_is_told_and_that_it_answers_again(
    desk: Stands, clock: Hands, place: str
) -> None:
    chat = await watched(desk, place)
    await asked_again(desk, clock)
    port = urlsplit(desk.smsc.url).port or 0
    await desk.smsc.stop()
    card = await in_minutes(desk, clock, last(chat, "The gateway does not answer · smsc · SMSC"))
    await desk.smsc.start(port=port)
    await in_minutes(desk, clock, lambda: "answers again" in card.text or None)
    assert len(told(chat, "The gateway")) == 1


@PLACES
async def test_b5_refused_credentials_are_told_in_words_of_their_own(
    desk: Stands, clock: Hands, place: str
) -> None:
    chat = await watched(desk, place)
    await asked_again(desk, clock)
    desk.smsc.faults.add("balance", kind="auth")
    card = await later(desk, clock, EVERY, last(chat, "The gateway refuses the account · smsc · SMSC"))
    assert "login or password" in card.text
    await later(desk, clock, timedelta(hours=1), lambda: "takes the account again" in card.text or None)


async def test_b5_a_stopped_account_is_told_in_the_channel_and_once_where_it_is_used(
    desk: Stands, clock: Hands
) -> None:
    channel = await watched(desk, "channel")
    card = await offered(desk, f"/send {DELIVERED} Text")
    desk.smsc.faults.add("send*", kind="blocked")
    await desk.press(card, "✅")
    stopped = await seen(desk, last(desk.chat, "is stopped"))
    card = await later(desk, clock, timedelta(0), last(channel, "The gateway refuses the account"))
    assert not told(desk.chat, "The gateway refuses the account")
    await desk.press(stopped, "▶")
    await later(desk, clock, timedelta(0), lambda: "takes the account again" in card.text or None)


@PLACES
async def test_b5_a_stuck_queue_is_told(desk: Stands, clock: Hands, place: str) -> None:
    chat = await watched(desk, place)
    here = chat if place == "group" else desk.chat
    desk.smsc.faults.add("send*", kind="throttle", times=500)
    offer = await says(desk, here, f"/send {DELIVERED} Text", having="Check, then send")
    await toast(desk, here.press(desk.anna, offer, "✅"))
    card = await later(desk, clock, timedelta(minutes=16), last(chat, "The queue is stuck · smsc · SMSC"))
    assert "1 message should have left" in card.text


# D5: quiet hours


async def test_d5_quiet_hours_hold_what_is_not_urgent_and_sum_it_up(desk: Stands, clock: Hands) -> None:
    chat = await watched(desk, "private")
    await desk.ask("/alerts quiet 11-14", having="Quiet hours: 11:00–14:00 (Europe/Moscow)")
    for text in ("One", "Two"):
        card = await confirmed(desk, f"/send {UNDELIVERED} {text}")
        await comes_to(desk, clock, card, "Total 1: undelivered 1")
    await asked_again(desk, clock, "450")
    assert not told(chat, "could not be sent")
    assert not told(chat, "Money runs out")
    # What is urgent passes.
    await asked_again(desk, clock, "0")
    await seen(desk, last(chat, "No money is left"))
    summary = await later(desk, clock, timedelta(hours=2), last(chat, "While it was quiet"))
    assert "#1: 1 message failed" in summary.text
    assert "#2: 1 message failed" in summary.text


async def test_d5_what_is_held_comes_when_the_hours_are_changed(desk: Stands, clock: Hands) -> None:
    chat = await watched(desk, "private")
    await desk.ask("/alerts quiet 11-14", having="Quiet hours: 11:00")
    await asked_again(desk, clock, "450")
    assert not told(chat, "Money runs out")
    await desk.ask("/alerts quiet off", having="Quiet hours: none")
    await later(desk, clock, timedelta(0), last(chat, "Money runs out"))


async def test_d5_what_is_over_before_it_was_told_is_not_told(desk: Stands, clock: Hands) -> None:
    chat = await watched(desk, "private")
    await desk.ask("/alerts quiet 11-14", having="Quiet hours: 11:00")
    await asked_again(desk, clock, "450")
    await asked_again(desk, clock, "1000")
    await desk.ask("/alerts quiet off", having="Quiet hours: none")
    await settled(desk, clock)
    assert not told(chat, "Money runs out")
    assert not told(chat, "Topped up")


async def test_d5_staff_are_reminded_of_a_customer_when_the_quiet_is_over(desk: Stands, clock: Hands) -> None:
    await desk.connect("smsc")
    await desk.ask("/alerts 500", having="→ here")
    await desk.ask("/alerts quiet 11-14", having="Quiet hours: 11:00")
    desk.smsc.receive("79161112201", "And my order?")
    await later(desk, clock, timedelta(minutes=1), last(desk.chat, "And my order?"))
    clock.by += timedelta(minutes=30)
    await settled(desk, clock)
    assert not told(desk.chat, "has waited for an answer")
    await later(desk, clock, timedelta(hours=2), last(desk.chat, "has waited for an answer"))


# The digest


@PLACES
async def test_a_digest_comes_once_a_day_at_its_hour(desk: Stands, clock: Hands, place: str) -> None:
    chat = await watched(desk, place)
    here = chat if place == "group" else desk.chat
    for number in (DELIVERED, UNDELIVERED):
        offer = await says(desk, here, f"/send {number} Text", having="Check, then send")
        await toast(desk, here.press(desk.anna, offer, "✅"))
    await seen(desk, last(here, "undelivered 1"))
    await seen(desk, last(here, "Total 1: delivered 1"))
    to = " to=@money" if place == "channel" else ""
    await says(desk, here, f"/alerts digest daily 13:30{to}", having="every day at 13:30")
    await later(desk, clock, timedelta(hours=1), lambda: True)
    assert not told(chat, "📊")
    first = await later(desk, clock, timedelta(hours=1), last(chat, "📊"))
    assert "Nothing was sent" in first.text  # yesterday
    second = await later(desk, clock, timedelta(days=1), last(chat, "Sent: 2 messages, delivered 1."))
    assert "Failed: 1\n1 · undelivered: " in second.text
    assert "Spent by smsc: " in second.text
    assert second.kind == "photo"
    await settled(desk, clock)
    assert len(told(chat, "📊")) == 2


async def test_a_digest_is_told_by_the_clock_of_the_chat(desk: Stands, clock: Hands) -> None:
    await desk.connect("smsc")
    await desk.ask("/alerts zone Asia/Omsk", having="(Asia/Omsk)")
    await desk.ask("/alerts digest daily 15:30", having="every day at 15:30 (Asia/Omsk)")  # in half an hour
    await later(desk, clock, timedelta(minutes=40), last(desk.chat, "📊"))


async def test_a_digest_says_how_many_customers_wait(desk: Stands, clock: Hands) -> None:
    await desk.connect("smsc")
    await desk.ask("/alerts digest daily 13:30", having="every day at 13:30")
    for customer in ("79161112201", "79161112202"):
        desk.smsc.receive(customer, "And my order?")
    await later(desk, clock, timedelta(minutes=1), last(desk.chat, "And my order?"))
    told = await later(desk, clock, timedelta(minutes=90), last(desk.chat, "📊"))
    assert "2 customers wait for an answer: /inbox" in told.text


# Who, where, and in which words


async def test_a_preset_is_one_tap_and_a_channel_one_more(desk: Stands, clock: Hands) -> None:
    await desk.connect("smsc")
    channel = await channel_of(desk)
    listed = await desk.ask("/alerts", having="nobody is told")
    await desk.press(listed, "at 500.00")
    set_ = await desk.answer(listed.id, having="at 500.00 → here")
    await desk.press(set_, "📣 To Money")
    await desk.answer(set_.id, having="→ Money")
    await seen(desk, last(channel, "Alerts about smsc come here"))
    await desk.ask("/alerts off", having="nobody is told")
    await asked_again_unwatched(desk, clock)
    assert not told(channel, "No money is left")


async def asked_again_unwatched(desk: Stands, clock: Hands) -> None:
    desk.smsc.account.balance = Decimal(0)
    clock.by += EVERY
    await knock(desk)
    await desk.ask("/balance", having="0.00")


@pytest.mark.parametrize(
    ("typed", "having"),
    [
        ("nonsense", "I cannot read"),
        ("500 to=@nowhere", "I do not know @nowhere"),
        ("other 500", "other"),
        ("quiet 22-22", "Nothing was changed"),
        ("zone Mars/Olympus", "Nothing was changed"),
        ("digest daily 25", "Nothing was changed"),
    ],
)
async def test_what_cannot_be_read_changes_nothing(desk: Stands, typed: str, having: str) -> None:
    await desk.connect("smsc")
    await desk.ask(f"/alerts {typed}", having=having)
    await desk.ask("/alerts", having="nobody is told")


async def test_only_an_admin_sends_alerts_to_another_chat(desk: Stands) -> None:
    group = desk.telegram.group(GROUP, "Support", [desk.anna])
    await connect_group(desk, group)
    boris = desk.telegram.person(1002, "Boris", language_code="en")
    group.add_member(boris)
    await desk.ask("/allow 1002 manager", having="has the role")
    await channel_of(desk)
    said = group.say(boris, "/alerts 500 to=@money")
    await seen(desk, lambda: [m for m in told(group, "Only an admin") if m.id > said.id] or None)
    said = group.say(boris, "/alerts 500")
    await seen(desk, lambda: [m for m in told(group, "→ here") if m.id > said.id] or None)


async def test_d5_a_channel_goes_by_the_hours_of_the_chat_that_has_it_told(
    desk: Stands, clock: Hands
) -> None:
    channel = await watched(desk, "channel")
    await desk.ask("/alerts quiet 11-14", having="Quiet hours: 11:00")
    await asked_again(desk, clock, "450")
    assert not told(channel, "Money runs out")
    await desk.ask("/alerts quiet 11-13", having="Quiet hours: 11:00")
    await settled(desk, clock)
    assert not told(channel, "Money runs out")
    await later(desk, clock, timedelta(hours=1), last(channel, "Money runs out"))


async def test_u40_doctor_tells_whether_the_bot_may_post_in_a_channel(desk: Stands) -> None:
    channel = await channel_of(desk)
    await desk.ask("/doctor", having="Money (channel): I may post.")
    channel.bot_status = "member"
    await desk.ask("/doctor", having="Money (channel): ⚠ I may not post")
