"""/status, /campaigns and /cancel."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from telegram import Update

from desk import steer
from desk.compose import Rules
from providers.gateways import KINDS
from providers.sms import BadNumber, mask, parse_msisdn
from storage import campaigns, conversations, doubts, drafts
from storage.campaigns import CampaignView
from storage.drafts import Button
from storage.people import Role

from .. import cards
from .. import doubts as showing
from ..announcements import LASTING
from ..keyboards import Key, Screen
from ..turn import Effect, Turn
from ..words import Html
from . import leaving

OFFERED = 10  # campaigns in doubt, each with a button
PAGE = 6  # campaigns on a page: with every state each, they fit
GOOD_FOR = timedelta(hours=1)  # of the buttons under a page


def number_in(argument: str) -> int | None:
    """`#12` or `12`; None for anything else."""
    found = re.fullmatch(r"#?(\d{1,12})", argument.strip(), re.ASCII)
    return int(found[1]) if found else None


async def status(update: Update, turn: Turn) -> None:
    """`/status`: the last campaigns of this chat, `/status #12`: one, with a number behind it: that one."""
    number, msisdn = _asked(turn.argument, turn.services.rules)
    async with turn.effect() as effect:
        if not turn.argument:
            await effect.say(await _first_page(effect))
        elif number is None:
            await effect.say(Screen(html=turn.words("bad-campaign", command="/status")))
        else:
            view = await _of_this_chat(effect, number)
            if view is not None and msisdn is not None:
                await effect.say(await _one_number(effect, view, msisdn))
            elif view is not None:
                count = len(await doubts.of_campaign(effect.tx, view.id))
                card = cards.campaign(turn.words, view, cancel=None)
                screen = await _with_doubts(effect, card, {view.id: count} if count else {})
                await effect.say(screen, while_held=view.id if view.recovering else None)


async def listing(update: Update, turn: Turn) -> None:
    """`/campaigns`: the campaigns of this chat, page by page."""
    async with turn.effect() as effect:
        await effect.say(await _first_page(effect))


async def turn_page(effect: Effect, button: Button) -> str:
    """◀ ▶ under the list: another page takes the place of this one."""
    query = effect.turn.incoming.callback_query
    if query is None or query.message is None:
        return effect.turn.words.plain("toast-gone")
    page = await _page(effect, list(button.subject["below"]))
    await effect.say(replace(page, edits=query.message.message_id))
    return ""


async def _first_page(effect: Effect) -> Screen:
    """The last campaigns, with doubts before all else."""
    doubtful = Counter(one.campaign_id for one in await doubts.of_chat(effect.tx, effect.turn.chat.id))
    return await _with_doubts(effect, await _page(effect, [None]), doubtful)


async def _page(effect: Effect, below: list[int | None]) -> Screen:
    """A page of campaigns. `below`: above which number each page up to this one ends, None for the first."""
    turn = effect.turn
    found = await campaigns.recent(effect.tx, turn.chat.id, PAGE + 1, below=below[-1])
    views = found[:PAGE]
    keys = []
    if len(below) > 1:
        token = await effect.button("campaigns-page", {"below": below[:-1]}, good_for=GOOD_FOR)
        keys.append(Key(label=turn.words.plain("button-newer"), token=token))
    if len(found) > PAGE:
        older = {"below": [*below, views[-1].id]}
        token = await effect.button("campaigns-page", older, good_for=GOOD_FOR)
        keys.append(Key(label=turn.words.plain("button-older"), token=token))
    return replace(cards.recent(turn.words, views, role=turn.rank), rows=(tuple(keys),) if keys else ())


def _asked(argument: str, rules: Rules) -> tuple[int | None, str | None]:
    """The number of a campaign, and an MSISDN behind it; (None, None) for anything else."""
    whole, *rest = argument.split(None, 1) or [""]
    try:
        if not rest:
            return number_in(whole), None
        return number_in(whole), parse_msisdn(rest[0], region=rules.region, abroad=rules.abroad)
    except BadNumber:
        return None, None


async def _one_number(effect: Effect, view: CampaignView, msisdn: str) -> Screen:
    """What became of one number of a campaign."""
    words = effect.turn.words
    line = await campaigns.line_of(effect.tx, view.id, msisdn)
    if line is None:
        return Screen(html=words("status-not-in-it", number=mask(msisdn), campaign=str(view.id)))
    return Screen(html=cards.one_message(words, view, line))


async def _with_doubts(effect: Effect, screen: Screen, doubtful: Mapping[int, int]) -> Screen:
    """Open doubts, by campaign, before all else, each with a button that shows its card again."""
    tokens = {}
    for campaign_id in list(doubtful)[:OFFERED]:
        tokens[campaign_id] = await drafts.add_button(
            effect.tx,
            action="doubt-every",
            chat_id=effect.turn.chat.id,
            person_id=None,
            subject={"campaign_id": campaign_id},
            expires_at=effect.now + LASTING,
        )
    return showing.first(effect.turn.words, screen, doubtful, tokens)


async def cancel(update: Update, turn: Turn) -> None:
    """`/cancel` leaves what is being composed, `/cancel #12` stops a campaign."""
    number = number_in(turn.argument)
    async with turn.effect() as effect:
        if not turn.argument:
            await effect.say(await leaving.leave(effect))
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
    if cancelled.stopped:
        await _let_wait(effect, view.id)
    return cards.cancelled(effect.turn.words, view.id, cancelled)


async def _let_wait(effect: Effect, campaign_id: int) -> None:
    """Whoever this was to answer waits for an answer again."""
    remind = effect.turn.services.settings.inbox.remind
    for one in await conversations.wait_again(effect.tx, campaign_id, remind=remind, now=effect.now):
        await conversations.redraw(effect.tx, one, effect.now)


async def _of_this_chat(effect: Effect, number: int) -> CampaignView | None:
    """The campaign, or None after saying that this chat has none of that number."""
    view = await campaigns.view(effect.tx, number, chat_id=effect.turn.chat.id)
    if view is None:
        await effect.say(Screen(html=effect.turn.words("no-campaign", campaign=str(number))))
    return view
