"""/cancel without a number: whatever asks something of this person here is left, and named."""

from desk import compose
from storage import drafts
from storage.drafts import Draft

from .. import cards, elsewhere
from ..keyboards import Screen
from ..turn import Effect
from ..words import Html, Words
from . import connecting

# Questions that are buttons alone, by what they do.
ASKED_BY_BUTTONS = ("still-send", "forget")


async def leave(effect: Effect) -> Screen:
    """First the question that waits for a message; where none does, cards that wait for a button."""
    left = await _question(effect) or await _cards(effect)
    words = effect.turn.words
    if not left:
        return Screen(html=words("nothing-to-leave"))
    return Screen(html=words("left-flow", what=Html("; ".join(left))))


async def _question(effect: Effect) -> list[Html]:
    words, place = effect.turn.words, effect.turn.place
    draft = await drafts.asking(effect.tx, place, effect.now)
    await drafts.drop_asking(effect.tx, place)
    chose = await connecting.leave(effect)
    if draft is None:
        return [words("left-connect")] if chose else []
    if draft.kind == "count":  # it stands before a card, which goes with it
        await elsewhere.leave_offers(effect)
    return [_asked(words, draft)]


def _asked(words: Words, draft: Draft) -> Html:
    """What was being answered."""
    content = draft.content
    if draft.kind == "send" and content.get("audience") is not None:
        return words("left-list")
    if draft.kind == "send":
        return words("left-send", count=len(content["numbers"]))
    if draft.kind == "contact" and content["do"] != "save":
        return words(f"left-{content['do']}")
    if draft.kind == "template":
        return words("left-template", name=cards.isolated(content["name"] or "none"))
    return words(f"left-{draft.kind}")


async def _cards(effect: Effect) -> list[Html]:
    words, place = effect.turn.words, effect.turn.place
    left = [_offered(words, one) for one in await elsewhere.leave_offers(effect)]
    left += [words("left-column") for _ in await elsewhere.leave_columns(effect)]
    for action in ASKED_BY_BUTTONS:
        if await drafts.take_back(
            effect.tx, action, chat_id=place.chat_id, person_id=place.person_id, now=effect.now
        ):
            left.append(words(f"left-{action}"))
    return left


def _offered(words: Words, draft: Draft) -> Html:
    """What a card was about."""
    if draft.kind == "send":
        return words("left-offer", count=compose.count_of(draft.content))
    if draft.kind == "delete-sender":
        return words("left-delete-sender", name=cards.isolated(draft.content["name"]))
    return words(f"left-{draft.kind}")
