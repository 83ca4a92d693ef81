"""What an account may be given within an hour: asked when a card is offered and when it is confirmed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from desk import limits
from storage import accounts, campaigns

from ..turn import Effect
from ..words import Html


async def full_words(effect: Effect, content: Mapping[str, Any]) -> Html | None:
    """Why a draft of this content would be too much for the hour it is to leave in; None: it would not."""
    turn = effect.turn
    limit = turn.services.settings.limits.account_messages
    if not limit:
        return None
    await accounts.lock(effect.tx, content["account_id"])
    at = effect.now if content["send_at"] is None else datetime.fromisoformat(content["send_at"])
    given = await campaigns.given(effect.tx, content["account_id"], at - limits.HOUR)
    full = limits.full(given, at=at, count=len(content["msisdns"]), limit=limit)
    if full is None:
        return None
    free = "never" if full.free_at is None else turn.words.time(full.free_at)
    return turn.words(
        "account-limit", limit=full.limit, left=full.left, count=len(content["msisdns"]), free=free
    )
