"""The buttons under the card of the recovery hold: they end the hold they were drawn for, and no other."""

from desk import hold as holding
from storage import drafts, hold
from storage.drafts import Button
from storage.hold import Cause

from ..turn import Effect


async def go_on(effect: Effect, button: Button, token: str) -> str:
    """🔁: ask the gateways about what is under way, and let what waits leave."""
    cause = await _cause(effect, button, token)
    if cause is None or not await holding.go_on(effect.tx, effect.now):
        return effect.turn.words.plain("toast-gone")
    effect.record("hold-go-on", evidence={"cause": str(cause)})
    effect.replace_pressed(effect.turn.words("hold-gone-on"))
    return effect.turn.words.plain("hold-gone-on")


async def cancel(effect: Effect, button: Button, token: str) -> str:
    """✖: cancel all that has not left, then end the hold."""
    cause = await _cause(effect, button, token)
    cancelled = None if cause is None else await holding.cancel_rest(effect.tx, effect.now)
    if cancelled is None:
        return effect.turn.words.plain("toast-gone")
    effect.record("hold-cancel", evidence={"cause": str(cause), "messages": cancelled})
    effect.replace_pressed(effect.turn.words("hold-cancelled", count=cancelled))
    return effect.turn.words.plain("hold-cancelled", count=cancelled)


async def _cause(effect: Effect, button: Button, token: str) -> Cause | None:
    """Spend the button. Why everything is held; None: it is not, or this is about an earlier hold."""
    fresh = await drafts.use(effect.tx, token, effect.now)
    if not fresh or await hold.name(effect.tx) != button.subject.get("hold"):
        return None
    return await hold.cause(effect.tx)
