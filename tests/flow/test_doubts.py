"""Doubts: a request has left and no readable answer has come. Sent at most once, and told in words."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from bot.app import Desk
from sandbox.faults import PROCESSED, Kind
from sandbox.telegram import Message
from storage.schema import attempts

from .desk import ADMIN, DELIVERED, REFUSED, TOKEN, Stands, stands, working
from .steps import Ahead, accepted, comes_to, confirmed, offered, soon, stand

DEVINO, ASKABLE = ("devino_rest", "devino_soap"), ("sms_pager", "smsc")
LOST: tuple[Kind, ...] = ("accept_then_reset", "accept_then_500", "cut_200", "html_200", "reset_before")


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def world(clock: Ahead) -> AsyncIterator[Stands]:
    """Stand-ins on a clock that can be moved."""
    async with stands(clock=clock) as made:
        yield made


@pytest.fixture
async def bot(world: Stands, clock: Ahead, tmp_path: Path) -> AsyncIterator[Desk]:
    """A bot at work among them, which seldom asks what customers wrote: faults are for the rest."""
    async with working(world.settings(tmp_path, inbox={"every": "1d"}), clock=clock) as running:
        yield running


def operations(world: Stands, kind: str, since: int = 0) -> list[str]:
    """What a gateway was asked for, the asking for states and for what customers wrote left out."""
    asked = [one for one, given in stand(world, kind).requests[since:] if "get_answers" not in given]
    return [one for one in asked if one not in {"State", "GetMessageState", "report", "status", "balance"}]


async def outcomes(bot: Desk, count: int) -> list[str]:
    """How the attempts ended, once so many have."""
    async with asyncio.timeout(10):
        while True:
            async with bot.services.database.read() as tx:
                ended = list(await tx.scalars(sa.select(attempts.c.outcome).order_by(attempts.c.id)))
            if len(ended) >= count and all(ended):
                return ended


def card_of(world: Stands, number: int) -> Message | None:
    """The card of a campaign."""
    return next((one for one in world.chat.bot_messages if one.text.startswith(f"#{number} ·")), None)


def doubts(world: Stands, card: Message) -> Message | None:
    """The reply to a card that tells of a doubt."""
    replies = (one for one in world.chat.bot_messages if one.reply_to == card.id)
    return next((one for one in replies if "is in doubt" in one.text), None)


async def an_hour_later(world: Stands, clock: Ahead) -> None:
    """Give whatever might be sent again its time, and a knock."""
    clock.by += timedelta(hours=1)
    await world.ask("/accounts", having="Accounts of this chat")
    await world.ask("/accounts", having="Accounts of this chat")


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("kind", DEVINO)
async def test_u19_a_lost_answer_at_devino_is_told_and_never_sent_again(
    world: Stands, bot: Desk, clock: Ahead, kind: str, fault: Kind
) -> None:
    await world.connect(kind)
    card = await offered(world, f"/send {DELIVERED} Text")
    before = len(stand(world, kind).requests)
    stand(world, kind).faults.add("send*", kind=fault)
    await world.press(card, "✅")

    doubt = await world.answer(card.id, having="#1: one message is in doubt")
    assert doubt.reply_to == card.id
    assert "+7 903 *** 45 00 — uncertain" in doubt.text
    assert "it may have been sent or not. I will not send it again by myself." in doubt.text
    assert [key.text for row in doubt.keyboard for key in row] == [
        "🔄 Check again", "It was sent", "🔁 Send again", "Give up",
    ]  # fmt: skip
    assert "Look into the gateway's own list of messages" in doubt.text

    await an_hour_later(world, clock)
    status = await world.ask("/status 1", having="#1")
    assert "Total 1: uncertain 1" in status.text
    assert status.text.startswith("❓ One request is in doubt and waits for you:")
    assert "Uncertain, checking: it may have been sent. It goes again only if" in status.text
    assert len([one for one in operations(world, kind, before) if one.startswith("Send")]) == 1
    assert len(accepted(world)) == (fault in PROCESSED)


@pytest.mark.parametrize("fault", [fault for fault in LOST if fault in PROCESSED])
@pytest.mark.parametrize("kind", ASKABLE)
async def test_lost_answer_is_settled_by_asking_for_our_own_id(
    world: Stands, bot: Desk, clock: Ahead, kind: str, fault: Kind
) -> None:
    await world.connect(kind)
    card = await offered(world, f"/send {DELIVERED} Text")
    before = len(stand(world, kind).requests)
    stand(world, kind).faults.add("send", kind=fault)
    await world.press(card, "✅")

    await comes_to(world, clock, card, "Total 1: delivered 1")
    assert await outcomes(bot, 1) == ["unknown"]
    await an_hour_later(world, clock)
    assert operations(world, kind, before) == ["send"]
    assert len(accepted(world)) == 1
    assert not any("in doubt" in one.text for one in world.chat.bot_messages)


@pytest.mark.parametrize("fault", [fault for fault in LOST if fault not in PROCESSED])
@pytest.mark.parametrize("kind", ASKABLE)
async def test_doubt_that_asking_does_not_end_is_told_in_the_end(
    world: Stands, bot: Desk, clock: Ahead, kind: str, fault: Kind
) -> None:
    await world.connect(kind)
    card = await offered(world, f"/send {DELIVERED} Text")
    before = len(stand(world, kind).requests)
    stand(world, kind).faults.add("send", kind=fault)
    await world.press(card, "✅")

    doubt = await soon(world, clock, lambda: doubts(world, card))
    assert "I keep asking the gateway by our own id" in doubt.text
    assert "the gateway knows of no such message" in doubt.text
    assert "If the gateway still does not know it, it proves that nothing was sent" in doubt.text
    await an_hour_later(world, clock)
    late = "By now it is too late to send by myself"
    await soon(world, clock, lambda: any(late in one.text for one in world.chat.bot_messages))
    await world.ask("/status 1", having="Total 1: uncertain 1")
    assert operations(world, kind, before) == ["send"]
    assert not accepted(world)


@pytest.mark.parametrize("kind", [*DEVINO, *ASKABLE])
async def test_gateway_that_is_down_gets_it_once_when_it_is_back(
    world: Stands, bot: Desk, clock: Ahead, kind: str
) -> None:
    await world.connect(kind)
    card = await offered(world, f"/send {DELIVERED} Text")
    gateway = stand(world, kind)
    port = urlsplit(gateway.origin).port or 0
    await gateway.stop()
    await world.press(card, "✅")
    assert set(await outcomes(bot, 2)) == {"not_sent"}
    told = await world.ask("/status 1", having="Total 1: ")
    assert any(f"Total 1: {state} 1" in told.text for state in ("queued", "submitting"))  # it is tried again

    await gateway.start(port=port)
    await comes_to(world, clock, card, "Total 1: delivered 1")
    assert (await outcomes(bot, 3))[-1] == "accepted"
    assert len(accepted(world)) == 1


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("devino_rest", ["Send", "SessionId", "Send"]),
        ("devino_soap", ["SendMessage", "GetSessionID", "SendMessage"]),
    ],
)
async def test_expired_session_is_renewed_once(
    world: Stands, bot: Desk, clock: Ahead, kind: str, asked: list[str]
) -> None:
    await world.connect(kind)
    clock.by += timedelta(minutes=1)  # the balance is old by then: the card asks, and a session begins
    card = await offered(world, f"/send {DELIVERED} Text")
    world.devino.expire_sessions()
    before = len(world.devino.requests)
    await world.press(card, "✅")
    await comes_to(world, clock, card, "Total 1: delivered 1")
    assert operations(world, kind, before) == asked
    assert len(accepted(world)) == 1


@pytest.mark.parametrize("kind", DEVINO)
async def test_one_refused_number_does_not_take_the_others_along(
    world: Stands, bot: Desk, clock: Ahead, kind: str
) -> None:
    await world.connect(kind)
    card = await offered(world, f"/send {DELIVERED}, {REFUSED}, +79161234500 Text")
    before = len(world.devino.requests)
    await world.press(card, "✅")

    failure = await world.answer(card.id, having="#1: one message failed")
    assert "+7 903 *** 45 06 — rejected" in failure.text
    assert "Probably not charged. Check the number with the customer." in failure.text
    await comes_to(world, clock, card, "Total 3: delivered 2 · rejected 1")
    sends = [one for one in operations(world, kind, before) if one.startswith("Send")]
    assert len(sends) == 4, "all together, then each by itself"
    assert sorted(one.msisdn for one in accepted(world)) == ["79031234500", "79161234500"]


async def test_counts_without_names_leave_a_doubt_that_reports_settle(
    world: Stands, bot: Desk, clock: Ahead
) -> None:
    await world.connect("sms_pager")
    card = await offered(world, f"/send {DELIVERED}, {REFUSED}, +79161234500 Text")
    assert "The gateway would refuse one number" in card.text
    await world.press(card, "✅")

    doubt = await soon(world, clock, lambda: doubts(world, card))
    assert "+7 903 *** 45 06 — uncertain" in doubt.text
    assert "The gateway's answer does not say which of the numbers it took" in doubt.text
    await comes_to(world, clock, card, "Total 3: delivered 2 · uncertain 1")
    assert operations(world, "sms_pager").count("send") == 2, "the price, then the sending"
    assert sorted(one.msisdn for one in accepted(world)) == ["79031234500", "79161234500"]


async def test_smsc_names_the_refused_number(world: Stands, bot: Desk, clock: Ahead) -> None:
    await world.connect("smsc")
    card = await confirmed(world, f"/send {DELIVERED}, {REFUSED}, +79161234500 Text")
    failure = await world.answer(card.id, having="#1: one message failed")
    assert "+7 903 *** 45 06 — rejected" in failure.text
    assert "SMSC has no way to this operator's network. Probably not charged." in failure.text
    await comes_to(world, clock, card, "Total 3: delivered 2 · rejected 1")
    assert sorted(one.msisdn for one in accepted(world)) == ["79031234500", "79161234500"]


@pytest.mark.parametrize("kind", [*DEVINO, *ASKABLE])
async def test_throttled_message_is_sent_once_later(
    world: Stands, bot: Desk, clock: Ahead, kind: str
) -> None:
    await world.connect(kind)
    card = await offered(world, f"/send {DELIVERED} Text")
    stand(world, kind).faults.add("send*", kind="throttle")
    await world.press(card, "✅")
    assert await outcomes(bot, 1) == ["not_sent"]
    assert not accepted(world)

    clock.by += timedelta(minutes=2)
    await world.ask("/accounts")
    await comes_to(world, clock, card, "Total 1: delivered 1")
    assert await outcomes(bot, 2) == ["not_sent", "accepted"]
    assert len(accepted(world)) == 1


# Killed


@asynccontextmanager
async def own_process(world: Stands, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot as `smsdesk run` in a process of its own; killed without a warning at the end."""
    file = folder / "config.toml"
    gateways = world.settings(folder).gateways
    file.write_text(
        f'telegram = {{token = "{TOKEN}", api_url = "{world.telegram.url}", admins = [{ADMIN}]}}\n'
        'limits = {undo = "0s"}\n'
        + "".join(f'gateways.{kind}.url = "{getattr(gateways, kind).url}"\n' for kind in (*DEVINO, *ASKABLE)),
        "utf-8",
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "run", "--config", str(file)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


async def test_killed_while_sending_sends_nothing_again(world: Stands, clock: Ahead, tmp_path: Path) -> None:
    faults: dict[str, Kind] = {
        "devino_rest": "accept_then_hang",
        "smsc": "accept_then_hang",
        "sms_pager": "hang",
    }
    async with own_process(world, tmp_path):
        for kind, fault in faults.items():
            await world.connect(kind)
            card = await offered(world, f"/send via={kind} {DELIVERED} Text")
            gateway = stand(world, kind)
            gateway.faults.add("send*", kind=fault)
            await world.press(card, "✅")
            await gateway.wait_for(lambda gateway=gateway: bool(gateway.faults.applied))  # type: ignore[misc]
    before = {kind: len(stand(world, kind).requests) for kind in faults}

    async with working(world.settings(tmp_path), clock=clock):
        for number, end in enumerate(("uncertain", "delivered", "uncertain"), start=1):
            card = await soon(world, clock, lambda number=number: card_of(world, number))  # type: ignore[misc]
            await comes_to(world, clock, card, f"Total 1: {end} 1")
            if end == "uncertain":
                await soon(world, clock, lambda card=card: doubts(world, card))  # type: ignore[misc]
        await an_hour_later(world, clock)
        for kind in faults:
            assert not [
                one for one in operations(world, kind, before[kind]) if one.lower().startswith("send")
            ]
    assert [one.gateway for one in accepted(world)] == ["devino_rest", "smsc"]
