"""The recovery hold as administrators see it, and `smsdesk release-hold`."""

from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from desk import hold as holding
from desk.clock import Clock
from storage import audit, chats, hold, outbox, people
from storage.db import Database, Transaction, address, shown, trouble
from storage.hold import Cause
from storage.outage import Unavailable
from storage.outbox import Priority
from storage.vault import VaultError, open_vault

from .keyboards import Key, Screen
from .settings import Settings
from .words import Words


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


async def release(settings: Settings, clock: Clock) -> Cause:
    """End the hold from the shell, whether the bot runs or not; what ended. Raises CannotRelease."""
    where, file = settings.storage.where, settings.storage.file
    if file is not None and not file.exists():
        raise CannotRelease(f"{file}: there is no such database")
    database = Database(address(where))  # beside whoever is at work in it
    try:
        vault = open_vault(settings.security.key_file)
        async with database.write("hold.release") as tx:
            cause = await hold.cause(tx)
            if cause is None or not await holding.go_on(tx, clock()):
                raise CannotRelease("nothing is held")
            shell = audit.By(person_id=None, person="shell")
            evidence = {"cause": str(cause)}
            await audit.record(tx, vault, shell, "hold-go-on", now=clock(), evidence=evidence)
    except VaultError as error:
        raise CannotRelease(f"security.key_file: {error}") from None
    except (SQLAlchemyError, OSError, ModuleNotFoundError) as error:
        raise CannotRelease(f"{shown(where)} cannot be used ({trouble(error)})") from None
    except Unavailable as error:
        raise CannotRelease(f"{shown(where)} cannot be used ({error})") from None
    finally:
        await database.close()
    return cause
