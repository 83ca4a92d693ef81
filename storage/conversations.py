"""Conversations: what one account and one number have to say to each other, and the cards that show it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from . import contacts, outbox, topics
from .db import Transaction, insert
from .folded import folded
from .outbox import Priority
from .schema import (
    account_chats,
    accounts,
    conversation_cards,
    conversations,
    inbound,
)
from .schema import contacts as saved
from .schema import outbox as notices

NAME = 64  # characters that people may call a customer by


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """`waiting_since` None: nobody waits for an answer. `claimed_by` None: nobody has taken it on.

    `name`: what the chat calls the customer: as a topic was named, else as the contact is saved there; None:
    nothing yet. `done`: a person said that it is. `answer_id`: the campaign that was the last answer.
    """

    id: int
    account_id: int
    account: str
    msisdn: str
    name: str | None
    waiting_since: datetime | None
    done: bool
    claimed_by: int | None
    claimer: str | None
    answer_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a message in a chat shows. `at`: since when."""

    notice_id: int
    conversation_id: int
    inbound_id: int
    chat_id: int
    message_id: int | None
    at: datetime


async def between(tx: Transaction, account_id: int, msisdn: str) -> int:
    """The number of the conversation of these two, begun if there is none."""
    of_them = sa.select(conversations.c.id).where(
        conversations.c.account_id == account_id, conversations.c.msisdn == msisdn
    )
    await tx.execute(
        insert(tx, conversations).on_conflict_do_nothing().values(account_id=account_id, msisdn=msisdn)
    )
    return int((await tx.scalars(of_them)).one())


def _conversations(chat_id: int) -> sa.Select[*tuple[object, ...]]:
    elsewhere = {"account", "name"}
    own = [conversations.c[one] for one in Conversation.__dataclass_fields__ if one not in elsewhere]
    contact = sa.and_(saved.c.chat_id == chat_id, saved.c.msisdn == conversations.c.msisdn)
    called = sa.func.coalesce(conversations.c.name, sa.func.nullif(saved.c.name, ""))
    return (
        sa.select(*own, accounts.c.name.label("account"), called.label("name"))
        .join(accounts, accounts.c.id == conversations.c.account_id)
        .outerjoin(saved, contact)
    )


async def get(tx: Transaction, conversation_id: int, chat_id: int) -> Conversation | None:
    """As this chat knows it. None: its number has been forgotten."""
    row = (
        await tx.execute(_conversations(chat_id).where(conversations.c.id == conversation_id))
    ).one_or_none()
    return None if row is None else Conversation(**row._mapping)


async def waiting(tx: Transaction, chat_id: int) -> list[Conversation]:
    """Those of a chat's accounts in which a customer waits, the longest first."""
    rows = await tx.execute(
        _conversations(chat_id)
        .join(account_chats, account_chats.c.account_id == conversations.c.account_id)
        .where(account_chats.c.chat_id == chat_id, conversations.c.waiting_since.is_not(None))
        .order_by(conversations.c.waiting_since, conversations.c.id)
    )
    return [Conversation(**row._mapping) for row in rows]


async def open_again(tx: Transaction, conversation_id: int) -> None:
    """There is something to do in it."""
    await tx.execute(
        conversations.update()
        .where(conversations.c.id == conversation_id, conversations.c.done)
        .values(done=False)
    )
    await topics.redraw(tx, conversation_id)


async def rename(tx: Transaction, conversation_id: int, name: str) -> None:
    """People call the customer so."""
    await tx.execute(
        conversations.update().where(conversations.c.id == conversation_id).values(name=name[:NAME] or None)
    )


async def wait(tx: Transaction, conversation_id: int, *, since: datetime, remind_at: datetime) -> None:
    """A customer has written. Whoever waits already keeps their place, and is reminded of once."""
    await tx.execute(
        conversations.update()
        .where(conversations.c.id == conversation_id, conversations.c.waiting_since.is_(None))
        .values(waiting_since=since, remind_at=remind_at)
    )


async def claim(tx: Transaction, conversation_id: int, person_id: int, name: str) -> bool:
    """Somebody takes it on; nobody has to be reminded of it. False: somebody else was first."""
    taken = await tx.execute(
        conversations.update()
        .where(conversations.c.id == conversation_id, conversations.c.claimed_by.is_(None))
        .values(claimed_by=person_id, claimer=name, remind_at=None)
    )
    return taken.rowcount == 1


async def close(tx: Transaction, conversation_id: int) -> None:
    """Nobody waits any more, and nobody has it: it is done."""
    await tx.execute(
        conversations.update()
        .where(conversations.c.id == conversation_id)
        .values(waiting_since=None, done=True, claimed_by=None, claimer=None, remind_at=None)
    )


async def snooze(tx: Transaction, conversation_id: int, until: datetime) -> None:
    """Remind of it then, instead of at any other time."""
    await tx.execute(
        conversations.update()
        .where(conversations.c.id == conversation_id, conversations.c.waiting_since.is_not(None))
        .values(remind_at=until)
    )


async def answered(tx: Transaction, conversation_id: int) -> None:
    """Nobody waits: somebody has answered, or wants no answer; whoever had taken it on keeps it."""
    await tx.execute(
        conversations.update()
        .where(conversations.c.id == conversation_id)
        .values(waiting_since=None, remind_at=None)
    )


async def wait_again(tx: Transaction, campaign_id: int, *, remind: timedelta, now: datetime) -> list[int]:
    """The answer that this campaign was does not leave: whoever it was for waits since their last SMS.

    Returns these conversations; none that a person has done with since.
    """
    unanswered = sa.and_(
        conversations.c.answer_id == campaign_id,
        conversations.c.waiting_since.is_(None),
        ~conversations.c.done,
    )
    last = (
        sa.select(sa.func.max(inbound.c.received_at))
        .where(inbound.c.conversation_id == conversations.c.id)
        .scalar_subquery()
    )
    found = await tx.scalars(
        conversations.update()
        .where(unanswered)
        .values(waiting_since=sa.func.coalesce(last, now), remind_at=now + remind, answer_id=None)
        .returning(conversations.c.id)
    )
    return sorted(found)


async def answer(
    tx: Transaction, conversation_id: int, campaign_id: int, *, read_until: datetime, remind: timedelta
) -> None:
    """A campaign answers what had come by `read_until`. Whoever wrote later waits on, from then."""
    unread: datetime | None = await tx.scalar(
        sa.select(sa.func.min(inbound.c.received_at, type_=inbound.c.received_at.type)).where(
            inbound.c.conversation_id == conversation_id, inbound.c.received_at > read_until
        )
    )
    this = conversations.c.id == conversation_id
    await tx.execute(conversations.update().where(this).values(answer_id=campaign_id))
    if unread is None:
        await answered(tx, conversation_id)
        return
    # Who is not waited for any more is not waited for again; who has taken it on needs no reminder.
    waits = sa.and_(this, conversations.c.waiting_since.is_not(None))
    await tx.execute(conversations.update().where(waits).values(waiting_since=unread))
    nobodys = sa.and_(waits, conversations.c.claimed_by.is_(None))
    await tx.execute(conversations.update().where(nobodys).values(remind_at=unread + remind))


async def to_remind_of(tx: Transaction, now: datetime) -> list[int]:
    """Conversations of which people are to be reminded now; it is up to the caller that they are."""
    due = sa.and_(conversations.c.remind_at.is_not(None), conversations.c.remind_at <= now)
    ids = await tx.scalars(
        conversations.update().where(due).values(remind_at=None).returning(conversations.c.id)
    )
    return sorted(ids)


async def next_reminder(tx: Transaction) -> datetime | None:
    soonest: datetime | None = await tx.scalar(
        sa.select(sa.func.min(conversations.c.remind_at, type_=conversations.c.remind_at.type))
    )
    return soonest


# Cards


_CARD = [conversation_cards.c[name] for name in Card.__dataclass_fields__]


async def add_card(
    tx: Transaction, notice_id: int, *, conversation_id: int, inbound_id: int, chat_id: int, now: datetime
) -> None:
    """This notice will show an SMS of a conversation."""
    await tx.execute(
        conversation_cards.insert().values(
            notice_id=notice_id,
            conversation_id=conversation_id,
            inbound_id=inbound_id,
            chat_id=chat_id,
            at=now,
        )
    )


async def card_of(tx: Transaction, notice_id: int) -> Card | None:
    row = (
        await tx.execute(sa.select(*_CARD).where(conversation_cards.c.notice_id == notice_id))
    ).one_or_none()
    return None if row is None else Card(**row._mapping)


async def card_in(tx: Transaction, chat_id: int, message_id: int) -> Card | None:
    """What a message of a chat shows; None: no SMS that we know of."""
    row = (
        await tx.execute(
            sa.select(*_CARD).where(
                conversation_cards.c.chat_id == chat_id, conversation_cards.c.message_id == message_id
            )
        )
    ).one_or_none()
    return None if row is None else Card(**row._mapping)


_SHOWN = (
    conversation_cards.update()
    .where(conversation_cards.c.notice_id == sa.bindparam("notice"))
    .values(message_id=sa.bindparam("message"))
)


async def shown(tx: Transaction, messages: Mapping[int, int]) -> None:
    """The cards are these messages, by notice; a notice that is no such card changes nothing."""
    await tx.execute(_SHOWN, [{"notice": notice, "message": message} for notice, message in messages.items()])


async def move_card(tx: Transaction, notice_id: int, chat_id: int) -> None:
    """Its notice is told in another chat now, so there is where its card will be."""
    await tx.execute(
        conversation_cards.update().where(conversation_cards.c.notice_id == notice_id).values(chat_id=chat_id)
    )


async def newest_cards(tx: Transaction, conversation_id: int) -> list[Card]:
    """The last card of a conversation in each chat."""
    last = (
        sa.select(sa.func.max(conversation_cards.c.notice_id))
        .where(conversation_cards.c.conversation_id == conversation_id)
        .group_by(conversation_cards.c.chat_id)
    )
    rows = await tx.execute(
        sa.select(*_CARD)
        .where(conversation_cards.c.notice_id.in_(last))
        .order_by(conversation_cards.c.notice_id)
    )
    return [Card(**row._mapping) for row in rows]


async def redraw(tx: Transaction, conversation_id: int, now: datetime) -> None:
    """Let its topics and newest cards show how it stands; what waits to be said does so anyway."""
    await topics.redraw(tx, conversation_id)
    for card in await newest_cards(tx, conversation_id):
        notice = (await tx.execute(sa.select(notices).where(notices.c.id == card.notice_id))).one_or_none()
        if notice is None or notice.state == "pending":
            continue
        content = {"shown_by": card.notice_id}
        waits = await tx.scalars(
            sa.select(notices.c.content).where(
                notices.c.kind == "inbound-redraw",
                notices.c.state == sa.text("'pending'"),
                notices.c.chat_id == card.chat_id,
            )
        )
        if content in list(waits):
            continue
        await outbox.say(
            tx,
            chat_id=card.chat_id,
            thread_id=notice.thread_id,
            kind="inbound-redraw",
            content=content,
            language=notice.language,
            priority=Priority.RESULT,
            now=now,
        )


async def find(tx: Transaction, chat_id: int, words: str, limit: int) -> list[Conversation]:
    """Conversations of a chat's accounts whose number or name has this, those that wait first."""
    digits = re.sub(r"[\s()+.-]", "", words)
    named = [one for one in await _named(tx, chat_id) if words.casefold() in one[1].casefold()]
    contact = saved.c.folded.contains(folded(words), autoescape=True)
    # Eight for seven is how people write it; what follows is the same.
    number = conversations.c.msisdn.contains(digits[-10:], autoescape=True)
    fits = sa.or_(
        conversations.c.id.in_([conversation_id for conversation_id, _ in named]),
        contact,
        number if digits.isdecimal() else sa.false(),
    )
    rows = await tx.execute(
        _conversations(chat_id)
        .join(account_chats, account_chats.c.account_id == conversations.c.account_id)
        .where(account_chats.c.chat_id == chat_id, fits)
        .order_by(conversations.c.waiting_since.is_(None), conversations.c.id.desc())
        .limit(limit)
    )
    return [Conversation(**row._mapping) for row in rows]


async def names(tx: Transaction, chat_id: int, account_id: int, msisdns: Sequence[str]) -> Mapping[str, str]:
    """What a chat calls these numbers, by number; who has no name is left out."""
    rows = await tx.execute(
        sa.select(conversations.c.msisdn, conversations.c.name).where(
            conversations.c.account_id == account_id,
            conversations.c.msisdn.in_(msisdns),
            conversations.c.name.is_not(None),
        )
    )
    return {**await contacts.names(tx, chat_id, msisdns), **{row.msisdn: row.name for row in rows}}


async def _named(tx: Transaction, chat_id: int) -> list[tuple[int, str]]:
    """Those that have a name. They are compared here: SQLite folds the case of Latin letters only."""
    rows = await tx.execute(
        sa.select(conversations.c.id, conversations.c.name)
        .join(account_chats, account_chats.c.account_id == conversations.c.account_id)
        .where(account_chats.c.chat_id == chat_id, conversations.c.name.is_not(None))
    )
    return [(row.id, row.name) for row in rows]
