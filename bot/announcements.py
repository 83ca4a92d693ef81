"""From a notice in the outbox, or a card that is behind, to the screen that is to be shown now."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from desk.announce import LOUD
from desk.clock import Clock
from providers.gateways import KINDS
from providers.model import MessageState
from storage import audit, campaigns, drafts
from storage.campaigns import CampaignView
from storage.cards import UNANSWERED, Card
from storage.db import Transaction
from storage.outbox import Notice

from . import auditing, cards, reasons
from .keyboards import Document, Screen
from .words import Words

# Buttons under announcements wait for people who are away.
LASTING = timedelta(days=14)


class Announcements:
    """Renders in the language and with the buttons that are right at this moment."""

    def __init__(self, clock: Clock, zone: ZoneInfo) -> None:
        self._clock = clock
        self._zone = zone

    async def render(self, tx: Transaction, notice: Notice) -> Screen | None:
        """The screen of a notice; one that may have been shown already says that it is a repeat.

        None: what was to be announced is no longer so.
        """
        words = Words(notice.language, self._zone)
        screen = await self._screen(tx, notice, words)
        if notice.repeat and screen is not None:
            screen = replace(screen, html=words("repeat", text=screen.html))
        return screen

    async def _screen(self, tx: Transaction, notice: Notice, words: Words) -> Screen | None:
        content = notice.content
        if notice.kind in {"said", "chart"}:
            return Screen.from_json(content)
        if notice.kind == "account-stopped":
            resume = await self._button(tx, "resume", notice.chat_id, {"account_id": content["account_id"]})
            return cards.account_stopped(
                words,
                name=content["name"],
                gateway=content["gateway"],
                trouble=reasons.trouble(words, content["kind"], content["code"], content.get("entry")),
                waiting=content["waiting"],
                resume=resume,
            )
        if notice.kind == "inbound":
            return cards.inbound(words, **content)
        if notice.kind == "audit":
            found = await audit.find(tx, auditing.from_json(content), limit=auditing.EXPORTED)
            html = words("audit-table", count=len(found), limit=auditing.EXPORTED)
            return Screen(html=html, document=Document(name="audit.csv", text=auditing.table(found)))
        if notice.kind == "audit-broken":
            return Screen(html=words("audit-broken", number=str(content["entry_id"])))
        view = await self._view(tx, notice.campaign_id)
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
        # A doubt may have been settled since: only what is still bad news is told.
        lines = [one for one in await campaigns.lines(tx, content["message_ids"]) if one.state in LOUD]
        if not lines:
            return None
        asked = KINDS[view.gateway].capabilities.lookup_by_ref
        return cards.failed(words, view, lines, asked=asked)

    async def card(self, tx: Transaction, card: Card) -> Screen:
        """A campaign's card as it should look now."""
        view = await self._view(tx, card.campaign_id)
        words = Words(card.language, self._zone)
        screen = cards.campaign(words, view, card.cancel_token if stoppable(view) else None)
        if card.message_id == UNANSWERED:
            screen = replace(screen, html=words("repeat", text=screen.html))
        return screen

    async def _view(self, tx: Transaction, campaign_id: int | None) -> CampaignView:
        view = None if campaign_id is None else await campaigns.view(tx, campaign_id)
        if view is None:
            raise LookupError(f"no campaign {campaign_id}")
        return view

    async def _button(self, tx: Transaction, action: str, chat_id: int, subject: dict[str, int]) -> str:
        return await drafts.add_button(
            tx,
            action=action,
            chat_id=chat_id,
            person_id=None,
            subject=subject,
            expires_at=self._clock() + LASTING,
        )


def stoppable(view: CampaignView) -> bool:
    """Whether ✖ can still do something: messages that have not left, or that the gateway can call back."""
    if view.counts.get(MessageState.QUEUED):
        return True
    recallable = view.counts.get(MessageState.ACCEPTED, 0) + view.counts.get(MessageState.MODERATION, 0)
    return bool(recallable) and KINDS[view.gateway].capabilities.cancel and not view.cancelling
