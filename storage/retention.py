"""Forgetting numbers and texts: of campaigns that ended long ago, and of one person who asked for it.

What stays is what can be counted: states, segments, costs, times, and a keyed hash in place of each number. A
message whose end is not known is left alone: whoever settles it must see whom it went to.
"""

import functools
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from providers.model import FINAL

from . import audiences as audiences_
from . import contacts as contacts_
from . import keyed, sealed
from .db import Transaction, alone
from .ledger import chunks, lock_campaigns
from .schema import (
    attempt_messages,
    attempts,
    audiences,
    buttons,
    campaigns,
    contacts,
    conversation_cards,
    conversations,
    drafts,
    dropped,
    events,
    evidence,
    inbound,
    messages,
    outbox,
    recipients,
    templates,
    topics,
)
from .vault import Vault, VaultError

SEVERAL = 500  # rows in one transaction, so that nobody waits long for the writer

_Rows = Sequence[sa.Row[*tuple[Any, ...]]]

_FINAL = [state.value for state in FINAL]

# What people write between the figures of a number, as it stands in JSON.
_SEPARATING = (" ", "-", "(", ")", ".", r"\t", r"\n", r"\u00a0", r"\u2011", r"\u2013")


async def ended(tx: Transaction, before: datetime) -> list[int]:
    """Campaigns whose last message ended before the given time and that still hold numbers."""
    of_it = messages.c.campaign_id == campaigns.c.id
    open_ones = sa.exists().where(of_it, messages.c.state.not_in(_FINAL))
    late_ones = sa.exists().where(
        of_it, events.c.message_id == messages.c.id, events.c.moved, events.c.at >= before
    )
    found = await tx.scalars(
        sa.select(campaigns.c.id).where(
            campaigns.c.purged_at.is_(None), campaigns.c.created_at < before, ~open_ones, ~late_ones
        )
    )
    return list(found)


async def purge(tx: Transaction, campaign_id: int, vault: Vault, now: datetime) -> bool:
    """Forget SEVERAL messages of a campaign that has ended. False: it holds no number any more."""
    await lock_campaigns(tx, [campaign_id])
    rows = await tx.execute(
        sa.select(messages.c.id, messages.c.msisdn)
        .where(messages.c.campaign_id == campaign_id, messages.c.number_hash.is_(None))
        .limit(SEVERAL)
    )
    some = rows.all()
    if some:
        await _forget_messages(tx, some, vault)
        return True
    await _close(tx, campaign_id, now)
    return False


async def _close(tx: Transaction, campaign_id: int, now: datetime) -> None:
    """No number is left in a campaign: its text goes as well."""
    await tx.execute(
        campaigns.update().where(campaigns.c.id == campaign_id).values(text="", columns=None, purged_at=now)
    )
    await tx.execute(attempts.update().where(attempts.c.campaign_id == campaign_id).values(raw=None))
    await tx.execute(drafts.delete().where(drafts.c.campaign_id == campaign_id))


async def _forget_messages(tx: Transaction, rows: _Rows, vault: Vault) -> None:
    key = await keyed.key(tx, vault, keyed.NUMBERS)
    await tx.execute(
        messages.update()
        .where(messages.c.id == sa.bindparam("id_"))
        .values(
            # Different for each, as the numbers were, and no number.
            msisdn=sa.bindparam("stand_in"),
            number_hash=sa.bindparam("hash_"),
            text=None,
            fields=None,
            raw=None,
            note=None,
            forget=False,
        ),
        [
            {"id_": row.id, "stand_in": f"#{row.id}", "hash_": keyed.of_number(key, row.msisdn)}
            for row in rows
        ],
    )
    for ids in chunks(row.id for row in rows):
        await tx.execute(evidence.update().where(evidence.c.message_id.in_(ids)).values(raw=None))
        await tx.execute(events.update().where(events.c.message_id.in_(ids)).values(raw=None))
        theirs = sa.select(attempt_messages.c.attempt_id).where(attempt_messages.c.message_id.in_(ids))
        await tx.execute(attempts.update().where(attempts.c.id.in_(theirs)).values(raw=None))


async def purge_inbound(tx: Transaction, before: datetime, vault: Vault) -> bool:
    """Forget SEVERAL incoming SMS from before the given time. False: there are no more.

    Their keys go too: some are made of number and text, and no gateway tells of what is so old.
    """
    await alone(tx, "retention")
    stale = sa.and_(inbound.c.received_at < before, ~inbound.c.key.startswith("#"))
    rows = await tx.execute(
        sa.select(inbound.c.id, inbound.c.msisdn, inbound.c.number_hash).where(stale).limit(SEVERAL)
    )
    some = rows.all()
    await _forget_inbound(tx, [row for row in some if row.number_hash is None], vault)
    await tx.execute(
        inbound.update()
        .where(inbound.c.id.in_([row.id for row in some]))
        .values(key=sa.literal("#") + sa.cast(inbound.c.id, sa.String))
    )
    await _forget_conversations(tx)
    return bool(some)


async def _forget_conversations(tx: Transaction) -> None:
    """Those in which no SMS has its number any more: their cards answer nobody."""
    known = sa.exists().where(
        inbound.c.conversation_id == conversations.c.id, inbound.c.number_hash.is_(None)
    )
    over = sa.select(conversations.c.id).where(~known)
    for shown in (conversation_cards, topics):
        await tx.execute(shown.delete().where(shown.c.conversation_id.in_(over)))
    await tx.execute(conversations.delete().where(~known))


async def _forget_inbound(tx: Transaction, rows: _Rows, vault: Vault) -> None:
    """Their keys stay: a gateway that tells of one again brings no news."""
    if not rows:
        return
    key = await keyed.key(tx, vault, keyed.NUMBERS)
    await tx.execute(
        inbound.update()
        .where(inbound.c.id == sa.bindparam("id_"))
        .values(msisdn=sa.bindparam("stand_in"), number_hash=sa.bindparam("hash_"), text=""),
        [
            {"id_": row.id, "stand_in": f"#{row.id}", "hash_": keyed.of_number(key, row.msisdn)}
            for row in rows
        ],
    )


# One person.


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What there is of a number: messages that have ended, those that have not, what came from it, contacts
    with it."""

    ended: int
    under_way: int
    inbound: int
    contacts: int


async def traces(tx: Transaction, msisdn: str) -> Traces:
    """What `forget_number` would meet now."""
    final = messages.c.state.in_(_FINAL)
    (ended_, under_way) = (
        await tx.execute(
            sa.select(sa.func.count().filter(final), sa.func.count().filter(~final))
            .select_from(messages)
            .where(messages.c.msisdn == msisdn)
        )
    ).one()
    came = await tx.scalar(sa.select(sa.func.count()).select_from(inbound).where(inbound.c.msisdn == msisdn))
    saved = await tx.scalar(
        sa.select(sa.func.count()).select_from(contacts).where(contacts.c.msisdn == msisdn)
    )
    return Traces(ended=ended_, under_way=under_way, inbound=came or 0, contacts=saved or 0)


async def forget_number(tx: Transaction, msisdn: str, vault: Vault, now: datetime) -> Traces:
    """Forget a number and what was said with it; what is under way is forgotten at its end."""
    await alone(tx, "retention")
    theirs = sa.select(messages.c.campaign_id).where(messages.c.msisdn == msisdn)
    await lock_campaigns(tx, set(await tx.scalars(theirs)))
    found = await traces(tx, msisdn)
    await tx.execute(
        messages.update()
        .where(messages.c.msisdn == msisdn, messages.c.state.not_in(_FINAL))
        .values(forget=True)
    )
    rows = await tx.execute(
        sa.select(messages.c.id, messages.c.msisdn, messages.c.campaign_id).where(
            messages.c.msisdn == msisdn, messages.c.state.in_(_FINAL)
        )
    )
    await _forget_ended(tx, rows.all(), vault, now)
    came = await tx.execute(sa.select(inbound.c.id, inbound.c.msisdn).where(inbound.c.msisdn == msisdn))
    await _forget_inbound(tx, came.all(), vault)
    await _forget_conversations(tx)
    await _forget_beside(tx, msisdn, vault)
    return found


async def forget_wanted(tx: Transaction, vault: Vault, now: datetime) -> bool:
    """Forget SEVERAL messages that were under way when asked for and have ended. False: none are left."""
    await alone(tx, "retention")
    rows = await tx.execute(
        sa.select(messages.c.id, messages.c.msisdn, messages.c.campaign_id)
        .where(messages.c.forget, messages.c.state.in_(_FINAL))
        .limit(SEVERAL)
    )
    some = rows.all()
    await lock_campaigns(tx, {row.campaign_id for row in some})
    numbers = {row.msisdn for row in some}
    await _forget_ended(tx, some, vault, now)
    for msisdn in numbers:
        await _forget_beside(tx, msisdn, vault)
    return bool(some)


async def _forget_ended(tx: Transaction, rows: _Rows, vault: Vault, now: datetime) -> None:
    """A text that went to others as well stays with them."""
    if not rows:
        return
    await _forget_messages(tx, rows, vault)
    for campaign_id in sorted({row.campaign_id for row in rows}):
        left = sa.select(messages.c.id).where(
            messages.c.campaign_id == campaign_id, messages.c.number_hash.is_(None)
        )
        if await tx.scalar(left.limit(1)) is None:
            await _close(tx, campaign_id, now)


async def _forget_beside(tx: Transaction, msisdn: str, vault: Vault) -> None:
    """Drafts, buttons and what was said in chats, where they hold the number however it was typed."""
    for table, column in (
        (drafts, drafts.c.content),
        (buttons, buttons.c.subject),
        (outbox, outbox.c.content),
    ):
        (identity,) = table.primary_key.columns
        rows = await tx.execute(sa.select(identity.label("id"), sa.cast(column, sa.Text).label("content")))
        ids = [row.id for row in rows if _holds(row.content, msisdn)]
        for start in range(0, len(ids), SEVERAL):
            await tx.execute(table.delete().where(identity.in_(ids[start : start + SEVERAL])))
    await _forget_audiences(tx, msisdn)
    await _forget_saved(tx, msisdn)
    for row in await sealed.composed(tx):
        if _holds_sealed(row, msisdn, vault):
            await tx.execute(row.column.table.delete().where(row.identity))
    # A row of a file may name somebody else's number as well, however it is written there.
    await tx.execute(messages.update().where(_stands_in(messages.c.fields, msisdn)).values(fields=None))
    # A gateway's reply to a batch is kept with each message of it, and may quote any of their numbers.
    for table, column in ((messages, messages.c.raw), (messages, messages.c.note), (events, events.c.raw)):
        await tx.execute(table.update().where(column.contains(msisdn[-10:])).values({column.name: None}))


async def _forget_audiences(tx: Transaction, msisdn: str) -> None:
    """Lists that are being composed and hold the number, whole: a card was made of each as it is."""
    found = set(
        await tx.scalars(sa.select(recipients.c.audience_id).where(recipients.c.msisdn == msisdn).distinct())
    )
    raws = await tx.stream(sa.select(dropped.c.audience_id, dropped.c.raw))
    found |= {row.audience_id async for row in raws if _holds(row.raw, msisdn)}
    asked = await tx.execute(
        sa.select(audiences.c.id, sa.cast(audiences.c.request, sa.Text).label("request"))
    )
    found |= {row.id for row in asked if row.request and _holds(row.request, msisdn)}
    for audience_id in sorted(found):
        await audiences_.forget(tx, audience_id)


async def _forget_saved(tx: Transaction, msisdn: str) -> None:
    """Contacts with this number; and where somebody wrote it into a name or a text, that as well."""
    await contacts_.delete(
        tx, list(await tx.scalars(sa.select(contacts.c.id).where(contacts.c.msisdn == msisdn)))
    )
    called = await tx.stream(sa.select(contacts.c.id, contacts.c.name).where(contacts.c.name != ""))
    ids = [row.id async for row in called if _holds(row.name, msisdn)]
    for chunk in chunks(ids):
        await tx.execute(contacts.update().where(contacts.c.id.in_(chunk)).values(name="", folded=""))
    texts = await tx.execute(sa.select(templates.c.id, templates.c.name, templates.c.text))
    holding = [row.id for row in texts if _holds(f"{row.name} {row.text}", msisdn)]
    await tx.execute(templates.delete().where(templates.c.id.in_(holding)))


def _holds_sealed(row: sealed.Row, msisdn: str, vault: Vault) -> bool:
    """The same of what is sealed; what opens for nobody may be anything."""
    try:
        return _holds(json.dumps(vault.open(row.owner, row.sealed)), msisdn)
    except VaultError:
        return True


def _stands_in(column: sa.ColumnElement[Any], msisdn: str) -> sa.ColumnElement[bool]:
    """The same of JSON as `_holds`, told by the database."""
    told: sa.ColumnElement[str] = sa.cast(column, sa.Text)
    bare = functools.reduce(_without, _SEPARATING, told)
    # The last two figures stand together in every writing, as a code in Russia does: few rows have these.
    together = {msisdn[-2:], msisdn[-10:-7] if msisdn.startswith("7") else ""}
    return sa.and_(*(told.contains(one) for one in sorted(together)), bare.contains(msisdn[-10:]))


def _without(text: sa.ColumnElement[str], sign: str) -> sa.ColumnElement[str]:
    return sa.func.replace(text, sign, "", type_=sa.Text)


def _holds(content: str, msisdn: str) -> bool:
    """Whether the number stands there, however it was typed, with 8, 7 or nothing before it."""
    return msisdn[-10:] in re.sub(r"[\s()+.\-\u00a0]|\\[nt]|\\u[0-9a-f]{4}", "", content)
