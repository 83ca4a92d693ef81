"""🕒 under a confirm card: the same at another time."""

from dataclasses import replace

from desk import compose
from desk.reading import Problem, Request
from storage import drafts
from storage.drafts import Button, Draft

from .. import elsewhere
from ..keyboards import Screen
from ..turn import Effect, Turn
from . import confirming, send

# Problems whose words for a command tell how to write an option: an answer to a question is no option.
ANSWERED = frozenset({"bad-time", "no-hour", "past-time"})


async def later(effect: Effect, button: Button, token: str) -> str:
    """🕒: this card sends nothing any more; the next message of this person says when the next one shall."""
    turn, words = effect.turn, effect.turn.words
    draft = await drafts.get(effect.tx, int(button.subject["draft_id"]))
    fresh = button.expires_at > effect.now and await drafts.use(effect.tx, token, effect.now)
    if draft is None or not fresh:
        return confirming.decided(effect, draft)
    if not await drafts.decide(effect.tx, draft.id, state="dismissed", by=turn.name):
        return confirming.decided(effect, draft)
    await drafts.start(
        effect.tx,
        turn.place,
        kind="when",
        state="asking",
        content=draft.content["request"],
        expires_at=effect.now + turn.services.settings.limits.card_expiry,
    )
    effect.replace_pressed(words("dismissed-for-later"))
    query = turn.incoming.callback_query
    pressed = query.message.message_id if query is not None and query.message else None
    await elsewhere.close_offers(
        effect, draft.id, lambda words: words("dismissed-for-later"), besides=pressed
    )
    await effect.say(Screen(html=words("ask-when"), ask=words.plain("ask-when-placeholder")))
    return ""


async def when_typed(turn: Turn, asked: Draft) -> None:
    """A time as people say it; what is not understood is asked again."""
    typed = turn.typed.strip().removeprefix("at=").strip('"')
    request = replace(Request.from_json(asked.content), at=typed)
    try:
        compose.check_options(request, turn.rules, turn.services.clock())
    except Problem as problem:
        await turn.answer(_problem_screen(turn, problem))
    else:
        await send.carry_on(turn, request, asked=True)


def _problem_screen(turn: Turn, problem: Problem) -> Screen:
    if problem.word not in ANSWERED:
        return send.problem_screen(turn, problem)
    return Screen(html=turn.words(f"answered-{problem.word}", **problem.details))
