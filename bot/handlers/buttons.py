"""Pressed buttons: one token, one effect, whoever presses how often.

What a button does stands in its row, not in what Telegram sends back. Each action returns the words of the
short notice that the person sees over the chat.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime

from telegram import CallbackQuery, Update

from desk import compose, steer
from storage import accounts, campaigns, cards, drafts
from storage.drafts import Button, Draft

from .. import cards as screens
from ..announcements import LASTING
from ..turn import Effect, Turn
from . import connecting, send, senders
from .campaigns import stop


async def press(update: Update, turn: Turn) -> None:
    """Find what the button stands for, check whose it is, and do it in one transaction."""
    query = update.callback_query
    if query is None:
        return
    token = query.data or ""
    if await send.account_chosen(turn, token):
        await turn.courtesy(query.answer)
        return
    if await senders.pressed(turn, query, token):
        return
    async with turn.effect() as effect:
        button = await drafts.button(effect.tx, token)
        if button is None or button.chat_id != turn.chat.id or button.action not in ACTIONS:
            toast = turn.words.plain("toast-gone")
        elif button.person_id not in {None, turn.person.id}:
            toast = turn.words.plain("toast-not-yours")
        else:
            toast = await ACTIONS[button.action](effect, button, token)
        effect.after.insert(0, lambda: query.answer(toast[:200], show_alert=len(toast) > 60))


async def _draft_of(effect: Effect, button: Button) -> Draft | None:
    return await drafts.get(effect.tx, int(button.subject["draft_id"]))


async def confirm(effect: Effect, button: Button, token: str) -> str:
    """✅ under a confirm card: the campaign begins, once."""
    turn, words = effect.turn, effect.turn.words
    draft = await _draft_of(effect, button)
    if draft is None or draft.state != "offered":
        return _decided(effect, draft)
    if button.expires_at <= effect.now:
        return _expired(effect)
    if compose.has_passed(draft, effect.now):
        return _passed(effect)
    name = turn.person.full_name
    await drafts.decide(effect.tx, draft.id, state="confirmed", by=name)
    campaign_id = await compose.confirm(
        effect.tx,
        draft,
        author_id=turn.person.id,
        author=name[:128],
        undo=turn.services.rules.undo,
        now=effect.now,
    )
    await drafts.link_campaign(effect.tx, draft.id, campaign_id)
    cancel_token = await drafts.add_button(
        effect.tx,
        action="cancel",
        chat_id=turn.chat.id,
        person_id=None,
        subject={"campaign_id": campaign_id},
        expires_at=_starts(draft, effect.now) + LASTING,
    )
    query = turn.incoming.callback_query
    await cards.add(
        effect.tx,
        campaign_id=campaign_id,
        chat_id=turn.chat.id,
        thread_id=turn.place.thread_id,
        message_id=query.message.message_id if query is not None and query.message else None,
        language=words.language,
        cancel_token=cancel_token,
        now=effect.now,
    )
    if draft.content["send_at"] is not None:
        return words.plain("toast-scheduled", campaign=str(campaign_id))
    return words.plain("toast-confirmed", campaign=str(campaign_id))


def _starts(draft: Draft, now: datetime) -> datetime:
    """When a draft is to leave: a schedule may lie months ahead, and its ✖ must work until then."""
    send_at = draft.content["send_at"]
    return now if send_at is None else datetime.fromisoformat(send_at)


def _decided(effect: Effect, draft: Draft | None) -> str:
    words = effect.turn.words
    if draft is None:
        return words.plain("toast-gone")
    name = screens.isolated(draft.decided_by or "?")
    if draft.state == "dismissed":
        return words.plain("toast-dismissed", name=name)
    return words.plain("toast-already", name=name, campaign=str(draft.campaign_id))


def _expired(effect: Effect) -> str:
    """A stale confirm card sends nothing, says so and loses its buttons."""
    turn = effect.turn
    minutes = int(turn.services.settings.limits.card_expiry.total_seconds() // 60)
    _tidy(effect, turn.words("expired-card", minutes=minutes))
    return turn.words.plain("toast-expired")


def _passed(effect: Effect) -> str:
    """A schedule that has passed before ✅ sends nothing: at once is not what was asked for."""
    _tidy(effect, effect.turn.words("passed-card"))
    return effect.turn.words.plain("toast-passed")


def _tidy(effect: Effect, text: str) -> None:
    """Replace the card under the pressed button; only a courtesy, the button is dead anyway."""
    query: CallbackQuery | None = effect.turn.incoming.callback_query
    if query is not None:
        effect.after.append(lambda: query.edit_message_text(text, parse_mode="HTML"))


async def dismiss(effect: Effect, button: Button, token: str) -> str:
    """✖ under a confirm card: nothing is sent, and ✅ no longer works."""
    draft = await _draft_of(effect, button)
    by = effect.turn.person.full_name
    if draft is None or not await drafts.decide(effect.tx, draft.id, state="dismissed", by=by):
        return _decided(effect, draft)
    _tidy(effect, effect.turn.words("dismissed"))
    return effect.turn.words.plain("dismissed")


async def cancel(effect: Effect, button: Button, token: str) -> str:
    """✖ under a status card. Works again: there may be more to stop."""
    view = await campaigns.view(effect.tx, int(button.subject["campaign_id"]), chat_id=button.chat_id)
    if view is None:
        return effect.turn.words.plain("toast-gone")
    return await stop(effect, view)


async def release(effect: Effect, button: Button, token: str) -> str:
    """✅ under the question about a campaign that missed its time."""
    campaign_id = int(button.subject["campaign_id"])
    if not await drafts.use(effect.tx, token, effect.now):
        return effect.turn.words.plain("toast-gone")
    if not await steer.release(effect.tx, campaign_id, effect.now):
        return effect.turn.words.plain("toast-gone")
    toast = effect.turn.words("toast-confirmed", campaign=str(campaign_id))
    _tidy(effect, toast)
    return toast


async def resume(effect: Effect, button: Button, token: str) -> str:
    """▶ for a stopped account."""
    account = await accounts.get(effect.tx, int(button.subject["account_id"]))
    await steer.resume(effect.tx, account.id, effect.now)
    return effect.turn.words.plain("resumed", name=account.name)


async def choose_gateway(effect: Effect, button: Button, token: str) -> str:
    """The answer to "Which gateway?"."""
    if button.expires_at <= effect.now or not await drafts.use(effect.tx, token, effect.now):
        return effect.turn.words.plain("toast-gone")
    gateway = str(button.subject["gateway"])
    await connecting.ask(effect, {"chat_id": int(button.subject["chat_id"]), "gateway": gateway})
    return str(screens.gateway_name(effect.turn.words, gateway))


ACTIONS: dict[str, Callable[[Effect, Button, str], Awaitable[str]]] = {
    "confirm": confirm,
    "dismiss": dismiss,
    "cancel": cancel,
    "release": release,
    "resume": resume,
    "choose-gateway": choose_gateway,
}
