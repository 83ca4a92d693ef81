"""A reply to the card of a customer's SMS goes out as SMS: by the same account, from the same sender ID."""

from datetime import datetime
from typing import Any

from telegram import Message, Update

from desk import compose
from desk.reading import Problem, Request
from providers.gateways import KINDS
from storage import accounts, chats, conversations, drafts, said, stoplist, topics
from storage.accounts import Account
from storage.conversations import Card, Conversation
from storage.people import Role
from storage.topics import Topic

from .. import conversations as talks
from ..keyboards import Key, Screen
from ..turn import Effect, Turn
from . import offering, send


async def takes(turn: Turn) -> bool:
    """Whether this message is for a customer; then it has been dealt with."""
    card = await replied_to(turn)
    if card is not None and is_note(turn):
        return True
    if card is not None:
        await _answer(turn, card)
        return True
    if _looks_like_a_card(turn):
        await turn.answer(Screen(html=turn.words("answer-unknown")))
        return True
    return False


async def refuses(turn: Turn) -> bool:
    """Whether somebody writes to a customer what no SMS carries; then they have been told."""
    meant = await replied_to(turn) is not None or _looks_like_a_card(turn) or await _topic(turn) is not None
    if not meant:
        return False
    if not is_note(turn):
        await turn.answer(Screen(html=turn.words("answer-no-text")))
    return True


def is_note(turn: Turn) -> bool:
    """Whether people say it among themselves."""
    typed = turn.typed or (turn.message.caption if turn.message else None) or ""
    return typed.startswith(turn.services.settings.inbox.note)


async def takes_in_topic(turn: Turn) -> bool:
    """Whether this was written in the topic of a customer: then it has been dealt with."""
    topic = await _topic(turn)
    if topic is None and not _looks_like_a_topic(turn):
        return False
    if is_note(turn):
        return True
    if topic is None:
        await turn.answer(Screen(html=turn.words("answer-unknown")))
    else:
        await _answer_in(turn, topic)
    return True


def _looks_like_a_topic(turn: Turn) -> bool:
    """One that we made for a customer whom we know no more: people should not think it goes out."""
    beginning = turn.message.reply_to_message if turn.message is not None else None
    if beginning is None or beginning.forum_topic_created is None or beginning.from_user is None:
        return False
    return beginning.from_user.id == turn.bot.id


async def _topic(turn: Turn) -> Topic | None:
    place = turn.place
    if not place.thread_id:
        return None
    async with turn.services.database.read() as tx:
        return await topics.at(tx, place.chat_id, place.thread_id)


async def replied_to(turn: Turn) -> Card | None:
    """The card that a message replies to."""
    original = _ours(turn)
    if original is None:
        return None
    async with turn.services.database.read() as tx:
        return await conversations.card_in(tx, turn.chat.id, original.message_id)


def _ours(turn: Turn) -> Message | None:
    original = _original(turn)
    if original is None or original.from_user is None or original.from_user.id != turn.bot.id:
        return None
    return original


def _original(turn: Turn) -> Message | None:
    """What a person replies to. In a topic everything else comes as a reply to the topic's beginning."""
    original = turn.message.reply_to_message if turn.message is not None else None
    return None if original is None or original.forum_topic_created else original


def _looks_like_a_card(turn: Turn) -> bool:
    """One whose row is gone: whom it was about nobody knows, so nothing is sent."""
    original = _ours(turn)
    return original is not None and (original.text or original.caption or "").startswith(talks.MARK)


async def _answer(turn: Turn, card: Card) -> None:
    if not await _may(turn):
        return
    if turn.services.clock() - card.at > turn.services.settings.inbox.card_life:
        await _too_old(turn, card)
        return
    await _answer_to(turn, card.conversation_id, asks=False)


async def _answer_in(turn: Turn, topic: Topic) -> None:
    """What replies to a person may be meant for them: it is asked about."""
    if await _may(turn):
        await _answer_to(turn, topic.conversation_id, asks=_original(turn) is not None)


async def _may(turn: Turn) -> bool:
    """Whether this person may answer customers; who may not is told."""
    role = turn.role
    if role is None or role < Role.OPERATOR:
        await turn.answer(Screen(html=turn.not_for(Role.OPERATOR)))
        return False
    turn.least = Role.OPERATOR
    return True


async def _answer_to(turn: Turn, conversation_id: int, *, asks: bool) -> None:
    made = await _compose(turn, conversation_id)
    async with turn.services.database.read() as tx:
        asks = asks or await chats.confirms_answers(tx, turn.chat.id) or _is_stale(turn)
    async with turn.effect() as effect:
        await _put(effect, made, asks=asks)


async def _put(effect: Effect, made: Screen | dict[str, Any], *, asks: bool) -> None:
    """Say what is wrong with an answer, or ask about it, or let it leave."""
    if isinstance(made, Screen):
        await effect.say(made)
    else:
        await offering.offer(effect, made, asks=asks)


async def _too_old(turn: Turn, card: Card) -> None:
    """Whoever scrolled far back may mean somebody else: the conversation is opened instead."""
    async with turn.effect() as effect:
        token = await effect.button("talk-more", {"conversation_id": card.conversation_id})
        key = Key(label=turn.words.plain("button-talk-open"), token=token)
        await effect.say(Screen(html=turn.words("answer-old"), rows=((key,),)))


async def _compose(turn: Turn, conversation_id: int) -> Screen | dict[str, Any]:
    """The content of a draft of what was written to a customer, or what keeps it from being sent."""
    async with turn.services.database.read() as tx:
        talk = await conversations.get(tx, conversation_id, turn.chat.id)
        usable = await accounts.of_chat(tx, turn.chat.id)
        account = None if talk is None else next((one for one in usable if one.id == talk.account_id), None)
        if talk is None or account is None:
            return Screen(html=turn.words("answer-unknown"))
        sent = await said.last_sent(tx, talk.account_id, talk.msisdn)
        stopped = await stoplist.has(tx, talk.account_id, talk.msisdn)
    if not talk.msisdn.isdecimal():
        return Screen(html=turn.words("answer-to-nobody", name=talks.name_of(talk.msisdn)))
    if stopped:
        return Screen(html=turn.words("answer-stopped"))
    return _checked(turn, talk, account, None if sent is None else sent.sender_id)


def _checked(
    turn: Turn, talk: Conversation, account: Account, sender_id: str | None
) -> Screen | dict[str, Any]:
    now = turn.services.clock()
    request = Request(
        numbers=(f"+{talk.msisdn}",), text=turn.typed, account=account.name, sender_id=sender_id
    )
    try:
        compose.choose(request, [account])
        offered = compose.offer(request, account, KINDS[account.gateway].capabilities, turn.rules, now)
    except Problem as problem:
        return send.problem_screen(turn, problem)
    message = turn.message
    return {
        **compose.as_json(offered),
        "conversation_id": talk.id,
        "message_id": None if message is None else message.message_id,
        # What came while the bot was off and this waited, nobody had read who wrote it.
        "read_until": (_written_at(turn) if _is_stale(turn) else now).isoformat(),
    }


def _written_at(turn: Turn) -> datetime:
    message = turn.message
    return turn.services.clock() if message is None else message.edit_date or message.date


def _is_stale(turn: Turn) -> bool:
    """It waited while the bot was off: by now it may be out of date."""
    return turn.services.clock() - _written_at(turn) > turn.services.settings.limits.stale


async def corrected(update: Update, turn: Turn) -> None:
    """Somebody changed what they wrote to a customer: what is asked about changes, what has left does not."""
    message = turn.message
    if message is None:
        return
    async with turn.services.database.read() as tx:
        draft = await drafts.of_answer(tx, turn.chat.id, message.message_id)
    if draft is None or draft.content["text"] == turn.typed:
        return
    if draft.state == "offered" and not await _may(turn):
        return
    made = None if is_note(turn) else await _compose(turn, draft.content["conversation_id"])
    async with turn.effect() as effect:
        if await offering.take_back(effect, draft, lambda words: words("answer-replaced")):
            if made is not None:
                await _put(effect, made, asks=True)
        else:
            await offering.tell_unchanged(effect, draft.id)
