"""/status and /cancel."""

import re

from telegram import Update

from desk import steer
from providers.gateways import KINDS
from storage import campaigns, drafts
from storage.campaigns import CampaignView

from .. import cards
from ..keyboards import Screen
from ..turn import Effect, Turn
from ..words import Html


def number_in(argument: str) -> int | None:
    """`#12` or `12`; None for anything else."""
    found = re.fullmatch(r"#?(\d{1,12})", argument.strip(), re.ASCII)
    return int(found[1]) if found else None


async def status(update: Update, turn: Turn) -> None:
    """`/status` lists the last campaigns of this chat, `/status #12` shows one."""
    number = number_in(turn.argument)
    async with turn.effect() as effect:
        if not turn.argument:
            views = await campaigns.recent(effect.tx, turn.chat.id)
            await effect.say(cards.recent(turn.words, views))
        elif number is None:
            await effect.say(Screen(html=turn.words("bad-campaign", command="/status")))
        else:
            view = await _of_this_chat(effect, number)
            if view is not None:
                await effect.say(cards.campaign(turn.words, view, cancel=None))


async def cancel(update: Update, turn: Turn) -> None:
    """`/cancel` leaves what is being composed, `/cancel #12` stops a campaign."""
    number = number_in(turn.argument)
    async with turn.effect() as effect:
        if not turn.argument:
            left = await drafts.drop_asking(effect.tx, turn.place)
            await effect.say(Screen(html=turn.words("left-flow" if left else "nothing-to-leave")))
        elif number is None:
            await effect.say(Screen(html=turn.words("bad-campaign", command="/cancel")))
        else:
            view = await _of_this_chat(effect, number)
            if view is not None:
                await effect.say(Screen(html=await stop(effect, view)))


async def stop(effect: Effect, view: CampaignView) -> Html:
    """Cancel a campaign; the words for what came of it."""
    can = KINDS[view.gateway].capabilities
    return cards.cancelled(effect.turn.words, view.id, await steer.cancel(effect.tx, view, can, effect.now))


async def _of_this_chat(effect: Effect, number: int) -> CampaignView | None:
    """The campaign, or None after saying that this chat has none of that number."""
    view = await campaigns.view(effect.tx, number, chat_id=effect.turn.chat.id)
    if view is None:
        await effect.say(Screen(html=effect.turn.words("no-campaign", campaign=str(number))))
    return view
