"""What people do with the topic of a conversation: they close it, open it again, and name the customer."""

from telegram import Update

from storage import conversations, topics
from storage.conversations import Conversation
from storage.topics import Topic

from .. import topics as naming
from ..turn import Effect, Turn


async def _here(effect: Effect) -> tuple[Topic, Conversation] | None:
    """The topic in which it happened, and its conversation; None: some other one of the group's."""
    place = effect.turn.place
    topic = await topics.at(effect.tx, place.chat_id, place.thread_id)
    talk = None if topic is None else await conversations.get(effect.tx, topic.conversation_id, topic.chat_id)
    return None if topic is None or talk is None else (topic, talk)


async def closed(update: Update, turn: Turn) -> None:
    """Closing is Done."""
    async with turn.effect() as effect:
        found = await _here(effect)
        if found is not None:
            topic, talk = found
            await conversations.close(effect.tx, talk.id)
            await topics.heard(effect.tx, topic, closed=True)
            await conversations.redraw(effect.tx, talk.id, effect.now)


async def reopened(update: Update, turn: Turn) -> None:
    """It is not done after all."""
    async with turn.effect() as effect:
        found = await _here(effect)
        if found is not None:
            topic, talk = found
            await conversations.open_again(effect.tx, talk.id)
            await topics.heard(effect.tx, topic, closed=False)
            await conversations.redraw(effect.tx, talk.id, effect.now)


async def renamed(update: Update, turn: Turn) -> None:
    """The customer is called so from now on, here and wherever else this conversation is shown."""
    edited = update.message.forum_topic_edited if update.message is not None else None
    if edited is None or edited.name is None:
        return
    async with turn.effect() as effect:
        found = await _here(effect)
        if found is not None:
            topic, talk = found
            await conversations.rename(effect.tx, talk.id, naming.called(edited.name, talk))
            await topics.heard(effect.tx, topic, name=edited.name)
            await conversations.redraw(effect.tx, talk.id, effect.now)
