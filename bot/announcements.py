"""From a notice in the outbox, or a card that is behind, to the screen that is to be shown now."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from desk import doubts as deciding
from desk.announce import LOUD
from desk.clock import Clock
from desk.columns import Columns
from desk.evidence import Times
from providers.gateways import KINDS
from providers.model import MessageState
from storage import (
    accounts,
    audit,
    campaigns,
    conversations,
    drafts,
    hold,
    outbox,
    reach,
    rhythms,
    said,
    stoplist,
)
from storage import doubts as kept
from storage.campaigns import CampaignView
from storage.cards import UNANSWERED, Card
from storage.conversations import Conversation
from storage.db import Transaction
from storage.outbox import Notice

from . import alarms, auditing, cards, doubts, holding, reasons, reports, stoplists, unreached
from . import conversations as talks
from .keyboards import Screen
from .topics import ANSWERED
from .words import Words

ANSWERS = frozenset({"said", "status", "chart"})  # kinds of notices that somebody has asked for
# Buttons under announcements wait for people who are away.
LASTING = timedelta(days=14)


class Announcements:
    """Renders in the language and with the buttons that are right at this moment."""

    def __init__(self, clock: Clock, zone: ZoneInfo, times: Times, *, note: str) -> None:
        self._clock = clock
        self._zone = zone
        self._times = times
        self._note = note  # what begins with it stays among people

    async def render(self, tx: Transaction, notice: Notice) -> Screen | None:
        """The screen of a notice; one that may have been shown already says that it is a repeat.

        None: what was to be announced is no longer so.
        """
        if notice.kind in ANSWERS and not notice.repeat and notice.meant_for is None:
            return Screen.from_json(notice.content)
        words = await self._words(tx, notice.chat_id, notice.language)
        screen = await self._screen(tx, notice, words)
        if screen is None or screen.edits is not None:
            return screen
        if notice.repeat:
            screen = replace(screen, html=words("repeat", text=screen.html))
        if notice.meant_for is not None:
            # A channel that sent us away is known no more, but by the name under which it was set.
            called = notice.content.get("place") or await unreached.called(tx, notice.meant_for)
            screen = replace(screen, html=words("unreached", chat=cards.isolated(called), text=screen.html))
        return screen

    def elsewhere(self, screen: Screen, language: str) -> Screen:
        """The same in a place where nobody expects it, which it explains."""
        words = Words(language, self._zone)
        return replace(screen, html=words("topic-gone", text=screen.html))

    async def _screen(self, tx: Transaction, notice: Notice, words: Words) -> Screen | None:
        content = notice.content
        if notice.kind in ANSWERS:
            return Screen.from_json(content)
        if notice.kind == "account-stopped":
            subject = {"account_id": content["account_id"], "alone": True}
            resume = await self._button(tx, "resume", notice.chat_id, subject)
            return cards.account_stopped(
                words,
                name=content["name"],
                gateway=content["gateway"],
                trouble=reasons.trouble(words, content["kind"], content["code"], content.get("entry")),
                waiting=content["waiting"],
                resume=resume,
            )
        if notice.kind in alarms.KINDS:
            button = partial(self._lasting, tx, notice.chat_id)
            return await alarms.screen(tx, notice, self._zone, self._clock(), button)
        if notice.kind == "inbound":
            return await self._talk(tx, notice.id, words)
        if notice.kind == "inbound-redraw":
            return await self._talk_redrawn(tx, content["shown_by"], words)
        if notice.kind == "inbound-text":  # it waited while the desk learnt to keep conversations
            return cards.inbound(words, **content)
        if notice.kind == "unanswered":
            talk = await conversations.get(tx, content["conversation_id"], notice.chat_id)
            reminder = None if talk is None else talks.unanswered(words, talk, self._clock())
            return None if reminder is None else Screen(html=reminder)
        if notice.kind == ANSWERED:
            answer = await said.answer(tx, content["answer_id"])
            return None if answer is None else Screen(html=words("talk-answered", **talks.answered(answer)))
        if notice.kind in {"topic-card", "topic-anew"}:
            talk = await conversations.get(tx, content["conversation_id"], notice.chat_id)
            anew = notice.kind == "topic-anew"
            return None if talk is None else talks.about_topic(words, talk, self._note, anew=anew)
        if notice.kind == "topic-rights":
            return Screen(html=talks.topic_rights(words, content["missing"]))
        if notice.kind == "stop-list":
            lists = [
                (await accounts.get(tx, one), await stoplist.of_account(tx, one))
                for one in content["account_ids"]
            ]
            count = sum(len(stops) for _, stops in lists)
            file = reports.of_text("stoplist.csv", stoplists.table(lists))
            return Screen(html=words("stoplist-table", count=count), document=file)
        if notice.kind == "audit":
            found = await audit.find(tx, auditing.from_json(content), limit=auditing.EXPORTED)
            html = words("audit-table", count=len(found), limit=auditing.EXPORTED)
            return Screen(html=html, document=reports.of_text("audit.csv", auditing.table(found)))
        if notice.kind == "hold":
            return await self._hold(tx, notice, words)
        if notice.kind == "hold-redraw":
            message_id, at = await outbox.message_of(tx, content["shown_by"]), content["at"]
            html = holding.closed(words, content["by"], datetime.fromisoformat(at), content["cancelled"])
            return None if message_id is None else Screen(html=html, edits=message_id)
        if notice.kind == "reception":
            return Screen(html=words("reception", trouble=content["trouble"], host=content["host"]))
        if notice.kind == "audit-broken":
            return Screen(html=words("audit-broken", number=str(content["entry_id"])))
        if notice.kind == "dropped":
            html = words("dropped-file", name=content["name"], count=content["count"])
            return Screen(html=html, document=reports.dropped(words, content["audience_id"]))
        if notice.kind == "doubt":
            return await self._doubt(tx, notice, words, content["attempt_ids"], again=content["again"])
        if notice.kind == "doubt-redraw":
            return await self._redrawn(tx, notice, words)
        view = await self._view(tx, notice.campaign_id)
        if notice.kind == "status-redraw":
            return await self._status_redrawn(tx, notice, words, view)
        if notice.kind == "contradiction":
            (line,) = await campaigns.lines(tx, [content["message_id"]])
            told = {name: content[name] for name in ("says", "over", "stopped")}
            return doubts.contradiction(words, view.id, cards.number_of(words, line), **told)
        if notice.kind == "report":
            return await self._report(tx, words, view, content["form"])
        if notice.kind == "in-vain":
            subject = {"campaign_id": view.id}
            (line,) = await campaigns.lines(tx, [content["message_id"]])
            return cards.in_vain(
                words,
                view,
                line,
                refused=content["refused"],
                unpause=await self._button(tx, "unpause", notice.chat_id, subject),
                cancel=await self._button(tx, "cancel", notice.chat_id, subject),
            )
        if notice.kind == "late":
            subject = {"campaign_id": view.id}
            return cards.late(
                words,
                view.id,
                view.send_at or view.created_at,
                release=await self._button(tx, "release", notice.chat_id, subject),
                cancel=await self._button(tx, "cancel", notice.chat_id, subject),
                missed=view.missed,
                there=view.gateway if view.by_recipient_time else None,
            )
        lines = [one for one in await campaigns.lines(tx, content["message_ids"]) if one.state in LOUD]
        if not lines:
            return None
        asked = KINDS[view.gateway].capabilities.lookup_by_ref
        return cards.failed(words, view, lines, asked=asked)

    async def _report(self, tx: Transaction, words: Words, view: CampaignView, form: str) -> Screen:
        """Every message of a campaign, or those whom it did not reach, as a file that is a list again."""
        columns = await campaigns.columns_of(tx, view.id)
        whose = None if columns is None else Columns.from_json(columns)
        key = "report-unreached" if form == "unreached" else "report-file"
        count = await reach.left(tx, view.id) if form == "unreached" else view.total
        html = words(key, campaign=str(view.id), count=count)
        return Screen(html=html, document=reports.campaign(words, view.id, form, whose))

    async def _doubt(
        self, tx: Transaction, notice: Notice, words: Words, attempt_ids: Sequence[int], *, again: bool
    ) -> Screen | None:
        """The card of doubts; None when nothing of it is open any more."""
        view = await deciding.view(tx, attempt_ids, self._times, self._clock())
        if not view.open:
            return None
        tokens = await self._doubt_tokens(tx, notice.chat_id, view)
        return doubts.card(words, view, tokens, again=again)

    async def _redrawn(self, tx: Transaction, notice: Notice, words: Words) -> Screen | None:
        """The same card as it should look now; None where it is not in the chat any more."""
        message_id, attempt_ids = await kept.shown_by(tx, notice.content["shown_by"])
        if message_id is None or not attempt_ids:
            return None
        view = await deciding.view(tx, attempt_ids, self._times, self._clock())
        if not view.open:
            return replace(doubts.closed(words, view), edits=message_id)
        tokens = await self._doubt_tokens(tx, notice.chat_id, view)
        return replace(doubts.card(words, view, tokens), edits=message_id)

    async def _doubt_tokens(self, tx: Transaction, chat_id: int, view: deciding.View) -> doubts.Tokens:
        """Buttons that are good for the evidence as it is now."""
        subject = {"seen": [list(one) for one in view.seen]}

        async def token(action: str) -> str:
            return await self._button(tx, action, chat_id, subject)

        every = {"campaign_id": view.campaign.id}
        return doubts.Tokens(
            check=await token("doubt-check"),
            sent=await token("doubt-sent"),
            again=None if view.campaign.cancelling else await token("doubt-again"),
            give_up=await token("doubt-give-up"),
            all=await self._button(tx, "doubt-every", chat_id, every) if view.others else None,
        )

    async def _talk(self, tx: Transaction, notice_id: int, words: Words) -> Screen | None:
        """The card of a customer's SMS; None: it has been forgotten."""
        card = await conversations.card_of(tx, notice_id)
        talk = None if card is None else await conversations.get(tx, card.conversation_id, card.chat_id)
        received = None if card is None else await said.received(tx, card.inbound_id)
        if card is None or talk is None or received is None:
            return None
        view = talks.View(
            conversation=talk,
            received=received,
            sent=await said.last_sent(tx, talk.account_id, talk.msisdn, before=received),
            stopped=await stoplist.has(tx, talk.account_id, talk.msisdn),
            answer=await _answer_elsewhere(tx, talk, card.chat_id, received),
        )
        subject = {"conversation_id": talk.id}
        names = ("reply", "claim", "done", "snooze", "more", *(("stop",) if view.suggests_stop else ()))
        made = await drafts.add_row(
            tx,
            [f"talk-{name}" for name in names],
            chat_id=card.chat_id,
            subject=subject,
            expires_at=self._clock() + LASTING,
        )
        tokens = {action.removeprefix("talk-"): token for action, token in made.items()}
        screen = talks.card(words, view, talks.Tokens(**tokens))
        usable = {one.id for one in await accounts.of_chat(tx, card.chat_id)}
        # An admin may read what a group cannot be told, but it is answered where its account is.
        return screen if talk.account_id in usable else replace(screen, rows=())

    async def _talk_redrawn(self, tx: Transaction, notice_id: int, words: Words) -> Screen | None:
        """The same as it should look now; None where it is not in the chat, or cannot be edited."""
        card = await conversations.card_of(tx, notice_id)
        screen = await self._talk(tx, notice_id, words)
        if card is None or card.message_id is None or screen is None or not talks.is_edited(screen):
            return None
        if await outbox.is_repeat(tx, notice_id):
            screen = replace(screen, html=words("repeat", text=screen.html))
        return replace(screen, edits=card.message_id)

    async def reaction(self, tx: Transaction, card: Card) -> str:
        """How an answer to a customer fares, as an emoji."""
        view = await self._view(tx, card.campaign_id)
        (state,) = view.counts
        return talks.REACTIONS.get(state, talks.ACCEPTED)

    async def _hold(self, tx: Transaction, notice: Notice, words: Words) -> Screen | None:
        if await hold.cause(tx) is None:
            return None
        subject = {"hold": await hold.name(tx)}
        return holding.card(
            words,
            notice.content["cause"],
            await hold.waiting(tx),
            go_on=await self._button(tx, "hold-go-on", notice.chat_id, subject),
            cancel=await self._button(tx, "hold-cancel", notice.chat_id, subject),
        )

    async def _status_redrawn(
        self, tx: Transaction, notice: Notice, words: Words, view: CampaignView
    ) -> Screen | None:
        """The answer to /status as it would be now; None where it is not in the chat."""
        message_id = await outbox.message_of(tx, notice.content["shown_by"])
        if message_id is None:
            return None
        screen, count = cards.campaign(words, view, cancel=None), len(await kept.of_campaign(tx, view.id))
        if count:
            token = await self._button(tx, "doubt-every", notice.chat_id, {"campaign_id": view.id})
            screen = doubts.first(words, screen, {view.id: count}, {view.id: token})
        return replace(screen, edits=message_id)

    async def card(self, tx: Transaction, card: Card) -> Screen:
        """A campaign's card as it should look now."""
        view = await self._view(tx, card.campaign_id)
        words = await self._words(tx, card.chat_id, card.language)
        cancel = card.cancel_token if stoppable(view) else None
        screen = cards.campaign(words, view, cancel, card.tokens)
        if card.message_id == UNANSWERED:
            screen = replace(screen, html=words("repeat", text=screen.html))
        return screen

    async def _words(self, tx: Transaction, chat_id: int, language: str) -> Words:
        """Times by the clock of the chat."""
        return Words(language, await rhythms.zone_of(tx, chat_id) or self._zone)

    async def _view(self, tx: Transaction, campaign_id: int | None) -> CampaignView:
        view = None if campaign_id is None else await campaigns.view(tx, campaign_id)
        if view is None:
            raise LookupError(f"no campaign {campaign_id}")
        return view

    async def _lasting(self, tx: Transaction, chat_id: int, action: str, subject: dict[str, Any]) -> str:
        return await self._button(tx, action, chat_id, subject)

    async def _button(self, tx: Transaction, action: str, chat_id: int, subject: dict[str, Any]) -> str:
        return await drafts.add_button(
            tx,
            action=action,
            chat_id=chat_id,
            person_id=None,
            subject=subject,
            expires_at=self._clock() + LASTING,
        )


async def _answer_elsewhere(
    tx: Transaction, talk: Conversation, chat_id: int, received: said.Received
) -> said.Answer | None:
    """What was answered to an SMS from another chat, where nobody of this one has seen it."""
    answer = None if talk.answer_id is None else await said.answer(tx, talk.answer_id)
    if answer is None or answer.chat_id == chat_id or answer.at < received.received_at:
        return None
    return answer


def stoppable(view: CampaignView) -> bool:
    """Whether ✖ can still do something: messages that have not left, or that the gateway can call back."""
    if view.counts.get(MessageState.QUEUED):
        return True
    recallable = view.counts.get(MessageState.ACCEPTED, 0) + view.counts.get(MessageState.MODERATION, 0)
    return bool(recallable) and KINDS[view.gateway].capabilities.cancel and not view.cancelling
