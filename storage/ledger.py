"""The ledger: campaigns, their messages, the attempts on the wire, and every change of state.

`apply` is the only way a message changes state. It goes by the one transition table, writes an event for
every change and for every report that was not followed, and asks for the card to be redrawn, all in the
caller's transaction. It holds the row of each campaign, which guards all that belongs to it: whoever changes
messages of several campaigns in several steps takes those rows first, with `lock`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from providers.model import TRANSITIONS, Kind, MessageState, Reason, Receipt

from . import balances, cards, doubts
from .db import Transaction, among, rows_of
from .schema import (
    account_chats,
    attempt_messages,
    attempts,
    campaigns,
    events,
    messages,
    recipients,
)

_SEVERAL = 500  # values in one IN list, below SQLite's limit on parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCampaign:
    """What a person confirmed. `due_at`: not before this may anything leave.

    Its numbers are `msisdns`, or the recipients of an audience, who may each have a text of their own.

    `moments`: by MSISDN, when a message is to leave by its recipient's clock. With `by_recipient_time` the
    gateway sees to that clock and everything is handed over at `due_at`; a moment is the first then at which
    that clock may show the time, and `latest` the last. Else each waits here for its moment.
    """

    chat_id: int
    thread_id: int
    account_id: int
    author_id: int
    author: str
    text: str
    sender_id: str | None
    send_at: datetime | None
    validity: timedelta | None
    msisdns: tuple[str, ...]
    segments: int  # of one message
    due_at: datetime
    kind: Kind = Kind.SMS
    by_recipient_time: bool = False
    moments: Mapping[str, datetime] = field(default_factory=dict)
    latest: Mapping[str, datetime] = field(default_factory=dict)
    audience_id: int | None = None
    ends: datetime | None = None  # the last moment at which a recipient of an audience is to get it
    again_of: int | None = None
    columns: Mapping[str, Any] | None = None  # of the file its audience came from
    reserved: Decimal | None = None  # what it is to cost
    past_stops: bool = False  # it tells its number, which is on the stop-list, of that

    def due(self, msisdn: str) -> datetime:
        if self.by_recipient_time:
            return self.due_at
        return max(self.due_at, self.moments.get(msisdn, self.due_at))

    def not_after(self, msisdn: str) -> datetime | None:
        """When its validity period is over, where it has a moment of its own."""
        starts = self.latest.get(msisdn, self.moments.get(msisdn))
        return None if self.validity is None or starts is None else starts + self.validity


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What was learnt of a message. `to` None: a word nobody knows, kept as an event."""

    message_id: int
    to: MessageState | None
    reason: Reason | None = None
    code: str | None = None
    raw: str | None = None
    entry: str | None = None  # of the reason dictionary
    note: str | None = None  # kept beside the state, and when a later change brings none
    price: Decimal | None = None
    read: bool = False
    gateway_ids: tuple[str, ...] = ()
    due_at: datetime | None = None  # for QUEUED: not before this
    alone: bool = False  # for QUEUED: by itself, its batch was refused
    provisional: bool = False  # kept as an event, moves nothing yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A change that happened."""

    campaign_id: int
    message_id: int
    to: MessageState


def chunks(ids: Iterable[int]) -> list[list[int]]:
    every = list(ids)
    return [every[start : start + _SEVERAL] for start in range(0, len(every), _SEVERAL)]


async def create(tx: Transaction, new: NewCampaign, now: datetime) -> int:
    """Write a campaign and its messages, QUEUED. Returns the campaign's number."""
    starts = max([*new.moments.values(), *new.latest.values()], default=new.ends or new.send_at or now)
    campaign_id: int = (
        await tx.scalars(
            campaigns.insert()
            .returning(campaigns.c.id)
            .values(
                chat_id=new.chat_id,
                thread_id=new.thread_id,
                account_id=new.account_id,
                author_id=new.author_id,
                author=new.author,
                text=new.text,
                sender_id=new.sender_id,
                kind=new.kind,
                send_at=new.send_at,
                by_recipient_time=new.by_recipient_time,
                validity=None if new.validity is None else int(new.validity.total_seconds()),
                not_after=None if new.validity is None else starts + new.validity,
                created_at=now,
                again_of=new.again_of,
                columns=None if new.columns is None else dict(new.columns),
                reserved=new.reserved,
                past_stops=new.past_stops,
            )
        )
    ).one()
    if new.audience_id is not None:
        await _add_audience(tx, campaign_id, new, new.audience_id)
        return campaign_id
    await tx.execute(
        messages.insert(),
        [
            {
                "campaign_id": campaign_id,
                "account_id": new.account_id,
                "msisdn": msisdn,
                "state": MessageState.QUEUED,
                "segments": new.segments,
                "due_at": new.due(msisdn),
                "send_at": new.moments.get(msisdn),
                "latest_at": new.latest.get(msisdn),
                "not_after": new.not_after(msisdn),
                "gateway_ids": [],
            }
            for msisdn in new.msisdns
        ],
    )
    return campaign_id


async def _add_audience(tx: Transaction, campaign_id: int, new: NewCampaign, audience_id: int) -> None:
    """The messages of a campaign from its frozen audience; the database copies them, however many."""
    same: dict[str, Any] = {
        "campaign_id": campaign_id,
        "account_id": new.account_id,
        "state": MessageState.QUEUED,
        "gateway_ids": [],
    }
    given = [sa.literal(value, messages.c[name].type).label(name) for name, value in same.items()]
    due_at = sa.literal(new.due_at, messages.c.due_at.type)
    moment = recipients.c.send_at
    own = (
        recipients.c.msisdn,
        recipients.c.text,
        recipients.c.segments,
        sa.case((moment > due_at, moment), else_=due_at).label("due_at"),
        moment,
        moment.label("latest_at"),
        (sa.cast(sa.null(), messages.c.fields.type) if new.columns is None else recipients.c["values"]).label(
            "fields"
        ),
    )
    frozen = (
        sa.select(*given, *own)
        .where(recipients.c.audience_id == audience_id, recipients.c.stopped.is_(False))
        .order_by(recipients.c.place)
    )
    names = [*same, "msisdn", "text", "segments", "due_at", "send_at", "latest_at", "fields"]
    await tx.execute(messages.insert().from_select(names, frozen))


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """How an attempt ended. `live` False frees its messages for another attempt."""

    attempt_id: int
    outcome: str
    live: bool
    receipt: Receipt | None = None
    raw: str | None = None


_ENDS = ("ended_at", "outcome", "gateway_id", "unmapped_ids", "cost", "accepted", "raw")
_CLOSE = (
    attempts.update()
    .where(attempts.c.id == sa.bindparam("id_"))
    .values({name: sa.bindparam(name) for name in _ENDS})
)


async def close_attempts(tx: Transaction, closings: Sequence[Closing], now: datetime) -> None:
    """Write down how attempts ended."""
    await tx.execute(
        _CLOSE,
        [
            {
                "id_": one.attempt_id,
                "ended_at": now,
                "outcome": one.outcome,
                "gateway_id": one.receipt and one.receipt.gateway_id,
                "unmapped_ids": (one.receipt and list(one.receipt.unmapped_ids)) or None,
                "cost": one.receipt and one.receipt.cost,
                "accepted": one.receipt and one.receipt.accepted,
                "raw": one.raw,
            }
            for one in closings
        ],
    )
    ids = among(tx, [one.attempt_id for one in closings])
    for account_id in await tx.scalars(
        sa.select(attempts.c.account_id).where(attempts.c.id.in_(ids)).distinct()
    ):
        await balances.spend(tx, account_id, now)
    freed = [one.attempt_id for one in closings if not one.live]
    if freed:
        await tx.execute(
            attempt_messages.update().where(attempt_messages.c.attempt_id.in_(freed)).values(live=False)
        )


async def keep_receipt(tx: Transaction, attempt_id: int, receipt: Receipt) -> None:
    """What the gateway said of an attempt that was given up for lost."""
    await tx.execute(
        attempts.update()
        .where(attempts.c.id == attempt_id)
        .values(
            outcome="accepted",
            gateway_id=receipt.gateway_id,
            unmapped_ids=list(receipt.unmapped_ids) or None,
            cost=receipt.cost,
        )
    )


async def apply(
    tx: Transaction,
    changes: Sequence[Change],
    *,
    source: str,
    now: datetime,
    also: Mapping[str, Any] | None = None,
    first_check: datetime | None = None,
) -> list[Moved]:
    """Change states by the transition table; what it forbids is kept as an event and moves nothing.

    `also`: columns to write besides, and what into them, where something moves. `first_check`: when what is
    accepted is to be asked about.
    """
    await lock(tx, [change.message_id for change in changes])
    standing = await _standing(tx, [change.message_id for change in changes])
    moved: list[Moved] = []
    certain: list[int] = []
    alike: dict[Any, dict[int, tuple[str, ...] | None]] = {}
    notes: dict[Any, list[int]] = {}
    for change in changes:
        campaign_id, was = standing[change.message_id]
        moves = change.to is not None and change.to in TRANSITIONS[was] and not change.provisional
        if moves and change.to is not None:
            moved.append(Moved(campaign_id=campaign_id, message_id=change.message_id, to=change.to))
            alike.setdefault(_what(change), {})[change.message_id] = change.gateway_ids or None
            certain += [change.message_id] if was == MessageState.UNCERTAIN else []
        if moves or (change.to != was and await _is_news(tx, change)):
            told = (was, change.to, moves, change.code, change.raw)
            notes.setdefault(told, []).append(change.message_id)
    for what, ids in alike.items():
        await _change(tx, dict(zip(_WHAT, what, strict=True)), ids, now, also or {}, first_check)
    for told, noted in notes.items():
        await _note(tx, told, noted, source=source, now=now)
    for ids_ in chunks(certain):
        await doubts.left(tx, ids_, now)
    await cards.redraw(tx, {one.campaign_id for one in moved}, now)
    return moved


async def note(
    tx: Transaction, message_id: int, *, told: str, raw: str | None, source: str, now: datetime
) -> None:
    """Keep as an event what was told of a message and is not to be followed."""
    standing = await _standing(tx, [message_id])
    _, was = standing[message_id]
    await tx.execute(
        events.insert().values(
            message_id=message_id, at=now, source=source, was=was, told=told[:16], moved=False, raw=raw
        )
    )


async def _is_news(tx: Transaction, change: Change) -> bool:
    """Whether a report that moves nothing differs from what was told before: polls repeat themselves."""
    told = events.c.told.is_(None) if change.to is None else events.c.told == change.to
    known = await tx.scalar(
        sa.select(sa.func.count()).where(
            events.c.message_id == change.message_id, told, events.c.raw == change.raw, ~events.c.moved
        )
    )
    return not known


# What many messages of one answer have in common: they are changed by one statement.
_WHAT = ("to", "reason", "code", "raw", "entry", "note", "price", "read", "alone", "due_at")
_what = attrgetter(*_WHAT)


async def _change(
    tx: Transaction,
    what: Mapping[str, Any],
    ids: Mapping[int, tuple[str, ...] | None],
    now: datetime,
    also: Mapping[str, Any],
    first_check: datetime | None,
) -> None:
    """Bring messages into a state, each with the ids that its gateway gave it, where it gave any."""
    row = messages.c
    values: dict[str, Any] = {name: what[name] for name in ("reason", "code", "raw", "entry")} | dict(also)
    values |= {name: what[name] for name in ("note", "price", "due_at") if what[name] is not None}
    values |= {name: True for name in ("read", "alone") if what[name]}
    if what["to"] in {MessageState.ACCEPTED, MessageState.UNCERTAIN}:  # it is at the gateway
        values["accepted_at"] = sa.func.coalesce(row.accepted_at, sa.literal(now, row.accepted_at.type))
    asked = first_check if what["to"] == MessageState.ACCEPTED else None
    values |= {"check_at": asked, "checks": int(asked is not None)}
    change = messages.update().values(state=what["to"], **values)
    first, *others = set(ids.values())
    if others:
        told = rows_of(tx, ids)
        change = change.where(row.id == told.c.id)
        change = change.values(gateway_ids=sa.func.coalesce(told.c.value, row.gateway_ids))
    else:
        change = change.where(row.id.in_(among(tx, ids)))
        change = change if first is None else change.values(gateway_ids=list(first))
    await tx.execute(change)


async def _note(
    tx: Transaction, told: tuple[Any, ...], ids: Sequence[int], *, source: str, now: datetime
) -> None:
    """Write an event for each of these messages."""
    names = ("at", "source", "was", "told", "moved", "code", "raw")
    values = zip(names, (now, source, *told), strict=True)
    same = [sa.literal(value, events.c[name].type).label(name) for name, value in values]
    every = among(tx, ids).subquery()
    await tx.execute(events.insert().from_select(["message_id", *names], sa.select(every.c.value, *same)))


async def lock(tx: Transaction, message_ids: Iterable[int], *, stops: int | None = None) -> None:
    """Have the campaigns of these messages for oneself until the transaction ends.

    `stops`: and those that wait for this account, which is about to be stopped.
    """
    if tx.dialect.name == "sqlite":  # which has one writer
        return
    ids = among(tx, message_ids)
    found = await tx.scalars(sa.select(messages.c.campaign_id).where(messages.c.id.in_(ids)).distinct())
    await lock_campaigns(tx, found, stops=stops)


async def doubted_before(tx: Transaction, attempt_ids: Sequence[int]) -> int:
    """How many requests were in doubt before these, for the message of theirs that has the most."""
    earlier = attempt_messages.alias()
    counts = (
        sa.select(sa.func.count().label("count"))
        .select_from(attempt_messages)
        .join(earlier, earlier.c.message_id == attempt_messages.c.message_id)
        .where(
            attempt_messages.c.attempt_id.in_(attempt_ids),
            attempt_messages.c.in_doubt,
            earlier.c.attempt_id < attempt_messages.c.attempt_id,
            earlier.c.in_doubt,
        )
        .group_by(attempt_messages.c.attempt_id, attempt_messages.c.message_id)
        .subquery()
    )
    most: int | None = await tx.scalar(sa.select(sa.func.max(counts.c.count)))
    return most or 0


async def lock_attempts(tx: Transaction, attempt_ids: Iterable[int], *, stops: int | None = None) -> None:
    """The same with the campaigns of these attempts, whose doubts they guard."""
    found: set[int] = set()
    for chunk in chunks(attempt_ids):
        found |= set(await tx.scalars(sa.select(attempts.c.campaign_id).where(attempts.c.id.in_(chunk))))
    await lock_campaigns(tx, found, stops=stops)


async def waiting_for(tx: Transaction, account_id: int) -> list[int]:
    """Campaigns with messages that wait for this account."""
    return list(
        await tx.scalars(
            sa.select(messages.c.campaign_id)
            .where(messages.c.account_id == account_id, messages.c.state == sa.text("'queued'"))
            .distinct()
        )
    )


async def lock_campaigns(tx: Transaction, campaign_ids: Iterable[int], *, stops: int | None = None) -> None:
    """Have these campaigns for oneself until the transaction ends: all at once, in everybody's order."""
    if tx.dialect.name == "sqlite":
        return
    found = set(campaign_ids)
    if stops is not None:
        found |= set(await waiting_for(tx, stops))
    for chunk in chunks(sorted(found)):
        await tx.execute(
            sa.select(campaigns.c.id)
            .where(campaigns.c.id.in_(chunk))
            .order_by(campaigns.c.id)
            .with_for_update(key_share=True)
        )


async def _standing(tx: Transaction, ids: list[int]) -> dict[int, tuple[int, MessageState]]:
    """The campaigns of these messages and how they stand; nobody else moves them in this transaction."""
    rows = await tx.execute(
        sa.select(messages.c.id, messages.c.campaign_id, messages.c.state)
        .where(messages.c.id.in_(among(tx, ids)))
        .order_by(messages.c.id)
        .with_for_update(of=messages)
    )
    return {message_id: (campaign_id, _STATES[state]) for message_id, campaign_id, state in rows}


_STATES = {str(state): state for state in MessageState}


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTheWire:
    """An attempt that nobody has closed, with those of its messages that are SUBMITTING."""

    attempt_id: int
    account_id: int
    message_ids: tuple[int, ...]


# Spelt as in its partial index, or SQLite does not use that.
_live = sa.text("attempt_messages.live")


async def on_the_wire(tx: Transaction, *where: sa.ColumnElement[bool]) -> list[OnTheWire]:
    """Such attempts, oldest first."""
    submitting = sa.select(messages.c.id).where(messages.c.state == sa.text("'submitting'"))
    rows = await tx.execute(
        sa.select(attempts.c.id, attempts.c.account_id, attempt_messages.c.message_id)
        .join(attempt_messages, attempt_messages.c.attempt_id == attempts.c.id)
        .where(attempt_messages.c.message_id.in_(submitting), _live, *where)
    )
    found: dict[tuple[int, int], list[int]] = {}
    for row in sorted(rows):
        found.setdefault((row.id, row.account_id), []).append(row.message_id)
    return [
        OnTheWire(attempt_id=attempt_id, account_id=account_id, message_ids=tuple(ids))
        for (attempt_id, account_id), ids in found.items()
    ]


async def stranded(tx: Transaction, account_id: int, fence: int) -> list[OnTheWire]:
    """What an account has on the wire under an older fence: whoever sent it has lost the account."""
    return await on_the_wire(tx, attempts.c.account_id == account_id, attempts.c.fence < fence)


async def by_ref(tx: Transaction, ref: str) -> OnTheWire | None:
    """The attempt of this ref, if it is on the wire."""
    return next(iter(await on_the_wire(tx, attempts.c.ref == ref)), None)


async def still_open(tx: Transaction, attempt_ids: Iterable[int]) -> set[int]:
    """Those of these attempts that nobody has closed; until this transaction ends nobody can."""
    open_ = await tx.scalars(
        sa.select(attempts.c.id)
        .where(attempts.c.id.in_(among(tx, attempt_ids)), attempts.c.ended_at.is_(None))
        .order_by(attempts.c.id)
        .with_for_update()
    )
    return set(open_)


async def live(tx: Transaction, attempt_id: int) -> set[int]:
    """Messages of an attempt for which there has been no other since."""
    return set(
        await tx.scalars(
            sa.select(attempt_messages.c.message_id).where(
                attempt_messages.c.attempt_id == attempt_id, attempt_messages.c.live
            )
        )
    )


async def queued(tx: Transaction, campaign_id: int) -> list[int]:
    """Messages of a campaign that have not left."""
    return list(
        await tx.scalars(
            sa.select(messages.c.id).where(
                messages.c.campaign_id == campaign_id, messages.c.state == MessageState.QUEUED
            )
        )
    )


async def chats_waiting(tx: Transaction, account_id: int) -> list[tuple[int, int]]:
    """Chats to tell that an account stopped, each with how many of its messages wait."""
    waiting = sa.func.count(messages.c.id)
    rows = await tx.execute(
        sa.select(account_chats.c.chat_id, waiting)
        .select_from(
            account_chats.outerjoin(campaigns, campaigns.c.chat_id == account_chats.c.chat_id).outerjoin(
                messages,
                sa.and_(
                    messages.c.campaign_id == campaigns.c.id,
                    messages.c.account_id == account_id,
                    messages.c.state == MessageState.QUEUED,
                ),
            )
        )
        .where(account_chats.c.account_id == account_id)
        .group_by(account_chats.c.chat_id)
    )
    return [(row[0], row[1]) for row in rows]


async def mark_read(tx: Transaction, message_id: int, now: datetime) -> None:
    """A person has read it; that is no state, and may be learnt after the end."""
    marked = await tx.execute(
        messages.update()
        .where(messages.c.id == message_id, ~messages.c.read)
        .values(read=True)
        .returning(messages.c.campaign_id)
    )
    await cards.redraw(tx, list(marked.scalars()), now)
