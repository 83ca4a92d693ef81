"""Pressed buttons: one token, one effect, whoever presses how often.

What a button does stands in its row, not in what Telegram sends back. Each action returns the words of the
short notice that the person sees over the chat.
"""

from collections.abc import Awaitable, Callable

from telegram import Update

from desk import steer
from storage import accounts, campaigns, cards, drafts
from storage.drafts import Button

from .. import cards as screens
from ..turn import Effect, Spent, Turn
from . import (
    alerts,
    auditing,
    bulk,
    confirming,
    connecting,
    contacts,
    conversing,
    denying,
    doctor,
    doubts,
    files,
    groups,
    holding,
    inviting,
    people,
    preferences,
    scheduling,
    send,
    senders,
    sharing,
    templates,
)
from .campaigns import may_steer, stop, turn_page

# None: the press was answered before the gateway was asked.
Slow = Callable[[Turn, Button, str], Awaitable[str | None]]


async def press(update: Update, turn: Turn) -> None:
    """Find what the button stands for, check whose it is, and do it in one transaction."""
    query = update.callback_query
    if query is None:
        return
    token = query.data or ""
    async with turn.services.database.read() as tx:
        button = await drafts.button(tx, token)
    slow = None if button is None else SLOW.get(button.action)
    if button is not None and slow is not None:
        toast = await _pressed_slowly(turn, button, token, slow)
        if toast is not None:
            await turn.courtesy(lambda: query.answer(toast))
        return
    async with turn.effect() as effect:
        button = await drafts.button(effect.tx, token, held=True)
        toast = await _refused(effect, button) or await _pressed(effect, button, token)
        effect.after.insert(0, lambda: query.answer(toast[:200], show_alert=len(toast) > 60))


async def _pressed(effect: Effect, button: Button | None, token: str) -> str:
    """Do it, its token spent; the words of its notice."""
    if button is not None and button.action in CAREFUL:
        return await CAREFUL[button.action](effect, button, token)
    gone = button is None or button.action not in ACTIONS or button.expires_at <= effect.now
    if button is None or gone or not await drafts.use(effect.tx, token, effect.now):
        return effect.turn.words.plain("toast-gone")
    return await ACTIONS[button.action](effect, button)


def _wrong(turn: Turn, button: Button | None) -> str | None:
    """Why this button is not for this person here, in words; None: it is."""
    if button is None or button.chat_id != turn.chat.id:
        return turn.words.plain("toast-gone")
    return None if button.person_id in {None, turn.person.id} else turn.words.plain("toast-not-yours")


async def _refused(effect: Effect, button: Button | None) -> str | None:
    """The same; but of a card that was sent everybody in the chat hears by whom."""
    wrong = _wrong(effect.turn, button)
    if wrong is None or button is None or button.chat_id != effect.turn.chat.id:
        return wrong
    return await confirming.who_sent(effect, button) or wrong


async def _pressed_slowly(turn: Turn, button: Button, token: str, act: Slow) -> str | None:
    """A button whose effect waits for a gateway, so that it has its transaction for itself."""
    wrong = _wrong(turn, button)
    if wrong is not None:
        return wrong
    if button.used_at is not None or button.expires_at <= turn.services.clock():
        return turn.words.plain("toast-gone")
    try:
        return await act(turn, button, token)
    except Spent:
        return turn.words.plain("toast-gone")


async def cancel(effect: Effect, button: Button, token: str) -> str:
    """✖ under a status card. The card gets a fresh one: there may be more to stop."""
    campaign_id = int(button.subject["campaign_id"])
    view = await campaigns.view(effect.tx, campaign_id, chat_id=button.chat_id)
    if view is None:
        return effect.turn.words.plain("toast-gone")
    if not await may_steer(effect, campaign_id):
        return effect.turn.words.plain("not-your-campaign")
    if not await drafts.use(effect.tx, token, effect.now):
        return effect.turn.words.plain("toast-gone")
    again = await drafts.add_button(
        effect.tx,
        action="cancel",
        chat_id=button.chat_id,
        person_id=None,
        subject=button.subject,
        expires_at=button.expires_at,
    )
    stopped = await stop(effect, view)
    await cards.renew_cancel(effect.tx, campaign_id, token, again)
    return stopped


async def release(effect: Effect, button: Button, token: str) -> str:
    """✅ under the question about a campaign that missed its time."""
    campaign_id = int(button.subject["campaign_id"])
    if not await may_steer(effect, campaign_id):
        return effect.turn.words.plain("not-your-campaign")
    if button.expires_at <= effect.now or not await drafts.use(effect.tx, token, effect.now):
        return effect.turn.words.plain("toast-gone")
    view = await campaigns.view(effect.tx, campaign_id)
    at = effect.now if view is None else effect.turn.rules.leaves(view.account, effect.now)
    if not await steer.release(effect.tx, campaign_id, effect.now, at=at):
        return effect.turn.words.plain("toast-gone")
    effect.record("release", campaign_id=campaign_id)
    words = effect.turn.words
    toast = words("toast-confirmed", campaign=str(campaign_id))
    if at > effect.now:
        toast = words("toast-released-later", campaign=str(campaign_id), time=words.time(at))
    effect.replace_pressed(toast)
    return toast


async def resume(effect: Effect, button: Button, token: str) -> str:
    """▶ for a stopped account. Where it stands `alone`, its card is about nothing else."""
    if button.expires_at <= effect.now or not await drafts.use(effect.tx, token, effect.now):
        return effect.turn.words.plain("toast-gone")
    account = await accounts.get(effect.tx, int(button.subject["account_id"]))
    if not await sharing.is_here(effect, account.id):
        return sharing.taken_back(effect)
    await steer.resume(effect.tx, account.id, effect.now)
    effect.record("resume", account_id=account.id, evidence={"account": account.name})
    if button.subject.get("alone"):
        effect.replace_pressed(effect.turn.words("resumed", name=account.name))
    return effect.turn.words.plain("resumed", name=account.name)


async def choose_gateway(effect: Effect, button: Button) -> str:
    """The answer to "Which gateway?"."""
    gateway = str(button.subject["gateway"])
    await connecting.ask(effect, {"chat_id": int(button.subject["chat_id"]), "gateway": gateway})
    return str(screens.gateway_name(effect.turn.words, gateway))


# Who may press stands in the table of `bot.handlers`. Each token is spent in the transaction of its effect:
# before it, if it is neither spent nor too old,
ACTIONS: dict[str, Callable[[Effect, Button], Awaitable[str]]] = {
    "choose-gateway": choose_gateway,
    "choose-column": files.choose_column,
    "campaigns-page": turn_page,
    "speak": preferences.language,
    "templates": templates.page,
    "template": templates.show,
    "template-new": templates.new,
    "template-delete": templates.delete,
    "contacts": contacts.page,
    "contact": contacts.show,
    "contact-new": contacts.new,
    "contact-save": contacts.save,
    "contact-rename": contacts.rename,
    "contact-move": contacts.move,
    "contact-delete": contacts.delete,
    "groups": groups.listing,
    "group": groups.show,
    "group-new": groups.new,
    "group-add": groups.add,
    "group-delete": groups.delete,
    "talk-claim": conversing.claim,
    "talk-done": conversing.done,
    "talk-snooze": conversing.snooze,
    "talk-reply": conversing.reply,
    "talk-more": conversing.more,
    "talk-stop": conversing.stop,
    "keep-sender": senders.keep,
    "audit-older": auditing.older,
    "audit-table": auditing.table,
    "forget": auditing.forget_confirmed,
    "keep-number": auditing.keep_number,
    "alerts-preset": alerts.preset,
    "alerts-to": alerts.to_channel,
    "snooze": alerts.snooze,
    "give-role": people.give_role,
    "user": people.user,
    "remove": denying.remove_pressed,
    "stop-theirs": denying.stop_theirs,
    "invite": inviting.choose_role,
    "invite-as": inviting.make,
    "turn-away": inviting.turn_away,
    "share": sharing.choose_chat,
    "share-with": sharing.share,
    "unshare": sharing.unshare,
}
# by those who have to look first, as some presses are to be told more, or leave the button to others,
CAREFUL: dict[str, Callable[[Effect, Button, str], Awaitable[str]]] = {
    "confirm": confirming.confirm,
    "approve": confirming.approve,
    "dismiss": confirming.dismiss,
    "pause": bulk.pause,
    "unpause": bulk.unpause,
    "later": scheduling.later,
    "chart": bulk.chart,
    "report-xlsx": bulk.report,
    "report-csv": bulk.report,
    "report-unreached": bulk.report,
    "resend": bulk.resend,
    "cancel": cancel,
    "release": release,
    "resume": resume,
    "doubt-check": doubts.check,
    "doubt-sent": doubts.sent,
    "doubt-again": doubts.again,
    "doubt-again-now": doubts.again_now,
    "doubt-keep": doubts.keep,
    "doubt-give-up": doubts.give_up,
    "doubt-every": doubts.every,
    "admit": inviting.admit,
    "hold-go-on": holding.go_on,
    "hold-cancel": holding.cancel,
}
# and by those who ask a gateway before they have their effect.
SLOW: dict[str, Slow] = {
    "choose-account": send.account_chosen,
    "still-send": send.still_send,
    "template-write": templates.write,
    "template-use": templates.use,
    "contact-write": contacts.write,
    "group-write": groups.write,
    "sender-operators": senders.pressed,
    "delete-sender": senders.pressed,
    "doctor": doctor.again,
    "check-balance": alerts.check,
}
# What comes by a deep link instead of a press: `/start TOKEN`.
LINKS: dict[str, Callable[[Turn, str], Awaitable[None]]] = {"connect": connecting.follow_link}
