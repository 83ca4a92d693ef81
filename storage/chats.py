"""Groups and channels the bot works in.

A group that becomes a supergroup has another id, and keeps all it had.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from .db import Transaction, alone, insert
from .ledger import lock_campaigns
from .outbox import Priority
from .schema import (
    account_chats,
    audiences,
    buttons,
    campaigns,
    cards,
    chat_settings,
    chats,
    contact_groups,
    contacts,
    conversation_cards,
    digests,
    drafts,
    invites,
    names,
    outbox,
    people,
    rhythms,
    templates,
    watches,
)

# Under these names questions and buttons keep the id of a chat.
NAMES_A_CHAT = ("chat_id", "with")
TITLE = 128  # characters of a group's title


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Or a channel, in which nobody gives commands: the bot only posts there."""

    id: int
    title: str
    channel: bool = False


async def allow(tx: Transaction, group: Group, *, by: int, now: datetime) -> bool:
    """Work in a group from now on. False: it is known, and keeps who brought it, under its newest title."""
    title = group.title[:TITLE]
    added = await tx.execute(
        insert(tx, chats)
        .values(id=group.id, title=title, channel=group.channel, added_by=by, added_at=now)
        .on_conflict_do_nothing()
    )
    if not added.rowcount:
        await tx.execute(chats.update().where(chats.c.id == group.id).values(title=title))
    return added.rowcount == 1


async def known(tx: Transaction, chat_id: int) -> bool:
    """Whether somebody who may brought the bot here, or gave this chat an account."""
    here = sa.union_all(
        sa.select(chats.c.id).where(chats.c.id == chat_id),
        sa.select(account_chats.c.chat_id).where(account_chats.c.chat_id == chat_id),
    )
    return await tx.scalar(here.limit(1)) is not None


async def brought(tx: Transaction, chat_id: int) -> bool:
    """Whether an administrator brought the bot into this group."""
    return await tx.scalar(sa.select(chats.c.id).where(chats.c.id == chat_id)) is not None


async def every(tx: Transaction) -> list[Group]:
    """The groups that were brought in, by title."""
    return await _all(tx, ~chats.c.channel)


async def posted_in(tx: Transaction) -> list[Group]:
    """The channels that were brought in, by title."""
    return await _all(tx, chats.c.channel)


async def _all(tx: Transaction, which: sa.ColumnElement[bool]) -> list[Group]:
    query = sa.select(chats.c.id, chats.c.title, chats.c.channel).where(which)
    rows = await tx.execute(query.order_by(chats.c.title, chats.c.id))
    return [Group(id=row.id, title=row.title, channel=row.channel) for row in rows]


async def title(tx: Transaction, chat_id: int) -> str | None:
    """What a group or channel is called; None for a private chat and where nobody brought us in."""
    called: str | None = await tx.scalar(sa.select(chats.c.title).where(chats.c.id == chat_id))
    return called


async def forget(tx: Transaction, chat_id: int) -> bool:
    """The bot was sent away; an account that belongs to the chat stays its own. False: it was not known."""
    gone = await tx.execute(chats.delete().where(chats.c.id == chat_id))
    return gone.rowcount == 1


async def language_of(tx: Transaction, chat_id: int) -> str:
    """What is spoken in a chat: what it has chosen, else in private the person's own.

    In a group else that of the last answer to somebody, else that of its newest card, else of who brought us
    there, else Russian.
    """
    wanted = sa.select(chat_settings.c.language).where(chat_settings.c.chat_id == chat_id)
    own = sa.select(names.c.language).where(names.c.id == chat_id)
    answered = (
        sa.select(outbox.c.language)
        .where(outbox.c.chat_id == chat_id, outbox.c.priority == Priority.ANSWER)
        .order_by(outbox.c.id.desc())
        .limit(1)
    )
    shown = (
        sa.select(cards.c.language)
        .where(cards.c.chat_id == chat_id)
        .order_by(cards.c.campaign_id.desc())
        .limit(1)
    )
    of_bringer = (
        sa.select(names.c.language).join(chats, chats.c.added_by == names.c.id).where(chats.c.id == chat_id)
    )
    for query in (wanted, own, answered, shown, of_bringer):
        language: str | None = await tx.scalar(query)
        if language is not None:
            return language
    return "ru"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What somebody has chosen for the words of a chat; None: nobody has."""

    language: str | None = None
    zone: ZoneInfo | None = None


def _language_of(whose: str) -> sa.ScalarSelect[Any]:
    own = chat_settings.c.chat_id == sa.bindparam(whose)
    return sa.select(chat_settings.c.language).where(own).scalar_subquery()


_CHOSEN = sa.select(
    sa.func.coalesce(_language_of("chat"), _language_of("person")),
    sa.select(rhythms.c.zone).where(rhythms.c.chat_id == sa.bindparam("chat")).scalar_subquery(),
)


async def chosen(tx: Transaction, chat_id: int, person_id: int) -> Chosen:
    """For what this person reads here: the language of the chat comes before their own."""
    language, zone = (await tx.execute(_CHOSEN, {"chat": chat_id, "person": person_id})).one()
    return Chosen(language=language, zone=None if zone is None else ZoneInfo(zone))


async def choose_language(tx: Transaction, chat_id: int, language: str | None) -> None:
    """Speak this in a chat, which in private is a person; None: whatever they have set in Telegram."""
    await _set(tx, chat_id, language=language)


async def confirms_answers(tx: Transaction, chat_id: int) -> bool:
    """Whether an answer to a customer waits for a tap; so it is unless the chat wants it otherwise."""
    wanted: bool | None = await tx.scalar(
        sa.select(chat_settings.c.confirm_answers).where(chat_settings.c.chat_id == chat_id)
    )
    return wanted is not False


async def confirm_answers(tx: Transaction, chat_id: int, *, confirm: bool) -> None:
    """Let answers wait for a tap, or leave at once."""
    await _set(tx, chat_id, confirm_answers=confirm)


async def _set(tx: Transaction, chat_id: int, **wanted: Any) -> None:
    await tx.execute(
        insert(tx, chat_settings)
        .values(chat_id=chat_id, **wanted)
        .on_conflict_do_update(index_elements=["chat_id"], set_=wanted)
    )


async def migrate(tx: Transaction, chat_id: int, new_chat_id: int) -> bool:
    """Everything that was in the one chat is in the other; what the other has already stays as it is.

    False: the one chat had nothing.
    """
    await alone(tx, f"chats/{chat_id}")
    moved = await _move(tx, (people, buttons, audiences), chat_id, new_chat_id)
    await _move_in(tx, buttons, buttons.c.subject, chat_id, new_chat_id)
    dropped = await _drop_doubles(tx, chat_id, new_chat_id)
    # What is asked can still change; what is offered has its content counted into its button.
    await _move_in(tx, drafts, drafts.c.content, chat_id, new_chat_id, drafts.c.state == "asking")
    theirs_alone = (drafts, invites, templates, contacts, contact_groups, chat_settings, conversation_cards)
    moved += await _move(tx, theirs_alone, chat_id, new_chat_id)
    theirs = await tx.scalars(sa.select(campaigns.c.id).where(campaigns.c.chat_id == chat_id))
    await lock_campaigns(tx, theirs)
    moved += await _move(tx, (campaigns, cards, account_chats, outbox), chat_id, new_chat_id)
    moved += await _move_watches(tx, chat_id, new_chat_id)
    if not moved + dropped + await _rename(tx, chat_id, new_chat_id):
        return False
    # The new chat counts its messages anew: the old number is some other message there.
    await tx.execute(cards.update().where(cards.c.chat_id == new_chat_id).values(message_id=None))
    for shown in (buttons, conversation_cards):
        await tx.execute(shown.update().where(shown.c.chat_id == new_chat_id).values(message_id=None))
    await tx.execute(
        outbox.update().where(outbox.c.chat_id == new_chat_id).values(reply_to=None, message_id=None)
    )
    return True


async def _rename(tx: Transaction, chat_id: int, new_chat_id: int) -> int:
    """The same of the chat itself; how many there were. Somebody may bring us into the new one just now."""
    columns = [chats.c[name] for name in ("title", "added_by", "added_at")]
    known = sa.select(sa.literal(new_chat_id, sa.BigInteger), *columns).where(chats.c.id == chat_id)
    names = [chats.c.id, *columns]
    await tx.execute(insert(tx, chats).from_select(names, known).on_conflict_do_nothing())
    gone = await tx.execute(chats.delete().where(chats.c.id == chat_id))
    return gone.rowcount


async def _move(tx: Transaction, tables: tuple[sa.Table, ...], chat_id: int, new_chat_id: int) -> int:
    """How many rows of these tables were the one chat's, and are the other's now."""
    count = 0
    for table in tables:
        moved = await tx.execute(table.update().where(table.c.chat_id == chat_id).values(chat_id=new_chat_id))
        count += moved.rowcount
    return count


async def _move_in(
    tx: Transaction,
    table: sa.Table,
    column: sa.Column[Any],
    chat_id: int,
    new_chat_id: int,
    only: sa.ColumnElement[bool] | None = None,
) -> None:
    """The same inside of what questions and buttons stand for, wherever their own chat is."""
    (key,) = table.primary_key.columns
    naming = sa.cast(column, sa.Text).contains(str(chat_id))
    rows = await tx.execute(sa.select(key, column).where(naming, sa.true() if only is None else only))
    for identity, content in rows.all():
        moved = {name: new_chat_id for name in NAMES_A_CHAT if content.get(name) == chat_id}
        if moved:
            await tx.execute(
                table.update().where(key == identity).values({column.name: {**content, **moved}})
            )


async def _move_watches(tx: Transaction, chat_id: int, new_chat_id: int) -> int:
    """Alerts, quiet hours and digest, but for what the new chat has set for itself; how many there were."""
    dropped = 0
    theirs = sa.select(watches.c.account_id).where(watches.c.home_id == new_chat_id)
    for table, key, doubles in (
        (watches, watches.c.home_id, watches.c.account_id.in_(theirs)),
        (rhythms, rhythms.c.chat_id, _has(rhythms.c.chat_id, new_chat_id)),
        (digests, digests.c.home_id, _has(digests.c.home_id, new_chat_id)),
    ):
        gone = await tx.execute(table.delete().where(key == chat_id, doubles))
        moved = await tx.execute(table.update().where(key == chat_id).values({key: new_chat_id}))
        dropped += gone.rowcount + moved.rowcount
    return dropped + await _move(tx, (watches, digests), chat_id, new_chat_id)


def _has(key: sa.Column[int], chat_id: int) -> sa.ColumnElement[bool]:
    return sa.exists(sa.select(key).where(key == chat_id).correlate(None))


async def _drop_doubles(tx: Transaction, chat_id: int, new_chat_id: int) -> int:
    """Drop what the new chat has as well; how many rows that was."""
    dropped = 0
    if await tx.scalar(sa.select(chats.c.id).where(chats.c.id == new_chat_id)) is not None:
        gone = await tx.execute(chats.delete().where(chats.c.id == chat_id))
        dropped += gone.rowcount
    if await tx.scalar(sa.select(chat_settings.c.chat_id).where(chat_settings.c.chat_id == new_chat_id)):
        gone = await tx.execute(chat_settings.delete().where(chat_settings.c.chat_id == chat_id))
        dropped += gone.rowcount
    there = sa.select(account_chats.c.account_id).where(account_chats.c.chat_id == new_chat_id)
    gone = await tx.execute(
        account_chats.delete().where(
            account_chats.c.chat_id == chat_id, account_chats.c.account_id.in_(there)
        )
    )
    dropped += gone.rowcount
    # One open question a person and topic: the newer chat's is the newer one.
    asked = sa.select(drafts.c.thread_id, drafts.c.person_id).where(
        drafts.c.chat_id == new_chat_id, drafts.c.state == "asking"
    )
    gone = await tx.execute(
        drafts.delete().where(
            drafts.c.chat_id == chat_id,
            drafts.c.state == "asking",
            sa.tuple_(drafts.c.thread_id, drafts.c.person_id).in_(asked),
        )
    )
    dropped += gone.rowcount
    for column in (contacts.c.msisdn, contact_groups.c.folded, templates.c.folded):
        dropped += await _drop_named_doubles(tx, column, chat_id, new_chat_id)
    return dropped


async def _drop_named_doubles(tx: Transaction, column: sa.Column[str], chat_id: int, new_chat_id: int) -> int:
    """Drop what both chats have under one number or name; how many."""
    table, also = column.table, column.table.alias()
    there = sa.select(also.c[column.name]).where(also.c.chat_id == new_chat_id)
    gone = await tx.execute(table.delete().where(table.c.chat_id == chat_id, column.in_(there)))
    return gone.rowcount
