"""Customers who wait: `/inbox`, and the buttons under the cards of what they wrote."""

import re

import structlog
from telegram import Update
from telegram.error import TelegramError

from storage import accounts, chats, conversations, lines, said, stoplist, topics
from storage.conversations import Conversation
from storage.drafts import Button
from storage.people import Role

from .. import cards, farewells
from .. import conversations as screens
from .. import topics as forums
from ..announcements import LASTING
from ..keyboards import Key, Screen
from ..turn import Effect, Turn

log = structlog.get_logger(__name__)

HISTORY = 10  # SMS of a conversation
FOUND = 8  # conversations
SWITCH = re.compile(r"(confirm|topics) (on|off)", re.IGNORECASE)


async def inbox(update: Update, turn: Turn) -> None:
    """`/inbox` lists who waits, `/inbox 4567` finds a number or a name, `/inbox confirm off` asks no more."""
    asked = turn.argument.strip()
    switch = SWITCH.fullmatch(asked)
    if switch is not None:
        await _switch(turn, switch[1].lower(), on=switch[2].lower() == "on")
    elif asked:
        await _find(turn, asked)
    else:
        await _waiting(turn)


async def _switch(turn: Turn, which: str, *, on: bool) -> None:
    words = turn.words
    if turn.role is None or turn.role < Role.MANAGER:
        await turn.answer(Screen(html=turn.not_for(Role.MANAGER)))
        return
    turn.least = Role.MANAGER
    if which == "topics":
        await _topics(turn, on=on)
        return
    async with turn.effect() as effect:
        await chats.confirm_answers(effect.tx, turn.chat.id, confirm=on)
        effect.record("answers-confirmed" if on else "answers-at-once")
        await effect.say(Screen(html=words("inbox-confirms" if on else "inbox-at-once")))


async def _topics(turn: Turn, *, on: bool) -> None:
    """Whatever is missing for it is named at once."""
    words = turn.words
    html = words("inbox-topics" if on else "inbox-no-topics")
    if on and not turn.chat.is_forum:
        html = words("inbox-no-forum")
    elif on:
        missing = await _missing_rights(turn)
        html = screens.topic_rights(words, missing) if missing else html
    async with turn.effect() as effect:
        await topics.want(effect.tx, turn.chat.id, topics=on)
        effect.record("topics-on" if on else "topics-off")
        await effect.say(Screen(html=html))


async def _missing_rights(turn: Turn) -> list[str]:
    try:
        return await forums.missing_rights(turn.bot, turn.chat.id)
    except TelegramError as error:
        log.info("rights not known", chat=turn.chat.id, error=str(error))
        return []  # they are named when a topic cannot be made


async def _waiting(turn: Turn) -> None:
    async with turn.effect() as effect:
        talks = await conversations.waiting(effect.tx, turn.chat.id)
        shown = [(one, await said.last_received(effect.tx, one.id)) for one in talks]
        if talks:
            html = screens.waiting(turn.words, shown, effect.now)
            await effect.say(Screen(html=html, rows=await _open_keys(effect, talks)))
        else:
            await effect.say(Screen(html=turn.words("inbox-empty")))


async def _find(turn: Turn, asked: str) -> None:
    async with turn.effect() as effect:
        found = await conversations.find(effect.tx, turn.chat.id, asked, FOUND)
        html = turn.words("inbox-found", count=len(found))
        if not found:
            html = cards.joined(html, turn.words("inbox-usage"))
        await effect.say(Screen(html=html, rows=await _open_keys(effect, found)))


async def _open_keys(effect: Effect, talks: list[Conversation]) -> tuple[tuple[Key, ...], ...]:
    keys = [
        Key(
            label=screens.called(talk),
            token=await effect.button("talk-more", {"conversation_id": talk.id}, good_for=LASTING),
        )
        for talk in talks[: screens.LISTED]
    ]
    return tuple((key,) for key in keys)


# Buttons. Each is good for the conversation as it is when it is pressed.


async def _here(effect: Effect, button: Button) -> Conversation | None:
    """The conversation of a button, while this chat may use its account."""
    return await _usable(effect, int(button.subject["conversation_id"]))


async def _usable(effect: Effect, conversation_id: int) -> Conversation | None:
    talk = await conversations.get(effect.tx, conversation_id, effect.turn.chat.id)
    usable = await accounts.of_chat(effect.tx, effect.turn.chat.id)
    return talk if talk is not None and talk.account_id in {one.id for one in usable} else None


async def claim(effect: Effect, button: Button) -> str:
    """Somebody takes it on; who comes second is told who has it."""
    talk, words = await _here(effect, button), effect.turn.words
    if talk is None:
        return words.plain("toast-gone")
    standing = await lines.standing(effect.tx, effect.turn.services.vault, talk)
    if standing.claimed_by is not None:
        return words.plain("toast-talk-taken", name=standing.claimer or "?")
    for one in standing.conversation_ids:
        await conversations.claim(effect.tx, one, effect.turn.person.id, effect.turn.name)
        await conversations.redraw(effect.tx, one, effect.now)
    return words.plain("toast-talk-claimed")


async def done(effect: Effect, button: Button) -> str:
    """Nobody has to answer any more."""
    talk, words = await _here(effect, button), effect.turn.words
    if talk is None:
        return words.plain("toast-gone")
    for one in (await lines.standing(effect.tx, effect.turn.services.vault, talk)).conversation_ids:
        await conversations.close(effect.tx, one)
        await conversations.redraw(effect.tx, one, effect.now)
    return words.plain("toast-talk-done")


async def reacted(update: Update, turn: Turn) -> None:
    """A reaction to the card of a customer's SMS is Done; one that goes away opens nothing again."""
    change = update.message_reaction
    if change is None or not set(change.new_reaction) - set(change.old_reaction):
        return
    async with turn.effect() as effect:
        card = await conversations.card_in(effect.tx, turn.chat.id, change.message_id)
        talk = None if card is None else await _usable(effect, card.conversation_id)
        if card is None or talk is None:
            return
        last = await said.last_received(effect.tx, talk.id)
        if last is not None and last.id != card.inbound_id:
            return  # what came since has not been seen to by that
        await conversations.close(effect.tx, talk.id)
        await conversations.redraw(effect.tx, talk.id, effect.now)


async def snooze(effect: Effect, button: Button) -> str:
    """Remind of it later."""
    talk, words = await _here(effect, button), effect.turn.words
    if talk is None or talk.waiting_since is None:
        return words.plain("toast-gone")
    until = effect.now + effect.turn.services.settings.inbox.snooze
    await conversations.snooze(effect.tx, talk.id, until)
    await conversations.redraw(effect.tx, talk.id, effect.now)
    return words.plain("toast-talk-snoozed", time=words.time(until))


async def reply(effect: Effect, button: Button) -> str:
    """An answer field; what is written there goes to the customer."""
    talk, words = await _here(effect, button), effect.turn.words
    if talk is None:
        return words.plain("toast-gone")
    html = words("talk-reply", number=screens.called(talk), account=talk.account)
    await _say(effect, talk, Screen(html=html, ask=words.plain("talk-reply-placeholder")))
    await conversations.redraw(effect.tx, talk.id, effect.now)
    return ""


async def more(effect: Effect, button: Button) -> str:
    """What was said so far; a reply to it goes to the customer as well."""
    talk, words = await _here(effect, button), effect.turn.words
    if talk is None:
        return words.plain("toast-gone")
    lines = await said.history(effect.tx, talk, HISTORY)
    subject = {"conversation_id": talk.id}
    stopped = await stoplist.has(effect.tx, talk.account_id, talk.msisdn)
    names = ("done", "stop", "reply") if talk.msisdn.isdecimal() and not stopped else ("done",)
    keys = [
        Key(
            label=words.plain(f"button-talk-{name}"),
            token=await effect.button(f"talk-{name}", subject, good_for=LASTING),
        )
        for name in names
    ]
    await _say(effect, talk, Screen(html=screens.history(words, talk, lines), rows=(tuple(keys),)))
    await conversations.redraw(effect.tx, talk.id, effect.now)
    return ""


async def stop(effect: Effect, button: Button) -> str:
    """A person reads it as "no more SMS"."""
    talk, turn = await _here(effect, button), effect.turn
    if talk is None:
        return turn.words.plain("toast-gone")
    vault = turn.services.vault
    standing = await lines.standing(effect.tx, vault, talk)
    for account_id in await accounts.alike(effect.tx, talk.account_id, vault):
        account = await accounts.get(effect.tx, account_id)
        await accounts.lock(effect.tx, account_id)
        if await stoplist.add(effect.tx, account_id, talk.msisdn, by=turn.name, now=effect.now):
            effect.record(
                "stop-list-add",
                campaign_id=await _farewell(effect, talk) if account_id == talk.account_id else None,
                account_id=account_id,
                number=talk.msisdn,
                evidence={"account": account.name},
            )
    for conversation_id in standing.conversation_ids:
        await conversations.close(effect.tx, conversation_id)
        await conversations.redraw(effect.tx, conversation_id, effect.now)
    return turn.words.plain("toast-talk-stopped")


async def _farewell(effect: Effect, talk: Conversation) -> int | None:
    """The SMS that confirms it, where there is one; its campaign."""
    turn, account = effect.turn, await accounts.get(effect.tx, talk.account_id)
    by = farewells.Author(id=turn.person.id, name=turn.name)
    services = turn.services
    return await farewells.say(
        effect.tx,
        services.settings,
        services.rules,
        services.vault,
        account,
        talk.msisdn,
        turn.place,
        by=by,
        now=effect.now,
    )


async def _say(effect: Effect, talk: Conversation, screen: Screen) -> None:
    """Say something to which people may reply."""
    last = await said.last_received(effect.tx, talk.id)
    notice_id = await effect.say(screen)
    await conversations.add_card(
        effect.tx,
        notice_id,
        conversation_id=talk.id,
        inbound_id=0 if last is None else last.id,
        chat_id=effect.turn.chat.id,
        now=effect.now,
    )
