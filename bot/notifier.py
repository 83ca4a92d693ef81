"""The notifier: what the outbox and the cards hold, into Telegram.

Sending is not idempotent: after a lost answer it is said again, and says that it is a repeat. Editing is: a
card is edited until it shows what is wanted. Chats are served side by side and each in order, answers first;
a 429 holds its own chat only.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

import structlog
import telegram
from aiolimiter import AsyncLimiter
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError

from desk.clock import Bell, Clock, come_together
from desk.leases import Leases
from desk.outage import Halt
from desk.together import Together
from providers.leaving import leaving_only_if
from storage import cards, chats, conversations, drafts, leases, outbox, telling, topics
from storage.cards import Card
from storage.db import Database, Transaction
from storage.fault import fault
from storage.leases import Lease
from storage.outage import Unavailable
from storage.outbox import Notice
from storage.topics import Topic
from storage.vault import Vault

from . import unreached
from .announcements import ANSWERS, Announcements
from .keyboards import Screen
from .moves import move
from .telegram_http import NotSent
from .topics import CARD, TALKS, Place, Topics, is_closed, is_gone
from .voice import Voice

log = structlog.get_logger(__name__)

AT_ONCE = 0.001  # seconds; who has to wait for the rate waits longer
REMEMBERED = 1000  # cards; of others an edit may change nothing, which Telegram says and nobody sees
PAUSE = timedelta(seconds=5)  # after Telegram could not be reached
# At most one edit of a card in so many seconds, so that edits do not use up what a chat may be told.
EDIT_EVERY = {"private": timedelta(seconds=1), "group": timedelta(seconds=4)}
CALM = {"private": timedelta(seconds=5), "group": timedelta(seconds=15)}  # those that change all the time


@dataclass(frozen=True, slots=True)
class Begun:
    """A notice that is written down as being said."""

    notice: Notice
    screen: Screen
    reply_to: int | None


class Notifier:
    """The worker that speaks."""

    def __init__(
        self,
        bot: telegram.Bot,
        database: Database,
        vault: Vault,
        announcements: Announcements,
        clock: Clock,
        bell: Bell,
        leases: Leases,
        *,
        rate: int,
        group_rate: int,
        admins: Collection[int] = (),
        edit_every: dict[str, timedelta] | None = None,
    ) -> None:
        self._bot = bot
        self._database = database
        self._vault = vault
        self._announcements = announcements
        self._voice = Voice(bot, database, announcements)
        self._clock = clock
        self.bell = bell
        self._leases = leases
        self._all = AsyncLimiter(rate, 1) if rate else None
        self._group_rate = group_rate
        self._admins = admins  # of the configuration
        self._groups: dict[int, AsyncLimiter] = {}
        self._edit_every = edit_every or EDIT_EVERY
        self._calm = edit_every or CALM
        self._topics = Topics(bot, database, clock, every=self._edit_every["group"])
        self._busy: dict[int, int | None] = {}  # chats, and the notice that is being said there, if it is one
        self._passed_over: set[int] = set()  # chats for which something else was seen while they were busy
        self._last: dict[int, tuple[int, int, Screen]] = {}  # by campaign: chat, message, what it shows
        self._held: dict[int, datetime] = {}  # chats Telegram asked us to leave alone, and until when
        self._stopping = Halt()
        # Answers are many and alike: where several are due, one transaction does for all of them.
        self._begin_answer = Together(self._begin_answers)
        self._end_answer = Together(self._end_answers)

    async def recover(self, tx: Transaction) -> None:
        """In the taking of the face: what was being sent may have been shown, and others edited cards."""
        self._last.clear()
        if given_up := await outbox.recover(tx):
            log.warning("given up: nobody knows whether they were seen", notices=given_up)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            while not self._stopping:
                try:
                    next_due = await self._round(group)
                except Unavailable as error:
                    await self._stopping.rest("notifier", error)
                    continue
                await self.bell.nap(next_due)
                await come_together(self._busy)

    async def _round(self, group: asyncio.TaskGroup) -> datetime | None:
        """Serve the chats where something is due. Returns when there is something to say next."""
        if self._leases.face() is None:
            return None
        now = self._clock()
        self._held = {chat: until for chat, until in self._held.items() if until > now}
        busy = set(self._busy)  # of these what is read here may be said by the time it is read
        async with self._database.read() as tx:
            waiting = await telling.waiting(tx)
            due = [one.notice_id for one in waiting if one.notice_id is not None and one.due_at <= now]
            known = await outbox.waiting(tx, due)
        later = list(self._held.values())
        for one in waiting:
            if one.chat_id in self._busy:
                if one.notice_id is None or one.notice_id != self._busy[one.chat_id]:
                    self._passed_over.add(one.chat_id)
            elif one.chat_id in busy:
                self.bell.ring()
            elif one.due_at > now:
                later.append(one.due_at)
            elif one.chat_id not in self._held:
                first = None if one.notice_id is None else known.get(one.notice_id)
                self._busy[one.chat_id] = None if first is None else first.id
                group.create_task(self._serve(one.chat_id, first, alone=one.alone))
        return min(later, default=None)

    def forget_pauses(self) -> None:
        """The clock was set back: chats that are held may be tried, and Telegram says so again."""
        self._held.clear()
        self.bell.ring()

    def stop(self) -> None:
        self._stopping.want()
        self.bell.ring()

    async def _serve(self, chat_id: int, first: Notice | None, *, alone: bool) -> None:
        """Say all that is due in one chat: answers, then announcements, then edits.

        `first`: what it begins with, where that is known. `alone`: it is one thing, and when that is said
        nothing is left to look for.
        """
        over = False
        try:
            while not over and (told := first or await self._next(chat_id)) is not None:
                self._busy[chat_id] = None if first is None else first.id
                first = None
                # What waits for its turn here is still pending, and an answer that comes by then goes first.
                if await self._keep_rate(chat_id):
                    told = await self._next(chat_id)
                lease = self._leases.face()
                if lease is None:
                    return
                # A process that is frozen in here wakes up when another has long told how things ended.
                with leaving_only_if(partial(self._is_still, lease)):
                    answered = await self._tell(told, lease)
                over = alone and answered
                alone = False  # what was not said in one go may have put something before it
        except Unavailable as error:
            await self._stopping.rest("notifier", error)
        finally:
            del self._busy[chat_id]
            if not over or chat_id in self._passed_over:
                self._passed_over.discard(chat_id)
                self.bell.ring()

    async def _tell(self, told: Notice | Topic | Card | None, lease: Lease) -> bool:
        """Whether it was an answer and is in its chat: nothing follows from that."""
        match told:
            case Notice(kind=outbox.LEAVE) as notice:
                await self._leave(notice, lease)
            case Notice() as notice:
                return await self._say(notice, lease)
            case Topic() as topic:
                await self._keep(topic)
            case Card(reacts=True) as card:
                await self._react(card, lease)
            case Card() as card:
                await self._show(card, lease)
        return False

    def _is_still(self, lease: Lease) -> bool:
        return self._leases.face() == lease

    async def _next(self, chat_id: int) -> Notice | Topic | Card | None:
        """What is to be done now in a chat; None: nothing, or not now, or not by us."""
        if self._stopping or chat_id in self._held or self._leases.face() is None:
            return None
        now = self._clock()
        async with self._database.read() as tx:
            return (
                await outbox.first_due(tx, chat_id, now)
                or await topics.first_stale(tx, chat_id, now)
                or await cards.first_stale(tx, chat_id, now)
            )

    async def _leave(self, notice: Notice, lease: Lease) -> None:
        """Out of a group, until Telegram has heard it: twice does no harm. An admin may bring us in yet."""
        async with self._database.read() as tx:
            stay = await chats.brought(tx, notice.chat_id)
        try:
            if not stay:
                fault("notifier.leave asks")
                await self._bot.leave_chat(notice.chat_id)
                fault("notifier.leave answered")
        except TelegramError as error:
            await self._not_said(notice, lease, error)
            return
        async with self._database.write("notifier.left") as tx:
            await outbox.mark(tx, [notice.id], "sent")

    async def _placed(self, notice: Notice, lease: Lease) -> Place:
        """Where it goes; where that cannot be found out now, it waits: nothing of it has been said."""
        try:
            return await self._topics.place(notice)
        except BadRequest as error:
            log.warning("no place of its own", chat=notice.chat_id, error=str(error))
            return Place()
        except TelegramError as error:
            known = isinstance(error, RetryAfter | ChatMigrated | Forbidden)
            came_of_it = error if known else NotSent(str(error))
            await self._stopping.persist("notifier", partial(self._not_said, notice, lease, came_of_it))
            return Place(later=True)

    async def _say(self, notice: Notice, lease: Lease) -> bool:
        place = await self._placed(notice, lease)
        if place.later:
            return False
        if notice.kind in ANSWERS:
            begun = await self._begin_answer((notice, lease))
        else:
            begun = await self._begun(notice, lease, place.thread_id)
        if begun is None:
            return False
        notice, screen, reply_to = begun.notice, begun.screen, begun.reply_to
        try:
            fault("notifier.say asks")
            if screen.edits is None:
                message_id = await self._voice.say(notice, screen, reply_to)
            else:
                await self._voice.edit(notice.chat_id, message_id := screen.edits, screen)
            fault("notifier.say answered")
        except TelegramError as error:
            await self._stopping.persist("notifier", self._what_came(notice, lease, error))
            return False
        if notice.kind in ANSWERS:
            return await self._stopping.persist("notifier", partial(self._end_answer, (begun, message_id)))
        await self._stopping.persist("notifier", partial(self._said, begun, message_id))
        if notice.kind == CARD:
            await self._topics.pin(notice.chat_id, message_id)
        return False

    async def _begun(self, notice: Notice, lease: Lease, thread_id: int) -> Begun | None:
        """Write down that it is being said; None: it is not to be said, or not by us."""
        async with self._database.write("notifier.say") as tx:
            if not await leases.is_held(tx, lease):
                return None
            # More may have joined it while we waited for the writer.
            fresh = await outbox.pending(tx, notice.id)
            if fresh is None:
                return None
            begun = await self._ready(tx, replace(fresh, thread_id=thread_id))
            if begun is not None:
                await outbox.mark(tx, [notice.id], "sending")
        return begun

    async def _begin_answers(self, asked: Sequence[tuple[Notice, Lease]]) -> list[Begun | None]:
        """The same for answers, which go where they say."""
        begun: dict[int, Begun | None] = {}
        async with self._database.write("notifier.say_answers") as tx:
            held = {lease for lease in {lease for _, lease in asked} if await leases.is_held(tx, lease)}
            ours = [notice.id for notice, lease in asked if lease in held]
            for notice in (await outbox.waiting(tx, ours, held=True)).values():
                begun[notice.id] = await self._ready(tx, notice)
            if ready := [number for number, one in begun.items() if one is not None]:
                await outbox.mark(tx, ready, "sending")
        return [begun.get(notice.id) for notice, _ in asked]

    async def _ready(self, tx: Transaction, notice: Notice) -> Begun | None:
        """What is to be said; None, with the notice closed: nothing."""
        screen = await self._rendered(tx, notice)
        if screen is None:
            return None
        return Begun(notice, screen, notice.reply_to or await _card_of(tx, notice))

    def _what_came(self, notice: Notice, lease: Lease, error: TelegramError) -> Callable[[], Awaitable[None]]:
        if notice.kind in TALKS and notice.thread_id and isinstance(error, BadRequest):
            if is_gone(error):
                return partial(self._topics.lost, notice, notice.thread_id)
            if is_closed(error):
                return partial(self._topics.closed, notice, notice.thread_id, PAUSE)
        return partial(self._not_said, notice, lease, error)

    async def _said(self, begun: Begun, message_id: int) -> None:
        async with self._database.write("notifier.said") as tx:
            await outbox.sent(tx, begun.notice.id, message_id)
            await conversations.shown(tx, {begun.notice.id: message_id})
            if begun.screen.tokens:
                await drafts.shown_in(tx, begun.screen.tokens, message_id)

    async def _end_answers(self, said: Sequence[tuple[Begun, int]]) -> list[None]:
        async with self._database.write("notifier.said_answers") as tx:
            messages = {begun.notice.id: message_id for begun, message_id in said}
            await outbox.all_sent(tx, messages)
            await conversations.shown(tx, messages)  # an open conversation is an answer, and a card of it
            for begun, message_id in said:
                if begun.screen.tokens:
                    await drafts.shown_in(tx, begun.screen.tokens, message_id)
        return [None] * len(said)

    async def _rendered(self, tx: Transaction, notice: Notice) -> Screen | None:
        """What to show; None, with the notice closed, when nothing is left to say or it cannot be said."""
        try:
            screen = await self._announcements.render(tx, notice)
        except LookupError:
            # It would break again at every start, and hold up this chat for ever.
            log.exception("a notice cannot be shown", notice=notice.id, kind=notice.kind)
            await outbox.mark(tx, [notice.id], "dead")
            return None
        if screen is None:
            await outbox.mark(tx, [notice.id], "sent")
        return screen

    async def _not_said(self, notice: Notice, lease: Lease, error: TelegramError) -> None:
        now = self._clock()
        async with self._database.write("notifier.not_said") as tx:
            if not await leases.is_held(tx, lease):
                return  # whoever took over says it, and may have done so by now
            match error:
                case RetryAfter():
                    until = self._hold(notice.chat_id, error)
                    await outbox.again(tx, notice.id, at=until, repeat=False)
                case ChatMigrated():
                    await move(tx, self._vault, notice.chat_id, error.new_chat_id, now)
                    await outbox.again(tx, notice.id, at=now, repeat=False)
                case NotSent():
                    await outbox.again(tx, notice.id, at=now + PAUSE, repeat=False)
                case BadRequest() if "not modified" in str(error).lower():
                    await outbox.mark(tx, [notice.id], "sent")
                case BadRequest() | Forbidden():
                    log.warning("cannot say", chat=notice.chat_id, kind=notice.kind, error=str(error))
                    await self._say_elsewhere(tx, notice, error, "dead")
                case _ if notice.kind == outbox.LEAVE:
                    await outbox.again(tx, notice.id, at=now + PAUSE, repeat=False)
                case _ if notice.repeat and notice.tries >= outbox.TRIES - 1:
                    # It may be in the chat as often already.
                    log.warning("said, never answered", chat=notice.chat_id, kind=notice.kind)
                    await self._say_elsewhere(tx, notice, error, "unknown")
                case _:
                    await outbox.again(tx, notice.id, at=now + PAUSE, repeat=True)

    async def _say_elsewhere(self, tx: Transaction, notice: Notice, error: TelegramError, state: str) -> None:
        """Tell somebody else what this chat cannot be told; what nobody can be told ends in this state."""
        if not await unreached.tell(tx, notice, error, self._admins, self._clock()):
            log.warning("nobody else to tell", notice=notice.id, kind=notice.kind)
            await outbox.mark(tx, [notice.id], state)

    async def _show(self, card: Card, lease: Lease) -> None:
        """Edit a card to what is wanted; send it anew when it is gone."""
        async with self._database.read() as tx:
            screen = await self._announcements.card(tx, card)
        message_id = card.message_id or None
        if message_id is None:
            # Sending is not idempotent: whoever carries on after a crash has to know.
            async with self._database.write("notifier.show_anew") as tx:
                if not await leases.is_held(tx, lease):
                    return
                await cards.place(tx, card.campaign_id, cards.UNANSWERED)
        try:
            before = self._last.pop(card.campaign_id, None)
            fault("notifier.show asks")
            if message_id is None:
                message_id = await self._voice.say(card, screen, None)
            elif card.shown == cards.ASTRAY or before != (card.chat_id, message_id, screen):
                await self._voice.edit(card.chat_id, message_id, screen)
            fault("notifier.show answered")
        except BadRequest as error:
            await self._not_shown(card, lease, error)
            return
        except TelegramError as error:
            await self._unshown(card, lease, error)
            return
        self._remember(card, message_id, screen)
        every = self._calm if screen.calm else self._edit_every
        not_before = self._clock() + every["private" if card.chat_id > 0 else "group"]
        await self._stopping.persist("notifier", partial(self._shown, card, lease, message_id, not_before))

    async def _went_astray(self, tx: Transaction, card: Card, lease: Lease, *, left: bool = True) -> bool:
        """Whether somebody took over meanwhile, who draws this card anew if ours `left` after theirs."""
        if await leases.is_held(tx, lease):
            return False
        if left:
            await cards.astray(tx, card.campaign_id)
        return True

    async def _shown(self, card: Card, lease: Lease, message_id: int, not_before: datetime) -> None:
        async with self._database.write("notifier.shown") as tx:
            if await self._went_astray(tx, card, lease):
                return
            if not card.message_id:
                await cards.place(tx, card.campaign_id, message_id)
            await cards.shown(tx, card, not_before)

    async def _keep(self, topic: Topic) -> None:
        """Bring a topic to what is wanted; as often as it takes.

        Two at it leave what they did and how far they came, so that the later one finds what to mend.
        """
        try:
            await self._topics.show(topic)
        except TelegramError as error:
            now = self._clock()
            until = self._hold(topic.chat_id, error) if isinstance(error, RetryAfter) else now + PAUSE
            async with self._database.write("notifier.topic_not_shown") as tx:
                if isinstance(error, Forbidden):
                    await topics.shown(tx, topic, now)
                else:
                    await topics.postpone(tx, topic, until)

    async def _react(self, card: Card, lease: Lease) -> None:
        """Show how an answer fares as a reaction to what a person wrote. Once more does no harm."""
        async with self._database.read() as tx:
            emoji = await self._announcements.reaction(tx, card)
        try:
            if card.message_id:
                fault("notifier.react asks")
                await self._bot.set_message_reaction(card.chat_id, card.message_id, emoji)
                fault("notifier.react answered")
        except BadRequest as error:
            # The message is gone, or the chat lets nobody react. What fails is said in words as well.
            log.info("no reaction", chat=card.chat_id, error=str(error))
        except TelegramError as error:
            await self._unshown(card, lease, error)
            return
        async with self._database.write("notifier.reacted") as tx:
            if not await self._went_astray(tx, card, lease):
                await cards.shown(tx, card, self._clock())

    async def _unshown(self, card: Card, lease: Lease, error: TelegramError) -> None:
        """Telegram could not be asked, or did not answer."""
        now = self._clock()
        until = self._hold(card.chat_id, error) if isinstance(error, RetryAfter) else now + PAUSE
        async with self._database.write("notifier.unshown") as tx:
            if await self._went_astray(tx, card, lease, left=not isinstance(error, NotSent)):
                return
            if not card.message_id and isinstance(error, NotSent | RetryAfter | Forbidden):
                await cards.place(tx, card.campaign_id, card.message_id)
            if isinstance(error, ChatMigrated):
                await move(tx, self._vault, card.chat_id, error.new_chat_id, now)
            elif isinstance(error, Forbidden):
                await cards.shown(tx, card, now)
            elif not card.message_id and not isinstance(error, NotSent | RetryAfter):
                # A new card whose answer was lost may be in the chat: the next change draws one more.
                log.warning("card sent, unanswered", campaign=card.campaign_id)
                await cards.shown(tx, card, now)
            else:
                await cards.postpone(tx, card, until)

    async def _not_shown(self, card: Card, lease: Lease, error: BadRequest) -> None:
        words = str(error).lower()
        async with self._database.write("notifier.not_shown") as tx:
            if await self._went_astray(tx, card, lease):
                return
            if "not modified" in words:
                await cards.shown(tx, card, self._clock())
            elif "to edit not found" in words or "can't be edited" in words:
                await cards.place(tx, card.campaign_id, None)
            else:
                log.warning("cannot show", campaign=card.campaign_id, error=str(error))
                if not card.message_id:
                    await cards.place(tx, card.campaign_id, card.message_id)
                await cards.shown(tx, card, self._clock())

    def _remember(self, card: Card, message_id: int, screen: Screen) -> None:
        self._last[card.campaign_id] = (card.chat_id, message_id, screen)
        if len(self._last) > REMEMBERED:
            self._last.pop(next(iter(self._last)))

    def _hold(self, chat_id: int, error: RetryAfter) -> datetime:
        """Leave a chat alone as long as Telegram asks."""
        pause = error.retry_after
        seconds = pause if isinstance(pause, timedelta) else timedelta(seconds=pause)
        self._held[chat_id] = until = self._clock() + seconds
        log.info("told to wait", chat=chat_id, seconds=seconds.total_seconds())
        return until

    async def _keep_rate(self, chat_id: int) -> bool:
        """Whether it had to wait."""
        begun = monotonic()
        if self._all is not None:
            await self._all.acquire()
        if chat_id < 0 and self._group_rate:
            if chat_id not in self._groups:
                self._groups[chat_id] = AsyncLimiter(self._group_rate, 60)
            await self._groups[chat_id].acquire()
        return monotonic() - begun > AT_ONCE


async def _card_of(tx: Transaction, notice: Notice) -> int | None:
    """The card that a notice is a reply to; None: there is none in its chat."""
    if notice.campaign_id is None or notice.meant_for is not None:
        return None
    card = await cards.of(tx, notice.campaign_id)
    return None if card is None else card.message_id or None
