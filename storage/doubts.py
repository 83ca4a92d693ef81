"""Doubts: attempts that left messages uncertain, what was learnt of them, and who decided what.

A doubt has a version, which grows with all that is learnt and decided. Whoever decides names the version they
saw: `decide` is the compare-and-set that lets one of several people, and of several presses, have an effect.
The row of its campaign guards a doubt: whoever writes here holds it, by `ledger.apply` or `lock_attempts`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from providers.model import Kind, MessageState

from . import outbox
from .db import Transaction, insert
from .outbox import Priority
from .schema import accounts, attempt_messages, attempts, campaigns, doubts, evidence, messages
from .schema import outbox as notices

WHOLE = 0  # in the place of a message's id: evidence of an attempt as a whole
OVER = (MessageState.ASSUMED_SENT, MessageState.ABANDONED)
# It was taken, and did not arrive.
FAILED = frozenset(
    {MessageState.REJECTED, MessageState.UNDELIVERED, MessageState.EXPIRED, MessageState.CANCELLED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """`accepted`: how many the gateway said that it took, where it only counted. `version`: see above."""

    attempt_id: int
    campaign_id: int
    account_id: int
    ref: str
    kind: Kind
    started_at: datetime
    accepted: int | None
    opened_at: datetime
    version: int
    asks: int
    asked_at: datetime | None
    check_at: datetime | None
    told_at: datetime | None
    remind_at: datetime | None
    notice_id: int | None
    closed_at: datetime | None
    decision: str | None
    decided_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubtful:
    """A message of a doubt. `over`: it was decided without knowing, so what comes late contradicts that."""

    id: int
    msisdn: str
    state: MessageState
    segments: int
    gateway_ids: tuple[str, ...]
    over: bool

    @property
    def open(self) -> bool:
        return self.state == MessageState.UNCERTAIN and not self.over


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was learnt. `says`: a state, `absent`, `unknown`, or counts; `positive` None proves neither.

    `settled`: told after the settle time. `times`, `at`, `last_at`: how often, first and last.
    """

    message_id: int
    source: str
    says: str
    positive: bool | None
    settled: bool
    times: int
    at: datetime
    last_at: datetime


_DOUBTS = (
    sa.select(doubts, attempts.c.ref, attempts.c.started_at, attempts.c.accepted, campaigns.c.kind)
    .join(attempts, attempts.c.id == doubts.c.attempt_id)
    .join(campaigns, campaigns.c.id == doubts.c.campaign_id)
)


def _doubt(row: sa.Row[Any]) -> Doubt:
    values = {name: getattr(row, name) for name in Doubt.__dataclass_fields__}
    return Doubt(**values | {"kind": Kind(row.kind)})


async def open_(
    tx: Transaction,
    message_ids: Sequence[int],
    *,
    check_at: datetime | None,
    remind_at: datetime,
    now: datetime,
) -> list[int]:
    """Make doubts of the attempts that left these messages uncertain. Returns the attempts."""
    live = sa.and_(attempt_messages.c.live, attempt_messages.c.message_id.in_(message_ids))
    marked = await tx.scalars(
        attempt_messages.update().where(live).values(in_doubt=True).returning(attempt_messages.c.attempt_id)
    )
    ids = sorted(set(marked))
    rows = await tx.execute(
        sa.select(attempts.c.id, attempts.c.campaign_id, attempts.c.account_id).where(attempts.c.id.in_(ids))
    )
    for row in rows.all():
        await tx.execute(
            doubts.insert().values(
                attempt_id=row.id,
                campaign_id=row.campaign_id,
                account_id=row.account_id,
                opened_at=now,
                version=1,
                check_at=check_at,
                remind_at=remind_at,
            )
        )
    return ids


async def get(tx: Transaction, attempt_id: int) -> Doubt | None:
    row = (await tx.execute(_DOUBTS.where(doubts.c.attempt_id == attempt_id))).one_or_none()
    return None if row is None else _doubt(row)


async def several(tx: Transaction, attempt_ids: Sequence[int]) -> list[Doubt]:
    """These doubts, oldest first."""
    rows = await tx.execute(_DOUBTS.where(doubts.c.attempt_id.in_(attempt_ids)).order_by(doubts.c.attempt_id))
    return [_doubt(row) for row in rows]


async def of_campaign(tx: Transaction, campaign_id: int) -> list[Doubt]:
    """The open doubts of a campaign, oldest first."""
    rows = await tx.execute(
        _DOUBTS.where(doubts.c.campaign_id == campaign_id, doubts.c.closed_at.is_(None)).order_by(
            doubts.c.attempt_id
        )
    )
    return [_doubt(row) for row in rows]


_OF_CHAT = _DOUBTS.where(campaigns.c.chat_id == sa.bindparam("chat"), doubts.c.closed_at.is_(None)).order_by(
    doubts.c.attempt_id
)


async def of_chat(tx: Transaction, chat_id: int) -> list[Doubt]:
    """The open doubts of a chat, oldest first."""
    rows = await tx.execute(_OF_CHAT, {"chat": chat_id})
    return [_doubt(row) for row in rows]


async def open_of(tx: Transaction, account_ids: Iterable[int]) -> list[int]:
    """The attempts that left open doubts with these accounts."""
    open_ = sa.select(doubts.c.attempt_id).where(
        doubts.c.account_id.in_(list(account_ids)), doubts.c.closed_at.is_(None)
    )
    return list(await tx.scalars(open_))


async def messages_of(tx: Transaction, attempt_id: int) -> list[Doubtful]:
    """The messages that were uncertain after an attempt, as they stand now."""
    rows = await tx.execute(
        sa.select(messages, attempt_messages.c.live)
        .join(attempt_messages, attempt_messages.c.message_id == messages.c.id)
        .where(attempt_messages.c.attempt_id == attempt_id, attempt_messages.c.in_doubt)
        .order_by(messages.c.id)
    )
    return [
        Doubtful(
            id=row.id,
            msisdn=row.msisdn,
            state=MessageState(row.state),
            segments=row.segments,
            gateway_ids=tuple(row.gateway_ids) if row.live else (),
            over=not row.live or row.state in OVER,
        )
        for row in rows
    ]


# When to ask, and when to show people.


async def due(tx: Transaction, now: datetime, limit: int, *, besides: Iterable[int] = ()) -> list[Doubt]:
    """Doubts whose gateway is to be asked now, of working accounts besides these."""
    rows = await tx.execute(
        _DOUBTS.join(accounts, accounts.c.id == doubts.c.account_id)
        .where(
            doubts.c.check_at <= now,
            accounts.c.stopped.is_(None),
            doubts.c.account_id.not_in(list(besides)),
        )
        .order_by(doubts.c.check_at)
        .limit(limit)
    )
    return [_doubt(row) for row in rows]


async def to_remind(tx: Transaction, now: datetime) -> list[Doubt]:
    """Open doubts that people are to be shown now."""
    rows = await tx.execute(_DOUBTS.where(doubts.c.remind_at <= now))
    # Asked for in order, SQLite would go through all there ever were.
    return sorted((_doubt(row) for row in rows), key=lambda one: one.attempt_id)


async def next_check(tx: Transaction, *, besides: Iterable[int] = ()) -> datetime | None:
    """When the next doubt is to be asked about, of working accounts besides these."""
    check: datetime | None = await tx.scalar(
        sa.select(sa.func.min(doubts.c.check_at, type_=doubts.c.check_at.type))
        .join(accounts, accounts.c.id == doubts.c.account_id)
        .where(
            doubts.c.check_at.is_not(None),
            accounts.c.stopped.is_(None),
            doubts.c.account_id.not_in(list(besides)),
        )
    )
    return check


async def next_reminder(tx: Transaction) -> datetime | None:
    """When the next doubt is to be shown."""
    remind: datetime | None = await tx.scalar(
        sa.select(sa.func.min(doubts.c.remind_at, type_=doubts.c.remind_at.type)).where(
            doubts.c.remind_at.is_not(None)
        )
    )
    return remind


async def ask_all_now(tx: Transaction, now: datetime) -> None:
    """Have gateways asked at once about all that they are to be asked about at all."""
    await tx.execute(doubts.update().where(doubts.c.check_at.is_not(None)).values(check_at=now))


async def ask_now(tx: Transaction, attempt_ids: Sequence[int], now: datetime) -> None:
    """Have the gateway asked at once; does not say anything new."""
    await tx.execute(doubts.update().where(doubts.c.attempt_id.in_(attempt_ids)).values(check_at=now))


async def asked(tx: Transaction, attempt_id: int, now: datetime, again_at: datetime | None) -> None:
    await tx.execute(
        doubts.update()
        .where(doubts.c.attempt_id == attempt_id)
        .values(asks=doubts.c.asks + 1, asked_at=now, check_at=again_at)
    )


async def postpone(tx: Transaction, attempt_ids: Sequence[int], by: timedelta, now: datetime) -> None:
    """The clock was set forward by so much: the settle time of these doubts begins so much later.

    What was told in the belief that it was over is forgotten, and has to be told again.
    """
    rows = await tx.execute(
        sa.select(doubts.c.attempt_id, doubts.c.opened_at).where(doubts.c.attempt_id.in_(attempt_ids))
    )
    for row in rows.all():
        # One that is newer than the step has the right time already.
        opened_at = max(row.opened_at, min(row.opened_at + by, now))
        await tx.execute(
            doubts.update().where(doubts.c.attempt_id == row.attempt_id).values(opened_at=opened_at)
        )
    await tx.execute(
        evidence.delete().where(
            evidence.c.attempt_id.in_(attempt_ids), evidence.c.settled, evidence.c.positive.is_(False)
        )
    )
    await raise_version(tx, attempt_ids)


async def remind_later(tx: Transaction, attempt_id: int, at: datetime) -> None:
    await tx.execute(doubts.update().where(doubts.c.attempt_id == attempt_id).values(remind_at=at))


async def told(tx: Transaction, attempt_ids: Sequence[int], notice_id: int, now: datetime) -> None:
    """This notice shows them from now on."""
    await tx.execute(
        doubts.update()
        .where(doubts.c.attempt_id.in_(attempt_ids))
        .values(
            notice_id=notice_id,
            told_at=sa.func.coalesce(doubts.c.told_at, sa.literal(now, doubts.c.told_at.type)),
        )
    )


# What was learnt.


async def learn(
    tx: Transaction,
    attempt_id: int,
    message_id: int,
    *,
    source: str,
    says: str,
    positive: bool | None,
    settled: bool,
    now: datetime,
    raw: str | None = None,
    spacing: timedelta = timedelta(0),
) -> int | None:
    """Write down a piece of evidence, or count it once more. How often it was told by now.

    `now`: when it was asked for. None: not `spacing` after it was last counted, so it does not count.
    """
    same = [evidence.c[name] for name in ("attempt_id", "message_id", "source", "says", "settled")]
    times: sa.ScalarResult[int] = await tx.scalars(
        insert(tx, evidence)
        .values(
            attempt_id=attempt_id,
            message_id=message_id,
            source=source,
            says=says[:64],
            positive=positive,
            settled=settled,
            times=1,
            at=now,
            last_at=now,
            raw=raw or None,
        )
        .on_conflict_do_update(
            index_elements=same,
            set_={"times": evidence.c.times + 1, "last_at": now},
            where=evidence.c.last_at <= now - spacing,
        )
        .returning(evidence.c.times)
    )
    return times.one_or_none()


async def evidence_of(tx: Transaction, attempt_id: int) -> list[Evidence]:
    """All that was learnt of an attempt, in the order it was first learnt."""
    columns = [evidence.c[name] for name in Evidence.__dataclass_fields__]
    rows = await tx.execute(
        sa.select(*columns).where(evidence.c.attempt_id == attempt_id).order_by(evidence.c.id)
    )
    return [Evidence(**row._mapping) for row in rows]


async def raise_version(tx: Transaction, attempt_ids: Sequence[int]) -> None:
    """Something new was learnt or decided: what was drawn before is good for no decision any more."""
    await tx.execute(
        doubts.update().where(doubts.c.attempt_id.in_(attempt_ids)).values(version=doubts.c.version + 1)
    )


# What was decided.


async def decide(
    tx: Transaction, seen: Sequence[tuple[int, int]], *, decision: str, by: str
) -> list[Doubt] | None:
    """Take a person's decision on these doubts, each in the version they saw.

    None: something was learnt or decided since, of one of them at least, and nothing is changed.
    """
    rows = await tx.execute(
        sa.select(doubts.c.attempt_id, doubts.c.version).where(
            doubts.c.attempt_id.in_([attempt_id for attempt_id, _ in seen]), doubts.c.closed_at.is_(None)
        )
    )
    standing = {(row.attempt_id, row.version) for row in rows}
    if not seen or standing != set(seen):
        return None
    ids = [attempt_id for attempt_id, _ in seen]
    await tx.execute(
        doubts.update().where(doubts.c.attempt_id.in_(ids)).values(decision=decision, decided_by=by[:128])
    )
    return await several(tx, ids)


async def retire(tx: Transaction, attempt_id: int, message_ids: Sequence[int]) -> None:
    """These messages of an attempt may have another: it is proved, or decided, that it did not send them.

    What the gateway called them goes too: nobody is to ask about the next attempt by an id of this one.
    """
    await tx.execute(
        attempt_messages.update()
        .where(attempt_messages.c.attempt_id == attempt_id, attempt_messages.c.message_id.in_(message_ids))
        .values(live=False)
    )
    await tx.execute(
        messages.update().where(messages.c.id.in_(message_ids)).values(gateway_ids=[], accepted_at=None)
    )


async def found(tx: Transaction, campaign_id: int, message_ids: Sequence[int]) -> dict[int, int]:
    """Those of these messages that an attempt is proved to have sent that was replaced; and which did."""
    rows = await tx.execute(
        sa.select(evidence.c.message_id, evidence.c.attempt_id)
        .join(doubts, doubts.c.attempt_id == evidence.c.attempt_id)
        .join(
            attempt_messages,
            sa.and_(
                attempt_messages.c.attempt_id == evidence.c.attempt_id,
                attempt_messages.c.message_id == evidence.c.message_id,
            ),
        )
        .where(
            doubts.c.campaign_id == campaign_id,
            evidence.c.message_id.in_(message_ids),
            evidence.c.positive.is_(True),
            evidence.c.says.not_in(FAILED),
            ~attempt_messages.c.live,
        )
        .order_by(evidence.c.attempt_id)
    )
    return {row.message_id: row.attempt_id for row in rows}


async def revive(tx: Transaction, attempt_id: int, message_id: int) -> str | None:
    """This attempt is that of a message again: it is proved to have sent it. What its gateway called it.

    There must be no other live one, which the unique index sees to.
    """
    await tx.execute(
        attempt_messages.update()
        .where(attempt_messages.c.attempt_id == attempt_id, attempt_messages.c.message_id == message_id)
        .values(live=True)
    )
    row = (
        await tx.execute(sa.select(attempts.c.ref, attempts.c.gateway_id).where(attempts.c.id == attempt_id))
    ).one()
    await tx.execute(messages.update().where(messages.c.id == message_id).values(ref=row.ref))
    gateway_id: str | None = row.gateway_id
    return gateway_id


async def attempt_of(tx: Transaction, message_id: int) -> int | None:
    """The attempt that left a message uncertain and has not been replaced; None: there was none."""
    found: int | None = await tx.scalar(
        sa.select(attempt_messages.c.attempt_id).where(
            attempt_messages.c.message_id == message_id,
            attempt_messages.c.live,
            attempt_messages.c.in_doubt,
        )
    )
    return found


async def left(tx: Transaction, message_ids: Sequence[int], now: datetime) -> None:
    """These messages are uncertain no more: their doubts show it, and those without any others are closed."""
    ids = list(
        await tx.scalars(
            sa.select(attempt_messages.c.attempt_id)
            .where(
                attempt_messages.c.message_id.in_(message_ids),
                attempt_messages.c.live,
                attempt_messages.c.in_doubt,
            )
            .distinct()
        )
    )
    await raise_version(tx, ids)
    still = (
        sa.select(attempt_messages.c.attempt_id)
        .join(messages, messages.c.id == attempt_messages.c.message_id)
        .where(
            attempt_messages.c.attempt_id.in_(ids),
            attempt_messages.c.live,
            messages.c.state == sa.text("'uncertain'"),
        )
    )
    await tx.execute(
        doubts.update()
        .where(doubts.c.attempt_id.in_(ids), doubts.c.attempt_id.not_in(still))
        .values(closed_at=now, remind_at=None)
    )
    await redraw(tx, ids, now)


async def redraw(tx: Transaction, attempt_ids: Sequence[int], now: datetime) -> None:
    """Have the cards of these doubts show what is so now; one that nobody was shown yet needs nothing."""
    rows = await tx.execute(
        sa.select(notices)
        .where(notices.c.id.in_(sa.select(doubts.c.notice_id).where(doubts.c.attempt_id.in_(attempt_ids))))
        .order_by(notices.c.id)
    )
    for shown in rows.all():
        content = {"shown_by": shown.id}
        waiting = await tx.scalars(
            sa.select(notices.c.content).where(
                notices.c.kind == "doubt-redraw",
                notices.c.state == sa.text("'pending'"),
                notices.c.campaign_id == shown.campaign_id,
            )
        )
        if shown.state == "pending" or content in list(waiting):
            continue
        await outbox.say(
            tx,
            chat_id=shown.chat_id,
            thread_id=shown.thread_id,
            kind="doubt-redraw",
            content=content,
            language=shown.language,
            priority=Priority.RESULT,
            now=now,
            campaign_id=shown.campaign_id,
        )


async def shown_by(tx: Transaction, notice_id: int) -> tuple[int | None, list[int]]:
    """The chat message of a notice that shows doubts, None if there is none any more, and these attempts."""
    message_id: int | None = await tx.scalar(sa.select(notices.c.message_id).where(notices.c.id == notice_id))
    ids = await tx.scalars(
        sa.select(doubts.c.attempt_id).where(doubts.c.notice_id == notice_id).order_by(doubts.c.attempt_id)
    )
    return message_id, list(ids)


# What else a card of doubts tells.


async def price_of_segment(tx: Transaction, account_id: int) -> Decimal | None:
    """What this account last paid for a segment, where its gateway says so with the receipt."""
    row = (
        await tx.execute(
            sa.select(attempts.c.id, attempts.c.cost)
            .where(
                attempts.c.account_id == account_id,
                attempts.c.outcome == "accepted",
                attempts.c.cost.is_not(None),
            )
            .order_by(attempts.c.id.desc())
            .limit(1)
        )
    ).one_or_none()
    if row is None:
        return None
    segments: int | None = await tx.scalar(
        sa.select(sa.func.sum(messages.c.segments))
        .join(attempt_messages, attempt_messages.c.message_id == messages.c.id)
        .where(attempt_messages.c.attempt_id == row.id)
    )
    return row.cost / segments if segments else None


async def segments_taken(tx: Transaction, account_id: int, since: datetime) -> int:
    """Segments of messages of this account that its gateway took for certain since then."""
    taken = [state for state in MessageState if state not in _NOT_TAKEN]
    total: int | None = await tx.scalar(
        sa.select(sa.func.sum(messages.c.segments)).where(
            messages.c.account_id == account_id, messages.c.accepted_at >= since, messages.c.state.in_(taken)
        )
    )
    return total or 0


async def segments_in_doubt(tx: Transaction, account_id: int, since: datetime, *, besides: int) -> int:
    """Segments of this account that attempts begun since then left uncertain, besides this attempt."""
    total: int | None = await tx.scalar(
        sa.select(sa.func.sum(messages.c.segments))
        .select_from(doubts)
        .join(attempts, attempts.c.id == doubts.c.attempt_id)
        .join(attempt_messages, attempt_messages.c.attempt_id == doubts.c.attempt_id)
        .join(messages, messages.c.id == attempt_messages.c.message_id)
        .where(
            doubts.c.account_id == account_id,
            doubts.c.attempt_id != besides,
            doubts.c.closed_at.is_(None),
            attempts.c.started_at >= since,
            attempt_messages.c.live,
            messages.c.state == MessageState.UNCERTAIN,
        )
    )
    return total or 0


_NOT_TAKEN = frozenset(
    {
        MessageState.QUEUED,
        MessageState.SUBMITTING,
        MessageState.UNCERTAIN,
        MessageState.SKIPPED,
        *OVER,
    }
)


async def over(tx: Transaction, account_id: int, ids: Sequence[str], msisdn: str) -> tuple[int, int] | None:
    """The attempt and the message that a gateway means, where another attempt has taken that one's place."""
    row = (
        await tx.execute(
            sa.select(attempts.c.id, messages.c.id.label("message_id"))
            .join(attempt_messages, attempt_messages.c.attempt_id == attempts.c.id)
            .join(messages, messages.c.id == attempt_messages.c.message_id)
            .where(
                sa.or_(attempts.c.ref.in_(ids), attempts.c.gateway_id.in_(ids)),
                attempts.c.account_id == account_id,
                attempt_messages.c.in_doubt,
                ~attempt_messages.c.live,
                messages.c.msisdn == msisdn,
            )
            .order_by(attempts.c.id.desc())
            .limit(1)
        )
    ).one_or_none()
    return None if row is None else (row.id, row.message_id)
