"""When to ask a gateway about which message, and what it is to call back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from providers.model import Kind, MessageState

from .db import Transaction, among
from .ledger import chunks, lock
from .schema import accounts, attempt_messages, attempts, campaigns, events, messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A message whose gateway is to be asked now."""

    message_id: int
    campaign_id: int
    account_id: int
    state: MessageState
    ref: str
    msisdn: str
    gateway_ids: tuple[str, ...]
    kind: Kind
    checks: int
    since: datetime  # accepted, or the time it was to be sent at if that is later


async def schedule(tx: Transaction, checks: dict[int, datetime | None]) -> None:
    """Say when each message is to be asked about next; None: no more."""
    alike: dict[datetime | None, list[int]] = {}
    for message_id, at in checks.items():
        alike.setdefault(at, []).append(message_id)
    for at, ids in alike.items():
        await tx.execute(
            messages.update()
            .where(messages.c.id.in_(among(tx, ids)))
            .values(check_at=at, checks=messages.c.checks + 1)
        )


async def at_once(tx: Transaction, message_ids: Iterable[int], now: datetime) -> None:
    """Ask now about those of these that are to be asked about at all. Does not count as a check."""
    ids = list(message_ids)
    await lock(tx, ids)
    await tx.execute(
        messages.update()
        .where(messages.c.id.in_(among(tx, ids)), messages.c.check_at.is_not(None))
        .values(check_at=now)
    )


async def all_at_once(tx: Transaction, now: datetime) -> None:
    """Ask now about everything that is to be asked about at all. Does not count as a check."""
    await tx.execute(messages.update().where(messages.c.check_at.is_not(None)).values(check_at=now))


async def due(tx: Transaction, now: datetime, limit: int, *, besides: Iterable[int] = ()) -> list[Check]:
    """Messages to ask about now, of working accounts besides these: of each the `limit` longest waiting."""
    waiting = sa.exists().where(messages.c.account_id == accounts.c.id, messages.c.check_at <= now)
    account_ids = await tx.scalars(
        sa.select(accounts.c.id)
        .where(accounts.c.stopped.is_(None), accounts.c.id.not_in(list(besides)), waiting)
        .order_by(accounts.c.id)
    )
    return [check for account_id in account_ids.all() for check in await _due_of(tx, account_id, now, limit)]


async def _due_of(tx: Transaction, account_id: int, now: datetime, limit: int) -> list[Check]:
    rows = await tx.execute(
        _CHECKS.where(messages.c.check_at <= now, messages.c.account_id == account_id)
        .order_by(messages.c.check_at)
        .limit(limit)
    )
    return [_check(row) for row in rows]


async def of(tx: Transaction, message_id: int) -> Check:
    """One message, as if its gateway were to be asked now: it told by itself."""
    return _check((await tx.execute(_CHECKS.where(messages.c.id == message_id))).one())


async def first_told(tx: Transaction, message_ids: Iterable[int]) -> dict[tuple[int, str], datetime]:
    """When each state that was told and not followed was first told: by message and state."""
    found: dict[tuple[int, str], datetime] = {}
    for chunk in chunks(message_ids):
        rows = await tx.execute(
            sa.select(events.c.message_id, events.c.told, sa.func.min(events.c.at, type_=events.c.at.type))
            .where(events.c.message_id.in_(chunk), ~events.c.moved, events.c.told.is_not(None))
            .group_by(events.c.message_id, events.c.told)
        )
        found |= {(message_id, told): at for message_id, told, at in rows}
    return found


_CHECKS = sa.select(
    messages,
    campaigns.c.kind,
    campaigns.c.send_at.label("campaign_send_at"),
).join(campaigns, campaigns.c.id == messages.c.campaign_id)


def _check(row: sa.Row[Any]) -> Check:
    accepted_at = row.accepted_at or row.due_at  # a refused one was never accepted
    # By whose clock a gateway sends we may not know: then it may have sent as late as the last of them.
    send_at = row.latest_at or row.send_at or row.campaign_send_at or accepted_at
    return Check(
        message_id=row.id,
        campaign_id=row.campaign_id,
        account_id=row.account_id,
        state=MessageState(row.state),
        ref=row.ref,
        msisdn=row.msisdn,
        gateway_ids=tuple(row.gateway_ids),
        kind=Kind(row.kind),
        checks=row.checks,
        since=max(accepted_at, send_at),
    )


async def next_due(tx: Transaction, *, besides: Iterable[int] = ()) -> datetime | None:
    """When the next message is to be asked about, of working accounts besides these."""
    first = (
        sa.select(messages.c.check_at)
        .where(messages.c.account_id == accounts.c.id, messages.c.check_at.is_not(None))
        .order_by(messages.c.check_at)
        .limit(1)
    )
    due = await tx.scalars(
        sa.select(first.scalar_subquery()).where(
            accounts.c.stopped.is_(None), accounts.c.id.not_in(list(besides))
        )
    )
    return min((at for at in due if at is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """An attempt to call back at the gateway, with its messages that have no end yet."""

    attempt_id: int
    account_id: int
    ref: str
    kind: Kind
    messages: tuple[tuple[int, str, tuple[str, ...]], ...]  # id, msisdn, gateway ids


async def recalls(tx: Transaction) -> list[Recall]:
    """Attempts of cancelled campaigns which the gateway has not been asked to call back."""
    cancelled = sa.select(campaigns.c.id).where(campaigns.c.cancel_wanted_at.is_not(None))
    wanted = await tx.scalars(
        sa.select(attempts.c.id)
        .join(accounts, accounts.c.id == attempts.c.account_id)
        .where(
            attempts.c.campaign_id.in_(cancelled),
            attempts.c.cancelled_at.is_(None),
            accounts.c.stopped.is_(None),
        )
    )
    if not (attempt_ids := wanted.all()):
        return []
    rows = await tx.execute(
        sa.select(
            attempts.c.id,
            attempts.c.account_id,
            attempts.c.ref,
            campaigns.c.kind,
            messages.c.id.label("message_id"),
            messages.c.msisdn,
            messages.c.gateway_ids,
        )
        .join(campaigns, campaigns.c.id == attempts.c.campaign_id)
        .join(attempt_messages, attempt_messages.c.attempt_id == attempts.c.id)
        .join(messages, messages.c.id == attempt_messages.c.message_id)
        .where(
            attempts.c.id.in_(among(tx, attempt_ids)),
            attempt_messages.c.live,
            messages.c.state.in_([MessageState.ACCEPTED, MessageState.MODERATION, MessageState.UNCERTAIN]),
        )
        .order_by(attempts.c.id, messages.c.id)
    )
    found: dict[int, tuple[int, str, Kind, list[tuple[int, str, tuple[str, ...]]]]] = {}
    for row in rows:
        *_, several = found.setdefault(row.id, (row.account_id, row.ref, Kind(row.kind), []))
        several.append((row.message_id, row.msisdn, tuple(row.gateway_ids)))
    return [
        Recall(attempt_id=attempt_id, account_id=account_id, ref=ref, kind=kind, messages=tuple(several))
        for attempt_id, (account_id, ref, kind, several) in found.items()
    ]


async def recalled(tx: Transaction, attempt_id: int, now: datetime) -> None:
    """The gateway was asked; reports will tell what came of it."""
    await tx.execute(attempts.update().where(attempts.c.id == attempt_id).values(cancelled_at=now))
