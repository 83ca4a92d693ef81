"""What people are composing, and the buttons that act on it.

A button carries a random token; the row behind it says what it does, for whom and until when. Whatever may
happen once is decided by compare-and-set in the transaction of its effect.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from .db import Transaction, alone
from .schema import buttons, drafts


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a person speaks: chat, topic (0 = none) and who."""

    chat_id: int
    thread_id: int
    person_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    id: int
    place: Place
    kind: str
    state: str
    content: Mapping[str, Any]
    expires_at: datetime
    decided_by: str | None
    campaign_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """`person_id` None: anybody who may act in the chat."""

    action: str
    chat_id: int
    person_id: int | None
    subject: Mapping[str, Any]
    expires_at: datetime
    used_at: datetime | None


def _draft(row: sa.Row[Any]) -> Draft:
    return Draft(
        id=row.id,
        place=Place(chat_id=row.chat_id, thread_id=row.thread_id, person_id=row.person_id),
        kind=row.kind,
        state=row.state,
        content=row.content,
        expires_at=row.expires_at,
        decided_by=row.decided_by,
        campaign_id=row.campaign_id,
    )


async def start(
    tx: Transaction,
    place: Place,
    *,
    kind: str,
    state: str,
    content: Mapping[str, Any],
    expires_at: datetime,
) -> int:
    """Begin a draft. One that still asks here is dropped: a person answers one question at a time."""
    await alone(tx, f"drafts/{place.chat_id}/{place.thread_id}/{place.person_id}")
    await drop_asking(tx, place)
    inserted: sa.ScalarResult[int] = await tx.scalars(
        drafts.insert()
        .returning(drafts.c.id)
        .values(
            chat_id=place.chat_id,
            thread_id=place.thread_id,
            person_id=place.person_id,
            kind=kind,
            state=state,
            content=dict(content),
            expires_at=expires_at,
        )
    )
    return inserted.one()


async def asking(tx: Transaction, place: Place, now: datetime) -> Draft | None:
    """The draft that waits for this person's next message here."""
    row = (
        await tx.execute(
            sa.select(drafts).where(
                drafts.c.chat_id == place.chat_id,
                drafts.c.thread_id == place.thread_id,
                drafts.c.person_id == place.person_id,
                drafts.c.state == "asking",
                drafts.c.expires_at > now,
            )
        )
    ).one_or_none()
    return None if row is None else _draft(row)


async def drop_asking(tx: Transaction, place: Place) -> bool:
    """Forget the question that is open here, if any."""
    dropped = await tx.execute(
        drafts.delete().where(
            drafts.c.chat_id == place.chat_id,
            drafts.c.thread_id == place.thread_id,
            drafts.c.person_id == place.person_id,
            drafts.c.state == "asking",
        )
    )
    return dropped.rowcount > 0


async def get(tx: Transaction, draft_id: int) -> Draft | None:
    row = (await tx.execute(sa.select(drafts).where(drafts.c.id == draft_id))).one_or_none()
    return None if row is None else _draft(row)


async def decide(
    tx: Transaction, draft_id: int, *, state: str, by: str, campaign_id: int | None = None
) -> bool:
    """Close an offered draft. False: it was decided before."""
    decided = await tx.execute(
        drafts.update()
        .where(drafts.c.id == draft_id, drafts.c.state == "offered")
        .values(state=state, decided_by=by, campaign_id=campaign_id)
    )
    return decided.rowcount == 1


async def link_campaign(tx: Transaction, draft_id: int, campaign_id: int) -> None:
    await tx.execute(drafts.update().where(drafts.c.id == draft_id).values(campaign_id=campaign_id))


def version(content: Mapping[str, Any]) -> str:
    """What tells a draft's content from any other: a button that confirms it carries this."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


async def withdraw(tx: Transaction, person_id: int, *, by: str, now: datetime) -> None:
    """Kill all that waits for one person: questions, confirm cards, every button and link made for them."""
    await tx.execute(
        buttons.update()
        .where(buttons.c.person_id == person_id, buttons.c.used_at.is_(None))
        .values(used_at=now)
    )
    own = drafts.c.person_id == person_id
    await tx.execute(drafts.delete().where(own, drafts.c.state == "asking"))
    await tx.execute(
        drafts.update().where(own, drafts.c.state == "offered").values(state="dismissed", decided_by=by)
    )


async def add_button(
    tx: Transaction,
    *,
    action: str,
    chat_id: int,
    person_id: int | None,
    subject: Mapping[str, Any],
    expires_at: datetime,
) -> str:
    """A new token of 128 random bits, 22 characters of A-Z a-z 0-9 _ and -."""
    token = secrets.token_urlsafe(16)
    await tx.execute(
        buttons.insert().values(
            token=token,
            action=action,
            chat_id=chat_id,
            person_id=person_id,
            subject=dict(subject),
            expires_at=expires_at,
        )
    )
    return token


async def button(tx: Transaction, token: str) -> Button | None:
    row = (await tx.execute(sa.select(buttons).where(buttons.c.token == token))).one_or_none()
    if row is None:
        return None
    return Button(
        action=row.action,
        chat_id=row.chat_id,
        person_id=row.person_id,
        subject=row.subject,
        expires_at=row.expires_at,
        used_at=row.used_at,
    )


async def use(tx: Transaction, token: str, now: datetime) -> bool:
    """Spend a token. False: it was spent before."""
    used = await tx.execute(
        buttons.update().where(buttons.c.token == token, buttons.c.used_at.is_(None)).values(used_at=now)
    )
    return used.rowcount == 1


async def discard(tx: Transaction, token: str) -> bool:
    """Spend a token of which nothing is to be left. False: it was spent before."""
    gone = await tx.execute(buttons.delete().where(buttons.c.token == token))
    return gone.rowcount == 1


async def forget_expired(tx: Transaction, before: datetime) -> None:
    """Drop buttons and drafts that expired before the given time; campaigns keep what was confirmed."""
    await tx.execute(buttons.delete().where(buttons.c.expires_at < before))
    await tx.execute(drafts.delete().where(drafts.c.expires_at < before))
