"""The queues: what waits to leave, whose turn it is, and taking it.

An account has a queue, over all its campaigns. `claims` is the only way out of it towards a gateway.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from providers.model import Kind, MessageState, Reason

from . import balances, doubts
from .db import Transaction, among, insert, numbers_of
from .lateness import is_late, own_moment_is_late
from .ledger import Change, apply
from .schema import accounts, attempt_messages, attempts, campaigns, instance, messages, stops

_AT_ONCE = 1_000  # messages of several requests that are claimed together
_TAKEN_ELSEWHERE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    id: int
    msisdn: str
    tries: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An attempt that is written down and may now go on the wire, once."""

    attempt_id: int
    account_id: int
    campaign_id: int
    ref: str
    messages: tuple[Claimed, ...]
    sender_id: str | None
    kind: Kind
    send_at: datetime | None
    by_recipient_time: bool
    validity: timedelta | None
    not_after: datetime | None  # of the message whose validity period ends first


def _queued(*columns: Any) -> sa.Select[Any]:
    """Queued messages of working accounts that are not held, nor their campaign held or paused, nor the whole
    database held.

    Of a campaign by the recipients' clocks only those are held that missed their moment.
    """
    return (
        sa.select(*columns)
        .select_from(
            messages.join(accounts, accounts.c.id == messages.c.account_id).join(
                campaigns, campaigns.c.id == messages.c.campaign_id
            )
        )
        .where(
            messages.c.state == sa.text("'queued'"),
            accounts.c.stopped.is_(None),
            ~messages.c.held,
            ~campaigns.c.paused,
            ~sa.exists().where(instance.c.held.is_not(None)),
            sa.or_(campaigns.c.held.is_(None), messages.c.send_at.is_not(None)),
        )
    )


# What tells a customer that they are on the stop-list goes to them all the same.
_stopped = sa.and_(
    sa.exists().where(stops.c.account_id == messages.c.account_id, stops.c.msisdn == messages.c.msisdn),
    ~campaigns.c.past_stops,
)

_validity_ends = sa.func.coalesce(
    messages.c.not_after, campaigns.c.not_after, type_=messages.c.not_after.type
)


_TIME = messages.c.due_at.type
_each = accounts.alias()  # by account, so that only the first of its queue is looked at
_HEADS = sa.select(
    _each.c.id,
    _queued(messages.c.due_at)
    .where(messages.c.account_id == _each.c.id)
    .order_by(messages.c.due_at)
    .limit(1)
    .scalar_subquery()
    .label("due_at"),
)


async def heads(tx: Transaction) -> dict[int, datetime]:
    """When the first message of each queue may leave, by account; of working accounts that have one."""
    return {row.id: row.due_at for row in await tx.execute(_HEADS) if row.due_at is not None}


_before = sa.bindparam("before", type_=_TIME)
_outlived = (
    sa.select(messages.c.id)
    .join(campaigns, campaigns.c.id == messages.c.campaign_id)
    .where(messages.c.state == sa.text("'queued'"), _validity_ends <= sa.bindparam("now", type_=_TIME))
)
_late = sa.select(campaigns.c.id).where(is_late(_before))
_late_alone = sa.select(messages.c.id).where(own_moment_is_late(_before))
_MISSED = sa.select(sa.or_(_outlived.exists(), _late.exists(), _late_alone.exists()))


async def missed(tx: Transaction, now: datetime, by: timedelta) -> bool:
    """Whether something outlived its validity before leaving, or missed its time by more than `by`."""
    return bool(await tx.scalar(_MISSED, {"now": now, "before": now - by}))


async def overdue(tx: Transaction, now: datetime) -> list[int]:
    """Queued messages whose validity period is over."""
    return list(
        await tx.scalars(
            sa.select(messages.c.id)
            .join(campaigns, campaigns.c.id == messages.c.campaign_id)
            .where(messages.c.state == sa.text("'queued'"), _validity_ends <= now)
            .limit(10_000)
        )
    )


# While the recipient's clock may still show it, the gateway gets the time with it: it knows whose clock that
# is, and we would send hours early. Only what is past by every clock goes to be sent at once.
_ahead = sa.and_(
    campaigns.c.by_recipient_time,
    sa.or_(messages.c.latest_at.is_(None), messages.c.latest_at > sa.bindparam("now")),
)
_DUE = (
    _queued(
        messages.c.id,
        messages.c.campaign_id,
        messages.c.msisdn,
        messages.c.tries,
        messages.c.alone,
        messages.c.text,
        _validity_ends.label("not_after"),
        _ahead.label("ahead"),
        _stopped.label("stopped"),
    )
    .where(
        messages.c.account_id == sa.bindparam("account"),
        messages.c.due_at <= sa.bindparam("now"),
        sa.or_(_validity_ends.is_(None), _validity_ends > sa.bindparam("now")),
    )
    .order_by(messages.c.due_at, messages.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_FREE = _DUE.with_for_update(of=campaigns, key_share=True, skip_locked=True)
_WAITED_FOR = _DUE.with_for_update(of=campaigns, key_share=True)


async def claim(
    tx: Transaction,
    account_id: int,
    *,
    limit: int,
    mixed: bool = False,
    ref: str,
    now: datetime,
    fence: int = 0,
) -> Claim | None:
    """One request: see `claims`. None: nothing to send now."""
    made, _ = await claims(tx, account_id, limit=limit, mixed=mixed, refs=[ref], now=now, fence=fence)
    return made[0] if made else None


async def claims(
    tx: Transaction,
    account_id: int,
    *,
    limit: int,
    mixed: bool = False,
    refs: Sequence[str],
    now: datetime,
    fence: int = 0,
) -> tuple[list[Claim], bool]:
    """Move queued messages to SUBMITTING, in as many requests as there are `refs`, and write the attempts
    down.

    A request has at most `limit` messages of one campaign, and these have the same text, unless the gateway
    takes them `mixed`. What is due to a number on the stop-list ends here. `fence` is that of the account's
    lease, which the caller has looked at in this transaction. When it has committed, the requests may leave.
    Also whether there may be more to send now; what somebody else is about to send is not counted.
    """
    most = max(limit, min(limit * len(refs), _AT_ONCE))
    found = await _first_due(tx, account_id, most, now)
    stopped = [
        Change(message_id=row.id, to=MessageState.SKIPPED, reason=Reason.STOP_LIST)
        for row in found
        if row.stopped
    ]
    if stopped:
        await apply(tx, stopped, source="desk", now=now)
    wanted = _requests([row for row in found if not row.stopped], limit, mixed=mixed)[: len(refs)]
    requests = await _begin(tx, account_id, list(zip(refs, wanted, strict=False)), fence, now)
    if not requests:
        return [], bool(found)
    taken = [row.id for _, _, rows in requests for row in rows]
    changes = [Change(message_id=one, to=MessageState.SUBMITTING) for one in taken]
    also = {"ref": requests[0][1] if len(requests) == 1 else _ref, "tries": messages.c.tries + 1}
    moved = {one.message_id for one in await apply(tx, changes, source="submit", now=now, also=also)}
    if moved != set(taken):
        raise RuntimeError(f"of {len(taken)} messages that were queued {len(moved)} can be sent")
    await balances.spend(tx, account_id, now)
    facts = await _facts(tx, {rows[0].campaign_id for _, _, rows in requests})
    made = [
        _claim(facts[rows[0].campaign_id], account_id, attempt_id, ref, rows)
        for attempt_id, ref, rows in requests
    ]
    return made, len(found) == most or len(taken) < len(found)


_Rows = Sequence[sa.Row[Any]]


async def _first_due(tx: Transaction, account_id: int, most: int, now: datetime) -> _Rows:
    """What is due first, and its campaigns for oneself: what nobody is at work on, if possible."""
    asked = {"account": account_id, "now": now, "most": most}
    if tx.dialect.name == "sqlite":  # which has one writer
        return await _due_now(tx, _DUE, asked)
    free = await _due_now(tx, _FREE, asked)
    if not free:
        # One campaign is waited for, with nothing else in hand: who waits for several must keep to an order.
        if not await _due_now(tx, _WAITED_FOR, asked | {"most": 1}):
            return []
        free = await _due_now(tx, _FREE, asked)
    # That found the messages before it had the campaigns: whoever had one of them then may have cancelled or
    # held what it found. What is seen now stays.
    ids = among(tx, [row.id for row in free])
    return await _due_now(tx, _DUE.where(messages.c.id.in_(ids)), asked)


async def _due_now(tx: Transaction, due: sa.Select[Any], asked: Mapping[str, Any]) -> _Rows:
    return list(await tx.execute(due, asked))


def _requests(found: _Rows, limit: int, *, mixed: bool) -> list[_Rows]:
    """These messages by what may go together, in the order of the first of each."""
    together: dict[Any, list[sa.Row[Any]]] = {}
    for row in found:
        alike = (row.campaign_id, row.ahead, mixed or row.text, row.id if row.alone else None)
        together.setdefault(alike, []).append(row)
    return [rows[start : start + limit] for rows in together.values() for start in range(0, len(rows), limit)]


async def _begin(
    tx: Transaction, account_id: int, wanted: Sequence[tuple[str, _Rows]], fence: int, now: datetime
) -> list[tuple[int, str, _Rows]]:
    """Attempts for these requests, each with its messages: those of which no other attempt is live, or is
    proved to have sent them.

    Where none is left there is no attempt. The unique index is what decides. Where it, or a proof, stands
    against a message that is queued something is wrong, and it is looked at again in a while: to send it
    might be to send it twice.
    """
    if not wanted:
        return []
    same = {"account_id": account_id, "fence": fence, "started_at": now}
    begun = await tx.execute(
        _BEGIN, [{"ref": ref, "campaign_id": rows[0].campaign_id, **same} for ref, rows in wanted]
    )
    ids = {ref: attempt_id for attempt_id, ref in begun}
    sent = await _sent_before(tx, [row for _, rows in wanted for row in rows])
    free = {row.id: ids[ref] for ref, rows in wanted for row in rows if row.id not in sent}
    live = numbers_of(tx, free)
    taken = set(
        await tx.scalars(
            insert(tx, attempt_messages)
            .from_select(
                ["attempt_id", "message_id", "live"],
                sa.select(live.c.value, live.c.id, sa.true()).where(sa.true()),
            )
            .on_conflict_do_nothing()
            .returning(attempt_messages.c.message_id)
        )
    )
    others = [row.id for _, rows in wanted for row in rows if row.id not in taken]
    if others:
        await tx.execute(
            messages.update()
            .where(messages.c.id.in_(among(tx, others)))
            .values(due_at=now + _TAKEN_ELSEWHERE)
        )
    requests = [(ids[ref], ref, [row for row in rows if row.id in taken]) for ref, rows in wanted]
    vain = [attempt_id for attempt_id, _, rows in requests if not rows]
    if vain:
        await tx.execute(attempts.delete().where(attempts.c.id.in_(vain)))
    return [one for one in requests if one[2]]


_BEGIN = attempts.insert().returning(attempts.c.id, attempts.c.ref)
_ref = (
    sa.select(attempts.c.ref)
    .join(attempt_messages, attempt_messages.c.attempt_id == attempts.c.id)
    .where(attempt_messages.c.message_id == messages.c.id, sa.text("attempt_messages.live"))
    .correlate(messages)
    .scalar_subquery()
)


async def _sent_before(tx: Transaction, rows: _Rows) -> set[int]:
    """Those of these messages that an earlier attempt is proved to have sent."""
    tried: dict[int, list[int]] = {}
    for row in rows:
        if row.tries:
            tried.setdefault(row.campaign_id, []).append(row.id)
    sent: set[int] = set()
    for campaign_id, ids in tried.items():
        sent |= (await doubts.found(tx, campaign_id, ids)).keys()
    return sent


_FACTS = ("id", "text", "sender_id", "kind", "send_at", "by_recipient_time", "validity")


async def _facts(tx: Transaction, campaign_ids: Iterable[int]) -> dict[int, sa.Row[Any]]:
    """What these campaigns have in common for all of their messages."""
    columns = [campaigns.c[name] for name in _FACTS]
    rows = await tx.execute(sa.select(*columns).where(campaigns.c.id.in_(among(tx, campaign_ids))))
    return {row.id: row for row in rows}


def _claim(campaign: sa.Row[Any], account_id: int, attempt_id: int, ref: str, rows: _Rows) -> Claim:
    ahead = bool(rows[0].ahead)
    return Claim(
        attempt_id=attempt_id,
        account_id=account_id,
        campaign_id=campaign.id,
        ref=ref,
        messages=tuple(
            Claimed(
                id=row.id,
                msisdn=row.msisdn,
                tries=row.tries + 1,
                text=campaign.text if row.text is None else row.text,
            )
            for row in rows
        ),
        sender_id=campaign.sender_id,
        kind=Kind(campaign.kind),
        send_at=None if campaign.by_recipient_time and not ahead else campaign.send_at,
        by_recipient_time=ahead,
        validity=None if campaign.validity is None else timedelta(seconds=campaign.validity),
        not_after=min((row.not_after for row in rows if row.not_after is not None), default=None),
    )
