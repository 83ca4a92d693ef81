"""The notifier over a Telegram that misbehaves: nothing lost, nothing silently doubled, nobody held up."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from telegram.ext import ExtBot
from telegram.request import RequestData

import bot.notifier
from bot.announcements import Announcements
from bot.keyboards import Key, Screen
from bot.notifier import EDIT_EVERY, PAUSE, Notifier
from bot.telegram_http import NotSent, TelegramRequest
from bot.voice import markup
from bot.words import Html
from desk.clock import Bell, Steady, utc_now
from desk.evidence import Times
from desk.leases import Leases
from providers.model import MessageState
from sandbox.telegram import Chat, FaultKind, Message, TelegramServer
from storage import cards, chats, drafts, ledger, names, outbox, people
from storage.chats import Group
from storage.db import Database, open_database
from storage.leases import Lease
from storage.ledger import Change
from storage.names import Known
from storage.outbox import Notice, Priority
from storage.people import Role
from storage.schema import messages
from storage.schema import outbox as outbox_table

from ..storage.seeds import VAULT, add_account, add_card, campaign

TOKEN = "123456:TEST-TOKEN-of-the-notifier"
ZONE = ZoneInfo("Europe/Moscow")
TIMES = Times(
    first_check=timedelta(seconds=5),
    longest_pause=timedelta(minutes=15),
    settle=timedelta(minutes=10),
    late=timedelta(minutes=15),
    remind=timedelta(hours=1),
    remind_every=timedelta(days=1),
)
ANNA, BORIS, CLARA, GROUP = 1001, 1002, 1003, -100500
QUICK: dict[str, timedelta] = dict.fromkeys(EDIT_EVERY, timedelta(0))


@dataclass
class Rig:
    """A Telegram, a database, and a clock that a test moves; the notifier is started by `at_work`."""

    telegram: TelegramServer
    database: Database
    ahead: timedelta = timedelta()
    transport: TelegramRequest = field(default_factory=TelegramRequest)
    edit_every: dict[str, timedelta] = field(default_factory=lambda: QUICK)
    rate: int = 0
    group_rate: int = 0
    admins: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        self.bell = Bell(self.clock)

    def clock(self) -> datetime:
        return utc_now() + self.ahead

    def chat(self, chat_id: int) -> Chat:
        return next(chat for chat in self.telegram.chats if chat.id == chat_id)

    def texts(self, chat_id: int) -> list[str]:
        return [message.text for message in self.chat(chat_id).bot_messages]

    def sent_at(self, chat_id: int) -> list[datetime]:
        """When the desk tried to say something in a chat."""
        return [call.at for call in self.calls("sendMessage") if int(call.params["chat_id"]) == chat_id]

    def calls(self, method: str) -> list[Any]:
        return [call for call in self.telegram.calls if call.method == method]

    def said(self, words: str) -> list[Any]:
        """The tries to say something with these words."""
        return [call for call in self.calls("sendMessage") if words in call.params["text"]]

    async def say(
        self, text: str, chat_id: int = ANNA, priority: Priority = Priority.ANSWER, **changes: Any
    ) -> int:
        """Put words into the outbox."""
        async with self.database.write() as tx:
            notice_id = await outbox.say(
                tx,
                chat_id=chat_id,
                thread_id=0,
                kind="said",
                content=Screen(html=Html(changes.pop("html", text))).as_json(),
                language="en",
                priority=priority,
                now=self.clock(),
                **changes,
            )
        self.bell.ring()
        return notice_id

    async def row(self, notice_id: int) -> Any:
        async with self.database.read() as tx:
            return (await tx.execute(sa.select(outbox_table).where(outbox_table.c.id == notice_id))).one()

    async def begin(self, chat_id: int = ANNA, count: int = 3, message_id: int | None = None) -> int:
        """A campaign whose card is to be shown."""
        async with self.database.write() as tx:
            account = await add_account(tx, chats=[chat_id])
            campaign_id = await ledger.create(tx, campaign(account.id, count, chat_id=chat_id), self.clock())
            await add_card(tx, campaign_id, chat_id=chat_id, message_id=message_id)
        return campaign_id

    async def move(self, message_id: int, *states: MessageState) -> None:
        """A message goes through these states, each a transaction of its own."""
        for state in states:
            async with self.database.write() as tx:
                await ledger.apply(
                    tx, [Change(message_id=message_id, to=state)], source="report", now=self.clock()
                )
            self.bell.ring()

    async def card(self, campaign_id: int) -> cards.Card:
        async with self.database.read() as tx:
            found = await cards.of(tx, campaign_id)
        assert found is not None
        return found

    @asynccontextmanager
    async def at_work(
        self, owner: str = "tests", bell: Bell | None = None, steady: Steady = lambda: 0.0
    ) -> AsyncIterator[Notifier]:
        """A notifier, stopped at the end as at a restart: what it had begun is in the database then."""
        bell = bell or self.bell
        bot = ExtBot(
            TOKEN,
            base_url=f"{self.telegram.url}/bot",
            request=self.transport,
            get_updates_request=TelegramRequest(),
        )
        async with bot:
            leases = Leases(self.database, self.clock, bell, owner, steady=steady)
            await leases.keep()
            notifier = Notifier(
                bot,
                self.database,
                VAULT,
                Announcements(self.clock, ZONE, TIMES, note="//"),
                self.clock,
                bell,
                leases,
                rate=self.rate,
                group_rate=self.group_rate,
                edit_every=self.edit_every,
                admins=self.admins,
            )
            async with self.database.write() as tx:
                await notifier.recover(tx)
            running = asyncio.create_task(notifier.run())
            try:
                yield notifier
            finally:
                notifier.stop()
                async with asyncio.timeout(10):
                    await running

    async def until(self, look: Callable[[], object], step: timedelta = timedelta(seconds=1)) -> None:
        """Let time pass, a step and a ring at a time, until there is something to see."""
        for _ in range(200):
            try:
                await self.telegram.wait_for(look, timeout=0.05)
            except AssertionError:
                self.ahead += step
                self.bell.ring()
            else:
                return
        raise AssertionError(self.telegram.transcript())


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    made: list[Rig] = []
    telegram = TelegramServer(TOKEN, clock=lambda: made[0].clock() if made else utc_now())
    async with telegram, open_database(tmp_path / "desk.db") as database:
        made.append(Rig(telegram=telegram, database=database))
        anna = telegram.person(ANNA, "Anna")
        telegram.person(BORIS, "Boris")
        telegram.person(CLARA, "Clara")
        telegram.group(GROUP, "Desk", [anna])
        yield made[0]


# Order.


async def test_answers_go_before_alerts_and_alerts_before_results(rig: Rig) -> None:
    await rig.say("result", priority=Priority.RESULT)
    await rig.say("alert", priority=Priority.ALERT)
    await rig.say("answer one")
    await rig.say("answer two")
    async with rig.at_work():
        await rig.telegram.wait_for(lambda: len(rig.texts(ANNA)) == 4)
    assert rig.texts(ANNA) == ["answer one", "answer two", "alert", "result"]


async def test_what_is_said_goes_before_a_card_that_is_behind(rig: Rig) -> None:
    await rig.begin()
    await rig.say("result", priority=Priority.RESULT)
    async with rig.at_work():
        await rig.telegram.wait_for(lambda: len(rig.texts(ANNA)) == 2)
    assert rig.texts(ANNA)[0] == "result"


async def test_a_slow_chat_holds_up_no_other(rig: Rig) -> None:
    rig.telegram.faults.add("sendMessage", kind="hang", chat_id=ANNA)
    await rig.say("to Anna")
    await rig.say("to Boris", BORIS)
    async with rig.at_work():
        await rig.telegram.wait_for(lambda: rig.texts(BORIS))
        assert rig.texts(ANNA) == []
        await rig.telegram.stop()  # lets go of what hangs, or the notifier could not stop
    await rig.telegram.start()


async def test_a_notice_is_said_once_and_known_by_its_message(rig: Rig) -> None:
    notice_id = await rig.say("once")
    async with rig.at_work():
        await rig.telegram.wait_for(lambda: rig.texts(ANNA))
    async with rig.at_work():
        await rig.say("second")
        await rig.telegram.wait_for(lambda: len(rig.texts(ANNA)) > 1)
    assert rig.texts(ANNA) == ["once", "second"]
    row = await rig.row(notice_id)
    assert (row.state, row.message_id) == ("sent", rig.chat(ANNA).bot_messages[0].id)


async def test_what_joins_a_notice_while_it_waits_for_the_writer_is_said(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The notifier has read the notice; before it gets the writer, a settlement adds one more failure."""
    campaign_id = await rig.begin(count=2, message_id=None)
    async with rig.database.write() as tx:
        ids = list(await tx.scalars(sa.select(messages.c.id)))
        await tx.execute(messages.update().values(state="undelivered"))

    async def fail(message_id: int) -> None:
        async with rig.database.write() as tx:
            await outbox.say_failed(
                tx,
                chat_id=ANNA,
                thread_id=0,
                language="en",
                campaign_id=campaign_id,
                message_ids=[message_id],
                now=rig.clock(),
            )

    say = Notifier._say
    late = iter([ids[1]])

    async def joined_first(notifier: Notifier, notice: Notice, lease: Lease) -> None:
        for message_id in late:
            await fail(message_id)
        await say(notifier, notice, lease)

    monkeypatch.setattr(Notifier, "_say", joined_first)
    await fail(ids[0])
    async with rig.at_work():
        await rig.until(lambda: any("2 messages failed" in text for text in rig.texts(ANNA)))


async def test_bad_news_that_is_none_any_more_is_not_told(rig: Rig) -> None:
    """A doubt was settled before its notice was shown."""
    campaign_id = await rig.begin(count=1, message_id=None)
    async with rig.database.write() as tx:
        ids = list(await tx.scalars(sa.select(messages.c.id)))
        await tx.execute(messages.update().values(state="delivered"))
        await outbox.say_failed(
            tx,
            chat_id=ANNA,
            thread_id=0,
            language="en",
            campaign_id=campaign_id,
            message_ids=ids,
            now=rig.clock(),
        )
    async with rig.at_work():
        await rig.until(lambda: any("delivered" in text for text in rig.texts(ANNA)))
    assert not any("failed" in text for text in rig.texts(ANNA))


async def test_an_answer_in_a_group_replies_and_needs_no_message_to_reply_to(rig: Rig) -> None:
    person = rig.telegram.person(5, "Clara")
    said = rig.chat(GROUP).say(person, "/help")
    await rig.say("with reply", GROUP, reply_to=said.id)
    await rig.say("without", GROUP, reply_to=999)
    async with rig.at_work():
        await rig.telegram.wait_for(lambda: len(rig.texts(GROUP)) == 2)
    assert [one.reply_to for one in rig.chat(GROUP).bot_messages] == [said.id, None]


# Telegram refuses, breaks, is away.


async def test_a_429_is_obeyed_and_holds_its_own_chat_only(rig: Rig) -> None:
    rig.telegram.faults.add("sendMessage", kind="429", retry_after=30, chat_id=ANNA)
    await rig.say("held")
    async with rig.at_work():
        await rig.telegram.wait_for(lambda: rig.telegram.faults.applied)
        await rig.say("held too")
        await rig.say("to Boris", BORIS)
        await rig.telegram.wait_for(lambda: rig.texts(BORIS))
        await rig.until(lambda: len(rig.texts(ANNA)) == 2, timedelta(seconds=5))
    assert rig.texts(ANNA) == ["held", "held too"]
    first, *rest = rig.sent_at(ANNA)
    assert all(at - first >= timedelta(seconds=30) for at in rest)
    assert rig.sent_at(BORIS)[0] - first < timedelta(seconds=5)


async def test_a_429_on_an_edit_holds_the_card(rig: Rig) -> None:
    campaign_id = await rig.begin()
    async with rig.at_work():
        card = await _shown(rig)
        rig.telegram.faults.add("editMessageText", kind="429", retry_after=30)
        await rig.move(1, MessageState.CANCELLED)
        await rig.until(lambda: "cancelled 1" in card.text, timedelta(seconds=5))
    first, second = (call.at for call in rig.calls("editMessageText"))
    assert second - first >= timedelta(seconds=30)
    found = await rig.card(campaign_id)
    assert found.message_id == card.id


@pytest.mark.parametrize("kind", ["502", "500", "reset_before"])
async def test_a_lost_answer_is_repeated_and_says_so(rig: Rig, kind: FaultKind) -> None:
    rig.telegram.faults.add("sendMessage", kind=kind)
    await rig.say("said <b>again</b>", html="said <b>again</b>")
    async with rig.at_work():
        await rig.until(lambda: rig.texts(ANNA))
    assert rig.texts(ANNA) == ["(repeat) said again"]
    first, second = rig.sent_at(ANNA)
    assert second - first >= PAUSE


@pytest.mark.parametrize("kind", ["delivered_reset", "delivered_502", "garbled"])
async def test_a_message_that_came_although_nobody_said_so_is_repeated_once_with_the_mark(
    rig: Rig, kind: FaultKind
) -> None:
    rig.telegram.faults.add("sendMessage", kind=kind)
    notice_id = await rig.say("words")
    async with rig.at_work():
        await rig.until(lambda: len(rig.texts(ANNA)) == 2)
    assert rig.texts(ANNA) == ["words", "(repeat) words"]
    assert (await rig.row(notice_id)).state == "sent"


async def test_after_many_lost_answers_it_is_given_up(rig: Rig) -> None:
    rig.telegram.faults.add("sendMessage", kind="delivered_reset", times=outbox.TRIES)
    notice_id = await rig.say("words")
    async with rig.at_work():
        await rig.until(lambda: len(rig.texts(ANNA)) == outbox.TRIES)
    rig.ahead += timedelta(minutes=5)
    async with rig.at_work():
        await rig.say("later")
        await rig.telegram.wait_for(lambda: "later" in rig.texts(ANNA))
    assert rig.texts(ANNA) == ["words", *["(repeat) words"] * (outbox.TRIES - 1), "later"]
    assert (await rig.row(notice_id)).state == "unknown"


async def test_a_long_card_can_be_repeated_too(rig: Rig) -> None:
    rig.telegram.faults.add("sendMessage", kind="502")
    await rig.say("<" * 3000, html="&lt;" * 3000)
    async with rig.at_work():
        await rig.until(lambda: rig.texts(ANNA))
    assert rig.texts(ANNA) == ["(repeat) " + "<" * 3000]


class Watched(TelegramRequest):
    """Tells when a request could not leave."""

    def __init__(self) -> None:
        super().__init__()
        self.failed = asyncio.Event()

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        try:
            return await super().do_request(*args, **kwargs)
        except NotSent:
            self.failed.set()
            raise


async def test_what_could_not_be_sent_is_sent_later_once_and_unmarked(rig: Rig) -> None:
    rig.transport = transport = Watched()
    async with rig.at_work():
        port = int(rig.telegram.url.rpartition(":")[2])
        await rig.telegram.stop()
        notice_id = await rig.say("words")
        await transport.failed.wait()
        await rig.telegram.start(port=port)
        await rig.until(lambda: rig.texts(ANNA))
    assert rig.texts(ANNA) == ["words"]
    row = await rig.row(notice_id)
    assert (row.state, row.repeat) == ("sent", False)


async def test_a_person_who_blocked_us_hears_nothing_more(rig: Rig) -> None:
    rig.chat(ANNA).block()
    notice_id = await rig.say("words")
    await rig.say("to Boris", BORIS)
    async with rig.at_work():
        await rig.telegram.wait_for(lambda: rig.texts(BORIS) and rig.sent_at(ANNA))
    rig.chat(ANNA).unblock()
    rig.ahead += timedelta(hours=1)
    async with rig.at_work():
        await rig.say("later")
        await rig.telegram.wait_for(lambda: rig.texts(ANNA))
    assert rig.texts(ANNA) == ["later"]
    assert (await rig.row(notice_id)).state == "dead"


async def allow(rig: Rig, person_id: int, name: str) -> None:
    async with rig.database.write() as tx:
        await people.allow(
            tx,
            person_id=person_id,
            name=name,
            role=Role.OPERATOR,
            added_by=BORIS,
            by="Boris",
            via="command",
            chat_id=None,
            now=rig.clock(),
        )


@pytest.mark.parametrize(
    ("blocked", "told"),
    [((), ANNA), ((ANNA,), BORIS), ((ANNA, BORIS), CLARA), ((ANNA, BORIS, CLARA), None)],
)
async def test_what_a_group_cannot_be_told_goes_to_the_author_and_then_to_an_admin(
    rig: Rig, blocked: tuple[int, ...], told: int | None
) -> None:
    rig.admins = (BORIS, CLARA)
    await allow(rig, ANNA, "Anna")
    async with rig.database.write() as tx:
        for person_id in (ANNA, BORIS, CLARA):
            await names.learn(tx, person_id, Known(name="Somebody", language="en"))
        await chats.allow(tx, Group(id=GROUP, title="Desk"), by=BORIS, now=rig.clock())
    rig.chat(GROUP).expel_bot()
    for person_id in blocked:
        rig.chat(person_id).block()
    notice_id = await rig.say(
        "a doubt", GROUP, Priority.ALERT, campaign_id=await rig.begin(GROUP), reply_to=5
    )
    tried = [GROUP, ANNA, BORIS, CLARA][: len(blocked) + (1 if told is None else 2)]
    async with rig.at_work():
        await rig.until(lambda: [int(call.params["chat_id"]) for call in rig.said("a doubt")] == tried)
    row = await rig.row(notice_id)
    assert row.state == ("dead" if told is None else "sent")
    why = "(Here, because I could not write in the chat Desk. Let me in there, with the right to write.)"
    for person_id in (ANNA, BORIS, CLARA):
        assert rig.texts(person_id) == ([f"{why} a doubt"] if person_id == told else [])
    assert all("reply_parameters" not in call.params for call in rig.said("a doubt")[1:])


async def test_an_author_without_a_role_hears_nothing_of_a_group_any_more(rig: Rig) -> None:
    rig.admins = (BORIS,)
    rig.chat(GROUP).expel_bot()
    await rig.say("a doubt", GROUP, Priority.ALERT, campaign_id=await rig.begin(GROUP))
    async with rig.at_work():
        await rig.until(lambda: rig.texts(BORIS))
    assert rig.texts(ANNA) == []


async def test_an_alarm_goes_to_each_admin_and_no_further(rig: Rig) -> None:
    rig.admins = (BORIS, CLARA)
    rig.chat(GROUP).expel_bot()
    rig.chat(CLARA).block()
    async with rig.database.write() as tx:
        for person_id in rig.admins:
            await names.learn(tx, person_id, Known(name="Somebody", language="en"))
        notice_id = await outbox.say(
            tx,
            chat_id=GROUP,
            thread_id=0,
            kind="quiet",
            content={"failed": [[12, 3]], "place": "Money"},
            language="en",
            priority=Priority.RESULT,
            now=rig.clock(),
        )
    rig.bell.ring()
    async with rig.at_work():
        await rig.until(lambda: rig.texts(BORIS) and rig.sent_at(CLARA))
    (told,) = rig.texts(BORIS)
    assert told.startswith("(Here, because I could not write in the chat Money.")
    assert "#12: 3 messages failed" in told
    assert (await rig.row(notice_id)).state == "dead"
    first, *then = [int(call.params["chat_id"]) for call in rig.said("#12")]
    assert (first, sorted(then)) == (GROUP, [BORIS, CLARA])


async def test_an_answer_to_a_group_that_is_gone_goes_nowhere_else(rig: Rig) -> None:
    rig.admins = (BORIS,)
    rig.chat(GROUP).expel_bot()
    notice_id = await rig.say("an answer", GROUP)
    await rig.say("to Boris", BORIS)
    async with rig.at_work():
        await rig.until(lambda: rig.texts(BORIS) and rig.sent_at(GROUP))
    assert rig.texts(BORIS) == ["to Boris"]
    assert (await rig.row(notice_id)).state == "dead"


async def test_broken_markup_is_said_plainly(rig: Rig) -> None:
    await rig.say("", html="<b>broken & open")
    async with rig.at_work():
        await rig.telegram.wait_for(lambda: rig.texts(ANNA))
    assert rig.texts(ANNA) == ["<b>broken & open"]


async def test_what_is_too_long_is_said_cut_and_without_its_marks(rig: Rig) -> None:
    """Screens are cut where they are made; this is for the one that was not thought of."""
    await rig.say("", html="<b>&lt;</b>" + "😀" * 3000)
    async with rig.at_work():
        await rig.telegram.wait_for(lambda: rig.texts(ANNA))
    (text,) = rig.texts(ANNA)
    assert text == "<" + "😀" * 2047 + "…"


# Killed in between.


async def test_what_was_being_sent_at_the_kill_is_repeated_with_the_mark(rig: Rig) -> None:
    notice_id = await rig.say("words")
    async with rig.database.write() as tx:
        await outbox.mark(tx, [notice_id], "sending")
    async with rig.at_work():
        await rig.telegram.wait_for(lambda: rig.texts(ANNA))
    assert rig.texts(ANNA) == ["(repeat) words"]


async def test_a_repeat_that_was_being_sent_at_the_kill_is_said_again(rig: Rig) -> None:
    """Neither may have been shown."""
    notice_id = await rig.say("words")
    async with rig.database.write() as tx:
        await outbox.again(tx, notice_id, at=rig.clock(), repeat=True)
        await outbox.mark(tx, [notice_id], "sending")
    async with rig.at_work():
        await rig.telegram.wait_for(lambda: rig.texts(ANNA))
    assert rig.texts(ANNA) == ["(repeat) words"]


async def test_what_was_being_sent_at_many_kills_is_given_up(rig: Rig) -> None:
    notice_id = await rig.say("words")
    for _ in range(outbox.TRIES):
        async with rig.database.write() as tx:
            await outbox.mark(tx, [notice_id], "sending")
            await outbox.recover(tx)
    async with rig.at_work():
        await rig.say("later")
        await rig.telegram.wait_for(lambda: rig.texts(ANNA))
    assert rig.texts(ANNA) == ["later"]
    assert (await rig.row(notice_id)).state == "unknown"


# Cards.


async def _shown(rig: Rig, chat_id: int = ANNA) -> Message:
    """The card, once it is in the chat."""

    def look() -> Message | None:
        return next((one for one in rig.chat(chat_id).bot_messages if one.text.startswith("#1 ")), None)

    found = await rig.telegram.wait_for(look)
    assert found is not None
    return found


async def test_a_card_follows_its_campaign_by_edits(rig: Rig) -> None:
    await rig.begin()
    async with rig.at_work():
        card = await _shown(rig)
        assert "Total 3: queued 3" in card.text
        assert card.button("✖")
        await rig.move(1, MessageState.CANCELLED)
        await rig.telegram.wait_for(lambda: "queued 2 · cancelled 1" in card.text)
        for message_id in (2, 3):
            await rig.move(message_id, MessageState.CANCELLED)
        await rig.telegram.wait_for(lambda: "Total 3: cancelled 3" in card.text and not card.keyboard)
    assert len(rig.calls("sendMessage")) == 1


async def test_many_changes_are_few_edits_and_the_last_one_is_right(rig: Rig) -> None:
    rig.edit_every = EDIT_EVERY
    await rig.begin(GROUP, count=40)
    async with rig.at_work():
        card = await _shown(rig, GROUP)
        for message_id in range(1, 41):
            await rig.move(message_id, MessageState.CANCELLED)
        await rig.until(lambda: "Total 40: cancelled 40" in card.text)
        await rig.say("over")
        await rig.telegram.wait_for(lambda: rig.texts(ANNA))
    edits = rig.calls("editMessageText")
    assert 1 <= len(edits) <= 3
    times = [card.date, *(call.at for call in edits)]
    assert all(later - sooner >= EDIT_EVERY["group"] for sooner, later in pairwise(times))


async def test_a_card_that_would_look_the_same_is_not_edited(rig: Rig) -> None:
    campaign_id = await rig.begin()
    async with rig.at_work():
        await _shown(rig)
        for _ in range(3):
            async with rig.database.write() as tx:
                await cards.redraw(tx, [campaign_id], rig.clock())
            rig.bell.ring()
            await rig.say("past it", BORIS)
        await rig.telegram.wait_for(lambda: len(rig.texts(BORIS)) == 3)
        await _until_nothing_is_stale(rig)
    assert rig.calls("editMessageText") == []


async def _until_nothing_is_stale(rig: Rig) -> None:
    async with asyncio.timeout(10):
        while True:
            async with rig.database.read() as tx:
                if not await cards.chats_due(tx, rig.clock() + timedelta(days=1), []):
                    return
            rig.bell.ring()
            await asyncio.sleep(0)


async def test_not_modified_counts_as_shown(rig: Rig) -> None:
    """A restart forgets what a card showed, so one edit may change nothing."""
    campaign_id = await rig.begin()
    async with rig.at_work():
        await _shown(rig)
    async with rig.database.write() as tx:
        await cards.redraw(tx, [campaign_id], rig.clock())
    async with rig.at_work():
        await rig.telegram.wait_for(lambda: rig.calls("editMessageText"))
        await _until_nothing_is_stale(rig)
    (edit,) = rig.calls("editMessageText")
    assert "message is not modified" in edit.error
    assert len(rig.texts(ANNA)) == 1


async def test_a_deleted_card_comes_anew_and_goes_on_there(rig: Rig) -> None:
    await rig.begin()
    async with rig.at_work():
        old = await _shown(rig)
        rig.chat(ANNA).delete(old)
        await rig.move(1, MessageState.CANCELLED)
        new = await _shown(rig)
        assert new.id != old.id
        await rig.move(2, MessageState.CANCELLED)
        await rig.telegram.wait_for(lambda: "queued 1 · cancelled 2" in new.text)
    assert len(rig.texts(ANNA)) == 1


@pytest.mark.parametrize("kind", ["502", "reset_before", "delivered_reset", "garbled"])
async def test_an_edit_whose_answer_is_lost_is_made_again(rig: Rig, kind: FaultKind) -> None:
    await rig.begin()
    async with rig.at_work():
        card = await _shown(rig)
        rig.telegram.faults.add("editMessageText", kind=kind)
        await rig.move(1, MessageState.CANCELLED)
        await rig.until(lambda: len(rig.calls("editMessageText")) == 2)
    assert "queued 2 · cancelled 1" in card.text
    assert rig.texts(ANNA) == [card.text]


async def test_a_card_in_a_chat_we_may_not_write_to_is_left_alone(rig: Rig) -> None:
    await rig.begin()
    async with rig.at_work():
        await _shown(rig)
        rig.chat(ANNA).block()
        await rig.move(1, MessageState.CANCELLED)
        await rig.telegram.wait_for(lambda: rig.calls("editMessageText"))
        await _until_nothing_is_stale(rig)
    assert len(rig.calls("editMessageText")) == 1


# Rates.


class Doorkeeper:
    """In the place of the limiter: lets so many through, then nobody until the test opens."""

    made: list["Doorkeeper"]

    def __init__(self, rate: float, period: float) -> None:
        self.rate, self.period, self.passed = rate, period, 0
        self.opened, self.queue = asyncio.Event(), asyncio.Event()
        Doorkeeper.made.append(self)

    async def acquire(self) -> None:
        if self.passed >= self.rate and not self.opened.is_set():
            self.queue.set()
            await self.opened.wait()
        self.passed += 1


@pytest.fixture
def doorkeepers(monkeypatch: pytest.MonkeyPatch) -> list[Doorkeeper]:
    Doorkeeper.made = []
    monkeypatch.setattr(bot.notifier, "AsyncLimiter", Doorkeeper)
    return Doorkeeper.made


async def test_a_group_gets_so_many_a_minute_and_a_private_chat_as_many_as_come(
    rig: Rig, doorkeepers: list[Doorkeeper]
) -> None:
    rig.group_rate = 3
    for number in range(5):
        await rig.say(f"group {number}", GROUP)
        await rig.say(f"private {number}")
    async with rig.at_work():
        await rig.telegram.wait_for(lambda: len(rig.texts(ANNA)) == 5)
        (doorkeeper,) = doorkeepers
        await doorkeeper.queue.wait()
        assert (doorkeeper.rate, doorkeeper.period) == (3, 60)
        assert len(rig.texts(GROUP)) == 3
        await rig.say("urgent", GROUP)
        doorkeeper.opened.set()
        await rig.telegram.wait_for(lambda: len(rig.texts(GROUP)) == 6)


async def test_what_waits_for_its_turn_lets_an_answer_go_first_and_is_not_yet_being_sent(
    rig: Rig, doorkeepers: list[Doorkeeper]
) -> None:
    """Marked as being sent it would be a repeat after a restart, though nobody ever saw it."""
    rig.group_rate = 1
    await rig.say("first", GROUP)
    waiting = await rig.say("result", GROUP, Priority.RESULT)
    async with rig.at_work():
        await rig.telegram.wait_for(lambda: rig.texts(GROUP) and doorkeepers)
        await doorkeepers[0].queue.wait()
        assert (await rig.row(waiting)).state == "pending"
        await rig.say("answer", GROUP)
        doorkeepers[0].opened.set()
        await rig.telegram.wait_for(lambda: len(rig.texts(GROUP)) == 3)
    assert rig.texts(GROUP) == ["first", "answer", "result"]


async def test_edits_count_towards_the_rate_of_a_group(rig: Rig, doorkeepers: list[Doorkeeper]) -> None:
    rig.group_rate = 2
    await rig.begin(GROUP)
    async with rig.at_work():
        await _shown(rig, GROUP)
        await rig.move(1, MessageState.CANCELLED)
        await rig.telegram.wait_for(lambda: rig.calls("editMessageText"))
        await rig.move(2, MessageState.CANCELLED)
        await doorkeepers[0].queue.wait()
        assert len(rig.calls("editMessageText")) == 1
        doorkeepers[0].opened.set()
        await rig.telegram.wait_for(lambda: len(rig.calls("editMessageText")) == 2)


async def test_the_rate_in_all_is_kept_over_all_chats(rig: Rig, doorkeepers: list[Doorkeeper]) -> None:
    rig.rate = 2
    for number in range(2):
        await rig.say(f"{number}", ANNA)
        await rig.say(f"{number}", BORIS)
    async with rig.at_work():
        await doorkeepers[0].queue.wait()
        await rig.telegram.wait_for(lambda: len(rig.texts(ANNA) + rig.texts(BORIS)) == 2)
        assert (doorkeepers[0].rate, doorkeepers[0].period) == (2, 1)
        doorkeepers[0].opened.set()
        await rig.telegram.wait_for(lambda: len(rig.texts(ANNA) + rig.texts(BORIS)) == 4)


# A group that became a supergroup.


class Migrated(TelegramRequest):
    """Telegram's answer for the chat's old id; everything else goes through."""

    OLD = -500

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *args: Any, **kwargs: Any
    ) -> tuple[int, bytes]:
        if request_data is not None and request_data.json_parameters.get("chat_id") == str(self.OLD):
            return 400, (
                b'{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a '
                b'supergroup chat","parameters":{"migrate_to_chat_id":%d}}' % GROUP
            )
        return await super().do_request(url, method, request_data, *args, **kwargs)


async def test_a_migrated_chat_takes_everything_along(rig: Rig) -> None:
    rig.transport = Migrated()
    notice_id = await rig.say("words", Migrated.OLD)
    campaign_id = await rig.begin(Migrated.OLD)
    async with rig.at_work():
        card = await _shown(rig, GROUP)
        await rig.move(1, MessageState.CANCELLED)
        await rig.telegram.wait_for(lambda: "cancelled 1" in card.text)
    assert rig.texts(GROUP) == ["words", card.text]
    row = await rig.row(notice_id)
    assert (row.chat_id, row.repeat, row.state) == (GROUP, False, "sent")
    assert (await rig.card(campaign_id)).chat_id == GROUP


async def test_a_card_may_be_the_first_to_hear_of_a_migration(rig: Rig) -> None:
    rig.transport = Migrated()
    await rig.begin(Migrated.OLD, message_id=7)
    async with rig.at_work():
        card = await _shown(rig, GROUP)
        assert "Total 3: queued 3" in card.text


# What Telegram is given.


async def test_a_button_carries_a_token_that_telegram_takes_and_nobody_guesses(rig: Rig) -> None:
    async with rig.database.write() as tx:
        button: dict[str, Any] = {"action": "cancel", "chat_id": ANNA, "person_id": None, "subject": {}}
        tokens = [await drafts.add_button(tx, **button, expires_at=rig.clock()) for _ in range(2)]
    assert tokens[0] != tokens[1]
    assert all(22 <= len(token.encode()) <= 64 for token in tokens)


def test_a_question_opens_an_answer_field_and_buttons_are_rows() -> None:
    asking = markup(Screen(html=Html("?"), ask="x" * 70))
    assert asking is not None
    assert asking.to_dict() == {
        "force_reply": True,
        "selective": True,
        "input_field_placeholder": "x" * 64,
    }
    keys = markup(
        Screen(html=Html("!"), rows=((Key(label="a", token="t" * 22), Key(label="b", url="https://x.ru")),))
    )
    assert keys is not None
    assert keys.to_dict() == {
        "inline_keyboard": [[{"text": "a", "callback_data": "t" * 22}, {"text": "b", "url": "https://x.ru"}]]
    }
    assert markup(Screen(html=Html("."))) is None


# Two replicas, of which one was frozen and is woken up late.


@pytest.mark.parametrize("knows", [True, False], ids=["before the request", "after the last look"])
async def test_i10_a_replica_that_wakes_up_late_leaves_no_old_card(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, knows: bool
) -> None:
    await rig.begin(ANNA, 1)
    passed = [0.0]
    async with rig.at_work("frozen", steady=lambda: passed[0]) as frozen:
        await rig.telegram.wait_for(lambda: rig.texts(ANNA))
        asleep, awake, edit = asyncio.Event(), asyncio.Event(), frozen._voice.edit

        async def freezes(*told: Any) -> None:
            asleep.set()
            await awake.wait()
            await edit(*told)
            passed[0] = 60.0

        monkeypatch.setattr(frozen._voice, "edit", freezes)
        await rig.move(1, MessageState.SUBMITTING)
        await asyncio.wait_for(asleep.wait(), 10)
        rig.ahead += timedelta(minutes=1)
        bell = Bell(rig.clock)
        async with rig.at_work("other", bell):
            await rig.move(1, MessageState.ACCEPTED, MessageState.SENT, MessageState.DELIVERED)
            bell.ring()
            await rig.telegram.wait_for(lambda: "delivered" in rig.texts(ANNA)[0])
            edits = len(rig.calls("editMessageText"))
            passed[0] = 60.0 if knows else 0.0
            awake.set()
            async with asyncio.timeout(10):
                while len(rig.calls("editMessageText")) < edits + (0 if knows else 2):
                    bell.ring()
                    await asyncio.sleep(0)
    assert len(rig.calls("editMessageText")) == edits + (0 if knows else 2)
    assert "delivered" in rig.texts(ANNA)[0]


async def test_i9_a_replica_that_wakes_up_late_says_nothing_that_another_has_said(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = [0.0]
    async with rig.at_work("frozen", steady=lambda: passed[0]) as frozen:
        asleep, awake, say = asyncio.Event(), asyncio.Event(), frozen._voice.say

        async def freezes(*told: Any) -> int:
            asleep.set()
            await awake.wait()
            return await say(*told)

        monkeypatch.setattr(frozen._voice, "say", freezes)
        notice_id = await rig.say("words")
        await asyncio.wait_for(asleep.wait(), 10)
        rig.ahead += timedelta(minutes=1)
        async with rig.at_work("other", Bell(rig.clock)):
            await rig.telegram.wait_for(lambda: rig.texts(ANNA))
            passed[0] = 60.0
            awake.set()
    assert rig.texts(ANNA) == ["(repeat) words"]
    assert (await rig.row(notice_id)).state == "sent"


# Many at once


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The points of all writes."""
    points: list[str] = []
    write = Database.write

    def noted(database: Database, point: str = "") -> Any:
        points.append(point)
        return write(database, point)

    monkeypatch.setattr(Database, "write", noted)
    return points


async def test_answers_that_are_due_together_are_begun_and_ended_together(
    rig: Rig, writes: list[str]
) -> None:
    people = (ANNA, BORIS, CLARA)
    said = {person: await rig.say(f"for {person}", person) for person in people}
    writes.clear()
    async with rig.at_work():
        await rig.telegram.wait_for(lambda: all(rig.texts(person) for person in people))
    assert {person: rig.texts(person) for person in people} == {one: [f"for {one}"] for one in people}
    assert writes.count("notifier.say_answers") == 1
    for person, notice_id in said.items():
        row = await rig.row(notice_id)
        assert (row.state, row.content) == ("sent", {})
        assert row.message_id == rig.chat(person).bot_messages[0].id


async def test_of_answers_that_are_begun_together_each_has_its_own_end(rig: Rig) -> None:
    people = (ANNA, BORIS, CLARA)
    said = {person: await rig.say(f"for {person}", person) for person in people}
    rig.telegram.faults.add("sendMessage", kind="delivered_reset", chat_id=BORIS)
    rig.telegram.faults.add("sendMessage", kind="429", retry_after=1, chat_id=CLARA)
    async with rig.at_work():
        await rig.until(lambda: rig.texts(CLARA) and len(rig.texts(BORIS)) == 2)
    assert rig.texts(ANNA) == ["for 1001"]
    assert rig.texts(CLARA) == ["for 1003"]
    assert rig.texts(BORIS)[0] == "for 1002"
    assert "repeat" in rig.texts(BORIS)[1]
    assert [(await rig.row(said[person])).state for person in people] == ["sent"] * 3
