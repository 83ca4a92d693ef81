"""The two buttons under the card of the recovery hold."""

from desk import hold as holding
from storage import drafts, hold
from storage.drafts import Button

from ..turn import Effect


async def go_on(effect: Effect, button: Button, token: str) -> str:
    """🔁: ask the gateways about what is under way, and let what waits leave."""
    cause = await hold.cause(effect.tx)
    if not await drafts.use(effect.tx, token, effect.now) or not await holding.go_on(effect.tx, effect.now):
        return effect.turn.words.plain("toast-gone")
    effect.record("hold-go-on", evidence={"cause": str(cause)})
    effect.replace_pressed(effect.turn.words("hold-gone-on"))
    return effect.turn.words.plain("hold-gone-on")


async def cancel(effect: Effect, button: Button, token: str) -> str:
    """✖: cancel all that has not left, then end the hold."""
    cause = await hold.cause(effect.tx)
    if not await drafts.use(effect.tx, token, effect.now):
        return effect.turn.words.plain("toast-gone")
    cancelled = await holding.cancel_rest(effect.tx, effect.now)
    if cancelled is None:
        return effect.turn.words.plain("toast-gone")
    effect.record("hold-cancel", evidence={"cause": str(cause), "messages": cancelled})
    effect.replace_pressed(effect.turn.words("hold-cancelled", count=cancelled))
    return effect.turn.words.plain("hold-cancelled", count=cancelled)
