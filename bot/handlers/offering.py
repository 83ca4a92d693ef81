"""Whether an answer may leave: the question, ✅ under it, and what happened in between.

Colleagues may answer the same customer meanwhile, also from another chat whose account has the same login;
the hours of the account may end; the person may change their message. Then ✅ does not send, but asks anew.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from desk import compose
from providers.model import MessageState
from storage import accounts, campaigns, cards, chats, conversations, drafts, lines, outbox, said, topics
from storage.conversations import Conversation
from storage.drafts import Draft
from storage.lines import Standing
from storage.outbox import Priority
from storage.said import Answer

from .. import cards as screens
from .. import conversations as talks
from .. import elsewhere, rations
from .. import topics as forums
from ..keyboards import Key, Screen
from ..turn import Effect
from ..words import Html, Words


async def offer(effect: Effect, content: dict[str, Any], *, asks: bool, since: Answer | None = None) -> None:
    """Ask, or let it leave at once where nothing speaks against that. `since`: somebody's answer just now."""
    turn = effect.turn
    talk, standing = await _found(effect, content)
    if talk is None or standing is None:
        await effect.say(Screen(html=turn.words("answer-unknown")))
        return
    content = await _as_it_would_leave(effect, content, standing)
    full = await rations.refusal(
        effect.tx,
        turn.words,
        turn.services.settings.limits,
        content,
        person_id=turn.person.id,
        now=effect.now,
    )
    if full is not None:
        await effect.say(Screen(html=full))
        return
    good_until = effect.now + turn.services.settings.limits.card_expiry
    draft_id = await drafts.start(
        effect.tx, turn.place, kind="answer", state="offered", content=content, expires_at=good_until
    )
    draft = await drafts.get(effect.tx, draft_id)
    warnings = await _warnings(effect, talk, standing, content, since)
    if draft is not None and not asks and not warnings:
        await _leave(effect, draft, standing)
    else:
        await _ask(effect, draft_id, screens.joined(*warnings, _question(effect, talk, content)), content)


async def _as_it_would_leave(effect: Effect, content: dict[str, Any], standing: Standing) -> dict[str, Any]:
    at = await _leaves_at(effect, content)
    return {
        **content,
        "cost": await rations.estimate(
            effect.tx, effect.turn.services.settings.limits, content["account_id"], content["segments"]
        ),
        "send_at": None if at is None else at.isoformat(),
        "hands_over": False,  # until then it waits here, where /cancel is certain
        # What whoever is asked can know of colleagues.
        "knows": [standing.claimed_by, None if standing.answer is None else standing.answer.id],
    }


async def _warnings(
    effect: Effect, talk: Conversation, standing: Standing, content: dict[str, Any], since: Answer | None
) -> list[Html]:
    """What a person should know before this leaves, and would be asked for in any chat."""
    words, told = effect.turn.words, []
    if standing.claimed_by not in {None, effect.turn.person.id}:
        told.append(words("answer-taken", name=screens.isolated(standing.claimer or "?")))
    answer = since or await _unheeded(effect, talk, standing)
    if answer is not None:
        told.append(words("answer-since", **talks.answered(answer)))
    if content["send_at"] is not None:
        time = words.moment(datetime.fromisoformat(content["send_at"]))
        told.append(words("answer-later", time=time))
    return told


async def _ask(effect: Effect, draft_id: int, html: Html, content: dict[str, Any]) -> None:
    words, subject = effect.turn.words, {"draft_id": draft_id, "version": drafts.version(content)}
    keys = (
        Key(label=words.plain("button-send"), token=await effect.button("confirm", subject)),
        Key(label=words.plain("button-dismiss"), token=await effect.button("dismiss", subject)),
    )
    await effect.say(Screen(html=html, rows=(keys,)))


async def _found(effect: Effect, content: dict[str, Any]) -> tuple[Conversation | None, Standing | None]:
    """The conversation as it is now, here and wherever else the customer is answered."""
    talk = await conversations.get(effect.tx, content["conversation_id"], effect.turn.chat.id)
    if talk is None:
        return None, None
    return talk, await lines.standing(effect.tx, effect.turn.services.vault, talk)


async def _unheeded(effect: Effect, talk: Conversation, standing: Standing) -> Answer | None:
    """Somebody else's answer, while the customer has not written again."""
    answer = standing.answer
    if answer is None or answer.author_id == effect.turn.person.id:
        return None
    last = await said.last_received(effect.tx, talk.id)
    return answer if last is None or last.received_at < answer.at else None


async def _leaves_at(effect: Effect, content: dict[str, Any]) -> datetime | None:
    """When the account's hours let it leave; None: now."""
    rules, account = effect.turn.rules, await accounts.get(effect.tx, content["account_id"])
    soonest = effect.now + rules.undo
    opened = rules.leaves(account.name, soonest)
    return opened if opened > soonest else None


def _question(effect: Effect, talk: Conversation, content: dict[str, Any]) -> Html:
    """With the text as it will leave, whatever stands in the message by then."""
    words = effect.turn.words
    return words(
        "answer-offer",
        number=talks.called(talk),
        account=content["request"]["account"],
        sender=content["sender_id"] or words("offer-default-sender"),
        segments=content["segments"],
        text=screens.isolated(talks.beginning(words, content["text"])),
    )


async def leave(effect: Effect, draft: Draft) -> str:
    """✅: the answer leaves, unless there is news that whoever pressed cannot have seen."""
    words, me = effect.turn.words, effect.turn.person.id
    # What was asked by an older version of this program is asked anew: nobody was warned then.
    content = {"knows": [None, None], "read_until": effect.now.isoformat(), **draft.content}
    talk, standing = await _found(effect, content)
    if talk is None or standing is None:
        return words.plain("toast-gone")
    claimed_by, answer_id = content["knows"]
    answer = standing.answer
    news = answer is not None and answer.id != answer_id and answer.author_id != me
    taken = standing.claimed_by not in {None, claimed_by, me}
    at = await _leaves_at(effect, content)
    moved = content["send_at"] != (None if at is None else at.isoformat())
    if not (news or taken or moved or "knows" not in draft.content):
        return await _leave(effect, draft, standing)
    await take_back(effect, draft, lambda words: words("answer-asked-anew"))
    await offer(effect, content, asks=True, since=answer if news else None)
    if news and answer is not None:
        return words.plain("toast-answer-since", name=answer.author)
    return words.plain("toast-answer-asked-anew")


async def _leave(effect: Effect, draft: Draft, standing: Standing) -> str:
    """The campaign of an answer begins; its state shows as a reaction to what the person wrote."""
    turn, content = effect.turn, draft.content
    if not await drafts.decide(effect.tx, draft.id, state="confirmed", by=turn.name):
        return turn.words.plain("toast-gone")
    campaign_id = await compose.confirm(
        effect.tx,
        draft,
        author_id=turn.person.id,
        author=turn.name,
        undo=turn.services.rules.undo,
        now=effect.now,
    )
    await drafts.link_campaign(effect.tx, draft.id, campaign_id)
    evidence = {"messages": 1, "draft": draft.id}
    effect.record("confirm", campaign_id=campaign_id, account_id=content["account_id"], evidence=evidence)
    await _show(effect, draft, campaign_id)
    read_until = datetime.fromisoformat(content["read_until"])
    remind = turn.services.settings.inbox.remind
    for one in standing.conversation_ids:
        await conversations.answer(effect.tx, one, campaign_id, read_until=read_until, remind=remind)
        await conversations.redraw(effect.tx, one, effect.now)
        await _tell_topics(effect, one, campaign_id)
    number = str(campaign_id)
    if content["send_at"] is None:
        effect.replace_pressed(turn.words("answer-goes", campaign=number))
        return turn.words.plain("toast-confirmed", campaign=number)
    at = datetime.fromisoformat(content["send_at"])
    effect.replace_pressed(turn.words("answer-goes-later", campaign=number, time=turn.words.moment(at)))
    return turn.words.plain("toast-answer-later", campaign=number, time=turn.words.time(at))


async def _show(effect: Effect, draft: Draft, campaign_id: int) -> None:
    await cards.add(
        effect.tx,
        campaign_id=campaign_id,
        chat_id=effect.turn.chat.id,
        thread_id=effect.turn.place.thread_id,
        message_id=draft.content["message_id"],
        language=effect.turn.words.language,
        cancel_token=drafts.new_token(),  # it has no ✖: /cancel names the campaign
        now=effect.now,
        reacts=True,
    )


async def _tell_topics(effect: Effect, conversation_id: int, campaign_id: int) -> None:
    """What was answered in another chat stands in the customer's topic, where people follow what is said.

    Other chats see it on the card, which is the last thing they saw of the customer.
    """
    for topic in await topics.every(effect.tx, conversation_id):
        if topic.chat_id != effect.turn.chat.id and not topic.closed:
            content = {"conversation_id": conversation_id, "answer_id": campaign_id}
            await outbox.say(
                effect.tx,
                chat_id=topic.chat_id,
                thread_id=0,
                kind=forums.ANSWERED,
                content=content,
                language=await chats.language_of(effect.tx, topic.chat_id),
                priority=Priority.RESULT,
                now=effect.now,
            )


async def take_back(effect: Effect, draft: Draft, became: Callable[[Words], Html]) -> bool:
    """Let a question die, and say why where it stood. False: it was decided, or its time is over."""
    if draft.expires_at <= effect.now:
        return False
    if not await drafts.decide(effect.tx, draft.id, state="replaced", by=effect.turn.name):
        return False
    await elsewhere.close_offers(effect, draft.id, became, besides=None)
    return True


async def tell_unchanged(effect: Effect, draft_id: int) -> None:
    """The message was changed after its answer left, or was let go: the customer gets what stood there."""
    draft = await drafts.get(effect.tx, draft_id)
    if draft is None or draft.campaign_id is None:
        return
    view = await campaigns.view(effect.tx, draft.campaign_id)
    waits = view is not None and MessageState.QUEUED in view.counts
    html = effect.turn.words(
        "answer-unchanged",
        waits="yes" if waits else "no",
        campaign=str(draft.campaign_id),
        text=screens.isolated(talks.beginning(effect.turn.words, draft.content["text"])),
    )
    await effect.say(Screen(html=html))
