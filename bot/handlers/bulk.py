"""Campaigns to lists: what stands before their start, and what people do with them under way and after."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from telegram import Chat

from desk import compose
from desk.reading import Request
from desk.statistics import course
from providers.sms import mask
from storage import accounts, audiences, campaigns, drafts, outbox, people, reach, statistics
from storage.drafts import Button, Draft
from storage.outbox import Priority
from storage.reach import Before

from .. import answers, bulk_cards, elsewhere
from .. import cards as screens
from ..announcements import LASTING
from ..keyboards import Key, Screen
from ..turn import Effect
from ..words import Html, Words
from .campaigns import may_steer

A_DAY = timedelta(days=1)
STEERED = ("pause", "unpause", "chart", "report-xlsx", "report-csv", "report-unreached", "resend")


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who asked for a campaign, and will answer for it."""

    id: int
    name: str


def is_bulk(draft: Draft) -> bool:
    return "audience_id" in draft.content


async def hurdle(effect: Effect, draft: Draft, subject: Mapping[str, Any], token: str) -> str | None:
    """What else must be asked before this draft may begin, asked; its words. None: it may begin.

    `subject` tells what was asked already: it is that of the pressed button, whose `token` is spent where
    others are asked.
    """
    content, limits = draft.content, effect.turn.services.settings.limits
    repeated = await _same(effect, draft)
    if repeated is not None and not subject.get("repeats"):
        return await _ask_repeat(effect, subject, repeated)
    count = compose.count_of(content)
    if limits.approve_over and count > limits.approve_over:
        await drafts.use(effect.tx, token, effect.now)
        return await _put_up(effect, draft, subject)
    if limits.type_count_over and count > limits.type_count_over:
        return await _ask_count(effect, draft, subject)
    return None


async def is_stale(effect: Effect, draft: Draft) -> bool:
    """Whether the list of a card has got another text meanwhile, or is gone."""
    content = draft.content
    return not await audiences.is_filled(effect.tx, content["audience_id"], content["fills"])


async def overtaken(effect: Effect, draft: Draft) -> int:
    """To how many a repeat of the same campaign went since this card was made, or is going."""
    again_of = draft.content.get("again_of") if is_bulk(draft) else None
    return 0 if again_of is None else await reach.overtaken(effect.tx, draft.content["audience_id"], again_of)


async def _same(effect: Effect, draft: Draft) -> Before | None:
    """The campaign of the last day that took this text to numbers of this list."""
    if not is_bulk(draft):
        return None
    return await reach.before(
        effect.tx,
        draft.content["audience_id"],
        chat_id=draft.place.chat_id,
        text=draft.content["text"],
        since=effect.now - A_DAY,
    )


async def _ask_repeat(effect: Effect, subject: Mapping[str, Any], before: Before) -> str:
    words = effect.turn.words
    html = words(
        "ask-repeat", campaign=str(before.campaign_id), time=words.time(before.at), count=before.count
    )
    yes = await effect.button("confirm", {**subject, "repeats": True})
    keys = (
        Key(label=words.plain("button-repeat"), token=yes),
        Key(label=words.plain("button-dismiss"), token=await effect.button("dismiss", subject)),
    )
    await effect.say(Screen(html=html, rows=(keys,)))
    return words.plain("toast-asked")


async def _ask_count(effect: Effect, draft: Draft, subject: Mapping[str, Any]) -> str:
    """The next message of this person is the count, or nothing leaves."""
    words, count = effect.turn.words, compose.count_of(draft.content)
    await drafts.start(
        effect.tx,
        effect.turn.place,
        kind="count",
        state="asking",
        content=dict(subject),
        expires_at=effect.now + effect.turn.services.settings.limits.card_expiry,
    )
    await effect.say(Screen(html=words("ask-count", count=count), ask=words.plain("ask-count-placeholder")))
    return words.plain("toast-asked")


async def _put_up(effect: Effect, draft: Draft, subject: Mapping[str, Any]) -> str:
    """Show it to those who may agree: everybody in a group, from a private chat the administrators."""
    turn = effect.turn
    if turn.chat.type == Chat.PRIVATE:
        admins = await people.admins(effect.tx, turn.services.settings.telegram.admins)
        to = {admin: await elsewhere.words_for(effect, admin) for admin in admins}
        to.pop(turn.person.id, None)
    else:
        to = {turn.chat.id: turn.words}
    for chat_id, words in to.items():
        thread_id = turn.place.thread_id if chat_id == turn.chat.id else 0
        screen = await _approval(effect, words, draft, subject, chat_id)
        await effect.tell(chat_id, words, screen, thread_id=thread_id)
    if not to:
        await effect.say(Screen(html=turn.words("approval-nobody", count=compose.count_of(draft.content))))
    await drafts.put_off(effect.tx, draft.id, effect.now + turn.services.settings.limits.approve_within)
    effect.record("put-up", account_id=draft.content["account_id"], evidence={"draft": draft.id})
    return turn.words.plain("toast-put-up" if to else "toast-nobody-approves")


async def _approval(
    effect: Effect, words: Words, draft: Draft, subject: Mapping[str, Any], chat_id: int
) -> Screen:
    """The question to a second person."""
    turn = effect.turn
    good_for = turn.services.settings.limits.approve_within
    put_up = {**subject, "author": turn.person.id, "name": turn.name}

    async def key(action: str) -> Key:
        token = await drafts.add_button(
            effect.tx,
            action=action,
            chat_id=chat_id,
            person_id=None,
            subject=put_up,
            expires_at=effect.now + good_for,
        )
        label = "button-approve" if action == "approve" else "button-dismiss"
        return Key(label=words.plain(label), token=token)

    content = draft.content
    account = await accounts.get(effect.tx, content["account_id"])
    html = screens.joined(
        words(
            "ask-approval",
            name=screens.isolated(turn.name),
            count=compose.count_of(content),
            segments=_segments(draft),
            text=screens.shown_text(content["text"]),
        ),
        words(
            "approval-by",
            gateway=screens.gateway_name(words, account.gateway),
            account=account.name,
            sender=content["sender_id"] or words("offer-default-sender"),
        ),
        await _first_of(effect, words, draft),
        None
        if content.get("cost") is None
        else words("approval-cost", cost=words.money(Decimal(content["cost"]))),
        words("approval-within", minutes=int(good_for.total_seconds() // 60)),
    )
    return Screen(html=html, rows=((await key("approve"), await key("dismiss")),))


async def _first_of(effect: Effect, words: Words, draft: Draft) -> Html | None:
    """What the first of a list is to get; what was typed is the same for all."""
    if not is_bulk(draft):
        return None
    first = await audiences.page(effect.tx, draft.content["audience_id"], 0, 1)
    return bulk_cards.sample(words, mask(first[0].msisdn), first[0].text or "") if first else None


def _segments(draft: Draft) -> int:
    """Of all messages together: a list has counted them, what was typed is the same for everybody."""
    each_or_all: int = draft.content["segments"]
    return each_or_all if is_bulk(draft) else each_or_all * compose.count_of(draft.content)


async def card_tokens(effect: Effect, chat_id: int, campaign_id: int, until: datetime) -> dict[str, str]:
    """The buttons under the card of a campaign to a list; they may be pressed again and again."""
    return {
        action: await drafts.add_button(
            effect.tx,
            action=action,
            chat_id=chat_id,
            person_id=None,
            subject={"campaign_id": campaign_id},
            expires_at=until,
        )
        for action in STEERED
    }


# Under way and after.


async def _refusal(effect: Effect, button: Button) -> str | None:
    """Why this press is not for this person, or comes too late; None: it is good."""
    words = effect.turn.words
    if button.expires_at <= effect.now:
        return words.plain("toast-gone")
    if not await may_steer(effect, int(button.subject["campaign_id"])):
        return words.plain("not-your-campaign")
    return None


async def pause(effect: Effect, button: Button, token: str) -> str:
    """⏸: no further request leaves; what is on the wire lands."""
    return await _refusal(effect, button) or await _set_paused(effect, button, paused=True)


async def unpause(effect: Effect, button: Button, token: str) -> str:
    """▶: what waits may leave."""
    return await _refusal(effect, button) or await _set_paused(effect, button, paused=False)


async def _set_paused(effect: Effect, button: Button, *, paused: bool) -> str:
    campaign_id = int(button.subject["campaign_id"])
    if paused and not await campaigns.may_still_leave(effect.tx, campaign_id):
        return effect.turn.words.plain("toast-nothing-to-pause", campaign=str(campaign_id))
    if await campaigns.pause(effect.tx, campaign_id, paused=paused, now=effect.now):
        effect.record("pause" if paused else "unpause", campaign_id=campaign_id)
    return effect.turn.words.plain("toast-paused" if paused else "toast-unpaused", campaign=str(campaign_id))


async def report(effect: Effect, button: Button, token: str) -> str:
    """📄: every message of the campaign as a table, or those whom it did not reach, in the chat."""
    refusal = await _refusal(effect, button)
    if refusal is not None:
        return refusal
    turn, campaign_id = effect.turn, int(button.subject["campaign_id"])
    form = button.action.removeprefix("report-")
    effect.record("report", campaign_id=campaign_id, evidence={"form": form})
    await outbox.say(
        effect.tx,
        chat_id=turn.chat.id,
        thread_id=turn.place.thread_id,
        kind="report",
        content={"form": form},
        language=turn.words.language,
        priority=Priority.RESULT,
        now=effect.now,
        campaign_id=campaign_id,
    )
    return turn.words.plain("toast-report")


async def chart(effect: Effect, button: Button, token: str) -> str:
    """📊: how the messages came to their ends, as a picture."""
    refusal = await _refusal(effect, button)
    if refusal is not None:
        return refusal
    words, campaign_id = effect.turn.words, int(button.subject["campaign_id"])
    view = await campaigns.view(effect.tx, campaign_id)
    drawn = course(await statistics.ends(effect.tx, campaign_id), effect.turn.zone)
    if view is None or drawn is None:
        return words.plain("toast-nothing-ended")
    await effect.say(answers.course(words, view, drawn))
    return ""


async def resend(effect: Effect, button: Button, token: str) -> str:
    """🔁: a new campaign to those whom this one did not reach, with a card of its own to confirm."""
    refusal = await _refusal(effect, button)
    if refusal is not None:
        return refusal
    turn, words = effect.turn, effect.turn.words
    campaign_id = int(button.subject["campaign_id"])
    view = await campaigns.view(effect.tx, campaign_id)
    if view is None or view.purged_at is not None:
        return words.plain("toast-gone")
    request = Request(account=view.account, sender_id=view.sender_id, kind=view.kind, text=view.text)
    audience_id = await audiences.begin(
        effect.tx,
        turn.place,
        state="to-fill",
        language=words.language,
        message_id=None,
        name=f"#{campaign_id}",
        most=turn.most,
        expires_at=effect.now + turn.services.settings.limits.card_expiry,
        again_of=campaign_id,
        columns=await campaigns.columns_of(effect.tx, campaign_id),
        request=request.as_json(),
    )
    if not await audiences.take_unreached(effect.tx, audience_id, campaign_id):
        await audiences.forget(effect.tx, audience_id)
        return words.plain("toast-all-reached")
    return words.plain("toast-resend")


def lasting(starts: datetime) -> datetime:
    """Until when the buttons of a campaign work."""
    return starts + LASTING


def read_count(typed: str) -> int | None:
    """The number that was typed as the count, however it was grouped; None: something else was typed."""
    digits = "".join(typed.split())
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else None
