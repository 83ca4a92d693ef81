"""The buttons under the card of the recovery hold: they end the hold they were drawn for, and no other."""

from desk import hold as holding
from storage import drafts, hold
from storage.drafts import Button
from storage.hold import Held

from .. import holding as screens
from ..turn import Effect


async def go_on(effect: Effect, button: Button, token: str) -> str:
    """🔁: ask the gateways about what is under way, and let what waits leave."""
    held = await _held(effect, button, token)
    if held is None or not await holding.go_on(effect.tx, effect.now):
        return effect.turn.words.plain("toast-gone")
    effect.record("hold-go-on", evidence={"cause": str(held.cause)})
    await _close(effect, held, None)
    return effect.turn.words.plain("hold-gone-on")


async def cancel(effect: Effect, button: Button, token: str) -> str:
    """✖: cancel all that has not left, then end the hold."""
    held = await _held(effect, button, token)
    cancelled = None if held is None else await holding.cancel_rest(effect.tx, effect.now)
    if held is None or cancelled is None:
        return effect.turn.words.plain("toast-gone")
    effect.record("hold-cancel", evidence={"cause": str(held.cause), "messages": cancelled})
    await _close(effect, held, cancelled)
    return effect.turn.words.plain("hold-cancelled", count=cancelled)


async def _close(effect: Effect, held: Held, cancelled: int | None) -> None:
    """The pressed card at once, and those of the other administrators."""
    name = effect.turn.name
    effect.replace_pressed(screens.closed(effect.turn.words, name, effect.now, cancelled))
    await screens.redraw(effect.tx, held, by=name, cancelled=cancelled, now=effect.now)


async def _held(effect: Effect, button: Button, token: str) -> Held | None:
    """Spend the button. Why everything is held; None: it is not, or this is about an earlier hold."""
    fresh = await drafts.use(effect.tx, token, effect.now)
    if not fresh or await hold.name(effect.tx) != button.subject.get("hold"):
        return None
    return await hold.held(effect.tx)
