"""The buttons under a card of doubts. One that decides is good for the evidence its card was drawn on."""

from desk import announce
from desk import doubts as deciding
from desk.doubts import View
from storage import campaigns, doubts, drafts, ledger
from storage.drafts import Button

from .. import doubts as screens
from ..turn import Effect
from ..words import Html
from . import sharing

Seen = list[tuple[int, int]]  # attempts and the versions of their doubts


def _seen(button: Button) -> Seen:
    return [(int(attempt_id), int(version)) for attempt_id, version in button.subject["seen"]]


async def check(effect: Effect, button: Button, token: str) -> str:
    """🔄 Ask the gateway now. Decides nothing."""
    ids = [attempt_id for attempt_id, _ in _seen(button)]
    if not await _spend(effect, button, token) or not await _open(effect, ids):
        return await _stale(effect, ids)
    await doubts.ask_now(effect.tx, ids, effect.now)
    await doubts.redraw(effect.tx, ids, effect.now)
    return effect.turn.words.plain("toast-doubt-checking")


async def sent(effect: Effect, button: Button, token: str) -> str:
    """A person knows that it was sent."""
    return await _decide(effect, button, token, "sent")


async def give_up(effect: Effect, button: Button, token: str) -> str:
    """A person gives the messages up: nothing is sent, whatever happened."""
    return await _decide(effect, button, token, "given_up")


async def again(effect: Effect, button: Button, token: str) -> str:
    """🔁 asks first: the answer is the second tap, good for the same evidence and the same person."""
    seen = _seen(button)
    ids = [attempt_id for attempt_id, _ in seen]
    fresh, view = await _spend(effect, button, token), await _view(effect, ids)
    if not fresh or view.seen != seen:
        return await _stale(effect, ids)
    tokens = [
        await drafts.add_button(
            effect.tx,
            action=action,
            chat_id=button.chat_id,
            person_id=effect.turn.person.id,
            subject=button.subject,
            expires_at=effect.now + effect.turn.services.settings.limits.card_expiry,
        )
        for action in ("doubt-again-now", "doubt-keep")
    ]
    await effect.say(screens.send_again(effect.turn.words, view, yes=tokens[0], no=tokens[1]))
    await doubts.redraw(effect.tx, ids, effect.now)
    return effect.turn.words.plain("toast-doubt-sure")


async def again_now(effect: Effect, button: Button, token: str) -> str:
    """The second tap: fresh attempts leave, under this person's name, where anything may leave."""
    several = await doubts.several(effect.tx, [attempt_id for attempt_id, _ in _seen(button)])
    if not all([await sharing.is_here(effect, one.account_id) for one in several]):
        return sharing.taken_back(effect)
    return await _decide(effect, button, token, "again")


async def keep(effect: Effect, button: Button, token: str) -> str:
    """✖ under that question: the doubt stays open."""
    if not await _spend(effect, button, token):
        return effect.turn.words.plain("toast-gone")
    kept = effect.turn.words("doubt-kept")
    effect.replace_pressed(kept)
    return kept


async def every(effect: Effect, button: Button, token: str) -> str:
    """All open doubts of a campaign on one card, so that one decision covers them."""
    campaign_id = int(button.subject["campaign_id"])
    words = effect.turn.words
    await ledger.lock_campaigns(effect.tx, [campaign_id])
    several = await doubts.of_campaign(effect.tx, campaign_id)
    if button.expires_at <= effect.now or not several:
        return words.plain("toast-gone")
    if await campaigns.view(effect.tx, campaign_id, chat_id=button.chat_id) is None:
        return words.plain("toast-gone")
    ids = [one.attempt_id for one in several]
    await announce.doubt(effect.tx, campaign_id, ids, effect.now, again=True)
    return words.plain("toast-doubt-shown", campaign=str(campaign_id))


async def _decide(effect: Effect, button: Button, token: str, decision: str) -> str:
    words, seen = effect.turn.words, _seen(button)
    ids = [attempt_id for attempt_id, _ in seen]
    if not await _spend(effect, button, token):
        return await _stale(effect, ids)
    by = effect.turn.name
    decided = await deciding.decide(effect.tx, seen, decision, by=by, now=effect.now)
    if decided is None:
        return await _stale(effect, ids)
    for one in decided:
        effect.record(
            f"doubt-{decision.replace('_', '-')}",
            campaign_id=one.doubt.campaign_id,
            account_id=one.doubt.account_id,
            evidence={
                "attempt": one.doubt.attempt_id,
                "messages": one.count,
                "evidence": one.evidence,
                "digest": one.digest,
            },
        )
    effect.replace_pressed(await _closed(effect, ids))
    return words.plain("toast-doubt-decided", count=sum(one.count for one in decided))


async def _spend(effect: Effect, button: Button, token: str) -> bool:
    """Spend it; what it is about stays as it is until the transaction ends."""
    fresh = button.expires_at > effect.now and await drafts.use(effect.tx, token, effect.now)
    await ledger.lock_attempts(effect.tx, [attempt_id for attempt_id, _ in _seen(button)])
    return fresh


async def _open(effect: Effect, ids: list[int]) -> bool:
    return any(one.closed_at is None for one in await doubts.several(effect.tx, ids))


async def _view(effect: Effect, ids: list[int]) -> View:
    return await deciding.view(effect.tx, ids, effect.turn.services.times, effect.now)


async def _closed(effect: Effect, ids: list[int]) -> Html:
    return screens.closed(effect.turn.words, await _view(effect, ids)).html


async def _stale(effect: Effect, ids: list[int]) -> str:
    """Something was learnt or decided since this button was drawn: do nothing, and show what is so now."""
    words, query = effect.turn.words, effect.turn.incoming.callback_query
    several = await doubts.several(effect.tx, ids)
    shown = {
        (await doubts.shown_by(effect.tx, one.notice_id))[0] for one in several if one.notice_id is not None
    }
    if query is not None and query.message is not None and query.message.message_id in shown:
        await doubts.redraw(effect.tx, ids, effect.now)
    elif await _open(effect, ids):
        effect.replace_pressed(words("doubt-moved", campaign=str(several[0].campaign_id)))
    elif several:
        effect.replace_pressed(await _closed(effect, ids))
    return words.plain("toast-doubt-stale")
