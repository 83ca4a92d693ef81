"""Audiences on their way to a campaign: read from a file, or taken from another campaign, and given texts.

Rows are written piece by piece, so that nobody waits long for the writer and a million of them are never in
memory. Work that was begun and not finished is begun anew: its rows are dropped first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from . import reach
from .db import Transaction
from .drafts import Place
from .schema import audiences, campaigns, dropped, messages, recipients, stops

NAME = 128  # characters of a file's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """One row of `audiences`; see the schema."""

    id: int
    chat_id: int
    thread_id: int
    person_id: int
    language: str
    message_id: int | None
    name: str
    file_id: str | None
    again_of: int | None
    most: int
    state: str
    fills: int
    columns: Mapping[str, Any] | None
    reading: Mapping[str, Any] | None
    request: Mapping[str, Any] | None
    survey: Mapping[str, Any] | None
    purpose: str

    @property
    def place(self) -> Place:
        return Place(chat_id=self.chat_id, thread_id=self.thread_id, person_id=self.person_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A recipient: `place` counts from 0 in the audience, `row` is that of the file."""

    place: int
    row: int
    msisdn: str
    values: Sequence[str]
    text: str | None = None
    segments: int | None = None


_COLUMNS = [audiences.c[name] for name in Audience.__dataclass_fields__]


async def begin(
    tx: Transaction,
    place: Place,
    *,
    state: str,
    language: str,
    message_id: int | None,
    name: str,
    most: int,
    expires_at: datetime,
    file_id: str | None = None,
    again_of: int | None = None,
    columns: Mapping[str, Any] | None = None,
    request: Mapping[str, Any] | None = None,
    purpose: str = "send",
) -> int:
    """Write down what is to be read, or filled. Its number.

    Without a file and without another campaign it is of the groups and numbers of its request. `columns` are
    those of that campaign.
    """
    begun: sa.ScalarResult[int] = await tx.scalars(
        audiences.insert()
        .returning(audiences.c.id)
        .values(
            chat_id=place.chat_id,
            thread_id=place.thread_id,
            person_id=place.person_id,
            state=state,
            language=language,
            message_id=message_id,
            name=name[:NAME],
            most=most,
            expires_at=expires_at,
            file_id=file_id,
            again_of=again_of,
            columns=None if columns is None else dict(columns),
            request=request,
            purpose=purpose,
        )
    )
    return begun.one()


async def get(tx: Transaction, audience_id: int) -> Audience | None:
    row = (await tx.execute(sa.select(*_COLUMNS).where(audiences.c.id == audience_id))).one_or_none()
    return None if row is None else _audience(row)


async def next_to_do(tx: Transaction) -> Audience | None:
    """The oldest one that something is to be done with."""
    waiting = sa.text("state IN ('to-read', 'to-fill')")
    row = (
        await tx.execute(sa.select(*_COLUMNS).where(waiting).order_by(audiences.c.id).limit(1))
    ).one_or_none()
    return None if row is None else _audience(row)


def _audience(row: sa.Row[Any]) -> Audience:
    return Audience(**{name: getattr(row, name) for name in Audience.__dataclass_fields__})


async def read_again(
    tx: Transaction, audience_id: int, columns: Mapping[str, Any], expires_at: datetime
) -> bool:
    """Read it by the columns that a person chose. False: nobody is being asked for them."""
    chosen = await tx.execute(
        audiences.update()
        .where(audiences.c.id == audience_id, audiences.c.state == "unsure")
        .values(state="to-read", columns=dict(columns), expires_at=expires_at)
    )
    return chosen.rowcount == 1


async def unsure(tx: Transaction, place: Place, now: datetime) -> list[int]:
    """Those of which this person is asked for a column here."""
    found = await tx.scalars(
        sa.select(audiences.c.id)
        .where(
            audiences.c.chat_id == place.chat_id,
            audiences.c.thread_id == place.thread_id,
            audiences.c.person_id == place.person_id,
            audiences.c.state == "unsure",
            audiences.c.expires_at > now,
        )
        .order_by(audiences.c.id)
    )
    return list(found)


async def fill(tx: Transaction, audience_id: int, request: Mapping[str, Any], expires_at: datetime) -> bool:
    """Give it a text, and with it end every card made of another. False: it is not there, or not read yet."""
    wanted = await tx.execute(
        audiences.update()
        .where(audiences.c.id == audience_id, audiences.c.state.in_(["ready", "to-fill", "filled"]))
        .values(state="to-fill", request=dict(request), fills=audiences.c.fills + 1, expires_at=expires_at)
    )
    return wanted.rowcount == 1


async def settle(
    tx: Transaction, was: Audience, state: str, *, expires_at: datetime | None = None, **values: Any
) -> bool:
    """What came of what was to do. False: meanwhile something else is wanted of it, or it is gone."""
    until = {} if expires_at is None else {"expires_at": expires_at}
    settled = await tx.execute(
        audiences.update()
        .where(audiences.c.id == was.id, audiences.c.state == was.state, audiences.c.fills == was.fills)
        .values(state=state, **values, **until)
    )
    return settled.rowcount == 1


async def clear(tx: Transaction, audience_id: int) -> None:
    """Drop the rows, to be written anew or never."""
    for table in (recipients, dropped):
        await tx.execute(table.delete().where(table.c.audience_id == audience_id))


async def keep(tx: Transaction, audience_id: int, several: Sequence[Kept]) -> None:
    """Write some recipients down."""
    if several:
        await tx.execute(
            recipients.insert(),
            [
                {
                    "audience_id": audience_id,
                    "place": one.place,
                    "row": one.row,
                    "msisdn": one.msisdn,
                    "values": list(one.values),
                }
                for one in several
            ],
        )


async def drop(
    tx: Transaction, audience_id: int, start: int, several: Sequence[tuple[int, str, str]]
) -> None:
    """Write some dropped rows down, from this place on: row, what stood there, why."""
    if several:
        await tx.execute(
            dropped.insert(),
            [
                {"audience_id": audience_id, "place": place, "row": row, "raw": raw, "why": why}
                for place, (row, raw, why) in enumerate(several, start=start)
            ],
        )


async def give_texts(tx: Transaction, audience_id: int, several: Sequence[tuple[int, str, int]]) -> None:
    """Texts of their own: by place, with their segments."""
    if several:
        await tx.execute(
            recipients.update()
            .where(recipients.c.audience_id == audience_id, recipients.c.place == sa.bindparam("place_"))
            .values(text=sa.bindparam("text_"), segments=sa.bindparam("segments_")),
            [{"place_": place, "text_": text, "segments_": segments} for place, text, segments in several],
        )


async def give_one_text(tx: Transaction, audience_id: int, segments: int, places: range) -> None:
    """The campaign's text for all at these places."""
    await tx.execute(
        recipients.update().where(_within(audience_id, places)).values(text=None, segments=segments)
    )


async def give_moments(tx: Transaction, audience_id: int, several: Mapping[int, datetime]) -> None:
    """When each is to get it by the own clock, by place."""
    if several:
        await tx.execute(
            recipients.update()
            .where(recipients.c.audience_id == audience_id, recipients.c.place == sa.bindparam("place_"))
            .values(send_at=sa.bindparam("send_at_", type_=recipients.c.send_at.type)),
            [{"place_": place, "send_at_": at} for place, at in several.items()],
        )


async def give_no_moments(tx: Transaction, audience_id: int) -> None:
    """All get it when the campaign leaves."""
    await tx.execute(
        recipients.update()
        .where(recipients.c.audience_id == audience_id, recipients.c.send_at.is_not(None))
        .values(send_at=None)
    )


async def extent(tx: Transaction, audience_id: int) -> int:
    """The place behind its last recipient."""
    last: int | None = await tx.scalar(
        sa.select(sa.func.max(recipients.c.place)).where(recipients.c.audience_id == audience_id)
    )
    return 0 if last is None else last + 1


def _within(audience_id: int, places: range) -> sa.ColumnElement[bool]:
    there = recipients.c.place.between(places.start, places.stop - 1)
    return sa.and_(recipients.c.audience_id == audience_id, there)


async def leave_out(tx: Transaction, audience_id: int, account_id: int, places: range) -> None:
    """At these places, leave out who is on the stop-list of this account, and nobody else.

    They stand there still: the text may be made anew for another account.
    """
    listed = sa.exists().where(stops.c.account_id == account_id, stops.c.msisdn == recipients.c.msisdn)
    await tx.execute(
        recipients.update()
        .where(_within(audience_id, places), recipients.c.stopped != listed)
        .values(stopped=sa.not_(recipients.c.stopped))
    )


async def divided(tx: Transaction, audience_id: int) -> tuple[int, int]:
    """How many stay, and how many are left out."""
    rows = await tx.execute(
        sa.select(recipients.c.stopped, sa.func.count().label("people"))
        .where(recipients.c.audience_id == audience_id)
        .group_by(recipients.c.stopped)
    )
    counted: dict[bool, int] = {row.stopped: row.people for row in rows}
    return counted.get(False, 0), counted.get(True, 0)


async def page(
    tx: Transaction, audience_id: int, start: int, limit: int, *, stopped: bool = False
) -> list[Kept]:
    """Recipients in order, from this place on, or those who are left out: places have gaps."""
    rows = await tx.execute(
        sa.select(recipients)
        .where(
            recipients.c.audience_id == audience_id,
            recipients.c.place >= start,
            recipients.c.stopped.is_(stopped),
        )
        .order_by(recipients.c.place)
        .limit(limit)
    )
    return [Kept(**{name: getattr(row, name) for name in Kept.__dataclass_fields__}) for row in rows]


async def dropped_page(
    tx: Transaction, audience_id: int, start: int, limit: int
) -> list[tuple[int, str, str]]:
    """Dropped rows in order, from this place on: row, what stood there, why."""
    rows = await tx.execute(
        sa.select(dropped.c.row, dropped.c.raw, dropped.c.why)
        .where(dropped.c.audience_id == audience_id, dropped.c.place >= start)
        .order_by(dropped.c.place)
        .limit(limit)
    )
    return [(row, raw, why) for row, raw, why in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the texts of an audience come to."""

    count: int
    segments: int
    worst: int
    longest: int
    by_segments: Mapping[int, int]


async def measure(tx: Transaction, audience_id: int) -> Measured:
    """The same that `desk.templates.survey` finds, of texts that are there already."""
    rows = await tx.execute(
        sa.select(
            recipients.c.segments,
            sa.func.count(),
            sa.func.max(sa.func.length(recipients.c.text)),
        )
        .where(recipients.c.audience_id == audience_id, recipients.c.stopped.is_(False))
        .group_by(recipients.c.segments)
        .order_by(recipients.c.segments)
    )
    by_segments: dict[int, int] = {}
    longest = 0
    for segments, count, length in rows:
        by_segments[segments] = count
        longest = max(longest, length or 0)
    return Measured(
        count=sum(by_segments.values()),
        segments=sum(segments * count for segments, count in by_segments.items()),
        worst=max(by_segments, default=0),
        longest=longest,
        by_segments=by_segments,
    )


async def is_filled(tx: Transaction, audience_id: int, fills: int) -> bool:
    """Whether it still has the text of this fill; until this transaction ends it keeps that."""
    found = sa.select(audiences.c.id).where(
        audiences.c.id == audience_id, audiences.c.state == "filled", audiences.c.fills == fills
    )
    return await tx.scalar(found.with_for_update()) is not None


async def take_unreached(tx: Transaction, audience_id: int, campaign_id: int) -> int:
    """Make an audience of those whom a campaign did not reach, each with the text it had. How many.

    Whom a repeat of it has reached since, or may still reach, is left out.
    """
    order = sa.func.row_number().over(order_by=messages.c.id)
    again = sa.select(
        sa.literal(audience_id, sa.Integer).label("audience_id"),
        (order - 1).label("place"),
        order.label("row"),
        messages.c.msisdn,
        sa.func.coalesce(messages.c.fields, sa.literal([], sa.JSON), type_=sa.JSON).label("values"),
        sa.func.coalesce(messages.c.text, campaigns.c.text).label("text"),
        messages.c.segments,
    ).select_from(messages.join(campaigns))
    unreached = again.where(reach.unreached(campaign_id), messages.c.number_hash.is_(None))
    names = ["audience_id", "place", "row", "msisdn", "values", "text", "segments"]
    taken = await tx.execute(recipients.insert().from_select(names, unreached))
    return taken.rowcount


async def forget_expired(tx: Transaction, before: datetime) -> None:
    """Drop what expired before the given time; a campaign keeps what was confirmed."""
    stale = sa.select(audiences.c.id).where(audiences.c.expires_at < before)
    for audience_id in list(await tx.scalars(stale.with_for_update(skip_locked=True))):
        await forget(tx, audience_id)


async def forget(tx: Transaction, audience_id: int) -> None:
    """Its campaign has begun and holds what is needed of it."""
    await clear(tx, audience_id)
    await tx.execute(audiences.delete().where(audiences.c.id == audience_id))
