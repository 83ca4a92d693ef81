"""/status and /cancel."""

import re

from telegram import Update

from desk import steer
from providers.gateways import KINDS
from storage import campaigns, drafts
from storage.campaigns import CampaignView
from storage.people import Role

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
            if view is not None and not await may_steer(effect, view.id):
                await effect.say(Screen(html=turn.words("not-your-campaign")))
            elif view is not None:
                await effect.say(Screen(html=await stop(effect, view)))


async def may_steer(effect: Effect, campaign_id: int) -> bool:
    """Whether a campaign is this person's to stop or release: managers every one, operators their own."""
    role = effect.turn.role
    if role is not None and role >= Role.MANAGER:
        return True
    return await campaigns.author_of(effect.tx, campaign_id) == effect.turn.person.id


async def stop(effect: Effect, view: CampaignView) -> Html:
    """Cancel a campaign; the words for what came of it."""
    can = KINDS[view.gateway].capabilities
    cancelled = await steer.cancel(effect.tx, view, can, effect.now)
    effect.record(
        "cancel",
        campaign_id=view.id,
        evidence={"stopped": cancelled.stopped, "recalled": cancelled.recalled, "gone": cancelled.gone},
    )
    return cards.cancelled(effect.turn.words, view.id, cancelled)


async def _of_this_chat(effect: Effect, number: int) -> CampaignView | None:
    """The campaign, or None after saying that this chat has none of that number."""
    view = await campaigns.view(effect.tx, number, chat_id=effect.turn.chat.id)
    if view is None:
        await effect.say(Screen(html=effect.turn.words("no-campaign", campaign=str(number))))
    return view
