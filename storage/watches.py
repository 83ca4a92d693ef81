"""What chats want to hear of their accounts, and the alarms that are up.

Whoever raises or ends an alarm has the row of its watch for itself (`of_account`), so that two who find the
same thing at the same time tell it once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from .db import Transaction, insert
from .schema import account_chats, alarms, outbox, watches


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Alarms about an account of the chat `home_id` are told in `chat_id`, which was called `title`.

    `below`: at this balance or less; `days`: when what there is lasts no longer than so many.
    """

    id: int
    account_id: int
    home_id: int
    chat_id: int
    thread_id: int
    title: str
    below: Decimal | None
    days: int | None
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One that was told. `amount`: the lowest balance since then."""

    watch_id: int
    kind: str
    level: int
    amount: Decimal | None
    snoozed_until: datetime | None
    notice_id: int


_COLUMNS = [watches.c[name] for name in Watch.__dataclass_fields__]
_ALARM = [alarms.c[name] for name in Alarm.__dataclass_fields__]


def _watch(row: sa.Row[Any]) -> Watch:
    return Watch(**{name: getattr(row, name) for name in Watch.__dataclass_fields__})


def _in_use() -> sa.ColumnElement[bool]:
    """Watches of chats that may still use the account."""
    return sa.exists().where(
        account_chats.c.account_id == watches.c.account_id, account_chats.c.chat_id == watches.c.home_id
    )


async def put(
    tx: Transaction,
    *,
    account_id: int,
    home_id: int,
    chat_id: int,
    thread_id: int,
    title: str,
    below: Decimal | None,
    days: int | None,
    language: str,
) -> int:
    """Watch an account, or watch it otherwise: what was told by then no longer counts. The watch's id."""
    wanted = {
        "chat_id": chat_id,
        "thread_id": thread_id,
        "title": title,
        "below": below,
        "days": days,
        "language": language,
    }
    watch_id = await tx.scalars(
        insert(tx, watches)
        .values(account_id=account_id, home_id=home_id, **wanted)
        .on_conflict_do_update(index_elements=[watches.c.account_id, watches.c.home_id], set_=wanted)
        .returning(watches.c.id)
    )
    found: int = watch_id.one()
    await tx.execute(alarms.delete().where(alarms.c.watch_id == found))
    return found


async def drop(tx: Transaction, account_id: int, home_id: int) -> bool:
    """Watch an account no more. False: nobody did, in this chat."""
    dropped = await tx.execute(
        watches.delete().where(watches.c.account_id == account_id, watches.c.home_id == home_id)
    )
    return dropped.rowcount == 1


async def forget_told_in(tx: Transaction, chat_id: int) -> None:
    """Tell nothing more in a chat, such as that of a person who has no role any more."""
    await tx.execute(watches.delete().where(watches.c.chat_id == chat_id))


async def get(tx: Transaction, watch_id: int) -> Watch | None:
    """A watch of a chat that may still use the account."""
    row = (await tx.execute(sa.select(*_COLUMNS).where(watches.c.id == watch_id, _in_use()))).one_or_none()
    return None if row is None else _watch(row)


async def of_home(tx: Transaction, home_id: int) -> list[Watch]:
    """What a chat watches."""
    rows = await tx.execute(
        sa.select(*_COLUMNS).where(watches.c.home_id == home_id, _in_use()).order_by(watches.c.account_id)
    )
    return [_watch(row) for row in rows]


async def told_in(tx: Transaction, chat_id: int) -> bool:
    """Whether anything is to be told in this chat."""
    return await tx.scalar(sa.select(watches.c.id).where(watches.c.chat_id == chat_id).limit(1)) is not None


async def accounts(tx: Transaction, among: Iterable[int]) -> list[int]:
    """Those of these accounts that anybody watches."""
    query = sa.select(watches.c.account_id).where(watches.c.account_id.in_(list(among)), _in_use()).distinct()
    return sorted(await tx.scalars(query))


async def of_account(tx: Transaction, account_id: int, *, held: bool = False) -> list[Watch]:
    """Who watches an account. `held`: nobody else raises or ends their alarms until the transaction ends."""
    query = sa.select(*_COLUMNS).where(watches.c.account_id == account_id, _in_use()).order_by(watches.c.id)
    rows = await tx.execute(query.with_for_update(of=watches) if held else query)
    return [_watch(row) for row in rows]


# Alarms


async def alarms_of(tx: Transaction, watch_id: int) -> dict[str, Alarm]:
    """Those of a watch that are up, by kind."""
    rows = await tx.execute(sa.select(*_ALARM).where(alarms.c.watch_id == watch_id))
    return {
        row.kind: Alarm(**{name: getattr(row, name) for name in Alarm.__dataclass_fields__}) for row in rows
    }


async def raise_alarm(tx: Transaction, alarm: Alarm) -> None:
    """It is told; again, where it was up."""
    values = {name: getattr(alarm, name) for name in Alarm.__dataclass_fields__}
    keys = [alarms.c.watch_id, alarms.c.kind]
    changed = {name: value for name, value in values.items() if name not in {"watch_id", "kind"}}
    await tx.execute(
        insert(tx, alarms).values(**values).on_conflict_do_update(index_elements=keys, set_=changed)
    )


async def lower(tx: Transaction, alarm: Alarm, amount: Decimal) -> None:
    """There is less by now than when it was told."""
    await tx.execute(_this(alarm.watch_id, alarm.kind).values(amount=amount))


async def end(tx: Transaction, alarm: Alarm) -> None:
    """It is over."""
    await tx.execute(alarms.delete().where(alarms.c.watch_id == alarm.watch_id, alarms.c.kind == alarm.kind))


async def snooze(tx: Transaction, watch_id: int, kind: str, until: datetime) -> bool:
    """Tell it again then, if it is not over by that time. False: it is over."""
    snoozed = await tx.execute(_this(watch_id, kind).values(snoozed_until=until))
    return snoozed.rowcount == 1


def _this(watch_id: int, kind: str) -> sa.Update:
    return alarms.update().where(alarms.c.watch_id == watch_id, alarms.c.kind == kind)


async def is_up(tx: Transaction, notice_id: int) -> bool:
    """Whether this notice tells of an alarm that is not over, and is the last one to tell of it."""
    query = sa.select(alarms.c.kind).where(alarms.c.notice_id == notice_id)
    return await tx.scalar(query) is not None


async def shown_by(tx: Transaction, notice_id: int) -> int | None:
    """The message that shows a notice; None: none that is known any more."""
    message_id: int | None = await tx.scalar(
        sa.select(outbox.c.message_id).where(outbox.c.id == notice_id, outbox.c.state == "sent")
    )
    return message_id


async def hush(tx: Transaction, notice_id: int) -> bool:
    """Say a notice that still waits no more. False: it does not wait."""
    hushed = await tx.execute(
        outbox.update()
        .where(outbox.c.id == notice_id, outbox.c.state.in_(["pending", "held"]), ~outbox.c.repeat)
        .values(state="sent", content={})
    )
    return hushed.rowcount == 1
