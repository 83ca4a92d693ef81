"""Cards: the chat message that shows a campaign. Edited until what is shown is what is wanted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from .db import Transaction
from .schema import cards

ASTRAY = -1  # as what is shown: another than the last edit may have come last, so nobody knows
UNANSWERED = 0  # as a message_id: it was being sent, and nobody has heard whether it is in the chat


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """`message_id` None: not in the chat yet; UNANSWERED: perhaps, so the next says that it is a repeat.

    `tokens`: of the buttons that ✖ has beside it, by action.
    `reacts`: a person wrote that message.
    """

    campaign_id: int
    chat_id: int
    thread_id: int
    message_id: int | None
    language: str
    cancel_token: str
    tokens: Mapping[str, str] | None
    wanted: int
    shown: int
    reacts: bool = False


_ADD = cards.insert().values(wanted=1, shown=0)


async def add(
    tx: Transaction,
    *,
    campaign_id: int,
    chat_id: int,
    thread_id: int,
    message_id: int | None,
    language: str,
    cancel_token: str,
    tokens: Mapping[str, str] | None = None,
    now: datetime,
    reacts: bool = False,
) -> None:
    """Show a campaign in this message, or by reactions to it, from now on."""
    made = {
        "campaign_id": campaign_id,
        "chat_id": chat_id,
        "thread_id": thread_id,
        "message_id": message_id,
        "language": language,
        "cancel_token": cancel_token,
        "tokens": None if tokens is None else dict(tokens),
        "reacts": reacts,
        "due_at": now,
    }
    await tx.execute(_ADD, made)


async def renew_cancel(tx: Transaction, campaign_id: int, old: str, new: str) -> None:
    """A fresh ✖ for a card whose ✖ was used: there may be more to stop."""
    await tx.execute(
        cards.update()
        .where(cards.c.campaign_id == campaign_id, cards.c.cancel_token == old)
        .values(cancel_token=new)
    )


_REDRAW = cards.update().where(cards.c.campaign_id == sa.bindparam("id_")).values(wanted=cards.c.wanted + 1)


async def redraw(tx: Transaction, campaign_ids: Iterable[int], now: datetime) -> None:
    """Something of these campaigns changed."""
    several = [{"id_": campaign_id} for campaign_id in sorted(campaign_ids)]
    if several:
        await tx.execute(_REDRAW, several)


async def chats_due(tx: Transaction, now: datetime, besides: Iterable[int]) -> set[int]:
    """Chats, besides these, with a card to edit now."""
    chats = await tx.scalars(
        sa.select(cards.c.chat_id)
        .where(cards.c.wanted > cards.c.shown, cards.c.due_at <= now, cards.c.chat_id.not_in(list(besides)))
        .distinct()
    )
    return set(chats)


async def first_stale(tx: Transaction, chat_id: int, now: datetime) -> Card | None:
    """The next card to edit in a chat."""
    row = (
        await tx.execute(
            sa.select(cards)
            .where(cards.c.chat_id == chat_id, cards.c.wanted > cards.c.shown, cards.c.due_at <= now)
            .order_by(cards.c.due_at)
            .limit(1)
        )
    ).one_or_none()
    return None if row is None else _card(row)


async def of(tx: Transaction, campaign_id: int) -> Card | None:
    row = (await tx.execute(sa.select(cards).where(cards.c.campaign_id == campaign_id))).one_or_none()
    return None if row is None else _card(row)


def _card(row: sa.Row[tuple[object, ...]]) -> Card:
    return Card(**{name: getattr(row, name) for name in Card.__dataclass_fields__})


async def shown(tx: Transaction, card: Card, not_before: datetime) -> None:
    """The card now shows what was wanted; the next edit waits until `not_before`."""
    await tx.execute(
        cards.update()
        .where(cards.c.campaign_id == card.campaign_id)
        .values(
            # Who drew it may have worked beside somebody else: what those two left is drawn once more.
            shown=sa.case((cards.c.shown == card.shown, card.wanted), else_=cards.c.shown),
            due_at=not_before,
        )
    )


async def astray(tx: Transaction, campaign_id: int) -> None:
    """Who had no right to it any more may have drawn this card: draw it again, whatever it shows."""
    await tx.execute(cards.update().where(cards.c.campaign_id == campaign_id).values(shown=ASTRAY))


async def postpone(tx: Transaction, card: Card, until: datetime) -> None:
    await tx.execute(cards.update().where(cards.c.campaign_id == card.campaign_id).values(due_at=until))


async def place(tx: Transaction, campaign_id: int, message_id: int | None) -> None:
    """The card is this message now; None: it is gone and is to be sent anew."""
    await tx.execute(cards.update().where(cards.c.campaign_id == campaign_id).values(message_id=message_id))


async def next_due(tx: Transaction, besides: Iterable[int]) -> datetime | None:
    """When a card is to be edited next in a chat besides these."""
    due: datetime | None = await tx.scalar(
        sa.select(sa.func.min(cards.c.due_at, type_=cards.c.due_at.type)).where(
            cards.c.wanted > cards.c.shown, cards.c.chat_id.not_in(list(besides))
        )
    )
    return due
