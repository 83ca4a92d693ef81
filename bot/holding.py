"""The recovery hold as administrators see it, and `smsdesk release-hold`."""

from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from desk import hold as holding
from desk.clock import Clock
from storage import audit, chats, hold, outbox, people
from storage.db import Database, Transaction, address, shown, trouble
from storage.hold import Cause, Held
from storage.outage import Unavailable
from storage.outbox import Priority
from storage.vault import VaultError, open_vault

from . import cards
from .keyboards import Key, Screen
from .settings import Settings
from .words import Html, Words

REDRAWN = ("hold", "status")  # kinds of notices that say that everything is held


class CannotRelease(Exception):
    """Why the hold stays, in words for the person at the shell."""


async def tell(tx: Transaction, settings: Settings, cause: Cause, now: datetime) -> None:
    """Ask the administrators what is to become of what is held."""
    for admin in await people.admins(tx, settings.telegram.admins):
        await outbox.say(
            tx,
            chat_id=admin,
            thread_id=0,
            kind="hold",
            content={"cause": str(cause)},
            language=await chats.language_of(tx, admin),
            priority=Priority.ALERT,
            now=now,
        )


def card(words: Words, cause: str, waiting: int, *, go_on: str, cancel: str) -> Screen:
    """What is held, why, and the two ways out of it."""
    return Screen(
        html=words("hold", cause=cause, count=waiting),
        rows=(
            (Key(label=words.plain("button-hold-go-on"), token=go_on),),
            (Key(label=words.plain("button-hold-cancel"), token=cancel),),
        ),
    )


def closed(words: Words, by: str | None, at: datetime, cancelled: int | None) -> Html:
    """What the card says when the hold is over. `by` None: from the shell; `cancelled` None: nothing was."""
    who = words("hold-ended", time=words.time(at), name="none" if by is None else cards.isolated(by))
    how = words("hold-gone-on") if cancelled is None else words("hold-cancelled", count=cancelled)
    return Html(f"{who} {how}")


async def redraw(
    tx: Transaction, held: Held, *, by: str | None, cancelled: int | None = None, now: datetime
) -> None:
    """Let all that still says in chats that everything is held show what is so now. As `closed`."""
    ending = {"by": by, "at": now.isoformat(), "cancelled": cancelled}
    for notice in await outbox.shown(tx, REDRAWN, held.since):
        await outbox.say(
            tx,
            chat_id=notice.chat_id,
            thread_id=notice.thread_id,
            kind=f"{notice.kind}-redraw",
            content={"shown_by": notice.id, **ending},
            language=notice.language,
            priority=Priority.RESULT,
            now=now,
            campaign_id=notice.campaign_id,
        )


async def release(settings: Settings, clock: Clock) -> Cause:
    """End the hold from the shell, whether the bot runs or not; what ended. Raises CannotRelease."""
    where, file = settings.storage.where, settings.storage.file
    if file is not None and not file.exists():
        raise CannotRelease(f"{file}: there is no such database")
    database = Database(address(where))  # beside whoever is at work in it
    try:
        vault = open_vault(settings.security.key_file)
        async with database.write("hold.release") as tx:
            held = await hold.held(tx)
            if held is None or not await holding.go_on(tx, clock()):
                raise CannotRelease("nothing is held")
            await redraw(tx, held, by=None, now=clock())
            shell = audit.By(person_id=None, person="shell")
            evidence = {"cause": str(held.cause)}
            await audit.record(tx, vault, shell, "hold-go-on", now=clock(), evidence=evidence)
    except VaultError as error:
        raise CannotRelease(f"security.key_file: {error}") from None
    except (SQLAlchemyError, OSError, ModuleNotFoundError) as error:
        raise CannotRelease(f"{shown(where)} cannot be used ({trouble(error)})") from None
    except Unavailable as error:
        raise CannotRelease(f"{shown(where)} cannot be used ({error})") from None
    finally:
        await database.close()
    return held.cause
