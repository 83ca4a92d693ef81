"""What people are composing, and the buttons that act on it.

A button carries a random token; the row behind it says what it does, for whom and until when. Whatever may
happen once is decided by compare-and-set in the transaction of its effect.
"""

import hashlib
import json
import secrets
from collections.abc import Collection, Mapping, Sequence
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
    """`person_id` None: anybody who may act in the chat. `message_id` None: nobody has seen it yet."""

    token: str
    action: str
    chat_id: int
    person_id: int | None
    subject: Mapping[str, Any]
    expires_at: datetime
    used_at: datetime | None
    message_id: int | None = None


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


_GET = sa.select(drafts).where(drafts.c.id == sa.bindparam("id_"))


async def get(tx: Transaction, draft_id: int) -> Draft | None:
    row = (await tx.execute(_GET, {"id_": draft_id})).one_or_none()
    return None if row is None else _draft(row)


async def of_answer(tx: Transaction, chat_id: int, message_id: int) -> Draft | None:
    """The last answer to a customer that was made of this message; None: none was, or it is long ago."""
    of_it = drafts.c.content["message_id"].as_integer() == message_id
    row = (
        await tx.execute(
            sa.select(drafts)
            .where(drafts.c.chat_id == chat_id, drafts.c.kind == "answer", of_it)
            .order_by(drafts.c.id.desc())
            .limit(1)
        )
    ).one_or_none()
    return None if row is None else _draft(row)


_DECIDE = (
    drafts.update()
    .where(drafts.c.id == sa.bindparam("id_"), drafts.c.state == "offered")
    .values(state=sa.bindparam("state_"), decided_by=sa.bindparam("by_"))
)


async def decide(tx: Transaction, draft_id: int, *, state: str, by: str) -> bool:
    """Close an offered draft. False: it was decided before."""
    decided = await tx.execute(_DECIDE, {"id_": draft_id, "state_": state, "by_": by})
    return decided.rowcount == 1


async def dismiss_open(tx: Transaction, place: Place, *, by: str, now: datetime) -> list[int]:
    """Dismiss the drafts of this person here whose confirm cards are still good. Which these were."""
    dismissed = await tx.scalars(
        drafts.update()
        .where(
            drafts.c.chat_id == place.chat_id,
            drafts.c.thread_id == place.thread_id,
            drafts.c.person_id == place.person_id,
            drafts.c.state == "offered",
            drafts.c.expires_at > now,
        )
        .values(state="dismissed", decided_by=by)
        .returning(drafts.c.id)
    )
    return sorted(dismissed)


async def put_off(tx: Transaction, draft_id: int, expires_at: datetime) -> None:
    """Somebody else is asked about it, who has time until then."""
    await tx.execute(drafts.update().where(drafts.c.id == draft_id).values(expires_at=expires_at))


_LINK = (
    drafts.update().where(drafts.c.id == sa.bindparam("id_")).values(campaign_id=sa.bindparam("campaign_"))
)


async def link_campaign(tx: Transaction, draft_id: int, campaign_id: int) -> None:
    await tx.execute(_LINK, {"id_": draft_id, "campaign_": campaign_id})


def version(content: Mapping[str, Any]) -> str:
    """What tells a draft's content from any other: a button that confirms it carries this."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


# The buttons of the question whether somebody who followed an invite is to be let in.
JOINING = ("admit", "turn-away")
# The buttons of a confirm card.
OFFERING = ("confirm", "dismiss", "later", "approve")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message whose buttons still work. `joining`: whether to let the person in is the question there."""

    chat_id: int
    message_id: int
    person_id: int  # for whom its buttons are
    joining: bool


def _about(person_id: int) -> sa.ColumnElement[bool]:
    # Telegram's ids need more than the 32 bits that PostgreSQL calls an integer.
    return sa.cast(buttons.c.subject["person_id"].as_string(), sa.BigInteger) == person_id


def _of_or_about(person_id: int) -> sa.ColumnElement[bool]:
    """The live buttons of a person, and those that would let them in."""
    waiting = sa.and_(buttons.c.action.in_(JOINING), _about(person_id))
    return sa.and_(buttons.c.used_at.is_(None), sa.or_(buttons.c.person_id == person_id, waiting))


async def shown_of(tx: Transaction, person_id: int, now: datetime) -> list[Shown]:
    """Where what `withdraw` kills can be seen."""
    there = buttons.c.message_id.is_not(None)
    # Of a pair of buttons the one that was not pressed stays unused, and its card shows the campaign then.
    decided = sa.exists().where(
        drafts.c.id == buttons.c.subject["draft_id"].as_integer(), drafts.c.state != "offered"
    )
    rows = await tx.execute(
        sa.select(buttons.c.chat_id, buttons.c.message_id, buttons.c.person_id, buttons.c.action)
        .where(_of_or_about(person_id), there, buttons.c.expires_at > now)
        .where(~sa.and_(buttons.c.action.in_(OFFERING), decided))
        .order_by(buttons.c.chat_id, buttons.c.message_id)
    )
    found = {
        (row.chat_id, row.message_id): Shown(
            chat_id=row.chat_id,
            message_id=row.message_id,
            person_id=row.person_id,
            joining=row.action in JOINING and row.person_id != person_id,
        )
        for row in rows
    }
    return list(found.values())


_ABOUT = {
    subject: sa.select(buttons.c.chat_id, buttons.c.message_id)
    .where(
        buttons.c.action.in_(sa.bindparam("actions_", expanding=True)),
        buttons.c.message_id.is_not(None),
        buttons.c.expires_at > sa.bindparam("now_"),
        buttons.c.subject[subject].as_integer() == sa.bindparam("number_"),
    )
    .distinct()
    for subject in ("draft_id", "audience_id")
}


async def shown_about(
    tx: Transaction, subject: str, number: int, actions: Collection[str], now: datetime
) -> set[tuple[int, int]]:
    """Where buttons about one thing can be seen, chat and message: `subject` holds its `number`."""
    known = {"actions_": list(actions), "now_": now, "number_": number}
    return {(row.chat_id, row.message_id) for row in await tx.execute(_ABOUT[subject], known)}


async def waits_to_join(tx: Transaction, person_id: int, now: datetime) -> str | None:
    """The name of a person whom somebody is asked to let in; None: nobody is."""
    live = sa.and_(buttons.c.used_at.is_(None), buttons.c.expires_at > now)
    called = buttons.c.subject["name"].as_string()
    query = sa.select(called).where(buttons.c.action == "admit", live, _about(person_id)).limit(1)
    name: str | None = await tx.scalar(query)
    return name


async def withdraw(tx: Transaction, person_id: int, *, by: str, now: datetime) -> None:
    """Kill all that waits for one person: questions, confirm cards, every button and link made for them.

    With them goes the question whether to let them in: somebody has just decided about them.
    """
    await tx.execute(buttons.update().where(_of_or_about(person_id)).values(used_at=now))
    own = drafts.c.person_id == person_id
    await tx.execute(drafts.delete().where(own, drafts.c.state == "asking"))
    await tx.execute(
        drafts.update().where(own, drafts.c.state == "offered").values(state="withdrawn", decided_by=by)
    )


def new_token() -> str:
    """128 random bits, 22 characters of A-Z a-z 0-9 _ and -."""
    return secrets.token_urlsafe(16)


_ADD = buttons.insert()


async def add_button(
    tx: Transaction,
    *,
    action: str,
    chat_id: int,
    person_id: int | None,
    subject: Mapping[str, Any],
    expires_at: datetime,
    token: str | None = None,
) -> str:
    """Its token; a new one, unless it was needed before to seal the subject."""
    token = token or new_token()
    made = {"token": token, "action": action, "chat_id": chat_id, "person_id": person_id}
    await tx.execute(_ADD, {**made, "subject": dict(subject), "expires_at": expires_at})
    return token


async def add_row(
    tx: Transaction,
    actions: Sequence[str],
    *,
    chat_id: int,
    subject: Mapping[str, Any],
    expires_at: datetime,
) -> dict[str, str]:
    """Buttons for anybody who may act in the chat, in one statement; their tokens by action."""
    tokens = {action: new_token() for action in actions}
    alike = {"chat_id": chat_id, "person_id": None, "subject": dict(subject), "expires_at": expires_at}
    await tx.execute(
        _ADD,
        [{"token": token, "action": action, **alike} for action, token in tokens.items()],
    )
    return tokens


async def shown_in(tx: Transaction, tokens: Collection[str], message_id: int) -> None:
    """These buttons are under this message."""
    await tx.execute(buttons.update().where(buttons.c.token.in_(tokens)).values(message_id=message_id))


_BUTTON = sa.select(buttons).where(buttons.c.token == sa.bindparam("token_"))
_HELD = _BUTTON.with_for_update()


async def button(tx: Transaction, token: str, *, held: bool = False) -> Button | None:
    """`held`: nobody else has its effect until the transaction ends."""
    row = (await tx.execute(_HELD if held else _BUTTON, {"token_": token})).one_or_none()
    if row is None:
        return None
    return Button(
        token=row.token,
        action=row.action,
        chat_id=row.chat_id,
        person_id=row.person_id,
        subject=row.subject,
        expires_at=row.expires_at,
        used_at=row.used_at,
        message_id=row.message_id,
    )


_USE = (
    buttons.update()
    .where(buttons.c.token == sa.bindparam("token_"), buttons.c.used_at.is_(None))
    .values(used_at=sa.bindparam("now_"))
    .returning(buttons.c.subject)
)


async def use(tx: Transaction, token: str, now: datetime) -> bool:
    """Spend a token. False: it was spent before. What it kept sealed was for this once, and goes."""
    used = (await tx.execute(_USE, {"token_": token, "now_": now})).one_or_none()
    if used is None or "sealed" in used.subject:
        sealed = buttons.c.subject["sealed"].as_string()
        emptied = buttons.update().where(buttons.c.token == token, sealed.is_not(None)).values(subject={})
        await tx.execute(emptied)
    return used is not None


async def take_back(tx: Transaction, action: str, *, chat_id: int, person_id: int, now: datetime) -> bool:
    """Spend all of a person's buttons in a chat that do this. False: none was good any more."""
    taken = await tx.execute(
        buttons.update()
        .where(
            buttons.c.action == action,
            buttons.c.chat_id == chat_id,
            buttons.c.person_id == person_id,
            buttons.c.used_at.is_(None),
            buttons.c.expires_at > now,
        )
        .values(used_at=now)
    )
    return taken.rowcount > 0


async def forget_expired(tx: Transaction, before: datetime) -> None:
    """Drop buttons and drafts that expired before the given time; campaigns keep what was confirmed."""
    await tx.execute(buttons.delete().where(buttons.c.expires_at < before))
    await tx.execute(drafts.delete().where(drafts.c.expires_at < before))
