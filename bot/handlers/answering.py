"""A reply to the card of a customer's SMS goes out as SMS: by the same account, from the same sender ID."""

from datetime import datetime
from typing import Any

from telegram import Message

from desk import compose
from desk.reading import Problem, Request
from providers.gateways import KINDS
from storage import accounts, campaigns, cards, chats, conversations, drafts, said, stoplist, topics
from storage.accounts import Account
from storage.conversations import Card, Conversation
from storage.drafts import Draft
from storage.people import Role
from storage.topics import Topic

from .. import cards as screens
from .. import conversations as talks
from .. import rations
from ..keyboards import Key, Screen
from ..turn import Effect, Turn
from ..words import Html
from . import send


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
        named = {"least": Role.OPERATOR.word, "role": turn.rank}
        told = {name: turn.words.plain(f"role-{word}") for name, word in named.items()}
        await turn.answer(Screen(html=turn.words("not-your-role", **told)))
        return False
    turn.least = Role.OPERATOR
    return True


async def _answer_to(turn: Turn, conversation_id: int, *, asks: bool) -> None:
    async with turn.services.database.read() as tx:
        talk = await conversations.get(tx, conversation_id, turn.chat.id)
        usable = await accounts.of_chat(tx, turn.chat.id)
    account = None if talk is None else next((one for one in usable if one.id == talk.account_id), None)
    if talk is None or account is None:
        await turn.answer(Screen(html=turn.words("answer-unknown")))
    else:
        await _compose(turn, talk, account, asks=asks)


async def _too_old(turn: Turn, card: Card) -> None:
    """Whoever scrolled far back may mean somebody else: the conversation is opened instead."""
    async with turn.effect() as effect:
        token = await effect.button("talk-more", {"conversation_id": card.conversation_id})
        key = Key(label=turn.words.plain("button-talk-open"), token=token)
        await effect.say(Screen(html=turn.words("answer-old"), rows=((key,),)))


async def _compose(turn: Turn, talk: Conversation, account: Account, *, asks: bool) -> None:
    """Check what can be checked, then ask, or let it go at once where the chat wants that."""
    async with turn.services.database.read() as tx:
        sent = await said.last_sent(tx, talk.account_id, talk.msisdn)
        stopped = await stoplist.has(tx, talk.account_id, talk.msisdn)
        asks = asks or await chats.confirms_answers(tx, turn.chat.id)
    if not talk.msisdn.isdecimal():
        await turn.answer(Screen(html=turn.words("answer-to-nobody", name=talks.name_of(talk.msisdn))))
        return
    if stopped:
        await turn.answer(Screen(html=turn.words("answer-stopped")))
        return
    request = Request(
        numbers=(f"+{talk.msisdn}",),
        text=turn.typed,
        account=account.name,
        sender_id=None if sent is None else sent.sender_id,
    )
    try:
        compose.choose(request, [account])
        can = KINDS[account.gateway].capabilities
        offered = compose.offer(request, account, can, turn.rules, turn.services.clock())
    except Problem as problem:
        await turn.answer(send.problem_screen(turn, problem))
        return
    taken = talk.claimed_by not in {None, turn.person.id}
    await _offer(turn, talk, offered, asks=asks or taken or _is_stale(turn), taken=taken)


def _is_stale(turn: Turn) -> bool:
    """It waited while the bot was off: by now it may be out of date."""
    message = turn.message
    stale = turn.services.settings.limits.stale
    return message is not None and turn.services.clock() - message.date > stale


async def _offer(turn: Turn, talk: Conversation, offered: compose.Offer, *, asks: bool, taken: bool) -> None:
    message = turn.message
    content: dict[str, Any] = {
        **compose.as_json(offered),
        "conversation_id": talk.id,
        "message_id": None if message is None else message.message_id,
    }
    async with turn.effect() as effect:
        before = await campaigns.last_price(effect.tx, offered.account_id)
        each = turn.services.settings.limits.segment_price if before is None else before
        content["cost"] = str(each * offered.segments) if each else None
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
        if not asks and draft is not None:
            await leave(effect, draft)
            return
        subject = {"draft_id": draft_id, "version": drafts.version(content)}
        await effect.say(
            _question(
                turn,
                talk,
                offered,
                taken=taken,
                send=await effect.button("confirm", subject),
                dismiss=await effect.button("dismiss", subject),
            )
        )


def _question(
    turn: Turn, talk: Conversation, offered: compose.Offer, *, taken: bool, send: str, dismiss: str
) -> Screen:
    words = turn.words
    html: Html = screens.joined(
        words("answer-taken", name=screens.isolated(talk.claimer or "?")) if taken else None,
        words(
            "answer-offer",
            number=talks.called(talk),
            account=offered.account,
            sender=offered.sender_id or words("offer-default-sender"),
            segments=offered.segments,
        ),
    )
    keys = (
        Key(label=words.plain("button-send"), token=send),
        Key(label=words.plain("button-dismiss"), token=dismiss),
    )
    return Screen(html=html, rows=(keys,))


async def leave(effect: Effect, draft: Draft) -> str:
    """The campaign of an answer begins; its state shows as a reaction to what the person wrote."""
    turn, content = effect.turn, draft.content
    await drafts.decide(effect.tx, draft.id, state="confirmed", by=turn.name)
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
    account_id = content["account_id"]
    effect.record("confirm", campaign_id=campaign_id, account_id=account_id, evidence=evidence)
    await _show(effect, draft, campaign_id, effect.now)
    await conversations.answered(effect.tx, content["conversation_id"])
    await conversations.redraw(effect.tx, content["conversation_id"], effect.now)
    effect.replace_pressed(turn.words("answer-goes", campaign=str(campaign_id)))
    return turn.words.plain("toast-confirmed", campaign=str(campaign_id))


async def _show(effect: Effect, draft: Draft, campaign_id: int, now: datetime) -> None:
    await cards.add(
        effect.tx,
        campaign_id=campaign_id,
        chat_id=effect.turn.chat.id,
        thread_id=effect.turn.place.thread_id,
        message_id=draft.content["message_id"],
        language=effect.turn.words.language,
        cancel_token=drafts.new_token(),  # it has no ✖: /cancel names the campaign
        now=now,
        reacts=True,
    )
