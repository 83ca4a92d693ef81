"""/status and /cancel."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from telegram import Update

from desk import steer
from providers.gateways import KINDS
from storage import campaigns, doubts, drafts
from storage.campaigns import CampaignView
from storage.people import Role

from .. import cards
from ..announcements import LASTING
from ..keyboards import Key, Screen
from ..turn import Effect, Turn
from ..words import Html

OFFERED = 10  # campaigns in doubt, each with a button


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
            doubtful = Counter(one.campaign_id for one in await doubts.of_chat(effect.tx, turn.chat.id))
            recent = cards.recent(turn.words, views, role=turn.rank)
            await effect.say(await _with_doubts(effect, recent, doubtful))
        elif number is None:
            await effect.say(Screen(html=turn.words("bad-campaign", command="/status")))
        else:
            view = await _of_this_chat(effect, number)
            if view is not None:
                count = len(await doubts.of_campaign(effect.tx, view.id))
                card = cards.campaign(turn.words, view, cancel=None)
                await effect.say(await _with_doubts(effect, card, {view.id: count} if count else {}))


async def _with_doubts(effect: Effect, screen: Screen, doubtful: Mapping[int, int]) -> Screen:
    """Open doubts, by campaign, before all else, each with a button that shows its card again."""
    words = effect.turn.words
    keys = [
        Key(
            label=words.plain("button-doubt-every", campaign=str(campaign_id), count=count),
            token=await drafts.add_button(
                effect.tx,
                action="doubt-every",
                chat_id=effect.turn.chat.id,
                person_id=None,
                subject={"campaign_id": campaign_id},
                expires_at=effect.now + LASTING,
            ),
        )
        for campaign_id, count in list(doubtful.items())[:OFFERED]
    ]
    if not keys:
        return screen
    title = words("doubts-first", count=sum(doubtful.values()))
    return replace(screen, html=cards.joined(title, screen.html), rows=tuple((key,) for key in keys))


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
    doubtful = [one.attempt_id for one in await doubts.of_campaign(effect.tx, view.id)]
    await doubts.raise_version(effect.tx, doubtful)
    await doubts.redraw(effect.tx, doubtful, effect.now)
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
