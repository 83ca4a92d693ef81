"""✅ and ✖ under a confirm card: a campaign begins once, or never.

Many recipients may take more than ✅: its count typed, a second person's ✅, a word about doing it again.
"""

from collections.abc import Mapping
from datetime import datetime
from html import unescape
from typing import Any

from desk import compose
from storage import accounts, audiences, cards, drafts
from storage.drafts import Button, Draft

from .. import cards as screens
from .. import elsewhere, rations
from ..keyboards import Screen
from ..turn import Effect, Turn
from . import bulk, offering, sharing
from .bulk import Author


async def _draft_of(effect: Effect, subject: Mapping[str, Any]) -> Draft | None:
    return await drafts.get(effect.tx, int(subject["draft_id"]))


async def confirm(effect: Effect, button: Button, token: str) -> str:
    """✅ under a confirm card: the campaign begins, once, unless something else is to be asked first."""
    draft = await _draft_of(effect, button.subject)
    refusal = await _refusal(effect, draft, button.subject, button.expires_at)
    if draft is None or refusal is not None:
        return refusal or effect.turn.words.plain("toast-gone")
    if button.used_at is None and draft.kind != "answer":
        asked = await bulk.hurdle(effect, draft, button.subject, token)
        if asked is not None:
            return asked
    if not await drafts.use(effect.tx, token, effect.now):
        return effect.turn.words.plain("toast-gone")
    if draft.kind == "answer":
        return await offering.leave(effect, draft)
    author, card = Author(id=effect.turn.person.id, name=effect.turn.name), _pressed(effect)
    return await _begin(effect, draft, author, card=card, only_card=_is_only_card(draft, button, card))


def _is_only_card(draft: Draft, button: Button, card: int | None) -> bool:
    """Nobody else is asked about one number: there is no other card, unless it had to be sent twice."""
    one_number = not bulk.is_bulk(draft) and compose.count_of(draft.content) == 1
    return one_number and button.message_id == card


def _pressed(effect: Effect) -> int | None:
    """The message whose button was pressed."""
    query = effect.turn.incoming.callback_query
    return None if query is None or query.message is None else query.message.message_id


async def approve(effect: Effect, button: Button, token: str) -> str:
    """✅ of a second person."""
    turn, words, subject = effect.turn, effect.turn.words, button.subject
    if turn.person.id == subject["author"]:
        return words.plain("toast-not-yourself")
    draft = await _draft_of(effect, subject)
    refusal = await _refusal(effect, draft, subject, button.expires_at)
    if draft is None or refusal is not None:
        return refusal or words.plain("toast-gone")
    if not await drafts.use(effect.tx, token, effect.now):
        return words.plain("toast-gone")
    effect.replace_pressed(words("approved", name=screens.isolated(turn.name)))
    effect.record("approve", account_id=draft.content["account_id"], evidence={"draft": draft.id})
    author = Author(id=int(subject["author"]), name=str(subject["name"]))
    return await _begin(effect, draft, author, card=None)


async def count_typed(turn: Turn, asked: Draft) -> None:
    """The count of recipients, typed by whoever pressed ✅; anything else is asked again."""
    words, subject = turn.words, asked.content
    async with turn.effect() as effect:
        draft = await _draft_of(effect, subject)
        refusal = await _refusal(effect, draft, subject, asked.expires_at)
        if draft is None or refusal is not None:
            await drafts.drop_asking(effect.tx, turn.place)
            html = words.escape(refusal or words.plain("toast-gone"))
            await effect.say(Screen(html=html))
        elif bulk.read_count(turn.typed) != (count := compose.count_of(draft.content)):
            html = words("not-the-count", typed=turn.typed[:20], count=count)
            await effect.say(Screen(html=html, ask=words.plain("ask-count-placeholder")))
        else:
            await drafts.drop_asking(effect.tx, turn.place)
            html = words.escape(
                await _begin(effect, draft, Author(id=turn.person.id, name=turn.name), card=None)
            )
            await effect.say(Screen(html=html))


async def _refusal(
    effect: Effect, draft: Draft | None, subject: Mapping[str, Any], expires_at: datetime
) -> str | None:
    """Why this draft cannot begin now, in words; None: it can."""
    if draft is None or draft.state != "offered":
        return decided(effect, draft)
    if expires_at <= effect.now or subject["version"] != drafts.version(draft.content):
        return _expired(effect)
    if not await sharing.is_here(effect, draft.content["account_id"], draft.place.chat_id):
        return sharing.taken_back(effect)
    if bulk.is_bulk(draft) and await bulk.is_stale(effect, draft):
        return _expired(effect)
    if overtaken := await bulk.overtaken(effect, draft):
        return effect.turn.words.plain("toast-overtaken", count=overtaken)
    # An answer whose time is another by now is asked about anew.
    if draft.kind != "answer" and compose.has_passed(draft, effect.now):
        return _passed(effect)
    if draft.kind != "answer" and await _is_closed(effect, draft):
        return _closed(effect)
    full = await rations.refusal(
        effect.tx,
        effect.turn.words,
        effect.turn.services.settings.limits,
        draft.content,
        person_id=int(subject.get("author", effect.turn.person.id)),
        now=effect.now,
    )
    # The card stays: there may be room by the next press.
    return None if full is None else unescape(full)


async def _begin(
    effect: Effect, draft: Draft, author: Author, *, card: int | None, only_card: bool = False
) -> str:
    """Make the campaign, with its card in the place of message `card`, or as a new one.

    `only_card`: no other message asks about this draft.
    """
    turn, words, content = effect.turn, effect.turn.words, draft.content
    if not await drafts.decide(effect.tx, draft.id, state="confirmed", by=turn.name):
        return words.plain("toast-gone")
    campaign_id = await compose.confirm(
        effect.tx,
        draft,
        author_id=author.id,
        author=author.name,
        undo=turn.services.rules.undo,
        now=effect.now,
    )
    await drafts.link_campaign(effect.tx, draft.id, campaign_id)
    if not only_card:
        name = screens.isolated(turn.name)
        await elsewhere.close_offers(
            effect,
            draft.id,
            lambda words: words("confirmed-card", name=name, campaign=str(campaign_id)),
            besides=_pressed(effect),
        )
    effect.record(
        "confirm",
        campaign_id=campaign_id,
        account_id=content["account_id"],
        evidence={"messages": compose.count_of(content), "draft": draft.id},
    )
    until = bulk.lasting(_starts(draft, effect.now))
    tokens = None
    if bulk.is_bulk(draft):
        await audiences.forget(effect.tx, content["audience_id"])
        tokens = await bulk.card_tokens(effect, draft.place.chat_id, campaign_id, until)
    cancel_token = await drafts.add_button(
        effect.tx,
        action="cancel",
        chat_id=draft.place.chat_id,
        person_id=None,
        subject={"campaign_id": campaign_id},
        expires_at=until,
    )
    await cards.add(
        effect.tx,
        campaign_id=campaign_id,
        chat_id=draft.place.chat_id,
        thread_id=draft.place.thread_id,
        message_id=card,
        language=words.language,
        cancel_token=cancel_token,
        tokens=tokens,
        now=effect.now,
    )
    said = "toast-confirmed" if content["send_at"] is None else "toast-scheduled"
    return words.plain(said, campaign=str(campaign_id))


def _starts(draft: Draft, now: datetime) -> datetime:
    """When a draft is to leave: a schedule may lie months ahead, and its ✖ must work until then."""
    send_at = draft.content["send_at"]
    return now if send_at is None else datetime.fromisoformat(send_at)


def decided(effect: Effect, draft: Draft | None) -> str:
    """Who decided about a card before, for the notice of a later press."""
    words = effect.turn.words
    if draft is None:
        return words.plain("toast-gone")
    if draft.state == "withdrawn":
        return words.plain("toast-withdrawn")
    name = screens.isolated(draft.decided_by or "?")
    if draft.state == "replaced":
        return words.plain("toast-replaced")
    if draft.state == "dismissed":
        return words.plain("toast-dismissed", name=name)
    return words.plain("toast-already", name=name, campaign=str(draft.campaign_id))


async def who_sent(effect: Effect, button: Button) -> str | None:
    """Who sent what this button of somebody else's stands under; None: nobody has, or it stands elsewhere."""
    if button.action not in {"confirm", "dismiss", "later"}:
        return None
    draft = await _draft_of(effect, button.subject)
    return None if draft is None or draft.state != "confirmed" else decided(effect, draft)


def _expired(effect: Effect) -> str:
    """A stale confirm card sends nothing, says so and loses its buttons."""
    turn = effect.turn
    minutes = int(turn.services.settings.limits.card_expiry.total_seconds() // 60)
    effect.replace_pressed(turn.words("expired-card", minutes=minutes))
    return turn.words.plain("toast-expired")


def _passed(effect: Effect) -> str:
    """A schedule that has passed before ✅ sends nothing: at once is not what was asked for."""
    effect.replace_pressed(effect.turn.words("passed-card"))
    return effect.turn.words.plain("toast-passed")


async def _is_closed(effect: Effect, draft: Draft) -> bool:
    """Whether the account's hours ended since it was offered to leave at once."""
    rules = effect.turn.services.rules
    if draft.content["send_at"] is not None or not rules.has_hours:
        return False
    account = await accounts.get(effect.tx, draft.content["account_id"])
    leaves = effect.now + rules.undo
    return rules.leaves(account.name, leaves) > leaves


def _closed(effect: Effect) -> str:
    effect.replace_pressed(effect.turn.words("closed-card"))
    return effect.turn.words.plain("toast-closed")


async def dismiss(effect: Effect, button: Button, token: str) -> str:
    """✖ under a confirm card: nothing is sent, and ✅ no longer works."""
    draft = await _draft_of(effect, button.subject)
    by = effect.turn.name
    fresh = await drafts.use(effect.tx, token, effect.now)
    if draft is None or not fresh or not await drafts.decide(effect.tx, draft.id, state="dismissed", by=by):
        return decided(effect, draft)
    effect.record("dismiss", account_id=draft.content["account_id"], evidence={"draft": draft.id})
    effect.replace_pressed(effect.turn.words("dismissed"))
    await elsewhere.close_offers(effect, draft.id, lambda words: words("dismissed"), besides=_pressed(effect))
    return effect.turn.words.plain("dismissed")
