"""Campaigns as people see and steer them: views for cards and lists, and what a person may ask of one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from providers.model import FINAL, Kind, MessageState, Reason

from . import cards
from .db import Transaction
from .ledger import chunks
from .schema import (
    accounts,
    attempt_messages,
    attempts,
    balances,
    campaigns,
    contacts,
    instance,
    messages,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message as a card shows it. `name`: what its chat calls the number, if anything."""

    id: int
    msisdn: str
    state: MessageState
    reason: Reason | None
    code: str | None
    raw: str | None
    entry: str | None
    read: bool
    note: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignView:
    """A campaign as people see it. `lines` holds at most `LINES` messages; counts hold all.

    `moments`: the earliest and the latest, where each message has its own by the recipient's clock. With
    `by_recipient_time` the gateway sees to it, and the digits of `send_at` in UTC are what that clock shows.
    `currency`: what the gateway counts this account's money in, once it said so.
    """

    id: int
    chat_id: int
    account: str
    gateway: str
    stopped: str | None
    sender_id: str | None
    text: str
    author: str
    created_at: datetime
    send_at: datetime | None
    held: str | None
    recovering: bool  # everything is held (storage.hold)
    cancelling: bool
    segments: int
    counts: dict[MessageState, int]
    lines: tuple[Line, ...]
    cost: Decimal | None
    currency: str | None = None
    kind: Kind = Kind.SMS
    by_recipient_time: bool = False
    moments: tuple[datetime, datetime] | None = None
    missed: int = 0  # messages that missed their own moment and wait for a person's word
    purged_at: datetime | None = None  # numbers and text are forgotten since
    paused: bool = False
    again_of: int | None = None
    undo: timedelta | None = None  # between its ✅ and the wire, while nothing has left

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """A campaign as a line of a list."""

    id: int
    text: str
    kind: Kind
    created_at: datetime
    counts: dict[MessageState, int]


LINES = 10

_CALLED = sa.func.nullif(contacts.c.name, "").label("name")
_CALLED_THERE = sa.and_(contacts.c.chat_id == campaigns.c.chat_id, contacts.c.msisdn == messages.c.msisdn)
# Messages, and what their chats call the numbers.
_LINES = sa.select(messages, _CALLED).select_from(messages.join(campaigns).outerjoin(contacts, _CALLED_THERE))


def _line(row: sa.Row[Any]) -> Line:
    return Line(
        id=row.id,
        msisdn=row.msisdn,
        state=MessageState(row.state),
        reason=None if row.reason is None else Reason(row.reason),
        code=row.code,
        raw=row.raw,
        entry=row.entry,
        read=row.read,
        note=row.note,
        name=row.name,
    )


async def view(tx: Transaction, campaign_id: int, *, chat_id: int | None = None) -> CampaignView | None:
    """A campaign with its counts; None if there is none, or none of this chat."""
    query = (
        sa.select(
            campaigns,
            accounts.c.name.label("account"),
            accounts.c.gateway,
            accounts.c.stopped,
            balances.c.currency,
            sa.exists().where(instance.c.held.is_not(None)).label("recovering"),
        )
        .join(accounts, accounts.c.id == campaigns.c.account_id)
        .outerjoin(balances, balances.c.account_id == accounts.c.id)
        .where(campaigns.c.id == campaign_id)
    )
    if chat_id is not None:
        query = query.where(campaigns.c.chat_id == chat_id)
    row = (await tx.execute(query)).one_or_none()
    if row is None:
        return None
    tally = await tx.execute(
        sa.select(
            messages.c.state,
            sa.func.count(),
            sa.func.sum(messages.c.segments),
            sa.func.min(messages.c.send_at, type_=messages.c.send_at.type),
            sa.func.max(messages.c.send_at, type_=messages.c.send_at.type),
            sa.func.sum(sa.cast(messages.c.held, sa.Integer)),
            sa.func.min(messages.c.due_at, type_=messages.c.due_at.type),
            sa.func.sum(messages.c.tries),
        )
        .where(messages.c.campaign_id == campaign_id)
        .group_by(messages.c.state)
    )
    counts: dict[MessageState, int] = {}
    segments = missed = 0
    moments: list[datetime] = []
    undo: timedelta | None = None
    for state, count, parts, earliest, latest, held, due_at, tries in tally:
        counts[MessageState(state)] = count
        segments += parts
        moments += [moment for moment in (earliest, latest) if moment is not None]
        missed += held if state == MessageState.QUEUED else 0
        if state == MessageState.QUEUED and row.send_at is None and not tries and due_at > row.created_at:
            undo = due_at - row.created_at
    lines = await tx.execute(
        _LINES.where(messages.c.campaign_id == campaign_id).order_by(messages.c.id).limit(LINES)
    )
    costs = await tx.scalars(
        sa.select(attempts.c.cost).where(
            attempts.c.campaign_id == campaign_id, attempts.c.outcome.in_(["accepted", "counted"])
        )
    )
    known = [cost for cost in costs if cost is not None]
    waits = row.paused or row.held or row.stopped or row.recovering or row.cancel_wanted_at
    return CampaignView(
        id=row.id,
        chat_id=row.chat_id,
        account=row.account,
        gateway=row.gateway,
        stopped=row.stopped,
        sender_id=row.sender_id,
        text=row.text,
        author=row.author,
        created_at=row.created_at,
        send_at=row.send_at,
        held=row.held,
        recovering=row.recovering,
        cancelling=row.cancel_wanted_at is not None,
        segments=segments,
        counts=counts,
        lines=tuple(_line(line) for line in lines),
        cost=sum(known, Decimal(0)) if known else None,
        currency=row.currency,
        kind=Kind(row.kind),
        by_recipient_time=row.by_recipient_time,
        moments=(min(moments), max(moments)) if moments else None,
        missed=missed,
        purged_at=row.purged_at,
        paused=row.paused,
        again_of=row.again_of,
        undo=None if waits or counts.keys() != {MessageState.QUEUED} else undo,
    )


async def author_of(tx: Transaction, campaign_id: int) -> int | None:
    """The person who confirmed it."""
    author: int | None = await tx.scalar(
        sa.select(campaigns.c.author_id).where(campaigns.c.id == campaign_id)
    )
    return author


async def begun_by(tx: Transaction, author_id: int) -> list[CampaignView]:
    """Campaigns of a person of which something has not come to an end, the oldest first."""
    numbers = await tx.scalars(
        sa.select(campaigns.c.id)
        .where(
            campaigns.c.author_id == author_id,
            sa.exists().where(messages.c.campaign_id == campaigns.c.id, messages.c.state.not_in(FINAL)),
        )
        .order_by(campaigns.c.id)
    )
    views = [await view(tx, number) for number in list(numbers)]
    return [one for one in views if one is not None]


async def lines(tx: Transaction, message_ids: Sequence[int]) -> list[Line]:
    """These messages, in order of their ids."""
    found: list[Line] = []
    for chunk in chunks(sorted(message_ids)):
        rows = await tx.execute(_LINES.where(messages.c.id.in_(chunk)).order_by(messages.c.id))
        found += [_line(row) for row in rows]
    return found


_RECENT = (
    sa.select(campaigns.c.id, campaigns.c.text, campaigns.c.kind, campaigns.c.created_at)
    .where(campaigns.c.chat_id == sa.bindparam("chat"))
    .order_by(campaigns.c.id.desc())
    .limit(sa.bindparam("most"))
)


def _tallied(chosen: sa.Select[Any]) -> sa.Select[Any]:
    """These campaigns, a row for each state that messages of theirs are in, with how many."""
    those = chosen.subquery()
    return (
        sa.select(*those.c, messages.c.state, sa.func.count(messages.c.id).label("many"))
        .outerjoin_from(those, messages, messages.c.campaign_id == those.c.id)
        .group_by(*those.c, messages.c.state)
        .order_by(those.c.id.desc())
    )


_NEWEST = _tallied(_RECENT)
_BELOW = _tallied(_RECENT.where(campaigns.c.id < sa.bindparam("below")))


async def recent(tx: Transaction, chat_id: int, limit: int = 10, *, below: int | None = None) -> list[Brief]:
    """The last campaigns of a chat, newest first; `below`: only those with a smaller number."""
    asked = {"chat": chat_id, "most": limit, **({} if below is None else {"below": below})}
    found: dict[int, Brief] = {}
    counts: dict[int, dict[MessageState, int]] = {}
    for number, text, kind, created_at, state, many in await tx.execute(
        _NEWEST if below is None else _BELOW, asked
    ):
        if number not in found:
            counts[number] = {}
            found[number] = Brief(
                id=number, text=text, kind=Kind(kind), created_at=created_at, counts=counts[number]
            )
        if state is not None:
            counts[number][MessageState(state)] = many
    return list(found.values())


async def want_cancel(tx: Transaction, campaign_id: int, now: datetime) -> None:
    """Keep the wish to stop: what comes back does not leave again, what is at the gateway is called back."""
    await tx.execute(
        campaigns.update().where(campaigns.c.id == campaign_id).values(cancel_wanted_at=now, held=None)
    )
    await cards.redraw(tx, [campaign_id], now)


async def cancel_wanted(tx: Transaction, campaign_id: int) -> bool:
    """Whether a person asked to stop this campaign."""
    wanted = campaigns.c.cancel_wanted_at.is_not(None)
    return await tx.scalar(sa.select(campaigns.c.id).where(campaigns.c.id == campaign_id, wanted)) is not None


async def waiting(tx: Transaction) -> list[int]:
    """Campaigns with messages that have not left."""
    return list(
        await tx.scalars(
            sa.select(messages.c.campaign_id).where(messages.c.state == sa.text("'queued'")).distinct()
        )
    )


async def pause(tx: Transaction, campaign_id: int, *, paused: bool, now: datetime) -> bool:
    """Let nothing more of a campaign leave, or let it leave again. False: it is so already."""
    changed = await tx.execute(
        campaigns.update()
        .where(campaigns.c.id == campaign_id, campaigns.c.paused.is_(not paused))
        .values(paused=paused)
    )
    await cards.redraw(tx, [campaign_id], now)
    return changed.rowcount == 1


async def may_still_leave(tx: Transaction, campaign_id: int) -> bool:
    """Whether some of it has not left, or is on the wire and may come back to leave again."""
    waiting = (MessageState.QUEUED, MessageState.SUBMITTING)
    of_it = sa.and_(messages.c.campaign_id == campaign_id, messages.c.state.in_(waiting))
    return await tx.scalar(sa.select(messages.c.id).where(of_it).limit(1)) is not None


async def first_ends(tx: Transaction, campaign_id: int, most: int) -> list[tuple[str, str | None]]:
    """State and reason of messages of which something was heard, as many as `most` of them."""
    unheard = (MessageState.QUEUED, MessageState.SUBMITTING, MessageState.SKIPPED, MessageState.CANCELLED)
    of_it = sa.and_(messages.c.campaign_id == campaign_id, messages.c.state.not_in(unheard))
    rows = await tx.execute(sa.select(messages.c.state, messages.c.reason).where(of_it).limit(most))
    return [(row.state, row.reason) for row in rows]


async def farewell_since(tx: Transaction, account_ids: Collection[int], msisdn: str, since: datetime) -> bool:
    """Whether one of these accounts was to confirm to a customer since then that they get no more."""
    found = await tx.scalar(
        sa.select(messages.c.id)
        .join(campaigns)
        .where(
            campaigns.c.past_stops,
            campaigns.c.created_at > since,
            messages.c.account_id.in_(account_ids),
            messages.c.msisdn == msisdn,
        )
        .limit(1)
    )
    return found is not None


async def last_price(tx: Transaction, account_id: int) -> Decimal | None:
    """What one segment cost when a gateway last told the cost of a request of this account."""
    row = (
        await tx.execute(
            sa.select(attempts.c.cost, sa.func.sum(messages.c.segments))
            .select_from(attempts.join(attempt_messages).join(messages))
            .where(
                attempts.c.id
                == sa.select(sa.func.max(attempts.c.id))
                .where(attempts.c.account_id == account_id, attempts.c.cost.is_not(None))
                .scalar_subquery()
            )
            .group_by(attempts.c.id, attempts.c.cost)
        )
    ).one_or_none()
    return None if row is None or not row[1] else row.cost / row[1]


async def columns_of(tx: Transaction, campaign_id: int) -> Mapping[str, Any] | None:
    """The columns of the file that its recipients came from; None: they came from none, or are forgotten."""
    found: Mapping[str, Any] | None = await tx.scalar(
        sa.select(campaigns.c.columns).where(campaigns.c.id == campaign_id)
    )
    return found


async def line_of(tx: Transaction, campaign_id: int, msisdn: str) -> Line | None:
    """What became of one number of a campaign."""
    row = (
        await tx.execute(_LINES.where(messages.c.campaign_id == campaign_id, messages.c.msisdn == msisdn))
    ).one_or_none()
    return None if row is None else _line(row)
